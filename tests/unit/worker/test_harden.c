/* What a role gives up, proven from inside: each test forks, and the child asks for things. The
 * exit code of the child is the line of what went wrong. */
#include "config.h"

#include "worker/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/hardening.h"

struct place {
    char *inside, *outside;  /* folders; the workspace, and one beside it */
    char *private, *trusted; /* files outside; the second may be read */
    struct harden *harden;
    int held;
};

#define MUST(what)                                                                             \
    do {                                                                                       \
        if (!(what)) {                                                                         \
            fprintf(stderr, "# line %d: %s: %s\n", __LINE__, #what, g_strerror(errno));        \
            _exit(1);                                                                          \
        }                                                                                      \
    } while (0)
#define MUST_FAIL(what, why)                                                                   \
    do {                                                                                       \
        errno = 0;                                                                             \
        MUST((what) < 0 && errno == (why));                                                    \
    } while (0)

static void place_init(struct place *p)
{
    p->inside = g_dir_make_tmp("crier-in-XXXXXX", NULL);
    p->outside = g_dir_make_tmp("crier-out-XXXXXX", NULL);
    p->private = g_build_filename(p->outside, "private", NULL);
    p->trusted = g_build_filename(p->outside, "ca.pem", NULL);
    g_assert_true(g_file_set_contents(p->private, "secret", -1, NULL));
    g_assert_true(g_file_set_contents(p->trusted, "certificate", -1, NULL));
    p->harden = harden_new(harden_rights_of("send"), p->inside);
    harden_add_readable(p->harden, p->trusted);
}

static void place_clear(struct place *p)
{
    const char *const names[] = {"renamed", "made", "kept/file", "kept"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(p->inside, names[i], NULL);
        g_remove(path);
    }
    g_remove(p->private);
    g_remove(p->trusted);
    g_rmdir(p->inside);
    g_rmdir(p->outside);
    harden_free(p->harden);
    g_free(p->inside);
    g_free(p->outside);
    g_free(p->private);
    g_free(p->trusted);
}

/* Runs `body` in a child that has given up what it can. */
static void in_role(struct place *p, int needed, const char *what,
                    void (*body)(const struct place *p))
{
    pid_t pid = fork();
    int status;
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        p->held = harden_apply(p->harden);
        if ((p->held & needed) != needed)
            _exit(77);
        body(p);
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        g_test_skip(what);
    else
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static int try_exec(const char *path)
{
    char *const argv[] = {(char *)path, NULL}, *const none[] = {NULL};
    return execve(path, argv, none);
}

static const char no_landlock[] = "this kernel has no Landlock: files are not restricted";
static const char no_ports[] = "this kernel's Landlock has no rules for TCP ports";
static const char no_filter[] = "no filter of system calls on this kernel or architecture";

/* ---- files ---- */

static int try_open(const char *dir, const char *name, int flags)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return fd;
}

static void ask_for_files(const struct place *p)
{
    MUST_FAIL(try_open(p->outside, "private", O_RDONLY), EACCES);
    MUST_FAIL(try_open(p->outside, "private", O_WRONLY), EACCES);
    MUST_FAIL(try_open(p->outside, "new", O_WRONLY | O_CREAT), EACCES);
    MUST_FAIL(try_open(p->outside, ".", O_RDONLY | O_DIRECTORY), EACCES);
    MUST_FAIL(try_open(p->outside, "ca.pem", O_WRONLY), EACCES);
    MUST_FAIL(unlink(p->private), EACCES);
    MUST_FAIL(rename(p->private, p->trusted), EACCES);
    MUST_FAIL(try_open("/etc", "passwd", O_RDONLY), EACCES);
    MUST_FAIL(try_open("/etc", "ssl/new", O_WRONLY | O_CREAT), EACCES);
}

static void ask_for_workspace(const struct place *p)
{
    g_autofree char *made = g_build_filename(p->inside, "made", NULL),
                    *renamed = g_build_filename(p->inside, "renamed", NULL),
                    *kept = g_build_filename(p->inside, "kept", NULL);
    int fd = open(made, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    MUST(ftruncate(fd, 8192) == 0 && fdatasync(fd) == 0);
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(map != MAP_FAILED);
    memset(map, 1, 4096);
    MUST(truncate(made, 0) == 0 && rename(made, renamed) == 0);
    MUST(mkdir(kept, 0700) == 0 && try_open(kept, "file", O_WRONLY | O_CREAT) >= 0);
    MUST(try_open(p->inside, ".", O_RDONLY | O_DIRECTORY) >= 0);
    MUST(unlink(renamed) == 0);
    MUST_FAIL(mknod(made, S_IFIFO | 0600, 0), EPERM);
    MUST(try_open(p->outside, "ca.pem", O_RDONLY) >= 0);
    MUST(try_open("/dev", "urandom", O_RDONLY) >= 0);
    MUST(try_open("/dev", "null", O_RDWR) >= 0);
}

static void test_files(void)
{
    struct place p;
    place_init(&p);
    in_role(&p, HARDENING_FILES, no_landlock, ask_for_files);
    g_assert_true(g_file_test(p.private, G_FILE_TEST_EXISTS));
    in_role(&p, HARDENING_NO_NEW_PRIVS, no_landlock, ask_for_workspace);
    place_clear(&p);
}

/* ---- the network ---- */

/* A listener on loopback, its port in `ret_port`. */
static int listener(guint16 *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&a, sizeof a), ==, 0);
    g_assert_cmpint(listen(fd, 4), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&a, &len), ==, 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static int try_connect(guint16 port, int protocol)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
    int rc = fd < 0 ? fd : connect(fd, (struct sockaddr *)&a, sizeof a);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return rc;
}

static int try_bind(int type)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? fd : bind(fd, (struct sockaddr *)&a, sizeof a);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return rc;
}

static guint16 our_port, foreign_port;

static void ask_for_ports(const struct place *p)
{
    MUST(harden_covers(p->harden, our_port, NULL));
    MUST(harden_covers(p->harden, 587, p->trusted));
    MUST(!harden_covers(p->harden, foreign_port, NULL));
    MUST(!harden_covers(p->harden, our_port, p->private));
    MUST(try_connect(our_port, 0) == 0);
    MUST_FAIL(try_connect(foreign_port, 0), EACCES);
    MUST_FAIL(try_connect(587, 0), ECONNREFUSED);
    MUST_FAIL(try_bind(SOCK_STREAM), EACCES);
    MUST(try_bind(SOCK_DGRAM) == 0); /* the resolver does */
}

static void test_ports(void)
{
    struct place p;
    int ours = listener(&our_port), foreign = listener(&foreign_port);
    place_init(&p);
    harden_add_port(p.harden, our_port);
    in_role(&p, HARDENING_PORTS | HARDENING_FILES, no_ports, ask_for_ports);
    close(ours);
    close(foreign);
    place_clear(&p);
}

static void ask_for_sockets(const struct place *p)
{
    char byte = 0;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(our_port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), pair[2];
    MUST(fd >= 0);
    MUST_FAIL(listen(fd, 1), EPERM);
    MUST_FAIL(accept(fd, NULL, NULL), EPERM);
    MUST_FAIL(accept4(fd, NULL, NULL, SOCK_CLOEXEC), EPERM);
    MUST_FAIL(sendto(fd, &byte, 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof a), EPERM);
    MUST_FAIL(socket(AF_INET, SOCK_STREAM, 262), EPROTONOSUPPORT); /* MPTCP */
    MUST_FAIL(socket(AF_INET, SOCK_SEQPACKET, 0), EPROTONOSUPPORT);
    MUST_FAIL(socket(AF_PACKET, SOCK_DGRAM, 0), EAFNOSUPPORT);
    MUST_FAIL(ioctl(0, TIOCSTI, "x"), EPERM);
    MUST(socket(AF_INET6, SOCK_DGRAM, 0) >= 0 || errno == EAFNOSUPPORT);
    MUST(socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    MUST(send(pair[0], &byte, 1, MSG_NOSIGNAL) == 1 && recv(pair[1], &byte, 1, 0) == 1);
}

static void test_sockets(void)
{
    struct place p;
    place_init(&p);
    in_role(&p, HARDENING_CALLS, no_filter, ask_for_sockets);
    place_clear(&p);
}

/* ---- system calls ---- */

static void ask_for_calls(const struct place *p)
{
    char *const argv[] = {(char *)"/bin/true", NULL}, *const none[] = {NULL};
    struct iovec here = {.iov_base = (void *)argv, .iov_len = 1};
    MUST_FAIL(try_exec(argv[0]), EPERM);
    MUST_FAIL(syscall(SYS_execveat, AT_FDCWD, argv[0], argv, none, 0), EPERM);
    MUST_FAIL(process_vm_readv(getpid(), &here, 1, &here, 1, 0), EPERM);
    MUST_FAIL(syscall(SYS_unshare, 0), EPERM);
    MUST_FAIL(syscall(SYS_setns, -1, 0), EPERM);
    MUST_FAIL(syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL), EPERM);
    MUST_FAIL(syscall(SYS_keyctl, 0, -3, 0), EPERM);
    MUST_FAIL(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    MUST_FAIL(syscall(425, 1, NULL), EPERM);
    MUST_FAIL(syscall(SYS_finit_module, -1, "", 0), EPERM);
    MUST_FAIL(syscall(435, NULL, 0), ENOSYS);
    MUST_FAIL(syscall(SYS_clone, 0x10000000 /* a user namespace */, NULL, NULL, NULL, 0),
              EPERM);
#ifndef __SANITIZE_ADDRESS__
    MUST_FAIL(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
    MUST_FAIL(fork(), EPERM);
#endif
#ifdef __x86_64__
    MUST_FAIL(syscall(0x40000000 + SYS_getpid), EPERM);
#endif
    MUST(syscall(SYS_getpid) == getpid());
}

static void *in_thread(void *data)
{
    const struct place *p = data;
    MUST_FAIL(try_exec(""), EPERM);
    if (p->held & HARDENING_FILES)
        MUST_FAIL(try_open(p->outside, "private", O_RDONLY), EACCES);
    return data;
}

/* What comes later has the rights of who starts it; and what libraries do goes on. */
static void ask_for_threads_and_names(const struct place *p)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    GThread *t = g_thread_new("later", in_thread, (void *)p);
    MUST(g_thread_join(t) == p);
    MUST(getaddrinfo("localhost", "25", &hints, &found) == 0 && found);
    freeaddrinfo(found);
}

static void test_calls(void)
{
    struct place p;
    place_init(&p);
    in_role(&p, HARDENING_CALLS, no_filter, ask_for_calls);
    in_role(&p, HARDENING_CALLS, no_filter, ask_for_threads_and_names);
    place_clear(&p);
}

/* A role that serves others may listen, and nothing else beyond. */
static void ask_to_listen(const struct place *p)
{
    guint16 port;
    int fd = listener(&port);
    MUST_FAIL(try_exec(""), EPERM);
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    MUST_FAIL(accept4(fd, NULL, NULL, 0), EAGAIN);
}

static void test_listener(void)
{
    static const guint16 none[] = {0};
    static const struct harden_rights rights = {
        .role = "listener", .may_listen = TRUE, .ports = none};
    struct place p;
    place_init(&p);
    harden_free(p.harden);
    p.harden = harden_new(&rights, p.inside);
    in_role(&p, HARDENING_CALLS, no_filter, ask_to_listen);
    place_clear(&p);
}

/* ---- what changes ---- */

static void replace_files(const struct place *p)
{
    g_autofree char *missing = g_build_filename(p->inside, "made", NULL);
    MUST(harden_is_current(p->harden));
    MUST(harden_covers(p->harden, 25, p->trusted));
    MUST(g_file_set_contents(missing, "it came later", -1, NULL));
    MUST(!harden_is_current(p->harden));
    MUST(!harden_covers(p->harden, 25, missing));
}

static void test_replaced(void)
{
    struct place p;
    place_init(&p);
    g_autofree char *missing = g_build_filename(p.inside, "made", NULL);
    harden_add_readable(p.harden, missing);
    in_role(&p, HARDENING_FILES, no_landlock, replace_files);
    place_clear(&p);
}

static void nothing_is_held(const struct place *p)
{
    MUST(p->held == HARDENING_OFF);
    MUST(try_open(p->outside, "private", O_RDONLY) >= 0);
    MUST_FAIL(try_exec(""), ENOENT);
    MUST(harden_covers(p->harden, 1, p->private) && harden_is_current(p->harden));
}

static void test_off(void)
{
    struct place p;
    place_init(&p);
    g_setenv("CRIER_HARDEN", "off", TRUE);
    in_role(&p, HARDENING_OFF, "", nothing_is_held);
    g_unsetenv("CRIER_HARDEN");
    place_clear(&p);
}

static void test_words(void)
{
    g_autofree char *all = hardening_words(HARDENING_ALL),
                    *two = hardening_words(HARDENING_FILES | HARDENING_CALLS),
                    *none = hardening_words(HARDENING_OFF);
    g_assert_cmpstr(all, ==, "no_new_privs, files, ports, calls");
    g_assert_cmpstr(two, ==, "files, calls");
    g_assert_cmpstr(none, ==, "");
    g_assert_null(hardening_name(HARDENING_COUNT));
    g_assert_null(harden_rights_of("nobody"));
}

int main(int argc, char **argv)
{
    g_unsetenv("CRIER_HARDEN");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/harden/files", test_files);
    g_test_add_func("/harden/ports", test_ports);
    g_test_add_func("/harden/sockets", test_sockets);
    g_test_add_func("/harden/calls", test_calls);
    g_test_add_func("/harden/listener", test_listener);
    g_test_add_func("/harden/replaced", test_replaced);
    g_test_add_func("/harden/off", test_off);
    g_test_add_func("/harden/words", test_words);
    return g_test_run();
}
