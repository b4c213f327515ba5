/*
 * The live view's life: reading once a second what the worker's commits left, and what can be
 * done from here. Its pictures are live_draw.c's.
 */
#include "config.h"

#include "tui/live.h"

#include <inttypes.h>
#include <string.h>

#include "app/control.h"
#include "app/pace_words.h"
#include "app/refusals.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/events.h"
#include "store/holds.h"
#include "store/pools.h"
#include "store/server_live.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/campaign_join.h"
#include "tui/campaign_preview.h"
#include "tui/campaign_send.h"
#include "tui/delivery_list.h"
#include "tui/dialog.h"
#include "tui/live_private.h"
#include "tui/palette.h"
#include "tui/server_speed.h"
#include "tui/storm_ask.h"
#include "tui/ui.h"
#include "tui/words.h"

#define COUNTDOWN_S 600 /* seen going down */

static gboolean open_live(struct view *v, const void *arg, GError **error)
{
    struct live *s = v->state;
    s->name = g_strdup(arg);
    s->eta_s = -1;
    return campaigns_get(ui_db(v->ui), s->name, &s->campaign, error);
}

static void close_live(struct view *v)
{
    struct live *s = v->state;
    campaign_clear(&s->campaign);
    g_clear_pointer(&s->domains, g_ptr_array_unref);
    g_clear_pointer(&s->replies, g_ptr_array_unref);
    g_clear_pointer(&s->events, g_ptr_array_unref);
    g_clear_pointer(&s->refusals, g_ptr_array_unref);
    g_clear_pointer(&s->servers, g_ptr_array_unref);
    g_clear_pointer(&s->holds, g_ptr_array_unref);
    live_back_clear(s);
    campaign_join_free(s->join);
    g_free(s->name);
    g_free(s->hint);
}

/* ---- reading ---- */

static void take(GPtrArray **place, GPtrArray *fresh)
{
    g_clear_pointer(place, g_ptr_array_unref);
    *place = fresh;
}

static gboolean read_minutes(struct live *s, struct db *db, gint64 now_us, GError **error)
{
    struct minute_count minutes[LIVE_MINUTES];
    gint64 end = s->campaign.state == CAMPAIGN_FINISHED && s->campaign.finished_us > 0
                     ? s->campaign.finished_us
                     : now_us;
    s->first_minute = end / COUNTERS_MINUTE_US - LIVE_MINUTES + 1;
    if (!counters_minutes(db, s->campaign.id, s->first_minute, LIVE_MINUTES, minutes, error))
        return FALSE;
    for (int i = 0; i < LIVE_MINUTES; i++)
        s->accepted[i] = minutes[i].accepted;
    return TRUE;
}

static gboolean read_lists(struct live *s, struct db *db, const struct workspace *ws,
                           gint64 now_us, GError **error)
{
    GPtrArray *domains = counters_domains(db, s->campaign.id, LIVE_DOMAINS, &s->others, error);
    if (!domains)
        return FALSE;
    take(&s->domains, domains);
    GPtrArray *replies = counters_replies(db, s->campaign.id, LIVE_REPLIES, error);
    if (!replies)
        return FALSE;
    take(&s->replies, replies);
    GPtrArray *events = events_page(db, s->campaign.id, 0, LIVE_EVENTS, error);
    if (!events)
        return FALSE;
    take(&s->events, events);
    GPtrArray *servers = servers_live(db, now_us, error);
    if (!servers)
        return FALSE;
    for (guint i = servers->len; i-- > 0;) { /* only those it goes by */
        const struct server_live *l = servers->pdata[i];
        if (!pools_lead_to(db, s->campaign.server, l->name))
            g_ptr_array_remove_index(servers, i);
    }
    take(&s->servers, servers);
    GPtrArray *holds = holds_all(db, s->campaign.id, error);
    if (!holds)
        return FALSE;
    for (guint i = holds->len; i-- > 0;) /* those are told by themselves */
        if (refusal_is(holds->pdata[i]))
            g_ptr_array_remove_index(holds, i);
    take(&s->holds, holds);
    GPtrArray *refusals = refusals_load(db, ws, s->campaign.id, error);
    if (!refusals)
        return FALSE;
    take(&s->refusals, refusals);
    return TRUE;
}

static void load_live(struct view *v)
{
    struct live *s = v->state;
    g_autoptr(GError) error = NULL;
    const struct status *status = ui_status(v->ui);
    gint64 now_us = ui_now_us(v->ui);
    struct campaign fresh = {0};
    if (s->is_frozen)
        return;
    if (!campaigns_get(ui_db(v->ui), s->name, &fresh, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    campaign_clear(&s->campaign);
    s->campaign = fresh;
    s->rate_per_s = 0;
    s->eta_s = -1;
    for (guint i = 0; i < status->campaigns->len; i++) {
        const struct status_campaign *c = status->campaigns->pdata[i];
        if (c->campaign.id != fresh.id)
            continue;
        s->rate_per_s = c->rate_per_s;
        s->eta_s = c->eta_s;
    }
    if (!campaigns_counts(ui_db(v->ui), fresh.id, &s->counts, &error) ||
        !read_minutes(s, ui_db(v->ui), now_us, &error) ||
        !read_lists(s, ui_db(v->ui), ui_workspace(v->ui), now_us, &error) ||
        !live_back_load(s, ui_db(v->ui), &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static gboolean tick_live(struct view *v)
{
    struct live *s = v->state;
    gint64 minute = ui_now_us(v->ui) / COUNTERS_MINUTE_US;
    if (s->campaign.state == CAMPAIGN_SCHEDULED)
        return s->campaign.schedule_us - ui_now_us(v->ui) <= COUNTDOWN_S * CLOCK_SECOND_US;
    if (s->is_frozen || s->campaign.state != CAMPAIGN_SENDING ||
        minute == s->first_minute + LIVE_MINUTES - 1)
        return FALSE;
    load_live(v);
    return TRUE;
}

/* ---- the frame ---- */

static char *title_live(struct view *v)
{
    const struct live *s = v->state;
    const struct campaign *c = &s->campaign;
    return g_strdup_printf(_("%s > Live"), *c->title ? c->title : c->name);
}

static char *note_live(struct view *v)
{
    const struct live *s = v->state;
    g_autofree char *closed = s->campaign.state == CAMPAIGN_SENDING
                                  ? pace_words_hours(&s->campaign, ui_now_us(v->ui))
                                  : NULL;
    return closed ? g_strdup_printf("%s: %s", words_campaign_state(s->campaign.state), closed)
                  : g_strdup(words_campaign_state(s->campaign.state));
}

/* The countdown is seen going down; a far time is only named. */
char *live_begins_in(struct view *v)
{
    const struct live *s = v->state;
    gint64 left_s = (s->campaign.schedule_us - ui_now_us(v->ui)) / CLOCK_SECOND_US;
    g_autofree char *when = words_when(s->campaign.schedule_us, ui_now_us(v->ui));
    if (left_s > COUNTDOWN_S)
        return g_strdup_printf(_("It begins %s. X takes the time back."), when);
    return g_strdup_printf(_("It begins in %" PRId64 " s. u takes it back."), MAX(left_s, 0));
}

static const char *hint_live(struct view *v)
{
    struct live *s = v->state;
    g_free(s->hint);
    s->hint = NULL;
    if (s->is_frozen)
        s->hint = g_strdup(_("The picture is frozen; sending goes on. f lets it move again."));
    else if (s->campaign.state == CAMPAIGN_SCHEDULED)
        s->hint = live_begins_in(v);
    else if (s->campaign.state == CAMPAIGN_HELD)
        s->hint = g_strdup_printf(_("Held: %s"), s->campaign.held_reason);
    else if (s->campaign.state == CAMPAIGN_PAUSED && s->counts.undecided == 0)
        s->hint = g_strdup(
            _("Paused. P lets it go on; e changes the text for those who are left."));
    else if (s->campaign.state == CAMPAIGN_SENDING && !ui_status(v->ui)->is_worker_running)
        s->hint = g_strdup(_("No worker runs: nothing goes out. w starts one."));
    else if (s->counts.undecided > 0)
        s->hint = g_strdup_printf(
            ngettext("%" PRId64 " person maybe has it: m decides whether it is sent again",
                     "%" PRId64 " people maybe have it: m decides whether it is sent again",
                     (gulong)s->counts.undecided),
            s->counts.undecided);
    else
        s->hint = live_back_hint(s);
    return s->hint;
}

/* ---- what can be done ---- */

static void run_pause(struct view *v)
{
    struct live *s = v->state;
    campaign_pause_or_resume(v->ui, s->name, 'P');
}

static const char *not_pause(struct view *v)
{
    const struct live *s = v->state;
    return campaign_why_not(CAMPAIGN_TODO_PAUSE, s->campaign.state);
}

static void run_cancel(struct view *v)
{
    struct live *s = v->state;
    if (s->campaign.state == CAMPAIGN_SCHEDULED)
        campaign_unschedule(v->ui, s->name);
    else
        campaign_cancel(v->ui, s->name, 'X');
}

static const char *not_cancel(struct view *v)
{
    const struct live *s = v->state;
    return campaign_why_not(CAMPAIGN_TODO_CANCEL, s->campaign.state);
}

/* The countdown can be taken back to its end, also when the sentence that said so has gone. */
static void run_take_back(struct view *v)
{
    const struct live *s = v->state;
    if (s->campaign.state == CAMPAIGN_SCHEDULED)
        campaign_unschedule(v->ui, s->name);
    else
        ui_undo(v->ui);
}

static void run_edit(struct view *v)
{
    const struct live *s = v->state;
    const struct campaign_edit_arg arg = {.name = s->name};
    ui_push(v->ui, campaign_edit_view(), &arg);
}

static const char *not_edit(struct view *v)
{
    const struct live *s = v->state;
    return campaign_why_not(CAMPAIGN_TODO_EDIT, s->campaign.state);
}

static void run_preview(struct view *v)
{
    const struct live *s = v->state;
    ui_push(v->ui, campaign_preview_view(), s->name);
}

static void run_send(struct view *v)
{
    const struct live *s = v->state;
    ui_push(v->ui, campaign_send_view(), s->name);
}

static const char *not_send(struct view *v)
{
    const struct live *s = v->state;
    return s->campaign.state == CAMPAIGN_DRAFT || s->campaign.state == CAMPAIGN_SCHEDULED
               ? NULL
               : _("It has begun already. c makes a copy to send again.");
}

static void run_correct(struct view *v)
{
    const struct live *s = v->state;
    campaign_correct(v->ui, s->name);
}

static const char *not_correct(struct view *v)
{
    const struct live *s = v->state;
    return s->campaign.content_version > 0 ? NULL
                                           : _("It has not gone out: e changes it for all.");
}

static void run_faster(struct view *v)
{
    const struct live *s = v->state;
    server_speed_change(v->ui, s->campaign.server, s->rate_per_s, TRUE, '+');
}

static void run_slower(struct view *v)
{
    const struct live *s = v->state;
    server_speed_change(v->ui, s->campaign.server, s->rate_per_s, FALSE, '-');
}

static const char *not_speed(struct view *v)
{
    const struct live *s = v->state;
    return s->campaign.state == CAMPAIGN_SENDING ? NULL : _("It is not being sent.");
}

static void run_freeze(struct view *v)
{
    struct live *s = v->state;
    s->is_frozen = !s->is_frozen;
    load_live(v);
    ui_redraw(v->ui);
}

static void run_copy(struct view *v)
{
    g_autofree char *text = live_as_text(v->state);
    ui_copy(v->ui, text);
}

static void open_people(struct view *v, int state)
{
    const struct live *s = v->state;
    const struct delivery_list_arg arg = {.campaign = s->name, .state = state};
    ui_push(v->ui, delivery_list_view(), &arg);
}

static void run_people(struct view *v)
{
    open_people(v, -1);
}

static void run_storm(struct view *v)
{
    const struct live *s = v->state;
    storm_ask(v->ui, s->storm);
}

static const char *not_storm(struct view *v)
{
    const struct live *s = v->state;
    return s->storm ? NULL : _("No receiver sends back more of it than usual.");
}

static void run_waiting(struct view *v)
{
    open_people(v, DELIVERY_DEFERRED);
}

static void run_worker(struct view *v)
{
    g_autoptr(GError) error = NULL;
    if (!ui_start_worker(v->ui, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static const char *not_worker(struct view *v)
{
    return ui_status(v->ui)->is_worker_running ? _("A worker runs already.") : NULL;
}

enum { DECIDE_LATER, DECIDE_SKIP, DECIDE_RESEND };

static void decide(struct ui *ui, int button, void *data)
{
    static const char *const nobody[] = {NULL};
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gint64 n = 0;
    if (button == DECIDE_LATER)
        return;
    if (!control_resolve(ui_db(ui), name, button == DECIDE_RESEND, nobody, &n, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        g_autofree char *shown = text_grouped(n);
        ui_nudge(ui);
        ui_say(ui,
               button == DECIDE_RESEND ? _("It is sent to %s people again.")
                                       : _("%s people are left as they are."),
               shown);
    }
    ui_reload(ui);
}

static void run_decide(struct view *v)
{
    const struct live *s = v->state;
    const char *const buttons[] = {_("Later"), _("Leave them"), _("Send again"), NULL};
    g_autofree char *n = text_grouped(s->counts.undecided);
    g_autofree char *text = g_strdup_printf(
        _("For %s people the line broke after the message had been sent and before the server "
          "answered. Nobody can know whether they have it. Leave them, and some may have "
          "nothing; send again, and some may have it twice."),
        n);
    dialog_choose(v->ui, _("Maybe sent"), text, buttons, DECIDE_LATER, decide,
                  g_strdup(s->name), g_free);
}

static const char *not_decide(struct view *v)
{
    const struct live *s = v->state;
    return s->counts.undecided > 0 ? NULL : _("There is nobody about whom to decide.");
}

static void run_join(struct view *v)
{
    struct live *s = v->state;
    campaign_join_start(&s->join, v->ui, s->name, 'J');
}

static const char *not_join(struct view *v)
{
    const struct live *s = v->state;
    return campaign_why_not(CAMPAIGN_TODO_JOIN, s->campaign.state);
}

static void run_why(struct view *v)
{
    const struct live *s = v->state;
    g_autofree char *line = g_strdup_printf("campaign explain %s", s->name);
    palette_run(v, line);
}

/* In accessible mode the lines are gone through; the picture has nothing to go to. */
static gboolean key_live(struct view *v, const struct term_event *e)
{
    static const struct {
        guint32 key;
        int by;
    } moves[] = {{TK_UP, -1},     {'k', -1},       {TK_DOWN, 1},      {'j', 1},
                 {TK_PAGE_UP, -8}, {TK_PAGE_DOWN, 8}, {TK_HOME, -1000}, {TK_END, 1000}};
    struct live *s = v->state;
    if (e->kind != EVENT_KEY || !ui_is_accessible(v->ui))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
        if (moves[i].key == e->key) {
            s->line = MAX(s->line + moves[i].by, 0);
            return TRUE;
        }
    return FALSE;
}

static const struct action actions[] = {
    {"pause", 'P', 0, N_("pause/resume"), N_("pause at once; asks before it goes on"),
     N_("THIS CAMPAIGN"), "campaign pause", not_pause, run_pause},
    {"worker", 'w', 0, N_("start worker"), N_("start a worker"), NULL, "worker", not_worker,
     run_worker},
    {"take-back", 'u', 0, NULL, N_("while it counts down: nothing is sent"), NULL, NULL, NULL,
     run_take_back},
    {"edit", 'e', 0, N_("edit"), N_("while it is paused: change it for those who are left"),
     NULL, "campaign set", not_edit, run_edit},
    {"decide", 'm', 0, N_("maybe sent"), N_("decide about those who maybe have it"), NULL,
     "campaign resolve", not_decide, run_decide},
    {"why", 'W', 0, N_("why"), N_("why is this not out yet: limits, replies, how long"), NULL,
     "campaign explain", NULL, run_why},
    {"join", 'J', 0, NULL, N_("send it to those, too, who came onto its lists since; asks"), NULL,
     "campaign join", not_join, run_join},
    {"people", TK_ENTER, 0, N_("people"), N_("what became of each person"), NULL,
     "campaign deliveries", NULL, run_people},
    {"cancel", 'X', 0, N_("stop.."), N_("stop for good; asks for the number of people"), NULL,
     "campaign cancel", not_cancel, run_cancel},
    {"failed", 'b', 0, N_("failed"),
     N_("those it was refused for or came back from, who complained, who left"), NULL, NULL,
     NULL, live_back_split},
    {"storm", 'B', 0, NULL,
     N_("decide about those who wait as their receiver sends back far more than usual"), NULL,
     "suppress storm", not_storm, run_storm},
    {"waiting", 'D', 0, N_("waiting"), N_("those who wait for another try"), NULL, NULL, NULL,
     run_waiting},
    {"send", 'S', 0, N_("send.."), N_("send or schedule it; shows a check list first"), NULL,
     "campaign start", not_send, run_send},
    {"faster", '+', 0, NULL, N_("a higher limit for its server; asks"), NULL, "server set",
     not_speed, run_faster},
    {"slower", '-', 0, N_("speed"), N_("a lower limit for its server; asks"), NULL,
     "server set", not_speed, run_slower},
    {"preview", 'p', 0, NULL, N_("see it as one of the people gets it"), NULL,
     "campaign preview", NULL, run_preview},
    {"correct", 'K', 0, NULL, N_("a correction to those who got an older version"), NULL,
     "campaign correct", not_correct, run_correct},
    {"freeze", 'f', 0, N_("freeze"), N_("hold the picture still; sending goes on"),
     N_("PICTURE"), NULL, NULL, run_freeze},
    {"copy", 'y', 0, N_("copy"), N_("copy what is shown"), NULL, NULL, NULL, run_copy},
    {NULL},
};

const struct view_ops *live_view(void)
{
    static const struct view_ops ops = {.name = "live",
                                        .state_size = sizeof(struct live),
                                        .open = open_live,
                                        .close = close_live,
                                        .load = load_live,
                                        .title = title_live,
                                        .note = note_live,
                                        .draw = live_draw,
                                        .draw_plain = live_draw_plain,
                                        .hint = hint_live,
                                        .key = key_live,
                                        .actions = actions,
                                        .tick = tick_live};
    return &ops;
}
