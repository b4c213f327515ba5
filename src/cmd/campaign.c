/*
 * crier campaign: drafts, listings, the ledger and the report. Starting, pausing and the like
 * are in control.c.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/shapes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/hours.h"
#include "store/campaigns.h"
#include "store/counters.h"
#include "store/deliveries.h"
#include "store/said.h"
#include "transfer/csvfile.h"

#define PAGE_ROWS 1000
#define SHOWN_ROWS 20
#define ALL_ROWS 1000000

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

static const struct output_column report_columns[] = {
    {"name", N_("Campaign")},
    {"title", N_("Title")},
    {"state", N_("State")},
    {"held_reason", N_("Held")},
    {"started", N_("Started"), OUTPUT_TIME},
    {"finished", N_("Finished"), OUTPUT_TIME},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"deferred", N_("Waiting"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"queued", N_("Queued"), OUTPUT_NUMBER},
    {"leased", N_("Sending"), OUTPUT_NUMBER},
    {"suppressed", N_("Never mail"), OUTPUT_NUMBER},
    {"cancelled", N_("Cancelled"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column domain_columns[] = {
    {"domain", N_("Domain")},
    {"total", N_("People"), OUTPUT_NUMBER},
    {"accepted", N_("Accepted"), OUTPUT_NUMBER},
    {"refused", N_("Refused"), OUTPUT_NUMBER},
    {"uncertain", N_("Maybe sent"), OUTPUT_NUMBER},
    {"deferrals", N_("Put off"), OUTPUT_NUMBER},
    {NULL},
};

static const struct output_column reply_columns[] = {
    {"state", N_("State")},
    {"count", N_("People"), OUTPUT_NUMBER},
    {"code", N_("Code"), OUTPUT_NUMBER},
    {"enhanced", N_("Status")},
    {"reply", N_("Reply")},
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

static gboolean put_deliveries(struct output *o, struct db *db, gint64 campaign_id,
                               const struct narrowing *by, GError **error)
{
    gint64 after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page =
            by->effect
                ? deliveries_said_page(db, campaign_id, by->effect, after, PAGE_ROWS, error)
                : deliveries_page(db, campaign_id, by->state, after, PAGE_ROWS, error);
        if (!page)
            return FALSE;
        for (guint i = 0; i < page->len; i++) {
            const struct delivery *d = g_ptr_array_index(page, i);
            put_delivery(o, d);
            after = d->id;
        }
        if (page->len < PAGE_ROWS)
            return TRUE;
    }
}

int cmd_campaign_deliveries(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign campaign;
    struct narrowing by;
    if (!read_state(c, &by, &error) ||
        !campaigns_get(c->db, cmd_word(c, 0), &campaign, &error))
        return cmd_fail(error);
    struct output *o =
        output_begin(stdout, c->line->format, delivery_columns, c->line->fields, &error);
    gboolean ok = o && put_deliveries(o, c->db, campaign.id, &by, &error);
    if (o)
        output_end(o);
    campaign_clear(&campaign);
    return ok ? 0 : cmd_fail(error);
}

/* ---- the report ---- */

/* The first rows of a part; the rest is counted. */
static void put_part(const struct cmd_context *c, const struct json *report, const char *key,
                     const struct output_column *columns)
{
    const struct json *rows = json_member(report, key);
    gsize n = json_size(rows), shown = MIN(n, (gsize)SHOWN_ROWS);
    if (n == 0)
        return;
    putchar('\n');
    struct output *o = output_begin(stdout, c->line->format, columns, NULL, NULL);
    for (gsize i = 0; i < shown; i++) {
        g_autofree char *row = json_dump(json_at(rows, i));
        output_row(o, row);
    }
    output_end(o);
    if (n > shown)
        printf(_("… and %zu more: --json shows all of them\n"), n - shown);
}

static gboolean write_csv(const char *path, const GPtrArray *domains, GError **error)
{
    g_autoptr(GString) out =
        g_string_new("domain,total,accepted,refused,uncertain,deferrals\r\n");
    for (guint i = 0; i < domains->len; i++) {
        const struct domain_count *d = g_ptr_array_index(domains, i);
        csvfile_put_cell(out, d->domain, TRUE);
        g_string_append_printf(
            out, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "\r\n", d->total,
            d->accepted, d->refused, d->uncertain, d->deferrals);
    }
    if (strcmp(path, "-") == 0) {
        fwrite(out->str, 1, out->len, stdout);
        return TRUE;
    }
    return file_write_atomic(path, out->str, out->len, 0600, error);
}

static void put_report(const struct cmd_context *c, const GString *json)
{
    output_record(stdout, c->line->format, report_columns, json->str);
    if (cmd_wants_json(c))
        return;
    struct json *report = json_parse(json->str, json->len, NULL);
    put_part(c, report, "domains", domain_columns);
    put_part(c, report, "replies", reply_columns);
    json_unref(report);
}

static gboolean report(const struct cmd_context *c, const struct campaign *campaign,
                       GError **error)
{
    struct campaign_counts counts = {0};
    const char *csv = cmd_option(c, "csv");
    if (!cmd_may_write(c, csv, error) ||
        !campaigns_counts(c->db, campaign->id, &counts, error))
        return FALSE;
    g_autoptr(GPtrArray) domains = campaigns_domains(c->db, campaign->id, ALL_ROWS, error);
    g_autoptr(GPtrArray) replies =
        domains ? counters_replies(c->db, campaign->id, ALL_ROWS, error) : NULL;
    if (!replies)
        return FALSE;
    if (csv)
        return write_csv(csv, domains, error);
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    shape_report(w, campaign, &counts, domains, replies);
    json_writer_free(w);
    put_report(c, json);
    return TRUE;
}

int cmd_campaign_report(struct cmd_context *c)
{
    GError *error = NULL;
    struct campaign campaign;
    if (!campaigns_get(c->db, cmd_word(c, 0), &campaign, &error))
        return cmd_fail(error);
    gboolean ok = report(c, &campaign, &error);
    campaign_clear(&campaign);
    return ok ? 0 : cmd_fail(error);
}
