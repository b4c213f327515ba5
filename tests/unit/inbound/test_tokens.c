/*
 * Where words that may be tokens of ours are found in a mail, and what is not taken for one.
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include "inbound/inbound.h"

#define TOKEN "aeaqcaibaeaqcaibaeaqcaibaeaqcai"
#define OTHER "aebqgaydambqgaydambqgaydambqgay"
#define VERP "news+b-" TOKEN "@example.org"

/* A field of the mail itself. */
static const char *const own[] = {
    "To: <" VERP ">",
    "Delivered-To: " VERP,
    "X-Original-To: " VERP,
    "Envelope-To: " VERP,
    "X-Envelope-To: " VERP,
    "X-Delivered-To: " VERP,
    "X-Forwarded-To: " VERP,
    "Apparently-To: " VERP,
    "Subject: unsubscribe " TOKEN,
    "In-Reply-To: <" TOKEN "@example.org>",
    "References: <1@example.net> <" TOKEN "@example.org>",
    "Received: from mx.example.net by mx.example.org for <" VERP ">; Mon, 1 Jan 2029",
    "delivered-to: " VERP,
    "Delivered-To:\n " VERP,
};
static const char *const not_own[] = {
    "X-Whatever: " VERP, "Message-ID: <" TOKEN "@example.net>", "Return-Path: <" VERP ">"};

/* A field of the mail that a read receipt gives back. */
static const char *const returned[] = {
    "Return-Path: <" VERP ">",
    "Message-ID: <" TOKEN "@example.org>",
    "List-Unsubscribe: <mailto:news+u-" TOKEN "@example.org?subject=unsubscribe>",
    "X-Campaign: " TOKEN,
    "Errors-To: " VERP,
    "Sender: " VERP,
    "From: " VERP,
    "Reply-To: " VERP,
    "Feedback-ID: 1:" TOKEN ":crier",
    "Received: from mx.example.net by mx.example.org for <" VERP ">; Mon, 1 Jan 2029",
    "DKIM-Signature: v=1; i=" VERP,
    "Subject: Spring " TOKEN,
};

static char *tokens_of(const char *mail)
{
    struct inbound *in = inbound_read(mail, strlen(mail), NULL);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < in->tokens->len; i++)
        g_string_append_printf(all, "%s%s", i ? " " : "", (char *)in->tokens->pdata[i]);
    inbound_free(in);
    return g_string_free(all, FALSE);
}

static void check(const char *mail, const char *tokens)
{
    g_autofree char *found = tokens_of(mail);
    if (strcmp(found, tokens) != 0)
        g_error("'%s', not '%s', in:\n%s", found, tokens, mail);
}

static void test_own(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own) + G_N_ELEMENTS(not_own); i++) {
        gboolean is_own = i < G_N_ELEMENTS(own);
        g_autofree char *mail = g_strconcat("From: ann@example.net\n",
                                            is_own ? own[i] : not_own[i - G_N_ELEMENTS(own)],
                                            "\n\nBack in May.\n", NULL);
        check(mail, is_own ? TOKEN : "");
    }
}

static void test_returned(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(returned); i++) {
        g_autofree char *mail =
            g_strconcat("From: ann@example.net\nSubject: Read\nMIME-Version: 1.0\n"
                        "Content-Type: multipart/report;"
                        " report-type=disposition-notification; boundary=b\n\n"
                        "--b\n\nIt was read.\n"
                        "--b\nContent-Type: message/disposition-notification\n\n"
                        "Final-Recipient: rfc822;ann@example.net\n"
                        "Disposition: manual-action/x; displayed\n"
                        "--b\nContent-Type: text/rfc822-headers\n\n",
                        returned[i], "\nX-Other: " OTHER "\n\n--b--\n", NULL);
        check(mail, TOKEN);
    }
}

#define REPORT(envelope, text, part)                                                           \
    "From: MAILER-DAEMON@mx.example.net\nSubject: failure\nMIME-Version: 1.0\n"                \
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"              \
    "--b\n\n" text "\n--b\nContent-Type: message/delivery-status\n\n" envelope                 \
    "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; ann@example.net\n"         \
    "Action: failed\nStatus: 5.1.1\n\n--b\n" part "\n--b--\n"

static void test_parts(void)
{
    /* The envelope's id, the words; in parts that nobody reads only when nothing else was. */
    check(REPORT("Original-Envelope-Id: " TOKEN "\n", "", ""), TOKEN);
    check(REPORT("Original-Envelope-Id: " TOKEN "\n", "about " OTHER, ""), TOKEN " " OTHER);
    check(REPORT("", "about " TOKEN ".", ""), TOKEN);
    check(REPORT("", "", "Content-Type: text/x-log\n\nfor " TOKEN "\n"), TOKEN);
    check(REPORT("", "",
                 "Content-Type: text/x-log\nContent-Transfer-Encoding: base64\n\n" TOKEN "\n"),
          "");
    check(REPORT("", "about " TOKEN, "Content-Type: text/x-log\n\nfor " OTHER "\n"), TOKEN);
    /* Nor in those of a mail that brings none back. */
    check("From: ann@example.net\nSubject: Hello\nMIME-Version: 1.0\n"
          "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello.\n--b\n"
          "Content-Type: text/x-log\n\nfor " TOKEN "\n--b--\n",
          "");
}

/* Parts that nobody reads are looked into where a mail may bring one of ours back. */
static void test_unread_parts(void)
{
    static const struct {
        const char *type, *report;
        gboolean is_returned;
    } rows[] = {
        {"delivery-status", "Final-Recipient: rfc822; ann@example.net\nAction: failed\n", TRUE},
        {"delivery-status", "Final-Recipient: rfc822; ann@example.net\nAction: delayed\n",
         TRUE},
        {"delivery-status", "Final-Recipient: rfc822; ann@example.net\nAction: delivered\n",
         TRUE},
        {"feedback-report", "Feedback-Type: abuse\n", TRUE},
        {"feedback-report", "Feedback-Type: auth-failure\n", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *mail = g_strdup_printf(
            "From: MAILER-DAEMON@mx.example.net\nSubject: report\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=%s; boundary=b\n\n"
            "--b\nContent-Type: message/%s\n\nReporting-MTA: dns; mx.example.net\n\n%s\n"
            "--b\nContent-Type: text/x-log\n\nfor " TOKEN "\n--b--\n",
            rows[i].type, rows[i].type, rows[i].report);
        check(mail, rows[i].is_returned ? TOKEN : "");
    }
}

static void test_shape(void)
{
    static const struct {
        const char *word, *token;
    } rows[] = {
        {"AEAQCAIBAEAQCAIBAEAQ", "aeaqcaibaeaqcaibaeaq"}, /* the shortest; in any case */
        {"aeaqcaibaeaqcaibaea", ""},                      /* one letter less */
        {"aeaqcaibaeaqcaibaeaqcaibaeaqcaib", "aeaqcaibaeaqcaibaeaqcaibaeaqcaib"},
        {"aeaqcaibaeaqcaibaeaqcaibaeaqcaiba", ""}, /* too long */
        {"beaqcaibaeaqcaibaeaqcaibaeaqcai", ""},   /* of no kind */
        {"aeaqcaibaeaqcaib0eaqcaibaeaqcai", ""},   /* base32 has no 0 */
        {"aeaqcaibaeaqcaibaeaq1aeaqcaibaeaqcaibaebq",
         "aeaqcaibaeaqcaibaeaq aeaqcaibaeaqcaibaebq"},
        {TOKEN "+" TOKEN, TOKEN}, /* once */
        {TOKEN "@" OTHER, TOKEN " " OTHER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *mail = g_strconcat("From: ann@example.net\nSubject: unsubscribe ",
                                            rows[i].word, "\n\n", NULL);
        check(mail, rows[i].token);
    }
}

static void test_bounded(void)
{
    g_autoptr(GString) mail = g_string_new("From: ann@example.net\nSubject: Re: Spring\n\n");
    for (int i = 0; i < 4 * INBOUND_MAX_TOKENS; i++)
        g_string_append_printf(mail, "aeaqcaibaeaqcaibaeaq%c%c\n", 'a' + i / 26, 'a' + i % 26);
    struct inbound *in = inbound_read(mail->str, mail->len, NULL);
    g_assert_cmpuint(in->tokens->len, ==, INBOUND_MAX_TOKENS);
    inbound_free(in);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbound/tokens/own-fields", test_own);
    g_test_add_func("/inbound/tokens/returned-fields", test_returned);
    g_test_add_func("/inbound/tokens/parts", test_parts);
    g_test_add_func("/inbound/tokens/unread-parts", test_unread_parts);
    g_test_add_func("/inbound/tokens/shape", test_shape);
    g_test_add_func("/inbound/tokens/bounded", test_bounded);
    return g_test_run();
}
