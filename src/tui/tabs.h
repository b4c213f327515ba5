/*
 * The row of tabs: what each is called where not all names have room, how they are drawn, and
 * which one lies under a click. Which screens there are is screens.h's.
 */
#ifndef CRIER_TUI_TABS_H
#define CRIER_TUI_TABS_H

#include "tui/draw.h"
#include "tui/screens.h"

struct tabs {
    struct tab {
        int number;        /* the screen's key */
        const char *title; /* borrowed; translated */
        gboolean is_open;
        char *text; /* owned; by tabs_fit() */
    } tab[SCREENS_COUNT];
    int n;
};

void tabs_add(struct tabs *t, int number, const char *title, gboolean is_open);
/*
 * Makes the texts, so that they and the '?' behind them take at most `width` cells. As room gets
 * less, first blanks go, then the names become shorter, all to the same length, but for the one
 * that is open; then they are numbers, and the open one's name is cut last.
 */
void tabs_fit(struct tabs *t, int width);
void tabs_draw(const struct tabs *t, struct rect r);
int tabs_at(const struct tabs *t, int x); /* the number of the screen; 0: none */
void tabs_clear(struct tabs *t);

#endif
