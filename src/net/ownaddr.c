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

static struct ownaddr *of_v4(const struct ifaddrs *i)
{
    const struct in_addr *a = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
    char text[INET_ADDRSTRLEN];
    struct ownaddr *own = g_new0(struct ownaddr, 1);
    own->text = g_strdup(inet_ntop(AF_INET, a, text, sizeof text));
    own->is_loopback = ntohl(a->s_addr) >> 24 == 127;
    own->is_link_local = ntohl(a->s_addr) >> 16 == 0xa9fe;
    return own;
}

static struct ownaddr *of_v6(const struct ifaddrs *i)
{
    const struct in6_addr *a =
        &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
    char text[INET6_ADDRSTRLEN];
    struct ownaddr *own = g_new0(struct ownaddr, 1);
    own->text = g_strdup(inet_ntop(AF_INET6, a, text, sizeof text));
    own->is_v6 = TRUE;
    own->is_loopback = IN6_IS_ADDR_LOOPBACK(a);
    own->is_link_local = IN6_IS_ADDR_LINKLOCAL(a);
    return own;
}

static int rank(const struct ownaddr *a)
{
    return 4 * a->is_loopback + 2 * a->is_link_local + a->is_v6;
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
        struct ownaddr *own = family == AF_INET ? of_v4(i) : family == AF_INET6 ? of_v6(i) : NULL;
        if (!own)
            continue;
        own->device = g_strdup(i->ifa_name);
        insert(all, own);
    }
    freeifaddrs(list);
    return all;
}

const char *ownaddr_first(const GPtrArray *all, gboolean is_v6)
{
    for (guint i = 0; i < all->len; i++) {
        const struct ownaddr *a = all->pdata[i];
        if (!a->is_loopback && !a->is_link_local && a->is_v6 == is_v6)
            return a->text;
    }
    return NULL;
}
