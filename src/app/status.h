/*
 * What goes on: the worker, campaigns with their counters, servers, problems. Read in one go
 * for crier status and the screens.
 */
#ifndef CRIER_APP_STATUS_H
#define CRIER_APP_STATUS_H

#include <glib.h>

#include "base/json.h"
#include "model/campaign.h"
#include "model/server.h"
#include "store/campaigns.h"
#include "store/db.h"
#include "store/workspace.h"

#define STATUS_SILENT_S 4 /* a heartbeat is due each second: its row cannot be written */
#define STATUS_STUCK_S 30 /* a role whose last beat is older is stuck */

struct status_campaign {
    struct campaign campaign; /* without bodies */
    struct campaign_counts counts;
    double rate_per_s;
    gint64 eta_s; /* -1: not known */
};

struct status_server {
    struct server server;
    char *problem; /* owned; NULL none */
};

struct status_problem {
    const char *kind; /* "worker", "campaign", "server": static */
    char *name;       /* owned; may be NULL */
    char *text;       /* owned; one sentence */
};

struct status {
    gboolean is_worker_running;
    gint64 worker_pid, worker_since_us;
    double rate_per_s;
    GPtrArray *campaigns; /* of struct status_campaign *, owned */
    GPtrArray *servers;   /* of struct status_server *, owned */
    GPtrArray *problems;  /* of struct status_problem *, owned */
};

/* `only` (may be NULL): one campaign's slug; NOT_FOUND names the nearest. */
struct status *status_load(struct db *db, const struct workspace *ws, const char *only,
                           GError **error);
void status_free(struct status *s); /* NULL is fine */

/* The object of `crier status --json`. */
void status_json(struct json_writer *w, const struct status *s);
/* One element of "campaigns". */
void status_campaign_json(struct json_writer *w, const struct status_campaign *c);

/*
 * Splits the worker's rate over the campaigns that are sending by what each has left, and works
 * out when each is through. Pure.
 */
void status_share_rate(GPtrArray *campaigns, double rate_per_s);

#endif
