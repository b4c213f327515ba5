/*
 * `crier server test` or `mailbox test` in a child: lines of the talk while it goes on, then the steps and the
 * verdict from its JSON.
 */
#include "config.h"

#include "tui/server_talk.h"

#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "store/pools.h"
#include "tui/prefs.h"
#include "tui/table.h"
#include "tui/ui.h"

#define SIDE 110 /* columns from which the talk stands beside a form */
#define FORM_TALK_ROWS 9
#define TABLE_SIDE 120 /* … and beside a table */
#define TABLE_MIN_ROWS 14 /* with fewer there is no room for the pane */

void server_talk_init(struct server_talk *t, struct ui *ui)
{
    t->ui = ui;
    pager_init(&t->pager);
    t->pager.follows = TRUE;
}

void server_talk_clear(struct server_talk *t)
{
    task_drop(t->task);
    pager_clear(&t->pager);
    g_free(t->verdict);
}

gboolean server_talk_stop(struct server_talk *t)
{
    if (!t->task)
        return FALSE;
    task_stop(t->task);
    return TRUE;
}

static void take_line(const char *kind, const char *text, void *data)
{
    struct server_talk *t = data;
    t->has_lines = TRUE;
    pager_add(&t->pager, strcmp(kind, "error") == 0 ? ROLE_ERROR : ROLE_NORMAL, text);
}

static const struct {
    const char *step;  /* as in the JSON */
    const char *label; /* N_() */
} steps[] = {
    {"connect", N_("connect")}, {"greeting", N_("greeting")}, {"tls", N_("encryption")},
    {"login", N_("login")},     {"sender", N_("sender")},     {"recipient", N_("recipient")},
    {"folder", N_("messages")},
};

static const char *step_label(const char *step)
{
    for (gsize i = 0; step && i < G_N_ELEMENTS(steps); i++)
        if (strcmp(step, steps[i].step) == 0)
            return _(steps[i].label);
    return step ? step : "";
}

/* What became of a step. */
static const struct {
    const char *state; /* as in the JSON */
    const char *word;  /* N_() */
    enum term_role role;
} states[] = {
    {"ok", N_("ok"), ROLE_OK},
    {"off", N_("off"), ROLE_OK},
    {"skipped", N_("skipped"), ROLE_ERROR},
    {"failed", N_("failed"), ROLE_ERROR},
};

static int state_cells(void)
{
    gsize widest = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        widest = MAX(widest, text_cells(_(states[i].word)));
    return (int)widest;
}

static void add_step(struct server_talk *t, const struct json *s)
{
    const char *state = json_member_string(s, "state"), *text = json_member_string(s, "text");
    const char *word = state ? state : "?";
    enum term_role role = ROLE_ERROR;
    for (gsize i = 0; state && i < G_N_ELEMENTS(states); i++)
        if (strcmp(state, states[i].state) == 0) {
            word = _(states[i].word);
            role = states[i].role;
        }
    int gap = MAX(0, state_cells() - (int)text_cells(word));
    const char *label = step_label(json_member_string(s, "step"));
    g_autofree char *line =
        g_strdup_printf("%s%*s  %s  %s", word, gap, "", label, text ? text : "");
    pager_add(&t->pager, role, g_strchomp(line));
}

static void add_steps(struct server_talk *t, const struct json *report)
{
    const struct json *all = json_member(report, "steps");
    for (gsize i = 0; all && i < json_size(all); i++)
        add_step(t, json_at(all, i));
}

static void done(const struct task_result *r, void *data)
{
    struct server_talk *t = data;
    struct json *report = json_parse(r->out, r->out_len, NULL);
    const char *verdict = report ? json_member_string(report, "verdict") : NULL;
    t->task = NULL;
    t->is_ok = r->exit_code == 0;
    g_free(t->verdict);
    t->verdict = g_strdup(r->was_stopped ? _("The test was stopped.")
                          : verdict      ? verdict
                          : *r->error    ? r->error
                                         : _("The test did not end well."));
    if (report)
        add_steps(t, report);
    pager_add(&t->pager, t->is_ok ? ROLE_OK : ROLE_ERROR, t->verdict);
    json_unref(report);
    ui_redraw(t->ui);
}

/* Whom the server is asked to take mail from while no campaign uses it: the sender of another
 * one, or whom the setup asked. NULL: the verb finds out by itself, or nobody is known. */
static char *usual_sender(struct ui *ui, const char *server)
{
    g_autoptr(GPtrArray) all = campaigns_all(ui_db(ui), NULL);
    const char *from = NULL;
    for (guint i = 0; all && i < all->len; i++) {
        const struct campaign *c = all->pdata[i];
        if (!c->from || !*c->from)
            continue;
        if (pools_lead_to(ui_db(ui), c->server, server))
            return NULL;
        from = c->from;
    }
    return from ? g_strdup(from) : prefs_get("setup", "address");
}

/* `first` stands there until the talk comes. */
static void start(struct server_talk *t, const char *const *args, const char *first)
{
    static const struct task_calls calls = {.line = take_line, .done = done};
    g_autoptr(GError) error = NULL;
    if (t->task)
        return;
    pager_empty(&t->pager);
    t->has_lines = TRUE;
    g_clear_pointer(&t->verdict, g_free);
    pager_add(&t->pager, ROLE_NORMAL, first);
    t->task = task_start(t->ui, args, NULL, &calls, t, &error);
    if (!t->task)
        ui_fail(t->ui, g_steal_pointer(&error));
}

void server_talk_start(struct server_talk *t, const char *server, const char *wanted)
{
    g_autofree char *usual = wanted ? NULL : usual_sender(t->ui, server);
    const char *from = wanted ? wanted : usual;
    const char *const args[] = {"server", "test", server, "--json", from ? "--from" : NULL, from,
                                NULL};
    start(t, args, _("testing.. Esc stops. No mail is sent."));
}

void server_talk_start_mailbox(struct server_talk *t, const char *mailbox)
{
    const char *const args[] = {"mailbox", "test", mailbox, "--json", NULL};
    start(t, args, _("testing.. Esc stops. No mail is read."));
}

void server_talk_draw(struct server_talk *t, struct rect r)
{
    draw_text(r, 0, 0, ROLE_HEADING, _("TEST"));
    if (t->verdict)
        draw_text(r, 6, 0, t->is_ok ? ROLE_OK : ROLE_ERROR,
                  t->is_ok ? _("works") : _("does not work"));
    pager_draw(&t->pager, rect_part(r, 0, 1, r.w, r.h - 1), FALSE);
}

struct rect server_talk_beside(struct server_talk *t, struct rect r)
{
    if (r.w >= SIDE) {
        int width = r.w / 2;
        if (t->has_lines) {
            draw_vline(r, width, ROLE_MUTED);
            server_talk_draw(t, rect_part(r, width + 2, 0, r.w - width - 2, r.h));
        }
        return rect_part(r, 0, 0, width, r.h);
    }
    int rows = t->has_lines ? MIN(FORM_TALK_ROWS, r.h / 2) : 0;
    if (rows > 0)
        server_talk_draw(t, rect_part(r, 1, r.h - rows, r.w - 1, rows));
    return rect_part(r, 0, 0, r.w, r.h - rows);
}

/* ---- in the pane of a table's current row ---- */

void server_talk_draw_table(struct server_talk *t, struct table *table, struct view *v,
                            struct rect r, gboolean has_detail, int rows,
                            void (*draw_detail)(struct view *v, struct rect r))
{
    gboolean is_side = r.w >= TABLE_SIDE;
    int detail = is_side || r.h < TABLE_MIN_ROWS || !has_detail ? 0
                 : t->has_lines                                 ? r.h * 2 / 3
                                                                : rows;
    int width = is_side ? r.w * 3 / 5 : r.w;
    struct rect pane = is_side ? rect_part(r, width + 1, 0, r.w - width - 1, r.h)
                               : rect_part(r, 0, r.h - detail, r.w, detail);
    table_draw(table, rect_part(r, 0, 0, width, r.h - detail), TRUE);
    if (!ui_is_moving(t->ui) || !draw_keep(pane))
        draw_detail(v, pane);
}

void server_talk_draw_table_plain(struct server_talk *t, struct table *table, struct rect r)
{
    int talk = t->has_lines ? r.h / 2 : 0;
    table_draw_plain(table, rect_part(r, 0, 0, r.w, r.h - talk), TRUE);
    if (talk > 0)
        server_talk_draw(t, rect_part(r, 0, r.h - talk, r.w, talk));
}

void server_talk_draw_below(struct server_talk *t, struct rect r, int y)
{
    if (t->has_lines && r.h - y > 2)
        server_talk_draw(t, rect_part(r, 1, y + 1, r.w - 2, r.h - y - 1));
}

void server_talk_moved(struct server_talk *t)
{
    if (t->has_lines == (t->task != NULL))
        ui_moved(t->ui); /* else the pane has another height now */
    t->has_lines = t->task != NULL;
}

void server_talk_put_away(struct server_talk *t)
{
    if (server_talk_stop(t))
        return;
    t->has_lines = FALSE;
    ui_redraw(t->ui);
}

const char *server_talk_why_not(const struct server_talk *t)
{
    return t->has_lines ? NULL : _("There is no test to put away.");
}
