/* Inside the form over a person only. */
#ifndef CRIER_TUI_PERSON_EDIT_PRIVATE_H
#define CRIER_TUI_PERSON_EDIT_PRIVATE_H

#include "model/person.h"
#include "tui/form.h"
#include "tui/view.h"

struct person_edit {
    struct view *view;
    struct person person; /* owned; as it was read; id 0: a new one */
    char *list;           /* owned; the list a new one joins at first; may be NULL */
    GPtrArray *names;     /* owned; of char *: the custom fields that have a row */
    GArray *rows;         /* owned; of struct form_row, for `form` */
    GPtrArray *texts;     /* owned; keys of the rows */
    struct form *form;
    char *drafted; /* owned; what was last kept for recovery */
};

/* The form anew with a row for each of `names`; what is typed stays. */
void person_edit_make_form(struct person_edit *s);
void person_edit_free_form(struct person_edit *s);
/* The names that a record's fields have, added to those that are there. */
void person_edit_take_names(struct person_edit *s, const char *fields_json);
gboolean person_edit_add_name(struct person_edit *s, const char *name);
/* Puts the record's values into the form, unchanged. */
void person_edit_load(struct person_edit *s);

/* The record as the form has it: what was not changed stays as it was, an emptied field goes.
 * `ret` is cleared by the caller. */
gboolean person_edit_take(struct person_edit *s, const struct person *base, struct person *ret,
                          GError **error);
/* Checks the address, and that a new one is not known. */
void person_edit_check(struct form *f, void *data);
char **person_edit_options(const struct form *f, const struct form_row *row, void *data,
                           GError **error);
/* Field by field what another session and this one made of it; "" when both say the same.
 * Caller frees. */
char *person_edit_difference(const struct person *mine, const struct person *theirs);

#endif
