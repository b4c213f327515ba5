/*
 * What a file's columns hold and where they would go. Importing is import.c's.
 */
#include "config.h"

#include "app/import_look.h"

#include <string.h>

#include "app/import_private.h"
#include "base/mailaddr.h"

static void column_free(gpointer p)
{
    struct import_look_column *c = p;
    g_free(c->name);
    g_free(c->field);
    for (int i = 0; i < IMPORT_LOOK_VALUES; i++)
        g_free(c->values[i]);
    g_free(c);
}

void import_look_clear(struct import_look *l)
{
    g_free(l->file);
    g_free(l->charset);
    g_free(l->problem);
    g_clear_pointer(&l->columns, g_ptr_array_unref);
    *l = (struct import_look){0};
}

/* ---- reading ---- */

static gboolean is_address(const char *cell)
{
    struct mailaddr a;
    if (!mailaddr_parse(cell, &a, NULL))
        return FALSE;
    mailaddr_clear(&a);
    return TRUE;
}

static void take_row(struct import_look *l, const char *const *cells)
{
    for (guint i = 0; i < l->columns->len; i++) {
        struct import_look_column *c = g_ptr_array_index(l->columns, i);
        if (l->rows < IMPORT_LOOK_VALUES)
            c->values[l->rows] = g_strdup(cells[i]);
        c->addresses += is_address(cells[i]);
    }
    l->rows++;
}

/* Rows that cannot be used are counted by the import. */
static gboolean read_rows(struct import_look *l, struct csvfile *csv, GError **error)
{
    const char *const *cells = NULL;
    gint64 line = 0;
    while (l->rows < IMPORT_LOOK_ROWS) {
        g_autoptr(GError) why = NULL;
        enum csvfile_status status = csvfile_next(csv, &cells, &line, &why);
        if (status == CSVFILE_END)
            return TRUE;
        if (status == CSVFILE_FAILED) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        if (status == CSVFILE_ROW)
            take_row(l, cells);
    }
    l->has_more = TRUE;
    return TRUE;
}

static void take_heading(struct import_look *l, const struct csvfile *csv)
{
    l->charset = g_strdup(csvfile_charset(csv));
    l->delimiter = csvfile_delimiter(csv);
    for (const char *const *name = csvfile_columns(csv); *name; name++) {
        struct import_look_column *c = g_new0(struct import_look_column, 1);
        c->name = g_strdup(*name);
        g_ptr_array_add(l->columns, c);
    }
}

/* ---- where they go ---- */

static struct import_look_column *most_addresses(const struct import_look *l)
{
    struct import_look_column *best = NULL;
    for (guint i = 0; i < l->columns->len; i++) {
        struct import_look_column *c = g_ptr_array_index(l->columns, i);
        if (c->addresses * 2 > l->rows && (!best || c->addresses > best->addresses))
            best = c;
    }
    return best;
}

static void take_fields(struct import_look *l, const struct import_columns *found)
{
    for (guint i = 0; i < l->columns->len; i++) {
        struct import_look_column *c = g_ptr_array_index(l->columns, i);
        c->field = (int)i == found->address ? g_strdup("address") : g_strdup(found->fields[i]);
    }
}

static gboolean resolve(struct import_look *l, struct csvfile *csv, const char *const *maps,
                        const struct import_preset *preset, GError **error)
{
    struct import_columns found;
    if (!import_columns_resolve(l->file, csvfile_columns(csv), maps, preset, &found, error))
        return FALSE;
    take_fields(l, &found);
    import_columns_clear(&found);
    return TRUE;
}

static char **with_map(const char *const *maps, const char *column)
{
    GPtrArray *all = g_ptr_array_new();
    for (const char *const *m = maps; m && *m; m++)
        g_ptr_array_add(all, g_strdup(*m));
    g_ptr_array_add(all, g_strdup_printf("%s=address", column));
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(all, FALSE);
}

/* As the import would; where that finds no address, by what the columns hold. */
static void resolve_or_guess(struct import_look *l, struct csvfile *csv,
                             const struct import_run *r)
{
    g_autoptr(GError) why = NULL;
    if (resolve(l, csv, r->o->maps, r->preset, &why))
        return;
    l->problem = g_strdup(why->message);
    const struct import_look_column *likely = most_addresses(l);
    if (!likely || r->preset)
        return;
    g_auto(GStrv) maps = with_map(r->o->maps, likely->name);
    l->is_guessed = resolve(l, csv, (const char *const *)maps, r->preset, NULL);
}

static gboolean look_at(struct import_look *l, const struct import_run *r, GError **error)
{
    /* Of a set the people come last. */
    const struct import_preset_input *input = g_ptr_array_index(r->inputs, r->inputs->len - 1);
    const struct csvfile_options options = {.path = input->path,
                                            .entry = input->entry,
                                            .charset = r->o->charset,
                                            .delimiter = r->delimiter};
    struct csvfile *csv = csvfile_open_with(&options, error);
    if (!csv)
        return FALSE;
    l->file = g_strdup(input->shown);
    take_heading(l, csv);
    gboolean ok = read_rows(l, csv, error);
    if (ok)
        resolve_or_guess(l, csv, r);
    else
        g_prefix_error(error, "%s: ", l->file);
    csvfile_free(csv);
    return ok;
}

gboolean import_look(const struct import_options *o, struct import_look *ret, GError **error)
{
    struct import_options without_list = *o;
    struct import_counts counts = {0};
    struct import_run r = {0};
    struct import_look l = {.columns = g_ptr_array_new_with_free_func(column_free)};
    without_list.list = NULL;
    const struct import_preset *preset = NULL;
    gboolean ok = import_preset_find(o->from ? o->from : "csv", &preset, error);
    if (ok && preset && preset->needs_unsubscribed && !o->unsubscribed)
        without_list.unsubscribed = "none"; /* the import asks for it */
    ok = ok && import_run_open(&r, NULL, &without_list, &counts, error) &&
         look_at(&l, &r, error);
    import_run_clear(&r);
    import_counts_clear(&counts);
    if (ok)
        *ret = l;
    else
        import_look_clear(&l);
    return ok;
}

/* ---- JSON ---- */

void import_look_column_json(struct json_writer *w, const struct import_look_column *c)
{
    json_begin_object(w);
    json_kv_string(w, "name", c->name);
    json_kv_string(w, "field", c->field);
    json_key(w, "values");
    json_begin_array(w);
    for (int i = 0; i < IMPORT_LOOK_VALUES && c->values[i]; i++)
        json_put_string(w, c->values[i]);
    json_end_array(w);
    json_kv_int(w, "addresses", c->addresses);
    json_end_object(w);
}

void import_look_json(struct json_writer *w, const struct import_look *l)
{
    json_begin_object(w);
    json_kv_string(w, "file", l->file);
    json_kv_string(w, "charset", l->charset);
    json_kv_string(w, "delimiter", csvfile_delimiter_name(l->delimiter));
    json_kv_int(w, "rows", l->rows);
    json_kv_bool(w, "more", l->has_more);
    json_kv_bool(w, "guessed", l->is_guessed);
    json_kv_string(w, "problem", l->problem);
    json_key(w, "columns");
    json_begin_array(w);
    for (guint i = 0; i < l->columns->len; i++)
        import_look_column_json(w, g_ptr_array_index(l->columns, i));
    json_end_array(w);
    json_end_object(w);
}
