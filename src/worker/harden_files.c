/*
 * Which files and TCP ports a role may use, by Landlock. The kernel's structures are written
 * down here, because its newer half is missing from the headers of older systems: what a kernel
 * has is known at run time only. Which system calls is harden_calls.c's.
 */
#include "config.h"

#include "worker/harden_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "model/hardening.h"

/* The same numbers on every architecture. */
#define NR_CREATE_RULESET 444
#define NR_ADD_RULE 445
#define NR_RESTRICT_SELF 446
#define ASK_VERSION 1U
#define RULE_PATH 1
#define RULE_PORT 2

enum { /* rights on files */
       EXECUTE = 1 << 0,
       WRITE_FILE = 1 << 1,
       READ_FILE = 1 << 2,
       READ_DIR = 1 << 3,
       REMOVE_DIR = 1 << 4,
       REMOVE_FILE = 1 << 5,
       MAKE_DIR = 1 << 7,
       MAKE_REG = 1 << 8,
       REFER = 1 << 13,
       TRUNCATE = 1 << 14,
       IOCTL_DEV = 1 << 15,
};
enum { BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_SOCKETS = 1 << 0, SCOPE_SIGNALS = 1 << 1 };

/* Rights that a rule on something other than a folder may name. */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)
#define READ_ONLY (READ_FILE | READ_DIR)
#define READ_WRITE                                                                             \
    (READ_ONLY | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE)

struct ruleset {
    uint64_t files, ports, scopes;
};
struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));
struct port_rule {
    uint64_t allowed, port;
};

/* What each version of the interface brought. A ruleset that names more is refused. */
static const struct {
    int abi;
    gsize size;
    struct ruleset handled;
} versions[] = {
    {6, 24, {0xffff, BIND_TCP | CONNECT_TCP, SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS}},
    {5, 16, {0xffff, BIND_TCP | CONNECT_TCP, 0}},
    {4, 16, {0x7fff, BIND_TCP | CONNECT_TCP, 0}},
    {3, 8, {0x7fff, 0, 0}},
    {2, 8, {0x3fff, 0, 0}},
    {1, 8, {0x1fff, 0, 0}},
};

static const struct {
    const char *path;
    guint allowed;
} everybodys[] = {
    /* what libraries load, read and ask late: name services, charsets, engines */
    {"/lib", READ_ONLY},
    {"/lib64", READ_ONLY},
    {"/usr/lib", READ_ONLY},
    {"/usr/lib32", READ_ONLY},
    {"/usr/lib64", READ_ONLY},
    {"/usr/local/lib", READ_ONLY},
    {"/usr/local/lib64", READ_ONLY},
    {"/nix/store", READ_ONLY},
    {"/gnu/store", READ_ONLY},
    /* words and time zones */
    {"/usr/share/locale", READ_ONLY},
    {"/usr/share/zoneinfo", READ_ONLY},
    {"/etc/zoneinfo", READ_ONLY},
    /* certificates and what TLS may use */
    {"/etc/ssl", READ_ONLY},
    {"/etc/pki", READ_ONLY},
    {"/etc/ca-certificates", READ_ONLY},
    {"/etc/crypto-policies", READ_ONLY},
    {"/usr/share/ca-certificates", READ_ONLY},
    {"/usr/local/share/ca-certificates", READ_ONLY},
    {"/usr/share/pki", READ_ONLY},
    {"/usr/share/crypto-policies", READ_ONLY},
    {"/usr/share/ssl", READ_ONLY},
    {"/usr/local/etc/ssl", READ_ONLY},
    {"/usr/local/ssl", READ_ONLY},
    {"/var/lib/ca-certificates", READ_ONLY},
    /* where /etc/resolv.conf points to: the file itself is replaced now and then */
    {"/run/systemd/resolve", READ_ONLY},
    {"/run/resolvconf", READ_ONLY},
    {"/run/netconfig", READ_ONLY},
    {"/run/connman", READ_ONLY},
    /* devices, and what the C library asks the kernel by files */
    {"/dev/null", READ_FILE | WRITE_FILE | TRUNCATE},
    {"/dev/urandom", READ_FILE},
    {"/dev/random", READ_FILE},
    {"/sys/devices/system/cpu", READ_ONLY},
    {"/proc/sys/kernel/random", READ_ONLY},
    {"/proc/sys/crypto", READ_ONLY},
    {"/proc/sys/vm", READ_ONLY},
    {"/proc/meminfo", READ_FILE},
    {"/proc/stat", READ_FILE},
    {"/proc/cpuinfo", READ_FILE},
};

/* For things that are not there nothing can be allowed, and nothing need be. */
static void allow(int rules, const struct ruleset *handled, const char *path, uint64_t allowed)
{
    struct path_rule rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    struct stat st;
    if (rule.parent_fd < 0)
        return;
    rule.allowed = allowed & handled->files;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed &= OF_FILES;
    if (syscall(NR_ADD_RULE, rules, RULE_PATH, &rule, 0U) != 0)
        log_debug("hardening: %s is not allowed: %s", path, g_strerror(errno));
    close(rule.parent_fd);
}

static void allow_port(int rules, uint64_t what, guint16 port)
{
    struct port_rule rule = {.allowed = what, .port = port};
    if (syscall(NR_ADD_RULE, rules, RULE_PORT, &rule, 0U) != 0)
        log_debug("hardening: port %d is not allowed: %s", port, g_strerror(errno));
}

static void add_rules(int rules, const struct ruleset *handled, const struct harden *h)
{
    for (gsize i = 0; i < G_N_ELEMENTS(everybodys); i++)
        allow(rules, handled, everybodys[i].path, everybodys[i].allowed);
    if (HARDEN_IS_SANITIZED)
        allow(rules, handled, "/proc",
              READ_ONLY); /* its search for leaks reads of another task */
    for (guint i = 0; i < h->files->len; i++)
        allow(rules, handled, g_array_index(h->files, struct harden_file, i).path, READ_ONLY);
    allow(rules, handled, h->dir, READ_WRITE);
    for (guint i = 0; handled->ports && i < h->ports->len; i++)
        allow_port(rules, CONNECT_TCP, g_array_index(h->ports, guint16, i));
}

int harden_restrict_files(const struct harden *h)
{
    long abi = syscall(NR_CREATE_RULESET, NULL, (gsize)0, ASK_VERSION);
    gsize v = 0;
    if (abi < 1) {
        log_debug("hardening: no Landlock: %s", g_strerror(errno));
        return 0;
    }
    while (versions[v].abi > abi)
        v++;
    struct ruleset handled = versions[v].handled;
    if (h->rights->may_listen)
        handled.ports &= ~(uint64_t)BIND_TCP;
    int rules = (int)syscall(NR_CREATE_RULESET, &handled, versions[v].size, 0U);
    if (rules < 0) {
        log_debug("hardening: Landlock gives no rules: %s", g_strerror(errno));
        return 0;
    }
    add_rules(rules, &handled, h);
    long rc = syscall(NR_RESTRICT_SELF, rules, 0U);
    if (rc != 0)
        log_debug("hardening: Landlock does not hold: %s", g_strerror(errno));
    close(rules);
    log_debug("hardening: Landlock, interface %ld", abi);
    return rc != 0 ? 0 : HARDENING_FILES | (handled.ports ? HARDENING_PORTS : 0);
}
