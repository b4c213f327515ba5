/*
 * crier log: the lines of the workspace's log, the last ones or as they come. Writing it is
 * base/log's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"

#define DEFAULT_LINES 50
#define MAX_LINES 1000000
#define MAX_LINE_BYTES 65536
#define READ_BYTES 65536

struct filter {
    gint64 since_us; /* 0: no limit */
    int level;       /* -1: every one */
};

/* "TIME LEVEL WHO[PID] TEXT": a line of another shape always passes. */
static gboolean passes(const struct filter *f, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    gint64 at_us;
    enum log_level level;
    if (g_strv_length(words) < 3)
        return TRUE;
    if (f->since_us > 0 && clock_parse_utc(words[0], &at_us, NULL) && at_us < f->since_us)
        return FALSE;
    return f->level < 0 || !log_level_parse(words[1], &level) || (int)level >= f->level;
}

static void put_line(const char *line)
{
    g_autofree char *safe = text_safe(line, -1, 0);
    puts(safe);
}

/* ---- reading ---- */

struct reading {
    int fd; /* -1: there is no log yet */
    const char *path;
    GString *part; /* an unfinished line */
    struct filter filter;
    GQueue *last; /* of char *, at most `keep`; NULL: lines go out at once */
    guint keep;
};

static void take_line(struct reading *r, const char *line)
{
    if (!passes(&r->filter, line))
        return;
    if (!r->last) {
        put_line(line);
        return;
    }
    g_queue_push_tail(r->last, g_strdup(line));
    if (g_queue_get_length(r->last) > r->keep)
        g_free(g_queue_pop_head(r->last));
}

static void take_bytes(struct reading *r, const char *data, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (data[i] != '\n' && r->part->len < MAX_LINE_BYTES) {
            g_string_append_c(r->part, data[i]);
            continue;
        }
        take_line(r, r->part->str);
        g_string_truncate(r->part, 0);
    }
}

static gboolean read_to_end(struct reading *r, GError **error)
{
    char data[READ_BYTES];
    gssize n = 0;
    if (r->fd < 0)
        r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (r->fd < 0 && errno == ENOENT)
        return TRUE;
    while (r->fd >= 0 && (n = read(r->fd, data, sizeof data)) > 0)
        take_bytes(r, data, (gsize)n);
    if (r->fd >= 0 && n == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be read: %s"), r->path,
                g_strerror(errno));
    return FALSE;
}

/* The log moved to PATH.1 when it was opened anew: the next read is of the new file. */
static void notice_rotation(struct reading *r)
{
    struct stat open_one, named;
    if (r->fd < 0 || fstat(r->fd, &open_one) != 0 || stat(r->path, &named) != 0)
        return;
    if (open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev)
        return;
    close(r->fd);
    r->fd = -1;
}

static gboolean follow(struct reading *r, const char *dir, GError **error)
{
    char events[4096];
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 || inotify_add_watch(watch, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be watched: %s"),
                    dir, g_strerror(errno));
        if (watch >= 0)
            close(watch);
        return FALSE;
    }
    gboolean ok = TRUE;
    while (ok && fflush(stdout) == 0) {
        struct pollfd p = {.fd = watch, .events = POLLIN};
        ok = read_to_end(r, error);
        notice_rotation(r);
        ok = ok && read_to_end(r, error) && fflush(stdout) == 0;
        if (!ok || poll(&p, 1, -1) < 0)
            break;
        while (read(watch, events, sizeof events) > 0)
            ;
    }
    close(watch);
    return ok;
}

/* ---- the verb ---- */

static gboolean read_since(const char *text, gint64 *ret_us, GError **error)
{
    gint64 span_s;
    if (clock_parse_span(text, &span_s, NULL)) {
        *ret_us = clock_wall_us() - span_s * CLOCK_SECOND_US;
        return TRUE;
    }
    if (clock_parse_utc(text, ret_us, NULL))
        return TRUE;
    g_autofree char *safe = text_safe(text, -1, 40);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("--since '%s': it must be a time like 2027-03-01T08:00:00Z or a span like 2h"), safe);
    return FALSE;
}

static gboolean read_filter(const struct cmd_context *c, struct filter *ret, GError **error)
{
    const char *since = cmd_option(c, "since"), *name = cmd_option(c, "level");
    enum log_level level;
    ret->level = -1;
    if (since && !read_since(since, &ret->since_us, error))
        return FALSE;
    if (!name)
        return TRUE;
    if (!log_level_parse(name, &level)) {
        g_autofree char *safe = text_safe(name, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--level '%s': it must be debug, info, notice, warning or error"), safe);
        return FALSE;
    }
    ret->level = (int)level;
    return TRUE;
}

/* The last lines that pass go out; from then on lines go out as they are read. */
static gboolean show_last(struct reading *r, GError **error)
{
    r->last = g_queue_new();
    gboolean ok = read_to_end(r, error);
    for (GList *l = r->last->head; ok && l; l = l->next)
        put_line(l->data);
    g_queue_free_full(r->last, g_free);
    r->last = NULL;
    return ok;
}

int cmd_log(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n;
    struct reading r = {.fd = -1, .path = c->ws->log_path};
    gint64 fallback = cmd_has(c, "since") ? MAX_LINES : DEFAULT_LINES;
    if (!cmd_option_int(c, "lines", 0, MAX_LINES, fallback, &n, &error) ||
        !read_filter(c, &r.filter, &error))
        return cmd_fail(error);
    r.keep = (guint)n;
    r.part = g_string_new(NULL);
    gboolean ok =
        show_last(&r, &error) && (!cmd_has(c, "follow") || follow(&r, c->ws->dir, &error));
    if (r.fd >= 0)
        close(r.fd);
    g_string_free(r.part, TRUE);
    return ok ? 0 : cmd_fail(error);
}
