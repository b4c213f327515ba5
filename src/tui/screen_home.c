/*
 * Screen 1: what goes on.
 */
#include "config.h"

#include "tui/screen_home.h"

#include "base/i18n.h"
#include "tui/ui.h"

static char *title(struct view *v)
{
    return g_strdup(_("Home"));
}

static void draw(struct view *v, struct rect r)
{
    const struct status *s = ui_status(v->ui);
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = s->campaigns->pdata[i];
        draw_text(r, 1, (int)i, ROLE_NORMAL, c->campaign.title);
    }
    draw_cursor(r, 0, 0);
}

const struct view_ops *screen_home(void)
{
    static const struct view_ops ops = {.name = "home", .title = title, .draw = draw};
    return &ops;
}
