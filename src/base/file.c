/*
 * Files, opened with care. Every open is O_NONBLOCK and looked at with fstat() before a byte is
 * read, so that a FIFO or a device put in a file's place can neither hang nor feed us. Sizes
 * are checked before memory is taken. Not for the database, which SQLite opens, nor for the
 * log.
 */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define SECRET_MAX_BYTES 4096
#define NAME_MAX_CHARS 200

static enum crier_error code_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return CRIER_ERROR_NOT_FOUND;
    case ELOOP:
        return CRIER_ERROR_INVALID;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return CRIER_ERROR_TRY_AGAIN;
    default:
        return CRIER_ERROR_FAILED;
    }
}

/* `format` has two %s: the name made safe, and the reason. */
static void set_system_error(GError **error, const char *format, const char *path, int number)
    G_GNUC_PRINTF(2, 0);

static void set_system_error(GError **error, const char *format, const char *path, int number)
{
    g_autofree char *name = text_safe(path, -1, NAME_MAX_CHARS);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_set_error(error, CRIER_ERROR, code_of(number), format, name, error_why(number));
#pragma GCC diagnostic pop
}

/* `format` has one %s: the name made safe. */
static void set_refusal(GError **error, const char *format, const char *path)
    G_GNUC_PRINTF(2, 0);

static void set_refusal(GError **error, const char *format, const char *path)
{
    g_autofree char *name = text_safe(path, -1, NAME_MAX_CHARS);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, format, name);
#pragma GCC diagnostic pop
}

static gboolean check_regular(int fd, const char *path, gsize max_bytes, struct stat *ret_info,
                              GError **error)
{
    struct stat info;

    if (fstat(fd, &info) < 0) {
        set_system_error(error, _("cannot read %s: %s"), path, errno);
        return FALSE;
    }
    if (!S_ISREG(info.st_mode)) {
        set_refusal(error, _("cannot read %s: it is not a regular file. Name a plain file"),
                    path);
        return FALSE;
    }
    if ((guint64)info.st_size > max_bytes) {
        g_autofree char *name = text_safe(path, -1, NAME_MAX_CHARS);

        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("cannot read %s: it has %" PRId64 " bytes, and %" PRIu64
                      " are the most. Make it smaller"),
                    name, (gint64)info.st_size, (guint64)max_bytes);
        return FALSE;
    }
    *ret_info = info;
    return TRUE;
}

/* Reads to the end. The size seen before is a hint only: the file may grow meanwhile, and files
 * in /proc say 0. One byte more than allowed is asked for, to know that there is more. */
static char *read_to_end(int fd, const char *path, gsize hint, gsize max_bytes, gsize *ret_len,
                         GError **error)
{
    gsize room = MIN(MAX(hint, 512), max_bytes) + 1;
    g_autofree char *text = g_malloc(room + 1);
    gsize len = 0;

    for (;;) {
        gssize got = read(fd, text + len, room - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            set_system_error(error, _("cannot read %s: %s"), path, errno);
            return NULL;
        }
        if (got == 0)
            break;
        len += (gsize)got;
        if (len > max_bytes) {
            set_refusal(error, _("cannot read %s: it is larger than allowed. Make it smaller"),
                        path);
            return NULL;
        }
        if (len == room) {
            room = MIN(room * 2, max_bytes + 1);
            text = g_realloc(text, room + 1);
        }
    }
    text[len] = '\0';
    if (ret_len != NULL)
        *ret_len = len;
    return g_steal_pointer(&text);
}

/* Takes the descriptor; -1 is reported with errno. */
static char *read_fd(int fd, const char *path, gsize max_bytes, gsize *ret_len, GError **error)
{
    struct stat info;
    char *text = NULL;

    if (fd < 0) {
        set_system_error(error, _("cannot read %s: %s"), path, errno);
        return NULL;
    }
    if (check_regular(fd, path, max_bytes, &info, error))
        text = read_to_end(fd, path, (gsize)info.st_size, max_bytes, ret_len, error);
    close(fd);
    return text;
}

char *file_read(const char *path, gsize max_bytes, gsize *ret_len, GError **error)
{
    return read_fd(open(path, OPEN_FLAGS), path, max_bytes, ret_len, error);
}

static gboolean check_beneath(const char *name, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);

    if (name[0] == '\0') {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the file name is empty"));
        return FALSE;
    }
    if (name[0] == '/') {
        set_refusal(
            error,
            _("%s: an absolute file name is not allowed here. Put the file into the folder and "
              "name it as it stands there"),
            name);
        return FALSE;
    }
    for (char **part = parts; *part != NULL; part++) {
        if (strcmp(*part, "..") == 0) {
            set_refusal(error,
                        _("%s: a file name may not leave its folder by \"..\". Put the "
                          "file into the folder"),
                        name);
            return FALSE;
        }
    }
    return TRUE;
}

/*
 * Opens `name` one part after the other, each relative to the descriptor of the part before and
 * none through a symbolic link. With ".." refused, this gives what openat2() gives with
 * RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS, on every kernel and inside every container. -1 and
 * errno.
 */
static int open_beneath(const char *dir, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (char **part = parts; *part != NULL && at >= 0; part++) {
        gboolean is_last = part[1] == NULL;
        int flags = is_last ? OPEN_FLAGS | O_NOFOLLOW : O_PATH | O_NOFOLLOW | O_CLOEXEC;
        int next, saved;

        if (!is_last && (part[0][0] == '\0' || strcmp(*part, ".") == 0))
            continue;
        next = openat(at, *part, flags);
        saved = errno;
        close(at);
        at = next;
        errno = saved;
        if (at >= 0 && !is_last) {
            struct stat info;

            /* O_PATH opens the link itself; saying so beats the ENOTDIR of the next step. */
            if (fstat(at, &info) == 0 && S_ISLNK(info.st_mode)) {
                close(at);
                at = -1;
                errno = ELOOP;
            }
        }
    }
    return at;
}

char *file_read_beneath(const char *dir, const char *name, gsize max_bytes, gsize *ret_len,
                        GError **error)
{
    if (!check_beneath(name, error))
        return NULL;
    return read_fd(open_beneath(dir, name), name, max_bytes, ret_len, error);
}

gboolean file_write_all(int fd, const void *data, gsize len, GError **error)
{
    const char *at = data;

    while (len > 0) {
        gssize done = write(fd, at, len);

        if (done >= 0) {
            at += done;
            len -= (gsize)done;
        } else if (errno == EAGAIN) {
            struct pollfd wanted = {.fd = fd, .events = POLLOUT};

            (void)poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            g_set_error(error, CRIER_ERROR, code_of(errno), _("cannot write: %s"),
                        error_why(errno));
            return FALSE;
        }
    }
    return TRUE;
}

/* A name that was renamed into place is durable only once its folder is. */
static gboolean sync_parent(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_synced;

    if (fd < 0)
        return errno == EACCES; /* a folder we may write to but not list */
    /* EINVAL: a file system that cannot sync folders. */
    is_synced = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return is_synced;
}

/* A device or a pipe (/dev/stdout, /dev/null) is written to: renaming a file over it would take
 * it away from everybody. */
static gboolean write_through(const char *path, const char *data, gsize len, GError **error)
{
    int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        set_system_error(error, _("cannot write %s: %s"), path, errno);
        return FALSE;
    }
    gboolean is_written = file_write_all(fd, data, len, error);
    if (!is_written)
        g_prefix_error(error, "%s: ", path);
    close(fd);
    return is_written;
}

gboolean file_is_regular_or_new(const char *path)
{
    struct stat info;

    return stat(path, &info) < 0 || S_ISREG(info.st_mode);
}

gboolean file_write_atomic(const char *path, const char *data, gsize len, int mode,
                           GError **error)
{
    if (!file_is_regular_or_new(path))
        return write_through(path, data, len, error);
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    int fd = mkostemp(temporary, O_CLOEXEC);
    int saved = 0;

    if (fd < 0) {
        set_system_error(error, _("cannot write %s: %s"), path, errno);
        return FALSE;
    }
    if (!file_write_all(fd, data, len, error)) {
        g_prefix_error(error, "%s: ", path);
        close(fd);
        unlink(temporary);
        return FALSE;
    }
    if (fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0)
        saved = errno;
    if (close(fd) < 0 && saved == 0)
        saved = errno;
    if (saved == 0 && rename(temporary, path) < 0)
        saved = errno;
    if (saved != 0)
        unlink(temporary);
    else if (!sync_parent(path))
        saved = errno;
    if (saved != 0) {
        set_system_error(error, _("cannot write %s: %s"), path, saved);
        return FALSE;
    }
    return TRUE;
}

gboolean file_make_private_dir(const char *dir, GError **error)
{
    struct stat info;

    if (g_mkdir_with_parents(dir, 0700) < 0) {
        set_system_error(error, _("cannot make the folder %s: %s"), dir, errno);
        return FALSE;
    }
    if (stat(dir, &info) < 0) {
        set_system_error(error, _("cannot look at the folder %s: %s"), dir, errno);
        return FALSE;
    }
    if (info.st_uid != geteuid()) {
        set_refusal(error, _("the folder %s belongs to another user: use a folder of your own"),
                    dir);
        return FALSE;
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        set_refusal(
            error,
            _("other users may write to the folder %s: take that right away (chmod go-w)"),
            dir);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_secret_mode(int fd, const char *path, GError **error)
{
    struct stat info;

    if (fstat(fd, &info) < 0) {
        set_system_error(error, _("cannot read %s: %s"), path, errno);
        return FALSE;
    }
    if (S_ISREG(info.st_mode) && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        set_refusal(error,
                    _("%s: other users may open this file, so its secret is not used: "
                      "keep it to yourself (chmod 600)"),
                    path);
        return FALSE;
    }
    return TRUE;
}

char *file_read_secret(const char *path, GError **error)
{
    int fd = open(path, OPEN_FLAGS);
    char *text;
    gsize len = 0, line_len;

    if (fd >= 0 && !check_secret_mode(fd, path, error)) {
        close(fd);
        return NULL;
    }
    text = read_fd(fd, path, SECRET_MAX_BYTES, &len, error);
    if (text == NULL)
        return NULL;
    line_len = strcspn(text, "\r\n");
    if (line_len == 0 || (line_len < len && text[line_len] == '\0')) {
        set_refusal(error,
                    line_len == 0 ? _("%s: the first line is empty, a secret was expected")
                                  : _("%s: there is a NUL byte in the secret"),
                    path);
        explicit_bzero(text, len);
        g_free(text);
        return NULL;
    }
    explicit_bzero(text + line_len, len - line_len);
    return text;
}

gboolean file_is_on_network(const char *path, const char **ret_name)
{
    static const struct {
        guint32 type;
        const char *name;
    } rows[] = {
        {NFS_SUPER_MAGIC, "NFS"},     {SMB_SUPER_MAGIC, "SMB"},   {CIFS_SUPER_MAGIC, "CIFS"},
        {SMB2_SUPER_MAGIC, "SMB"},    {V9FS_MAGIC, "9P"},         {AFS_SUPER_MAGIC, "AFS"},
        {AFS_FS_MAGIC, "AFS"},        {CODA_SUPER_MAGIC, "Coda"}, {CEPH_SUPER_MAGIC, "Ceph"},
        {OCFS2_SUPER_MAGIC, "OCFS2"}, {NCP_SUPER_MAGIC, "NCP"},   {0x01161970, "GFS2"},
        {0x0bd00bd0, "Lustre"},       {0x47504653, "GPFS"},
    };
    struct statfs info;

    if (statfs(path, &info) < 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((guint32)info.f_type == rows[i].type) {
            *ret_name = rows[i].name;
            return TRUE;
        }
    }
    return FALSE;
}
