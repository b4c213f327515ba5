/*
 * A look at a configuration file's text before libconfig gets it: what libconfig would do
 * silently or slowly is refused here.
 */
#ifndef CRIER_TRANSFER_CFGSCAN_H
#define CRIER_TRANSFER_CFGSCAN_H

#include <glib.h>

#define CFGSCAN_MAX_DEPTH 16 /* of groups and lists in each other */
#define CFGSCAN_MAX_TOKENS                                                                     \
    20000 /* libconfig's time grows with the square of the keys in a group */

/*
 * Refused, with the line in `*ret_line` and CRIER_ERROR_INVALID: broken UTF-8, NUL (also as
 * \x00), @include, a string (or strings side by side, which are one) over `max_string` octets,
 * what is opened and never closed, too deep nesting, too many words and signs, an integer that
 * 64 bits cannot hold. Returns a copy in which integers over 32 bits carry the L that libconfig
 * needs to read them whole. Caller frees.
 */
char *cfgscan_check(const char *text, gsize len, gsize max_string, int *ret_line,
                    GError **error);

#endif
