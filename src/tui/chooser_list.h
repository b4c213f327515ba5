/* The files of a folder as the chooser shows them: read, sorted, told. No terminal here. */
#ifndef CRIER_TUI_CHOOSER_LIST_H
#define CRIER_TUI_CHOOSER_LIST_H

#include <glib.h>

#define CHOOSER_FILES_MAX 5000 /* of one folder */

struct chooser_file {
    char *name; /* owned; as the system has it, may be no UTF-8 */
    gboolean is_folder;
    gint64 size;
    gint64 changed_us;
};

/*
 * Folders first, by name, with ".." in front where there is one; then files with one of
 * `suffixes` (NULL: any), the newest first: what was just dropped is on top. Hidden ones only
 * with `with_hidden`. Of struct chooser_file *, owned by the array; `*ret_left_out`: files with
 * other suffixes, and what is over CHOOSER_FILES_MAX.
 */
GPtrArray *chooser_list(const char *folder, const char *const *suffixes, gboolean with_hidden,
                        int *ret_left_out, GError **error);
gboolean chooser_has_suffix(const char *name, const char *const *suffixes);

/* "980 B", "12 kB", "3.4 MB". Caller frees. */
char *chooser_size(gint64 bytes);

/* What a person typed as a path: "~/x", "x/y", "/x", from `folder`. Absolute, without "." and
 * "..". Caller frees. */
char *chooser_path(const char *folder, const char *typed);

#endif
