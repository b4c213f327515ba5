/*
 * The left pane of People: the lists with how many people each has. Counting looks at every
 * membership, so it is done again only as often as it is cheap.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/people_private.h"

/* Counting may take this part of the time: one in fifty. */
#define COUNT_SHARE 50
#define SHORTENED 10000 /* from here on thousands are shown */

enum column { COL_TITLE, COL_PEOPLE, COL_NEW, COL_NAME, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_TITLE] = {"list", N_("LIST"), .width = 14, .min = 12, .grow = 1, .flags = TABLE_SORT},
    [COL_PEOPLE] = {"people", N_("PEOPLE"), .width = 8,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("%s people")},
    [COL_NEW] = {"new", N_("NEW"), .width = 6, .priority = 1,
                 .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                 .plain = N_("%s new today"), .help = N_("who joined today")},
    [COL_NAME] = {"name", N_("SHORT NAME"), .width = 14, .priority = 2,
                  .flags = TABLE_SORT | TABLE_HIDDEN},
};

struct people_count {
    gint64 n, fresh;
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static const struct table_spec spec = {.name = "people",
                                       .kept = "lists",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .flags = TABLE_NO_MARKS};

void people_lists_init(struct people_lists *l, struct ui *ui)
{
    l->ui = ui;
    l->counts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    table_memory_init(&l->rows, &spec);
    table_init(&l->table, &spec, &l->rows, ui);
}

void people_lists_clear(struct people_lists *l)
{
    table_clear(&l->table);
    table_memory_clear(&l->rows);
    g_clear_pointer(&l->all, g_ptr_array_unref);
    g_clear_pointer(&l->counts, g_hash_table_unref);
}

/* ---- counting ---- */

static gint64 midnight_us(gint64 now_us)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_us / CLOCK_SECOND_US);
    g_autoptr(GDateTime) day =
        g_date_time_new_local(g_date_time_get_year(now), g_date_time_get_month(now),
                              g_date_time_get_day_of_month(now), 0, 0, 0);
    return g_date_time_to_unix(day) * CLOCK_SECOND_US;
}

static gboolean count_one(struct people_lists *l, gint64 id, gint64 since_us, GError **error)
{
    struct people_count c = {0};
    gint64 key = id;
    if (!people_browse_count(ui_db(l->ui), id, since_us, &c.n, &c.fresh, error))
        return FALSE;
    g_hash_table_replace(l->counts, g_memdup2(&key, sizeof key), g_memdup2(&c, sizeof c));
    return TRUE;
}

/* A list that was never counted is counted at once. */
static gboolean count_all(struct people_lists *l, GError **error)
{
    gint64 begin = clock_mono_us(), since_us = midnight_us(ui_now_us(l->ui)), everybody = 0;
    gboolean is_due =
        l->counted_us == 0 || begin - l->counted_us > l->counting_us * COUNT_SHARE;
    if (is_due && !count_one(l, everybody, since_us, error))
        return FALSE;
    for (guint i = 0; i < l->all->len; i++) {
        const struct list *x = l->all->pdata[i];
        if ((is_due || !g_hash_table_contains(l->counts, &x->id)) &&
            !count_one(l, x->id, since_us, error))
            return FALSE;
    }
    if (is_due) {
        l->counted_us = clock_mono_us();
        l->counting_us = l->counted_us - begin;
    }
    return TRUE;
}

gint64 people_lists_count(const struct people_lists *l, gint64 list_id)
{
    const struct people_count *c = g_hash_table_lookup(l->counts, &list_id);
    return c ? c->n : -1;
}

/* ---- rows ---- */

/* "+1,248", "+200k": the column is narrow. NULL for none. */
static char *new_text(gint64 n)
{
    g_autofree char *shown = text_grouped(n < SHORTENED ? n : n / 1000);
    return n == 0 ? NULL : g_strdup_printf(n < SHORTENED ? "+%s" : "+%sk", shown);
}

static void add_row(struct people_lists *l, gint64 id, const char *title, const char *name)
{
    gint64 list_id = id == PEOPLE_EVERYBODY ? 0 : id;
    const struct people_count *c = g_hash_table_lookup(l->counts, &list_id);
    struct table_row *row = table_row_new(id, COL_COUNT);
    table_row_set(row, COL_TITLE, title);
    table_row_set(row, COL_NAME, name);
    table_row_number(row, COL_PEOPLE, c ? c->n : 0);
    table_row_take(row, COL_NEW, new_text(c ? c->fresh : 0), c ? c->fresh : 0);
    table_memory_take(&l->rows, row);
}

gboolean people_lists_load(struct people_lists *l, GError **error)
{
    GPtrArray *fresh = lists_browse(ui_db(l->ui), error);
    if (!fresh)
        return FALSE;
    g_clear_pointer(&l->all, g_ptr_array_unref);
    l->all = fresh;
    if (!count_all(l, error))
        return FALSE;
    table_memory_begin(&l->rows);
    for (guint i = 0; i < fresh->len; i++) {
        const struct list *x = fresh->pdata[i];
        add_row(l, x->id, x->title && *x->title ? x->title : x->name, x->name);
    }
    add_row(l, PEOPLE_EVERYBODY, _("(everybody)"), "");
    table_load(&l->table);
    return TRUE;
}

const struct list *people_lists_current(const struct people_lists *l)
{
    gint64 id = table_current_id(&l->table);
    for (guint i = 0; l->all && i < l->all->len; i++) {
        const struct list *x = l->all->pdata[i];
        if (x->id == id)
            return x;
    }
    return NULL;
}

gboolean people_lists_go_to(struct people_lists *l, const char *name)
{
    for (guint i = 0; l->all && i < l->all->len; i++) {
        const struct list *x = l->all->pdata[i];
        if (strcmp(x->name, name) == 0)
            return table_go_to(&l->table, x->id);
    }
    return FALSE;
}
