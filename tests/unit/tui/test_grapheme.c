/*
 * Steps and words in text of all sorts; and in random text, that every step ends where a cursor
 * may stand and that going back meets the same places.
 */
#include "config.h"

#include "tui/grapheme.h"

#include <string.h>

#include "base/text.h"

static void test_steps(void)
{
    /* Each text with a bar where the cursor may stand between its ends. */
    static const char *const rows[] = {
        "",         "a",         "a|b", "e\u0301|a", "e\u0301\u0323", "日|本", "日|\u200d|本",
        "\u0301|a", "❤\ufe0f|x",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) parts = g_strsplit(rows[i], "|", -1);
        g_autofree char *text = g_strjoinv("", parts);
        gsize len = strlen(text), at = 0;
        for (char **part = parts; *part; part++) {
            g_assert_true(grapheme_is_edge(text, len, at));
            gsize next = at + strlen(*part);
            g_assert_cmpuint(grapheme_next(text, len, at), ==, next);
            g_assert_cmpuint(grapheme_back(text, next), ==, at);
            for (gsize inside = at + 1; inside < next; inside++)
                g_assert_false(grapheme_is_edge(text, len, inside));
            at = next;
        }
        g_assert_cmpuint(at, ==, len);
        g_assert_cmpuint(grapheme_next(text, len, len), ==, len);
    }
}

static void test_words(void)
{
    static const struct {
        const char *text;
        gsize at, next, back;
    } rows[] = {
        {"", 0, 0, 0},
        {"one two", 0, 3, 0},
        {"one two", 3, 7, 0},
        {"one two", 4, 7, 0},
        {"one two", 5, 7, 4},
        {"a@b.org", 7, 7, 4},
        {"a@b.org", 0, 1, 0},
        {"  x", 0, 3, 0},
        {"x  ", 3, 3, 0},
        {"grün gelb", 0, 5, 0},
        {"e\u0301e\u0301 x", 0, 6, 0},
        {"{{first_name|you}}", 0, 12, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *text = rows[i].text;
        g_assert_cmpuint(grapheme_word_next(text, strlen(text), rows[i].at), ==, rows[i].next);
        g_assert_cmpuint(grapheme_word_back(text, rows[i].at), ==, rows[i].back);
    }
}

static void test_random(void)
{
    static const char *const pieces[] = {"a",      " ", "é",    "\u0301", "日",
                                         "\u200b", "😀", "\x1b", ".",      "\u0600"};
    for (int round = 0; round < 300; round++) {
        g_autoptr(GString) s = g_string_new(NULL);
        for (int n = g_test_rand_int_range(0, 30); n > 0; n--)
            g_string_append(s, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
        gsize cells = 0;
        for (gsize at = 0; at < s->len;) {
            gsize next = grapheme_next(s->str, s->len, at);
            g_assert_cmpuint(next, >, at);
            g_assert_true(grapheme_is_edge(s->str, s->len, next));
            g_assert_cmpuint(grapheme_back(s->str, next), ==, at);
            cells += grapheme_cells(s->str + at, next - at);
            at = next;
        }
        g_autofree char *safe = text_safe(s->str, (gssize)s->len, 0);
        g_assert_cmpuint(cells, ==, text_cells(safe));
        g_assert_cmpuint(grapheme_word_next(s->str, s->len, 0), <=, s->len);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/grapheme/steps/marks-stay-with-their-base", test_steps);
    g_test_add_func("/grapheme/words/both-ways", test_words);
    g_test_add_func("/grapheme/random/back-meets-next", test_random);
    return g_test_run();
}
