/*
 * A few visitors at once, each with little time and little to say, so that nobody who knocks
 * and stays keeps the one away who is waited for.
 */
#include "config.h"

#include "net/doorbell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define VISITORS_MAX 16
#define PATIENCE_US (5 * CLOCK_SECOND_US)
#define HEAD_MAX 4096
#define ADDRESS_MAX 100 /* characters of a header that is told */

struct visitor {
    int fd;
    gint64 until_us; /* monotonic */
    char *from;
    GString *head;
};

struct doorbell {
    int fd;
    struct visitor visitors[VISITORS_MAX];
    guint n;
};

void doorbell_visit_clear(struct doorbell_visit *v)
{
    g_free(v->from);
    g_free(v->forwarded);
    *v = (struct doorbell_visit){0};
}

struct doorbell *doorbell_open(const struct binding *b, GError **error)
{
    int fd = -1, why = binding_listen(b, &fd);
    g_autofree char *text = binding_text(b);
    if (why != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s cannot be listened on: %s"),
                    text, error_why(why));
        return NULL;
    }
    struct doorbell *d = g_new0(struct doorbell, 1);
    d->fd = fd;
    return d;
}

static void dismiss(struct doorbell *d, guint i)
{
    struct visitor *v = &d->visitors[i];
    close(v->fd);
    g_free(v->from);
    g_string_free(v->head, TRUE);
    d->visitors[i] = d->visitors[--d->n];
}

void doorbell_close(struct doorbell *d)
{
    if (!d)
        return;
    while (d->n > 0)
        dismiss(d, 0);
    close(d->fd);
    g_free(d);
}

/* IPv4 that came in over IPv6 is told as what it is. */
static char *address_text(const struct sockaddr_storage *s)
{
    char text[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)s;
    if (s->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)s)->sin_addr, text, sizeof text);
    else if (s->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
        inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof text);
    else if (s->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
    return g_strdup(text);
}

static void let_in(struct doorbell *d)
{
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof from;
    int fd = accept4(d->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (d->n == VISITORS_MAX) {
        close(fd);
        return;
    }
    d->visitors[d->n++] = (struct visitor){.fd = fd,
                                           .until_us = clock_mono_us() + PATIENCE_US,
                                           .from = address_text(&from),
                                           .head = g_string_new(NULL)};
}

/* ---- what it asks for ---- */

static void answer(int fd, const char *status, const char *page)
{
    g_autofree char *text =
        g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                        status, strlen(page), page);
    /* So short that it fits into what the kernel keeps; who is gone already does not read it.
     */
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        g_debug("doorbell: %s", g_strerror(errno));
}

static char *forwarded_for(const char *head)
{
    g_auto(GStrv) lines = g_strsplit(head, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_ascii_strncasecmp(*line, "X-Forwarded-For:", 16) != 0)
            continue;
        g_auto(GStrv) parts = g_strsplit(*line + 16, ",", 2);
        return text_safe(g_strstrip(parts[0]), -1, ADDRESS_MAX);
    }
    return NULL;
}

/* Its request is whole, or longer than any that is waited for. */
static gboolean is_wanted(struct visitor *v, const char *token, const char *page,
                          struct doorbell_visit *ret)
{
    gsize line = strcspn(v->head->str, "\r\n");
    if (!g_strstr_len(v->head->str, (gssize)line, token)) {
        answer(v->fd, "404 Not Found", "crier: there is nothing here.\n");
        return FALSE;
    }
    answer(v->fd, "200 OK", page);
    ret->from = g_steal_pointer(&v->from);
    ret->forwarded = forwarded_for(v->head->str);
    return TRUE;
}

enum hearing { MORE, WHOLE, GONE };

static enum hearing hear(struct visitor *v)
{
    char piece[HEAD_MAX];
    ssize_t n = recv(v->fd, piece, sizeof piece, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return MORE;
    if (n <= 0)
        return GONE;
    for (ssize_t i = 0; i < n; i++)
        if (piece[i] == '\0')
            return GONE; /* no HTTP */
    g_string_append_len(v->head, piece, n);
    gboolean is_whole = strstr(v->head->str, "\r\n\r\n") || strstr(v->head->str, "\n\n");
    return is_whole || v->head->len > HEAD_MAX ? WHOLE : MORE;
}

gboolean doorbell_wait(struct doorbell *d, const char *token, const char *page,
                       gint64 deadline_us, struct doorbell_visit *ret)
{
    for (;;) {
        struct pollfd fds[VISITORS_MAX + 1] = {{.fd = d->fd, .events = POLLIN}};
        gint64 now_us = clock_mono_us(), until_us = deadline_us;
        if (now_us >= deadline_us)
            return FALSE;
        for (guint i = d->n; i-- > 0;)
            if (now_us >= d->visitors[i].until_us)
                dismiss(d, i);
        for (guint i = 0; i < d->n; i++) {
            fds[i + 1] = (struct pollfd){.fd = d->visitors[i].fd, .events = POLLIN};
            until_us = MIN(until_us, d->visitors[i].until_us);
        }
        guint n = d->n;
        if (poll(fds, n + 1, (int)((until_us - now_us) / 1000) + 1) < 0 && errno != EINTR)
            return FALSE;
        for (guint i = n; i-- > 0;) {
            enum hearing heard = fds[i + 1].revents ? hear(&d->visitors[i]) : MORE;
            gboolean is_it = heard == WHOLE && is_wanted(&d->visitors[i], token, page, ret);
            if (heard != MORE)
                dismiss(d, i);
            if (is_it)
                return TRUE;
        }
        if (fds[0].revents)
            let_in(d);
    }
}
