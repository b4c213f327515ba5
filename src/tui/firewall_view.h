/* What firewalls, routers and web servers in front have to let through, in their own words. */
#ifndef CRIER_TUI_FIREWALL_VIEW_H
#define CRIER_TUI_FIREWALL_VIEW_H

#include "tui/view.h"

const struct view_ops *firewall_view(void); /* `arg` is a format's name; NULL: the overview */
void firewall_show(struct ui *ui, const char *format);

#endif
