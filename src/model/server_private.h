/*
 * Inside server.c and mailbox.c only: how one comes to a host and logs in there, which is alike
 * for all hosts that we talk to. Each of them says what AT(member) is.
 */
#ifndef CRIER_MODEL_SERVER_PRIVATE_H
#define CRIER_MODEL_SERVER_PRIVATE_H

#include <glib.h>

#include "base/i18n.h"
#include "model/server.h"

#define MAX_PATH_OCTETS 4096

static const char *const security_names[SERVER_SECURITY_COUNT + 1] = {
    [SERVER_TLS] = "tls",
    [SERVER_STARTTLS] = "starttls",
    [SERVER_NONE] = "none",
};

static const char *const auth_names[SERVER_AUTH_COUNT + 1] = {
    [SERVER_AUTH_PASSWORD] = "password",
    [SERVER_AUTH_XOAUTH2] = "xoauth2",
    [SERVER_AUTH_OAUTHBEARER] = "oauthbearer",
};

/* host, security, plain_host */
#define SERVER_HOST_FIELDS(usual_security)                                                     \
    {.key = "host",                                                                            \
     .type = FIELD_HOSTPORT,                                                                   \
     .offset = AT(host),                                                                       \
     .max = 300,                                                                               \
     .flags = FIELD_REQUIRED,                                                                  \
     .help = N_("host name or address, with :port where it is not the usual one")},            \
        {.key = "security",                                                                    \
         .type = FIELD_CHOICE,                                                                 \
         .offset = AT(security),                                                               \
         .fallback = usual_security,                                                           \
         .choices = security_names,                                                            \
         .help = N_("tls from the first byte, starttls, or none (loopback only)")},            \
    {                                                                                          \
        .key = "plain_host", .type = FIELD_HOSTPORT, .offset = AT(plain_host), .max = 300,     \
        .help = N_("the host again, to allow security none beyond this machine")               \
    }

/* password_command, password_file, auth */
#define SERVER_SECRET_FIELDS                                                                   \
    {.key = "password_command",                                                                \
     .type = FIELD_COMMAND,                                                                    \
     .offset = AT(password_command),                                                           \
     .max = 4000,                                                                              \
     .flags = FIELD_NOT_FILE,                                                                  \
     .help = N_("command that prints the password; run without a shell")},                     \
        {.key = "password_file",                                                               \
         .type = FIELD_FILE,                                                                   \
         .offset = AT(password_file),                                                          \
         .max = MAX_PATH_OCTETS,                                                               \
         .flags = FIELD_NOT_FILE,                                                              \
         .help = N_("file that holds the password, readable by its owner only")},              \
    {                                                                                          \
        .key = "auth", .type = FIELD_CHOICE, .offset = AT(auth), .fallback = "password",       \
        .choices = auth_names,                                                                 \
        .help = N_("how to log in: password, or xoauth2 or oauthbearer with token_command")    \
    }

/* Host and port, `usual_port` where it names none. */
gboolean server_parse_host(const char *host, guint16 usual_port, struct hostport *ret,
                           GError **error);

static inline gboolean is_set(const char *text)
{
    return text && *text;
}

#endif
