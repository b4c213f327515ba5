/*
 * The rows of crier ports: where we listen, where we connect to, and all else that listens on
 * this machine. How they are printed is ports.c's.
 */
#ifndef CRIER_CMD_PORTS_ROWS_H
#define CRIER_CMD_PORTS_ROWS_H

#include <glib.h>

#include "base/json.h"
#include "doctor/ports.h"
#include "store/db.h"
#include "store/workspace.h"

struct ports_row {
    gboolean is_connect;
    const char *role;  /* N_(): "tracking", "admin", "server", "mailbox", "dns", "other" */
    gint64 id;         /* of the port's record; 0: none */
    char *name;        /* owned; of the record; NULL */
    char *bind;        /* owned; "*:81", or the host and port we connect to */
    char *public_url;  /* owned; NULL */
    const char *state; /* N_() */
    char *text;        /* owned; one sentence without its full stop; NULL: nothing to say */
    char *next;        /* owned; what to do, with its full stop; NULL */
    char *suggestion;  /* owned; NULL */
    GPtrArray *notes;  /* owned; of char *; NULL: none */
    gint64 pid;        /* 0: not known; and so the others of its holder */
    char *program, *user, *service; /* owned */
    gint64 uid;                     /* -1 */
    gint64 since_us, last_us;       /* wall; 0: not known */
    gint64 ms;                      /* -1 */
    gboolean is_trouble;            /* a record's port cannot be had: exit 1 */
    gboolean is_warning;            /* exit 4 */
    gboolean is_told;               /* a person gets its sentence, too */
};

/* Of struct ports_row *, in their order. `db` and `ws` may be NULL: there is no workspace. */
GPtrArray *ports_rows(struct db *db, const struct workspace *ws, gboolean wants_all,
                      GError **error);
void ports_row_json(struct json_writer *w, const struct ports_row *r);

/* ---- ports_connect.c: where we connect to ---- */

struct ports_row *ports_row_new(const char *role, const char *state);
gboolean ports_add_servers(GPtrArray *rows, struct db *db, GError **error);
gboolean ports_add_mailboxes(GPtrArray *rows, struct db *db, GError **error);
/* `db` may be NULL. */
void ports_add_dns(GPtrArray *rows, struct db *db);

#endif
