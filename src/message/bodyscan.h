/*
 * What a body refers to and says: links, images, visible text. For checks before a campaign
 * starts; pure, and sentences about it are the caller's.
 */
#ifndef CRIER_MESSAGE_BODYSCAN_H
#define CRIER_MESSAGE_BODYSCAN_H

#include <glib.h>

#define BODYSCAN_MAX_FINDS 10000 /* links, and images; what is beyond is not looked at */

struct bodyscan_link {
    char *url;  /* owned; blanks around it are gone; "" for an empty one */
    char *text; /* owned; what is seen of it, blanks folded; an image counts by its alt */
    gboolean is_hidden; /* in an element that style hides */
};

struct bodyscan_image {
    char *src;        /* owned; "" when there is none */
    gboolean has_alt; /* also an empty one, which says that it is decoration */
};

struct bodyscan {
    GPtrArray *links;    /* owned; of struct bodyscan_link * */
    GPtrArray *images;   /* owned; of struct bodyscan_image * */
    GString *text;       /* owned; what is seen, blanks folded to one */
    gboolean has_active; /* script, form, iframe, object, embed: mail programs drop them */
};

/* Of HTML, also of a template. CRIER_ERROR_INVALID as html_walk(). */
gboolean bodyscan_html(const char *html, gsize len, struct bodyscan *ret, GError **error);
/* Of plain text: addresses that begin with a scheme. */
void bodyscan_text(const char *text, struct bodyscan *ret);
void bodyscan_clear(struct bodyscan *s);

/* What is wrong with a link's target; templates' tags in it stand for anything. */
enum bodyscan_fault {
    BODYSCAN_FAULT_NONE,
    BODYSCAN_FAULT_EMPTY,  /* nothing, or "#" */
    BODYSCAN_FAULT_SYNTAX, /* blanks, no host, a scheme that nobody knows, a relative one */
    BODYSCAN_FAULT_SCRIPT, /* javascript:, data:, vbscript: */
    BODYSCAN_FAULT_PLACEHOLDER, /* example.com, localhost, TODO: nobody meant it */
    BODYSCAN_FAULT_HTTP,        /* not encrypted */
    BODYSCAN_FAULT_COUNT
};
enum bodyscan_fault bodyscan_check_link(const char *url);

#endif
