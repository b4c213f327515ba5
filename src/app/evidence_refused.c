/*
 * Refusals of a recipient by a server that we spoke to: they mean for the person what a bounce
 * with the same words would. What the campaign counts, and what is our own fault, the send role
 * has seen to.
 */
#include "config.h"

#include <string.h>

#include "app/evidence_private.h"
#include "base/error.h"
#include "base/mailaddr.h"
#include "store/bounce_rule.h"
#include "store/refused.h"

#define SOME 100 /* in one transaction */

static char *key_of(const char *address)
{
    struct mailaddr a;
    if (!mailaddr_parse(address, &a, NULL))
        return NULL;
    char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    return key;
}

static gboolean follow(struct evidence_work *w, const struct refused *r,
                       const struct bounce_verdict *v, const struct delivery_origin *o,
                       GError **error)
{
    g_autofree char *key = key_of(o->address);
    g_autofree char *receiver = evidence_receiver(w->db, w->providers, o->address);
    struct said s = {.at_us = r->at_us,
                     .delivery_id = r->delivery_id,
                     .campaign_id = o->campaign_id,
                     .person_id = o->person_id,
                     .address = o->address,
                     .address_key = key,
                     .provider = receiver,
                     .kind = (char *)mail_kind_name(MAIL_BOUNCE),
                     .class = (char *)bounce_class_name(v->class),
                     .reason = (char *)bounce_reason_row(v->reason)->name,
                     .fault = (char *)bounce_fault_name(v->fault),
                     .status = (char *)v->status,
                     .text = r->reply,
                     .found_by = SAID_BY_REPLY};
    /* Whoever was erased has no address here. */
    return !key ||
           (said_add(w->db, &s, error) && evidence_follow(w, &s, MAIL_BOUNCE, o, error));
}

static gboolean judge(struct evidence_work *w, const struct bounce_rules *rules,
                      const struct refused *r, GError **error)
{
    const struct bounce_facts facts = {.text = r->reply,
                                       .status = *r->enhanced ? r->enhanced : NULL,
                                       .phase = REPLY_RCPT,
                                       .code = r->code};
    struct bounce_verdict v;
    struct delivery_origin o = {0};
    g_autoptr(GError) problem = NULL;
    bounce_judge(&facts, rules, &v);
    if (v.fault == FAULT_OF_US || v.class == BOUNCE_NONE)
        return TRUE;
    if (!deliveries_origin(w->db, r->delivery_id, &o, &problem)) {
        if (g_error_matches(problem, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
            return TRUE; /* deleted since */
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    gboolean ok = follow(w, r, &v, &o, error);
    delivery_origin_clear(&o);
    return ok;
}

static gboolean take_some(struct evidence_work *w, const GPtrArray *some, GError **error)
{
    struct bounce_rules *rules = bounce_rule_load(w->db, error);
    gboolean ok = rules != NULL;
    for (guint i = 0; ok && i < some->len; i++) {
        gboolean is_ours = FALSE;
        ok = refused_done(w->db, some->pdata[i], &is_ours, error) &&
             (!is_ours || judge(w, rules, some->pdata[i], error));
    }
    bounce_rules_free(rules);
    return ok;
}

gboolean evidence_refusals(struct db *db, const struct providers *providers, gboolean *ret_more,
                           GError **error)
{
    struct evidence_work w;
    g_autoptr(GPtrArray) some = refused_some(db, SOME, error);
    if (!some)
        return FALSE;
    *ret_more = some->len == SOME;
    if (some->len == 0)
        return TRUE;
    if (!evidence_work_init(&w, db, providers, error) || !db_begin(db, error))
        return FALSE;
    if (take_some(&w, some, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}
