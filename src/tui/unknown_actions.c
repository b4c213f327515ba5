/*
 * Dialogs about messages that nobody understood. What follows from the answer is app/bounces' and
 * the verbs'.
 */
#include "config.h"

#include "tui/unknown_actions.h"

#include <inttypes.h>
#include <string.h>

#include "app/bounces.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/form.h"
#include "tui/pager_dialog.h"
#include "tui/people_actions.h"
#include "tui/people_dialog.h"
#include "tui/words.h"

#define IDS_MAX 1000

/* ---- the child ---- */

static void told(const char *kind, const char *text, void *data)
{
    const struct unknown_work *w = data;
    if (strcmp(kind, "said") == 0)
        ui_say(w->ui, "%s", text);
}

static void done(const struct task_result *r, void *data)
{
    struct unknown_work *w = data;
    w->task = NULL;
    if (r->exit_code != 0)
        ui_fail_text(w->ui, "%s", r->error);
    ui_reload(w->ui);
}

static gboolean start(struct unknown_work *w, const char *const *args, GError **error)
{
    static const struct task_calls calls = {.line = told, .done = done};
    if (!w->task)
        w->task = task_start(w->ui, args, NULL, &calls, w, error);
    return w->task != NULL;
}

void unknown_work_clear(struct unknown_work *w)
{
    task_drop(w->task);
    w->task = NULL;
}

static gboolean is_busy(const struct unknown_work *w)
{
    if (w->task)
        ui_say(w->ui, "%s", _("What you said last is still being carried out."));
    return w->task != NULL;
}

/* ---- reasons, as both dialogs list them ---- */

static const struct field reason_field = {
    .key = "reason", .type = FIELD_SLUG, .help = N_("why it came back")};

static char **reason_names(const struct form *f, const struct form_row *row, void *data,
                           GError **error)
{
    char **names = g_new0(char *, BOUNCE_REASON_COUNT + 1);
    int n = 0;
    for (int r = 0; r < BOUNCE_REASON_COUNT; r++)
        if (r != BOUNCE_UNKNOWN)
            names[n++] = g_strdup(bounce_reason_row((enum bounce_reason)r)->name);
    return names;
}

/* ---- by hand ---- */

struct assigning {
    struct unknown_work *work; /* borrowed */
    char *pattern;             /* owned; NULL: by `ids` */
    GPtrArray *ids;            /* owned; of char * */
};

static void assigning_free(gpointer p)
{
    struct assigning *a = p;
    g_free(a->pattern);
    g_ptr_array_unref(a->ids);
    g_free(a);
}

static const char *const kinds[] = {"nothing", "bounce", "complaint", "unsubscribe", NULL};
static const char *const kinds_shown[] = {N_("nothing about anybody"), N_("it came back"),
                                          N_("a complaint"), N_("no more mail, please"), NULL};

static const struct form_row assign_rows[] = {
    {FORM_CHOICE, "kind", N_("It means"), N_("what the message says"), .words = kinds,
     .shown = kinds_shown},
    {FORM_PICK, "reason", N_("Because"),
     N_("of mail that came back: why; empty: what each message says, else just that"),
     .field = &reason_field},
    {FORM_LINE, "address", N_("Address"),
     N_("about whom; empty: the one address that each message names")},
    {FORM_BUTTON, "save", N_("Say so")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
    {FORM_END},
};

static void check_assign(struct form *f, void *data)
{
    g_autoptr(GError) error = NULL;
    const char *address = form_text(f, "address");
    g_autofree char *key = *address ? people_key(address, &error) : NULL;
    if (error)
        form_set_problem(f, "address", error->message);
    if (*form_text(f, "reason") && strcmp(form_text(f, "kind"), "bounce") != 0)
        form_set_problem(f, "reason", _("A reason belongs to mail that came back."));
}

static void fill_assign(struct form *f, void *data)
{
    form_set_text(f, "kind", kinds[0]);
}

static gboolean save_assign(struct ui *ui, struct form *f, void *data, GError **error)
{
    const struct assigning *a = data;
    const char *reason = form_text(f, "reason"), *address = form_text(f, "address");
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    const char *const begin[] = {"bounce", "assign", "--kind", form_text(f, "kind")};
    const char *const options[][2] = {
        {"--pattern", a->pattern}, {"--reason", *reason ? reason : NULL},
        {"--address", *address ? address : NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(begin); i++)
        g_ptr_array_add(args, (gpointer)begin[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!options[i][1])
            continue;
        g_ptr_array_add(args, (gpointer)options[i][0]);
        g_ptr_array_add(args, (gpointer)options[i][1]);
    }
    for (guint i = 0; !a->pattern && i < a->ids->len; i++)
        g_ptr_array_add(args, a->ids->pdata[i]);
    g_ptr_array_add(args, NULL);
    return start(a->work, (const char *const *)args->pdata, error);
}

void unknown_assign(struct unknown_work *w, const char *pattern, const GArray *ids)
{
    guint n = ids ? ids->len : 0;
    if (is_busy(w))
        return;
    if (n > IDS_MAX) {
        ui_say(w->ui, _("At most %d at once: mark fewer."), IDS_MAX);
        return;
    }
    struct assigning *a = g_new0(struct assigning, 1);
    a->work = w;
    a->pattern = g_strdup(pattern);
    a->ids = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(a->ids,
                        g_strdup_printf("%" PRId64, g_array_index(ids, gint64, i)));
    g_autofree char *title =
        pattern ? g_strdup(_("All of this kind"))
                : g_strdup_printf(ngettext("%u message", "%u messages", n), n);
    const struct people_dialog d = {.title = title,
                                    .rows = assign_rows,
                                    .options = reason_names,
                                    .check = check_assign,
                                    .fill = fill_assign,
                                    .save = save_assign,
                                    .data = a,
                                    .free_data = assigning_free};
    people_dialog_open(w->ui, &d);
}

/* ---- a rule ---- */

struct ruling {
    struct unknown_work *work; /* borrowed */
    char *pattern;             /* owned; as proposed */
};

static void ruling_free(gpointer p)
{
    struct ruling *r = p;
    g_free(r->pattern);
    g_free(r);
}

static const char *const classes[] = {"", "hard", "soft", "none", NULL};
static const char *const classes_shown[] = {N_("as usual"), N_("dead"), N_("for now"),
                                            N_("says nothing"), NULL};

static const struct form_row rule_rows[] = {
    {FORM_LINE, "name", N_("Name"), N_("a short name, as has-left"), .flags = FORM_REQUIRED},
    {FORM_LINE, "match", N_("Words"),
     N_("a regular expression; capital letters do not matter. Cut it down to what all such "
        "messages have"),
     .flags = FORM_REQUIRED},
    {FORM_PICK, "reason", N_("It means"), N_("why it came back"), .field = &reason_field,
     .flags = FORM_REQUIRED},
    {FORM_CHOICE, "class", N_("Address is"), N_("what follows for the address"),
     .words = classes, .shown = classes_shown},
    {FORM_BUTTON, "save", N_("Keep the rule")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
    {FORM_END},
};

static struct bounce_rule rule_of(struct form *f)
{
    return (struct bounce_rule){.name = (char *)form_text(f, "name"),
                                .pattern = (char *)form_text(f, "match"),
                                .reason = (char *)form_text(f, "reason"),
                                .class = (char *)form_text(f, "class")};
}

static void check_rule(struct form *f, void *data)
{
    const struct ruling *r = data;
    g_autoptr(GError) error = NULL;
    const struct bounce_rule rule = rule_of(f);
    if (!*rule.name || !*rule.pattern || !*rule.reason)
        return;
    if (!bounce_rule_check(ui_db(r->work->ui), &rule, &error))
        form_set_problem(f,
                         !text_is_slug(rule.name) ||
                                 g_error_matches(error, CRIER_ERROR, CRIER_ERROR_EXISTS)
                             ? "name"
                             : "match",
                         error->message);
}

static void fill_rule(struct form *f, void *data)
{
    const struct ruling *r = data;
    form_set_text(f, "match", r->pattern);
}

static gboolean save_rule(struct ui *ui, struct form *f, void *data, GError **error)
{
    static const char *const args[] = {"bounce", "rerun", "--unknown", NULL};
    const struct ruling *r = data;
    const struct bounce_rule typed = rule_of(f);
    struct bounce_rule rule = {.name = g_strdup(typed.name),
                               .pattern = g_strdup(typed.pattern),
                               .reason = g_strdup(typed.reason),
                               .class = g_strdup(typed.class)};
    gboolean ok = bounce_rule_add(ui_db(ui), &rule, error);
    if (ok)
        ui_say(ui, _("The rule %s is kept; what waits is read anew."), rule.name);
    bounce_rule_clear(&rule);
    return ok && start(r->work, args, error);
}

void unknown_make_rule(struct unknown_work *w, gint64 inbound_id)
{
    g_autoptr(GError) error = NULL;
    if (is_busy(w))
        return;
    struct ruling *r = g_new0(struct ruling, 1);
    r->work = w;
    r->pattern = bounces_propose_pattern(ui_db(w->ui), inbound_id, &error);
    if (!r->pattern) {
        ui_fail(w->ui, g_steal_pointer(&error));
        ruling_free(r);
        return;
    }
    const struct people_dialog d = {.title = _("A rule for messages like this"),
                                    .rows = rule_rows,
                                    .options = reason_names,
                                    .check = check_rule,
                                    .fill = fill_rule,
                                    .save = save_rule,
                                    .data = r,
                                    .free_data = ruling_free};
    people_dialog_open(w->ui, &d);
}

void unknown_show_rules(struct ui *ui)
{
    static const char *const args[] = {"bounce", "rules", "list", NULL};
    pager_dialog_run(ui, _("Rules about what a bounce means"), args, PAGER_RUN_TABLE);
}

/* ---- reading ---- */

void unknown_read(struct ui *ui, gint64 inbound_id)
{
    struct bounces_shown b = {0};
    g_autoptr(GError) error = NULL;
    if (!bounces_show(ui_db(ui), inbound_id, &b, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *when = words_when(b.row.received_us, ui_now_us(ui));
    g_string_append_printf(text, _("From:     %s\nSubject:  %s\nCame:     %s\n"), b.row.sender,
                           b.row.subject, when);
    if (*b.row.note)
        g_string_append_printf(text, _("Note:     %s\n"), b.row.note);
    g_string_append_printf(text, "\n%s\n",
                           *b.text       ? b.text
                           : b.has_raw   ? _("It has no words of its own.")
                                         : _("The message was forgotten; this is all of it."));
    if (b.is_cut)
        g_string_append(text, _("\nOnly its beginning was kept.\n"));
    g_autofree char *title = g_strdup_printf("#%" PRId64 "  %s", inbound_id, b.row.subject);
    pager_dialog_show(ui, title, text->str);
    bounces_shown_clear(&b);
}
