/*
 * Check 26: whether the worker can do what this process can. It gives up rights, may run in a
 * systemd unit that forbids more, or under a label of SELinux or AppArmor. A child of ours
 * gives up the same rights as its roles and tries; units and labels are read.
 */
#include "config.h"

#include "doctor/check_sandbox.h"

#include <string.h>
#include <sys/socket.h>

#include "app/service.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "doctor/checks_private.h"
#include "net/cgroup.h"
#include "net/hostinfo.h"
#include "net/netlink.h"

#define TRY_WAIT_S 30
#define SHOW_WAIT_S 5
#define ANSWER_MAX 16384

/* ---- units ---- */

/* The value of "KEY=VALUE" among the lines; "": none. Caller frees. */
static char *value_of(const char *rules, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(rules, "\n", 0);
    gsize len = strlen(key);
    for (char **line = lines; *line; line++)
        if (strncmp(*line, key, len) == 0 && (*line)[len] == '=')
            return g_strdup(*line + len + 1);
    return g_strdup("");
}

static gboolean has_word(const char *words, const char *word)
{
    g_auto(GStrv) all = g_strsplit(words, " ", 0);
    for (char **w = all; *w; w++)
        if (strcmp(*w, word) == 0)
            return TRUE;
    return FALSE;
}

/* "10.0.0.0/8", "::1", "any". */
static gboolean covers(const char *range, const struct netlink_ip *ip)
{
    const char *slash = strchr(range, '/');
    g_autofree char *network =
        slash ? g_strndup(range, (gsize)(slash - range)) : g_strdup(range);
    struct netlink_ip net;
    if (strcmp(range, "any") == 0)
        return TRUE;
    if (!netlink_ip_parse(network, &net))
        return FALSE;
    int whole = net.family == AF_INET ? 32 : 128;
    return netlink_ip_within(ip, &net,
                             slash ? (int)g_ascii_strtoll(slash + 1, NULL, 10) : whole);
}

static gboolean any_covers(const char *ranges, const struct netlink_ip *ip)
{
    g_auto(GStrv) all = g_strsplit(ranges, " ", 0);
    for (char **range = all; *range; range++)
        if (covers(*range, ip))
            return TRUE;
    return FALSE;
}

/* "AF_UNIX AF_INET": only these; "~AF_INET": all but these. systemd.exec(5). */
static gboolean allows_family(const char *families, int family)
{
    const char *name = family == AF_INET ? "AF_INET" : "AF_INET6";
    if (!*families)
        return TRUE;
    return *families == '~' ? !has_word(families + 1, name) : has_word(families, name);
}

/* "eth0 lo": only these; "~eth0": all but these. systemd.resource-control(5). */
static gboolean allows_device(const char *devices, const char *device)
{
    if (!*devices || !device)
        return TRUE;
    return *devices == '~' ? !has_word(devices + 1, device) : has_word(devices, device);
}

char *sandbox_unit_forbids(const char *rules, const char *address, const char *device)
{
    struct netlink_ip ip;
    g_autofree char *devices = value_of(rules, "RestrictNetworkInterfaces");
    g_autofree char *network = value_of(rules, "PrivateNetwork");
    g_autofree char *families = value_of(rules, "RestrictAddressFamilies");
    g_autofree char *allow = value_of(rules, "IPAddressAllow");
    g_autofree char *deny = value_of(rules, "IPAddressDeny");
    if (!netlink_ip_parse(address, &ip))
        return NULL;
    if (strcmp(network, "yes") == 0)
        return g_strdup("PrivateNetwork=yes");
    if (!allows_family(families, ip.family))
        return g_strdup_printf("RestrictAddressFamilies=%s", families);
    if (!allows_device(devices, device))
        return g_strdup_printf("RestrictNetworkInterfaces=%s", devices);
    if (any_covers(deny, &ip) && !any_covers(allow, &ip))
        return g_strdup_printf("IPAddressDeny=%s", deny);
    return NULL;
}

/* ---- the judgement ---- */

/* Its own child could not do it. */
static gboolean say_trial(const struct sandbox *s, struct doctor_finding *f)
{
    if (!s->connect && !s->names)
        return FALSE;
    doctor_say(
        f, DOCTOR_FAIL, DOCTOR_ADMIN, "sandbox",
        s->connect ? g_strdup_printf(_("works here, not in the worker: with the rights that it "
                                       "keeps no connection to %s comes up (%s)"),
                                     s->address, s->connect)
                   : g_strdup_printf(_("works here, not in the worker: with the rights that it "
                                       "keeps the name %s is not found (%s)"),
                                     s->host, s->names),
        g_strdup(_("Start the worker with CRIER_HARDEN=off until the cause is found, and "
                   "report it as a fault of crier.")));
    return TRUE;
}

static gboolean say_unit(const struct sandbox *s, struct doctor_finding *f)
{
    g_autofree char *rule = s->unit && s->unit_rules
                                ? sandbox_unit_forbids(s->unit_rules, s->address, s->device)
                                : NULL;
    if (!rule)
        return FALSE;
    g_autofree char *shown = text_safe(rule, -1, 200);
    doctor_say(f, DOCTOR_FAIL, DOCTOR_ADMIN, "unit",
               g_strdup_printf(_("works here, not in the worker: its unit %s forbids "
                                 "connections to %s (%s)"),
                               s->unit, s->address, shown),
               g_strdup(_("Change that setting of the unit, then restart it.")));
    return TRUE;
}

static void say_well(const struct sandbox *s, struct doctor_finding *f)
{
    gboolean is_confined = s->label && g_strcmp0(s->label, s->own_label) != 0;
    if (!s->held)
        doctor_pass(f, g_strdup_printf(_("what the worker may do could not be tried: %s"),
                                       s->why_untried));
    else if (is_confined)
        doctor_ok(f, g_strdup_printf(_("the connection also comes up with the rights that the "
                                       "worker keeps; what its label %s forbids besides is in "
                                       "the system's log"),
                                     s->label));
    else
        doctor_ok(f, g_strdup(_("the connection also comes up with the rights that the worker "
                                "keeps")));
}

void sandbox_judge(const struct sandbox *s, struct doctor_finding *f)
{
    if (s->held)
        doctor_evidence(f, _("given up: %s"), *s->held ? s->held : "-");
    if (s->unit)
        doctor_evidence(f, _("the worker's unit: %s"), s->unit);
    if (s->label)
        doctor_evidence(f, _("the worker's label: %s"), s->label);
    if (!say_trial(s, f) && !say_unit(s, f))
        say_well(s, f);
}

/* ---- the check ---- */

/* {"held": …, "names": …, "connect": …}; NULL: GError. */
static struct json *try_as_worker(const struct doctor *d, GError **error)
{
    const struct doctor_subject *s = d->subject;
    struct hostport at = {.host = (char *)d->facts.address, .port = s->port};
    g_autofree char *to = hostport_format(&at);
    const char *role = s->kind == DOCTOR_OF_MAILBOX ? "inbox" : "send";
    const char *const argv[] = {process_self(), "-w", s->ws->dir, "worker", "--role", role,
                                "--try",        to,   "--name",   s->host,  NULL};
    g_autofree char *said = process_filter(argv, "", 0, ANSWER_MAX, TRY_WAIT_S, error);
    return said ? json_parse(said, strlen(said), error) : NULL;
}

/* Of the worker's unit; NULL: there is none, or nobody says. */
static char *ask_unit(const struct doctor_subject *s, const char *unit)
{
    g_autofree char *own = service_unit_name(s->ws);
    g_autofree char *program = g_find_program_in_path("systemctl");
    const char *argv[] = {program, NULL, NULL, NULL, NULL, NULL, NULL};
    int n = 1;
    if (!program)
        return NULL;
    if (strcmp(unit, own) == 0)
        argv[n++] = "--user";
    argv[n++] = "show";
    argv[n++] = "--property=PrivateNetwork,RestrictAddressFamilies,RestrictNetworkInterfaces,"
                "IPAddressAllow,IPAddressDeny";
    argv[n++] = "--";
    argv[n] = unit;
    return process_filter(argv, "", 0, ANSWER_MAX, SHOW_WAIT_S, NULL);
}

/* What is there only while a worker runs. */
static void look_at_worker(const struct doctor *d, struct sandbox *s, char **unit, char **rules,
                           char **label)
{
    gint64 pid = 0;
    if (!workspace_worker_is_running(d->subject->ws, &pid, NULL) || pid <= 0)
        return;
    *unit = cgroup_service_of_pid(pid);
    *label = hostinfo_label((pid_t)pid);
    if (*unit && g_str_has_suffix(*unit, ".service")) {
        s->unit = *unit;
        *rules = ask_unit(d->subject, *unit);
    }
    s->unit_rules = *rules;
    s->label = *label;
}

gboolean doctor_asks_sandbox(const struct doctor *d)
{
    return d->subject->ws && d->subject->db && d->facts.is_connected;
}

void doctor_check_sandbox(struct doctor *d, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *unit = NULL, *rules = NULL, *label = NULL, *why = NULL;
    g_autofree char *own_label = hostinfo_label(0);
    const char *module = hostinfo_security_module();
    struct sandbox s = {
        .host = d->subject->host, .address = d->facts.address, .own_label = own_label};
    struct json *said = try_as_worker(d, &error);
    if (said) {
        s.held = json_member_string(said, "held");
        s.names = json_member_string(said, "names");
        s.connect = json_member_string(said, "connect");
    }
    if (!s.held)
        s.why_untried = why = text_safe(error ? error->message : "?", -1, 300);
    look_at_worker(d, &s, &unit, &rules, &label);
    if (module)
        doctor_evidence(f, "%s", module);
    sandbox_judge(&s, f);
    json_unref(said);
}
