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
    {.number = 2,
     .name = "machine",
     .title = N_("this machine's network"),
     .of = DOCTOR_OF_ALL,
     .run = doctor_check_machine},
    {.number = 3,
     .name = "own-address",
     .title = N_("own address"),
     .needs = {"machine"},
     .of = DOCTOR_OF_ALL,
     .run = doctor_check_address},
    {.number = 4,
     .name = "names",
     .title = N_("name look-up"),
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_names},
    {.number = 5,
     .name = "route",
     .title = N_("route"),
     .needs = {"machine", "names"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_route},
    {.number = 6,
     .name = "neighbour",
     .title = N_("neighbour"),
     .needs = {"route"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_neighbour},
    {.number = 7,
     .name = "ping",
     .title = N_("ping"),
     .needs = {"route"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_ping},
    {.number = 0},
};

const struct doctor_check *doctor_checks(void)
{
    return checks;
}
