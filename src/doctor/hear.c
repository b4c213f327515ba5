/*
 * Reads single lines: what kind of server says this, what address it sees, what it offers, what
 * a receiver made of a letter. Nothing here is believed further than it is shown.
 */
#include "config.h"

#include "doctor/hear_private.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/i18n.h"

#define MECHANISMS_MAX 200

static const char *const speech_words[HEAR_COUNT] = {
    [HEAR_SMTP] = N_("an SMTP server"),  [HEAR_IMAP] = N_("an IMAP server"),
    [HEAR_POP3] = N_("a POP3 server"),   [HEAR_HTTP] = N_("a web server"),
    [HEAR_SSH] = N_("an SSH server"),    [HEAR_FTP] = N_("an FTP server"),
    [HEAR_VNC] = N_("a VNC server"),     [HEAR_TLS] = N_("a port that speaks TLS first"),
    [HEAR_OTHER] = N_("something else"),
};

const char *hear_speech_words(enum hear_speech s)
{
    return _(speech_words[s]);
}

enum hear_speech hear_speech_of(enum stream_protocol protocol)
{
    static const enum hear_speech speeches[STREAM_PROTOCOL_COUNT] = {
        [STREAM_SMTP] = HEAR_SMTP, [STREAM_IMAP] = HEAR_IMAP, [STREAM_POP3] = HEAR_POP3};
    return speeches[protocol];
}

static int three_digits(const char *line)
{
    for (int i = 0; i < 3; i++)
        if (!g_ascii_isdigit(line[i]))
            return 0;
    if (line[0] < '2' || line[0] > '5' || (line[3] && line[3] != ' ' && line[3] != '-'))
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static gboolean has_word(const char *line, const char *word)
{
    g_autofree char *a = g_ascii_strdown(line, -1), *b = g_ascii_strdown(word, -1);
    return strstr(a, b) != NULL;
}

enum hear_speech hear_speech(const char *line, gsize len)
{
    static const struct {
        const char *begin;
        enum hear_speech speech;
    } rows[] = {
        {"HTTP/", HEAR_HTTP}, {"<", HEAR_HTTP},     {"SSH-", HEAR_SSH},
        {"* OK", HEAR_IMAP},  {"* BYE", HEAR_IMAP}, {"* PREA", HEAR_IMAP},
        {"+OK", HEAR_POP3},   {"-ERR", HEAR_POP3},  {"RFB ", HEAR_VNC},
    };
    if (len >= 2 && (line[0] == 0x15 || line[0] == 0x16) && line[1] == 3)
        return HEAR_TLS;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (len >= strlen(rows[i].begin) &&
            g_ascii_strncasecmp(line, rows[i].begin, strlen(rows[i].begin)) == 0)
            return rows[i].speech;
    if (memchr(line, '\0', len) || !three_digits(line))
        return HEAR_OTHER;
    return has_word(line, "ftp") && !has_word(line, "smtp") ? HEAR_FTP : HEAR_SMTP;
}

static gboolean says_later(const char *line)
{
    static const char *const words[] = {"[UNAVAILABLE]", "[INUSE]",     "[LIMIT]",
                                        "[SYS/TEMP]",    "[SERVERBUG]", "[IN-USE]"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (has_word(line, words[i]))
            return TRUE;
    return FALSE;
}

int hear_code(enum stream_protocol protocol, const char *line)
{
    if (protocol == STREAM_SMTP)
        return three_digits(line);
    enum hear_speech speech = hear_speech(line, strlen(line));
    if (speech != hear_speech_of(protocol))
        return 0;
    gboolean is_refusal = g_ascii_strncasecmp(line, "* BYE", 5) == 0 || line[0] == '-';
    return !is_refusal ? 220 : says_later(line) ? 421 : 554;
}

/* ---- addresses ---- */

/* "192.0.2.1" or "IPv6:2001:db8::1" in canonical form; NULL: it is no address. */
static char *read_address(const char *text, gsize len)
{
    guint8 octets[sizeof(struct in6_addr)];
    char shown[INET6_ADDRSTRLEN];
    static const char tag[] = "IPv6:";
    if (len > INET6_ADDRSTRLEN + sizeof tag)
        return NULL;
    g_autofree char *copy = g_strndup(text, len);
    const char *address =
        g_ascii_strncasecmp(copy, tag, sizeof tag - 1) == 0 ? copy + sizeof tag - 1 : copy;
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, address, octets) != 1 ||
        !inet_ntop(family, octets, shown, sizeof shown))
        return NULL;
    return g_strdup(shown);
}

/* The last address within `open` and `close` up to `end`. */
static char *last_within(const char *text, const char *end, char open, char close,
                         const char *not_this)
{
    char *found = NULL;
    for (const char *at = text; (at = memchr(at, open, (gsize)(end - at))); at++) {
        const char *stop = memchr(at, close, (gsize)(end - at));
        if (!stop)
            break;
        char *address = read_address(at + 1, (gsize)(stop - at - 1));
        if (address && g_strcmp0(address, not_this) != 0) {
            g_free(found);
            found = address;
        } else {
            g_free(address);
        }
    }
    return found;
}

char *hear_seen_as(const char *line, const char *hello)
{
    gsize len = hello ? strlen(hello) : 0;
    gboolean is_literal = len > 2 && hello[0] == '[' && hello[len - 1] == ']';
    g_autofree char *said = is_literal ? read_address(hello + 1, len - 2) : NULL;
    return last_within(line, line + strlen(line), '[', ']', said);
}

char *hear_received_from(const char *value)
{
    if (g_ascii_strncasecmp(value, "from ", 5) != 0)
        return NULL;
    const char *by = strstr(value, " by "), *end = by ? by : value + strlen(value);
    char *found = last_within(value, end, '[', ']', NULL);
    return found ? found : last_within(value, end, '(', ')', NULL);
}

/* ---- capabilities ---- */

static gboolean begins_with_word(const char *text, const char *word)
{
    gsize n = strlen(word);
    return g_ascii_strncasecmp(text, word, n) == 0 &&
           (text[n] == '\0' || text[n] == ' ' || text[n] == '=');
}

/* SMTP: the first line is the server's name. */
static char **capability_words(enum stream_protocol protocol, const char *capabilities)
{
    const char *begin = capabilities ? capabilities : "";
    if (protocol == STREAM_SMTP) {
        const char *next = strchr(begin, '\n');
        begin = next ? next + 1 : "";
    }
    return g_strsplit(begin, protocol == STREAM_IMAP ? " " : "\n", 0);
}

gboolean hear_offers(enum stream_protocol protocol, const char *capabilities, const char *word)
{
    g_auto(GStrv) words = capability_words(protocol, capabilities);
    for (char **w = words; *w; w++)
        if (begins_with_word(g_strstrip(*w), word))
            return TRUE;
    return FALSE;
}

char *hear_masked(const char *ehlo)
{
    g_auto(GStrv) words = capability_words(STREAM_SMTP, ehlo);
    for (char **w = words; *w; w++) {
        gsize n = strspn(*w, "X");
        if (n >= 3 && ((*w)[n] == '\0' || ((*w)[n + 1] == '\0' && g_ascii_isalpha((*w)[n]))))
            return g_strdup(*w);
    }
    return NULL;
}

char *hear_mechanisms(enum stream_protocol protocol, const char *capabilities)
{
    static const char *const names[STREAM_PROTOCOL_COUNT] = {
        [STREAM_SMTP] = "AUTH", [STREAM_IMAP] = "AUTH", [STREAM_POP3] = "SASL"};
    g_autoptr(GString) all = g_string_new(NULL);
    g_auto(GStrv) words = capability_words(protocol, capabilities);
    for (char **w = words; *w && all->len < MECHANISMS_MAX; w++) {
        const char *word = g_strstrip(*w);
        gsize n = strlen(names[protocol]);
        if (begins_with_word(word, names[protocol]) && word[n])
            g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", word + n + 1);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

/* ---- what a receiver found ---- */

/* Comments in parentheses are blanks: they may hold anything. */
static char *without_comments(const char *value)
{
    char *text = g_strdup(value);
    int depth = 0;
    for (char *p = text; *p; p++) {
        depth += *p == '(';
        gboolean is_comment = depth > 0;
        depth -= *p == ')' && depth > 0;
        if (is_comment)
            *p = ' ';
    }
    return text;
}

static gboolean take_result(const char *part, const char *method, char *slot)
{
    gsize n = strlen(method);
    if (g_ascii_strncasecmp(part, method, n) != 0)
        return FALSE;
    const char *at = part + n;
    at += strspn(at, " \t");
    if (*at != '=')
        return FALSE;
    at += 1 + strspn(at + 1, " \t");
    gsize len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (len == 0 || len >= HEAR_RESULT_BYTES)
        return FALSE;
    g_autofree char *word = g_ascii_strdown(at, (gssize)len);
    /* One good signature of several is what counts. */
    if (*slot == '\0' || strcmp(word, "pass") == 0)
        g_strlcpy(slot, word, HEAR_RESULT_BYTES);
    return TRUE;
}

gboolean hear_verdicts(const char *value, struct hear_verdicts *ret)
{
    gboolean is_any = FALSE;
    g_autofree char *plain = without_comments(value);
    g_auto(GStrv) parts = g_strsplit(plain, ";", 50);
    struct hear_verdicts v = {"", "", ""};
    for (char **p = parts; *p && p[1]; p++) { /* the first names the receiver */
        const char *part = g_strstrip(p[1]);
        is_any |= take_result(part, "spf", v.spf);
        is_any |= take_result(part, "dkim", v.dkim);
        is_any |= take_result(part, "dmarc", v.dmarc);
    }
    if (is_any)
        *ret = v;
    return is_any;
}
