/*
 * A table's source over rows too many to be kept: read by keyset from the store; what a filter
 * lets through is looked for in slices between the keys, so that none of them waits.
 *
 *     source: {.fetch = table_search_fetch, .find = table_search_find,
 *              .count = table_search_count, .is_quick = TRUE}
 *     open:   table_search_init(&s->search, &ops, data, &s->table, v->ui);
 *             table_init(&s->table, &spec, &s->search, v->ui);
 *     load:   table_search_stale(&s->search); table_load(&s->table);
 *     hint:   table_search_hint(&s->search), before table_hint()
 */
#ifndef CRIER_TUI_TABLE_SEARCH_H
#define CRIER_TUI_TABLE_SEARCH_H

#include <glib.h>

#include "base/loop.h"
#include "tui/table.h"

#define TABLE_SEARCH_MAX                                                                       \
    10000 /* rows that a filter may let through; then it must be narrower */

struct table_search_ops {
    /* As table_source.fetch, without a filter. */
    gboolean (*page)(void *data, const struct table_query *q, const struct table_row *anchor,
                     enum table_way way, int n, GPtrArray *out, GError **error);
    /* The row as it is now; NULL without an error: gone. */
    struct table_row *(*row)(void *data, gint64 id, GError **error);
    /* All there are; -1: not known. */
    gint64 (*count)(void *data);
    /* Appends at most `n` rows that are found quickly, and stand before all others; may be
     * NULL. They are looked at as those of page() are. */
    gboolean (*first)(void *data, const struct filter *f, int n, GPtrArray *out,
                      GError **error);
    /* Whether a row of page() is let through; NULL: by its cells, beside the columns' keys. */
    gboolean (*matches)(void *data, const struct filter *f, const struct table_row *row);
};

struct table_search {
    const struct table_search_ops *ops; /* borrowed */
    void *data;
    struct table *table; /* borrowed */
    struct ui *ui;       /* borrowed; NULL in tests: table_search_slice() is called by hand */
    GArray *found;       /* owned; of gint64, in the order of the query */
    GHashTable *places;  /* owned; id to index in `found`, plus 1 */
    char *query;         /* owned; what `found` was made for; NULL: no search */
    struct table_sort sort[2];
    struct table_row *last; /* owned; where it goes on; NULL: at the beginning */
    gint64 looked_at;
    gboolean is_done, is_full;
    gboolean was_quick;       /* it took one slice: worth doing again when data changed */
    struct loop_timer *timer; /* owned while the search goes on */
    char *hint;               /* owned */
};

void table_search_init(struct table_search *s, const struct table_search_ops *ops, void *data,
                       struct table *table, struct ui *ui);
void table_search_clear(struct table_search *s);
/* The data changed: a search that was quick is done anew at the next reading. `force`: any. */
void table_search_stale(struct table_search *s, gboolean force);
/* Looks on for `us`; TRUE when there is more to look at. */
gboolean table_search_slice(struct table_search *s, const struct filter *f, gint64 us);
/* "looked at 40,000 of 1,000,000 .." while it goes on; that there are too many. NULL: nothing
 * to say. Borrowed until the next call. */
const char *table_search_hint(struct table_search *s);

gboolean table_search_fetch(void *data, const struct table_query *q,
                            const struct table_row *anchor, enum table_way way, int n,
                            GPtrArray *out, GError **error);
struct table_row *table_search_find(void *data, const struct table_query *q, gint64 id,
                                    GError **error);
gint64 table_search_count(void *data, const struct table_query *q);

#endif
