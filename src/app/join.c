/*
 * Late joiners in the right order: may it, who are they, can it be made for them, then the rows.
 * The rows themselves are store/latecomers.c's.
 */
#include "config.h"

#include "app/join.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence.h"
#include "app/letter.h"
#include "app/start.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/adding.h"
#include "store/campaigns.h"
#include "store/latecomers.h"
#include "store/undolog.h"

/* ---- may it ---- */

static gboolean fail_state(const struct campaign *c, const char *remedy, GError **error)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' is %s, so nobody joins it. %s"), c->name,
                campaign_state_word(c->state), remedy);
    return FALSE;
}

static gboolean check_age(const struct campaign *c, gint64 within_s, GError **error)
{
    gint64 ago_s = (clock_wall_us() - c->finished_us) / CLOCK_SECOND_US;
    if (c->state != CAMPAIGN_FINISHED || ago_s <= within_s)
        return TRUE;
    g_autofree char *ago = clock_format_span(ago_s), *limit = clock_format_span(within_s);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' was finished %s ago, and late joiners get it for %s. To send "
                  "it all the same: crier campaign join %s --within %" PRId64),
                c->name, ago, limit, c->name, ago_s + 3600);
    return FALSE;
}

static gboolean check(struct db *db, const struct campaign *c, const struct join_request *q,
                      GError **error)
{
    if (c->state == CAMPAIGN_CANCELLED)
        return fail_state(c, _("`crier campaign copy` makes a new one of it"), error);
    if (c->started_us == 0)
        return fail_state(c, _("Who is on its lists when it begins gets it"), error);
    return check_age(c, q->within_s > 0 ? q->within_s : JOIN_WITHIN_S, error) &&
           start_check_server(db, c, error);
}

/* ---- who they are ---- */

struct trying {
    struct letter *letter; /* owned */
    guint8 key[32];
    char *date;   /* owned */
    GString *out; /* owned */
    int left;     /* how many are still to be tried */
};

static void trying_clear(struct trying *t)
{
    letter_free(t->letter);
    explicit_bzero(t->key, sizeof t->key);
    g_free(t->date);
    if (t->out)
        g_string_free(t->out, TRUE);
}

static gboolean try_on(struct trying *t, const struct addressee *a, GError **error)
{
    const struct letter_person who = {
        .address = a->address, .fields_json = a->fields_json, .date = t->date};
    if (t->left-- <= 0)
        return TRUE;
    g_string_truncate(t->out, 0);
    if (letter_write(t->letter, t->key, &who, t->out, error))
        return TRUE;
    g_autofree char *shown = text_safe(a->address, -1, 320);
    g_prefix_error(error, _("it cannot be made for %s, so nobody joins: "), shown);
    return FALSE;
}

static gboolean look_at_page(struct trying *t, const GPtrArray *page, struct joined *n,
                             GError **error)
{
    for (guint i = 0; i < page->len; i++) {
        const struct addressee *a = page->pdata[i];
        if (a->suppressed)
            n->suppressed++;
        else if (try_on(t, a, error))
            n->people++;
        else
            return FALSE;
    }
    return TRUE;
}

/* All of them once, before anybody joins. */
static gboolean look(struct db *db, const struct campaign *c, struct joined *n, GError **error)
{
    struct trying t = {.left = JOIN_TRIED};
    gboolean ok = (t.letter = letter_load(db, c->id, (int)c->content_version, error)) &&
                  db_hmac_key(db, t.key, error);
    t.date = clock_format_rfc5322(clock_wall_us());
    t.out = g_string_new(NULL);
    struct latecomers *l = latecomers_open(db, c->id);
    for (gboolean more = TRUE; ok && more;) {
        g_autoptr(GPtrArray) page = latecomers_next(l, error);
        more = page && page->len > 0;
        ok = page && look_at_page(&t, page, n, error);
    }
    n->known = latecomers_known(l);
    latecomers_free(l);
    trying_clear(&t);
    if (!ok)
        g_prefix_error(error, _("campaign '%s': "), c->name);
    return ok;
}

static gboolean check_expected(const struct campaign *c, const struct join_request *q,
                               const struct joined *n, GError **error)
{
    if (q->expect < 0 || q->expect == n->people)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                ngettext("campaign '%s': %" PRId64 " person would join, not %" PRId64
                         ". Nobody did. If that is right: --yes %" PRId64,
                         "campaign '%s': %" PRId64 " people would join, not %" PRId64
                         ". Nobody did. If that is right: --yes %" PRId64,
                         (gulong)n->people),
                c->name, n->people, q->expect, n->people);
    return FALSE;
}

/* ---- taking them ---- */

static gboolean take_all(struct db *db, gint64 campaign_id, struct joined *n, GError **error)
{
    int adding = adding_begin(db, campaign_id, error);
    gboolean ok = adding >= 0;
    n->people = n->suppressed = 0;
    struct latecomers *l = latecomers_open(db, campaign_id);
    undolog_group_begin(db);
    for (gboolean more = TRUE; ok && more;) {
        g_autoptr(GPtrArray) page = latecomers_next(l, error);
        more = page && page->len > 0;
        ok = page && (!more || latecomers_join(db, campaign_id, page, &n->people,
                                               &n->suppressed, error));
    }
    undolog_group_end(db);
    adding_end(adding);
    latecomers_free(l);
    return ok;
}

static gboolean join(struct db *db, const struct campaign *c, const struct join_request *q,
                     struct joined *ret, GError **error)
{
    /* A finished one is sending again. */
    struct joined n = {.is_sending = c->state == CAMPAIGN_SENDING ||
                                     c->state == CAMPAIGN_FINISHED};
    if (!check(db, c, q, error) || !evidence_refusals(db, error) ||
        !look(db, c, &n, error) || !check_expected(c, q, &n, error))
        return FALSE;
    if (!q->is_dry_run && n.people + n.suppressed > 0 && !take_all(db, c->id, &n, error))
        return FALSE;
    *ret = n;
    return TRUE;
}

gboolean join_campaign(struct db *db, const struct join_request *q, struct joined *ret,
                       GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, q->name, &c, error) && join(db, &c, q, ret, error);
    campaign_clear(&c);
    return ok;
}
