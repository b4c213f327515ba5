/*
 * Inside the store only: how records come into the bin, and how they end.
 *
 * A record keeps its row, with deleted_us set and a name that no slug can be: "spring~12", 12
 * being the row of the bin. So all that refers to it by number still does, and who looks for a
 * name does not find it; who lists rows asks for deleted_us. A person's row goes and is kept as
 * JSON, because people are looked for by everything.
 */
#ifndef CRIER_STORE_BIN_PRIVATE_H
#define CRIER_STORE_BIN_PRIVATE_H

#include <glib.h>

#include "store/bin.h"

/* The name of a row as people know it, also of one in the bin. */
#define BIN_SHOWN(column) "substr(" column ", 1, instr(" column " || '~', '~') - 1)"

/* Puts a row into the bin; the caller has checked that it may go and writes the audit. Inside
 * the caller's transaction, as are all here. */
gboolean bin_take(struct db *db, const char *noun, gint64 id, const char *name, GError **error);

/* bin_people.c: before the person's rows are deleted, and back. */
gboolean bin_take_person(struct db *db, gint64 person_id, GError **error);
gboolean bin_restore_person(struct db *db, gint64 bin_id, struct bin_restored *r,
                            GError **error);
/* Erasing: all that the bin and the list of what can be undone hold of them. */
gboolean bin_forget_person(struct db *db, gint64 person_id, const char *address_key,
                           gint64 *ret_n, GError **error);

/* For good; not inside a transaction: in batches. */
gboolean list_destroy(struct db *db, gint64 id, const char *name, GError **error);

/* Who must not get mail of list `from` must not get it of list `to` either. */
gboolean suppression_copy_list(struct db *db, gint64 from, gint64 to, GError **error);

#endif
