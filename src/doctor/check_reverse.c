/*
 * Check 22: the reverse name of the address that mail leaves with, and whether anything that is
 * sent back to the sender's domain can arrive. A relay's own names are its provider's matter.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "doctor/check_sender.h"
#include "doctor/checks_private.h"
#include "doctor/lookup.h"
#include "doctor/senders.h"
#include "doctor/sending.h"

#define NAMES_LOOKED_AT 10 /* of one address */

static void warn(struct sender_said *ret, enum doctor_who who, const char *code,
                 char *take_text, char *take_next)
{
    *ret = (struct sender_said){
        .result = DOCTOR_WARN, .who = who, .code = code, .text = take_text, .next = take_next};
}

/* ---- the sender's domain ---- */

static gboolean is_found(const struct dns_answer *a)
{
    return a->status == DNS_FOUND;
}

static gboolean is_null_mx(const struct dns_answer *mx)
{
    return is_found(mx) && mx->values->len == 1 &&
           *((const struct dns_value *)mx->values->pdata[0])->text == '\0';
}

/* A domain without MX takes mail at its address (RFC 5321 section 5.1). */
static void judge_without_mx(const char *domain, const struct dns_answer *mx,
                             const struct dns_answer *a, const struct dns_answer *aaaa,
                             struct sender_said *ret)
{
    if (mx->status == DNS_NO_NAME && a->status == DNS_NO_NAME)
        warn(ret, DOCTOR_YOU, "no-domain",
             g_strdup_printf(_("the sender's domain %s does not exist: many receivers refuse "
                               "its mail"),
                             domain),
             g_strdup(_("Look at the spelling of From and of the mailbox for bounces.")));
    else if (mx->status == DNS_FAILED)
        warn(ret, DOCTOR_DOMAIN, "domain-unknown",
             g_strdup_printf(_("the MX of %s could not be looked up: %s"), domain, mx->why),
             g_strdup(_("Look again later.")));
    else if (is_found(a) || is_found(aaaa))
        *ret = (struct sender_said){
            .result = DOCTOR_OK,
            .text = g_strdup_printf(_("%s takes mail at its own address, without MX"), domain)};
    else
        warn(ret, DOCTOR_DOMAIN, "no-mx",
             g_strdup_printf(_("answers and bounces to %s cannot arrive: it has neither MX nor "
                               "address"),
                             domain),
             g_strdup_printf(_("Publish an MX record at %s: many receivers refuse senders "
                               "without one."),
                             domain));
}

void check_reverse_domain(spf_ask *ask, void *data, const char *domain, struct sender_said *ret,
                          struct doctor_finding *f)
{
    const struct dns_answer *mx = ask(data, domain, DNS_MX);
    lookup_show(f, mx);
    if (is_null_mx(mx)) {
        warn(ret, DOCTOR_DOMAIN, "null-mx",
             g_strdup_printf(_("%s says by its MX record that it takes no mail (RFC 7505): "
                               "answers and bounces cannot arrive, and many receivers refuse "
                               "such senders"),
                             domain),
             g_strdup(_("Send from a domain that takes mail.")));
        return;
    }
    if (is_found(mx)) {
        g_autofree char *host =
            text_safe(((const struct dns_value *)mx->values->pdata[0])->text, -1, 0);
        *ret = (struct sender_said){
            .result = DOCTOR_OK,
            .text = g_strdup_printf(_("%s takes mail at %s"), domain, host)};
        return;
    }
    judge_without_mx(domain, mx, ask(data, domain, DNS_A), ask(data, domain, DNS_AAAA), ret);
}

/* ---- our address ---- */

/* Whether `name` leads to the address. */
static gboolean leads_to(spf_ask *ask, void *data, const char *name, const char *address,
                         struct doctor_finding *f)
{
    const struct dns_answer *a = ask(data, name, strchr(address, ':') ? DNS_AAAA : DNS_A);
    lookup_show(f, a);
    for (guint i = 0; i < a->values->len; i++)
        if (strcmp(((const struct dns_value *)a->values->pdata[i])->text, address) == 0)
            return TRUE;
    return FALSE;
}

/* The first of its names that leads back; NULL: none does. Borrowed. */
static const char *confirmed(spf_ask *ask, void *data, const char *address,
                             const struct dns_answer *pointer, struct doctor_finding *f)
{
    for (guint i = 0; i < pointer->values->len && i < NAMES_LOOKED_AT; i++) {
        const struct dns_value *v = pointer->values->pdata[i];
        if (leads_to(ask, data, v->text, address, f))
            return v->text;
    }
    return NULL;
}

static void judge_hello(spf_ask *ask, void *data, const char *address, const char *raw_name,
                        const char *hello, struct sender_said *ret, struct doctor_finding *f)
{
    g_autofree char *name = text_safe(raw_name, -1, 0);
    if (hello && g_ascii_strcasecmp(hello, name) != 0 &&
        !leads_to(ask, data, hello, address, f))
        warn(ret, DOCTOR_YOU, "hello-name",
             g_strdup_printf(_("we call ourselves %s, but that name is not %s, whose name is "
                               "%s"),
                             hello, address, name),
             g_strdup_printf(_("Set the EHLO name of the server (hello) to %s."), name));
    else
        *ret = (struct sender_said){
            .result = DOCTOR_OK,
            .text =
                g_strdup_printf(_("%s is %s, and that name leads back to it"), address, name)};
}

void check_reverse_address(spf_ask *ask, void *data, const char *address,
                           const struct dns_answer *pointer, const char *hello,
                           struct sender_said *ret, struct doctor_finding *f)
{
    lookup_show(f, pointer);
    if (pointer->status == DNS_FAILED) {
        warn(ret, DOCTOR_NETWORK, "reverse-unknown",
             g_strdup_printf(_("the reverse name of %s could not be looked up: %s"), address,
                             pointer->why),
             g_strdup(_("Look again later.")));
        return;
    }
    if (pointer->values->len == 0) {
        warn(ret, DOCTOR_NETWORK, "no-reverse",
             g_strdup_printf(
                 _("%s, our address as receivers see it, has no reverse name (PTR)"), address),
             g_strdup(_("Ask the provider of the address to set one; large receivers refuse "
                        "mail without it.")));
        return;
    }
    const char *name = confirmed(ask, data, address, pointer, f);
    if (name) {
        judge_hello(ask, data, address, name, hello, ret, f);
        return;
    }
    g_autofree char *first =
        text_safe(((const struct dns_value *)pointer->values->pdata[0])->text, -1, 0);
    warn(ret, DOCTOR_DOMAIN, "reverse-differs",
         g_strdup_printf(_("the reverse name of %s is %s, but that name does not lead back to "
                           "it"),
                         address, first),
         g_strdup_printf(_("Give %s the address %s, or ask the provider for another reverse "
                           "name."),
                         first, address));
}

/* ---- the check ---- */

static void judge_addresses(const struct doctor *d, struct lookup *lookup,
                            struct sender_said *all, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) addresses = sending_addresses(d);
    /* A mail server of this machine says its own name to others, not ours. */
    const char *hello = d->facts.is_loopback ? NULL : d->subject->hello;
    for (guint i = 0; i < addresses->len; i++) {
        const struct sending *s = addresses->pdata[i];
        const struct dns_answer *pointer = lookup_ask_pointer(lookup, s->address);
        struct sender_said said = {.result = DOCTOR_SKIP};
        if (s->of == SENDING_OURS) {
            check_reverse_address(lookup_ask, lookup, s->address, pointer, hello, &said, f);
            sender_said_merge(all, &said);
        } else {
            lookup_show(f, pointer);
        }
    }
}

static void judge_domains(const GPtrArray *pairs, struct lookup *lookup,
                          struct sender_said *all, struct doctor_finding *f)
{
    for (guint i = 0; i < pairs->len; i++) {
        const struct senders_pair *p = pairs->pdata[i];
        struct sender_said said = {.result = DOCTOR_SKIP};
        check_reverse_domain(lookup_ask, lookup, p->from, &said, f);
        sender_said_merge(all, &said);
        if (strcmp(p->from, p->envelope) != 0) {
            check_reverse_domain(lookup_ask, lookup, p->envelope, &said, f);
            sender_said_merge(all, &said);
        }
    }
}

void doctor_check_reverse(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) pairs = senders_pairs(d);
    struct sender_said all = {.result = DOCTOR_SKIP};
    struct lookup *lookup = senders_pass(pairs, f) ? NULL : lookup_of(d, f);
    if (!lookup)
        return;
    judge_addresses(d, lookup, &all, f);
    judge_domains(pairs, lookup, &all, f);
    sender_said_give(&all, f);
}
