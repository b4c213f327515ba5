/*
 * The JSON writer: text goes out as it is made, so a million rows need no more memory than one.
 * Wrong nesting is a bug of the caller and ends the process. Not for reading; that is json.c.
 */
#include "config.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#define NESTING_MAX 128

struct json_writer {
    FILE *file;      /* borrowed; or */
    GString *string; /* borrowed */
    gboolean is_pretty;
    gboolean has_key;          /* a key was written, its value is due */
    gboolean has_top;          /* an outermost value was written */
    int depth;                 /* open objects and arrays */
    char closers[NESTING_MAX]; /* '}' or ']' for each */
    gboolean has_items[NESTING_MAX];
};

static struct json_writer *writer_new(FILE *file, GString *string, gboolean is_pretty)
{
    struct json_writer *w = g_new0(struct json_writer, 1);

    w->file = file;
    w->string = string;
    w->is_pretty = is_pretty;
    return w;
}

struct json_writer *json_writer_new_file(FILE *out, gboolean pretty)
{
    return writer_new(out, NULL, pretty);
}

struct json_writer *json_writer_new_string(GString *out, gboolean pretty)
{
    return writer_new(NULL, out, pretty);
}

void json_writer_free(struct json_writer *w)
{
    g_free(w);
}

static void emit(struct json_writer *w, const char *s, gsize len)
{
    if (w->string != NULL)
        g_string_append_len(w->string, s, (gssize)len);
    else
        (void)fwrite(s, 1, len, w->file); /* the owner of the FILE checks ferror() at its end */
}

static void emit_text(struct json_writer *w, const char *s)
{
    emit(w, s, strlen(s));
}

static void new_line(struct json_writer *w)
{
    if (!w->is_pretty)
        return;
    emit(w, "\n", 1);
    for (int i = 0; i < w->depth; i++)
        emit(w, "  ", 2);
}

/* What comes before an element of an array or a key of an object. */
static void begin_item(struct json_writer *w)
{
    if (w->has_items[w->depth - 1])
        emit(w, ",", 1);
    w->has_items[w->depth - 1] = TRUE;
    new_line(w);
}

static void begin_value(struct json_writer *w)
{
    if (w->depth == 0) {
        if (w->has_top && w->string != NULL)
            emit(w, "\n", 1);
    } else if (w->closers[w->depth - 1] == '}') {
        g_assert(w->has_key);
        w->has_key = FALSE;
    } else {
        begin_item(w);
    }
}

static void end_value(struct json_writer *w)
{
    if (w->depth > 0)
        return;
    w->has_top = TRUE;
    if (w->file != NULL)
        emit(w, "\n", 1);
}

static void begin_group(struct json_writer *w, char opener, char closer)
{
    g_assert(w->depth < NESTING_MAX);
    begin_value(w);
    emit(w, &opener, 1);
    w->closers[w->depth] = closer;
    w->has_items[w->depth] = FALSE;
    w->depth++;
}

static void end_group(struct json_writer *w, char closer)
{
    g_assert(w->depth > 0 && w->closers[w->depth - 1] == closer && !w->has_key);
    w->depth--;
    if (w->has_items[w->depth])
        new_line(w);
    emit(w, &closer, 1);
    end_value(w);
}

void json_begin_object(struct json_writer *w)
{
    begin_group(w, '{', '}');
}

void json_end_object(struct json_writer *w)
{
    end_group(w, '}');
}

void json_begin_array(struct json_writer *w)
{
    begin_group(w, '[', ']');
}

void json_end_array(struct json_writer *w)
{
    end_group(w, ']');
}

/* True for what a terminal acts on or does not show; see text_safe(). */
static gboolean acts_on_terminal(gunichar c)
{
    return (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

static void emit_escape(struct json_writer *w, gunichar c)
{
    char buffer[8];

    switch (c) {
    case '"':
        emit(w, "\\\"", 2);
        break;
    case '\\':
        emit(w, "\\\\", 2);
        break;
    case '\n':
        emit(w, "\\n", 2);
        break;
    case '\r':
        emit(w, "\\r", 2);
        break;
    case '\t':
        emit(w, "\\t", 2);
        break;
    default: /* all of them lie in the basic plane */
        g_snprintf(buffer, sizeof buffer, "\\u%04x", c);
        emit(w, buffer, 6);
    }
}

static void emit_string(struct json_writer *w, const char *s)
{
    const char *end = s + strlen(s);
    const char *plain = s; /* begin of what can go out as it stands */

    emit(w, "\"", 1);
    while (s < end) {
        guchar byte = (guchar)*s;
        gunichar c = byte;
        gsize len = 1;
        gboolean is_broken = FALSE;

        if (byte >= 0x80) {
            c = g_utf8_get_char_validated(s, end - s);
            is_broken = c >= 0x80000000u;
            len = is_broken ? 1 : (gsize)g_unichar_to_utf8(c, NULL);
        }
        if (is_broken || c < 0x20 || c == '"' || c == '\\' || acts_on_terminal(c)) {
            emit(w, plain, (gsize)(s - plain));
            if (is_broken)
                emit(w, "\xef\xbf\xbd", 3); /* U+FFFD */
            else
                emit_escape(w, c);
            plain = s + len;
        }
        s += len;
    }
    emit(w, plain, (gsize)(end - plain));
    emit(w, "\"", 1);
}

void json_key(struct json_writer *w, const char *key)
{
    g_assert(w->depth > 0 && w->closers[w->depth - 1] == '}' && !w->has_key);
    begin_item(w);
    emit_string(w, key);
    emit(w, ": ", w->is_pretty ? 2 : 1);
    w->has_key = TRUE;
}

void json_put_raw(struct json_writer *w, const char *json_text)
{
    begin_value(w);
    emit_text(w, json_text);
    end_value(w);
}

void json_put_string(struct json_writer *w, const char *s)
{
    if (s == NULL) {
        json_put_null(w);
        return;
    }
    begin_value(w);
    emit_string(w, s);
    end_value(w);
}

void json_put_int(struct json_writer *w, gint64 n)
{
    char buffer[24];

    g_snprintf(buffer, sizeof buffer, "%" G_GINT64_FORMAT, n);
    json_put_raw(w, buffer);
}

/* The shortest text that reads back as the same number; JSON has no infinities. */
void json_put_real(struct json_writer *w, double x)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(x)) {
        json_put_null(w);
        return;
    }
    g_ascii_formatd(buffer, sizeof buffer, "%.15g", x);
    if (g_ascii_strtod(buffer, NULL) != x)
        g_ascii_formatd(buffer, sizeof buffer, "%.17g", x);
    json_put_raw(w, buffer);
}

void json_put_bool(struct json_writer *w, gboolean b)
{
    json_put_raw(w, b ? "true" : "false");
}

void json_put_null(struct json_writer *w)
{
    json_put_raw(w, "null");
}

static void put_member(const char *key, struct json *value, void *data)
{
    json_key(data, key);
    json_put_value(data, value);
}

void json_put_value(struct json_writer *w, const struct json *v)
{
    switch (json_get_kind(v)) {
    case JSON_KIND_NULL:
        json_put_null(w);
        break;
    case JSON_KIND_BOOL:
        json_put_bool(w, json_get_bool(v));
        break;
    case JSON_KIND_INT:
        json_put_int(w, json_get_int(v));
        break;
    case JSON_KIND_REAL:
        json_put_real(w, json_get_real(v));
        break;
    case JSON_KIND_STRING:
        json_put_string(w, json_get_string(v));
        break;
    case JSON_KIND_ARRAY:
        json_begin_array(w);
        for (gsize i = 0; i < json_size(v); i++)
            json_put_value(w, json_at(v, i));
        json_end_array(w);
        break;
    case JSON_KIND_OBJECT:
        json_begin_object(w);
        json_foreach(v, put_member, w);
        json_end_object(w);
        break;
    }
}

void json_kv_string(struct json_writer *w, const char *key, const char *s)
{
    json_key(w, key);
    json_put_string(w, s);
}

void json_kv_int(struct json_writer *w, const char *key, gint64 n)
{
    json_key(w, key);
    json_put_int(w, n);
}

void json_kv_bool(struct json_writer *w, const char *key, gboolean b)
{
    json_key(w, key);
    json_put_bool(w, b);
}
