/*
 * From what an author wrote to the two templates that are sent: Markdown becomes HTML, a layout
 * goes around it, the preheader goes in front, and where there is no text part one is made of
 * the HTML. Pure: layouts come as text.
 */
#ifndef CRIER_MESSAGE_BODY_H
#define CRIER_MESSAGE_BODY_H

#include <glib.h>

struct body_source { /* all borrowed; NULL and "" mean: none */
    /* Templates. HTML stands above Markdown, and both above what would be made of the text. */
    const char *html, *markdown, *text;
    const char *subject;   /* template; becomes the title */
    const char *preheader; /* template of one line */
    const char *layout;    /* the layout's HTML; see below */
    const char *logo;      /* Content-ID of the layout's image */
    const char *organisation, *postal_address;
    const char *language; /* as in HTML's lang: "de", "pt-BR" */
};

/*
 * `*ret_html` is NULL for a message of text alone. A layout is Mustache in the delimiters [[
 * ]], so that {{tags}} in it are left to the sending: [[&body]], [[&preheader]], [[&title]],
 * [[&styles]] (of a whole HTML document's head), [[language]], [[logo]], [[organisation]],
 * [[postal_address]], and words for people: [[unsubscribe]], [[reason]]. Without a layout the
 * author's HTML stays as it is, but for the preheader behind <body>. CRIER_ERROR_INVALID names
 * what cannot be used. Caller frees both.
 */
gboolean body_make(const struct body_source *s, char **ret_html, char **ret_text,
                   GError **error);

#endif
