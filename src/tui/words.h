/*
 * Words and numbers that several screens show of the same things, so that they read alike.
 */
#ifndef CRIER_TUI_WORDS_H
#define CRIER_TUI_WORDS_H

#include <glib.h>

#include "store/campaigns.h"
#include "store/said.h"
#include "tui/term.h"

/* Translated; borrowed. */
const char *words_campaign_state(enum campaign_state s);
/* All of them, for a column of states (table.h); NULL behind the last. */
const char *words_campaign_state_at(int i);
enum term_role words_campaign_role(enum campaign_state s);
const char *words_delivery_state(enum delivery_state s);
enum term_role words_delivery_role(enum delivery_state s);

/* Of what came back, SAID_HARD … SAID_UNSUBSCRIBED: "bounced hard", "complained". */
const char *words_effect(enum said_effect e);
enum term_role words_effect_role(enum said_effect e);
gint64 words_effect_count(const struct campaign_counts *c, enum said_effect e);

/* Of a campaign's counts: those it goes to (never-mail people left out), those of whom the last
 * word is said, those who still wait or are under way, those it failed for. */
gint64 words_people(const struct campaign_counts *c);
gint64 words_done(const struct campaign_counts *c);
gint64 words_left(const struct campaign_counts *c);
gint64 words_failed(const struct campaign_counts *c); /* refused at once, or came back */

/* Caller frees. */
char *words_rate(double per_s);                 /* "11/s", "0.4/s", "-" */
char *words_span(gint64 seconds);               /* "12m40", "1h05", "2d3h"; "-" below 0 */
char *words_when(gint64 wall_us, gint64 now_us); /* "today 16:00", "Mon 08:30"; "-" for 0 */
char *words_number(gint64 n);                   /* "12,480"; "-" for 0 */

#endif
