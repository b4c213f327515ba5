/*
 * Pages of the list of mail that came back. One statement for each filter that an index serves;
 * the other filters are asked of the rows that it finds.
 */
#include "config.h"

#include "store/inbound_browse.h"

#include <string.h>

#include "model/bounce.h"
#include "store/bin_private.h"
#include "store/sql.h"

/* What stands behind the last @: as the index has it. */
#define DOMAIN                                                                                 \
    "replace(s.address_key, rtrim(s.address_key, replace(s.address_key, '@', '')), '')"

/* The first and `said_id` are what an index has in this order. */
#define COLUMNS(id, said_id)                                                                   \
    "SELECT " id ", i.mailbox_id, i.received_us, i.bytes, i.state, i.kind, i.pattern,"         \
    " i.message_id, i.sender, i.subject, i.note, " said_id ", s.at_us,"                        \
    " s.delivery_id, s.campaign_id, s.person_id, s.address, s.address_key, s.provider, "       \
    "s.kind,"                                                                                  \
    " s.class, s.reason, s.fault, s.status, s.text, s.found_by, s.effects,"                    \
    " (SELECT " BIN_SHOWN("name") " FROM mailbox WHERE id = i.mailbox_id),"                    \
                                  " (SELECT " BIN_SHOWN(                                       \
                                      "name") " FROM campaign WHERE id = s.campaign_id)"

/* ?1 ?2: behind this message and recipient. The filters: ?3 campaign, ?4 mailbox, ?5 kind,
 * ?6 reason, ?7 class, ?8 domain, ?9 since, ?10 state; 0, NULL, -1: any. */
#define ALL_FILTERS                                                                            \
    " AND (?3 = 0 OR s.campaign_id = ?3) AND (?4 = 0 OR i.mailbox_id = ?4)"                    \
    " AND (?5 IS NULL OR ifnull(s.kind, i.kind) = ?5) AND (?6 IS NULL OR s.reason = ?6)"       \
    " AND (?7 IS NULL OR s.class = ?7) AND (?8 IS NULL OR " DOMAIN " = ?8)"                    \
    " AND i.received_us >= ?9 AND (?10 < 0 OR i.state = ?10)"                                  \
    " AND i.id >= (SELECT CASE ?9 WHEN 0 THEN 0 ELSE ifnull((SELECT min(id) FROM inbound"      \
    " WHERE received_us >= ?9), 0) END)"
#define NEWEST_FIRST " ORDER BY 1 DESC, 12 DESC LIMIT ?11"

#define BY_SAID(index, condition)                                                              \
    COLUMNS("s.inbound_id", "s.id")                                                            \
    " FROM said s INDEXED BY " index " CROSS JOIN inbound i ON i.id = s.inbound_id"            \
    " WHERE " condition                                                                        \
    " AND s.inbound_id <= ?1 AND (s.inbound_id < ?1 OR s.id < ?2)" ALL_FILTERS
#define BY_MESSAGE(from, condition)                                                            \
    COLUMNS("i.id", "ifnull(s.id, 0)")                                                         \
    " FROM inbound i " from " LEFT JOIN said s ON s.inbound_id = i.id WHERE " condition        \
    " AND i.id <= ?1 AND (i.id < ?1 OR ifnull(s.id, 0) < ?2)" ALL_FILTERS

enum way { BY_CAMPAIGN, BY_DOMAIN, BY_REASON, BY_STATE, BY_KIND, BY_CLASS, BY_NOTHING };

static const char *const ways[] = {
    [BY_CAMPAIGN] = BY_SAID("said_campaign", "s.campaign_id = ?3") NEWEST_FIRST,
    [BY_DOMAIN] = BY_SAID("said_domain", DOMAIN " = ?8") NEWEST_FIRST,
    [BY_REASON] = BY_SAID("said_reason", "s.reason = ?6") NEWEST_FIRST,
    [BY_CLASS] = BY_SAID("said_class", "s.class = ?7") NEWEST_FIRST,
    [BY_STATE] = BY_MESSAGE("INDEXED BY inbound_state", "i.state = ?10") NEWEST_FIRST,
    /* A mail that names nobody has no row but its own. */
    [BY_KIND] = BY_SAID("said_kind", "s.kind = ?5") " UNION ALL " BY_MESSAGE(
        "INDEXED BY inbound_kind", "i.kind = ?5 AND s.id IS NULL") NEWEST_FIRST,
    [BY_NOTHING] = BY_MESSAGE("", "1") NEWEST_FIRST,
};

/* Most of what comes back are bounces: they are found soonest by walking along. */
static gboolean is_rare(const char *kind)
{
    return kind && strcmp(kind, mail_kind_name(MAIL_BOUNCE)) != 0;
}

/* The index that leaves the fewest rows, as mail comes back. */
static enum way way_of(const struct inbound_filter *f)
{
    return f->campaign_id > 0 ? BY_CAMPAIGN
           : f->domain        ? BY_DOMAIN
           : f->reason        ? BY_REASON
           : f->state > 0     ? BY_STATE
           : is_rare(f->kind) ? BY_KIND
           : f->class         ? BY_CLASS
                              : BY_NOTHING;
}

static void free_entry(gpointer p)
{
    struct inbound_entry *e = p;
    inbound_row_clear(&e->message);
    said_clear(&e->said);
    g_free(e->mailbox);
    g_free(e->campaign);
    g_free(e);
}

static void read_said(sqlite3_stmt *s, struct said *r)
{
    *r = (struct said){.id = sql_int64(s, 11),
                       .inbound_id = sql_int64(s, 0),
                       .at_us = sql_int64(s, 12),
                       .delivery_id = sql_int64(s, 13),
                       .campaign_id = sql_int64(s, 14),
                       .person_id = sql_int64(s, 15),
                       .address = sql_text(s, 16),
                       .address_key = sql_text(s, 17),
                       .provider = sql_text(s, 18),
                       .kind = sql_text(s, 19),
                       .class = sql_text(s, 20),
                       .reason = sql_text(s, 21),
                       .fault = sql_text(s, 22),
                       .status = sql_text(s, 23),
                       .text = sql_text(s, 24),
                       .found_by = (enum said_by)CLAMP(sql_int64(s, 25), 0, SAID_BY_COUNT - 1),
                       .effects = (int)sql_int64(s, 26)};
}

static struct inbound_entry *read_entry(sqlite3_stmt *s)
{
    struct inbound_entry *e = g_new0(struct inbound_entry, 1);
    e->message = (struct inbound_row){
        .id = sql_int64(s, 0),
        .mailbox_id = sql_int64(s, 1),
        .received_us = sql_int64(s, 2),
        .bytes = sql_int64(s, 3),
        .state = (enum inbound_state)CLAMP(sql_int64(s, 4), 0, INBOUND_STATE_COUNT - 1),
        .kind = sql_text(s, 5),
        .pattern = sql_text(s, 6),
        .message_id = sql_text(s, 7),
        .sender = sql_text(s, 8),
        .subject = sql_text(s, 9),
        .note = sql_text(s, 10)};
    if (sql_int64(s, 11) > 0)
        read_said(s, &e->said);
    e->mailbox = g_strdup(sql_peek(s, 27));
    e->campaign = g_strdup(sql_peek(s, 28));
    return e;
}

GPtrArray *inbound_browse(struct db *db, const struct inbound_filter *f,
                          const struct inbound_entry *after, int max, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, ways[way_of(f)], error);
    if (!s)
        return NULL;
    sql_bind(s, "iiiissssiii", after ? after->message.id : G_MAXINT64,
             after ? after->said.id : G_MAXINT64, f->campaign_id, f->mailbox_id, f->kind,
             f->reason, f->class, f->domain, f->since_us, (gint64)f->state, (gint64)max);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_entry);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_ptr_array_add(all, read_entry(s));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

const char *inbound_entry_kind(const struct inbound_entry *e)
{
    return e->said.id > 0 ? e->said.kind : e->message.kind;
}
