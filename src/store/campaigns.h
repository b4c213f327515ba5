/*
 * Campaign records, their frozen content versions and counters. Moves of state are checked by
 * model/campaign's table and audited.
 */
#ifndef CRIER_STORE_CAMPAIGNS_H
#define CRIER_STORE_CAMPAIGNS_H

#include <glib.h>

#include "model/campaign.h"
#include "model/delivery.h"
#include "store/db.h"

/* The getters initialise `ret` themselves: what it owned before is not freed. Give it zeroed
 * where it is cleared whatever happens. The same in servers.h. */
gboolean campaigns_get(struct db *db, const char *name, struct campaign *ret,
                       GError **error); /* NOT_FOUND names the nearest */
gboolean campaigns_get_id(struct db *db, gint64 id, struct campaign *ret, GError **error);
/* Without bodies (html, text are NULL): for lists. Of struct campaign *, owned by the array. */
GPtrArray *campaigns_all(struct db *db, GError **error);
/* Adds (id 0) or changes the working content (row_version must match, else PRECONDITION).
 * A paused or held one: campaign_check_edit() says what may change, and what goes out changes
 * with the resume (app/resume.h); another that has begun is refused. `applied_hash` (may be NULL): what `apply` stored, to
 * see later changes. */
gboolean campaigns_put(struct db *db, struct campaign *c, const char *applied_hash,
                       GError **error);
/* Into the bin (store/bin.h); drafts, finished, cancelled. */
gboolean campaigns_delete(struct db *db, const char *name, GError **error);
/* sha256 hex of the fields as stored now, and the one apply stored (NULL: never applied). */
char *campaigns_hash(const struct campaign *c);
char *campaigns_applied_hash(struct db *db, gint64 id);

/*
 * Moves the state (own transaction unless one is open; audited). CRIER_ERROR_INVALID by
 * campaign_check_move(); `reason` for held. Sets started_us, finished_us.
 */
gboolean campaigns_move(struct db *db, gint64 id, enum campaign_state to, const char *reason,
                        GError **error);

/* When it is to begin (wall; 0: never) and the bounds of people then; audited. */
gboolean campaigns_schedule(struct db *db, gint64 id, gint64 at_us, gint64 people_min,
                            gint64 people_max, GError **error);

/* Freezes the working content as the next version and returns its number (the newest one when
 * nothing changed). Inside the caller's transaction. */
gboolean campaigns_freeze(struct db *db, const struct campaign *c, int *ret_version,
                          GError **error);

struct content {
    gint64 campaign_id;
    int version;
    char *from, *reply_to, *subject, *html, *text, *list_id, *list_title; /* owned */
    char *campaign_name, *title;                                          /* owned */
    char *bounce;     /* owned; the mailbox's address, NULL: none */
    GPtrArray *parts; /* owned; of struct part * */
};
gboolean content_get(struct db *db, gint64 campaign_id, int version, struct content *ret,
                     GError **error);
void content_clear(struct content *c);

struct campaign_counts {
    gint64 total;
    gint64 state[DELIVERY_STATE_COUNT];
    gint64 in_flight;
    gint64 undecided; /* the part of uncertain that nobody has decided about */
    /* Of those that the server took, by what came back: each delivery once. */
    gint64 bounced_hard, bounced_soft, complained, unsubscribed;
};
gboolean campaigns_counts(struct db *db, gint64 id, struct campaign_counts *ret,
                          GError **error);
/* A full count of the rows, for the check against the counters. */
gboolean campaigns_recount(struct db *db, gint64 id, struct campaign_counts *ret,
                           GError **error);

struct domain_count {
    char *domain;
    gint64 total, accepted, refused, uncertain, deferrals;
};
GPtrArray *campaigns_domains(struct db *db, gint64 id, int max,
                             GError **error); /* largest first */
struct reply_count { /* counters_replies() */
    int code;
    char *enhanced, *reply; /* a sample text */
    gint64 count;
    int state;
};

#endif
