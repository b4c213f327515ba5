/*
 * Gumbo's tree for the files html*.c, parsed within bounds. Nobody else sees the library.
 */
#ifndef CRIER_MESSAGE_HTML_PRIVATE_H
#define CRIER_MESSAGE_HTML_PRIVATE_H

#include <glib.h>
#include <gumbo.h>

struct html_tree;

/* As html_walk(). `html` must live as long as the tree. */
struct html_tree *html_tree_parse(const char *html, gsize len, GError **error);
const GumboOutput *html_tree_get(const struct html_tree *t);
void html_tree_free(struct html_tree *t); /* NULL is fine */

#endif
