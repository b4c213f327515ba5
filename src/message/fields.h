/*
 * A person's fields read in place: names and texts point into the JSON they came from, so that
 * filling in a message costs no object. What is not one object of plain strings is
 * json_parse()'s.
 */
#ifndef CRIER_MESSAGE_FIELDS_H
#define CRIER_MESSAGE_FIELDS_H

#include <glib.h>

#define FIELDS_MAX 48 /* of one person; with more, json_parse() is the quicker */

struct fields_one {
    const char *name, *text; /* borrowed; valid UTF-8, not NUL-terminated */
    gsize name_len, len;
};

struct fields {
    guint n;
    struct fields_one all[FIELDS_MAX];
};

/*
 * True: `json` is an object of strings as crier writes them, without blanks, escapes or a name
 * that comes twice, with room for two more; `ret` borrows from it. False: anything else, also
 * what is no JSON; json_parse() says what it is, and reads what is here in the same way.
 */
gboolean fields_read(struct fields *ret, const char *json, gsize len);
/* Sets or replaces; both are borrowed, NUL-terminated and valid UTF-8. */
void fields_set(struct fields *f, const char *name, const char *text);
/* NULL: there is none. */
const struct fields_one *fields_find(const struct fields *f, const char *name);

#endif
