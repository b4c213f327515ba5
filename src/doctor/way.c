/*
 * Looks at the way to one port of one host. One loop over one set of attempts: what takes long
 * is waited for side by side, so that a port that is dropped is understood in a few seconds.
 */
#include "config.h"

#include "doctor/way.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/counters.h"

/* Counts retransmissions that did not get out: a filter of this machine ate them. */
#define NOT_SENT "TCPRetransFail"

#define CONNECT_MS 4000  /* an address that nobody has fails after 3.1 s by itself */
#define PATIENCE_MS 1000 /* then the rest is looked at besides: the first SYN may be lost */
#define DOOR_MS 3000     /* of a host that does not answer */
#define ALL_MS 6000
#define BRIEF_MS 2000   /* each of these, for a host that did not answer already */
#define COMPARE_MS 1500 /* no door answered: compare by UDP */
#define UDP_PORT 33434  /* where nobody listens, by the custom of traceroute */
#define NEAR_MS 300     /* beyond the round trips, where the host answers */

static const guint16 send_ports[] = {25, 587, 465, 2525};
static const guint16 imap_ports[] = {993, 143, 995, 110};
static const guint16 pop3_ports[] = {995, 110, 993, 143};

static const guint16 *door_ports(enum stream_protocol protocol)
{
    return protocol == STREAM_SMTP   ? send_ports
           : protocol == STREAM_IMAP ? imap_ports
                                     : pop3_ports;
}

struct way *way_new(const char *host, const char *address, guint16 port,
                    enum stream_protocol protocol)
{
    struct way *w = g_new0(struct way, 1);
    w->host = g_strdup(host);
    w->address = g_strdup(address);
    w->port = port;
    w->protocol = protocol;
    w->fd = -1;
    return w;
}

void way_free(struct way *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    g_free(w->host);
    g_free(w->address);
    g_free(w->gateway);
    g_free(w->device);
    g_free(w);
}

char *way_words(const struct way *w)
{
    return strcmp(w->host, w->address) == 0 ? g_strdup(w->address)
                                            : g_strdup_printf("%s (%s)", w->host, w->address);
}

const struct way_door *way_open_door(const struct way *w)
{
    for (int i = 0; i < w->n_doors; i++)
        if (w->doors[i].answer.end == PROBE_OPEN)
            return &w->doors[i];
    return NULL;
}

/* ---- one look ---- */

struct look {
    struct way *way;
    struct probes *probes;
    int mail; /* number; -1: the port is known to be open */
    int doors[WAY_DOORS_MAX];
    int door_ms, compare_ms;
    gint64 begun_us, doors_us; /* doors_us: 0 before they were begun */
};

static void begin_doors(struct look *l)
{
    struct way *w = l->way;
    const guint16 *ports = door_ports(w->protocol);
    l->doors_us = clock_mono_us();
    for (int i = 0; i < WAY_DOORS_MAX; i++) {
        if (ports[i] == w->port)
            continue;
        struct probe_wish wish = {
            .address = w->address, .port = ports[i], .deadline_ms = l->door_ms};
        int number = probes_add(l->probes, &wish);
        if (number < 0)
            continue;
        w->doors[w->n_doors].port = ports[i];
        l->doors[w->n_doors++] = number;
    }
}

static gboolean read_doors(struct look *l)
{
    gboolean is_over = TRUE;
    for (int i = 0; i < l->way->n_doors; i++) {
        l->way->doors[i].answer = *probes_answer(l->probes, l->doors[i]);
        is_over = is_over && l->way->doors[i].answer.end != PROBE_WAITING;
    }
    return is_over;
}

static int door_with(const struct way *w, enum probe_end end)
{
    for (int i = 0; i < w->n_doors; i++)
        if (w->doors[i].answer.end == end)
            return i;
    return -1;
}

/* What the trace of the port is compared with: a door that answers, an open one before one that
 * refuses; when none does, UDP. */
static void choose_other(struct look *l, gboolean doors_over)
{
    struct way *w = l->way;
    gboolean is_late = clock_mono_us() >= l->doors_us + (gint64)l->compare_ms * 1000;
    int door = door_with(w, PROBE_OPEN);
    if (w->other_trace.is_begun || (door < 0 && !doors_over && !is_late))
        return;
    if (door < 0)
        door = door_with(w, PROBE_REFUSED);
    w->other_trace.how = door < 0 ? PROBE_UDP : PROBE_TCP;
    w->other_trace.port = door < 0 ? UDP_PORT : w->doors[door].port;
    trace_step(&w->other_trace, l->probes, w->address);
}

/* A host behind a router is not at hop 1: whoever answers both ports there answers for others,
 * unless it is the router itself. UDP tells. */
static gboolean is_of_no_use(const struct way *w)
{
    return w->gateway && w->mail_trace.reached == 1 && w->other_trace.reached == 1 &&
           w->other_trace.how == PROBE_TCP;
}

static void compare_by_udp(struct look *l)
{
    struct trace *t = &l->way->other_trace;
    trace_stop(t, l->probes);
    *t = (struct trace){.how = PROBE_UDP,
                        .port = UDP_PORT,
                        .window = t->window,
                        .silence_ms = t->silence_ms,
                        .settle_ms = t->settle_ms};
    trace_step(t, l->probes, l->way->address);
}

static gint64 next_due(const struct look *l, gint64 end_us)
{
    const struct trace *traces[] = {&l->way->mail_trace, &l->way->other_trace};
    gint64 due_us = end_us;
    for (gsize i = 0; i < G_N_ELEMENTS(traces); i++)
        if (traces[i]->is_begun && !traces[i]->is_over)
            due_us = MIN(due_us, trace_due(traces[i]));
    if (!l->way->other_trace.is_begun)
        due_us = MIN(due_us, l->doors_us + (gint64)l->compare_ms * 1000);
    return due_us;
}

static gboolean mail_over(struct look *l)
{
    if (l->mail >= 0)
        l->way->mail = *probes_answer(l->probes, l->mail);
    return l->way->mail.end != PROBE_WAITING;
}

/* Doors and traces, until all is known or the time is over. */
static void look_around(struct look *l, gint64 end_us)
{
    struct way *w = l->way;
    gint64 before = counters_tcp(NOT_SENT);
    begin_doors(l);
    for (;;) {
        gboolean doors_over = read_doors(l);
        trace_step(&w->mail_trace, l->probes, w->address);
        choose_other(l, doors_over);
        if (w->other_trace.is_begun)
            trace_step(&w->other_trace, l->probes, w->address);
        if (is_of_no_use(w))
            compare_by_udp(l);
        gboolean is_over =
            mail_over(l) && doors_over && w->mail_trace.is_over && w->other_trace.is_over;
        /* It opened after all: a packet was lost, no more. */
        if (is_over || (l->mail >= 0 && w->mail.end == PROBE_OPEN) || clock_mono_us() >= end_us)
            break;
        probes_turn(l->probes, next_due(l, end_us));
    }
    trace_stop(&w->mail_trace, l->probes);
    trace_stop(&w->other_trace, l->probes);
    for (int i = 0; i < w->n_doors; i++)
        probes_stop(l->probes, l->doors[i]);
    read_doors(l);
    w->own_drops = before < 0 ? -1 : MAX(counters_tcp(NOT_SENT) - before, 0);
    w->is_traced = TRUE;
}

static void forget_look(struct way *w)
{
    w->n_doors = 0;
    w->own_drops = 0;
    w->is_traced = FALSE;
    memset(&w->mail_trace, 0, sizeof w->mail_trace);
    memset(&w->other_trace, 0, sizeof w->other_trace);
}

static void set_traces(struct way *w, int window, int silence_ms, int settle_ms)
{
    w->mail_trace = (struct trace){.how = PROBE_TCP,
                                   .port = w->port,
                                   .window = window,
                                   .silence_ms = silence_ms,
                                   .settle_ms = settle_ms};
    w->other_trace = w->mail_trace;
}

void way_connect(struct way *w)
{
    int connect_ms = w->was_silent ? BRIEF_MS : CONNECT_MS;
    int patience_ms = w->was_silent ? 0 : PATIENCE_MS;
    struct look l = {.way = w,
                     .probes = probes_new(),
                     .door_ms = w->was_silent ? BRIEF_MS : DOOR_MS,
                     .compare_ms = w->was_silent ? BRIEF_MS / 2 : COMPARE_MS,
                     .begun_us = clock_mono_us()};
    struct probe_wish wish = {
        .address = w->address, .port = w->port, .deadline_ms = connect_ms, .keeps = TRUE};
    l.mail = probes_add(l.probes, &wish);
    g_assert(l.mail >= 0);
    probes_turn(l.probes, l.begun_us + (gint64)patience_ms * 1000);
    w->mail = *probes_answer(l.probes, l.mail);
    if (w->mail.end != PROBE_OPEN && w->mail.end != PROBE_LOCAL && !w->is_loopback) {
        set_traces(w, 5, 1500, 500);
        look_around(&l, l.begun_us + ALL_MS * 1000);
    } else if (w->mail.end == PROBE_WAITING) {
        probes_turn(l.probes, l.begun_us + (gint64)connect_ms * 1000);
    }
    if (w->mail.end == PROBE_WAITING) {
        probes_stop(l.probes, l.mail);
        w->mail = *probes_answer(l.probes, l.mail);
    }
    if (w->mail.end == PROBE_OPEN)
        forget_look(w);
    w->fd = probes_take_fd(l.probes, l.mail);
    probes_free(l.probes);
}

void way_look(struct way *w)
{
    int round_ms = (int)(w->mail.took_us / 1000) + 1;
    if (w->is_traced || w->is_loopback || w->mail.end != PROBE_OPEN)
        return;
    struct look l = {.way = w,
                     .probes = probes_new(),
                     .mail = -1,
                     .door_ms = NEAR_MS * 2 + round_ms * 2,
                     .compare_ms = NEAR_MS + round_ms * 2,
                     .begun_us = clock_mono_us()};
    set_traces(w, 3, NEAR_MS + round_ms * 3, NEAR_MS / 2 + round_ms);
    look_around(&l, l.begun_us + ALL_MS * 1000);
    probes_free(l.probes);
}
