/*
 * What the files htmltext*.c share: what nodes of the tree mean, and tables as text.
 */
#ifndef CRIER_MESSAGE_HTMLTEXT_PRIVATE_H
#define CRIER_MESSAGE_HTMLTEXT_PRIVATE_H

#include <glib.h>

#include "message/html_private.h"
#include "message/tags.h"
#include "message/textflow.h"

enum role {
    ROLE_INLINE, /* and everything that is not in the table */
    ROLE_SKIP,
    ROLE_BLOCK,
    ROLE_PARAGRAPH,
    ROLE_HEADING,
    ROLE_LIST,
    ROLE_ITEM,
    ROLE_DEFINITION,
    ROLE_QUOTE,
    ROLE_PRE,
    ROLE_RULE,
    ROLE_BREAK,
    ROLE_TABLE,
    ROLE_IMAGE,
    ROLE_LINK,
    ROLE_QUOTED,
    ROLE_COUNT
};

#define HTMLTEXT_MAX_DEPTH 1000 /* of the tree; what lies deeper is left out */
#define TABLE_MAX_COLUMNS 50

gboolean node_is_element(const GumboNode *node);
enum role node_role(const GumboNode *node);
/* NULL: the element has no such attribute. */
const char *node_attribute(const GumboNode *node, const char *name);
/* Text, and what stands in a line of it. */
gboolean node_is_inline(const GumboNode *node);
/* How senders hide preheaders. */
gboolean node_is_hidden(const GumboNode *node);
/* All text below `node`, as it is written. `depth` begins with 0. */
void node_text(const GumboNode *node, GString *out, guint depth);
/* Mails are laid out with tables; only some of them are tables to their readers. */
gboolean node_is_data_table(const GumboNode *table);

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
