/*
 * A campaign's content version as a letter: what goes out to one person, with its tokens. Used
 * by the worker, preview and test alike, so that what is shown is what is sent.
 */
#ifndef CRIER_APP_LETTER_H
#define CRIER_APP_LETTER_H

#include <glib.h>

#include "message/compose.h"
#include "model/campaign.h"
#include "model/server.h"
#include "store/campaigns.h"
#include "store/db.h"

struct letter;

/* Prepares a frozen version, or a record as it stands (a draft; `list_title` may be NULL). */
struct letter *letter_load(struct db *db, gint64 campaign_id, int version, GError **error);
struct letter *letter_new(const struct campaign *c, const char *list_title, GError **error);
/* As letter_new() for a record as it would start now: expanded, with its list's title and its
 * mailbox, which must be there and switched on. */
struct letter *letter_draft(struct db *db, const struct campaign *c, GError **error);
/* For other threads: once prepared, a letter does not change. */
struct letter *letter_ref(struct letter *l);
void letter_free(struct letter *l); /* gives one reference back; NULL is fine */

/*
 * A campaign's bodies as they go out: Markdown as HTML, the layout around it with logo, postal
 * address and the settings' organisation, the preheader in front, a text part where none was
 * written. `*ret` is `c` with html and text of its own and all else borrowed; end it by
 * letter_expanded_clear(). What is frozen is `ret`. CRIER_ERROR_INVALID names what cannot be
 * used. Expanding `ret` again changes nothing.
 */
gboolean letter_expand(struct db *db, const struct campaign *c, struct campaign *ret,
                       GError **error);
void letter_expanded_clear(struct campaign *c);

/* The mailbox that bounces and unsubscribe requests go to; NULL or "": none, From's own address
 * serves. */
gboolean letter_set_bounce(struct letter *l, const char *address, GError **error);

/* From's own address. Borrowed. */
const char *letter_sender(const struct letter *l);
/* Whether a body shows {{unsubscribe_url}}. */
gboolean letter_shows_unsubscribe(const struct letter *l);

struct letter_envelope { /* owned, in one piece that begins with the sender */
    char *sender; /* bounce+TOKEN@… of the mailbox; From's own address without one or by
                     SERVER_ENVELOPE_PLAIN */
    char *envid;  /* the token of the Message-ID */
    gsize room;   /* bytes of that piece */
};
/* `delivery_id` 0: a preview, as below. */
void letter_envelope(const struct letter *l, const guint8 key[32], gint64 delivery_id,
                     enum server_envelope mode, struct letter_envelope *ret);
/* "bounce+TOKEN@…" of a mailbox's address as it stands on the wire. NULL: it takes no tag.
 * Caller frees. */
char *letter_bounce_sender(const char *bounce, const guint8 key[32], gint64 delivery_id);
void letter_envelope_clear(struct letter_envelope *e);
/* The field names that subject and bodies ask for; caller g_strfreev()s. */
char **letter_names(const struct letter *l);

struct letter_person {  /* all borrowed */
    gint64 delivery_id; /* 0: a preview; its tokens are valid for nothing */
    const char *address;
    const char *fields_json;
    const char *date; /* RFC 5322 */
};

/* Appends the whole message to `out`. `key` is the workspace's HMAC key. CRIER_ERROR_INVALID
 * when it cannot be made for this person. */
gboolean letter_write(const struct letter *l, const guint8 key[32],
                      const struct letter_person *p, GString *out, GError **error);
/* As letter_write(), in pieces: compose_render_chunks() says how long they are valid. The
 * envelope is made with it, as both need the same token; `ret` is all zeros, or that of an
 * earlier message, whose memory is used again. */
gboolean letter_write_chunks(const struct letter *l, const guint8 key[32],
                             const struct letter_person *p, enum server_envelope mode,
                             GString *own, GArray *chunks, struct letter_envelope *ret,
                             GError **error);
/* What the chunks point into; whoever keeps them holds a reference. Borrowed. */
struct composed *letter_composed(const struct letter *l);
/* One decoded part: 't' text, 'h' HTML, 's' subject. */
gboolean letter_write_part(const struct letter *l, const guint8 key[32],
                           const struct letter_person *p, char part, GString *out,
                           GError **error);

/*
 * For several looks at one person's letter by the functions of compose.h: the values are read
 * once. False when they cannot be read, or `look` said so.
 */
gboolean
letter_look(const struct letter *l, const guint8 key[32], const struct letter_person *p,
            gboolean (*look)(const struct compose_person *who, void *data, GError **error),
            void *data, GError **error);

#endif
