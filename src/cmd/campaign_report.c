/*
 * crier campaign report: the figures of app/report as a person reads them, as JSON, or a part of
 * them as CSV.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "app/provider_table.h"
#include "app/report.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define SHOWN_ROWS 20

static const struct output_column columns[] = {
    {"name", N_("Campaign")},
    {"title", N_("Title")},
    {"state", N_("State")},
    {"held_reason", N_("Held")},
    {"servers", N_("Server")},
    {"started", N_("Started"), OUTPUT_TIME},
    {"finished", N_("Finished"), OUTPUT_TIME},
    {"total", N_("On its lists"), OUTPUT_NUMBER},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER},
    {"people", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"failed", N_("Failed"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"bounced_hard", N_("Bounced, dead"), OUTPUT_NUMBER},
    {"bounced_soft", N_("Bounced, for now"), OUTPUT_NUMBER},
    {"deferred", N_("Waiting"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"queued", N_("Queued"), OUTPUT_NUMBER},
    {"leased", N_("Sending"), OUTPUT_NUMBER},
    {"cancelled", N_("Cancelled"), OUTPUT_NUMBER},
    {"complained", N_("Complained"), OUTPUT_NUMBER},
    {"unsubscribed", N_("Unsubscribed"), OUTPUT_NUMBER},
    {"busy_minutes", N_("Minutes with mail"), OUTPUT_NUMBER},
    {"most_in_minute", N_("Most in a minute"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column figure_columns[] = {
    {"figure", N_("Figure")},
    {"count", N_("People"), OUTPUT_NUMBER},
    {"share", N_("Share")},
    {"average", N_("Usual share")},
    {NULL},
};

static const struct output_column domain_columns[] = {
    {"domain", N_("Domain")},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"bounced", N_("Bounced"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"deferrals", N_("Put off"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column provider_columns[] = {
    {"label", N_("Provider")},
    {"domains", N_("Domains"), OUTPUT_NUMBER},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"bounced", N_("Bounced"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"deferrals", N_("Put off"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column reply_columns[] = {
    {"state", N_("State")},
    {"count", N_("People"), OUTPUT_NUMBER},
    {"code", N_("Code"), OUTPUT_NUMBER},
    {"enhanced", N_("Status")},
    {"reply", N_("Reply")},
    {NULL},
};

static const struct output_column bounce_columns[] = {
    {"class", N_("Bounce")},
    {"count", N_("People"), OUTPUT_NUMBER},
    {"reason", N_("Reason")},
    {"status", N_("Status")},
    {"meaning", N_("Meaning"), OUTPUT_OURS},
    {NULL},
};

static const struct output_column minute_columns[] = {
    {"time", N_("Time"), OUTPUT_TIME},
    {"minutes", N_("Minutes"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"deferrals", N_("Put off"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column compare_columns[] = {
    {"name", N_("Campaign")},
    {"people", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"bounced_hard", N_("Bounced, dead"), OUTPUT_NUMBER},
    {"bounced_soft", N_("Bounced, for now"), OUTPUT_NUMBER},
    {"complained", N_("Complained"), OUTPUT_NUMBER},
    {"unsubscribed", N_("Unsubscribed"), OUTPUT_NUMBER},
    {"started", N_("Started"), OUTPUT_TIME},
    {NULL},
};

/* In the order they are shown; a whole report has those with `is_shown`. */
static const struct {
    enum report_part part;
    const char *key; /* of the whole report's object */
    const struct output_column *columns;
    gboolean is_shown;
} parts[] = {
    {REPORT_PART_PROVIDERS, "providers", provider_columns, TRUE},
    {REPORT_PART_DOMAINS, "domains", domain_columns, TRUE},
    {REPORT_PART_REPLIES, "replies", reply_columns, TRUE},
    {REPORT_PART_BOUNCES, "bounces", bounce_columns, TRUE},
    {REPORT_PART_COMPARE, "compare", compare_columns, TRUE},
    {REPORT_PART_SUMMARY, "figures", figure_columns, FALSE},
    {REPORT_PART_MINUTES, "minutes", minute_columns, FALSE},
};

struct asked {
    struct report_request request;
    struct providers *providers; /* owned */
    GPtrArray *with;             /* owned; of const char *, NULL-ended */
    enum report_part part;       /* REPORT_PART_COUNT: all */
    const char *path;            /* to write to; NULL or "-": standard output */
    gboolean is_csv;
};

/* ---- what was asked for ---- */

static gboolean read_part(const struct cmd_context *c, struct asked *a, GError **error)
{
    const char *name = cmd_option(c, "part");
    a->part = REPORT_PART_COUNT;
    if (!name || report_part_parse(name, &a->part))
        return TRUE;
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--part '%s': it must be summary, domains, providers, replies, bounces, "
                  "minutes or compare"),
                safe);
    return FALSE;
}

static gboolean read_asked(const struct cmd_context *c, struct asked *a, GError **error)
{
    const char *csv = cmd_option(c, "csv"), *output = cmd_option(c, "output"), *name;
    if (!read_part(c, a, error))
        return FALSE;
    if (csv && output) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--csv and --output name a file each: give one of them"));
        return FALSE;
    }
    a->is_csv = csv != NULL;
    a->path = csv ? csv : output;
    if (a->is_csv && a->part == REPORT_PART_COUNT)
        a->part = REPORT_PART_DOMAINS;
    a->with = g_ptr_array_new();
    for (guint i = 0; (name = cmd_option_nth(c, "with", i)); i++)
        g_ptr_array_add(a->with, (gpointer)name);
    g_ptr_array_add(a->with, NULL);
    a->providers = provider_table_read(c->ws, c->db, error);
    a->request = (struct report_request){
        .name = cmd_word(c, 0),
        .with = a->with->len > 1 ? (const char *const *)a->with->pdata : NULL,
        .providers = a->providers};
    return a->providers && cmd_may_write(c, a->path, error);
}

static void asked_clear(struct asked *a)
{
    providers_free(a->providers);
    if (a->with)
        g_ptr_array_unref(a->with);
}

/* ---- for a person ---- */

/* A part's first rows, at most `max`; the rest is counted. */
static void put_rows(const struct cmd_context *c, FILE *out, const struct json *rows,
                     const struct output_column *of, gsize max)
{
    gsize n = json_size(rows), shown = MIN(n, max);
    struct output *o = output_begin(out, c->line->format, of, NULL, NULL);
    for (gsize i = 0; i < shown; i++) {
        g_autofree char *row = json_dump(json_at(rows, i));
        output_row(o, row);
    }
    output_end(o);
    if (n > shown)
        fprintf(out, _("… and %zu more: --json shows all of them\n"), n - shown);
}

static void put_all(const struct cmd_context *c, FILE *out, const GString *json)
{
    output_record(out, c->line->format, columns, json->str);
    if (cmd_wants_json(c))
        return;
    struct json *report = json_parse(json->str, json->len, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        const struct json *rows = json_member(report, parts[i].key);
        if (!parts[i].is_shown || !rows || json_size(rows) == 0)
            continue;
        fputc('\n', out);
        put_rows(c, out, rows, parts[i].columns, SHOWN_ROWS);
    }
    json_unref(report);
}

static void put_part(const struct cmd_context *c, FILE *out, enum report_part part,
                     const GString *json)
{
    const struct output_column *of = NULL;
    if (cmd_wants_json(c)) {
        fprintf(out, "%s\n", json->str);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].part == part)
            of = parts[i].columns;
    struct json *rows = json_parse(json->str, json->len, NULL);
    put_rows(c, out, rows, of, G_MAXSIZE);
    json_unref(rows);
}

/* ---- the verb ---- */

/* What it says, as it is to stand in the file or on the terminal. */
static gboolean put(const struct cmd_context *c, const struct asked *a, FILE *out,
                    GError **error)
{
    gboolean is_part = a->part < REPORT_PART_COUNT;
    g_autoptr(GString) text = NULL;
    if (a->is_csv) {
        text = report_csv(c->db, &a->request, a->part, error);
        if (text)
            fwrite(text->str, 1, text->len, out);
        return text != NULL;
    }
    if (is_part) {
        text = report_part_json(c->db, &a->request, a->part, error);
        if (text)
            put_part(c, out, a->part, text);
        return text != NULL;
    }
    text = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(text, FALSE);
    json_begin_object(w);
    gboolean ok = report_json(w, c->db, &a->request, error);
    json_end_object(w);
    json_writer_free(w);
    if (ok)
        put_all(c, out, text);
    return ok;
}

/* First in memory: a file that cannot be written is not left half. */
static gboolean put_into(const struct cmd_context *c, const struct asked *a, GError **error)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    gboolean ok = put(c, a, out, error);
    fclose(out);
    ok = ok && file_write_atomic(a->path, text, len, 0600, error);
    free(text);
    if (ok)
        cmd_say(_("The report is in %s."), a->path);
    return ok;
}

int cmd_campaign_report(struct cmd_context *c)
{
    GError *error = NULL;
    struct asked a = {0};
    gboolean ok = read_asked(c, &a, &error);
    if (ok && a.path && strcmp(a.path, "-") != 0)
        ok = put_into(c, &a, &error);
    else if (ok)
        ok = put(c, &a, stdout, &error);
    asked_clear(&a);
    return ok ? 0 : cmd_fail(error);
}
