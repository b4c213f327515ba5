/*
 * From sockets to processes, by the links in /proc/PID/fd. Where those may not be read the
 * socket's user and control group narrow down who it can be. Not for what listens: sockdiag.c.
 */
#include "config.h"

#include "net/holder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/cgroup.h"

#define MAX_COMM_BYTES 256
#define COMM_CHARS 15        /* the kernel keeps no more of a name */
#define DELETED " (deleted)" /* behind the file of a program that was replaced meanwhile */
#define MAX_STAT_BYTES 4096
#define MAX_STATUS_BYTES 16384
#define MAX_PARENTS 64
#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */
#define MAX_PASSWD_BYTES 16384

/* A process whose descriptors may not be read. */
struct closed {
    gint64 pid;
    guint32 uid;
    gboolean is_read; /* the two below are known */
    char *program;    /* owned; NULL: it is gone */
    char *service;    /* owned; NULL: none */
};

struct search {
    GHashTable *by_inode; /* guint64 * -> struct holder *, those not found yet */
    GArray *closed;       /* of struct closed */
    guint n_closed;       /* with those that cannot be meant */
    guint64 network;      /* ours */
    GHashTable *users;    /* uid -> name, "" without one */
    gint64 last_pid;      /* `last` is of it: most programs have several sockets */
    struct holder *last;
};

static void holder_free(gpointer p)
{
    struct holder *h = p;
    g_free(h->program);
    g_free(h->exe);
    g_free(h->user);
    g_free(h->service);
    if (h->suspects)
        g_array_unref(h->suspects);
    g_free(h);
}

/* ---- facts of a process ---- */

static char *read_comm(gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" PRId64 "/comm", pid);
    char *comm = file_read(path, MAX_COMM_BYTES, NULL, NULL);
    return comm ? g_strchomp(comm) : NULL;
}

static char *read_exe(gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" PRId64 "/exe", pid);
    return g_file_read_link(path, NULL);
}

char *holder_program(const char *comm, const char *exe)
{
    const char *slash = exe ? strrchr(exe, '/') : NULL;
    if (strlen(comm) < COMM_CHARS || !slash || !g_str_has_prefix(slash + 1, comm))
        return g_strdup(comm);
    gsize len = strlen(slash + 1);
    if (g_str_has_suffix(slash, DELETED))
        len -= strlen(DELETED);
    return g_strndup(slash + 1, len);
}

static char *read_program(gint64 pid)
{
    g_autofree char *comm = read_comm(pid);
    g_autofree char *exe = read_exe(pid);
    return comm ? holder_program(comm, exe) : NULL;
}

struct process {
    gint64 parent;
    guint32 flags; /* PF_… of the kernel */
    gint64 ticks;  /* from the start of the machine to its own */
};

static gboolean read_process(gint64 pid, struct process *ret)
{
    g_autofree char *path = g_strdup_printf("/proc/%" PRId64 "/stat", pid);
    g_autofree char *text = file_read(path, MAX_STAT_BYTES, NULL, NULL);
    /* The name may hold anything, also ')'. */
    const char *behind = text ? strrchr(text, ')') : NULL;
    return behind && sscanf(behind,
                            ") %*c %" SCNd64 " %*s %*s %*s %*s %" SCNu32 " %*s %*s %*s %*s %*s"
                            " %*s %*s %*s %*s %*s %*s %*s %" SCNd64,
                            &ret->parent, &ret->flags, &ret->ticks) == 3;
}

static gint64 read_parent(gint64 pid)
{
    struct process p;
    return read_process(pid, &p) ? p.parent : 0;
}

static gint64 read_begin(gint64 pid)
{
    struct process p;
    gint64 per_s = sysconf(_SC_CLK_TCK);
    if (per_s <= 0 || !read_process(pid, &p))
        return 0;
    return clock_wall_us() - clock_boot_us() + p.ticks * (CLOCK_SECOND_US / per_s);
}

/* Which network a process is in: a file of each has an inode number of its own, and anybody may
 * look at it. 0: it is gone. */
static guint64 network_of(const char *pid)
{
    char path[48];
    struct stat st;
    g_snprintf(path, sizeof path, "/proc/%s/net/tcp", pid);
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

gboolean holder_is_child_of(gint64 pid, gint64 ancestor)
{
    for (int i = 0; i < MAX_PARENTS && pid > 0 && ancestor > 0; i++, pid = read_parent(pid))
        if (pid == ancestor)
            return TRUE;
    return FALSE;
}

static const char *user_name(struct search *s, guint32 uid)
{
    const char *known = g_hash_table_lookup(s->users, GUINT_TO_POINTER(uid));
    if (known)
        return *known ? known : NULL;
    struct passwd entry, *found = NULL;
    g_autofree char *buffer = g_malloc(MAX_PASSWD_BYTES);
    if (getpwuid_r(uid, &entry, buffer, MAX_PASSWD_BYTES, &found) != 0)
        found = NULL;
    g_hash_table_insert(s->users, GUINT_TO_POINTER(uid), g_strdup(found ? found->pw_name : ""));
    return user_name(s, uid);
}

/* ---- the walk ---- */

static void found(struct search *s, struct holder *h, gint64 pid)
{
    h->pid = pid;
    if (s->last_pid == pid) {
        h->program = g_strdup(s->last->program);
        h->exe = g_strdup(s->last->exe);
        h->since_us = s->last->since_us;
        h->service = g_strdup(s->last->service);
        return;
    }
    h->program = read_program(pid);
    h->exe = read_exe(pid);
    h->since_us = read_begin(pid);
    h->service = cgroup_service_of_pid(pid);
    s->last_pid = pid;
    s->last = h;
}

/* "socket:[12345]" -> 12345; 0: it is something else. errno is set when it cannot be read. */
static guint64 link_inode(int dir, const char *name)
{
    static const char prefix[] = "socket:[";
    char text[64];
    errno = 0;
    ssize_t n = readlinkat(dir, name, text, sizeof text - 1);
    if (n <= (ssize_t)strlen(prefix))
        return 0;
    text[n] = '\0';
    return g_str_has_prefix(text, prefix) ? g_ascii_strtoull(text + strlen(prefix), NULL, 10)
                                          : 0;
}

static gboolean is_refused(int why)
{
    return why == EACCES || why == EPERM;
}

/* A thread of the kernel has no sockets, and who is in another network has none of ours. */
static gboolean can_have_sockets(const struct search *s, gint64 pid)
{
    char name[24];
    struct process p;
    g_snprintf(name, sizeof name, "%" PRId64, pid);
    return read_process(pid, &p) && !(p.flags & KERNEL_THREAD) &&
           network_of(name) == s->network;
}

/* Its folder belongs to root when the process hides itself: who it is stands in its status. */
static void add_closed(struct search *s, gint64 pid)
{
    char path[48];
    s->n_closed++;
    g_snprintf(path, sizeof path, "/proc/%" PRId64 "/status", pid);
    g_autofree char *status = file_read(path, MAX_STATUS_BYTES, NULL, NULL);
    const char *line = status ? strstr(status, "\nUid:") : NULL;
    struct closed c = {.pid = pid};
    if (line && sscanf(line, "\nUid: %*u %" SCNu32, &c.uid) == 1 && can_have_sockets(s, pid))
        g_array_append_val(s->closed, c);
}

/* FALSE: its descriptors may be counted, but not looked at. */
static gboolean look_at_links(struct search *s, gint64 pid, DIR *dir)
{
    for (struct dirent *e; g_hash_table_size(s->by_inode) > 0 && (e = readdir(dir));) {
        if (!g_ascii_isdigit(*e->d_name))
            continue;
        guint64 inode = link_inode(dirfd(dir), e->d_name);
        if (inode == 0 && is_refused(errno))
            return FALSE;
        struct holder *h = inode ? g_hash_table_lookup(s->by_inode, &inode) : NULL;
        if (h) {
            found(s, h, pid);
            g_hash_table_remove(s->by_inode, &inode);
        }
    }
    return TRUE;
}

static void look_into(struct search *s, gint64 pid)
{
    char path[48];
    g_snprintf(path, sizeof path, "/proc/%" PRId64 "/fd", pid);
    DIR *dir = opendir(path);
    if (!dir) {
        if (is_refused(errno))
            add_closed(s, pid);
        return;
    }
    if (!look_at_links(s, pid, dir))
        add_closed(s, pid);
    closedir(dir);
}

/* /proc lists processes by number, so the first found is the oldest, as a rule the parent. */
static void walk_processes(struct search *s)
{
    DIR *proc = opendir("/proc");
    if (!proc)
        return;
    for (struct dirent *e; g_hash_table_size(s->by_inode) > 0 && (e = readdir(proc));)
        if (g_ascii_isdigit(*e->d_name))
            look_into(s, g_ascii_strtoll(e->d_name, NULL, 10));
    closedir(proc);
}

/* ---- what stays hidden ---- */

/* The services of sockets by their groups, of those that nobody was seen with. */
static GHashTable *groups_of(const GArray *listeners, const GPtrArray *holders)
{
    const char *root = cgroup_root();
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < listeners->len; i++) {
        struct listener *l = &g_array_index(listeners, struct listener, i);
        const struct holder *h = holders->pdata[i];
        if (h->pid == 0 && l->cgroup > CGROUP_ROOT_ID)
            g_hash_table_add(wanted, &l->cgroup);
    }
    return root && g_hash_table_size(wanted) ? cgroup_paths(root, wanted) : NULL;
}

static void closed_clear(gpointer p)
{
    struct closed *c = p;
    g_free(c->program);
    g_free(c->service);
}

static gboolean may_be(struct closed *c, const struct holder *h)
{
    if (c->uid != h->uid)
        return FALSE;
    if (!c->is_read) {
        c->program = read_program(c->pid);
        c->service = cgroup_service_of_pid(c->pid);
        c->is_read = TRUE;
    }
    return c->program && (!h->service || g_strcmp0(c->service, h->service) == 0);
}

/* If all who can hold it bear one name, it is that program. */
static void infer(const struct search *s, struct holder *h)
{
    h->suspects = g_array_new(FALSE, FALSE, sizeof(gint64));
    const char *name = NULL;
    gboolean is_one = TRUE;
    for (guint i = 0; i < s->closed->len && h->suspects->len < HOLDER_MAX_SUSPECTS; i++) {
        struct closed *c = &g_array_index(s->closed, struct closed, i);
        if (!may_be(c, h))
            continue;
        g_array_append_val(h->suspects, c->pid);
        is_one = is_one && (!name || strcmp(name, c->program) == 0);
        name = c->program;
    }
    if (!is_one || h->suspects->len == 0 || h->suspects->len == HOLDER_MAX_SUSPECTS)
        return;
    h->is_inferred = TRUE;
    h->program = g_strdup(name);
    if (h->suspects->len == 1)
        h->pid = g_array_index(h->suspects, gint64, 0);
    h->since_us = h->pid ? read_begin(h->pid) : 0;
}

static void look_at_hidden(const struct search *s, const GArray *listeners, GPtrArray *holders)
{
    g_autoptr(GHashTable) groups = groups_of(listeners, holders);
    for (guint i = 0; i < listeners->len; i++) {
        const struct listener *l = &g_array_index(listeners, struct listener, i);
        struct holder *h = holders->pdata[i];
        if (h->pid != 0)
            continue;
        const char *path = groups ? g_hash_table_lookup(groups, &l->cgroup) : NULL;
        h->service = path ? cgroup_service(path) : NULL;
        h->is_hidden = s->n_closed > 0;
        if (h->is_hidden)
            infer(s, h);
    }
}

GPtrArray *holders_find(const GArray *listeners)
{
    GPtrArray *holders = g_ptr_array_new_with_free_func(holder_free);
    struct search s = {
        .by_inode = g_hash_table_new(g_int64_hash, g_int64_equal),
        .closed = g_array_new(FALSE, FALSE, sizeof(struct closed)),
        .network = network_of("self"),
        .users = g_hash_table_new_full(NULL, NULL, NULL, g_free),
    };
    for (guint i = 0; i < listeners->len; i++) {
        struct listener *l = &g_array_index(listeners, struct listener, i);
        struct holder *h = g_new0(struct holder, 1);
        h->uid = l->uid;
        h->user = g_strdup(user_name(&s, l->uid));
        g_ptr_array_add(holders, h);
        if (l->inode)
            g_hash_table_insert(s.by_inode, &l->inode, h);
    }
    g_array_set_clear_func(s.closed, closed_clear);
    walk_processes(&s);
    look_at_hidden(&s, listeners, holders);
    g_hash_table_unref(s.by_inode);
    g_array_unref(s.closed);
    g_hash_table_unref(s.users);
    return holders;
}
