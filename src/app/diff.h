/*
 * What `apply` would change, key by key.
 */
#ifndef CRIER_APP_DIFF_H
#define CRIER_APP_DIFF_H

#include <glib.h>

#include "app/apply.h"
#include "store/db.h"

struct diff_change {  /* texts are owned; "" where there is none */
    char *key;        /* "subject", "attachment flyer.pdf" */
    char *old, *new;  /* one safe line each; bodies as they are */
    gboolean is_body; /* texts of many lines */
};

struct diff {    /* of one record */
    char *title; /* owned; "campaign spring", "server main" */
    enum apply_outcome outcome;
    gboolean is_cut_off; /* as struct site_row has it */
    GPtrArray *changes;  /* owned; of struct diff_change * */
};

/* Of a campaign folder, its campaign.cfg or a site file. Of struct diff *, owned by the array.
 * What was changed here since the last apply counts as a difference; a campaign that has begun
 * is refused as apply would. */
GPtrArray *diff_of(struct db *db, const char *path, GError **error);

#endif
