/*
 * Screen 4: the table of servers and pools with what each does now, and the test of the one
 * under the cursor. Changing one is server_edit's and pool_edit's.
 */
#include "config.h"

#include "tui/screen_servers.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/doctor_verdicts.h"
#include "store/pools.h"
#include "store/server_live.h"
#include "store/servers.h"
#include "tui/deleted.h"
#include "tui/doctor_run.h"
#include "tui/doctor_words.h"
#include "tui/login_rows.h"
#include "tui/pool_edit.h"
#include "tui/pool_pane.h"
#include "tui/server_edit.h"
#include "tui/server_talk.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/words.h"

#define LABEL 14
#define DETAIL_ROWS 9

enum column { COL_NAME, COL_STATE, COL_HOST, COL_RATE, COL_OPEN, COL_QUEUE, COL_LIMIT, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"name", N_("SERVER"), .width = 18, .min = 12, .grow = 1, .flags = TABLE_SORT},
    [COL_STATE] = {"state", N_("STATE"), .width = 6, .flags = TABLE_SORT},
    [COL_HOST] = {"host", N_("HOST"), .width = 28, .min = 14, .grow = 1, .priority = 2,
                  .flags = TABLE_SORT},
    [COL_RATE] = {"rate", N_("RATE"), .width = 7, .priority = 1,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING},
    [COL_OPEN] = {"open", N_("OPEN"), .width = 5, .priority = 4,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                  .plain = N_("%s connections")},
    [COL_QUEUE] = {"queue", N_("QUEUE"), .width = 9, .priority = 3,
                   .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                   .plain = N_("queue %s")},
    [COL_LIMIT] = {"limit", N_("LIMIT"), .width = 8, .priority = 5, .flags = TABLE_RIGHT},
};

struct servers {
    struct table table;
    struct table_memory rows;
    GPtrArray *live;      /* owned; of struct server_live * */
    GPtrArray *pools;     /* owned; of struct pool *; their rows have ids below 0 */
    struct members *members; /* owned; of the pool under the cursor, NULL: it is a server */
    struct server current; /* owned; under the cursor */
    struct doctor_verdict *verdict; /* owned; of that one; NULL: none */
    struct server_talk talk;
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("No outgoing mail server yet.\n\n"
                      "It is the server of your provider, or a mail server of your own, that "
                      "takes the mail.\n\n"
                      "  n        add one\n"
                      "  p        make a pool of several, once they are there\n"
                      "  :setup   be led through it"));
}

static const struct table_spec spec = {.name = "servers",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .sort = "name",
                                       .source = &source,
                                       .empty = empty};

/* ---- reading ---- */

static const char *state_of(const struct server_live *l)
{
    return !l->is_enabled ? _("off") : l->problem ? _("FAIL") : _("ok");
}

static struct table_row *make_row(const struct server_live *l, const struct server *s)
{
    struct table_row *row = table_row_new(l->server_id, COL_COUNT);
    table_row_set(row, COL_NAME, l->name);
    table_row_role(row, COL_STATE,
                   l->problem      ? ROLE_ERROR
                   : l->is_enabled ? ROLE_OK
                                   : ROLE_NORMAL,
                   state_of(l));
    table_row_set(row, COL_HOST, s->host);
    table_row_take(row, COL_RATE, words_rate(l->rate_per_s), (gint64)(l->rate_per_s * 1000));
    table_row_take(row, COL_OPEN, words_number(l->connections), l->connections);
    table_row_take(row, COL_QUEUE, words_number(l->queued), l->queued);
    if (s->per_second > 0)
        table_row_format(row, COL_LIMIT, _("%" PRId64 "/s"), s->per_second);
    else
        table_row_set(row, COL_LIMIT, "-");
    return row;
}

static struct table_row *make_pool_row(const struct pool *p, const struct members *m)
{
    enum term_role role;
    const char *state = pool_pane_state(m, &role);
    struct table_row *row = table_row_new(-p->id, COL_COUNT);
    table_row_set(row, COL_NAME, p->name);
    table_row_role(row, COL_STATE, role, state);
    table_row_set(row, COL_HOST, p->servers);
    return row;
}

static const struct pool *current_pool(const struct servers *s)
{
    gint64 id = table_current_id(&s->table);
    for (guint i = 0; s->pools && i < s->pools->len; i++) {
        const struct pool *p = s->pools->pdata[i];
        if (-p->id == id)
            return p;
    }
    return NULL;
}

static const struct server_live *current(const struct servers *s)
{
    gint64 id = table_current_id(&s->table);
    for (guint i = 0; s->live && i < s->live->len; i++) {
        const struct server_live *l = s->live->pdata[i];
        if (l->server_id == id)
            return l;
    }
    return NULL;
}

static void read_current(struct view *v)
{
    struct servers *s = v->state;
    const struct server_live *l = current(s);
    const struct pool *p = current_pool(s);
    struct server fresh = {0};
    g_clear_pointer(&s->members, members_free);
    if (p)
        s->members = members_load(ui_db(v->ui), p->name, s->live, ui_now_us(v->ui), NULL);
    server_clear(&s->current);
    s->current = (struct server){0};
    doctor_verdict_free(s->verdict);
    s->verdict = NULL;
    if (l && servers_get_id(ui_db(v->ui), l->server_id, &fresh, NULL))
        s->current = fresh;
    if (l)
        doctor_verdicts_latest(ui_db(v->ui), "server", l->server_id, NULL, &s->verdict, NULL);
}

static const struct server *record_of(const GPtrArray *all, gint64 id)
{
    for (guint i = 0; i < all->len; i++)
        if (((const struct server *)all->pdata[i])->id == id)
            return all->pdata[i];
    return NULL;
}

static void add_pools(struct view *v)
{
    struct servers *s = v->state;
    for (guint i = 0; i < s->pools->len; i++) {
        const struct pool *p = s->pools->pdata[i];
        struct members *m =
            members_load(ui_db(v->ui), p->name, s->live, ui_now_us(v->ui), NULL);
        table_memory_take(&s->rows, make_pool_row(p, m));
        members_free(m);
    }
}

static void load(struct view *v)
{
    struct servers *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = servers_all(ui_db(v->ui), &error);
    g_autoptr(GPtrArray) pools = all ? pools_all(ui_db(v->ui), &error) : NULL;
    GPtrArray *live = pools ? servers_live(ui_db(v->ui), ui_now_us(v->ui), &error) : NULL;
    if (!live) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_clear_pointer(&s->live, g_ptr_array_unref);
    s->live = live;
    g_clear_pointer(&s->pools, g_ptr_array_unref);
    s->pools = g_steal_pointer(&pools);
    table_memory_begin(&s->rows);
    for (guint i = 0; i < live->len; i++) {
        const struct server_live *l = live->pdata[i];
        const struct server *record = record_of(all, l->server_id);
        if (record)
            table_memory_take(&s->rows, make_row(l, record));
    }
    add_pools(v);
    table_load(&s->table);
    read_current(v);
}

static gboolean open_servers(struct view *v, const void *arg, GError **error)
{
    struct servers *s = v->state;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    server_talk_init(&s->talk, v->ui);
    return TRUE;
}

static void close_servers(struct view *v)
{
    struct servers *s = v->state;
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    server_talk_clear(&s->talk);
    server_clear(&s->current);
    doctor_verdict_free(s->verdict);
    g_clear_pointer(&s->live, g_ptr_array_unref);
    g_clear_pointer(&s->pools, g_ptr_array_unref);
    g_clear_pointer(&s->members, members_free);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct servers *s = v->state;
    return g_strdup_printf("%s  %s", _("Servers"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct servers *s = v->state;
    const struct server_live *l = current(s);
    const char *text = table_hint(&s->table);
    return text ? text : l ? l->problem : NULL;
}

/* ---- drawing ---- */

static void draw_detail(struct view *v, struct rect r)
{
    struct servers *s = v->state;
    const struct server_live *l = current(s);
    const struct server *c = &s->current;
    int y = 0;
    if (s->members)
        pool_pane_draw(s->members, r);
    if (!l || !c->name)
        return;
    g_autofree char *login = login_words(LOGIN_OF(c));
    g_autofree char *security =
        field_get(field_find(server_fields(), "security"), c);
    g_autofree char *last = words_when(l->reply_us, ui_now_us(v->ui));
    g_autofree char *reply =
        l->code > 0 ? g_strdup_printf("%s  %d %s", last, l->code, l->reply) : g_strdup("-");
    draw_hline(r, y, ROLE_MUTED);
    draw_format(r, 2, y++, ROLE_TITLE, " %s ", c->name);
    draw_labelled(r, &y, LABEL, _("Encryption"), security);
    draw_labelled(r, &y, LABEL, _("Login"), login);
    draw_labelled(r, &y, LABEL, _("Last reply"), reply);
    if (l->refused_by)
        draw_labelled(r, &y, LABEL, _("Refused by"), l->refused_by);
    if (l->problem)
        y += draw_folded(rect_part(r, 1, y, r.w - 2, 3), ROLE_ERROR, l->problem);
    doctor_words_draw(r, &y, LABEL, s->verdict, ui_now_us(v->ui));
    server_talk_draw_below(&s->talk, r, y);
}

static void draw(struct view *v, struct rect r)
{
    struct servers *s = v->state;
    server_talk_draw_table(&s->talk, &s->table, v, r, current(s) || s->members, DETAIL_ROWS, draw_detail);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct servers *s = v->state;
    server_talk_draw_table_plain(&s->talk, &s->table, r);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return current(v->state) || current_pool(v->state)
               ? NULL
               : _("There is no server under the cursor.");
}

static const char *no_server(struct view *v)
{
    return current_pool(v->state) ? _("This is a pool: do that with its servers.") : none(v);
}

static void run_edit(struct view *v)
{
    const struct pool *p = current_pool(v->state);
    if (p)
        ui_push(v->ui, pool_edit_view(), p->name);
    else
        ui_push(v->ui, server_edit_view(), current(v->state)->name);
}

static void run_new_pool(struct view *v)
{
    pool_edit_new(v->ui);
}

static void run_new(struct view *v)
{
    ui_push(v->ui, server_edit_view(), NULL);
}

static void run_test(struct view *v)
{
    struct servers *s = v->state;
    server_talk_start(&s->talk, current(s)->name, NULL);
    ui_redraw(v->ui);
}

static void run_doctor(struct view *v)
{
    const char *name = current(v->state)->name;
    doctor_run_show(v->ui, "server", name, FALSE);
}

static void run_stop(struct view *v)
{
    struct servers *s = v->state;
    server_talk_put_away(&s->talk);
}

static const char *not_stop(struct view *v)
{
    const struct servers *s = v->state;
    return server_talk_why_not(&s->talk);
}

static void run_switch(struct view *v)
{
    struct servers *s = v->state;
    g_autoptr(GError) error = NULL;
    struct server x = {0};
    if (!servers_get_id(ui_db(v->ui), current(s)->server_id, &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    x.enabled = !x.enabled;
    if (!servers_put(ui_db(v->ui), &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
    } else {
        ui_nudge(v->ui);
        ui_say(v->ui,
               x.enabled ? _("%s is on: campaigns may use it.")
                         : _("%s is off: nothing is sent over it."),
               x.name);
    }
    server_clear(&x);
    ui_reload(v->ui);
}

static void run_delete(struct view *v)
{
    struct servers *s = v->state;
    const struct pool *p = current_pool(s);
    g_autofree char *name = g_strdup(p ? p->name : current(s)->name);
    g_autoptr(GError) error = NULL;
    if (p ? !pools_delete(ui_db(v->ui), name, &error)
          : !servers_delete(ui_db(v->ui), name, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_autofree char *text = g_strdup_printf(_("%s is in the bin for 30 days."), name);
    deleted_say(v->ui, text, 1);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct servers *s = v->state;
    switch (table_event(&s->table, e)) {
    case TABLE_MOVED:
        server_talk_moved(&s->talk);
        read_current(v);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        if (current(s) || current_pool(s))
            run_edit(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static struct table *servers_table(struct view *v)
{
    return &((struct servers *)v->state)->table;
}

TABLE_COMMANDS(servers, servers_table)
TABLE_COPY_COMMAND(servers, servers_table)

static const struct action actions[] = {
    {"edit", TK_ENTER, 'e', N_("edit"), N_("change it"), N_("THIS SERVER"), "server set", none,
     run_edit},
    {"new", 'n', 0, N_("new"), N_("add an outgoing mail server"), N_("TABLE"), "server add",
     NULL, run_new},
    {"new-pool", 'p', 0, N_("pool"), N_("make a pool: servers that stand in for each other"),
     NULL, "pool set", NULL, run_new_pool},
    {"test", 't', 0, N_("test"), N_("talk to it and show the talk; no mail is sent"),
     N_("THIS SERVER"), "server test", no_server, run_test},
    {"doctor", 'D', 0, N_("doctor"),
     N_("why does it not work? the doctor's steps, and who must act"), NULL, "doctor", no_server,
     run_doctor},
    {"switch", 'o', 0, N_("on/off"), N_("let campaigns use it, or not"), NULL, "server set",
     no_server, run_switch},
    {"delete", 'd', TK_DELETE, N_("del"), N_("put it into the bin; u brings it back"), NULL,
     "server delete", none, run_delete},
    {"stop", TK_ESC, 0, NULL, N_("stop a test, or put it away"), NULL, NULL, not_stop,
     run_stop},
    TABLE_ACTIONS(servers),
    TABLE_COPY_ACTION(servers),
    {NULL},
};

const struct view_ops *screen_servers(void)
{
    static const struct view_ops ops = {.name = "servers",
                                        .state_size = sizeof(struct servers),
                                        .open = open_servers,
                                        .close = close_servers,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
