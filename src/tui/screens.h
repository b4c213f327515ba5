/* The table of screens 1…9. A row without a view is one whose engine is not there yet: it takes
 * no key and has no tab. */
#ifndef CRIER_TUI_SCREENS_H
#define CRIER_TUI_SCREENS_H

#include "tui/view.h"

#define SCREENS_COUNT 9

struct screen {
    int number;        /* its key */
    const char *name;  /* for ':' and the manual */
    const char *title; /* N_(): the tab */
    const struct view_ops *(*view)(void); /* NULL: not there yet */
};
const struct screen *screens_all(void); /* SCREENS_COUNT rows, by number */
const struct screen *screens_find(int number);

#endif
