/* Inside the campaign's editor only: its state, its rows, its files. */
#ifndef CRIER_TUI_CAMPAIGN_EDIT_PRIVATE_H
#define CRIER_TUI_CAMPAIGN_EDIT_PRIVATE_H

#include <glib.h>

#include "model/campaign.h"
#include "store/db.h"
#include "tui/editing.h"
#include "tui/form.h"
#include "tui/view.h"

struct campaign_edit {
    struct editing editing;
    struct campaign campaign; /* owned; as it was read or last saved; id 0: new */
    struct form *form;        /* owned */
    struct view *view;
};

const struct form_row *campaign_edit_rows(void);
const char *const *campaign_edit_pages(void);

/* campaign_edit_fill.c: what the form asks for. */
gboolean campaign_edit_is_shown(const struct form *f, const struct form_row *row, void *data);
char **campaign_edit_options(const struct form *f, const struct form_row *row, void *data,
                             GError **error);
void campaign_edit_check(struct form *f, void *data);
char *campaign_edit_note(const struct form *f, const struct form_row *row, void *data);
/* What the last campaign had, for a new one. */
void campaign_edit_prefill(struct db *db, struct campaign *c);
/* A free short name made of a title. Caller frees. */
char *campaign_edit_slug(struct db *db, const char *title);
/* Names of the fields that its people have. Caller frees. */
char **campaign_edit_fields(void *data);

/* campaign_edit_parts.c: attachments and the logo. */
void campaign_edit_add_file(struct view *v);
void campaign_edit_remove_file(struct view *v);
void campaign_edit_choose_logo(struct view *v);

#endif
