/*
 * What a person types behind '/': words that must all be there, "words together", field:value,
 * /regular expression/, each with '-' in front for "not", and a|b for "one of them". Pure.
 */
#ifndef CRIER_TUI_TABLE_FILTER_H
#define CRIER_TUI_TABLE_FILTER_H

#include <glib.h>

#define FILTER_TEXT_MAX 1000 /* octets */
#define FILTER_TERMS_MAX 20

enum filter_kind {
    FILTER_WORD,  /* `values` anywhere; in `field` when that is set */
    FILTER_REGEX, /* `regex` anywhere; in `field` when that is set */
    FILTER_LESS,  /* field:<N */
    FILTER_MORE,  /* field:>N */
};

struct filter_term {
    enum filter_kind kind;
    char *field;   /* owned; a key of the table's columns; NULL: anywhere */
    char **values; /* owned; case-folded, any of them will do; regex: its text in [0] */
    GRegex *regex; /* owned; FILTER_REGEX */
    gint64 number; /* FILTER_LESS, FILTER_MORE */
    gboolean is_not;
};

struct filter {
    char *text;                /* owned; as typed */
    struct filter_term *terms; /* owned; all must hold */
    int n;
};

void filter_clear(struct filter *f);
/* `fields` NULL-ended: the names that may stand before a ':'; a word with another name before
 * it is a plain word. Blanks alone are no filter (n 0). INVALID: a regular expression that is
 * none, too long, too many terms; `ret` is then untouched. What `ret` held is freed. */
gboolean filter_parse(struct filter *ret, const char *text, const char *const *fields,
                      GError **error);

/* A name before a ':' that is near one of `fields` and yet none: "stat", for "did you mean
 * state?"; `*ret_near` is borrowed from `fields`. NULL: none. Caller frees. */
char *filter_unknown(const char *text, const char *const *fields, const char **ret_near);

/* One row: `texts` beside `fields`, `numbers` likewise (may be NULL: no column has numbers;
 * G_MININT64: this cell has none). A number that is none is read from the text. */
gboolean filter_matches(const struct filter *f, const char *const *fields,
                        const char *const *texts, const gint64 *numbers);
/* One term against one text; for sources that have fields of their own. */
gboolean filter_term_matches(const struct filter_term *t, const char *text);

#endif
