/*
 * The sentences about the size of packets. Nothing is sent or asked here.
 */
#include "config.h"

#include "doctor/mtu.h"

#include <string.h>

#include "base/i18n.h"

#define TIMESTAMPS 12 /* octets in each packet, RFC 7323 */

static int headers_of(const char *address)
{
    return strchr(address, ':') ? 60 : 40; /* of IP and TCP */
}

static double milliseconds(gint64 us)
{
    return (double)us / 1000;
}

/* ---- the way ---- */

/* What a packet carries when the way takes `mtu` octets. */
static int mss_by(const struct path_seen *s, int mtu)
{
    return mtu - headers_of(s->address) - (s->info.has_timestamps ? TIMESTAMPS : 0);
}

static void show_path(const struct path_seen *s, int mss, struct doctor_finding *f)
{
    if (s->info.has_timestamps)
        doctor_evidence(f, _("MTU %d - %d (IP and TCP headers) - %d (timestamps) = %d octets"),
                        s->mtu, headers_of(s->address), TIMESTAMPS, mss_by(s, s->mtu));
    else
        doctor_evidence(f, _("MTU %d - %d (IP and TCP headers) = %d octets"), s->mtu,
                        headers_of(s->address), mss_by(s, s->mtu));
    if (mss < mss_by(s, s->mtu))
        doctor_evidence(f,
                        _("the other side, or a router in between, asked for packets of "
                          "%d octets at most (MSS)"),
                        mss);
    if (*s->limit)
        doctor_evidence(f, _("the first wire takes %d octets; %s says: %d at most"), s->own_mtu,
                        s->limit, s->mtu);
    else if (s->is_proven)
        doctor_evidence(f, _("a packet of %d octets got to the host"), s->mtu);
    else
        doctor_evidence(
            f, _("a packet of %d octets was met with silence, which proves nothing"), s->mtu);
    doctor_evidence(f, _("round trip %.1f ms, %u packets sent again, window %u octets"),
                    milliseconds(s->info.rtt_us), s->info.retransmissions, s->info.window);
}

void mtu_judge_path(const struct path_seen *s, struct doctor_finding *f)
{
    int mss = MIN(s->info.mss, mss_by(s, s->mtu));
    show_path(s, mss, f);
    /* Two packets under way are what a sender needs to go on without waiting. */
    if (s->info.window > 0 && (int)s->info.window < 2 * mss)
        doctor_say(f, DOCTOR_WARN, DOCTOR_SERVER, "window",
                   g_strdup_printf(_("%s takes only %u octets at a time: its receive window "
                                     "holds you back, at %.1f ms a round trip"),
                                   s->address, s->info.window, milliseconds(s->info.rtt_us)),
                   g_strdup(_("Who runs that server must give it a larger receive buffer.")));
    else if (s->info.retransmissions > 0)
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_NETWORK, "loss",
            g_strdup_printf(ngettext("%u packet was lost on the way to %s before anything was "
                                     "said",
                                     "%u packets were lost on the way to %s before anything "
                                     "was said",
                                     s->info.retransmissions),
                            s->info.retransmissions, s->address),
            g_strdup(_("Run the doctor again: if it stays so, look at the cable, the radio or "
                       "the line.")));
    else if (*s->limit)
        doctor_ok(f, g_strdup_printf(_("MTU %d, limited by %s; a packet carries %d octets of "
                                       "mail (MSS), and a round trip takes %.1f ms"),
                                     s->mtu, s->limit, mss, milliseconds(s->info.rtt_us)));
    else
        doctor_ok(f, g_strdup_printf(_("MTU %d; a packet carries %d octets of mail (MSS), and "
                                       "a round trip takes %.1f ms"),
                                     s->mtu, mss, milliseconds(s->info.rtt_us)));
}

/* ---- holes ---- */

static void show_holes(const struct mtu_seen *s, struct doctor_finding *f)
{
    doctor_evidence(
        f, _("%u octets at once, in packets of %d: %s (%.1f ms), sent again %u times"),
        s->sent_bytes, s->before.mss, s->is_acked ? _("arrived") : _("no receipt"),
        milliseconds(s->took_us), s->after.retransmissions - s->before.retransmissions);
    if (s->after.mtu > 0 && s->after.mtu < s->before.mtu)
        doctor_evidence(f, _("on the way it was said that %d octets are too many: MTU %d"),
                        s->before.mtu, s->after.mtu);
    doctor_evidence(f, _("%u octets came back"), s->got_bytes);
    if (s->after.window_limited_us > 0 || s->after.buffer_limited_us > 0)
        doctor_evidence(f,
                        _("held back %.1f ms by the window of the other side, %.1f ms by our "
                          "own buffer"),
                        milliseconds(s->after.window_limited_us),
                        milliseconds(s->after.buffer_limited_us));
}

static char *remedy(const struct mtu_seen *s)
{
    return g_strdup_printf(_("Set net.ipv4.tcp_mtu_probing=1 on this machine, or lower the MTU "
                             "of %s to 1280; who runs the network in between must let ICMP "
                             "\"%s\" pass, or clamp the MSS."),
                           s->device ? s->device : _("its interface"),
                           s->is_ipv6 ? "packet too big" : "fragmentation needed");
}

void mtu_judge_holes(const struct mtu_seen *s, struct doctor_finding *f)
{
    show_holes(s, f);
    if (!s->is_acked)
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_NETWORK, "mtu-hole",
            g_strdup_printf(_("small commands get to %s, but full-size packets vanish on "
                              "the way: a path MTU black hole"),
                            s->peer),
            remedy(s));
    else if (s->got_bytes == 0 && s->after.out_of_order > s->before.out_of_order)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_NETWORK, "mtu-hole-back",
                   g_strdup_printf(_("what %s sends in full-size packets vanishes on the way "
                                     "back: a path MTU black hole"),
                                   s->peer),
                   remedy(s));
    else if (s->got_bytes == 0)
        doctor_say(f, DOCTOR_WARN, DOCTOR_NETWORK, "mtu-back",
                   g_strdup_printf(_("full-size packets get to %s, but no answer to them came "
                                     "back: it is slow, or its own full-size packets vanish"),
                                   s->peer),
                   remedy(s));
    else if (s->after.mtu > 0 && s->after.mtu < s->before.mtu)
        doctor_ok(f, g_strdup_printf(_("full-size packets get to %s; the way told the right "
                                       "size, %d octets"),
                                     s->peer, s->after.mtu));
    else if ((int)s->got_bytes >= s->after.mss)
        doctor_ok(f, g_strdup_printf(_("full-size packets get to %s and back"), s->peer));
    else
        doctor_ok(f, g_strdup_printf(_("full-size packets get to %s"), s->peer));
}
