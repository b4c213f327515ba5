/*
 * The reader of plain fields: one pass over the text, nothing is copied. It knows less JSON
 * than there is, and says so; it never takes for plain what json_parse() would read otherwise.
 */
#include "config.h"

#include "message/fields.h"

#include <string.h>

#include "base/text.h"

#define MAX_BYTES 65536
#define ROOM_LEFT 2 /* for what is set beside those that were read */

/* Valid UTF-8 of which no octet is a control or escapes another: where a string begins, it ends
 * at the next quote. */
static gboolean is_plain(const char *s, gsize len)
{
    if (memchr(s, '\\', len))
        return FALSE;
    if (text_is_printable(s, len))
        return TRUE;
    for (gsize i = 0; i < len; i++) {
        if ((guchar)s[i] < ' ')
            return FALSE;
    }
    return text_is_utf8(s, len);
}

/* The string at `*at`; moves on behind its end. */
static inline const char *take_string(const char *s, gsize len, gsize *at, gsize *ret_len)
{
    gsize from = *at + 1;
    const char *end;

    if (*at >= len || s[*at] != '"')
        return NULL;
    end = memchr(s + from, '"', len - from);
    if (!end)
        return NULL;
    *ret_len = (gsize)(end - s) - from;
    *at = from + *ret_len + 1;
    return s + from;
}

static struct fields_one *find(const struct fields *f, const char *name, gsize len)
{
    for (guint i = 0; i < f->n; i++) {
        const struct fields_one *one = &f->all[i];

        if (one->name_len == len && memcmp(one->name, name, len) == 0)
            return (struct fields_one *)one;
    }
    return NULL;
}

/* "name":"text" at `*at`. */
static gboolean take_one(struct fields *f, const char *s, gsize len, gsize *at)
{
    struct fields_one *one = &f->all[f->n];

    one->name = take_string(s, len, at, &one->name_len);
    if (!one->name || *at >= len || s[(*at)++] != ':')
        return FALSE;
    one->text = take_string(s, len, at, &one->len);
    if (!one->text || find(f, one->name, one->name_len))
        return FALSE;
    f->n++;
    return TRUE;
}

gboolean fields_read(struct fields *ret, const char *json, gsize len)
{
    gsize at = 1;

    ret->n = 0;
    if (len < 2 || len > MAX_BYTES || json[0] != '{' || !is_plain(json, len))
        return FALSE;
    if (json[1] == '}')
        return len == 2;
    while (ret->n < FIELDS_MAX - ROOM_LEFT && take_one(ret, json, len, &at) && at < len) {
        char c = json[at++];

        if (c == '}')
            return at == len;
        if (c != ',')
            return FALSE;
    }
    return FALSE;
}

void fields_set(struct fields *f, const char *name, const char *text)
{
    gsize name_len = strlen(name);
    struct fields_one *one = find(f, name, name_len);

    if (!one) {
        g_assert(f->n < FIELDS_MAX);
        one = &f->all[f->n++];
    }
    *one = (struct fields_one){name, text, name_len, strlen(text)};
}

const struct fields_one *fields_find(const struct fields *f, const char *name)
{
    return find(f, name, strlen(name));
}
