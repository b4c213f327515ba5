/*
 * HTML -> plain text that reads well, template to template: what stands in a message's text
 * part where its author wrote none.
 */
#ifndef CRIER_MESSAGE_HTMLTEXT_H
#define CRIER_MESSAGE_HTMLTEXT_H

#include <glib.h>

/*
 * The text of an HTML template. Headings, lists, quotes and tables keep their shape, a link is
 * "text <url>", an image its alternative text; what is hidden (the preheader) is left out.
 * Lines have at most 72 cells, but no tag, URL or preformatted line is broken.
 * CRIER_ERROR_INVALID with the line: the template is wrong, or the HTML is too long or too deep
 * to be safe. Caller frees.
 */
char *htmltext_make(const char *html, GError **error);

#endif
