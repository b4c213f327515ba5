/*
 * Plain text in the making: running text is folded at a width, paragraphs are kept apart by one
 * empty line, quotes and lists have their prefixes. Template tags (as words of tags.h) are
 * never broken; section tags stand on lines of their own between blocks. For htmltext.c.
 */
#ifndef CRIER_MESSAGE_TEXTFLOW_H
#define CRIER_MESSAGE_TEXTFLOW_H

#include <glib.h>

#include "message/tags.h"

#define TEXTFLOW_WIDTH 72 /* cells */
#define TEXTFLOW_ENDLESS G_MAXUINT

struct textflow;

/* `t` is borrowed for the flow's life. */
struct textflow *textflow_new(const struct tags *t, guint width);
void textflow_free(struct textflow *f);
/* All text, each line ended by "\n". Ends the flow; caller frees the text. */
char *textflow_finish(struct textflow *f);

/* Running text: blanks and line ends of any number are one blank. */
void textflow_text(struct textflow *f, const char *s, gsize len);
/* Running text as it is: blanks in it are kept, and the line is not broken at them. */
void textflow_solid(struct textflow *f, const char *s);
/* The line ends here. */
void textflow_break(struct textflow *f);
/* The paragraph ends here. */
void textflow_block(struct textflow *f);
/* The same, and what follows is a paragraph apart. */
void textflow_gap(struct textflow *f);
/* What follows is not to stand apart. Returns whether it was. */
gboolean textflow_stay(struct textflow *f);
/* One whole line as it is. */
void textflow_line(struct textflow *f, const char *s, gsize len);
/* A section tag between blocks. */
void textflow_section(struct textflow *f, const char *word, gsize len);

/* True when the paragraph at hand has nothing in it yet. */
gboolean textflow_is_empty(const struct textflow *f);
/* Cells from here to the right margin. */
guint textflow_room(const struct textflow *f);
/* Cells that `s` takes; a tag counts as it is written, a section tag takes none. */
gsize textflow_cells(const struct tags *t, const char *s, gsize len);

/* Prefixes of the lines that follow, the first one and the others, inside those in force. */
void textflow_push(struct textflow *f, const char *first, const char *rest);
void textflow_pop(struct textflow *f);

#endif
