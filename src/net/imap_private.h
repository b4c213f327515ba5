/*
 * Inside the IMAP session only: its state. imap.c moves bytes and keeps order, imap_commands.c
 * says what is asked for and reads the answers.
 */
#ifndef CRIER_NET_IMAP_PRIVATE_H
#define CRIER_NET_IMAP_PRIVATE_H

#include "net/imap.h"
#include "net/imap_wire.h"

/* What a tagged answer is waited for; most commands have one step. */
enum imap_step {
    IMAP_STEP_SIMPLE,
    IMAP_STEP_MOVE,
    IMAP_STEP_COPY,
    IMAP_STEP_MARK, /* STORE \Deleted */
    IMAP_STEP_EXPUNGE,
    IMAP_STEP_SEEN,
    IMAP_STEP_END
};

struct imap_search {
    guint32 first_uid;  /* what was asked for */
    guint32 next;       /* the next window begins here */
    guint32 end;        /* of all windows, as known when it began */
    guint32 last_uid;   /* told last */
    gboolean is_by_uid; /* windows of UIDs, else of sequence numbers */
    GArray *found;      /* owned; of this window */
};

struct imap_fetch {
    guint32 uid, max_bytes;
    guint64 n_given, n_octets; /* told; of the literal */
    gint64 size;
    gboolean is_there;
};

struct imap_session {
    struct stream *stream; /* owned */
    struct imap_handler handler;
    void *data;
    struct imap_reader reader;
    struct imap_features features;
    struct imap_folder folder;
    guint32 n_settled; /* messages that were there when uid_next was told, less those gone */

    gboolean is_busy; /* a command is in hand */
    enum imap_command command;
    char tag[16];
    const enum imap_step *steps; /* what is left of them for this set */
    GArray *uids;                /* owned */
    gsize set_begin, set_end;    /* of uids */
    char *set, *destination;     /* owned */
    gboolean is_only_marked;
    struct imap_search search;
    struct imap_fetch fetch;
    gboolean is_idling, wants_idle_end, has_said_done;
    gint64 idle_since_us;

    GString *out; /* owned */
    gsize out_pos;
    gsize blocked_len; /* the length that must be repeated after a send that would block */
    gint64 since_us;   /* the last octet of either side */
    gboolean has_progress;

    char *bye;   /* owned; the server's goodbye, safe */
    GError *why; /* owned */
    gboolean is_over, is_closed, is_asked_to_end;
    int depth; /* within imap_ready() or imap_tick() */
    gboolean is_freed;
};

/* ---- imap.c ---- */
/* Nothing more is sent or read. Takes `why`. */
void imap_end(struct imap_session *s, GError *why);
/* A line under a new tag. */
void imap_say(struct imap_session *s, const char *line);
void imap_say_done(struct imap_session *s);
void imap_tell(struct imap_session *s, enum imap_status status, const char *text);

/* ---- imap_commands.c ---- */
void imap_on_untagged(struct imap_session *s, const char *line);
void imap_on_body(struct imap_session *s, const struct imap_piece *p);
/* The answer with our tag: "OK [code] text". */
void imap_on_tagged(struct imap_session *s, enum imap_status status, const char *text);

#endif
