/*
 * When a frame is written. Frames that a key caused go out at once; live ones wait until the
 * terminal has said that it took the last: on a slow line a key is then never behind a queue of
 * pictures. A pseudo-terminal shows no back-pressure, so the terminal itself is asked (DSR).
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "tui/ui_private.h"

#define ANSWER_S 10        /* a live frame waits no longer */
#define SEEN_S 2           /* nor does a dialog */
#define UNANSWERED_MAX 2
#define WAKE_US 100000     /* while something waits for the terminal */
#define MOVE_MARK "\033]7771\a"

static gboolean does_answer(const struct ui *ui)
{
    return ui->unanswered < UNANSWERED_MAX;
}

/* In a test time passes by what it says, not by how busy the machine is. */
static gboolean is_over(const struct ui *ui, gint64 since_us, gint64 now_us, int seconds)
{
    return !ui->is_test && now_us - since_us >= seconds * CLOCK_SECOND_US;
}

static gboolean is_behind(struct ui *ui, gint64 now_us)
{
    if (ui->asked == ui->answered || !does_answer(ui))
        return FALSE;
    if (!is_over(ui, ui->asked_us, now_us, ANSWER_S))
        return TRUE;
    ui->unanswered++;
    ui->answered = ui->asked;
    return FALSE;
}

void ui_moved(struct ui *ui)
{
    ui->is_moving = TRUE;
    ui_redraw(ui);
}

gboolean ui_is_moving(struct ui *ui)
{
    return ui->is_moving;
}

/* The key has its frame; what follows the cursor comes with the next live one. A test is told how
 * much the key's own frame was. */
static void end_move(struct ui *ui)
{
    ui->is_moving = FALSE;
    ui->is_live_dirty = TRUE;
    if (ui->is_test && !ui->sync_path)
        term_raw(MOVE_MARK, strlen(MOVE_MARK));
}

void ui_show(struct ui *ui)
{
    gint64 now_us = clock_mono_us();
    gboolean is_live = !ui->is_dirty;
    if (!ui->is_dirty && (!ui->is_live_dirty || is_behind(ui, now_us)))
        return;
    gboolean is_awaited = FALSE;
    for (guint i = 0; i < ui->waiting->len; i++)
        is_awaited |= g_array_index(ui->waiting, struct ui_waiting, i).frame == 0;
    ui->is_moving = ui->is_moving && !is_live && !ui->dialog;
    ui->is_dirty = ui->is_live_dirty = FALSE;
    frame_draw(ui);
    gboolean is_new = term_show();
    if (ui->is_moving)
        end_move(ui);
    gboolean ask = ((is_live && is_new) || is_awaited) && does_answer(ui);
    if (ask) {
        term_ask();
        ui->asked++;
        ui->asked_us = now_us;
    }
    for (guint i = 0; i < ui->waiting->len; i++) {
        struct ui_waiting *w = &g_array_index(ui->waiting, struct ui_waiting, i);
        if (w->frame == 0) {
            w->frame = ask ? ui->asked : G_MAXUINT64;
            w->since_us = now_us;
        }
    }
}

gint64 ui_patience_us(struct ui *ui)
{
    if (ui->is_dirty || (ui->is_live_dirty && !is_behind(ui, clock_mono_us())))
        return 0;
    return ui->is_live_dirty || ui->waiting->len > 0 ? WAKE_US : -1;
}

void ui_when_shown(struct ui *ui, struct view *v, void (*ready)(struct view *v))
{
    struct ui_waiting w = {.view = v, .ready = ready, .since_us = clock_mono_us()};
    g_array_append_val(ui->waiting, w);
    ui_redraw(ui);
}

void ui_look_at_waiting(struct ui *ui)
{
    gint64 now_us = clock_mono_us();
    for (guint i = 0; i < ui->waiting->len;) {
        struct ui_waiting w = g_array_index(ui->waiting, struct ui_waiting, i);
        gboolean is_late = w.frame > 0 && is_over(ui, w.since_us, now_us, SEEN_S);
        if (w.frame == 0 || (w.frame > ui->answered && !is_late)) {
            i++;
            continue;
        }
        g_array_remove_index(ui->waiting, i);
        term_flush_input();
        w.ready(w.view);
        ui_redraw(ui);
        i = 0;
    }
}

void ui_answered(struct ui *ui)
{
    if (ui->answered < ui->asked)
        ui->answered++;
    ui->unanswered = 0;
    ui_look_at_waiting(ui);
}

const struct view *ui_is_blocked(struct ui *ui)
{
    const struct view *front = ui_front(ui);
    for (guint i = 0; i < ui->waiting->len; i++)
        if (g_array_index(ui->waiting, struct ui_waiting, i).view == front)
            return front;
    return NULL;
}

/* ---- for tests: a mark in the stream when everything is done that was asked for ---- */

static void write_sync_file(struct ui *ui)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", ui->marks);
    g_autofree char *part = g_strconcat(ui->sync_path, ".part", NULL);
    if (g_file_set_contents(part, text, -1, NULL))
        (void)rename(part, ui->sync_path);
}

/* While an answer is out it is still to be taken, and would bring a mark of its own: a test
 * could not tell it from that of the key it sends next. */
void ui_mark_if_idle(struct ui *ui)
{
    struct pollfd p = {.fd = term_fd(), .events = POLLIN};
    gboolean is_answer_out = ui->asked != ui->answered && does_answer(ui);
    if (is_answer_out || !ui->is_test || !ui->owes_mark || ui->is_dirty || ui->is_live_dirty ||
        ui->n_tasks > 0 || ui->n_busy > 0 || ui->waiting->len > 0 || poll(&p, 1, 0) != 0)
        return;
    ui->owes_mark = FALSE;
    ui->marks++;
    if (ui->sync_path) {
        write_sync_file(ui);
        return;
    }
    g_autofree char *mark = g_strdup_printf("\033]7770;%" G_GUINT64_FORMAT "\a", ui->marks);
    term_raw(mark, strlen(mark));
}
