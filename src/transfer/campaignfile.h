/*
 * A campaign folder: campaign.cfg (libconfig) with its bodies beside it, to a campaign record.
 * Hostile by assumption: no @include, regular files inside the folder only, bounded sizes.
 */
#ifndef CRIER_TRANSFER_CAMPAIGNFILE_H
#define CRIER_TRANSFER_CAMPAIGNFILE_H

#include <glib.h>

#include "model/campaign.h"

#define CAMPAIGNFILE_NAME "campaign.cfg"
#define CAMPAIGNFILE_MAX_BODY (32 * 1024 * 1024)

/*
 * Reads folder `dir` (or the path of its campaign.cfg). `ret` is initialised by the callee and
 * owned by the caller on success (campaign_clear). Every error reads "spring/campaign.cfg:12:
 * what: why. remedy".
 */
gboolean campaignfile_read(const char *dir, struct campaign *ret, GError **error);

#endif
