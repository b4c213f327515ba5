/*
 * A record, or a form that is being filled in, as the JSON that store/recovery.h keeps, and
 * back, by the record's field table: {"subject":"Spring is here", …}, each value as field_set()
 * takes it. Fields with FIELD_SECRET are left out, both ways.
 */
#ifndef CRIER_APP_RECOVERY_H
#define CRIER_APP_RECOVERY_H

#include <glib.h>

#include "base/field.h"

/* Caller frees. */
char *recovery_of_record(const struct field *table, const void *record);
/* Into an initialised record. Keys that the table does not know are ignored; so are values that
 * field_set() refuses: their keys are added to `refused` (of char *, owned by it; may be NULL).
 * INVALID when `json` is no object. */
gboolean recovery_to_record(const struct field *table, void *record, const char *json,
                            GPtrArray *refused, GError **error);

/* A form, whose texts need not be valid yet: `text_of` gives what stands in the field, NULL to
 * leave it out. Caller frees. */
char *recovery_of_texts(const struct field *table,
                        const char *(*text_of)(const struct field *f, void *data), void *data);
/* Calls `each` for every known key, in the table's order, with the text as it was typed. */
gboolean recovery_each_text(const struct field *table, const char *json,
                            void (*each)(const struct field *f, const char *text, void *data),
                            void *data, GError **error);

#endif
