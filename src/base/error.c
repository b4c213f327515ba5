/*
 * The program's one error domain and the exit codes that belong to it, and the plain words
 * for what the system says. Not for whole messages: each caller words its own, where it knows
 * what was being done.
 */
#include "config.h"

#include "base/error.h"

#include <errno.h>

#include "base/i18n.h"

G_DEFINE_QUARK(crier - error - quark, crier_error)

enum { EXIT_ANY_FAILURE = 1 };

static const int exit_codes[CRIER_ERROR_COUNT] = {
    [CRIER_ERROR_FAILED] = EXIT_ANY_FAILURE,
    [CRIER_ERROR_INVALID] = EXIT_ANY_FAILURE,
    [CRIER_ERROR_NOT_FOUND] = EXIT_ANY_FAILURE,
    [CRIER_ERROR_EXISTS] = EXIT_ANY_FAILURE,
    [CRIER_ERROR_USAGE] = 2,
    [CRIER_ERROR_WORKER] = 3,
    [CRIER_ERROR_PRECONDITION] = 5,
    [CRIER_ERROR_TRY_AGAIN] = ERROR_EXIT_TRY_AGAIN,
};

int error_exit_code(const GError *error)
{
    if (!error)
        return 0;
    if (error->domain != CRIER_ERROR || error->code < 0 || error->code >= CRIER_ERROR_COUNT)
        return EXIT_ANY_FAILURE;
    return exit_codes[error->code];
}

const char *error_why(int number)
{
    static const struct {
        int number;
        const char *words;
    } rows[] = {
        {ENOENT, N_("there is no such file or folder. Check the name")},
        {ENOTDIR, N_("a file stands where a folder should be. Check the name")},
        {EISDIR, N_("this is a folder. Name a file")},
        {EEXIST, N_("it is there already. Choose another name")},
        {EACCES,
         N_("you are not allowed to. Check owner and mode of the file and its folders")},
        {EPERM, N_("you are not allowed to. Check owner and mode of the file and its folders")},
        {EROFS, N_("the file system is read-only. Choose another place")},
        {ENOSPC, N_("the disk is full. Free some space and try again")},
        {EDQUOT, N_("your disk quota is used up. Free some space and try again")},
        {EFBIG, N_("the file would be larger than allowed here. See ulimit -f")},
        {ELOOP, N_("symbolic links are not followed here. Name the file itself")},
        {ENAMETOOLONG, N_("the name is too long. Choose a shorter one")},
        {EMFILE, N_("too many files are open. See ulimit -n")},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].number == number)
            return _(rows[i].words);
    return g_strerror(number);
}
