/*
 * A report as JSON and as CSV. Each part is written once, as objects; CSV is the same objects in
 * columns, so that the two never differ.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/report.h"
#include "app/shapes.h"
#include "model/bounce.h"
#include "transfer/csvfile.h"

#define COURSE_ALL 10080 /* a week of minutes; longer ones in wider steps */

struct job {
    struct db *db;
    const struct report_request *request;
    const struct report_sums *sums;
    GError **error;
};

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_kv_string(w, key, text && *text ? text : NULL);
}

/* To a millionth: a share of people, mails a second. */
static void put_real(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    json_put_real(w, floor(x * 1e6 + 0.5) / 1e6);
}

/* ---- sums ---- */

/* Keys that more than one part has. */
static const char *const figure_keys[REPORT_FIGURE_COUNT] = {
    [REPORT_PEOPLE] = "people",
    [REPORT_ACCEPTED] = "accepted",
    [REPORT_REFUSED] = "refused",
    [REPORT_BOUNCED_HARD] = "bounced_hard",
    [REPORT_BOUNCED_SOFT] = "bounced_soft",
    [REPORT_WAITING] = "deferred",
    [REPORT_LEFT] = "not_yet",
    [REPORT_MAYBE] = "uncertain",
    [REPORT_COMPLAINED] = "complained",
    [REPORT_UNSUBSCRIBED] = "unsubscribed",
    [REPORT_NEVER] = "suppressed",
    [REPORT_CANCELLED] = "cancelled",
};

static void put_sums(struct json_writer *w, const struct report_sums *s)
{
    json_kv_string(w, "name", s->name);
    put_text(w, "title", s->title);
    json_kv_string(w, "state", campaign_state_name(s->state));
    put_text(w, "held_reason", s->held_reason);
    shape_time(w, "started", s->started_us);
    shape_time(w, "finished", s->finished_us);
    shape_counts(w, &s->counts);
    json_kv_int(w, "people", s->people);
    json_kv_int(w, "sent", s->sent);
    json_kv_int(w, "left", s->left);
    json_kv_int(w, "failed", s->failed);
    json_kv_int(w, "bounced", s->bounced);
    put_text(w, "servers", s->servers);
    shape_time(w, "first_mail", s->first_us);
    shape_time(w, "last_mail", s->last_us);
    json_kv_int(w, "busy_minutes", s->busy_minutes);
    json_kv_int(w, "most_in_minute", s->most_in_minute);
    put_real(w, "per_s", s->per_s);
}

/* ---- parts, each an array of objects ---- */

static gboolean put_summary(struct json_writer *w, const struct job *j)
{
    double mean[REPORT_FIGURE_COUNT];
    int n = 0;
    if (!report_average(j->db, j->sums->id, REPORT_AVERAGE_OF, mean, &n, j->error))
        return FALSE;
    for (int f = 0; f < REPORT_FIGURE_COUNT; f++) {
        double share = report_share(&j->sums->counts, (enum report_figure)f);
        json_begin_object(w);
        json_kv_string(w, "figure", figure_keys[f]);
        json_kv_int(w, "count", report_figure(&j->sums->counts, (enum report_figure)f));
        if (share >= 0)
            put_real(w, "share", share);
        if (share >= 0 && n > 0)
            put_real(w, "average", mean[f]);
        json_end_object(w);
    }
    return TRUE;
}

static void put_domain(struct json_writer *w, const struct report_domain *d)
{
    json_kv_int(w, "total", d->total);
    json_kv_int(w, "accepted", d->accepted);
    json_kv_int(w, "refused", d->refused);
    json_kv_int(w, "uncertain", d->uncertain);
    json_kv_int(w, "deferrals", d->deferrals);
    json_kv_int(w, "bounced", d->bounced);
}

static gboolean put_domains(struct json_writer *w, const struct job *j)
{
    g_autoptr(GPtrArray) all = report_domains(j->db, j->sums->id, REPORT_ALL, NULL, NULL, j->error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct report_domain *d = all->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "domain", d->name);
        put_domain(w, d);
        json_end_object(w);
    }
    return all != NULL;
}

static gboolean put_providers(struct json_writer *w, const struct job *j)
{
    g_autoptr(GPtrArray) all = report_providers(j->db, j->sums->id, j->request->providers,
                                                NULL, REPORT_ALL, j->error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct report_domain *d = all->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "provider", d->name);
        json_kv_string(w, "label", d->label);
        json_kv_int(w, "domains", d->domains);
        put_domain(w, d);
        json_end_object(w);
    }
    return all != NULL;
}

static gboolean put_replies(struct json_writer *w, const struct job *j)
{
    g_autoptr(GPtrArray) all = counters_replies(j->db, j->sums->id, REPORT_ALL, j->error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct reply_count *r = all->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "state", delivery_state_name((enum delivery_state)r->state));
        json_kv_int(w, "count", r->count);
        json_kv_int(w, "code", r->code);
        put_text(w, "enhanced", r->enhanced);
        put_text(w, "reply", r->reply);
        json_end_object(w);
    }
    return all != NULL;
}

static gboolean put_bounces(struct json_writer *w, const struct job *j)
{
    g_autoptr(GPtrArray) all = bounced_groups(j->db, j->sums->id, REPORT_ALL, j->error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct bounced_group *g = all->pdata[i];
        enum bounce_reason reason = BOUNCE_UNKNOWN;
        bounce_reason_parse(g->reason, &reason);
        json_begin_object(w);
        json_kv_string(w, "class", g->class);
        json_kv_string(w, "reason", g->reason);
        put_text(w, "status", g->status);
        json_kv_int(w, "count", g->n);
        json_kv_string(w, "meaning", bounce_reason_row(reason)->help);
        json_end_object(w);
    }
    return all != NULL;
}

static gboolean put_minutes(struct json_writer *w, const struct job *j)
{
    gint64 wide = 1;
    g_autoptr(GArray) all = report_course(j->db, j->sums, COURSE_ALL, &wide, j->error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct minute_count *m = &g_array_index(all, struct minute_count, i);
        json_begin_object(w);
        shape_time(w, "time", m->minute * COUNTERS_MINUTE_US);
        json_kv_int(w, "minutes", wide);
        json_kv_int(w, "accepted", m->accepted);
        json_kv_int(w, "refused", m->refused);
        json_kv_int(w, "deferrals", m->deferrals);
        json_kv_int(w, "uncertain", m->uncertain);
        json_end_object(w);
    }
    return all != NULL;
}

/* This one first. */
static gboolean put_compared(struct json_writer *w, const struct job *j)
{
    const char *const *with = j->request->with;
    json_begin_object(w);
    put_sums(w, j->sums);
    json_end_object(w);
    for (; with && *with; with++) {
        struct report_sums *s = report_sums(j->db, *with, j->error);
        if (!s)
            return FALSE;
        json_begin_object(w);
        put_sums(w, s);
        json_end_object(w);
        report_sums_free(s);
    }
    return TRUE;
}

#define COLUMNS_MAX 24

static const struct {
    const char *name;
    const char *key; /* in the JSON */
    gboolean (*put)(struct json_writer *w, const struct job *j);
    const char *columns[COLUMNS_MAX];
} parts[REPORT_PART_COUNT] = {
    [REPORT_PART_SUMMARY] = {"summary", "figures", put_summary,
                             {"figure", "count", "share", "average"}},
    [REPORT_PART_DOMAINS] = {"domains", "domains", put_domains,
                             {"domain", "total", "accepted", "refused", "uncertain",
                              "deferrals", "bounced"}},
    [REPORT_PART_PROVIDERS] = {"providers", "providers", put_providers,
                               {"provider", "label", "domains", "total", "accepted", "refused",
                                "uncertain", "deferrals", "bounced"}},
    [REPORT_PART_REPLIES] = {"replies", "replies", put_replies,
                             {"state", "count", "code", "enhanced", "reply"}},
    [REPORT_PART_BOUNCES] = {"bounces", "bounces", put_bounces,
                             {"class", "reason", "status", "count", "meaning"}},
    [REPORT_PART_MINUTES] = {"minutes", "minutes", put_minutes,
                             {"time", "minutes", "accepted", "refused", "deferrals",
                              "uncertain"}},
    [REPORT_PART_COMPARE] = {"compare", "compare", put_compared,
                             {"name", "title", "state", "started", "finished", "people",
                              "accepted", "refused", "bounced_hard", "bounced_soft", "deferred",
                              "uncertain", "complained", "unsubscribed", "suppressed",
                              "cancelled", "per_s", "busy_minutes"}},
};

const char *report_part_name(enum report_part p)
{
    return p < REPORT_PART_COUNT ? parts[p].name : "";
}

gboolean report_part_parse(const char *name, enum report_part *ret)
{
    for (int p = 0; p < REPORT_PART_COUNT; p++)
        if (strcmp(parts[p].name, name) == 0) {
            *ret = (enum report_part)p;
            return TRUE;
        }
    return FALSE;
}

/* ---- all of it ---- */

gboolean report_json(struct json_writer *w, struct db *db, const struct report_request *r,
                     GError **error)
{
    struct report_sums *s = report_sums(db, r->name, error);
    const struct job job = {db, r, s, error};
    gboolean ok = s != NULL;
    if (ok)
        put_sums(w, s);
    for (int p = 0; ok && p < REPORT_PART_COUNT; p++) {
        if (p == REPORT_PART_COMPARE && !r->with)
            continue;
        json_key(w, parts[p].key);
        json_begin_array(w);
        ok = parts[p].put(w, &job);
        json_end_array(w);
    }
    report_sums_free(s);
    return ok;
}

static void put_cell(GString *out, const struct json *value, gboolean is_first)
{
    enum json_kind kind = value ? json_get_kind(value) : JSON_KIND_NULL;
    char number[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (kind == JSON_KIND_INT)
        g_snprintf(number, sizeof number, "%" PRId64, json_get_int(value));
    else if (kind == JSON_KIND_REAL)
        g_ascii_formatd(number, sizeof number, "%.15g", json_get_real(value));
    csvfile_put_cell(out, kind == JSON_KIND_STRING ? json_get_string(value) : number, is_first);
}

static GString *in_columns(const GString *json, const char *const *columns, GError **error)
{
    struct json *rows = json_parse(json->str, json->len, error);
    if (!rows)
        return NULL;
    GString *out = g_string_new(NULL);
    for (int c = 0; columns[c]; c++)
        g_string_append_printf(out, "%s%s", c == 0 ? "" : ",", columns[c]);
    g_string_append(out, "\r\n");
    for (gsize i = 0; i < json_size(rows); i++) {
        for (int c = 0; columns[c]; c++)
            put_cell(out, json_member(json_at(rows, i), columns[c]), c == 0);
        g_string_append(out, "\r\n");
    }
    json_unref(rows);
    return out;
}

GString *report_part_json(struct db *db, const struct report_request *r, enum report_part part,
                          GError **error)
{
    struct report_sums *s = report_sums(db, r->name, error);
    const struct job job = {db, r, s, error};
    if (!s)
        return NULL;
    GString *json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_array(w);
    gboolean ok = parts[part].put(w, &job);
    json_end_array(w);
    json_writer_free(w);
    report_sums_free(s);
    if (!ok)
        g_string_free(json, TRUE);
    return ok ? json : NULL;
}

GString *report_csv(struct db *db, const struct report_request *r, enum report_part part,
                    GError **error)
{
    g_autoptr(GString) json = report_part_json(db, r, part, error);
    return json ? in_columns(json, parts[part].columns, error) : NULL;
}
