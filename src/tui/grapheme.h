/*
 * The steps a cursor takes in text: a base character with its marks is one step, and a word is
 * what stands between blanks and signs. Cells are those that the text takes once draw.h has
 * made it safe to show. Text here is valid UTF-8; offsets are bytes.
 */
#ifndef CRIER_TUI_GRAPHEME_H
#define CRIER_TUI_GRAPHEME_H

#include <glib.h>

/* The next place where a cursor may stand, `len` at the end; the one before, 0 at the start. */
gsize grapheme_next(const char *text, gsize len, gsize at);
gsize grapheme_back(const char *text, gsize at);
gboolean grapheme_is_edge(const char *text, gsize len, gsize at);

/* Where the word at or behind `at` ends; where the word at or before it begins. */
gsize grapheme_word_next(const char *text, gsize len, gsize at);
gsize grapheme_word_back(const char *text, gsize at);

/* Cells of a part of a text, as shown. */
gsize grapheme_cells(const char *text, gsize len);

#endif
