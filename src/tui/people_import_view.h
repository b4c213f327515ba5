/* Reading people from a file in four steps; nothing is stored before the last. */
#ifndef CRIER_TUI_PEOPLE_IMPORT_VIEW_H
#define CRIER_TUI_PEOPLE_IMPORT_VIEW_H

#include "tui/view.h"

struct people_import_arg {
    const char *list; /* short name of the list they join; may be NULL: it is asked for */
    const char *file; /* may be NULL */
};
const struct view_ops *people_import_view(void);

#endif
