/*
 * Erasing a person: all that names them goes, in one transaction. What must stay (the proof of
 * what was sent, the ledger's sums, that they are never mailed again) stays without the
 * address.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/delivery.h"
#include "store/bin_private.h"
#include "store/db_private.h"
#include "store/deliveries.h"
#include "store/people_private.h"
#include "store/said.h"
#include "store/settle.h"
#include "store/sql.h"

/* Known, or in the bin: their deliveries bear the number. */
#define PERSON_ID                                                                              \
    "SELECT coalesce((SELECT id FROM person WHERE address_key = ?1),"                          \
    " (SELECT record_id FROM bin WHERE address_key = ?1 ORDER BY id DESC LIMIT 1))"

struct erase {
    struct db *db; /* borrowed, as key */
    const char *key;
    gint64 person_id;           /* 0: not known (any more) */
    char *hashed;               /* owned */
    GRegex *address;            /* owned; the address as it may stand in a reply */
    struct settle_tally *tally; /* owned */
    struct erase_counts counts;
    gint64 binned; /* entries of the bin */
};

/* ---- deliveries ---- */

static gboolean move_delivery(struct erase *e, gint64 id, gint64 campaign_id,
                              enum delivery_state state, gboolean decided, GError **error)
{
    if (state == DELIVERY_LEASED) {
        g_set_error_literal(
            error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
            _("a message to this person is on its way at this moment. Try again "
              "in a minute (when no worker runs, start one first: crier worker "
              "--once)"));
        return FALSE;
    }
    if (state == DELIVERY_UNCERTAIN && !decided)
        settle_tally_undecided(e->tally, campaign_id, -1);
    if (state != DELIVERY_QUEUED && state != DELIVERY_DEFERRED)
        return sql_do(
            e->db, error,
            "UPDATE delivery SET address = ?2, decided = CASE WHEN state = 5 THEN 1 ELSE"
            " decided END WHERE id = ?1",
            "is", id, PERSON_ERASED);
    settle_tally_move(e->tally, campaign_id, state, DELIVERY_SUPPRESSED, 1);
    e->counts.stopped++;
    return sql_do(e->db, error,
                  "UPDATE delivery SET address = ?2, state = ?3, due_us = NULL WHERE id = ?1",
                  "isi", id, PERSON_ERASED, (gint64)DELIVERY_SUPPRESSED);
}

static gboolean clean_replies(struct erase *e, gint64 delivery_id, GError **error)
{
    g_autoptr(GPtrArray) tries = deliveries_attempts(e->db, delivery_id, error);
    if (tries == NULL)
        return FALSE;
    for (guint i = 0; i < tries->len; i++) {
        const struct attempt *a = g_ptr_array_index(tries, i);
        if (a->reply == NULL || !g_regex_match(e->address, a->reply, 0, NULL))
            continue;
        g_autofree char *clean =
            g_regex_replace_literal(e->address, a->reply, -1, 0, PERSON_ERASED, 0, NULL);
        if (!sql_do(e->db, error,
                    "UPDATE attempt SET reply = ? WHERE delivery_id = ? AND n = ?", "sii",
                    clean, delivery_id, (gint64)a->n))
            return FALSE;
    }
    return TRUE;
}

static gboolean erase_delivery(struct erase *e, gint64 id, GError **error)
{
    sqlite3_stmt *s = sql_prepare(
        e->db, "SELECT campaign_id, state, decided FROM delivery WHERE id = ?", error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", id);
    int rc = sql_step(e->db, s, error);
    if (rc <= 0)
        return rc == 0;
    gint64 campaign_id = sql_int64(s, 0);
    enum delivery_state state = (enum delivery_state)sql_int64(s, 1);
    gboolean decided = sql_int64(s, 2) != 0;
    sqlite3_reset(s);
    e->counts.deliveries++;
    return move_delivery(e, id, campaign_id, state, decided, error) &&
           clean_replies(e, id, error);
}

/* ---- the rest ---- */

/* A consent with a person's own words or address of the network belongs to them alone. */
static gboolean erase_memberships(struct erase *e, GError **error)
{
    g_autoptr(GArray) consents = g_array_new(FALSE, FALSE, sizeof(gint64));
    sqlite3_stmt *s =
        sql_prepare(e->db,
                    "SELECT DISTINCT m.consent_id FROM list l CROSS JOIN membership m"
                    " ON m.list_id = l.id AND m.person_id = ?"
                    " WHERE m.consent_id IS NOT NULL",
                    error);
    if (s == NULL)
        return FALSE;
    sql_bind(s, "i", e->person_id);
    int rc;
    while ((rc = sql_step(e->db, s, error)) > 0) {
        gint64 id = sql_int64(s, 0);
        g_array_append_val(consents, id);
    }
    if (rc < 0 || !sql_do(e->db, error,
                          "DELETE FROM membership WHERE person_id = ?"
                          " AND list_id IN (SELECT id FROM list)",
                          "i", e->person_id))
        return FALSE;
    e->counts.memberships = sql_changes(e->db);
    for (guint i = 0; i < consents->len; i++)
        if (!sql_do(e->db, error,
                    "DELETE FROM consent WHERE id = ?1 AND NOT EXISTS"
                    " (SELECT 1 FROM membership WHERE consent_id = ?1)",
                    "i", g_array_index(consents, gint64, i)))
            return FALSE;
    return TRUE;
}

static gboolean erase_person(struct erase *e, GError **error)
{
    if (e->person_id == 0)
        return TRUE;
    return erase_memberships(e, error) &&
           sql_do(e->db, error,
                  "DELETE FROM import_row WHERE person_id = ? AND import_id IN"
                  " (SELECT id FROM import)",
                  "i", e->person_id) &&
           person_keep_id_used(e->db, e->person_id, error) &&
           sql_do(e->db, error, "DELETE FROM person WHERE id = ?", "i", e->person_id);
}

static gboolean erase_suppressions(struct erase *e, GError **error)
{
    if (!sql_do(e->db, error, "DELETE FROM suppression WHERE address_key = ?", "s", e->key))
        return FALSE;
    e->counts.suppressions = sql_changes(e->db);
    return TRUE;
}

/* Replies that stand as samples go with the address in them. */
static gboolean erase_samples(struct erase *e, GError **error)
{
    return sql_do(e->db, error,
                  "UPDATE reply_counter SET reply = '' WHERE instr(lower(reply), ?1) > 0", "s",
                  e->key) &&
           sql_do(e->db, error,
                  "UPDATE server_live SET reply = '' WHERE instr(lower(reply), ?1) > 0", "s",
                  e->key);
}

/* What was being typed when a line broke: of the person, or of a new one of that address. */
static gboolean erase_edits(struct erase *e, GError **error)
{
    return sql_do(e->db, error,
                  "DELETE FROM recovery WHERE noun = 'person'"
                  " AND (name = '#' || ?1 OR instr(lower(fields), ?2) > 0)",
                  "is", e->person_id, e->key);
}

static gboolean fail_nothing(const struct erase *e, GError **error)
{
    gint64 was_erased = 0;
    g_autofree char *shown = text_safe(e->key, -1, 320);
    if (!sql_int(e->db, error, 0, &was_erased,
                 "SELECT 1 FROM suppression WHERE address_key = ?", "s", e->hashed))
        return FALSE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                was_erased ? _("%s was erased already and is never mailed")
                           : _("nothing is held under the address %s. To keep it from being "
                               "mailed: crier suppress add ADDRESS"),
                shown);
    return FALSE;
}

static gboolean write_audit(struct erase *e, GError **error)
{
    g_autofree char *name = g_strdup_printf("#%" G_GINT64_FORMAT, e->person_id);
    g_autofree char *text = g_strdup_printf(
        "%" G_GINT64_FORMAT " lists, %" G_GINT64_FORMAT " suppressions, %" G_GINT64_FORMAT
        " deliveries, %" G_GINT64_FORMAT " of them stopped",
        e->counts.memberships, e->counts.suppressions, e->counts.deliveries, e->counts.stopped);
    return audit_write(e->db, "erase", "person", name, text, error);
}

/* Inside the transaction; `ids` are the deliveries that were found before it. */
static gboolean erase_all(struct erase *e, const GArray *ids, GError **error)
{
    if (!sql_int(e->db, error, 0, &e->person_id, PERSON_ID, "s", e->key))
        return FALSE;
    for (guint i = 0; i < ids->len; i++)
        if (!erase_delivery(e, g_array_index(ids, gint64, i), error))
            return FALSE;
    if (!settle_tally_write(e->db, e->tally, error) ||
        !bin_forget_person(e->db, e->person_id, e->key, &e->binned, error) ||
        !erase_person(e, error) || !erase_suppressions(e, error) || !erase_samples(e, error) ||
        !erase_edits(e, error) ||
        !said_erase(e->db, e->key, e->person_id, PERSON_ERASED, error))
        return FALSE;
    if (e->person_id == 0 && ids->len == 0 && e->counts.suppressions == 0 && e->binned == 0)
        return fail_nothing(e, error);
    return suppression_add(e->db, "", e->hashed, 0, "erased", NULL, NULL, error) &&
           write_audit(e, error);
}

/* The rows to an address are found by reading the whole ledger, so before the transaction;
 * those that the person got meanwhile by their number, in it. */
static gboolean find_and_erase(struct erase *e, GError **error)
{
    gint64 before = 0;
    if (!sql_int(e->db, error, 0, &before, PERSON_ID, "s", e->key))
        return FALSE;
    g_autoptr(GArray) ids = deliveries_of_address(e->db, e->key, before, error);
    if (ids == NULL || !db_begin(e->db, error))
        return FALSE;
    gint64 n = 0;
    gboolean ok = sql_int(e->db, error, 0, &n,
                          "SELECT count(*) FROM delivery WHERE person_id = ?", "i", before);
    if (ok && before != 0 && n > (gint64)ids->len) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN,
                            _("a campaign to this person is being started at this moment. Try "
                              "again in a minute"));
        ok = FALSE;
    }
    return sql_leave(e->db, TRUE, ok && erase_all(e, ids, error), error);
}

gboolean people_erase(struct db *db, const char *address_key, struct erase_counts *ret,
                      GError **error)
{
    g_autofree char *escaped = g_regex_escape_string(address_key, -1);
    struct erase e = {
        .db = db,
        .key = address_key,
        .hashed = suppression_erased_key(db, address_key, error),
        .address = g_regex_new(escaped, G_REGEX_CASELESS, 0, NULL),
        .tally = settle_tally_new(),
    };
    /* Or the octets would stay in the file's free pages. */
    gboolean ok = e.hashed != NULL && e.address != NULL &&
                  db_script(db, "PRAGMA secure_delete=ON", error) && find_and_erase(&e, error);
    db_script(db, "PRAGMA secure_delete=OFF", NULL);
    if (ok)
        *ret = e.counts;
    if (e.address != NULL)
        g_regex_unref(e.address);
    settle_tally_free(e.tally);
    g_free(e.hashed);
    return ok;
}
