/* The addresses that this machine has now, by getifaddrs(3). */
#ifndef CRIER_NET_OWNADDR_H
#define CRIER_NET_OWNADDR_H

#include <glib.h>

struct ownaddr {
    char *device; /* owned; "eth0" */
    char *text;   /* owned; "10.0.1.2", "2001:db8::2" without zone */
    gboolean is_v6, is_loopback, is_link_local;
};

/* Of struct ownaddr *, of devices that are up, those that others may reach first; owned by the
 * caller. Empty where the system does not say. */
GPtrArray *ownaddr_all(void);
/* The first that is neither loopback nor link-local; NULL: none. Borrowed. */
const char *ownaddr_first(const GPtrArray *all, gboolean is_v6);

#endif
