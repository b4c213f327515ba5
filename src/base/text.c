/*
 * Text from outside: checked, bounded and made safe to show. Everything that came from a file,
 * a mail, a server or a database passes through here before a terminal or a log sees it,
 * because a terminal obeys control characters, turns the reading order at bidi marks and hides
 * zero-width ones. Not for escaping in HTML, URLs or headers: that is message/'s.
 */
#include "config.h"

#include "base/text.h"

#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define MAX_MARKS 4 /* combining marks shown on one base character */
#define MAX_SLUG 64
#define MAX_NEAREST_WORD 64 /* longer words are no typing slips; bounds the distance tables */

/* Characters that have a shape of their own in no font, or that reorder or join the text around
 * them. Sorted. */
static const struct {
    gunichar first, last;
} unshowable[] = {
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers: blanks that are letters */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels, invisible */
    {0x180b, 0x180f},   /* Mongolian selectors and vowel separator */
    {0x200b, 0x200f},   /* zero-width space … right-to-left mark */
    {0x2028, 0x202e},   /* line and paragraph separator, embeddings, overrides */
    {0x2060, 0x206f},   /* word joiner, isolates, deprecated format characters */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* halfwidth Hangul filler */
    {0xfff9, 0xfffb},   /* interlinear annotation */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0xe0000, 0xe0fff}, /* tags and variation selectors beyond the sixteen common ones */
};

static gboolean is_unshowable(gunichar c)
{
    if (c < unshowable[0].first)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(unshowable); i++) {
        if (c < unshowable[i].first)
            return FALSE;
        if (c <= unshowable[i].last)
            return TRUE;
    }
    return FALSE;
}

/* Shown as its code, <U+202E>. Not asked for ASCII. */
static gboolean is_coded(gunichar c)
{
    return c < 0xa0 || is_unshowable(c) || !g_unichar_isdefined(c) || (c & 0xfffe) == 0xfffe;
}

static gboolean is_mark(gunichar c)
{
    if (c < 0x300)
        return FALSE;
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

/* Where the next character goes, and whether there is room. A mark takes no room of its own. */
struct safe_writer {
    GString *out; /* owned by the caller */
    gsize n_chars, max_chars;
    gsize cut_at; /* bytes of `out` that leave room for the "…" */
    int n_marks;
    gboolean is_full;
};

/* Puts `n_chars` visible characters, whole or not at all: half an escape would mislead. */
static void safe_put(struct safe_writer *w, const char *bytes, gsize len, gsize n_chars)
{
    if (w->max_chars && w->n_chars + n_chars > w->max_chars) {
        w->is_full = TRUE;
        return;
    }
    g_string_append_len(w->out, bytes, (gssize)len);
    w->n_chars += n_chars;
    if (w->n_chars + 1 <= w->max_chars)
        w->cut_at = w->out->len;
}

static void safe_put_byte_code(struct safe_writer *w, guchar byte)
{
    char escape[8];
    int len = g_snprintf(escape, sizeof escape, "\\x%02x", byte);
    w->n_marks = 0;
    safe_put(w, escape, (gsize)len, (gsize)len);
}

static void safe_put_char_code(struct safe_writer *w, gunichar c)
{
    char escape[16];
    int len = g_snprintf(escape, sizeof escape, "<U+%04X>", c);
    w->n_marks = 0;
    safe_put(w, escape, (gsize)len, (gsize)len);
}

static void safe_put_ascii(struct safe_writer *w, guchar c, gboolean is_block)
{
    w->n_marks = 0;
    if (c >= ' ' && c != 0x7f) {
        safe_put(w, (const char *)&c, 1, 1);
    } else if (c == '\n' || c == '\t') {
        if (is_block)
            safe_put(w, (const char *)&c, 1, 1);
        else
            safe_put(w, c == '\n' ? "\\n" : "\\t", 2, 2);
    } else if (c == '\r') {
        safe_put(w, "\\r", 2, 2);
    } else {
        safe_put_byte_code(w, c);
    }
}

static void safe_put_wide(struct safe_writer *w, gunichar c, const char *bytes, gsize len)
{
    if (is_coded(c)) {
        safe_put_char_code(w, c);
    } else if (is_mark(c)) {
        /* Silently dropping the rest is the cap's purpose: hundreds would climb over the lines
         * above. */
        if (w->n_marks++ < MAX_MARKS)
            safe_put(w, bytes, len, 0);
    } else {
        w->n_marks = 0;
        safe_put(w, bytes, len, 1);
    }
}

static char *make_safe(const char *s, gssize len, gsize max_chars, gboolean is_block)
{
    if (!s)
        return g_strdup("");
    const char *end = s + (len < 0 ? strlen(s) : (gsize)len);
    struct safe_writer w = {.out = g_string_new(NULL), .max_chars = max_chars};

    for (const char *p = s; p < end && !w.is_full;) {
        guchar byte = (guchar)*p;
        if (byte < 0x80) {
            safe_put_ascii(&w, byte, is_block);
            p++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(p, end - p);
        if (c >= (gunichar)-2) {
            safe_put_byte_code(&w, byte);
            p++;
            continue;
        }
        gsize n = (gsize)g_unichar_to_utf8(c, NULL);
        safe_put_wide(&w, c, p, n);
        p += n;
    }
    if (w.is_full) {
        g_string_truncate(w.out, w.cut_at);
        g_string_append(w.out, "…");
    }
    return g_string_free(w.out, FALSE);
}

char *text_safe(const char *s, gssize len, gsize max_chars)
{
    return make_safe(s, len, max_chars, FALSE);
}

char *text_safe_block(const char *s, gssize len, gsize max_chars)
{
    return make_safe(s, len, max_chars, TRUE);
}

static const char *label(const char *what)
{
    return what ? what : _("the text");
}

/* How much of the beginning is ASCII without NUL, in whole words. */
static gsize ascii_words(const char *s, gsize len)
{
    const guint64 ones = G_GUINT64_CONSTANT(0x0101010101010101), highs = ones << 7;
    gsize n = 0;
    for (guint64 word; len - n >= sizeof word; n += sizeof word) {
        memcpy(&word, s + n, sizeof word);
        /* A NUL borrows, and nothing else below 0x80 does. */
        if ((word | (word - ones)) & highs)
            break;
    }
    return n;
}

/* How much of the beginning is ASCII without NUL. */
static gsize ascii_length(const char *s, gsize len)
{
    gsize n = ascii_words(s, len);
    while (n < len && s[n] > 0)
        n++;
    return n;
}

/* Whether eight octets are all between the blank and the tilde: a smaller one borrows, a DEL
 * reaches the highest bit, and nothing in between does either. */
static gboolean is_printable_word(const char *s)
{
    const guint64 ones = G_GUINT64_CONSTANT(0x0101010101010101);
    guint64 word;
    memcpy(&word, s, sizeof word);
    return ((word | (word - (ones << 5)) | (word + ones)) & (ones << 7)) == 0;
}

gboolean text_is_printable(const char *s, gsize len)
{
    gsize n = 0;
    for (; len - n >= sizeof(guint64); n += sizeof(guint64)) {
        if (!is_printable_word(s + n))
            return FALSE;
    }
    if (n > 0)
        return is_printable_word(s + len - sizeof(guint64));
    while (n < len && s[n] >= ' ' && s[n] < 0x7f)
        n++;
    return n == len;
}

gboolean text_is_ascii(const char *s)
{
    gsize len = strlen(s);
    return ascii_length(s, len) == len;
}

gboolean text_is_utf8(const char *s, gsize len)
{
    gsize n = ascii_length(s, len);
    return n == len || g_utf8_validate_len(s + n, len - n, NULL);
}

gboolean text_check_utf8(const char *what, const char *s, gsize len, gsize max_bytes,
                         GError **error)
{
    if (len > max_bytes) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s is too long: %zu bytes, at most %zu are allowed"), label(what), len,
                    max_bytes);
        return FALSE;
    }
    const char *bad = s;
    if (len == 0 || g_utf8_validate_len(s, len, &bad))
        return TRUE;
    gsize at = (gsize)(bad - s);
    if (*bad == '\0')
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s has a NUL byte at byte %zu. Remove it"), label(what), at + 1);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s is not valid UTF-8 at byte %zu (0x%02x). Save it as UTF-8"),
                    label(what), at + 1, (guchar)*bad);
    return FALSE;
}

/* The offset of the first control character (C0, DEL, C1, line and paragraph separator) of
 * valid UTF-8; `len` when there is none. */
static gsize find_control(const char *s, gsize len)
{
    const guchar *p = (const guchar *)s;
    for (gsize i = 0; i < len; i++) {
        if (p[i] < ' ' || p[i] == 0x7f)
            return i;
        if (p[i] == 0xc2 && i + 1 < len && p[i + 1] < 0xa0)
            return i;
        if (p[i] == 0xe2 && i + 2 < len && p[i + 1] == 0x80 &&
            (p[i + 2] == 0xa8 || p[i + 2] == 0xa9))
            return i;
    }
    return len;
}

gboolean text_check_line(const char *what, const char *s, gsize len, gsize max_bytes,
                         GError **error)
{
    if (!text_check_utf8(what, s, len, max_bytes, error))
        return FALSE;
    gsize at = find_control(s, len);
    if (at == len)
        return TRUE;
    if (s[at] == '\n' || s[at] == '\r')
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s has a line break at byte %zu: it must be one line"), label(what),
                    at + 1);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s has a control character (U+%04X) at byte %zu. Remove it"),
                    label(what), g_utf8_get_char(s + at), at + 1);
    return FALSE;
}

gboolean text_is_slug(const char *s)
{
    if (!s || !(g_ascii_islower(*s) || g_ascii_isdigit(*s)))
        return FALSE;
    gsize n = 0;
    for (; s[n]; n++) {
        if (n == MAX_SLUG)
            return FALSE;
        if (!g_ascii_islower(s[n]) && !g_ascii_isdigit(s[n]) && !strchr("-_.", s[n]))
            return FALSE;
    }
    return TRUE;
}

/* Optimal string alignment distance: a swap of neighbours, the commonest slip, counts once.
 * Case counts for nothing. Both at most MAX_NEAREST_WORD bytes. */
static gsize edit_distance(const char *a, gsize a_len, const char *b, gsize b_len)
{
    gsize rows[3][MAX_NEAREST_WORD + 1];
    gsize *before = rows[0], *last = rows[1], *now = rows[2];
    for (gsize j = 0; j <= b_len; j++)
        last[j] = j;
    for (gsize i = 1; i <= a_len; i++) {
        now[0] = i;
        for (gsize j = 1; j <= b_len; j++) {
            char ca = g_ascii_tolower(a[i - 1]), cb = g_ascii_tolower(b[j - 1]);
            gsize best = MIN(MIN(last[j], now[j - 1]) + 1, last[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == g_ascii_tolower(b[j - 2]) &&
                cb == g_ascii_tolower(a[i - 2]))
                best = MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
        gsize *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[b_len];
}

const char *text_nearest(const char *word, const char *const *known)
{
    gsize word_len = word ? strlen(word) : 0;
    if (word_len == 0 || word_len > MAX_NEAREST_WORD)
        return NULL;
    const char *nearest = NULL;
    gsize nearest_distance = G_MAXSIZE;
    for (; *known; known++) {
        gsize len = strlen(*known);
        if (len > MAX_NEAREST_WORD)
            continue;
        gsize distance = edit_distance(word, word_len, *known, len);
        if (distance > 2 && distance > MAX(word_len, len) / 3)
            continue;
        /* Two edits turn "new" into "set": without half the letters there is no likeness. */
        if (distance * 2 > MAX(word_len, len))
            continue;
        if (distance < nearest_distance) {
            nearest = *known;
            nearest_distance = distance;
        }
    }
    return nearest;
}

const char *text_grouping(const char *thousands, const char *decimal)
{
    if (*thousands && strcmp(thousands, decimal) != 0 && g_utf8_validate(thousands, -1, NULL))
        return thousands;
    return strcmp(decimal, ",") == 0 ? "\u00a0" : ","; /* also "C" has none */
}

char *text_grouped(gint64 n)
{
    const struct lconv *here = localeconv();
    const char *sign = text_grouping(here->thousands_sep, here->decimal_point);
    char digits[24];
    guint64 magnitude = n < 0 ? -(guint64)n : (guint64)n;
    int len = g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, magnitude);
    GString *out = g_string_new(n < 0 ? "-" : NULL);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            g_string_append(out, sign);
        g_string_append_c(out, digits[i]);
    }
    return g_string_free(out, FALSE);
}

static gsize char_cells(gunichar c)
{
    if (c < 0x300)
        return 1;
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

gsize text_cells(const char *s)
{
    gsize cells = 0;
    for (; s && *s; s = g_utf8_next_char(s))
        cells += char_cells(g_utf8_get_char(s));
    return cells;
}

/* ---- lines ---- */

/* UAX 14, as far as signs and small kana go; blanks are the caller's. */
static gboolean may_begin_line(gunichar c)
{
    switch (g_unichar_break_type(c)) {
    case G_UNICODE_BREAK_CLOSE_PUNCTUATION:
    case G_UNICODE_BREAK_CLOSE_PARANTHESIS:
    case G_UNICODE_BREAK_EXCLAMATION:
    case G_UNICODE_BREAK_INFIX_SEPARATOR:
    case G_UNICODE_BREAK_NON_STARTER:
    case G_UNICODE_BREAK_CONDITIONAL_JAPANESE_STARTER:
    case G_UNICODE_BREAK_COMBINING_MARK:
    case G_UNICODE_BREAK_ZERO_WIDTH_JOINER:
    case G_UNICODE_BREAK_INSEPARABLE:
    case G_UNICODE_BREAK_SYMBOL:
    case G_UNICODE_BREAK_POSTFIX:
    case G_UNICODE_BREAK_QUOTATION:
        return FALSE;
    default:
        return TRUE;
    }
}

static gboolean may_end_line(gunichar c)
{
    GUnicodeBreakType type = g_unichar_break_type(c);
    return type != G_UNICODE_BREAK_OPEN_PUNCTUATION && type != G_UNICODE_BREAK_PREFIX &&
           type != G_UNICODE_BREAK_QUOTATION;
}

gboolean text_may_break(gunichar before, gunichar after)
{
    return (g_unichar_iswide(before) || g_unichar_iswide(after)) && may_end_line(before) &&
           may_begin_line(after);
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

const char *text_wrap(const char *s, gsize cells, gsize *ret_len)
{
    const char *end = NULL, *p = s; /* end: of the longest line so far */
    gunichar before = ' ';
    gsize used = 0;
    for (; *p && *p != '\n'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (before != ' ' && (c == ' ' || text_may_break(before, c)))
            end = p;
        used += char_cells(c);
        if (used > cells && c != ' ' && p > s) {
            if (end == NULL)
                end = p;
            *ret_len = (gsize)(end - s);
            return skip_blanks(end);
        }
        before = c;
    }
    *ret_len = (gsize)(p - s);
    while (*ret_len > 0 && s[*ret_len - 1] == ' ')
        --*ret_len;
    return *p ? p + 1 : p;
}

int text_char_cells(gunichar c)
{
    if (c >= ' ' && c < 0x7f)
        return 1;
    if (c < 0x80)
        return c == '\n' || c == '\t' || c == '\r' ? 2 : 4;
    if (is_coded(c))
        return g_snprintf(NULL, 0, "<U+%04X>", c);
    return (int)char_cells(c);
}
