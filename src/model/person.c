/*
 * A person's record and the names that custom fields may have. Not for the values: the import
 * checks those against the limits of person.h.
 */
#include "config.h"

#include "model/person.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define MAX_NAME_CHARS 64
#define MAX_NAME_BYTES (MAX_NAME_CHARS * 4)
#define SHOWN_CHARS 80

/* Names that stand for something else in a template or a CSV file. */
static const char *const reserved[] = {"address", "unsubscribe_url", "view_url"};

void person_clear(struct person *p)
{
    g_free(p->address);
    g_free(p->address_key);
    g_free(p->domain);
    g_free(p->fields_json);
    memset(p, 0, sizeof *p);
}

static gboolean refuse(GError **error, const char *name, const char *why)
{
    g_autofree char *shown = text_safe(name, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("'%s' cannot name a field: %s"),
                shown, why);
    return FALSE;
}

static gboolean is_name_char(gunichar c, gboolean is_first)
{
    if (c < 0x80)
        return g_ascii_isalnum((char)c) || c == '_' || c == '-';
    /* Scripts such as Devanagari write vowels as marks, which belong to the letter before. */
    return g_unichar_isalpha(c) || (!is_first && g_unichar_ismark(c));
}

gboolean person_field_name_check(const char *name, GError **error)
{
    if (!name || !*name)
        return refuse(error, name, _("it is empty"));
    gsize len = strnlen(name, MAX_NAME_BYTES + 1);
    if (len > MAX_NAME_BYTES)
        return refuse(error, name, _("it is longer than 64 characters"));
    if (!g_utf8_validate_len(name, len, NULL))
        return refuse(error, name, _("it is not valid UTF-8"));
    if (g_utf8_strlen(name, -1) > MAX_NAME_CHARS)
        return refuse(error, name, _("it is longer than 64 characters"));
    for (const char *p = name; *p; p = g_utf8_next_char(p)) {
        if (!is_name_char(g_utf8_get_char(p), p == name))
            return refuse(error, name, _("only letters, digits, '_' and '-' may be in it"));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(reserved); i++) {
        if (g_ascii_strcasecmp(name, reserved[i]) == 0)
            return refuse(error, name, _("this name has a meaning of its own"));
    }
    return TRUE;
}
