/*
 * crier server: the records of outgoing mail servers. Trying one is in server_test.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "cmd/password.h"
#include "store/servers.h"

static const struct output_column list_columns[] = {
    {"name", N_("Name")},
    {"host", N_("Host")},
    {"security", N_("Security")},
    {"user", N_("User")},
    {"connections", N_("Connections"), OUTPUT_NUMBER},
    {"per_second", N_("Per second"), OUTPUT_NUMBER},
    {"enabled", N_("Enabled")},
    {"problem", N_("Problem")},
    {"messages_per_connection", N_("Per connection"), OUTPUT_NUMBER, TRUE},
    {"plain_host", N_("Plain host"), OUTPUT_TEXT, TRUE},
    {"password_command", N_("Password command"), OUTPUT_TEXT, TRUE},
    {"password_file", N_("Password file"), OUTPUT_TEXT, TRUE},
    {"auth", N_("Login by"), OUTPUT_TEXT, TRUE},
    {"token_command", N_("Token command"), OUTPUT_TEXT, TRUE},
    {"envelope", N_("Envelope sender"), OUTPUT_TEXT, TRUE},
    {"per_day", N_("Per day"), OUTPUT_NUMBER, TRUE},
    {"ca_file", N_("CA file"), OUTPUT_TEXT, TRUE},
    {"hello", N_("EHLO name"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static GString *server_json(struct db *db, const struct server *s)
{
    GString *json = g_string_new(NULL);
    g_autofree char *problem = servers_get_problem(db, s->id);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    shape_server(w, s, problem);
    json_writer_free(w);
    return json;
}

int cmd_server_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = servers_all(c->db, &error);
    if (!all)
        return cmd_fail(error);
    struct output *o =
        output_begin(stdout, c->line->format, list_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(GString) row = server_json(c->db, g_ptr_array_index(all, i));
        output_row(o, row->str);
    }
    output_end(o);
    return 0;
}

int cmd_server_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct server s;
    if (!servers_get(c->db, cmd_word(c, 0), &s, &error))
        return cmd_fail(error);
    g_autoptr(GString) json = server_json(c->db, &s);
    output_record(stdout, c->line->format, list_columns, json->str);
    server_clear(&s);
    return 0;
}

/* Sets what the command line says, checks the whole and stores it. */
static gboolean change_and_put(struct cmd_context *c, struct server *s, GError **error)
{
    g_autofree char *warning = NULL;
    guint n = 0;
    if (!cmd_set_fields(c, s, &n, error))
        return FALSE;
    if (s->id == 0 && !s->host) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("server %s: a new server needs its host, as in --host smtp.example.org:587"),
                    s->name);
        return FALSE;
    }
    if (n == 0 && !cmd_has(c, "ask-password")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("nothing to set: name what the server is to have, as in --host "
                      "smtp.example.org:587"));
        return FALSE;
    }
    if (s->id == 0 && !cmd_has(c, "security"))
        s->security = (int)server_security_for(s->host);
    /* Who names a token command wants tokens; which kind is rarely a matter of choice. */
    if (s->token_command && *s->token_command && s->auth == SERVER_AUTH_PASSWORD &&
        !cmd_has(c, "auth"))
        s->auth = SERVER_AUTH_XOAUTH2;
    cmd_make_absolute(&s->password_file);
    cmd_make_absolute(&s->ca_file);
    struct password_place place = {.name = s->name, .user = s->user, .host = s->host,
                                   .file = &s->password_file, .command = &s->password_command,
                                   .token_command = s->token_command};
    if (!field_check_required(server_fields(), s, error) || !password_take(c, &place, error) ||
        !server_check(s, &warning, error) || !servers_put(c->db, s, error)) {
        g_prefix_error(error, _("server %s: "), s->name);
        return FALSE;
    }
    if (warning)
        cmd_warn(_("server %s: %s"), s->name, warning);
    return TRUE;
}

int cmd_server_add(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0);
    struct server s;
    if (!cmd_check_new_name(name, &error))
        return cmd_fail(error);
    if (servers_get(c->db, name, &s, NULL)) {
        server_clear(&s);
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                                    _("server %s: it is there already. crier server set %s changes "
                                      "it"),
                                    name, name));
    }
    server_init(&s);
    s.name = g_strdup(name);
    gboolean ok = change_and_put(c, &s, &error);
    server_clear(&s);
    if (!ok)
        return cmd_fail(error);
    cmd_say(_("Server %s is there. crier server test %s tries it without sending."), name, name);
    return 0;
}

int cmd_server_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct server s;
    if (!servers_get(c->db, cmd_word(c, 0), &s, &error))
        return cmd_fail(error);
    gboolean ok = change_and_put(c, &s, &error);
    server_clear(&s);
    return ok ? 0 : cmd_fail(error);
}

int cmd_server_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!servers_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(_("Server %s is deleted."), cmd_word(c, 0));
    return 0;
}
