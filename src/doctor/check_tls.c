/*
 * Check 15: is the connection safe, as campaigns want it? By libcurl with verification; where
 * that fails the certificate is looked at once more without, and without a login, so that it
 * can be said what is wrong with it.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/hear_private.h"
#include "doctor/talk_private.h"
#include "doctor/tls_private.h"
#include "doctor/wire_private.h"
#include "net/stream_chain.h"
#include "net/talk.h"

#define DAY_US (24 * 3600 * (gint64)CLOCK_SECOND_US)
#define SOON_DAYS 14
#define NAMES_SHOWN 6
#define DOOR_US (3 * (gint64)CLOCK_SECOND_US)
#define DOOR_LINES 50

/* What libcurl's last words on a failed handshake mean. The first that fits. */
static const struct {
    const char *part;
    enum tls_fault fault;
} said_rows[] = {
    {"certificate has expired", TLS_EXPIRED},
    {"certificate is not yet valid", TLS_NOT_YET},
    {"no alternative certificate subject name", TLS_WRONG_NAME},
    {"does not match target host name", TLS_WRONG_NAME},
    {"unable to obtain common name", TLS_WRONG_NAME},
    {"self-signed certificate in", TLS_UNKNOWN_CA},
    {"self signed certificate in", TLS_UNKNOWN_CA},
    {"self-signed certificate", TLS_SELF_SIGNED},
    {"self signed certificate", TLS_SELF_SIGNED},
    {"unable to get local issuer", TLS_UNKNOWN_CA},
    {"unable to get issuer", TLS_UNKNOWN_CA},
    {"unable to verify the first", TLS_UNKNOWN_CA},
    {"unsupported protocol", TLS_OLD},
    {"protocol version", TLS_OLD},
    {"wrong version number", TLS_NONE},
};

enum tls_fault tls_fault_of(const char *said)
{
    for (gsize i = 0; i < G_N_ELEMENTS(said_rows); i++)
        if (strstr(said, said_rows[i].part))
            return said_rows[i].fault;
    return TLS_OTHER;
}

/* Programs that open the connections of a machine or a company and sign them anew. */
const char *tls_interceptor(const char *issuer)
{
    static const char *const names[] = {
        "Avast",          "AVG",       "Bitdefender", "ESET",     "Fortinet",  "FortiGate",
        "Kaspersky",      "Sophos",    "Zscaler",     "Netskope", "Palo Alto", "Check Point",
        "Cisco Umbrella", "Barracuda", "McAfee",      "Norton",   "Untangle",  "WatchGuard",
    };
    for (gsize i = 0; issuer && i < G_N_ELEMENTS(names); i++)
        if (strstr(issuer, names[i]))
            return names[i];
    return NULL;
}

struct desk {
    struct doctor *d;
    struct doctor_finding *f;
    const struct doctor_subject *s;
    char *where;                            /* owned */
    const struct stream_certificate *first; /* borrowed; the server's own; NULL: not seen */
};

/* ---- what is seen ---- */

static char *day_of(gint64 us)
{
    char *text = clock_format_utc(us);
    text[strcspn(text, "T ")] = '\0';
    return text;
}

static char *names_of(const struct stream_certificate *c)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < c->names->len && i < NAMES_SHOWN; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)c->names->pdata[i]);
    if (c->names->len > NAMES_SHOWN)
        g_string_append(text, ", …");
    if (c->names->len == 0 && c->subject)
        return stream_certificate_common_name(c->subject);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *issuer_of(const struct stream_certificate *c)
{
    return c && c->issuer ? stream_certificate_common_name(c->issuer) : g_strdup("?");
}

static void put_chain(struct desk *k, const GPtrArray *chain)
{
    for (guint i = 0; chain && i < chain->len; i++) {
        const struct stream_certificate *c = chain->pdata[i];
        g_autofree char *begin = day_of(c->begin_us), *end = day_of(c->end_us);
        doctor_evidence(k->f, _("certificate %u: %s, issued by %s, from %s to %s"), i + 1,
                        c->subject ? c->subject : "?", c->issuer ? c->issuer : "?", begin, end);
        if (i == 0 && c->names->len > 0) {
            g_autofree char *names = names_of(c);
            doctor_evidence(k->f, _("it is for %s"), names);
        }
    }
}

/* ---- verdicts on a certificate ---- */

static void fail(struct desk *k, enum doctor_who who, const char *code, char *take_text,
                 char *take_next)
{
    doctor_say(k->f, DOCTOR_FAIL, who, code, take_text, take_next);
}

static void say_expired(struct desk *k)
{
    g_autofree char *day = k->first ? day_of(k->first->end_us) : g_strdup("?");
    gint64 days = k->first ? (clock_wall_us() - k->first->end_us) / DAY_US : 0;
    if (days < 0)
        days = 0; /* of another one in the chain */
    fail(k, DOCTOR_SERVER, "expired",
         g_strdup_printf(ngettext("the certificate of %s expired on %s, %" PRId64 " day ago",
                                  "the certificate of %s expired on %s, %" PRId64 " days ago",
                                  (gulong)days),
                         k->where, day, days),
         g_strdup(_("Whoever runs the server must renew it; until then no campaign sends by "
                    "it.")));
}

static void say_not_yet(struct desk *k)
{
    g_autofree char *day = k->first ? day_of(k->first->begin_us) : g_strdup("?");
    g_autofree char *now = clock_format_utc(clock_wall_us());
    fail(k, DOCTOR_ADMIN, "not-yet-valid",
         g_strdup_printf(_("the certificate of %s is valid only from %s on, and this machine's "
                           "clock says %s"),
                         k->where, day, now),
         g_strdup(_("Set this machine's clock right.")));
}

static void say_wrong_name(struct desk *k)
{
    g_autofree char *names = k->first ? names_of(k->first) : g_strdup("?");
    fail(k, DOCTOR_YOU, "wrong-name",
         g_strdup_printf(_("the certificate of %s is not for %s, but for %s"), k->where,
                         k->s->host, names),
         g_strdup(_("Use one of these names as the host if it is the right server; if it is "
                    "not, something in between answers for it.")));
}

static void say_self_signed(struct desk *k)
{
    fail(k, DOCTOR_YOU, "self-signed",
         g_strdup_printf(_("the certificate of %s is self-signed: nobody vouches for it"),
                         k->where),
         doctor_talk_remedy(k->s, _("--ca-file FILE (that certificate, from who runs it)")));
}

static void say_unknown_ca(struct desk *k)
{
    g_autofree char *issuer = issuer_of(k->first);
    fail(k, DOCTOR_YOU, "unknown-ca",
         g_strdup_printf(_("the certificate of %s is signed by “%s”, an authority that this "
                           "machine does not know"),
                         k->where, issuer),
         doctor_talk_remedy(k->s, _("--ca-file FILE (that authority's certificate)")));
}

static void say_intercepted(struct desk *k, const char *by)
{
    fail(
        k, DOCTOR_NETWORK, "intercepted",
        g_strdup_printf(_("%s in between opens the encryption of %s and shows a certificate of "
                          "its own"),
                        by, k->where),
        g_strdup(_("Ask who runs it to leave the server's port alone.")));
}

static void say_old(struct desk *k)
{
    fail(k, DOCTOR_SERVER, "old-tls",
         g_strdup_printf(_("%s speaks no TLS that is still safe (1.2 or 1.3)"), k->where),
         g_strdup(_("Whoever runs the server must switch TLS 1.2 or 1.3 on.")));
}

static void say_fault(struct desk *k, enum tls_fault fault, const struct wire *w)
{
    static void (*const says[TLS_FAULT_COUNT])(struct desk *) = {
        [TLS_EXPIRED] = say_expired,       [TLS_NOT_YET] = say_not_yet,
        [TLS_WRONG_NAME] = say_wrong_name, [TLS_SELF_SIGNED] = say_self_signed,
        [TLS_UNKNOWN_CA] = say_unknown_ca, [TLS_OLD] = say_old,
    };
    gboolean is_about_trust = fault == TLS_SELF_SIGNED || fault == TLS_UNKNOWN_CA;
    const char *by = k->first && is_about_trust ? tls_interceptor(k->first->issuer) : NULL;
    if (by)
        say_intercepted(k, by);
    else if (says[fault])
        says[fault](k);
    else
        fail(k, DOCTOR_SERVER, "tls",
             g_strdup_printf(_("the TLS handshake with %s fails: “%s”"), k->where, w->trouble),
             g_strdup(_("Ask who runs the server; an antivirus or firewall in between may "
                        "break it, too.")));
}

/* Once more, without judging it: what certificate is it? */
static void look_again(struct desk *k, enum tls_fault fault, const struct wire *failed)
{
    struct wire w;
    wire_init(&w, k->s, k->f);
    w.with_login = FALSE;
    w.is_unverified = TRUE;
    wire_run(&w);
    put_chain(k, w.chain);
    if (w.chain && w.chain->len > 0)
        k->first = w.chain->pdata[0];
    say_fault(k, fault, failed);
    k->first = NULL;
    wire_clear(&w);
}

/* ---- STARTTLS ---- */

static const char *starttls_word(enum stream_protocol protocol)
{
    return protocol == STREAM_POP3 ? "STLS" : "STARTTLS";
}

/* Whether another open door of the same host offers STARTTLS. */
static gboolean offers_elsewhere(const struct doctor *d)
{
    const struct doctor_facts *k = &d->facts;
    gboolean found = FALSE;
    if (d->subject->protocol != STREAM_SMTP || !k->address || k->other_port <= 0 ||
        k->other_port == 465)
        return FALSE;
    gint64 until = clock_mono_us() + DOOR_US;
    struct talk *t = talk_open(k->address, (guint16)k->other_port, until, NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *ehlo = g_strconcat("EHLO ", d->subject->hello, NULL);
    if (t && talk_hear(t, until, line) == TALK_LINE && talk_say(t, ehlo, until))
        for (int i = 0; i < DOOR_LINES && !found && talk_hear(t, until, line) == TALK_LINE; i++)
            found = line->len > 4 && g_ascii_strcasecmp(line->str + 4, "STARTTLS") == 0;
    if (t)
        (void)talk_say(t, "QUIT", until);
    talk_free(t);
    return found;
}

static void say_not_offered(struct desk *k)
{
    const struct doctor_facts *known = &k->d->facts;
    g_autofree char *masked = k->s->protocol == STREAM_SMTP ? hear_masked(known->ehlo) : NULL;
    char *text = NULL, *next = NULL;
    if (masked) {
        text = g_strdup_printf(_("a firewall in between took STARTTLS away from what %s offers "
                                 "(“%s” stands in its place)"),
                               k->where, masked);
    } else if (known->is_proxied) {
        text = g_strdup_printf(_("what answers in the place of %s does not offer STARTTLS: an "
                                 "antivirus, firewall or proxy in between took it away"),
                               k->where);
    } else if (offers_elsewhere(k->d)) {
        k->f->use_port = (guint16)known->other_port;
        text =
            g_strdup_printf(_("%s does not offer STARTTLS, but port %d of the same host "
                              "does: maybe an antivirus or firewall in between takes it away"),
                            k->where, known->other_port);
        next =
            g_strdup_printf(_("Use port %d, or ask who runs the network to leave mail alone."),
                            known->other_port);
    }
    if (text) {
        fail(k, DOCTOR_NETWORK, "no-starttls", text,
             next ? next
                  : g_strdup(_("Ask who runs the network to leave mail alone, or use port 465 "
                               "with security tls, which cannot be taken away.")));
        return;
    }
    next = k->s->protocol == STREAM_SMTP
               ? g_strdup(_("Try port 465 with security tls; an antivirus or firewall in "
                            "between may have taken STARTTLS away."))
               : g_strdup(_("Try security tls (port 993 for IMAP, 995 for POP3); an antivirus "
                            "or firewall in between may have taken STARTTLS away."));
    fail(k, DOCTOR_SERVER, "no-starttls",
         g_strdup_printf(_("%s does not offer STARTTLS, so that nothing goes out there safely"),
                         k->where),
         next);
}

static void say_refused(struct desk *k, const struct wire *w)
{
    const char *said = w->heard->len > 0 ? w->heard->pdata[w->heard->len - 1] : "";
    fail(k, DOCTOR_SERVER, "starttls-refused",
         g_strdup_printf(_("%s offers STARTTLS, but then refuses it: “%s”"), k->where, said),
         g_strdup(_("Ask who runs the server: its TLS is not set up, or it is short of "
                    "something. Other ports may work.")));
}

/* ---- a connection that came up ---- */

static char *version_of(const struct wire *w)
{
    g_auto(GStrv) words = g_strsplit(w->peer, " ", 3);
    return g_strdup(words[0] && words[1] ? words[1] : "TLS");
}

static void say_good(struct desk *k, const struct wire *w)
{
    g_autofree char *version = version_of(w), *issuer = issuer_of(k->first);
    doctor_evidence(k->f, "%s", w->peer);
    if (!k->first || k->first->end_us == 0) {
        doctor_ok(k->f, g_strdup_printf(_("%s: %s"), k->where, version));
        return;
    }
    gint64 days = MAX((k->first->end_us - clock_wall_us()) / DAY_US, 0);
    g_autofree char *day = day_of(k->first->end_us);
    if (days < SOON_DAYS)
        doctor_say(
            k->f, DOCTOR_WARN, DOCTOR_SERVER, "expires-soon",
            g_strdup_printf(ngettext("the certificate of %s expires in %" PRId64 " day, on %s",
                                     "the certificate of %s expires in %" PRId64 " days, on %s",
                                     (gulong)days),
                            k->where, days, day),
            g_strdup(_("Whoever runs the server must renew it before then, or sending "
                       "stops.")));
    else
        doctor_ok(k->f,
                  g_strdup_printf(
                      _("%s; the certificate is by %s and good until %s (%" PRId64 " days)"),
                      version, issuer, day, days));
}

static void take_up(struct desk *k, const struct wire *w)
{
    k->d->facts.is_encrypted = TRUE;
    /* What counts is what it offers within TLS. */
    if (*w->capabilities) {
        g_free(k->d->facts.ehlo);
        k->d->facts.ehlo = g_strdup(w->capabilities);
    }
    put_chain(k, w->chain);
    if (w->chain && w->chain->len > 0)
        k->first = w->chain->pdata[0];
    say_good(k, w);
    k->first = NULL;
}

static void connect_and_judge(struct desk *k)
{
    struct wire w;
    wire_init(&w, k->s, k->f);
    w.with_login = FALSE;
    wire_run(&w);
    if (w.outcome.is_up)
        take_up(k, &w);
    else if (w.outcome.fault == STREAM_FAULT_NO_STARTTLS)
        say_refused(k, &w);
    else if (w.outcome.fault == STREAM_FAULT_TLS)
        look_again(k, tls_fault_of(w.trouble), &w);
    else
        fail(k, DOCTOR_SERVER, stream_fault_name(w.outcome.fault), g_strdup(w.outcome.why),
             NULL);
    wire_clear(&w);
}

static void judge_plain(struct desk *k)
{
    const char *word = starttls_word(k->s->protocol);
    if (!k->d->facts.is_loopback && hear_offers(k->s->protocol, k->d->facts.ehlo, word))
        doctor_say(
            k->f, DOCTOR_WARN, DOCTOR_YOU, "plain",
            g_strdup_printf(_("mail goes to %s in plain, although it offers TLS"), k->where),
            doctor_talk_remedy(k->s, "--security starttls"));
    else
        doctor_pass(k->f, g_strdup(_("no encryption is configured")));
}

void doctor_check_tls(struct doctor *d, struct doctor_finding *f)
{
    struct desk k = {.d = d, .f = f, .s = d->subject};
    k.where = wire_where(d->subject);
    if (d->subject->security == STREAM_PLAIN)
        judge_plain(&k);
    else if (d->subject->security == STREAM_STARTTLS && d->facts.ehlo &&
             !hear_offers(d->subject->protocol, d->facts.ehlo,
                          starttls_word(d->subject->protocol)))
        say_not_offered(&k);
    else
        connect_and_judge(&k);
    g_free(k.where);
}
