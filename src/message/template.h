/*
 * Mustache (the public specification's core: interpolation, sections, inverted, comments,
 * delimiters, partials) with one extension, {{name|default}}. Logic-less: no access to files,
 * environment or network; depth and output are capped. Parsed once, rendered often.
 */
#ifndef CRIER_MESSAGE_TEMPLATE_H
#define CRIER_MESSAGE_TEMPLATE_H

#include <glib.h>

#include "base/json.h"

#define TEMPLATE_MAX_DEPTH 64
#define TEMPLATE_MAX_OUTPUT (64 * 1024 * 1024)

struct template;

/*
 * How a value is escaped: {{x}} by this, {{{x}}} and {{&x}} never in TEMPLATE_ESCAPE_HTML, but
 * headers are always stripped of controls.
 *
 * {{name|default}}: the default stands in for a value that is missing, null or empty. Blanks
 * around it are trimmed, it holds no tags, and it is escaped as the value would have been.
 * Sections: missing, null, false, "" and [] are false, everything else is true.
 */
enum template_escape {
    TEMPLATE_ESCAPE_NONE,
    TEMPLATE_ESCAPE_TEXT,   /* text bodies: as it is, but percent-encoded inside an address that
                               begins with http:, https: or mailto: before the value */
    TEMPLATE_ESCAPE_HTML,   /* & < > " ' ; in href, src and the like a value inside the URL is
                               percent-encoded; one that begins it must be empty or have the
                               scheme   http, https, mailto or tel, else "#" takes its place */
    TEMPLATE_ESCAPE_HEADER, /* line ends and tabs become one blank, other controls go */
};

/* Parses `text`. Errors name the line: unclosed tag, section without end, unknown delimiters.
 * `partials` (object of strings; may be NULL) is borrowed for the template's life. */
struct template *template_new(const char *text, gssize len, enum template_escape escape,
                              const struct json *partials, GError **error);
void template_free(struct template *t);

/* Renders with a context stack: `outer` (campaign-wide, may be NULL) below `data` (may be
 * NULL). Appends to `out`, which is cut back on failure: CRIER_ERROR_INVALID when output, depth
 * or work pass their caps. Broken UTF-8 in a value becomes U+FFFD. */
gboolean template_render(const struct template *t, const struct json *outer,
                         const struct json *data, GString *out, GError **error);

/* The distinct names the template asks for, NULL-ended, in order of first use; caller
 * g_strfreev()s. */
char **template_names(const struct template *t);
/* One place where a name stands, in the order of the text; names inside partials are left out.
 */
struct template_use {
    const char *name;     /* borrowed; "a.b" as written */
    gboolean is_section;  /* it only decides whether something is shown */
    gboolean has_default; /* {{name|default}} */
    gboolean is_guarded;  /* inside {{#name}} of the same name: never empty there */
};
void template_each_use(const struct template *t,
                       void (*each)(const struct template_use *use, void *data), void *data);
/* True when any of `names` is asked for. */
gboolean template_uses(const struct template *t, const char *name);

#endif
