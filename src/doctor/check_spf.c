/*
 * Check 19: does SPF of the sender's domain cover the address that receivers will see? Nothing
 * here stops mail from going out: it is receivers that mind.
 */
#include "config.h"

#include "doctor/check_sender.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/checks_private.h"
#include "doctor/lookup.h"
#include "doctor/senders.h"
#include "doctor/sending.h"

/* It passes, though it warns. */
#define CODE_LOOKUPS "spf-lookups"
#define CODE_OPEN "spf-open"
#define NOBODYS_ADDRESS "0.0.0.0" /* in no record: every term is looked at */

/* ---- what is said, of one and of all ---- */

void sender_said_clear(struct sender_said *s)
{
    g_free(s->text);
    g_free(s->next);
    *s = (struct sender_said){.result = DOCTOR_SKIP};
}

static int badness(const struct sender_said *s)
{
    static const int table[DOCTOR_RESULT_COUNT] = {
        [DOCTOR_SKIP] = 1, [DOCTOR_OK] = 2, [DOCTOR_WARN] = 3, [DOCTOR_FAIL] = 4};
    return s->text ? table[s->result] : 0;
}

void sender_said_merge(struct sender_said *all, struct sender_said *take)
{
    if (badness(take) <= badness(all)) {
        sender_said_clear(take);
        return;
    }
    sender_said_clear(all);
    *all = *take;
    *take = (struct sender_said){.result = DOCTOR_SKIP};
}

void sender_said_give(struct sender_said *s, struct doctor_finding *f)
{
    doctor_say(f, s->result, s->who, s->code, g_steal_pointer(&s->text),
               g_steal_pointer(&s->next));
}

/* ---- one domain ---- */

struct look { /* at one domain */
    const char *domain, *host;
    const GPtrArray *addresses;
    struct spf_verdict whole; /* of nobody's address */
    struct spf_verdict *each; /* of each address */
    const struct sending
        *seen; /* whose verdict counts: the first that passes, else the first */
    const struct spf_verdict *counts;
};

static void warn(struct sender_said *ret, const char *code, char *take_text, char *take_next)
{
    *ret = (struct sender_said){.result = DOCTOR_WARN,
                                .who = DOCTOR_DOMAIN,
                                .code = code,
                                .text = take_text,
                                .next = take_next};
}

static const char *kind_of(const char *address)
{
    return strchr(address, ':') ? "ip6" : "ip4";
}

static void show(const struct look *l, const struct spf_verdict *v, const char *address,
                 struct doctor_finding *f)
{
    for (guint i = 0; i < v->trail->len; i++)
        doctor_evidence(f, "%s", (const char *)v->trail->pdata[i]);
    if (address)
        doctor_evidence(f, _("%s from %s: %s (%d of %d look-ups)"), l->domain, address,
                        spf_result_name(v->result), v->n_lookups, SPF_LOOKUPS_MAX);
    else
        doctor_evidence(f, _("%s: at most %d of %d look-ups"), l->domain, v->n_lookups,
                        SPF_LOOKUPS_MAX);
    if (v->explanation)
        doctor_evidence(f, _("%s tells receivers to say: %s"), l->domain, v->explanation);
}

static char *advise_record(const struct look *l)
{
    if (l->seen && l->seen->of == SENDING_OURS)
        return g_strdup_printf(_("Publish a TXT record at %s, such as \"v=spf1 %s:%s -all\"."),
                               l->domain, kind_of(l->seen->address), l->seen->address);
    return g_strdup_printf(_("Publish a TXT record at %s that begins with v=spf1; the provider "
                             "of the relay names what to include."),
                           l->domain);
}

/* The record is wrong whoever sends. False: it is not. */
static gboolean say_broken(const struct look *l, const struct spf_verdict *v,
                           struct sender_said *ret)
{
    g_autofree char *example =
        l->seen
            ? g_strdup_printf("v=spf1 %s:%s -all", kind_of(l->seen->address), l->seen->address)
            : g_strdup("v=spf1 mx -all");
    switch (v->result) {
    case SPF_NONE:
        warn(ret, "no-spf", g_strdup_printf(_("%s has no SPF record"), l->domain),
             advise_record(l));
        return TRUE;
    case SPF_TEMPERROR:
        warn(ret, "spf-unknown",
             g_strdup_printf(_("SPF of %s could not be found out: %s"), l->domain, v->problem),
             g_strdup(_("Look again later; receivers put mail off or ignore SPF meanwhile.")));
        return TRUE;
    case SPF_PERMERROR:
        warn(ret, "spf-broken",
             g_strdup_printf(_("SPF of %s is broken (permerror): %s"), l->domain, v->problem),
             g_strdup_printf(_("Correct the TXT record of %s: until then receivers treat it as "
                               "none, or refuse."),
                             l->domain));
        return TRUE;
    default:
        return FALSE;
    }
}

/* A relay sends by addresses that its provider lists, seldom by the one that we speak to: a
 * record that includes others' may well list them. */
static void say_relay(const struct look *l, const char *by, struct sender_said *ret)
{
    const char *address = l->seen->address;
    if (l->whole.n_others > 0)
        *ret = (struct sender_said){
            .result = DOCTOR_SKIP,
            .text = g_strdup_printf(_("SPF of %s is well formed and includes others; %s, the "
                                      "address of the relay %s, is not among them, but it may "
                                      "send by another, which a letter shows"),
                                    l->domain, address, l->host)};
    else
        warn(ret, "spf-not-covered",
             g_strdup_printf(_("SPF of %s does not cover %s, the address of the relay %s, and "
                               "includes no provider's (%s)"),
                             l->domain, address, l->host, by),
             g_strdup_printf(_("Add what the relay's provider names for SPF, or %s:%s when it "
                               "sends by that address."),
                             kind_of(address), address));
}

static void say_ours(const struct look *l, const char *by, struct sender_said *ret)
{
    const char *address = l->seen->address;
    const struct sending *other = l->addresses->len > 1 ? l->addresses->pdata[1] : NULL;
    if (other && other->of == SENDING_RELAY)
        warn(
            ret, "spf-not-covered",
            g_strdup_printf(_("SPF of %s covers neither %s, our address, nor %s, that of %s "
                              "(%s)"),
                            l->domain, address, other->address, l->host, by),
            g_strdup_printf(_("Add %s:%s to the TXT record of %s, or what the relay's provider "
                              "names."),
                            kind_of(address), address, l->domain));
    else
        warn(ret, "spf-not-covered",
             g_strdup_printf(_("SPF of %s does not cover %s, our address as receivers see it "
                               "(%s)"),
                             l->domain, address, by),
             g_strdup_printf(_("Add %s:%s to the TXT record of %s."), kind_of(address), address,
                             l->domain));
}

static void say_not_covered(const struct look *l, struct sender_said *ret)
{
    const struct spf_verdict *v = l->counts;
    const char *result = spf_result_name(v->result);
    g_autofree char *by = v->term
                              ? g_strdup_printf(_("%s: %s at %s"), result, v->term, v->where)
                              : g_strdup_printf(_("%s: nothing in it matches"), result);
    if (l->seen->of == SENDING_RELAY)
        say_relay(l, by, ret);
    else
        say_ours(l, by, ret);
}

/* "all" that lets everybody pass. */
static gboolean is_open(const struct spf_verdict *v)
{
    return v->term && (g_ascii_strcasecmp(v->term, "all") == 0 ||
                       g_ascii_strcasecmp(v->term, "+all") == 0);
}

static void say_covered(const struct look *l, struct sender_said *ret)
{
    if (is_open(l->counts)) {
        warn(ret, CODE_OPEN,
             g_strdup_printf(_("SPF of %s lets everybody send (%s at %s), which receivers take "
                               "for a sign of spam"),
                             l->domain, l->counts->term, l->counts->where),
             g_strdup_printf(_("Name who may send in the TXT record of %s, and end it with "
                               "-all."),
                             l->counts->where));
        return;
    }
    if (l->whole.n_lookups > SPF_LOOKUPS_MAX) {
        warn(ret, CODE_LOOKUPS,
             g_strdup_printf(_("SPF of %s covers %s, but its record needs more than %d "
                               "look-ups in all, and who reads it to the end gives up"),
                             l->domain, l->seen->address, SPF_LOOKUPS_MAX),
             g_strdup(_("Take includes out that nobody sends by, or put addresses in their "
                        "place.")));
        return;
    }
    *ret = (struct sender_said){
        .result = DOCTOR_OK,
        .text = g_strdup_printf(_("SPF of %s covers %s"), l->domain, l->seen->address)};
}

static void judge(const struct look *l, struct sender_said *ret)
{
    const struct spf_verdict *v = l->counts ? l->counts : &l->whole;
    if (!l->counts && v->result == SPF_PERMERROR && v->n_voids > SPF_VOIDS_MAX)
        v = NULL; /* macros of an address that is nobody's lead nowhere */
    if (v && say_broken(l, v, ret))
        return;
    if (!l->counts)
        *ret = (struct sender_said){
            .result = DOCTOR_SKIP,
            .text = g_strdup_printf(
                l->host ? _("the SPF record of %s is well formed; whether it covers us cannot "
                            "be judged here, where only private addresses are known")
                        : _("the SPF record of %s is well formed; whether it covers the "
                            "address that mail leaves with is seen with a server"),
                l->domain)};
    else if (v->result == SPF_PASS)
        say_covered(l, ret);
    else
        say_not_covered(l, ret);
}

void check_spf_judge(spf_ask *ask, void *data, const char *domain, const char *sender,
                     const char *hello, const char *host, const GPtrArray *addresses,
                     struct sender_said *ret, struct doctor_finding *f)
{
    struct spf_question q = {.ip = NOBODYS_ADDRESS,
                             .sender = sender,
                             .hello = hello,
                             .now_s = clock_wall_us() / CLOCK_SECOND_US,
                             .ask = ask,
                             .data = data};
    struct look l = {.domain = domain, .host = host, .addresses = addresses};
    l.each = g_new0(struct spf_verdict, addresses->len);
    spf_check(&q, domain, &l.whole);
    for (guint i = 0; i < addresses->len; i++) {
        const struct sending *s = addresses->pdata[i];
        q.ip = s->address;
        spf_check(&q, domain, &l.each[i]);
        show(&l, &l.each[i], s->address, f);
        if (!l.counts || (l.counts->result != SPF_PASS && l.each[i].result == SPF_PASS)) {
            l.counts = &l.each[i];
            l.seen = s;
        }
    }
    if (addresses->len == 0)
        show(&l, &l.whole, NULL, f);
    judge(&l, ret);
    for (guint i = 0; i < addresses->len; i++)
        spf_verdict_clear(&l.each[i]);
    spf_verdict_clear(&l.whole);
    g_free(l.each);
}

/* ---- the check ---- */

/* A domain of From that is in no envelope: receivers do not ask for it, but it may be known. */
static void show_from(const struct doctor *d, struct lookup *lookup,
                      const struct senders_pair *p, const GPtrArray *addresses,
                      struct doctor_finding *f)
{
    struct sender_said said = {.result = DOCTOR_SKIP};
    struct doctor_finding aside = {.evidence = g_ptr_array_new_with_free_func(g_free)};
    check_spf_judge(lookup_ask, lookup, p->from, NULL, d->subject->hello, d->subject->host,
                    addresses, &said, &aside);
    doctor_evidence(f, _("From's domain, which is not the envelope sender's: %s"), said.text);
    sender_said_clear(&said);
    g_ptr_array_unref(aside.evidence);
}

static gboolean does_not_pass(const struct sender_said *s)
{
    return s->result == DOCTOR_WARN && g_strcmp0(s->code, CODE_LOOKUPS) != 0 &&
           g_strcmp0(s->code, CODE_OPEN) != 0;
}

void doctor_check_spf(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) pairs = senders_pairs(d), addresses = sending_addresses(d);
    struct sender_said all = {.result = DOCTOR_SKIP};
    struct lookup *lookup = senders_pass(pairs, f) ? NULL : lookup_of(d, f);
    if (!lookup)
        return;
    d->facts.spf_failed = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < pairs->len; i++) {
        const struct senders_pair *p = pairs->pdata[i];
        struct sender_said said = {.result = DOCTOR_SKIP};
        check_spf_judge(lookup_ask, lookup, p->envelope, p->sender, d->subject->hello,
                        d->subject->host, addresses, &said, f);
        if (does_not_pass(&said))
            g_ptr_array_add(d->facts.spf_failed, g_strdup(p->envelope));
        sender_said_merge(&all, &said);
        if (strcmp(p->from, p->envelope) != 0)
            show_from(d, lookup, p, addresses, f);
    }
    sender_said_give(&all, f);
}
