/* What a unit forbids, and what is said of what confines the worker. */
#include "config.h"

#include "doctor/check_sandbox.h"

#include <string.h>

static void test_units(void)
{
    static const struct {
        const char *rules, *address, *forbids;
    } rows[] = {
        {"", "10.0.0.1", NULL},
        {"PrivateNetwork=no\nIPAddressDeny=\nRestrictAddressFamilies=\n", "10.0.0.1", NULL},
        {"PrivateNetwork=yes\n", "10.0.0.1", "PrivateNetwork=yes"},
        {"IPAddressDeny=0.0.0.0/0 ::/0\n", "10.0.0.1", "IPAddressDeny=0.0.0.0/0 ::/0"},
        {"IPAddressDeny=0.0.0.0/0 ::/0\n", "2001:db8::1", "IPAddressDeny=0.0.0.0/0 ::/0"},
        {"IPAddressDeny=any\nIPAddressAllow=127.0.0.0/8 ::1/128\n", "10.0.0.1",
         "IPAddressDeny=any"},
        {"IPAddressDeny=any\nIPAddressAllow=127.0.0.0/8 ::1/128\n", "127.0.0.1", NULL},
        {"IPAddressAllow=10.0.0.0/8\nIPAddressDeny=any\n", "10.9.9.9", NULL},
        {"IPAddressDeny=192.0.2.0/24\n", "10.0.0.1", NULL},
        {"IPAddressDeny=10.0.0.1\n", "10.0.0.1", "IPAddressDeny=10.0.0.1"},
        {"RestrictAddressFamilies=AF_UNIX AF_INET6\n", "10.0.0.1",
         "RestrictAddressFamilies=AF_UNIX AF_INET6"},
        {"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n", "10.0.0.1", NULL},
        {"RestrictAddressFamilies=~AF_INET6 AF_PACKET\n", "2001:db8::1",
         "RestrictAddressFamilies=~AF_INET6 AF_PACKET"},
        {"RestrictAddressFamilies=~AF_INET6 AF_PACKET\n", "10.0.0.1", NULL},
        {"RestrictNetworkInterfaces=lo\n", "10.0.0.1", "RestrictNetworkInterfaces=lo"},
        {"RestrictNetworkInterfaces=lo eth0\n", "10.0.0.1", NULL},
        {"RestrictNetworkInterfaces=~eth0\n", "10.0.0.1", "RestrictNetworkInterfaces=~eth0"},
        {"RestrictNetworkInterfaces=~eth1\n", "10.0.0.1", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *forbids = sandbox_unit_forbids(rows[i].rules, rows[i].address, "eth0");
        g_assert_cmpstr(forbids, ==, rows[i].forbids);
    }
}

static void test_judges(void)
{
    static const struct {
        struct sandbox s;
        enum doctor_result result;
        const char *part;
    } rows[] = {
        {{.held = "files, ports"}, DOCTOR_OK, "also comes up with the rights"},
        {{.held = "files", .connect = "Permission denied"},
         DOCTOR_FAIL,
         "works here, not in the worker: with the rights that it keeps no connection to "
         "10.0.0.1 "
         "comes up (Permission denied)"},
        {{.held = "files", .names = "Name or service not known"},
         DOCTOR_FAIL,
         "the name mail.example.org is not found (Name or service not known)"},
        {{.held = "files", .unit = "crier.service", .unit_rules = "PrivateNetwork=yes\n"},
         DOCTOR_FAIL,
         "works here, not in the worker: its unit crier.service forbids connections to "
         "10.0.0.1 "
         "(PrivateNetwork=yes)"},
        {{.held = "files", .unit = "crier.service", .unit_rules = "PrivateNetwork=no\n"},
         DOCTOR_OK,
         "also comes up"},
        {{.held = "files", .label = "crier (enforce)"}, DOCTOR_OK, "its label crier (enforce)"},
        {{.held = "files", .label = "a:b:c", .own_label = "a:b:c"},
         DOCTOR_OK,
         "with the rights that the worker keeps"},
        {{.why_untried = "no room"}, DOCTOR_SKIP, "could not be tried: no room"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct doctor_finding *f = g_new0(struct doctor_finding, 1);
        struct sandbox s = rows[i].s;
        s.host = "mail.example.org";
        s.address = "10.0.0.1";
        f->evidence = g_ptr_array_new_with_free_func(g_free);
        sandbox_judge(&s, f);
        g_test_message("%s", f->text);
        g_assert_cmpint(f->result, ==, rows[i].result);
        g_assert_nonnull(strstr(f->text, rows[i].part));
        g_free(f->text);
        g_free(f->next);
        g_ptr_array_unref(f->evidence);
        g_free(f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/sandbox/units", test_units);
    g_test_add_func("/doctor/sandbox/judges", test_judges);
    return g_test_run();
}
