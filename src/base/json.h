/*
 * JSON: the door to jansson. A reader over an opaque value and a streaming writer that never
 * holds more than one value in memory (for --json of a million rows).
 *
 * Names that libjansson exports itself (json_string, json_real, json_delete, JSON_STRING …)
 * must not come back here: ours would be called by the library in place of its own.
 */
#ifndef CRIER_BASE_JSON_H
#define CRIER_BASE_JSON_H

#include <glib.h>
#include <stdio.h>

struct json; /* a value; reference counted */

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_REAL,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

/* Parses `len` bytes (depth at most 64, duplicate keys and NUL refused). NULL and
 * CRIER_ERROR_INVALID with line and column on failure. Caller json_unref()s. */
struct json *json_parse(const char *text, gsize len, GError **error);
struct json *json_ref(struct json *v);
void json_unref(struct json *v); /* NULL is fine */

enum json_kind json_get_kind(const struct json *v);
/* Borrowed from `v`; NULL when `v` is no object or has no such key. */
struct json *json_member(const struct json *v, const char *key);
const char *json_member_string(const struct json *v, const char *key); /* NULL unless string */
gint64 json_member_int(const struct json *v, const char *key, gint64 fallback);
/* The value itself; NULL, 0 and FALSE when it is of another kind. */
const char *json_get_string(const struct json *v); /* borrowed */
gint64 json_get_int(const struct json *v);
double json_get_real(const struct json *v); /* also of an int */
gboolean json_get_bool(const struct json *v);
gsize json_size(const struct json *v);                   /* members or elements */
struct json *json_at(const struct json *array, gsize i); /* borrowed */
/* Calls `each` for every member in insertion order. */
void json_foreach(const struct json *object,
                  void (*each)(const char *key, struct json *value, void *data), void *data);

struct json *json_new_object(void);
struct json *json_new_string(const char *s);                                  /* valid UTF-8 */
void json_set_take(struct json *object, const char *key, struct json *value); /* takes value */
void json_set_string(struct json *object, const char *key, const char *value);
void json_remove(struct json *object, const char *key);
char *json_dump(const struct json *v); /* compact, keys in insertion order; caller frees */

/*
 * The writer. Calls nest: begin/end, key before each value inside an object. Output goes to
 * `out` (a FILE, borrowed) or to a GString. `pretty` indents by two. A FILE gets a newline
 * after each outermost value, a GString one between two. Characters that could drive a terminal
 * (C0, C1, bidi and zero-width) are written as \uXXXX, so that nothing is lost and nothing
 * acts.
 */
struct json_writer;
struct json_writer *json_writer_new_file(FILE *out, gboolean pretty);
struct json_writer *json_writer_new_string(GString *out, gboolean pretty);
void json_writer_free(struct json_writer *w);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_put_string(struct json_writer *w,
                     const char *s); /* NULL writes null; broken UTF-8 is replaced */
void json_put_int(struct json_writer *w, gint64 n);
void json_put_real(struct json_writer *w, double x);
void json_put_bool(struct json_writer *w, gboolean b);
void json_put_null(struct json_writer *w);
void json_put_value(struct json_writer *w, const struct json *v);
void json_put_raw(struct json_writer *w, const char *json_text); /* already JSON, trusted */
/* key + value in one call */
void json_kv_string(struct json_writer *w, const char *key, const char *s);
void json_kv_int(struct json_writer *w, const char *key, gint64 n);
void json_kv_bool(struct json_writer *w, const char *key, gboolean b);

#endif
