/*
 * The loop: what callbacks may do to each other within one batch, timers in order, signals.
 */
#include "config.h"

#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/patience.h"

struct seen {
    int count;
    unsigned events;
    char order[64];
};

static void pair(int ends[2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                    ==, 0);
}

static void feed(int fd)
{
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
}

static void drain(int fd)
{
    char buffer[16];

    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

static void count_ready(int fd, unsigned events, void *data)
{
    struct seen *seen = data;

    seen->count++;
    seen->events = events;
}

static void test_watch_reports(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    struct loop_watch *w;
    int ends[2];

    pair(ends);
    w = loop_watch_add(l, ends[0], LOOP_IN, count_ready, &seen);
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    feed(ends[1]);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 1);
    g_assert_cmpuint(seen.events, ==, LOOP_IN);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 1); /* level-triggered: still there */
    loop_watch_set(w, LOOP_IN | LOOP_OUT);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 1);
    g_assert_cmpuint(seen.events, ==, LOOP_IN | LOOP_OUT);
    loop_watch_set(w, 0);
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    loop_watch_set(w, LOOP_OUT);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 1);
    g_assert_cmpuint(seen.events, ==, LOOP_OUT);
    loop_watch_remove(w);
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    loop_free(l);
    close(ends[0]);
    close(ends[1]);
}

static void test_watch_hang_up(void)
{
    struct loop *l = loop_new();
    struct seen in = {0}, none = {0};
    int pipe_ends[2], ends[2];

    g_assert_cmpint(pipe2(pipe_ends, O_CLOEXEC), ==, 0);
    pair(ends);
    loop_watch_add(l, pipe_ends[0], LOOP_IN, count_ready, &in);
    loop_watch_add(l, ends[0], 0, count_ready, &none);
    close(pipe_ends[1]);
    close(ends[1]);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 2);
    g_assert_cmpuint(in.events, ==, LOOP_IN | LOOP_HUP);
    g_assert_cmpuint(none.events, ==, LOOP_HUP);
    loop_free(l);
    close(pipe_ends[0]);
    close(ends[0]);
}

static void test_watch_refuses(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    char name[] = "/tmp/crier-loop-XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);

    unlink(name);
    errno = 0;
    g_assert_null(loop_watch_add(l, fd, LOOP_IN, count_ready, &seen));
    g_assert_cmpint(errno, ==, EPERM);
    close(fd);
    g_assert_null(loop_watch_add(l, fd, LOOP_IN, count_ready, &seen));
    g_assert_cmpint(errno, ==, EBADF);
    g_assert_null(loop_watch_add(l, -1, LOOP_IN, count_ready, &seen));
    g_assert_cmpint(errno, ==, EBADF);
    loop_watch_remove(NULL);
    loop_timer_remove(NULL);
    loop_free(l);
    loop_free(NULL);
}

/* Many watches ready in one batch; the first to run does something to the others. */
#define CROWD 8

struct crowd {
    struct loop *loop;
    int ends[CROWD][2];
    struct loop_watch *watches[CROWD];
    int runs;
    int late_runs; /* of callbacks added by others */
    void (*deed)(struct crowd *c, int self);
};

static void crowd_ready(int fd, unsigned events, void *data)
{
    struct crowd *c = data;
    int self = 0;

    while (c->ends[self][0] != fd)
        self++;
    c->runs++;
    if (c->runs == 1)
        c->deed(c, self);
}

static void crowd_run(struct crowd *c)
{
    c->loop = loop_new();
    for (int i = 0; i < CROWD; i++) {
        pair(c->ends[i]);
        feed(c->ends[i][1]);
        c->watches[i] = loop_watch_add(c->loop, c->ends[i][0], LOOP_IN, crowd_ready, c);
    }
    loop_run_once(c->loop, PATIENCE_US);
}

static void crowd_clear(struct crowd *c)
{
    loop_free(c->loop);
    for (int i = 0; i < CROWD; i++) {
        close(c->ends[i][0]);
        close(c->ends[i][1]);
    }
}

static void remove_others(struct crowd *c, int self)
{
    for (int i = 0; i < CROWD; i++)
        if (i != self)
            loop_watch_remove(c->watches[i]);
}

static void remove_all(struct crowd *c, int self)
{
    for (int i = 0; i < CROWD; i++)
        loop_watch_remove(c->watches[i]);
}

static void silence_others(struct crowd *c, int self)
{
    for (int i = 0; i < CROWD; i++)
        if (i != self)
            loop_watch_set(c->watches[i], LOOP_OUT);
}

static void test_batch_remove_others(void)
{
    struct crowd c = {.deed = remove_others};

    crowd_run(&c);
    g_assert_cmpint(c.runs, ==, 1);
    g_assert_cmpint(loop_run_once(c.loop, PATIENCE_US), ==, 1); /* the one that is left */
    crowd_clear(&c);
}

static void test_batch_remove_all(void)
{
    struct crowd c = {.deed = remove_all};

    crowd_run(&c);
    g_assert_cmpint(c.runs, ==, 1);
    g_assert_cmpint(loop_run_once(c.loop, 0), ==, 0);
    crowd_clear(&c);
}

static void test_batch_silence_others(void)
{
    struct crowd c = {.deed = silence_others};

    crowd_run(&c);
    g_assert_cmpint(c.runs, ==, 1); /* their LOOP_IN was fetched, and is wanted no more */
    g_assert_cmpint(loop_run_once(c.loop, PATIENCE_US), ==, CROWD);
    crowd_clear(&c);
}

static void late_ready(int fd, unsigned events, void *data)
{
    struct crowd *c = data;

    c->late_runs++;
    g_assert_cmpuint(events, ==, LOOP_OUT);
}

/* Closes every other descriptor and opens new ones, which get the same numbers. */
static void reuse_numbers(struct crowd *c, int self)
{
    for (int i = 0; i < CROWD; i++) {
        int old = c->ends[i][0], fresh[2];

        if (i == self)
            continue;
        loop_watch_remove(c->watches[i]);
        pair(fresh);
        g_assert_cmpint(dup3(fresh[0], old, O_CLOEXEC), ==, old);
        close(fresh[0]);
        close(c->ends[i][1]);
        c->ends[i][1] = fresh[1];
        c->watches[i] = loop_watch_add(c->loop, old, LOOP_OUT, late_ready, c);
    }
}

static void test_batch_reuse(void)
{
    struct crowd c = {.deed = reuse_numbers};

    crowd_run(&c);
    g_assert_cmpint(c.runs, ==, 1);
    g_assert_cmpint(c.late_runs, ==, 0);
    loop_run_once(c.loop, PATIENCE_US);
    g_assert_cmpint(c.late_runs, ==, CROWD - 1);
    crowd_clear(&c);
}

/* The same, but the owner removes its old watch only after the number has its new one. */
static void reuse_numbers_late(struct crowd *c, int self)
{
    for (int i = 0; i < CROWD; i++) {
        int old = c->ends[i][0], fresh[2];
        struct loop_watch *deaf = c->watches[i];

        if (i == self)
            continue;
        pair(fresh);
        g_assert_cmpint(dup3(fresh[0], old, O_CLOEXEC), ==, old);
        close(fresh[0]);
        close(c->ends[i][1]);
        c->ends[i][1] = fresh[1];
        c->watches[i] = loop_watch_add(c->loop, old, LOOP_OUT, late_ready, c);
        loop_watch_set(deaf, 0);
        if (i % 2 == 0) /* the others are left to loop_free() */
            loop_watch_remove(deaf);
    }
}

static void test_batch_reuse_late(void)
{
    struct crowd c = {.deed = reuse_numbers_late};

    crowd_run(&c);
    g_assert_cmpint(c.runs, ==, 1);
    loop_run_once(c.loop, PATIENCE_US);
    g_assert_cmpint(c.late_runs, ==, CROWD - 1);
    crowd_clear(&c);
}

/* A descriptor closed and opened again behind the back of its watch is found again on set. */
static void test_watch_set_after_reopen(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    struct loop_watch *w;
    int ends[2], fresh[2];

    pair(ends);
    pair(fresh);
    w = loop_watch_add(l, ends[0], LOOP_IN, count_ready, &seen);
    g_assert_cmpint(dup3(fresh[0], ends[0], O_CLOEXEC), ==, ends[0]);
    loop_watch_set(w, LOOP_OUT);
    g_assert_cmpint(loop_run_once(l, PATIENCE_US), ==, 1);
    close(ends[0]);
    loop_watch_set(w, LOOP_IN);
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    loop_watch_remove(w);
    loop_free(l);
    close(ends[1]);
    close(fresh[0]);
    close(fresh[1]);
}

/* --- timers */

struct tick {
    struct seen *seen;
    char name;
    struct loop *loop;
    struct loop_timer *victim;
    gint64 again_us; /* > 0: adds itself again, due then */
};

static void tick(void *data)
{
    struct tick *t = data;

    t->seen->order[t->seen->count++] = t->name;
    if (t->victim != NULL)
        loop_timer_remove(t->victim);
    if (t->again_us > 0)
        loop_timer_add(t->loop, t->again_us, tick, t);
}

static void test_timer_order(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    gint64 now = clock_mono_us();
    struct tick ticks[] = {
        {&seen, 'c'}, {&seen, 'a'}, {&seen, 'd'}, {&seen, 'b'}, {&seen, 'x'},
    };

    loop_timer_add(l, now - 10, tick, &ticks[0]);
    loop_timer_add(l, now - 30, tick, &ticks[1]);
    loop_timer_add(l, now - 10, tick, &ticks[2]); /* due together: in the order of adding */
    loop_timer_add(l, now - 20, tick, &ticks[3]);
    loop_timer_add(l, now + 3600 * CLOCK_SECOND_US, tick, &ticks[4]);
    g_assert_cmpint(loop_run_once(l, -1), ==, 4);
    g_assert_cmpstr(seen.order, ==, "abcd");
    loop_free(l); /* with one timer left */
}

static void test_timer_wakes(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    struct tick t = {&seen, 'a'};
    gint64 due = clock_mono_us() + 3000;

    loop_timer_add(l, due, tick, &t);
    while (seen.count == 0)
        loop_run_once(l, -1);
    g_assert_cmpint(clock_mono_us(), >=, due);
    loop_free(l);
}

static void test_timer_remove_pending(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    gint64 now = clock_mono_us();
    struct tick a = {&seen, 'a'}, b = {&seen, 'b'}, c = {&seen, 'c'};

    loop_timer_add(l, now - 3, tick, &a);
    a.victim = loop_timer_add(l, now - 2, tick, &b);
    loop_timer_add(l, now - 1, tick, &c);
    g_assert_cmpint(loop_run_once(l, 0), ==, 2);
    g_assert_cmpstr(seen.order, ==, "ac");
    loop_free(l);
}

static void test_timer_does_not_starve(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    struct tick t = {&seen, 'a', l, NULL, 1};

    loop_timer_add(l, 1, tick, &t);
    g_assert_cmpint(loop_run_once(l, -1), ==, 1);
    g_assert_cmpint(loop_run_once(l, -1), ==, 1);
    loop_free(l);
}

static void record_due(void *data)
{
    g_array_append_val(((void **)data)[0], *(gint64 *)((void **)data)[1]);
}

/* Random adding and removing; what is left fires in order and nothing is lost. */
static void test_timer_random(void)
{
    enum { N = 500 };
    struct loop *l = loop_new();
    g_autoptr(GArray) fired = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autofree gint64 *due = g_new0(gint64, N);
    g_autofree void **pairs = g_new0(void *, 2 * N);
    struct loop_timer *timers[N];
    guint left = N;

    for (int i = 0; i < N; i++) {
        due[i] = g_test_rand_int_range(1, 1000);
        pairs[2 * i] = fired;
        pairs[2 * i + 1] = &due[i];
        timers[i] = loop_timer_add(l, due[i], record_due, &pairs[2 * i]);
        if (g_test_rand_bit()) {
            int victim = g_test_rand_int_range(0, i + 1);

            if (timers[victim] != NULL) {
                loop_timer_remove(timers[victim]);
                timers[victim] = NULL;
                left--;
            }
        }
    }
    g_assert_cmpint(loop_run_once(l, 0), ==, (int)left);
    g_assert_cmpuint(fired->len, ==, left);
    for (guint i = 1; i < fired->len; i++)
        g_assert_cmpint(g_array_index(fired, gint64, i - 1), <=,
                        g_array_index(fired, gint64, i));
    loop_free(l);
}

/* --- signals and the run */

static void caught(int signum, void *data)
{
    struct seen *seen = data;

    seen->order[seen->count++] = signum == SIGUSR1 ? '1' : '2';
}

static void test_signals(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};

    loop_signal_add(l, SIGUSR1, caught, &seen);
    loop_signal_add(l, SIGUSR2, caught, &seen);
    g_assert_cmpint(raise(SIGUSR1), ==, 0);
    g_assert_cmpint(raise(SIGUSR2), ==, 0);
    loop_run_once(l, PATIENCE_US);
    g_assert_cmpstr(seen.order, ==, "12");
    g_assert_cmpint(raise(SIGUSR2), ==, 0);
    loop_run_once(l, PATIENCE_US);
    g_assert_cmpstr(seen.order, ==, "122");
    loop_free(l);
    g_assert_cmpint(raise(SIGUSR1), ==, 0); /* blocked after the loop is gone: no harm */
}

static void quit_ready(int fd, unsigned events, void *data)
{
    drain(fd);
    loop_quit(data);
}

static void test_run_until_quit(void)
{
    struct loop *l = loop_new();
    int ends[2];

    pair(ends);
    loop_watch_add(l, ends[0], LOOP_IN, quit_ready, l);
    for (int i = 0; i < 2; i++) { /* a loop may run again */
        feed(ends[1]);
        loop_run(l);
    }
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    loop_free(l);
    close(ends[0]);
    close(ends[1]);
}

/* Readable after `us`. */
static int alarm_in(gint64 us)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct itimerspec when = {.it_value.tv_nsec = us * 1000};

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(timerfd_settime(fd, 0, &when, NULL), ==, 0);
    return fd;
}

/* Behind a wait that brought one event, what comes one after the other is one turn. */
static void test_gather_together(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    int ends[2], soon, later;

    pair(ends);
    loop_watch_add(l, ends[0], LOOP_IN, count_ready, &seen);
    loop_gather(l, 2, 300 * 1000);
    feed(ends[1]);
    g_assert_cmpint(loop_run_once(l, -1), ==, 1);
    drain(ends[0]);
    soon = alarm_in(1000);
    later = alarm_in(100 * 1000);
    loop_watch_add(l, soon, LOOP_IN, count_ready, &seen);
    loop_watch_add(l, later, LOOP_IN, count_ready, &seen);
    g_assert_cmpint(loop_run_once(l, -1), ==, 2);
    g_assert_cmpint(seen.count, ==, 3);
    loop_free(l);
    close(ends[0]);
    close(ends[1]);
    close(soon);
    close(later);
}

/* A pause of an hour would not be overlooked. */
static void test_gather_no_pause(void)
{
    struct loop *l = loop_new();
    struct seen seen = {0};
    int one[2], other[2];

    pair(one);
    pair(other);
    loop_watch_add(l, one[0], LOOP_IN, count_ready, &seen);
    loop_watch_add(l, other[0], LOOP_IN, count_ready, &seen);
    loop_gather(l, 2, 3600 * CLOCK_SECOND_US);
    g_assert_cmpint(loop_run_once(l, 0), ==, 0);
    feed(one[1]);
    feed(other[1]);
    g_assert_cmpint(loop_run_once(l, -1), ==, 2); /* enough of them */
    drain(other[0]);
    g_assert_cmpint(loop_run_once(l, -1), ==, 1);
    g_assert_cmpint(loop_run_once(l, 0), ==, 1); /* who may not wait does not pause */
    loop_gather(l, 0, 0);
    g_assert_cmpint(loop_run_once(l, -1), ==, 1);
    loop_free(l);
    close(one[0]);
    close(one[1]);
    close(other[0]);
    close(other[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loop/watch/reports", test_watch_reports);
    g_test_add_func("/loop/watch/hang-up", test_watch_hang_up);
    g_test_add_func("/loop/watch/refuses", test_watch_refuses);
    g_test_add_func("/loop/watch/set-after-reopen", test_watch_set_after_reopen);
    g_test_add_func("/loop/batch/remove-others", test_batch_remove_others);
    g_test_add_func("/loop/batch/remove-all", test_batch_remove_all);
    g_test_add_func("/loop/batch/silence-others", test_batch_silence_others);
    g_test_add_func("/loop/batch/reuse", test_batch_reuse);
    g_test_add_func("/loop/batch/reuse-late", test_batch_reuse_late);
    g_test_add_func("/loop/timer/order", test_timer_order);
    g_test_add_func("/loop/timer/wakes", test_timer_wakes);
    g_test_add_func("/loop/timer/remove-pending", test_timer_remove_pending);
    g_test_add_func("/loop/timer/does-not-starve", test_timer_does_not_starve);
    g_test_add_func("/loop/timer/random", test_timer_random);
    g_test_add_func("/loop/signals", test_signals);
    g_test_add_func("/loop/run-until-quit", test_run_until_quit);
    g_test_add_func("/loop/gather/together", test_gather_together);
    g_test_add_func("/loop/gather/no-pause", test_gather_no_pause);
    return g_test_run();
}
