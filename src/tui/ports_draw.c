/*
 * Screen 6 as it looks: two tables above each other, and what is known of the row under the
 * cursor below or beside them.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/ports_private.h"
#include "tui/ui.h"
#include "tui/words.h"

#define SIDE 120    /* columns from which the pane stands beside the tables */
#define MIN_ROWS 16 /* with fewer there is no room for it below them */
#define PANE_ROWS 8
#define LABEL 12

enum { LISTEN_AT, LISTEN_STATE, LISTEN_FOR, LISTEN_NAME, LISTEN_URL, LISTEN_COUNT };

static const struct table_column listen_columns[LISTEN_COUNT] = {
    [LISTEN_AT] = {"listen", N_("WE LISTEN ON"), .width = 22, .min = 15},
    [LISTEN_STATE] = {"state", N_("STATE"), .width = 40, .min = 14, .grow = 1},
    [LISTEN_FOR] = {"for", N_("FOR"), .width = 10, .min = 10, .priority = 2,
                    .plain = N_("for %s")},
    [LISTEN_NAME] = {"name", N_("NAME"), .width = 12, .priority = 3},
    [LISTEN_URL] = {"url", N_("PUBLIC URL"), .width = 28, .min = 28, .priority = 4},
};

enum { PEER_AT, PEER_STATE, PEER_FOR, PEER_LAST, PEER_COUNT };

static const struct table_column connect_columns[PEER_COUNT] = {
    [PEER_AT] = {"peer", N_("WE CONNECT TO"), .width = 28, .min = 15, .grow = 1},
    [PEER_STATE] = {"result", N_("RESULT"), .width = 14, .min = 10},
    [PEER_FOR] = {"for", N_("FOR"), .width = 18, .min = 10, .priority = 2,
                  .plain = N_("for %s")},
    [PEER_LAST] = {"last", N_("LAST TRY"), .width = 14, .priority = 3,
                   .plain = N_("last try %s")},
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty_listen(void *data)
{
    return g_strdup(_("No port of ours yet.   n  add one"));
}

static char *empty_connect(void *data)
{
    return g_strdup(_("No server and no mailbox yet: 4 and 5 add them."));
}

const struct table_spec *ports_listen_spec(void)
{
    static const struct table_spec spec = {.name = "ports",
                                           .kept = "ports-listen",
                                           .columns = listen_columns,
                                           .n = LISTEN_COUNT,
                                           .source = &source,
                                           .empty = empty_listen,
                                           .flags = TABLE_NO_MARKS | TABLE_NO_FILTER |
                                                    TABLE_ONE_CURSOR};
    return &spec;
}

const struct table_spec *ports_connect_spec(void)
{
    static const struct table_spec spec = {.name = "ports",
                                           .kept = "ports-connect",
                                           .columns = connect_columns,
                                           .n = PEER_COUNT,
                                           .source = &source,
                                           .empty = empty_connect,
                                           .flags = TABLE_NO_MARKS | TABLE_NO_FILTER |
                                                    TABLE_ONE_CURSOR};
    return &spec;
}

/* ---- rows ---- */

static const char *role_of(const struct port *p, const struct ports_seen *x)
{
    const char *role = p ? port_role_name(p->role) : x && x->role ? x->role : "";
    return *role ? _(role) : "";
}

struct table_row *ports_listen_row(gint64 id, const struct port *p, const struct ports_seen *x)
{
    struct table_row *row = table_row_new(id, LISTEN_COUNT);
    g_autofree char *words = ports_data_words(x);
    /* What is switched off needs no look. */
    const char *state = p && !p->enabled ? _("off") : words;
    enum term_role role = p && !p->enabled ? ROLE_NORMAL : ports_data_role(x);
    table_row_set(row, LISTEN_AT, p ? p->listen : x->bind);
    table_row_role(row, LISTEN_STATE, role, state);
    table_row_set(row, LISTEN_FOR, role_of(p, x));
    table_row_set(row, LISTEN_NAME, p ? p->name : _("(usual)"));
    table_row_set(row, LISTEN_URL, p && p->public_url && *p->public_url ? p->public_url : "-");
    return row;
}

struct table_row *ports_connect_row(gint64 id, const struct ports_seen *x, gint64 now_us)
{
    struct table_row *row = table_row_new(id, PEER_COUNT);
    g_autofree char *words = ports_data_words(x);
    table_row_set(row, PEER_AT, x->bind);
    table_row_role(row, PEER_STATE, ports_data_role(x), words);
    table_row_set(row, PEER_FOR, x->name ? x->name : x->role ? _(x->role) : "");
    table_row_take(row, PEER_LAST, words_when(x->last_us, now_us), x->last_us);
    return row;
}

/* ---- the pane ---- */

static void put(struct rect r, int *y, const char *label, enum term_role role, const char *text)
{
    if (*y >= r.h || !text || !*text)
        return;
    draw_text(r, 0, *y, ROLE_NORMAL, label);
    *y += draw_folded(rect_part(r, LABEL, *y, r.w - LABEL, r.h - *y), role, text);
}

static void put_sentence(struct rect r, int *y, enum term_role role, const char *text)
{
    if (*y < r.h && text && *text)
        *y += draw_folded(rect_part(r, 0, *y, r.w, r.h - *y), role, text);
}

static void draw_facts(struct view *v, struct rect r)
{
    const struct ports *s = v->state;
    const struct port *p = ports_current_record(s);
    const struct ports_seen *x = ports_current_seen(s);
    int y = 0;
    if (x)
        put_sentence(r, &y, ports_data_role(x), x->text);
    if (!s->is_right && x && !p && !ports_data_is_trouble(x))
        put(r, &y, _("Enter"), ROLE_KEY, _("make it one of ours"));
    if (x && x->suggestion && ports_data_is_trouble(x)) {
        g_autofree char *text = g_strdup_printf(_("choose: %s is free"), x->suggestion);
        put(r, &y, _("Enter"), ROLE_KEY, text);
    }
    if (x)
        put(r, &y, _("To do"), ROLE_TITLE, x->next);
    if (p)
        put(r, &y, _("For"), ROLE_NORMAL, _(port_role_words(p->role)));
    if (p && p->public_url)
        put(r, &y, _("Public URL"), ROLE_NORMAL, p->public_url);
    for (guint i = 0; x && i < x->notes->len; i++)
        put(r, &y, i == 0 ? _("To be known") : "", ROLE_NORMAL, x->notes->pdata[i]);
}

static void draw_pane(struct view *v, struct rect r)
{
    const struct ports *s = v->state;
    const struct port *p = ports_current_record(s);
    const struct ports_seen *x = ports_current_seen(s);
    if (ui_is_moving(v->ui) && draw_keep(r))
        return;
    draw_fill(r, ROLE_NORMAL);
    draw_hline(r, 0, ROLE_MUTED);
    const char *name = p ? p->name : x && x->name ? x->name : role_of(p, x);
    if (*name)
        draw_format(r, 2, 0, ROLE_TITLE, " %s ", name);
    draw_facts(v, rect_part(r, 1, 1, r.w - 2, r.h - 1));
}

/* ---- the whole ---- */

/* Rows for the upper table: what it needs, and no more than leaves the lower one its share. */
static int upper_rows(const struct ports *s, int h)
{
    int want = 1 + MAX((int)s->listen.rows.all->len, 1);
    int below = 1 + MAX((int)s->connect.rows.all->len, 1);
    return CLAMP(want, 2, MAX(2, h - MIN(below, h / 2) - 1));
}

static void draw_tables(struct ports *s, struct rect r)
{
    int upper = upper_rows(s, r.h);
    table_draw(&s->listen.table, rect_rows(r, 0, upper), !s->is_right);
    table_draw(&s->connect.table, rect_rows(r, upper + 1, r.h - upper - 1), s->is_right);
}

void ports_draw(struct view *v, struct rect r)
{
    struct ports *s = v->state;
    if (r.w >= SIDE) {
        int width = r.w * 3 / 5;
        draw_tables(s, rect_part(r, 0, 0, width, r.h));
        draw_pane(v, rect_part(r, width + 1, 0, r.w - width - 1, r.h));
        return;
    }
    int pane = r.h < MIN_ROWS ? 0 : MAX(PANE_ROWS, r.h / 3);
    draw_tables(s, rect_rows(r, 0, r.h - pane));
    if (pane > 0)
        draw_pane(v, rect_rows(r, r.h - pane, pane));
}

void ports_draw_plain(struct view *v, struct rect r)
{
    struct ports *s = v->state;
    int pane = r.h < MIN_ROWS ? 0 : MAX(PANE_ROWS, r.h / 3);
    draw_text(r, 0, 0, ROLE_NORMAL,
              s->is_right ? _("We connect to, Tab goes to where we listen:")
                          : _("We listen on, Tab goes to where we connect to:"));
    table_draw_plain(ports_table(v), rect_rows(r, 1, r.h - pane - 1), TRUE);
    if (pane > 0)
        draw_facts(v, rect_rows(r, r.h - pane + 1, pane - 1));
}
