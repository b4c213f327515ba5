/*
 * The table of screens, and how one is found in it.
 */
#include "config.h"

#include "tui/screens.h"

#include "base/i18n.h"
#include "tui/screen_campaigns.h"
#include "tui/screen_doctor.h"
#include "tui/screen_home.h"
#include "tui/screen_log.h"
#include "tui/screen_mailboxes.h"
#include "tui/screen_people.h"
#include "tui/screen_ports.h"
#include "tui/screen_reports.h"
#include "tui/screen_servers.h"

static const struct screen screens[SCREENS_COUNT] = {
    {1, "home", N_("Home"), screen_home},        {2, "campaigns", N_("Campaigns"), screen_campaigns},
    {3, "people", N_("People"), screen_people},    {4, "servers", N_("Servers"), screen_servers},
    {5, "mailboxes", N_("Mailboxes"), screen_mailboxes}, {6, "ports", N_("Ports"), screen_ports},
    {7, "doctor", N_("Doctor"), screen_doctor},    {8, "reports", N_("Reports"), screen_reports},
    {9, "log", N_("Log"), screen_log},
};

const struct screen *screens_all(void)
{
    return screens;
}

const struct screen *screens_find(int number)
{
    return number >= 1 && number <= SCREENS_COUNT ? &screens[number - 1] : NULL;
}
