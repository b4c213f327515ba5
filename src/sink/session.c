/*
 * One connection: reads in large blocks, lets smtpd.c work through all that is there, and sends
 * the replies to all of it in one write, so that a pipelining client costs two system calls a
 * batch. A session frees itself only at the end of a callback of the loop.
 */
#include "config.h"

#include "sink/session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sink/content.h"
#include "sink/smtpd.h"

#define READ_BYTES (64 * 1024)

static void session_run(struct session *s);
static void session_ready(int fd, unsigned events, void *data);

void session_put(struct session *s, const char *data)
{
    g_string_append(s->out, data);
}

void session_reply(struct session *s, const char *line)
{
    g_string_append(s->out, line);
    g_string_append_len(s->out, "\r\n", 2);
}

/* Sends what can be sent. False when the connection is gone. */
static gboolean flush(struct session *s)
{
    while (s->out_start < s->out->len) {
        ssize_t n = send(s->fd, s->out->str + s->out_start, s->out->len - s->out_start,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        s->out_start += (gsize)n;
    }
    g_string_truncate(s->out, 0);
    s->out_start = 0;
    return TRUE;
}

static void hold_over(void *data)
{
    struct session *s = data;
    s->timer = NULL;
    s->is_held = FALSE;
    session_run(s);
}

static void linger_over(void *data)
{
    struct session *s = data;
    s->timer = NULL;
    session_free(s);
}

/* Replies made before the delayed one leave now: only its own waits. */
static void hold(struct session *s, gint64 delay_ms)
{
    if (!delay_ms || s->timer)
        return;
    if (!flush(s))
        s->is_cut = TRUE;
    s->is_held = TRUE;
    s->timer = loop_timer_add(s->sink->loop, clock_mono_us() + delay_ms * 1000, hold_over, s);
}

gboolean session_answer(struct session *s, const struct sink_verdict *v, const char *line)
{
    hold(s, v->delay_ms);
    switch (v->action) {
    case SINK_REFUSE:
    case SINK_DEFER:
        g_string_append_printf(s->out, "%d %s\r\n", v->code, v->text);
        return FALSE;
    case SINK_DROP_BEFORE_DOT:
    case SINK_DROP:
        flush(s); /* what was answered before this command left before it, too */
        s->is_closing = s->is_cut = TRUE;
        return FALSE;
    case SINK_HALF_REPLY:
        session_put(s, "25");
        s->is_closing = TRUE;
        return FALSE;
    case SINK_SWALLOW:
        s->state = SESSION_SILENT;
        return FALSE;
    case SINK_JUNK:
        session_reply(s, "\x01%$ this is not SMTP");
        return FALSE;
    case SINK_CODE421:
        session_reply(s, "421 4.3.2 Closing the connection");
        s->is_closing = TRUE;
        return FALSE;
    case SINK_CLOSE:
        s->is_closing = TRUE;
        break;
    case SINK_PASS:
    case SINK_DELAY:
    case SINK_ACTION_COUNT:
        break;
    }
    session_reply(s, line);
    return TRUE;
}

void session_new(struct sink *sink, int fd)
{
    struct session *s = g_new0(struct session, 1);
    s->sink = sink;
    s->fd = fd;
    s->number = ++sink->tally.connections;
    s->out = g_string_sized_new(1024);
    s->to = g_ptr_array_new_with_free_func(g_free);
    s->watch = loop_watch_add(sink->loop, fd, LOOP_IN, session_ready, s);
    g_hash_table_add(sink->sessions, s);
    smtpd_greet(s);
    session_run(s);
}

void session_free(struct session *s)
{
    if (!s)
        return;
    g_hash_table_remove(s->sink->sessions, s);
    if (s->timer)
        loop_timer_remove(s->timer);
    loop_watch_remove(s->watch);
    close(s->fd);
    smtpd_reset(s);
    g_ptr_array_free(s->to, TRUE);
    g_string_free(s->out, TRUE);
    g_free(s->in);
    g_free(s);
}

void session_free_all(struct sink *sink)
{
    GHashTableIter iter;
    gpointer s;
    for (;;) {
        g_hash_table_iter_init(&iter, sink->sessions);
        if (!g_hash_table_iter_next(&iter, &s, NULL))
            return;
        session_free(s);
    }
}

/* ---- input ---- */

/* One command. False when its end has not come yet. */
static gboolean take_line(struct session *s)
{
    char *line = s->in + s->in_start;
    gsize len = s->in_end - s->in_start;
    char *lf = memchr(line, '\n', MIN(len, SESSION_MAX_LINE));
    if (!lf) {
        if (len < SESSION_MAX_LINE)
            return FALSE;
        s->in_start = s->in_end;
        s->state = SESSION_SKIP_LINE;
        return TRUE;
    }
    s->in_start += (gsize)(lf - line) + 1;
    if (lf == line || lf[-1] != '\r') {
        session_reply(s, "500 5.5.2 A line must end in CR LF");
        return TRUE;
    }
    lf[-1] = '\0';
    smtpd_command(s, line, (gsize)(lf - 1 - line));
    return TRUE;
}

static gboolean skip_line(struct session *s)
{
    char *lf = memchr(s->in + s->in_start, '\n', s->in_end - s->in_start);
    s->in_start = lf ? (gsize)(lf - s->in) + 1 : s->in_end;
    if (!lf)
        return FALSE;
    s->state = SESSION_COMMAND;
    session_reply(s, "500 5.5.6 Line too long");
    return TRUE;
}

/* Works on what is in the buffer once. False when more octets are needed. */
static gboolean step(struct session *s)
{
    gsize used;
    switch (s->state) {
    case SESSION_COMMAND:
        return take_line(s);
    case SESSION_SKIP_LINE:
        return skip_line(s);
    case SESSION_DATA:
    case SESSION_BDAT:
        used = content_take(s, s->in + s->in_start, s->in_end - s->in_start);
        s->in_start += used;
        return used > 0;
    case SESSION_SILENT:
    case SESSION_LINGER:
        s->in_start = s->in_end;
        return FALSE;
    }
    return FALSE;
}

/* True when it stopped because too many replies wait to be sent. */
static gboolean process(struct session *s)
{
    gboolean is_full = FALSE;
    while (s->in_start < s->in_end && !s->is_held && !s->is_closing && !is_full && step(s))
        is_full = s->out->len - s->out_start >= SESSION_MAX_OUT;
    if (s->in_start == s->in_end)
        s->in_start = s->in_end = 0;
    return is_full;
}

/* After our last word: FIN first, so that unread input does not turn it into a reset that takes
 * the reply away from the client. */
static void linger(struct session *s)
{
    shutdown(s->fd, SHUT_WR);
    s->state = SESSION_LINGER;
    s->is_closing = FALSE;
    s->in_start = s->in_end = 0;
    s->timer =
        loop_timer_add(s->sink->loop, clock_mono_us() + SESSION_LINGER_US, linger_over, s);
    loop_watch_set(s->watch, LOOP_IN);
}

/* Works, sends, sets what to wait for; frees the session when it is over. */
static void session_run(struct session *s)
{
    gboolean is_full;
    do {
        is_full = process(s);
        if (s->is_held) {
            loop_watch_set(s->watch, 0);
            return;
        }
        if (s->is_cut || !flush(s)) {
            session_free(s);
            return;
        }
        if (s->out->len) {
            loop_watch_set(s->watch, LOOP_OUT);
            return;
        }
        if (s->is_closing) {
            linger(s);
            return;
        }
    } while (is_full);
    loop_watch_set(s->watch, LOOP_IN);
}

/* Room for one more block. The buffer grows only by a line or a few held-back octets. */
static void make_room(struct session *s)
{
    if (s->in_start) {
        memmove(s->in, s->in + s->in_start, s->in_end - s->in_start);
        s->in_end -= s->in_start;
        s->in_start = 0;
    }
    if (s->in_size - s->in_end < READ_BYTES) {
        s->in_size = s->in_end + READ_BYTES;
        s->in = g_realloc(s->in, s->in_size);
    }
}

/* The peer has closed its side: what came is answered, then it is over. */
static void end_of_input(struct session *s)
{
    process(s);
    if (!s->is_cut && !s->is_held)
        flush(s);
    session_free(s);
}

static void session_ready(int fd, unsigned events, void *data)
{
    struct session *s = data;
    if (events & LOOP_IN) {
        make_room(s);
        ssize_t n = read(fd, s->in + s->in_end, READ_BYTES);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            end_of_input(s);
            return;
        }
        s->in_end += (gsize)n;
    } else if (events & LOOP_HUP) {
        session_free(s);
        return;
    }
    session_run(s);
}
