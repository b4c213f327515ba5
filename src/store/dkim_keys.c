/*
 * DKIM keys as rows and files. The database never holds a private key: a copy of it, a backup,
 * may lie where others can read.
 */
#include "config.h"

#include "store/dkim_keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "store/sql.h"

#define KEY_COLUMNS                                                                            \
    "SELECT id, domain, selector, algorithm, key_file, public_key, enabled, created_us FROM "  \
    "dkim"

void dkim_key_clear(struct dkim_key *k)
{
    g_clear_pointer(&k->domain, g_free);
    g_clear_pointer(&k->selector, g_free);
    g_clear_pointer(&k->key_file, g_free);
    g_clear_pointer(&k->public_key, g_free);
}

static void key_free(gpointer data)
{
    dkim_key_clear(data);
    g_free(data);
}

GPtrArray *dkim_keys_all(struct db *db, const char *domain, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  KEY_COLUMNS " WHERE ?1 IS NULL OR domain = ?1"
                                              " ORDER BY domain, algorithm, id",
                                  error);
    if (s == NULL)
        return NULL;
    sql_bind(s, "s", domain);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(key_free);
    int rc;
    while ((rc = sql_step(db, s, error)) > 0) {
        struct dkim_key *k = g_new0(struct dkim_key, 1);
        k->id = sql_int64(s, 0);
        k->domain = sql_text(s, 1);
        k->selector = sql_text(s, 2);
        k->kind = sql_int64(s, 3) == CRYPTO_KEY_ED25519 ? CRYPTO_KEY_ED25519 : CRYPTO_KEY_RSA;
        k->key_file = sql_text(s, 4);
        k->public_key = sql_text(s, 5);
        k->enabled = sql_int64(s, 6) != 0;
        k->created_us = sql_int64(s, 7);
        g_ptr_array_add(all, k);
    }
    return rc == 0 ? g_steal_pointer(&all) : NULL;
}

char *dkim_keys_path(const struct workspace *w, const struct dkim_key *k)
{
    return g_path_is_absolute(k->key_file) ? g_strdup(k->key_file)
                                           : g_build_filename(w->dir, k->key_file, NULL);
}

/* ---- adding ---- */

static gboolean check_free(struct db *db, const char *domain, const char *selector,
                           const char *path, GError **error)
{
    gint64 taken = 0;
    if (!sql_int(db, error, 0, &taken, "SELECT id FROM dkim WHERE domain = ? AND selector = ?",
                 "ss", domain, selector))
        return FALSE;
    if (taken != 0) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_EXISTS,
            _("%s has a key with selector '%s' already. Choose another selector, or delete "
              "that one with: crier dkim delete %s --selector %s"),
            domain, selector, domain, selector);
        return FALSE;
    }
    if (access(path, F_OK) != 0)
        return TRUE;
    g_autofree char *shown = text_safe(path, -1, 0);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_EXISTS,
        _("%s lies there already, and it may be a key that somebody still needs. Choose "
          "another selector, or move that file away"),
        shown);
    return FALSE;
}

static gboolean write_key(const char *path, const struct crypto_key *key, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    char *pem = crypto_key_to_pem(key);
    gboolean ok = file_make_private_dir(dir, error) &&
                  file_write_atomic(path, pem, strlen(pem), 0600, error);
    process_wipe(pem);
    return ok;
}

static gboolean insert(struct db *db, const char *domain, const char *selector,
                       const char *key_file, const struct crypto_key *key, GError **error)
{
    g_autofree char *public = crypto_key_public(key);
    g_autofree char *detail =
        g_strdup_printf("%s, %s", selector, crypto_key_kind_name(crypto_key_kind(key)));
    return sql_do(db, error,
                  "INSERT INTO dkim (domain, selector, algorithm, key_file, public_key, "
                  "created_us)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  "ssissi", domain, selector, (gint64)crypto_key_kind(key), key_file, public,
                  clock_wall_us()) &&
           audit_write(db, "new", "dkim", domain, detail, error);
}

gboolean dkim_keys_add(struct db *db, const struct workspace *w, const char *domain,
                       const char *selector, const struct crypto_key *key, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s-%s.pem", domain, selector);
    g_autofree char *key_file = g_build_filename("secrets", "dkim", name, NULL);
    g_autofree char *path = g_build_filename(w->dir, key_file, NULL);
    gboolean own, is_written = FALSE;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = check_free(db, domain, selector, path, error) &&
                  insert(db, domain, selector, key_file, key, error);
    if (ok)
        ok = is_written = write_key(path, key, error);
    ok = sql_leave(db, own, ok, error);
    if (!ok && is_written)
        unlink(path);
    return ok;
}

gboolean dkim_keys_delete(struct db *db, const struct workspace *w, const struct dkim_key *k,
                          GError **error)
{
    g_autofree char *path = dkim_keys_path(w, k);
    gboolean own;
    if (!sql_enter(db, &own, error))
        return FALSE;
    gboolean ok = sql_do(db, error, "DELETE FROM dkim WHERE id = ?", "i", k->id) &&
                  audit_write(db, "delete", "dkim", k->domain, k->selector, error);
    if (!sql_leave(db, own, ok, error))
        return FALSE;
    if (unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_autofree char *shown = text_safe(path, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("the key is not used any more, but its file %s cannot be removed: %s"), shown,
                error_why(errno));
    return FALSE;
}

/* ---- reading ---- */

struct crypto_key *dkim_keys_load(const struct workspace *w, const struct dkim_key *k,
                                  GError **error)
{
    g_autofree char *path = dkim_keys_path(w, k), *shown = text_safe(path, -1, 0);
    gsize len = 0;
    char *pem = file_read(path, CRYPTO_KEY_MAX_PEM_BYTES, &len, error);
    if (pem == NULL) {
        g_prefix_error(error, _("DKIM key of %s: "), k->domain);
        return NULL;
    }
    struct crypto_key *key = crypto_key_parse(pem, len, error);
    process_wipe(pem);
    if (key == NULL) {
        g_prefix_error(error, _("DKIM key of %s: %s: "), k->domain, shown);
        return NULL;
    }
    g_autofree char *public = crypto_key_public(key);
    if (strcmp(public, k->public_key) == 0)
        return key;
    crypto_key_unref(key);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("DKIM key of %s: %s holds another key than the one that was made for selector "
          "%s. Put the right file back, or delete the key and make a new one"),
        k->domain, shown, k->selector);
    return NULL;
}
