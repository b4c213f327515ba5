/* Tables on the screen: marker, cursor, roles, headings, the accessible mode, any size. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/tui/keys.h"
#include "tests/unit/tui/screen.h"
#include "tui/prefs.h"
#include "tui/table_memory.h"

static char *empty_text(void *data)
{
    (void)data;
    return g_strdup("No campaigns yet.\n\n  n   write a new one");
}

static const struct table_source source = TABLE_MEMORY_SOURCE;
static const struct table_column columns[] = {
    {"name", "NAME", .width = 24, .min = 16, .grow = 1, .flags = TABLE_SORT},
    {"state", "STATE", .width = 9, .min = 8},
    {"to", "TO", .width = 7, .priority = 2, .plain = "to %s",
     .flags = TABLE_SORT | TABLE_RIGHT},
    {"changed", "CHANGED", .width = 9, .priority = 1, .flags = TABLE_SORT | TABLE_DESCENDING},
};
static const struct table_spec spec = {.name = "test",
                                       .columns = columns,
                                       .n = 4,
                                       .source = &source,
                                       .sort = "changed-",
                                       .empty = empty_text};

struct place {
    struct table_memory memory;
    struct table table;
};

static void take(struct place *p, gint64 id, const char *name, const char *state,
                 enum term_role role, gint64 to, const char *changed)
{
    struct table_row *row = table_row_new(id, 4);
    table_row_set(row, 0, name);
    table_row_role(row, 1, role, state);
    if (to > 0)
        table_row_number(row, 2, to);
    else
        table_row_set(row, 2, "-");
    table_row_take(row, 3, g_strdup(changed), 100 - id);
    table_memory_take(&p->memory, row);
}

static char *prefs_path;

static void forget_prefs(void)
{
    (void)unlink(prefs_path);
    prefs_reset(prefs_path);
}

static void open_place(struct place *p)
{
    table_memory_init(&p->memory, &spec);
    table_init(&p->table, &spec, &p->memory, NULL);
}

static void open_campaigns(struct place *p)
{
    open_place(p);
    take(p, 1, "Spring newsletter 2025", "sending", ROLE_OK, 12480, "14:31");
    take(p, 2, "Volunteers March", "ready", ROLE_NORMAL, 1204, "14:02");
    take(p, 3, "Summer camp\x1b[2J 2025", "draft !2", ROLE_WARN, 0, "yesterday");
    take(p, 4, "春のニュース", "paused", ROLE_WARN, 980, "12:10");
    table_load(&p->table);
}

static void close_place(struct place *p)
{
    table_clear(&p->table);
    table_memory_clear(&p->memory);
}

static void type(struct place *p, const char *keys)
{
    while (*keys != '\0') {
        struct term_event e = key_event(next_key(&keys));
        (void)table_event(&p->table, &e);
    }
}

static void draw(struct place *p, int w, int h)
{
    screen_erase();
    table_draw(&p->table, (struct rect){0, 0, w, h}, TRUE);
}

static void test_80(void)
{
    struct place p;
    open_campaigns(&p);
    type(&p, "j");
    draw(&p, 80, 8);
    g_assert_row(
        0, "  NAME                                             STATE           TO  CHANGED v");
    close_place(&p);
}

static void test_rows(void)
{
    struct place p;
    open_campaigns(&p);
    type(&p, "j<Space>");
    draw(&p, 60, 8);
    g_assert_row(0, "  NAME                           STATE          TO CHANGED v");
    g_assert_row(1, "  Spring newsletter 2025         sending    12,480 14:31");
    g_assert_row(2, "* Volunteers March               ready       1,204 14:02");
    g_assert_row(3, "> Summer camp\\x1b[2J 2025        draft !2        - yesterday");
    g_assert_row(4, "  春のニュース                   paused        980 12:10");
    g_assert_row(5, "");
    g_assert_cmpint(screen.cursor_x, ==, 0);
    g_assert_cmpint(screen.cursor_y, ==, 3);
    g_assert_cmpint(screen.role[0][2], ==, ROLE_HEADING);
    g_assert_cmpint(screen.role[1][2], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[1][33], ==, ROLE_OK);
    g_assert_cmpint(screen.role[2][2], ==, ROLE_MARKED);
    for (int x = 0; x < 32; x++)
        g_assert_cmpint(screen.role[3][x], ==, ROLE_SELECTED);
    g_assert_cmpint(screen.role[3][32], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.role[3][33], ==, ROLE_WARN);
    g_assert_cmpint(screen.role[4][33], ==, ROLE_WARN);
    type(&p, "k");
    draw(&p, 60, 8);
    g_assert_row(2, ">*Volunteers March               ready       1,204 14:02");
    close_place(&p);
}

/* In a wide terminal the bar ends behind the text: a step is felt on slow lines. */
static void test_bar(void)
{
    struct place p;
    open_place(&p);
    take(&p, 1, "short", "ready", ROLE_NORMAL, 1, "now");
    take(&p, 2, "a name that is much longer than forty cells, and goes on", "ready",
         ROLE_NORMAL, 1, "now");
    table_load(&p.table);
    draw(&p, 120, 5);
    g_assert_cmpint(screen.role[1][41], ==, ROLE_SELECTED);
    g_assert_cmpint(screen.role[1][42], ==, ROLE_NORMAL);
    type(&p, "j");
    draw(&p, 120, 5);
    g_autofree char *row = screen_row(2);
    g_assert_true(
        g_str_has_prefix(row, "> a name that is much longer than forty cells, and goes on "));
    g_assert_cmpint(screen.role[2][57], ==, ROLE_SELECTED);
    g_assert_cmpint(screen.role[2][58], ==, ROLE_NORMAL);
    close_place(&p);
}

/* Without the focus the marker stays and the bar goes: only one table has the bar. */
static void test_no_focus(void)
{
    struct place p;
    open_campaigns(&p);
    screen_erase();
    table_draw(&p.table, (struct rect){0, 0, 60, 8}, FALSE);
    g_assert_row(1, "> Spring newsletter 2025         sending    12,480 14:31");
    g_assert_cmpint(screen.role[1][5], ==, ROLE_NORMAL);
    g_assert_cmpint(screen.cursor_y, ==, -1);
    close_place(&p);
}

static void test_40(void)
{
    struct place p;
    open_campaigns(&p);
    draw(&p, 40, 5);
    g_assert_row(0, "  NAME               STATE     CHANGED v");
    g_assert_row(1, "> Spring newsletter~ sending   14:31");
    close_place(&p);
}

static void test_sideways(void)
{
    struct place p;
    open_campaigns(&p);
    draw(&p, 30, 5);
    g_assert_row(0, "  NAME               STATE");
    type(&p, "l");
    draw(&p, 30, 5);
    g_assert_row(0, "< NAME                      TO");
    type(&p, "l");
    draw(&p, 30, 5);
    g_assert_row(0, "< NAME               CHANGED v");
    type(&p, "lhh");
    draw(&p, 30, 5);
    g_assert_row(0, "  NAME               STATE");
    close_place(&p);
}

static void test_heading_signs(void)
{
    static const struct {
        const char *keys, *heading;
    } rows[] = {
        {"", "  NAME                           STATE          TO CHANGED v"},
        {"I", "  NAME                           STATE          TO CHANGED ^"},
        {"<lt>", "  NAME                           STATE        TO ^ CHANGED"},
        {"<lt><lt>I", "  NAME v                         STATE          TO CHANGED"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct place p;
        forget_prefs();
        open_campaigns(&p);
        type(&p, rows[i].keys);
        draw(&p, 60, 8);
        g_assert_row(0, rows[i].heading);
        close_place(&p);
    }
}

/* One step down changes two rows, not the screen; a tick that changes a number its cells. */
static void test_few_cells(void)
{
    struct place p;
    open_campaigns(&p);
    draw(&p, 80, 20);
    g_autofree void *before = g_memdup2(screen.text, sizeof screen.text);
    type(&p, "j");
    draw(&p, 80, 20);
    g_assert_cmpint(screen_changes(before), ==, 2);
    table_memory_begin(&p.memory);
    take(&p, 1, "Spring newsletter 2025", "sending", ROLE_OK, 12481, "14:31");
    take(&p, 2, "Volunteers March", "ready", ROLE_NORMAL, 1204, "14:02");
    take(&p, 3, "Summer camp\x1b[2J 2025", "draft !2", ROLE_WARN, 0, "yesterday");
    take(&p, 4, "春のニュース", "paused", ROLE_WARN, 980, "12:10");
    table_load(&p.table);
    memcpy(before, screen.text, sizeof screen.text);
    draw(&p, 80, 20);
    g_assert_cmpint(screen_changes(before), ==, 1);
    close_place(&p);
}

static void test_filter_row(void)
{
    struct place p;
    open_campaigns(&p);
    draw(&p, 60, 6);
    type(&p, "/vol");
    draw(&p, 60, 6);
    g_assert_row(1, "> Volunteers March               ready       1,204 14:02");
    g_assert_row(2, "");
    g_autofree char *asking = screen_row(5);
    g_assert_true(g_str_has_prefix(asking, "Filter: vol"));
    g_assert_cmpint(screen.cursor_x, ==, 11);
    g_assert_cmpint(screen.cursor_y, ==, 5);
    g_assert_cmpstr(table_hint(&p.table), ==,
                    "1 of 4   words, /regex/, name: state: to: changed:   Enter done, "
                    "Esc cancels");
    type(&p, "x");
    draw(&p, 60, 6);
    g_assert_cmpstr(table_hint(&p.table), ==,
                    "0 of 4   words, /regex/, name: state: to: changed:   Enter done, "
                    "Esc cancels");
    type(&p, "<Enter>");
    draw(&p, 60, 7);
    g_assert_row(1, "                 No row matches the filter.");
    type(&p, "<Esc>");
    draw(&p, 60, 6);
    g_assert_row(1, "  Spring newsletter 2025         sending    12,480 14:31");
    g_assert_row(2, "> Volunteers March               ready       1,204 14:02");
    close_place(&p);
}

static void test_empty(void)
{
    struct place p;
    open_place(&p);
    table_load(&p.table);
    draw(&p, 60, 12);
    g_assert_row(3, "                   No campaigns yet.");
    g_assert_row(5, "                     n   write a new one");
    g_assert_cmpint(screen.cursor_y, ==, 3);
    draw(&p, 12, 3);
    g_assert_row(0, "No campaigns");
    close_place(&p);
}

static void test_plain(void)
{
    struct place p;
    open_campaigns(&p);
    type(&p, "<Space>");
    screen_erase();
    table_draw_plain(&p.table, (struct rect){0, 0, 60, 10}, TRUE);
    g_assert_row(0, " Spring newsletter 2025, sending, to 12,480, 14:31, marked");
    g_assert_row(1, " Volunteers March, ready, to 1,204, 14:02");
    g_assert_row(2, " Summer camp\\x1b[2J 2025, draft !2, yesterday");
    g_assert_row(5, " Row 2 of 4.");
    g_assert_cmpint(screen.cursor_x, ==, 1);
    g_assert_cmpint(screen.cursor_y, ==, 1);
    close_place(&p);
}

static void test_clicks(void)
{
    struct place p;
    struct term_event e = {.kind = EVENT_KEY, .key = TK_CLICK, .x = 15, .y = 8};
    open_campaigns(&p);
    screen_erase();
    table_draw(&p.table, (struct rect){10, 5, 60, 8}, TRUE);
    g_assert_cmpint(table_event(&p.table, &e), ==, TABLE_MOVED);
    g_assert_cmpint(table_current_id(&p.table), ==, 3);
    g_assert_cmpint(table_event(&p.table, &e), ==, TABLE_OPEN);
    e.x = 9;
    g_assert_cmpint(table_event(&p.table, &e), ==, TABLE_IGNORED);
    e.x = 15;
    e.y = 10; /* below the last row */
    g_assert_cmpint(table_event(&p.table, &e), ==, TABLE_IGNORED);
    e.y = 5; /* the heading */
    g_assert_cmpint(table_event(&p.table, &e), ==, TABLE_IGNORED);
    close_place(&p);
}

/* Nothing is put outside of the rectangle, and the hardware cursor stands on the cursor row. */
static void test_any_size(void)
{
    static const char *const keys[] = {"j", "k", "G",     "g",      "l",       "h", "<Space>",
                                       "/", "o", "<Esc>", "<PgDn>", "<Enter>", "*"};
    struct place p;
    open_campaigns(&p);
    for (int i = 0; i < 3000; i++) {
        struct rect r = {3, 2, g_test_rand_int_range(0, 90), g_test_rand_int_range(0, 9)};
        type(&p, keys[g_test_rand_int_range(0, G_N_ELEMENTS(keys))]);
        screen_erase();
        screen.glyphs = (enum term_glyphs)(i % GLYPHS_COUNT);
        gboolean is_plain = i % 5 == 0;
        (is_plain ? table_draw_plain : table_draw)(&p.table, r, TRUE);
        g_assert_false(screen.has_left);
        for (int y = 0; y < 12; y++) {
            for (int x = 0; x < 100; x++) {
                gboolean inside = x >= 3 && x < 3 + r.w && y >= 2 && y < 2 + r.h;
                g_assert_true(inside || strcmp(screen.text[y][x], " ") == 0);
            }
        }
        if (r.w > 2 && r.h > 2 && !table_is_asking(&p.table) && table_current(&p.table) != NULL)
            g_assert_cmpint(screen.cursor_y, ==, 2 + p.table.cursor + !is_plain);
    }
    close_place(&p);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"/table-draw/80", test_80},
    {"/table-draw/rows", test_rows},
    {"/table-draw/bar", test_bar},
    {"/table-draw/no-focus", test_no_focus},
    {"/table-draw/40", test_40},
    {"/table-draw/sideways", test_sideways},
    {"/table-draw/heading-signs", test_heading_signs},
    {"/table-draw/few-cells", test_few_cells},
    {"/table-draw/filter-row", test_filter_row},
    {"/table-draw/empty", test_empty},
    {"/table-draw/plain", test_plain},
    {"/table-draw/clicks", test_clicks},
    {"/table-draw/any-size", test_any_size},
};

static void run(gconstpointer data)
{
    forget_prefs();
    screen.glyphs = GLYPHS_ASCII;
    tests[GPOINTER_TO_SIZE(data)].run();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("crier-table-XXXXXX", NULL);
    prefs_path = g_build_filename(dir, "ui.ini", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].name, GSIZE_TO_POINTER(i), run);
    int rc = g_test_run();
    forget_prefs();
    prefs_reset(NULL);
    (void)rmdir(dir);
    g_free(prefs_path);
    return rc;
}
