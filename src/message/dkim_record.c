/*
 * Key records as text and back. Receivers are lenient about blanks and order, and so is this:
 * what it calls ours verifies.
 */
#include "config.h"

#include "message/dkim_record.h"

#include <string.h>

#define STRING_BYTES                                                                           \
    200 /* a string of a TXT record holds 255; shorter ones are easier to read */
#define MAX_RECORD_BYTES 8192
#define BASE64_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

char *dkim_record_name(const char *selector, const char *domain)
{
    return g_strdup_printf("%s._domainkey.%s", selector, domain);
}

char *dkim_record_text(enum crypto_key_kind kind, const char *public_key)
{
    return g_strdup_printf("v=DKIM1; k=%s; p=%s", crypto_key_kind_name(kind), public_key);
}

char *dkim_record_zone(const char *selector, const char *domain, const char *text)
{
    g_autofree char *name = dkim_record_name(selector, domain);
    GString *zone = g_string_new(NULL);
    gsize len = strlen(text);
    g_string_append_printf(zone, "%s. 3600 IN TXT", name);
    if (len <= STRING_BYTES) {
        g_string_append_printf(zone, " \"%s\"\n", text);
        return g_string_free(zone, FALSE);
    }
    g_string_append(zone, " (");
    for (gsize at = 0; at < len; at += STRING_BYTES)
        g_string_append_printf(zone, "\n    \"%.*s\"", STRING_BYTES, text + at);
    g_string_append(zone, " )\n");
    return g_string_free(zone, FALSE);
}

/* ---- reading ---- */

struct tags {
    char *v, *k, *p, *h, *s, *t; /* owned; NULL: not there */
    gboolean is_v_first;
};

static void tags_clear(struct tags *t)
{
    g_free(t->v);
    g_free(t->k);
    g_free(t->p);
    g_free(t->h);
    g_free(t->s);
    g_free(t->t);
}

static char *without_blanks(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text; text++)
        if (!g_ascii_isspace(*text))
            g_string_append_c(out, *text);
    return g_string_free(out, FALSE);
}

static gboolean is_tag_name(const char *name)
{
    if (!g_ascii_isalpha(*name))
        return FALSE;
    for (; *name; name++)
        if (!g_ascii_isalnum(*name) && *name != '_')
            return FALSE;
    return TRUE;
}

static char **tag_place(struct tags *t, const char *name)
{
    char **places[] = {&t->v, &t->k, &t->p, &t->h, &t->s, &t->t};
    for (gsize i = 0; strlen(name) == 1 && i < G_N_ELEMENTS(places); i++)
        if (*name == "vkphst"[i])
            return places[i];
    return NULL;
}

/* False: no tag list (3.2), or a tag twice. */
static gboolean tags_parse(const char *text, struct tags *ret)
{
    g_auto(GStrv) specs = g_strsplit(text, ";", -1);
    memset(ret, 0, sizeof *ret);
    for (int i = 0; specs[i]; i++) {
        char *equals = strchr(specs[i], '=');
        if (!equals && *g_strstrip(specs[i]) == '\0' && !specs[i + 1])
            return TRUE; /* behind the last semicolon */
        if (!equals)
            return FALSE;
        *equals = '\0';
        if (!is_tag_name(g_strstrip(specs[i])))
            return FALSE;
        char **place = tag_place(ret, specs[i]);
        if (!place)
            continue;
        if (*place)
            return FALSE;
        *place = without_blanks(equals + 1);
        ret->is_v_first = ret->is_v_first || (place == &ret->v && i == 0);
    }
    return TRUE;
}

/* Whether the colon-separated list has `word`, or "*" when that stands for every one. */
static gboolean list_has(const char *list, const char *word, gboolean star)
{
    g_auto(GStrv) words = g_strsplit(list, ":", -1);
    for (char **w = words; *w; w++)
        if (g_ascii_strcasecmp(*w, word) == 0 || (star && strcmp(*w, "*") == 0))
            return TRUE;
    return FALSE;
}

static gboolean is_same_key(const char *published, const char *ours)
{
    gsize a_len = 0, b_len = 0;
    g_autofree guchar *a = g_base64_decode(published, &a_len);
    g_autofree guchar *b = g_base64_decode(ours, &b_len);
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static enum dkim_record_state judge(const struct tags *t, enum crypto_key_kind kind,
                                    const char *public_key)
{
    if (!t->p)
        return t->v && strcmp(t->v, "DKIM1") == 0 ? DKIM_RECORD_BROKEN : DKIM_RECORD_NONE;
    if (t->v && (strcmp(t->v, "DKIM1") != 0 || !t->is_v_first))
        return DKIM_RECORD_BROKEN;
    if (*t->p == '\0')
        return DKIM_RECORD_REVOKED;
    if (t->p[strspn(t->p, BASE64_DIGITS)] != '\0')
        return DKIM_RECORD_BROKEN;
    if (strcmp(t->k ? t->k : "rsa", crypto_key_kind_name(kind)) != 0)
        return DKIM_RECORD_OTHER_KIND;
    if (!is_same_key(t->p, public_key))
        return DKIM_RECORD_OTHER_KEY;
    if ((t->s && !list_has(t->s, "email", TRUE)) || (t->h && !list_has(t->h, "sha256", FALSE)))
        return DKIM_RECORD_NOT_MAIL;
    return t->t && list_has(t->t, "y", FALSE) ? DKIM_RECORD_TESTING : DKIM_RECORD_OURS;
}

enum dkim_record_state dkim_record_compare(const char *text, gsize len,
                                           enum crypto_key_kind kind, const char *public_key)
{
    struct tags tags;
    /* A form that wants the bare text was given it with its quotes. */
    gboolean looks_meant = len > 0 && len <= MAX_RECORD_BYTES && memchr(text, 0, len) == NULL &&
                           (strstr(text, "DKIM1") || strstr(text, "p="));
    if (!looks_meant)
        return DKIM_RECORD_NONE;
    enum dkim_record_state state =
        tags_parse(text, &tags) ? judge(&tags, kind, public_key) : DKIM_RECORD_BROKEN;
    tags_clear(&tags);
    if (state == DKIM_RECORD_NONE && strstr(text, "DKIM1"))
        state = DKIM_RECORD_BROKEN;
    return state;
}
