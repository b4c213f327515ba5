/*
 * What came of a campaign, as the verb and the screen show it: sums, recipient domains, their
 * providers, replies, bounces, minutes, and several campaigns beside each other. All numbers come
 * from counters and indexes; nobody counts deliveries. The words of the sums are CLI.md's: failed
 * is refused (our server said no) and bounced (it came back).
 */
#ifndef CRIER_APP_REPORT_H
#define CRIER_APP_REPORT_H

#include <glib.h>

#include "base/json.h"
#include "model/provider.h"
#include "store/bounced.h"
#include "store/counters.h"
#include "store/db.h"

#define REPORT_ALL 1000000 /* rows of a part: more than there are */

/* ---- one campaign ---- */

struct report_sums {
    gint64 id;
    char *name, *title; /* owned; never NULL */
    char *held_reason;  /* owned; NULL: it is not held */
    char *servers;      /* owned; "main", of a pool "both: main, second" */
    enum campaign_state state;
    gint64 started_us, finished_us; /* 0: not yet */
    struct campaign_counts counts;
    gint64 people;            /* it goes to: without those who are never mailed */
    gint64 sent;              /* of them with a last word, or maybe sent */
    gint64 left;              /* queued, being sent, waiting */
    gint64 bounced, failed;   /* hard and soft; with the refused */
    gint64 first_us, last_us; /* begin of the minutes of the first and the last mail; 0: none */
    gint64 busy_minutes;      /* in which mail was taken or refused */
    gint64 most_in_minute;
    double per_s;             /* in those minutes */
};
/* NOT_FOUND names the nearest. */
struct report_sums *report_sums(struct db *db, const char *name, GError **error);
void report_sums_free(struct report_sums *s); /* NULL is fine */

/* The campaigns that have begun, the newest first. Of struct campaign_brief *, owned. */
GPtrArray *report_campaigns(struct db *db, GError **error);

/* ---- what can be told of each, as a share of its people ---- */

enum report_figure {
    REPORT_PEOPLE,
    REPORT_ACCEPTED,
    REPORT_REFUSED,
    REPORT_BOUNCED_HARD,
    REPORT_BOUNCED_SOFT,
    REPORT_WAITING,
    REPORT_LEFT, /* queued or being sent */
    REPORT_MAYBE,
    REPORT_COMPLAINED,
    REPORT_UNSUBSCRIBED,
    REPORT_NEVER,
    REPORT_CANCELLED,
    REPORT_FIGURE_COUNT
};
const char *report_figure_label(enum report_figure f); /* untranslated: pass it through _() */
/* A sentence that says what it means; untranslated. */
const char *report_figure_help(enum report_figure f);
gint64 report_figure(const struct campaign_counts *c, enum report_figure f);
/* 0…1 of the people it goes to; of the never-mail people 0. -1: no share is meant. */
double report_share(const struct campaign_counts *c, enum report_figure f);

/* The mean share of the last `n` campaigns that ended, without this one. Shares as above;
 * `*ret_n`: of how many, 0: there is none. */
#define REPORT_AVERAGE_OF 6
gboolean report_average(struct db *db, gint64 without_id, int n,
                        double ret_share[REPORT_FIGURE_COUNT], int *ret_n, GError **error);

/* ---- parts ---- */

struct report_domain {
    char *name;  /* owned; a recipient domain, or a provider's name */
    char *label; /* owned; how people call it */
    gint64 domains; /* of a provider: how many */
    gint64 total, accepted, refused, uncertain, deferrals, bounced;
};
/* The largest `max` first; `*ret_others` (its texts are NULL) is what all others have. Of struct
 * report_domain *, owned by the array. `bounced` here and below: bounced_domains(), NULL: they
 * are looked for. */
GPtrArray *report_domains(struct db *db, gint64 campaign_id, int max, GHashTable *bounced,
                          struct report_domain *ret_others, GError **error);
/* By provider of mailboxes, the largest first; what no provider claims is the row with name "".
 * With more than `max_domains` domains NULL without an error: that takes a moment, and a screen
 * asks a child for it. */
GPtrArray *report_providers(struct db *db, gint64 campaign_id, const struct providers *all,
                            GHashTable *bounced, int max_domains, GError **error);
/* Who claims the domain, by its name or its MX hosts as far as they are known; NULL: nobody.
 * Borrowed from `all`. */
const struct provider *report_provider_of(struct db *db, const struct providers *all,
                                          const char *domain);
/* From the first mail to the last in at most `max` slots of whole minutes: of struct minute_count,
 * whose `minute` is the slot's first. Caller g_array_unref()s. */
GArray *report_course(struct db *db, const struct report_sums *s, int max,
                      gint64 *ret_slot_minutes, GError **error);

/* ---- written down ---- */

enum report_part {
    REPORT_PART_SUMMARY,
    REPORT_PART_DOMAINS,
    REPORT_PART_PROVIDERS,
    REPORT_PART_REPLIES,
    REPORT_PART_BOUNCES,
    REPORT_PART_MINUTES,
    REPORT_PART_COMPARE,
    REPORT_PART_COUNT
};
const char *report_part_name(enum report_part p); /* "summary" … for the command line */
gboolean report_part_parse(const char *name, enum report_part *ret);

struct report_request {
    const char *name;        /* of the campaign */
    const char *const *with; /* others to compare with, NULL-ended; may be NULL */
    const struct providers *providers;
};
/* Members, not an object: everything. */
gboolean report_json(struct json_writer *w, struct db *db, const struct report_request *r,
                     GError **error);
/* One part: an array of objects. Caller frees. */
GString *report_part_json(struct db *db, const struct report_request *r, enum report_part part,
                          GError **error);
/* The same as CSV, a line a row, with a heading. Caller frees. */
GString *report_csv(struct db *db, const struct report_request *r, enum report_part part,
                    GError **error);

#endif
