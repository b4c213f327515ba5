/*
 * Site files and the records they name. A file may come from a stranger: what it can do here is
 * to propose, and a person enables. Reading and writing the text is transfer/sitefile's.
 */
#include "config.h"

#include "app/site.h"

#include <string.h>

#include "base/error.h"
#include "store/dkim_keys.h"
#include "store/mailboxes.h"
#include "store/pools.h"
#include "store/ports.h"
#include "store/servers.h"
#include "transfer/sitefile.h"

/* A change of one of these leads a password elsewhere, or readers, or opens a door. */
static const char *const leading_keys[] = {"host",   "security",   "plain_host", "ca_file",
                                           "listen", "public_url", NULL};

static void clear_server(void *r)
{
    server_clear(r);
}

static gboolean put_server(struct db *db, void *r, GError **error)
{
    return servers_put(db, r, error);
}

static void clear_pool(void *r)
{
    pool_clear(r);
}

static gboolean put_pool(struct db *db, void *r, GError **error)
{
    return pools_put(db, r, error);
}

static void clear_mailbox(void *r)
{
    mailbox_clear(r);
}

static gboolean put_mailbox(struct db *db, void *r, GError **error)
{
    return mailboxes_put(db, r, error);
}

static void clear_port(void *r)
{
    port_clear(r);
}

static gboolean put_port(struct db *db, void *r, GError **error)
{
    return ports_put(db, r, error);
}

static const struct kind {
    const struct field *(*fields)(void);
    void (*clear)(void *r);
    gboolean (*put)(struct db *db, void *r, GError **error);
} kinds[] = {
    {server_fields, clear_server, put_server},
    {pool_fields, clear_pool, put_pool},
    {mailbox_fields, clear_mailbox, put_mailbox},
    {port_fields, clear_port, put_port},
};

static const struct kind *kind_of(const struct site_row *r)
{
    gsize i = 0;
    while (i + 1 < G_N_ELEMENTS(kinds) && kinds[i].fields() != r->fields)
        i++;
    return &kinds[i];
}

static void row_free(gpointer data)
{
    struct site_row *r = data;
    void *records[] = {r->record, r->old};
    for (gsize i = 0; i < G_N_ELEMENTS(records); i++) {
        if (records[i])
            kind_of(r)->clear(records[i]);
        g_free(records[i]);
    }
    g_free(r);
}

void site_plan_free(struct site_plan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->rows);
    g_ptr_array_unref(plan->missing);
    g_free(plan);
}

/* ---- comparing ---- */

/* What only this workspace decides about stays as it is. */
static void keep_local(const struct field *fields, void *record, const void *old)
{
    for (const struct field *f = fields; f->key; f++) {
        g_autofree char *value = f->flags & FIELD_NOT_FILE ? field_get(f, old) : NULL;
        if (value)
            field_set(f, record, value, NULL);
    }
}

/* Disabled, and no way to a secret. */
static void cut_off(const struct field *fields, void *record)
{
    for (const struct field *f = fields; f->key; f++)
        if (f->flags & FIELD_NOT_FILE)
            field_set(f, record, f->type == FIELD_BOOL ? "no" : NULL, NULL);
}

static gboolean leads_elsewhere(const struct site_row *r)
{
    for (int i = 0; leading_keys[i]; i++) {
        const struct field *f = field_find(r->fields, leading_keys[i]);
        if (f && !field_equal(f, r->record, r->old))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_equal(const struct site_row *r)
{
    for (const struct field *f = r->fields; f->key; f++)
        if (!field_equal(f, r->record, r->old))
            return FALSE;
    return TRUE;
}

static void compare(struct site_row *r)
{
    r->outcome = APPLY_CREATED;
    if (!r->old) {
        cut_off(r->fields, r->record);
        return;
    }
    keep_local(r->fields, r->record, r->old);
    if (leads_elsewhere(r)) {
        cut_off(r->fields, r->record);
        r->is_cut_off = TRUE;
    }
    r->outcome = is_equal(r) ? APPLY_UNCHANGED : APPLY_UPDATED;
}

static struct site_row *add_row(struct site_plan *plan, const char *noun,
                                const struct field *fields, void *record, const char *name)
{
    struct site_row *r = g_new0(struct site_row, 1);
    r->noun = noun;
    r->fields = fields;
    r->record = record;
    r->name = name;
    g_ptr_array_add(plan->rows, r);
    return r;
}

static gboolean is_missing(GError **why, gboolean is_found, GError **error)
{
    if (is_found)
        return TRUE;
    if (!g_error_matches(*why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, *why);
        return FALSE;
    }
    g_clear_error(why);
    return TRUE;
}

/* Takes the record. */
static gboolean plan_server(struct db *db, struct site_plan *plan, struct server *s,
                            GError **error)
{
    struct site_row *r = add_row(plan, "server", server_fields(), s, s->name);
    struct server old;
    GError *why = NULL;
    gboolean is_found = servers_get(db, s->name, &old, &why);
    if (!is_missing(&why, is_found, error))
        return FALSE;
    if (is_found) {
        r->old = g_memdup2(&old, sizeof old);
        s->id = old.id;
        s->row_version = old.row_version;
    }
    compare(r);
    return TRUE;
}

static gboolean plan_pool(struct db *db, struct site_plan *plan, struct pool *p, GError **error)
{
    struct site_row *r = add_row(plan, "pool", pool_fields(), p, p->name);
    struct pool old;
    GError *why = NULL;
    gboolean is_found = pools_get(db, p->name, &old, &why);
    if (!is_missing(&why, is_found, error))
        return FALSE;
    if (is_found) {
        r->old = g_memdup2(&old, sizeof old);
        p->id = old.id;
        p->row_version = old.row_version;
    }
    compare(r);
    return TRUE;
}

static gboolean plan_mailbox(struct db *db, struct site_plan *plan, struct mailbox *m,
                             GError **error)
{
    struct site_row *r = add_row(plan, "mailbox", mailbox_fields(), m, m->name);
    struct mailbox old;
    GError *why = NULL;
    gboolean is_found = mailboxes_get(db, m->name, &old, &why);
    if (!is_missing(&why, is_found, error))
        return FALSE;
    if (is_found) {
        r->old = g_memdup2(&old, sizeof old);
        m->id = old.id;
        m->row_version = old.row_version;
    }
    compare(r);
    return TRUE;
}

static gboolean plan_port(struct db *db, struct site_plan *plan, struct port *p, GError **error)
{
    struct site_row *r = add_row(plan, "port", port_fields(), p, p->name);
    struct port old;
    GError *why = NULL;
    gboolean is_found = ports_get(db, p->name, &old, &why);
    if (!is_missing(&why, is_found, error))
        return FALSE;
    if (is_found) {
        r->old = g_memdup2(&old, sizeof old);
        p->id = old.id;
        p->row_version = old.row_version;
    }
    compare(r);
    return TRUE;
}

static gboolean has_key(const GPtrArray *keys, const struct site_dkim *d)
{
    for (guint i = 0; i < keys->len; i++) {
        const struct dkim_key *k = keys->pdata[i];
        if (strcmp(k->domain, d->domain) == 0 && strcmp(k->selector, d->selector) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Keys cannot come from a file; people want to hear which they lack. */
static gboolean plan_dkim(struct db *db, struct site_plan *plan, const struct site *site,
                          GError **error)
{
    g_autoptr(GPtrArray) keys = dkim_keys_all(db, NULL, error);
    for (guint i = 0; keys && i < site->dkim->len; i++) {
        const struct site_dkim *d = site->dkim->pdata[i];
        if (!has_key(keys, d))
            g_ptr_array_add(plan->missing,
                            g_strdup_printf("DKIM key %s of %s", d->selector, d->domain));
    }
    return keys != NULL;
}

struct site_plan *site_prepare(struct db *db, const char *path, GError **error)
{
    struct site site;
    gboolean ok = TRUE;
    if (!sitefile_read(path, &site, error))
        return NULL;
    struct site_plan *plan = g_new0(struct site_plan, 1);
    plan->rows = g_ptr_array_new_with_free_func(row_free);
    plan->missing = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_free_func(site.servers, NULL); /* the rows own them from here */
    g_ptr_array_set_free_func(site.pools, NULL);
    g_ptr_array_set_free_func(site.mailboxes, NULL);
    g_ptr_array_set_free_func(site.ports, NULL);
    for (guint i = 0; i < site.servers->len; i++)
        ok = plan_server(db, plan, site.servers->pdata[i], ok ? error : NULL) && ok;
    /* Behind the servers that they name. */
    for (guint i = 0; i < site.pools->len; i++)
        ok = plan_pool(db, plan, site.pools->pdata[i], ok ? error : NULL) && ok;
    for (guint i = 0; i < site.mailboxes->len; i++)
        ok = plan_mailbox(db, plan, site.mailboxes->pdata[i], ok ? error : NULL) && ok;
    for (guint i = 0; i < site.ports->len; i++)
        ok = plan_port(db, plan, site.ports->pdata[i], ok ? error : NULL) && ok;
    ok = ok && plan_dkim(db, plan, &site, error);
    site_clear(&site);
    if (!ok)
        g_clear_pointer(&plan, site_plan_free);
    return plan;
}

gboolean site_commit(struct db *db, struct site_plan *plan, GError **error)
{
    for (guint i = 0; i < plan->rows->len; i++) {
        struct site_row *r = plan->rows->pdata[i];
        if (r->outcome != APPLY_UNCHANGED && !kind_of(r)->put(db, r->record, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the way out ---- */

static gint by_mailbox_name(gconstpointer a, gconstpointer b)
{
    const struct mailbox *x = *(const struct mailbox *const *)a,
                         *y = *(const struct mailbox *const *)b;
    return strcmp(x->name, y->name);
}

static gint by_port_name(gconstpointer a, gconstpointer b)
{
    const struct port *x = *(const struct port *const *)a, *y = *(const struct port *const *)b;
    return strcmp(x->name, y->name);
}

static gint by_server_name(gconstpointer a, gconstpointer b)
{
    const struct server *x = *(const struct server *const *)a,
                        *y = *(const struct server *const *)b;
    return strcmp(x->name, y->name);
}

static gint by_selector(gconstpointer a, gconstpointer b)
{
    const struct site_dkim *x = *(const struct site_dkim *const *)a,
                           *y = *(const struct site_dkim *const *)b;
    int order = strcmp(x->domain, y->domain);
    return order ? order : strcmp(x->selector, y->selector);
}

/* The public halves. */
static gboolean take_keys(struct db *db, GPtrArray *dkim, GError **error)
{
    g_autoptr(GPtrArray) keys = dkim_keys_all(db, NULL, error);
    for (guint i = 0; keys && i < keys->len; i++) {
        const struct dkim_key *k = keys->pdata[i];
        struct site_dkim *d = g_new0(struct site_dkim, 1);
        d->domain = g_strdup(k->domain);
        d->selector = g_strdup(k->selector);
        d->algorithm = g_strdup(crypto_key_kind_name(k->kind));
        d->public_key = g_strdup(k->public_key);
        g_ptr_array_add(dkim, d);
    }
    g_ptr_array_sort(dkim, by_selector);
    return keys != NULL;
}

char *site_export(struct db *db, GError **error)
{
    struct site site;
    char *text = NULL;
    site_init(&site);
    g_autoptr(GPtrArray) servers = servers_all(db, error);
    g_autoptr(GPtrArray) pools = servers ? pools_all(db, error) : NULL;
    g_autoptr(GPtrArray) mailboxes = pools ? mailboxes_all(db, error) : NULL;
    g_autoptr(GPtrArray) ports = mailboxes ? ports_all(db, error) : NULL;
    if (ports && take_keys(db, site.dkim, error)) {
        struct site out = {.servers = servers,
                           .pools = pools,
                           .mailboxes = mailboxes,
                           .ports = ports,
                           .dkim = site.dkim};
        g_ptr_array_sort(servers, by_server_name);
        g_ptr_array_sort(mailboxes, by_mailbox_name);
        g_ptr_array_sort(ports, by_port_name);
        text = sitefile_write(&out);
    }
    site_clear(&site);
    return text;
}
