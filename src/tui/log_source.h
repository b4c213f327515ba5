/*
 * The workspace's log, and who did what, as rows of tables: the oldest at the top, the newest
 * below. Reading the files is app/logtail's, the audit store/audit's.
 */
#ifndef CRIER_TUI_LOG_SOURCE_H
#define CRIER_TUI_LOG_SOURCE_H

#include <glib.h>

#include "app/logtail.h"
#include "tui/table.h"
#include "tui/ui.h"

/* A filter that fits nearly nothing reads no more than this in one go. */
#define LOG_SCAN_MAX (64 * 1024 * 1024)
#define LOG_COUNT_MAX 1000

enum log_column { LOG_TIME, LOG_LEVEL, LOG_WHERE, LOG_TEXT, LOG_COLUMN_COUNT };
enum audit_column { AUDIT_TIME, AUDIT_WHO, AUDIT_WHAT, AUDIT_NAME, AUDIT_DETAIL, AUDIT_COLUMN_COUNT };

/* The data of both tables. A row's id is the place of its line (or of the audit) plus one. */
struct log_source {
    struct ui *ui;
    struct logtail *tail; /* owned */
    int level;            /* the least important one that is shown */
};
gboolean log_source_open(struct log_source *s, struct ui *ui, GError **error);
void log_source_clear(struct log_source *s);

const struct table_spec *log_source_lines(void);
const struct table_spec *log_source_audit(void);

/* The place where the lines begin that follow a row. */
gint64 log_source_behind(const struct table_row *row);
/* How many lines at or behind `place` the table shows, at most LOG_COUNT_MAX. */
int log_source_count(struct log_source *s, const struct table *t, gint64 place);
/* What a row stands for, to be read: when, how important, by whom, and all of its text. Caller
 * frees; NULL: it is gone. */
char *log_source_details(struct log_source *s, const struct table *t, gint64 id);
/* The row as one line of text, as it stands in the file. Caller frees; NULL: it is gone. */
char *log_source_line(struct log_source *s, const struct table *t, gint64 id);
/* Calls `each` for every line that the table shows, the oldest first, until it returns FALSE. */
gboolean log_source_each(struct log_source *s, const struct table *t,
                         gboolean (*each)(const char *line, void *data, GError **error),
                         void *data, GError **error);

/* "debug and up"; translated, borrowed. */
const char *log_level_words(int level);

#endif
