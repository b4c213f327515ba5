/*
 * The record of an outgoing mail server: its field table and the checks between fields. The
 * promise kept here is that a password never travels in clear but over loopback, or to a host
 * whose name was typed twice. Not for connecting: net/.
 */
#include "config.h"

#include "model/server.h"

#include "base/error.h"
#include "base/i18n.h"
#include "model/port_number.h"
#include "model/quota.h"
#include "model/server_private.h"

static const char *const envelope_names[SERVER_ENVELOPE_COUNT + 1] = {
    [SERVER_ENVELOPE_VERP] = "verp",
    [SERVER_ENVELOPE_PLAIN] = "plain",
};

#define AT(member) offsetof(struct server, member)

static const struct field fields[] = {
    SERVER_HOST_FIELDS("starttls"),
    {.key = "user",
     .type = FIELD_LINE,
     .offset = AT(user),
     .max = 320,
     .help = N_("login name; empty for no login")},
    SERVER_SECRET_FIELDS,
    {.key = "token_command",
     .type = FIELD_COMMAND,
     .offset = AT(token_command),
     .max = 4000,
     .flags = FIELD_NOT_FILE,
     .help = N_("command that prints an OAuth access token, and on a second line its life in "
                "seconds; or the token server's JSON")},
    {.key = "ca_file",
     .type = FIELD_FILE,
     .offset = AT(ca_file),
     .max = MAX_PATH_OCTETS,
     .help = N_("certificates to trust for this server instead of the system's")},
    {.key = "hello",
     .type = FIELD_LINE,
     .offset = AT(hello),
     .max = 255,
     .help = N_("name we greet with (EHLO); empty for this machine's host name")},
    {.key = "envelope",
     .type = FIELD_CHOICE,
     .offset = AT(envelope),
     .fallback = "verp",
     .choices = envelope_names,
     .help =
         N_("envelope sender of campaigns with a mailbox: verp, an address of the mailbox for "
            "each message; plain, From's own, for hosts that refuse foreign senders")},
    {.key = "connections",
     .type = FIELD_INT,
     .offset = AT(connections),
     .fallback = "4",
     .min = 1,
     .max = 500,
     .help = N_("most connections at the same time")},
    {.key = "per_second",
     .type = FIELD_INT,
     .offset = AT(per_second),
     .fallback = "0",
     .min = 0,
     .max = 100000,
     .help = N_("most messages a second; 0 for no limit")},
    {.key = "per_hour",
     .type = FIELD_INT,
     .offset = AT(per_hour),
     .fallback = "0",
     .min = 0,
     .max = 1000000000,
     .help = N_("most messages within an hour of the clock; 0 for no limit")},
    {.key = "per_day",
     .type = FIELD_INT,
     .offset = AT(per_day),
     .fallback = "0",
     .min = 0,
     .max = 1000000000,
     .help = N_("most messages a day, from midnight to midnight; 0 for no limit")},
    {.key = "warm_up",
     .type = FIELD_LINE,
     .offset = AT(warm_up),
     .max = 4000,
     .help = N_("for a new sender: the first day, then the most messages of each day from then "
                "on, like 2026-12-01 50 100 200 400; after these per_day alone holds")},
    {.key = "messages_per_connection",
     .type = FIELD_INT,
     .offset = AT(messages_per_connection),
     .fallback = "1000",
     .min = 0,
     .max = 1000000,
     .help = N_("messages before a connection is closed and opened anew; 0 for no limit")},
    {.key = "window",
     .type = FIELD_INT,
     .offset = AT(window),
     .fallback = "1",
     .min = 1,
     .max = SERVER_WINDOW_MAX,
     .help = N_("messages in flight on a connection, where the server announces CHUNKING: far "
                "servers take them faster, and after a drop all of them are maybe sent")},
    {.key = "reply_timeout",
     .type = FIELD_SPAN,
     .offset = AT(reply_timeout_s),
     .fallback = "10m",
     .min = 1,
     .max = 3600,
     .help = N_("how long the reply to a whole message may take; after that it is maybe sent")},
    {.key = "enabled",
     .type = FIELD_BOOL,
     .offset = AT(enabled),
     .fallback = "yes",
     .flags = FIELD_NOT_FILE,
     .help = N_("whether campaigns may use it")},
    {.key = NULL},
};

FIELD_RECORD(server, fields)

enum server_security server_security_for(const char *host)
{
    struct hostport h;
    if (!hostport_parse(host, HOSTPORT_PEER, &h, NULL))
        return SERVER_STARTTLS;
    enum server_security security = h.port == 465 ? SERVER_TLS : SERVER_STARTTLS;
    hostport_clear(&h);
    return security;
}

gboolean server_parse_host(const char *host, guint16 usual_port, struct hostport *ret,
                         GError **error)
{
    struct hostport h;
    if (!hostport_parse(host, HOSTPORT_PEER, &h, error)) {
        g_prefix_error(error, "host: ");
        return FALSE;
    }
    if (h.port == 0)
        h.port = usual_port;
    *ret = h;
    return TRUE;
}

gboolean server_may_be_plain(int security, const char *plain_host, const char *host)
{
    struct hostport again = {0};
    if (security != SERVER_NONE || hostport_is_loopback(host))
        return TRUE;
    gboolean is_repeated = is_set(plain_host) &&
                           hostport_parse(plain_host, HOSTPORT_PEER, &again, NULL) &&
                           g_str_equal(again.host, host);
    hostport_clear(&again);
    return is_repeated;
}

gboolean server_endpoint(const struct server *s, struct hostport *ret, GError **error)
{
    static const guint16 usual_port[SERVER_SECURITY_COUNT] = {
        [SERVER_TLS] = 465,
        [SERVER_STARTTLS] = 587,
        [SERVER_NONE] = 25,
    };
    return server_parse_host(s->host, usual_port[s->security], ret, error);
}

static gboolean check_plain(const struct server *s, const char *host, GError **error)
{
    if (server_may_be_plain(s->security, s->plain_host, host))
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("security none would send mail and password readable for everybody on the way "
          "to %s. Use starttls or tls, or repeat the host with --plain-host %s"),
        host, host);
    return FALSE;
}

gboolean server_check_secrets(const char *password_command, const char *password_file,
                              const char *token_command, int auth, GError **error)
{
    const char *fault = NULL;
    gboolean has_token = is_set(token_command), is_token = auth != SERVER_AUTH_PASSWORD;
    if (is_set(password_command) && is_set(password_file))
        fault = _("password_command and password_file are both set. Keep one of them");
    else if (has_token && (is_set(password_command) || is_set(password_file)))
        fault = _("a password and token_command are both set. Keep one of them; an empty value "
                  "removes the other");
    else if (has_token && !is_token)
        fault = _("token_command is set, but auth is password. Set --auth xoauth2 or "
                  "oauthbearer, or remove it with --token-command ''");
    else if (!has_token && is_token)
        fault =
            _("auth takes an access token, but token_command is empty. Set --token-command, "
              "or --auth password");
    if (!fault)
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, fault);
    return FALSE;
}

static gboolean check_login(const struct server *s, GError **error)
{
    const char *fault = NULL;
    gboolean has_secret =
        is_set(s->password_command) || is_set(s->password_file) || is_set(s->token_command);
    if (!server_check_secrets(s->password_command, s->password_file, s->token_command, s->auth,
                              error))
        return FALSE;
    if (is_set(s->user) && !has_secret)
        fault = _("a user is set but no password. Set --password-command or --password-file");
    else if (!is_set(s->user) && is_set(s->token_command))
        fault = _("token_command is set but no user. Set --user");
    else if (!is_set(s->user) && has_secret)
        fault = _("a password is set but no user. Set --user");
    if (!fault)
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, fault);
    return FALSE;
}

gboolean server_check(const struct server *s, char **ret_warning, GError **error)
{
    struct hostport h;
    if (!field_check_required(fields, s, error) ||
        !quota_check_warm_up(s->warm_up, error) || !server_endpoint(s, &h, error))
        return FALSE;
    gboolean is_ok = check_plain(s, h.host, error) && check_login(s, error);
    if (is_ok && ret_warning)
        *ret_warning = h.warning ? g_steal_pointer(&h.warning) : port_number_warning(h.port, s->security);
    hostport_clear(&h);
    return is_ok;
}
