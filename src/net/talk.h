/*
 * A few lines over a plain socket, each with a deadline: to hear what a port says by itself,
 * also where no library would take it for an answer. Blocks. Nothing secret is ever said here.
 */
#ifndef CRIER_NET_TALK_H
#define CRIER_NET_TALK_H

#include <glib.h>

enum talk_heard {
    TALK_LINE,   /* a line, without its end */
    TALK_SILENT, /* nothing whole until the deadline; what there is of a line stays for later */
    TALK_CLOSED, /* the other side ended; the last words may be without a line's end */
    TALK_LOST,   /* by a reset or another error */
    TALK_ENDLESS, /* longer than any line may be, or no text at all: what came first */
};

#define TALK_MAX_LINE 2048

struct talk;

/* To an address, or a name, which is looked up without a deadline. CRIER_ERROR_FAILED. */
struct talk *talk_open(const char *host, guint16 port, gint64 deadline_us, GError **error);
void talk_free(struct talk *t); /* NULL is fine */

/* `line` without its end. False: the connection is lost. */
gboolean talk_say(struct talk *t, const char *line, gint64 deadline_us);
/* `ret_line` is emptied first: octets as they came. Deadlines are of clock_mono_us(). */
enum talk_heard talk_hear(struct talk *t, gint64 deadline_us, GString *ret_line);
/* What came so far and is no whole line. Borrowed. */
const GString *talk_rest(const struct talk *t);

#endif
