/*
 * The live half of a stream: watching the descriptor, telling the owner when it is ready,
 * moving bytes over a plain socket. How a connection comes up is stream.c's business.
 */
#include "config.h"

#include "net/stream_private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"

#define JUST_NOW_US 2000

static void on_again(void *data);

void stream_core_lost(GError **error, const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("the connection is lost: %s"), why);
}

void stream_core_init(struct stream *s, struct loop *loop, const struct stream_handler *h,
                      void *data)
{
    s->handler = *h;
    s->data = data;
    s->loop = loop;
    s->fd = -1;
    s->want = LOOP_IN;
}

/* A library's buffer may hold bytes that epoll will never report: ask the owner again. */
static void look_after_buffer(struct stream *s)
{
    if (s->may_buffer && !s->is_drained && (s->want & LOOP_IN) && !s->again)
        s->again = loop_timer_add(s->loop, clock_mono_us(), on_again, s);
}

void stream_core_enter(struct stream *s)
{
    s->depth++;
}

gboolean stream_core_leave(struct stream *s)
{
    gboolean is_freed = s->is_freed;
    if (--s->depth == 0 && is_freed)
        g_free(s);
    return !is_freed;
}

static void call_ready(struct stream *s, unsigned events)
{
    stream_core_enter(s);
    s->is_drained = FALSE;
    s->handler.ready(s, events, s->data);
    if (stream_core_leave(s))
        look_after_buffer(s);
}

static void on_again(void *data)
{
    struct stream *s = data;
    s->again = NULL;
    call_ready(s, LOOP_IN);
}

static void on_watch(int fd, unsigned events, void *data)
{
    call_ready(data, events);
}

void stream_core_live(struct stream *s, int fd)
{
    s->fd = fd;
    s->watch = loop_watch_add(s->loop, fd, s->want, on_watch, s);
}

void stream_core_up(struct stream *s)
{
    stream_core_enter(s);
    if (s->handler.up)
        s->handler.up(s, s->data);
    if (stream_core_leave(s))
        look_after_buffer(s);
}

gssize stream_core_send_fd(struct stream *s, const char *data, gsize len, GError **error)
{
    gssize n;
    do {
        n = send(s->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return 0;
    stream_core_lost(error, g_strerror(errno));
    return -1;
}

gssize stream_core_recv_fd(struct stream *s, char *ret, gsize len, GError **error)
{
    gssize n;
    do {
        n = recv(s->fd, ret, len, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n == 0)
        return -2;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return 0;
    stream_core_lost(error, g_strerror(errno));
    return -1;
}

static void close_fd(struct stream *s)
{
    close(s->fd);
}

static const struct stream_ops fd_ops = {stream_core_send_fd, stream_core_recv_fd, close_fd};

static void on_fd_up(void *data)
{
    struct stream *s = data;
    s->again = NULL;
    stream_core_live(s, s->fd); /* not earlier: `ready` must not come before `up` */
    stream_core_up(s);
}

struct stream *stream_new_fd(struct loop *loop, int fd, const char *capabilities,
                             const struct stream_handler *h, void *data)
{
    struct stream *s = g_new0(struct stream, 1);
    stream_core_init(s, loop, h, data);
    s->ops = &fd_ops;
    s->capabilities = g_strdup(capabilities ? capabilities : "");
    s->peer = g_strdup("");
    s->fd = fd;
    s->again = loop_timer_add(loop, clock_mono_us(), on_fd_up, s);
    return s;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    if (s->again)
        loop_timer_remove(s->again);
    if (s->watch)
        loop_watch_remove(s->watch);
    s->ops->close(s);
    g_clear_pointer(&s->capabilities, g_free);
    g_clear_pointer(&s->peer, g_free);
    g_clear_pointer(&s->chain, g_ptr_array_unref);
    s->is_freed = TRUE;
    if (s->depth == 0)
        g_free(s);
}

gssize stream_send(struct stream *s, const char *data, gsize len, GError **error)
{
    return s->ops->send(s, data, len, error);
}

gssize stream_recv(struct stream *s, char *ret, gsize len, GError **error)
{
    gssize n = s->ops->recv(s, ret, len, error);
    s->is_drained = n <= 0;
    /* Less than there is room for is all there is, but for what a library keeps. */
    gboolean is_all = n == 0 || (n > 0 && (gsize)n < len && !s->may_buffer);
    s->read_turn = is_all ? loop_turn(s->loop) : 0;
    s->read_us = is_all ? clock_mono_us() : 0;
    return n;
}

gboolean stream_is_read(const struct stream *s)
{
    return s->read_turn > 0 && s->read_turn == loop_turn(s->loop) &&
           clock_mono_us() - s->read_us < JUST_NOW_US;
}

void stream_want(struct stream *s, unsigned loop_events)
{
    s->want = loop_events;
    if (s->watch)
        loop_watch_set(s->watch, loop_events);
    look_after_buffer(s);
}

const char *stream_capabilities(const struct stream *s)
{
    return s->capabilities ? s->capabilities : "";
}

const char *stream_peer(const struct stream *s)
{
    return s->peer ? s->peer : "";
}

const GPtrArray *stream_chain(const struct stream *s)
{
    return s->chain;
}
