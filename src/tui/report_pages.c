/*
 * The pages of a report as tables: their columns, and their rows from app/report. The page in
 * front alone is read.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/bounce.h"
#include "tui/report_private.h"
#include "tui/ui.h"
#include "tui/words.h"

#define BAR 26
#define DOMAINS_AT_ONCE 500 /* more are counted by a child */
#define REPLIES_SHOWN 1000
#define BOUNCES_SHOWN 1000

static const struct table_source source = TABLE_MEMORY_SOURCE;

/* ---- columns ---- */

enum { SUM_WHAT, SUM_PEOPLE, SUM_SHARE, SUM_USUAL, SUM_BAR, SUM_COUNT };
static const struct table_column sum_columns[SUM_COUNT] = {
    [SUM_WHAT] = {"what", N_("WHAT"), .width = 18, .min = 14},
    [SUM_PEOPLE] = {"people", N_("PEOPLE"), .width = 11, .min = 8, .flags = TABLE_RIGHT},
    [SUM_SHARE] = {"share", N_("SHARE"), .width = 7, .flags = TABLE_RIGHT},
    [SUM_USUAL] = {"usual", N_("USUAL"), .width = 7, .priority = 1, .flags = TABLE_RIGHT,
                   .plain = N_("usually %s"),
                   .help = N_("the mean of the last campaigns that ended")},
    [SUM_BAR] = {"bar", "", .width = BAR, .priority = 2},
};

enum { DOM_NAME, DOM_PEOPLE, DOM_ACCEPTED, DOM_REFUSED, DOM_BOUNCED, DOM_PUT_OFF, DOM_MAYBE,
       DOM_PROVIDER, DOM_COUNT };
#define NUMBERS                                                                                \
    [DOM_PEOPLE] = {"people", N_("PEOPLE"), .width = 9, .priority = 2,                         \
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                      \
                    .plain = N_("people %s")},                                                 \
    [DOM_ACCEPTED] = {"accepted", N_("ACCEPTED"), .width = 9, .priority = 1,                   \
                      .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                    \
                      .plain = N_("accepted %s")},                                             \
    [DOM_REFUSED] = {"refused", N_("REFUSED"), .width = 8,                                     \
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                     \
                     .plain = N_("refused %s")},                                               \
    [DOM_BOUNCED] = {"bounced", N_("BOUNCED"), .width = 8,                                     \
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                     \
                     .plain = N_("bounced %s"), .help = N_("it was taken and came back")},    \
    [DOM_PUT_OFF] = {"retries", N_("RETRIES"), .width = 8, .priority = 3,                      \
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                     \
                     .plain = N_("retries %s"), .help = N_("how often a try was put off")},    \
    [DOM_MAYBE] = {"maybe", N_("MAYBE"), .width = 6, .priority = 4,                            \
                   .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,                       \
                   .plain = N_("maybe sent %s")}

static const struct table_column domain_columns[DOM_COUNT] = {
    [DOM_NAME] = {"domain", N_("DOMAIN"), .width = 24, .min = 14, .grow = 1,
                  .flags = TABLE_SORT},
    NUMBERS,
    [DOM_PROVIDER] = {"provider", N_("PROVIDER"), .width = 12, .priority = 5,
                      .flags = TABLE_SORT},
};
static const struct table_column provider_columns[DOM_COUNT] = {
    [DOM_NAME] = {"provider", N_("PROVIDER"), .width = 24, .min = 14, .grow = 1,
                  .flags = TABLE_SORT},
    NUMBERS,
    [DOM_PROVIDER] = {"domains", N_("DOMAINS"), .width = 8, .priority = 5,
                      .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                      .plain = N_("domains %s")},
};

enum { REP_STATE, REP_PEOPLE, REP_CODE, REP_STATUS, REP_TEXT, REP_COUNT };
static const struct table_column reply_columns[REP_COUNT] = {
    [REP_STATE] = {"state", N_("STATE"), .width = 11, .min = 10, .flags = TABLE_SORT},
    [REP_PEOPLE] = {"times", N_("TIMES"), .width = 9,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("%s times")},
    [REP_CODE] = {"code", N_("CODE"), .width = 4, .flags = TABLE_SORT | TABLE_RIGHT},
    [REP_STATUS] = {"status", N_("STATUS"), .width = 8, .priority = 1, .flags = TABLE_SORT},
    [REP_TEXT] = {"reply", N_("FIRST REPLY OF THE KIND"), .width = 30, .min = 8, .grow = 1,
                  .flags = TABLE_SORT},
};

enum { BOU_CLASS, BOU_PEOPLE, BOU_REASON, BOU_STATUS, BOU_MEANING, BOU_COUNT };
static const struct table_column bounce_columns[BOU_COUNT] = {
    [BOU_CLASS] = {"kind", N_("KIND"), .width = 8, .min = 6, .flags = TABLE_SORT},
    [BOU_PEOPLE] = {"people", N_("PEOPLE"), .width = 8,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("%s people")},
    [BOU_REASON] = {"reason", N_("REASON"), .width = 14, .min = 12, .flags = TABLE_SORT},
    [BOU_STATUS] = {"status", N_("STATUS"), .width = 7, .priority = 1, .flags = TABLE_SORT},
    [BOU_MEANING] = {"meaning", N_("MEANING"), .width = 30, .min = 8, .grow = 1, .priority = 2},
};

enum { COM_NAME, COM_STARTED, COM_PEOPLE, COM_ACCEPTED, COM_REFUSED, COM_BOUNCED, COM_COMPLAINED,
       COM_LEFT, COM_RATE, COM_TOOK, COM_COUNT };
static const struct table_column compare_columns[COM_COUNT] = {
    [COM_NAME] = {"name", N_("CAMPAIGN"), .width = 20, .min = 14, .grow = 1,
                  .flags = TABLE_SORT},
    [COM_STARTED] = {"started", N_("STARTED"), .width = 15, .priority = 7,
                     .flags = TABLE_SORT | TABLE_DESCENDING},
    [COM_PEOPLE] = {"people", N_("PEOPLE"), .width = 9, .priority = 2,
                    .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                    .plain = N_("people %s")},
    [COM_ACCEPTED] = {"accepted", N_("ACCEPTED"), .width = 8,
                      .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                      .plain = N_("accepted %s")},
    [COM_REFUSED] = {"refused", N_("REFUSED"), .width = 7, .priority = 1,
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                     .plain = N_("refused %s")},
    [COM_BOUNCED] = {"bounced", N_("BOUNCED"), .width = 7,
                     .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                     .plain = N_("bounced %s")},
    [COM_COMPLAINED] = {"spam", N_("SPAM"), .width = 6, .priority = 4,
                        .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                        .plain = N_("complained %s"), .help = N_("who complained")},
    [COM_LEFT] = {"left", N_("LEFT"), .width = 6, .priority = 3,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                  .plain = N_("unsubscribed %s"), .help = N_("who unsubscribed")},
    [COM_RATE] = {"rate", N_("RATE"), .width = 6, .priority = 5,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING},
    [COM_TOOK] = {"took", N_("TOOK"), .width = 7, .priority = 6,
                  .flags = TABLE_SORT | TABLE_RIGHT | TABLE_DESCENDING,
                  .plain = N_("took %s")},
};

/* ---- what empty pages say ---- */

static char *no_sums(void *data)
{
    return g_strdup("");
}

static char *no_domains(void *data)
{
    return g_strdup(_("No domains yet: they are counted when it starts."));
}

static char *no_providers(void *data)
{
    return g_strdup(_("Nothing to show yet."));
}

static char *no_replies(void *data)
{
    return g_strdup(_("No reply yet.\n\nWhat servers answer is counted here by its kind."));
}

static char *no_bounces(void *data)
{
    return g_strdup(_("Nothing came back.\n\n"
                      "Mail that returns to the campaign's mailbox is counted here by its "
                      "reason."));
}

static char *no_others(void *data)
{
    return g_strdup(_("Nothing to compare with yet.\n\n  c   choose campaigns"));
}

#define SPEC(of, sort_, kept_, empty_)                                                         \
    {                                                                                          \
        .name = "report", .kept = kept_, .columns = of, .n = G_N_ELEMENTS(of), .sort = sort_,  \
        .source = &source, .empty = empty_, .flags = TABLE_NO_MARKS                            \
    }

static gboolean load_summary(struct report *s, GError **error);
static gboolean load_domains(struct report *s, GError **error);
static gboolean load_providers(struct report *s, GError **error);
static gboolean load_replies(struct report *s, GError **error);
static gboolean load_bounces(struct report *s, GError **error);
static gboolean load_compare(struct report *s, GError **error);

static const struct {
    const char *label;
    enum report_part part; /* what of it is exported */
    gboolean (*load)(struct report *s, GError **error);
    struct table_spec spec;
} pages[REPORT_PAGE_COUNT] = {
    [REPORT_SUMMARY] = {N_("Summary"), REPORT_PART_SUMMARY, load_summary,
                        SPEC(sum_columns, NULL, "report-summary", no_sums)},
    [REPORT_DOMAINS] = {N_("Domains"), REPORT_PART_DOMAINS, load_domains,
                        SPEC(domain_columns, "people-", "report-domains", no_domains)},
    [REPORT_PROVIDERS] = {N_("Providers"), REPORT_PART_PROVIDERS, load_providers,
                          SPEC(provider_columns, "people-", "report-providers", no_providers)},
    [REPORT_REPLIES] = {N_("Replies"), REPORT_PART_REPLIES, load_replies,
                        SPEC(reply_columns, "times-", "report-replies", no_replies)},
    [REPORT_BOUNCES] = {N_("Bounces"), REPORT_PART_BOUNCES, load_bounces,
                        SPEC(bounce_columns, "people-", "report-bounces", no_bounces)},
    [REPORT_COMPARE] = {N_("Compare"), REPORT_PART_COMPARE, load_compare,
                        SPEC(compare_columns, NULL, "report-compare", no_others)},
};

const char *report_page_label(enum report_page p)
{
    return _(pages[p].label);
}

enum report_part report_page_part(enum report_page p)
{
    return pages[p].part;
}

void report_panes_init(struct report *s)
{
    s->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int p = 0; p < REPORT_PAGE_COUNT; p++) {
        table_memory_init(&s->panes[p].rows, &pages[p].spec);
        table_init(&s->panes[p].table, &pages[p].spec, &s->panes[p].rows, s->ui);
    }
}

void report_panes_clear(struct report *s)
{
    for (int p = 0; p < REPORT_PAGE_COUNT; p++) {
        table_clear(&s->panes[p].table);
        table_memory_clear(&s->panes[p].rows);
    }
    g_hash_table_unref(s->ids);
}

/* ---- rows ---- */

/* The same thing has the same number in each reading, so that the cursor stays on it. */
static gint64 id_of(struct report *s, const char *what)
{
    gpointer known = g_hash_table_lookup(s->ids, what);
    if (!known) {
        known = GSIZE_TO_POINTER(g_hash_table_size(s->ids) + 1);
        g_hash_table_insert(s->ids, g_strdup(what), known);
    }
    return (gint64)GPOINTER_TO_SIZE(known);
}

static void take(struct report *s, struct table_row *row)
{
    table_memory_take(&s->panes[s->page].rows, row);
}

char *report_percent(double share)
{
    if (share < 0)
        return g_strdup("-");
    if (share > 0 && share < 0.0005)
        return g_strdup(_("<0.1%"));
    if (share < 1 && share > 0.9995)
        return g_strdup(_(">99.9%"));
    return g_strdup_printf("%.1f%%", share * 100);
}

static void put_share(struct table_row *row, int column, double share)
{
    table_row_take(row, column, report_percent(share), (gint64)(share * 1e6));
}

/* "-" for none, so that what there is stands out. */
static void put_count(struct table_row *row, int column, gint64 n)
{
    table_row_take(row, column, words_number(n), n);
}

static enum term_role role_of_figure(enum report_figure f)
{
    switch (f) {
    case REPORT_ACCEPTED:
        return ROLE_OK;
    case REPORT_REFUSED:
    case REPORT_BOUNCED_HARD:
    case REPORT_COMPLAINED:
        return ROLE_ERROR;
    case REPORT_MAYBE:
        return ROLE_WARN;
    default:
        return ROLE_NORMAL;
    }
}

static gboolean load_summary(struct report *s, GError **error)
{
    for (int f = 0; f < REPORT_FIGURE_COUNT; f++) {
        enum report_figure figure = (enum report_figure)f;
        gint64 n = report_figure(&s->sums->counts, figure);
        double share = report_share(&s->sums->counts, figure);
        struct table_row *row = table_row_new(f + 1, SUM_COUNT);
        table_row_role(row, SUM_WHAT, n > 0 ? role_of_figure(figure) : ROLE_NORMAL,
                       _(report_figure_label(figure)));
        put_count(row, SUM_PEOPLE, n);
        if (share >= 0)
            put_share(row, SUM_SHARE, share);
        if (share >= 0 && s->n_mean > 0)
            put_share(row, SUM_USUAL, s->mean[f]);
        if (share > 0 && !ui_is_accessible(s->ui)) {
            g_autofree char *bar = chart_bar_text(BAR, share);
            table_row_role(row, SUM_BAR, ROLE_BAR_FULL, bar);
        }
        take(s, row);
    }
    return TRUE;
}

static struct table_row *domain_row(struct report *s, const struct report_domain *d)
{
    g_autofree char *what = g_strconcat("@", d->name, NULL);
    struct table_row *row = table_row_new(id_of(s, what), REPORT_CELL_PROVIDERS);
    table_row_set(row, DOM_NAME, d->label);
    table_row_set(row, REPORT_CELL_PROVIDER, d->name);
    put_count(row, DOM_PEOPLE, d->total);
    put_count(row, DOM_ACCEPTED, d->accepted);
    put_count(row, DOM_REFUSED, d->refused);
    put_count(row, DOM_BOUNCED, d->bounced);
    put_count(row, DOM_PUT_OFF, d->deferrals);
    put_count(row, DOM_MAYBE, d->uncertain);
    return row;
}

static gboolean load_domains(struct report *s, GError **error)
{
    g_autoptr(GPtrArray) all =
        report_domains(ui_db(s->ui), s->sums->id, REPORT_DOMAINS_SHOWN, s->bounced, &s->others,
                       error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct report_domain *d = all->pdata[i];
        struct table_row *row = domain_row(s, d);
        const struct provider *p =
            s->providers ? report_provider_of(ui_db(s->ui), s->providers, d->name) : NULL;
        table_row_set(row, DOM_PROVIDER, p ? p->name : "-");
        take(s, row);
    }
    return all != NULL;
}

static gint64 number(const struct json *row, const char *key)
{
    return json_member_int(row, key, 0);
}

/* What the child answered. */
static void take_counted(struct report *s)
{
    for (gsize i = 0; i < json_size(s->counted); i++) {
        const struct json *j = json_at(s->counted, i);
        const char *name = json_member_string(j, "provider");
        const char *label = json_member_string(j, "label");
        struct report_domain d = {.name = (char *)(name ? name : ""),
                                  .label = (char *)(label ? label : ""),
                                  .domains = number(j, "domains"),
                                  .total = number(j, "total"),
                                  .accepted = number(j, "accepted"),
                                  .refused = number(j, "refused"),
                                  .uncertain = number(j, "uncertain"),
                                  .deferrals = number(j, "deferrals"),
                                  .bounced = number(j, "bounced")};
        struct table_row *row = domain_row(s, &d);
        put_count(row, DOM_PROVIDER, d.domains);
        take(s, row);
    }
}

static gboolean load_providers(struct report *s, GError **error)
{
    GError *own = NULL;
    g_autoptr(GPtrArray) all =
        s->providers ? report_providers(ui_db(s->ui), s->sums->id, s->providers,
                                        s->bounced, DOMAINS_AT_ONCE, &own)
                     : NULL;
    if (own) {
        g_propagate_error(error, own);
        return FALSE;
    }
    for (guint i = 0; all && i < all->len; i++) {
        const struct report_domain *d = all->pdata[i];
        struct table_row *row = domain_row(s, d);
        put_count(row, DOM_PROVIDER, d->domains);
        take(s, row);
    }
    if (!all && s->counted)
        take_counted(s);
    else if (!all && s->providers)
        report_count_providers(s);
    return TRUE;
}

static gboolean load_replies(struct report *s, GError **error)
{
    g_autoptr(GPtrArray) all =
        counters_replies(ui_db(s->ui), s->sums->id, REPLIES_SHOWN, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct reply_count *r = all->pdata[i];
        enum delivery_state state = (enum delivery_state)r->state;
        g_autofree char *what =
            g_strdup_printf("%d %d %s", r->state, r->code, r->enhanced ? r->enhanced : "");
        struct table_row *row = table_row_new(id_of(s, what), REPORT_CELL_REPLIES);
        table_row_role(row, REP_STATE, words_delivery_role(state), words_delivery_state(state));
        put_count(row, REP_PEOPLE, r->count);
        if (r->code > 0)
            table_row_format(row, REP_CODE, "%d", r->code);
        else
            table_row_set(row, REP_CODE, "-");
        table_row_set(row, REP_STATUS, r->enhanced);
        table_row_set(row, REP_TEXT, r->reply && *r->reply ? r->reply : _("no reply"));
        table_row_format(row, REPORT_CELL_CODE, "%d", r->code);
        table_row_set(row, REPORT_CELL_ENHANCED, r->enhanced);
        take(s, row);
    }
    return all != NULL;
}

static gboolean load_bounces(struct report *s, GError **error)
{
    g_autoptr(GPtrArray) all = bounced_groups(ui_db(s->ui), s->sums->id, BOUNCES_SHOWN, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct bounced_group *g = all->pdata[i];
        enum bounce_reason reason = BOUNCE_UNKNOWN;
        enum bounce_class class = BOUNCE_NONE;
        g_autofree char *what = g_strjoin(" ", g->class, g->reason, g->status, NULL);
        struct table_row *row = table_row_new(id_of(s, what), REPORT_CELL_BOUNCES);
        bounce_reason_parse(g->reason, &reason);
        bounce_class_parse(g->class, &class);
        table_row_role(row, BOU_CLASS, class == BOUNCE_HARD ? ROLE_ERROR : ROLE_NORMAL,
                       _(bounce_class_label(class)));
        put_count(row, BOU_PEOPLE, g->n);
        table_row_set(row, BOU_REASON, g->reason);
        table_row_set(row, BOU_STATUS, *g->status ? g->status : "-");
        table_row_set(row, BOU_MEANING, _(bounce_reason_row(reason)->help));
        table_row_set(row, REPORT_CELL_CLASS, g->class);
        table_row_set(row, REPORT_CELL_REASON, g->reason);
        table_row_set(row, REPORT_CELL_STATUS, g->status);
        take(s, row);
    }
    return all != NULL;
}

/* ---- beside each other ---- */

static void put_compared(struct report *s, const struct report_sums *sums)
{
    static const enum report_figure shares[] = {REPORT_ACCEPTED, REPORT_REFUSED};
    const struct campaign_counts *c = &sums->counts;
    gint64 end_us = sums->finished_us > 0 ? sums->finished_us : sums->last_us;
    gint64 took_s = MAX((end_us - sums->started_us) / CLOCK_SECOND_US, 0);
    struct table_row *row = table_row_new(id_of(s, sums->name), REPORT_CELL_COMPARED);
    table_row_set(row, COM_NAME, *sums->title ? sums->title : sums->name);
    table_row_take(row, COM_STARTED, words_when(sums->started_us, ui_now_us(s->ui)),
                   sums->started_us);
    put_count(row, COM_PEOPLE, sums->people);
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++)
        put_share(row, COM_ACCEPTED + (int)i, report_share(c, shares[i]));
    put_share(row, COM_BOUNCED, report_share(c, REPORT_BOUNCED_HARD) +
                                    report_share(c, REPORT_BOUNCED_SOFT));
    put_share(row, COM_COMPLAINED, report_share(c, REPORT_COMPLAINED));
    put_share(row, COM_LEFT, report_share(c, REPORT_UNSUBSCRIBED));
    table_row_take(row, COM_RATE, words_rate(sums->per_s), (gint64)(sums->per_s * 1000));
    table_row_take(row, COM_TOOK, end_us > 0 ? words_span(took_s) : g_strdup("-"), took_s);
    table_row_set(row, REPORT_CELL_CAMPAIGN, sums->name);
    take(s, row);
}

static void put_mean(struct report *s)
{
    struct table_row *row = table_row_new(id_of(s, " mean"), REPORT_CELL_COMPARED);
    table_row_format(row, COM_NAME,
                     ngettext("the last %d that ended", "mean of the last %d that ended",
                              (gulong)s->n_mean),
                     s->n_mean);
    put_share(row, COM_ACCEPTED, s->mean[REPORT_ACCEPTED]);
    put_share(row, COM_REFUSED, s->mean[REPORT_REFUSED]);
    put_share(row, COM_BOUNCED, s->mean[REPORT_BOUNCED_HARD] + s->mean[REPORT_BOUNCED_SOFT]);
    put_share(row, COM_COMPLAINED, s->mean[REPORT_COMPLAINED]);
    put_share(row, COM_LEFT, s->mean[REPORT_UNSUBSCRIBED]);
    take(s, row);
}

static gboolean load_compare(struct report *s, GError **error)
{
    put_compared(s, s->sums);
    for (guint i = 0; i < s->with->len; i++) {
        struct report_sums *other = report_sums(ui_db(s->ui), s->with->pdata[i], NULL);
        if (other) /* it was deleted since */
            put_compared(s, other);
        report_sums_free(other);
    }
    if (s->n_mean > 0)
        put_mean(s);
    return TRUE;
}

/* ---- for the view ---- */

gboolean report_page_load(struct report *s, GError **error)
{
    struct report_pane *pane = &s->panes[s->page];
    table_memory_begin(&pane->rows);
    gboolean ok = pages[s->page].load(s, error);
    table_load(&pane->table);
    return ok;
}

const struct table_row *report_row(struct report *s)
{
    const struct table *t = &s->panes[s->page].table;
    const struct table_row *row = table_current(t);
    /* The table's own copy has the columns only. */
    return row ? table_memory_find(&s->panes[s->page].rows, row->id) : NULL;
}

char *report_row_words(struct report *s)
{
    const struct table_row *row = report_row(s);
    if (!row)
        return NULL;
    if (s->page == REPORT_SUMMARY)
        return g_strdup(_(report_figure_help((enum report_figure)(row->id - 1))));
    if (s->page == REPORT_REPLIES)
        return g_strdup(row->cells[REP_TEXT].text);
    if (s->page == REPORT_BOUNCES)
        return g_strdup(row->cells[BOU_MEANING].text);
    return NULL;
}
