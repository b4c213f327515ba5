/*
 * Home's pictures: sections under each other, in wide terminals in two columns. Every number has
 * a column of its own width, so that a tick changes few cells.
 */
#include "config.h"

#include <inttypes.h>

#include "app/pace_words.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/events.h"
#include "tui/home_private.h"
#include "tui/ui.h"
#include "tui/words.h"

#define WIDE 120
#define NARROW 80
#define NUMBER 9
#define RATE 8
#define LEFT 8
#define PERCENT 5
#define BAR 20
#define NEXT_WHEN 18
#define SERVER 14
#define SPARK_LABEL 12
#define CHART_ROWS 10

/* ---- rows ---- */

/* Marker, mark and name; the hardware cursor stands on the current row. */
static enum term_role begin_row(const struct home *s, struct rect r, int y,
                                const struct home_row *row, int width, const char *name)
{
    gboolean is_current = row == home_current(s);
    enum term_role role = is_current                 ? ROLE_SELECTED
                          : home_is_marked(s, row) ? ROLE_MARKED
                                                     : ROLE_NORMAL;
    g_autofree char *text = g_strdup_printf("%s%s%s", is_current ? ">" : " ",
                                            home_is_marked(s, row) ? "*" : "", name);
    draw_cell(r, 0, y, width, role, text);
    if (is_current)
        draw_cursor(r, 0, y);
    return role;
}

static void right(struct rect r, int *x, int y, int w, const char *text)
{
    draw_right(r, *x, y, w, ROLE_NORMAL, text);
    *x += w;
}

static void draw_sending(const struct home *s, struct rect r, int y, const struct home_row *row)
{
    gboolean is_wide = r.w >= NARROW;
    int fixed = is_wide ? BAR + PERCENT + 2 * NUMBER + RATE + LEFT + 1 : PERCENT + RATE + 2;
    int name = r.w - fixed, x = name + 1;
    gint64 done = words_done(&row->counts), people = words_people(&row->counts);
    g_autofree char *percent = chart_percent(done, people);
    g_autofree char *done_text = text_grouped(done);
    g_autofree char *people_text = text_grouped(people);
    g_autofree char *rate = words_rate(row->rate_per_s);
    g_autofree char *left = words_span(row->eta_s);
    gboolean is_sending = row->state == CAMPAIGN_SENDING;
    begin_row(s, r, y, row, name, row->title);
    if (is_wide) {
        chart_bar(r, x, y, BAR - 1, chart_fraction(done, people));
        x += BAR - 1;
    }
    right(r, &x, y, PERCENT, percent);
    if (is_wide) {
        right(r, &x, y, NUMBER, done_text);
        right(r, &x, y, NUMBER, people_text);
    }
    if (is_sending) {
        right(r, &x, y, RATE, rate);
        if (is_wide)
            right(r, &x, y, LEFT, left);
    } else {
        draw_text(rect_part(r, x + 1, y, r.w - x - 1, 1), 0, 0, words_campaign_role(row->state),
                  words_campaign_state(row->state));
    }
}

static void draw_next(const struct home *s, struct rect r, int y, const struct home_row *row,
                      gint64 now_us)
{
    gboolean is_wide = r.w >= NARROW;
    int fixed = NEXT_WHEN + 1 + (is_wide ? NUMBER + SERVER + 2 : 0), x = r.w - fixed + 1;
    g_autofree char *when = words_when(row->at_us, now_us);
    g_autofree char *people = words_number(row->expected);
    begin_row(s, r, y, row, r.w - fixed, row->title);
    draw_text(r, x, y, ROLE_NORMAL, when);
    if (!is_wide)
        return;
    draw_right(r, x + NEXT_WHEN, y, NUMBER, ROLE_NORMAL, people);
    draw_text(r, x + NEXT_WHEN + NUMBER + 2, y, ROLE_NORMAL, row->server);
}

static void draw_done(const struct home *s, struct rect r, int y, const struct home_row *row,
                      gint64 now_us)
{
    g_autofree char *when = words_when(row->at_us, now_us);
    g_autofree char *accepted = text_grouped(row->counts.state[DELIVERY_ACCEPTED]);
    g_autofree char *people = text_grouped(words_people(&row->counts));
    int fixed = NEXT_WHEN + 2 * NUMBER + 1, x = r.w - fixed + 1;
    begin_row(s, r, y, row, r.w - fixed, row->title);
    draw_text(r, x, y, ROLE_NORMAL, when);
    x += NEXT_WHEN;
    right(r, &x, y, NUMBER, accepted);
    right(r, &x, y, NUMBER, people);
}

static void draw_problem(const struct home *s, struct rect r, int y, const struct home_row *row)
{
    gboolean is_current = row == home_current(s);
    g_autofree char *text = g_strdup_printf("%s%s %s", is_current ? ">" : " ",
                                            row->is_note ? "i" : "!", row->text);
    draw_cell(r, 0, y, r.w,
              is_current     ? ROLE_SELECTED
              : row->is_note ? ROLE_NORMAL
                             : ROLE_ERROR,
              text);
    if (is_current)
        draw_cursor(r, 0, y);
}

static void draw_row(struct view *v, struct rect r, int y, struct home_row *row)
{
    const struct home *s = v->state;
    row->place = rect_part(r, 0, y, r.w, 1);
    gint64 now_us = ui_now_us(v->ui);
    switch (row->kind) {
    case HOME_SENDING:
        draw_sending(s, r, y, row);
        break;
    case HOME_NEXT:
        draw_next(s, r, y, row, now_us);
        break;
    case HOME_PROBLEM:
        draw_problem(s, r, y, row);
        break;
    default:
        draw_done(s, r, y, row, now_us);
        break;
    }
}

/* At most `max` rows of a kind, those around the cursor. Returns the rows it took. */
static int draw_kind(struct view *v, struct rect r, int y, enum home_kind kind, int max)
{
    struct home *s = v->state;
    int first = -1, n = 0;
    for (int i = 0; i < (int)s->data.rows->len; i++)
        if (((struct home_row *)s->data.rows->pdata[i])->kind == kind) {
            first = first < 0 ? i : first;
            n++;
        }
    if (n == 0 || max <= 0)
        return 0;
    int shown = MIN(n, max), from = first;
    if (s->cursor >= first && s->cursor < first + n)
        from = CLAMP(s->cursor - shown + 1, first, first + n - shown);
    for (int i = 0; i < shown; i++)
        draw_row(v, r, y + i, s->data.rows->pdata[from + i]);
    return shown;
}

static void heading(struct rect r, int y, const char *text)
{
    draw_text(r, 1, y, ROLE_HEADING, text);
}

/* The names above the columns of draw_sending(). */
static void sending_heading(struct rect r, int y, const char *title)
{
    int x = r.w;
    heading(r, y, title);
    if (r.w < NARROW)
        return;
    const struct {
        const char *text;
        int w;
    } columns[] = {
        /* Who left has the same head in the reports. */
        {g_dpgettext2(NULL, "still to be sent", NC_("still to be sent", "LEFT")), LEFT},
        {_("RATE"), RATE},
        {_("OF"), NUMBER},
        {_("SENT"), NUMBER}};
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        x -= columns[i].w;
        draw_right(r, x, y, columns[i].w, ROLE_HEADING, columns[i].text);
    }
}

static void next_heading(struct rect r, int y)
{
    int x = r.w - NEXT_WHEN - NUMBER - SERVER - 2;
    draw_text(r, x, y, ROLE_HEADING, _("WHEN"));
    draw_right(r, x + NEXT_WHEN, y, NUMBER, ROLE_HEADING, _("TO"));
    draw_text(r, x + NEXT_WHEN + NUMBER + 2, y, ROLE_HEADING, _("SERVER"));
}

/* ---- the last hour ---- */

static void spark(struct rect r, int y, const char *label, const gint64 *values,
                  struct chart_scale *scale, enum term_role role)
{
    gint64 max = chart_scale(scale, chart_highest(values, HOME_MINUTES), 1);
    g_autofree char *now = text_grouped(values[HOME_MINUTES - 1]);
    draw_text(r, 1, y, ROLE_NORMAL, label);
    int room = r.w - SPARK_LABEL - 12;
    chart_spark(r, SPARK_LABEL + 1, y, MIN(room, HOME_MINUTES), role, values, HOME_MINUTES, max);
    draw_right(r, r.w - 10, y, 9, ROLE_NORMAL, now);
}

char *home_hour_sums(const struct home *s)
{
    const struct counters_sums *n = &s->data.hour;
    g_autofree char *sent = text_grouped(n->sent);
    g_autofree char *accepted = text_grouped(n->accepted);
    g_autofree char *failed = text_grouped(n->refused + n->bounced);
    g_autofree char *left = text_grouped(n->unsubscribed);
    return g_strdup_printf(_("sent %s   accepted %s   failed %s   unsubscribed %s"), sent,
                           accepted, failed, left);
}

static int draw_hour(struct home *s, struct rect r, int y)
{
    g_autofree char *sums = home_hour_sums(s);
    g_autofree char *line = g_strdup_printf("%s   %s", _("LAST HOUR"), sums);
    draw_text(r, 1, y, ROLE_NORMAL, line);
    heading(r, y, _("LAST HOUR"));
    spark(r, y + 1, _("sent/min"), s->data.accepted, &s->scale, ROLE_BAR_FULL);
    spark(r, y + 2, _("failed/min"), s->data.failed, &s->failed_scale, ROLE_ERROR);
    return 3;
}

/* The hour as a chart, where there is room for axes. */
static int draw_hour_chart(struct view *v, struct rect r, int y)
{
    struct home *s = v->state;
    struct rect place = rect_part(r, 1, y + 1, r.w - 2, CHART_ROWS);
    gint64 max =
        chart_scale(&s->scale, chart_highest(s->data.accepted, HOME_MINUTES), chart_rows(place));
    g_autofree char *sums = home_hour_sums(s);
    g_autofree char *line = g_strdup_printf("%s   %s", _("LAST HOUR"), sums);
    char *texts[4];
    struct chart_label labels[4];
    for (int i = 0; i < 4; i++) {
        int at = i * (HOME_MINUTES - 1) / 3;
        g_autoptr(GDateTime) t =
            g_date_time_new_from_unix_local((s->data.first_minute + at) * 60);
        texts[i] = g_date_time_format(t, "%H:%M");
        labels[i] = (struct chart_label){at, texts[i]};
    }
    const struct chart c = {.values = s->data.accepted,
                            .n = HOME_MINUTES,
                            .first = s->data.first_minute,
                            .max = max,
                            .labels = labels,
                            .n_labels = 4,
                            .role = ROLE_BAR_FULL};
    draw_text(r, 1, y, ROLE_NORMAL, line);
    heading(r, y, _("LAST HOUR"));
    chart_columns(place, &c);
    for (int i = 0; i < 4; i++)
        g_free(texts[i]);
    return CHART_ROWS + 1;
}

/* ---- servers ---- */

char *home_server_words(const struct server_live *l)
{
    g_autofree char *rate = words_rate(l->rate_per_s);
    if (!l->is_enabled)
        return g_strdup_printf(_("%s off"), l->name);
    if (l->problem)
        return g_strdup_printf(_("%s FAIL"), l->name);
    g_autofree char *limit = pace_words_limit(l);
    if (limit)
        return g_strdup_printf(_("%s: %s"), l->name, limit);
    if (l->is_live && l->rate_per_s >= 0.05)
        return g_strdup_printf(_("%s ok %s"), l->name, rate);
    return g_strdup_printf(l->code > 0 ? _("%s ok idle") : _("%s not tried yet"), l->name);
}

/* All in one line, as many as fit. */
static int draw_servers(const struct home *s, struct rect r, int y)
{
    int x = 1 + draw_text(r, 1, y, ROLE_HEADING, _("SERVERS")) + 2;
    if (s->data.servers->len == 0)
        draw_text(r, x, y, ROLE_NORMAL, _("none yet: 4, then n adds one"));
    for (guint i = 0; i < s->data.servers->len && x < r.w; i++) {
        const struct server_live *l = s->data.servers->pdata[i];
        g_autofree char *words = home_server_words(l);
        x += draw_text(r, x, y, l->problem ? ROLE_ERROR : ROLE_NORMAL, words) + 3;
    }
    return 1;
}

static int draw_server_rows(const struct home *s, struct rect r, int y)
{
    heading(r, y, _("SERVERS"));
    for (guint i = 0; i < s->data.servers->len; i++) {
        const struct server_live *l = s->data.servers->pdata[i];
        g_autofree char *words = home_server_words(l);
        g_autofree char *queue = words_number(l->queued);
        g_autofree char *line =
            g_strdup_printf(_("%s   connections %d   queue %s   %s"), words, l->connections,
                            queue, l->problem ? l->problem : l->reply);
        draw_text(r, 1, y + 1 + (int)i, l->problem ? ROLE_ERROR : ROLE_NORMAL, line);
    }
    return 1 + (int)s->data.servers->len;
}

/* ---- mailboxes ---- */

char *home_mailbox_words(const struct mailbox_now *m, gint64 now_us)
{
    g_autofree char *when = mailbox_words_read(m, now_us);
    g_autofree char *n = text_grouped(m->read.n_read);
    if (mailbox_now_health(m) == MAILBOX_IS_UNREAD)
        return g_strdup_printf(_("%s not read yet"), m->mailbox.name);
    if (mailbox_now_health(m) != MAILBOX_IS_READ)
        return g_strdup_printf("%s %s", m->mailbox.name, mailbox_words_state(m));
    return g_strdup_printf(_("%s read %s, %s came"), m->mailbox.name, when, n);
}

static enum term_role mailbox_role(const struct mailbox_now *m)
{
    return mailbox_words_role(m) == ROLE_ERROR ? ROLE_ERROR : ROLE_NORMAL;
}

/* All in one line, as many as fit; none: nothing. */
static int draw_mailboxes(const struct home *s, struct rect r, int y, gint64 now_us)
{
    if (s->data.mailboxes->len == 0)
        return 0;
    int x = 1 + draw_text(r, 1, y, ROLE_HEADING, _("MAILBOXES")) + 2;
    for (guint i = 0; i < s->data.mailboxes->len && x < r.w; i++) {
        const struct mailbox_now *m = s->data.mailboxes->pdata[i];
        g_autofree char *words = home_mailbox_words(m, now_us);
        x += draw_text(r, x, y, mailbox_role(m), words) + 3;
    }
    return 1;
}

static int draw_mailbox_rows(const struct home *s, struct rect r, int y, gint64 now_us)
{
    if (s->data.mailboxes->len == 0)
        return 0;
    heading(r, y, _("MAILBOXES"));
    for (guint i = 0; i < s->data.mailboxes->len; i++) {
        const struct mailbox_now *m = s->data.mailboxes->pdata[i];
        g_autofree char *words = home_mailbox_words(m, now_us);
        g_autofree char *line = g_strdup_printf("%s   %s", words,
                                                m->problem ? m->problem : m->mailbox.address);
        draw_text(r, 1, y + 1 + (int)i, mailbox_role(m), line);
    }
    return 2 + (int)s->data.mailboxes->len;
}

/* ---- ports ---- */

char *home_port_words(const struct status_port *p)
{
    const char *state = !p->port.enabled               ? _("off")
                        : p->problem && *p->problem ? _("FAIL")
                                                    : NULL;
    return state ? g_strdup_printf("%s %s %s", p->port.name, p->port.listen, state)
                 : g_strdup_printf("%s %s", p->port.name, p->port.listen);
}

static enum term_role port_role(const struct status_port *p)
{
    return p->port.enabled && p->problem && *p->problem ? ROLE_ERROR : ROLE_NORMAL;
}

/* All in one line, as many as fit; none: nothing. */
static int draw_ports(const struct status *st, struct rect r, int y)
{
    if (st->ports->len == 0)
        return 0;
    int x = 1 + draw_text(r, 1, y, ROLE_HEADING, _("PORTS")) + 2;
    for (guint i = 0; i < st->ports->len && x < r.w; i++) {
        const struct status_port *p = st->ports->pdata[i];
        g_autofree char *words = home_port_words(p);
        x += draw_text(r, x, y, port_role(p), words) + 3;
    }
    return 1;
}

static int draw_port_rows(const struct status *st, struct rect r, int y)
{
    if (st->ports->len == 0)
        return 0;
    heading(r, y, _("PORTS"));
    for (guint i = 0; i < st->ports->len; i++) {
        const struct status_port *p = st->ports->pdata[i];
        g_autofree char *words = home_port_words(p);
        g_autofree char *line = g_strdup_printf("%s   %s", words,
                                                p->problem && *p->problem ? p->problem
                                                : p->port.public_url      ? p->port.public_url
                                                                          : "");
        draw_text(r, 1, y + 1 + (int)i, port_role(p), line);
    }
    return 2 + (int)st->ports->len;
}

/* ---- the whole ---- */

static int section(struct view *v, struct rect r, int y, enum home_kind kind, const char *title,
                   int max)
{
    const struct home *s = v->state;
    if (home_data_count(&s->data, kind) == 0 || y >= r.h)
        return y;
    int n = home_data_count(&s->data, kind), room = MIN(max, r.h - y - 1);
    g_autofree char *counted =
        n > room ? g_strdup_printf(_("%s: %d, %d shown"), title, n, MAX(room, 0)) : NULL;
    if (kind == HOME_SENDING)
        sending_heading(r, y, counted ? counted : title);
    else
        heading(r, y, counted ? counted : title);
    if (kind == HOME_NEXT && r.w >= NARROW)
        next_heading(r, y);
    y += 1 + draw_kind(v, r, y + 1, kind, MIN(max, r.h - y - 1));
    return y;
}

/* Nothing was ever made here: what this is and how it begins. */
void home_draw_empty(struct rect r)
{
    const char *text =
        _("Nothing is being sent, and nothing is planned.\n\n"
          "  :setup   set up your address and your outgoing mail server\n"
          "  2        write a campaign\n"
          "  3        bring in people\n"
          "  :demo    see it work with made-up people; nothing leaves this machine\n\n"
          "  ?        all keys");
    int w = MIN(r.w - 4, 72);
    struct rect place = rect_part(r, (r.w - w) / 2, MAX(r.h / 5, 0), w, r.h);
    draw_folded(place, ROLE_NORMAL, text);
    draw_cursor(place, 0, 0);
}

static void draw_one_column(struct view *v, struct rect r)
{
    struct home *s = v->state;
    int problems = home_data_count(&s->data, HOME_PROBLEM);
    int next = home_data_count(&s->data, HOME_NEXT);
    gboolean is_low = r.h < 14;
    int mailboxes = s->data.mailboxes->len > 0;
    /* Ports come last, and only where nothing else wants the row: what is wrong with one is
     * among the problems. */
    int hour = is_low ? 0 : 4, servers = is_low ? 0 : 2 + mailboxes;
    int want_problems = MIN(problems, is_low ? 2 : 3), want_next = MIN(next, is_low ? 1 : 3);
    int y = 0;
    int room = r.h - hour - servers - (problems ? want_problems + 2 : 0) -
               (next ? want_next + 2 : 0) - 1;
    y = section(v, r, y, HOME_SENDING, _("SENDING NOW"), MAX(room, 1));
    y += y > 0 && !is_low;
    y = section(v, r, y, HOME_NEXT, _("NEXT"), want_next);
    y += y > 0 && next > 0 && !is_low;
    if (!is_low)
        y += draw_hour(s, r, y) + 1;
    y = section(v, r, y, HOME_PROBLEM, _("PROBLEMS"), want_problems);
    y += problems > 0;
    if (!is_low) {
        y += draw_servers(s, r, y);
        y += draw_mailboxes(s, r, y, ui_now_us(v->ui));
        draw_ports(ui_status(v->ui), r, y);
    }
}

/* What came last, of all campaigns, where there is room. */
static void draw_events(const struct home *s, struct rect r)
{
    if (r.h < 3 || s->data.events->len == 0)
        return;
    heading(r, 0, _("LAST"));
    for (guint i = 0; i < s->data.events->len && (int)i + 1 < r.h; i++) {
        const struct event *e = s->data.events->pdata[i];
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(e->at_us / CLOCK_SECOND_US);
        g_autofree char *time = g_date_time_format(t, "%H:%M:%S");
        g_autofree char *line = g_strdup_printf("%s %s %s %s  %d %s", time, e->campaign,
                                                words_delivery_state(e->state), e->address,
                                                e->code, e->reply ? e->reply : "");
        draw_text(r, 1, (int)i + 1, words_delivery_role(e->state), line);
    }
}

static void draw_two_columns(struct view *v, struct rect r)
{
    struct home *s = v->state;
    int split = r.w * 3 / 5;
    struct rect left = rect_part(r, 0, 0, split - 1, r.h);
    struct rect rest = rect_part(r, split + 1, 0, r.w - split - 1, r.h);
    int y = section(v, left, 0, HOME_SENDING, _("SENDING NOW"), left.h - 24) + 1;
    y = section(v, left, y, HOME_NEXT, _("NEXT"), 6) + 1;
    if (left.h - y > CHART_ROWS + 1)
        y += draw_hour_chart(v, left, y) + 1;
    draw_events(s, rect_part(left, 0, y, left.w, left.h - y));
    draw_vline(r, split, ROLE_MUTED);
    y = section(v, rest, 0, HOME_PROBLEM, _("PROBLEMS"), 8);
    y += y > 0;
    y += draw_server_rows(s, rest, y) + 1;
    y += draw_mailbox_rows(s, rest, y, ui_now_us(v->ui));
    y += draw_port_rows(ui_status(v->ui), rest, y);
    section(v, rest, y, HOME_DONE, _("DONE"), rest.h - y - 1);
}

void home_draw(struct view *v, struct rect r)
{
    struct home *s = v->state;
    if (!s->data.rows)
        return;
    s->shows_done = r.w >= WIDE;
    for (guint i = 0; i < s->data.rows->len; i++)
        ((struct home_row *)s->data.rows->pdata[i])->place = (struct rect){0};
    if (s->data.rows->len == 0)
        home_draw_empty(r);
    else if (s->shows_done)
        draw_two_columns(v, r);
    else
        draw_one_column(v, r);
}
