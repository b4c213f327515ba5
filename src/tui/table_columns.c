/*
 * What a person chooses of a table: columns, their order, and what the rows are sorted by; kept
 * in the person's file under the name of the view. Where columns stand is table_layout.c's.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "tui/menu.h"
#include "tui/prefs.h"
#include "tui/table_private.h"

#define KEY_COLUMNS "columns" /* "name,-state,to": '-' is hidden */
#define KEY_SORT "sort"       /* "changed-,name": '-' is descending */

/* -1: none of that key. */
static int column_of_key(const struct table_spec *spec, const char *key, gsize len)
{
    for (int i = 0; i < spec->n; i++) {
        if (strlen(spec->columns[i].key) == len && strncmp(spec->columns[i].key, key, len) == 0)
            return i;
    }
    return -1;
}

static char *prefs_group(const struct table *t)
{
    return g_strconcat("table ", t->spec->kept != NULL ? t->spec->kept : t->spec->name, NULL);
}

static void keep(struct table *t, const char *key, const char *value)
{
    g_autofree char *group = prefs_group(t);
    GError *error = NULL;
    if (!prefs_set(group, key, value, &error))
        table_fail(t, error);
}

/* ---- columns ---- */

static gboolean has_column(const int *order, int n, int column)
{
    for (int i = 0; i < n; i++) {
        if (order[i] == column)
            return TRUE;
    }
    return FALSE;
}

/* Columns that a newer version brought stand behind the others, shown as they are shipped. */
static void complete_order(struct table *t, int n)
{
    for (int i = 0; i < t->spec->n; i++) {
        if (has_column(t->order, n, i))
            continue;
        t->order[n++] = i;
        t->is_hidden[i] = (t->spec->columns[i].flags & TABLE_HIDDEN) != 0;
    }
    for (int i = 0; i < t->spec->n; i++) {
        if (t->spec->columns[i].priority == 0)
            t->is_hidden[i] = FALSE;
    }
}

static void read_columns(struct table *t, const char *kept)
{
    g_auto(GStrv) keys = g_strsplit(kept != NULL ? kept : "", ",", TABLE_COLUMNS_MAX);
    int n = 0;
    for (gsize i = 0; keys[i] != NULL; i++) {
        gboolean is_hidden = keys[i][0] == '-';
        const char *key = keys[i] + is_hidden;
        int column = column_of_key(t->spec, key, strlen(key));
        if (column < 0 || has_column(t->order, n, column))
            continue;
        t->order[n++] = column;
        t->is_hidden[column] = is_hidden;
    }
    complete_order(t, n);
}

static void keep_columns(struct table *t)
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < t->spec->n; i++)
        g_string_append_printf(s, "%s%s%s", i > 0 ? "," : "",
                               t->is_hidden[t->order[i]] ? "-" : "",
                               t->spec->columns[t->order[i]].key);
    g_autofree char *value = g_string_free(s, FALSE);
    keep(t, KEY_COLUMNS, value);
}

int table_columns_shown(const struct table *t, int *ret_columns)
{
    int n = 0;
    for (int i = 0; i < t->spec->n; i++) {
        if (!t->is_hidden[t->order[i]])
            ret_columns[n++] = t->order[i];
    }
    return n;
}

/* ---- sort order ---- */

static void read_sort(struct table *t, const char *text)
{
    g_auto(GStrv) keys = g_strsplit(text != NULL ? text : "", ",", 0);
    t->sort[0].column = t->sort[1].column = -1;
    int n = 0;
    for (gsize i = 0; keys[i] != NULL && n < 2; i++) {
        gsize len = strlen(keys[i]);
        gboolean is_descending = g_str_has_suffix(keys[i], "-");
        int column = column_of_key(t->spec, keys[i], len - (is_descending ? 1 : 0));
        if (column < 0 || !(t->spec->columns[column].flags & TABLE_SORT))
            continue;
        t->sort[n++] = (struct table_sort){.column = column, .is_descending = is_descending};
    }
}

/* Rows that cannot be read stay as they are, and so does the order they are in. */
static void set_sort(struct table *t, struct table_sort first, struct table_sort second)
{
    const struct table_sort old[2] = {t->sort[0], t->sort[1]};
    t->sort[0] = first;
    t->sort[1] = second;
    if (!table_read(t, TABLE_STAY_FOUND)) {
        t->sort[0] = old[0];
        t->sort[1] = old[1];
        return;
    }
    GString *s = g_string_new(NULL);
    for (int i = 0; i < 2 && t->sort[i].column >= 0; i++)
        g_string_append_printf(s, "%s%s%s", i > 0 ? "," : "",
                               t->spec->columns[t->sort[i].column].key,
                               t->sort[i].is_descending ? "-" : "");
    g_autofree char *value = g_string_free(s, FALSE);
    keep(t, KEY_SORT, value);
}

void table_sort_invert(struct table *t)
{
    struct table_sort first = t->sort[0];
    if (first.column < 0)
        return;
    first.is_descending = !first.is_descending;
    set_sort(t, first, t->sort[1]);
}

void table_sort_by(struct table *t, int column)
{
    if (column == t->sort[0].column) {
        table_sort_invert(t);
        return;
    }
    const struct table_sort first = {
        .column = column,
        .is_descending = (t->spec->columns[column].flags & TABLE_DESCENDING) != 0,
    };
    set_sort(t, first, t->sort[0]);
}

/* To the next sortable column as they are shown, round at the ends. */
void table_sort_step(struct table *t, int by)
{
    int shown[TABLE_COLUMNS_MAX], sortable[TABLE_COLUMNS_MAX];
    int n = 0, at = by > 0 ? -1 : 0;
    int n_shown = table_columns_shown(t, shown);
    for (int i = 0; i < n_shown; i++) {
        if (!(t->spec->columns[shown[i]].flags & TABLE_SORT))
            continue;
        if (shown[i] == t->sort[0].column)
            at = n;
        sortable[n++] = shown[i];
    }
    if (n == 0)
        return;
    int to = (at + by + n) % n;
    if (sortable[to] != t->sort[0].column)
        table_sort_by(t, sortable[to]);
}

void table_columns_init(struct table *t)
{
    g_autofree char *group = prefs_group(t);
    g_autofree char *columns = prefs_get(group, KEY_COLUMNS);
    g_autofree char *sort = prefs_get(group, KEY_SORT);
    read_columns(t, columns);
    read_sort(t, sort);
    if (t->sort[0].column < 0)
        read_sort(t, t->spec->sort);
}

/* ---- the two menus ---- */

static char *explain(gint64 id, void *data)
{
    const struct table *t = data;
    const struct table_column *c = &t->spec->columns[id];
    return g_strdup(c->help != NULL ? _(c->help) : _(c->title));
}

static void sort_chosen(struct ui *ui, const gint64 *ids, int n, void *data)
{
    (void)ui;
    if (n > 0)
        table_sort_by(data, (int)ids[0]);
}

static const char *sort_detail(const struct table *t, int column)
{
    for (int i = 0; i < 2; i++) {
        if (t->sort[i].column != column)
            continue;
        if (i == 1)
            return _("second");
        return t->sort[0].is_descending ? _("now, the greatest first") : _("now");
    }
    return NULL;
}

void table_sort_menu(struct table *t)
{
    struct menu_item items[TABLE_COLUMNS_MAX] = {0};
    struct menu m = {
        .title = _("Sort by"),
        .text =
            _("The column that was sorted by before decides between equals. The same column "
              "again turns the order round."),
        .items = items,
        .explain = explain,
    };
    for (int i = 0; i < t->spec->n; i++) {
        const struct table_column *c = &t->spec->columns[t->order[i]];
        if (!(c->flags & TABLE_SORT))
            continue;
        items[m.n++] = (struct menu_item){
            .label = _(c->title),
            .detail = sort_detail(t, t->order[i]),
            .id = t->order[i],
            .is_marked = t->order[i] == t->sort[0].column,
        };
    }
    if (t->ui != NULL)
        menu_ask(t->ui, &m, sort_chosen, t, NULL);
}

static void columns_chosen(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct table *t = data;
    (void)ui;
    int at = 0;
    for (int i = 0; i < t->spec->n; i++)
        t->is_hidden[i] = TRUE;
    int old[TABLE_COLUMNS_MAX];
    memcpy(old, t->order, sizeof old);
    for (int i = 0; i < n; i++) {
        t->order[at++] = (int)ids[i];
        t->is_hidden[ids[i]] = FALSE;
    }
    for (int i = 0; i < t->spec->n; i++) {
        if (!has_column(t->order, at, old[i]))
            t->order[at++] = old[i];
    }
    complete_order(t, at);
    t->scroll = 0;
    keep_columns(t);
}

void table_columns_menu(struct table *t)
{
    struct menu_item items[TABLE_COLUMNS_MAX] = {0};
    struct menu m = {
        .title = _("Columns"),
        .text = _("Narrow terminals leave out what there is no room for: arrows left and right "
                  "bring it."),
        .items = items,
        .n = t->spec->n,
        .flags = MENU_MULTI | MENU_ORDER,
        .explain = explain,
    };
    for (int i = 0; i < t->spec->n; i++) {
        const struct table_column *c = &t->spec->columns[t->order[i]];
        items[i] = (struct menu_item){
            .label = _(c->title),
            .detail = c->priority == 0 ? _("always shown") : NULL,
            .id = t->order[i],
            .is_marked = !t->is_hidden[t->order[i]],
        };
    }
    if (t->ui != NULL)
        menu_ask(t->ui, &m, columns_chosen, t, NULL);
}
