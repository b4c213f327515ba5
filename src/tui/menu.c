/*
 * A list to choose one or several of, as a dialog. The list itself is picklist.c's.
 */
#include "config.h"

#include "tui/menu.h"

#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"
#include "tui/picklist.h"

struct menu_arg {
    const struct menu *menu;
    void (*done)(struct ui *ui, const gint64 *ids, int n, void *data);
    void *data;
    GDestroyNotify free_data;
};

struct menu_state {
    char *title; /* owned */
    struct folded text, empty;
    struct picklist list;
    unsigned flags;
    char *hint; /* owned; what menu_hint() gave last */
    char *(*explain)(gint64 id, void *data);
    void (*done)(struct ui *ui, const gint64 *ids, int n, void *data);
    void *data; /* owned by free_data */
    GDestroyNotify free_data;
};

static void add_items(struct menu_state *m, const struct menu *menu)
{
    const char *group = NULL;
    for (int i = 0; i < menu->n; i++) {
        const struct menu_item *item = &menu->items[i];
        struct picklist_row *row = picklist_add(&m->list, item->label);
        group = item->group ? item->group : group;
        row->detail = g_strdup(item->detail);
        row->group = g_strdup(group);
        row->why_not = g_strdup(item->why_not);
        row->id = item->id;
        row->is_marked = item->is_marked;
    }
    picklist_narrow(&m->list);
    for (int i = 0; !(menu->flags & MENU_MULTI) && i < menu->n; i++)
        if (menu->items[i].is_marked)
            picklist_go_to(&m->list, menu->items[i].id);
}

static gboolean menu_open(struct view *v, const void *arg, GError **error)
{
    const struct menu_arg *a = arg;
    struct menu_state *m = v->state;
    (void)error;
    m->title = g_strdup(a->menu->title);
    folded_init(&m->text, a->menu->text);
    folded_init(&m->empty, a->menu->empty ? a->menu->empty : _("There is nothing to choose."));
    m->flags = a->menu->flags;
    picklist_init(&m->list, (m->flags & MENU_MULTI ? PICKLIST_MULTI : 0u) |
                                (m->flags & MENU_ORDER ? PICKLIST_ORDER : 0u));
    add_items(m, a->menu);
    m->explain = a->menu->explain;
    m->done = a->done;
    m->data = a->data;
    m->free_data = a->free_data;
    return TRUE;
}

static void menu_close(struct view *v)
{
    struct menu_state *m = v->state;
    if (m->free_data)
        m->free_data(m->data);
    picklist_clear(&m->list);
    folded_clear(&m->text);
    folded_clear(&m->empty);
    g_free(m->title);
    g_free(m->hint);
}

static char *menu_title(struct view *v)
{
    struct menu_state *m = v->state;
    return g_strdup(m->title);
}

#define TYPED_WANTED 36
#define LIST_MAX_ROWS 16

static struct rect menu_place(struct view *v, struct rect screen)
{
    struct menu_state *m = v->state;
    gboolean is_empty = m->list.rows->len == 0;
    int list = is_empty ? folded_columns(&m->empty) : picklist_columns(&m->list);
    int wanted = MAX(MAX(list, folded_columns(&m->text)), TYPED_WANTED);
    int w = dialog_columns(screen, MAX(wanted, (int)text_cells(m->title) + 4));
    /* The height of everything, so that it does not jump while it is narrowed. */
    int rows = is_empty ? folded_rows(&m->empty, w)
                        : MAX((int)m->list.rows->len, picklist_lines(&m->list));
    return dialog_place(v->ui, screen, w,
                        folded_rows(&m->text, w) + 1 + MIN(rows, LIST_MAX_ROWS));
}

static void menu_draw(struct view *v, struct rect r)
{
    struct menu_state *m = v->state;
    struct rect in = dialog_frame(r, m->title);
    int text = MIN(folded_rows(&m->text, in.w), MAX(0, in.h - 4));
    folded_draw(&m->text, rect_rows(in, 0, text), ROLE_NORMAL);
    struct rect list = rect_rows(in, text + 1, in.h - text - 1);
    if (m->list.rows->len == 0) {
        folded_draw(&m->empty, list, ROLE_MUTED);
        draw_cursor(list, 0, 0);
        return;
    }
    picklist_draw_typed(&m->list, in, text);
    if (m->list.shown->len == 0) {
        draw_text(list, 0, 0, ROLE_MUTED, _("Nothing matches. Esc clears."));
        draw_cursor(list, 0, 0);
    }
    picklist_draw(&m->list, list);
}

static const char *menu_hint(struct view *v)
{
    struct menu_state *m = v->state;
    const struct picklist_row *row = picklist_current(&m->list);
    g_free(m->hint);
    m->hint = NULL;
    if (row && row->why_not)
        m->hint = g_strdup(row->why_not);
    else if (m->flags & MENU_MULTI)
        m->hint = g_strdup_printf(
            ngettext("%u marked", "%u marked", (gulong)picklist_marked(&m->list)),
            picklist_marked(&m->list));
    return m->hint;
}

/* The answer: caller frees. */
static GArray *chosen_ids(const struct menu_state *m)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!(m->flags & MENU_MULTI)) {
        g_array_append_val(ids, picklist_current(&m->list)->id);
        return ids;
    }
    for (guint i = 0; i < m->list.rows->len; i++) {
        const struct picklist_row *row = g_ptr_array_index(m->list.rows, i);
        if (row->is_marked)
            g_array_append_val(ids, row->id);
    }
    return ids;
}

static void menu_take(struct view *v)
{
    struct menu_state *m = v->state;
    const struct picklist_row *row = picklist_current(&m->list);
    if (!(m->flags & MENU_MULTI) && (!row || row->why_not)) {
        if (row)
            ui_say(v->ui, "%s", row->why_not);
        return;
    }
    struct ui *ui = v->ui;
    g_autoptr(GArray) ids = chosen_ids(m);
    void (*done)(struct ui *, const gint64 *, int, void *) = m->done;
    void *data = m->data;
    GDestroyNotify free_data = m->free_data;
    m->free_data = NULL;
    ui_close(v);
    done(ui, (const gint64 *)(void *)ids->data, (int)ids->len, data);
    if (free_data)
        free_data(data);
}

static gboolean menu_key(struct view *v, const struct term_event *e)
{
    struct menu_state *m = v->state;
    enum picklist_did did = picklist_event(&m->list, e);
    if (did == PICKLIST_CHOSEN)
        menu_take(v);
    return did != PICKLIST_PASS;
}

static void menu_explain(struct view *v)
{
    struct menu_state *m = v->state;
    const struct picklist_row *row = picklist_current(&m->list);
    g_autofree char *text = row && m->explain ? m->explain(row->id, m->data) : NULL;
    if (text)
        dialog_tell(v->ui, row->label, text);
}

static const char *menu_why_no_explanation(struct view *v)
{
    struct menu_state *m = v->state;
    return m->explain ? NULL : _("there is no more to say about these");
}

static void close_view(struct view *v)
{
    ui_close(v);
}

static const struct action menu_actions[] = {
    {"take", TK_ENTER, 0, N_("take"), N_("take the row, or all marked ones"), N_("Menu"), NULL,
     NULL, menu_take},
    {"explain", TK_F1, 0, N_("explain"), N_("what this row means"), NULL, NULL,
     menu_why_no_explanation, menu_explain},
    {"cancel", TK_ESC, TK_CTRL('C'), N_("cancel"), N_("close the menu: nothing is changed"),
     NULL, NULL, NULL, close_view},
    {.name = NULL},
};

const struct view_ops *menu_view(void)
{
    static const struct view_ops ops = {
        .name = "menu",
        .state_size = sizeof(struct menu_state),
        .open = menu_open,
        .close = menu_close,
        .title = menu_title,
        .draw = menu_draw,
        .place = menu_place,
        .hint = menu_hint,
        .key = menu_key,
        .actions = menu_actions,
    };
    return &ops;
}

void menu_ask(struct ui *ui, const struct menu *m,
              void (*done)(struct ui *ui, const gint64 *ids, int n, void *data), void *data,
              GDestroyNotify free_data)
{
    struct menu_arg arg = {m, done, data, free_data};
    ui_push(ui, menu_view(), &arg);
}
