/*
 * Datagrams "ask ID", "give ID SECRET", "fail ID WHY". Nothing here decides anything.
 */
#include "config.h"

#include "worker/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/i18n.h"

gboolean link_pair(int ret_fds[2], GError **error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) == 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make a socket pair: %s"),
                g_strerror(errno));
    return FALSE;
}

gboolean link_ask_secret(int fd, gint64 server_id)
{
    char text[40];
    int n = g_snprintf(text, sizeof text, "ask %" G_GINT64_FORMAT, server_id);
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

int link_next_request(int fd, gint64 *ret_server_id)
{
    char buffer[LINK_MAX_BYTES + 1];
    gssize n = receive(fd, buffer);
    if (n <= 0)
        return (int)n;
    if (!g_str_has_prefix(buffer, "ask "))
        return -1;
    *ret_server_id = g_ascii_strtoll(buffer + 4, NULL, 10);
    return 1;
}

void link_give_secret(int fd, gint64 server_id, const char *secret, const char *why)
{
    g_autofree char *text =
        g_strdup_printf("%s %" G_GINT64_FORMAT " %s", secret ? "give" : "fail", server_id,
                        secret ? secret : why);
    gsize len = MIN(strlen(text), LINK_MAX_BYTES);
    /* A role that does not read any more is about to end: nothing is lost. */
    ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
    (void)sent;
    explicit_bzero(text, len);
}

int link_next_answer(int fd, gint64 *ret_server_id, char **ret_secret, char **ret_why)
{
    char buffer[LINK_MAX_BYTES + 1];
    gssize n = receive(fd, buffer);
    if (n <= 0)
        return (int)n;
    char *rest = NULL;
    gboolean is_given = g_str_has_prefix(buffer, "give ");
    if ((!is_given && !g_str_has_prefix(buffer, "fail ")))
        return -1;
    *ret_server_id = g_ascii_strtoll(buffer + 5, &rest, 10);
    rest += *rest == ' ';
    *ret_secret = is_given ? g_strdup(rest) : NULL;
    *ret_why = is_given ? NULL : g_strdup(rest);
    explicit_bzero(buffer, sizeof buffer);
    return 1;
}
