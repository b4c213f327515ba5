/*
 * The way out: the check runs in a child, then the number of people is typed and `y` sends. What
 * was checked is what starts: the revision goes with the order. A countdown follows in which it
 * can be taken back.
 */
#include "config.h"

#include "tui/campaign_send.h"

#include <inttypes.h>
#include <string.h>

#include "app/service.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "base/when.h"
#include "store/campaigns.h"
#include "tui/campaign_actions.h"
#include "tui/campaign_edit.h"
#include "tui/campaign_send_private.h"
#include "tui/dialog.h"
#include "tui/live.h"
#include "tui/pager_dialog.h"
#include "tui/prefs.h"
#include "tui/ui.h"

#define COUNTDOWN "60"

static void finding_free(gpointer p)
{
    struct send_finding *f = p;
    g_free(f->sentence);
    g_free(f->examples);
    g_free(f);
}

guint send_count(const struct campaign_send *s, enum check_level level)
{
    guint n = 0;
    for (guint i = 0; s->findings && i < s->findings->len; i++)
        n += ((const struct send_finding *)s->findings->pdata[i])->level == level;
    return n;
}

gboolean send_is_ready(const struct campaign_send *s)
{
    return s->findings && !s->task && s->revision && s->people > 0 &&
           send_count(s, CHECK_FAIL) == 0 && s->campaign.state == CAMPAIGN_DRAFT;
}

/* ---- the service ---- */

static void install(struct ui *ui, int button, void *data)
{
    static const char *const args[] = {"worker", "install", NULL};
    if (button == 1)
        pager_dialog_run(ui, _("Start with the machine"), args, 0);
}

/* Until it is installed a reboot ends what is being sent. Asked before the number is typed: once
 * it counts down, nothing may stand between a person and `u` or P. */
static void offer_service(struct ui *ui)
{
    const char *const buttons[] = {_("Not now"), _("Install"), NULL};
    /* Asked once; from then on Home says it. */
    if (service_survives(service_state(ui_workspace(ui), ui_status(ui)->worker_pid)) ||
        prefs_get_bool("service", "asked", FALSE) || !prefs_set("service", "asked", "yes", NULL))
        return;
    dialog_choose(ui, _("Sending stops at a reboot"),
                  _("The worker that sends is not started again when this machine boots. "
                    "`crier worker install` sees to that: as a service of yours, without root."),
                  buttons, 0, install, NULL, NULL);
}

/* ---- the check ---- */

static enum check_level level_of(const char *name)
{
    for (int l = 0; l < CHECK_LEVEL_COUNT; l++)
        if (g_strcmp0(name, check_level_name((enum check_level)l)) == 0)
            return (enum check_level)l;
    return CHECK_WARN;
}

static void add_findings(struct campaign_send *s, const struct json *all,
                         enum check_level level)
{
    for (gsize i = 0; i < json_size(all); i++) {
        const struct json *from = json_at(all, i);
        if (level_of(json_member_string(from, "level")) != level)
            continue;
        struct send_finding *f = g_new0(struct send_finding, 1);
        const struct json *examples = json_member(from, "examples");
        g_autoptr(GString) lines = g_string_new(NULL);
        for (gsize k = 0; examples && k < json_size(examples); k++)
            g_string_append_printf(lines, "%s\n", json_get_string(json_at(examples, k)));
        f->level = level;
        f->sentence = g_strdup(json_member_string(from, "sentence"));
        f->examples = g_strdup(lines->str);
        g_ptr_array_add(s->findings, f);
    }
}

static gboolean take_report(struct campaign_send *s, const struct task_result *r)
{
    struct json *report = json_parse(r->out, r->out_len, NULL);
    const struct json *all = report ? json_member(report, "findings") : NULL;
    if (!all) {
        json_unref(report);
        return FALSE;
    }
    g_clear_pointer(&s->findings, g_ptr_array_unref);
    s->findings = g_ptr_array_new_with_free_func(finding_free);
    for (int l = CHECK_LEVEL_COUNT; l-- > 0;)
        add_findings(s, all, (enum check_level)l);
    g_free(s->revision);
    s->revision = g_strdup(json_member_string(report, "revision"));
    s->people = json_member_int(report, "people", 0);
    s->suppressed = json_member_int(report, "suppressed", 0);
    s->on_lists = json_member_int(report, "total", 0);
    json_unref(report);
    return TRUE;
}

static void arm(struct view *v)
{
    struct campaign_send *s = v->state;
    s->is_armed = TRUE;
}

static void checked(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct campaign_send *s = v->state;
    s->task = NULL;
    if (r->was_stopped) {
        ui_say(v->ui, "%s", _("The check was stopped. r begins it again."));
        return;
    }
    if (!take_report(s, r)) {
        ui_fail_text(v->ui, "%s", *r->error ? r->error : _("The check did not end well."));
        return;
    }
    s->cursor = s->top = 0;
    s->is_armed = FALSE;
    confirm_field_init(&s->number, confirm_number(s->people, s->campaign.id));
    s->focus = send_is_ready(s) ? SEND_NUMBER : SEND_LIST;
    ui_when_shown(v->ui, v, arm);
    if (send_is_ready(s))
        offer_service(v->ui);
}

static void progress(gint64 done, gint64 total, void *data)
{
    struct view *v = data;
    struct campaign_send *s = v->state;
    s->done = done;
    s->total = total;
}

static void check(struct view *v)
{
    struct campaign_send *s = v->state;
    const char *const args[] = {"campaign", "check", s->campaign.name, "--json", NULL};
    static const struct task_calls calls = {.progress = progress, .done = checked};
    g_autoptr(GError) error = NULL;
    if (s->task)
        return;
    s->done = s->total = 0;
    s->is_armed = FALSE;
    s->task = task_start(v->ui, args, NULL, &calls, v, &error);
    if (!s->task)
        ui_fail(v->ui, g_steal_pointer(&error));
}

/* ---- life ---- */

static gboolean open_send(struct view *v, const void *arg, GError **error)
{
    struct campaign_send *s = v->state;
    if (!campaigns_get(ui_db(v->ui), arg, &s->campaign, error))
        return FALSE;
    input_init(&s->at, 100);
    check(v);
    return TRUE;
}

static void close_send(struct view *v)
{
    struct campaign_send *s = v->state;
    task_drop(s->task);
    campaign_clear(&s->campaign);
    g_clear_pointer(&s->findings, g_ptr_array_unref);
    input_clear(&s->at);
    g_free(s->at_words);
    g_free(s->revision);
    g_free(s->hint);
}

/* Somebody changed it meanwhile: what was checked is not what is there. */
static void load_send(struct view *v)
{
    struct campaign_send *s = v->state;
    struct campaign fresh = {0};
    g_autoptr(GError) error = NULL;
    if (!campaigns_get_id(ui_db(v->ui), s->campaign.id, &fresh, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    gboolean is_changed = fresh.row_version != s->campaign.row_version;
    campaign_clear(&s->campaign);
    s->campaign = fresh;
    if (is_changed && !s->task)
        check(v);
}

static gboolean may_close(struct view *v)
{
    struct campaign_send *s = v->state;
    if (s->task && s->is_starting) {
        ui_say(v->ui, "%s", _("It is being started: one moment."));
        return FALSE;
    }
    return TRUE;
}

static char *title_send(struct view *v)
{
    const struct campaign_send *s = v->state;
    const struct campaign *c = &s->campaign;
    return g_strdup_printf(_("%s > Send"), *c->title ? c->title : c->name);
}

static const char *hint_send(struct view *v)
{
    struct campaign_send *s = v->state;
    guint failed = send_count(s, CHECK_FAIL), warned = send_count(s, CHECK_WARN);
    g_free(s->hint);
    s->hint = NULL;
    if (s->task || !s->findings)
        return NULL;
    if (failed > 0)
        s->hint = g_strdup_printf(
            ngettext("%u thing must be put right before it can be sent. Enter shows it, e edits.",
                     "%u things must be put right before it can be sent. Enter shows one, e edits.",
                     failed),
            failed);
    else if (s->focus == SEND_WHEN || s->focus == SEND_AT)
        s->hint = g_strdup(s->focus == SEND_WHEN
                               ? _("Space chooses: now, or at a time")
                               : _("for example: tomorrow 08:30, monday 9:00, 14:30, in 2h, "
                                   "2026-12-01 09:00"));
    else if (confirm_field_is_right(&s->number))
        s->hint = g_strdup(_("y sends it. Enter does not."));
    else if (warned > 0)
        s->hint = g_strdup_printf(
            ngettext("%u warning, which does not stop it.", "%u warnings, which do not stop it.",
                     warned),
            warned);
    return s->hint;
}

/* ---- off it goes ---- */

static void take_back(struct ui *ui, void *data)
{
    campaign_unschedule(ui, data);
}

static void started(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct campaign_send *s = v->state;
    struct ui *ui = v->ui;
    s->task = NULL;
    s->is_starting = FALSE;
    if (r->exit_code != 0) {
        ui_fail_text(ui, "%s", *r->error ? r->error : _("It was not started."));
        check(v);
        return;
    }
    g_autofree char *name = g_strdup(s->campaign.name);
    gboolean is_later = s->is_later;
    g_autofree char *sentence =
        is_later ? g_strdup_printf(_("%s is scheduled."), name)
                 : g_strdup_printf(_("%s begins after its countdown."), name);
    ui_close(v);
    ui_reload(ui);
    if (!is_later)
        ui_push(ui, live_view(), name);
    ui_say_undo(ui, sentence, take_back, g_strdup(name), g_free);
}

static void send(struct view *v)
{
    struct campaign_send *s = v->state;
    static const struct task_calls calls = {.progress = progress, .done = started};
    g_autoptr(GError) error = NULL;
    const char *at = input_text(&s->at);
    gint64 at_us;
    const char *const args[] = {"campaign",
                                "start",
                                s->campaign.name,
                                "--revision",
                                s->revision,
                                s->is_later ? "--at" : "--countdown",
                                s->is_later ? at : COUNTDOWN,
                                NULL};
    if (s->is_later && !when_parse(at, ui_now_us(v->ui), &at_us, &error)) {
        s->focus = SEND_AT;
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    s->task = task_start(v->ui, args, NULL, &calls, v, &error);
    s->is_starting = s->task != NULL;
    if (!s->task)
        ui_fail(v->ui, g_steal_pointer(&error));
}

/* `y`, once the number stands there. */
static void confirm(struct view *v, guint32 key)
{
    struct campaign_send *s = v->state;
    const struct confirm_state state = {.level = CONFIRM_NUMBER,
                                        .asked_by = 'S',
                                        .is_armed = s->is_armed,
                                        .is_number_right = confirm_field_is_right(&s->number)};
    if (!send_is_ready(s))
        ui_say(v->ui, "%s", _("It cannot be sent yet: the list says why."));
    else if (confirm_judge(&state, key) == CONFIRM_DO)
        send(v);
    else if (!state.is_number_right)
        ui_say(v->ui, _("Type %" PRId64 " first."), s->number.number);
    else
        ui_say(v->ui, "%s", _("y sends it. Enter does not."));
}

/* ---- keys ---- */

static gboolean can_focus(const struct campaign_send *s, enum send_focus f)
{
    switch (f) {
    case SEND_LIST:
        return s->findings && s->findings->len > 0;
    case SEND_AT:
        return s->is_later && send_is_ready(s);
    case SEND_WHEN:
    case SEND_NUMBER:
    case SEND_BUTTON:
        return send_is_ready(s);
    default:
        return TRUE;
    }
}

/* What was typed as a time, read aloud or refused, when the field is left. */
static void read_time(struct view *v)
{
    struct campaign_send *s = v->state;
    g_autoptr(GError) error = NULL;
    const char *typed = input_text(&s->at);
    gint64 at_us;
    g_clear_pointer(&s->at_words, g_free);
    s->is_at_wrong = FALSE;
    if (!s->is_later || !*typed)
        return;
    s->is_at_wrong = !when_parse(typed, ui_now_us(v->ui), &at_us, &error);
    s->at_words = s->is_at_wrong ? g_strdup(error->message) : when_format(at_us);
}

static void step(struct campaign_send *s, int by)
{
    for (int i = 0; i < SEND_FOCUS_COUNT; i++) {
        s->focus =
            (enum send_focus)(((int)s->focus + by + SEND_FOCUS_COUNT) % SEND_FOCUS_COUNT);
        if (can_focus(s, s->focus))
            return;
    }
}

static void show_finding(struct view *v)
{
    const struct campaign_send *s = v->state;
    if (!s->findings || s->cursor >= (int)s->findings->len)
        return;
    const struct send_finding *f = s->findings->pdata[s->cursor];
    g_autofree char *text = g_strdup_printf("%s\n\n%s", f->sentence, f->examples);
    dialog_tell(v->ui, _("Finding"), text);
}

static gboolean list_key(struct view *v, guint32 key)
{
    struct campaign_send *s = v->state;
    int n = s->findings ? (int)s->findings->len : 0;
    int by = key == TK_DOWN || key == 'j' ? 1
             : key == TK_UP || key == 'k' ? -1
             : key == TK_PAGE_DOWN        ? 8
             : key == TK_PAGE_UP          ? -8
                                          : 0;
    if (key == TK_ENTER) {
        show_finding(v);
        return TRUE;
    }
    if (by == 0)
        return FALSE;
    if (by == 1 && s->cursor == n - 1)
        step(s, 1);
    s->cursor = CLAMP(s->cursor + by, 0, MAX(n - 1, 0));
    return TRUE;
}

static gboolean focus_key(struct view *v, const struct term_event *e)
{
    struct campaign_send *s = v->state;
    switch (s->focus) {
    case SEND_LIST:
        return e->kind == EVENT_KEY && list_key(v, e->key);
    case SEND_WHEN:
        if (e->kind != EVENT_KEY ||
            (e->key != ' ' && e->key != TK_LEFT && e->key != TK_RIGHT))
            return FALSE;
        s->is_later = !s->is_later;
        return TRUE;
    case SEND_AT:
        if (input_event(&s->at, e) == INPUT_IGNORED)
            return FALSE;
        g_clear_pointer(&s->at_words, g_free);
        return TRUE;
    case SEND_NUMBER:
        return confirm_field_key(&s->number, v->ui, e);
    case SEND_CANCEL:
        if (e->kind != EVENT_KEY || (e->key != TK_ENTER && e->key != ' '))
            return FALSE;
        ui_close(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean key_send(struct view *v, const struct term_event *e)
{
    struct campaign_send *s = v->state;
    if (focus_key(v, e))
        return TRUE;
    if (e->kind != EVENT_KEY)
        return FALSE;
    /* The number typed ahead of its question must not lead to other screens. */
    if (s->task)
        return e->key >= '0' && e->key <= '9';
    gboolean is_asked = s->focus == SEND_NUMBER || s->focus == SEND_BUTTON;
    if (is_asked && (e->key == 'y' || (e->key == TK_ENTER && s->focus == SEND_BUTTON))) {
        confirm(v, e->key);
        return TRUE;
    }
    switch (e->key) {
    case TK_TAB:
    case TK_DOWN:
    case TK_ENTER:
        read_time(v);
        step(s, 1);
        return TRUE;
    case TK_BACKTAB:
    case TK_UP:
        read_time(v);
        step(s, -1);
        return TRUE;
    default:
        /* Letters are text in a field, never actions. */
        return s->focus == SEND_AT && e->key < TK_SPECIAL && e->key >= ' ';
    }
}

static void run_check(struct view *v)
{
    check(v);
    ui_redraw(v->ui);
}

static const char *not_check(struct view *v)
{
    const struct campaign_send *s = v->state;
    return s->task ? _("It is being checked.") : NULL;
}

static void run_stop(struct view *v)
{
    struct campaign_send *s = v->state;
    if (s->task && !s->is_starting)
        task_stop(s->task);
    else
        ui_close(v);
}

static void run_unschedule(struct view *v)
{
    const struct campaign_send *s = v->state;
    campaign_unschedule(v->ui, s->campaign.name);
}

static const char *not_unschedule(struct view *v)
{
    const struct campaign_send *s = v->state;
    return s->campaign.state == CAMPAIGN_SCHEDULED ? NULL : _("No time is set.");
}

static void run_details(struct view *v)
{
    show_finding(v);
}

static const char *not_details(struct view *v)
{
    const struct campaign_send *s = v->state;
    return s->findings && !s->task && s->focus == SEND_LIST ? NULL
                                                            : _("Tab goes to the list first.");
}

static void run_edit(struct view *v)
{
    const struct campaign_send *s = v->state;
    const struct campaign_edit_arg arg = {.name = s->campaign.name};
    ui_push(v->ui, campaign_edit_view(), &arg);
}

static const char *not_edit(struct view *v)
{
    const struct campaign_send *s = v->state;
    return campaign_why_not(CAMPAIGN_TODO_EDIT, s->campaign.state);
}

static const struct action actions[] = {
    {"details", TK_ENTER, 0, N_("details"), N_("the whole sentence, and whom it is about"),
     N_("BEFORE IT GOES"), NULL, not_details, run_details},
    {"edit", 'e', 0, N_("edit"), N_("change the campaign"), NULL, "campaign set", not_edit,
     run_edit},
    {"check", 'r', 0, N_("check again"), N_("look at everything again"), NULL,
     "campaign check", not_check, run_check},
    {"unschedule", 'X', 0, N_("take the time back"), N_("make it a draft again"), NULL,
     "campaign unschedule", not_unschedule, run_unschedule},
    {"leave", TK_ESC, 0, N_("leave, nothing is sent"), N_("stop the check, or leave"), NULL,
     NULL, NULL, run_stop},
    {NULL},
};

const struct view_ops *campaign_send_view(void)
{
    static const struct view_ops ops = {.name = "send",
                                        .state_size = sizeof(struct campaign_send),
                                        .open = open_send,
                                        .close = close_send,
                                        .load = load_send,
                                        .title = title_send,
                                        .draw = send_draw,
                                        .draw_plain = send_draw_plain,
                                        .hint = hint_send,
                                        .key = key_send,
                                        .may_close = may_close,
                                        .actions = actions};
    return &ops;
}
