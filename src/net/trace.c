/*
 * A trace as a window that slides over hop limits. What is sent and read is probe.c's.
 */
#include "config.h"

#include "net/trace.h"

#include "base/clock.h"

/* Longer than any trace: it ends by silence. */
#define ATTEMPT_MS 20000

static gboolean is_end(enum probe_end e)
{
    return e == PROBE_OPEN || e == PROBE_REFUSED || e == PROBE_ICMP || e == PROBE_LOCAL;
}

static void read_answers(struct trace *t, const struct probes *p)
{
    int answered = 0;
    t->routers = t->reached = 0;
    for (int i = 0; i < t->asked; i++) {
        if (t->numbers[i] >= 0)
            t->hops[i] = *probes_answer(p, t->numbers[i]);
        enum probe_end end = t->hops[i].end;
        if (end == PROBE_EXPIRED && t->reached == 0)
            t->routers = i + 1;
        if (is_end(end) && t->reached == 0)
            t->reached = i + 1;
        answered += end != PROBE_WAITING && end != PROBE_SILENT;
    }
    if (answered != t->answered)
        t->progress_us = clock_mono_us();
    t->answered = answered;
}

static void ask(struct trace *t, struct probes *p, const char *address)
{
    int last = MIN(TRACE_MAX, t->routers + t->window);
    for (; t->reached == 0 && t->asked < last; t->asked++) {
        int i = t->asked;
        struct probe_wish wish = {.address = address,
                                  .port = t->port,
                                  .how = t->how,
                                  .ttl = i + 1,
                                  .deadline_ms = ATTEMPT_MS};
        if (t->how == PROBE_UDP)
            wish.port = (guint16)(t->port + i);
        t->numbers[i] = probes_add(p, &wish);
        t->hops[i] = (struct probe_answer){.end = PROBE_SILENT};
        if (t->numbers[i] >= 0)
            t->hops[i] = *probes_answer(p, t->numbers[i]);
    }
}

/* Every hop that counts has ended. */
static gboolean has_all(const struct trace *t)
{
    int last = t->reached > 0 ? t->reached : t->asked;
    for (int i = 0; i < last; i++)
        if (t->hops[i].end == PROBE_WAITING)
            return FALSE;
    return t->reached > 0 || t->asked == TRACE_MAX;
}

gint64 trace_due(const struct trace *t)
{
    int ms = t->reached > 0 ? t->settle_ms : t->silence_ms;
    return t->progress_us + (gint64)ms * 1000;
}

void trace_stop(struct trace *t, struct probes *p)
{
    for (int i = 0; i < t->asked; i++) {
        if (t->numbers[i] < 0)
            continue;
        probes_stop(p, t->numbers[i]);
        t->hops[i] = *probes_answer(p, t->numbers[i]);
    }
    t->is_over = TRUE;
}

void trace_step(struct trace *t, struct probes *p, const char *address)
{
    if (t->is_over)
        return;
    if (!t->is_begun)
        t->progress_us = clock_mono_us();
    t->is_begun = TRUE;
    read_answers(t, p);
    ask(t, p, address);
    /* One that ended at once is seen in this step. */
    read_answers(t, p);
    if (has_all(t) || clock_mono_us() >= trace_due(t))
        trace_stop(t, p);
}

const struct probe_answer *trace_end(const struct trace *t)
{
    return t->reached > 0 ? &t->hops[t->reached - 1] : NULL;
}

const char *trace_router(const struct trace *t, int n)
{
    if (n < 1 || n > t->asked || t->hops[n - 1].end != PROBE_EXPIRED || !*t->hops[n - 1].from)
        return NULL;
    return t->hops[n - 1].from;
}
