/*
 * Asks what is to become of the addresses that wait because their receiver sent back far more
 * than usual. What follows is the verb suppress storm's.
 */
#include "config.h"

#include "tui/storm_ask.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/storm.h"
#include "tui/dialog.h"
#include "tui/pager_dialog.h"

enum { ASK_LATER, ASK_AGAIN, ASK_NEVER };

static void decide(struct ui *ui, int button, void *data)
{
    const char *args[] = {"suppress", "storm", data,
                          button == ASK_NEVER ? "--never" : "--again", NULL};
    if (button != ASK_LATER)
        pager_dialog_run(ui, _("Far more bounces than usual"), args, 0);
}

/* "spring: 28 of 400 came back as dead (7 %), usually 0.4 %": a line a campaign. */
static void add_numbers(GString *text, const struct storm *s)
{
    g_autofree char *hard = text_grouped(s->hard);
    g_autofree char *taken = text_grouped(s->taken);
    double share = 100.0 * (double)s->hard / (double)MAX(s->taken, MAX(s->hard, 1));
    g_string_append_printf(text,
                           _("%s: %s of %s came back as dead (%.1f %%), usually %.1f %%.\n"),
                           s->campaign, hard, taken, share, 100.0 * s->usual);
}

void storm_ask(struct ui *ui, const char *provider)
{
    const char *const buttons[] = {_("Later"), _("Mail them again"), _("Never mail them"),
                                   NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = storm_waiting(ui_db(ui), &error);
    g_autoptr(GString) text = g_string_new(NULL);
    gint64 n = 0;
    if (!all) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    for (guint i = 0; i < all->len; i++) {
        const struct storm *s = all->pdata[i];
        if (strcmp(s->provider, provider) != 0)
            continue;
        add_numbers(text, s);
        n += s->n_waiting;
    }
    if (n == 0) {
        ui_say(ui, _("Nobody waits for a word about %s any more."), provider);
        return;
    }
    g_autofree char *shown = text_grouped(n);
    g_string_append_printf(
        text,
        ngettext("\n%s address waits. Is it really dead, or was %s out of order? Until you say "
                 "so nobody is marked by it.",
                 "\n%s addresses wait. Are they really dead, or was %s out of order? Until you "
                 "say so nobody is marked by it.",
                 (gulong)n),
        shown, provider);
    dialog_choose(ui, _("Far more bounces than usual"), text->str, buttons, ASK_LATER, decide,
                  g_strdup(provider), g_free);
}
