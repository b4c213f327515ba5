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
#define SLICE_US 15000 /* of counting at one go */
#define PAUSE_US 5000  /* between two: keys go first */
#define PART_ROWS 50000
#define SHORTENED 10000 /* from here on thousands are shown */

enum column { COL_TITLE, COL_PEOPLE, COL_NEW, COL_NAME, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_TITLE] = {"list", N_("LIST"), .width = 14, .min = 12, .grow = 1, .flags = TABLE_SORT},
    [COL_PEOPLE] = {"people", N_("PEOPLE"), .width = 9,
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

void people_lists_init(struct people_lists *l, struct ui *ui, void (*changed)(void *data),
                       void *data)
{
    *l = (struct people_lists){.ui = ui, .changed = changed, .data = data};
    l->uncounted = g_array_new(FALSE, FALSE, sizeof(gint64));
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
    g_clear_pointer(&l->uncounted, g_array_unref);
    if (l->timer)
        ui_busy(l->ui, -1);
    g_clear_pointer(&l->timer, loop_timer_remove);
    browse_count_clear(&l->part);
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

static void keep_count(struct people_lists *l, gint64 id)
{
    const struct people_count c = {l->part.n, l->part.fresh};
    g_hash_table_replace(l->counts, g_memdup2(&id, sizeof id), g_memdup2(&c, sizeof c));
    browse_count_clear(&l->part);
    g_array_remove_index(l->uncounted, 0);
}

/* Counts on for a slice. What is left is counted later. */
static gboolean count_slice(struct people_lists *l, GError **error)
{
    gint64 begin = clock_mono_us(), since_us = midnight_us(ui_now_us(l->ui));
    gboolean ok = TRUE;
    while (ok && l->uncounted->len > 0 && clock_mono_us() - begin < SLICE_US) {
        gint64 id = g_array_index(l->uncounted, gint64, 0);
        ok = people_browse_count(ui_db(l->ui), id, since_us, PART_ROWS, &l->part, error);
        if (ok && l->part.is_done)
            keep_count(l, id);
    }
    gint64 now = clock_mono_us();
    l->counting_us += now - begin;
    if (!ok)
        g_array_set_size(l->uncounted, 0);
    if (l->uncounted->len == 0)
        l->counted_us = now;
    return ok;
}

static void count_on(void *data);

static gint64 due_us(const struct people_lists *l)
{
    return l->counted_us + (ui_is_stepped(l->ui) ? 0 : l->counting_us * COUNT_SHARE);
}

static void arm_what_is_left(struct people_lists *l)
{
    gint64 at_us = l->uncounted->len > 0 ? clock_mono_us() + PAUSE_US : due_us(l);
    if (l->timer || (l->uncounted->len == 0 && !l->is_stale))
        return;
    l->timer = loop_timer_add(ui_loop(l->ui), at_us, count_on, l);
    ui_busy(l->ui, 1);
}

/* Enters what is to be counted: all of it, or the lists that never were. */
static void enter(struct people_lists *l, gboolean all)
{
    gint64 everybody = 0;
    browse_count_clear(&l->part);
    for (guint i = 0; i < l->all->len; i++) {
        const struct list *x = l->all->pdata[i];
        if (all || !g_hash_table_contains(l->counts, &x->id))
            g_array_append_val(l->uncounted, x->id);
    }
    if (!all)
        return;
    g_array_append_val(l->uncounted, everybody);
    l->counting_us = 0;
    l->is_stale = FALSE;
}

static void make_rows(struct people_lists *l);

static void count_on(void *data)
{
    struct people_lists *l = data;
    g_autoptr(GError) error = NULL;
    l->timer = NULL;
    ui_busy(l->ui, -1);
    if (l->uncounted->len == 0 && l->is_stale)
        enter(l, TRUE);
    guint before = l->uncounted->len;
    if (before > 0 && !count_slice(l, &error))
        ui_fail(l->ui, g_steal_pointer(&error));
    arm_what_is_left(l);
    if (l->uncounted->len == before)
        return;
    make_rows(l);
    l->changed(l->data);
    ui_redraw(l->ui);
}

/* A list that was never counted is due at once, the others when enough time has passed. */
static gboolean count_what_is_due(struct people_lists *l, GError **error)
{
    if (l->uncounted->len > 0) { /* it goes on already, and then once more */
        l->is_stale = TRUE;
        return TRUE;
    }
    l->is_stale = l->counted_us != 0 && clock_mono_us() < due_us(l);
    enter(l, !l->is_stale);
    gboolean ok = l->uncounted->len == 0 || count_slice(l, error);
    arm_what_is_left(l);
    return ok;
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
    if (c)
        table_row_number(row, COL_PEOPLE, c->n);
    else
        table_row_take(row, COL_PEOPLE, g_strdup(".."), 0);
    table_row_take(row, COL_NEW, new_text(c ? c->fresh : 0), c ? c->fresh : 0);
    table_memory_take(&l->rows, row);
}

static void make_rows(struct people_lists *l)
{
    table_memory_begin(&l->rows);
    for (guint i = 0; i < l->all->len; i++) {
        const struct list *x = l->all->pdata[i];
        add_row(l, x->id, x->title && *x->title ? x->title : x->name, x->name);
    }
    add_row(l, PEOPLE_EVERYBODY, _("(everybody)"), "");
    table_load(&l->table);
}

gboolean people_lists_load(struct people_lists *l, GError **error)
{
    GPtrArray *fresh = lists_browse(ui_db(l->ui), error);
    if (!fresh)
        return FALSE;
    g_clear_pointer(&l->all, g_ptr_array_unref);
    l->all = fresh;
    gboolean ok = count_what_is_due(l, error);
    make_rows(l);
    return ok;
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
