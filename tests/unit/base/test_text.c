/* Text from outside: what is shown, what is refused, and that nothing slips through. */
#include "config.h"

#include "base/text.h"

#include <locale.h>
#include <string.h>

#include "base/error.h"

static void test_safe_table(void)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"Grüße, 日本 🎉", "Grüße, 日本 🎉"},
        {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
        {"\x1b[2J", "\\x1b[2J"},
        {"a\bb\a", "a\\x08b\\x07"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "2J",
         "<U+009B>2J"},
        {"\xc2\x85", "<U+0085>"},
        {"user\u202Egnp.exe", "user<U+202E>gnp.exe"},
        {"\u202A\u202D\u2066\u2069", "<U+202A><U+202D><U+2066><U+2069>"},
        {"\u200E\u200F\u061C", "<U+200E><U+200F><U+061C>"},
        {"a\u200Bb\u200Dc\uFEFF", "a<U+200B>b<U+200D>c<U+FEFF>"},
        {"a\u2028b\u2029c", "a<U+2028>b<U+2029>c"},
        {"\U000E0041", "<U+E0041>"},
        {"\u3164", "<U+3164>"},
        {"\xef\xbf\xbf", "<U+FFFF>"},
        {"a\xff"
         "b\xfe",
         "a\\xffb\\xfe"},
        {"\xc3", "\\xc3"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xe2\x80", "\\xe2\\x80"},
        {"e\u0301\u0302\u0303\u0304", "e\u0301\u0302\u0303\u0304"},
        {"e\u0301\u0302\u0303\u0304\u0305\u0306x\u0301", "e\u0301\u0302\u0303\u0304x\u0301"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = text_safe(rows[i].in, -1, 0);
        g_assert_cmpstr(got, ==, rows[i].out);
    }
}

static void test_safe_null_and_nul(void)
{
    g_autofree char *nothing = text_safe(NULL, 5, 0);
    g_assert_cmpstr(nothing, ==, "");
    g_autofree char *inner = text_safe("a\0b", 3, 0);
    g_assert_cmpstr(inner, ==, "a\\x00b");
}

static void test_safe_cut(void)
{
    static const struct {
        const char *in;
        gsize max;
        const char *out;
    } rows[] = {
        {"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abcde…"},
        {"äöüäöü", 3, "äö…"},    {"ab", 1, "…"},
        {"abc\n", 4, "abc…"},    {"ab\n", 4, "ab\\n"},
        {"a\u202Eb", 8, "a…"},   {"abcd\u0301", 4, "abcd\u0301"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = text_safe(rows[i].in, -1, rows[i].max);
        g_assert_cmpstr(got, ==, rows[i].out);
        g_assert_cmpint(g_utf8_strlen(got, -1), <=, (glong)rows[i].max + 1);
    }
}

static void test_safe_block_keeps_lines(void)
{
    g_autofree char *got = text_safe_block("a\n\tb\r\n\x1b\u202E", -1, 0);
    g_assert_cmpstr(got, ==, "a\n\tb\\r\n\\x1b<U+202E>");
}

/* Whatever bytes come in, what goes out is valid UTF-8 on one line without controls. */
static void test_safe_any_bytes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20270401);
    for (int round = 0; round < 5000; round++) {
        char bytes[64];
        gsize len = (gsize)g_rand_int_range(rand, 0, sizeof bytes);
        for (gsize i = 0; i < len; i++)
            bytes[i] = (char)g_rand_int_range(rand, 0, 256);
        gsize max = (gsize)g_rand_int_range(rand, 0, 40);
        g_autofree char *got = text_safe(bytes, (gssize)len, max);
        g_autoptr(GError) error = NULL;
        g_assert_true(text_check_line("it", got, strlen(got), G_MAXSIZE, &error));
        g_assert_no_error(error);
        g_autofree char *again = text_safe(got, -1, 0);
        g_assert_cmpstr(got, ==, again);
    }
}

static void test_check_utf8(void)
{
    static const struct {
        const char *bytes;
        gsize len, max;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"", 0, 0, NULL},
        {"abc", 3, 3, NULL},
        {"a\nb", 3, 9, NULL},
        {"abcd", 4, 3, "title is too long: 4 bytes, at most 3 are allowed"},
        {"a\0b", 3, 9, "title has a NUL byte at byte 2. Remove it"},
        {"ab\xff", 3, 9, "title is not valid UTF-8 at byte 3 (0xff). Save it as UTF-8"},
        {"ab\xc3", 3, 9, "title is not valid UTF-8 at byte 3 (0xc3). Save it as UTF-8"},
        {"\xed\xa0\x80", 3, 9, "title is not valid UTF-8 at byte 1 (0xed). Save it as UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        gboolean ok = text_check_utf8("title", rows[i].bytes, rows[i].len, rows[i].max, &error);
        g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].message);
        g_assert_cmpint(ok, ==, rows[i].message == NULL);
        if (error)
            g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
}

static void test_check_line(void)
{
    static const struct {
        const char *text;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"", NULL},
        {"Grüße 🎉 \xc2\xa0", NULL},
        {"a\nb", "it has a line break at byte 2: it must be one line"},
        {"ab\r", "it has a line break at byte 3: it must be one line"},
        {"a\tb", "it has a control character (U+0009) at byte 2. Remove it"},
        {"\x7f", "it has a control character (U+007F) at byte 1. Remove it"},
        {"ü\xc2\x85", "it has a control character (U+0085) at byte 3. Remove it"},
        {"\u2028", "it has a control character (U+2028) at byte 1. Remove it"},
        {"\xff", "it is not valid UTF-8 at byte 1 (0xff). Save it as UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        text_check_line("it", rows[i].text, strlen(rows[i].text), 100, &error);
        g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].message);
    }
}

static void test_slug(void)
{
    char longest[66];
    memset(longest, 'a', 64);
    longest[64] = '\0';
    g_assert_true(text_is_slug(longest));
    longest[64] = 'a';
    longest[65] = '\0';
    g_assert_false(text_is_slug(longest));

    static const char *const good[] = {"a", "7", "spring-2027", "a_b.c", "0-"};
    static const char *const bad[] = {"",    "-a", ".a",   "_a", "A",     "a b",
                                      "a/b", "ä",  "a\nb", "..", "a\xff", "a:"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(text_is_slug(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(text_is_slug(bad[i]));
    g_assert_false(text_is_slug(NULL));
}

static void test_nearest(void)
{
    static const char *const known[] = {"subject", "server", "title", "text_file",
                                        "from",    "set",    NULL};
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        {"subjct", "subject"}, {"sujbect", "subject"},    {"Subject", "subject"},
        {"servers", "server"}, {"textfile", "text_file"}, {"form", "from"},
        {"new", NULL},         {"completely", NULL},      {"", NULL},
        {"x", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(text_nearest(rows[i].word, known), ==, rows[i].nearest);
    g_assert_null(text_nearest(NULL, known));
    g_autofree char *huge = g_strnfill(100000, 's');
    g_assert_null(text_nearest(huge, known));
}

static void test_grouped(void)
{
    static const struct {
        gint64 n;
        const char *out;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {3812, "3,812"},
        {-3812, "-3,812"},
        {100000, "100,000"},
        {1234567, "1,234,567"},
        {G_MAXINT64, "9,223,372,036,854,775,807"},
        {G_MININT64, "-9,223,372,036,854,775,808"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = text_grouped(rows[i].n);
        g_assert_cmpstr(got, ==, rows[i].out);
    }
}

static void test_grouping(void)
{
    static const struct {
        const char *thousands, *decimal, *sign;
    } rows[] = {
        {"", ".", ","},                  /* C */
        {",", ".", ","},                 /* en_US */
        {".", ",", "."},                 /* de_DE */
        {"’", ".", "’"},                 /* de_CH */
        {"\u202f", ",", "\u202f"},     /* fr_FR */
        {"", ",", "\u00a0"},            /* pt_PT */
        {"\xa0", ",", "\u00a0"},        /* of an older charset */
        {".", ".", ","},                 /* of no use */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(text_grouping(rows[i].thousands, rows[i].decimal), ==, rows[i].sign);
}

/* Where that locale is installed. */
static void test_grouped_in_german(void)
{
    g_autofree char *before = g_strdup(setlocale(LC_NUMERIC, NULL));
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) {
        g_test_skip("there is no locale de_DE.UTF-8");
        return;
    }
    g_autofree char *got = text_grouped(-1234567);
    setlocale(LC_NUMERIC, before);
    g_assert_cmpstr(got, ==, "-1.234.567");
}

static void test_cells(void)
{
    static const struct {
        const char *text;
        gsize cells;
    } rows[] = {
        {"", 0}, {"abc", 3}, {"Grüße", 5}, {"日本", 4}, {"e\u0301", 1}, {"🎉", 2}, {"한", 2},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpuint(text_cells(rows[i].text), ==, rows[i].cells);
    g_assert_cmpuint(text_cells(NULL), ==, 0);
}

/* The lines of a text, with | between them. Caller frees. */
static char *lines_of(const char *s, gsize cells)
{
    GString *all = g_string_new(NULL);
    for (const char *p = s; *p;) {
        gsize len = 0;
        const char *next = text_wrap(p, cells, &len);
        g_string_append_printf(all, "%s%.*s", p > s ? "|" : "", (int)len, p);
        g_assert_true(next > p);
        p = next;
    }
    return g_string_free(all, FALSE);
}

static void test_wrap(void)
{
    static const struct {
        const char *text;
        gsize cells;
        const char *out;
    } rows[] = {
        {"", 5, ""},
        {"one two", 10, "one two"},
        {"one two three", 7, "one two|three"},
        {"one two three", 6, "one|two|three"},
        {"one   two", 4, "one|two"},
        {"one two  ", 7, "one two"},
        {"one\n\ntwo", 9, "one||two"},
        {"  in it", 5, "  in|it"},
        {"abcdefgh ij", 5, "abcde|fgh|ij"},
        {"日本語です", 6, "日本語|です"},
        {"日本語です", 7, "日本語|です"},
        {"日本", 1, "日|本"},
        {"ab cd で", 6, "ab cd|で"},
        {"これは、これ", 6, "これ|は、こ|れ"}, /* no line begins with a comma, */
        {"あ「いう」", 4, "あ|「い|う」"},     /* nor ends with an opening bracket */
        {"--at で始める", 8, "--at で|始める"},
        {"値はlog", 5, "値は|log"}, /* a Latin word stays whole */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = lines_of(rows[i].text, rows[i].cells);
        g_assert_cmpstr(got, ==, rows[i].out);
    }
}

/* A cursor is put by these sums: each character must take what its safe form takes. */
static void test_char_cells(void)
{
    for (gunichar c = 1; c < 0x30000; c++) {
        char bytes[8] = {0};
        if (!g_unichar_validate(c))
            continue;
        g_unichar_to_utf8(c, bytes);
        g_autofree char *safe = text_safe(bytes, -1, 0);
        if ((gsize)text_char_cells(c) != text_cells(safe))
            g_error("U+%04X: %d cells, shown as %s", c, text_char_cells(c), safe);
    }
}

/* Every octet at every place of lengths around whole words. */
static void test_printable(void)
{
    for (gsize len = 0; len <= 25; len++) {
        char text[32];
        memset(text, '~', sizeof text); /* nothing behind it counts */
        g_assert_true(text_is_printable(text, len));
        for (gsize at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                g_assert_cmpint(text_is_printable(text, len), ==, c >= ' ' && c < 0x7f);
            }
            text[at] = ' ';
        }
        text[len] = '\n';
        g_assert_true(text_is_printable(text, len));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/safe/table", test_safe_table);
    g_test_add_func("/text/safe/null-and-nul", test_safe_null_and_nul);
    g_test_add_func("/text/safe/cut", test_safe_cut);
    g_test_add_func("/text/safe/block-keeps-lines", test_safe_block_keeps_lines);
    g_test_add_func("/text/safe/any-bytes", test_safe_any_bytes);
    g_test_add_func("/text/check-utf8/names-what-and-where", test_check_utf8);
    g_test_add_func("/text/check-line/refuses-controls", test_check_line);
    g_test_add_func("/text/slug/grammar", test_slug);
    g_test_add_func("/text/nearest/typing-slips", test_nearest);
    g_test_add_func("/text/grouped/thousands", test_grouped);
    g_test_add_func("/text/grouped/sign", test_grouping);
    g_test_add_func("/text/grouped/german", test_grouped_in_german);
    g_test_add_func("/text/cells/widths", test_cells);
    g_test_add_func("/text/wrap/blanks-and-wide-characters", test_wrap);
    g_test_add_func("/text/printable/every-octet-everywhere", test_printable);
    g_test_add_func("/text/cells/a-character-takes-what-is-shown-of-it", test_char_cells);
    return g_test_run();
}
