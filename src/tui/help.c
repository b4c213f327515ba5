/*
 * `?`: the actions of a view and of everywhere, as a menu that runs them. The manual is
 * help_manual.c's.
 */
#include "config.h"

#include "tui/help.h"

#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"
#include "tui/picklist.h"
#include "tui/screens.h"
#include "tui/ui_private.h"

struct help {
    struct view *front; /* borrowed: it cannot go away while a dialog is open */
    struct picklist list;
    GPtrArray *actions; /* owned, of const struct action *; a row's id is its place here */
    char *hint;         /* owned */
};

/* A row for each action that is there; `view` is whose keys they are. */
static void add_actions(struct help *h, const char *view, const struct action *table,
                        const char *heading)
{
    for (const struct action *a = table; a && a->name; a++) {
        heading = a->group ? _(a->group) : heading;
        if (!help_is_there(view, a))
            continue;
        const char *why_not = a->why_not ? a->why_not(h->front) : NULL;
        struct picklist_row *row = picklist_add(&h->list, _(a->help));
        row->lead = term_key_name(action_key(view, a));
        row->group = g_strdup(heading);
        row->also = g_strconcat(a->name, " ", a->verb ? a->verb : "", NULL);
        if (why_not)
            row->why_not = g_strdup_printf(_("not possible: %s"), why_not);
        row->id = h->actions->len;
        g_ptr_array_add(h->actions, (gpointer)a);
    }
}

gboolean help_is_there(const char *view, const struct action *a)
{
    const struct screen *s = NULL;
    if (g_strcmp0(view, HELP_GLOBAL) == 0 && a->key >= '1' && a->key <= '9')
        s = screens_find((int)(a->key - '0'));
    return !s || s->view != NULL;
}

static gboolean help_view_open(struct view *v, const void *arg, GError **error)
{
    struct help *h = v->state;
    (void)error;
    h->front = (struct view *)arg;
    h->actions = g_ptr_array_new();
    picklist_init(&h->list, 0);
    g_autofree char *title = h->front->ops->title ? h->front->ops->title(h->front) : NULL;
    add_actions(h, h->front->ops->name, h->front->ops->actions,
                title ? title : h->front->ops->name);
    add_actions(h, HELP_GLOBAL, ui_global_actions(), _("Everywhere"));
    picklist_narrow(&h->list);
    return TRUE;
}

static void help_view_close(struct view *v)
{
    struct help *h = v->state;
    picklist_clear(&h->list);
    g_ptr_array_unref(h->actions);
    g_free(h->hint);
}

static char *help_title(struct view *v)
{
    (void)v;
    return g_strdup(_("What can I do here?"));
}

static struct rect help_place(struct view *v, struct rect screen)
{
    struct help *h = v->state;
    int columns = MAX(picklist_columns(&h->list), 60);
    return dialog_place(v->ui, screen, columns, MAX(1, screen.h - 2));
}

static void help_draw(struct view *v, struct rect r)
{
    struct help *h = v->state;
    struct rect in = dialog_frame(r, _("What can I do here?"));
    picklist_draw_typed(&h->list, in, 0);
    struct rect list = rect_rows(in, 1, in.h - 1);
    if (h->list.shown->len == 0) {
        draw_text(list, 0, 0, ROLE_MUTED, _("Nothing matches. Esc clears."));
        draw_cursor(list, 0, 0);
    }
    picklist_draw(&h->list, list);
}

static const struct action *current_action(const struct help *h)
{
    const struct picklist_row *row = picklist_current(&h->list);
    return row ? g_ptr_array_index(h->actions, (guint)row->id) : NULL;
}

static const char *help_hint(struct view *v)
{
    struct help *h = v->state;
    const struct picklist_row *row = picklist_current(&h->list);
    const struct action *a = current_action(h);
    g_free(h->hint);
    h->hint = NULL;
    if (row && row->why_not)
        h->hint = g_strdup(row->why_not);
    else if (a && a->verb)
        h->hint = g_strdup_printf(_("On the command line: crier %s"), a->verb);
    return h->hint;
}

static void help_run(struct view *v)
{
    struct help *h = v->state;
    const struct picklist_row *row = picklist_current(&h->list);
    const struct action *a = current_action(h);
    struct view *front = h->front;
    if (!a)
        return;
    if (row->why_not) {
        ui_say(v->ui, "%s", row->why_not);
        return;
    }
    ui_close(v);
    a->run(front);
}

/* What F1 says of an action. Caller frees. */
static char *explanation(const struct help *h, const struct picklist_row *row,
                         const struct action *a)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean is_own = FALSE;
    for (const struct action *own = h->front->ops->actions; own && own->name; own++)
        is_own |= own == a;
    g_string_append_printf(text, "%s\n\n", _(a->help));
    if (row->why_not)
        g_string_append_printf(text, "%s\n\n", row->why_not);
    g_string_append_printf(text, _("Key: %s"), row->lead);
    if (a->alias) {
        g_autofree char *alias = term_key_name(a->alias);
        g_string_append_printf(text, _(", also %s"), alias);
    }
    g_string_append_c(text, '\n');
    if (a->verb)
        g_string_append_printf(text, _("On the command line: crier %s\n"), a->verb);
    g_string_append_printf(text, _("In the file of your own keys: %s = { %s = \"...\"; };"),
                           is_own ? h->front->ops->name : HELP_GLOBAL, a->name);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void help_explain(struct view *v)
{
    struct help *h = v->state;
    const struct picklist_row *row = picklist_current(&h->list);
    const struct action *a = current_action(h);
    if (!a)
        return;
    g_autofree char *text = explanation(h, row, a);
    dialog_tell(v->ui, a->label ? _(a->label) : row->lead, text);
}

static void help_to_manual(struct view *v)
{
    struct help *h = v->state;
    struct view *front = h->front;
    ui_close(v);
    help_manual(front->ui, front);
}

static gboolean help_key(struct view *v, const struct term_event *e)
{
    struct help *h = v->state;
    enum picklist_did did = picklist_event(&h->list, e);
    if (did == PICKLIST_CHOSEN)
        help_run(v);
    return did != PICKLIST_PASS;
}

static void close_view(struct view *v)
{
    ui_close(v);
}

static const struct action help_actions[] = {
    {"run", TK_ENTER, 0, N_("run it"), N_("do what the row says"), N_("This menu"), NULL, NULL,
     help_run},
    {"explain", TK_F1, 0, N_("explain"), N_("more about the row: its keys and its verb"), NULL,
     NULL, NULL, help_explain},
    {"manual", TK_F2, 0, N_("manual"), N_("read the manual"), NULL, NULL, NULL, help_to_manual},
    {"close", TK_ESC, TK_CTRL('C'), N_("close"), N_("close this menu"), NULL, NULL, NULL,
     close_view},
    {.name = NULL},
};

const struct view_ops *help_view(void)
{
    static const struct view_ops ops = {
        .name = "help",
        .state_size = sizeof(struct help),
        .open = help_view_open,
        .close = help_view_close,
        .title = help_title,
        .draw = help_draw,
        .place = help_place,
        .hint = help_hint,
        .key = help_key,
        .actions = help_actions,
    };
    return &ops;
}

void help_open(struct view *front)
{
    ui_push(front->ui, help_view(), front);
}
