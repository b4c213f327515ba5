/*
 * Mail that came in: whom it is about, and one transaction with all that follows. What it says
 * is read by src/inbound; what follows of each word is evidence_follow.c's.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence_private.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/token.h"
#include "inbound/inbound.h"
#include "store/audit.h"
#include "store/people.h"
#include "store/storm.h"

#define DAY_US (G_GINT64_CONSTANT(24) * 3600 * CLOCK_SECOND_US)
#define MAILED_WITHIN_US (30 * DAY_US) /* what comes back without a token is of these days */
#define TOKEN_OCTETS_LEAST 12          /* kind, id, signature */
#define TOKEN_OCTETS_MOST 19
#define TOKEN_LETTERS_MOST 32
#define BATCH 500

gboolean evidence_work_init(struct evidence_work *w, struct db *db,
                            const struct providers *providers, GError **error)
{
    struct settings s = {0};
    *w = (struct evidence_work){.db = db, .providers = providers, .now_us = clock_wall_us()};
    w->at_us = w->now_us;
    if (!settings_load(db, &s, error))
        return FALSE;
    w->soft_most = s.soft_bounces;
    w->soft_within_s = s.soft_within_s;
    settings_clear(&s);
    return TRUE;
}

/* ---- whom it is about ---- */

enum token_find { TOKEN_NONE, TOKEN_FORGED, TOKEN_FOUND };

/* It has the shape of one of ours and is none. */
static gboolean looks_signed(const char *word)
{
    gsize n = strnlen(word, TOKEN_LETTERS_MOST + 1), len = 0;
    if (n > TOKEN_LETTERS_MOST)
        return FALSE;
    g_autofree guint8 *octets = crypto_unbase32(word, n, &len);
    return octets && len >= TOKEN_OCTETS_LEAST && len <= TOKEN_OCTETS_MOST &&
           octets[0] >= TOKEN_MESSAGE && octets[0] <= TOKEN_BOUNCE && octets[1] != 0;
}

static gboolean verify(const guint8 *key, const char *word, gint64 *ret_id)
{
    static const enum token_kind kinds[] = {TOKEN_BOUNCE, TOKEN_MESSAGE, TOKEN_UNSUBSCRIBE};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (token_verify(key, kinds[i], word, ret_id))
            return TRUE;
    return FALSE;
}

static enum token_find find_token(const guint8 *key, const GPtrArray *words, gint64 *ret_id)
{
    enum token_find found = TOKEN_NONE;
    for (guint i = 0; words && i < words->len; i++) {
        if (verify(key, words->pdata[i], ret_id))
            return TOKEN_FOUND;
        if (looks_signed(words->pdata[i]))
            found = TOKEN_FORGED;
    }
    return found;
}

static gboolean find_delivery(struct db *db, const struct inbound *in, enum token_find *ret,
                              gint64 *ret_id, GError **error)
{
    guint8 key[TOKEN_KEY_BYTES];
    if (!db_hmac_key(db, key, error))
        return FALSE;
    *ret = find_token(key, in->tokens, ret_id);
    explicit_bzero(key, sizeof key);
    return TRUE;
}

/* NULL: it is no address. Caller frees. */
static char *key_of(const char *address)
{
    struct mailaddr a;
    if (!address || !mailaddr_parse(address, &a, NULL))
        return NULL;
    char *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    return key;
}

static gboolean was_erased(struct db *db, const char *address_key)
{
    g_autofree char *hashed = suppression_erased_key(db, address_key, NULL);
    g_autoptr(GPtrArray) all = hashed ? suppression_of(db, address_key, NULL) : NULL;
    for (guint i = 0; all && i < all->len; i++)
        if (strcmp(((const struct suppression *)all->pdata[i])->reason, "erased") == 0)
            return TRUE;
    return FALSE;
}

/* ---- rows ---- */

static struct said row_of(const struct evidence_work *w, const struct inbound_item *item,
                          enum mail_kind kind)
{
    return (struct said){
        .inbound_id = w->inbound_id,
        .at_us = w->at_us,
        .kind = g_strdup(mail_kind_name(kind)),
        .class = g_strdup(bounce_class_name(item->class)),
        .reason = g_strdup(bounce_reason_row(item->reason)->name),
        .fault = g_strdup(bounce_fault_name(item->fault)),
        .status = g_strdup(item->status ? item->status : ""),
        .text = g_strdup(item->diagnostic ? item->diagnostic : ""),
    };
}

static void name_delivery(const struct evidence_work *w, struct said *s,
                          const struct delivery_origin *o, gint64 delivery_id, enum said_by by)
{
    gboolean is_erased = strcmp(o->address, PERSON_ERASED) == 0;
    s->delivery_id = delivery_id;
    s->campaign_id = o->campaign_id;
    s->person_id = o->person_id;
    s->found_by = by;
    s->address = g_strdup(o->address);
    s->address_key = is_erased ? g_strdup("") : key_of(o->address);
    s->provider = evidence_receiver(w->db, w->providers, o->address);
    if (is_erased) /* the server's words name the address */
        g_clear_pointer(&s->text, g_free);
}

static gboolean add_and_follow(struct evidence_work *w, struct said *s, enum mail_kind kind,
                               const struct delivery_origin *o, GError **error)
{
    return said_add(w->db, s, error) && evidence_follow(w, s, kind, o, error) &&
           (strcmp(o->address, PERSON_ERASED) != 0 ||
            inbound_forget_text(w->db, w->inbound_id, error));
}

static gboolean take_about_delivery(struct evidence_work *w, const struct inbound_item *item,
                                    enum mail_kind kind, gint64 delivery_id, enum said_by by,
                                    GError **error)
{
    struct delivery_origin o = {0};
    if (!deliveries_origin(w->db, delivery_id, &o, error))
        return FALSE;
    struct said s = row_of(w, item, kind);
    name_delivery(w, &s, &o, delivery_id, by);
    gboolean ok = add_and_follow(w, &s, kind, &o, error);
    said_clear(&s);
    delivery_origin_clear(&o);
    return ok;
}

/* Kept for whoever looks; nobody is marked. */
static gboolean note_nobody(struct evidence_work *w, const struct inbound_item *item,
                            enum mail_kind kind, const char *address_key, GError **error)
{
    struct said s = row_of(w, item, kind);
    s.address = g_strdup(item->address ? item->address : "");
    s.address_key = g_strdup(address_key ? address_key : "");
    s.provider = evidence_receiver(w->db, w->providers, s.address);
    gboolean ok = said_add(w->db, &s, error);
    said_clear(&s);
    return ok;
}

/* ---- by token ---- */

/* A bounce that says nothing of anybody is one of the person's all the same. */
static struct inbound_item nobody_said(const struct inbound *in)
{
    if (in->rule)
        return (struct inbound_item){.kind = in->kind,
                                     .class = in->class,
                                     .reason = in->reason,
                                     .fault = in->fault};
    return (struct inbound_item){.kind = in->kind,
                                 .class = in->kind == MAIL_BOUNCE ? BOUNCE_SOFT : BOUNCE_NONE};
}

/* NULL: it names nobody. The message went to one person. What is said of others is of those it
 * was forwarded to: then the mildest counts, since it may have reached one. */
static const struct inbound_item *choose(const struct inbound *in, const char *address_key)
{
    const struct inbound_item *best = NULL;
    for (guint i = 0; in->items && i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        g_autofree char *key = key_of(item->address);
        if (key && address_key && strcmp(key, address_key) == 0)
            return item;
        if (!best || item->class < best->class)
            best = item;
    }
    return best;
}

/* TRUE with `*ret_found` false: its campaign was deleted, or it is a preview's. */
static gboolean take_by_token(struct evidence_work *w, const struct inbound *in, gint64 id,
                              gboolean *ret_found, GError **error)
{
    struct delivery_origin o = {0};
    g_autoptr(GError) problem = NULL;
    *ret_found = FALSE;
    if (id == G_MAXINT64)
        return TRUE;
    if (!deliveries_origin(w->db, id, &o, &problem)) {
        if (g_error_matches(problem, CRIER_ERROR, CRIER_ERROR_NOT_FOUND))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    g_autofree char *key = key_of(o.address);
    const struct inbound_item nobody = nobody_said(in), *item = choose(in, key);
    item = item ? item : &nobody;
    delivery_origin_clear(&o);
    *ret_found = TRUE;
    /* A notice may say another thing of each; a request is what the mail is. */
    return take_about_delivery(w, item, item->kind, id, SAID_BY_TOKEN, error);
}

/* ---- by address ---- */

static gboolean take_by_address(struct evidence_work *w, const struct inbound_item *item,
                                enum mail_kind kind, gboolean *ret_found, GError **error)
{
    gint64 id = 0;
    g_autofree char *key = key_of(item->address);
    *ret_found = FALSE;
    if (!key)
        return note_nobody(w, item, kind, NULL, error);
    if (was_erased(w->db, key)) {
        const struct inbound_item blank = {
            .class = item->class, .reason = item->reason, .fault = item->fault};
        *ret_found = TRUE;
        return note_nobody(w, &blank, kind, NULL, error) &&
               inbound_forget_text(w->db, w->inbound_id, error);
    }
    if (!said_find_delivery(w->db, key, w->at_us - MAILED_WITHIN_US, w->at_us, &id,
                            error))
        return FALSE;
    *ret_found = id != 0;
    return id ? take_about_delivery(w, item, kind, id, SAID_BY_ADDRESS, error)
              : note_nobody(w, item, kind, key, error);
}

/* Kinds by which somebody is marked. */
static gboolean is_about_people(enum mail_kind k)
{
    return k == MAIL_BOUNCE || k == MAIL_DELAYED || k == MAIL_COMPLAINT ||
           k == MAIL_UNSUBSCRIBE;
}

static gboolean take_items(struct evidence_work *w, const struct inbound *in,
                           gboolean is_forged, gboolean *ret_found, GError **error)
{
    gboolean found = FALSE, any = FALSE, ok = TRUE;
    for (guint i = 0; ok && in->items && i < in->items->len; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        g_autofree char *key = is_forged ? key_of(item->address) : NULL;
        ok = is_forged || !is_about_people(item->kind)
                 ? note_nobody(w, item, item->kind, key, error)
                 : take_by_address(w, item, item->kind, &found, error);
        any = any || (!is_forged && found);
    }
    *ret_found = any;
    return ok;
}

/* ---- one message ---- */

static const char *why_unknown(const struct inbound *in, enum token_find token)
{
    if (token == TOKEN_FORGED)
        return _("it bears a token that this workspace did not sign: nobody is marked");
    return in->kind == MAIL_OTHER ? _("what it says was not understood")
                                  : _("nobody who was mailed lately is named in it");
}

gboolean evidence_decide(struct evidence_work *w, const struct inbound *in, GError **error)
{
    enum token_find token = TOKEN_NONE;
    gint64 delivery_id = 0;
    gboolean found = FALSE, ok = find_delivery(w->db, in, &token, &delivery_id, error);
    if (!ok)
        return FALSE;
    ok = token == TOKEN_FOUND ? take_by_token(w, in, delivery_id, &found, error)
                              : take_items(w, in, token == TOKEN_FORGED, &found, error);
    if (!ok)
        return FALSE;
    gboolean is_known =
        in->kind != MAIL_OTHER && (found || token == TOKEN_FOUND || !is_about_people(in->kind));
    w->done.is_unknown = !is_known;
    return inbound_decide(w->db, w->inbound_id, is_known ? INBOUND_DECIDED : INBOUND_UNKNOWN,
                          mail_kind_name(in->kind), is_known ? "" : why_unknown(in, token),
                          error);
}

static gboolean put(struct evidence_work *w, const struct evidence_mail *m,
                    const struct inbound *in, GError **error)
{
    struct inbound_row r = {.received_us = m->received_us,
                            .bytes = m->bytes,
                            .state = INBOUND_UNKNOWN,
                            .kind = (char *)mail_kind_name(in->kind),
                            .pattern = in->pattern,
                            .message_id = in->message_id,
                            .sender = in->sender,
                            .subject = in->subject};
    if (!inbound_put(w->db, &m->key, &r, m->raw, m->len, &w->done.was_there, error))
        return FALSE;
    w->inbound_id = w->done.inbound_id = r.id;
    return TRUE;
}

static gboolean finish(struct db *db, gboolean ok, GError **error)
{
    if (ok && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

static gboolean take_one(struct evidence_work *w, const struct evidence_mail *m,
                         const struct inbound *said, GError **error)
{
    w->providers = m->providers;
    w->inbound_id = 0;
    w->done = (struct evidence_result){0};
    return put(w, m, said, error) && (w->done.was_there || evidence_decide(w, said, error));
}

gboolean evidence_take_all(struct db *db, const struct evidence_mail *mails,
                           struct inbound *const *said, gsize n, struct evidence_result *ret,
                           GError **error)
{
    struct evidence_work w;
    gboolean ok = TRUE;
    if (!evidence_work_init(&w, db, NULL, error) || !db_begin(db, error))
        return FALSE;
    for (gsize i = 0; ok && i < n; i++) {
        ok = take_one(&w, &mails[i], said[i], error);
        ret[i] = w.done;
    }
    return finish(db, ok, error);
}

gboolean evidence_take(struct db *db, const struct evidence_mail *m, const struct inbound *said,
                       struct evidence_result *ret, GError **error)
{
    struct inbound *const one[] = {(struct inbound *)said};
    struct evidence_result result;
    if (!evidence_take_all(db, m, one, 1, &result, error))
        return FALSE;
    *ret = result;
    return TRUE;
}

/* ---- by hand ---- */

static gboolean assign_stranger(struct evidence_work *w, const struct inbound_item *item,
                                const char *key, enum mail_kind kind, GError **error)
{
    struct said s = row_of(w, item, kind);
    const struct delivery_origin o = {.address = item->address};
    s.address = g_strdup(item->address);
    s.address_key = g_strdup(key);
    s.provider = evidence_receiver(w->db, w->providers, item->address);
    s.found_by = SAID_BY_HAND;
    gboolean ok = add_and_follow(w, &s, kind, &o, error);
    said_clear(&s);
    return ok;
}

/* The delivery that the message was matched to before, as far as it is this address's. */
static gint64 matched_before(const struct evidence_work *w, const char *key)
{
    for (guint i = 0; w->was && i < w->was->len; i++) {
        const struct said *s = w->was->pdata[i];
        if (s->delivery_id > 0 && strcmp(s->address_key, key) == 0)
            return s->delivery_id;
    }
    return 0;
}

gboolean evidence_say(struct evidence_work *w, const struct evidence_word *word, GError **error)
{
    const struct bounce_reason_row *row = bounce_reason_row(word->reason);
    gboolean is_bounce = word->kind == MAIL_BOUNCE;
    struct inbound_item item = {.address = (char *)word->address,
                                .kind = word->kind,
                                .reason = is_bounce ? word->reason : BOUNCE_UNKNOWN,
                                .class = is_bounce ? row->class : BOUNCE_NONE,
                                .fault = is_bounce ? row->fault : FAULT_OF_NOBODY};
    struct mailaddr a;
    if (!mailaddr_parse(word->address, &a, error))
        return FALSE;
    g_autofree char *key = mailaddr_key(&a), *address = mailaddr_format(&a);
    mailaddr_clear(&a);
    item.address = address;
    gint64 id = matched_before(w, key);
    if (!id && !said_find_delivery(w->db, key, 0, G_MAXINT64, &id, error))
        return FALSE;
    return id ? take_about_delivery(w, &item, word->kind, id, SAID_BY_HAND, error)
              : assign_stranger(w, &item, key, word->kind, error);
}

/* ---- the end of a storm ---- */

static char *words_of_end(const struct said *s)
{
    if (s->found_by == SAID_BY_REPLY)
        return g_strdup_printf(_("delivery %" PRId64 ", refused, confirmed by hand: %s"),
                               s->delivery_id, s->text);
    return g_strdup_printf(_("message #%" PRId64 ", confirmed by hand: %s"), s->inbound_id,
                           s->text);
}

static gboolean end_row(struct evidence_work *w, struct said *s, gboolean is_dead,
                        GError **error)
{
    g_autofree char *evidence = words_of_end(s);
    gboolean all_there = TRUE;
    s->effects &= ~SAID_WAITS;
    if (is_dead &&
        !evidence_suppress(w->db, s, s->address, 0, "bounced", evidence, &all_there, error))
        return FALSE;
    s->effects |= all_there ? 0 : SAID_SUPPRESSED;
    return said_set_effects(w->db, s, error);
}

/* `*ret_n`: how many there were; none: the storm is decided. */
static gboolean end_some(struct evidence_work *w, const char *provider, gint64 campaign_id,
                         gboolean are_dead, guint *ret_n, GError **error)
{
    g_autoptr(GPtrArray) rows = storm_rows(w->db, provider, campaign_id, BATCH, error);
    gboolean ok = rows != NULL;
    for (guint i = 0; ok && i < rows->len; i++) {
        struct said *s = rows->pdata[i];
        /* Erased meanwhile: their address is gone. */
        ok = end_row(w, s, are_dead && *s->address_key, error);
    }
    *ret_n = ok ? rows->len : 0;
    return ok &&
           (rows->len > 0 || storm_decide(w->db, provider, campaign_id,
                                          are_dead ? STORM_CONFIRMED : STORM_DISMISSED, error));
}

gboolean evidence_end_storm(struct db *db, const char *provider, gint64 campaign_id,
                            gboolean are_dead, gint64 *ret_n, GError **error)
{
    struct evidence_work w;
    gint64 n = 0;
    guint got = 1;
    if (!evidence_work_init(&w, db, NULL, error))
        return FALSE;
    while (got > 0) {
        if (!db_begin(db, error) ||
            !finish(db, end_some(&w, provider, campaign_id, are_dead, &got, error), error))
            return FALSE;
        n += got;
        db_give_way(db);
    }
    *ret_n = n;
    return TRUE;
}
