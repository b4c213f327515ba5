/*
 * Screen 8: its pages, what is read, and the keys. The rows of each page are in a file of its
 * own (reports_campaigns.c, reports_storms.c); one campaign's report is report_view.c.
 */
#include "config.h"

#include "tui/screen_reports.h"

#include "base/i18n.h"
#include "base/text.h"
#include "tui/reports_private.h"
#include "tui/ui.h"

static const struct reports_page_ops *ops_of(enum reports_page page)
{
    static const struct reports_page_ops *(*const pages[REPORTS_PAGE_COUNT])(void) = {
        [REPORTS_CAMPAIGNS] = reports_campaigns,
        [REPORTS_STORMS] = reports_storms,
    };
    return pages[page]();
}

static struct reports_pane *pane_of(struct reports *s)
{
    return &s->panes[s->page];
}

static struct table *reports_table(struct view *v)
{
    return &pane_of(v->state)->table;
}

gboolean reports_is_page(struct view *v, enum reports_page page)
{
    return ((struct reports *)v->state)->page == page;
}

const struct table_row *reports_row(struct reports *s)
{
    struct reports_pane *pane = pane_of(s);
    const struct table_row *row = table_current(&pane->table);
    return row ? table_memory_find(&pane->rows, row->id) : NULL;
}

/* ---- reading ---- */

/* All pages: how much waits stands in their row. They are short. */
static void load(struct view *v)
{
    struct reports *s = v->state;
    g_autoptr(GError) error = NULL;
    for (int p = 0; p < REPORTS_PAGE_COUNT && !error; p++) {
        struct reports_pane *pane = &s->panes[p];
        table_memory_begin(&pane->rows);
        if (ops_of((enum reports_page)p)->load(s, pane, &error))
            table_load(&pane->table);
    }
    if (error)
        ui_fail(v->ui, g_steal_pointer(&error));
}

static gboolean open_reports(struct view *v, const void *arg, GError **error)
{
    struct reports *s = v->state;
    s->ui = v->ui;
    for (int p = 0; p < REPORTS_PAGE_COUNT; p++) {
        const struct table_spec *spec = &ops_of((enum reports_page)p)->spec;
        table_memory_init(&s->panes[p].rows, spec);
        table_init(&s->panes[p].table, spec, &s->panes[p].rows, v->ui);
    }
    return TRUE;
}

static void close_reports(struct view *v)
{
    struct reports *s = v->state;
    for (int p = 0; p < REPORTS_PAGE_COUNT; p++) {
        table_clear(&s->panes[p].table);
        table_memory_clear(&s->panes[p].rows);
    }
    g_free(s->hint);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    return g_strdup_printf("%s  %s", _("Reports"), table_counts(reports_table(v)));
}

static const char *hint(struct view *v)
{
    struct reports *s = v->state;
    const struct reports_page_ops *ops = ops_of(s->page);
    const char *own = table_hint(reports_table(v));
    const struct table_row *row = own || !ops->words ? NULL : reports_row(s);
    if (own)
        return own;
    g_free(s->hint);
    s->hint = row ? ops->words(s, row) : NULL;
    return s->hint;
}

/* ---- drawing ---- */

/* "Far more bounces (2)": what waits is counted. */
static char *page_words(const struct reports *s, enum reports_page page)
{
    const char *label = _(ops_of(page)->label);
    if (page == REPORTS_CAMPAIGNS || s->panes[page].n == 0)
        return g_strdup(label);
    return g_strdup_printf("%s (%d)", label, s->panes[page].n);
}

static void draw_pages(const struct reports *s, struct rect r)
{
    int x = 1;
    for (int p = 0; p < REPORTS_PAGE_COUNT; p++) {
        gboolean is_current = p == (int)s->page;
        g_autofree char *words = page_words(s, (enum reports_page)p);
        x += draw_format(r, x, 0, is_current ? ROLE_TAB_CURRENT : ROLE_TAB,
                         is_current ? "[%s]" : " %s ", words);
        x++;
    }
}

static void draw(struct view *v, struct rect r)
{
    draw_pages(v->state, rect_rows(r, 0, 1));
    table_draw(reports_table(v), rect_part(r, 0, 1, r.w, r.h - 1), TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct reports *s = v->state;
    g_autofree char *words = page_words(s, s->page);
    draw_text(r, 0, 0, ROLE_NORMAL, words);
    table_draw_plain(reports_table(v), rect_part(r, 0, 1, r.w, r.h - 1), TRUE);
}

/* ---- what can be done ---- */

static const char *no_row(struct view *v)
{
    return reports_row(v->state) ? NULL : _("There is nothing under the cursor.");
}

static void run_open(struct view *v)
{
    struct reports *s = v->state;
    ops_of(s->page)->open(v, reports_row(s));
}

static void turn(struct view *v, int by)
{
    struct reports *s = v->state;
    s->page = (enum reports_page)(((int)s->page + by + REPORTS_PAGE_COUNT) % REPORTS_PAGE_COUNT);
    ui_redraw(v->ui);
}

static void run_next(struct view *v)
{
    turn(v, 1);
}

static void run_before(struct view *v)
{
    turn(v, -1);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    enum table_result did = table_event(reports_table(v), e);
    if (did == TABLE_OPEN && !no_row(v))
        run_open(v);
    return did > TABLE_IGNORED;
}

TABLE_COMMANDS(reports, reports_table)
TABLE_COPY_COMMAND(reports, reports_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"), N_("the report of this campaign; what waits: decide"),
     N_("THIS ROW"), "campaign report", no_row, run_open},
    {"next", ']', 0, N_("next page"), N_("show the next page"), N_("REPORTS"), NULL, NULL,
     run_next},
    {"before", '[', 0, NULL, N_("show the page before"), NULL, NULL, NULL, run_before},
    TABLE_ACTIONS(reports),
    TABLE_COPY_ACTION(reports),
    {NULL},
};

const struct view_ops *screen_reports(void)
{
    static const struct view_ops ops = {.name = "reports",
                                        .state_size = sizeof(struct reports),
                                        .open = open_reports,
                                        .close = close_reports,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
