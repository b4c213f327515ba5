/*
 * The rows of hooks and their states. Who runs them is the verb `hook run`, and who starts that
 * is the worker.
 */
#include "config.h"

#include "store/hooks.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/sql.h"

#define KEPT_US (HOOKS_KEPT_DAYS * 24 * 3600 * CLOCK_SECOND_US)
/* What is due later than any wait can be was due before the clock went back. */
#define LATEST_US (3600 * CLOCK_SECOND_US)

#define SELECT_HOOK                                                                            \
    "SELECT id, campaign_id, kind, state, campaign, event, reason, actor, result, at_us,"      \
    " due_us, done_us, tries, inbound_id FROM hook"

const char *hook_kind_name(enum hook_kind k)
{
    static const char *const names[] = {"command", "mail", "reply"};
    return names[k];
}

const char *hook_state_name(enum hook_state s)
{
    static const char *const names[] = {"pending", "done", "given up"};
    return names[s];
}

void hook_free(struct hook *h)
{
    if (!h)
        return;
    g_free(h->campaign);
    g_free(h->event);
    g_free(h->reason);
    g_free(h->actor);
    g_free(h->result);
    g_free(h);
}

const char *hooks_event(enum campaign_state to)
{
    static const char *const events[CAMPAIGN_STATE_COUNT] = {
        [CAMPAIGN_PAUSED] = "paused",
        [CAMPAIGN_HELD] = "held",
        [CAMPAIGN_FINISHED] = "finished",
        [CAMPAIGN_CANCELLED] = "cancelled",
    };
    return events[to];
}

gint64 hooks_wait_s(gint64 tries)
{
    static const int waits[] = {10, 60, 300};
    G_STATIC_ASSERT(G_N_ELEMENTS(waits) == HOOKS_TRIES - 1);
    return tries < HOOKS_TRIES ? waits[MAX(tries, 1) - 1] : -1;
}

/* ---- writing them ---- */

gboolean hooks_note_event(struct db *db, gint64 campaign_id, const char *campaign,
                          const char *event, const char *reason, GError **error)
{
    gint64 now = clock_wall_us();
    return sql_do(db, error, "DELETE FROM hook WHERE at_us < ? AND state <> 0", "i",
                  now - KEPT_US) &&
           sql_do(db, error,
                  "INSERT INTO hook (campaign_id, campaign, event, kind, reason, actor, at_us,"
                  " due_us) SELECT ?1, ?2, ?3, key = 'hook_mail', ?4, ?5, ?6, ?6 FROM setting"
                  " WHERE key IN ('hook_command', 'hook_mail') AND value <> '' ORDER BY key",
                  "issssi", campaign_id, campaign, event, reason ? reason : "", db_actor(db),
                  now);
}

gboolean hooks_note_reply(struct db *db, gint64 inbound_id, gint64 campaign_id, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO hook (campaign_id, campaign, event, kind, reason, actor, at_us,"
                  " due_us, inbound_id) SELECT c.id, c.name, ?3, ?4, i.sender, ?5, ?6, ?6, i.id"
                  " FROM inbound i JOIN mailbox m ON m.id = i.mailbox_id JOIN campaign c ON"
                  " c.id = ?2 WHERE i.id = ?1 AND m.forward_replies AND NOT EXISTS (SELECT 1"
                  " FROM hook h WHERE h.inbound_id = ?1)",
                  "iisisi", inbound_id, campaign_id, HOOKS_REPLY, (gint64)HOOK_REPLY,
                  db_actor(db), clock_wall_us());
}

gboolean hooks_note(struct db *db, gint64 campaign_id, const char *campaign,
                    enum campaign_state to, const char *reason, GError **error)
{
    const char *event = hooks_event(to);
    return !event || hooks_note_event(db, campaign_id, campaign, event, reason, error);
}

gboolean hooks_drop_waiting(struct db *db, const char *why, GError **error)
{
    return sql_do(db, error,
                  "UPDATE hook SET state = ?, done_us = ?, result = ? WHERE state = 0", "iis",
                  (gint64)HOOK_DONE, clock_wall_us(), why);
}

/* ---- reading them ---- */

static struct hook *read_hook(sqlite3_stmt *s)
{
    struct hook *h = g_new0(struct hook, 1);
    h->id = sql_int64(s, 0);
    h->campaign_id = sql_int64(s, 1);
    h->kind = (enum hook_kind)CLAMP(sql_int64(s, 2), 0, HOOK_KIND_COUNT - 1);
    h->state = (enum hook_state)CLAMP(sql_int64(s, 3), HOOK_PENDING, HOOK_GIVEN_UP);
    h->campaign = g_strdup(sql_peek(s, 4));
    h->event = g_strdup(sql_peek(s, 5));
    h->reason = g_strdup(sql_peek(s, 6));
    h->actor = g_strdup(sql_peek(s, 7));
    h->result = g_strdup(sql_peek(s, 8));
    h->at_us = sql_int64(s, 9);
    h->due_us = sql_int64(s, 10);
    h->done_us = sql_int64(s, 11);
    h->tries = sql_int64(s, 12);
    h->inbound_id = sql_int64(s, 13);
    return h;
}

/* `s` is bound; NULL (no statement) is an error that is set. */
static struct hook *read_one(struct db *db, sqlite3_stmt *s, GError **error)
{
    struct hook *h = NULL;
    if (s && sql_step(db, s, error) > 0) {
        h = read_hook(s);
        sqlite3_reset(s);
    }
    return h;
}

gboolean hooks_is_due(struct db *db, gint64 now_us)
{
    gint64 n = 0;
    return sql_int(db, NULL, 0, &n,
                   "SELECT EXISTS (SELECT 1 FROM hook WHERE state = 0 AND"
                   " (due_us <= ?1 OR due_us > ?1 + ?2))",
                   "ii", now_us, (gint64)LATEST_US) &&
           n != 0;
}

struct hook *hooks_next(struct db *db, gint64 after, gint64 due_us, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  SELECT_HOOK " WHERE state = 0 AND id > ?1 AND (?2 = 0 OR"
                                              " due_us <= ?2 OR due_us > ?2 + ?3)"
                                              " ORDER BY id LIMIT 1",
                                  error);
    if (s)
        sql_bind(s, "iii", after, due_us, (gint64)LATEST_US);
    return read_one(db, s, error);
}

static void hook_free_item(gpointer p)
{
    hook_free(p);
}

GPtrArray *hooks_page(struct db *db, gint64 before, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SELECT_HOOK " WHERE id < ? ORDER BY id DESC LIMIT ?", error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", before > 0 ? before : G_MAXINT64, (gint64)max);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(hook_free_item);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0)
        g_ptr_array_add(rows, read_hook(s));
    return rc == 0 ? g_steal_pointer(&rows) : NULL;
}

struct hook *hooks_given_up(struct db *db)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  SELECT_HOOK " AS h WHERE state = 2 AND NOT EXISTS (SELECT 1"
                                              " FROM hook WHERE state = 1 AND kind = h.kind AND"
                                              " done_us >= h.done_us) ORDER BY id DESC LIMIT 1",
                                  NULL);
    return read_one(db, s, NULL);
}

/* ---- a try ---- */

static void take(struct hook *h, enum hook_state state, const char *result, gint64 due_us,
                 gint64 done_us)
{
    h->state = state;
    g_free(h->result);
    h->result = g_strdup(result);
    h->due_us = due_us;
    h->done_us = done_us;
}

static gboolean store(struct db *db, const struct hook *h, GError **error)
{
    return sql_do(db, error,
                  "UPDATE hook SET state = ?, tries = ?, due_us = ?, done_us = nullif(?, 0),"
                  " result = ? WHERE id = ?",
                  "iiiisi", (gint64)h->state, h->tries, h->due_us, h->done_us, h->result,
                  h->id);
}

gboolean hooks_begin(struct db *db, struct hook *h, GError **error)
{
    h->tries++;
    return store(db, h, error);
}

gboolean hooks_succeed(struct db *db, struct hook *h, const char *result, GError **error)
{
    take(h, HOOK_DONE, result, h->due_us, clock_wall_us());
    return store(db, h, error);
}

gboolean hooks_fail(struct db *db, struct hook *h, const char *result, gint64 now_us,
                    GError **error)
{
    gint64 wait_s = hooks_wait_s(h->tries);
    if (wait_s < 0)
        take(h, HOOK_GIVEN_UP, result, h->due_us, now_us);
    else
        take(h, HOOK_PENDING, result, now_us + wait_s * CLOCK_SECOND_US, 0);
    return store(db, h, error);
}

gboolean hooks_take_back(struct db *db, struct hook *h, GError **error)
{
    h->tries = MAX(h->tries - 1, 0);
    return store(db, h, error);
}

gboolean hooks_again(struct db *db, gint64 id, gint64 now_us, GError **error)
{
    if (!sql_do(db, error,
                "UPDATE hook SET state = 0, tries = 0, done_us = NULL, due_us = ? WHERE id = ?",
                "ii", now_us, id))
        return FALSE;
    if (sql_changes(db) > 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("there is no hook %" PRId64 ". crier hook list shows which there are"), id);
    return FALSE;
}
