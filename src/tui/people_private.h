/*
 * Inside screen 3 only: its pages and what each of them does.
 */
#ifndef CRIER_TUI_PEOPLE_PRIVATE_H
#define CRIER_TUI_PEOPLE_PRIVATE_H

#include "store/people.h"
#include "store/people_browse.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/table_search.h"
#include "tui/ui.h"

enum people_page { PEOPLE_LISTS, PEOPLE_NEVER, PEOPLE_IMPORTS, PEOPLE_PAGE_COUNT };

#define PEOPLE_EVERYBODY (-1) /* the row that is no list */

struct people_lists { /* the left pane */
    struct ui *ui;
    struct table table;
    struct table_memory rows;
    GPtrArray *all;              /* owned; of struct list * */
    GHashTable *counts;          /* owned; list id to struct people_count * (people_lists.c) */
    GArray *uncounted;           /* owned; of gint64: lists that are still to be counted */
    struct browse_count part;    /* of the first of them */
    struct loop_timer *timer;    /* owned; for the next part, or the next counting */
    gboolean is_stale;           /* data changed since the counting began */
    gint64 counted_us;           /* monotonic, when it was done last; 0: count anew */
    gint64 counting_us;          /* how long that took, or has taken so far */
    void (*changed)(void *data); /* more is counted; rows are there */
    void *data;
};

struct people_members { /* the right pane */
    struct ui *ui;
    struct table table;
    struct table_search search;
    struct table_source source;
    struct table_spec spec;
    gint64 list_id; /* 0: everybody */
    gint64 count;   /* -1: not known */
    char **fields;  /* owned; names of custom fields, for filters */
};

struct people_never {
    struct ui *ui;
    struct table table;
    struct table_search search;
    gint64 count;
};

struct people_imports {
    struct ui *ui;
    struct table table;
    struct table_memory rows;
    GPtrArray *all; /* owned; of struct import_record * */
};

struct people {
    enum people_page page;
    gboolean is_right; /* of the two panes the members have the focus */
    struct people_lists lists;
    struct people_members members;
    struct people_never never;
    struct people_imports imports;
    char *hint; /* owned */
};

/* ---- lists ---- */
void people_lists_init(struct people_lists *l, struct ui *ui, void (*changed)(void *data),
                       void *data);
void people_lists_clear(struct people_lists *l);
gboolean people_lists_load(struct people_lists *l, GError **error);
const struct list *people_lists_current(const struct people_lists *l); /* NULL: everybody */
/* 0: everybody. -1: not counted yet. */
gint64 people_lists_count(const struct people_lists *l, gint64 list_id);
gboolean people_lists_go_to(struct people_lists *l, const char *name);

/* ---- members ---- */
void people_members_init(struct people_members *m, struct ui *ui);
void people_members_clear(struct people_members *m);
/* Another list, or the same read anew. */
void people_members_show(struct people_members *m, gint64 list_id, gint64 count);
/* How many there are is known now. */
void people_members_count(struct people_members *m, gint64 count);

/* ---- never mail ---- */
void people_never_init(struct people_never *n, struct ui *ui);
void people_never_clear(struct people_never *n);
void people_never_load(struct people_never *n);
/* The short name of the list that a row is for; NULL: everything. Caller frees. */
char *people_never_list(const struct people_never *n);

/* ---- imports ---- */
void people_imports_init(struct people_imports *p, struct ui *ui);
void people_imports_clear(struct people_imports *p);
void people_imports_load(struct people_imports *p);
const struct import_record *people_imports_current(const struct people_imports *p);

#endif
