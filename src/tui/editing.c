/*
 * The parts of editors that do not depend on the record. `data` of the dialogs is the struct,
 * which lies in the state of the view: a dialog never outlives the view that asked.
 */
#include "config.h"

#include "tui/editing.h"

#include <string.h>

#include "app/conflict.h"
#include "base/error.h"
#include "base/i18n.h"
#include "store/recovery.h"
#include "tui/dialog.h"
#include "tui/ui.h"

void editing_init(struct editing *e, struct view *v, struct form *f, void *record,
                  const struct editing_ops *ops)
{
    *e = (struct editing){.ops = ops, .view = v, .form = f, .record = record};
}

void editing_clear(struct editing *e)
{
    g_clear_pointer(&e->drafted, g_free);
}

void editing_take(struct editing *e, void *stored)
{
    e->ops->clear(e->record);
    memcpy(e->record, stored, e->ops->size);
    form_load(e->form, e->record);
    if (e->ops->loaded)
        e->ops->loaded(e->view);
}

gboolean editing_is_changed(const struct editing *e)
{
    return e->is_changed || form_is_changed(e->form);
}

char *editing_note(struct view *v)
{
    return g_strdup(editing_is_changed(v->state) ? _("not saved") : "");
}

const char *editing_hint(struct view *v)
{
    return form_hint(((struct editing *)v->state)->form);
}

static const char *name_of(const struct editing *e)
{
    const char *name = G_STRUCT_MEMBER(const char *, e->record, e->ops->name_at);
    return name ? name : "";
}

static gint64 *row_version_of(const struct editing *e, void *record)
{
    return &G_STRUCT_MEMBER(gint64, record, e->ops->row_version_at);
}

/* ---- drafts ---- */

void editing_save_draft(struct view *v)
{
    struct editing *e = v->state;
    if (!form_is_changed(e->form))
        return;
    struct ui *ui = e->view->ui;
    g_autofree char *fields = form_draft(e->form);
    GError *error = NULL;
    if (g_strcmp0(fields, e->drafted) == 0)
        return;
    if (recovery_save(ui_db(ui), e->ops->noun, name_of(e), *row_version_of(e, e->record),
                      fields, &error)) {
        g_free(e->drafted);
        e->drafted = g_steal_pointer(&fields);
    }
    ui_drafted(ui, error);
}

void editing_saved(struct editing *e)
{
    e->is_changed = FALSE;
    if (e->drafted)
        recovery_drop_own(ui_db(e->view->ui), e->ops->noun, name_of(e), NULL);
    g_clear_pointer(&e->drafted, g_free);
}

gboolean editing_restore(struct editing *e, gint64 recovery_id, GError **error)
{
    struct db *db = ui_db(e->view->ui);
    struct recovery r = {0};
    gboolean ok = recovery_get(db, recovery_id, &r, error) &&
                  form_restore(e->form, r.fields, error) &&
                  recovery_drop(db, recovery_id, error);
    if (ok)
        *row_version_of(e, e->record) = r.row_version; /* saving finds out what others saved */
    recovery_clear(&r);
    if (ok)
        ui_say(e->view->ui, "%s",
               _("This is what was typed when the line broke. ^S saves it."));
    return ok;
}

/* ---- somebody else saved it ---- */

static void keep(struct editing *e)
{
}

/* What is stored now, in new memory; NULL: it said why not. */
static void *read_theirs(struct editing *e)
{
    void *theirs = g_malloc0(e->ops->size);
    GError *error = NULL;
    if (e->ops->get(ui_db(e->view->ui), G_STRUCT_MEMBER(gint64, e->record, e->ops->id_at),
                    theirs, &error))
        return theirs;
    ui_fail(e->view->ui, error);
    g_free(theirs);
    return NULL;
}

static void free_record(struct editing *e, void *record)
{
    if (record)
        e->ops->clear(record);
    g_free(record);
}

static void reload(struct editing *e)
{
    editing_saved(e);
    void *theirs = read_theirs(e);
    if (theirs)
        editing_take(e, theirs);
    g_free(theirs);
}

static void overwrite(struct editing *e)
{
    void *theirs = read_theirs(e);
    if (theirs)
        *row_version_of(e, e->record) = *row_version_of(e, theirs);
    free_record(e, theirs);
    e->ops->save(e->view);
}

/* Only its fields. NULL: not all of them can be what was typed. */
static void *read_mine(struct editing *e)
{
    void *mine = g_malloc0(e->ops->size);
    field_init_all(e->ops->fields(), mine);
    field_copy_all(e->ops->fields(), mine, e->record);
    if (form_store(e->form, mine, NULL))
        return mine;
    free_record(e, mine);
    return NULL;
}

/* Takes over into the form what only they changed, and their version; the number of fields that
 * both changed, which stay mine. */
static guint merge_theirs(struct editing *e)
{
    const struct field *fields = e->ops->fields();
    void *theirs = read_theirs(e), *mine = theirs ? read_mine(e) : NULL;
    guint both = 0;
    if (mine) {
        both = conflict_merge(fields, e->record, mine, theirs);
        for (const struct field *f = fields; f->key; f++) {
            g_autofree char *value = field_get(f, mine);
            form_set_text(e->form, f->key, value);
        }
        *row_version_of(e, e->record) = *row_version_of(e, theirs);
    }
    free_record(e, mine);
    free_record(e, theirs);
    return both;
}

static char *difference(struct editing *e)
{
    void *theirs = read_theirs(e), *mine = theirs ? read_mine(e) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) rows =
        mine ? conflict_rows(e->ops->fields(), e->record, mine, theirs) : NULL;
    for (guint i = 0; rows && i < rows->len; i++) {
        const struct conflict_row *row = rows->pdata[i];
        g_string_append_printf(text, _("%s\n  theirs: %s\n  mine:   %s\n\n"), row->field->key,
                               row->theirs, row->mine);
    }
    free_record(e, mine);
    free_record(e, theirs);
    return g_strdup(text->str);
}

static void merge(struct editing *e)
{
    guint both = merge_theirs(e);
    if (both > 0)
        ui_say(e->view->ui,
               ngettext("Merged. %u field was changed by both: it is as you have it. ^S saves.",
                        "Merged. %u fields were changed by both: they are as you have them. ^S "
                        "saves.",
                        both),
               both);
    else
        ui_say(e->view->ui, "%s", _("Merged: what only they changed is here now. ^S saves."));
}

static void show(struct editing *e)
{
    g_autofree char *text = difference(e);
    dialog_tell(e->view->ui, _("The difference"),
                *text ? text : _("There is none: both say the same."));
}

/* The ways out, in the order of the buttons; the last two only where the record knows them. */
static const struct {
    const char *label; /* N_() */
    void (*take)(struct editing *e);
} ways[] = {
    {N_("Keep editing"), keep},    {N_("Reload theirs"), reload}, {N_("Overwrite"), overwrite},
    {N_("Show difference"), show}, {N_("Merge"), merge},
};

static void resolve(struct ui *ui, int button, void *data)
{
    ways[button].take(data);
    ui_redraw(ui);
}

static void ask_conflict(struct editing *e)
{
    const char *buttons[G_N_ELEMENTS(ways) + 1] = {NULL};
    gsize n = e->ops->has_merge ? 5 : 3;
    for (gsize i = 0; i < n; i++)
        buttons[i] = _(ways[i].label);
    g_autofree char *who = conflict_who(ui_db(e->view->ui), e->ops->noun, name_of(e));
    g_autofree char *text = g_strdup_printf(
        _("Somebody else saved %s while you were editing it (%s)."), name_of(e),
        who ? who : "?");
    dialog_choose(e->view->ui, _("Changed meanwhile"), text, buttons, 0, resolve, e, NULL);
}

void editing_failed(struct editing *e, GError *take_error)
{
    gboolean is_stored = G_STRUCT_MEMBER(gint64, e->record, e->ops->id_at) != 0;
    if (is_stored && g_error_matches(take_error, CRIER_ERROR, CRIER_ERROR_PRECONDITION)) {
        g_error_free(take_error);
        ask_conflict(e);
    } else {
        ui_fail(e->view->ui, take_error);
    }
}

/* ---- leaving ---- */

enum { LEAVE_KEEP, LEAVE_SAVE, LEAVE_DISCARD };

static void leave(struct ui *ui, int button, void *data)
{
    struct editing *e = data;
    if (button == LEAVE_KEEP || (button == LEAVE_SAVE && !e->ops->save(e->view)))
        return;
    editing_saved(e);
    ui_close(e->view);
}

gboolean editing_may_close(struct view *v)
{
    struct editing *e = v->state;
    const char *const buttons[] = {_("Keep editing"), _("Save"), _("Discard"), NULL};
    if (!editing_is_changed(e)) {
        editing_saved(e);
        return TRUE;
    }
    dialog_choose(e->view->ui, _("Not saved"), _("What you typed here is not saved."), buttons,
                  LEAVE_KEEP, leave, e, NULL);
    return FALSE;
}

/* ---- actions ---- */

void editing_run_save(struct view *v)
{
    ((struct editing *)v->state)->ops->save(v);
}

void editing_run_help(struct view *v)
{
    g_autofree char *text = form_help(((struct editing *)v->state)->form);
    dialog_tell(v->ui, _("About this field"), text);
}

void editing_run_cancel(struct view *v)
{
    if (v->ops->may_close(v))
        ui_close(v);
}
