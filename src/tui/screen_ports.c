/*
 * Screen 6: the ports we listen on, with who is in the way, and what we connect to. What is
 * seen of them comes from `crier ports` in a child; the records are port_edit's.
 */
#include "config.h"

#include "tui/screen_ports.h"

#include <string.h>

#include "base/i18n.h"
#include "store/ports.h"
#include "tui/deleted.h"
#include "tui/dialog.h"
#include "tui/doctor_run.h"
#include "tui/firewall_view.h"
#include "tui/menu.h"
#include "tui/pager_dialog.h"
#include "tui/port_edit.h"
#include "tui/ports_private.h"
#include "tui/sockets_view.h"
#include "tui/ui.h"

/* ---- where one is ---- */

struct table *ports_table(struct view *v)
{
    struct ports *s = v->state;
    return s->is_right ? &s->connect.table : &s->listen.table;
}

static const struct port *record_of(const struct ports *s, gint64 id)
{
    for (guint i = 0; s->records && i < s->records->len; i++)
        if (((const struct port *)s->records->pdata[i])->id == id)
            return s->records->pdata[i];
    return NULL;
}

static const struct ports_seen *seen_at(const struct ports *s, gint64 i)
{
    return s->seen && i >= 0 && i < s->seen->len ? s->seen->pdata[i] : NULL;
}

static const struct ports_seen *seen_of(const struct ports *s, const struct port *p)
{
    for (guint i = 0; s->seen && i < s->seen->len; i++) {
        const struct ports_seen *x = s->seen->pdata[i];
        if (!x->is_connect && g_strcmp0(x->name, p->name) == 0)
            return x;
    }
    return NULL;
}

const struct port *ports_current_record(const struct ports *s)
{
    return s->is_right ? NULL : record_of(s, table_current_id(&s->listen.table));
}

const struct ports_seen *ports_current_seen(const struct ports *s)
{
    const struct port *p = ports_current_record(s);
    if (s->is_right)
        return seen_at(s, table_current_id(&s->connect.table) - 1);
    return p ? seen_of(s, p) : seen_at(s, -1 - table_current_id(&s->listen.table));
}

/* ---- reading ---- */

static void fill_listen(struct ports *s)
{
    table_memory_begin(&s->listen.rows);
    for (guint i = 0; s->records && i < s->records->len; i++) {
        const struct port *p = s->records->pdata[i];
        table_memory_take(&s->listen.rows, ports_listen_row(p->id, p, seen_of(s, p)));
    }
    for (guint i = 0; s->seen && i < s->seen->len; i++) {
        const struct ports_seen *x = s->seen->pdata[i];
        if (!x->is_connect && !x->name)
            table_memory_take(&s->listen.rows, ports_listen_row(-1 - (gint64)i, NULL, x));
    }
    table_load(&s->listen.table);
}

void ports_fill(struct view *v)
{
    struct ports *s = v->state;
    fill_listen(s);
    table_memory_begin(&s->connect.rows);
    for (guint i = 0; s->seen && i < s->seen->len; i++) {
        const struct ports_seen *x = s->seen->pdata[i];
        if (x->is_connect)
            table_memory_take(&s->connect.rows,
                              ports_connect_row(1 + (gint64)i, x, ui_now_us(v->ui)));
    }
    table_load(&s->connect.table);
}

static void take_end(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct ports *s = v->state;
    g_autoptr(GError) error = NULL;
    GPtrArray *seen = ports_data_parse(r->out, r->out_len, &error);
    s->task = NULL;
    if (seen) {
        g_clear_pointer(&s->seen, g_ptr_array_unref);
        s->seen = seen;
    } else if (!r->was_stopped) {
        ui_fail_text(v->ui, "%s", *r->error ? r->error : error->message);
    }
    ports_fill(v);
    ui_redraw(v->ui);
}

static void look(struct view *v)
{
    static const char *const args[] = {"ports", "--json", NULL};
    static const struct task_calls calls = {.done = take_end};
    struct ports *s = v->state;
    g_autoptr(GError) error = NULL;
    task_drop(s->task);
    s->task = task_start(v->ui, args, NULL, &calls, v, &error);
    if (!s->task)
        ui_fail(v->ui, g_steal_pointer(&error));
}

/* Which records there are, in which version. Caller frees. */
static char *stamp_of(const GPtrArray *records)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < records->len; i++) {
        const struct port *p = records->pdata[i];
        g_string_append_printf(text, "%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT " ", p->id,
                               p->row_version);
    }
    return g_string_free(text, FALSE);
}

static void load(struct view *v)
{
    struct ports *s = v->state;
    g_autoptr(GError) error = NULL;
    GPtrArray *records = ports_all(ui_db(v->ui), &error);
    if (!records) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_clear_pointer(&s->records, g_ptr_array_unref);
    s->records = records;
    ports_fill(v);
    g_autofree char *stamp = stamp_of(records);
    if (g_strcmp0(stamp, s->asked) == 0)
        return;
    g_free(s->asked);
    s->asked = g_steal_pointer(&stamp);
    look(v);
}

static gboolean open_ports(struct view *v, const void *arg, GError **error)
{
    struct ports *s = v->state;
    table_memory_init(&s->listen.rows, ports_listen_spec());
    table_init(&s->listen.table, ports_listen_spec(), &s->listen.rows, v->ui);
    table_memory_init(&s->connect.rows, ports_connect_spec());
    table_init(&s->connect.table, ports_connect_spec(), &s->connect.rows, v->ui);
    return TRUE;
}

static void close_ports(struct view *v)
{
    struct ports *s = v->state;
    task_drop(s->task);
    table_clear(&s->listen.table);
    table_memory_clear(&s->listen.rows);
    table_clear(&s->connect.table);
    table_memory_clear(&s->connect.rows);
    g_clear_pointer(&s->records, g_ptr_array_unref);
    g_clear_pointer(&s->seen, g_ptr_array_unref);
    g_free(s->asked);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    return g_strdup(_("Ports"));
}

/* Where the pane has no place, its sentence. */
static const char *hint(struct view *v)
{
    const struct ports *s = v->state;
    const struct ports_seen *x = ports_current_seen(s);
    int width, height;
    term_size(&width, &height);
    if (!x)
        return s->task ? _("looking who holds which port..") : NULL;
    return width < 80 || height < 20 ? x->text : NULL;
}

/* ---- the bin, on and off ---- */

static const char *no_record(struct view *v)
{
    const struct ports *s = v->state;
    if (s->is_right)
        return _("This is about where we listen: Tab goes there.");
    return ports_current_record(s) ? NULL
                                   : _("This is only the usual port. n makes it one of ours.");
}

static void run_delete(struct view *v)
{
    g_autofree char *name = g_strdup(ports_current_record(v->state)->name);
    g_autoptr(GError) error = NULL;
    if (!ports_delete(ui_db(v->ui), name, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_autofree char *text = g_strdup_printf(_("%s is in the bin for 30 days."), name);
    deleted_say(v->ui, text, 1);
}

static void run_switch(struct view *v)
{
    g_autoptr(GError) error = NULL;
    struct port x = {0};
    if (!ports_get_id(ui_db(v->ui), ports_current_record(v->state)->id, &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        ui_reload(v->ui);
        return;
    }
    x.enabled = !x.enabled;
    if (!ports_put(ui_db(v->ui), &x, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    else
        ui_say(v->ui,
               x.enabled ? _("%s is on: we listen there.")
                         : _("%s is off: nobody listens there."),
               x.name);
    port_clear(&x);
    ui_reload(v->ui);
}

/* ---- another port instead ---- */

struct change {
    gint64 id;
    char *listen; /* owned; as it was before */
};

static void change_free(gpointer data)
{
    struct change *c = data;
    g_free(c->listen);
    g_free(c);
}

/* Puts another address into a record; the one it had comes to `*ret_before`. */
static gboolean set_listen(struct ui *ui, gint64 id, const char *listen, char **ret_before,
                           GError **error)
{
    struct port x = {0};
    if (!ports_get_id(ui_db(ui), id, &x, error))
        return FALSE;
    char *before = x.listen;
    x.listen = g_strdup(listen);
    gboolean ok = ports_put(ui_db(ui), &x, error);
    port_clear(&x);
    if (ok && ret_before)
        *ret_before = before;
    else
        g_free(before);
    return ok;
}

static void undo_change(struct ui *ui, void *data)
{
    const struct change *c = data;
    g_autoptr(GError) error = NULL;
    if (set_listen(ui, c->id, c->listen, NULL, &error))
        ui_say(ui, _("We listen on %s again."), c->listen);
    else
        ui_fail(ui, g_steal_pointer(&error));
    ui_reload(ui);
}

static void use_suggestion(struct view *v)
{
    const struct ports *s = v->state;
    const struct port *p = ports_current_record(s);
    const struct ports_seen *x = ports_current_seen(s);
    g_autofree char *to = g_strdup(x->suggestion);
    g_autoptr(GError) error = NULL;
    if (!p) {
        const struct port_edit_arg arg = {.role = x->role, .listen = to};
        ui_push(v->ui, port_edit_view(), &arg);
        return;
    }
    struct change *c = g_new0(struct change, 1);
    c->id = p->id;
    if (!set_listen(v->ui, p->id, to, &c->listen, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        change_free(c);
        return;
    }
    g_autofree char *text =
        g_strdup_printf(p->public_url && *p->public_url
                            ? _("We listen on %s instead of %s. The public URL stays as it is.")
                            : _("We listen on %s instead of %s."),
                        to, c->listen);
    ui_say_undo(v->ui, text, undo_change, c, change_free);
    ui_reload(v->ui);
}

static void run_edit(struct view *v)
{
    const struct ports *s = v->state;
    const struct port *p = ports_current_record(s);
    const struct ports_seen *x = ports_current_seen(s);
    const struct port_edit_arg arg = {.name = p ? p->name : NULL,
                                      .role = !p && x ? x->role : NULL,
                                      .listen = !p && x ? x->bind : NULL};
    ui_push(v->ui, port_edit_view(), &arg);
}

static void run_new(struct view *v)
{
    const struct port_edit_arg arg = {0};
    ui_push(v->ui, port_edit_view(), &arg);
}

enum { CHOOSE_OTHER = 1, CHOOSE_EDIT, CHOOSE_STOP, CHOOSE_PROXY };

static void take_choice(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    const struct ports_seen *x = ports_current_seen(v->state);
    if (n < 1 || !x)
        return;
    if (ids[0] == CHOOSE_OTHER)
        use_suggestion(v);
    else if (ids[0] == CHOOSE_EDIT)
        run_edit(v);
    else if (ids[0] == CHOOSE_PROXY)
        firewall_show(ui, "nginx");
    else
        dialog_tell(ui, _("Stop the other program"), x->next ? x->next : x->text);
}

/* What can be done about a port that cannot be had. */
static void choose(struct view *v, const struct ports_seen *x)
{
    g_autofree char *other =
        x->suggestion ? g_strdup_printf(_("%s (free)"), x->suggestion) : NULL;
    const struct menu_item all[] = {
        {.label = _("listen elsewhere"),
         .detail = other,
         .id = CHOOSE_OTHER,
         .why_not = other ? NULL : _("no free port was found")},
        {.label = _("another address"), .detail = _("type it"), .id = CHOOSE_EDIT},
        {.label = _("stop the other program"),
         .detail = _("not done by us: what to type"),
         .id = CHOOSE_STOP},
        {.label = _("put it behind a web server"),
         .detail = _("an example for nginx, Apache, Caddy"),
         .id = CHOOSE_PROXY},
    };
    struct menu_item items[G_N_ELEMENTS(all)];
    int n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i].id != CHOOSE_STOP || ports_data_is_held(x))
            items[n++] = all[i];
    const struct menu m = {
        .title = _("This port cannot be had"), .text = x->text, .items = items, .n = n};
    menu_ask(v->ui, &m, take_choice, v, NULL);
}

/* ---- the rest that can be done ---- */

static void show_peer(struct view *v, gboolean is_now)
{
    const struct ports_seen *x = ports_current_seen(v->state);
    doctor_run_show(v->ui, x->role, x->name, is_now);
}

static const char *no_peer(struct view *v)
{
    const struct ports *s = v->state;
    const struct ports_seen *x = ports_current_seen(s);
    if (!x || !x->name || (strcmp(x->role, "server") != 0 && strcmp(x->role, "mailbox") != 0))
        return _("The doctor looks at servers and mailboxes.");
    return NULL;
}

/* Whether people outside come in cannot be known from here: one of them opens a link. */
static void test_from_outside(struct view *v)
{
    const char *const args[] = {"port", "test", ports_current_record(v->state)->name, NULL};
    pager_dialog_run(v->ui, _("Does anybody come in?"), args, PAGER_RUN_LIVE);
}

static void run_test(struct view *v)
{
    if (((struct ports *)v->state)->is_right)
        show_peer(v, TRUE);
    else
        test_from_outside(v);
}

static const char *not_test(struct view *v)
{
    const struct ports *s = v->state;
    const struct port *p = ports_current_record(s);
    if (s->is_right)
        return no_peer(v);
    return p && !p->enabled ? _("It is off: Space switches it on.") : no_record(v);
}

static void run_open(struct view *v)
{
    const struct ports *s = v->state;
    const struct ports_seen *x = ports_current_seen(s);
    if (s->is_right)
        show_peer(v, FALSE);
    else if (x && ports_data_is_trouble(x))
        choose(v, x);
    else
        run_edit(v);
}

static const char *not_open(struct view *v)
{
    const struct ports *s = v->state;
    if (s->is_right)
        return no_peer(v);
    return table_current(&s->listen.table) ? NULL : _("There is nothing under the cursor.");
}

static const char *not_edit(struct view *v)
{
    const struct ports *s = v->state;
    return s->is_right ? no_record(v) : not_open(v);
}

static void run_firewall(struct view *v)
{
    firewall_show(v->ui, NULL);
}

static void run_sockets(struct view *v)
{
    ui_push(v->ui, sockets_view(), NULL);
}

static void run_look(struct view *v)
{
    look(v);
    ui_reload(v->ui);
    ui_say(v->ui, "%s", _("Looking who holds which port."));
}

static void run_copy(struct view *v)
{
    table_copy(ports_table(v));
}

static void run_pane(struct view *v)
{
    struct ports *s = v->state;
    s->is_right = !s->is_right;
    ui_redraw(v->ui);
}

/* ---- keys ---- */

static gboolean is_at_end(const struct table *t, gboolean is_last)
{
    return t->rows->len == 0 || (is_last ? t->at_end && t->cursor == (int)t->rows->len - 1
                                         : t->at_start && t->cursor == 0);
}

/* The tables stand below each other: the cursor goes from the one into the other. */
static gboolean cross(struct view *v, const struct term_event *e)
{
    struct ports *s = v->state;
    gboolean is_down = e->kind == EVENT_KEY && (e->key == TK_DOWN || e->key == 'j');
    gboolean is_up = e->kind == EVENT_KEY && (e->key == TK_UP || e->key == 'k');
    if (is_down && !s->is_right && s->connect.table.rows->len > 0 &&
        is_at_end(&s->listen.table, TRUE))
        table_go_first(&s->connect.table);
    else if (!(is_up && s->is_right && s->listen.table.rows->len > 0 &&
               is_at_end(&s->connect.table, FALSE)))
        return FALSE;
    s->is_right = is_down;
    ui_moved(v->ui);
    return TRUE;
}

static gboolean key(struct view *v, const struct term_event *e)
{
    if (cross(v, e))
        return TRUE;
    switch (table_event(ports_table(v), e)) {
    case TABLE_MOVED:
        ui_moved(v->ui);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN: {
        const char *why = not_open(v);
        if (why)
            ui_say(v->ui, "%s", why);
        else
            run_open(v);
        return TRUE;
    }
    default:
        return FALSE;
    }
}

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"),
     N_("choose what to do about a port that is taken; else change it, or see the doctor's "
        "steps"),
     N_("THIS LINE"), NULL, not_open, run_open},
    {"edit", 'e', 0, N_("edit"), N_("change the port"), NULL, "port set", not_edit, run_edit},
    {"test", 't', 0, N_("test"),
     N_("does anybody outside come in here? For what we connect to: the doctor looks"), NULL,
     "port test", not_test, run_test},
    {"switch", ' ', 0, N_("on/off"), N_("listen there, or not"), NULL, "port set", no_record,
     run_switch},
    {"delete", 'd', TK_DELETE, N_("del"), N_("put it into the bin; u brings it back"), NULL,
     "port delete", no_record, run_delete},
    {"new", 'n', 0, N_("new"), N_("add a port that we listen on"), N_("ALL"), "port add", NULL,
     run_new},
    {"firewall", 'x', 0, N_("firewall"), N_("what your firewall and router must let through"),
     NULL, "firewall", NULL, run_firewall},
    {"sockets", 'a', 0, N_("all"), N_("everything that listens on this machine"), NULL, "ports",
     NULL, run_sockets},
    {"look", 'r', TK_F5, N_("look again"), N_("look again who holds which port"), NULL, "ports",
     NULL, run_look},
    {"pane", TK_TAB, TK_BACKTAB, NULL, N_("from where we listen to where we connect and back"),
     NULL, NULL, NULL, run_pane},
    {"copy", 'y', 0, NULL, N_("copy this row"), NULL, NULL, NULL, run_copy},
    {NULL},
};

const struct view_ops *screen_ports(void)
{
    static const struct view_ops ops = {.name = "ports",
                                        .state_size = sizeof(struct ports),
                                        .open = open_ports,
                                        .close = close_ports,
                                        .load = load,
                                        .title = title,
                                        .draw = ports_draw,
                                        .draw_plain = ports_draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
