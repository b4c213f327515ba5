/*
 * Small things that a person set in the interface and wants to find again: columns, sort
 * orders, whether text is folded. Not settings: those are in the campaign, the workspace or the
 * keys file. $XDG_CONFIG_HOME/crier/ui.ini, written by us alone.
 */
#ifndef CRIER_TUI_PREFS_H
#define CRIER_TUI_PREFS_H

#include <glib.h>

/* NULL: never set. A file that cannot be read counts as empty. Caller frees. */
char *prefs_get(const char *group, const char *key);
gboolean prefs_get_bool(const char *group, const char *key, gboolean fallback);
/* Writes the file at once; what another terminal wrote meanwhile stays. `value` NULL: forgets.
 * A value that is set already writes nothing. */
gboolean prefs_set(const char *group, const char *key, const char *value, GError **error);
/* Forgets what was read: the next call reads the file again, `path` (NULL: the usual one). */
void prefs_reset(const char *path);

#endif
