/*
 * The page of what came back and nobody understood: alike ones in one row. Enter shows them.
 */
#include "config.h"

#include "base/i18n.h"
#include "store/inbound.h"
#include "tui/reports_private.h"
#include "tui/ui.h"
#include "tui/unknown_view.h"
#include "tui/words.h"

#define GROUPS_MAX 500

enum column { COL_SUBJECT, COL_N, COL_NEWEST, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_SUBJECT] = {"subject", N_("SUBJECT OF THE NEWEST"), .width = 44, .min = 16, .grow = 1,
                     .flags = TABLE_SORT},
    [COL_N] = {"messages", N_("MESSAGES"), .width = 9,
               .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
               .plain = N_("messages %s")},
    [COL_NEWEST] = {"newest", N_("NEWEST"), .width = 16, .priority = 1,
                    .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("newest %s")},
};

static char *empty(void *data)
{
    return g_strdup(_("Nothing waits here.\n\n"
                      "Mail that comes back and that no rule understands is kept for you: say "
                      "what it means, or make a rule for all that are like it.\n\n"
                      "  R   see your rules"));
}

static gboolean load(struct reports *s, struct reports_pane *pane, GError **error)
{
    g_autoptr(GPtrArray) all = inbound_unknown(ui_db(s->ui), GROUPS_MAX, error);
    pane->n = 0;
    for (guint i = 0; all && i < all->len; i++) {
        const struct inbound_group *g = all->pdata[i];
        struct table_row *row = table_row_new(g->newest_id, REPORTS_CELL_UNKNOWN);
        table_row_set(row, COL_SUBJECT, *g->subject ? g->subject : _("(no subject)"));
        table_row_number(row, COL_N, g->n);
        table_row_take(row, COL_NEWEST, words_when(g->newest_us, ui_now_us(s->ui)),
                       g->newest_us);
        table_row_set(row, REPORTS_CELL_PATTERN, g->pattern);
        table_memory_take(&pane->rows, row);
        pane->n += (int)g->n;
    }
    return all != NULL;
}

static void open_row(struct view *v, const struct table_row *row)
{
    ui_push(v->ui, unknown_view(), row->cells[REPORTS_CELL_PATTERN].text);
}

static char *words(struct reports *s, const struct table_row *row)
{
    return g_strdup(_("Enter shows them; a says what all of them mean, n makes a rule."));
}

const struct reports_page_ops *reports_unknown(void)
{
    static const struct table_source source = TABLE_MEMORY_SOURCE;
    static const struct reports_page_ops ops = {.label = N_("Not understood"),
                                                .spec = {.name = "reports",
                                                         .kept = "reports-unknown",
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
