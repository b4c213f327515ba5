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
#define CHART_MIN 4
#define CHART_MAX 18
#define LABELS 4
#define TABLE_ROWS (REPORT_FIGURE_COUNT + 1)

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

/* ---- the whole ---- */

static void draw_below(struct report *s, struct rect r)
{
    if (s->page == REPORT_SUMMARY && s->course && s->course->len > 1 && r.h >= CHART_MIN)
        draw_course(s, rect_part(r, 1, 0, r.w - 2, MIN(r.h, CHART_MAX)));
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
    if (s->page == REPORT_SUMMARY && rest >= TABLE_ROWS + CHART_MIN)
        rows = TABLE_ROWS;
    if (others)
        rows--;
    table_draw(t, rect_part(r, 0, y, r.w, rows), TRUE);
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
