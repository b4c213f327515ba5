/*
 * Finds cid: references by looking at the text, not at its grammar: what stands behind a quote,
 * an equals sign or a bracket is a reference, whatever attribute it is in. Not for the ids on
 * the wire: those are the composer's.
 */
#include "config.h"

#include "message/cidref.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define SCHEME "cid:"
#define SHOWN_CHARS 80

static void cidref_free(gpointer data)
{
    struct cidref *r = data;
    g_free(r->name);
    g_free(r);
}

static gboolean ends_url(char c)
{
    return c == '\0' || strchr("\"'<>() \t\r\n", c) != NULL;
}

/* Whether "cid:" may begin behind `c`: "placid: word" is none. */
static gboolean may_stand_behind(char c, enum cidref_syntax syntax)
{
    if (strchr("\"'=(", c))
        return TRUE;
    return syntax == CIDREF_MARKDOWN && (c == '<' || g_ascii_isspace(c));
}

/* What the reference names; the raw text where its escapes are none. Caller frees. */
static char *decode(const char *raw)
{
    char *name = g_uri_unescape_string(raw, NULL);
    if (name && g_utf8_validate(name, -1, NULL))
        return name;
    g_free(name);
    return g_strdup(raw);
}

static gboolean refuse(const char *raw, const char *why, GError **error)
{
    g_autofree char *safe = text_safe(raw, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("image cid:%s: %s"), safe, why);
    return FALSE;
}

/* The composer knows two spellings of a name: as it is, and escaped throughout. */
static gboolean check(const char *raw, const char *name, GError **error)
{
    g_autofree char *escaped = g_uri_escape_string(name, "/@", FALSE);
    if (strstr(raw, "{{"))
        return refuse(raw, _("a merge field cannot choose an image. Name a file"), error);
    if (strchr(raw, '&'))
        return refuse(raw, _("'&' cannot stand in an image's name. Rename the file"), error);
    if (strcmp(raw, name) == 0 || strcmp(raw, escaped) == 0)
        return TRUE;
    g_autofree char *why = g_strdup_printf(_("this is half escaped. Write cid:%s"), escaped);
    return refuse(raw, why, error);
}

static gboolean add(GPtrArray *all, GHashTable *seen, const char *raw, int line, GError **error)
{
    g_autofree char *name = decode(raw);
    if (!check(raw, name, error))
        return FALSE;
    if (g_hash_table_contains(seen, name))
        return TRUE;
    if (all->len == CIDREF_MAX)
        return refuse(raw, _("there are too many images in this body. Remove some"), error);
    struct cidref *r = g_new0(struct cidref, 1);
    r->name = g_steal_pointer(&name);
    r->line = line;
    g_hash_table_add(seen, r->name);
    g_ptr_array_add(all, r);
    return TRUE;
}

GPtrArray *cidref_find(const char *body, enum cidref_syntax syntax, int *ret_line,
                       GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(cidref_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    int line = 1;
    for (const char *p = body; *p; p++) {
        if (*p == '\n')
            line++;
        if (*p != 'c' || strncmp(p, SCHEME, strlen(SCHEME)) != 0)
            continue;
        char before = p > body ? p[-1] : '\n';
        const char *from = p + strlen(SCHEME), *end = from;
        while (!ends_url(*end))
            end++;
        if (end == from || !may_stand_behind(before, syntax))
            continue;
        g_autofree char *raw = g_strndup(from, (gsize)(end - from));
        if (!add(all, seen, raw, line, error)) {
            *ret_line = line;
            return NULL;
        }
    }
    return g_steal_pointer(&all);
}

static void rename_one(GString *out, const char *raw, GHashTable *names, GPtrArray *missing)
{
    g_autofree char *id = decode(raw);
    const char *name = g_hash_table_lookup(names, id);
    if (name) {
        g_autofree char *escaped = g_uri_escape_string(name, "/@", FALSE);
        g_string_append_printf(out, SCHEME "%s", escaped);
        return;
    }
    g_string_append_printf(out, "missing-" SCHEME "%s", raw);
    if (missing->len < CIDREF_MAX)
        g_ptr_array_add(missing, g_steal_pointer(&id));
}

char *cidref_rename(const char *html, GHashTable *names, GPtrArray *missing)
{
    GString *out = g_string_sized_new(strlen(html));
    for (const char *p = html; *p; p++) {
        char before = p > html ? p[-1] : '\n';
        const char *from, *end;
        if (g_ascii_strncasecmp(p, SCHEME, strlen(SCHEME)) != 0 ||
            !may_stand_behind(before, CIDREF_HTML)) {
            g_string_append_c(out, *p);
            continue;
        }
        for (from = end = p + strlen(SCHEME); !ends_url(*end);)
            end++;
        g_autofree char *raw = g_strndup(from, (gsize)(end - from));
        rename_one(out, raw, names, missing);
        p = end - 1;
    }
    return g_string_free(out, FALSE);
}
