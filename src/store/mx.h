/*
 * Which hosts take a domain's mail, as they were looked up, with their age. Who looks them up
 * is app/mx_look.c's; sending only reads, and goes on without.
 */
#ifndef CRIER_STORE_MX_H
#define CRIER_STORE_MX_H

#include <glib.h>

#include "store/db.h"

#define MX_KEPT_US (G_GINT64_CONSTANT(7) * 24 * 3600 * 1000000) /* then it is looked up anew   \
                                                                 */
#define MX_FAILED_US (G_GINT64_CONSTANT(3600) * 1000000) /* what gave no answer: sooner */

enum mx_status { MX_FOUND = 1, MX_NONE = 2, MX_FAILED = 3 }; /* stored: never renumber */

/* Its hosts, the nearest first, with blanks between; "": not known or none. Caller frees; NULL
 * on error. */
char *mx_hosts(struct db *db, const char *domain, GError **error);
/* An answer. One that failed leaves the hosts that were known. */
gboolean mx_put(struct db *db, const char *domain, const char *hosts, enum mx_status status,
                gint64 now_us, GError **error);
/* Domains of campaigns that are sent, the largest first, that were not looked up or too long
 * ago. At most `max`; strings owned by the array. */
GPtrArray *mx_due(struct db *db, gint64 now_us, int max, GError **error);
gboolean mx_is_due(struct db *db, gint64 now_us);

#endif
