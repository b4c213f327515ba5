/*
 * The words for what a role has given up. Giving it up is worker/harden.c's.
 */
#include "config.h"

#include "model/hardening.h"

static const char *const names[HARDENING_COUNT] = {"no_new_privs", "files", "ports", "calls"};

const char *hardening_name(int i)
{
    return i >= 0 && i < HARDENING_COUNT ? names[i] : NULL;
}

char *hardening_words(int set)
{
    GString *words = g_string_new(NULL);
    for (int i = 0; i < HARDENING_COUNT; i++)
        if (set & (1 << i))
            g_string_append_printf(words, "%s%s", words->len > 0 ? ", " : "", names[i]);
    return g_string_free(words, FALSE);
}
