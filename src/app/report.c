/*
 * Sums and parts of a campaign's report, out of the counters. Writing them down is
 * report_write.c's, showing them the screen's.
 */
#include "config.h"

#include "app/report.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "model/pool.h"
#include "store/mx.h"
#include "store/pools.h"

#define MINUTE_S 60
#define COURSE_SLICE 4096 /* minutes that are read at once */
#define BEGUN                                                                                  \
    (COUNTERS_STATE(CAMPAIGN_SENDING) | COUNTERS_STATE(CAMPAIGN_PAUSED) |                      \
     COUNTERS_STATE(CAMPAIGN_HELD) | COUNTERS_STATE(CAMPAIGN_FINISHED) |                       \
     COUNTERS_STATE(CAMPAIGN_CANCELLED))

/* ---- figures ---- */

static const struct {
    const char *label, *help;
    int state; /* of the ledger; -1: by what came back, or none of these */
    gboolean has_share;
} figures[REPORT_FIGURE_COUNT] = {
    [REPORT_PEOPLE] = {N_("people"), N_("Everybody it goes to."), -1, FALSE},
    [REPORT_ACCEPTED] = {N_("accepted"),
                         N_("Their server took it, also what came back later. What became of the rest "
                            "nobody can know."),
                         DELIVERY_ACCEPTED, TRUE},
    [REPORT_REFUSED] = {N_("refused"), N_("The server said no while it was sent."),
                        DELIVERY_REFUSED, TRUE},
    [REPORT_BOUNCED_HARD] = {N_("bounced, dead"),
                             N_("It was taken and came back: there is no such address."), -1,
                             TRUE},
    [REPORT_BOUNCED_SOFT] = {N_("bounced, for now"),
                             N_("It was taken and came back, but the address may work again."),
                             -1, TRUE},
    [REPORT_WAITING] = {N_("waiting"), N_("Put off by their server; tried again."),
                        DELIVERY_DEFERRED, TRUE},
    [REPORT_LEFT] = {N_("not yet"), N_("Their turn has not come yet."), -1, TRUE},
    [REPORT_MAYBE] = {N_("maybe sent"),
                      N_("The line broke before the server answered: nobody can know."),
                      DELIVERY_UNCERTAIN, TRUE},
    [REPORT_COMPLAINED] = {N_("complained"),
                           N_("They pressed \"this is spam\". They are never mailed again."), -1,
                           TRUE},
    [REPORT_UNSUBSCRIBED] = {N_("unsubscribed"), N_("They wanted no more because of this one."),
                             -1, TRUE},
    [REPORT_NEVER] = {N_("never mail"), N_("On its lists, but never to be mailed: left out."),
                      DELIVERY_SUPPRESSED, FALSE},
    [REPORT_CANCELLED] = {N_("cancelled"), N_("Not sent, because it was stopped for good."),
                          DELIVERY_CANCELLED, TRUE},
};

const char *report_figure_label(enum report_figure f)
{
    return f < REPORT_FIGURE_COUNT ? figures[f].label : "";
}

const char *report_figure_help(enum report_figure f)
{
    return f < REPORT_FIGURE_COUNT ? figures[f].help : "";
}

static gint64 people_of(const struct campaign_counts *c)
{
    return c->total - c->state[DELIVERY_SUPPRESSED];
}

gint64 report_figure(const struct campaign_counts *c, enum report_figure f)
{
    switch (f) {
    case REPORT_PEOPLE:
        return people_of(c);
    case REPORT_BOUNCED_HARD:
        return c->bounced_hard;
    case REPORT_BOUNCED_SOFT:
        return c->bounced_soft;
    case REPORT_COMPLAINED:
        return c->complained;
    case REPORT_UNSUBSCRIBED:
        return c->unsubscribed;
    case REPORT_LEFT:
        return c->state[DELIVERY_QUEUED] + c->state[DELIVERY_LEASED];
    default:
        return f < REPORT_FIGURE_COUNT ? c->state[figures[f].state] : 0;
    }
}

double report_share(const struct campaign_counts *c, enum report_figure f)
{
    gint64 people = people_of(c);
    if (f >= REPORT_FIGURE_COUNT || !figures[f].has_share)
        return -1;
    return people > 0 ? (double)report_figure(c, f) / (double)people : 0;
}

gboolean report_average(struct db *db, gint64 without_id, int n,
                        double ret_share[REPORT_FIGURE_COUNT], int *ret_n, GError **error)
{
    g_autoptr(GPtrArray) ended = counters_ended(db, n + 1, error);
    int found = 0;
    if (!ended)
        return FALSE;
    for (int f = 0; f < REPORT_FIGURE_COUNT; f++)
        ret_share[f] = 0;
    for (guint i = 0; i < ended->len && found < n; i++) {
        const struct campaign_brief *b = ended->pdata[i];
        if (b->id == without_id || people_of(&b->counts) <= 0)
            continue;
        found++;
        for (int f = 0; f < REPORT_FIGURE_COUNT; f++)
            ret_share[f] += MAX(report_share(&b->counts, (enum report_figure)f), 0);
    }
    for (int f = 0; f < REPORT_FIGURE_COUNT && found > 0; f++)
        ret_share[f] /= found;
    *ret_n = found;
    return TRUE;
}

/* ---- sums ---- */

void report_sums_free(struct report_sums *s)
{
    if (!s)
        return;
    g_free(s->name);
    g_free(s->title);
    g_free(s->held_reason);
    g_free(s->servers);
    g_free(s);
}

/* What a campaign's server means: of a pool, also its members. */
static char *servers_of(struct db *db, const char *server)
{
    struct pool pool;
    if (!server || !*server || !pools_get(db, server, &pool, NULL))
        return g_strdup(server ? server : "");
    g_autoptr(GPtrArray) members = pool_parse(pool.servers, NULL);
    GString *text = g_string_new(pool.name);
    for (guint i = 0; members && i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        g_string_append_printf(text, "%s%s", i == 0 ? ": " : ", ", m->server);
    }
    pool_clear(&pool);
    return g_string_free(text, FALSE);
}

static gboolean read_numbers(struct db *db, struct report_sums *s, GError **error)
{
    struct minute_span span;
    struct campaign_counts *c = &s->counts;
    if (!campaigns_counts(db, s->id, c, error) || !counters_span(db, s->id, &span, error))
        return FALSE;
    s->people = people_of(c);
    s->left = report_figure(c, REPORT_LEFT) + c->state[DELIVERY_DEFERRED];
    s->sent = s->people - s->left - c->state[DELIVERY_CANCELLED];
    s->bounced = c->bounced_hard + c->bounced_soft;
    s->failed = c->state[DELIVERY_REFUSED] + s->bounced;
    s->busy_minutes = span.n;
    s->most_in_minute = span.most;
    if (span.n > 0) {
        gint64 took_s = (s->finished_us - s->started_us) / CLOCK_SECOND_US;
        gint64 busy_s = span.n * MINUTE_S;
        s->first_us = span.first * COUNTERS_MINUTE_US;
        s->last_us = span.last * COUNTERS_MINUTE_US;
        if (s->finished_us > 0) /* within a part of a minute */
            busy_s = CLAMP(took_s, 1, busy_s);
        s->per_s = (double)span.mails / (double)busy_s;
    }
    return TRUE;
}

struct report_sums *report_sums(struct db *db, const char *name, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return NULL;
    struct report_sums *s = g_new0(struct report_sums, 1);
    s->id = c.id;
    s->name = g_strdup(c.name);
    s->title = g_strdup(c.title ? c.title : "");
    s->held_reason = g_strdup(c.held_reason);
    s->servers = servers_of(db, c.server);
    s->state = c.state;
    s->started_us = c.started_us;
    s->finished_us = c.finished_us;
    campaign_clear(&c);
    if (read_numbers(db, s, error))
        return s;
    report_sums_free(s);
    return NULL;
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const struct campaign_brief *x = *(const struct campaign_brief *const *)a;
    const struct campaign_brief *y = *(const struct campaign_brief *const *)b;
    if (x->started_us != y->started_us)
        return x->started_us > y->started_us ? -1 : 1;
    return (x->id < y->id) - (x->id > y->id);
}

GPtrArray *report_campaigns(struct db *db, GError **error)
{
    GPtrArray *all = counters_campaigns(db, BEGUN, error);
    if (all)
        g_ptr_array_sort(all, newest_first);
    return all;
}

/* ---- domains ---- */

static void domain_free(gpointer p)
{
    struct report_domain *d = p;
    g_free(d->name);
    g_free(d->label);
    g_free(d);
}

static void add(struct report_domain *to, const struct domain_count *d)
{
    to->domains++;
    to->total += d->total;
    to->accepted += d->accepted;
    to->refused += d->refused;
    to->uncertain += d->uncertain;
    to->deferrals += d->deferrals;
}

/* The caller's, or our own: unref. */
static GHashTable *bounced_of(struct db *db, gint64 campaign_id, GHashTable *given,
                              GError **error)
{
    return given ? g_hash_table_ref(given) : bounced_domains(db, campaign_id, error);
}

static gint64 bounced_at(GHashTable *bounced, const char *domain)
{
    const gint64 *n = g_hash_table_lookup(bounced, domain);
    return n ? *n : 0;
}

GPtrArray *report_domains(struct db *db, gint64 campaign_id, int max, GHashTable *bounced,
                          struct report_domain *ret_others, GError **error)
{
    struct domain_others others;
    struct campaign_counts counts;
    g_autoptr(GPtrArray) top = counters_domains(db, campaign_id, max, &others, error);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(domain_free);
    if (!top || !campaigns_counts(db, campaign_id, &counts, error))
        return NULL;
    g_autoptr(GHashTable) back = bounced_of(db, campaign_id, bounced, error);
    if (!back)
        return NULL;
    struct report_domain rest = {.domains = others.domains,
                                 .total = others.total,
                                 .accepted = others.accepted,
                                 .refused = others.refused,
                                 .uncertain = others.uncertain,
                                 .bounced = counts.bounced_hard + counts.bounced_soft};
    for (guint i = 0; i < top->len; i++) {
        const struct domain_count *d = top->pdata[i];
        struct report_domain *r = g_new0(struct report_domain, 1);
        g_ptr_array_add(all, r);
        add(r, d);
        r->name = g_strdup(d->domain);
        r->label = g_strdup(d->domain);
        r->bounced = bounced_at(back, d->domain);
        rest.bounced = MAX(rest.bounced - r->bounced, 0);
    }
    if (ret_others)
        *ret_others = rest;
    return g_steal_pointer(&all);
}

/* ---- providers ---- */

const struct provider *report_provider_of(struct db *db, const struct providers *all,
                                          const char *domain)
{
    const struct provider *p = providers_of_domain(all, domain);
    g_autofree char *hosts = p ? NULL : mx_hosts(db, domain, NULL);
    return p || !hosts || !*hosts ? p : providers_of_mx(all, hosts);
}

static struct report_domain *row_of(GPtrArray *rows, GHashTable *by_name,
                                    const struct provider *p)
{
    const char *name = p ? p->name : "";
    struct report_domain *r = g_hash_table_lookup(by_name, name);
    if (r)
        return r;
    r = g_new0(struct report_domain, 1);
    r->name = g_strdup(name);
    r->label = g_strdup(p ? p->label : _("others"));
    g_ptr_array_add(rows, r);
    g_hash_table_insert(by_name, r->name, r);
    return r;
}

static gint largest_first(gconstpointer a, gconstpointer b)
{
    const struct report_domain *x = *(const struct report_domain *const *)a;
    const struct report_domain *y = *(const struct report_domain *const *)b;
    if (!*x->name != !*y->name) /* the others last */
        return !*x->name ? 1 : -1;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return strcmp(x->name, y->name);
}

GPtrArray *report_providers(struct db *db, gint64 campaign_id, const struct providers *all,
                            GHashTable *bounced, int max_domains, GError **error)
{
    int most = MIN(max_domains, REPORT_ALL);
    g_autoptr(GPtrArray) domains = campaigns_domains(db, campaign_id, most + 1, error);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(domain_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    if (!domains || (int)domains->len > most)
        return NULL;
    g_autoptr(GHashTable) back = bounced_of(db, campaign_id, bounced, error);
    if (!back)
        return NULL;
    for (guint i = 0; i < domains->len; i++) {
        const struct domain_count *d = domains->pdata[i];
        struct report_domain *r = row_of(rows, by_name, report_provider_of(db, all, d->domain));
        add(r, d);
        r->bounced += bounced_at(back, d->domain);
    }
    g_ptr_array_sort(rows, largest_first);
    return g_steal_pointer(&rows);
}

/* ---- the course ---- */

static void add_minute(struct minute_count *to, const struct minute_count *m)
{
    to->accepted += m->accepted;
    to->refused += m->refused;
    to->deferrals += m->deferrals;
    to->uncertain += m->uncertain;
}

GArray *report_course(struct db *db, const struct report_sums *s, int max,
                      gint64 *ret_slot_minutes, GError **error)
{
    struct minute_count slice[COURSE_SLICE];
    GArray *slots = g_array_new(FALSE, TRUE, sizeof(struct minute_count));
    gint64 first = s->first_us / COUNTERS_MINUTE_US, last = s->last_us / COUNTERS_MINUTE_US;
    gint64 n = s->busy_minutes > 0 ? last - first + 1 : 0, wide = MAX(1, (n + max - 1) / max);
    g_array_set_size(slots, (guint)((n + wide - 1) / wide));
    for (guint i = 0; i < slots->len; i++)
        g_array_index(slots, struct minute_count, i).minute = first + i * wide;
    for (gint64 at = 0; at < n; at += COURSE_SLICE) {
        int count = (int)MIN(COURSE_SLICE, n - at);
        if (!counters_minutes(db, s->id, first + at, count, slice, error)) {
            g_array_unref(slots);
            return NULL;
        }
        for (int i = 0; i < count; i++)
            add_minute(&g_array_index(slots, struct minute_count, (guint)((at + i) / wide)),
                       &slice[i]);
    }
    *ret_slot_minutes = wide;
    return slots;
}
