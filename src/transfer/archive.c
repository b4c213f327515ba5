/*
 * ZIP archives (APPNOTE 6.3): the central directory at the end of the file says what is in it,
 * zlib unpacks. Only what exports of mailing services use: no ZIP64, no encryption, no other
 * method than deflate and "stored".
 *
 * Everything in the file is a stranger's: each number is checked against the file's length
 * before it is used.
 */
#include "config.h"

#include "transfer/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define END_BYTES 22
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30
#define MAX_COMMENT 65535
#define MAX_DIRECTORY_BYTES (1024 * 1024)
#define READ_BYTES (32 * 1024)
/* Small files may be packed as well as they like. */
#define RATIO_FREE_BYTES (1024 * 1024)

struct entry {
    char *name; /* owned */
    guint16 method;
    guint32 crc;
    gint64 packed, size, offset;
};

struct archive {
    int fd;
    gint64 length;
    GArray *entries; /* of struct entry; owned */
    /* --- the entry that is read --- */
    gboolean is_reading, is_inflating;
    struct entry now;
    gint64 at, left, given; /* file offset; packed octets left; unpacked ones given out */
    guint32 crc;
    z_stream z;
    guint8 *in; /* owned; READ_BYTES */
};

static guint32 get16(const guint8 *p)
{
    return (guint32)p[0] | (guint32)p[1] << 8;
}

static guint32 get32(const guint8 *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static gboolean fail(GError **error, const char *text)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, text);
    return FALSE;
}

static gboolean fail_damaged(GError **error)
{
    return fail(error, _("this ZIP file is damaged or not complete. Download it again"));
}

static gboolean read_at(const struct archive *a, gint64 offset, guint8 *to, gsize len,
                        GError **error)
{
    if (offset < 0 || offset > a->length || (gint64)len > a->length - offset)
        return fail_damaged(error);
    for (gsize n = 0; n < len;) {
        ssize_t got = pread(a->fd, to + n, len - n, (off_t)(offset + (gint64)n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("cannot read on: %s"),
                        error_why(errno));
            return FALSE;
        }
        if (got == 0)
            return fail_damaged(error);
        n += (gsize)got;
    }
    return TRUE;
}

/* ---- the table of contents ---- */

/* The end record: behind it only a comment, whose length it tells. */
static gboolean find_end(const struct archive *a, guint8 ret[END_BYTES], GError **error)
{
    gint64 n = MIN(a->length, END_BYTES + MAX_COMMENT);
    g_autofree guint8 *tail = g_malloc((gsize)n + 1);
    if (n < END_BYTES || !read_at(a, a->length - n, tail, (gsize)n, error))
        return n < END_BYTES ? fail_damaged(error) : FALSE;
    for (gint64 i = n - END_BYTES; i >= 0; i--) {
        if (get32(tail + i) != 0x06054b50 || get16(tail + i + 20) != n - END_BYTES - i)
            continue;
        memcpy(ret, tail + i, END_BYTES);
        return TRUE;
    }
    return fail_damaged(error);
}

static gboolean check_entry(const struct archive *a, const struct entry *e, guint32 flags,
                            GError **error)
{
    g_autofree char *safe = text_safe(e->name, -1, 80);
    const char *why = NULL;
    if (flags & 1)
        why = _("it is encrypted. Make a ZIP file without a password");
    else if (e->method != 0 && e->method != 8)
        why =
            _("it is packed by a method that is not known here. Unpack it and name the folder");
    else if (e->size > ARCHIVE_MAX_ENTRY_BYTES || e->packed == G_MAXUINT32)
        why = _("it is larger than 2 GiB. Unpack it and name the folder");
    else if (e->size > RATIO_FREE_BYTES && e->size / ARCHIVE_MAX_RATIO > e->packed)
        why = _("unpacked it would be much too large for what it is. It is refused");
    else if (archive_find(a, e->name) >= 0)
        why = _("this name is in the archive twice. Unpack it and name the folder");
    if (!why)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "%s: %s", safe, why);
    return FALSE;
}

/* The last part of the name; NULL for folders and what a Mac adds. */
static char *name_of(const guint8 *raw, gsize len)
{
    g_autofree char *whole = g_strndup((const char *)raw, len);
    const char *slash = strrchr(whole, '/'), *back = strrchr(whole, '\\');
    const char *name = MAX(slash, back) ? MAX(slash, back) + 1 : whole;
    if (!*name || g_str_has_prefix(whole, "__MACOSX/") || *name == '.')
        return NULL;
    return g_utf8_make_valid(name, -1);
}

static gboolean take_entry(struct archive *a, const guint8 *p, gsize room, gsize *ret_len,
                           GError **error)
{
    if (room < ENTRY_BYTES || get32(p) != 0x02014b50)
        return fail_damaged(error);
    gsize name_len = get16(p + 28);
    *ret_len = ENTRY_BYTES + name_len + get16(p + 30) + get16(p + 32);
    if (*ret_len > room)
        return fail_damaged(error);
    struct entry e = {
        .name = name_of(p + ENTRY_BYTES, name_len),
        .method = (guint16)get16(p + 10),
        .crc = get32(p + 16),
        .packed = get32(p + 20),
        .size = get32(p + 24),
        .offset = get32(p + 42),
    };
    if (!e.name)
        return TRUE;
    if (!check_entry(a, &e, get16(p + 8), error)) {
        g_free(e.name);
        return FALSE;
    }
    g_array_append_val(a->entries, e);
    return TRUE;
}

static gboolean read_directory(struct archive *a, GError **error)
{
    guint8 end[END_BYTES];
    if (!find_end(a, end, error))
        return FALSE;
    guint n = get16(end + 10);
    gsize len = get32(end + 12), at = 0;
    if (n > ARCHIVE_MAX_ENTRIES || len > MAX_DIRECTORY_BYTES)
        return fail(error, _("more files are in this ZIP file than can be right. Unpack it and "
                             "name the folder"));
    g_autofree guint8 *table = g_malloc(len + 1);
    if (!read_at(a, get32(end + 16), table, len, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        gsize one = 0;
        if (!take_entry(a, table + at, len - at, &one, error))
            return FALSE;
        at += one;
    }
    return TRUE;
}

/* ---- opening ---- */

static int open_regular(const char *path, gint64 *ret_length, GError **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        g_set_error(error, CRIER_ERROR,
                    errno == ENOENT ? CRIER_ERROR_NOT_FOUND : CRIER_ERROR_FAILED,
                    _("cannot be opened: %s"), error_why(errno));
    } else if (!S_ISREG(st.st_mode)) {
        fail(error, _("this is no regular file"));
    } else {
        *ret_length = st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

gboolean archive_is_zip(const char *path)
{
    gint64 length;
    guint8 magic[4] = {0};
    int fd = open_regular(path, &length, NULL);
    if (fd < 0)
        return FALSE;
    gboolean ok = pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
                  (get32(magic) == 0x04034b50 || get32(magic) == 0x06054b50);
    close(fd);
    return ok;
}

struct archive *archive_open(const char *path, GError **error)
{
    struct archive *a = g_new0(struct archive, 1);
    a->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    a->in = g_malloc(READ_BYTES);
    a->fd = open_regular(path, &a->length, error);
    if (a->fd >= 0 && read_directory(a, error))
        return a;
    archive_free(a);
    return NULL;
}

static void end_reading(struct archive *a)
{
    if (a->is_inflating)
        inflateEnd(&a->z);
    a->is_inflating = a->is_reading = FALSE;
}

void archive_free(struct archive *a)
{
    if (!a)
        return;
    end_reading(a);
    for (guint i = 0; i < a->entries->len; i++)
        g_free(g_array_index(a->entries, struct entry, i).name);
    g_array_unref(a->entries);
    g_free(a->in);
    if (a->fd >= 0)
        close(a->fd);
    g_free(a);
}

guint archive_count(const struct archive *a)
{
    return a->entries->len;
}

const char *archive_name(const struct archive *a, guint i)
{
    return g_array_index(a->entries, struct entry, i).name;
}

gint64 archive_size(const struct archive *a, guint i)
{
    return g_array_index(a->entries, struct entry, i).size;
}

int archive_find(const struct archive *a, const char *name)
{
    for (guint i = 0; i < a->entries->len; i++)
        if (strcmp(archive_name(a, i), name) == 0)
            return (int)i;
    return -1;
}

/* ---- reading ---- */

gboolean archive_begin(struct archive *a, guint i, GError **error)
{
    guint8 local[LOCAL_BYTES];
    end_reading(a);
    a->now = g_array_index(a->entries, struct entry, i);
    if (!read_at(a, a->now.offset, local, sizeof local, error))
        return FALSE;
    if (get32(local) != 0x04034b50)
        return fail_damaged(error);
    a->at = a->now.offset + LOCAL_BYTES + get16(local + 26) + get16(local + 28);
    a->left = a->now.packed;
    a->given = 0;
    a->crc = (guint32)crc32(0, NULL, 0);
    memset(&a->z, 0, sizeof a->z);
    if (a->now.method == 8) {
        if (inflateInit2(&a->z, -MAX_WBITS) != Z_OK)
            g_error("zlib cannot be set up");
        a->is_inflating = TRUE;
    }
    a->is_reading = TRUE;
    return TRUE;
}

/* At most `max` packed octets into `to`. */
static gboolean read_packed(struct archive *a, guint8 *to, gsize max, gsize *ret_n,
                            GError **error)
{
    gsize n = (gsize)MIN((gint64)max, a->left);
    if (!read_at(a, a->at, to, n, error))
        return FALSE;
    a->at += (gint64)n;
    a->left -= (gint64)n;
    *ret_n = n;
    return TRUE;
}

/* The number of unpacked octets; 0 at the end of the stream, -1 when it is damaged. */
static gssize inflate_some(struct archive *a, char *buffer, gsize len, GError **error)
{
    a->z.next_out = (Bytef *)buffer;
    a->z.avail_out = (uInt)len;
    while (a->z.avail_out == len) {
        if (a->z.avail_in == 0) {
            gsize n = 0;
            if (!read_packed(a, a->in, READ_BYTES, &n, error))
                return -1;
            a->z.next_in = a->in;
            a->z.avail_in = (uInt)n;
        }
        int rc = inflate(&a->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END)
            break;
        if (rc != Z_OK || (a->z.avail_in == 0 && a->left == 0 && a->z.avail_out == len)) {
            fail_damaged(error);
            return -1;
        }
    }
    return (gssize)(len - a->z.avail_out);
}

gssize archive_read(struct archive *a, char *buffer, gsize len, GError **error)
{
    g_assert(len > 0 && len <= G_MAXINT32);
    if (!a->is_reading)
        return 0;
    gsize stored = 0;
    gssize n = -1;
    if (a->is_inflating)
        n = inflate_some(a, buffer, len, error);
    else if (read_packed(a, (guint8 *)buffer, len, &stored, error))
        n = (gssize)stored;
    if (n < 0)
        return -1;
    a->given += n;
    a->crc = (guint32)crc32(a->crc, (const Bytef *)buffer, (uInt)n);
    if (a->given > a->now.size ||
        (n == 0 && (a->given != a->now.size || a->crc != a->now.crc))) {
        fail_damaged(error);
        return -1;
    }
    if (n == 0)
        end_reading(a);
    return n;
}
