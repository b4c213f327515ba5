/*
 * The table of refusals that are our fault as configuration text: the one that is shipped and a
 * person's own, whose rows go before it. What the rows mean is model/fault.h's.
 */
#ifndef CRIER_TRANSFER_FAULTFILE_H
#define CRIER_TRANSFER_FAULTFILE_H

#include <glib.h>

#include "model/fault.h"

#define FAULTFILE_NAME "faults.cfg"

/* The rows of `file` in `folder`. Errors begin with `label` and the line. Caller frees. */
struct faults *faultfile_read(const char *folder, const char *file, const char *label,
                              GError **error);
/* The same of text. */
struct faults *faultfile_parse(const char *text, gsize len, const char *label, GError **error);

/* The workspace's, whose whole path begins its errors; NULL without an error: there is none. */
struct faults *faultfile_read_own(const char *folder, GError **error);
/* The shipped table. NOT_FOUND: it is not installed. */
struct faults *faultfile_read_shipped(GError **error);

/*
 * What is in force: the rows of `folder`/faults.cfg where it is there, then the shipped ones,
 * without which there is no table. One of the person's that cannot be read is left out, and why
 * is told in `*ret_trouble` (owned by the caller; NULL: nothing is wrong).
 */
struct faults *faultfile_load(const char *folder, char **ret_trouble, GError **error);

#endif
