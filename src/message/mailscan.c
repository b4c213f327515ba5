/*
 * Walking over a mail's octets. Lenient on purpose: a field without a colon, a boundary that
 * never ends and a header that never begins are all things that daemons send. Not for decoding.
 */
#include "config.h"

#include "message/mailscan.h"

#include <string.h>

#define MAX_NAME_BYTES 100
#define MAX_BOUNDARY_BYTES 200

/* The end of the line that begins at `p`: behind its LF. */
static const char *next_line(const char *p, const char *end)
{
    const char *lf = memchr(p, '\n', (gsize)(end - p));
    return lf ? lf + 1 : end;
}

static gboolean is_blank_line(const char *p, const char *end)
{
    while (p < end && (*p == '\r' || *p == ' ' || *p == '\t'))
        p++;
    return p == end || *p == '\n';
}

/* "From someone Mon Jan  1": what a mailbox file puts between mails. */
static gboolean is_mbox_line(const char *p, const char *end)
{
    return (end - p >= 5 && memcmp(p, "From ", 5) == 0) ||
           (end - p >= 6 && memcmp(p, ">From ", 6) == 0);
}

static gboolean is_fold(const char *p, const char *end)
{
    return p < end && (*p == ' ' || *p == '\t');
}

/* ---- fields ---- */

/* The length of the field name at `p`; 0 when the line is no field. */
static gsize name_length(const char *p, const char *end)
{
    const char *s = p;
    while (s < end && s - p <= MAX_NAME_BYTES && *s > ' ' && *s < 127 && *s != ':')
        s++;
    gsize n = (gsize)(s - p);
    while (s < end && (*s == ' ' || *s == '\t'))
        s++;
    return n > 0 && n <= MAX_NAME_BYTES && s < end && *s == ':' ? n : 0;
}

/* A fold that lost its blank: behind a ";" a parameter at the beginning of a line. */
static gboolean is_lost_fold(const char *begin, const char *p, const char *end)
{
    const char *last = p;
    while (last > begin && g_ascii_isspace(last[-1]))
        last--;
    return last > begin && last[-1] == ';' && p < end && name_length(p, end) == 0 &&
           memchr(p, '=', (gsize)(next_line(p, end) - p));
}

static const char *field_end(const char *p, const char *end)
{
    const char *begin = p;
    p = next_line(p, end);
    while (p < end && !is_blank_line(p, end) &&
           (is_fold(p, end) || is_lost_fold(begin, p, end)))
        p = next_line(p, end);
    return p;
}

static void add_field(GArray *fields, const char *p, gsize name_len, const char *end)
{
    if (fields->len >= MAILSCAN_MAX_FIELDS)
        return;
    const char *value = memchr(p, ':', (gsize)(end - p));
    for (value++; value < end && g_ascii_isspace(*value); value++)
        ;
    while (end > value && g_ascii_isspace(end[-1]))
        end--;
    struct mailscan_field f = {
        .name = p, .name_len = name_len, .value = value, .value_len = (gsize)(end - value)};
    g_array_append_val(fields, f);
}

const char *mailscan_fields(const char *data, gsize len, GArray *fields)
{
    const char *p = data, *end = data + len;
    gboolean has_field = FALSE;
    while (p < end && is_blank_line(p, end))
        p = next_line(p, end);
    while (p < end) {
        if (is_blank_line(p, end))
            return next_line(p, end);
        gsize n = name_length(p, end);
        const char *next = field_end(p, end);
        if (n > 0) {
            add_field(fields, p, n, next);
            has_field = TRUE;
        } else if (!has_field && !is_mbox_line(p, end)) {
            return data; /* no header at all */
        } else if (next < end && !is_blank_line(next, end) && name_length(next, end) == 0) {
            return p; /* two lines that are no fields: the blank line is missing */
        }
        p = next;
    }
    return end;
}

const struct mailscan_field *mailscan_find(struct mailscan_header h, const char *name)
{
    gsize n = strlen(name);
    for (gsize i = 0; i < h.n; i++)
        if (h.fields[i].name_len == n && g_ascii_strncasecmp(h.fields[i].name, name, n) == 0)
            return &h.fields[i];
    return NULL;
}

char *mailscan_value(const struct mailscan_field *f)
{
    if (!f)
        return NULL;
    char *line = g_malloc(f->value_len + 1);
    gsize n = 0;
    for (gsize i = 0; i < f->value_len; i++) {
        char c = f->value[i];
        if (c == '\r' || c == '\n')
            continue;
        line[n++] = c == '\t' || c == '\0' ? ' ' : c;
    }
    line[n] = '\0';
    return line;
}

/* ---- parameters ---- */

static void copy_word(char *to, gsize size, const char *from, gsize len)
{
    gsize n = MIN(len, size - 1);
    for (gsize i = 0; i < n; i++)
        to[i] = g_ascii_tolower(from[i]);
    to[n] = '\0';
}

/* The value of parameter `name` of a field such as Content-Type, without its quotes. */
static gboolean find_param(const struct mailscan_field *f, const char *name, const char **ret,
                           gsize *ret_len)
{
    const char *p = f->value, *end = f->value + f->value_len;
    gsize n = strlen(name);
    while ((p = memchr(p, ';', (gsize)(end - p)))) {
        for (p++; p < end && g_ascii_isspace(*p); p++)
            ;
        if ((gsize)(end - p) <= n || g_ascii_strncasecmp(p, name, n) != 0)
            continue;
        const char *v = p + n;
        while (v < end && g_ascii_isspace(*v))
            v++;
        if (v == end || *v != '=')
            continue;
        for (v++; v < end && g_ascii_isspace(*v); v++)
            ;
        gboolean is_quoted = v < end && *v == '"';
        v += is_quoted;
        const char *stop = v;
        while (stop < end &&
               (is_quoted ? *stop != '"' : *stop != ';' && !g_ascii_isspace(*stop)))
            stop++;
        *ret = v;
        *ret_len = (gsize)(stop - v);
        return TRUE;
    }
    return FALSE;
}

static void copy_param(const struct mailscan_field *f, const char *name, char *to, gsize size)
{
    const char *v;
    gsize n;
    to[0] = '\0';
    if (f && find_param(f, name, &v, &n))
        copy_word(to, size, v, n);
}

static void copy_first_word(const struct mailscan_field *f, char *to, gsize size)
{
    gsize n = 0;
    while (f && n < f->value_len && f->value[n] != ';' && !g_ascii_isspace(f->value[n]))
        n++;
    copy_word(to, size, f ? f->value : "", n);
}

/* ---- parts ---- */

struct walk {
    struct mailscan *out; /* borrowed */
    int depth;
};

static void read_part(struct walk *w, const char *data, const char *end, const char *fallback);

static gboolean is_boundary(const char *p, const char *end, const char *boundary, gsize n)
{
    return (gsize)(end - p) >= n + 2 && p[0] == '-' && p[1] == '-' &&
           memcmp(p + 2, boundary, n) == 0;
}

/* Splits [p, end) at the boundary. FALSE: it is nowhere. */
static gboolean read_children(struct walk *w, const char *p, const char *end,
                              const char *boundary, gsize n, const char *fallback)
{
    const char *begin = NULL;
    while (p < end) {
        const char *next = next_line(p, end);
        if (is_boundary(p, next, boundary, n)) {
            if (begin)
                read_part(w, begin, p, fallback);
            begin = next;
            const char *tail = p + 2 + n;
            if (tail + 2 <= end && tail[0] == '-' && tail[1] == '-' &&
                is_blank_line(tail + 2, end))
                return TRUE;
        }
        p = next;
    }
    if (begin)
        read_part(w, begin, end, fallback);
    return begin != NULL;
}

static void fill_part(struct mailscan_part *part, struct mailscan_header h,
                      const char *fallback)
{
    const struct mailscan_field *type = mailscan_find(h, "Content-Type");
    copy_first_word(type, part->type, sizeof part->type);
    if (!strchr(part->type, '/'))
        g_strlcpy(part->type, fallback, sizeof part->type);
    copy_param(type, "charset", part->charset, sizeof part->charset);
    copy_param(type, "report-type", part->report_type, sizeof part->report_type);
    copy_first_word(mailscan_find(h, "Content-Transfer-Encoding"), part->encoding,
                    sizeof part->encoding);
    char disposition[MAILSCAN_WORD_BYTES];
    copy_first_word(mailscan_find(h, "Content-Disposition"), disposition, sizeof disposition);
    part->is_attachment = strcmp(disposition, "attachment") == 0;
}

/* The parts of a multipart; one whose boundary is nowhere is a text, as people would see it. */
static void descend(struct walk *w, guint index, const struct mailscan_field *type)
{
    struct mailscan_part part = g_array_index(w->out->parts, struct mailscan_part, index);
    const char *boundary = NULL, *fallback = "text/plain";
    gsize n = 0;
    if (!g_str_has_prefix(part.type, "multipart/") || w->depth >= MAILSCAN_MAX_DEPTH)
        return;
    if (strcmp(part.type, "multipart/digest") == 0)
        fallback = "message/rfc822";
    gboolean ok =
        type && find_param(type, "boundary", &boundary, &n) && n > 0 && n <= MAX_BOUNDARY_BYTES;
    w->depth++;
    if (!ok || !read_children(w, part.body, part.body + part.len, boundary, n, fallback)) {
        struct mailscan_part *p = &g_array_index(w->out->parts, struct mailscan_part, index);
        g_strlcpy(p->type, "text/plain", sizeof p->type);
    }
    w->depth--;
}

/* Bounded by MAILSCAN_MAX_DEPTH and MAILSCAN_MAX_PARTS. */
static void read_part(struct walk *w, const char *data, const char *end, const char *fallback)
{
    struct mailscan *m = w->out;
    if (m->parts->len >= MAILSCAN_MAX_PARTS)
        return;
    struct mailscan_part part = {.first = m->fields->len, .depth = w->depth};
    /* A part may begin with its blank line: then it has no header. */
    gboolean is_bare = w->depth > 0 && is_blank_line(data, end);
    part.body =
        is_bare ? next_line(data, end) : mailscan_fields(data, (gsize)(end - data), m->fields);
    part.n = m->fields->len - part.first;
    part.len = (gsize)(end - part.body);
    struct mailscan_header h = {
        .fields = &g_array_index(m->fields, struct mailscan_field, part.first), .n = part.n};
    fill_part(&part, h, fallback);
    const struct mailscan_field *found = mailscan_find(h, "Content-Type");
    struct mailscan_field type = found ? *found : (struct mailscan_field){0};
    g_array_append_val(m->parts, part);
    descend(w, m->parts->len - 1, found ? &type : NULL);
}

void mailscan_read(const char *data, gsize len, struct mailscan *ret)
{
    ret->fields = g_array_sized_new(FALSE, FALSE, sizeof(struct mailscan_field), 64);
    ret->parts = g_array_sized_new(FALSE, FALSE, sizeof(struct mailscan_part), 8);
    struct walk w = {.out = ret};
    read_part(&w, data, data + len, "text/plain");
}

void mailscan_clear(struct mailscan *m)
{
    g_clear_pointer(&m->fields, g_array_unref);
    g_clear_pointer(&m->parts, g_array_unref);
}

const struct mailscan_part *mailscan_part(const struct mailscan *m, guint i)
{
    return &g_array_index(m->parts, struct mailscan_part, i);
}

struct mailscan_header mailscan_header(const struct mailscan *m, guint part)
{
    const struct mailscan_part *p = mailscan_part(m, part);
    return (struct mailscan_header){
        .fields = (const struct mailscan_field *)(void *)m->fields->data + p->first, .n = p->n};
}
