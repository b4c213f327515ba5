/*
 * Home in words: one line an item, for the accessible mode and for copying. Not the pictures;
 * they are home_draw.c's.
 */
#include "config.h"

#include "base/i18n.h"
#include "base/text.h"
#include "tui/home_private.h"
#include "tui/ui.h"
#include "tui/words.h"

static char *sending_words(const struct home_row *row)
{
    g_autofree char *done = text_grouped(words_done(&row->counts));
    g_autofree char *people = text_grouped(words_people(&row->counts));
    g_autofree char *rate = words_rate(row->rate_per_s);
    g_autofree char *left = words_span(row->eta_s);
    const char *state = words_campaign_state(row->state);
    if (row->state != CAMPAIGN_SENDING)
        return g_strdup_printf(_("%s, %s, %s of %s sent"), row->title, state, done, people);
    return g_strdup_printf(_("%s, %s, %s of %s sent, rate %s, left %s"), row->title, state, done,
                           people, rate, left);
}

static char *row_words(const struct home_row *row, gint64 now_us)
{
    if (row->kind == HOME_PROBLEM)
        return g_strdup_printf(_("problem: %s. %s."), row->text, row->next);
    if (row->kind == HOME_SENDING)
        return sending_words(row);
    g_autofree char *when = words_when(row->at_us, now_us);
    if (row->kind == HOME_NEXT)
        return g_strdup_printf(_("%s, %s, begins %s, server %s"), row->title,
                               words_campaign_state(row->state), when, row->server);
    g_autofree char *accepted = text_grouped(row->counts.state[DELIVERY_ACCEPTED]);
    g_autofree char *people = text_grouped(words_people(&row->counts));
    return g_strdup_printf(_("%s, %s, %s, accepted %s of %s"), row->title,
                           words_campaign_state(row->state), when, accepted, people);
}

char *home_as_text(struct view *v, int *ret_line)
{
    const struct home *s = v->state;
    GString *out = g_string_new(NULL);
    g_autofree char *sums = home_hour_sums(s);
    *ret_line = 0;
    for (guint i = 0; i < s->data.rows->len; i++) {
        const struct home_row *row = s->data.rows->pdata[i];
        g_autofree char *words = row_words(row, ui_now_us(v->ui));
        g_autofree char *line = text_safe(words, -1, 0);
        if (row == home_current(s))
            *ret_line = (int)i;
        g_string_append_printf(out, "%s\n", line);
    }
    g_string_append_printf(out, _("last hour: %s"), sums);
    for (guint i = 0; i < s->data.servers->len; i++) {
        const struct server_live *l = s->data.servers->pdata[i];
        g_autofree char *words = home_server_words(l);
        g_autofree char *safe = text_safe(words, -1, 0);
        g_string_append_c(out, '\n');
        g_string_append_printf(out, _("server %s"), safe);
    }
    for (guint i = 0; i < s->data.mailboxes->len; i++) {
        g_autofree char *words =
            home_mailbox_words(s->data.mailboxes->pdata[i], ui_now_us(v->ui));
        g_string_append_c(out, '\n');
        g_string_append_printf(out, _("mailbox %s"), words);
    }
    for (guint i = 0; i < ui_status(v->ui)->ports->len; i++) {
        g_autofree char *words = home_port_words(ui_status(v->ui)->ports->pdata[i]);
        g_string_append_c(out, '\n');
        g_string_append_printf(out, _("port %s"), words);
    }
    return g_string_free(out, FALSE);
}

void home_draw_plain(struct view *v, struct rect r)
{
    struct home *s = v->state;
    int at = 0;
    if (!s->data.rows)
        return;
    s->shows_done = TRUE;
    if (s->data.rows->len == 0) {
        home_draw_empty(r);
        return;
    }
    g_autofree char *all = home_as_text(v, &at);
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    int n = (int)g_strv_length(lines);
    int top = CLAMP(at - r.h / 2, 0, MAX(n - r.h, 0));
    for (int i = 0; i < r.h && top + i < n; i++)
        draw_text(r, 0, i, ROLE_NORMAL, lines[top + i]);
    draw_cursor(r, 0, at - top);
}
