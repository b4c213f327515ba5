/*
 * Keeping what a message said, and putting it back. The rows stand as they were, but what they
 * changed is counted and entered anew: others may have said the same since.
 */
#include "config.h"

#include "store/reread.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "store/inbound.h"
#include "store/people.h"
#include "store/said_private.h"
#include "store/sql.h"
#include "store/storm.h"
#include "store/undolog_private.h"

#define BATCH_US (CLOCK_SECOND_US / 10) /* of a transaction: others may want to write */
#define KEPT_SAID                                                                              \
    "id, inbound_id, at_us, delivery_id, campaign_id, person_id, address, address_key,"        \
    " provider, kind, class, reason, fault, status, text, found_by, effects"
#define ALL_FOLLOWS                                                                            \
    (SAID_HARD | SAID_SOFT | SAID_COMPLAINED | SAID_UNSUBSCRIBED | SAID_SUPPRESSED | SAID_WAITS)

/* ---- marks ---- */

char *reread_mark(struct db *db, gint64 inbound_id, GError **error)
{
    struct inbound_row row = {0};
    g_autoptr(GPtrArray) all = said_of_message(db, inbound_id, error);
    if (!all || !inbound_get(db, inbound_id, &row, error))
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%d %s\n", (int)row.state, row.kind);
    for (guint i = 0; i < all->len; i++) {
        const struct said *s = all->pdata[i];
        g_string_append_printf(text, "%" PRId64 " %s %s %s %s %s %s\n", s->delivery_id,
                               s->address_key, s->kind, s->class, s->reason, s->fault,
                               s->status);
    }
    inbound_row_clear(&row);
    return crypto_sha256_hex(text->str, text->len);
}

static GHashTable *set_of(struct db *db, const char *sql, gint64 inbound_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db, sql, error);
    if (!s)
        return NULL;
    sql_bind(s, "i", inbound_id);
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int step;
    while ((step = sql_step(db, s, error)) > 0)
        g_hash_table_add(all, sql_text(s, 0));
    return step == 0 ? g_steal_pointer(&all) : NULL;
}

GHashTable *reread_allowed(struct db *db, gint64 inbound_id, GError **error)
{
    return set_of(db,
                  "SELECT o.address_key FROM said o WHERE o.inbound_id = ?1 AND o.effects & 16"
                  " AND NOT EXISTS (SELECT 1 FROM said_suppression l JOIN suppression p"
                  " ON p.id = l.suppression_id WHERE l.said_id = o.id)",
                  inbound_id, error);
}

GHashTable *reread_entries(struct db *db, gint64 inbound_id, GError **error)
{
    return set_of(db,
                  "SELECT p.address_key || ' ' || p.list_id FROM said o JOIN said_suppression l"
                  " ON l.said_id = o.id JOIN suppression p ON p.id = l.suppression_id"
                  " WHERE o.inbound_id = ?1",
                  inbound_id, error);
}

gboolean reread_has_entry(struct db *db, const char *entry, gboolean *ret, GError **error)
{
    const char *blank = strrchr(entry, ' ');
    g_autofree char *key = g_strndup(entry, blank ? (gsize)(blank - entry) : 0);
    gint64 found = 0, list = blank ? g_ascii_strtoll(blank + 1, NULL, 10) : 0;
    if (!sql_int(db, error, 0, &found,
                 "SELECT 1 FROM suppression WHERE address_key = ?1 AND list_id = ?2", "si", key,
                 list))
        return FALSE;
    *ret = found != 0;
    return TRUE;
}

/* ---- keeping ---- */

/* How many there are stands in the list of what can be undone. */
static char *step_data(gint64 n)
{
    g_autofree char *detail =
        g_strdup_printf(ngettext("%" PRId64 " message", "%" PRId64 " messages", (gulong)n), n);
    struct json *all = json_new_object();
    json_set_string(all, "detail", detail);
    char *text = json_dump(all);
    json_unref(all);
    return text;
}

static gboolean begin_step(struct db *db, struct reread *r, GError **error)
{
    g_autofree char *data = step_data(0);
    const struct undolog_note n = {.action = r->action, .noun = "message", .data = data};
    return r->undo_id > 0 || undolog_note(db, &n, &r->undo_id, error);
}

static gboolean keep_rows(struct db *db, gint64 undo_id, gint64 inbound_id, GError **error)
{
    return sql_do(db, error,
                  "INSERT OR REPLACE INTO said_kept (undo_id, " KEPT_SAID ")"
                  " SELECT ?1, " KEPT_SAID " FROM said WHERE inbound_id = ?2",
                  "ii", undo_id, inbound_id) &&
           sql_do(db, error,
                  "INSERT OR REPLACE INTO suppression_kept (undo_id, said_id, address_key,"
                  " list_id, address, reason, evidence, actor, created_us) SELECT ?1, o.id,"
                  " p.address_key, p.list_id, p.address, p.reason, p.evidence, p.actor,"
                  " p.created_us FROM said o JOIN said_suppression l ON l.said_id = o.id"
                  " JOIN suppression p ON p.id = l.suppression_id WHERE o.inbound_id = ?2",
                  "ii", undo_id, inbound_id);
}

gboolean reread_keep(struct db *db, struct reread *r, gint64 inbound_id, GError **error)
{
    if (!begin_step(db, r, error) ||
        !sql_do(db, error,
                "INSERT OR IGNORE INTO inbound_kept (undo_id, inbound_id, state, kind, note)"
                " SELECT ?1, id, state, kind, note FROM inbound WHERE id = ?2",
                "ii", r->undo_id, inbound_id))
        return FALSE;
    /* Changed twice in one step, it goes back to where it was at first. */
    gboolean is_first = sql_changes(db) > 0;
    r->n += is_first;
    return !is_first || keep_rows(db, r->undo_id, inbound_id, error);
}

gboolean reread_carry(struct db *db, gint64 inbound_id, const GPtrArray *was, GError **error)
{
    for (guint i = 0; i < was->len; i++) {
        const struct said *s = was->pdata[i];
        gint64 bits = s->effects & (SAID_RETURNED | SAID_RESOLVED);
        if (bits == 0 || s->delivery_id == 0)
            continue;
        if (!sql_do(db, error,
                    "UPDATE said SET effects = effects | ?4 WHERE inbound_id = ?1"
                    " AND delivery_id = ?2 AND id <> ?3",
                    "iiii", inbound_id, s->delivery_id, s->id, bits) ||
            (sql_changes(db) > 0 &&
             !sql_do(db, error, "DELETE FROM said WHERE id = ?1", "i", s->id)))
            return FALSE;
    }
    return TRUE;
}

gboolean reread_became(struct db *db, struct reread *r, gint64 inbound_id, GError **error)
{
    g_autofree char *mark = reread_mark(db, inbound_id, error);
    g_autofree char *name = g_strdup_printf("#%" PRId64, inbound_id);
    g_autofree char *data = step_data(r->n);
    if (!mark ||
        !sql_do(db, error,
                "UPDATE inbound_kept SET became = ?3 WHERE undo_id = ?1 AND inbound_id = ?2",
                "iis", r->undo_id, inbound_id, mark) ||
        !sql_do(db, error,
                "UPDATE undo SET data = ?2, name = CASE ?4 WHEN 1 THEN ?3 ELSE '' END"
                " WHERE id = ?1",
                "issi", r->undo_id, data, name, r->n))
        return FALSE;
    return TRUE;
}

gboolean reread_forget(struct db *db, const char *address_key, gint64 person_id, GError **error)
{
    return sql_do(db, error,
                  "DELETE FROM said_kept WHERE address_key = ?1 OR (person_id = ?2 AND ?2 > 0)",
                  "si", address_key, person_id) &&
           sql_do(db, error, "DELETE FROM suppression_kept WHERE address_key = ?1", "s",
                  address_key);
}

/* ---- putting back ---- */

static GPtrArray *kept_rows(struct db *db, gint64 undo_id, gint64 inbound_id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(db,
                                  "SELECT " KEPT_SAID " FROM said_kept WHERE undo_id = ?1"
                                  " AND inbound_id = ?2 ORDER BY id",
                                  error);
    if (!s)
        return NULL;
    sql_bind(s, "ii", undo_id, inbound_id);
    return said_read_rows(db, s, error);
}

static gboolean put_entries(struct db *db, gint64 undo_id, const struct said *s, GError **error)
{
    return sql_do(db, error,
                  "INSERT INTO suppression (address_key, list_id, address, reason, evidence,"
                  " actor, created_us) SELECT address_key, list_id, address, reason, evidence,"
                  " actor, created_us FROM suppression_kept WHERE undo_id = ?1 AND said_id = ?2"
                  " ON CONFLICT DO NOTHING",
                  "ii", undo_id, s->id) &&
           sql_do(db, error,
                  "INSERT OR IGNORE INTO said_suppression (suppression_id, said_id)"
                  " SELECT p.id, ?2 FROM suppression_kept k JOIN suppression p"
                  " ON p.address_key = k.address_key AND p.list_id = k.list_id"
                  " AND p.created_us = k.created_us WHERE k.undo_id = ?1 AND k.said_id = ?2",
                  "ii", undo_id, s->id);
}

/* Somebody may have decided about the storm since. */
static gboolean put_waiting(struct db *db, struct said *s, GError **error)
{
    enum storm_state state = STORM_NONE;
    gboolean was_there = FALSE;
    if (!storm_state(db, s->provider, s->campaign_id, &state, error))
        return FALSE;
    if (state == STORM_WAITS)
        s->effects |= SAID_WAITS;
    if (state != STORM_CONFIRMED || !*s->address_key)
        return said_set_effects(db, s, error);
    if (!suppression_add(db, s->address, s->address_key, 0, "bounced", s->text, &was_there,
                         error))
        return FALSE;
    s->effects |= was_there ? 0 : SAID_SUPPRESSED;
    return said_set_effects(db, s, error) &&
           (was_there || said_link_suppression(db, s, s->address_key, 0, error));
}

static gboolean put_counts(struct db *db, struct said *s, int were, GError **error)
{
    static const enum said_effect counted[] = {SAID_HARD, SAID_SOFT, SAID_COMPLAINED,
                                               SAID_UNSUBSCRIBED};
    for (gsize i = 0; i < G_N_ELEMENTS(counted); i++)
        if ((were & (int)counted[i]) && !said_count(db, s, counted[i], error))
            return FALSE;
    return !(s->effects & SAID_HARD) ||
           storm_count(db, s->provider, s->campaign_id, said_domain(s), 1, error);
}

static gboolean put_row(struct db *db, gint64 undo_id, struct said *s, GError **error)
{
    int were = s->effects;
    s->effects &= ~ALL_FOLLOWS;
    if (!sql_do(db, error,
                "INSERT OR REPLACE INTO said (" KEPT_SAID ") SELECT " KEPT_SAID
                " FROM said_kept WHERE undo_id = ?1 AND inbound_id = ?2 AND id = ?3",
                "iii", undo_id, s->inbound_id, s->id) ||
        !said_set_effects(db, s, error) || !put_counts(db, s, were, error) ||
        !put_entries(db, undo_id, s, error))
        return FALSE;
    if (were & SAID_WAITS)
        return put_waiting(db, s, error);
    s->effects |= were & SAID_SUPPRESSED;
    return said_set_effects(db, s, error);
}

/* That somebody was put back among those who wait was noted with the row that goes. */
static gboolean drop_doubles(struct db *db, gint64 undo_id, gint64 inbound_id, GError **error)
{
    return sql_do(db, error,
                  "DELETE FROM said WHERE inbound_id = ?2 AND id NOT IN (SELECT id FROM"
                  " said_kept WHERE undo_id = ?1 AND inbound_id = ?2) AND delivery_id IN"
                  " (SELECT delivery_id FROM said_kept WHERE undo_id = ?1 AND inbound_id = ?2"
                  " AND effects & 64)",
                  "ii", undo_id, inbound_id);
}

static gboolean forget_message(struct db *db, gint64 undo_id, gint64 inbound_id, GError **error)
{
    return sql_do(db, error,
                  "DELETE FROM suppression_kept WHERE undo_id = ?1 AND said_id IN (SELECT id"
                  " FROM said_kept WHERE undo_id = ?1 AND inbound_id = ?2)",
                  "ii", undo_id, inbound_id) &&
           sql_do(db, error, "DELETE FROM said_kept WHERE undo_id = ?1 AND inbound_id = ?2",
                  "ii", undo_id, inbound_id) &&
           sql_do(db, error, "DELETE FROM inbound_kept WHERE undo_id = ?1 AND inbound_id = ?2",
                  "ii", undo_id, inbound_id);
}

static gboolean put_back(struct db *db, gint64 undo_id, gint64 inbound_id, GError **error)
{
    g_autoptr(GPtrArray) rows = kept_rows(db, undo_id, inbound_id, error);
    g_autofree char *name = g_strdup_printf("#%" PRId64, inbound_id);
    if (!rows || !said_take_back(db, inbound_id, error))
        return FALSE;
    for (guint i = 0; i < rows->len; i++)
        if (!put_row(db, undo_id, rows->pdata[i], error))
            return FALSE;
    return drop_doubles(db, undo_id, inbound_id, error) &&
           sql_do(db, error,
                  "UPDATE inbound SET (state, kind, note) = (SELECT state, kind, note FROM"
                  " inbound_kept WHERE undo_id = ?1 AND inbound_id = ?2) WHERE id = ?2",
                  "ii", undo_id, inbound_id) &&
           forget_message(db, undo_id, inbound_id, error) &&
           audit_write(db, "undo", "message", name, "", error);
}

/* ---- all messages of a step ---- */

struct walk {
    gint64 undo_id, before, n_back, n_changed, total;
};

/* The next, from the last to the first; 0: none. */
static gboolean next_message(struct db *db, const struct walk *w, gint64 *ret_id,
                             GError **error)
{
    return sql_int(db, error, 0, ret_id,
                   "SELECT inbound_id FROM inbound_kept WHERE undo_id = ?1 AND inbound_id < ?2"
                   " ORDER BY inbound_id DESC LIMIT 1",
                   "ii", w->undo_id, w->before);
}

static gboolean is_as_left(struct db *db, const struct walk *w, gint64 inbound_id,
                           gboolean *ret, GError **error)
{
    gint64 same = 0;
    g_autofree char *mark = reread_mark(db, inbound_id, error);
    if (!mark || !sql_int(db, error, 0, &same,
                          "SELECT 1 FROM inbound_kept WHERE undo_id = ?1 AND inbound_id = ?2"
                          " AND became = ?3",
                          "iis", w->undo_id, inbound_id, mark))
        return FALSE;
    *ret = same != 0;
    return TRUE;
}

static gboolean undo_one(struct db *db, struct walk *w, gint64 inbound_id, GError **error)
{
    gboolean is_same = FALSE;
    if (!is_as_left(db, w, inbound_id, &is_same, error) ||
        (is_same && !put_back(db, w->undo_id, inbound_id, error)))
        return FALSE;
    w->n_back += is_same;
    w->n_changed += !is_same;
    w->before = inbound_id;
    return TRUE;
}

static gboolean undo_some(struct db *db, struct walk *w, gboolean *ret_more, GError **error)
{
    gint64 begun_us = clock_mono_us();
    while (clock_mono_us() - begun_us < BATCH_US) {
        gint64 id = 0;
        if (!next_message(db, w, &id, error))
            return FALSE;
        *ret_more = id != 0;
        if (id == 0)
            return TRUE;
        if (!undo_one(db, w, id, error))
            return FALSE;
    }
    return TRUE;
}

static char *in_words(const struct walk *w)
{
    g_autofree char *back = g_strdup_printf(
        ngettext("%" PRId64 " message that came back says what it said before",
                 "%" PRId64 " messages that came back say what they said before",
                 (gulong)w->n_back),
        w->n_back);
    if (w->n_changed == 0)
        return g_steal_pointer(&back);
    return g_strdup_printf(ngettext("%s; %" PRId64 " was changed again since, and stays",
                                    "%s; %" PRId64 " were changed again since, and stay",
                                    (gulong)w->n_changed),
                           back, w->n_changed);
}

gboolean reread_undo(struct db *db, const struct undolog_step *s, const struct json *data,
                     char **ret_said, GError **error)
{
    struct walk w = {.undo_id = s->id, .before = G_MAXINT64};
    gboolean more = TRUE;
    if (!sql_int(db, error, 0, &w.total, "SELECT count(*) FROM inbound_kept WHERE undo_id = ?",
                 "i", w.undo_id))
        return FALSE;
    while (more) {
        if (!db_begin(db, error) ||
            !sql_leave(db, TRUE, undo_some(db, &w, &more, error), error))
            return FALSE;
        undolog_tell(db, w.n_back + w.n_changed, w.total);
        db_give_way(db);
    }
    if (w.n_back == 0 && w.n_changed > 0) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                            _("what these messages say was changed again since, so nothing is "
                              "taken back. Assign them by hand: crier bounce assign"));
        return FALSE;
    }
    *ret_said = in_words(&w);
    return TRUE;
}
