/*
 * What becomes one step and what does not; that the oldest go when there is too much; and that
 * random edits, taken back and done again, lead to the same texts.
 */
#include "config.h"

#include "tui/undo.h"

#include <string.h>

#define MAX_BYTES (1 << 20)

/* Edits as "AT-REMOVED+INSERTED", a bar for undo_break(); the steps they make, oldest first. */
static void test_steps(void)
{
    static const struct {
        const char *edits, *steps;
    } rows[] = {
        {"0-+a 1-+b", "0-+ab"},
        {"0-+a | 1-+b", "0-+a 1-+b"},
        {"0-+a 0-+b", "0-+a 0-+b"},
        {"0-+a 1-+_ 2-+b 3-+c", "0-+a_ 2-+bc"},
        {"2-c+ 1-b+ 0-a+", "0-abc+"},
        {"0-a+ 0-b+", "0-ab+"},
        {"3-d+ 2-_+ 1-b+", "3-d+ 1-b_+"},
        {"0-ab+c 1-+d", "0-ab+c 1-+d"},
        {"0-+a 1-+/ 2-+b", "0-+a 1-+/ 2-+b"},
        {"0-a+ 0-+b", "0-a+ 0-+b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct undo u;
        undo_init(&u, MAX_BYTES);
        g_auto(GStrv) edits = g_strsplit(rows[i].edits, " ", -1);
        for (char **p = edits; *p; p++) {
            if (g_str_equal(*p, "|")) {
                undo_break(&u);
                continue;
            }
            g_strdelimit(g_strdelimit(*p, "_", ' '), "/", '\n');
            char *removed = strchr(*p, '-') + 1, *inserted = strchr(*p, '+') + 1;
            inserted[-1] = '\0';
            struct undo_edit e = {
                .at = (gsize)(**p - '0'), .removed = removed, .inserted = inserted};
            undo_note(&u, &e);
        }
        g_autoptr(GString) steps = g_string_new(NULL);
        for (const struct undo_edit *e; (e = undo_back(&u));) {
            g_autofree char *step = g_strdup_printf("%zu-%s+%s%s", e->at, e->removed,
                                                    e->inserted, steps->len ? " " : "");
            g_string_prepend(steps, g_strdelimit(step, "\n", '/'));
        }
        g_autofree char *wanted = g_strdelimit(g_strdup(rows[i].steps), "_", ' ');
        g_assert_cmpstr(steps->str, ==, wanted);
        undo_clear(&u);
    }
}

static void test_limit(void)
{
    struct undo u;
    undo_init(&u, 1000);
    g_autofree char *large = g_strnfill(5000, 'x');
    for (int i = 0; i < 100; i++) {
        struct undo_edit e = {.removed = (char *)"", .inserted = (char *)"y"};
        undo_break(&u);
        undo_note(&u, &e);
    }
    g_assert_cmpuint(u.bytes, <=, 1000);
    struct undo_edit e = {.removed = large, .inserted = (char *)""};
    undo_note(&u, &e);
    g_assert_cmpuint(u.edits->len, ==, 1);
    g_assert_cmpstr(undo_back(&u)->removed, ==, large);
    g_assert_null(undo_back(&u));
    undo_clear(&u);
    g_assert_null(undo_again(&u));
}

static void apply(GString *s, gsize at, const char *out, const char *in)
{
    g_assert_cmpint(strncmp(s->str + at, out, strlen(out)), ==, 0);
    g_string_erase(s, (gssize)at, (gssize)strlen(out));
    g_string_insert(s, (gssize)at, in);
}

static void test_random(void)
{
    static const char *const pieces[] = {"a", "b", " ", "\n", "word", ""};
    for (int round = 0; round < 100; round++) {
        g_autoptr(GString) s = g_string_new("begin here");
        struct undo u;
        undo_init(&u, MAX_BYTES);
        for (int n = 0; n < 60; n++) {
            gsize at = (gsize)g_test_rand_int_range(0, (int)s->len + 1);
            gsize len = (gsize)g_test_rand_int_range(0, (int)MIN(s->len - at, 3) + 1);
            g_autofree char *removed = g_strndup(s->str + at, len);
            const char *in = pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))];
            struct undo_edit e = {.at = at, .removed = removed, .inserted = (char *)in};
            undo_note(&u, &e);
            apply(s, at, removed, in);
        }
        g_autofree char *end = g_strdup(s->str);
        for (const struct undo_edit *e; (e = undo_back(&u));)
            apply(s, e->at, e->inserted, e->removed);
        g_assert_cmpstr(s->str, ==, "begin here");
        for (const struct undo_edit *e; (e = undo_again(&u));)
            apply(s, e->at, e->removed, e->inserted);
        g_assert_cmpstr(s->str, ==, end);
        undo_clear(&u);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/undo/steps/a-word-is-one", test_steps);
    g_test_add_func("/undo/limit/the-oldest-go", test_limit);
    g_test_add_func("/undo/random/there-and-back", test_random);
    return g_test_run();
}
