/* The addresses that this machine has now, by getifaddrs(3). */
#ifndef CRIER_NET_OWNADDR_H
#define CRIER_NET_OWNADDR_H

#include <glib.h>

#include "base/ipkind.h"

struct ownaddr {
    char *device; /* owned; "eth0" */
    char *text;   /* owned; "10.0.1.2", "2001:db8::2" without zone */
    gboolean is_v6;
    enum ipkind kind;
};

/* Of struct ownaddr *, of devices that are up, those that others reach from the farthest first;
 * owned by the caller. Empty where the system does not say. */
GPtrArray *ownaddr_all(void);
/* The first that others reach at all: not of this machine or one wire alone, and of IPv6, which
 * nobody translates, not of a site alone. NULL: none. Borrowed. */
const char *ownaddr_first(const GPtrArray *all, gboolean is_v6);

#endif
