/*
 * crier diff: what apply would change, key by key, bodies as unified hunks.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>
#include <unistd.h>

#include "app/diff.h"
#include "base/i18n.h"
#include "base/linediff.h"
#include "base/text.h"

#define EXIT_DIFFERS 1

static const struct {
    const char *mark;
    const char *colour; /* SGR parameters; NULL: none */
} kinds[] = {
    [LINEDIFF_HUNK] = {"@@ ", "36"},   [LINEDIFF_EQUAL] = {" ", NULL},
    [LINEDIFF_REMOVED] = {"-", "31"},  [LINEDIFF_ADDED] = {"+", "32"},
    [LINEDIFF_NO_END] = {"\\ ", NULL},
};

static gboolean wants_colour(void)
{
    const char *term = g_getenv("TERM"), *no = g_getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && *no) && g_strcmp0(term, "dumb") != 0;
}

static void put(const char *colour, const char *text)
{
    if (colour && wants_colour())
        printf("\033[%sm%s\033[0m\n", colour, text);
    else
        printf("%s\n", text);
}

static void put_line(enum linediff_kind kind, const char *line, gsize len, void *data)
{
    g_autofree char *safe = kind == LINEDIFF_NO_END ? g_strdup(_("No newline at the end"))
                                                    : text_safe(line, (gssize)len, 0);
    g_autofree char *whole =
        g_strconcat(kinds[kind].mark, safe, kind == LINEDIFF_HUNK ? " @@" : "", NULL);
    put(kinds[kind].colour, whole);
}

static void put_body(const struct diff_change *c)
{
    g_autofree char *from = g_strdup_printf(_("--- %s (here)"), c->key);
    g_autofree char *to = g_strdup_printf(_("+++ %s (file)"), c->key);
    put(kinds[LINEDIFF_REMOVED].colour, from);
    put(kinds[LINEDIFF_ADDED].colour, to);
    linediff(c->old, c->new, put_line, NULL);
}

static void put_value(enum linediff_kind kind, const struct diff_change *c, const char *value)
{
    if (!*value)
        return;
    g_autofree char *line = g_strdup_printf("%s %s: %s", kinds[kind].mark, c->key, value);
    put(kinds[kind].colour, line);
}

static void put_diff(const struct diff *d)
{
    g_autofree char *safe = text_safe(d->title, -1, 0);
    printf(_("%s: would be %s\n"), safe, apply_outcome_name(d->outcome));
    for (guint i = 0; i < d->changes->len; i++) {
        const struct diff_change *c = d->changes->pdata[i];
        if (c->is_body)
            continue;
        put_value(LINEDIFF_REMOVED, c, c->old);
        put_value(LINEDIFF_ADDED, c, c->new);
    }
    for (guint i = 0; i < d->changes->len; i++) {
        const struct diff_change *c = d->changes->pdata[i];
        if (c->is_body)
            put_body(c);
    }
}

/* Every path is read before the first line is printed. */
int cmd_diff(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean differs = FALSE;
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < cmd_words(c); i++) {
        GPtrArray *all = diff_of(c->db, cmd_word(c, i), &error);
        if (!all)
            return cmd_fail(error);
        g_ptr_array_add(files, all);
    }
    for (guint i = 0; i < files->len; i++) {
        const GPtrArray *all = files->pdata[i];
        for (guint j = 0; j < all->len; j++) {
            const struct diff *d = all->pdata[j];
            if (d->outcome == APPLY_UNCHANGED)
                continue;
            put_diff(d);
            differs = TRUE;
        }
    }
    return differs && cmd_has(c, "exit-code") ? EXIT_DIFFERS : 0;
}
