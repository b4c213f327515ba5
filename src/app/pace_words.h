/*
 * Why nothing more goes out for now although nothing is wrong, in a sentence.
 */
#ifndef CRIER_APP_PACE_WORDS_H
#define CRIER_APP_PACE_WORDS_H

#include <glib.h>

#include "model/campaign.h"
#include "store/holds.h"
#include "store/server_live.h"

/* "daily limit of 500 reached, again at 00:00"; NULL: no limit is used up. Caller frees. */
char *pace_words_limit(const struct server_live *l);
/* "outside of its sending hours (08:00-18:00), it goes on at Mon 08:00"; NULL: it may go out
 * now. Caller frees. */
char *pace_words_hours(const struct campaign *c, gint64 now_us);
/* "spread over 8 h: about 120 an hour"; NULL: it is not. Caller frees. */
char *pace_words_spread(const struct campaign *c, gint64 people);
/* "Gmail: 3,812 waiting: 10 a second". Caller frees. */
char *pace_words_hold(const struct hold *h);
/* The second half of it, without who and how many: "it rests until 14:05". Caller frees. */
char *pace_words_hold_cause(const struct hold *h);

#endif
