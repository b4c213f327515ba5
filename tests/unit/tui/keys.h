/*
 * What a person types, as text: "abc<Left><^W>": a name in angle brackets is a key, ^X with
 * Ctrl, "<lt>" the sign itself.
 */
#ifndef CRIER_TEST_KEYS_H
#define CRIER_TEST_KEYS_H

#include <glib.h>
#include <string.h>

#include "tui/term.h"

static const struct {
    const char *name;
    guint32 key;
} key_names[] = {
    {"Up", TK_UP},
    {"Down", TK_DOWN},
    {"Left", TK_LEFT},
    {"Right", TK_RIGHT},
    {"Home", TK_HOME},
    {"End", TK_END},
    {"PgUp", TK_PAGE_UP},
    {"PgDn", TK_PAGE_DOWN},
    {"Del", TK_DELETE},
    {"BS", TK_BACKSPACE},
    {"Tab", TK_TAB},
    {"S-Tab", TK_BACKTAB},
    {"Enter", TK_ENTER},
    {"Esc", TK_ESC},
    {"C-Left", TK_CTRL_LEFT},
    {"C-Right", TK_CTRL_RIGHT},
    {"F1", TK_F1},
    {"F2", TK_F2},
    {"F4", TK_F4},
    {"Space", ' '},
    {"lt", '<'},
};

/* The key at `*script`, which is moved behind it. */
static inline guint32 next_key(const char **script)
{
    const char *p = *script, *end = *p == '<' ? strchr(p, '>') : NULL;
    if (!end) {
        *script = g_utf8_next_char(p);
        return g_utf8_get_char(p);
    }
    g_autofree char *name = g_strndup(p + 1, (gsize)(end - p - 1));
    *script = end + 1;
    if (*name == '^' && name[1] && !name[2])
        return (guint32)name[1] & 0x1f;
    for (gsize i = 0; i < G_N_ELEMENTS(key_names); i++)
        if (g_str_equal(key_names[i].name, name))
            return key_names[i].key;
    g_error("no key %s", name);
}

static inline struct term_event key_event(guint32 key)
{
    return (struct term_event){.kind = EVENT_KEY, .key = key};
}

#endif
