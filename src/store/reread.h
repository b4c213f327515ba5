/*
 * Messages whose meaning is changed later, by today's rules or by a person's word: what they
 * said before is kept, so that it can be taken back as a whole (store/undolog). Deciding what
 * they mean is app/evidence.c's.
 */
#ifndef CRIER_STORE_REREAD_H
#define CRIER_STORE_REREAD_H

#include <glib.h>

#include "store/db.h"

struct json;
struct undolog_step;

/* What is changed with one of these is undone together. Zeros but for `action` at first. */
struct reread {
    const char *action; /* "assign" "reread"; a literal */
    gint64 undo_id;     /* of the step; 0: nothing is changed yet */
    gint64 n;           /* messages that were changed */
};

/* ---- inside the caller's transaction ---- */

/* Before the change: what the message says now, with all that followed. */
gboolean reread_keep(struct db *db, struct reread *r, gint64 inbound_id, GError **error);
/* After it. */
gboolean reread_became(struct db *db, struct reread *r, gint64 inbound_id, GError **error);
/* Tries that go out again, and a maybe sent that is known to have gone out, are facts that
 * stay: noted with the new rows. `was`: of struct said *, what the message said before. */
gboolean reread_carry(struct db *db, gint64 inbound_id, const GPtrArray *was, GError **error);
/* Addresses that this message marked and that somebody let be mailed again: a set of char *. */
GHashTable *reread_allowed(struct db *db, gint64 inbound_id, GError **error);
/* The same for the same words about the same people; what followed is not in it. Caller frees;
 * NULL on an error. */
char *reread_mark(struct db *db, gint64 inbound_id, GError **error);
/* The entries among those who are never mailed that came of it: a set of char *, the address
 * and, behind a blank, its list's number. */
GHashTable *reread_entries(struct db *db, gint64 inbound_id, GError **error);
/* `entry` as above. */
gboolean reread_has_entry(struct db *db, const char *entry, gboolean *ret, GError **error);

/* For store/undolog: from the last message on, in short transactions. */
gboolean reread_undo(struct db *db, const struct undolog_step *s, const struct json *data,
                     char **ret_said, GError **error);
gboolean reread_forget(struct db *db, const char *address_key, gint64 person_id,
                       GError **error);

#endif
