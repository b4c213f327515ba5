/*
 * The send view's pictures: the findings, then what is asked.
 */
#include "config.h"

#include "base/i18n.h"
#include "base/text.h"
#include "base/when.h"
#include "tui/campaign_send_private.h"
#include "tui/chart.h"
#include "tui/ui.h"
#include "tui/words.h"

#define LEVEL_WIDTH 8
#define ASK_ROWS 9

static const struct {
    const char *word; /* N_() */
    enum term_role role;
} levels[CHECK_LEVEL_COUNT] = {
    [CHECK_OK] = {N_("[ok]"), ROLE_OK},
    [CHECK_WARN] = {N_("[warn]"), ROLE_WARN},
    [CHECK_FAIL] = {N_("[FAIL]"), ROLE_ERROR},
};

static void draw_finding(const struct campaign_send *s, struct rect r, int y, int i)
{
    const struct send_finding *f = s->findings->pdata[i];
    gboolean is_current = s->focus == SEND_LIST && i == s->cursor;
    g_autofree char *text =
        *f->examples ? g_strdup_printf(_("%s  Enter: list"), f->sentence) : g_strdup(f->sentence);
    draw_text(r, 0, y, ROLE_NORMAL, is_current ? ">" : " ");
    draw_text(r, 2, y, levels[f->level].role, _(levels[f->level].word));
    draw_cell(r, 2 + LEVEL_WIDTH, y, r.w - LEVEL_WIDTH - 4,
              is_current ? ROLE_SELECTED : ROLE_NORMAL, text);
    if (is_current)
        draw_cursor(r, 0, y);
}

/* Returns the rows it took. */
static int draw_findings(struct campaign_send *s, struct rect r)
{
    int n = (int)s->findings->len, shown = MIN(n, r.h);
    if (s->cursor < s->top)
        s->top = s->cursor;
    if (s->cursor >= s->top + shown)
        s->top = s->cursor - shown + 1;
    s->top = CLAMP(s->top, 0, MAX(n - shown, 0));
    for (int i = 0; i < shown; i++)
        draw_finding(s, r, i, s->top + i);
    if (s->top > 0)
        draw_text(r, r.w - 1, 0, ROLE_MUTED, "^");
    if (s->top + shown < n)
        draw_text(r, r.w - 1, shown - 1, ROLE_MUTED, "v");
    return shown;
}

static void radio(struct rect r, int x, int y, gboolean on, const char *text)
{
    draw_format(r, x, y, ROLE_NORMAL, "%s %s", on ? "(o)" : "( )", text);
}

static int draw_when(struct campaign_send *s, struct rect r, int y)
{
    const char *now = _("now, after a countdown of 60 s");
    int x = 12 + 6 + (int)text_cells(now);
    draw_text(r, 1, y, s->focus == SEND_WHEN ? ROLE_SELECTED : ROLE_NORMAL, _("When"));
    radio(r, 12, y, !s->is_later, now);
    if (r.w < x + 24)
        x = 12, y++;
    radio(r, x, y, s->is_later, _("at"));
    if (s->focus == SEND_WHEN)
        draw_cursor(r, s->is_later ? x + 1 : 13, y);
    if (s->is_later)
        input_draw(&s->at, r, x + 8, y, MIN(r.w - x - 9, 30), ROLE_INPUT,
                   s->focus == SEND_AT);
    if (s->is_later && s->at_words)
        draw_format(r, 12, y + 1, s->is_at_wrong ? ROLE_ERROR : ROLE_NORMAL, "%s %s",
                    s->is_at_wrong ? "!" : "=", s->at_words);
    return y + 1;
}

static void button(struct rect r, int x, int y, gboolean is_focused, const char *label)
{
    g_autofree char *text = g_strdup_printf("[ %s ]", label);
    draw_text(r, x, y, is_focused ? ROLE_SELECTED : ROLE_NORMAL, text);
    if (is_focused)
        draw_cursor(r, x, y);
}

static void draw_question(struct campaign_send *s, struct rect r)
{
    g_autofree char *people = text_grouped(s->people);
    g_autofree char *text = g_strdup_printf(
        ngettext("This sends e-mail to %s person. It can be paused, but mail that has left cannot "
                 "be called back.",
                 "This sends e-mail to %s people. It can be paused, but mail that has left cannot "
                 "be called back.",
                 (gulong)s->people),
        people);
    int y = draw_when(s, r, 0) + 1;
    y += draw_folded(rect_part(r, 1, y, r.w - 2, 3), ROLE_NORMAL, text) + 1;
    confirm_field_draw(&s->number, rect_part(r, 1, 0, r.w - 1, r.h), y, _("Send"), s->focus == SEND_NUMBER);
    y += 2;
    button(r, 12, y, s->focus == SEND_BUTTON, _("y  Send"));
    button(r, 26, y, s->focus == SEND_CANCEL, _("Cancel"));
}

static void draw_waiting(struct campaign_send *s, struct rect r)
{
    g_autofree char *done = text_grouped(s->done);
    g_autofree char *total = text_grouped(s->total);
    draw_text(r, 1, 0, ROLE_NORMAL,
              s->is_starting ? _("starting.. the people are gathered")
                             : _("checking every person.. Esc stops"));
    if (s->total > 0) {
        chart_bar(r, 1, 1, MIN(r.w - 30, 50), chart_fraction(s->done, s->total));
        draw_format(r, MIN(r.w - 30, 50) + 2, 1, ROLE_NORMAL, _("%s of %s"), done, total);
    }
    draw_cursor(r, 0, 0);
}

static void draw_scheduled(struct view *v, struct rect r)
{
    const struct campaign_send *s = v->state;
    g_autofree char *when = when_format(s->campaign.schedule_us);
    draw_format(r, 1, 0, ROLE_TITLE, _("It begins at %s."), when);
    draw_text(r, 1, 1, ROLE_NORMAL, _("X takes the time back; then it can be changed."));
    draw_cursor(r, 0, 0);
}

void send_draw(struct view *v, struct rect r)
{
    struct campaign_send *s = v->state;
    gboolean is_draft = s->campaign.state == CAMPAIGN_DRAFT;
    int ask = MIN(ASK_ROWS, r.h * 2 / 3), y = 1;
    draw_text(r, 1, 0, ROLE_HEADING, _("BEFORE IT GOES OUT"));
    if (s->task || !s->findings) {
        draw_waiting(s, rect_part(r, 0, 2, r.w, r.h - 2));
        return;
    }
    if (!send_is_ready(s))
        ask = is_draft ? 2 : 3;
    y += draw_findings(s, rect_part(r, 0, 1, r.w, r.h - 2 - ask)) + 1;
    struct rect rest = rect_part(r, 0, y, r.w, r.h - y);
    if (!is_draft)
        draw_scheduled(v, rest);
    else if (send_is_ready(s))
        draw_question(s, rest);
    else
        button(rest, 12, 0, s->focus == SEND_CANCEL, _("Cancel"));
}

/* The finding under the cursor in full, then those after it, a line each. */
static void draw_findings_plain(const struct campaign_send *s, struct rect r)
{
    const struct send_finding *f = s->findings->pdata[s->cursor];
    g_autofree char *text =
        g_strdup_printf(_("%d of %u: %s %s"), s->cursor + 1, s->findings->len,
                        _(levels[f->level].word), f->sentence);
    int y = draw_folded(r, ROLE_NORMAL, text);
    for (int i = s->cursor + 1; i < (int)s->findings->len && y < r.h; i++, y++) {
        f = s->findings->pdata[i];
        draw_format(r, 0, y, ROLE_NORMAL, "%s %s", _(levels[f->level].word), f->sentence);
    }
    draw_cursor(r, 0, 0);
}

void send_draw_plain(struct view *v, struct rect r)
{
    struct campaign_send *s = v->state;
    if (s->task || !s->findings)
        draw_waiting(s, r);
    else if (s->focus == SEND_LIST && s->cursor < (int)s->findings->len)
        draw_findings_plain(s, r);
    else if (s->campaign.state != CAMPAIGN_DRAFT)
        draw_scheduled(v, r);
    else if (send_is_ready(s))
        draw_question(s, r);
    else
        button(r, 0, 0, TRUE, _("Cancel"));
}
