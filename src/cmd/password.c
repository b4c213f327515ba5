/*
 * Asking for a password and keeping it. Reading it back is file_read_secret()'s work.
 */
#include "config.h"

#include "cmd/password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/secret.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "model/server.h"

#define MAX_SECRET_BYTES 1000
#define CTRL_C 3

/* What one line of the terminal gives, without its newline; NULL at its end. Not by stdio,
 * which would read on behind a line that Ctrl-C ended and keep a copy. */
static char *read_line(void)
{
    char buffer[MAX_SECRET_BYTES + 2];
    ssize_t n;
    do
        n = read(STDIN_FILENO, buffer, sizeof buffer - 1);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return NULL;
    buffer[n] = 0;
    buffer[strcspn(buffer, "\r\n")] = 0;
    char *line = g_strdup(buffer);
    explicit_bzero(buffer, sizeof buffer);
    return line;
}

char *password_ask(const char *prompt, GError **error)
{
    struct termios shown, hidden;
    if (!cmd_can_ask() || tcgetattr(STDIN_FILENO, &shown) != 0) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("a password can only be asked for on a terminal. Use --password-command or "
              "--password-file"));
        return NULL;
    }
    /* Ctrl-C ends the line instead of the process: a death here would leave the echo off. */
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    hidden.c_cc[VEOL] = CTRL_C;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fprintf(stderr, "%s ", prompt);
    fflush(stderr);
    char *line = read_line();
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    if (line && *line && !strchr(line, CTRL_C))
        return line;
    process_wipe(line);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("no password was typed, and nothing is changed"));
    return NULL;
}

static gboolean is_set(const char *text)
{
    return text && *text;
}

gboolean password_take(const struct cmd_context *c, const struct password_place *p,
                       GError **error)
{
    gboolean has_source = is_set(*p->command) || is_set(*p->file) || is_set(p->token_command);
    gboolean needs_one =
        is_set(p->user) && !has_source && cmd_can_ask() && p->auth == SERVER_AUTH_PASSWORD;
    if (!needs_one && !cmd_has(c, "ask-password"))
        return TRUE;
    if (!is_set(p->user)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--ask-password: a password needs a user. Give --user too"));
        return FALSE;
    }
    g_autofree char *user = text_safe(p->user, -1, 60), *host = text_safe(p->host, -1, 60);
    g_autofree char *prompt = g_strdup_printf(_("Password of %s at %s:"), user, host);
    char *secret = password_ask(prompt, error);
    char *path = secret ? secret_store(c->ws, p->kind, p->name, secret, error) : NULL;
    process_wipe(secret);
    if (!path)
        return FALSE;
    g_free(*p->file);
    *p->file = path;
    g_free(*p->command);
    *p->command = g_strdup("");
    return TRUE;
}
