/* Inside screen 6 only: its state, and its pictures. */
#ifndef CRIER_TUI_PORTS_PRIVATE_H
#define CRIER_TUI_PORTS_PRIVATE_H

#include "model/port.h"
#include "tui/ports_data.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/view.h"

struct ports_pane {
    struct table table;
    struct table_memory rows;
};

struct ports {
    struct ports_pane listen, connect;
    gboolean is_right;  /* the cursor is in the table of where we connect to */
    GPtrArray *records; /* owned; of struct port * */
    GPtrArray *seen;    /* owned; of struct ports_seen *; NULL: not looked yet */
    struct task *task;  /* owned while it looks */
    char *asked;        /* owned; which records it looked for */
};

/* The records with what was seen of them; what has no record is the usual port of a role. Ids
 * of rows: the record's, else -1 - its place in `seen`; of where we connect to 1 + that. */
void ports_fill(struct view *v);
const struct ports_seen *ports_current_seen(const struct ports *s); /* NULL: not looked yet */
const struct port *ports_current_record(const struct ports *s);     /* NULL: none */
struct table *ports_table(struct view *v);

/* ports_draw.c */
const struct table_spec *ports_listen_spec(void);
const struct table_spec *ports_connect_spec(void);
/* `p` or `x` may be NULL. */
struct table_row *ports_listen_row(gint64 id, const struct port *p, const struct ports_seen *x);
struct table_row *ports_connect_row(gint64 id, const struct ports_seen *x, gint64 now_us);
void ports_draw(struct view *v, struct rect r);
void ports_draw_plain(struct view *v, struct rect r);

#endif
