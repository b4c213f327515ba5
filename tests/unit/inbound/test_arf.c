/*
 * Complaints: what is one, and about whom.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"

#define HEAD                                                                                   \
    "From: staff@example.net\nTo: news@example.org\nSubject: a report\nMIME-Version: 1.0\n"
#define REPORT(fields, more)                                                                   \
    HEAD "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"         \
         "--b\n\nSee below.\n--b\nContent-Type: message/feedback-report\n\n" fields "\n" more  \
         "--b--\n"
#define SECOND(fields) "--b\nContent-Type: message/feedback-report\n\n" fields "\n"
#define RETURNED(fields)                                                                       \
    "--b\nContent-Type: message/rfc822\n\n" fields "From: news@example.org\n\nSpring.\n"
#define MIXED(more) HEAD "Content-Type: multipart/mixed; boundary=b\n\n" more "--b--\n"

static const struct row {
    const char *name, *mail;
    enum mail_kind kind;
    const char *addresses;
} rows[] = {
    {"recipient", REPORT("Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.net>\n", ""),
     MAIL_COMPLAINT, "ann@example.net"},
    {"several",
     REPORT("Feedback-Type: abuse\nRemoval-Recipient: ann@example.net\n"
            "Removal-Recipient: bob@example.net\n",
            ""),
     MAIL_COMPLAINT, "ann@example.net bob@example.net"},
    /* Some leave a line between their fields. */
    {"groups", REPORT("Feedback-Type: abuse\n\nOriginal-Rcpt-To: <ann@example.net>\n", ""),
     MAIL_COMPLAINT, "ann@example.net"},
    {"report-outranks-returned",
     REPORT("Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.net>\n",
            RETURNED("To: bob@example.net\n")),
     MAIL_COMPLAINT, "ann@example.net"},
    {"returned-to", REPORT("Feedback-Type: abuse\n", RETURNED("To: bob@example.net\n")),
     MAIL_COMPLAINT, "bob@example.net"},
    {"returned-to-many",
     REPORT("Feedback-Type: abuse\n", RETURNED("To: bob@example.net, eve@example.net\n")),
     MAIL_COMPLAINT, ""},
    {"returned-receivers-word",
     REPORT("Feedback-Type: abuse\n", RETURNED("X-HmXmrOriginalRecipient: ann@example.net\n"
                                               "X-Original-Recipient: bob@example.net\n"
                                               "To: eve@example.net\n")),
     MAIL_COMPLAINT, "ann@example.net"},
    /* The first says what it is. */
    {"two-reports",
     REPORT("Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.net>\n",
            SECOND("Feedback-Type: auth-failure\n")),
     MAIL_COMPLAINT, "ann@example.net"},
    {"two-reports-turned",
     REPORT("Feedback-Type: auth-failure\n", SECOND("Feedback-Type: abuse\n")), MAIL_OTHER, ""},
    {"kind-in-capitals",
     REPORT("Feedback-Type: ABUSE\nOriginal-Rcpt-To: ann@example.net\n", ""), MAIL_COMPLAINT,
     "ann@example.net"},
    {"no-kind", REPORT("Original-Rcpt-To: ann@example.net\n", ""), MAIL_COMPLAINT,
     "ann@example.net"},
    /* Without a report, by the field that its receiver put in. */
    {"plain", MIXED(RETURNED("X-HmXmrOriginalRecipient: ann@example.net\n")), MAIL_COMPLAINT,
     "ann@example.net"},
    {"plain-without-the-field", MIXED(RETURNED("To: ann@example.net\n")), MAIL_OTHER, ""},
    {"a-bounce-of-such-a-mail",
     "From: MAILER-DAEMON@mx.example.net\nSubject: failure\nMIME-Version: 1.0\n"
     "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
     "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
     "Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1\n\n" RETURNED(
         "X-HmXmrOriginalRecipient: ann@example.net\n") "--b--\n",
     MAIL_BOUNCE, "bob@example.net"},
};

static void test_row(gconstpointer data)
{
    const struct row *r = data;
    struct inbound *in = inbound_read(r->mail, strlen(r->mail), NULL);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        if (item->address)
            g_string_append_printf(all, "%s%s", all->len ? " " : "", item->address);
    }
    g_assert_cmpstr(mail_kind_name(inbound_plain_kind(in->kind)), ==, mail_kind_name(r->kind));
    g_assert_cmpstr(all->str, ==, r->addresses);
    inbound_free(in);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/inbound/arf/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
