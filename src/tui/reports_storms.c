/*
 * The page of storms: receivers that send back far more than they used to. Their addresses wait
 * for a person's word, which is asked for here.
 */
#include "config.h"

#include "base/i18n.h"
#include "base/text.h"
#include "store/storm.h"
#include "tui/report_private.h"
#include "tui/reports_private.h"
#include "tui/storm_ask.h"
#include "tui/ui.h"
#include "tui/words.h"

enum column { COL_PROVIDER, COL_WAITING, COL_CAMPAIGN, COL_BOUNCED, COL_USUAL, COL_SINCE, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_PROVIDER] = {"provider", N_("RECEIVER"), .width = 20, .min = 12, .grow = 1,
                      .flags = TABLE_SORT},
    [COL_WAITING] = {"waiting", N_("WAITING"), .width = 8,
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                     .plain = N_("waiting %s")},
    [COL_CAMPAIGN] = {"campaign", N_("CAMPAIGN"), .width = 16, .min = 10, .grow = 1,
                      .flags = TABLE_SORT},
    [COL_BOUNCED] = {"bounced", N_("BOUNCED"), .width = 8, .priority = 1,
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                     .plain = N_("bounced %s")},
    [COL_USUAL] = {"usual", N_("USUAL"), .width = 7, .priority = 2,
                   .flags = TABLE_SORT | TABLE_RIGHT, .plain = N_("usually %s")},
    [COL_SINCE] = {"since", N_("SINCE"), .width = 16, .priority = 3,
                   .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("since %s")},
};

static char *empty(void *data)
{
    return g_strdup(_("Nothing waits for your word.\n\n"
                      "When a receiver sends back far more mail than it used to, it may be out "
                      "of order: its addresses then wait here instead of never being mailed "
                      "again."));
}

static double share_of(const struct storm *x)
{
    return x->taken > 0 ? (double)x->hard / (double)x->taken : 0;
}

static struct table_row *make_row(const struct reports *s, const struct storm *x, gint64 id)
{
    struct table_row *row = table_row_new(id, COL_COUNT);
    double share = share_of(x);
    table_row_set(row, COL_PROVIDER, x->provider);
    table_row_number(row, COL_WAITING, x->n_waiting);
    table_row_set(row, COL_CAMPAIGN, x->campaign);
    table_row_take(row, COL_BOUNCED, report_percent(share), (gint64)(share * 1e6));
    table_row_take(row, COL_USUAL, report_percent(x->usual), (gint64)(x->usual * 1e6));
    table_row_take(row, COL_SINCE, words_when(x->since_us, ui_now_us(s->ui)), x->since_us);
    return row;
}

static gboolean load(struct reports *s, struct reports_pane *pane, GError **error)
{
    g_autoptr(GPtrArray) all = storm_waiting(ui_db(s->ui), error);
    for (guint i = 0; all && i < all->len; i++)
        table_memory_take(&pane->rows, make_row(s, all->pdata[i], (gint64)i + 1));
    pane->n = all ? (int)all->len : 0;
    return all != NULL;
}

static void open_row(struct view *v, const struct table_row *row)
{
    storm_ask(v->ui, row->cells[COL_PROVIDER].text);
}

static char *words(struct reports *s, const struct table_row *row)
{
    return g_strdup_printf(_("%s addresses at %s wait for your word: Enter decides."),
                           row->cells[COL_WAITING].text, row->cells[COL_PROVIDER].text);
}

const struct reports_page_ops *reports_storms(void)
{
    static const struct table_source source = TABLE_MEMORY_SOURCE;
    static const struct reports_page_ops ops = {.label = N_("Far more bounces"),
                                                .spec = {.name = "reports",
                                                         .kept = "reports-storms",
                                                         .columns = columns,
                                                         .n = COL_COUNT,
                                                         .source = &source,
                                                         .empty = empty,
                                                         .flags = TABLE_NO_MARKS},
                                                .load = load,
                                                .open = open_row,
                                                .words = words};
    return &ops;
}
