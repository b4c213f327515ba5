/*
 * "relaxed" against the examples of RFC 6376, 3.4.4–3.4.6, and every way a body can be cut.
 */
#include "config.h"

#include "message/dkim_canon.h"

#include <string.h>

static const struct {
    const char *name, *body, *canonical;
} bodies[] = {
    {"empty", "", ""},
    {"one-line-end", "\r\n", ""},
    {"only-line-ends", "\r\n\r\n\r\n", ""},
    {"only-blanks", " \t \r\n\t\r\n", ""},
    {"blanks-without-line-end", " \t ", ""},
    {"rfc-example", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
    {"plain", "one\r\ntwo\r\n", "one\r\ntwo\r\n"},
    {"no-last-line-end", "one\r\ntwo", "one\r\ntwo\r\n"},
    {"no-last-line-end-but-blanks", "one \t", "one\r\n"},
    {"empty-lines-first", "\r\n\r\none\r\n", "\r\n\r\none\r\n"},
    {"empty-lines-between", "one\r\n\r\n\r\ntwo\r\n", "one\r\n\r\n\r\ntwo\r\n"},
    {"blank-lines-between", "one\r\n  \r\n\t\r\ntwo\r\n", "one\r\n\r\n\r\ntwo\r\n"},
    {"blank-lines-last", "one\r\n \r\n\t \r\n", "one\r\n"},
    {"leading-blanks", "  one\r\n\ttwo\r\n", " one\r\n two\r\n"},
    {"runs", "a  b\t\tc \t d e\r\n", "a b c d e\r\n"},
    {"tab-alone", "a\tb\r\n", "a b\r\n"},
    {"lone-cr", "a\rb\r\n\rc\r\n", "a\rb\r\n\rc\r\n"},
    {"lone-cr-last", "a\r", "a\r\r\n"},
    {"lone-lf", "a\nb\n\r\n", "a\nb\n\r\n"},
    {"blank-before-lone-cr", "a \rb\r\n", "a \rb\r\n"},
    {"cr-cr-lf", "a\r\r\nb\r\n", "a\r\r\nb\r\n"},
    {"dots", ".\r\n..\r\n", ".\r\n..\r\n"},
};

static void check_hash(struct dkim_canon_body *b, const char *canonical)
{
    guint8 got[CRYPTO_SHA256_BYTES], want[CRYPTO_SHA256_BYTES];

    dkim_canon_body_end(b, got);
    crypto_sha256(canonical, strlen(canonical), want);
    g_assert_cmpmem(got, sizeof got, want, sizeof want);
}

static void test_bodies(void)
{
    struct crypto_sha256 *hash = crypto_sha256_new();
    struct dkim_canon_body b;

    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        gsize len = strlen(bodies[i].body);

        g_test_message("%s", bodies[i].name);
        /* In two pieces, at every place; the first cut is none. */
        for (gsize cut = 0; cut <= len; cut++) {
            dkim_canon_body_begin(&b, hash);
            dkim_canon_body_feed(&b, bodies[i].body, cut);
            dkim_canon_body_feed(&b, bodies[i].body + cut, len - cut);
            check_hash(&b, bodies[i].canonical);
        }
        dkim_canon_body_begin(&b, hash);
        for (gsize at = 0; at < len; at++)
            dkim_canon_body_feed(&b, bodies[i].body + at, 1);
        check_hash(&b, bodies[i].canonical);
    }
    crypto_sha256_free(hash);
}

/* The simplest way to say what relaxed means; slow and with a copy. */
static char *reference(const GString *body)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(body->str, "\r\n", -1);

    for (char **line = lines; *line; line++) {
        gboolean has_blank = FALSE;

        for (const char *p = *line; *p; p++) {
            if (*p == ' ' || *p == '\t') {
                has_blank = TRUE;
                continue;
            }
            if (has_blank)
                g_string_append_c(out, ' ');
            has_blank = FALSE;
            g_string_append_c(out, *p);
        }
        g_string_append(out, "\r\n");
    }
    while (g_str_has_suffix(out->str, "\r\n\r\n"))
        g_string_truncate(out, out->len - 2);
    if (strcmp(out->str, "\r\n") == 0)
        g_string_truncate(out, 0);
    return g_string_free(out, FALSE);
}

static GString *random_body(GRand *chance)
{
    static const char *const pieces[] = {"\r\n", "\r\n", " ", "  ",       "\t",
                                         "word", ".",    "x", "\r\n\r\n", " \r\n"};
    GString *body = g_string_new(NULL);
    int n = g_rand_int_range(chance, 0, 60);

    for (int i = 0; i < n; i++) {
        if (g_rand_int_range(chance, 0, 20) == 0)
            for (int k = g_rand_int_range(chance, 0, 6000); k > 0; k--)
                g_string_append_c(body, 'a' + k % 26);
        g_string_append(body, pieces[g_rand_int_range(chance, 0, G_N_ELEMENTS(pieces))]);
    }
    return body;
}

static void test_random_bodies(void)
{
    GRand *chance = g_rand_new_with_seed(20270321);
    struct crypto_sha256 *hash = crypto_sha256_new();
    struct dkim_canon_body b;

    for (int i = 0; i < 3000; i++) {
        g_autoptr(GString) body = random_body(chance);
        g_autofree char *want = reference(body);

        dkim_canon_body_begin(&b, hash);
        for (gsize at = 0, n; at < body->len; at += n) {
            n = (gsize)g_rand_int_range(chance, 1, 900);
            n = MIN(n, body->len - at);
            dkim_canon_body_feed(&b, body->str + at, n);
        }
        check_hash(&b, want);
    }
    crypto_sha256_free(hash);
    g_rand_free(chance);
}

static void test_fields(void)
{
    static const struct {
        const char *name, *value, *canonical;
    } rows[] = {
        {"A", " X", "a:X\r\n"},
        {"B ", " Y\t\r\n\tZ  ", "b:Y Z\r\n"},
        {"Subject", "", "subject:\r\n"},
        {"Subject", " \r\n ", "subject:\r\n"},
        {"SUBJect", " AbC", "subject:AbC\r\n"},
        {"To", "a@example.org,\r\n b@example.org", "to:a@example.org, b@example.org\r\n"},
        {"X", " a:b : c", "x:a:b : c\r\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new("-");

        dkim_canon_field(out, rows[i].name, strlen(rows[i].name), rows[i].value,
                         strlen(rows[i].value));
        g_assert_cmpstr(out->str + 1, ==, rows[i].canonical);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dkim-canon/bodies-however-they-are-cut", test_bodies);
    g_test_add_func("/dkim-canon/random-bodies-as-the-slow-way", test_random_bodies);
    g_test_add_func("/dkim-canon/header-fields", test_fields);
    return g_test_run();
}
