/*
 * Datagrams "ask ID [fresh]", "give ID LIFE SECRET", "fail ID WHY". Nothing here decides
 * anything.
 */
#include "config.h"

#include "worker/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/process.h"

gboolean link_pair(int ret_fds[2], GError **error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make a socket pair: %s"),
                g_strerror(errno));
    return FALSE;
}

gboolean link_ask_secret(int fd, gint64 server_id, gboolean fresh)
{
    char text[48];
    int n = g_snprintf(text, sizeof text, "ask %" G_GINT64_FORMAT "%s", server_id,
                       fresh ? " fresh" : "");
    return send(fd, text, (gsize)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n;
}

/* One datagram with a NUL behind it: its length, 0 end of file, -1 nothing there. */
static gssize receive(int fd, char *buffer)
{
    gssize n;
    do
        n = recv(fd, buffer, LINK_MAX_BYTES, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    buffer[n] = '\0';
    return n;
}

int link_next_request(int fd, gint64 *ret_server_id, gboolean *ret_fresh)
{
    char buffer[LINK_MAX_BYTES + 1], *rest = NULL;
    gssize n = receive(fd, buffer);
    if (n <= 0)
        return (int)n;
    if (!g_str_has_prefix(buffer, "ask "))
        return -1;
    *ret_server_id = g_ascii_strtoll(buffer + 4, &rest, 10);
    *ret_fresh = strcmp(rest, " fresh") == 0;
    return 1;
}

/* Takes and wipes `text`. */
static void give(int fd, char *text)
{
    gsize len = strlen(text);
    /* A role that does not read any more is about to end: nothing is lost. */
    ssize_t sent = send(fd, text, MIN(len, LINK_MAX_BYTES), MSG_NOSIGNAL);
    (void)sent;
    process_wipe(text);
}

void link_give_failure(int fd, gint64 server_id, const char *why)
{
    give(fd, g_strdup_printf("fail %" G_GINT64_FORMAT " %s", server_id, why));
}

void link_give_secret(int fd, gint64 server_id, const char *secret, gint64 life_s)
{
    char *text = g_strdup_printf("give %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", server_id,
                                 life_s, secret);
    if (strlen(text) <= LINK_MAX_BYTES) {
        give(fd, text);
        return;
    }
    process_wipe(text); /* a part of a secret is a wrong one */
    link_give_failure(fd, server_id, _("the password or token is too long"));
}

void link_answer_clear(struct link_answer *a)
{
    process_wipe(a->secret);
    g_free(a->why);
    *a = (struct link_answer){0};
}

int link_next_answer(int fd, struct link_answer *ret)
{
    char buffer[LINK_MAX_BYTES + 1];
    gssize n = receive(fd, buffer);
    if (n <= 0)
        return (int)n;
    char *rest = NULL;
    gboolean is_given = g_str_has_prefix(buffer, "give ");
    if (!is_given && !g_str_has_prefix(buffer, "fail "))
        return -1;
    *ret = (struct link_answer){.server_id = g_ascii_strtoll(buffer + 5, &rest, 10)};
    if (is_given)
        ret->life_s = g_ascii_strtoll(rest, &rest, 10);
    rest += *rest == ' ';
    if (is_given)
        ret->secret = g_strdup(rest);
    else
        ret->why = g_strdup(rest);
    explicit_bzero(buffer, sizeof buffer);
    return 1;
}
