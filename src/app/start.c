/*
 * The way from draft to sending. Rows are written by store/deliveries_build.c in short
 * transactions; here is the order of steps, each of which can be the last one before a kill.
 */
#include "config.h"

#include "app/start.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence.h"
#include "app/letter.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/deliveries.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/pools.h"

/* One at least is switched on, and those that are can be used. */
static gboolean check_servers(const char *name, const struct pool_servers *s, GError **error)
{
    int n = 0;
    for (guint i = 0; i < s->all->len; i++) {
        const struct server *server = &((const struct pool_server *)s->all->pdata[i])->record;
        if (!server->enabled)
            continue;
        n++;
        if (!server_check(server, NULL, error)) {
            g_prefix_error(error, _("server '%s': "), server->name);
            return FALSE;
        }
    }
    if (n > 0)
        return TRUE;
    if (s->is_pool)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("pool '%s': none of its servers is switched on. `crier server set NAME "
                      "--enabled yes` switches one on"),
                    name);
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("server '%s' is switched off. `crier server set %s --enabled yes` switches"
              " it on"),
            name, name);
    return FALSE;
}

gboolean start_check_server(struct db *db, const struct campaign *c, GError **error)
{
    struct pool_servers servers;
    if (!pools_find(db, c->server, &servers, error))
        return FALSE;
    gboolean ok = check_servers(c->server, &servers, error);
    pool_servers_clear(&servers);
    return ok;
}

/* Everything that must be right before a row is built. */
static gboolean check(struct db *db, const struct campaign *c, GError **error)
{
    if (c->state != CAMPAIGN_PREPARING &&
        !campaign_check_move(c->name, c->state, CAMPAIGN_PREPARING, error))
        return FALSE;
    if (!campaign_check_ready(c, error)) {
        g_prefix_error(error, _("campaign '%s': "), c->name);
        return FALSE;
    }
    if (!start_check_server(db, c, error))
        return FALSE;
    struct letter *letter = letter_draft(db, c, error);
    if (!letter)
        g_prefix_error(error, _("campaign '%s': "), c->name);
    letter_free(letter);
    return letter != NULL;
}

gboolean start_set_lists(struct db *db, const struct campaign *c, GError **error)
{
    if (!db_begin(db, error))
        return FALSE;
    if (deliveries_set_lists(db, c, error) && db_commit(db, error))
        return TRUE;
    db_rollback(db);
    return FALSE;
}

/* ---- the revision ---- */

/* Lengths, so that no value can pretend to be the next one. */
static void add_value(GString *all, const char *value)
{
    g_string_append_printf(all, "%" G_GSIZE_FORMAT ":%s\n", strlen(value), value);
}

static gboolean add_server(struct db *db, const char *name, GString *all, GError **error)
{
    struct pool_servers servers;
    if (!pools_find(db, name, &servers, error))
        return FALSE;
    for (guint i = 0; i < servers.all->len; i++) {
        const struct pool_server *s = servers.all->pdata[i];
        if (servers.is_pool)
            g_string_append_printf(all, "%d %s\n", s->weight, s->record.name);
        for (const struct field *f = server_fields(); f->key; f++) {
            g_autofree char *value = field_get(f, &s->record);
            add_value(all, value);
        }
    }
    pool_servers_clear(&servers);
    return TRUE;
}

static void add_mailbox(struct db *db, const char *name, GString *all)
{
    struct mailbox m;
    if (!name || !*name || !mailboxes_get(db, name, &m, NULL))
        return;
    add_value(all, m.address);
    mailbox_clear(&m);
}

/* A title stands in List-Id. */
static void add_lists(struct db *db, const struct campaign *c, GString *all)
{
    for (char **name = c->lists; name && *name; name++) {
        struct list list = {0};
        if (!list_get(db, *name, &list, NULL))
            continue;
        add_value(all, list.title ? list.title : "");
        list_clear(&list);
    }
}

/* All that decides what goes out: the fields with their bodies as they are sent, parts, what is
 * named, and to how many. By this version of the program, which lays messages out. */
static gboolean set_revision(struct db *db, const struct campaign *c, struct start_forecast *f,
                             GError **error)
{
    g_autoptr(GString) all = g_string_new(PACKAGE_VERSION "\n");
    struct campaign full;
    if (!letter_expand(db, c, &full, error))
        return FALSE;
    g_autofree char *fields = campaigns_hash(&full);
    letter_expanded_clear(&full);
    add_value(all, fields);
    if (!add_server(db, c->server, all, error))
        return FALSE;
    add_mailbox(db, c->mailbox, all);
    add_lists(db, c, all);
    g_string_append_printf(all, "%" PRId64 " %" PRId64 "\n", f->total, f->suppressed);
    g_autofree char *hash = crypto_sha256_hex(all->str, all->len);
    g_strlcpy(f->revision, hash, sizeof f->revision);
    return TRUE;
}

gboolean start_check_revision(const char *name, const char *revision,
                              const struct start_forecast *f, GError **error)
{
    if (g_ascii_strcasecmp(revision, f->revision) == 0)
        return TRUE;
    g_autofree char *safe = text_safe(revision, -1, 40);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
        _("campaign '%s' is at revision %s, not at %s: its content, lists, server or people"
          " changed since it was checked. Nothing was sent. `crier campaign check %s` looks "
          "again"),
        name, f->revision, safe, name);
    return FALSE;
}

/* Refusals of other campaigns count until here. Of one whose start was cut short the people were
 * counted before. */
static gboolean judge_refusals(struct db *db, const struct campaign *c, GError **error)
{
    return c->state == CAMPAIGN_PREPARING || evidence_refusals(db, error);
}

static gboolean forecast(struct db *db, const struct campaign *c, struct start_forecast *ret,
                         GError **error)
{
    if (!judge_refusals(db, c, error) || !start_set_lists(db, c, error) ||
        !deliveries_forecast(db, c->id, &ret->total, &ret->suppressed, error))
        return FALSE;
    ret->people = ret->total - ret->suppressed;
    if (ret->people > 0)
        return set_revision(db, c, ret, error);
    if (ret->total == 0 && c->only_campaign && *c->only_campaign)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' would go to nobody: it is a correction, and nobody on its "
                      "lists got that version of campaign '%s'"),
                    c->name, c->only_campaign);
    else if (ret->total == 0)
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("campaign '%s' would go to nobody: its lists have no people. `crier people"
              " import` adds people"),
            c->name);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' would go to nobody: its lists have %" PRId64
                      " people and all of them are never to be mailed. `crier suppress list`"
                      " shows why"),
                    c->name, ret->total);
    return FALSE;
}

gboolean start_look(struct db *db, const char *name, struct start_forecast *ret, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, name, &c, error) && check(db, &c, error) &&
                  forecast(db, &c, ret, error);
    campaign_clear(&c);
    return ok;
}

static gboolean check_confirmed(const struct start_request *q, const struct start_forecast *f,
                                GError **error)
{
    gint64 people = f->people;
    if (q->revision && !start_check_revision(q->name, q->revision, f, error))
        return FALSE;
    if (people >= q->people_min && people <= q->people_max)
        return TRUE;
    if (q->people_min == q->people_max)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
                    ngettext("campaign '%s' would go to %" PRId64 " person, not to %" PRId64
                             ". Nothing was sent. If that is right: --yes %" PRId64,
                             "campaign '%s' would go to %" PRId64 " people, not to %" PRId64
                             ". Nothing was sent. If that is right: --yes %" PRId64,
                             (gulong)people),
                    q->name, people, q->people_min, people);
    else
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_PRECONDITION,
            ngettext("campaign '%s' would go to %" PRId64 " person, which is not in %" PRId64
                     "..%" PRId64 ". Nothing was sent",
                     "campaign '%s' would go to %" PRId64 " people, which is not in %" PRId64
                     "..%" PRId64 ". Nothing was sent",
                     (gulong)people),
            q->name, people, q->people_min, q->people_max);
    return FALSE;
}

/* Freezes content and lists and leaves draft, in one transaction. */
static gboolean begin(struct db *db, const struct campaign *c, enum campaign_state to,
                      int *ret_version, GError **error)
{
    struct campaign full;
    if (!letter_expand(db, c, &full, error))
        return FALSE;
    gboolean began = db_begin(db, error);
    gboolean ok = began && deliveries_set_lists(db, c, error) &&
                  campaigns_freeze(db, &full, ret_version, error) &&
                  (c->state == to || campaigns_move(db, c->id, to, NULL, error)) &&
                  db_commit(db, error);
    letter_expanded_clear(&full);
    if (began && !ok)
        db_rollback(db);
    return ok;
}

static gboolean build(struct db *db, const struct campaign *c, int version, gint64 total,
                      const struct start_request *q, GError **error)
{
    gint64 done = 0, built = 0;
    for (gboolean more = TRUE; more;) {
        if (!deliveries_build(db, c->id, version, &more, &built, error))
            return FALSE;
        db_checkpoint(db); /* or the write-ahead log grows with the number of people */
        done += built;
        if (q->progress)
            q->progress(done, total, q->data);
    }
    return TRUE;
}

static void call_off(struct db *db, const struct campaign *c)
{
    gboolean more = TRUE;
    while (more && deliveries_unbuild(db, c->id, &more, NULL))
        ;
    if (!more)
        campaigns_move(db, c->id, CAMPAIGN_DRAFT, NULL, NULL);
}

gboolean start_freeze(struct db *db, const struct campaign *c, const struct start_request *q,
                      enum campaign_state to, GError **error)
{
    struct start_forecast f;
    int version = 0;
    return check(db, c, error) && forecast(db, c, &f, error) && check_confirmed(q, &f, error) &&
           begin(db, c, to, &version, error);
}

static gboolean start(struct db *db, const struct campaign *c, const struct start_request *q,
                      struct campaign_counts *ret, GError **error)
{
    struct start_forecast f;
    int version = 0;
    if (!check(db, c, error) || !forecast(db, c, &f, error) || !check_confirmed(q, &f, error))
        return FALSE;
    if (!begin(db, c, CAMPAIGN_PREPARING, &version, error) ||
        !build(db, c, version, f.total, q, error))
        return FALSE;
    g_autoptr(GError) why = NULL;
    if (deliveries_publish(db, c->id, f.people, ret, &why))
        return TRUE;
    /* The lists changed while the rows were built: whoever confirmed a number gets to see it.
     */
    if (g_error_matches(why, CRIER_ERROR, CRIER_ERROR_PRECONDITION) && !q->is_scheduled)
        call_off(db, c);
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

gboolean start_campaign(struct db *db, const struct start_request *q,
                        struct campaign_counts *ret, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, q->name, &c, error) && start(db, &c, q, ret, error);
    campaign_clear(&c);
    return ok;
}
