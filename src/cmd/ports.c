/*
 * crier ports: who holds which port, as two tables and the sentences that belong to them, or as
 * rows for programs. What is in a row is ports_rows.c's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cmd/ports_rows.h"
#include "store/ports.h"

#define WARNINGS 4 /* the exit code */
#define INDENT 4

static const struct output_column columns[] = {
    {"direction", N_("Direction"), OUTPUT_OURS, TRUE},
    {"role", N_("Role"), OUTPUT_OURS},
    {"name", N_("Name")},
    {"bind", N_("Address")},
    {"state", N_("State"), OUTPUT_OURS, .context = "port"},
    {"program", N_("Program")},
    {"pid", N_("Process")},
    {"user", N_("User")},
    {"service", N_("Service")},
    {"last", N_("Last"), OUTPUT_TIME},
    {"text", N_("What"), OUTPUT_TEXT, TRUE},
    {"next", N_("What to do"), OUTPUT_TEXT, TRUE},
    {"suggestion", N_("Suggested"), OUTPUT_TEXT, TRUE},
    {"notes", N_("Notes"), OUTPUT_TEXT, TRUE},
    {"public", N_("Public URL"), OUTPUT_TEXT, TRUE},
    {"uid", N_("User number"), OUTPUT_TEXT, TRUE},
    {"since", N_("Since"), OUTPUT_TIME, TRUE},
    {"ms", N_("Milliseconds"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

/* What a person reads one below the other. */
enum part { PART_OURS, PART_OTHERS, PART_CONNECTIONS, PART_COUNT };

static const char *const part_heads[PART_COUNT] = {
    [PART_OURS] = N_("We listen on:"),
    [PART_OTHERS] = N_("On this machine listen:"),
    [PART_CONNECTIONS] = N_("We connect to:"),
};

static enum part part_of(const struct ports_row *r)
{
    if (r->is_connect)
        return PART_CONNECTIONS;
    return strcmp(r->role, "other") == 0 ? PART_OTHERS : PART_OURS;
}

static gboolean has_role(const struct ports_row *r)
{
    return part_of(r) != PART_OTHERS;
}

static gboolean has_name(const struct ports_row *r)
{
    return r->name != NULL;
}

static gboolean has_holder(const struct ports_row *r)
{
    return r->uid >= 0;
}

static gboolean has_service(const struct ports_row *r)
{
    return r->service != NULL;
}

static gboolean has_last(const struct ports_row *r)
{
    return r->last_us != 0;
}

/* What a person gets to see: columns that no row fills would only take room. */
static const struct {
    const char *key;
    gboolean (*has)(const struct ports_row *r); /* NULL: always */
} shown[] = {
    {"role", has_role},   {"name", has_name},       {"bind", NULL},
    {"state", NULL},      {"program", has_holder},  {"pid", has_holder},
    {"user", has_holder}, {"service", has_service}, {"last", has_last},
};

static gboolean put_rows(const struct cmd_context *c, const GPtrArray *rows, GError **error)
{
    struct output *o = output_begin(stdout, c->line->format, columns, c->line->fields, error);
    if (!o)
        return FALSE;
    for (guint i = 0; i < rows->len; i++) {
        ports_row_json(output_row_begin(o), rows->pdata[i]);
        output_row_end(o);
    }
    output_end(o);
    return TRUE;
}

/* ---- for a person ---- */

static gboolean any(const GPtrArray *rows, enum part part,
                    gboolean (*has)(const struct ports_row *r))
{
    for (guint i = 0; i < rows->len; i++) {
        const struct ports_row *r = rows->pdata[i];
        if (part_of(r) == part && (!has || has(r)))
            return TRUE;
    }
    return FALSE;
}

static void put_table(const GPtrArray *rows, enum part part)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
        if (any(rows, part, shown[i].has))
            g_ptr_array_add(fields, g_strdup(shown[i].key));
    g_ptr_array_add(fields, NULL);
    struct output *o =
        output_begin(stdout, OUTPUT_TABLE, columns, (char **)fields->pdata, NULL);
    for (guint i = 0; i < rows->len; i++) {
        const struct ports_row *r = rows->pdata[i];
        if (part_of(r) != part)
            continue;
        ports_row_json(output_row_begin(o), r);
        output_row_end(o);
    }
    output_end(o);
}

static void fold(const char *text, int indent)
{
    g_autofree char *safe = text_safe(text, -1, 0);
    output_fold(stdout, safe, indent, output_width(stdout));
}

/* "tracking *:81: port 81 is held by nginx (…). Use port 8081 instead, or stop nginx.service."
 */
static void put_sentence(const struct ports_row *r)
{
    g_autofree char *who = r->name ? g_strdup(r->name) : g_strdup(_(r->role));
    g_autofree char *text = r->next ? g_strdup_printf(_("%s: %s. %s"), who, r->text, r->next)
                                    : g_strdup_printf(_("%s: %s."), who, r->text);
    fold(text, INDENT);
    for (guint i = 0; r->notes && i < r->notes->len; i++) {
        fputs("  - ", stdout);
        fold(r->notes->pdata[i], INDENT);
    }
}

static void put_part(const GPtrArray *rows, enum part part)
{
    gboolean is_first = TRUE;
    put_table(rows, part);
    for (guint i = 0; i < rows->len; i++) {
        const struct ports_row *r = rows->pdata[i];
        if (part_of(r) != part || !r->text || !(r->is_told || r->is_warning))
            continue;
        if (is_first)
            putchar('\n');
        is_first = FALSE;
        put_sentence(r);
    }
}

static void put_for_person(const GPtrArray *rows)
{
    for (enum part part = 0; part < PART_COUNT; part++) {
        if (!any(rows, part, NULL))
            continue;
        printf("%s%s\n", part > PART_OURS ? "\n" : "", _(part_heads[part]));
        put_part(rows, part);
    }
}

/* ---- the verb ---- */

static gboolean open_workspace(struct cmd_context *c, struct workspace **ret_ws,
                               struct db **ret_db, GError **error)
{
    if (!workspace_is_there(c->line->workspace))
        return TRUE;
    *ret_ws = workspace_open(c->line->workspace, error);
    if (*ret_ws)
        *ret_db = db_open((*ret_ws)->db_path, DB_USE_VERB, error);
    if (*ret_db && c->line->actor)
        db_set_actor(*ret_db, c->line->actor);
    return *ret_db != NULL;
}

static int code_of(const GPtrArray *rows)
{
    int code = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct ports_row *r = rows->pdata[i];
        if (r->is_trouble)
            return 1;
        if (r->is_warning)
            code = WARNINGS;
    }
    return code;
}

static gboolean is_for_person(const struct cmd_context *c)
{
    return c->line->format == OUTPUT_TABLE ||
           (c->line->format == OUTPUT_AUTO && !c->line->fields && isatty(STDOUT_FILENO));
}

static gboolean put(const struct cmd_context *c, const GPtrArray *rows, GError **error)
{
    if (!is_for_person(c))
        return put_rows(c, rows, error);
    put_for_person(rows);
    return TRUE;
}

/* For the worker, which has nobody to print to: what keeps a record from being bound stands in
 * its problem, and goes when nothing does any more. */
static gboolean note(struct db *db, const GPtrArray *rows, GError **error)
{
    gboolean ok = TRUE;
    for (guint i = 0; ok && db && i < rows->len; i++) {
        const struct ports_row *r = rows->pdata[i];
        g_autofree char *before = r->id ? ports_get_problem(db, r->id) : NULL;
        const char *now = r->is_trouble ? r->text : "";
        if (r->id && strcmp(now, before ? before : "") != 0)
            ok = ports_set_problem(db, r->id, now, error);
    }
    return ok;
}

int cmd_ports(struct cmd_context *c)
{
    GError *error = NULL;
    struct workspace *ws = NULL;
    struct db *db = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    gboolean ok = open_workspace(c, &ws, &db, &error);
    if (ok)
        rows = ports_rows(db, ws, cmd_has(c, "all"), &error);
    ok = rows && (cmd_has(c, "note") ? note(db, rows, &error) : put(c, rows, &error));
    db_close(db);
    workspace_free(ws);
    return ok ? code_of(rows) : cmd_fail(error);
}
