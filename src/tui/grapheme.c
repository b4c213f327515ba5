/*
 * Steps of the cursor. A character that takes no cell of its own belongs to the one before it;
 * that is less than Unicode's segmentation (UAX 29) does, and exactly what a terminal shows:
 * the joiner in a family of emoji is shown as a code, so the cursor can stand beside it. Not
 * for folding: that is textarea_fold.c.
 */
#include "config.h"

#include "tui/grapheme.h"

#include "base/text.h"

static gsize char_next(const char *text, gsize at)
{
    return (gsize)(g_utf8_next_char(text + at) - text);
}

static gsize char_back(const char *text, gsize at)
{
    do
        at--;
    while (at > 0 && ((guchar)text[at] & 0xc0) == 0x80);
    return at;
}

static gboolean is_joined(const char *text, gsize at)
{
    guchar first = (guchar)text[at];
    return first >= 0xcc && text_char_cells(g_utf8_get_char(text + at)) == 0; /* U+0300 on */
}

gsize grapheme_next(const char *text, gsize len, gsize at)
{
    if (at >= len)
        return len;
    at = char_next(text, at);
    while (at < len && is_joined(text, at))
        at = char_next(text, at);
    return MIN(at, len);
}

gsize grapheme_back(const char *text, gsize at)
{
    while (at > 0) {
        at = char_back(text, at);
        if (!is_joined(text, at))
            break;
    }
    return at;
}

gboolean grapheme_is_edge(const char *text, gsize len, gsize at)
{
    if (at == 0 || at >= len)
        return at <= len;
    return ((guchar)text[at] & 0xc0) != 0x80 && !is_joined(text, at);
}

static gboolean is_word(const char *text, gsize at)
{
    gunichar c = g_utf8_get_char(text + at);
    return g_unichar_isalnum(c) || c == '_';
}

gsize grapheme_word_next(const char *text, gsize len, gsize at)
{
    while (at < len && !is_word(text, at))
        at = grapheme_next(text, len, at);
    while (at < len && is_word(text, at))
        at = grapheme_next(text, len, at);
    return at;
}

gsize grapheme_word_back(const char *text, gsize at)
{
    while (at > 0 && !is_word(text, grapheme_back(text, at)))
        at = grapheme_back(text, at);
    while (at > 0 && is_word(text, grapheme_back(text, at)))
        at = grapheme_back(text, at);
    return at;
}

gsize grapheme_cells(const char *text, gsize len)
{
    gsize cells = 0;
    for (gsize at = 0; at < len; at = char_next(text, at))
        cells += (gsize)text_char_cells(g_utf8_get_char(text + at));
    return cells;
}
