/*
 * Check 4: the host's addresses. Connecting goes by what this machine finds (getaddrinfo);
 * each name server is asked on its own besides, so that the one at fault can be named.
 */
#include "config.h"

#include "doctor/check_names.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/checks_private.h"

#define SERVER_MS 2000 /* each name server has */
#define SYSTEM_MS 3000 /* getaddrinfo(3) has */
#define SHOWN_MAX 4    /* addresses in a sentence */
#define SLOW_US (1 * CLOCK_SECOND_US)
#define BLOCKED "blocked" /* as doctor.c: what needs this is left out, too */

/* ---- what one name server said ---- */

enum state { FOUND, NO_ADDRESS, NO_NAME, FAULT };

static enum state state_of(const struct dns_answer *a, const struct dns_answer *aaaa)
{
    if (a->status == DNS_FOUND || aaaa->status == DNS_FOUND)
        return FOUND;
    if (a->status == DNS_FAILED || aaaa->status == DNS_FAILED)
        return FAULT;
    return a->status == DNS_NO_NAME ? NO_NAME : NO_ADDRESS;
}

static enum state state_at(const struct check_names_seen *s, guint i)
{
    return state_of(s->servers[i].a, s->servers[i].aaaa);
}

/* The answer that failed. */
static const struct dns_answer *failed_at(const struct check_names_seen *s, guint i)
{
    return s->servers[i].a->status == DNS_FAILED ? s->servers[i].a : s->servers[i].aaaa;
}

/* The first server with, or without, a fault; -1: there is none. */
static int first_server(const struct check_names_seen *s, gboolean has_fault)
{
    for (guint i = 0; i < s->n_servers; i++)
        if ((state_at(s, i) == FAULT) == has_fault)
            return (int)i;
    return -1;
}

static char *join(const GPtrArray *texts)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < texts->len && i < SHOWN_MAX; i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", (const char *)texts->pdata[i]);
    if (texts->len > SHOWN_MAX)
        g_string_append(all, ", …");
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static GPtrArray *addresses_at(const struct check_names_seen *s, guint i)
{
    const struct dns_answer *answers[] = {s->servers[i].a, s->servers[i].aaaa};
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (gsize k = 0; k < G_N_ELEMENTS(answers); k++)
        for (guint v = 0; v < answers[k]->values->len; v++)
            g_ptr_array_add(all,
                            g_strdup(((struct dns_value *)answers[k]->values->pdata[v])->text));
    return all;
}

/* ---- evidence ---- */

static double seconds(gint64 us)
{
    return (double)us / CLOCK_SECOND_US;
}

static char *answer_words(const struct dns_answer *a)
{
    g_autoptr(GString) all = g_string_new(NULL);
    switch (a->status) {
    case DNS_NO_NAME:
        return g_strdup(_("no such name"));
    case DNS_NO_DATA:
        return g_strdup(_("none"));
    case DNS_FAILED:
        return g_strdup(a->why);
    default:
        for (guint i = 0; i < a->values->len && i < SHOWN_MAX; i++)
            g_string_append_printf(all, "%s%s", i > 0 ? ", " : "",
                                   ((struct dns_value *)a->values->pdata[i])->text);
        return g_string_free(g_steal_pointer(&all), FALSE);
    }
}

static void show_server(const struct check_names_seen *s, guint i, struct doctor_finding *f)
{
    const struct dns_answer *answers[] = {s->servers[i].a, s->servers[i].aaaa,
                                          s->servers[i].mx};
    for (gsize k = 0; k < G_N_ELEMENTS(answers); k++) {
        const struct dns_answer *a = answers[k];
        g_autofree char *words = answer_words(a);
        /* MX is of interest where there is no address. */
        if (a->type == DNS_MX && state_at(s, i) != NO_ADDRESS)
            continue;
        doctor_evidence(f, _("name server %s: %s %s: %s (%.3f s)"), s->servers[i].address,
                        a->name, dns_type_name(a->type), words, seconds(a->took_us));
        if (a->alias)
            doctor_evidence(f, _("%s is an alias of %s"), a->name, a->alias);
    }
}

static void show_system(const struct check_names_seen *s, struct doctor_finding *f)
{
    const struct names_answer *a = s->system;
    g_autofree char *words = a->status == NAMES_FOUND  ? join(a->addresses)
                             : a->status == NAMES_LATE ? g_strdup(_("no word in time"))
                                                       : g_strdup(a->why);
    doctor_evidence(f, _("this machine finds %s: %s (%.3f s)"), s->host, words,
                    seconds(a->took_us));
    if (s->is_in_table)
        doctor_evidence(f, _("/etc/hosts has a line for %s"), s->host);
}

/* ---- the sentences ---- */

/* By enum dns_fault. */
static const struct {
    const char *code;
    const char *next; /* N_() */
    enum doctor_who who;
} faults[] = {
    [DNS_FAULT_SILENT] = {"dns-silent",
                          N_("Is it the right one (/etc/resolv.conf), and may this machine "
                             "send to its port 53 by UDP and TCP?"),
                          DOCTOR_ADMIN},
    [DNS_FAULT_CLOSED] = {"dns-closed",
                          N_("Start the name server, or name another one in "
                             "/etc/resolv.conf."),
                          DOCTOR_ADMIN},
    [DNS_FAULT_SERVFAIL] = {"dns-fails",
                            N_("Ask another name server; when that one cannot either, only "
                               "who keeps the DNS of that domain can put it right."),
                            DOCTOR_SERVER},
    [DNS_FAULT_REFUSED] = {"dns-refuses",
                           N_("Name one in /etc/resolv.conf that answers your network."),
                           DOCTOR_ADMIN},
    [DNS_FAULT_BROKEN] = {"dns-broken", N_("Name another one in /etc/resolv.conf."),
                          DOCTOR_ADMIN},
};

/* What is wrong with server `i`. Caller frees. */
static char *fault_text(const struct check_names_seen *s, guint i)
{
    const struct dns_answer *a = failed_at(s, i);
    const char *at = s->servers[i].address;
    switch (a->fault) {
    case DNS_FAULT_SILENT:
        return g_strdup_printf(_("name server %s does not answer (%.1f s)"), at,
                               seconds(a->took_us));
    case DNS_FAULT_CLOSED:
        return g_strdup_printf(_("nothing answers as a name server at %s: its port is closed, "
                                 "or there is no way to it"),
                               at);
    case DNS_FAULT_SERVFAIL:
        return g_strdup_printf(_("name server %s cannot find out %s: the servers of that "
                                 "domain fail, or its DNSSEC signature is broken"),
                               at, s->host);
    case DNS_FAULT_REFUSED:
        return g_strdup_printf(_("name server %s refuses to answer this machine"), at);
    default:
        return g_strdup_printf(_("what name server %s sends is no answer: %s"), at, a->why);
    }
}

/* All of them fail in the same way. */
static gboolean all_silent(const struct check_names_seen *s)
{
    for (guint i = 0; i < s->n_servers; i++)
        if (failed_at(s, i)->fault != DNS_FAULT_SILENT)
            return FALSE;
    return s->n_servers > 1;
}

static void say_fault(const struct check_names_seen *s, struct doctor_finding *f)
{
    enum dns_fault fault = failed_at(s, 0)->fault;
    char *text;
    if (all_silent(s)) {
        g_autoptr(GPtrArray) servers = g_ptr_array_new();
        for (guint i = 0; i < s->n_servers; i++)
            g_ptr_array_add(servers, (gpointer)s->servers[i].address);
        g_autofree char *list = join(servers);
        text = g_strdup_printf(_("none of the name servers %s answers (%.1f s)"), list,
                               seconds(failed_at(s, 0)->took_us));
    } else {
        text = fault_text(s, 0);
    }
    doctor_say(f, DOCTOR_FAIL, faults[fault].who, faults[fault].code, text,
               g_strdup(_(faults[fault].next)));
}

static void say_no_name(const struct check_names_seen *s, const struct dns_answer *a,
                        struct doctor_finding *f)
{
    g_autofree char *alias = text_safe(a->alias, -1, 0);
    if (a->alias)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_SERVER, "no-name",
                   g_strdup_printf(_("%s is an alias of %s, and that name does not exist"),
                                   s->host, alias),
                   g_strdup_printf(_("Who keeps the DNS of %s must repair the CNAME record."),
                                   s->host));
    else
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "no-name",
                   g_strdup_printf(_("the name %s does not exist"), s->host),
                   g_strdup(_("Look at its spelling: it must be the name that your provider "
                              "gave you.")));
}

static void say_no_address(const struct check_names_seen *s, const struct dns_answer *mx,
                           struct doctor_finding *f)
{
    const struct dns_value *first =
        mx->status == DNS_FOUND ? (const struct dns_value *)mx->values->pdata[0] : NULL;
    g_autofree char *shown = first ? text_safe(first->text, -1, 0) : NULL;
    if (first && *first->text)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "only-mx",
                   g_strdup_printf(_("%s is a mail domain and no host: it has no address, "
                                     "only an MX record (%s)"),
                                   s->host, shown),
                   g_strdup(_("Enter the host that your provider names for sending; a domain's "
                              "MX takes mail for that domain alone.")));
    else
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "no-address",
                   g_strdup_printf(_("the name %s exists, but has no address"), s->host),
                   g_strdup(_("Look at its spelling: it must be the name that your provider "
                              "gave you.")));
}

/* A name server knows it, but this machine does not. */
static GPtrArray *say_disagree(const struct check_names_seen *s, guint server,
                               struct doctor_finding *f)
{
    GPtrArray *known = addresses_at(s, server);
    g_autofree char *list = join(known);
    if (s->system->status == NAMES_LATE) {
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "dns-slow",
                   g_strdup_printf(_("%s is %s, but looking it up takes this machine longer "
                                     "than %d s"),
                                   s->host, list, SYSTEM_MS / 1000),
                   g_strdup(_("Put a name server that answers first in /etc/resolv.conf.")));
        return known;
    }
    doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, "resolver",
               g_strdup_printf(_("name server %s knows %s (%s), but this machine does not "
                                 "find it: %s"),
                               s->servers[server].address, s->host, list, s->system->why),
               g_strdup(_("Look at the line \"hosts\" of /etc/nsswitch.conf and at "
                          "/etc/resolv.conf.")));
    g_ptr_array_unref(known);
    return NULL;
}

static gboolean share_one(const GPtrArray *a, const GPtrArray *b)
{
    for (guint i = 0; i < a->len; i++)
        if (g_ptr_array_find_with_equal_func((GPtrArray *)b, a->pdata[i], g_str_equal, NULL))
            return TRUE;
    return FALSE;
}

static gboolean has_ipv4(const GPtrArray *addresses)
{
    for (guint i = 0; i < addresses->len; i++)
        if (!strchr(addresses->pdata[i], ':'))
            return TRUE;
    return FALSE;
}

/* It was found: what hurts all the same. */
static void say_found(const struct check_names_seen *s, struct doctor_finding *f)
{
    int good = first_server(s, FALSE), bad = first_server(s, TRUE);
    g_autoptr(GPtrArray) known = good >= 0 ? addresses_at(s, (guint)good) : NULL;
    g_autofree char *list = join(s->system->addresses);
    if (s->is_in_table && known && known->len > 0 && !share_one(known, s->system->addresses)) {
        g_autofree char *other = join(known);
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "hosts-file",
                   g_strdup_printf(_("%s is %s by /etc/hosts of this machine, but %s in the "
                                     "DNS"),
                                   s->host, list, other),
                   g_strdup(_("Take the line out of /etc/hosts unless it is meant so.")));
    } else if (good >= 0 && bad >= 0) {
        g_autofree char *text = fault_text(s, (guint)bad);
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "dns-one",
                   g_strdup_printf(_("%s is %s, but %s"), s->host, list, text),
                   g_strdup(_("Take that name server out of /etc/resolv.conf, or repair it: "
                              "look-ups wait for it.")));
    } else if (s->system->took_us > SLOW_US) {
        doctor_say(f, DOCTOR_WARN, DOCTOR_ADMIN, "dns-slow",
                   g_strdup_printf(_("%s is %s, but looking it up took %.1f s"), s->host, list,
                                   seconds(s->system->took_us)),
                   g_strdup(_("Look at the name servers in /etc/resolv.conf.")));
    } else if (has_ipv4(s->system->addresses)) {
        doctor_ok(f, g_strdup_printf(_("%s is %s"), s->host, list));
    } else {
        doctor_ok(f, g_strdup_printf(_("%s is %s (IPv6 only)"), s->host, list));
    }
}

GPtrArray *check_names_judge(const struct check_names_seen *s, struct doctor_finding *f)
{
    int good = first_server(s, FALSE);
    show_system(s, f);
    for (guint i = 0; i < s->n_servers; i++)
        show_server(s, i, f);
    if (s->system->status == NAMES_FOUND) {
        say_found(s, f);
        return g_ptr_array_ref(s->system->addresses);
    }
    if (s->n_servers == 0)
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_ADMIN, "no-dns",
            g_strdup_printf(_("this machine does not find %s and has no name server"), s->host),
            g_strdup(_("Name one in /etc/resolv.conf.")));
    else if (good < 0)
        say_fault(s, f);
    else if (state_at(s, (guint)good) == FOUND)
        return say_disagree(s, (guint)good, f);
    else if (state_at(s, (guint)good) == NO_NAME)
        say_no_name(s, s->servers[good].a, f);
    else
        say_no_address(s, s->servers[good].mx, f);
    return NULL;
}

/* ---- asking ---- */

struct asking {
    struct dns *dns[CHECK_NAMES_SERVERS_MAX]; /* owned */
    char **addresses;                         /* owned */
};

/* One channel each: c-ares does not tell which of several answered. */
static gboolean ask_servers(struct asking *a, struct check_names_seen *s, GError **error)
{
    struct dns *any = dns_open(NULL, SERVER_MS, error);
    if (!any)
        return FALSE;
    a->addresses = dns_servers(any);
    dns_close(any);
    for (guint i = 0; a->addresses[i] && i < CHECK_NAMES_SERVERS_MAX; i++) {
        struct dns *dns = dns_open(a->addresses[i], SERVER_MS, error);
        if (!dns)
            return FALSE;
        a->dns[i] = dns;
        s->servers[i].address = a->addresses[i];
        s->servers[i].a = dns_ask(dns, s->host, DNS_A);
        s->servers[i].aaaa = dns_ask(dns, s->host, DNS_AAAA);
        s->servers[i].mx = dns_ask(dns, s->host, DNS_MX);
        s->n_servers++;
    }
    dns_wait_together(a->dns, s->n_servers);
    return TRUE;
}

static void asking_clear(struct asking *a)
{
    for (guint i = 0; i < CHECK_NAMES_SERVERS_MAX; i++)
        dns_close(a->dns[i]);
    g_strfreev(a->addresses);
}

static GPtrArray *look_up(const char *host, struct doctor_finding *f)
{
    struct asking asking = {.addresses = NULL};
    struct check_names_seen seen = {.host = host};
    g_autoptr(GError) error = NULL;
    gint64 deadline_us = clock_mono_us() + SYSTEM_MS * 1000;
    struct names *names = names_ask(host);
    GPtrArray *found = NULL;
    /* localhost is never asked for in the DNS (RFC 6761 6.3). */
    gboolean ok = hostport_is_loopback(host) || ask_servers(&asking, &seen, &error);
    struct names_answer *system = names_wait(names, deadline_us);
    seen.system = system;
    seen.is_in_table = names_is_in_table(NULL, host);
    if (g_getenv("CRIER_DNS") && *g_getenv("CRIER_DNS"))
        doctor_evidence(f, _("name servers by CRIER_DNS: %s"), g_getenv("CRIER_DNS"));
    if (ok)
        found = check_names_judge(&seen, f);
    else
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "dns-settings", g_strdup(error->message), NULL);
    names_answer_free(system);
    asking_clear(&asking);
    return found;
}

/* ---- the check ---- */

static gboolean is_literal(const char *host)
{
    guint8 octets[16];
    g_autofree char *bare = g_strndup(host, strcspn(host, "%"));
    return inet_pton(AF_INET, bare, octets) == 1 || inet_pton(AF_INET6, bare, octets) == 1;
}

void doctor_check_names(struct doctor *d, struct doctor_finding *f)
{
    const char *host = d->subject->host;
    struct doctor_facts *facts = &d->facts;
    if (!host) {
        doctor_say(f, DOCTOR_SKIP, DOCTOR_NOBODY, BLOCKED,
                   g_strdup(_("not looked at: the settings name no host")), NULL);
        return;
    }
    if (is_literal(host)) {
        facts->addresses = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(facts->addresses, g_strdup(host));
        doctor_pass(f, g_strdup_printf(_("%s is an address: no name to look up"), host));
    } else {
        facts->addresses = look_up(host, f);
    }
    if (!facts->addresses)
        return;
    facts->address = facts->addresses->pdata[0];
    facts->is_ipv6 = strchr(facts->address, ':') != NULL;
    facts->is_loopback = hostport_is_loopback(facts->address);
}
