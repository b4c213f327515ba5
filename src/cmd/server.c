/*
 * crier server: the records of outgoing mail servers. Trying one is in server_test.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "cmd/password.h"
#include "model/preset.h"
#include "store/server_live.h"
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
    {"refused_by", N_("Refused by"), OUTPUT_TEXT, TRUE},
    {"messages_per_connection", N_("Per connection"), OUTPUT_NUMBER, TRUE},
    {"window", N_("In flight"), OUTPUT_NUMBER, TRUE},
    {"plain_host", N_("Plain host"), OUTPUT_TEXT, TRUE},
    {"password_command", N_("Password command"), OUTPUT_TEXT, TRUE},
    {"password_file", N_("Password file"), OUTPUT_TEXT, TRUE},
    {"auth", N_("Login by"), OUTPUT_TEXT, TRUE},
    {"token_command", N_("Token command"), OUTPUT_TEXT, TRUE},
    {"envelope", N_("Envelope sender"), OUTPUT_TEXT, TRUE},
    {"per_hour", N_("Per hour"), OUTPUT_NUMBER, TRUE},
    {"per_day", N_("Per day"), OUTPUT_NUMBER, TRUE},
    {"warm_up", N_("Warm-up"), OUTPUT_TEXT, TRUE},
    {"ca_file", N_("CA file"), OUTPUT_TEXT, TRUE},
    {"hello", N_("EHLO name"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static void put_server(struct json_writer *w, const void *record, void *db)
{
    const struct server *s = record;
    g_autofree char *problem = servers_get_problem(db, s->id);
    g_autofree char *refused_by = server_live_refused_by(db, s->id);
    json_begin_object(w);
    shape_server_members(w, s, problem);
    json_kv_string(w, "refused_by", refused_by);
    json_end_object(w);
}

int cmd_server_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = servers_all(c->db, &error);
    return cmd_put_list(c, list_columns, all, put_server, c->db, error);
}

int cmd_server_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct server s;
    if (!servers_get(c->db, cmd_word(c, 0), &s, &error))
        return cmd_fail(error);
    cmd_put_record(c, list_columns, &s, put_server, c->db);
    server_clear(&s);
    return 0;
}

/* Who names a token command wants tokens (which kind is rarely a matter of choice), who names a
 * password none, whatever a preset began with. */
static void settle_auth(const struct cmd_context *c, struct server *s)
{
    gboolean has_token = s->token_command && *s->token_command;
    gboolean tells_password = cmd_has(c, "password_command") || cmd_has(c, "password_file") ||
                              cmd_has(c, "ask-password");
    if (cmd_has(c, "auth"))
        return;
    if (has_token && s->auth == SERVER_AUTH_PASSWORD)
        s->auth = SERVER_AUTH_XOAUTH2;
    else if (!has_token && tells_password)
        s->auth = SERVER_AUTH_PASSWORD;
}

/* Sets what the command line says, checks the whole and stores it. */
static gboolean change_and_put(struct cmd_context *c, struct server *s, GError **error)
{
    g_autofree char *warning = NULL;
    guint n = 0;
    if (!cmd_set_fields(c, s, &n, error))
        return FALSE;
    if (s->id == 0 && (!s->host || !*s->host)) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("server %s: a new server needs its host, as in --host smtp.example.org:587"),
            s->name);
        return FALSE;
    }
    if (n == 0 && !cmd_has(c, "ask-password") && !cmd_has(c, "preset")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("nothing to set: name what the server is to have, as in --host "
                      "smtp.example.org:587"));
        return FALSE;
    }
    if (s->id == 0 && !cmd_has(c, "security") && (cmd_has(c, "host") || !cmd_has(c, "preset")))
        s->security = (int)server_security_for(s->host);
    settle_auth(c, s);
    cmd_make_absolute(&s->password_file);
    cmd_make_absolute(&s->ca_file);
    struct password_place place = {.name = s->name,
                                   .user = s->user,
                                   .host = s->host,
                                   .file = &s->password_file,
                                   .command = &s->password_command,
                                   .token_command = s->token_command,
                                   .auth = s->auth};
    if (!field_check_required(server_fields(), s, error) || !password_take(c, &place, error) ||
        !server_check(s, &warning, error)) {
        g_prefix_error(error, _("server %s: "), s->name);
        return cmd_wrong_usage(error);
    }
    if (!servers_put(c->db, s, error)) {
        g_prefix_error(error, _("server %s: "), s->name);
        return FALSE;
    }
    if (warning)
        cmd_warn(_("server %s: %s"), s->name, warning);
    return TRUE;
}

static gboolean begin_with_preset(const struct cmd_context *c, struct server *s,
                                  const struct preset **ret, GError **error)
{
    const char *name = cmd_option(c, "preset");
    const struct preset *p = name ? preset_find(name, error) : NULL;
    if (!name)
        return TRUE;
    if (!p) {
        g_prefix_error(error, "--preset: ");
        (*error)->code = CRIER_ERROR_USAGE; /* as with any other choice */
        return FALSE;
    }
    if (!preset_has_host(p) && !cmd_has(c, "host")) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("--preset %s: its host depends on your account. Give --host %s, with your own "
              "word in place of the capitals"),
            p->name, p->host);
        return FALSE;
    }
    preset_apply(p, s);
    *ret = p;
    return TRUE;
}

static const struct output_column preset_columns[] = {
    {"name", N_("Name")},
    {"title", N_("Service")},
    {"host", N_("Host")},
    {"security", N_("Security")},
    {"auth", N_("Login by")},
    {"per_day", N_("Per day"), OUTPUT_NUMBER},
    {"note", N_("Note"), OUTPUT_OURS},
    {"user", N_("User"), OUTPUT_TEXT, TRUE},
    {"envelope", N_("Envelope sender"), OUTPUT_TEXT, TRUE},
    {"connections", N_("Connections"), OUTPUT_NUMBER, TRUE},
    {"per_second", N_("Per second"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

static void put_preset(struct json_writer *w, const struct preset *p)
{
    struct server s;
    server_init(&s);
    preset_apply(p, &s);
    g_free(s.host);
    s.host = g_strdup(p->host); /* also one that is to be filled in */
    json_begin_object(w);
    json_kv_string(w, "name", p->name);
    json_kv_string(w, "title", p->title);
    shape_fields(w, server_fields(), &s);
    json_kv_string(w, "note", p->quirk);
    json_end_object(w);
    server_clear(&s);
}

int cmd_server_presets(struct cmd_context *c)
{
    GError *error = NULL;
    struct output *o =
        output_begin(stdout, c->line->format, preset_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (const struct preset *p = presets_all(); p->name; p++) {
        put_preset(output_row_begin(o), p);
        output_row_end(o);
    }
    output_end(o);
    return 0;
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
        return cmd_fail(
            g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                        _("server %s: it is there already. crier server set %s changes "
                          "it"),
                        name, name));
    }
    server_init(&s);
    s.name = g_strdup(name);
    const struct preset *preset = NULL;
    gboolean ok = begin_with_preset(c, &s, &preset, &error) && change_and_put(c, &s, &error);
    server_clear(&s);
    if (!ok)
        return cmd_fail(error);
    cmd_say(_("Server %s is there. crier server test %s tries it without sending."), name,
            name);
    if (preset)
        cmd_say(_("%s: %s."), preset->title, _(preset->quirk));
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
    cmd_say(
        _("Server %s is deleted. For 30 days crier undo or crier bin restore brings it back."),
        cmd_word(c, 0));
    return 0;
}
