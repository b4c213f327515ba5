/*
 * Receivers in the send role: what is remembered of each, and what it asks for. Whether a lease
 * may go is receivers_gate.c's; how fast the numbers move is model/throttle.c's.
 */
#include "config.h"

#include "worker/receivers_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"
#include "model/fault.h"
#include "store/mx.h"
#include "store/rest_wish.h"

#define CACHED_DOMAINS 8192
#define IDLE_RECEIVERS 4096 /* kept although nothing is known of them */
#define REPLY_KEPT_CHARS 300
#define MEASURED_LEAST 10.0 /* messages a second: the meter knows little of the first second */

/* Of a domain in the cache: nothing is known of its receiver and nothing limits it. */
static struct receiver nobody;

static void receiver_free(gpointer p)
{
    struct receiver *r = p;
    g_free(r->name);
    g_free(r->row.reply);
    g_array_unref(r->waits);
    g_free(r);
}

const char *receiver_label(const struct receiver *r)
{
    return strcmp(r->of->name, r->name) == 0 ? r->of->label : r->name;
}

gboolean receiver_rests(const struct receiver *r)
{
    return r->rest_cause != HOLD_NONE;
}

gboolean receivers_is_special(const struct receiver *r)
{
    return receiver_rests(r) || r->n_ours > 0 || r->n_waiting > 0 ||
           throttle_is_slow(&r->throttle);
}

/* ---- finding ---- */

static struct receiver *make(struct receivers *all, const char *name,
                             const struct provider *of, gint64 now_us)
{
    struct receiver *r = g_new0(struct receiver, 1);
    r->name = g_strdup(name);
    r->of = of;
    r->waits = g_array_new(FALSE, FALSE, sizeof(struct receiver_wait));
    throttle_init(&r->throttle, of->per_second, now_us);
    g_hash_table_insert(all->by_name, r->name, r);
    g_hash_table_remove_all(all->by_domain); /* its other domains may stand there as nobody's */
    return r;
}

static const struct provider *provider_of(struct receivers *all, const char *domain)
{
    const struct provider *p = providers_of_domain(all->table, domain);
    g_autofree char *hosts = p ? NULL : mx_hosts(all->db, domain, NULL);
    return p || !hosts || !*hosts ? p : providers_of_mx(all->table, hosts);
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : address;
}

/* NULL: nothing is known of it, and it is not to be made. */
struct receiver *receivers_find(struct receivers *all, const char *address, gboolean may_make)
{
    const char *domain = domain_of(address);
    struct receiver *r = g_hash_table_lookup(all->by_domain, domain);
    if (r && (r != &nobody || !may_make))
        return r == &nobody ? NULL : r;
    const struct provider *p = provider_of(all, domain);
    const char *name = p ? p->name : domain;
    p = p ? p : &all->table->fallback;
    r = g_hash_table_lookup(all->by_name, name);
    if (!r && (may_make || provider_is_limited(p)))
        r = make(all, name, p, all->now_us);
    if (g_hash_table_size(all->by_domain) >= CACHED_DOMAINS)
        g_hash_table_remove_all(all->by_domain);
    g_hash_table_insert(all->by_domain, g_strdup(domain), r ? r : &nobody);
    return r;
}

const char *receivers_name_of(struct receivers *all, const char *address)
{
    const char *domain = domain_of(address);
    const struct receiver *r = receivers_find(all, address, FALSE);
    const struct provider *p = r ? NULL : provider_of(all, domain);
    return r ? r->name : p ? p->name : domain;
}

struct receiver *receivers_of(struct receivers *all, const char *address)
{
    return receivers_find(all, address, TRUE);
}

/* ---- what is to be remembered ---- */

gint64 receivers_row_id(struct receivers *all, struct receiver *r)
{
    if (r->row.id == 0) {
        r->row.id = all->next_id++;
        g_hash_table_insert(all->by_hold, &r->row.id, r);
    }
    return r->row.id;
}

void receivers_mark(struct receivers *all, struct receiver *r)
{
    if (!r->is_dirty)
        g_ptr_array_add(all->dirty, r);
    r->is_dirty = TRUE;
}

static void take_lease(struct lease *lease, void *data)
{
    struct receivers *all = data;
    struct receiver *r = lease->receiver ? NULL : receivers_find(all, lease->address, FALSE);
    if (!r || (!r->is_listed && !provider_is_limited(r->of)))
        return;
    lease->receiver = r;
    r->n_in_flight++;
}

/* From now on it is looked at each second, and its leases carry it: also those that went out
 * when nothing was to be counted. */
void receivers_list(struct receivers *all, struct receiver *r)
{
    receivers_mark(all, r);
    if (r->is_listed)
        return;
    r->is_listed = TRUE;
    g_ptr_array_add(all->listed, r);
    if (all->ledger)
        ledger_each(all->ledger, take_lease, all);
}

static void keep_reply(struct receiver *r, const char *reply)
{
    g_free(r->row.reply);
    r->row.reply = text_safe(reply, -1, REPLY_KEPT_CHARS);
}

void receiver_rest(struct receivers *all, struct receiver *r, enum hold_cause cause,
                   const char *reply, gint64 for_us, gint64 now_us)
{
    if (!receiver_rests(r))
        r->row.since_us = clock_wall_us();
    r->rest_cause = r->row.cause = cause;
    r->rest_until_us = for_us == HOLD_FOR_EVER ? HOLD_FOR_EVER : now_us + for_us;
    keep_reply(r, reply);
    receivers_list(all, r);
    all->must_sweep = TRUE;
}

void receiver_wake(struct receivers *all, struct receiver *r)
{
    if (!receiver_rests(r))
        return;
    log_info("%s: it is written to again", receiver_label(r));
    r->rest_cause = HOLD_NONE;
    r->rest_until_us = 0;
    receivers_list(all, r);
}

int receiver_fault(struct receivers *all, struct receiver *r, const char *reply)
{
    r->n_ours++;
    keep_reply(r, reply);
    receivers_list(all, r);
    return r->n_ours;
}

/* ---- outcomes ---- */

struct share {
    struct receivers *all;
    const struct receiver *r;
    int n_all, n_its;
};

static void count_share(struct lease *lease, void *data)
{
    struct share *s = data;
    s->n_all++;
    s->n_its += receivers_find(s->all, lease->address, FALSE) == s->r;
}

/* Its part of what goes out: nothing of the kind is counted for those without limits. */
static double measured(struct receivers *all, struct receiver *r, double rate)
{
    struct share s = {.all = all, .r = r};
    if (all->ledger)
        ledger_each(all->ledger, count_share, &s);
    return MAX(MEASURED_LEAST, s.n_all > 0 ? rate * s.n_its / s.n_all : rate);
}

static void slow_down(struct receivers *all, struct receiver *r, const char *reply, double rate,
                      gint64 now_us)
{
    rate = throttle_is_on(&r->throttle) ? 0 : measured(all, r, rate);
    if (!throttle_slow_down(&r->throttle, &all->table->pace, rate, now_us))
        return;
    g_autofree char *words = provider_rate_words(r->throttle.bucket.rate);
    keep_reply(r, reply);
    log_warning("%s: it asks for less: %s from now on. It said: %s", receiver_label(r), words,
                r->row.reply);
    if (r->row.since_us == 0)
        r->row.since_us = clock_wall_us();
    receivers_list(all, r);
}

static gboolean asks_for_less(const struct receivers *all, const struct ledger_outcome *o)
{
    struct reply reply = {.code = o->code, .text = (char *)o->reply};
    if (o->code < 400 || o->code > 499 || o->is_ours)
        return FALSE;
    g_strlcpy(reply.enhanced, o->enhanced ? o->enhanced : "", sizeof reply.enhanced);
    return providers_is_slow_down(all->table, o->phase, &reply);
}

void receivers_outcome(struct receivers *all, struct lease *lease,
                       const struct ledger_outcome *o, double rate, gint64 now_us)
{
    struct receiver *r = lease->receiver;
    all->now_us = now_us;
    if (asks_for_less(all, o))
        slow_down(all, r ? r : receivers_of(all, lease->address), o->reply, rate, now_us);
    r = lease->receiver;
    if (!r)
        return;
    lease->receiver = NULL;
    r->n_in_flight--;
    if (o->to == DELIVERY_QUEUED && !lease->is_authorised)
        throttle_give_back(&r->throttle); /* it was not sent */
    if (o->to == DELIVERY_ACCEPTED && r->n_ours > 0) {
        r->n_ours = 0;
        receivers_mark(all, r);
    }
}

gboolean receivers_must_sweep(struct receivers *all)
{
    gboolean must = all->must_sweep;
    all->must_sweep = FALSE;
    return must;
}

gboolean receivers_must_go_back(const struct lease *lease)
{
    const struct receiver *r = lease->receiver;
    return r && receiver_rests(r);
}

/* ---- each second ---- */

static void forget_idle(struct receivers *all)
{
    GHashTableIter i;
    gpointer value;
    if (g_hash_table_size(all->by_name) <= IDLE_RECEIVERS)
        return;
    g_hash_table_remove_all(all->by_domain);
    g_hash_table_iter_init(&i, all->by_name);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct receiver *r = value;
        if (!r->is_listed && !r->is_dirty && r->n_in_flight == 0 &&
            throttle_wait_us(&r->throttle, all->now_us) == 0) {
            g_hash_table_remove(all->by_hold, &r->row.id);
            g_hash_table_iter_remove(&i);
        }
    }
}

static void tick(struct receivers *all, struct receiver *r)
{
    if (throttle_tick(&r->throttle, &all->table->pace, all->now_us))
        receivers_mark(all, r);
    if (receiver_rests(r) && r->rest_until_us <= all->now_us)
        receiver_wake(all, r);
}

void receivers_tick(struct receivers *all, gint64 now_us)
{
    all->now_us = now_us;
    for (guint i = all->listed->len; i-- > 0;) {
        struct receiver *r = all->listed->pdata[i];
        tick(all, r);
        if (receivers_is_special(r))
            continue;
        r->is_listed = FALSE;
        r->row.since_us = 0;
        keep_reply(r, "");
        receivers_mark(all, r);
        g_ptr_array_remove_index_fast(all->listed, i);
    }
    forget_idle(all);
}

/* Whose limits it has now: the table or what is known of its MX hosts may have changed. */
static void settle(struct receivers *all, struct receiver *r)
{
    const struct provider *p = providers_find(all->table, r->name);
    if (!p && strchr(r->name, '.'))
        p = provider_of(all, r->name);
    r->is_moved = p ? strcmp(p->name, r->name) != 0 : strchr(r->name, '.') == NULL;
    r->of = p && !r->is_moved ? p : &all->table->fallback;
    throttle_set_limit(&r->throttle, r->of->per_second, all->now_us);
}

/* Who was cancelled or taken back by another process waits no more; it would be counted among
 * those between whom turns are shared until the end of this role. */
static void forget_gone(struct receivers *all, struct receiver *r)
{
    for (guint i = r->waits->len; i-- > 0;) {
        const struct receiver_wait *w = &g_array_index(r->waits, struct receiver_wait, i);
        gint64 n = w->n;
        if (holds_waiting(all->db, r->row.id, w->campaign_id, &n, NULL) && n < w->n)
            receivers_wait(r, w->campaign_id, n - w->n);
    }
}

static void look(struct receivers *all, struct receiver *r)
{
    settle(all, r);
    forget_gone(all, r);
    gint64 woken_us = 0;
    g_autoptr(GError) error = NULL;
    if (r->row.id == 0 || !holds_woken_us(all->db, r->row.id, &woken_us, &error))
        return;
    if (woken_us <= r->woken_us)
        return;
    r->woken_us = woken_us;
    receiver_wake(all, r);
    r->n_ours = 0;
    throttle_init(&r->throttle, r->of->per_second, all->now_us);
    receivers_mark(all, r);
}

void receivers_clock_jumped(struct receivers *all)
{
    for (guint i = 0; i < all->listed->len; i++)
        receivers_mark(all, all->listed->pdata[i]);
}

/* ---- what comes back says that it refuses us ---- */

static struct receiver *of_name(struct receivers *all, const char *name)
{
    struct receiver *r = g_hash_table_lookup(all->by_name, name);
    const struct provider *p = r ? NULL : providers_find(all->table, name);
    return r ? r : make(all, name, p ? p : &all->table->fallback, all->now_us);
}

static void heed(struct receivers *all, const struct rest_wish *w)
{
    struct receiver *r = of_name(all, w->receiver);
    if (receiver_rests(r))
        return; /* it was in flight when the rest began */
    r->n_ours = MAX(r->n_ours + 1, FAULT_ROW_LENGTH);
    gint64 rest_s = fault_rest_s(r->n_ours);
    g_autofree char *span = clock_format_span(rest_s);
    receiver_rest(all, r, HOLD_OURS, w->reply, rest_s * CLOCK_SECOND_US, all->now_us);
    log_warning("%s rests for %s, as it sends our mail back: %s", receiver_label(r), span,
                r->row.reply);
}

/* The rest and the end of the wish in one commit, so that a kill loses neither. */
static gboolean write_heeded(struct receivers *all, const GPtrArray *wishes, GError **error)
{
    if (!db_begin(all->db, error))
        return FALSE;
    gboolean ok = receivers_write(all, all->db, error);
    for (guint i = 0; ok && i < wishes->len; i++)
        ok = rest_wish_done(all->db, ((const struct rest_wish *)wishes->pdata[i])->receiver,
                            error);
    ok = ok && db_commit(all->db, error);
    if (!ok)
        db_rollback(all->db);
    receivers_written(all, ok);
    return ok;
}

static void heed_wishes(struct receivers *all)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) wishes = rest_wish_all(all->db, &error);
    for (guint i = 0; wishes && i < wishes->len; i++)
        heed(all, wishes->pdata[i]);
    if (!wishes || (wishes->len > 0 && !write_heeded(all, wishes, &error)))
        log_warning("%s", error->message);
}

void receivers_look(struct receivers *all, gint64 now_us)
{
    all->now_us = now_us;
    g_hash_table_remove_all(all->by_domain); /* MX hosts may be known by now */
    for (guint i = 0; i < all->listed->len; i++)
        look(all, all->listed->pdata[i]);
    heed_wishes(all);
}

/* ---- the table, beginning and end ---- */

void receivers_take_table(struct receivers *all, const struct providers *table, gint64 now_us)
{
    GHashTableIter i;
    gpointer value;
    all->table = table;
    all->now_us = now_us;
    g_hash_table_remove_all(all->by_domain);
    g_hash_table_iter_init(&i, all->by_name);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct receiver *r = value;
        settle(all, r);
        if (r->is_listed)
            receivers_mark(all, r);
    }
    all->is_limited = providers_are_limited(table);
    if (all->is_limited && all->ledger)
        ledger_each(all->ledger, take_lease, all);
}

static void restore_row(struct receivers *all, const struct hold *h, gint64 wall_us)
{
    const struct provider *p = providers_find(all->table, h->receiver);
    struct receiver *r = make(all, h->receiver, p ? p : &all->table->fallback, all->now_us);
    r->row.id = h->id;
    g_hash_table_insert(all->by_hold, &r->row.id, r);
    r->row.since_us = h->since_us;
    r->row.cause = h->cause;
    r->woken_us = h->wake_us;
    r->n_ours = (int)h->n_ours;
    keep_reply(r, h->reply);
    all->next_id = MAX(all->next_id, h->id + 1);
    if (h->until_us > wall_us) {
        r->rest_cause = h->cause;
        r->rest_until_us = h->until_us == HOLD_FOR_EVER ? HOLD_FOR_EVER
                                                        : all->now_us + h->until_us - wall_us;
    }
    throttle_restore(&r->throttle, h->rate, h->base_rate, all->now_us, h->next_us - wall_us,
                     all->now_us);
    r->is_listed = TRUE; /* the first tick takes out who needs no look */
    g_ptr_array_add(all->listed, r);
}

static void restore_waiting(gint64 hold_id, gint64 campaign_id, gint64 n, void *data)
{
    struct receivers *all = data;
    struct receiver *r = g_hash_table_lookup(all->by_hold, &hold_id);
    if (r)
        receivers_wait(r, campaign_id, n);
}

static gboolean restore(struct receivers *all, GError **error)
{
    gint64 wall_us = clock_wall_us();
    g_autoptr(GPtrArray) rows = holds_load(all->db, wall_us, error);
    for (guint i = 0; rows && i < rows->len; i++)
        restore_row(all, rows->pdata[i], wall_us);
    return rows && holds_each_waiting(all->db, restore_waiting, all, error);
}

struct receivers *receivers_new(struct db *db, struct ledger *ledger,
                                const struct providers *table, gint64 now_us, GError **error)
{
    struct receivers *all = g_new0(struct receivers, 1);
    all->db = db;
    all->ledger = ledger;
    all->table = table;
    all->now_us = now_us;
    all->next_id = 1;
    all->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, receiver_free);
    all->by_domain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    all->by_hold = g_hash_table_new(g_int64_hash, g_int64_equal);
    all->listed = g_ptr_array_new();
    all->dirty = g_ptr_array_new();
    all->asked = g_array_new(FALSE, FALSE, sizeof(struct receiver_asked));
    all->is_limited = providers_are_limited(table);
    receivers_make_gate(all);
    if (!restore(all, error)) {
        receivers_free(all);
        return NULL;
    }
    return all;
}

void receivers_free(struct receivers *all)
{
    if (!all)
        return;
    g_hash_table_unref(all->by_domain);
    g_hash_table_unref(all->by_hold);
    g_hash_table_unref(all->by_name);
    g_ptr_array_unref(all->listed);
    g_ptr_array_unref(all->dirty);
    g_array_unref(all->asked);
    g_free(all);
}
