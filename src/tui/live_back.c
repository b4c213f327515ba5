/*
 * What came back of the campaign, in the live view: bounces, complaints, requests to leave, and
 * what of it waits for a person. Counters and the newest rows only; nothing is counted here.
 */
#include "config.h"

#include <inttypes.h>

#include "app/said_view.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/inbound.h"
#include "store/said.h"
#include "store/storm.h"
#include "tui/delivery_list.h"
#include "tui/live_private.h"
#include "tui/menu.h"
#include "tui/ui.h"
#include "tui/words.h"

static const enum said_effect counted[] = {SAID_HARD, SAID_SOFT, SAID_COMPLAINED,
                                           SAID_UNSUBSCRIBED};
#define COUNTED_BITS (SAID_HARD | SAID_SOFT | SAID_COMPLAINED | SAID_UNSUBSCRIBED)

/* ---- reading ---- */

void live_back_clear(struct live *s)
{
    g_clear_pointer(&s->back, g_ptr_array_unref);
    g_clear_pointer(&s->storm, g_free);
}

static gint64 count_back(const struct live *s)
{
    gint64 n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(counted); i++)
        n += words_effect_count(&s->counts, counted[i]);
    return n;
}

/* Of the newest of all campaigns, so that it costs the same however much has come. */
static gboolean read_rows(struct live *s, struct db *db, GError **error)
{
    GPtrArray *rows = said_page(db, 0, 0, LIVE_BACK_LOOKED, error);
    if (!rows)
        return FALSE;
    for (guint i = rows->len; i-- > 0;) {
        const struct said *x = rows->pdata[i];
        if (x->campaign_id != s->campaign.id || !(x->effects & COUNTED_BITS))
            g_ptr_array_remove_index(rows, i);
    }
    if (rows->len > LIVE_BACK)
        g_ptr_array_set_size(rows, LIVE_BACK);
    s->back = rows;
    return TRUE;
}

static gboolean read_storm(struct live *s, struct db *db, GError **error)
{
    g_autoptr(GPtrArray) storms = storm_waiting(db, error);
    for (guint i = 0; storms && i < storms->len; i++) {
        const struct storm *x = storms->pdata[i];
        if (x->campaign_id != s->campaign.id || s->storm)
            continue;
        s->storm = g_strdup(x->provider);
        s->n_storm = x->n_waiting;
    }
    return storms != NULL;
}

gboolean live_back_load(struct live *s, struct db *db, GError **error)
{
    live_back_clear(s);
    if (count_back(s) > 0 && (!read_rows(s, db, error) || !read_storm(s, db, error)))
        return FALSE;
    return inbound_count_unknown(db, &s->n_unknown, error);
}

/* ---- in words ---- */

char *live_back_sums(const struct live *s, gboolean is_narrow)
{
    const struct campaign_counts *n = &s->counts;
    if (count_back(s) == 0)
        return g_strdup("");
    g_autofree char *hard = text_grouped(n->bounced_hard);
    g_autofree char *soft = text_grouped(n->bounced_soft);
    g_autofree char *complained = text_grouped(n->complained);
    g_autofree char *left = text_grouped(n->unsubscribed);
    g_autofree char *sums =
        g_strdup_printf(is_narrow ? _("hard %s, soft %s, complained %s, left %s")
                                  : _("bounced hard %s, soft %s   complained %s   "
                                      "unsubscribed %s"),
                        hard, soft, complained, left);
    if (!s->storm)
        return g_steal_pointer(&sums);
    g_autofree char *waiting = text_grouped(s->n_storm);
    return g_strdup_printf(_("%s   %s wait: B"), sums, waiting);
}

char *live_back_hint(const struct live *s)
{
    if (s->storm)
        return g_strdup_printf(ngettext("%s sends back far more than usual: %" PRId64
                                        " address waits. B decides.",
                                        "%s sends back far more than usual: %" PRId64
                                        " addresses wait. B decides.",
                                        (gulong)s->n_storm),
                               s->storm, s->n_storm);
    if (s->n_unknown > 0)
        return g_strdup_printf(
            ngettext("%" PRId64 " message that came in was not understood: :bounce unknown",
                     "%" PRId64 " messages that came in were not understood: :bounce unknown",
                     (gulong)s->n_unknown),
            s->n_unknown);
    return NULL;
}

static char *row_words(const struct said *x)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(x->at_us / CLOCK_SECOND_US);
    g_autofree char *time = g_date_time_format(t, "%H:%M:%S");
    g_autofree char *line = said_view_line(x);
    return g_strdup_printf("%s %s  %s", time, x->address, line);
}

void live_back_say(GString *out, const struct live *s)
{
    for (guint i = 0; s->back && i < s->back->len; i++) {
        g_autofree char *line = row_words(s->back->pdata[i]);
        g_string_append_printf(out, "%s\n", line);
    }
}

/* ---- pictures ---- */

int live_back_draw(const struct live *s, struct rect r)
{
    int most = MIN(r.h / 2, LIVE_BACK + 1), y = 0;
    if (!s->back || s->back->len == 0 || most < 2)
        return 0;
    draw_text(r, 0, y++, ROLE_HEADING, _("CAME BACK"));
    for (guint i = 0; i < s->back->len && y < most; i++) {
        const struct said *x = s->back->pdata[i];
        g_autofree char *line = row_words(x);
        draw_cell(r, 0, y++, r.w,
                  x->effects & (SAID_HARD | SAID_COMPLAINED) ? ROLE_ERROR : ROLE_WARN, line);
    }
    return y;
}

/* ---- who they are ---- */

#define REFUSED_ID 0 /* the others are said_effect */

static void open_people(struct ui *ui, const gint64 *ids, int n, void *data)
{
    const struct delivery_list_arg arg = {.campaign = data,
                                          .state = ids[0] == REFUSED_ID ? DELIVERY_REFUSED : -1,
                                          .effect = (int)ids[0]};
    if (n == 1)
        ui_push(ui, delivery_list_view(), &arg);
}

void live_back_split(struct view *v)
{
    const struct live *s = v->state;
    static const gint64 refused = REFUSED_ID;
    if (count_back(s) == 0) { /* there is nothing to choose from */
        open_people(v->ui, &refused, 1, s->name);
        return;
    }
    struct menu_item items[1 + G_N_ELEMENTS(counted)];
    char *numbers[G_N_ELEMENTS(items)];
    numbers[0] = text_grouped(s->counts.state[DELIVERY_REFUSED]);
    items[0] = (struct menu_item){.label = words_delivery_state(DELIVERY_REFUSED),
                                  .detail = numbers[0],
                                  .group = _("failed"),
                                  .id = REFUSED_ID};
    for (gsize i = 0; i < G_N_ELEMENTS(counted); i++) {
        numbers[i + 1] = text_grouped(words_effect_count(&s->counts, counted[i]));
        items[i + 1] =
            (struct menu_item){.label = words_effect(counted[i]),
                               .detail = numbers[i + 1],
                               .group = counted[i] == SAID_COMPLAINED ? _("came back") : NULL,
                               .id = counted[i]};
    }
    const struct menu m = {.title = _("Failed, complained, unsubscribed: whom to see?"),
                           .items = items,
                           .n = (int)G_N_ELEMENTS(items)};
    menu_ask(v->ui, &m, open_people, g_strdup(s->name), g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_free(numbers[i]);
}
