/*
 * The difference of two texts, line by line, as unified hunks.
 */
#ifndef CRIER_BASE_LINEDIFF_H
#define CRIER_BASE_LINEDIFF_H

#include <glib.h>

#define LINEDIFF_CONTEXT 3      /* equal lines shown around a change */
#define LINEDIFF_MAX_EDITS 1000 /* beyond it what lies between the equal ends is one change */

enum linediff_kind {
    LINEDIFF_HUNK, /* "-3,4 +3,5": what stands between @@ and @@ */
    LINEDIFF_EQUAL,
    LINEDIFF_REMOVED,
    LINEDIFF_ADDED,
    LINEDIFF_NO_END, /* the line before has no newline at its end; `line` is empty */
};

/* `line` is without its newline; not terminated. */
typedef void (*linediff_say)(enum linediff_kind kind, const char *line, gsize len, void *data);

/* TRUE when they differ; each line of the hunks is passed to `say`. NULL texts are empty. */
gboolean linediff(const char *old, const char *new, linediff_say say, void *data);

#endif
