/*
 * HTML's tags, comments and texts told apart without a parser: where template tags stand, and
 * where an element begins.
 */
#ifndef CRIER_MESSAGE_HTMLSCAN_H
#define CRIER_MESSAGE_HTMLSCAN_H

#include <glib.h>

#include "message/tags.h"

/*
 * `html` with each template tag as a word, and section tags between elements as comments, which
 * a parser leaves where they are, in tables too. Caller frees.
 */
char *htmlscan_words(const char *html, const struct tags *t);

/*
 * The first tag `name` (lower case; "!doctype" too), an end tag with `is_end`, of a template or
 * of plain HTML: not in comments, attributes or scripts. False when there is none.
 */
gboolean htmlscan_find(const char *html, const char *name, gboolean is_end, gsize *ret_begin,
                       gsize *ret_end);

#endif
