/*
 * Deliveries as a table, by state; Enter shows every try of one with the server's reply. Read
 * when it is opened and by r, not at each tick: a state that is rare among a million rows takes
 * a moment to find.
 */
#include "config.h"

#include "tui/delivery_list.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "tui/pager_dialog.h"
#include "tui/table.h"
#include "tui/ui.h"
#include "tui/words.h"

enum column { COL_ADDRESS, COL_STATE, COL_TRIES, COL_WHEN, COL_VERSION, COL_REPLY, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 30, .min = 16, .grow = 1},
    [COL_STATE] = {"state", N_("STATE"), .width = 11},
    [COL_TRIES] = {"tries", N_("TRIES"), .width = 5, .priority = 3, .flags = TABLE_RIGHT,
                   .plain = N_("tries %s")},
    [COL_WHEN] = {"when", N_("LAST TRY"), .width = 15, .priority = 2},
    [COL_VERSION] = {"version", N_("VERSION"), .width = 7, .priority = 5, .flags = TABLE_RIGHT,
                     .plain = N_("version %s")},
    [COL_REPLY] = {"reply", N_("REPLY"), .width = 24, .min = 10, .grow = 3, .priority = 1},
};

struct deliveries {
    struct campaign campaign; /* owned */
    struct campaign_counts counts;
    int state;
    struct table table;
    struct ui *ui;
};

/* ---- source ---- */

static struct table_row *make_row(const struct deliveries *s, const struct delivery *d)
{
    struct table_row *row = table_row_new(d->id, COL_COUNT);
    g_autofree char *when = words_when(d->at_us, ui_now_us(s->ui));
    table_row_set(row, COL_ADDRESS, d->address);
    table_row_role(row, COL_STATE, words_delivery_role(d->state),
                   words_delivery_state(d->state));
    table_row_number(row, COL_TRIES, d->attempts);
    table_row_set(row, COL_WHEN, when);
    table_row_number(row, COL_VERSION, d->version);
    if (d->code > 0)
        table_row_format(row, COL_REPLY, "%d %s %s", d->code, d->enhanced ? d->enhanced : "",
                         d->reply ? d->reply : "");
    else
        table_row_set(row, COL_REPLY, d->reply);
    return row;
}

static gboolean fetch(void *data, const struct table_query *q, const struct table_row *anchor,
                      enum table_way way, int n, GPtrArray *out, GError **error)
{
    const struct deliveries *s = data;
    struct db *db = ui_db(s->ui);
    g_autoptr(GPtrArray) page =
        way == TABLE_AFTER
            ? deliveries_page(db, s->campaign.id, s->state, anchor ? anchor->id : 0, n, error)
            : deliveries_page_before(db, s->campaign.id, s->state,
                                     anchor ? anchor->id : G_MAXINT64, n, error);
    for (guint i = 0; page && i < page->len; i++)
        g_ptr_array_add(out, make_row(s, page->pdata[i]));
    return page != NULL;
}

static struct table_row *find(void *data, const struct table_query *q, gint64 id,
                              GError **error)
{
    const struct deliveries *s = data;
    g_autoptr(GPtrArray) page =
        deliveries_page(ui_db(s->ui), s->campaign.id, s->state, id - 1, 1, error);
    const struct delivery *d = page && page->len > 0 ? page->pdata[0] : NULL;
    return d && d->id == id ? make_row(s, d) : NULL;
}

static gint64 count(void *data, const struct table_query *q)
{
    const struct deliveries *s = data;
    return s->state < 0 ? s->counts.total : s->counts.state[s->state];
}

static const struct table_source source = {.fetch = fetch, .find = find, .count = count};

static char *empty(void *data)
{
    const struct deliveries *s = data;
    if (s->state < 0)
        return g_strdup(_("Nobody yet: the people are found when it starts.\n\nEsc goes back."));
    return g_strdup_printf(_("Nobody is in this state: %s.\n\n[ and ] show the other states."),
                           words_delivery_state((enum delivery_state)s->state));
}

static const struct table_spec spec = {.name = "deliveries",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty,
                                       .flags = TABLE_NO_MARKS | TABLE_NO_FILTER};

/* ---- life ---- */

static gboolean open_list(struct view *v, const void *arg, GError **error)
{
    const struct delivery_list_arg *a = arg;
    struct deliveries *s = v->state;
    s->ui = v->ui;
    s->state = a->state;
    if (!campaigns_get(ui_db(v->ui), a->campaign, &s->campaign, error) ||
        !campaigns_counts(ui_db(v->ui), s->campaign.id, &s->counts, error)) {
        campaign_clear(&s->campaign);
        return FALSE;
    }
    table_init(&s->table, &spec, s, v->ui);
    table_load(&s->table);
    return TRUE;
}

static void close_list(struct view *v)
{
    struct deliveries *s = v->state;
    table_clear(&s->table);
    campaign_clear(&s->campaign);
}

static char *title_list(struct view *v)
{
    const struct deliveries *s = v->state;
    const struct campaign *c = &s->campaign;
    return g_strdup_printf(_("%s > People"), *c->title ? c->title : c->name);
}

static char *note_list(struct view *v)
{
    const struct deliveries *s = v->state;
    g_autofree char *n = text_grouped(count(v->state, NULL));
    return g_strdup_printf("%s: %s",
                           s->state < 0 ? _("all")
                                        : words_delivery_state((enum delivery_state)s->state),
                           n);
}

static void draw_list(struct view *v, struct rect r)
{
    struct deliveries *s = v->state;
    table_draw(&s->table, r, TRUE);
}

static void draw_list_plain(struct view *v, struct rect r)
{
    struct deliveries *s = v->state;
    table_draw_plain(&s->table, r, TRUE);
}

static const char *hint_list(struct view *v)
{
    struct deliveries *s = v->state;
    const struct table_row *row = table_current(&s->table);
    return row ? row->cells[COL_REPLY].text : NULL;
}

/* ---- one of them ---- */

static void add_attempt(GString *text, const struct attempt *a)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(a->at_us / CLOCK_SECOND_US);
    g_autofree char *when = g_date_time_format(t, "%Y-%m-%d %H:%M:%S");
    g_string_append_printf(text, _("%d. %s by %s: %s\n"), a->n, when,
                           a->server ? a->server : "-",
                           words_delivery_state((enum delivery_state)a->state));
    g_string_append_printf(text, "   %d %s %s\n\n", a->code, a->enhanced ? a->enhanced : "",
                           a->reply ? a->reply : "");
}

static void show_attempts(struct view *v)
{
    struct deliveries *s = v->state;
    gint64 id = table_current_id(&s->table);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = id ? deliveries_attempts(ui_db(v->ui), id, &error) : NULL;
    if (!all) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    const struct table_row *row = table_current(&s->table);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, _("%s: %s, version %s of the content\n\n"),
                           row->cells[COL_ADDRESS].text, row->cells[COL_STATE].text,
                           row->cells[COL_VERSION].text);
    for (guint i = 0; i < all->len; i++)
        add_attempt(text, all->pdata[i]);
    if (all->len == 0)
        g_string_append(text, _("No try was made yet."));
    pager_dialog_show(v->ui, row->cells[COL_ADDRESS].text, text->str);
}

static gboolean key_list(struct view *v, const struct term_event *e)
{
    struct deliveries *s = v->state;
    enum table_result did = table_event(&s->table, e);
    if (did == TABLE_OPEN)
        show_attempts(v);
    return did > TABLE_IGNORED;
}

/* In the order of a delivery's life, all before. */
static void turn(struct view *v, int by)
{
    struct deliveries *s = v->state;
    s->state = (s->state + 1 + by + DELIVERY_STATE_COUNT + 1) % (DELIVERY_STATE_COUNT + 1) - 1;
    table_set_data(&s->table, s);
    table_load(&s->table);
    ui_redraw(v->ui);
}

static void run_next(struct view *v)
{
    turn(v, 1);
}

static void run_before(struct view *v)
{
    turn(v, -1);
}

static void run_reload(struct view *v)
{
    struct deliveries *s = v->state;
    g_autoptr(GError) error = NULL;
    if (!campaigns_counts(ui_db(v->ui), s->campaign.id, &s->counts, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    table_load(&s->table);
    ui_redraw(v->ui);
}

static void run_copy(struct view *v)
{
    struct deliveries *s = v->state;
    table_copy(&s->table);
}

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("every try"), N_("every try with its reply"), N_("THIS PERSON"),
     NULL, NULL, show_attempts},
    {"next", ']', 0, N_("next state"), N_("show the next state"), N_("TABLE"),
     "campaign deliveries", NULL, run_next},
    {"before", '[', 0, NULL, N_("show the state before"), NULL, NULL, NULL, run_before},
    {"copy", 'y', 0, N_("copy"), N_("copy this row"), NULL, NULL, NULL, run_copy},
    {"read", 'r', 0, N_("read again"), N_("read the list again"), NULL, NULL, NULL, run_reload},
    {NULL},
};

const struct view_ops *delivery_list_view(void)
{
    static const struct view_ops ops = {.name = "deliveries",
                                        .state_size = sizeof(struct deliveries),
                                        .open = open_list,
                                        .close = close_list,
                                        .title = title_list,
                                        .note = note_list,
                                        .draw = draw_list,
                                        .draw_plain = draw_list_plain,
                                        .hint = hint_list,
                                        .key = key_list,
                                        .actions = actions};
    return &ops;
}
