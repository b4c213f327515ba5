/*
 * Where the octets of a file of people come from. Not for what they mean: that is charset.c's
 * and csvfile.c's.
 */
#include "config.h"

#include "transfer/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "transfer/archive.h"

struct source {
    int fd;                  /* -1: an archive's */
    struct archive *archive; /* owned; NULL: a file's */
    gint64 done, total;
};

/* O_NONBLOCK so that a FIFO is refused instead of waited for. */
static gboolean open_file(struct source *s, const char *path, GError **error)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        s->fd = STDIN_FILENO;
        return TRUE;
    }
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (s->fd < 0 || fstat(s->fd, &st) < 0) {
        g_set_error(error, CRIER_ERROR,
                    errno == ENOENT ? CRIER_ERROR_NOT_FOUND : CRIER_ERROR_FAILED,
                    _("cannot be opened: %s"), error_why(errno));
        return FALSE;
    }
    if (!S_ISREG(st.st_mode)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            S_ISDIR(st.st_mode)
                                ? _("this is a folder. Name a file in it")
                                : _("this is no regular file. Use - to read a pipe"));
        return FALSE;
    }
    s->total = st.st_size;
    return TRUE;
}

static gboolean open_entry(struct source *s, const char *path, const char *entry,
                           GError **error)
{
    s->archive = archive_open(path, error);
    int i = s->archive ? archive_find(s->archive, entry) : -1;
    if (!s->archive)
        return FALSE;
    if (i < 0) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                            _("it is not in the archive any more"));
        return FALSE;
    }
    s->total = archive_size(s->archive, (guint)i);
    return archive_begin(s->archive, (guint)i, error);
}

struct source *source_open(const char *path, const char *entry, GError **error)
{
    struct source *s = g_new0(struct source, 1);
    s->fd = -1;
    s->total = -1;
    if (entry ? open_entry(s, path, entry, error) : open_file(s, path, error))
        return s;
    source_free(s);
    return NULL;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    archive_free(s->archive);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    g_free(s);
}

static gssize read_some(struct source *s, char *buffer, gsize len, GError **error)
{
    ssize_t n;
    if (s->archive)
        return archive_read(s->archive, buffer, len, error);
    do
        n = read(s->fd, buffer, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot read on: %s"),
                    error_why(errno));
    return n;
}

gssize source_read(struct source *s, char *buffer, gsize len, GError **error)
{
    gsize filled = 0;
    while (filled < len) {
        gssize n = read_some(s, buffer + filled, len - filled, error);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        filled += (gsize)n;
    }
    s->done += (gint64)filled;
    return (gssize)filled;
}

void source_progress(const struct source *s, gint64 *ret_done, gint64 *ret_total)
{
    *ret_done = s->done;
    *ret_total = s->total;
}
