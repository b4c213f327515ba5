/*
 * The test send: a form in a dialog, and the verb in a child. The copy is marked and its tokens
 * are valid for nothing; the ledger is not touched.
 */
#include "config.h"

#include "tui/campaign_test.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "store/campaigns.h"
#include "tui/dialog.h"
#include "tui/form.h"
#include "tui/pager.h"
#include "tui/prefs.h"
#include "tui/task.h"

#define MOST 10
#define COLUMNS 70
#define TALK_ROWS 13
#define PREFS "test"

static const struct form_row rows[] = {
    {FORM_LINE, "to", N_("To"), N_("your own addresses, at most 10, with commas between"),
     .flags = FORM_REQUIRED},
    {FORM_LINE, "as", N_("As"),
     N_("whose name and fields it has: an address you know of; empty: the first on its lists")},
    {FORM_BUTTON, "send", N_("Send"), N_("send the copies now")},
    {FORM_BUTTON, "close", N_("Close"), N_("back")},
    {FORM_END},
};

struct campaign_test {
    char *name;  /* owned */
    char *title; /* owned */
    struct form *form;
    struct pager talk;
    struct task *task; /* owned while it runs */
    gboolean is_armed;
    gboolean has_talk;
};

/* ---- addresses ---- */

static char **addresses_of(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", ;\t", -1);
    GPtrArray *out = g_ptr_array_new();
    for (char **w = words; *w; w++)
        if (**w)
            g_ptr_array_add(out, g_strdup(*w));
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}

static void check_one(struct form *f, const char *key, const char *address)
{
    struct mailaddr a;
    g_autoptr(GError) error = NULL;
    if (mailaddr_parse(address, &a, &error))
        mailaddr_clear(&a);
    else
        form_set_problem(f, key, error->message);
}

static void check(struct form *f, void *data)
{
    g_auto(GStrv) to = addresses_of(form_text(f, "to"));
    g_auto(GStrv) as = addresses_of(form_text(f, "as"));
    if (!to[0])
        form_set_problem(f, "to", _("An address is needed: whom does the copy go to?"));
    if (g_strv_length(to) > MOST) {
        g_autofree char *text =
            g_strdup_printf(_("At most %d addresses: this is for a look, not for sending."), MOST);
        form_set_problem(f, "to", text);
    }
    /* The last one set stands: from the end, so that it is the first wrong one. */
    for (guint i = g_strv_length(to); i-- > 0;)
        check_one(f, "to", to[i]);
    for (guint i = g_strv_length(as); i-- > 0;)
        check_one(f, "as", as[i]);
}

/* ---- life ---- */

static void arm(struct view *v)
{
    struct campaign_test *s = v->state;
    s->is_armed = TRUE;
}

static gboolean open_test(struct view *v, const void *arg, GError **error)
{
    struct campaign_test *s = v->state;
    struct campaign c = {0};
    if (!campaigns_get(ui_db(v->ui), arg, &c, error))
        return FALSE;
    s->name = g_strdup(arg);
    s->title = g_strdup(*c.title ? c.title : c.name);
    campaign_clear(&c);
    s->form = form_new(&(struct form_setup){.rows = rows,
                                            .is_plain = ui_is_accessible(v->ui),
                                            .check = check},
                       NULL);
    pager_init(&s->talk);
    s->talk.follows = TRUE;
    g_autofree char *mine = prefs_get(PREFS, "to");
    if (mine && *mine) {
        form_set_text(s->form, "to", mine);
        form_focus(s->form, "send");
    }
    form_set_saved(s->form);
    ui_when_shown(v->ui, v, arm);
    return TRUE;
}

static void close_test(struct view *v)
{
    struct campaign_test *s = v->state;
    task_drop(s->task);
    form_free(s->form);
    pager_clear(&s->talk);
    g_free(s->name);
    g_free(s->title);
}

static gboolean may_close(struct view *v)
{
    struct campaign_test *s = v->state;
    if (!s->task)
        return TRUE;
    task_stop(s->task);
    return FALSE;
}

/* ---- sending ---- */

static void take_line(const char *kind, const char *text, void *data)
{
    struct view *v = data;
    struct campaign_test *s = v->state;
    pager_add(&s->talk, strcmp(kind, "error") == 0 ? ROLE_ERROR : ROLE_NORMAL, text);
}

static void done(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct campaign_test *s = v->state;
    s->task = NULL;
    if (r->was_stopped) {
        pager_add(&s->talk, ROLE_WARN, _("Stopped. It is not known whether a copy went out."));
    } else if (r->exit_code == 0) {
        pager_add(&s->talk, ROLE_OK, _("Accepted by the server."));
        form_focus(s->form, "close");
    } else {
        pager_add(&s->talk, ROLE_ERROR, *r->error ? r->error : _("It could not be sent."));
    }
    ui_redraw(v->ui);
}

static void send_copies(struct view *v)
{
    struct campaign_test *s = v->state;
    static const struct task_calls calls = {.line = take_line, .done = done};
    g_autoptr(GError) error = NULL;
    if (form_check(s->form) > 0 || s->task)
        return;
    g_auto(GStrv) to = addresses_of(form_text(s->form, "to"));
    g_auto(GStrv) as = addresses_of(form_text(s->form, "as"));
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    g_ptr_array_add(args, (gpointer) "campaign");
    g_ptr_array_add(args, (gpointer) "test");
    g_ptr_array_add(args, s->name);
    for (char **a = to; *a; a++) {
        g_ptr_array_add(args, (gpointer) "--to");
        g_ptr_array_add(args, *a);
    }
    if (as[0]) {
        g_ptr_array_add(args, (gpointer) "--as");
        g_ptr_array_add(args, as[0]);
    }
    g_ptr_array_add(args, NULL);
    pager_empty(&s->talk);
    s->has_talk = TRUE;
    pager_add(&s->talk, ROLE_NORMAL, _("sending.. Esc stops"));
    s->task = task_start(v->ui, (const char *const *)args->pdata, NULL, &calls, v, &error);
    if (!s->task) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    if (!prefs_set(PREFS, "to", form_text(s->form, "to"), &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static gboolean key_test(struct view *v, const struct term_event *e)
{
    struct campaign_test *s = v->state;
    if (e->kind == EVENT_KEY && e->key == TK_ESC && !form_is_listing(s->form))
        return FALSE;
    enum form_did did = form_event(s->form, e);
    if (did == FORM_PRESSED && strcmp(form_pressed(s->form)->key, "send") == 0) {
        if (s->is_armed)
            send_copies(v);
    } else if (did == FORM_PRESSED) {
        if (may_close(v))
            ui_close(v);
    }
    return did != FORM_IGNORED;
}

/* ---- drawing ---- */

static struct rect place(struct view *v, struct rect screen)
{
    struct campaign_test *s = v->state;
    int columns = dialog_columns(screen, COLUMNS);
    int rows_wanted = form_height(s->form, columns) + (s->has_talk ? TALK_ROWS + 1 : 0);
    return dialog_place(v->ui, screen, columns, rows_wanted);
}

static char *title_test(struct view *v)
{
    const struct campaign_test *s = v->state;
    return g_strdup_printf(_("Test send: %s"), s->title);
}

static void draw_test(struct view *v, struct rect r)
{
    struct campaign_test *s = v->state;
    g_autofree char *title = title_test(v);
    struct rect inside = dialog_frame(r, title);
    /* The talk has all that the form leaves; the help of a field stands in the message row. */
    int talk = s->has_talk ? MAX(inside.h - form_height(s->form, inside.w) - 1, inside.h / 2) : 0;
    if (talk > 0)
        pager_draw(&s->talk, rect_part(inside, 0, inside.h - talk, inside.w, talk), FALSE);
    form_draw(s->form, rect_part(inside, 0, 0, inside.w, inside.h - talk), TRUE);
}

static const char *hint_test(struct view *v)
{
    struct campaign_test *s = v->state;
    return form_hint(s->form);
}

static void run_leave(struct view *v)
{
    if (may_close(v))
        ui_close(v);
}

/* Keys of the form's, named for the row of keys. */
static void run_next(struct view *v)
{
    const struct term_event tab = {.kind = EVENT_KEY, .key = TK_TAB};
    key_test(v, &tab);
}

static void run_press(struct view *v)
{
    const struct term_event enter = {.kind = EVENT_KEY, .key = TK_ENTER};
    key_test(v, &enter);
}

static const struct action actions[] = {
    {"next", TK_TAB, 0, N_("next"), N_("to the next field"), N_("TEST SEND"), NULL, NULL,
     run_next},
    {"press", TK_ENTER, 0, N_("press button"), N_("press the button; next field"), NULL, NULL,
     NULL, run_press},
    {"leave", TK_ESC, 0, N_("close"), N_("stop what runs, or close"), NULL, NULL, NULL,
     run_leave},
    {NULL},
};

void campaign_test_open(struct ui *ui, const char *campaign)
{
    ui_push(ui, campaign_test_view(), campaign);
}

const struct view_ops *campaign_test_view(void)
{
    static const struct view_ops ops = {.name = "test",
                                        .state_size = sizeof(struct campaign_test),
                                        .open = open_test,
                                        .close = close_test,
                                        .title = title_test,
                                        .place = place,
                                        .draw = draw_test,
                                        .hint = hint_test,
                                        .key = key_test,
                                        .actions = actions,
                                        .may_close = may_close};
    return &ops;
}
