/*
 * crier sql: a person's own question to the database. What may be asked is store/query's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "base/error.h"
#include "base/i18n.h"
#include "store/query.h"

struct answer {
    const struct cmd_context *c;
    struct output *output; /* NULL before the first row */
    struct output_column *columns;
    char **names; /* owned */
};

static gboolean take_row(const char *const *columns, const char *json, void *data)
{
    struct answer *a = data;
    if (!a->output) {
        a->names = g_strdupv((char **)columns);
        a->columns = g_new0(struct output_column, g_strv_length(a->names) + 1);
        for (guint i = 0; a->names[i]; i++)
            a->columns[i] = (struct output_column){.key = a->names[i], .heading = a->names[i]};
        a->output = output_begin(stdout, a->c->line->format, a->columns, NULL, NULL);
    }
    if (json)
        output_row(a->output, json);
    return TRUE;
}

static int show_views(void)
{
    for (const struct query_view *v = query_views(); v->name; v++)
        printf("%-16s %s\n", v->name, _(v->help));
    return 0;
}

int cmd_sql(struct cmd_context *c)
{
    GError *error = NULL;
    struct answer a = {.c = c};
    if (cmd_words(c) == 0)
        return show_views();
    struct db *db = db_open(c->ws->db_path, DB_USE_READ, &error);
    gboolean ok = db && query_run(db, cmd_word(c, 0), take_row, &a, &error);
    if (a.output)
        output_end(a.output);
    g_free(a.columns);
    g_strfreev(a.names);
    db_close(db);
    return ok ? 0 : cmd_fail(error);
}
