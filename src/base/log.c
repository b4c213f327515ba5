/*
 * The log file. Each line is one write() to a descriptor opened with O_APPEND, so lines of
 * several processes never mix. Not for what a person at a terminal is told, and not for the
 * audit trail, which is in the database.
 */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define ROTATE_BYTES (16 * 1024 * 1024)
#define TEXT_MAX_CHARS 4000
#define WHO_MAX 32

static struct {
    int fd;
    enum log_level level;
    char who[WHO_MAX];
} log_state = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO, .who = "crier"};

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_LEVEL_DEBUG] = "debug",     [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_ERROR] = "error",
};

const char *log_level_name(enum log_level level)
{
    g_assert((unsigned)level < LOG_LEVEL_COUNT);
    return level_names[level];
}

gboolean log_level_parse(const char *name, enum log_level *ret)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret = (enum log_level)i;
            return TRUE;
        }
    }
    return FALSE;
}

static int open_append(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
}

/* Moves a log that has grown too long to PATH.1. Two processes may come here at once: the lock
 * and the look at the name keep the second from moving the file that the first has just begun.
 */
static int rotate(int fd, const char *path)
{
    g_autofree char *old_path = g_strconcat(path, ".1", NULL);
    struct stat open_file, named;
    gboolean is_moved;

    if (fstat(fd, &open_file) < 0 || open_file.st_size <= ROTATE_BYTES ||
        !S_ISREG(open_file.st_mode))
        return fd;
    if (flock(fd, LOCK_EX) < 0)
        return fd;
    is_moved = stat(path, &named) < 0 || named.st_ino != open_file.st_ino ||
               named.st_dev != open_file.st_dev;
    if (!is_moved)
        is_moved = rename(path, old_path) == 0;
    (void)flock(fd, LOCK_UN);
    if (!is_moved)
        return fd; /* a long log is better than none */
    close(fd);
    return open_append(path);
}

gboolean log_open(const char *path, const char *who, GError **error)
{
    int fd = path != NULL ? open_append(path) : STDERR_FILENO;

    if (fd >= 0 && path != NULL)
        fd = rotate(fd, path);
    if (fd < 0) {
        int saved = errno;
        g_autofree char *name = text_safe(path, -1, 200);

        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot open the log %s: %s"),
                    name, g_strerror(saved));
        return FALSE;
    }
    if (log_state.fd != STDERR_FILENO)
        close(log_state.fd);
    log_state.fd = fd;
    g_strlcpy(log_state.who, who, sizeof log_state.who);
    return TRUE;
}

void log_set_level(enum log_level level)
{
    log_state.level = level;
}

void log_write(enum log_level level, const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *safe = NULL;
    g_autofree char *time = NULL;
    g_autofree char *line = NULL;
    gssize done;
    va_list args;

    if (level < log_state.level)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    safe = text_safe(text, -1, TEXT_MAX_CHARS);
    time = clock_format_utc(clock_wall_us());
    line = g_strdup_printf("%s %s %s[%ld] %s\n", time, log_level_name(level), log_state.who,
                           (long)getpid(), safe);
    do
        done = write(log_state.fd, line, strlen(line));
    while (done < 0 && errno == EINTR);
    /* Nothing can be done about a full disk here, and the ledger does not depend on the log. */
}
