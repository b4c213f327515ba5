/*
 * What a line behind ':' means, and how it can go on. Pure: names come in, nothing is run.
 */
#ifndef CRIER_TUI_PALETTE_COMPLETE_H
#define CRIER_TUI_PALETTE_COMPLETE_H

#include <glib.h>

#include "app/verbs.h"
#include "tui/action.h"
#include "tui/palette.h"

enum palette_kind { /* of names that can be completed */
    PALETTE_CAMPAIGN,
    PALETTE_LIST,
    PALETTE_SERVER,
    PALETTE_POOL,
    PALETTE_MAILBOX,
    PALETTE_PORT,
    PALETTE_KIND_COUNT
};

struct palette_name {
    char *name, *detail; /* owned; the detail may be NULL */
};

struct palette_context {
    const char *view;             /* the name of the view in front; NULL: none */
    const struct action *actions; /* its actions; may be NULL */
    const struct palette_route *routes;
    GPtrArray *names[PALETTE_KIND_COUNT]; /* of struct palette_name *; NULL: none */
};
void palette_add_name(struct palette_context *c, enum palette_kind kind, const char *name,
                      const char *detail);
void palette_context_clear(struct palette_context *c); /* the names */

/* The words of a line: blanks part them, '...' and "..." hold them together, a backslash takes
 * the next sign as it is; a quote that is still open is closed. `*ret_last`: the byte where the
 * last word begins, or the length when the line ends behind a blank. Caller frees. */
char **palette_split(const char *line, gsize *ret_last);
/* A word as it must be written to be one. Caller frees. */
char *palette_quote(const char *word);

enum palette_meaning {
    PALETTE_NOTHING, /* not understood: palette_why_nothing() */
    PALETTE_SCREEN,
    PALETTE_ACTION, /* of the view in front */
    PALETTE_ROUTE,
    PALETTE_VERB,
};
struct palette_command {
    enum palette_meaning meaning;
    int screen;
    const struct action *action;
    const struct palette_route *route;
    const struct verb *verb;
    char **words; /* owned: all, a verb's noun and verb in full */
    int n_name;   /* how many of them name the route or verb; the rest are its words */
};
void palette_understand(const struct palette_context *c, const char *line,
                        struct palette_command *ret);
void palette_command_clear(struct palette_command *cmd);
/* "pasue: there is no such command. Did you mean pause?" Caller frees. */
char *palette_why_nothing(const struct palette_context *c, const char *line);

struct palette_offer {
    char *line;         /* the whole line when it is taken */
    const char *detail; /* borrowed from the tables or the context; may be NULL */
    char *key;          /* the key that does the same; may be NULL */
    gboolean is_whole;  /* can be run; else it goes on */
};
#define PALETTE_OFFERS_MAX 200
/* How `line` can go on, the best first. Of struct palette_offer *, owned by the array. */
GPtrArray *palette_complete(const struct palette_context *c, const char *line);

/* Whether one of the words is --NAME, --NAME=..., or the letter that is short for it. */
gboolean palette_has_option(const struct verb *v, char *const *words, const char *name);

#endif
