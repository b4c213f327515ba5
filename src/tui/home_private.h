/* Inside Home only: its state, and its pictures. */
#ifndef CRIER_TUI_HOME_PRIVATE_H
#define CRIER_TUI_HOME_PRIVATE_H

#include "tui/chart.h"
#include "tui/home_data.h"
#include "tui/mailbox_words.h"
#include "tui/view.h"

struct home {
    struct home_data data;
    int cursor;        /* in data.rows */
    GHashTable *marks; /* owned; names of campaigns */
    gboolean shows_done;
    struct chart_scale scale, failed_scale;
    char *hint; /* owned */
};

const struct home_row *home_current(const struct home *s);
gboolean home_is_marked(const struct home *s, const struct home_row *r);

/* home_draw.c */
void home_draw(struct view *v, struct rect r);
char *home_hour_sums(const struct home *s);             /* caller frees */
char *home_server_words(const struct server_live *l);   /* caller frees */
char *home_mailbox_words(const struct mailbox_now *m, gint64 now_us); /* caller frees */
char *home_port_words(const struct status_port *p);     /* caller frees */
void home_draw_empty(struct rect r);

/* home_plain.c */
char *home_as_text(struct view *v, int *ret_line); /* caller frees; the cursor's line, from 0 */
void home_draw_plain(struct view *v, struct rect r);

#endif
