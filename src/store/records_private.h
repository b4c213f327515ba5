/*
 * Inside the store only: what is alike in all records with a field table, a name, a row version
 * and a place in the bin. A kind of record is a row of facts, `struct record_kind`; its
 * statements are made of its field table, so that a new field is a migration and a row of that
 * table.
 */
#ifndef CRIER_STORE_RECORDS_PRIVATE_H
#define CRIER_STORE_RECORDS_PRIVATE_H

#include <glib.h>
#include <stddef.h>

#include "base/field.h"
#include "model/campaign.h"
#include "store/sql.h"

/* Sentences with the name in each %s; marked N_(). */
struct record_words {
    const char *no_such, *remedy; /* "there is no server '%s'", "Add it with: …" */
    const char *gone;             /* with the number in a %d */
    const char *changed;          /* by somebody else meanwhile */
    const char *bad_name;         /* no slug; NULL: not asked */
    const char *taken;
    const char *in_use; /* by a campaign: the name, the campaign's and its state in words */
};

struct record_kind {
    const char *noun; /* its table in the database, too; its columns are the keys of the fields,
                         with _s behind those of spans */
    const struct field *(*fields)(void);
    gsize size, id_at, name_at, row_version_at; /* RECORD_IN() */
    gsize created_us_at;                        /* 0: it does not keep when it was made */
    GDestroyNotify free;
    struct record_words words;
    const char *told;         /* key of the field that the audit names it by; NULL: none */
    gboolean is_told_changed; /* … also with a change, instead of the keys that changed */
    const char *order;        /* of record_all(); NULL: by name */
    const char *update_also;  /* further assignments of a change, behind a comma */
    const char *also;         /* further columns, for `read`: from column RECORD_ALSO on */
    void (*read)(sqlite3_stmt *s, void *record);
    /* What else record_get() reads, not record_all(), which also leaves out long texts. */
    gboolean (*load)(struct db *db, void *record, GError **error);
    /* Before it is written: by itself; inside the transaction a new one; a change, in place of
     * record_check_current(). Any may be NULL. */
    gboolean (*check)(void *record, GError **error);
    gboolean (*check_new)(struct db *db, const void *record, GError **error);
    gboolean (*check_change)(struct db *db, const void *old, const void *new, GError **error);
    /* What the undo keeps beside the fields; NULL: nothing. */
    const GPtrArray *(*other_parts)(const void *old, const void *new);
    /* May it go into the bin? Takes along what is of no use without it. */
    gboolean (*before_delete)(struct db *db, const void *record, GError **error);
    /* May it come back out of the bin? NULL: always. */
    gboolean (*check_back)(struct db *db, const void *record, GError **error);
    /* As undo puts it; NULL: record_put(). */
    gboolean (*put)(struct db *db, void *record, GError **error);
    /* From the bin for good, not inside a transaction; NULL: its row is all there is. */
    gboolean (*destroy)(struct db *db, gint64 id, const char *name, GError **error);
    const char *namesakes; /* another table that it shares its names with; NULL: none */
};
#define RECORD_ALSO 3
#define RECORD_IN(type)                                                                        \
    .size = sizeof(type), .id_at = offsetof(type, id), .name_at = offsetof(type, name),        \
    .row_version_at = offsetof(type, row_version)

/* By noun; NULL: no such kind. */
const struct record_kind *record_kind_of(const char *noun);
const struct record_kind *campaigns_kind(void);
const struct record_kind *lists_kind(void);
const struct record_kind *mailboxes_kind(void);
const struct record_kind *pools_kind(void);
const struct record_kind *ports_kind(void);
const struct record_kind *servers_kind(void);

/* A record with its defaults, or an empty one. Free it with kind->free. */
void *record_new(const struct record_kind *kind);

/* 1 found, 0 not, -1 error. `ret` is taken as not initialised; untouched unless found. */
int record_look(struct db *db, const struct record_kind *kind, const char *name, void *ret,
                GError **error);
/* NOT_FOUND, with the nearest name. Always returns FALSE. */
gboolean record_fail_none(struct db *db, const struct record_kind *kind, const char *name,
                          GError **error);
gboolean record_get(struct db *db, const struct record_kind *kind, const char *name, void *ret,
                    GError **error); /* NOT_FOUND names the nearest */
gboolean record_get_id(struct db *db, const struct record_kind *kind, gint64 id, void *ret,
                       GError **error);
/* As it lies in the bin, without what `load` reads. Free it with kind->free; NULL: error. */
void *record_in_bin(struct db *db, const struct record_kind *kind, gint64 id, GError **error);
GPtrArray *record_all(struct db *db, const struct record_kind *kind, GError **error);

/* Adds (id 0) or changes; audited, own transaction unless one is open, undoable. */
gboolean record_put(struct db *db, const struct record_kind *kind, void *record,
                    GError **error);
/* INVALID where it is no name for a record. */
gboolean record_check_name(const struct record_kind *kind, const char *name, GError **error);
/* PRECONDITION where the row versions differ. */
gboolean record_check_current(const struct record_kind *kind, const void *old, const void *new,
                              GError **error);
/* EXISTS, with `message`, where a record has the name. */
gboolean record_check_free_name(struct db *db, const struct record_kind *kind, const char *name,
                                const char *message, GError **error);

/* Into the bin, audited; own transaction unless one is open. */
gboolean record_delete(struct db *db, const struct record_kind *kind, const char *name,
                       GError **error);

/* A campaign that is not over and names it in `column`: its name and state; 0 none, -1 error.
 */
int record_used_by(struct db *db, const char *column, const char *name, gboolean and_drafts,
                   char **ret_campaign, enum campaign_state *ret_state, GError **error);
/* INVALID, with words.in_use, where there is one. */
gboolean record_check_unused(struct db *db, const struct record_kind *kind, const char *column,
                             const char *name, GError **error);

/* Column `problem`. Caller frees; NULL none. */
char *record_problem(struct db *db, const struct record_kind *kind, gint64 id);

/* ---- what the file of a kind is made of ---- */

/* server_free() of server_clear() */
#define RECORD_FREE(type)                                                                      \
    static void type##_free(gpointer data)                                                     \
    {                                                                                          \
        type##_clear(data);                                                                    \
        g_free(data);                                                                          \
    }

/* RECORD_READS(servers, servers_kind, struct server): servers_get(), servers_get_id(),
 * servers_all(); below servers_put(), servers_delete(). */
#define RECORD_READS(prefix, kind, type)                                                       \
    gboolean prefix##_get(struct db *db, const char *name, type *ret, GError **error)          \
    {                                                                                          \
        return record_get(db, kind(), name, ret, error);                                       \
    }                                                                                          \
    gboolean prefix##_get_id(struct db *db, gint64 id, type *ret, GError **error)              \
    {                                                                                          \
        return record_get_id(db, kind(), id, ret, error);                                      \
    }                                                                                          \
    GPtrArray *prefix##_all(struct db *db, GError **error)                                     \
    {                                                                                          \
        return record_all(db, kind(), error);                                                  \
    }
#define RECORD_PUT(prefix, kind, type)                                                         \
    gboolean prefix##_put(struct db *db, type *record, GError **error)                         \
    {                                                                                          \
        return record_put(db, kind(), record, error);                                          \
    }
#define RECORD_DELETE(prefix, kind)                                                            \
    gboolean prefix##_delete(struct db *db, const char *name, GError **error)                  \
    {                                                                                          \
        return record_delete(db, kind(), name, error);                                         \
    }

#endif
