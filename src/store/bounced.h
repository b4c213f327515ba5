/*
 * The bounces of a campaign as reports show them: in groups that are alike, by recipient domain,
 * and who is behind a group. By indexes over what came back, whatever the campaign's size.
 */
#ifndef CRIER_STORE_BOUNCED_H
#define CRIER_STORE_BOUNCED_H

#include <glib.h>

#include "store/db.h"
#include "store/said.h"

struct bounced_group { /* deliveries, each counted once */
    char *class, *reason, *status; /* owned; names of model/bounce; status may be "" */
    gint64 n;
};
/* The largest first. Of struct bounced_group *, owned by the array. */
GPtrArray *bounced_groups(struct db *db, gint64 campaign_id, int max, GError **error);

/* Deliveries that bounced by recipient domain: char * -> gint64 *, both owned by the table.
 * Goes through all bounces of the campaign: some milliseconds ten thousand. */
GHashTable *bounced_domains(struct db *db, gint64 campaign_id, GError **error);

struct bounced_who {
    int effects; /* any of these bits of said.h, which count into a campaign */
    /* NULL: any */
    const char *class, *reason, *status;
};
/* In the order they came, behind `after_id`. Of struct said *, owned by the array. */
GPtrArray *bounced_page(struct db *db, gint64 campaign_id, const struct bounced_who *who,
                        gint64 after_id, int max, GError **error);

#endif
