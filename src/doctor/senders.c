/* Domains of senders, out of the subject or out of the campaigns. */
#include "config.h"

#include "doctor/senders.h"

#include <string.h>

#include "app/envelopes.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "model/campaign.h"
#include "store/campaigns.h"

static void pair_free(gpointer data)
{
    struct senders_pair *p = data;
    g_free(p->from);
    g_free(p->envelope);
    g_free(p->sender);
    g_free(p);
}

/* The domain of an address; NULL: it has none that the DNS could know. Caller frees. */
static char *domain_of(const char *address)
{
    struct mailaddr a;
    if (!address || !mailaddr_parse(address, &a, NULL))
        return NULL;
    char *domain = *a.domain == '[' ? NULL : g_strdup(a.domain);
    mailaddr_clear(&a);
    return domain;
}

static gboolean has_pair(const GPtrArray *pairs, const char *from, const char *envelope)
{
    for (guint i = 0; i < pairs->len; i++) {
        const struct senders_pair *p = pairs->pdata[i];
        if (strcmp(p->from, from) == 0 && strcmp(p->envelope, envelope) == 0)
            return TRUE;
    }
    return FALSE;
}

static void add_pair(GPtrArray *pairs, const char *from, const char *sender)
{
    g_autofree char *from_domain = domain_of(from), *envelope = domain_of(sender);
    if (!from_domain || pairs->len >= SENDERS_DOMAINS_MAX)
        return;
    if (!envelope)
        envelope = g_strdup(from_domain);
    if (has_pair(pairs, from_domain, envelope))
        return;
    struct senders_pair *p = g_new0(struct senders_pair, 1);
    p->from = g_steal_pointer(&from_domain);
    p->envelope = g_steal_pointer(&envelope);
    p->sender = g_strdup(sender ? sender : from);
    g_ptr_array_add(pairs, p);
}

static void add_campaigns(GPtrArray *pairs, struct db *db)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct campaign *c = all->pdata[i];
        g_autofree char *from = NULL;
        if (c->from && *c->from && envelope_address(c->from, &from, NULL))
            add_pair(pairs, from, from);
    }
}

GPtrArray *senders_pairs(const struct doctor *d)
{
    const struct doctor_subject *s = d->subject;
    GPtrArray *pairs = g_ptr_array_new_with_free_func(pair_free);
    for (guint i = 0; i < s->senders->len; i++) {
        const struct doctor_sender *sender = s->senders->pdata[i];
        add_pair(pairs, sender->from, sender->sender);
    }
    if (s->kind == DOCTOR_OF_MACHINE && s->db)
        add_campaigns(pairs, s->db);
    return pairs;
}

GPtrArray *senders_from_domains(const GPtrArray *pairs)
{
    GPtrArray *domains = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < pairs->len; i++) {
        const struct senders_pair *p = pairs->pdata[i];
        if (!g_ptr_array_find_with_equal_func(domains, p->from, g_str_equal, NULL))
            g_ptr_array_add(domains, g_strdup(p->from));
    }
    return domains;
}

gboolean senders_are_asked(const struct doctor *d)
{
    const struct doctor_subject *s = d->subject;
    if (s->kind == DOCTOR_OF_SERVER || s->senders->len > 0)
        return TRUE;
    if (s->kind != DOCTOR_OF_MACHINE || !s->db)
        return FALSE;
    g_autoptr(GPtrArray) pairs = senders_pairs(d);
    return pairs->len > 0;
}

gboolean senders_pass(const GPtrArray *pairs, struct doctor_finding *f)
{
    if (pairs->len > 0)
        return FALSE;
    doctor_pass(f, g_strdup(_("no campaign goes out by this server: there is no sender whose "
                              "DNS could be looked at")));
    return TRUE;
}
