/*
 * The report's picture: the row of its pages, when it was sent and how fast, the table of the
 * page, and beneath the sums the course of the sending.
 */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/report_private.h"
#include "tui/ui.h"
#include "tui/words.h"

#define HEAD_ROWS 2
#define CHART_MIN 6
#define SPARK_MIN 2
#define CHART_MAX 18
#define LABELS 4
#define TABLE_ROWS (REPORT_FIGURE_COUNT + 1)
#define WIDE 120
#define SUMS_WIDTH 78
#define NUMBER 9

/* ---- the head ---- */

static int page_cells(enum report_page p)
{
    return (int)text_cells(report_page_label(p)) + 2;
}

/* Where not all have room, those before the open one go. */
static int draw_pages(const struct report *s, struct rect r)
{
    int x = 1, first = 0, used = 1;
    for (int p = 0; p <= (int)s->page; p++)
        used += page_cells((enum report_page)p);
    for (; used > r.w && first < (int)s->page; first++)
        used -= page_cells((enum report_page)first);
    for (int p = first; p < REPORT_PAGE_COUNT && x + page_cells((enum report_page)p) <= r.w; p++)
        x += draw_format(r, x, 0, p == (int)s->page ? ROLE_TAB_CURRENT : ROLE_TAB,
                         p == (int)s->page ? "[%s]" : " %s ",
                         report_page_label((enum report_page)p));
    return 1;
}

/* "sent today 09:00 to today 13:42", "since today 09:00". */
static char *when_words(const struct report *s)
{
    const struct report_sums *x = s->sums;
    gint64 now_us = ui_now_us(s->ui);
    g_autofree char *from = words_when(x->started_us, now_us);
    g_autofree char *to = words_when(x->finished_us, now_us);
    gint64 took_s = (x->finished_us - x->started_us) / CLOCK_SECOND_US;
    if (x->started_us <= 0)
        return g_strdup(_("not begun"));
    if (x->finished_us <= 0)
        return g_strdup_printf(_("since %s"), from);
    g_autofree char *took = words_span(MAX(took_s, 0));
    return g_strdup_printf(_("%s to %s, %s"), from, to, took);
}

static char *first_line(const struct report *s)
{
    g_autofree char *when = when_words(s);
    g_autofree char *people = text_grouped(s->sums->people);
    return g_strdup_printf(
        ngettext("%s: %s, %s person, server %s", "%s: %s, %s people, server %s",
                 (gulong)s->sums->people),
        words_campaign_state(s->sums->state), when, people, s->sums->servers);
}

static char *second_line(const struct report *s)
{
    g_autofree char *failed = text_grouped(s->sums->failed);
    g_autofree char *refused = text_grouped(s->sums->counts.state[DELIVERY_REFUSED]);
    g_autofree char *bounced = text_grouped(s->sums->bounced);
    g_autofree char *rate = words_rate(s->sums->per_s);
    return g_strdup_printf(_("failed %s = refused %s + bounced %s   rate %s"), failed, refused,
                           bounced, rate);
}

static int draw_head(const struct report *s, struct rect r)
{
    g_autofree char *first = first_line(s);
    g_autofree char *second = second_line(s);
    draw_text(r, 1, 0, ROLE_NORMAL, first);
    draw_text(r, 1, 1, s->sums->failed > 0 ? ROLE_WARN : ROLE_NORMAL, second);
    return HEAD_ROWS;
}

/* ---- the course ---- */

static char *slot_words(gint64 minutes)
{
    if (minutes % (24 * 60) == 0)
        return g_strdup_printf(ngettext("accepted a day", "accepted in %" PRId64 " days",
                                        (gulong)(minutes / 1440)),
                               minutes / 1440);
    if (minutes % 60 == 0)
        return g_strdup_printf(ngettext("accepted an hour", "accepted in %" PRId64 " hours",
                                        (gulong)(minutes / 60)),
                               minutes / 60);
    return g_strdup_printf(ngettext("accepted a minute", "accepted in %" PRId64 " minutes",
                                    (gulong)minutes),
                           minutes);
}

static void draw_course(struct report *s, struct rect r)
{
    gint64 values[REPORT_SLOTS];
    struct chart_label labels[LABELS];
    char *texts[LABELS];
    int n = (int)MIN(s->course->len, REPORT_SLOTS);
    struct rect place = rect_part(r, 0, 1, r.w, r.h - 1);
    const struct minute_count *slots = (const struct minute_count *)(void *)s->course->data;
    g_autofree char *what = slot_words(s->slot_minutes);
    gboolean is_long = n * s->slot_minutes > 24 * 60;
    for (int i = 0; i < n; i++)
        values[i] = slots[i].accepted;
    for (int i = 0; i < LABELS; i++) {
        int at = i * (n - 1) / (LABELS - 1);
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(slots[at].minute * 60);
        texts[i] = g_date_time_format(t, is_long ? "%m-%d %H:%M" : "%H:%M");
        labels[i] = (struct chart_label){at, texts[i]};
    }
    const struct chart c = {
        .values = values,
        .n = n,
        .max = chart_scale(&s->scale, chart_highest(values, n), MAX(chart_rows(place), 1)),
        .labels = labels,
        .n_labels = LABELS,
        .role = ROLE_BAR_FULL};
    draw_text(r, 0, 0, ROLE_HEADING, what);
    chart_columns(place, &c);
    for (int i = 0; i < LABELS; i++)
        g_free(texts[i]);
}

/* Where there is no room for more than a line of it. */
static void draw_spark(const struct report *s, struct rect r)
{
    gint64 values[REPORT_SLOTS];
    int n = (int)MIN(s->course->len, REPORT_SLOTS);
    const struct minute_count *slots = (const struct minute_count *)(void *)s->course->data;
    g_autofree char *what = slot_words(s->slot_minutes);
    for (int i = 0; i < n; i++)
        values[i] = slots[i].accepted;
    draw_text(r, 0, 0, ROLE_HEADING, what);
    chart_spark(r, 0, 1, r.w, ROLE_BAR_FULL, values, n, MAX(chart_highest(values, n), 1));
}

/* ---- beside the sums, where it is wide: the beginnings of the other pages ---- */

static int side_heading(struct rect r, int y, const char *what, const char *const numbers[2])
{
    draw_cell(r, 0, y, r.w - 2 * NUMBER, ROLE_HEADING, what);
    for (int i = 0; i < 2; i++)
        draw_right(r, r.w - (2 - i) * NUMBER, y, NUMBER, ROLE_HEADING, numbers[i]);
    return y + 1;
}

static int side_row(struct rect r, int y, const char *what, gint64 first, gint64 second)
{
    g_autofree char *a = words_number(first);
    g_autofree char *b = words_number(second);
    draw_cell(r, 0, y, r.w - 2 * NUMBER - 1, ROLE_NORMAL, what);
    draw_right(r, r.w - 2 * NUMBER, y, NUMBER, ROLE_NORMAL, a);
    draw_right(r, r.w - NUMBER, y, NUMBER, second > 0 ? ROLE_ERROR : ROLE_NORMAL, b);
    return y + 1;
}

static int side_domains(const struct report *s, struct rect r, int y)
{
    const char *const numbers[2] = {_("PEOPLE"), _("FAILED")};
    if (!s->top_domains || s->top_domains->len == 0)
        return y;
    y = side_heading(r, y, _("DOMAINS"), numbers);
    for (guint i = 0; i < s->top_domains->len && i < REPORT_TOP && y < r.h; i++) {
        const struct report_domain *d = s->top_domains->pdata[i];
        y = side_row(r, y, d->label, d->total, d->refused + d->bounced);
    }
    return y + 1;
}

static int side_replies(const struct report *s, struct rect r, int y)
{
    const char *const numbers[2] = {_("TIMES"), ""};
    if (!s->top_replies || s->top_replies->len == 0)
        return y;
    y = side_heading(r, y, _("REPLIES"), numbers);
    for (guint i = 0; i < s->top_replies->len && i < REPORT_TOP && y < r.h; i++) {
        const struct reply_count *n = s->top_replies->pdata[i];
        g_autofree char *count = words_number(n->count);
        g_autofree char *text =
            n->code > 0 ? g_strdup_printf("%d %s %s", n->code, n->enhanced ? n->enhanced : "",
                                          n->reply ? n->reply : "")
                        : g_strdup(n->reply && *n->reply ? n->reply : _("no reply"));
        draw_cell(r, 0, y, r.w - 2 * NUMBER - 1,
                  words_delivery_role((enum delivery_state)n->state), text);
        draw_right(r, r.w - 2 * NUMBER, y++, NUMBER, ROLE_NORMAL, count);
    }
    return y + 1;
}

static void side_bounces(const struct report *s, struct rect r, int y)
{
    const char *const numbers[2] = {_("PEOPLE"), ""};
    if (!s->top_bounces || s->top_bounces->len == 0 || y >= r.h)
        return;
    y = side_heading(r, y, _("BOUNCES"), numbers);
    for (guint i = 0; i < s->top_bounces->len && i < REPORT_TOP && y < r.h; i++) {
        const struct bounced_group *g = s->top_bounces->pdata[i];
        g_autofree char *text = g_strjoin(" ", g->class, g->reason, g->status, NULL);
        y = side_row(r, y, text, g->n, 0);
    }
}

static void draw_side(const struct report *s, struct rect r)
{
    int y = side_domains(s, r, 0);
    y = side_replies(s, r, y);
    side_bounces(s, r, y);
}

/* ---- the whole ---- */

static void draw_below(struct report *s, struct rect r)
{
    struct rect place = rect_part(r, 1, 0, r.w - 2, MIN(r.h, CHART_MAX));
    if (s->page != REPORT_SUMMARY || !s->course || s->course->len < 2)
        return;
    if (r.h >= CHART_MIN)
        draw_course(s, place);
    else if (r.h >= SPARK_MIN)
        draw_spark(s, place);
}

/* What is beyond the table's rows; NULL: nothing. */
static char *others_words(const struct report *s)
{
    const struct report_domain *o = &s->others;
    if (s->page == REPORT_DOMAINS && o->domains > 0) {
        g_autofree char *people = text_grouped(o->total);
        g_autofree char *failed = text_grouped(o->refused + o->bounced);
        return g_strdup_printf(o->domains >= COUNTERS_OTHERS_MAX
                                   ? _("and %" PRId64 " domains or more with %s people, failed "
                                       "%s: x writes all to a file")
                                   : _("and %" PRId64 " domains with %s people, failed %s: x "
                                       "writes all to a file"),
                               o->domains, people, failed);
    }
    if (s->page == REPORT_PROVIDERS && s->task) {
        g_autofree char *percent = chart_percent(s->done, s->total);
        return g_strdup_printf(_("counting by provider, %s"), percent);
    }
    if (s->page == REPORT_PROVIDERS && s->counted) {
        g_autofree char *when = words_when(s->counted_us, ui_now_us(s->ui));
        return g_strdup_printf(_("as of %s; r counts again"), when);
    }
    return NULL;
}

void report_draw(struct view *v, struct rect r)
{
    struct report *s = v->state;
    struct table *t = &s->panes[s->page].table;
    int y = draw_pages(s, r);
    if (r.h > 12)
        y += draw_head(s, rect_part(r, 0, y, r.w, HEAD_ROWS)) + 1;
    int rest = r.h - y, rows = rest;
    g_autofree char *others = others_words(s);
    if (s->page == REPORT_SUMMARY && rest >= TABLE_ROWS + SPARK_MIN)
        rows = TABLE_ROWS;
    if (others)
        rows--;
    gboolean has_side = s->page == REPORT_SUMMARY && r.w >= WIDE;
    table_draw(t, rect_part(r, 0, y, has_side ? SUMS_WIDTH : r.w, rows), TRUE);
    if (has_side) {
        int left = SUMS_WIDTH + 3, height = MIN(rest, MAX(rows, rest - CHART_MAX));
        draw_vline(rect_part(r, left - 2, y, 1, height), 0, ROLE_MUTED);
        draw_side(s, rect_part(r, left, y, r.w - left - 1, height));
        if (height < rest)
            draw_below(s, rect_part(r, 0, y + height, r.w, rest - height));
        return;
    }
    if (others)
        draw_text(r, 1, y + rows, ROLE_NORMAL, others);
    else if (rows < rest)
        draw_below(s, rect_part(r, 0, y + rows, r.w, rest - rows));
}

void report_draw_plain(struct view *v, struct rect r)
{
    struct report *s = v->state;
    g_autofree char *first = first_line(s);
    g_autofree char *second = second_line(s);
    g_autofree char *others = others_words(s);
    int y = 0;
    draw_text(r, 0, y++, ROLE_NORMAL, report_page_label(s->page));
    if (r.h > 12) {
        draw_text(r, 0, y++, ROLE_NORMAL, first);
        draw_text(r, 0, y++, ROLE_NORMAL, second);
        if (others)
            draw_text(r, 0, y++, ROLE_NORMAL, others);
    }
    table_draw_plain(&s->panes[s->page].table, rect_part(r, 0, y, r.w, r.h - y), TRUE);
}
