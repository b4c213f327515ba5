/*
 * Pages of a log. The two files are one row of bytes: the older one's come first, and what was
 * the newer one becomes the older one at a rotation, at the same place.
 */
#include "config.h"

#include "app/logtail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

struct piece { /* a file */
    int fd;    /* -1: there is none */
    gint64 base, size;
};

struct logtail {
    char *path;           /* owned */
    struct piece older;   /* PATH.1 */
    struct piece current; /* PATH */
};

/* ---- lines ---- */

void logtail_line_clear(struct logtail_line *l)
{
    g_free(l->who);
    g_free(l->line);
    *l = (struct logtail_line){0};
}

static void line_free(gpointer p)
{
    logtail_line_clear(p);
    g_free(p);
}

/* "TIME LEVEL WHO[PID] TEXT". */
static gboolean parse_known(const char *line, struct logtail_line *ret)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    gint64 at_us;
    enum log_level level;
    if (g_strv_length(words) < 4 || !clock_parse_utc(words[0], &at_us, NULL) ||
        !log_level_parse(words[1], &level))
        return FALSE;
    const char *bracket = strchr(words[2], '[');
    ret->is_known = TRUE;
    ret->at_us = at_us;
    ret->level = level;
    ret->who = bracket ? g_strndup(words[2], (gsize)(bracket - words[2])) : g_strdup(words[2]);
    ret->pid = bracket ? g_ascii_strtoll(bracket + 1, NULL, 10) : 0;
    ret->text = line + strlen(line) - strlen(words[3]);
    return TRUE;
}

void logtail_parse(const char *raw, gsize len, struct logtail_line *ret)
{
    *ret = (struct logtail_line){.line = text_safe(raw, (gssize)len, 0)};
    if (!parse_known(ret->line, ret))
        ret->text = ret->line;
}

/* "campaign NAME" as a whole word. */
static gboolean names_campaign(const char *text, const char *name)
{
    g_autofree char *words = g_strdup_printf("campaign %s", name);
    const char *at = text;
    while ((at = strstr(at, words))) {
        char behind = at[strlen(words)];
        at += strlen(words);
        /* A dot ends a sentence, or is in the middle of a longer name. */
        if (behind == '.')
            behind = at[1];
        if (!g_ascii_isalnum(behind) && behind != '-' && behind != '_')
            return TRUE;
    }
    return FALSE;
}

static gboolean holds(const char *text, const char *part)
{
    g_autofree char *x = g_utf8_casefold(text, -1), *y = g_utf8_casefold(part, -1);
    return strstr(x, y) != NULL;
}

gboolean logtail_passes(const struct logtail_filter *f, const struct logtail_line *l)
{
    if (l->is_known && (int)l->level < f->level)
        return FALSE;
    if (l->is_known && l->at_us < f->since_us)
        return FALSE;
    if (f->campaign && !names_campaign(l->text, f->campaign))
        return FALSE;
    return !f->text || !*f->text || holds(l->text, f->text) ||
           (l->who && holds(l->who, f->text));
}

/* ---- files ---- */

static gint64 size_of(int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 ? st.st_size : 0;
}

static int open_log(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
}

static gboolean fail_read(const char *path, GError **error)
{
    g_autofree char *safe = text_safe(path, -1, 200);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("%s: it cannot be read: %s"), safe,
                g_strerror(errno));
    return FALSE;
}

struct logtail *logtail_open(const char *path, GError **error)
{
    g_autofree char *old_path = g_strconcat(path, ".1", NULL);
    int fd = open_log(path);
    if (fd < 0 && errno != ENOENT) {
        fail_read(path, error);
        return NULL;
    }
    struct logtail *t = g_new0(struct logtail, 1);
    t->path = g_strdup(path);
    t->older.fd = open_log(old_path);
    t->older.size = size_of(t->older.fd);
    t->current = (struct piece){.fd = fd, .base = t->older.size, .size = size_of(fd)};
    return t;
}

static void piece_close(struct piece *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

void logtail_free(struct logtail *t)
{
    if (!t)
        return;
    piece_close(&t->older);
    piece_close(&t->current);
    g_free(t->path);
    g_free(t);
}

static gboolean is_named(const struct logtail *t)
{
    struct stat open_one, named;
    if (stat(t->path, &named) != 0)
        return TRUE; /* in the middle of a rotation, or removed: what is open still tells */
    return t->current.fd >= 0 && fstat(t->current.fd, &open_one) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

static void take_new_file(struct logtail *t)
{
    int fd = open_log(t->path);
    if (fd < 0)
        return;
    if (t->current.fd >= 0) {
        piece_close(&t->older);
        t->older = t->current;
        t->older.size = size_of(t->older.fd);
    }
    t->current.fd = fd;
    t->current.base = t->older.base + t->older.size;
    t->current.size = size_of(fd);
}

static void look(struct logtail *t)
{
    if (!is_named(t))
        take_new_file(t);
    gint64 size = size_of(t->current.fd);
    /* Emptied by somebody: what comes now is new. */
    if (size < t->current.size)
        t->current.base += t->current.size;
    t->current.size = size;
}

gint64 logtail_begin(const struct logtail *t)
{
    return t->older.fd >= 0 ? t->older.base : t->current.base;
}

static const struct piece *piece_before(const struct logtail *t, gint64 place)
{
    return place > t->current.base                     ? &t->current
           : t->older.fd >= 0 && place > t->older.base ? &t->older
                                                       : NULL;
}

/* Bytes [from, to) of a piece; short where the file is. */
static gboolean read_bytes(const struct logtail *t, const struct piece *p, gint64 from,
                           gint64 to, GByteArray *ret, GError **error)
{
    g_byte_array_set_size(ret, (guint)(to - from));
    gsize got = 0;
    while (got < ret->len) {
        gssize n = pread(p->fd, ret->data + got, ret->len - got,
                         (off_t)(from - p->base + (gint64)got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_read(t->path, error);
        if (n == 0)
            break;
        got += (gsize)n;
    }
    g_byte_array_set_size(ret, (guint)got);
    return TRUE;
}

gint64 logtail_end(struct logtail *t)
{
    look(t);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const struct piece *p = &t->current;
    gint64 end = p->base + p->size, from = MAX(p->base, end - LOGTAIL_LINE_MAX);
    if (p->fd < 0 || !read_bytes(t, p, from, end, bytes, NULL))
        return p->base;
    for (guint i = bytes->len; i > 0; i--)
        if (bytes->data[i - 1] == '\n')
            return from + i;
    return from; /* nothing whole yet, or one endless line */
}

/* ---- pages ---- */

static void add_line(GPtrArray *out, const struct logtail_filter *f, const char *raw, gsize len,
                     gint64 begin, gint64 end)
{
    struct logtail_line l;
    logtail_parse(raw, len, &l);
    if (!logtail_passes(f, &l)) {
        logtail_line_clear(&l);
        return;
    }
    l.begin = begin;
    l.end = end;
    g_ptr_array_add(out, g_memdup2(&l, sizeof l));
}

/* The lines of the bytes before `place`, the last one first, until `out` has `max`. Returns
 * where it stopped; `is_first`: no line begins before these bytes. */
static gint64 take_backwards(const GByteArray *bytes, gint64 from, gboolean is_first, int max,
                             const struct logtail_filter *f, GPtrArray *out)
{
    const char *data = (const char *)bytes->data;
    gsize end = bytes->len;
    while (end > 0 && (int)out->len < max) {
        gsize stop = data[end - 1] == '\n' ? end - 1 : end;
        const char *newline = stop > 0 ? memrchr(data, '\n', stop) : NULL;
        gsize begin = newline ? (gsize)(newline - data) + 1 : 0;
        /* Its beginning may lie before; a line as long as all that is cut. */
        if (begin == 0 && !is_first && end < bytes->len)
            break;
        add_line(out, f, data + begin, stop - begin, from + (gint64)begin, from + (gint64)end);
        end = begin;
    }
    return from + (gint64)end;
}

static void reverse(GPtrArray *lines)
{
    for (guint i = 0, k = lines->len; i + 1 < k; i++, k--) {
        gpointer one = lines->pdata[i];
        lines->pdata[i] = lines->pdata[k - 1];
        lines->pdata[k - 1] = one;
    }
}

GPtrArray *logtail_before(struct logtail *t, gint64 before, int max,
                          const struct logtail_filter *f, gint64 *ret_next, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gint64 left = LOGTAIL_SCAN_MAX;
    const struct piece *p;
    before = MIN(before, t->current.base + t->current.size);
    while ((int)lines->len < max && left > 0 && (p = piece_before(t, before))) {
        gint64 from = MAX(p->base, before - LOGTAIL_LINE_MAX);
        if (!read_bytes(t, p, from, before, bytes, error))
            return NULL;
        left -= before - from;
        before =
            bytes->len > 0 ? take_backwards(bytes, from, from == p->base, max, f, lines) : from;
    }
    reverse(lines);
    *ret_next = MAX(before, logtail_begin(t));
    return g_steal_pointer(&lines);
}

static const struct piece *piece_at(const struct logtail *t, gint64 place)
{
    if (place >= t->current.base)
        return t->current.fd >= 0 ? &t->current : NULL;
    return t->older.fd >= 0 ? &t->older : NULL;
}

/* The whole lines of the bytes, until `out` has `max`. Returns where it stopped; `is_over`: no
 * byte follows them in this file. */
static gint64 take_forwards(const GByteArray *bytes, gint64 from, gboolean is_over, int max,
                            const struct logtail_filter *f, GPtrArray *out)
{
    const char *data = (const char *)bytes->data;
    gsize begin = 0;
    while (begin < bytes->len && (int)out->len < max) {
        const char *newline = memchr(data + begin, '\n', bytes->len - begin);
        gsize end = newline ? (gsize)(newline - data) : bytes->len;
        /* The rest of it comes with the next look, unless it is longer than one. */
        if (!newline && !is_over && (begin > 0 || bytes->len < LOGTAIL_LINE_MAX))
            break;
        gsize next = newline ? end + 1 : end;
        add_line(out, f, data + begin, end - begin, from + (gint64)begin, from + (gint64)next);
        begin = next;
    }
    return from + (gint64)begin;
}

GPtrArray *logtail_after(struct logtail *t, gint64 after, int max,
                         const struct logtail_filter *f, gint64 *ret_next, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gint64 left = LOGTAIL_SCAN_MAX, before = -1;
    const struct piece *p;
    look(t);
    after = MAX(after, logtail_begin(t));
    while ((int)lines->len < max && left > 0 && after != before && (p = piece_at(t, after))) {
        gint64 end = p->base + p->size, to = MIN(end, after + LOGTAIL_LINE_MAX);
        before = after;
        if (p == &t->older && after >= end) { /* what lay between was removed */
            after = t->current.base;
            continue;
        }
        if (!read_bytes(t, p, after, to, bytes, error))
            return NULL;
        left -= to - after;
        /* Nobody writes on in the older file. */
        after = take_forwards(bytes, after, p == &t->older && to == end, max, f, lines);
    }
    *ret_next = after;
    return g_steal_pointer(&lines);
}
