/*
 * The filter of a table while it is typed, and what the message row says about filter, counts
 * and marks.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/input.h"
#include "tui/table_private.h"

const char *const *table_fields(const struct table *t)
{
    static const char *fields[TABLE_COLUMNS_MAX + 33];
    const char *const *more = t->spec->source->fields;
    gsize n = 0;
    for (int i = 0; i < t->spec->n; i++)
        fields[n++] = t->spec->columns[i].key;
    for (gsize i = 0; more != NULL && more[i] != NULL && i < 32; i++)
        fields[n++] = more[i];
    fields[n] = NULL;
    return fields;
}

static void set_problem(struct table *t, char *problem)
{
    g_free(t->problem);
    t->problem = problem;
}

/* FALSE: it cannot be read, or the rows cannot: the filter stays as it was. */
static gboolean apply(struct table *t, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct filter new = {0}, old = t->filter;
    if (!filter_parse(&new, text, table_fields(t), &error)) {
        set_problem(t, g_strdup(error->message));
        return FALSE;
    }
    const char *near = NULL;
    g_autofree char *unknown = filter_unknown(text, table_fields(t), &near);
    set_problem(
        t, unknown == NULL
               ? NULL
               : g_strdup_printf(_("\"%s\" is no column: did you mean %s:?"), unknown, near));
    t->filter = new;
    gboolean ok = table_read(t, TABLE_STAY_FOUND);
    if (!ok)
        t->filter = old;
    filter_clear(ok ? &old : &new);
    return ok;
}

void table_set_filter(struct table *t, const char *text)
{
    (void)apply(t, text);
}

gboolean table_is_filtered(const struct table *t)
{
    return t->filter.n > 0;
}

gboolean table_is_asking(const struct table *t)
{
    return t->asking != NULL;
}

void table_ask(struct table *t)
{
    if (t->asking != NULL)
        return;
    const char *text = t->filter.text != NULL ? t->filter.text : "";
    t->asking = g_new0(struct input, 1);
    input_init(t->asking, FILTER_TEXT_MAX);
    input_set(t->asking, text);
    t->filter_before = g_strdup(text);
}

void table_ask_end(struct table *t)
{
    g_clear_pointer(&t->filter_before, g_free);
    g_clear_pointer(&t->problem, g_free);
    if (t->asking == NULL)
        return;
    input_clear(t->asking);
    g_clear_pointer(&t->asking, g_free);
}

static enum table_result accept(struct table *t)
{
    g_autofree char *text = g_strdup(input_text(t->asking));
    if (!apply(t, text))
        return TABLE_TAKEN;
    g_autofree char *problem = g_steal_pointer(&t->problem);
    table_ask_end(t);
    t->problem = g_steal_pointer(&problem);
    return TABLE_MOVED;
}

static enum table_result cancel(struct table *t)
{
    g_autofree char *before = g_steal_pointer(&t->filter_before);
    gboolean changed = g_strcmp0(before, t->filter.text != NULL ? t->filter.text : "") != 0;
    table_ask_end(t);
    if (changed)
        table_set_filter(t, before);
    return TABLE_MOVED;
}

static enum table_result ask_key(struct table *t, guint32 key)
{
    switch (key) {
    case TK_ENTER:
        return accept(t);
    case TK_ESC:
    case TK_CTRL('C'):
        return cancel(t);
    case TK_UP:
        return table_step(t, -1) ? TABLE_MOVED : TABLE_TAKEN;
    case TK_DOWN:
        return table_step(t, 1) ? TABLE_MOVED : TABLE_TAKEN;
    case TK_BACKSPACE:
        /* Behind nothing it leaves, as in other programs that ask in the last row. */
        return input_is_empty(t->asking) ? accept(t) : TABLE_IGNORED;
    default:
        return TABLE_IGNORED;
    }
}

enum table_result table_ask_event(struct table *t, const struct term_event *e)
{
    if (e->kind != EVENT_KEY && e->kind != EVENT_PASTE)
        return TABLE_IGNORED;
    if (e->kind == EVENT_KEY) {
        enum table_result r = ask_key(t, e->key);
        if (r != TABLE_IGNORED)
            return r;
    }
    if (input_event(t->asking, e) == INPUT_CHANGED && t->spec->source->is_quick) {
        gint64 was = table_current_id(t);
        (void)apply(t, input_text(t->asking));
        if (table_current_id(t) != was)
            return TABLE_MOVED;
    }
    return TABLE_TAKEN;
}

/* ---- what is said about it ---- */

static char *count_text(gint64 n)
{
    return n < 0 ? g_strdup(_("many")) : text_grouped(n);
}

static char *of_text(const struct table *t)
{
    g_autofree char *shown = count_text(t->shown);
    g_autofree char *total = count_text(t->total);
    /* TRANSLATORS: rows that a filter shows, of all: "12 of 48" */
    return g_strdup_printf(_("%s of %s"), shown, total);
}

static char *asking_hint(const struct table *t)
{
    g_autofree char *counts = of_text(t);
    if (t->problem != NULL)
        return g_strdup(t->problem);
    g_autofree char *fields = g_strjoinv(": ", (char **)table_fields(t));
    if (!t->spec->source->is_quick)
        return g_strdup_printf(_("Words, /regex/, %s:   Enter filters, Esc cancels"), fields);
    return g_strdup_printf(_("%s   words, /regex/, %s:   Enter done, Esc cancels"), counts,
                           fields);
}

static char *marks_text(const struct table *t)
{
    int n = table_marked(t);
    return g_strdup_printf(ngettext("%d marked", "%d marked", (unsigned long)n), n);
}

static char *standing_hint(const struct table *t)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    if (t->filter.n > 0) {
        g_ptr_array_add(parts, g_strdup_printf(_("Filter: %s"), t->filter.text));
        g_ptr_array_add(parts, of_text(t));
        if (t->problem != NULL)
            g_ptr_array_add(parts, g_strdup(t->problem));
        g_ptr_array_add(parts, g_strdup(_("Esc clears")));
    }
    if (table_marked(t) > 0)
        g_ptr_array_add(parts, marks_text(t));
    if (parts->len == 0)
        return NULL;
    g_ptr_array_add(parts, NULL);
    return g_strjoinv("   ", (char **)parts->pdata);
}

const char *table_hint(struct table *t)
{
    g_free(t->hint);
    t->hint = t->asking != NULL ? asking_hint(t) : standing_hint(t);
    return t->hint;
}

const char *table_counts(struct table *t)
{
    g_free(t->note);
    if (t->filter.n == 0) {
        t->note = count_text(t->total);
    } else {
        g_autofree char *of = of_text(t);
        t->note = g_strdup_printf(_("%s shown"), of);
    }
    return t->note;
}
