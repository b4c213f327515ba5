/*
 * Starting a campaign: checks, the number of people, freezing the content, building the
 * delivery rows (invisible until all are there), publishing.
 */
#ifndef CRIER_APP_START_H
#define CRIER_APP_START_H

#include <glib.h>

#include "store/campaigns.h"
#include "store/db.h"

#define START_REVISION_SIZE 13

struct start_forecast {
    gint64 total;                       /* people on the lists, less the excluded */
    gint64 suppressed;                  /* of those, never to be mailed */
    gint64 people;                      /* total less suppressed: the number to confirm */
    char revision[START_REVISION_SIZE]; /* 12 hex digits: content, lists, server and these
                                           numbers */
};

/* What a start would do, without doing it. The same checks as start_campaign(): state, content,
 * templates, lists, server, mailbox. */
gboolean start_look(struct db *db, const char *name, struct start_forecast *ret,
                    GError **error);

struct start_request {
    const char *name;
    gint64 people_min, people_max; /* CRIER_ERROR_PRECONDITION when it goes to more or fewer */
    const char *revision; /* instead, or NULL: CRIER_ERROR_PRECONDITION when anything differs
                             from what was checked */
    gboolean
        is_scheduled; /* nobody is there to confirm: what differs is held, not called off */
    void (*progress)(gint64 done, gint64 total, void *data); /* may be NULL */
    void *data;
};

/* The campaign's server is there, switched on and can be used. */
gboolean start_check_server(struct db *db, const struct campaign *c, GError **error);
/* Resolves a draft's list names, so that whom it would go to can be asked for. */
gboolean start_set_lists(struct db *db, const struct campaign *c, GError **error);
/* CRIER_ERROR_PRECONDITION naming both unless `revision` is that of `f`. */
gboolean start_check_revision(const char *name, const char *revision,
                              const struct start_forecast *f, GError **error);

/*
 * Starts it; also takes up a start that was cut short. When the number differs nothing has
 * happened; when it comes to differ while the rows are built, the start is called off and the
 * campaign is a draft again.
 */
gboolean start_campaign(struct db *db, const struct start_request *q,
                        struct campaign_counts *ret, GError **error);

/* All of a start but the rows: checks, the number of people, content frozen, state `to`. */
gboolean start_freeze(struct db *db, const struct campaign *c, const struct start_request *q,
                      enum campaign_state to, GError **error);

#endif
