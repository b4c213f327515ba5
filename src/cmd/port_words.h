/* The URL by which others come to a port of ours. */
#ifndef CRIER_CMD_PORT_WORDS_H
#define CRIER_CMD_PORT_WORDS_H

#include "model/port.h"

/* That a person outside would open: the public one, else by our own address, without a slash at
 * its end. NULL: none leads here. Caller frees. */
char *port_words_url(const struct port *p);

#endif
