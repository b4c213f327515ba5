/* Rows narrowed while typing, moved through, marked and put in order. */
#include "config.h"

#include "tui/picklist.h"

#include <string.h>

static void fill(struct picklist *l, unsigned flags)
{
    static const struct {
        const char *label, *detail, *group;
    } rows[] = {
        {"Newsletter", "12,480 people", "Lists"},
        {"Members", "50,211 people", "Lists"},
        {"Volunteers", "1,220 people", "Lists"},
        {"Österreich", "3 people", "Places"},
    };
    picklist_init(l, flags);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct picklist_row *row = picklist_add(l, rows[i].label);
        row->detail = g_strdup(rows[i].detail);
        row->group = g_strdup(rows[i].group);
        row->id = i;
    }
    picklist_narrow(l);
}

static enum picklist_did press(struct picklist *l, guint32 key)
{
    struct term_event e = {.kind = EVENT_KEY, .key = key};
    return picklist_event(l, &e);
}

static void type(struct picklist *l, const char *text)
{
    for (; *text; text = g_utf8_next_char(text))
        g_assert_cmpint(press(l, g_utf8_get_char(text)), ==, PICKLIST_TAKEN);
}

static const char *current(const struct picklist *l)
{
    const struct picklist_row *row = picklist_current(l);
    return row ? row->label : "";
}

static void test_matches(void)
{
    static const struct {
        const char *typed, *text, *more;
        gboolean matches;
    } rows[] = {
        {"", "anything", NULL, TRUE},           {"   ", "anything", NULL, TRUE},
        {"mem", "Members", NULL, TRUE},         {"BERS", "Members", NULL, TRUE},
        {"mem 50", "Members", "50,211", TRUE},  {"50 mem", "Members", "50,211", TRUE},
        {"mem 51", "Members", "50,211", FALSE}, {"öst", "ÖSTERREICH", NULL, TRUE},
        {"x", "Members", NULL, FALSE},          {"x", NULL, NULL, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *texts[] = {rows[i].text, rows[i].more};
        g_assert_cmpint(picklist_matches(rows[i].typed, texts, 2), ==, rows[i].matches);
    }
}

static void test_narrows(void)
{
    struct picklist l;
    fill(&l, 0);
    g_assert_cmpuint(l.shown->len, ==, 4);
    type(&l, "er");
    g_assert_cmpuint(l.shown->len, ==, 4);
    type(&l, "s");
    g_assert_cmpuint(l.shown->len, ==, 2);
    g_assert_cmpstr(current(&l), ==, "Members");
    type(&l, "zz");
    g_assert_cmpuint(l.shown->len, ==, 0);
    g_assert_null(picklist_current(&l));
    g_assert_cmpint(press(&l, TK_BACKSPACE), ==, PICKLIST_TAKEN);
    g_assert_cmpint(press(&l, TK_ESC), ==, PICKLIST_TAKEN);
    g_assert_cmpuint(l.shown->len, ==, 4);
    /* Nothing is left to take away: Esc is the dialog's. */
    g_assert_cmpint(press(&l, TK_ESC), ==, PICKLIST_PASS);
    picklist_clear(&l);
}

/* The row with the cursor keeps it while others go. */
static void test_keeps_row(void)
{
    struct picklist l;
    fill(&l, 0);
    press(&l, TK_DOWN);
    press(&l, TK_DOWN);
    g_assert_cmpstr(current(&l), ==, "Volunteers");
    type(&l, "er");
    g_assert_cmpstr(current(&l), ==, "Volunteers");
    type(&l, "r");
    g_assert_cmpstr(current(&l), ==, "Österreich");
    picklist_clear(&l);
}

static void test_moves(void)
{
    struct picklist l;
    fill(&l, 0);
    press(&l, TK_UP);
    g_assert_cmpstr(current(&l), ==, "Newsletter");
    press(&l, TK_END);
    g_assert_cmpstr(current(&l), ==, "Österreich");
    press(&l, TK_DOWN);
    g_assert_cmpstr(current(&l), ==, "Österreich");
    press(&l, TK_HOME);
    g_assert_cmpstr(current(&l), ==, "Newsletter");
    picklist_go_to(&l, 2);
    g_assert_cmpstr(current(&l), ==, "Volunteers");
    g_assert_cmpint(press(&l, TK_ENTER), ==, PICKLIST_CHOSEN);
    g_assert_cmpint(press(&l, TK_F5), ==, PICKLIST_PASS);
    g_assert_cmpint(picklist_lines(&l), ==, 6); /* two headings */
    picklist_clear(&l);
}

static void test_marks(void)
{
    struct picklist l;
    fill(&l, PICKLIST_MULTI);
    ((struct picklist_row *)l.rows->pdata[1])->why_not = g_strdup("is empty");
    press(&l, ' ');
    g_assert_cmpstr(current(&l), ==, "Members");
    press(&l, ' '); /* cannot be chosen */
    g_assert_cmpuint(picklist_marked(&l), ==, 1);
    press(&l, '*');
    g_assert_cmpuint(picklist_marked(&l), ==, 3);
    type(&l, "vol");
    press(&l, '*');
    g_assert_cmpuint(picklist_marked(&l), ==, 2);
    picklist_clear(&l);
}

static void test_order(void)
{
    struct picklist l;
    fill(&l, PICKLIST_MULTI | PICKLIST_ORDER);
    press(&l, '+');
    g_assert_cmpstr(current(&l), ==, "Newsletter");
    g_assert_cmpstr(((struct picklist_row *)l.rows->pdata[0])->label, ==, "Members");
    press(&l, '-');
    press(&l, '-');
    g_assert_cmpstr(((struct picklist_row *)l.rows->pdata[0])->label, ==, "Newsletter");
    picklist_clear(&l);
}

static void test_click(void)
{
    struct picklist l;
    fill(&l, 0);
    l.last = (struct rect){10, 5, 30, 6};
    struct term_event e = {.kind = EVENT_KEY, .key = TK_CLICK, .x = 12, .y = 7};
    g_assert_cmpint(picklist_event(&l, &e), ==, PICKLIST_TAKEN);
    g_assert_cmpstr(current(&l), ==, "Members"); /* below the heading and the first row */
    g_assert_cmpint(picklist_event(&l, &e), ==, PICKLIST_CHOSEN);
    e.y = 5; /* the heading */
    g_assert_cmpint(picklist_event(&l, &e), ==, PICKLIST_TAKEN);
    g_assert_cmpstr(current(&l), ==, "Members");
    e.y = 12;
    g_assert_cmpint(picklist_event(&l, &e), ==, PICKLIST_PASS);
    picklist_clear(&l);
}

static void test_typed_is_bounded(void)
{
    struct picklist l;
    fill(&l, 0);
    for (int i = 0; i < 500; i++)
        press(&l, 0x1f600);
    g_assert_cmpuint(l.typed->len, <, 500);
    picklist_clear(&l);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/picklist/matches", test_matches);
    g_test_add_func("/picklist/narrows", test_narrows);
    g_test_add_func("/picklist/keeps-the-row", test_keeps_row);
    g_test_add_func("/picklist/moves", test_moves);
    g_test_add_func("/picklist/marks", test_marks);
    g_test_add_func("/picklist/order", test_order);
    g_test_add_func("/picklist/click", test_click);
    g_test_add_func("/picklist/typed-is-bounded", test_typed_is_bounded);
    return g_test_run();
}
