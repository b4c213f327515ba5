/*
 * What the files of src/inbound share: a mail taken apart, once, for all of them.
 */
#ifndef CRIER_INBOUND_INBOUND_PRIVATE_H
#define CRIER_INBOUND_INBOUND_PRIVATE_H

#include <glib.h>

#include "inbound/inbound.h"
#include "message/mailscan.h"

#define TEXT_MAX_BYTES (64 * 1024)     /* of a notice's own words; bounces say it sooner */
#define PART_MAX_BYTES (512 * 1024)    /* of one part, before it is decoded */
#define RETURNED_MAX_BYTES (64 * 1024) /* of the returned mail: its header */
#define FOLDED_MAX_BYTES (8 * 1024)
#define MAX_ADDRESSES 300

/* One recipient of a delivery notice; texts are owned, NULL where the field is missing. */
struct dsn_group {
    char *original, *final; /* addresses; NULL: none that could be one */
    char *action, *status, *diagnostic, *remote_mta;
};

struct feedback {
    char *type;            /* small letters; "abuse" … */
    GPtrArray *recipients; /* of char * */
};

struct mail {
    struct mailscan scan;
    struct mailscan_header header; /* of the mail itself; into `scan` */
    char *from;                    /* address; "" */
    char *return_path;             /* address; "" for <>; NULL without the field */
    char *subject;                 /* decoded; "" */
    char *folded_subject;          /* for looking things up: see fold_text() */
    GString *text;                 /* the notice's own words */
    char *folded;                  /* their beginning */
    gboolean has_report;           /* a message/delivery-status part */
    gboolean has_loose_report;     /* its fields stand in the text; only daemons are believed */
    gboolean has_receipt;          /* a message/disposition-notification part */
    gboolean is_refusal;           /* it says that a program threw the mail away */
    gboolean has_feedback;         /* a message/feedback-report part */
    GPtrArray *groups;             /* of struct dsn_group */
    char *envelope_id;             /* Original-Envelope-Id; or NULL */
    char *reporting_mta;           /* or NULL */
    struct feedback feedback;
    char *returned_text; /* what `returned` points into, when it is not the mail */
    GArray *returned;    /* of struct mailscan_field: the mail that came back */
};

/* ---- text.c ---- */

/* Fills text, folded, and the parts that speak of recipients. */
void mail_read(const char *raw, gsize len, struct mail *ret);
void mail_clear(struct mail *m);
/* The header of the mail that came back; n is 0 when none did. */
struct mailscan_header mail_returned(const struct mail *m);
/* Small letters, one blank for each run of blanks, at most `max` bytes. Caller frees. */
char *fold_text(const char *text, gsize max);

/* ---- phrase.c ---- */

struct phrase {
    const char *text; /* folded, of two octets at least; NULL ends a row of these */
    int value;
};
#define PHRASE_MAX_ROWS 400
#define PHRASE_BUCKETS 1024 /* a power of two */
struct phrase_set {
    const struct phrase *rows;
    gsize once;
    gint16 first[PHRASE_BUCKETS], next[PHRASE_MAX_ROWS];
};
/* Every row that begins at the beginning of a word of the folded text: bits 1 << value. */
guint64 phrase_values(struct phrase_set *set, const char *folded);
/* The value of the first that the text begins with; -1. */
int phrase_at(struct phrase_set *set, const char *folded);

/* ---- dsn.c, arf.c ---- */

void dsn_read(struct mail *m, const char *text);
/* A disposition notification (RFC 8098). */
void receipt_read(struct mail *m, const char *text);
void dsn_group_free(struct dsn_group *g);
void arf_read(struct mail *m, const char *text);
/* A complaint: the report, or the form without one. */
/* notice.c: reports in JSON, which stand in the text. */
void notice_read(struct mail *m);
gboolean arf_is_complaint(const struct mail *m);
void arf_items(const struct mail *m, struct inbound *in);

/* ---- kind.c ---- */

enum mail_kind kind_of(const struct mail *m);
gboolean kind_is_daemon(const char *address);

/* ---- address.c ---- */

struct address_found {
    const char *begin, *end; /* of the address in the text */
};
/* The next address in [p, end); NULL when there is none; `ret` is what it found. Returns where
 * to go on. */
const char *address_next(const char *p, const char *begin, const char *end,
                         struct address_found *ret);
/* The first address of a field such as "Name <local@domain>" or "rfc822;local@domain"; NULL
 * when there is none. Caller frees. */
char *address_of(const char *text, gssize len);
/* Of every field of this name. Appends char *. */
void addresses_of(struct mailscan_header h, const char *name, GPtrArray *out);
gboolean addresses_have(const GPtrArray *all, const char *address);

/* ---- recipients.c ---- */

/* Blanks out lines of the text that must not be judged by. */
void recipients_find(struct mail *m, enum mail_kind kind, const struct bounce_rules *rules,
                     struct inbound *in);
/* Takes `address`. NULL when it is there already, or there are too many. */
struct inbound_item *inbound_add(struct inbound *in, char *address);

/* ---- tokens.c ---- */

void tokens_find(const struct mail *m, struct inbound *in);

#endif
