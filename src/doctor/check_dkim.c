/*
 * Check 20: the keys that sign mail of the senders, and what the DNS has of them. What a relay
 * signs by itself is seen in a letter alone.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "doctor/check_sender.h"
#include "doctor/checks_private.h"
#include "doctor/dkim_answers.h"
#include "doctor/lookup.h"
#include "doctor/senders.h"

#define CODE_WRONG "dkim-wrong" /* no signature with that key can be verified */

/* "WHAT: WHY. REMEDY" as two texts; one that has no end inside is one. */
static void split_remedy(char *sentence, char **ret_text, char **ret_next)
{
    char *end = strstr(sentence, ". ");
    *ret_text = end ? g_strndup(sentence, (gsize)(end - sentence)) : g_strdup(sentence);
    *ret_next = end ? g_strconcat(end + 2, ".", NULL) : NULL;
}

static void judge_answers(const struct dkim_key *k, const struct dns_answer *record,
                          const struct dns_answer *doubled, struct sender_said *ret)
{
    g_autofree char *sentence = NULL;
    enum dkim_level level = dkim_answers_judge(k, record, doubled, &sentence);
    g_autofree char *safe = text_safe(sentence, -1, 0);
    char *text, *next;
    split_remedy(safe, &text, &next);
    *ret = (struct sender_said){.result = level == DKIM_OK ? DOCTOR_OK : DOCTOR_WARN,
                                .who = level == DKIM_OK ? DOCTOR_NOBODY : DOCTOR_DOMAIN,
                                .code = level == DKIM_OK     ? NULL
                                        : level == DKIM_WARN ? "dkim-odd"
                                                             : CODE_WRONG,
                                .text = text,
                                .next = next};
}

static void judge_key(struct lookup *lookup, const struct dkim_key *k, struct sender_said *ret,
                      struct doctor_finding *f)
{
    g_autofree char *name = dkim_answers_name(k), *doubled = dkim_answers_doubled(k);
    const struct dns_answer *record = lookup_ask(lookup, name, DNS_TXT);
    lookup_show(f, record);
    if (record->status == DNS_FAILED) {
        *ret = (struct sender_said){
            .result = DOCTOR_WARN,
            .who = DOCTOR_DOMAIN,
            .code = "dkim-unknown",
            .text = g_strdup_printf(_("the DKIM key %s could not be looked up: %s"), name,
                                    record->why),
            .next = g_strdup(_("Look again later."))};
        return;
    }
    judge_answers(k, record, lookup_ask(lookup, doubled, DNS_TXT), ret);
}

static void judge_domain(struct doctor *d, struct lookup *lookup, const char *domain,
                         struct sender_said *all, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) keys = dkim_answers_keys(d->subject->db, domain);
    struct sender_said said = {.result = DOCTOR_SKIP};
    gboolean is_verified = FALSE; /* by one of them, which is enough */
    for (guint i = 0; i < keys->len; i++) {
        judge_key(lookup, keys->pdata[i], &said, f);
        is_verified |= g_strcmp0(said.code, CODE_WRONG) != 0;
        sender_said_merge(all, &said);
    }
    if (keys->len > 0 && !is_verified)
        g_ptr_array_add(d->facts.dkim_failed,
                        g_strdup(((struct dkim_key *)keys->pdata[0])->domain));
    if (keys->len > 0)
        return;
    said.text = g_strdup_printf(_("crier does not sign mail from %s: it has no DKIM key of it"),
                                domain);
    doctor_evidence(f, "%s", said.text);
    sender_said_merge(all, &said);
}

void doctor_check_dkim(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GPtrArray) pairs = senders_pairs(d);
    g_autoptr(GPtrArray) domains = senders_from_domains(pairs);
    struct sender_said all = {.result = DOCTOR_SKIP};
    struct lookup *lookup = senders_pass(pairs, f) ? NULL : lookup_of(d, f);
    if (!lookup)
        return;
    d->facts.dkim_failed = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < domains->len; i++)
        judge_domain(d, lookup, domains->pdata[i], &all, f);
    sender_said_give(&all, f);
}
