/*
 * The list of checks, in the order of the network: what comes later needs what comes before.
 * Each is in a file of its own kind; here is only their order.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include "base/i18n.h"

static const struct doctor_check checks[] = {
    {.number = 1,
     .name = "settings",
     .title = N_("settings"),
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_settings},
    {.number = 4,
     .name = "names",
     .title = N_("name look-up"),
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_names},
    {.number = 0},
};

const struct doctor_check *doctor_checks(void)
{
    return checks;
}
