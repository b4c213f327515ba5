/*
 * A small IMAP client (RFC 3501) over a stream that is up and logged in: what reading a mailbox
 * for bounces needs. One command at a time, tags that nobody can foretell, literals counted.
 * Not for connecting: that is stream.c; not for what a message says.
 *
 * Callbacks come only from imap_ready() and imap_tick(), never from within the calls that ask
 * for something. A command in hand always gets its `done`, before `closed`; only imap_free()
 * ends it silently.
 */
#ifndef CRIER_NET_IMAP_H
#define CRIER_NET_IMAP_H

#include <glib.h>

#include "net/stream.h"

enum imap_command {
    IMAP_CAPABILITY,
    IMAP_SELECT,
    IMAP_SEARCH,
    IMAP_SIZES,
    IMAP_FETCH,
    IMAP_MOVE,
    IMAP_DELETE,
    IMAP_STORE,
    IMAP_CREATE,
    IMAP_IDLE,
    IMAP_NOOP,
    IMAP_QUOTA,
    IMAP_LOGOUT,
    IMAP_COMMAND_COUNT
};
const char *imap_command_name(enum imap_command c);

enum imap_status {
    IMAP_OK,
    IMAP_NO,    /* the server can or will not */
    IMAP_BAD,   /* it does not understand, or we do not understand it */
    IMAP_GONE,  /* FETCH: there is no such message any more */
    IMAP_BROKEN /* the connection ended before the answer */
};

struct imap_result {
    enum imap_command command;
    enum imap_status status;
    const char *text; /* the server's words, safe to show */
    const char *code; /* "TRYCREATE", "" */
    guint n_done; /* MOVE, DELETE, STORE: so many of the messages, from the first on, are done;
                     of one more it is not known when the connection broke */
    gboolean is_only_marked; /* MOVE, DELETE: without UIDPLUS they stay, marked as deleted */
    gint64 size;             /* FETCH: of the whole message as far as told; -1: not */
    gboolean is_cut;         /* FETCH: there is more than was asked for */
};

struct imap_features {
    gboolean idle, move, uidplus, esearch, quota;
};

struct imap_folder {
    guint32 exists, uid_validity, uid_next; /* 0: not told */
    gboolean is_read_only;
    gint64 quota_kib, used_kib; /* after imap_quota(); 0 and 0: no limit was told */
};

struct imap_session;

struct imap_handler {
    /* The command's outcome; the session is idle then, unless `closed` follows. The next may be
     * asked for from within. */
    void (*done)(struct imap_session *s, const struct imap_result *r, void *data);
    /* SEARCH: a message, in rising order. SIZES: and its size, else -1. */
    void (*message)(struct imap_session *s, guint32 uid, gint64 size, void *data);
    /* FETCH: the next octets of the message. */
    void (*body)(struct imap_session *s, const char *octets, gsize len, void *data);
    /* The number of messages in the folder has changed (imap_get_folder()); may be NULL. While
     * IDLE it is for this that one waits. */
    void (*changed)(struct imap_session *s, void *data);
    /* The session is over (then `why` is NULL when it was asked for); free it, also from
     * within. */
    void (*closed)(struct imap_session *s, const GError *why, void *data);
    /* As in smtp.h; bodies are not shown. May be NULL. */
    void (*line)(struct imap_session *s, char direction, const char *text, void *data);
};

#define IMAP_TIMEOUT_S 300          /* without a byte of the answer */
#define IMAP_LOGOUT_TIMEOUT_S 5     /* and for the goodbye */
#define IMAP_IDLE_RENEW_S (25 * 60) /* servers may hang up after 30 minutes (RFC 2177) */

/* Takes `stream`, which is up and whose handler must pass `ready` on to imap_ready(). */
struct imap_session *imap_new(struct stream *stream, const struct imap_handler *h, void *data);
void imap_free(struct imap_session *s); /* closes without LOGOUT; NULL is fine */

gboolean imap_is_idle(const struct imap_session *s); /* nothing in hand, and not ending */
/* As last announced; certain after imap_capability(). */
const struct imap_features *imap_get_features(const struct imap_session *s);
const struct imap_folder *imap_get_folder(const struct imap_session *s);

/* All that follow ask for something; the session must be idle (but imap_idle_end()). False with
 * CRIER_ERROR_INVALID for a folder's name that cannot be sent: nothing was sent then. */
void imap_capability(struct imap_session *s);
gboolean imap_select(struct imap_session *s, const char *folder, GError **error);
/* All messages of the folder from this UID on, in windows, so that no answer is long. */
void imap_search(struct imap_session *s, guint32 first_uid);
void imap_sizes(struct imap_session *s, const guint32 *uids, gsize n);
/* BODY.PEEK[], at most so many octets of it: it stays unread. */
void imap_fetch(struct imap_session *s, guint32 uid, guint32 max_bytes);
/* MOVE, or COPY, a mark and EXPUNGE of just these. */
gboolean imap_move(struct imap_session *s, const guint32 *uids, gsize n, const char *folder,
                   GError **error);
void imap_delete(struct imap_session *s, const guint32 *uids, gsize n);
void imap_mark_seen(struct imap_session *s, const guint32 *uids, gsize n);
gboolean imap_create(struct imap_session *s, const char *folder, GError **error);
/* Waits for `changed` until imap_idle_end(); then, or when the server ends it, `done`. Renewed
 * before servers lose patience. */
void imap_idle(struct imap_session *s);
void imap_idle_end(struct imap_session *s); /* nothing happens unless IDLE is in hand */
void imap_noop(struct imap_session *s);
/* How much may lie there (RFC 9208), where features have quota: into imap_get_folder(), which is
 * that of the last SELECT. */
gboolean imap_quota(struct imap_session *s, const char *folder, GError **error);
void imap_logout(struct imap_session *s); /* `closed` follows within 5 s */

/* To be called when the stream is ready, and at least once a second. */
void imap_ready(struct imap_session *s, unsigned loop_events);
void imap_tick(struct imap_session *s, gint64 now_mono_us);

#endif
