/*
 * crier bounce rules: rules of the user's own about what the words of a bounce mean. What they
 * would change is asked here; changing it is crier bounce rerun.
 */
#include "config.h"

#include "cmd/handlers.h"

#include <inttypes.h>
#include <string.h>

#include "app/bounces_shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cmd/bounce_words.h"

/* ---- list, reasons ---- */

static const struct output_column rule_columns[] = {
    {"name", N_("Rule")},
    {"match", N_("Fits")},
    {"reason", N_("Reason")},
    {"class", N_("Class")},
    {"by", N_("By")},
    {"created", N_("Since"), OUTPUT_TIME},
    {"class_is_own", N_("Own class"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static void shape_rule(struct json_writer *w, const void *record, void *data)
{
    bounces_shape_rule(w, record);
}

static int list_rules(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = bounce_rule_all(c->db, &error);
    int code = cmd_put_list(c, rule_columns, all, shape_rule, NULL, error);
    if (code == 0 && all->len == 0 && !cmd_wants_json(c))
        cmd_say(_("There are no rules of your own. Add one with: crier bounce rules add NAME "
                  "--match REGEX --reason R"));
    return code == 0 ? cmd_done(0) : code;
}

static const struct output_column reason_columns[] = {
    {"reason", N_("Reason")},
    {"class", N_("Class")},
    {"fault", N_("Fault of")},
    {"meaning", N_("Meaning"), OUTPUT_OURS},
    {NULL},
};

static int list_reasons(struct cmd_context *c)
{
    GError *error = NULL;
    struct output *o =
        output_begin(stdout, c->line->format, reason_columns, c->line->fields, &error);
    if (!o)
        return cmd_fail(error);
    for (int i = 0; i < BOUNCE_REASON_COUNT; i++) {
        const struct bounce_reason_row *r = bounce_reason_row((enum bounce_reason)i);
        struct json_writer *w = output_row_begin(o);
        json_begin_object(w);
        json_kv_string(w, "reason", r->name);
        json_kv_string(w, "class", bounce_class_name(r->class));
        json_kv_string(w, "fault", bounce_fault_name(r->fault));
        json_kv_string(w, "meaning", r->help);
        json_end_object(w);
        output_row_end(o);
    }
    output_end(o);
    return cmd_done(0);
}

/* ---- add, set, delete ---- */

static void replace(char **text, const char *value)
{
    if (!value)
        return;
    g_free(*text);
    *text = g_strdup(value);
}

/* --class '' is the reason's own. */
static gboolean read_class(const struct cmd_context *c, struct bounce_rule *r, GError **error)
{
    const char *class = cmd_option(c, "class");
    if (class && *class && !bounce_read_name(c, "class", bounce_class_names(), &class, error))
        return FALSE;
    replace(&r->class, class);
    return TRUE;
}

/* What the options say is put into `r`. */
static gboolean read_rule(const struct cmd_context *c, struct bounce_rule *r, GError **error)
{
    const char *reason;
    if (!bounce_read_name(c, "reason", bounce_reason_names(), &reason, error) ||
        !read_class(c, r, error))
        return FALSE;
    replace(&r->reason, reason);
    replace(&r->pattern, cmd_option(c, "match"));
    return TRUE;
}

static gboolean need(const struct cmd_context *c, const char *option, const char *what,
                     GError **error)
{
    if (cmd_option(c, option))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("--%s is missing: %s"), option, what);
    return FALSE;
}

static gboolean need_both(const struct cmd_context *c, GError **error)
{
    return need(c, "match", _("a regular expression that fits the words of the bounce"),
                error) &&
           need(c, "reason", _("what it means; crier bounce rules reasons lists them"), error);
}

static void say_rerun(void)
{
    cmd_say(_("What came before is read by it with: crier bounce rerun --dry-run, then crier "
              "bounce rerun."));
}

static int add_rule(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounce_rule r = {.name = g_strdup(cmd_word(c, 1)), .class = g_strdup("")};
    gboolean ok = cmd_check_new_name(r.name, &error) && need_both(c, &error) &&
                  read_rule(c, &r, &error) &&
                  (bounce_rule_add(c->db, &r, &error) || cmd_wrong_usage(&error));
    if (ok) {
        cmd_say(_("Rule %s is added: it is asked of all that comes from now on."), r.name);
        say_rerun();
    }
    bounce_rule_clear(&r);
    return ok ? 0 : cmd_fail(error);
}

static gboolean has_something_to_set(const struct cmd_context *c, GError **error)
{
    static const char *const options[] = {"match", "reason", "class", "name", "position"};
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (cmd_option(c, options[i]))
            return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                        _("nothing to set: give --match, --reason, --class, --name or "
                          "--position"));
    return FALSE;
}

static gboolean is_only_moved(const struct cmd_context *c)
{
    return !cmd_option(c, "match") && !cmd_option(c, "reason") && !cmd_option(c, "class") &&
           !cmd_option(c, "name");
}

static int set_rule(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounce_rule r = {0};
    gint64 position = 0;
    gboolean ok = has_something_to_set(c, &error) &&
                  cmd_option_int(c, "position", 1, BOUNCE_RULES_MAX, 0, &position, &error) &&
                  bounce_rule_get(c->db, cmd_word(c, 1), &r, &error) &&
                  read_rule(c, &r, &error);
    replace(&r.name, ok ? cmd_option(c, "name") : NULL);
    ok = ok &&
         (is_only_moved(c) || bounce_rule_set(c->db, &r, &error) || cmd_wrong_usage(&error));
    ok = ok && (position == 0 || bounce_rule_move(c->db, r.id, position, &error));
    if (ok) {
        cmd_say(_("Rule %s is changed."), r.name);
        say_rerun();
    }
    bounce_rule_clear(&r);
    return ok ? 0 : cmd_fail(error);
}

static int delete_rule(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounce_rule r = {0};
    if (!bounce_rule_get(c->db, cmd_word(c, 1), &r, &error))
        return cmd_fail(error);
    gboolean ok = bounce_rule_remove(c->db, r.id, &error);
    if (ok)
        cmd_say(_("Rule %s is deleted. What it decided stays until it is read anew: crier "
                  "bounce rerun."),
                r.name);
    bounce_rule_clear(&r);
    return ok ? 0 : cmd_fail(error);
}

/* ---- test ---- */

static const struct output_column trial_columns[] = {
    {"id", N_("Message"), OUTPUT_NUMBER},
    {"recipient", N_("Recipient")},
    {"class_before", N_("Class")},
    {"reason_before", N_("Reason")},
    {"class", N_("With the rule")},
    {"reason", N_("Reason then")},
    {"subject", N_("Subject")},
    {"assigned", N_("By hand"), OUTPUT_TEXT, TRUE},
    {NULL},
};

struct trying {
    struct output *out;
    struct progress *bar;
};

static void put_trial(const struct bounces_trial *t, void *data)
{
    const struct trying *trying = data;
    struct json_writer *w = output_row_begin(trying->out);
    json_begin_object(w);
    json_kv_int(w, "id", t->message->id);
    json_kv_string(w, "recipient", t->address);
    json_kv_string(w, "class_before", t->class_before);
    json_kv_string(w, "reason_before", t->reason_before);
    json_kv_string(w, "class", t->class_after);
    json_kv_string(w, "reason", t->reason_after);
    json_kv_string(w, "subject", t->message->subject);
    json_kv_bool(w, "assigned", t->is_by_hand);
    json_end_object(w);
    output_row_end(trying->out);
}

static gboolean show_progress(gint64 done, gint64 total, void *data)
{
    const struct trying *trying = data;
    progress_set(trying->bar, done, total);
    return TRUE;
}

static int try_rule(struct cmd_context *c, const struct bounce_rule *r)
{
    GError *error = NULL;
    struct bounces_scope scope;
    struct bounces_tally t = {0};
    struct trying trying = {0};
    if (!bounce_read_scope(c, &scope, &error))
        return cmd_fail(error);
    trying.out = output_begin(stdout, c->line->format, trial_columns, c->line->fields, &error);
    if (!trying.out)
        return cmd_fail(error);
    trying.bar = progress_new(_("messages"));
    const struct bounces_job job = {.progress = show_progress, .data = &trying};
    gboolean ok = bounces_try_rule(c->db, r, &scope, &job, put_trial, &t, &error);
    progress_free(trying.bar);
    output_end(trying.out);
    if (!ok)
        return cmd_fail(error);
    cmd_say(ngettext("With this rule %" PRId64 " of %" PRId64 " messages says another thing.",
                     "With this rule %" PRId64 " of %" PRId64 " messages say another thing.",
                     (gulong)t.n_changed),
            t.n_changed, t.n_read);
    bounces_tally_clear(&t);
    return cmd_done(0);
}

/* A rule that is there, changed by the options, or one of the options alone. */
static int test_rule(struct cmd_context *c)
{
    GError *error = NULL;
    struct bounce_rule r = {.class = g_strdup("")};
    const char *name = cmd_word(c, 1);
    gboolean ok = TRUE;
    if (name) {
        bounce_rule_clear(&r);
        ok = bounce_rule_get(c->db, name, &r, &error);
    } else {
        ok = need_both(c, &error);
    }
    ok = ok && read_rule(c, &r, &error) &&
         (bounce_rule_check(c->db, &r, &error) || cmd_wrong_usage(&error));
    int code = ok ? try_rule(c, &r) : cmd_fail(error);
    bounce_rule_clear(&r);
    return code;
}

/* ---- which of them ---- */

static const struct {
    const char *word;
    guint min, max; /* words behind it */
    const char *usage;
    int (*run)(struct cmd_context *c);
} actions[] = {
    {"list", 0, 0, "", list_rules},
    {"reasons", 0, 0, "", list_reasons},
    {"add", 1, 1, "NAME --match REGEX --reason R [--class hard|soft|none]", add_rule},
    {"set", 1, 1,
     "NAME [--match REGEX] [--reason R] [--class hard|soft|none] [--name NEW] [--position N]",
     set_rule},
    {"delete", 1, 1, "NAME", delete_rule},
    {"test", 0, 1, "[NAME] [--match REGEX --reason R] [--since T] [--unknown]", test_rule},
};

static int fail_action(const char *word)
{
    const char *known[G_N_ELEMENTS(actions) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
        known[i] = actions[i].word;
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    g_autofree char *safe = text_safe(word, -1, 40);
    const char *near = text_nearest(word, known);
    if (near)
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                    _("bounce rules: unknown word '%s': did you mean crier "
                                      "bounce rules %s?"),
                                    safe, near));
    return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                _("bounce rules: unknown word '%s': it must be one of %s"),
                                safe, all));
}

int cmd_bounce_rules(struct cmd_context *c)
{
    const char *word = cmd_words(c) > 0 ? cmd_word(c, 0) : "list";
    gsize i = 0;
    while (i < G_N_ELEMENTS(actions) && strcmp(actions[i].word, word) != 0)
        i++;
    if (i == G_N_ELEMENTS(actions))
        return fail_action(word);
    guint n = cmd_words(c) > 0 ? cmd_words(c) - 1 : 0;
    if (n >= actions[i].min && n <= actions[i].max)
        return actions[i].run(c);
    return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_USAGE,
                                _("bounce rules %s: the usage is crier bounce rules %s %s"),
                                word, word, actions[i].usage));
}
