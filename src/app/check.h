/*
 * Preflight: everything that can be known of a campaign before it starts, looked at on every
 * person. Each finding is one sentence. Nothing is sent and nobody is written to.
 */
#ifndef CRIER_APP_CHECK_H
#define CRIER_APP_CHECK_H

#include <glib.h>

#include "app/start.h"
#include "base/json.h"
#include "store/db.h"
#include "store/workspace.h"

enum check_level { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK_LEVEL_COUNT };
const char *check_level_name(enum check_level l); /* "ok", "warn", "fail" */

struct check_finding {
    enum check_level level;
    char *key;           /* owned; "subject", "field.first_name": for scripts */
    char *sentence;      /* owned; safe to show */
    gint64 count;        /* people, links … it is about; 0: none or the whole campaign */
    GPtrArray *examples; /* owned; of char *, the first few, safe to show */
};

struct check_report {
    char *name; /* owned; the campaign */
    enum campaign_state state;
    gint64 total, suppressed, people;   /* as struct start_forecast; 0 when it is not known */
    char revision[START_REVISION_SIZE]; /* "": it cannot be started */
    GPtrArray *findings; /* owned; of struct check_finding *, in the order of reading */
};

struct check_request {
    const char *name;
    gboolean no_spamassassin;
    guint n_threads;                                         /* 0: one a processor */
    void (*progress)(gint64 done, gint64 total, void *data); /* may be NULL */
    void *data;
};

/* NULL only when it could not be looked at: no such campaign, trouble with the database. */
struct check_report *check_campaign(struct db *db, const struct workspace *ws,
                                    const struct check_request *q, GError **error);
void check_report_free(struct check_report *r);                    /* NULL is fine */
enum check_level check_report_level(const struct check_report *r); /* the worst */
void check_report_json(struct json_writer *w, const struct check_report *r);
void check_finding_json(struct json_writer *w, const struct check_finding *f);

#endif
