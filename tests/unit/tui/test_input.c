/*
 * Editing a line by its keys, what a paste becomes, what is seen of a long one; and random
 * keys, after which the text is still valid and undo leads back to the beginning.
 */
#include "config.h"

#include "tui/input.h"

#include <string.h>

#include "base/text.h"
#include "tests/unit/tui/keys.h"
#include "tui/grapheme.h"

static enum input_did type(struct input *in, const char *script)
{
    enum input_did did = INPUT_IGNORED;
    while (*script) {
        struct term_event e = key_event(next_key(&script));
        did = input_event(in, &e);
    }
    return did;
}

/* The text with a bar at the cursor. Caller frees. */
static char *state(const struct input *in)
{
    g_autoptr(GString) s = g_string_new(input_text(in));
    g_string_insert_c(s, (gssize)in->cursor, '|');
    return g_strdup(s->str);
}

static void test_keys(void)
{
    static const struct {
        const char *start, *keys, *state;
        enum input_did did;
    } rows[] = {
        {"", "abc", "abc|", INPUT_CHANGED},
        {"abc", "<Left><Left>x", "ax|bc", INPUT_CHANGED},
        {"abc", "<Home><Right>x", "ax|bc", INPUT_CHANGED},
        {"abc", "<^A>x<^E>y", "xabcy|", INPUT_CHANGED},
        {"abc", "<Right>", "abc|", INPUT_MOVED},
        {"one two three", "<C-Left><C-Left>", "one |two three", INPUT_MOVED},
        {"one two", "<Home><C-Right>", "one| two", INPUT_MOVED},
        {"e\u0301x", "<Left><BS>", "|x", INPUT_CHANGED},
        {"e\u0301x", "<Home><Del>", "|x", INPUT_CHANGED},
        {"", "<BS>", "|", INPUT_MOVED},
        {"日本", "<Left>語", "日語|本", INPUT_CHANGED},
        {"one two", "<^W>", "one |", INPUT_CHANGED},
        {"one two", "<^W><^W><^Y>", "one |", INPUT_CHANGED},
        {"one two", "<C-Left><^U>", "|two", INPUT_CHANGED},
        {"one two", "<C-Left><^K>", "one |", INPUT_CHANGED},
        {"one two", "<C-Left><^K><^A><^Y>", "two|one ", INPUT_CHANGED},
        {"abc", "<^Y>", "abc|", INPUT_MOVED},
        {"", "one two<^_>", "one |", INPUT_CHANGED},
        {"", "one two<^_><^_>", "|", INPUT_CHANGED},
        {"", "one two<^_><^_><^R>", "one |", INPUT_CHANGED},
        {"", "ab<Left>c<^_>", "a|b", INPUT_CHANGED},
        {"abc", "<BS><BS><^_>", "abc|", INPUT_CHANGED},
        {"abc", "<^_>", "abc|", INPUT_MOVED},
        {"abc", "<^R>", "abc|", INPUT_MOVED},
        {"abc", "<^D>", "abc|", INPUT_MOVED},
        {"abc", "<Up>", "abc|", INPUT_IGNORED},
        {"abc", "<Tab>", "abc|", INPUT_IGNORED},
        {"abc", "<Enter>", "abc|", INPUT_IGNORED},
        {"abc", "<Esc>", "abc|", INPUT_IGNORED},
        {"abc", "<F2>", "abc|", INPUT_IGNORED},
        {"abc", "<^T>", "abc|", INPUT_IGNORED},     /* no secret */
        {"abc", "\xc2\x9b", "abc|", INPUT_IGNORED}, /* a C1 control */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct input in;
        input_init(&in, 0);
        input_set(&in, rows[i].start);
        enum input_did did = type(&in, rows[i].keys);
        g_autofree char *got = state(&in);
        g_assert_cmpstr(got, ==, rows[i].state);
        g_assert_cmpint(did, ==, rows[i].did);
        input_clear(&in);
    }
}

static void test_paste(void)
{
    static const struct {
        const char *paste, *text;
        gsize max;
    } rows[] = {
        {"one\ntwo", "a one two", 0},   {"one\r\ntwo\r\n", "a one two", 0},
        {"one\rtwo\r", "a one two", 0}, {"\x1b[31mx\x7f\xc2\x9b", "a [31mx", 0},
        {"a\tb", "a a b", 0},           {"bad \xff end", "a bad \xef\xbf\xbd end", 0},
        {"abcdefgh", "a abcd", 6},      {"日本語", "a 日", 6},
        {"xe\u0301", "a x", 5},         {"", "a ", 0},
        {"a\u2028b", "a a b", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct input in;
        input_init(&in, rows[i].max);
        input_set(&in, "a ");
        struct term_event e = {.kind = EVENT_PASTE, .text = (char *)rows[i].paste};
        input_event(&in, &e);
        g_assert_cmpstr(input_text(&in), ==, rows[i].text);
        g_assert_cmpuint(in.cursor, ==, in.text->len);
        type(&in, "<^_>");
        g_assert_cmpstr(input_text(&in), ==, "a ");
        input_clear(&in);
    }
}

/* A long paste costs what there is room for, not what it is long. */
static void test_paste_long(void)
{
    struct input in;
    input_init(&in, 10);
    g_autofree char *large = g_strnfill(TERM_PASTE_MAX, 'x');
    struct term_event e = {.kind = EVENT_PASTE, .text = large};
    g_assert_cmpint(input_event(&in, &e), ==, INPUT_CHANGED);
    g_assert_cmpstr(input_text(&in), ==, "xxxxxxxxxx");
    g_assert_cmpint(input_event(&in, &e), ==, INPUT_MOVED);
    input_clear(&in);
}

static void test_show(void)
{
    static const struct {
        const char *text, *keys;
        int w;
        const char *seen;
        int cursor;
    } rows[] = {
        {"", "", 5, "", 0},
        {"abc", "", 5, "abc", 3},
        {"abcd", "", 5, "abcd", 4},
        {"abcd", "<Left>", 5, "abcd", 3},
        {"abcdefghij", "<Home>", 6, "abcde…", 0},
        {"abcdefghij", "", 6, "<ghij", 5},
        {"日本語", "<Home>", 5, "日本…", 0},
        {"日本語", "", 7, "日本語", 6},
        {"日本語", "", 6, "<本語", 5},
        {"e\u0301e\u0301", "", 3, "e\u0301e\u0301", 2},
        {"a\u200bb", "", 20, "a<U+200B>b", 10},
        {"abc", "", 1, "", 0},
        {"abc", "", 0, "", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct input in;
        input_init(&in, 0);
        input_set(&in, rows[i].text);
        type(&in, rows[i].keys);
        int cursor;
        g_autofree char *seen = input_show(&in, rows[i].w, &cursor);
        g_assert_cmpstr(seen, ==, rows[i].seen);
        g_assert_cmpint(cursor, ==, rows[i].cursor);
        input_clear(&in);
    }
}

/* Scrolling leaves the picture alone as long as the cursor is in it. */
static void test_show_rests(void)
{
    struct input in;
    input_init(&in, 0);
    input_set(&in, "abcdefghijklmnopqrstuvwxyz");
    int cursor;
    g_autofree char *end = input_show(&in, 10, &cursor);
    for (int i = 0; i < 4; i++) {
        type(&in, "<Left>");
        g_autofree char *seen = input_show(&in, 10, &cursor);
        g_assert_cmpstr(seen, ==, end);
    }
    type(&in, "<Home>");
    g_autofree char *start = input_show(&in, 10, &cursor);
    g_assert_cmpstr(start, ==, "abcdefghi…");
    input_clear(&in);
}

static void test_secret(void)
{
    struct input in;
    input_init(&in, 0);
    in.is_secret = TRUE;
    int cursor;
    g_autofree char *none = input_show(&in, 20, &cursor);
    g_assert_cmpstr(none, ==, "");
    type(&in, "x");
    g_autofree char *one = input_show(&in, 20, &cursor);
    type(&in, "yzyzyzyzyzyzyzyzyzyzyzyz");
    g_autofree char *many = input_show(&in, 20, &cursor);
    g_assert_cmpstr(one, ==, many);
    g_assert_null(strchr(many, 'y'));
    g_assert_cmpint(type(&in, "<^T>"), ==, INPUT_MOVED);
    g_autofree char *seen = input_show(&in, 40, &cursor);
    g_assert_cmpstr(seen, ==, input_text(&in));
    type(&in, "<^T>");
    g_autofree char *narrow = input_show(&in, 4, &cursor);
    g_assert_cmpstr(narrow, ==, "***");
    input_clear(&in);
}

static const char *const script_keys[] = {
    "a",      "b",       " ",        "é",         "日",     "\u0301", "😀",    "<lt>",
    "<Left>", "<Right>", "<C-Left>", "<C-Right>", "<Home>", "<End>",  "<BS>", "<Del>",
    "<^W>",   "<^U>",    "<^K>",     "<^Y>",      "<^_>",   "<^R>",   "<^D>", "<^T>",
};

static void check_sane(struct input *in, gsize max_bytes)
{
    int w = g_test_rand_int_range(1, 20), cursor;
    g_assert_true(g_utf8_validate(in->text->str, (gssize)in->text->len, NULL));
    g_assert_cmpuint(in->text->len, <=, max_bytes);
    g_assert_true(grapheme_is_edge(in->text->str, in->text->len, in->cursor));
    g_autofree char *seen = input_show(in, w, &cursor);
    g_assert_cmpuint(text_cells(seen), <=, (gsize)w);
    g_assert_cmpint(cursor, >=, 0);
    g_assert_cmpint(cursor, <, w);
    g_assert_true(grapheme_is_edge(in->text->str, in->text->len, in->scroll));
}

static void test_random(void)
{
    for (int round = 0; round < 200; round++) {
        struct input in;
        gsize max_bytes = round % 2 ? 40 : 1000;
        input_init(&in, max_bytes);
        input_set(&in, "at first");
        for (int n = 0; n < 150; n++) {
            type(&in, script_keys[g_test_rand_int_range(0, G_N_ELEMENTS(script_keys))]);
            check_sane(&in, max_bytes);
        }
        while (type(&in, "<^R>") == INPUT_CHANGED)
            ;
        g_autofree char *newest = g_strdup(input_text(&in));
        while (type(&in, "<^_>") == INPUT_CHANGED)
            check_sane(&in, max_bytes);
        g_assert_cmpstr(input_text(&in), ==, "at first");
        while (type(&in, "<^R>") == INPUT_CHANGED)
            ;
        g_assert_cmpstr(input_text(&in), ==, newest);
        input_clear(&in);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/input/keys/edit-and-move", test_keys);
    g_test_add_func("/input/paste/one-line-without-controls", test_paste);
    g_test_add_func("/input/paste/bounded", test_paste_long);
    g_test_add_func("/input/show/signs-at-the-ends", test_show);
    g_test_add_func("/input/show/moves-only-when-it-must", test_show_rests);
    g_test_add_func("/input/secret/tells-nothing", test_secret);
    g_test_add_func("/input/random/undo-leads-to-the-start", test_random);
    return g_test_run();
}
