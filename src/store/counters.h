/*
 * What the screens ask for once a second: sums and buckets that the ledger's writers keep in
 * the same commits. Nothing here counts deliveries; each call costs microseconds, whatever the
 * size of the campaign.
 */
#ifndef CRIER_STORE_COUNTERS_H
#define CRIER_STORE_COUNTERS_H

#include <glib.h>

#include "model/campaign.h"
#include "store/campaigns.h"
#include "store/db.h"

#define COUNTERS_MINUTE_US G_GINT64_CONSTANT(60000000)

struct minute_count {
    gint64 minute; /* wall time / COUNTERS_MINUTE_US */
    gint64 accepted, refused, deferrals, uncertain;
};

/* The `n` minutes from `from_minute` on into `out`, those without mail with zeros.
 * `campaign_id` 0: of all campaigns. */
gboolean counters_minutes(struct db *db, gint64 campaign_id, gint64 from_minute, int n,
                          struct minute_count *out, GError **error);

/* The minutes of a campaign in which mail had a last word. */
struct minute_span {
    gint64 first, last, n; /* n 0: there were none */
    gint64 mails, most;    /* in all of them, in the busiest */
};
gboolean counters_span(struct db *db, gint64 campaign_id, struct minute_span *ret,
                       GError **error);

/* Replies of a campaign by state, code and enhanced code, most frequent first. Of struct
 * reply_count *, owned by the array. */
GPtrArray *counters_replies(struct db *db, gint64 campaign_id, int max, GError **error);

/* The largest domains of a campaign, and what all others have together. */
struct domain_others {
    int domains; /* at most COUNTERS_OTHERS_MAX: that many or more */
    gint64 total, accepted, refused, uncertain;
};
#define COUNTERS_OTHERS_MAX 1000
/* Of struct domain_count *, owned by the array. */
GPtrArray *counters_domains(struct db *db, gint64 campaign_id, int max,
                            struct domain_others *ret_others, GError **error);

/* Maybe sent, in all campaigns. */
gboolean counters_uncertain(struct db *db, gint64 *ret_n, GError **error);

/* When the first of those who were put off is tried again (wall), 0: nobody was. */
gint64 counters_next_due_us(struct db *db, gint64 campaign_id);

/* Of all campaigns since a time (to the minute). */
struct counters_sums {
    gint64 accepted, refused, deferrals, uncertain;
    gint64 sent;         /* accepted, refused and uncertain: those with a last word */
    gint64 unsubscribed; /* never-mail entries of that reason made since, at most */
    gint64 bounced;      /* COUNTERS_SUMS_MAX each: that many or more */
    gint64 complained;
};
#define COUNTERS_SUMS_MAX 10000
gboolean counters_since(struct db *db, gint64 since_us, struct counters_sums *ret,
                        GError **error);

/* A campaign without its content, with its counters: a row of a list. All owned. */
struct campaign_brief {
    gint64 id;
    enum campaign_state state;
    char *name, *title, *subject, *server, *held_reason; /* never NULL but held_reason */
    gint64 row_version, content_version;
    gint64 created_us, started_us, finished_us; /* 0: not yet */
    gint64 schedule_us, schedule_min, schedule_max;
    gboolean is_edited; /* changed since its newest version was frozen */
    struct campaign_counts counts;
};
#define COUNTERS_STATE(state) (1u << (state))
#define COUNTERS_ALL_STATES ((1u << CAMPAIGN_STATE_COUNT) - 1)
/* The campaigns in these states in the order of their numbers. Of struct campaign_brief *,
 * owned by the array. */
GPtrArray *counters_campaigns(struct db *db, unsigned states, GError **error);
/* The `max` that ended last, newest first. */
GPtrArray *counters_ended(struct db *db, int max, GError **error);
/* How many campaigns there are in each state. */
gboolean counters_states(struct db *db, gint64 ret_n[CAMPAIGN_STATE_COUNT], GError **error);

#endif
