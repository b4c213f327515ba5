/*
 * Who is never mailed: adding by hand, allowing mail again, files. Allowing it again may reach
 * somebody who asked for the opposite, so a number is typed for it.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "store/people_browse.h"
#include "tui/chooser.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/pager_dialog.h"
#include "tui/people_actions.h"
#include "tui/people_dialog.h"
#include "tui/people_words.h"
#include "tui/saving.h"

struct never {
    struct ui *ui;
    char *address, *list; /* owned; may be NULL */
};

static void never_free(gpointer data)
{
    struct never *n = data;
    g_free(n->address);
    g_free(n->list);
    g_free(n);
}

static struct never *never_new(struct ui *ui, const char *address, const char *list)
{
    struct never *n = g_new0(struct never, 1);
    n->ui = ui;
    n->address = g_strdup(address);
    n->list = g_strdup(list);
    return n;
}

/* ---- adding ---- */

/* Those a person may give; the others come from mail and files. */
static const char *const reasons[] = {"unsubscribed", "complained", "manual", "bounced", NULL};
static const char *const reasons_shown[] = {N_("asked not to"), N_("complained"), N_("by hand"),
                                            N_("bounced"), NULL};
static const struct field list_field = {
    .key = "list", .type = FIELD_SLUG, .help = N_("one list; empty: everything")};

static const struct form_row rows[] = {
    {FORM_LINE, "address", N_("Address"), N_("who must not be mailed"), .flags = FORM_REQUIRED},
    {FORM_CHOICE, "reason", N_("Reason"), N_("why"), .words = reasons, .shown = reasons_shown},
    {FORM_PICK, "list", N_("Only for"), N_("one list; none: never any mail at all"),
     .field = &list_field},
    {FORM_LINE, "evidence", N_("Evidence"),
     N_("how it is known, for whoever asks later: \"by phone, 3 March\"")},
    {FORM_BUTTON, "save", N_("Never mail")},
    {FORM_BUTTON, "cancel", N_("Cancel")},
    {FORM_END},
};

static char **list_names(const struct form *f, const struct form_row *row, void *data,
                         GError **error)
{
    const struct never *n = data;
    return lists_names(ui_db(n->ui), error);
}

static void check(struct form *f, void *data)
{
    g_autoptr(GError) error = NULL;
    const char *address = form_text(f, "address");
    g_autofree char *key = *address ? people_key(address, &error) : NULL;
    if (error)
        form_set_problem(f, "address", error->message);
}

static void fill(struct form *f, void *data)
{
    const struct never *n = data;
    form_set_text(f, "reason", "unsubscribed");
    if (n->address)
        form_set_text(f, "address", n->address);
    if (n->list)
        form_set_text(f, "list", n->list);
    if (n->address)
        form_focus(f, "reason");
}

static gboolean save(struct ui *ui, struct form *f, void *data, GError **error)
{
    const char *address = form_text(f, "address"), *list = form_text(f, "list");
    struct list l = {0};
    gboolean was_there = FALSE;
    g_autofree char *key = people_key(address, error);
    if (!key || (*list && !list_get(ui_db(ui), list, &l, error)))
        return FALSE;
    const char *reason = form_text(f, "reason");
    gboolean ok = suppression_add(ui_db(ui), address, key, l.id, *reason ? reason : "manual",
                                  form_text(f, "evidence"), &was_there, error);
    if (ok && was_there) {
        ui_say(ui, _("%s is never mailed already; nothing is changed."), address);
    } else if (ok) {
        g_autofree char *text =
            *list ? g_strdup_printf(_("%s gets no more mail of %s. u takes that back."),
                                    address, list)
                  : g_strdup_printf(_("%s is never mailed again. u takes that back."), address);
        people_say_undo(ui, text);
    }
    list_clear(&l);
    return ok;
}

void people_never_add(struct ui *ui, const char *address, const char *list)
{
    const struct people_dialog d = {.title = _("Never mail"),
                                    .rows = rows,
                                    .options = list_names,
                                    .check = check,
                                    .fill = fill,
                                    .save = save,
                                    .data = never_new(ui, address, list),
                                    .free_data = never_free};
    people_dialog_open(ui, &d);
}

/* ---- allowing it again ---- */

static void allow(struct ui *ui, void *data)
{
    const struct never *n = data;
    struct list l = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *key = people_key(n->address, &error);
    gboolean ok = key && (!n->list || list_get(ui_db(ui), n->list, &l, &error)) &&
                  suppression_remove(ui_db(ui), key, l.id, &error);
    g_autofree char *text =
        g_strdup_printf(_("%s may be mailed again. u takes that back."), n->address);
    if (ok)
        people_say_undo(ui, text);
    else
        ui_fail(ui, g_steal_pointer(&error));
    list_clear(&l);
}

static const struct suppression *find(const GPtrArray *all, const char *list)
{
    for (guint i = 0; i < all->len; i++) {
        const struct suppression *s = all->pdata[i];
        if (g_strcmp0(s->list, list) == 0)
            return s;
    }
    return NULL;
}

void people_never_remove(struct ui *ui, const char *address, const char *list, guint32 asked_by)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *key = people_key(address, &error);
    g_autoptr(GPtrArray) all = key ? suppression_of(ui_db(ui), key, &error) : NULL;
    const struct suppression *s = all ? find(all, list) : NULL;
    if (!s) {
        if (error)
            ui_fail(ui, g_steal_pointer(&error));
        else
            ui_say(ui, _("%s is not among those who are never mailed."), address);
        return;
    }
    g_autofree char *text = g_strdup_printf(_("%s is never mailed: %s (%s). Allow mail again "
                                              "only when this person asked for it, or "
                                              "it was put there by mistake."),
                                            address, people_reason(s->reason),
                                            *s->evidence ? s->evidence : _("no evidence"));
    const struct confirm q = {.level = CONFIRM_NUMBER,
                              .title = _("Allow mail again?"),
                              .text = text,
                              .action = _("Allow"),
                              .asked_by = asked_by,
                              .number = confirm_number(1, s->id)};
    confirm_ask(ui, &q, allow, never_new(ui, address, list), never_free);
}

/* ---- files ---- */

static void read_file(struct ui *ui, const char *path, void *data)
{
    const char *const args[] = {"suppress", "import", path, NULL};
    pager_dialog_run(ui, _("Never mail: import"), args, PAGER_RUN_TABLE);
}

void people_never_import(struct ui *ui)
{
    static const char *const suffixes[] = {".csv", ".txt", ".tsv", NULL};
    const struct chooser c = {.title = _("A file of addresses that must never be mailed"),
                              .suffixes = suffixes};
    chooser_ask(ui, &c, read_file, NULL, NULL);
}

static void write_file(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const char *const args[] = {"suppress", "export", "-o", path,
                                may_overwrite ? "--force" : NULL, NULL};
    pager_dialog_run(ui, _("Export"), args, 0);
}

void people_never_export(struct ui *ui)
{
    g_autofree char *value = g_build_filename(g_get_home_dir(), "never-mail.csv", NULL);
    const struct dialog_line q = {.title = _("Export"),
                                  .text = _("All who are never mailed, as CSV. The file:"),
                                  .label = _("File"),
                                  .value = value};
    saving_ask(ui, &q, NULL, write_file, NULL, NULL);
}
