/*
 * The log of a workspace: one line an event, "TIME LEVEL WHO[PID] TEXT", opened O_APPEND so
 * that every process of a worker can write to it. Only worker, cmd and tui log; the floors
 * below return errors. Text passes text_safe(); secrets never come here.
 */
#ifndef CRIER_BASE_LOG_H
#define CRIER_BASE_LOG_H

#include <glib.h>

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_COUNT
};

const char *log_level_name(enum log_level level); /* "debug" … "error" */
gboolean log_level_parse(const char *name, enum log_level *ret);

/* Opens (creates 0600) the log at `path` for the process known as `who` ("worker", "send").
 * NULL path: standard error. Rotates to "PATH.1" past 16 MiB when opened. */
gboolean log_open(const char *path, const char *who, GError **error);
void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
