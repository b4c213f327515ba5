/*
 * Check 1: what the record or the typed text says, before any packet leaves: whether it agrees
 * with itself, with its port, and with the libraries here. Whether the other side agrees is for
 * the checks that ask it.
 */
#include "config.h"

#include "doctor/check_settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/checks_private.h"
#include "store/db.h"

#define PORT_SMTP 25

/* ---- ports ---- */

/* What listens at a port everywhere: RFC 8314 has them all but 2525. */
static const struct known_port {
    guint16 port;
    enum stream_protocol protocol;
    gboolean is_tls;    /* TLS comes first */
    gboolean has_login; /* whoever has no login is refused, RFC 6409 */
} known_ports[] = {
    {25, STREAM_SMTP, FALSE, FALSE},  {2525, STREAM_SMTP, FALSE, FALSE},
    {587, STREAM_SMTP, FALSE, TRUE},  {465, STREAM_SMTP, TRUE, TRUE},
    {143, STREAM_IMAP, FALSE, FALSE}, {993, STREAM_IMAP, TRUE, FALSE},
    {110, STREAM_POP3, FALSE, FALSE}, {995, STREAM_POP3, TRUE, FALSE},
};

static const char *protocol_words(enum stream_protocol p)
{
    static const char *const words[STREAM_PROTOCOL_COUNT] = {
        [STREAM_SMTP] = "SMTP", [STREAM_IMAP] = "IMAP", [STREAM_POP3] = "POP3"};
    return words[p];
}

static const struct known_port *find_port(guint16 port)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known_ports); i++)
        if (known_ports[i].port == port)
            return &known_ports[i];
    return NULL;
}

static gboolean say_port(const struct doctor_subject *s, struct doctor_finding *f)
{
    const struct known_port *p = find_port(s->port);
    if (!p)
        return FALSE;
    if (p->protocol != s->protocol)
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "port-protocol",
                   g_strdup_printf(_("port %u is the one of %s, but %s is to be spoken there"),
                                   s->port, protocol_words(p->protocol),
                                   protocol_words(s->protocol)),
                   g_strdup(_("Correct the port, or the kind of server.")));
    else if (p->is_tls && s->security != STREAM_TLS)
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_YOU, "port-tls",
            g_strdup_printf(_("port %u needs TLS from the first byte (implicit TLS), but "
                              "the security is %s"),
                            s->port, s->security == STREAM_STARTTLS ? "starttls" : "none"),
            g_strdup(_("Set the security to tls.")));
    else if (!p->is_tls && s->security == STREAM_TLS)
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_YOU, "port-starttls",
            g_strdup_printf(_("port %u begins without TLS, but the security is tls"), s->port),
            g_strdup(_("Set the security to starttls.")));
    else
        return FALSE;
    return TRUE;
}

/* ---- login ---- */

static gboolean say_open_login(const struct doctor_subject *s, struct doctor_finding *f)
{
    if (!s->user || s->security != STREAM_PLAIN || hostport_is_loopback(s->host))
        return FALSE;
    g_autofree char *user = text_safe(s->user, -1, 0);
    doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "plain-login",
               g_strdup_printf(_("the password of %s goes to %s unencrypted: whoever is in "
                                 "between can read it"),
                               user, s->host),
               g_strdup(_("Set the security to starttls or tls.")));
    return TRUE;
}

static void note_no_login(const struct doctor_subject *s, struct doctor_finding *f)
{
    const struct known_port *p = find_port(s->port);
    if (p && p->has_login && p->protocol == s->protocol && !s->user)
        doctor_evidence(f, _("port %u is for whoever logs in, and no user is set"), s->port);
}

static gboolean say_ca_file(const struct doctor_subject *s, struct doctor_finding *f)
{
    if (!s->ca_file || access(s->ca_file, R_OK) == 0)
        return FALSE;
    g_autofree char *path = text_safe(s->ca_file, -1, 0);
    doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "ca-file",
               g_strdup_printf(_("the certificates in %s, which this server is checked by, "
                                 "cannot be read: %s"),
                               path, g_strerror(errno)),
               g_strdup(_("Correct ca_file, or leave it empty for the system's "
                          "certificates.")));
    return TRUE;
}

static gboolean say_disabled(const struct doctor_subject *s, struct doctor_finding *f)
{
    gboolean is_server = s->kind == DOCTOR_OF_SERVER && !s->server.enabled;
    if (!is_server && (s->kind != DOCTOR_OF_MAILBOX || s->mailbox.enabled))
        return FALSE;
    doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "disabled",
               is_server ? g_strdup_printf(_("the server %s is switched off in crier: nothing "
                                             "goes out by it"),
                                           s->name)
                         : g_strdup_printf(_("the mailbox %s is switched off in crier: nobody "
                                             "reads it"),
                                           s->name),
               g_strdup(_("Switch it on when it is to be used.")));
    return TRUE;
}

/* ---- names ---- */

/* Whoever delivers straight to receivers is judged by it; a server that one logs in to does not
 * look. RFC 5321 4.1.4. */
static gboolean say_hello(const struct doctor_subject *s, struct doctor_finding *f)
{
    if (!doctor_subject_is_smtp(s) || !s->hello)
        return FALSE;
    gboolean is_full = strchr(s->hello, '.') || *s->hello == '[';
    if (is_full && !hostport_is_loopback(s->hello) && !g_str_has_suffix(s->hello, ".local") &&
        !g_str_has_suffix(s->hello, ".localdomain"))
        return FALSE;
    g_autofree char *hello = text_safe(s->hello, -1, 0);
    doctor_evidence(f, _("EHLO name: %s, no name that others can look up"), hello);
    if (s->kind != DOCTOR_OF_SERVER || s->port != PORT_SMTP || s->user ||
        hostport_is_loopback(s->host))
        return FALSE;
    doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "hello",
               g_strdup_printf(_("this machine introduces itself as %s, a name that others "
                                 "cannot look up: many servers refuse that on port 25"),
                               hello),
               g_strdup(_("Set the server's hello, or the setting hello, to the full name of "
                          "this machine.")));
    return TRUE;
}

/* A deliverability hint: receivers judge a mail by the domain it is from. */
static gboolean say_senders(const struct doctor_subject *s, struct doctor_finding *f)
{
    for (guint i = 0; i < s->senders->len; i++) {
        const struct doctor_sender *sender = s->senders->pdata[i];
        const char *at = sender->from ? strrchr(sender->from, '@') : NULL;
        if (at && strchr(at, '.'))
            continue;
        g_autofree char *from = text_safe(sender->from, -1, 0);
        g_autofree char *who = text_safe(sender->campaigns, -1, 0);
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "from",
                   *from ? g_strdup_printf(_("mail is sent from %s, which has no domain that "
                                             "receivers could look up"),
                                           from)
                         : g_strdup_printf(_("campaign %s has no From address yet"), who),
                   g_strdup(_("Give the campaign a From address of a domain of yours.")));
        return TRUE;
    }
    return FALSE;
}

/* ---- libraries ---- */

/* Releases of libcurl that break off or hang between STARTTLS and the EHLO behind it. */
static const struct {
    unsigned number;
    const char *mended;
} broken_curl[] = {{0x080800, "8.9.0"}, {0x080c00, "8.12.1"}};

gboolean settings_judge_curl(unsigned number, const char *version,
                             enum stream_security security, struct doctor_finding *f)
{
    for (gsize i = 0; i < G_N_ELEMENTS(broken_curl); i++) {
        if (broken_curl[i].number != number || security != STREAM_STARTTLS)
            continue;
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_ADMIN, "libcurl",
            g_strdup_printf(_("libcurl %s of this machine loses many a connection after "
                              "STARTTLS, a fault that release %s mended"),
                            version, broken_curl[i].mended),
            g_strdup(_("Upgrade libcurl, or use the server's port with TLS from the first "
                       "byte (465, 993 or 995).")));
        return TRUE;
    }
    return FALSE;
}

/* SQLite before 3.51.3 (3.50.7 and 3.44.6 have the fix, too): when a transaction restarts the
 * write-ahead log at the very moment when a second checkpoint begins, pages may be lost. So
 * rare that nobody has to act; told, so that it is found when a file is damaged. */
gboolean settings_has_wal_fault(int number)
{
    return number < 3044006 || (number >= 3045000 && number < 3050007) ||
           (number >= 3051000 && number < 3051003);
}

static void note_libraries(struct doctor_finding *f)
{
    int sqlite = 0;
    const char *sqlite_text = db_library(&sqlite);
    doctor_evidence(f, "libcurl %s", stream_library(NULL));
    doctor_evidence(f, "SQLite %s%s", sqlite_text,
                    settings_has_wal_fault(sqlite)
                        ? _(": has the WAL-reset fault that 3.51.3 mended; it is very "
                            "rare, and check 24 looks at the database")
                        : "");
}

static gboolean say_library(const struct doctor_subject *s, struct doctor_finding *f)
{
    unsigned number = 0;
    const char *version = stream_library(&number);
    return settings_judge_curl(number, version, s->security, f);
}

/* ---- the check ---- */

/* "WHAT: WHY. REMEDY", as errors are written. */
static void say_message(struct doctor_finding *f, enum doctor_result result, const char *code,
                        const char *message)
{
    const char *end = strstr(message, ". ");
    doctor_say(f, result, DOCTOR_YOU, code,
               end ? g_strndup(message, (gsize)(end - message)) : g_strdup(message),
               end ? g_strdup(end + 2) : NULL);
}

static gboolean say_problem(const struct doctor_subject *s, struct doctor_finding *f)
{
    if (s->problem)
        say_message(f, DOCTOR_FAIL, "settings", s->problem);
    else if (s->secret_problem)
        say_message(f, DOCTOR_FAIL, "secret", s->secret_problem);
    return f->text != NULL;
}

static gboolean say_warning(const struct doctor_subject *s, struct doctor_finding *f)
{
    if (s->warning)
        say_message(f, DOCTOR_WARN, "settings", s->warning);
    return s->warning != NULL;
}

/* The first that has something to say says it: what keeps mail from going out comes first. */
static gboolean (*const sayings[])(const struct doctor_subject *s, struct doctor_finding *f) = {
    say_problem, say_ca_file, say_port,    say_warning,  say_open_login,
    say_library, say_hello,   say_senders, say_disabled,
};

void settings_judge(const struct doctor_subject *s, struct doctor_finding *f)
{
    g_autofree char *words = doctor_subject_words(s);
    note_no_login(s, f);
    for (gsize i = 0; i < G_N_ELEMENTS(sayings); i++)
        if (sayings[i](s, f))
            return;
    doctor_ok(f, g_strdup_printf(_("%s: its settings agree with each other"), words));
}

void doctor_check_settings(struct doctor *d, struct doctor_finding *f)
{
    note_libraries(f);
    settings_judge(d->subject, f);
}
