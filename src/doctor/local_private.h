/*
 * Inside the doctor only: what the kernel says of this machine's network, and the judgements
 * on it: facts in, a finding out, so that tests need no network in trouble.
 */
#ifndef CRIER_DOCTOR_LOCAL_PRIVATE_H
#define CRIER_DOCTOR_LOCAL_PRIVATE_H

#include <glib.h>

#include "doctor/check_private.h"
#include "net/netlink.h"
#include "net/ping.h"

struct local_picture {
    GArray *links;     /* owned; of struct netlink_link */
    GArray *addresses; /* owned; of struct netlink_address */
};

/* ---- check_machine.c ---- */

gboolean local_picture_take(struct local_picture *ret, GError **error);
void local_picture_clear(struct local_picture *p);
/* It is up, and has an address that others can answer to. */
gboolean local_is_usable(const struct local_picture *p, const struct netlink_link *link);
gboolean local_is_usable_address(const struct netlink_address *a);
/* Why no interface leads anywhere, half a sentence: "eth0 has no carrier: …"; `ret_code` (may
 * be NULL): its short word. NULL: one does. Caller frees. */
char *local_why_offline(const struct local_picture *p, const char **ret_code);
void local_judge_machine(const struct local_picture *p, struct doctor_finding *f);

/* ---- check_address.c ---- */

/* `sources`: of char *, the addresses that packets go out with, the first first. */
void local_judge_addresses(const GPtrArray *sources, gboolean is_peer_public,
                           struct doctor_finding *f);

/* ---- check_route.c ---- */

/* The networks of a link, of the family of `ip`, as text: "10.0.1.2/24, 10.0.2.2/24";
 * `holding`: only those that hold it. "": none. Caller frees. */
char *local_networks(const struct local_picture *p, int index, const struct netlink_ip *ip,
                     gboolean holding);
void local_judge_route(const char *address, const struct netlink_route *route,
                       const struct local_picture *p, struct doctor_finding *f);

/* ---- check_neighbour.c ---- */

struct local_neighbour {
    const char *address; /* the peer's */
    const struct netlink_route *route;
    struct netlink_neighbour who; /* of the gateway, else of the peer */
    gboolean is_answered;         /* somebody answered, whatever `who` says */
};
void local_judge_neighbour(const struct local_neighbour *n, const struct local_picture *p,
                           struct doctor_finding *f);
void local_judge_ping(const char *address, const struct ping *ping, struct doctor_finding *f);

#endif
