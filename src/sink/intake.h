/*
 * The octets of one message on their way in: dots unstuffed, counted, hashed, kept.
 */
#ifndef CRIER_SINK_INTAKE_H
#define CRIER_SINK_INTAKE_H

#include <glib.h>

#include "sink/maildir.h"

#define INTAKE_MAX_HEAD (64 * 1024) /* of the header is looked at for the Message-ID */

struct intake {
    gint64 bytes;
    gint64 max_bytes;
    gboolean is_too_big;
    gboolean is_line_start; /* the next octet begins a line (for the dots of DATA) */
    gboolean wants_head;
    GString *head;             /* owned; the beginning of the message */
    GChecksum *sum;            /* owned; NULL unless kept */
    struct maildir_file *file; /* owned; NULL unless kept */
    GError *error;             /* owned; why it cannot be kept */
};

/* Zero-initialised memory is ready for this. `maildir` may be NULL: count only. */
void intake_begin(struct intake *in, struct maildir *maildir, gint64 seq, gint64 max_bytes,
                  gboolean wants_head);
/* BDAT: octets as they are. */
void intake_add(struct intake *in, const char *data, gsize len);
/*
 * DATA: takes octets up to the end of the message (RFC 5321 4.5.2) and returns how many were
 * used; a few may be left until more come. `*ret_is_end` when the dot was among them.
 */
gsize intake_add_dotted(struct intake *in, const char *data, gsize len, gboolean *ret_is_end);
/* The Message-ID without blanks around it, NULL when there is none. Caller frees. */
char *intake_message_id(const struct intake *in);
/* Ends it; drops what is not committed. Ready for intake_begin(). */
void intake_clear(struct intake *in);

#endif
