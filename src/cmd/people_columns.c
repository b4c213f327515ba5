/*
 * crier people columns: a look into a file before it is imported. What is found is
 * app/import_look's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/import_look.h"
#include "base/i18n.h"
#include "cmd/output.h"
#include "cmd/people_import.h"

static const struct output_column columns[] = {
    {"name", N_("Column")},
    {"field", N_("Goes to")},
    {"first", N_("First row")},
    {"second", N_("Second row")},
    {NULL},
};

static void put_column(struct output *o, const struct import_look_column *c)
{
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_string(w, "name", c->name);
    json_kv_string(w, "field", c->field);
    json_kv_string(w, "first", c->values[0]);
    json_kv_string(w, "second", c->values[1]);
    json_end_object(w);
    output_row_end(o);
}

static void put_table(const struct cmd_context *c, const struct import_look *l)
{
    struct output *o = output_begin(stdout, c->line->format, columns, NULL, NULL);
    for (guint i = 0; i < l->columns->len; i++)
        put_column(o, g_ptr_array_index(l->columns, i));
    output_end(o);
}

static void put_json(const struct import_look *l)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    import_look_json(w, l);
    json_writer_free(w);
    cmd_put_json(json);
}

int cmd_people_columns(struct cmd_context *c)
{
    GError *error = NULL;
    struct import_look look = {0};
    char **maps = people_import_maps(c);
    struct import_options o = {.path = cmd_word(c, 0),
                               .from = cmd_option(c, "from"),
                               .unsubscribed = cmd_option(c, "unsubscribed"),
                               .charset = cmd_option(c, "charset"),
                               .delimiter = cmd_option(c, "delimiter"),
                               .maps = (const char *const *)maps};
    gboolean ok = import_look(&o, &look, &error);
    g_strfreev(maps);
    if (!ok)
        return cmd_fail(error);
    if (cmd_wants_json(c))
        put_json(&look);
    else
        put_table(c, &look);
    gboolean has_problem = look.problem != NULL;
    if (has_problem)
        cmd_warn("%s", look.problem);
    import_look_clear(&look);
    return has_problem ? 4 : 0;
}
