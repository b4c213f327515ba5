/*
 * The file of rejects: line, reason and the row as it was, to be repaired and imported again.
 */
#include "config.h"

#include "app/import_rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "transfer/csvfile.h"

static gboolean is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

gboolean rejects_check(const char *path, const char *source, GError **error)
{
    if (!path || !is_same_file(source, path))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--rejects %s: that is the file being read. Name another one"), path);
    return FALSE;
}

gboolean rejects_open(struct rejects *r, const char *path, const char *const *columns,
                      GError **error)
{
    if (!path)
        return TRUE;
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0 || !(r->out = fdopen(fd, "w"))) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be written: %s"),
                    path, error_why(errno));
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    r->path = path;
    g_autoptr(GString) line = g_string_new("line,reason");
    for (const char *const *c = columns; *c; c++)
        csvfile_put_cell(line, *c, FALSE);
    g_string_append(line, "\r\n");
    fwrite(line->str, 1, line->len, r->out);
    return TRUE;
}

void rejects_put(struct rejects *r, gint64 line_no, const char *reason,
                 const char *const *cells, guint n)
{
    if (!r->out)
        return;
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%" PRId64, line_no);
    csvfile_put_cell(line, reason, FALSE);
    for (guint i = 0; cells && i < n; i++)
        csvfile_put_cell(line, cells[i], FALSE);
    g_string_append(line, "\r\n");
    fwrite(line->str, 1, line->len, r->out);
}

gboolean rejects_close(struct rejects *r, GError **error)
{
    if (!r->out)
        return TRUE;
    gboolean is_bad = ferror(r->out) != 0;
    is_bad = fclose(r->out) != 0 || is_bad;
    r->out = NULL;
    if (!is_bad)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
        _("%s: it could not be written to the end: %s. Make room on the disk and import "
          "again"),
        r->path, g_strerror(errno));
    return FALSE;
}

void rejects_abandon(struct rejects *r)
{
    if (r->out)
        fclose(r->out);
    r->out = NULL;
}
