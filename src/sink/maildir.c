/*
 * Keeps the sink's messages as Maildir files named by time, process and sequence, so that they
 * sort in the order in which they came. Not for reading mail: that is inbound/'s work.
 */
#include "config.h"

#include "sink/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"

struct maildir {
    int dir_fd;
};

struct maildir_file {
    int dir_fd; /* borrowed from the maildir */
    int fd;
    char name[80]; /* without its folder */
};

static gboolean make_dir(int at, const char *name)
{
    struct stat st;
    return mkdirat(at, name, 0700) == 0 ||
           (errno == EEXIST && fstatat(at, name, &st, 0) == 0 && S_ISDIR(st.st_mode));
}

struct maildir *maildir_open(const char *dir, GError **error)
{
    int fd = -1;
    if (g_mkdir_with_parents(dir, 0700) == 0 &&
        (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0 && make_dir(fd, "tmp") &&
        make_dir(fd, "new") && make_dir(fd, "cur")) {
        struct maildir *m = g_new0(struct maildir, 1);
        m->dir_fd = fd;
        return m;
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make the Maildir %s: %s"),
                dir, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

void maildir_free(struct maildir *m)
{
    if (!m)
        return;
    close(m->dir_fd);
    g_free(m);
}

struct maildir_file *maildir_begin(struct maildir *m, gint64 seq, GError **error)
{
    struct maildir_file *f = g_new0(struct maildir_file, 1);
    char path[96];
    f->dir_fd = m->dir_fd;
    g_snprintf(f->name, sizeof f->name, "%" G_GINT64_FORMAT ".P%dQ%010" G_GINT64_FORMAT ".sink",
               clock_wall_us() / CLOCK_SECOND_US, (int)getpid(), seq);
    g_snprintf(path, sizeof path, "tmp/%s", f->name);
    f->fd = openat(f->dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (f->fd < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot make %s: %s"), path,
                    g_strerror(errno));
        g_free(f);
        return NULL;
    }
    return f;
}

gboolean maildir_write(struct maildir_file *f, const char *data, gsize len, GError **error)
{
    return file_write_all(f->fd, data, len, error);
}

char *maildir_commit(struct maildir_file *f, GError **error)
{
    char from[96], to[96];
    char *kept = NULL;
    g_snprintf(from, sizeof from, "tmp/%s", f->name);
    g_snprintf(to, sizeof to, "new/%s", f->name);
    if (renameat(f->dir_fd, from, f->dir_fd, to) == 0)
        kept = g_strdup(to);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot move %s to %s: %s"), from,
                    to, g_strerror(errno));
    if (!kept)
        unlinkat(f->dir_fd, from, 0);
    close(f->fd);
    g_free(f);
    return kept;
}

void maildir_remove(struct maildir *m, const char *name)
{
    unlinkat(m->dir_fd, name, 0);
}

void maildir_abort(struct maildir_file *f)
{
    char path[96];
    if (!f)
        return;
    g_snprintf(path, sizeof path, "tmp/%s", f->name);
    unlinkat(f->dir_fd, path, 0);
    close(f->fd);
    g_free(f);
}
