/*
 * What the two verbs that read CSV files share.
 */
#ifndef CRIER_CMD_PEOPLE_IMPORT_H
#define CRIER_CMD_PEOPLE_IMPORT_H

#include "app/import.h"
#include "cmd/cmd.h"

typedef gboolean (*import_function)(struct db *db, const struct import_options *o,
                                    struct import_counts *ret, GError **error);

/* Every --map, NULL-ended; caller g_strfreev()s. */
char **people_import_maps(const struct cmd_context *c);

/* Reads every file named on the command line; prints a row of counts for each. */
int people_import_run(struct cmd_context *c, import_function import);

#endif
