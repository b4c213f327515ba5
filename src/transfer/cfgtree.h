/*
 * A configuration file as a tree of plain nodes: groups, lists and values with their lines.
 * Hostile by assumption: no @include, a regular file inside its folder, bounded sizes.
 */
#ifndef CRIER_TRANSFER_CFGTREE_H
#define CRIER_TRANSFER_CFGTREE_H

#include <glib.h>

#define CFGTREE_MAX_BYTES (2 * 1024 * 1024)
#define CFGTREE_MAX_STRING (256 * 1024)

enum cfg_type { CFG_GROUP, CFG_LIST, CFG_TEXT, CFG_INT, CFG_BOOL, CFG_FLOAT };

struct cfg_node {
    enum cfg_type type;
    char *name;    /* owned; NULL: an element of a list */
    char *text;    /* owned; of CFG_TEXT: valid UTF-8 */
    gint64 number; /* of CFG_INT and CFG_BOOL */
    double real;   /* of CFG_FLOAT and CFG_INT */
    int line;
    GPtrArray *children; /* owned; of struct cfg_node *; groups and lists, else NULL */
};

/* Reads `file` of `folder`. Errors begin with `label` and the line: "spring/campaign.cfg:12: ".
 */
struct cfg_node *cfgtree_read(const char *folder, const char *file, const char *label,
                              GError **error);
/* The same of `len` bytes that were read already. */
struct cfg_node *cfgtree_parse(const char *text, gsize len, const char *label, GError **error);
void cfgtree_free(struct cfg_node *root); /* NULL is fine */

/* A direct child by its name; NULL when there is none. Borrowed. */
const struct cfg_node *cfgtree_member(const struct cfg_node *group, const char *name);

#endif
