/* The person's own small choices, in a key file that only this program writes. */
#include "config.h"

#include "tui/prefs.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"

#define PREFS_MAX (256 * 1024)

static GKeyFile *kept; /* NULL: not read yet */
static char *own_path; /* NULL: the usual one */

static char *prefs_path(void)
{
    return own_path != NULL
               ? g_strdup(own_path)
               : g_build_filename(g_get_user_config_dir(), "crier", "ui.ini", NULL);
}

/* Also on a file that was spoiled: what it held is only comfort. */
static GKeyFile *read_file(void)
{
    GKeyFile *k = g_key_file_new();
    g_autofree char *path = prefs_path();
    gsize len = 0;
    g_autofree char *text = file_read(path, PREFS_MAX, &len, NULL);
    if (text != NULL)
        (void)g_key_file_load_from_data(k, text, len, G_KEY_FILE_KEEP_COMMENTS, NULL);
    return k;
}

void prefs_reset(const char *path)
{
    g_clear_pointer(&kept, g_key_file_unref);
    g_free(own_path);
    own_path = g_strdup(path);
}

char *prefs_get(const char *group, const char *key)
{
    if (kept == NULL)
        kept = read_file();
    return g_key_file_get_string(kept, group, key, NULL);
}

gboolean prefs_get_bool(const char *group, const char *key, gboolean fallback)
{
    g_autofree char *value = prefs_get(group, key);
    return value == NULL ? fallback : strcmp(value, "yes") == 0;
}

static gboolean write_file(GKeyFile *k, GError **error)
{
    gsize len = 0;
    g_autofree char *path = prefs_path();
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *text = g_key_file_to_data(k, &len, NULL);
    if (len > PREFS_MAX)
        return TRUE; /* it would not be read again */
    return file_make_private_dir(dir, error) && file_write_atomic(path, text, len, 0600, error);
}

gboolean prefs_set(const char *group, const char *key, const char *value, GError **error)
{
    g_autofree char *old = prefs_get(group, key);
    if (g_strcmp0(old, value) == 0)
        return TRUE;
    g_key_file_unref(kept);
    kept = read_file();
    if (value != NULL)
        g_key_file_set_string(kept, group, key, value);
    else
        (void)g_key_file_remove_key(kept, group, key, NULL);
    return write_file(kept, error);
}
