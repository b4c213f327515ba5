/*
 * The table of all views. A view that is not here has no keys in the manual, and its keys are
 * not tested.
 */
#include "config.h"

#include "tui/views.h"

#include <string.h>

#include "tui/bin_view.h"
#include "tui/campaign_edit.h"
#include "tui/campaign_preview.h"
#include "tui/campaign_send.h"
#include "tui/campaign_test.h"
#include "tui/chooser.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/delivery_list.h"
#include "tui/doctor_run.h"
#include "tui/firewall_view.h"
#include "tui/help.h"
#include "tui/live.h"
#include "tui/mailbox_edit.h"
#include "tui/menu.h"
#include "tui/pager_dialog.h"
#include "tui/palette.h"
#include "tui/people_dialog.h"
#include "tui/people_import_view.h"
#include "tui/people_imports.h"
#include "tui/person.h"
#include "tui/person_edit.h"
#include "tui/pool_edit.h"
#include "tui/port_edit.h"
#include "tui/report_people.h"
#include "tui/report_view.h"
#include "tui/screen_campaigns.h"
#include "tui/screen_doctor.h"
#include "tui/screen_home.h"
#include "tui/screen_mailboxes.h"
#include "tui/screen_servers.h"
#include "tui/server_edit.h"
#include "tui/screen_log.h"
#include "tui/screen_people.h"
#include "tui/screen_ports.h"
#include "tui/screen_reports.h"
#include "tui/sockets_view.h"
#include "tui/text_edit.h"
#include "tui/unknown_view.h"
#include "tui/wizard.h"
#include "tui/settings_dialog.h"

static const struct view_ops *(*const rows[])(void) = {
    /* screens, by number, each with what lies above it */
    screen_home,
    screen_campaigns,
    screen_servers,
    server_edit_view,
    pool_edit_view,
    screen_mailboxes,
    mailbox_edit_view,
    campaign_edit_view,
    campaign_preview_view,
    campaign_send_view,
    text_edit_view,
    live_view,
    delivery_list_view,
    screen_ports,
    port_edit_view,
    firewall_view,
    sockets_view,
    screen_doctor,
    doctor_run_view,
    screen_reports,
    report_view,
    report_people_view,
    unknown_view,
    screen_log,
    screen_people,
    person_view,
    person_edit_view,
    people_import_view,
    wizard_view,
    bin_view,
    /* dialogs */
    campaign_test_view,
    chooser_view,
    confirm_view,
    dialog_line_view,
    dialog_question_view,
    help_view,
    menu_view,
    pager_dialog_view,
    people_dialog_view,
    people_undo_view,
    palette_view,
    settings_dialog_view,
};

const struct view_ops *const *views_all(void)
{
    static const struct view_ops *all[G_N_ELEMENTS(rows) + 1];
    for (gsize i = 0; !all[G_N_ELEMENTS(rows) - 1] && i < G_N_ELEMENTS(rows); i++)
        all[i] = rows[i]();
    return all;
}

const struct view_ops *views_find(const char *name)
{
    for (const struct view_ops *const *v = views_all(); *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}
