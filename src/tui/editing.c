/*
 * The parts of editors that do not depend on the record. `data` of the dialogs is the struct,
 * which lies in the state of the view: a dialog never outlives the view that asked.
 */
#include "config.h"

#include "tui/editing.h"

#include <string.h>

#include "app/conflict.h"
#include "base/i18n.h"
#include "store/recovery.h"
#include "tui/dialog.h"
#include "tui/ui.h"

void editing_init(struct editing *e, struct view *v, struct form *f,
                  const struct editing_ops *ops)
{
    *e = (struct editing){.ops = ops, .view = v, .form = f};
}

void editing_clear(struct editing *e)
{
    g_clear_pointer(&e->drafted, g_free);
}

gboolean editing_is_changed(const struct editing *e)
{
    return e->is_changed || form_is_changed(e->form);
}

char *editing_note(const struct editing *e)
{
    return g_strdup(editing_is_changed(e) ? _("not saved") : "");
}

static const char *name_of(const struct editing *e)
{
    const char *name = e->ops->name(e->view);
    return name ? name : "";
}

/* ---- drafts ---- */

void editing_save_draft(struct editing *e)
{
    if (!form_is_changed(e->form))
        return;
    struct ui *ui = e->view->ui;
    g_autofree char *fields = form_draft(e->form);
    GError *error = NULL;
    if (g_strcmp0(fields, e->drafted) == 0)
        return;
    if (recovery_save(ui_db(ui), e->ops->noun, name_of(e), e->ops->row_version(e->view), fields,
                      &error)) {
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
        e->ops->begun_on(e->view, r.row_version);
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

static void reload(struct editing *e)
{
    editing_saved(e);
    e->ops->reload(e->view);
}

static void overwrite(struct editing *e)
{
    e->ops->take_version(e->view);
    e->ops->save(e->view);
}

static void merge(struct editing *e)
{
    guint both = e->ops->merge(e->view);
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
    g_autofree char *text = e->ops->difference(e->view);
    dialog_tell(e->view->ui, _("The difference"),
                text && *text ? text : _("There is none: both say the same."));
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

void editing_ask_conflict(struct editing *e)
{
    const char *buttons[G_N_ELEMENTS(ways) + 1] = {NULL};
    gsize n = e->ops->merge ? 5 : e->ops->difference ? 4 : 3;
    for (gsize i = 0; i < n; i++)
        buttons[i] = _(ways[i].label);
    g_autofree char *who = conflict_who(ui_db(e->view->ui), e->ops->noun, name_of(e));
    g_autofree char *text = g_strdup_printf(
        _("Somebody else saved %s while you were editing it (%s)."), name_of(e),
        who ? who : "?");
    dialog_choose(e->view->ui, _("Changed meanwhile"), text, buttons, 0, resolve, e, NULL);
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

gboolean editing_may_close(struct editing *e)
{
    const char *const buttons[] = {_("Keep editing"), _("Save"), _("Discard"), NULL};
    if (!editing_is_changed(e)) {
        editing_saved(e);
        return TRUE;
    }
    dialog_choose(e->view->ui, _("Not saved"), _("What you typed here is not saved."), buttons,
                  LEAVE_KEEP, leave, e, NULL);
    return FALSE;
}
