/* What is said of the doctor's results on several screens, so that all read alike. */
#ifndef CRIER_TUI_DOCTOR_WORDS_H
#define CRIER_TUI_DOCTOR_WORDS_H

#include <glib.h>

#include "app/diagnosis.h"
#include "store/doctor_verdicts.h"
#include "tui/draw.h"
#include "tui/term.h"

/* "[ok]", "[warn]", "[FAIL]", "[skip]"; translated, borrowed. */
const char *doctor_words_result(enum diagnosis_result r);
enum term_role doctor_words_role(enum diagnosis_result r);
/* "1 failed, 2 warnings", "all is well"; with `is_short` the worse of both alone. Caller frees.
 */
char *doctor_words_count(const GPtrArray *steps, /* of struct diagnosis_step * */
                         gboolean is_short);
/* "Doctor        [FAIL] today 14:23: nothing listens at …": a line of a pane as draw_labelled()
 * makes them, in two rows where it needs them. `v` may be NULL: never looked at. */
void doctor_words_draw(struct rect r, int *y, int label, const struct doctor_verdict *v,
                       gint64 now_us);

#endif
