/*
 * The bin as a table. Bringing back is one key and can be undone by deleting again; dropping for
 * good is asked about with a number, by the command line's own way.
 */
#include "config.h"

#include "tui/bin_view.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "store/bin.h"
#include "tui/palette.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/words.h"

#define SHOWN_MAX 2000 /* the newest */

enum column { COL_NAME, COL_WHAT, COL_WHEN, COL_BY, COL_ENDS, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_NAME] = {"name", N_("NAME"), .width = 28, .min = 14, .grow = 1, .flags = TABLE_SORT},
    [COL_WHAT] = {"what", N_("WHAT"), .width = 10, .flags = TABLE_SORT},
    [COL_WHEN] = {"deleted", N_("DELETED"), .width = 16, .priority = 1,
                  .flags = TABLE_SORT | TABLE_DESCENDING, .plain = N_("deleted %s")},
    [COL_BY] = {"by", N_("BY"), .width = 8, .priority = 3, .flags = TABLE_SORT,
                .plain = N_("by %s")},
    [COL_ENDS] = {"until", N_("KEPT UNTIL"), .width = 12, .priority = 2, .flags = TABLE_SORT,
                  .plain = N_("kept until %s")},
};

/* Nouns as the store has them. */
static const struct {
    const char *noun, *word; /* N_() */
} words[] = {
    {"campaign", N_("campaign")}, {"list", N_("list")},     {"server", N_("server")},
    {"pool", N_("pool")},         {"mailbox", N_("mailbox")}, {"port", N_("port")},
    {"person", N_("person")},
};

struct bin_screen {
    struct table table;
    struct table_memory rows;
    gint64 n; /* of all entries */
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("The bin is empty.\n\n"
                      "Here is what was deleted: campaigns, lists, servers, pools, mailboxes, people.\n"
                      "After 30 days it is dropped for good.\n\n"
                      "  Esc   back"));
}

static const struct table_spec spec = {.name = "bin",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty};

/* ---- reading ---- */

static const char *word_of(const char *noun)
{
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_strcmp0(words[i].noun, noun) == 0)
            return _(words[i].word);
    return noun;
}

static struct table_row *make_row(struct ui *ui, const struct bin_entry *e)
{
    struct table_row *row = table_row_new(e->id, COL_COUNT);
    g_autoptr(GDateTime) ends = g_date_time_new_from_unix_local(e->ends_us / G_USEC_PER_SEC);
    table_row_set(row, COL_NAME, e->name);
    table_row_set(row, COL_WHAT, word_of(e->noun));
    table_row_take(row, COL_WHEN, words_when(e->deleted_us, ui_now_us(ui)), e->deleted_us);
    table_row_set(row, COL_BY, e->actor);
    table_row_take(row, COL_ENDS, g_date_time_format(ends, "%Y-%m-%d"), e->ends_us);
    return row;
}

static void load(struct view *v)
{
    struct bin_screen *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) page = bin_page(ui_db(v->ui), 0, SHOWN_MAX, &error);
    if (!page || (s->n = bin_count(ui_db(v->ui), &error)) < 0) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    table_memory_begin(&s->rows);
    for (guint i = 0; i < page->len; i++)
        table_memory_take(&s->rows, make_row(v->ui, page->pdata[i]));
    table_load(&s->table);
}

static gboolean open_bin(struct view *v, const void *arg, GError **error)
{
    struct bin_screen *s = v->state;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    return TRUE;
}

static void close_bin(struct view *v)
{
    struct bin_screen *s = v->state;
    table_clear(&s->table);
    table_memory_clear(&s->rows);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct bin_screen *s = v->state;
    return g_strdup_printf("%s  %s", _("Bin"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct bin_screen *s = v->state;
    const char *said = table_hint(&s->table);
    return !said && s->n > SHOWN_MAX
               ? _("These are the newest; crier bin list shows them all.")
               : said;
}

static void draw(struct view *v, struct rect r)
{
    table_draw(&((struct bin_screen *)v->state)->table, r, TRUE);
}

static void draw_plain(struct view *v, struct rect r)
{
    table_draw_plain(&((struct bin_screen *)v->state)->table, r, TRUE);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return table_current_id(&((struct bin_screen *)v->state)->table)
               ? NULL
               : _("There is nothing under the cursor.");
}

/* "spring is back.", of one; the error of what could not. */
static gboolean restore_one(struct view *v, gint64 id, GError **error)
{
    struct bin_restored r = {0};
    if (!bin_restore(ui_db(v->ui), id, &r, error))
        return FALSE;
    if (r.was)
        ui_say(v->ui, _("%s is back as %s: its name is another's now."), r.was, r.name);
    else if (r.left_out > 0)
        ui_say(v->ui,
               ngettext("%s is back, without %d list that is gone since.",
                        "%s is back, without %d lists that are gone since.", (gulong)r.left_out),
               r.name, r.left_out);
    else
        ui_say(v->ui, _("%s is back."), r.name);
    bin_restored_clear(&r);
    return TRUE;
}

static void run_restore(struct view *v)
{
    struct bin_screen *s = v->state;
    g_autoptr(GArray) ids = table_targets(&s->table);
    g_autoptr(GError) error = NULL;
    guint n = 0;
    while (n < ids->len && restore_one(v, g_array_index(ids, gint64, n), &error))
        n++;
    if (error)
        ui_fail(v->ui, g_steal_pointer(&error));
    else if (n > 1)
        ui_say(v->ui, ngettext("%u is back.", "%u are back.", n), n);
    table_unmark_all(&s->table);
    ui_reload(v->ui);
}

static void run_drop(struct view *v)
{
    struct bin_screen *s = v->state;
    g_autofree char *line =
        g_strdup_printf("bin empty %" PRId64, table_current_id(&s->table));
    palette_run(v, line);
}

static const char *not_drop(struct view *v)
{
    return table_marked(&((struct bin_screen *)v->state)->table) > 0
               ? _("Only one at a time is dropped for good: * takes the marks away.")
               : none(v);
}

static void run_empty(struct view *v)
{
    palette_run(v, "bin empty");
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct table *t = &((struct bin_screen *)v->state)->table;
    switch (table_event(t, e)) {
    case TABLE_MOVED:
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        run_restore(v);
        return TRUE;
    default:
        return table_is_asking(t);
    }
}

static struct table *table_of(struct view *v)
{
    return &((struct bin_screen *)v->state)->table;
}

TABLE_COMMANDS(bin, table_of)

static const struct action actions[] = {
    {"restore", TK_ENTER, 'u', N_("bring back"), N_("put it back as it was, or all marked ones"),
     N_("IN THE BIN"), "bin restore", none, run_restore},
    {"drop", 'd', TK_DELETE, N_("drop for good"),
     N_("drop this one for good; asks for a number"), NULL, "bin empty", not_drop, run_drop},
    {"empty", 'E', 0, N_("empty the bin"), N_("drop all of it for good; asks for the number"),
     NULL, "bin empty", none, run_empty},
    TABLE_ACTIONS(bin),
    {NULL},
};

const struct view_ops *bin_view(void)
{
    static const struct view_ops ops = {.name = "bin",
                                        .state_size = sizeof(struct bin_screen),
                                        .open = open_bin,
                                        .close = close_bin,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
