/*
 * A table of providers as configuration text: the one that is shipped and a person's own, which
 * goes before it. What the rows mean is model/provider.h's.
 */
#ifndef CRIER_TRANSFER_PROVIDERFILE_H
#define CRIER_TRANSFER_PROVIDERFILE_H

#include <glib.h>

#include "model/provider.h"

/*
 * Adds what `file` of `folder` says to `into`: of a provider that is there, the keys that are
 * named replace those of before; replies that mean "slower" come before those of before. Errors
 * begin with `label` and the line. After a failure `into` is only good for providers_free().
 * `rank`: see struct provider.
 */
gboolean providerfile_read(const char *folder, const char *file, const char *label, int rank,
                           struct providers *into, GError **error);
/* The same of text. */
gboolean providerfile_parse(const char *text, gsize len, const char *label, int rank,
                            struct providers *into, GError **error);

#endif
