/*
 * Images and attachments of a campaign folder: what campaign.cfg lists, and what the bodies
 * show by cid:NAME.
 */
#ifndef CRIER_TRANSFER_CAMPAIGNPARTS_H
#define CRIER_TRANSFER_CAMPAIGNPARTS_H

#include <glib.h>

#include "model/campaign.h"
#include "transfer/cfgtree.h"

#define CAMPAIGNPARTS_MAX_NAME 255

/*
 * Fills c->parts: first the images in the order in which HTML, Markdown and the layout's logo
 * name them, then the attachments. `attachments` may be NULL. A file is read beneath `folder`
 * only; its content id is its path as the author wrote it. Errors name file and line.
 */
gboolean campaignparts_read(const char *folder, const char *label,
                            const struct cfg_node *attachments, int logo_line,
                            struct campaign *c, GError **error);

/* The images that the bodies and the logo name now: a set of char * that it owns. */
GHashTable *campaignparts_named(const struct campaign *c);

/* `  attachments = ( … );`, nothing where there is none. */
void campaignparts_put(GString *out, const char *indent, const struct campaign *c);

#endif
