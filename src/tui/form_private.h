/*
 * What the files of the form share: the rows with their values, and where they stand.
 */
#ifndef CRIER_TUI_FORM_PRIVATE_H
#define CRIER_TUI_FORM_PRIVATE_H

#include "tui/choice.h"
#include "tui/form.h"
#include "tui/input.h"

struct row {
    const struct form_row *spec;
    const struct field *field; /* NULL: the view's own */
    struct input input;        /* what is typed, see row_is_typed(); else unused */
    char *text;                /* owned: the value of all other rows */
    char *saved;               /* owned: the value that is stored already */
    char *problem;             /* owned: by its field */
    char *rule;                /* owned: by setup.check */
    char *told;                /* owned: by form_set_problem() at another time */
    gboolean is_lacking;       /* `problem` is only that it is empty */
    gboolean is_visited;       /* it was left once: its problems are shown */
};

/* Where a row stands, from the top of its page. */
struct place {
    guint row;
    int y, h;             /* with label, problem and the blank above */
    int label_y, field_y; /* label_y: -1 where it has none to draw */
    int x, w;             /* of the field */
    int beside_x;         /* 0: what stands beside it has no room */
    gboolean is_radio;
    char **problem; /* owned: its lines, below the field; NULL: none */
    char **lines;   /* owned: of a note */
};

struct form {
    struct form_setup setup;
    struct row *rows; /* owned */
    guint n;
    guint focus;
    int page, n_pages;
    gboolean is_all_checked; /* problems are shown everywhere */
    gboolean is_checking;    /* setup.check is running */
    gboolean is_listing;
    struct choice list;  /* while is_listing */
    char **list_values;  /* owned: of the options in it */
    int scroll;          /* rows of the page above the rectangle */
    gboolean shows_help; /* as drawn last */
    char *hint;          /* owned: the answer of form_hint() */
    struct rect body;    /* where rows were drawn last: for clicks */
    GArray *places;      /* owned: of struct place, for `body.w` cells; by form_lay_out() */
    int height;          /* of them all */
};

/* ---- rows (form_rows.c) ---- */
gboolean row_has_value(const struct row *row);
gboolean row_is_typed(const struct row *row);
const char *row_text(const struct row *row);
void row_put(struct row *row, const char *text);
gboolean row_is_changed(const struct row *row);
gboolean row_is_empty(const struct row *row);
gboolean row_is_required(const struct row *row);
gboolean row_is_several(const struct row *row);
const char *row_label(const struct row *row); /* translated */
const char *row_help(const struct row *row);  /* translated, "" when there is none */
/* Values of a choice, and what they are called. */
const char *const *row_words(const struct row *row);
const char *row_word_shown(const struct row *row, guint i);
int row_word_at(const struct row *row); /* the one that is its value; -1: none */
/* What is read of a value that is not typed. Caller frees. */
char *row_shown(const struct form *f, const struct row *row);

struct row *form_row(const struct form *f, const char *key);
gboolean form_is_shown(const struct form *f, const struct row *row); /* whatever the page */
gboolean form_can_focus(const struct form *f, guint i);              /* on the page in front */
void form_go(struct form *f, guint i); /* with its page; checks nothing */
void form_settle(struct form *f);      /* the focus is where it can be */

/* ---- checks (form_check.c) ---- */
/* What is to be seen of what is wrong; NULL: nothing. */
const char *row_problem(const struct form *f, const struct row *row);
void form_check_row(struct form *f, struct row *row, gboolean normalise);
void form_check_rules(struct form *f);
void form_forget_problems(struct row *row);
/* The next row with a problem, from the focus on; -1: none. */
int form_next_problem(const struct form *f, int step);
char *form_attention(const struct form *f); /* NULL: nothing is wrong; caller frees */

/* ---- places (form_layout.c) ---- */
void form_lay_out(struct form *f, int w);
void place_clear(gpointer place);
const struct place *form_place_of(const struct form *f, guint row);
/* Cells of the words of a radio, and the cell that word `i` begins at. */
int row_radio_cells(const struct row *row, guint i);
char *row_beside(const struct row *row); /* NULL: nothing; caller frees */
int form_tab_rows(const struct form *f);
/* Moves the page so that the focused row is in `h` rows. */
void form_scroll(struct form *f, int h);

/* The focused row in words: "Subject, required: text. 3 of 12". Cut in two where the value that
 * is typed stands. Caller frees. */
char *form_said_before(const struct form *f);
char *form_said_behind(const struct form *f);
/* The option under the bar of the open list. Caller frees. */
char *form_said_option(const struct form *f);

#endif
