/*
 * One delivery's move, written with its counters. Not for deciding what the move is: that is
 * the caller's.
 */
#include "config.h"

#include "store/settle.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/reply.h"
#include "store/attempt_rows.h"
#include "store/events.h"
#include "store/server_use.h"
#include "store/sql.h"

#define US_PER_MINUTE G_GINT64_CONSTANT(60000000)

struct campaign_delta {
    gint64 campaign_id;
    gint64 total, undecided;
    gint64 state[DELIVERY_STATE_COUNT];
    gint64 cursor_back;    /* G_MAXINT64: unchanged */
    gint64 cursor_forward; /* 0: unchanged */
    gint64 in_flight;      /* -1: unchanged */
};

enum group_column {
    GROUP_TOTAL,
    GROUP_ACCEPTED,
    GROUP_REFUSED,
    GROUP_UNCERTAIN,
    GROUP_DEFERRALS,
    GROUP_COLUMN_COUNT
};

struct group_delta {    /* of one domain or one minute */
    gint64 campaign_id; /* 0: of all campaigns */
    gint64 minute;
    char *domain; /* owned; NULL for a minute */
    gint64 n[GROUP_COLUMN_COUNT];
};

struct reply_delta { /* of one class of replies */
    gint64 campaign_id;
    int state, code;
    char *enhanced, *reply; /* owned; never NULL */
    gint64 n;
};

struct groups {
    GHashTable *all;          /* struct group_delta as its own key */
    struct group_delta *last; /* asked for: neighbours mostly are of one group */
};

struct settle_tally {
    GHashTable *campaigns; /* gint64 id -> struct campaign_delta */
    struct campaign_delta *last_campaign;
    struct groups domains;
    struct groups minutes;     /* of a campaign */
    struct groups all_minutes; /* of all campaigns: 0 */
    GHashTable *replies;       /* struct reply_delta as its own key */
    struct reply_delta *last_reply;
    struct groups uses; /* the server in campaign_id, the slot in minute */
    struct events *events;
    GPtrArray *attempts; /* of const struct settle *: to be written together */
};

static guint group_hash(gconstpointer p)
{
    const struct group_delta *g = p;
    guint h = (guint)(g->campaign_id * 31 + g->minute);
    return g->domain ? h ^ g_str_hash(g->domain) : h;
}

static gboolean group_equal(gconstpointer a, gconstpointer b)
{
    const struct group_delta *x = a, *y = b;
    return x->campaign_id == y->campaign_id && x->minute == y->minute &&
           g_strcmp0(x->domain, y->domain) == 0;
}

static void group_free(gpointer p)
{
    struct group_delta *g = p;
    g_free(g->domain);
    g_free(g);
}

static guint reply_hash(gconstpointer p)
{
    const struct reply_delta *r = p;
    return g_str_hash(r->enhanced) ^ (guint)(r->campaign_id * 31 + r->state * 1009 + r->code);
}

static gboolean reply_equal(gconstpointer a, gconstpointer b)
{
    const struct reply_delta *x = a, *y = b;
    return x->campaign_id == y->campaign_id && x->state == y->state && x->code == y->code &&
           strcmp(x->enhanced, y->enhanced) == 0;
}

static void reply_free(gpointer p)
{
    struct reply_delta *r = p;
    g_free(r->enhanced);
    g_free(r->reply);
    g_free(r);
}

static void groups_init(struct groups *g)
{
    g->all = g_hash_table_new_full(group_hash, group_equal, NULL, group_free);
    g->last = NULL;
}

static void groups_reset(struct groups *g)
{
    g->last = NULL;
    g_hash_table_remove_all(g->all);
}

struct settle_tally *settle_tally_new(void)
{
    struct settle_tally *t = g_new0(struct settle_tally, 1);
    t->campaigns = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    groups_init(&t->domains);
    groups_init(&t->minutes);
    groups_init(&t->all_minutes);
    t->replies = g_hash_table_new_full(reply_hash, reply_equal, NULL, reply_free);
    groups_init(&t->uses);
    t->events = events_new();
    t->attempts = g_ptr_array_new();
    return t;
}

void settle_tally_reset(struct settle_tally *t)
{
    t->last_campaign = NULL;
    t->last_reply = NULL;
    g_hash_table_remove_all(t->campaigns);
    g_hash_table_remove_all(t->replies);
    groups_reset(&t->domains);
    groups_reset(&t->minutes);
    groups_reset(&t->all_minutes);
    groups_reset(&t->uses);
    events_reset(t->events);
}

void settle_tally_free(struct settle_tally *t)
{
    if (!t)
        return;
    g_hash_table_unref(t->campaigns);
    g_hash_table_unref(t->domains.all);
    g_hash_table_unref(t->minutes.all);
    g_hash_table_unref(t->all_minutes.all);
    g_hash_table_unref(t->replies);
    g_hash_table_unref(t->uses.all);
    events_free(t->events);
    g_ptr_array_unref(t->attempts);
    g_free(t);
}

static struct campaign_delta *campaign_of(struct settle_tally *t, gint64 campaign_id)
{
    struct campaign_delta *d = t->last_campaign;
    if (d && d->campaign_id == campaign_id)
        return d;
    d = t->last_campaign = g_hash_table_lookup(t->campaigns, &campaign_id);
    if (d)
        return d;
    d = t->last_campaign = g_new0(struct campaign_delta, 1);
    d->campaign_id = campaign_id;
    d->cursor_back = G_MAXINT64;
    d->in_flight = -1;
    g_hash_table_insert(t->campaigns, &d->campaign_id, d);
    return d;
}

static gint64 *group_of(struct groups *groups, gint64 campaign_id, const char *domain,
                        gint64 minute)
{
    struct group_delta probe = {campaign_id, minute, (char *)domain, {0}};
    if (groups->last && group_equal(groups->last, &probe))
        return groups->last->n;
    struct group_delta *g = g_hash_table_lookup(groups->all, &probe);
    if (!g) {
        g = g_new0(struct group_delta, 1);
        g->campaign_id = campaign_id;
        g->minute = minute;
        g->domain = g_strdup(domain);
        g_hash_table_add(groups->all, g);
    }
    groups->last = g;
    return g->n;
}

/* At most SETTLE_SAMPLE_BYTES, not in the middle of a character. */
static char *sample_of(const char *reply)
{
    gsize len = reply ? strlen(reply) : 0;
    if (len <= SETTLE_SAMPLE_BYTES)
        return g_strdup(reply ? reply : "");
    len = SETTLE_SAMPLE_BYTES;
    while (len > 0 && ((guchar)reply[len] & 0xc0) == 0x80)
        len--;
    return g_strndup(reply, len);
}

static void count_reply(struct settle_tally *t, const struct settle *s)
{
    struct reply_delta probe = {
        s->campaign_id, (int)s->to, s->code, (char *)(s->enhanced ? s->enhanced : ""), NULL, 0};
    struct reply_delta *r = t->last_reply;
    if (!r || !reply_equal(r, &probe))
        r = g_hash_table_lookup(t->replies, &probe);
    if (!r) {
        r = g_memdup2(&probe, sizeof probe);
        r->enhanced = g_strdup(probe.enhanced);
        r->reply = sample_of(s->reply);
        g_hash_table_add(t->replies, r);
    }
    t->last_reply = r;
    r->n++;
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : "";
}

void settle_tally_move(struct settle_tally *t, gint64 campaign_id, enum delivery_state from,
                       enum delivery_state to, gint64 n)
{
    struct campaign_delta *d = campaign_of(t, campaign_id);
    if (from == DELIVERY_STATE_COUNT)
        d->total += n;
    else
        d->state[from] -= n;
    d->state[to] += n;
}

void settle_tally_undecided(struct settle_tally *t, gint64 campaign_id, gint64 n)
{
    campaign_of(t, campaign_id)->undecided += n;
}

void settle_tally_cursor_back(struct settle_tally *t, gint64 campaign_id, gint64 id)
{
    struct campaign_delta *d = campaign_of(t, campaign_id);
    d->cursor_back = MIN(d->cursor_back, id - 1);
}

void settle_tally_cursor_forward(struct settle_tally *t, gint64 campaign_id, gint64 id)
{
    struct campaign_delta *d = campaign_of(t, campaign_id);
    d->cursor_forward = MAX(d->cursor_forward, id);
}

void settle_tally_in_flight(struct settle_tally *t, gint64 campaign_id, gint64 n)
{
    campaign_of(t, campaign_id)->in_flight = n;
}

void settle_tally_new_in_domain(struct settle_tally *t, gint64 campaign_id, const char *address)
{
    group_of(&t->domains, campaign_id, domain_of(address), 0)[GROUP_TOTAL]++;
}

void settle_tally_resent_in_domain(struct settle_tally *t, gint64 campaign_id,
                                   const char *address, enum delivery_state from)
{
    int column = from == DELIVERY_REFUSED ? GROUP_REFUSED : GROUP_UNCERTAIN;
    group_of(&t->domains, campaign_id, domain_of(address), 0)[column]--;
}

void settle_tally_unsent_in_domain(struct settle_tally *t, gint64 campaign_id,
                                   const char *address, enum delivery_state to)
{
    int column = to == DELIVERY_REFUSED ? GROUP_REFUSED : GROUP_UNCERTAIN;
    group_of(&t->domains, campaign_id, domain_of(address), 0)[column]++;
}

void settle_tally_gone(struct settle_tally *t, gint64 campaign_id, const char *address,
                       enum delivery_state from)
{
    struct campaign_delta *d = campaign_of(t, campaign_id);
    d->total--;
    d->state[from]--;
    group_of(&t->domains, campaign_id, domain_of(address), 0)[GROUP_TOTAL]--;
}

static gboolean write_campaign(struct db *db, const struct campaign_delta *d, GError **error)
{
    /* Rows given back while the same transaction leased others: the lower cursor wins. */
    return sql_do(db, error,
                  "UPDATE campaign_counter SET total = total + ?2, queued = queued + ?3,"
                  " leased = leased + ?4, accepted = accepted + ?5, refused = refused + ?6,"
                  " deferred = deferred + ?7, uncertain = uncertain + ?8,"
                  " suppressed = suppressed + ?9, cancelled = cancelled + ?10,"
                  " undecided = undecided + ?11,"
                  " cursor = min(max(cursor, ?12), ?13),"
                  " in_flight = CASE WHEN ?14 < 0 THEN in_flight ELSE ?14 END"
                  " WHERE campaign_id = ?1",
                  "iiiiiiiiiiiiii", d->campaign_id, d->total, d->state[DELIVERY_QUEUED],
                  d->state[DELIVERY_LEASED], d->state[DELIVERY_ACCEPTED],
                  d->state[DELIVERY_REFUSED], d->state[DELIVERY_DEFERRED],
                  d->state[DELIVERY_UNCERTAIN], d->state[DELIVERY_SUPPRESSED],
                  d->state[DELIVERY_CANCELLED], d->undecided, d->cursor_forward, d->cursor_back,
                  d->in_flight);
}

static gboolean write_domain(struct db *db, const struct group_delta *g, GError **error)
{
    /* `total` is left alone where it can be: an index is sorted by it. */
    if (g->n[GROUP_TOTAL] == 0)
        return sql_do(db, error,
                      "INSERT INTO domain_counter (campaign_id, domain, total, accepted,"
                      " refused, uncertain, deferrals) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6)"
                      " ON CONFLICT DO UPDATE SET accepted = accepted + ?3,"
                      " refused = refused + ?4, uncertain = uncertain + ?5,"
                      " deferrals = deferrals + ?6",
                      "isiiii", g->campaign_id, g->domain, g->n[GROUP_ACCEPTED],
                      g->n[GROUP_REFUSED], g->n[GROUP_UNCERTAIN], g->n[GROUP_DEFERRALS]);
    return sql_do(db, error,
                  "INSERT INTO domain_counter (campaign_id, domain, total, accepted, refused,"
                  " uncertain, deferrals) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                  " ON CONFLICT DO UPDATE SET total = total + ?3, accepted = accepted + ?4,"
                  " refused = refused + ?5, uncertain = uncertain + ?6,"
                  " deferrals = deferrals + ?7",
                  "isiiiii", g->campaign_id, g->domain, g->n[GROUP_TOTAL], g->n[GROUP_ACCEPTED],
                  g->n[GROUP_REFUSED], g->n[GROUP_UNCERTAIN], g->n[GROUP_DEFERRALS]);
}

static gboolean write_minute(struct db *db, const struct group_delta *g, GError **error)
{
    return sql_do(
        db, error,
        "INSERT INTO minute_counter (campaign_id, minute, accepted, refused, uncertain,"
        " deferrals) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT DO UPDATE SET accepted = accepted + ?3, refused = refused + ?4,"
        " uncertain = uncertain + ?5, deferrals = deferrals + ?6",
        "iiiiii", g->campaign_id, g->minute, g->n[GROUP_ACCEPTED], g->n[GROUP_REFUSED],
        g->n[GROUP_UNCERTAIN], g->n[GROUP_DEFERRALS]);
}

/* A server that makes up ever new codes gets no more classes: the rest is counted without the
 * enhanced one. */
static gboolean write_new_reply(struct db *db, const struct reply_delta *r, GError **error)
{
    gint64 classes = 0;
    if (!sql_int(db, error, 0, &classes,
                 "SELECT count(*) FROM reply_counter WHERE campaign_id = ?1", "i",
                 r->campaign_id))
        return FALSE;
    return sql_do(db, error,
                  "INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET n = n + ?5",
                  "iiisis", r->campaign_id, (gint64)r->state, (gint64)r->code,
                  classes < SETTLE_REPLY_CLASSES ? r->enhanced : "", r->n, r->reply);
}

static gboolean write_reply(struct db *db, const struct reply_delta *r, GError **error)
{
    if (!sql_do(db, error,
                "UPDATE reply_counter SET n = n + ?5 WHERE campaign_id = ?1 AND state = ?2"
                " AND code = ?3 AND enhanced = ?4",
                "iiisi", r->campaign_id, (gint64)r->state, (gint64)r->code, r->enhanced, r->n))
        return FALSE;
    return sql_changes(db) > 0 || write_new_reply(db, r, error);
}

static gboolean write_use(struct db *db, const struct group_delta *g, GError **error)
{
    return server_use_add(db, g->campaign_id, g->minute, g->n[GROUP_TOTAL], error);
}

static gboolean write_groups(struct db *db, const struct groups *groups,
                             gboolean (*write)(struct db *db, const struct group_delta *g,
                                               GError **error),
                             GError **error)
{
    GHashTableIter i;
    gpointer row;
    g_hash_table_iter_init(&i, groups->all);
    while (g_hash_table_iter_next(&i, NULL, &row))
        if (!write(db, row, error))
            return FALSE;
    return TRUE;
}

gboolean settle_tally_write(struct db *db, struct settle_tally *t, GError **error)
{
    GHashTableIter i;
    gpointer row;
    g_hash_table_iter_init(&i, t->campaigns);
    while (g_hash_table_iter_next(&i, NULL, &row))
        if (!write_campaign(db, row, error))
            return FALSE;
    g_hash_table_iter_init(&i, t->replies);
    while (g_hash_table_iter_next(&i, NULL, &row))
        if (!write_reply(db, row, error))
            return FALSE;
    return write_groups(db, &t->domains, write_domain, error) &&
           write_groups(db, &t->minutes, write_minute, error) &&
           write_groups(db, &t->all_minutes, write_minute, error) &&
           write_groups(db, &t->uses, write_use, error) && events_write(db, t->events, error);
}

static int column_of(enum delivery_state s)
{
    switch (s) {
    case DELIVERY_ACCEPTED:
        return GROUP_ACCEPTED;
    case DELIVERY_REFUSED:
        return GROUP_REFUSED;
    case DELIVERY_UNCERTAIN:
        return GROUP_UNCERTAIN;
    case DELIVERY_DEFERRED:
        return GROUP_DEFERRALS;
    default:
        return -1;
    }
}

static void count(struct settle_tally *t, const struct settle *s)
{
    const char *domain = domain_of(s->address);
    settle_tally_move(t, s->campaign_id, s->from, s->to, 1);
    if (s->to == DELIVERY_UNCERTAIN)
        settle_tally_undecided(t, s->campaign_id, 1);
    if (s->to == DELIVERY_QUEUED)
        settle_tally_cursor_back(t, s->campaign_id, s->delivery_id);
    int column = column_of(s->to);
    if (column >= 0 && s->counts) {
        group_of(&t->domains, s->campaign_id, domain, 0)[column]++;
        group_of(&t->minutes, s->campaign_id, NULL, s->at_us / US_PER_MINUTE)[column]++;
        group_of(&t->all_minutes, 0, NULL, s->at_us / US_PER_MINUTE)[column]++;
    }
    /* A message that was refused here never came to the server. */
    if (s->counts && s->server_id > 0 && s->phase != REPLY_CONNECT)
        group_of(&t->uses, s->server_id, NULL, server_use_slot(s->at_us))[GROUP_TOTAL]++;
    if (s->counts) {
        count_reply(t, s);
        events_add(t->events, s->campaign_id, s->delivery_id, s->attempt, s->to, s->at_us);
    }
}

static int attempts_after(const struct settle *s)
{
    return s->counts ? s->attempt : s->attempt - 1;
}

/* `n` rows with ids that follow each other and the same move. */
static gboolean write_rows(struct db *db, const struct settle *s, guint n, GError **error)
{
    gint64 last_id = s->delivery_id + n - 1;
    if (s->to == DELIVERY_DEFERRED)
        return sql_do(db, error,
                      "UPDATE delivery SET state = ?2, attempts = ?3, due_us = ?4,"
                      " first_us = ifnull(first_us, ?5) WHERE id = ?1 AND state = ?6",
                      "iiiiii", s->delivery_id, (gint64)s->to, (gint64)attempts_after(s),
                      s->due_us, s->at_us, (gint64)s->from);
    return sql_do(db, error,
                  "UPDATE delivery SET state = ?2, attempts = ?3, due_us = NULL"
                  " WHERE id >= ?1 AND id <= ?5 AND +state = ?4",
                  "iiiii", s->delivery_id, (gint64)s->to, (gint64)attempts_after(s),
                  (gint64)s->from, last_id);
}

static gboolean move_rows(struct db *db, const struct settle *s, guint n, GError **error)
{
    if (!delivery_may_move(s->from, s->to)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("delivery %" PRId64 " cannot go from %s to %s"), s->delivery_id,
                    delivery_state_name(s->from), delivery_state_name(s->to));
        return FALSE;
    }
    if (!write_rows(db, s, n, error))
        return FALSE;
    if (sqlite3_changes(db_handle(db)) != (int)n) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("delivery %" PRId64 " is not %s any more"), s->delivery_id,
                    delivery_state_name(s->from));
        return FALSE;
    }
    return TRUE;
}

static gboolean write_attempt(struct db *db, const struct settle *s, GError **error)
{
    gint64 version = s->version;
    if (version == 0 &&
        !sql_int(db, error, 0, &version, "SELECT version FROM delivery WHERE id = ?1", "i",
                 s->delivery_id))
        return FALSE;
    return sql_do(db, error,
                  "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code,"
                  " enhanced, reply, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                  "iiiiiiissi", s->delivery_id, (gint64)s->attempt, s->at_us, s->server_id,
                  (gint64)s->phase, (gint64)s->to, (gint64)s->code,
                  s->enhanced && *s->enhanced ? s->enhanced : NULL, s->reply, version);
}

/* A statement for each of them would cost twice as much. */
static gboolean write_together(struct db *db, const GPtrArray *attempts, GError **error)
{
    struct attempt_rows rows = {(const struct settle *const *)attempts->pdata, attempts->len};
    sqlite3_stmt *s = sql_prepare(
        db,
        "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, enhanced,"
        " reply, version) SELECT delivery_id, n, at_us, server_id, phase, state, code, "
        "enhanced,"
        " reply, version FROM attempt_rows(?1)",
        error);
    if (!s)
        return FALSE;
    attempt_rows_bind(s, &rows);
    return sql_run(db, s, error);
}

static gboolean write_attempts(struct db *db, const GPtrArray *attempts, GError **error)
{
    if (attempts->len > 1)
        return write_together(db, attempts, error);
    return attempts->len == 0 || write_attempt(db, attempts->pdata[0], error);
}

/* What the refusal says of the person is judged later; whoever is killed, the row waits. */
static gboolean write_refusal(struct db *db, const struct settle *s, GError **error)
{
    return s->to != DELIVERY_REFUSED || s->phase != REPLY_RCPT ||
           sql_do(db, error, "INSERT INTO refusal (delivery_id, n) VALUES (?1, ?2)", "ii",
                  s->delivery_id, (gint64)s->attempt);
}

static gboolean note_attempt(struct db *db, struct settle_tally *t, const struct settle *s,
                             GError **error)
{
    if (!write_refusal(db, s, error))
        return FALSE;
    if (s->version == 0)
        return write_attempt(db, s, error);
    g_ptr_array_add(t->attempts, (gpointer)s);
    return TRUE;
}

/* How many of the `n` from `s` on make one range. Each deferred one has a time of its own. */
static guint run_length(const struct settle *s, guint n)
{
    guint len = 1;
    while (len < n && s->to != DELIVERY_DEFERRED &&
           s[len].delivery_id == s->delivery_id + len && s[len].from == s->from &&
           s[len].to == s->to && attempts_after(&s[len]) == attempts_after(s))
        len++;
    return len;
}

gboolean settle_write_all(struct db *db, struct settle_tally *t, const struct settle *s,
                          guint n, GError **error)
{
    guint len;
    g_ptr_array_set_size(t->attempts, 0);
    for (guint i = 0; i < n; i += len) {
        len = run_length(s + i, n - i);
        if (!move_rows(db, s + i, len, error))
            return FALSE;
        for (guint k = i; k < i + len; k++) {
            if (s[k].counts && !note_attempt(db, t, &s[k], error))
                return FALSE;
            count(t, &s[k]);
        }
    }
    return write_attempts(db, t->attempts, error);
}

gboolean settle_write(struct db *db, struct settle_tally *t, const struct settle *s,
                      GError **error)
{
    return settle_write_all(db, t, s, 1, error);
}
