/*
 * A TCP proxy on the loopback that makes the other end seem far away: every byte arrives DELAY_US
 * later than it was sent, in both directions, and a connection's first byte as much later as
 * the handshake would have made it. Order, amount and end of what is sent stay as they are; it
 * knows nothing of SMTP. Usage: delay_proxy DELAY_US PORT; listens on a free port, prints
 * "listening on 127.0.0.1:N", and at SIGTERM what it cost: it must never be the limit.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE (64 * 1024)
#define MOST_HELD (8 * 1024 * 1024) /* bytes on the way in one direction; then it stops reading */
#define LATE_STEPS 1000             /* lateness is counted in steps of 0.1 ms */
#define STEP_US 100
#define HANDSHAKE 3 /* SYN, SYN-ACK, ACK: the server's first byte leaves after these */

struct pair;

/* One direction: what was read from `from` goes to `to`. */
struct lane {
    struct pair *pair;
    int from, to;
    GQueue ready; /* pieces that are due and not written yet */
    gsize held;
    gboolean is_read_out, is_shut;
};

struct end {
    struct lane *reads, *writes;
    guint32 events;
    int fd;
    gboolean is_hung_up; /* nothing more comes or goes: the rest is the other end's */
};

struct pair {
    struct lane up, down;
    struct end client, server;
    int n_pending; /* entries of the queues that name it */
    gboolean is_closed;
};

struct piece {
    gint64 due_us;
    struct lane *lane;
    gsize size, done; /* of size 0: the end */
    char data[];
};

struct opening {
    gint64 due_us;
    struct pair *pair;
};

static int epoll_fd, listener;
static gint64 delay_us;
static struct sockaddr_in target;
/* Each is in the order of its due times, as what goes into one waits equally long. */
static GQueue on_the_way = G_QUEUE_INIT, openings = G_QUEUE_INIT;
static gint64 late[LATE_STEPS + 1], n_late;
static int n_connections;
static gint64 first_us, last_us;
static volatile sig_atomic_t is_over;

static void end_it(int number)
{
    is_over = number;
}

static void die(const char *what)
{
    fprintf(stderr, "delay_proxy: %s: %s\n", what, g_strerror(errno));
    exit(1);
}

/* ---- connections ---- */

static void pair_unref_closed(struct pair *p)
{
    if (p->is_closed && p->n_pending == 0)
        g_free(p);
}

static void pair_close(struct pair *p)
{
    if (p->is_closed)
        return;
    p->is_closed = TRUE;
    close(p->client.fd);
    if (p->server.fd >= 0)
        close(p->server.fd);
    g_queue_clear_full(&p->up.ready, g_free);
    g_queue_clear_full(&p->down.ready, g_free);
}

static void want(struct end *e)
{
    guint32 events = 0;
    if (e->is_hung_up)
        return;
    if (!e->reads->is_read_out && e->reads->held < MOST_HELD)
        events |= EPOLLIN;
    if (!g_queue_is_empty(&e->writes->ready))
        events |= EPOLLOUT;
    struct epoll_event event = {.events = events, .data.ptr = e};
    if (events != e->events && epoll_ctl(epoll_fd, EPOLL_CTL_MOD, e->fd, &event) < 0)
        die("epoll_ctl");
    e->events = events;
}

static void watch(struct end *e)
{
    struct epoll_event event = {.events = 0, .data.ptr = e};
    int on = 1;
    setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, e->fd, &event) < 0)
        die("epoll_ctl");
    want(e);
}

static void accept_one(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct pair *p = g_new0(struct pair, 1);
    p->client = (struct end){.fd = fd, .reads = &p->up, .writes = &p->down};
    p->server = (struct end){.fd = -1, .reads = &p->down, .writes = &p->up};
    struct opening *o = g_new(struct opening, 1);
    *o = (struct opening){g_get_monotonic_time() + HANDSHAKE * delay_us, p};
    p->n_pending++;
    g_queue_push_tail(&openings, o);
    if (n_connections++ == 0)
        first_us = g_get_monotonic_time();
}

/* The real connection, on the loopback: it is there at once. */
static void open_server(struct pair *p)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&target, sizeof target) < 0) {
        if (fd >= 0)
            close(fd);
        pair_close(p);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    p->server.fd = fd;
    p->up = (struct lane){.pair = p, .from = p->client.fd, .to = fd};
    p->down = (struct lane){.pair = p, .from = fd, .to = p->client.fd};
    watch(&p->client);
    watch(&p->server);
}

/* ---- bytes ---- */

static void read_some(struct end *e)
{
    static char buffer[PIECE];
    struct lane *lane = e->reads;
    ssize_t n = recv(e->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    gsize size = n > 0 ? (gsize)n : 0;
    struct piece *piece = g_malloc(sizeof *piece + size);
    *piece = (struct piece){.due_us = g_get_monotonic_time() + delay_us, .lane = lane,
                            .size = size};
    memcpy(piece->data, buffer, size);
    lane->is_read_out = size == 0;
    lane->held += size;
    lane->pair->n_pending++;
    g_queue_push_tail(&on_the_way, piece);
    want(e);
}

/* FALSE when it would block or the connection is gone. */
static gboolean write_piece(struct lane *lane, struct piece *piece)
{
    if (piece->size == 0) {
        shutdown(lane->to, SHUT_WR);
        lane->is_shut = TRUE;
        return TRUE;
    }
    while (piece->done < piece->size) {
        ssize_t n = send(lane->to, piece->data + piece->done, piece->size - piece->done,
                         MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            pair_close(lane->pair);
        if (n < 0)
            return FALSE;
        piece->done += (gsize)n;
    }
    return TRUE;
}

static void flush(struct lane *lane)
{
    struct pair *p = lane->pair;
    while (!p->is_closed && !g_queue_is_empty(&lane->ready)) {
        struct piece *piece = g_queue_peek_head(&lane->ready);
        if (!write_piece(lane, piece))
            break;
        lane->held -= piece->size;
        g_free(g_queue_pop_head(&lane->ready));
    }
    if (!p->is_closed && p->up.is_shut && p->down.is_shut)
        pair_close(p);
    if (p->is_closed)
        return;
    want(&p->client);
    want(&p->server);
    last_us = g_get_monotonic_time();
}

static void deliver(gint64 now_us)
{
    struct piece *piece;
    struct opening *o;
    while ((o = g_queue_peek_head(&openings)) && o->due_us <= now_us) {
        g_queue_pop_head(&openings);
        o->pair->n_pending--;
        open_server(o->pair);
        pair_unref_closed(o->pair);
        g_free(o);
    }
    while ((piece = g_queue_peek_head(&on_the_way)) && piece->due_us <= now_us) {
        struct pair *p = piece->lane->pair;
        g_queue_pop_head(&on_the_way);
        p->n_pending--;
        late[MIN((now_us - piece->due_us) / STEP_US, LATE_STEPS)]++;
        n_late++;
        if (p->is_closed) {
            g_free(piece);
        } else {
            g_queue_push_tail(&piece->lane->ready, piece);
            flush(piece->lane);
        }
        pair_unref_closed(p);
    }
}

/* ---- the loop ---- */

static struct timespec *until_due(struct timespec *ret)
{
    const struct piece *piece = g_queue_peek_head(&on_the_way);
    const struct opening *o = g_queue_peek_head(&openings);
    if (!piece && !o)
        return NULL;
    gint64 due = MIN(piece ? piece->due_us : G_MAXINT64, o ? o->due_us : G_MAXINT64);
    gint64 us = MAX(due - g_get_monotonic_time(), 0);
    *ret = (struct timespec){us / G_USEC_PER_SEC, us % G_USEC_PER_SEC * 1000};
    return ret;
}

/* What became of one end; a pair that was closed meanwhile has a closed descriptor, which no
 * longer reports anything, and is freed only between two looks. */
static void take(const struct epoll_event *event)
{
    struct end *e = event->data.ptr;
    struct pair *p = e->reads->pair;
    if (!p->is_closed && event->events & EPOLLOUT)
        flush(e->writes);
    if (!p->is_closed && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR) &&
        !e->reads->is_read_out && e->reads->held < MOST_HELD)
        read_some(e);
    else if (!p->is_closed && event->events & (EPOLLHUP | EPOLLERR) && e->reads->is_read_out) {
        /* What is still on the way to the other end has to arrive. */
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, e->fd, NULL);
        e->is_hung_up = TRUE;
    }
}

static void serve(const sigset_t *signals)
{
    struct epoll_event events[64];
    struct timespec wait;
    struct pollfd look = {.fd = epoll_fd, .events = POLLIN};
    while (!is_over) {
        ppoll(&look, 1, until_due(&wait), signals);
        int n = epoll_wait(epoll_fd, events, G_N_ELEMENTS(events), 0);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr)
                take(&events[i]);
            else
                accept_one();
        deliver(g_get_monotonic_time());
    }
}

static void listen_here(const char *port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    struct epoll_event event = {.events = EPOLLIN};
    target = own;
    target.sin_port = htons((guint16)g_ascii_strtoull(port, NULL, 10));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (listener < 0 || epoll_fd < 0 ||
        bind(listener, (struct sockaddr *)&own, sizeof own) < 0 || listen(listener, 512) < 0 ||
        getsockname(listener, (struct sockaddr *)&own, &size) < 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0)
        die("listen");
    printf("listening on 127.0.0.1:%d\n", ntohs(own.sin_port));
    fflush(stdout);
}

static double late_ms(double share)
{
    gint64 seen = 0;
    int i = 0;
    for (; i < LATE_STEPS && (double)(seen += late[i]) < share * (double)n_late; i++)
        ;
    return (i + 1) * STEP_US / 1e3;
}

int main(int argc, char **argv)
{
    sigset_t blocked, before;
    struct rusage usage;
    if (argc != 3) {
        fprintf(stderr, "usage: delay_proxy DELAY_US PORT\n");
        return 2;
    }
    delay_us = g_ascii_strtoll(argv[1], NULL, 10);
    /* SIGTERM comes only while it waits: no race between the look and the wait. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    signal(SIGTERM, end_it);
    listen_here(argv[2]);
    serve(&before);
    getrusage(RUSAGE_SELF, &usage);
    double cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%d connections, %.2f s of them, %.2f s of processor time, late %.1f ms, 99 of 100"
           " under %.1f ms\n",
           n_connections, (double)(last_us - first_us) / 1e6, cpu_s, late_ms(0.5), late_ms(0.99));
    return 0;
}
