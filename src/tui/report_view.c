/*
 * The view of one campaign's report: its life and what can be done from here. Its pages are
 * report_pages.c's, its pictures report_draw.c's, what Enter does report_open.c's.
 */
#include "config.h"

#include "tui/report_view.h"

#include <string.h>

#include "app/provider_table.h"
#include "base/i18n.h"
#include "tui/live.h"
#include "tui/menu.h"
#include "tui/pager_dialog.h"
#include "tui/report_private.h"
#include "tui/saving.h"
#include "tui/ui.h"
#include "tui/words.h"

/* ---- reading ---- */

static gboolean keep(GPtrArray **place, GPtrArray *fresh)
{
    if (!fresh)
        return FALSE;
    g_clear_pointer(place, g_ptr_array_unref);
    *place = fresh;
    return TRUE;
}

static gboolean read_tops(struct report *s, GError **error)
{
    struct db *db = ui_db(s->ui);
    gint64 id = s->sums->id;
    return keep(&s->top_domains,
                report_domains(db, id, REPORT_TOP, s->bounced, NULL, error)) &&
           keep(&s->top_replies, counters_replies(db, id, REPORT_TOP, error)) &&
           keep(&s->top_bounces, bounced_groups(db, id, REPORT_TOP, error));
}

static gboolean read_sums(struct report *s, GError **error)
{
    struct db *db = ui_db(s->ui);
    struct report_sums *sums = report_sums(db, s->name, error);
    gint64 wide = 1;
    if (!sums)
        return FALSE;
    report_sums_free(s->sums);
    s->sums = sums;
    if (!report_average(db, sums->id, REPORT_AVERAGE_OF, s->mean, &s->n_mean, error))
        return FALSE;
    if (s->page != REPORT_SUMMARY)
        return TRUE;
    GArray *course = report_course(db, sums, REPORT_SLOTS, &wide, error);
    if (!course)
        return FALSE;
    g_clear_pointer(&s->course, g_array_unref);
    s->course = course;
    s->slot_minutes = wide;
    return TRUE;
}

/* Only where it is shown, and when there are more than before. */
static gboolean read_bounced(struct report *s, GError **error)
{
    gboolean is_shown = s->page == REPORT_DOMAINS || s->page == REPORT_PROVIDERS ||
                        s->page == REPORT_SUMMARY;
    if (!is_shown || (s->bounced && s->n_bounced == s->sums->bounced))
        return TRUE;
    GHashTable *fresh = bounced_domains(ui_db(s->ui), s->sums->id, error);
    if (!fresh)
        return FALSE;
    g_clear_pointer(&s->bounced, g_hash_table_unref);
    s->bounced = fresh;
    s->n_bounced = s->sums->bounced;
    return TRUE;
}

static void load(struct view *v)
{
    struct report *s = v->state;
    g_autoptr(GError) error = NULL;
    if (!read_sums(s, &error) || !read_bounced(s, &error) ||
        (s->page == REPORT_SUMMARY && !read_tops(s, &error)) || !report_page_load(s, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
}

static void close_report(struct view *v)
{
    struct report *s = v->state;
    task_drop(s->task);
    report_panes_clear(s);
    report_sums_free(s->sums);
    providers_free(s->providers);
    g_clear_pointer(&s->course, g_array_unref);
    g_clear_pointer(&s->bounced, g_hash_table_unref);
    g_clear_pointer(&s->top_domains, g_ptr_array_unref);
    g_clear_pointer(&s->top_replies, g_ptr_array_unref);
    g_clear_pointer(&s->top_bounces, g_ptr_array_unref);
    g_ptr_array_unref(s->with);
    json_unref(s->counted);
    g_free(s->name);
    g_free(s->hint);
}

static gboolean open_report(struct view *v, const void *arg, GError **error)
{
    struct report *s = v->state;
    s->ui = v->ui;
    s->sums = report_sums(ui_db(v->ui), arg, error);
    if (!s->sums)
        return FALSE;
    s->name = g_strdup(arg);
    s->with = g_ptr_array_new_with_free_func(g_free);
    report_panes_init(s);
    /* A broken file of the workspace is told by the check; here only its grouping is missing. */
    s->providers = provider_table_read(ui_workspace(v->ui), ui_db(v->ui), NULL);
    return TRUE;
}

/* ---- the providers of a campaign with many domains ---- */

static void counting(gint64 done, gint64 total, void *data)
{
    struct report *s = data;
    s->done = done;
    s->total = total;
    ui_redraw(s->ui);
}

static void counted(const struct task_result *r, void *data)
{
    struct report *s = data;
    g_autoptr(GError) error = NULL;
    s->task = NULL;
    struct json *all = r->exit_code == 0 ? json_parse(r->out, r->out_len, &error) : NULL;
    if (!all) {
        ui_fail_text(s->ui, "%s", error ? error->message : r->error);
        return;
    }
    json_unref(s->counted);
    s->counted = all;
    s->counted_us = ui_now_us(s->ui);
    ui_reload(s->ui);
}

void report_count_providers(struct report *s)
{
    static const struct task_calls calls = {.progress = counting, .done = counted};
    const char *const args[] = {"campaign", "report", s->name, "--part", "providers", "--json",
                                NULL};
    g_autoptr(GError) error = NULL;
    if (s->task)
        return;
    s->task = task_start(s->ui, args, NULL, &calls, s, &error);
    if (!s->task)
        ui_fail(s->ui, g_steal_pointer(&error));
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    const struct report *s = v->state;
    return g_strdup_printf(_("Reports > %s"), *s->sums->title ? s->sums->title : s->name);
}

static char *note(struct view *v)
{
    const struct report *s = v->state;
    return g_strdup(words_campaign_state(s->sums->state));
}

static const char *hint(struct view *v)
{
    struct report *s = v->state;
    const char *own = table_hint(&s->panes[s->page].table);
    if (own)
        return own;
    g_free(s->hint);
    s->hint = report_row_words(s);
    return s->hint;
}

/* ---- what can be done ---- */

static void turn(struct view *v, int by)
{
    struct report *s = v->state;
    s->page = (enum report_page)(((int)s->page + by + REPORT_PAGE_COUNT) % REPORT_PAGE_COUNT);
    load(v);
    ui_redraw(v->ui);
}

static void run_next(struct view *v)
{
    turn(v, 1);
}

static void run_before(struct view *v)
{
    turn(v, -1);
}

static void run_read(struct view *v)
{
    struct report *s = v->state;
    g_clear_pointer(&s->counted, json_unref);
    load(v);
    ui_redraw(v->ui);
}

static void run_live(struct view *v)
{
    const struct report *s = v->state;
    ui_push(v->ui, live_view(), s->name);
}

static const char *no_row(struct view *v)
{
    return report_row(v->state) ? NULL : _("There is nothing under the cursor.");
}

/* ---- compare ---- */

static gboolean has(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (strcmp(names->pdata[i], name) == 0)
            return TRUE;
    return FALSE;
}

static void take_chosen(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    struct report *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = report_campaigns(ui_db(ui), &error);
    if (!all) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    g_ptr_array_set_size(s->with, 0);
    for (guint i = 0; i < all->len; i++) {
        const struct campaign_brief *b = all->pdata[i];
        for (int k = 0; k < n; k++)
            if (ids[k] == b->id)
                g_ptr_array_add(s->with, g_strdup(b->name));
    }
    s->page = REPORT_COMPARE;
    load(v);
    ui_redraw(ui);
}

static void run_compare(struct view *v)
{
    struct report *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = report_campaigns(ui_db(v->ui), &error);
    if (!all) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    g_autofree struct menu_item *items = g_new0(struct menu_item, all->len + 1);
    int n = 0;
    for (guint i = 0; i < all->len; i++) {
        const struct campaign_brief *b = all->pdata[i];
        if (b->id != s->sums->id)
            items[n++] = (struct menu_item){.label = *b->title ? b->title : b->name,
                                            .detail = words_campaign_state(b->state),
                                            .id = b->id,
                                            .is_marked = has(s->with, b->name)};
    }
    const struct menu m = {.title = _("Compare with"),
                           .text = _("Space marks, Enter takes all that are marked."),
                           .empty = _("No other campaign has begun yet."),
                           .items = items,
                           .n = n,
                           .flags = MENU_MULTI};
    menu_ask(v->ui, &m, take_chosen, v, NULL);
}

/* ---- export ---- */

struct export {
    char *name;      /* owned */
    GPtrArray *with; /* owned; of char *, NULL-ended */
    enum report_part part; /* REPORT_PART_COUNT: everything, as JSON */
};

static void export_free(gpointer p)
{
    struct export *x = p;
    g_free(x->name);
    g_ptr_array_unref(x->with);
    g_free(x);
}

static void write_report(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const struct export *x = data;
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    const char *const begin[] = {"campaign", "report", x->name};
    for (gsize i = 0; i < G_N_ELEMENTS(begin); i++)
        g_ptr_array_add(args, (gpointer)begin[i]);
    for (guint i = 0; x->with->pdata[i]; i++) {
        g_ptr_array_add(args, (gpointer) "--with");
        g_ptr_array_add(args, x->with->pdata[i]);
    }
    if (x->part < REPORT_PART_COUNT) {
        g_ptr_array_add(args, (gpointer) "--part");
        g_ptr_array_add(args, (gpointer)report_part_name(x->part));
        g_ptr_array_add(args, (gpointer) "--csv");
    } else {
        g_ptr_array_add(args, (gpointer) "--json");
        g_ptr_array_add(args, (gpointer) "--output");
    }
    g_ptr_array_add(args, (gpointer)path);
    if (may_overwrite)
        g_ptr_array_add(args, (gpointer) "--force");
    g_ptr_array_add(args, NULL);
    pager_dialog_run(ui, _("Export"), (const char *const *)args->pdata, 0);
}

static void ask_file(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    const struct report *s = v->state;
    struct export *x = g_new0(struct export, 1);
    x->part = (enum report_part)ids[0];
    x->name = g_strdup(s->name);
    x->with = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < s->with->len; i++)
        g_ptr_array_add(x->with, g_strdup(s->with->pdata[i]));
    g_ptr_array_add(x->with, NULL);
    gboolean is_part = x->part < REPORT_PART_COUNT;
    g_autofree char *file =
        is_part ? g_strdup_printf("%s-%s.csv", s->name, report_part_name(x->part))
                : g_strdup_printf("%s-report.json", s->name);
    g_autofree char *value = g_build_filename(g_get_home_dir(), file, NULL);
    const struct dialog_line q = {.title = _("Export"),
                                  .text = is_part ? _("This part as CSV. The file:")
                                                  : _("The whole report as JSON. The file:"),
                                  .label = _("File"),
                                  .value = value};
    saving_ask(ui, &q, NULL, write_report, x, export_free);
}

static void run_export(struct view *v)
{
    static const struct {
        enum report_part part;
        const char *label, *detail;
    } choices[] = {
        {REPORT_PART_SUMMARY, N_("Summary"), N_("CSV: sums, shares and the usual shares")},
        {REPORT_PART_DOMAINS, N_("Domains"), N_("CSV: all of them")},
        {REPORT_PART_PROVIDERS, N_("Providers"), N_("CSV")},
        {REPORT_PART_REPLIES, N_("Replies"), N_("CSV: each kind, how often, with a sample")},
        {REPORT_PART_BOUNCES, N_("Bounces"), N_("CSV: each reason, how many people")},
        {REPORT_PART_MINUTES, N_("Minutes"), N_("CSV: what was accepted and refused when")},
        {REPORT_PART_COMPARE, N_("Compare"), N_("CSV: a line a campaign")},
        {REPORT_PART_COUNT, N_("Everything"), N_("JSON")},
    };
    struct menu_item items[G_N_ELEMENTS(choices)];
    const struct report *s = v->state;
    for (gsize i = 0; i < G_N_ELEMENTS(choices); i++)
        items[i] = (struct menu_item){.label = _(choices[i].label),
                                      .detail = _(choices[i].detail),
                                      .id = choices[i].part,
                                      .is_marked =
                                          choices[i].part == report_page_part(s->page)};
    const struct menu m = {
        .title = _("Export"), .items = items, .n = (int)G_N_ELEMENTS(items)};
    menu_ask(v->ui, &m, ask_file, v, NULL);
}

/* ---- keys ---- */

static struct table *report_table(struct view *v)
{
    struct report *s = v->state;
    return &s->panes[s->page].table;
}

static gboolean key(struct view *v, const struct term_event *e)
{
    enum table_result did = table_event(report_table(v), e);
    if (did == TABLE_OPEN)
        report_row_open(v);
    return did > TABLE_IGNORED;
}

TABLE_COMMANDS(report, report_table)
TABLE_COPY_COMMAND(report, report_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("people"), N_("who is behind this row"), N_("THIS ROW"),
     "campaign deliveries", no_row, report_row_open},
    {"next", ']', 0, N_("next page"), N_("show the next page"), N_("REPORT"), NULL, NULL,
     run_next},
    {"before", '[', 0, NULL, N_("show the page before"), NULL, NULL, NULL, run_before},
    {"compare", 'c', 0, N_("compare.."), N_("put other campaigns beside it"), NULL,
     "campaign report", NULL, run_compare},
    {"export", 'x', 'e', N_("export.."), N_("write it to a file, as CSV or JSON"), NULL,
     "campaign report", NULL, run_export},
    {"live", 'v', 0, N_("live"), N_("see it while it is sent"), NULL, "status", NULL, run_live},
    {"read", 'r', TK_F5, NULL, N_("read it again"), NULL, "campaign report", NULL, run_read},
    TABLE_ACTIONS(report),
    TABLE_COPY_ACTION(report),
    {NULL},
};

const struct view_ops *report_view(void)
{
    static const struct view_ops ops = {.name = "report",
                                        .state_size = sizeof(struct report),
                                        .open = open_report,
                                        .close = close_report,
                                        .load = load,
                                        .title = title,
                                        .note = note,
                                        .draw = report_draw,
                                        .draw_plain = report_draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
