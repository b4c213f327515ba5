/* Header fields: folded, encoded, and impossible to break out of. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "decode.h"
#include "message/header.h"

static const char *const long_subject =
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";

struct text_case {
    const char *name, *in, *want;
};

static const struct text_case text_cases[] = {
    {"plain", "Hello", "Subject: Hello\r\n"},
    {"empty", "", "Subject:\r\n"},
    {"blank", "   ", "Subject:\r\n"},
    {"trimmed", "  a b ", "Subject: a b\r\n"},
    {"trimmed-before", " a", "Subject: a\r\n"},
    {"trimmed-behind", "a ", "Subject: a\r\n"},
    {"control", "a\x01z", "Subject: az\r\n"},
    {"injection", "a\r\nBcc: x@y", "Subject: a Bcc: x@y\r\n"},
    {"utf8", "Grüße", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"},
    {"looks-encoded", "=?utf-8?Q?x?=", "Subject: =?utf-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n"},
    {"folded",
     "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
     "Subject: one two three four five six seven eight nine ten eleven twelve\r\n"
     " thirteen fourteen\r\n"}};

static void test_text(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(text_cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        header_append_text(out, "Subject", text_cases[i].in, strlen(text_cases[i].in));
        if (!g_str_equal(out->str, text_cases[i].want))
            g_test_fail_printf("%s: got \"%s\"", text_cases[i].name, out->str);
    }
}

static void check_subject(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *raw = NULL, *back = NULL;

    header_append_text(out, "Subject", text, strlen(text));
    check_lines(out->str, out->len, 78, TRUE);
    g_string_append(out, "\r\n");
    raw = find_field(out->str, "Subject");
    back = decode_words(raw);
    g_assert_cmpstr(back, ==, text);
}

static void test_long_text(void)
{
    for (gsize n = 1; n <= strlen(long_subject); n++) {
        g_autofree char *part = g_strndup(long_subject, n);

        check_subject(g_strchomp(part));
    }
    for (gsize n = 60; n < 400; n += 7) {
        g_autofree char *word = g_strnfill(n, 'w');
        g_autofree char *blanks = g_strnfill(n, ' ');
        g_autofree char *both = g_strconcat("a ", word, " ", word, " b", blanks, "c", NULL);

        check_subject(word);
        check_subject(both);
    }
}

struct name_case {
    const char *name, *display, *want;
};

static const struct name_case name_cases[] = {
    {"none", NULL, "From: a@b.org\r\n"},
    {"empty", "", "From: a@b.org\r\n"},
    {"atoms", "Ann Bell", "From: Ann Bell <a@b.org>\r\n"},
    {"comma", "Bell, Ann", "From: \"Bell, Ann\" <a@b.org>\r\n"},
    {"quote", "A \"B\" \\C", "From: \"A \\\"B\\\" \\\\C\" <a@b.org>\r\n"},
    {"angle", "<x@y>", "From: \"<x@y>\" <a@b.org>\r\n"},
    {"two-blanks", "A  B", "From: \"A  B\" <a@b.org>\r\n"},
    {"utf8", "Jürgen", "From: =?utf-8?Q?J=C3=BCrgen?= <a@b.org>\r\n"},
    {"b-is-shorter", "日本", "From: =?utf-8?B?5pel5pys?= <a@b.org>\r\n"},
    {"injection", "A\r\nBcc: x", "From: \"A Bcc: x\" <a@b.org>\r\n"},
    {"looks-encoded", "=?x", "From: =?utf-8?B?PT94?= <a@b.org>\r\n"},
    {"not-utf8", "A\xff", "From: =?utf-8?B?Qe+/vQ==?= <a@b.org>\r\n"},
    {"folds-before-address", "A name that is so very long that the address finds no room",
     "From: A name that is so very long that the address finds no room <a@b.org>\r\n"},
    {"folds-before-address-2",
     "A name that is so very long that the address finds no rooms, no",
     "From: \"A name that is so very long that the address finds no rooms, no\"\r\n"
     " <a@b.org>\r\n"}};

static void test_mailbox(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(name_cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        header_append_mailbox(out, "From", name_cases[i].display, "a@b.org", FALSE);
        if (!g_str_equal(out->str, name_cases[i].want))
            g_test_fail_printf("%s: got \"%s\"", name_cases[i].name, out->str);
    }
}

static void test_long_names(void)
{
    static const char *const letters[] = {"n", "n ", "ü", "日", "\"", "n,", "😀 "};

    for (gsize k = 0; k < G_N_ELEMENTS(letters); k++) {
        for (guint n = 1; n <= 900; n += 29) {
            g_autoptr(GString) name = g_string_new("x"), out = g_string_new(NULL);
            g_autofree char *raw = NULL, *back = NULL;

            while (name->len < n)
                g_string_append(name, letters[k]);
            g_string_append_c(name, 'x');
            header_append_mailbox(out, "From", name->str, "a@b.org", FALSE);
            check_lines(out->str, out->len, 78, TRUE);
            g_string_append(out, "\r\n");
            raw = find_field(out->str, "From");
            g_assert_true(g_str_has_suffix(raw, " <a@b.org>"));
            raw[strlen(raw) - strlen(" <a@b.org>")] = '\0';
            if (raw[0] == '"')
                continue; /* the cases above have quotes */
            back = decode_words(raw);
            g_assert_cmpstr(back, ==, name->str);
        }
    }
}

static void test_list_id(void)
{
    g_autoptr(GString) out = g_string_new(NULL);

    header_append_mailbox(out, "List-Id", NULL, "news.b.org", TRUE);
    header_append_mailbox(out, "List-Id", "Our news", "news.b.org", TRUE);
    g_assert_cmpstr(out->str, ==,
                    "List-Id: <news.b.org>\r\nList-Id: Our news <news.b.org>\r\n");
}

static void test_uris(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *fill = g_strnfill(900, 'x');
    g_autofree char *long_list =
        g_strconcat("<https://b.org/", fill, ">,<mailto:u@b.org?subject=", fill, ">", NULL);
    g_autofree char *want = g_strconcat("List-Unsubscribe: <https://b.org/", fill,
                                        ">,\r\n <mailto:u@b.org?subject=", fill, ">\r\n", NULL);
    gboolean has_https = FALSE;

    g_assert_true(header_append_uris(out, "List-Unsubscribe",
                                     "<https://b.org/u>,<mailto:u@b.org>", &has_https, NULL));
    g_assert_cmpstr(out->str, ==, "List-Unsubscribe: <https://b.org/u>, <mailto:u@b.org>\r\n");
    g_assert_true(has_https);
    g_string_truncate(out, 0);
    g_assert_true(
        header_append_uris(out, "List-Unsubscribe", "<mailto:u@b.org>", &has_https, NULL));
    g_assert_false(has_https);
    g_string_truncate(out, 0);
    g_assert_true(header_append_uris(out, "List-Unsubscribe", long_list, &has_https, NULL));
    g_assert_cmpstr(out->str, ==, want);
    check_lines(out->str, out->len, 998, TRUE);
}

static void test_bad_uris(void)
{
    g_autofree char *fill = g_strnfill(990, 'x');
    g_autofree char *too_long = g_strconcat("<https://", fill, ">", NULL);
    const char *const cases[] = {
        "",
        "https://b.org",
        "<https://b.org",
        "<ftp://b.org>",
        "<javascript:1>",
        "<https://b org>",
        "<https://b.org>\r\nBcc: x@y",
        "<https://b.org>x",
        "<https://b.org>,",
        "<https://\xc3\xbc>",
        "<https://a>,<https://a>,<https://a>,<https://a>,<https://a>,<https://a>,<https://a>,"
        "<https://a>,<https://a>",
        too_long,
        "<mailto:a\r\n@b>",
        "<mailto:a<b>",
        "<mailto:a@b.org?subject=x\x7f>",
        "<mailto:a@b.org?subject=x >",
        "<mailto:a@b.org>,<mailto:c@d.org",
        ">"};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new("kept");
        g_autoptr(GError) error = NULL;
        gboolean has_https;

        g_assert_false(
            header_append_uris(out, "List-Unsubscribe", cases[i], &has_https, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(out->str, ==, "kept");
    }
}

static void test_to(void)
{
    static const char *const good[][2] = {
        {"ann@b.org", "To: ann@b.org\r\n"},
        {"a.b+c_d@x-y.b.org", "To: a.b+c_d@x-y.b.org\r\n"},
        {"\"a b\"@b.org", "To: \"a b\"@b.org\r\n"},
        {"jürgen@b.org", "To: jürgen@b.org\r\n"},
        {"a@bücher.example", "To: a@xn--bcher-kva.example\r\n"},
    };
    static const char *const bad[] = {"",
                                      "a",
                                      "@b.org",
                                      "a@",
                                      "a@b.org, c@d.org",
                                      "a@b.org\r\nBcc: c@d.org",
                                      "<a@b.org>",
                                      "A <a@b.org>",
                                      "a b@c.org",
                                      "a@b@c.org",
                                      "a@b..org",
                                      ".a@b.org",
                                      "a..b@b.org",
                                      "a.@b.org",
                                      "a@.b.org",
                                      "a\x01@b.org",
                                      "a@b.org;",
                                      "a\xff@b.org",
                                      "(c)a@b.org",
                                      NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GError) error = NULL;

        header_append_to(out, good[i][0], &error);
        g_assert_no_error(error);
        g_assert_cmpstr(out->str, ==, good[i][1]);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GError) error = NULL;

        if (header_append_to(out, bad[i], &error))
            g_test_fail_printf("accepted: %s", bad[i] ? bad[i] : "NULL");
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(out->str, ==, "");
    }
}

static void test_plain(void)
{
    static const char *const bad[] = {NULL, "", "a b", "a\r\nb", "\xc3\xbc", "a\x7f", " a"};
    g_autofree char *long_value = g_strnfill(990, 'x');
    g_autoptr(GString) out = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(header_append_plain(out, "X-Campaign", bad[i], FALSE, NULL));
    g_assert_false(header_append_plain(out, "X-Campaign", long_value, FALSE, NULL));
    g_assert_true(
        header_append_plain(out, "Date", "Thu, 1 Jan 1970 00:00:00 +0000", TRUE, NULL));
    g_assert_cmpstr(out->str, ==, "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/header/text/cases", test_text);
    g_test_add_func("/header/text/long", test_long_text);
    g_test_add_func("/header/mailbox/cases", test_mailbox);
    g_test_add_func("/header/mailbox/long-names", test_long_names);
    g_test_add_func("/header/mailbox/list-id", test_list_id);
    g_test_add_func("/header/uris/good", test_uris);
    g_test_add_func("/header/uris/bad", test_bad_uris);
    g_test_add_func("/header/to", test_to);
    g_test_add_func("/header/plain", test_plain);
    return g_test_run();
}
