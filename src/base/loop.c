/*
 * The event loop: epoll for descriptors, a heap of one-shot timers, signalfd for signals. One
 * loop a process. Not for threads, child processes or file I/O, which never blocks in epoll.
 *
 * epoll hands back a descriptor number and the serial of its watch, never a pointer: an event
 * that was fetched for a watch that an earlier callback of the same batch removed, or whose
 * number belongs to a newer watch by now, names a serial that is gone and is dropped.
 */
#include "config.h"

#include "base/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/processor.h"

#define BATCH_MAX 128
#define SIGNAL_MAX 65
#define SOON_US 1000 /* events that took longer to come are not many */

struct loop_watch {
    struct loop *loop; /* borrowed */
    int fd;
    unsigned events;
    guint32 serial;
    gboolean is_deaf; /* its descriptor number belongs to a newer watch */
    void (*ready)(int fd, unsigned events, void *data);
    void *data;
    GList link; /* in loop->watches */
};

struct loop_timer {
    struct loop *loop; /* borrowed */
    gint64 due_us;
    guint64 serial; /* timers due together fire in the order they were added */
    guint index;    /* in loop->heap */
    void (*fire)(void *data);
    void *data;
};

struct signal_row {
    void (*caught)(int signum, void *data);
    void *data;
};

struct loop {
    int epoll_fd;
    int signal_fd; /* -1 until the first loop_signal_add() */
    sigset_t signals;
    struct signal_row signal_rows[SIGNAL_MAX];
    struct loop_watch *signal_watch;
    GPtrArray *by_fd; /* struct loop_watch *, borrowed; index is the descriptor */
    GQueue watches;   /* owned */
    GPtrArray *heap;  /* struct loop_timer *, owned; the first is due first */
    guint32 watch_serial;
    guint64 timer_serial;
    guint64 turn;
    int gather_few; /* loop_gather() */
    gint64 gather_us;
    gboolean must_gather;
    struct processor_parting parting;
    gboolean must_quit;
};

/* --- timers: a binary heap whose elements know their place, so that removal is cheap */

static gboolean timer_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

static void heap_put(struct loop *l, guint i, struct loop_timer *t)
{
    l->heap->pdata[i] = t;
    t->index = i;
}

static void heap_rise(struct loop *l, guint i, struct loop_timer *t)
{
    while (i > 0) {
        guint parent = (i - 1) / 2;

        if (!timer_before(t, l->heap->pdata[parent]))
            break;
        heap_put(l, i, l->heap->pdata[parent]);
        i = parent;
    }
    heap_put(l, i, t);
}

static void heap_sink(struct loop *l, guint i, struct loop_timer *t)
{
    for (;;) {
        guint child = 2 * i + 1;

        if (child >= l->heap->len)
            break;
        if (child + 1 < l->heap->len &&
            timer_before(l->heap->pdata[child + 1], l->heap->pdata[child]))
            child++;
        if (!timer_before(l->heap->pdata[child], t))
            break;
        heap_put(l, i, l->heap->pdata[child]);
        i = child;
    }
    heap_put(l, i, t);
}

struct loop_timer *loop_timer_add(struct loop *l, gint64 due_us, void (*fire)(void *data),
                                  void *data)
{
    struct loop_timer *t = g_new0(struct loop_timer, 1);

    t->loop = l;
    t->due_us = due_us;
    t->serial = ++l->timer_serial;
    t->fire = fire;
    t->data = data;
    g_ptr_array_add(l->heap, t);
    heap_rise(l, l->heap->len - 1, t);
    return t;
}

void loop_timer_remove(struct loop_timer *t)
{
    struct loop *l;
    struct loop_timer *last;
    guint hole;

    if (t == NULL)
        return;
    l = t->loop;
    hole = t->index;
    g_assert(hole < l->heap->len && l->heap->pdata[hole] == t);
    last = l->heap->pdata[l->heap->len - 1];
    g_ptr_array_set_size(l->heap, (int)l->heap->len - 1);
    if (last != t) {
        heap_rise(l, hole, last);
        heap_sink(l, last->index, last);
    }
    g_free(t);
}

/* Fires what is due. A callback that adds a timer already due gets it in the next round, so
 * that descriptors are not starved: at most as many fire as there were at the beginning. */
static int fire_timers(struct loop *l)
{
    guint left = l->heap->len;
    gint64 now_us;
    int count = 0;

    if (left == 0)
        return 0;
    now_us = clock_mono_us();
    while (left-- > 0 && l->heap->len > 0) {
        struct loop_timer *t = l->heap->pdata[0];
        void (*fire)(void *) = t->fire;
        void *data = t->data;

        if (t->due_us > now_us)
            break;
        loop_timer_remove(t);
        fire(data);
        count++;
    }
    return count;
}

/* --- descriptors */

static guint32 to_epoll(unsigned events)
{
    return ((events & LOOP_IN) ? EPOLLIN : 0u) | ((events & LOOP_OUT) ? EPOLLOUT : 0u);
}

static int control(struct loop_watch *w, int operation)
{
    struct epoll_event event = {
        .events = to_epoll(w->events),
        .data.u64 = (guint64)w->serial << 32 | (guint32)w->fd,
    };

    return epoll_ctl(w->loop->epoll_fd, operation, w->fd, &event);
}

/* Registers a descriptor that epoll may know from an earlier watch, or may have forgotten since
 * because the descriptor was closed and opened again under its number. */
static gboolean registered(struct loop_watch *w)
{
    if (control(w, EPOLL_CTL_ADD) == 0)
        return TRUE;
    return errno == EEXIST && control(w, EPOLL_CTL_MOD) == 0;
}

struct loop_watch *loop_watch_add(struct loop *l, int fd, unsigned events,
                                  void (*ready)(int fd, unsigned events, void *data),
                                  void *data)
{
    struct loop_watch *w, *old;

    if (fd < 0) {
        errno = EBADF;
        return NULL;
    }
    w = g_new0(struct loop_watch, 1);
    w->loop = l;
    w->fd = fd;
    w->events = events & (LOOP_IN | LOOP_OUT);
    w->serial = ++l->watch_serial;
    w->ready = ready;
    w->data = data;
    w->link.data = w;
    if (!registered(w)) {
        int saved = errno;

        g_free(w);
        errno = saved;
        return NULL;
    }
    if ((guint)fd >= l->by_fd->len)
        g_ptr_array_set_size(l->by_fd, fd + 1);
    old = l->by_fd->pdata[fd];
    if (old != NULL)
        old->is_deaf = TRUE;
    l->by_fd->pdata[fd] = w;
    g_queue_push_tail_link(&l->watches, &w->link);
    return w;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
    events &= LOOP_IN | LOOP_OUT;
    if (w->events == events)
        return;
    w->events = events;
    if (w->is_deaf)
        return;
    /* ENOENT: the owner closed the descriptor and got its number again. EBADF: it is closed
     * and the owner has not come to removing the watch; there is nothing to wait for. */
    if (control(w, EPOLL_CTL_MOD) < 0 && errno == ENOENT)
        (void)registered(w);
}

void loop_watch_remove(struct loop_watch *w)
{
    if (w == NULL)
        return;
    if (!w->is_deaf) {
        /* Fails when the descriptor is closed already; then epoll has forgotten it. */
        (void)control(w, EPOLL_CTL_DEL);
        w->loop->by_fd->pdata[w->fd] = NULL;
    }
    g_queue_unlink(&w->loop->watches, &w->link);
    g_free(w);
}

static int dispatch(struct loop *l, const struct epoll_event *event)
{
    guint32 fd = (guint32)event->data.u64;
    struct loop_watch *w = fd < l->by_fd->len ? l->by_fd->pdata[fd] : NULL;
    unsigned events = 0;

    if (w == NULL || w->serial != (guint32)(event->data.u64 >> 32))
        return 0;
    if (event->events & EPOLLIN)
        events |= LOOP_IN;
    if (event->events & EPOLLOUT)
        events |= LOOP_OUT;
    if (event->events & (EPOLLHUP | EPOLLERR))
        events |= LOOP_HUP | LOOP_IN | LOOP_OUT;
    /* An earlier callback of this batch may have narrowed what is wanted. */
    events &= w->events | LOOP_HUP;
    if (events == 0)
        return 0;
    w->ready(w->fd, events, w->data);
    return 1;
}

/* --- signals */

static void signals_ready(int fd, unsigned events, void *data)
{
    struct loop *l = data;
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof info) == (gssize)sizeof info) {
        const struct signal_row *row = &l->signal_rows[info.ssi_signo % SIGNAL_MAX];

        if (row->caught != NULL)
            row->caught((int)info.ssi_signo, row->data);
    }
}

void loop_signal_add(struct loop *l, int signum, void (*caught)(int signum, void *data),
                     void *data)
{
    g_assert(signum > 0 && signum < SIGNAL_MAX);
    l->signal_rows[signum] = (struct signal_row){.caught = caught, .data = data};
    sigaddset(&l->signals, signum);
    /* Blocked before the descriptor knows it: one that comes between the two stays pending. */
    if (sigprocmask(SIG_BLOCK, &l->signals, NULL) < 0)
        g_error("sigprocmask: %s", g_strerror(errno));
    l->signal_fd = signalfd(l->signal_fd, &l->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signal_fd < 0)
        g_error("signalfd: %s", g_strerror(errno));
    if (l->signal_watch == NULL)
        l->signal_watch = loop_watch_add(l, l->signal_fd, LOOP_IN, signals_ready, l);
    g_assert(l->signal_watch != NULL);
}

/* --- the loop */

struct loop *loop_new(void)
{
    struct loop *l = g_new0(struct loop, 1);

    l->signal_fd = -1;
    sigemptyset(&l->signals);
    l->by_fd = g_ptr_array_new();
    l->heap = g_ptr_array_new();
    g_queue_init(&l->watches);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        g_error("epoll_create1: %s", g_strerror(errno));
    return l;
}

void loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    while (l->watches.head != NULL)
        loop_watch_remove(l->watches.head->data);
    g_ptr_array_set_free_func(l->heap, g_free);
    g_ptr_array_unref(l->heap);
    g_ptr_array_unref(l->by_fd);
    if (l->signal_fd >= 0)
        close(l->signal_fd);
    close(l->epoll_fd);
    g_free(l);
}

/* Milliseconds for epoll_wait(), rounded up: a timer must be due when we wake for it. */
static int wait_ms(const struct loop *l, gint64 max_wait_us)
{
    gint64 wait_us = max_wait_us;

    if (l->heap->len > 0) {
        const struct loop_timer *first = l->heap->pdata[0];
        gint64 now_us = clock_mono_us();
        gint64 left_us = first->due_us > now_us ? first->due_us - now_us : 0;

        if (wait_us < 0 || left_us < wait_us)
            wait_us = left_us;
    }
    if (wait_us < 0)
        return -1;
    if (wait_us >= (gint64)G_MAXINT * 1000)
        return G_MAXINT;
    return (int)((wait_us + 999) / 1000);
}

void loop_gather(struct loop *l, int few, gint64 pause_us)
{
    l->gather_few = few;
    l->gather_us = pause_us;
    l->must_gather = FALSE;
    /* Otherwise the kernel makes each pause longer by 50 us to save wake-ups. */
    if (pause_us > 0)
        (void)prctl(PR_SET_TIMERSLACK, 1);
}

/* Pauses, if the last wait says so, and waits. */
static int wait_for_events(struct loop *l, struct epoll_event *batch, gint64 max_wait_us)
{
    gint64 since_us = l->gather_us > 0 ? clock_mono_us() : 0;
    int ready;

    if (l->must_gather && max_wait_us != 0) {
        struct timespec pause = {.tv_sec = l->gather_us / CLOCK_SECOND_US,
                                 .tv_nsec = l->gather_us % CLOCK_SECOND_US * 1000};
        (void)nanosleep(&pause, NULL);
    }
    ready = epoll_wait(l->epoll_fd, batch, BATCH_MAX, wait_ms(l, max_wait_us));
    l->must_gather = ready > 0 && ready < l->gather_few && clock_mono_us() - since_us < SOON_US;
    if (l->gather_us > 0 && ready > 0)
        (void)processor_part(&l->parting, (int)(guint32)batch[0].data.u64);
    return ready;
}

int loop_run_once(struct loop *l, gint64 max_wait_us)
{
    struct epoll_event batch[BATCH_MAX];
    int count = 0;
    int ready = wait_for_events(l, batch, max_wait_us);

    l->turn++;
    if (ready < 0 && errno != EINTR)
        g_error("epoll_wait: %s", g_strerror(errno));
    for (int i = 0; i < ready; i++)
        count += dispatch(l, &batch[i]);
    return count + fire_timers(l);
}

guint64 loop_turn(const struct loop *l)
{
    return l->turn;
}

void loop_run(struct loop *l)
{
    l->must_quit = FALSE;
    while (!l->must_quit)
        loop_run_once(l, -1);
}

void loop_quit(struct loop *l)
{
    l->must_quit = TRUE;
}
