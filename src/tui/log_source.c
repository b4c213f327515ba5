/*
 * Pages of the log and of the audit as rows of tables. What passes a filter is looked for line
 * by line; nothing of it is kept.
 */
#include "config.h"

#include "tui/log_source.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/audit.h"

#define PAGE 200
#define AUDIT_SCAN_MAX 100000 /* rows, in one go */

static const struct table_column log_columns[LOG_COLUMN_COUNT] = {
    [LOG_TIME] = {"time", N_("TIME"), .width = 11},
    [LOG_LEVEL] = {"level", N_("LEVEL"), .width = 7, .priority = 2},
    [LOG_WHERE] = {"where", N_("WHERE"), .width = 14, .min = 8, .priority = 3,
                   .help = N_("the part of crier, and the number of its process")},
    [LOG_TEXT] = {"text", N_("TEXT"), .width = 40, .min = 10, .grow = 1},
};

static const struct table_column audit_columns[AUDIT_COLUMN_COUNT] = {
    [AUDIT_TIME] = {"time", N_("TIME"), .width = 11},
    [AUDIT_WHO] = {"who", N_("WHO"), .width = 10, .min = 8},
    [AUDIT_WHAT] = {"what", N_("WHAT"), .width = 18, .min = 12},
    [AUDIT_NAME] = {"name", N_("NAME"), .width = 13, .min = 8, .grow = 1, .priority = 1},
    [AUDIT_DETAIL] = {"detail", N_("DETAIL"), .width = 18, .min = 8, .grow = 2, .priority = 2},
};

static const char *const level_words[LOG_LEVEL_COUNT] = {
    N_("everything"), N_("info and up"), N_("notice and up"), N_("warning and up"),
    N_("errors only")};

static const enum term_role level_roles[LOG_LEVEL_COUNT] = {
    [LOG_LEVEL_DEBUG] = ROLE_MUTED,
    [LOG_LEVEL_WARNING] = ROLE_WARN,
    [LOG_LEVEL_ERROR] = ROLE_ERROR,
};

const char *log_level_words(int level)
{
    return _(level_words[CLAMP(level, 0, LOG_LEVEL_COUNT - 1)]);
}

gboolean log_source_open(struct log_source *s, struct ui *ui, GError **error)
{
    s->ui = ui;
    s->level = LOG_LEVEL_INFO;
    return (s->tail = logtail_open(ui_workspace(ui)->log_path, error)) != NULL;
}

void log_source_clear(struct log_source *s)
{
    logtail_free(s->tail);
    s->tail = NULL;
}

/* With seconds today, with the day before. The year is in the details. */
static char *time_text(struct ui *ui, gint64 at_us)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(at_us / CLOCK_SECOND_US);
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(ui_now_us(ui) / CLOCK_SECOND_US);
    gboolean is_today = g_date_time_get_year(t) == g_date_time_get_year(now) &&
                        g_date_time_get_day_of_year(t) == g_date_time_get_day_of_year(now);
    return g_date_time_format(t, is_today ? "%H:%M:%S" : "%m-%d %H:%M");
}

/* ---- the log ---- */

static char *where_text(const struct logtail_line *l)
{
    return l->pid ? g_strdup_printf("%s %" PRId64, l->who, l->pid) : g_strdup(l->who);
}

static struct table_row *log_row(const struct log_source *s, const struct logtail_line *l)
{
    struct table_row *row = table_row_new(l->begin + 1, LOG_COLUMN_COUNT);
    row->key = g_strdup_printf("%" PRId64, l->end);
    table_row_set(row, LOG_TEXT, l->text);
    if (!l->is_known)
        return row;
    table_row_take(row, LOG_TIME, time_text(s->ui, l->at_us), G_MININT64);
    table_row_role(row, LOG_LEVEL, level_roles[l->level], log_level_name(l->level));
    table_row_take(row, LOG_WHERE, where_text(l), G_MININT64);
    return row;
}

static gboolean does_pass(const struct table_query *q, const struct table_column *columns,
                          const struct table_row *row)
{
    const char *fields[TABLE_COLUMNS_MAX + 1] = {NULL}, *texts[TABLE_COLUMNS_MAX + 1] = {NULL};
    for (int i = 0; i < row->n; i++) {
        fields[i] = columns[i].key;
        texts[i] = row->cells[i].text;
    }
    return q->filter->n == 0 || filter_matches(q->filter, fields, texts, NULL);
}

gint64 log_source_behind(const struct table_row *row)
{
    return row->key ? g_ascii_strtoll(row->key, NULL, 10) : row->id;
}

static GPtrArray *read_page(struct log_source *s, enum table_way way, gint64 *place, int n,
                            GError **error)
{
    const struct logtail_filter f = {.level = s->level};
    gint64 next = *place;
    GPtrArray *page = way == TABLE_AFTER
                          ? logtail_after(s->tail, *place, n, &f, &next, error)
                          : logtail_before(s->tail, *place, n, &f, &next, error);
    *place = next;
    return page;
}

static void take_page(struct log_source *s, const struct table_query *q, enum table_way way,
                      const GPtrArray *page, GPtrArray *out)
{
    for (guint i = 0; i < page->len; i++) {
        guint at = way == TABLE_AFTER ? i : page->len - 1 - i;
        struct table_row *row = log_row(s, page->pdata[at]);
        if (does_pass(q, log_columns, row))
            g_ptr_array_add(out, row);
        else
            table_row_free(row);
    }
}

static gboolean log_fetch(void *data, const struct table_query *q,
                          const struct table_row *anchor, enum table_way way, int n,
                          GPtrArray *out, GError **error)
{
    struct log_source *s = data;
    gint64 place = !anchor              ? (way == TABLE_AFTER ? 0 : logtail_end(s->tail))
                   : way == TABLE_AFTER ? log_source_behind(anchor)
                                        : anchor->id - 1;
    gint64 first = place, before = -1;
    guint wanted = out->len + (guint)n;
    while (out->len < wanted && place != before && ABS(place - first) < LOG_SCAN_MAX) {
        before = place;
        int ask = q->filter->n > 0 ? PAGE : (int)(wanted - out->len);
        g_autoptr(GPtrArray) page = read_page(s, way, &place, ask, error);
        if (!page)
            return FALSE;
        take_page(s, q, way, page, out);
    }
    if (out->len > wanted)
        g_ptr_array_set_size(out, (int)wanted);
    return TRUE;
}

/* The line of an id, or NULL. */
static GPtrArray *read_line(struct log_source *s, gint64 id, GError **error)
{
    const struct logtail_filter all = {.level = -1};
    gint64 next;
    g_autoptr(GPtrArray) page = logtail_after(s->tail, id - 1, 1, &all, &next, error);
    if (!page || page->len == 0 || ((struct logtail_line *)page->pdata[0])->begin != id - 1)
        return NULL;
    return g_steal_pointer(&page);
}

static struct table_row *log_find(void *data, const struct table_query *q, gint64 id,
                                  GError **error)
{
    struct log_source *s = data;
    const struct logtail_filter f = {.level = s->level};
    g_autoptr(GPtrArray) page = read_line(s, id, error);
    if (!page || !logtail_passes(&f, page->pdata[0]))
        return NULL;
    struct table_row *row = log_row(s, page->pdata[0]);
    if (does_pass(q, log_columns, row))
        return row;
    table_row_free(row);
    return NULL;
}

static char *log_empty(void *data)
{
    const struct log_source *s = data;
    if (s->level > LOG_LEVEL_INFO)
        return g_strdup_printf(_("Nothing of this level (%s).\n\n  L   choose another level"),
                               log_level_words(s->level));
    return g_strdup(_("Nothing in the log yet.\n\n"
                      "The worker writes here what it does: what begins and ends, what servers\n"
                      "refuse, what it tries again. New lines come by themselves.\n\n"
                      "  ]   who did what in this workspace"));
}

const struct table_spec *log_source_lines(void)
{
    static const struct table_source source = {.fetch = log_fetch, .find = log_find};
    static const struct table_spec spec = {.name = "log",
                                           .columns = log_columns,
                                           .n = LOG_COLUMN_COUNT,
                                           .source = &source,
                                           .empty = log_empty};
    return &spec;
}

int log_source_count(struct log_source *s, const struct table *t, gint64 place)
{
    const struct logtail_filter f = {.level = s->level};
    const struct table_query q = {.filter = &t->filter};
    gint64 next;
    g_autoptr(GPtrArray) page =
        logtail_after(s->tail, place, LOG_COUNT_MAX, &f, &next, NULL);
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
    if (!page || t->filter.n == 0)
        return page ? (int)page->len : 0;
    take_page(s, &q, TABLE_AFTER, page, rows);
    return (int)rows->len;
}

/* ---- the audit ---- */

static struct table_row *audit_row(const struct log_source *s, const struct audit_row *a)
{
    struct table_row *row = table_row_new(a->id, AUDIT_COLUMN_COUNT);
    table_row_take(row, AUDIT_TIME, time_text(s->ui, a->at_us), G_MININT64);
    table_row_set(row, AUDIT_WHO, a->actor);
    table_row_format(row, AUDIT_WHAT, "%s %s", a->action, a->noun);
    table_row_set(row, AUDIT_NAME, a->name);
    table_row_set(row, AUDIT_DETAIL, a->detail);
    return row;
}

static gboolean audit_fetch(void *data, const struct table_query *q,
                            const struct table_row *anchor, enum table_way way, int n,
                            GPtrArray *out, GError **error)
{
    const struct log_source *s = data;
    struct db *db = ui_db(s->ui);
    gint64 at = anchor ? anchor->id : way == TABLE_AFTER ? 0 : G_MAXINT64;
    guint wanted = out->len + (guint)n;
    gboolean is_over = FALSE;
    for (int left = AUDIT_SCAN_MAX; !is_over && left > 0 && out->len < wanted; left -= PAGE) {
        g_autoptr(GPtrArray) page = way == TABLE_AFTER
                                        ? audit_page(db, at, PAGE, error)
                                        : audit_page_before(db, at, PAGE, error);
        if (!page)
            return FALSE;
        is_over = page->len < PAGE;
        for (guint i = 0; i < page->len && out->len < wanted; i++) {
            struct table_row *row = audit_row(s, page->pdata[i]);
            at = row->id;
            if (does_pass(q, audit_columns, row))
                g_ptr_array_add(out, row);
            else
                table_row_free(row);
        }
    }
    return TRUE;
}

static struct table_row *audit_find(void *data, const struct table_query *q, gint64 id,
                                    GError **error)
{
    const struct log_source *s = data;
    g_autoptr(GPtrArray) page = audit_page(ui_db(s->ui), id - 1, 1, error);
    if (!page || page->len == 0 || ((struct audit_row *)page->pdata[0])->id != id)
        return NULL;
    struct table_row *row = audit_row(s, page->pdata[0]);
    if (does_pass(q, audit_columns, row))
        return row;
    table_row_free(row);
    return NULL;
}

static char *audit_empty(void *data)
{
    return g_strdup(_("Nothing was done in this workspace yet.\n\n"
                      "Every change stands here with the name of who made it."));
}

const struct table_spec *log_source_audit(void)
{
    static const struct table_source source = {.fetch = audit_fetch, .find = audit_find};
    static const struct table_spec spec = {.name = "log",
                                           .kept = "audit",
                                           .columns = audit_columns,
                                           .n = AUDIT_COLUMN_COUNT,
                                           .source = &source,
                                           .empty = audit_empty};
    return &spec;
}

/* ---- one row ---- */

static char *log_line(struct log_source *s, gint64 id)
{
    g_autoptr(GPtrArray) page = read_line(s, id, NULL);
    return page ? g_strdup(((struct logtail_line *)page->pdata[0])->line) : NULL;
}

static char *log_details(struct log_source *s, gint64 id)
{
    g_autoptr(GPtrArray) page = read_line(s, id, NULL);
    const struct logtail_line *l = page ? page->pdata[0] : NULL;
    if (!l || !l->is_known)
        return l ? g_strdup(l->text) : NULL;
    g_autofree char *where = where_text(l);
    g_autofree char *utc = clock_format_utc(l->at_us);
    g_autofree char *local = clock_format_local(l->at_us, ui_now_us(s->ui));
    return g_strdup_printf(_("%s (%s)\n%s, %s\n\n%s"), local, utc, log_level_name(l->level),
                           where, l->text);
}

static char *audit_details(struct log_source *s, gint64 id)
{
    g_autoptr(GPtrArray) page = audit_page(ui_db(s->ui), id - 1, 1, NULL);
    const struct audit_row *a = page && page->len > 0 ? page->pdata[0] : NULL;
    if (!a || a->id != id)
        return NULL;
    g_autofree char *utc = clock_format_utc(a->at_us);
    g_autofree char *local = clock_format_local(a->at_us, ui_now_us(s->ui));
    return g_strdup_printf(_("%s (%s)\n%s: %s %s %s\n\n%s"), local, utc, a->actor, a->action,
                           a->noun, a->name, a->detail);
}

static char *audit_line(struct log_source *s, gint64 id)
{
    g_autoptr(GPtrArray) page = audit_page(ui_db(s->ui), id - 1, 1, NULL);
    const struct audit_row *a = page && page->len > 0 ? page->pdata[0] : NULL;
    if (!a || a->id != id)
        return NULL;
    g_autofree char *utc = clock_format_utc(a->at_us);
    g_autofree char *raw = g_strdup_printf("%s %s %s %s %s%s%s", utc, a->actor, a->action,
                                           a->noun, a->name, *a->detail ? " " : "", a->detail);
    return text_safe(raw, -1, 0);
}

static gboolean is_lines(const struct table *t)
{
    return t->spec == log_source_lines();
}

char *log_source_details(struct log_source *s, const struct table *t, gint64 id)
{
    return is_lines(t) ? log_details(s, id) : audit_details(s, id);
}

char *log_source_line(struct log_source *s, const struct table *t, gint64 id)
{
    return is_lines(t) ? log_line(s, id) : audit_line(s, id);
}

gboolean log_source_each(struct log_source *s, const struct table *t,
                         gboolean (*each)(const char *line, void *data, GError **error),
                         void *data, GError **error)
{
    const struct table_query q = {.filter = &t->filter};
    struct table_row *anchor = NULL;
    gboolean ok = TRUE, is_over = FALSE;
    while (ok && !is_over) {
        g_autoptr(GPtrArray) rows =
            g_ptr_array_new_with_free_func((GDestroyNotify)table_row_free);
        ok = t->spec->source->fetch(s, &q, anchor, TABLE_AFTER, PAGE, rows, error);
        for (guint i = 0; ok && i < rows->len; i++) {
            const struct table_row *row = rows->pdata[i];
            g_autofree char *line = log_source_line(s, t, row->id);
            ok = !line || each(line, data, error);
        }
        is_over = rows->len < PAGE;
        table_row_free(anchor);
        anchor = rows->len > 0 ? g_ptr_array_steal_index(rows, rows->len - 1) : NULL;
        is_over = is_over || !anchor;
    }
    table_row_free(anchor);
    return ok;
}
