/*
 * The door to c-ares: which servers, asking, waiting with a deadline, reading answers. What the
 * records mean is for those who ask.
 */
#include "config.h"

#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define TRIES 3
#define CLASS_IN 1
#define DNS_PORT 53
#define HEADER_BYTES 12
#define UDP_BYTES 1232 /* asked for by EDNS: what passes everywhere without fragments */
#define MAX_ALIASES 10

struct dns {
    ares_channel channel;
    int timeout_ms;
    int n_waiting;
    GPtrArray *questions; /* owned; of struct question * */
};

struct question {
    struct dns *dns; /* borrowed */
    gint64 begun_us; /* monotonic */
    struct dns_answer answer;
};

static const struct {
    const char *name;
    int number;
} types[DNS_TYPE_COUNT] = {
    [DNS_A] = {"A", 1},      [DNS_AAAA] = {"AAAA", 28}, [DNS_CNAME] = {"CNAME", 5},
    [DNS_MX] = {"MX", 15},   [DNS_PTR] = {"PTR", 12},   [DNS_SRV] = {"SRV", 33},
    [DNS_TXT] = {"TXT", 16},
};

const char *dns_type_name(enum dns_type t)
{
    return types[t].name;
}

static void value_free(gpointer data)
{
    struct dns_value *v = data;
    g_free(v->text);
    g_free(v);
}

static void question_free(gpointer data)
{
    struct question *q = data;
    g_free(q->answer.name);
    g_free(q->answer.alias);
    g_free(q->answer.why);
    g_ptr_array_unref(q->answer.values);
    g_free(q);
}

/* ---- opening ---- */

static gboolean set_servers(ares_channel channel, const char *servers, GError **error)
{
    if (!servers || !*servers)
        servers = g_getenv("CRIER_DNS");
    if (!servers || !*servers || ares_set_servers_ports_csv(channel, servers) == ARES_SUCCESS)
        return TRUE;
    g_autofree char *shown = text_safe(servers, -1, 200);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("name servers '%s': they are no addresses. Write them as in "
                  "192.0.2.1,[2001:db8::1]:5353"),
                shown);
    return FALSE;
}

struct dns *dns_open(const char *servers, int timeout_ms, GError **error)
{
    /* Without NOCHECKRESP a server that says it failed could not be told from one that cannot
     * be reached. */
    struct ares_options options = {.flags = ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP,
                                   .ednspsz = UDP_BYTES,
                                   .tries = TRIES,
                                   .timeout = MAX(timeout_ms / (TRIES * 2), 100)};
    ares_channel channel;
    int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS;
    int rc = ares_library_init(ARES_LIB_INIT_ALL);
    if (rc == ARES_SUCCESS)
        rc = ares_init_options(&channel, &options, mask);
    if (rc != ARES_SUCCESS) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("name look-ups cannot begin: %s"),
                    ares_strerror(rc));
        return NULL;
    }
    if (!set_servers(channel, servers, error)) {
        ares_destroy(channel);
        return NULL;
    }
    struct dns *d = g_new0(struct dns, 1);
    d->channel = channel;
    d->timeout_ms = timeout_ms;
    d->questions = g_ptr_array_new_with_free_func(question_free);
    return d;
}

void dns_close(struct dns *d)
{
    if (!d)
        return;
    ares_destroy(d->channel); /* answers what still waits, so before the questions go */
    g_ptr_array_unref(d->questions);
    g_free(d);
}

/* ---- reading an answer ---- */

struct record {
    char *owner; /* owned */
    int type;
    const guint8 *data; /* borrowed from the packet */
    int len;
};

struct packet {
    const guint8 *data; /* borrowed */
    int len;
};

static int read16(const guint8 *p)
{
    return p[0] << 8 | p[1];
}

/* The name at `at` in lower case; what it takes up goes to `*ret_len`. NULL when it is broken.
 */
static char *read_name(const struct packet *p, const guint8 *at, long *ret_len)
{
    char *expanded = NULL;
    if (at >= p->data + p->len ||
        ares_expand_name(at, p->data, p->len, &expanded, ret_len) != ARES_SUCCESS)
        return NULL;
    char *name = g_ascii_strdown(expanded, -1);
    ares_free_string(expanded);
    return name;
}

static void record_free(gpointer data)
{
    struct record *r = data;
    g_free(r->owner);
    g_free(r);
}

/* The record at `*at`, which is moved on; NULL at something broken. */
static struct record *read_record(const struct packet *p, const guint8 **at)
{
    long name_len = 0;
    g_autofree char *owner = read_name(p, *at, &name_len);
    const guint8 *fixed = *at + name_len, *end = p->data + p->len;
    if (!owner || end - fixed < 10)
        return NULL;
    int len = read16(fixed + 8);
    if (end - fixed - 10 < len)
        return NULL;
    struct record *r = g_new0(struct record, 1);
    r->owner = g_steal_pointer(&owner);
    r->type = read16(fixed + 2) == CLASS_IN ? read16(fixed) : -1;
    r->data = fixed + 10;
    r->len = len;
    *at = fixed + 10 + len;
    return r;
}

/* Of the answer section; NULL when the packet is broken. */
static GPtrArray *read_records(const struct packet *p)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(record_free);
    if (p->len < HEADER_BYTES)
        return NULL;
    const guint8 *at = p->data + HEADER_BYTES;
    int n_questions = read16(p->data + 4), n = MIN(read16(p->data + 6), DNS_MAX_RECORDS);
    for (int i = 0; i < n_questions; i++) {
        long len = 0;
        g_autofree char *name = read_name(p, at, &len);
        if (!name || p->data + p->len - at < len + 4)
            return NULL;
        at += len + 4;
    }
    for (int i = 0; i < n; i++) {
        struct record *r = read_record(p, &at);
        if (!r)
            return NULL;
        g_ptr_array_add(all, r);
    }
    return g_steal_pointer(&all);
}

static struct dns_value *value_of_text(const struct record *r)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int at = 0; at < r->len;) {
        int n = r->data[at++];
        if (n > r->len - at)
            return NULL;
        g_string_append_len(text, (const char *)r->data + at, n);
        at += n;
    }
    struct dns_value *v = g_new0(struct dns_value, 1);
    v->len = text->len;
    v->text = g_string_free(g_steal_pointer(&text), FALSE);
    return v;
}

static struct dns_value *value_of_address(const struct record *r, int family, int len)
{
    char text[INET6_ADDRSTRLEN];
    if (r->len != len || !inet_ntop(family, r->data, text, sizeof text))
        return NULL;
    struct dns_value *v = g_new0(struct dns_value, 1);
    v->text = g_strdup(text);
    v->len = strlen(text);
    return v;
}

static struct dns_value *value_of_name(const struct packet *p, const struct record *r, int skip)
{
    long len = 0;
    char *name = r->len > skip ? read_name(p, r->data + skip, &len) : NULL;
    if (!name)
        return NULL;
    struct dns_value *v = g_new0(struct dns_value, 1);
    v->text = name;
    v->len = strlen(name);
    v->preference = skip >= 2 ? read16(r->data) : 0;
    return v;
}

/* RFC 2782: priority, weight, port, target. */
static struct dns_value *value_of_service(const struct packet *p, const struct record *r)
{
    struct dns_value *v = value_of_name(p, r, 6);
    if (v) {
        v->weight = read16(r->data + 2);
        v->port = read16(r->data + 4);
    }
    return v;
}

/* NULL when it is broken. */
static struct dns_value *value_of(const struct packet *p, const struct record *r,
                                  enum dns_type type)
{
    switch (type) {
    case DNS_A:
        return value_of_address(r, AF_INET, 4);
    case DNS_AAAA:
        return value_of_address(r, AF_INET6, 16);
    case DNS_TXT:
        return value_of_text(r);
    case DNS_MX:
        return value_of_name(p, r, 2);
    case DNS_SRV:
        return value_of_service(p, r);
    default:
        return value_of_name(p, r, 0);
    }
}

static int by_preference(gconstpointer a, gconstpointer b)
{
    const struct dns_value *x = *(struct dns_value *const *)a,
                           *y = *(struct dns_value *const *)b;
    return x->preference != y->preference ? x->preference - y->preference
                                          : strcmp(x->text, y->text);
}

/* Follows the aliases from the name that was asked for; a ring of them ends at the limit. */
static char *last_alias(const struct packet *p, const GPtrArray *records, const char *name)
{
    char *at = NULL;
    for (int hops = 0; hops < MAX_ALIASES; hops++) {
        const char *owner = at ? at : name;
        struct dns_value *next = NULL;
        for (guint i = 0; i < records->len && !next; i++) {
            const struct record *r = records->pdata[i];
            if (r->type == types[DNS_CNAME].number && g_ascii_strcasecmp(r->owner, owner) == 0)
                next = value_of_name(p, r, 0);
        }
        if (!next)
            break;
        g_free(at);
        at = g_steal_pointer(&next->text);
        value_free(next);
    }
    return at;
}

static void fail(struct dns_answer *a, enum dns_fault fault, const char *why)
{
    a->status = DNS_FAILED;
    a->fault = fault;
    a->why = g_strdup(why);
}

static void read_answer(struct dns_answer *a, const struct packet *p)
{
    g_autoptr(GPtrArray) records = read_records(p);
    if (!records) {
        fail(a, DNS_FAULT_BROKEN, _("the name server's answer is broken"));
        return;
    }
    if (a->type != DNS_CNAME)
        a->alias = last_alias(p, records, a->name);
    const char *owner = a->alias ? a->alias : a->name;
    for (guint i = 0; i < records->len; i++) {
        const struct record *r = records->pdata[i];
        struct dns_value *v = NULL;
        if (r->type == types[a->type].number && g_ascii_strcasecmp(r->owner, owner) == 0)
            v = value_of(p, r, a->type);
        if (v)
            g_ptr_array_add(a->values, v);
    }
    if (a->type == DNS_MX || a->type == DNS_SRV)
        g_ptr_array_sort(a->values, by_preference);
    a->status = a->values->len > 0 ? DNS_FOUND : DNS_NO_DATA;
}

/* ---- asking and waiting ---- */

/* What a failure of c-ares means; the last row stands for any other. */
static const struct {
    int status;
    enum dns_fault fault;
    const char *why; /* NULL: the library's words */
} failures[] = {
    {ARES_ECANCELLED, DNS_FAULT_SILENT, N_("no name server answered in time")},
    {ARES_ETIMEOUT, DNS_FAULT_SILENT, N_("no name server answered in time")},
    {ARES_ECONNREFUSED, DNS_FAULT_CLOSED, N_("no name server could be reached")},
    {ARES_ESERVFAIL, DNS_FAULT_SERVFAIL,
     N_("the name server could not find it out (a fault at the domain's own servers, or a "
        "broken DNSSEC signature)")},
    {ARES_EREFUSED, DNS_FAULT_REFUSED, N_("the name server refuses to answer this machine")},
    {-1, DNS_FAULT_BROKEN, NULL},
};

static void fail_status(struct dns_answer *a, int status)
{
    gsize row = 0;
    if (status == ARES_ENODATA) {
        a->status = DNS_NO_DATA;
        return;
    }
    if (status == ARES_ENOTFOUND) {
        a->status = DNS_NO_NAME;
        return;
    }
    while (failures[row].status != status && failures[row].status != -1)
        row++;
    fail(a, failures[row].fault,
         failures[row].why ? _(failures[row].why) : ares_strerror(status));
}

static void on_answer(void *data, int status, int timeouts, unsigned char *packet, int len)
{
    struct question *q = data;
    struct packet p = {packet, len};
    q->dns->n_waiting--;
    q->answer.took_us = clock_mono_us() - q->begun_us;
    if (status == ARES_SUCCESS)
        read_answer(&q->answer, &p);
    else
        fail_status(&q->answer, status);
    /* A name that is an alias of nothing: say of what. */
    g_autoptr(GPtrArray) records =
        q->answer.status == DNS_NO_NAME && packet ? read_records(&p) : NULL;
    if (records && q->answer.type != DNS_CNAME)
        q->answer.alias = last_alias(&p, records, q->answer.name);
}

const struct dns_answer *dns_ask(struct dns *d, const char *name, enum dns_type type)
{
    struct question *q = g_new0(struct question, 1);
    q->dns = d;
    q->begun_us = clock_mono_us();
    q->answer.name = g_strdup(name);
    q->answer.type = type;
    q->answer.values = g_ptr_array_new_with_free_func(value_free);
    g_ptr_array_add(d->questions, q);
    d->n_waiting++;
    ares_query(d->channel, name, CLASS_IN, types[type].number, on_answer, q);
    return &q->answer;
}

const struct dns_answer *dns_ask_pointer(struct dns *d, const char *address)
{
    guint8 octets[16];
    g_autoptr(GString) name = g_string_new(NULL);
    if (inet_pton(AF_INET, address, octets) == 1) {
        for (int i = 4; i-- > 0;)
            g_string_append_printf(name, "%d.", octets[i]);
        g_string_append(name, "in-addr.arpa");
    } else if (inet_pton(AF_INET6, address, octets) == 1) {
        for (int i = 16; i-- > 0;)
            g_string_append_printf(name, "%x.%x.", octets[i] & 15, octets[i] >> 4);
        g_string_append(name, "ip6.arpa");
    } else {
        g_string_append(name, address); /* no such name: the answer says so */
    }
    return dns_ask(d, name->str, DNS_PTR);
}

#define TOGETHER_MAX 16

struct polling { /* one round over several channels */
    struct pollfd fds[TOGETHER_MAX * ARES_GETSOCK_MAXNUM];
    ares_channel of[TOGETHER_MAX * ARES_GETSOCK_MAXNUM];
    nfds_t n;
};

static void add_sockets(struct polling *p, ares_channel channel)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    /* By hand: the library's own macros shift into the sign. */
    unsigned mask = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        short events = (short)((mask >> i & 1 ? POLLIN : 0) |
                               (mask >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));
        if (!events)
            continue;
        p->of[p->n] = channel;
        p->fds[p->n++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
}

/* How long until c-ares wants to be called, at most `ms`. */
static int next_ms(ares_channel channel, int ms)
{
    struct timeval most = {ms / 1000, ms % 1000 * 1000}, own;
    struct timeval *t = ares_timeout(channel, &most, &own);
    return (int)(t->tv_sec * 1000 + (t->tv_usec + 999) / 1000);
}

/* What is ready, and the time-outs of every channel. */
static void process(const struct polling *p, struct dns *const *all, guint n)
{
    for (nfds_t i = 0; i < p->n; i++)
        if (p->fds[i].revents)
            ares_process_fd(p->of[i],
                            p->fds[i].revents & ~POLLOUT ? p->fds[i].fd : ARES_SOCKET_BAD,
                            p->fds[i].revents & POLLOUT ? p->fds[i].fd : ARES_SOCKET_BAD);
    for (guint i = 0; i < n; i++)
        ares_process_fd(all[i]->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* One round; false when nothing is waited for any more. */
static gboolean wait_round(struct dns *const *all, guint n, gint64 begun_us)
{
    struct polling p = {.n = 0};
    int ms = G_MAXINT;
    for (guint i = 0; i < n; i++) {
        gint64 left_us = begun_us + (gint64)all[i]->timeout_ms * 1000 - clock_mono_us();
        if (all[i]->n_waiting > 0 && left_us <= 0)
            ares_cancel(all[i]->channel);
        if (all[i]->n_waiting == 0)
            continue;
        add_sockets(&p, all[i]->channel);
        ms = MIN(ms, next_ms(all[i]->channel, (int)(left_us / 1000) + 1));
    }
    if (ms == G_MAXINT)
        return FALSE;
    if (poll(p.fds, p.n, ms) < 0)
        p.n = 0;
    process(&p, all, n);
    return TRUE;
}

void dns_wait_together(struct dns *const *all, guint n)
{
    gint64 begun_us = clock_mono_us();
    g_assert(n <= TOGETHER_MAX);
    while (wait_round(all, n, begun_us))
        ;
}

void dns_wait(struct dns *d)
{
    dns_wait_together(&d, 1);
}

char **dns_servers(const struct dns *d)
{
    struct ares_addr_port_node *first = NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    char text[INET6_ADDRSTRLEN];
    if (ares_get_servers_ports(d->channel, &first) != ARES_SUCCESS)
        first = NULL;
    for (const struct ares_addr_port_node *s = first; s; s = s->next) {
        gboolean is_plain = s->udp_port == 0 || s->udp_port == DNS_PORT;
        if (!inet_ntop(s->family, &s->addr, text, sizeof text))
            continue;
        g_ptr_array_add(all, is_plain ? g_strdup(text)
                             : s->family == AF_INET6
                                 ? g_strdup_printf("[%s]:%d", text, s->udp_port)
                                 : g_strdup_printf("%s:%d", text, s->udp_port));
    }
    g_ptr_array_add(all, NULL);
    if (first)
        ares_free_data(first);
    return (char **)g_ptr_array_steal(all, NULL);
}
