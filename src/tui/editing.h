/*
 * What every editor of a record does around its form: drafts that survive a dropped line, the
 * question when somebody else saved it meanwhile, the question before leaving what is not saved.
 * A plain struct in the state of the view.
 */
#ifndef CRIER_TUI_EDITING_H
#define CRIER_TUI_EDITING_H

#include <glib.h>
#include <stddef.h>

#include "base/field.h"
#include "store/db.h"
#include "tui/form.h"
#include "tui/view.h"

struct editing_ops {
    const char *noun; /* "campaign": in the recovery table and the audit */
    const struct field *(*fields)(void);
    gsize size, id_at, name_at, row_version_at; /* EDITING_OF() */
    gboolean (*get)(struct db *db, gint64 id, void *ret, GError **error); /* as it is stored */
    void (*clear)(void *record);
    gboolean (*save)(struct view *v); /* says why not by itself */
    void (*loaded)(struct view *v);   /* the form has what is stored; may be NULL */
    gboolean has_merge;               /* what others changed can be shown, and merged */
};
#define EDITING_OF(type)                                                                       \
    .size = sizeof(type), .id_at = offsetof(type, id), .name_at = offsetof(type, name),        \
    .row_version_at = offsetof(type, row_version)

/* The state of an editor's view begins with it. */
struct editing {
    const struct editing_ops *ops;
    struct view *view;
    struct form *form;   /* borrowed */
    void *record;        /* borrowed; as it was read or last saved; its name is NULL: new */
    gboolean is_changed; /* beside the form: files */
    char *drafted;       /* owned; what the recovery table has of it */
};
void editing_init(struct editing *e, struct view *v, struct form *f, void *record,
                  const struct editing_ops *ops);
void editing_clear(struct editing *e);
/* What was saved becomes the record and what the form shows; takes its contents over. */
void editing_take(struct editing *e, void *stored);

gboolean editing_is_changed(const struct editing *e);
/* It is saved or thrown away: forgets the draft. */
void editing_saved(struct editing *e);
/* What a dropped line left, into the form; the row is dropped. */
gboolean editing_restore(struct editing *e, gint64 recovery_id, GError **error);

/* The end of a save() that did not work: says why, or, when somebody else saved the record
 * meanwhile, asks: keep editing, merge, reload, overwrite, show the difference. */
void editing_failed(struct editing *e, GError *take_error);

/* For view_ops and actions of a view whose state begins with a struct editing. */
char *editing_note(struct view *v); /* "not saved" or "" */
const char *editing_hint(struct view *v);
/* Also when a row is left. A locked database: the next time will do. */
void editing_save_draft(struct view *v);
gboolean editing_may_close(struct view *v);
void editing_run_save(struct view *v);
void editing_run_help(struct view *v);
void editing_run_cancel(struct view *v);

#endif
