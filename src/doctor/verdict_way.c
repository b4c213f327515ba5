/*
 * Verdicts about the way to the host and about its other doors. What the end of the connection
 * means is verdict.c's.
 */
#include "config.h"

#include "doctor/verdict_private.h"

#include "base/i18n.h"

/* ---- the way ---- */

/* A load balancer in front of the host answers a hop or two earlier for one port than for
 * another, and is the host as far as anybody is concerned; who stands near us is not. */
gboolean verdict_is_proxied(const struct way *w)
{
    int end = w->mail_trace.reached;
    int far = MAX(w->other_trace.reached, w->other_trace.routers + 1);
    return w->mail.end == PROBE_OPEN && verdict_ends_early(w) &&
           (end == 1 || (far - end >= 2 && 3 * end <= 2 * far));
}

/* How the packets of a port that does not work fare. */
static const char *stops_text(const struct way *w)
{
    if (verdict_ends_early(w))
        return N_("port {port} ends at hop {end}, and {peer} is at {place}");
    if (w->mail_trace.reached > 0)
        return N_("port {port} ends at hop {end}");
    if (w->mail_trace.routers == 0)
        return N_("no router answers to packets for port {port}");
    if (verdict_other_passes(w))
        return N_("packets for port {port} get to {router} (hop {hop}) and no further; {other} "
                  "gets to hop {far}");
    return N_("packets for port {port} get to {router} (hop {hop}) and no further");
}

/* The hop of the host, by the port itself; 0: the port does not lead there. */
static int hops_to(const struct way *w)
{
    const struct probe_answer *end = trace_end(&w->mail_trace);
    gboolean is_host = end && (end->end == PROBE_OPEN || end->end == PROBE_REFUSED ||
                               (end->end == PROBE_ICMP && end->is_target));
    return is_host && !verdict_ends_early(w) ? w->mail_trace.reached : 0;
}

static void say_way(const struct way *w, struct verdict *ret)
{
    g_autofree char *peer = way_words(w);
    int hops = MAX(hops_to(w), w->mail.end == PROBE_OPEN ? w->mail_trace.reached : 0);
    if (hops == 0)
        verdict_say(
            ret, DOCTOR_OK, DOCTOR_NOBODY, NULL,
            g_strdup_printf(_("how many routers are on the way to %s is not known: it answers "
                              "with the usual hop limit only"),
                            peer),
            NULL);
    else
        verdict_say(
            ret, DOCTOR_OK, DOCTOR_NOBODY, NULL,
            g_strdup_printf(ngettext("%s is %d hop away", "%s is %d hops away", (gulong)hops),
                            peer, hops),
            NULL);
}

void verdict_way(const struct way *w, struct verdict *ret)
{
    /* Another port is of no use where that one is answered in the same place. */
    if (verdict_is_proxied(w))
        verdict_say(
            ret, DOCTOR_WARN, DOCTOR_NETWORK, "proxy",
            verdict_fill(
                w, _("something at hop {end} answers port {port} in place of {peer}, which is "
                     "at {place}: a transparent proxy, an antivirus or the network of a "
                     "hotel")),
            verdict_next(w,
                         _("Mail goes through the hands of a stranger there: ask who runs that "
                           "network to pass the port on."),
                         w->other_trace.how == PROBE_TCP));
    else if (w->mail.end == PROBE_OPEN || hops_to(w) > 0)
        say_way(w, ret);
    else
        verdict_say(ret, DOCTOR_WARN, DOCTOR_NETWORK, "stops",
                    verdict_fill(w, _(stops_text(w))), NULL);
}

/* ---- the doors ---- */

/* Of a door's end, in the order of telling. */
static const struct {
    enum probe_end end;
    const char *words; /* NC_("port", ) */
} states[] = {
    {PROBE_OPEN, NC_("port", "open")},
    {PROBE_REFUSED, NC_("port", "closed")},
    {PROBE_ICMP, NC_("port", "rejected")},
    {PROBE_SILENT, NC_("port", "without an answer")},
    {PROBE_LOCAL, NC_("port", "not tried")},
};

static char *doors_words(const struct way *w)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize s = 0; s < G_N_ELEMENTS(states); s++) {
        g_autoptr(GString) ports = g_string_new(NULL);
        if (w->mail.end == states[s].end)
            g_string_append_printf(ports, "%d", w->port);
        for (int i = 0; i < w->n_doors; i++)
            if (w->doors[i].answer.end == states[s].end)
                g_string_append_printf(ports, "%s%d", ports->len > 0 ? ", " : "",
                                       w->doors[i].port);
        if (ports->len == 0)
            continue;
        const char *words = g_dpgettext2(NULL, "port", states[s].words);
        g_autofree char *part = g_strdup_printf("%s: %s", words, ports->str);
        g_string_append_printf(all, "%s%s", all->len > 0 ? "; " : "", part);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

/* How the mail port ended, as part of a sentence. */
static const char *const ends[PROBE_END_COUNT] = {
    [PROBE_REFUSED] = N_("port {port} is refused, but {door} is open"),
    [PROBE_EXPIRED] = N_("port {port} is not reached, but {door} is open"),
    [PROBE_ICMP] = N_("port {port} is rejected, but {door} is open"),
    [PROBE_LOCAL] = N_("port {port} is not reached, but {door} is open"),
    [PROBE_SILENT] = N_("port {port} is dropped, but {door} is open"),
};

void verdict_doors(const struct way *w, struct verdict *ret)
{
    const struct way_door *door = way_open_door(w);
    if (w->mail.end == PROBE_OPEN)
        verdict_say(ret, DOCTOR_OK, DOCTOR_NOBODY, NULL, doors_words(w), NULL);
    else if (door)
        verdict_say(
            ret, DOCTOR_WARN, DOCTOR_YOU, "other-door", verdict_fill(w, _(ends[w->mail.end])),
            g_strdup_printf(_("Use port %d (%s)."), door->port, verdict_security(door->port)));
    else
        verdict_say(ret, DOCTOR_WARN, DOCTOR_NETWORK, "no-door", doors_words(w), NULL);
}
