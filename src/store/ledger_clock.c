/*
 * A jump of the wall clock, for those who wait to be tried again: what they wait is an interval
 * (invariant I10), but it is kept as a time, as it outlives the process. Only who is deferred,
 * leased or was tried before, and the rests of receivers; a schedule is a time of the clock and
 * stays what it is.
 *
 * A mark in table meta says by which clock the times are kept, so that a jump between two lives of
 * the role is seen at the next start, and a walk that was cut short goes on where it was. It tells
 * jumps from waiting by the clock that goes on while the machine sleeps, and holds in one boot
 * only: in the next that clock begins anew.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "store/db_private.h"
#include "store/holds.h"
#include "store/ledger_private.h"
#include "store/sql.h"

/* A transaction that nobody waits for, also where every row of it is deferred. */
#define SHIFT_SPAN 5000
#define MARK_KEY "clock"

struct mark {
    gint64 offset_us; /* of the wall clock from the one since boot, after the jump */
    gint64 jump_us;   /* 0: all are moved */
    gint64 after;     /* else: rows with ids behind it are still to be */
    gint64 last;      /* not stored */
};

static gboolean is_boot_known(void)
{
    return strcmp(clock_boot_id(), "unknown") != 0;
}

/* False: there is none of this boot. */
static gboolean read_mark(struct db *db, struct mark *ret)
{
    g_autofree char *text = meta_get(db, MARK_KEY);
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    struct mark m = {0};
    gint64 *const numbers[] = {&m.offset_us, &m.jump_us, &m.after};
    if (g_strv_length(words) != 1 + G_N_ELEMENTS(numbers) || !is_boot_known() ||
        strcmp(words[0], clock_boot_id()) != 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (!g_ascii_string_to_signed(words[i + 1], 10, G_MININT64, G_MAXINT64, numbers[i],
                                      NULL))
            return FALSE;
    *ret = m;
    return TRUE;
}

static gboolean put_mark(struct db *db, const struct mark *m, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("%s %" PRId64 " %" PRId64 " %" PRId64, clock_boot_id(), m->offset_us,
                        m->jump_us, m->after);
    return meta_set(db, MARK_KEY, text, error);
}

static gboolean store_mark(struct ledger *l, void *data, GError **error)
{
    return put_mark(l->db, data, error);
}

/* ---- the walk ---- */

static gboolean find_last(struct ledger *l, void *data, GError **error)
{
    struct mark *m = data;
    return sql_int(l->db, error, 0, &m->last, "SELECT max(id) FROM delivery", "");
}

/* With the mark that says that the rows are to follow: what receivers have is moved once. */
static gboolean begin_walk(struct ledger *l, void *data, GError **error)
{
    const struct mark *m = data;
    return holds_clock_jumped(l->db, m->jump_us, error) && put_mark(l->db, m, error);
}

static gboolean shift_span(struct ledger *l, void *data, GError **error)
{
    const struct mark *m = data;
    struct mark next = *m;
    next.after += SHIFT_SPAN;
    if (next.after >= m->last)
        next.jump_us = next.after = 0;
    return sql_do(l->db, error,
                  "UPDATE delivery SET due_us = due_us + ?1, first_us = first_us + ?1"
                  " WHERE id > ?2 AND id <= ?3 AND +state IN (0, 1, 4)"
                  " AND (due_us IS NOT NULL OR first_us IS NOT NULL)",
                  "iii", m->jump_us, m->after, m->after + SHIFT_SPAN) &&
           put_mark(l->db, &next, error);
}

static gboolean walk(struct ledger *l, struct mark *m, GError **error)
{
    if (!ledger_transact(l, find_last, m, error))
        return FALSE;
    do {
        if (!ledger_transact(l, shift_span, m, error))
            return FALSE;
        m->after += SHIFT_SPAN;
    } while (m->after < m->last);
    return TRUE;
}

/* What a walk that ended too early has left. */
static gboolean complete(struct ledger *l, struct mark *m, GError **error)
{
    return m->jump_us == 0 || walk(l, m, error);
}

static void shift_first(struct lease *lease, void *data)
{
    if (lease->first_us)
        lease->first_us += *(const gint64 *)data;
}

gboolean ledger_clock_jumped(struct ledger *l, gint64 jump_us, gint64 offset_us, GError **error)
{
    struct mark left, m = {.offset_us = offset_us, .jump_us = jump_us};
    ledger_wait(l);
    if (read_mark(l->db, &left) && !complete(l, &left, error))
        return FALSE;
    if (!ledger_transact(l, begin_walk, &m, error) || !walk(l, &m, error))
        return FALSE;
    ledger_each(l, shift_first, &jump_us);
    return TRUE;
}

gboolean ledger_clock_begin(struct ledger *l, gint64 offset_us, gint64 least_us,
                            gint64 *ret_jump_us, GError **error)
{
    struct mark m, fresh = {.offset_us = offset_us};
    *ret_jump_us = 0;
    if (!read_mark(l->db, &m))
        return !is_boot_known() || ledger_transact(l, store_mark, &fresh, error);
    if (!complete(l, &m, error))
        return FALSE;
    gint64 jump_us = offset_us - m.offset_us;
    if (ABS(jump_us) < least_us)
        return TRUE;
    *ret_jump_us = jump_us;
    return ledger_clock_jumped(l, jump_us, offset_us, error);
}
