/*
 * Words and rows that the verbs of mail that came back share. Not for what they do.
 */
#include "config.h"

#include "cmd/bounce_words.h"

#include <inttypes.h>
#include <string.h>

#include "app/provider_table.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"

/* ---- words ---- */

gboolean bounce_read_id(const char *word, gint64 *ret, GError **error)
{
    const char *digits = *word == '#' ? word + 1 : word;
    if (g_ascii_string_to_signed(digits, 10, 1, G_MAXINT64, ret, NULL))
        return TRUE;
    g_autofree char *safe = text_safe(word, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                _("'%s' is no number of a message. See the numbers with: crier bounce list"),
                safe);
    return FALSE;
}

gboolean bounce_read_name(const struct cmd_context *c, const char *option,
                          const char *const *known, const char **ret, GError **error)
{
    const char *word = cmd_option(c, option);
    *ret = NULL;
    if (!word)
        return TRUE;
    for (gsize i = 0; known[i]; i++)
        if (strcmp(known[i], word) == 0)
            *ret = known[i];
    if (*ret)
        return TRUE;
    g_autofree char *safe = text_safe(word, -1, 40);
    const char *near = text_nearest(word, known);
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    if (near)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--%s '%s': did you mean %s?"),
                    option, safe, near);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--%s '%s': it must be one of %s"),
                    option, safe, all);
    return FALSE;
}

const char *const *bounce_kind_names(void)
{
    static const char *names[MAIL_KIND_COUNT + 1];
    for (int i = 0; i < MAIL_KIND_COUNT; i++)
        names[i] = mail_kind_name((enum mail_kind)i);
    return names;
}

const char *const *bounce_class_names(void)
{
    static const char *names[BOUNCE_CLASS_COUNT + 1];
    for (int i = 0; i < BOUNCE_CLASS_COUNT; i++)
        names[i] = bounce_class_name((enum bounce_class)i);
    return names;
}

const char *const *bounce_reason_names(void)
{
    static const char *names[BOUNCE_REASON_COUNT + 1];
    for (int i = 0; i < BOUNCE_REASON_COUNT; i++)
        names[i] = bounce_reason_row((enum bounce_reason)i)->name;
    return names;
}

gboolean bounce_read_since(const struct cmd_context *c, gint64 *ret_us, GError **error)
{
    const char *since = cmd_option(c, "since");
    *ret_us = 0;
    return !since || cmd_read_since(since, ret_us, error);
}

gboolean bounce_read_scope(const struct cmd_context *c, struct bounces_scope *ret,
                           GError **error)
{
    ret->only_unknown = cmd_has(c, "unknown");
    return bounce_read_since(c, &ret->since_us, error);
}

/* ---- rows of what changed ---- */

static const struct output_column change_columns[] = {
    {"id", N_("Message"), OUTPUT_NUMBER},
    {"recipient", N_("Recipient")},
    {"was", N_("It said")},
    {"is", N_("It says")},
    {"follows", N_("What follows")},
    {"subject", N_("Subject"), OUTPUT_TEXT, TRUE},
    {"kind_before", N_("Kind before"), OUTPUT_TEXT, TRUE},
    {"class_before", N_("Class before"), OUTPUT_TEXT, TRUE},
    {"reason_before", N_("Reason before"), OUTPUT_TEXT, TRUE},
    {"kind", N_("Kind"), OUTPUT_TEXT, TRUE},
    {"class", N_("Class"), OUTPUT_TEXT, TRUE},
    {"reason", N_("Reason"), OUTPUT_TEXT, TRUE},
    {NULL},
};

/* "bounce hard user-unknown", "complaint", or what the mail is when it says nothing of anybody.
 */
static char *in_words(const struct said *s, const struct inbound_row *row)
{
    if (!s)
        return g_strdup(row->kind);
    if (strcmp(s->kind, mail_kind_name(MAIL_BOUNCE)) != 0)
        return g_strdup(s->kind);
    return g_strdup_printf("%s %s %s", s->kind, s->class, s->reason);
}

static void put_said(struct json_writer *w, const struct said *s, const struct inbound_row *row,
                     const char *const keys[3])
{
    json_kv_string(w, keys[0], s ? s->kind : row->kind);
    json_kv_string(w, keys[1], s ? s->class : NULL);
    json_kv_string(w, keys[2], s ? s->reason : NULL);
}

static gboolean has(const GPtrArray *all, const char *key)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)all, key, g_str_equal, NULL);
}

static const char *follows(const struct bounces_change *c, const struct said *s)
{
    return !s                                 ? ""
           : has(c->marked, s->address_key)   ? "suppressed"
           : has(c->unmarked, s->address_key) ? "unsuppressed"
           : (s->effects & SAID_WAITS)        ? "waiting"
           : (s->effects & SAID_RETURNED)     ? "tried again"
                                              : "";
}

static void put_change(struct output *o, const struct bounces_change *c,
                       const struct said *before, const struct said *after)
{
    static const char *const old_keys[] = {"kind_before", "class_before", "reason_before"};
    static const char *const new_keys[] = {"kind", "class", "reason"};
    g_autofree char *was = in_words(before, c->was), *is = in_words(after, c->is);
    const struct said *any = after ? after : before;
    struct json_writer *w = output_row_begin(o);
    json_begin_object(w);
    json_kv_int(w, "id", c->inbound_id);
    json_kv_string(w, "recipient", any ? any->address : "");
    json_kv_string(w, "was", was);
    json_kv_string(w, "is", is);
    json_kv_string(w, "follows", follows(c, any));
    json_kv_string(w, "subject", c->is->subject);
    put_said(w, before, c->was, old_keys);
    put_said(w, after, c->is, new_keys);
    json_end_object(w);
    output_row_end(o);
}

static const struct said *same_person(const GPtrArray *all, const struct said *s)
{
    for (guint i = 0; i < all->len; i++) {
        const struct said *o = all->pdata[i];
        if (strcmp(o->address_key, s->address_key) == 0)
            return o;
    }
    return NULL;
}

static void print_change(const struct bounces_change *c, void *data)
{
    struct bounce_printing *p = data;
    for (guint i = 0; i < c->said_after->len; i++) {
        const struct said *s = c->said_after->pdata[i];
        put_change(p->out, c, same_person(c->said_before, s), s);
    }
    for (guint i = 0; i < c->said_before->len; i++) {
        const struct said *s = c->said_before->pdata[i];
        if (!same_person(c->said_after, s))
            put_change(p->out, c, s, NULL);
    }
    if (c->said_before->len == 0 && c->said_after->len == 0)
        put_change(p->out, c, NULL, NULL);
}

static gboolean show_progress(gint64 done, gint64 total, void *data)
{
    struct bounce_printing *p = data;
    progress_set(p->bar, done, total);
    return TRUE;
}

gboolean bounce_printing_begin(const struct cmd_context *c, const char *what,
                               struct bounce_printing *p, GError **error)
{
    struct providers *providers = provider_table_read(c->ws, c->db, error);
    struct output *out = providers ? output_begin(stdout, c->line->format, change_columns,
                                                  c->line->fields, error)
                                   : NULL;
    if (!out) {
        providers_free(providers);
        return FALSE;
    }
    *p = (struct bounce_printing){.out = out,
                                  .bar = progress_new(what),
                                  .providers = providers,
                                  .job = {.is_dry_run = cmd_has(c, "dry-run"),
                                          .providers = providers,
                                          .each = print_change,
                                          .progress = show_progress,
                                          .data = p}};
    return TRUE;
}

void bounce_printing_end(struct bounce_printing *p)
{
    progress_free(p->bar);
    output_end(p->out);
    providers_free(p->providers);
    *p = (struct bounce_printing){0};
}

/* ---- what followed ---- */

static void say_marked(gint64 n, gboolean is_dry_run)
{
    if (n > 0 && is_dry_run)
        cmd_say(ngettext("%" PRId64 " address would not be mailed any more.",
                         "%" PRId64 " addresses would not be mailed any more.", (gulong)n),
                n);
    else if (n > 0)
        cmd_say(ngettext("%" PRId64 " address is not mailed any more.",
                         "%" PRId64 " addresses are not mailed any more.", (gulong)n),
                n);
}

static void say_unmarked(gint64 n, gboolean is_dry_run)
{
    if (n > 0 && is_dry_run)
        cmd_say(ngettext("%" PRId64 " address could be mailed again.",
                         "%" PRId64 " addresses could be mailed again.", (gulong)n),
                n);
    else if (n > 0)
        cmd_say(ngettext("%" PRId64 " address can be mailed again.",
                         "%" PRId64 " addresses can be mailed again.", (gulong)n),
                n);
}

void bounce_say_tally(const struct bounces_tally *t, gboolean is_dry_run)
{
    say_marked(t->n_marked, is_dry_run);
    say_unmarked(t->n_unmarked, is_dry_run);
    if (t->n_waiting > 0)
        cmd_say(ngettext("%" PRId64 " address waits for your decision: crier suppress storms.",
                         "%" PRId64 " addresses wait for your decision: crier suppress storms.",
                         (gulong)t->n_waiting),
                t->n_waiting);
    if (t->n_returned > 0)
        cmd_say(ngettext("%" PRId64 " message is tried again: it was our own fault.",
                         "%" PRId64 " messages are tried again: it was our own fault.",
                         (gulong)t->n_returned),
                t->n_returned);
    if (is_dry_run)
        cmd_say(_("Nothing was changed."));
    else if (t->n_changed > 0)
        cmd_say(_("To take it back: crier undo"));
}
