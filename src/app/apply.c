/*
 * apply: compare a folder with the database, then store. Two steps, so that several folders are
 * all read before the first is stored.
 */
#include "config.h"

#include "app/apply.h"

#include "base/error.h"
#include "base/i18n.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/pools.h"
#include "transfer/campaignfile.h"

const char *apply_outcome_name(enum apply_outcome o)
{
    static const char *const names[APPLY_OUTCOME_COUNT] = {
        [APPLY_CREATED] = N_("created"),
        [APPLY_UPDATED] = N_("updated"),
        [APPLY_UNCHANGED] = N_("unchanged"),
    };
    return _(names[o]);
}

void apply_plan_free(struct apply_plan *plan)
{
    if (!plan)
        return;
    campaign_clear(&plan->campaign);
    campaign_clear(&plan->have);
    g_clear_pointer(&plan->missing, g_ptr_array_unref);
    g_free(plan);
}

/* What changed here since the last apply would be lost. */
static gboolean check_not_changed_here(struct db *db, const struct campaign *have,
                                       const char *hash, GError **error)
{
    g_autofree char *applied = campaigns_applied_hash(db, have->id);
    if (applied && g_strcmp0(applied, hash) == 0)
        return TRUE;
    if (applied)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    _("campaign %s: it was changed here since the folder was last applied. Use "
                      "--force to overwrite these changes"),
                    have->name);
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
            _("campaign %s: it is there already and was not made from a folder. Use --force "
              "to overwrite it, or another name in campaign.cfg"),
            have->name);
    return FALSE;
}

static gboolean compare(struct db *db, struct apply_plan *plan, gboolean force, GError **error)
{
    struct campaign *c = &plan->campaign;
    const struct campaign *have = &plan->have;
    g_autofree char *old_hash = campaigns_hash(have);
    g_autofree char *new_hash = campaigns_hash(c);
    c->id = have->id;
    c->row_version = have->row_version;
    c->state = have->state;
    c->content_version = have->content_version;
    if (g_strcmp0(old_hash, new_hash) == 0) {
        plan->outcome = APPLY_UNCHANGED;
        return TRUE;
    }
    if (!campaign_check_edit(have, c, error))
        return FALSE;
    plan->outcome = APPLY_UPDATED;
    return force || check_not_changed_here(db, have, old_hash, error);
}

static void note_missing_list(struct db *db, struct apply_plan *plan, const char *name)
{
    struct list l = {0};
    if (list_get(db, name, &l, NULL))
        list_clear(&l);
    else
        g_ptr_array_add(plan->missing, g_strdup_printf("list %s", name));
}

/* A draft may name what is not there yet; people want to hear of it before they start. */
static void note_missing(struct db *db, struct apply_plan *plan)
{
    const struct campaign *c = &plan->campaign;
    plan->missing = g_ptr_array_new_with_free_func(g_free);
    for (char **l = c->lists; l && *l; l++)
        note_missing_list(db, plan, *l);
    for (char **l = c->exclude; l && *l; l++)
        note_missing_list(db, plan, *l);
    struct server s = {0};
    struct mailbox m = {0};
    if (c->server && *c->server && !pools_find_one(db, c->server, &s, NULL))
        g_ptr_array_add(plan->missing, g_strdup_printf("server %s", c->server));
    if (c->mailbox && *c->mailbox && !mailboxes_get(db, c->mailbox, &m, NULL))
        g_ptr_array_add(plan->missing, g_strdup_printf("mailbox %s", c->mailbox));
    server_clear(&s);
    mailbox_clear(&m);
}

struct apply_plan *apply_prepare(struct db *db, const char *path, gboolean force,
                                 GError **error)
{
    struct campaign read;
    if (!campaignfile_read(path, &read, error))
        return NULL;
    struct apply_plan *plan = g_new0(struct apply_plan, 1);
    plan->campaign = read;
    plan->outcome = APPLY_CREATED;
    note_missing(db, plan);
    GError *why = NULL;
    gboolean ok = TRUE;
    if (campaigns_get(db, plan->campaign.name, &plan->have, &why)) {
        ok = compare(db, plan, force, error);
    } else if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_clear_error(&why);
    } else {
        g_propagate_error(error, why);
        ok = FALSE;
    }
    if (!ok)
        g_clear_pointer(&plan, apply_plan_free);
    return plan;
}

gboolean apply_commit(struct db *db, struct apply_plan *plan, GError **error)
{
    if (plan->outcome == APPLY_UNCHANGED)
        return TRUE;
    g_autofree char *hash = campaigns_hash(&plan->campaign);
    return campaigns_put(db, &plan->campaign, hash, error);
}
