/*
 * Reading HTML: one walk over its elements and texts, as a browser would find them. The door to
 * gumbo. Hostile input is bounded in size, depth, memory and time.
 */
#ifndef CRIER_MESSAGE_HTML_H
#define CRIER_MESSAGE_HTML_H

#include <glib.h>

#define HTML_MAX_BYTES (1024 * 1024)
#define HTML_MAX_DEPTH                                                                         \
    256 /* elements in one another, those with an optional end tag not counted */
#define HTML_MAX_WORDS_IN_TAG 10000
#define HTML_MAX_MEMORY                                                                        \
    (192 * 1024 * 1024) /* of the tree; 1 MB of ordinary HTML takes 20 MB                      \
                         */

struct html_element; /* valid during the callback */

struct html_handler { /* each may be NULL */
    void (*open)(const struct html_element *e, void *data);
    /* Between tags, entities decoded, also pieces of blanks alone; not what is in comments,
     * scripts and style sheets. */
    void (*text)(const char *s, void *data);
    void (*close)(const struct html_element *e,
                  void *data); /* also of elements without end tag */
};

/*
 * Calls `h` in the order of the document. html, head and body are opened also where nobody
 * wrote them. Merge tags are text like any other. CRIER_ERROR_INVALID when it is too large, too
 * deep or makes too much work; then `h` was not called.
 */
gboolean html_walk(const char *html, gsize len, const struct html_handler *h, void *data,
                   GError **error);

const char *html_name(const struct html_element *e); /* lower case; "" for an unknown element */
/* The value with entities decoded, "" for one without value; NULL: it has no such attribute. */
const char *html_attribute(const struct html_element *e, const char *name);
/* Where the value stands in the source, without its quotes. False when it has none. */
gboolean html_attribute_span(const struct html_element *e, const char *name, gsize *ret_start,
                             gsize *ret_len);

#endif
