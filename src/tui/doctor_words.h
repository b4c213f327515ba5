/* What is said of the doctor's results on several screens, so that all read alike. */
#ifndef CRIER_TUI_DOCTOR_WORDS_H
#define CRIER_TUI_DOCTOR_WORDS_H

#include <glib.h>

#include "app/diagnosis.h"
#include "tui/term.h"

/* "[ok]", "[warn]", "[FAIL]", "[skip]"; translated, borrowed. */
const char *doctor_words_result(enum diagnosis_result r);
enum term_role doctor_words_role(enum diagnosis_result r);
/* "1 failed, 2 warnings", "all is well". Caller frees. */
char *doctor_words_count(const GPtrArray *steps); /* of struct diagnosis_step * */

#endif
