/*
 * crier settings: what is in force in this workspace and who set it.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/audit.h"

static const struct output_column columns[] = {
    {"key", N_("Setting")},
    {"value", N_("Value")},
    {"help", N_("Meaning"), OUTPUT_OURS},
    {NULL},
};
static const struct output_column columns_origin[] = {
    {"key", N_("Setting")},
    {"value", N_("Value")},
    {"origin", N_("Set by")},
    {"help", N_("Meaning"), OUTPUT_OURS},
    {NULL},
};

static void put_setting(struct output *o, struct db *db, const struct field *f,
                        const struct settings *s)
{
    g_autofree char *origin = settings_origin(db, f->key);
    struct json_writer *w = output_row_begin(o);
    shape_setting(w, f, s, origin);
    output_row_end(o);
}

int cmd_settings_list(struct cmd_context *c)
{
    GError *error = NULL;
    struct settings s = {0};
    if (!settings_load(c->db, &s, &error))
        return cmd_fail(error);
    struct output *o =
        output_begin(stdout, c->line->format, cmd_has(c, "origin") ? columns_origin : columns,
                     c->line->fields, &error);
    for (const struct field *f = settings_fields(); o && f->key; f++)
        put_setting(o, c->db, f, &s);
    if (o)
        output_end(o);
    settings_clear(&s);
    return o ? 0 : cmd_fail(error);
}

int cmd_settings_set(struct cmd_context *c)
{
    GError *error = NULL;
    /* All values are tried first, so that a bad one changes nothing. */
    struct settings trial = {0};
    guint n = 0;
    field_init_all(settings_fields(), &trial);
    gboolean ok = cmd_set_fields(c, &trial, &n, &error);
    settings_clear(&trial);
    if (ok && n == 0) {
        g_set_error(
            &error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("nothing to set: name a setting with its value, as in --organisation 'Example "
              "Association'. crier settings list shows them"));
        ok = FALSE;
    }
    for (guint i = 0; ok && i < c->line->given->len; i++) {
        const struct cmd_given *g = &g_array_index(c->line->given, struct cmd_given, i);
        ok = !g->field || settings_set(c->db, g->field->key, g->value, &error);
    }
    return ok ? 0 : cmd_fail(error);
}
