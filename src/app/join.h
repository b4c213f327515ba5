/*
 * Late joiners: a campaign that is being sent, or has ended not long ago, takes those who came
 * onto its lists since its people were written down.
 */
#ifndef CRIER_APP_JOIN_H
#define CRIER_APP_JOIN_H

#include <glib.h>

#include "store/db.h"

#define JOIN_WITHIN_S (7 * 24 * 3600) /* how long ago it may have ended, unless said otherwise */
/* So many of them are tried with its content first. */
#define JOIN_TRIED 1000

struct join_request {
    const char *name;    /* the campaign's */
    gint64 within_s;     /* 0: JOIN_WITHIN_S */
    gint64 expect;       /* people; -1: as many as there are */
    gboolean is_dry_run; /* count them only */
};

struct joined {
    gint64 people;     /* it goes to */
    gint64 suppressed; /* joined, and never to be mailed */
    gint64 known;      /* left out: their address has it under another person */
    gboolean is_sending; /* afterwards: a paused one waits with them */
};

/* INVALID: not begun, cancelled, ended too long ago, or its content cannot be made for one of
 * them; PRECONDITION: `expect` differs. Then nobody joins. What is done is one row of undo. */
gboolean join_campaign(struct db *db, const struct join_request *q, struct joined *ret,
                       GError **error);

#endif
