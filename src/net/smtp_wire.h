/*
 * What an SMTP client puts on the wire: commands with their parameters, addresses checked, the
 * body dot-stuffed. Pure: no connection, no state of a session. For smtp.c.
 */
#ifndef CRIER_NET_SMTP_WIRE_H
#define CRIER_NET_SMTP_WIRE_H

#include "net/smtp.h"

#define SMTP_WIRE_ADDRESS_MAX 320 /* 64 + "@" + 255, RFC 5321, 4.5.3.1 */
#define SMTP_WIRE_ENVID_MAX 100   /* encoded, RFC 3461, 4.4 */
/* Upper bounds of one command line with CR LF, whatever the message says. */
#define SMTP_WIRE_MAIL_MAX 1024
#define SMTP_WIRE_RCPT_MAX 3072

/* Can this message be sent to a server with these extensions? CRIER_ERROR_INVALID if not. */
gboolean smtp_wire_check(const struct smtp_message *m, const struct smtp_extensions *e,
                         GError **error);

/* Write "MAIL FROM:<…> …\r\n" and "RCPT TO:<…> …\r\n" to `ret` (room for the maximum above) and
 * return the length. The message has passed smtp_wire_check(). */
gsize smtp_wire_mail(char *ret, const struct smtp_message *m, const struct smtp_extensions *e);
gsize smtp_wire_rcpt(char *ret, const struct smtp_message *m, const struct smtp_extensions *e);

/* The body on its way out, at any point of it. */
struct smtp_body {
    const struct smtp_chunk *chunks; /* borrowed */
    gsize n_chunks;
    gsize at_chunk, at_byte;
    gboolean is_raw; /* for BDAT: no dot is doubled, none ends it */
    gboolean is_line_start;
    gboolean has_cr;    /* a CR was read and is not written yet */
    gboolean is_at_end; /* every byte of the chunks is written, perhaps not yet the dot */
    gboolean is_done;   /* the final CR LF . CR LF is written, too */
};
void smtp_body_init(struct smtp_body *b, const struct smtp_chunk *chunks, gsize n_chunks);
/* The same body without dots; the octets that smtp_body_fill() will write in all. */
gsize smtp_body_init_raw(struct smtp_body *b, const struct smtp_chunk *chunks, gsize n_chunks);
/* Writes at most `room` bytes (at least 16) to `ret`; returns how many. A bare CR or LF becomes
 * CR LF: neither may ever leave alone (RFC 5321, 2.3.8; SMTP smuggling). */
gsize smtp_body_fill(struct smtp_body *b, char *ret, gsize room);

#endif
