/*
 * Deleting, copying, correcting, writing and reading campaigns from a screen. The verbs do it;
 * here are the questions.
 */
#include "config.h"

#include <string.h>

#include "app/correct.h"
#include "app/schedule.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "transfer/campaignfile.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/chooser.h"
#include "tui/deleted.h"
#include "tui/dialog.h"
#include "tui/pager_dialog.h"
#include "tui/saving.h"

/* ---- schedule ---- */

void campaign_unschedule(struct ui *ui, const char *name)
{
    g_autoptr(GError) error = NULL;
    if (schedule_cancel(ui_db(ui), name, &error)) {
        ui_nudge(ui);
        ui_say(ui, _("%s is a draft again. S sets a time again."), name);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
    ui_reload(ui);
}

/* ---- deleting ---- */

void campaign_delete(struct ui *ui, const char *const *names)
{
    g_autoptr(GError) error = NULL;
    int n = 0;
    const char *last = NULL;
    for (; *names; names++) {
        if (!campaigns_delete(ui_db(ui), *names, &error))
            break;
        last = *names;
        n++;
    }
    if (n > 0) {
        g_autofree char *text =
            n == 1 ? g_strdup_printf(_("%s is in the bin for 30 days."), last)
                   : g_strdup_printf(ngettext("%d campaign is in the bin for 30 days.",
                                              "%d campaigns are in the bin for 30 days.",
                                              (gulong)n),
                                     n);
        deleted_say(ui, text, n);
    }
    if (error)
        ui_fail(ui, g_steal_pointer(&error));
}

/* ---- names ---- */

static gboolean check_name(const char *value, void *data, GError **error)
{
    if (text_is_slug(value))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("a short name has letters a-z, digits, '-', '_' and '.', and begins with a "
                  "letter or digit"));
    return FALSE;
}

static void ask_name(struct ui *ui, const char *title, const char *text, const char *value,
                     void (*done)(struct ui *ui, const char *value, void *data),
                     const char *name)
{
    const struct dialog_line q = {.title = title,
                                  .text = text,
                                  .label = _("Short name"),
                                  .value = value,
                                  .check = check_name};
    dialog_line(ui, &q, done, g_strdup(name), g_free);
}

static void make_copy(struct ui *ui, const char *value, void *data)
{
    const char *const args[] = {"campaign", "copy", data, value, NULL};
    pager_dialog_run(ui, _("Copy"), args, 0);
}

void campaign_copy(struct ui *ui, const char *name)
{
    g_autofree char *value = g_strdup_printf("%s-2", name);
    ask_name(ui, _("Copy as a new draft"), _("What is the copy called?"), value, make_copy,
             name);
}

/* ---- correction ---- */

static void make_correction(struct ui *ui, const char *value, void *data)
{
    g_autoptr(GError) error = NULL;
    struct correction c = {0};
    if (!correct_campaign(ui_db(ui), data, 0, value, &c, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        const struct campaign_edit_arg arg = {.name = c.name};
        g_autofree char *people = text_grouped(c.people);
        ui_push(ui, campaign_edit_view(), &arg);
        ui_say(ui, _("This draft goes to the %s people who got an older version."), people);
    }
    correction_clear(&c);
    ui_reload(ui);
}

void campaign_correct(struct ui *ui, const char *name)
{
    g_autofree char *value = g_strdup_printf("%s-correction", name);
    ask_name(ui, _("A correction"),
             _("Those who got an older version than the newest get a message of their own, "
               "which you write now. What is it called?"),
             value, make_correction, name);
}

/* ---- folders ---- */

static void write_folder(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const char *const args[] = {"export", data, "-o", path, may_overwrite ? "--force" : NULL,
                                NULL};
    pager_dialog_run(ui, _("Export"), args, 0);
}

void campaign_export(struct ui *ui, const char *name)
{
    g_autofree char *value = g_build_filename(g_get_home_dir(), name, NULL);
    const struct dialog_line q = {.title = _("Export"),
                                  .text = _("The folder that it is written to:"),
                                  .label = _("Folder"),
                                  .value = value};
    saving_ask(ui, &q, CAMPAIGNFILE_NAME, write_folder, g_strdup(name), g_free);
}

static void read_path(struct ui *ui, const char *path, void *data)
{
    const char *const args[] = {"apply", path, NULL};
    pager_dialog_run(ui, _("Import"), args, 0);
}

void campaign_import(struct ui *ui)
{
    static const char *const suffixes[] = {".cfg", ".eml", NULL};
    const struct chooser c = {.title = _("A campaign folder, or an .eml file"),
                              .suffixes = suffixes,
                              .takes_folders = TRUE};
    chooser_ask(ui, &c, read_path, NULL, NULL);
}
