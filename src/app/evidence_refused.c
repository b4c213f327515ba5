/*
 * Refusals of a recipient by a server that we spoke to: they mean for the person what a bounce
 * with the same words would. What the campaign counts, and who waits and rests where it is our
 * own fault, the send role has seen to.
 */
#include "config.h"

#include <string.h>

#include "app/evidence_private.h"
#include "app/provider_table.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mailaddr.h"
#include "model/fault.h"
#include "model/provider.h"
#include "store/bounce_rule.h"
#include "store/refused.h"
#include "transfer/faultfile.h"

#define SOME 200 /* in one transaction */

struct tables {
    struct providers *providers; /* NULL: each domain stands for itself */
    struct faults *faults;       /* NULL: not installed */
    struct bounce_rules *rules;
};

static void tables_clear(struct tables *t)
{
    providers_free(t->providers);
    faults_free(t->faults);
    bounce_rules_free(t->rules);
}

/* A table of the user's with a mistake in it is told elsewhere, and keeps nobody from being
 * spared. */
static gboolean tables_load(struct tables *t, struct db *db, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(db_path(db)), *trouble = NULL;
    const struct workspace ws = {.dir = folder};
    *t = (struct tables){.providers = provider_table_read(&ws, db, NULL),
                         .faults = faultfile_load(folder, &trouble, NULL),
                         .rules = bounce_rule_load(db, error)};
    if (t->rules)
        return TRUE;
    tables_clear(t);
    return FALSE;
}

static char *key_of(const char *address)
{
    struct mailaddr a;
    if (!mailaddr_parse(address, &a, NULL))
        return NULL;
    char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    return key;
}

/* By the words of bounces, or by the table of refusals, where a person may have put a row. */
static gboolean is_our_fault(const struct tables *t, const struct reply *reply,
                             const struct bounce_verdict *v, const char *receiver)
{
    return v->fault == FAULT_OF_US ||
           (t->faults && fault_is_ours(faults_find(t->faults, reply, receiver)));
}

static gboolean follow(struct evidence_work *w, const struct refused *r, const char *reply,
                       const char *receiver, const struct bounce_verdict *v,
                       const struct delivery_origin *o, GError **error)
{
    g_autofree char *key = key_of(o->address);
    struct said s = {.at_us = w->at_us,
                     .delivery_id = r->delivery_id,
                     .campaign_id = o->campaign_id,
                     .person_id = o->person_id,
                     .address = o->address,
                     .address_key = key,
                     .provider = (char *)receiver,
                     .kind = (char *)mail_kind_name(MAIL_BOUNCE),
                     .class = (char *)bounce_class_name(v->class),
                     .reason = (char *)bounce_reason_row(v->reason)->name,
                     .fault = (char *)bounce_fault_name(v->fault),
                     .status = (char *)v->status,
                     .text = (char *)reply,
                     .found_by = SAID_BY_REPLY};
    /* Whoever was erased has no address here. */
    return !key ||
           (said_add(w->db, &s, error) && evidence_follow(w, &s, MAIL_BOUNCE, o, error));
}

static gboolean judge_origin(struct evidence_work *w, const struct tables *t,
                             const struct refused *r, const struct delivery_origin *o,
                             GError **error)
{
    const struct bounce_facts facts = {.text = r->reply,
                                       .status = *r->enhanced ? r->enhanced : NULL,
                                       .phase = REPLY_RCPT,
                                       .code = r->code};
    struct reply reply = {.code = r->code, .text = r->reply};
    struct bounce_verdict v;
    g_autofree char *receiver = evidence_receiver(w->db, w->providers, o->address);
    g_autofree char *words = NULL;
    g_strlcpy(reply.enhanced, r->enhanced, sizeof reply.enhanced);
    w->at_us = MIN(r->at_us, w->now_us); /* it counts on its day, however late it is judged */
    bounce_judge(&facts, t->rules, &v);
    if (v.class == BOUNCE_NONE || is_our_fault(t, &reply, &v, receiver))
        return TRUE;
    words = fault_write_reply(&reply);
    return follow(w, r, words, receiver, &v, o, error);
}

static gboolean judge(struct evidence_work *w, const struct tables *t, const struct refused *r,
                      GError **error)
{
    struct delivery_origin o = {0};
    g_autoptr(GError) problem = NULL;
    if (r->code == 0)
        return TRUE;
    if (!deliveries_origin(w->db, r->delivery_id, &o, &problem)) {
        if (g_error_matches(problem, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
            return TRUE; /* deleted since */
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    gboolean ok = judge_origin(w, t, r, &o, error);
    delivery_origin_clear(&o);
    return ok;
}

static gboolean take_some(struct evidence_work *w, const struct tables *t, guint *ret_n,
                          GError **error)
{
    g_autoptr(GPtrArray) some = refused_take(w->db, SOME, error);
    gboolean ok = some != NULL;
    for (guint i = 0; ok && i < some->len; i++)
        ok = judge(w, t, some->pdata[i], error);
    *ret_n = ok ? some->len : 0;
    return ok;
}

/* `until_us` 0: all that there are. */
static gboolean take_until(struct db *db, gint64 until_us, GError **error)
{
    struct evidence_work w;
    struct tables t;
    gboolean ok = tables_load(&t, db, error);
    if (!ok)
        return FALSE;
    ok = evidence_work_init(&w, db, t.providers, error);
    for (guint n = SOME; ok && n == SOME && (!until_us || clock_mono_us() < until_us);) {
        ok = db_begin(db, error);
        if (ok && (!take_some(&w, &t, &n, error) || !db_commit(db, error))) {
            db_rollback(db);
            ok = FALSE;
        }
        db_give_way(db);
    }
    tables_clear(&t);
    return ok;
}

gboolean evidence_refusals(struct db *db, GError **error)
{
    gboolean any = FALSE;
    return refused_any(db, &any, error) && (!any || take_until(db, 0, error));
}

gboolean evidence_refusals_some(struct db *db, gint64 until_us, GError **error)
{
    gboolean any = FALSE, must_wait = FALSE;
    if (!refused_any(db, &any, error) || (any && !refused_must_wait(db, &must_wait, error)))
        return FALSE;
    return !any || must_wait || take_until(db, until_us, error);
}
