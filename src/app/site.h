/*
 * Site files into the workspace and out of it: servers, pools, mailboxes and ports. What a file
 * names is made or changed, never deleted.
 */
#ifndef CRIER_APP_SITE_H
#define CRIER_APP_SITE_H

#include <glib.h>

#include "app/apply.h"
#include "model/mailbox.h"
#include "model/server.h"
#include "store/db.h"

/*
 * One record. A new one is disabled and without secrets, whatever the file's author wished. One
 * that is here keeps its secrets and whether it is enabled, unless the file leads it to another
 * host (or to the same one by other security or certificates): a password must not follow
 * there. A port that the file opens elsewhere, or gives another public URL, is disabled too.
 */
struct site_row {
    const char *noun;           /* "server", "pool", "mailbox" or "port"; borrowed */
    const char *name;           /* borrowed from the record */
    const struct field *fields; /* its table; borrowed */
    void *record;               /* owned; as it will be: struct server, pool … */
    void *old;                  /* owned; as it is, NULL: not here */
    enum apply_outcome outcome;
    gboolean is_cut_off; /* it was here, and now loses its secrets and is disabled */
};

struct site_plan {
    GPtrArray *rows;    /* owned; of struct site_row * */
    GPtrArray *missing; /* owned; of char *: DKIM keys that are not here */
};

/* Reads and compares, changing nothing. */
struct site_plan *site_prepare(struct db *db, const char *path, GError **error);
/* Inside the caller's transaction. */
gboolean site_commit(struct db *db, struct site_plan *plan, GError **error);
void site_plan_free(struct site_plan *plan); /* NULL is fine */

/* All servers, pools, mailboxes and ports as a site file, by their names. Caller frees. */
char *site_export(struct db *db, GError **error);

#endif
