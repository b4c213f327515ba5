/*
 * The newest attempts, for a live view: a number of them is kept for each campaign, written in
 * the ledger's commits. The full record is the ledger (deliveries.h).
 */
#ifndef CRIER_STORE_EVENTS_H
#define CRIER_STORE_EVENTS_H

#include <glib.h>

#include "model/delivery.h"
#include "store/db.h"

#define EVENTS_PAGE_MAX 200
#define EVENTS_KEPT 1000 /* of a campaign, at least */
#define EVENTS_PRUNE_EVERY 200
/* Of a campaign in one commit, each of accepted and of all other attempts: past some
 * hundred messages a second the older ones of a commit are left out. Of those accepted it is as
 * many in EVENTS_SPAN_US, but EVENTS_COMMIT_MIN of each commit. */
#define EVENTS_COMMIT_MAX 16
#define EVENTS_COMMIT_MIN 2
#define EVENTS_SPAN_US 20000

struct event {
    gint64 id; /* grows over all campaigns */
    gint64 campaign_id, delivery_id;
    gint64 at_us; /* wall */
    int attempt;
    enum delivery_state state;                            /* that it led to */
    int code;                                             /* 0: no reply */
    int version;                                          /* of the content */
    char *campaign, *address, *server, *enhanced, *reply; /* owned; server may be NULL */
};

/* The newest of one campaign (0: of all) before event `before_id` (0: from the newest on),
 * newest first, at most `max` (EVENTS_PAGE_MAX). Of struct event *, owned by the array. */
GPtrArray *events_page(struct db *db, gint64 campaign_id, gint64 before_id, int max,
                       GError **error);
/* The newest one's id, 0: none: whether anything is new. */
gint64 events_newest(struct db *db, gint64 campaign_id);

/* ---- inside the store: what a transaction adds ---- */
struct events;
struct events *events_new(void);
void events_free(struct events *e);
void events_reset(struct events *e);
void events_add(struct events *e, gint64 campaign_id, gint64 delivery_id, int attempt,
                enum delivery_state state, gint64 at_us);
gboolean events_write(struct db *db, struct events *e, GError **error);

#endif
