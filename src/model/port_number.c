/*
 * Facts about port numbers. Not for looking at this machine: what it holds, and what it may
 * bind.
 */
#include "config.h"

#include "model/port_number.h"

#include <stdlib.h>

#include "base/i18n.h"

/* https://fetch.spec.whatwg.org/#port-blocking, in rising order. A form that is sent to one of
 * these could talk to a mail server or a printer in a browser's name. */
static const guint16 blocked[] = {
    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,    37,
    42,   43,   53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,   110,
    111,  113,  115,  117,  119,  123,  135,  137,  139,  143,  161,  179,  389,   427,
    465,  512,  513,  514,  515,  526,  530,  531,  532,  540,  548,  554,  556,   563,
    587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659, 4045,  4190,
    5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
};

static const guint16 choices[PORT_ROLE_COUNT][7] = {
    [PORT_TRACKING] = {81, 8081, 8181, 8880, 18081, 28081, 0},
    [PORT_ADMIN] = {82, 8082, 8182, 8882, 18082, 28082, 0},
};

/* RFC 8314, RFC 6409; 2525 is what many use where 25 is closed. */
static const struct {
    guint16 port;
    enum server_security security;
} mail[] = {
    {465, SERVER_TLS},      {993, SERVER_TLS},       {995, SERVER_TLS},
    {587, SERVER_STARTTLS}, {25, SERVER_STARTTLS},   {2525, SERVER_STARTTLS},
    {143, SERVER_STARTTLS}, {110, SERVER_STARTTLS},
};

static int compare_ports(const void *a, const void *b)
{
    return *(const guint16 *)a - *(const guint16 *)b;
}

gboolean port_number_is_blocked(guint16 port)
{
    return bsearch(&port, blocked, G_N_ELEMENTS(blocked), sizeof *blocked, compare_ports) !=
           NULL;
}

const guint16 *port_number_choices(enum port_role role)
{
    return choices[(unsigned)role < PORT_ROLE_COUNT ? role : PORT_TRACKING];
}

gboolean port_number_security(guint16 port, enum server_security *ret)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mail); i++)
        if (mail[i].port == port) {
            *ret = mail[i].security;
            return TRUE;
        }
    return FALSE;
}

char *port_number_warning(guint16 port, enum server_security security)
{
    enum server_security implied;
    if (!port_number_security(port, &implied) ||
        (implied == SERVER_TLS) == (security == SERVER_TLS))
        return NULL;
    if (implied == SERVER_TLS)
        return g_strdup_printf(_("port %u speaks TLS first: use --security tls"), port);
    return g_strdup_printf(_("port %u speaks plain first: use --security starttls"), port);
}
