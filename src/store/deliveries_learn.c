/*
 * Moves of single deliveries by what came back, with their counters. The tries stay as they
 * were written down: they are what the server said.
 */
#include "config.h"

#include "store/deliveries_learn.h"

#include <string.h>

#include "store/deliveries_private.h"

struct learnt {
    gint64 campaign_id;
    enum delivery_state state;
    gboolean decided;
    char *address; /* owned */
};

/* 1 found, 0 not there, -1 error. */
static int read_delivery(struct db *db, gint64 id, struct learnt *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT campaign_id, state, decided, address FROM delivery WHERE id = ?1", error);
    if (!s)
        return -1;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    if (step <= 0)
        return step;
    *ret = (struct learnt){sql_int64(s, 0), (enum delivery_state)sql_int64(s, 1),
                           sql_int64(s, 2) != 0, sql_text(s, 3)};
    sqlite3_reset(s);
    return 1;
}

static gboolean count_domain(struct db *db, const struct learnt *d, gint64 accepted,
                             gint64 uncertain, GError **error)
{
    const char *at = strrchr(d->address, '@');
    return sql_do(db, error,
                  "UPDATE domain_counter SET accepted = max(0, accepted + ?3),"
                  " uncertain = max(0, uncertain + ?4) WHERE campaign_id = ?1 AND domain = ?2",
                  "isii", d->campaign_id, at ? at + 1 : "", accepted, uncertain);
}

static gboolean count_move(struct db *db, const struct learnt *d, enum delivery_state to,
                           gint64 undecided, GError **error)
{
    struct settle_tally *t = settle_tally_new();
    settle_tally_move(t, d->campaign_id, d->state, to, 1);
    settle_tally_undecided(t, d->campaign_id, undecided);
    gboolean ok = settle_tally_write(db, t, error);
    settle_tally_free(t);
    return ok;
}

/* ---- a maybe sent ---- */

static gboolean accept(struct db *db, gint64 id, const struct learnt *d, GError **error)
{
    return sql_do(db, error,
                  "UPDATE delivery SET state = 2, decided = 0 WHERE id = ?1 AND state = 5", "i",
                  id) &&
           count_move(db, d, DELIVERY_ACCEPTED, d->decided ? 0 : -1, error) &&
           count_domain(db, d, 1, -1, error);
}

gboolean deliveries_learn_accepted(struct db *db, gint64 delivery_id, gboolean *ret_moved,
                                   GError **error)
{
    struct learnt d = {0};
    int found = read_delivery(db, delivery_id, &d, error);
    gboolean ok = found >= 0, is_due = found > 0 && d.state == DELIVERY_UNCERTAIN;
    if (is_due)
        ok = accept(db, delivery_id, &d, error);
    if (ok)
        *ret_moved = is_due;
    g_free(d.address);
    return ok;
}

/* ---- once more ---- */

static gboolean may_go_again(struct db *db, gint64 id, const struct learnt *d, gint64 since_us,
                             gboolean *ret, GError **error)
{
    gint64 may = 0;
    *ret = FALSE;
    if (d->state != DELIVERY_ACCEPTED)
        return TRUE;
    if (!sql_int(db, error, 0, &may,
                 "SELECT 1 FROM campaign c WHERE c.id = ?1 AND c.state IN (3, 4, 5, 6)"
                 " AND c.deleted_us IS NULL AND EXISTS (SELECT 1 FROM attempt a"
                 " WHERE a.delivery_id = ?2 AND a.at_us >= ?3 AND a.state IN (2, 5))",
                 "iii", d->campaign_id, id, since_us))
        return FALSE;
    *ret = may != 0;
    return TRUE;
}

/* The age at which it is given up counts from the new first try. */
static gboolean put_back(struct db *db, gint64 id, const struct learnt *d, gint64 due_us,
                         GError **error)
{
    return sql_do(db, error,
                  "UPDATE delivery SET state = 4, due_us = ?2, first_us = ?2 WHERE id = ?1"
                  " AND state = 2",
                  "ii", id, due_us) &&
           count_move(db, d, DELIVERY_DEFERRED, 0, error) &&
           count_domain(db, d, -1, 0, error) && deliveries_reopen(db, d->campaign_id, error);
}

gboolean deliveries_put_back(struct db *db, gint64 delivery_id, gint64 since_us, gint64 due_us,
                             gboolean *ret_moved, GError **error)
{
    struct learnt d = {0};
    gboolean may = FALSE;
    int found = read_delivery(db, delivery_id, &d, error);
    gboolean ok =
        found == 0 || (found > 0 && may_go_again(db, delivery_id, &d, since_us, &may, error));
    if (ok && may)
        ok = put_back(db, delivery_id, &d, due_us, error);
    if (ok)
        *ret_moved = may;
    g_free(d.address);
    return ok;
}
