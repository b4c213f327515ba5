/*
 * The views, as temporary ones of the reader's own connection, and the authorizer that lets
 * nothing but them be read.
 */
#include "config.h"

#include "store/query.h"

#include <string.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/campaign.h"
#include "model/delivery.h"
#include "store/sql.h"

#define SQL_MAX_BYTES 100000

/* {time X} is a moment as text, {delivery X} and {campaign X} the name of a state's number. */
static const char *const selects[] = {
    "SELECT c.name, c.title, {campaign c.state} AS state, c.held_reason, c.subject, c.server,"
    " c.lists, {time c.created_us} AS created, {time c.started_us} AS started,"
    " {time c.finished_us} AS finished, {time c.schedule_us} AS scheduled,"
    " c.content_version AS version, k.total, k.queued, k.leased, k.accepted, k.refused,"
    " k.deferred, k.uncertain, k.suppressed, k.cancelled FROM main.campaign c"
    " LEFT JOIN main.campaign_counter k ON k.campaign_id = c.id WHERE c.deleted_us IS NULL",

    "SELECT d.id, c.name AS campaign, d.address, {delivery d.state} AS state, d.attempts,"
    " d.version, {time d.due_us} AS due, {time a.at_us} AS time, s.name AS server, a.code,"
    " a.enhanced, a.reply FROM main.delivery d JOIN main.campaign c ON c.id = d.campaign_id"
    " LEFT JOIN main.attempt a ON a.delivery_id = d.id AND a.n = d.attempts"
    " LEFT JOIN main.server s ON s.id = a.server_id",

    "SELECT a.delivery_id, c.name AS campaign, d.address, a.n, {time a.at_us} AS time,"
    " s.name AS server, {delivery a.state} AS state, a.code, a.enhanced, a.reply"
    " FROM main.attempt a JOIN main.delivery d ON d.id = a.delivery_id"
    " JOIN main.campaign c ON c.id = d.campaign_id"
    " LEFT JOIN main.server s ON s.id = a.server_id",

    "SELECT c.name AS campaign, k.domain, k.total, k.accepted, k.refused, k.uncertain,"
    " k.deferrals FROM main.domain_counter k JOIN main.campaign c ON c.id = k.campaign_id",

    "SELECT c.name AS campaign, {delivery k.state} AS state, k.code, k.enhanced, k.n, k.reply"
    " FROM main.reply_counter k JOIN main.campaign c ON c.id = k.campaign_id",

    "SELECT c.name AS campaign, {time k.minute * 60000000} AS time, k.accepted, k.refused,"
    " k.uncertain, k.deferrals FROM main.minute_counter k"
    " JOIN main.campaign c ON c.id = k.campaign_id",

    "SELECT p.id, p.address, p.domain, p.fields, {time p.created_us} AS created,"
    " {time p.updated_us} AS updated FROM main.person p",

    "SELECT l.name, l.title, {time l.created_us} AS created FROM main.list l"
    " WHERE l.deleted_us IS NULL",

    "SELECT l.name AS list, p.address, {time m.joined_us} AS joined, k.text AS consent,"
    " k.source AS consent_source, {time m.consent_us} AS consent_time FROM main.membership m"
    " JOIN main.list l ON l.id = m.list_id JOIN main.person p ON p.id = m.person_id"
    " LEFT JOIN main.consent k ON k.id = m.consent_id WHERE l.deleted_us IS NULL",

    "SELECT s.address, l.name AS list, s.reason, s.evidence, s.actor,"
    " {time s.created_us} AS created FROM main.suppression s"
    " LEFT JOIN main.list l ON l.id = s.list_id",

    "SELECT s.name, s.host, s.user, s.connections, s.per_second, s.per_day, s.enabled, "
    "s.problem,"
    " {time s.problem_us} AS problem_since FROM main.server s WHERE s.deleted_us IS NULL",

    "SELECT p.name, p.servers FROM main.pool p WHERE p.deleted_us IS NULL",

    "SELECT p.name, CASE p.role WHEN 1 THEN 'admin' ELSE 'tracking' END AS role, p.listen,"
    " p.public_url, p.enabled, p.problem FROM main.port p WHERE p.deleted_us IS NULL",

    "SELECT a.id, {time a.at_us} AS time, a.actor, a.action, a.noun, a.name, a.detail"
    " FROM main.audit a",
};

static const struct query_view views[] = {
    {"v_campaigns", N_("a campaign, with its numbers")},
    {"v_deliveries", N_("a person of a campaign, with the last try")},
    {"v_attempts", N_("a try, with the server's reply")},
    {"v_domains", N_("a domain of a campaign")},
    {"v_replies", N_("a class of replies to a campaign")},
    {"v_minutes", N_("a minute of a campaign")},
    {"v_people", N_("a person; fields is a JSON object")},
    {"v_lists", N_("a list")},
    {"v_members", N_("a person on a list, with the consent")},
    {"v_suppressions", N_("an address that is never mailed; list: only there")},
    {"v_servers", N_("an outgoing mail server")},
    {"v_pools", N_("a pool of servers, with their weights")},
    {"v_ports", N_("a port that we listen on")},
    {"v_audit", N_("something that somebody did")},
    {NULL, NULL},
};
G_STATIC_ASSERT(G_N_ELEMENTS(views) == G_N_ELEMENTS(selects) + 1);

const struct query_view *query_views(void)
{
    return views;
}

/* ---- making them ---- */

static const char *delivery_name(int state)
{
    return delivery_state_name((enum delivery_state)state);
}

static const char *campaign_name(int state)
{
    return campaign_state_name((enum campaign_state)state);
}

static void append_names(GString *to, const char *column, gsize len, int n,
                         const char *(*name)(int state))
{
    g_string_append_printf(to, "CASE %.*s", (int)len, column);
    for (int state = 0; state < n; state++)
        g_string_append_printf(to, " WHEN %d THEN '%s'", state, name(state));
    g_string_append(to, " END");
}

static void append_placeholder(GString *to, const char *word, gsize len)
{
    static const char time[] = "time ", delivery[] = "delivery ", campaign[] = "campaign ";
    if (g_str_has_prefix(word, time))
        g_string_append_printf(to,
                               "strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', (%.*s) / 1000000,"
                               " 'unixepoch')",
                               (int)(len - strlen(time)), word + strlen(time));
    else if (g_str_has_prefix(word, delivery))
        append_names(to, word + strlen(delivery), len - strlen(delivery), DELIVERY_STATE_COUNT,
                     delivery_name);
    else if (g_str_has_prefix(word, campaign))
        append_names(to, word + strlen(campaign), len - strlen(campaign), CAMPAIGN_STATE_COUNT,
                     campaign_name);
}

/* The documented view stands on one whose name nobody can guess: by that name the authorizer
 * knows who reads a table, and a statement may call its own parts what it likes. */
static char *expand(const char *hidden, const char *name, const char *select)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "CREATE TEMP VIEW %s_%s AS ", hidden, name);
    for (const char *p = select; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (!end) {
            g_string_append_c(sql, *p);
            continue;
        }
        append_placeholder(sql, p + 1, (gsize)(end - p - 1));
        p = end;
    }
    g_string_append_printf(sql, "; CREATE TEMP VIEW %s AS SELECT * FROM %s_%s", name, hidden,
                           name);
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

static gboolean make_views(struct db *db, const char *hidden, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(selects); i++) {
        g_autofree char *sql = expand(hidden, views[i].name, selects[i]);
        if (sqlite3_exec(db_handle(db), sql, NULL, NULL, NULL) != SQLITE_OK)
            return sql_fail(db, views[i].name, error);
    }
    return TRUE;
}

/* ---- what may be read ---- */

static gboolean is_view(const char *name)
{
    for (const struct query_view *v = views; name && v->name; v++)
        if (strcmp(v->name, name) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_hidden(const char *name, const char *hidden)
{
    return name && g_str_has_prefix(name, hidden);
}

/* `a`: the table; `b`: the column; `inner`: the view, or the part of the statement, that reads
 * it. A column without a name is a table that is only counted, which says nothing. */
static int authorize(void *data, int action, const char *a, const char *b, const char *schema,
                     const char *inner)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return g_strcmp0(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_READ:
        return !b || !*b || is_view(a) || is_hidden(a, data) || is_hidden(inner, data)
                   ? SQLITE_OK
                   : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

/* ---- running ---- */

static gboolean fail_denied(GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (const struct query_view *v = views; v->name; v++)
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", v->name);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("only a SELECT over these can be run: %s"), names->str);
    return FALSE;
}

static sqlite3_stmt *prepare(struct db *db, const char *sql, GError **error)
{
    sqlite3_stmt *s = NULL;
    const char *rest = NULL;
    int rc = sqlite3_prepare_v2(db_handle(db), sql, -1, &s, &rest);
    if (rc == SQLITE_OK && s && sqlite3_stmt_readonly(s) && !sqlite3_stmt_isexplain(s) &&
        rest[strspn(rest, " \t\r\n;")] == '\0')
        return s;
    if ((rc & 0xff) == SQLITE_AUTH || rc == SQLITE_OK) {
        fail_denied(error);
    } else {
        g_autofree char *why = text_safe(sqlite3_errmsg(db_handle(db)), -1, 300);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("the statement: %s"), why);
    }
    sqlite3_finalize(s);
    return NULL;
}

static void put_value(struct json_writer *w, sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_NULL:
        json_put_null(w);
        break;
    case SQLITE_INTEGER:
        json_put_int(w, sqlite3_column_int64(s, i));
        break;
    case SQLITE_FLOAT:
        json_put_real(w, sqlite3_column_double(s, i));
        break;
    default: {
        g_autofree char *text = g_utf8_make_valid(sql_peek(s, i), -1);
        json_put_string(w, text);
    }
    }
}

static char *row_json(sqlite3_stmt *s, char **columns)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    for (int i = 0; columns[i]; i++) {
        json_key(w, columns[i]);
        put_value(w, s, i);
    }
    json_end_object(w);
    json_writer_free(w);
    return g_string_free(g_steal_pointer(&json), FALSE);
}

static char **columns_of(sqlite3_stmt *s)
{
    int n = sqlite3_column_count(s);
    char **columns = g_new0(char *, (gsize)n + 1);
    for (int i = 0; i < n; i++)
        columns[i] = g_utf8_make_valid(sqlite3_column_name(s, i), -1);
    return columns;
}

static gboolean take_rows(struct db *db, sqlite3_stmt *s, query_taker take, void *data,
                          GError **error)
{
    g_auto(GStrv) columns = columns_of(s);
    int step, n = 0;
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        g_autofree char *json = row_json(s, columns);
        n++;
        if (!take((const char *const *)columns, json, data))
            return TRUE;
    }
    if (step != SQLITE_DONE)
        return sql_fail(db, _("the statement"), error);
    if (n == 0)
        take((const char *const *)columns, NULL, data);
    return TRUE;
}

gboolean query_run(struct db *db, const char *sql, query_taker take, void *data, GError **error)
{
    if (strlen(sql) >= SQL_MAX_BYTES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("the statement has more than %d bytes"), SQL_MAX_BYTES);
        return FALSE;
    }
    guint64 secret;
    crypto_random(&secret, sizeof secret);
    g_autofree char *hidden = g_strdup_printf("view_%016" G_GINT64_MODIFIER "x", secret);
    if (!make_views(db, hidden, error))
        return FALSE;
    sqlite3_set_authorizer(db_handle(db), authorize, hidden);
    sqlite3_stmt *s = prepare(db, sql, error);
    gboolean ok = s && take_rows(db, s, take, data, error);
    sqlite3_finalize(s);
    sqlite3_set_authorizer(db_handle(db), NULL, NULL);
    return ok;
}
