/*
 * Text from outside: checked, bounded, made safe to show. All outside text passes
 * text_safe() before it reaches a terminal, a log or a person's eye.
 */
#ifndef CRIER_BASE_TEXT_H
#define CRIER_BASE_TEXT_H

#include <string.h>

#include <glib.h>

/*
 * One safe line from `s` (`len` bytes, -1: up to NUL; NULL gives ""). Broken UTF-8, C0, C1,
 * DEL, bidi controls (U+202A–E, U+2066–9, U+200E–F, U+061C), zero-width characters, line and
 * paragraph separators become visible (`\n`, `\x1b`, `<U+202E>`); combining marks are capped at
 * four a base character. At most `max_chars` characters (0: no limit), cut with "…".
 * Caller frees. Never fails.
 */
char *text_safe(const char *s, gssize len, gsize max_chars);

/* As text_safe(), but newline and tab stay as they are: for a pager or a body shown whole. */
char *text_safe_block(const char *s, gssize len, gsize max_chars);

/*
 * True when `s` is valid UTF-8 without NUL and at most `max_bytes` long. Otherwise
 * CRIER_ERROR_INVALID, naming `what` and the byte offset.
 */
gboolean text_check_utf8(const char *what, const char *s, gsize len, gsize max_bytes,
                         GError **error);

/* g_utf8_validate_len() and g_str_is_ascii(), quicker where all is ASCII. */
gboolean text_is_utf8(const char *s, gsize len);
gboolean text_is_ascii(const char *s);
/* True when all octets are blanks and visible ASCII characters. */
gboolean text_is_printable(const char *s, gsize len);

/* As text_check_utf8(), and no CR, LF or other control character: fit for a header or a field.
 */
gboolean text_check_line(const char *what, const char *s, gsize len, gsize max_bytes,
                         GError **error);

/* A slug: 1–64 of a–z, 0–9, '-', '_', '.', beginning with a letter or digit. */
gboolean text_is_slug(const char *s);

/* The nearest of `known` (NULL-ended) to `word` by edit distance, NULL when none is near
 * (distance over 2 and over a third of the length). Borrowed from `known`. */
const char *text_nearest(const char *word, const char *const *known);

/* 3812 -> "3,812", or as the locale has it (LC_NUMERIC): "3.812". For people: what programs read
 * is never grouped. Caller frees. */
char *text_grouped(gint64 n);
/* What stands between thousands in a locale of these two: `thousands` itself where it is one
 * that can be shown; it never looks like `decimal`. Borrowed, or static. */
const char *text_grouping(const char *thousands, const char *decimal);

/* Terminal cells that a valid UTF-8 string takes (wide characters 2, combining 0). */
gsize text_cells(const char *s);

/*
 * The first line of `s` when at most `cells` cells make a line: it ends at a line break, at the
 * last blank that fits or between wide characters, as Japanese and Chinese have no blanks (but
 * not before a closing sign or behind an opening one); a longer word is cut. `ret_len`: its
 * bytes, at least one character of a text that has any, without the blanks at its end. Returns
 * where the next line begins, the end of `s` when there is none. `s` is valid UTF-8.
 */
const char *text_wrap(const char *s, gsize cells, gsize *ret_len);
/* Whether a line may end between two characters that are no blanks. */
gboolean text_may_break(gunichar before, gunichar after);

/* Cells of one character in the form that text_safe() gives it: a control takes those of its
 * escape. 0: it is put on the character before. */
int text_char_cells(gunichar c);

/* g_string_append_len() of a length that is known, without a call while there is room: short
 * pieces are most of what a message is made of. `s` may lie in `out`, as there. */
static inline void text_append(GString *out, const char *s, gsize len)
{
    if (len >= out->allocated_len - out->len) {
        g_string_append_len(out, s, (gssize)len);
        return;
    }
    memcpy(out->str + out->len, s, len);
    out->len += len;
    out->str[out->len] = '\0';
}

#endif
