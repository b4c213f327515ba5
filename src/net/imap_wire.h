/*
 * IMAP on the wire (RFC 3501): bytes cut into responses with counted literals, what a response
 * says, and how names and sets of messages are written. Pure; the session is imap.c's.
 */
#ifndef CRIER_NET_IMAP_WIRE_H
#define CRIER_NET_IMAP_WIRE_H

#include <glib.h>

#define IMAP_LINE_MAX 65536   /* a response without its literals */
#define IMAP_LITERAL_MAX 4096 /* one that is not a message */
#define IMAP_BODY_MAX (G_GUINT64_CONSTANT(1) << 30)
#define IMAP_SET_CHARS 900 /* of a set of messages in a command (RFC 2683, 3.2.1.5) */

enum imap_piece_kind {
    IMAP_PIECE_NONE, /* more bytes are needed */
    IMAP_PIECE_BODY, /* bytes of a message: `data` */
    IMAP_PIECE_LINE, /* a whole response: `data`, ends in NUL; a literal stands in it as {} */
    IMAP_PIECE_BAD,  /* nothing more can be understood */
};

struct imap_piece {
    enum imap_piece_kind kind;
    const char *data; /* valid until the next call */
    gsize len;
    guint64 body_len; /* IMAP_PIECE_BODY: of the whole message, by the server's word */
    const char *why;  /* IMAP_PIECE_BAD: a translated sentence */
};

struct imap_reader {
    GString *line; /* owned */
    guint64 literal_left, body_len;
    gboolean is_in_literal, is_body, is_done;
};

void imap_reader_init(struct imap_reader *r);
void imap_reader_clear(struct imap_reader *r);
/* Takes bytes up to the next piece; returns how many. */
gsize imap_reader_take(struct imap_reader *r, const char *data, gsize len,
                       struct imap_piece *ret);

/* "* 12 FETCH (UID 3 RFC822.SIZE 70 BODY[] {})" */
struct imap_fetched {
    guint32 uid;
    gint64 size; /* -1: not told */
    gboolean has_body, is_streamed;
    char *body; /* owned; of one that came as a quoted string, else NULL */
};
/* False: the line is no FETCH response that could be understood. */
gboolean imap_wire_fetched(const char *line, struct imap_fetched *ret);
void imap_fetched_clear(struct imap_fetched *f);

/* "* 12 EXISTS" -> 12. */
gboolean imap_wire_number(const char *line, const char *word, guint32 *ret);
/* "[UIDVALIDITY 12]" anywhere in the first brackets of a status text. */
gboolean imap_wire_code_number(const char *text, const char *word, guint32 *ret);
/* The word within "[TRYCREATE]", "[COPYUID 1 2 3]". Caller frees; "" when there is none. */
char *imap_wire_code(const char *text);
/* Appends the numbers of "* SEARCH 2 84 882". False: something else stands there, or more
 * than `max`. */
gboolean imap_wire_search(const char *line, GArray *to, guint max);

/* "* QUOTA root (MESSAGE 1 9 STORAGE 10 512)" -> 10 and 512 KiB. */
gboolean imap_wire_quota(const char *line, gint64 *ret_used, gint64 *ret_most);

/* A folder's name in modified UTF-7 (RFC 3501, 5.1.3) and quotes. NULL: no name that can be
 * sent. Caller frees. */
char *imap_wire_folder(const char *name);
/* "1:3,7" of uids[*at] on, as many as a command takes; moves *at behind them. Caller frees. */
char *imap_wire_set(const guint32 *uids, gsize n, gsize *at);

#endif
