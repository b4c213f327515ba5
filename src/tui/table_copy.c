/*
 * Rows of a table as text, for copying: what is marked, or the row under the cursor. A line a
 * row, its cells between tabs, as spreadsheets take them.
 */
#include "config.h"

#include "base/text.h"
#include "tui/table.h"
#include "tui/table_private.h"
#include "tui/ui.h"

static void add(GString *out, const struct table_row *row)
{
    for (int i = 0; i < row->n; i++) {
        g_autofree char *safe = text_safe(row->cells[i].text, -1, 0);
        g_string_append_printf(out, "%s%s", i > 0 ? "\t" : "", safe);
    }
    g_string_append_c(out, '\n');
}

void table_copy(struct table *t)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GArray) ids = table_targets(t);
    struct table_query q = table_query(t);
    for (guint i = 0; i < ids->len; i++) {
        struct table_row *row = t->spec->source->find(t->data, &q, g_array_index(ids, gint64, i),
                                                      NULL);
        if (row)
            add(out, row);
        table_row_free(row);
    }
    ui_copy(t->ui, out->str);
}
