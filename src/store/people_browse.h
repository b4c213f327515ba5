/*
 * People and suppressions as a screen reads them: a page at a time in both directions, by
 * keyset. The work of a page is bounded, however many people there are. Reading only.
 */
#ifndef CRIER_STORE_PEOPLE_BROWSE_H
#define CRIER_STORE_PEOPLE_BROWSE_H

#include <glib.h>

#include "model/person.h"
#include "store/db.h"

enum browse_order {
    BROWSE_ADDRESS, /* by address_key */
    BROWSE_ADDED,   /* by id: as they came into the workspace */
};
struct browse {
    gint64 list_id; /* 0: everybody */
    enum browse_order order;
    gboolean is_backwards;
    /* The row that the page comes behind, as the order has it; `key` NULL and `id` 0: from the
     * beginning (backwards: from the end). */
    const char *key;
    gint64 id;
};

struct browse_person {
    struct person p;
    char *never_mail; /* owned; the reason; NULL: may be mailed. Of a list also what is for it
                         alone. */
};
/* At most `max`, the nearest first. The array owns its struct browse_person *. */
GPtrArray *people_browse(struct db *db, const struct browse *b, int max, GError **error);
/* One of them; NULL without an error: gone, or not on the list. Free with
 * browse_person_free(). */
struct browse_person *people_browse_one(struct db *db, gint64 list_id, gint64 person_id,
                                        GError **error);
void browse_person_free(struct browse_person *p); /* NULL is fine */

/* All lists by name, as list_all() but without counting: `members` is -1. */
GPtrArray *lists_browse(struct db *db, GError **error);
char **lists_names(struct db *db, GError **error); /* caller frees */

/* Counting in parts, so that nobody waits for a million: zeroed at first, then called until it
 * is done. */
struct browse_count {
    gint64 n;     /* people so far */
    gint64 fresh; /* of a list: those who joined since `since_us` */
    gboolean is_done;
    gint64 after_id; /* where it goes on */
    char *after_key; /* owned */
};
gboolean people_browse_count(struct db *db, gint64 list_id, gint64 since_us, int max_rows,
                             struct browse_count *c, GError **error);
void browse_count_clear(struct browse_count *c);

/* Of struct suppression *, as suppression_page(): behind `id` (0: from the newest), backwards
 * towards the newest. */
GPtrArray *suppression_browse(struct db *db, gint64 id, gboolean is_backwards, int max,
                              GError **error);
gint64 suppression_count(struct db *db, GError **error); /* -1 on error */

#endif
