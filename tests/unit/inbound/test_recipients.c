/*
 * Whom a mail is about, and what else it says: addresses, words, tokens, Message-IDs, pattern.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"

#define DAEMON "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: news@example.org\n"
#define TEXT DAEMON "Subject: failure notice\n\n"
#define REPORT                                                                                 \
    DAEMON "Subject: Delivery report\nContent-Type: multipart/report; "                        \
           "report-type=delivery-status; boundary=b\n\n--b\n\nCould not be delivered.\n--b\n"  \
           "Content-Type: message/delivery-status\n\n"
#define RETURNED "\n--b\nContent-Type: message/rfc822\n\n"

struct row {
    const char *name;
    const char *want; /* addresses with blanks between */
    const char *mail;
};

static const struct row rows[] = {
    {"final", "ann@example.net",
     REPORT
     "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; ann@example.net\nAction: failed\n"},
    {"original", "ann@example.org",
     REPORT "Reporting-MTA: dns; a\n\nOriginal-Recipient: rfc822;ann@example.org\n"
            "Final-Recipient: RFC822; <ann@example.net>\nAction: failed\n"},
    {"xtext", "ann@example.net",
     REPORT "\nFinal-Recipient: rfc822;ann+40example.net\nAction: failed\n"},
    {"comment", "ann@example.net",
     REPORT "\nFinal-Recipient: rfc822;ann@example.net (Ann)\nAction: failed\n"},
    {"action-first-no-blank-line", "ann@example.net bob@example.net",
     REPORT "Reporting-MTA: dns; a\nAction: failed\nFinal-Recipient: rfc822;ann@example.net\n"
            "Status: 5.1.1\n\n\n\nAction: failed\nFinal-Recipient: rfc822;bob@example.net\n"
            "Status: 5.1.1\n"},
    {"groups-run-together", "ann@example.net bob@example.net",
     REPORT "Final-Recipient: rfc822;ann@example.net\nAction: failed\n"
            "Final-Recipient: rfc822;bob@example.net\nAction: failed\n"},
    {"second-has-original", "ann@example.net bob@example.org",
     REPORT "Final-Recipient: rfc822;ann@example.net\nAction: failed\n\n"
            "Original-Recipient: rfc822;bob@example.org\n"
            "Final-Recipient: rfc822;bob@example.net\nAction: failed\n"},
    {"delivered-left-out", "bob@example.net",
     REPORT "\nFinal-Recipient: rfc822;ann@example.net\nAction: delivered\n\n"
            "Final-Recipient: rfc822;bob@example.net\nAction: failed\n"},
    {"empty-final", "ann@example.net",
     REPORT "\nFinal-Recipient: system;<>\nAction: failed\nStatus: 5.1.1\n" RETURNED
            "From: news@example.org\nTo: Ann <ann@example.net>\n\nHello\n"},
    {"x-failed-recipients", "ann@example.net bob@example.net",
     DAEMON "Subject: Mail delivery failed\nX-Failed-Recipients: ann@example.net,\n"
            "  bob@example.net\n\nSee carl@example.net\n"},
    {"line-with-colon", "ann@example.net",
     TEXT "Hi. Ask postmaster@mx.example.net.\n\n<ann@example.net>:\nno such user\n"},
    {"not-behind-the-mark", "ann@example.net",
     TEXT
     "<ann@example.net>:\nno such user\n\n--- Below this line is a copy of the message.\n\n"
     "Return-Path: <news@example.org>\nTo: bob@example.net\n\n<carl@example.net>:\n"},
    {"not-behind-a-header", "ann@example.net",
     TEXT
     "Undeliverable:\n  ann@example.net\n\nReceived: from a by b\nMessage-ID: <x@example.org>\n"
     "\nbob@example.net\n"},
    {"not-the-sender", "ann@example.net",
     TEXT "Message from news@example.org to ann@example.net could not be delivered\n"},
    {"not-a-link", "ann@example.net",
     TEXT "User unknown: ann@example.net\nSee https://example.net/?e=bob@example.net and "
          "mailto:carl@example.net\n"},
    {"not-an-example", "ann@example.net",
     TEXT "Unknown user: ann@example.net\nAsk the directory, since the name may be spelt "
          "differently: e.g., if\nbob@example.net fails, try carl@example.net.\n"},
    {"transcript", "ann@example.net",
     TEXT "----- Transcript of session follows -----\n>>> MAIL From:<news@example.org>\n"
          ">>> RCPT To:<ann@example.net>\n<<< 550 unknown\n"},
    {"trailing-marks", "ann@example.net bob@example.net",
     TEXT "Undeliverable:\n'ann@example.net'\n(bob@example.net).\n"},
    {"quoted-local", "\"ann b\"@example.net",
     TEXT "Failed:\n<\"ann b\"@example.net>: unknown\n"},
    {"x400", "ann@example.net",
     TEXT "Your message\n  To: talk@example.com\ndid not reach the following recipient(s):\n"
          "c=US;a= ;dda:SMTP=ann@example.net; on Fri\n"},
    {"alias", "ann@example.org",
     TEXT "The following address failed:\n\n  ann@example.net\n    (generated from "
          "ann@example.org)\n    unknown\n"},
    {"verp", "ann@example.net",
     "From: MAILER-DAEMON@mx.example.net\nTo: bounces+ann=example.net@example.org\n"
     "Subject: failure notice\n\nUnknown.\n"},
    {"returned-to", "ann@example.net",
     DAEMON "Subject: Undeliverable\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
            "Not delivered.\n" RETURNED "To: ann@example.net\nFrom: news@example.org\n\n"},
    {"base64", "ann@example.net",
     DAEMON "Subject: Undeliverable\nContent-Transfer-Encoding: base64\n\n"
            "PGFubkBleGFtcGxlLm5ldD46IHVua25vd24K\n"},
    {"iso-2022-jp", "ann@example.net",
     DAEMON "Subject: Undeliverable\nContent-Type: text/plain; charset=iso-2022-jp\n\n"
            "\033$B%a!<%k\033(B\n<ann@example.net>\n"},
    {"no-domain", "ann@mx.example.net", TEXT "Not delivered to the following:\n\tann\n"},
    {"complaint", "ann@example.net",
     "From: fbl@example.net\nSubject: a\nContent-Type: multipart/report; "
     "report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
     "Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.net>\n" RETURNED
     "To: bob@example.net\n\n"},
    {"complaint-in-returned", "ann@example.net",
     "From: staff@example.net\nSubject: complaint about message from 192.0.2.1\n"
     "Content-Type: multipart/mixed; boundary=b\n" RETURNED
     "X-HmXmrOriginalRecipient: ann@example.net\nTo: undisclosed\n\n"},
    {"unsubscribe", "ann@example.net", "From: Ann <ann@example.net>\nSubject: unsubscribe\n\n"},
    {"autoreply", "",
     "From: ann@example.net\nSubject: Out of office\nAuto-Submitted: auto-replied\n\n"
     "Ask bob@example.net\n"},
};

static char *addresses(const struct inbound *in)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        g_string_append_printf(all, "%s%s", i ? " " : "", item->address);
    }
    return g_strdup(all->str);
}

static void test_recipients(gconstpointer data)
{
    const struct row *r = data;
    struct inbound *in = inbound_read(r->mail, strlen(r->mail), NULL);
    g_autofree char *got = addresses(in);
    g_assert_cmpstr(got, ==, r->want);
    inbound_free(in);
}

static struct inbound *read_mail(const char *mail)
{
    return inbound_read(mail, strlen(mail), NULL);
}

static void test_words_of_each(void)
{
    struct inbound *in = read_mail(TEXT "<ann@example.net>:\n550 5.1.1 no such user here\n\n"
                                        "<bob@example.net>:\n552 5.2.2 mailbox full\n");
    g_assert_cmpuint(in->items->len, ==, 2);
    const struct inbound_item *ann = in->items->pdata[0], *bob = in->items->pdata[1];
    g_assert_nonnull(strstr(ann->diagnostic, "no such user"));
    g_assert_null(strstr(ann->diagnostic, "full"));
    g_assert_cmpstr(ann->status, ==, "5.1.1");
    g_assert_cmpint(ann->class, ==, BOUNCE_HARD);
    g_assert_cmpint(ann->fault, ==, FAULT_OF_ADDRESS);
    g_assert_cmpstr(bob->status, ==, "5.2.2");
    g_assert_cmpint(bob->class, ==, BOUNCE_SOFT);
    g_assert_cmpint(bob->reason, ==, BOUNCE_MAILBOX_FULL);
    inbound_free(in);
}

static void test_forwarded(void)
{
    struct inbound *in = read_mail(
        REPORT "\nOriginal-Recipient: rfc822;ann@example.org\n"
               "Final-Recipient: rfc822;ann@example.net\nAction: delayed\n"
               "Remote-MTA: dns; mx2.example.net\nDiagnostic-Code: smtp; 451 later\n");
    const struct inbound_item *item = in->items->pdata[0];
    g_assert_cmpstr(item->final_address, ==, "ann@example.net");
    g_assert_cmpstr(item->remote_host, ==, "mx2.example.net");
    g_assert_cmpstr(item->diagnostic, ==, "451 later");
    g_assert_cmpint(item->kind, ==, MAIL_DELAYED);
    inbound_free(in);
}

static void test_rules_of_the_user(void)
{
    static const char mail[] = TEXT "<ann@example.net>:\n550 the moon is in the wrong house\n";
    struct bounce_rules *rules = bounce_rules_new();
    g_assert_true(
        bounce_rules_add(rules, "moon", "moon.*house", BOUNCE_DISABLED, BOUNCE_HARD, NULL));
    struct inbound *in = inbound_read(mail, strlen(mail), rules);
    const struct inbound_item *item = in->items->pdata[0];
    g_assert_cmpstr(item->rule, ==, "moon");
    g_assert_cmpint(item->class, ==, BOUNCE_HARD);
    inbound_free(in);
    bounce_rules_free(rules);
}

/* ---- what names the delivery ---- */

#define TOKEN "aeqcaibaeaqcaibaeaqc"

static const struct row token_rows[] = {
    {"to", TOKEN, "To: bounce+" TOKEN "@example.org\nFrom: MAILER-DAEMON@a.example\n\n"},
    {"capitals", TOKEN, "To: BOUNCE+AEQCAIBAEAQCAIBAEAQC@EXAMPLE.ORG\n\n"},
    {"received-for", TOKEN, "Received: by a for <b+" TOKEN "@example.org>; Mon\n\n"},
    {"envelope-id", TOKEN,
     REPORT "Original-Envelope-Id: " TOKEN "\n\nFinal-Recipient: rfc822;a@example.net\n"},
    {"returned-message-id", TOKEN, REPORT RETURNED "Message-ID: <" TOKEN "@example.org>\n\n"},
    {"returned-list-unsubscribe", TOKEN,
     REPORT RETURNED "List-Unsubscribe: <https://example.org/u/" TOKEN ">\n\n"},
    {"subject", TOKEN, "From: ann@example.net\nSubject: unsubscribe " TOKEN "\n\n"},
    {"in-reply-to", TOKEN, "In-Reply-To: <" TOKEN "@example.org>\n\n"},
    {"text", TOKEN, TEXT "Message-ID: " TOKEN "@example.org\n"},
    {"unread-part", TOKEN,
     DAEMON
     "Subject: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nUnknown."
     "\n--b\nContent-Type: application/octet-stream\n\nMessage-ID: <" TOKEN "@a>\n"},
    {"too-short", NULL, "To: bounce+aeqcaibaeaqcaibaeaq@example.org\n\n"},
    {"too-long", NULL, "To: aeqcaibaeaqcaibaeaqcaeqcaibaeaqcaibaeaqc@example.org\n\n"},
    {"no-kind", NULL, "To: bounce+zeqcaibaeaqcaibaeaqc@example.org\n\n"},
};

static void test_token(gconstpointer data)
{
    const struct row *r = data;
    struct inbound *in = read_mail(r->mail);
    g_assert_cmpuint(in->tokens->len, ==, r->want ? 1 : 0);
    if (r->want)
        g_assert_cmpstr(in->tokens->pdata[0], ==, r->want);
    inbound_free(in);
}

static void test_header(void)
{
    struct inbound *in =
        read_mail(REPORT "\nFinal-Recipient: rfc822;ann@example.net\n" RETURNED
                         "Message-ID: <sent.1@example.org>\nSubject: Spring\n\n");
    g_assert_cmpstr(in->returned_message_id, ==, "sent.1@example.org");
    g_assert_cmpstr(in->sender, ==, "MAILER-DAEMON@mx.example.net");
    g_assert_cmpstr(in->subject, ==, "Delivery report");
    g_assert_cmpstr(in->message_id, ==, "");
    g_assert_cmpint(in->date_us, ==, 0);
    inbound_free(in);
    in = read_mail("Message-ID: <got.1@example.net>\nDate: Thu, 1 Jan 1970 00:00:10 +0000\n\n");
    g_assert_cmpstr(in->message_id, ==, "got.1@example.net");
    g_assert_cmpint(in->date_us, ==, 10 * G_USEC_PER_SEC);
    g_assert_null(in->returned_message_id);
    inbound_free(in);
}

static void test_pattern(void)
{
    struct inbound *a = read_mail("Subject: Ticket 17\n\nAbout ann@example.net, 3 days\n");
    struct inbound *b = read_mail("Subject: Ticket 230\n\nAbout bob@example.net, 11 days\n");
    struct inbound *c = read_mail("Subject: Ticket 17\n\nClosed ann@example.net, 3 days\n");
    g_assert_cmpstr(a->pattern, ==, b->pattern);
    g_assert_cmpstr(a->pattern, !=, c->pattern);
    inbound_free(a);
    inbound_free(b);
    inbound_free(c);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/inbound/recipients/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_recipients);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(token_rows); i++) {
        g_autofree char *path = g_strconcat("/inbound/tokens/", token_rows[i].name, NULL);
        g_test_add_data_func(path, &token_rows[i], test_token);
    }
    g_test_add_func("/inbound/words-of-each", test_words_of_each);
    g_test_add_func("/inbound/forwarded", test_forwarded);
    g_test_add_func("/inbound/rules-of-the-user", test_rules_of_the_user);
    g_test_add_func("/inbound/header", test_header);
    g_test_add_func("/inbound/pattern", test_pattern);
    return g_test_run();
}
