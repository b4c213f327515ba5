/*
 * Columns to fields: the address column, --map, and names made safe for templates. No rows are
 * read here.
 */
#include "config.h"

#include "app/import_columns.h"

#include <string.h>

#include "app/import.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/person.h"

static const char *const address_names[] = {"email", "address", "e-mail", "email_address",
                                            NULL};

char *import_field_name(const char *column, guint index)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(column));
    if (!*trimmed)
        return g_strdup_printf("column_%u", index + 1);
    if (person_field_name_check(trimmed, NULL))
        return g_steal_pointer(&trimmed);
    g_autofree char *lower = g_utf8_strdown(trimmed, -1);
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *p = lower; *p && name->len < 60; p = g_utf8_next_char(p)) {
        gunichar ch = g_utf8_get_char(p);
        if (g_unichar_isalnum(ch) || ch == '-')
            g_string_append_unichar(name, ch);
        else if (name->len > 0 && name->str[name->len - 1] != '_')
            g_string_append_c(name, '_');
    }
    while (name->len > 1 && name->str[name->len - 1] == '_')
        g_string_truncate(name, name->len - 1);
    if (name->len > 0 && !person_field_name_check(name->str, NULL))
        g_string_append(name, "_field"); /* a name that templates reserve */
    if (!person_field_name_check(name->str, NULL))
        return g_strdup_printf("column_%u", index + 1);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

/* Without case and blanks around. */
static gboolean same_name(const char *a, const char *b)
{
    g_autofree char *x = g_utf8_strdown(a, -1), *y = g_utf8_strdown(b, -1);
    return strcmp(g_strstrip(x), g_strstrip(y)) == 0;
}

static int column_index(const char *const *columns, const char *name)
{
    for (int i = 0; columns[i]; i++)
        if (strcmp(columns[i], name) == 0)
            return i;
    for (int i = 0; columns[i]; i++)
        if (same_name(columns[i], name))
            return i;
    return -1;
}

static char *columns_text(const char *const *columns)
{
    g_autofree char *all = g_strjoinv(", ", (char **)columns);
    return text_safe(all, -1, 400);
}

/* One "COL=FIELD". */
static gboolean apply_map(const char *path, const char *const *columns, const char *map,
                          struct import_columns *c, gboolean *is_mapped, GError **error)
{
    const char *equals = strrchr(map, '=');
    g_autofree char *safe = text_safe(map, -1, 100);
    if (!equals || equals == map) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--map %s: it must be COLUMN=FIELD, as in --map Mail=address"), safe);
        return FALSE;
    }
    g_autofree char *column = g_strndup(map, (gsize)(equals - map));
    int i = column_index(columns, column);
    if (i < 0) {
        g_autofree char *all = columns_text(columns);
        g_autofree char *safe_column = text_safe(column, -1, 60);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s: --map: no column '%s': the columns are %s"), path, safe_column, all);
        return FALSE;
    }
    const char *field = equals + 1;
    is_mapped[i] = TRUE;
    g_clear_pointer(&c->fields[i], g_free);
    if (strcmp(field, "address") == 0 || strcmp(field, "email") == 0) {
        c->address = i;
        return TRUE;
    }
    if (*field == 0)
        return TRUE;
    if (!person_field_name_check(field, error)) {
        g_prefix_error(error, "--map %s: ", safe);
        return FALSE;
    }
    c->fields[i] = g_strdup(field);
    return TRUE;
}

static void guess_address(const char *const *columns, const gboolean *is_mapped,
                          struct import_columns *c)
{
    for (int n = 0; address_names[n] && c->address < 0; n++)
        for (guint i = 0; i < c->n && c->address < 0; i++)
            if (!is_mapped[i] && same_name(columns[i], address_names[n]))
                c->address = (int)i;
}

static gboolean check_fields(const char *path, const char *const *columns,
                             const struct import_columns *c, GError **error)
{
    guint count = 0;
    for (guint i = 0; i < c->n; i++) {
        if (!c->fields[i])
            continue;
        count++;
        for (guint j = 0; j < i; j++) {
            if (g_strcmp0(c->fields[i], c->fields[j]) != 0)
                continue;
            g_autofree char *a = text_safe(columns[j], -1, 60),
                            *b = text_safe(columns[i], -1, 60);
            g_set_error(
                error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: the columns '%s' and '%s' would both become the field %s. Name one "
                  "of them with --map COLUMN=FIELD"),
                path, a, b, c->fields[i]);
            return FALSE;
        }
    }
    if (count <= PERSON_MAX_FIELDS)
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("%s: %u columns would become fields, and a person can have %d. Leave some out "
          "with --map COLUMN="),
        path, count, PERSON_MAX_FIELDS);
    return FALSE;
}

/* By the preset's table; other columns are a person's own fields, in lower case, as the tags of
 * that system's templates come to be. */
static void apply_preset(const struct import_preset *p, const char *const *columns,
                         const gboolean *is_mapped, struct import_columns *c)
{
    for (guint i = 0; i < c->n; i++) {
        int row = import_preset_column_of(p, columns[i]);
        const char *field = row >= 0 ? p->columns[row].field : NULL;
        if (row >= 0)
            c->special[row] = (int)i;
        if (is_mapped[i])
            continue;
        if (field && strcmp(field, "address") == 0) {
            c->address = c->address < 0 ? (int)i : c->address;
        } else if (row >= 0) {
            c->fields[i] = g_strdup(field);
        } else if (*columns[i]) {
            g_autofree char *lower = g_utf8_strdown(columns[i], -1);
            c->fields[i] = import_field_name(lower, i);
        }
    }
}

static gboolean fail_no_address(const char *path, const char *const *columns, GError **error)
{
    g_autofree char *all = columns_text(columns);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("%s: no column 'email' or 'address': the columns are %s. Name the right one "
                  "with --map COLUMN=address"),
                path, all);
    return FALSE;
}

static gboolean resolve(const char *path, const char *const *columns, const char *const *maps,
                        const struct import_preset *preset, struct import_columns *c,
                        gboolean *is_mapped, GError **error)
{
    for (const char *const *m = maps; m && *m; m++)
        if (!apply_map(path, columns, *m, c, is_mapped, error))
            return FALSE;
    if (preset) {
        if (!import_preset_check_columns(preset, path, columns, error))
            return FALSE;
        apply_preset(preset, columns, is_mapped, c);
    } else {
        guess_address(columns, is_mapped, c);
    }
    if (c->address < 0)
        return fail_no_address(path, columns, error);
    for (guint i = 0; !preset && i < c->n; i++)
        if (!is_mapped[i] && (int)i != c->address)
            c->fields[i] = import_field_name(columns[i], i);
    return check_fields(path, columns, c, error);
}

gboolean import_columns_resolve(const char *path, const char *const *columns,
                                const char *const *maps, const struct import_preset *preset,
                                struct import_columns *ret, GError **error)
{
    struct import_columns c = {.n = g_strv_length((char **)columns), .address = -1};
    c.fields = g_new0(char *, c.n + 1);
    for (int i = 0; i < PRESET_MAX_COLUMNS; i++)
        c.special[i] = -1;
    g_autofree gboolean *is_mapped = g_new0(gboolean, c.n + 1);
    if (!resolve(path, columns, maps, preset, &c, is_mapped, error)) {
        import_columns_clear(&c);
        return FALSE;
    }
    *ret = c;
    return TRUE;
}

void import_columns_clear(struct import_columns *c)
{
    for (guint i = 0; c->fields && i < c->n; i++)
        g_free(c->fields[i]);
    g_free(c->fields);
    memset(c, 0, sizeof *c);
    c->address = -1;
}

int import_columns_find(const struct import_columns *c, const char *field)
{
    for (guint i = 0; i < c->n; i++)
        if (g_strcmp0(c->fields[i], field) == 0)
            return (int)i;
    return -1;
}
