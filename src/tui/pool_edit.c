/*
 * The editor of a pool: all servers in one list, those in the pool first, with weights that
 * keys change. What each of them does now is said by the screen below.
 */
#include "config.h"

#include "tui/pool_edit.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/pools.h"
#include "store/servers.h"
#include "tui/dialog.h"
#include "tui/picklist.h"
#include "tui/ui.h"

#define NAME_CELLS 24
#define NEW_NAME "pool"

struct item {     /* a server */
    char *server; /* owned */
    int weight;
    gboolean is_in;
    gboolean is_off; /* switched off, or not there any more */
};

struct pool_edit {
    struct pool pool;
    GPtrArray *items;     /* owned; of struct item *; those in the pool first, in their order */
    struct picklist list; /* a row an item, its id the item's place and one */
    char *text;           /* owned; as it is stored */
};

/* ---- items ---- */

static void item_free(gpointer data)
{
    struct item *i = data;
    g_free(i->server);
    g_free(i);
}

static struct item *item_at(const struct pool_edit *s, guint i)
{
    return s->items->pdata[i];
}

static struct item *find_item(const struct pool_edit *s, const char *server)
{
    for (guint i = 0; i < s->items->len; i++)
        if (strcmp(item_at(s, i)->server, server) == 0)
            return item_at(s, i);
    return NULL;
}

static struct item *add_item(struct pool_edit *s, const char *server)
{
    struct item *i = g_new0(struct item, 1);
    i->server = g_strdup(server);
    i->weight = 1;
    g_ptr_array_add(s->items, i);
    return i;
}

static gboolean fill_items(struct pool_edit *s, struct db *db, gboolean is_new, GError **error)
{
    g_autoptr(GPtrArray) members = is_new ? NULL : pool_parse(s->pool.servers, error);
    g_autoptr(GPtrArray) all = is_new || members ? servers_all(db, error) : NULL;
    for (guint i = 0; members && i < members->len; i++) {
        const struct pool_member *m = members->pdata[i];
        struct item *item = add_item(s, m->server);
        item->weight = m->weight;
        item->is_in = item->is_off = TRUE;
    }
    for (guint i = 0; all && i < all->len; i++) {
        const struct server *server = all->pdata[i];
        struct item *item = find_item(s, server->name);
        if (!item) {
            item = add_item(s, server->name);
            item->is_in = is_new && server->enabled;
        }
        item->is_off = !server->enabled;
    }
    return all != NULL;
}

/* What is on the screen as a pool's text; "" when none is in. Caller frees. */
static char *text_of(const struct pool_edit *s)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < s->items->len; i++)
        if (item_at(s, i)->is_in)
            g_string_append_printf(out, "%s%s:%d", out->len ? ", " : "", item_at(s, i)->server,
                                   item_at(s, i)->weight);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static gboolean is_changed(const struct pool_edit *s)
{
    g_autofree char *now = text_of(s);
    return strcmp(now, s->text) != 0;
}

static int total_weight(const struct pool_edit *s)
{
    int total = 0;
    for (guint i = 0; i < s->items->len; i++)
        total += item_at(s, i)->is_in ? item_at(s, i)->weight : 0;
    return total;
}

/* ---- rows ---- */

static char *share_of(const struct pool_edit *s, const struct item *i)
{
    if (!i->is_in)
        return g_strdup(_("not in it"));
    if (i->weight == 0)
        return g_strdup(_("reserve: only while the others cannot"));
    return g_strdup_printf(_("weight %d: %d %% of the mail"), i->weight,
                           (100 * i->weight + total_weight(s) / 2) / total_weight(s));
}

static void make_rows(struct pool_edit *s)
{
    const struct picklist_row *was = picklist_current(&s->list);
    gint64 id = was ? was->id : 1;
    picklist_empty(&s->list);
    for (guint i = 0; i < s->items->len; i++) {
        const struct item *item = item_at(s, i);
        struct picklist_row *row = picklist_add(&s->list, item->server);
        row->id = (gint64)i + 1;
        row->lead = g_strdup(item->is_in ? "[x]" : "[ ]");
        row->detail = share_of(s, item);
        row->tail = item->is_off ? g_strdup(_("off")) : NULL;
    }
    picklist_narrow(&s->list);
    picklist_go_to(&s->list, id);
}

static struct item *current(const struct pool_edit *s)
{
    const struct picklist_row *row = picklist_current(&s->list);
    return row ? item_at(s, (guint)row->id - 1) : NULL;
}

static void changed(struct view *v)
{
    make_rows(v->state);
    ui_redraw(v->ui);
}

/* ---- life ---- */

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    struct pool_edit *s = v->state;
    g_autoptr(GError) why = NULL;
    s->items = g_ptr_array_new_with_free_func(item_free);
    picklist_init(&s->list, PICKLIST_FIXED);
    gboolean is_there = pools_get(ui_db(v->ui), arg, &s->pool, &why);
    if (!is_there && !g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!is_there) {
        pool_init(&s->pool);
        s->pool.name = g_strdup(arg);
    }
    s->text = g_strdup(is_there ? s->pool.servers : "");
    if (!fill_items(s, ui_db(v->ui), !is_there, error))
        return FALSE;
    make_rows(s);
    return TRUE;
}

static void close_edit(struct view *v)
{
    struct pool_edit *s = v->state;
    picklist_clear(&s->list);
    g_clear_pointer(&s->items, g_ptr_array_unref);
    pool_clear(&s->pool);
    g_free(s->text);
}

static char *title_edit(struct view *v)
{
    const struct pool_edit *s = v->state;
    return g_strdup_printf(_("Servers > %s > Edit"), s->pool.name);
}

static char *note_edit(struct view *v)
{
    return g_strdup(is_changed(v->state) ? _("not saved") : "");
}

/* ---- drawing ---- */

static void draw_edit(struct view *v, struct rect r)
{
    struct pool_edit *s = v->state;
    const char *what = _("A campaign names this pool like a server. Each server of it gets its "
                         "part of the mail; one that rests, is used up for the day or is "
                         "switched off hands its part over to the others. A server in reserve "
                         "gets mail only while none of the others can, in the order of this "
                         "list.");
    int about = draw_folded(rect_part(r, 1, 0, r.w - 2, 0), ROLE_MUTED, what);
    int rows = MIN(picklist_lines(&s->list), r.h);
    gboolean has_room = r.h >= rows + about + 3;
    draw_cell(r, 1, 0, r.w - 1, ROLE_HEADING, _("SERVERS OF THE POOL"));
    picklist_draw(&s->list, rect_part(r, 1, 1, r.w - 2, MAX(1, MIN(rows, r.h - 1))));
    if (has_room)
        draw_folded(rect_part(r, 1, rows + 2, r.w - 2, about), ROLE_MUTED, what);
}

/* ---- saving ---- */

static gboolean save(struct view *v)
{
    struct pool_edit *s = v->state;
    g_autoptr(GError) error = NULL;
    g_free(s->pool.servers);
    s->pool.servers = text_of(s);
    if (!pools_put(ui_db(v->ui), &s->pool, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return FALSE;
    }
    g_free(s->text);
    s->text = g_strdup(s->pool.servers);
    ui_nudge(v->ui);
    ui_say(v->ui, _("Saved: %s."), s->pool.name);
    ui_reload(v->ui);
    return TRUE;
}

static void on_left(struct ui *ui, int button, void *data)
{
    struct view *v = data;
    if (button == 1 || (button == 0 && save(v)))
        ui_close(v);
}

static gboolean may_close(struct view *v)
{
    const char *const buttons[] = {_("Save"), _("Discard"), _("Go on"), NULL};
    struct pool_edit *s = v->state;
    if (!is_changed(s))
        return TRUE;
    g_autofree char *text = g_strdup_printf(_("%s is not saved."), s->pool.name);
    dialog_choose(v->ui, _("Not saved"), text, buttons, 2, on_left, v, NULL);
    return FALSE;
}

/* ---- keys ---- */

static const char *none(struct view *v)
{
    return current(v->state) ? NULL
                             : _("There is no server yet: n on the screen Servers adds one.");
}

static void run_more(struct view *v)
{
    struct item *i = current(v->state);
    i->weight = i->is_in ? MIN(i->weight + 1, POOL_MAX_WEIGHT) : 1;
    i->is_in = TRUE;
    changed(v);
}

static void run_less(struct view *v)
{
    struct item *i = current(v->state);
    i->weight = MAX(i->weight - 1, 0);
    changed(v);
}

static void run_in(struct view *v)
{
    struct item *i = current(v->state);
    i->is_in = !i->is_in;
    changed(v);
}

static void move(struct view *v, int step)
{
    struct pool_edit *s = v->state;
    gint64 from = picklist_current(&s->list)->id - 1, to = from + step;
    if (to < 0 || to >= s->items->len)
        return;
    gpointer item = s->items->pdata[from];
    s->items->pdata[from] = s->items->pdata[to];
    s->items->pdata[to] = item;
    make_rows(s);
    picklist_go_to(&s->list, to + 1);
    ui_redraw(v->ui);
}

static void run_earlier(struct view *v)
{
    move(v, -1);
}

static void run_later(struct view *v)
{
    move(v, 1);
}

static void run_save(struct view *v)
{
    if (save(v))
        ui_close(v);
}

static void run_leave(struct view *v)
{
    if (may_close(v))
        ui_close(v);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct pool_edit *s = v->state;
    if (picklist_event(&s->list, e) != PICKLIST_TAKEN)
        return FALSE; /* Enter is an action's */
    ui_redraw(v->ui);
    return TRUE;
}

static const struct action actions[] = {
    {"save", TK_ENTER, TK_CTRL('S'), N_("save"), N_("save the pool and go back"), N_("POOL"),
     "pool set", NULL, run_save},
    {"in", ' ', 0, N_("in/out"), N_("take this server into the pool, or out of it"),
     N_("THIS SERVER"), NULL, none, run_in},
    {"more", '+', TK_RIGHT, N_("more"), N_("a greater part of the mail"), NULL, NULL, none,
     run_more},
    {"less", '-', TK_LEFT, N_("less"), N_("a smaller part; at 0 it is in reserve"), NULL, NULL,
     none, run_less},
    {"earlier", '<', 0, N_("up"), N_("further up: an earlier reserve"), NULL, NULL, none,
     run_earlier},
    {"later", '>', 0, N_("down"), N_("further down: a later reserve"), NULL, NULL, none,
     run_later},
    {"leave", TK_ESC, 0, N_("leave"), N_("back"), NULL, NULL, NULL, run_leave},
    {NULL},
};

const struct view_ops *pool_edit_view(void)
{
    static const struct view_ops ops = {.name = "pool",
                                        .state_size = sizeof(struct pool_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title_edit,
                                        .note = note_edit,
                                        .draw = draw_edit,
                                        .key = key,
                                        .actions = actions,
                                        .may_close = may_close};
    return &ops;
}

/* ---- a new one ---- */

/* "pool", "pool-2" …: the first that is free. */
static char *free_name(struct db *db)
{
    for (int n = 1;; n++) {
        g_autofree char *name =
            n == 1 ? g_strdup(NEW_NAME) : g_strdup_printf(NEW_NAME "-%d", n);
        struct pool_servers found;
        g_autoptr(GError) why = NULL;
        if (!pools_find(db, name, &found, &why))
            return g_steal_pointer(&name);
        pool_servers_clear(&found);
    }
}

static gboolean check_name(const char *value, void *data, GError **error)
{
    struct pool_servers found;
    if (!text_is_slug(value)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("Use letters a-z, digits, - and _, beginning with a letter or a "
                              "digit."));
        return FALSE;
    }
    if (!pools_find(ui_db(data), value, &found, NULL))
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                        found.is_pool ? _("There is a pool of this name already.")
                                      : _("There is a server of this name already."));
    pool_servers_clear(&found);
    return FALSE;
}

static void on_name(struct ui *ui, const char *value, void *data)
{
    ui_push(ui, pool_edit_view(), value);
}

void pool_edit_new(struct ui *ui)
{
    g_autofree char *value = free_name(ui_db(ui));
    const struct dialog_line q = {.title = _("New pool"),
                                  .text = _("Campaigns name it like a server."),
                                  .label = _("Name"),
                                  .value = value,
                                  .check = check_name};
    dialog_line(ui, &q, on_name, ui, NULL);
}
