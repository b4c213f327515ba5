/* Inside the terminal only: how a role looks in a theme. */
#ifndef CRIER_TUI_TERM_PRIVATE_H
#define CRIER_TUI_TERM_PRIVATE_H

#include "tui/term.h"

struct term_look {
    short fg, bg; /* -1: the terminal's own */
    gboolean is_bold, is_reverse, is_underlined;
};
/* Of the theme "own", before term_open(). ROLE_COUNT: forgets all. */
void term_set_own(enum term_role role, const struct term_look *look);
struct term_look term_look_of(enum term_theme theme, enum term_role role);

#endif
