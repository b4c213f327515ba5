/*
 * What a verb says while it works, in lines that a program reads (doc/PROGRESS): asked for by
 * CRIER_PROGRESS=1 in the environment. The terminal UI runs verbs that way.
 */
#ifndef CRIER_CMD_TELL_H
#define CRIER_CMD_TELL_H

#include <glib.h>

enum tell {
    TELL_DOING,    /* what it does from now on; the counting begins anew */
    TELL_PROGRESS, /* "DONE TOTAL"; TOTAL 0: not known */
    TELL_SAID,     /* a sentence about what was done */
    TELL_LINE,     /* of a conversation with a server, as it comes */
    TELL_ERROR,    /* a sentence about what went wrong */
};

gboolean tell_is_wanted(void);
/* Each line of `text` as one "KIND TEXT" on standard error, safe to show. */
void tell_put(enum tell kind, const char *text);

#endif
