/*
 * Screen 1: what is being sent, what comes next, the last hour, what is wrong, the servers. What
 * it knows comes from home_data; pictures from chart.
 */
#include "config.h"

#include "tui/screen_home.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/doctor_run.h"
#include "tui/home_private.h"
#include "tui/live.h"
#include "tui/pager_dialog.h"
#include "tui/screens.h"
#include "tui/storm_ask.h"
#include "tui/words.h"

/* ---- the cursor ---- */

static gboolean is_same(const struct home_row *a, const struct home_row *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

const struct home_row *home_current(const struct home *s)
{
    return s->data.rows && s->cursor < (int)s->data.rows->len
               ? s->data.rows->pdata[s->cursor]
               : NULL;
}

/* Finished campaigns are shown in wide terminals only, but can be reached in all by 2. */
static int last_row(const struct home *s)
{
    int n = s->data.rows ? (int)s->data.rows->len : 0;
    return (s->shows_done ? n : n - home_data_count(&s->data, HOME_DONE)) - 1;
}

static void move_by(struct home *s, int by)
{
    s->cursor = CLAMP(s->cursor + by, 0, MAX(last_row(s), 0));
}

gboolean home_is_marked(const struct home *s, const struct home_row *r)
{
    return r->kind == HOME_SENDING && g_hash_table_contains(s->marks, r->name);
}

/* ---- life ---- */

static gboolean open_home(struct view *v, const void *arg, GError **error)
{
    struct home *s = v->state;
    s->marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return TRUE;
}

static void close_home(struct view *v)
{
    struct home *s = v->state;
    home_data_clear(&s->data);
    g_hash_table_unref(s->marks);
    g_free(s->hint);
}

static void drop_marks(struct home *s)
{
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, s->marks);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        gboolean is_there = FALSE;
        for (guint i = 0; i < s->data.rows->len && !is_there; i++) {
            const struct home_row *r = s->data.rows->pdata[i];
            is_there = r->kind == HOME_SENDING && strcmp(r->name, name) == 0;
        }
        if (!is_there)
            g_hash_table_iter_remove(&iter);
    }
}

static void load_home(struct view *v)
{
    struct home *s = v->state;
    g_autoptr(GError) error = NULL;
    const struct home_row *at = home_current(s);
    struct home_row was = {.kind = HOME_SENDING};
    g_autofree char *name = g_strdup(at ? at->name : "");
    if (at)
        was.kind = at->kind;
    was.name = name;
    if (!home_data_load(&s->data, ui_db(v->ui), ui_status(v->ui), ui_now_us(v->ui), &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    int same = -1;
    for (guint i = 0; i < s->data.rows->len; i++) {
        const struct home_row *r = s->data.rows->pdata[i];
        if (is_same(r, &was))
            same = (int)i;
        else if (same < 0 && r->kind != HOME_PROBLEM && strcmp(r->name, was.name) == 0)
            same = (int)i; /* it began, or ended: the cursor goes with it */
    }
    if (same >= 0)
        s->cursor = same;
    move_by(s, 0);
    drop_marks(s);
}

/* The picture of the last hour moves on although nothing is written. */
static gboolean tick_home(struct view *v)
{
    struct home *s = v->state;
    gint64 minute = ui_now_us(v->ui) / COUNTERS_MINUTE_US;
    if (minute == s->data.first_minute + HOME_MINUTES - 1)
        return FALSE;
    load_home(v);
    return TRUE;
}

static char *title_home(struct view *v)
{
    return g_strdup(_("Home"));
}

static const char *hint_home(struct view *v)
{
    struct home *s = v->state;
    const struct home_row *r = home_current(s);
    guint marked = g_hash_table_size(s->marks);
    g_free(s->hint);
    s->hint = NULL;
    if (marked > 0)
        s->hint = g_strdup_printf(ngettext("%u marked: P pauses it", "%u marked: P pauses them",
                                           marked),
                                  marked);
    else if (r && r->kind == HOME_PROBLEM)
        s->hint = g_strdup_printf("%s.", r->next); /* what is wrong stands on its line */
    else if (r)
        s->hint = g_strdup_printf("%s: %s", r->name, words_campaign_state(r->state));
    return s->hint;
}

/* ---- what can be done ---- */

static void start_worker(struct ui *ui, void *data)
{
    g_autoptr(GError) error = NULL;
    if (!ui_start_worker(ui, &error))
        ui_fail(ui, g_steal_pointer(&error));
}

static int number_of_screen(const char *name)
{
    for (const struct screen *x = screens_all(); x < screens_all() + SCREENS_COUNT; x++)
        if (strcmp(x->name, name) == 0 && x->view)
            return x->number;
    return 0;
}

static void wake(struct ui *ui, void *data)
{
    const char *const args[] = {"provider", "wake", data, NULL};
    pager_dialog_run(ui, _("Go on"), args, 0);
}

/* "provider wake NAME": whose fault it was is in the text, so that it is mended first. */
static gboolean offers_wake(struct view *v, const struct home_row *r, const char *text)
{
    static const char verb[] = "provider wake ";
    const struct confirm ask = {.level = CONFIRM_YES,
                                .title = _("Go on now?"),
                                .text = text,
                                .action = _("Go on"),
                                .asked_by = TK_ENTER};
    if (!r->verb || !g_str_has_prefix(r->verb, verb))
        return FALSE;
    confirm_ask(v->ui, &ask, wake, g_strdup(r->verb + strlen(verb)), g_free);
    return TRUE;
}

/* "suppress storm NAME": what is to become of those addresses. */
static gboolean offers_storm(struct view *v, const struct home_row *r)
{
    static const char verb[] = "suppress storm ";
    if (!r->verb || !g_str_has_prefix(r->verb, verb))
        return FALSE;
    storm_ask(v->ui, r->verb + strlen(verb));
    return TRUE;
}

/* "doctor NAME": the steps by which it was found, without looking again. */
static gboolean offers_doctor(struct view *v, const struct home_row *r)
{
    static const char verb[] = "doctor ";
    return r->verb && g_str_has_prefix(r->verb, verb) &&
           doctor_run_show_named(v->ui, r->verb + strlen(verb), FALSE);
}

/* To where it is put right: a worker is started, an installation offered, a receiver that rests
 * woken, a storm decided about, else its screen. */
static void open_problem(struct view *v, const struct home_row *r)
{
    static const char *const install[] = {"worker", "install", NULL};
    g_autofree char *text = g_strdup_printf("%s. %s.", r->text, r->next);
    const struct confirm start = {.level = CONFIRM_YES,
                                  .title = _("Start a worker?"),
                                  .text = text,
                                  .action = _("Start"),
                                  .asked_by = TK_ENTER};
    int number = number_of_screen(r->screen);
    if (g_strcmp0(r->verb, "worker install") == 0)
        pager_dialog_run(v->ui, _("Start with the machine"), install, 0);
    else if (g_strcmp0(r->verb, "worker") == 0 && !ui_status(v->ui)->is_worker_running)
        confirm_ask(v->ui, &start, start_worker, NULL, NULL);
    else if (offers_wake(v, r, text) || offers_storm(v, r) || offers_doctor(v, r))
        return;
    else if (strcmp(r->screen, "campaigns") == 0)
        ui_push(v->ui, live_view(), r->name);
    else if (number > 1)
        ui_go(v->ui, number);
    else
        dialog_tell(v->ui, _("Problem"), text);
}

static void run_open(struct view *v)
{
    const struct home_row *r = home_current(v->state);
    if (r && r->kind == HOME_PROBLEM)
        open_problem(v, r);
    else if (r)
        ui_push(v->ui, live_view(), r->name);
}

static const char *not_open(struct view *v)
{
    return home_current(v->state) ? NULL : _("There is nothing on this screen to open yet.");
}

static void run_pause(struct view *v)
{
    struct home *s = v->state;
    const struct home_row *r = home_current(s);
    if (g_hash_table_size(s->marks) == 0) {
        campaign_pause_or_resume(v->ui, r->name, 'P');
        return;
    }
    g_autoptr(GList) names = g_hash_table_get_keys(s->marks);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    for (GList *n = names; n; n = n->next)
        g_ptr_array_add(list, g_strdup(n->data));
    for (guint i = 0; i < list->len; i++)
        campaign_pause(v->ui, list->pdata[i]);
    g_hash_table_remove_all(s->marks);
}

static const char *not_pause(struct view *v)
{
    struct home *s = v->state;
    const struct home_row *r = home_current(s);
    if (g_hash_table_size(s->marks) > 0)
        return NULL;
    if (!r || r->kind == HOME_PROBLEM)
        return _("There is no campaign under the cursor.");
    return campaign_why_not(CAMPAIGN_TODO_PAUSE, r->state);
}

static void run_pause_all(struct view *v)
{
    campaign_pause_all(v->ui);
}

static const char *not_pause_all(struct view *v)
{
    const struct status *s = ui_status(v->ui);
    for (guint i = 0; i < s->campaigns->len; i++)
        if (((const struct status_campaign *)s->campaigns->pdata[i])->campaign.state ==
            CAMPAIGN_SENDING)
            return NULL;
    return _("Nothing is being sent.");
}

static void run_mark(struct view *v)
{
    struct home *s = v->state;
    const struct home_row *r = home_current(s);
    if (!g_hash_table_remove(s->marks, r->name))
        g_hash_table_add(s->marks, g_strdup(r->name));
    move_by(s, 1);
    ui_redraw(v->ui);
}

static const char *not_mark(struct view *v)
{
    const struct home_row *r = home_current(v->state);
    return r && r->kind == HOME_SENDING ? NULL
                                        : _("Only what is being sent can be marked here.");
}

static void run_mark_all(struct view *v)
{
    struct home *s = v->state;
    gboolean had_marks = g_hash_table_size(s->marks) > 0;
    g_hash_table_remove_all(s->marks);
    for (guint i = 0; !had_marks && i < s->data.rows->len; i++) {
        const struct home_row *r = s->data.rows->pdata[i];
        if (r->kind == HOME_SENDING)
            g_hash_table_add(s->marks, g_strdup(r->name));
    }
    ui_redraw(v->ui);
}

static void run_new(struct view *v)
{
    const struct campaign_edit_arg arg = {.name = NULL};
    ui_push(v->ui, campaign_edit_view(), &arg);
}

static void run_cancel(struct view *v)
{
    const struct home_row *r = home_current(v->state);
    if (r->state == CAMPAIGN_SCHEDULED)
        campaign_unschedule(v->ui, r->name);
    else
        campaign_cancel(v->ui, r->name, 'X');
}

static const char *not_cancel(struct view *v)
{
    const struct home_row *r = home_current(v->state);
    if (!r || r->kind == HOME_PROBLEM)
        return _("There is no campaign under the cursor.");
    return campaign_why_not(CAMPAIGN_TODO_CANCEL, r->state);
}

static void run_copy(struct view *v)
{
    int line;
    g_autofree char *text = home_as_text(v, &line);
    ui_copy(v->ui, text);
}

/* On a line: the cursor goes there; on the cursor: opens it. */
static gboolean click(struct view *v, const struct term_event *e)
{
    struct home *s = v->state;
    for (int i = 0; s->data.rows && i <= last_row(s); i++) {
        const struct rect p = ((const struct home_row *)s->data.rows->pdata[i])->place;
        if (p.h == 0 || e->y != p.y || e->x < p.x || e->x >= p.x + p.w)
            continue;
        if (i == s->cursor)
            run_open(v);
        s->cursor = i;
        return TRUE;
    }
    return FALSE;
}

static gboolean key_home(struct view *v, const struct term_event *e)
{
    static const struct {
        guint32 key;
        int by;
    } moves[] = {{TK_UP, -1},      {'k', -1},          {TK_DOWN, 1},   {'j', 1},
                 {TK_PAGE_UP, -8}, {TK_PAGE_DOWN, 8},  {TK_HOME, -10000},
                 {'g', -10000},    {TK_END, 10000},    {'G', 10000},
                 {TK_CTRL('B'), -8}, {TK_CTRL('F'), 8}, {TK_WHEEL_UP, -1},
                 {TK_WHEEL_DOWN, 1}};
    if (e->kind != EVENT_KEY)
        return FALSE;
    if (e->key == TK_CLICK)
        return click(v, e);
    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++)
        if (moves[i].key == e->key) {
            move_by(v->state, moves[i].by);
            return TRUE;
        }
    return FALSE;
}

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"), N_("see it live, or what to do about the problem"),
     N_("THIS LINE"), "status", not_open, run_open},
    {"pause", 'P', 0, N_("pause/resume"), N_("pause at once; asks before it goes on"), NULL,
     "campaign pause", not_pause, run_pause},
    {"pause-all", 'A', 0, N_("pause all"), N_("pause everything that is being sent, at once"),
     N_("ALL"), "pause", not_pause_all, run_pause_all},
    {"mark", ' ', 0, NULL, N_("mark this line, or take the mark away"), NULL, NULL, not_mark,
     run_mark},
    {"mark-all", '*', 0, NULL, N_("mark all that is being sent, or nothing"), NULL, NULL, NULL,
     run_mark_all},
    {"cancel", 'X', 0, NULL, N_("stop for good, or take its time back; asks"), N_("THIS LINE"),
     "campaign cancel", not_cancel, run_cancel},
    {"new", 'n', 0, N_("new campaign"), N_("write a new campaign"), N_("ALL"), "campaign new",
     NULL, run_new},
    {"copy", 'y', 0, NULL, N_("copy what is shown"), NULL, NULL, NULL, run_copy},
    {NULL},
};

const struct view_ops *screen_home(void)
{
    static const struct view_ops ops = {.name = "home",
                                        .state_size = sizeof(struct home),
                                        .open = open_home,
                                        .close = close_home,
                                        .load = load_home,
                                        .title = title_home,
                                        .draw = home_draw,
                                        .draw_plain = home_draw_plain,
                                        .hint = hint_home,
                                        .key = key_home,
                                        .actions = actions,
                                        .tick = tick_home};
    return &ops;
}
