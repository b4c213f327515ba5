/*
 * Line differences: known hunks, and that every diff of random texts leads from one to the
 * other.
 */
#include "config.h"

#include "base/linediff.h"

#include <stdlib.h>
#include <string.h>

static void write_line(enum linediff_kind kind, const char *line, gsize len, void *data)
{
    static const char marks[] = {'@', ' ', '-', '+', '\\'};
    g_string_append_printf(data, "%c%.*s\n", marks[kind], (int)len, line);
}

static void test_hunks(void)
{
    static const struct {
        const char *old, *new, *diff;
    } rows[] = {
        {"", "", ""},
        {NULL, NULL, ""},
        {"a\nb\n", "a\nb\n", ""},
        {"", "a\n", "@-0,0 +1,1\n+a\n"},
        {"a\n", NULL, "@-1,1 +0,0\n-a\n"},
        {"a", "a\n", "@-1,1 +1,1\n-a\n\\\n+a\n"},
        {"a\nb\nc\n", "a\nx\nc\n", "@-1,3 +1,3\n a\n-b\n+x\n c\n"},
        {"1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6", "@-3,3 +3,4\n 3\n 4\n 5\n+6\n\\\n"},
        {"a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
         "@-1,8 +1,8\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n"},
        {"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n",
         "@-1,4 +1,4\n-a\n+x\n 1\n 2\n 3\n@-6,4 +6,4\n 5\n 6\n 7\n-b\n+y\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        gboolean differs = linediff(rows[i].old, rows[i].new, write_line, out);
        g_assert_cmpstr(out->str, ==, rows[i].diff);
        g_assert_cmpint(differs, ==, *rows[i].diff != '\0');
    }
}

/* Applies hunks to the old text's lines. */
struct patch {
    char **old; /* lines, each with its newline */
    gsize next; /* first line of `old` not yet copied */
    GString *out;
    int changes;
};

static void apply_line(enum linediff_kind kind, const char *line, gsize len, void *data)
{
    struct patch *p = data;
    if (kind == LINEDIFF_HUNK) {
        char *end;
        gsize first = strtoul(line + 1, &end, 10);
        gsize n = strtoul(end + 1, NULL, 10);
        gsize from = n ? first - 1 : first;
        while (p->next < from)
            g_string_append(p->out, p->old[p->next++]);
    } else if (kind == LINEDIFF_EQUAL || kind == LINEDIFF_REMOVED) {
        g_assert_cmpuint(strlen(p->old[p->next]), >=, len);
        g_assert_cmpmem(p->old[p->next], len, line, len);
        if (kind == LINEDIFF_EQUAL)
            g_string_append(p->out, p->old[p->next]);
        p->next++;
        p->changes += kind == LINEDIFF_REMOVED;
    } else if (kind == LINEDIFF_ADDED) {
        g_string_append_len(p->out, line, (gssize)len);
        g_string_append_c(p->out, '\n');
        p->changes++;
    } else {
        g_string_truncate(p->out, p->out->len - (p->out->str[p->out->len - 1] == '\n'));
    }
}

static char **lines_of(const char *text)
{
    GPtrArray *lines = g_ptr_array_new();
    for (const char *s = text; *s;) {
        const char *end = strchr(s, '\n');
        gsize len = end ? (gsize)(end - s) + 1 : strlen(s);
        g_ptr_array_add(lines, g_strndup(s, len));
        s += len;
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

/* Returns how many lines the diff removes and adds. */
static int check_leads(const char *old, const char *new)
{
    g_auto(GStrv) lines = lines_of(old);
    struct patch p = {.old = lines, .out = g_string_new(NULL)};
    gboolean differs = linediff(old, new, apply_line, &p);
    while (lines[p.next])
        g_string_append(p.out, lines[p.next++]);
    g_assert_cmpstr(p.out->str, ==, new);
    g_assert_cmpint(differs, ==, strcmp(old, new) != 0);
    g_string_free(p.out, TRUE);
    return p.changes;
}

static char *random_text(int n, int alphabet)
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < n; i++)
        g_string_append_printf(s, "%c\n", 'a' + g_test_rand_int_range(0, alphabet));
    return g_string_free(s, FALSE);
}

static void test_random(void)
{
    for (int i = 0; i < 2000; i++) {
        g_autofree char *old = random_text(g_test_rand_int_range(0, 30), 1 + i % 5);
        g_autofree char *new = random_text(g_test_rand_int_range(0, 30), 1 + i % 5);
        check_leads(old, new);
    }
}

/* A few edits in a long text are found, not the whole text. */
static void test_few_edits(void)
{
    g_autoptr(GString) old = g_string_new(NULL), new = g_string_new(NULL);
    for (int i = 0; i < 20000; i++) {
        g_string_append_printf(old, "line %d\n", i);
        g_string_append_printf(new, i % 1000 ? "line %d\n" : "new %d\n", i);
    }
    g_assert_cmpint(check_leads(old->str, new->str), ==, 40);
}

/* Beyond the bound the middle is one change, and still right. */
static void test_unlike(void)
{
    g_autoptr(GString) old = g_string_new("same\n"), new = g_string_new("same\n");
    for (int i = 0; i < 5000; i++) {
        g_string_append_printf(old, "old %d\n", i);
        g_string_append_printf(new, "new %d\n", i);
    }
    g_string_append(old, "end\n");
    g_string_append(new, "end\n");
    g_assert_cmpint(check_leads(old->str, new->str), ==, 10000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/linediff/hunks", test_hunks);
    g_test_add_func("/linediff/random", test_random);
    g_test_add_func("/linediff/few-edits", test_few_edits);
    g_test_add_func("/linediff/unlike", test_unlike);
    return g_test_run();
}
