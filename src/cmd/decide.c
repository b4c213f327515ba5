/*
 * crier campaign join, resolve, resend: who else gets a campaign that has begun. What they do is
 * app/join.c's and app/control.c's; here are the words.
 */
#include "config.h"

#include "cmd/decide.h"

#include <inttypes.h>

#include "app/control.h"
#include "app/join.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/handlers.h"

/* ---- late joiners ---- */

static gboolean read_join(const struct cmd_context *c, struct join_request *q, GError **error)
{
    const char *within = cmd_option(c, "within");
    if (within && !clock_parse_span(within, &q->within_s, error)) {
        g_prefix_error(error, "--within: ");
        return cmd_wrong_usage(error);
    }
    return cmd_option_int(c, "yes", 0, G_MAXINT64, -1, &q->expect, error);
}

static void put_join(const struct join_request *q, const struct joined *n)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "name", q->name);
    json_kv_bool(w, "dry_run", q->is_dry_run);
    json_kv_int(w, "people", n->people);
    json_kv_int(w, "suppressed", n->suppressed);
    json_kv_int(w, "known", n->known);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static void say_join(const struct join_request *q, const struct joined *n)
{
    g_autofree char *people = text_grouped(n->people);
    if (q->is_dry_run)
        cmd_say(ngettext("Campaign '%s': %s person would join. Nobody did.",
                         "Campaign '%s': %s people would join. Nobody did.",
                         (gulong)n->people),
                q->name, people);
    else if (n->people + n->suppressed == 0)
        cmd_say(_("Campaign '%s': nobody came onto its lists since it began."), q->name);
    else
        cmd_say(ngettext("Campaign '%s': %s person more gets it. `crier undo` takes that back "
                         "as far as nothing was sent.",
                         "Campaign '%s': %s people more get it. `crier undo` takes that back "
                         "as far as nothing was sent.",
                         (gulong)n->people),
                q->name, people);
    if (n->suppressed > 0)
        cmd_say(ngettext("%" PRId64 " more is never to be mailed.",
                         "%" PRId64 " more are never to be mailed.", (gulong)n->suppressed),
                n->suppressed);
    if (n->known > 0)
        cmd_say(ngettext("%" PRId64 " is left out: that address got it before.",
                         "%" PRId64 " are left out: those addresses got it before.",
                         (gulong)n->known),
                n->known);
}

int cmd_campaign_join(struct cmd_context *c)
{
    GError *error = NULL;
    struct joined n = {0};
    struct join_request q = {.name = cmd_word(c, 0), .is_dry_run = cmd_has(c, "dry-run")};
    if (!read_join(c, &q, &error) || !join_campaign(c->db, &q, &n, &error))
        return cmd_fail(error);
    gboolean must_send = !q.is_dry_run && n.people > 0 && n.is_sending;
    if (cmd_wants_json(c))
        put_join(&q, &n);
    if (must_send && !decide_ensure_worker(c))
        return 1;
    say_join(&q, &n);
    return 0;
}

/* ---- the maybe sent, the refused ---- */

static void put_decided(const struct cmd_context *c, const char *what, gint64 n)
{
    g_autoptr(GString) json = g_string_new(NULL);
    if (!cmd_wants_json(c))
        return;
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "name", cmd_word(c, 0));
    json_kv_string(w, "decision", what);
    json_kv_bool(w, "dry_run", cmd_has(c, "dry-run"));
    json_kv_int(w, "people", n);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static void say_resolved(const struct cmd_context *c, gboolean resend, gint64 n)
{
    if (cmd_has(c, "dry-run"))
        cmd_say(ngettext("%" PRId64 " of the maybe sent would be decided about. Nothing was "
                         "changed.",
                         "%" PRId64 " of the maybe sent would be decided about. Nothing was "
                         "changed.",
                         (gulong)n),
                n);
    else if (resend)
        cmd_say(_("%" PRId64 " of the maybe sent go out again."), n);
    else
        cmd_say(_("%" PRId64 " of the maybe sent are left as they are."), n);
}

int cmd_campaign_resolve(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n = 0;
    gboolean resend = cmd_has(c, "resend"), is_dry_run = cmd_has(c, "dry-run");
    if (resend == cmd_has(c, "skip")) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("say --resend (some may get it twice) or --skip (some may not get it)"));
        return cmd_fail(error);
    }
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    for (guint i = 1; i < cmd_words(c); i++)
        g_ptr_array_add(addresses, (char *)cmd_word(c, i));
    g_ptr_array_add(addresses, NULL);
    const char *const *who = (const char *const *)addresses->pdata;
    gboolean ok = is_dry_run
                      ? control_count_uncertain(c->db, cmd_word(c, 0), resend, who, &n, &error)
                      : control_resolve(c->db, cmd_word(c, 0), resend, who, &n, &error);
    if (!ok)
        return cmd_fail(error);
    put_decided(c, resend ? "resend" : "skip", n);
    if (resend && n > 0 && !is_dry_run && !decide_ensure_worker(c))
        return 1;
    say_resolved(c, resend, n);
    return 0;
}

int cmd_campaign_resend(struct cmd_context *c)
{
    GError *error = NULL;
    gint64 n = 0;
    gboolean is_dry_run = cmd_has(c, "dry-run");
    if (!cmd_has(c, "failed")) {
        g_set_error(&error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--failed is missing. The maybe sent are decided by `crier campaign "
                      "resolve`"));
        return cmd_fail(error);
    }
    if (is_dry_run ? !control_count_failed(c->db, cmd_word(c, 0), &n, &error)
                   : !control_resend_failed(c->db, cmd_word(c, 0), &n, &error))
        return cmd_fail(error);
    put_decided(c, "resend", n);
    if (n > 0 && !is_dry_run && !decide_ensure_worker(c))
        return 1;
    if (is_dry_run)
        cmd_say(ngettext("%" PRId64 " person who was refused would be sent to again. Nothing "
                         "was changed.",
                         "%" PRId64 " people who were refused would be sent to again. Nothing "
                         "was changed.",
                         (gulong)n),
                n);
    else
        cmd_say(ngettext("%" PRId64 " person who was refused is sent to again.",
                         "%" PRId64 " people who were refused are sent to again.", (gulong)n),
                n);
    return 0;
}
