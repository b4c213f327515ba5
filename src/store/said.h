/*
 * What came back said about whom, and what followed: a row for each recipient that a message
 * names, with the delivery it was matched to, and bits for what it changed, so that it can be
 * taken back; and campaigns' counters of it. Deciding is app/evidence.c's.
 */
#ifndef CRIER_STORE_SAID_H
#define CRIER_STORE_SAID_H

#include <glib.h>

#include "store/db.h"

#define SAID_TEXT_MAX_BYTES 2000

enum said_by { /* how the delivery was found; numbers are stored: never renumber */
               SAID_BY_NOTHING = 0, /* it was not */
               SAID_BY_TOKEN = 1,   /* a token that we signed */
               SAID_BY_ADDRESS = 2, /* the newest delivery to that address */
               SAID_BY_HAND = 3,
               SAID_BY_REPLY = 4, /* a server that we spoke to refused it */
               SAID_BY_COUNT
};
const char *said_by_name(enum said_by b); /* "nothing" "token" "address" "hand" "reply" */

enum said_effect { /* bits; stored: never renumber. The schema names SAID_WAITS. */
                   SAID_HARD = 1,         /* counted into the campaign's bounced_hard */
                   SAID_SOFT = 2,         /* … bounced_soft */
                   SAID_COMPLAINED = 4,   /* … complained */
                   SAID_UNSUBSCRIBED = 8, /* … unsubscribed */
                   SAID_SUPPRESSED = 16,  /* made an entry among those who are never mailed */
                   SAID_WAITS = 32,       /* would have, but a person decides: a storm */
                   SAID_RETURNED = 64,    /* the person waits for another try */
                   SAID_RESOLVED = 128,   /* a maybe sent is known to have gone out */
                   SAID_AGAINST = 256,    /* counts among the address's soft bounces */
                   SAID_HEALED = 512,     /* ends the row of soft bounces before it */
};

struct said {
    gint64 id, inbound_id;                      /* inbound_id 0: a request, a refusal */
    gint64 at_us;                               /* wall */
    gint64 delivery_id, campaign_id, person_id; /* 0: none */
    /* All texts are names of model/bounce, or as they came; NULL is "" when written. */
    char *address, *address_key, *provider;
    char *kind, *class, *reason, *fault, *status, *text;
    enum said_by found_by;
    int effects;
};
void said_clear(struct said *s); /* frees its texts */

/* ---- inside the caller's transaction ---- */

/* Sets the id. */
gboolean said_add(struct db *db, struct said *s, GError **error);
gboolean said_set_effects(struct db *db, const struct said *s, GError **error);
/* Counts the delivery into its campaign's `effect` (SAID_HARD … SAID_UNSUBSCRIBED) and sets the
 * bit, unless a row of this delivery has it. A hard one takes the place of a soft one. */
gboolean said_count(struct db *db, struct said *s, enum said_effect effect, GError **error);
/* The entry that this row made among those who are never mailed. */
gboolean said_link_suppression(struct db *db, const struct said *s, const char *address_key,
                               gint64 list_id, GError **error);
gboolean said_heal(struct db *db, const char *address_key, gint64 at_us, GError **error);
/* said_back.c: all that followed of a message, but for tries that go out again, is taken back,
 * and its rows go. Where another message says the same, it stays by that one. */
gboolean said_take_back(struct db *db, gint64 inbound_id, GError **error);
/* The address goes out of all rows about it, and the text of the messages with it. */
gboolean said_erase(struct db *db, const char *address_key, gint64 person_id,
                    const char *put_instead, GError **error);

/* ---- asked ---- */

/* What a message said; what was said about a delivery; about an address: newest first, at most
 * `max`. Arrays own their struct said *. */
GPtrArray *said_of_message(struct db *db, gint64 inbound_id, GError **error);
GPtrArray *said_of_delivery(struct db *db, gint64 delivery_id, GError **error);
GPtrArray *said_of_address(struct db *db, const char *address_key, int max, GError **error);
/* The same, and (`person_id` > 0) of every delivery to that person, whatever the address was. */
GPtrArray *said_of_person(struct db *db, const char *address_key, gint64 person_id, int max,
                          GError **error);
/* Of all, or (`campaign_id` > 0) of a campaign, below `before_id` (0: from the newest). */
GPtrArray *said_page(struct db *db, gint64 campaign_id, gint64 before_id, int max,
                     GError **error);

/* Deliveries that bounced softly since `since_us` and up to `until_us`, and since mail last
 * arrived there: a word that it did, or a delivery that was taken before `settled_us` and of
 * which nothing came back. */
gboolean said_soft_row(struct db *db, const char *address_key, gint64 person_id,
                       gint64 since_us, gint64 until_us, gint64 settled_us, gint64 *ret_n,
                       GError **error);
/* When the next soft one after `after_us` came, up to `until_us`; 0: none did. */
gboolean said_next_soft(struct db *db, const char *address_key, gint64 after_us, gint64 until_us,
                        gint64 *ret_us, GError **error);
/* What was said of uncertain deliveries before they were known to be that: each delivery once.
 * Only where one try alone may have got through, as nothing tells which one is meant. */
GPtrArray *said_of_uncertain(struct db *db, int max, GError **error);
gboolean said_times_returned(struct db *db, gint64 delivery_id, gint64 *ret_n, GError **error);
/* The newest delivery to this address that a server took, or may have, between the two; 0:
 * none. */
gboolean said_find_delivery(struct db *db, const char *address_key, gint64 since_us,
                            gint64 until_us, gint64 *ret_id, GError **error);
/* How many in a row, since, a receiver has sent back because of us: until mail arrived there.
 */
gboolean said_ours_row(struct db *db, const char *provider, gint64 since_us, gint64 *ret_n,
                       GError **error);

#endif
