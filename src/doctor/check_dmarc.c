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
    gboolean by_spf, by_dkim;
    const char *signer; /* the d= that is aligned, or the first there is; NULL: none */
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
                              const char *from, const char *envelope, const GPtrArray *signers)
{
    struct alignment a = {.signer = signers->len > 0 ? signers->pdata[0] : NULL};
    a.by_spf = is_aligned(ask, data, v->organization, from, envelope, v->record.is_spf_strict);
    for (guint i = 0; i < signers->len && !a.by_dkim; i++) {
        a.by_dkim = is_aligned(ask, data, v->organization, from, signers->pdata[i],
                               v->record.is_dkim_strict);
        if (a.by_dkim)
            a.signer = signers->pdata[i];
    }
    return a;
}

static void show(const char *from, const struct dmarc_verdict *v, const struct alignment *a,
                 const char *envelope, struct doctor_finding *f)
{
    doctor_evidence(f, "_dmarc.%s: %s", v->where, v->text);
    doctor_evidence(f, _("%s: policy %s, organization %s"), from, dmarc_policy_name(v->policy),
                    v->organization);
    doctor_evidence(f,
                    a->by_spf ? _("envelope sender's domain %s: aligned")
                              : _("envelope sender's domain %s: not aligned"),
                    envelope);
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

static void say_not_aligned(const char *from, const struct dmarc_verdict *v,
                            const struct alignment *a, const char *envelope,
                            struct sender_said *ret)
{
    const char *policy = dmarc_policy_name(v->policy);
    warn(
        ret, DOCTOR_YOU, "not-aligned",
        a->signer ? g_strdup_printf(_("mail from %s does not pass DMARC (policy %s): the "
                                      "envelope sender is of %s and the signature of %s, "
                                      "unless the relay signs for %s"),
                                    from, policy, envelope, a->signer, from)
                  : g_strdup_printf(_("mail from %s does not pass DMARC (policy %s): the "
                                      "envelope sender is of %s and crier does not sign, "
                                      "unless the relay signs for %s"),
                                    from, policy, envelope, from),
        g_strdup_printf(_("Make a key with crier dkim new %s, or take a mailbox for bounces at "
                          "%s."),
                        from, v->organization));
}

static void say_well(const char *from, const struct dmarc_verdict *v, const struct alignment *a,
                     struct sender_said *ret)
{
    const char *by = a->by_spf && a->by_dkim ? _("SPF and DKIM")
                     : a->by_spf             ? _("SPF alone")
                                             : _("DKIM alone");
    *ret = (struct sender_said){
        .result = DOCTOR_OK,
        .text = strcmp(v->where, from) == 0
                    ? g_strdup_printf(_("DMARC of %s: policy %s, aligned by %s"), from,
                                      dmarc_policy_name(v->policy), by)
                    : g_strdup_printf(_("DMARC of %s, found at %s: policy %s, aligned by %s"),
                                      from, v->where, dmarc_policy_name(v->policy), by)};
}

void check_dmarc_judge(spf_ask *ask, void *data, const char *from, const char *envelope,
                       const GPtrArray *signers, struct sender_said *ret,
                       struct doctor_finding *f)
{
    struct dmarc_verdict v;
    dmarc_discover(ask, data, from, &v);
    if (say_none(from, &v, ret)) {
        if (v.text)
            doctor_evidence(f, "_dmarc.%s: %s", v.where, v.text);
    } else {
        struct alignment a = align(ask, data, &v, from, envelope, signers);
        show(from, &v, &a, envelope, f);
        if (a.by_spf || a.by_dkim)
            say_well(from, &v, &a, ret);
        else
            say_not_aligned(from, &v, &a, envelope, ret);
    }
    dmarc_verdict_clear(&v);
}

void doctor_check_dmarc(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) pairs = senders_pairs(d);
    struct sender_said all = {.result = DOCTOR_SKIP};
    struct lookup *lookup = senders_pass(pairs, f) ? NULL : lookup_of(d, f);
    if (!lookup)
        return;
    for (guint i = 0; i < pairs->len; i++) {
        const struct senders_pair *p = pairs->pdata[i];
        struct sender_said said = {.result = DOCTOR_SKIP};
        g_autoptr(GPtrArray) keys = dkim_answers_keys(d->subject->db, p->from);
        g_autoptr(GPtrArray) signers = g_ptr_array_new();
        for (guint k = 0; k < keys->len; k++)
            g_ptr_array_add(signers, ((struct dkim_key *)keys->pdata[k])->domain);
        check_dmarc_judge(lookup_ask, lookup, p->from, p->envelope, signers, &said, f);
        sender_said_merge(&all, &said);
    }
    sender_said_give(&all, f);
}
