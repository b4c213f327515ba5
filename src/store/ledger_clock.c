/*
 * A jump of the wall clock, for those who wait to be tried again: what they wait is an interval
 * (invariant I10), but it is kept as a time, as it outlives the process. Only leases and what is
 * deferred; a schedule is a time of the clock and stays what it is.
 */
#include "config.h"

#include "store/ledger_private.h"
#include "store/sql.h"

/* A transaction that nobody waits for, also where every row of it is deferred. */
#define SHIFT_SPAN 5000

struct shift {
    gint64 jump_us, after, last; /* rows with ids behind `after` */
};

static gboolean find_last(struct ledger *l, void *data, GError **error)
{
    struct shift *x = data;
    return sql_int(l->db, error, 0, &x->last, "SELECT max(id) FROM delivery", "");
}

static gboolean shift_span(struct ledger *l, void *data, GError **error)
{
    struct shift *x = data;
    return sql_do(l->db, error,
                  "UPDATE delivery SET due_us = due_us + ?1, first_us = first_us + ?1"
                  " WHERE id > ?2 AND id <= ?3 AND +state IN (1, 4)",
                  "iii", x->jump_us, x->after, x->after + SHIFT_SPAN);
}

gboolean ledger_clock_jumped(struct ledger *l, gint64 jump_us, GError **error)
{
    struct shift x = {.jump_us = jump_us};
    if (!ledger_transact(l, find_last, &x, error))
        return FALSE;
    for (; x.after < x.last; x.after += SHIFT_SPAN)
        if (!ledger_transact(l, shift_span, &x, error))
            return FALSE;
    for (struct node *n = l->first; n; n = n->next)
        if (n->lease.first_us)
            n->lease.first_us += jump_us;
    return TRUE;
}
