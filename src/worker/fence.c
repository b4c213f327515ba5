/*
 * What the send role needs of what it will not be able to get later: the ports and certificates
 * of its servers. When one is missing the role ends, once its messages in hand are through, and
 * the supervisor starts it anew. How rights are given up is harden.c's.
 */
#include "config.h"

#include "worker/sender.h"

#include "base/log.h"
#include "store/servers.h"
#include "worker/harden.h"

gboolean fence_raise(struct sender *s, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(s->db, error);
    if (!all)
        return FALSE;
    s->harden = harden_new(harden_rights_of("send"), s->ws->dir);
    for (guint i = 0; i < all->len; i++) {
        const struct server *record = all->pdata[i];
        struct hostport endpoint = {0};
        /* A record that is no good is told about when it is used. */
        if (server_endpoint(record, &endpoint, NULL))
            harden_add_port(s->harden, endpoint.port);
        harden_add_readable(s->harden, record->ca_file);
        hostport_clear(&endpoint);
    }
    s->hardened = harden_apply(s->harden);
    return TRUE;
}

gboolean fence_lets(struct sender *s, const struct server *record, guint16 port)
{
    if (harden_covers(s->harden, port, record->ca_file))
        return TRUE;
    if (!s->must_start_anew)
        log_info("server %s: its port or ca_file came after this role gave up the right to new"
                 " ones; the role is started anew",
                 record->name);
    s->must_start_anew = TRUE;
    return FALSE;
}

void fence_look(struct sender *s)
{
    if (s->must_start_anew || harden_is_current(s->harden))
        return;
    log_info("files of this system that the role may read were replaced; the role is started"
             " anew");
    s->must_start_anew = TRUE;
}
