/*
 * `crier ports --all` as a table. Who is in the way of a port of ours stands on the screen
 * Ports itself; this is to look around.
 */
#include "config.h"

#include "tui/sockets_view.h"

#include "base/hostport.h"
#include "base/i18n.h"
#include "tui/ports_data.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/ui.h"

enum { COL_AT, COL_PROGRAM, COL_PID, COL_USER, COL_SERVICE, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_AT] = {"listen", N_("LISTENS ON"), .width = 26, .min = 16, .flags = TABLE_SORT},
    [COL_PROGRAM] = {"program", N_("PROGRAM"), .width = 18, .min = 12, .grow = 1,
                     .flags = TABLE_SORT},
    [COL_PID] = {"pid", N_("PROCESS"), .width = 8, .priority = 2,
                 .flags = TABLE_SORT | TABLE_RIGHT, .plain = N_("process %s")},
    [COL_USER] = {"user", N_("USER"), .width = 12, .priority = 1, .flags = TABLE_SORT,
                  .plain = N_("user %s")},
    [COL_SERVICE] = {"service", N_("SERVICE"), .width = 26, .min = 14, .grow = 1, .priority = 3,
                     .flags = TABLE_SORT},
};

struct sockets {
    struct table table;
    struct table_memory rows;
    GPtrArray *seen;   /* owned; of struct ports_seen *; NULL: not looked yet */
    struct task *task; /* owned while it looks */
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("Nothing listens on this machine, or it is still being looked at.\n\n"
                      "  r   look again"));
}

static const struct table_spec spec = {.name = "sockets",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty,
                                       .flags = TABLE_NO_MARKS};

/* By the port: 81 before 8081, whatever the address is. */
static gint64 order_of(const char *at)
{
    struct hostport h;
    if (!at || !hostport_parse(at, HOSTPORT_LISTENER, &h, NULL))
        return 0;
    gint64 port = h.port;
    hostport_clear(&h);
    return port;
}

static struct table_row *make_row(gint64 id, const struct ports_seen *x)
{
    struct table_row *row = table_row_new(id, COL_COUNT);
    table_row_take(row, COL_AT, g_strdup(x->bind ? x->bind : "?"), order_of(x->bind));
    table_row_set(row, COL_PROGRAM, x->program ? x->program : _("not to be seen"));
    table_row_take(row, COL_PID,
                   x->pid > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, x->pid) : g_strdup("-"),
                   x->pid);
    table_row_set(row, COL_USER, x->user ? x->user : "-");
    table_row_set(row, COL_SERVICE, x->service ? x->service : "-");
    return row;
}

static void fill(struct sockets *s)
{
    table_memory_begin(&s->rows);
    for (guint i = 0; s->seen && i < s->seen->len; i++) {
        const struct ports_seen *x = s->seen->pdata[i];
        if (!x->is_connect && g_strcmp0(x->role, "other") == 0)
            table_memory_take(&s->rows, make_row(1 + (gint64)i, x));
    }
    table_load(&s->table);
}

static void take_end(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct sockets *s = v->state;
    g_autoptr(GError) error = NULL;
    GPtrArray *seen = ports_data_parse(r->out, r->out_len, &error);
    s->task = NULL;
    if (seen) {
        g_clear_pointer(&s->seen, g_ptr_array_unref);
        s->seen = seen;
    } else {
        ui_fail_text(v->ui, "%s", *r->error ? r->error : error->message);
    }
    fill(s);
    ui_redraw(v->ui);
}

static void look(struct view *v)
{
    static const char *const args[] = {"ports", "--all", "--json", NULL};
    static const struct task_calls calls = {.done = take_end};
    struct sockets *s = v->state;
    g_autoptr(GError) error = NULL;
    task_drop(s->task);
    s->task = task_start(v->ui, args, NULL, &calls, v, &error);
    if (!s->task)
        ui_fail(v->ui, g_steal_pointer(&error));
}

static gboolean open_sockets(struct view *v, const void *arg, GError **error)
{
    struct sockets *s = v->state;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    table_load(&s->table);
    look(v);
    return TRUE;
}

static void close_sockets(struct view *v)
{
    struct sockets *s = v->state;
    task_drop(s->task);
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_clear_pointer(&s->seen, g_ptr_array_unref);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct sockets *s = v->state;
    return g_strdup_printf(_("Ports > All that listens  %s"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct sockets *s = v->state;
    const struct table_row *row = table_current(&s->table);
    const char *text = table_hint(&s->table);
    const struct ports_seen *x = row && s->seen && row->id >= 1 && row->id <= s->seen->len
                                     ? s->seen->pdata[row->id - 1]
                                     : NULL;
    return text ? text : s->task ? _("looking..") : x ? x->text : NULL;
}

static void draw(struct view *v, struct rect r)
{
    table_draw(&((struct sockets *)v->state)->table, r, TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    table_draw_plain(&((struct sockets *)v->state)->table, r, TRUE);
}

/* ---- keys ---- */

static gboolean key(struct view *v, const struct term_event *e)
{
    struct sockets *s = v->state;
    return table_event(&s->table, e) != TABLE_IGNORED;
}

static struct table *sockets_table(struct view *v)
{
    return &((struct sockets *)v->state)->table;
}

static void run_look(struct view *v)
{
    look(v);
    ui_redraw(v->ui);
}

static void run_back(struct view *v)
{
    ui_close(v);
}

TABLE_COMMANDS(sockets, sockets_table)
TABLE_COPY_COMMAND(sockets, sockets_table)

static const struct action actions[] = {
    {"look", 'r', TK_F5, N_("look again"), N_("look again"), N_("ALL"), "ports", NULL,
     run_look},
    {"back", TK_ESC, 0, N_("back"), N_("back to the ports"), NULL, NULL, NULL, run_back},
    TABLE_ACTIONS(sockets),
    TABLE_COPY_ACTION(sockets),
    {NULL},
};

const struct view_ops *sockets_view(void)
{
    static const struct view_ops ops = {.name = "sockets",
                                        .state_size = sizeof(struct sockets),
                                        .open = open_sockets,
                                        .close = close_sockets,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
