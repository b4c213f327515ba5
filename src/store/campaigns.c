/*
 * Campaign records: reading, writing while they are drafts, moving their state, deleting.
 * Frozen versions and counters are in contents.c, delivery rows in deliveries.c.
 */
#include "config.h"

#include "store/campaigns.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "model/hours.h"
#include "store/bin_private.h"
#include "store/holds.h"
#include "store/hooks.h"
#include "store/parts.h"
#include "store/records_private.h"

#define DELETE_BATCH 5000

/* ---- destroying ---- */

static gboolean delete_some(struct db *db, gint64 id, gint64 *ret_n, GError **error)
{
    gint64 n_held = 0;
    if (!db_begin(db, error))
        return FALSE;
    gboolean ok = sql_do(db, error,
                         "DELETE FROM attempt WHERE delivery_id IN (SELECT id FROM delivery"
                         " WHERE campaign_id = ? ORDER BY person_id LIMIT ?)",
                         "ii", id, (gint64)DELETE_BATCH) &&
                  sql_do(db, error,
                         "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery"
                         " WHERE campaign_id = ? ORDER BY person_id LIMIT ?)",
                         "ii", id, (gint64)DELETE_BATCH);
    *ret_n = ok ? sql_changes(db) : 0;
    ok = ok && holds_forget_some(db, id, DELETE_BATCH, &n_held, error);
    *ret_n = MAX(*ret_n, n_held);
    return sql_leave(db, TRUE, ok, error);
}

static gboolean delete_record(struct db *db, gint64 id, GError **error)
{
    return parts_delete(db, id, error) &&
           sql_do(db, error, "DELETE FROM content WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM campaign_list WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM campaign WHERE id = ?", "i", id);
}

static gboolean delete_counters(struct db *db, gint64 id, GError **error)
{
    return sql_do(db, error, "DELETE FROM campaign_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM domain_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM minute_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM reply_counter WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM event WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM bounce_rate WHERE campaign_id = ?", "i", id) &&
           sql_do(db, error, "DELETE FROM storm WHERE campaign_id = ?", "i", id);
}

/* In batches, so that no other process waits for it; one that was cut short is completed by
 * doing it again. */
static gboolean destroy(struct db *db, gint64 id, const char *name, GError **error)
{
    gint64 n = DELETE_BATCH;
    if (!db_begin(db, error) || !sql_leave(db, TRUE, delete_counters(db, id, error), error))
        return FALSE;
    while (n > 0)
        if (!delete_some(db, id, &n, error))
            return FALSE;
    return db_begin(db, error) && sql_leave(db, TRUE, delete_record(db, id, error), error);
}

/* ---- the record ---- */

static void read_also(sqlite3_stmt *s, void *record)
{
    struct campaign *c = record;
    int i = RECORD_ALSO;
    c->state = (enum campaign_state)sql_int64(s, i++);
    c->held_reason = sql_text(s, i++);
    c->content_version = sql_int64(s, i++);
    c->created_us = sql_int64(s, i++);
    c->started_us = sql_int64(s, i++);
    c->finished_us = sql_int64(s, i++);
    c->schedule_us = sql_int64(s, i++);
    c->schedule_min = sql_int64(s, i++);
    c->schedule_max = sql_int64(s, i++);
    c->is_edited = sql_int64(s, i) != 0;
}

static gboolean load_parts(struct db *db, void *record, GError **error)
{
    struct campaign *c = record;
    c->parts = parts_get(db, c->id, PARTS_WORKING, error);
    return c->parts != NULL;
}

static gboolean check(void *record, GError **error)
{
    return hours_check(record, error);
}

static gboolean check_change(struct db *db, const void *old, const void *new, GError **error)
{
    return campaign_check_edit(old, old, error) && /* whoever changed it: not now */
           record_check_current(campaigns_kind(), old, new, error) &&
           campaign_check_edit(old, new, error);
}

/* A record without parts loaded (campaign set of one key) keeps the ones that are there. */
static const GPtrArray *other_parts(const void *old, const void *new)
{
    const struct campaign *was = old, *c = new;
    return c->parts != NULL && !parts_equal(was->parts, c->parts) ? c->parts : NULL;
}

static gboolean check_deletable(struct db *db, const void *record, GError **error)
{
    const struct campaign *c = record;
    if (c->state == CAMPAIGN_DRAFT || c->state == CAMPAIGN_FINISHED ||
        c->state == CAMPAIGN_CANCELLED)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' is %s and cannot be deleted. Cancel it first: crier "
                  "campaign cancel %s"),
                c->name, campaign_state_word(c->state), c->name);
    return FALSE;
}

static gboolean put(struct db *db, void *record, GError **error)
{
    return campaigns_put(db, record, NULL, error);
}

RECORD_FREE(campaign)

const struct record_kind *campaigns_kind(void)
{
    static const struct record_kind kind = {
        .noun = "campaign",
        .fields = campaign_fields,
        RECORD_IN(struct campaign),
        .created_us_at = offsetof(struct campaign, created_us),
        .free = campaign_free,
        .order = " ORDER BY id",
        .also = "state, held_reason, content_version, created_us, started_us, finished_us,"
                " schedule_us, schedule_min, schedule_max, is_edited",
        .read = read_also,
        .load = load_parts,
        .check = check,
        .check_change = check_change,
        .other_parts = other_parts,
        .before_delete = check_deletable,
        .put = put,
        .destroy = destroy,
        .words =
            {
                .no_such = N_("there is no campaign '%s'"),
                .remedy = N_("Make it with: crier campaign new %s"),
                .gone = N_("campaign %d is not there any more: somebody deleted it"),
                .changed =
                    N_("campaign '%s' was changed by somebody else meanwhile. Look at it "
                       "again, then repeat your change"),
                .bad_name = N_("campaign name '%s': use 1 to 64 of a-z, 0-9, '-', '_' and '.', "
                               "beginning with a letter or digit"),
                .taken =
                    N_("there is a campaign '%s' already. Choose another name, or change that "
                       "one with: crier campaign set %s"),
            },
    };
    return &kind;
}

RECORD_READS(campaigns, campaigns_kind, struct campaign)
RECORD_DELETE(campaigns, campaigns_kind)

/* What the field table does not know. */
static gboolean put_rest(struct db *db, const struct campaign *c, gboolean is_new,
                         const char *applied_hash, GError **error)
{
    return ((!is_new && c->parts == NULL) || parts_put(db, c->id, c->parts, error)) &&
           sql_do(db, error,
                  "UPDATE campaign SET applied_hash = coalesce(?, applied_hash),"
                  " is_edited = is_edited OR state <> ? WHERE id = ?",
                  "sii", applied_hash, (gint64)CAMPAIGN_DRAFT, c->id);
}

gboolean campaigns_put(struct db *db, struct campaign *c, const char *applied_hash,
                       GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    struct campaign before = *c;
    gboolean ok = record_put(db, campaigns_kind(), c, error) &&
                  put_rest(db, c, before.id == 0, applied_hash, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok) {
        c->id = before.id;
        c->row_version = before.row_version;
        c->created_us = before.created_us;
    } else if (before.id == 0) {
        c->state = CAMPAIGN_DRAFT;
    }
    return ok;
}

/* ---- hashes ---- */

char *campaigns_hash(const struct campaign *c)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct campaign plain;
    campaign_init(&plain);
    for (const struct field *f = campaign_fields(); f->key != NULL; f++) {
        if ((f->flags & FIELD_SPARSE) != 0 && field_equal(f, c, &plain))
            continue;
        g_autofree char *value = field_get(f, c);
        /* Lengths, so that no value can pretend to be the next key. */
        g_string_append_printf(all, "%s %" G_GSIZE_FORMAT ":%s\n", f->key, strlen(value),
                               value);
    }
    campaign_clear(&plain);
    for (guint i = 0; c->parts != NULL && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        g_autofree char *hash =
            crypto_sha256_hex(g_bytes_get_data(p->data, NULL), g_bytes_get_size(p->data));
        g_string_append_printf(all, "part %d %s\n%s\n%s\n%s\n%s\n", (int)p->kind, p->file,
                               p->name, p->type, p->content_id != NULL ? p->content_id : "",
                               hash);
    }
    return crypto_sha256_hex(all->str, all->len);
}

char *campaigns_applied_hash(struct db *db, gint64 id)
{
    sqlite3_stmt *s = sql_prepare(db, "SELECT applied_hash FROM campaign WHERE id = ?", NULL);
    if (s == NULL)
        return NULL;
    sql_bind(s, "i", id);
    char *hash = sql_step(db, s, NULL) > 0 ? sql_text(s, 0) : NULL;
    sqlite3_reset(s);
    return hash;
}

/* ---- state ---- */

static gboolean move(struct db *db, const struct campaign *c, enum campaign_state to,
                     const char *reason, GError **error)
{
    if (!campaign_check_move(c->name, c->state, to, error))
        return FALSE;
    gint64 now = clock_wall_us();
    gboolean starts = to == CAMPAIGN_SENDING;
    gboolean ends = to == CAMPAIGN_FINISHED || to == CAMPAIGN_CANCELLED;
    g_autofree char *detail =
        g_strdup_printf("%s -> %s%s%s", campaign_state_name(c->state), campaign_state_name(to),
                        reason != NULL ? ": " : "", reason != NULL ? reason : "");
    return sql_do(
               db, error,
               "UPDATE campaign SET state = ?1, held_reason = ?2,"
               " started_us = CASE WHEN ?3 THEN coalesce(started_us, ?5) ELSE started_us END,"
               " finished_us = CASE WHEN ?4 THEN ?5 END, row_version = row_version + 1,"
               /* What was written for those who never get it is not what it said. */
               " is_edited = CASE WHEN ?4 THEN 0 ELSE is_edited END"
               " WHERE id = ?6",
               "isiiii", (gint64)to, to == CAMPAIGN_HELD ? reason : NULL, (gint64)starts,
               (gint64)ends, now, c->id) &&
           audit_write(db, "move", "campaign", c->name, detail, error) &&
           hooks_note(db, c->id, c->name, to, reason, error);
}

gboolean campaigns_move(struct db *db, gint64 id, enum campaign_state to, const char *reason,
                        GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    struct campaign c = {0};
    gboolean ok = campaigns_get_id(db, id, &c, error) && move(db, &c, to, reason, error);
    campaign_clear(&c);
    return sql_leave(db, own, ok, error);
}

gboolean campaigns_schedule(struct db *db, gint64 id, gint64 at_us, gint64 people_min,
                            gint64 people_max, GError **error)
{
    gboolean own;
    struct campaign c = {0};
    if (!sql_enter(db, &own, error))
        return FALSE;
    g_autofree char *detail = at_us > 0 ? clock_format_utc(at_us) : g_strdup("");
    gboolean ok = campaigns_get_id(db, id, &c, error) &&
                  sql_do(db, error,
                         "UPDATE campaign SET schedule_us = nullif(?2, 0), schedule_min = ?3,"
                         " schedule_max = ?4, row_version = row_version + 1 WHERE id = ?1",
                         "iiii", id, at_us, people_min, people_max) &&
                  audit_write(db, "schedule", "campaign", c.name, detail, error);
    campaign_clear(&c);
    return sql_leave(db, own, ok, error);
}
