/* Rows of `crier ports --json` as words: every state of the verb has some. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "tui/ports_data.h"

static GPtrArray *parse(const char *text)
{
    GError *error = NULL;
    GPtrArray *rows = ports_data_parse(text, strlen(text), &error);
    g_assert_no_error(error);
    return rows;
}

static char *words_of(const char *members)
{
    g_autofree char *text = g_strdup_printf("[{\"direction\":\"listen\",%s}]", members);
    g_autoptr(GPtrArray) rows = parse(text);
    return ports_data_words(rows->pdata[0]);
}

static void test_row(void)
{
    g_autoptr(GPtrArray) rows = parse(
        "[{\"direction\":\"connect\",\"role\":\"server\",\"name\":\"main\",\"bind\":\"a:25\","
        "\"state\":\"failed\",\"text\":\"t\",\"notes\":[\"n\",7],\"last\":\"2026-11-22T10:00:"
        "00Z\","
        "\"ms\":31,\"pid\":null}]");
    const struct ports_seen *s = rows->pdata[0];
    g_assert_cmpuint(rows->len, ==, 1);
    g_assert_true(s->is_connect);
    g_assert_cmpstr(s->name, ==, "main");
    g_assert_cmpint(s->ms, ==, 31);
    g_assert_cmpint(s->pid, ==, 0);
    g_assert_cmpint(s->last_us, >, 0);
    g_assert_cmpuint(s->notes->len, ==, 1);
    g_assert_cmpint(ports_data_role(s), ==, ROLE_ERROR);
    g_assert_false(ports_data_is_trouble(s));
}

static void test_words(void)
{
    static const struct {
        const char *members, *words;
    } cases[] = {
        {"\"state\":\"free\"", "free"},
        {"\"state\":\"off\"", "off"},
        {"\"state\":\"held\",\"program\":\"nginx\",\"pid\":812,\"user\":\"www-data\"",
         "HELD by nginx, process 812 (www-data)"},
        {"\"state\":\"held\",\"service\":\"nginx.service\"", "HELD by nginx.service"},
        {"\"state\":\"held\"", "HELD"},
        {"\"state\":\"hidden\",\"user\":\"root\"", "HELD by somebody"},
        {"\"state\":\"clash\",\"program\":\"a\",\"pid\":3", "CLASHES with a, process 3"},
        {"\"state\":\"ours\",\"program\":\"crier\",\"pid\":3", "ours crier, process 3"},
        {"\"state\":\"of-a-later-version\"", "of-a-later-version"},
        {"\"state\":7", "?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = words_of(cases[i].members);
        g_assert_cmpstr(words, ==, cases[i].words);
    }
    g_autofree char *none = ports_data_words(NULL);
    g_assert_cmpstr(none, ==, "looking..");
}

static void test_trouble(void)
{
    static const char *const bad[] = {"held",       "hidden",    "clash",    "pooled", "busy",
                                      "privileged", "forbidden", "not-ours", "wrong"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        const struct ports_seen s = {.state = (char *)bad[i]};
        g_assert_true(ports_data_is_trouble(&s));
        g_assert_cmpint(ports_data_role(&s), ==, ROLE_ERROR);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        const struct ports_seen s = {.state = (char *)bad[i]};
        g_assert_cmpint(ports_data_is_held(&s), ==, i < 5); /* the first five are another's */
    }
    g_assert_false(ports_data_is_trouble(NULL));
    g_assert_false(ports_data_is_held(NULL));
}

static void test_no_list(void)
{
    static const char *const texts[] = {"", "{}", "[", "7", "{\"a\":[]}"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(ports_data_parse(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    }
    g_autoptr(GPtrArray) rows = parse("[17,{},null]");
    g_assert_cmpuint(rows->len, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ports-data/row", test_row);
    g_test_add_func("/ports-data/words", test_words);
    g_test_add_func("/ports-data/trouble", test_trouble);
    g_test_add_func("/ports-data/no-list", test_no_list);
    return g_test_run();
}
