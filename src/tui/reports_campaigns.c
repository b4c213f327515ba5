/*
 * The first page of screen 8: the campaigns that have begun, the newest first, with the shares
 * that tell how it went. Enter opens the report of one.
 */
#include "config.h"

#include "app/report.h"
#include "base/i18n.h"
#include "tui/report_private.h"
#include "tui/report_view.h"
#include "tui/reports_private.h"
#include "tui/ui.h"
#include "tui/words.h"

enum column {
    COL_NAME,
    COL_STATE,
    COL_PEOPLE,
    COL_ACCEPTED,
    COL_FAILED,
    COL_SPAM,
    COL_LEFT,
    COL_STARTED,
    COL_COUNT
};
#define CELL_CAMPAIGN COL_COUNT

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"name", N_("NAME"), .width = 24, .min = 14, .grow = 1, .flags = TABLE_SORT},
    [COL_STATE] = {"state", N_("STATE"), .width = 9, .flags = TABLE_SORT,
                   .word = words_campaign_state_at},
    [COL_PEOPLE] = {"people", N_("PEOPLE"), .width = 9, .priority = 2,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("people %s")},
    [COL_ACCEPTED] = {"accepted", N_("ACCEPTED"), .width = 8, .priority = 1,
                      .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                      .plain = N_("accepted %s")},
    [COL_FAILED] = {"failed", N_("FAILED"), .width = 6,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("failed %s"), .help = N_("refused, or it came back")},
    [COL_SPAM] = {"spam", N_("SPAM"), .width = 5, .priority = 4,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                  .plain = N_("complained %s"), .help = N_("who complained")},
    [COL_LEFT] = {"left", N_("LEFT"), .width = 5, .priority = 3,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                  .plain = N_("unsubscribed %s"), .help = N_("who unsubscribed")},
    [COL_STARTED] = {"started", N_("STARTED"), .width = 16, .priority = 5,
                     .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("started %s")},
};

static char *empty(void *data)
{
    return g_strdup(_("No campaign has begun yet.\n\n"
                      "What comes of one stands here from its first mail on: who got it, who "
                      "did not and why, and what came back.\n\n"
                      "  2   the campaigns: S sends one"));
}

static void put_share(struct table_row *row, int column, double share)
{
    table_row_take(row, column, report_percent(share), (gint64)(share * 1e6));
}

static struct table_row *make_row(const struct reports *s, const struct campaign_brief *b)
{
    const struct campaign_counts *c = &b->counts;
    struct table_row *row = table_row_new(b->id, COL_COUNT + 1);
    double failed = report_share(c, REPORT_REFUSED) + report_share(c, REPORT_BOUNCED_HARD) +
                    report_share(c, REPORT_BOUNCED_SOFT);
    table_row_set(row, COL_NAME, *b->title ? b->title : b->name);
    table_row_role(row, COL_STATE, words_campaign_role(b->state),
                   words_campaign_state(b->state));
    table_row_number(row, COL_PEOPLE, report_figure(c, REPORT_PEOPLE));
    put_share(row, COL_ACCEPTED, report_share(c, REPORT_ACCEPTED));
    put_share(row, COL_FAILED, failed);
    put_share(row, COL_SPAM, report_share(c, REPORT_COMPLAINED));
    put_share(row, COL_LEFT, report_share(c, REPORT_UNSUBSCRIBED));
    table_row_take(row, COL_STARTED, words_when(b->started_us, ui_now_us(s->ui)),
                   b->started_us);
    table_row_set(row, CELL_CAMPAIGN, b->name);
    return row;
}

static gboolean load(struct reports *s, struct reports_pane *pane, GError **error)
{
    g_autoptr(GPtrArray) all = report_campaigns(ui_db(s->ui), error);
    for (guint i = 0; all && i < all->len; i++)
        table_memory_take(&pane->rows, make_row(s, all->pdata[i]));
    pane->n = all ? (int)all->len : 0;
    return all != NULL;
}

static void open_row(struct view *v, const struct table_row *row)
{
    ui_push(v->ui, report_view(), row->cells[CELL_CAMPAIGN].text);
}

const struct reports_page_ops *reports_campaigns(void)
{
    static const struct table_source source = TABLE_MEMORY_SOURCE;
    static const struct reports_page_ops ops = {.label = N_("Campaigns"),
                                                .spec = {.name = "reports",
                                                         .kept = "reports-campaigns",
                                                         .columns = columns,
                                                         .n = COL_COUNT,
                                                         .source = &source,
                                                         .empty = empty,
                                                         .flags = TABLE_NO_MARKS},
                                                .load = load,
                                                .open = open_row};
    return &ops;
}
