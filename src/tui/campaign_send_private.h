/* Inside the send view only: its state, and its pictures. */
#ifndef CRIER_TUI_CAMPAIGN_SEND_PRIVATE_H
#define CRIER_TUI_CAMPAIGN_SEND_PRIVATE_H

#include <glib.h>

#include "app/check.h"
#include "model/campaign.h"
#include "tui/confirm.h"
#include "tui/input.h"
#include "tui/task.h"
#include "tui/view.h"

struct send_finding {
    enum check_level level;
    char *sentence; /* owned */
    char *examples; /* owned; one a line; "" */
};

enum send_focus { SEND_LIST, SEND_WHEN, SEND_AT, SEND_NUMBER, SEND_BUTTON, SEND_CANCEL, SEND_FOCUS_COUNT };

struct campaign_send {
    struct campaign campaign; /* owned */
    struct task *task;        /* owned while it runs: the check, or the start */
    gboolean is_starting;
    gint64 done, total; /* of the task */
    GPtrArray *findings; /* owned; of struct send_finding *, the worst first */
    char *revision;      /* owned; NULL: it cannot be started */
    gint64 people, suppressed, on_lists;
    enum send_focus focus;
    int cursor, top; /* in findings */
    gboolean is_later;
    struct input at;
    char *at_words; /* owned; how the time was understood, or why not; NULL: not looked at */
    gboolean is_at_wrong;
    struct confirm_field number;
    gboolean is_armed;
    char *hint; /* owned */
};

guint send_count(const struct campaign_send *s, enum check_level level);
gboolean send_is_ready(const struct campaign_send *s); /* checked, and nothing failed */

/* campaign_send_draw.c */
void send_draw(struct view *v, struct rect r);
void send_draw_plain(struct view *v, struct rect r);

#endif
