/*
 * Commands that the screens have themselves: those of the program as a whole, and verbs that a
 * screen does with its own questions. To add one is to add a row.
 */
#include "config.h"

#include "tui/palette.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/bin.h"
#include "store/campaigns.h"
#include "tui/about.h"
#include "tui/bin_view.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/campaign_preview.h"
#include "tui/campaign_send.h"
#include "tui/campaign_test.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/doctor_run.h"
#include "tui/firewall_view.h"
#include "tui/help.h"
#include "tui/pager_dialog.h"
#include "tui/people_import_view.h"
#include "tui/person.h"
#include "tui/report_view.h"
#include "tui/screens.h"
#include "tui/settings_dialog.h"
#include "tui/start_up.h"
#include "tui/wizard.h"

#define SCREEN_CAMPAIGNS 2
#define SCREEN_REPORTS 8

/* ---- the program ---- */

static gboolean quit(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    ui_quit(ui, FALSE);
    return TRUE;
}

static gboolean quit_at_once(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    ui_quit(ui, TRUE);
    return TRUE;
}

static gboolean about(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    about_show(ui);
    return TRUE;
}

static gboolean bin(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    ui_push(ui, bin_view(), NULL);
    return TRUE;
}

/* The verb itself, with all that was typed behind it. */
static void run_verb(struct ui *ui, const char *title, const char *verb,
                     const char *const *args, unsigned flags)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)verb);
    for (; *args; args++)
        g_ptr_array_add(words, (char *)*args);
    g_ptr_array_add(words, NULL);
    pager_dialog_run(ui, title, (const char *const *)words->pdata, flags);
}

/* With options it is the command line's. */
static gboolean show_log(struct ui *ui, const char *const *args, GError **error)
{
    (void)error;
    if (args[0])
        run_verb(ui, "crier log", "log", args, 0);
    else
        ui_go(ui, 9);
    return TRUE;
}

static gboolean manual(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    help_manual(ui, NULL);
    return TRUE;
}

static gboolean demo(struct ui *ui, const char *const *args, GError **error)
{
    (void)error;
    run_verb(ui, _("Demo: made-up people, a server that delivers nothing"), "demo", args, 0);
    return TRUE;
}

static gboolean setup(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    wizard_open(ui);
    return TRUE;
}

static gboolean restore(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    return start_up_restore(ui, error);
}

static gboolean settings(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    settings_dialog_open(ui);
    return TRUE;
}

static gboolean worker(struct ui *ui, const char *const *args, GError **error)
{
    if (!args[0])
        return ui_start_worker(ui, error);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("a worker is started in the background from here, without options"));
    return FALSE;
}

/* ---- the bin ---- */

struct emptying {
    char *id; /* owned; NULL: all of it */
    gint64 n;
};

static void emptying_free(gpointer data)
{
    struct emptying *e = data;
    g_free(e->id);
    g_free(e);
}

static void drop_for_good(struct ui *ui, void *data)
{
    const struct emptying *e = data;
    g_autofree char *n = g_strdup_printf("%" PRId64, e->n);
    const char *all[] = {"bin", "empty", "--yes", n, NULL};
    const char *one[] = {"bin", "empty", e->id, "--yes", n, NULL};
    pager_dialog_run(ui, "crier bin empty", e->id ? one : all, 0);
}

static gboolean bin_empty_asked(struct ui *ui, const char *const *args, GError **error)
{
    if (args[0] && (args[0][0] == '-' || args[1])) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                            _("name one entry of the bin, or nothing for all of it"));
        return FALSE;
    }
    gint64 n = args[0] ? 1 : bin_count(ui_db(ui), error);
    if (n < 0)
        return FALSE;
    if (n == 0) {
        ui_say(ui, "%s", _("The bin is empty."));
        return TRUE;
    }
    struct emptying *e = g_new0(struct emptying, 1);
    e->id = g_strdup(args[0]);
    e->n = n;
    g_autofree char *text = g_strdup_printf(
        ngettext("%" PRId64 " entry of the bin is dropped. Nothing brings it back.",
                 "%" PRId64 " entries of the bin are dropped. Nothing brings them back.",
                 (gulong)n),
        n);
    const struct confirm c = {.level = CONFIRM_NUMBER,
                              .title = _("Empty the bin?"),
                              .text = text,
                              .action = _("Drop for good"),
                              .number = confirm_number(n, 1)};
    confirm_ask(ui, &c, drop_for_good, e, emptying_free);
    return TRUE;
}

/* ---- campaigns ---- */

static gboolean with_name(const char *const *args, GError **error)
{
    if (args[0] && !args[1] && args[0][0] != '-')
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("name one campaign behind it; Tab shows them"));
    return FALSE;
}

static gboolean pause_one(struct ui *ui, const char *const *args, GError **error)
{
    if (!with_name(args, error))
        return FALSE;
    campaign_pause(ui, args[0]);
    return TRUE;
}

static gboolean pause_all(struct ui *ui, const char *const *args, GError **error)
{
    (void)args;
    (void)error;
    campaign_pause_all(ui);
    return TRUE;
}

static gboolean resume(struct ui *ui, const char *const *args, GError **error)
{
    if (!with_name(args, error))
        return FALSE;
    campaign_resume(ui, args[0], 0);
    return TRUE;
}

static gboolean cancel(struct ui *ui, const char *const *args, GError **error)
{
    if (!with_name(args, error))
        return FALSE;
    campaign_cancel(ui, args[0], 0);
    return TRUE;
}

/* Above the table where one comes back to. FALSE: there is no such campaign. */
static gboolean open_above(struct ui *ui, int screen, const struct view_ops *ops,
                           const char *name, const void *arg, GError **error)
{
    struct campaign c = {0};
    if (!campaigns_get(ui_db(ui), name, &c, error))
        return FALSE;
    campaign_clear(&c);
    if (screens_find(screen)->view)
        ui_go_to(ui, screen, ops, arg);
    else
        ui_push(ui, ops, arg);
    return TRUE;
}

static gboolean open_for(struct ui *ui, const struct view_ops *ops, const char *name,
                         const void *arg, GError **error)
{
    return open_above(ui, SCREEN_CAMPAIGNS, ops, name, arg, error);
}

static gboolean report(struct ui *ui, const char *const *args, GError **error)
{
    return open_above(ui, SCREEN_REPORTS, report_view(), args[0], args[0], error);
}

static gboolean start(struct ui *ui, const char *const *args, GError **error)
{
    return open_for(ui, campaign_send_view(), args[0], args[0], error);
}

static gboolean edit(struct ui *ui, const char *const *args, GError **error)
{
    const struct campaign_edit_arg arg = {.name = args[0]};
    return open_for(ui, campaign_edit_view(), args[0], &arg, error);
}

static gboolean preview(struct ui *ui, const char *const *args, GError **error)
{
    return open_for(ui, campaign_preview_view(), args[0], args[0], error);
}

static gboolean test(struct ui *ui, const char *const *args, GError **error)
{
    return open_for(ui, campaign_test_view(), args[0], args[0], error);
}

/* ---- the doctor, ports ---- */

#define SCREEN_PORTS 6
#define SCREEN_DOCTOR 7

/* One name, or none, is the screen's; with options it is the verb that does it. */
static gboolean doctor(struct ui *ui, const char *const *args, GError **error)
{
    (void)error;
    if (!args[0])
        ui_go(ui, SCREEN_DOCTOR);
    else if (args[1] || !doctor_run_show_named(ui, args[0], TRUE))
        run_verb(ui, _("Doctor"), "doctor", args, PAGER_RUN_NO_LINES);
    return TRUE;
}

static gboolean ports(struct ui *ui, const char *const *args, GError **error)
{
    (void)error;
    if (args[0])
        run_verb(ui, _("Ports"), "ports", args, PAGER_RUN_TABLE);
    else
        ui_go(ui, SCREEN_PORTS);
    return TRUE;
}

static gboolean firewall(struct ui *ui, const char *const *args, GError **error)
{
    (void)error;
    if (args[0])
        run_verb(ui, _("Firewall"), "firewall", args, 0);
    else
        ui_go_to(ui, SCREEN_PORTS, firewall_view(), NULL);
    return TRUE;
}

/* ---- people ---- */

#define SCREEN_PEOPLE 3

static gboolean person(struct ui *ui, const char *const *args, GError **error)
{
    if (args[0] && !args[1] && args[0][0] != '-') {
        ui_go_to(ui, SCREEN_PEOPLE, person_view(), args[0]);
        return TRUE;
    }
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("name one address behind it"));
    return FALSE;
}

/* With options all is said already: then it is the verb that does it. */
static gboolean import_people(struct ui *ui, const char *const *args, GError **error)
{
    const struct people_import_arg arg = {.file = args[0]};
    (void)error;
    if (!args[0] || (!args[1] && args[0][0] != '-')) {
        ui_go_to(ui, SCREEN_PEOPLE, people_import_view(), &arg);
        return TRUE;
    }
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)"people");
    g_ptr_array_add(words, (char *)"import");
    for (; *args; args++)
        g_ptr_array_add(words, (char *)*args);
    g_ptr_array_add(words, NULL);
    pager_dialog_run(ui, _("People: import"), (const char *const *)words->pdata,
                     PAGER_RUN_TABLE);
    return TRUE;
}

static const struct palette_route routes[] = {
    {"about", N_("version, licence, and where the files are"), about},
    {"bin", N_("what was deleted, and its way back"), bin},
    {"demo", NULL, demo},
    {"doctor", NULL, doctor},
    {"firewall", NULL, firewall},
    {"help", N_("the manual"), manual},
    {"log", NULL, show_log},
    {"ports", NULL, ports},
    {"q", NULL, quit},
    {"q!", NULL, quit_at_once},
    {"quit", N_("quit; sending goes on (quit! also leaves edits behind)"), quit},
    {"quit!", NULL, quit_at_once},
    {"restore", N_("take up edits that a dropped connection left behind"), restore},
    {"settings", N_("settings of the workspace"), settings},
    {"setup", N_("set up sender, server and a first mail, step by step"), setup},
    {"worker", NULL, worker},
    {"bin empty", NULL, bin_empty_asked},
    {"pause", NULL, pause_all},
    {"campaign pause", NULL, pause_one},
    {"campaign resume", NULL, resume},
    {"campaign cancel", NULL, cancel},
    {"people show", NULL, person},
    {"people import", NULL, import_people},
    {"campaign start", NULL, start, .is_for_name = TRUE},
    {"campaign edit", NULL, edit, .is_for_name = TRUE},
    {"campaign preview", NULL, preview, .is_for_name = TRUE},
    {"campaign test", NULL, test, .is_for_name = TRUE},
    {"campaign report", NULL, report, .is_for_name = TRUE},
    {.words = NULL},
};

const struct palette_route *palette_routes(void)
{
    return routes;
}
