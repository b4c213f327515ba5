/*
 * crier campaign test: a marked copy to somebody now, past the ledger. Its tokens are valid for
 * nothing, so that nothing that comes back of it is taken for a person's.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <stdio.h>

#include "app/preview.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/dial.h"
#include "cmd/tell.h"
#include "store/pools.h"

#define MAX_COPIES 50

struct copy {
    char *to;         /* owned */
    GString *message; /* owned */
    struct smtp_chunk chunk;
    gboolean needs_smtputf8;
};

struct copies {
    struct preview preview;
    struct letter_envelope envelope;
    struct server server;
    GArray *list; /* owned; of struct copy */
};

static void copy_clear(gpointer data)
{
    struct copy *copy = data;
    g_free(copy->to);
    if (copy->message)
        g_string_free(copy->message, TRUE);
}

static gboolean add_copy(struct copies *all, const char *text, GError **error)
{
    struct mailaddr a;
    if (all->list->len == MAX_COPIES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("more than %d copies of a test"),
                    MAX_COPIES);
        return FALSE;
    }
    if (!mailaddr_parse(text, &a, error)) {
        g_prefix_error(error, "--to: ");
        return FALSE;
    }
    struct copy copy = {.to = mailaddr_format(&a),
                        .needs_smtputf8 = mailaddr_needs_smtputf8(&a)};
    mailaddr_clear(&a);
    copy.message = g_string_new(NULL);
    gboolean ok = preview_write(&all->preview, copy.to, PREVIEW_SOURCE, copy.message, error);
    copy.chunk = (struct smtp_chunk){copy.message->str, copy.message->len};
    g_array_append_val(all->list, copy);
    return ok;
}

/* --to A --to B, and the words behind the name: --to A B. */
static gboolean add_copies(const struct cmd_context *c, struct copies *all, GError **error)
{
    const char *to;
    for (guint i = 0; (to = cmd_option_nth(c, "to", i)); i++)
        if (!add_copy(all, to, error))
            return FALSE;
    if (all->list->len == 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("to whom? Name one with --to ADDRESS"));
        return FALSE;
    }
    for (guint i = 1; i < cmd_words(c); i++)
        if (!add_copy(all, cmd_word(c, i), error))
            return FALSE;
    return TRUE;
}

static gboolean find_server(struct db *db, const char *campaign, struct server *ret,
                            GError **error)
{
    struct campaign c;
    if (!campaigns_get(db, campaign, &c, error))
        return FALSE;
    gboolean ok = FALSE;
    if (c.server && *c.server)
        ok = pools_find_one(db, c.server, ret, error);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("campaign '%s' has no server yet. `crier campaign set %s --server NAME` "
                      "names one"),
                    campaign, campaign);
    campaign_clear(&c);
    return ok;
}

static gboolean prepare(const struct cmd_context *c, struct copies *all, GError **error)
{
    const char *name = cmd_word(c, 0);
    if (!find_server(c->db, name, &all->server, error) ||
        !preview_open(c->db, c->ws, name, cmd_option(c, "as"), TRUE, &all->preview, error))
        return FALSE;
    letter_envelope(all->preview.letter, all->preview.key, 0,
                    (enum server_envelope)all->server.envelope, &all->envelope);
    return add_copies(c, all, error);
}

static struct smtp_message *messages_of(const struct copies *all)
{
    struct smtp_message *m = g_new0(struct smtp_message, all->list->len);
    for (guint i = 0; i < all->list->len; i++) {
        struct copy *copy = &g_array_index(all->list, struct copy, i);
        m[i] = (struct smtp_message){.sender = all->envelope.sender,
                                     .recipient = copy->to,
                                     .needs_smtputf8 = copy->needs_smtputf8 ||
                                                       !g_str_is_ascii(all->envelope.sender),
                                     .envid = all->envelope.envid,
                                     .chunks = &copy->chunk,
                                     .n_chunks = 1,
                                     .size = copy->chunk.len};
    }
    return m;
}

static void show_line(const char *line, void *data)
{
    if (tell_is_wanted())
        tell_put(TELL_LINE, line);
}

/* Who follows the conversation has seen it. */
static void put_transcript(const struct dial *d)
{
    if (tell_is_wanted())
        return;
    for (guint i = 0; i < d->lines->len; i++)
        fprintf(stderr, "%s\n", (const char *)g_ptr_array_index(d->lines, i));
}

static void tell_fault(const struct copies *all, const struct dial *d, guint i)
{
    const struct dial_outcome *o = &d->outcomes[i];
    const char *to = d->messages[i].recipient, *server = all->server.name;
    if (o->is_known && o->class == REPLY_UNCERTAIN)
        cmd_warn(_("server %s: the copy to %s may have been taken, its last reply never came"),
                 server, to);
    else if (o->is_known)
        cmd_warn(_("server %s did not take the copy to %s: %s"), server, to, o->sentence);
    else
        cmd_warn(_("server %s: the copy to %s was not sent: %s"), server, to,
                 d->trouble ? d->trouble : _("the connection was closed"));
}

static void put_copy(struct json_writer *w, const struct dial *d, guint i)
{
    const struct dial_outcome *o = &d->outcomes[i];
    json_begin_object(w);
    json_kv_string(w, "to", d->messages[i].recipient);
    json_kv_bool(w, "ok", o->is_known && o->class == REPLY_ACCEPTED);
    json_kv_bool(w, "maybe", o->is_known && o->class == REPLY_UNCERTAIN);
    json_kv_int(w, "code", o->code);
    json_kv_string(w, "reply", o->is_known ? o->sentence : d->trouble);
    json_end_object(w);
}

static void put_json(const struct copies *all, const struct dial *d)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    json_begin_object(w);
    json_kv_string(w, "server", all->server.name);
    json_kv_string(w, "as", all->preview.address);
    json_kv_bool(w, "made_up", all->preview.is_made_up);
    json_kv_string(w, "fault", d->fault);
    json_key(w, "copies");
    json_begin_array(w);
    for (guint i = 0; i < d->n_messages; i++)
        put_copy(w, d, i);
    json_end_array(w);
    dial_steps_json(w, &d->steps);
    dial_put_transcript(w, d->lines);
    json_end_object(w);
    json_writer_free(w);
    cmd_put_json(json);
}

/* Says how it went; the exit code. */
static int tell_how_it_went(const struct copies *all, const struct dial *d, gboolean is_json)
{
    guint n_taken = 0;
    for (guint i = 0; i < d->n_messages; i++)
        n_taken += d->outcomes[i].is_known && d->outcomes[i].class == REPLY_ACCEPTED;
    if (n_taken < d->n_messages && !is_json)
        put_transcript(d);
    for (guint i = 0; i < d->n_messages; i++)
        if (!d->outcomes[i].is_known || d->outcomes[i].class != REPLY_ACCEPTED)
            tell_fault(all, d, i);
    if (n_taken == 0)
        return 1;
    g_autofree char *whose = text_safe(all->preview.address, -1, 0);
    if (all->preview.is_made_up)
        cmd_say(ngettext("Server %s took %u copy; the values in [brackets] are made up, "
                         "because nobody is on its lists.",
                         "Server %s took %u copies; the values in [brackets] are made up, "
                         "because nobody is on its lists.",
                         n_taken),
                all->server.name, n_taken);
    else
        cmd_say(ngettext("Server %s took %u copy, with the values of %s.",
                         "Server %s took %u copies, with the values of %s.", n_taken),
                all->server.name, n_taken, whose);
    return n_taken == d->n_messages ? 0 : 1;
}

int cmd_campaign_test(struct cmd_context *c)
{
    GError *error = NULL;
    struct copies all = {0};
    struct dial d = {.server = &all.server, .line = show_line};
    g_autofree struct smtp_message *messages = NULL;
    all.list = g_array_new(FALSE, TRUE, sizeof(struct copy));
    g_array_set_clear_func(all.list, copy_clear);
    gboolean ok = dial_read_timeout(c, &d.timeout_s, &error) && prepare(c, &all, &error);
    if (ok) {
        d.messages = messages = messages_of(&all);
        d.n_messages = all.list->len;
        ok = dial_run(c, &d, &error);
    }
    if (ok && cmd_wants_json(c))
        put_json(&all, &d);
    int code = ok ? tell_how_it_went(&all, &d, cmd_wants_json(c)) : cmd_fail(error);
    dial_clear(&d);
    g_array_unref(all.list);
    letter_envelope_clear(&all.envelope);
    preview_clear(&all.preview);
    server_clear(&all.server);
    return code;
}
