/*
 * What the network does with connections to one port: the attempt itself, the other doors of
 * the same host, and how far packets to that port and to another one get. It looks and judges
 * nothing: that is verdict.c's. (doc: ports and the doctor, D)
 */
#ifndef CRIER_DOCTOR_WAY_H
#define CRIER_DOCTOR_WAY_H

#include <glib.h>

#include "net/probe.h"
#include "net/stream.h"
#include "net/trace.h"

#define WAY_DOORS_MAX 4

struct way_door {
    guint16 port;
    struct probe_answer answer;
};

struct way {
    /* --- where to; owned --- */
    char *host;    /* as it is named */
    char *address; /* the one that is spoken to */
    char *gateway; /* NULL: it is on the link */
    char *device;  /* NULL: not known */
    guint16 port;
    enum stream_protocol protocol;
    gboolean is_loopback;
    gboolean was_silent; /* it was waited for already, in vain: be brief */
    /* --- what was seen --- */
    struct probe_answer mail; /* the connection itself, with the system's own hop limit */
    gboolean is_traced;       /* what follows was looked at */
    struct trace mail_trace;  /* to `port` */
    struct trace other_trace; /* to a port that answers, else by UDP; not begun: neither */
    struct way_door doors[WAY_DOORS_MAX];
    int n_doors;
    gint64
        own_drops; /* packets that this machine itself did not send meanwhile; -1: not known */
    /* --- the connection --- */
    int fd; /* open, for whoever takes it; -1: none */
};

struct way *way_new(const char *host, const char *address, guint16 port,
                    enum stream_protocol protocol);
void way_free(struct way *w); /* NULL is fine */

/* Connects; when that does not work, looks at the doors and the traces at the same time. At
 * most about 6 s, mostly 4. */
void way_connect(struct way *w);
/* The doors and the traces of a port that is open, within round trips; nothing if they were
 * looked at, or on this machine itself. */
void way_look(struct way *w);

/* "mail.example.org (203.0.113.25)", or the address alone. Caller frees. */
char *way_words(const struct way *w);
/* The first other door that is open; NULL: none is. */
const struct way_door *way_open_door(const struct way *w);

#endif
