/* Screen 7: why can mail not go out? The subjects of the doctor with its last verdicts. */
#ifndef CRIER_TUI_SCREEN_DOCTOR_H
#define CRIER_TUI_SCREEN_DOCTOR_H

#include "tui/view.h"

const struct view_ops *screen_doctor(void);

#endif
