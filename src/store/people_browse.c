/*
 * Pages of people for a screen. A list in the order of its addresses has no index of its own: a
 * short list is sorted, of a long one the index of all addresses is walked, which finds a page
 * of it soon. Not for exports and sending: those go by id (people_page, deliveries_build).
 */
#include "config.h"

#include "store/people_browse.h"

#include "store/people.h"
#include "store/people_private.h"
#include "store/sql.h"

/* Up to here sorting all of a list is quicker than walking past everybody else. */
#define SHORT_LIST 10000
/* A walk that has passed so many without filling its page gives up and sorts: the list's people
 * are not spread over the addresses. */
#define WALK_MAX 20000

static const char *const everybody_sql[2][2] = {
    [BROWSE_ADDRESS] = {"SELECT id, 1 FROM person WHERE address_key > ?2"
                        " ORDER BY address_key LIMIT ?4",
                        "SELECT id, 1 FROM person WHERE address_key < ?2"
                        " ORDER BY address_key DESC LIMIT ?4"},
    [BROWSE_ADDED] = {"SELECT id, 1 FROM person WHERE id > ?3 ORDER BY id LIMIT ?4",
                      "SELECT id, 1 FROM person WHERE id < ?3 ORDER BY id DESC LIMIT ?4"},
};
static const char *const added_sql[2] = {
    "SELECT person_id, 1 FROM membership WHERE list_id = ?1 AND person_id > ?3"
    " ORDER BY person_id LIMIT ?4",
    "SELECT person_id, 1 FROM membership WHERE list_id = ?1 AND person_id < ?3"
    " ORDER BY person_id DESC LIMIT ?4",
};
#define IS_MEMBER                                                                              \
    "EXISTS (SELECT 1 FROM membership m WHERE m.list_id = ?1 AND m.person_id = p.id)"
static const char *const walk_sql[2] = {
    "SELECT p.id, " IS_MEMBER " FROM person p WHERE p.address_key > ?2"
    " ORDER BY p.address_key LIMIT ?4",
    "SELECT p.id, " IS_MEMBER " FROM person p WHERE p.address_key < ?2"
    " ORDER BY p.address_key DESC LIMIT ?4",
};
static const char *const sort_sql[2] = {
    "SELECT p.id, 1 FROM membership m CROSS JOIN person p ON p.id = m.person_id"
    " WHERE m.list_id = ?1 AND p.address_key > ?2 ORDER BY p.address_key LIMIT ?4",
    "SELECT p.id, 1 FROM membership m CROSS JOIN person p ON p.id = m.person_id"
    " WHERE m.list_id = ?1 AND p.address_key < ?2 ORDER BY p.address_key DESC LIMIT ?4",
};

/* ---- ids in order ---- */

/* Greater than every address: U+10FFFF as UTF-8, twice. */
#define LAST_KEY "\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf"

/* Appends the ids of rows whose second column is true, until there are `max`. `*ret_seen`: rows
 * that were looked at. */
static gboolean take_ids(struct db *db, const struct browse *b, const char *sql, int limit,
                         int max, GArray *ids, int *ret_seen, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, sql, error);
    if (!s)
        return FALSE;
    const char *key = b->key ? b->key : b->is_backwards ? LAST_KEY : "";
    gint64 id = b->id != 0 ? b->id : b->is_backwards ? G_MAXINT64 : 0;
    const struct {
        int at;
        gint64 n;
    } numbers[] = {{1, b->list_id}, {3, id}, {4, limit}};
    int n = sqlite3_bind_parameter_count(s);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (numbers[i].at <= n)
            sqlite3_bind_int64(s, numbers[i].at, numbers[i].n);
    if (n >= 2)
        sqlite3_bind_text(s, 2, key, -1, SQLITE_TRANSIENT);
    int rc = 0, seen = 0;
    while ((int)ids->len < max && (rc = sql_step(db, s, error)) > 0) {
        gint64 found = sql_int64(s, 0);
        seen++;
        if (sql_int64(s, 1))
            g_array_append_val(ids, found);
    }
    sqlite3_reset(s);
    *ret_seen = seen;
    return rc >= 0;
}

static gboolean is_short(struct db *db, gint64 list_id, gboolean *ret, GError **error)
{
    gint64 n;
    if (!sql_int(db, error, 0, &n,
                 "SELECT count(*) FROM (SELECT 1 FROM membership WHERE list_id = ?1 LIMIT ?2)",
                 "ii", list_id, (gint64)SHORT_LIST + 1))
        return FALSE;
    *ret = n <= SHORT_LIST;
    return TRUE;
}

static gboolean take_list_by_address(struct db *db, const struct browse *b, int max,
                                     GArray *ids, GError **error)
{
    gboolean is_sorted = FALSE;
    int seen = 0;
    if (!is_short(db, b->list_id, &is_sorted, error))
        return FALSE;
    if (!is_sorted) {
        if (!take_ids(db, b, walk_sql[b->is_backwards], WALK_MAX, max, ids, &seen, error))
            return FALSE;
        if ((int)ids->len == max || seen < WALK_MAX)
            return TRUE;
        g_array_set_size(ids, 0);
    }
    return take_ids(db, b, sort_sql[b->is_backwards], max, max, ids, &seen, error);
}

static gboolean take_page(struct db *db, const struct browse *b, int max, GArray *ids,
                          GError **error)
{
    int seen = 0;
    if (b->list_id != 0 && b->order == BROWSE_ADDRESS)
        return take_list_by_address(db, b, max, ids, error);
    const char *sql =
        b->list_id != 0 ? added_sql[b->is_backwards] : everybody_sql[b->order][b->is_backwards];
    return take_ids(db, b, sql, max, max, ids, &seen, error);
}

/* ---- people ---- */

void browse_person_free(struct browse_person *p)
{
    if (!p)
        return;
    person_clear(&p->p);
    g_free(p->never_mail);
    g_free(p);
}

static void free_row(gpointer p)
{
    browse_person_free(p);
}

static struct browse_person *read_one(struct db *db, gint64 list_id, gint64 id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT p.id, p.address, p.address_key, p.domain, p.fields, p.created_us, p.updated_us,"
        " p.row_version, (SELECT x.reason FROM suppression x WHERE x.address_key ="
        " p.address_key AND x.list_id IN (0, ?2) ORDER BY x.list_id LIMIT 1)"
        " FROM person p WHERE p.id = ?1",
        error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", id, list_id);
    if (sql_step(db, s, error) <= 0)
        return NULL;
    struct browse_person *p = g_new0(struct browse_person, 1);
    p->p.id = sql_int64(s, 0);
    p->p.address = sql_text(s, 1);
    p->p.address_key = sql_text(s, 2);
    p->p.domain = sql_text(s, 3);
    p->p.fields_json = sql_text(s, 4);
    p->p.created_us = sql_int64(s, 5);
    p->p.updated_us = sql_int64(s, 6);
    p->p.row_version = sql_int64(s, 7);
    p->never_mail = sql_text(s, 8);
    sqlite3_reset(s);
    return p;
}

GPtrArray *people_browse(struct db *db, const struct browse *b, int max, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(free_row);
    GError *why = NULL;
    if (!take_page(db, b, max, ids, error))
        return NULL;
    for (guint i = 0; i < ids->len; i++) {
        struct browse_person *p = read_one(db, b->list_id, g_array_index(ids, gint64, i), &why);
        if (p)
            g_ptr_array_add(out, p);
        if (why) {
            g_propagate_error(error, why);
            return NULL;
        }
    }
    return g_steal_pointer(&out);
}

struct browse_person *people_browse_one(struct db *db, gint64 list_id, gint64 person_id,
                                        GError **error)
{
    gint64 found = 1;
    if (list_id != 0 && !sql_int(db, error, 0, &found,
                                 "SELECT 1 FROM membership WHERE list_id = ? AND person_id = ?",
                                 "ii", list_id, person_id))
        return NULL;
    return found ? read_one(db, list_id, person_id, error) : NULL;
}

/* ---- counting ---- */

void browse_count_clear(struct browse_count *c)
{
    g_free(c->after_key);
    *c = (struct browse_count){0};
}

/* Everybody by the index of addresses: it is a tenth of the table. */
static const char everybody_count_sql[] =
    "SELECT count(*), 0, max(address_key) FROM (SELECT address_key FROM person"
    " WHERE address_key > ?2 ORDER BY address_key LIMIT ?4)";
static const char list_count_sql[] =
    "SELECT count(*), ifnull(sum(joined_us >= ?3), 0), max(person_id) FROM (SELECT person_id,"
    " joined_us FROM membership WHERE list_id = ?1 AND person_id > ?2 ORDER BY person_id"
    " LIMIT ?4)";

gboolean people_browse_count(struct db *db, gint64 list_id, gint64 since_us, int max_rows,
                             struct browse_count *c, GError **error)
{
    gboolean is_list = list_id != 0;
    sqlite3_stmt *s = sql_prepare(db, is_list ? list_count_sql : everybody_count_sql, error);
    if (!s)
        return FALSE;
    sqlite3_bind_int(s, 4, max_rows);
    if (is_list) {
        sqlite3_bind_int64(s, 1, list_id);
        sqlite3_bind_int64(s, 2, c->after_id);
        sqlite3_bind_int64(s, 3, since_us);
    } else {
        sqlite3_bind_text(s, 2, c->after_key ? c->after_key : "", -1, SQLITE_TRANSIENT);
    }
    if (sql_step(db, s, error) <= 0)
        return FALSE;
    gint64 n = sql_int64(s, 0);
    c->n += n;
    c->fresh += sql_int64(s, 1);
    c->is_done = n < max_rows;
    if (is_list) {
        c->after_id = sql_int64(s, 2);
    } else {
        g_free(c->after_key);
        c->after_key = sql_text(s, 2);
    }
    sqlite3_reset(s);
    return TRUE;
}

/* ---- lists ---- */

static void free_list(gpointer p)
{
    list_clear(p);
    g_free(p);
}

GPtrArray *lists_browse(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(free_list);
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT id, name, row_version, title, created_us FROM list"
                                  " WHERE deleted_us IS NULL ORDER BY name",
                                  error);
    int rc = -1;
    while (s && (rc = sql_step(db, s, error)) > 0) {
        struct list *l = g_new0(struct list, 1);
        l->id = sql_int64(s, 0);
        l->name = sql_text(s, 1);
        l->row_version = sql_int64(s, 2);
        l->title = sql_text(s, 3);
        l->created_us = sql_int64(s, 4);
        l->members = -1;
        g_ptr_array_add(out, l);
    }
    return rc == 0 ? g_steal_pointer(&out) : NULL;
}

char **lists_names(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) lists = lists_browse(db, error);
    if (lists == NULL)
        return NULL;
    char **names = g_new0(char *, lists->len + 1);
    for (guint i = 0; i < lists->len; i++)
        names[i] = g_strdup(((const struct list *)lists->pdata[i])->name);
    return names;
}
