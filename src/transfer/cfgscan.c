/*
 * Scans the text of a configuration file from a stranger. It knows just enough of libconfig's
 * grammar to tell strings, comments, names and numbers apart; whether the whole makes sense is
 * libconfig's to say, and what it means campaignfile.c's.
 */
#include "config.h"

#include "transfer/cfgscan.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define INCLUDE "@include"

struct scan {
    const char *p, *end;
    int line;
    int depth;
    int n_tokens;
    gsize max_string;
    gsize string_len; /* of the strings side by side so far */
    GString *out;     /* owned */
};

static gboolean refuse(GError **error, const char *message)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

static void copy(struct scan *s, const char *from)
{
    g_string_append_len(s->out, from, s->p - from);
}

static gboolean is_name_start(char c)
{
    return g_ascii_isalpha(c) || c == '*';
}

static gboolean is_name(char c)
{
    return g_ascii_isalnum(c) || c == '*' || c == '_' || c == '-';
}

/* From behind the opening quote to behind the closing one. */
static gboolean scan_string(struct scan *s, GError **error)
{
    int first_line = s->line;
    const char *from = s->p++;
    for (; s->p < s->end && *s->p != '"'; s->p++) {
        if (*s->p == '\\' && s->p + 1 < s->end) {
            if (s->end - s->p >= 4 && strncmp(s->p, "\\x00", 4) == 0)
                return refuse(error, _("\\x00 stands in a string. Remove it"));
            s->p++;
        }
        if (*s->p == '\n')
            s->line++;
        if (++s->string_len > s->max_string) {
            s->line = first_line;
            g_set_error(
                error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("a string is longer than %zu bytes. Put long text in a file beside this "
                  "one"),
                s->max_string);
            return FALSE;
        }
    }
    if (s->p == s->end) {
        s->line = first_line;
        return refuse(error, _("a string is opened and never closed. Close it with \""));
    }
    s->p++;
    copy(s, from);
    return TRUE;
}

/* A block comment; replaced by its newlines, so that lines keep their numbers. */
static gboolean scan_block_comment(struct scan *s, GError **error)
{
    int first_line = s->line;
    for (s->p += 2; s->end - s->p >= 2; s->p++) {
        if (s->p[0] == '*' && s->p[1] == '/') {
            s->p += 2;
            g_string_append_c(s->out, ' ');
            return TRUE;
        }
        if (*s->p == '\n') {
            s->line++;
            g_string_append_c(s->out, '\n');
        }
    }
    s->line = first_line;
    return refuse(error, _("a comment is opened and never closed. Close it with */"));
}

static void scan_line_comment(struct scan *s)
{
    while (s->p < s->end && *s->p != '\n')
        s->p++;
}

/*
 * TRUE when `digits` (a sign may stand before; or 0x…) is an integer, all of it but up to two
 * L's.
 * `*ret_fits` tells whether 64 bits hold it.
 */
static gboolean parse_integer(const char *digits, gint64 *ret, gboolean *ret_fits)
{
    gboolean is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    const char *first = digits + (is_hex ? 2 : digits[0] == '-' || digits[0] == '+');
    gsize n = strspn(first, is_hex ? "0123456789abcdefABCDEF" : "0123456789");
    const char *suffix = first + n;
    if (!n ||
        (strcmp(suffix, "") != 0 && strcmp(suffix, "L") != 0 && strcmp(suffix, "LL") != 0))
        return FALSE;
    const char *from = is_hex ? first : digits;
    g_autofree char *number = g_strndup(from, (gsize)(suffix - from));
    *ret_fits =
        g_ascii_string_to_signed(number, is_hex ? 16 : 10, G_MININT64, G_MAXINT64, ret, NULL);
    return TRUE;
}

static gboolean scan_number(struct scan *s, GError **error)
{
    const char *from = s->p;
    gint64 value = 0;
    gboolean fits = TRUE;
    while (s->p < s->end && (g_ascii_isalnum(*s->p) || strchr("+-._", *s->p)))
        s->p++;
    g_autofree char *token = g_strndup(from, (gsize)(s->p - from));
    gboolean is_integer = parse_integer(token, &value, &fits);
    if (!fits) {
        g_autofree char *safe = text_safe(token, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the number %s is too big: it does not fit into 64 bits"), safe);
        return FALSE;
    }
    copy(s, from);
    if (is_integer && (value > G_MAXINT32 || value < G_MININT32) && !strchr(token, 'L'))
        g_string_append_c(s->out, 'L');
    return TRUE;
}

static gboolean scan_other(struct scan *s, GError **error)
{
    char c = *s->p;
    if (c == '@' && (gsize)(s->end - s->p) >= strlen(INCLUDE) &&
        g_ascii_strncasecmp(s->p, INCLUDE, strlen(INCLUDE)) == 0)
        return refuse(error,
                      _("@include is not allowed here. Write the settings into this file"));
    if (strchr("{([", c) && ++s->depth > CFGSCAN_MAX_DEPTH)
        return refuse(error, _("groups and lists are nested too deep"));
    if (strchr("})]", c))
        s->depth--;
    g_string_append_c(s->out, c);
    s->p++;
    return TRUE;
}

/* One token, comment or blank. */
static gboolean scan_next(struct scan *s, GError **error)
{
    const char *from = s->p;
    char c = *s->p, next = s->end - s->p > 1 ? s->p[1] : '\0';
    if (c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '\f') {
        s->line += c == '\n';
        s->p++;
        copy(s, from);
        return TRUE;
    }
    if (c == '#' || (c == '/' && next == '/')) {
        scan_line_comment(s);
        return TRUE;
    }
    if (c == '/' && next == '*')
        return scan_block_comment(s, error);
    if (++s->n_tokens > CFGSCAN_MAX_TOKENS)
        return refuse(error, _("there are too many settings in this file. Remove some"));
    if (c == '"')
        return scan_string(s, error);
    s->string_len = 0;
    if (is_name_start(c)) {
        while (s->p < s->end && is_name(*s->p))
            s->p++;
        copy(s, from);
        return TRUE;
    }
    if (g_ascii_isdigit(c) || c == '+' || c == '-')
        return scan_number(s, error);
    return scan_other(s, error);
}

static int line_of(const char *text, gsize at)
{
    int line = 1;
    for (gsize i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

char *cfgscan_check(const char *text, gsize len, gsize max_string, int *ret_line,
                    GError **error)
{
    const char *bad = NULL;
    if (!g_utf8_validate_len(text, len, &bad)) {
        *ret_line = line_of(text, (gsize)(bad - text));
        refuse(error, *bad ? _("the text is not valid UTF-8. Save the file as UTF-8")
                           : _("the text has a NUL byte. Remove it"));
        return NULL;
    }
    struct scan s = {.p = text, .end = text + len, .line = 1, .max_string = max_string};
    s.out = g_string_sized_new(len + 1);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        s.p += 3;
    while (s.p < s.end)
        if (!scan_next(&s, error)) {
            *ret_line = s.line;
            g_string_free(s.out, TRUE);
            return NULL;
        }
    return g_string_free(s.out, FALSE);
}
