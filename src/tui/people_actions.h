/*
 * What is done to people and lists from several views, with the questions that belong to it.
 * Each says in the message row what happened; what can be taken back is by `u`.
 */
#ifndef CRIER_TUI_PEOPLE_ACTIONS_H
#define CRIER_TUI_PEOPLE_ACTIONS_H

#include <glib.h>

#include "store/people.h"
#include "tui/ui.h"

/* Says `sentence`, and `u` takes back what was stored last; everything is read anew. */
void people_say_undo(struct ui *ui, const char *sentence);

/* ---- lists ---- */
/* Asks for title and short name; `made` (may be NULL) gets the name. */
void people_new_list(struct ui *ui, void (*made)(struct ui *ui, const char *name, void *data),
                     void *data);
void people_edit_list(struct ui *ui, const char *name);
void people_delete_list(struct ui *ui, const char *name);
/* CSV of a list (NULL cannot be: the verb writes one list). Asks for the file. */
void people_export_list(struct ui *ui, const char *name);

/* ---- people, by id ---- */
/* Into the bin. */
void people_delete(struct ui *ui, const GArray *ids);
/* Off the list, or into the bin: asks which. `list` NULL: into the bin at once. */
void people_take_off(struct ui *ui, const GArray *ids, const struct list *list);
/* A menu of the lists. `from` NULL: everybody, who can only be put on a list. */
void people_move(struct ui *ui, const GArray *ids, const struct list *from);
/* Of one person: all lists with marks. */
void people_choose_lists(struct ui *ui, gint64 person_id);
void people_export_person(struct ui *ui, const char *address);
/* For good, after a number was typed. */
void people_erase_ask(struct ui *ui, const char *address, guint32 asked_by);

/* ---- never mail ---- */
/* A form; `address` may be NULL, `list` a short name or NULL for everything. */
void people_never_add(struct ui *ui, const char *address, const char *list);
/* Allows mail again, after a number was typed. `list` NULL: of the rule for everything. */
void people_never_remove(struct ui *ui, const char *address, const char *list,
                         guint32 asked_by);
void people_never_import(struct ui *ui);
void people_never_export(struct ui *ui);

/* The key of an address as typed; NULL: it is none. Caller frees. */
char *people_key(const char *address, GError **error);

#endif
