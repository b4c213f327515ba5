/*
 * The table of verbs: what can be asked for, its words, options and an example. The command
 * line, its help, completion and the manual are made from it.
 */
#ifndef CRIER_APP_VERBS_H
#define CRIER_APP_VERBS_H

#include <glib.h>

#include "base/field.h"

#define VERB_ANY_NUMBER -1

struct verb_option {
    const char *name;     /* "dry-run": the option is --dry-run */
    char letter;          /* 'n': also -n; 0: none */
    const char *argument; /* "N"; NULL: a switch without argument */
    const char *help;     /* one line, marked N_(); NULL: for our own use, not shown */
    const char *refusal;  /* N_(): never accepted, for this reason; not shown in help */
};

enum verb_flags {
    VERB_WORKSPACE = 1 << 0, /* opens (and makes) the workspace */
    VERB_DATABASE = 1 << 1,  /* and its database */
    VERB_IN_CHILD = 1 << 2,  /* uses the network: screens run it as a child */
    VERB_ROWS = 1 << 3,      /* prints rows: --json --jsonl --tsv --fields */
    VERB_RECORD = 1 << 4,    /* prints one record or report: --json */
    VERB_ELSEWHERE = 1 << 5, /* has a command line of its own and no handler here */
    VERB_CHANGES = 1 << 6,   /* changes something: not for a read-only look */
};

struct verb {
    const char *noun;
    const char *verb;                    /* NULL: the noun alone is the command */
    const char *usage;                   /* what follows the words: "NAME [option…]" */
    const char *help;                    /* one line, N_() */
    const char *example;                 /* a whole command line */
    const struct verb_option *options;   /* ends with name NULL; may be NULL */
    const struct field *(*fields)(void); /* each settable field is an option too; may be NULL */
    int min, max;                        /* positional words; max may be VERB_ANY_NUMBER */
    unsigned flags;
};

struct verb_noun {
    const char *noun;
    const char *help; /* one line, N_() */
};

const struct verb *verbs_all(void); /* ends with noun NULL; verbs of one noun stand together */
const struct verb_noun *verbs_nouns(void); /* in the order of help; ends with noun NULL */
const struct verb_option *verbs_common_options(void); /* of every verb */
const struct verb_option *verbs_rows_options(void);   /* of VERB_ROWS */
const struct verb_option *verbs_record_options(void); /* of VERB_RECORD */

gboolean verbs_is_noun(const char *word);
/* `verb` NULL: the noun that is a command by itself. NULL when there is none. */
const struct verb *verbs_find(const char *noun, const char *verb);

/* An option of `v`: its own, those by its flags, then the common ones. `name` without dashes.
 */
const struct verb_option *verbs_option(const struct verb *v, const char *name);
const struct verb_option *verbs_option_letter(const struct verb *v, char letter);
/* A field of the record that `v` sets by --key; NULL when it is none or not settable so. */
const struct field *verbs_field(const struct verb *v, const char *name);

/* The nearest known noun, verb of a noun, or option of a verb; NULL when none is near. The
 * option comes without dashes. Caller frees. */
char *verbs_nearest_noun(const char *word);
char *verbs_nearest_verb(const char *noun, const char *word);
char *verbs_nearest_option(const struct verb *v, const char *name);

/* "per_second" -> "per-second". Caller frees. */
char *verbs_field_option(const struct field *f);

#endif
