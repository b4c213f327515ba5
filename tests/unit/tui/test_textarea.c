/*
 * The text area: editing, cutting, searching, folding and what is seen; and random keys on all
 * sorts of text, after which counts, cursor and folds are what they would be made anew, and
 * undo leads back to the beginning.
 */
#include "config.h"

#include "tui/textarea.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"
#include "tui/grapheme.h"
#include "tui/textarea_private.h"

static enum input_did type(struct textarea *t, const char *script)
{
    enum input_did did = INPUT_IGNORED;
    while (*script) {
        struct term_event e = key_event(next_key(&script));
        did = textarea_event(t, &e);
    }
    return did;
}

static void start(struct textarea *t, const char *text)
{
    g_autoptr(GError) error = NULL;
    textarea_init(t);
    textarea_set(t, text, &error);
    g_assert_no_error(error);
}

/* The text with a bar at the cursor. Caller frees. */
static char *state(const struct textarea *t)
{
    g_autofree char *text = textarea_text(t);
    GString *s = g_string_new(text);
    gsize at = t->cursor.at;
    for (gsize line = 0; line < t->cursor.line; line++)
        at += area_line_len(t, line) + 1;
    g_string_insert_c(s, (gssize)at, '|');
    return g_string_free(s, FALSE);
}

static void test_keys(void)
{
    static const struct {
        const char *start, *keys, *state;
        enum input_did did;
    } rows[] = {
        {"", "abc", "abc|", INPUT_CHANGED},
        {"", "a<Enter>b", "a\nb|", INPUT_CHANGED},
        {"", "a<Enter><BS>b", "ab|", INPUT_CHANGED},
        {"one\ntwo", "<End><Del>", "one|two", INPUT_CHANGED},
        {"one\ntwo", "<End><Right>", "one\n|two", INPUT_MOVED},
        {"one\ntwo", "<Down><Left>", "one|\ntwo", INPUT_MOVED},
        {"one\ntwo", "<Down><Down>", "one\ntwo|", INPUT_MOVED},
        {"one\ntwo", "<Right><Up>", "|one\ntwo", INPUT_MOVED},
        {"", "<Tab>x", "  x|", INPUT_CHANGED},
        {"long line\nx\nlong line", "<End><Down><Down>", "long line\nx\nlong line|",
         INPUT_MOVED},
        {"one two", "<C-Right><C-Right><C-Left>", "one |two", INPUT_MOVED},
        {"one\ntwo", "<C-Right><C-Right>", "one\n|two", INPUT_MOVED},
        {"one\ntwo", "<Down><C-Left>", "one|\ntwo", INPUT_MOVED},
        {"a\nb\nc", "<Down><^K>", "a\n|c", INPUT_CHANGED},
        {"a\nb\nc", "<^K><^K><Down><^U>", "ca\nb\n|", INPUT_CHANGED},
        {"a\nb\nc", "<^K><Down><^K><Up><^U>", "c|b\n", INPUT_CHANGED}, /* only the last cut */
        {"a\nb", "<Down><^K><^U>", "a\nb|", INPUT_CHANGED},
        {"a\nb", "<^K><^U><^U>", "a\na\n|b", INPUT_CHANGED},
        {"a", "<^U>", "|a", INPUT_MOVED},
        {"", "<^K>", "|", INPUT_MOVED},
        {"a\nb", "<^K><^_>", "|a\nb", INPUT_CHANGED},
        {"", "one two<^_>", "one |", INPUT_CHANGED},
        {"", "one<Enter>two<^_><^_>", "one|", INPUT_CHANGED},
        {"", "one<Enter>two<^_><^_><^R><^R>", "one\ntwo|", INPUT_CHANGED},
        {"abc", "<^_>", "|abc", INPUT_MOVED},
        {"e\u0301x", "<Del>", "|x", INPUT_CHANGED},
        {"abc", "<Esc>", "|abc", INPUT_IGNORED},
        {"abc", "<^S>", "|abc", INPUT_IGNORED},
        {"abc", "<^O>", "|abc", INPUT_IGNORED},
        {"abc", "<F1>", "|abc", INPUT_IGNORED},
        {"abc", "\xc2\x9b", "|abc", INPUT_IGNORED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct textarea t;
        start(&t, rows[i].start);
        enum input_did did = type(&t, rows[i].keys);
        g_autofree char *got = state(&t);
        g_assert_cmpstr(got, ==, rows[i].state);
        g_assert_cmpint(did, ==, rows[i].did);
        textarea_clear(&t);
        textarea_clear(&t);
    }
}

static void test_paste(void)
{
    static const struct {
        const char *paste, *state;
    } rows[] = {
        {"one\r\ntwo\r\n", "[one\ntwo\n|]"}, {"one\rtwo", "[one\ntwo|]"}, {"a\tb", "[a\tb|]"},
        {"\x1b[31mred\x7f", "[[31mred|]"},   {"\xff", "[\xef\xbf\xbd|]"}, {"", "[|]"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct textarea t;
        start(&t, "[]");
        type(&t, "<Right>");
        struct term_event e = {.kind = EVENT_PASTE, .text = (char *)rows[i].paste};
        textarea_event(&t, &e);
        g_autofree char *got = state(&t);
        g_assert_cmpstr(got, ==, rows[i].state);
        type(&t, "<^_>");
        g_autofree char *back = textarea_text(&t);
        g_assert_cmpstr(back, ==, "[]");
        textarea_clear(&t);
    }
}

/* What cannot be typed is kept when it was there before. */
static void test_set(void)
{
    struct textarea t;
    start(&t, "a\x1b"
              "b\r\nc\r");
    g_autofree char *text = textarea_text(&t);
    g_assert_cmpstr(text, ==,
                    "a\x1b"
                    "b\nc\n");
    g_assert_false(textarea_is_changed(&t));
    type(&t, "x");
    g_assert_true(textarea_is_changed(&t));
    textarea_set_saved(&t);
    g_assert_false(textarea_is_changed(&t));

    g_autoptr(GError) error = NULL;
    g_assert_false(textarea_set(&t, "\xff", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_clear_error(&error);
    g_autofree char *large = g_strnfill(TEXTAREA_MAX_BYTES + 1, 'x');
    g_assert_false(textarea_set(&t, large, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_autofree char *same = textarea_text(&t);
    g_assert_cmpstr(same, ==,
                    "xa\x1b"
                    "b\nc\n");
    textarea_clear(&t);
}

static void test_insert_replace(void)
{
    struct textarea t;
    start(&t, "Dear ,\nbye");
    type(&t, "<End><Left>");
    g_assert_true(textarea_insert(&t, "{{first_name|friend}}"));
    g_autofree char *with = state(&t);
    g_assert_cmpstr(with, ==, "Dear {{first_name|friend}}|,\nbye");
    g_autoptr(GError) error = NULL;
    g_assert_true(textarea_replace(&t, "all\r\nnew", &error));
    g_autofree char *anew = textarea_text(&t);
    g_assert_cmpstr(anew, ==, "all\nnew");
    type(&t, "<^_><^_>");
    g_autofree char *back = textarea_text(&t);
    g_assert_cmpstr(back, ==, "Dear ,\nbye");
    textarea_clear(&t);
}

static void test_limit(void)
{
    struct textarea t;
    start(&t, "");
    t.max_bytes = 10;
    type(&t, "0123456789");
    g_assert_cmpint(type(&t, "x"), ==, INPUT_MOVED);
    g_assert_cmpint(type(&t, "<Enter>"), ==, INPUT_MOVED);
    g_assert_false(textarea_insert(&t, "y"));
    g_autofree char *status = textarea_status(&t);
    g_assert_cmpstr(status, ==,
                    "there is no room for more.  line 1 of 1, column 11   "
                    "10 characters, 1 word");
    g_assert_cmpint(type(&t, "<BS><Enter>"), ==, INPUT_CHANGED);
    textarea_clear(&t);
}

static void test_status(void)
{
    static const struct {
        const char *text, *keys, *status;
    } rows[] = {
        {"", "", "line 1 of 1, column 1   0 characters, 0 words"},
        {"one two\nthree\n", "<Down><End>", "line 2 of 3, column 6   14 characters, 3 words"},
        {"e\u0301 日本", "<End>", "line 1 of 1, column 5   5 characters, 2 words"},
        {"a  b\t c", "", "line 1 of 1, column 1   7 characters, 3 words"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct textarea t;
        start(&t, rows[i].text);
        type(&t, rows[i].keys);
        g_autofree char *status = textarea_status(&t);
        g_assert_cmpstr(status, ==, rows[i].status);
        textarea_clear(&t);
    }
}

static void test_search(void)
{
    static const struct {
        const char *keys, *state, *said;
    } rows[] = {
        {"<^W>two<Enter>", "one |two\nTwo\nend", NULL},
        {"<^F>TWO<Enter><^N>", "one two\n|Two\nend", NULL},
        {"<^W>two<Enter><^N><^N>", "one |two\nTwo\nend", "from the top again"},
        {"<^W>two<Enter><^P>", "one two\n|Two\nend", "from the end again"},
        {"<^W>two<Enter><^N><^P>", "one |two\nTwo\nend", NULL},
        {"<^W>nothing<Enter>", "|one two\nTwo\nend", "not found"},
        {"<^W>two<Esc>x", "x|one two\nTwo\nend", NULL},
        {"<^W>two<Enter><^W><Enter>", "one two\n|Two\nend", NULL},
        {"<^W><Enter>", "|one two\nTwo\nend", NULL},
        {"<^N>end<Enter>", "one two\nTwo\n|end", NULL}, /* nothing sought yet: asks */
        {"<^W>one<Enter>", "|one two\nTwo\nend", "from the top again"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct textarea t;
        start(&t, "one two\nTwo\nend");
        type(&t, rows[i].keys);
        g_autofree char *got = state(&t);
        g_assert_cmpstr(got, ==, rows[i].state);
        g_assert_cmpstr(t.said, ==, rows[i].said);
        textarea_clear(&t);
    }
}

/* ---- folding ---- */

static void test_fold(void)
{
    /* In 7 cells: 6 for text, one for the cursor and the blank that hangs. */
    static const struct {
        const char *text, *rows;
    } rows[] = {
        {"", ""},
        {"one", "one"},
        {"123456", "123456"},
        {"1234567", "123456|7"},
        {"one two three", "one |two |three"},
        {"123456 8", "123456 |8"},
        {"12345 78", "12345 |78"},
        {"日本語です", "日本語|です"},
        {"これは、これ", "これ|は、こ|れ"},
        {"\tab\tc", "\t|ab\tc"},
        {"abcdefgh ij", "abcdef|gh ij"},
        {"a\u202e", "a|\u202e"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        gsize len = strlen(rows[i].text);
        for (gsize at = 0; at < len;) {
            gsize next = area_fold(rows[i].text, len, at, 7);
            g_assert_cmpuint(next, >, at);
            g_string_append_printf(got, "%s%.*s", at ? "|" : "", (int)(next - at),
                                   rows[i].text + at);
            at = next;
        }
        g_assert_cmpstr(got->str, ==, rows[i].rows);
    }
}

/* Home, End, Up and Down go by the rows on the screen. */
static void test_folded_moves(void)
{
    static const struct {
        const char *keys, *state;
    } rows[] = {
        {"<End>", "one| two three\nx"},
        {"<End><End>", "one two three|\nx"},
        {"<Down>", "one |two three\nx"},
        {"<Down><Right><Home>", "one |two three\nx"},
        {"<Down><Right><Home><Home>", "|one two three\nx"},
        {"<Down><Down><Down>", "one two three\n|x"},
        {"<Down><Down><End><Down><Up>", "one two three|\nx"},
        {"<Down><Down><Right><Right><Right><Up>", "one two| three\nx"},
        {"<PgDn>", "one two three\n|x"},
        {"<PgDn><PgUp>", "|one two three\nx"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct textarea t;
        start(&t, "one two three\nx");
        area_follow(&t, 7, 4);
        type(&t, rows[i].keys);
        g_autofree char *got = state(&t);
        g_assert_cmpstr(got, ==, rows[i].state);
        textarea_clear(&t);
    }
}

/* ---- the screen ---- */

static void draw(struct textarea *t, int w, int h)
{
    screen.glyphs = GLYPHS_ASCII;
    screen_erase();
    textarea_draw(t, (struct rect){0, 0, w, h}, TRUE);
    g_assert_cmpint(screen.cursor_x, >=, 0);
    g_assert_cmpint(screen.cursor_x, <, w);
    g_assert_cmpint(screen.cursor_y, >=, 0);
    g_assert_cmpint(screen.cursor_y, <, h);
}

static void test_draw(void)
{
    struct textarea t;
    start(&t, "# Hello\nDear {{first_name|friend}}, we\tmeet\n# {{x}}");
    t.has_markdown = TRUE;
    draw(&t, 20, 5);
    g_assert_row(0, "# Hello");
    g_assert_row(1, "Dear");
    g_assert_row(2, "{{first_name|friend");
    g_assert_cmpint(screen.role[0][3], ==, ROLE_HEADING);
    g_assert_cmpint(screen.role[1][1], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[2][1], ==, ROLE_KEY);
    draw(&t, 60, 5);
    g_assert_row(1, "Dear {{first_name|friend}}, we  meet");
    g_assert_cmpint(screen.role[1][4], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[1][5], ==, ROLE_KEY);
    g_assert_cmpint(screen.role[1][25], ==, ROLE_KEY);
    g_assert_cmpint(screen.role[1][26], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[2][0], ==, ROLE_HEADING);
    g_assert_cmpint(screen.role[2][3], ==, ROLE_KEY);
    type(&t, "<^W>meet<Enter>");
    draw(&t, 60, 5);
    g_assert_cmpint(screen.role[1][32], ==, ROLE_MARKED);
    g_assert_cmpint(screen.role[1][31], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.cursor_x, ==, 32);
    g_assert_cmpint(screen.cursor_y, ==, 1);
    type(&t, "<^W>ab");
    draw(&t, 60, 5);
    g_assert_row(4, "Search [meet]: ab___________________________________________");
    g_assert_cmpint(screen.cursor_y, ==, 4);
    g_assert_cmpint(screen.cursor_x, ==, 17);
    textarea_clear(&t);
}

/* The cursor stays in sight, and the text only moves when it must. */
static void test_scroll(void)
{
    struct textarea t;
    start(&t, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9");
    draw(&t, 20, 4);
    type(&t, "<Down><Down><Down>");
    draw(&t, 20, 4);
    g_assert_row(0, "0");
    type(&t, "<Down>");
    draw(&t, 20, 4);
    g_assert_row(0, "1");
    g_assert_cmpint(screen.cursor_y, ==, 3);
    type(&t, "<Up><Up><Up>");
    draw(&t, 20, 4);
    g_assert_row(0, "1");
    g_assert_cmpint(screen.cursor_y, ==, 0);
    type(&t, "<PgDn>");
    draw(&t, 20, 4);
    g_assert_row(0, "4");
    type(&t, "<PgDn><PgDn><PgDn><PgDn>");
    draw(&t, 20, 4);
    g_assert_row(3, "9");
    textarea_clear(&t);
}

/* ---- random ---- */

static void check_counts(const struct textarea *t, const char *text)
{
    gsize words = 0;
    gboolean is_word = FALSE;
    for (const char *p = text; *p; p++) {
        gboolean is_blank = strchr(" \t\n", *p) != NULL;
        words += !is_blank && !is_word;
        is_word = !is_blank;
    }
    g_assert_cmpuint(t->bytes, ==, strlen(text));
    g_assert_cmpuint(t->chars, ==, (gsize)g_utf8_strlen(text, -1));
    g_assert_cmpuint(t->words, ==, words);
}

/* The rows that are kept are those that folding anew finds. */
static void check_folds(struct textarea *t)
{
    gsize line = (gsize)g_test_rand_int_range(0, (int)t->lines->len);
    const char *text = area_line_text(t, line);
    gsize len = area_line_len(t, line), at = 0, row = 0;
    gsize wanted = (gsize)g_test_rand_int_range(0, (int)len + 1);
    while (row < len) {
        gsize next = area_fold(text, len, row, t->w);
        g_assert_true(grapheme_is_edge(text, len, next));
        if (next > wanted || next >= len)
            break;
        row = next;
    }
    at = area_row_of(t, (struct textarea_place){line, wanted}).at;
    g_assert_cmpuint(at, ==, row);
}

static void check_sane(struct textarea *t)
{
    g_autofree char *text = textarea_text(t);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    check_counts(t, text);
    g_assert_cmpuint(t->cursor.line, <, t->lines->len);
    g_assert_true(grapheme_is_edge(area_line_text(t, t->cursor.line),
                                   area_line_len(t, t->cursor.line), t->cursor.at));
    check_folds(t);
}

static const char *const random_keys[] = {
    "a",
    "b",
    " ",
    "word",
    "é",
    "日本語",
    "\u0301",
    "😀",
    "{{x}}",
    "<Enter>",
    "<Tab>",
    "<BS>",
    "<Del>",
    "<Left>",
    "<Right>",
    "<Up>",
    "<Down>",
    "<Home>",
    "<End>",
    "<PgUp>",
    "<PgDn>",
    "<^K>",
    "<^U>",
    "<C-Left>",
    "<C-Right>",
    "<^_>",
    "<^R>",
    "<^W>wo<Enter>",
    "<^N>",
    "<^P>",
    "long words and more of them",
};

static void test_random(void)
{
    const char *first = "It begins\nwith two lines";
    for (int round = 0; round < 100; round++) {
        struct textarea t;
        start(&t, first);
        draw(&t, 30, 5);
        t.max_bytes = round % 3 ? TEXTAREA_MAX_BYTES : 200;
        for (int n = 0; n < 150; n++) {
            type(&t, random_keys[g_test_rand_int_range(0, G_N_ELEMENTS(random_keys))]);
            check_sane(&t);
            if (n % 5 == 0)
                draw(&t, g_test_rand_int_range(1, 40), g_test_rand_int_range(1, 10));
        }
        while (type(&t, "<^R>") == INPUT_CHANGED)
            ;
        g_autofree char *last = textarea_text(&t);
        while (type(&t, "<^_>") == INPUT_CHANGED)
            check_sane(&t);
        g_autofree char *back = textarea_text(&t);
        g_assert_cmpstr(back, ==, first);
        while (type(&t, "<^R>") == INPUT_CHANGED)
            ;
        g_autofree char *again = textarea_text(&t);
        g_assert_cmpstr(again, ==, last);
        textarea_clear(&t);
    }
}

/* A megabyte in one line and in many: every key still finds its place. */
static void test_large(void)
{
    static const char *const pieces[] = {"word ", "x\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) s = g_string_new(NULL);
        while (s->len + 100 < TEXTAREA_MAX_BYTES)
            g_string_append(s, pieces[i]);
        struct textarea t;
        start(&t, s->str);
        draw(&t, 80, 20);
        type(&t, "<PgDn>here<Enter><Down><BS>");
        draw(&t, 80, 20);
        type(&t, "<^W>nowhere<Enter>");
        g_assert_cmpstr(t.said, ==, "not found");
        type(&t, "<End><End><^_><^_><^_>");
        draw(&t, 80, 20);
        g_autofree char *text = textarea_text(&t);
        g_assert_cmpstr(text, ==, s->str);
        textarea_clear(&t);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/textarea/keys/edit-and-move", test_keys);
    g_test_add_func("/textarea/paste/lines-without-controls", test_paste);
    g_test_add_func("/textarea/set/keeps-what-was-there", test_set);
    g_test_add_func("/textarea/insert/one-step", test_insert_replace);
    g_test_add_func("/textarea/limit/says-so", test_limit);
    g_test_add_func("/textarea/status/counts", test_status);
    g_test_add_func("/textarea/search/round-and-again", test_search);
    g_test_add_func("/textarea/fold/blanks-and-wide-characters", test_fold);
    g_test_add_func("/textarea/fold/moves-by-rows", test_folded_moves);
    g_test_add_func("/textarea/draw/roles-and-search", test_draw);
    g_test_add_func("/textarea/draw/cursor-in-sight", test_scroll);
    g_test_add_func("/textarea/random/undo-leads-to-the-start", test_random);
    g_test_add_func("/textarea/large/a-megabyte", test_large);
    return g_test_run();
}
