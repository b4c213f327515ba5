/*
 * Edits as JSON and back, by field tables. Storing them is store/recovery.c's.
 */
#include "config.h"

#include "app/recovery.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"

static gboolean is_kept(const struct field *f)
{
    return (f->flags & FIELD_SECRET) == 0;
}

/* What is being typed may end in the middle of a character. */
static void put(struct json *all, const struct field *f, const char *value)
{
    g_autofree char *valid = value != NULL ? g_utf8_make_valid(value, -1) : NULL;
    if (valid != NULL)
        json_set_string(all, f->key, valid);
}

char *recovery_of_record(const struct field *table, const void *record)
{
    struct json *all = json_new_object();
    for (const struct field *f = table; f->key != NULL; f++) {
        g_autofree char *value = is_kept(f) ? field_get(f, record) : NULL;
        put(all, f, value);
    }
    char *text = json_dump(all);
    json_unref(all);
    return text;
}

char *recovery_of_texts(const struct field *table,
                        const char *(*text_of)(const struct field *f, void *data), void *data)
{
    struct json *all = json_new_object();
    for (const struct field *f = table; f->key != NULL; f++) {
        put(all, f, is_kept(f) ? text_of(f, data) : NULL);
    }
    char *text = json_dump(all);
    json_unref(all);
    return text;
}

gboolean recovery_each_text(const struct field *table, const char *json,
                            void (*each)(const struct field *f, const char *text, void *data),
                            void *data, GError **error)
{
    struct json *all = json_parse(json, strlen(json), error);
    if (all == NULL)
        return FALSE;
    if (json_get_kind(all) != JSON_KIND_OBJECT) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the edit that was kept cannot be read"));
        json_unref(all);
        return FALSE;
    }
    for (const struct field *f = table; f->key != NULL; f++) {
        const char *text = is_kept(f) ? json_member_string(all, f->key) : NULL;
        if (text != NULL)
            each(f, text, data);
    }
    json_unref(all);
    return TRUE;
}

struct filling {
    void *record;       /* borrowed */
    GPtrArray *refused; /* borrowed; may be NULL */
};

static void fill(const struct field *f, const char *text, void *data)
{
    struct filling *into = data;
    if (!field_set(f, into->record, text, NULL) && into->refused != NULL)
        g_ptr_array_add(into->refused, g_strdup(f->key));
}

gboolean recovery_to_record(const struct field *table, void *record, const char *json,
                            GPtrArray *refused, GError **error)
{
    struct filling into = {record, refused};
    return recovery_each_text(table, json, fill, &into, error);
}
