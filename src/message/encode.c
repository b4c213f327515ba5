/*
 * Transfer encodings, written for text that is laid out in pieces: each piece begins at column
 * 0 after a soft break, so that no piece needs to know what stands before it. Not for decoding.
 */
#include "config.h"

#include "message/encode.h"

#include <string.h>

#include "base/text.h"
#define WORD_MAX 75                  /* RFC 2047 2 */
#define WORD_FRAME 12                /* "=?utf-8?Q?" and "?=" */
#define WORD_MIN (WORD_FRAME + 12)   /* room for one character of four bytes in Q */
#define QP_MAX (ENCODE_MAX_LINE - 1) /* the soft break's "=" needs the last column */
#define BASE64_BYTES_A_LINE (ENCODE_MAX_LINE / 4 * 3)

static const char hex_digits[] = "0123456789ABCDEF";

#define QP_STAYS 1 /* the bit of what may stand as it is */

enum qp_class {
    QP_CODED = 0,    /* always "=XX" */
    QP_LITERAL = 1,  /* as it is */
    QP_LINE_END = 2, /* CR, LF */
    QP_BLANK = 3,    /* as it is, unless it ends its line */
    QP_CONTROL = 4,  /* "=XX", or dropped */
};

static const guint8 qp_classes[256] = {
    [0 ... 8] = QP_CONTROL,     ['\t'] = QP_BLANK,          ['\n'] = QP_LINE_END,
    [11 ... 12] = QP_CONTROL,   ['\r'] = QP_LINE_END,       [14 ... 31] = QP_CONTROL,
    [' '] = QP_BLANK,           ['!' ... '<'] = QP_LITERAL, ['='] = QP_CODED,
    ['>' ... '~'] = QP_LITERAL, [0x7f] = QP_CONTROL,
};

static enum qp_class class_of(char c)
{
    return qp_classes[(guint8)c];
}

static gboolean is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* A lone dot ends a message where nothing stuffs dots; "From " begins one in a mbox. */
static gboolean must_hide_start(const char *s, gsize len)
{
    return s[0] == '.' || (len >= 5 && memcmp(s, "From ", 5) == 0);
}

void encode_soft_break(GString *out)
{
    text_append(out, "=\r\n", 3);
}

static guint qp_break_before(GString *out, guint column, guint width)
{
    if (column + width <= QP_MAX)
        return column;
    encode_soft_break(out);
    return 0;
}

static guint qp_octet(GString *out, unsigned char c, guint column)
{
    const char code[3] = {'=', hex_digits[c >> 4], hex_digits[c & 15]};

    column = qp_break_before(out, column, sizeof code);
    text_append(out, code, sizeof code);
    return column + sizeof code;
}

/* The run of characters from `i` that stay as they are and fit on this line. */
static gsize qp_run(const char *s, gsize len, gsize i, guint column)
{
    gsize n = 0, most = MIN(QP_MAX - column, len - i);

    s += i;
    while (n < most && (class_of(s[n]) & QP_STAYS))
        n++;
    /* A blank stays where something follows it on its line. */
    if (n > 0 && class_of(s[n - 1]) == QP_BLANK && (n == len - i || is_line_end(s[n])))
        n--;
    return n;
}

guint encode_qp(GString *out, const char *s, gsize len, gboolean drop_controls)
{
    guint column = 0;

    for (gsize i = 0; i < len;) {
        enum qp_class class = class_of(s[i]);
        gsize n;

        if (class == QP_LINE_END) {
            i += s[i] == '\r' && i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
            text_append(out, "\r\n", 2);
            column = 0;
            continue;
        }
        if (column == QP_MAX)
            column = qp_break_before(out, column, 1);
        n = column == 0 && must_hide_start(s + i, len - i) ? 0 : qp_run(s, len, i, column);
        if (n > 0) {
            text_append(out, s + i, n);
            column += n;
            i += n;
            continue;
        }
        if (!drop_controls || class != QP_CONTROL)
            column = qp_octet(out, s[i], column);
        i++;
    }
    return column;
}

static void base64_run(GString *out, const char *s, gsize len)
{
    char buf[BASE64_BYTES_A_LINE / 3 * 4 + 8];
    gint state = 0, save = 0;
    gsize n = g_base64_encode_step((const guchar *)s, len, FALSE, buf, &state, &save);

    n += g_base64_encode_close(FALSE, buf + n, &state, &save);
    text_append(out, buf, n);
}

void encode_base64(GString *out, const char *s, gsize len)
{
    while (len > 0) {
        gsize n = MIN(len, BASE64_BYTES_A_LINE);

        base64_run(out, s, n);
        text_append(out, "\r\n", 2);
        s += n;
        len -= n;
    }
}

GString *encode_crlf(const char *s, gsize len)
{
    GString *out = g_string_sized_new(len + len / 32 + 3);

    for (gsize i = 0; i < len;) {
        gsize n = 0;

        while (i + n < len && !is_line_end(s[i + n]))
            n++;
        text_append(out, s + i, n);
        text_append(out, "\r\n", 2);
        i += n;
        if (i < len)
            i += s[i] == '\r' && i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
    }
    if (out->len == 0)
        text_append(out, "\r\n", 2);
    return out;
}

/* RFC 2047 5 (3): what may stand bare in an encoded word of a phrase, the strictest place. */
static const guint8 word_literals[256] = {
    ['!'] = TRUE,         ['*' ... '+'] = TRUE, ['-'] = TRUE,         ['/'] = TRUE,
    ['0' ... '9'] = TRUE, ['A' ... 'Z'] = TRUE, ['a' ... 'z'] = TRUE,
};

static gboolean is_word_literal(char c)
{
    return word_literals[(guint8)c];
}

static gsize word_q_len(const char *s, gsize len)
{
    gsize n = 3 * len;

    for (gsize i = 0; i < len; i++)
        n -= is_word_literal(s[i]) || s[i] == ' ' ? 2 : 0;
    return n;
}

/* `len` is what word_take() allowed for one word. */
static void word_q(GString *out, const char *s, gsize len)
{
    char buf[WORD_MAX + WORD_MIN];
    gsize n = 0;

    for (gsize i = 0; i < len; i++) {
        unsigned char c = s[i];

        if (is_word_literal(c)) {
            buf[n++] = c;
        } else if (c == ' ') {
            buf[n++] = '_';
        } else {
            buf[n++] = '=';
            buf[n++] = hex_digits[c >> 4];
            buf[n++] = hex_digits[c & 15];
        }
    }
    text_append(out, buf, n);
}

/* How many bytes of whole characters fit into `room` columns. At least one character. */
static gsize word_take(const char *s, gsize len, gsize room, gboolean is_q)
{
    gsize taken = 0, used = 0;

    while (taken < len) {
        gsize n = MIN((gsize)(g_utf8_next_char(s + taken) - (s + taken)), len - taken);
        gsize cost = is_q ? word_q_len(s + taken, n) : n;

        if (taken > 0 && used + cost > (is_q ? room : room / 4 * 3))
            break;
        used += cost;
        taken += n;
    }
    return taken;
}

guint encode_words(GString *out, const char *s, gsize len, guint column)
{
    gboolean is_q = word_q_len(s, len) <= (len + 2) / 3 * 4;
    gsize start;

    while (len > 0) {
        gsize room, n;

        if (column + WORD_MIN > ENCODE_MAX_LINE) {
            text_append(out, "\r\n ", 3);
            column = 1;
        }
        room = MIN(ENCODE_MAX_LINE - column, WORD_MAX) - WORD_FRAME;
        n = word_take(s, len, room, is_q);
        start = out->len;
        g_string_append(out, is_q ? "=?utf-8?Q?" : "=?utf-8?B?");
        if (is_q)
            word_q(out, s, n);
        else
            base64_run(out, s, n);
        text_append(out, "?=", 2);
        column += out->len - start;
        s += n;
        len -= n;
        if (len > 0) {
            text_append(out, "\r\n ", 3);
            column = 1;
        }
    }
    return column;
}
