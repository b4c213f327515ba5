/*
 * The door to jansson, for reading: `struct json` is a json_t under another name, so a value
 * costs no wrapper. The writer (json_writer.c) does not need the library.
 *
 * jansson itself allows 2,048 levels; deeper text than JSON_DEPTH_MAX is turned away by a scan
 * before the parser, which recurses, sees it.
 */
#include "config.h"

#include "base/json.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define JSON_DEPTH_MAX 64
#define MESSAGE_MAX_CHARS 160
#define PLAIN_MAX_BYTES 65536 /* of a text that parse_plain() is tried on */
#define PLAIN_KEY_BYTES 128

static json_t *inner(const struct json *v)
{
    return (json_t *)v;
}

static struct json *outer(json_t *v)
{
    return (struct json *)v;
}

/* Where memory is short jansson calls the text invalid, and a person with such fields would be
 * refused for good: GLib's allocator ends the process instead, as everywhere. */
static void use_our_allocator(void)
{
    static gsize is_done;
    if (g_once_init_enter(&is_done)) {
        json_set_alloc_funcs(g_malloc, g_free);
        g_once_init_leave(&is_done, 1);
    }
}

/* Line and column (both from 1) of byte `at`, for a message. */
static void set_place_error(GError **error, const char *text, gsize at, const char *why)
{
    int line = 1;
    gsize line_start = 0;

    for (gsize i = 0; i < at; i++) {
        if (text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("not valid JSON: line %d, column %d: %s"), line, (int)(at - line_start) + 1,
                why);
}

static gboolean check_depth(const char *text, gsize len, GError **error)
{
    gboolean in_string = FALSE;
    int depth = 0;

    for (gsize i = 0; i < len; i++) {
        char c = text[i];

        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            if (c == '\\')
                i++;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) {
                set_place_error(error, text, i, _("nested too deeply (at most 64 levels)"));
                return FALSE;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return TRUE;
}

/* The string at `*at`, when nothing in it is escaped; moves on behind its end. */
static const char *plain_string(const char *text, gsize len, gsize *at, gsize *ret_len)
{
    gsize from = *at + 1, i = from;

    if (*at >= len || text[*at] != '"')
        return NULL;
    while (i < len && text[i] != '"' && text[i] != '\\' && (guchar)text[i] >= ' ')
        i++;
    if (i >= len || text[i] != '"')
        return NULL;
    *at = i + 1;
    *ret_len = i - from;
    return text + from;
}

/* "key":"value" at `*at`, into the object; moves on behind it. */
static gboolean plain_member(json_t *object, const char *text, gsize len, gsize *at)
{
    char name[PLAIN_KEY_BYTES];
    gsize key_len, value_len;
    const char *key = plain_string(text, len, at, &key_len);

    if (key == NULL || key_len >= sizeof name || *at >= len || text[(*at)++] != ':')
        return FALSE;
    const char *value = plain_string(text, len, at, &value_len);
    memcpy(name, key, key_len);
    name[key_len] = '\0';
    return value != NULL && json_object_get(object, name) == NULL &&
           json_object_set_new_nocheck(object, name, json_stringn_nocheck(value, value_len)) ==
               0;
}

/* One object of strings without escapes or blanks, which is what a person's fields are written
 * as, at a part of what the library's parser costs. NULL: anything else, also what is no JSON at
 * all. The text is UTF-8 without NUL. */
static json_t *parse_plain(const char *text, gsize len)
{
    json_t *object;
    gsize at = 1;

    if (len < 2 || text[0] != '{' || text[1] != '"')
        return NULL;
    object = json_object();
    while (object != NULL && plain_member(object, text, len, &at) && at < len) {
        char c = text[at++];

        if (c == '}' && at == len)
            return object;
        if (c != ',')
            break;
    }
    json_decref(object);
    return NULL;
}

struct json *json_parse(const char *text, gsize len, GError **error)
{
    json_error_t trouble;
    json_t *v;

    const char *nul =
        memchr(text, '\0', len); /* the library takes one for the end of the text */

    if (nul != NULL) {
        set_place_error(error, text, (gsize)(nul - text), _("it holds a NUL byte"));
        return NULL;
    }
    if (len > 0 && len <= PLAIN_MAX_BYTES && text_is_utf8(text, len)) {
        v = parse_plain(text, len);
        if (v != NULL)
            return outer(v);
    }
    if (!check_depth(text, len, error))
        return NULL;
    use_our_allocator();
    v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &trouble);
    if (v == NULL) {
        /* The library quotes the text near the fault: outside text. */
        g_autofree char *why = text_safe(trouble.text, -1, MESSAGE_MAX_CHARS);

        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("not valid JSON: line %d, column %d: %s"), MAX(trouble.line, 1),
                    MAX(trouble.column, 1), why);
    }
    return outer(v);
}

struct json *json_ref(struct json *v)
{
    return outer(json_incref(inner(v)));
}

void json_unref(struct json *v)
{
    json_decref(inner(v));
}

enum json_kind json_get_kind(const struct json *v)
{
    switch (json_typeof(inner(v))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_STRING;
    case JSON_INTEGER:
        return JSON_KIND_INT;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_KIND_NULL;
}

struct json *json_member(const struct json *v, const char *key)
{
    return outer(json_object_get(inner(v), key));
}

const char *json_member_string(const struct json *v, const char *key)
{
    return json_string_value(json_object_get(inner(v), key));
}

gint64 json_member_int(const struct json *v, const char *key, gint64 fallback)
{
    const json_t *member = json_object_get(inner(v), key);

    return json_is_integer(member) ? json_integer_value(member) : fallback;
}

const char *json_get_string(const struct json *v)
{
    return json_string_value(inner(v));
}

gint64 json_get_int(const struct json *v)
{
    return json_integer_value(inner(v));
}

double json_get_real(const struct json *v)
{
    return json_number_value(inner(v));
}

gboolean json_get_bool(const struct json *v)
{
    return json_is_true(inner(v));
}

gsize json_size(const struct json *v)
{
    return json_is_array(inner(v)) ? json_array_size(inner(v)) : json_object_size(inner(v));
}

struct json *json_at(const struct json *array, gsize i)
{
    return outer(json_array_get(inner(array), i));
}

void json_foreach(const struct json *object,
                  void (*each)(const char *key, struct json *value, void *data), void *data)
{
    const char *key;
    json_t *value;

    json_object_foreach(inner(object), key, value) each(key, outer(value), data);
}

/* The library reports memory exhaustion and broken UTF-8 alike by NULL or -1. The first ends
 * the process everywhere else too; the second is our caller's bug. */
struct json *json_new_object(void)
{
    use_our_allocator();
    json_t *v = json_object();

    g_assert(v != NULL);
    return outer(v);
}

struct json *json_new_string(const char *s)
{
    use_our_allocator();
    json_t *v = json_string(s);

    g_assert(v != NULL);
    return outer(v);
}

void json_set_take(struct json *object, const char *key, struct json *value)
{
    if (json_object_set_new(inner(object), key, inner(value)) < 0)
        g_assert_not_reached();
}

void json_set_string(struct json *object, const char *key, const char *value)
{
    json_set_take(object, key, json_new_string(value));
}

void json_remove(struct json *object, const char *key)
{
    (void)json_object_del(inner(object), key); /* fails when there is none, which is as good */
}

char *json_dump(const struct json *v)
{
    char *text = json_dumps(inner(v), JSON_COMPACT | JSON_ENCODE_ANY);

    g_assert(text != NULL);
    return text; /* from malloc(), which g_free() pairs with */
}
