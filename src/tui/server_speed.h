/* Faster and slower: the limit of messages a second of a server, changed while it sends. */
#ifndef CRIER_TUI_SERVER_SPEED_H
#define CRIER_TUI_SERVER_SPEED_H

#include <glib.h>

#include "tui/ui.h"

/* Asks (level 2), then changes the record; the worker follows within a second. `rate_per_s` is
 * what is sent now, for a server without a limit. */
void server_speed_change(struct ui *ui, const char *server, double rate_per_s,
                         gboolean is_faster, guint32 asked_by);
/* The limit after one step: a quarter more or less, at least 1; 0 (no limit) becomes half of what
 * is sent, or stays. Pure. */
gint64 server_speed_step(gint64 per_second, double rate_per_s, gboolean is_faster);

#endif
