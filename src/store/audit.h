/* Who did what, append-only; and settings; and the rows by which a worker shows that it lives.
 */
#ifndef CRIER_STORE_AUDIT_H
#define CRIER_STORE_AUDIT_H

#include <glib.h>

#include "store/db.h"

struct audit_row {
    gint64 id, at_us;
    char *actor, *action, *noun, *name, *detail;
};
GPtrArray *audit_page(struct db *db, gint64 after_id, int max,
                      GError **error); /* oldest first */
GPtrArray *audit_page_before(struct db *db, gint64 before_id, int max,
                             GError **error); /* newest first */

/* What was done to one thing; or whose detail is `detail` (may be NULL). */
GPtrArray *audit_about(struct db *db, const char *noun, const char *name, const char *detail,
                       GError **error);

/* Settings: rows of settings_fields(); `origin` says who set it (NULL: default in force). */
const struct field *settings_fields(void);
struct settings {
    char *organisation;
    char *hello;      /* EHLO name for servers without one */
    gint64 give_up_s; /* default for campaigns */
    gint64 retry_s;   /* wait before the first retry; the later ones grow with it */
    int log_level;
    char *hook_command; /* run at events of campaigns */
    char *hook_mail;    /* mailbox that is mailed at them */
    gint64 soft_bounces; /* so many in a row within soft_within_s, and nobody is mailed there */
    gint64 soft_within_s;
    gint64 keep_mail_s; /* the octets of mail that came back */
    gint64 row_version; /* of all of them together */
};
void settings_clear(struct settings *s);
gboolean settings_load(struct db *db, struct settings *ret, GError **error);
/* The EHLO name of a server whose own is `own` (NULL and "": none). Caller frees. */
char *settings_hello(struct db *db, const char *own);
/* Stores every field that differs (row_version must match what settings_load() gave, else
 * PRECONDITION); one transaction. A value that is the default is stored as none. */
gboolean settings_put(struct db *db, struct settings *s, GError **error);
/* One of them, whatever the others are. */
gboolean settings_set(struct db *db, const char *key, const char *value, GError **error);
char *settings_origin(struct db *db, const char *key); /* "NAME, TIME" or NULL; caller frees */

/* The worker's rows. */
struct role_row {
    char *role; /* "supervisor", "send" */
    gint64 pid, since_us, beat_us;
    char *boot_id;
    char *note; /* "sending 2 campaigns", "disk full: waiting" */
    gint64 in_flight;
    double rate;
    int hardened; /* HARDENING_… of model/hardening.h */
};
gboolean role_beat(struct db *db, const struct role_row *r, GError **error); /* upsert */
gboolean role_gone(struct db *db, const char *role, GError **error);
GPtrArray *role_all(struct db *db, GError **error);

#endif
