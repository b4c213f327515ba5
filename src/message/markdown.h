/*
 * Markdown (CommonMark) -> HTML, template to template: tags stay what and where they are. Raw
 * HTML in the Markdown goes through as it is: it is the campaign's author who writes both.
 */
#ifndef CRIER_MESSAGE_MARKDOWN_H
#define CRIER_MESSAGE_MARKDOWN_H

#include <glib.h>

#define MARKDOWN_MAX_BYTES (1024 * 1024)

/*
 * The HTML of the body's content, without <html> or <body> around it. A section tag alone on a
 * line stands between blocks (paragraphs, list items, quotes); elsewhere it stands in its text.
 * A section around whole list items leaves one list. CRIER_ERROR_INVALID: too long, or a
 * template that is wrong, with the line. Caller frees.
 */
char *markdown_to_html(const char *markdown, GError **error);

#endif
