/*
 * Where the files are that come with the program. Not for a person's own files (file.c).
 */
#include "config.h"

#include "base/datafile.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"

char *datafile_find(const char *name, GError **error)
{
    g_autofree char *here = g_path_get_dirname(process_self());
    g_autofree char *tree = g_build_filename(here, "..", "data", NULL);
    const char *const bases[] = {g_getenv("CRIER_DATADIR"), PKGDATADIR, tree};

    for (gsize i = 0; i < G_N_ELEMENTS(bases); i++) {
        g_autofree char *path = bases[i] ? g_build_filename(bases[i], name, NULL) : NULL;
        if (path && g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("%s is not installed in %s. `make install` puts it there"), name, PKGDATADIR);
    return NULL;
}
