/*
 * A site file: servers, pools, mailboxes and ports of a workspace as configuration text, and which
 * DKIM keys it has. Never a secret, nor where one lies, nor whether a record is enabled: that is
 * each workspace's own affair (fields with FIELD_NOT_FILE).
 */
#ifndef CRIER_TRANSFER_SITEFILE_H
#define CRIER_TRANSFER_SITEFILE_H

#include <glib.h>

#include "model/mailbox.h"
#include "model/pool.h"
#include "model/port.h"
#include "model/server.h"

#define SITEFILE_MAX_RECORDS 1000

struct site_dkim { /* texts are owned */
    char *domain, *selector, *algorithm, *public_key;
};

struct site {
    GPtrArray *servers;   /* owned; of struct server * */
    GPtrArray *pools;     /* owned; of struct pool * */
    GPtrArray *mailboxes; /* owned; of struct mailbox * */
    GPtrArray *ports;     /* owned; of struct port * */
    GPtrArray *dkim;      /* owned; of struct site_dkim * */
};

void site_init(struct site *s);
void site_clear(struct site *s);

/* Whether `path` is a file that holds a site rather than a campaign. One that cannot be read is
 * none: whoever reads it next says why. */
gboolean sitefile_is(const char *path);

/* Each record is checked as it will be once it has its secret. `ret` is initialised by the
 * callee; on failure nothing is there. Errors name file and line. */
gboolean sitefile_read(const char *path, struct site *ret, GError **error);

/* Caller frees. */
char *sitefile_write(const struct site *s);

#endif
