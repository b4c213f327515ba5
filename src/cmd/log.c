/*
 * crier log: the lines of the workspace's log, the last ones or as they come. Finding them is
 * app/logtail's, writing them base/log's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "app/logtail.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"

#define DEFAULT_LINES 50
#define MAX_LINES 1000000
#define PAGE_LINES 1000

struct reading {
    struct logtail *tail;
    struct logtail_filter filter;
    gint64 at; /* what lies before was shown */
};

static void put_page(const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        puts(((const struct logtail_line *)g_ptr_array_index(lines, i))->line);
}

static void page_free(gpointer page)
{
    g_ptr_array_unref(page);
}

/* The last `keep` lines that pass, found from the end backwards. */
static gboolean show_last(struct reading *r, gint64 keep, GError **error)
{
    gint64 place = r->at = logtail_end(r->tail);
    g_autoptr(GPtrArray) pages = g_ptr_array_new_with_free_func(page_free);
    while (keep > 0 && place > logtail_begin(r->tail)) {
        GPtrArray *page = logtail_before(r->tail, place, (int)MIN(keep, PAGE_LINES), &r->filter,
                                         &place, error);
        if (!page)
            return FALSE;
        keep -= page->len;
        g_ptr_array_add(pages, page);
    }
    for (guint i = pages->len; i-- > 0;)
        put_page(g_ptr_array_index(pages, i));
    return TRUE;
}

/* ---- following ---- */

static gboolean show_new(struct reading *r, GError **error)
{
    for (gint64 before = -1; before != r->at;) {
        before = r->at;
        g_autoptr(GPtrArray) page =
            logtail_after(r->tail, r->at, PAGE_LINES, &r->filter, &r->at, error);
        if (!page)
            return FALSE;
        put_page(page);
    }
    return TRUE;
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
        ok = show_new(r, error) && fflush(stdout) == 0;
        if (!ok || poll(&p, 1, -1) < 0)
            break;
        while (read(watch, events, sizeof events) > 0)
            ;
    }
    close(watch);
    return ok;
}

/* ---- the verb ---- */

gboolean cmd_read_since(const char *text, gint64 *ret_us, GError **error)
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

static gboolean read_filter(const struct cmd_context *c, struct logtail_filter *ret,
                            GError **error)
{
    const char *since = cmd_option(c, "since"), *name = cmd_option(c, "level");
    enum log_level level;
    ret->level = -1;
    ret->campaign = cmd_option(c, "campaign");
    if (since && !cmd_read_since(since, &ret->since_us, error))
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

int cmd_log(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n;
    struct reading r = {0};
    gint64 fallback = cmd_has(c, "since") ? MAX_LINES : DEFAULT_LINES;
    if (!cmd_option_int(c, "lines", 0, MAX_LINES, fallback, &n, &error) ||
        !read_filter(c, &r.filter, &error) ||
        !(r.tail = logtail_open(c->ws->log_path, &error)))
        return cmd_fail(error);
    gboolean ok =
        show_last(&r, n, &error) && (!cmd_has(c, "follow") || follow(&r, c->ws->dir, &error));
    logtail_free(r.tail);
    return ok ? 0 : cmd_fail(error);
}
