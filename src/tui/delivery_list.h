/* The people of a campaign and what became of each: the proof per person. */
#ifndef CRIER_TUI_DELIVERY_LIST_H
#define CRIER_TUI_DELIVERY_LIST_H

#include "model/delivery.h"
#include "store/said.h"
#include "tui/view.h"

struct delivery_list_arg {
    const char *campaign; /* name */
    int state;            /* enum delivery_state; -1: all */
    int effect; /* SAID_HARD … SAID_UNSUBSCRIBED: those of whom that came back, whatever
                   `state`; 0: by state */
};
const struct view_ops *delivery_list_view(void);

#endif
