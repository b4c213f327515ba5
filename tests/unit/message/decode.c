/* The tests' own reader of messages. It shares no code with what it judges. */
#include "config.h"

#include "decode.h"

#include <string.h>

static int hex(char c)
{
    const char *digits = "0123456789ABCDEF", *at = strchr(digits, c);

    g_assert_true(c != '\0' && at != NULL); /* RFC 2045: upper case */
    return at - digits;
}

GString *decode_qp(const char *s, gsize len)
{
    GString *out = g_string_new(NULL);

    for (gsize i = 0; i < len; i++) {
        if (s[i] != '=') {
            g_string_append_c(out, s[i]);
        } else if (i + 2 < len && s[i + 1] == '\r') {
            g_assert_cmpint(s[i + 2], ==, '\n');
            g_assert_cmpuint(i + 3, <, len); /* a soft break does not end a body */
            i += 2;
        } else {
            g_assert_cmpuint(i + 2, <, len);
            g_string_append_c(out, hex(s[i + 1]) * 16 + hex(s[i + 2]));
            i += 2;
        }
    }
    return out;
}

GString *decode_base64(const char *s, gsize len)
{
    g_autofree char *copy = g_strndup(s, len);
    gsize n;
    g_autofree guchar *bytes = g_base64_decode(copy, &n);

    return g_string_new_len((char *)bytes, n);
}

static void decode_word(GString *out, const char *s, gsize len)
{
    g_autofree char *copy = g_strndup(s, len);
    g_autoptr(GString) part = NULL;

    g_assert_cmpuint(len, <=, 75);
    g_assert_true(g_str_has_prefix(copy, "=?utf-8?Q?") || g_str_has_prefix(copy, "=?utf-8?B?"));
    g_assert_null(strpbrk(copy, " \t\r\n\"(),.:;<>@[]\\"));
    if (copy[8] == 'Q') {
        part = decode_qp(g_strdelimit(copy + 10, "_", ' '), len - 12);
    } else {
        part = decode_base64(copy + 10, len - 12);
    }
    g_assert_true(g_utf8_validate(part->str, part->len, NULL)); /* no character is split */
    g_string_append_len(out, part->str, part->len);
}

char *decode_words(const char *s)
{
    GString *out = g_string_new(NULL);
    gboolean was_word = FALSE;

    while (*s) {
        const char *blanks = s + strspn(s, " "), *end = strpbrk(blanks, " ");
        gsize len = end ? (gsize)(end - blanks) : strlen(blanks);
        gboolean is_word = len > 12 && strncmp(blanks, "=?", 2) == 0 &&
                           strncmp(blanks + len - 2, "?=", 2) == 0;

        if (!is_word || !was_word)
            g_string_append_len(out, s, blanks - s);
        if (is_word)
            decode_word(out, blanks, len);
        else
            g_string_append_len(out, blanks, len);
        was_word = is_word;
        s = blanks + len;
    }
    return g_string_free(out, FALSE);
}

/* Where the line ends. By strchr(): the sanitizers' strstr() reads to the end of the message
 * each time, which over the lines of 5 MB never comes to an end. */
static const char *line_end(const char *line)
{
    const char *lf = strchr(line, '\n');

    g_assert_nonnull(lf);
    g_assert_true(lf > line && lf[-1] == '\r');
    return lf - 1;
}

char *find_field(const char *message, const char *name)
{
    g_autofree char *prefix = g_strconcat(name, ":", NULL);
    const char *end = strstr(message, "\r\n\r\n");
    GString *value = NULL;
    gboolean in_field = FALSE;

    g_assert_nonnull(end);
    for (const char *line = message; line < end + 2;) {
        const char *eol = line_end(line);

        if (*line == ' ' || *line == '\t') {
            if (in_field)
                g_string_append_len(value, line, eol - line);
        } else {
            in_field = g_ascii_strncasecmp(line, prefix, strlen(prefix)) == 0;
            if (in_field) {
                g_assert_null(value);
                line += strlen(prefix);
                line += *line == ' ';
                value = g_string_new_len(line, eol - line);
            }
        }
        line = eol + 2;
    }
    return value ? g_string_free(value, FALSE) : NULL;
}

guint count_fields(const char *message)
{
    const char *end = strstr(message, "\r\n\r\n");
    guint n = 0;

    for (const char *line = message; line < end + 2; line = line_end(line) + 2)
        n += *line != ' ';
    return n;
}

static GString *decode_part(const char *part, const char *end, const char *type)
{
    g_autofree char *found = find_field(part, "Content-Type");
    g_autofree char *encoding = find_field(part, "Content-Transfer-Encoding");
    g_autofree char *want = g_strconcat(type, "; charset=utf-8", NULL);
    const char *body = strstr(part, "\r\n\r\n") + 4;

    if (!g_str_equal(found, want))
        return NULL;
    if (g_str_equal(encoding, "base64"))
        return decode_base64(body, end - body);
    g_assert_cmpstr(encoding, ==, "quoted-printable");
    return decode_qp(body, end - body);
}

GString *find_part(const char *message, const char *type)
{
    g_autofree char *top = find_field(message, "Content-Type");
    g_autofree char *delimiter = NULL;
    const char *at;
    GString *found = NULL;

    if (!g_str_has_prefix(top, "multipart/alternative; boundary=\""))
        return decode_part(message, message + strlen(message), type);
    g_assert_true(g_str_has_suffix(top, "\""));
    g_assert_nonnull(strstr(top, "=_"));
    top[strlen(top) - 1] = '\0';
    delimiter = g_strconcat("\r\n--", strchr(top, '"') + 1, NULL);
    at = strstr(message, delimiter);
    for (;;) {
        const char *part, *end;

        g_assert_nonnull(at);
        part = at + strlen(delimiter);
        if (g_str_equal(part, "--\r\n"))
            return found;
        g_assert_true(g_str_has_prefix(part, "\r\n"));
        end = strstr(part, delimiter);
        g_assert_nonnull(end);
        if (!found)
            found = decode_part(part + 2, end, type);
        at = end;
    }
}

void check_lines(const char *s, gsize len, guint max, gboolean is_ascii)
{
    gsize start = 0;

    g_assert_cmpuint(len, >=, 2);
    g_assert_true(memcmp(s + len - 2, "\r\n", 2) == 0);
    for (gsize i = 0; i < len; i++) {
        g_assert_true(s[i] != '\0' && (!is_ascii || (unsigned char)s[i] < 0x80));
        g_assert_true(s[i] != '\n'); /* consumed with its CR */
        if (s[i] != '\r')
            continue;
        g_assert_cmpint(s[i + 1], ==, '\n');
        if (i - start > max)
            g_error("a line of %u columns: %.*s", (guint)(i - start), (int)(i - start),
                    s + start);
        g_assert_true(i == start || (s[i - 1] != ' ' && s[i - 1] != '\t'));
        g_assert_true(s[start] != '.');
        g_assert_true(strncmp(s + start, "From ", 5) != 0);
        start = ++i + 1;
    }
}

void check_message(const GString *message, guint header_max, gboolean is_ascii)
{
    const char *body = strstr(message->str, "\r\n\r\n");

    g_assert_nonnull(body);
    g_assert_cmpuint(strlen(message->str), ==, message->len);
    check_lines(message->str, body + 2 - message->str, header_max, is_ascii);
    check_lines(body + 2, message->str + message->len - body - 2, 76, TRUE);
}
