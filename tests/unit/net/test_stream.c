/*
 * Bringing connections up against a scripted server on loopback, with and without TLS, and what
 * is said when it fails; then bytes both ways.
 */
#include "config.h"

#include "net/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/smtp.h"
#include "server.h"
#include "tests/unit/patience.h"

#define HOUR 3600L
#define EHLO "S 220 mx.test ESMTP|C EHLO my.name|"
#define IMAP(CAPABILITIES)                                                                        \
    "S * OK ready|C A001 CAPABILITY|S * CAPABILITY " CAPABILITIES "|S A001 OK done"
#define POP3(CAPABILITIES) "S +OK ready|C CAPA|S +OK|S " CAPABILITIES "|S .|"
#define SECRET "s3cret-Pa55"

enum certificate { CERT_NONE, CERT_GOOD, CERT_EXPIRED, CERT_OTHER_NAME, CERT_COUNT };
static char *folder, *pem_files[CERT_COUNT];

struct probe {
    struct loop *loop;
    struct stream_pool *pool;
    struct stream *stream;
    struct stream_target target;
    enum stream_fault fault;
    char *why;
    gboolean is_up, is_at_end;
    gboolean lets_wait; /* `ready` reads nothing */
    gsize piece; /* bytes read in one `ready` */
    int n_ready;
    GString *got, *lines;
};

static void on_up(struct stream *s, void *data)
{
    struct probe *p = data;
    p->is_up = TRUE;
}

static void on_failed(struct stream *s, enum stream_fault fault, const GError *why, void *data)
{
    struct probe *p = data;
    p->fault = fault;
    g_assert_true(why->domain == CRIER_ERROR);
    p->why = g_strdup(why->message);
    stream_free(s);
    p->stream = NULL;
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct probe *p = data;
    char buffer[4096];
    g_autoptr(GError) error = NULL;
    p->n_ready++;
    if (p->lets_wait) {
        stream_want(s, 0);
        return;
    }
    gssize n = stream_recv(s, buffer, p->piece, &error);
    if (n > 0)
        g_string_append_len(p->got, buffer, n);
    if (n == -2 || n == -1) {
        p->is_at_end = TRUE;
        stream_free(s);
        p->stream = NULL;
    }
}

static void on_line(struct stream *s, char direction, const char *text, void *data)
{
    struct probe *p = data;
    g_assert_null(strpbrk(text, "\r\n"));
    g_string_append_printf(p->lines, "%c %s\n", direction, text);
}

static const struct stream_handler handler = {on_up, on_failed, on_ready, on_line};

static void probe_init(struct probe *p, guint16 port, enum stream_security security)
{
    memset(p, 0, sizeof *p);
    p->loop = loop_new();
    p->pool = stream_pool_new(p->loop);
    p->got = g_string_new(NULL);
    p->lines = g_string_new(NULL);
    p->piece = 4096;
    p->target = (struct stream_target){.host = "127.0.0.1",
                                       .port = port,
                                       .security = security,
                                       .hello = "my.name",
                                       .connect_timeout_s = 20};
}

static void turn(struct probe *p, gint64 begun_us)
{
    loop_run_once(p->loop, 100000);
    if (clock_mono_us() - begun_us > PATIENCE_US)
        g_error("nothing more came: %s", p->lines->str);
}

static void probe_run(struct probe *p)
{
    gint64 begun_us = clock_mono_us();
    p->stream = stream_open(p->pool, &p->target, &handler, p);
    g_assert_cmpint(p->fault, ==, STREAM_FAULT_NONE); /* only from the loop */
    while (!p->is_up && p->fault == STREAM_FAULT_NONE)
        turn(p, begun_us);
}

static void probe_clear(struct probe *p)
{
    stream_free(p->stream);
    stream_pool_free(p->pool);
    loop_free(p->loop);
    g_free(p->why);
    g_string_free(p->got, TRUE);
    g_string_free(p->lines, TRUE);
}

static void end_server(struct server *s)
{
    char *complaint = NULL;
    g_free(server_free(s, &complaint));
    g_assert_cmpstr(complaint, ==, NULL);
}

struct bring_up {
    const char *name, *script;
    enum stream_security security;
    enum certificate certificate;
    gboolean trusts_it; /* ca_file is the server's certificate */
    const char *user;
    int timeout_s;
    enum stream_fault fault;
    const char *words; /* part of the error, or of the capabilities */
    enum stream_auth auth;
    enum stream_protocol protocol;
};

static const struct bring_up bring_ups[] = {
    {"plain", EHLO "S 250-mx.test hi|S 250-PIPELINING|S 250 SIZE 100", STREAM_PLAIN,
     .words = "mx.test hi\nPIPELINING\nSIZE 100"},
    {"helo-fallback", EHLO "S 502 no|C HELO my.name|S 250 mx.test", STREAM_PLAIN,
     .words = "mx.test"},
    {"tls", "T|" EHLO "S 250-mx.test|S 250 PIPELINING", STREAM_TLS, CERT_GOOD, TRUE,
     .words = "mx.test\nPIPELINING"},
    {"starttls",
     EHLO "S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 220 go|T|C EHLO my.name|"
          "S 250-mx.test|S 250 DSN",
     STREAM_STARTTLS, CERT_GOOD, TRUE, .words = "mx.test\nDSN"},
    {"login", EHLO "S 250-mx.test|S 250 AUTH PLAIN|C AUTH PLAIN|S 334 |C |S 235 2.7.0 in",
     STREAM_PLAIN, .user = "ann", .words = "mx.test\nAUTH PLAIN"},
    {"login-over-tls",
     "T|" EHLO "S 250-mx.test|S 250 AUTH LOGIN|C AUTH LOGIN|R 334 VXNlcm5hbWU6"
     "\r\n|C YW5u|S 334 UGFzc3dvcmQ6|C |S 235 in",
     STREAM_TLS, CERT_GOOD, TRUE, "ann", .words = "mx.test\nAUTH LOGIN"},
    {"xoauth2",
     EHLO "S 250-mx.test|S 250 AUTH PLAIN LOGIN XOAUTH2|C AUTH XOAUTH2|S 334 |"
          "C dXNlcj1hbm4BYXV0aD1CZWFyZXIgczNjcmV0LVBhNTUBAQ==|S 235 in",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_XOAUTH2,
     .words = "mx.test\nAUTH PLAIN LOGIN XOAUTH2"},
    {"oauthbearer",
     EHLO "S 250-mx.test|S 250 AUTH XOAUTH2 OAUTHBEARER|C AUTH OAUTHBEARER|S 334 |"
          "C bixhPWFubiwBaG9zdD0xMjcuMC4wLjEBcG9y|S 235 in",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_OAUTHBEARER,
     .words = "mx.test\nAUTH XOAUTH2 OAUTHBEARER"},

    {"unknown-ca", "T|" EHLO "S 250 x", STREAM_TLS, CERT_GOOD, FALSE, .fault = STREAM_FAULT_TLS,
     .words = "self-signed"},
    {"expired", "T|" EHLO "S 250 x", STREAM_TLS, CERT_EXPIRED, TRUE, .fault = STREAM_FAULT_TLS,
     .words = "expired"},
    {"other-name", "T|" EHLO "S 250 x", STREAM_TLS, CERT_OTHER_NAME, TRUE,
     .fault = STREAM_FAULT_TLS, .words = "made for another name"},
    {"starttls-other-name", EHLO "S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 220 go|T|",
     STREAM_STARTTLS, CERT_OTHER_NAME, TRUE, .fault = STREAM_FAULT_TLS,
     .words = "made for another name"},
    {"tls-to-a-plain-port", "S 220 mx.test ESMTP|", STREAM_TLS, .fault = STREAM_FAULT_TLS,
     .words = "starttls"},
    {"starttls-not-offered", EHLO "S 250-mx.test|S 250 AUTH PLAIN|", STREAM_STARTTLS,
     .user = "ann", .fault = STREAM_FAULT_NO_STARTTLS, .words = "in clear"},
    {"starttls-refused", EHLO "S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 454 4.7.0 no TLS now|",
     STREAM_STARTTLS, .fault = STREAM_FAULT_NO_STARTTLS, .words = "454 4.7.0 no TLS now"},

    {"wrong-password", EHLO "S 250-mx.test|S 250 AUTH PLAIN LOGIN|C AUTH|S 535 5.7.8 wrong|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN, .words = "535 5.7.8 wrong"},
    {"login-later", EHLO "S 250-mx.test|S 250 AUTH PLAIN|C AUTH|S 454 4.7.0 database down|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN_LATER,
     .words = "454 4.7.0 database down"},
    {"no-auth-offered", EHLO "S 250 mx.test|", STREAM_PLAIN, .user = "ann",
     .fault = STREAM_FAULT_NO_AUTH, .words = "none that we know"},
    {"unknown-mechanism", EHLO "S 250-mx.test|S 250 AUTH FOO|", STREAM_PLAIN, .user = "ann",
     .fault = STREAM_FAULT_NO_AUTH, .words = "none that we know"},
    {"refused-token",
     EHLO "S 250-mx.test|S 250 AUTH XOAUTH2|C AUTH XOAUTH2|S 334 |C dXNlcj1hbm4BYXV0|"
          "S 535 5.7.3 expired|",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_LOGIN,
     .words = "token is refused: “535 5.7.3 expired”"},
    {"refused-token-by-challenge",
     EHLO "S 250-mx.test|S 250 AUTH XOAUTH2|C AUTH XOAUTH2|S 334 |C dXNlcj1hbm4BYXV0|"
          "S 334 eyJzdGF0dXMiOiI0MDEifQ==|",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_LOGIN,
     .words = "token is refused: “{\"status\":\"401\"}”"},
    {"refused-bearer-by-challenge",
     EHLO "S 250-mx.test|S 250 AUTH OAUTHBEARER|C AUTH OAUTHBEARER|S 334 |C bixhPWFubi|"
          "S 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=|C AQ==|S 535 5.7.8 expired|",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_OAUTHBEARER, .fault = STREAM_FAULT_LOGIN,
     .words = "token is refused: “535 5.7.8 expired”"},
    /* A token must never go out as a password, nor an empty password in its place. */
    {"token-to-a-plain-server", EHLO "S 250-mx.test|S 250 AUTH PLAIN LOGIN|", STREAM_PLAIN,
     .user = "ann", .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_NO_AUTH,
     .words = "does not offer XOAUTH2"},
    {"token-of-the-other-kind", EHLO "S 250-mx.test|S 250 AUTH XOAUTH2|", STREAM_PLAIN,
     .user = "ann", .auth = STREAM_AUTH_OAUTHBEARER, .fault = STREAM_FAULT_NO_AUTH,
     .words = "does not offer OAUTHBEARER"},
    {"token-without-auth", EHLO "S 250 mx.test|", STREAM_PLAIN, .user = "ann",
     .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_NO_AUTH,
     .words = "does not offer XOAUTH2"},

    {"busy-greeting", "S 421 4.3.2 too many connections|", STREAM_PLAIN,
     .fault = STREAM_FAULT_BUSY, .words = "421 4.3.2 too many connections"},
    {"refusing-greeting", "S 554-no mail|S 554 from you|", STREAM_PLAIN,
     .fault = STREAM_FAULT_GREETING, .words = "554-no mail\\n554 from you"},
    {"ehlo-refused", "S 220 hi|C EHLO|S 550 bad name|C HELO|S 550 bad name|", STREAM_PLAIN,
     .fault = STREAM_FAULT_GREETING, .words = "550 bad name"},
    {"http", "S HTTP/1.1 400 Bad Request|S Server: x|", STREAM_PLAIN,
     .fault = STREAM_FAULT_GREETING, .words = "web server"},
    {"pop3", "S +OK ready|", STREAM_PLAIN, .fault = STREAM_FAULT_GREETING,
     .words = "no SMTP server: “+OK ready”"},
    {"escape-sequence", "R \x1b[2J\r\n|", STREAM_PLAIN, .fault = STREAM_FAULT_GREETING,
     .words = "\\x1b[2J"},
    {"silent", "", STREAM_PLAIN, .timeout_s = 1, .fault = STREAM_FAULT_TIMEOUT,
     .words = "no greeting within 1 second"},
    {"silent-ehlo", EHLO, STREAM_PLAIN, .timeout_s = 1, .fault = STREAM_FAULT_TIMEOUT,
     .words = "not ready within 1 second"},
    {"closed-at-once", "X", STREAM_PLAIN, .fault = STREAM_FAULT_LOST, .words = "broke"},
    {"closed-behind-ehlo", EHLO "X", STREAM_PLAIN, .fault = STREAM_FAULT_LOST,
     .words = "broke"},

    {"imap", IMAP("IMAP4rev1 IDLE LOGINDISABLED"), STREAM_PLAIN,
     .words = "IMAP4rev1 IDLE LOGINDISABLED", .protocol = STREAM_IMAP},
    {"imap-tls",
     "T|" IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN") "|C A002 AUTHENTICATE PLAIN AGFubgBzM2NyZXQt|"
                                               "S A002 OK [CAPABILITY IMAP4rev1 MOVE] in",
     STREAM_TLS, CERT_GOOD, TRUE, "ann", .words = "IMAP4rev1 MOVE", .protocol = STREAM_IMAP},
    {"imap-starttls",
     IMAP("IMAP4rev1 STARTTLS") "|C A002 STARTTLS|S A002 OK go|T|"
                                              "C A003 CAPABILITY|S * CAPABILITY IMAP4rev1 IDLE|"
                                              "S A003 OK done|C A004 LOGIN ann s3cret-Pa55|"
                                              "S * 1 EXISTS|S A004 OK in",
     STREAM_STARTTLS, CERT_GOOD, TRUE, "ann", .words = "IMAP4rev1 IDLE",
     .protocol = STREAM_IMAP},
    {"imap-xoauth2",
     IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2") "|C A002 AUTHENTICATE XOAUTH2 dXNlcj1hbm4B"
                                                       "YXV0aD1CZWFyZXIgczNjcmV0LVBhNTUBAQ==|"
                                                       "S A002 OK in",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_XOAUTH2,
     .words = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2", .protocol = STREAM_IMAP},
    {"imap-preauth", "S * PREAUTH known|C A001 CAPABILITY|S * CAPABILITY IMAP4rev1|S A001 OK x",
     STREAM_PLAIN, .user = "ann", .words = "IMAP4rev1", .protocol = STREAM_IMAP},
    {"imap-starttls-not-offered", IMAP("IMAP4rev1 AUTH=PLAIN"), STREAM_STARTTLS, .user = "ann",
     .fault = STREAM_FAULT_NO_STARTTLS, .words = "security tls on port 993",
     .protocol = STREAM_IMAP},
    {"imap-starttls-refused",
     IMAP("IMAP4rev1 STARTTLS") "|C A002 STARTTLS|S A002 BAD not today|", STREAM_STARTTLS,
     .user = "ann", .fault = STREAM_FAULT_NO_STARTTLS, .words = "BAD not today",
     .protocol = STREAM_IMAP},
    {"imap-preauth-without-tls", "S * PREAUTH known|C A001 CAPABILITY|S * CAPABILITY IMAP4rev1 "
                                 "STARTTLS|S A001 OK x|",
     STREAM_STARTTLS, .user = "ann", .fault = STREAM_FAULT_NO_STARTTLS, .words = "in clear",
     .protocol = STREAM_IMAP},
    {"imap-wrong-password",
     IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN") "|C A002 AUTHENTICATE PLAIN|"
                                          "S A002 NO [AUTHENTICATIONFAILED] Who are you?|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN,
     .words = "refused: “NO [AUTHENTICATIONFAILED] Who are you?”", .protocol = STREAM_IMAP},
    {"imap-login-later",
     IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN") "|C A002 AUTHENTICATE PLAIN|"
                                          "S A002 NO [UNAVAILABLE] database down|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN_LATER, .words = "database down",
     .protocol = STREAM_IMAP},
    {"imap-goodbye-at-login",
     IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN") "|C A002 AUTHENTICATE PLAIN|S * BYE going down|X",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_BUSY, .words = "BYE going down",
     .protocol = STREAM_IMAP},
    {"imap-refused-token",
     IMAP("IMAP4rev1 SASL-IR AUTH=XOAUTH2") "|C A002 AUTHENTICATE XOAUTH2|"
                                            "S + eyJzdGF0dXMiOiI0MDEifQ==|",
     STREAM_PLAIN, .user = "ann", .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_LOGIN,
     .words = "token is refused: “{\"status\":\"401\"}”", .protocol = STREAM_IMAP},
    {"imap-token-to-a-plain-server", IMAP("IMAP4rev1 SASL-IR AUTH=PLAIN") "|", STREAM_PLAIN,
     .user = "ann", .auth = STREAM_AUTH_OAUTHBEARER, .fault = STREAM_FAULT_NO_AUTH,
     .words = "does not offer OAUTHBEARER", .protocol = STREAM_IMAP},
    {"imap-no-login-in-clear", IMAP("IMAP4rev1 LOGINDISABLED") "|", STREAM_PLAIN, .user = "ann",
     .fault = STREAM_FAULT_NO_AUTH, .words = "Use security tls", .protocol = STREAM_IMAP},
    {"imap-goodbye", "S * BYE [UNAVAILABLE] full|", STREAM_PLAIN, .fault = STREAM_FAULT_BUSY,
     .words = "BYE [UNAVAILABLE] full", .protocol = STREAM_IMAP},
    {"imap-unwanted", "S * BYE not from there|", STREAM_PLAIN, .fault = STREAM_FAULT_GREETING,
     .words = "BYE not from there", .protocol = STREAM_IMAP},
    {"imap-to-smtp", "S 220 mx.test ESMTP|", STREAM_PLAIN, .fault = STREAM_FAULT_GREETING,
     .words = "no IMAP server: “220 mx.test ESMTP”", .protocol = STREAM_IMAP},
    {"imap-to-http", "S HTTP/1.1 400 Bad Request|", STREAM_PLAIN,
     .fault = STREAM_FAULT_GREETING, .words = "web server", .protocol = STREAM_IMAP},
    {"imap-closed", IMAP("IMAP4rev1") "|X", STREAM_PLAIN, .user = "ann",
     .fault = STREAM_FAULT_LOST, .words = "broke", .protocol = STREAM_IMAP},

    {"pop3-user", POP3("TOP|S USER|S UIDL") "C USER ann|S +OK|C PASS s3cret-Pa55|S +OK in",
     STREAM_PLAIN, .user = "ann", .words = "TOP\nUSER\nUIDL", .protocol = STREAM_POP3},
    {"pop3-apop",
     "S +OK hi <1.2@pop.test>|C CAPA|S -ERR what?|C APOP ann |S +OK in", STREAM_PLAIN,
     .user = "ann", .words = "", .protocol = STREAM_POP3},
    {"pop3-tls",
     "T|" POP3("SASL PLAIN|S UIDL") "C AUTH PLAIN|S + |C AGFubgBzM2NyZXQt|S +OK in", STREAM_TLS,
     CERT_GOOD, TRUE, "ann", .words = "SASL PLAIN\nUIDL", .protocol = STREAM_POP3},
    {"pop3-starttls",
     POP3("STLS|S BOGUS") "C STLS|S +OK go|T|C CAPA|S +OK|S UIDL|S USER|S .|C USER ann|S +OK|"
                          "C PASS |S +OK in",
     STREAM_STARTTLS, CERT_GOOD, TRUE, "ann", .words = "UIDL\nUSER", .protocol = STREAM_POP3},
    {"pop3-starttls-not-offered", POP3("USER"), STREAM_STARTTLS, .user = "ann",
     .fault = STREAM_FAULT_NO_STARTTLS, .words = "security tls on port 995",
     .protocol = STREAM_POP3},
    {"pop3-wrong-password", POP3("USER") "C USER ann|S +OK|C PASS |S -ERR [AUTH] no|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN, .words = "“-ERR [AUTH] no”",
     .protocol = STREAM_POP3},
    {"pop3-in-use", POP3("USER") "C USER ann|S +OK|C PASS |S -ERR [IN-USE] locked|",
     STREAM_PLAIN, .user = "ann", .fault = STREAM_FAULT_LOGIN_LATER, .words = "locked",
     .protocol = STREAM_POP3},
    {"pop3-refused-token",
     POP3("SASL XOAUTH2") "C AUTH XOAUTH2|S + |C dXNlcj1hbm4BYXV0|S -ERR expired|", STREAM_PLAIN,
     .user = "ann", .auth = STREAM_AUTH_XOAUTH2, .fault = STREAM_FAULT_LOGIN,
     .words = "token is refused: “-ERR expired”", .protocol = STREAM_POP3},
    {"pop3-busy", "S -ERR [SYS/TEMP] later|", STREAM_PLAIN, .fault = STREAM_FAULT_BUSY,
     .words = "-ERR [SYS/TEMP] later", .protocol = STREAM_POP3},
    {"pop3-to-imap", "S * OK ready|", STREAM_PLAIN, .fault = STREAM_FAULT_GREETING,
     .words = "no POP3 server: “* OK ready”", .protocol = STREAM_POP3},
};

static void test_bring_up(gconstpointer data)
{
    const struct bring_up *b = data;
    struct server *server = server_new(b->script, pem_files[b->certificate]);
    struct probe p;
    probe_init(&p, server_port(server), b->security);
    p.target.protocol = b->protocol;
    p.target.user = b->user;
    p.target.secret = SECRET;
    p.target.auth = b->auth;
    if (b->trusts_it)
        p.target.ca_file = pem_files[b->certificate];
    if (b->timeout_s)
        p.target.connect_timeout_s = b->timeout_s;
    probe_run(&p);
    g_assert_cmpstr(stream_fault_name(p.fault), ==, stream_fault_name(b->fault));
    if (b->fault == STREAM_FAULT_NONE)
        g_assert_cmpstr(stream_capabilities(p.stream), ==, b->words);
    else if (!strstr(p.why, b->words))
        g_error("“%s” is not in “%s”", b->words, p.why);
    if (p.why)
        g_assert_null(strpbrk(p.why, "\r\n\x1b"));
    g_autofree char *base64 = g_base64_encode((const guchar *)SECRET, strlen(SECRET));
    g_assert_null(strstr(p.lines->str, SECRET));
    g_assert_null(strstr(p.lines->str, base64));
    probe_clear(&p);
    char *complaint = NULL;
    g_autofree char *said = server_free(server, &complaint);
    g_assert_cmpstr(complaint, ==, NULL);
    /* A goodbye of libcurl's would commit what POP3 has marked as deleted. */
    g_assert_null(strstr(said, "LOGOUT"));
    g_assert_null(strstr(said, "QUIT"));
}

static void test_refused_port(void)
{
    struct server *server = server_new("X", NULL);
    guint16 port = server_port(server);
    end_server(server); /* nobody listens there now */
    struct probe p;
    probe_init(&p, port, STREAM_PLAIN);
    probe_run(&p);
    g_assert_cmpint(p.fault, ==, STREAM_FAULT_REFUSED);
    g_assert_nonnull(strstr(p.why, "refused"));
    probe_clear(&p);
}

static void test_unresolved(void)
{
    struct probe p;
    probe_init(&p, 25, STREAM_PLAIN);
    p.target.host = "mail.nowhere.invalid";
    p.target.connect_timeout_s = 5;
    probe_run(&p);
    g_assert_cmpint(p.fault, ==, STREAM_FAULT_UNRESOLVED);
    g_assert_nonnull(strstr(p.why, "mail.nowhere.invalid"));
    probe_clear(&p);
}

static void test_bad_host(void)
{
    static const char *const hosts[] = {"", "a/b", "user@host", "a b", "h\r\nx", "a?b", "h#"};
    for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
        struct probe p;
        probe_init(&p, 25, STREAM_PLAIN);
        p.target.host = hosts[i];
        probe_run(&p);
        g_assert_cmpint(p.fault, ==, STREAM_FAULT_LOCAL);
        probe_clear(&p);
    }
}

static void test_missing_ca_file(void)
{
    struct server *server = server_new("T|" EHLO, pem_files[CERT_GOOD]);
    struct probe p;
    probe_init(&p, server_port(server), STREAM_TLS);
    p.target.ca_file = "/nonexistent/ca.pem";
    probe_run(&p);
    g_assert_cmpint(p.fault, ==, STREAM_FAULT_TLS);
    g_assert_nonnull(strstr(p.why, "/nonexistent/ca.pem"));
    probe_clear(&p);
    end_server(server);
}

static void test_freed_on_the_way(void)
{
    struct server *server = server_new("", NULL);
    struct probe p;
    probe_init(&p, server_port(server), STREAM_PLAIN);
    p.stream = stream_open(p.pool, &p.target, &handler, &p);
    gint64 begun_us = clock_mono_us();
    while (!strstr(p.lines->str, "Connected"))
        turn(&p, begun_us);
    probe_clear(&p);
    end_server(server);
}

static void test_freed_while_resolving(void)
{
    struct probe p;
    probe_init(&p, 25, STREAM_PLAIN);
    p.target.host = "mail.nowhere.invalid";
    p.stream = stream_open(p.pool, &p.target, &handler, &p);
    loop_run_once(p.loop, 0);
    probe_clear(&p);
}

static void test_transcript(void)
{
    struct server *server =
        server_new(EHLO "S 250-mx.test \x1b|S 250 AUTH LOGIN|C AUTH LOGIN|S 334 VXNlcm5hbWU6|"
                        "C YW5u|S 334 UGFzc3dvcmQ6|C |S 235 in",
                   NULL);
    struct probe p;
    probe_init(&p, server_port(server), STREAM_PLAIN);
    p.target.user = "ann";
    p.target.secret = SECRET;
    probe_run(&p);
    g_assert_true(p.is_up);
    g_autoptr(GString) talk = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(p.lines->str, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        if (lines[i][0] == '<' || lines[i][0] == '>')
            g_string_append_printf(talk, "%s\n", lines[i]);
    }
    g_assert_cmpstr(
        talk->str, ==,
        "< 220 mx.test ESMTP\n> EHLO my.name\n< 250-mx.test \\x1b\n< 250 AUTH LOGIN\n"
        "> AUTH LOGIN\n< 334 ***\n> ***\n< 334 ***\n> ***\n< 235 in\n");
    probe_clear(&p);
    end_server(server);
}

static void test_socket_options(void)
{
    struct server *server = server_new(EHLO "S 250 x|", NULL);
    struct probe p;
    probe_init(&p, server_port(server), STREAM_PLAIN);
    probe_run(&p);
    g_assert_true(p.is_up);
    int found = 0;
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_in a;
        socklen_t len = sizeof a;
        if (getpeername(fd, (struct sockaddr *)&a, &len) != 0 || a.sin_family != AF_INET ||
            ntohs(a.sin_port) != p.target.port)
            continue;
        static const struct {
            int level, name, value;
        } options[] = {{IPPROTO_TCP, TCP_USER_TIMEOUT, 60000}, {SOL_SOCKET, SO_KEEPALIVE, 1},
                       {IPPROTO_TCP, TCP_KEEPIDLE, 30},        {IPPROTO_TCP, TCP_KEEPINTVL, 10},
                       {IPPROTO_TCP, TCP_KEEPCNT, 3},          {IPPROTO_TCP, TCP_SYNCNT, 5},
                       {IPPROTO_TCP, TCP_NODELAY, 1}};
        for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
            int value = 0;
            len = sizeof value;
            getsockopt(fd, options[i].level, options[i].name, &value, &len);
            g_assert_cmpint(value, ==, options[i].value);
        }
        g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        found++;
    }
    g_assert_cmpint(found, ==, 1);
    g_autofree char *peer = g_strdup_printf("127.0.0.1:%d", p.target.port);
    g_assert_cmpstr(stream_peer(p.stream), ==, peer);
    probe_clear(&p);
    end_server(server);
}

struct echo {
    const char *name, *script;
    enum stream_security security;
};
static const struct echo echoes[] = {
    {"plain", EHLO "S 250 x|C one|S 111|C two|R 222 and no line end|X", STREAM_PLAIN},
    {"tls", "T|" EHLO "S 250 x|C one|S 111|C two|R 222 and no line end|X", STREAM_TLS},
};

static void send_all(struct probe *p, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(stream_send(p->stream, text, strlen(text), &error), ==, strlen(text));
}

static void test_bytes(gconstpointer data)
{
    const struct echo *e = data;
    struct server *server = server_new(e->script, pem_files[CERT_GOOD]);
    struct probe p;
    probe_init(&p, server_port(server), e->security);
    p.target.ca_file = pem_files[CERT_GOOD];
    probe_run(&p);
    g_assert_true(p.is_up);
    g_assert_cmpint(strstr(stream_peer(p.stream), " TLSv1.") != NULL, ==,
                    e->security == STREAM_TLS);
    gint64 begun_us = clock_mono_us();
    send_all(&p, "one\r\n");
    while (!strstr(p.got->str, "111\r\n"))
        turn(&p, begun_us);
    send_all(&p, "two\r\n");
    while (!p.is_at_end)
        turn(&p, begun_us);
    g_assert_cmpstr(p.got->str, ==, "111\r\n222 and no line end");
    probe_clear(&p);
    end_server(server);
}

/* One TLS record is read in small pieces: epoll sees it once, `ready` must come for each. */
static void test_buffered_bytes(void)
{
    struct server *server =
        server_new("T|" EHLO "S 250 x|R 0123456789abcdefghij", pem_files[CERT_GOOD]);
    struct probe p;
    probe_init(&p, server_port(server), STREAM_TLS);
    p.target.ca_file = pem_files[CERT_GOOD];
    p.piece = 3;
    probe_run(&p);
    g_assert_true(p.is_up);
    gint64 begun_us = clock_mono_us();
    while (p.got->len < 20)
        turn(&p, begun_us);
    g_assert_cmpstr(p.got->str, ==, "0123456789abcdefghij");
    g_assert_cmpint(p.n_ready, >=, 7);
    probe_clear(&p);
    end_server(server);
}

/* Several at once in one pool: the silent one does not hold up the others. */
static void note(void *data)
{
    *(gboolean *)data = TRUE;
}

/* The server closes a connection, and another one is opened before that is read: the first must
 * not go away under its owner's hands. libcurl looks for dead connections in its cache when one
 * is opened, at most once a second. */
static void test_opened_beside_a_closed_one(gconstpointer data)
{
    enum stream_security security = (enum stream_security)GPOINTER_TO_INT(data);
    const char *pem = security == STREAM_TLS ? pem_files[CERT_GOOD] : NULL;
    struct server *first_server =
        server_new(pem ? "T|" EHLO "S 250 mx.test|X" : EHLO "S 250 mx.test|X", pem);
    struct server *second_server =
        server_new(pem ? "T|" EHLO "S 250 mx.test|C NOOP|S 250 well" /* and it stays */
                       : EHLO "S 250 mx.test|C NOOP|S 250 well",
                   pem);
    gboolean is_later = FALSE;
    struct probe first, second;
    probe_init(&first, server_port(first_server), security);
    first.target.ca_file = pem;
    first.lets_wait = TRUE;
    probe_run(&first);
    g_assert_true(first.is_up);
    gint64 begun_us = clock_mono_us();
    loop_timer_add(first.loop, begun_us + 1100000, note, &is_later);
    while (!is_later || first.n_ready == 0)
        turn(&first, begun_us);

    second = first;
    second.target.port = server_port(second_server);
    second.lines = g_string_new(NULL);
    second.got = g_string_new(NULL);
    second.is_up = second.lets_wait = FALSE;
    probe_run(&second);
    g_assert_true(second.is_up);
    g_assert_cmpint(stream_send(second.stream, "NOOP\r\n", 6, NULL), ==, 6);
    while (second.got->len < 10 && !second.is_at_end)
        turn(&second, begun_us);
    g_assert_cmpstr(second.got->str, ==, "250 well\r\n");

    char buffer[16];
    g_assert_cmpint(stream_recv(first.stream, buffer, sizeof buffer, NULL), ==, -2);
    stream_free(second.stream);
    g_string_free(second.got, TRUE);
    g_string_free(second.lines, TRUE);
    probe_clear(&first);
    end_server(first_server);
    end_server(second_server);
}

static void test_together(void)
{
    enum { N = 6 };
    struct server *silent = server_new("", NULL);
    struct server *server[N];
    struct probe p[N], slow;
    probe_init(&slow, server_port(silent), STREAM_PLAIN);
    slow.stream = stream_open(slow.pool, &slow.target, &handler, &slow);
    gint64 begun_us = clock_mono_us();
    for (int i = 0; i < N; i++) {
        server[i] =
            server_new(i % 2 ? "T|" EHLO "S 250 x" : EHLO "S 250 x", pem_files[CERT_GOOD]);
        probe_init(&p[i], server_port(server[i]), i % 2 ? STREAM_TLS : STREAM_PLAIN);
        p[i].target.ca_file = pem_files[CERT_GOOD];
        p[i].stream = stream_open(slow.pool, &p[i].target, &handler, &p[i]);
    }
    for (int i = 0; i < N; i++) {
        while (!p[i].is_up)
            turn(&slow, begun_us);
    }
    g_assert_false(slow.is_up);
    g_assert_cmpint(slow.fault, ==, STREAM_FAULT_NONE);
    for (int i = 0; i < N; i++) {
        probe_clear(&p[i]);
        end_server(server[i]);
    }
    probe_clear(&slow);
    end_server(silent);
}

/* --- a whole message over TLS --------------------------------------------------------------
 */

struct mail {
    struct smtp_session *session;
    GString *log;
};

static void mail_ready(struct stream *s, unsigned events, void *data)
{
    smtp_ready(((struct mail *)data)->session, events);
}

static void mail_authorise(struct smtp_session *s, void *data)
{
    smtp_go(s);
}

static void mail_result(struct smtp_session *s, const struct smtp_result *r, void *data)
{
    struct mail *m = data;
    g_string_append_printf(m->log, "%s\n", reply_class_name(r->class));
    smtp_quit(s);
}

static void mail_closed(struct smtp_session *s, const GError *why, void *data)
{
    struct mail *m = data;
    g_string_append(m->log, "closed\n");
    smtp_free(s);
    m->session = NULL;
}

static void mail_up(struct stream *s, void *data)
{
    static const struct smtp_handler mail_handler = {mail_authorise, mail_result, mail_closed,
                                                     NULL};
    static const struct smtp_chunk chunk = {".hidden\r\n", 9};
    static const struct smtp_message message = {.sender = "s@a.test",
                                                .recipient = "r@b.test",
                                                .chunks = &chunk,
                                                .n_chunks = 1,
                                                .size = 9};
    struct mail *m = data;
    m->session = smtp_new(s, &mail_handler, m);
    g_assert_true(smtp_send(m->session, &message, NULL));
}

static void mail_failed(struct stream *s, enum stream_fault f, const GError *why, void *data)
{
    g_error("%s", why->message);
}

static void test_mail_over_tls(void)
{
    static const struct stream_handler stream_handler = {mail_up, mail_failed, mail_ready,
                                                         NULL};
    struct server *server = server_new(
        EHLO "S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 220 go|T|C EHLO my.name|S 250-mx.test|"
             "S 250-PIPELINING|S 250 AUTH PLAIN|C AUTH PLAIN|S 334 |C |S 235 in|C MAIL "
             "FROM:<s@a.test>|"
             "C RCPT TO:<r@b.test>|C DATA|S 250 a|S 250 b|S 354 go|C ..hidden|C .|S 250 queued|"
             "C QUIT|S 221 bye|X",
        pem_files[CERT_GOOD]);
    struct probe p;
    struct mail m = {NULL, g_string_new(NULL)};
    probe_init(&p, server_port(server), STREAM_STARTTLS);
    p.target.ca_file = pem_files[CERT_GOOD];
    p.target.user = "ann";
    p.target.secret = SECRET;
    gint64 begun_us = clock_mono_us();
    stream_open(p.pool, &p.target, &stream_handler, &m);
    while (!strstr(m.log->str, "closed"))
        turn(&p, begun_us);
    g_assert_cmpstr(m.log->str, ==, "accepted\nclosed\n");
    g_string_free(m.log, TRUE);
    probe_clear(&p);
    end_server(server);
}

static void make_certificates(void)
{
    folder = g_dir_make_tmp("crier-stream-XXXXXX", NULL);
    g_assert_nonnull(folder);
    pem_files[CERT_GOOD] = g_build_filename(folder, "good.pem", NULL);
    pem_files[CERT_EXPIRED] = g_build_filename(folder, "expired.pem", NULL);
    pem_files[CERT_OTHER_NAME] = g_build_filename(folder, "other.pem", NULL);
    server_make_certificate(pem_files[CERT_GOOD], NULL, -HOUR, HOUR);
    server_make_certificate(pem_files[CERT_EXPIRED], NULL, -2 * HOUR, -HOUR);
    server_make_certificate(pem_files[CERT_OTHER_NAME], "other.test", -HOUR, HOUR);
}

static void remove_certificates(void)
{
    for (int i = 0; i < CERT_COUNT; i++) {
        if (pem_files[i])
            g_unlink(pem_files[i]);
        g_free(pem_files[i]);
    }
    g_rmdir(folder);
    g_free(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* A proxy in the environment must not matter. */
    g_setenv("ALL_PROXY", "http://127.0.0.1:1", TRUE);
    g_setenv("all_proxy", "http://127.0.0.1:1", TRUE);
    make_certificates();
    for (gsize i = 0; i < G_N_ELEMENTS(bring_ups); i++) {
        g_autofree char *name = g_strconcat("/stream/bring-up/", bring_ups[i].name, NULL);
        g_test_add_data_func(name, &bring_ups[i], test_bring_up);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(echoes); i++) {
        g_autofree char *name = g_strconcat("/stream/bytes/", echoes[i].name, NULL);
        g_test_add_data_func(name, &echoes[i], test_bytes);
    }
    g_test_add_func("/stream/refused-port", test_refused_port);
    g_test_add_func("/stream/unresolved", test_unresolved);
    g_test_add_func("/stream/bad-host", test_bad_host);
    g_test_add_func("/stream/missing-ca-file", test_missing_ca_file);
    g_test_add_func("/stream/freed-on-the-way", test_freed_on_the_way);
    g_test_add_func("/stream/freed-while-resolving", test_freed_while_resolving);
    g_test_add_func("/stream/transcript", test_transcript);
    g_test_add_func("/stream/socket-options", test_socket_options);
    g_test_add_func("/stream/buffered-bytes", test_buffered_bytes);
    g_test_add_func("/stream/together", test_together);
    g_test_add_data_func("/stream/opened-beside-a-closed-one/plain", GINT_TO_POINTER(STREAM_PLAIN),
                         test_opened_beside_a_closed_one);
    g_test_add_data_func("/stream/opened-beside-a-closed-one/tls", GINT_TO_POINTER(STREAM_TLS),
                         test_opened_beside_a_closed_one);
    g_test_add_func("/stream/mail-over-tls", test_mail_over_tls);
    int result = g_test_run();
    remove_certificates();
    return result;
}
