/*
 * References to images: where they are seen, what they name, how they are renamed.
 */
#include "config.h"

#include "message/cidref.h"

#include <string.h>

#include "base/error.h"

/* "name:line name:line" */
static char *found(const char *body, enum cidref_syntax syntax)
{
    int line = 0;
    GError *error = NULL;
    g_autoptr(GPtrArray) refs = cidref_find(body, syntax, &line, &error);
    g_assert_no_error(error);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < refs->len; i++) {
        const struct cidref *r = refs->pdata[i];
        g_string_append_printf(out, "%s%s:%d", i ? " " : "", r->name, r->line);
    }
    return g_string_free(out, FALSE);
}

static void test_find(void)
{
    static const struct {
        enum cidref_syntax syntax;
        const char *body, *found;
    } rows[] = {
        {CIDREF_HTML, "", ""},
        {CIDREF_HTML, "cid:", ""},
        {CIDREF_HTML, "<img src=\"cid:a.png\">", "a.png:1"},
        {CIDREF_HTML, "<img\n src='cid:a.png'>\n<img src=cid:b.png>", "a.png:2 b.png:3"},
        {CIDREF_HTML, "<p style='background: url(cid:a.png)'><img src=\"cid:a.png\">",
         "a.png:1"},
        {CIDREF_HTML, "<img src=\"cid:a%20b.png\">", "a b.png:1"},
        {CIDREF_HTML, "<img src=\"cid:%C3%A4.png\"><img src=\"cid:\xc3\xa4.png\">",
         "\xc3\xa4.png:1"},
        {CIDREF_HTML, "placid:x acid: cid: word", ""},
        {CIDREF_HTML, "<b>cid:word</b> cid:word", ""},
        {CIDREF_HTML, "src=\"CID:a.png\"", ""},
        {CIDREF_MARKDOWN, "![x](cid:a.png \"title\")", "a.png:1"},
        {CIDREF_MARKDOWN, "![x][1]\n\n[1]: cid:a.png\n", "a.png:3"},
        {CIDREF_MARKDOWN, "cid:a.png <cid:b.png> `cid:c.png`", "a.png:1 b.png:1"},
        {CIDREF_HTML, "<img src=\"cid:%zz\">", "%zz:1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = found(rows[i].body, rows[i].syntax);
        g_assert_cmpstr(got, ==, rows[i].found);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        {"\n\n<img src=\"cid:{{x}}\">", "image cid:{{x}}: a merge field cannot choose"},
        {"\n\n<img src=\"cid:a&amp;b\">", "image cid:a&amp;b: '&' cannot stand"},
        {"\n\n<img src=\"cid:%61.png\">",
         "image cid:%61.png: this is half escaped. Write cid:a.png"},
        {"\n\n<img src=\"cid:\xc3\xa4%20\">", "this is half escaped. Write cid:%C3%A4%20"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int line = 0;
        g_autoptr(GError) error = NULL;
        g_assert_null(cidref_find(rows[i].body, CIDREF_HTML, &line, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpint(line, ==, 3);
        if (!strstr(error->message, rows[i].words))
            g_error("expected \"%s\", got \"%s\"", rows[i].words, error->message);
    }
}

static void test_too_many(void)
{
    g_autoptr(GString) body = g_string_new(NULL);
    for (int i = 0; i <= CIDREF_MAX; i++)
        g_string_append_printf(body, "<img src=\"cid:%d\">\n", i);
    int line = 0;
    g_autoptr(GError) error = NULL;
    g_assert_null(cidref_find(body->str, CIDREF_HTML, &line, &error));
    g_assert_cmpint(line, ==, CIDREF_MAX + 1);
}

static void test_rename(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(names, (char *)"one@host", (char *)"a b.png");
    g_hash_table_insert(names, (char *)"two\"@x", (char *)"c.png");
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *out = cidref_rename("<img src=\"cid:one@host\"><img src='CID:two%22@x'>"
                                         "<img src=\"cid:three\"> acid:one@host cid:one@host",
                                         names, missing);
    g_assert_cmpstr(out, ==,
                    "<img src=\"cid:a%20b.png\"><img src='cid:c.png'>"
                    "<img src=\"missing-cid:three\"> acid:one@host cid:one@host");
    g_assert_cmpuint(missing->len, ==, 1);
    g_assert_cmpstr(missing->pdata[0], ==, "three");
    g_autofree char *left = found(out, CIDREF_HTML);
    g_assert_cmpstr(left, ==, "a b.png:1 c.png:1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cidref/find", test_find);
    g_test_add_func("/cidref/refused", test_refused);
    g_test_add_func("/cidref/too-many", test_too_many);
    g_test_add_func("/cidref/rename", test_rename);
    return g_test_run();
}
