/*
 * Names and reasons of people as screens write them. Pure.
 */
#include "config.h"

#include "tui/people_words.h"

#include <string.h>

#include "base/i18n.h"
#include "base/json.h"

static const char *const full_names[] = {"name", "full_name", "display_name"};
static const char *const first_names[] = {"first_name", "firstname", "given_name"};
static const char *const last_names[] = {"last_name", "lastname", "family_name", "surname"};

static const char *first_of(const struct json *fields, const char *const *names, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        const char *text = json_member_string(fields, names[i]);
        if (text && *text)
            return text;
    }
    return NULL;
}

#define FIRST_OF(fields, names) first_of(fields, names, G_N_ELEMENTS(names))

char *people_name(const struct json *fields)
{
    const char *full = FIRST_OF(fields, full_names);
    const char *first = FIRST_OF(fields, first_names), *last = FIRST_OF(fields, last_names);
    return full            ? g_strdup(full)
           : first && last ? g_strdup_printf("%s %s", first, last)
                           : g_strdup(first ? first : last);
}

static gboolean is_in(const char *key, const char *const *names, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(key, names[i]) == 0)
            return TRUE;
    return FALSE;
}

static void add_rest(const char *key, struct json *value, void *data)
{
    GString *text = data;
    const char *s = json_get_string(value);
    if (!s || !*s || is_in(key, full_names, G_N_ELEMENTS(full_names)) ||
        is_in(key, first_names, G_N_ELEMENTS(first_names)) ||
        is_in(key, last_names, G_N_ELEMENTS(last_names)))
        return;
    g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", key, s);
}

char *people_rest(const struct json *fields)
{
    GString *text = g_string_new(NULL);
    if (fields)
        json_foreach(fields, add_rest, text);
    return g_string_free(text, FALSE);
}

static const struct {
    const char *reason;
    const char *word;        /* N_() */
    const char *never_short; /* N_() */
} reasons[] = {
    {"unsubscribed", N_("unsubscribed"), N_("unsubscribed")},
    {"bounced", N_("bounced"), N_("bounced")},
    {"complained", N_("complained"), N_("complained")},
    {"manual", N_("by hand"), N_("never mail")},
    {"imported", N_("imported"), N_("never mail")},
    {"erased", N_("erased"), N_("erased")},
};

const char *people_reason(const char *reason)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            return _(reasons[i].word);
    return reason;
}

const char *people_never_short(const char *reason)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            return _(reasons[i].never_short);
    return _("never mail");
}

const char *people_file(const char *source)
{
    static const char prefix[] = "import ";
    return g_str_has_prefix(source, prefix) ? source + strlen(prefix) : source;
}

#define SLUG_MAX 40

char *people_slug(const char *title)
{
    g_autofree char *plain = g_str_to_ascii(title, NULL);
    GString *slug = g_string_new(NULL);
    for (const char *p = plain; *p && slug->len < SLUG_MAX; p++) {
        if (g_ascii_isalnum(*p))
            g_string_append_c(slug, g_ascii_tolower(*p));
        else if (slug->len > 0 && slug->str[slug->len - 1] != '-' && *p != '?')
            g_string_append_c(slug, '-');
    }
    while (slug->len > 0 && slug->str[slug->len - 1] == '-')
        g_string_truncate(slug, slug->len - 1);
    if (slug->len == 0)
        g_string_append(slug, "list");
    return g_string_free(slug, FALSE);
}
