/*
 * Files that come with the program: layouts, the sample campaign.
 */
#ifndef CRIER_BASE_DATAFILE_H
#define CRIER_BASE_DATAFILE_H

#include <glib.h>

/*
 * The path of a shipped file or folder: below CRIER_DATADIR, where it is installed, or beside
 * the build folder that this program lies in. CRIER_ERROR_NOT_FOUND tells where it should be.
 * Caller frees.
 */
char *datafile_find(const char *name, GError **error);

#endif
