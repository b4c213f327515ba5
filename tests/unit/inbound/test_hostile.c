/*
 * Mail that somebody made to do harm: bounded in what it yields, valid UTF-8 whatever came.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"
#include "message/mailscan.h"

static void check_text(const char *text)
{
    g_assert_true(!text || g_utf8_validate(text, -1, NULL));
}

/* What every result keeps to. */
static void check(const struct inbound *in)
{
    g_assert_cmpuint(in->items->len, <=, INBOUND_MAX_ITEMS);
    g_assert_cmpuint(in->tokens->len, <=, INBOUND_MAX_TOKENS);
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        check_text(item->address);
        check_text(item->diagnostic);
        check_text(item->remote_host);
        g_assert_nonnull(strchr(item->address, '@'));
        g_assert_null(strpbrk(item->diagnostic, "\r\n\033"));
    }
    check_text(in->sender);
    check_text(in->subject);
    check_text(in->message_id);
    check_text(in->returned_message_id);
    check_text(in->pattern);
}

static enum mail_kind read_and_check(const char *mail, gsize len)
{
    /* A copy of just that length: a read behind its end is found. */
    char *copy = g_memdup2(mail, len);
    struct inbound *in = inbound_read(copy ? copy : "", len, NULL);
    enum mail_kind kind = in->kind;
    check(in);
    inbound_free(in);
    g_free(copy);
    return kind;
}

static GString *daemon_mail(void)
{
    return g_string_new("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\n"
                        "Subject: failure notice\n");
}

static void test_depth(void)
{
    g_autoptr(GString) mail = daemon_mail();
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(mail, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
                               i, i);
    g_string_append(mail, "\n<ann@example.net>: unknown\n");
    g_assert_cmpint(read_and_check(mail->str, mail->len), ==, MAIL_BOUNCE);
}

static void test_parts(void)
{
    g_autoptr(GString) mail = daemon_mail();
    g_string_append(mail, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 50000; i++)
        g_string_append(mail, "--b\n\nx\n");
    struct mailscan m;
    mailscan_read(mail->str, mail->len, &m);
    g_assert_cmpuint(m.parts->len, ==, MAILSCAN_MAX_PARTS);
    mailscan_clear(&m);
    read_and_check(mail->str, mail->len);
}

static void test_header_flood(void)
{
    g_autoptr(GString) mail = daemon_mail();
    for (int i = 0; i < 100000; i++)
        g_string_append_printf(mail, "X-F-%d: ann%d@example.net\n", i, i);
    g_string_append(mail, "\n<ann@example.net>: unknown\n");
    struct mailscan m;
    mailscan_read(mail->str, mail->len, &m);
    g_assert_cmpuint(m.fields->len, ==, MAILSCAN_MAX_FIELDS);
    mailscan_clear(&m);
    g_assert_cmpint(read_and_check(mail->str, mail->len), ==, MAIL_BOUNCE);
}

static void test_recipients_flood(void)
{
    g_autoptr(GString) mail = daemon_mail();
    g_string_append(mail, "\nUndeliverable:\n");
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(mail, "<ann%d@example.net>: unknown\n", i);
    g_assert_cmpint(read_and_check(mail->str, mail->len), ==, MAIL_BOUNCE);
}

static void test_groups_flood(void)
{
    g_autoptr(GString) mail = daemon_mail();
    g_string_append(mail, "Content-Type: message/delivery-status\n\n");
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(
            mail, "Final-Recipient: rfc822;a%d@example.net\nAction: failed\n\n", i);
    g_assert_cmpint(read_and_check(mail->str, mail->len), ==, MAIL_BOUNCE);
}

/* The report stands at the beginning; what is behind the limit is not looked at. */
static void test_huge(void)
{
    g_autoptr(GString) mail = daemon_mail();
    g_string_append(mail, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
                          "<ann@example.net>: unknown\n--b\nContent-Type: message/rfc822\n\n");
    g_autofree char *fill = g_strnfill(1024 * 1024, '@');
    for (int i = 0; i < 50; i++)
        g_string_append(mail, fill);
    struct inbound *in = inbound_read(mail->str, mail->len, NULL);
    g_assert_true(in->is_cut);
    g_assert_cmpint(in->kind, ==, MAIL_BOUNCE);
    g_assert_cmpuint(in->items->len, ==, 1);
    check(in);
    inbound_free(in);
}

#define OCTETS(text) {text, sizeof text - 1}

static void test_octets(void)
{
    static const struct {
        const char *octets;
        gsize len;
    } rows[] = {
        OCTETS(""),
        OCTETS("\0\0\0\0"),
        OCTETS("\n"),
        OCTETS("\r"),
        OCTETS(":"),
        OCTETS("From:"),
        OCTETS("From "),
        OCTETS(">From"),
        OCTETS("From: \xff\xfe@\xff\n\n<\xff@example.net>\n"),
        OCTETS("Subject: =?utf-8?B?////?= =?x?Q?=00?=\n\n"),
        OCTETS("From: mailer-daemon@a.example\n\n\"@example.net>\n@\n<@>\n@@@@\n"),
        OCTETS("Content-Type: multipart/mixed; boundary=\"\n\n--\n--\"\n"),
        OCTETS("Content-Type: multipart/mixed; boundary=\n\n--\n"),
        OCTETS("Content-Type: ;;;;=;=;boundary\n\nx"),
        OCTETS("Content-Transfer-Encoding: base64\n\n=====\xff"),
        OCTETS("Content-Type: text/plain; charset=\xff\xff\n\n\xff\xfe"),
        OCTETS("Content-Type: text/html\n\n<<<<a<b@c.d<style>&&lt"),
        OCTETS("Subject: x\n\n{\"Message\":\"{\\\"bounce\\\":[\\\"Recipients\\\"]}\"}"),
        OCTETS("Subject: x\n\n{{{{{{{{{\"Recipients"),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        read_and_check(rows[i].octets, rows[i].len);
}

/* Cut anywhere, as a connection that drops cuts it. */
static void test_cut_anywhere(void)
{
    static const char mail[] =
        "Return-Path: <>\nFrom: =?utf-8?Q?Mail_System?= <MAILER-DAEMON@mx.example.net>\n"
        "Subject: failure notice\nContent-Type: multipart/report;\n boundary=\"b\"\n\n--b\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        "quoted-printable\n\n"
        "=E2=80=9Cann@example.net=E2=80=9D unknown\n--b\nContent-Type: "
        "message/delivery-status\n\n"
        "Final-Recipient: rfc822;ann@example.net\nDiagnostic-Code: smtp;\n 550 no\n\n--b\n"
        "Content-Type: text/rfc822-headers\n\nMessage-ID: <a@example.org>\n--b--\n";
    for (gsize n = 0; n < sizeof mail; n++)
        read_and_check(mail, n);
}

/* Each octet wrong once. */
static void test_flipped(void)
{
    g_autoptr(GString) mail = daemon_mail();
    g_string_append(mail,
                    "\nHi.\n\n<ann@example.net>:\n550 5.1.1 unknown\n\n--- Below this line "
                    "is a copy of the message.\n\nReceived: x\nMessage-ID: <a@b.example>\n");
    for (gsize i = 0; i < mail->len; i++)
        for (int bit = 0; bit < 8; bit++) {
            mail->str[i] ^= (char)(1 << bit);
            read_and_check(mail->str, mail->len);
            mail->str[i] ^= (char)(1 << bit);
        }
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbound/hostile/depth", test_depth);
    g_test_add_func("/inbound/hostile/parts", test_parts);
    g_test_add_func("/inbound/hostile/header-flood", test_header_flood);
    g_test_add_func("/inbound/hostile/recipients-flood", test_recipients_flood);
    g_test_add_func("/inbound/hostile/groups-flood", test_groups_flood);
    g_test_add_func("/inbound/hostile/huge", test_huge);
    g_test_add_func("/inbound/hostile/octets", test_octets);
    g_test_add_func("/inbound/hostile/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/inbound/hostile/flipped", test_flipped);
    return g_test_run();
}
