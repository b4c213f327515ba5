/*
 * What an SMTP reply means, by phase and code: one table (RFC 5321 4.2, RFC 3463, RFC 2034).
 */
#ifndef CRIER_MODEL_REPLY_H
#define CRIER_MODEL_REPLY_H

#include <glib.h>

enum reply_phase {
    REPLY_CONNECT, /* TCP, TLS, greeting, EHLO: before a transaction */
    REPLY_AUTH,
    REPLY_MAIL,
    REPLY_RCPT,
    REPLY_DATA,
    REPLY_DOT, /* the final reply */
    REPLY_RSET,
    REPLY_PHASE_COUNT
};

enum reply_class {
    REPLY_PROCEED,        /* 2xx or 354 where it is due */
    REPLY_ACCEPTED,       /* final 2xx */
    REPLY_REFUSED,        /* 5xx about this person or message */
    REPLY_LATER,          /* 4xx about this person or message: deferred */
    REPLY_SERVER_LATER,   /* 4xx about the server's state: it rests, no attempt is used */
    REPLY_SERVER_REFUSED, /* 5xx about us (sender, login): the server rests and a person must
                             act */
    REPLY_RECONNECT,      /* 421: close and connect again, no attempt is used */
    REPLY_UNCERTAIN,      /* after the dot, no complete final reply line */
    REPLY_PROTOCOL,       /* not SMTP, out of order: close; before the dot no attempt is used */
    REPLY_CLASS_COUNT
};

#define REPLY_MAX_LINES 512
#define REPLY_MAX_LINE_BYTES 4096

struct reply {
    int code;          /* 0: none (connection lost) */
    char enhanced[16]; /* "5.1.1" or "" */
    char *text;        /* owned; the text of all lines joined by '\n', both codes stripped */
};

void reply_clear(struct reply *r);
void reply_copy(struct reply *to, const struct reply *from); /* `to` is cleared first */

/* One row of the table; the first that fits decides. */
struct reply_rule {
    enum reply_phase phase; /* REPLY_PHASE_COUNT: every phase */
    const char *code;       /* "550", "53x", "5xx", "0" (none), "*" (anything) */
    const char *enhanced;   /* "5.1.8", "5.7.2?" ('?': digits); NULL: any or none */
    const char *text;       /* a phrase of the reply's text, case ignored; NULL: any */
    enum reply_class class;
    const char *help; /* untranslated: pass it through _() */
};
const struct reply_rule *reply_rules(gsize *ret_n);
/* Whether a row fits, of this table or of another one of the same shape; help and class do not
 * count. */
gboolean reply_rule_fits(const struct reply_rule *rule, enum reply_phase phase,
                         const struct reply *r);
const struct reply_rule *reply_find_rule(enum reply_phase phase, const struct reply *r);

enum reply_class reply_classify(enum reply_phase phase, const struct reply *r);
const char *reply_phase_name(enum reply_phase p); /* "MAIL FROM" … for a transcript */
const char *reply_class_name(enum reply_class c);

/*
 * Collects lines into a reply. Feed bytes with reply_reader_feed(): returns the number of bytes
 * taken (it stops behind the end of a complete reply), sets `*ret_done` when a reply is
 * complete in `r->reply`, which stays valid until the next feed. Over-long, too many lines,
 * changing codes, bad syntax: -1 and an error.
 */
struct reply_reader {
    struct reply reply; /* its text is `text`'s */
    GString *line;      /* owned */
    GString *text;      /* owned */
    int n_lines;
};
void reply_reader_init(struct reply_reader *r);
void reply_reader_clear(struct reply_reader *r);
gssize reply_reader_feed(struct reply_reader *r, const char *data, gsize len,
                         gboolean *ret_done, GError **error);

#endif
