/*
 * The rows of messages that came back. Not for what follows of them.
 */
#include "config.h"

#include "store/inbound.h"

#include <inttypes.h>
#include <string.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/sql.h"

#define KEYS_BATCH 5000
#define RAW_BATCH 200

static const char *const state_names[INBOUND_STATE_COUNT] = {[INBOUND_DECIDED] = "decided",
                                                             [INBOUND_UNKNOWN] = "unknown",
                                                             [INBOUND_ASSIGNED] = "assigned"};

const char *inbound_state_name(enum inbound_state s)
{
    return (unsigned)s < INBOUND_STATE_COUNT ? state_names[s] : "?";
}

void inbound_row_clear(struct inbound_row *r)
{
    g_free(r->kind);
    g_free(r->pattern);
    g_free(r->message_id);
    g_free(r->sender);
    g_free(r->subject);
    g_free(r->note);
    *r = (struct inbound_row){0};
}

/* Valid UTF-8 of a length that is bounded; caller frees. */
static char *bounded(const char *text)
{
    gsize len = text ? strnlen(text, INBOUND_TEXT_MAX_BYTES) : 0;
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", (gssize)len);
    len = MIN(strlen(valid), INBOUND_TEXT_MAX_BYTES);
    while (len > 0 && ((guchar)valid[len] & 0xc0) == 0x80)
        len--;
    return g_strndup(valid, len);
}

/* ---- storing ---- */

static gboolean check_key(const struct inbound_key *key, GError **error)
{
    gsize len = key->uid ? strnlen(key->uid, INBOUND_UID_MAX_BYTES + 1) : 0;
    if (len > 0 && len <= INBOUND_UID_MAX_BYTES && g_utf8_validate(key->uid, (gssize)len, NULL))
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("the mailbox names a message by what is no UID. It was left there"));
    return FALSE;
}

static gboolean find_key(struct db *db, const struct inbound_key *key, gint64 *ret_id,
                         GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   "SELECT inbound_id FROM inbound_key WHERE mailbox_id = ?1 AND validity = ?2"
                   " AND uid = ?3",
                   "iis", key->mailbox_id, key->validity, key->uid);
}

static gboolean add_key(struct db *db, const struct inbound_key *key, gint64 id, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO inbound_key (mailbox_id, validity, uid, inbound_id)"
                  " VALUES (?1, ?2, ?3, ?4)",
                  "iisi", key->mailbox_id, key->validity, key->uid, id);
}

static gboolean find_same(struct db *db, gint64 mailbox_id, const char *hash, gint64 *ret_id,
                          GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   "SELECT id FROM inbound WHERE mailbox_id = ?1 AND hash = ?2", "is",
                   mailbox_id, hash);
}

static gboolean insert_raw(struct db *db, gint64 id, const char *raw, gsize len, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db, "INSERT INTO inbound_raw (inbound_id, raw) VALUES (?1, ?2)", error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", id);
    /* Static: it lives until the bindings are cleared. NULL would not be an empty blob. */
    sqlite3_bind_blob(s, 2, len > 0 ? raw : "", (int)MIN(len, INBOUND_RAW_MAX_BYTES),
                      SQLITE_STATIC);
    gboolean ok = sql_run(db, s, error);
    sqlite3_clear_bindings(s);
    return ok;
}

static gboolean insert(struct db *db, gint64 mailbox_id, struct inbound_row *r, const char *raw,
                       gsize len, const char *hash, GError **error)
{
    g_autofree char *pattern = bounded(r->pattern), *message_id = bounded(r->message_id);
    g_autofree char *sender = bounded(r->sender), *subject = bounded(r->subject);
    if (!sql_do(db, error,
                "INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes, hash,"
                " pattern, message_id, sender, subject, note)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ifnull(?11, ''))",
                "iisiissssss", mailbox_id, r->received_us, r->kind, (gint64)r->state,
                MAX(r->bytes, (gint64)len), hash, pattern, message_id, sender, subject, r->note))
        return FALSE;
    r->id = sqlite3_last_insert_rowid(db_handle(db));
    return insert_raw(db, r->id, raw, len, error);
}

/* Messages have UIDs in the order in which they came, so that the last says it all. */
static gboolean count_read(struct db *db, const struct inbound_key *key, GError **error)
{
    guint64 uid = 0;
    if (key->validity == 0 ||
        !g_ascii_string_to_unsigned(key->uid, 10, 1, G_MAXUINT32, &uid, NULL))
        uid = 0;
    return sql_do(db, error,
                  "INSERT INTO mailbox_state (mailbox_id, validity, last_uid, n_read)"
                  " VALUES (?1, ?2, ?3, 1) ON CONFLICT DO UPDATE SET last_uid ="
                  " CASE WHEN validity = ?2 THEN max(last_uid, ?3) ELSE ?3 END, validity = ?2,"
                  " n_read = n_read + 1",
                  "iii", key->mailbox_id, key->validity, (gint64)uid);
}

gboolean inbound_put(struct db *db, const struct inbound_key *key, struct inbound_row *r,
                     const char *raw, gsize len, gboolean *ret_was_there, GError **error)
{
    gint64 id = 0;
    if (!check_key(key, error) || !find_key(db, key, &id, error))
        return FALSE;
    gboolean has_key = id != 0;
    g_autofree char *hash = has_key ? NULL : crypto_sha256_hex(raw, len);
    if (!has_key && !find_same(db, key->mailbox_id, hash, &id, error))
        return FALSE;
    gboolean was_there = id != 0;
    if (was_there)
        r->id = id;
    else if (!insert(db, key->mailbox_id, r, raw, len, hash, error))
        return FALSE;
    r->mailbox_id = key->mailbox_id;
    r->bytes = MAX(r->bytes, (gint64)len);
    *ret_was_there = was_there;
    return has_key || (add_key(db, key, r->id, error) && count_read(db, key, error));
}

gboolean inbound_decide(struct db *db, gint64 id, enum inbound_state state, const char *kind,
                        const char *note, GError **error)
{
    g_autofree char *kept = bounded(note);
    return sql_do(db, error,
                  "UPDATE inbound SET state = ?2, kind = ?3, note = ?4 WHERE id = ?1", "iiss",
                  id, (gint64)state, kind, kept);
}

gboolean inbound_assign(struct db *db, gint64 id, const char *kind, GError **error)
{
    g_autofree char *name = g_strdup_printf("#%" PRId64, id);
    return inbound_decide(db, id, INBOUND_ASSIGNED, kind, NULL, error) &&
           audit_write(db, "assign", "message", name, kind, error);
}

gboolean inbound_forget_text(struct db *db, gint64 id, GError **error)
{
    return sql_do(db, error,
                  "UPDATE inbound SET message_id = '', sender = '', subject = '', pattern = '',"
                  " note = '' WHERE id = ?1",
                  "i", id) &&
           sql_do(db, error, "DELETE FROM inbound_raw WHERE inbound_id = ?1", "i", id);
}

/* ---- reading ---- */

#define INBOUND_COLUMNS                                                                        \
    "SELECT id, mailbox_id, received_us, bytes, state, kind, pattern, message_id, sender,"     \
    " subject, note FROM inbound"

static void read_row(sqlite3_stmt *s, struct inbound_row *r)
{
    r->id = sql_int64(s, 0);
    r->mailbox_id = sql_int64(s, 1);
    r->received_us = sql_int64(s, 2);
    r->bytes = sql_int64(s, 3);
    r->state = (enum inbound_state)CLAMP(sql_int64(s, 4), 0, INBOUND_STATE_COUNT - 1);
    r->kind = sql_text(s, 5);
    r->pattern = sql_text(s, 6);
    r->message_id = sql_text(s, 7);
    r->sender = sql_text(s, 8);
    r->subject = sql_text(s, 9);
    r->note = sql_text(s, 10);
}

static void free_row(gpointer p)
{
    inbound_row_clear(p);
    g_free(p);
}

static GPtrArray *read_rows(struct db *db, sqlite3_stmt *s, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_row);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct inbound_row *r = g_new0(struct inbound_row, 1);
        read_row(s, r);
        g_ptr_array_add(all, r);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

static void fail_not_there(gint64 id, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("message #%" PRId64 " is not among those that came back"), id);
}

gboolean inbound_get(struct db *db, gint64 id, struct inbound_row *ret, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, INBOUND_COLUMNS " WHERE id = ?1", error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    if (step > 0) {
        *ret = (struct inbound_row){0};
        read_row(s, ret);
        sqlite3_reset(s);
    } else if (step == 0) {
        fail_not_there(id, error);
    }
    return step > 0;
}

GBytes *inbound_raw(struct db *db, gint64 id, GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT r.raw FROM inbound i LEFT JOIN inbound_raw r ON r.inbound_id = i.id"
                    " WHERE i.id = ?1",
                    error);
    if (!s)
        return NULL;
    sql_bind(s, "i", id);
    int step = sql_step(db, s, error);
    GBytes *raw = NULL;
    if (step > 0) {
        raw = g_bytes_new(sqlite3_column_blob(s, 0), (gsize)sqlite3_column_bytes(s, 0));
        sqlite3_reset(s);
    } else if (step == 0) {
        fail_not_there(id, error);
    }
    return raw;
}

GPtrArray *inbound_page(struct db *db, int state, gint64 before_id, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  INBOUND_COLUMNS " WHERE id < ?1 AND (?2 < 0 OR state = ?2)"
                                                  " ORDER BY id DESC LIMIT ?3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iii", before_id > 0 ? before_id : G_MAXINT64, (gint64)state, (gint64)max);
    return read_rows(db, s, error);
}

GPtrArray *inbound_of_pattern(struct db *db, const char *pattern, gint64 before_id, int max,
                              GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  INBOUND_COLUMNS " WHERE state = 1 AND pattern = ?1"
                                                  " AND id < ?2 ORDER BY id DESC LIMIT ?3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "sii", pattern, before_id > 0 ? before_id : G_MAXINT64, (gint64)max);
    return read_rows(db, s, error);
}

gboolean inbound_next(struct db *db, gint64 after_id, gint64 since_us, gboolean only_unknown,
                      gint64 *ret_id, GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   only_unknown
                       ? "SELECT id FROM inbound INDEXED BY inbound_state WHERE state = 1"
                         " AND id > ?1 AND received_us >= ?2 ORDER BY id LIMIT 1"
                       : "SELECT id FROM inbound WHERE id > ?1 AND received_us >= ?2"
                         " ORDER BY id LIMIT 1",
                   "ii", after_id, since_us);
}

gboolean inbound_count(struct db *db, gint64 since_us, gboolean only_unknown, gint64 *ret_n,
                       gint64 *ret_last, GError **error)
{
    return sql_int(db, error, 0, ret_last, "SELECT ifnull(max(id), 0) FROM inbound", "") &&
           sql_int(db, error, 0, ret_n,
                   only_unknown ? "SELECT count(*) FROM inbound INDEXED BY inbound_state"
                                  " WHERE state = 1 AND received_us >= ?1"
                                : "SELECT count(*) FROM inbound WHERE received_us >= ?1",
                   "i", since_us);
}

static void free_group(gpointer p)
{
    struct inbound_group *g = p;
    g_free(g->pattern);
    g_free(g->subject);
    g_free(g);
}

GPtrArray *inbound_unknown(struct db *db, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT g.pattern, i.subject, g.n, i.id, i.received_us FROM (SELECT pattern,"
        " count(*) AS n, max(id) AS newest FROM inbound WHERE state = 1 GROUP BY pattern) g"
        " JOIN inbound i ON i.id = g.newest ORDER BY g.n DESC, i.id DESC LIMIT ?1",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "i", (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_group);
    int step;
    while ((step = sql_step(db, s, error)) > 0) {
        struct inbound_group *g = g_new0(struct inbound_group, 1);
        g->pattern = sql_text(s, 0);
        g->subject = sql_text(s, 1);
        g->n = sql_int64(s, 2);
        g->newest_id = sql_int64(s, 3);
        g->newest_us = sql_int64(s, 4);
        g_ptr_array_add(all, g);
    }
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

gboolean inbound_count_unknown(struct db *db, gint64 *ret_n, GError **error)
{
    return sql_int(db, error, 0, ret_n,
                   "SELECT count(*) FROM (SELECT 1 FROM inbound WHERE state = 1 LIMIT ?1)", "i",
                   (gint64)INBOUND_UNKNOWN_MAX);
}

/* ---- mailboxes ---- */

gboolean inbound_mailbox(struct db *db, gint64 mailbox_id, struct mailbox_state *ret,
                         GError **error)
{
    sqlite3_stmt *s =
        sql_prepare(db,
                    "SELECT validity, last_uid, read_us, n_read FROM mailbox_state"
                    " WHERE mailbox_id = ?1",
                    error);
    if (!s)
        return FALSE;
    sql_bind(s, "i", mailbox_id);
    int step = sql_step(db, s, error);
    if (step < 0)
        return FALSE;
    *ret = (struct mailbox_state){0};
    if (step > 0) {
        *ret = (struct mailbox_state){sql_int64(s, 0), sql_int64(s, 1), sql_int64(s, 2),
                                      sql_int64(s, 3)};
        sqlite3_reset(s);
    }
    return TRUE;
}

gboolean inbound_mailbox_looked(struct db *db, gint64 mailbox_id, gint64 validity, gint64 at_us,
                                GError **error)
{
    gboolean own = FALSE;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = sql_do(db, error,
                         "INSERT INTO mailbox_state (mailbox_id, validity, read_us)"
                         " VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET read_us = ?3,"
                         " last_uid = CASE WHEN validity = ?2 THEN last_uid ELSE 0 END,"
                         " validity = ?2",
                         "iii", mailbox_id, validity, at_us);
    return sql_leave(db, own, ok, error);
}

gboolean inbound_has_key(struct db *db, const struct inbound_key *key, gboolean *ret,
                         GError **error)
{
    gint64 id = 0;
    if (!find_key(db, key, &id, error))
        return FALSE;
    *ret = id != 0;
    return TRUE;
}

GHashTable *inbound_keys(struct db *db, gint64 mailbox_id, gint64 validity, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db, "SELECT uid FROM inbound_key WHERE mailbox_id = ?1 AND validity = ?2", error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", mailbox_id, validity);
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_hash_table_add(all, sql_text(s, 0));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

/* Names of messages that came before, as far as they are gone: at most KEYS_BATCH. */
static GPtrArray *old_keys(struct db *db, gint64 mailbox_id, gint64 validity, GHashTable *gone,
                           gint64 before_us, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT k.uid FROM inbound_key k JOIN inbound i"
                                  " ON i.id = k.inbound_id WHERE k.mailbox_id = ?1"
                                  " AND k.validity = ?2 AND i.received_us < ?3",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "iii", mailbox_id, validity, before_us);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    int step = 0;
    while (all->len < KEYS_BATCH && (step = sql_step(db, s, error)) > 0)
        if (g_hash_table_contains(gone, sql_peek(s, 0)))
            g_ptr_array_add(all, sql_text(s, 0));
    if (step > 0)
        sqlite3_reset(s);
    return step >= 0 ? g_steal_pointer(&all) : NULL;
}

static gboolean drop_keys(struct db *db, gint64 mailbox_id, gint64 validity,
                          const GPtrArray *uids, gint64 before_us, GError **error)
{
    for (guint i = 0; i < uids->len; i++)
        if (!sql_do(db, error,
                    "DELETE FROM inbound_key WHERE mailbox_id = ?1 AND validity = ?2"
                    " AND uid = ?3",
                    "iis", mailbox_id, validity, uids->pdata[i]))
            return FALSE;
    return validity == 0 ||
           sql_do(db, error,
                  "DELETE FROM inbound_key WHERE mailbox_id = ?1 AND validity NOT IN (0, ?2)"
                  " AND inbound_id IN (SELECT id FROM inbound WHERE received_us < ?3)",
                  "iii", mailbox_id, validity, before_us);
}

static gboolean drop_names(struct db *db, gint64 mailbox_id, GHashTableIter *i, gboolean *more,
                           GError **error)
{
    gpointer uid;
    *more = FALSE;
    for (int n = 0; n < KEYS_BATCH; n++) {
        if (!g_hash_table_iter_next(i, &uid, NULL))
            return TRUE;
        if (!sql_do(db, error,
                    "DELETE FROM inbound_key WHERE mailbox_id = ?1 AND validity = 0"
                    " AND uid = ?2",
                    "is", mailbox_id, uid))
            return FALSE;
    }
    *more = TRUE;
    return TRUE;
}

gboolean inbound_forget_names(struct db *db, gint64 mailbox_id, GHashTable *names,
                              GError **error)
{
    GHashTableIter i;
    gboolean own = FALSE, more = g_hash_table_size(names) > 0;
    g_hash_table_iter_init(&i, names);
    while (more)
        if (!sql_enter(db, &own, error) ||
            !sql_leave(db, own, drop_names(db, mailbox_id, &i, &more, error), error))
            return FALSE;
    return TRUE;
}

gboolean inbound_forget_keys(struct db *db, gint64 mailbox_id, gint64 validity,
                             GHashTable *gone, gint64 before_us, GError **error)
{
    gint64 n_other = 0;
    gboolean own = FALSE;
    if (!sql_int(db, error, 0, &n_other,
                 "SELECT count(*) FROM (SELECT DISTINCT validity FROM inbound_key WHERE"
                 " mailbox_id = ?1 AND ?2 > 0 AND validity NOT IN (0, ?2))",
                 "ii", mailbox_id, validity))
        return FALSE;
    g_autoptr(GPtrArray) uids =
        old_keys(db, mailbox_id, validity, gone, before_us, error);
    if (!uids || (uids->len == 0 && n_other == 0))
        return uids != NULL;
    return sql_enter(db, &own, error) &&
           sql_leave(db, own, drop_keys(db, mailbox_id, validity, uids, before_us, error),
                     error);
}

/* ---- what is kept ---- */

/* Messages are taken in the order of time, so that the first number is the oldest. */
gboolean inbound_has_to_prune(struct db *db, gint64 before_us)
{
    gint64 oldest = G_MAXINT64;
    return sql_int(db, NULL, G_MAXINT64, &oldest,
                   "SELECT received_us FROM inbound WHERE id = (SELECT min(inbound_id)"
                   " FROM inbound_raw)",
                   "") &&
           oldest < before_us;
}

gboolean inbound_prune(struct db *db, gint64 before_us, GError **error)
{
    while (inbound_has_to_prune(db, before_us)) {
        gboolean own = FALSE;
        if (!sql_enter(db, &own, error) ||
            !sql_leave(db, own,
                       sql_do(db, error,
                              "DELETE FROM inbound_raw WHERE inbound_id IN (SELECT"
                              " r.inbound_id FROM (SELECT inbound_id FROM inbound_raw ORDER BY"
                              " inbound_id LIMIT ?2) r JOIN inbound i ON i.id = r.inbound_id"
                              " WHERE i.received_us < ?1)",
                              "ii", before_us, (gint64)RAW_BATCH),
                       error))
            return FALSE;
        db_give_way(db);
    }
    return TRUE;
}
