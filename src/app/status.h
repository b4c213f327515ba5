/*
 * What goes on: the worker, campaigns with their counters, servers, problems. Read in one go
 * for crier status and the screens; nothing is counted here.
 */
#ifndef CRIER_APP_STATUS_H
#define CRIER_APP_STATUS_H

#include <glib.h>

#include "app/service.h"
#include "base/json.h"
#include "model/campaign.h"
#include "model/pool.h"
#include "model/port.h"
#include "model/server.h"
#include "store/campaigns.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/server_live.h"
#include "store/workspace.h"

#define STATUS_SILENT_S 4 /* a heartbeat is due each second: its row cannot be written */
#define STATUS_STUCK_S 30 /* a role whose last beat is older is stuck */
#define STATUS_UNREAD_S 3600 /* a mailbox that nobody has looked into for so long */
#define STATUS_ENDED_MAX 10

struct status_campaign {
    struct campaign campaign; /* id, name, state, times, bounds of a schedule, title, subject,
                                 server, is_edited; not the content */
    struct campaign_counts counts;
    gint64 expected; /* scheduled: about how many people it will go to */
    double rate_per_s;
    gint64 eta_s; /* -1: not known */
};

struct status_server {
    struct server server;
    char *problem;                  /* owned; NULL none */
    const struct server_live *live; /* borrowed from status.live; NULL: added just now */
};

struct members; /* members.h */

struct status_pool {
    struct pool pool;
    struct members *members; /* owned; what its servers do */
};

struct status_port {
    struct port port;
    char *problem; /* owned; what kept it from being bound, NULL: nothing known */
};

/* Something a person may have to act on, or (status.notes) should know. */
struct status_problem {
    const char *kind; /* "worker", "campaign", "server", "receiver", "mailbox", "port":
                         static */
    const char *cause;  /* for explain, as programs read it: static; NULL: none of its own */
    gboolean is_over_by_itself; /* nobody has to act */
    const char *screen; /* where it is dealt with: a screen's name: "home", "servers" … */
    char *name;         /* owned; what it is about; may be NULL */
    char *text;         /* owned; all of it in one sentence or two, for the command line */
    char *what;         /* owned; what is wrong, without a remedy */
    char *next;         /* owned; what to do, one sentence without command lines */
    char *verb;         /* owned; the words behind "crier" that help; NULL: none does */
    gint64 since_us;    /* wall; 0: not known */
};

struct status {
    gboolean is_worker_running;
    gint64 worker_pid, worker_since_us;
    enum service_state service; /* what starts the worker after a reboot */
    int hardened; /* HARDENING_… of its send role; -1: that does not run */
    gboolean is_inbox_running; /* its role that reads mailboxes lives */
    int inbox_hardened;        /* what that gave up */
    double rate_per_s;
    GPtrArray *campaigns; /* of struct status_campaign *, owned; by number, those of
                             status_home() that have ended behind the others */
    GPtrArray *next;      /* borrowed from campaigns: scheduled, the first to begin first */
    GPtrArray *ended;     /* borrowed: finished or cancelled, newest first, STATUS_ENDED_MAX */
    GPtrArray *servers;   /* of struct status_server *, owned */
    GPtrArray *pools;     /* of struct status_pool *, owned */
    GPtrArray *mailboxes; /* of struct mailbox_now *, owned */
    GPtrArray *ports;     /* of struct status_port *, owned */
    GPtrArray *live;      /* of struct server_live *, owned */
    GPtrArray *holds;     /* of struct hold *, owned: receivers that somebody waits for, that
                             rest or are slowed down */
    GPtrArray *problems;  /* of struct status_problem *, owned */
    GPtrArray *notes;     /* of struct status_problem *, owned: no fault, but to be known */
    gint64 n_in_state[CAMPAIGN_STATE_COUNT];
    struct counters_sums last_hour, today; /* today: since midnight of the local zone */
};

/* Every campaign. `only` (may be NULL): one campaign's slug; NOT_FOUND names the nearest. */
struct status *status_load(struct db *db, const struct workspace *ws, const char *only,
                           GError **error);
/* The same for a screen that asks each second: no drafts, and of those that have ended only the
 * last. */
struct status *status_home(struct db *db, const struct workspace *ws, GError **error);
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

/* ---- status_problems.c, for status.c ---- */
void status_problem_free(gpointer p);
/* Takes `take_what` and `take_next`; `take_verb` may be NULL. `text` NULL: made of the two. */
struct status_problem *status_add_problem(GPtrArray *to, const char *kind, const char *screen,
                                          const char *name, char *take_what, char *take_next,
                                          char *take_verb);
/* Of roles (of struct role_row *) of a running worker; sets the rate and what they gave up. */
void status_find_roles(struct status *s, const GPtrArray *roles, gint64 now_us);
void status_find_problems(struct status *s, struct db *db, const struct workspace *ws);

/* ---- status_mailboxes.c, for both ---- */
void status_find_mailboxes(struct status *s);
void status_find_unknown(struct status *s, struct db *db);
void status_mailboxes_json(struct json_writer *w, const struct status *s);

/* ---- status_ports.c, for both ---- */
GPtrArray *status_load_ports(struct db *db, GError **error);
void status_find_ports(struct status *s);
void status_ports_json(struct json_writer *w, const struct status *s);

#endif
