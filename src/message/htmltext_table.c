/*
 * Data tables as plain text. Not for layout tables, which are boxes in boxes and no tables at
 * all, and not for reading HTML.
 */
#include "config.h"

#include "message/htmltext_private.h"

#include <string.h>

#include "base/text.h"

#define GAP 2 /* blanks between columns */

static void row_free(gpointer data)
{
    struct table_row *row = data;

    g_free(row->section);
    g_ptr_array_unref(row->cells);
    g_free(row);
}

GPtrArray *table_new(void)
{
    return g_ptr_array_new_with_free_func(row_free);
}

struct table_row *table_add_row(GPtrArray *table)
{
    struct table_row *row = g_new0(struct table_row, 1);

    row->cells = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(table, row);
    return row;
}

struct columns {
    guint n;
    gsize *cells;      /* owned; the widest cell of each */
    gboolean *is_left; /* owned; some cell is no number */
    gsize total;
    gboolean is_known; /* no cell holds a template tag */
};

static gboolean has_tag(const struct tags *t, const char *s)
{
    guint i;

    for (; (s = strchr(s, 'Q')); s++) {
        if (tags_match(t, s, &i) > 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_number(const char *s)
{
    gboolean has_digit = FALSE;

    for (; *s; s = g_utf8_next_char(s)) {
        gunichar c = g_utf8_get_char(s);

        if (g_unichar_isalpha(c) && c >= 0x80)
            return FALSE;
        if (g_ascii_isalpha(*s) || *s == '<' || *s == '@')
            return FALSE;
        has_digit = has_digit || g_unichar_isdigit(c);
    }
    return has_digit;
}

static void measure_row(struct columns *c, const struct table_row *row, const struct tags *t)
{
    for (guint i = 0; i < row->cells->len; i++) {
        const char *cell = row->cells->pdata[i];

        c->cells[i] = MAX(c->cells[i], text_cells(cell));
        c->is_known = c->is_known && !has_tag(t, cell);
        if (!row->is_head && *cell && !is_number(cell))
            c->is_left[i] = TRUE;
    }
}

static void measure(struct columns *c, const GPtrArray *table, const struct tags *t)
{
    memset(c, 0, sizeof *c);
    c->is_known = TRUE;
    for (guint i = 0; i < table->len; i++)
        c->n = MAX(c->n, ((const struct table_row *)table->pdata[i])->cells->len);
    c->cells = g_new0(gsize, c->n + 1);
    c->is_left = g_new0(gboolean, c->n + 1);
    for (guint i = 0; i < table->len; i++)
        measure_row(c, table->pdata[i], t);
    for (guint i = 0; i < c->n; i++)
        c->total += c->cells[i] + (i > 0 ? GAP : 0);
}

static void pad(GString *line, gsize n)
{
    while (n-- > 0)
        g_string_append_c(line, ' ');
}

static void put_columns(const struct columns *c, const struct table_row *row,
                        struct textflow *f)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < row->cells->len; i++) {
        const char *cell = row->cells->pdata[i];
        gsize fill = c->cells[i] - text_cells(cell);

        if (i > 0)
            pad(line, GAP);
        if (!c->is_left[i])
            pad(line, fill);
        g_string_append(line, cell);
        if (c->is_left[i])
            pad(line, fill);
    }
    textflow_line(f, line->str, line->len);
}

static void put_rule(const struct columns *c, struct textflow *f)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < c->n; i++) {
        if (i > 0)
            pad(line, GAP);
        for (gsize n = 0; n < c->cells[i]; n++)
            g_string_append_c(line, '-');
    }
    textflow_line(f, line->str, line->len);
}

/* Widths that only rendering will tell: no columns, but a row is a line. */
static void put_joined(const struct table_row *row, struct textflow *f)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < row->cells->len; i++)
        g_string_append_printf(line, "%s%s", i > 0 ? " | " : "",
                               (const char *)row->cells->pdata[i]);
    textflow_text(f, line->str, line->len);
    textflow_block(f);
}

/* Too wide for a line: "Heading: value", a line each. */
static void put_record(const struct table_row *head, const struct table_row *row,
                       struct textflow *f)
{
    for (guint i = 0; i < row->cells->len; i++) {
        const char *cell = row->cells->pdata[i];
        const char *name = i < head->cells->len ? head->cells->pdata[i] : "";

        if (*cell == '\0')
            continue;
        if (*name) {
            textflow_text(f, name, strlen(name));
            textflow_text(f, ": ", 2);
        }
        textflow_text(f, cell, strlen(cell));
        textflow_block(f);
    }
    textflow_gap(f);
}

static gboolean is_empty(const struct table_row *row)
{
    for (guint i = 0; i < row->cells->len; i++) {
        if (*(const char *)row->cells->pdata[i])
            return FALSE;
    }
    return !row->section;
}

void table_write(const GPtrArray *table, const struct tags *t, struct textflow *f)
{
    const struct table_row *head = NULL;
    struct columns c;
    gboolean fits;

    measure(&c, table, t);
    fits = c.is_known && c.total <= textflow_room(f);
    for (guint i = 0; i < table->len; i++) {
        const struct table_row *row = table->pdata[i];

        if (is_empty(row))
            continue;
        if (row->section) {
            textflow_section(f, row->section, strlen(row->section));
        } else if (fits) {
            put_columns(&c, row, f);
            if (row->is_head && !head)
                put_rule(&c, f);
        } else if (c.is_known && head) {
            put_record(head, row, f);
        } else if (!c.is_known || !row->is_head) {
            put_joined(row, f);
        }
        if (row->is_head && !head)
            head = row;
    }
    g_free(c.cells);
    g_free(c.is_left);
}
