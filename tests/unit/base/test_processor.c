#include "config.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/processor.h"

#define MANY 100 /* calls: far more than it takes */
#define TRIES 20 /* the scheduler may move us in between */

/* The ends of a TCP connection within this machine. */
static void connect_here(int ends[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_no_errno(bind(listener, (struct sockaddr *)&a, sizeof a));
    g_assert_no_errno(listen(listener, 1));
    g_assert_no_errno(getsockname(listener, (struct sockaddr *)&a, &len));
    ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_no_errno(connect(ends[0], (struct sockaddr *)&a, sizeof a));
    ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_no_errno(ends[1]);
    close(listener);
}

static void hand_over(const int ends[2])
{
    char byte = 'x';
    g_assert_cmpint(send(ends[1], &byte, 1, 0), ==, 1);
    g_assert_cmpint(recv(ends[0], &byte, 1, 0), ==, 1);
}

static int n_processors(void)
{
    cpu_set_t all;
    g_assert_no_errno(sched_getaffinity(0, sizeof all, &all));
    return CPU_COUNT(&all);
}

/* What we send ourselves is served where we run: after some calls we run elsewhere, and may run
 * wherever we might before. */
static void test_parts(void)
{
    struct processor_parting p = {0};
    cpu_set_t before, after;
    int ends[2];
    gboolean has_gone = FALSE, is_elsewhere = FALSE;
    if (n_processors() < 2) {
        g_test_skip("one processor");
        return;
    }
    connect_here(ends);
    sched_getaffinity(0, sizeof before, &before);
    for (int i = 0; i < TRIES && !is_elsewhere; i++) {
        has_gone = FALSE;
        for (int k = 0; k < MANY && !has_gone; k++) {
            hand_over(ends);
            int here = sched_getcpu();
            has_gone = processor_part(&p, ends[0]);
            is_elsewhere = has_gone && sched_getcpu() != here;
        }
    }
    g_assert_true(has_gone);
    g_assert_true(is_elsewhere);
    sched_getaffinity(0, sizeof after, &after);
    g_assert_true(CPU_EQUAL(&before, &after));
    close(ends[0]);
    close(ends[1]);
}

/* Once, or a few times, may be chance. */
static void test_not_at_once(void)
{
    struct processor_parting p = {0};
    int ends[2];
    connect_here(ends);
    hand_over(ends);
    for (int k = 0; k < 8; k++)
        g_assert_false(processor_part(&p, ends[0]));
    close(ends[0]);
    close(ends[1]);
}

/* Who may run on one processor only stays there. */
static void test_one_processor(void)
{
    struct processor_parting p = {0};
    cpu_set_t before, one;
    int ends[2];
    connect_here(ends);
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&one);
    CPU_SET((gsize)sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0) {
        for (int k = 0; k < MANY; k++) {
            hand_over(ends);
            g_assert_false(processor_part(&p, ends[0]));
        }
        sched_setaffinity(0, sizeof before, &before);
    }
    close(ends[0]);
    close(ends[1]);
}

static void read_one(int fd, unsigned events, void *data)
{
    char byte;
    g_assert_cmpint(recv(fd, &byte, 1, 0), ==, 1);
}

/* A loop that gathers keeps away from who sends to it, which here goes along each time. */
static void test_loop(void)
{
    struct loop *l = loop_new();
    int ends[2], n_moves = 0;
    if (n_processors() < 2) {
        g_test_skip("one processor");
        loop_free(l);
        return;
    }
    connect_here(ends);
    loop_watch_add(l, ends[0], LOOP_IN, read_one, NULL);
    loop_gather(l, 1, 1);
    for (int k = 0; k < MANY; k++) {
        int here = sched_getcpu();
        g_assert_cmpint(send(ends[1], "x", 1, 0), ==, 1);
        g_assert_cmpint(loop_run_once(l, -1), ==, 1);
        n_moves += sched_getcpu() != here;
    }
    g_assert_cmpint(n_moves, >=, 3); /* each 12 turns; by itself it mostly stays */
    loop_free(l);
    close(ends[0]);
    close(ends[1]);
}

static void test_other_descriptors(void)
{
    struct processor_parting p = {0};
    int ends[2], pipes[2];
    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    g_assert_no_errno(pipe(pipes));
    for (int k = 0; k < MANY; k++) {
        hand_over(ends);
        g_assert_false(processor_part(&p, ends[0]));
        g_assert_false(processor_part(&p, pipes[0]));
        g_assert_false(processor_part(&p, -1));
    }
    close(ends[0]);
    close(ends[1]);
    close(pipes[0]);
    close(pipes[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/processor/parts", test_parts);
    g_test_add_func("/processor/not-at-once", test_not_at_once);
    g_test_add_func("/processor/one-processor", test_one_processor);
    g_test_add_func("/processor/loop", test_loop);
    g_test_add_func("/processor/other-descriptors", test_other_descriptors);
    return g_test_run();
}
