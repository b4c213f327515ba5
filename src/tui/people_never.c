/*
 * The page of those who are never mailed: who, by what reason, since when, by what evidence;
 * newest first.
 */
#include "config.h"

#include "base/i18n.h"
#include "tui/people_private.h"
#include "tui/people_words.h"
#include "tui/words.h"

enum column { COL_ADDRESS, COL_REASON, COL_LIST, COL_SINCE, COL_EVIDENCE, COL_BY, COL_COUNT };
#define CELL_LIST COL_COUNT /* behind the columns: the list's short name; "": everything */

static const struct table_column columns[COL_COUNT] = {
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 26, .min = 16, .grow = 1},
    [COL_REASON] = {"reason", N_("REASON"), .width = 12},
    [COL_LIST] = {"list", N_("FOR"), .width = 12, .min = 8, .priority = 2,
                  .plain = N_("for %s"), .help = N_("the list, or everything")},
    [COL_SINCE] = {"since", N_("SINCE"), .width = 16, .priority = 1, .plain = N_("since %s")},
    [COL_EVIDENCE] = {"evidence", N_("EVIDENCE"), .width = 20, .min = 10, .grow = 3,
                      .priority = 3},
    [COL_BY] = {"by", N_("BY"), .width = 12, .priority = 4, .flags = TABLE_HIDDEN},
};

static struct table_row *make_row(const struct people_never *n, const struct suppression *s)
{
    struct table_row *row = table_row_new(s->id, COL_COUNT + 1);
    table_row_set(row, CELL_LIST, s->list);
    row->key = g_strdup(s->address);
    table_row_set(row, COL_ADDRESS, *s->address ? s->address : _("(erased person)"));
    table_row_role(row, COL_REASON, ROLE_WARN, people_reason(s->reason));
    table_row_set(row, COL_LIST, s->list ? s->list : _("everything"));
    table_row_take(row, COL_SINCE, words_when(s->created_us, ui_now_us(n->ui)), s->created_us);
    table_row_set(row, COL_EVIDENCE, s->evidence);
    table_row_set(row, COL_BY, s->actor);
    return row;
}

static gboolean page(void *data, const struct table_query *q, const struct table_row *anchor,
                     enum table_way way, int max, GPtrArray *out, GError **error)
{
    const struct people_never *n = data;
    g_autoptr(GPtrArray) rows = suppression_browse(ui_db(n->ui), anchor ? anchor->id : 0,
                                                   way == TABLE_BEFORE, max, error);
    for (guint i = 0; rows && i < rows->len; i++)
        g_ptr_array_add(out, make_row(n, rows->pdata[i]));
    return rows != NULL;
}

static struct table_row *row_of(void *data, gint64 id, GError **error)
{
    const struct people_never *n = data;
    g_autoptr(GPtrArray) rows = suppression_browse(ui_db(n->ui), id + 1, FALSE, 1, error);
    const struct suppression *s = rows && rows->len > 0 ? rows->pdata[0] : NULL;
    return s && s->id == id ? make_row(n, s) : NULL;
}

static gint64 count(void *data)
{
    const struct people_never *n = data;
    return n->count;
}

static char *empty(void *data)
{
    return g_strdup(
        _("Nobody yet.\n\n"
          "Whoever unsubscribes, bounces for good or complains comes here by itself "
          "and is never mailed again.\n\n"
          "  a   add an address\n"
          "  i   read addresses from a file, for example of another program"));
}

static const struct table_search_ops ops = {.page = page, .row = row_of, .count = count};
static const struct table_source source = {.fetch = table_search_fetch,
                                           .find = table_search_find,
                                           .count = table_search_count,
                                           .is_quick = TRUE};
static const struct table_spec spec = {.name = "people",
                                       .kept = "never",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty};

void people_never_init(struct people_never *n, struct ui *ui)
{
    n->ui = ui;
    n->count = -1;
    table_search_init(&n->search, &ops, n, &n->table, ui);
    table_init(&n->table, &spec, &n->search, ui);
}

void people_never_clear(struct people_never *n)
{
    table_search_clear(&n->search);
    table_clear(&n->table);
}

void people_never_load(struct people_never *n)
{
    GError *error = NULL;
    n->count = suppression_count(ui_db(n->ui), &error);
    if (error)
        ui_fail(n->ui, error);
    table_search_stale(&n->search, FALSE);
    table_load(&n->table);
}

char *people_never_list(const struct people_never *n)
{
    const struct table_row *row = table_current(&n->table);
    const char *list = row ? row->cells[CELL_LIST].text : "";
    return *list ? g_strdup(list) : NULL;
}
