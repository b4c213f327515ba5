/*
 * crier suppress: who must never be mailed, why, since when, by what evidence.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/evidence.h"
#include "app/shapes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/clock.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/people_import.h"
#include "store/people.h"
#include "store/storm.h"
#include "transfer/csvfile.h"

#define PAGE_ROWS 1000

static const struct output_column columns[] = {
    {"address", N_("Address")},
    {"reason", N_("Reason")},
    {"list", N_("List")},
    {"created", N_("Since"), OUTPUT_TIME},
    {"evidence", N_("Evidence")},
    {"actor", N_("By")},
    {NULL},
};

typedef void (*suppression_taker)(const struct suppression *s, void *data);

static gboolean each_suppression(struct db *db, suppression_taker take, void *data,
                                 GError **error)
{
    gint64 after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page = suppression_page(db, after, PAGE_ROWS, error);
        if (!page)
            return FALSE;
        for (guint i = 0; i < page->len; i++) {
            const struct suppression *s = g_ptr_array_index(page, i);
            take(s, data);
            after = s->id;
        }
        if (page->len < PAGE_ROWS)
            return TRUE;
    }
}

static void put_row(const struct suppression *s, void *data)
{
    struct json_writer *w = output_row_begin(data);
    shape_suppression(w, s);
    output_row_end(data);
}

int cmd_suppress_list(struct cmd_context *c)
{
    GError *error = NULL;
    struct output *o = output_begin(stdout, c->line->format, columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    gboolean ok = each_suppression(c->db, put_row, o, &error);
    output_end(o);
    return ok ? 0 : cmd_fail(error);
}

/* The address word and --list of add and remove. */
static gboolean read_target(struct cmd_context *c, struct mailaddr *ret_address,
                            gint64 *ret_list, GError **error)
{
    struct list l = {0};
    const char *list = cmd_option(c, "list");
    *ret_list = 0;
    if (list) {
        if (!list_get(c->db, list, &l, error))
            return FALSE;
        *ret_list = l.id;
        list_clear(&l);
    }
    return mailaddr_parse(cmd_word(c, 0), ret_address, error);
}

/* A reason of the table, or `fallback` when none is given. NULL with an error. */
static const char *read_reason(const struct cmd_context *c, const char *fallback,
                               GError **error)
{
    const char *reason = cmd_option(c, "reason");
    if (!reason)
        return fallback;
    if (g_strv_contains(suppression_reasons(), reason))
        return reason;
    g_autofree char *known = g_strjoinv(", ", (char **)suppression_reasons());
    g_autofree char *safe = text_safe(reason, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--reason '%s': it must be one of %s"),
                safe, known);
    return NULL;
}

int cmd_suppress_add(struct cmd_context *c)
{
    GError *error = NULL;
    struct mailaddr a;
    gint64 list_id;
    const char *reason = read_reason(c, "manual", &error);
    if (!reason || !read_target(c, &a, &list_id, &error))
        return cmd_fail(error);
    g_autofree char *address = mailaddr_format(&a), *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    gboolean was_there = FALSE;
    if (!suppression_add_by_hand(c->db, address, key, list_id, reason,
                                 cmd_option(c, "evidence"), &was_there, &error))
        return cmd_fail(error);
    if (was_there)
        cmd_say(_("%s is already among those who are never mailed; nothing is changed."),
                address);
    else
        cmd_say(_("%s is never mailed again."), address);
    return 0;
}

int cmd_suppress_remove(struct cmd_context *c)
{
    GError *error = NULL;
    struct mailaddr a;
    gint64 list_id;
    if (!read_target(c, &a, &list_id, &error))
        return cmd_fail(error);
    g_autofree char *address = mailaddr_format(&a), *key = mailaddr_key(&a);
    mailaddr_clear(&a);
    if (!suppression_remove(c->db, key, list_id, &error))
        return cmd_fail(error);
    cmd_say(_("%s can be mailed again."), address);
    return 0;
}

static void say_removed(const struct cmd_context *c, gint64 n)
{
    if (cmd_has(c, "dry-run"))
        cmd_say(ngettext("%" PRId64 " address that bounced since then would be mailed again.",
                         "%" PRId64 " addresses that bounced since then would be mailed again.",
                         (unsigned long)n),
                n);
    else
        cmd_say(ngettext("%" PRId64 " address that bounced since then can be mailed again.",
                         "%" PRId64 " addresses that bounced since then can be mailed again.",
                         (unsigned long)n),
                n);
}

int cmd_suppress_undo(struct cmd_context *c)
{
    GError *error = NULL;
    const char *since = cmd_option(c, "since"), *domain = cmd_option(c, "domain");
    g_autofree char *ascii = NULL;
    gint64 since_us = 0, n = 0;
    if (!since)
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                    _("--since is missing: since when, as 2h or "
                                      "2027-03-01T08:00:00Z")));
    if (domain && !domain_to_ascii(domain, &ascii, &error)) {
        g_prefix_error(&error, "--domain: ");
        cmd_wrong_usage(&error);
        return cmd_fail(error);
    }
    if (!cmd_read_since(since, &since_us, &error) ||
        !suppression_remove_bounced(c->db, since_us, ascii, cmd_has(c, "dry-run"), &n, &error))
        return cmd_fail(error);
    say_removed(c, n);
    return 0;
}

/* ---- far more bounces than usual ---- */

static const struct output_column storm_columns[] = {
    {"provider", N_("Receiver")},   {"campaign", N_("Campaign")},
    {"since", N_("Since"), OUTPUT_TIME}, {"waiting", N_("Waiting")},
    {"bounced", N_("Bounced")},     {"sent", N_("Sent")},
    {NULL},
};

int cmd_suppress_storms(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = storm_waiting(c->db, &error);
    struct output *o = all ? output_begin(stdout, c->line->format, storm_columns,
                                          c->line->fields, &error)
                           : NULL;
    if (!o)
        return cmd_fail(error);
    for (guint i = 0; i < all->len; i++) {
        const struct storm *s = all->pdata[i];
        struct json_writer *w = output_row_begin(o);
        json_begin_object(w);
        json_kv_string(w, "provider", s->provider);
        json_kv_string(w, "campaign", s->campaign);
        shape_time(w, "since", s->since_us);
        json_kv_int(w, "waiting", s->n_waiting);
        json_kv_int(w, "bounced", s->hard);
        json_kv_int(w, "sent", s->taken);
        json_end_object(w);
        output_row_end(o);
    }
    output_end(o);
    return 0;
}

/* All campaigns of that provider in which somebody waits. -1: an error. */
static gint64 end_storms(struct cmd_context *c, const char *provider, gboolean are_dead,
                         GError **error)
{
    gint64 n = 0, n_all = 0;
    gboolean found = FALSE;
    g_autoptr(GPtrArray) all = storm_waiting(c->db, error);
    for (guint i = 0; all && i < all->len; i++) {
        const struct storm *s = all->pdata[i];
        if (strcmp(s->provider, provider) != 0)
            continue;
        if (!evidence_end_storm(c->db, provider, s->campaign_id, are_dead, &n, error))
            return -1;
        found = TRUE;
        n_all += n;
    }
    if (found || !all)
        return all ? n_all : -1;
    g_autofree char *safe = text_safe(provider, -1, 80);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND,
                _("no bounces of %s wait for a word. See those that do with: crier suppress "
                  "storms"),
                safe);
    return -1;
}

int cmd_suppress_storm(struct cmd_context *c)
{
    GError *error = NULL;
    gboolean are_dead = cmd_has(c, "never");
    if (are_dead == cmd_has(c, "again"))
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                    _("say --never (the addresses are dead) or --again (the "
                                      "receiver was out of order)")));
    gint64 n = end_storms(c, cmd_word(c, 0), are_dead, &error);
    if (n < 0)
        return cmd_fail(error);
    if (are_dead)
        cmd_say(ngettext("%" PRId64 " address is never mailed again.",
                         "%" PRId64 " addresses are never mailed again.", (gulong)n),
                n);
    else
        cmd_say(ngettext("%" PRId64 " address is mailed as before.",
                         "%" PRId64 " addresses are mailed as before.", (gulong)n),
                n);
    return 0;
}

int cmd_suppress_token(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 delivery = 0;
    struct evidence_done done = {0};
    if (!evidence_find_request(c->db, cmd_word(c, 0), &delivery, &error) ||
        !evidence_unsubscribe(c->db, delivery, cmd_option(c, "evidence"), &done, &error))
        return cmd_fail(error);
    if (done.was_there)
        cmd_say(_("%s is unsubscribed already; nothing is changed."), done.address);
    else if (*done.lists)
        cmd_say(_("%s gets no more mail of %s (campaign %s)."), done.address, done.lists,
                done.campaign);
    else
        cmd_say(_("%s is never mailed again: the lists of campaign %s are deleted."),
                done.address, done.campaign);
    evidence_done_clear(&done);
    return 0;
}

int cmd_suppress_import(struct cmd_context *c)
{
    GError *error = NULL;
    if (!read_reason(c, "imported", &error))
        return cmd_fail(error);
    return people_import_run(c, import_suppressions);
}

static void put_csv_row(const struct suppression *s, void *data)
{
    GString *out = data;
    g_autofree char *since = clock_format_utc(s->created_us);
    csvfile_put_cell(out, s->address, TRUE);
    csvfile_put_cell(out, s->reason, FALSE);
    csvfile_put_cell(out, s->list ? s->list : "", FALSE);
    csvfile_put_cell(out, since, FALSE);
    csvfile_put_cell(out, s->evidence ? s->evidence : "", FALSE);
    csvfile_put_cell(out, s->actor ? s->actor : "", FALSE);
    g_string_append(out, "\r\n");
}

/* To the screen as it comes is no use of a file that must be whole, so it is gathered first. */
int cmd_suppress_export(struct cmd_context *c)
{
    GError *error = NULL;
    const char *path = cmd_option(c, "output");
    g_autoptr(GString) out = g_string_new("address,reason,list,created,evidence,actor\r\n");
    if (!cmd_may_write(c, path, &error) || !each_suppression(c->db, put_csv_row, out, &error))
        return cmd_fail(error);
    if (!path || strcmp(path, "-") == 0)
        fwrite(out->str, 1, out->len, stdout);
    else if (!file_write_atomic(path, out->str, out->len, 0600, &error))
        return cmd_fail(error);
    return 0;
}
