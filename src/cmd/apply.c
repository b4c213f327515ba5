/*
 * crier apply (and crier import of folders): says what became of each folder.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/apply.h"
#include "base/i18n.h"
#include "base/text.h"

static void say_outcome(const struct apply_plan *p, gboolean dry_run)
{
    const char *outcome = apply_outcome_name(p->outcome);
    g_autofree char *name = text_safe(p->campaign.name, -1, 0);
    if (dry_run)
        printf(_("%s: would be %s\n"), name, outcome);
    else
        printf("%s: %s\n", name, outcome);
    for (guint i = 0; i < p->missing->len; i++)
        cmd_warn(_("campaign %s: %s is not there yet"), p->campaign.name,
                 (const char *)g_ptr_array_index(p->missing, i));
}

static void plan_free(gpointer p)
{
    apply_plan_free(p);
}

/* Every folder is read and compared before the first is stored. */
int cmd_apply(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean dry_run = cmd_has(c, "dry-run"), ok = TRUE;
    g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func(plan_free);
    for (guint i = 0; ok && i < cmd_words(c); i++) {
        struct apply_plan *p = apply_prepare(c->db, cmd_word(c, i), cmd_has(c, "force"), &error);
        ok = p != NULL;
        if (p)
            g_ptr_array_add(plans, p);
    }
    for (guint i = 0; ok && i < plans->len; i++) {
        struct apply_plan *p = g_ptr_array_index(plans, i);
        ok = dry_run || apply_commit(c->db, p, &error);
        if (ok)
            say_outcome(p, dry_run);
    }
    return ok ? 0 : cmd_fail(error);
}
