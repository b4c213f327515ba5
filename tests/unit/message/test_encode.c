/* Quoted-printable, base64 and encoded words: what is encoded decodes to the same. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "decode.h"
#include "message/encode.h"

struct qp_case {
    const char *name, *in, *want;
};

static const struct qp_case qp_cases[] = {
    {"plain", "Hello world", "Hello world"},
    {"equals", "1=1", "1=3D1"},
    {"utf8", "ü", "=C3=BC"},
    {"lf", "a\nb", "a\r\nb"},
    {"crlf", "a\r\nb", "a\r\nb"},
    {"cr", "a\rb", "a\r\nb"},
    {"cr-cr-lf", "a\r\r\nb", "a\r\n\r\nb"},
    {"trailing-blank", "a \nb\t\r\nc ", "a=20\r\nb=09\r\nc=20"},
    {"inner-blanks", "a  b\tc", "a  b\tc"},
    {"only-blank", " ", "=20"},
    {"dot", ".\n.a\nb.", "=2E\r\n=2Ea\r\nb."},
    {"from", "From me\nFrom\nfrom x\nxFrom y", "=46rom me\r\nFrom\r\nfrom x\r\nxFrom y"},
    {"control", "a\x1b\x7f", "a=1B=7F"},
    {"empty", "", ""},
};

static void test_qp_cases(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(qp_cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        encode_qp(out, qp_cases[i].in, strlen(qp_cases[i].in), FALSE);
        if (!g_str_equal(out->str, qp_cases[i].want))
            g_test_fail_printf("%s: got \"%s\"", qp_cases[i].name, out->str);
    }
}

static void test_qp_drops_controls(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    guint column = encode_qp(out,
                             "\x01"
                             "a\x1b\tb\x7f\n",
                             7, TRUE);

    g_assert_cmpstr(out->str, ==, "a\tb\r\n");
    g_assert_cmpuint(column, ==, 0);
}

/* Every line length around the limit, with a character that takes three columns at its end. */
static void test_qp_line_length(void)
{
    for (guint n = 60; n < 240; n++) {
        g_autofree char *fill = g_strnfill(n, 'x');
        g_autofree char *text = g_strconcat(fill, "=. From ü", "\n", NULL);
        g_autoptr(GString) out = g_string_new(NULL), back = NULL, want = NULL;

        encode_qp(out, text, strlen(text), FALSE);
        check_lines(out->str, out->len, 76, TRUE);
        back = decode_qp(out->str, out->len);
        want = encode_crlf(text, strlen(text));
        g_assert_cmpstr(back->str, ==, want->str);
    }
}

/* A line begins wherever a soft break falls: there too no dot and no "From ". */
static void test_qp_soft_line_starts(void)
{
    g_autofree char *dots = g_strnfill(2000, '.');
    g_autoptr(GString) froms = g_string_new(NULL), out = g_string_new(NULL), back = NULL;

    for (int i = 0; i < 400; i++)
        g_string_append(froms, "From ");
    g_string_append(froms, dots);
    encode_qp(out, froms->str, froms->len, FALSE);
    g_string_append(out, "\r\n");
    check_lines(out->str, out->len, 76, TRUE);
    back = decode_qp(out->str, out->len - 2);
    g_assert_cmpstr(back->str, ==, froms->str);
}

static void test_qp_random_bytes(void)
{
    for (int round = 0; round < 200; round++) {
        gsize len = g_test_rand_int_range(1, 600);
        g_autoptr(GString) in = g_string_new(NULL), out = g_string_new(NULL), back = NULL;

        for (gsize i = 0; i < len; i++) {
            char c = g_test_rand_int_range(0, 256);

            g_string_append_c(in, c == '\r' || c == '\n' ? '=' : c);
        }
        encode_qp(out, in->str, in->len, FALSE);
        back = decode_qp(out->str, out->len);
        g_assert_cmpmem(back->str, back->len, in->str, in->len);
        g_string_append(out, "\r\n");
        check_lines(out->str, out->len, 76, TRUE);
    }
}

static void test_base64(void)
{
    for (gsize len = 0; len < 300; len++) {
        g_autofree char *in = g_strnfill(len, 'q');
        g_autoptr(GString) out = g_string_new(NULL), back = NULL;

        encode_base64(out, in, len);
        if (len > 0)
            check_lines(out->str, out->len, 76, TRUE);
        back = decode_base64(out->str, out->len);
        g_assert_cmpmem(back->str, back->len, in, len);
    }
}

static void test_crlf(void)
{
    static const char *const cases[][2] = {
        {"", "\r\n"},     {"a", "a\r\n"},         {"a\n", "a\r\n"},
        {"a\r", "a\r\n"}, {"a\r\n", "a\r\n"},     {"a\n\nb", "a\r\n\r\nb\r\n"},
        {"\n", "\r\n"},   {"\r\r\n", "\r\n\r\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = encode_crlf(cases[i][0], strlen(cases[i][0]));

        g_assert_cmpstr(out->str, ==, cases[i][1]);
    }
}

/* Encoded words of every length at every column: decoded they are the text again. */
static void test_words(void)
{
    static const char *const alphabets[] = {"a ", "aü", "日本語", "😀x", "=?_ ", "é"};

    for (gsize k = 0; k < G_N_ELEMENTS(alphabets); k++) {
        for (guint n = 1; n < 90; n += 3) {
            g_autoptr(GString) text = g_string_new("x"), out = g_string_new(NULL);
            guint column = (n * 7) % 70;
            g_autofree char *back = NULL;

            for (guint i = 0; i < n; i++)
                g_string_append(text, alphabets[k]);
            for (guint i = 0; i < column; i++)
                g_string_append_c(out, 'h');
            encode_words(out, text->str, text->len, column);
            g_string_append(out, "\r\n");
            check_lines(out->str, out->len, ENCODE_MAX_LINE, TRUE);
            g_string_truncate(out, out->len - 2);
            g_string_replace(out, "\r\n", "", 0);
            back = decode_words(out->str + column + (out->str[column] == ' '));
            g_assert_cmpstr(back, ==, text->str);
        }
    }
}

/* RFC 2047 5 (3): in a word of a phrase only these stand for themselves, a blank as "_". */
static void test_word_literals(void)
{
    for (int c = '!'; c < 127; c++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *text = g_strdup_printf("aaaaaaaaaaaaaaaa\u00e9%c a", c);
        gboolean is_literal = g_ascii_isalnum(c) || strchr("!*+-/", c);
        g_autofree char *end = is_literal ? g_strdup_printf("=C3=A9%c_a?=", c)
                                          : g_strdup_printf("=C3=A9=%02X_a?=", (guint)c);

        encode_words(out, text, strlen(text), 10);
        g_assert_true(g_str_has_suffix(out->str, end));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/qp/cases", test_qp_cases);
    g_test_add_func("/encode/qp/drops-controls", test_qp_drops_controls);
    g_test_add_func("/encode/qp/line-length", test_qp_line_length);
    g_test_add_func("/encode/qp/soft-line-starts", test_qp_soft_line_starts);
    g_test_add_func("/encode/qp/random-bytes", test_qp_random_bytes);
    g_test_add_func("/encode/base64", test_base64);
    g_test_add_func("/encode/crlf", test_crlf);
    g_test_add_func("/encode/words", test_words);
    g_test_add_func("/encode/words/literals", test_word_literals);
    return g_test_run();
}
