/* The line between supervisor and role: requests, secrets, failures, nonsense. */
#include "config.h"

#include "worker/link.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_requests(void)
{
    int fds[2];
    gint64 id = 0;
    gboolean fresh = FALSE;
    g_assert_true(link_pair(fds, NULL));
    g_assert_cmpint(link_next_request(fds[0], &id, &fresh), ==, -1);
    g_assert_true(link_ask_secret(fds[1], 7, FALSE));
    g_assert_true(link_ask_secret(fds[1], G_MAXINT64, TRUE));
    g_assert_cmpint(link_next_request(fds[0], &id, &fresh), ==, 1);
    g_assert_cmpint(id, ==, 7);
    g_assert_false(fresh);
    g_assert_cmpint(link_next_request(fds[0], &id, &fresh), ==, 1);
    g_assert_cmpint(id, ==, G_MAXINT64);
    g_assert_true(fresh);
    close(fds[1]);
    g_assert_cmpint(link_next_request(fds[0], &id, &fresh), ==, 0);
    close(fds[0]);
}

static void test_answers(void)
{
    int fds[2];
    struct link_answer a;
    g_assert_true(link_pair(fds, NULL));
    link_give_secret(fds[0], 7, " a b ", 0);
    link_give_secret(fds[0], 8, "token", 3600);
    link_give_failure(fds[0], 9, "no such file");
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, 1);
    g_assert_cmpint(a.server_id, ==, 7);
    g_assert_cmpstr(a.secret, ==, " a b ");
    g_assert_cmpint(a.life_s, ==, 0);
    link_answer_clear(&a);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, 1);
    g_assert_cmpstr(a.secret, ==, "token");
    g_assert_cmpint(a.life_s, ==, 3600);
    g_assert_null(a.why);
    link_answer_clear(&a);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, 1);
    g_assert_cmpint(a.server_id, ==, 9);
    g_assert_null(a.secret);
    g_assert_cmpstr(a.why, ==, "no such file");
    link_answer_clear(&a);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, -1);
    close(fds[0]);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, 0);
    close(fds[1]);
}

/* A part of a secret would be a wrong one, and a wrong one locks accounts. */
static void test_too_long(void)
{
    int fds[2];
    struct link_answer a;
    g_autofree char *secret = g_strnfill(LINK_MAX_BYTES, 'x');
    g_assert_true(link_pair(fds, NULL));
    link_give_secret(fds[0], 7, secret, 0);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, 1);
    g_assert_null(a.secret);
    g_assert_nonnull(strstr(a.why, "too long"));
    link_answer_clear(&a);
    close(fds[0]);
    close(fds[1]);
}

static void test_nonsense(void)
{
    int fds[2];
    gint64 id = 0;
    gboolean fresh;
    struct link_answer a;
    g_assert_true(link_pair(fds, NULL));
    g_assert_cmpint(send(fds[0], "x", 1, 0), ==, 1);
    g_assert_cmpint(send(fds[1], "x", 1, 0), ==, 1);
    g_assert_cmpint(link_next_request(fds[0], &id, &fresh), ==, -1);
    g_assert_cmpint(link_next_answer(fds[1], &a), ==, -1);
    close(fds[0]);
    close(fds[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/requests", test_requests);
    g_test_add_func("/link/answers", test_answers);
    g_test_add_func("/link/too-long", test_too_long);
    g_test_add_func("/link/nonsense", test_nonsense);
    return g_test_run();
}
