/*
 * Header fields: unstructured text, mailboxes, URI lists, plain tokens. Whatever the value
 * holds, the result is one field: no way leads from here to a second one. Not for deciding
 * which fields a message has (compose.c).
 */
#include "config.h"

#include "message/header.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/encode.h"
#include "message/template_private.h"

/* Room for a name and the brackets around a value. */
#define VALUE_MAX (HEADER_MAX_LINE - 40)

static void end_line(GString *out)
{
    text_append(out, "\r\n", 2);
}

static guint begin_field(GString *out, const char *name)
{
    gsize len = strlen(name);

    text_append(out, name, len);
    text_append(out, ": ", 2);
    return len + 2;
}

/* Longest blanks-and-word unit: what a fold cannot part. */
static gsize longest_unit(const char *s, gsize len)
{
    gsize longest = 0, start = 0;

    for (gsize i = 0; i < len; i++) {
        gboolean ends = i + 1 == len || (s[i] != ' ' && s[i + 1] == ' ');

        if (ends) {
            longest = MAX(longest, i + 1 - start);
            start = i + 1;
        }
    }
    return longest;
}

/* Something that a reader would decode must itself be encoded. */
static gboolean can_stay_plain(const char *s, gsize len)
{
    return text_is_printable(s, len) && (!memchr(s, '=', len) || !memmem(s, len, "=?", 2));
}

/* Folds before the blanks between words, which stay: unfolding gives the very same text. */
static void append_folded(GString *out, const char *s, gsize len, guint column)
{
    gsize start = 0;

    for (gsize i = 0; i < len; i++) {
        gsize unit = i + 1 - start;

        if (i + 1 < len && (s[i] == ' ' || s[i + 1] != ' '))
            continue;
        if (column + unit > ENCODE_MAX_HEADER_LINE && start > 0) {
            end_line(out);
            column = 0;
        }
        text_append(out, s + start, unit);
        column += unit;
        start = i + 1;
    }
}

static void trim_blanks(const char **s, gsize *len)
{
    while (*len > 0 && **s == ' ') {
        (*s)++;
        (*len)--;
    }
    while (*len > 0 && (*s)[*len - 1] == ' ')
        (*len)--;
}

/* The text that does not stay as it is, or not on one line. */
static void append_long_text(GString *out, const char *s, gsize len, guint column)
{
    g_autoptr(GString) clean = g_string_sized_new(len);
    gboolean is_plain;

    template_place_append(clean, TEMPLATE_PLACE_HEADER, s, len);
    s = clean->str;
    len = clean->len;
    trim_blanks(&s, &len);
    is_plain = can_stay_plain(s, len);
    if (len == 0)
        g_string_truncate(out, out->len - 1); /* no blank at the line's end */
    else if (is_plain && column + len <= ENCODE_MAX_HEADER_LINE)
        text_append(out, s, len);
    else if (is_plain && longest_unit(s, len) + column <= ENCODE_MAX_HEADER_LINE)
        append_folded(out, s, len, column);
    else
        encode_words(out, s, len, column);
}

guint header_begin_text(GString *out, const char *name)
{
    return begin_field(out, name);
}

void header_end_text(GString *out, gsize start, guint column)
{
    const char *s = out->str + start + column;
    gsize len = out->len - start - column;

    if (len == 0 || column + len > ENCODE_MAX_HEADER_LINE || s[0] == ' ' || s[len - 1] == ' ' ||
        !can_stay_plain(s, len)) {
        g_autoptr(GString) text = g_string_new_len(s, (gssize)len);

        g_string_truncate(out, start + column);
        append_long_text(out, text->str, len, column);
    }
    end_line(out);
}

void header_append_text(GString *out, const char *name, const char *s, gsize len)
{
    gsize start = out->len;
    guint column = begin_field(out, name);

    text_append(out, s, len);
    header_end_text(out, start, column);
}

#define ATEXT 1
#define IN_DOMAIN 2

static const guint8 address_marks[256] = {
    ['!'] = ATEXT,
    ['#' ... '\''] = ATEXT,
    ['*' ... '+'] = ATEXT,
    ['-'] = ATEXT | IN_DOMAIN,
    ['/'] = ATEXT,
    ['0' ... '9'] = ATEXT | IN_DOMAIN,
    ['='] = ATEXT,
    ['?'] = ATEXT,
    ['A' ... 'Z'] = ATEXT | IN_DOMAIN,
    ['^' ... '`'] = ATEXT,
    ['a' ... 'z'] = ATEXT | IN_DOMAIN,
    ['{' ... '~'] = ATEXT,
};

static gboolean is_atext(char c)
{
    return address_marks[(guint8)c] & ATEXT;
}

static gboolean is_phrase(const char *s, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (!is_atext(s[i]) && !(s[i] == ' ' && s[i - 1] != ' '))
            return FALSE;
    }
    return TRUE;
}

/* Words as they are, in quotes, or encoded: the first that is right and fits on the line. */
static guint append_phrase(GString *out, const char *s, gsize len, guint column)
{
    gsize start = out->len;

    if (can_stay_plain(s, len) && len + column < ENCODE_MAX_LINE - 2) {
        if (is_phrase(s, len)) {
            text_append(out, s, len);
            return column + len;
        }
        g_string_append_c(out, '"');
        for (gsize i = 0; i < len; i++) {
            if (s[i] == '"' || s[i] == '\\')
                g_string_append_c(out, '\\');
            g_string_append_c(out, s[i]);
        }
        g_string_append_c(out, '"');
        if (column + out->len - start <= ENCODE_MAX_HEADER_LINE)
            return column + out->len - start;
        g_string_truncate(out, start);
    }
    return encode_words(out, s, len, column);
}

void header_append_mailbox(GString *out, const char *name, const char *display,
                           const char *spec, gboolean is_bracketed)
{
    g_autofree char *valid = g_utf8_make_valid(display ? display : "", -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    guint column = begin_field(out, name);
    const char *s;
    gsize len;

    template_place_append(clean, TEMPLATE_PLACE_HEADER, valid, strlen(valid));
    s = clean->str;
    len = clean->len;
    trim_blanks(&s, &len);
    if (len > 0) {
        column = append_phrase(out, s, len, column);
        if (column + strlen(spec) + 3 > ENCODE_MAX_HEADER_LINE)
            end_line(out);
        g_string_append_c(out, ' ');
        is_bracketed = TRUE;
    }
    if (is_bracketed)
        g_string_append_c(out, '<');
    g_string_append(out, spec);
    if (is_bracketed)
        g_string_append_c(out, '>');
    end_line(out);
}

static gboolean refuse(GError **error, const char *name, const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s: %s", name, why);
    return FALSE;
}

static gboolean begins(const char *s, const char *scheme)
{
    gsize len = strlen(scheme);

    return strncmp(s, scheme, len) == 0 || g_ascii_strncasecmp(s, scheme, len) == 0;
}

/* The length of one "<uri>" at `s`, 0 when there is none. */
static gsize uri_len(const char *s, gboolean *has_https)
{
    gboolean is_https = FALSE;
    const char *end = strchr(s, '>');
    gsize n = end ? (gsize)(end - s) : 0;

    if (!begins(s, "<mailto:") && !(is_https = begins(s, "<https:")) && !begins(s, "<http:"))
        return 0;
    if (n == 0 || n >= VALUE_MAX || !text_is_printable(s, n) || memchr(s, ' ', n) ||
        memchr(s + 1, '<', n - 1))
        return 0;
    *has_https = *has_https || is_https;
    return n + 1;
}

gboolean header_append_uris(GString *out, const char *name, const char *list,
                            gboolean *ret_has_https, GError **error)
{
    gsize start = out->len;
    guint column = begin_field(out, name), n_uris = 0;
    gboolean has_https = FALSE;

    for (const char *s = list;;) {
        gsize n = uri_len(s, &has_https);

        if (n == 0 || ++n_uris > HEADER_MAX_URIS) {
            g_string_truncate(out, start);
            return refuse(error, name,
                          _("the value must be 1 to 8 addresses like <https://…>, <mailto:…>, "
                            "separated by commas"));
        }
        if (n_uris > 1 && column + n + 2 > ENCODE_MAX_HEADER_LINE) {
            text_append(out, ",\r\n ", 4);
            column = 1;
        } else if (n_uris > 1) {
            text_append(out, ", ", 2);
            column += 2;
        }
        text_append(out, s, n);
        column += n;
        s += n;
        if (*s == '\0')
            break;
        s += *s == ',';
        s += strspn(s, " ");
    }
    end_line(out);
    *ret_has_https = has_https;
    return TRUE;
}

/* The length of a value that goes out as it is; 0: it cannot. */
static gsize plain_len(const char *name, const char *value, gboolean allow_blanks,
                       GError **error)
{
    gsize len = value ? strlen(value) : 0;

    if (len == 0)
        return refuse(error, name, _("the value is missing"));
    if (len > VALUE_MAX)
        return refuse(error, name, _("the value is too long for a header line"));
    if (!text_is_printable(value, len) || value[0] == ' ' || value[len - 1] == ' ' ||
        (!allow_blanks && memchr(value, ' ', len)))
        return refuse(error, name,
                      _("the value holds blanks, controls or characters beyond "
                        "ASCII"));
    return len;
}

gboolean header_append_plain(GString *out, const char *name, const char *value,
                             gboolean allow_blanks, GError **error)
{
    gsize len = plain_len(name, value, allow_blanks, error);

    if (len == 0)
        return FALSE;
    begin_field(out, name);
    text_append(out, value, len);
    end_line(out);
    return TRUE;
}

gboolean header_append_id(GString *out, const char *name, const char *id, GError **error)
{
    gsize len = plain_len(name, id, FALSE, error);

    if (len == 0)
        return FALSE;
    begin_field(out, name);
    text_append(out, "<", 1);
    text_append(out, id, len);
    text_append(out, ">", 1);
    end_line(out);
    return TRUE;
}

/* The dots of the part are single and inside, and all else has the mark. */
static gboolean is_dotted(const char *s, gsize len, guint8 mark)
{
    char before = '.';

    for (gsize i = 0; i < len; i++) {
        if (!(address_marks[(guint8)s[i]] & mark) && (s[i] != '.' || before == '.'))
            return FALSE;
        before = s[i];
    }
    return before != '.';
}

/* The shape nearly every address has; mailaddr decides about the rest. */
static gboolean is_common_address(const char *s, gsize len)
{
    const char *at = memchr(s, '@', len);

    return at && at - s <= 64 && len <= 254 && is_dotted(s, (gsize)(at - s), ATEXT) &&
           is_dotted(at + 1, len - (gsize)(at + 1 - s), IN_DOMAIN);
}

gboolean header_append_to(GString *out, const char *address, GError **error)
{
    struct mailaddr parsed = {0};
    g_autofree char *wire = NULL;
    gsize len = address ? strlen(address) : 0;

    if (!address)
        return refuse(error, "To", _("the address is missing"));
    if (!is_common_address(address, len)) {
        if (!mailaddr_parse(address, &parsed, error))
            return FALSE;
        address = wire = mailaddr_format(&parsed);
        len = strlen(wire);
        mailaddr_clear(&parsed);
    }
    begin_field(out, "To");
    text_append(out, address, len);
    end_line(out);
    return TRUE;
}

static void append_quoted(GString *out, const char *name, const char *s, gsize len)
{
    g_string_append_printf(out, ";\r\n %s=\"", name);
    for (gsize i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, s[i]);
    }
    g_string_append_c(out, '"');
}

/* RFC 2231 7: attribute-char, and fewer of them, for readers that know less. */
static gsize param_cost(const char *s, const char *end)
{
    gsize n = 0;

    for (; s < end; s++)
        n += g_ascii_isalnum(*s) || strchr("-._~", *s) ? 1 : 3;
    return n;
}

/* The characters from `s` that fit into `room` columns, whole ones, at least one. */
static const char *param_take(const char *s, const char *end, gsize room)
{
    const char *at = g_utf8_next_char(s);
    gsize used = param_cost(s, at);

    while (at < end) {
        const char *next = g_utf8_next_char(at);

        used += param_cost(at, next);
        if (used > room)
            break;
        at = next;
    }
    return at;
}

static void append_pieces(GString *out, const char *name, const char *s, gsize len)
{
    static const char charset[] = "utf-8''";
    const char *end = s + len;
    gsize overhead = strlen(name) + strlen(" *0*=;") + strlen(charset);
    gboolean is_whole = overhead + param_cost(s, end) <= ENCODE_MAX_LINE;

    for (guint i = 0; s < end; i++) {
        g_autofree char *head = is_whole
                                    ? g_strdup_printf(" %s*=%s", name, charset)
                                    : g_strdup_printf(" %s*%u*=%s", name, i, i ? "" : charset);
        const char *next = param_take(s, end, ENCODE_MAX_LINE - strlen(head) - 1);

        g_string_append_printf(out, ";\r\n%s", head);
        template_place_append(out, TEMPLATE_PLACE_URL_PART, s, next - s);
        s = next;
    }
}

void header_append_param(GString *out, const char *name, const char *value)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    gsize quotes = 0;

    template_place_append(clean, TEMPLATE_PLACE_HEADER, value, strlen(value));
    for (gsize i = 0; i < clean->len; i++)
        quotes += clean->str[i] == '"' || clean->str[i] == '\\';
    if (clean->len == 0 || (can_stay_plain(clean->str, clean->len) &&
                            strlen(name) + clean->len + quotes + 5 <= ENCODE_MAX_LINE))
        append_quoted(out, name, clean->str, clean->len);
    else
        append_pieces(out, name, clean->str, clean->len);
}
