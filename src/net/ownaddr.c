/*
 * Which addresses this machine has. Not for judging them: what kind one is, and which one is
 * used towards a host, are others' questions.
 */
#include "config.h"

#include "net/ownaddr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void ownaddr_free(gpointer data)
{
    struct ownaddr *a = data;
    g_free(a->device);
    g_free(a->text);
    g_free(a);
}

static char *address_text(const struct sockaddr *a)
{
    char text[INET6_ADDRSTRLEN];
    const void *bytes = a->sa_family == AF_INET
                            ? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
                            : &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    return g_strdup(inet_ntop(a->sa_family, bytes, text, sizeof text));
}

/* From the farthest to the nearest that can reach it. */
static int rank(const struct ownaddr *a)
{
    static const int of_kind[IPKIND_COUNT] = {
        [IPKIND_PUBLIC] = 0,     [IPKIND_EXAMPLE] = 0,    [IPKIND_TRANSITION] = 1,
        [IPKIND_CARRIER] = 2,    [IPKIND_PRIVATE] = 3,    [IPKIND_LINK_LOCAL] = 5,
        [IPKIND_LOOPBACK] = 6,   [IPKIND_MULTICAST] = 7,  [IPKIND_RESERVED] = 4,
        [IPKIND_UNSPECIFIED] = 7,
    };
    return 2 * of_kind[a->kind] + a->is_v6;
}

/* Stable: in the system's order otherwise. */
static void insert(GPtrArray *all, struct ownaddr *own)
{
    guint at = all->len;
    while (at > 0 && rank(all->pdata[at - 1]) > rank(own))
        at--;
    g_ptr_array_insert(all, (int)at, own);
}

GPtrArray *ownaddr_all(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(ownaddr_free);
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) != 0)
        return all;
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
            continue;
        int family = i->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6)
            continue;
        struct ownaddr *own = g_new0(struct ownaddr, 1);
        own->device = g_strdup(i->ifa_name);
        own->text = address_text(i->ifa_addr);
        own->is_v6 = family == AF_INET6;
        ipkind_of(own->text, &own->kind, NULL);
        insert(all, own);
    }
    freeifaddrs(list);
    return all;
}

static gboolean is_reached(const struct ownaddr *a)
{
    gboolean is_near = a->kind == IPKIND_LOOPBACK || a->kind == IPKIND_LINK_LOCAL;
    return !is_near && !(a->is_v6 && a->kind == IPKIND_PRIVATE);
}

const char *ownaddr_first(const GPtrArray *all, gboolean is_v6)
{
    for (guint i = 0; i < all->len; i++) {
        const struct ownaddr *a = all->pdata[i];
        if (a->is_v6 == is_v6 && is_reached(a))
            return a->text;
    }
    return NULL;
}
