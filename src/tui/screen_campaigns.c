/*
 * Screen 2: the table of campaigns with a summary of the one under the cursor. What is done to a
 * campaign is in campaign_actions and in the views that open from here.
 */
#include "config.h"

#include "tui/screen_campaigns.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/counters.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/campaign_join.h"
#include "tui/campaign_preview.h"
#include "tui/campaign_send.h"
#include "tui/campaign_test.h"
#include "tui/chart.h"
#include "tui/live.h"
#include "tui/palette.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/ui.h"
#include "tui/words.h"

#define LABEL 10
#define SUMMARY_ROWS 5
#define WIDE 120

enum column { COL_TITLE, COL_STATE, COL_TO, COL_SENT, COL_FAILED, COL_WHEN, COL_SLUG, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_TITLE] = {"name", N_("NAME"), .width = 30, .min = 14, .grow = 2, .flags = TABLE_SORT},
    [COL_STATE] = {"state", N_("STATE"), .width = 11, .flags = TABLE_SORT},
    [COL_TO] = {"to", N_("TO"), .width = 7, .priority = 2,
                .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING, .plain = N_("to %s"),
                .help = N_("people it goes to")},
    [COL_SENT] = {"sent", N_("SENT"), .width = 5, .priority = 1,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING, .plain = N_("%s sent")},
    [COL_FAILED] = {"failed", N_("FAILED"), .width = 6, .priority = 3,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("%s failed")},
    [COL_WHEN] = {"when", N_("WHEN"), .width = 15, .priority = 2,
                  .flags = TABLE_SORT | TABLE_DESCENDING,
                  .help = N_("when it ended, begins, began or was made")},
    [COL_SLUG] = {"slug", N_("SHORT NAME"), .width = 16, .priority = 4,
                  .flags = TABLE_SORT | TABLE_HIDDEN},
};

struct campaigns {
    struct table table;
    struct table_memory rows;
    GPtrArray *briefs; /* owned; of struct campaign_brief * */
    struct campaign current; /* owned; the one under the cursor, for the summary */
    gint64 people, servers;
    gboolean is_writing;  /* a new one: its id will be greater than this */
    gint64 newest_before;
    struct campaign_join *join; /* owned; NULL: never asked for */
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("No campaigns yet.\n\n"
                      "A campaign is one message to one list of people.\n\n"
                      "  n       write a new one\n"
                      "  i       read one from a campaign folder or an .eml file\n"
                      "  :demo   try it with made-up people, nothing is sent"));
}

static const struct table_spec spec = {.name = "campaigns",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .sort = "when-",
                                       .source = &source,
                                       .empty = empty};

/* ---- reading ---- */

static gint64 time_of(const struct campaign_brief *c)
{
    return c->finished_us  ? c->finished_us
           : c->schedule_us && c->state == CAMPAIGN_SCHEDULED ? c->schedule_us
           : c->started_us ? c->started_us
                           : c->created_us;
}

static struct table_row *make_row(struct ui *ui, const struct campaign_brief *c)
{
    struct table_row *row = table_row_new(c->id, COL_COUNT);
    gint64 people = words_people(&c->counts), done = words_done(&c->counts);
    gint64 failed = words_failed(&c->counts);
    table_row_set(row, COL_TITLE, *c->title ? c->title : c->name);
    table_row_role(row, COL_STATE, words_campaign_role(c->state),
                   words_campaign_state(c->state));
    if (people > 0) {
        table_row_number(row, COL_TO, people);
        table_row_take(row, COL_SENT, chart_percent(done, people), done * 1000 / people);
    } else {
        table_row_take(row, COL_TO, g_strdup("-"), 0);
        table_row_take(row, COL_SENT, g_strdup("-"), 0);
    }
    table_row_take(row, COL_FAILED,
                   failed > 0 ? g_strdup_printf("%.1f%%", 100.0 * (double)failed /
                                                              (double)MAX(done, 1))
                              : g_strdup("-"),
                   failed);
    table_row_take(row, COL_WHEN, words_when(time_of(c), ui_now_us(ui)), time_of(c));
    table_row_set(row, COL_SLUG, c->name);
    return row;
}

static const struct campaign_brief *current(const struct campaigns *s)
{
    gint64 id = table_current_id(&s->table);
    for (guint i = 0; s->briefs && i < s->briefs->len; i++) {
        const struct campaign_brief *c = s->briefs->pdata[i];
        if (c->id == id)
            return c;
    }
    return NULL;
}

static void read_current(struct view *v)
{
    struct campaigns *s = v->state;
    const struct campaign_brief *c = current(s);
    struct campaign fresh = {0};
    campaign_clear(&s->current);
    s->current = (struct campaign){0};
    if (c && campaigns_get_id(ui_db(v->ui), c->id, &fresh, NULL))
        s->current = fresh;
}

static gint64 newest(const struct campaigns *s)
{
    gint64 id = 0;
    for (guint i = 0; s->briefs && i < s->briefs->len; i++)
        id = MAX(id, ((const struct campaign_brief *)s->briefs->pdata[i])->id);
    return id;
}

/* To the one that was written just now. */
static void go_to_new(struct campaigns *s)
{
    gint64 id = newest(s);
    if (s->is_writing && id > s->newest_before)
        table_go_to(&s->table, id);
    s->is_writing = FALSE;
}

static void load(struct view *v)
{
    struct campaigns *s = v->state;
    g_autoptr(GError) error = NULL;
    GPtrArray *fresh = counters_campaigns(ui_db(v->ui), COUNTERS_ALL_STATES, &error);
    if (!fresh) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_clear_pointer(&s->briefs, g_ptr_array_unref);
    s->briefs = fresh;
    table_memory_begin(&s->rows);
    for (guint i = 0; i < fresh->len; i++)
        table_memory_take(&s->rows, make_row(v->ui, fresh->pdata[i]));
    table_load(&s->table);
    go_to_new(s);
    read_current(v);
}

static gboolean open_campaigns(struct view *v, const void *arg, GError **error)
{
    struct campaigns *s = v->state;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    return TRUE;
}

static void close_campaigns(struct view *v)
{
    struct campaigns *s = v->state;
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    g_clear_pointer(&s->briefs, g_ptr_array_unref);
    campaign_clear(&s->current);
    campaign_join_free(s->join);
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    struct campaigns *s = v->state;
    return g_strdup_printf("%s  %s", _("Campaigns"), table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct campaigns *s = v->state;
    return table_hint(&s->table);
}

/* ---- drawing ---- */

static char *lists_of(const struct campaign *c)
{
    g_autofree char *lists = c->lists ? g_strjoinv(", ", c->lists) : g_strdup("");
    g_autofree char *but = c->exclude && *c->exclude ? g_strjoinv(", ", c->exclude) : NULL;
    if (!*lists)
        return g_strdup(_("no list yet"));
    return but ? g_strdup_printf(_("%s, but not %s"), lists, but) : g_steal_pointer(&lists);
}

static char *next_step(const struct campaign_brief *b)
{
    switch (b->state) {
    case CAMPAIGN_DRAFT:
        return g_strdup(_("p preview, t test send, S send"));
    case CAMPAIGN_SENDING:
        return g_strdup(_("Enter shows it live, P pauses it"));
    case CAMPAIGN_PAUSED:
        return g_strdup(b->is_edited ? _("P goes on: who is left gets the changed text")
                                     : _("P goes on; e changes it for those who are left"));
    case CAMPAIGN_HELD:
        return g_strdup_printf(_("held: %s. P goes on"), b->held_reason ? b->held_reason : "");
    case CAMPAIGN_SCHEDULED:
        return g_strdup(_("S changes the time, X takes it back"));
    default:
        return g_strdup(_("Enter shows what became of it, c copies it"));
    }
}

static void draw_summary(struct view *v, struct rect r)
{
    const struct campaigns *s = v->state;
    const struct campaign_brief *b = current(s);
    const struct campaign *c = &s->current;
    int y = 0;
    if (!b || !c->name)
        return;
    g_autofree char *head = g_strdup_printf("%s (%s)", *b->title ? b->title : b->name, b->name);
    g_autofree char *lists = lists_of(c);
    g_autofree char *next = next_step(b);
    draw_hline(r, y, ROLE_MUTED);
    draw_format(r, 2, y++, ROLE_TITLE, " %s ", head);
    draw_labelled(r, &y, LABEL, _("Subject"), c->subject);
    draw_labelled(r, &y, LABEL, _("From"), c->from);
    draw_labelled(r, &y, LABEL, _("To"), lists);
    draw_labelled(r, &y, LABEL, _("Next"), next);
}

static void draw(struct view *v, struct rect r)
{
    struct campaigns *s = v->state;
    gboolean is_side = r.w >= WIDE;
    int summary = !is_side && r.h >= 14 && current(s) ? SUMMARY_ROWS : 0;
    int width = is_side ? r.w * 3 / 5 : r.w;
    struct rect pane = is_side ? rect_part(r, width + 1, 0, r.w - width - 1, r.h)
                               : rect_part(r, 0, r.h - summary, r.w, summary);
    table_draw(&s->table, rect_part(r, 0, 0, width, r.h - summary), TRUE);
    if (!ui_is_moving(v->ui) || !draw_keep(pane))
        draw_summary(v, pane);
}

static void draw_plain(struct view *v, struct rect r)
{
    struct campaigns *s = v->state;
    table_draw_plain(&s->table, r, TRUE);
}

/* ---- what can be done ---- */

static const char *none(struct view *v)
{
    return current(v->state) ? NULL : _("There is no campaign under the cursor.");
}

static void open_editor(struct view *v, const char *name)
{
    const struct campaign_edit_arg arg = {.name = name};
    ui_push(v->ui, campaign_edit_view(), &arg);
}

static void run_open(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    if (c->state == CAMPAIGN_DRAFT)
        open_editor(v, c->name);
    else if (c->state == CAMPAIGN_SCHEDULED)
        ui_push(v->ui, campaign_send_view(), c->name);
    else
        ui_push(v->ui, live_view(), c->name);
}

static void run_new(struct view *v)
{
    struct campaigns *s = v->state;
    s->newest_before = newest(s);
    s->is_writing = TRUE;
    open_editor(v, NULL);
}

static void run_edit(struct view *v)
{
    open_editor(v, current(v->state)->name);
}

static const char *not_edit(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    return c ? campaign_why_not(CAMPAIGN_TODO_EDIT, c->state) : none(v);
}

static void run_preview(struct view *v)
{
    ui_push(v->ui, campaign_preview_view(), current(v->state)->name);
}

static void run_test(struct view *v)
{
    campaign_test_open(v->ui, current(v->state)->name);
}

static void run_send(struct view *v)
{
    ui_push(v->ui, campaign_send_view(), current(v->state)->name);
}

static const char *not_send(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    if (!c)
        return none(v);
    return c->state == CAMPAIGN_DRAFT || c->state == CAMPAIGN_SCHEDULED ||
                   c->state == CAMPAIGN_PREPARING
               ? NULL
               : _("It has begun already. c makes a copy to send again.");
}

static void run_pause(struct view *v)
{
    struct campaigns *s = v->state;
    if (table_marked(&s->table) == 0) {
        campaign_pause_or_resume(v->ui, current(s)->name, 'P');
        return;
    }
    g_autoptr(GArray) ids = table_targets(&s->table);
    for (guint i = 0; i < ids->len; i++) {
        struct campaign c = {0};
        if (campaigns_get_id(ui_db(v->ui), g_array_index(ids, gint64, i), &c, NULL) &&
            c.state == CAMPAIGN_SENDING)
            campaign_pause(v->ui, c.name);
        campaign_clear(&c);
    }
    table_unmark_all(&s->table);
}

static const char *not_pause(struct view *v)
{
    const struct campaigns *s = v->state;
    const struct campaign_brief *c = current(s);
    if (table_marked(&s->table) > 0)
        return NULL;
    return c ? campaign_why_not(CAMPAIGN_TODO_PAUSE, c->state) : none(v);
}

static void run_cancel(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    if (c->state == CAMPAIGN_SCHEDULED)
        campaign_unschedule(v->ui, c->name);
    else
        campaign_cancel(v->ui, c->name, 'X');
}

static const char *not_cancel(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    return c ? campaign_why_not(CAMPAIGN_TODO_CANCEL, c->state) : none(v);
}

static void run_copy(struct view *v)
{
    campaign_copy(v->ui, current(v->state)->name);
}

static void run_correct(struct view *v)
{
    campaign_correct(v->ui, current(v->state)->name);
}

static const char *not_correct(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    if (!c)
        return none(v);
    return c->content_version > 0 ? NULL : _("It has not gone out: e changes it for all.");
}

static void run_join(struct view *v)
{
    struct campaigns *s = v->state;
    campaign_join_start(&s->join, v->ui, current(s)->name, 'J');
}

static const char *not_join(struct view *v)
{
    const struct campaign_brief *c = current(v->state);
    return c ? campaign_why_not(CAMPAIGN_TODO_JOIN, c->state) : none(v);
}

static void run_why(struct view *v)
{
    g_autofree char *line = g_strdup_printf("campaign explain %s", current(v->state)->name);
    palette_run(v, line);
}

static void run_delete(struct view *v)
{
    struct campaigns *s = v->state;
    g_autoptr(GArray) ids = table_targets(&s->table);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < ids->len; i++) {
        struct campaign c = {0};
        if (campaigns_get_id(ui_db(v->ui), g_array_index(ids, gint64, i), &c, NULL))
            g_ptr_array_add(names, g_strdup(c.name));
        campaign_clear(&c);
    }
    g_ptr_array_add(names, NULL);
    table_unmark_all(&s->table);
    campaign_delete(v->ui, (const char *const *)names->pdata);
}

static void run_export(struct view *v)
{
    campaign_export(v->ui, current(v->state)->name);
}

static void run_import(struct view *v)
{
    campaign_import(v->ui);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct campaigns *s = v->state;
    switch (table_event(&s->table, e)) {
    case TABLE_MOVED:
        read_current(v);
        ui_moved(v->ui);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        if (current(s))
            run_open(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static struct table *campaigns_table(struct view *v)
{
    return &((struct campaigns *)v->state)->table;
}

TABLE_COMMANDS(campaigns, campaigns_table)
TABLE_COPY_COMMAND(campaigns, campaigns_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"), N_("edit a draft; see how the others go"),
     N_("THIS CAMPAIGN"), "status", none, run_open},
    {"new", 'n', 0, N_("new"), N_("write a new campaign"), N_("TABLE"), "campaign new", NULL,
     run_new},
    {"edit", 'e', 0, N_("edit"), N_("change it; while it is paused, for those who are left"),
     N_("THIS CAMPAIGN"), "campaign set", not_edit, run_edit},
    {"preview", 'p', 0, N_("preview"), N_("see it as one of the people gets it"), NULL,
     "campaign preview", none, run_preview},
    {"test", 't', 0, N_("test"), N_("send a marked copy to yourself"), NULL, "campaign test",
     none, run_test},
    {"send", 'S', 0, N_("send.."), N_("send or schedule it; shows a check list first"), NULL,
     "campaign start", not_send, run_send},
    {"pause", 'P', 0, N_("pause"), N_("pause at once; asks before it goes on"), NULL,
     "campaign pause", not_pause, run_pause},
    {"cancel", 'X', 0, NULL, N_("stop for good, or take its time back; asks"), NULL,
     "campaign cancel", not_cancel, run_cancel},
    {"copy", 'c', 0, NULL, N_("copy as a new draft"), NULL, "campaign copy", none, run_copy},
    {"correct", 'K', 0, NULL, N_("a correction to those who got an older version"), NULL,
     "campaign correct", not_correct, run_correct},
    {"why", 'W', 0, NULL, N_("why is this not out yet: limits, replies, how long"), NULL,
     "campaign explain", none, run_why},
    {"join", 'J', 0, NULL, N_("send it to those, too, who came onto its lists since; asks"), NULL,
     "campaign join", not_join, run_join},
    {"delete", 'd', TK_DELETE, N_("del"), N_("put it into the bin; u brings it back"), NULL,
     "campaign delete", none, run_delete},
    {"export", 'x', 0, NULL, N_("write it to a folder"), NULL, "export", none, run_export},
    {"import", 'i', 0, NULL, N_("read one from a folder or an .eml file"), N_("TABLE"), "apply",
     NULL, run_import},
    TABLE_ACTIONS(campaigns),
    TABLE_COPY_ACTION(campaigns),
    {NULL},
};

const struct view_ops *screen_campaigns(void)
{
    static const struct view_ops ops = {.name = "campaigns",
                                        .state_size = sizeof(struct campaigns),
                                        .open = open_campaigns,
                                        .close = close_campaigns,
                                        .load = load,
                                        .title = title,
                                        .draw = draw,
                                        .draw_plain = draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
