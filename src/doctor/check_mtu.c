/*
 * Check 12: do packets of full size get through, where small ones do? A small command first,
 * then more octets at once than a packet takes; the kernel tells whether they arrived. Where
 * the server has TLS, they are the first message of a handshake, which every server takes in
 * any size; else lines of NOOP. No mail is touched, and the server sees a client that hangs up.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "doctor/mtu.h"
#include "doctor/way.h"
#include "net/tlshello.h"

#define LINE_MS 3000 /* a reply to a small command has */
#define ACK_MS 2500  /* the large packets have, and four round trips: sent four times by then  \
                      */
#define BACK_MS 3000 /* what comes back has */
#define TICK_MS 10
#define LINES_MAX 100  /* of one reply */
#define READ_MAX 65536 /* octets of a reply */
#define MORE_BYTES 400 /* than one packet takes */
#define NOOP_BYTES 480 /* RFC 5321 4.5.3.1.4: a line has 512 at most */

struct talk {
    int fd;
    struct doctor_finding *f;
    GString *in; /* what came and was not read yet */
    gboolean is_closed;
};

/* By enum stream_protocol. */
static const struct protocol {
    const char *greeting; /* what it begins with */
    const char *ask;      /* SMTP: and our name */
    const char *end;      /* of the reply: what its last line begins with; NULL: SMTP's way */
    const char *offer;    /* a line of it, when TLS is to be had */
    const char *start, *started;
    const char *bye;
    const char *noop;    /* a command that does nothing; NULL: there is none before the login */
    gboolean takes_text; /* behind it: RFC 5321 4.1.1.9 */
} protocols[] = {
    [STREAM_SMTP] = {.greeting = "220",
                     .ask = "EHLO",
                     .offer = "STARTTLS",
                     .start = "STARTTLS",
                     .started = "220",
                     .bye = "QUIT",
                     .noop = "NOOP ",
                     .takes_text = TRUE},
    [STREAM_IMAP] = {.greeting = "* ",
                     .ask = "a1 CAPABILITY",
                     .end = "a1 ",
                     .offer = "STARTTLS",
                     .start = "a2 STARTTLS",
                     .started = "a2 OK",
                     .bye = "a9 LOGOUT",
                     .noop = "a3 NOOP"},
    [STREAM_POP3] = {.greeting = "+OK",
                     .ask = "CAPA",
                     .end = ".",
                     .offer = "STLS",
                     .start = "STLS",
                     .started = "+OK",
                     .bye = "QUIT"},
};

/* ---- lines ---- */

/* Reads what is there; waits `wait_ms` for it. FALSE: nothing came. */
static gboolean receive(struct talk *t, int wait_ms)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    char buf[4096];
    if (t->is_closed || poll(&p, 1, wait_ms) <= 0)
        return FALSE;
    ssize_t n = recv(t->fd, buf, sizeof buf, MSG_DONTWAIT);
    if (n > 0 && t->in->len < READ_MAX)
        g_string_append_len(t->in, buf, n);
    else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        t->is_closed = TRUE;
    return n > 0;
}

/* The next line without its end; NULL: none came in time. Caller frees. */
static char *read_line(struct talk *t)
{
    gint64 end_us = clock_mono_us() + LINE_MS * 1000;
    const char *end;
    while (!(end = memchr(t->in->str, '\n', t->in->len))) {
        gint64 left_us = end_us - clock_mono_us();
        if (left_us <= 0 || (!receive(t, (int)(left_us / 1000) + 1) && t->is_closed))
            return NULL;
    }
    gsize len = (gsize)(end - t->in->str);
    char *line = g_strndup(t->in->str, len);
    g_string_erase(t->in, 0, (gssize)len + 1);
    g_strchomp(line);
    doctor_transcript(t->f, '<', line);
    return line;
}

static gboolean send_all(struct talk *t, const void *data, gsize len)
{
    return send(t->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

static gboolean say_line(struct talk *t, const char *line)
{
    g_autofree char *all = g_strconcat(line, "\r\n", NULL);
    doctor_transcript(t->f, '>', line);
    return send_all(t, all, strlen(all));
}

static gboolean is_last(const struct protocol *p, const char *line)
{
    if (!p->end)
        return strlen(line) < 4 || line[3] != '-';
    /* POP3 refuses in one line. */
    return g_str_has_prefix(line, p->end) || g_str_has_prefix(line, "-ERR");
}

/* Reads a whole reply; whether TLS is offered in it. FALSE: it did not come. */
static gboolean read_reply(struct talk *t, const struct protocol *p, gboolean *ret_offers)
{
    gboolean offers = FALSE;
    for (int i = 0; i < LINES_MAX; i++) {
        g_autofree char *line = read_line(t);
        if (!line)
            return FALSE;
        offers = offers || strcasestr(line, p->offer);
        if (is_last(p, line)) {
            *ret_offers = offers;
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- small commands, up to where a large one may come ---- */

enum ready { READY_NOT, READY_TLS, READY_PLAIN };

static gboolean is_greeted(struct talk *t, const struct doctor_subject *s)
{
    const struct protocol *p = &protocols[s->protocol];
    for (int i = 0; i < LINES_MAX; i++) {
        g_autofree char *line = read_line(t);
        if (!line || !g_str_has_prefix(line, p->greeting))
            return FALSE;
        /* SMTP's may have several lines. */
        if (s->protocol != STREAM_SMTP || is_last(p, line))
            return TRUE;
    }
    return FALSE;
}

static gboolean ask(struct talk *t, const struct doctor_subject *s, gboolean *ret_offers)
{
    const struct protocol *p = &protocols[s->protocol];
    g_autofree char *line =
        s->protocol == STREAM_SMTP
            ? g_strconcat(p->ask, " ", s->hello ? s->hello : "localhost", NULL)
            : g_strdup(p->ask);
    return say_line(t, line) && read_reply(t, p, ret_offers);
}

/* READY_NOT: `*ret_why` (owned) says why. */
static enum ready prepare(struct talk *t, const struct doctor_subject *s, char **ret_why)
{
    const struct protocol *p = &protocols[s->protocol];
    gboolean offers = FALSE;
    if (s->security == STREAM_TLS)
        return READY_TLS;
    if (!is_greeted(t, s)) {
        *ret_why =
            g_strdup_printf(_("not looked at: no greeting came within %d s"), LINE_MS / 1000);
        return READY_NOT;
    }
    if (!ask(t, s, &offers)) {
        *ret_why = g_strdup(_("not looked at: the server did not answer a small command"));
        return READY_NOT;
    }
    if (offers && s->security == STREAM_STARTTLS) {
        g_autofree char *line = say_line(t, p->start) ? read_line(t) : NULL;
        if (line && g_ascii_strncasecmp(line, p->started, strlen(p->started)) == 0)
            return READY_TLS;
        *ret_why = g_strdup(_("not looked at: the server did not begin with TLS"));
        return READY_NOT;
    }
    if (p->noop)
        return READY_PLAIN;
    *ret_why = g_strdup(_("not looked at: without TLS this server takes no large command"));
    return READY_NOT;
}

/* ---- the large one ---- */

/* Lines that ask for nothing, `size` octets or a little more. */
static GByteArray *noops(const struct protocol *p, gsize size)
{
    g_autofree char *fill = g_strnfill(NOOP_BYTES - strlen(p->noop) - 2, 'x');
    g_autofree char *line = g_strconcat(p->noop, p->takes_text ? fill : "", "\r\n", NULL);
    GByteArray *all = g_byte_array_new();
    while (all->len < size)
        g_byte_array_append(all, (const guint8 *)line, (guint)strlen(line));
    return all;
}

static GByteArray *large_one(const struct doctor_subject *s, enum ready ready, int mss)
{
    gsize size = (gsize)CLAMP(mss + MORE_BYTES, TLSHELLO_MIN, TLSHELLO_MAX);
    if (ready == READY_TLS) {
        gboolean is_name = !g_hostname_is_ip_address(s->host) && strlen(s->host) < 256;
        return tlshello_new(is_name ? s->host : NULL, size);
    }
    return noops(&protocols[s->protocol], size);
}

/* Sends it and waits until the kernel knows that it arrived, then for what comes back. */
static void try_large(struct talk *t, const GByteArray *data, struct mtu_seen *seen)
{
    gint64 begun_us = clock_mono_us();
    gint64 end_us = begun_us + ACK_MS * 1000 + 4 * seen->before.rtt_us;
    seen->sent_bytes = data->len;
    seen->after = seen->before;
    g_string_truncate(t->in, 0);
    if (!send_all(t, data->data, data->len))
        return;
    do {
        (void)receive(t, TICK_MS);
        if (!pathinfo_read(t->fd, &seen->after))
            break;
        /* Who hangs up, or answers, has it. */
        seen->is_acked = (seen->after.unacked == 0 && seen->after.unsent == 0) ||
                         t->is_closed || t->in->len > 0;
    } while (!seen->is_acked && clock_mono_us() < end_us);
    seen->took_us = clock_mono_us() - begun_us;
    end_us = clock_mono_us() + BACK_MS * 1000;
    while (seen->is_acked && t->in->len == 0 && !t->is_closed && clock_mono_us() < end_us)
        (void)receive(t, BACK_MS);
    (void)pathinfo_read(t->fd, &seen->after);
    /* To hang up is an answer, too. */
    seen->got_bytes = (guint)t->in->len + t->is_closed;
}

static void leave(struct talk *t, const struct doctor_subject *s, enum ready ready)
{
    if (ready == READY_TLS) {
        g_autoptr(GByteArray) bye = tlshello_close();
        (void)send_all(t, bye->data, bye->len);
    } else if (!t->is_closed) {
        (void)say_line(t, protocols[s->protocol].bye);
    }
}

static void look(struct talk *t, const struct doctor *d, struct mtu_seen *seen)
{
    char *why = NULL;
    enum ready ready = prepare(t, d->subject, &why);
    if (ready == READY_NOT) {
        doctor_pass(t->f, why);
    } else if (!pathinfo_read(t->fd, &seen->before)) {
        doctor_pass(t->f, g_strdup(_("not looked at: the kernel tells nothing of the "
                                     "connection")));
    } else {
        g_autoptr(GByteArray) data = large_one(d->subject, ready, seen->before.mss);
        try_large(t, data, seen);
        mtu_judge_holes(seen, t->f);
    }
    leave(t, d->subject, ready);
}

void doctor_check_mtu(struct doctor *d, struct doctor_finding *f)
{
    struct way *w = d->facts.way;
    g_autofree char *peer = way_words(w);
    struct mtu_seen seen = {
        .peer = peer, .device = w->device, .is_ipv6 = strchr(w->address, ':') != NULL};
    struct talk t = {.fd = w->fd, .f = f};
    if (w->is_loopback) {
        doctor_pass(
            f, g_strdup_printf(_("%s is this machine: nothing is in between"), w->address));
        return;
    }
    if (w->fd < 0) {
        doctor_pass(f, g_strdup(_("not looked at: there is no connection")));
        return;
    }
    w->fd = -1;
    t.in = g_string_new(NULL);
    look(&t, d, &seen);
    g_string_free(t.in, TRUE);
    close(t.fd);
}
