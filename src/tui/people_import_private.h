/* Inside the import of people only. */
#ifndef CRIER_TUI_PEOPLE_IMPORT_PRIVATE_H
#define CRIER_TUI_PEOPLE_IMPORT_PRIVATE_H

#include "base/json.h"
#include "tui/form.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/ui.h"

enum import_step { STEP_FILE, STEP_COLUMNS, STEP_CHECK, STEP_IMPORT, STEP_COUNT };

struct import_col {
    char *name;           /* owned; as in the file */
    char *guess;          /* owned; where it would go by itself; NULL: left out */
    char *field;          /* owned; where it goes: "address", a field, NULL: left out */
    char *first, *second; /* owned; values of the first rows */
};

enum import_count {
    N_ROWS,
    N_NEW,
    N_UPDATED,
    N_SAME,
    N_SUPPRESSED,
    N_INVALID,
    N_DUPLICATE,
    N_NEVER_MAIL,
    N_LEFT_OUT,
    N_COUNT
};

struct import_view {
    struct view *view;
    enum import_step step;
    struct form *file; /* step 1 */
    /* step 2 */
    struct table table;
    struct table_memory rows;
    GPtrArray *columns; /* owned; of struct import_col * */
    char *read_as;      /* owned; "utf-8, separated by ;" */
    gint64 seen;        /* rows that were looked into */
    gboolean has_more;
    char *problem; /* owned; why an import with these columns would not begin; NULL: it would */
    /* steps 3 and 4 */
    struct form *check;
    gint64 n[N_COUNT];
    gboolean is_counted; /* `n` is of what the form says now */
    char *rejects;       /* owned; a private file with the bad lines; NULL: none yet */
    gint64 import_id;    /* 0: not done */
    char *failure;       /* owned; why counting or importing failed; NULL: it did not */
    struct task *task;   /* owned while it runs */
    gint64 done, total;  /* octets, of the child at work */
};

/* ---- columns ---- */
void import_columns_init(struct import_view *s, struct ui *ui);
void import_columns_done(struct import_view *s);
/* Takes what `people columns` said. FALSE: it cannot be understood. */
gboolean import_columns_take(struct import_view *s, const struct json *look);
/* Asks where the column under the cursor goes. */
void import_columns_ask(struct import_view *s);
/* "--map", "COL=FIELD" … for each column that does not go where it would by itself. */
void import_columns_add_maps(const struct import_view *s, GPtrArray *args);

/* ---- the check ---- */
void import_check_begin(struct import_view *s); /* step 3 is entered: counts, if it can */
void import_check_count(struct import_view *s);
void import_check_draw(struct import_view *s, struct rect r);
void import_check_show_bad(struct import_view *s);
void import_check_save_bad(struct import_view *s);
const char *import_check_why_not(struct import_view *s); /* it cannot be imported */
struct form *import_check_form(struct import_view *s, const char *list);
void import_check_run(struct import_view *s); /* step 4 */
void import_check_forget(struct import_view *s);

/* ---- the view's ---- */
/* Looks into the file with the maps as they are; goes on to step 2 when `goes_on`. */
void import_look_now(struct import_view *s, gboolean goes_on);
/* Words of the verb that all steps share, from "people" on: file, --from, maps. Borrowed texts
 * but those in `own`. */
GPtrArray *import_args(struct import_view *s, const char *verb);

#endif
