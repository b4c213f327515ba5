/*
 * Check 4, its judgement: what the name servers and this machine said about the host becomes
 * one sentence. Nothing is asked here.
 */
#ifndef CRIER_DOCTOR_CHECK_NAMES_H
#define CRIER_DOCTOR_CHECK_NAMES_H

#include "doctor/doctor.h"
#include "net/dns.h"
#include "net/names.h"

#define CHECK_NAMES_SERVERS_MAX 3 /* as resolv.conf(5) has */

struct check_names_seen { /* all borrowed */
    const char *host;
    const struct names_answer *system; /* what connecting would find */
    gboolean is_in_table;              /* /etc/hosts names it */
    struct {
        const char *address;
        const struct dns_answer *a, *aaaa, *mx;
    } servers[CHECK_NAMES_SERVERS_MAX];
    guint n_servers;
};

/* The finding, with its evidence. Returns the addresses to go on with, of char *, borrowed from
 * `s`; NULL: there are none. */
GPtrArray *check_names_judge(const struct check_names_seen *s, struct doctor_finding *f);

#endif
