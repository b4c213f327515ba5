/*
 * Check 16: does the server let us in? One try, as a wrong password tried often locks an
 * account. What mail it takes then is check 17.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>

#include "base/i18n.h"
#include "doctor/hear_private.h"
#include "doctor/talk_private.h"
#include "doctor/wire_private.h"

static void say_refused(const struct wire *w, struct doctor_finding *f, const char *where,
                        const char *said)
{
    const struct doctor_subject *s = w->subject;
    if (s->auth != STREAM_AUTH_PASSWORD)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "login", g_strdup(w->outcome.why), NULL);
    else
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_YOU, "login",
            g_strdup_printf(_("%s refuses the login of %s, wrong name or password: “%s”"),
                            where, s->user, said),
            g_strdup(_("Check user name and password; many providers want a password "
                       "for applications of its own, or the use of SMTP, IMAP or POP3 "
                       "switched on.")));
}

/* In plain it offers no login, as passwords would be read on the way. */
static gboolean wants_tls(const struct wire *w, const char *ehlo)
{
    enum stream_protocol protocol = w->subject->protocol;
    return w->security == STREAM_PLAIN &&
           (hear_offers(protocol, ehlo, "STARTTLS") || hear_offers(protocol, ehlo, "STLS"));
}

static void say_no_mechanism(const struct wire *w, const struct doctor *d,
                             struct doctor_finding *f, const char *where)
{
    g_autofree char *offered = hear_mechanisms(w->subject->protocol, d->facts.ehlo);
    if (wants_tls(w, d->facts.ehlo)) {
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "needs-tls",
                   g_strdup_printf(_("%s wants TLS before a login"), where),
                   doctor_talk_remedy(w->subject, "--security starttls"));
        return;
    }
    doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "no-auth",
               *offered ? g_strdup_printf(_("%s offers no login that fits: it knows %s"), where,
                                          offered)
                        : g_strdup_printf(_("%s offers no login at all, and a user is "
                                            "configured"),
                                          where),
               w->subject->protocol == STREAM_SMTP && !*offered
                   ? g_strdup(_("Use the server's submission port (587 or 465), or remove the "
                                "user where none is needed."))
                   : g_strdup(_("Choose the kind of login that it offers with --auth, or ask "
                                "who runs the server.")));
}

/* Without IMAP's tag, which only we know. */
static const char *last_heard(const struct wire *w)
{
    const char *line = w->heard->len > 0 ? w->heard->pdata[w->heard->len - 1] : "";
    const char *blank = w->subject->protocol == STREAM_IMAP ? strchr(line, ' ') : NULL;
    return blank ? blank + 1 : line;
}

static void say_failed(const struct wire *w, const struct doctor *d, struct doctor_finding *f)
{
    g_autofree char *where = wire_where(w->subject);
    const char *said = last_heard(w);
    switch (w->outcome.fault) {
    case STREAM_FAULT_LOGIN:
        say_refused(w, f, where, said);
        break;
    case STREAM_FAULT_LOGIN_LATER:
        if (w->subject->protocol == STREAM_POP3 && strstr(said, "[IN-USE]"))
            doctor_say(f, DOCTOR_WARN, DOCTOR_NOBODY, "in-use",
                       g_strdup_printf(_("somebody else reads the mailbox at %s now, maybe the "
                                         "worker: “%s”"),
                                       where, said),
                       g_strdup(_("Look again in a minute.")));
        else
            doctor_say(f, DOCTOR_FAIL, DOCTOR_SERVER, "login-later",
                       g_strdup_printf(_("%s cannot check logins now: “%s”"), where, said),
                       g_strdup(_("Try again in some minutes: the password is not the "
                                  "reason.")));
        break;
    case STREAM_FAULT_NO_AUTH:
        say_no_mechanism(w, d, f, where);
        break;
    default:
        doctor_say(f, DOCTOR_FAIL, DOCTOR_SERVER, stream_fault_name(w->outcome.fault),
                   g_strdup(w->outcome.why ? w->outcome.why : _("the connection was lost")),
                   NULL);
    }
}

static void log_in(struct doctor *d, struct doctor_finding *f)
{
    struct wire w;
    wire_init(&w, d->subject, f);
    wire_run(&w);
    if (w.outcome.is_up) {
        d->facts.is_logged_in = TRUE;
        doctor_ok(f, g_strdup_printf(_("logged in as %s"), d->subject->user));
    } else {
        say_failed(&w, d, f);
    }
    wire_clear(&w);
}

void doctor_check_login(struct doctor *d, struct doctor_finding *f)
{
    const struct doctor_subject *s = d->subject;
    if (!s->user)
        doctor_pass(f, g_strdup(_("no login is configured")));
    else if (s->leaves_login)
        doctor_pass(f, g_strdup(_("not tried: it would be one try too many")));
    else if (s->secret_problem)
        doctor_pass(f, g_strdup(_("not tried: there is no password")));
    else
        log_in(d, f);
}
