/* Inside the live view only: what it knows, and its pictures. */
#ifndef CRIER_TUI_LIVE_PRIVATE_H
#define CRIER_TUI_LIVE_PRIVATE_H

#include "model/campaign.h"
#include "store/counters.h"
#include "tui/chart.h"
#include "tui/view.h"

#define LIVE_MINUTES 60
#define LIVE_EVENTS 60
#define LIVE_DOMAINS 12
#define LIVE_REPLIES 12
#define LIVE_BACK 3          /* shown of what came back */
#define LIVE_BACK_LOOKED 60 /* rows looked at for them, of all campaigns */

struct live {
    char *name; /* owned */
    /* as read last */
    struct campaign campaign; /* owned; without bodies */
    struct campaign_counts counts;
    double rate_per_s;
    gint64 eta_s;
    gint64 accepted[LIVE_MINUTES];
    gint64 first_minute;
    GPtrArray *domains, *replies, *events, *servers; /* owned; counters.h, events.h,
                                                        server_live.h */
    GPtrArray *holds; /* owned; receivers that somebody of it waits for, holds.h */
    GPtrArray *refusals; /* owned; refusals.h: who refuses us */
    GPtrArray *back;     /* owned; said.h: what came back last, the newest first */
    char *storm;         /* owned; a receiver whose bounces wait for a word; NULL: none */
    gint64 n_storm;      /* how many people do */
    gint64 n_unknown;    /* messages that came in and nobody understood, of all campaigns */
    struct domain_others others;
    struct chart_scale scale;
    gboolean is_frozen;
    int line; /* the cursor, in accessible mode */
    char *hint; /* owned */
    struct campaign_join *join; /* owned; NULL: never asked for */
};

/* live.c: "It begins in 42 s. u takes it back.". Caller frees. */
char *live_begins_in(struct view *v);

/* live_draw.c */
void live_draw(struct view *v, struct rect r);
void live_draw_plain(struct view *v, struct rect r);
/* live_back.c: what came back, as pictures and lines. */
gboolean live_back_load(struct live *s, struct db *db, GError **error);
void live_back_clear(struct live *s);
/* The line of sums; "" while nothing came back. Caller frees. */
char *live_back_sums(const struct live *s, gboolean is_narrow);
int live_back_draw(const struct live *s, struct rect r); /* rows taken */
void live_back_say(GString *out, const struct live *s);
/* What waits for a person; NULL: nothing. Caller frees. */
char *live_back_hint(const struct live *s);
/* Those it failed for and those who are gone, split: the choice leads to the people. */
void live_back_split(struct view *v);

/* What is seen, as text: for copying. Caller frees. */
char *live_as_text(const struct live *s);

#endif
