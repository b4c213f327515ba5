/*
 * The program's one error domain and the exit codes that belong to it. Not for making messages:
 * each caller words its own, where it knows what was being done.
 */
#include "config.h"

#include "base/error.h"

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
    [CRIER_ERROR_TRY_AGAIN] = 75,
};

int error_exit_code(const GError *error)
{
    if (!error)
        return 0;
    if (error->domain != CRIER_ERROR || error->code < 0 || error->code >= CRIER_ERROR_COUNT)
        return EXIT_ANY_FAILURE;
    return exit_codes[error->code];
}
