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
    g_autofree char *fields = form_draft(e->form);
    if (g_strcmp0(fields, e->drafted) == 0 ||
        !recovery_save(ui_db(e->view->ui), e->ops->noun, name_of(e),
                       e->ops->row_version(e->view), fields, NULL))
        return;
    g_free(e->drafted);
    e->drafted = g_steal_pointer(&fields);
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

enum { CONFLICT_KEEP, CONFLICT_RELOAD, CONFLICT_OVERWRITE, CONFLICT_SHOW };

static void resolve(struct ui *ui, int button, void *data)
{
    struct editing *e = data;
    switch (button) {
    case CONFLICT_RELOAD:
        editing_saved(e);
        e->ops->reload(e->view);
        break;
    case CONFLICT_OVERWRITE:
        e->ops->take_version(e->view);
        e->ops->save(e->view);
        break;
    case CONFLICT_SHOW: {
        g_autofree char *text = e->ops->difference(e->view);
        dialog_tell(ui, _("The difference"),
                    text && *text ? text : _("There is none: both say the same."));
        break;
    }
    default:
        break;
    }
    ui_redraw(ui);
}

void editing_ask_conflict(struct editing *e)
{
    const char *const buttons[] = {_("Keep editing"), _("Reload theirs"), _("Overwrite"),
                                   e->ops->difference ? _("Show difference") : NULL, NULL};
    g_autofree char *who = conflict_who(ui_db(e->view->ui), e->ops->noun, name_of(e));
    g_autofree char *text = g_strdup_printf(
        _("Somebody else saved %s while you were editing it (%s)."), name_of(e),
        who ? who : "?");
    dialog_choose(e->view->ui, _("Changed meanwhile"), text, buttons, CONFLICT_KEEP, resolve, e,
                  NULL);
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
