/*
 * The inside of a stream, for stream.c and stream_core.c only. What carries the bytes stands
 * behind `struct stream_ops`: a plain descriptor, or a connection that libcurl holds.
 */
#ifndef CRIER_NET_STREAM_PRIVATE_H
#define CRIER_NET_STREAM_PRIVATE_H

#include "net/stream.h"

struct stream_ops {
    gssize (*send)(struct stream *s, const char *data, gsize len, GError **error);
    gssize (*recv)(struct stream *s, char *ret, gsize len, GError **error);
    void (*close)(struct stream *s); /* frees `carrier` and the descriptor */
};

struct stream {
    const struct stream_ops *ops;
    struct stream_handler handler;
    void *data;
    struct loop *loop;
    int fd; /* -1 until it is up */
    unsigned want;
    struct loop_watch *watch;
    struct loop_timer *again; /* calls `ready` when bytes may lie in a library's buffer */
    gboolean may_buffer;      /* TLS: epoll does not see what was decrypted already */
    gboolean is_drained;      /* the last receive would have blocked */
    guint64 read_turn;        /* of the loop: all there was had been received then; 0: not */
    gint64 read_us;           /* and when (monotonic) */
    int depth;                /* within a callback to the owner */
    gboolean is_freed;        /* closed; the memory goes when the callback ends */
    char *capabilities;       /* owned */
    char *peer;               /* owned */
    GPtrArray *chain;         /* owned */
    void *carrier;            /* owned by ops */
};

void stream_core_init(struct stream *s, struct loop *loop, const struct stream_handler *h,
                      void *data);
/* The connection lives on `fd`: from the next turn of the loop on `up` and `ready` are called.
 */
void stream_core_live(struct stream *s, int fd);
/* Calls `up`, then looks after buffered bytes. The stream may be gone afterwards. */
void stream_core_up(struct stream *s);

/* Around every callback to the owner. False when the stream was freed within: it is gone now.
 */
void stream_core_enter(struct stream *s);
gboolean stream_core_leave(struct stream *s);

/* The operations of a plain connected socket. */
gssize stream_core_send_fd(struct stream *s, const char *data, gsize len, GError **error);
gssize stream_core_recv_fd(struct stream *s, char *ret, gsize len, GError **error);

void stream_core_lost(GError **error, const char *why);

#endif
