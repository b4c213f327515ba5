/*
 * Reasons. What goes on is gathered by status.c; here it is told of one campaign or person.
 */
#include "config.h"

#include "app/explain.h"

#include <inttypes.h>

#include "app/pace_words.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "base/when.h"
#include "store/counters.h"
#include "store/deliveries.h"
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

static void add(GPtrArray *to, enum explain_kind kind, char *take_text, char *take_verb)
{
    struct explain_reason *r = g_new0(struct explain_reason, 1);
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

/* What stands in its way, in the words of status. */
static void add_problems(GPtrArray *to, const struct status *s, const struct campaign *c)
{
    for (guint i = 0; i < s->problems->len; i++) {
        const struct status_problem *p = g_ptr_array_index(s->problems, i);
        gboolean is_its_server =
            g_str_equal(p->kind, "server") && g_strcmp0(p->name, c->server) == 0;
        gboolean is_its_own =
            !g_str_equal(p->kind, "server") && (!p->name || g_strcmp0(p->name, c->name) == 0);
        gboolean is_of_worker = g_str_equal(p->screen, "log");
        if (is_its_server || is_its_own || is_of_worker)
            add(to, EXPLAIN_STOPPED, g_strdup_printf(_("%s. %s"), p->what, p->next),
                g_strdup(p->verb));
    }
}

/* Limits of its server that are used up. */
static void explain_limits(GPtrArray *to, const struct status *s, const struct campaign *c)
{
    for (guint i = 0; i < s->live->len; i++) {
        const struct server_live *l = g_ptr_array_index(s->live, i);
        g_autofree char *limit =
            g_strcmp0(l->name, c->server) == 0 ? pace_words_limit(l) : NULL;
        if (limit)
            add(to, EXPLAIN_GOES, g_strdup_printf(_("server %s: %s"), l->name, limit),
                g_strdup_printf("server show %s", l->name));
    }
}

/* What the campaign's own settings hold back. */
static void explain_hours(GPtrArray *to, struct db *db, const struct status_campaign *x)
{
    struct campaign c = {0};
    if (!campaigns_get(db, x->campaign.name, &c, NULL))
        return;
    char *hours = pace_words_hours(&c, clock_wall_us());
    char *spread = pace_words_spread(&c, x->counts.total);
    if (hours)
        add(to, EXPLAIN_GOES, hours, NULL);
    if (spread)
        add(to, EXPLAIN_GOES, spread, NULL);
    campaign_clear(&c);
}

static void explain_sending(GPtrArray *to, struct db *db, const struct status *s,
                            const struct status_campaign *x)
{
    explain_hours(to, db, x);
    explain_limits(to, s, &x->campaign);
    const struct campaign_counts *n = &x->counts;
    gint64 left = n->state[DELIVERY_QUEUED] + n->state[DELIVERY_LEASED];
    gint64 due_us =
        n->state[DELIVERY_DEFERRED] > 0 ? counters_next_due_us(db, x->campaign.id) : 0;
    if (left > 0 && x->rate_per_s > 0) {
        g_autofree char *span = clock_format_span((gint64)((double)left / x->rate_per_s));
        add(to, EXPLAIN_GOES,
            g_strdup_printf(ngettext("%" PRId64 " person waits for a turn: at this pace %s",
                                     "%" PRId64 " people wait for their turn: at this pace %s",
                                     (unsigned long)left),
                            left, span),
            NULL);
    } else if (left > 0) {
        add(to, EXPLAIN_GOES,
            g_strdup_printf(ngettext("%" PRId64 " person waits for a turn",
                                     "%" PRId64 " people wait for their turn",
                                     (unsigned long)left),
                            left),
            NULL);
    }
    if (due_us > 0) {
        g_autofree char *again = local_time(due_us);
        add(to, EXPLAIN_GOES,
            g_strdup_printf(
                ngettext("%" PRId64 " person was put off by the server; the next try is at %s",
                         "%" PRId64 " people were put off by the server; the next try is at %s",
                         (unsigned long)n->state[DELIVERY_DEFERRED]),
                n->state[DELIVERY_DEFERRED], again),
            NULL);
    }
}

static void explain_scheduled(GPtrArray *to, const struct status *s, const struct campaign *c)
{
    g_autofree char *when = when_format(c->schedule_us);
    add(to, EXPLAIN_GOES, g_strdup_printf(_("it begins at %s"), when), NULL);
    if (!s->is_worker_running)
        add(to, EXPLAIN_STOPPED, g_strdup(_("no worker runs, so it would not begin then")),
            g_strdup("worker"));
}

static void explain_state(GPtrArray *to, struct db *db, const struct status *s,
                          const struct status_campaign *x)
{
    const struct campaign *c = &x->campaign;
    g_autofree char *ended = c->finished_us > 0 ? local_time(c->finished_us) : NULL;
    switch (c->state) {
    case CAMPAIGN_DRAFT:
        add(to, EXPLAIN_STOPPED,
            g_strdup(_("it is a draft: it goes to nobody before it is started")),
            g_strdup_printf("campaign start %s", c->name));
        break;
    case CAMPAIGN_SCHEDULED:
        explain_scheduled(to, s, c);
        break;
    case CAMPAIGN_SENDING:
        explain_sending(to, db, s, x);
        break;
    case CAMPAIGN_PAUSED:
        add(to, EXPLAIN_STOPPED, g_strdup(_("it is paused: nothing more goes out")),
            g_strdup_printf("campaign resume %s", c->name));
        break;
    case CAMPAIGN_FINISHED:
        add(to, EXPLAIN_DONE, g_strdup_printf(_("it was finished at %s"), ended ? ended : "?"),
            NULL);
        break;
    case CAMPAIGN_CANCELLED:
        add(to, EXPLAIN_DONE,
            g_strdup_printf(_("it was cancelled at %s: nobody else gets it"),
                            ended ? ended : "?"),
            NULL);
        break;
    default: /* preparing and held are told as problems */
        break;
    }
}

static GPtrArray *explain(struct db *db, const struct status *s)
{
    GPtrArray *reasons = g_ptr_array_new_with_free_func(reason_free);
    const struct status_campaign *x = g_ptr_array_index(s->campaigns, 0);
    add_problems(reasons, s, &x->campaign);
    explain_state(reasons, db, s, x);
    if (reasons->len == 0)
        add(reasons, EXPLAIN_GOES, g_strdup(_("its last messages are on their way")), NULL);
    return reasons;
}

GPtrArray *explain_campaign(struct db *db, const struct workspace *ws, const char *name,
                            GError **error)
{
    struct status *s = status_load(db, ws, name, error);
    GPtrArray *reasons = s && s->campaigns->len > 0 ? explain(db, s) : NULL;
    if (s && !reasons)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("the campaign was changed at this moment. Try again"));
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

static void explain_delivery(GPtrArray *to, const struct delivery *d, const char *campaign)
{
    g_autofree char *words = last_words(d);
    g_autofree char *at = d->at_us > 0 ? local_time(d->at_us) : g_strdup("?");
    g_autofree char *due = d->due_us > 0 ? local_time(d->due_us) : g_strdup("?");
    const char *server = d->server ? d->server : "?";
    switch (d->state) {
    case DELIVERY_ACCEPTED:
        add(to, EXPLAIN_DONE,
            g_strdup_printf(_("server %s took it at %s%s"), server, at, words), NULL);
        break;
    case DELIVERY_REFUSED:
        add(to, EXPLAIN_DONE,
            g_strdup_printf(_("server %s refused it at %s%s"), server, at, words), NULL);
        break;
    case DELIVERY_DEFERRED:
        add(to, EXPLAIN_GOES,
            g_strdup_printf(_("server %s put it off at %s%s. It is tried again at %s"), server,
                            at, words, due),
            NULL);
        break;
    case DELIVERY_UNCERTAIN:
        add(to, d->decided ? EXPLAIN_DONE : EXPLAIN_STOPPED,
            g_strdup_printf(_("it was maybe sent at %s%s"), at, words),
            d->decided
                ? NULL
                : g_strdup_printf("campaign resolve %s --resend %s", campaign, d->address));
        break;
    case DELIVERY_SUPPRESSED:
        add(to, EXPLAIN_DONE, g_strdup(_("this address is never mailed")),
            g_strdup_printf("people show %s", d->address));
        break;
    case DELIVERY_CANCELLED:
        add(to, EXPLAIN_DONE, g_strdup(_("it was cancelled before this person's turn")), NULL);
        break;
    case DELIVERY_LEASED:
        add(to, EXPLAIN_GOES, g_strdup(_("it is being sent at this moment")), NULL);
        break;
    default:
        add(to, EXPLAIN_GOES, g_strdup(_("it waits for its turn")), NULL);
        break;
    }
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
        add(to, EXPLAIN_DONE,
            g_strdup(_("it does not go to this person, who was not on its lists, or on an "
                       "excluded one, when it began")),
            NULL);
    else if (is_out)
        add(to, EXPLAIN_DONE, g_strdup(_("this person is on a list that it excludes")), NULL);
    else if (!is_on)
        add(to, EXPLAIN_DONE, g_strdup(_("this person is on none of its lists")), NULL);
    if (!has_begun && is_on && !is_out && never->len > 0)
        add(to, EXPLAIN_DONE,
            g_strdup_printf(_("this address is on the never-mail list: %s"),
                            ((const struct suppression *)never->pdata[0])->reason),
            g_strdup_printf("people show %s", p->address));
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

/* `*ret_waits`: nothing is wrong with the person, so the campaign's own reasons count. */
static gboolean explain_known(GPtrArray *to, struct db *db, const struct campaign *c,
                              const struct person *p, gboolean *ret_waits, GError **error)
{
    g_autoptr(GPtrArray) mail = deliveries_of_person(db, p->id, DELIVERIES_OF_ONE, error);
    const struct delivery *d = mail ? delivery_in(mail, c->name) : NULL;
    if (!mail || (!d && !explain_lists(to, db, c, p, error)))
        return FALSE;
    if (d)
        explain_delivery(to, d, c->name);
    *ret_waits =
        d ? d->state == DELIVERY_QUEUED || d->state == DELIVERY_DEFERRED : to->len == 0;
    return TRUE;
}

static gboolean explain_address(GPtrArray *to, struct db *db, const char *name,
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
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    gboolean ok = people_get(db, key, &p, &why);
    if (ok)
        ok = explain_known(to, db, &c, &p, ret_waits, error);
    else if ((ok = g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)))
        add(to, EXPLAIN_DONE, g_strdup(_("nobody is known under this address")), NULL);
    else
        g_propagate_error(error, g_steal_pointer(&why));
    person_clear(&p);
    campaign_clear(&c);
    return ok;
}

GPtrArray *explain_person(struct db *db, const struct workspace *ws, const char *name,
                          const char *address, GError **error)
{
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(reason_free);
    gboolean waits = FALSE;
    if (!explain_address(reasons, db, name, address, &waits, error))
        return NULL;
    if (!waits)
        return g_steal_pointer(&reasons);
    GPtrArray *more = explain_campaign(db, ws, name, error);
    if (!more)
        return NULL;
    g_ptr_array_extend_and_steal(reasons, more);
    return g_steal_pointer(&reasons);
}

void explain_reason_json(struct json_writer *w, const struct explain_reason *r)
{
    json_begin_object(w);
    json_kv_string(w, "kind", kind_names[r->kind]);
    json_kv_string(w, "text", r->text);
    json_kv_string(w, "verb", r->verb);
    json_end_object(w);
}
