/*
 * What is said about published keys, and whose keys sign for a From domain. Asking a real name
 * server: tests/system/test_dkim.py.
 */
#include "config.h"

#include "app/dkim.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../base/keys.h"
#include "../store/place.h"
#include "base/error.h"

#define RECORD "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define OTHER "v=DKIM1; k=ed25519; p=21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void text_free(gpointer s)
{
    g_string_free(s, TRUE);
}

static const struct {
    const char *texts[4];
    gboolean has_name, is_doubled;
    const char *alias;
    enum dkim_level level;
    const char *says;
} published[] = {
    {{RECORD}, TRUE, FALSE, NULL, DKIM_OK, "has our key"},
    {{RECORD}, TRUE, FALSE, "k.host.example", DKIM_OK, "by way of k.host.example"},
    {{RECORD "; t=y"}, TRUE, FALSE, NULL, DKIM_WARN, "t=y"},
    {{RECORD, "v=spf1 -all"}, TRUE, FALSE, NULL, DKIM_WARN, "beside it"},
    {{"v=spf1 -all", RECORD}, TRUE, FALSE, NULL, DKIM_WARN, "beside it"},
    {{NULL}, FALSE, FALSE, NULL, DKIM_FAIL, "is not published. Put"},
    {{NULL}, FALSE, TRUE, NULL, DKIM_FAIL, "adds the domain by itself"},
    {{NULL}, FALSE, FALSE, "k.host.example", DKIM_FAIL, "alias (CNAME) of k.host.example"},
    {{NULL}, TRUE, FALSE, NULL, DKIM_FAIL, "has no TXT record"},
    {{OTHER}, TRUE, FALSE, NULL, DKIM_FAIL, "another key"},
    {{RECORD, OTHER}, TRUE, FALSE, NULL, DKIM_FAIL, "2 key records"},
    {{RECORD, RECORD, RECORD}, TRUE, FALSE, NULL, DKIM_FAIL, "3 key records"},
    {{"v=spf1 -all"}, TRUE, FALSE, NULL, DKIM_FAIL, "no DKIM key"},
    {{"v=DKIM1; k=ed25519; p="}, TRUE, FALSE, NULL, DKIM_FAIL, "revoked"},
    {{"v=DKIM1; p=AAAA"}, TRUE, FALSE, NULL, DKIM_FAIL, "another algorithm"},
    {{"\"" RECORD "\""}, TRUE, FALSE, NULL, DKIM_FAIL, "cannot read"},
    {{RECORD "; s=other"}, TRUE, FALSE, NULL, DKIM_FAIL, "does not allow mail"},
};

static char *judge(const struct dkim_key *k, gsize i, enum dkim_level *ret_level)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(text_free);
    struct dkim_published p = {published[i].has_name, published[i].alias, texts,
                               published[i].is_doubled};
    char *sentence = NULL;

    for (int n = 0; n < 4 && published[i].texts[n]; n++)
        g_ptr_array_add(texts, g_string_new(published[i].texts[n]));
    *ret_level = dkim_judge(k, &p, &sentence);
    return sentence;
}

static void test_judge(void)
{
    struct dkim_key k = {.domain = (char *)"example.org",
                         .selector = (char *)"s",
                         .kind = CRYPTO_KEY_ED25519,
                         .public_key = (char *)key_ed25519_public,
                         .enabled = TRUE};

    for (gsize i = 0; i < G_N_ELEMENTS(published); i++) {
        enum dkim_level level;
        g_autofree char *sentence = judge(&k, i, &level);

        g_test_message("%s", sentence);
        g_assert_nonnull(strstr(sentence, published[i].says));
        g_assert_true(g_str_has_prefix(sentence, "s._domainkey.example.org"));
        g_assert_cmpint(level, ==, published[i].level);
    }
    k.enabled = FALSE;
    enum dkim_level level;
    g_autofree char *sentence = judge(&k, 0, &level);
    g_assert_cmpint(level, ==, DKIM_WARN);
    g_assert_nonnull(strstr(sentence, "switched off"));
}

static void test_weak(void)
{
    struct dkim_key k = {.domain = (char *)"example.org",
                         .selector = (char *)"s",
                         .kind = CRYPTO_KEY_RSA,
                         .public_key = (char *)key_rsa_public,
                         .enabled = TRUE};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(text_free);
    struct dkim_published p = {TRUE, NULL, texts, FALSE};
    struct crypto_key *strong = crypto_key_generate(CRYPTO_KEY_RSA);
    g_autofree char *public = crypto_key_public(strong), *sentence = NULL, *other = NULL;

    g_ptr_array_add(texts, g_string_new("p="));
    g_string_append(texts->pdata[0], key_rsa_public);
    g_assert_cmpint(dkim_judge(&k, &p, &sentence), ==, DKIM_WARN);
    g_assert_nonnull(strstr(sentence, "shorter than 2048"));
    g_string_assign(texts->pdata[0], "p=");
    g_string_append(texts->pdata[0], public);
    k.public_key = public;
    g_assert_cmpint(dkim_judge(&k, &p, &other), ==, DKIM_OK);
    crypto_key_unref(strong);
}

static void add(struct place *p, const char *domain, const char *selector,
                enum crypto_key_kind kind)
{
    g_autoptr(GError) error = NULL;
    struct dkim_key k;

    g_assert_true(dkim_new(p->db, p->ws, domain, selector, kind, NULL, &k, &error));
    g_assert_no_error(error);
    dkim_key_clear(&k);
}

static void check_signers(const struct dkim_ring *ring, const char *from, const char *want)
{
    const GPtrArray *signers = NULL;
    g_autoptr(GString) names = g_string_new(NULL);

    g_assert_true(dkim_ring_signers(ring, from, &signers, NULL));
    for (guint i = 0; signers && i < signers->len; i++)
        g_string_append_printf(names, "%s@%s ", dkim_signer_selector(signers->pdata[i]),
                               dkim_signer_domain(signers->pdata[i]));
    g_assert_cmpstr(names->str, ==, want);
}

static void test_ring(struct place *p, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    const GPtrArray *signers = NULL;

    add(p, "Example.ORG", NULL, CRYPTO_KEY_ED25519);
    add(p, "example.org", NULL, CRYPTO_KEY_RSA);
    add(p, "news.example.org", "n", CRYPTO_KEY_ED25519);
    add(p, "example.com", "c", CRYPTO_KEY_ED25519);
    struct dkim_ring *ring = dkim_ring_load(p->db, p->ws, &error);
    g_assert_no_error(error);
    check_signers(ring, "example.org", "crier@example.org crier-ed25519@example.org ");
    check_signers(ring, "shop.example.org", "crier@example.org crier-ed25519@example.org ");
    check_signers(ring, "news.example.org", "n@news.example.org ");
    check_signers(ring, "a.b.news.example.org", "n@news.example.org ");
    check_signers(ring, "badexample.org", "");
    check_signers(ring, "org", "");
    check_signers(ring, "[192.0.2.1]", "");
    g_assert_true(dkim_ring_is_current(ring, p->db));
    add(p, "example.net", "x", CRYPTO_KEY_ED25519);
    g_assert_false(dkim_ring_is_current(ring, p->db));
    dkim_ring_free(ring);

    /* A key that cannot be read stops its own domain and no other. */
    g_autofree char *path =
        g_build_filename(p->ws->dir, "secrets/dkim/example.com-c.pem", NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
    ring = dkim_ring_load(p->db, p->ws, &error);
    check_signers(ring, "news.example.org", "n@news.example.org ");
    g_assert_false(dkim_ring_signers(ring, "example.com", &signers, &error));
    g_assert_nonnull(strstr(error->message, "DKIM key of example.com"));
    g_assert_false(dkim_ring_is_current(ring, p->db)); /* it may be put back */
    dkim_ring_free(ring);
}

static void test_find(struct place *p, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(dkim_find(p->db, "example.org", NULL, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "crier dkim new example.org"));
    g_clear_error(&error);
    add(p, "example.org", "one", CRYPTO_KEY_ED25519);
    add(p, "example.org", "two", CRYPTO_KEY_ED25519);
    g_autoptr(GPtrArray) both = dkim_find(p->db, "example.org", NULL, NULL);
    g_assert_cmpuint(both->len, ==, 2);
    g_autoptr(GPtrArray) two = dkim_find(p->db, "example.org", "two", NULL);
    g_assert_cmpuint(two->len, ==, 1);
    g_assert_cmpstr(((struct dkim_key *)two->pdata[0])->selector, ==, "two");
    g_assert_null(dkim_find(p->db, "example.org", "three", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "one, two"));
}

static void test_refused_names(struct place *p, gconstpointer data)
{
    static const struct {
        const char *domain, *selector;
    } rows[] = {
        {"org", NULL},
        {"a..b", NULL},
        {"exa mple.org", NULL},
        {"example.org", ""},
        {"example.org", "A"},
        {"example.org", "a..b"},
        {"example.org", "a_b"},
        {"example.org", "a."},
        {"example.org", "a b"},
        {"example.org", "-a"},
        {"example.org", "a-"},
        {"example.org", "../a"},
        {"example.org", "a/b"},
        {"example.org", "a\r\nb"},
        {"../example.org", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        struct dkim_key k;

        g_assert_false(dkim_new(p->db, p->ws, rows[i].domain, rows[i].selector,
                                CRYPTO_KEY_ED25519, NULL, &k, &error));
        int code = rows[i].selector ? CRIER_ERROR_USAGE : CRIER_ERROR_INVALID;
        g_assert_error(error, CRIER_ERROR, code);
    }
    g_autoptr(GPtrArray) none = dkim_keys_all(p->db, NULL, NULL);
    g_assert_cmpuint(none->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app-dkim/judges-what-is-published", test_judge);
    g_test_add_func("/app-dkim/warns-of-short-keys", test_weak);
    g_test_add("/app-dkim/whose-keys-sign", struct place, NULL, place_begin, test_ring,
               place_end);
    g_test_add("/app-dkim/find", struct place, NULL, place_begin, test_find, place_end);
    g_test_add("/app-dkim/refused-names", struct place, NULL, place_begin, test_refused_names,
               place_end);
    return g_test_run();
}
