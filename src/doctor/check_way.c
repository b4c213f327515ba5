/*
 * Checks 8, 9 and 10: the connection to the mail port, the way there, and the other doors of
 * the host. They share one look at the network, which is way.c's; what it means is verdict.c's.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include "base/i18n.h"
#include "doctor/verdict.h"

static void take_verdict(struct doctor_finding *f, struct verdict *v)
{
    doctor_say(f, v->result, v->who, v->code, g_steal_pointer(&v->text),
               g_steal_pointer(&v->next));
}

static double milliseconds(gint64 us)
{
    return (double)us / 1000;
}

/* How an attempt ended, as a line of evidence behind `what`. */
static void show_answer(struct doctor_finding *f, const char *what,
                        const struct probe_answer *a)
{
    switch (a->end) {
    case PROBE_OPEN:
        doctor_evidence(f, _("%s: open (%.1f ms)"), what, milliseconds(a->took_us));
        break;
    case PROBE_REFUSED:
        doctor_evidence(f, _("%s: refused by a reset (%.1f ms)"), what,
                        milliseconds(a->took_us));
        break;
    case PROBE_EXPIRED:
        doctor_evidence(f, _("%s: %s (%.1f ms)"), what, a->from, milliseconds(a->took_us));
        break;
    case PROBE_ICMP:
        doctor_evidence(f, _("%s: ICMP %d/%d from %s (%.1f ms)"), what, a->type, a->code,
                        a->from, milliseconds(a->took_us));
        break;
    case PROBE_LOCAL:
        doctor_evidence(f, _("%s: %s, said by this machine"), what, g_strerror(a->error));
        break;
    default:
        doctor_evidence(f, _("%s: no answer (%.1f s)"), what, milliseconds(a->took_us) / 1000);
    }
}

static void show_trace(struct doctor_finding *f, const struct trace *t)
{
    int last = t->reached > 0 ? t->reached : t->routers + 1;
    for (int i = 0; i < t->asked && i < last; i++) {
        g_autofree char *what = t->how == PROBE_UDP
                                    ? g_strdup_printf(_("UDP, hop %d"), i + 1)
                                    : g_strdup_printf(_("port %d, hop %d"), t->port, i + 1);
        show_answer(f, what, &t->hops[i]);
    }
}

void doctor_check_connect(struct doctor *d, struct doctor_finding *f)
{
    const struct doctor_subject *s = d->subject;
    struct verdict v;
    struct way *w = way_new(s->host, d->facts.address, s->port, s->protocol);
    w->gateway = g_strdup(d->facts.gateway);
    w->device = g_strdup(d->facts.device);
    w->is_loopback = d->facts.is_loopback;
    w->was_silent = d->facts.was_silent;
    d->facts.way = w;
    way_connect(w);
    d->facts.is_connected = w->mail.end == PROBE_OPEN;
    g_autofree char *what = g_strdup_printf("%s:%d", w->address, w->port);
    show_answer(f, what, &w->mail);
    if (*w->mail.source)
        doctor_evidence(f, _("from %s"), w->mail.source);
    verdict_connect(w, &v);
    take_verdict(f, &v);
}

void doctor_check_way(struct doctor *d, struct doctor_finding *f)
{
    struct way *w = d->facts.way;
    struct verdict v;
    if (w->is_loopback) {
        doctor_pass(
            f, g_strdup_printf(_("%s is this machine: nothing is in between"), w->address));
        return;
    }
    way_look(w);
    if (!w->is_traced) {
        doctor_pass(f, g_strdup(_("not looked at: no packet left this machine")));
        return;
    }
    show_trace(f, &w->mail_trace);
    show_trace(f, &w->other_trace);
    d->facts.hops = w->mail.end == PROBE_OPEN ? w->mail_trace.reached : w->other_trace.reached;
    d->facts.is_proxied = verdict_is_proxied(w);
    verdict_way(w, &v);
    take_verdict(f, &v);
}

void doctor_check_doors(struct doctor *d, struct doctor_finding *f)
{
    const struct way *w = d->facts.way;
    struct verdict v;
    if (w->n_doors == 0) {
        doctor_pass(f, w->is_loopback
                           ? g_strdup(_("not looked at: the host is this machine"))
                           : g_strdup(_("not looked at: no packet left this machine")));
        return;
    }
    for (int i = 0; i < w->n_doors; i++) {
        g_autofree char *what = g_strdup_printf(_("port %d"), w->doors[i].port);
        show_answer(f, what, &w->doors[i].answer);
    }
    const struct way_door *door = way_open_door(w);
    d->facts.other_port = door ? door->port : 0;
    verdict_doors(w, &v);
    if (door && v.result == DOCTOR_WARN)
        f->use_port = (guint16)door->port;
    take_verdict(f, &v);
}
