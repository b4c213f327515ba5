/*
 * What Home shows, read in one go; and its rows that the cursor can stand on. Pure reading.
 */
#ifndef CRIER_TUI_HOME_DATA_H
#define CRIER_TUI_HOME_DATA_H

#include <glib.h>

#include "app/status.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/server_live.h"
#include "tui/draw.h"

#define HOME_MINUTES 60
#define HOME_EVENTS 30

enum home_kind { HOME_SENDING, HOME_NEXT, HOME_PROBLEM, HOME_DONE, HOME_KIND_COUNT };

struct home_row {
    enum home_kind kind;
    char *name;  /* owned; the campaign's, or what the problem is about */
    char *title; /* owned */
    char *text;  /* owned; of a problem: what is wrong */
    char *next;  /* owned; and what to do */
    char *verb;  /* owned; the words of the command line that help; NULL: none */
    const char *screen; /* static; the name of the screen that helps */
    gboolean is_note;   /* no fault, but to be known */
    enum campaign_state state;
    struct campaign_counts counts;
    gint64 expected; /* scheduled: about how many people */
    double rate_per_s;
    gint64 eta_s, at_us;
    char *server; /* owned */
    struct rect place; /* where it was drawn last, on the terminal; h 0: it was not */
};

struct home_data {
    GPtrArray *rows; /* owned; of struct home_row *, by kind in the order of the enum */
    gint64 accepted[HOME_MINUTES], failed[HOME_MINUTES]; /* per minute, the present one last */
    gint64 first_minute;
    struct counters_sums hour;
    GPtrArray *servers; /* owned; of struct server_live * */
    GPtrArray *mailboxes; /* owned; of struct mailbox_now * */
    GPtrArray *events;  /* owned; of struct event *, newest first */
};

/* Replaces what `d` (zeroed at first) holds; on failure it stays as it was. */
gboolean home_data_load(struct home_data *d, struct db *db, const struct status *s,
                        gint64 now_us, GError **error);
void home_data_clear(struct home_data *d);
int home_data_count(const struct home_data *d, enum home_kind kind);

#endif
