/*
 * crier export, and campaign copy: a campaign into a folder, the servers and mailboxes into a
 * site file, a campaign into a new draft.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>

#include "app/export.h"
#include "app/site.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"

#define MODE 0600

static int export_site(struct cmd_context *c)
{
    GError *error = NULL;
    const char *path = cmd_option(c, "output");
    g_autofree char *text = site_export(c->db, &error);
    if (!text)
        return cmd_fail(error);
    if (!path || strcmp(path, "-") == 0) {
        fputs(text, stdout);
        return 0;
    }
    if (g_file_test(path, G_FILE_TEST_EXISTS) && !cmd_has(c, "force")) {
        g_autofree char *have = file_read(path, strlen(text), NULL, NULL);
        g_autofree char *safe = text_safe(path, -1, 0);
        if (g_strcmp0(have, text) != 0)
            return cmd_fail(
                g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                            _("%s: it is there and says something else. Use --force to "
                              "overwrite it, or name another file with -o"),
                            safe));
    }
    return file_write_atomic(path, text, strlen(text), MODE, &error) ? 0 : cmd_fail(error);
}

static int export_one(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0), *dir = cmd_option(c, "output");
    g_autoptr(GPtrArray) left_out = g_ptr_array_new_with_free_func(g_free);
    guint n = 0;
    if (!dir)
        dir = name;
    if (!export_campaign(c->db, name, dir, cmd_has(c, "force"), left_out, &n, &error))
        return cmd_fail(error);
    for (guint i = 0; i < left_out->len; i++)
        cmd_warn(_("campaign %s: left out: %s"), name, (const char *)left_out->pdata[i]);
    cmd_say(ngettext("Campaign %s is in folder %s (%u file).",
                     "Campaign %s is in folder %s (%u files).", n),
            name, dir, n);
    return 0;
}

int cmd_export(struct cmd_context *c)
{
    if (cmd_has(c, "site") != (cmd_words(c) == 0))
        return cmd_fail(
            g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("name one campaign, or --site for servers, mailboxes and ports")));
    return cmd_has(c, "site") ? export_site(c) : export_one(c);
}

int cmd_campaign_copy(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0), *copy = cmd_word(c, 1);
    if (!cmd_check_new_name(copy, &error) || !export_copy(c->db, name, copy, &error))
        return cmd_fail(error);
    cmd_say(_("Campaign %s is a draft like %s. crier campaign set %s changes it."), copy, name,
            copy);
    return 0;
}
