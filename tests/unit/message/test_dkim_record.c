/*
 * Key records: written as zone files want them, and what is said of published ones.
 */
#include "config.h"

#include "message/dkim_record.h"

#include <string.h>

#include "../base/keys.h"

#define ED key_ed25519_public

/* What a reader of the zone file makes of it: its strings joined. */
static char *unquoted(const char *zone)
{
    GString *text = g_string_new(NULL);
    gboolean is_inside = FALSE;
    gsize run = 0;

    for (const char *p = zone; *p; p++) {
        if (*p == '"') {
            is_inside = !is_inside;
            run = 0;
        } else if (is_inside) {
            g_string_append_c(text, *p);
            g_assert_cmpuint(++run, <=, 255);
        }
    }
    g_assert_false(is_inside);
    return g_string_free(text, FALSE);
}

static void test_zone(void)
{
    struct crypto_key *key = crypto_key_generate(CRYPTO_KEY_RSA);
    g_autofree char *public = crypto_key_public(key);
    g_autofree char *text = dkim_record_text(CRYPTO_KEY_RSA, public);
    g_autofree char *zone = dkim_record_zone("crier", "example.org", text);
    g_autofree char *back = unquoted(zone);
    g_autofree char *small = dkim_record_text(CRYPTO_KEY_ED25519, ED);
    g_autofree char *line = dkim_record_zone("e", "example.org", small);

    g_assert_cmpuint(strlen(text), >, 400);
    g_assert_cmpstr(back, ==, text);
    g_assert_true(g_str_has_prefix(
        zone, "crier._domainkey.example.org. 3600 IN TXT (\n    \"v=DKIM1; k=rsa; p=MII"));
    g_assert_true(g_str_has_suffix(zone, "\" )\n"));
    g_assert_cmpstr(line, ==,
                    "e._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p="
                    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n");
    crypto_key_unref(key);
}

static const struct {
    const char *text;
    enum dkim_record_state state;
} records[] = {
    {"v=DKIM1; k=ed25519; p="
     "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_OURS},
    {"k=ed25519;p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=;", DKIM_RECORD_OURS},
    {" v = DKIM1 ; p = 11qYAYKxCrfVS/7T yWQHOg7hcvPapiM lrwIaaPcHURo= ; k=ed25519 ; ",
     DKIM_RECORD_OURS},
    {"v=DKIM1; h=sha1:sha256; s=email; n=a note; t=s; k=ed25519; "
     "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_OURS},
    {"v=DKIM1; s=*; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_OURS},
    {"v=DKIM1; t=s:y; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_TESTING},
    {"v=DKIM1; k=ed25519; p=", DKIM_RECORD_REVOKED},
    {"v=DKIM1; p=;", DKIM_RECORD_REVOKED},
    {"v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DKIM_RECORD_OTHER_KIND},
    {"v=DKIM1; k=ed25519; p=21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_OTHER_KEY},
    {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS", DKIM_RECORD_OTHER_KEY},
    {"v=DKIM1; h=sha1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_NOT_MAIL},
    {"v=DKIM1; s=other; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_NOT_MAIL},
    {"v=DKIM1; k=ed25519", DKIM_RECORD_BROKEN},
    {"v=DKIM2; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DKIM_RECORD_BROKEN},
    {"k=ed25519; v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DKIM_RECORD_BROKEN},
    {"v=DKIM1; k=ed25519; p=AA; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     DKIM_RECORD_BROKEN},
    {"v=DKIM1 k=ed25519 p", DKIM_RECORD_BROKEN},
    {"\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"",
     DKIM_RECORD_BROKEN},
    {"v=spf1 include:example.net -all", DKIM_RECORD_NONE},
    {"some text", DKIM_RECORD_NONE},
    {"", DKIM_RECORD_NONE},
};

static void test_compare(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(records); i++) {
        g_test_message("%s", records[i].text);
        g_assert_cmpint(dkim_record_compare(records[i].text, strlen(records[i].text),
                                            CRYPTO_KEY_ED25519, ED),
                        ==, records[i].state);
    }
    g_autofree char *rsa =
        g_strdup_printf("p=%s", key_rsa_public); /* k=rsa goes without saying */
    g_assert_cmpint(dkim_record_compare(rsa, strlen(rsa), CRYPTO_KEY_RSA, key_rsa_public), ==,
                    DKIM_RECORD_OURS);
    g_assert_cmpint(dkim_record_compare("p=\0x", 4, CRYPTO_KEY_RSA, key_rsa_public), ==,
                    DKIM_RECORD_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dkim-record/zone-file", test_zone);
    g_test_add_func("/dkim-record/compare", test_compare);
    return g_test_run();
}
