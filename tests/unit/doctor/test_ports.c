/*
 * The judgement of ports over made-up machines: who listens, what bind(2) would say, which
 * ports connections take.
 */
#include "config.h"

#include "doctor/ports.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#define MAX_SOCKETS 4
#define ME 1000

struct machine {
    struct {
        const char *at; /* "*:81"; NULL: no more */
        const char *program, *user, *service;
        gint64 pid;
        guint32 uid;
        gboolean is_hidden, is_inferred, is_ours;
    } sockets[MAX_SOCKETS];
    int privileged_below; /* 0: everybody may bind everything */
    const char *reserved;
    int refuses;        /* an errno; 0: none */
    guint16 refuses_at; /* its port; 0: each */
    gboolean may_again; /* but not a server that is started again */
    int n_ending;       /* connections on every port that nobody has any more */
    int n_others;       /* and other sockets than listeners */
    gboolean is_bound_only;
};

static const struct machine *machine_now;

static gboolean made_others(guint16 port, struct ports_facts *ret)
{
    *ret = (struct ports_facts){
        .sockets = g_array_new(FALSE, TRUE, sizeof(struct ports_socket)),
        .holders = g_ptr_array_new(),
    };
    static const struct holder firefox = {
        .program = (char *)"firefox", .user = (char *)"ann", .pid = 77};
    for (int i = 0; i < machine_now->n_ending + machine_now->n_others; i++) {
        struct ports_socket s = {.holder = &firefox};
        s.listener.inode = i < machine_now->n_ending ? 0 : 5;
        s.listener.is_bound_only = machine_now->is_bound_only;
        g_array_append_val(ret->sockets, s);
    }
    return TRUE;
}

static int made_bind(const struct binding *b, gboolean beside_connections, void *data)
{
    const struct ports_facts *f = data;
    if (machine_now->refuses && !(machine_now->may_again && beside_connections) &&
        (!machine_now->refuses_at || machine_now->refuses_at == b->at.port))
        return machine_now->refuses;
    if (b->at.port < machine_now->privileged_below)
        return EACCES;
    for (guint i = 0; i < f->sockets->len; i++)
        if (binding_clashes(b, &g_array_index(f->sockets, struct ports_socket, i).listener))
            return EADDRINUSE;
    return 0;
}

static void holder_free(gpointer p)
{
    struct holder *h = p;
    g_free(h->program);
    g_free(h->user);
    g_free(h->service);
    g_free(h);
}

static void make(const struct machine *m, struct ports_facts *f)
{
    machine_now = m;
    *f = (struct ports_facts){
        .sockets = g_array_new(FALSE, FALSE, sizeof(struct ports_socket)),
        .holders = g_ptr_array_new_with_free_func(holder_free),
        .limits = {.privileged_below = m->privileged_below,
                   .outgoing = {32768, 60999},
                   .reserved = binding_read_ranges(m->reserved ? m->reserved : "")},
        .own_addresses = g_ptr_array_new_with_free_func(g_free),
        .uid = ME,
        .program = "/usr/bin/crier",
        .try_binding = made_bind,
        .look_at_others = made_others,
        .data = f,
    };
    g_ptr_array_add(f->own_addresses, g_strdup("127.0.0.1"));
    g_ptr_array_add(f->own_addresses, g_strdup("192.0.2.10"));
    for (int i = 0; i < MAX_SOCKETS && m->sockets[i].at; i++) {
        struct binding b;
        struct holder *h = g_new0(struct holder, 1);
        h->program = g_strdup(m->sockets[i].program);
        h->user = g_strdup(m->sockets[i].user);
        h->service = g_strdup(m->sockets[i].service);
        h->pid = m->sockets[i].pid;
        h->uid = m->sockets[i].uid;
        h->is_hidden = m->sockets[i].is_hidden;
        h->is_inferred = m->sockets[i].is_inferred;
        g_ptr_array_add(f->holders, h);
        g_assert_true(binding_parse(m->sockets[i].at, &b, NULL));
        struct ports_socket s = {.listener = {.at = b.at, .takes_both = b.takes_both},
                                 .holder = h,
                                 .is_ours = m->sockets[i].is_ours};
        g_array_append_val(f->sockets, s);
    }
}

#define NGINX(where)                                                                           \
    {                                                                                          \
        .at = where, .program = "nginx", .user = "www-data", .pid = 812, .uid = 33             \
    }

struct row {
    const char *what;
    struct machine machine;
    const char *listen;
    enum ports_state state;
    const char *text;       /* all of it */
    const char *next;       /* NULL: none */
    const char *suggestion; /* NULL: none */
    const char *note;       /* a part of one; NULL: there is none at all */
};

static void judge(const struct row *rows, gsize n_rows)
{
    for (gsize i = 0; i < n_rows; i++) {
        const struct row *r = &rows[i];
        const struct ports_wish wishes[] = {{PORT_TRACKING, r->listen, TRUE},
                                            {PORT_ADMIN, "127.0.0.1:8181", TRUE}};
        struct ports_facts f;
        make(&r->machine, &f);
        struct ports_verdict *v = ports_judge(&f, wishes, G_N_ELEMENTS(wishes), 0);
        g_test_message("%s: %s", r->what, v->text);
        g_assert_cmpstr(ports_state_name(v->state), ==, ports_state_name(r->state));
        g_assert_cmpstr(v->text, ==, r->text);
        g_assert_cmpstr(v->next, ==, r->next);
        g_assert_cmpstr(v->suggestion, ==, r->suggestion);
        gboolean has_note = !r->note && v->notes->len == 0;
        for (guint k = 0; r->note && k < v->notes->len; k++)
            has_note = has_note || strstr(v->notes->pdata[k], r->note);
        g_assert_true(has_note);
        ports_verdict_free(v);
        ports_facts_clear(&f);
    }
}

static void test_free(void)
{
    static const struct row rows[] = {
        {"nobody",
         {.sockets = {NGINX("*:80")}},
         "*:81",
         PORTS_FREE,
         "port 81 is free",
         NULL,
         NULL,
         NULL},
        {"one address",
         {.sockets = {NGINX("127.0.0.2:81")}},
         "127.0.0.1:81",
         PORTS_FREE,
         "port 81 of 127.0.0.1 is free",
         NULL,
         NULL,
         NULL},
        {"IPv6 alone beside IPv4",
         {.sockets = {NGINX("[::]:81")}},
         "0.0.0.0:81",
         PORTS_FREE,
         "port 81 is free",
         NULL,
         NULL,
         NULL},
        {"ephemeral",
         {.reserved = ""},
         "*:40000",
         PORTS_FREE,
         "port 40000 is free",
         "Use port 81 instead, or see to what the notes say.",
         "*:81",
         "an outgoing connection may take port 40000 first, as 32768 to 60999 are for those"},
        {"ephemeral, reserved",
         {.reserved = "40000-40010"},
         "*:40000",
         PORTS_FREE,
         "port 40000 is free",
         NULL,
         NULL,
         NULL},
        {"browser-blocked",
         {.reserved = ""},
         "*:6667",
         PORTS_FREE,
         "port 6667 is free",
         "Use port 81 instead, or see to what the notes say.",
         "*:81",
         "browsers refuse links to port 6667"},
        {"known name",
         {.reserved = ""},
         "*:25",
         PORTS_FREE,
         "port 25 is free",
         "Use port 81 instead, or see to what the notes say.",
         "*:81",
         "browsers refuse links to port 25"},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_held(void)
{
    static const struct row rows[] = {
        {"held",
         {.sockets = {NGINX("*:81")}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by nginx (process 812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
        {"of a unit",
         {.sockets = {{.at = "*:81",
                       .program = "nginx",
                       .user = "root",
                       .pid = 812,
                       .service = "nginx.service"}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by nginx (process 812, user root, nginx.service)",
         "Use port 8081 instead, or stop nginx.service.",
         "*:8081",
         NULL},
        {"both usual ones held",
         {.sockets = {NGINX("*:81"), NGINX("*:8081")}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by nginx (process 812, user www-data)",
         /* 8181 is the other record's */
         "Use port 8880 instead, or stop nginx.",
         "*:8880",
         NULL},
        {"one address",
         {.sockets = {NGINX("127.0.0.1:81")}},
         "127.0.0.1:81",
         PORTS_HELD,
         "port 81 of 127.0.0.1 is held by nginx (process 812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "127.0.0.1:8081",
         NULL},
        {"hidden",
         {.sockets = {{.at = "*:81", .user = "root", .is_hidden = TRUE}}},
         "*:81",
         PORTS_HIDDEN,
         "port 81 is held by another user's program (user root)",
         "Use port 8081 instead, or find out who has it (sudo ss -ltnp 'sport = :81').",
         "*:8081",
         NULL},
        {"hidden, user without a name",
         {.sockets = {{.at = "*:81", .uid = 12, .is_hidden = TRUE}}},
         "*:81",
         PORTS_HIDDEN,
         "port 81 is held by another user's program (user number 12)",
         "Use port 8081 instead, or find out who has it (sudo ss -ltnp 'sport = :81').",
         "*:8081",
         NULL},
        {"hidden, of a container",
         {.sockets = {{.at = "*:81",
                       .user = "root",
                       .is_hidden = TRUE,
                       .service = "docker 0123456789ab"}}},
         "*:81",
         PORTS_HIDDEN,
         "port 81 is held by a program of docker 0123456789ab (user root)",
         "Use port 8081 instead, or stop docker 0123456789ab.",
         "*:8081",
         NULL},
        {"hidden, of ourselves",
         {.sockets = {{.at = "*:81", .user = "me", .uid = ME, .is_hidden = TRUE}}},
         "*:81",
         PORTS_HIDDEN,
         "port 81 is held by a program of your own (user me)",
         "Use port 8081 instead, or find out who has it (sudo ss -ltnp 'sport = :81').",
         "*:8081",
         NULL},
        {"in another container",
         {.sockets = {{.at = "*:81", .user = "root"}}},
         "*:81",
         PORTS_HIDDEN,
         "port 81 is held by a program that is not to be seen from here (user root)",
         "Use port 8081 instead, or find out who has it (sudo ss -ltnp 'sport = :81').",
         "*:8081",
         NULL},
        {"inferred",
         {.sockets = {{.at = "*:81",
                       .program = "nginx",
                       .user = "root",
                       .is_hidden = TRUE,
                       .is_inferred = TRUE,
                       .service = "nginx.service"}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by nginx, as far as can be seen (user root, nginx.service)",
         "Use port 8081 instead, or stop nginx.service.",
         "*:8081",
         NULL},
        {"systemd, for a socket unit",
         {.sockets = {{.at = "*:81", .program = "systemd", .user = "root", .pid = 1}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by systemd (process 1, user root)",
         "Use port 8081 instead, or stop the socket unit it is for (systemctl list-sockets "
         "names "
         "it).",
         "*:8081",
         NULL},
        {"a container's port",
         {.sockets = {{.at = "*:81",
                       .program = "docker-proxy",
                       .user = "root",
                       .pid = 9,
                       .service = "docker.service"}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by docker-proxy (process 9, user root, docker.service)",
         "Use port 8081 instead, or take it from its container (docker ps shows which has it).",
         "*:8081",
         NULL},
        {"the door of who administers",
         {.sockets = {{.at = "*:81", .program = "sshd", .user = "root", .pid = 9}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by sshd (process 9, user root)",
         "Use port 8081 instead.",
         "*:8081",
         NULL},
        {"a name that would drive a terminal",
         {.sockets = {{.at = "*:81", .program = "x\x1b[2J", .user = "root", .pid = 7}}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by x\\x1b[2J (process 7, user root)",
         "Use port 8081 instead, or stop x\\x1b[2J.",
         "*:8081",
         NULL},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_ours(void)
{
    static const struct row rows[] = {
        {"ours",
         {.sockets = {{.at = "*:81", .program = "crier", .pid = 9, .is_ours = TRUE}}},
         "*:81",
         PORTS_OURS,
         "our worker listens on port 81",
         NULL,
         NULL,
         NULL},
        {"ours on all, wanted on one",
         {.sockets = {{.at = "*:81", .program = "crier", .is_ours = TRUE}}},
         "127.0.0.1:81",
         PORTS_OURS,
         "our worker listens on port 81 of 127.0.0.1",
         NULL,
         NULL,
         NULL},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_clash(void)
{
    static const struct row rows[] = {
        {"all of ours, one of theirs",
         {.sockets = {NGINX("127.0.0.1:81")}},
         "0.0.0.0:81",
         PORTS_CLASH,
         "0.0.0.0:81 is every IPv4 address, and one of them, 127.0.0.1:81, is held by nginx "
         "(process 812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "0.0.0.0:8081",
         NULL},
        {"one of ours, all of theirs",
         {.sockets = {NGINX("0.0.0.0:81")}},
         "127.0.0.1:81",
         PORTS_CLASH,
         "127.0.0.1:81 clashes with 0.0.0.0:81, which is every IPv4 address and is held by "
         "nginx "
         "(process 812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "127.0.0.1:8081",
         NULL},
        {"both of ours, one of theirs",
         {.sockets = {NGINX("[::1]:81")}},
         "*:81",
         PORTS_CLASH,
         "*:81 is every address, and one of them, [::1]:81, is held by nginx (process 812, "
         "user "
         "www-data)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
        {"IPv6 of ours, one of theirs",
         {.sockets = {NGINX("[::1]:81")}},
         "[::]:81",
         PORTS_CLASH,
         "[::]:81 is every IPv6 address, and one of them, [::1]:81, is held by nginx (process "
         "812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "[::]:8081",
         NULL},
        {"IPv6 that takes IPv4",
         {.sockets = {NGINX("*:81")}},
         "0.0.0.0:81",
         PORTS_CLASH,
         "0.0.0.0:81 clashes with [::]:81, which takes IPv4 too and is held by nginx (process "
         "812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "0.0.0.0:8081",
         NULL},
        {"IPv4 under both",
         {.sockets = {NGINX("0.0.0.0:81")}},
         "*:81",
         PORTS_CLASH,
         "*:81 is IPv4 and IPv6 together, and 0.0.0.0:81 is held by nginx (process 812, user "
         "www-data)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
        {"IPv6 alone under both",
         {.sockets = {NGINX("[::]:81")}},
         "*:81",
         PORTS_CLASH,
         "*:81 is IPv4 and IPv6 together, and [::]:81 is held by nginx (process 812, user "
         "www-data)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_pooled(void)
{
    static const struct row rows[] = {
        {"two programs",
         {.sockets =
              {NGINX("*:81"),
               {.at = "*:81", .program = "httpd", .user = "web", .pid = 900, .uid = 34}}},
         "*:81",
         PORTS_POOLED,
         "2 programs share port 81, and requests are split at random: nginx (process 812, user "
         "www-data); httpd (process 900, user web)",
         "Use port 8081 instead, or stop all but one of them.",
         "*:8081",
         NULL},
        {"one program with several sockets",
         {.sockets = {NGINX("*:81"), NGINX("*:81")}},
         "*:81",
         PORTS_POOLED,
         "port 81 is held by nginx (process 812, user www-data) with several sockets "
         "(SO_REUSEPORT)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
        {"ours and another's",
         {.sockets =
              {NGINX("*:81"),
               {.at = "*:81", .program = "crier", .user = "me", .pid = 9, .is_ours = TRUE}}},
         "*:81",
         PORTS_POOLED,
         "2 programs share port 81, and requests are split at random: nginx (process 812, user "
         "www-data); crier (process 9, user me)",
         "Use port 8081 instead, or stop all but one of them.",
         "*:8081",
         NULL},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_refused(void)
{
    static const struct row rows[] = {
        {"privileged",
         {.privileged_below = 1024},
         "*:81",
         PORTS_PRIVILEGED,
         "port 81 cannot be had: on this system ports below 1024 need a privilege that crier "
         "does "
         "not have",
         "Use port 8081 instead, or take one of the four ways that the notes name.",
         "*:8081",
         "net.ipv4.ip_unprivileged_port_start=81"},
        {"privileged: setcap",
         {.privileged_below = 1024},
         "*:81",
         PORTS_PRIVILEGED,
         "port 81 cannot be had: on this system ports below 1024 need a privilege that crier "
         "does "
         "not have",
         "Use port 8081 instead, or take one of the four ways that the notes name.",
         "*:8081",
         "setcap cap_net_bind_service=+ep /usr/bin/crier"},
        {"privileged and held",
         {.privileged_below = 1024, .sockets = {NGINX("*:81")}},
         "*:81",
         PORTS_HELD,
         "port 81 is held by nginx (process 812, user www-data)",
         "Use port 8081 instead, or stop nginx.",
         "*:8081",
         NULL},
        {"a sandbox",
         {.refuses = EPERM, .refuses_at = 81},
         "*:81",
         PORTS_FORBIDDEN,
         "this system refuses port 81: Operation not permitted",
         "Use port 8081 instead, or ask for the rules of this machine: SELinux, AppArmor, the "
         "sandbox of the service.",
         "*:8081",
         NULL},
        {"not ours",
         {.refuses = EADDRNOTAVAIL, .refuses_at = 81},
         "203.0.113.7:81",
         PORTS_NOT_OURS,
         "203.0.113.7 is no address of this machine, which has 127.0.0.1, 192.0.2.10",
         "Use *:8081 instead, or one of the machine's own addresses.",
         "*:8081",
         NULL},
        {"no IPv6",
         {.refuses = EAFNOSUPPORT, .refuses_at = 81},
         "[::1]:81",
         PORTS_NOT_OURS,
         "::1 is IPv6, which this machine does not have",
         "Use *:8081 instead, or one of the machine's own addresses.",
         "*:8081",
         NULL},
        {"connections that end",
         {.refuses = EADDRINUSE, .refuses_at = 81, .n_ending = 2},
         "*:81",
         PORTS_BUSY,
         "nobody listens on port 81 any more, but connections to it are just ending",
         "Use port 8081 instead, or wait a minute and look again.",
         "*:8081",
         NULL},
        {"a connection",
         {.refuses = EADDRINUSE, .refuses_at = 81, .n_ending = 2, .n_others = 1},
         "*:81",
         PORTS_BUSY,
         "nobody listens on port 81, but a connection of firefox (process 77, user ann) uses "
         "it",
         "Use port 8081 instead, or wait a minute and look again.",
         "*:8081",
         NULL},
        {"bound and no more",
         {.refuses = EADDRINUSE, .refuses_at = 81, .n_others = 1, .is_bound_only = TRUE},
         "*:81",
         PORTS_BUSY,
         "port 81 is bound by firefox (process 77, user ann), which does not listen on it",
         "Use port 8081 instead, or wait a minute and look again.",
         "*:8081",
         NULL},
        {"bound and no more, on an older kernel",
         {.refuses = EADDRINUSE, .refuses_at = 81},
         "*:81",
         PORTS_BUSY,
         "a program has bound port 81 without listening on it, and which is not to be seen",
         "Use port 8081 instead, or wait a minute and look again.",
         "*:8081",
         NULL},
        {"connections that keep nobody off",
         {.refuses = EADDRINUSE, .refuses_at = 81, .may_again = TRUE, .n_ending = 2},
         "*:81",
         PORTS_FREE,
         "port 81 is free",
         NULL,
         NULL,
         "connections of the server that was there are just ending"},
        {"nothing is to be had",
         {.refuses = EPERM},
         "*:81",
         PORTS_FORBIDDEN,
         "this system refuses port 81: Operation not permitted",
         "Choose another port, or ask for the rules of this machine: SELinux, AppArmor, the "
         "sandbox of the service.",
         NULL,
         NULL},
    };
    judge(rows, G_N_ELEMENTS(rows));
}

static void test_known_names(void)
{
    static const struct {
        guint16 port;
        const char *note; /* NULL: none */
    } cases[] = {
        {3306, "port 3306 is known as mysql: unusual for a web page"},
        {80, NULL},   /* what it is for */
        {8080, NULL}, /* likewise */
        {8081, NULL}, /* the one that we suggest */
    };
    const struct servent *known = getservbyport(htons(3306), "tcp");
    if (!known || strcmp(known->s_name, "mysql") != 0) {
        g_test_skip("this machine's list of services is another one, or missing");
        return;
    }
    struct binding_limits none = {.outgoing = {32768, 60999}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        g_assert_cmpint(ports_add_notes(&none, cases[i].port, notes), ==, 0);
        g_assert_cmpuint(notes->len, ==, cases[i].note != NULL);
        if (cases[i].note)
            g_assert_cmpstr(notes->pdata[0], ==, cases[i].note);
    }
}

static void test_not_tried(void)
{
    const struct ports_wish wishes[] = {{PORT_ADMIN, "127.0.0.1:82", FALSE},
                                        {PORT_ADMIN, "www.example.org:82", TRUE}};
    const struct machine m = {.refuses = EPERM, .refuses_at = 81};
    struct ports_facts f;
    make(&m, &f);
    struct ports_verdict *off = ports_judge(&f, wishes, G_N_ELEMENTS(wishes), 0);
    struct ports_verdict *wrong = ports_judge(&f, wishes, G_N_ELEMENTS(wishes), 1);
    g_assert_cmpint(off->state, ==, PORTS_OFF);
    g_assert_cmpstr(off->text, ==, "port 82 of 127.0.0.1 is switched off");
    g_assert_null(off->suggestion);
    g_assert_cmpint(wrong->state, ==, PORTS_WRONG);
    g_assert_nonnull(strstr(wrong->text, "www.example.org:82"));
    g_assert_cmpstr(wrong->suggestion, ==, "*:8082"); /* 82 is the other's */
    ports_verdict_free(off);
    ports_verdict_free(wrong);
    ports_facts_clear(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ports/free", test_free);
    g_test_add_func("/ports/held", test_held);
    g_test_add_func("/ports/ours", test_ours);
    g_test_add_func("/ports/clash", test_clash);
    g_test_add_func("/ports/pooled", test_pooled);
    g_test_add_func("/ports/refused", test_refused);
    g_test_add_func("/ports/known-names", test_known_names);
    g_test_add_func("/ports/not-tried", test_not_tried);
    return g_test_run();
}
