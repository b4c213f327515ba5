/*
 * Reasons of one campaign or person. What may hold a campaign up is the table of
 * explain_causes.c; what goes on is gathered by status.c.
 */
#include "config.h"

#include "app/explain.h"

#include <inttypes.h>

#include "app/explain_private.h"
#include "app/pace_words.h"
#include "app/refusals.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/deliveries.h"
#include "store/holds.h"
#include "store/people.h"

#define DELIVERIES_OF_ONE 1000

static const char *const kind_names[EXPLAIN_KIND_COUNT] = {
    [EXPLAIN_DONE] = "done", [EXPLAIN_GOES] = "goes", [EXPLAIN_STOPPED] = "stopped"};

const char *explain_kind_name(enum explain_kind k)
{
    return kind_names[k];
}

static void reason_free(gpointer p)
{
    struct explain_reason *r = p;
    g_free(r->text);
    g_free(r->verb);
    g_free(r);
}

void explain_add(GPtrArray *to, const char *cause, enum explain_kind kind, char *take_text,
                 char *take_verb)
{
    struct explain_reason *r = g_new0(struct explain_reason, 1);
    r->cause = cause;
    r->kind = kind;
    r->text = take_text;
    r->verb = take_verb;
    g_ptr_array_add(to, r);
}

static char *local_time(gint64 wall_us)
{
    return clock_format_local(wall_us, clock_wall_us());
}

/* ---- a campaign ---- */

GPtrArray *explain_campaign(struct db *db, const struct workspace *ws, const char *name,
                            GError **error)
{
    struct status *s = status_load(db, ws, name, error);
    if (!s)
        return NULL;
    GPtrArray *reasons = NULL;
    if (s->campaigns->len > 0) {
        const struct explain_scene scene = {db, ws, s, g_ptr_array_index(s->campaigns, 0)};
        reasons = g_ptr_array_new_with_free_func(reason_free);
        explain_causes(&scene, reasons);
    } else {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("the campaign was changed at this moment. Try again"));
    }
    status_free(s);
    return reasons;
}

/* ---- a person ---- */

/* "it said: 550 5.1.1 no such user", or nothing. */
static char *last_words(const struct delivery *d)
{
    if (d->code == 0 && (!d->reply || !*d->reply))
        return g_strdup("");
    g_autofree char *reply = text_safe(d->reply, -1, 300);
    if (d->code == 0)
        return g_strdup_printf(": %s", reply);
    return g_strdup_printf(": %d %s%s%s", d->code, d->enhanced ? d->enhanced : "",
                           d->enhanced && *d->enhanced ? " " : "", reply);
}

/* What a row's state says; each has up to four %s: server, when, its words, when again. */
static const struct {
    const char *cause;
    enum explain_kind kind;
    const char *text;
} states[DELIVERY_STATE_COUNT] = {
    [DELIVERY_QUEUED] = {"queue", EXPLAIN_GOES, N_("it waits for its turn")},
    [DELIVERY_LEASED] = {"on-its-way", EXPLAIN_GOES, N_("it is being sent at this moment")},
    [DELIVERY_ACCEPTED] = {"accepted", EXPLAIN_DONE, N_("server %1$s took it at %2$s%3$s")},
    [DELIVERY_REFUSED] = {"refused", EXPLAIN_DONE, N_("server %1$s refused it at %2$s%3$s")},
    [DELIVERY_DEFERRED] = {"deferred", EXPLAIN_GOES,
                           N_("server %1$s put it off at %2$s%3$s. It is tried again at %4$s")},
    [DELIVERY_UNCERTAIN] = {"uncertain", EXPLAIN_STOPPED,
                            N_("it was maybe sent over server %1$s at %2$s%3$s")},
    [DELIVERY_SUPPRESSED] = {"suppressed", EXPLAIN_DONE, N_("this address is never mailed")},
    [DELIVERY_CANCELLED] = {"cancelled", EXPLAIN_DONE,
                            N_("it was cancelled before this person's turn")},
};

/* It waits because of its receiver. */
static gboolean explain_held(GPtrArray *to, struct db *db, gint64 campaign_id,
                             const struct delivery *d)
{
    struct hold *h = NULL;
    if (d->state != DELIVERY_DEFERRED || d->due_us > 0 ||
        !holds_of_delivery(db, campaign_id, d->id, &h, NULL) || !h)
        return FALSE;
    g_autofree char *why = pace_words_hold_cause(h), *n = text_grouped(h->n_waiting);
    explain_add(to, "receiver",
                h->until_us == HOLD_FOR_EVER ? EXPLAIN_STOPPED : EXPLAIN_GOES,
                g_strdup_printf(_("it waits for %s, as %s of this campaign do: %s"), h->label, n,
                                why),
                g_strdup_printf("provider show %s", h->receiver));
    hold_free(h);
    return TRUE;
}

static void explain_delivery(GPtrArray *to, const struct delivery *d, const char *campaign,
                             gboolean is_worker_running)
{
    g_autofree char *words = last_words(d);
    g_autofree char *at = d->at_us > 0 ? local_time(d->at_us) : g_strdup("?");
    g_autofree char *due = d->due_us > 0 ? local_time(d->due_us) : g_strdup("?");
    char *verb = NULL;
    enum explain_kind kind = states[d->state].kind;
    if (d->state == DELIVERY_UNCERTAIN && d->decided)
        kind = EXPLAIN_DONE;
    else if (d->state == DELIVERY_UNCERTAIN)
        verb = g_strdup_printf("campaign resolve %s --resend %s", campaign, d->address);
    else if (d->state == DELIVERY_SUPPRESSED)
        verb = g_strdup_printf("people show %s", d->address);
    if (d->state == DELIVERY_LEASED && !is_worker_running) {
        explain_add(to, "on-its-way", EXPLAIN_STOPPED,
                    g_strdup(_("it was taken for sending when the worker ended; the next worker "
                               "finds out what became of it")),
                    g_strdup("worker"));
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    explain_add(to, states[d->state].cause, kind,
                g_strdup_printf(_(states[d->state].text), d->server ? d->server : "?", at,
                                words, due),
                verb);
#pragma GCC diagnostic pop
}

/* Why never: the entry that is about everything, or the first. */
static void explain_never(GPtrArray *to, const GPtrArray *never, const struct person *p)
{
    const struct suppression *s = never->len > 0 ? never->pdata[0] : NULL;
    if (!s)
        return;
    g_autofree char *since = local_time(s->created_us);
    explain_add(to, "suppressed", EXPLAIN_DONE,
                g_strdup_printf(_("this address is on the never-mail list: %s, since %s"),
                                s->reason, since),
                g_strdup_printf("people show %s", p->address));
}

/* Before it has begun nobody has a row. */
static gboolean explain_lists(GPtrArray *to, struct db *db, const struct campaign *c,
                              const struct person *p, GError **error)
{
    g_autoptr(GPtrArray) lists = membership_of(db, p->id, error);
    g_autoptr(GPtrArray) never = lists ? suppression_of(db, p->address_key, error) : NULL;
    if (!never)
        return FALSE;
    gboolean is_on = FALSE, is_out = FALSE;
    for (guint i = 0; i < lists->len; i++) {
        const struct membership *m = g_ptr_array_index(lists, i);
        is_on = is_on || (c->lists && g_strv_contains((const char *const *)c->lists, m->list));
        is_out =
            is_out || (c->exclude && g_strv_contains((const char *const *)c->exclude, m->list));
    }
    gboolean has_begun = c->state != CAMPAIGN_DRAFT && c->state != CAMPAIGN_SCHEDULED;
    if (has_begun)
        explain_add(to, "not-on-its-lists", EXPLAIN_DONE,
                    g_strdup(_("it does not go to this person, who was not on its lists, or on "
                               "an excluded one, when it began")),
                    is_on && !is_out && c->state != CAMPAIGN_CANCELLED
                        ? g_strdup_printf("campaign join %s", c->name)
                        : NULL);
    else if (is_out)
        explain_add(to, "not-on-its-lists", EXPLAIN_DONE,
                    g_strdup(_("this person is on a list that it excludes")), NULL);
    else if (!is_on)
        explain_add(to, "not-on-its-lists", EXPLAIN_DONE,
                    g_strdup(_("this person is on none of its lists")), NULL);
    if (!has_begun && is_on && !is_out)
        explain_never(to, never, p);
    return TRUE;
}

static const struct delivery *delivery_in(const GPtrArray *mail, const char *campaign)
{
    for (guint i = 0; i < mail->len; i++) {
        const struct person_delivery *d = g_ptr_array_index(mail, i);
        if (g_strcmp0(d->campaign, campaign) == 0)
            return &d->d;
    }
    return NULL;
}

struct asked {
    struct db *db;              /* borrowed */
    const struct workspace *ws; /* borrowed */
    gboolean is_worker_running;
};

/* Whoever is at the other end refuses us, whoever is written to there. */
static gboolean explain_refusal(GPtrArray *to, const struct asked *q, const struct campaign *c,
                                const struct delivery *d)
{
    struct hold *h = NULL;
    if (d->state != DELIVERY_DEFERRED || !holds_of_delivery(q->db, c->id, d->id, &h, NULL) || !h)
        return FALSE;
    g_autoptr(GPtrArray) all = refusals_load(q->db, q->ws, c->id, NULL);
    gboolean is_told = FALSE;
    for (guint i = 0; all && i < all->len && !is_told; i++) {
        const struct refusal *x = all->pdata[i];
        if ((is_told = g_str_equal(x->receiver, h->receiver)))
            explain_add(to, "ours", EXPLAIN_STOPPED,
                        g_strdup_printf(_("it waits, because %s. %s"), x->what, x->next),
                        g_strdup(x->verb));
    }
    hold_free(h);
    return is_told;
}

/* `*ret_waits`: nothing is wrong with the person, so the campaign's own reasons count. */
static gboolean explain_known(GPtrArray *to, const struct asked *q, const struct campaign *c,
                              const struct person *p, gboolean *ret_waits, GError **error)
{
    g_autoptr(GPtrArray) mail = deliveries_of_person(q->db, p->id, DELIVERIES_OF_ONE, error);
    const struct delivery *d = mail ? delivery_in(mail, c->name) : NULL;
    if (!mail || (!d && !explain_lists(to, q->db, c, p, error)))
        return FALSE;
    g_autoptr(GPtrArray) never =
        d && d->state == DELIVERY_SUPPRESSED ? suppression_of(q->db, p->address_key, NULL)
                                             : NULL;
    if (never && never->len > 0)
        explain_never(to, never, p);
    else if (d && !explain_refusal(to, q, c, d) && !explain_held(to, q->db, c->id, d))
        explain_delivery(to, d, c->name, q->is_worker_running);
    *ret_waits =
        d ? d->state == DELIVERY_QUEUED || d->state == DELIVERY_DEFERRED : to->len == 0;
    return TRUE;
}

static gboolean explain_address(GPtrArray *to, const struct asked *q, const char *name,
                                const char *address, gboolean *ret_waits, GError **error)
{
    struct campaign c;
    struct person p = {0};
    struct mailaddr a;
    g_autoptr(GError) why = NULL;
    if (!mailaddr_parse(address, &a, error))
        return FALSE;
    g_autofree char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    if (!campaigns_get(q->db, name, &c, error))
        return FALSE;
    gboolean ok = people_get(q->db, key, &p, &why);
    if (ok)
        ok = explain_known(to, q, &c, &p, ret_waits, error);
    else if ((ok = g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)))
        explain_add(to, "unknown-person", EXPLAIN_DONE,
                    g_strdup(_("nobody is known under this address")), NULL);
    else
        g_propagate_error(error, g_steal_pointer(&why));
    person_clear(&p);
    campaign_clear(&c);
    return ok;
}

/* A reason of the whole campaign that was told as this person's is not told twice. */
static void drop_told(GPtrArray *more, const GPtrArray *told)
{
    for (guint i = more->len; i-- > 0;) {
        const struct explain_reason *r = g_ptr_array_index(more, i);
        gboolean is_told = FALSE;
        for (guint k = 0; k < told->len && !is_told; k++) {
            const struct explain_reason *t = g_ptr_array_index(told, k);
            is_told = r->verb && g_str_equal(r->cause, t->cause) &&
                      g_strcmp0(r->verb, t->verb) == 0;
        }
        if (is_told)
            g_ptr_array_remove_index(more, i);
    }
}

GPtrArray *explain_person(struct db *db, const struct workspace *ws, const char *name,
                          const char *address, GError **error)
{
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(reason_free);
    gboolean waits = FALSE;
    const struct asked q = {db, ws, workspace_worker_is_running(ws, NULL, NULL)};
    if (!explain_address(reasons, &q, name, address, &waits, error))
        return NULL;
    if (!waits)
        return g_steal_pointer(&reasons);
    GPtrArray *more = explain_campaign(db, ws, name, error);
    if (!more)
        return NULL;
    drop_told(more, reasons);
    g_ptr_array_extend_and_steal(reasons, more);
    return g_steal_pointer(&reasons);
}

void explain_reason_json(struct json_writer *w, const struct explain_reason *r)
{
    json_begin_object(w);
    json_kv_string(w, "kind", kind_names[r->kind]);
    json_kv_string(w, "cause", r->cause);
    json_kv_string(w, "text", r->text);
    json_kv_string(w, "verb", r->verb);
    json_end_object(w);
}
