/*
 * Who must never be mailed, on one list or at all, why and by what evidence. Erased people are
 * kept as a keyed hash only.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/bin_private.h"
#include "store/people_browse.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

#define ERASED_PREFIX "erased:"
#define REMOVE_BATCH 1000

const char *const *suppression_reasons(void)
{
    static const char *const reasons[] = {"unsubscribed", "bounced", "complained", "manual",
                                          "imported",     "erased",  NULL};
    return reasons;
}

static gboolean check_reason(const char *reason, GError **error)
{
    if (g_strv_contains(suppression_reasons(), reason))
        return TRUE;
    g_autofree char *shown = text_safe(reason, -1, 80);
    g_autofree char *all = g_strjoinv(", ", (char **)suppression_reasons());
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("reason '%s': it is none of %s"),
                shown, all);
    return FALSE;
}

/* ---- erased people ---- */

char *suppression_erased_key(struct db *db, const char *address_key, GError **error)
{
    guint8 key[32], mac[CRYPTO_SHA256_BYTES];
    if (!db_hmac_key(db, key, error))
        return NULL;
    crypto_hmac_sha256(key, sizeof key, address_key, strlen(address_key), mac);
    explicit_bzero(key, sizeof key);
    g_autofree char *text = crypto_base32(mac, sizeof mac);
    return g_strconcat(ERASED_PREFIX, text, NULL);
}

gboolean suppression_has_erased(struct db *db)
{
    gint64 found;
    /* When it cannot be known, look. */
    return !sql_int(db, NULL, 0, &found,
                    "SELECT 1 FROM suppression WHERE address_key >= 'erased:'"
                    " AND address_key < 'erased;' LIMIT 1",
                    "") ||
           found != 0;
}

gboolean suppression_has_any(struct db *db)
{
    gint64 found;
    return !sql_int(db, NULL, 0, &found, "SELECT 1 FROM suppression LIMIT 1", "") || found != 0;
}

gboolean suppression_keep_erased(struct db *db, const char *address, const char *address_key,
                                 GError **error)
{
    if (!suppression_has_erased(db))
        return TRUE;
    g_autofree char *hashed = suppression_erased_key(db, address_key, error);
    gint64 found;
    if (hashed == NULL ||
        !sql_int(db, error, 0, &found, "SELECT 1 FROM suppression WHERE address_key = ?", "s",
                 hashed))
        return FALSE;
    return found == 0 || suppression_add(db, address, address_key, 0, "erased",
                                         _("was erased before and came back"), NULL, error);
}

/* ---- adding and removing ---- */

/* Who bounced may be mailed again when that is taken back; who asked not to be must not. */
static gboolean strengthen(struct db *db, const char *address_key, gint64 list_id,
                           const char *reason, const char *evidence, GError **error)
{
    return sql_do(db, error,
                  "UPDATE suppression SET reason = ?3, evidence = ifnull(?4, '')"
                  " WHERE address_key = ?1 AND list_id = ?2 AND reason = 'bounced'"
                  " AND ?3 IN ('complained', 'unsubscribed')",
                  "siss", address_key, list_id, reason, evidence);
}

static gboolean insert(struct db *db, const char *address, const char *address_key,
                       gint64 list_id, const char *reason, const char *evidence,
                       gboolean *ret_was_there, GError **error)
{
    if (!sql_do(
            db, error,
            "INSERT INTO suppression (address_key, list_id, address, reason, evidence, actor,"
            " created_us) VALUES (?, ?, ?, ?, ifnull(?, ''), ?, ?) ON CONFLICT DO NOTHING",
            "sissssi", address_key, list_id, address, reason, evidence, db_actor(db),
            clock_wall_us()))
        return FALSE;
    *ret_was_there = sql_changes(db) == 0;
    if (*ret_was_there && !strengthen(db, address_key, list_id, reason, evidence, error))
        return FALSE;
    /* Said a second time it is not only what somebody did by hand and may take back. */
    if (*ret_was_there)
        return sql_do(db, error,
                      "DELETE FROM undo WHERE address_key = ?1 AND action = 'suppress' AND"
                      " record_id = (SELECT id FROM suppression WHERE address_key = ?1"
                      " AND list_id = ?2)",
                      "si", address_key, list_id);
    /* By number: what is in the audit can never be erased, a person must be. */
    g_autofree char *number =
        g_strdup_printf("#%" G_GINT64_FORMAT, (gint64)sqlite3_last_insert_rowid(db_handle(db)));
    return audit_write(db, "suppress", "suppression", number, reason, error);
}

gboolean suppression_add(struct db *db, const char *address, const char *address_key,
                         gint64 list_id, const char *reason, const char *evidence,
                         gboolean *ret_was_there, GError **error)
{
    gboolean own, was_there = FALSE;
    if (!check_reason(reason, error) || !sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = insert(db, address != NULL ? address : "", address_key, list_id, reason,
                         evidence, &was_there, error);
    if (!sql_leave(db, own, ok, error))
        return FALSE;
    if (ret_was_there != NULL)
        *ret_was_there = was_there;
    return TRUE;
}

static gboolean add_by_hand(struct db *db, const char *address, const char *address_key,
                            gint64 list_id, const char *reason, const char *evidence,
                            gboolean *ret_was_there, GError **error)
{
    gint64 id = 0;
    if (!suppression_add(db, address, address_key, list_id, reason, evidence, ret_was_there,
                         error))
        return FALSE;
    if (*ret_was_there)
        return TRUE;
    if (!sql_int(db, error, 0, &id,
                 "SELECT id FROM suppression WHERE address_key = ? AND list_id = ?", "si",
                 address_key, list_id))
        return FALSE;
    const struct undolog_note n = {.action = "suppress",
                                   .noun = "suppression",
                                   .name = address,
                                   .record_id = id,
                                   .address_key = address_key};
    return undolog_note(db, &n, NULL, error);
}

gboolean suppression_add_by_hand(struct db *db, const char *address, const char *address_key,
                                 gint64 list_id, const char *reason, const char *evidence,
                                 gboolean *ret_was_there, GError **error)
{
    gboolean own, was_there = FALSE;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok =
        add_by_hand(db, address, address_key, list_id, reason, evidence, &was_there, error);
    if (!sql_leave(db, own, ok, error))
        return FALSE;
    if (ret_was_there != NULL)
        *ret_was_there = was_there;
    return TRUE;
}

gboolean suppression_copy_list(struct db *db, gint64 from, gint64 to, GError **error)
{
    return sql_do(db, error,
                  "INSERT OR IGNORE INTO suppression (address_key, list_id, address, reason,"
                  " evidence, actor, created_us) SELECT address_key, ?2, address, reason,"
                  " evidence, actor, created_us FROM suppression WHERE list_id = ?1",
                  "ii", from, to);
}

static gboolean note_removal(struct db *db, gint64 id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT address, address_key, json_object('key', address_key, 'list', list_id,"
        " 'reason', reason, 'evidence', evidence, 'actor', actor, 'created_us', created_us,"
        " 'detail', reason) FROM suppression WHERE id = ?",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(db, s, error);
    if (rc <= 0)
        return rc == 0;
    g_autofree char *address = sql_text(s, 0), *key = sql_text(s, 1), *data = sql_text(s, 2);
    sqlite3_reset(s);
    const struct undolog_note n = {"unsuppress", "suppression", address, id, data, 0, key};
    return undolog_note(db, &n, NULL, error);
}

static gboolean remove_one(struct db *db, const char *address_key, gint64 list_id,
                           GError **error)
{
    gint64 id;
    if (!sql_int(db, error, 0, &id,
                 "SELECT id FROM suppression WHERE address_key = ? AND list_id = ?", "si",
                 address_key, list_id))
        return FALSE;
    g_autofree char *number = g_strdup_printf("#%" G_GINT64_FORMAT, id);
    if (!note_removal(db, id, error) ||
        !sql_do(db, error, "DELETE FROM suppression WHERE address_key = ? AND list_id = ?",
                "si", address_key, list_id))
        return FALSE;
    if (sql_changes(db) > 0)
        return audit_write(db, "unsuppress", "suppression", number, "", error);
    g_autofree char *shown = text_safe(address_key, -1, 320);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("%s is not among those who are never mailed. See them with: crier suppress "
                  "list"),
                shown);
    return FALSE;
}

gboolean suppression_remove(struct db *db, const char *address_key, gint64 list_id,
                            GError **error)
{
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    return sql_leave(db, own, remove_one(db, address_key, list_id, error), error);
}

/* ---- many at once ---- */

#define BOUNCED_SINCE                                                                          \
    " FROM suppression WHERE reason = 'bounced' AND created_us >= ?1 AND"                      \
    " (?2 IS NULL OR substr(address_key, instr(address_key, '@') + 1) = ?2)"

/* The ids of the next ones. */
static GArray *bounced_since(struct db *db, gint64 since_us, const char *domain, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "SELECT id" BOUNCED_SINCE " ORDER BY id LIMIT ?3", error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "isi", since_us, domain, (gint64)REMOVE_BATCH);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        gint64 id = sql_int64(s, 0);
        g_array_append_val(ids, id);
    }
    return rc == 0 ? g_steal_pointer(&ids) : NULL;
}

static gboolean remove_id(struct db *db, gint64 id, GError **error)
{
    g_autofree char *number = g_strdup_printf("#%" G_GINT64_FORMAT, id);
    return note_removal(db, id, error) &&
           sql_do(db, error, "DELETE FROM suppression WHERE id = ?", "i", id) &&
           audit_write(db, "unsuppress", "suppression", number, "", error);
}

static gboolean remove_ids(struct db *db, const GArray *ids, GError **error)
{
    gboolean ok = db_begin(db, error);
    if (!ok)
        return FALSE;
    for (guint i = 0; ok && i < ids->len; i++)
        ok = remove_id(db, g_array_index(ids, gint64, i), error);
    return sql_leave(db, TRUE, ok, error);
}

gboolean suppression_remove_bounced(struct db *db, gint64 since_us, const char *domain,
                                    gboolean dry_run, gint64 *ret_n, GError **error)
{
    gint64 n = 0;
    if (dry_run)
        return sql_int(db, error, 0, ret_n, "SELECT count(*)" BOUNCED_SINCE, "is", since_us,
                       domain);
    gboolean ok = TRUE, more = TRUE;
    undolog_group_begin(db);
    while (ok && more) {
        g_autoptr(GArray) ids = bounced_since(db, since_us, domain, error);
        ok = ids != NULL && remove_ids(db, ids, error);
        n += ok ? ids->len : 0;
        more = ok && ids->len == REMOVE_BATCH;
        db_give_way(db);
    }
    undolog_group_end(db);
    *ret_n = n;
    return ok;
}

/* ---- reading ---- */

/* A list that was deleted is found by its former name. */
#define SUPPRESSION_COLUMNS                                                                    \
    "SELECT s.id, s.address, CASE WHEN s.list_id = 0 THEN NULL ELSE"                           \
    " coalesce((SELECT " BIN_SHOWN(                                                            \
        "l.name") " FROM list l WHERE l.id = s.list_id),"                                      \
                  " (SELECT substr(key, 14) FROM meta WHERE key >= 'deleted_list:' AND key < " \
                  "'deleted_list;'"                                                            \
                  " AND value = s.list_id), '?') END,"                                         \
                  " s.reason, s.evidence, s.actor, s.created_us FROM suppression s"

static void suppression_free(gpointer data)
{
    struct suppression *x = data;
    g_free(x->address);
    g_free(x->list);
    g_free(x->reason);
    g_free(x->evidence);
    g_free(x->actor);
    g_free(x);
}

static GPtrArray *read_all(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(suppression_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct suppression *x = g_new0(struct suppression, 1);
        x->id = sql_int64(s, 0);
        x->address = sql_text(s, 1);
        x->list = sql_text(s, 2);
        x->reason = sql_text(s, 3);
        x->evidence = sql_text(s, 4);
        x->actor = sql_text(s, 5);
        x->created_us = sql_int64(s, 6);
        g_ptr_array_add(all, x);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

GPtrArray *suppression_page(struct db *db, gint64 after_id, int max, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, SUPPRESSION_COLUMNS " WHERE s.id > ? ORDER BY s.id LIMIT ?", error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", after_id, (gint64)max);
    return read_all(db, s, error);
}

GPtrArray *suppression_browse(struct db *db, gint64 id, gboolean is_backwards, int max,
                              GError **error)
{
    sqlite3_stmt *s =
        is_backwards
            ? sql_prepare(db, SUPPRESSION_COLUMNS " WHERE s.id > ? ORDER BY s.id LIMIT ?",
                          error)
            : sql_prepare(db, SUPPRESSION_COLUMNS " WHERE s.id < ? ORDER BY s.id DESC LIMIT ?",
                          error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", id == 0 && !is_backwards ? G_MAXINT64 : id, (gint64)max);
    return read_all(db, s, error);
}

gint64 suppression_count(struct db *db, GError **error)
{
    gint64 n;
    return sql_int(db, error, 0, &n, "SELECT count(*) FROM suppression", "") ? n : -1;
}

GPtrArray *suppression_of(struct db *db, const char *address_key, GError **error)
{
    g_autofree char *hashed = NULL;
    if (suppression_has_erased(db)) {
        hashed = suppression_erased_key(db, address_key, error);
        if (hashed == NULL)
            return NULL;
    }
    sqlite3_stmt *s = sql_prepare(
        db, SUPPRESSION_COLUMNS " WHERE s.address_key IN (?, ?) ORDER BY s.id", error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ss", address_key, hashed);
    return read_all(db, s, error);
}
