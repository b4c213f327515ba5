/*
 * What a body refers to and says: links, images, visible text. For checks before a campaign
 * starts; pure, and sentences about it are the caller's.
 */
#ifndef CRIER_MESSAGE_HTMLSCAN_H
#define CRIER_MESSAGE_HTMLSCAN_H

#include <glib.h>

#define HTMLSCAN_MAX_FINDS 10000 /* links, and images; what is beyond is not looked at */

struct htmlscan_link {
    char *url;  /* owned; blanks around it are gone; "" for an empty one */
    char *text; /* owned; what is seen of it, blanks folded; an image counts by its alt */
    gboolean is_hidden; /* in an element that style hides */
};

struct htmlscan_image {
    char *src;        /* owned; "" when there is none */
    gboolean has_alt; /* also an empty one, which says that it is decoration */
};

struct htmlscan {
    GPtrArray *links;  /* owned; of struct htmlscan_link * */
    GPtrArray *images; /* owned; of struct htmlscan_image * */
    GString *text;     /* owned; what is seen, blanks folded to one */
    gboolean has_active; /* script, form, iframe, object, embed: mail programs drop them */
};

/* Of HTML, also of a template. CRIER_ERROR_INVALID as html_walk(). */
gboolean htmlscan_html(const char *html, gsize len, struct htmlscan *ret, GError **error);
/* Of plain text: addresses that begin with a scheme. */
void htmlscan_text(const char *text, struct htmlscan *ret);
void htmlscan_clear(struct htmlscan *s);

/* What is wrong with a link's target; templates' tags in it stand for anything. */
enum htmlscan_fault {
    HTMLSCAN_FAULT_NONE,
    HTMLSCAN_FAULT_EMPTY,       /* nothing, or "#" */
    HTMLSCAN_FAULT_SYNTAX,      /* blanks, no host, a scheme that nobody knows, a relative one */
    HTMLSCAN_FAULT_SCRIPT,      /* javascript:, data:, vbscript: */
    HTMLSCAN_FAULT_PLACEHOLDER, /* example.com, localhost, TODO: nobody meant it */
    HTMLSCAN_FAULT_HTTP,        /* not encrypted */
    HTMLSCAN_FAULT_COUNT
};
enum htmlscan_fault htmlscan_check_link(const char *url);

#endif
