/*
 * The walk through the setup: which step, its buttons, the test of the server beside it, leaving.
 * What a step asks and stores is in wizard_steps.
 */
#include "config.h"

#include "tui/wizard.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/servers.h"
#include "tui/campaign_test.h"
#include "tui/dialog.h"
#include "tui/prefs.h"
#include "tui/text_edit.h"
#include "tui/wizard_private.h"

#define PREFS "setup"
#define SIDE 110 /* columns from which the talk stands beside the form */
#define TALK_ROWS 9

static struct form *form_of(struct view *v)
{
    struct wizard *s = v->state;
    return s->forms[s->step];
}

/* ---- steps ---- */

static void make_form(struct wizard *s)
{
    const struct wizard_page *p = wizard_page(s->step);
    static const struct field none[] = {{.key = NULL}};
    struct form *f = form_new(&(struct form_setup){.rows = p->rows,
                                                   .table = p->table ? p->table() : none,
                                                   .is_plain = ui_is_accessible(s->view->ui),
                                                   .is_shown = p->is_shown,
                                                   .options = wizard_options,
                                                   .note = wizard_note,
                                                   .data = s},
                              p->record ? p->record(s) : NULL);
    s->forms[s->step] = f;
    if (p->fill)
        p->fill(s, f);
    form_set_saved(f);
}

static void go(struct view *v, int step)
{
    struct wizard *s = v->state;
    s->step = (enum wizard_step)CLAMP(step, 0, WIZARD_STEP_COUNT - 1);
    if (!s->forms[s->step])
        make_form(s);
    if (s->step == WIZARD_DONE)
        form_focus(s->forms[s->step], "finish");
    ui_redraw(v->ui);
}

/* What is typed here, into the database. */
static gboolean store(struct view *v)
{
    struct wizard *s = v->state;
    const struct wizard_page *p = wizard_page(s->step);
    g_autoptr(GError) error = NULL;
    if (p->store(s, form_of(v), &error)) {
        if (s->step == WIZARD_SERVER) {
            s->was_tested = FALSE;
            g_clear_pointer(&s->talk.verdict, g_free);
        }
        ui_reload(v->ui);
        return TRUE;
    }
    ui_fail(v->ui, g_steal_pointer(&error));
    ui_redraw(v->ui);
    return FALSE;
}

static gboolean has_something(struct view *v)
{
    struct wizard *s = v->state;
    return wizard_page(s->step)->store && form_is_changed(form_of(v));
}

/* ---- life ---- */

static gboolean open_wizard(struct view *v, const void *arg, GError **error)
{
    struct wizard *s = v->state;
    s->view = v;
    server_talk_init(&s->talk, v->ui);
    wizard_load(s);
    go(v, WIZARD_WELCOME);
    return TRUE;
}

static void close_wizard(struct view *v)
{
    wizard_clear(v->state);
}

static void finish(struct view *v)
{
    struct ui *ui = v->ui;
    g_autoptr(GError) error = NULL;
    gboolean ok = prefs_set(PREFS, "seen", "yes", &error);
    ui_close(v);
    if (ok)
        ui_say(ui, "%s", _(":setup comes back to the setup. ? says what can be done here."));
    else
        ui_fail(ui, g_steal_pointer(&error));
}

static void leave(struct ui *ui, int button, void *data)
{
    if (button == 1)
        finish(data);
}

static gboolean may_close(struct view *v)
{
    struct wizard *s = v->state;
    const char *const buttons[] = {_("Stay"), _("Leave"), NULL};
    if (server_talk_stop(&s->talk))
        return FALSE;
    dialog_choose(v->ui, _("Leave the setup?"),
                  has_something(v) ? _("What is typed in this step is not kept; the steps before "
                                       "are. :setup comes back.")
                                   : _("What was set up so far is kept. :setup comes back."),
                  buttons, 0, leave, v, NULL);
    return FALSE;
}

/* ---- what the buttons do ---- */

/* What was not touched is asked anew, without complaints about what was not given. */
static void leave_step(struct wizard *s)
{
    if (form_is_changed(s->forms[s->step]))
        return;
    form_free(s->forms[s->step]);
    s->forms[s->step] = NULL;
}

static void do_back(struct view *v)
{
    struct wizard *s = v->state;
    leave_step(s);
    go(v, (int)s->step - 1);
}

static void do_skip(struct view *v)
{
    struct wizard *s = v->state;
    server_talk_stop(&s->talk);
    leave_step(s);
    go(v, (int)s->step + 1);
}

static void do_next(struct view *v)
{
    if (!has_something(v) || store(v))
        do_skip(v);
}

static void do_test(struct view *v)
{
    struct wizard *s = v->state;
    if (!s->you.address || !*s->you.address) {
        ui_fail_text(v->ui, "%s",
                     _("The server is asked whether it takes your address: step 2 asks for it."));
        return;
    }
    if (store(v))
        server_talk_start(&s->talk, s->server.name, s->you.address);
}

static void do_send(struct view *v)
{
    struct wizard *s = v->state;
    if (s->server.id == 0)
        ui_fail_text(v->ui, "%s", _("There is no server to send it by: step 3 asks for one."));
    else if (store(v))
        campaign_test_open(v->ui, s->campaign.name);
}

static void do_leave(struct view *v)
{
    may_close(v);
}

static void take_text(void *data, const char *text)
{
    form_set_text(((struct wizard *)data)->forms[WIZARD_MAIL], "markdown", text);
}

static void do_write(struct view *v)
{
    struct wizard *s = v->state;
    const struct text_edit_arg arg = {.title = _("Setup > First mail"),
                                      .text = form_text(form_of(v), "markdown"),
                                      .suffix = ".md",
                                      .has_markdown = TRUE,
                                      .take = take_text,
                                      .data = s};
    ui_push(v->ui, text_edit_view(), &arg);
}

static const struct {
    const char *key;
    void (*run)(struct view *v);
} presses[] = {
    {"back", do_back}, {"skip", do_skip},  {"next", do_next},     {"test", do_test},
    {"send", do_send}, {"leave", do_leave}, {"finish", finish}, {"markdown", do_write},
};

static void press(struct view *v)
{
    const char *key = form_pressed(form_of(v))->key;
    for (gsize i = 0; i < G_N_ELEMENTS(presses); i++)
        if (strcmp(key, presses[i].key) == 0) {
            presses[i].run(v);
            return;
        }
}

/* ---- keys ---- */

/* The encryption that fits a port that was typed. */
static void follow_port(struct wizard *s, struct form *f)
{
    static const char *const names[] = {"tls", "starttls", "none"};
    const char *host = form_text(f, "host");
    if (s->step == WIZARD_SERVER && s->server.id == 0 && *host &&
        !form_row_is_changed(f, "security"))
        form_set_text(f, "security", names[server_security_for(host)]);
}

static gboolean key_wizard(struct view *v, const struct term_event *e)
{
    struct wizard *s = v->state;
    struct form *f = form_of(v);
    const struct form_row *row = form_focused(f);
    switch (form_event(f, e)) {
    case FORM_PRESSED:
        press(v);
        return TRUE;
    case FORM_CHANGED:
        if (row && row->key && strcmp(row->key, "preset") == 0)
            wizard_apply_preset(f, form_text(f, "preset"));
        return TRUE;
    case FORM_LEFT_ROW:
        follow_port(s, f);
        return TRUE;
    case FORM_IGNORED:
        return FALSE;
    default:
        return TRUE;
    }
}

static void run_help(struct view *v)
{
    g_autofree char *text = form_help(form_of(v));
    dialog_tell(v->ui, _("About this field"), text);
}

static void run_next(struct view *v)
{
    struct wizard *s = v->state;
    if (s->step == WIZARD_DONE)
        finish(v);
    else
        do_next(v);
}

/* ---- drawing ---- */

static char *title_wizard(struct view *v)
{
    return g_strdup(_("Setup"));
}

static char *note_wizard(struct view *v)
{
    const struct wizard *s = v->state;
    return g_strdup_printf(_("step %d of %d"), (int)s->step + 1, WIZARD_STEP_COUNT);
}

static const char *hint_wizard(struct view *v)
{
    return form_hint(form_of(v));
}

/* All steps where they fit, else the one that is at hand. */
static void draw_steps(const struct wizard *s, struct rect r)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    int cells = 1, x = 1;
    for (int i = 0; i < WIZARD_STEP_COUNT; i++) {
        gboolean is_current = i == (int)s->step;
        char *text = g_strdup_printf(is_current ? "[%d %s]" : " %d %s ", i + 1,
                                     _(wizard_page((enum wizard_step)i)->tab));
        g_ptr_array_add(texts, text);
        cells += (int)text_cells(text);
    }
    for (int i = 0; i < WIZARD_STEP_COUNT; i++) {
        gboolean is_current = i == (int)s->step;
        if (is_current || cells <= r.w)
            x += draw_text(r, x, 0, is_current ? ROLE_TAB_CURRENT : ROLE_TAB, texts->pdata[i]);
    }
}

static struct rect draw_talk(struct wizard *s, struct rect r)
{
    gboolean is_there = s->step == WIZARD_SERVER && s->talk.has_lines;
    if (!is_there)
        return r;
    if (r.w >= SIDE) {
        int w = r.w / 2;
        draw_vline(r, w, ROLE_MUTED);
        server_talk_draw(&s->talk, rect_part(r, w + 2, 0, r.w - w - 2, r.h));
        return rect_part(r, 0, 0, w, r.h);
    }
    int rows = MIN(TALK_ROWS, r.h / 2);
    server_talk_draw(&s->talk, rect_part(r, 1, r.h - rows, r.w - 1, rows));
    return rect_rows(r, 0, r.h - rows);
}

/* A test that went well leads on. */
static void take_verdict(struct wizard *s)
{
    if (s->was_tested || !s->talk.verdict || !s->talk.is_ok || s->talk.task)
        return;
    s->was_tested = TRUE;
    if (s->step == WIZARD_SERVER)
        form_focus(s->forms[WIZARD_SERVER], "next");
}

static void draw_wizard(struct view *v, struct rect r)
{
    struct wizard *s = v->state;
    int top = r.h >= 14 ? 4 : 1;
    take_verdict(s);
    draw_steps(s, rect_rows(r, 0, 1));
    if (top > 1)
        draw_text(r, 1, 2, ROLE_HEADING, _(wizard_page(s->step)->question));
    struct rect rest = draw_talk(s, rect_rows(r, top, r.h - top));
    form_draw(form_of(v), rest, TRUE);
}

/* What is asked, the row at hand, and what a test said: a line each. */
static void draw_wizard_plain(struct view *v, struct rect r)
{
    struct wizard *s = v->state;
    const struct wizard_page *p = wizard_page(s->step);
    gboolean is_told = s->step == WIZARD_SERVER && s->talk.verdict;
    take_verdict(s);
    draw_format(r, 1, 0, ROLE_NORMAL, "%s. %s", _(p->tab), _(p->question));
    form_draw(form_of(v), rect_part(r, 0, 2, r.w, r.h - 2 - (is_told ? 3 : 0)), TRUE);
    if (is_told)
        draw_folded(rect_part(r, 1, r.h - 3, r.w - 1, 3),
                    s->talk.is_ok ? ROLE_OK : ROLE_ERROR, s->talk.verdict);
}

static const struct action actions[] = {
    {"next", TK_CTRL('S'), TK_F2, N_("next"), N_("keep what is typed and go on"), N_("SETUP"),
     NULL, NULL, run_next},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL, run_help},
    {"leave", TK_ESC, TK_CTRL('C'), N_("leave setup"),
     N_("stop a test, or leave; asks, and :setup comes back"), NULL, NULL, NULL, do_leave},
    {NULL},
};

const struct view_ops *wizard_view(void)
{
    static const struct view_ops ops = {.name = "setup",
                                        .state_size = sizeof(struct wizard),
                                        .open = open_wizard,
                                        .close = close_wizard,
                                        .title = title_wizard,
                                        .note = note_wizard,
                                        .draw = draw_wizard,
                                        .draw_plain = draw_wizard_plain,
                                        .hint = hint_wizard,
                                        .key = key_wizard,
                                        .actions = actions,
                                        .may_close = may_close};
    return &ops;
}

/* ---- when ---- */

void wizard_open(struct ui *ui)
{
    ui_go_to(ui, 1, wizard_view(), NULL);
}

gboolean wizard_offer(struct ui *ui, GError **error)
{
    if (prefs_get_bool(PREFS, "seen", FALSE))
        return FALSE;
    g_autoptr(GPtrArray) servers = servers_all(ui_db(ui), error);
    if (!servers || servers->len > 0)
        return FALSE;
    g_autoptr(GPtrArray) campaigns = campaigns_all(ui_db(ui), error);
    if (!campaigns || campaigns->len > 0)
        return FALSE;
    wizard_open(ui);
    return TRUE;
}
