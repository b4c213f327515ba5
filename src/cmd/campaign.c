/*
 * crier campaign: drafts, listings and the ledger. Starting, pausing and the like are in
 * control.c, the report in campaign_report.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/progress.h"
#include "model/hours.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/said.h"

#define PAGE_ROWS 1000

static const struct output_column list_columns[] = {
    {"name", N_("Name")},
    {"state", N_("State")},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"deferred", N_("Waiting"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"title", N_("Title")},
    {"started", N_("Started"), OUTPUT_TIME},
    {"finished", N_("Finished"), OUTPUT_TIME},
    {"queued", N_("Queued"), OUTPUT_NUMBER, TRUE},
    {"leased", N_("Sending"), OUTPUT_NUMBER, TRUE},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER, TRUE},
    {"cancelled", N_("Cancelled"), OUTPUT_NUMBER, TRUE},
    {"in_flight", N_("In flight"), OUTPUT_NUMBER, TRUE},
    {"held_reason", N_("Held"), OUTPUT_TEXT, TRUE},
    {"server", N_("Server"), OUTPUT_TEXT, TRUE},
    {"lists", N_("Lists"), OUTPUT_TEXT, TRUE},
    {"exclude", N_("Without"), OUTPUT_TEXT, TRUE},
    {"from", N_("From"), OUTPUT_TEXT, TRUE},
    {"subject", N_("Subject"), OUTPUT_TEXT, TRUE},
    {"created", N_("Made"), OUTPUT_TIME, TRUE},
    {"version", N_("Version"), OUTPUT_NUMBER, TRUE},
    {NULL},
};

static const struct output_column show_columns[] = {
    {"name", N_("Name")},
    {"state", N_("State")},
    {"held_reason", N_("Held")},
    {"title", N_("Title")},
    {"from", N_("From")},
    {"reply_to", N_("Reply to")},
    {"subject", N_("Subject")},
    {"lists", N_("Lists")},
    {"exclude", N_("Without")},
    {"server", N_("Server")},
    {"html_file", N_("HTML file")},
    {"html_bytes", N_("HTML bytes"), OUTPUT_NUMBER},
    {"text_file", N_("Text file")},
    {"text_bytes", N_("Text bytes"), OUTPUT_NUMBER},
    {"list_id", N_("List-Id")},
    {"give_up", N_("Give up after"), OUTPUT_SPAN},
    {"only_campaign", N_("Only who got")},
    {"only_version", N_("Of version"), OUTPUT_NUMBER},
    {"version", N_("Version"), OUTPUT_NUMBER},
    {"edited", N_("Changed since")},
    {"created", N_("Made"), OUTPUT_TIME},
    {"started", N_("Started"), OUTPUT_TIME},
    {"finished", N_("Finished"), OUTPUT_TIME},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"queued", N_("Queued"), OUTPUT_NUMBER},
    {"leased", N_("Sending"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"deferred", N_("Waiting"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER},
    {"cancelled", N_("Cancelled"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column delivery_columns[] = {
    {"address", N_("Address")},
    {"state", N_("State")},
    {"attempts", N_("Tries"), OUTPUT_NUMBER},
    {"server", N_("Server")},
    {"time", N_("Time"), OUTPUT_TIME},
    {"code", N_("Code"), OUTPUT_NUMBER},
    {"enhanced", N_("Status")},
    {"reply", N_("Reply")},
    {"version", N_("Version"), OUTPUT_NUMBER},
    {"due", N_("Again"), OUTPUT_TIME, TRUE},
    {"decided", N_("Decided"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static GString *campaign_json(struct db *db, const struct campaign *campaign,
                              gboolean has_bodies, GError **error)
{
    struct campaign_counts counts = {0};
    if (!campaigns_counts(db, campaign->id, &counts, error))
        return NULL;
    GString *json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    shape_campaign(w, campaign, has_bodies, &counts);
    json_writer_free(w);
    return json;
}

int cmd_campaign_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = campaigns_all(c->db, &error);
    struct output *o =
        all ? output_begin(stdout, c->line->format, list_columns, c->line->fields, &error)
            : NULL;
    if (!o)
        return cmd_fail(error);
    for (guint i = 0; i < all->len && !error; i++) {
        GString *row = campaign_json(c->db, g_ptr_array_index(all, i), FALSE, &error);
        if (!row)
            break;
        output_row(o, row->str);
        g_string_free(row, TRUE);
    }
    output_end(o);
    return error ? cmd_fail(error) : 0;
}

int cmd_campaign_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign campaign;
    if (!campaigns_get(c->db, cmd_word(c, 0), &campaign, &error))
        return cmd_fail(error);
    GString *json = campaign_json(c->db, &campaign, TRUE, &error);
    campaign_clear(&campaign);
    if (!json)
        return cmd_fail(error);
    output_record(stdout, c->line->format, show_columns, json->str);
    g_string_free(json, TRUE);
    return 0;
}

/* ---- drafts ---- */

/* With what only several fields together show. */
static gboolean take_fields(const struct cmd_context *c, struct campaign *campaign,
                            guint *ret_n, GError **error)
{
    if (!cmd_set_fields(c, campaign, ret_n, error))
        return FALSE;
    return hours_check(campaign, error) || cmd_wrong_usage(error);
}

int cmd_campaign_new(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0);
    struct campaign campaign;
    if (!cmd_check_new_name(name, &error))
        return cmd_fail(error);
    if (campaigns_get(c->db, name, &campaign, NULL)) {
        campaign_clear(&campaign);
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                                    _("campaign %s: it is there already"), name));
    }
    campaign_init(&campaign);
    campaign.name = g_strdup(name);
    gboolean ok = take_fields(c, &campaign, NULL, &error) &&
                  campaigns_put(c->db, &campaign, NULL, &error);
    campaign_clear(&campaign);
    if (!ok)
        return cmd_fail(error);
    cmd_say(_("Campaign %s is a draft. crier campaign set %s changes it."), name, name);
    return 0;
}

void cmd_say_changed(const struct campaign *c)
{
    if (c->state == CAMPAIGN_DRAFT)
        cmd_say(_("Campaign %s is changed."), c->name);
    else
        cmd_say(_("Campaign %s is changed. Who has not got it yet gets it so when you resume it: "
                  "crier campaign resume %s"),
                c->name, c->name);
}

int cmd_campaign_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign campaign;
    guint n = 0;
    if (!campaigns_get(c->db, cmd_word(c, 0), &campaign, &error))
        return cmd_fail(error);
    gboolean ok = take_fields(c, &campaign, &n, &error);
    if (ok && n == 0) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("nothing to set: name a field with its value, as in --subject 'Spring is "
                      "here'"));
        ok = FALSE;
    }
    if (ok && !campaigns_put(c->db, &campaign, NULL, &error))
        ok = FALSE;
    if (ok && campaign.state != CAMPAIGN_DRAFT)
        cmd_say_changed(&campaign);
    campaign_clear(&campaign);
    return ok ? 0 : cmd_fail(error);
}

int cmd_campaign_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!campaigns_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(_("Campaign %s is deleted. For 30 days crier undo or crier bin restore brings it back."), cmd_word(c, 0));
    return 0;
}

/* ---- the ledger ---- */

/* What --state asks for. */
struct narrowing {
    int state;  /* -1: all */
    int effect; /* of what came back, SAID_HARD …; 0: by state */
};

static gboolean read_state(const struct cmd_context *c, struct narrowing *ret, GError **error)
{
    static const struct {
        const char *name;
        enum said_effect effect;
    } effects[] = {{"bounced_hard", SAID_HARD},
                   {"bounced_soft", SAID_SOFT},
                   {"complained", SAID_COMPLAINED},
                   {"unsubscribed", SAID_UNSUBSCRIBED}};
    const char *name = cmd_option(c, "state");
    enum delivery_state state;
    *ret = (struct narrowing){.state = -1};
    if (!name)
        return TRUE;
    if (delivery_state_parse(name, &state)) {
        ret->state = (int)state;
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(effects); i++)
        if (strcmp(name, effects[i].name) == 0)
            ret->effect = (int)effects[i].effect;
    if (ret->effect)
        return TRUE;
    g_autofree char *safe = text_safe(name, -1, 40);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_USAGE,
        _("--state '%s': it must be queued, leased, accepted, refused, deferred, uncertain, "
          "suppressed, cancelled, bounced_hard, bounced_soft, complained or unsubscribed"),
        safe);
    return FALSE;
}

static void put_delivery(struct output *o, const struct delivery *d)
{
    struct json_writer *w = output_row_begin(o);
    shape_delivery(w, d);
    output_row_end(o);
}

/* FALSE with no error: there are as many as were asked for. */
static gboolean put_page(struct output *o, const GPtrArray *page, gint64 *left)
{
    for (guint i = 0; i < page->len && *left > 0; i++, (*left)--)
        put_delivery(o, page->pdata[i]);
    return *left > 0;
}

static gboolean put_deliveries(struct output *o, struct db *db, gint64 campaign_id,
                               const struct narrowing *by, gint64 left, GError **error)
{
    gint64 after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page =
            by->effect
                ? deliveries_said_page(db, campaign_id, by->effect, after, PAGE_ROWS, error)
                : deliveries_page(db, campaign_id, by->state, after, PAGE_ROWS, error);
        if (!page)
            return FALSE;
        if (!put_page(o, page, &left) || page->len < PAGE_ROWS)
            return TRUE;
        after = ((const struct delivery *)page->pdata[page->len - 1])->id;
    }
}

/* By a domain or a reply, which no index knows: all rows are looked at, in slices. */
static gboolean put_wanted(const struct cmd_context *c, struct output *o, gint64 campaign_id,
                           const struct deliveries_wanted *wanted, gint64 left, GError **error)
{
    gint64 after = 0;
    gboolean more = TRUE;
    struct campaign_counts counts;
    if (!campaigns_counts(c->db, campaign_id, &counts, error))
        return FALSE;
    struct progress *p = progress_new(cmd_word(c, 0));
    for (gint64 seen = 0; more; seen += DELIVERIES_FIND_SLICE) {
        g_autoptr(GPtrArray) page =
            deliveries_find(c->db, campaign_id, wanted, &after, &more, error);
        progress_set(p, MIN(seen + DELIVERIES_FIND_SLICE, counts.total), counts.total);
        if (!page || !put_page(o, page, &left))
            break;
        db_give_way(c->db);
    }
    progress_free(p);
    return *error == NULL;
}

/* `*ret_domain` is owned by the caller. */
static gboolean read_wanted(const struct cmd_context *c, struct narrowing *by,
                            struct deliveries_wanted *ret, char **ret_domain,
                            gint64 *ret_limit, GError **error)
{
    gint64 code = -1;
    const char *domain = cmd_option(c, "domain");
    *ret_domain = NULL;
    if (!read_state(c, by, error) ||
        !cmd_option_int(c, "code", 0, 599, -1, &code, error) ||
        !cmd_option_int(c, "limit", 1, G_MAXINT32, G_MAXINT64, ret_limit, error))
        return FALSE;
    if (domain && !domain_to_ascii(domain, ret_domain, error)) {
        g_prefix_error(error, "--domain: ");
        return cmd_wrong_usage(error);
    }
    ret->state = by->state;
    ret->effects = by->effect;
    ret->domain = *ret_domain;
    ret->code = (int)code;
    ret->enhanced = cmd_option(c, "enhanced");
    if (!ret->enhanced || code >= 0)
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("--enhanced: it is a part of a reply. Give --code, too"));
    return FALSE;
}

int cmd_campaign_deliveries(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign campaign;
    struct narrowing by;
    struct deliveries_wanted wanted;
    g_autofree char *domain = NULL;
    gint64 limit = 0;
    if (!read_wanted(c, &by, &wanted, &domain, &limit, &error) ||
        !campaigns_get(c->db, cmd_word(c, 0), &campaign, &error))
        return cmd_fail(error);
    struct output *o =
        output_begin(stdout, c->line->format, delivery_columns, c->line->fields, &error);
    gboolean by_index = !wanted.domain && wanted.code < 0;
    gboolean ok = o && (by_index ? put_deliveries(o, c->db, campaign.id, &by, limit, &error)
                                 : put_wanted(c, o, campaign.id, &wanted, limit, &error));
    if (o)
        output_end(o);
    campaign_clear(&campaign);
    return ok ? 0 : cmd_fail(error);
}
