/*
 * The dropped down list: keys, narrowing, marks, and where it drops to.
 */
#include "config.h"

#include "tui/choice.h"

#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"

static char **words(const char *spaced)
{
    return *spaced ? g_strsplit(spaced, " ", -1) : g_new0(char *, 1);
}

static enum choice_did type(struct choice *c, const char *script)
{
    enum choice_did did = CHOICE_KEPT;
    while (*script) {
        struct term_event e = key_event(next_key(&script));
        did = choice_event(c, &e);
    }
    return did;
}

static void test_keys(void)
{
    static const struct {
        const char *options, *keys;
        enum choice_did did;
        int at;
    } rows[] = {
        {"tls starttls none", "", CHOICE_KEPT, 0},
        {"tls starttls none", "<Down><Enter>", CHOICE_CHOSEN, 1},
        {"tls starttls none", "<Down><Tab>", CHOICE_CHOSEN, 1},
        {"tls starttls none", "<End>", CHOICE_KEPT, 2},
        {"tls starttls none", "<PgDn><Down>", CHOICE_KEPT, 2},
        {"tls starttls none", "<End><Home>", CHOICE_KEPT, 0},
        {"tls starttls none", "<Up>", CHOICE_KEPT, 0},
        {"tls starttls none", "<Down><Esc>", CHOICE_CANCELLED, 1},
        {"tls starttls none", "NO", CHOICE_KEPT, 2},
        {"tls starttls none", "no<Enter>", CHOICE_CHOSEN, 2},
        {"tls starttls none", "<End>n<BS>", CHOICE_KEPT, 2}, /* the bar stays on its word */
        {"tls starttls none", "xyz", CHOICE_KEPT, -1},
        {"tls starttls none", "xyz<Enter>", CHOICE_KEPT, -1},
        {"", "<Enter>", CHOICE_KEPT, -1},
        {"", "<Down><PgDn>", CHOICE_KEPT, -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct choice c;
        choice_init(&c, words(rows[i].options), FALSE);
        g_assert_cmpint(type(&c, rows[i].keys), ==, rows[i].did);
        g_assert_cmpint(choice_get(&c), ==, rows[i].at);
        choice_clear(&c);
    }
}

/* A mark is of the option, not of the row that the narrowing shows it in. */
static void test_marks(void)
{
    struct choice c;
    choice_init(&c, words("alpha beta gamma"), TRUE);
    choice_mark(&c, 0, TRUE);
    choice_mark(&c, 17, TRUE);
    type(&c, "ga");
    g_assert_cmpint(choice_get(&c), ==, 2);
    type(&c, "<Space><BS><BS><Home><Space>");
    g_assert_false(c.is_marked[0]);
    g_assert_false(c.is_marked[1]);
    g_assert_true(c.is_marked[2]);
    g_assert_cmpint(type(&c, "<Enter>"), ==, CHOICE_CHOSEN);
    choice_clear(&c);
    choice_clear(&c);
}

static void test_place(void)
{
    static const struct {
        int w, h, x, y;
        struct rect at;
    } rows[] = {
        {80, 20, 10, 3, {10, 4, 12 + 4, 5}}, /* below */
        {80, 20, 10, 18, {10, 13, 16, 5}},   /* above: there is more room */
        {80, 20, 75, 3, {64, 4, 16, 5}},     /* not over the edge */
        {10, 20, 5, 3, {0, 4, 10, 5}},       /* narrow */
        {80, 4, 10, 1, {10, 0, 16, 4}},      /* neither: over the field */
    };
    struct choice c;
    choice_init(&c, words("tls starttls none"), FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct rect at = choice_place(&c, rows[i].w, rows[i].h, rows[i].x, rows[i].y);
        g_assert_cmpint(at.x, ==, rows[i].at.x);
        g_assert_cmpint(at.y, ==, rows[i].at.y);
        g_assert_cmpint(at.w, ==, rows[i].at.w);
        g_assert_cmpint(at.h, ==, rows[i].at.h);
    }
    choice_clear(&c);
}

static void test_draw(void)
{
    struct choice c;
    choice_init(&c, words("alpha beta gamma delta"), TRUE);
    choice_mark(&c, 1, TRUE);
    type(&c, "<Down><Down><Down>");
    screen.glyphs = GLYPHS_ASCII;
    screen_erase();
    choice_draw(&c, (struct rect){0, 0, 20, 5});
    g_assert_row(1, "| [x] beta         |");
    g_assert_row(2, "| [ ] gamma        |");
    g_assert_row(3, "|>[ ] delta        |");
    g_assert_cmpint(screen.cursor_y, ==, 3);
    g_assert_cmpint(screen.cursor_x, ==, 1);
    type(&c, "zz");
    screen_erase();
    choice_draw(&c, (struct rect){0, 0, 20, 5});
    g_assert_row(1, "|nothing fits      |");
    choice_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/choice/keys/move-narrow-choose", test_keys);
    g_test_add_func("/choice/marks/stay-with-their-option", test_marks);
    g_test_add_func("/choice/place/where-there-is-room", test_place);
    g_test_add_func("/choice/draw/bar-in-sight", test_draw);
    return g_test_run();
}
