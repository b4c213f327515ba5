/*
 * Which files belong to an export: one CSV file, two of listmonk, or a ZIP archive or folder of
 * Mailchimp, where the beginning of each file's name says the state of the people in it.
 */
#include "config.h"

#include <string.h>

#include "app/import_preset.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "transfer/archive.h"

#define MAX_FILES 1000

static void input_free(gpointer data)
{
    struct import_preset_input *i = data;
    g_free(i->path);
    g_free(i->entry);
    g_free(i->shown);
    g_free(i->charset);
    g_free(i);
}

static void add(GPtrArray *all, const char *path, const char *entry, const char *shown,
                enum import_preset_part part)
{
    struct import_preset_input *i = g_new0(struct import_preset_input, 1);
    i->path = g_strdup(path);
    i->entry = g_strdup(entry);
    i->shown = text_safe(shown, -1, 0);
    i->part = part;
    g_ptr_array_add(all, i);
}

/* By the name's beginning. FALSE: the file is none of a set's. */
static gboolean part_of(const char *name, enum import_preset_part *ret)
{
    static const struct {
        const char *prefix;
        enum import_preset_part part;
    } parts[] = {
        {"subscribed_", PRESET_PEOPLE},
        {"unsubscribed_", PRESET_UNSUBSCRIBED},
        {"cleaned_", PRESET_CLEANED},
        {"nonsubscribed_", PRESET_NONSUBSCRIBED},
        {"non_subscribed_", PRESET_NONSUBSCRIBED},
        {"non-subscribed_", PRESET_NONSUBSCRIBED},
    };
    g_autofree char *lower = g_ascii_strdown(name, -1);
    if (!g_str_has_suffix(lower, ".csv"))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!g_str_has_prefix(lower, parts[i].prefix))
            continue;
        *ret = parts[i].part;
        return TRUE;
    }
    return FALSE;
}

/* Who must not be mailed comes before who joins: a person in two files is suppressed. */
static int suppressing_first(gconstpointer a, gconstpointer b)
{
    const struct import_preset_input *x = *(const struct import_preset_input *const *)a;
    const struct import_preset_input *y = *(const struct import_preset_input *const *)b;
    int order = (x->part == PRESET_PEOPLE) - (y->part == PRESET_PEOPLE);
    return order != 0 ? order : strcmp(x->shown, y->shown);
}

static gboolean from_archive(GPtrArray *all, const char *path, GError **error)
{
    struct archive *a = archive_open(path, error);
    g_autofree char *safe = text_safe(path, -1, 0);
    if (!a) {
        g_prefix_error(error, "%s: ", safe);
        return FALSE;
    }
    for (guint i = 0; i < archive_count(a); i++) {
        enum import_preset_part part;
        g_autofree char *shown = g_build_filename(path, archive_name(a, i), NULL);
        if (part_of(archive_name(a, i), &part))
            add(all, path, archive_name(a, i), shown, part);
    }
    archive_free(a);
    return TRUE;
}

static gboolean from_folder(GPtrArray *all, const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    const char *name;
    if (!dir)
        return FALSE;
    while ((name = g_dir_read_name(dir)) && all->len < MAX_FILES) {
        enum import_preset_part part;
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (part_of(name, &part))
            add(all, file, NULL, file, part);
    }
    return TRUE;
}

static gboolean from_set(GPtrArray *all, const struct import_preset *p, const char *path,
                         GError **error)
{
    g_autofree char *safe = text_safe(path, -1, 0);
    g_autofree char *base = g_path_get_basename(path);
    enum import_preset_part part;
    gboolean is_whole = TRUE;
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        if (!from_folder(all, path, error))
            return FALSE;
    } else if (archive_is_zip(path)) {
        if (!from_archive(all, path, error))
            return FALSE;
    } else if (part_of(base, &part)) {
        add(all, path, NULL, path, part);
        is_whole = FALSE;
    } else {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("%s: the name of a %s file says the state of the people in it: it must begin "
              "with subscribed_, unsubscribed_, cleaned_ or nonsubscribed_ and end in "
              ".csv. Name the ZIP file or the folder as it was downloaded"),
            safe, p->title);
        return FALSE;
    }
    g_ptr_array_sort(all, suppressing_first);
    const struct import_preset_input *last =
        all->len > 0 ? g_ptr_array_index(all, all->len - 1) : NULL;
    if (!is_whole || (last && last->part == PRESET_PEOPLE))
        return TRUE;
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("%s: there is no file subscribed_….csv in it, so this is no whole %s export. %s"),
        safe, p->title, _(p->advice));
    return FALSE;
}

static gboolean from_two(GPtrArray *all, const char *path, const char *unsubscribed,
                         GError **error)
{
    g_autofree char *safe = text_safe(path, -1, 0);
    if (!unsubscribed) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("%s: a listmonk export does not tell who has unsubscribed from the list. In "
              "listmonk "
              "open Lists, click the number of unsubscribed people beside this list, press "
              "Export, "
              "and name that file too: --unsubscribed FILE (or none when the number is 0)"),
            safe);
        return FALSE;
    }
    if (strcmp(unsubscribed, "none") != 0)
        add(all, unsubscribed, NULL, unsubscribed, PRESET_UNSUBSCRIBED);
    add(all, path, NULL, path, PRESET_PEOPLE);
    return TRUE;
}

GPtrArray *import_preset_inputs(const struct import_preset *p, const char *path,
                                const char *unsubscribed, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(input_free);
    gboolean ok = TRUE;
    if (unsubscribed && !(p && p->needs_unsubscribed)) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_USAGE,
            _("--unsubscribed is for --from listmonk. Other files of people who must not "
              "be mailed go in with: crier suppress import"));
        ok = FALSE;
    } else if (p && p->is_set) {
        ok = from_set(all, p, path, error);
    } else if (p && p->needs_unsubscribed) {
        ok = from_two(all, path, unsubscribed, error);
    } else {
        add(all, path, NULL, path, PRESET_PEOPLE);
    }
    return ok ? g_steal_pointer(&all) : NULL;
}
