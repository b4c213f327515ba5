/* Which of several addresses is spoken to, with listening sockets of our own. */
#include "config.h"

#include "doctor/choose.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* All of 127.0.0.0/8 is ours. */
static int listen_at(const char *address, guint16 *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(inet_pton(AF_INET, address, &at.sin_addr), ==, 1);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &len), ==, 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static guint choose(const char *first, const char *second, guint16 port,
                    struct probe_answer *answer)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_ptr_array_add(addresses, (char *)first);
    if (second)
        g_ptr_array_add(addresses, (char *)second);
    return choose_address(addresses, port, answer);
}

static void test_chooses(void)
{
    guint16 port = 0;
    struct probe_answer answer = {.end = PROBE_WAITING};
    int fd = listen_at("127.0.0.7", &port);
    g_assert_cmpuint(choose("127.0.0.7", "127.0.0.8", port, &answer), ==, 0);
    g_assert_cmpuint(choose("127.0.0.8", NULL, port, &answer), ==, 0);
    g_assert_cmpuint(choose("127.0.0.8", "127.0.0.9", port, &answer), ==, 0);
    g_assert_cmpint(answer.end, ==, PROBE_WAITING);
    g_assert_cmpuint(choose("127.0.0.8", "127.0.0.7", port, &answer), ==, 1);
    g_assert_cmpint(answer.end, ==, PROBE_REFUSED);
    close(fd);
}

static void test_words(void)
{
    static const struct {
        struct probe_answer answer;
        const char *words;
    } rows[] = {
        {{.end = PROBE_REFUSED}, "refused"},
        {{.end = PROBE_SILENT}, "no answer"},
        {{.end = PROBE_ICMP, .type = 3, .code = 13, .from = "192.0.2.1"},
         "ICMP 3/13 from 192.0.2.1"},
        {{.end = PROBE_LOCAL, .error = 101}, "Network is unreachable"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *words = choose_words(&rows[i].answer);
        g_assert_cmpstr(words, ==, rows[i].words);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/choose/first-that-takes-a-connection", test_chooses);
    g_test_add_func("/doctor/choose/words", test_words);
    return g_test_run();
}
