/*
 * The flight journal's file: writing, rotating, reading. What the records mean is ledger.c's
 * business. Native byte order: the file never leaves the machine.
 */
#include "config.h"

#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"

#define MAGIC "CRIERFJ1"
#define ID_BYTES 40
#define MAX_REPLY_BYTES 60000
#define MAX_ENHANCED_BYTES 32

struct header {
    char magic[8];
    char boot_id[ID_BYTES];
    char workspace_id[ID_BYTES];
    guint32 crc; /* over all before it */
    guint32 zero;
};

struct fixed { /* what every record begins with */
    guint32 length;
    guint32 length_check; /* ~length: tells a cut-off record from a wrong length */
    guint32 crc;          /* over the record from `type` on */
    guint8 type, state, phase, zero;
    gint32 attempt;
    guint32 reserved;
    gint64 delivery_id;
};

struct outcome_tail {
    gint64 at_us, due_us, server_id;
    gint32 code;
    guint16 enhanced_len, reply_len;
};

struct journal {
    int fd;
    gsize size;
    gboolean is_broken;
    GByteArray *waiting; /* owned; records that are not written yet */
};

static gboolean fail_errno(GError **error, const char *what, const char *path)
{
    int saved = errno;
    gboolean is_full = saved == ENOSPC || saved == EDQUOT || saved == EFBIG;
    g_set_error(error, CRIER_ERROR, is_full ? CRIER_ERROR_TRY_AGAIN : CRIER_ERROR_FAILED,
                _("%s %s: %s.%s"), what, path, g_strerror(saved),
                is_full ? _(" Free some disk space; sending goes on by itself") : "");
    return FALSE;
}

static void header_fill(struct header *h, const char *workspace_id)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, MAGIC, sizeof h->magic);
    g_strlcpy(h->boot_id, clock_boot_id(), sizeof h->boot_id);
    g_strlcpy(h->workspace_id, workspace_id, sizeof h->workspace_id);
    h->crc = crypto_crc32c(0, h, G_STRUCT_OFFSET(struct header, crc));
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    close(j->fd);
    g_byte_array_unref(j->waiting);
    g_free(j);
}

gsize journal_size(const struct journal *j)
{
    return j->size;
}

static guint8 *put(guint8 *to, const void *data, gsize len)
{
    if (len > 0)
        memcpy(to, data, len);
    return to + len;
}

static void encode(GByteArray *b, const struct journal_record *r)
{
    guint start = b->len;
    gboolean is_outcome = r->type == JOURNAL_OUTCOME;
    gsize enhanced_len = is_outcome && r->enhanced ? strlen(r->enhanced) : 0;
    gsize reply_len = is_outcome && r->reply ? strlen(r->reply) : 0;
    struct outcome_tail t = {.at_us = r->at_us,
                             .due_us = r->due_us,
                             .server_id = r->server_id,
                             .code = r->code,
                             .enhanced_len = (guint16)MIN(enhanced_len, MAX_ENHANCED_BYTES),
                             .reply_len = (guint16)MIN(reply_len, MAX_REPLY_BYTES)};
    gsize tail_len = is_outcome ? sizeof t + t.enhanced_len + t.reply_len : 0;
    struct fixed f = {.length = (guint32)(sizeof f + tail_len),
                      .type = (guint8)r->type,
                      .state = (guint8)r->state,
                      .phase = (guint8)r->phase,
                      .attempt = r->attempt,
                      .delivery_id = r->delivery_id};
    gsize from = G_STRUCT_OFFSET(struct fixed, type);
    f.length_check = ~f.length;
    g_byte_array_set_size(b, start + f.length);
    guint8 *record = b->data + start, *to = put(record, &f, sizeof f);
    if (is_outcome) {
        to = put(to, &t, sizeof t);
        to = put(to, r->enhanced, t.enhanced_len);
        put(to, r->reply, t.reply_len);
    }
    f.crc = crypto_crc32c(0, record + from, f.length - from);
    memcpy(record, &f, from);
}

void journal_put(struct journal *j, const struct journal_record *r)
{
    encode(j->waiting, r);
}

gboolean journal_write(struct journal *j, GError **error)
{
    gsize len = j->waiting->len;
    if (len == 0)
        return TRUE;
    g_byte_array_set_size(j->waiting, 0); /* the bytes stay where they are */
    if (j->is_broken) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                    _("the flight journal could not be written before; waiting for a new one"));
        return FALSE;
    }
    ssize_t written;
    do
        written = write(j->fd, j->waiting->data, len);
    while (written < 0 && errno == EINTR);
    if (written == (ssize_t)len) {
        j->size += len;
        return TRUE;
    }
    if (written >= 0)
        errno = ENOSPC; /* a short write to a regular file */
    fail_errno(error, _("cannot write"), _("the flight journal"));
    /* Half a record in the middle would hide all that follows it. */
    if (written > 0 && ftruncate(j->fd, (off_t)j->size) < 0)
        j->is_broken = TRUE;
    return FALSE;
}

/* The new file's content: the header and what the old one must hand over. */
static gboolean begin(struct journal *j, const char *path, const char *workspace_id,
                      const struct journal_record *records, int n, GError **error)
{
    struct header h;
    header_fill(&h, workspace_id);
    /* Without the reserve a disk that fills up could keep an outcome from being written down.
     */
    if (fallocate(j->fd, FALLOC_FL_KEEP_SIZE, 0, JOURNAL_ROTATE_BYTES + 1024 * 1024) < 0 &&
        errno != EOPNOTSUPP && errno != ENOSYS)
        return fail_errno(error, _("cannot set room aside for the flight journal"), path);
    if (!file_write_all(j->fd, &h, sizeof h, error)) {
        g_prefix_error(error, _("flight journal %s: "), path);
        return FALSE;
    }
    j->size = sizeof h;
    for (int i = 0; i < n; i++)
        journal_put(j, &records[i]);
    return journal_write(j, error);
}

struct journal *journal_create(const char *path, const char *workspace_id,
                               const struct journal_record *records, int n, GError **error)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    int fd =
        open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        fail_errno(error, _("cannot make the flight journal"), fresh);
        return NULL;
    }
    struct journal *j = g_new0(struct journal, 1);
    j->fd = fd;
    j->waiting = g_byte_array_new();
    gboolean ok = begin(j, fresh, workspace_id, records, n, error);
    if (ok && rename(fresh, path) < 0)
        ok = fail_errno(error, _("cannot put the flight journal in place"), path);
    if (ok)
        return j;
    unlink(fresh);
    journal_close(j);
    return NULL;
}

/* One record at `p`; its length, 0 when it is cut off, -1 when it is wrong. */
static gssize decode(const guint8 *p, gsize left, GString *enhanced, GString *reply,
                     struct journal_record *ret)
{
    struct fixed f;
    if (left < sizeof f)
        return 0;
    memcpy(&f, p, sizeof f);
    if (f.length_check != ~f.length || f.length < sizeof f ||
        f.length >
            sizeof f + sizeof(struct outcome_tail) + MAX_ENHANCED_BYTES + MAX_REPLY_BYTES)
        return -1;
    if (f.length > left)
        return 0;
    gsize from = G_STRUCT_OFFSET(struct fixed, type);
    if (crypto_crc32c(0, p + from, f.length - from) != f.crc)
        return -1;
    *ret = (struct journal_record){.type = f.type,
                                   .delivery_id = f.delivery_id,
                                   .attempt = f.attempt,
                                   .state = f.state,
                                   .phase = f.phase};
    if (f.type == JOURNAL_AUTHORISED)
        return f.length;
    struct outcome_tail t;
    if (f.type != JOURNAL_OUTCOME || f.length < sizeof f + sizeof t)
        return -1;
    memcpy(&t, p + sizeof f, sizeof t);
    if (f.length != sizeof f + sizeof t + t.enhanced_len + t.reply_len)
        return -1;
    const char *texts = (const char *)p + sizeof f + sizeof t;
    g_string_truncate(enhanced, 0);
    g_string_append_len(enhanced, texts, t.enhanced_len);
    g_string_truncate(reply, 0);
    g_string_append_len(reply, texts + t.enhanced_len, t.reply_len);
    ret->at_us = t.at_us;
    ret->due_us = t.due_us;
    ret->server_id = t.server_id;
    ret->code = t.code;
    ret->enhanced = enhanced->str;
    ret->reply = reply->str;
    return f.length;
}

static gboolean header_read(const char *data, gsize len, const char *workspace_id,
                            struct journal_facts *ret)
{
    struct header h;
    if (len < sizeof h)
        return FALSE;
    memcpy(&h, data, sizeof h);
    if (memcmp(h.magic, MAGIC, sizeof h.magic) != 0 ||
        crypto_crc32c(0, &h, G_STRUCT_OFFSET(struct header, crc)) != h.crc)
        return FALSE;
    struct header now;
    header_fill(&now, workspace_id);
    /* A kernel without a boot id cannot tell a reboot: then every restart counts as one. */
    ret->is_same_boot = memcmp(h.boot_id, now.boot_id, sizeof h.boot_id) == 0 &&
                        g_strcmp0(clock_boot_id(), "unknown") != 0;
    ret->is_same_workspace = memcmp(h.workspace_id, now.workspace_id, ID_BYTES) == 0;
    return TRUE;
}

gboolean journal_read(const char *path, const char *workspace_id, struct journal_facts *ret,
                      void (*each)(const struct journal_record *r, void *data), void *data,
                      GError **error)
{
    *ret = (struct journal_facts){0};
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        ret->is_missing = TRUE;
        return TRUE;
    }
    gsize len = 0;
    g_autofree char *text = file_read(path, G_MAXINT32, &len, error);
    if (!text)
        return FALSE;
    if (!header_read(text, len, workspace_id, ret)) {
        ret->is_missing = TRUE;
        return TRUE;
    }
    g_autoptr(GString) enhanced = g_string_new(NULL);
    g_autoptr(GString) reply = g_string_new(NULL);
    for (gsize at = sizeof(struct header); at < len;) {
        struct journal_record r;
        gssize taken = decode((const guint8 *)text + at, len - at, enhanced, reply, &r);
        if (taken <= 0) {
            ret->is_damaged = taken < 0;
            break;
        }
        each(&r, data);
        at += (gsize)taken;
    }
    return TRUE;
}
