/*
 * What was seen of the size of packets on the way, and what it means. check_path.c and
 * check_mtu.c look. (doc: ports and the doctor, C 11 and 12)
 */
#ifndef CRIER_DOCTOR_MTU_H
#define CRIER_DOCTOR_MTU_H

#include "doctor/check_private.h"
#include "net/pathinfo.h"

struct path_seen {
    const char *address;
    struct pathinfo info;
    int own_mtu;            /* of the first wire, as the connection began with it */
    int mtu;                /* of the whole way, as far as is known */
    char limit[PROBE_TEXT]; /* who said so; "": nobody did */
    gboolean is_proven;     /* a packet of that size got to the host */
};
void mtu_judge_path(const struct path_seen *s, struct doctor_finding *f);

struct mtu_seen {
    const char *peer, *device;
    gboolean is_ipv6;
    struct pathinfo before, after; /* the large packets */
    guint sent_bytes, got_bytes;   /* of them, and of what came back */
    gboolean is_acked;             /* all of them arrived */
    gint64 took_us;
};
void mtu_judge_holes(const struct mtu_seen *s, struct doctor_finding *f);

#endif
