/*
 * crier fault: which refusals are taken for our own fault, not the person's. It only looks; what
 * follows from one is the worker's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/provider_table.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "model/fault.h"
#include "transfer/faultfile.h"

#define EXIT_WITH_WARNINGS 4

static const struct output_column list_columns[] = {
    {"row", N_("Row"), OUTPUT_NUMBER},
    {"cause", N_("Cause")},
    {"code", N_("Code")},
    {"enhanced", N_("Enhanced")},
    {"text", N_("Text")},
    {"provider", N_("Provider")},
    {"rests", N_("Rests")},
    {"label", N_("Name"), 0, TRUE},
    {"todo", N_("What to do"), 0, TRUE},
    {"file", N_("File"), 0, TRUE},
    {"line", N_("Line"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

static const struct output_column explain_columns[] = {
    {"code", N_("Code")},
    {"enhanced", N_("Enhanced")},
    {"text", N_("Text")},
    {"ours", N_("Our fault")},
    {"cause", N_("Cause")},
    {"label", N_("Name")},
    {"todo", N_("What to do")},
    {"rests", N_("Rests")},
    {"row", N_("Row of the table")},
    {NULL},
};

/* What is in force; a broken file of the person's own is told and left out. NULL on failure. */
static struct faults *load(struct cmd_context *c, gboolean *ret_is_whole, GError **error)
{
    g_autofree char *trouble = NULL;
    struct faults *t = faultfile_load(c->ws->dir, &trouble, error);
    if (trouble)
        cmd_warn("%s", trouble);
    *ret_is_whole = !trouble;
    return t;
}

/* ---- list ---- */

static void put_row(struct output *o, const struct fault *f, guint number)
{
    g_autofree char *text = f->phrases ? g_strjoinv(" | ", f->phrases) : NULL;
    g_autofree char *todo = fault_todo(f);
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_int(w, "row", number);
    json_kv_string(w, "cause", f->cause);
    json_kv_string(w, "label", fault_label(f));
    json_kv_string(w, "code", f->code);
    json_kv_string(w, "enhanced", f->enhanced);
    json_kv_string(w, "text", text);
    json_kv_string(w, "provider", f->provider);
    json_kv_string(w, "rests", fault_rest_name(f->rest));
    json_kv_string(w, "todo", todo);
    json_kv_string(w, "file", f->file);
    json_kv_int(w, "line", f->line);
    json_end_object(w);
    output_row_end(o);
}

int cmd_fault_list(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean is_whole;
    struct faults *t = load(c, &is_whole, &error);
    struct output *o =
        t ? output_begin(stdout, c->line->format, list_columns, c->line->fields, &error) : NULL;
    if (!o) {
        faults_free(t);
        return cmd_fail(error);
    }
    for (guint i = 0; i < faults_count(t); i++)
        put_row(o, faults_at(t, i), i + 1);
    output_end(o);
    faults_free(t);
    return cmd_done(is_whole ? 0 : EXIT_WITH_WARNINGS);
}

/* ---- explain ---- */

static void put_decision(struct json_writer *w, const struct fault *f)
{
    g_autofree char *todo =
        f ? fault_todo(f)
          : g_strdup(_("No row fits, so that it counts as about the person. Where that is wrong, "
                       "write a row into faults.cfg in the workspace"));
    g_autofree char *row = f ? g_strdup_printf("%s:%d", f->file, f->line) : NULL;
    json_kv_bool(w, "ours", fault_is_ours(f));
    json_kv_string(w, "cause", f ? f->cause : NULL);
    json_kv_string(w, "label", f ? fault_label(f) : NULL);
    json_kv_string(w, "todo", todo);
    json_kv_string(w, "rests", fault_rest_name(f ? f->rest : FAULT_REST_NONE));
    json_kv_string(w, "row", row);
}

static void put_explanation(struct cmd_context *c, const struct reply *r, const struct fault *f)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_int(w, "code", r->code);
    json_kv_string(w, "enhanced", *r->enhanced ? r->enhanced : NULL);
    json_kv_string(w, "text", r->text);
    put_decision(w, f);
    json_end_object(w);
    json_writer_free(w);
    output_record(stdout, c->line->format, explain_columns, json->str);
}

/* A misspelled name would be answered as if nobody in particular had said it. */
static gboolean is_receiver(struct cmd_context *c, const char *name, GError **error)
{
    if (!name)
        return TRUE;
    struct providers *all = provider_table_read(c->ws, c->db, error);
    gboolean ok = all && provider_table_find(all, name, error);
    providers_free(all);
    return ok;
}

int cmd_fault_explain(struct cmd_context *c)
{
    GError *error = NULL;
    struct reply reply = {0};
    gboolean is_whole;
    g_autofree char *text = g_utf8_make_valid(cmd_word(c, 0), -1);
    if (!fault_parse_reply(text, &reply))
        return cmd_fail(g_error_new_literal(
            CRIER_ERROR, CRIER_ERROR_USAGE,
            _("a reply begins with its code: \"550 5.7.1 Message rejected\"")));
    if (!is_receiver(c, cmd_option(c, "receiver"), &error)) {
        reply_clear(&reply);
        return cmd_fail(error);
    }
    struct faults *t = load(c, &is_whole, &error);
    if (!t) {
        reply_clear(&reply);
        return cmd_fail(error);
    }
    put_explanation(c, &reply, faults_find(t, &reply, cmd_option(c, "receiver")));
    faults_free(t);
    reply_clear(&reply);
    return cmd_done(is_whole ? 0 : EXIT_WITH_WARNINGS);
}
