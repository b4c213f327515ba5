/*
 * What a mail is, by its parts, its header and its words.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"

struct row {
    const char *name;
    enum mail_kind kind;
    const char *mail;
};

#define REPORT(type)                                                                           \
    "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=" type "; boundary=b\n\n"
#define DAEMON                                                                                 \
    "Return-Path: <>\nFrom: Mail System <MAILER-DAEMON@mx.example.net>\nTo: b@example.org\n"
#define PERSON                                                                                 \
    "Return-Path: <ann@example.net>\nFrom: Ann <ann@example.net>\nTo: news@example.org\n"
#define DSN(action, status)                                                                    \
    DAEMON "Subject: Delivery report\n" REPORT(                                                \
        "delivery-status") "--b\n\nAbout your mail.\n--b\nContent-Type: "                      \
                           "message/delivery-status\n\n"                                       \
                           "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; "   \
                           "ann@example.net\n"                                                 \
                           "Action: " action "\nStatus: " status "\n\n--b--\n"

static const struct row rows[] = {
    {"report-failed", MAIL_BOUNCE, DSN("failed", "5.1.1")},
    {"report-failed-4", MAIL_BOUNCE, DSN("failed", "4.4.7")},
    {"report-delayed", MAIL_DELAYED, DSN("delayed", "4.4.1")},
    {"report-delivered", MAIL_SUCCESS, DSN("delivered", "2.0.0")},
    {"report-relayed", MAIL_SUCCESS, DSN("relayed", "2.0.0")},
    {"report-expanded", MAIL_SUCCESS, DSN("expanded (to a list)", "2.0.0")},
    {"report-no-action", MAIL_BOUNCE, DSN("", "5.2.2")},
    {"text-failed", MAIL_BOUNCE,
     DAEMON "Subject: failure notice\n\nI wasn't able to deliver your message.\n\n"
            "<ann@example.net>:\nno such user\n"},
    {"text-failed-from-nobody", MAIL_BOUNCE,
     "From: <>\nTo: b@example.org\nSubject: Undeliverable mail\n\nann@example.net: unknown\n"},
    {"text-delayed", MAIL_DELAYED,
     DAEMON
     "Subject: Warning: message 1 delayed 24 hours\n\nNot yet been delivered to:\n"
     "  ann@example.net\n\nEventually the software will give up, and it will be returned to "
     "you.\n"},
    {"text-delayed-in-the-subject", MAIL_DELAYED,
     DAEMON "Subject: Warning: message 1 delayed 24 hours\n\nThis is about:\n"
            "  ann@example.net\n"},
    {"text-delayed-in-the-words", MAIL_DELAYED,
     DAEMON "Subject: Mail status\n\nYour message has not yet been delivered to:\n"
            "  ann@example.net\n"},
    {"text-gave-up", MAIL_BOUNCE,
     DAEMON "Subject: Returned mail\n\nDelivery was delayed and failed; giving up on\n"
            "<ann@example.net>\n"},
    {"html-alone", MAIL_BOUNCE,
     DAEMON "Subject: Undelivered\nContent-Type: text/html\n\n<p>Could not be delivered to "
            "<b>ann&#64;example.net</b></p>"},
    {"complaint", MAIL_COMPLAINT,
     PERSON "Subject: a report\n" REPORT(
         "feedback-report") "--b\n\nSee below.\n--b\nContent-Type: "
                            "message/feedback-report\n\nFeedback-Type: abuse\n"
                            "Original-Rcpt-To: <ann@example.net>\n\n--b--\n"},
    {"report-about-signatures", MAIL_OTHER,
     PERSON "Subject: a report\n" REPORT(
         "feedback-report") "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: "
                            "auth-failure\n\n--b--\n"},
    {"report-not-spam", MAIL_OTHER,
     PERSON "Subject: a report\n" REPORT(
         "feedback-report") "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: "
                            "not-spam\n\n--b--\n"},
    {"read-receipt", MAIL_RECEIPT,
     DAEMON "Subject: Read: Spring\n" REPORT(
         "disposition-notification") "--b\n\nIt was read.\n--b\nContent-Type: "
                                     "message/disposition-notification\n\n"
                                     "Final-Recipient: rfc822;ann@example.net\nDisposition: "
                                     "manual-action/x; displayed\n--b--\n"},
    {"vacation", MAIL_AUTOREPLY,
     "Return-Path: <>\nFrom: Ann <ann@example.net>\nTo: b+t@example.org\n"
     "Subject: Out of office: Spring\nAuto-Submitted: auto-replied\n\nBack in May. If it could "
     "not wait, ask bob@example.net.\n"},
    {"vacation-by-precedence", MAIL_AUTOREPLY,
     PERSON "Subject: Your mail\nPrecedence: auto_reply\n\nI am travelling.\n"},
    {"vacation-in-words", MAIL_AUTOREPLY,
     PERSON "Subject: =?utf-8?B?QWJ3ZXNlbmhlaXQ=?=\n\nIch bin wieder im Mai da.\n"},
    {"challenge-as-report", MAIL_CHALLENGE,
     DAEMON "Subject: Your mail waits\n" REPORT(
         "delivery-status") "--b\n\nTo be put on the guest list, verify that you are a "
                            "person.\n--b\n"
                            "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; "
                            "ann@example.net\n"
                            "Action: failed\nStatus: 5.7.1\n\n--b--\n"},
    {"unsubscribe-subject", MAIL_UNSUBSCRIBE, PERSON "Subject: unsubscribe\n\n"},
    {"unsubscribe-subject-token", MAIL_UNSUBSCRIBE,
     PERSON "Subject: Unsubscribe aeqcaibaeaqcaibaeaqc\n\n\n"},
    {"unsubscribe-body", MAIL_UNSUBSCRIBE, PERSON "Subject: hello\n\nUnsubscribe.\n"},
    {"unsubscribe-apple", MAIL_UNSUBSCRIBE,
     PERSON "Subject: Spring\nX-Apple-Unsubscribe: true\nAuto-Submitted: auto-replied\n\n"
            "Apple Mail sent this.\n"},
    {"unsubscribe-gmail", MAIL_UNSUBSCRIBE,
     PERSON "Subject: aeqcaibaeaqcaibaeaqc\n\nThis message was automatically generated by "
            "Gmail.\n"},
    {"no-unsubscribe-on-a-list", MAIL_REPLY,
     PERSON
     "Subject: unsubscribe\nList-Id: <talk.example.org>\nIn-Reply-To: <1@example.org>\n\n"
     "How does one?\n"},
    {"reply", MAIL_REPLY,
     PERSON "Subject: Re: Spring\nIn-Reply-To: <1@example.org>\n\nThank you!\n"},
    {"forwarded-bounce", MAIL_REPLY,
     PERSON "Subject: Re: help\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nWhat does "
            "this mean?\n--c\nContent-Type: message/rfc822\n\n" DSN("failed", "5.1.1")},
    {"forwarded-report-fields", MAIL_REPLY,
     PERSON "Subject: Re: help\n\nI got this:\nFinal-Recipient: rfc822;bob@example.net\n"
            "Action: failed\nStatus: 5.1.1\n"},
    {"plain", MAIL_OTHER, PERSON "Subject: Lunch\n\nAt noon?\n"},
    {"nothing", MAIL_OTHER, PERSON "\n"},
    {"notice-in-json", MAIL_BOUNCE,
     PERSON
     "Subject: Notification\n\n{\"notificationType\":\"Bounce\",\"bounce\":{"
     "\"bouncedRecipients\":[{\"emailAddress\":\"ann@example.net\",\"status\":\"5.1.1\"}]"
     "}}\n\n--\nTo stop: click\n"},
    {"notice-in-json-in-json", MAIL_COMPLAINT,
     PERSON "Subject: Notification\n\n{\"Message\": \"{\\\"complaint\\\":{"
            "\\\"complainedRecipi!\n ents\\\":[{\\\"emailAddress\\\":\\\"ann@example.net\\\"}]"
            "}}\"}\n"},
    {"lost-boundaries", MAIL_BOUNCE,
     DAEMON "Subject: Notification\n" REPORT(
         "delivery-status") "Your message.\n\nFinal-Recipient: rfc822;ann@example.net\nAction: "
                            "failed\n"
                            "Status: 5.1.1\n"},
};

static void test_kind(gconstpointer data)
{
    const struct row *r = data;
    struct inbound *in = inbound_read(r->mail, strlen(r->mail), NULL);
    g_assert_cmpstr(mail_kind_name(in->kind), ==, mail_kind_name(r->kind));
    inbound_free(in);
}

/* Whatever a line ends with, and with the line that mailbox files begin with. */
static void test_line_ends(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *body =
            g_strconcat("From x@example.net Mon Jan  1\n", rows[i].mail, NULL);
        g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
        g_autofree char *mail = g_strjoinv("\r\n", lines);
        struct inbound *in = inbound_read(mail, strlen(mail), NULL);
        if (in->kind != rows[i].kind)
            g_error("%s is %s", rows[i].name, mail_kind_name(in->kind));
        inbound_free(in);
    }
}

static void test_plain_kind(void)
{
    g_assert_cmpint(inbound_plain_kind(MAIL_CHALLENGE), ==, MAIL_AUTOREPLY);
    g_assert_cmpint(inbound_plain_kind(MAIL_SUCCESS), ==, MAIL_OTHER);
    g_assert_cmpint(inbound_plain_kind(MAIL_REPLY), ==, MAIL_OTHER);
    g_assert_cmpint(inbound_plain_kind(MAIL_RECEIPT), ==, MAIL_OTHER);
    g_assert_cmpint(inbound_plain_kind(MAIL_DELAYED), ==, MAIL_DELAYED);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/inbound/kind/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_kind);
    }
    g_test_add_func("/inbound/crlf-and-mbox", test_line_ends);
    g_test_add_func("/inbound/plain-kind", test_plain_kind);
    return g_test_run();
}
