/*
 * The messages of one kind that nobody understood. The dialogs are unknown_actions.c's.
 */
#include "config.h"

#include "tui/unknown_view.h"

#include "base/i18n.h"
#include "store/inbound.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/unknown_actions.h"
#include "tui/words.h"

#define SHOWN_MAX 1000

enum column { COL_SUBJECT, COL_FROM, COL_WHEN, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_SUBJECT] = {"subject", N_("SUBJECT"), .width = 32, .min = 16, .grow = 2,
                     .flags = TABLE_SORT},
    [COL_FROM] = {"from", N_("FROM"), .width = 26, .min = 14, .grow = 1, .priority = 1,
                  .flags = TABLE_SORT, .plain = N_("from %s")},
    [COL_WHEN] = {"when", N_("CAME"), .width = 16, .priority = 2,
                  .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("came %s")},
};

struct unknown {
    struct ui *ui;
    char *pattern; /* owned */
    struct table table;
    struct table_memory rows;
    struct unknown_work work;
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("Nothing of this kind waits any more.\n\nEsc goes back."));
}

static const struct table_spec spec = {.name = "unknown",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty};

/* ---- life ---- */

static void load(struct view *v)
{
    struct unknown *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all =
        inbound_of_pattern(ui_db(v->ui), s->pattern, 0, SHOWN_MAX, &error);
    if (!all) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    table_memory_begin(&s->rows);
    for (guint i = 0; i < all->len; i++) {
        const struct inbound_row *r = all->pdata[i];
        struct table_row *row = table_row_new(r->id, COL_COUNT);
        table_row_set(row, COL_SUBJECT, *r->subject ? r->subject : _("(no subject)"));
        table_row_set(row, COL_FROM, r->sender);
        table_row_take(row, COL_WHEN, words_when(r->received_us, ui_now_us(v->ui)),
                       r->received_us);
        table_memory_take(&s->rows, row);
    }
    table_load(&s->table);
}

static gboolean open_unknown(struct view *v, const void *arg, GError **error)
{
    struct unknown *s = v->state;
    s->ui = v->ui;
    s->work.ui = v->ui;
    s->pattern = g_strdup(arg);
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    return TRUE;
}

static void close_unknown(struct view *v)
{
    struct unknown *s = v->state;
    unknown_work_clear(&s->work);
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_free(s->pattern);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct unknown *s = v->state;
    return g_strdup_printf(_("Reports > Not understood  %s"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    return table_hint(&((struct unknown *)v->state)->table);
}

static void draw(struct view *v, struct rect r)
{
    table_draw(&((struct unknown *)v->state)->table, r, TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    table_draw_plain(&((struct unknown *)v->state)->table, r, TRUE);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return table_current(&((struct unknown *)v->state)->table)
               ? NULL
               : _("There is nothing under the cursor.");
}

static void run_read(struct view *v)
{
    unknown_read(v->ui, table_current_id(&((struct unknown *)v->state)->table));
}

static void run_assign(struct view *v)
{
    struct unknown *s = v->state;
    g_autoptr(GArray) ids = table_targets(&s->table);
    unknown_assign(&s->work, NULL, ids);
}

static void run_rule(struct view *v)
{
    struct unknown *s = v->state;
    unknown_make_rule(&s->work, table_current_id(&s->table));
}

static void run_rules(struct view *v)
{
    unknown_show_rules(v->ui);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct unknown *s = v->state;
    enum table_result did = table_event(&s->table, e);
    if (did == TABLE_OPEN && !none(v))
        run_read(v);
    return did > TABLE_IGNORED;
}

static struct table *unknown_table(struct view *v)
{
    return &((struct unknown *)v->state)->table;
}

TABLE_COMMANDS(unknown, unknown_table)
TABLE_COPY_COMMAND(unknown, unknown_table)

static const struct action actions[] = {
    {"read", TK_ENTER, 0, N_("read"), N_("read the message"), N_("THIS MESSAGE"), "bounce show",
     none, run_read},
    {"assign", 'a', 0, N_("say.."), N_("say what these mean, and about whom"), NULL,
     "bounce assign", none, run_assign},
    {"rule", 'n', 0, N_("rule.."), N_("make a rule for messages like this"), NULL,
     "bounce rules", none, run_rule},
    {"rules", 'R', 0, N_("rules"), N_("see your rules"), N_("RULES"), "bounce rules", NULL,
     run_rules},
    TABLE_ACTIONS(unknown),
    TABLE_COPY_ACTION(unknown),
    {NULL},
};

const struct view_ops *unknown_view(void)
{
    static const struct view_ops ops = {.name = "unknown",
                                        .state_size = sizeof(struct unknown),
                                        .open = open_unknown,
                                        .close = close_unknown,
                                        .load = load,
                                        .title = title,
                                        .hint = hint,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
