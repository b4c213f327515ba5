/*
 * crier provider: providers of mailboxes, their limits, and who waits for them. Looking up MX
 * hosts is provider_look.c's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "app/provider_table.h"
#include "app/provider_view.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/holds.h"
#include "store/provider_limits.h"

static const struct output_column columns[] = {
    {"name", N_("Name")},
    {"label", N_("Provider")},
    {"connections", N_("Connections"), OUTPUT_NUMBER},
    {"per_second", N_("Per second"), OUTPUT_NUMBER},
    {"state", N_("State")},
    {"waiting", N_("Waiting"), OUTPUT_NUMBER},
    {"why", N_("Why")},
    {"rate_now", N_("Rate now"), OUTPUT_NUMBER, TRUE},
    {"since", N_("Since"), OUTPUT_TIME, TRUE},
    {"until", N_("Until"), OUTPUT_TIME, TRUE},
    {"reply", N_("Reply"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static const struct output_column full_columns[] = {
    {"name", N_("Name")},
    {"label", N_("Provider")},
    {"connections", N_("Connections"), OUTPUT_NUMBER},
    {"per_second", N_("Per second"), OUTPUT_NUMBER},
    {"state", N_("State")},
    {"waiting", N_("Waiting"), OUTPUT_NUMBER},
    {"why", N_("Why")},
    {"rate_now", N_("Rate now"), OUTPUT_NUMBER},
    {"since", N_("Since"), OUTPUT_TIME},
    {"until", N_("Until"), OUTPUT_TIME},
    {"reply", N_("Reply")},
    {"domains", N_("Domains")},
    {"mx", N_("MX hosts")},
    {NULL},
};

static const struct hold *hold_of(const GPtrArray *holds, const char *receiver)
{
    for (guint i = 0; i < holds->len; i++) {
        const struct hold *h = holds->pdata[i];
        if (strcmp(h->receiver, receiver) == 0)
            return h;
    }
    return NULL;
}

static void put_row(struct output *o, const struct provider *p, const struct hold *h)
{
    struct json_writer *w = output_row_begin(o);
    provider_view_json(w, p, h);
    output_row_end(o);
}

/* Every other domain, providers, then single domains at which somebody waits. */
static void put_all(struct output *o, struct providers *all, const GPtrArray *holds,
                    gboolean wants_all)
{
    if (wants_all || provider_is_limited(&all->fallback))
        put_row(o, &all->fallback, NULL);
    for (guint i = 0; i < all->all->len; i++) {
        const struct provider *p = all->all->pdata[i];
        const struct hold *h = hold_of(holds, p->name);
        if (wants_all || h || provider_is_limited(p))
            put_row(o, p, h);
    }
    for (guint i = 0; i < holds->len; i++) {
        const struct hold *h = holds->pdata[i];
        if (!providers_find(all, h->receiver))
            put_row(o, NULL, h);
    }
}

int cmd_provider_list(struct cmd_context *c)
{
    GError *error = NULL;
    struct providers *all = provider_table_read(c->ws, c->db, &error);
    g_autoptr(GPtrArray) holds = all ? holds_all(c->db, 0, &error) : NULL;
    struct output *o =
        holds ? output_begin(stdout, c->line->format, columns, c->line->fields, &error) : NULL;
    if (o) {
        put_all(o, all, holds, cmd_has(c, "all"));
        output_end(o);
    }
    providers_free(all);
    return o ? 0 : cmd_fail(error);
}

int cmd_provider_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct providers *all = provider_table_read(c->ws, c->db, &error);
    struct provider *p = all ? provider_table_find(all, cmd_word(c, 0), &error) : NULL;
    g_autoptr(GPtrArray) holds = p ? holds_all(c->db, 0, &error) : NULL;
    if (holds) {
        g_autoptr(GString) json = g_string_new(NULL);
        struct json_writer *w = json_writer_new_string(json, FALSE);
        provider_view_json_full(w, p, hold_of(holds, p->name));
        json_writer_free(w);
        output_record(stdout, c->line->format, full_columns, json->str);
    }
    providers_free(all);
    return holds ? 0 : cmd_fail(error);
}

/* ---- set ---- */

static gboolean limit_here(struct cmd_context *c, const char *name, struct provider_limit *ret,
                           GError **error)
{
    g_autoptr(GPtrArray) all = provider_limits_all(c->db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct provider_limit *l = all->pdata[i];
        if (strcmp(l->name, name) == 0) {
            ret->connections = l->connections;
            ret->per_second = l->per_second;
        }
    }
    return all != NULL;
}

/* As with a number of connections that is none, the words are wrong. */
static gboolean read_rate(const char *rate, double *ret, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (provider_parse_rate("--per-second", rate, ret, &why))
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE, why->message);
    return FALSE;
}

static gboolean read_limit(struct cmd_context *c, const char *name, struct provider_limit *ret,
                           GError **error)
{
    const char *rate = cmd_option(c, "per-second");
    if (!rate && !cmd_has(c, "connections") && !cmd_has(c, "default")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("nothing to set: name a limit, as in crier provider set %s --per-second "
                      "10"),
                    name);
        return FALSE;
    }
    return (cmd_has(c, "default") || limit_here(c, name, ret, error)) &&
           (!cmd_has(c, "connections") ||
            cmd_option_int(c, "connections", 0, PROVIDER_CONNECTIONS_MAX, 0, &ret->connections,
                           error)) &&
           (!rate || read_rate(rate, &ret->per_second, error));
}

int cmd_provider_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct providers *all = provider_table_read(c->ws, c->db, &error);
    struct provider *p = all ? provider_table_find(all, cmd_word(c, 0), &error) : NULL;
    struct provider_limit limit = {
        .name = p ? p->name : NULL, .connections = -1, .per_second = -1};
    gboolean ok = p && read_limit(c, p->name, &limit, &error) &&
                  provider_limits_set(c->db, &limit, &error);
    providers_free(all);
    return ok ? 0 : cmd_fail(error);
}

int cmd_provider_wake(struct cmd_context *c)
{
    GError *error = NULL;
    struct providers *all = provider_table_read(c->ws, c->db, &error);
    struct provider *p = all ? provider_table_find(all, cmd_word(c, 0), &error) : NULL;
    gboolean ok = p && holds_wake(c->db, p->name, &error);
    if (ok)
        cmd_say(workspace_worker_is_running(c->ws, NULL, NULL)
                    ? _("%s goes on: the worker tries it at once.")
                    : _("%s goes on as soon as a worker runs: crier worker"),
                p->label);
    providers_free(all);
    return ok ? 0 : cmd_fail(error);
}
