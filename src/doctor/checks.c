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
    {.number = 13,
     .name = "greeting",
     .title = N_("greeting"),
     .needs = {"names", "route"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_greeting},
    {.number = 14,
     .name = "hello",
     .title = N_("what it offers"),
     .needs = {"greeting"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_hello},
    {.number = 15,
     .name = "tls",
     .title = N_("encryption"),
     .needs = {"hello"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_tls},
    {.number = 16,
     .name = "login",
     .title = N_("login"),
     .needs = {"tls"},
     .of = DOCTOR_OF_PEER,
     .run = doctor_check_login},
    {.number = 17,
     .name = "envelope",
     .title = N_("senders"),
     .needs = {"login"},
     .of = DOCTOR_OF_SERVER | DOCTOR_OF_HOST,
     .run = doctor_check_envelope},
    {.number = 0},
};

const struct doctor_check *doctor_checks(void)
{
    return checks;
}
