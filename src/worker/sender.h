/*
 * Inside the worker only: the send role's parts. sender.c decides, leasing.c leases, books.c
 * finishes, outgoing.c keeps a server's connections.
 */
#ifndef CRIER_WORKER_SENDER_H
#define CRIER_WORKER_SENDER_H

#include <glib.h>

#include "base/loop.h"
#include "model/campaign.h"
#include "model/pace.h"
#include "model/server.h"
#include "net/smtp.h"
#include "net/stream.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/ledger.h"
#include "store/server_live.h"
#include "worker/link.h"
#include "worker/render.h"
#include "worker/signing.h"

struct outgoing; /* a server in use */
struct harden;
struct provider_table;
struct providers;
struct receivers;
struct ours;

struct waiting {          /* waiting.c's; zeroed is empty */
    GQueue ahead, first, behind; /* of struct lease * */
};

struct sending { /* a campaign that is being sent */
    gint64 id;
    char *name; /* owned */
    gint64 give_up_s;
    GArray *routes;            /* owned; routes.c's: the servers it goes by, in their order */
    gboolean is_serverless;    /* none of them is there and switched on; that was logged */
    struct campaign *record;   /* owned; of its fields those that say when and how fast */
    gint64 hours_looked_us;    /* monotonic: when `opens_us` was worked out */
    gint64 opens_us;           /* wall: outside of its sending hours until then; 0: inside */
    struct pace_bucket spread; /* over how long it is spread; no rate: it is not */
    int n_out;                 /* leases of it that are not recorded */
    gboolean is_seen;          /* while the list is read again */
    gboolean is_drained;       /* the last lease brought nothing */
    gboolean is_leasing;       /* one was asked for and has not come back */
    gint64 stalled_until_us;   /* monotonic: its content could not be read */
    gint64 look_again_us;      /* monotonic: when to lease again although drained */
    gint64 held_look_us;       /* monotonic: not before, for those who were held */
};

struct sender {
    const struct workspace *ws;
    struct db *db;        /* for all but the ledger */
    struct db *ledger_db; /* the ledger's alone */
    struct loop *loop;
    struct stream_pool *pool;
    struct ledger *ledger;
    struct render *render;
    struct signing *signing;
    GHashTable *outgoings; /* gint64 server id -> struct outgoing */
    GHashTable *sendings;  /* gint64 campaign id -> struct sending */
    GPtrArray *authorise;  /* struct connection *: envelope taken, waiting for the word */
    struct provider_table *provider_table; /* owned, as the two below */
    struct providers *providers;           /* NULL: a person's table is wrong; nothing goes */
    struct receivers *receivers;           /* NULL: likewise */
    struct ours *ours;                     /* owned; refusals whose fault is ours */
    gboolean lease_again; /* those looked through had to be held: others are behind them */
    struct pace_meter meter;
    char *hello;    /* owned; the default EHLO name */
    gint64 retry_s; /* from the settings, read with the campaigns */
    struct harden *harden;   /* owned; what this process may reach */
    int hardened;            /* HARDENING_… that hold */
    gboolean must_start_anew; /* it needs what it gave up: it drains and ends */
    int link_fd;    /* -1 when the supervisor is gone */
    struct loop_watch *link_watch;
    gint64 blocked_try_us; /* monotonic: no commit is tried again before */
    gboolean is_once;
    gboolean is_draining, is_stopping_now;
    gint64 stop_deadline_us;
    gboolean must_reload;
    gint64 now_us; /* monotonic, of this turn */
    gint64 since_us;
    gint64 clock_offset_us; /* of the wall clock from the monotonic one, when last looked at */
    guint64 n_changes; /* by others, when the campaigns were read */
    gint64 blocked_logged_us;
    char *note; /* owned; for the heartbeat */
};

/* The outcome goes to the ledger; the lease is gone afterwards. */
void sender_record(struct sender *s, struct lease *lease, const struct ledger_outcome *o);
/* Unsent: back to the queue, or to what stopped it. */
void sender_give_back(struct sender *s, struct lease *lease);
/* Its message cannot be made, and that is not the person's fault: it goes back, and nothing
 * more of its campaign is leased for now, or, with CRIER_ERROR_PRECONDITION, until somebody
 * acted and resumed it. */
void sender_message_failed(struct sender *s, struct lease *lease, const GError *why);
struct sending *sender_campaign(struct sender *s, gint64 campaign_id);
/* How many campaigns share a server now, at least 1. */
int sender_campaigns_on(struct sender *s, const struct outgoing *g);

void sender_log_blocked(struct sender *s, const char *what, const char *why);
/* Gives back queued leases that were stopped; all of them with `all`. */
void sender_sweep_stopped(struct sender *s, gboolean all);

/* ---- leasing.c ---- */
void sender_lease_all(struct sender *s);
/* Who is leased for a receiver that rests since goes back. */
void sender_heed_rests(struct sender *s);
void sender_take_leased(struct sender *s); /* what came of the last one that ran beside */

/* ---- routes.c ---- */
/* The servers that a name, a server's or a pool's, stands for now. */
void routes_take(struct sender *s, struct sending *c, const char *name);
void routes_forget(struct sending *c);
gboolean routes_has(const struct sending *c, const struct outgoing *g);
void routes_add_to(const struct sending *c, GHashTable *used); /* of struct outgoing * */
/* Whether one of them is there, does not rest, and may be given more for now. */
gboolean routes_may_send(const struct sending *c);
/* Limits an hour or a day of all of them are used up: until the first one's ends (wall); else
 * 0. */
gint64 routes_full_until_us(const struct sending *c);
/* How many leases are wanted now, and by whom: each is then given to routes_queue(). Fewer are
 * fine. */
int routes_wants(struct sender *s, struct sending *c);
void routes_queue(struct sending *c, struct lease *lease);

/* ---- books.c ---- */
/* Sets it finished when nobody is left and the books balance; else nothing. */
void sender_finish(struct sender *s, struct sending *c);
/* At the start: a cancelling that was cut short is completed, books are compared. */
void sender_look_back(struct sender *s);
/* Campaigns of which too many were refused are held. */
void sender_look_at_refusals(struct sender *s);

/* At the start, before times of the ledger are read: a jump since the role's last life. */
void sender_begin_clock(struct sender *s);
/* Each turn: a jump of the wall clock is no wait of anybody's. */
void sender_look_at_clock(struct sender *s);
/* The time for what the ledger keeps: by the clock as it was at that look, so that all of it can
 * be moved along with a jump, or none. */
gint64 sender_wall_us(const struct sender *s);

/* ---- fence.c ---- */
/* Gives up what is not needed; the store is open, no thread is there. */
gboolean fence_raise(struct sender *s, GError **error);
/* Whether a connection can be made; else the role is to be started anew. */
gboolean fence_lets(struct sender *s, const struct server *record, guint16 port);
void fence_look(struct sender *s); /* about each second */

/* ---- sending_pace.c ---- */
/* When and how fast it may go out, from its record. */
void sending_take_pace(struct sender *s, struct sending *c, const struct campaign *record);
void sending_forget_pace(struct sending *c);
/* Until when it is outside of its sending hours (wall), 0: inside. */
gint64 sending_closed_until_us(struct sender *s, struct sending *c);
/* As many of `want` as are due when it is spread out; those not used are to be given back. */
int sending_take(struct sender *s, struct sending *c, int want);
void sending_give_back(struct sending *c, int n);
/* Until one more is due, 0: now, or not for that reason. */
gint64 sending_wait_us(struct sender *s, struct sending *c);

/* ---- sending_receivers.c ---- */
gboolean sender_open_receivers(struct sender *s, GError **error);
void sender_close_receivers(struct sender *s);
void sender_tick_receivers(struct sender *s); /* about each second */
/* When somebody who was held may go (monotonic), 0: nobody, or not before something happens. */
gint64 sender_held_due_us(struct sender *s, struct sending *c);
/* Before a lease for it; NULL: for whomever. */
void sender_set_gate(struct sender *s, struct sending *c);
/* For --once: somebody's turn comes soon. */
gboolean sender_waits_for_receivers(struct sender *s, struct sending *c);

/* ---- beat.c ---- */
/* The role's row and those of its servers, in one commit. */
gboolean beat_write(struct sender *s, const struct role_row *row, GError **error);
void beat_gone(struct db *db);
/* Kept in `l` until the next heartbeat. */
void beat_note_reply(struct server_live *l, const struct reply *r, gint64 now_us);

/* ---- outgoing.c ---- */
struct outgoing *outgoing_new(struct sender *s, const struct server *record,
                              const char *problem);
void outgoing_free(
    struct outgoing *g); /* its connections are closed, its leases given back first */
/* A new row version: limits are taken over, connections that no longer fit are closed when
 * idle. `problem` as stored: when a person cleared it, it is tried again. */
void outgoing_update(struct outgoing *g, const struct server *record, const char *problem);
void outgoing_secret(struct outgoing *g, const struct link_answer *a);
void outgoing_queue(struct outgoing *g, struct lease *lease);
/* So many servers, it among them, share the leases from now on; what it has queued beyond goes
 * back. */
void outgoing_share_with(struct outgoing *g, int n);
/* How many more leases are wanted now, 0 while it rests. */
int outgoing_wants(struct outgoing *g);
/* Gives back queued leases that were stopped; all of them with `all`. */
void outgoing_sweep(struct outgoing *g, gboolean all);
/* Starts messages and connections. */
void outgoing_turn(struct outgoing *g);
/* Makes the messages that its busy connections will want next, where no other thread does. */
void outgoing_make_next(struct outgoing *g);
void outgoing_tick(struct outgoing *g); /* about each second: phase timers, idle connections */
int outgoing_busy(const struct outgoing *g);            /* messages in hand */
gboolean outgoing_is_at_pace(const struct outgoing *g); /* its limit a second is used up */
const char *outgoing_name(const struct outgoing *g);    /* borrowed */
/* What it does now, for the screens. Valid until the next call. */
const struct server_live *outgoing_describe(struct outgoing *g);
gboolean outgoing_is_resting(const struct outgoing *g); /* needs a person, or in back-off */
/* A limit an hour or a day is used up: until then (wall); 0: none is. */
gint64 outgoing_full_until_us(struct outgoing *g);
/* A message was given to it. */
void outgoing_count(struct outgoing *g);
/* Cuts what is before the dot. */
void outgoing_stop_now(struct outgoing *g);
/* When it wants another turn (monotonic), -1: only on events. */
gint64 outgoing_wake_us(const struct outgoing *g);

struct connection;
/* Those that wait for the word; adds them to `out`, returns how many. */
int connection_leases(struct connection *c, GPtrArray *out);
/* The word about them is in the leases; not `ok`: there is none, and none may go. */
void connection_answer(struct connection *c, gboolean ok);

#endif
