/* Reads a server's password from where its record says. */
#include "config.h"

#include "app/secret.h"

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/process.h"

char *secret_of_server(const struct server *s, GError **error)
{
    char *secret = NULL;
    if (s->password_file && *s->password_file)
        secret = file_read_secret(s->password_file, error);
    else if (s->password_command && *s->password_command)
        secret = process_first_line(s->password_command, SECRET_COMMAND_TIMEOUT_S, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("it has a user but no password. `crier server set %s --password-file FILE`"
                      " or --password-command COMMAND"),
                    s->name);
    if (!secret)
        g_prefix_error(error, _("server '%s': password: "), s->name);
    return secret;
}
