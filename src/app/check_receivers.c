/*
 * Preflight of the receivers' limits: how long those who are to be mailed at each limited one take
 * at the least. How long a message is under way is not known before, so a limit of messages at
 * once is told, and no time made of it.
 */
#include "config.h"

#include "app/check_private.h"

#include "app/provider_table.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/estimate.h"
#include "store/domains.h"
#include "store/mx.h"

#define TOLD_MAX 5 /* those that take longest */

struct its_part {             /* of the people */
    const struct provider *p; /* borrowed */
    const char *label;        /* borrowed or owned by the table of parts as its key */
    gint64 n;
};

struct parts {
    struct check *c;
    struct providers *table; /* owned */
    GHashTable *by_name;     /* owned; name of the receiver -> struct its_part * */
};

static const struct provider *provider_of(const struct parts *x, const char *domain)
{
    const struct provider *p = providers_of_domain(x->table, domain);
    g_autofree char *hosts = p ? NULL : mx_hosts(x->c->db, domain, NULL);
    return p || !hosts || !*hosts ? p : providers_of_mx(x->table, hosts);
}

static void see(const char *domain, gint64 n, void *data)
{
    struct parts *x = data;
    const struct provider *p = provider_of(x, domain);
    const struct provider *limits = p ? p : &x->table->fallback;
    if (!provider_is_limited(limits))
        return;
    const char *name = p ? p->name : domain;
    struct its_part *part = g_hash_table_lookup(x->by_name, name);
    if (!part) {
        char *key = g_strdup(name);
        part = g_new0(struct its_part, 1);
        part->p = limits;
        part->label = p ? p->label : key;
        g_hash_table_insert(x->by_name, key, part);
    }
    part->n += n;
}

/* Without the campaign's hours, which are the same for all; 0: no rate. */
static gint64 takes_s(const struct its_part *part)
{
    double rate = part->p->per_second;
    return rate > 0 ? (gint64)((double)(part->n - 1) / rate) : 0;
}

static gint by_length(gconstpointer a, gconstpointer b)
{
    const struct its_part *const *x = a, *const *y = b;
    gint64 left = takes_s(*x), right = takes_s(*y);
    return left != right           ? (left < right ? 1 : -1)
           : (*x)->n != (*y)->n    ? ((*x)->n < (*y)->n ? 1 : -1)
                                   : g_strcmp0((*x)->label, (*y)->label);
}

static struct check_finding *say_rate(struct check *c, const struct its_part *part,
                                      gint64 begin_us, struct check_slowest *slowest)
{
    g_autofree char *n = text_grouped(part->n);
    g_autofree char *rate = provider_rate_words(part->p->per_second);
    gint64 end_us = estimate_receiver(&c->campaign, part->p->per_second, part->n, begin_us);
    gint64 span_s = end_us > 0 ? (end_us - begin_us) / CLOCK_SECOND_US : takes_s(part);
    g_autofree char *span = clock_format_span(span_s);
    if (!slowest->words) {
        slowest->words = g_strdup_printf("%s: %s", part->label, rate);
        slowest->end_us = end_us;
    }
    return check_add(c, CHECK_OK, "receivers", _("%s: by its limit (%s) %s messages take %s."),
                     part->label, rate, n, span);
}

static struct check_finding *say_at_once(struct check *c, const struct its_part *part)
{
    g_autofree char *n = text_grouped(part->n);
    g_autofree char *most = text_grouped(part->p->connections);
    return check_add(c, CHECK_OK, "receivers",
                     _("%s: by its limit at most %s of %s messages are under way at once."),
                     part->label, most, n);
}

static void say_all(struct check *c, const struct parts *x, gint64 begin_us,
                    struct check_slowest *slowest)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, x->by_name);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct its_part *part = value;
        if (part->p->per_second > 0 || part->n > part->p->connections)
            g_ptr_array_add(all, value);
    }
    g_ptr_array_sort(all, by_length);
    for (guint k = 0; k < all->len && k < TOLD_MAX; k++) {
        const struct its_part *part = all->pdata[k];
        struct check_finding *f = part->p->per_second > 0 ? say_rate(c, part, begin_us, slowest)
                                                          : say_at_once(c, part);
        f->count = part->n;
    }
}

void check_receivers(struct check *c, gint64 begin_us, struct check_slowest *ret)
{
    g_autoptr(GError) error = NULL;
    struct parts x = {.c = c, .table = provider_table_read(c->ws, c->db, &error)};
    if (!x.table) {
        check_add(c, CHECK_FAIL, "receivers", "%s", error->message);
        return;
    }
    x.by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    /* With nobody to be mailed its lists may not even be there. */
    if (c->report->people > 0 && providers_are_limited(x.table) &&
        domains_of_campaign(c->db, c->campaign.id, see, &x, NULL))
        say_all(c, &x, begin_us, ret);
    g_hash_table_unref(x.by_name);
    providers_free(x.table);
}
