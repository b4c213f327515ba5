/*
 * Check 17: would the server take the campaigns' mail? MAIL and RCPT for each sender that they
 * use, to the sender's own address, taken back by RSET. DATA is never said. In one sentence is
 * told what hurts most; the others are evidence.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <inttypes.h>
#include <string.h>

#include "app/letter.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/envelope_private.h"
#include "doctor/talk_private.h"
#include "doctor/wire_private.h"
#include "store/campaigns.h"

#define CAMPAIGNS_MAX 20 /* whose size is looked at */

/* Phrases that tell more than code and phase: many servers say at RCPT what they think of the
 * sender or of us. In small letters; the first that fits. */
static const struct {
    const char *phrase;
    enum envelope_fault fault;
} phrases[] = {
    {"starttls", ENVELOPE_NEEDS_TLS},
    {"helo command rejected", ENVELOPE_HELLO},
    {"fully-qualified hostname", ENVELOPE_HELLO},
    {"invalid helo", ENVELOPE_HELLO},
    {"client host", ENVELOPE_CLIENT},
    {"blocked using", ENVELOPE_CLIENT},
    {"blocklist", ENVELOPE_CLIENT},
    {"block list", ENVELOPE_CLIENT},
    {"blacklist", ENVELOPE_CLIENT},
    {"reverse hostname", ENVELOPE_CLIENT},
    {"reverse dns", ENVELOPE_CLIENT},
    {"ptr record", ENVELOPE_CLIENT},
    {"relay", ENVELOPE_RELAY},
    {"sender address rejected", ENVELOPE_SENDER},
    {"send as", ENVELOPE_SENDER},
    {"not owned by user", ENVELOPE_SENDER},
};
static const char *const login_phrases[] = {"authentication required", "authentication needed",
                                            "must authenticate", "not logged in",
                                            "login required"};

static gboolean has_phrase(const char *low)
{
    for (gsize i = 0; i < G_N_ELEMENTS(login_phrases); i++)
        if (strstr(low, login_phrases[i]))
            return TRUE;
    return FALSE;
}

static enum envelope_fault by_phrase(const char *low)
{
    for (gsize i = 0; i < G_N_ELEMENTS(phrases); i++)
        if (strstr(low, phrases[i].phrase))
            return phrases[i].fault;
    return ENVELOPE_TAKEN;
}

static enum envelope_fault later_fault(const struct wire_reply *r, const char *low,
                                       enum envelope_fault by_words)
{
    if (r->code == 421)
        return ENVELOPE_BUSY;
    if (by_words == ENVELOPE_CLIENT || by_words == ENVELOPE_HELLO)
        return by_words;
    if (strstr(low, "greylist") || strstr(low, "graylist"))
        return ENVELOPE_GREYLISTED;
    return r->phase == REPLY_RCPT && by_words == ENVELOPE_TAKEN ? ENVELOPE_GREYLISTED
                                                                : ENVELOPE_LATER;
}

enum envelope_fault envelope_fault_of(const struct wire_reply *r, gboolean has_user)
{
    if (r->class == REPLY_PROCEED)
        return ENVELOPE_TAKEN;
    if (!r->is_known)
        return ENVELOPE_UNKNOWN;
    g_autofree char *low = g_ascii_strdown(r->text, -1);
    enum envelope_fault by_words = by_phrase(low);
    if (r->code / 100 == 4)
        return later_fault(r, low, by_words);
    if (by_words == ENVELOPE_NEEDS_TLS)
        return by_words;
    if (!has_user && (r->code == 530 || has_phrase(low)))
        return ENVELOPE_NEEDS_LOGIN;
    if (r->code == 552 || strstr(low, "5.3.4"))
        return ENVELOPE_SIZE;
    if (by_words != ENVELOPE_TAKEN)
        return by_words;
    return r->phase == REPLY_RCPT ? ENVELOPE_RECIPIENT : ENVELOPE_SENDER;
}

/* The worse, the further down. */
static const struct {
    const char *code;
    enum doctor_result result;
    enum doctor_who who;
} fault_rows[ENVELOPE_FAULT_COUNT] = {
    [ENVELOPE_TAKEN] = {NULL, DOCTOR_OK, DOCTOR_NOBODY},
    [ENVELOPE_GREYLISTED] = {"greylisted", DOCTOR_WARN, DOCTOR_NOBODY},
    [ENVELOPE_LATER] = {"later", DOCTOR_WARN, DOCTOR_SERVER},
    [ENVELOPE_RECIPIENT] = {"recipient", DOCTOR_WARN, DOCTOR_YOU},
    [ENVELOPE_UNKNOWN] = {"lost", DOCTOR_FAIL, DOCTOR_SERVER},
    [ENVELOPE_BUSY] = {"busy", DOCTOR_FAIL, DOCTOR_SERVER},
    [ENVELOPE_SIZE] = {"size", DOCTOR_FAIL, DOCTOR_SERVER},
    [ENVELOPE_SENDER] = {"sender", DOCTOR_FAIL, DOCTOR_YOU},
    [ENVELOPE_RELAY] = {"relay", DOCTOR_FAIL, DOCTOR_SERVER},
    [ENVELOPE_HELLO] = {"hello", DOCTOR_FAIL, DOCTOR_YOU},
    [ENVELOPE_CLIENT] = {"client", DOCTOR_FAIL, DOCTOR_SERVER},
    [ENVELOPE_NEEDS_LOGIN] = {"needs-login", DOCTOR_FAIL, DOCTOR_YOU},
    [ENVELOPE_NEEDS_TLS] = {"needs-tls", DOCTOR_FAIL, DOCTOR_YOU},
};

struct desk {
    struct doctor *d;
    struct doctor_finding *f;
    const struct doctor_subject *s;
    char *where; /* owned */
};

/* ---- what to say ---- */

static char *say_text(const struct desk *k, enum envelope_fault fault,
                      const struct doctor_sender *who, const struct wire_reply *r)
{
    const char *said = r->text ? r->text : "";
    switch (fault) {
    case ENVELOPE_GREYLISTED:
        return g_strdup_printf(_("%s puts mail from %s off for a while, as greylisting does: "
                                 "“%s”"),
                               k->where, who->sender, said);
    case ENVELOPE_LATER:
        return g_strdup_printf(_("%s does not take mail from %s now: “%s”"), k->where,
                               who->sender, said);
    case ENVELOPE_RECIPIENT:
        return g_strdup_printf(_("%s does not know %s, the campaigns' own address: “%s”"),
                               k->where, who->from, said);
    case ENVELOPE_BUSY:
        return g_strdup_printf(_("%s breaks off: “%s”"), k->where, said);
    case ENVELOPE_SIZE:
        return g_strdup_printf(_("%s takes no mail of this size from %s: “%s”"), k->where,
                               who->sender, said);
    case ENVELOPE_RELAY:
        return g_strdup_printf(_("%s does not pass mail on for the sender %s (relay denied): "
                                 "“%s”"),
                               k->where, who->sender, said);
    case ENVELOPE_HELLO:
        return g_strdup_printf(_("%s does not accept our name %s: “%s”"), k->where, k->s->hello,
                               said);
    case ENVELOPE_CLIENT:
        return g_strdup_printf(_("%s refuses the address that we come from: “%s”"), k->where,
                               said);
    case ENVELOPE_NEEDS_TLS:
        return g_strdup_printf(_("%s wants TLS before it takes mail: “%s”"), k->where, said);
    case ENVELOPE_NEEDS_LOGIN:
        return g_strdup_printf(_("%s wants a login before it takes mail, and no user is "
                                 "configured: “%s”"),
                               k->where, said);
    case ENVELOPE_UNKNOWN:
        return g_strdup_printf(_("%s gave no answer to the sender %s"), k->where, who->sender);
    default:
        return g_strdup_printf(_("%s refuses the sender %s: “%s”"), k->where, who->sender,
                               said);
    }
}

static char *say_next(const struct desk *k, enum envelope_fault fault, gboolean takes_from)
{
    switch (fault) {
    case ENVELOPE_GREYLISTED:
        return g_strdup(_("Nothing needs to be done: the mail is tried again by itself."));
    case ENVELOPE_LATER:
    case ENVELOPE_BUSY:
    case ENVELOPE_UNKNOWN:
        return g_strdup(_("Try again in some minutes; when it stays like this, ask who runs "
                          "the server."));
    case ENVELOPE_RECIPIENT:
        return g_strdup(_("Make that address there, or replies and bounces get lost."));
    case ENVELOPE_SIZE:
        return g_strdup(_("Send smaller mail, or ask who runs the server for a larger limit."));
    case ENVELOPE_RELAY:
        return g_strdup(k->s->user ? _("Ask who runs the server to let this user send from "
                                       "that address.")
                                   : _("Set a user and password, or ask who runs the server to "
                                       "let this machine send by it."));
    case ENVELOPE_HELLO:
        return g_strdup(_("Give this machine a name that is known in the DNS: crier settings "
                          "set --hello NAME."));
    case ENVELOPE_CLIENT:
        return g_strdup(_("Look whether this address has a reverse name and is on no block "
                          "list, or send by a provider's server with a login."));
    case ENVELOPE_NEEDS_TLS:
        return doctor_talk_remedy(k->s, "--security starttls");
    case ENVELOPE_NEEDS_LOGIN:
        return doctor_talk_remedy(k->s, "--user NAME --password-file FILE");
    default:
        return takes_from ? doctor_talk_remedy(k->s, "--envelope plain")
                          : g_strdup(_("Ask who runs the server which senders this user may "
                                       "have, and use one of them as From."));
    }
}

static void put_evidence(const struct desk *k, const struct doctor_sender *who,
                         const struct wire_reply *r)
{
    const char *said = r->text ? r->text : _("no answer");
    if (who->campaigns && *who->campaigns)
        doctor_evidence(k->f, _("from %s to %s (campaigns %s): %s"), who->sender, who->from,
                        who->campaigns, said);
    else
        doctor_evidence(k->f, _("from %s to %s: %s"), who->sender, who->from, said);
}

/* ---- the largest mail ---- */

/* Octets of a campaign's mail to nobody in particular; 0: it cannot be made yet. */
static gsize mail_size(struct db *db, const char *name)
{
    struct campaign c;
    guint8 key[32];
    const struct letter_person nobody = {.address = "somebody@example.org",
                                         .fields_json = "{}",
                                         .date = "Thu, 01 Jan 2026 00:00:00 +0000"};
    if (!db_hmac_key(db, key, NULL) || !campaigns_get(db, name, &c, NULL))
        return 0;
    g_autoptr(GString) out = g_string_new(NULL);
    struct letter *l = letter_draft(db, &c, NULL);
    gboolean ok = l && letter_write(l, key, &nobody, out, NULL);
    letter_free(l);
    campaign_clear(&c);
    return ok ? out->len : 0;
}

static gsize largest_mail(const struct desk *k, char **ret_name)
{
    gsize largest = 0;
    for (guint i = 0; k->s->db && i < k->s->senders->len; i++) {
        const struct doctor_sender *who = k->s->senders->pdata[i];
        g_auto(GStrv) names = g_strsplit(who->campaigns ? who->campaigns : "", ", ", 0);
        for (int n = 0; names[n] && n < CAMPAIGNS_MAX; n++) {
            gsize size = *names[n] ? mail_size(k->s->db, names[n]) : 0;
            if (size <= largest)
                continue;
            largest = size;
            g_free(*ret_name);
            *ret_name = g_strdup(names[n]);
        }
    }
    return largest;
}

/* True: it was said that the campaigns' mail is too large. */
static gboolean is_too_large(const struct desk *k)
{
    struct smtp_extensions e;
    g_autofree char *name = NULL;
    smtp_extensions_parse(k->d->facts.ehlo ? k->d->facts.ehlo : "", &e);
    gint64 limit = e.size ? e.size_max : 0;
    smtp_extensions_clear(&e);
    gsize size = limit > 0 ? largest_mail(k, &name) : 0;
    if (size == 0)
        return FALSE;
    g_autofree char *is = g_format_size(size), *most = g_format_size((guint64)limit);
    doctor_evidence(k->f, _("largest mail: %s (campaign %s); the server takes %s"), is, name,
                    most);
    if ((gint64)size <= limit)
        return FALSE;
    doctor_say(k->f, DOCTOR_FAIL, DOCTOR_SERVER, "size",
               g_strdup_printf(_("%s takes mail of at most %s, and campaign %s has %s"),
                               k->where, most, name, is),
               say_next(k, ENVELOPE_SIZE, FALSE));
    return TRUE;
}

/* ---- trying it ---- */

static struct smtp_message message_of(const char *sender, const char *recipient)
{
    return (struct smtp_message){.sender = sender,
                                 .recipient = recipient,
                                 .needs_smtputf8 =
                                     !g_str_is_ascii(sender) || !g_str_is_ascii(recipient)};
}

/* False: the connection did not even come up, and that was said. */
static gboolean try_all(const struct desk *k, const struct smtp_message *messages, guint n,
                        struct wire_reply *replies)
{
    struct wire w;
    struct wire_mail m = {.messages = messages, .n = n, .is_trial = TRUE, .replies = replies};
    wire_init(&w, k->s, k->f);
    w.talk = wire_mail_talk();
    w.data = &m;
    wire_run(&w);
    gboolean is_up = w.outcome.is_up;
    if (!is_up && !k->f->text)
        doctor_say(k->f, DOCTOR_FAIL, DOCTOR_SERVER, stream_fault_name(w.outcome.fault),
                   g_strdup(w.outcome.why), NULL);
    wire_mail_clear(&m);
    wire_clear(&w);
    return is_up;
}

/* Whether From's own address is taken where a sender at a mailbox is not. */
static gboolean takes_from(const struct desk *k, const struct doctor_sender *who)
{
    struct smtp_message m = message_of(who->from, who->from);
    struct wire_reply r = {0};
    if (g_str_equal(who->from, who->sender) || !try_all(k, &m, 1, &r))
        return FALSE;
    gboolean is_taken = r.class == REPLY_PROCEED && r.is_known;
    doctor_evidence(k->f, _("from %s to %s: %s"), who->from, who->from, r.text);
    wire_reply_clear(&r);
    return is_taken;
}

static void say_taken(const struct desk *k)
{
    const struct doctor_sender *who = k->s->senders->pdata[0];
    guint n = k->s->senders->len;
    if (is_too_large(k))
        return;
    doctor_ok(k->f, n == 1 ? g_strdup_printf(_("%s takes mail from %s"), k->where, who->sender)
                           : g_strdup_printf(_("%s takes mail from each of the %u senders that "
                                               "campaigns use"),
                                             k->where, n));
}

static void judge(const struct desk *k, const struct wire_reply *replies)
{
    enum envelope_fault worst = ENVELOPE_TAKEN;
    guint at = 0;
    for (guint i = 0; i < k->s->senders->len; i++) {
        enum envelope_fault fault = envelope_fault_of(&replies[i], k->s->user != NULL);
        put_evidence(k, k->s->senders->pdata[i], &replies[i]);
        if (fault > worst) {
            worst = fault;
            at = i;
        }
    }
    if (worst == ENVELOPE_TAKEN) {
        say_taken(k);
        return;
    }
    const struct doctor_sender *who = k->s->senders->pdata[at];
    char *text = say_text(k, worst, who, &replies[at]);
    char *next = say_next(k, worst, worst == ENVELOPE_SENDER && takes_from(k, who));
    if (!k->f->text)
        doctor_say(k->f, fault_rows[worst].result, fault_rows[worst].who,
                   fault_rows[worst].code, g_steal_pointer(&text), g_steal_pointer(&next));
    g_free(text);
    g_free(next);
}

static void look(const struct desk *k)
{
    guint n = k->s->senders->len;
    g_autofree struct wire_reply *replies = g_new0(struct wire_reply, n);
    g_autofree struct smtp_message *messages = g_new0(struct smtp_message, n);
    for (guint i = 0; i < n; i++) {
        const struct doctor_sender *who = k->s->senders->pdata[i];
        messages[i] = message_of(who->sender, who->from);
    }
    if (try_all(k, messages, n, replies))
        judge(k, replies);
    for (guint i = 0; i < n; i++)
        wire_reply_clear(&replies[i]);
}

void doctor_check_envelope(struct doctor *d, struct doctor_finding *f)
{
    struct desk k = {.d = d, .f = f, .s = d->subject};
    if (!doctor_subject_is_smtp(d->subject)) {
        doctor_pass(f, g_strdup(_("no mail goes out there")));
    } else if (d->subject->senders->len == 0) {
        doctor_pass(f,
                    g_strdup(d->subject->kind == DOCTOR_OF_HOST
                                 ? _("no sender was named: --from ADDRESS tries one")
                                 : _("no campaign uses it yet, so the sender is not known")));
    } else if (d->subject->user && !d->facts.is_logged_in) {
        doctor_pass(f, g_strdup(_("not tried without the login")));
    } else {
        k.where = wire_where(d->subject);
        look(&k);
        g_free(k.where);
    }
}
