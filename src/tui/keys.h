/* The person's own keys: a file that moves actions to other keys. */
#ifndef CRIER_TUI_KEYS_H
#define CRIER_TUI_KEYS_H

#include <glib.h>

/*
 * Reads libconfig: keys = { campaigns = { pause = "f5"; }; global = { help = "f1"; }; }; and sets
 * them by action_set_key(). CRIER_ERROR_INVALID names file and line: no such view or action (with
 * the nearest), no key, a key that two actions of a view would share; nothing is set then. That
 * there is no file is fine.
 */
gboolean keys_load(const char *path, GError **error);

#endif
