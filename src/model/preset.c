/*
 * The table of common submission hosts. To know one more is to add a row. A quirk says what a
 * person must do or will meet there, in one sentence.
 */
#include "config.h"

#include "model/preset.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

/* Hosts that send for one account rewrite or refuse other senders: envelope plain. */
static const struct preset presets[] = {
    {.name = "amazon-ses",
     .title = "Amazon SES",
     .host = "email-smtp.REGION.amazonaws.com:587",
     .security = SERVER_STARTTLS,
     .per_second = 1,
     .per_day = 200,
     .quirk = N_(
         "the limits are those of a new account, which may only write to verified addresses; "
         "set per_second and per_day to your quota, and verify the mailbox's domain too")},
    {.name = "brevo",
     .title = "Brevo",
     .host = "smtp-relay.brevo.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .quirk =
         N_("the password is an SMTP key, not an API key, and bounces stay in its own reports "
            "instead of coming to your mailbox")},
    {.name = "fastmail",
     .title = "Fastmail",
     .host = "smtp.fastmail.com:465",
     .security = SERVER_TLS,
     .quirk = N_("it wants an app password, and sends from addresses and domains of your own "
                 "account only")},
    {.name = "gmail",
     .title = "Gmail",
     .host = "smtp.gmail.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 2,
     .per_day = 500,
     .quirk = N_("it wants an app password or a token, and writes your own address into every "
                 "message that names another sender")},
    {.name = "google-relay",
     .title = "Google Workspace relay",
     .host = "smtp-relay.gmail.com:587",
     .security = SERVER_STARTTLS,
     .per_day = 10000,
     .quirk =
         N_("an administrator must allow it first, and says there who may send and how many")},
    {.name = "google-workspace",
     .title = "Google Workspace",
     .host = "smtp.gmail.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 2,
     .per_day = 2000,
     .quirk = N_("it wants an app password or a token, and writes your own address into every "
                 "message that names another sender")},
    {.name = "icloud",
     .title = "iCloud Mail",
     .host = "smtp.mail.me.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 1,
     .per_day = 1000,
     .quirk = N_("it wants an app-specific password, and is meant for personal mail: its terms "
                 "forbid unsolicited bulk mail")},
    {.name = "infomaniak",
     .title = "Infomaniak",
     .host = "mail.infomaniak.com:465",
     .security = SERVER_TLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 2,
     .per_day = 1440,
     .quirk = N_("the smallest offers allow 100 messages a day")},
    {.name = "ionos",
     .title = "IONOS",
     .host = "smtp.ionos.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 2,
     .quirk =
         N_("it counts by the hour: 50 messages in a contract's first week, about 500 after a "
            "month; what is too much gets 450 and is tried again")},
    {.name = "local",
     .title = "Postfix or another server on this machine",
     .host = "127.0.0.1:25",
     .security = SERVER_NONE,
     .connections = 10,
     .quirk = N_("accepted means that it has the message and will go on trying; what it cannot "
                 "deliver comes back to the envelope sender, so give campaigns a mailbox")},
    {.name = "mailgun",
     .title = "Mailgun",
     .host = "smtp.mailgun.org:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .quirk = N_(
         "each domain has a login of its own, domains in the EU use smtp.eu.mailgun.org, and "
         "bounces stay in its own reports instead of coming to your mailbox")},
    {.name = "mailjet",
     .title = "Mailjet",
     .host = "in-v3.mailjet.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .quirk =
         N_("the user is the API key and the password the secret key, and bounces stay in its "
            "own reports instead of coming to your mailbox")},
    {.name = "microsoft-365",
     .title = "Microsoft 365",
     .host = "smtp.office365.com:587",
     .security = SERVER_STARTTLS,
     .auth = SERVER_AUTH_XOAUTH2,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 3,
     .per_second = 1,
     .per_day = 10000,
     .quirk =
         N_("it wants a token and authenticated SMTP switched on for the mailbox, refuses "
            "foreign senders (550 5.7.60), and delays what is more than 30 messages a minute")},
    {.name = "outlook",
     .title = "Outlook.com",
     .host = "smtp-mail.outlook.com:587",
     .security = SERVER_STARTTLS,
     .auth = SERVER_AUTH_XOAUTH2,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 1,
     .per_second = 1,
     .per_day = 300,
     .quirk =
         N_("it wants a token and is meant for personal mail: new accounts may send less")},
    {.name = "ovh",
     .title = "OVHcloud",
     .host = "ssl0.ovh.net:465",
     .security = SERVER_TLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 2,
     .quirk = N_("it limits the messages that an account may send in an hour")},
    {.name = "postmark",
     .title = "Postmark (broadcasts)",
     .host = "smtp-broadcasts.postmarkapp.com:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .quirk =
         N_("user and password are both the server's API token, and bounces stay in its own "
            "reports instead of coming to your mailbox")},
    {.name = "sendgrid",
     .title = "SendGrid",
     .host = "smtp.sendgrid.net:587",
     .security = SERVER_STARTTLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .user = "apikey",
     .quirk =
         N_("the user is the word apikey and the password an API key, and bounces stay in its "
            "own reports instead of coming to your mailbox")},
    {.name = "yahoo",
     .title = "Yahoo Mail",
     .host = "smtp.mail.yahoo.com:465",
     .security = SERVER_TLS,
     .envelope = SERVER_ENVELOPE_PLAIN,
     .connections = 1,
     .per_day = 500,
     .quirk = N_("it wants an app password and is meant for personal mail")},
    {.name = NULL},
};

const struct preset *presets_all(void)
{
    return presets;
}

const struct preset *preset_find(const char *name, GError **error)
{
    const char *names[G_N_ELEMENTS(presets)] = {NULL};
    for (gsize i = 0; presets[i].name; i++) {
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
        names[i] = presets[i].name;
    }
    g_autofree char *safe = text_safe(name, -1, 64);
    const char *near = text_nearest(name, names);
    g_autofree char *hint = near ? g_strdup_printf(_("Did you mean '%s'?"), near)
                                 : g_strdup(_("crier server presets lists them"));
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, _("there is no preset '%s'. %s"),
                safe, hint);
    return NULL;
}

gboolean preset_has_host(const struct preset *p)
{
    return strpbrk(p->host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

void preset_apply(const struct preset *p, struct server *s)
{
    if (preset_has_host(p)) {
        g_free(s->host);
        s->host = g_strdup(p->host);
    }
    if (p->user) {
        g_free(s->user);
        s->user = g_strdup(p->user);
    }
    s->security = (int)p->security;
    s->auth = (int)p->auth;
    s->envelope = (int)p->envelope;
    if (p->connections > 0)
        s->connections = p->connections;
    s->per_second = p->per_second;
    s->per_day = p->per_day;
}
