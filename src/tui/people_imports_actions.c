/*
 * What is done with an import that was: showing it, and taking it back. Counting and undoing
 * run in children: an import may have brought a million people.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/pager_dialog.h"
#include "tui/people_imports.h"
#include "tui/people_words.h"
#include "tui/task.h"
#include "tui/words.h"

#define COLUMNS 50

/* ---- showing ---- */

static const struct {
    const char *key;
    const char *label; /* N_() */
} counts[] = {
    {"rows", N_("rows in the file")},
    {"new", N_("new")},
    {"updated", N_("already there, changed")},
    {"same", N_("already there, same")},
    {"suppressed", N_("never mail")},
    {"invalid", N_("cannot be used")},
    {"duplicate", N_("twice in the file")},
    {"never_mail", N_("became never mail")},
    {"left_out", N_("left out: not confirmed")},
    {"left", N_("left the list")},
};

static void add_counts(GString *text, const char *json)
{
    struct json *c = json ? json_parse(json, strlen(json), NULL) : NULL;
    for (gsize i = 0; c && i < G_N_ELEMENTS(counts); i++) {
        gint64 n = json_member_int(c, counts[i].key, 0);
        g_autofree char *shown = text_grouped(n);
        if (n != 0)
            g_string_append_printf(text, "%12s  %s\n", shown, _(counts[i].label));
    }
    json_unref(c);
}

void people_import_show(struct ui *ui, const struct import_record *r)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!r)
        return;
    g_autofree char *begun = words_when(r->begun_us, ui_now_us(ui));
    g_string_append_printf(text, _("%s into %s, %s, by %s\n\n"), people_file(r->source),
                           r->list ? r->list : _("(a deleted list)"), begun, r->actor);
    add_counts(text, r->counts);
    if (r->ended_us == 0)
        g_string_append(text, _("\nIt did not end: what is stored is whole, the rest of the "
                                "file is not. Import the file again.\n"));
    if (r->undone_us != 0) {
        g_autofree char *undone = words_when(r->undone_us, ui_now_us(ui));
        g_string_append_printf(text, _("\nTaken back %s.\n"), undone);
    } else {
        g_string_append(text, _("\nU takes it back, but for people who were mailed or changed "
                                "since; it shows first how many.\n"));
    }
    g_autofree char *title = g_strdup_printf(_("Import %" PRId64), r->id);
    dialog_tell(ui, title, text->str);
}

/* ---- taking back ---- */

struct undo_arg {
    gint64 id;
    guint32 asked_by;
};
struct undo {
    struct undo_arg arg;
    struct task *task; /* owned while it runs */
};

static void undo_now(struct ui *ui, void *data)
{
    g_autofree char *number = g_strdup_printf("%" PRId64, *(const gint64 *)data);
    const char *const args[] = {"people", "undo", number, NULL};
    pager_dialog_run(ui, _("Import taken back"), args, 0);
}

static gint64 sum(const struct json *c, const char *const *keys)
{
    gint64 n = 0;
    for (; *keys; keys++)
        n += json_member_int(c, *keys, 0);
    return n;
}

static void ask(struct ui *ui, const struct undo_arg *arg, const struct json *c)
{
    static const char *const kept[] = {"kept_mailed", "kept_changed", "kept_again",
                                       "kept_elsewhere", NULL};
    static const char *const back[] = {"restored", "rejoined", NULL};
    const char *source = json_member_string(c, "source"), *list = json_member_string(c, "list");
    g_autofree char *gone = text_grouped(json_member_int(c, "removed", 0));
    g_autofree char *off = text_grouped(json_member_int(c, "left", 0));
    g_autofree char *as_before = text_grouped(sum(c, back));
    g_autofree char *stay = text_grouped(sum(c, kept));
    g_autofree char *text = g_strdup_printf(
        _("%s into %s.\n\n%s people were new: they are removed.\n%s were known: they leave the "
          "list.\n%s are as they were before.\n%s stay: they were mailed, changed or imported "
          "again since."),
        source ? people_file(source) : "?", list ? list : "?", gone, off, as_before, stay);
    const struct confirm q = {.level = CONFIRM_YES,
                              .title = _("Take this import back?"),
                              .text = text,
                              .action = _("Take back"),
                              .asked_by = arg->asked_by};
    confirm_ask(ui, &q, undo_now, g_memdup2(&arg->id, sizeof arg->id), g_free);
}

static void counted(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct undo *s = v->state;
    struct ui *ui = v->ui;
    const struct undo_arg arg = s->arg;
    s->task = NULL;
    struct json *c = r->exit_code == 0 ? json_parse(r->out, r->out_len, NULL) : NULL;
    g_autofree char *why = g_strdup(*r->error ? r->error : _("It could not be counted."));
    gboolean was_stopped = r->was_stopped;
    ui_close(v);
    if (c)
        ask(ui, &arg, c);
    else if (!was_stopped)
        ui_fail_text(ui, "%s", why);
    json_unref(c);
}

static gboolean open_undo(struct view *v, const void *arg, GError **error)
{
    static const struct task_calls calls = {.done = counted};
    struct undo *s = v->state;
    s->arg = *(const struct undo_arg *)arg;
    g_autofree char *number = g_strdup_printf("%" PRId64, s->arg.id);
    const char *const args[] = {"people", "undo", number, "--dry-run", "--json", NULL};
    s->task = task_start(v->ui, args, NULL, &calls, v, error);
    return s->task != NULL;
}

static void close_undo(struct view *v)
{
    task_drop(((struct undo *)v->state)->task);
}

static char *title(struct view *v)
{
    return g_strdup(_("Take back"));
}

static struct rect place(struct view *v, struct rect screen)
{
    return dialog_place(v->ui, screen, dialog_columns(screen, COLUMNS), 1);
}

static void draw(struct view *v, struct rect r)
{
    struct rect inside = dialog_frame(r, _("Take back"));
    draw_text(inside, 0, 0, ROLE_NORMAL, _("counting what would go.. Esc stops"));
    draw_cursor(inside, 0, 0);
}

void people_import_undo(struct ui *ui, gint64 id, guint32 asked_by)
{
    const struct undo_arg arg = {id, asked_by};
    ui_push(ui, people_undo_view(), &arg);
}

const struct view_ops *people_undo_view(void)
{
    static const struct view_ops ops = {.name = "people-undo",
                                        .state_size = sizeof(struct undo),
                                        .open = open_undo,
                                        .close = close_undo,
                                        .title = title,
                                        .place = place,
                                        .draw = draw};
    return &ops;
}
