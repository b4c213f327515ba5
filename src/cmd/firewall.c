/*
 * crier firewall: what others have to let through, as text. It opens the workspace where there
 * is one and changes nothing, here or elsewhere; the text is src/doctor/firewall's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "doctor/firewall.h"

#define TEXT_MODE 0644 /* there is no secret in it, and root loads it */

static const struct firewall_format *wanted_format(const struct cmd_context *c, GError **error)
{
    const char *name = cmd_option(c, "format");
    const struct firewall_format *format = firewall_format_of(name);
    if (format)
        return format;
    g_autoptr(GString) known = g_string_new(NULL);
    for (const struct firewall_format *f = firewall_formats(); f->name; f++)
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", f->name);
    g_autofree char *shown = text_safe(name, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--format %s: there is no such format. Choose one of %s"), shown, known->str);
    return NULL;
}

static gboolean check_new_file(const struct cmd_context *c, const char *path, GError **error)
{
    if (cmd_has(c, "force") || !g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    g_autofree char *shown = text_safe(path, -1, 0);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                _("%s is there already. Name another file, or overwrite it with --force"), shown);
    return FALSE;
}

static void put_json(const struct firewall *f, const struct firewall_format *format,
                     const char *text)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    firewall_json(w, f);
    json_kv_string(w, "format", format ? format->name : NULL);
    json_kv_string(w, "text", format ? text : NULL);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static gboolean put(const struct cmd_context *c, const struct firewall *f,
                    const struct firewall_format *format, GError **error)
{
    const char *path = cmd_option(c, "output");
    g_autofree char *text = format ? firewall_text(f, format) : firewall_overview(f);
    if (path) {
        g_autofree char *shown = text_safe(path, -1, 0);
        if (!check_new_file(c, path, error) ||
            !file_write_atomic(path, text, strlen(text), TEXT_MODE, error))
            return FALSE;
        cmd_say(_("It is in %s. Nothing was applied: read it first."), shown);
    }
    if (cmd_wants_json(c))
        put_json(f, format, text);
    else if (!path)
        fputs(text, stdout);
    return TRUE;
}

int cmd_firewall(struct cmd_context *c)
{
    GError *error = NULL;
    const struct firewall_format *format = NULL;
    struct workspace *ws = NULL;
    struct db *db = NULL;
    gboolean ok = !cmd_option(c, "format") || (format = wanted_format(c, &error)) != NULL;
    if (ok && workspace_is_there(c->line->workspace)) {
        ws = workspace_open(c->line->workspace, &error);
        db = ws ? db_open(ws->db_path, DB_USE_VERB, &error) : NULL;
        ok = db != NULL;
    }
    struct firewall *f = ok ? firewall_gather(db, &error) : NULL;
    if (f)
        f->redirects = cmd_has(c, "redirect");
    ok = f && put(c, f, format, &error);
    firewall_free(f);
    db_close(db);
    workspace_free(ws);
    return ok ? 0 : cmd_fail(error);
}
