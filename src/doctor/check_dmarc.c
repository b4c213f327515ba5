/*
 * Check 21: DMARC of From's domain, and whether what we send is aligned with it. What a relay
 * adds by itself is not known here.
 */
#include "config.h"

#include "doctor/check_sender.h"

#include <string.h>

#include "base/i18n.h"
#include "doctor/checks_private.h"
#include "doctor/dkim_answers.h"
#include "doctor/dmarc.h"
#include "doctor/lookup.h"
#include "doctor/senders.h"

struct alignment {
    gboolean by_spf, by_dkim; /* the domains are */
    const char *signer;       /* the d= that is aligned, or the first there is; NULL: none */
};

static void warn(struct sender_said *ret, enum doctor_who who, const char *code,
                 char *take_text, char *take_next)
{
    *ret = (struct sender_said){
        .result = DOCTOR_WARN, .who = who, .code = code, .text = take_text, .next = take_next};
}

static void say_missing(const char *from, const struct dmarc_verdict *v,
                        struct sender_said *ret)
{
    warn(ret, DOCTOR_DOMAIN, "no-dmarc", g_strdup_printf(_("%s has no DMARC record"), from),
         g_strdup_printf(_("Publish a TXT record at _dmarc.%s, such as \"v=DMARC1; p=none; "
                           "rua=mailto:postmaster@%s\": large receivers ask for one."),
                         v->organization, v->organization));
}

/* There is none that counts; false: there is. */
static gboolean say_none(const char *from, const struct dmarc_verdict *v,
                         struct sender_said *ret)
{
    g_autofree char *next =
        v->where ? g_strdup_printf(_("Leave one TXT record at _dmarc.%s, beginning with "
                                     "v=DMARC1; and with p=none, quarantine or reject."),
                                   v->where)
                 : NULL;
    switch (v->found) {
    case DMARC_MISSING:
        say_missing(from, v, ret);
        return TRUE;
    case DMARC_SEVERAL:
        warn(ret, DOCTOR_DOMAIN, "dmarc-several",
             g_strdup_printf(_("_dmarc.%s has more than one DMARC record, so that none of them "
                               "counts"),
                             v->where),
             g_steal_pointer(&next));
        return TRUE;
    case DMARC_BROKEN:
        warn(ret, DOCTOR_DOMAIN, "dmarc-broken",
             g_strdup_printf(_("the DMARC record at _dmarc.%s cannot be read: %s"), v->where,
                             v->text),
             g_steal_pointer(&next));
        return TRUE;
    case DMARC_UNKNOWN:
        warn(ret, DOCTOR_DOMAIN, "dmarc-unknown",
             g_strdup_printf(_("_dmarc.%s could not be looked up: %s"), v->where, v->why),
             g_strdup(_("Look again later.")));
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean is_aligned(spf_ask *ask, void *data, const char *organization, const char *from,
                           const char *other, gboolean is_strict)
{
    if (g_ascii_strcasecmp(from, other) == 0)
        return TRUE;
    if (is_strict)
        return FALSE;
    g_autofree char *theirs = dmarc_organization(ask, data, other);
    return g_ascii_strcasecmp(theirs, organization) == 0;
}

static struct alignment align(spf_ask *ask, void *data, const struct dmarc_verdict *v,
                              const struct sender_mail *m)
{
    struct alignment a = {.signer = m->signers->len > 0 ? m->signers->pdata[0] : NULL};
    a.by_spf =
        is_aligned(ask, data, v->organization, m->from, m->envelope, v->record.is_spf_strict);
    for (guint i = 0; i < m->signers->len && !a.by_dkim; i++) {
        a.by_dkim = is_aligned(ask, data, v->organization, m->from, m->signers->pdata[i],
                               v->record.is_dkim_strict);
        if (a.by_dkim)
            a.signer = m->signers->pdata[i];
    }
    return a;
}

static void show(const struct sender_mail *m, const struct dmarc_verdict *v,
                 const struct alignment *a, struct doctor_finding *f)
{
    doctor_evidence(f, "_dmarc.%s: %s", v->where, v->text);
    doctor_evidence(f, _("%s: policy %s, organization %s"), m->from,
                    dmarc_policy_name(v->policy), v->organization);
    doctor_evidence(f,
                    a->by_spf ? _("envelope sender's domain %s: aligned")
                              : _("envelope sender's domain %s: not aligned"),
                    m->envelope);
    if (m->is_spf_failed)
        doctor_evidence(f, _("SPF of %s does not pass"), m->envelope);
    if (a->signer)
        doctor_evidence(f, a->by_dkim ? _("DKIM d=%s: aligned") : _("DKIM d=%s: not aligned"),
                        a->signer);
    if (v->record.is_testing)
        doctor_evidence(f, _("t=y: its policy is only tried out"));
    if (v->record.has_old_tags)
        doctor_evidence(f, _("pct, rf and ri are no part of DMARC any more (RFC 9989)"));
    if (!v->record.has_reports)
        doctor_evidence(f, _("nobody gets its reports: rua is missing"));
}

static char *advise(const struct sender_mail *m, const struct dmarc_verdict *v,
                    gboolean is_aligned_in_vain)
{
    if (is_aligned_in_vain)
        return g_strdup(_("Mend what SPF and DKIM say above: one of them is enough."));
    return g_strdup_printf(
        _("Make a key with crier dkim new %s, or take a mailbox for bounces at %s."), m->from,
        v->organization);
}

/* Neither way: one clause for each. */
static void say_not_passing(const struct sender_mail *m, const struct dmarc_verdict *v,
                            const struct alignment *a, struct sender_said *ret)
{
    gboolean is_aligned_in_vain = a->by_spf || m->broken_signer;
    g_autofree char *spf =
        a->by_spf ? g_strdup_printf(_("SPF of %s does not pass"), m->envelope)
                  : g_strdup_printf(_("the envelope sender is of %s"), m->envelope);
    g_autofree char *dkim =
        a->signer ? g_strdup_printf(_("crier signs for %s"), a->signer)
        : m->broken_signer
            ? g_strdup_printf(_("the signature of %s does not pass"), m->broken_signer)
            : g_strdup(_("crier does not sign"));
    warn(
        ret, DOCTOR_YOU, is_aligned_in_vain ? "not-passing" : "not-aligned",
        g_strdup_printf(_("mail from %s does not pass DMARC (policy %s) unless the relay signs "
                          "for %s: %s, and %s"),
                        m->from, dmarc_policy_name(v->policy), m->from, spf, dkim),
        advise(m, v, is_aligned_in_vain));
}

static void say_well(const struct sender_mail *m, const struct dmarc_verdict *v,
                     gboolean by_spf, gboolean by_dkim, struct sender_said *ret)
{
    const char *by = by_spf && by_dkim ? _("SPF and DKIM")
                     : by_spf          ? _("SPF alone")
                                       : _("DKIM alone");
    const char *policy = dmarc_policy_name(v->policy);
    *ret = (struct sender_said){
        .result = DOCTOR_OK,
        .text = strcmp(v->where, m->from) == 0
                    ? g_strdup_printf(_("DMARC of %s: policy %s, aligned by %s"), m->from,
                                      policy, by)
                    : g_strdup_printf(_("DMARC of %s, found at %s: policy %s, aligned by %s"),
                                      m->from, v->where, policy, by)};
}

void check_dmarc_judge(spf_ask *ask, void *data, const struct sender_mail *m,
                       struct sender_said *ret, struct doctor_finding *f)
{
    struct dmarc_verdict v;
    dmarc_discover(ask, data, m->from, &v);
    if (say_none(m->from, &v, ret)) {
        if (v.text)
            doctor_evidence(f, "_dmarc.%s: %s", v.where, v.text);
    } else {
        struct alignment a = align(ask, data, &v, m);
        gboolean by_spf = a.by_spf && !m->is_spf_failed;
        show(m, &v, &a, f);
        if (by_spf || a.by_dkim)
            say_well(m, &v, by_spf, a.by_dkim, ret);
        else
            say_not_passing(m, &v, &a, ret);
    }
    dmarc_verdict_clear(&v);
}

static gboolean has(const GPtrArray *texts, const char *text)
{
    for (guint i = 0; texts && i < texts->len; i++)
        if (strcmp(texts->pdata[i], text) == 0)
            return TRUE;
    return FALSE;
}

/* The mail of a pair, by what the checks of SPF and DKIM found. All keys are of one domain. */
static void judge_pair(struct doctor *d, struct lookup *lookup, const struct senders_pair *p,
                       struct sender_said *ret, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) keys = dkim_answers_keys(d->subject->db, p->from);
    g_autoptr(GPtrArray) signers = g_ptr_array_new();
    char *domain = keys->len > 0 ? ((struct dkim_key *)keys->pdata[0])->domain : NULL;
    gboolean is_broken = domain && has(d->facts.dkim_failed, domain);
    if (domain && !is_broken)
        g_ptr_array_add(signers, domain);
    const struct sender_mail mail = {.from = p->from,
                                     .envelope = p->envelope,
                                     .is_spf_failed = has(d->facts.spf_failed, p->envelope),
                                     .signers = signers,
                                     .broken_signer = is_broken ? domain : NULL};
    check_dmarc_judge(lookup_ask, lookup, &mail, ret, f);
}

void doctor_check_dmarc(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) pairs = senders_pairs(d);
    struct sender_said all = {.result = DOCTOR_SKIP};
    struct lookup *lookup = senders_pass(pairs, f) ? NULL : lookup_of(d, f);
    if (!lookup)
        return;
    for (guint i = 0; i < pairs->len; i++) {
        struct sender_said said = {.result = DOCTOR_SKIP};
        judge_pair(d, lookup, pairs->pdata[i], &said, f);
        sender_said_merge(&all, &said);
    }
    sender_said_give(&all, f);
}
