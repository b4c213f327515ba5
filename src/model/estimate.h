/*
 * How long a campaign takes at the least: by its servers' limits a second, an hour, a day and
 * their warm-up, by its own hours, days, dates and spread, and by a receiver's rate. Pure: what
 * was used and the time are arguments. What receivers put off is not known before.
 */
#ifndef CRIER_MODEL_ESTIMATE_H
#define CRIER_MODEL_ESTIMATE_H

#include <glib.h>

#include "model/campaign.h"
#include "model/quota.h"

struct estimate_server {
    const struct server *record; /* borrowed */
    struct quota_use use;        /* as it was when `begin_us` had its windows; all 0: nothing */
};

struct estimate {
    gint64 end_us;       /* wall; of the last message; 0: not within ESTIMATE_DAYS_MAX */
    gboolean has_limit;  /* there is one that could hold it up */
    gboolean is_held_up; /* a server's limit an hour or a day is used up on the way */
};
#define ESTIMATE_DAYS_MAX 1100

/* All servers together, as a pool sends by those that take mail. */
void estimate_make(const struct campaign *c, const struct estimate_server *servers, int n,
                   gint64 people, gint64 begin_us, struct estimate *ret);

/* When the last of those who go to one receiver is out, at that many a second (above 0) within the
 * campaign's hours; wall, 0: not within ESTIMATE_DAYS_MAX. */
gint64 estimate_receiver(const struct campaign *c, double per_second, gint64 people,
                         gint64 begin_us);

/* What limits there are, in words: "5 a second, 100 an hour, 08:00-18:00"; "" none. Caller
 * frees. */
char *estimate_limits(const struct campaign *c, const struct estimate_server *servers, int n);

#endif
