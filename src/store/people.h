/*
 * People, lists, memberships with consent, and suppressions.
 */
#ifndef CRIER_STORE_PEOPLE_H
#define CRIER_STORE_PEOPLE_H

#include <glib.h>

#include "model/person.h"
#include "store/db.h"

/* ---- people ---- */
gboolean people_get(struct db *db, const char *address_key, struct person *ret, GError **error); /* NOT_FOUND */
gboolean people_get_id(struct db *db, gint64 id, struct person *ret, GError **error); /* NOT_FOUND */
/* Adds (id 0) or changes (row_version must match, else PRECONDITION); own transaction, audited. */
gboolean people_put(struct db *db, struct person *p, GError **error);
gboolean people_remove(struct db *db, const char *address_key, GError **error); /* into the bin */
/*
 * Removes all that names a person, known or removed before: the record, memberships, consents of
 * their own, suppressions with their evidence. What was sent stays as proof without the address
 * (PERSON_ERASED stands in its place, also in replies); what waits becomes suppressed. A keyed
 * hash stays, by which they are never mailed again. One transaction; TRY_AGAIN while a message to
 * them is on its way, NOT_FOUND when nothing is held.
 */
#define PERSON_ERASED "(erased)"
struct erase_counts {
    gint64 memberships, suppressions, deliveries, stopped;
};
gboolean people_erase(struct db *db, const char *address_key, struct erase_counts *ret,
                      GError **error);
/* In order of id from `after_id`, at most `max` rows, of list `list_id` (0: everybody). No
 * transaction stays open behind it. The array's persons are freed with it. */
GPtrArray *people_page(struct db *db, gint64 list_id, gint64 after_id, int max, GError **error);
gint64 people_count(struct db *db, gint64 list_id, GError **error); /* -1 on error */

/* ---- lists ---- */
struct list {
    gint64 id;
    char *name;  /* slug */
    gint64 row_version;
    char *title;
    gint64 members; /* filled by list_get and list_all */
    gint64 created_us;
};
const struct field *list_fields(void);
void list_clear(struct list *l);
gboolean list_new(struct db *db, const char *name, const char *title, gint64 *ret_id, GError **error);
gboolean list_get(struct db *db, const char *name, struct list *ret, GError **error); /* NOT_FOUND names the nearest */
GPtrArray *list_all(struct db *db, GError **error); /* of struct list *, owned by the array */
gboolean list_get_id(struct db *db, gint64 id, struct list *ret, GError **error); /* NOT_FOUND */
/* Changes the fields of list_fields() (row_version must match, else PRECONDITION); audited, own
 * transaction. The name stays. */
gboolean list_put(struct db *db, struct list *l, GError **error);
/* Into the bin (store/bin.h), with who is on it; refused while an unfinished campaign uses it. */
gboolean list_delete(struct db *db, const char *name, GError **error);

/* ---- memberships ---- */
struct consent {
    const char *text;   /* what the person agreed to; may be NULL */
    const char *source; /* "import people.csv", a form's URL … */
    gint64 at_us;
    gint64 retain_until_us; /* 0: no end */
};
gboolean membership_add(struct db *db, gint64 list_id, gint64 person_id, const struct consent *c, GError **error);
gboolean membership_remove(struct db *db, gint64 list_id, gint64 person_id, GError **error);
struct membership {
    char *list;           /* name */
    char *consent_text, *consent_source;
    gint64 consent_us, joined_us, retain_until_us;
};
GPtrArray *membership_of(struct db *db, gint64 person_id, GError **error);

/* ---- import: batches of at most 5,000 rows, each one transaction ---- */
enum import_outcome { IMPORT_NEW, IMPORT_UPDATED, IMPORT_SAME, IMPORT_SUPPRESSED, IMPORT_INVALID,
                      IMPORT_DUPLICATE, IMPORT_OUTCOME_COUNT };
const char *import_outcome_name(enum import_outcome o);

struct people_import; /* one file into one list */
/* `update`: fields of known people are overwritten; else they are kept and the person only joins. */
struct people_import *people_import_begin(struct db *db, gint64 list_id, const char *source,
                                          const struct consent *c, gboolean update,
                                          gboolean dry_run, GError **error);
/* Takes a copy. Rows are gathered, in a temporary file when they are many, and people_import_finish()
 * writes them in the order of their keys (many times faster than in any other): before it nothing
 * is stored or counted. Of several rows with one key the first counts. */
gboolean people_import_add(struct people_import *im, const struct person *p, GError **error);
/* The same with a consent of this person's own; text and time of `c` count, NULL: the import's. */
gboolean people_import_add_consented(struct people_import *im, const struct person *p,
                                     const struct consent *c, GError **error);
gint64 people_import_count(const struct people_import *im, enum import_outcome o);
gboolean people_import_finish(struct people_import *im, GError **error); /* writes, audits */
/* For a difference import (crier people sync), after people_import_finish(). Of a dry run: how many
 * are on the list but were not in the file. Of a real one: they leave the list, in batches. */
gboolean people_import_missing(struct people_import *im, gint64 *ret_n, GError **error);
gboolean people_import_drop_missing(struct people_import *im, gint64 *ret_n, GError **error);
gint64 people_import_id(const struct people_import *im); /* 0 in a dry run */
void people_import_free(struct people_import *im); /* rolls back an unfinished batch */

/* ---- imports that were, and taking one back (import_undo.c) ---- */
struct import_record {
    gint64 id;
    char *list;   /* name, NULL when it is gone */
    char *source, *actor;
    char *counts; /* JSON object; NULL: it did not end */
    gint64 begun_us, ended_us, undone_us; /* 0: not */
};
void import_record_clear(struct import_record *r);
GPtrArray *imports_page(struct db *db, gint64 before_id, int max, GError **error); /* newest first; before_id 0: all */
/* Those that brought a person, changed them or took them from a list. */
GPtrArray *imports_of_person(struct db *db, gint64 person_id, GError **error);
/* `id` 0: the last that is not undone. NOT_FOUND. */
gboolean import_get(struct db *db, gint64 id, struct import_record *ret, GError **error);

enum import_undo { /* what became of each person */
    UNDO_REMOVED,  /* was new: gone again */
    UNDO_LEFT,     /* was known: off the list again */
    UNDO_RESTORED, /* fields or consent are as before */
    UNDO_REJOINED, /* had been taken from the list: on it again */
    UNDO_KEPT_MAILED,  /* is in a campaign's ledger since */
    UNDO_KEPT_CHANGED, /* was changed since */
    UNDO_KEPT_AGAIN,   /* came again in a later import */
    UNDO_KEPT_ELSEWHERE, /* is on other lists by now: only off this one */
    UNDO_COUNT
};
const char *import_undo_name(enum import_undo u); /* "removed" … "kept_mailed" … */
/* In batches that are short transactions; may be called again after an interruption. EXISTS when it
 * is undone already. `dry_run` counts only. Audited. */
gboolean import_undo(struct db *db, gint64 id, gboolean dry_run, gint64 ret_n[UNDO_COUNT],
                     GError **error);

/* ---- suppressions: who must never be mailed ---- */
struct suppression {
    gint64 id;
    char *address; /* as shown; "" for an erased person */
    char *list;    /* name, NULL: everything */
    char *reason;  /* unsubscribed, bounced, complained, manual, imported, erased */
    char *evidence;
    char *actor;
    gint64 created_us;
};
const char *const *suppression_reasons(void); /* NULL-ended */
/* TRUE also when it was there (`*ret_was_there`). `list_id` 0: everything. */
gboolean suppression_add(struct db *db, const char *address, const char *address_key,
                         gint64 list_id, const char *reason, const char *evidence,
                         gboolean *ret_was_there, GError **error);
/* The same for an entry that a person makes by hand: `crier undo` takes it back, as it does a
 * removal, unless the same is heard again by other ways. */
gboolean suppression_add_by_hand(struct db *db, const char *address, const char *address_key,
                                 gint64 list_id, const char *reason, const char *evidence,
                                 gboolean *ret_was_there, GError **error);
/* The key under which an erased person stays suppressed: a keyed hash, from which nobody gets the
 * address back. suppression_of(), people_put() and imports look for it by themselves. Caller frees. */
char *suppression_erased_key(struct db *db, const char *address_key, GError **error);
gboolean suppression_remove(struct db *db, const char *address_key, gint64 list_id, GError **error);
/* Entries for a bounce made since then, of `domain` (A-labels; NULL: all), are removed: a receiver
 * refused everybody for a while. Who asked not to be mailed stays. In batches; an undo takes all of
 * it back. */
gboolean suppression_remove_bounced(struct db *db, gint64 since_us, const char *domain,
                                    gboolean dry_run, gint64 *ret_n, GError **error);
GPtrArray *suppression_page(struct db *db, gint64 after_id, int max, GError **error);
GPtrArray *suppression_of(struct db *db, const char *address_key, GError **error);

#endif
