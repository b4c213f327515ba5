/*
 * A file of people into one list, in batches that are short transactions: others who write wait
 * for one of them at most. Rows are gathered first and written in the order of their keys
 * (import_sort.c), so a file that breaks off leaves nothing.
 *
 * Memory does not grow with the file: that a person came before in it is known by the import's
 * number on their membership, not by a table in memory. A dry run reads only, and remembers the
 * keys it has seen in a temporary database that SQLite keeps on disk.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "store/db_private.h"
#include "store/import_private.h"
#include "store/import_sort.h"
#include "store/people_private.h"
#include "store/sql.h"
#include "store/undolog_private.h"

/* A batch ends early when it took this long: others wait for it. */
#define IMPORT_BATCH_US 15000
#define LOOK_AT_CLOCK 64
#define LOOK_AGAIN 5000 /* rows of a dry run */
#define IMPORT_CACHE "PRAGMA cache_size=-16384"
#define IMPORT_WAL_PAGES 8192
#define NORMAL_CACHE "PRAGMA cache_size=-2000"

const char *import_outcome_name(enum import_outcome o)
{
    static const char *const names[IMPORT_OUTCOME_COUNT] = {
        [IMPORT_NEW] = "new",
        [IMPORT_UPDATED] = "updated",
        [IMPORT_SAME] = "same",
        [IMPORT_SUPPRESSED] = "suppressed",
        [IMPORT_INVALID] = "invalid",
        [IMPORT_DUPLICATE] = "duplicate",
    };
    g_assert(o < IMPORT_OUTCOME_COUNT);
    return names[o];
}

/* ---- begin ---- */

static gboolean open_seen(struct people_import *im, GError **error)
{
    if (sqlite3_open_v2("", &im->seen, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(im->seen,
                     "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8192;"
                     "CREATE TABLE seen (hash INTEGER PRIMARY KEY); BEGIN",
                     NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(im->seen, "INSERT OR IGNORE INTO seen (hash) VALUES (?)", -1, &im->see,
                           NULL) == SQLITE_OK)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("the folder for temporary files cannot be used: %s"),
                im->seen != NULL ? sqlite3_errmsg(im->seen) : "?");
    return FALSE;
}

static gboolean find_list(struct people_import *im, GError **error)
{
    sqlite3_stmt *s = sql_prepare(im->db, "SELECT name FROM list WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", im->list_id);
    int rc = sql_step(im->db, s, error);
    if (rc > 0)
        im->list_name = sql_text(s, 0);
    sqlite3_reset(s);
    if (rc == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("the list is not there any more: somebody deleted it"));
    return rc > 0;
}

static gboolean note_import(struct people_import *im, GError **error)
{
    struct json *data = json_new_object();
    g_autofree char *source = g_utf8_make_valid(im->source, -1);
    json_set_string(data, "detail", source);
    g_autofree char *text = json_dump(data);
    json_unref(data);
    const struct undolog_note n = {.action = "import",
                                .noun = "list",
                                .name = im->list_name,
                                .record_id = im->id,
                                .data = text};
    return undolog_note(im->db, &n, NULL, error);
}

static gboolean write_begin(struct people_import *im, const struct consent *c, GError **error)
{
    if (!consent_id(im->db, c, &im->consent_id, error) ||
        !sql_do(im->db, error,
                "INSERT INTO import (list_id, source, actor, begun_us) VALUES (?, ?, ?, ?)",
                "issi", im->list_id, im->source, db_actor(im->db), im->begun_us))
        return FALSE;
    im->id = sqlite3_last_insert_rowid(db_handle(im->db));
    return note_import(im, error);
}

struct people_import *people_import_begin(struct db *db, gint64 list_id, const char *source,
                                          const struct consent *c, gboolean update,
                                          gboolean dry_run, GError **error)
{
    struct people_import *im = g_new0(struct people_import, 1);
    im->db = db;
    g_autofree char *dir = g_path_get_dirname(db_path(db));
    im->sort = import_sort_new(dir);
    im->list_id = list_id;
    im->source = g_strdup(source != NULL ? source : "");
    im->update = update;
    im->dry_run = dry_run;
    im->consent_us = c != NULL ? c->at_us : 0;
    im->has_text = c != NULL && c->text != NULL;
    im->retain_until_us = c != NULL ? c->retain_until_us : 0;
    im->begun_us = clock_wall_us();
    gboolean ok = find_list(im, error) && db_script(db, IMPORT_CACHE, error);
    if (ok && dry_run)
        ok = open_seen(im, error);
    else if (ok)
        ok = db_begin(db, error) && sql_leave(db, TRUE, write_begin(im, c, error), error);
    if (ok)
        return im;
    people_import_free(im);
    return NULL;
}

void people_import_free(struct people_import *im)
{
    if (im == NULL)
        return;
    if (im->is_open)
        db_rollback(im->db);
    sqlite3_finalize(im->see);
    sqlite3_close(im->seen);
    db_script(im->db, NORMAL_CACHE, NULL);
    import_sort_free(im->sort);
    g_free(im->list_name);
    g_free(im->source);
    g_free(im);
}

/* ---- batches ---- */

static gboolean open_batch(struct people_import *im, GError **error)
{
    if (im->is_open || (im->dry_run && im->in_batch % LOOK_AGAIN != 0))
        return TRUE;
    if (!im->dry_run && !db_begin(im->db, error))
        return FALSE;
    im->is_open = !im->dry_run;
    if (im->is_open && !person_next_id(im->db, &im->first_id, error))
        return FALSE;
    im->next_id = im->first_id;
    im->has_own = FALSE;
    im->now_us = clock_wall_us();
    im->batch_began_us = clock_mono_us();
    im->has_suppressed = suppression_has_any(im->db);
    im->has_erased = im->has_suppressed && suppression_has_erased(im->db);
    return TRUE;
}

#define JOIN_NEW                                                                               \
    " INTO membership (list_id, person_id, consent_id, consent_us, joined_us,"                 \
    " retain_until_us, import_id)"                                                             \
    " SELECT ?1, id, nullif(?2, 0), nullif(?3, 0), ?4, nullif(?5, 0), ?6"                      \
    " FROM person WHERE id >= ?7 AND id < ?8 ORDER BY id"

/* All new people of the batch at once, in the order of the table: half the work of one by one.
 * Those with a consent of their own have joined already. */
static gboolean join_new(struct people_import *im, GError **error)
{
    if (im->next_id == im->first_id)
        return TRUE;
    sqlite3_stmt *s = im->has_own ? sql_prepare(im->db, "INSERT OR IGNORE" JOIN_NEW, error)
                                  : sql_prepare(im->db, "INSERT" JOIN_NEW, error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "iiiiiiii", im->list_id, im->consent_id, im->consent_us, im->now_us,
             im->retain_until_us, im->id, im->first_id, im->next_id);
    return sql_run(im->db, s, error) &&
           sql_do(im->db, error,
                  "INSERT INTO import_new (import_id, first_id, end_id) VALUES (?, ?, ?)", "iii",
                  im->id, im->first_id, im->next_id);
}

static gboolean close_batch(struct people_import *im, GError **error)
{
    if (!im->is_open)
        return TRUE;
    if (!join_new(im, error))
        return FALSE;
    im->is_open = FALSE;
    if (!db_commit(im->db, error))
        return FALSE;
    /* The same pages change again and again: seldom is cheaper. */
    if (im->db->wal_pages >= IMPORT_WAL_PAGES)
        db_checkpoint(im->db);
    db_give_way(im->db);
    return TRUE;
}

/* ---- one row ---- */

static void bind_borrowed(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

struct known {
    gint64 id;     /* 0: nobody */
    gboolean came; /* earlier in this file */
    gboolean differs; /* the fields would change */
    gboolean has_joined;
    gint64 version, import_id, consent_id, consent_us, retain_until_us; /* as they are */
};

/* What a row wants for its membership. */
struct wanted {
    gint64 consent_id, consent_us; /* 0: none */
    gboolean has_text;
};

static gboolean is_valid_json(const struct person *p)
{
    struct json *fields = p->fields_json != NULL
                              ? json_parse(p->fields_json, strlen(p->fields_json), NULL)
                              : json_new_object();
    gboolean ok = fields != NULL;
    json_unref(fields);
    return ok;
}

/* 1: added; 0: the address is known already, or the fields are no JSON; -1 error. */
static int insert_person(struct people_import *im, const struct person *p, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        im->db,
        "INSERT INTO person (id, address, address_key, domain, fields, created_us, updated_us)"
        " VALUES (?6, ?1, ?2, ?3, json(ifnull(?4, '{}')), ?5, ?5)"
        " ON CONFLICT (address_key) DO NOTHING",
        error);
    if (s == NULL)
        return -1;
    bind_borrowed(s, 1, p->address);
    bind_borrowed(s, 2, p->address_key);
    bind_borrowed(s, 3, p->domain);
    bind_borrowed(s, 4, p->fields_json);
    sqlite3_bind_int64(s, 5, im->now_us);
    sqlite3_bind_int64(s, 6, im->next_id);
    g_autoptr(GError) failure = NULL;
    if (!sql_run(im->db, s, &failure)) {
        if (!is_valid_json(p))
            return 0;
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    if (sql_changes(im->db) == 0)
        return 0;
    im->next_id++;
    return 1;
}

static gboolean find_known(struct people_import *im, const struct person *p, struct known *ret,
                           GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        im->db,
        "SELECT p.id, ifnull(m.import_id, 0),"
        " CASE WHEN ?3 IS NULL THEN 0 ELSE json_patch(p.fields, ?3) <> p.fields END,"
        " m.person_id IS NOT NULL, p.row_version, ifnull(m.consent_id, 0),"
        " ifnull(m.consent_us, 0), ifnull(m.retain_until_us, 0)"
        " FROM person p LEFT JOIN membership m ON m.list_id = ?1 AND m.person_id = p.id"
        " WHERE p.address_key = ?2",
        error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_int64(s, 1, im->list_id);
    bind_borrowed(s, 2, p->address_key);
    if (im->update)
        bind_borrowed(s, 3, p->fields_json);
    memset(ret, 0, sizeof *ret);
    int rc = sql_step(im->db, s, error);
    if (rc > 0) {
        ret->id = sql_int64(s, 0);
        ret->import_id = sql_int64(s, 1);
        ret->came = im->is_open && (ret->id >= im->first_id || ret->import_id == im->id);
        ret->differs = sql_int64(s, 2) != 0;
        ret->has_joined = sql_int64(s, 3) != 0;
        ret->version = sql_int64(s, 4);
        ret->consent_id = sql_int64(s, 5);
        ret->consent_us = sql_int64(s, 6);
        ret->retain_until_us = sql_int64(s, 7);
        sqlite3_reset(s);
    }
    return rc >= 0;
}

/* Before anything is changed: what undoing would need. Nothing is kept of who stays as they are. */
static gboolean remember(struct people_import *im, const struct known *k, const struct wanted *w,
                         GError **error)
{
    gboolean consents = w->consent_id != 0 &&
                        (w->consent_id != k->consent_id || w->consent_us != k->consent_us);
    if (k->has_joined && !k->differs && !consents && im->retain_until_us == 0)
        return TRUE;
    return sql_do(im->db, error,
                  "INSERT INTO import_row (import_id, person_id, had_joined, version, old_version,"
                  " old_fields, old_consent_id, old_consent_us, old_retain_until_us, old_import_id)"
                  " SELECT ?1, id, ?3, ?4, row_version, CASE WHEN ?5 THEN fields END, nullif(?6, 0),"
                  " nullif(?7, 0), nullif(?8, 0), nullif(?9, 0) FROM person WHERE id = ?2",
                  "iiiiiiiii", im->id, k->id, (gint64)k->has_joined, k->version + k->differs,
                  (gint64)k->differs, k->consent_id, k->consent_us, k->retain_until_us,
                  k->import_id);
}

static gboolean merge_fields(struct people_import *im, const struct person *p, gint64 id,
                             GError **error)
{
    sqlite3_stmt *s = sql_prepare(im->db,
                                  "UPDATE person SET fields = json_patch(fields, ?2),"
                                  " updated_us = ?3, row_version = row_version + 1 WHERE id = ?1",
                                  error);
    if (s == NULL)
        return FALSE;
    sqlite3_bind_int64(s, 1, id);
    bind_borrowed(s, 2, p->fields_json);
    sqlite3_bind_int64(s, 3, im->now_us);
    return sql_run(im->db, s, error);
}

static gboolean join_one(struct people_import *im, gint64 person_id, const struct wanted *w,
                         GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        im->db,
        "INSERT INTO membership (list_id, person_id, consent_id, consent_us, joined_us,"
        " retain_until_us, import_id)"
        " VALUES (?1, ?2, nullif(?3, 0), nullif(?4, 0), ?5, nullif(?6, 0), ?7)"
        " ON CONFLICT (list_id, person_id) DO UPDATE SET import_id = excluded.import_id,"
        " consent_us = CASE WHEN excluded.consent_id IS NULL THEN consent_us"
        " ELSE excluded.consent_us END,"
        " consent_id = coalesce(excluded.consent_id, consent_id),"
        " retain_until_us = coalesce(excluded.retain_until_us, retain_until_us)",
        error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "iiiiiii", im->list_id, person_id, w->consent_id, w->consent_us, im->now_us,
             im->retain_until_us, im->id);
    return sql_run(im->db, s, error);
}

static gboolean find_consent(struct people_import *im, const struct import_item *w,
                             struct wanted *ret, GError **error)
{
    *ret = (struct wanted){im->consent_id, im->consent_us, im->has_text};
    if (w->consent == NULL && w->consent_us == 0)
        return TRUE;
    const struct consent own = {.text = w->consent, .source = im->source};
    ret->consent_us = w->consent_us;
    ret->has_text = w->consent != NULL;
    return consent_id(im->db, &own, &ret->consent_id, error);
}

static gboolean is_suppressed(struct people_import *im, const struct person *p, gboolean *ret,
                              GError **error)
{
    *ret = FALSE;
    if (!im->has_suppressed)
        return TRUE;
    g_autofree char *hashed = NULL;
    if (im->has_erased &&
        (hashed = suppression_erased_key(im->db, p->address_key, error)) == NULL)
        return FALSE;
    gint64 found;
    if (!sql_int(im->db, error, 0, &found,
                 "SELECT 1 FROM suppression WHERE address_key IN (?, ?) AND list_id IN (0, ?)",
                 "ssi", p->address_key, hashed, im->list_id))
        return FALSE;
    *ret = found != 0;
    if (!im->has_erased || im->dry_run)
        return TRUE;
    return suppression_keep_erased(im->db, p->address, p->address_key, error);
}

gint64 import_key_hash(const char *key)
{
    guint8 hash[CRYPTO_SHA256_BYTES];
    gint64 short_hash;
    crypto_sha256(key, strlen(key), hash);
    memcpy(&short_hash, hash, sizeof short_hash);
    return short_hash;
}

/* In a dry run: TRUE in `*ret_came` when the key came before in this file. */
static gboolean see(struct people_import *im, const char *key, gboolean *ret_came, GError **error)
{
    sqlite3_bind_int64(im->see, 1, import_key_hash(key));
    int rc = sqlite3_step(im->see);
    sqlite3_reset(im->see);
    *ret_came = sqlite3_changes(im->seen) == 0;
    if (rc == SQLITE_DONE)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                _("temporary file of the dry run: %s. Free some space and try again"),
                sqlite3_errmsg(im->seen));
    return FALSE;
}

static gboolean look_at(struct people_import *im, const struct person *p, enum import_outcome *ret,
                        GError **error)
{
    gboolean came;
    struct known known;
    if (!is_valid_json(p)) {
        *ret = IMPORT_INVALID;
        return TRUE;
    }
    if (!see(im, p->address_key, &came, error) || !find_known(im, p, &known, error))
        return FALSE;
    if (came)
        *ret = IMPORT_DUPLICATE;
    else if (known.id == 0)
        *ret = IMPORT_NEW;
    else
        *ret = known.differs ? IMPORT_UPDATED : IMPORT_SAME;
    return TRUE;
}

static gboolean write_new(struct people_import *im, const struct import_item *w, GError **error)
{
    struct wanted wanted;
    if (w->consent == NULL && w->consent_us == 0)
        return TRUE; /* joins with the batch */
    im->has_own = TRUE;
    return find_consent(im, w, &wanted, error) &&
           join_one(im, im->next_id - 1, &wanted, error);
}

static gboolean write_known(struct people_import *im, const struct import_item *w,
                            const struct known *k, GError **error)
{
    struct wanted wanted;
    if (!find_consent(im, w, &wanted, error))
        return FALSE;
    /* A file without a word of consent does not take away the one that is there. */
    if (k->consent_id != 0 && !wanted.has_text)
        wanted.consent_id = wanted.consent_us = 0;
    return remember(im, k, &wanted, error) &&
           (!k->differs || merge_fields(im, &w->p, k->id, error)) &&
           join_one(im, k->id, &wanted, error);
}

static gboolean write_row(struct people_import *im, const struct import_item *w,
                          enum import_outcome *ret, GError **error)
{
    const struct person *p = &w->p;
    int added = insert_person(im, p, error);
    if (added < 0)
        return FALSE;
    *ret = IMPORT_NEW;
    if (added > 0)
        return write_new(im, w, error);
    struct known known = {0};
    if (is_valid_json(p) && !find_known(im, p, &known, error))
        return FALSE;
    *ret = known.id == 0   ? IMPORT_INVALID
           : known.came    ? IMPORT_DUPLICATE
           : known.differs ? IMPORT_UPDATED
                           : IMPORT_SAME;
    return known.id == 0 || known.came || write_known(im, w, &known, error);
}

static gboolean take_row(struct people_import *im, const struct import_item *w, GError **error)
{
    enum import_outcome outcome;
    gboolean suppressed = FALSE;
    if (!open_batch(im, error) || !(im->dry_run ? look_at(im, &w->p, &outcome, error)
                                                : write_row(im, w, &outcome, error)))
        return FALSE;
    gboolean counts = outcome != IMPORT_DUPLICATE && outcome != IMPORT_INVALID;
    if (counts && !is_suppressed(im, &w->p, &suppressed, error))
        return FALSE;
    im->counts[suppressed ? IMPORT_SUPPRESSED : outcome]++;
    if (++im->in_batch % LOOK_AT_CLOCK != 0 ||
        clock_mono_us() - im->batch_began_us < IMPORT_BATCH_US)
        return TRUE;
    return close_batch(im, error);
}

/* ---- collecting ---- */

static gboolean take_all(struct people_import *im, GError **error)
{
    struct import_item item;
    int rc;
    if (!import_sort_begin(im->sort, error))
        return FALSE;
    while ((rc = import_sort_next(im->sort, &item, error)) > 0)
        if (!take_row(im, &item, error))
            return FALSE;
    return rc == 0 && close_batch(im, error);
}

gboolean people_import_add(struct people_import *im, const struct person *p, GError **error)
{
    return people_import_add_consented(im, p, NULL, error);
}

gboolean people_import_add_consented(struct people_import *im, const struct person *p,
                                     const struct consent *c, GError **error)
{
    if (!person_is_storable(p, NULL)) {
        im->counts[IMPORT_INVALID]++;
        return TRUE;
    }
    const struct import_item item = {
        .p = *p, .consent = c != NULL ? c->text : NULL, .consent_us = c != NULL ? c->at_us : 0};
    return import_sort_add(im->sort, &item, error);
}

gint64 people_import_count(const struct people_import *im, enum import_outcome o)
{
    g_assert(o < IMPORT_OUTCOME_COUNT);
    return im->counts[o];
}

/* ---- finish ---- */

static gboolean write_end(struct people_import *im, GError **error)
{
    g_autoptr(GString) json = g_string_new("{");
    g_autoptr(GString) text = g_string_new(im->source);
    for (int i = 0; i < IMPORT_OUTCOME_COUNT; i++) {
        const char *name = import_outcome_name(i);
        g_string_append_printf(json, "%s\"%s\":%" G_GINT64_FORMAT, i > 0 ? "," : "", name,
                               im->counts[i]);
        g_string_append_printf(text, "%s %" G_GINT64_FORMAT " %s", i > 0 ? "," : ":",
                               im->counts[i], name);
    }
    g_string_append_c(json, '}');
    return sql_do(im->db, error, "UPDATE import SET ended_us = ?, counts = ? WHERE id = ?", "isi",
                  clock_wall_us(), json->str, im->id) &&
           audit_write(im->db, "import", "list", im->list_name, text->str, error);
}

gboolean people_import_finish(struct people_import *im, GError **error)
{
    if (!take_all(im, error))
        return FALSE;
    if (im->dry_run)
        return TRUE;
    if (!open_batch(im, error) || !write_end(im, error))
        return FALSE;
    return close_batch(im, error);
}

gint64 people_import_id(const struct people_import *im)
{
    return im->id;
}
