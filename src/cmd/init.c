/*
 * crier init: the workspace is made by opening it; this verb only says where it is.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "base/i18n.h"

int cmd_init(struct cmd_context *c)
{
    cmd_say(_("The workspace is %s."), c->ws->dir);
    return 0;
}
