/*
 * Screen 8: its pages, what is read, and the keys. The rows of each page are in a file of its
 * own (reports_campaigns.c, reports_unknown.c, reports_storms.c); one campaign's report is report_view.c.
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
        [REPORTS_UNKNOWN] = reports_unknown,
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
    s->work.ui = v->ui;
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
    unknown_work_clear(&s->work);
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

/* Where not all have room, those before the open one go. */
static void draw_pages(const struct reports *s, struct rect r)
{
    char *words[REPORTS_PAGE_COUNT];
    int x = 1, first = 0, used = 1;
    for (int p = 0; p < REPORTS_PAGE_COUNT; p++) {
        words[p] = page_words(s, (enum reports_page)p);
        used += p <= (int)s->page ? (int)text_cells(words[p]) + 3 : 0;
    }
    for (; used > r.w && first < (int)s->page; first++)
        used -= (int)text_cells(words[first]) + 3;
    for (int p = first; p < REPORTS_PAGE_COUNT; p++)
        x += 1 + draw_format(r, x, 0, p == (int)s->page ? ROLE_TAB_CURRENT : ROLE_TAB,
                             p == (int)s->page ? "[%s]" : " %s ", words[p]);
    for (int p = 0; p < REPORTS_PAGE_COUNT; p++)
        g_free(words[p]);
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

static const char *not_unknown(struct view *v)
{
    return !reports_is_page(v, REPORTS_UNKNOWN)
               ? _("This is about mail that nobody understood: ] goes there.")
               : no_row(v);
}

static void run_assign(struct view *v)
{
    struct reports *s = v->state;
    unknown_assign(&s->work, reports_row(s)->cells[REPORTS_CELL_PATTERN].text, NULL);
}

static void run_rule(struct view *v)
{
    struct reports *s = v->state;
    unknown_make_rule(&s->work, reports_row(s)->id);
}

static void run_rules(struct view *v)
{
    unknown_show_rules(v->ui);
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
    {"open", TK_ENTER, 0, N_("open"), N_("the report of this campaign; of what waits: see it and decide"),
     N_("THIS ROW"), "campaign report", no_row, run_open},
    {"next", ']', 0, N_("next page"), N_("show the next page"), N_("REPORTS"), NULL, NULL,
     run_next},
    {"before", '[', 0, NULL, N_("show the page before"), NULL, NULL, NULL, run_before},
    {"assign", 'a', 0, NULL, N_("say what all of this kind mean"), N_("NOT UNDERSTOOD"),
     "bounce assign", not_unknown, run_assign},
    {"rule", 'n', 0, NULL, N_("make a rule for all of this kind"), NULL, "bounce rules",
     not_unknown, run_rule},
    {"rules", 'R', 0, NULL, N_("see your rules about what a bounce means"), NULL, "bounce rules",
     NULL, run_rules},
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
