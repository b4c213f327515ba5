/*
 * What `crier ports --json` says of where we listen and where we connect to, as rows for the
 * screens. Nothing is judged here.
 */
#ifndef CRIER_TUI_PORTS_DATA_H
#define CRIER_TUI_PORTS_DATA_H

#include <glib.h>

#include "tui/term.h"

#define PORTS_DATA_MAX 20000 /* rows */

/* Every text is safe to show; NULL: not said. */
struct ports_seen {
    gboolean is_connect;
    char *role, *name, *bind, *state, *text, *next, *suggestion; /* owned */
    char *program, *user, *service;                              /* owned */
    gint64 pid;                                                  /* 0: not known */
    gint64 last_us;                                              /* wall; 0: never */
    gint64 ms;                                                   /* -1: not known */
    GPtrArray *notes;                                            /* owned; of char * */
};
/* Of struct ports_seen *, in their order; NULL and INVALID when it is no such list. */
GPtrArray *ports_data_parse(const char *text, gsize len, GError **error);

/* "free", "HELD by nginx, process 812 (www-data)", "looking.." for NULL. Caller frees. */
char *ports_data_words(const struct ports_seen *s);
enum term_role ports_data_role(const struct ports_seen *s);
/* Nobody can listen there as it is. */
gboolean ports_data_is_trouble(const struct ports_seen *s);
/* Because of another program, seen or not. */
gboolean ports_data_is_held(const struct ports_seen *s);

#endif
