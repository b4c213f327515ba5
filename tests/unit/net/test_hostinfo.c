/* Reading what a machine says of itself: dates in greetings, room, limits. */
#include "config.h"

#include "net/hostinfo.h"

#include <unistd.h>

#define SECOND G_USEC_PER_SEC
#define NINE_FORTY (G_GINT64_CONSTANT(1795340412) * SECOND) /* 2026-11-22 09:40:12 UTC */

static void test_dates(void)
{
    static const struct {
        const char *text;
        gint64 at_us; /* 0: there is none */
    } rows[] = {
        {"220 mail.example.org ESMTP Exim 4.96 Sun, 22 Nov 2026 09:40:12 +0000", NINE_FORTY},
        {"220 mail.example.org ESMTP Sendmail 8.17.1/8.17.1; Sun, 22 Nov 2026 10:40:12 +0100",
         NINE_FORTY},
        {"220 MAIL.example.org Microsoft ESMTP MAIL Service ready at Sun, 22 Nov 2026 04:10:12 "
         "-0530",
         NINE_FORTY},
        {"22 Nov 2026 09:40:12 GMT", NINE_FORTY},
        {"22 Nov 2026 09:40 +0000", NINE_FORTY - 12 * SECOND},
        {"220 mail.example.org ESMTP Postfix (Debian/GNU)", 0},
        {"220 22 Foo 2026 09:40:12 +0000", 0},
        {"220 31 Feb 2026 09:40:12 +0000", 0},
        {"220 22 Nov 2026 09:40:12", 0},
        {"220 22 Nov 2026 25:40:12 +0000", 0},
        {"220 22 Nov 2026 09:40:12 +9999", 0},
        {"", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 at = 0;
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(hostinfo_find_date(rows[i].text, &at), ==, rows[i].at_us != 0);
        g_assert_cmpint(at, ==, rows[i].at_us);
    }
}

static void test_room(void)
{
    struct hostinfo_room room = {0};
    g_assert_true(hostinfo_room("/", &room));
    g_assert_cmpint(room.total_bytes, >, 0);
    g_assert_cmpint(room.free_bytes, <=, room.total_bytes);
    g_assert_false(hostinfo_room("/no/such/place", &room));
}

static void test_descriptors(void)
{
    gint64 ours = hostinfo_descriptors(0);
    g_assert_cmpint(ours, >, 2);
    g_assert_cmpint(hostinfo_descriptors(getpid()), ==, ours);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostinfo/date/in-greetings", test_dates);
    g_test_add_func("/hostinfo/room", test_room);
    g_test_add_func("/hostinfo/descriptors/ours-both-ways", test_descriptors);
    return g_test_run();
}
