/*
 * crier campaign preview: what one person would get, on the screen or as bytes in a pipe.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <string.h>
#include <unistd.h>

#include "app/preview.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

static gboolean read_part(const struct cmd_context *c, enum preview_part *ret, GError **error)
{
    const char *name = cmd_option(c, "part");
    *ret = PREVIEW_SUMMARY;
    if (!name || preview_part_parse(name, ret))
        return TRUE;
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--part '%s': it must be text, html, source or headers"), safe);
    return FALSE;
}

/* The bytes themselves in a pipe; on a terminal nothing that could drive it. */
static void put(const GString *out)
{
    if (!isatty(STDOUT_FILENO)) {
        fwrite(out->str, 1, out->len, stdout);
        return;
    }
    g_autoptr(GString) lines = g_string_new_len(out->str, (gssize)out->len);
    g_string_replace(lines, "\r\n", "\n", 0);
    g_autofree char *safe = text_safe_block(lines->str, (gssize)lines->len, 0);
    fputs(safe, stdout);
    if (*safe && safe[strlen(safe) - 1] != '\n')
        putchar('\n');
}

int cmd_campaign_preview(struct cmd_context *c)
{
    GError *error = NULL;
    enum preview_part part;
    struct preview p;
    if (!read_part(c, &part, &error) ||
        !preview_open(c->db, c->ws, cmd_word(c, 0), cmd_option(c, "as"), FALSE, &p, &error))
        return cmd_fail(error);
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean ok = preview_write(&p, NULL, part, out, &error);
    if (ok && p.is_made_up)
        cmd_say(_("Nobody is on its lists: the values in [brackets] are made up."));
    if (ok)
        put(out);
    preview_clear(&p);
    return ok ? 0 : cmd_fail(error);
}
