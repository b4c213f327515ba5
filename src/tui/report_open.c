/*
 * What Enter on a row of a report leads to: the people behind it, a provider's domains, another
 * campaign's report.
 */
#include "config.h"

#include "base/i18n.h"
#include "base/text.h"
#include "model/bounce.h"
#include "tui/delivery_list.h"
#include "tui/report_people.h"
#include "tui/report_private.h"
#include "tui/report_view.h"
#include "tui/ui.h"

#include <stdlib.h>
#include <string.h>

/* The page behind a figure: of the ledger, or of what came back. */
static const struct {
    int state;  /* enum delivery_state; -1: all */
    int effect; /* of store/said.h; 0: by state */
} behind[REPORT_FIGURE_COUNT] = {
    [REPORT_PEOPLE] = {-1, 0},
    [REPORT_ACCEPTED] = {DELIVERY_ACCEPTED, 0},
    [REPORT_REFUSED] = {DELIVERY_REFUSED, 0},
    [REPORT_BOUNCED_HARD] = {0, SAID_HARD},
    [REPORT_BOUNCED_SOFT] = {0, SAID_SOFT},
    [REPORT_WAITING] = {DELIVERY_DEFERRED, 0},
    [REPORT_LEFT] = {DELIVERY_QUEUED, 0},
    [REPORT_MAYBE] = {DELIVERY_UNCERTAIN, 0},
    [REPORT_COMPLAINED] = {0, SAID_COMPLAINED},
    [REPORT_UNSUBSCRIBED] = {0, SAID_UNSUBSCRIBED},
    [REPORT_NEVER] = {DELIVERY_SUPPRESSED, 0},
    [REPORT_CANCELLED] = {DELIVERY_CANCELLED, 0},
};

static void open_figure(struct view *v, enum report_figure f)
{
    const struct report *s = v->state;
    const struct delivery_list_arg list = {
        .campaign = s->name, .state = behind[f].state, .effect = behind[f].effect};
    ui_push(v->ui, delivery_list_view(), &list);
}

static const char *cell(const struct table_row *row, int i)
{
    return row->cells[i].text ? row->cells[i].text : "";
}

static void open_domain(struct view *v, const struct table_row *row)
{
    const struct report *s = v->state;
    const char *domain = cell(row, REPORT_CELL_PROVIDER);
    const struct report_people_arg arg = {
        .campaign = s->name, .heading = domain, .domain = domain, .code = -1};
    ui_push(v->ui, report_people_view(), &arg);
}

/* Its domains, among those that are shown. */
static void open_provider(struct view *v, const struct table_row *row)
{
    struct report *s = v->state;
    const char *name = cell(row, REPORT_CELL_PROVIDER);
    g_autofree char *filter = g_strdup_printf("provider:%s", *name ? name : "-");
    s->page = REPORT_DOMAINS;
    table_set_filter(&s->panes[REPORT_DOMAINS].table, filter);
    v->ops->load(v);
    ui_redraw(v->ui);
}

static void open_reply(struct view *v, const struct table_row *row)
{
    const struct report *s = v->state;
    const char *enhanced = cell(row, REPORT_CELL_ENHANCED);
    int code = (int)strtol(cell(row, REPORT_CELL_CODE), NULL, 10);
    g_autofree char *heading = code > 0 ? g_strdup_printf("%d %s", code, enhanced)
                                        : g_strdup(_("no reply"));
    const struct report_people_arg arg = {.campaign = s->name,
                                          .heading = heading,
                                          .code = code,
                                          .enhanced = code > 0 ? enhanced : NULL};
    ui_push(v->ui, report_people_view(), &arg);
}

static void open_bounce(struct view *v, const struct table_row *row)
{
    const struct report *s = v->state;
    const struct report_people_arg arg = {
        .campaign = s->name,
        .heading = cell(row, REPORT_CELL_REASON),
        .who = {SAID_HARD | SAID_SOFT, cell(row, REPORT_CELL_CLASS),
                cell(row, REPORT_CELL_REASON), cell(row, REPORT_CELL_STATUS)},
        .code = -1};
    ui_push(v->ui, report_people_view(), &arg);
}

static void open_compared(struct view *v, const struct table_row *row)
{
    const struct report *s = v->state;
    const char *name = cell(row, REPORT_CELL_CAMPAIGN);
    if (*name && strcmp(name, s->name) != 0)
        ui_push(v->ui, report_view(), name);
}

void report_row_open(struct view *v)
{
    struct report *s = v->state;
    const struct table_row *row = report_row(s);
    if (!row)
        return;
    if (s->page == REPORT_SUMMARY)
        open_figure(v, (enum report_figure)(row->id - 1));
    else if (s->page == REPORT_DOMAINS)
        open_domain(v, row);
    else if (s->page == REPORT_PROVIDERS)
        open_provider(v, row);
    else if (s->page == REPORT_REPLIES)
        open_reply(v, row);
    else if (s->page == REPORT_BOUNCES)
        open_bounce(v, row);
    else
        open_compared(v, row);
}
