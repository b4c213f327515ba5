/*
 * What is known of port numbers by themselves: those that browsers refuse, those that we take
 * when others are held, and what a mail port expects to hear first. Which are free is not for
 * here.
 */
#ifndef CRIER_MODEL_PORT_NUMBER_H
#define CRIER_MODEL_PORT_NUMBER_H

#include <glib.h>

#include "model/server.h"

enum port_role { PORT_TRACKING, PORT_ADMIN, PORT_ROLE_COUNT };

/* Browsers open no web page at it: the bad ports of the WHATWG fetch standard. */
gboolean port_number_is_blocked(guint16 port);

/* The usual one of a role (81, 82) and then, in the order to try them, others that mean no
 * other service and lie outside the ports of outgoing connections. Ends with 0. */
const guint16 *port_number_choices(enum port_role role);

/* What a port of SMTP, POP3 or IMAP implies: SERVER_TLS or SERVER_STARTTLS. FALSE: nothing. */
gboolean port_number_security(guint16 port, enum server_security *ret);
/* "port 465 speaks TLS first: use --security tls"; NULL where they fit. Caller frees. */
char *port_number_warning(guint16 port, enum server_security security);

#endif
