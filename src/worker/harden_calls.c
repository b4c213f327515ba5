/*
 * The system calls that a role has no use for, refused by a seccomp filter made by hand. They
 * fail with EPERM and do not kill, so that a library which only tries goes on without. Which
 * files and ports is harden_files.c's.
 */
#include "config.h"

#include "worker/harden_private.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "model/hardening.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#define X32_BIT 0x40000000 /* the calls of a third ABI come by the same door */
#elif defined(__aarch64__) && G_BYTE_ORDER == G_LITTLE_ENDIAN
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCH

#define MAX_STEPS 512
#define MAX_VALUES 4
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif
#define NAMESPACES                                                                             \
    ((guint)CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |      \
     CLONE_NEWPID | CLONE_NEWNET)

enum whose {
    EVERYBODYS,
    NOT_LISTENERS, /* refused to roles that may not listen */
    NOT_TRACED,    /* left to AddressSanitizer's search for leaks, which traces the process */
};

/* Refused whatever the arguments are. Numbers differ by architecture, and some calls are only
 * in the older one. */
static const struct {
    int nr;
    enum whose whose;
} never[] = {
    {SYS_execve, EVERYBODYS},
    {SYS_execveat, EVERYBODYS},
    {SYS_ptrace, NOT_TRACED},
    {SYS_process_vm_readv, EVERYBODYS},
    {SYS_process_vm_writev, EVERYBODYS},
    {SYS_kcmp, EVERYBODYS},
#ifdef SYS_fork
    {SYS_fork, NOT_TRACED},
    {SYS_vfork, NOT_TRACED},
#endif
    /* servers */
    {SYS_listen, NOT_LISTENERS},
    {SYS_accept, NOT_LISTENERS},
    {SYS_accept4, NOT_LISTENERS},
    /* file systems and namespaces */
    {SYS_mount, EVERYBODYS},
    {SYS_umount2, EVERYBODYS},
    {SYS_pivot_root, EVERYBODYS},
    {SYS_chroot, EVERYBODYS},
    {SYS_unshare, EVERYBODYS},
    {SYS_setns, EVERYBODYS},
    {SYS_mknodat, EVERYBODYS},
#ifdef SYS_mknod
    {SYS_mknod, EVERYBODYS},
#endif
    {SYS_swapon, EVERYBODYS},
    {SYS_swapoff, EVERYBODYS},
    {SYS_quotactl, EVERYBODYS},
    {SYS_acct, EVERYBODYS},
    {SYS_name_to_handle_at, EVERYBODYS},
    {SYS_open_by_handle_at, EVERYBODYS},
    {SYS_fanotify_init, EVERYBODYS},
    /* keys, modules, the kernel and the machine */
    {SYS_add_key, EVERYBODYS},
    {SYS_request_key, EVERYBODYS},
    {SYS_keyctl, EVERYBODYS},
    {SYS_init_module, EVERYBODYS},
    {SYS_finit_module, EVERYBODYS},
    {SYS_delete_module, EVERYBODYS},
    {SYS_kexec_load, EVERYBODYS},
    {SYS_bpf, EVERYBODYS},
    {SYS_perf_event_open, EVERYBODYS},
    {SYS_userfaultfd, EVERYBODYS},
    {SYS_syslog, EVERYBODYS},
    {SYS_reboot, EVERYBODYS},
    {SYS_sethostname, EVERYBODYS},
    {SYS_setdomainname, EVERYBODYS},
    {SYS_settimeofday, EVERYBODYS},
    {SYS_clock_settime, EVERYBODYS},
    {SYS_adjtimex, EVERYBODYS},
    {SYS_clock_adjtime, EVERYBODYS},
    {SYS_personality, EVERYBODYS},
#ifdef SYS_iopl
    {SYS_iopl, EVERYBODYS},
    {SYS_ioperm, EVERYBODYS},
    {SYS_modify_ldt, EVERYBODYS},
#endif
#ifdef SYS_kexec_file_load
    {SYS_kexec_file_load, EVERYBODYS},
#endif
    /* Calls by way of a ring pass no filter; and newer ones, the same number everywhere. */
    {425, EVERYBODYS}, /* io_uring_setup */
    {426, EVERYBODYS}, /* io_uring_enter */
    {427, EVERYBODYS}, /* io_uring_register */
    {428, EVERYBODYS}, /* open_tree */
    {429, EVERYBODYS}, /* move_mount */
    {430, EVERYBODYS}, /* fsopen */
    {431, EVERYBODYS}, /* fsconfig */
    {432, EVERYBODYS}, /* fsmount */
    {433, EVERYBODYS}, /* fspick */
    {438, EVERYBODYS}, /* pidfd_getfd */
    {440, EVERYBODYS}, /* process_madvise */
    {442, EVERYBODYS}, /* mount_setattr */
};

enum test { IF_ANY_BIT, UNLESS_ANY_BIT, IF_EQUAL, UNLESS_ONE_OF };

/* Refused for what they are asked. Only the lower half of an argument is looked at: all of
 * these are ints to the kernel, but for clone()'s flags, of which none is higher. */
static const struct argument_rule {
    int nr, arg;
    enum test test;
    guint mask; /* 0: all bits */
    int n_values;
    guint values[MAX_VALUES];
    int answer;
    enum whose whose;
} rules[] = {
    /* Threads, but no process and no namespace. */
    {SYS_clone, 0, IF_ANY_BIT, NAMESPACES, 0, {0}, EPERM, EVERYBODYS},
    {SYS_clone, 0, UNLESS_ANY_BIT, CLONE_THREAD, 0, {0}, EPERM, NOT_TRACED},
    /* Its flags lie in memory, where no filter can look; without it clone() is used. */
    {435, 0, IF_ANY_BIT, 0, 0, {0}, ENOSYS, EVERYBODYS},
    /* TCP, UDP, local sockets, and the routes that getaddrinfo() asks for. Other protocols over
     * IP (MPTCP, SCTP) would pass the rules for TCP ports. */
    {SYS_socket,
     0,
     UNLESS_ONE_OF,
     0,
     4,
     {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK},
     EAFNOSUPPORT,
     EVERYBODYS},
    {SYS_socket,
     1,
     UNLESS_ONE_OF,
     0xf,
     3,
     {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW},
     EPROTONOSUPPORT,
     EVERYBODYS},
    {SYS_socket,
     2,
     UNLESS_ONE_OF,
     0,
     3,
     {0, IPPROTO_TCP, IPPROTO_UDP},
     EPROTONOSUPPORT,
     EVERYBODYS},
    /* A connection that is made by sending: it would pass the rules for TCP ports, too. */
    {SYS_sendto, 3, IF_ANY_BIT, MSG_FASTOPEN, 0, {0}, EPERM, EVERYBODYS},
    {SYS_sendmsg, 2, IF_ANY_BIT, MSG_FASTOPEN, 0, {0}, EPERM, EVERYBODYS},
    {SYS_sendmmsg, 3, IF_ANY_BIT, MSG_FASTOPEN, 0, {0}, EPERM, EVERYBODYS},
    /* Typing for the person at the terminal. */
    {SYS_ioctl, 1, IF_EQUAL, 0, 1, {TIOCSTI}, EPERM, EVERYBODYS},
    {SYS_ioctl, 1, IF_EQUAL, 0, 1, {TIOCLINUX}, EPERM, EVERYBODYS},
};

struct program {
    struct sock_filter steps[MAX_STEPS];
    gushort n;
};

static void add(struct program *p, guint code, guint k, guint jump_true, guint jump_false)
{
    g_assert(p->n < MAX_STEPS);
    p->steps[p->n++] =
        (struct sock_filter)BPF_JUMP((gushort)code, k, (guint8)jump_true, (guint8)jump_false);
}

static void add_load(struct program *p, gsize offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, (guint)offset, 0, 0);
}

static void add_answer(struct program *p, int number)
{
    add(p, BPF_RET | BPF_K,
        number ? SECCOMP_RET_ERRNO | ((guint)number & SECCOMP_RET_DATA) : SECCOMP_RET_ALLOW, 0,
        0);
}

static gboolean is_ours(enum whose whose, const struct harden_rights *rights)
{
    return whose == EVERYBODYS || (whose == NOT_LISTENERS && !rights->may_listen) ||
           (whose == NOT_TRACED && !HARDEN_IS_SANITIZED);
}

/* With the number of the call loaded. */
static void add_never(struct program *p, const struct harden_rights *rights)
{
    for (gsize i = 0; i < G_N_ELEMENTS(never); i++) {
        if (!is_ours(never[i].whose, rights))
            continue;
        add(p, BPF_JMP | BPF_JEQ | BPF_K, (guint)never[i].nr, 0, 1);
        add_answer(p, EPERM);
    }
}

static void add_rule(struct program *p, const struct argument_rule *r)
{
    gboolean is_bits = r->test == IF_ANY_BIT || r->test == UNLESS_ANY_BIT;
    gboolean has_mask = !is_bits && r->mask;
    guint n_tests = is_bits ? 1 : (guint)r->n_values;
    guint mask = r->mask ? r->mask : ~0U;

    add_load(p, offsetof(struct seccomp_data, nr));
    if (is_bits && !r->mask) {
        add(p, BPF_JMP | BPF_JEQ | BPF_K, (guint)r->nr, 0, 1);
        add_answer(p, r->answer);
        return;
    }
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (guint)r->nr, 0, 1 + has_mask + n_tests + 1);
    add_load(p, offsetof(struct seccomp_data, args) + (gsize)r->arg * sizeof(guint64));
    if (has_mask)
        add(p, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    if (r->test == IF_ANY_BIT)
        add(p, BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1);
    else if (r->test == UNLESS_ANY_BIT)
        add(p, BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0);
    else if (r->test == IF_EQUAL)
        add(p, BPF_JMP | BPF_JEQ | BPF_K, r->values[0], 0, 1);
    else
        for (guint i = 0; i < n_tests; i++) /* past the answer */
            add(p, BPF_JMP | BPF_JEQ | BPF_K, r->values[i], n_tests - i, 0);
    add_answer(p, r->answer);
}

static void make_program(struct program *p, const struct harden_rights *rights)
{
    add_load(p, offsetof(struct seccomp_data, arch));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
    add_answer(p, EPERM); /* calls in the way of another architecture */
    add_load(p, offsetof(struct seccomp_data, nr));
#ifdef X32_BIT
    add(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    add_answer(p, EPERM);
#endif
    add_never(p, rights);
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        if (is_ours(rules[i].whose, rights))
            add_rule(p, &rules[i]);
    add_answer(p, 0);
}

int harden_restrict_calls(const struct harden_rights *rights)
{
    struct program p = {.n = 0};
    make_program(&p, rights);
    struct sock_fprog program = {.len = p.n, .filter = p.steps};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
        return HARDENING_CALLS;
    log_debug("hardening: no filter of system calls: %s", g_strerror(errno));
    return 0;
}

#else

int harden_restrict_calls(const struct harden_rights *rights)
{
    log_debug("hardening: no filter of system calls: not known for this architecture");
    return 0;
}

#endif
