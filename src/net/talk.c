/*
 * Lines over a socket of our own. What they mean is the caller's.
 */
#include "config.h"

#include "net/talk.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"

struct talk {
    int fd;
    GString *in; /* owned; received and not yet given out */
    gboolean is_ended, is_lost;
};

/* False: the deadline passed. */
static gboolean wait_for(int fd, short events, gint64 deadline_us)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        gint64 left_us = deadline_us - clock_mono_us();
        int n = poll(&p, 1, left_us > 0 ? (int)MIN(left_us / 1000 + 1, G_MAXINT) : 0);
        if (n > 0)
            return TRUE;
        if (n == 0 || errno != EINTR)
            return FALSE;
    }
}

/* 0 or an errno. ECONNRESET: there was a connection, and it is broken off already. */
static int connect_to(const struct addrinfo *a, gint64 deadline_us, int *ret_fd)
{
    int problem = 0;
    socklen_t len = sizeof problem;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
        problem = errno;
    if (problem == EINPROGRESS) {
        problem = ETIMEDOUT;
        if (wait_for(fd, POLLOUT, deadline_us) &&
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len) != 0)
            problem = errno;
    }
    if (problem == 0 || problem == ECONNRESET)
        *ret_fd = fd;
    else
        close(fd);
    return problem;
}

struct talk *talk_open(const char *host, guint16 port, gint64 deadline_us, GError **error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    char service[8];
    int fd = -1, problem = 0;
    g_snprintf(service, sizeof service, "%u", port);
    int code = getaddrinfo(host, service, &hints, &all);
    for (const struct addrinfo *a = all; code == 0 && a && fd < 0; a = a->ai_next)
        problem = connect_to(a, deadline_us, &fd);
    if (all)
        freeaddrinfo(all);
    if (fd < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("no connection: %s"),
                    code != 0 ? gai_strerror(code) : g_strerror(problem));
        return NULL;
    }
    struct talk *t = g_new0(struct talk, 1);
    t->fd = fd;
    t->is_lost = problem == ECONNRESET; /* told with the end, behind what it still said */
    t->in = g_string_new(NULL);
    return t;
}

void talk_free(struct talk *t)
{
    if (!t)
        return;
    close(t->fd);
    g_string_free(t->in, TRUE);
    g_free(t);
}

gboolean talk_say(struct talk *t, const char *line, gint64 deadline_us)
{
    g_autofree char *data = g_strconcat(line, "\r\n", NULL);
    gsize at = 0, len = strlen(data);
    while (at < len) {
        gssize n = send(t->fd, data + at, len - at, MSG_NOSIGNAL);
        if (n >= 0)
            at += (gsize)n;
        else if (errno != EINTR && errno != EAGAIN)
            return FALSE;
        else if (!wait_for(t->fd, POLLOUT, deadline_us))
            return FALSE;
    }
    return TRUE;
}

/* One read; false: there is no more to wait for. */
static gboolean receive(struct talk *t)
{
    char buffer[4096];
    gssize n = recv(t->fd, buffer, sizeof buffer, 0);
    if (n > 0)
        g_string_append_len(t->in, buffer, n);
    else if (n == 0)
        t->is_ended = TRUE;
    else if (errno != EAGAIN && errno != EINTR)
        t->is_ended = t->is_lost = TRUE;
    return !t->is_ended;
}

/* A whole line, or as much as is no line. */
static gboolean take(struct talk *t, GString *to, enum talk_heard *ret)
{
    const char *end = memchr(t->in->str, '\n', t->in->len);
    gsize len = end ? (gsize)(end - t->in->str) + 1 : t->in->len;
    gboolean is_binary = memchr(t->in->str, '\0', MIN(len, TALK_MAX_LINE)) != NULL;
    if (!end && !is_binary && len <= TALK_MAX_LINE && !t->is_ended)
        return FALSE;
    *ret = is_binary || len > TALK_MAX_LINE ? TALK_ENDLESS
           : end                            ? TALK_LINE
           : t->is_lost                     ? TALK_LOST
                                            : TALK_CLOSED;
    g_string_append_len(to, t->in->str, (gssize)MIN(len, TALK_MAX_LINE));
    g_string_erase(t->in, 0, (gssize)len);
    while (to->len > 0 && strchr("\r\n", to->str[to->len - 1]) && *ret == TALK_LINE)
        g_string_truncate(to, to->len - 1);
    return TRUE;
}

enum talk_heard talk_hear(struct talk *t, gint64 deadline_us, GString *ret_line)
{
    enum talk_heard heard;
    g_string_truncate(ret_line, 0);
    while (!take(t, ret_line, &heard)) {
        if (!wait_for(t->fd, POLLIN, deadline_us))
            return TALK_SILENT;
        receive(t);
    }
    return heard;
}

const GString *talk_rest(const struct talk *t)
{
    return t->in;
}
