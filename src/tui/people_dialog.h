/* A form in a dialog with Save and Cancel, for records of a few fields. */
#ifndef CRIER_TUI_PEOPLE_DIALOG_H
#define CRIER_TUI_PEOPLE_DIALOG_H

#include "tui/form.h"
#include "tui/ui.h"

struct people_dialog {
    const char *title; /* copied */
    /* Rows without buttons' meaning: "save" and "cancel" among them are the dialog's. Static.
     */
    const struct form_row *rows;
    char **(*options)(const struct form *f, const struct form_row *row, void *data,
                      GError **error);
    void (*check)(struct form *f, void *data);
    /* Puts the values that are there at first. */
    void (*fill)(struct form *f, void *data);
    /* Stores it. FALSE: the error is shown and the dialog stays. */
    gboolean (*save)(struct ui *ui, struct form *f, void *data, GError **error);
    void *data;
    GDestroyNotify free_data;
};
void people_dialog_open(struct ui *ui, const struct people_dialog *d);

const struct view_ops *people_dialog_view(void); /* for the table of views */

#endif
