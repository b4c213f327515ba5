/*
 * What came back about a person or of a delivery, as it is shown: the row of store/said.h with
 * the names that belong to it, in words and as JSON. Reading only.
 */
#ifndef CRIER_APP_SAID_VIEW_H
#define CRIER_APP_SAID_VIEW_H

#include <glib.h>

#include "base/json.h"
#include "store/db.h"
#include "store/said.h"

struct said_view {
    struct said said;       /* owned contents */
    char *campaign;         /* owned; name; "" when none was found */
    char *sender, *subject; /* owned; of the message; "" without one */
};
/* Newest first, at most `max`; of struct said_view *, owned by the array. Of a person: under
 * the address, and (`person_id` > 0) of every delivery to them. */
GPtrArray *said_view_of_person(struct db *db, const char *address_key, gint64 person_id,
                               int max, GError **error);
GPtrArray *said_view_of_delivery(struct db *db, gint64 delivery_id, GError **error);

/* "bounced hard", "complaint"; translated, borrowed. */
const char *said_view_what(const struct said *s);
/* "There is no such mailbox."; translated, borrowed; "" when it is no bounce. */
const char *said_view_why(const struct said *s);
/* What followed of it: "never mailed since"; "" when nothing did. Caller frees. */
char *said_view_effects(const struct said *s);
/* "message #12 from mailer-daemon@example.org: Undelivered"; "" without a message. Caller
 * frees. */
char *said_view_message(const struct said_view *v);
/* All of it in a line: "bounced hard 5.1.1: There is no such mailbox." Caller frees. */
char *said_view_line(const struct said *s);

/* One object. */
void said_view_json(struct json_writer *w, const struct said_view *v);

#endif
