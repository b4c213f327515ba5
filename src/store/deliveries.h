/*
 * Delivery rows: building them at start, reading them, moving many at once (cancel, resolve).
 * One message's way through the states is ledger.c's.
 */
#ifndef CRIER_STORE_DELIVERIES_H
#define CRIER_STORE_DELIVERIES_H

#include <glib.h>

#include "model/delivery.h"
#include "store/campaigns.h"
#include "store/db.h"

#define DELIVERIES_BATCH 5000

/* Resolves the campaign's list names into campaign_list rows, and of a correction the campaign
 * that it corrects; NOT_FOUND names a missing one. Whom it goes to, everywhere below: members of
 * its lists, less the excluded; of a correction only who got the version.
 * Inside the caller's transaction. */
gboolean deliveries_set_lists(struct db *db, const struct campaign *c, GError **error);

/* How many people it would go to: total members less excluded, and how many of those are
 * suppressed. By the campaign_list rows. */
gboolean deliveries_forecast(struct db *db, gint64 campaign_id, gint64 *ret_total,
                             gint64 *ret_suppressed, GError **error);

/* One of those it would go to, by the campaign_list rows; all owned. */
struct addressee {
    gint64 person_id;
    char *address, *fields_json;
    char *suppressed; /* why never to be mailed; NULL: to be mailed */
};
/* In order of id from `after_id`, at most `max`. The array owns its struct addressee *. */
GPtrArray *deliveries_who(struct db *db, gint64 campaign_id, gint64 after_id, int max,
                          GError **error);
/* The first of those who have not got it yet (queued, then waiting), without those whose person is
 * gone; `person_id` is theirs, `suppressed` NULL. */
GPtrArray *deliveries_left(struct db *db, gint64 campaign_id, int max, GError **error);
/* Memberships of its lists, and the people who have them; those on excluded lists too. */
gboolean deliveries_overlap(struct db *db, gint64 campaign_id, gint64 *ret_memberships,
                            gint64 *ret_people, GError **error);

/* Builds at most DELIVERIES_BATCH further rows of a preparing campaign in key order (one short
 * transaction);
 * `*ret_more` is false when all are there. Resumes by itself behind the last row. */
gboolean deliveries_build(struct db *db, gint64 campaign_id, int version, gboolean *ret_more,
                          gint64 *ret_built, GError **error);
/* Removes at most a batch of rows of a preparing campaign (a start that is called off). */
gboolean deliveries_unbuild(struct db *db, gint64 campaign_id, gboolean *ret_more,
                            GError **error);
/* Counts the built rows and writes all counters, then moves preparing -> sending in one
 * transaction. When `expect_people` >= 0 and differs from total - suppressed:
 * CRIER_ERROR_PRECONDITION and nothing is moved. */
gboolean deliveries_publish(struct db *db, gint64 campaign_id, gint64 expect_people,
                            struct campaign_counts *ret_counts, GError **error);

/* Moves at most a batch of queued and deferred rows to cancelled, with counters. */
gboolean deliveries_cancel_some(struct db *db, gint64 campaign_id, gboolean *ret_more,
                                GError **error);

/* Decides undecided uncertain rows (all, or those of `address_key`): resend -> queued, skip ->
 * stays uncertain but decided. Returns how many in `*ret_n`. Batches; what goes out of a
 * finished campaign sets it sending again in the same transaction, out of a cancelled one
 * nothing goes. */
gboolean deliveries_resolve(struct db *db, gint64 campaign_id, gboolean resend,
                            const char *address_key, gint64 *ret_n, GError **error);

/* The row of that address among the uncertain; NOT_FOUND. */
gboolean deliveries_find_uncertain(struct db *db, gint64 campaign_id, const char *address_key,
                                   gint64 *ret_id, GError **error);

/* The refused of a campaign are queued again; who is never to be mailed by now becomes so when
 * their turn comes. Batches; finished and cancelled ones as above. */
gboolean deliveries_resend_refused(struct db *db, gint64 campaign_id, gint64 *ret_n,
                                   GError **error);

struct delivery {
    gint64 id, person_id;
    char *address;
    enum delivery_state state;
    int attempts;
    int version; /* of its last try; of one that waits: the one it will get */
    gboolean decided;
    gint64 due_us;
    /* of the last attempt; 0 and NULL when there was none */
    char *server;
    gint64 at_us;
    int code;
    char *enhanced, *reply;
};
/* By id from `after_id`, at most `max`; `state` -1: all. Array owns its struct delivery *. */
GPtrArray *deliveries_page(struct db *db, gint64 campaign_id, int state, gint64 after_id,
                           int max, GError **error);
/* The same backwards: those before `before_id`, the nearest first. */
GPtrArray *deliveries_page_before(struct db *db, gint64 campaign_id, int state,
                                  gint64 before_id, int max, GError **error);
/* Those of which came back what counted as this: a bit SAID_HARD … SAID_UNSUBSCRIBED of said.h. */
GPtrArray *deliveries_said_page(struct db *db, gint64 campaign_id, int effect, gint64 after_id,
                                int max, GError **error);
GPtrArray *deliveries_said_page_before(struct db *db, gint64 campaign_id, int effect,
                                       gint64 before_id, int max, GError **error);

struct deliveries_wanted { /* by what has no index */
    int state;             /* enum delivery_state; -1: any */
    int effects;           /* any of these bits of said.h; 0: whether something came back or not */
    const char *domain;    /* what stands behind the '@'; NULL: any */
    int code;              /* of any of its replies; 0: there was none; -1: any */
    const char *enhanced;  /* with `code`; "": without; NULL: any */
};
#define DELIVERIES_FIND_SLICE 20000
/* Of the next so many rows behind `*after_id` (which is moved on) those that are wanted, for a
 * verb that goes through all. */
GPtrArray *deliveries_find(struct db *db, gint64 campaign_id, const struct deliveries_wanted *w,
                           gint64 *after_id, gboolean *ret_more, GError **error);

/* All deliveries of one person, newest first, with the campaign's name in `campaign`. */
struct person_delivery {
    char *campaign;
    struct delivery d;
};
GPtrArray *deliveries_of_person(struct db *db, gint64 person_id, int max, GError **error);
/* Where a delivery comes from: for requests that come back by its tokens. All owned. */
struct delivery_list {
    gint64 id;
    char *name;
};
struct delivery_origin {
    gint64 campaign_id, person_id;
    char *campaign;       /* name */
    char *address;        /* it went to */
    char *person_address; /* the person's now; NULL: removed */
    GPtrArray *lists; /* of struct delivery_list *: the campaign's, less those deleted since */
};
gboolean deliveries_origin(struct db *db, gint64 delivery_id, struct delivery_origin *ret,
                           GError **error); /* NOT_FOUND */
void delivery_origin_clear(struct delivery_origin *o);
void person_delivery_clear(struct person_delivery *d);
/* Ids of the deliveries to an address, whoever it belonged to, oldest first: by the person's
 * number (0: not known) and, without an index, by the address itself. Caller g_array_unref()s.
 */
GArray *deliveries_of_address(struct db *db, const char *address_key, gint64 person_id,
                              GError **error);
gboolean deliveries_get(struct db *db, gint64 id, struct person_delivery *ret, GError **error);
struct attempt {
    int n;
    gint64 at_us;
    char *server, *enhanced, *reply;
    int code, phase, state;
    int version; /* of the content */
};
GPtrArray *deliveries_attempts(struct db *db, gint64 delivery_id, GError **error);

#endif
