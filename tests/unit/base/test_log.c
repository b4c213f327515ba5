/*
 * The log: one safe line an event, levels, rotation, and no line lost between processes.
 */
#include "config.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

struct folder {
    char *dir, *path, *old_path;
};

static void folder_make(struct folder *f, gconstpointer unused)
{
    f->dir = g_dir_make_tmp("crier-log-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "log", NULL);
    f->old_path = g_strconcat(f->path, ".1", NULL);
    log_set_level(LOG_LEVEL_INFO);
}

static void folder_remove(struct folder *f, gconstpointer unused)
{
    g_assert_true(log_open(NULL, "test", NULL));
    unlink(f->path);
    unlink(f->old_path);
    g_assert_cmpint(rmdir(f->dir), ==, 0);
    g_free(f->dir);
    g_free(f->path);
    g_free(f->old_path);
}

static void open_log(const struct folder *f, const char *who)
{
    g_autoptr(GError) error = NULL;

    log_open(f->path, who, &error);
    g_assert_no_error(error);
}

static char *contents(const char *path)
{
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_line(struct folder *f, gconstpointer unused)
{
    g_autofree char *text = NULL;
    g_autofree char *pattern = NULL;
    struct stat info;

    open_log(f, "send");
    log_notice("people: %d\nforged line\x1b[2J", 7);
    text = contents(f->path);
    pattern = g_strdup_printf("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ notice send\\[%d\\] "
                              "people: 7\\\\nforged line\\\\x1b\\[2J\n$",
                              (int)getpid());
    g_test_message("%s", text);
    g_assert_true(g_regex_match_simple(pattern, text, G_REGEX_DOLLAR_ENDONLY, 0));
    g_assert_cmpint(stat(f->path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

static void test_levels(struct folder *f, gconstpointer unused)
{
    g_autofree char *text = NULL;

    open_log(f, "send");
    log_debug("one");
    log_info("two");
    log_set_level(LOG_LEVEL_ERROR);
    log_warning("three");
    log_error("four");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("five");
    text = contents(f->path);
    g_assert_null(strstr(text, "one"));
    g_assert_nonnull(strstr(text, "info send"));
    g_assert_null(strstr(text, "three"));
    g_assert_nonnull(strstr(text, "four"));
    g_assert_nonnull(strstr(text, "five"));
}

static void test_level_names(void)
{
    enum log_level level = LOG_LEVEL_COUNT;

    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        g_assert_true(log_level_parse(log_level_name((enum log_level)i), &level));
        g_assert_cmpint(level, ==, i);
    }
    g_assert_false(log_level_parse("loud", &level));
    g_assert_false(log_level_parse("", &level));
    g_assert_cmpint(level, ==, LOG_LEVEL_COUNT - 1);
}

static void test_appends(struct folder *f, gconstpointer unused)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_set_contents(f->path, "before\n", -1, NULL));
    open_log(f, "send");
    log_info("after");
    text = contents(f->path);
    g_assert_true(g_str_has_prefix(text, "before\n"));
    g_assert_true(g_str_has_suffix(text, "after\n"));
}

static void test_rotates(struct folder *f, gconstpointer unused)
{
    g_autofree char *text = NULL;
    struct stat info;

    g_assert_true(g_file_set_contents(f->path, "old\n", -1, NULL));
    g_assert_cmpint(truncate(f->path, 16 * 1024 * 1024), ==, 0);
    open_log(f, "a");
    g_assert_false(g_file_test(f->old_path, G_FILE_TEST_EXISTS)); /* exactly the limit */
    log_info("one byte and more");
    open_log(f, "b");
    log_info("fresh");
    text = contents(f->path);
    g_assert_nonnull(strstr(text, "fresh"));
    g_assert_null(strstr(text, "one byte"));
    g_assert_cmpint(stat(f->old_path, &info), ==, 0);
    g_assert_cmpint(info.st_size, >, 16 * 1024 * 1024);
    open_log(f, "c"); /* the fresh one is short: it stays */
    log_info("again");
    g_free(text);
    text = contents(f->path);
    g_assert_nonnull(strstr(text, "fresh"));
}

static void test_refuses(struct folder *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(log_open("/does/not/exist/log", "a", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_cmpint(symlink("/tmp/elsewhere", f->path), ==, 0);
    g_assert_false(log_open(f->path, "a", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
}

/* Processes write at once: each line arrives whole. */
static void test_processes(struct folder *f, gconstpointer unused)
{
    enum { WRITERS = 4, LINES = 200 };
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint count = 0;

    for (int i = 0; i < WRITERS; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            g_autofree char *fill = g_strnfill(300, (char)('a' + i));

            if (!log_open(f->path, "child", NULL))
                _exit(1);
            for (int n = 0; n < LINES; n++)
                log_info("%s", fill);
            _exit(0);
        }
        g_assert_cmpint(pid, >, 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;

        g_assert_cmpint(wait(&status), >, 0);
        g_assert_cmpint(status, ==, 0);
    }
    text = contents(f->path);
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; **line != '\0'; line++) {
        const char *fill = strrchr(*line, ' ');

        g_assert_nonnull(fill);
        g_assert_cmpuint(strlen(fill + 1), ==, 300);
        g_assert_cmpuint(strspn(fill + 1, (char[]){fill[1], '\0'}), ==, 300);
        count++;
    }
    g_assert_cmpuint(count, ==, WRITERS * LINES);
}

static void add(const char *path, void (*test)(struct folder *, gconstpointer))
{
    g_test_add(path, struct folder, NULL, folder_make, test, folder_remove);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/log/line", test_line);
    add("/log/levels", test_levels);
    g_test_add_func("/log/level-names", test_level_names);
    add("/log/appends", test_appends);
    add("/log/rotates", test_rotates);
    add("/log/refuses", test_refuses);
    add("/log/processes", test_processes);
    return g_test_run();
}
