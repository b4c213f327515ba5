/*
 * The settings of the workspace as a form, and how the person wants the screens. What each of
 * them means is the field table's and look.h's; nothing here is about campaigns or servers, which
 * have forms of their own.
 */
#include "config.h"

#include "tui/settings_dialog.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/audit.h"
#include "tui/dialog.h"
#include "tui/form.h"
#include "tui/look.h"

struct settings_state {
    struct settings record; /* as it was read */
    struct form *form;      /* owned */
    struct look look;       /* as it is kept */
};

enum { PAGE_WORKSPACE, PAGE_SCREENS };

static const char *const pages[] = {N_("Workspace"), N_("Screens"), NULL};

/* Of this person everywhere, not of the workspace: look.h. Words are put in by make_rows(). */
static const struct form_row rows[] = {
    {FORM_CHOICE, "theme", N_("Colours"),
     N_("auto: those of the terminal, none where NO_COLOR says so"), .page = PAGE_SCREENS},
    {FORM_CHOICE, "glyphs", N_("Signs"),
     N_("what boxes and bars are drawn with; ascii where they look broken"),
     .page = PAGE_SCREENS},
    {FORM_BOOL, "mouse", N_("Mouse"), N_("then Shift selects text in most terminals"),
     .beside = N_("clicks and wheel; M turns it on and off"), .page = PAGE_SCREENS},
    {FORM_BOOL, "accessible", N_("Accessible"), N_("for screen readers and braille"),
     .beside = N_("words and lines instead of pictures"), .page = PAGE_SCREENS},
    {FORM_LINE, "organisation", N_("Organisation"), .cells = 40},
    {FORM_LINE, "hello", N_("Name for servers"), .cells = 40},
    {FORM_LINE, "give_up", N_("Try again for"), .cells = 10},
    {FORM_LINE, "retry", N_("First wait"), .cells = 10},
    {FORM_LINE, "soft_bounces", N_("Soft bounces"), .cells = 10,
     .beside = N_("in a row: never mailed again")},
    {FORM_LINE, "soft_within", N_("Counted for"), .cells = 10},
    {FORM_LINE, "keep_mail", N_("Mail is kept"), .cells = 10},
    {FORM_CHOICE, "log_level", N_("Log")},
    {FORM_LINE, "hook_mail", N_("Tell by mail"), .cells = 40},
    {FORM_LINE, "hook_command", N_("Tell by command"), .cells = 40},
    {FORM_BUTTON, "save", N_("Save"), .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "cancel", N_("Cancel"), .page = FORM_ALL_PAGES},
    {FORM_END},
};

static const struct form_row *make_rows(void)
{
    static struct form_row all[G_N_ELEMENTS(rows)];
    memcpy(all, rows, sizeof rows);
    all[0].words = term_theme_names();
    all[1].words = look_glyph_words();
    return all;
}

static void put_look(struct form *f, const struct look *l)
{
    form_set_text(f, "theme", term_theme_names()[MAX(l->theme, 0)]);
    form_set_text(f, "glyphs", look_glyph_words()[l->glyphs + 1]);
    form_set_text(f, "mouse", l->has_mouse ? "yes" : "no");
    form_set_text(f, "accessible", l->is_accessible ? "yes" : "no");
    form_set_saved(f);
}

static int word_at(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

/* TRUE: another than `*look`, which it becomes. */
static gboolean take_look(const struct form *f, struct look *look)
{
    int theme = word_at(term_theme_names(), form_text(f, "theme"));
    const struct look l = {
        .theme = theme == THEME_AUTO ? -1 : theme,
        .glyphs = word_at(look_glyph_words(), form_text(f, "glyphs")) - 1,
        .has_mouse = strcmp(form_text(f, "mouse"), "yes") == 0,
        .is_accessible = strcmp(form_text(f, "accessible"), "yes") == 0};
    gboolean is_new = l.theme != look->theme || l.glyphs != look->glyphs ||
                      l.has_mouse != look->has_mouse ||
                      l.is_accessible != look->is_accessible;
    *look = l;
    return is_new;
}

static gboolean settings_view_open(struct view *v, const void *arg, GError **error)
{
    struct settings_state *s = v->state;
    (void)arg;
    if (!settings_load(ui_db(v->ui), &s->record, error))
        return FALSE;
    const struct form_setup setup = {.rows = make_rows(),
                                     .pages = pages,
                                     .table = settings_fields(),
                                     .is_plain = ui_is_accessible(v->ui),
                                     .data = v};
    s->form = form_new(&setup, &s->record);
    look_read(&s->look);
    put_look(s->form, &s->look);
    return TRUE;
}

static void settings_view_close(struct view *v)
{
    struct settings_state *s = v->state;
    form_free(s->form);
    settings_clear(&s->record);
}

static char *settings_title(struct view *v)
{
    (void)v;
    return g_strdup(_("Settings"));
}

#define FORM_COLUMNS 66

static struct rect settings_place(struct view *v, struct rect screen)
{
    struct settings_state *s = v->state;
    int w = dialog_columns(screen, FORM_COLUMNS);
    return dialog_place(v->ui, screen, w, form_height(s->form, w));
}

static void settings_draw(struct view *v, struct rect r)
{
    struct settings_state *s = v->state;
    form_draw(s->form, dialog_frame(r, _("Settings")), TRUE);
}

static const char *settings_hint(struct view *v)
{
    struct settings_state *s = v->state;
    return form_hint(s->form);
}

/* ---- saving ---- */

static void save(struct view *v);

/* What another session stored meanwhile, a line a field. Caller frees. */
static char *differences(const struct settings_state *s, const struct settings *theirs)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (const struct field *f = settings_fields(); f->key; f++) {
        if (field_equal(f, &s->record, theirs))
            continue;
        g_autofree char *now = field_show(f, theirs);
        g_string_append_printf(text, _("%s: \"%s\" there, \"%s\" here\n"), f->key, now,
                               form_text(s->form, f->key));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

enum { CHANGED_KEEP, CHANGED_RELOAD, CHANGED_OVERWRITE };

/* `data` is the view. Both ways take the row version of what is stored now. */
static void take_changed(struct ui *ui, int button, void *data)
{
    struct view *v = data;
    struct settings_state *s = v->state;
    struct settings theirs = {0};
    g_autoptr(GError) error = NULL;
    if (button == CHANGED_KEEP)
        return;
    if (!settings_load(ui_db(ui), &theirs, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    settings_clear(&s->record);
    s->record = theirs;
    if (button == CHANGED_RELOAD) {
        form_load(s->form, &s->record);
        put_look(s->form, &s->look);
    } else {
        save(v);
    }
    ui_redraw(ui);
}

static void ask_about_change(struct view *v)
{
    struct settings_state *s = v->state;
    const char *buttons[] = {_("Keep editing"), _("Take theirs"), _("Overwrite"), NULL};
    struct settings theirs = {0};
    g_autoptr(GError) error = NULL;
    if (!settings_load(ui_db(v->ui), &theirs, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_autofree char *changes = differences(s, &theirs);
    g_autofree char *text = g_strdup_printf(
        _("The settings were changed elsewhere while you edited them.\n\n%s"), changes);
    settings_clear(&theirs);
    dialog_choose(v->ui, _("Changed meanwhile"), text, buttons, CHANGED_KEEP, take_changed, v,
                  NULL);
}

static void keep_look(struct view *v)
{
    struct settings_state *s = v->state;
    g_autoptr(GError) error = NULL;
    if (!take_look(s->form, &s->look))
        return;
    look_apply(v->ui, &s->look);
    if (!look_write(&s->look, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static void save(struct view *v)
{
    struct settings_state *s = v->state;
    struct ui *ui = v->ui;
    g_autoptr(GError) error = NULL;
    if (!form_store(s->form, &s->record, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else if (settings_put(ui_db(ui), &s->record, &error)) {
        keep_look(v);
        ui_close(v);
        ui_say(ui, "%s", _("The settings are stored."));
    } else if (g_error_matches(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION)) {
        ask_about_change(v);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
}

/* ---- leaving ---- */

enum { LEAVE_KEEP, LEAVE_SAVE, LEAVE_DISCARD };

static void take_leave(struct ui *ui, int button, void *data)
{
    (void)ui;
    if (button == LEAVE_SAVE)
        save(data);
    else if (button == LEAVE_DISCARD)
        ui_close(data);
}

static gboolean settings_may_close(struct view *v)
{
    struct settings_state *s = v->state;
    const char *buttons[] = {_("Keep editing"), _("Save"), _("Discard"), NULL};
    if (!form_is_changed(s->form))
        return TRUE;
    dialog_choose(v->ui, _("Settings"), _("What you changed is not stored yet."), buttons,
                  LEAVE_KEEP, take_leave, v, NULL);
    return FALSE;
}

static void leave(struct view *v)
{
    if (settings_may_close(v))
        ui_close(v);
}

static void explain(struct view *v)
{
    struct settings_state *s = v->state;
    const struct form_row *row = form_focused(s->form);
    g_autofree char *text = form_help(s->form);
    dialog_tell(v->ui, row && row->label ? _(row->label) : _("Settings"), text);
}

static void press(struct view *v)
{
    struct settings_state *s = v->state;
    if (g_strcmp0(form_pressed(s->form)->key, "save") == 0)
        save(v);
    else
        leave(v);
}

static gboolean settings_key(struct view *v, const struct term_event *e)
{
    struct settings_state *s = v->state;
    enum form_did did = form_event(s->form, e);
    if (did == FORM_PRESSED)
        press(v);
    return did != FORM_IGNORED;
}

static const struct action settings_actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("store the settings"), N_("Settings"),
     "settings set", NULL, save},
    {"explain", TK_F1, 0, N_("help"), N_("what this setting is for"), NULL, NULL, NULL,
     explain},
    {"leave", TK_ESC, TK_CTRL('C'), N_("leave"),
     N_("close the settings; asks when something changed"), NULL, NULL, NULL, leave},
    {.name = NULL},
};

const struct view_ops *settings_dialog_view(void)
{
    static const struct view_ops ops = {
        .name = "settings",
        .state_size = sizeof(struct settings_state),
        .open = settings_view_open,
        .close = settings_view_close,
        .title = settings_title,
        .draw = settings_draw,
        .place = settings_place,
        .hint = settings_hint,
        .key = settings_key,
        .actions = settings_actions,
        .may_close = settings_may_close,
    };
    return &ops;
}

void settings_dialog_open(struct ui *ui)
{
    ui_push(ui, settings_dialog_view(), NULL);
}
