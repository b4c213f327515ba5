/*
 * A campaign's content version as a letter: what goes out to one person, with its tokens. Used by
 * the worker, preview and test alike, so that what is shown is what is sent.
 */
#ifndef CRIER_APP_LETTER_H
#define CRIER_APP_LETTER_H

#include <glib.h>

#include "model/campaign.h"
#include "store/campaigns.h"
#include "store/db.h"

struct letter;

/* Prepares a frozen version, or a record as it stands (a draft; `list_title` may be NULL). */
struct letter *letter_load(struct db *db, gint64 campaign_id, int version, GError **error);
struct letter *letter_new(const struct campaign *c, const char *list_title, GError **error);
void letter_free(struct letter *l);

/* The envelope sender: From's own address. Borrowed. */
const char *letter_sender(const struct letter *l);
/* The field names that subject and bodies ask for; caller g_strfreev()s. */
char **letter_names(const struct letter *l);

struct letter_person { /* all borrowed */
    gint64 delivery_id; /* 0: a preview; its tokens are valid for nothing */
    const char *address;
    const char *fields_json;
    const char *date; /* RFC 5322 */
};

/* Appends the whole message to `out`. `key` is the workspace's HMAC key. CRIER_ERROR_INVALID when it cannot
 * be made for this person. */
gboolean letter_write(const struct letter *l, const guint8 key[32], const struct letter_person *p,
                      GString *out, GError **error);
/* One decoded part: 't' text, 'h' HTML, 's' subject. */
gboolean letter_write_part(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, char part, GString *out,
                           GError **error);

#endif
