/*
 * A loop around one stream. The connection's own deadline is the same as the call's, and knows
 * better what it waited for: so ours comes a little later.
 */
#include "config.h"

#include "net/call.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "base/text.h"

#define GRACE_US (CLOCK_SECOND_US / 2)

struct call {
    const struct call_handler *handler;
    void *data;
    struct call_outcome *outcome; /* borrowed */
    struct loop *loop;
    struct stream *stream; /* owned until it is up */
    struct loop_timer *deadline, *second;
    int deadline_s;
};

static void on_up(struct stream *s, void *data)
{
    struct call *c = data;
    c->outcome->is_up = TRUE;
    c->stream = NULL;
    c->handler->up(c, s, c->data);
}

static void on_failed(struct stream *s, enum stream_fault fault, const GError *why, void *data)
{
    struct call *c = data;
    c->outcome->fault = fault;
    c->outcome->why = text_safe(why->message, -1, 0);
    stream_free(s);
    c->stream = NULL;
    loop_quit(c->loop);
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct call *c = data;
    if (c->outcome->is_up)
        c->handler->ready(events, c->data);
}

static void on_line(struct stream *s, char direction, const char *text, void *data)
{
    const struct call *c = data;
    if (c->handler->line)
        c->handler->line(direction, text, c->data);
}

static void on_deadline(void *data)
{
    struct call *c = data;
    c->deadline = NULL;
    c->outcome->fault = STREAM_FAULT_TIMEOUT;
    c->outcome->why =
        g_strdup_printf(_("it did not come to an end within %d seconds"), c->deadline_s);
    loop_quit(c->loop);
}

static void on_second(void *data)
{
    struct call *c = data;
    gint64 now = clock_mono_us();
    c->second = loop_timer_add(c->loop, now + CLOCK_SECOND_US, on_second, c);
    if (c->outcome->is_up)
        c->handler->tick(now, c->data);
}

void call_end(struct call *c)
{
    c->outcome->is_ended = TRUE;
    loop_quit(c->loop);
}

void call_run(const struct stream_target *t, int deadline_s, const struct call_handler *h,
              void *data, struct call_outcome *ret)
{
    static const struct stream_handler handler = {
        .up = on_up, .failed = on_failed, .ready = on_ready, .line = on_line};
    struct stream_target target = *t;
    struct call c = {.handler = h, .data = data, .outcome = ret, .deadline_s = deadline_s};
    *ret = (struct call_outcome){0};
    target.connect_timeout_s = deadline_s;
    c.loop = loop_new();
    struct stream_pool *pool = stream_pool_new(c.loop);
    c.deadline = loop_timer_add(
        c.loop, clock_mono_us() + deadline_s * (gint64)CLOCK_SECOND_US + GRACE_US, on_deadline,
        &c);
    on_second(&c);
    c.stream = stream_open(pool, &target, &handler, &c);
    loop_run(c.loop);
    loop_timer_remove(c.deadline);
    loop_timer_remove(c.second);
    if (ret->is_up)
        h->over(data);
    stream_free(c.stream);
    stream_pool_free(pool);
    loop_free(c.loop);
}

void call_outcome_clear(struct call_outcome *o)
{
    g_clear_pointer(&o->why, g_free);
}
