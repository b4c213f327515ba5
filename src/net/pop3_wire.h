/*
 * What a POP3 server's answers look like (RFC 1939, 2449, 3206): a reader that takes octets as
 * they come and finds the status line, the lines of a list or the octets of a message, each
 * bounded. Pure: no connection, no clock. Which answer belongs to which command is pop3.c's.
 */
#ifndef CRIER_NET_POP3_WIRE_H
#define CRIER_NET_POP3_WIRE_H

#include <glib.h>

/* A line of a list or a status line, without its end. RFC 2449, 4 has 512; servers are wordier.
 */
#define POP3_LINE_MAX 2048
/* RFC 1939, 7 has 70; some servers make longer ones. */
#define POP3_UID_MAX 255
#define POP3_NUMBER_MAX G_MAXINT32
/* Octets of a list, and of a message beyond what is kept of it: a server that goes on and on is
 * not listened to for ever. */
#define POP3_LIST_BYTES_MAX (128 * 1024 * 1024)
#define POP3_REST_BYTES_MAX (64 * 1024 * 1024)

/* What stands in brackets behind -ERR. */
enum pop3_code {
    POP3_CODE_NONE,
    POP3_CODE_IN_USE,      /* somebody else has the mailbox open */
    POP3_CODE_LOGIN_DELAY, /* logged in again too soon */
    POP3_CODE_SYS_TEMP,    /* the server's passing trouble */
    POP3_CODE_SYS_PERM,    /* the server's lasting trouble */
    POP3_CODE_AUTH,        /* wrong name or password */
    POP3_CODE_OTHER,       /* one that we do not know */
    POP3_CODE_COUNT
};
const char *pop3_code_name(enum pop3_code c);
/* `text`: the words behind -ERR. */
enum pop3_code pop3_code_parse(const char *text);

struct pop3_capabilities {
    gboolean top, uidl, user, stls, pipelining, resp_codes, auth_resp_code, utf8;
    char *sasl;           /* owned; mechanisms as announced, or NULL */
    char *implementation; /* owned; or NULL */
};
/* One line of CAPA's answer more. What is unknown is passed over. */
void pop3_capabilities_add(struct pop3_capabilities *c, const char *line);
void pop3_capabilities_clear(struct pop3_capabilities *c);

/* Lines of LIST and UIDL and the words of STAT's +OK. False when it is none; the outputs are
 * untouched then. The UID is borrowed from `line`, 1 to POP3_UID_MAX printable characters. */
gboolean pop3_parse_list(const char *line, gint64 *ret_number, gint64 *ret_bytes);
gboolean pop3_parse_uidl(const char *line, gint64 *ret_number, const char **ret_uid);
gboolean pop3_parse_stat(const char *text, gint64 *ret_messages, gint64 *ret_bytes);

enum pop3_shape {
    POP3_SHAPE_STATUS,  /* the status line alone */
    POP3_SHAPE_LINES,   /* behind +OK lines up to a lone dot, each given to on_line() */
    POP3_SHAPE_MESSAGE, /* behind +OK octets up to a lone dot, kept in `message` */
};

enum pop3_reading { /* where in an answer the reader stands */
                    POP3_READING_STATUS,
                    POP3_READING_BEGIN,  /* of a line behind the status line */
                    POP3_READING_DOT,    /* a dot at the begin of a line */
                    POP3_READING_DOT_CR, /* and CR */
                    POP3_READING_MIDDLE,
                    POP3_READING_CR, /* CR in the middle */
                    POP3_READING_DONE,
};

struct pop3_reader {
    enum pop3_reading reading;
    enum pop3_shape shape;
    gboolean is_ok;
    gboolean has_bare_lf; /* this server ends lines with LF alone: its status line did */
    char line[POP3_LINE_MAX + 1];
    gsize line_len;
    gboolean is_long; /* more of the line came than there is room for */
    char *text;       /* owned; the status line's words behind +OK or -ERR */
    /* A line without its end and its stuffed dot, NUL-terminated. Not for lines that are too
     * long or hold NUL: those are counted in n_unread. */
    void (*on_line)(const char *line, void *data);
    void *data;
    guint64 n_unread;
    GString *message; /* owned; NULL unless the shape has one; CRLF lines, dots unstuffed */
    gsize max_bytes;
    guint64 left;    /* octets that may still come behind the status line */
    guint64 n_octets; /* of the message, with what was thrown away */
    gboolean is_cut;  /* it had more than max_bytes; the rest was thrown away */
};

void pop3_reader_init(struct pop3_reader *r);
void pop3_reader_clear(struct pop3_reader *r);

/* The next answer. `max_bytes` bounds a message, `on_line` is for lines. */
void pop3_reader_begin(struct pop3_reader *r, enum pop3_shape shape, gsize max_bytes,
                       void (*on_line)(const char *line, void *data), void *data);
/* Takes octets up to the end of the status line or of the answer and returns how many;
 * `ret_done` tells whether the answer's is there. -1 with CRIER_ERROR_INVALID when this is no
 * answer; only begin helps afterwards. */
gssize pop3_reader_feed(struct pop3_reader *r, const char *data, gsize len, gboolean *ret_done,
                        GError **error);

#endif
