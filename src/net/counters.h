/*
 * The kernel's own counts of what happened to packets of this machine, which anybody may read:
 * how many of its connections' segments were lost, and to what.
 */
#ifndef CRIER_NET_COUNTERS_H
#define CRIER_NET_COUNTERS_H

#include <glib.h>

/* The count of that name in TcpExt of /proc/net/netstat; -1: it is not known here. */
gint64 counters_tcp(const char *name);
/* The same in a text of that form: pairs of lines "TcpExt: name name …", "TcpExt: 1 2 …". */
gint64 counters_find(const char *text, const char *group, const char *name);

#endif
