/*
 * Step 2 of an import: which column of the file goes where.
 */
#include "config.h"

#include <string.h>

#include "app/import.h"
#include "base/i18n.h"
#include "model/person.h"
#include "store/people_browse.h"
#include "tui/dialog.h"
#include "tui/menu.h"
#include "tui/people_import_private.h"

#define COLUMNS_MAX 1000
#define KNOWN_SAMPLE 50 /* people whose fields are offered */
#define KNOWN_MAX 60

enum column { COL_NAME, COL_FIELD, COL_FIRST, COL_SECOND, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"column", N_("COLUMN IN FILE"), .width = 18, .min = 10, .grow = 1},
    [COL_FIELD] = {"field", N_("GOES TO"), .width = 18, .min = 10, .grow = 1,
                   .plain = N_("goes to %s")},
    [COL_FIRST] = {"first", N_("FIRST LINE"), .width = 20, .min = 8, .grow = 2, .priority = 1,
                   .plain = N_("first line: %s")},
    [COL_SECOND] = {"second", N_("SECOND LINE"), .width = 20, .min = 8, .grow = 2,
                    .priority = 2, .plain = N_("second line: %s")},
};

static const struct table_source source = TABLE_MEMORY_SOURCE;
static const struct table_spec spec = {.name = "import",
                                       .kept = "import-columns",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .flags = TABLE_NO_MARKS | TABLE_NO_FILTER};

static void col_free(gpointer data)
{
    struct import_col *c = data;
    g_free(c->name);
    g_free(c->guess);
    g_free(c->field);
    g_free(c->first);
    g_free(c->second);
    g_free(c);
}

void import_columns_init(struct import_view *s, struct ui *ui)
{
    s->columns = g_ptr_array_new_with_free_func(col_free);
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, ui);
}

void import_columns_done(struct import_view *s)
{
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_ptr_array_unref(s->columns);
    g_free(s->read_as);
    g_free(s->problem);
}

/* ---- rows ---- */

static void fill_table(struct import_view *s)
{
    table_memory_begin(&s->rows);
    for (guint i = 0; i < s->columns->len; i++) {
        const struct import_col *c = s->columns->pdata[i];
        struct table_row *row = table_row_new((gint64)i + 1, COL_COUNT);
        table_row_set(row, COL_NAME, c->name);
        if (!c->field)
            table_row_role(row, COL_FIELD, ROLE_MUTED, _("(left out)"));
        else if (strcmp(c->field, "address") == 0)
            table_row_role(row, COL_FIELD, ROLE_OK, _("address"));
        else
            table_row_format(row, COL_FIELD, _("field %s"), c->field);
        table_row_set(row, COL_FIRST, *c->first ? c->first : _("(empty)"));
        table_row_set(row, COL_SECOND, *c->second ? c->second : _("(empty)"));
        table_memory_take(&s->rows, row);
    }
    table_load(&s->table);
}

static char *value_at(const struct json *column, gsize i)
{
    const struct json *values = json_member(column, "values");
    const char *text = i < json_size(values) ? json_get_string(json_at(values, i)) : NULL;
    return g_strdup(text ? text : "");
}

/* What stands in the file. An address that only the values tell of is no guess that an import
 * makes by itself: it is said to it. */
static void take_column(struct import_view *s, const struct json *c, gboolean is_guessed)
{
    const char *name = json_member_string(c, "name");
    struct import_col *col = g_new0(struct import_col, 1);
    col->name = g_strdup(name ? name : "");
    col->guess = g_strdup(json_member_string(c, "field"));
    col->field = g_strdup(col->guess);
    if (is_guessed && g_strcmp0(col->guess, "address") == 0)
        g_clear_pointer(&col->guess, g_free);
    col->first = value_at(c, 0);
    col->second = value_at(c, 1);
    g_ptr_array_add(s->columns, col);
}

gboolean import_columns_take(struct import_view *s, const struct json *look)
{
    const struct json *all = json_member(look, "columns");
    const char *charset = json_member_string(look, "charset");
    const char *delimiter = json_member_string(look, "delimiter");
    gboolean is_first = s->columns->len == 0;
    if (!all || !charset || json_size(all) == 0 || json_size(all) > COLUMNS_MAX)
        return FALSE;
    gboolean is_guessed = json_get_bool(json_member(look, "guessed"));
    for (gsize i = 0; is_first && i < json_size(all); i++)
        take_column(s, json_at(all, i), is_guessed);
    g_free(s->read_as);
    g_free(s->problem);
    s->read_as =
        g_strdup_printf(_("%s, separated by %s"), charset, delimiter ? delimiter : "?");
    s->problem = g_strdup(json_member_string(look, "problem"));
    s->seen = json_member_int(look, "rows", 0);
    s->has_more = json_get_bool(json_member(look, "more"));
    fill_table(s);
    if (is_first && is_guessed)
        import_look_now(s, FALSE);
    return TRUE;
}

void import_columns_add_maps(const struct import_view *s, GPtrArray *args)
{
    for (guint i = 0; i < s->columns->len; i++) {
        const struct import_col *c = s->columns->pdata[i];
        if (g_strcmp0(c->field, c->guess) == 0)
            continue;
        g_ptr_array_add(args, g_strdup("--map"));
        g_ptr_array_add(args, g_strdup_printf("%s=%s", c->name, c->field ? c->field : ""));
    }
}

/* ---- where a column goes ---- */

enum { GOES_ADDRESS = 1, GOES_OUT, GOES_OTHER, GOES_FIELD }; /* and from there on the fields */

struct asked {
    struct import_view *s;
    guint column;
    GPtrArray *fields; /* owned; of char * */
};

static void asked_free(gpointer data)
{
    struct asked *a = data;
    g_ptr_array_unref(a->fields);
    g_free(a);
}

static void set_field(struct import_view *s, guint column, const char *field)
{
    struct import_col *c = s->columns->pdata[column];
    /* There is one address: whichever had it goes back to a field or out. */
    for (guint i = 0; field && strcmp(field, "address") == 0 && i < s->columns->len; i++) {
        struct import_col *other = s->columns->pdata[i];
        if (i == column || g_strcmp0(other->field, "address") != 0)
            continue;
        g_free(other->field);
        other->field = g_strcmp0(other->guess, "address") == 0 ? NULL : g_strdup(other->guess);
    }
    g_free(c->field);
    c->field = g_strdup(field);
    fill_table(s);
    table_go_to(&s->table, (gint64)column + 1);
    import_look_now(s, FALSE);
}

static gboolean check_name(const char *value, void *data, GError **error)
{
    return person_field_name_check(value, error);
}

static void take_name(struct ui *ui, const char *value, void *data)
{
    const struct asked *a = data;
    set_field(a->s, a->column, value);
}

static void ask_name(struct ui *ui, const struct asked *a)
{
    const struct import_col *c = a->s->columns->pdata[a->column];
    g_autofree char *name = import_field_name(c->name, a->column);
    g_autofree char *lower = g_utf8_strdown(name, -1);
    struct asked *copy = g_memdup2(a, sizeof *a);
    copy->fields = g_ptr_array_ref(a->fields);
    const struct dialog_line q = {
        .title = _("A field of another name"),
        .text = _("Letters, digits, '_' and '-'. A template writes it as {{name}}."),
        .label = _("Name"),
        .value = lower,
        .check = check_name};
    dialog_line(ui, &q, take_name, copy, asked_free);
}

static void chosen(struct ui *ui, const gint64 *ids, int n, void *data)
{
    const struct asked *a = data;
    if (n < 1)
        return;
    if (ids[0] == GOES_OTHER)
        ask_name(ui, a);
    else if (ids[0] >= GOES_FIELD)
        set_field(a->s, a->column, a->fields->pdata[ids[0] - GOES_FIELD]);
    else
        set_field(a->s, a->column, ids[0] == GOES_ADDRESS ? "address" : NULL);
}

static void add_field(GPtrArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++)
        if (strcmp(fields->pdata[i], name) == 0)
            return;
    if (fields->len < KNOWN_MAX)
        g_ptr_array_add(fields, g_strdup(name));
}

static void take_known(const char *key, struct json *value, void *data)
{
    add_field(data, key);
}

/* What the column would be called by itself, what people have already, what templates often
 * ask for. */
static GPtrArray *fields_for(const struct import_view *s, guint column)
{
    static const char *const usual[] = {"first_name", "last_name", "name", "city"};
    const struct import_col *c = s->columns->pdata[column];
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    const struct browse b = {.order = BROWSE_ADDED, .is_backwards = TRUE};
    g_autoptr(GPtrArray) some = people_browse(ui_db(s->view->ui), &b, KNOWN_SAMPLE, NULL);
    g_autofree char *own = import_field_name(c->name, column);
    add_field(fields, own);
    for (guint i = 0; some && i < some->len; i++) {
        const char *json = ((const struct browse_person *)some->pdata[i])->p.fields_json;
        struct json *known = json_parse(json, strlen(json), NULL);
        if (known)
            json_foreach(known, take_known, fields);
        json_unref(known);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
        add_field(fields, usual[i]);
    return fields;
}

void import_columns_ask(struct import_view *s)
{
    gint64 id = table_current_id(&s->table);
    if (id == 0)
        return;
    struct asked *a = g_new0(struct asked, 1);
    *a = (struct asked){s, (guint)id - 1, fields_for(s, (guint)id - 1)};
    const struct import_col *c = s->columns->pdata[a->column];
    g_autoptr(GArray) items = g_array_new(FALSE, TRUE, sizeof(struct menu_item));
    const struct menu_item fixed[] = {
        {.label = _("the address"), .detail = _("where mail goes"), .id = GOES_ADDRESS},
        {.label = _("nowhere"), .detail = _("it is left out"), .id = GOES_OUT},
        {.label = _("another field.."), .detail = _("of a name of yours"), .id = GOES_OTHER}};
    g_array_append_vals(items, fixed, G_N_ELEMENTS(fixed));
    for (guint i = 0; i < a->fields->len; i++) {
        const struct menu_item item = {.label = a->fields->pdata[i],
                                       .group = i == 0 ? _("A field") : NULL,
                                       .id = GOES_FIELD + (gint64)i,
                                       .is_marked =
                                           g_strcmp0(c->field, a->fields->pdata[i]) == 0};
        g_array_append_val(items, item);
    }
    g_autofree char *title = g_strdup_printf(_("%s goes to"), c->name);
    const struct menu m = {
        .title = title, .items = (const struct menu_item *)items->data, .n = (int)items->len};
    menu_ask(s->view->ui, &m, chosen, a, asked_free);
}
