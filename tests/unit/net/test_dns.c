/*
 * DNS answers from a name server of the test's own, on loopback: every type, what stands for
 * nothing, aliases, and answers that are broken.
 */
#include "config.h"

#include "net/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/unit/patience.h"

#define SHORT_MS 300

enum { T_A = 1, T_CNAME = 5, T_PTR = 12, T_MX = 15, T_TXT = 16, T_AAAA = 28, T_SRV = 33 };

/* ---- a name server ---- */

/* One record; data as text: TXT pieces parted by "|", names dotted, "@N" before an MX. "\xff"
 * first: the rest is the data as it is. */
struct rr {
    const char *asked; /* the name of the question this belongs to */
    int asked_type;
    const char *owner;
    int type;
    const char *data;
};

static const struct rr rrs[] = {
    {"txt.example", T_TXT, "txt.example", T_TXT, "v=DKIM1; k=rsa; p=|AAAA|BBBB"},
    {"case.example", T_TXT, "CASE.Example", T_TXT, "found"},
    {"two.example", T_TXT, "two.example", T_TXT, "one"},
    {"two.example", T_TXT, "two.example", T_TXT, "two"},
    {"empty.example", T_TXT, "empty.example", T_TXT, ""},
    {"alias.example", T_TXT, "alias.example", T_CNAME, "Real.example"},
    {"alias.example", T_TXT, "real.example", T_TXT, "behind"},
    {"back.example", T_TXT, "b.example", T_TXT, "behind two"},
    {"back.example", T_TXT, "a.example", T_CNAME, "b.example"},
    {"back.example", T_TXT, "back.example", T_CNAME, "a.example"},
    {"ring.example", T_TXT, "ring.example", T_CNAME, "ring2.example"},
    {"ring.example", T_TXT, "ring2.example", T_CNAME, "ring.example"},
    {"dangling.example", T_TXT, "dangling.example", T_CNAME, "gone.example"},
    {"stranger.example", T_TXT, "other.example", T_TXT, "not asked for"},
    {"alias.example", T_CNAME, "alias.example", T_CNAME, "real.example"},
    {"mx.example", T_MX, "mx.example", T_MX, "@20second.example"},
    {"mx.example", T_MX, "mx.example", T_MX, "@5First.example"},
    {"mx.example", T_MX, "mx.example", T_MX, "@20another.example"},
    {"null.example", T_MX, "null.example", T_MX, "@0"},
    {"host.example", T_A, "host.example", T_A, "192.0.2.7"},
    {"host.example", T_AAAA, "host.example", T_AAAA, "2001:db8::7"},
    {"7.2.0.192.in-addr.arpa", T_PTR, "7.2.0.192.in-addr.arpa", T_PTR, "Host.example"},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", T_PTR,
     "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", T_PTR,
     "six.example"},
    {"short.example", T_A, "short.example", T_A, "\xff\x01\x02\x03"},
    {"over.example", T_TXT, "over.example", T_TXT,
     "\xff\x09"
     "abc"},
    {"srv.example", T_SRV, "srv.example", T_SRV,
     "\xff\x01\x14\x01\x02\x02\x4b\x04Mail\xc0\x0c"},
    {"srv.example", T_SRV, "srv.example", T_SRV,
     "\xff\x01\x0a\x01\x02\x02\x4b\x05"
     "first\xc0\x0c"},
    {"_short._tcp.example", T_SRV, "_short._tcp.example", T_SRV, "\xff\x01\x01\x01\x01"},
    {"loop.example", T_MX, "loop.example", T_MX, "\xff\x01\x01\xc0\x0c"},
};

static const struct {
    const char *name;
    int rcode; /* -1: no answer at all; -2: a record that reaches past the end */
} codes[] = {
    {"none.example", 3},    {"dangling.example", 3}, {"fails.example", 2},
    {"silent.example", -1}, {"cut.example", -2},
};

struct name_server {
    int fd;
    char address[32];
    GThread *thread;
};

static void put16(GByteArray *out, int n)
{
    guint8 octets[] = {(guint8)(n >> 8), (guint8)n};
    g_byte_array_append(out, octets, 2);
}

static void put_name(GByteArray *out, const char *name)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);

    for (char **label = labels; *label && **label; label++) {
        guint8 len = (guint8)strlen(*label);
        g_byte_array_append(out, &len, 1);
        g_byte_array_append(out, (const guint8 *)*label, len);
    }
    g_byte_array_append(out, (const guint8 *)"", 1);
}

static void put_pieces(GByteArray *out, const char *data)
{
    g_auto(GStrv) pieces = g_strsplit(data, "|", -1);

    if (!*pieces)
        g_byte_array_append(out, (const guint8 *)"", 1);
    for (char **piece = pieces; *piece; piece++) {
        guint8 len = (guint8)strlen(*piece);
        g_byte_array_append(out, &len, 1);
        g_byte_array_append(out, (const guint8 *)*piece, len);
    }
}

static void put_data(GByteArray *out, const struct rr *rr)
{
    guint8 address[16];
    char *name;

    if (*rr->data == '\xff')
        g_byte_array_append(out, (const guint8 *)rr->data + 1, (guint)strlen(rr->data + 1));
    else if (rr->type == T_TXT)
        put_pieces(out, rr->data);
    else if (rr->type == T_A || rr->type == T_AAAA)
        g_byte_array_append(out, address,
                            inet_pton(rr->type == T_A ? AF_INET : AF_INET6, rr->data, address) >
                                    0
                                ? (rr->type == T_A ? 4 : 16)
                                : 0);
    else if (rr->type == T_MX) {
        put16(out, (int)strtol(rr->data + 1, &name, 10));
        put_name(out, name);
    } else {
        put_name(out, rr->data);
    }
}

static void put_rr(GByteArray *out, const struct rr *rr)
{
    g_autoptr(GByteArray) data = g_byte_array_new();

    put_data(data, rr);
    put_name(out, rr->owner);
    put16(out, rr->type);
    put16(out, 1);
    put16(out, 0);
    put16(out, 300);
    put16(out, (int)data->len);
    g_byte_array_append(out, data->data, data->len);
}

/* The name in the question, and where it ends. */
static char *question_name(const guint8 *packet, gsize *ret_end)
{
    GString *name = g_string_new(NULL);
    gsize at = 12;

    for (; packet[at] != 0; at += packet[at] + 1u) {
        if (name->len > 0)
            g_string_append_c(name, '.');
        g_string_append_len(name, (const char *)packet + at + 1, packet[at]);
    }
    *ret_end = at + 1;
    return g_string_free(name, FALSE);
}

static GByteArray *answer(const guint8 *packet)
{
    gsize end = 0;
    g_autofree char *name = question_name(packet, &end);
    int type = packet[end] << 8 | packet[end + 1], rcode = 0, n = 0;
    GByteArray *out = g_byte_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_ascii_strcasecmp(codes[i].name, name) == 0)
            rcode = codes[i].rcode;
    g_byte_array_append(out, packet, 2);
    put16(out, 0x8180 | MAX(rcode, 0));
    put16(out, 1);
    for (int i = 0; i < 3; i++)
        put16(out, 0);
    g_byte_array_append(out, packet + 12, (guint)end + 4 - 12);
    for (gsize i = 0; i < G_N_ELEMENTS(rrs); i++)
        if (g_ascii_strcasecmp(rrs[i].asked, name) == 0 && rrs[i].asked_type == type) {
            put_rr(out, &rrs[i]);
            n++;
        }
    if (rcode == -2) {
        struct rr rr = {name, type, name, type, "some data"};
        put_rr(out, &rr);
        g_byte_array_set_size(out, out->len - 3);
        n++;
    }
    out->data[7] = (guint8)n;
    if (rcode == -1)
        g_byte_array_set_size(out, 0);
    return out;
}

/* Ends at a packet of one byte. */
static gpointer serve(gpointer data)
{
    struct name_server *s = data;
    guint8 packet[1500];
    struct sockaddr_in from;

    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(s->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &len);

        if (n <= 1)
            return NULL;
        g_autoptr(GByteArray) out = answer(packet);
        if (out->len > 0)
            g_assert_cmpint(
                sendto(s->fd, out->data, out->len, 0, (struct sockaddr *)&from, len), ==,
                (ssize_t)out->len);
    }
}

static void server_start(struct name_server *s)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;

    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(s->fd, (struct sockaddr *)&here, sizeof here), ==, 0);
    g_assert_cmpint(getsockname(s->fd, (struct sockaddr *)&here, &len), ==, 0);
    g_snprintf(s->address, sizeof s->address, "127.0.0.1:%d", ntohs(here.sin_port));
    s->thread = g_thread_new("dns", serve, s);
}

static void server_stop(struct name_server *s)
{
    struct sockaddr_in here;
    socklen_t len = sizeof here;

    g_assert_cmpint(getsockname(s->fd, (struct sockaddr *)&here, &len), ==, 0);
    g_assert_cmpint(sendto(s->fd, "", 1, 0, (struct sockaddr *)&here, len), ==, 1);
    g_thread_join(s->thread);
    close(s->fd);
}

/* ---- tests ---- */

static struct name_server server;

static struct dns *open_dns(void)
{
    g_autoptr(GError) error = NULL;
    struct dns *d = dns_open(server.address, PATIENCE_MS, &error);

    g_assert_no_error(error);
    return d;
}

/* Values joined by "|", an MX with its preference. */
static char *shown(const struct dns_answer *a)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < a->values->len; i++) {
        const struct dns_value *v = a->values->pdata[i];
        if (i > 0)
            g_string_append_c(s, '|');
        if (a->type == DNS_MX)
            g_string_append_printf(s, "%d ", v->preference);
        if (a->type == DNS_SRV)
            g_string_append_printf(s, "%d %d %d ", v->preference, v->weight, v->port);
        g_string_append(s, v->text);
        g_assert_cmpuint(strlen(v->text), ==, v->len);
    }
    return g_string_free(s, FALSE);
}

static const struct {
    const char *name;
    enum dns_type type;
    enum dns_status status;
    const char *alias, *values;
} answers[] = {
    {"txt.example", DNS_TXT, DNS_FOUND, NULL, "v=DKIM1; k=rsa; p=AAAABBBB"},
    {"case.example", DNS_TXT, DNS_FOUND, NULL, "found"},
    {"two.example", DNS_TXT, DNS_FOUND, NULL, "one|two"},
    {"empty.example", DNS_TXT, DNS_FOUND, NULL, ""},
    {"alias.example", DNS_TXT, DNS_FOUND, "real.example", "behind"},
    {"back.example", DNS_TXT, DNS_FOUND, "b.example", "behind two"},
    {"ring.example", DNS_TXT, DNS_NO_DATA, "ring.example", ""},
    {"dangling.example", DNS_TXT, DNS_NO_NAME, "gone.example", ""},
    {"stranger.example", DNS_TXT, DNS_NO_DATA, NULL, ""},
    {"alias.example", DNS_CNAME, DNS_FOUND, NULL, "real.example"},
    {"none.example", DNS_TXT, DNS_NO_NAME, NULL, ""},
    {"host.example", DNS_TXT, DNS_NO_DATA, NULL, ""},
    {"mx.example", DNS_MX, DNS_FOUND, NULL,
     "5 first.example|20 another.example|20 second.example"},
    {"null.example", DNS_MX, DNS_FOUND, NULL, "0 "},
    {"srv.example", DNS_SRV, DNS_FOUND, NULL,
     "266 258 587 first.srv.example|276 258 587 mail.srv.example"},
    {"_short._tcp.example", DNS_SRV, DNS_NO_DATA, NULL, ""},
    {"host.example", DNS_A, DNS_FOUND, NULL, "192.0.2.7"},
    {"host.example", DNS_AAAA, DNS_FOUND, NULL, "2001:db8::7"},
    {"short.example", DNS_A, DNS_NO_DATA, NULL, ""},
    {"over.example", DNS_TXT, DNS_NO_DATA, NULL, ""},
    {"loop.example", DNS_MX, DNS_FOUND, NULL, "257 loop.example"},
    {"fails.example", DNS_TXT, DNS_FAILED, NULL, ""},
    {"cut.example", DNS_TXT, DNS_FAILED, NULL, ""},
    {"a..b", DNS_TXT, DNS_FAILED, NULL, ""},
};

static void test_answers(void)
{
    struct dns *d = open_dns();
    const struct dns_answer *asked[G_N_ELEMENTS(answers)];

    /* All at once: each must get its own. */
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++)
        asked[i] = dns_ask(d, answers[i].name, answers[i].type);
    dns_wait(d);
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *values = shown(asked[i]);

        g_test_message("%s %s", answers[i].name, dns_type_name(answers[i].type));
        g_assert_cmpint(asked[i]->status, ==, answers[i].status);
        g_assert_cmpstr(asked[i]->alias, ==, answers[i].alias);
        g_assert_cmpstr(values, ==, answers[i].values);
        g_assert_true((asked[i]->why != NULL) == (answers[i].status == DNS_FAILED));
        g_assert_true((asked[i]->fault != DNS_FAULT_NONE) == (answers[i].status == DNS_FAILED));
    }
    dns_close(d);
}

static void test_pointers(void)
{
    struct dns *d = open_dns();
    const struct dns_answer *four = dns_ask_pointer(d, "192.0.2.7");
    const struct dns_answer *six = dns_ask_pointer(d, "2001:db8::1");
    const struct dns_answer *neither = dns_ask_pointer(d, "none.example");

    dns_wait(d);
    g_autofree char *a = shown(four), *b = shown(six);
    g_assert_cmpstr(a, ==, "host.example");
    g_assert_cmpstr(b, ==, "six.example");
    g_assert_cmpint(neither->status, ==, DNS_NO_NAME);
    dns_close(d);
}

static void test_silence(void)
{
    g_autoptr(GError) error = NULL;
    struct dns *d = dns_open(server.address, SHORT_MS, &error);
    const struct dns_answer *a = dns_ask(d, "silent.example", DNS_TXT);

    dns_wait(d);
    g_assert_cmpint(a->status, ==, DNS_FAILED);
    g_assert_nonnull(strstr(a->why, "in time"));
    g_assert_cmpint(a->fault, ==, DNS_FAULT_SILENT);
    g_assert_cmpint(a->took_us, >, 0);
    dns_ask(d, "silent.example", DNS_TXT); /* and one that is never waited for */
    dns_close(d);
}

/* A server that failed is not taken for one that is not there. */
static void test_failures(void)
{
    g_autoptr(GError) error = NULL;
    struct dns *d = open_dns(), *nobody = dns_open("127.0.0.1:1", PATIENCE_MS, &error);
    const struct dns_answer *failed = dns_ask(d, "fails.example", DNS_TXT);
    const struct dns_answer *lost = dns_ask(nobody, "host.example", DNS_A);

    dns_wait(d);
    dns_wait(nobody);
    g_assert_cmpint(failed->status, ==, DNS_FAILED);
    g_assert_nonnull(strstr(failed->why, "could not find it out"));
    g_assert_cmpint(failed->fault, ==, DNS_FAULT_SERVFAIL);
    g_assert_cmpint(lost->fault, ==, DNS_FAULT_CLOSED);
    g_assert_cmpint(lost->status, ==, DNS_FAILED);
    g_assert_null(strstr(lost->why, "could not find it out"));
    dns_close(d);
    dns_close(nobody);
}

/* Each has its own time: a silent one does not hold up the others, nor is it left out. */
static void test_together(void)
{
    struct dns *all[] = {dns_open(server.address, SHORT_MS, NULL), open_dns(),
                         dns_open("127.0.0.1:1", PATIENCE_MS, NULL)};
    const struct dns_answer *silent = dns_ask(all[0], "silent.example", DNS_TXT);
    const struct dns_answer *found = dns_ask(all[1], "host.example", DNS_A);
    const struct dns_answer *lost = dns_ask(all[2], "host.example", DNS_A);

    dns_wait_together(all, G_N_ELEMENTS(all));
    g_assert_cmpint(silent->fault, ==, DNS_FAULT_SILENT);
    g_assert_cmpint(found->status, ==, DNS_FOUND);
    g_assert_cmpint(lost->fault, ==, DNS_FAULT_CLOSED);
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        dns_close(all[i]);
}

static void test_servers(void)
{
    struct dns *d = dns_open("192.0.2.1,[2001:db8::1]:5353,192.0.2.2:54", SHORT_MS, NULL);
    g_auto(GStrv) servers = dns_servers(d);
    g_autofree char *all = g_strjoinv(" ", servers);

    g_assert_cmpstr(all, ==, "192.0.2.1 [2001:db8::1]:5353 192.0.2.2:54");
    dns_close(d);
}

static void test_environment(void)
{
    g_autoptr(GError) error = NULL;

    g_setenv("CRIER_DNS", server.address, TRUE);
    struct dns *d = dns_open(NULL, PATIENCE_MS, &error);
    g_assert_no_error(error);
    const struct dns_answer *a = dns_ask(d, "host.example", DNS_A);
    dns_wait(d);
    g_assert_cmpint(a->status, ==, DNS_FOUND);
    dns_close(d);

    g_setenv("CRIER_DNS", "no address", TRUE);
    g_assert_null(dns_open(NULL, PATIENCE_MS, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "no address"));
    g_unsetenv("CRIER_DNS");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_start(&server);
    g_test_add_func("/dns/answers", test_answers);
    g_test_add_func("/dns/pointers", test_pointers);
    g_test_add_func("/dns/a-silent-server", test_silence);
    g_test_add_func("/dns/a-failing-server-and-none", test_failures);
    g_test_add_func("/dns/several-at-once", test_together);
    g_test_add_func("/dns/whom-it-asks", test_servers);
    g_test_add_func("/dns/servers-from-the-environment", test_environment);
    int code = g_test_run();
    server_stop(&server);
    return code;
}
