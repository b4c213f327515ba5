/*
 * The public Mustache specification's core cases, read from $CRIER_TESTDATA/mustache/. They are
 * not part of this tree; without them this program skips, and test_template.c stands alone.
 */
#include "config.h"

#include <glib.h>

#include "base/json.h"
#include "message/template.h"

#define CORE_CASES 136

static const char *const files[] = {
    "comments", "delimiters", "interpolation", "inverted", "partials", "sections", NULL,
};

static guint n_cases;

static void run_case(const char *file, const struct json *c)
{
    const char *name = json_member_string(c, "name");
    const char *text = json_member_string(c, "template");
    const char *want = json_member_string(c, "expected");
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    struct template *t;

    n_cases++;
    t = template_new(text, -1, TEMPLATE_ESCAPE_HTML, json_member(c, "partials"), &error);
    if (!t || !template_render(t, NULL, json_member(c, "data"), out, &error)) {
        g_test_fail_printf("%s: %s: %s", file, name, error->message);
    } else if (!g_str_equal(out->str, want)) {
        g_test_fail_printf("%s: %s: wanted \"%s\", got \"%s\"", file, name, want, out->str);
    }
    template_free(t);
}

static void test_core(void)
{
    const char *folder = g_getenv("CRIER_TESTDATA");
    g_autofree char *probe = NULL;

    if (folder)
        probe = g_build_filename(folder, "mustache", "sections.json", NULL);
    if (!probe || !g_file_test(probe, G_FILE_TEST_EXISTS)) {
        g_test_skip("CRIER_TESTDATA names no folder with mustache/*.json");
        return;
    }
    for (int i = 0; files[i]; i++) {
        g_autofree char *base = g_strconcat(files[i], ".json", NULL);
        g_autofree char *path = g_build_filename(folder, "mustache", base, NULL);
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;
        const struct json *cases;
        struct json *root;
        gsize len;

        g_assert_true(g_file_get_contents(path, &text, &len, &error));
        root = json_parse(text, len, &error);
        g_assert_no_error(error);
        cases = json_member(root, "tests");
        for (gsize k = 0; k < json_size(cases); k++)
            run_case(files[i], json_at(cases, k));
        json_unref(root);
    }
    g_assert_cmpuint(n_cases, ==, CORE_CASES);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mustache-spec/core", test_core);
    return g_test_run();
}
