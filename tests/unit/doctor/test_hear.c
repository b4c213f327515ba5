/* What single lines of servers and letters tell; what refusals and failed handshakes mean. */
#include "config.h"

#include "doctor/hear_private.h"

#include <string.h>

#include "doctor/envelope_private.h"
#include "doctor/tls_private.h"

static void test_speech(void)
{
    static const struct {
        const char *line;
        enum hear_speech speech;
    } rows[] = {
        {"220 mx.example.net ESMTP", HEAR_SMTP},
        {"220-mx", HEAR_SMTP},
        {"554 no", HEAR_SMTP},
        {"250", HEAR_SMTP},
        {"220 (vsFTPd 3.0.3)", HEAR_FTP},
        {"220 sftp.example.net ESMTP", HEAR_SMTP},
        {"* OK ready", HEAR_IMAP},
        {"* BYE no", HEAR_IMAP},
        {"* PREAUTH hello", HEAR_IMAP},
        {"+OK ready", HEAR_POP3},
        {"-ERR no", HEAR_POP3},
        {"HTTP/1.0 200 OK", HEAR_HTTP},
        {"<!DOCTYPE html>", HEAR_HTTP},
        {"SSH-2.0-x", HEAR_SSH},
        {"RFB 003.008", HEAR_VNC},
        {"\x15\x03\x01", HEAR_TLS},
        {"\x16\x03\x03", HEAR_TLS},
        {"2", HEAR_OTHER},
        {"", HEAR_OTHER},
        {"2200 x", HEAR_OTHER},
        {"620 x", HEAR_OTHER},
        {"hello", HEAR_OTHER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].line);
        g_assert_cmpint(hear_speech(rows[i].line, strlen(rows[i].line)), ==, rows[i].speech);
    }
    g_assert_cmpint(hear_speech("220\0x", 5), ==, HEAR_OTHER);
}

static void test_code(void)
{
    static const struct {
        enum stream_protocol protocol;
        const char *line;
        int code;
    } rows[] = {
        {STREAM_SMTP, "421-x", 421},
        {STREAM_SMTP, "99 x", 0},
        {STREAM_SMTP, "220x", 0},
        {STREAM_IMAP, "* OK x", 220},
        {STREAM_IMAP, "* BYE [UNAVAILABLE] x", 421},
        {STREAM_IMAP, "* BYE x", 554},
        {STREAM_IMAP, "+OK x", 0},
        {STREAM_POP3, "+OK x", 220},
        {STREAM_POP3, "-ERR [SYS/TEMP] x", 421},
        {STREAM_POP3, "-ERR x", 554},
        {STREAM_POP3, "220 x", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(hear_code(rows[i].protocol, rows[i].line), ==, rows[i].code);
}

static void test_seen_as(void)
{
    static const struct {
        const char *line, *hello, *seen;
    } rows[] = {
        {"mx Hello us [198.51.100.7]", "us", "198.51.100.7"},
        {"mx Hello us [198.51.100.7], pleased to meet you", "us", "198.51.100.7"},
        {"mx at your service, [2001:DB8:0::7]", "us", "2001:db8::7"},
        {"mx Hello [IPv6:2001:db8::7]", "us", "2001:db8::7"},
        {"mx Hello [10.0.1.2] [198.51.100.7]", "[10.0.1.2]", "198.51.100.7"},
        {"mx Hello [198.51.100.7] you said [10.0.1.2]", "[10.0.1.2]", "198.51.100.7"},
        {"mx Hello [10.0.1.2]", "[10.0.1.2]", NULL},
        {"mx Hello [10.0.1.2]", NULL, "10.0.1.2"},
        {"mx", "us", NULL},
        {"mx [", "us", NULL},
        {"mx []", "us", NULL},
        {"mx [1.2.3] [1.2.3.4.5] [256.1.1.1]", "us", NULL},
        {"mx [[198.51.100.7]", "us", "198.51.100.7"},
        {"mx ] [198.51.100.7", "us", NULL},
        {"", "us", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *seen = hear_seen_as(rows[i].line, rows[i].hello);
        g_test_message("%s", rows[i].line);
        g_assert_cmpstr(seen, ==, rows[i].seen);
    }
    g_autofree char *long_line = g_strnfill(5000, '[');
    g_assert_null(hear_seen_as(long_line, "us"));
}

static void test_received(void)
{
    static const struct {
        const char *value, *from;
    } rows[] = {
        {"from vm (nat.example.org [198.51.100.7]) by mx.example.com", "198.51.100.7"},
        {"from [10.0.1.2] (port=1 helo=[10.0.1.2]) by mx", "10.0.1.2"},
        {"from vm (unknown [IPv6:2001:db8::7]) by mx with ESMTP", "2001:db8::7"},
        {"from vm (198.51.100.7) by mx", "198.51.100.7"},
        {"from vm by mx ([192.0.2.1])", NULL},
        {"by mx with local", NULL},
        {"from", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *from = hear_received_from(rows[i].value);
        g_test_message("%s", rows[i].value);
        g_assert_cmpstr(from, ==, rows[i].from);
    }
}

static void test_verdicts(void)
{
    static const struct {
        const char *value, *spf, *dkim, *dmarc;
    } rows[] = {
        {"mx; spf=pass smtp.mailfrom=a; dkim=fail (bad; hash) header.d=a; dmarc=none", "pass",
         "fail", "none"},
        {"mx 1; dkim=fail header.d=a; dkim=pass header.d=b", "", "pass", ""},
        {"mx; dkim=pass header.d=a; dkim=fail header.d=b", "", "pass", ""},
        {"mx; SPF = SoftFail (a (b) c)", "softfail", "", ""},
        {"mx;\tdmarc=permerror", "", "", "permerror"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct hear_verdicts v;
        g_test_message("%s", rows[i].value);
        g_assert_true(hear_verdicts(rows[i].value, &v));
        g_assert_cmpstr(v.spf, ==, rows[i].spf);
        g_assert_cmpstr(v.dkim, ==, rows[i].dkim);
        g_assert_cmpstr(v.dmarc, ==, rows[i].dmarc);
    }
    static const char *const nothing[] = {
        "",
        "mx; none",
        "spf=pass",
        "mx; spf",
        "mx; spf=",
        "mx; (spf=pass)",
        "mx; dkim-adsp=pass",
        "mx; spf=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (gsize i = 0; i < G_N_ELEMENTS(nothing); i++) {
        struct hear_verdicts v;
        g_test_message("%s", nothing[i]);
        g_assert_false(hear_verdicts(nothing[i], &v));
    }
}

static void test_offers(void)
{
    static const char smtp[] = "STARTTLS\nPIPELINING\nSIZE 1000\nAUTH LOGIN PLAIN\nAUTH=LOGIN";
    static const char imap[] = "IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=XOAUTH2 IDLE";
    static const char pop3[] = "USER\nSTLS\nSASL PLAIN LOGIN";
    g_assert_false(hear_offers(STREAM_SMTP, smtp, "STARTTLS")); /* that is its name */
    g_assert_true(hear_offers(STREAM_SMTP, smtp, "size"));
    g_assert_false(hear_offers(STREAM_SMTP, smtp, "PIPE"));
    g_assert_true(hear_offers(STREAM_IMAP, imap, "STARTTLS"));
    g_assert_true(hear_offers(STREAM_POP3, pop3, "STLS"));
    g_assert_false(hear_offers(STREAM_SMTP, NULL, "SIZE"));
    g_autofree char *a = hear_mechanisms(STREAM_SMTP, smtp);
    g_autofree char *b = hear_mechanisms(STREAM_IMAP, imap);
    g_autofree char *c = hear_mechanisms(STREAM_POP3, pop3);
    g_autofree char *d = hear_mechanisms(STREAM_POP3, NULL);
    g_assert_cmpstr(a, ==, "LOGIN PLAIN LOGIN");
    g_assert_cmpstr(b, ==, "PLAIN XOAUTH2");
    g_assert_cmpstr(c, ==, "PLAIN LOGIN");
    g_assert_cmpstr(d, ==, "");
}

static void test_masked(void)
{
    static const struct {
        const char *ehlo, *masked;
    } rows[] = {
        {"mx\nSIZE\nXXXXXXXA", "XXXXXXXA"},
        {"mx\nXXXXXXXX\nSIZE", "XXXXXXXX"},
        {"XXXXXXXA\nSIZE", NULL},
        {"mx\nXCLIENT NAME", NULL},
        {"mx\nXX", NULL},
        {"mx\nXXXSOMETHING", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *masked = hear_masked(rows[i].ehlo);
        g_assert_cmpstr(masked, ==, rows[i].masked);
    }
}

static void test_envelope_faults(void)
{
    static const struct {
        enum reply_phase phase;
        enum reply_class class;
        int code;
        const char *text;
        gboolean has_user;
        enum envelope_fault fault;
    } rows[] = {
        {REPLY_RCPT, REPLY_PROCEED, 250, "250 Ok", TRUE, ENVELOPE_TAKEN},
        {REPLY_RCPT, REPLY_LATER, 450, "450 4.2.0 x", TRUE, ENVELOPE_GREYLISTED},
        {REPLY_MAIL, REPLY_LATER, 451, "451 Graylisted", TRUE, ENVELOPE_GREYLISTED},
        {REPLY_MAIL, REPLY_LATER, 451, "451 disk", TRUE, ENVELOPE_LATER},
        {REPLY_MAIL, REPLY_RECONNECT, 421, "421 bye", TRUE, ENVELOPE_BUSY},
        {REPLY_MAIL, REPLY_REFUSED, 530, "530 5.7.0 x", FALSE, ENVELOPE_NEEDS_LOGIN},
        {REPLY_RCPT, REPLY_REFUSED, 550, "550 Authentication required", FALSE,
         ENVELOPE_NEEDS_LOGIN},
        {REPLY_MAIL, REPLY_REFUSED, 530, "530 5.7.0 x", TRUE, ENVELOPE_SENDER},
        {REPLY_RCPT, REPLY_REFUSED, 554, "554 Relay access denied", TRUE, ENVELOPE_RELAY},
        {REPLY_RCPT, REPLY_REFUSED, 550, "550 5.1.1 x", TRUE, ENVELOPE_RECIPIENT},
        {REPLY_RCPT, REPLY_REFUSED, 553, "553 5.7.1 <a@b>: Sender address rejected: not yours",
         TRUE, ENVELOPE_SENDER},
        {REPLY_RCPT, REPLY_LATER, 450, "450 4.1.8 <a@b>: Sender address rejected: no domain",
         TRUE, ENVELOPE_LATER},
        {REPLY_RCPT, REPLY_REFUSED, 504,
         "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname", TRUE,
         ENVELOPE_HELLO},
        {REPLY_RCPT, REPLY_REFUSED, 554,
         "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example.org",
         TRUE, ENVELOPE_CLIENT},
        {REPLY_RCPT, REPLY_LATER, 450,
         "450 4.7.25 Client host rejected: cannot find your reverse hostname", TRUE,
         ENVELOPE_CLIENT},
        {REPLY_MAIL, REPLY_REFUSED, 530, "530 5.7.0 Must issue a STARTTLS command first", FALSE,
         ENVELOPE_NEEDS_TLS},
        {REPLY_MAIL, REPLY_REFUSED, 552, "552 x", TRUE, ENVELOPE_SIZE},
        {REPLY_MAIL, REPLY_REFUSED, 553, "553 x", TRUE, ENVELOPE_SENDER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct wire_reply r = {.is_known = TRUE,
                               .phase = rows[i].phase,
                               .class = rows[i].class,
                               .code = rows[i].code,
                               .text = (char *)rows[i].text};
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(envelope_fault_of(&r, rows[i].has_user), ==, rows[i].fault);
    }
    const struct wire_reply none = {.class = REPLY_RECONNECT};
    g_assert_cmpint(envelope_fault_of(&none, TRUE), ==, ENVELOPE_UNKNOWN);
}

static void test_tls_faults(void)
{
    static const struct {
        const char *said;
        enum tls_fault fault;
    } rows[] = {
        {"SSL certificate problem: certificate has expired", TLS_EXPIRED},
        {"SSL certificate problem: certificate is not yet valid", TLS_NOT_YET},
        {"SSL: no alternative certificate subject name matches target host name 'x'",
         TLS_WRONG_NAME},
        {"SSL certificate problem: self-signed certificate", TLS_SELF_SIGNED},
        {"SSL certificate problem: self-signed certificate in certificate chain",
         TLS_UNKNOWN_CA},
        {"SSL certificate problem: unable to get local issuer certificate", TLS_UNKNOWN_CA},
        {"error:0A000102:SSL routines::unsupported protocol", TLS_OLD},
        {"error:0A00010B:SSL routines::wrong version number", TLS_NONE},
        {"something new", TLS_OTHER},
        {"", TLS_OTHER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(tls_fault_of(rows[i].said), ==, rows[i].fault);
    g_assert_cmpstr(tls_interceptor("O = Kaspersky Lab, CN = Web Shield"), ==, "Kaspersky");
    g_assert_null(tls_interceptor("CN = R11, O = Let's Encrypt"));
    g_assert_null(tls_interceptor(NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hear/speech", test_speech);
    g_test_add_func("/hear/code", test_code);
    g_test_add_func("/hear/seen-as", test_seen_as);
    g_test_add_func("/hear/received", test_received);
    g_test_add_func("/hear/verdicts", test_verdicts);
    g_test_add_func("/hear/offers", test_offers);
    g_test_add_func("/hear/masked", test_masked);
    g_test_add_func("/hear/envelope-faults", test_envelope_faults);
    g_test_add_func("/hear/tls-faults", test_tls_faults);
    return g_test_run();
}
