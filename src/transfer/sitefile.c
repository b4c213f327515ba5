/*
 * Site files, both ways. What becomes of the records is app/site.c's: here they are only read,
 * checked and written.
 */
#include "config.h"

#include "transfer/sitefile.h"

#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/cfgrecord.h"
#include "transfer/cfgtree.h"

#define MAX_DKIM_TEXT 4000
#define INDENT "    "

static const char *const root_keys[] = {"format", "servers", "pools", "mailboxes", "ports",
                                        "dkim",   NULL};

static gboolean refuse(GError **error, const char *message)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

static void free_server(gpointer p)
{
    server_clear(p);
    g_free(p);
}

static void free_pool(gpointer p)
{
    pool_clear(p);
    g_free(p);
}

static void free_mailbox(gpointer p)
{
    mailbox_clear(p);
    g_free(p);
}

static void free_port(gpointer p)
{
    port_clear(p);
    g_free(p);
}

static void free_dkim(gpointer p)
{
    struct site_dkim *d = p;
    g_free(d->domain);
    g_free(d->selector);
    g_free(d->algorithm);
    g_free(d->public_key);
    g_free(d);
}

void site_init(struct site *s)
{
    s->servers = g_ptr_array_new_with_free_func(free_server);
    s->pools = g_ptr_array_new_with_free_func(free_pool);
    s->mailboxes = g_ptr_array_new_with_free_func(free_mailbox);
    s->ports = g_ptr_array_new_with_free_func(free_port);
    s->dkim = g_ptr_array_new_with_free_func(free_dkim);
}

void site_clear(struct site *s)
{
    g_clear_pointer(&s->servers, g_ptr_array_unref);
    g_clear_pointer(&s->pools, g_ptr_array_unref);
    g_clear_pointer(&s->mailboxes, g_ptr_array_unref);
    g_clear_pointer(&s->ports, g_ptr_array_unref);
    g_clear_pointer(&s->dkim, g_ptr_array_unref);
}

/* ---- reading ---- */

/* The one key that only this workspace decides about. */
static gboolean refuse_local(const char *key, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: this is never taken from a file. Remove it and set it here with: crier "
                  "server set, crier mailbox set or crier port set"),
                key);
    return FALSE;
}

static gboolean take_key(const struct field *table, void *record, char **name,
                         const struct cfg_node *n, GError **error)
{
    static const char *const others[] = {"name", NULL};
    const struct field *f = field_find(table, n->name);
    if (strcmp(n->name, "name") == 0)
        return cfgrecord_take_name(n, name, error);
    if (f && (f->flags & FIELD_NOT_FILE) && strcmp(f->key, n->name) == 0)
        return refuse_local(n->name, error);
    return cfgrecord_take(table, record, n, others, error);
}

static gboolean take_keys(const struct field *table, void *record, char **name,
                          const struct cfg_node *group, const char *label, GError **error)
{
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_key(table, record, name, n, error))
            return cfgrecord_at(label, n->line, error);
    }
    if (*name)
        return TRUE;
    refuse(error, _("the name is missing. Write name = \"…\";"));
    return cfgrecord_at(label, group->line, error);
}

static gboolean check_path(const char *path, GError **error)
{
    return !path || !*path || g_path_is_absolute(path) ||
           refuse(error, _("ca_file: write the whole path, beginning with /"));
}

/* The password is set later, on this machine: until then one is taken to be there. */
static gboolean check_server(const struct server *s, GError **error)
{
    struct server later;
    server_init(&later);
    field_copy_all(server_fields(), &later, s);
    later.auth = SERVER_AUTH_PASSWORD;
    g_free(later.password_file);
    later.password_file = g_strdup(later.user && *later.user ? "later" : "");
    gboolean ok = check_path(s->ca_file, error) && server_check(&later, NULL, error);
    server_clear(&later);
    return ok;
}

static gboolean check_mailbox(const struct mailbox *m, GError **error)
{
    struct mailbox later;
    mailbox_init(&later);
    field_copy_all(mailbox_fields(), &later, m);
    later.auth = SERVER_AUTH_PASSWORD;
    g_free(later.password_file);
    later.password_file = g_strdup("later");
    gboolean ok = check_path(m->ca_file, error) && mailbox_check(&later, error);
    mailbox_clear(&later);
    return ok;
}

static gboolean take_server(struct site *s, const struct cfg_node *group, const char *label,
                            GError **error)
{
    struct server *r = g_new0(struct server, 1);
    server_init(r);
    g_ptr_array_add(s->servers, r);
    if (!take_keys(server_fields(), r, &r->name, group, label, error))
        return FALSE;
    if (check_server(r, error))
        return TRUE;
    g_prefix_error(error, _("server %s: "), r->name);
    return cfgrecord_at(label, group->line, error);
}

static gboolean take_pool(struct site *s, const struct cfg_node *group, const char *label,
                          GError **error)
{
    struct pool *r = g_new0(struct pool, 1);
    pool_init(r);
    g_ptr_array_add(s->pools, r);
    if (!take_keys(pool_fields(), r, &r->name, group, label, error))
        return FALSE;
    if (pool_check(r, error))
        return TRUE;
    g_prefix_error(error, _("pool %s: "), r->name);
    return cfgrecord_at(label, group->line, error);
}

static gboolean take_mailbox(struct site *s, const struct cfg_node *group, const char *label,
                             GError **error)
{
    struct mailbox *r = g_new0(struct mailbox, 1);
    mailbox_init(r);
    g_ptr_array_add(s->mailboxes, r);
    if (!take_keys(mailbox_fields(), r, &r->name, group, label, error))
        return FALSE;
    if (check_mailbox(r, error))
        return TRUE;
    g_prefix_error(error, _("mailbox %s: "), r->name);
    return cfgrecord_at(label, group->line, error);
}

static gboolean take_port(struct site *s, const struct cfg_node *group, const char *label,
                          GError **error)
{
    struct port *r = g_new0(struct port, 1);
    port_init(r);
    g_ptr_array_add(s->ports, r);
    if (!take_keys(port_fields(), r, &r->name, group, label, error))
        return FALSE;
    port_fill_in(r);
    if (port_check(r, NULL, error))
        return TRUE;
    g_prefix_error(error, _("port %s: "), r->name);
    return cfgrecord_at(label, group->line, error);
}

static gboolean take_dkim_key(struct site_dkim *d, const struct cfg_node *n, GError **error)
{
    static const char *const known[] = {"domain", "selector", "algorithm", "public_key", NULL};
    char **members[] = {&d->domain, &d->selector, &d->algorithm, &d->public_key};
    for (gsize i = 0; known[i]; i++)
        if (strcmp(n->name, known[i]) == 0)
            return cfgrecord_take_line(n, MAX_DKIM_TEXT, members[i], error);
    return cfgrecord_unknown(n->name, known, error);
}

static gboolean take_dkim(struct site *s, const struct cfg_node *group, const char *label,
                          GError **error)
{
    struct site_dkim *d = g_new0(struct site_dkim, 1);
    g_ptr_array_add(s->dkim, d);
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_dkim_key(d, n, error))
            return cfgrecord_at(label, n->line, error);
    }
    if (d->domain && d->selector)
        return TRUE;
    refuse(error, _("dkim: a key needs its domain and its selector"));
    return cfgrecord_at(label, group->line, error);
}

/* Which of two records of one name would be meant? */
static gboolean check_names(const struct cfg_node *list, const char *label, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < list->children->len; i++) {
        const struct cfg_node *name = cfgtree_member(list->children->pdata[i], "name");
        if (!name || g_hash_table_add(seen, name->text))
            continue;
        refuse(error, _("name: this name is there twice. Remove one of them"));
        return cfgrecord_at(label, name->line, error);
    }
    return TRUE;
}

static gboolean
take_list(struct site *s, const struct cfg_node *root, const char *key, const char *label,
          gboolean (*take)(struct site *, const struct cfg_node *, const char *, GError **),
          GError **error)
{
    const struct cfg_node *list = cfgtree_member(root, key), *wrong = NULL;
    if (!list)
        return TRUE;
    if (list->type != CFG_LIST)
        wrong = list;
    for (guint i = 0; !wrong && i < list->children->len; i++)
        if (((const struct cfg_node *)list->children->pdata[i])->type != CFG_GROUP)
            wrong = list->children->pdata[i];
    if (wrong) {
        cfgrecord_wrong_type(key, wrong, "( { … }, { … } )", error);
        return cfgrecord_at(label, wrong->line, error);
    }
    if (list->children->len > SITEFILE_MAX_RECORDS) {
        refuse(error, _("there are too many records in this file. Remove some"));
        return cfgrecord_at(label, list->line, error);
    }
    for (guint i = 0; i < list->children->len; i++)
        if (!take(s, list->children->pdata[i], label, error))
            return FALSE;
    return check_names(list, label, error);
}

static gboolean take_all(struct site *s, const struct cfg_node *root, const char *label,
                         GError **error)
{
    return cfgrecord_check_root(root, label, root_keys, error) &&
           take_list(s, root, "servers", label, take_server, error) &&
           take_list(s, root, "pools", label, take_pool, error) &&
           take_list(s, root, "mailboxes", label, take_mailbox, error) &&
           take_list(s, root, "ports", label, take_port, error) &&
           take_list(s, root, "dkim", label, take_dkim, error);
}

static struct cfg_node *read_tree(const char *path, GError **error)
{
    g_autofree char *label = text_safe(path, -1, 0);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *file = g_path_get_basename(path);
    return cfgtree_read(folder, file, label, error);
}

gboolean sitefile_is(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return FALSE;
    struct cfg_node *root = read_tree(path, NULL);
    gboolean is = FALSE;
    for (int i = 1; root && root_keys[i]; i++)
        is = is || cfgtree_member(root, root_keys[i]);
    is = is && !cfgtree_member(root, "campaign");
    cfgtree_free(root);
    return is;
}

gboolean sitefile_read(const char *path, struct site *ret, GError **error)
{
    g_autofree char *label = text_safe(path, -1, 0);
    struct cfg_node *root = read_tree(path, error);
    struct site s;
    site_init(&s);
    gboolean ok = root && take_all(&s, root, label, error);
    cfgtree_free(root);
    if (ok)
        *ret = s;
    else
        site_clear(&s);
    return ok;
}

/* ---- writing ---- */

/* The security is always said: a port makes some expect another default. */
static const char *const always[] = {"security", NULL};

static void begin(GString *out, const char *key, guint n)
{
    g_string_append_printf(out, "\n%s = (%s", key, n ? "\n" : " ");
}

static void end_record(GString *out, gboolean is_last)
{
    g_string_append_printf(out, "  }%s\n", is_last ? "" : ",");
}

static void put_dkim(GString *out, const struct site_dkim *d)
{
    cfgrecord_put_text(out, INDENT, "domain", d->domain);
    cfgrecord_put_text(out, INDENT, "selector", d->selector);
    if (d->algorithm)
        cfgrecord_put_text(out, INDENT, "algorithm", d->algorithm);
    if (d->public_key)
        cfgrecord_put_text(out, INDENT, "public_key", d->public_key);
}

/* Only where there are some: older programs do not know the key. */
static void put_pools(GString *out, const GPtrArray *pools)
{
    if (pools->len == 0)
        return;
    begin(out, "pools", pools->len);
    for (guint i = 0; i < pools->len; i++) {
        const struct pool *r = pools->pdata[i];
        g_string_append(out, "  {\n");
        cfgrecord_put_text(out, INDENT, "name", r->name);
        cfgrecord_put(out, INDENT, pool_fields(), r, NULL);
        end_record(out, i + 1 == pools->len);
    }
    g_string_append(out, ");\n");
}

/* Likewise. The role is always said: what a port is for should be read from the file. */
static void put_ports(GString *out, const GPtrArray *ports)
{
    static const char *const role[] = {"role", NULL};
    if (ports->len == 0)
        return;
    begin(out, "ports", ports->len);
    for (guint i = 0; i < ports->len; i++) {
        const struct port *r = ports->pdata[i];
        g_string_append(out, "  {\n");
        cfgrecord_put_text(out, INDENT, "name", r->name);
        cfgrecord_put(out, INDENT, port_fields(), r, role);
        end_record(out, i + 1 == ports->len);
    }
    g_string_append(out, ");\n");
}

char *sitefile_write(const struct site *s)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "format = %d;\n", CFGRECORD_FORMAT);
    begin(out, "servers", s->servers->len);
    for (guint i = 0; i < s->servers->len; i++) {
        const struct server *r = s->servers->pdata[i];
        g_string_append(out, "  {\n");
        cfgrecord_put_text(out, INDENT, "name", r->name);
        cfgrecord_put(out, INDENT, server_fields(), r, always);
        end_record(out, i + 1 == s->servers->len);
    }
    g_string_append(out, ");\n");
    put_pools(out, s->pools);
    begin(out, "mailboxes", s->mailboxes->len);
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct mailbox *r = s->mailboxes->pdata[i];
        g_string_append(out, "  {\n");
        cfgrecord_put_text(out, INDENT, "name", r->name);
        cfgrecord_put(out, INDENT, mailbox_fields(), r, always);
        end_record(out, i + 1 == s->mailboxes->len);
    }
    g_string_append(out, ");\n");
    put_ports(out, s->ports);
    if (s->dkim->len == 0)
        return g_string_free(out, FALSE);
    begin(out, "dkim", s->dkim->len);
    for (guint i = 0; i < s->dkim->len; i++) {
        g_string_append(out, "  {\n");
        put_dkim(out, s->dkim->pdata[i]);
        end_record(out, i + 1 == s->dkim->len);
    }
    g_string_append(out, ");\n");
    return g_string_free(out, FALSE);
}
