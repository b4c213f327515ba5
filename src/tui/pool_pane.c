/*
 * A pool on the screen of servers. Which of its servers takes mail is app/members.c's to say.
 */
#include "config.h"

#include "tui/pool_pane.h"

#include "base/i18n.h"
#include "base/text.h"

#define NAME_MAX_CELLS 20

const char *pool_pane_state(const struct members *m, enum term_role *ret_role)
{
    *ret_role = m && m->n_taking > 0 ? ROLE_OK : ROLE_ERROR;
    return m && m->n_taking > 0 ? _("pool") : _("FAIL");
}

static int name_cells(const struct members *m)
{
    gsize cells = 4;
    for (guint i = 0; i < m->all->len; i++)
        cells = MAX(cells, text_cells(((const struct member *)m->all->pdata[i])->server));
    return (int)MIN(cells, NAME_MAX_CELLS);
}

static enum term_role role_of(const struct member *one)
{
    return one->needs_person ? ROLE_ERROR
           : one->why_not    ? ROLE_WARN
           : one->takes      ? ROLE_OK
                             : ROLE_MUTED;
}

void pool_pane_draw(const struct members *m, struct rect r)
{
    int cells = name_cells(m), y = 0;
    draw_hline(r, y, ROLE_MUTED);
    draw_format(r, 2, y++, ROLE_TITLE, " %s ", m->name);
    for (guint i = 0; i < m->all->len && y < r.h; i++) {
        const struct member *one = m->all->pdata[i];
        g_autofree char *words = member_words(m, one);
        draw_cell(r, 1, y, cells, ROLE_NORMAL, one->server);
        y += MAX(1, draw_folded(rect_part(r, cells + 3, y, r.w - cells - 4, r.h - y),
                                role_of(one), words));
    }
}
