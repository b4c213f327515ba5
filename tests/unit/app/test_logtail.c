/*
 * The log by pages: whatever is written, rotated or cut between two looks, no line is shown
 * twice or left out.
 */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "../store/place.h"
#include "app/logtail.h"

struct log {
    char *dir, *path, *old_path;
    struct logtail *tail;
};

static const struct logtail_filter everything = {.level = -1};

static void begin(struct log *l, gconstpointer data)
{
    l->dir = g_dir_make_tmp("crier-logtail-XXXXXX", NULL);
    l->path = g_build_filename(l->dir, "crier.log", NULL);
    l->old_path = g_strconcat(l->path, ".1", NULL);
}

static void end(struct log *l, gconstpointer data)
{
    logtail_free(l->tail);
    remove_tree(l->dir);
    g_free(l->dir);
    g_free(l->path);
    g_free(l->old_path);
}

static void append(struct log *l, const char *text)
{
    FILE *out = fopen(l->path, "a");
    g_assert_nonnull(out);
    g_assert_cmpint(fputs(text, out), >=, 0);
    g_assert_cmpint(fclose(out), ==, 0);
}

static void append_numbers(struct log *l, int from, int to)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = from; i < to; i++)
        g_string_append_printf(text, "2027-03-01T08:00:00Z %s send[7] number %d\n",
                               i % 10 ? "info" : "error", i);
    append(l, text->str);
}

static void open_it(struct log *l)
{
    GError *error = NULL;
    l->tail = logtail_open(l->path, &error);
    g_assert_no_error(error);
}

static int number_of_line(const struct logtail_line *l)
{
    return (int)g_ascii_strtoll(l->text + strlen("number "), NULL, 10);
}

/* All lines from the end backwards, in pages, as numbers with the newest first. */
static GArray *all_backwards(struct log *l, int page, const struct logtail_filter *f)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(int));
    gint64 place = logtail_end(l->tail);
    while (place > logtail_begin(l->tail)) {
        gint64 before = place;
        g_autoptr(GPtrArray) lines = logtail_before(l->tail, place, page, f, &place, NULL);
        g_assert_cmpint(place, <, before);
        for (guint i = lines->len; i-- > 0;) {
            int n = number_of_line(lines->pdata[i]);
            g_array_append_val(all, n);
        }
    }
    return all;
}

static GArray *all_forwards(struct log *l, gint64 *place, int page)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(int));
    for (gint64 before = -1; before != *place;) {
        before = *place;
        g_autoptr(GPtrArray) lines =
            logtail_after(l->tail, *place, page, &everything, place, NULL);
        for (guint i = 0; i < lines->len; i++) {
            int n = number_of_line(lines->pdata[i]);
            g_array_append_val(all, n);
        }
    }
    return all;
}

static void assert_down_from(GArray *numbers, int from, int to)
{
    g_assert_cmpint(numbers->len, ==, from - to + 1);
    for (guint i = 0; i < numbers->len; i++)
        g_assert_cmpint(g_array_index(numbers, int, i), ==, from - (int)i);
    g_array_unref(numbers);
}

static void assert_up_to(GArray *numbers, int from, int to)
{
    g_assert_cmpint(numbers->len, ==, to - from);
    for (guint i = 0; i < numbers->len; i++)
        g_assert_cmpint(g_array_index(numbers, int, i), ==, from + (int)i);
    g_array_unref(numbers);
}

/* ---- pages ---- */

static void pages_meet(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 9000); /* several reads long */
    open_it(l);
    assert_down_from(all_backwards(l, 7, &everything), 8999, 0);
    assert_down_from(all_backwards(l, 100000, &everything), 8999, 0);
    gint64 place = 0;
    assert_up_to(all_forwards(l, &place, 11), 0, 9000);
}

static void both_files_are_one(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 3000);
    g_assert_cmpint(g_rename(l->path, l->old_path), ==, 0);
    append_numbers(l, 3000, 5000);
    open_it(l);
    assert_down_from(all_backwards(l, 13, &everything), 4999, 0);
    gint64 place = logtail_begin(l->tail);
    assert_up_to(all_forwards(l, &place, 17), 0, 5000);
}

static void no_log_is_empty(struct log *l, gconstpointer data)
{
    gint64 place = 0;
    open_it(l);
    g_assert_cmpint(logtail_end(l->tail), ==, logtail_begin(l->tail));
    assert_up_to(all_forwards(l, &place, 5), 0, 0);
    append_numbers(l, 0, 3);
    assert_up_to(all_forwards(l, &place, 5), 0, 3);
}

static void a_place_leads_back(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 100);
    open_it(l);
    gint64 next;
    g_autoptr(GPtrArray) page =
        logtail_before(l->tail, logtail_end(l->tail), 10, &everything, &next, NULL);
    const struct logtail_line *first = page->pdata[0], *last = page->pdata[9];
    g_assert_cmpint(number_of_line(first), ==, 90);
    g_assert_cmpint(next, ==, first->begin);
    g_assert_cmpint(last->end, ==, logtail_end(l->tail));
    g_autoptr(GPtrArray) again =
        logtail_after(l->tail, first->begin, 1, &everything, &next, NULL);
    g_assert_cmpint(number_of_line(again->pdata[0]), ==, 90);
    g_assert_cmpint(next, ==, first->end);
}

/* ---- what happens meanwhile ---- */

static void new_lines_follow(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 5);
    open_it(l);
    gint64 place = logtail_end(l->tail);
    assert_up_to(all_forwards(l, &place, 5), 0, 0);
    append(l, "2027-03-01T08:00:00Z info send[7] number ");
    assert_up_to(all_forwards(l, &place, 5), 0, 0); /* not whole yet */
    append(l, "5\n");
    assert_up_to(all_forwards(l, &place, 5), 5, 6);
    g_assert_cmpint(place, ==, logtail_end(l->tail));
}

static void rotation_loses_nothing(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 50);
    open_it(l);
    gint64 place = logtail_end(l->tail), old = place;
    append_numbers(l, 50, 60);
    g_assert_cmpint(g_rename(l->path, l->old_path), ==, 0);
    append_numbers(l, 60, 70);
    assert_up_to(all_forwards(l, &place, 4), 50, 70);
    gint64 next;
    g_autoptr(GPtrArray) before = logtail_before(l->tail, old, 1, &everything, &next, NULL);
    g_assert_cmpint(number_of_line(before->pdata[0]), ==, 49);
    g_assert_cmpint(g_rename(l->path, l->old_path), ==, 0);
    append_numbers(l, 70, 75);
    assert_up_to(all_forwards(l, &place, 100), 70, 75);
    assert_down_from(all_backwards(l, 3, &everything), 74, 60);
}

static void an_emptied_log_goes_on(struct log *l, gconstpointer data)
{
    append_numbers(l, 0, 50);
    open_it(l);
    gint64 place = logtail_begin(l->tail);
    FILE *out = fopen(l->path, "w"); /* in place, as `>` does it */
    g_assert_cmpint(fclose(out), ==, 0);
    g_assert_cmpint(logtail_end(l->tail), >=, place);
    place = logtail_end(l->tail);
    append_numbers(l, 50, 52);
    assert_up_to(all_forwards(l, &place, 5), 50, 52);
}

/* ---- lines and filters ---- */

static void lines_are_taken_apart(void)
{
    struct logtail_line l;
    const char known[] = "2027-03-01T08:00:00Z warning send[4711] campaign a: \x1b[2J b";
    logtail_parse(known, sizeof known - 1, &l);
    g_assert_true(l.is_known);
    g_assert_cmpint(l.level, ==, LOG_LEVEL_WARNING);
    g_assert_cmpstr(l.who, ==, "send");
    g_assert_cmpint(l.pid, ==, 4711);
    g_assert_cmpint(l.at_us, ==, G_GINT64_CONSTANT(1803888000000000));
    g_assert_true(g_str_has_prefix(l.text, "campaign a: "));
    g_assert_null(strchr(l.text, '\x1b'));
    g_assert_true(g_str_has_suffix(l.line, l.text));
    logtail_line_clear(&l);
    logtail_parse("what is this", 12, &l);
    g_assert_false(l.is_known);
    g_assert_cmpstr(l.text, ==, "what is this");
    logtail_line_clear(&l);
}

static gboolean passes(const char *line, const struct logtail_filter *f)
{
    struct logtail_line l;
    logtail_parse(line, strlen(line), &l);
    gboolean is_passed = logtail_passes(f, &l);
    logtail_line_clear(&l);
    return is_passed;
}

#define LINE(level, text) "2027-03-01T08:00:00Z " level " send[1] " text

static void filters(void)
{
    static const struct {
        struct logtail_filter filter;
        const char *line;
        gboolean passes;
    } cases[] = {
        {{.level = -1}, LINE("debug", "x"), TRUE},
        {{.level = LOG_LEVEL_WARNING}, LINE("info", "x"), FALSE},
        {{.level = LOG_LEVEL_WARNING}, LINE("error", "x"), TRUE},
        {{.level = LOG_LEVEL_ERROR}, "no shape", TRUE},
        {{.level = -1, .since_us = G_GINT64_CONSTANT(1803888000000000)},
         LINE("info", "x"),
         TRUE},
        {{.level = -1, .since_us = G_GINT64_CONSTANT(1803888000000001)},
         LINE("info", "x"),
         FALSE},
        {{.level = -1, .campaign = "spring"}, LINE("info", "campaign spring: sending"), TRUE},
        {{.level = -1, .campaign = "spring"},
         LINE("info", "campaign spring-2: sending"),
         FALSE},
        {{.level = -1, .campaign = "spring"},
         LINE("info", "campaign spring.2: sending"),
         FALSE},
        {{.level = -1, .campaign = "spring"},
         LINE("info", "campaign spring-2: after campaign spring."),
         TRUE},
        {{.level = -1, .campaign = "spring"}, LINE("info", "server spring: x"), FALSE},
        {{.level = -1, .text = "GRÜN"}, LINE("info", "es ist grün"), TRUE},
        {{.level = -1, .text = "send"}, LINE("info", "x"), TRUE},
        {{.level = -1, .text = "blue"}, LINE("info", "x"), FALSE},
        {{.level = -1, .text = ""}, LINE("info", "x"), TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        if (passes(cases[i].line, &cases[i].filter) != cases[i].passes)
            g_error("case %zu: %s", i, cases[i].line);
}

static void filtered_pages_meet(struct log *l, gconstpointer data)
{
    const struct logtail_filter errors = {.level = LOG_LEVEL_ERROR};
    append_numbers(l, 0, 20000);
    open_it(l);
    GArray *found = all_backwards(l, 7, &errors);
    g_assert_cmpint(found->len, ==, 2000);
    for (guint i = 0; i < found->len; i++)
        g_assert_cmpint(g_array_index(found, int, i), ==, 19990 - 10 * (int)i);
    g_array_unref(found);
}

/* A call reads so much and no more, and says where to go on. */
static void a_rare_line_is_found_in_several_calls(struct log *l, gconstpointer data)
{
    const struct logtail_filter rare = {.level = -1, .text = "number 0"};
    append_numbers(l, 0, 20000);
    open_it(l);
    int calls = 0;
    gint64 place = logtail_end(l->tail);
    guint found = 0;
    while (place > logtail_begin(l->tail)) {
        g_autoptr(GPtrArray) lines = logtail_before(l->tail, place, 5, &rare, &place, NULL);
        found += lines->len;
        calls++;
    }
    g_assert_cmpint(found, ==, 1);
    g_assert_cmpint(calls, >, 2);
}

static void endless_lines_are_cut(struct log *l, gconstpointer data)
{
    g_autofree char *longest = g_strnfill(3 * LOGTAIL_LINE_MAX + 10, 'x');
    append_numbers(l, 0, 2);
    append(l, longest);
    append(l, "\n");
    append_numbers(l, 2, 3);
    open_it(l);
    gsize forwards = 0, backwards = 0;
    gint64 place = logtail_begin(l->tail);
    for (gint64 before = -1; before != place;) {
        before = place;
        g_autoptr(GPtrArray) lines =
            logtail_after(l->tail, place, 100, &everything, &place, NULL);
        for (guint i = 0; i < lines->len; i++)
            forwards += strlen(((struct logtail_line *)lines->pdata[i])->line);
    }
    g_assert_cmpint(place, ==, logtail_end(l->tail));
    while (place > logtail_begin(l->tail)) {
        g_autoptr(GPtrArray) lines =
            logtail_before(l->tail, place, 100, &everything, &place, NULL);
        for (guint i = 0; i < lines->len; i++)
            backwards += strlen(((struct logtail_line *)lines->pdata[i])->line);
    }
    g_assert_cmpint(forwards, ==, backwards);
    g_assert_cmpint(forwards, >, 3 * LOGTAIL_LINE_MAX);
}

#define LOG_TEST(path, function) g_test_add((path), struct log, NULL, begin, function, end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    LOG_TEST("/logtail/pages/meet", pages_meet);
    LOG_TEST("/logtail/pages/both-files", both_files_are_one);
    LOG_TEST("/logtail/pages/no-log", no_log_is_empty);
    LOG_TEST("/logtail/pages/places", a_place_leads_back);
    LOG_TEST("/logtail/follow/new-lines", new_lines_follow);
    LOG_TEST("/logtail/follow/rotation", rotation_loses_nothing);
    LOG_TEST("/logtail/follow/emptied", an_emptied_log_goes_on);
    LOG_TEST("/logtail/filter/pages", filtered_pages_meet);
    LOG_TEST("/logtail/filter/rare", a_rare_line_is_found_in_several_calls);
    LOG_TEST("/logtail/lines/endless", endless_lines_are_cut);
    g_test_add_func("/logtail/lines/parsed", lines_are_taken_apart);
    g_test_add_func("/logtail/filter/rules", filters);
    return g_test_run();
}
