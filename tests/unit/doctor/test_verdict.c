/* What the facts of a connection mean: every row of the verdicts over facts written down. */
#include "config.h"

#include "doctor/verdict.h"

#include <stdio.h>
#include <string.h>

/*
 * An answer as a word: "open", "rst", "-" (silence), "icmp:3/13:10.0.1.1", "error:101", or a
 * router's address. "own" and "host" stand for the address of this machine and of the host.
 */
static struct probe_answer answer_of(const char *word, const char *host)
{
    struct probe_answer a = {.took_us = 1000};
    g_auto(GStrv) parts = g_strsplit(word, ":", 3);
    if (strcmp(word, "open") == 0) {
        a.end = PROBE_OPEN;
    } else if (strcmp(word, "rst") == 0) {
        a.end = PROBE_REFUSED;
    } else if (strcmp(word, "-") == 0) {
        a.end = PROBE_SILENT;
    } else if (strcmp(parts[0], "error") == 0) {
        a.end = PROBE_LOCAL;
        a.error = (int)g_ascii_strtoll(parts[1], NULL, 10);
    } else if (strcmp(parts[0], "icmp") == 0 || strcmp(parts[0], "loop") == 0) {
        a.end = *parts[0] == 'i' ? PROBE_ICMP : PROBE_EXPIRED;
        g_assert_cmpint(sscanf(parts[1], "%d/%d", &a.type, &a.code), ==, 2);
        a.is_own = strcmp(parts[2], "own") == 0;
        a.is_target = strcmp(parts[2], "host") == 0;
        g_strlcpy(a.from, a.is_own ? "10.0.1.2" : a.is_target ? host : parts[2], sizeof a.from);
    } else {
        a.end = PROBE_EXPIRED;
        g_strlcpy(a.from, word, sizeof a.from);
    }
    return a;
}

/* "587 10.0.1.1 open", "udp 10.0.1.1 -": the port, and its hops. "" is no trace. */
static void fill_trace(struct trace *t, const char *text, const char *host)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    if (!words[0])
        return;
    t->how = strcmp(words[0], "udp") == 0 ? PROBE_UDP : PROBE_TCP;
    t->port = (guint16)g_ascii_strtoull(words[0], NULL, 10);
    t->is_begun = t->is_over = TRUE;
    for (char **w = words + 1; *w; w++) {
        t->hops[t->asked] = answer_of(*w, host);
        enum probe_end end = t->hops[t->asked++].end;
        if (end == PROBE_EXPIRED)
            t->routers = t->asked;
        else if (end != PROBE_SILENT && t->reached == 0)
            t->reached = t->asked;
    }
}

struct facts {
    const char *mail; /* the connection */
    const char *trace, *other;
    const char *doors; /* "587 open 465 rst" */
    const char *host, *gateway;
    gint64 own_drops;
};

static struct way *way_of(const struct facts *f)
{
    const char *host = f->host ? f->host : "203.0.113.25";
    struct way *w = way_new(host, host, 25, STREAM_SMTP);
    g_auto(GStrv) doors = g_strsplit(f->doors ? f->doors : "", " ", -1);
    w->gateway = g_strdup(!f->gateway ? "10.0.1.1" : *f->gateway ? f->gateway : NULL);
    w->device = g_strdup("eth0");
    w->mail = answer_of(f->mail, host);
    w->is_traced = f->trace != NULL;
    w->own_drops = f->own_drops;
    fill_trace(&w->mail_trace, f->trace ? f->trace : "", host);
    fill_trace(&w->other_trace, f->other ? f->other : "", host);
    for (char **d = doors; *d && d[1]; d += 2) {
        w->doors[w->n_doors].port = (guint16)g_ascii_strtoull(*d, NULL, 10);
        w->doors[w->n_doors++].answer = answer_of(d[1], host);
    }
    return w;
}

#define WAY3 "587 10.0.1.1 198.51.100.1 open"
#define R1 "10.0.1.1"
#define R2 "198.51.100.1"
#define SIX "2001:db8::25"

static const struct {
    struct facts facts;
    const char *code;
    enum doctor_who who;
    const char *part; /* of the sentence */
} connects[] = {
    {{.mail = "open"}, NULL, DOCTOR_NOBODY, "connected to 203.0.113.25 port 25 in 1.0 ms"},
    /* At once. */
    {{.mail = "error:101"}, "no-route", DOCTOR_ADMIN, "it has no route there"},
    {{.mail = "error:13"}, "prohibited", DOCTOR_ADMIN, "prohibit route"},
    {{.mail = "error:1"}, "forbidden-here", DOCTOR_ADMIN, "own rules forbid"},
    {{.mail = "error:99"}, "no-source-port", DOCTOR_ADMIN, "no free source port"},
    {{.mail = "error:113"}, "unreachable", DOCTOR_ADMIN, "unreachable"},
    {{.mail = "error:22"}, "blackhole", DOCTOR_ADMIN, "blackhole"},
    {{.mail = "error:97", .host = SIX}, "no-ipv6", DOCTOR_ADMIN, "2001:db8::25 is an IPv6"},
    {{.mail = "error:24"}, "no-socket", DOCTOR_ADMIN, "cannot open a connection"},
    /* ICMP: ours, the host's, somebody's. */
    {{.mail = "icmp:3/1:own"}, "dead-router", DOCTOR_ADMIN, "router 10.0.1.1 does not answer"},
    {{.mail = "icmp:3/1:own", .gateway = ""},
     "dead-neighbour",
     DOCTOR_SERVER,
     "no machine there"},
    {{.mail = "icmp:3/3:own"},
     "own-firewall",
     DOCTOR_ADMIN,
     "this machine's own firewall rejects"},
    {{.mail = "icmp:3/13:own"},
     "own-firewall",
     DOCTOR_ADMIN,
     "this machine's own firewall rejects"},
    {{.mail = "icmp:1/3:own", .host = SIX, .gateway = "fe80::1"},
     "dead-router",
     DOCTOR_ADMIN,
     "router fe80::1"},
    {{.mail = "icmp:1/4:own", .host = SIX},
     "own-firewall",
     DOCTOR_ADMIN,
     "own firewall rejects"},
    {{.mail = "icmp:3/3:host"}, "host-rejects", DOCTOR_SERVER, "is up, and its own firewall"},
    {{.mail = "icmp:3/13:host"}, "host-rejects", DOCTOR_SERVER, "is up, and its own firewall"},
    {{.mail = "icmp:3/13:" R1}, "forbidden", DOCTOR_NETWORK, "10.0.1.1 forbids connections to"},
    {{.mail = "icmp:3/9:" R1}, "forbidden", DOCTOR_NETWORK, "by rule"},
    {{.mail = "icmp:3/10:" R1}, "forbidden", DOCTOR_NETWORK, "by rule"},
    {{.mail = "icmp:3/3:" R1}, "rejected", DOCTOR_NETWORK, "10.0.1.1 rejects"},
    {{.mail = "icmp:3/1:" R2}, "host-unreachable", DOCTOR_SERVER, "198.51.100.1 cannot find"},
    {{.mail = "icmp:3/0:" R2},
     "net-unreachable",
     DOCTOR_NETWORK,
     "knows no way to the network"},
    {{.mail = "icmp:12/0:" R2}, "icmp", DOCTOR_NETWORK, "(ICMP 12/0)"},
    {{.mail = "icmp:1/1:fd00::1", .host = SIX}, "forbidden", DOCTOR_NETWORK, "by rule"},
    {{.mail = "icmp:1/3:fd00::1", .host = SIX},
     "host-unreachable",
     DOCTOR_SERVER,
     "cannot find"},
    {{.mail = "icmp:1/0:fd00::1", .host = SIX}, "net-unreachable", DOCTOR_NETWORK, "no way to"},
    /* The same codes mean another thing in the other family. */
    {{.mail = "icmp:3/1:fd00::1", .host = SIX}, "icmp", DOCTOR_NETWORK, "(ICMP 3/1)"},
    {{.mail = "loop:11/0:" R2}, "loop", DOCTOR_NETWORK, "go round in circles at 198.51.100.1"},
    /* A reset. */
    {{.mail = "rst", .trace = "25 " R1 " " R2 " rst", .other = WAY3},
     "refused",
     DOCTOR_SERVER,
     "203.0.113.25 is up, but nothing listens on its port 25"},
    {{.mail = "rst"}, "refused", DOCTOR_SERVER, "nothing listens"},
    {{.mail = "rst", .trace = "25 " R1 " rst", .other = WAY3},
     "forged",
     DOCTOR_NETWORK,
     "a firewall at hop 2, behind 10.0.1.1, forges the refusal of port 25: 203.0.113.25 is at "
     "hop 3"},
    {{.mail = "rst", .trace = "25 - rst", .other = WAY3},
     "forged",
     DOCTOR_NETWORK,
     "behind hop 1, forges"},
    {{.mail = "rst", .trace = "25 rst", .other = WAY3},
     "refused-near",
     DOCTOR_ADMIN,
     "before the first router"},
    /* What is compared with did not get to the host: it is behind the last router at least. */
    {{.mail = "rst", .trace = "25 " R1 " rst", .other = "udp " R1 " " R2 " icmp:3/1:" R2},
     "forged",
     DOCTOR_NETWORK,
     "203.0.113.25 is at hop 3 or farther"},
    {{.mail = "rst", .trace = "25 " R1 " rst", .other = "udp " R1 " icmp:3/1:" R1},
     "refused",
     DOCTOR_SERVER,
     "nothing listens"},
    {{.mail = "rst", .trace = "25 " R1 " rst", .other = "udp " R1 " " R2 " icmp:3/3:host"},
     "forged",
     DOCTOR_NETWORK,
     "is at hop 3"},
    /* Silence. */
    {{.mail = "-"}, "silent", DOCTOR_SERVER, "does not answer on port 25"},
    {{.mail = "-", .trace = "25 " R1 " - -", .other = WAY3},
     "dropped",
     DOCTOR_NETWORK,
     "dropped right after 10.0.1.1 (hop 1), while port 587 gets to hop 3"},
    {{.mail = "-", .trace = "25 " R1 " - -", .other = "udp " R1 " " R2 " -"},
     "dropped",
     DOCTOR_NETWORK,
     "while UDP gets to hop 2"},
    {{.mail = "-", .trace = "25 " R1 " " R2 " -", .other = WAY3},
     "dropped-at-host",
     DOCTOR_SERVER,
     "its packets get to 198.51.100.1 (hop 2), the last router"},
    {{.mail = "-", .trace = "25 " R1 " -", .other = "udp " R1 " -"},
     "host-silent",
     DOCTOR_SERVER,
     "nothing gets beyond 10.0.1.1 (hop 1)"},
    {{.mail = "-", .trace = "25 - -", .other = WAY3, .own_drops = 2},
     "own-drop",
     DOCTOR_ADMIN,
     "this machine's own firewall drops"},
    {{.mail = "-", .trace = "25 - -", .other = "udp error:1"},
     "own-drop",
     DOCTOR_ADMIN,
     "this machine's own firewall drops"},
    {{.mail = "-", .trace = "25 - -", .other = WAY3},
     "dropped",
     DOCTOR_NETWORK,
     "dropped by the first router, 10.0.1.1, while port 587"},
    {{.mail = "-", .trace = "25 - -", .other = WAY3, .own_drops = -1},
     "dropped-here",
     DOCTOR_ADMIN,
     "this machine's own firewall, or 10.0.1.1, drops them"},
    /* Routers that answer nobody. */
    {{.mail = "-", .trace = "25 - - -", .other = "587 - - open"},
     "dropped",
     DOCTOR_NETWORK,
     "is dropped somewhere before the host (hop 3): port 587 gets there"},
    {{.mail = "-", .trace = "25 - - -", .other = "587 - " R2 " open"},
     "dropped",
     DOCTOR_NETWORK,
     "is dropped somewhere before 198.51.100.1 (hop 2)"},
    {{.mail = "-", .trace = "25 " R1 " - - -", .other = "587 " R1 " - a open"},
     "dropped",
     DOCTOR_NETWORK,
     "is dropped between 10.0.1.1 (hop 1) and a (hop 3): port 587 gets there"},
    {{.mail = "-", .trace = "25 " R1 " - - -", .other = "587 " R1 " - - open"},
     "dropped",
     DOCTOR_NETWORK,
     "is dropped between 10.0.1.1 (hop 1) and the host (hop 4): port 587 gets there"},
    {{.mail = "-", .trace = "25 - -", .other = "udp - -"},
     "nothing-passes",
     DOCTOR_ADMIN,
     "not even by the first router 10.0.1.1"},
    {{.mail = "-", .trace = "25 - -", .other = "587 open", .gateway = ""},
     "dropped-at-host",
     DOCTOR_SERVER,
     "its firewall drops port 25"},
    {{.mail = "-", .trace = "25 - -", .other = "udp - -", .gateway = ""},
     "host-silent",
     DOCTOR_SERVER,
     "answers on no port that was tried"},
    {{.mail = "-", .trace = "25 " R1 " " R2 " " R1 " " R2 " -", .other = "udp " R1 " -"},
     "loop",
     DOCTOR_NETWORK,
     "go round in circles"},
    /* A router that answers for two hops in a row does not send anything back. */
    {{.mail = "-", .trace = "25 " R1 " " R2 " " R2 " -", .other = "587 " R1 " " R2 " - - open"},
     "dropped",
     DOCTOR_NETWORK,
     "198.51.100.1"},
    /* Others said what the connection was not told. */
    {{.mail = "-", .trace = "25 " R1 " icmp:3/13:" R1, .other = WAY3},
     "forbidden",
     DOCTOR_NETWORK,
     "10.0.1.1 forbids"},
    {{.mail = "-",
      .trace = "25 " R1 " -",
      .other = "udp " R1 " -",
      .doors = "587 - 465 icmp:3/1:" R2},
     "host-unreachable",
     DOCTOR_SERVER,
     "198.51.100.1 cannot find"},
    {{.mail = "-",
      .trace = "25 " R1 " -",
      .other = WAY3,
      .doors = "587 open 465 icmp:3/13:" R2},
     "dropped",
     DOCTOR_NETWORK,
     "right after 10.0.1.1"},
};

static void test_connect(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(connects); i++) {
        struct way *w = way_of(&connects[i].facts);
        struct verdict v;
        verdict_connect(w, &v);
        g_test_message("%s / %s", connects[i].facts.mail, v.text);
        g_assert_cmpstr(v.code, ==, connects[i].code);
        g_assert_cmpint(v.who, ==, connects[i].who);
        g_assert_cmpint(v.result, ==, connects[i].code ? DOCTOR_FAIL : DOCTOR_OK);
        g_assert_nonnull(strstr(v.text, connects[i].part));
        g_assert_null(strpbrk(v.text, "{}"));
        g_assert_true(!v.next || !strpbrk(v.next, "{}"));
        verdict_clear(&v);
        way_free(w);
    }
}

/* An open door is named first, where it helps. */
static void test_other_door(void)
{
    static const struct {
        struct facts facts;
        const char *next;
    } cases[] = {
        {{.mail = "-", .trace = "25 " R1 " -", .other = WAY3, .doors = "587 open 465 open"},
         "Use port 587, which is open (with STARTTLS and a login). Or else: Ask who runs "
         "10.0.1.1 and the network behind it to let port 25 to 203.0.113.25 pass."},
        {{.mail = "-", .trace = "25 " R1 " -", .other = WAY3, .doors = "587 - 465 rst"},
         "Ask who runs 10.0.1.1 and the network behind it to let port 25 to 203.0.113.25 "
         "pass."},
        {{.mail = "icmp:3/1:" R2, .doors = "587 open"},
         "Is that host on, and is the address the right one?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct way *w = way_of(&cases[i].facts);
        struct verdict v;
        verdict_connect(w, &v);
        g_assert_cmpstr(v.next, ==, cases[i].next);
        verdict_clear(&v);
        way_free(w);
    }
}

static void test_way(void)
{
    static const struct {
        struct facts facts;
        const char *code, *text;
    } cases[] = {
        {{.mail = "open", .trace = "25 " R1 " " R2 " open", .other = WAY3},
         NULL,
         "203.0.113.25 is 3 hops away"},
        {{.mail = "open", .trace = "25 open", .gateway = ""},
         NULL,
         "203.0.113.25 is 1 hop away"},
        {{.mail = "open", .trace = "25 - - -"},
         NULL,
         "how many routers are on the way to 203.0.113.25 is not known: it answers with the "
         "usual hop limit only"},
        {{.mail = "open", .trace = "25 open", .other = WAY3},
         "proxy",
         "something at hop 1 answers port 25 in place of 203.0.113.25, which is at hop 3: a "
         "transparent proxy, an antivirus or the network of a hotel"},
        {{.mail = "open", .trace = "25 open", .other = "udp " R1 " " R2 " -"},
         "proxy",
         "something at hop 1 answers port 25 in place of 203.0.113.25, which is at hop 3 or "
         "farther: a transparent proxy, an antivirus or the network of a hotel"},
        /* A router that is the server: UDP is answered there as well. */
        {{.mail = "open", .trace = "25 open", .other = "udp icmp:3/3:host"},
         NULL,
         "203.0.113.25 is 1 hop away"},
        {{.mail = "open", .trace = "25 a open", .other = "587 a b c open"},
         "proxy",
         "something at hop 2 answers port 25 in place of 203.0.113.25, which is at hop 4: a "
         "transparent proxy, an antivirus or the network of a hotel"},
        /* A load balancer at the far end. */
        {{.mail = "open", .trace = "25 a b c d e open", .other = "587 a b c d e f open"},
         NULL,
         "203.0.113.25 is 6 hops away"},
        {{.mail = "rst", .trace = "25 " R1 " " R2 " rst", .other = WAY3},
         NULL,
         "203.0.113.25 is 3 hops away"},
        {{.mail = "rst", .trace = "25 " R1 " rst", .other = WAY3},
         "stops",
         "port 25 ends at hop 2, and 203.0.113.25 is at hop 3"},
        {{.mail = "icmp:3/13:" R1, .trace = "25 " R1 " icmp:3/13:" R1, .other = "udp -"},
         "stops",
         "port 25 ends at hop 2"},
        {{.mail = "-", .trace = "25 " R1 " -", .other = WAY3},
         "stops",
         "packets for port 25 get to 10.0.1.1 (hop 1) and no further; port 587 gets to hop 3"},
        {{.mail = "-", .trace = "25 " R1 " -", .other = "udp " R1 " -"},
         "stops",
         "packets for port 25 get to 10.0.1.1 (hop 1) and no further"},
        {{.mail = "-", .trace = "25 -", .other = WAY3},
         "stops",
         "no router answers to packets for port 25"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct way *w = way_of(&cases[i].facts);
        struct verdict v;
        verdict_way(w, &v);
        g_assert_cmpstr(v.text, ==, cases[i].text);
        g_assert_cmpstr(v.code, ==, cases[i].code);
        g_assert_cmpint(v.result, ==, cases[i].code ? DOCTOR_WARN : DOCTOR_OK);
        g_assert_cmpint(verdict_is_proxied(w), ==, g_strcmp0(cases[i].code, "proxy") == 0);
        verdict_clear(&v);
        way_free(w);
    }
}

static void test_doors(void)
{
    static const struct {
        struct facts facts;
        const char *code, *text, *next;
    } cases[] = {
        {{.mail = "open", .doors = "587 open 465 rst 2525 -"},
         NULL,
         "open: 25, 587; closed: 465; without an answer: 2525",
         NULL},
        {{.mail = "-", .doors = "587 open 465 rst"},
         "other-door",
         "port 25 is dropped, but 587 is open",
         "Use port 587 (with STARTTLS and a login)."},
        {{.mail = "rst", .doors = "587 - 465 open"},
         "other-door",
         "port 25 is refused, but 465 is open",
         "Use port 465 (with TLS and a login)."},
        {{.mail = "-", .doors = "587 - 465 rst 2525 icmp:3/13:" R1},
         "no-door",
         "closed: 465; rejected: 2525; without an answer: 25, 587",
         NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct way *w = way_of(&cases[i].facts);
        struct verdict v;
        verdict_doors(w, &v);
        g_assert_cmpstr(v.text, ==, cases[i].text);
        g_assert_cmpstr(v.code, ==, cases[i].code);
        g_assert_cmpstr(v.next, ==, cases[i].next);
        verdict_clear(&v);
        way_free(w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verdict/connect", test_connect);
    g_test_add_func("/verdict/connect/other-door", test_other_door);
    g_test_add_func("/verdict/way", test_way);
    g_test_add_func("/verdict/doors", test_doors);
    return g_test_run();
}
