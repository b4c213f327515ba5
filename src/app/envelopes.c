/*
 * Envelope senders by From, mailbox and the server's own way. What a delivery's sender looks
 * like is letter.c's.
 */
#include "config.h"

#include "app/envelopes.h"

#include "app/letter.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/pools.h"

#define KEY_BYTES 32

struct envelope *envelope_new(void)
{
    struct envelope *e = g_new0(struct envelope, 1);
    e->campaigns = g_ptr_array_new_with_free_func(g_free);
    return e;
}

void envelope_free(struct envelope *e)
{
    if (!e)
        return;
    g_ptr_array_unref(e->campaigns);
    g_free(e->from);
    g_free(e->mailbox);
    g_free(e->sender);
    g_free(e);
}

static void free_envelope(gpointer data)
{
    envelope_free(data);
}

GPtrArray *envelopes_new(void)
{
    return g_ptr_array_new_with_free_func(free_envelope);
}

gboolean envelope_address(const char *text, char **ret, GError **error)
{
    struct mailaddr a;
    g_autofree char *name = NULL;
    if (!mailbox_parse(text, &name, &a, error))
        return FALSE;
    *ret = mailaddr_format(&a);
    mailaddr_clear(&a);
    return TRUE;
}

/* The sender that deliveries with this From and mailbox will have; with a token that is
 * nobody's. */
static gboolean set_sender(struct envelope *e, struct db *db, const struct server *server,
                           GError **error)
{
    struct mailbox m;
    guint8 key[KEY_BYTES];
    g_autofree char *bounce = NULL;
    if (!e->mailbox || server->envelope == SERVER_ENVELOPE_PLAIN) {
        e->sender = g_strdup(e->from);
        return TRUE;
    }
    if (!db_hmac_key(db, key, error) || !mailboxes_get(db, e->mailbox, &m, error))
        return FALSE;
    gboolean ok = envelope_address(m.address, &bounce, error);
    mailbox_clear(&m);
    if (!ok)
        return FALSE;
    e->sender = letter_bounce_sender(bounce, key, 0);
    e->is_verp = e->sender != NULL;
    if (!e->sender)
        e->sender = g_strdup(e->from);
    return TRUE;
}

static struct envelope *find_same(const GPtrArray *all, const struct envelope *e)
{
    for (guint i = 0; i < all->len; i++) {
        struct envelope *other = all->pdata[i];
        if (g_str_equal(other->sender, e->sender) && g_str_equal(other->from, e->from))
            return other;
    }
    return NULL;
}

gboolean envelopes_add(GPtrArray *to, struct db *db, const struct server *server,
                       const char *campaign, const char *from, const char *mailbox,
                       GError **error)
{
    struct envelope *e = envelope_new(), *same = NULL;
    e->mailbox = mailbox && *mailbox ? g_strdup(mailbox) : NULL;
    gboolean ok = envelope_address(from, &e->from, error) && set_sender(e, db, server, error);
    if (ok)
        same = find_same(to, e);
    if (ok && campaign)
        g_ptr_array_add(same ? same->campaigns : e->campaigns, g_strdup(campaign));
    if (ok && !same && to->len < ENVELOPES_MAX)
        g_ptr_array_add(to, g_steal_pointer(&e));
    envelope_free(e);
    if (!ok && campaign)
        g_prefix_error(error, _("campaign %s: "), campaign);
    return ok;
}

static gboolean is_over(const struct campaign *c)
{
    return c->state == CAMPAIGN_FINISHED || c->state == CAMPAIGN_CANCELLED;
}

gboolean envelopes_add_by_server(GPtrArray *to, struct db *db, const struct server *server,
                                 GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    if (!all)
        return FALSE;
    for (int over = 0; over <= 1 && to->len == 0; over++)
        for (guint i = 0; i < all->len; i++) {
            const struct campaign *c = g_ptr_array_index(all, i);
            if (pools_lead_to(db, c->server, server->name) && c->from && *c->from &&
                is_over(c) == over &&
                !envelopes_add(to, db, server, c->name, c->from, c->mailbox, error))
                return FALSE;
        }
    return TRUE;
}
