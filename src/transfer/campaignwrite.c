/*
 * Campaign folders, the way out: first all files in memory, then onto the disk. The order of
 * keys is the field table's, defaults are left out, bodies and parts are written as they are.
 * Not for reading: campaignfile.c.
 */
#include "config.h"

#include "transfer/campaignwrite.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/part.h"
#include "transfer/campaignfile.h"
#include "transfer/campaignparts.h"
#include "transfer/cfgrecord.h"

#define SHOWN_CHARS 100
#define INDENT "  "

static void file_free(gpointer data)
{
    struct campaignwrite_file *f = data;
    g_free(f->path);
    if (f->data)
        g_bytes_unref(f->data);
    g_free(f);
}

static gboolean refuse(const char *name, const char *why, GError **error)
{
    g_autofree char *safe = text_safe(name, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s: %s", safe, why);
    return FALSE;
}

/* "./images//a.png" -> "images/a.png"; NULL where it leads out of the folder. */
static char *inside(const char *name, GError **error)
{
    g_auto(GStrv) words = g_strsplit(name, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    gboolean leads_out = name[0] == '/';
    for (char **w = words; *w; w++) {
        leads_out = leads_out || strcmp(*w, "..") == 0;
        if (**w && strcmp(*w, ".") != 0)
            g_string_append_printf(path, "%s%s", path->len ? "/" : "", *w);
    }
    if (!leads_out && path->len > 0)
        return g_string_free(g_steal_pointer(&path), FALSE);
    refuse(name, _("this file would not lie in the campaign's folder. Give it another name"),
           error);
    return NULL;
}

/* The same file may be shown and attached; one name for two contents is refused. */
static gboolean add(GPtrArray *files, const char *name, GBytes *data, GError **error)
{
    g_autofree char *path = inside(name, error);
    if (!path)
        return FALSE;
    for (guint i = 0; i < files->len; i++) {
        const struct campaignwrite_file *have = files->pdata[i];
        if (strcmp(have->path, path) == 0)
            return g_bytes_equal(have->data, data) ||
                   refuse(
                       path,
                       _("two files of the campaign have this name. Give one of them another"),
                       error);
    }
    struct campaignwrite_file *f = g_new0(struct campaignwrite_file, 1);
    f->path = g_steal_pointer(&path);
    f->data = g_bytes_ref(data);
    g_ptr_array_add(files, f);
    return TRUE;
}

static gboolean add_text(GPtrArray *files, const char *name, const char *text, GError **error)
{
    if (!name || !*name)
        return TRUE;
    g_autoptr(GBytes) data = g_bytes_new(text ? text : "", text ? strlen(text) : 0);
    return add(files, name, data, error);
}

static gboolean add_parts(GPtrArray *files, const struct campaign *c, GError **error)
{
    g_autoptr(GHashTable) named = campaignparts_named(c);
    for (guint i = 0; c->parts && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        /* An image that nothing shows any more would not be read again either. */
        if (p->kind == PART_INLINE && !g_hash_table_contains(named, p->file))
            continue;
        if (!add(files, p->file, p->data, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean has_part(const struct campaign *c, const char *file)
{
    for (guint i = 0; c->parts && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        if (strcmp(p->file, file) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A body that came without a file gets one. */
static void name_body(char **file, const char *body, const char *usual)
{
    if (body && *body && !(*file && **file))
        *file = (char *)usual;
}

static char *make_cfg(const struct campaign *c)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "format = %d;\n\ncampaign = {\n", CFGRECORD_FORMAT);
    cfgrecord_put_text(out, INDENT, "name", c->name);
    cfgrecord_put(out, INDENT, campaign_fields(), c, NULL);
    campaignparts_put(out, INDENT, c);
    g_string_append(out, "};\n");
    return g_string_free(out, FALSE);
}

GPtrArray *campaignwrite_files(const struct campaign *c, GPtrArray *left_out, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(file_free);
    struct campaign shown = *c; /* what it borrows is not changed */
    name_body(&shown.html_file, c->html, "body.html");
    name_body(&shown.markdown_file, c->markdown, "body.md");
    name_body(&shown.text_file, c->text, "body.txt");
    if (c->logo && *c->logo && !has_part(c, c->logo)) {
        g_autofree char *safe = text_safe(c->logo, -1, SHOWN_CHARS);
        if (left_out)
            g_ptr_array_add(
                left_out,
                g_strdup_printf(_("logo %s (there is no such image in the campaign)"), safe));
        shown.logo = (char *)"";
    }
    g_autofree char *cfg = make_cfg(&shown);
    gboolean ok = add_text(files, CAMPAIGNFILE_NAME, cfg, error) &&
                  add_text(files, shown.html_file, c->html, error) &&
                  add_text(files, shown.markdown_file, c->markdown, error) &&
                  add_text(files, shown.text_file, c->text, error) &&
                  add_parts(files, &shown, error);
    return ok ? g_steal_pointer(&files) : NULL;
}

/* ---- onto the disk ---- */

static gboolean check_free(const char *path, GBytes *data, GError **error)
{
    struct stat st;
    gsize len = 0;
    if (lstat(path, &st) != 0)
        return TRUE;
    g_autofree char *have = S_ISREG(st.st_mode) && (gsize)st.st_size == g_bytes_get_size(data)
                                ? file_read(path, (gsize)st.st_size, &len, NULL)
                                : NULL;
    if (have && len == g_bytes_get_size(data) &&
        (len == 0 || memcmp(have, g_bytes_get_data(data, NULL), len) == 0))
        return TRUE;
    g_autofree char *safe = text_safe(path, -1, 0);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_EXISTS,
        _("%s: it is there and says something else. Use --force to overwrite it, or name "
          "another folder with -o"),
        safe);
    return FALSE;
}

static gboolean make_folder_of(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return TRUE;
    int why = errno;
    g_autofree char *safe = text_safe(folder, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make folder %s: %s"), safe,
                error_why(why));
    return FALSE;
}

gboolean campaignwrite_folder(const GPtrArray *files, const char *dir, gboolean overwrite,
                              GError **error)
{
    for (guint i = 0; !overwrite && i < files->len; i++) {
        const struct campaignwrite_file *f = files->pdata[i];
        g_autofree char *path = g_build_filename(dir, f->path, NULL);
        if (!check_free(path, f->data, error))
            return FALSE;
    }
    for (guint i = 0; i < files->len; i++) {
        const struct campaignwrite_file *f = files->pdata[i];
        g_autofree char *path = g_build_filename(dir, f->path, NULL);
        gsize len = 0;
        const char *data = g_bytes_get_data(f->data, &len);
        if (!make_folder_of(path, error) || !file_write_atomic(path, data, len, 0600, error))
            return FALSE;
    }
    return TRUE;
}
