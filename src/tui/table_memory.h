/*
 * A table's source over rows that are all in memory: campaigns, servers, lists. Sorts by the
 * cells' numbers or else naturally by their text ("wave 2" before "wave 10"), filters over all
 * cells, also of columns that are not shown.
 *
 *     load:  table_memory_begin(&s->rows);
 *            for each: table_memory_take(&s->rows, row);
 *            table_load(&s->table);
 */
#ifndef CRIER_TUI_TABLE_MEMORY_H
#define CRIER_TUI_TABLE_MEMORY_H

#include <glib.h>

#include "tui/table.h"

#define TABLE_MEMORY_MAX 100000 /* rows beyond it are dropped */

struct table_memory {
    const struct table_spec *spec; /* borrowed */
    GPtrArray *all;                /* owned; of struct table_row *, in the order they came */
    GPtrArray *keys;               /* owned; what sorting needs of each row */
    GPtrArray *shown;              /* owned; filtered and sorted: borrowed from `all` */
    char *query;                   /* owned; what `shown` was made for */
};
void table_memory_init(struct table_memory *m, const struct table_spec *spec);
void table_memory_clear(struct table_memory *m);
/* Empties it, to be filled again. */
void table_memory_begin(struct table_memory *m);
/* Takes the row. Ids are the caller's, each once. Without a sort order rows stand as they came.
 */
void table_memory_take(struct table_memory *m, struct table_row *row);
/* Any row, shown or not; NULL: none. Valid until the next begin. */
const struct table_row *table_memory_find(const struct table_memory *m, gint64 id);

/* For .source of the table_spec: its functions, is_quick; `data` is the struct table_memory. */
gboolean table_memory_fetch(void *data, const struct table_query *q,
                            const struct table_row *anchor, enum table_way way, int n,
                            GPtrArray *out, GError **error);
struct table_row *table_memory_row(void *data, const struct table_query *q, gint64 id,
                                   GError **error);
gint64 table_memory_count(void *data, const struct table_query *q);
gint64 table_memory_position(void *data, const struct table_query *q,
                             const struct table_row *row);
#define TABLE_MEMORY_SOURCE                                                                    \
    {                                                                                          \
        .fetch = table_memory_fetch, .find = table_memory_row, .count = table_memory_count,    \
        .position = table_memory_position, .is_quick = TRUE                                    \
    }

#endif
