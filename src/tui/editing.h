/*
 * What every editor of a record does around its form: drafts that survive a dropped line, the
 * question when somebody else saved it meanwhile, the question before leaving what is not saved.
 * A plain struct in the state of the view.
 */
#ifndef CRIER_TUI_EDITING_H
#define CRIER_TUI_EDITING_H

#include <glib.h>

#include "tui/form.h"
#include "tui/view.h"

struct editing_ops {
    const char *noun; /* "campaign": in the recovery table and the audit */
    const char *(*name)(const struct view *v);  /* the record's; NULL: new */
    gint64 (*row_version)(const struct view *v);
    gboolean (*save)(struct view *v);      /* says why not by itself */
    void (*reload)(struct view *v);        /* theirs, into record and form */
    void (*begun_on)(struct view *v, gint64 row_version); /* what is restored: saving then finds
                                                              out what others saved since */
    void (*take_version)(struct view *v);  /* so that the next save overwrites theirs */
    char *(*difference)(struct view *v);   /* as text; caller frees; may be NULL */
    /* Takes over into the form what only they changed, and their version; the number of fields
     * that both changed, which stay mine. May be NULL. */
    guint (*merge)(struct view *v);
};

struct editing {
    const struct editing_ops *ops;
    struct view *view;
    struct form *form;   /* borrowed */
    gboolean is_changed; /* beside the form: files */
    char *drafted;       /* owned; what the recovery table has of it */
};
void editing_init(struct editing *e, struct view *v, struct form *f,
                  const struct editing_ops *ops);
void editing_clear(struct editing *e);

gboolean editing_is_changed(const struct editing *e);
/* For view_ops.note: "not saved" or "". Caller frees. */
char *editing_note(const struct editing *e);

/* For view_ops.save_draft, and when a row is left. A locked database: the next time will do. */
void editing_save_draft(struct editing *e);
/* It is saved or thrown away: forgets the draft. */
void editing_saved(struct editing *e);
/* What a dropped line left, into the form; the row is dropped. */
gboolean editing_restore(struct editing *e, gint64 recovery_id, GError **error);

/* When save() met CRIER_ERROR_PRECONDITION: keep editing, merge, reload, overwrite, show the
 * difference. */
void editing_ask_conflict(struct editing *e);
/* For view_ops.may_close. */
gboolean editing_may_close(struct editing *e);

#endif
