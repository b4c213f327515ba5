/*
 * Two people edited one record. The store refuses the second with CRIER_ERROR_PRECONDITION;
 * then the one who edits is offered three ways, whatever the record:
 *   reload      get it again (campaigns_get_id(), servers_get_id() …), the edit is dropped;
 *   overwrite   get it again, set mine's row_version to the one that is there, put;
 *   difference  conflict_rows() of what there was, mine and theirs; conflict_merge() takes over
 *               what only they changed, then as overwrite.
 */
#ifndef CRIER_APP_CONFLICT_H
#define CRIER_APP_CONFLICT_H

#include <glib.h>

#include "base/field.h"
#include "store/db.h"

struct conflict_row {
    const struct field *field; /* borrowed from the table */
    char *base;                /* owned; as both began with it; NULL when not known */
    char *mine, *theirs;       /* owned; by field_show(): secrets are not in it */
    gboolean by_me, by_them;   /* who changed it; both when the base is not known */
};
/* The fields in which mine and theirs differ, in the table's order; of struct conflict_row *,
 * owned by the array. `base` is the record as it was when the edit began, NULL: not known. */
GPtrArray *conflict_rows(const struct field *table, const void *base, const void *mine,
                         const void *theirs);

/* Copies into `mine` what only they changed. Returns how many fields both changed to different
 * values: those stay as they are in `mine`. */
guint conflict_merge(const struct field *table, const void *base, void *mine,
                     const void *theirs);

/* Who changed it last and when: "bob, 14:37"; NULL when the audit does not say. For a person
 * `name` is "#ID". Caller frees. */
char *conflict_who(struct db *db, const char *noun, const char *name);

#endif
