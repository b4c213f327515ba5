/*
 * Check 27: does the domain itself name another server than the one that was set? Many send by
 * another on purpose, so it is a warning only where ours does not work.
 */
#include "config.h"

#include "doctor/check_srv.h"

#include <string.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "doctor/checks_private.h"
#include "doctor/lookup.h"
#include "doctor/senders.h"

#define SERVICES_MAX 2

/* TLS from the first octet on is to be preferred (RFC 8314 section 5.1). */
static const char *const services[STREAM_PROTOCOL_COUNT][SERVICES_MAX] = {
    [STREAM_SMTP] = {"_submissions._tcp", "_submission._tcp"},
    [STREAM_IMAP] = {"_imaps._tcp", "_imap._tcp"},
    [STREAM_POP3] = {"_pop3s._tcp", "_pop3._tcp"},
};

struct named { /* what the records name */
    const struct dns_value *best;
    gboolean is_ours;   /* one of them is what was set */
    gboolean is_host;   /* one of them is that host, by another port */
    gboolean is_failed; /* and nothing else was found */
};

static void take_answer(const struct check_srv_seen *s, const struct dns_answer *a,
                        struct named *n)
{
    n->is_failed |= a->status == DNS_FAILED;
    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *v = a->values->pdata[i];
        gboolean is_host = g_ascii_strcasecmp(v->text, s->host) == 0;
        if (*v->text == '\0')
            continue; /* "." says that there is no such service */
        if (!n->best)
            n->best = v;
        n->is_host |= is_host;
        n->is_ours |= is_host && v->port == s->port;
    }
}

static void say_other(const struct check_srv_seen *s, const struct named *n,
                      struct doctor_finding *f)
{
    const struct hostport ours = {.host = (char *)s->host, .port = (guint16)s->port};
    const struct hostport theirs = {.host = n->best->text, .port = (guint16)n->best->port};
    g_autofree char *a = hostport_format(&ours), *b = hostport_format(&theirs);
    g_autofree char *other = text_safe(b, -1, 0);
    char *text = g_strdup_printf(s->protocol == STREAM_SMTP
                                     ? _("%s names %s for sending (SRV), not %s")
                                     : _("%s names %s for reading mail (SRV), not %s"),
                                 s->domain, other, a);
    if (s->is_in_trouble)
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "srv-differs", text,
                   g_strdup_printf(_("Try %s, unless another provider is meant."), other));
    else
        doctor_ok(f, text);
}

void check_srv_judge(spf_ask *ask, void *data, const struct check_srv_seen *s,
                     struct doctor_finding *f)
{
    struct named n = {.best = NULL};
    for (int i = 0; i < SERVICES_MAX; i++) {
        g_autofree char *name = g_strdup_printf("%s.%s", services[s->protocol][i], s->domain);
        const struct dns_answer *a = ask(data, name, DNS_SRV);
        lookup_show(f, a);
        take_answer(s, a, &n);
    }
    if (n.is_ours)
        doctor_ok(f, g_strdup_printf(_("%s names this very server (SRV)"), s->domain));
    else if (n.best)
        say_other(s, &n, f);
    else if (n.is_failed)
        doctor_pass(
            f, g_strdup_printf(_("the SRV records of %s could not be looked up"), s->domain));
    else
        doctor_pass(f, g_strdup_printf(_("%s names no server by SRV records"), s->domain));
}

/* ---- the check ---- */

static gboolean has_failed(const struct doctor *d)
{
    static const char *const checks[] = {"names", "connect", "greeting", "tls", "login"};
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
        const struct doctor_finding *f = doctor_found(d, checks[i]);
        if (f && f->result == DOCTOR_FAIL)
            return TRUE;
    }
    return FALSE;
}

/* The domain whose records tell: the first sender's, or that of the mailbox's user or address;
 * NULL: none. Caller frees. */
static char *domain_of(const struct doctor *d)
{
    const struct doctor_subject *s = d->subject;
    if (s->kind != DOCTOR_OF_MAILBOX) {
        g_autoptr(GPtrArray) pairs = senders_pairs(d);
        return pairs->len > 0 ? g_strdup(((struct senders_pair *)pairs->pdata[0])->from) : NULL;
    }
    const char *const addresses[] = {s->mailbox.address, s->user};
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        struct mailaddr a;
        if (!addresses[i] || !mailaddr_parse(addresses[i], &a, NULL))
            continue;
        char *domain = g_strdup(a.domain);
        mailaddr_clear(&a);
        return domain;
    }
    return NULL;
}

gboolean doctor_asks_srv(const struct doctor *d)
{
    return d->subject->kind == DOCTOR_OF_MAILBOX || senders_are_asked(d);
}

void doctor_check_srv(struct doctor *d, struct doctor_finding *f)
{
    const struct doctor_subject *s = d->subject;
    g_autofree char *domain = s->host ? domain_of(d) : NULL;
    if (!domain || *domain == '[') {
        doctor_pass(f, g_strdup(_("there is no domain whose SRV records could be looked at")));
        return;
    }
    struct lookup *lookup = lookup_of(d, f);
    if (!lookup)
        return;
    const struct check_srv_seen seen = {.domain = domain,
                                        .protocol = s->protocol,
                                        .host = s->host,
                                        .port = s->port,
                                        .is_in_trouble = has_failed(d)};
    check_srv_judge(lookup_ask, lookup, &seen, f);
}
