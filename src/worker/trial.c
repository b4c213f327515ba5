/*
 * The same rights as the roles: ports and certificates of all records, then harden_apply().
 * What is tried afterwards is the little that a connection begins with; TLS and login need no
 * further right.
 */
#include "config.h"

#include "worker/trial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/mailboxes.h"
#include "store/servers.h"
#include "worker/harden.h"

static gboolean add_servers(struct harden *h, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct server *s = all->pdata[i];
        struct hostport at = {0};
        if (server_endpoint(s, &at, NULL))
            harden_add_port(h, at.port);
        harden_add_readable(h, s->ca_file);
        hostport_clear(&at);
    }
    return all != NULL;
}

static gboolean add_mailboxes(struct harden *h, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox *m = all->pdata[i];
        struct hostport at = {0};
        if (mailbox_endpoint(m, &at, NULL))
            harden_add_port(h, at.port);
        harden_add_readable(h, m->ca_file);
        hostport_clear(&at);
    }
    return all != NULL;
}

/* Why not; NULL: it is up. */
static char *try_address(const struct addrinfo *at)
{
    int problem = 0;
    socklen_t len = sizeof problem;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (fd < 0)
        return g_strdup(g_strerror(errno));
    if (connect(fd, at->ai_addr, at->ai_addrlen) < 0)
        problem = errno;
    if (problem == EINPROGRESS) {
        problem = poll(&p, 1, TRIAL_WAIT_MS) == 1 ? 0 : ETIMEDOUT;
        if (problem == 0)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len);
    }
    close(fd);
    return problem != 0 ? g_strdup(g_strerror(problem)) : NULL;
}

static char *try_connection(const struct hostport *to)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM,
                            .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    g_autofree char *port = g_strdup_printf("%u", to->port);
    int rc = getaddrinfo(to->host, port, &want, &found);
    if (rc != 0)
        return g_strdup(gai_strerror(rc));
    char *why = try_address(found);
    freeaddrinfo(found);
    return why;
}

static char *try_name(const char *name)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(name, NULL, &want, &found);
    if (rc == 0)
        freeaddrinfo(found);
    return rc == 0 ? NULL : g_strdup(rc == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(rc));
}

gboolean trial_run(const struct workspace *ws, struct db *db, const char *role,
                   const struct hostport *to, const char *name, struct trial *ret,
                   GError **error)
{
    struct harden *h = harden_new(harden_rights_of(role), ws->dir);
    gboolean is_ready =
        strcmp(role, "send") == 0 ? add_servers(h, db, error) : add_mailboxes(h, db, error);
    if (is_ready) {
        struct trial t = {.held = harden_apply(h)};
        t.names = name ? try_name(name) : NULL;
        t.connect = try_connection(to);
        *ret = t;
    }
    harden_free(h);
    return is_ready;
}

void trial_clear(struct trial *t)
{
    g_clear_pointer(&t->names, g_free);
    g_clear_pointer(&t->connect, g_free);
}
