/*
 * Reads what a POP3 server answers: status lines, lists, messages. Everything is bounded, as
 * the server may be anyone; a message's rest is read over and not kept. When something may be
 * asked is pop3.c's business.
 */
#include "config.h"

#include "net/pop3_wire.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define SHOWN_MAX 120 /* characters of a line that is no answer */
#define MESSAGE_ROOM 4096

/* --- response codes ----------------------------------------------------------------------- */

static const char *const codes[POP3_CODE_COUNT] = {
    [POP3_CODE_NONE] = "",
    [POP3_CODE_IN_USE] = "IN-USE",
    [POP3_CODE_LOGIN_DELAY] = "LOGIN-DELAY",
    [POP3_CODE_SYS_TEMP] = "SYS/TEMP",
    [POP3_CODE_SYS_PERM] = "SYS/PERM",
    [POP3_CODE_AUTH] = "AUTH",
    [POP3_CODE_OTHER] = "other",
};

const char *pop3_code_name(enum pop3_code c)
{
    return codes[c];
}

enum pop3_code pop3_code_parse(const char *text)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    if (!end)
        return POP3_CODE_NONE;
    gsize len = (gsize)(end - text - 1);
    for (int i = POP3_CODE_IN_USE; i < POP3_CODE_OTHER; i++)
        if (len == strlen(codes[i]) && g_ascii_strncasecmp(text + 1, codes[i], len) == 0)
            return (enum pop3_code)i;
    return POP3_CODE_OTHER;
}

/* --- capabilities ------------------------------------------------------------------------- */

static const struct {
    const char *word;
    gsize offset;
} flags[] = {
    {"TOP", G_STRUCT_OFFSET(struct pop3_capabilities, top)},
    {"UIDL", G_STRUCT_OFFSET(struct pop3_capabilities, uidl)},
    {"USER", G_STRUCT_OFFSET(struct pop3_capabilities, user)},
    {"STLS", G_STRUCT_OFFSET(struct pop3_capabilities, stls)},
    {"PIPELINING", G_STRUCT_OFFSET(struct pop3_capabilities, pipelining)},
    {"RESP-CODES", G_STRUCT_OFFSET(struct pop3_capabilities, resp_codes)},
    {"AUTH-RESP-CODE", G_STRUCT_OFFSET(struct pop3_capabilities, auth_resp_code)},
    {"UTF8", G_STRUCT_OFFSET(struct pop3_capabilities, utf8)},
};
static const struct {
    const char *word;
    gsize offset;
} words[] = {
    {"SASL", G_STRUCT_OFFSET(struct pop3_capabilities, sasl)},
    {"IMPLEMENTATION", G_STRUCT_OFFSET(struct pop3_capabilities, implementation)},
};

void pop3_capabilities_add(struct pop3_capabilities *c, const char *line)
{
    gsize len = strcspn(line, " \t");
    g_autofree char *word = g_strndup(line, len);
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
        if (g_ascii_strcasecmp(word, flags[i].word) == 0)
            G_STRUCT_MEMBER(gboolean, c, flags[i].offset) = TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        char **to = &G_STRUCT_MEMBER(char *, c, words[i].offset);
        if (g_ascii_strcasecmp(word, words[i].word) != 0)
            continue;
        g_free(*to);
        *to = g_strstrip(g_strdup(line + len));
    }
}

void pop3_capabilities_clear(struct pop3_capabilities *c)
{
    g_free(c->sasl);
    g_free(c->implementation);
    memset(c, 0, sizeof *c);
}

/* --- lines -------------------------------------------------------------------------------- */

/* Digits only, up to `max`; moves `at` behind them. */
static gboolean take_number(const char **at, gint64 max, gint64 *ret)
{
    gint64 n = 0;
    const char *p = *at;
    for (; g_ascii_isdigit(*p); p++) {
        int digit = *p - '0';
        if (n > (max - digit) / 10)
            return FALSE;
        n = n * 10 + digit;
    }
    if (p == *at)
        return FALSE;
    *at = p;
    *ret = n;
    return TRUE;
}

static gboolean take_blanks(const char **at)
{
    gsize n = strspn(*at, " \t");
    *at += n;
    return n > 0;
}

/* Something may stand behind a number, but a blank must part them. */
static gboolean is_parted(const char *at)
{
    return *at == '\0' || *at == ' ' || *at == '\t';
}

static gboolean take_two(const char *at, gint64 max, gint64 *ret_first, gint64 *ret_second)
{
    gint64 first, second;
    if (!take_number(&at, max, &first) || !take_blanks(&at) ||
        !take_number(&at, G_MAXINT64, &second) || !is_parted(at))
        return FALSE;
    *ret_first = first;
    *ret_second = second;
    return TRUE;
}

gboolean pop3_parse_list(const char *line, gint64 *ret_number, gint64 *ret_bytes)
{
    gint64 number, bytes;
    if (!take_two(line, POP3_NUMBER_MAX, &number, &bytes) || number == 0)
        return FALSE;
    *ret_number = number;
    *ret_bytes = bytes;
    return TRUE;
}

gboolean pop3_parse_stat(const char *text, gint64 *ret_messages, gint64 *ret_bytes)
{
    return take_two(text, POP3_NUMBER_MAX, ret_messages, ret_bytes);
}

gboolean pop3_parse_uidl(const char *line, gint64 *ret_number, const char **ret_uid)
{
    gint64 number;
    if (!take_number(&line, POP3_NUMBER_MAX, &number) || number == 0 || !take_blanks(&line))
        return FALSE;
    gsize len = 0;
    while (line[len] > ' ' && line[len] < 0x7f)
        len++;
    if (len == 0 || len > POP3_UID_MAX || line[len])
        return FALSE;
    *ret_number = number;
    *ret_uid = line;
    return TRUE;
}

/* --- the reader --------------------------------------------------------------------------- */

void pop3_reader_init(struct pop3_reader *r)
{
    memset(r, 0, sizeof *r);
    r->reading = POP3_READING_DONE;
}

void pop3_reader_clear(struct pop3_reader *r)
{
    g_free(r->text);
    if (r->message)
        g_string_free(r->message, TRUE);
    pop3_reader_init(r);
}

void pop3_reader_begin(struct pop3_reader *r, enum pop3_shape shape, gsize max_bytes,
                       void (*on_line)(const char *line, void *data), void *data)
{
    pop3_reader_clear(r);
    r->reading = POP3_READING_STATUS;
    r->shape = shape;
    r->on_line = on_line;
    r->data = data;
    r->max_bytes = max_bytes;
    r->left = shape == POP3_SHAPE_MESSAGE ? (guint64)max_bytes + POP3_REST_BYTES_MAX
                                          : POP3_LIST_BYTES_MAX;
    if (shape == POP3_SHAPE_MESSAGE)
        r->message = g_string_sized_new(MESSAGE_ROOM);
}

static gboolean refuse(struct pop3_reader *r, const char *what, GError **error)
{
    g_autofree char *safe = text_safe(r->line, (gssize)r->line_len, SHOWN_MAX);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s: %s", what, safe);
    return FALSE;
}

static gsize refuse_endless(GError **error)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("the server's answer does not end"));
    return 0;
}

static void add_to_line(struct pop3_reader *r, char c)
{
    if (r->line_len < POP3_LINE_MAX)
        r->line[r->line_len++] = c;
    else
        r->is_long = TRUE;
}

/* The words behind `word` in the status line; NULL when it begins otherwise. */
static const char *behind(const struct pop3_reader *r, const char *word)
{
    gsize len = strlen(word);
    if (strncmp(r->line, word, len) != 0 || !is_parted(r->line + len))
        return NULL;
    return r->line + len + strspn(r->line + len, " \t");
}

static gboolean take_status(struct pop3_reader *r, GError **error)
{
    gsize len = r->line_len;
    r->has_bare_lf = len == 0 || r->line[len - 1] != '\r';
    if (!r->has_bare_lf)
        len--;
    r->line[len] = '\0';
    r->line_len = len;
    const char *ok = behind(r, "+OK");
    const char *words_at = ok ? ok : behind(r, "-ERR");
    if (!words_at)
        return refuse(r, _("this is no answer of a POP3 server"), error);
    r->is_ok = ok != NULL;
    r->text = g_strdup(words_at);
    r->line_len = 0;
    r->reading =
        r->is_ok && r->shape != POP3_SHAPE_STATUS ? POP3_READING_BEGIN : POP3_READING_DONE;
    return TRUE;
}

static gsize feed_status(struct pop3_reader *r, const char *data, gsize len, GError **error)
{
    const char *end = memchr(data, '\n', len);
    gsize n = end ? (gsize)(end - data) : len;
    gsize room = POP3_LINE_MAX - r->line_len;
    memcpy(r->line + r->line_len, data, MIN(n, room));
    r->line_len += MIN(n, room);
    if (n > room) {
        refuse(r, _("the server's answer is too long"), error);
        return 0;
    }
    if (!end)
        return len;
    return take_status(r, error) ? n + 1 : 0;
}

static void keep(struct pop3_reader *r, const char *data, gsize len)
{
    if (r->shape == POP3_SHAPE_LINES) {
        for (gsize i = 0; i < len; i++)
            add_to_line(r, data[i]);
        return;
    }
    gsize room = r->max_bytes - r->message->len;
    r->n_octets += len;
    r->is_cut = r->is_cut || len > room;
    g_string_append_len(r->message, data, (gssize)MIN(len, room));
}

static void end_line(struct pop3_reader *r)
{
    if (r->shape != POP3_SHAPE_LINES)
        return;
    while (r->line_len > 0 && strchr("\r\n", r->line[r->line_len - 1]))
        r->line_len--;
    r->line[r->line_len] = '\0';
    if (r->is_long || strlen(r->line) != r->line_len)
        r->n_unread++;
    else
        r->on_line(r->line, r->data);
    r->line_len = 0;
    r->is_long = FALSE;
}

/* The octets up to the next one that changes where the reader stands. */
static gsize run_of(const char *data, gsize len)
{
    gsize n = 0;
    while (n < len && data[n] != '\r' && data[n] != '\n')
        n++;
    return n;
}

/* One octet behind the status line, or a run of plain ones. Only CR LF ends a line, lest a lone
 * LF in a message make an end of it; unless that is how this server ends all its lines. */
static gsize take_body(struct pop3_reader *r, const char *data, gsize len)
{
    char c = *data;
    gboolean is_end = c == '\n' && (r->has_bare_lf || r->reading == POP3_READING_CR ||
                                    r->reading == POP3_READING_DOT_CR);
    gboolean is_behind_dot =
        r->reading == POP3_READING_DOT || r->reading == POP3_READING_DOT_CR;
    if (is_behind_dot && is_end) {
        r->reading = POP3_READING_DONE;
        return 1;
    }
    if (r->reading == POP3_READING_BEGIN && c == '.') {
        r->reading = POP3_READING_DOT; /* the end, or stuffed: not kept either way */
        return 1;
    }
    if (r->reading == POP3_READING_DOT && c == '\r') {
        r->reading = POP3_READING_DOT_CR;
        return 1;
    }
    if (r->reading == POP3_READING_DOT_CR)
        keep(r, "\r", 1); /* it was no end */
    gsize n = MAX(run_of(data, len), 1);
    keep(r, data, n);
    r->reading = is_end      ? POP3_READING_BEGIN
                 : c == '\r' ? POP3_READING_CR
                             : POP3_READING_MIDDLE;
    if (is_end)
        end_line(r);
    return n;
}

static gsize feed_body(struct pop3_reader *r, const char *data, gsize len, GError **error)
{
    if (r->left == 0)
        return refuse_endless(error);
    gsize n = take_body(r, data, (gsize)MIN(len, r->left));
    r->left -= n;
    return n;
}

gssize pop3_reader_feed(struct pop3_reader *r, const char *data, gsize len, gboolean *ret_done,
                        GError **error)
{
    gboolean was_status = r->reading == POP3_READING_STATUS;
    gsize used = 0;
    while (used < len && r->reading != POP3_READING_DONE) {
        gsize n = r->reading == POP3_READING_STATUS
                      ? feed_status(r, data + used, len - used, error)
                      : feed_body(r, data + used, len - used, error);
        if (n == 0)
            return -1;
        used += n;
        if (was_status && r->reading != POP3_READING_STATUS)
            break;
    }
    *ret_done = r->reading == POP3_READING_DONE;
    return (gssize)used;
}
