/*
 * campaign.cfg, its bodies, images and attachments to a campaign record. Which keys there are,
 * of which type and within which limits is said by the record's field table alone. Not for the
 * database: app/ decides what becomes of the record.
 */
#include "config.h"

#include "transfer/campaignfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/campaignparts.h"
#include "transfer/cfgrecord.h"
#include "transfer/cfgtree.h"

#define BOM "\xef\xbb\xbf"

struct reader {
    char *folder; /* owned */
    char *file;   /* owned; the file's name in the folder */
    char *label;  /* owned; "spring/campaign.cfg", safe to show */
    struct campaign c;
    GHashTable *lines;                  /* owned; the line that each key stands on */
    const struct cfg_node *attachments; /* borrowed from the tree; NULL: none */
};

/* ---- keys ---- */

static gboolean take_setting(struct reader *r, const struct cfg_node *n, GError **error)
{
    static const char *const others[] = {"name", "attachments", NULL};
    g_hash_table_insert(r->lines, g_strdup(n->name), GINT_TO_POINTER(n->line));
    if (strcmp(n->name, "name") == 0)
        return cfgrecord_take_name(n, &r->c.name, error);
    if (strcmp(n->name, "attachments") == 0) {
        r->attachments = n;
        return TRUE;
    }
    return cfgrecord_take(campaign_fields(), &r->c, n, others, error);
}

static gboolean take_campaign(struct reader *r, const struct cfg_node *group, GError **error)
{
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_setting(r, n, error))
            return cfgrecord_at(r->label, n->line, error);
    }
    return TRUE;
}

static gboolean take_root(struct reader *r, const struct cfg_node *root, GError **error)
{
    static const char *const known[] = {"format", "campaign", NULL};
    const struct cfg_node *campaign = cfgtree_member(root, "campaign");
    if (!cfgrecord_check_root(root, r->label, known, error))
        return FALSE;
    if (!campaign) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("there is no campaign in this file. Write campaign = { … };"));
        return cfgrecord_at(r->label, 1, error);
    }
    if (campaign->type != CFG_GROUP) {
        cfgrecord_wrong_type("campaign", campaign, "campaign = { … };", error);
        return cfgrecord_at(r->label, campaign->line, error);
    }
    return take_campaign(r, campaign, error);
}

/* ---- files ---- */

static int line_of(const struct reader *r, const char *key)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(r->lines, key));
}

/* `*ret` is only set when `name` names a file. */
static gboolean read_body(const struct reader *r, const char *key, const char *name, char **ret,
                          GError **error)
{
    gsize len = 0;
    if (!name || !*name)
        return TRUE;
    g_autofree char *body =
        file_read_beneath(r->folder, name, CAMPAIGNFILE_MAX_BODY, &len, error);
    g_autofree char *safe = text_safe(name, -1, 100);
    if (!body || !text_check_utf8(safe, body, len, CAMPAIGNFILE_MAX_BODY, error)) {
        g_prefix_error(error, "%s: ", key);
        return cfgrecord_at(r->label, line_of(r, key), error);
    }
    const char *text = body;
    while (g_str_has_prefix(text, BOM))
        text += strlen(BOM);
    g_free(*ret);
    *ret = g_strdup(text);
    return TRUE;
}

/* The folder's own name, also for "." and "..". */
static gboolean name_by_folder(struct reader *r, GError **error)
{
    char *real = realpath(r->folder, NULL);
    g_autofree char *name = g_path_get_basename(real ? real : r->folder);
    free(real);
    if (text_is_slug(name)) {
        r->c.name = g_steal_pointer(&name);
        return TRUE;
    }
    g_autofree char *safe = text_safe(name, -1, 60);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: the folder's name \"%s\" cannot be the campaign's (a to z, 0 to 9, '-', "
                  "'_' and '.'). Write name = \"…\"; into the campaign"),
                r->label, safe);
    return FALSE;
}

/* A folder, or the file in it. */
static gboolean find_file(struct reader *r, const char *path, GError **error)
{
    struct stat st;
    g_autofree char *safe = text_safe(path, -1, 0);
    if (stat(path, &st) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("%s: there is no such campaign folder. Name a folder that has a %s"),
                    safe, CAMPAIGNFILE_NAME);
        return FALSE;
    }
    r->folder = S_ISDIR(st.st_mode) ? g_strdup(path) : g_path_get_dirname(path);
    r->file = S_ISDIR(st.st_mode) ? g_strdup(CAMPAIGNFILE_NAME) : g_path_get_basename(path);
    g_autofree char *whole =
        S_ISDIR(st.st_mode) ? g_build_filename(path, CAMPAIGNFILE_NAME, NULL) : g_strdup(path);
    r->label = text_safe(whole, -1, 0);
    return TRUE;
}

static gboolean read_files(struct reader *r, GError **error)
{
    struct campaign *c = &r->c;
    return read_body(r, "html_file", c->html_file, &c->html, error) &&
           read_body(r, "markdown_file", c->markdown_file, &c->markdown, error) &&
           read_body(r, "text_file", c->text_file, &c->text, error) &&
           campaignparts_read(r->folder, r->label, r->attachments, line_of(r, "logo"), c,
                              error);
}

static gboolean read_all(struct reader *r, const char *path, GError **error)
{
    if (!find_file(r, path, error))
        return FALSE;
    struct cfg_node *root = cfgtree_read(r->folder, r->file, r->label, error);
    gboolean ok = root && take_root(r, root, error) &&
                  (r->c.name || name_by_folder(r, error)) && read_files(r, error);
    cfgtree_free(root);
    return ok;
}

gboolean campaignfile_read(const char *dir, struct campaign *ret, GError **error)
{
    struct reader r = {.lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    campaign_init(&r.c);
    gboolean ok = read_all(&r, dir, error);
    if (ok)
        *ret = r.c;
    else
        campaign_clear(&r.c);
    g_hash_table_unref(r.lines);
    g_free(r.folder);
    g_free(r.file);
    g_free(r.label);
    return ok;
}
