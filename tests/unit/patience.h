/*
 * How long a test waits for what must come. It only bounds a failure: whoever waits goes on as
 * soon as it is there, so that a machine under heavy load makes tests slow and not red. No test
 * may need this time to go by.
 */
#ifndef CRIER_TESTS_UNIT_PATIENCE_H
#define CRIER_TESTS_UNIT_PATIENCE_H

#include <glib.h>

#define PATIENCE_S 60
#define PATIENCE_MS (PATIENCE_S * 1000)
#define PATIENCE_US (PATIENCE_S * G_USEC_PER_SEC)

#endif
