/*
 * crier bounce assign, rerun: what messages that came back mean is changed, by a person's word
 * or by today's rules. What that is, app/bounces.h knows.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "cmd/bounce_words.h"
#include "store/undolog.h"

/* ---- rerun ---- */

static void say_read(const struct bounces_tally *t, gboolean is_dry_run)
{
    gint64 n = t->n_read - t->n_by_hand - t->n_no_text;
    cmd_say(ngettext("%" PRId64 " message was read anew by today's rules.",
                     "%" PRId64 " messages were read anew by today's rules.", (gulong)n),
            n);
    if (is_dry_run)
        cmd_say(ngettext("%" PRId64 " would say another thing.",
                         "%" PRId64 " would say another thing.", (gulong)t->n_changed),
                t->n_changed);
    else
        cmd_say(ngettext("%" PRId64 " says another thing now.",
                         "%" PRId64 " say another thing now.", (gulong)t->n_changed),
                t->n_changed);
    if (t->n_by_hand > 0)
        cmd_say(ngettext("%" PRId64 " stays as it was assigned by hand.",
                         "%" PRId64 " stay as they were assigned by hand.",
                         (gulong)t->n_by_hand),
                t->n_by_hand);
    if (t->n_no_text > 0)
        cmd_say(ngettext("%" PRId64 " could not be read: its octets were forgotten.",
                         "%" PRId64 " could not be read: their octets were forgotten.",
                         (gulong)t->n_no_text),
                t->n_no_text);
}

int cmd_bounce_rerun(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounces_scope scope;
    struct bounce_printing p;
    struct bounces_tally t = {0};
    if (!bounce_read_scope(c, &scope, &error) ||
        !bounce_printing_begin(c, _("messages"), &p, &error))
        return cmd_fail(error);
    gboolean ok = bounces_rerun(c->db, &scope, &p.job, &t, &error);
    bounce_printing_end(&p);
    if (!ok)
        return cmd_fail(error);
    say_read(&t, cmd_has(c, "dry-run"));
    bounce_say_tally(&t, cmd_has(c, "dry-run"));
    bounces_tally_clear(&t);
    return cmd_done(0);
}

/* ---- assign ---- */

static gboolean fail_usage(const char *message, GError **error)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE, message);
    return FALSE;
}

static gboolean read_as(const struct cmd_context *c, struct bounces_word *word, GError **error)
{
    static const char *const names[] = {"bounce", "complaint", "unsubscribe", "nothing", NULL};
    const char *as;
    if (!bounce_read_name(c, "kind", names, &as, error))
        return FALSE;
    if (!as)
        return fail_usage(
            _("--kind is missing: say what it is, bounce, complaint, unsubscribe or "
              "nothing"),
            error);
    bounces_as_parse(as, &word->as);
    return TRUE;
}

static gboolean read_word(const struct cmd_context *c, struct bounces_word *word,
                          GError **error)
{
    struct mailaddr a;
    const char *reason;
    if (!read_as(c, word, error) ||
        !bounce_read_name(c, "reason", bounce_reason_names(), &reason, error))
        return FALSE;
    word->address = cmd_option(c, "address");
    if (reason && word->as != BOUNCES_AS_BOUNCE)
        return fail_usage(_("--reason is for --kind bounce: leave it out"), error);
    if (word->address && word->as == BOUNCES_AS_NOTHING)
        return fail_usage(_("--kind nothing says nothing about anybody: leave out --address"),
                          error);
    if (reason)
        bounce_reason_parse(reason, &word->reason);
    if (!word->address)
        return TRUE;
    if (!mailaddr_parse(word->address, &a, error)) {
        g_prefix_error(error, "--address: ");
        return cmd_wrong_usage(error);
    }
    mailaddr_clear(&a);
    return TRUE;
}

static GArray *read_ids(const struct cmd_context *c, GError **error)
{
    const char *word = cmd_option(c, "pattern");
    if (word && cmd_words(c) > 0) {
        fail_usage(_("numbers of messages and --pattern do not go together: give one of them"),
                   error);
        return NULL;
    }
    if (word) {
        g_autofree char *pattern = bounces_find_pattern(c->db, word, error);
        return pattern ? bounces_of_pattern(c->db, pattern, error) : NULL;
    }
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < cmd_words(c); i++) {
        gint64 id = 0;
        if (!bounce_read_id(cmd_word(c, i), &id, error))
            return NULL;
        g_array_append_val(ids, id);
    }
    if (ids->len > 0)
        return g_steal_pointer(&ids);
    fail_usage(
        _("which messages? Give their numbers (crier bounce list), or --pattern P (crier "
          "bounce unknown)"),
        error);
    return NULL;
}

/* ---- a rule of it ---- */

static void say_rule(const struct bounce_rule *r, gboolean is_dry_run)
{
    g_autofree char *quoted = g_shell_quote(r->pattern);
    if (is_dry_run)
        cmd_say(_("The rule would be: crier bounce rules add %s --match %s --reason %s"),
                r->name, quoted, r->reason);
    else
        cmd_say(_("Rule %s is added: %s means %s. What came before is read by it with: crier "
                  "bounce rerun --unknown"),
                r->name, quoted, r->reason);
}

static gboolean check_rule(const struct cmd_context *c, const struct bounces_word *word,
                           GError **error)
{
    if (!cmd_has(c, "make-rule"))
        return TRUE;
    if (word->as != BOUNCES_AS_BOUNCE || word->reason == BOUNCE_UNKNOWN)
        return fail_usage(
            _("--make-rule needs --kind bounce and --reason R: what the rule is to "
              "say"),
            error);
    return cmd_check_new_name(cmd_option(c, "make-rule"), error);
}

/* Before anything is assigned: a name that is taken ends it all. */
static gboolean make_rule(const struct cmd_context *c, gint64 id,
                          const struct bounces_word *word, GError **error)
{
    if (!cmd_has(c, "make-rule"))
        return TRUE;
    struct bounce_rule r = {.name = g_strdup(cmd_option(c, "make-rule")),
                            .pattern = bounces_propose_pattern(c->db, id, error),
                            .reason = g_strdup(bounce_reason_row(word->reason)->name),
                            .class = g_strdup("")};
    gboolean is_dry_run = cmd_has(c, "dry-run");
    if (!is_dry_run) /* rule and word are undone together */
        undolog_group_begin(c->db);
    gboolean ok = r.pattern && (is_dry_run ? bounce_rule_check(c->db, &r, error)
                                           : bounce_rule_add(c->db, &r, error));
    if (ok)
        say_rule(&r, is_dry_run);
    bounce_rule_clear(&r);
    return ok;
}

static int say_assigned(const struct bounces_tally *t, gboolean is_dry_run)
{
    for (guint i = 0; t->why && i < t->why->len; i++)
        cmd_warn("%s", (const char *)t->why->pdata[i]);
    if (t->why && t->n_failed > t->why->len)
        cmd_warn(_("and %" PRId64 " more like these"), t->n_failed - t->why->len);
    if (t->n_failed == t->n_read)
        return 1;
    if (is_dry_run)
        cmd_say(ngettext("%" PRId64 " message would be assigned.",
                         "%" PRId64 " messages would be assigned.", (gulong)t->n_changed),
                t->n_changed);
    else
        cmd_say(ngettext("%" PRId64 " message is assigned.",
                         "%" PRId64 " messages are assigned.", (gulong)t->n_changed),
                t->n_changed);
    gint64 same = t->n_read - t->n_changed - t->n_failed;
    if (same > 0)
        cmd_say(ngettext("%" PRId64 " said so already.", "%" PRId64 " said so already.",
                         (gulong)same),
                same);
    bounce_say_tally(t, is_dry_run);
    return t->n_failed == 0 ? 0 : 4;
}

int cmd_bounce_assign(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounces_word word = {0};
    struct bounce_printing p;
    struct bounces_tally t = {0};
    if (!read_word(c, &word, &error) || !check_rule(c, &word, &error))
        return cmd_fail(error);
    g_autoptr(GArray) ids = read_ids(c, &error);
    if (!ids || !make_rule(c, g_array_index(ids, gint64, 0), &word, &error) ||
        !bounce_printing_begin(c, _("messages"), &p, &error))
        return cmd_fail(error);
    gboolean ok = bounces_assign(c->db, (const gint64 *)(void *)ids->data, ids->len, &word,
                                 &p.job, &t, &error);
    undolog_group_end(c->db);
    bounce_printing_end(&p);
    if (!ok)
        return cmd_fail(error);
    int code = say_assigned(&t, cmd_has(c, "dry-run"));
    bounces_tally_clear(&t);
    return cmd_done(code);
}
