/*
 * From a request to suppressions. Where requests come from, and how their text is got at, is
 * not for here.
 */
#include "config.h"

#include "app/evidence_private.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/token.h"
#include "store/deliveries.h"
#include "store/people.h"

#define MAX_TEXT_BYTES 2000 /* of a request: an address or a subject */
#define TOKEN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define REASON "unsubscribed"

void evidence_done_clear(struct evidence_done *d)
{
    g_free(d->address);
    g_free(d->campaign);
    g_free(d->lists);
    *d = (struct evidence_done){0};
}

/* ---- which delivery ---- */

/* Whatever stands around it ("+u-", "unsubscribe%20", "@…") has letters that no token has next
 * to it. */
static gboolean find_token(const guint8 *key, enum token_kind kind, const char *text,
                           gint64 *ret_id)
{
    for (const char *at = text; *at;) {
        gsize len = strspn(at, TOKEN_LETTERS);
        g_autofree char *word = g_strndup(at, len);
        if (len > 0 && token_verify(key, kind, word, ret_id))
            return TRUE;
        at += len > 0 ? len : 1;
    }
    return FALSE;
}

gboolean evidence_find_request(struct db *db, const char *text, gint64 *ret_delivery_id,
                               GError **error)
{
    guint8 key[TOKEN_KEY_BYTES];
    gint64 id = 0;
    if (!db_hmac_key(db, key, error))
        return FALSE;
    gboolean is_short = strnlen(text, MAX_TEXT_BYTES + 1) <= MAX_TEXT_BYTES;
    gboolean ok = is_short && find_token(key, TOKEN_UNSUBSCRIBE, text, &id);
    gboolean is_other =
        is_short && !ok &&
        (find_token(key, TOKEN_BOUNCE, text, &id) || find_token(key, TOKEN_MESSAGE, text, &id));
    explicit_bzero(key, sizeof key);
    if (ok && id != G_MAXINT64) {
        *ret_delivery_id = id;
        return TRUE;
    }
    g_set_error_literal(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        ok         ? _("this token is a preview's: it stands for nobody")
        : is_other ? _("this token is that of a message or of its bounces, not of a request "
                       "to unsubscribe")
                   : _("there is no token of this workspace in it. Give the address that "
                       "the request came to, or its subject"));
    return FALSE;
}

/* ---- what it means ---- */

gboolean evidence_suppress(struct db *db, const struct said *by, const char *address,
                           gint64 list_id, const char *reason, const char *evidence,
                           gboolean *all_there, GError **error)
{
    struct mailaddr a;
    gboolean was_there = FALSE;
    if (!mailaddr_parse(address, &a, error))
        return FALSE;
    g_autofree char *shown = mailaddr_format(&a), *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    if (!suppression_add(db, shown, key, list_id, reason, evidence, &was_there, error) ||
        (by && !was_there && !said_link_suppression(db, by, key, list_id, error)))
        return FALSE;
    *all_there = *all_there && was_there;
    return TRUE;
}

static gboolean suppress_all(struct db *db, const struct delivery_origin *o,
                             const char *evidence, gboolean *ret_all_there, GError **error)
{
    const struct delivery_list everything = {.id = 0};
    /* Whoever was erased is never mailed again; the ledger does not know their address any
     * more. */
    if (strcmp(o->address, PERSON_ERASED) == 0)
        return TRUE;
    guint n = MAX(o->lists->len, 1);
    for (guint i = 0; i < n; i++) {
        const struct delivery_list *l = o->lists->len ? o->lists->pdata[i] : &everything;
        if (!evidence_suppress(db, NULL, o->address, l->id, REASON, evidence, ret_all_there,
                               error))
            return FALSE;
        if (o->person_address && !g_str_equal(o->person_address, o->address) &&
            !evidence_suppress(db, NULL, o->person_address, l->id, REASON, evidence,
                               ret_all_there, error))
            return FALSE;
    }
    return TRUE;
}

/* Counted for the campaign, once, by a row that no message stands behind. */
static gboolean count_request(struct db *db, const struct delivery_origin *o,
                              gint64 delivery_id, const char *note, GError **error)
{
    struct mailaddr a;
    gboolean is_known = mailaddr_parse(o->address, &a, NULL);
    g_autofree char *key = is_known ? mailaddr_key(&a) : g_strdup("");
    if (is_known)
        mailaddr_clear(&a);
    struct said s = {.at_us = clock_wall_us(),
                     .delivery_id = delivery_id,
                     .campaign_id = o->campaign_id,
                     .person_id = o->person_id,
                     .address = o->address,
                     .address_key = key,
                     .kind = (char *)mail_kind_name(MAIL_UNSUBSCRIBE),
                     .class = (char *)bounce_class_name(BOUNCE_NONE),
                     .text = (char *)note,
                     .found_by = SAID_BY_TOKEN};
    return said_add(db, &s, error) && said_count(db, &s, SAID_UNSUBSCRIBED, error);
}

static char *names_of(const GPtrArray *lists)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < lists->len; i++) {
        const struct delivery_list *l = lists->pdata[i];
        g_string_append_printf(names, "%s%s", i ? ", " : "", l->name);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

gboolean evidence_unsubscribe(struct db *db, gint64 delivery_id, const char *note,
                              struct evidence_done *ret, GError **error)
{
    struct delivery_origin o;
    gboolean all_there = TRUE;
    if (!deliveries_origin(db, delivery_id, &o, error))
        return FALSE;
    g_autofree char *evidence =
        g_strdup_printf(_("request of campaign %s, delivery %" PRId64 "%s%s"), o.campaign,
                        delivery_id, note && *note ? ": " : "", note ? note : "");
    gboolean ok = db_begin(db, error);
    if (ok && (!suppress_all(db, &o, evidence, &all_there, error) ||
               (!all_there && !count_request(db, &o, delivery_id, note, error)) ||
               !db_commit(db, error))) {
        db_rollback(db);
        ok = FALSE;
    }
    if (ok)
        *ret = (struct evidence_done){g_strdup(o.address), g_strdup(o.campaign),
                                      names_of(o.lists), all_there};
    delivery_origin_clear(&o);
    return ok;
}
