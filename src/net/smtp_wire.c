/*
 * The client's side of the SMTP wire: MAIL and RCPT with their parameters, what may stand in an
 * address, dot-stuffing over chunks cut anywhere, reading the server's EHLO reply. Nothing here
 * knows a connection or waits for anything.
 */
#include "config.h"

#include "net/smtp_wire.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define ORCPT_MAX 500 /* RFC 3461, 4.2 */
#define RUN_ROOM 8    /* a step of the body needs that much free buffer */
#define END_ROOM 5    /* CR LF . CR LF */

/* --- what the server announces ------------------------------------------------------------ */

static gboolean parse_extension(const char *name, const char *rest, struct smtp_extensions *e)
{
    const struct {
        const char *name;
        gboolean *flag;
    } flags[] = {
        {"PIPELINING", &e->pipelining}, {"SMTPUTF8", &e->smtputf8},
        {"8BITMIME", &e->eightbitmime}, {"DSN", &e->dsn},
        {"CHUNKING", &e->chunking},     {"ENHANCEDSTATUSCODES", &e->enhanced},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (g_ascii_strcasecmp(name, flags[i].name) == 0)
            return *flags[i].flag = TRUE;
    }
    if (g_ascii_strcasecmp(name, "SIZE") == 0) {
        guint64 size = 0;
        e->size = TRUE;
        /* A figure that is not one, or beyond 63 bits, is no limit we can keep. */
        if (g_ascii_string_to_unsigned(rest, 10, 0, G_MAXINT64, &size, NULL))
            e->size_max = (gint64)size;
        return TRUE;
    }
    /* Some old servers say "AUTH=PLAIN" beside or instead of "AUTH PLAIN". */
    if (g_ascii_strcasecmp(name, "AUTH") == 0 || g_ascii_strncasecmp(name, "AUTH=", 5) == 0) {
        if (!e->auth)
            e->auth = g_strdup(name[4] == '=' ? name + 5 : rest);
        return TRUE;
    }
    return FALSE;
}

void smtp_extensions_parse(const char *ehlo_text, struct smtp_extensions *ret)
{
    memset(ret, 0, sizeof *ret);
    g_auto(GStrv) lines = g_strsplit(ehlo_text ? ehlo_text : "", "\n", REPLY_MAX_LINES);
    for (guint i = 1; lines[0] && lines[i]; i++) {
        char *rest = g_strchomp(lines[i]);
        while (*rest && *rest != ' ')
            rest++;
        if (*rest)
            *rest++ = '\0';
        parse_extension(lines[i], rest, ret);
    }
}

void smtp_extensions_clear(struct smtp_extensions *e)
{
    g_free(e->auth);
    memset(e, 0, sizeof *e);
}

/* --- what may be said --------------------------------------------------------------------- */

enum octet_mark {
    NOT_IN_ADDRESS = 1, /* of a command */
    NOT_IN_XTEXT = 2,   /* of RFC 3461, section 4, as it is */
    NOT_ASCII = 4,
};

static const guint8 octet_marks[256] = {
    [0 ... ' '] = NOT_IN_ADDRESS | NOT_IN_XTEXT,
    ['+'] = NOT_IN_XTEXT,
    ['<'] = NOT_IN_ADDRESS,
    ['='] = NOT_IN_XTEXT,
    ['>'] = NOT_IN_ADDRESS,
    [0x7f] = NOT_IN_ADDRESS | NOT_IN_XTEXT,
    [0x80 ... 0xff] = NOT_IN_XTEXT | NOT_ASCII,
};

/* The marks of all octets, and how many of them xtext writes as three. */
static guint8 marks_of(const char *s, gsize *ret_n_coded)
{
    guint8 all = 0;
    gsize n_coded = 0;
    for (; *s; s++) {
        guint8 marks = octet_marks[(guint8)*s];
        all |= marks;
        n_coded += (marks & NOT_IN_XTEXT) != 0;
    }
    *ret_n_coded = n_coded;
    return all;
}

static gboolean refuse_address(GError **error, const char *address, const char *why)
{
    g_autofree char *safe = text_safe(address, -1, 100);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("the address “%s” cannot be sent: %s"), safe, why);
    return FALSE;
}

static gboolean check_address(const char *address, const struct smtp_message *m, GError **error)
{
    gsize n_coded;
    guint8 marks = marks_of(address, &n_coded);
    if (marks & NOT_IN_ADDRESS)
        return refuse_address(error, address,
                              _("it has a blank, a control character or an angle bracket"));
    if (strlen(address) > SMTP_WIRE_ADDRESS_MAX)
        return refuse_address(error, address, _("it is longer than SMTP allows"));
    if ((marks & NOT_ASCII) && (!m->needs_smtputf8 || !g_utf8_validate(address, -1, NULL)))
        return refuse_address(error, address, _("it has characters outside ASCII"));
    return TRUE;
}

/* "+" and "=" and all but printable ASCII as +XX. */
static gsize put_xtext(char *to, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *start = to;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (octet_marks[c] & NOT_IN_XTEXT) {
            *to++ = '+';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        } else {
            *to++ = (char)c;
        }
    }
    return (gsize)(to - start);
}

static gsize xtext_length(const char *s)
{
    gsize n_coded;
    marks_of(s, &n_coded);
    return strlen(s) + 2 * n_coded;
}

static gboolean check_capabilities(const struct smtp_message *m,
                                   const struct smtp_extensions *e, GError **error)
{
    if (m->needs_smtputf8 && !e->smtputf8) {
        g_autofree char *safe = text_safe(m->recipient, -1, 100);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("“%s” needs a server that announces SMTPUTF8, and this one does not"),
                    safe);
        return FALSE;
    }
    if (e->size_max > 0 && m->size > (guint64)e->size_max) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the message has %" PRIu64 " bytes and the server takes at most %" PRId64),
                    (guint64)m->size, e->size_max);
        return FALSE;
    }
    if (m->envid && xtext_length(m->envid) > SMTP_WIRE_ENVID_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the envelope id is longer than %d characters"), SMTP_WIRE_ENVID_MAX);
        return FALSE;
    }
    return TRUE;
}

gboolean smtp_wire_check(const struct smtp_message *m, const struct smtp_extensions *e,
                         GError **error)
{
    if (m->recipient[0] == '\0')
        return refuse_address(error, "", _("it is empty"));
    return check_address(m->sender, m, error) && check_address(m->recipient, m, error) &&
           check_capabilities(m, e, error);
}

/* --- commands ----------------------------------------------------------------------------- */

static char *put(char *to, const char *s)
{
    gsize n = strlen(s);
    memcpy(to, s, n);
    return to + n;
}

static char *put_number(char *to, guint64 value)
{
    char digits[20];
    gsize n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

/* utf-8-addr-unitext of RFC 6533, section 3: fit where SMTPUTF8 is in use. */
static char *put_utf8_address(char *to, const char *s)
{
    for (; *s; s++) {
        if (*s == '\\' || *s == '+' || *s == '=')
            to += g_snprintf(to, 8, "\\x{%02X}", (unsigned)*s);
        else
            *to++ = *s;
    }
    return to;
}

gsize smtp_wire_mail(char *ret, const struct smtp_message *m, const struct smtp_extensions *e)
{
    char *p = put(ret, "MAIL FROM:<");
    p = put(p, m->sender);
    *p++ = '>';
    if (e->size) {
        p = put(p, " SIZE=");
        p = put_number(p, m->size);
    }
    if (m->needs_smtputf8) {
        p = put(p, " SMTPUTF8");
        /* Such a message may have UTF-8 in its header (RFC 6531, 3.5); all others are 7-bit. */
        if (e->eightbitmime)
            p = put(p, " BODY=8BITMIME");
    }
    if (e->dsn && m->envid) {
        p = put(p, " RET=HDRS ENVID=");
        p += put_xtext(p, m->envid);
    }
    p = put(p, "\r\n");
    return (gsize)(p - ret);
}

static char *put_orcpt(char *p, const char *recipient)
{
    gsize n_coded, len = strlen(recipient);
    if (marks_of(recipient, &n_coded) & NOT_ASCII) {
        p = put(p, " ORCPT=utf-8;");
        return put_utf8_address(p, recipient);
    }
    if (len + 2 * n_coded > ORCPT_MAX)
        return p;
    p = put(p, " ORCPT=rfc822;");
    if (n_coded > 0)
        return p + put_xtext(p, recipient);
    memcpy(p, recipient, len);
    return p + len;
}

gsize smtp_wire_rcpt(char *ret, const struct smtp_message *m, const struct smtp_extensions *e)
{
    char *p = put(ret, "RCPT TO:<");
    p = put(p, m->recipient);
    *p++ = '>';
    if (e->dsn && m->envid) {
        p = put(p, " NOTIFY=FAILURE,DELAY");
        p = put_orcpt(p, m->recipient);
    }
    p = put(p, "\r\n");
    return (gsize)(p - ret);
}

/* --- the body ----------------------------------------------------------------------------- */

#define SPAN_LANES 16 /* octets looked at together */
#define SPAN_BYTES 256 /* decided together */

typedef signed char lanes __attribute__((vector_size(SPAN_LANES)));

static lanes load(const char *p)
{
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Among the `len` octets (a multiple of SPAN_LANES) and the one behind: does each CR have its LF,
 * each LF its CR, and no line begin with a dot? Without a branch for each line. */
static gboolean is_span_clean(const char *p, gsize len, gboolean dots_count)
{
    const lanes zero = {0}, all = zero - 1;
    const lanes counts = dots_count ? all : zero;
    lanes bad = zero;
    for (const char *end = p + len; p < end; p += SPAN_LANES) {
        lanes here = load(p), next = load(p + 1);
        lanes is_lf = here == (zero + '\n');
        bad |= (here == (zero + '\r')) ^ (next == (zero + '\n'));
        bad |= is_lf & (next == (zero + '.')) & counts;
    }
    guint64 halves[SPAN_LANES / sizeof(guint64)], any = 0;
    memcpy(halves, &bad, sizeof bad);
    for (gsize i = 0; i < G_N_ELEMENTS(halves); i++)
        any |= halves[i];
    return any == 0;
}

/* How much of `from` may leave as it is, and ends in no CR. What is left over is put_run()'s. */
static gsize clean_length(const struct smtp_body *b, const char *from, gsize len)
{
    gsize n = 0;
    if (b->has_cr || *from == '\n' || (b->is_line_start && *from == '.' && !b->is_raw))
        return 0;
    while (len - n > SPAN_BYTES && is_span_clean(from + n, SPAN_BYTES, !b->is_raw))
        n += SPAN_BYTES;
    while (len - n > SPAN_LANES && is_span_clean(from + n, SPAN_LANES, !b->is_raw))
        n += SPAN_LANES;
    return n > 0 && from[n - 1] == '\r' ? n - 1 : n;
}

void smtp_body_init(struct smtp_body *b, const struct smtp_chunk *chunks, gsize n_chunks)
{
    memset(b, 0, sizeof *b);
    b->chunks = chunks;
    b->n_chunks = n_chunks;
    b->is_line_start = TRUE;
}

/* Ends the line: on LF, or on anything that follows a CR. Returns the bytes of `from` used. */
static gsize end_line(struct smtp_body *b, const char *from, char **to)
{
    *to = put(*to, "\r\n");
    b->has_cr = FALSE;
    b->is_line_start = TRUE;
    return *from == '\n';
}

/*
 * One step through [from, from + len): a line or the part of it that is there, a CR, an LF.
 * Writes at most `len` + 3 bytes. Returns the bytes used, at least 1 unless a held CR was
 * written.
 */
static gsize put_run(struct smtp_body *b, const char *from, gsize len, char **to)
{
    if (b->has_cr || *from == '\n')
        return end_line(b, from, to);
    const char *lf = memchr(from, '\n', len);
    gsize n = lf ? (gsize)(lf - from) : len;
    const char *cr = memchr(from, '\r', n);
    if (cr)
        n = (gsize)(cr - from);
    if (b->is_line_start && *from == '.' && !b->is_raw)
        *(*to)++ = '.';
    gboolean is_whole = cr && cr + 1 == lf;
    gsize copied = is_whole ? n + 2 : n;
    memcpy(*to, from, copied);
    *to += copied;
    b->has_cr = cr && !is_whole;
    if (copied > 0)
        b->is_line_start = is_whole;
    return copied + b->has_cr;
}

static gboolean next_run(struct smtp_body *b, const char **ret_from, gsize *ret_len)
{
    while (b->at_chunk < b->n_chunks) {
        const struct smtp_chunk *c = &b->chunks[b->at_chunk];
        if (b->at_byte < c->len) {
            *ret_from = c->data + b->at_byte;
            *ret_len = c->len - b->at_byte;
            return TRUE;
        }
        b->at_chunk++;
        b->at_byte = 0;
    }
    return FALSE;
}

gsize smtp_body_fill(struct smtp_body *b, char *ret, gsize room)
{
    char *to = ret;
    const char *from;
    gsize len;
    while (next_run(b, &from, &len)) {
        gsize left = room - (gsize)(to - ret);
        if (left < RUN_ROOM)
            return (gsize)(to - ret);
        len = MIN(len, left - 3);
        gsize n = clean_length(b, from, len);
        if (n > 0) {
            memcpy(to, from, n);
            to += n;
            b->is_line_start = from[n - 1] == '\n';
        } else {
            n = put_run(b, from, len, &to);
        }
        b->at_byte += n;
    }
    b->is_at_end = TRUE;
    if (!b->is_done && room - (gsize)(to - ret) >= END_ROOM) {
        if (b->has_cr || !b->is_line_start)
            to = put(to, "\r\n");
        if (!b->is_raw)
            to = put(to, ".\r\n");
        b->has_cr = FALSE;
        b->is_done = TRUE;
    }
    return (gsize)(to - ret);
}

gsize smtp_body_init_raw(struct smtp_body *b, const struct smtp_chunk *chunks, gsize n_chunks)
{
    char scratch[4096];
    gsize len = 0;
    smtp_body_init(b, chunks, n_chunks);
    b->is_raw = TRUE;
    while (!b->is_done)
        len += smtp_body_fill(b, scratch, sizeof scratch);
    smtp_body_init(b, chunks, n_chunks);
    b->is_raw = TRUE;
    return len;
}
