/*
 * Moves of a campaign that a person asks for. Each is a row changed in a transaction; the
 * worker sees it within a quarter of a second, or at once by a nudge.
 */
#include "config.h"

#include "app/control.h"

#include <signal.h>

#include "app/resume.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/process.h"
#include "store/adding.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/pools.h"
#include "store/undolog.h"

void control_nudge(const struct workspace *w)
{
    gint64 pid = 0, since = 0;
    if (workspace_worker_is_running(w, &pid, &since) && pid > 1)
        kill((pid_t)pid, SIGUSR1);
}

gboolean control_start_worker(const struct workspace *w, GError **error)
{
    const char *argv[] = {process_self(), "-w", w->dir, "worker", "--background", NULL};
    if (workspace_worker_is_running(w, NULL, NULL)) {
        control_nudge(w);
        return TRUE;
    }
    return process_spawn_detached(argv, w->log_path, NULL, error) >= 0;
}

static gboolean move(struct db *db, const char *name, enum campaign_state to, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, name, &c, error);
    if (ok && c.state == to) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("campaign '%s' is %s already"),
                    name, campaign_state_word(to));
        ok = FALSE;
    }
    ok = ok && campaigns_move(db, c.id, to, NULL, error);
    campaign_clear(&c);
    return ok;
}

gboolean control_pause(struct db *db, const char *name, GError **error)
{
    return move(db, name, CAMPAIGN_PAUSED, error);
}

gboolean control_pause_all(struct db *db, int *ret_n, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    int n = 0;
    if (!all)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const struct campaign *c = all->pdata[i];
        if (c->state != CAMPAIGN_SENDING)
            continue;
        if (!campaigns_move(db, c->id, CAMPAIGN_PAUSED, NULL, error))
            return FALSE;
        n++;
    }
    *ret_n = n;
    return TRUE;
}

gboolean control_resume(struct db *db, const char *name, GError **error)
{
    return resume_campaign(db, name, NULL, error);
}

static gboolean cancel(struct db *db, const struct campaign *c, gint64 *ret_n, GError **error)
{
    struct campaign_counts n;
    if (c->state != CAMPAIGN_CANCELLED &&
        !campaigns_move(db, c->id, CAMPAIGN_CANCELLED, NULL, error))
        return FALSE;
    for (gboolean more = TRUE; more;)
        if (!deliveries_cancel_some(db, c->id, &more, error))
            return FALSE;
    if (!campaigns_counts(db, c->id, &n, error))
        return FALSE;
    *ret_n = n.state[DELIVERY_CANCELLED];
    return TRUE;
}

gboolean control_cancel(struct db *db, const char *name, gint64 *ret_n, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, name, &c, error) && cancel(db, &c, ret_n, error);
    campaign_clear(&c);
    return ok;
}

/* What is done about the uncertain of a campaign, for one address or (NULL) all. */
typedef gboolean (*decide_func)(struct db *db, const struct campaign *c, gboolean resend,
                                const char *address_key, gint64 *ret_n, GError **error);

static gboolean decide_all(struct db *db, const struct campaign *c, decide_func decide,
                           gboolean resend, const char *const *addresses, gint64 *ret_n,
                           GError **error)
{
    gint64 n = 0;
    for (; *addresses; addresses++) {
        struct mailaddr a;
        if (!mailaddr_parse(*addresses, &a, error))
            return FALSE;
        g_autofree char *key = mailaddr_key(&a);
        mailaddr_clear(&a);
        if (!decide(db, c, resend, key, &n, error))
            return FALSE;
        *ret_n += n;
    }
    return TRUE;
}

static gboolean decide_each(struct db *db, const struct campaign *c, decide_func decide,
                            gboolean resend, const char *const *addresses, gint64 *ret_n,
                            GError **error)
{
    *ret_n = 0;
    if (!addresses || !*addresses)
        return decide(db, c, resend, NULL, ret_n, error);
    int adding = adding_begin(db, c->id, error); /* each is a transaction of its own */
    gboolean ok =
        adding >= 0 && decide_all(db, c, decide, resend, addresses, ret_n, error);
    adding_end(adding);
    return ok;
}

/* That of a finished campaign may have been deleted since. */
static gboolean has_server(struct db *db, const char *name, GError **error)
{
    struct server server = {0};
    if (!pools_find_one(db, name, &server, error))
        return FALSE;
    server_clear(&server);
    return TRUE;
}

static gboolean check_decide(struct db *db, const struct campaign *c, gboolean resend,
                             GError **error)
{
    if (resend && c->state == CAMPAIGN_CANCELLED) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' is cancelled: nothing more goes out of it"), c->name);
        return FALSE;
    }
    if (resend && !has_server(db, c->server, error)) {
        g_prefix_error(error, _("campaign '%s': "), c->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean resolve_one(struct db *db, const struct campaign *c, gboolean resend,
                            const char *address_key, gint64 *ret_n, GError **error)
{
    return deliveries_resolve(db, c->id, resend, address_key, ret_n, error);
}

static gboolean count_one(struct db *db, const struct campaign *c, gboolean resend,
                          const char *address_key, gint64 *ret_n, GError **error)
{
    gint64 id = 0;
    struct campaign_counts n;
    if (address_key) {
        *ret_n = 1;
        return deliveries_find_uncertain(db, c->id, address_key, &id, error);
    }
    if (!campaigns_counts(db, c->id, &n, error))
        return FALSE;
    *ret_n = n.undecided;
    return TRUE;
}

static gboolean decide(struct db *db, const char *name, decide_func how, gboolean resend,
                       const char *const *addresses, gint64 *ret_n, GError **error)
{
    struct campaign c = {0};
    gboolean ok = campaigns_get(db, name, &c, error) && check_decide(db, &c, resend, error) &&
                  decide_each(db, &c, how, resend, addresses, ret_n, error);
    campaign_clear(&c);
    return ok;
}

gboolean control_resolve(struct db *db, const char *name, gboolean resend,
                         const char *const *addresses, gint64 *ret_n, GError **error)
{
    undolog_group_begin(db);
    gboolean ok = decide(db, name, resolve_one, resend, addresses, ret_n, error);
    undolog_group_end(db);
    return ok;
}

gboolean control_count_uncertain(struct db *db, const char *name, gboolean resend,
                                 const char *const *addresses, gint64 *ret_n, GError **error)
{
    return decide(db, name, count_one, resend, addresses, ret_n, error);
}

/* ---- the refused ---- */

static gboolean get_begun(struct db *db, const char *name, struct campaign *ret, GError **error)
{
    if (!campaigns_get(db, name, ret, error))
        return FALSE;
    if (ret->started_us > 0 && ret->state != CAMPAIGN_CANCELLED)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("campaign '%s' is %s, so nobody gets it again. Make a new one of it with: "
                  "crier campaign copy %s NEW"),
                name, campaign_state_word(ret->state), name);
    campaign_clear(ret);
    return FALSE;
}

gboolean control_resend_failed(struct db *db, const char *name, gint64 *ret_n, GError **error)
{
    struct campaign c = {0};
    if (!get_begun(db, name, &c, error))
        return FALSE;
    undolog_group_begin(db);
    gboolean ok = deliveries_resend_refused(db, c.id, ret_n, error);
    undolog_group_end(db);
    campaign_clear(&c);
    return ok;
}

gboolean control_count_failed(struct db *db, const char *name, gint64 *ret_n, GError **error)
{
    struct campaign c = {0};
    struct campaign_counts n;
    if (!get_begun(db, name, &c, error))
        return FALSE;
    gboolean ok = campaigns_counts(db, c.id, &n, error);
    campaign_clear(&c);
    if (ok)
        *ret_n = n.state[DELIVERY_REFUSED];
    return ok;
}
