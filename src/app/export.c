/*
 * Campaigns copied: into a folder, or to a new draft. What a folder looks like is
 * transfer/campaignwrite's.
 */
#include "config.h"

#include "app/export.h"

#include "base/i18n.h"
#include "store/campaigns.h"
#include "transfer/campaignwrite.h"

gboolean export_campaign(struct db *db, const char *name, const char *dir, gboolean overwrite,
                         GPtrArray *left_out, guint *ret_files, GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    g_autoptr(GPtrArray) files = campaignwrite_files(&c, left_out, error);
    campaign_clear(&c);
    if (!files) {
        g_prefix_error(error, _("campaign %s: "), name);
        return FALSE;
    }
    if (ret_files)
        *ret_files = files->len;
    return campaignwrite_folder(files, dir, overwrite, error);
}

gboolean export_copy(struct db *db, const char *name, const char *copy, GError **error)
{
    struct campaign c, new;
    if (!campaigns_get(db, name, &c, error))
        return FALSE;
    campaign_init(&new);
    new.name = g_strdup(copy);
    field_copy_all(campaign_fields(), &new, &c);
    new.parts = c.parts ? g_ptr_array_ref(c.parts) : NULL;
    gboolean ok = campaigns_put(db, &new, NULL, error);
    campaign_clear(&c);
    campaign_clear(&new);
    return ok;
}
