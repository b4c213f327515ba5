#include "config.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cmd/output.h"
#include "cmd/progress.h"

static const struct output_column columns[] = {
    {"name", "Name"}, {"n", "Number", OUTPUT_NUMBER},
    {"tags", "Tags"}, {"made", "Made", OUTPUT_TIME, TRUE},
    {NULL},
};

static const char *const rows[] = {
    "{\"name\":\"one\",\"n\":1234567,\"tags\":[\"a\",\"b\"],\"made\":\"2027-03-01T08:00:00Z\"}",
    "{\"name\":\"tw\\to\\n\\u001b[31m\",\"n\":2,\"tags\":{\"x\":true},\"made\":null,\"hidden\":"
    "1}",
};

/* Everything written for `format` and `fields` ("a,b" or NULL). */
static char *written(enum output_format format, const char *fields, int width, gsize n_rows)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    g_auto(GStrv) chosen = fields ? g_strsplit(fields, ",", 0) : NULL;
    g_autoptr(GError) error = NULL;
    struct output *o = output_begin(out, format, columns, chosen, &error);
    g_assert_no_error(error);
    output_fix(o, width, 0);
    for (gsize i = 0; i < n_rows; i++)
        output_row(o, rows[i % G_N_ELEMENTS(rows)]);
    output_end(o);
    fclose(out);
    return text;
}

static void test_formats(void)
{
    static const struct {
        enum output_format format;
        const char *fields;
        gsize n;
        const char *expected;
    } cases[] = {
        {OUTPUT_TSV, NULL, 0, "name\tn\ttags\n"},
        {OUTPUT_TSV, NULL, 2,
         "name\tn\ttags\none\t1234567\ta, b\ntw\\to\\n\\x1b[31m\t2\tx=yes\n"},
        {OUTPUT_TSV, "made,name", 1, "made\tname\n2027-03-01T08:00:00Z\tone\n"},
        {OUTPUT_JSON, NULL, 0, "[]\n"},
        {OUTPUT_JSON, "n", 2, "[\n{\"n\":1234567},\n{\"n\":2}\n]\n"},
        {OUTPUT_JSONL, "n,made", 2,
         "{\"n\":1234567,\"made\":\"2027-03-01T08:00:00Z\"}\n{\"n\":2,\"made\":null}\n"},
        {OUTPUT_TABLE, "name,n", 1, "Name     Number\none   1,234,567\n"},
        {OUTPUT_TABLE, "n,name", 1, "   Number  Name\n1,234,567  one\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = written(cases[i].format, cases[i].fields, 80, cases[i].n);
        g_assert_cmpstr(text, ==, cases[i].expected);
        free(text);
    }
}

static void test_json_rows_as_they_are(void)
{
    char *text = written(OUTPUT_JSONL, NULL, 80, 1);
    g_autofree char *expected = g_strdup_printf("%s\n", rows[0]);
    g_assert_cmpstr(text, ==, expected);
    free(text);
}

static void test_clips_to_the_width(void)
{
    char *text = written(OUTPUT_TABLE, "name,n", 21, 2);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    g_assert_cmpuint(g_strv_length(lines), ==, 4);
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(g_utf8_strlen(lines[i], -1), <=, 21);
    g_assert_nonnull(strstr(lines[2], "…"));
    g_assert_true(g_str_has_suffix(lines[2], "        2"));
    free(text);
}

/* Neither the first rows nor one that is wider than all that were measured. */
static void test_cuts_nothing_in_a_pipe(void)
{
    g_autofree char *word = g_strnfill(2000, 'x');
    g_autofree char *wide = g_strdup_printf("{\"name\":\"%s\",\"n\":7}", word);
    for (int before = 0; before <= 300; before += 300) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        struct output *o = output_begin(out, OUTPUT_TABLE, columns, NULL, NULL);
        for (int i = 0; i < before; i++)
            output_row(o, rows[0]);
        output_row(o, wide);
        output_end(o);
        fclose(out);
        g_assert_null(strstr(text, "…"));
        const char *found = strstr(text, word);
        g_assert_nonnull(found);
        g_assert_true(g_str_has_prefix(found + 2000, "  ")); /* the next cell stands off */
        free(text);
    }
}

static void test_folds_wide_characters(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    output_fold(out, "one 日本語の説明は空白がないので、その間で折り返す end", 4, 36);
    output_fold(out, "short", 4, 36);
    fclose(out);
    g_assert_cmpstr(text, ==,
                    "one 日本語の説明は空白がないの\n    で、その間で折り返す end\nshort\n");
    free(text);
}

static void test_streams_past_the_measured_rows(void)
{
    char *text = written(OUTPUT_TABLE, "name", 80, 1001);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    g_assert_cmpuint(g_strv_length(lines), ==, 1001 + 2);
    free(text);
}

static void test_unknown_field(void)
{
    char *fields[] = {(char[]){"nme"}, NULL};
    g_autoptr(GError) error = NULL;
    g_assert_null(output_begin(stdout, OUTPUT_TSV, columns, fields, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "did you mean name?"));
}

static void test_record(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    output_record(out, OUTPUT_TSV, columns, rows[0]);
    fclose(out);
    g_assert_cmpstr(text, ==,
                    "name\tone\nn\t1234567\ntags\ta, b\nmade\t2027-03-01T08:00:00Z\n");
    free(text);
}

static void test_progress_line(void)
{
    static const struct {
        gint64 done, total, elapsed_s;
        int width;
        const char *expected;
    } cases[] = {
        {0, 100, 2, 30, "x [.................]   0 %"},
        {50, 100, 10, 40, "x [################................]  50 %, 10 s left"},
        {100, 100, 10, 26, "x [#############] 100 %"},
        {200, 100, 10, 26, "x [#############] 100 %"},
        {1234, 0, 10, 40, "x 1,234"},
        {50, 100, 10, 12, "x   50 %, 10 s left"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line =
            progress_line("x", cases[i].done, cases[i].total,
                          cases[i].elapsed_s * G_USEC_PER_SEC, cases[i].width);
        g_test_message("%s", line);
        if (cases[i].width >= 20)
            g_assert_cmpint(strlen(line), <=, cases[i].width);
        g_assert_true(g_str_has_prefix(line, "x "));
        const char *tail = strrchr(cases[i].expected, ']');
        g_assert_true(g_str_has_suffix(line, tail ? tail : cases[i].expected));
    }
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "UTC", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/output/formats", test_formats);
    g_test_add_func("/output/json-rows-as-they-are", test_json_rows_as_they_are);
    g_test_add_func("/output/clips-to-the-width", test_clips_to_the_width);
    g_test_add_func("/output/cuts-nothing-in-a-pipe", test_cuts_nothing_in_a_pipe);
    g_test_add_func("/output/streams-past-the-measured-rows",
                    test_streams_past_the_measured_rows);
    g_test_add_func("/output/folds-wide-characters", test_folds_wide_characters);
    g_test_add_func("/output/unknown-field", test_unknown_field);
    g_test_add_func("/output/record", test_record);
    g_test_add_func("/progress/line", test_progress_line);
    return g_test_run();
}
