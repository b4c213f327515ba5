/*
 * Names of services out of control groups, and who holds a socket.
 */
#include "config.h"

#include "net/holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/cgroup.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_services(void)
{
    static const struct {
        const char *path, *service;
    } cases[] = {
        {"/", NULL},
        {"", NULL},
        {"/system.slice", NULL},
        {"/init.scope", NULL},
        {"/system.slice/nginx.service", "nginx.service"},
        {"/system.slice/system-postgresql.slice/postgresql@16-main.service",
         "postgresql@16-main.service"},
        {"/user.slice/user-1000.slice/session-3.scope", NULL},
        {"/user.slice/user-1000.slice/user@1000.service", NULL},
        {"/user.slice/user-1000.slice/user@1000.service/app.slice/crier.service",
         "crier.service"},
        {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope", "app-x.scope"},
        {"/docker/" ID, "docker 0123456789ab"},
        {"/docker/short", NULL},
        {"/system.slice/docker-" ID ".scope", "docker 0123456789ab"},
        {"/system.slice/docker-" ID ".scope/system.slice/nginx.service", "nginx.service"},
        {"/machine.slice/libpod-" ID ".scope/container", "podman 0123456789ab"},
        {"/libpod_parent/" ID, "podman 0123456789ab"},
        {"/lxc/web", "lxc web"},
        {"/lxc.payload.web/init.scope", "lxc web"},
        {"/kubepods/burstable/pod1/" ID, "kubernetes 0123456789ab"},
        {"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope",
         "kubernetes 0123456789ab"},
        {"relative/nginx.service", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *service = cgroup_service(cases[i].path);
        g_test_message("%s", cases[i].path);
        g_assert_cmpstr(service, ==, cases[i].service);
    }
}

static void test_hierarchies(void)
{
    static const struct {
        const char *text, *service;
    } cases[] = {
        {"0::/system.slice/nginx.service\n", "nginx.service"},
        {"12:pids:/\n1:name=systemd:/system.slice/nginx.service\n0::/\n", "nginx.service"},
        {"0::/\n", NULL},
        {"rubbish", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *service = cgroup_service_of_text(cases[i].text);
        g_assert_cmpstr(service, ==, cases[i].service);
    }
}

/* A tree of folders stands for one of groups: both are found by inode number. */
static void test_paths(void)
{
    g_autofree char *root = g_dir_make_tmp("crier-cgroup-XXXXXX", NULL);
    g_autofree char *slice = g_build_filename(root, "system.slice", NULL);
    g_autofree char *unit = g_build_filename(slice, "nginx.service", NULL);
    struct stat st;
    g_assert_cmpint(g_mkdir_with_parents(unit, 0700), ==, 0);
    g_assert_cmpint(stat(unit, &st), ==, 0);
    guint64 id = st.st_ino, other = G_MAXUINT64;
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_hash_table_add(wanted, &id);
    g_hash_table_add(wanted, &other);
    g_autoptr(GHashTable) found = cgroup_paths(root, wanted);
    g_assert_cmpuint(g_hash_table_size(found), ==, 1);
    g_assert_cmpstr(g_hash_table_lookup(found, &id), ==, "/system.slice/nginx.service");
    rmdir(unit);
    rmdir(slice);
    rmdir(root);
}

static int listen_somewhere(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&in, sizeof in), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    return fd;
}

static GArray *listener_of(int fd)
{
    struct stat st;
    g_assert_cmpint(fstat(fd, &st), ==, 0);
    struct listener l = {.inode = st.st_ino, .uid = geteuid()};
    GArray *all = g_array_new(FALSE, FALSE, sizeof l);
    g_array_append_val(all, l);
    return all;
}

static void test_own(void)
{
    int fd = listen_somewhere(), second = listen_somewhere();
    g_autoptr(GArray) listeners = listener_of(fd), more = listener_of(second);
    g_array_append_vals(listeners, more->data, 1);
    g_autoptr(GPtrArray) holders = holders_find(listeners);
    g_assert_cmpuint(holders->len, ==, 2);
    for (guint i = 0; i < holders->len; i++) {
        const struct holder *h = holders->pdata[i];
        g_assert_cmpint(h->pid, ==, getpid());
        g_assert_cmpstr(h->program, ==, "holder-test");
        g_assert_nonnull(strstr(h->exe, "test_holder"));
        g_assert_cmpint(h->since_us, >, 0);
        g_assert_false(h->is_hidden);
        g_assert_null(h->suspects);
    }
    close(fd);
    close(second);
}

static void test_nobody(void)
{
    struct listener l = {.inode = G_MAXUINT64, .uid = 4000000000u};
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof l);
    g_array_append_val(all, l);
    g_autoptr(GPtrArray) holders = holders_find(all);
    const struct holder *h = holders->pdata[0];
    g_assert_cmpint(h->pid, ==, 0);
    g_assert_null(h->program);
    g_assert_null(h->user);
    g_assert_cmpuint(h->uid, ==, 4000000000u);
}

static void test_programs(void)
{
    static const struct {
        const char *comm, *exe, *program;
    } cases[] = {
        {"nginx", "/usr/sbin/nginx", "nginx"},
        {"nginx", NULL, "nginx"},
        {"systemd-resolve", "/usr/lib/systemd/systemd-resolved", "systemd-resolved"},
        {"systemd-resolve", "/usr/lib/systemd/systemd-resolved (deleted)", "systemd-resolved"},
        {"systemd-resolve", NULL, "systemd-resolve"},
        {"a-name-it-gave-", "/usr/bin/python3.11", "a-name-it-gave-"},
        {"", "", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *program = holder_program(cases[i].comm, cases[i].exe);
        g_assert_cmpstr(program, ==, cases[i].program);
    }
}

static void test_parents(void)
{
    g_assert_true(holder_is_child_of(getpid(), getpid()));
    g_assert_true(holder_is_child_of(getpid(), getppid()));
    g_assert_false(holder_is_child_of(getppid(), getpid()));
    g_assert_false(holder_is_child_of(0, getpid()));
    g_assert_false(holder_is_child_of(getpid(), 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    prctl(PR_SET_NAME, "holder-test");
    g_test_add_func("/cgroup/service/table", test_services);
    g_test_add_func("/cgroup/service/hierarchies", test_hierarchies);
    g_test_add_func("/cgroup/paths/by-inode", test_paths);
    g_test_add_func("/holder/find/own", test_own);
    g_test_add_func("/holder/find/nobody", test_nobody);
    g_test_add_func("/holder/programs", test_programs);
    g_test_add_func("/holder/parents", test_parents);
    return g_test_run();
}
