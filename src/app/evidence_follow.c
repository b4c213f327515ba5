/*
 * What follows of a row of what was said: the table of consequences. Whom it is about was found
 * before.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence_private.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/bounce.h"
#include "model/fault.h"
#include "model/provider.h"
#include "store/audit.h"
#include "store/deliveries_learn.h"
#include "store/hooks.h"
#include "store/mx.h"
#include "store/people.h"
#include "store/rest_wish.h"
#include "store/storm.h"

#define DAY_US (G_GINT64_CONSTANT(24) * 3600 * CLOCK_SECOND_US)
#define SETTLED_US (5 * DAY_US)       /* what did not come back until then has arrived */
#define RETURN_WITHIN_US (7 * DAY_US) /* an older message is not sent again */
#define RETURN_AFTER_US (3600 * CLOCK_SECOND_US)
#define RETURNS_MOST 3
#define OURS_WITHIN_US (3600 * CLOCK_SECOND_US) /* of those in a row */
#define LATER_ROWS_MOST 100 /* looks at what came after a message that is read anew */
#define STORM_LEAST 20                          /* hard bounces */
#define STORM_TIMES 5.0                         /* the usual share */
#define USUAL_LEAST 0.002                       /* a better one is chance */
#define USUAL_NONE 0.02                         /* where too little was sent to know it */
#define USUAL_KNOWN 500                         /* messages */
#define SHOWN_TEXT_CHARS 200

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : address;
}

char *evidence_receiver(struct db *db, const struct providers *providers, const char *address)
{
    const char *domain = domain_of(address);
    const struct provider *p = providers ? providers_of_domain(providers, domain) : NULL;
    g_autofree char *hosts = p || !providers ? NULL : mx_hosts(db, domain, NULL);
    if (!p && hosts && *hosts)
        p = providers_of_mx(providers, hosts);
    return g_strdup(p ? p->name : domain);
}

/* ---- never again ---- */

static gboolean is_erased(const struct delivery_origin *o)
{
    return strcmp(o->address, PERSON_ERASED) == 0;
}

/* What stands with the entry: which message said it, when and in which words. */
static char *words_of(const struct said *s, const struct delivery_origin *o)
{
    g_autofree char *when = clock_format_utc(s->at_us);
    g_autofree char *text = text_safe(s->text ? s->text : "", -1, SHOWN_TEXT_CHARS);
    g_autofree char *from = o->campaign
                                ? g_strdup_printf(_("%s, campaign %s, delivery %" PRId64), when,
                                                  o->campaign, s->delivery_id)
                                : g_strdup(when);
    if (s->found_by == SAID_BY_REPLY)
        return g_strdup_printf(_("refused by the server, %s: %s"), from, text);
    g_autofree char *which = g_strdup_printf(_("message #%" PRId64), s->inbound_id);
    return g_strdup_printf("%s, %s: %s%s%s%s%s", which, from, s->kind,
                           s->status && *s->status ? " " : "", s->status ? s->status : "",
                           *text ? ": " : "", text);
}

static gboolean suppress_at(struct evidence_work *w, struct said *s,
                            const struct delivery_origin *o, const char *address,
                            gint64 list_id, const char *reason, GError **error)
{
    gboolean all_there = TRUE;
    g_autofree char *evidence = words_of(s, o);
    /* Somebody looked at what this message did, and took it back. */
    if (w->allowed && g_hash_table_contains(w->allowed, s->address_key))
        return TRUE;
    if (!evidence_suppress(w->db, s, address, list_id, reason, evidence, &all_there, error))
        return FALSE;
    if (all_there)
        return TRUE;
    w->done.n_marked += !(s->effects & SAID_SUPPRESSED);
    s->effects |= SAID_SUPPRESSED;
    return said_set_effects(w->db, s, error);
}

/* Erased people are never mailed as it is, and the ledger does not know their address. */
static gboolean suppress_address(struct evidence_work *w, struct said *s,
                                 const struct delivery_origin *o, const char *reason,
                                 GError **error)
{
    return is_erased(o) || suppress_at(w, s, o, o->address, 0, reason, error);
}

/* The person: where it went to and where they are now. */
static gboolean suppress_person(struct evidence_work *w, struct said *s,
                                const struct delivery_origin *o, gint64 list_id,
                                const char *reason, GError **error)
{
    if (is_erased(o))
        return TRUE;
    return suppress_at(w, s, o, o->address, list_id, reason, error) &&
           (!o->person_address || strcmp(o->person_address, o->address) == 0 ||
            suppress_at(w, s, o, o->person_address, list_id, reason, error));
}

/* A refusal is counted among the campaign's refused. */
static gboolean count(struct evidence_work *w, struct said *s, enum said_effect effect,
                      GError **error)
{
    return s->found_by == SAID_BY_REPLY || said_count(w->db, s, effect, error);
}

/* ---- hard ---- */

static gboolean is_storm(const struct storm_shares *n, double *ret_usual)
{
    double usual = n->usual_taken < USUAL_KNOWN
                       ? USUAL_NONE
                       : MAX((double)n->usual_hard / (double)n->usual_taken, USUAL_LEAST);
    double share = (double)n->hard / (double)MAX(n->taken, MAX(n->hard, 1));
    *ret_usual = usual;
    return n->hard >= STORM_LEAST && share > STORM_TIMES * usual;
}

/* Whether this one's provider goes through a storm: then a person decides. */
static gboolean look_for_storm(struct evidence_work *w, const struct said *s,
                               enum storm_state *ret, GError **error)
{
    struct storm_shares n;
    struct storm storm = {.provider = s->provider,
                          .campaign_id = s->campaign_id,
                          .state = STORM_WAITS,
                          .since_us = w->now_us};
    if (!storm_state(w->db, s->provider, s->campaign_id, ret, error))
        return FALSE;
    if (*ret != STORM_NONE || s->delivery_id == 0)
        return TRUE;
    if (!storm_shares(w->db, s->provider, s->campaign_id, &n, error))
        return FALSE;
    if (!is_storm(&n, &storm.usual))
        return TRUE;
    *ret = STORM_WAITS;
    storm.hard = n.hard;
    storm.taken = n.taken;
    return storm_begin(w->db, &storm, error);
}

static gboolean follow_hard(struct evidence_work *w, struct said *s,
                            const struct delivery_origin *o, GError **error)
{
    enum storm_state storm = STORM_NONE;
    if (!count(w, s, SAID_HARD, error))
        return FALSE;
    if (((s->effects & SAID_HARD) || s->found_by == SAID_BY_REPLY) && !is_erased(o) &&
        !storm_count(w->db, s->provider, s->campaign_id, domain_of(o->address), 1, error))
        return FALSE;
    if (s->found_by != SAID_BY_HAND && !look_for_storm(w, s, &storm, error))
        return FALSE;
    if (storm == STORM_DISMISSED)
        return TRUE;
    if (storm != STORM_WAITS)
        return suppress_address(w, s, o, "bounced", error);
    w->done.n_waiting++;
    s->effects |= SAID_WAITS;
    return said_set_effects(w->db, s, error);
}

/* ---- soft ---- */

/* The row that ended with what came at `until_us`. */
static gboolean soft_row_until(const struct evidence_work *w, const struct said *s,
                               gint64 until_us, gint64 *ret_n, GError **error)
{
    return said_soft_row(w->db, s->address_key, s->person_id,
                         until_us - w->soft_within_s * CLOCK_SECOND_US, until_us,
                         until_us - SETTLED_US, ret_n, error);
}

/* What is read anew may also complete a row that ended after it: those later messages mean what
 * they meant, so nobody counts theirs again. */
static gboolean longest_soft_row(const struct evidence_work *w, const struct said *s,
                                 gint64 *ret_n, GError **error)
{
    gint64 last_us = w->at_us + w->soft_within_s * CLOCK_SECOND_US, at_us = w->at_us;
    if (!soft_row_until(w, s, at_us, ret_n, error))
        return FALSE;
    for (int i = 0; w->was && i < LATER_ROWS_MOST && *ret_n < w->soft_most; i++) {
        gint64 n = 0;
        if (!said_next_soft(w->db, s->address_key, at_us, last_us, &at_us, error))
            return FALSE;
        if (at_us == 0)
            break;
        if (!soft_row_until(w, s, at_us, &n, error))
            return FALSE;
        *ret_n = MAX(*ret_n, n);
    }
    return TRUE;
}

static gboolean follow_soft(struct evidence_work *w, struct said *s,
                            const struct delivery_origin *o, GError **error)
{
    gint64 n = 0;
    s->effects |= SAID_AGAINST;
    if (!said_set_effects(w->db, s, error) || !count(w, s, SAID_SOFT, error) ||
        !longest_soft_row(w, s, &n, error))
        return FALSE;
    return n < w->soft_most || suppress_address(w, s, o, "bounced", error);
}

gboolean evidence_soft_row(struct db *db, const char *address_key, gint64 person_id,
                           gint64 *ret_n, gint64 *ret_most, GError **error)
{
    struct settings set = {0};
    gint64 now_us = clock_wall_us();
    if (!settings_load(db, &set, error))
        return FALSE;
    gint64 since_us = now_us - set.soft_within_s * CLOCK_SECOND_US, most = set.soft_bounces;
    settings_clear(&set);
    if (!said_soft_row(db, address_key, person_id, since_us, now_us, now_us - SETTLED_US, ret_n,
                       error))
        return FALSE;
    *ret_most = most;
    return TRUE;
}

/* ---- our own fault ---- */

static gboolean wish_rest(struct evidence_work *w, const struct said *s, GError **error)
{
    gint64 n = 0;
    if (!said_ours_row(w->db, s->provider, w->now_us - OURS_WITHIN_US, &n, error))
        return FALSE;
    return n < FAULT_ROW_LENGTH || rest_wish_put(w->db, s->provider, s->campaign_id,
                                                 s->text ? s->text : "", w->now_us, error);
}

/* By this same message, read before: once is enough. */
static gboolean was_returned(const struct evidence_work *w, gint64 delivery_id)
{
    for (guint i = 0; w->was && i < w->was->len; i++) {
        const struct said *s = w->was->pdata[i];
        if (s->delivery_id == delivery_id && (s->effects & SAID_RETURNED))
            return TRUE;
    }
    return FALSE;
}

/* Nobody is marked. Whoever got nothing by it is tried again, unless it came back too often. */
static gboolean follow_ours(struct evidence_work *w, struct said *s, GError **error)
{
    gint64 n = 0;
    gboolean has_moved = FALSE;
    if (s->delivery_id == 0 || was_returned(w, s->delivery_id))
        return TRUE;
    if (!wish_rest(w, s, error) || !said_times_returned(w->db, s->delivery_id, &n, error))
        return FALSE;
    if (n < RETURNS_MOST &&
        !deliveries_put_back(w->db, s->delivery_id, w->now_us - RETURN_WITHIN_US,
                             w->now_us + RETURN_AFTER_US, &has_moved, error))
        return FALSE;
    if (!has_moved)
        return said_count(w->db, s, SAID_SOFT, error);
    w->done.n_returned++;
    s->effects |= SAID_RETURNED;
    return said_set_effects(w->db, s, error);
}

/* ---- by kind ---- */

static gboolean follow_bounce(struct evidence_work *w, struct said *s,
                              const struct delivery_origin *o, GError **error)
{
    if (strcmp(s->fault, bounce_fault_name(FAULT_OF_US)) == 0)
        return follow_ours(w, s, error);
    if (strcmp(s->class, bounce_class_name(BOUNCE_HARD)) == 0)
        return follow_hard(w, s, o, error);
    return strcmp(s->class, bounce_class_name(BOUNCE_SOFT)) != 0 || follow_soft(w, s, o, error);
}

static gboolean follow_complaint(struct evidence_work *w, struct said *s,
                                 const struct delivery_origin *o, GError **error)
{
    return said_count(w->db, s, SAID_COMPLAINED, error) &&
           suppress_person(w, s, o, 0, "complained", error);
}

static gboolean follow_unsubscribe(struct evidence_work *w, struct said *s,
                                   const struct delivery_origin *o, GError **error)
{
    guint n = o->lists ? MAX(o->lists->len, 1) : 1;
    if (!said_count(w->db, s, SAID_UNSUBSCRIBED, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        const struct delivery_list *l = o->lists && o->lists->len ? o->lists->pdata[i] : NULL;
        if (!suppress_person(w, s, o, l ? l->id : 0, "unsubscribed", error))
            return FALSE;
    }
    return TRUE;
}

static gboolean follow_arrival(struct evidence_work *w, struct said *s,
                               const struct delivery_origin *o, GError **error)
{
    if (s->delivery_id == 0 || is_erased(o))
        return TRUE;
    s->effects |= SAID_HEALED;
    return said_heal(w->db, s->address_key, w->at_us, error) &&
           said_set_effects(w->db, s, error);
}

static gboolean follow_reply(struct evidence_work *w, struct said *s,
                             const struct delivery_origin *o, GError **error)
{
    return follow_arrival(w, s, o, error) &&
           (s->campaign_id == 0 || is_erased(o) ||
            hooks_note_reply(w->db, w->inbound_id, s->campaign_id, error));
}

static gboolean (*const followers[MAIL_KIND_COUNT])(struct evidence_work *w, struct said *s,
                                                    const struct delivery_origin *o,
                                                    GError **error) = {
    [MAIL_BOUNCE] = follow_bounce,           [MAIL_COMPLAINT] = follow_complaint,
    [MAIL_UNSUBSCRIBE] = follow_unsubscribe, [MAIL_SUCCESS] = follow_arrival,
    [MAIL_AUTOREPLY] = follow_arrival,       [MAIL_REPLY] = follow_reply,
    [MAIL_RECEIPT] = follow_arrival,
};

/* Whatever comes back, the message went out. (A refusal came before it did; by now somebody may
 * have let it go once more.) */
static gboolean resolve(struct evidence_work *w, struct said *s, GError **error)
{
    gboolean has_moved = FALSE;
    if (s->delivery_id == 0 || s->found_by == SAID_BY_REPLY)
        return TRUE;
    if (!deliveries_learn_accepted(w->db, s->delivery_id, &has_moved, error))
        return FALSE;
    if (!has_moved)
        return TRUE;
    s->effects |= SAID_RESOLVED;
    return said_set_effects(w->db, s, error);
}

gboolean evidence_follow(struct evidence_work *w, struct said *s, enum mail_kind kind,
                         const struct delivery_origin *o, GError **error)
{
    return resolve(w, s, error) && (!followers[kind] || followers[kind](w, s, o, error));
}
