/*
 * Why a campaign is not out yet, or a person has not got it: each reason a sentence, with the
 * verb that helps where one does. It only reads.
 */
#ifndef CRIER_APP_EXPLAIN_H
#define CRIER_APP_EXPLAIN_H

#include <glib.h>

#include "base/json.h"
#include "store/db.h"
#include "store/workspace.h"

enum explain_kind {
    EXPLAIN_DONE,    /* nothing more happens, and nothing has to */
    EXPLAIN_GOES,    /* it goes on by itself */
    EXPLAIN_STOPPED, /* it does not, until somebody acts */
    EXPLAIN_KIND_COUNT
};
const char *explain_kind_name(enum explain_kind k); /* "done" "goes" "stopped" */

struct explain_reason {
    const char *cause; /* as programs read it: "quota", "server-rests" …; static */
    enum explain_kind kind;
    char *text; /* owned; one sentence */
    char *verb; /* owned; the words behind "crier" that help; NULL: none */
};

/* Of struct explain_reason *, owned by the array, the weightiest first; never empty. NOT_FOUND.
 */
GPtrArray *explain_campaign(struct db *db, const struct workspace *ws, const char *name,
                            GError **error);
/* The same for one person; CRIER_ERROR_INVALID: `address` is none. */
GPtrArray *explain_person(struct db *db, const struct workspace *ws, const char *name,
                          const char *address, GError **error);

/* One object. */
void explain_reason_json(struct json_writer *w, const struct explain_reason *r);

#endif
