/*
 * Names of faults, and their words for logins and certificates. What happened is found out in
 * stream.c.
 */
#include "config.h"

#include "net/stream_words.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define SHOWN_CHARS 300

static const char *const fault_names[STREAM_FAULT_COUNT] = {
    [STREAM_FAULT_NONE] = "none",
    [STREAM_FAULT_UNRESOLVED] = "unresolved",
    [STREAM_FAULT_REFUSED] = "refused",
    [STREAM_FAULT_UNREACHABLE] = "unreachable",
    [STREAM_FAULT_TIMEOUT] = "timeout",
    [STREAM_FAULT_TLS] = "tls",
    [STREAM_FAULT_NO_STARTTLS] = "no-starttls",
    [STREAM_FAULT_LOGIN] = "login",
    [STREAM_FAULT_LOGIN_LATER] = "login-later",
    [STREAM_FAULT_NO_AUTH] = "no-auth",
    [STREAM_FAULT_BUSY] = "busy",
    [STREAM_FAULT_GREETING] = "greeting",
    [STREAM_FAULT_LOCAL] = "local",
    [STREAM_FAULT_LOST] = "lost",
};

const char *stream_fault_name(enum stream_fault f)
{
    g_assert((unsigned)f < STREAM_FAULT_COUNT);
    return fault_names[f];
}

const char *stream_mechanism(enum stream_auth auth)
{
    return auth == STREAM_AUTH_OAUTHBEARER ? "OAUTHBEARER" : "XOAUTH2";
}

const struct stream_dialect *stream_dialect(enum stream_protocol protocol)
{
    static const struct stream_dialect dialects[STREAM_PROTOCOL_COUNT] = {
        [STREAM_SMTP] = {"SMTP", "smtp", "smtp,smtps", 465},
        [STREAM_IMAP] = {"IMAP", "imap", "imap,imaps", 993},
        [STREAM_POP3] = {"POP3", "pop3", "pop3,pop3s", 995},
    };
    g_assert((unsigned)protocol < STREAM_PROTOCOL_COUNT);
    return &dialects[protocol];
}

static char *no_password_login(const char *host, enum stream_protocol protocol)
{
    if (protocol == STREAM_SMTP)
        return g_strdup_printf(
            _("%s: a login is configured, but the server offers none that we "
              "know. Remove the user, or use the server's submission port"),
            host);
    return g_strdup_printf(_("%s: the server offers no login with a password here. Use security "
                             "tls or starttls, or a login with a token"),
                           host);
}

char *stream_words_login(const char *host, enum stream_protocol protocol, enum stream_auth auth,
                         enum stream_fault fault, const char *said)
{
    if (auth == STREAM_AUTH_PASSWORD && fault == STREAM_FAULT_LOGIN)
        return g_strdup_printf(
            _("%s: the login is refused: “%s”. Check user name and password"), host, said);
    if (auth == STREAM_AUTH_PASSWORD)
        return no_password_login(host, protocol);
    if (fault == STREAM_FAULT_LOGIN)
        return g_strdup_printf(
            protocol == STREAM_SMTP
                ? _("%s: the access token is refused: “%s”. Check the user name, and "
                    "that the token command gives tokens for sending mail")
                : _("%s: the access token is refused: “%s”. Check the user name, and "
                    "that the token command gives tokens for reading mail"),
            host, said);
    return g_strdup_printf(
        _("%s: a login with an access token is configured, but the server does "
          "not offer %s. Use the other kind of --auth, or a password"),
        host, stream_mechanism(auth));
}

char *stream_words_challenge(const char *challenge)
{
    gsize len = 0;
    g_autofree guchar *octets = g_base64_decode(challenge, &len);
    gboolean is_json = len > 1 && octets[0] == '{' && octets[len - 1] == '}';
    return is_json ? text_safe((const char *)octets, (gssize)len, SHOWN_CHARS)
                   : text_safe(challenge, -1, SHOWN_CHARS);
}

const char *stream_words_tls(const char *said)
{
    static const struct {
        const char *part, *words;
    } rows[] = {
        {"wrong version number",
         N_("the port does not speak TLS; security starttls may be right")},
        {"certificate has expired",
         N_("the server's certificate has expired; whoever runs the server must renew it")},
        {"not yet valid",
         N_("the server's certificate is not valid yet; look at this machine's clock")},
        {"no alternative certificate subject name",
         N_("the server's certificate is made for another name; use that name as the host")},
        {"does not match target host name",
         N_("the server's certificate is made for another name; use that name as the host")},
        {"self-signed certificate in", N_("the server's certificate is signed by an authority "
                                          "that is not known here; name the "
                                          "authority with --ca-file if you trust it")},
        {"self-signed certificate",
         N_("the server's certificate is self-signed; name it with --ca-file if you trust it")},
        {"unable to get local issuer", N_("the server's certificate is signed by an authority "
                                          "that is not known here; name the "
                                          "authority with --ca-file if you trust it")},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strstr(said, rows[i].part))
            return _(rows[i].words);
    return NULL;
}
