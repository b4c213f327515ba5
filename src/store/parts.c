/*
 * Parts of messages as rows and blobs. What they mean for a message is message/compose.c's.
 */
#include "config.h"

#include "store/parts.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/sql.h"

static gboolean put_blob(struct db *db, GBytes *data, gint64 *ret_id, GError **error)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(data, &len);
    g_autofree char *hash = crypto_sha256_hex(bytes, len);
    if (!sql_int(db, error, 0, ret_id, "SELECT id FROM blob WHERE hash = ?", "s", hash))
        return FALSE;
    if (*ret_id != 0)
        return TRUE;
    sqlite3_stmt *s = sql_prepare(db, "INSERT INTO blob (hash, data) VALUES (?, ?)", error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_text(s, 1, hash, -1, SQLITE_TRANSIENT);
    /* An empty file is a blob of no bytes, not NULL. */
    sqlite3_bind_blob64(s, 2, bytes != NULL ? bytes : "", len, SQLITE_TRANSIENT);
    if (!sql_run(db, s, error))
        return FALSE;
    *ret_id = sqlite3_last_insert_rowid(db_handle(db));
    return TRUE;
}

static gboolean drop_unused_blobs(struct db *db, GError **error)
{
    return sql_do(
        db, error,
        "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM part WHERE blob_id = blob.id)", "");
}

gboolean parts_add(struct db *db, gint64 campaign_id, int version, const GPtrArray *parts,
                   GError **error)
{
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct part *p = parts->pdata[i];
        gint64 blob_id = 0;
        if (!put_blob(db, p->data, &blob_id, error) ||
            !sql_do(
                db, error,
                "INSERT INTO part (campaign_id, version, n, kind, file, name, type, content_id,"
                " blob_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "iiiissssi", campaign_id, (gint64)version, (gint64)i, (gint64)p->kind, p->file,
                p->name, p->type, p->content_id, blob_id))
            return FALSE;
    }
    return TRUE;
}

gboolean parts_put(struct db *db, gint64 campaign_id, const GPtrArray *parts, GError **error)
{
    return sql_do(db, error, "DELETE FROM part WHERE campaign_id = ? AND version = ?", "ii",
                  campaign_id, (gint64)PARTS_WORKING) &&
           parts_add(db, campaign_id, PARTS_WORKING, parts, error) &&
           drop_unused_blobs(db, error);
}

GPtrArray *parts_get(struct db *db, gint64 campaign_id, int version, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT p.kind, p.file, p.name, p.type, p.content_id, b.data"
                                  " FROM part p JOIN blob b ON b.id = p.blob_id"
                                  " WHERE p.campaign_id = ? AND p.version = ? ORDER BY p.n",
                                  error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "ii", campaign_id, (gint64)version);
    g_autoptr(GPtrArray) all = part_array_new();
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct part *p = g_new0(struct part, 1);
        p->kind = (enum part_kind)sql_int64(s, 0);
        p->file = sql_text(s, 1);
        p->name = sql_text(s, 2);
        p->type = sql_text(s, 3);
        p->content_id = sql_text(s, 4);
        p->data = g_bytes_new(sqlite3_column_blob(s, 5), (gsize)sqlite3_column_bytes(s, 5));
        g_ptr_array_add(all, p);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

char *parts_hash(const GPtrArray *parts)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        const struct part *p = parts->pdata[i];
        g_autofree char *hash =
            crypto_sha256_hex(g_bytes_get_data(p->data, NULL), g_bytes_get_size(p->data));
        g_string_append_printf(all, "%d %s\n%s\n%s\n%s\n%s\n", (int)p->kind, p->file, p->name,
                               p->type, p->content_id != NULL ? p->content_id : "", hash);
    }
    return crypto_sha256_hex(all->str, all->len);
}

gboolean parts_equal(const GPtrArray *a, const GPtrArray *b)
{
    g_autofree char *one = parts_hash(a), *other = parts_hash(b);
    return g_str_equal(one, other);
}

gboolean parts_keep(struct db *db, gint64 campaign_id, gint64 undo_id, GError **error)
{
    return parts_freeze(db, campaign_id, PARTS_KEPT(undo_id), error);
}

gboolean parts_drop_kept(struct db *db, gint64 before_us, GError **error)
{
    return sql_do(db, error,
                  "DELETE FROM part WHERE version < 0 AND -version IN"
                  " (SELECT id FROM undo WHERE at_us < ?)",
                  "i", before_us) &&
           drop_unused_blobs(db, error);
}

gboolean parts_freeze(struct db *db, gint64 campaign_id, int version, GError **error)
{
    return sql_do(
        db, error,
        "INSERT INTO part (campaign_id, version, n, kind, file, name, type, content_id,"
        " blob_id) SELECT campaign_id, ?2, n, kind, file, name, type, content_id, blob_id"
        " FROM part WHERE campaign_id = ?1 AND version = 0",
        "ii", campaign_id, (gint64)version);
}

gboolean parts_delete(struct db *db, gint64 campaign_id, GError **error)
{
    return sql_do(db, error, "DELETE FROM part WHERE campaign_id = ?", "i", campaign_id) &&
           drop_unused_blobs(db, error);
}
