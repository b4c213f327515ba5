/* What this program is and which files it uses here, for a person who asks or is asked. */
#include "config.h"

#include "tui/about.h"

#include "base/i18n.h"
#include "tui/pager_dialog.h"

static void add(GString *text, const char *label, const char *path)
{
    gboolean is_there = g_file_test(path, G_FILE_TEST_EXISTS);
    g_string_append_printf(text, "%s:\n  %s%s\n", label, path,
                           is_there ? "" : _(" (not there yet)"));
}

void about_show(struct ui *ui)
{
    const struct workspace *ws = ui_workspace(ui);
    const char *config = g_get_user_config_dir();
    g_autofree char *keys = g_build_filename(config, "crier", "keys.cfg", NULL);
    g_autofree char *prefs = g_build_filename(config, "crier", "ui.ini", NULL);
    g_autofree char *secrets = g_build_filename(ws->dir, "secrets", NULL);
    g_autofree char *inbox = g_build_filename(ws->dir, "inbox", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(
        text,
        _("crier %s\n\nWrites mail to many people, one by one, and keeps a ledger of what "
          "became of each. What is being sent is sent by a worker of its own: it goes on when "
          "you leave.\n\n"),
        PACKAGE_VERSION);
    g_string_append(text, _("Free software under the GNU General Public License, version 3 or "
                            "later; without any warranty.\n\n"));
    add(text, _("Workspace"), ws->dir);
    add(text, _("Database"), ws->db_path);
    add(text, _("Log"), ws->log_path);
    add(text, _("Passwords"), secrets);
    add(text, _("Files to import and attach"), inbox);
    add(text, _("Your keys"), keys);
    add(text, _("Your choices on the screens"), prefs);
    g_string_append_printf(text, _("\nYou are known here as: %s\n"), db_actor(ui_db(ui)));
    g_string_append(text, _("\nF1 is the manual, ? what can be done here."));
    pager_dialog_show(ui, _("About"), text->str);
}
