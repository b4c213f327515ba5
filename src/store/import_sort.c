/*
 * Sorting by merging: rows are collected, sorted and written as runs, one behind the other, into
 * one nameless file; then all runs are read side by side. An import in the order of the keys
 * changes each page of the index once: in any other order a million people cost many times the
 * pages, and everybody else's fsyncs wait behind them.
 */
#include "config.h"

#include "store/import_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"

#define COLLECT_ROWS 50000
#define COLLECT_BYTES (10 * 1024 * 1024)
#define CHUNK_BYTES (64 * 1024)
#define READ_BYTES (32 * 1024)
#define WRITE_BYTES (256 * 1024)
#define N_TEXTS 5
#define NO_TEXT G_MAXUINT32

struct waiting {
    struct import_item item; /* the texts are in the chunk */
    guint nth;
};

/* How a row stands in the file; its texts follow, each with its NUL. */
struct head {
    guint32 len[N_TEXTS]; /* without the NUL; NO_TEXT: NULL */
    gint64 consent_us;
};

struct run {
    gint64 at, end;      /* in the file */
    guint8 *buffer;      /* owned */
    gsize from, len, cap; /* what of the buffer is not used yet */
    gsize used;          /* of the item that is out */
    guint nth;
    struct import_item item;
};

struct import_sort {
    char *dir; /* owned */
    int fd;    /* -1: nothing had to be written */
    gint64 length;
    GArray *waiting;     /* of struct waiting */
    GStringChunk *texts; /* owned */
    gsize text_bytes;
    GArray *runs;  /* of struct run */
    GArray *heap;  /* of guint: runs, the one with the first item on top */
    guint next;    /* of those in memory */
    gint64 last;   /* the run whose item is out, -1 none */
};

struct import_sort *import_sort_new(const char *dir)
{
    struct import_sort *s = g_new0(struct import_sort, 1);
    s->dir = g_strdup(dir);
    s->fd = -1;
    s->last = -1;
    s->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting));
    s->texts = g_string_chunk_new(CHUNK_BYTES);
    s->runs = g_array_new(FALSE, FALSE, sizeof(struct run));
    s->heap = g_array_new(FALSE, FALSE, sizeof(guint));
    return s;
}

static void free_collected(struct import_sort *s)
{
    if (s->texts != NULL)
        g_string_chunk_free(s->texts);
    if (s->waiting != NULL)
        g_array_unref(s->waiting);
    s->texts = NULL;
    s->waiting = NULL;
}

void import_sort_free(struct import_sort *s)
{
    if (s == NULL)
        return;
    free_collected(s);
    for (guint i = 0; i < s->runs->len; i++)
        g_free(g_array_index(s->runs, struct run, i).buffer);
    g_array_unref(s->runs);
    g_array_unref(s->heap);
    if (s->fd >= 0)
        close(s->fd);
    g_free(s->dir);
    g_free(s);
}

/* ---- collecting ---- */

static int by_key(gconstpointer a, gconstpointer b)
{
    const struct waiting *x = a, *y = b;
    int order = strcmp(x->item.p.address_key, y->item.p.address_key);
    return order != 0 ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static gboolean open_file(struct import_sort *s, GError **error)
{
    if (s->fd >= 0)
        return TRUE;
    s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd < 0) {
        g_autofree char *name = g_build_filename(s->dir, "import-XXXXXX", NULL);
        s->fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
        if (s->fd >= 0)
            unlink(name);
    }
    if (s->fd >= 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN, _("a temporary file for the import: %s"),
                error_why(errno));
    return FALSE;
}

static void texts_of(const struct import_item *item, const char *ret[N_TEXTS])
{
    ret[0] = item->p.address_key;
    ret[1] = item->p.address;
    ret[2] = item->p.domain;
    ret[3] = item->p.fields_json;
    ret[4] = item->consent;
}

static void put_item(GString *out, const struct import_item *item)
{
    const char *texts[N_TEXTS];
    struct head head = {.consent_us = item->consent_us};
    texts_of(item, texts);
    for (int i = 0; i < N_TEXTS; i++)
        head.len[i] = texts[i] != NULL ? (guint32)strlen(texts[i]) : NO_TEXT;
    g_string_append_len(out, (const char *)&head, sizeof head);
    for (int i = 0; i < N_TEXTS; i++)
        if (texts[i] != NULL)
            g_string_append_len(out, texts[i], (gssize)head.len[i] + 1);
}

static gboolean flush(struct import_sort *s, GString *out, GError **error)
{
    if (!file_write_all(s->fd, out->str, out->len, error)) {
        g_prefix_error(error, "%s", _("a temporary file for the import: "));
        return FALSE;
    }
    s->length += (gint64)out->len;
    g_string_truncate(out, 0);
    return TRUE;
}

static gboolean write_run(struct import_sort *s, GError **error)
{
    if (!open_file(s, error))
        return FALSE;
    struct run run = {.at = s->length, .nth = s->runs->len};
    g_autoptr(GString) out = g_string_sized_new(WRITE_BYTES + 4096);
    g_array_sort(s->waiting, by_key);
    for (guint i = 0; i < s->waiting->len; i++) {
        put_item(out, &g_array_index(s->waiting, struct waiting, i).item);
        if (out->len >= WRITE_BYTES && !flush(s, out, error))
            return FALSE;
    }
    if (!flush(s, out, error))
        return FALSE;
    run.end = s->length;
    g_array_append_val(s->runs, run);
    g_array_set_size(s->waiting, 0);
    g_string_chunk_clear(s->texts);
    s->text_bytes = 0;
    return TRUE;
}

static char *keep(struct import_sort *s, const char *text)
{
    if (text == NULL)
        return NULL;
    s->text_bytes += strlen(text) + 1;
    return g_string_chunk_insert(s->texts, text);
}

gboolean import_sort_add(struct import_sort *s, const struct import_item *item, GError **error)
{
    struct waiting w = {
        .item = {.p = {.address = keep(s, item->p.address),
                       .address_key = keep(s, item->p.address_key),
                       .domain = keep(s, item->p.domain),
                       .fields_json = keep(s, item->p.fields_json)},
                 .consent = keep(s, item->consent),
                 .consent_us = item->consent_us},
        .nth = s->waiting->len,
    };
    g_array_append_val(s->waiting, w);
    if (s->waiting->len < COLLECT_ROWS && s->text_bytes < COLLECT_BYTES)
        return TRUE;
    return write_run(s, error);
}

/* ---- reading the runs ---- */

/* At least `need` octets of the run in its buffer. The file is our own: less is a broken disk. */
static gboolean fill(struct import_sort *s, struct run *r, gsize need, GError **error)
{
    if (r->len >= need)
        return TRUE;
    if (r->buffer == NULL || need > r->cap) {
        r->cap = MAX(need, READ_BYTES);
        guint8 *bigger = g_malloc(r->cap);
        if (r->len > 0)
            memcpy(bigger, r->buffer + r->from, r->len);
        g_free(r->buffer);
        r->buffer = bigger;
    } else {
        memmove(r->buffer, r->buffer + r->from, r->len);
    }
    r->from = 0;
    while (r->len < need) {
        gsize want = (gsize)MIN((gint64)(r->cap - r->len), r->end - r->at);
        ssize_t n = pread(s->fd, r->buffer + r->len, want, (off_t)r->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                        _("a temporary file for the import: it cannot be read back: %s"),
                        n < 0 ? error_why(errno) : _("it is too short"));
            return FALSE;
        }
        r->at += n;
        r->len += (gsize)n;
    }
    return TRUE;
}

/* The run's next item: 1, 0 at its end, -1. */
static int advance(struct import_sort *s, struct run *r, GError **error)
{
    struct head head;
    r->from += r->used;
    r->len -= r->used;
    r->used = 0;
    if (r->len == 0 && r->at == r->end)
        return 0;
    if (!fill(s, r, sizeof head, error))
        return -1;
    memcpy(&head, r->buffer + r->from, sizeof head);
    gsize size = sizeof head;
    for (int i = 0; i < N_TEXTS; i++)
        size += head.len[i] == NO_TEXT ? 0 : (gsize)head.len[i] + 1;
    if (!fill(s, r, size, error))
        return -1;
    char *texts[N_TEXTS] = {NULL}, *at = (char *)r->buffer + r->from + sizeof head;
    for (int i = 0; i < N_TEXTS; i++) {
        if (head.len[i] == NO_TEXT)
            continue;
        texts[i] = at;
        at += head.len[i] + 1;
    }
    r->used = size;
    r->item = (struct import_item){
        .p = {.address_key = texts[0], .address = texts[1], .domain = texts[2],
              .fields_json = texts[3]},
        .consent = texts[4],
        .consent_us = head.consent_us};
    return 1;
}

/* ---- the heap ---- */

static struct run *run_at(const struct import_sort *s, guint place)
{
    return &g_array_index(s->runs, struct run, g_array_index(s->heap, guint, place));
}

static gboolean is_before(const struct import_sort *s, guint a, guint b)
{
    const struct run *x = run_at(s, a), *y = run_at(s, b);
    int order = strcmp(x->item.p.address_key, y->item.p.address_key);
    return order < 0 || (order == 0 && x->nth < y->nth);
}

static void sink(struct import_sort *s, guint place)
{
    for (;;) {
        guint least = place;
        for (guint child = 2 * place + 1; child <= 2 * place + 2 && child < s->heap->len; child++)
            if (is_before(s, child, least))
                least = child;
        if (least == place)
            return;
        guint swapped = g_array_index(s->heap, guint, place);
        g_array_index(s->heap, guint, place) = g_array_index(s->heap, guint, least);
        g_array_index(s->heap, guint, least) = swapped;
        place = least;
    }
}

gboolean import_sort_begin(struct import_sort *s, GError **error)
{
    if (s->runs->len == 0) {
        g_array_sort(s->waiting, by_key);
        return TRUE;
    }
    if (s->waiting->len > 0 && !write_run(s, error))
        return FALSE;
    free_collected(s);
    for (guint i = 0; i < s->runs->len; i++) {
        if (advance(s, &g_array_index(s->runs, struct run, i), error) < 0)
            return FALSE;
        g_array_append_val(s->heap, i);
    }
    for (guint i = s->heap->len; i-- > 0;)
        sink(s, i);
    return TRUE;
}

static int next_of_runs(struct import_sort *s, struct import_item *ret, GError **error)
{
    if (s->last >= 0) {
        int more = advance(s, &g_array_index(s->runs, struct run, (guint)s->last), error);
        if (more < 0)
            return -1;
        if (more == 0)
            g_array_remove_index_fast(s->heap, 0);
        sink(s, 0);
        s->last = -1;
    }
    if (s->heap->len == 0)
        return 0;
    s->last = g_array_index(s->heap, guint, 0);
    *ret = run_at(s, 0)->item;
    return 1;
}

int import_sort_next(struct import_sort *s, struct import_item *ret, GError **error)
{
    if (s->runs->len > 0)
        return next_of_runs(s, ret, error);
    if (s->next == s->waiting->len)
        return 0;
    *ret = g_array_index(s->waiting, struct waiting, s->next++).item;
    return 1;
}
