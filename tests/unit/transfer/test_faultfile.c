/*
 * The shipped table of refusals: what real servers' replies are taken for, above all that what
 * is about a person is never taken for our fault. And what a table may not say.
 */
#include "config.h"

#include "transfer/faultfile.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

static char *data_dir(void)
{
    return g_build_filename(g_getenv("CRIER_SRCDIR") ? g_getenv("CRIER_SRCDIR") : ".", "data",
                            NULL);
}

static struct faults *shipped(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = data_dir();
    struct faults *t = faultfile_read(dir, FAULTFILE_NAME, FAULTFILE_NAME, &error);
    g_assert_no_error(error);
    g_assert_nonnull(t);
    return t;
}

static const struct {
    const char *receiver, *reply, *cause;
} replies[] = {
    /* ---- Gmail ---- */
    {"gmail", "550-5.1.1 The email account that you tried to reach does not exist.", "person"},
    {"gmail", "552-5.2.2 The email account that you tried to reach is over quota", "person"},
    {"gmail", "550-5.2.1 The email account that you tried to reach is inactive.", "person"},
    {"gmail", "450-4.2.1 The user you are trying to contact is receiving mail too quickly.",
     "person"},
    {"gmail",
     "550-5.7.26 Unauthenticated email from example.org is not accepted due to 550-5.7.26 "
     "domain's DMARC policy.",
     "dmarc"},
    {"gmail",
     "550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 "
     "Gmail requires all senders to authenticate with either SPF or DKIM.",
     "authentication"},
    {"gmail",
     "421-4.7.26 Your email has been rate limited because it is unauthenticated. Gmail "
     "requires all senders to authenticate with either SPF or DKIM.",
     "authentication"},
    {"gmail", "550-5.7.27 Your email has been blocked because SPF authentication didn't pass",
     "spf"},
    {"gmail", "421-4.7.30 Your email has been rate limited because DKIM authentication didn't "
              "pass for this message", "dkim"},
    {"gmail", "421-4.7.32 the From: header (RFC5322) in this message isn't aligned", "dmarc"},
    {"gmail", "421-4.7.29 Your email has been rate limited because this message wasn't sent "
              "over a TLS connection.", "tls"},
    {"gmail",
     "550-5.7.25 [192.0.2.7] The IP address sending this message does not have a 550-5.7.25 PTR "
     "record setup",
     "ptr"},
    {"gmail", "421-4.7.23 The IP address sending this message doesn't have a PTR record", "ptr"},
    {"gmail",
     "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely 550-5.7.1 "
     "unsolicited mail.",
     "content"},
    {"gmail",
     "550-5.7.1 [192.0.2.7] Our system has detected an unusual rate of unsolicited mail "
     "originating from your IP address.",
     "rate"},
    {"gmail", "550-5.7.1 [192.0.2.7] the domain has a very low reputation", "reputation"},
    {"gmail", "550 5.4.5 Daily user sending limit exceeded.", "rate"},
    /* ---- Microsoft ---- */
    {"microsoft", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "person"},
    {"microsoft", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "person"},
    {"microsoft", "550 5.5.0 Requested action not taken: mailbox unavailable", ""},
    {"microsoft", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", "person"},
    {"microsoft", "552 5.2.2 STOREDRV.Deliver; mailbox full", "person"},
    {"microsoft",
     "550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal visit "
     "https://sender.office.com/",
     "blocklist"},
    {"microsoft",
     "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your "
     "Internet service provider since part of their network is on our block list (S3140).",
     "blocklist"},
    {"microsoft",
     "550 5.7.515 Access denied, sending domain EXAMPLE.ORG doesn't meet the required "
     "authentication level.",
     "authentication"},
    {"microsoft",
     "550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification",
     "dmarc"},
    {"microsoft",
     "550 5.7.23 The message was rejected because of Sender Policy Framework violation", "spf"},
    {"microsoft",
     "550 5.7.1 Service unavailable, Client host [192.0.2.7] blocked using Spamhaus.",
     "blocklist"},
    {"microsoft", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from "
                  "this IP.", "blocklist"},
    {"microsoft", "550 5.1.8 Access denied, bad outbound sender", "sender"},
    {"microsoft", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException; 550 5.7.60",
     ""},
    {"microsoft",
     "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "sender"},
    {"microsoft",
     "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
     "auth"},
    {"microsoft", "550 5.7.511 Access denied, banned sender[192.0.2.7].", "blocklist"},
    {"microsoft", "550 5.7.64 TenantAttribution; Relay Access Denied", "auth"},
    {"microsoft", "550 5.7.501 Access denied, spam abuse detected", "content"},
    {"microsoft", "550 5.7.1 Message rejected as spam by Content Filtering.", "content"},
    /* ---- Yahoo, Apple, T-Online, GMX, others ---- */
    {"yahoo", "554 delivery error: dd This user doesn't have a yahoo.com account", "person"},
    {"yahoo",
     "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in "
     "Spamhaus's list",
     "blocklist"},
    {"yahoo", "554 5.7.9 Message not accepted for policy reasons.", "policy"},
    {"yahoo", "421 4.7.1 [TS03] All messages from 192.0.2.7 will be permanently deferred",
     "blocklist"},
    {"yahoo",
     "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume "
     "or user complaints",
     ""}, /* that is "slower", no fault */
    {"icloud", "550 5.1.1 <someone@example.org>: user does not exist", "person"},
    {"icloud", "554 5.7.1 [CS01] Message rejected due to local policy.", "content"},
    {"icloud", "554 5.7.1 Your message was rejected due to example.org's DMARC policy.",
     "dmarc"},
    {"icloud",
     "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL",
     "blocklist"},
    {"t-online", "550 user unknown", "person"},
    {"t-online",
     "554 IP=192.0.2.7 - None/bad reputation. Ask your postmaster for help or to contact "
     "<someone@rx.t-online.de> for reset. (NOWL)",
     "reputation"},
    {"gmx", "550 Requested action not taken: mailbox unavailable", ""},
    {"gmx", "554-No SMTP service 554-Bad DNS PTR resource record.", "ptr"},
    {"gmx", "554-Transaction failed 554-Reject due to policy restrictions. 554 For explanation "
            "visit https://postmaster.gmx.net/", "policy"},
    {"gmx", "550-Requested action not taken: mailbox unavailable 550 invalid DNS MX or A/AAAA "
            "resource record", "sender"},
    {"gmx", "554-Transaction failed 554-Reject due to SPF policy violation", "spf"},
    {"orange", "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", "content"},
    {"mailru", "550 spam message rejected. Please visit https://help.mail.ru/", "content"},
    {"mailru", "550 5.7.1 This message was not accepted due to domain owner DMARC policy",
     "dmarc"},
    {"comcast", "554 comcast 192.0.2.7 BL000010 Blocked for abuse.", "blocklist"},
    {"charter", "550 5.1.0 <bounce@example.org> sender rejected. AUP#In-1310", "blocklist"},
    {"cox", "550 5.1.0 <bounce@example.org> sender rejected. AUP#CDRBL", "blocklist"},
    {"proofpoint",
     "550 5.7.1 Service unavailable; client [192.0.2.7] blocked - see "
     "https://ipcheck.proofpoint.com/?ip=192.0.2.7",
     "blocklist"},
    {"proofpoint", "550 5.7.0 Local Policy Violation - example", "policy"},
    {"proofpoint", "550 5.1.1 User Unknown", "person"},
    {"mimecast", "550 Rejected by header based Anti-Spoofing policy: someone@example.org",
     "policy"},
    {"mimecast", "554 Email rejected due to security policies - MCSpamSignature.sa.2.2",
     "content"},
    {"mimecast", "550 SPF Sender Invalid - envelope rejected", "spf"},
    {"mimecast", "550 DKIM Sender Invalid - envelope rejected", "dkim"},
    {"mimecast", "550 Invalid Recipient", "person"},
    {"mimecast", "554 Host network not allowed", "blocklist"},
    {"barracuda", "550 permanent failure for one or more recipients (a@example.org:blocked)",
     "content"},
    {"barracuda", "550 permanent failure for one or more recipients (a@example.org:550 5.1.1 "
                  "User unknown)", "person"},
    /* ---- servers that many run ---- */
    {NULL, "554 5.7.1 <a@example.org>: Relay access denied", "auth"},
    {NULL, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "auth"},
    {NULL, "530 5.7.0 Authentication required", "auth"},
    {NULL, "550 5.1.1 <a@example.org>: Recipient address rejected: User unknown in local "
           "recipient table", "person"},
    {NULL, "550 5.7.1 No such user here", "person"},
    {NULL, "550 unrouteable address", "person"},
    {NULL, "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using "
           "zen.spamhaus.org", "blocklist"},
    {NULL, "554 5.7.1 Client host rejected: Access denied", "blocklist"},
    {NULL, "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]", "ptr"},
    {NULL, "450 4.7.25 Client host rejected: cannot find your reverse hostname", "ptr"},
    {NULL, "554 5.7.1 <mail>: Helo command rejected: Host not found", "helo"},
    {NULL, "450 4.1.8 <a@example.org>: Sender address rejected: Domain not found", "sender"},
    {NULL, "553 5.7.1 <a@example.org>: Sender address rejected: not owned by user b", "sender"},
    {NULL, "550 5.7.23 <a@example.org>: Recipient address rejected: Message rejected due to: "
           "SPF fail - not authorized.", "spf"},
    {NULL, "550 SPF: 192.0.2.7 is not allowed to send mail from example.org", "spf"},
    {NULL, "550 5.7.20 No passing DKIM signature found", "dkim"},
    {NULL, "450 4.7.1 <a@example.org>: Recipient address rejected: Greylisted", "later"},
    {NULL, "451 4.7.1 Greylisting in action, please come back in 300 seconds", "later"},
    {NULL, "550 5.7.1 Message contains spam or virus or sender is blocked", "blocklist"},
    {NULL, "554 5.7.1 Spam message rejected", "content"},
    {NULL, "554 5.6.0 Reject, id=1-2 - SPAM", "content"},
    {NULL, "554-Your access to this mail system has been rejected due to the sending MTA's "
           "poor reputation.", "reputation"},
    {NULL, "530 5.7.0 Must issue a STARTTLS command first", "tls"},
    {NULL, "550 5.7.10 Encryption needed", "tls"},
    {NULL, "552 5.2.2 Mailbox full", "person"},
    {NULL, "550 This mailbox has been blocked due to inactivity", "person"},
    {NULL, "554 someone not listed in Domino Directory", "person"},
    {NULL, "550 5.7.1 Policy rejection on the target address", "person"},
    {NULL, "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized", "person"},
    {NULL, "550 5.7.1 You do not have permission to send to this recipient", "person"},
    {NULL, "550 Your account has been blocked for sending spam", "policy"},
    {NULL, "552 mailbox size limit exceeded, over quota", "person"},
    {NULL, "552 5.3.4 Message size exceeds fixed limit", ""},
    {NULL, "452 4.3.1 Insufficient system storage", ""},
    {NULL, "451 4.3.0 Temporary lookup failure", ""},
    {NULL, "550 5.7.1 Not allowed", ""},
    {NULL, "550 Administrative prohibition", "policy"},
    {NULL, "550 5.7.1 You have reached your daily relay quota", "rate"},
};

static void test_replies(void)
{
    struct faults *t = shipped();
    guint n_wrong = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(replies); i++) {
        struct reply r = {0};
        g_assert_true(fault_parse_reply(replies[i].reply, &r));
        const struct fault *f = faults_find(t, &r, replies[i].receiver);
        const char *cause = f ? f->cause : "";
        if (strcmp(cause, replies[i].cause) != 0) {
            g_test_message("%s: %s (line %d), not %s", replies[i].reply, cause,
                           f ? f->line : 0, replies[i].cause);
            n_wrong++;
        }
        reply_clear(&r);
    }
    g_assert_cmpuint(n_wrong, ==, 0);
    faults_free(t);
}

/* Whatever words stand beside it. */
static void test_person_codes(void)
{
    static const char *const codes[] = {"550 5.1.1", "550 5.1.2",  "501 5.1.3", "551 5.1.6",
                                        "556 5.1.10", "550 5.2.1", "552 5.2.2", "452 4.2.2"};
    static const char *const words[] = {"blocked using zen.spamhaus.org", "spam", "SPF", "DMARC",
                                        "relay access denied", "policy", "TLS required"};
    struct faults *t = shipped();
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        for (gsize k = 0; k < G_N_ELEMENTS(words); k++) {
            g_autofree char *text = g_strdup_printf("%s %s", codes[i], words[k]);
            struct reply r = {0};
            g_assert_true(fault_parse_reply(text, &r));
            g_test_message("%s", text);
            g_assert_false(fault_is_ours(faults_find(t, &r, "gmail")));
            reply_clear(&r);
        }
    }
    faults_free(t);
}

/* Every row says what to do, and can be found in its file. */
static void test_rows(void)
{
    struct faults *t = shipped();
    g_assert_cmpuint(faults_count(t), >, 100);
    for (guint i = 0; i < faults_count(t); i++) {
        const struct fault *f = faults_at(t, i);
        g_autofree char *todo = fault_todo(f);
        g_test_message("line %d", f->line);
        g_assert_true(*fault_label(f) && *todo && f->line > 0);
        g_assert_nonnull(fault_cause_find(f->cause));
        g_assert_true((f->rest == FAULT_REST_NONE) == (strcmp(f->cause, "person") == 0 ||
                                                      strcmp(f->cause, "later") == 0));
    }
    faults_free(t);
}

static void test_mistakes(void)
{
    static const struct {
        const char *rows, *says;
    } cases[] = {
        {"faults = ( { cause = \"spff\"; text = \"spf\"; } );", "t.cfg:2: cause: \"spff\""},
        {"faults = ( { cause = \"spff\"; text = \"spf\"; } );", "Did you mean \"spf\"?"},
        {"faults = ( { cause = \"spf\"; } );", "t.cfg:2: this row would take every refusal"},
        {"faults = ( { text = \"spf\"; } );", "t.cfg:2: a row needs a cause"},
        {"faults = ( { cause = \"spf\";\n text = \"a\"; } );", "t.cfg:3: text: a phrase has 3"},
        {"faults = ( { cause = \"spf\"; code = \"250\"; } );", "t.cfg:2: code:"},
        {"faults = ( { cause = \"spf\"; code = 550; } );", "t.cfg:2: code:"},
        {"faults = ( { cause = \"spf\"; enhanced = \"5.7\"; } );", "t.cfg:2: enhanced:"},
        {"faults = ( { cause = \"spf\"; enhanced = \"2.7.1\"; } );", "t.cfg:2: enhanced:"},
        {"faults = ( { cause = \"spf\"; rests = \"all\"; } );", "t.cfg:2: rests:"},
        {"faults = ( { cause = \"spf\"; txt = \"spf\"; } );", "Did you mean \"text\"?"},
        {"faults = ( { cause = \"spf\"; text = [ ]; } );", "t.cfg:2: text: a row has 1 to"},
        {"faults = ( 7 );", "t.cfg:2: faults: this is a number"},
        {"faults = 7;", "t.cfg:2: faults: this is a number"},
        {"fault = ( );", "Did you mean \"faults\"?"},
        {"faults = (", "t.cfg:"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("format = 1;\n%s\n", cases[i].rows);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].rows);
        g_assert_null(faultfile_parse(text, strlen(text), "t.cfg", &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, cases[i].says))
            g_error("%s: %s", cases[i].says, error->message);
    }
}

static void test_own_cause(void)
{
    static const char text[] =
        "format = 1;\nfaults = ( { cause = \"tax\"; label = \"taxes\"; todo = \"Pay them\";\n"
        " link = \"https://example.org/\"; text = [ \"unpaid\", \"owing\" ]; },\n"
        " { cause = \"spf\"; text = \"spf\"; rests = \"nothing\"; } );\n";
    g_autoptr(GError) error = NULL;
    struct faults *t = faultfile_parse(text, strlen(text), "t.cfg", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(faults_count(t), ==, 2);
    const struct fault *f = faults_at(t, 0);
    g_autofree char *todo = fault_todo(f);
    g_assert_cmpstr(fault_label(f), ==, "taxes");
    g_assert_cmpstr(todo, ==, "Pay them; see https://example.org/");
    g_assert_true(f->rest == FAULT_REST_RECEIVER && f->line == 2);
    g_assert_false(fault_is_ours(faults_at(t, 1)));
    faults_free(t);
}

static void test_load(void)
{
    g_autofree char *dir = g_dir_make_tmp("crier-faults-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, FAULTFILE_NAME, NULL);
    g_autofree char *data = data_dir();
    g_autofree char *trouble = NULL;
    g_autoptr(GError) error = NULL;
    g_setenv("CRIER_DATADIR", data, TRUE);

    struct faults *t = faultfile_load(dir, &trouble, &error);
    g_assert_no_error(error);
    guint n_shipped = faults_count(t);
    g_assert_null(trouble);
    g_assert_cmpuint(n_shipped, >, 100);
    faults_free(t);

    g_assert_true(g_file_set_contents(
        path, "format = 1;\nfaults = ( { cause = \"rate\"; text = \"slow*\"; } );\n", -1, NULL));
    t = faultfile_load(dir, &trouble, &error);
    g_assert_no_error(error);
    g_assert_null(trouble);
    g_assert_cmpuint(faults_count(t), ==, n_shipped + 1);
    g_assert_cmpstr(faults_at(t, 0)->cause, ==, "rate");
    faults_free(t);

    g_assert_true(g_file_set_contents(path, "format = 1;\nfaults = (\n {} );\n", -1, NULL));
    t = faultfile_load(dir, &trouble, &error);
    g_assert_no_error(error);
    g_autofree char *place = g_strdup_printf("%s:3: ", path);
    g_assert_true(g_str_has_prefix(trouble, place));
    g_assert_cmpuint(faults_count(t), ==, n_shipped);
    faults_free(t);
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/faultfile/shipped/replies", test_replies);
    g_test_add_func("/faultfile/shipped/person-codes", test_person_codes);
    g_test_add_func("/faultfile/shipped/rows", test_rows);
    g_test_add_func("/faultfile/mistakes", test_mistakes);
    g_test_add_func("/faultfile/own-cause", test_own_cause);
    g_test_add_func("/faultfile/load", test_load);
    return g_test_run();
}
