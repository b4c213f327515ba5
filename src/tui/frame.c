/*
 * The frame around every screen: title with the global state, tabs, message row, key bar. What
 * is between them is the views'.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/tabs.h"
#include "tui/ui_private.h"

#define MESSAGE_ROWS 6

/* ---- row 1 ---- */

static int sending(const struct status *s)
{
    int n = 0;
    for (guint i = 0; i < s->campaigns->len; i++) {
        const struct status_campaign *c = s->campaigns->pdata[i];
        n += c->campaign.state == CAMPAIGN_SENDING;
    }
    return n;
}

/* "2 sending  1 problem  worker up"; a narrow terminal gets "2 sending !1". */
static char *global_state(const struct status *s, gboolean is_narrow)
{
    GString *text = g_string_new(NULL);
    int n = sending(s);
    guint problems = s->problems->len;
    if (n > 0)
        g_string_append_printf(text, ngettext("%d sending", "%d sending", (gulong)n), n);
    if (problems > 0 && is_narrow)
        g_string_append_printf(text, " !%u", problems);
    else if (problems > 0)
        g_string_append_printf(text, ngettext("  %u problem", "  %u problems", problems),
                               problems);
    if (!is_narrow)
        g_string_append_printf(text, "  %s",
                               s->is_worker_running ? _("worker up")
                               : n > 0              ? _("NO WORKER")
                                                    : _("no worker needed"));
    return g_string_free(text, FALSE);
}

static void draw_title(struct ui *ui, struct rect r, gboolean is_narrow)
{
    struct view *v = ui->front[ui->screen];
    g_autofree char *path = v && v->ops->title ? v->ops->title(v) : NULL;
    g_autofree char *own = v && v->ops->note ? v->ops->note(v) : NULL;
    g_autofree char *state = own ? g_strdup(own) : global_state(ui->status, is_narrow);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ui_now_us(ui) / CLOCK_SECOND_US);
    g_autoptr(GDateTime) local = g_date_time_to_local(utc);
    g_autofree char *time = g_date_time_format(local, "%H:%M");
    g_autofree char *right = g_strdup_printf("%s  %s ", g_strstrip(state), time);
    g_autofree char *left = g_strdup_printf(" crier %s", path ? path : "");
    int width = (int)text_cells(right);
    draw_fill(r, ROLE_TITLE);
    draw_text(rect_part(r, 0, 0, MAX(r.w - width - 1, r.w / 3), 1), 0, 0, ROLE_TITLE, left);
    draw_right(r, MAX(r.w - width, r.w / 3 + 1), 0, MIN(width, r.w), ROLE_TITLE, right);
}

/* ---- row 2 ---- */

static void fit_tabs(const struct ui *ui, struct tabs *t, int columns)
{
    for (const struct screen *s = screens_all(); s < screens_all() + SCREENS_COUNT; s++)
        if (s->view)
            tabs_add(t, s->number, _(s->title), s->number == ui->screen);
    tabs_fit(t, columns);
}

static gboolean has_tabs(struct ui *ui, int columns)
{
    return columns >= UI_TABS_COLUMNS && !ui_is_accessible(ui);
}

int frame_tab_at(struct ui *ui, int x, int y)
{
    int columns, rows;
    term_size(&columns, &rows);
    if (!has_tabs(ui, columns) || y != 1)
        return 0;
    struct tabs t = {0};
    fit_tabs(ui, &t, columns);
    int number = tabs_at(&t, x);
    tabs_clear(&t);
    return number;
}

static void draw_tabs(const struct ui *ui, struct rect r)
{
    struct tabs t = {0};
    fit_tabs(ui, &t, r.w);
    tabs_draw(&t, r);
    tabs_clear(&t);
}

/* ---- row N-1 ---- */

/* A sentence that is longer than the row takes rows from the content above: what went wrong and
 * what helps stand at its end. */
static void draw_message(struct ui *ui, struct rect all)
{
    struct view *v = ui_front(ui);
    const char *hint = v && v->ops->hint ? v->ops->hint(v) : NULL;
    /* "u takes it back" is not said where u does not: it comes back with the screen. */
    gboolean is_text = v && (v == ui->dialog || v->ops->letters_are_text);
    const char *said = ui->message.undo && is_text ? NULL : ui->message.text;
    const char *text = said ? said : hint;
    enum term_role role = said ? ui->message.role : ROLE_NORMAL;
    struct rect r = rect_part(all, 1, all.h - 2, all.w - 1, 1);
    if (said && (int)text_cells(said) > r.w) {
        int rows = MIN(draw_folded(rect_part(r, 0, 0, r.w, 0), role, text),
                       MIN(MESSAGE_ROWS, all.h / 2));
        r = rect_part(all, 1, all.h - 1 - rows, all.w - 1, rows);
        draw_fill(rect_part(all, 0, r.y, all.w, rows), ROLE_NORMAL);
        draw_folded(r, role, text);
    } else if (text) {
        draw_text(r, 0, 0, role, text);
    }
}

/* ---- row N ---- */

/* "P pause": the key in its role, the word behind it. Returns the cells, 0 when it does not fit.
 */
static int draw_key(struct rect r, int x, int room, const char *key, const char *label)
{
    int need = (int)text_cells(key) + 1 + (int)text_cells(label);
    if (need > room)
        return 0;
    x += draw_text(r, x, 0, ROLE_KEY, key) + 1;
    draw_text(r, x, 0, ROLE_NORMAL, label);
    return need;
}

static int draw_row(struct rect r, int x, int room, const char *view, const struct action *a)
{
    g_autofree char *key = term_key_name(action_key(view, a));
    return draw_key(r, x, room, key, _(a->label));
}

/* The view's keys from the left; "? keys" is always there, "F9 keys" where '?' is text. */
static void draw_keys(struct ui *ui, struct rect r)
{
    struct view *v = ui_front(ui);
    const char *more = _("keys"), *ask = v && v->ops->letters_are_text ? "F9" : "?";
    gboolean is_dialog = v && v == ui->dialog;
    int last = is_dialog ? 0 : (int)(strlen(ask) + 2 + text_cells(more)), gap = is_dialog ? 0 : 2;
    int x = 1;
    for (const struct action *a = v ? v->ops->actions : NULL; a && a->name; a++) {
        if (!a->label || (a->why_not && a->why_not(v)))
            continue;
        int used = draw_row(r, x, r.w - x - gap - last, v->ops->name, a);
        if (used > 0) /* a shorter one behind it may still find room */
            x += used + 2;
    }
    if (!is_dialog)
        draw_key(r, MIN(x, r.w - last), last, ask, more);
}

/* ---- the whole ---- */

static void draw_too_small(struct ui *ui, struct rect r)
{
    g_autofree char *state = global_state(ui->status, TRUE);
    g_autofree char *text =
        g_strdup_printf(_("crier needs %dx%d, this is %dx%d. %s"), UI_MIN_COLUMNS, UI_MIN_ROWS,
                        r.w, r.h, state);
    draw_folded(r, ROLE_NORMAL, text);
    draw_cursor(r, 0, 0);
}

static void draw_view(struct view *v, struct rect r)
{
    if (ui_is_accessible(v->ui) && v->ops->draw_plain)
        v->ops->draw_plain(v, r);
    else
        v->ops->draw(v, r);
}

static void draw_dialogs(struct view *v, struct rect screen)
{
    if (!v)
        return;
    draw_dialogs(v->below, screen);
    struct rect r = v->ops->place(v, screen);
    draw_fill(r, ROLE_NORMAL);
    draw_view(v, r);
}

void frame_draw(struct ui *ui)
{
    int columns, rows;
    term_size(&columns, &rows);
    struct rect all = {0, 0, columns, rows};
    term_erase();
    if (columns < UI_MIN_COLUMNS || rows < UI_MIN_ROWS) {
        draw_too_small(ui, all);
        return;
    }
    int top = has_tabs(ui, columns) ? 2 : 1;
    struct rect content = rect_part(all, 0, top, columns, rows - top - 2);
    draw_title(ui, rect_rows(all, 0, 1), columns < UI_TABS_COLUMNS);
    if (top == 2)
        draw_tabs(ui, rect_rows(all, 1, 1));
    draw_cursor(all, 0, rows - 2);
    if (ui->front[ui->screen])
        draw_view(ui->front[ui->screen], content);
    draw_dialogs(ui->dialog, rect_part(all, 0, 1, columns, rows - 3));
    draw_message(ui, all);
    struct rect keys = rect_rows(all, rows - 1, 1);
    if (!ui->is_moving || !draw_keep(keys)) /* they follow the cursor, too */
        draw_keys(ui, keys);
}
