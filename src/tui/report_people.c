/*
 * The people behind a row of a report. Those of whom something came back are found by an index;
 * by domain or reply the whole ledger is looked at, which a child does.
 */
#include "config.h"

#include "tui/report_people.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/bounce.h"
#include "store/campaigns.h"
#include "tui/chart.h"
#include "tui/person.h"
#include "tui/table.h"
#include "tui/table_memory.h"
#include "tui/task.h"
#include "tui/ui.h"
#include "tui/words.h"

#define SHOWN_MAX 2000
#define ASKED_MAX_TEXT "2001" /* one more tells whether there are more */

enum column { COL_ADDRESS, COL_WHAT, COL_WHEN, COL_STATUS, COL_TEXT, COL_COUNT };

static const struct table_column columns[COL_COUNT] = {
    [COL_ADDRESS] = {"address", N_("ADDRESS"), .width = 30, .min = 28, .grow = 2,
                     .flags = TABLE_SORT},
    [COL_WHAT] = {"what", N_("WHAT"), .width = 12, .min = 10, .flags = TABLE_SORT},
    [COL_WHEN] = {"when", N_("WHEN"), .width = 15, .priority = 2,
                  .flags = TABLE_SORT | TABLE_DESCENDING},
    [COL_STATUS] = {"status", N_("STATUS"), .width = 7, .priority = 3, .flags = TABLE_SORT},
    [COL_TEXT] = {"text", N_("THEIR WORDS"), .width = 20, .min = 14, .grow = 3, .priority = 1},
};

struct report_people {
    struct ui *ui;
    struct table table;
    struct table_memory rows;
    char *campaign, *heading, *domain, *enhanced; /* owned */
    char *class, *reason, *status;                /* owned */
    int effects, code;
    gint64 campaign_id;
    gboolean is_cut; /* there are more */
    struct task *task;
    gint64 done, total;
    char *hint; /* owned */
};

static const struct table_source source = TABLE_MEMORY_SOURCE;

static char *empty(void *data)
{
    return g_strdup(_("Nobody."));
}

static const struct table_spec spec = {.name = "report-people",
                                       .columns = columns,
                                       .n = COL_COUNT,
                                       .source = &source,
                                       .empty = empty,
                                       .flags = TABLE_NO_MARKS};

/* The table sorts and searches what it has, as if that were all. */
static void say_cut(const struct report_people *s)
{
    if (s->is_cut)
        ui_say(s->ui,
               _("Here are the first %d, and only they are sorted and searched. All of them: "
                 "crier campaign deliveries %s"),
               SHOWN_MAX, s->campaign);
}

/* ---- what came back ---- */

static const char *word_of(const struct said *x)
{
    enum bounce_class class = BOUNCE_NONE;
    enum mail_kind kind = MAIL_OTHER;
    if (x->effects & (SAID_HARD | SAID_SOFT)) {
        bounce_class_parse(x->class, &class);
        return _(bounce_class_label(class));
    }
    if (x->effects & SAID_COMPLAINED)
        return _("complained");
    if (x->effects & SAID_UNSUBSCRIBED)
        return _("unsubscribed");
    mail_kind_parse(x->kind, &kind);
    return _(mail_kind_label(kind));
}

static struct table_row *said_row(const struct report_people *s, const struct said *x)
{
    struct table_row *row = table_row_new(x->id, COL_COUNT);
    table_row_set(row, COL_ADDRESS, x->address);
    table_row_role(row, COL_WHAT, x->effects & SAID_HARD ? ROLE_ERROR : ROLE_NORMAL,
                   word_of(x));
    table_row_take(row, COL_WHEN, words_when(x->at_us, ui_now_us(s->ui)), x->at_us);
    table_row_set(row, COL_STATUS, x->status);
    table_row_set(row, COL_TEXT, x->text && *x->text ? x->text : x->reason);
    return row;
}

static gboolean read_said(struct report_people *s, GError **error)
{
    const struct bounced_who who = {s->effects, s->class, s->reason, s->status};
    g_autoptr(GPtrArray) all =
        bounced_page(ui_db(s->ui), s->campaign_id, &who, 0, SHOWN_MAX + 1, error);
    if (!all)
        return FALSE;
    table_memory_begin(&s->rows);
    for (guint i = 0; i < all->len && i < SHOWN_MAX; i++)
        table_memory_take(&s->rows, said_row(s, all->pdata[i]));
    s->is_cut = all->len > SHOWN_MAX;
    table_load(&s->table);
    say_cut(s);
    return TRUE;
}

/* ---- the ledger, by a child ---- */

static gint64 time_of(const char *text)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) t = text ? g_date_time_new_from_iso8601(text, utc) : NULL;
    return t ? g_date_time_to_unix(t) * CLOCK_SECOND_US : 0;
}

static struct table_row *delivery_row(const struct report_people *s, const struct json *j,
                                      gint64 id)
{
    struct table_row *row = table_row_new(id, COL_COUNT);
    enum delivery_state state = DELIVERY_QUEUED;
    const char *name = json_member_string(j, "state"), *reply = json_member_string(j, "reply");
    gint64 at_us = time_of(json_member_string(j, "time")), code = json_member_int(j, "code", 0);
    delivery_state_parse(name ? name : "", &state);
    table_row_set(row, COL_ADDRESS, json_member_string(j, "address"));
    table_row_role(row, COL_WHAT, words_delivery_role(state), words_delivery_state(state));
    table_row_take(row, COL_WHEN, words_when(at_us, ui_now_us(s->ui)), at_us);
    table_row_set(row, COL_STATUS, json_member_string(j, "enhanced"));
    if (code > 0)
        table_row_format(row, COL_TEXT, "%" PRId64 " %s", code, reply ? reply : "");
    else
        table_row_set(row, COL_TEXT, reply);
    return row;
}

static void progress(gint64 done, gint64 total, void *data)
{
    struct report_people *s = data;
    s->done = done;
    s->total = total;
    ui_redraw(s->ui);
}

static void done(const struct task_result *r, void *data)
{
    struct report_people *s = data;
    g_autoptr(GError) error = NULL;
    s->task = NULL;
    struct json *all = r->exit_code == 0 ? json_parse(r->out, r->out_len, &error) : NULL;
    if (!all) {
        ui_fail_text(s->ui, "%s", error ? error->message : r->error);
        ui_redraw(s->ui);
        return;
    }
    gsize n = json_size(all);
    table_memory_begin(&s->rows);
    for (gsize i = 0; i < n && i < SHOWN_MAX; i++)
        table_memory_take(&s->rows, delivery_row(s, json_at(all, i), (gint64)i + 1));
    s->is_cut = n > SHOWN_MAX;
    json_unref(all);
    table_load(&s->table);
    say_cut(s);
    ui_redraw(s->ui);
}

static gboolean start(struct report_people *s, GError **error)
{
    static const struct task_calls calls = {.progress = progress, .done = done};
    const char *args[16] = {"campaign", "deliveries", s->campaign, "--json", "--limit",
                            ASKED_MAX_TEXT};
    g_autofree char *code = g_strdup_printf("%d", s->code);
    int n = 6;
    if (s->domain) {
        args[n++] = "--domain";
        args[n++] = s->domain;
    }
    if (s->code >= 0) {
        args[n++] = "--code";
        args[n++] = code;
    }
    if (s->code >= 0 && s->enhanced) {
        args[n++] = "--enhanced";
        args[n++] = s->enhanced;
    }
    s->task = task_start(s->ui, args, NULL, &calls, s, error);
    return s->task != NULL;
}

static gboolean read_all(struct report_people *s, GError **error)
{
    if (s->effects)
        return read_said(s, error);
    return s->task || start(s, error);
}

/* ---- life ---- */

static void close_people(struct view *v)
{
    struct report_people *s = v->state;
    char **texts[] = {&s->campaign, &s->heading, &s->domain, &s->enhanced,
                      &s->class,    &s->reason,  &s->status, &s->hint};
    task_drop(s->task);
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*texts[i]);
}

static gboolean open_people(struct view *v, const void *arg, GError **error)
{
    const struct report_people_arg *a = arg;
    struct report_people *s = v->state;
    struct campaign c;
    if (!campaigns_get(ui_db(v->ui), a->campaign, &c, error))
        return FALSE;
    s->campaign_id = c.id;
    campaign_clear(&c);
    s->ui = v->ui;
    s->campaign = g_strdup(a->campaign);
    s->heading = g_strdup(a->heading);
    s->domain = g_strdup(a->domain);
    s->enhanced = g_strdup(a->enhanced);
    s->class = g_strdup(a->who.class);
    s->reason = g_strdup(a->who.reason);
    s->status = g_strdup(a->who.status);
    s->effects = a->who.effects;
    s->code = a->code;
    table_memory_init(&s->rows, &spec);
    table_init(&s->table, &spec, &s->rows, v->ui);
    if (read_all(s, error))
        return TRUE;
    close_people(v);
    return FALSE;
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    const struct report_people *s = v->state;
    return g_strdup_printf("%s > %s", s->campaign, s->heading);
}

static char *note(struct view *v)
{
    struct report_people *s = v->state;
    if (s->task) {
        g_autofree char *percent = chart_percent(s->done, s->total);
        return s->total > 0 ? g_strdup_printf(_("looking, %s"), percent)
                            : g_strdup(_("looking.."));
    }
    return s->is_cut ? g_strdup_printf(_("the first %d"), SHOWN_MAX)
                     : g_strdup(table_counts(&s->table));
}

static const char *hint(struct view *v)
{
    struct report_people *s = v->state;
    const char *own = table_hint(&s->table);
    const struct table_row *row = table_current(&s->table);
    if (own)
        return own;
    return row ? row->cells[COL_TEXT].text : NULL;
}

static void draw(struct view *v, struct rect r)
{
    struct report_people *s = v->state;
    if (s->task && !table_current(&s->table)) {
        draw_text(r, 1, 1, ROLE_NORMAL, _("Looking through the ledger. Esc stops it."));
        draw_cursor(r, 1, 1);
        return;
    }
    if (ui_is_accessible(v->ui))
        table_draw_plain(&s->table, r, TRUE);
    else
        table_draw(&s->table, r, TRUE);
}

/* ---- what can be done ---- */

static const char *nobody(struct view *v)
{
    struct report_people *s = v->state;
    return table_current(&s->table) ? NULL : _("There is nobody under the cursor.");
}

static void run_open(struct view *v)
{
    struct report_people *s = v->state;
    const char *address = table_current(&s->table)->cells[COL_ADDRESS].text;
    if (*address)
        ui_push(v->ui, person_view(), address);
}

static void run_read(struct view *v)
{
    struct report_people *s = v->state;
    g_autoptr(GError) error = NULL;
    if (!read_all(s, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    ui_redraw(v->ui);
}

static struct table *people_table(struct view *v)
{
    return &((struct report_people *)v->state)->table;
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct report_people *s = v->state;
    enum table_result did = table_event(&s->table, e);
    if (did == TABLE_OPEN && !nobody(v))
        run_open(v);
    return did > TABLE_IGNORED;
}

TABLE_COMMANDS(report_people, people_table)
TABLE_COPY_COMMAND(report_people, people_table)

static const struct action actions[] = {
    {"open", TK_ENTER, 0, N_("open"), N_("the card of this person: all mail, and what came back"),
     N_("THIS PERSON"), "people show", nobody, run_open},
    {"read", 'r', TK_F5, N_("read again"), N_("look again"), N_("TABLE"), "campaign deliveries",
     NULL, run_read},
    TABLE_ACTIONS(report_people),
    TABLE_COPY_ACTION(report_people),
    {NULL},
};

const struct view_ops *report_people_view(void)
{
    static const struct view_ops ops = {.name = "report-people",
                                        .state_size = sizeof(struct report_people),
                                        .open = open_people,
                                        .close = close_people,
                                        .title = title,
                                        .note = note,
                                        .draw = draw,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
