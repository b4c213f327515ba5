/*
 * Rows of an import put in the order of their keys, however many there are: what does not fit in
 * memory goes through a temporary file. Inside import.c only.
 */
#ifndef CRIER_STORE_IMPORT_SORT_H
#define CRIER_STORE_IMPORT_SORT_H

#include <glib.h>

#include "model/person.h"

struct import_item {
    struct person p;     /* the texts are borrowed, as consent */
    const char *consent; /* of the person's own; NULL: the import's */
    gint64 consent_us;
};

struct import_sort;
/* The temporary file has no name and lies in the folder `dir`. */
struct import_sort *import_sort_new(const char *dir);
void import_sort_free(struct import_sort *s); /* NULL is fine */
/* Takes a copy. TRY_AGAIN when the temporary file cannot be written. */
gboolean import_sort_add(struct import_sort *s, const struct import_item *item, GError **error);
/* After the last one. */
gboolean import_sort_begin(struct import_sort *s, GError **error);
/* 1: the next by key, of the same key the one that was added first, borrowed until the next
 * call; 0: the end; -1: an error. */
int import_sort_next(struct import_sort *s, struct import_item *ret, GError **error);

#endif
