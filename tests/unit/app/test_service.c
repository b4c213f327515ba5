/*
 * What starts the worker: the unit and the crontab block, whatever the paths look like.
 */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/service.h"
#include "base/error.h"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("'%s' is not in: %s", part, text);
}

static void test_unit_quotes_paths(void)
{
    struct workspace ws = {.dir = (char *)"/home/a b/50% \"x\"/$HOME"};
    g_autofree char *text = service_unit_text(&ws, "/opt/cri\\er", NULL);
    assert_has(text,
               "ExecStart=\"/opt/cri\\\\er\" -w \"/home/a b/50%% \\\"x\\\"/$$HOME\" worker");
    assert_has(text, "Description=crier: sends the campaigns of /home/a b/50%% \"x\"/$HOME\n");
}

static void test_newlines_are_refused(void)
{
    struct workspace ws = {.dir = (char *)"/tmp/a\n[Service]"};
    g_autoptr(GError) error = NULL;
    g_assert_null(service_unit_text(&ws, "/opt/crier", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_null(service_cron_block(&ws, "/opt/crier", NULL));
}

static void test_names_differ_by_workspace(void)
{
    struct workspace one = {.dir = (char *)"/a"}, two = {.dir = (char *)"/b"};
    g_autofree char *x = service_unit_name(&one), *y = service_unit_name(&two),
                    *again = service_unit_name(&one);
    g_assert_cmpstr(x, !=, y);
    g_assert_cmpstr(x, ==, again);
}

static void test_cron_quotes_paths(void)
{
    struct workspace ws = {.dir = (char *)"/home/it's 5%"};
    g_autofree char *block = service_cron_block(&ws, "/opt/crier", NULL);
    assert_has(block,
               "\n@reboot '/opt/crier' -w '/home/it'\\''s 5'\\%'' worker --background\n");
}

static void test_block_goes_and_nothing_else(void)
{
    static const char *const around[] = {
        "",
        "MAILTO=x\n",
        "MAILTO=x",
        "1 2 3 4 5 a\n# crier worker, begin: /b\nx\n# crier worker, end: /b\n",
    };
    struct workspace ws = {.dir = (char *)"/a"};
    g_autofree char *block = service_cron_block(&ws, "/opt/crier", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(around); i++) {
        g_autofree char *with = g_strconcat("5 5 * * * y\n", block, around[i], NULL);
        g_autofree char *without = service_cron_without(&ws, with);
        g_autofree char *expected = g_strconcat("5 5 * * * y\n", around[i], NULL);
        g_assert_cmpstr(without, ==, expected);
    }
}

static void test_state_is_what_was_noted(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-service-XXXXXX", NULL);
    struct workspace ws = {.dir = dir};
    g_assert_cmpint(service_state(&ws, 0), ==, SERVICE_NONE);
    g_assert_true(service_note(&ws, SERVICE_CRONTAB, NULL));
    g_assert_cmpint(service_state(&ws, 0), ==, SERVICE_CRONTAB);
    /* Noted, but the unit is not there any more. */
    g_assert_true(service_note(&ws, SERVICE_SYSTEMD, NULL));
    g_assert_cmpint(service_state(&ws, 0), ==, SERVICE_NONE);
    g_assert_true(service_note(&ws, SERVICE_NONE, NULL));
    g_assert_true(service_note(&ws, SERVICE_NONE, NULL));
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/service/unit/quotes", test_unit_quotes_paths);
    g_test_add_func("/service/paths/control-characters", test_newlines_are_refused);
    g_test_add_func("/service/unit/names", test_names_differ_by_workspace);
    g_test_add_func("/service/cron/quotes", test_cron_quotes_paths);
    g_test_add_func("/service/cron/block", test_block_goes_and_nothing_else);
    g_test_add_func("/service/state/noted", test_state_is_what_was_noted);
    return g_test_run();
}
