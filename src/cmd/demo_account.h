/* The account of a demo: the ledger beside what the sink has written down, person by person. */
#ifndef CRIER_CMD_DEMO_ACCOUNT_H
#define CRIER_CMD_DEMO_ACCOUNT_H

#include <glib.h>

#include "store/db.h"

struct demo_account { /* borrowed */
    struct db *db;
    gint64 campaign_id;
    const char *sink_log;
    gint64 people, kills, took_us;
};

/* Prints it; 0 when nobody is lost and nobody got it twice, else 1. An unreadable log is an
 * error. */
int demo_account_print(const struct demo_account *a, gboolean as_json, GError **error);

#endif
