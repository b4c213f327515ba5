/*
 * Preflight of the receivers' limits: how long the people of each limited one take at the
 * least. Those who are suppressed or excluded are not taken off: it is a rough number.
 */
#include "config.h"

#include "app/check_private.h"

#include "app/provider_table.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
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
    if (limits->per_second <= 0)
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

static gint64 takes_s(const struct its_part *part)
{
    return (gint64)((double)(part->n - 1) / part->p->per_second);
}

static gint by_length(gconstpointer a, gconstpointer b)
{
    const struct its_part *const *x = a, *const *y = b;
    gint64 left = takes_s(*x), right = takes_s(*y);
    return left != right ? (left < right ? 1 : -1) : g_strcmp0((*x)->label, (*y)->label);
}

static void say(struct check *c, const struct its_part *part)
{
    g_autofree char *n = text_grouped(part->n);
    g_autofree char *rate = provider_rate_words(part->p->per_second);
    g_autofree char *span = clock_format_span(takes_s(part));
    struct check_finding *f =
        check_add(c, CHECK_OK, "receivers", _("%s: by its limit (%s) %s messages take %s."),
                  part->label, rate, n, span);
    f->count = part->n;
}

static void say_all(struct check *c, const struct parts *x)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GHashTableIter i;
    gpointer part;
    g_hash_table_iter_init(&i, x->by_name);
    while (g_hash_table_iter_next(&i, NULL, &part))
        g_ptr_array_add(all, part);
    g_ptr_array_sort(all, by_length);
    for (guint k = 0; k < all->len && k < TOLD_MAX; k++)
        say(c, all->pdata[k]);
}

void check_receivers(struct check *c)
{
    g_autoptr(GError) error = NULL;
    struct parts x = {.c = c, .table = provider_table_read(c->ws, c->db, &error)};
    if (!x.table) {
        check_add(c, CHECK_FAIL, "receivers", "%s", error->message);
        return;
    }
    x.by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (providers_are_limited(x.table) &&
        domains_of_lists(c->db, c->campaign.lists, see, &x, NULL))
        say_all(c, &x);
    g_hash_table_unref(x.by_name);
    providers_free(x.table);
}
