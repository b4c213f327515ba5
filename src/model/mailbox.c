/*
 * The record of a mailbox for bounces and unsubscribe requests, and the tagged addresses that
 * lead to it. Not for reading it: net/ and inbound/.
 */
#include "config.h"

#include "model/mailbox.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "model/port_number.h"
#include "model/server_private.h"

#define MAX_LOCAL_OCTETS 64 /* RFC 5321 4.5.3.1.1 */
#define MAX_TAG_OCTETS 34   /* "u-" and the longest token */

static const char *const protocol_names[MAILBOX_PROTOCOL_COUNT + 1] = {
    [MAILBOX_IMAP] = "imap",
    [MAILBOX_POP3] = "pop3",
};

static const char *const after_names[MAILBOX_AFTER_COUNT + 1] = {
    [MAILBOX_LEAVE] = "leave",
    [MAILBOX_MOVE] = "move",
    [MAILBOX_DELETE] = "delete",
};

#define AT(member) offsetof(struct mailbox, member)

static const struct field fields[] = {
    {.key = "address",
     .type = FIELD_MAILBOX,
     .offset = AT(address),
     .flags = FIELD_REQUIRED,
     .help = N_("its mail address; bounces go to it with +TOKEN behind the local part")},
    {.key = "protocol",
     .type = FIELD_CHOICE,
     .offset = AT(protocol),
     .fallback = "imap",
     .choices = protocol_names,
     .help = N_("how it is read: imap or pop3")},
    SERVER_HOST_FIELDS("tls"),
    {.key = "user",
     .type = FIELD_LINE,
     .offset = AT(user),
     .max = 320,
     .flags = FIELD_REQUIRED,
     .help = N_("login name")},
    SERVER_SECRET_FIELDS,
    {.key = "token_command",
     .type = FIELD_COMMAND,
     .offset = AT(token_command),
     .max = 4000,
     .flags = FIELD_NOT_FILE,
     .help = N_("command that prints an OAuth access token")},
    {.key = "ca_file",
     .type = FIELD_FILE,
     .offset = AT(ca_file),
     .max = MAX_PATH_OCTETS,
     .help = N_("certificates to trust instead of the system's")},
    {.key = "folder",
     .type = FIELD_LINE,
     .offset = AT(folder),
     .max = 255,
     .fallback = "INBOX",
     .help = N_("IMAP folder that is read")},
    {.key = "forward_replies",
     .type = FIELD_BOOL,
     .offset = AT(forward_replies),
     .fallback = "no",
     .help = N_("whether what a person answers is passed on to the campaign's Reply-To")},
    {.key = "after_read",
     .type = FIELD_CHOICE,
     .offset = AT(after_read),
     .fallback = "leave",
     .choices = after_names,
     .help = N_("what becomes of a message there once it is kept here: leave, move (IMAP, into "
                "move_to) or delete")},
    {.key = "move_to",
     .type = FIELD_LINE,
     .offset = AT(move_to),
     .max = 255,
     .fallback = "crier-read",
     .help = N_("IMAP folder for what was read; it is made when it is not there")},
    {.key = "poll",
     .type = FIELD_SPAN,
     .offset = AT(poll_s),
     .fallback = "1m",
     .min = 1,
     .max = 86400,
     .help = N_("how often it is looked into; a server with IMAP's IDLE says at once when mail "
                "comes")},
    {.key = "enabled",
     .type = FIELD_BOOL,
     .offset = AT(enabled),
     .fallback = "yes",
     .flags = FIELD_NOT_FILE,
     .help = N_("whether campaigns may use it and it is read")},
    {.key = NULL},
};

FIELD_RECORD(mailbox, fields)

gboolean mailbox_endpoint(const struct mailbox *m, struct hostport *ret, GError **error)
{
    static const guint16 usual_port[MAILBOX_PROTOCOL_COUNT][SERVER_SECURITY_COUNT] = {
        [MAILBOX_IMAP] = {[SERVER_TLS] = 993, [SERVER_STARTTLS] = 143, [SERVER_NONE] = 143},
        [MAILBOX_POP3] = {[SERVER_TLS] = 995, [SERVER_STARTTLS] = 110, [SERVER_NONE] = 110},
    };
    return server_parse_host(m->host, usual_port[m->protocol][m->security], ret, error);
}

gboolean mailbox_check_address(const char *address, GError **error)
{
    g_autofree char *tagged = NULL;
    g_autofree char *longest = g_strnfill(MAX_TAG_OCTETS, 'x');
    if (strchr(address, '<') || strchr(address, '+')) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("address '%s': give a bare address without a + in it: the token is put"
                      " behind its local part"),
                    address);
        return FALSE;
    }
    tagged = mailbox_tagged(address, longest);
    if (tagged)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("address '%s': its local part leaves no room for a token (at most %d octets)."
                  " Use a shorter one, like bounce@…"),
                address, MAX_LOCAL_OCTETS - MAX_TAG_OCTETS - 1);
    return FALSE;
}

static gboolean check_secret(const struct mailbox *m, GError **error)
{
    if (is_set(m->password_command) || is_set(m->password_file) || is_set(m->token_command))
        return server_check_secrets(m->password_command, m->password_file, m->token_command,
                                    m->auth, error);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("no password is set. Set --password-file, --password-command or"
                          " --token-command"));
    return FALSE;
}

static gboolean check_plain(const struct mailbox *m, const char *host, GError **error)
{
    if (server_may_be_plain(m->security, m->plain_host, host))
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("security none would send the password readable for everybody on the way to %s."
          " Use tls or starttls, or repeat the host with --plain-host %s"),
        host, host);
    return FALSE;
}

/* A folder that is emptied into itself would be read for ever. */
static gboolean check_after(const struct mailbox *m, GError **error)
{
    if (m->after_read != MAILBOX_MOVE)
        return TRUE;
    if (m->protocol != MAILBOX_IMAP)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("after_read move needs IMAP: by POP3 there are no folders. Use "
                              "--after-read delete or leave"));
    else if (!is_set(m->move_to))
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("after_read move needs a folder: name it with --move-to"));
    else if (g_strcmp0(m->move_to, m->folder) == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("move_to '%s' is the folder that is read. Name another one"), m->move_to);
    else
        return TRUE;
    return FALSE;
}

gboolean mailbox_check(const struct mailbox *m, GError **error)
{
    struct hostport h;
    if (!field_check_required(fields, m, error) || !mailbox_check_address(m->address, error) ||
        !check_secret(m, error) || !check_after(m, error) || !mailbox_endpoint(m, &h, error))
        return FALSE;
    gboolean is_ok = check_plain(m, h.host, error);
    hostport_clear(&h);
    return is_ok;
}

char *mailbox_warning(const struct mailbox *m)
{
    struct hostport h;
    if (!mailbox_endpoint(m, &h, NULL))
        return NULL;
    char *warning = h.warning ? g_steal_pointer(&h.warning)
                              : port_number_warning(h.port, (enum server_security)m->security);
    hostport_clear(&h);
    return warning;
}

char *mailbox_tagged(const char *address, const char *tag)
{
    const char *at = strrchr(address, '@');
    if (!at || (gsize)(at - address) + 1 + strlen(tag) > MAX_LOCAL_OCTETS ||
        strpbrk(address, "\" \\"))
        return NULL;
    return g_strdup_printf("%.*s+%s%s", (int)(at - address), address, tag, at);
}
