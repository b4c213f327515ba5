/*
 * The end of a message and its stuffed dots, wherever the network cuts it.
 */
#include "config.h"

#include "sink/intake.h"

#include <string.h>

static const struct {
    const char *wire;
    const char *message; /* NULL: no end yet */
    const char *rest;
} rows[] = {
    {".\r\n", "", ""},
    {"a\r\n.\r\n", "a\r\n", ""},
    {"a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"},
    {"..\r\n.\r\n", ".\r\n", ""},
    {".a\r\n..b\r\n...\r\n.\r\n", "a\r\n.b\r\n..\r\n", ""},
    {"a\r\n\r\n.\r\n", "a\r\n\r\n", ""},
    {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""},
    {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", ""},
    {"a\r.\r\r\n.\r\n", "a\r.\r\r\n", ""},
    {"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", ""},
    {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", ""},
    {"a.\r\n.\r\n", "a.\r\n", ""},
    {"a\r\n.", NULL, ""},
    {"a\r\n.\r", NULL, ""},
};

/* Feeds `wire` in pieces of `piece` octets, as a connection does; the message as one string. */
static void check(gsize row, gsize piece)
{
    const char *wire = rows[row].wire;
    gsize len = strlen(wire), start = 0, end = 0;
    gboolean is_end = FALSE;
    struct intake in = {0};
    intake_begin(&in, NULL, 1, 1000, TRUE);
    while (!is_end && end < len) {
        end = MIN(end + piece, len);
        start += intake_add_dotted(&in, wire + start, end - start, &is_end);
    }
    g_assert_cmpint(is_end, ==, rows[row].message != NULL);
    if (is_end) {
        g_assert_cmpstr(in.head ? in.head->str : "", ==, rows[row].message);
        g_assert_cmpint(in.bytes, ==, (gint64)strlen(rows[row].message));
        g_assert_cmpstr(wire + start, ==, rows[row].rest);
    }
    intake_clear(&in);
}

static void test_dots(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize piece = 1; piece <= strlen(rows[i].wire); piece++)
            check(i, piece);
}

static void test_message_id(void)
{
    static const struct {
        const char *head, *id;
    } ids[] = {
        {"Message-ID: <1@x>\r\n\r\n", "<1@x>"},
        {"From: a\r\nMESSAGE-ID:<1@x> \r\n", "<1@x>"},
        {"Message-ID:\r\n <1@x>\r\n\r\n", "<1@x>"},
        {"From: a\r\n\r\nMessage-ID: <no@x>\r\n", NULL},
        {"X-Message-ID: <no@x>\r\n\r\n", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        struct intake in = {0};
        intake_begin(&in, NULL, 1, 1000, TRUE);
        intake_add(&in, ids[i].head, strlen(ids[i].head));
        g_autofree char *id = intake_message_id(&in);
        g_assert_cmpstr(id, ==, ids[i].id);
        intake_clear(&in);
    }
}

static void test_too_big(void)
{
    struct intake in = {0};
    intake_begin(&in, NULL, 1, 4, FALSE);
    intake_add(&in, "1234", 4);
    g_assert_false(in.is_too_big);
    intake_add(&in, "5", 1);
    g_assert_true(in.is_too_big);
    intake_clear(&in);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/intake/dots", test_dots);
    g_test_add_func("/intake/message-id", test_message_id);
    g_test_add_func("/intake/too-big", test_too_big);
    return g_test_run();
}
