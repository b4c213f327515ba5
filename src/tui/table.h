/*
 * A table: rows from a source that is read by keyset (never by OFFSET), with a cursor, marks, a
 * filter, a sort order of two levels and columns that the person chooses. A plain struct in the
 * state of a view:
 *
 *     static const struct table_column columns[] = {
 *         {"name", N_("NAME"), .width = 30, .min = 12, .grow = 1, .flags = TABLE_SORT},
 *         {"state", N_("STATE"), .width = 10, .flags = TABLE_SORT},
 *         {"to", N_("TO"), .width = 9, .priority = 3, .flags = TABLE_SORT | TABLE_RIGHT,
 *          .plain = N_("to %s")},
 *     };
 *     static const struct table_spec spec = {
 *         .name = "campaigns", .columns = columns, .n = G_N_ELEMENTS(columns),
 *         .sort = "to-", .source = &source, .empty = campaigns_empty};
 *
 *     open:   table_init(&s->table, &spec, data, v->ui);
 *     load:   table_load(&s->table);
 *     draw:   table_draw(&s->table, r, TRUE);
 *     key:    switch (table_event(&s->table, e)) { case TABLE_OPEN: ... }
 *     hint:   return table_hint(&s->table);
 *     close:  table_clear(&s->table);
 *     actions: TABLE_ACTIONS(campaigns), after TABLE_COMMANDS(campaigns, campaigns_table)
 *
 * A source over an array in memory is ready-made: table_memory.h.
 */
#ifndef CRIER_TUI_TABLE_H
#define CRIER_TUI_TABLE_H

#include <glib.h>

#include "tui/action.h"
#include "tui/draw.h"
#include "tui/table_filter.h"
#include "tui/term.h"

struct input;
struct ui;

/* ---- columns ---- */

enum table_column_flags {
    TABLE_SORT = 1 << 0,       /* can be sorted by */
    TABLE_DESCENDING = 1 << 1, /* begins with the greatest: times, numbers of mails */
    TABLE_RIGHT = 1 << 2,      /* numbers */
    TABLE_HIDDEN = 1 << 3,     /* not shown until the person chooses it */
};

struct table_column {
    const char *key;   /* "to": in filters (to:>100), in what is kept of the order; stable */
    const char *title; /* N_() */
    int width;         /* cells; more when a translated title is wider */
    int min;           /* what it may shrink to before others are dropped; 0: as width */
    int grow;          /* its part of the cells that are left over; 0: none */
    int priority;      /* what is too much in narrow terminals goes by this, the highest first;
                          0: never */
    unsigned flags;
    const char *plain; /* N_(), with one %s: "to %s", for the accessible mode; NULL: "%s" */
    const char *help;  /* N_() */
    /* Where only a few words can stand: the i-th, translated; NULL behind the last. It is as wide
     * as the widest, or as `width`. */
    const char *(*word)(int i);
};
#define TABLE_COLUMNS_MAX 24

/* ---- rows ---- */

struct table_cell {
    char *text;          /* owned; anything: it is made safe when it is drawn */
    enum term_role role; /* ROLE_NORMAL: as the row */
    gint64 number;       /* sorts and compares by this; G_MININT64: by the text */
};
struct table_row {
    gint64 id; /* the cursor and the marks keep to it */
    char *key; /* owned; the source's own: where the row stands in its order (sort values), so
                  that reading goes on behind it even when the row is gone; may be NULL */
    enum term_role role;
    int n;
    struct table_cell *cells; /* n, as the columns */
};
struct table_row *table_row_new(gint64 id, int n);
void table_row_free(struct table_row *row);
/* `text` is copied; NULL is "". */
void table_row_set(struct table_row *row, int column, const char *text);
void table_row_role(struct table_row *row, int column, enum term_role role, const char *text);
void table_row_format(struct table_row *row, int column, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* "1,204", sorted as a number. */
void table_row_number(struct table_row *row, int column, gint64 n);
/* Any text that sorts by `n`: a time, a percentage. Takes `text`. */
void table_row_take(struct table_row *row, int column, char *text, gint64 n);

/* ---- sources ---- */

struct table_sort {
    int column; /* -1: none */
    gboolean is_descending;
};
struct table_query {
    const struct filter *filter; /* n is 0 when there is none */
    struct table_sort sort[2];
};
enum table_way { TABLE_AFTER, TABLE_BEFORE };

struct table_source {
    /*
     * Appends at most `n` rows (struct table_row *) to `out` that come after (before) the row
     * `anchor` in the order of `q`, the nearest first; `anchor` NULL: from the beginning (end).
     * The order must be total: what is equal goes by the id. No transaction stays open.
     */
    gboolean (*fetch)(void *data, const struct table_query *q, const struct table_row *anchor,
                      enum table_way way, int n, GPtrArray *out, GError **error);
    /* The row of this id as it is now; NULL without an error: gone, or the filter hides it. */
    struct table_row *(*find)(void *data, const struct table_query *q, gint64 id,
                              GError **error);
    /* Rows that the filter lets through, and of all (`q->filter` has n 0); -1: not known
     * without work ("many"). May be NULL. Only asked in table_load() and when the filter
     * changes. */
    gint64 (*count)(void *data, const struct table_query *q);
    /* 1 for the first row; -1: not known. May be NULL. For "Row 2 of 12". */
    gint64 (*position)(void *data, const struct table_query *q, const struct table_row *row);
    gboolean is_quick; /* the filter acts while it is typed, not only after Enter */
    /* Beside the columns' keys: more names for field:value. NULL-ended; may be NULL. */
    const char *const *fields;
};

/* ---- the table ---- */

struct table;
struct table_spec {
    const char *name; /* the view's ("campaigns"): the person's own keys go by it */
    const char *kept; /* what order and columns are kept under; NULL: `name` */
    const struct table_column *columns; /* the first is the name: it stays when others scroll */
    int n;                              /* at most TABLE_COLUMNS_MAX */
    const char *sort; /* as shipped: "changed-,name"; NULL: the source's own */
    const struct table_source *source;
    /* What stands in an empty table: what it is for and the keys that fill it. Lines. Caller
     * frees. May be NULL. */
    char *(*empty)(void *data);
    unsigned flags;
};
enum table_flags {
    TABLE_NO_MARKS = 1 << 0, /* a list to look at: no Space and *, a marker of one cell */
    TABLE_NO_FILTER = 1 << 1,
    TABLE_NO_HEADING = 1 << 2,
    TABLE_FOLLOW = 1 << 3, /* a cursor on the first row stays on the first row (a log) */
    TABLE_ONE_CURSOR = 1 << 4, /* no marker while another table has the focus */
};

struct table {
    const struct table_spec *spec;
    void *data;    /* the source's */
    struct ui *ui; /* borrowed; may be NULL in tests */

    GPtrArray *rows;           /* owned: the window of struct table_row * */
    int cursor;                /* in `rows`; 0 when there is none */
    gint64 lost;               /* the row it stood on before a filter hid all rows; 0: none */
    int height;                /* rows that the last drawing had room for */
    gboolean at_start, at_end; /* the window touches it */
    gint64 shown, total;       /* -1: many */

    struct filter filter;
    struct input *asking; /* owned; the filter while it is typed; else NULL */
    char *filter_before;  /* owned; what Esc brings back */
    char *problem;        /* owned; what is wrong with the filter as it stands; else NULL */
    GHashTable *marks;    /* owned; gint64 ids */
    struct table_sort sort[2];

    int order[TABLE_COLUMNS_MAX];          /* columns as the person put them */
    gboolean is_hidden[TABLE_COLUMNS_MAX]; /* by column */
    int scroll;                            /* columns behind the first that are scrolled away */
    int scroll_max;
    struct rect place; /* of the rows, as drawn last: for clicks */

    char *hint; /* owned */
    char *note; /* owned */
};

/* Reads what was kept of order and columns. Does not read rows yet. */
void table_init(struct table *t, const struct table_spec *spec, void *data, struct ui *ui);
void table_clear(struct table *t);
/* Reads the rows anew; the cursor stays at its row, or where that was. Errors go to the message
 * row and the old rows stay. */
void table_load(struct table *t);
/* To this row; FALSE (and nothing moves) when it is not there. */
gboolean table_go_to(struct table *t, gint64 id);
void table_go_first(struct table *t);
/* Another source's data: all rows, marks and the filter are dropped. For a second pane. */
void table_set_data(struct table *t, void *data);

/* The row under the cursor; NULL: the table is empty. Valid until the next call that may read.
 */
const struct table_row *table_current(const struct table *t);
gint64 table_current_id(const struct table *t); /* 0: none */
int table_marked(const struct table *t);
gboolean table_is_marked(const struct table *t, gint64 id);
/* What an action applies to: the marks, by id, or else the cursor row. */
GArray *table_targets(const struct table *t); /* of gint64; caller unrefs */
/* These as text to the clipboard, a line each with tabs between the cells. */
void table_copy(struct table *t);
void table_unmark_all(struct table *t);
void table_set_filter(struct table *t, const char *text); /* as if it was typed; "" clears */
gboolean table_is_filtered(const struct table *t);
/* Letters are text now: actions must wait. table_event() takes all keys then anyway. */
gboolean table_is_asking(const struct table *t);

enum table_result {
    TABLE_IGNORED,
    TABLE_TAKEN, /* draw anew */
    TABLE_MOVED, /* taken, and the cursor stands on another row */
    TABLE_OPEN,  /* Enter, or a second click: on table_current() */
};
enum table_result table_event(struct table *t, const struct term_event *e);

void table_draw(struct table *t, struct rect r, gboolean is_focused);
/* Accessible: one line a row, "Volunteers March, ready, to 1,204", and "Row 2 of 12." */
void table_draw_plain(struct table *t, struct rect r, gboolean is_focused);

/* For the view's hint(): filter, counts and marks, or how the filter is typed. NULL: nothing to
 * say. Borrowed until the next call. */
const char *table_hint(struct table *t);
/* For the view's note() or title: "48", "12 of 48 shown". Borrowed until the next call. */
const char *table_counts(struct table *t);

/* ---- what a person can do with any table, for the view's own actions ---- */

enum table_command {
    TABLE_DO_FILTER,
    TABLE_DO_MARK,
    TABLE_DO_MARK_ALL,
    TABLE_DO_SORT_MENU,
    TABLE_DO_SORT_LEFT,
    TABLE_DO_SORT_RIGHT,
    TABLE_DO_INVERT,
    TABLE_DO_COLUMNS,
    TABLE_COMMAND_COUNT
};
void table_do(struct table *t, enum table_command c);
/* Why it cannot be done now; NULL: it can. */
const char *table_why_not(const struct table *t, enum table_command c);

/*
 * TABLE_COMMANDS(campaigns, campaigns_table) before the view's actions, where
 * `static struct table *campaigns_table(struct view *v)` gives the table that has the focus;
 * TABLE_ACTIONS(campaigns) among them.
 */
#define TABLE_COMMAND(prefix, get, word, command)                                              \
    static void prefix##_table_##word(struct view *v)                                          \
    {                                                                                          \
        table_do(get(v), command);                                                             \
    }                                                                                          \
    static const char *prefix##_table_not_##word(struct view *v)                               \
    {                                                                                          \
        return table_why_not(get(v), command);                                                 \
    }
#define TABLE_COMMANDS(prefix, get)                                                            \
    TABLE_COMMAND(prefix, get, filter, TABLE_DO_FILTER)                                        \
    TABLE_COMMAND(prefix, get, mark, TABLE_DO_MARK)                                            \
    TABLE_COMMAND(prefix, get, mark_all, TABLE_DO_MARK_ALL)                                    \
    TABLE_COMMAND(prefix, get, sort, TABLE_DO_SORT_MENU)                                       \
    TABLE_COMMAND(prefix, get, left, TABLE_DO_SORT_LEFT)                                       \
    TABLE_COMMAND(prefix, get, right, TABLE_DO_SORT_RIGHT)                                     \
    TABLE_COMMAND(prefix, get, invert, TABLE_DO_INVERT)                                        \
    TABLE_COMMAND(prefix, get, columns, TABLE_DO_COLUMNS)

/* One row each: ROW(prefix, word, command, name, key, alias, label, help, group). */
#define TABLE_EACH(ROW, prefix)                                                                \
    ROW(prefix, filter, TABLE_DO_FILTER, "filter", '/', 0, N_("filter"),                       \
        N_("show only rows with these words, field:value or /regex/"), N_("TABLE")),           \
        ROW(prefix, mark, TABLE_DO_MARK, "mark", ' ', 0, NULL,                                 \
            N_("mark this row, or take the mark away"), NULL),                                 \
        ROW(prefix, mark_all, TABLE_DO_MARK_ALL, "mark-all", '*', 0, NULL,                     \
            N_("mark all rows that are shown, or none"), NULL),                                \
        ROW(prefix, sort, TABLE_DO_SORT_MENU, "sort", 's', TK_F6, NULL,                        \
            N_("choose the column to sort by"), NULL),                                         \
        ROW(prefix, left, TABLE_DO_SORT_LEFT, "sort-left", '<', 0, NULL,                       \
            N_("sort by the column to the left"), NULL),                                       \
        ROW(prefix, right, TABLE_DO_SORT_RIGHT, "sort-right", '>', 0, NULL,                    \
            N_("sort by the column to the right"), NULL),                                      \
        ROW(prefix, invert, TABLE_DO_INVERT, "invert", 'I', 0, NULL,                           \
            N_("turn the order round"), NULL),                                                 \
        ROW(prefix, columns, TABLE_DO_COLUMNS, "columns", 'C', 0, NULL,                        \
            N_("choose the columns and their order"), NULL)

#define TABLE_ROW(prefix, word, command, name_, key_, alias_, label_, help_, group_)           \
    {                                                                                          \
        .name = name_, .key = key_, .alias = alias_, .label = label_, .help = help_,           \
        .group = group_, .why_not = prefix##_table_not_##word, .run = prefix##_table_##word    \
    }
#define TABLE_ACTIONS(prefix) TABLE_EACH(TABLE_ROW, prefix)

/* For tables whose rows are worth copying: TABLE_COPY_COMMAND() behind TABLE_COMMANDS(),
 * TABLE_COPY_ACTION() behind TABLE_ACTIONS(). */
#define TABLE_COPY_COMMAND(prefix, get)                                                        \
    static void prefix##_table_copy(struct view *v)                                            \
    {                                                                                          \
        table_copy(get(v));                                                                    \
    }
#define TABLE_COPY_ACTION(prefix)                                                              \
    {                                                                                          \
        .name = "copy-rows", .key = 'y',                                                       \
        .help = N_("copy this row, or those that are marked"), .run = prefix##_table_copy      \
    }

#endif
