/*
 * Where a key goes: to the view in front, to its actions, then to what works everywhere. Not for
 * what a key means inside a widget.
 */
#include "config.h"

#include "base/i18n.h"
#include "tui/help.h"
#include "tui/palette.h"
#include "tui/ui_private.h"

/* ---- what works everywhere ---- */

static void run_screen(struct view *v, int number)
{
    ui_go(v->ui, number);
}

#define SCREEN_ACTION(n)                                                                       \
    static void run_screen_##n(struct view *v)                                                 \
    {                                                                                          \
        run_screen(v, n);                                                                      \
    }
SCREEN_ACTION(1)
SCREEN_ACTION(2)
SCREEN_ACTION(3)
SCREEN_ACTION(4)
SCREEN_ACTION(5)
SCREEN_ACTION(6)
SCREEN_ACTION(7)
SCREEN_ACTION(8)
SCREEN_ACTION(9)

static void run_before(struct view *v)
{
    if (v->ui->screen_before > 0)
        ui_go(v->ui, v->ui->screen_before);
}

static void run_back(struct view *v)
{
    ui_back(v->ui, TRUE);
}

static void run_escape(struct view *v)
{
    ui_back(v->ui, FALSE);
}

void ui_undo(struct ui *ui)
{
    if (!ui_message_undo(ui))
        ui_say(ui, "%s", _("There is nothing here to take back. :undo --list shows what was done."));
}

static void run_undo(struct view *v)
{
    ui_undo(v->ui);
}

static void run_redraw(struct view *v)
{
    term_redraw();
    ui_redraw(v->ui);
}

static void run_reload(struct view *v)
{
    ui_reload(v->ui);
}

static void run_suspend(struct view *v)
{
    ui_suspend(v->ui);
}

static void run_mouse(struct view *v)
{
    term_set_mouse(!term_has_mouse());
    ui_say(v->ui, "%s",
           term_has_mouse()
               ? _("The mouse scrolls and selects rows. M gives it back to the terminal.")
               : _("The mouse is the terminal's again."));
}

static void run_interrupt(struct view *v)
{
    ui_say(v->ui, "%s", _("q quits; what is being sent goes on. Esc goes one step back."));
}

static void run_help(struct view *v)
{
    help_open(v);
}

static void run_manual(struct view *v)
{
    help_manual(v->ui, v);
}

static void run_command(struct view *v)
{
    palette_open(v, NULL);
}

static const struct action globals[] = {
    {"home", '1', 0, NULL, N_("what goes on"), N_("Everywhere"), NULL, NULL, run_screen_1},
    {"campaigns", '2', 0, NULL, N_("campaigns"), NULL, NULL, NULL, run_screen_2},
    {"people", '3', 0, NULL, N_("people and lists"), NULL, NULL, NULL, run_screen_3},
    {"servers", '4', 0, NULL, N_("outgoing mail servers"), NULL, NULL, NULL, run_screen_4},
    {"mailboxes", '5', 0, NULL, N_("mailboxes for bounces"), NULL, NULL, NULL,
     run_screen_5},
    {"ports", '6', 0, NULL, N_("ports"), NULL, NULL, NULL, run_screen_6},
    {"doctor", '7', 0, NULL, N_("the doctor"), NULL, NULL, NULL, run_screen_7},
    {"reports", '8', 0, NULL, N_("reports"), NULL, NULL, NULL, run_screen_8},
    {"log", '9', 0, NULL, N_("the log"), NULL, NULL, NULL, run_screen_9},
    {"help", '?', TK_F9, NULL, N_("what can be done here"), NULL, NULL, NULL, run_help},
    {"manual", TK_F1, 0, NULL, N_("the manual"), NULL, NULL, NULL, run_manual},
    {"command", ':', 0, NULL, N_("the command line"), NULL, NULL, NULL, run_command},
    {"before", TK_BACKSPACE, 0, NULL, N_("the screen before"), NULL, NULL, NULL, run_before},
    {"undo", 'u', 0, NULL, N_("take back what was just done"), NULL, "undo", NULL, run_undo},
    {"reload", 'r', TK_F5, NULL, N_("read everything again"), NULL, NULL, NULL, run_reload},
    {"redraw", TK_CTRL('L'), 0, NULL, N_("draw the screen anew"), NULL, NULL, NULL, run_redraw},
    {"mouse", 'M', 0, NULL, N_("mouse on or off"), NULL, NULL, NULL, run_mouse},
    {"suspend", TK_CTRL('Z'), 0, NULL, N_("to the shell; fg comes back"), NULL, NULL, NULL,
     run_suspend},
    {"escape", TK_ESC, 0, NULL, N_("one step back"), NULL, NULL, NULL, run_escape},
    {"quit", 'q', 0, NULL, N_("back, and at the top quit (sending goes on)"), NULL, NULL, NULL,
     run_back},
    {"interrupt", TK_CTRL('C'), 0, NULL, N_("says how to leave"), NULL, NULL, NULL,
     run_interrupt},
    {NULL},
};

/* Of these a dialog takes part, too. */
static const guint32 always[] = {TK_CTRL('L'), TK_CTRL('Z'), TK_CTRL('C'), TK_ESC};

const struct action *ui_global_actions(void)
{
    return globals;
}

/* ---- dispatch ---- */

static gboolean run(struct view *v, const struct action *a)
{
    const char *why_not;
    if (!a)
        return FALSE;
    if (a->why_not && (why_not = a->why_not(v)))
        ui_say(v->ui, "%s", why_not);
    else
        a->run(v);
    return TRUE;
}

static const struct action *global_of(struct ui *ui, const struct view *v, guint32 key)
{
    const struct screen *s = key >= '1' && key <= '9' ? screens_find((int)(key - '0')) : NULL;
    if (s && !s->view) /* no dead keys: the screen is not there yet */
        return NULL;
    if (v != ui->dialog)
        return action_of_key("global", globals, key);
    for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
        if (always[i] == key)
            return action_of_key("global", globals, key);
    return NULL;
}

static void take_key(struct ui *ui, struct term_event *e)
{
    struct view *v = ui_front(ui);
    if (!v || (ui_is_blocked(ui) && e->key != TK_CTRL('Z')))
        return;
    /* A sentence goes with the next key; one that can be taken back stays its time. */
    if (ui->message.text && !ui->message.undo) {
        ui_message_clear(ui);
        if (e->key == TK_ESC && v != ui->dialog && !v->below)
            return;
    }
    int tab = e->key == TK_CLICK && !ui->dialog ? frame_tab_at(ui, e->x, e->y) : 0;
    if (tab > 0) {
        ui_go(ui, tab);
        return;
    }
    if (v->ops->key && v->ops->key(v, e)) {
        ui_redraw(ui);
        return;
    }
    if (!run(v, action_of_key(v->ops->name, v->ops->actions, e->key)))
        run(v, global_of(ui, v, e->key));
}

static void take_paste(struct ui *ui, const struct term_event *e)
{
    struct view *v = ui_front(ui);
    if (v && !ui_is_blocked(ui) && v->ops->key && v->ops->key(v, e))
        ui_redraw(ui);
    else
        ui_say(ui, "%s", _("What was pasted is ignored: this is no place for text."));
}

void ui_take_input(struct ui *ui)
{
    struct term_event e;
    ui->owes_mark = TRUE; /* also for what is no key and swallowed */
    while (!ui->is_ending && term_read(&e)) {
        switch (e.kind) {
        case EVENT_KEY:
            take_key(ui, &e);
            break;
        case EVENT_PASTE:
            take_paste(ui, &e);
            break;
        case EVENT_ACK:
            ui_answered(ui);
            break;
        case EVENT_GONE:
            term_abandon();
            ui->exit_code = 129;
            ui->is_ending = TRUE;
            break;
        default:
            break;
        }
        g_free(e.text);
        ui_free_closed(ui);
    }
}
