/*
 * Making the draft of a correction, and counting whom it goes to. Whom it goes to when it is
 * started is store/deliveries_build.c's.
 */
#include "config.h"

#include "app/correct.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "store/campaigns.h"
#include "store/deliveries.h"

#define SUFFIX "-correction"
#define MAX_NAME 64
#define MAX_NUMBER 1000

void correction_clear(struct correction *c)
{
    g_free(c->name);
    memset(c, 0, sizeof *c);
}

/* ---- its name ---- */

static gboolean is_taken(struct db *db, const char *name)
{
    struct campaign c;
    if (!campaigns_get(db, name, &c, NULL))
        return FALSE;
    campaign_clear(&c);
    return TRUE;
}

/* "spring-correction", "spring-correction-2" …; a long name is cut. */
static char *free_name(struct db *db, const char *name)
{
    for (int n = 1;; n++) {
        g_autofree char *tail = n > 1 ? g_strdup_printf(SUFFIX "-%d", n) : g_strdup(SUFFIX);
        int keep = MIN((int)strlen(name), MAX_NAME - (int)strlen(tail));
        char *made = g_strdup_printf("%.*s%s", keep, name, tail);
        if (n == MAX_NUMBER || !is_taken(db, made))
            return made;
        g_free(made);
    }
}

/* ---- what can be corrected ---- */

static gboolean check_version(const struct campaign *c, gint64 version, GError **error)
{
    int newest = (int)c->content_version;
    if (newest == 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' has not begun, so there is nothing to correct. Change it "
                      "with: crier campaign set %s"),
                    c->name, c->name);
    else if (version > newest)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    ngettext("campaign '%s' has %d version, not version %d",
                             "campaign '%s' has %d versions, not version %d",
                             (unsigned long)newest),
                    c->name, newest, (int)version);
    else if (version == 0 && newest == 1)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' has one version only, so nobody got an older one. To "
                      "write to all who got it: --version 1"),
                    c->name);
    else
        return TRUE;
    return FALSE;
}

static gboolean check_somebody(const struct campaign *c, gint64 version, gint64 total,
                               GError **error)
{
    if (total > 0)
        return TRUE;
    if (version > 0)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("nobody who is on the lists now got version %d of campaign '%s'"),
                    (int)version, c->name);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                    _("nobody who is on the lists now got an older version of campaign '%s'"),
                    c->name);
    return FALSE;
}

/* ---- making it ---- */

static void make(const struct campaign *c, gint64 version, const char *name,
                 struct campaign *ret)
{
    campaign_init(ret);
    ret->name = g_strdup(name);
    field_copy_all(campaign_fields(), ret, c);
    ret->parts = c->parts ? g_ptr_array_ref(c->parts) : NULL;
    g_free(ret->only_campaign);
    ret->only_campaign = g_strdup(c->name);
    ret->only_version = version;
}

/* Inside the transaction. */
static gboolean store(struct db *db, const struct campaign *c, struct campaign *draft,
                      struct correction *r, GError **error)
{
    if (!campaigns_put(db, draft, NULL, error) || !deliveries_set_lists(db, draft, error) ||
        !deliveries_forecast(db, draft->id, &r->total, &r->suppressed, error) ||
        !check_somebody(c, draft->only_version, r->total, error))
        return FALSE;
    r->people = r->total - r->suppressed;
    return TRUE;
}

static gboolean correct(struct db *db, const struct campaign *c, gint64 version,
                        const char *new_name, struct correction *ret, GError **error)
{
    struct campaign draft;
    struct correction r = {0};
    if (!check_version(c, version, error) || !db_begin(db, error))
        return FALSE;
    r.name = new_name ? g_strdup(new_name) : free_name(db, c->name);
    make(c, version, r.name, &draft);
    gboolean ok = store(db, c, &draft, &r, error) && db_commit(db, error);
    campaign_clear(&draft);
    if (ok) {
        *ret = r;
        return TRUE;
    }
    db_rollback(db);
    correction_clear(&r);
    return FALSE;
}

gboolean correct_campaign(struct db *db, const char *name, gint64 version, const char *new_name,
                          struct correction *ret, GError **error)
{
    struct campaign c = {0};
    gboolean ok =
        campaigns_get(db, name, &c, error) && correct(db, &c, version, new_name, ret, error);
    campaign_clear(&c);
    return ok;
}
