/*
 * The rights of each role, in a table; giving up the rest; and trying whether that holds, since
 * a kernel that says yes is believed only where it refuses. The kernel's two interfaces are
 * harden_files.c's and harden_calls.c's.
 */
#include "config.h"

#include "worker/harden_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/datafile.h"
#include "base/log.h"
#include "model/hardening.h"

#define PORT_DNS 53 /* over TCP, where an answer is long */
#define PORT_TRIED 1

/* The ports that mail servers usually have: a server that is added or moved to one of them
 * needs no new role. */
static const guint16 send_ports[] = {25, 465, 587, 2525, 0};
static const guint16 inbox_ports[] = {143, 993, 110, 995, 0};

static const struct harden_rights roles[] = {
    {.role = "send", .ports = send_ports},
    {.role = "inbox", .ports = inbox_ports},
};

/* Read late by whoever looks up a name or writes a time; replaced now and then, which is why
 * each is remembered. */
static const char *const watched[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/localtime",
    "/etc/mdns.allow",
    "/etc/ld.so.cache",
    "/run/NetworkManager/resolv.conf",
};
/* Places that the environment may name. */
static const char *const named[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "TZDIR"};

const struct harden_rights *harden_rights_of(const char *role)
{
    for (gsize i = 0; i < G_N_ELEMENTS(roles); i++)
        if (strcmp(roles[i].role, role) == 0)
            return &roles[i];
    return NULL;
}

static void clear_file(void *data)
{
    g_free(((struct harden_file *)data)->path);
}

struct harden *harden_new(const struct harden_rights *rights, const char *dir)
{
    struct harden *h = g_new0(struct harden, 1);
    h->rights = rights;
    h->dir = dir;
    h->files = g_array_new(FALSE, FALSE, sizeof(struct harden_file));
    g_array_set_clear_func(h->files, clear_file);
    h->ports = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (const guint16 *port = rights->ports; *port != 0; port++)
        harden_add_port(h, *port);
    harden_add_port(h, PORT_DNS);
    for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
        harden_add_readable(h, watched[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(named); i++)
        harden_add_readable(h, g_getenv(named[i]));
    g_autofree char *layouts = datafile_find("layouts", NULL);
    const char *locale = g_getenv("CRIER_LOCALEDIR");
    harden_add_readable(h, layouts);
    harden_add_readable(h, locale && *locale ? locale : LOCALEDIR);
    return h;
}

void harden_free(struct harden *h)
{
    if (!h)
        return;
    g_array_unref(h->files);
    g_array_unref(h->ports);
    g_free(h);
}

static struct harden_file look_at(const char *path)
{
    struct stat st;
    gboolean is_there = stat(path, &st) == 0;
    return (struct harden_file){.dev = is_there ? st.st_dev : 0,
                                .ino = is_there ? st.st_ino : 0};
}

void harden_add_readable(struct harden *h, const char *path)
{
    if (!path || !g_path_is_absolute(path))
        return;
    for (guint i = 0; i < h->files->len; i++)
        if (strcmp(g_array_index(h->files, struct harden_file, i).path, path) == 0)
            return;
    struct harden_file file = look_at(path);
    file.path = g_strdup(path);
    g_array_append_val(h->files, file);
}

static gboolean has_port(const struct harden *h, guint16 port)
{
    for (guint i = 0; i < h->ports->len; i++)
        if (g_array_index(h->ports, guint16, i) == port)
            return TRUE;
    return FALSE;
}

void harden_add_port(struct harden *h, guint16 port)
{
    if (port != 0 && !has_port(h, port))
        g_array_append_val(h->ports, port);
}

/* ---- what changes later ---- */

static gboolean is_the_same(const struct harden_file *f)
{
    struct harden_file now = look_at(f->path);
    return now.dev == f->dev && now.ino == f->ino;
}

gboolean harden_covers(const struct harden *h, guint16 port, const char *file)
{
    if ((h->held & HARDENING_PORTS) && !has_port(h, port))
        return FALSE;
    if (!(h->held & HARDENING_FILES) || !file || !*file || !g_path_is_absolute(file))
        return TRUE;
    for (guint i = 0; i < h->files->len; i++) {
        const struct harden_file *f = &g_array_index(h->files, struct harden_file, i);
        if (strcmp(f->path, file) == 0)
            return is_the_same(f);
    }
    return FALSE;
}

gboolean harden_is_current(const struct harden *h)
{
    for (guint i = 0; (h->held & HARDENING_FILES) && i < h->files->len; i++)
        if (!is_the_same(&g_array_index(h->files, struct harden_file, i)))
            return FALSE;
    return TRUE;
}

/* ---- trying ---- */

/* Each asks for something that would fail or do nothing anyway, with another reason. */

static gboolean is_without_new_rights(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static gboolean is_kept_from_files(void)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return fd < 0 && saved == EACCES;
}

static gboolean is_kept_from_ports(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(PORT_TRIED),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = fd >= 0 ? connect(fd, (const struct sockaddr *)&address, sizeof address) : 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return rc < 0 && saved == EACCES;
}

static gboolean is_kept_from_calls(void)
{
    char *const none[] = {NULL};
    return execve("", none, none) < 0 && errno == EPERM;
}

static const struct {
    int bit;
    gboolean (*holds)(void);
} trials[HARDENING_COUNT] = {
    {HARDENING_NO_NEW_PRIVS, is_without_new_rights},
    {HARDENING_FILES, is_kept_from_files},
    {HARDENING_PORTS, is_kept_from_ports},
    {HARDENING_CALLS, is_kept_from_calls},
};

static int try_all(int taken)
{
    int held = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(trials); i++)
        if ((taken & trials[i].bit) && trials[i].holds())
            held |= trials[i].bit;
    g_autofree char *missing = hardening_words(taken & ~held);
    if (*missing)
        log_error("hardening: the kernel took it, but it does not hold: %s", missing);
    return held;
}

int harden_apply(struct harden *h)
{
    int taken = 0;
    if (g_strcmp0(g_getenv("CRIER_HARDEN"), "off") == 0) {
        log_warning("hardening: switched off by CRIER_HARDEN=off");
        return HARDENING_OFF;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        taken = HARDENING_NO_NEW_PRIVS;
        taken |= harden_restrict_files(h);
        taken |= harden_restrict_calls(h->rights);
    }
    h->held = try_all(taken);
    g_autofree char *words = hardening_words(h->held);
    g_autofree char *missing = hardening_words(HARDENING_ALL & ~h->held);
    log_debug("hardening: in force: %s; missing: %s", *words ? words : "nothing",
              *missing ? missing : "nothing");
    return h->held;
}
