/*
 * Names of services out of paths of control groups. The rules are those of systemd, Docker,
 * Podman, LXC and the kubelet; what fits none has no name.
 */
#include "config.h"

#include "net/cgroup.h"

#include <dirent.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/file.h"

#define MAX_CGROUP_BYTES 16384
#define MAX_DEPTH 32
#define ID_CHARS 64 /* of a container, as hexadecimal digits */
#define ID_SHOWN 12 /* as their own tools show them */

/* Beginnings of the last part of a path, before the id of a container. */
static const struct {
    const char *prefix, *kind;
} containers[] = {
    {"docker-", "docker"},   {"libpod-", "podman"},   {"cri-containerd-", "kubernetes"},
    {"crio-", "kubernetes"}, {"nerdctl-", "nerdctl"}, {"buildkit-", "buildkit"},
};

/* Folders that have containers below, named by their id, or by their name. */
static const struct {
    const char *folder, *kind;
    gboolean has_names;
} parents[] = {
    {"docker", "docker", FALSE},
    {"libpod_parent", "podman", FALSE},
    {"lxc", "lxc", TRUE},
    {"garden", "garden", TRUE},
};

static gsize id_length(const char *s)
{
    return strspn(s, "0123456789abcdef");
}

static gboolean is_id(const char *s)
{
    gsize n = id_length(s);
    return n == ID_CHARS && (s[n] == '\0' || strcmp(s + n, ".scope") == 0);
}

static char *container(const char *kind, const char *id)
{
    return g_strdup_printf("%s %.*s", kind, ID_SHOWN, id);
}

/* One part of a path, by its own name. */
static char *name_by_itself(const char *part)
{
    for (gsize i = 0; i < G_N_ELEMENTS(containers); i++)
        if (g_str_has_prefix(part, containers[i].prefix) &&
            is_id(part + strlen(containers[i].prefix)))
            return container(containers[i].kind, part + strlen(containers[i].prefix));
    if (g_str_has_prefix(part, "lxc.payload."))
        return g_strconcat("lxc ", part + strlen("lxc.payload."), NULL);
    if (g_str_has_suffix(part, ".service") && !g_str_has_prefix(part, "user@"))
        return g_strdup(part);
    return NULL;
}

static char *name_by_parent(char *const *parts, int i)
{
    for (gsize k = 0; i > 0 && k < G_N_ELEMENTS(parents); k++)
        if (strcmp(parts[i - 1], parents[k].folder) == 0 &&
            (parents[k].has_names ? *parts[i] != '\0' : is_id(parts[i])))
            return parents[k].has_names ? g_strconcat(parents[k].kind, " ", parts[i], NULL)
                                        : container(parents[k].kind, parts[i]);
    if (is_id(parts[i]) && g_str_has_prefix(parts[1], "kubepods"))
        return container("kubernetes", parts[i]);
    return NULL;
}

/* A scope is what systemd was told of by somebody else: a virtual machine, an application. */
static char *name_of_scope(const char *part)
{
    if (!g_str_has_suffix(part, ".scope") || g_str_has_prefix(part, "session-") ||
        strcmp(part, "init.scope") == 0)
        return NULL;
    return g_strdup(part);
}

char *cgroup_service(const char *path)
{
    if (*path != '/')
        return NULL;
    g_auto(GStrv) parts = g_strsplit(path, "/", MAX_DEPTH);
    char *name = NULL;
    /* The innermost has the say: a container may run systemd, and a unit containers. */
    for (int i = (int)g_strv_length(parts) - 1; i > 0 && !name; i--) {
        name = name_by_itself(parts[i]);
        if (!name)
            name = name_by_parent(parts, i);
        if (!name)
            name = name_of_scope(parts[i]);
    }
    return name;
}

char *cgroup_service_of_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_DEPTH);
    char *name = NULL;
    for (char **l = lines; *l && !name; l++) {
        const char *colon = strchr(*l, ':');
        colon = colon ? strchr(colon + 1, ':') : NULL;
        if (colon)
            name = cgroup_service(colon + 1);
    }
    return name;
}

char *cgroup_service_of_pid(gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" PRId64 "/cgroup", pid);
    g_autofree char *text = file_read(path, MAX_CGROUP_BYTES, NULL, NULL);
    return text ? cgroup_service_of_text(text) : NULL;
}

const char *cgroup_root(void)
{
    static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        struct statfs s;
        if (statfs(places[i], &s) == 0 && s.f_type == CGROUP2_SUPER_MAGIC)
            return places[i];
    }
    return NULL;
}

struct walk {
    const char *root;
    GHashTable *wanted, *found;
    guint n_folders;
};

static gboolean is_over(const struct walk *w)
{
    return w->n_folders >= CGROUP_MAX_FOLDERS ||
           g_hash_table_size(w->found) == g_hash_table_size(w->wanted);
}

static void walk_folder(struct walk *w, const char *below, int depth)
{
    g_autofree char *path = g_strconcat(w->root, below, NULL);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *e; !is_over(w) && (e = readdir(dir));) {
        if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        w->n_folders++;
        g_autofree char *name = g_strconcat(below, "/", e->d_name, NULL);
        const guint64 id = e->d_ino;
        if (g_hash_table_contains(w->wanted, &id))
            g_hash_table_insert(w->found, g_memdup2(&id, sizeof id), g_strdup(name));
        if (depth < MAX_DEPTH)
            walk_folder(w, name, depth + 1);
    }
    closedir(dir);
}

GHashTable *cgroup_paths(const char *root, GHashTable *wanted)
{
    struct walk w = {.root = root, .wanted = wanted};
    w.found = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    walk_folder(&w, "", 0);
    return w.found;
}
