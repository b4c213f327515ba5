/*
 * What each outgoing mail server is doing at this moment: rows that the send role writes with
 * its heartbeat. Records of servers are servers.h's.
 */
#ifndef CRIER_STORE_SERVER_LIVE_H
#define CRIER_STORE_SERVER_LIVE_H

#include <glib.h>

#include "store/db.h"
#include "store/doctor_verdicts.h"

#define SERVER_LIVE_SILENT_US G_GINT64_CONSTANT(5000000) /* an older row says nothing of now   \
                                                          */

struct server_live {
    gint64 server_id;
    char *name; /* owned */
    gboolean is_enabled;
    gboolean is_live;     /* the send role has it in hand now; else those below down to at_us are 0 */
    int connections;      /* that are up */
    int in_flight;        /* messages between MAIL FROM and the final reply */
    int waiting;          /* leased for it and not begun */
    double rate_per_s;    /* over the last seconds */
    gint64 rest_until_us; /* wall; it is left alone until then; 0: it is not */
    int limit_kind;       /* enum quota_kind: that limit is used up; 0: none is */
    gint64 limit_n;       /* what it allows */
    gint64 limit_until_us; /* wall; when it begins anew */
    gint64 at_us;         /* wall; of the row; 0: never used */
    int code;             /* of the last final reply, 0: none yet */
    char *reply;          /* owned; its text, "" */
    gint64 reply_us;      /* wall */
    char *problem;        /* owned; a sentence, NULL: none */
    gint64 problem_us;    /* wall; since when, 0: not known */
    char *refused_by;     /* owned; receivers that rest because they refuse its mail, with
                             their replies; NULL: none */
    struct doctor_verdict *doctor; /* owned; what the doctor found of the trouble that it is in;
                                      NULL: nothing, or it is in none */
    int campaigns;        /* sending over it now */
    gint64 queued;        /* people who are still to be mailed over it */
    gint64 deferred;      /* people who wait for another try over it */
};

/* Inside the caller's transaction, or alone. Only the fields from `connections` to `reply_us`
 * but `at_us` are written, the latter as `now_us`. */
gboolean server_live_beat(struct db *db, const struct server_live *l, gint64 now_us,
                          GError **error);
/* The send role ends: nothing is in hand any more. */
gboolean server_live_gone(struct db *db, GError **error);
/* All servers by name. Of struct server_live *, owned by the array. */
GPtrArray *servers_live(struct db *db, gint64 now_us, GError **error);
/* What is wrong with it: what the doctor found, else what its connections met; NULL: nothing.
 * Borrowed. */
const char *server_live_trouble(const struct server_live *l);
/* `refused_by` of one of them. Caller frees. */
char *server_live_refused_by(struct db *db, gint64 server_id);

#endif
