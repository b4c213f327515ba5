/*
 * One short file that says which message is in hand: "DEATHS MAILBOX UID", or "-". After a first
 * death it is not yet known which of a batch it was, so from then on they are taken singly.
 */
#include "config.h"

#include "worker/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define LINE_BYTES 512
#define CAREFUL_FOR 200 /* messages after a death */
#define NONE '-'

struct guard {
    int fd; /* -1: none */
    int careful_left;
    char *suspect; /* owned; "MAILBOX UID"; NULL: none */
    int deaths;    /* with that one in hand */
};

static void write_line(const struct guard *g, const char *text)
{
    char line[LINE_BYTES];
    memset(line, 0, sizeof line);
    g_strlcpy(line, text, sizeof line);
    ssize_t n = g->fd < 0 ? 0 : pwrite(g->fd, line, sizeof line, 0);
    if (n < 0) /* a full disk: whatever is in hand cannot be stored either */
        log_debug("guard: %s", g_strerror(errno));
}

/* What was in hand when the last one died. */
static void read_line(struct guard *g)
{
    char line[LINE_BYTES + 1] = {0}, *rest = NULL;
    ssize_t n = pread(g->fd, line, LINE_BYTES, 0);
    if (n <= 0 || line[0] == NONE || !line[0])
        return;
    gint64 deaths = g_ascii_strtoll(line, &rest, 10);
    g->careful_left = CAREFUL_FOR;
    g->deaths = (int)CLAMP(deaths, 0, GUARD_DEATHS);
    g->suspect = *rest == ' ' ? g_strdup(rest + 1) : NULL;
}

struct guard *guard_open(const char *path)
{
    struct guard *g = g_new0(struct guard, 1);
    g->fd = path ? open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    if (path && g->fd < 0)
        log_debug("guard %s: %s", path, g_strerror(errno));
    if (g->fd >= 0)
        read_line(g);
    return g;
}

void guard_free(struct guard *g)
{
    if (!g)
        return;
    guard_end(g);
    if (g->fd >= 0)
        close(g->fd);
    g_free(g->suspect);
    g_free(g);
}

gboolean guard_is_careful(const struct guard *g)
{
    return g->careful_left > 0;
}

gboolean guard_begin(struct guard *g, gint64 mailbox_id, const char *uid)
{
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT " %s", mailbox_id, uid);
    /* In a batch it may have been another one. */
    gboolean is_suspect = g->careful_left > 0 && g_strcmp0(name, g->suspect) == 0;
    int deaths = is_suspect ? g->deaths : 0;
    if (deaths >= GUARD_DEATHS)
        return FALSE;
    g_autofree char *line = g_strdup_printf("%d %s", deaths + 1, name);
    write_line(g, line);
    g->careful_left = MAX(0, g->careful_left - 1);
    return TRUE;
}

void guard_end(struct guard *g)
{
    write_line(g, "-");
}
