/* What the files of the table share; not for screens. */
#ifndef CRIER_TUI_TABLE_PRIVATE_H
#define CRIER_TUI_TABLE_PRIVATE_H

#include "tui/table.h"

/* ---- table_layout.c: which columns stand where; pure ---- */

struct table_layout {
    int marker; /* cells before the first column */
    int scroll, scroll_max;
    int n;
    struct table_place {
        int column, x, w;
    } places[TABLE_COLUMNS_MAX];
};
/* `order` has spec->n columns. The same input gives the same places, so that a tick moves none.
 */
void table_layout(const struct table_spec *spec, const int *order, const gboolean *is_hidden,
                  int scroll, int width, struct table_layout *ret);

/* ---- table_window.c: the rows in sight ---- */

enum table_stay {
    TABLE_STAY,       /* the order is as it was: where the cursor row is gone, its neighbour */
    TABLE_STAY_FOUND, /* another order or filter: where the cursor row is gone, the first */
    TABLE_STAY_FIRST,
};
gboolean table_read(struct table *t, enum table_stay stay);
/* Rows that there is room for now: reads what is missing, drops what is too much. */
void table_fit(struct table *t, int height);
gboolean table_step(struct table *t, int by); /* TRUE: the cursor stands on another row */
gboolean table_page(struct table *t, int pages);
gboolean table_go_last(struct table *t);
struct table_query table_query(const struct table *t);
/* Shows what went wrong; takes `error`. */
void table_fail(struct table *t, GError *error);
/* Ids of all rows that the filter lets through, at most `max`; NULL: more, or an error that was
 * shown (`*ret_many` tells). Caller unrefs. */
GArray *table_all_ids(struct table *t, guint max, gboolean *ret_many);

/* ---- table_columns.c: order, hidden columns, sort order; kept in the person's file ---- */

void table_columns_init(struct table *t);
void table_sort_by(struct table *t, int column); /* the same again turns it round */
void table_sort_step(struct table *t, int by);
void table_sort_invert(struct table *t);
void table_sort_menu(struct table *t);
void table_columns_menu(struct table *t);
/* The columns as shown, in their order; returns how many. */
int table_columns_shown(const struct table *t, int *ret_columns);

/* ---- table_ask.c: the filter while it is typed ---- */

void table_ask(struct table *t);
void table_ask_end(struct table *t);
enum table_result table_ask_event(struct table *t, const struct term_event *e);
const char *const *
table_fields(const struct table *t); /* NULL-ended; valid until the next call */

#endif
