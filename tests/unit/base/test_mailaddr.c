/* Mail addresses: the grammar, each refusal's reason, one key a person, hostile bytes. */
#include "config.h"

#include "base/mailaddr.h"

#include <string.h>

#include "base/error.h"

static void test_accepted(void)
{
    static const struct {
        const char *in, *local, *domain;
    } rows[] = {
        {"anna@example.org", "anna", "example.org"},
        {"  anna@example.org\t", "anna", "example.org"},
        {"Anna.B@Example.ORG", "Anna.B", "example.org"},
        {"a+b=c@x.org", "a+b=c", "x.org"},
        {"!#$%&'*+-/=?^_`{|}~@x.org", "!#$%&'*+-/=?^_`{|}~", "x.org"},
        {"root@localhost", "root", "localhost"},
        {"a@1.example.org", "a", "1.example.org"},
        {"a@3com.org", "a", "3com.org"},
        {"\"a b\"@x.org", "\"a b\"", "x.org"},
        {"\"a@b\"@x.org", "\"a@b\"", "x.org"},
        {"\"a\\\"b\\\\\"@x.org", "\"a\\\"b\\\\\"", "x.org"},
        {"\"\"@x.org", "\"\"", "x.org"},
        {"a@[192.0.2.1]", "a", "[192.0.2.1]"},
        {"a@[ipv6:2001:DB8:0::1]", "a", "[IPv6:2001:db8::1]"},
        {"jürgen@example.org", "jürgen", "example.org"},
        {"用户@例子.广告", "用户", "xn--fsqu00a.xn--4rr70v"},
        {"a@BÜCHER.example", "a", "xn--bcher-kva.example"},
        {"a@XN--BCHER-KVA.example", "a", "xn--bcher-kva.example"},
        {"a@faß.de", "a", "xn--fa-hia.de"},
        {"a@bücher。example", "a", "xn--bcher-kva.example"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mailaddr a;
        g_autoptr(GError) error = NULL;
        mailaddr_parse(rows[i].in, &a, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(a.local, ==, rows[i].local);
        g_assert_cmpstr(a.domain, ==, rows[i].domain);
        mailaddr_clear(&a);
        g_assert_null(a.local);
    }
}

static void test_refused(void)
{
    static const struct {
        const char *in, *reason;
    } rows[] = {
        {NULL, "empty"},
        {"", "empty"},
        {" \t ", "empty"},
        {"anna", "has no @"},
        {"@example.org", "nothing stands before the @"},
        {"anna@", "nothing stands behind the @"},
        {"a@b@example.org", "two @"},
        {"a@@example.org", "two @"},
        {"an na@example.org", "blank inside"},
        {"anna@exam ple.org", "blank inside"},
        {"anna @example.org", "blank inside"},
        {"anna@ example.org", "blank inside"},
        {"anna@example.org, b@example.org", "two @"},
        {".anna@example.org", "begins with a dot"},
        {"anna.@example.org", "a dot right before the @"},
        {"an..na@example.org", "two dots"},
        {"an,na@example.org", "needs quotes"},
        {"<anna@example.org>", "needs quotes"},
        {"an\"na@example.org", "needs quotes"},
        {"\"anna@example.org", "a quote is not closed"},
        {"\"anna\\\"@example.org", "a quote is not closed"},
        {"\"", "a quote is not closed"},
        {"\"an\"na@example.org", "between the closing quote and the @"},
        {"\"anna\"", "has no @"},
        {"a\r\nRCPT TO:<b@x.org>@x.org", "line break"},
        {"anna@example.org\n", "line break"},
        {"a\x01@x.org", "control character"},
        {"a\x7f@x.org", "control character"},
        {"a\tb@x.org", "control character"},
        {"a\xc2\x85@x.org", "control character"},
        {"a\xff@x.org", "not valid UTF-8"},
        {"a@x\xff.org", "not valid UTF-8"},
        {"a\u200b@x.org", "invisible"},
        {"a\u202e@x.org", "invisible"},
        {"\u00a0a@x.org", "invisible"},
        {"a@.example.org", "begins with a dot"},
        {"a@example.org.", "ends with a dot"},
        {"a@example..org", "between two dots is empty"},
        {"a@bücher..example", ""},
        {"a@-x.org", "begins or ends with '-'"},
        {"a@x-.org", "begins or ends with '-'"},
        {"a@x_y.org", "may not have"},
        {"a@x!y.org", "may not have"},
        {"a@bü_cher.example", "may not have"},
        {"a@bü＿cher.example", "may not have"},
        {"a@bü cher.example", "is not a domain"},
        {"a@bü\u3000cher.example", "is not a domain"},
        {"a@bü/cher.example", "is not a domain"},
        {"a@\u202e.org", ""},
        {"a@xn--a.org", ""},
        {"a@192.0.2.1", "last part is a number"},
        {"a@[192.0.2.256]", "no IP address"},
        {"a@[2001:db8::1]", "no IP address"},
        {"a@[", "no IP address"},
        {"a@[]", "no IP address"},
        {"a@[192.0.2.1", "no IP address"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mailaddr a = {(char *)"untouched", NULL};
        g_autoptr(GError) error = NULL;
        if (mailaddr_parse(rows[i].in, &a, &error))
            g_error("accepted: %s", rows[i].in);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].reason))
            g_error("'%s' is not in: %s", rows[i].reason, error->message);
        g_assert_cmpstr(a.local, ==, "untouched");
    }
}

/* Parts of `n` octets: local part, one label, number of further labels of 63. */
static void test_lengths(void)
{
    static const struct {
        gsize local, label;
        int more;
        gboolean is_ok;
    } rows[] = {
        {64, 10, 0, TRUE}, {65, 10, 0, FALSE}, {1, 63, 0, TRUE},
        {1, 64, 0, FALSE}, {1, 60, 3, TRUE},   {1, 61, 3, FALSE},
        {61, 63, 2, TRUE}, {62, 63, 2, TRUE},  {63, 63, 2, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *local = g_strnfill(rows[i].local, 'a');
        g_autofree char *label = g_strnfill(rows[i].label, 'b');
        g_autofree char *full = g_strnfill(63, 'c');
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "%s@%s", local, label);
        for (int n = 0; n < rows[i].more; n++)
            g_string_append_printf(text, ".%s", full);
        struct mailaddr a = {NULL, NULL};
        gboolean ok = mailaddr_parse(text->str, &a, NULL);
        if (ok != rows[i].is_ok)
            g_error("row %zu: %zu octets", i, text->len);
        mailaddr_clear(&a);
        g_string_free(text, TRUE);
    }
}

static void test_huge_input_is_refused(void)
{
    static const char *const heads[] = {"a", "\"", "a@", "a@ü", "a@b ", "\u0301", "a@["};
    g_autofree char *tail = g_strnfill(1 << 20, 'x');
    g_autofree char *blanks = g_strnfill(1 << 20, ' ');
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *text = g_strconcat(heads[i], tail, "@example.org", NULL);
        g_autofree char *hidden = g_strconcat("a@example.org", blanks, heads[i], NULL);
        struct mailaddr a;
        g_autoptr(GError) error = NULL;
        g_assert_false(mailaddr_parse(text, &a, &error));
        g_assert_cmpuint(strlen(error->message), <, 1000);
        g_assert_false(mailaddr_parse(hidden, &a, NULL));
    }
}

static void append_any(GString *text, GRand *rand, const char *alphabet, int max)
{
    for (int n = g_rand_int_range(rand, 0, max); n > 0; n--)
        g_string_append_c(text, alphabet[g_rand_int_range(rand, 0, (gint32)strlen(alphabet))]);
}

/* Random bytes of the characters that matter: what is accepted must survive its own output. */
static void test_any_bytes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5321);
    g_autoptr(GString) buffer = g_string_new(NULL);
    int n_accepted = 0;
    for (int round = 0; round < 100000; round++) {
        g_string_truncate(buffer, 0);
        append_any(buffer, rand, "aaabbbcccAB.\"\"\\ <>,1\xc3\xbc\xff\r\n\x01@", 8);
        append_any(buffer, rand, "@", 2);
        append_any(buffer, rand, "abcdefabcdefA1.-[]: \xc3\xbc\xe2\x80\x8b\n", 6);
        const char *text = buffer->str;
        struct mailaddr a, b;
        if (!mailaddr_parse(text, &a, NULL))
            continue;
        n_accepted++;
        g_autofree char *wire = mailaddr_format(&a);
        g_assert_null(strpbrk(wire, "\r\n"));
        g_autoptr(GError) error = NULL;
        mailaddr_parse(wire, &b, &error);
        g_assert_no_error(error);
        g_autofree char *key_a = mailaddr_key(&a), *key_b = mailaddr_key(&b);
        g_assert_cmpstr(key_a, ==, key_b);
        mailaddr_clear(&a);
        mailaddr_clear(&b);
    }
    g_assert_cmpint(n_accepted, >, 100);
}

static void test_key(void)
{
    static const struct {
        const char *a, *b;
        gboolean is_same;
    } rows[] = {
        {"anna@example.org", "ANNA@EXAMPLE.ORG", TRUE},
        {"\"anna\"@example.org", "Anna@example.org", TRUE},
        {"\"a\\nna\"@example.org", "anna@example.org", TRUE},
        {"\"an na\"@example.org", "\"AN\\ na\"@example.org", TRUE},
        {"JÜRGEN@example.org", "jürgen@example.org", TRUE},
        {"ju\u0308rgen@example.org", "jürgen@example.org", TRUE},
        {"a@bücher.example", "a@xn--bcher-kva.example", TRUE},
        {"anna@example.org", "an.na@example.org", FALSE},
        {"anna+x@example.org", "anna@example.org", FALSE},
        {"\"an..na\"@example.org", "anna@example.org", FALSE},
        {"\"\"@example.org", "\" \"@example.org", FALSE},
        {"\"anna.\"@example.org", "anna@example.org", FALSE},
        {"jürgen@example.org", "jurgen@example.org", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct mailaddr a, b;
        g_assert_true(mailaddr_parse(rows[i].a, &a, NULL));
        g_assert_true(mailaddr_parse(rows[i].b, &b, NULL));
        g_autofree char *key_a = mailaddr_key(&a), *key_b = mailaddr_key(&b);
        if (g_str_equal(key_a, key_b) != rows[i].is_same)
            g_error("%s, %s: %s, %s", rows[i].a, rows[i].b, key_a, key_b);
        mailaddr_clear(&a);
        mailaddr_clear(&b);
    }
}

static void test_smtputf8(void)
{
    struct mailaddr ascii, utf8;
    g_assert_true(mailaddr_parse("a@bücher.example", &ascii, NULL));
    g_assert_true(mailaddr_parse("jürgen@example.org", &utf8, NULL));
    g_assert_false(mailaddr_needs_smtputf8(&ascii));
    g_assert_true(mailaddr_needs_smtputf8(&utf8));
    mailaddr_clear(&ascii);
    mailaddr_clear(&utf8);
}

static void test_mailbox_accepted(void)
{
    static const struct {
        const char *in, *name, *address;
    } rows[] = {
        {"news@example.org", NULL, "news@example.org"},
        {"<news@example.org>", NULL, "news@example.org"},
        {"Example Association <news@example.org>", "Example Association", "news@example.org"},
        {"  News  < news@example.org >  ", "News", "news@example.org"},
        {"News<news@example.org>", "News", "news@example.org"},
        {"\"Na, me\" <news@example.org>", "Na, me", "news@example.org"},
        {"\"a \\\"b\\\" \\\\c\" <news@example.org>", "a \"b\" \\c", "news@example.org"},
        {"\"a <b>\" <news@example.org>", "a <b>", "news@example.org"},
        {"\"\" <news@example.org>", NULL, "news@example.org"},
        {"Grüße e.V. <news@bücher.example>", "Grüße e.V.", "news@xn--bcher-kva.example"},
        {"O'Brien <\"a>b\"@example.org>", "O'Brien", "\"a>b\"@example.org"},
        {"\"a<b\"@example.org", NULL, "\"a<b\"@example.org"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = NULL;
        struct mailaddr a;
        g_autoptr(GError) error = NULL;
        mailbox_parse(rows[i].in, &name, &a, &error);
        g_assert_no_error(error);
        g_autofree char *address = mailaddr_format(&a);
        g_assert_cmpstr(name, ==, rows[i].name);
        g_assert_cmpstr(address, ==, rows[i].address);
        mailaddr_clear(&a);
    }
}

static void test_mailbox_refused(void)
{
    static const struct {
        const char *in, *reason;
    } rows[] = {
        {"", "empty"},
        {NULL, "empty"},
        {"News", "has no @"},
        {"News <news@example.org", "'>' is missing"},
        {"News <>", "empty"},
        {"News <news>", "has no @"},
        {"Na, me <news@example.org>", "needs quotes"},
        {"a@b.org <news@example.org>", "needs quotes"},
        {"News (x) <news@example.org>", "needs quotes"},
        {"\"News <news@example.org>", "a quote is not closed"},
        {"\"News\" x <news@example.org>", "between the closing quote and the '<'"},
        {"News <news@example.org> x", "one address only"},
        {"News <a@example.org>, <b@example.org>", "two @"},
        {"a@example.org, b@example.org", "two @"},
        {"News\r\nBcc: x <news@example.org>", "line break"},
        {"News\xff <news@example.org>", "not valid UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *name = (char *)"untouched";
        struct mailaddr a = {(char *)"untouched", NULL};
        g_autoptr(GError) error = NULL;
        if (mailbox_parse(rows[i].in, &name, &a, &error))
            g_error("accepted: %s", rows[i].in);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        if (!strstr(error->message, rows[i].reason))
            g_error("'%s' is not in: %s", rows[i].reason, error->message);
        g_assert_cmpstr(name, ==, "untouched");
        g_assert_cmpstr(a.local, ==, "untouched");
    }
}

static void test_domain(void)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        {"Example.ORG", "example.org"},
        {"localhost", "localhost"},
        {"bücher.example", "xn--bcher-kva.example"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"a--b.org", "a--b.org"},
        {"", NULL},
        {NULL, NULL},
        {"a..b", NULL},
        {"ü..b", NULL},
        {"a b", NULL},
        {"ü b", NULL},
        {"ü/b", NULL},
        {"ü\n.org", NULL},
        {".", NULL},
        {"1.2.3.4", NULL},
        {"a.b.7", NULL},
        {"１２３", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *ascii = NULL;
        g_autoptr(GError) error = NULL;
        gboolean ok = domain_to_ascii(rows[i].in, &ascii, &error);
        g_assert_cmpstr(ascii, ==, rows[i].out);
        g_assert_cmpint(ok, ==, rows[i].out != NULL);
        g_assert_cmpint(error == NULL, ==, ok);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailaddr/parse/accepted", test_accepted);
    g_test_add_func("/mailaddr/parse/refused-with-reason", test_refused);
    g_test_add_func("/mailaddr/parse/lengths", test_lengths);
    g_test_add_func("/mailaddr/parse/huge-input", test_huge_input_is_refused);
    g_test_add_func("/mailaddr/parse/any-bytes", test_any_bytes);
    g_test_add_func("/mailaddr/key/one-person", test_key);
    g_test_add_func("/mailaddr/smtputf8/local-part-only", test_smtputf8);
    g_test_add_func("/mailaddr/mailbox/accepted", test_mailbox_accepted);
    g_test_add_func("/mailaddr/mailbox/refused-with-reason", test_mailbox_refused);
    g_test_add_func("/mailaddr/domain/to-ascii", test_domain);
    return g_test_run();
}
