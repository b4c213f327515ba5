/*
 * What is being typed, kept so that a dropped line, a kill or a crash loses no more than a few
 * seconds of it. A row a session and record; fields as JSON (app/recovery.h makes it). Secrets
 * never come here.
 */
#ifndef CRIER_STORE_RECOVERY_H
#define CRIER_STORE_RECOVERY_H

#include <glib.h>

#include "store/db.h"

#define RECOVERY_MAX_BYTES (8 * 1024 * 1024)
/* recovery_save() waits no longer than this for another writer. */
#define RECOVERY_WAIT_MS 50

struct recovery {
    gint64 id;
    char *session;      /* owned; recovery_session() of who typed */
    char *actor;        /* owned */
    char *noun;         /* owned; "campaign", "server" … */
    char *name;         /* owned; the record's name; "" for one that is new */
    gint64 row_version; /* of the record when the edit began; 0: new */
    char *fields;       /* owned; JSON object */
    gint64 saved_us;    /* wall */
};
void recovery_clear(struct recovery *r);

/* This process: boot id, pid and its start time. Borrowed, valid for the process's life. */
const char *recovery_session(void);
/* Whether the process that made `session` still runs on this machine. */
gboolean recovery_is_alive(const char *session);

/*
 * Stores noun, name, row_version and fields for this session (what was saved of the same record
 * before is replaced). TRY_AGAIN at once when another writer takes longer than
 * RECOVERY_WAIT_MS: the next save will do. INVALID over RECOVERY_MAX_BYTES.
 */
gboolean recovery_save(struct db *db, const char *noun, const char *name, gint64 row_version,
                       const char *fields, GError **error);

/* Of sessions that are not alive any more, newest first; of struct recovery *, owned by the
 * array, without `fields` (NULL). */
GPtrArray *recovery_all(struct db *db, GError **error);
gboolean recovery_get(struct db *db, gint64 id, struct recovery *ret,
                      GError **error); /* NOT_FOUND */
/* Restored or thrown away. That it is gone already is no error. */
gboolean recovery_drop(struct db *db, gint64 id, GError **error);
/* Saved or thrown away by this session itself. Waits no longer than recovery_save(). */
gboolean recovery_drop_own(struct db *db, const char *noun, const char *name, GError **error);
/* Those of dead sessions saved before `before_us`. */
gboolean recovery_prune(struct db *db, gint64 before_us, GError **error);

#endif
