/* What people's records are called on screens. */
#ifndef CRIER_TUI_PEOPLE_WORDS_H
#define CRIER_TUI_PEOPLE_WORDS_H

#include <glib.h>

struct json;

/* The name that the custom fields give: "name", or "first_name" and "last_name"; NULL: none.
 * Caller frees. `fields` may be NULL. */
char *people_name(const struct json *fields);
/* The other fields: "city Bern, stand tombola". Caller frees. */
char *people_rest(const struct json *fields);

/* Of a suppression's reason: "unsubscribed", translated; borrowed. */
const char *people_reason(const char *reason);
/* For a column: "bounced"; "never mail" where the reason tells nothing of the person. Borrowed.
 */
const char *people_never_short(const char *reason);
/* The file's name out of an import's source, "import people.csv". Borrowed from `source`. */
const char *people_file(const char *source);

/* A short name made of a title: "Our members!" gives "our-members"; "list" where nothing is
 * left. Caller frees. */
char *people_slug(const char *title);

#endif
