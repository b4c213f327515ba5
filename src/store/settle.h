/*
 * Inside the store only: writing a delivery's move together with everything that must move in
 * the same transaction (counters per campaign, domain and minute; the attempt row; the cursor).
 * Used by the ledger, by recovery and by the moves of many rows at once.
 */
#ifndef CRIER_STORE_SETTLE_H
#define CRIER_STORE_SETTLE_H

#include <glib.h>

#include "model/delivery.h"
#include "store/db.h"

/* Classes of replies kept apart a campaign, and the most bytes of a class's sample. */
#define SETTLE_REPLY_CLASSES 500
#define SETTLE_SAMPLE_BYTES 500

/* Changes of counters, collected while a transaction runs and written before it commits. */
struct settle_tally;
struct settle_tally *settle_tally_new(void);
void settle_tally_free(struct settle_tally *t);
void settle_tally_reset(struct settle_tally *t);
/* `n` rows of the campaign went from one state to another. `from` DELIVERY_STATE_COUNT: new
 * rows (total grows). */
void settle_tally_move(struct settle_tally *t, gint64 campaign_id, enum delivery_state from,
                       enum delivery_state to, gint64 n);
void settle_tally_undecided(struct settle_tally *t, gint64 campaign_id, gint64 n);
/* Rows with ids at or above `id` may be queued again. */
void settle_tally_cursor_back(struct settle_tally *t, gint64 campaign_id, gint64 id);
void settle_tally_cursor_forward(struct settle_tally *t, gint64 campaign_id, gint64 id);
void settle_tally_in_flight(struct settle_tally *t, gint64 campaign_id,
                            gint64 n); /* the present number */
void settle_tally_new_in_domain(struct settle_tally *t, gint64 campaign_id,
                                const char *address);
/* An uncertain or refused one goes out again. */
void settle_tally_resent_in_domain(struct settle_tally *t, gint64 campaign_id,
                                   const char *address, enum delivery_state from);
/* That is taken back. */
void settle_tally_unsent_in_domain(struct settle_tally *t, gint64 campaign_id,
                                   const char *address, enum delivery_state to);
/* A row that was never tried goes (total shrinks). */
void settle_tally_gone(struct settle_tally *t, gint64 campaign_id, const char *address,
                       enum delivery_state from);
gboolean settle_tally_write(struct db *db, struct settle_tally *t, GError **error);

struct settle {
    gint64 delivery_id, campaign_id, server_id;
    const char *address; /* for the domain's counters */
    int version;         /* of the content, 0: as the row has it */
    int attempt;         /* its number; written when `counts` */
    gboolean counts;
    enum delivery_state from, to;
    int phase, code;
    gint64 at_us, due_us; /* wall */
    const char *enhanced, *reply;
};

/* Writes one delivery's move and its attempt, and adds to the tally. A row that is not in
 * `from` any more is an error: the ledger's rows are nobody else's. Inside the caller's
 * transaction. */
gboolean settle_write(struct db *db, struct settle_tally *t, const struct settle *s,
                      GError **error);

/* The same for `n` of them in the order of their ids. Neighbours that make the same move are one
 * UPDATE of a range, which must change as many rows as there are. */
gboolean settle_write_all(struct db *db, struct settle_tally *t, const struct settle *s, guint n,
                          GError **error);

/* Names the database in the flight journal: a hash of its key. Caller frees. */
char *ledger_workspace_id(struct db *db, GError **error);

/* SQL that is true when the person with key K and id P is suppressed for campaign C. */
#define SETTLE_SQL_IS_SUPPRESSED(key, campaign, person)                                        \
    "EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = " key                           \
    " AND (s.list_id = 0 OR ("                                                                 \
    "s.list_id IN (SELECT list_id FROM campaign_list WHERE campaign_id = " campaign            \
    " AND is_excluded = 0) AND NOT EXISTS (SELECT 1 FROM campaign_list cl JOIN membership m"   \
    " ON m.list_id = cl.list_id AND m.person_id = " person " WHERE cl.campaign_id = " campaign \
    " AND cl.is_excluded = 0 AND NOT EXISTS (SELECT 1 FROM suppression s2"                     \
    " WHERE s2.address_key = " key " AND s2.list_id = cl.list_id)))))"

#endif
