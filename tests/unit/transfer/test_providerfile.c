/* Tables of providers: what is shipped, a person's own before it, and mistakes with their
 * lines. */
#include "config.h"

#include "transfer/providerfile.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

static struct providers *read_text(const char *text)
{
    g_autoptr(GError) error = NULL;
    struct providers *all = providers_new();
    gboolean ok = providerfile_parse(text, strlen(text), "providers.cfg", 0, all, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return all;
}

static void test_shipped(void)
{
    g_autoptr(GError) error = NULL;
    struct providers *all = providers_new();
    g_autofree char *folder = g_build_filename(g_getenv("CRIER_SRCDIR"), "data", NULL);
    providerfile_read(folder, "providers.cfg", "providers.cfg", 0, all, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->all->len, >, 30);
    g_assert_false(providers_are_limited(all)); /* what it allows is each sender's own affair */
    for (guint i = 0; i < all->all->len; i++) {
        const struct provider *p = all->all->pdata[i];
        g_assert_true(text_is_slug(p->name));
        g_assert_cmpstr(p->label, !=, p->name);
        g_assert_true(p->mx && p->mx[0]);
    }
    g_assert_cmpstr(providers_of_domain(all, "googlemail.com")->name, ==, "gmail");
    g_assert_cmpstr(providers_of_mx(all, "alt1.aspmx.l.google.com")->name, ==, "gmail");
    g_assert_cmpstr(providers_of_mx(all, "example-org.mail.protection.outlook.com")->name, ==,
                    "microsoft");
    g_assert_cmpstr(providers_of_domain(all, "web.de")->name, ==, "gmx");
    g_assert_null(providers_of_domain(all, "example.org"));
    struct reply gmail = {.code = 421, .enhanced = "4.7.28", .text = (char *)"unusual rate"};
    struct reply grey = {.code = 450, .enhanced = "4.2.0", .text = (char *)"greylisted"};
    g_assert_true(providers_is_slow_down(all, REPLY_RCPT, &gmail));
    g_assert_false(providers_is_slow_down(all, REPLY_RCPT, &grey));
    providers_free(all);
}

static void test_own_goes_before(void)
{
    g_autoptr(GError) error = NULL;
    struct providers *all = read_text(
        "format = 1;\nproviders = ( { name = \"one\"; label = \"One\";"
        " domains = [ \"one.example\", \"uno.example\" ]; mx = [ \"*.one.example\" ]; } );\n");
    const char own[] =
        "format = 1;\ndefault = { per_second = 0.5; };\n"
        "pace = { quiet_s = 2; };\n"
        "slow_down = ( { code = \"450\"; text = \"piano\"; } );\n"
        "providers = ( { name = \"one\"; per_second = 10; connections = 3; },"
        " { name = \"mine\"; domains = [ \"Uno.example\", \"bücher.example\" ]; }"
        ");\n";
    g_assert_true(providerfile_parse(own, strlen(own), "own", 1, all, &error));
    g_assert_no_error(error);
    const struct provider *one = providers_of_domain(all, "one.example");
    g_assert_cmpstr(one->label, ==, "One");
    g_assert_cmpfloat(one->per_second, ==, 10);
    g_assert_cmpint(one->connections, ==, 3);
    g_assert_cmpstr(providers_of_domain(all, "uno.example")->name, ==, "mine");
    g_assert_cmpstr(providers_of_domain(all, "xn--bcher-kva.example")->name, ==, "mine");
    g_assert_cmpfloat(all->fallback.per_second, ==, 0.5);
    g_assert_cmpint(all->pace.quiet_s, ==, 2);
    g_assert_cmpuint(all->slow->len, ==, 1);
    providers_free(all);
}

static void test_mistakes(void)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"providers = ();", "p.cfg:1: the format is not named. Write format = 1; as the first "
                            "line"},
        {"format = 1;\nprovider = ();",
         "p.cfg:2: unknown key \"provider\". Did you mean \"providers\"?"},
        {"format = 1;\nproviders = 3;",
         "p.cfg:2: providers: this is a number. Write a list of groups: ( { … }, { … } )"},
        {"format = 1;\nproviders = (\n  { label = \"X\"; } );",
         "p.cfg:3: a provider needs a name: name = \"example\";"},
        {"format = 1;\nproviders = (\n  { name = \"x\";\n    per_second = -1; } );",
         "p.cfg:4: per_second: -1 is not in 0.0001–1000000. Write messages a second, like 10 "
         "or "
         "0.5; 0 is no limit"},
        {"format = 1;\nproviders = (\n  { name = \"x\";\n    per_second = \"10\"; } );",
         "p.cfg:4: per_second: this is a text. Write messages a second, without quotes"},
        {"format = 1;\nproviders = (\n  { name = \"x\";\n    connections = 1.5; } );",
         "p.cfg:4: connections: this is a number with a point. Write a whole number, without "
         "quotes"},
        {"format = 1;\nproviders = (\n  { name = \"x\";\n    speed = 1; } );",
         "p.cfg:4: unknown key \"speed\". The keys here are name, label, domains, mx, "
         "connections, per_second"},
        {"format = 1;\nproviders = ( { name = \"x\"; domains = [ \"a b\" ]; } );",
         "p.cfg:2: 'a b' is not a domain: it has a blank inside"},
        {"format = 1;\nproviders = ( { name = \"x\"; mx = [ \"*.*\" ]; } );",
         "p.cfg:2: mx: \"*.*\" is no pattern of a host's name. Write one like "
         "\"*.mail.example.org\""},
        {"format = 1;\nproviders = ( { name = \"default\"; } );",
         "p.cfg:2: name: default is every other domain, which is set by default = { };"},
        {"format = 1;\nproviders = ( { name = \"x\"; domains = [ \"a.example\" ]; },\n"
         "  { name = \"y\"; domains = [ \"a.example\" ]; } );",
         "p.cfg:2: the providers x and y both have the domain a.example. Take it out of one of "
         "them"},
        {"format = 1;\nslow_down = ( { code = \"550\"; } );",
         "p.cfg:2: code: this is no code of a reply that asks to wait. Write one like \"421\" "
         "or "
         "\"4xx\""},
        {"format = 1;\nslow_down = (\n { code = \"4xx\"; } );",
         "p.cfg:3: this row would take every 4xx for it. Name a code, an enhanced code or a "
         "text"},
        {"format = 1;\npace = { quiet_s = 100000; };",
         "p.cfg:2: quiet_s: write seconds from 0 to 86400, without quotes"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        struct providers *all = providers_new();
        g_assert_false(
            providerfile_parse(rows[i].text, strlen(rows[i].text), "p.cfg", 0, all, &error));
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_INVALID);
        g_assert_cmpstr(error->message, ==, rows[i].message);
        providers_free(all);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/providerfile/shipped", test_shipped);
    g_test_add_func("/providerfile/own-goes-before", test_own_goes_before);
    g_test_add_func("/providerfile/mistakes", test_mistakes);
    return g_test_run();
}
