/*
 * Pause, go on, stop for good. The rows are changed by app/control; here are the questions and
 * the sentences.
 */
#include "config.h"

#include "tui/campaign_actions.h"

#include <inttypes.h>

#include "app/control.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "tui/confirm.h"
#include "tui/words.h"

/* ---- pause ---- */

static void go_on(struct ui *ui, void *data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    if (!control_resume(ui_db(ui), name, &error) || !ui_start_worker(ui, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        ui_nudge(ui);
        ui_say(ui, _("%s goes on. Who has it does not get it again."), name);
    }
    ui_reload(ui);
}

void campaign_pause(struct ui *ui, const char *name)
{
    g_autoptr(GError) error = NULL;
    struct campaign c = {0};
    struct campaign_counts n = {0};
    if (!control_pause(ui_db(ui), name, &error) ||
        !campaigns_get(ui_db(ui), name, &c, &error) ||
        !campaigns_counts(ui_db(ui), c.id, &n, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        g_autofree char *done = text_grouped(words_done(&n));
        g_autofree char *left = text_grouped(words_left(&n));
        g_autofree char *text =
            g_strdup_printf(_("%s is paused: %s sent, %s left."), name, done, left);
        ui_nudge(ui);
        ui_say_undo(ui, text, go_on, g_strdup(name), g_free);
    }
    campaign_clear(&c);
    ui_reload(ui);
}

static void go_on_all(struct ui *ui, void *data)
{
    char **names = data;
    for (char **name = names; *name; name++)
        go_on(ui, *name);
}

static void free_names(gpointer names)
{
    g_strfreev(names);
}

void campaign_pause_all(struct ui *ui)
{
    const struct status *s = ui_status(ui);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    int n = 0;
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = s->campaigns->pdata[i];
        if (c->campaign.state == CAMPAIGN_SENDING)
            g_ptr_array_add(names, g_strdup(c->campaign.name));
    }
    g_ptr_array_add(names, NULL);
    char **list = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
    if (!control_pause_all(ui_db(ui), &n, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        g_strfreev(list);
    } else if (n == 0) {
        ui_say(ui, "%s", _("Nothing is being sent."));
        g_strfreev(list);
    } else {
        g_autofree char *text = g_strdup_printf(
            ngettext("%d campaign is paused.", "%d campaigns are paused.", (gulong)n), n);
        ui_nudge(ui);
        ui_say_undo(ui, text, go_on_all, list, free_names);
    }
    ui_reload(ui);
}

static gboolean read_counted(struct ui *ui, const char *name, struct campaign *c,
                             struct campaign_counts *n)
{
    g_autoptr(GError) error = NULL;
    if (campaigns_get(ui_db(ui), name, c, &error) &&
        campaigns_counts(ui_db(ui), c->id, n, &error))
        return TRUE;
    ui_fail(ui, g_steal_pointer(&error));
    campaign_clear(c);
    return FALSE;
}

/* ---- going on ---- */

void campaign_resume(struct ui *ui, const char *name, guint32 asked_by)
{
    struct campaign c = {0};
    struct campaign_counts n = {0};
    if (!read_counted(ui, name, &c, &n))
        return;
    g_autofree char *left = text_grouped(words_left(&n));
    g_autofree char *done = text_grouped(words_done(&n));
    g_autofree char *why =
        c.state == CAMPAIGN_HELD
            ? g_strdup_printf(_("It is held: %s.\n\n"), c.held_reason ? c.held_reason : "")
            : g_strdup("");
    g_autofree char *text = g_strdup_printf(
        _("%s%s goes on: it is sent to the %s people who are left. The %s it was sent to do "
          "not get it again."),
        why, *c.title ? c.title : c.name, left, done);
    const struct confirm q = {.level = CONFIRM_YES,
                              .title = _("Go on sending?"),
                              .text = text,
                              .action = _("Go on"),
                              .asked_by = asked_by};
    confirm_ask(ui, &q, go_on, g_strdup(name), g_free);
    campaign_clear(&c);
}

void campaign_pause_or_resume(struct ui *ui, const char *name, guint32 asked_by)
{
    g_autoptr(GError) error = NULL;
    struct campaign c = {0};
    if (!campaigns_get(ui_db(ui), name, &c, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        const char *why_not = campaign_why_not(CAMPAIGN_TODO_PAUSE, c.state);
        if (why_not)
            ui_say(ui, "%s", why_not);
        else if (c.state == CAMPAIGN_SENDING)
            campaign_pause(ui, name);
        else
            campaign_resume(ui, name, asked_by);
    }
    campaign_clear(&c);
}

/* ---- for good ---- */

static void stop(struct ui *ui, void *data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gint64 n = 0;
    if (!control_cancel(ui_db(ui), name, &n, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
    } else {
        g_autofree char *shown = text_grouped(n);
        ui_nudge(ui);
        ui_say(ui,
               ngettext("%s is cancelled: %s person does not get it.",
                        "%s is cancelled: %s people do not get it.", (gulong)n),
               name, shown);
    }
    ui_reload(ui);
}

void campaign_cancel(struct ui *ui, const char *name, guint32 asked_by)
{
    struct campaign c = {0};
    struct campaign_counts n = {0};
    if (!read_counted(ui, name, &c, &n))
        return;
    g_autofree char *left = text_grouped(words_left(&n));
    g_autofree char *done = text_grouped(words_done(&n));
    g_autofree char *text = g_strdup_printf(
        _("%s ends for good: the %s people who are left do not get it, and that cannot be "
          "taken back. It was sent to %s. To stop for a while, use P."),
        *c.title ? c.title : c.name, left, done);
    const struct confirm q = {.level = CONFIRM_NUMBER,
                              .title = _("Stop for good?"),
                              .text = text,
                              .action = _("Stop for good"),
                              .asked_by = asked_by,
                              .number = confirm_number(words_left(&n), c.id)};
    const char *why_not = campaign_why_not(CAMPAIGN_TODO_CANCEL, c.state);
    if (why_not)
        ui_say(ui, "%s", why_not);
    else
        confirm_ask(ui, &q, stop, g_strdup(name), g_free);
    campaign_clear(&c);
}

/* ---- why not ---- */

static const char *const reasons[CAMPAIGN_TODO_COUNT][CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_TODO_PAUSE] = {
        [CAMPAIGN_DRAFT] = N_("It is a draft: nothing is being sent. S sends it."),
        [CAMPAIGN_PREPARING] = N_("It is being prepared; nothing has gone out yet."),
        [CAMPAIGN_SCHEDULED] = N_("It has not begun. X on its line takes the time back."),
        [CAMPAIGN_FINISHED] = N_("It is finished."),
        [CAMPAIGN_CANCELLED] = N_("It was cancelled, which is for good."),
    },
    [CAMPAIGN_TODO_CANCEL] = {
        [CAMPAIGN_DRAFT] = N_("It is a draft: nothing is being sent. d deletes it."),
        [CAMPAIGN_FINISHED] = N_("It is finished."),
        [CAMPAIGN_CANCELLED] = N_("It was cancelled already."),
    },
    [CAMPAIGN_TODO_JOIN] = {
        [CAMPAIGN_DRAFT] = N_("It has not begun: who is on its lists then gets it."),
        [CAMPAIGN_PREPARING] = N_("It is being prepared. Try again when it is being sent."),
        [CAMPAIGN_SCHEDULED] = N_("It has not begun: who is on its lists then gets it."),
        [CAMPAIGN_CANCELLED] = N_("It was cancelled: nothing more goes out of it."),
    },
    [CAMPAIGN_TODO_EDIT] = {
        [CAMPAIGN_PREPARING] =
            N_("It is being sent: P pauses it, then e changes it for those who are left."),
        [CAMPAIGN_SENDING] =
            N_("It is being sent: P pauses it, then e changes it for those who are left."),
        [CAMPAIGN_SCHEDULED] = N_("Its time is set: X takes that back, then e changes it."),
        [CAMPAIGN_FINISHED] = N_("It is over: c makes a copy to change, K a correction."),
        [CAMPAIGN_CANCELLED] = N_("It is over: c makes a copy to change, K a correction."),
    },
};

const char *campaign_why_not(enum campaign_todo what, enum campaign_state s)
{
    return s < CAMPAIGN_STATE_COUNT && reasons[what][s] ? _(reasons[what][s]) : NULL;
}
