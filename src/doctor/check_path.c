/*
 * Check 11: the quality of the way, by the connection that was opened: how large its packets
 * may be and who limits them, how long a round trip takes, what was lost, what the other side
 * takes at a time.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include "base/i18n.h"
#include "doctor/mtu.h"
#include "doctor/way.h"
#include "net/netlink.h"

#define WAIT_MS 250  /* and two round trips */
#define LIMITS_MAX 4 /* routers one behind the other, each with a smaller size */

/* What the first wire takes. The kernel may remember a smaller size from before, and who said
 * so is to be known as well. */
static int wire_mtu(const char *device, int mtu)
{
    struct netlink *n = netlink_open(NULL);
    GArray *links = n ? netlink_links(n, NULL) : NULL;
    for (guint i = 0; links && i < links->len; i++) {
        const struct netlink_link *l = &g_array_index(links, struct netlink_link, i);
        if (g_strcmp0(l->name, device) == 0)
            mtu = MAX(mtu, l->mtu);
    }
    g_clear_pointer(&links, g_array_unref);
    netlink_close(n);
    return mtu;
}

/* Who limits the size, one after the other until a packet passes or nobody says a word. */
static void find_limit(struct path_seen *s, int wait_ms)
{
    for (int i = 0; i < LIMITS_MAX; i++) {
        struct pathinfo_answer a;
        if (!pathinfo_ask_size(s->address, s->mtu, wait_ms, &a))
            return;
        s->is_proven = a.size == PATHINFO_PASSES;
        if (a.size != PATHINFO_LIMITED || a.mtu < 68 || a.mtu >= s->mtu)
            return;
        s->mtu = a.mtu;
        g_strlcpy(s->limit, a.from, sizeof s->limit);
    }
}

void doctor_check_path(struct doctor *d, struct doctor_finding *f)
{
    const struct way *w = d->facts.way;
    struct path_seen seen = {.address = w->address};
    if (w->is_loopback) {
        doctor_pass(
            f, g_strdup_printf(_("%s is this machine: nothing is in between"), w->address));
        return;
    }
    if (w->fd < 0 || !pathinfo_read(w->fd, &seen.info) || seen.info.mtu <= 0) {
        doctor_pass(f,
                    g_strdup(_("not looked at: the kernel tells nothing of the connection")));
        return;
    }
    seen.own_mtu = seen.mtu = wire_mtu(w->device, seen.info.mtu);
    find_limit(&seen, WAIT_MS + (int)(2 * seen.info.rtt_us / 1000));
    /* What was not told now may be known from before. */
    seen.mtu = seen.is_proven ? seen.mtu : MIN(seen.mtu, seen.info.mtu);
    mtu_judge_path(&seen, f);
}
