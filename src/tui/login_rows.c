/*
 * The rows of a login, which of them are there, and what they make of a record. Reading a
 * password is app/secret.c's.
 */
#include "config.h"

#include "tui/login_rows.h"

#include <string.h>

#include "app/secret.h"
#include "base/hostport.h"
#include "model/server.h"

const char *const login_sources[] = {"stored", "file", "command", "token", NULL};
const char *const login_source_words[] = {N_("typed here"), N_("a file"), N_("a command"),
                                          N_("a token command"), NULL};

static gboolean is_set(const char *text)
{
    return text && *text;
}

const char *login_source(const struct login *l)
{
    return is_set(l->token_command)                                             ? "token"
           : is_set(l->password_command)                                        ? "command"
           : is_set(l->password_file) && !strstr(l->password_file, "/secrets/") ? "file"
                                                                                : "stored";
}

char *login_words(const struct login *l)
{
    if (!is_set(l->user))
        return g_strdup(_("none"));
    return g_strdup_printf(_("%s, password from %s"), l->user,
                           is_set(l->token_command)      ? _("a token command")
                           : is_set(l->password_command) ? _("a command")
                                                         : _("a file"));
}

static const struct {
    const char *key, *of, *is;
} shown_when[] = {
    {"password", "source", "stored"},
    {"password_file", "source", "file"},
    {"password_command", "source", "command"},
    {"token_command", "source", "token"},
    {"auth", "source", "token"},
    {"plain_host", "security", "none"},
};

gboolean login_is_shown(const struct form *f, const struct form_row *row)
{
    if (!row->key)
        return TRUE;
    if (strcmp(row->key, "source") == 0)
        return *form_text(f, "user") != '\0';
    for (gsize i = 0; i < G_N_ELEMENTS(shown_when); i++)
        if (strcmp(row->key, shown_when[i].key) == 0)
            return strcmp(form_text(f, shown_when[i].of), shown_when[i].is) == 0 &&
                   (strcmp(shown_when[i].of, "source") != 0 || *form_text(f, "user") != '\0');
    return TRUE;
}

void login_check_plain(struct form *f)
{
    struct hostport h;
    if (strcmp(form_text(f, "security"), "none") != 0 ||
        !hostport_parse(form_text(f, "host"), HOSTPORT_PEER, &h, NULL))
        return;
    if (!server_may_be_plain(SERVER_NONE, form_text(f, "plain_host"), h.host))
        form_set_problem(
            f, "plain_host",
            _("Choose tls or starttls above, or type the same host here once more."));
    hostport_clear(&h);
}

int login_auth(const struct form *f, int auth)
{
    if (strcmp(form_text(f, "source"), "token") != 0)
        return SERVER_AUTH_PASSWORD;
    return auth == SERVER_AUTH_PASSWORD ? SERVER_AUTH_XOAUTH2 : auth;
}

gboolean login_keep_password(const struct form *f, const struct workspace *ws, const char *kind,
                             const char *name, const char *before, char **file, GError **error)
{
    const char *password = form_text(f, "password");
    if (!*form_text(f, "user") || strcmp(form_text(f, "source"), "stored") != 0)
        return TRUE;
    g_free(*file);
    *file = *password ? secret_store(ws, kind, name, password, error)
                      : g_strdup(before ? before : "");
    return *file != NULL;
}
