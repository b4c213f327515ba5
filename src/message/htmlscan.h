/*
 * A first look at HTML before a real parser gets it: is it of a size and nesting that parsing
 * cannot make explode, and where in it do template tags stand? Not a parser.
 */
#ifndef CRIER_MESSAGE_HTMLSCAN_H
#define CRIER_MESSAGE_HTMLSCAN_H

#include <glib.h>

#include "message/tags.h"

#define HTMLSCAN_MAX_BYTES (1024 * 1024)
#define HTMLSCAN_MAX_DEPTH 500       /* open elements */
#define HTMLSCAN_MAX_ATTRIBUTES 500  /* of one tag; parsers compare each with each */
#define HTMLSCAN_MAX_REPEATS 1000000 /* unclosed <b>, <font> …, which parsers repeat in each block */

/* CRIER_ERROR_INVALID with the line when `html` breaks one of these bounds. */
gboolean htmlscan_check(const char *html, gsize len, GError **error);

/*
 * `html` with each template tag as a word, and section tags between elements as comments, which a
 * parser leaves where they are, in tables too. Caller frees.
 */
char *htmlscan_words(const char *html, const struct tags *t);

#endif
