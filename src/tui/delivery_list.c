/*
 * Deliveries as a table, by state or by what came back of them; Enter shows every try of one
 * with the server's reply, and what came back. Read
 * when it is opened and by r, not at each tick: a state that is rare among a million rows takes
 * a moment to find.
 */
#include "config.h"

#include "tui/delivery_list.h"

#include <inttypes.h>

#include "app/said_view.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "tui/pager_dialog.h"
#include "tui/person.h"
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

/* The same places, for those of whom something came back. */
static const struct table_column back_columns[COL_COUNT] = {
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 30, .min = 20, .grow = 1},
    [COL_STATE] = {"what", N_("WHAT"), .width = 12, .priority = 4},
    [COL_TRIES] = {"status", N_("STATUS"), .width = 6, .priority = 3},
    [COL_WHEN] = {"when", N_("CAME BACK"), .width = 15, .priority = 2},
    [COL_VERSION] = {"version", N_("VERSION"), .width = 7, .priority = 5, .flags = TABLE_RIGHT,
                     .plain = N_("version %s")},
    [COL_REPLY] = {"why", N_("WHY"), .width = 24, .min = 20, .grow = 3, .priority = 1},
};

/* What the list can be narrowed to, in the order of [ and ]. */
struct narrowing {
    int state;       /* -1: all */
    int effect;      /* 0: by state */
    const char *why; /* of nobody: N_() */
};
static const struct narrowing narrowings[] = {
    {-1, 0, N_("Nobody yet: the people are found when it starts.\n\nEsc goes back.")},
    {DELIVERY_QUEUED, 0, NULL},
    {DELIVERY_LEASED, 0, NULL},
    {DELIVERY_ACCEPTED, 0, NULL},
    {DELIVERY_REFUSED, 0, NULL},
    {-1, SAID_HARD,
     N_("Nobody's mail bounced hard: no address of this campaign is known to be dead.")},
    {-1, SAID_SOFT, N_("Nobody's mail bounced soft: no mailbox was full or out of order.")},
    {-1, SAID_COMPLAINED, N_("Nobody has complained about this mail.")},
    {-1, SAID_UNSUBSCRIBED, N_("Nobody has asked to leave by this mail.")},
    {DELIVERY_DEFERRED, 0, NULL},
    {DELIVERY_UNCERTAIN, 0, NULL},
    {DELIVERY_SUPPRESSED, 0, NULL},
    {DELIVERY_CANCELLED, 0, NULL},
};

struct deliveries {
    struct campaign campaign; /* owned */
    struct campaign_counts counts;
    const struct narrowing *by;
    struct table table;
    struct ui *ui;
};

static const char *word_of(const struct narrowing *by)
{
    return by->effect       ? words_effect((enum said_effect)by->effect)
           : by->state >= 0 ? words_delivery_state((enum delivery_state)by->state)
                            : _("all");
}

/* ---- source ---- */

/* The newest thing that came back of it and counts as `effects`; the array owns it. */
static const struct said *find_said(const GPtrArray *all, int effects)
{
    for (guint i = 0; all && i < all->len; i++) {
        const struct said *s = all->pdata[i];
        if (s->effects & effects)
            return s;
    }
    return NULL;
}

static void set_reply(struct table_row *row, const struct delivery *d)
{
    if (d->code > 0)
        table_row_format(row, COL_REPLY, "%d %s %s", d->code, d->enhanced ? d->enhanced : "",
                         d->reply ? d->reply : "");
    else
        table_row_set(row, COL_REPLY, d->reply);
}

static void set_back(struct table_row *row, const struct deliveries *s, const struct said *x)
{
    const char *why = said_view_why(x);
    g_autofree char *when = words_when(x->at_us, ui_now_us(s->ui));
    table_row_role(row, COL_STATE, words_effect_role((enum said_effect)s->by->effect),
                   word_of(s->by));
    table_row_set(row, COL_TRIES, x->status);
    table_row_set(row, COL_WHEN, when);
    table_row_format(row, COL_REPLY, "%s%s%s", why, *why && *x->text ? " " : "", x->text);
}

static void set_sent(struct table_row *row, const struct deliveries *s,
                     const struct delivery *d, const struct said *bounce)
{
    g_autofree char *when = words_when(d->at_us, ui_now_us(s->ui));
    if (bounce)
        table_row_role(row, COL_STATE, words_effect_role(SAID_HARD), _("bounced"));
    else
        table_row_role(row, COL_STATE, words_delivery_role(d->state),
                       words_delivery_state(d->state));
    table_row_number(row, COL_TRIES, d->attempts);
    table_row_set(row, COL_WHEN, when);
    set_reply(row, d);
    if (bounce)
        table_row_set(row, COL_REPLY, said_view_why(bounce));
}

static struct table_row *make_row(const struct deliveries *s, const struct delivery *d)
{
    struct table_row *row = table_row_new(d->id, COL_COUNT);
    gboolean may_be_back = s->by->effect || d->state == DELIVERY_ACCEPTED;
    g_autoptr(GPtrArray) all =
        may_be_back ? said_of_delivery(ui_db(s->ui), d->id, NULL) : NULL;
    const struct said *said =
        find_said(all, s->by->effect ? s->by->effect : SAID_HARD | SAID_SOFT);
    table_row_set(row, COL_ADDRESS, d->address);
    table_row_number(row, COL_VERSION, d->version);
    if (s->by->effect && said)
        set_back(row, s, said);
    else
        set_sent(row, s, d, said);
    return row;
}

static GPtrArray *page_of(const struct deliveries *s, gint64 id, enum table_way way, int n,
                          GError **error)
{
    struct db *db = ui_db(s->ui);
    gint64 campaign = s->campaign.id;
    if (s->by->effect)
        return way == TABLE_AFTER
                   ? deliveries_said_page(db, campaign, s->by->effect, id, n, error)
                   : deliveries_said_page_before(db, campaign, s->by->effect, id, n, error);
    return way == TABLE_AFTER
               ? deliveries_page(db, campaign, s->by->state, id, n, error)
               : deliveries_page_before(db, campaign, s->by->state, id, n, error);
}

static gboolean fetch(void *data, const struct table_query *q, const struct table_row *anchor,
                      enum table_way way, int n, GPtrArray *out, GError **error)
{
    const struct deliveries *s = data;
    gint64 end = way == TABLE_AFTER ? 0 : G_MAXINT64;
    g_autoptr(GPtrArray) page = page_of(s, anchor ? anchor->id : end, way, n, error);
    for (guint i = 0; page && i < page->len; i++)
        g_ptr_array_add(out, make_row(s, page->pdata[i]));
    return page != NULL;
}

static struct table_row *find(void *data, const struct table_query *q, gint64 id,
                              GError **error)
{
    const struct deliveries *s = data;
    g_autoptr(GPtrArray) page = page_of(s, id - 1, TABLE_AFTER, 1, error);
    const struct delivery *d = page && page->len > 0 ? page->pdata[0] : NULL;
    return d && d->id == id ? make_row(s, d) : NULL;
}

static gint64 count(void *data, const struct table_query *q)
{
    const struct deliveries *s = data;
    if (s->by->effect)
        return words_effect_count(&s->counts, (enum said_effect)s->by->effect);
    return s->by->state < 0 ? s->counts.total : s->counts.state[s->by->state];
}

static const struct table_source source = {.fetch = fetch, .find = find, .count = count};

static char *empty(void *data)
{
    const struct deliveries *s = data;
    if (s->by == narrowings)
        return g_strdup(_(s->by->why));
    if (s->by->why)
        return g_strdup_printf("%s\n\n%s", _(s->by->why), _("[ and ] show the other people."));
    return g_strdup_printf(_("Nobody is in this state: %s.\n\n[ and ] show the other states."),
                           word_of(s->by));
}

static const struct table_spec spec = {.name = "deliveries",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty,
                                       .flags = TABLE_NO_MARKS | TABLE_NO_FILTER};

static const struct table_spec back_spec = {.name = "deliveries",
                                            .kept = "came-back",
                                            .columns = back_columns,
                                            .n = COL_COUNT,
                                            .source = &source,
                                            .empty = empty,
                                            .flags = TABLE_NO_MARKS | TABLE_NO_FILTER};

/* ---- life ---- */

static const struct narrowing *find_narrowing(int state, int effect)
{
    for (gsize i = 0; i < G_N_ELEMENTS(narrowings); i++)
        if (narrowings[i].effect == effect && (effect || narrowings[i].state == state))
            return &narrowings[i];
    return narrowings;
}

static void begin_table(struct deliveries *s)
{
    table_init(&s->table, s->by->effect ? &back_spec : &spec, s, s->ui);
    table_load(&s->table);
}

static gboolean open_list(struct view *v, const void *arg, GError **error)
{
    const struct delivery_list_arg *a = arg;
    struct deliveries *s = v->state;
    s->ui = v->ui;
    s->by = find_narrowing(a->state, a->effect);
    if (!campaigns_get(ui_db(v->ui), a->campaign, &s->campaign, error) ||
        !campaigns_counts(ui_db(v->ui), s->campaign.id, &s->counts, error)) {
        campaign_clear(&s->campaign);
        return FALSE;
    }
    begin_table(s);
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
    return g_strdup_printf("%s: %s", word_of(s->by), n);
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

static void add_back(GString *text, const struct said_view *v)
{
    const struct said *s = &v->said;
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(s->at_us / CLOCK_SECOND_US);
    g_autofree char *when = g_date_time_format(t, "%Y-%m-%d %H:%M:%S");
    g_autofree char *line = said_view_line(s);
    g_autofree char *message = said_view_message(v);
    g_autofree char *effects = said_view_effects(s);
    const char *const more[] = {s->text, message, effects};
    g_string_append_printf(text, _("%s came back: %s\n"), when, line);
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++)
        if (*more[i])
            g_string_append_printf(text, "   %s\n", more[i]);
    g_string_append_c(text, '\n');
}

static void show_attempts(struct view *v)
{
    struct deliveries *s = v->state;
    gint64 id = table_current_id(&s->table);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = id ? deliveries_attempts(ui_db(v->ui), id, &error) : NULL;
    g_autoptr(GPtrArray) back =
        all ? said_view_of_delivery(ui_db(v->ui), id, &error) : NULL;
    if (!id)
        return;
    if (!back) {
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
    for (guint i = back->len; i-- > 0;)
        add_back(text, back->pdata[i]);
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
    int n = (int)G_N_ELEMENTS(narrowings), at = (int)(s->by - narrowings);
    s->by = &narrowings[(at + by + n) % n];
    table_clear(&s->table);
    begin_table(s);
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

static void run_person(struct view *v)
{
    struct deliveries *s = v->state;
    ui_push(v->ui, person_view(), table_current(&s->table)->cells[COL_ADDRESS].text);
}

static const char *not_person(struct view *v)
{
    struct deliveries *s = v->state;
    return table_current(&s->table) ? NULL : _("There is nobody under the cursor.");
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
    {"person", 'p', 0, N_("card"), N_("the person's card: all mail and all that came back"),
     NULL, "people show", not_person, run_person},
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
