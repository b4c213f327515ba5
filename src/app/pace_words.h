/*
 * Why nothing more goes out for now although nothing is wrong, in a sentence.
 */
#ifndef CRIER_APP_PACE_WORDS_H
#define CRIER_APP_PACE_WORDS_H

#include <glib.h>

#include "store/server_live.h"

/* "daily limit of 500 reached, again at 00:00"; NULL: no limit is used up. Caller frees. */
char *pace_words_limit(const struct server_live *l);

#endif
