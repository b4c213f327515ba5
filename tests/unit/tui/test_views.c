/* The tables of actions of all views: names, help, keys; and the manual made from them. */
#include "config.h"

#include "tui/views.h"

#include <string.h>

#include "app/verbs.h"
#include "base/text.h"
#include "tui/help.h"
#include "tui/pager_dialog.h"
#include "tui/ui_private.h"

/* ---- tables ---- */

static void check_table(const char *view, const struct action *table)
{
    for (const struct action *a = table; a && a->name; a++) {
        g_test_message("%s.%s", view, a->name);
        g_assert_true(text_is_slug(a->name));
        g_assert_true(a->help && strlen(a->help) > 3);
        g_assert_nonnull(a->run);
        g_assert_cmpuint(a->key, !=, 0);
        for (const struct action *b = a + 1; b->name; b++) {
            g_test_message("  and %s", b->name);
            g_assert_cmpstr(a->name, !=, b->name);
            g_assert_cmpuint(a->key, !=, b->key);
            g_assert_cmpuint(a->key, !=, b->alias);
            g_assert_true(a->alias == 0 || (a->alias != b->key && a->alias != b->alias));
        }
    }
}

static void test_actions(void)
{
    for (const struct view_ops *const *v = views_all(); *v; v++)
        check_table((*v)->name, (*v)->actions);
    check_table(HELP_GLOBAL, ui_global_actions());
}

/* Every key can be written in the file of a person's own keys. */
static void test_keys_have_names(void)
{
    for (const struct view_ops *const *v = views_all(); *v; v++)
        for (const struct action *a = (*v)->actions; a && a->name; a++) {
            g_autofree char *name = term_key_name(a->key);
            g_test_message("%s.%s", (*v)->name, a->name);
            g_assert_cmpuint(strlen(name), >, 0);
            g_assert_cmpuint(text_cells(name), <=, 12);
        }
}

static void test_views(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;
    for (const struct view_ops *const *v = views_all(); *v; v++, n++) {
        g_test_message("%s", (*v)->name);
        g_assert_true(text_is_slug((*v)->name));
        g_assert_true(g_hash_table_add(names, (gpointer)(*v)->name));
        g_assert_nonnull((*v)->title);
        g_assert_nonnull((*v)->draw);
        g_assert_true(views_find((*v)->name) == *v);
    }
    g_assert_cmpuint(n, >, 5);
    g_assert_null(views_find("no such view"));
    g_assert_false(g_hash_table_contains(names, HELP_GLOBAL));
    for (int i = 0; i < SCREENS_COUNT; i++)
        if (screens_all()[i].view)
            g_assert_nonnull(views_find(screens_all()[i].view()->name));
}

/* ---- the manual ---- */

/* Every word of `text` in this order: folding puts line ends and blanks between them. */
static gboolean says(const char *manual, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autoptr(GString) pattern = g_string_new(NULL);
    for (char **word = words; *word; word++) {
        g_autofree char *quoted = g_regex_escape_string(*word, -1);
        g_string_append_printf(pattern, "%s%s", word == words ? "" : "\\s+", quoted);
    }
    return g_regex_match_simple(pattern->str, manual, 0, 0);
}

static void test_manual_says_all(void)
{
    g_autofree char *manual = help_manual_text(76);
    for (const struct view_ops *const *v = views_all(); *v; v++)
        for (const struct action *a = (*v)->actions; a && a->name; a++) {
            g_test_message("%s.%s", (*v)->name, a->name);
            g_assert_true(says(manual, a->help));
        }
    for (const struct verb *v = verbs_all(); v->noun; v++)
        g_assert_true(says(manual, v->help));
}

static void test_manual_width(void)
{
    static const int widths[] = {30, 40, 76};
    for (guint i = 0; i < G_N_ELEMENTS(widths); i++) {
        g_autofree char *manual = help_manual_text(widths[i]);
        g_auto(GStrv) lines = g_strsplit(manual, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), >, 50);
        for (char **line = lines; *line; line++) {
            g_test_message("%s", *line);
            g_assert_cmpuint(text_cells(*line), <=, (guint)widths[i]);
        }
    }
}

/* A heading that the manual is opened at is there, once. */
static void test_manual_headings(void)
{
    g_autofree char *manual = help_manual_text(76);
    for (const struct view_ops *const *v = views_all(); *v; v++) {
        g_autofree char *heading = g_strdup_printf("\nKEYS: %s\n", (*v)->name);
        const char *at = strstr(manual, heading);
        g_test_message("%s", (*v)->name);
        g_assert_true(at != NULL || !(*v)->actions);
        g_assert_true(at == NULL || strstr(at + 1, heading) == NULL);
    }
}

/* ---- columns of a verb's output ---- */

static void test_align(void)
{
    static const struct {
        const char *tsv, *text;
    } rows[] = {
        {"", ""},
        {"one line\n", "one line\n"},
        {"NAME\tPEOPLE\nnews\t12480\nold\t3\n", "NAME  PEOPLE\nnews   12480\nold        3\n"},
        {"A\tB\nx\ty\n\nend", "A  B\nx  y\n\nend\n"},
        {"日本\tb\nx\ty\n", "日本  b\nx     y\n"},
        {"a\x1b[2J\tb\n", "a\\x1b[2J  b\n"},
        {"a\t\n", "a\n"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = pager_dialog_align(rows[i].tsv);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/views/actions", test_actions);
    g_test_add_func("/views/keys-have-names", test_keys_have_names);
    g_test_add_func("/views/views", test_views);
    g_test_add_func("/views/manual-says-all", test_manual_says_all);
    g_test_add_func("/views/manual-width", test_manual_width);
    g_test_add_func("/views/manual-headings", test_manual_headings);
    g_test_add_func("/views/align", test_align);
    return g_test_run();
}
