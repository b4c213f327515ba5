/*
 * Bringing the three sources together. The format is transfer/providerfile.c's.
 */
#include "config.h"

#include "app/provider_table.h"

#include <string.h>
#include <sys/stat.h>

#include "base/datafile.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/provider_limits.h"
#include "transfer/cfgtree.h"
#include "transfer/providerfile.h"

#define EMPTY_TABLE "format = 1;\n"

enum { RANK_SHIPPED, RANK_WORKSPACE, RANK_LIMIT };

struct stamp { /* of the workspace's file */
    gint64 mtime_us, size, inode;
};

struct provider_table {
    const struct workspace *ws; /* borrowed */
    char *shipped, *path;       /* owned; the text, and where it is from */
    gsize len;
    struct stamp stamp;
    gint64 revision; /* of the limits */
};

/* Where it is not installed, sending goes on with what the workspace says; a provider that
 * nobody names has no limits then, so the log says so. */
static char *read_shipped(char **ret_path, gsize *ret_len, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *path = datafile_find(PROVIDER_TABLE_FILE, &why);
    if (!path) {
        log_warning("%s", why->message);
        *ret_path = g_strdup(PROVIDER_TABLE_FILE);
        *ret_len = strlen(EMPTY_TABLE);
        return g_strdup(EMPTY_TABLE);
    }
    g_autofree char *folder = g_path_get_dirname(path);
    char *text =
        file_read_beneath(folder, PROVIDER_TABLE_FILE, CFGTREE_MAX_BYTES, ret_len, error);
    if (text)
        *ret_path = g_steal_pointer(&path);
    return text;
}

struct provider_table *provider_table_open(const struct workspace *ws, GError **error)
{
    gsize len = 0;
    char *path = NULL, *text = read_shipped(&path, &len, error);
    if (!text)
        return NULL;
    struct provider_table *t = g_new0(struct provider_table, 1);
    t->ws = ws;
    t->shipped = text;
    t->path = path;
    t->len = len;
    return t;
}

void provider_table_free(struct provider_table *t)
{
    if (!t)
        return;
    g_free(t->shipped);
    g_free(t->path);
    g_free(t);
}

static struct stamp look(const struct provider_table *t)
{
    struct stat st;
    g_autofree char *path = g_build_filename(t->ws->dir, PROVIDER_TABLE_FILE, NULL);
    if (stat(path, &st) != 0)
        return (struct stamp){0};
    return (struct stamp){.mtime_us =
                              (gint64)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000,
                          .size = (gint64)st.st_size,
                          .inode = (gint64)st.st_ino};
}

gboolean provider_table_has_changed(struct provider_table *t, struct db *db)
{
    struct stamp now = look(t);
    return now.mtime_us != t->stamp.mtime_us || now.size != t->stamp.size ||
           now.inode != t->stamp.inode || provider_limits_revision(db) != t->revision;
}

/* ---- limits ---- */

/* A domain by itself, taken out of the provider that it belongs to. */
static struct provider *add_domain(struct providers *all, const char *domain)
{
    struct provider *p = providers_add(all, domain);
    if (!p->domains) {
        const char *const one[] = {domain, NULL};
        p->domains = g_strdupv((char **)one);
        p->rank = RANK_LIMIT;
    }
    return p;
}

static void take_limit(struct providers *all, const struct provider_limit *l)
{
    struct provider *p =
        strcmp(l->name, "default") == 0 ? &all->fallback : providers_find(all, l->name);
    if (!p && strchr(l->name, '.'))
        p = add_domain(all, l->name);
    if (!p)
        return; /* of a provider that the tables do not name any more */
    if (l->connections >= 0)
        p->connections = l->connections;
    if (l->per_second >= 0)
        p->per_second = l->per_second;
}

static gboolean take_limits(struct providers *all, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) limits = provider_limits_all(db, error);
    for (guint i = 0; limits && i < limits->len; i++)
        take_limit(all, limits->pdata[i]);
    return limits && providers_index(all, error);
}

struct providers *provider_table_load(struct provider_table *t, struct db *db, GError **error)
{
    struct providers *all = providers_new();
    t->stamp = look(t);
    t->revision = provider_limits_revision(db);
    gboolean ok = providerfile_parse(t->shipped, t->len, t->path, RANK_SHIPPED, all, error);
    if (ok && t->stamp.inode != 0) {
        g_autofree char *label = g_build_filename(t->ws->dir, PROVIDER_TABLE_FILE, NULL);
        ok = providerfile_read(t->ws->dir, PROVIDER_TABLE_FILE, label, RANK_WORKSPACE, all,
                               error);
    }
    if (ok && take_limits(all, db, error))
        return all;
    providers_free(all);
    return NULL;
}

struct providers *provider_table_read(const struct workspace *ws, struct db *db, GError **error)
{
    struct provider_table *t = provider_table_open(ws, error);
    struct providers *all = t ? provider_table_load(t, db, error) : NULL;
    provider_table_free(t);
    return all;
}

gboolean provider_table_check(const struct workspace *ws, GError **error)
{
    g_autofree char *path = g_build_filename(ws->dir, PROVIDER_TABLE_FILE, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    struct providers *all = providers_new();
    gboolean ok =
        providerfile_read(ws->dir, PROVIDER_TABLE_FILE, path, RANK_WORKSPACE, all, error);
    providers_free(all);
    return ok;
}

/* ---- names ---- */

static gboolean no_such(const struct providers *all, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < all->all->len; i++)
        g_ptr_array_add(names, ((struct provider *)all->all->pdata[i])->name);
    g_ptr_array_add(names, (gpointer) "default");
    g_ptr_array_add(names, NULL);
    g_autofree char *safe = text_safe(name, -1, 80);
    const char *near = text_nearest(name, (const char *const *)names->pdata);
    g_autofree char *hint = near ? g_strdup_printf(_("Did you mean '%s'?"), near)
                                 : g_strdup(_("crier provider list --all lists them"));
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND, _("there is no provider '%s'. %s"),
                safe, hint);
    return FALSE;
}

struct provider *provider_table_find(struct providers *all, const char *name, GError **error)
{
    g_autofree char *domain = NULL;
    struct provider *p =
        strcmp(name, "default") == 0 ? &all->fallback : providers_find(all, name);
    if (p)
        return p;
    if (!strchr(name, '.')) {
        no_such(all, name, error);
        return NULL;
    }
    if (!domain_to_ascii(name, &domain, error))
        return NULL;
    return add_domain(all, domain);
}
