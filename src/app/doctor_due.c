/*
 * Who is in trouble, held against when the doctor was there last. It reads a few rows: the
 * worker asks each second.
 */
#include "config.h"

#include "app/doctor_due.h"

#include <string.h>

#include "app/mailbox_now.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "store/server_live.h"

#define LEAST_US (120 * CLOCK_SECOND_US)  /* between two runs of one subject */
#define AGAIN_US (3600 * CLOCK_SECOND_US) /* while the trouble lasts */

struct trouble {
    const char *kind;
    gint64 record_id;
    gint64 since_us; /* 0: not known */
    gboolean needs_person;
};

void doctor_due_clear(struct doctor_due *d)
{
    g_free(d->name);
    g_free(d->cause);
    *d = (struct doctor_due){0};
}

static const struct doctor_verdict *find(const GPtrArray *all, const char *kind,
                                         gint64 record_id)
{
    for (guint i = 0; i < all->len; i++) {
        const struct doctor_verdict *v = all->pdata[i];
        if (v->record_id == record_id && strcmp(v->kind, kind) == 0)
            return v;
    }
    return NULL;
}

/* A clock that was put back must not keep the doctor away. */
static gboolean is_due(const struct trouble *t, const GPtrArray *verdicts, gint64 now_us)
{
    const struct doctor_verdict *last = find(verdicts, t->kind, t->record_id);
    gint64 ago_us = last ? ABS(now_us - last->begun_us) : 0;
    if (!last)
        return TRUE;
    if (t->since_us > last->begun_us)
        return ago_us >= LEAST_US;
    return !t->needs_person && ago_us >= AGAIN_US;
}

static gboolean next_server(struct db *db, const GPtrArray *verdicts, gint64 now_us,
                            struct doctor_due *ret)
{
    g_autoptr(GPtrArray) all = servers_live(db, now_us, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct server_live *l = all->pdata[i];
        struct trouble t = {"server", l->server_id, l->problem ? l->problem_us : 0,
                            l->problem && l->rest_until_us == 0};
        if (!l->is_enabled || (!l->problem && !l->refused_by) || !is_due(&t, verdicts, now_us))
            continue;
        ret->kind = t.kind;
        ret->name = g_strdup(l->name);
        ret->cause = g_strdup(l->problem ? l->problem : l->refused_by);
        ret->leaves_login = t.needs_person;
        return TRUE;
    }
    return FALSE;
}

static gboolean next_mailbox(struct db *db, const GPtrArray *verdicts, gint64 now_us,
                             struct doctor_due *ret)
{
    g_autoptr(GPtrArray) all = mailboxes_now(db, NULL);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox_now *n = all->pdata[i];
        struct trouble t = {"mailbox", n->mailbox.id, 0, FALSE};
        if (!n->mailbox.enabled || !n->problem || !is_due(&t, verdicts, now_us))
            continue;
        ret->kind = t.kind;
        ret->name = g_strdup(n->mailbox.name);
        ret->cause = g_strdup(n->problem);
        ret->leaves_login = TRUE;
        return TRUE;
    }
    return FALSE;
}

gboolean doctor_due_next(struct db *db, gint64 now_us, struct doctor_due *ret)
{
    struct doctor_due due = {0};
    g_autoptr(GPtrArray) verdicts = doctor_verdicts_all(db, NULL);
    if (!verdicts ||
        (!next_server(db, verdicts, now_us, &due) && !next_mailbox(db, verdicts, now_us, &due)))
        return FALSE;
    *ret = due;
    return TRUE;
}
