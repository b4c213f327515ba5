/*
 * How one logs in at a host, in the forms of servers and mailboxes: whether the password is
 * typed, kept in a file, or printed by a command. Records only say where it is.
 */
#ifndef CRIER_TUI_LOGIN_ROWS_H
#define CRIER_TUI_LOGIN_ROWS_H

#include <glib.h>

#include "base/i18n.h"
#include "store/workspace.h"
#include "tui/form.h"

extern const char *const login_sources[], *const login_source_words[];

/* Behind the row of "user". */
#define LOGIN_ROWS                                                                             \
    {FORM_CHOICE,                                                                              \
     "source",                                                                                 \
     N_("Password from"),                                                                      \
     N_("typed here: kept in a file that only you can read"),                                  \
     .words = login_sources,                                                                   \
     .shown = login_source_words},                                                             \
        {FORM_SECRET, "password", N_("Password"),                                              \
         N_("^T shows it; empty keeps the one there is")},                                     \
        {FORM_LINE, "password_file", N_("Its file"), .flags = FORM_EMPTY_HIDDEN},              \
        {FORM_LINE, "password_command", N_("Its command"), .flags = FORM_EMPTY_HIDDEN},        \
        {FORM_LINE, "token_command", N_("Its command"), .flags = FORM_EMPTY_HIDDEN},           \
    {                                                                                          \
        FORM_CHOICE, "auth", N_("Kind of token")                                               \
    }

/* What a record has; borrowed. */
struct login {
    const char *user, *password_file, *password_command, *token_command;
};
#define LOGIN_OF(record)                                                                       \
    (&(struct login){(record)->user, (record)->password_file, (record)->password_command,      \
                     (record)->token_command})

/* One of login_sources. */
const char *login_source(const struct login *l);
/* "news@example.org, password from a file". Caller frees. */
char *login_words(const struct login *l);

/* What is asked for only where another row says so; TRUE for other rows. */
gboolean login_is_shown(const struct form *f, const struct form_row *row);
/* For a form's check: without encryption the host is typed twice, but on this machine. */
void login_check_plain(struct form *f);
/* The record's enum server_auth that fits the source that was chosen. */
int login_auth(const struct form *f, int auth);
/* A typed password becomes a file of the workspace; nothing typed keeps `before`. Without a
 * user, or with another source, `file` stays as it is. `kind` as secret_store() takes it. */
gboolean login_keep_password(const struct form *f, const struct workspace *ws, const char *kind,
                             const char *name, const char *before, char **file, GError **error);

#endif
