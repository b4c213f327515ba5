/*
 * One file of the workspace, in which the byte with a campaign's number is locked: nothing is
 * left behind by who was killed, and nothing is to be cleaned up. Not SQLite's lock: that is free
 * between two transactions.
 */
#include "config.h"

#include "store/adding.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/db_private.h"

#define FILE_NAME "adding.lock"

static int open_file(struct db *db, int flags)
{
    g_autofree char *dir = g_path_get_dirname(db->path);
    g_autofree char *path = g_build_filename(dir, FILE_NAME, NULL);
    return open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
}

/* Of the open file, not of the process: closing another descriptor of it frees nothing. */
static struct flock lock_of(gint64 campaign_id, short type)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)campaign_id, .l_len = 1};
}

int adding_begin(struct db *db, gint64 campaign_id, GError **error)
{
    struct flock lock = lock_of(campaign_id, F_RDLCK);
    int fd = open_file(db, O_CREAT);
    if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return fd;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                _("%s: it cannot be locked, so nobody is added: %s"), FILE_NAME,
                error_why(errno));
    adding_end(fd);
    return -1;
}

void adding_end(int fd)
{
    if (fd >= 0)
        close(fd);
}

gboolean adding_is_under_way(struct db *db, gint64 campaign_id)
{
    struct flock lock = lock_of(campaign_id, F_WRLCK);
    int fd = open_file(db, 0); /* without the file nobody is at it */
    gboolean is = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    adding_end(fd);
    return is;
}
