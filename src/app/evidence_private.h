/*
 * Inside src/app/evidence*.c only.
 */
#ifndef CRIER_APP_EVIDENCE_PRIVATE_H
#define CRIER_APP_EVIDENCE_PRIVATE_H

#include "app/evidence.h"
#include "store/deliveries.h"
#include "store/said.h"

/* What the consequences of one message need. */
struct evidence_work {
    struct db *db; /* borrowed, as are the providers */
    const struct providers *providers;
    gint64 inbound_id, now_us;
    gint64 at_us; /* when the message came: what counts by time is of that day */
    GHashTable *allowed; /* addresses that a person let be mailed again since it came; or NULL */
    const GPtrArray *was; /* of struct said *: what the message said before; or NULL */
    gint64 soft_most, soft_within_s; /* settings */
    struct evidence_result done;
};

gboolean evidence_work_init(struct evidence_work *w, struct db *db,
                            const struct providers *providers, GError **error);

/* Which receiver takes the mail of an address: a provider or its domain. Caller frees. */
char *evidence_receiver(struct db *db, const struct providers *providers, const char *address);

/* Never mailed again, on a list or (0) at all. `*all_there` becomes false when that is new;
 * then `by` (may be NULL) is noted as its reason. */
gboolean evidence_suppress(struct db *db, const struct said *by, const char *address,
                           gint64 list_id, const char *reason, const char *evidence,
                           gboolean *all_there, GError **error);

/*
 * What a row that was just added means: by its kind, class and fault. `o` is where its delivery
 * comes from; of an address without one only the address is set. Inside the transaction.
 */
gboolean evidence_follow(struct evidence_work *w, struct said *s, enum mail_kind kind,
                         const struct delivery_origin *o, GError **error);

/* Inside the transaction, both about the message of the work: what was read; a person's word. */
gboolean evidence_decide(struct evidence_work *w, const struct inbound *in, GError **error);
gboolean evidence_say(struct evidence_work *w, const struct evidence_word *word,
                      GError **error);

#endif
