/*
 * crier mailbox read: reads a mailbox once, now, and says what came. What is done with each
 * message is the same as when the worker reads it.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/progress.h"
#include "store/mailboxes.h"
#include "worker/reading.h"

static void add_kind(GString *text, gint64 n, char *take_words)
{
    if (n > 0) {
        g_string_append(text, text->len > 0 ? ", " : "");
        g_string_append(text, take_words);
    }
    g_free(take_words);
}

/* "2 bounces, 1 complaint": what is not there is not named. */
static char *say_kinds(const struct intake_counts *n)
{
    GString *text = g_string_new(NULL);
    add_kind(text, n->n_bounces,
             g_strdup_printf(ngettext("%" PRId64 " bounce", "%" PRId64 " bounces",
                                      (gulong)n->n_bounces),
                             n->n_bounces));
    add_kind(text, n->n_complaints,
             g_strdup_printf(ngettext("%" PRId64 " complaint", "%" PRId64 " complaints",
                                      (gulong)n->n_complaints),
                             n->n_complaints));
    add_kind(text, n->n_unsubscribes,
             g_strdup_printf(ngettext("%" PRId64 " request to unsubscribe", "%" PRId64 " requests to unsubscribe",
                                      (gulong)n->n_unsubscribes),
                             n->n_unsubscribes));
    add_kind(text, n->n_others,
             g_strdup_printf(ngettext("%" PRId64 " of another kind", "%" PRId64 " of other kinds",
                                      (gulong)n->n_others),
                             n->n_others));
    add_kind(text, n->n_there,
             g_strdup_printf(ngettext("%" PRId64 " that was read before", "%" PRId64 " that were read before",
                                      (gulong)n->n_there),
                             n->n_there));
    return g_string_free(text, FALSE);
}

static void say_consequences(const struct intake_counts *n)
{
    if (n->n_marked > 0)
        printf(ngettext("%" PRId64 " person is not mailed any more.\n",
                        "%" PRId64 " people are not mailed any more.\n", (gulong)n->n_marked),
               n->n_marked);
    if (n->n_returned > 0)
        printf(ngettext("%" PRId64 " person waits for another try: it was our fault.\n",
                        "%" PRId64 " people wait for another try: it was our fault.\n",
                        (gulong)n->n_returned),
               n->n_returned);
    if (n->n_waiting > 0)
        printf(ngettext("%" PRId64 " address waits for your word: crier suppress storms.\n",
                        "%" PRId64 " addresses wait for your word: crier suppress storms.\n",
                        (gulong)n->n_waiting),
               n->n_waiting);
    if (n->n_unknown > 0)
        printf(ngettext("%" PRId64 " message was not understood and waits for a person.\n",
                        "%" PRId64 " messages were not understood and wait for a person.\n",
                        (gulong)n->n_unknown),
               n->n_unknown);
}

static void put_text(const struct reading *r)
{
    const struct intake_counts *n = &r->counts;
    g_autofree char *kinds = say_kinds(n);
    if (n->n_read == 0)
        printf(_("Mailbox %s: nothing new.\n"), r->mailbox->name);
    else
        printf(ngettext("Mailbox %s: %" PRId64 " message read: %s.\n",
                        "Mailbox %s: %" PRId64 " messages read: %s.\n", (gulong)n->n_read),
               r->mailbox->name, n->n_read, kinds);
    say_consequences(n);
}

static void put_json(const struct reading *r)
{
    const struct intake_counts *n = &r->counts;
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "mailbox", r->mailbox->name);
    json_kv_bool(w, "ok", r->is_whole);
    json_kv_string(w, "problem", r->problem ? r->problem : "");
    json_kv_int(w, "found", r->n_found);
    json_kv_int(w, "read", n->n_read);
    json_kv_int(w, "read_before", n->n_there);
    json_kv_int(w, "bounces", n->n_bounces);
    json_kv_int(w, "complaints", n->n_complaints);
    json_kv_int(w, "unsubscribes", n->n_unsubscribes);
    json_kv_int(w, "others", n->n_others);
    json_kv_int(w, "unknown", n->n_unknown);
    json_kv_int(w, "marked", n->n_marked);
    json_kv_int(w, "waiting", n->n_waiting);
    json_kv_int(w, "returned", n->n_returned);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

static gboolean read_it(struct cmd_context *c, struct reading *r, GError **error)
{
    g_autofree char *what = g_strdup_printf(_("mailbox %s"), r->mailbox->name);
    struct progress *p = progress_new(what);
    r->progress = progress_show;
    r->data = p;
    log_set_level(LOG_LEVEL_ERROR); /* what went wrong is said below */
    gboolean ok = reading_run(r, error);
    progress_free(p);
    if (!ok)
        g_prefix_error(error, _("mailbox %s: "), r->mailbox->name);
    return ok;
}

int cmd_mailbox_read(struct cmd_context *c)
{
    GError *error = NULL;
    struct mailbox m = {0};
    if (!mailboxes_get(c->db, cmd_word(c, 0), &m, &error))
        return cmd_fail(error);
    struct reading r = {.ws = c->ws, .db = c->db, .mailbox = &m};
    gboolean ok = read_it(c, &r, &error);
    if (ok && cmd_wants_json(c))
        put_json(&r);
    else if (ok && (r.is_whole || r.counts.n_read > 0))
        put_text(&r);
    if (ok && r.problem)
        cmd_warn(_("mailbox %s: %s"), m.name, r.problem);
    ok = ok && r.is_whole;
    reading_clear(&r);
    mailbox_clear(&m);
    return error ? cmd_fail(error) : ok ? 0 : 1;
}
