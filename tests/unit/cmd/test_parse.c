#include "config.h"

#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "cmd/cmd.h"

/* Parses a line split like a shell does, without the program's name. */
static gboolean parse(const char *text, char ***ret_argv, struct cmd_line *ret, GError **error)
{
    g_autofree char *whole = g_strdup_printf("crier %s", text);
    int argc;
    g_assert_true(g_shell_parse_argv(whole, &argc, ret_argv, NULL));
    return cmd_parse(argc, *ret_argv, ret, error);
}

static void test_wrong_usage(void)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"peple list", "unknown command 'peple': did you mean crier people?"},
        {"zzzzzz", "crier --help shows all"},
        {"people lst", "unknown verb 'lst': did you mean crier people list?"},
        {"people", "needs a verb"},
        {"people list --jsno", "unknown option --jsno: did you mean --json?"},
        {"people list --lst=x", "did you mean --list?"},
        {"people list extra", "'extra' is one word too many"},
        {"people show", "something is missing"},
        {"people list --list", "--list needs a value"},
        {"people list --json=yes", "--json takes no value"},
        {"server set main --pre-second 5", "did you mean --per-second?"},
        {"server add main --password geheim", "can be read by everybody"},
        {"server add main --password=geheim", "can be read by everybody"},
        {"log -x", "unknown option -x"},
        {"init --json", "unknown option --json"},
        {"--nonsense", "unknown option --nonsense"},
        {"--help=1", "takes no value"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct cmd_line l;
        g_auto(GStrv) argv = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(parse(cases[i].line, &argv, &l, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
        if (!strstr(error->message, cases[i].message))
            g_error("%s: '%s' lacks '%s'", cases[i].line, error->message, cases[i].message);
        g_assert_null(strstr(error->message, "geheim"));
    }
}

static void test_values(void)
{
    static const char *const lines[] = {
        "-w /tmp/x people import a.csv b.csv --list=news --map A=b --map C=d --dry-run --json",
        "people import --list news --map=A=b a.csv --map C=d -w/tmp/x --json --dry-run b.csv",
        "people --workspace /tmp/x import --json --dry-run --list news --map A=b --map C=d -- "
        "a.csv "
        "b.csv",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct cmd_line l;
        g_auto(GStrv) argv = NULL;
        g_autoptr(GError) error = NULL;
        parse(lines[i], &argv, &l, &error);
        g_assert_no_error(error);
        struct cmd_context c = {.line = &l};
        g_assert_cmpstr(l.workspace, ==, "/tmp/x");
        g_assert_cmpint(l.format, ==, OUTPUT_JSON);
        g_assert_cmpuint(cmd_words(&c), ==, 2);
        g_assert_cmpstr(cmd_word(&c, 0), ==, "a.csv");
        g_assert_cmpstr(cmd_word(&c, 1), ==, "b.csv");
        g_assert_null(cmd_word(&c, 2));
        g_assert_cmpstr(cmd_option(&c, "list"), ==, "news");
        g_assert_cmpstr(cmd_option_nth(&c, "map", 0), ==, "A=b");
        g_assert_cmpstr(cmd_option_nth(&c, "map", 1), ==, "C=d");
        g_assert_null(cmd_option_nth(&c, "map", 2));
        g_assert_true(cmd_has(&c, "dry-run"));
        g_assert_false(cmd_has(&c, "update"));
        cmd_line_clear(&l);
    }
}

static void test_letters(void)
{
    static const char *const lines[] = {"log -n 5 -f", "log -fn5", "log -f -n5",
                                        "log --follow --lines=5"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct cmd_line l;
        g_auto(GStrv) argv = NULL;
        g_assert_true(parse(lines[i], &argv, &l, NULL));
        struct cmd_context c = {.line = &l};
        gint64 n = 0;
        g_assert_true(cmd_option_int(&c, "lines", 0, 10, 1, &n, NULL));
        g_assert_cmpint(n, ==, 5);
        g_assert_true(cmd_has(&c, "follow"));
        cmd_line_clear(&l);
    }
}

static void test_number_out_of_bounds(void)
{
    static const char *const lines[] = {"log -n 11",    "log -n -1",
                                        "log -n x",     "log -n 99999999999999999999",
                                        "log --lines=", "log -n 5x"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct cmd_line l;
        g_auto(GStrv) argv = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(parse(lines[i], &argv, &l, NULL));
        struct cmd_context c = {.line = &l};
        gint64 n = 42;
        g_assert_false(cmd_option_int(&c, "lines", 0, 10, 1, &n, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
        g_assert_cmpint(n, ==, 42);
        cmd_line_clear(&l);
    }
}

static void test_noun_that_is_a_command_too(void)
{
    struct cmd_line l;
    g_auto(GStrv) alone = NULL, stop = NULL, word = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(parse("worker --once", &alone, &l, NULL));
    g_assert_null(l.verb->verb);
    cmd_line_clear(&l);
    g_assert_true(parse("worker stop", &stop, &l, NULL));
    g_assert_cmpstr(l.verb->verb, ==, "stop");
    cmd_line_clear(&l);
    g_assert_false(parse("worker stpo", &word, &l, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
}

static void test_help_and_version(void)
{
    static const struct {
        const char *line, *noun;
        gboolean has_verb, version;
    } cases[] = {
        {"--help", NULL, FALSE, FALSE},
        {"-h", NULL, FALSE, FALSE},
        {"help people", "people", FALSE, FALSE},
        {"people --help", "people", FALSE, FALSE},
        {"people import -h", "people", TRUE, FALSE},
        {"apply --help", "apply", TRUE, FALSE},
        {"--version", NULL, FALSE, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct cmd_line l;
        g_auto(GStrv) argv = NULL;
        g_assert_true(parse(cases[i].line, &argv, &l, NULL));
        g_assert_cmpstr(l.noun, ==, cases[i].noun);
        g_assert_cmpint(l.verb != NULL, ==, cases[i].has_verb);
        g_assert_cmpint(l.wants_version, ==, cases[i].version);
        g_assert_cmpint(l.wants_help, ==, !cases[i].version);
        cmd_line_clear(&l);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parse/wrong-usage-names-the-nearest", test_wrong_usage);
    g_test_add_func("/parse/values-stand-anywhere", test_values);
    g_test_add_func("/parse/letters", test_letters);
    g_test_add_func("/parse/number-out-of-bounds", test_number_out_of_bounds);
    g_test_add_func("/parse/noun-that-is-a-command-too", test_noun_that_is_a_command_too);
    g_test_add_func("/parse/help-and-version", test_help_and_version);
    return g_test_run();
}
