/*
 * The form over a person: saving with a look at what others changed meanwhile, recovery after a
 * dropped line. Rows and record are person_edit_fields.c's.
 */
#include "config.h"

#include "tui/person_edit.h"

#include <inttypes.h>
#include <string.h>

#include "app/conflict.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "store/people.h"
#include "store/recovery.h"
#include "tui/dialog.h"
#include "tui/people_actions.h"
#include "tui/people_words.h"
#include "tui/person_edit_private.h"
#include "tui/ui.h"

#define NOUN "person"
#define PREFIX_LEN 2 /* of "f.NAME" in what is kept for recovery */

/* ---- drafts that survive ---- */

/* By number: an address would stay there when the person is erased. */
static char *draft_name(const struct person_edit *s)
{
    return s->person.id ? g_strdup_printf("#%" PRId64, s->person.id) : g_strdup("");
}

static void save_draft(struct view *v)
{
    struct person_edit *s = v->state;
    if (!form_is_changed(s->form))
        return;
    g_autofree char *fields = form_draft(s->form);
    g_autofree char *name = draft_name(s);
    GError *error = NULL;
    if (g_strcmp0(fields, s->drafted) == 0)
        return;
    if (recovery_save(ui_db(v->ui), NOUN, name, s->person.row_version, fields, &error)) {
        g_free(s->drafted);
        s->drafted = g_steal_pointer(&fields);
    }
    ui_drafted(v->ui, error);
}

static void forget_draft(struct view *v)
{
    struct person_edit *s = v->state;
    g_autofree char *name = draft_name(s);
    if (s->drafted)
        recovery_drop_own(ui_db(v->ui), NOUN, name, NULL);
    g_clear_pointer(&s->drafted, g_free);
}

static void take_name(const char *key, struct json *value, void *data)
{
    if (g_str_has_prefix(key, "f."))
        person_edit_add_name(data, key + PREFIX_LEN);
}

static gboolean restore(struct view *v, gint64 id, GError **error)
{
    struct person_edit *s = v->state;
    struct recovery r = {0};
    struct json *fields = NULL;
    gboolean ok = recovery_get(ui_db(v->ui), id, &r, error) &&
                  (fields = json_parse(r.fields, strlen(r.fields), error));
    if (ok) {
        json_foreach(fields, take_name, s);
        person_edit_make_form(s);
        ok = form_restore(s->form, r.fields, error) && recovery_drop(ui_db(v->ui), id, error);
        /* What others saved meanwhile is then found out by saving. */
        if (ok && s->person.id)
            s->person.row_version = r.row_version;
    }
    json_unref(fields);
    recovery_clear(&r);
    if (ok)
        ui_say(v->ui, "%s", _("This is what was typed when the line broke. ^S saves it."));
    return ok;
}

/* ---- life ---- */

static void close_edit(struct view *v)
{
    struct person_edit *s = v->state;
    person_edit_free_form(s);
    person_clear(&s->person);
    g_clear_pointer(&s->names, g_ptr_array_unref);
    g_free(s->list);
    g_free(s->drafted);
}

/* Fields that most people have, so that a new one is not begun with nothing. */
static void prefill(struct person_edit *s)
{
    g_autoptr(GPtrArray) some = people_page(ui_db(s->view->ui), 0, 0, 1, NULL);
    if (some && some->len > 0)
        person_edit_take_names(s, ((const struct person *)some->pdata[0])->fields_json);
    if (s->names->len == 0)
        person_edit_add_name(s, "first_name");
}

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    const struct person_edit_arg *a = arg;
    struct person_edit *s = v->state;
    s->view = v;
    s->names = g_ptr_array_new_with_free_func(g_free);
    s->list = a ? g_strdup(a->list) : NULL;
    gboolean ok = TRUE;
    if (a && a->address) {
        g_autofree char *key = people_key(a->address, error);
        ok = key && people_get(ui_db(v->ui), key, &s->person, error);
        person_edit_take_names(s, s->person.fields_json);
    } else {
        prefill(s);
    }
    if (ok)
        person_edit_make_form(s);
    if (ok && a && a->recovery_id)
        ok = restore(v, a->recovery_id, error);
    if (!ok)
        close_edit(v);
    return ok;
}

static char *title(struct view *v)
{
    const struct person_edit *s = v->state;
    return s->person.id ? g_strdup_printf(_("People > %s > Edit"), s->person.address)
                        : g_strdup(_("People > New person"));
}

static char *note(struct view *v)
{
    const struct person_edit *s = v->state;
    return g_strdup(form_is_changed(s->form) ? _("not saved") : "");
}

/* ---- saving ---- */

enum { CONFLICT_KEEP, CONFLICT_RELOAD, CONFLICT_OVERWRITE, CONFLICT_SHOW };

static gboolean save(struct view *v);

static void take_theirs(struct view *v, struct person *theirs)
{
    struct person_edit *s = v->state;
    forget_draft(v);
    person_clear(&s->person);
    s->person = *theirs;
    *theirs = (struct person){0};
    form_set_saved(s->form);
    person_edit_take_names(s, s->person.fields_json);
    person_edit_free_form(s);
    person_edit_make_form(s);
}

static void show_difference(struct view *v, const struct person *theirs)
{
    struct person_edit *s = v->state;
    struct person mine = {0};
    g_autoptr(GError) error = NULL;
    if (!person_edit_take(s, &s->person, &mine, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
    } else {
        g_autofree char *text = person_edit_difference(&mine, theirs);
        dialog_tell(v->ui, _("The difference"),
                    *text ? text : _("There is none: both say the same."));
    }
    person_clear(&mine);
}

/* `data` is the view: a dialog never outlives it. */
static void resolve(struct ui *ui, int button, void *data)
{
    struct view *v = data;
    struct person_edit *s = v->state;
    struct person theirs = {0};
    g_autoptr(GError) error = NULL;
    if (button == CONFLICT_KEEP)
        return;
    if (!people_get_id(ui_db(ui), s->person.id, &theirs, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    if (button == CONFLICT_RELOAD) {
        take_theirs(v, &theirs);
    } else if (button == CONFLICT_SHOW) {
        show_difference(v, &theirs);
    } else {
        s->person.row_version = theirs.row_version;
        save(v);
    }
    person_clear(&theirs);
    ui_redraw(ui);
}

static void ask_conflict(struct view *v)
{
    struct person_edit *s = v->state;
    const char *const buttons[] = {_("Keep editing"), _("Reload theirs"), _("Overwrite"),
                                   _("Show difference"), NULL};
    g_autofree char *name = draft_name(s);
    g_autofree char *who = conflict_who(ui_db(v->ui), NOUN, name);
    g_autofree char *text = g_strdup_printf(
        _("Somebody else changed this person while you were editing (%s)."), who ? who : "?");
    dialog_choose(v->ui, _("Changed meanwhile"), text, buttons, CONFLICT_KEEP, resolve, v,
                  NULL);
}

static gboolean join_lists(struct view *v, gint64 person_id, GError **error)
{
    struct person_edit *s = v->state;
    const struct consent c = {.text = form_text(s->form, "consent"),
                              .source = "crier people",
                              .at_us = clock_wall_us()};
    g_auto(GStrv) names = g_strsplit_set(form_text(s->form, "lists"), ", ", -1);
    for (char **name = names; *name; name++) {
        struct list l = {0};
        if (!**name)
            continue;
        if (!list_get(ui_db(v->ui), *name, &l, error))
            return FALSE;
        gboolean ok = membership_add(ui_db(v->ui), l.id, person_id, &c, error);
        list_clear(&l);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

static gboolean store(struct view *v, struct person *p, GError **error)
{
    struct person_edit *s = v->state;
    struct db *db = ui_db(v->ui);
    if (s->person.id)
        return people_put(db, p, error);
    if (!db_begin(db, error))
        return FALSE;
    if (people_put(db, p, error) && join_lists(v, p->id, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

static void say_saved(struct view *v, const struct person *p)
{
    struct person_edit *s = v->state;
    g_autoptr(GPtrArray) all = suppression_of(ui_db(v->ui), p->address_key, NULL);
    if (all && all->len > 0)
        ui_say(v->ui, _("Saved. %s is never mailed: %s."), p->address,
               people_reason(((const struct suppression *)all->pdata[0])->reason));
    else if (s->person.id)
        people_say_undo(v->ui, _("Saved. u takes that back."));
    else
        ui_say(v->ui, _("%s is added."), p->address);
}

static gboolean save(struct view *v)
{
    struct person_edit *s = v->state;
    struct ui *ui = v->ui;
    struct person p = {0};
    g_autoptr(GError) error = NULL;
    if (form_check(s->form) > 0) {
        ui_redraw(ui);
        return FALSE;
    }
    gboolean ok = person_edit_take(s, &s->person, &p, &error) && store(v, &p, &error);
    if (ok) {
        forget_draft(v);
        say_saved(v, &p);
        ui_close(v);
        ui_reload(ui);
    } else if (g_error_matches(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION) && s->person.id) {
        ask_conflict(v);
    } else {
        ui_fail(ui, g_steal_pointer(&error));
    }
    person_clear(&p);
    return ok;
}

/* ---- leaving ---- */

enum { LEAVE_KEEP, LEAVE_SAVE, LEAVE_DISCARD };

static void leave(struct ui *ui, int button, void *data)
{
    struct view *v = data;
    if (button == LEAVE_SAVE)
        save(v);
    if (button != LEAVE_DISCARD)
        return;
    forget_draft(v);
    ui_close(v);
}

static gboolean may_close(struct view *v)
{
    struct person_edit *s = v->state;
    const char *const buttons[] = {_("Keep editing"), _("Save"), _("Discard"), NULL};
    if (!form_is_changed(s->form)) {
        forget_draft(v);
        return TRUE;
    }
    dialog_choose(v->ui, _("Not saved"), _("What you typed here is not saved."), buttons,
                  LEAVE_KEEP, leave, v, NULL);
    return FALSE;
}

/* ---- keys ---- */

static gboolean check_field_name(const char *value, void *data, GError **error)
{
    return person_field_name_check(value, error);
}

static void add_field(struct ui *ui, const char *value, void *data)
{
    struct view *v = data;
    struct person_edit *s = v->state;
    g_autofree char *key = g_strconcat("f.", value, NULL);
    if (person_edit_add_name(s, value))
        person_edit_make_form(s);
    form_focus(s->form, key);
    ui_redraw(ui);
}

static void run_add_field(struct view *v)
{
    const struct dialog_line q = {
        .title = _("Another field"),
        .text = _("Letters, digits, '_' and '-'. A template writes it as {{name}}."),
        .label = _("Name"),
        .check = check_field_name};
    dialog_line(v->ui, &q, add_field, v, NULL);
}

static void run_save(struct view *v)
{
    save(v);
}

static void run_cancel(struct view *v)
{
    if (may_close(v))
        ui_close(v);
}

static void run_help(struct view *v)
{
    struct person_edit *s = v->state;
    g_autofree char *text = form_help(s->form);
    dialog_tell(v->ui, _("About this field"), text);
}

static const struct {
    const char *key;
    void (*run)(struct view *v);
} presses[] = {{"save", run_save}, {"cancel", run_cancel}, {"add-field", run_add_field}};

static gboolean key(struct view *v, const struct term_event *e)
{
    struct person_edit *s = v->state;
    enum form_did did = form_event(s->form, e);
    if (did == FORM_LEFT_ROW)
        save_draft(v);
    if (did != FORM_PRESSED)
        return did != FORM_IGNORED;
    const char *pressed = form_pressed(s->form)->key;
    for (gsize i = 0; i < G_N_ELEMENTS(presses); i++) {
        if (strcmp(pressed, presses[i].key) == 0) {
            presses[i].run(v);
            break;
        }
    }
    return TRUE;
}

static const char *hint(struct view *v)
{
    struct person_edit *s = v->state;
    return form_hint(s->form);
}

static void draw(struct view *v, struct rect r)
{
    struct person_edit *s = v->state;
    form_draw(s->form, r, TRUE);
}

static const struct action actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("save what is typed"), N_("THIS PERSON"),
     "people set", NULL, run_save},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL, run_help},
    {NULL},
};

const struct view_ops *person_edit_view(void)
{
    static const struct view_ops ops = {.name = "person-edit",
                                        .state_size = sizeof(struct person_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title,
                                        .note = note,
                                        .draw = draw,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions,
                                        .may_close = may_close,
                                        .save_draft = save_draft};
    return &ops;
}
