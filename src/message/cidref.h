/*
 * References to images inside a message: cid:NAME in HTML and Markdown (RFC 2392). In a
 * campaign folder NAME is the image's file; the composer makes a Content-ID of it.
 */
#ifndef CRIER_MESSAGE_CIDREF_H
#define CRIER_MESSAGE_CIDREF_H

#include <glib.h>

#define CIDREF_MAX 1000 /* references in one body */

enum cidref_syntax { CIDREF_HTML, CIDREF_MARKDOWN };

struct cidref {
    char *name; /* owned; percent-decoded */
    int line;   /* where it stands first */
};

/*
 * The distinct references of a body in the order they appear; of struct cidref *, owned by the
 * array. CRIER_ERROR_INVALID with the line in `*ret_line` for a name that cannot be followed:
 * a merge field in it, or an escape that the composer would not find again.
 */
GPtrArray *cidref_find(const char *body, enum cidref_syntax syntax, int *ret_line,
                       GError **error);

/* The HTML with each cid:ID that is a key of `names` (char * to char *, percent-decoded) turned
 * into cid:NAME. The scheme may be in any case. Other references point to nothing: they become
 * missing-cid:ID, and their ids are added to `missing` (of char *, which it frees). Caller
 * frees. */
char *cidref_rename(const char *html, GHashTable *names, GPtrArray *missing);

#endif
