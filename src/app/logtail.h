/*
 * The workspace's log, read from any place forwards and backwards by pages: for `crier log` and
 * the screen that shows it. Places are numbers that grow with the log and stay what they are
 * when it is rotated meanwhile; the file before the rotation (PATH.1) is read too. Writing is
 * base/log's.
 */
#ifndef CRIER_APP_LOGTAIL_H
#define CRIER_APP_LOGTAIL_H

#include <glib.h>

#include "base/log.h"

#define LOGTAIL_LINE_MAX (64 * 1024)  /* a longer line is cut in pieces */
#define LOGTAIL_SCAN_MAX (256 * 1024) /* bytes a call reads: a filter may fit nothing */

struct logtail_line {
    gint64 begin, end; /* places: of its first byte, and behind its newline */
    gboolean is_known; /* of the usual shape; else `text` is all of it */
    gint64 at_us;      /* wall */
    enum log_level level;
    char *line;       /* owned; all of it, safe to show */
    char *who;        /* owned; "send"; NULL unless known */
    gint64 pid;       /* 0: none */
    const char *text; /* borrowed from `line` */
};

struct logtail_filter {   /* borrowed; zeroed but for `level` -1 everything passes */
    int level;            /* the least important one, -1: every one */
    gint64 since_us;      /* wall, 0: no limit */
    const char *campaign; /* NULL: every line; else those that name it */
    const char *text;     /* NULL: every line; else those that hold it, case ignored */
};

struct logtail;

/* A log that is not there yet is empty. */
struct logtail *logtail_open(const char *path, GError **error);
void logtail_free(struct logtail *t);

/* The place behind the last whole line, as of now: looks at the files. Grows when there is
 * something new. */
gint64 logtail_end(struct logtail *t);
/* The place of the oldest line that is still there. */
gint64 logtail_begin(const struct logtail *t);

/*
 * The last `max` lines that pass and end at or before place `before`, oldest first; NULL: it
 * cannot be read. `*ret_next` is where to go on backwards: fewer than `max` lines with
 * `*ret_next` > logtail_begin() means that LOGTAIL_SCAN_MAX was reached. Array owns its struct
 * logtail_line *.
 */
GPtrArray *logtail_before(struct logtail *t, gint64 before, int max,
                          const struct logtail_filter *f, gint64 *ret_next, GError **error);
/* The first `max` that pass and begin at or behind `after`; `*ret_next` is where to go on. */
GPtrArray *logtail_after(struct logtail *t, gint64 after, int max,
                         const struct logtail_filter *f, gint64 *ret_next, GError **error);

/* One line without its newline. The contents are freed by logtail_line_clear(). */
void logtail_parse(const char *raw, gsize len, struct logtail_line *ret);
void logtail_line_clear(struct logtail_line *l);
gboolean logtail_passes(const struct logtail_filter *f, const struct logtail_line *l);

#endif
