/*
 * Rows of what listens: the ports of records judged, and with --all every other socket. Nothing
 * is judged here, doctor/ports does that.
 */
#include "config.h"

#include "cmd/ports_rows.h"

#include "app/shapes.h"
#include "base/i18n.h"
#include "store/ports.h"

struct ports_row *ports_row_new(const char *role, const char *state)
{
    struct ports_row *r = g_new0(struct ports_row, 1);
    r->role = role;
    r->state = state;
    r->uid = r->ms = -1;
    return r;
}

static void row_free(gpointer p)
{
    struct ports_row *r = p;
    char *const texts[] = {r->name,       r->bind,    r->public_url, r->text,   r->next,
                           r->suggestion, r->program, r->user,       r->service};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    if (r->notes)
        g_ptr_array_unref(r->notes);
    g_free(r);
}

/* ---- what the records want ---- */

/* A port that is wanted, and what its row takes from its record. The wish borrows `listen`. */
struct wanted {
    struct ports_wish wish;
    gint64 id; /* 0: there is no record, it is the usual one */
    char *name, *listen, *public_url;
};

static void wanted_clear(gpointer p)
{
    struct wanted *x = p;
    g_free(x->name);
    g_free(x->listen);
    g_free(x->public_url);
}

/* Takes the texts. */
static void add_one(GArray *all, const struct port *p, char *take_listen)
{
    struct wanted x = {.id = p->id, .listen = take_listen};
    x.name = p->id ? g_strdup(p->name) : NULL;
    x.public_url = p->public_url && *p->public_url ? g_strdup(p->public_url) : NULL;
    x.wish = (struct ports_wish){
        .role = (enum port_role)p->role, .listen = x.listen, .is_enabled = p->enabled};
    g_array_append_val(all, x);
}

/* The records; without any the usual ports: whether they could be had is what somebody wants to
 * know who is about to make one. */
static GArray *find_wanted(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) records = db ? ports_all(db, error) : g_ptr_array_new();
    if (!records)
        return NULL;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct wanted));
    g_array_set_clear_func(all, wanted_clear);
    for (guint i = 0; i < records->len; i++) {
        const struct port *p = records->pdata[i];
        add_one(all, p, g_strdup(p->listen));
    }
    for (int role = 0; role < PORT_ROLE_COUNT && records->len == 0; role++)
        add_one(all, &(struct port){.role = role, .enabled = TRUE},
                g_strdup(port_usual_listen((enum port_role)role)));
    return all;
}

/* ---- rows ---- */

static void set_holder(struct ports_row *r, const struct ports_socket *s)
{
    const struct holder *h = s->holder;
    r->pid = h->pid;
    r->program = g_strdup(h->program);
    r->user = g_strdup(h->user);
    r->service = g_strdup(h->service);
    r->uid = h->uid;
    r->since_us = h->since_us;
}

static struct ports_row *wanted_row(const struct wanted *x, struct ports_verdict *v)
{
    static const char *const roles[PORT_ROLE_COUNT] = {
        [PORT_TRACKING] = N_("tracking"), [PORT_ADMIN] = N_("admin")};
    struct ports_row *r = ports_row_new(roles[x->wish.role], ports_state_name(v->state));
    r->id = x->id;
    r->name = g_strdup(x->name);
    r->bind = g_strdup(x->listen);
    r->public_url = g_strdup(x->public_url);
    r->text = g_steal_pointer(&v->text);
    r->next = g_steal_pointer(&v->next);
    r->suggestion = g_steal_pointer(&v->suggestion);
    r->notes = g_ptr_array_ref(v->notes);
    if (v->socket)
        set_holder(r, v->socket);
    r->is_told = ports_state_is_trouble(v->state) || v->notes->len > 0;
    /* Nobody asked for the usual ports yet: that they cannot be had is only to be known. */
    r->is_trouble = x->id != 0 && ports_state_is_trouble(v->state);
    r->is_warning = x->id != 0 && v->n_warnings > 0;
    return r;
}

static void add_wanted(GPtrArray *rows, const struct ports_facts *f, const GArray *wanted,
                       const struct ports_wish *wishes)
{
    for (guint i = 0; i < wanted->len; i++) {
        struct ports_verdict *v = ports_judge(f, wishes, wanted->len, i);
        g_ptr_array_add(rows, wanted_row(&g_array_index(wanted, struct wanted, i), v));
        ports_verdict_free(v);
    }
}

static void add_sockets(GPtrArray *rows, const struct ports_facts *f)
{
    for (guint i = 0; i < f->sockets->len; i++) {
        const struct ports_socket *s = &g_array_index(f->sockets, struct ports_socket, i);
        enum ports_state state = s->is_ours           ? PORTS_OURS
                                 : s->holder->program ? PORTS_HELD
                                                      : PORTS_HIDDEN;
        struct ports_row *r = ports_row_new(N_("other"), ports_state_name(state));
        const struct binding b = {.at = s->listener.at, .takes_both = s->listener.takes_both};
        r->bind = binding_text(&b);
        r->text = ports_who(f, s);
        set_holder(r, s);
        g_ptr_array_add(rows, r);
    }
}

static gboolean add_listening(GPtrArray *rows, struct db *db, const struct workspace *ws,
                              gboolean wants_all, GError **error)
{
    gint64 worker_pid = 0, since_us;
    struct ports_facts f;
    g_autoptr(GArray) wanted = find_wanted(db, error);
    if (!wanted)
        return FALSE;
    g_autofree struct ports_wish *wishes = g_new0(struct ports_wish, wanted->len);
    for (guint i = 0; i < wanted->len; i++)
        wishes[i] = g_array_index(wanted, struct wanted, i).wish;
    if (ws && !workspace_worker_is_running(ws, &worker_pid, &since_us))
        worker_pid = 0;
    if (!ports_look(&f, wants_all ? NULL : wishes, wanted->len, worker_pid, error))
        return FALSE;
    add_wanted(rows, &f, wanted, wishes);
    if (wants_all)
        add_sockets(rows, &f);
    ports_facts_clear(&f);
    return TRUE;
}

GPtrArray *ports_rows(struct db *db, const struct workspace *ws, gboolean wants_all,
                      GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    if (!add_listening(rows, db, ws, wants_all, error))
        return NULL;
    if (db && (!ports_add_servers(rows, db, error) || !ports_add_mailboxes(rows, db, error)))
        return NULL;
    ports_add_dns(rows, db);
    return g_steal_pointer(&rows);
}

/* ---- as JSON ---- */

static void put_known(struct json_writer *w, const char *key, gint64 n, gint64 unknown)
{
    json_key(w, key);
    if (n == unknown)
        json_put_null(w);
    else
        json_put_int(w, n);
}

void ports_row_json(struct json_writer *w, const struct ports_row *r)
{
    json_begin_object(w);
    json_kv_string(w, "direction", r->is_connect ? "connect" : "listen");
    json_kv_string(w, "role", r->role);
    json_kv_string(w, "name", r->name);
    json_kv_string(w, "bind", r->bind);
    json_kv_string(w, "public", r->public_url);
    json_kv_string(w, "state", r->state);
    json_kv_string(w, "text", r->text);
    json_key(w, "notes");
    json_begin_array(w);
    for (guint i = 0; r->notes && i < r->notes->len; i++)
        json_put_string(w, r->notes->pdata[i]);
    json_end_array(w);
    put_known(w, "pid", r->pid, 0);
    json_kv_string(w, "program", r->program);
    json_kv_string(w, "user", r->user);
    put_known(w, "uid", r->uid, -1);
    json_kv_string(w, "service", r->service);
    shape_time(w, "since", r->since_us);
    json_kv_string(w, "suggestion", r->suggestion);
    json_kv_string(w, "next", r->next);
    shape_time(w, "last", r->last_us);
    put_known(w, "ms", r->ms, -1);
    json_end_object(w);
}
