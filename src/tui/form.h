/*
 * Forms made from the records' field tables: a table of rows says which fields stand where; the
 * form holds the texts while they are edited, checks them by field_set(), and writes them back.
 * Not for saving, for questions or for what leaves the machine: those are the view's.
 *
 * Keys: Tab Down next, S-Tab Up back, Enter next (presses a button, opens a list, a text, a
 * file), Space steps a choice, Left Right too; PgUp PgDn the sub-page, and [ ] where no text is
 * typed; ^N ^P next and previous problem. ^S F2, ^O F4, F1 and Esc are the view's (Esc closes
 * an open list first).
 *
 *     static const struct form_row rows[] = {
 *         {FORM_LINE, "from", N_("From")},
 *         {FORM_LINE, "subject", N_("Subject"), .flags = FORM_COUNT},
 *         {FORM_PICK, "lists", N_("Lists"), .page = 1},
 *         {FORM_BUTTON, "save", N_("Save"), .page = FORM_ALL_PAGES},
 *         {FORM_END}};
 *     f = form_new(&(struct form_setup){.rows = rows, .table = campaign_fields(),
 *                                       .options = lists_for, .data = v}, campaign);
 *     switch (form_event(f, e)) { case FORM_PRESSED: … form_pressed(f)->key … }
 *     if (form_store(f, campaign, &error)) campaigns_save(…);
 */
#ifndef CRIER_TUI_FORM_H
#define CRIER_TUI_FORM_H

#include <glib.h>

#include "base/field.h"
#include "tui/draw.h"
#include "tui/term.h"

struct form;

enum form_kind {
    FORM_END,     /* of a table of rows */
    FORM_LINE,    /* a line of text, a number, a span … */
    FORM_SECRET,  /* typed, not seen; ^T shows it */
    FORM_CHOICE,  /* one of a few words: radio buttons where they fit, else a list */
    FORM_BOOL,    /* yes or no */
    FORM_TEXT,    /* long text: one line of it is seen, Enter is FORM_PRESSED */
    FORM_PICK,    /* one (FIELD_SLUG …) or several (FIELD_SLUGS) of setup.options() */
    FORM_FILE,    /* a line; Enter is FORM_PRESSED: the view opens its chooser */
    FORM_NOTE,    /* `beside` or setup.note(), folded */
    FORM_HEADING, /* its label */
    FORM_BUTTON,  /* Enter is FORM_PRESSED; buttons in a row share a line */
    FORM_KIND_COUNT
};

enum form_flags {
    FORM_REQUIRED = 1 << 0,     /* also without FIELD_REQUIRED */
    FORM_COUNT = 1 << 1,        /* says how many characters there are */
    FORM_READ_ONLY = 1 << 2,    /* shown, focused (to be read), not changed */
    FORM_EMPTY_HIDDEN = 1 << 3, /* stored as empty while is_shown() hides it: of two ways only
                                   the chosen one is kept */
};
#define FORM_ALL_PAGES (-1)

struct form_row {
    enum form_kind kind;
    const char *key;    /* in the field table, or a word of the view's own (buttons; values that
                           no field has, which form_store() leaves to the view); NULL: a note,
                           a heading */
    const char *label;  /* N_() */
    const char *help;   /* N_(); NULL: the field's */
    const char *beside; /* N_(): what a bool says beside its box, "usual: 587, 465" behind a
                           line, the words of a note; may be NULL */
    int page;           /* from 0; or FORM_ALL_PAGES */
    unsigned flags;     /* enum form_flags */
    const struct field *field; /* instead of one in the table, as for a record's name */
    const char *const *words;  /* of a choice without a field: its values, NULL-ended */
    const char *const *shown;  /* N_(): what a choice's values are called, in their order; NULL:
                                  as they are */
    int cells;                 /* width of a field that needs no more; 0: all there is */
};

struct form_setup {
    const struct form_row *rows;
    const struct field *table;
    const char *const *pages; /* N_(), NULL-ended: names of the sub-pages; NULL: one page */
    gboolean is_draft; /* what is required may still be empty when it is stored; it is told */
    gboolean is_plain; /* accessible mode: the focused row in words instead of the page */
    /* The following may be NULL. */
    gboolean (*is_shown)(const struct form *f, const struct form_row *row, void *data);
    /* What a FORM_PICK can be, NULL-ended; caller frees. NULL: cannot be told; `error` is set
     * and stands under the field. */
    char **(*options)(const struct form *f, const struct form_row *row, void *data,
                      GError **error);
    /* Rules across fields, and of rows without a field: says what is wrong by
     * form_set_problem(). Called after the rows' own checks. */
    void (*check)(struct form *f, void *data);
    /* The words of a note, the line of a text; NULL: as by default. Caller frees. */
    char *(*note)(const struct form *f, const struct form_row *row, void *data);
    void *data; /* borrowed */
};

/* Values come from `record` (NULL: all empty or default). Rows, table and pages are borrowed.
 */
struct form *form_new(const struct form_setup *setup, const void *record);
void form_free(struct form *f); /* wipes secrets */

enum form_did {
    FORM_IGNORED,  /* the view's */
    FORM_TAKEN,    /* seen to; nothing that matters outside */
    FORM_CHANGED,  /* a value changed */
    FORM_LEFT_ROW, /* another row or page has the focus: a draft may be saved */
    FORM_PRESSED,  /* a button, text or file: form_pressed() */
};
enum form_did form_event(struct form *f, const struct term_event *e);
const struct form_row *form_pressed(const struct form *f); /* the focused row */

/* ---- values ---- */

/* As text, as field_set() takes it; "" for rows that are not there. Valid until it changes. */
const char *form_text(const struct form *f, const char *key);
/* Sets a value, as if typed; checked at once. */
void form_set_text(struct form *f, const char *key, const char *text);
/* All values anew from the record, unchanged and unchecked: after a save or a reload. */
void form_load(struct form *f, const void *record);
gboolean form_is_changed(const struct form *f); /* since form_new(), _load(), _set_saved() */
void form_set_saved(struct form *f);
gboolean form_row_is_changed(const struct form *f, const char *key);

/* Values that were changed, without secrets, as a JSON object, for the recovery of a lost
 * edit; and back, as if typed. Unknown keys are skipped. */
char *form_draft(const struct form *f); /* caller frees */
gboolean form_restore(struct form *f, const char *draft, GError **error);

/* ---- checking and storing ---- */

/* Checks every row that is shown; returns the number of problems, the first has the focus. What
 * a draft lacks does not count. */
guint form_check(struct form *f);
/* Checks and writes all fields into `record`. FALSE: something is wrong, `record` is as it was,
 * the first problem has the focus and `error` says what the message row is to say. */
gboolean form_store(struct form *f, void *record, GError **error);
/* What is wrong with a row, for setup.check and for what a save or a test found out; NULL takes
 * it back. It goes when the row is changed. */
void form_set_problem(struct form *f, const char *key, const char *sentence);
/* What is wrong with it and shown; NULL: nothing. */
const char *form_problem(const struct form *f, const char *key);

/* ---- focus ---- */

/* FALSE: no such row, or it cannot have the focus now. Goes to its page. */
gboolean form_focus(struct form *f, const char *key);
const struct form_row *form_focused(const struct form *f);
/* Letters are text now: an action on a plain letter must not run. */
gboolean form_is_typing(const struct form *f);
/* Esc belongs to the form now: a list is open. */
gboolean form_is_listing(const struct form *f);
int form_page(const struct form *f);
void form_set_page(struct form *f, int page);

/* ---- on the screen ---- */

/* For view_ops.hint: "2 fields need attention: Reply-to, Subject", else the help of the focused
 * row unless the form shows it itself. NULL: nothing to say. Valid until the next call. */
const char *form_hint(struct form *f);
/* The focused row in full, for F1: what it is for, what it must be. Caller frees. */
char *form_help(const struct form *f);
void form_draw(struct form *f, struct rect r, gboolean is_focused);
/* Rows that it takes in `w` cells, with the tabs of its sub-pages: for dialogs. */
int form_height(struct form *f, int w);

#endif
