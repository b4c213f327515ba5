/*
 * crier template translate: templates of other systems, file by file.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/handlers.h"
#include "transfer/tags.h"

#define MAX_FILE_BYTES (8 * 1024 * 1024)
#define WITH_WARNINGS 4

static gboolean is_html(const char *path, const char *text)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    return g_str_has_suffix(lower, ".html") || g_str_has_suffix(lower, ".htm") ||
           text[strspn(text, " \t\r\n\xef\xbb\xbf")] == '<';
}

static gboolean write_out(const char *path, const char *text, GError **error)
{
    struct stat st;
    if (!path) {
        fputs(text, stdout);
        return TRUE;
    }
    if (lstat(path, &st) == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("%s: it is there already. Name another file"), path);
        return FALSE;
    }
    return file_write_atomic(path, text, strlen(text), 0644, error);
}

static void warn_of(const char *path, const struct tags_unknown *u)
{
    g_autofree char *safe = text_safe(u->tag, -1, 80);
    if (u->hint)
        cmd_warn(_("%s: line %d: %s stays as it is: %s"), path, u->line, safe, u->hint);
    else
        cmd_warn(_("%s: line %d: %s stays as it is: crier has nothing like it"), path, u->line,
                 safe);
}

static gboolean translate_file(enum tags_system system, const char *path, const char *to,
                               guint *ret_unknown, GError **error)
{
    gsize len;
    g_autofree char *text = file_read(path, MAX_FILE_BYTES, &len, error);
    if (!text || !text_check_utf8(path, text, (gssize)len, MAX_FILE_BYTES, error))
        return FALSE;
    g_autoptr(GPtrArray) unknown = tags_unknown_new();
    g_autofree char *out = tags_translate(system, text, is_html(path, text), unknown);
    if (!write_out(to, out, error))
        return FALSE;
    for (guint i = 0; i < unknown->len; i++)
        warn_of(path, g_ptr_array_index(unknown, i));
    *ret_unknown += unknown->len;
    return TRUE;
}

/* Of several files each keeps its name in the folder -o names. */
static gboolean check_output(const struct cmd_context *c, GError **error)
{
    const char *to = cmd_option(c, "output");
    if (cmd_words(c) == 1 || (to && g_file_test(to, G_FILE_TEST_IS_DIR)))
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("template translate: several files need a folder that is there: -o "
                          "FOLDER"));
    return FALSE;
}

int cmd_template_translate(struct cmd_context *c)
{
    GError *error = NULL;
    enum tags_system system;
    guint unknown = 0;
    const char *from = cmd_option(c, "from"), *to = cmd_option(c, "output");
    if (!from)
        return cmd_fail(g_error_new_literal(
            CRIER_ERROR, CRIER_ERROR_USAGE,
            _("template translate: say whose tags they are with --from listmonk, mailchimp or "
              "phplist")));
    if (!tags_system_parse(from, &system, &error) || !check_output(c, &error))
        return cmd_fail(error);
    for (guint i = 0; i < cmd_words(c); i++) {
        const char *path = cmd_word(c, i);
        g_autofree char *base = g_path_get_basename(path);
        g_autofree char *inside = to && g_file_test(to, G_FILE_TEST_IS_DIR)
                                      ? g_build_filename(to, base, NULL)
                                      : g_strdup(to);
        if (!translate_file(system, path, inside, &unknown, &error))
            return cmd_fail(error);
    }
    return unknown > 0 ? WITH_WARNINGS : 0;
}
