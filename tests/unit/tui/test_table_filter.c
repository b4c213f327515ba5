/* The filter line of tables: what is read, what matches, what is refused while it is typed. */
#include "config.h"

#include "tui/table_filter.h"

#include <string.h>

#include "base/error.h"

static const char *const fields[] = {"name", "state", "to", NULL};

static void test_matches(void)
{
    static const char *const row[] = {"Spring Newsletter 2025", "sending", "12,480", NULL};
    static const struct {
        const char *filter;
        gboolean matches;
    } rows[] = {
        {"", TRUE},
        {"   ", TRUE},
        {"spring", TRUE},
        {"SPRING 2025", TRUE},
        {"spring 2024", FALSE},
        {"2024|2025", TRUE},
        {"\"2024|2026\"", FALSE},
        {"\"newsletter 2025\"", TRUE},
        {"\"2025 newsletter\"", FALSE},
        {"\"newsletter 20", TRUE}, /* still being typed */
        {"-winter", TRUE},
        {"-spring", FALSE},
        {"!spring", FALSE},
        {"-", FALSE}, /* a word of one sign: no cell has it */
        {"state:sending", TRUE},
        {"STATE:SEND", TRUE},
        {"state:spring", FALSE},
        {"state:done|sending", TRUE},
        {"-state:done", TRUE},
        {"-state:sending", FALSE},
        {"state:", TRUE}, /* still being typed */
        {"name:\"spring newsletter\"", TRUE},
        {"to:>12000", TRUE},
        {"to:>12,480", FALSE},
        {"to:<13,000", TRUE},
        {"to:<12480", FALSE},
        {"-to:<12480", TRUE},
        {"to:>many", FALSE}, /* no number: a word */
        {"to:480", TRUE},
        {"/^spring.*25$/", TRUE},
        {"/^newsletter/", FALSE},
        {"/news.etter/ state:sending", TRUE},
        {"name:/^spring/", TRUE},
        {"state:/^spring/", FALSE},
        {"-/^spring/", FALSE},
        {"/spring", TRUE}, /* still being typed */
        {"//", TRUE},
        {"/", TRUE},
        {"nofield:x", FALSE}, /* a plain word */
        {"14:32", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct filter f = {0};
        g_autoptr(GError) error = NULL;
        g_assert_true(filter_parse(&f, rows[i].filter, fields, &error));
        g_assert_no_error(error);
        if (filter_matches(&f, fields, row, NULL) != rows[i].matches)
            g_error("\"%s\" does %smatch", rows[i].filter, rows[i].matches ? "not " : "");
        filter_clear(&f);
    }
}

static void test_unicode(void)
{
    static const struct {
        const char *filter, *text;
        gboolean matches;
    } rows[] = {
        {"größe", "Der GRÖSSE nach", TRUE}, {"gru\u0308ße", "Grüße", TRUE},
        {"春", "春のニュース", TRUE},       {"/^春/", "春のニュース", TRUE},
        {"ESC", "\x1b[2J", FALSE}, /* an escape is no letter E */
        {"x1b", "\x1b[2J", TRUE},  /* but is found as it is shown */
        {"\\xff", "a\xff", TRUE},
    };
    static const char *const one[] = {"name", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct filter f = {0};
        const char *texts[] = {rows[i].text, NULL};
        g_assert_true(filter_parse(&f, rows[i].filter, one, NULL));
        if (filter_matches(&f, one, texts, NULL) != rows[i].matches)
            g_error("\"%s\" does %smatch", rows[i].filter, rows[i].matches ? "not " : "");
        filter_clear(&f);
    }
}

/* A cell that shows "33%" compares by the number behind it, one without a number by its text.
 */
static void test_numbers(void)
{
    const char *const texts[] = {"a", "33%", "yesterday", NULL};
    const gint64 numbers[] = {G_MININT64, 3300, 77};
    struct filter f = {0};
    g_assert_true(filter_parse(&f, "state:>100 to:>76 to:<78", fields, NULL));
    g_assert_true(filter_matches(&f, fields, texts, numbers));
    g_assert_true(filter_parse(&f, "name:>0", fields, NULL));
    g_assert_false(filter_matches(&f, fields, texts, numbers));
    filter_clear(&f);
}

static void test_refused(void)
{
    g_autofree char *many = g_strnfill(FILTER_TERMS_MAX * 2 + 2, 'a');
    for (gsize i = 1; i < strlen(many); i += 2)
        many[i] = ' ';
    g_autofree char *long_one = g_strnfill(FILTER_TEXT_MAX + 1, 'a');
    const char *const refused[] = {"/(/",  "name:/[/", "/a{2,1}/", "a\nb",
                                   "\xff", many,       long_one};
    struct filter f = {0};
    g_assert_true(filter_parse(&f, "kept", fields, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(filter_parse(&f, refused[i], fields, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(f.text, ==, "kept");
        g_assert_cmpint(f.n, ==, 1);
    }
    filter_clear(&f);
    filter_clear(&f);
}

/* A pattern that would try for ever gives up instead: it then matches nothing. */
static void test_hostile_pattern(void)
{
    g_autofree char *text = g_strnfill(200, 'a');
    const char *const texts[] = {text, NULL};
    static const char *const one[] = {"name", NULL};
    struct filter f = {0};
    g_assert_true(filter_parse(&f, "/(a|aa|a+)+b/", one, NULL));
    g_assert_false(filter_matches(&f, one, texts, NULL));
    filter_clear(&f);
}

static void test_unknown_field(void)
{
    static const struct {
        const char *text, *unknown, *near;
    } rows[] = {
        {"stat:x", "stat", "state"}, {"a -naem:x", "naem", "name"}, {"state:x", NULL, NULL},
        {"http://x", NULL, NULL},    {"14:32", NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *near = NULL;
        g_autofree char *unknown = filter_unknown(rows[i].text, fields, &near);
        g_assert_cmpstr(unknown, ==, rows[i].unknown);
        g_assert_cmpstr(near, ==, rows[i].near);
    }
}

static void test_one_term(void)
{
    struct filter f = {0};
    g_assert_true(filter_parse(&f, "-state:done", fields, NULL));
    g_assert_cmpint(f.n, ==, 1);
    g_assert_cmpstr(f.terms[0].field, ==, "state");
    g_assert_false(filter_term_matches(&f.terms[0], "Done"));
    g_assert_true(filter_term_matches(&f.terms[0], "sending"));
    g_assert_true(filter_term_matches(&f.terms[0], NULL));
    filter_clear(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table-filter/matches", test_matches);
    g_test_add_func("/table-filter/unicode", test_unicode);
    g_test_add_func("/table-filter/numbers", test_numbers);
    g_test_add_func("/table-filter/refused", test_refused);
    g_test_add_func("/table-filter/hostile-pattern", test_hostile_pattern);
    g_test_add_func("/table-filter/unknown-field", test_unknown_field);
    g_test_add_func("/table-filter/one-term", test_one_term);
    return g_test_run();
}
