/* Inside screen 8 only: its pages, each with its table and what can be done on it. */
#ifndef CRIER_TUI_REPORTS_PRIVATE_H
#define CRIER_TUI_REPORTS_PRIVATE_H

#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/unknown_actions.h"
#include "tui/view.h"

enum reports_page {
    REPORTS_CAMPAIGNS,
    REPORTS_UNKNOWN,
    REPORTS_STORMS,
    REPORTS_PAGE_COUNT
};

struct reports {
    struct ui *ui;
    enum reports_page page;
    struct reports_pane {
        struct table table;
        struct table_memory rows;
        int n; /* what waits there, whether the page is in front or not */
    } panes[REPORTS_PAGE_COUNT];
    struct unknown_work work; /* what is said about all of a kind */
    char *hint; /* owned */
};

/* What a page is made of. */
struct reports_page_ops {
    const char *label; /* N_() */
    struct table_spec spec;
    /* Puts the rows; returns FALSE with an error. */
    gboolean (*load)(struct reports *s, struct reports_pane *pane, GError **error);
    void (*open)(struct view *v, const struct table_row *row); /* Enter */
    /* A sentence about the row, for the message row; NULL: nothing. Caller frees. */
    char *(*words)(struct reports *s, const struct table_row *row);
};
const struct reports_page_ops *reports_campaigns(void);
const struct reports_page_ops *reports_unknown(void);
const struct reports_page_ops *reports_storms(void);

/* Of reports_unknown(), behind its columns. */
enum { REPORTS_CELL_PATTERN = 3, REPORTS_CELL_UNKNOWN };

/* The row under the cursor of the page in front, with all its cells; NULL: none. */
const struct table_row *reports_row(struct reports *s);
gboolean reports_is_page(struct view *v, enum reports_page page);

#endif
