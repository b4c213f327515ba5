/*
 * A look into a file before it is imported: its columns, where they would go, and the first
 * values. Nothing is stored and nobody is counted.
 */
#ifndef CRIER_APP_IMPORT_LOOK_H
#define CRIER_APP_IMPORT_LOOK_H

#include <glib.h>

#include "app/import.h"
#include "base/json.h"

#define IMPORT_LOOK_VALUES 2
#define IMPORT_LOOK_ROWS 200 /* read to find the addresses where no heading says so */

struct import_look_column {
    char *name;                       /* owned; as in the heading */
    char *field;                      /* owned; "address", a field's name, NULL: left out */
    char *values[IMPORT_LOOK_VALUES]; /* owned; "" where a row has none */
    int addresses;                    /* of the rows read: cells that are an address */
};

struct import_look {
    char *file;    /* owned; the one that was looked into: of a set its people */
    char *charset; /* owned */
    char delimiter;
    GPtrArray *columns; /* owned; of struct import_look_column * */
    int rows;           /* read, at most IMPORT_LOOK_ROWS */
    gboolean has_more;
    gboolean is_guessed; /* no heading says which column is the address: its values do. An
                            import needs --map for it. */
    char *problem; /* owned; why an import with these options would not begin; NULL: it would */
};

/* Uses path, from, charset, delimiter, maps and unsubscribed of `o`. Errors: the file cannot be
 * read at all. */
gboolean import_look(const struct import_options *o, struct import_look *ret, GError **error);
void import_look_clear(struct import_look *l);
/* One object. */
void import_look_json(struct json_writer *w, const struct import_look *l);
/* One of its columns. */
void import_look_column_json(struct json_writer *w, const struct import_look_column *c);

#endif
