/*
 * crier demo: the whole way in a throw-away workspace: a sample campaign to made-up people
 * through crier sink, the worker killed on the way if that is wanted, and the account at the
 * end, which is checked against what the sink has written down.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/apply.h"
#include "app/start.h"
#include "base/clock.h"
#include "base/datafile.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/process.h"
#include "base/text.h"
#include "cmd/demo_account.h"
#include "cmd/progress.h"
#include "store/audit.h"
#include "store/people.h"
#include "store/servers.h"

#define DEMO_LIST "newsletter"
#define DEMO_SERVER "main"
#define DEMO_CAMPAIGN "spring"
#define DEMO_DEADLINE_S 600
#define LOOK_MS 20
#define SINK_UP_MS 60000

struct demo {
    char *dir;      /* owned */
    char *sink_log; /* owned */
    gboolean keeps;
    gint64 people;
    gint64 kills, killed;
    struct workspace *ws; /* owned */
    struct db *db;        /* owned */
    pid_t sink, worker;
    int sink_port;
    gint64 started_us, ended_us;
    gint64 campaign_id;
};

/* ---- stopped on the way ---- */

static volatile sig_atomic_t told_to_end;

static void on_signal(int signum)
{
    told_to_end = signum;
}

/* Its processes and its folder go with it; the second signal ends it where it stands. */
static void watch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaction(signals[i], &action, NULL);
}

static gboolean go_on(GError **error)
{
    if (!told_to_end)
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("the demo was stopped"));
    return FALSE;
}

/* ---- made-up people ---- */

static const char *const first_names[] = {"Ada",  "Ben",  "Chiara", "Dimitri", "Elif",  "Farid",
                                          "Gül",  "Hana", "Ilse",   "Jürgen",  "Kaito", "",
                                          "Linh", "Mats", "Noor",   "Ólöf"};
static const char *const cities[] = {"Bern",  "Kraków", "Lyon", "Oslo",
                                     "Porto", "Riga",   "Split"};
static const char *const domains[] = {"example.org", "example.net", "mail.example.com",
                                      "grey.example", "post.example"};

static void make_person(gint64 i, struct person *p)
{
    struct json *fields = json_new_object();
    g_autofree char *since = g_strdup_printf("%d", (int)(1994 + i % 30));
    json_set_string(fields, "first_name", first_names[i % (gint64)G_N_ELEMENTS(first_names)]);
    json_set_string(fields, "city", cities[i % (gint64)G_N_ELEMENTS(cities)]);
    json_set_string(fields, "member_since", since);
    memset(p, 0, sizeof *p);
    p->domain = g_strdup(domains[i % (gint64)G_N_ELEMENTS(domains)]);
    p->address = g_strdup_printf("member%06" PRId64 "@%s", i, p->domain);
    p->address_key = g_strdup(p->address);
    p->fields_json = json_dump(fields);
    json_unref(fields);
}

static gboolean add_people(struct demo *d, GError **error)
{
    gint64 list_id = 0;
    struct consent consent = {
        .text = "made up", .source = "crier demo", .at_us = clock_wall_us()};
    if (!list_new(d->db, DEMO_LIST, _("Newsletter"), &list_id, error))
        return FALSE;
    struct people_import *im =
        people_import_begin(d->db, list_id, "crier demo", &consent, FALSE, FALSE, error);
    gboolean ok = im != NULL;
    for (gint64 i = 1; ok && i <= d->people; i++) {
        struct person p;
        make_person(i, &p);
        ok = go_on(error) && people_import_add(im, &p, error);
        person_clear(&p);
    }
    ok = ok && people_import_finish(im, error);
    people_import_free(im);
    /* One who must never be mailed. */
    return ok && suppression_add(d->db, "member000007@mail.example.com",
                                 "member000007@mail.example.com", 0, "unsubscribed",
                                 "crier demo", NULL, error);
}

/* ---- the sink ---- */

static const char sink_script[] =
    "greylist once *@grey.example\n"
    "rcpt member*0013@* refuse 550 5.1.1 There is no such mailbox here\n"
    "share 1 refuse 550 5.7.1 Not wanted here\n"
    "at dot nth 400 drop-after-dot\n";

/* Reads "listening on ADDRESS:PORT" from the sink's standard output. */
static gboolean read_port(struct demo *d, int fd, GError **error)
{
    char line[200];
    gsize len = 0;
    while (len < sizeof line - 1) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, SINK_UP_MS) <= 0 || read(fd, line + len, 1) != 1)
            break;
        if (line[len++] == '\n')
            break;
    }
    line[len] = '\0';
    const char *colon = strrchr(line, ':');
    d->sink_port = colon ? (int)g_ascii_strtoll(colon + 1, NULL, 10) : 0;
    if (d->sink_port > 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("crier sink did not come up"));
    return FALSE;
}

static gboolean start_sink(struct demo *d, GError **error)
{
    g_autofree char *script = g_build_filename(d->dir, "sink.script", NULL);
    int out[2];
    if (!file_write_atomic(script, sink_script, strlen(sink_script), 0600, error))
        return FALSE;
    if (pipe(out) < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("no pipe: %s"),
                    g_strerror(errno));
        return FALSE;
    }
    d->sink = fork();
    if (d->sink == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execl(process_self(), "crier", "sink", "--port", "0", "--log", d->sink_log, "--script",
              script, NULL);
        _exit(127);
    }
    close(out[1]);
    gboolean ok = d->sink > 0 && read_port(d, out[0], error);
    if (d->sink < 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("no new process: %s"),
                    g_strerror(errno));
    /* The sink prints its totals at the end: they go nowhere. */
    if (ok && fcntl(out[0], F_SETFD, FD_CLOEXEC) == 0)
        return TRUE;
    close(out[0]);
    return FALSE;
}

static gboolean add_server(struct demo *d, GError **error)
{
    struct server s;
    server_init(&s);
    g_autofree char *host = g_strdup_printf("127.0.0.1:%d", d->sink_port);
    s.name = g_strdup(DEMO_SERVER);
    gboolean ok = field_set_key(server_fields(), &s, "host", host, error) &&
                  field_set_key(server_fields(), &s, "security", "none", error) &&
                  field_set_key(server_fields(), &s, "connections", "8", error) &&
                  servers_put(d->db, &s, error);
    server_clear(&s);
    return ok && settings_set(d->db, "retry", "1", error);
}

/* ---- the campaign ---- */

static gboolean add_campaign(struct demo *d, GError **error)
{
    g_autofree char *sample = datafile_find("sample", error);
    struct apply_plan *plan = sample ? apply_prepare(d->db, sample, FALSE, error) : NULL;
    if (!plan)
        return FALSE;
    g_free(plan->campaign.name);
    plan->campaign.name = g_strdup(DEMO_CAMPAIGN);
    gboolean ok =
        field_set_key(campaign_fields(), &plan->campaign, "lists", DEMO_LIST, error) &&
        field_set_key(campaign_fields(), &plan->campaign, "exclude", "", error) &&
        field_set_key(campaign_fields(), &plan->campaign, "server", DEMO_SERVER, error) &&
        apply_commit(d->db, plan, error);
    apply_plan_free(plan);
    return ok;
}

static gboolean start_it(struct demo *d, GError **error)
{
    struct start_request q = {.name = DEMO_CAMPAIGN, .people_min = 1, .people_max = G_MAXINT64};
    struct campaign_counts n;
    struct campaign c = {0};
    if (!start_campaign(d->db, &q, &n, error))
        return FALSE;
    gboolean ok = campaigns_get(d->db, DEMO_CAMPAIGN, &c, error);
    d->campaign_id = c.id;
    campaign_clear(&c);
    return ok;
}

/* ---- the worker, and its deaths ---- */

static gboolean start_worker(struct demo *d, GError **error)
{
    const char *argv[] = {process_self(), "-w", d->ws->dir, "worker", "--background", NULL};
    d->worker = process_spawn(argv, NULL, error);
    return d->worker > 0;
}

static pid_t role_pid(struct demo *d, const char *role)
{
    pid_t pid = 0;
    g_autoptr(GPtrArray) rows = role_all(d->db, NULL);
    for (guint i = 0; rows && i < rows->len; i++) {
        const struct role_row *r = rows->pdata[i];
        if (strcmp(r->role, role) == 0)
            pid = (pid_t)r->pid;
    }
    return pid;
}

/* The supervisor alone, the role alone, both: in turn. */
static void kill_worker(struct demo *d)
{
    pid_t role = role_pid(d, "send");
    int which = (int)(d->killed % 3);
    if (role > 1 && which != 0)
        kill(role, SIGKILL);
    if (which != 1)
        kill(d->worker, SIGKILL);
    d->killed++;
}

/* A supervisor that is gone is followed by another as soon as its role has let go of the lock.
 */
static gboolean keep_worker(struct demo *d, GError **error)
{
    int status;
    if (d->worker > 0 && waitpid(d->worker, &status, WNOHANG) != d->worker)
        return TRUE;
    d->worker = 0;
    if (workspace_worker_is_running(d->ws, NULL, NULL))
        return TRUE;
    return start_worker(d, error);
}

static gboolean run(struct demo *d, GError **error)
{
    struct campaign_counts n = {0};
    struct campaign c = {0};
    struct progress *p = progress_new(_("sending"));
    gint64 deadline = clock_mono_us() + DEMO_DEADLINE_S * CLOCK_SECOND_US;
    gboolean is_over = FALSE, ok = TRUE;
    while (ok && !is_over) {
        ok = go_on(error) && keep_worker(d, error) && campaigns_counts(d->db, d->campaign_id, &n, error);
        gint64 done = n.total - n.state[DELIVERY_QUEUED] - n.state[DELIVERY_LEASED] -
                      n.state[DELIVERY_DEFERRED];
        progress_set(p, done, n.total);
        if (ok && d->killed < d->kills && done * (d->kills + 1) >= n.total * (d->killed + 1))
            kill_worker(d);
        is_over = ok && campaigns_get_id(d->db, d->campaign_id, &c, NULL) &&
                  c.state == CAMPAIGN_FINISHED;
        campaign_clear(&c);
        if (ok && clock_mono_us() > deadline) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                        _("it did not finish within %d s; %s has the log"), DEMO_DEADLINE_S,
                        d->ws->log_path);
            ok = FALSE;
        }
        if (!is_over)
            poll(NULL, 0, LOOK_MS);
    }
    progress_free(p);
    return ok;
}

/* ---- beginning and end ---- */

static gboolean prepare(struct demo *d, const char *keep, GError **error)
{
    d->keeps = keep != NULL;
    d->dir =
        keep ? g_canonicalize_filename(keep, NULL) : g_dir_make_tmp("crier-demo-XXXXXX", error);
    if (!d->dir || !file_make_private_dir(d->dir, error))
        return FALSE;
    g_autofree char *ws = g_build_filename(d->dir, "workspace", NULL);
    if (g_file_test(ws, G_FILE_TEST_EXISTS)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("%s holds the workspace of an earlier demo. Choose another folder"),
                    d->dir);
        return FALSE;
    }
    d->sink_log = g_build_filename(d->dir, "sink.log", NULL);
    d->ws = workspace_open(ws, error);
    d->db = d->ws ? db_open(d->ws->db_path, DB_USE_VERB, error) : NULL;
    return d->db && start_sink(d, error) && add_server(d, error) && add_people(d, error) &&
           add_campaign(d, error) && go_on(error) && start_it(d, error);
}

static void end_child(pid_t pid)
{
    int status;
    if (pid > 0 && kill(pid, SIGTERM) == 0)
        waitpid(pid, &status, 0);
}

static void remove_tree(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_tree(path);
        else
            g_unlink(path);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(dir);
}

static void finish(struct demo *d)
{
    end_child(d->worker);
    end_child(d->sink);
    db_close(d->db);
    workspace_free(d->ws);
    if (d->dir && d->keeps)
        cmd_say(
            _("Kept in %s: workspace, sink.log, sink.script. Look with `crier -w %s/workspace"
              " status`."),
            d->dir, d->dir);
    else if (d->dir)
        remove_tree(d->dir);
    g_free(d->dir);
    g_free(d->sink_log);
}

int cmd_demo(struct cmd_context *c)
{
    GError *error = NULL;
    struct demo d = {0};
    int code = 1;
    if (!cmd_option_int(c, "people", 1, 10000000, 1000, &d.people, &error) ||
        !cmd_option_int(c, "kill", 0, 10000, 0, &d.kills, &error))
        return cmd_fail(error);
    g_autofree char *people = text_grouped(d.people);
    cmd_say(_("A sample campaign to %s made-up people goes to a mail server of our own on this"
              " machine; nothing leaves it."),
            people);
    watch_signals();
    if (prepare(&d, cmd_option(c, "keep"), &error)) {
        d.started_us = clock_mono_us();
        if (run(&d, &error)) {
            struct demo_account account = {.db = d.db,
                                           .campaign_id = d.campaign_id,
                                           .sink_log = d.sink_log,
                                           .people = d.people,
                                           .kills = d.killed,
                                           .took_us = clock_mono_us() - d.started_us};
            code = demo_account_print(&account, cmd_wants_json(c), &error);
        }
    }
    finish(&d);
    if (error)
        code = cmd_fail(error);
    return told_to_end ? 128 + told_to_end : code;
}
