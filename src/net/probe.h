/*
 * Many connection attempts at once, each with its hop limit, and exactly how each of them
 * ended: open, a reset, an ICMP error and who sent it, an error of this machine, or silence.
 * What that means is judged elsewhere. No rights are needed: ICMP comes by IP_RECVERR on the
 * sockets' own error queues. It blocks in poll(2); nothing is sent but SYNs (UDP: one octet).
 */
#ifndef CRIER_NET_PROBE_H
#define CRIER_NET_PROBE_H

#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>

#define PROBE_TEXT (INET6_ADDRSTRLEN + IF_NAMESIZE)
#define PROBE_MAX 200 /* attempts of one set */

enum probe_how { PROBE_TCP, PROBE_UDP };

enum probe_end {
    PROBE_WAITING, /* not over yet */
    PROBE_OPEN,    /* connected; UDP: answered */
    PROBE_REFUSED, /* a reset came */
    PROBE_EXPIRED, /* a router's "time exceeded": the hop limit was reached at `from` */
    PROBE_ICMP,    /* somebody's ICMP error ended it: `type`, `code`, `from` */
    PROBE_LOCAL,   /* this machine said no: `error` */
    PROBE_SILENT,  /* nothing came in time */
    PROBE_END_COUNT
};
const char *probe_end_name(enum probe_end e); /* "open", "refused" …; for evidence */

struct probe_wish {
    const char *address; /* IPv4 or IPv6, with or without "%eth0" */
    guint16 port;
    enum probe_how how;
    int ttl;         /* hop limit; 0: the system's */
    int deadline_ms; /* from now */
    gboolean keeps;  /* an open connection is left open, for probes_take_fd() */
};

struct probe_answer {
    enum probe_end end;
    int error;               /* errno, for LOCAL; 0 else */
    gboolean is_at_once;     /* LOCAL: connect(2) itself failed */
    int type, code;          /* of ICMP or ICMPv6; EXPIRED and ICMP */
    char from[PROBE_TEXT];   /* who sent that; "": not known */
    gboolean is_own;         /* `from` is an address of this machine */
    gboolean is_target;      /* `from` is the address that was asked for */
    char source[PROBE_TEXT]; /* our address of this attempt; "": not known */
    gint64 took_us;
};

struct probes;

struct probes *probes_new(void);
void probes_free(struct probes *p); /* closes all; NULL is fine */

/* Begins one; its number, from 0. -1: there are PROBE_MAX already, or it is no address. */
int probes_add(struct probes *p, const struct probe_wish *wish);
/* Waits until one more has ended, or `until_us` (monotonic). How many ended. */
int probes_turn(struct probes *p, gint64 until_us);
const struct probe_answer *probes_answer(const struct probes *p, int number);
/* Ends it now, as silent; nothing if it is over. */
void probes_stop(struct probes *p, int number);
/* The connection of one that kept it, for the caller to close; -1: there is none. */
int probes_take_fd(struct probes *p, int number);

#endif
