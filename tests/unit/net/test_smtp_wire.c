/*
 * The client's side of the wire: extensions, addresses, parameters, dot-stuffing at every cut.
 */
#include "config.h"

#include "net/smtp_wire.h"

#include <string.h>

#include "base/error.h"

static void test_extensions(void)
{
    struct smtp_extensions e;
    smtp_extensions_parse("mx.example.net greets\nPIPELINING\nsize 10240000\nVRFY\nETRN\n"
                          "AUTH PLAIN LOGIN\nEnhancedStatusCodes\n8BITMIME\nDSN\nSMTPUTF8\n"
                          "CHUNKING",
                          &e);
    g_assert_true(e.pipelining && e.smtputf8 && e.eightbitmime && e.dsn && e.chunking);
    g_assert_true(e.enhanced && e.size);
    g_assert_cmpint(e.size_max, ==, 10240000);
    g_assert_cmpstr(e.auth, ==, "PLAIN LOGIN");
    smtp_extensions_clear(&e);
    g_assert_null(e.auth);
}

static void test_extensions_hostile(void)
{
    static const struct {
        const char *text;
        gboolean size, pipelining;
        gint64 size_max;
        const char *auth;
    } cases[] = {
        {NULL, FALSE, FALSE, 0, NULL},
        {"", FALSE, FALSE, 0, NULL},
        {"PIPELINING", FALSE, FALSE, 0, NULL}, /* the first line is the host */
        {"h\nSIZE", TRUE, FALSE, 0, NULL},
        {"h\nSIZE 0", TRUE, FALSE, 0, NULL},
        {"h\nSIZE 99999999999999999999", TRUE, FALSE, 0, NULL},
        {"h\nSIZE -5", TRUE, FALSE, 0, NULL},
        {"h\nSIZE 12x", TRUE, FALSE, 0, NULL},
        {"h\nPIPELINING \nAUTH=LOGIN", FALSE, TRUE, 0, "LOGIN"},
        {"h\n\n \nPIPELINING2", FALSE, FALSE, 0, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct smtp_extensions e;
        smtp_extensions_parse(cases[i].text, &e);
        g_assert_cmpint(e.size, ==, cases[i].size);
        g_assert_cmpint(e.pipelining, ==, cases[i].pipelining);
        g_assert_cmpint(e.size_max, ==, cases[i].size_max);
        g_assert_cmpstr(e.auth, ==, cases[i].auth);
        smtp_extensions_clear(&e);
    }
}

static void test_refused_addresses(void)
{
    static const char *const bad[] = {
        "a@b\r\nRCPT TO:<c@d>",
        "a@b\n",
        "a\rb@c",
        "a b@c",
        "a\tb@c",
        "<a@b",
        "a@b>",
        "a@b\x7f",
        "\x01@b",
        "m\xc3\xbcller@example.org",
        "",
    };
    struct smtp_extensions e = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct smtp_message m = {.sender = "s@example.org", .recipient = bad[i]};
        g_autoptr(GError) error = NULL;
        g_assert_false(smtp_wire_check(&m, &e, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_null(strpbrk(error->message, "\r\n\t\x01\x7f"));
        if (bad[i][0] == '\0')
            continue;
        m = (struct smtp_message){.sender = bad[i], .recipient = "r@example.org"};
        g_assert_false(smtp_wire_check(&m, &e, NULL));
    }
    g_autofree char *name = g_strnfill(SMTP_WIRE_ADDRESS_MAX, 'a');
    g_autofree char *longer = g_strconcat(name, "@b", NULL);
    struct smtp_message m = {.sender = "", .recipient = longer};
    g_assert_false(smtp_wire_check(&m, &e, NULL));
    m.recipient = name;
    g_assert_true(smtp_wire_check(&m, &e, NULL)); /* and <> is a sender */
}

static void test_capabilities(void)
{
    struct smtp_extensions e = {.size = TRUE, .size_max = 1000};
    struct smtp_message m = {.sender = "s@a", .recipient = "r@b", .size = 1000};
    g_autoptr(GError) error = NULL;
    g_assert_true(smtp_wire_check(&m, &e, &error));
    m.size = 1001;
    g_assert_false(smtp_wire_check(&m, &e, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "1001"));
    g_clear_error(&error);
    m = (struct smtp_message){
        .sender = "s@a", .recipient = "m\xc3\xbc@b", .needs_smtputf8 = TRUE};
    g_assert_false(smtp_wire_check(&m, &e, &error));
    g_assert_nonnull(strstr(error->message, "SMTPUTF8"));
    e.smtputf8 = TRUE;
    g_assert_true(smtp_wire_check(&m, &e, NULL));
    m.recipient = "m\xc3@b"; /* broken UTF-8 */
    g_assert_false(smtp_wire_check(&m, &e, NULL));
    g_autofree char *envid = g_strnfill(34, '+'); /* 102 characters encoded */
    m = (struct smtp_message){.sender = "s@a", .recipient = "r@b", .envid = envid};
    g_assert_false(smtp_wire_check(&m, &e, NULL));
    envid[33] = '\0';
    g_assert_true(smtp_wire_check(&m, &e, NULL));
}

static void test_commands(void)
{
    static const struct {
        struct smtp_extensions e;
        struct smtp_message m;
        const char *mail, *rcpt;
    } cases[] = {
        {{0},
         {.sender = "s@a", .recipient = "r@b", .size = 9, .envid = "x"},
         "MAIL FROM:<s@a>\r\n",
         "RCPT TO:<r@b>\r\n"},
        {{0}, {.sender = "", .recipient = "r@b"}, "MAIL FROM:<>\r\n", "RCPT TO:<r@b>\r\n"},
        {{.size = TRUE},
         {.sender = "s@a", .recipient = "r@b", .size = 1204},
         "MAIL FROM:<s@a> SIZE=1204\r\n",
         "RCPT TO:<r@b>\r\n"},
        {{.size = TRUE},
         {.sender = "s@a", .recipient = "r@b"},
         "MAIL FROM:<s@a> SIZE=0\r\n",
         "RCPT TO:<r@b>\r\n"},
        {{.dsn = TRUE},
         {.sender = "s@a", .recipient = "r+x=y@b", .envid = "a+b=c d"},
         "MAIL FROM:<s@a> RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n",
         "RCPT TO:<r+x=y@b> NOTIFY=FAILURE,DELAY ORCPT=rfc822;r+2Bx+3Dy@b\r\n"},
        {{.dsn = TRUE},
         {.sender = "s@a", .recipient = "r@b"},
         "MAIL FROM:<s@a>\r\n",
         "RCPT TO:<r@b>\r\n"},
        {{.dsn = TRUE, .smtputf8 = TRUE, .eightbitmime = TRUE},
         {.sender = "s@a", .recipient = "m\xc3\xbc+x@b", .needs_smtputf8 = TRUE, .envid = "1"},
         "MAIL FROM:<s@a> SMTPUTF8 BODY=8BITMIME RET=HDRS ENVID=1\r\n",
         "RCPT TO:<m\xc3\xbc+x@b> NOTIFY=FAILURE,DELAY ORCPT=utf-8;m\xc3\xbc\\x{2B}x@b\r\n"},
        {{.eightbitmime = TRUE, .smtputf8 = TRUE},
         {.sender = "s@a", .recipient = "r@b"},
         "MAIL FROM:<s@a>\r\n",
         "RCPT TO:<r@b>\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char mail[SMTP_WIRE_MAIL_MAX + 1], rcpt[SMTP_WIRE_RCPT_MAX + 1];
        mail[smtp_wire_mail(mail, &cases[i].m, &cases[i].e)] = '\0';
        rcpt[smtp_wire_rcpt(rcpt, &cases[i].m, &cases[i].e)] = '\0';
        g_assert_cmpstr(mail, ==, cases[i].mail);
        g_assert_cmpstr(rcpt, ==, cases[i].rcpt);
    }
}

static void test_command_bounds(void)
{
    struct smtp_extensions e = {
        .size = TRUE, .dsn = TRUE, .smtputf8 = TRUE, .eightbitmime = TRUE};
    g_autofree char *worst = g_strnfill(SMTP_WIRE_ADDRESS_MAX, '+');
    g_autofree char *envid = g_strnfill(33, '=');
    g_autofree char *utf8 = g_strdup(worst);
    memcpy(utf8, "\xc3\xbc", 2);
    struct smtp_message m = {.sender = worst,
                             .recipient = worst,
                             .size = G_MAXINT64,
                             .envid = envid,
                             .needs_smtputf8 = TRUE};
    g_assert_true(smtp_wire_check(&m, &e, NULL));
    g_autofree char *buffer = g_malloc(SMTP_WIRE_RCPT_MAX);
    g_assert_cmpuint(smtp_wire_mail(buffer, &m, &e), <=, SMTP_WIRE_MAIL_MAX);
    g_assert_cmpuint(smtp_wire_rcpt(buffer, &m, &e), <=, SMTP_WIRE_RCPT_MAX);
    m.recipient = utf8;
    g_assert_cmpuint(smtp_wire_rcpt(buffer, &m, &e), <=, SMTP_WIRE_RCPT_MAX);
}

/* The plain way to say what the wire must be. */
static GString *stuffed(const char *text, gsize len)
{
    GString *out = g_string_new(NULL);
    gboolean is_line_start = TRUE;
    for (gsize i = 0; i < len; i++) {
        if (text[i] == '\r' || text[i] == '\n') {
            g_string_append(out, "\r\n");
            is_line_start = TRUE;
            if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
                i++;
            continue;
        }
        if (is_line_start && text[i] == '.')
            g_string_append_c(out, '.');
        g_string_append_c(out, text[i]);
        is_line_start = FALSE;
    }
    g_string_append(out, is_line_start ? ".\r\n" : "\r\n.\r\n");
    return out;
}

static GString *fill_all(const struct smtp_chunk *chunks, gsize n, gsize room)
{
    struct smtp_body b;
    GString *out = g_string_new(NULL);
    g_autofree char *buffer = g_malloc(room);
    smtp_body_init(&b, chunks, n);
    while (!b.is_done) {
        gsize got = smtp_body_fill(&b, buffer, room);
        g_assert_cmpuint(got, <=, room);
        g_assert_cmpuint(got, >, 0);
        g_string_append_len(out, buffer, (gssize)got);
    }
    g_assert_true(b.is_at_end);
    g_assert_cmpuint(smtp_body_fill(&b, buffer, room), ==, 0);
    return out;
}

static void check_body(const char *text, gsize len)
{
    g_autoptr(GString) want = stuffed(text, len);
    for (gsize cut = 0; cut <= len; cut++) {
        const struct smtp_chunk chunks[] = {{text, cut}, {NULL, 0}, {text + cut, len - cut}};
        g_autoptr(GString) got = fill_all(chunks, G_N_ELEMENTS(chunks), 16 + cut % 7);
        g_assert_cmpmem(got->str, got->len, want->str, want->len);
    }
}

static void test_body(void)
{
    static const char *const texts[] = {
        "",
        ".",
        "..",
        ".\r\n",
        "\r\n",
        "\r\n.\r\n",
        "a\r\n.b\r\n..c\r\n",
        "no end",
        "a\nb\n.c",
        "a\rb\r.c\r",
        "\r\r\n\n\r",
        "a\r\n.\r\nMAIL FROM:<x@y>\r\n",
        "a\n.\nb\r.\rc",
        "a line that is longer than the smallest buffer by far\r\n.and another one of that "
        "kind\r\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        check_body(texts[i], strlen(texts[i]));
}

static void test_body_random(void)
{
    static const char letters[] = "\r\n\r\n..ab\0";
    for (int round = 0; round < 2000; round++) {
        char text[24];
        gsize len = (gsize)g_test_rand_int_range(0, sizeof text + 1);
        for (gsize i = 0; i < len; i++)
            text[i] = letters[g_test_rand_int_range(0, sizeof letters - 1)];
        check_body(text, len);
    }
}

/* Long stretches that may go as they are, and rarely something that may not. */
static void test_body_long(void)
{
    static const char *const rare[] = {"\r\n", "\r\n",     "\r\n.", "\n",
                                       "\r",   "\r\r\n", "\n.",   "."};
    for (int round = 0; round < 3000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        int pieces = g_test_rand_int_range(1, 14);
        for (int i = 0; i < pieces; i++) {
            gboolean is_odd = g_test_rand_int_range(0, 8) == 0;
            g_autofree char *run = g_strnfill((gsize)g_test_rand_int_range(0, 120), 'x');
            g_string_append(text, run);
            g_string_append(text, rare[g_test_rand_int_range(0, is_odd ? 8 : 2)]);
        }
        g_autoptr(GString) want = stuffed(text->str, text->len);
        gsize cut = (gsize)g_test_rand_int_range(0, (int)text->len + 1);
        /* Memory of just that length: a look beyond it is found. */
        g_autofree char *first = g_memdup2(text->str, cut);
        g_autofree char *second = g_memdup2(text->str + cut, text->len - cut);
        const struct smtp_chunk chunks[] = {{first, cut}, {second, text->len - cut}};
        g_autoptr(GString) got = fill_all(chunks, 2, (gsize)g_test_rand_int_range(16, 2000));
        g_assert_cmpmem(got->str, got->len, want->str, want->len);
    }
}

/* Whatever goes in, a dot alone on its line leaves only as the end. */
static void test_body_never_ends_early(void)
{
    static const char evil[] = "a\r\n.\r\n.\n.\r.\r\n\n.\n\r.\r\n";
    const struct smtp_chunk chunk = {evil, sizeof evil - 1};
    g_autoptr(GString) got = fill_all(&chunk, 1, 64);
    const char *end = strstr(got->str, "\r\n.\r\n");
    g_assert_nonnull(end);
    g_assert_cmpuint((gsize)(end - got->str), ==, got->len - 5);
    for (gsize i = 0; i < got->len; i++) {
        g_assert_true(got->str[i] != '\n' || (i > 0 && got->str[i - 1] == '\r'));
        g_assert_true(got->str[i] != '\r' || got->str[i + 1] == '\n');
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp-wire/extensions/parse", test_extensions);
    g_test_add_func("/smtp-wire/extensions/hostile", test_extensions_hostile);
    g_test_add_func("/smtp-wire/check/refused-addresses", test_refused_addresses);
    g_test_add_func("/smtp-wire/check/capabilities", test_capabilities);
    g_test_add_func("/smtp-wire/commands/parameters", test_commands);
    g_test_add_func("/smtp-wire/commands/bounds", test_command_bounds);
    g_test_add_func("/smtp-wire/body/every-cut", test_body);
    g_test_add_func("/smtp-wire/body/random", test_body_random);
    g_test_add_func("/smtp-wire/body/long", test_body_long);
    g_test_add_func("/smtp-wire/body/never-ends-early", test_body_never_ends_early);
    return g_test_run();
}
