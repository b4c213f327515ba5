/*
 * Plain text -> HTML, template to template: for a layout around a letter that was written as
 * text.
 */
#ifndef CRIER_MESSAGE_TEXTHTML_H
#define CRIER_MESSAGE_TEXTHTML_H

#include <glib.h>

/*
 * Paragraphs where the text has empty lines, line breaks where it has line ends, links where it
 * has http and https addresses or a tag that is one. A section tag alone on a line stands
 * between paragraphs. CRIER_ERROR_INVALID when the template is wrong, with the line. Caller
 * frees.
 */
char *texthtml_make(const char *text, GError **error);

#endif
