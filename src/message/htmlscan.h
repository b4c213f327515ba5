/*
 * Where in HTML do template tags stand? Told without a parser, because it is a parser that they
 * must be made ready for.
 */
#ifndef CRIER_MESSAGE_HTMLSCAN_H
#define CRIER_MESSAGE_HTMLSCAN_H

#include <glib.h>

#include "message/tags.h"

/*
 * `html` with each template tag as a word, and section tags between elements as comments, which a
 * parser leaves where they are, in tables too. Caller frees.
 */
char *htmlscan_words(const char *html, const struct tags *t);

#endif
