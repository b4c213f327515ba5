/*
 * crier template render: a template with data from files, without a campaign or a workspace.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "message/template.h"

#define MAX_FILE_BYTES (32 * 1024 * 1024)
#define MAX_PARTIALS 1000
#define SUFFIX ".mustache"

static struct json *read_data(const char *path, GError **error)
{
    gsize len;
    g_autofree char *text = file_read(path, MAX_FILE_BYTES, &len, error);
    if (!text)
        return NULL;
    struct json *v = json_parse(text, len, error);
    if (!v)
        g_prefix_error(error, "%s: ", path);
    return v;
}

static gboolean add_partial(struct json *partials, const char *dir, const char *name,
                            GError **error)
{
    gsize len;
    g_autofree char *text = file_read_beneath(dir, name, MAX_FILE_BYTES, &len, error);
    if (!text || !text_check_utf8(name, text, len, MAX_FILE_BYTES, error))
        return FALSE;
    g_autofree char *key = g_strndup(name, strlen(name) - strlen(SUFFIX));
    json_set_string(partials, key, text);
    return TRUE;
}

/* Every NAME.mustache of `dir` as a member NAME. */
static gboolean read_partials(struct json *partials, const char *dir, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, error);
    if (!folder)
        return FALSE;
    const char *name;
    while ((name = g_dir_read_name(folder))) {
        if (!g_str_has_suffix(name, SUFFIX))
            continue;
        if (json_size(partials) >= MAX_PARTIALS) {
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("%s: more than %d partials"),
                        dir, MAX_PARTIALS);
            return FALSE;
        }
        if (!add_partial(partials, dir, name, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean parse_escape(const char *name, enum template_escape *ret, GError **error)
{
    static const char *const names[] = {
        [TEMPLATE_ESCAPE_NONE] = "none",
        [TEMPLATE_ESCAPE_TEXT] = "text",
        [TEMPLATE_ESCAPE_HTML] = "html",
        [TEMPLATE_ESCAPE_HEADER] = "header",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret = (enum template_escape)i;
        return TRUE;
    }
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--escape '%s': it must be html, text, header or none"), safe);
    return FALSE;
}

static gboolean render(const char *path, enum template_escape escape, const struct json *data,
                       const struct json *partials, GString *out, GError **error)
{
    gsize len;
    g_autofree char *text = file_read(path, MAX_FILE_BYTES, &len, error);
    if (!text || !text_check_utf8(path, text, len, MAX_FILE_BYTES, error))
        return FALSE;
    struct template *t = template_new(text, (gssize)len, escape, partials, error);
    gboolean ok = t && template_render(t, NULL, data, out, error);
    template_free(t);
    if (!ok)
        g_prefix_error(error, "%s: ", path);
    return ok;
}

int cmd_template_render(struct cmd_context *c)
{
    GError *error = NULL;
    const char *data_path = cmd_option(c, "data"), *escape_name = cmd_option(c, "escape");
    enum template_escape escape = TEMPLATE_ESCAPE_HTML;
    if (escape_name && !parse_escape(escape_name, &escape, &error))
        return cmd_fail(error);
    struct json *data = data_path ? read_data(data_path, &error) : json_new_object();
    struct json *partials = json_new_object();
    g_autoptr(GString) out = g_string_new(NULL);
    const char *dir = cmd_option(c, "partials");
    gboolean ok = data && (!dir || read_partials(partials, dir, &error)) &&
                  render(cmd_word(c, 0), escape, data, partials, out, &error);
    json_unref(data);
    json_unref(partials);
    if (!ok)
        return cmd_fail(error);
    fwrite(out->str, 1, out->len, stdout);
    return 0;
}
