/*
 * What the two files of htmltext share. The nodes are gumbo's, behind names of our own: one file
 * only knows the library.
 */
#ifndef CRIER_MESSAGE_HTMLTEXT_PRIVATE_H
#define CRIER_MESSAGE_HTMLTEXT_PRIVATE_H

#include <glib.h>

#include "message/tags.h"
#include "message/textflow.h"

/* A row of a data table: its cells' text, or a section tag between rows. */
struct table_row {
    char *section;    /* owned; a word of tags.h, NULL: it is a row */
    GPtrArray *cells; /* owned; of char *, words in them */
    gboolean is_head; /* all its cells are headings */
};

/* Of struct table_row *. */
GPtrArray *table_new(void);
struct table_row *table_add_row(GPtrArray *table);

/* Writes the rows: in columns where they fit and their width is known, else cells behind each
 * other, or one a line with its heading. */
void table_write(const GPtrArray *table, const struct tags *t, struct textflow *f);

#endif
