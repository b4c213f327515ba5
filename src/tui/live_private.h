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
/* What is seen, as text: for copying. Caller frees. */
char *live_as_text(const struct live *s);

#endif
