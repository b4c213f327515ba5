/*
 * The live view's pictures: a bar and the sums at the top, the chart with the reply classes
 * beside it, then domains beside servers and events.
 */
#include "config.h"

#include <inttypes.h>

#include "app/pace_words.h"
#include "app/refusals.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/events.h"
#include "store/holds.h"
#include "store/server_live.h"
#include "tui/live_private.h"
#include "tui/ui.h"
#include "tui/words.h"

#define HOLDS_SHOWN 4
#define TROUBLE_ROWS 2 /* what is wrong with a server, in the doctor's words */
#define NARROW 76
#define BACK_NARROW 64
#define REPLIES_WIDTH 30
#define NUMBER 8
#define PERCENT 7
#define LABELS 4
#define REFUSALS_SHOWN 2

/* ---- sums ---- */

static char *ends_at(struct view *v)
{
    const struct live *s = v->state;
    if (s->campaign.finished_us > 0) {
        g_autofree char *when = words_when(s->campaign.finished_us, ui_now_us(v->ui));
        return g_strdup_printf(_("ended %s"), when);
    }
    if (s->eta_s < 0)
        return g_strdup("");
    g_autofree char *when =
        words_when(ui_now_us(v->ui) + s->eta_s * CLOCK_SECOND_US, ui_now_us(v->ui));
    return g_strdup_printf(_("ends about %s"), when);
}

static char *first_line(struct view *v)
{
    const struct live *s = v->state;
    g_autofree char *done = text_grouped(words_done(&s->counts));
    g_autofree char *people = text_grouped(words_people(&s->counts));
    g_autofree char *left = text_grouped(words_left(&s->counts));
    g_autofree char *rate = words_rate(s->rate_per_s);
    g_autofree char *end = ends_at(v);
    return g_strdup_printf(_("sent %s of %s   left %s   rate %s   %s"), done, people, left,
                           rate, end);
}

static char *second_line(const struct live *s)
{
    const gint64 *n = s->counts.state;
    g_autofree char *accepted = text_grouped(n[DELIVERY_ACCEPTED]);
    g_autofree char *waiting = text_grouped(n[DELIVERY_DEFERRED]);
    g_autofree char *failed = text_grouped(words_failed(&s->counts));
    g_autofree char *maybe = text_grouped(n[DELIVERY_UNCERTAIN]);
    g_autofree char *never = text_grouped(n[DELIVERY_SUPPRESSED]);
    return g_strdup_printf(_("accepted %s   waiting %s   failed %s   maybe sent %s   "
                             "never mail %s"),
                           accepted, waiting, failed, maybe, never);
}

static int draw_sums(struct view *v, struct rect r)
{
    const struct live *s = v->state;
    gint64 done = words_done(&s->counts), people = words_people(&s->counts);
    g_autofree char *percent = chart_percent(done, people);
    g_autofree char *first = first_line(v);
    g_autofree char *second = second_line(s);
    g_autofree char *back = live_back_sums(s, r.w < BACK_NARROW);
    if (s->campaign.state == CAMPAIGN_SCHEDULED) {
        g_autofree char *begins = live_begins_in(v);
        draw_text(r, 1, 0, ROLE_HEADING, begins);
    } else {
        chart_bar(r, 1, 0, r.w - PERCENT - 2, chart_fraction(done, people));
        draw_right(r, r.w - PERCENT, 0, PERCENT - 1, ROLE_NORMAL, percent);
    }
    draw_text(r, 1, 1, ROLE_NORMAL, first);
    draw_text(r, 1, 2, ROLE_NORMAL, second);
    draw_text(r, 1, 3, ROLE_NORMAL, back); /* its row is there before: nothing moves */
    return 4;
}

/* ---- chart ---- */

static void draw_chart(struct live *s, struct rect r)
{
    char *texts[LABELS];
    struct chart_label labels[LABELS];
    struct rect place = rect_part(r, 0, 1, r.w, r.h - 1);
    gint64 max = chart_scale(&s->scale, chart_highest(s->accepted, LIVE_MINUTES),
                             MAX(chart_rows(place), 1));
    for (int i = 0; i < LABELS; i++) {
        int at = i * (LIVE_MINUTES - 1) / (LABELS - 1);
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_local((s->first_minute + at) * 60);
        texts[i] = g_date_time_format(t, "%H:%M");
        labels[i] = (struct chart_label){at, texts[i]};
    }
    const struct chart c = {.values = s->accepted,
                            .n = LIVE_MINUTES,
                            .first = s->first_minute,
                            .max = max,
                            .labels = labels,
                            .n_labels = LABELS,
                            .role = ROLE_BAR_FULL};
    draw_text(r, 0, 0, ROLE_HEADING, _("accepted a minute, last 60"));
    chart_columns(place, &c);
    for (int i = 0; i < LABELS; i++)
        g_free(texts[i]);
}

static char *reply_words(const struct reply_count *n)
{
    if (n->code == 0)
        return g_strdup(n->reply && *n->reply ? n->reply : _("no reply"));
    return g_strdup_printf("%d %s %s", n->code, n->enhanced ? n->enhanced : "",
                           n->reply ? n->reply : "");
}

static void draw_replies(const struct live *s, struct rect r)
{
    draw_text(r, 0, 0, ROLE_HEADING, _("REPLIES"));
    for (guint i = 0; s->replies && i < s->replies->len && (int)i + 1 < r.h; i++) {
        const struct reply_count *n = s->replies->pdata[i];
        g_autofree char *count = text_grouped(n->count);
        g_autofree char *line = reply_words(n);
        draw_cell(r, 0, (int)i + 1, r.w - NUMBER - 1,
                  words_delivery_role((enum delivery_state)n->state), line);
        draw_right(r, r.w - NUMBER, (int)i + 1, NUMBER, ROLE_NORMAL, count);
    }
}

/* ---- domains ---- */

static void domain_row(struct rect r, int y, enum term_role role, const char *name,
                       const char *const cells[3])
{
    int x = r.w - 3 * NUMBER;
    draw_cell(r, 0, y, x, role, name);
    for (int i = 0; i < 3; i++)
        draw_right(r, x + i * NUMBER, y, NUMBER, role, cells[i]);
}

static void domain_numbers(struct rect r, int y, const char *name, gint64 accepted,
                           gint64 failed, gint64 tries)
{
    g_autofree char *a = text_grouped(accepted);
    g_autofree char *f = words_number(failed);
    g_autofree char *d = words_number(tries);
    const char *const cells[3] = {a, f, d};
    domain_row(r, y, ROLE_NORMAL, name, cells);
}

static void draw_domains(const struct live *s, struct rect r)
{
    const char *const titles[3] = {_("ACCEPTED"), _("REFUSED"), _("RETRIES")};
    int rows = r.h - 1 - (s->others.domains > 0);
    domain_row(r, 0, ROLE_HEADING, _("DOMAIN"), titles);
    for (int i = 0; s->domains && i < (int)s->domains->len && i < rows; i++) {
        const struct domain_count *d = s->domains->pdata[i];
        domain_numbers(r, i + 1, d->domain, d->accepted, d->refused, d->deferrals);
    }
    if (s->others.domains > 0 && r.h > 2) {
        g_autofree char *name = g_strdup_printf(
            s->others.domains >= COUNTERS_OTHERS_MAX ? _("others (%d or more)")
                                                     : _("others (%d)"),
            s->others.domains);
        int y = MIN(r.h - 1, 1 + (int)s->domains->len);
        domain_numbers(r, y, name, s->others.accepted, s->others.refused, 0);
    }
}

/* ---- servers and events ---- */

static int draw_servers(const struct live *s, struct rect r)
{
    int y = 0;
    for (guint i = 0; s->servers && i < s->servers->len && y + 1 < r.h; i++) {
        const struct server_live *l = s->servers->pdata[i];
        g_autofree char *rate = words_rate(l->rate_per_s);
        g_autofree char *queue = words_number(l->queued);
        if (y == 0)
            draw_text(r, 0, y++, ROLE_HEADING, _("SERVER"));
        g_autofree char *open = g_strdup_printf(
            ngettext("%d connection", "%d connections", (gulong)l->connections), l->connections);
        g_autofree char *line =
            g_strdup_printf(_("%s  %s  %s  queue %s"), l->name,
                            l->problem   ? _("FAIL")
                            : l->is_live ? open
                                         : _("idle"),
                            rate, queue);
        draw_text(r, 0, y++, l->problem ? ROLE_ERROR : ROLE_NORMAL, line);
        if (l->problem && y + TROUBLE_ROWS < r.h)
            y += MIN(TROUBLE_ROWS, draw_folded(rect_part(r, 1, y, r.w - 1, TROUBLE_ROWS),
                                               ROLE_ERROR, server_live_trouble(l)));
        g_autofree char *limit = pace_words_limit(l);
        if (limit && y + 1 < r.h)
            draw_text(r, 0, y++, ROLE_WARN, limit);
    }
    return y;
}

/* Who waits for a receiver: a line each, those that the most wait for. */
static int draw_holds(const struct live *s, struct rect r)
{
    int y = 0, most = MIN(r.h / 3, HOLDS_SHOWN);
    for (guint i = 0; s->holds && (int)i < most && i < s->holds->len; i++) {
        g_autofree char *words = pace_words_hold(s->holds->pdata[i]);
        draw_cell(r, 0, y++, r.w, ROLE_WARN, words);
    }
    return y;
}

static void draw_events(const struct live *s, struct rect r)
{
    draw_text(r, 0, 0, ROLE_HEADING, _("LAST"));
    for (guint i = 0; s->events && i < s->events->len && (int)i + 1 < r.h; i++) {
        const struct event *e = s->events->pdata[i];
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(e->at_us / CLOCK_SECOND_US);
        g_autofree char *time = g_date_time_format(t, "%H:%M:%S");
        g_autofree char *line = g_strdup_printf("%s %s %s  %d %s", time,
                                                words_delivery_state(e->state), e->address,
                                                e->code, e->reply ? e->reply : "");
        draw_text(r, 0, (int)i + 1, words_delivery_role(e->state), line);
    }
}

/* ---- the whole ---- */

static void draw_lower(const struct live *s, struct rect r)
{
    if (r.w < NARROW) {
        int y = draw_holds(s, r);
        draw_domains(s, rect_part(r, 0, y, r.w, r.h - y));
        return;
    }
    int left = r.w / 2 - 1;
    struct rect right = rect_part(r, left + 3, 0, r.w - left - 3, r.h);
    draw_domains(s, rect_part(r, 0, 0, left, r.h));
    draw_vline(r, left + 1, ROLE_MUTED);
    int y = draw_servers(s, right);
    y += draw_holds(s, rect_part(right, 0, y, right.w, right.h - y));
    y += live_back_draw(s, rect_part(right, 0, y, right.w, right.h - y));
    draw_events(s, rect_part(right, 0, y, right.w, right.h - y));
}

/* Who refuses us; then a blank line. */
static int draw_refusals(const struct live *s, struct rect r)
{
    int n = s->refusals ? MIN((int)s->refusals->len, r.h) : 0;
    for (int i = 0; i < n; i++) {
        const struct refusal *x = s->refusals->pdata[i];
        draw_cell(r, 0, i, r.w, ROLE_ERROR, x->what);
    }
    return n > 0 ? n + 1 : 0;
}

void live_draw(struct view *v, struct rect r)
{
    struct live *s = v->state;
    int y = draw_sums(v, r);
    y += draw_refusals(s, rect_part(r, 1, y, r.w - 2, MIN(r.h - y, REFUSALS_SHOWN)));
    int rest = r.h - y, chart = rest >= 12 ? MIN(rest / 2, 16) : 0;
    gboolean has_replies = r.w >= NARROW;
    draw_cursor(r, 0, 0);
    if (chart > 0) {
        int width = r.w - 2 - (has_replies ? REPLIES_WIDTH + 2 : 0);
        draw_chart(s, rect_part(r, 1, y, width, chart));
        if (has_replies)
            draw_replies(s, rect_part(r, r.w - REPLIES_WIDTH - 1, y, REPLIES_WIDTH, chart));
        y += chart + 1;
    }
    draw_lower(s, rect_part(r, 1, y, r.w - 2, r.h - y));
}

/* ---- in words ---- */

static void say(GString *out, char *line)
{
    g_string_append(out, line);
    g_string_append_c(out, '\n');
    g_free(line);
}

static void say_sums(GString *out, struct view *v)
{
    const struct live *s = v->state;
    g_autofree char *percent =
        chart_percent(words_done(&s->counts), words_people(&s->counts));
    const char *state = words_campaign_state(s->campaign.state);
    if (s->campaign.state == CAMPAIGN_SCHEDULED)
        say(out, live_begins_in(v));
    else if (s->campaign.state == CAMPAIGN_HELD)
        say(out, g_strdup_printf(_("Held: %s"), s->campaign.held_reason));
    else
        say(out, g_strdup_printf(_("%s, %s done"), state, percent));
    say(out, first_line(v));
    say(out, second_line(s));
    char *back = live_back_sums(s, FALSE);
    if (*back)
        say(out, back);
    else
        g_free(back);
    say(out, g_strdup_printf(_("accepted in the last minute: %" PRId64 ", in the best of the "
                               "last 60: %" PRId64),
                             s->accepted[LIVE_MINUTES - 1],
                             chart_highest(s->accepted, LIVE_MINUTES)));
}

static void say_server(GString *out, const struct live *s)
{
    for (guint i = 0; s->servers && i < s->servers->len; i++) {
        const struct server_live *l = s->servers->pdata[i];
        g_autofree char *rate = words_rate(l->rate_per_s);
        say(out, l->problem ? g_strdup_printf(_("server %s: %s"), l->name, server_live_trouble(l))
                            : g_strdup_printf(_("server %s: connections %d, rate %s"), l->name,
                                              l->connections, rate));
        g_autofree char *limit = pace_words_limit(l);
        if (limit)
            say(out, g_strdup_printf(_("server %s: %s"), l->name, limit));
    }
}

/* Everything that the picture tells, a line an item: sums, server, replies, domains, the last. */
static char *in_words(struct view *v)
{
    const struct live *s = v->state;
    GString *out = g_string_new(NULL);
    say_sums(out, v);
    for (guint i = 0; s->refusals && i < s->refusals->len; i++) {
        const struct refusal *x = s->refusals->pdata[i];
        say(out, g_strdup_printf(_("%s. %s"), x->what, x->next));
    }
    say_server(out, s);
    for (guint i = 0; s->holds && i < s->holds->len && i < HOLDS_SHOWN; i++)
        say(out, pace_words_hold(s->holds->pdata[i]));
    live_back_say(out, s);
    for (guint i = 0; s->replies && i < s->replies->len; i++) {
        const struct reply_count *n = s->replies->pdata[i];
        g_autofree char *words = reply_words(n);
        g_autofree char *count = text_grouped(n->count);
        say(out, g_strdup_printf(_("reply, %s times: %s"), count, words));
    }
    for (guint i = 0; s->domains && i < s->domains->len; i++) {
        const struct domain_count *d = s->domains->pdata[i];
        say(out, g_strdup_printf(_("domain %s: accepted %" PRId64 ", refused %" PRId64
                                   ", retries %" PRId64),
                                 d->domain, d->accepted, d->refused, d->deferrals));
    }
    for (guint i = 0; s->events && i < s->events->len; i++) {
        const struct event *e = s->events->pdata[i];
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(e->at_us / CLOCK_SECOND_US);
        g_autofree char *time = g_date_time_format(t, "%H:%M:%S");
        say(out, g_strdup_printf("%s %s %s %d %s", time, words_delivery_state(e->state),
                                 e->address, e->code, e->reply ? e->reply : ""));
    }
    return g_string_free(out, FALSE);
}

/* The cursor steps over the lines: a reader of one line at a time gets to each. */
void live_draw_plain(struct view *v, struct rect r)
{
    struct live *s = v->state;
    g_autofree char *all = in_words(v);
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    int n = MAX((int)g_strv_length(lines) - 1, 1);
    s->line = CLAMP(s->line, 0, n - 1);
    int top = CLAMP(s->line - r.h + 1, 0, MAX(n - r.h, 0));
    for (int i = 0; i < r.h && top + i < n; i++)
        draw_text(r, 0, i, ROLE_NORMAL, lines[top + i]);
    draw_cursor(r, 0, s->line - top);
}

char *live_as_text(const struct live *s)
{
    GString *out = g_string_new(NULL);
    g_autofree char *second = second_line(s);
    g_autofree char *back = live_back_sums(s, FALSE);
    g_string_append_printf(out, "%s: %s\n%s\n%s%s", s->name,
                           words_campaign_state(s->campaign.state), second, back,
                           *back ? "\n" : "");
    for (guint i = 0; s->replies && i < s->replies->len; i++) {
        const struct reply_count *n = s->replies->pdata[i];
        g_string_append_printf(out, "%" PRId64 "\t%d\t%s\t%s\n", n->count, n->code,
                               n->enhanced ? n->enhanced : "", n->reply ? n->reply : "");
    }
    return g_string_free(out, FALSE);
}
