/*
 * crier apply and crier import: campaign folders, site files and e-mails into the workspace.
 * Says what became of each.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/apply.h"
#include "app/import_eml.h"
#include "app/site.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/sitefile.h"

/* What one path leads to; one of the three is set. */
struct job {
    struct apply_plan *campaign;
    struct site_plan *site;
    struct eml_draft *eml;
};

static void job_free(gpointer p)
{
    struct job *j = p;
    apply_plan_free(j->campaign);
    site_plan_free(j->site);
    import_eml_free(j->eml);
    g_free(j);
}

static struct job *prepare(struct cmd_context *c, const char *path, GError **error)
{
    struct job *j = g_new0(struct job, 1);
    gboolean ok;
    if (import_eml_is(path))
        ok = (j->eml = import_eml_prepare(c->db, path, cmd_option(c, "name"), error)) != NULL;
    else if (sitefile_is(path))
        ok = (j->site = site_prepare(c->db, path, error)) != NULL;
    else
        ok = (j->campaign = apply_prepare(c->db, path, cmd_has(c, "force"), error)) != NULL;
    if (ok)
        return j;
    job_free(j);
    return NULL;
}

static gboolean commit(struct cmd_context *c, struct job *j, GError **error)
{
    if (j->site)
        return site_commit(c->db, j->site, error);
    if (j->eml)
        return import_eml_commit(c->db, j->eml, error);
    return apply_commit(c->db, j->campaign, error);
}

/* ---- what is said ---- */

static void say_outcome(const char *what, enum apply_outcome outcome, gboolean dry_run)
{
    g_autofree char *safe = text_safe(what, -1, 0);
    if (dry_run)
        printf(_("%s: would be %s\n"), safe, apply_outcome_name(outcome));
    else
        printf("%s: %s\n", safe, apply_outcome_name(outcome));
}

static void say_campaign(const struct apply_plan *p, gboolean dry_run)
{
    say_outcome(p->campaign.name, p->outcome, dry_run);
    for (guint i = 0; i < p->missing->len; i++)
        cmd_warn(_("campaign %s: %s is not there yet"), p->campaign.name,
                 (const char *)g_ptr_array_index(p->missing, i));
}

static void say_row(const struct site_row *r, gboolean dry_run)
{
    g_autofree char *what = g_strdup_printf("%s %s", r->noun, r->name);
    say_outcome(what, r->outcome, dry_run);
    gboolean has_secret = field_find(r->fields, "password_file") != NULL;
    if (!has_secret && (r->is_cut_off || r->outcome == APPLY_CREATED) &&
        field_find(r->fields, "enabled"))
        cmd_warn(_("%s: it comes from a file, so it is disabled. Look at it, then enable it with: "
                   "crier %s set %s --enabled yes"),
                 what, r->noun, r->name);
    else if (r->is_cut_off)
        cmd_warn(
            _("%s: the file leads it to another host, so it is disabled and its password is "
              "forgotten. Set both with: crier %s set %s --password-file FILE --enabled yes"),
            what, r->noun, r->name);
    else if (r->outcome == APPLY_CREATED && has_secret)
        cmd_warn(
            _("%s: it comes from a file, so it is disabled and has no password. Set both with: "
              "crier %s set %s --password-file FILE --enabled yes"),
            what, r->noun, r->name);
}

static void say_site(const struct site_plan *p, gboolean dry_run)
{
    for (guint i = 0; i < p->rows->len; i++)
        say_row(p->rows->pdata[i], dry_run);
    for (guint i = 0; i < p->missing->len; i++)
        cmd_warn(
            _("%s is not here, and keys are never in files. Make one with: crier dkim new"),
            (const char *)p->missing->pdata[i]);
}

static void say_eml(const struct eml_draft *d, gboolean dry_run)
{
    say_outcome(d->campaign.name, APPLY_CREATED, dry_run);
    for (guint i = 0; i < d->left_out->len; i++)
        cmd_warn(_("campaign %s: left out: %s"), d->campaign.name,
                 (const char *)d->left_out->pdata[i]);
}

static void say(const struct job *j, gboolean dry_run)
{
    if (j->site)
        say_site(j->site, dry_run);
    else if (j->eml)
        say_eml(j->eml, dry_run);
    else
        say_campaign(j->campaign, dry_run);
}

/* ---- the verb ---- */

/* All in one transaction: a failure half way leaves nothing. */
static gboolean commit_all(struct cmd_context *c, GPtrArray *jobs, GError **error)
{
    if (!db_begin(c->db, error))
        return FALSE;
    for (guint i = 0; i < jobs->len; i++)
        if (!commit(c, jobs->pdata[i], error)) {
            db_rollback(c->db);
            return FALSE;
        }
    if (db_commit(c->db, error))
        return TRUE;
    db_rollback(c->db);
    return FALSE;
}

static gboolean check_name(struct cmd_context *c, GError **error)
{
    const char *name = cmd_option(c, "name");
    if (!name || (cmd_words(c) == 1 && import_eml_is(cmd_word(c, 0))))
        return !name || cmd_check_new_name(name, error);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("--name is for one .eml file. A folder's campaign is named in its campaign.cfg"));
    return FALSE;
}

/* Everything is read and compared before the first is stored. */
int cmd_apply(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean dry_run = cmd_has(c, "dry-run"), ok = check_name(c, &error);
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(job_free);
    for (guint i = 0; ok && i < cmd_words(c); i++) {
        struct job *j = prepare(c, cmd_word(c, i), &error);
        ok = j != NULL;
        if (j)
            g_ptr_array_add(jobs, j);
    }
    ok = ok && (dry_run || commit_all(c, jobs, &error));
    for (guint i = 0; ok && i < jobs->len; i++)
        say(jobs->pdata[i], dry_run);
    return ok ? 0 : cmd_fail(error);
}
