/*
 * Reading people from a file: 1 the file, 2 its columns, 3 a check that counts, 4 the import.
 * Esc goes a step back. Columns are people_import_columns.c's, counting and importing
 * people_import_check.c's; here are the steps.
 */
#include "config.h"

#include "tui/people_import_view.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/chooser.h"
#include "tui/dialog.h"
#include "tui/people_actions.h"
#include "tui/people_import_private.h"
#include "tui/people_imports.h"

static const char *const step_names[STEP_COUNT] = {N_("1 File"), N_("2 Columns"), N_("3 Check"),
                                                   N_("4 Import")};

/* ---- the file ---- */

static const char *const kinds[] = {"csv", "listmonk", "mailchimp", "phplist", NULL};
static const char *const kinds_shown[] = {N_("any CSV"), "listmonk", "Mailchimp", "phpList",
                                          NULL};
static const struct form_row file_rows[] = {
    {FORM_FILE, "file", N_("File"), N_("Enter shows the files; or type a path"),
     .flags = FORM_REQUIRED},
    {FORM_CHOICE, "from", N_("It is"),
     N_("who wrote it: of another program's export the columns are known"), .words = kinds,
     .shown = kinds_shown},
    {FORM_FILE, "unsubscribed", N_("Unsubscribed"),
     N_("listmonk writes who unsubscribed into a second file; none: there is none")},
    {FORM_BUTTON, "look", N_("Look into it"), N_("read its columns; nothing is stored")},
    {FORM_NOTE, .beside = N_("A CSV file with a line of headings: comma, semicolon or tab "
                             "between, in any charset. Nothing is stored before step 4.")},
    {FORM_END},
};

static gboolean file_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    return !row->key || strcmp(row->key, "unsubscribed") != 0 ||
           strcmp(form_text(f, "from"), "listmonk") == 0;
}

static void make_file_form(struct import_view *s, const char *file)
{
    s->file = form_new(&(struct form_setup){.rows = file_rows,
                                            .is_plain = ui_is_accessible(s->view->ui),
                                            .is_shown = file_is_shown,
                                            .data = s},
                       NULL);
    form_set_text(s->file, "from", "csv");
    if (file)
        form_set_text(s->file, "file", file);
    form_set_saved(s->file);
}

/* ---- the verb ---- */

GPtrArray *import_args(struct import_view *s, const char *verb)
{
    GPtrArray *args = g_ptr_array_new_with_free_func(g_free);
    const char *from = form_text(s->file, "from");
    const char *unsubscribed = form_text(s->file, "unsubscribed");
    const char *const words[] = {"people", verb, form_text(s->file, "file")};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        g_ptr_array_add(args, g_strdup(words[i]));
    if (*from && strcmp(from, "csv") != 0) {
        g_ptr_array_add(args, g_strdup("--from"));
        g_ptr_array_add(args, g_strdup(from));
    }
    if (strcmp(from, "listmonk") == 0 && *unsubscribed) {
        g_ptr_array_add(args, g_strdup("--unsubscribed"));
        g_ptr_array_add(args, g_strdup(unsubscribed));
    }
    import_columns_add_maps(s, args);
    return args;
}

static void looked(const struct task_result *r, void *data)
{
    struct import_view *s = data;
    s->task = NULL;
    struct json *look = json_parse(r->out, r->out_len, NULL);
    gboolean ok = look && import_columns_take(s, look);
    if (ok && s->step == STEP_FILE)
        s->step = STEP_COLUMNS;
    g_clear_pointer(&s->failure, g_free);
    if (!ok && !r->was_stopped)
        s->failure = g_strdup(*r->error ? r->error : _("It cannot be read as CSV."));
    json_unref(look);
    ui_redraw(s->view->ui);
}

void import_look_now(struct import_view *s, gboolean goes_on)
{
    static const struct task_calls calls = {.done = looked};
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&s->failure, g_free);
    if (goes_on) /* another file, or the same of another kind */
        g_ptr_array_set_size(s->columns, 0);
    g_autoptr(GPtrArray) args = import_args(s, "columns");
    g_ptr_array_add(args, g_strdup("--json"));
    g_ptr_array_add(args, NULL);
    task_drop(s->task);
    s->task =
        task_start(s->view->ui, (const char *const *)args->pdata, NULL, &calls, s, &error);
    if (!s->task)
        ui_fail(s->view->ui, g_steal_pointer(&error));
}

/* ---- life ---- */

static gboolean open_import(struct view *v, const void *arg, GError **error)
{
    const struct people_import_arg *a = arg;
    struct import_view *s = v->state;
    s->view = v;
    import_columns_init(s, v->ui);
    make_file_form(s, a ? a->file : NULL);
    s->check = import_check_form(s, a ? a->list : NULL);
    return TRUE;
}

static void close_import(struct view *v)
{
    struct import_view *s = v->state;
    task_drop(s->task);
    import_check_forget(s);
    form_free(s->file);
    form_free(s->check);
    import_columns_done(s);
}

static char *title(struct view *v)
{
    return g_strdup(_("People > Import"));
}

static char *note(struct view *v)
{
    const struct import_view *s = v->state;
    return g_strdup_printf(_("step %d of %d"), (int)s->step + 1, (int)STEP_COUNT);
}

/* ---- steps ---- */

static void chose_file(struct ui *ui, const char *path, void *data)
{
    struct view *v = data;
    struct import_view *s = v->state;
    const char *key = form_focused(s->file)->key;
    form_set_text(s->file, key, path);
    if (strcmp(key, "file") == 0 && strcmp(form_text(s->file, "from"), "csv") == 0)
        import_look_now(s, TRUE);
    ui_redraw(ui);
}

static void ask_file(struct view *v)
{
    static const char *const suffixes[] = {".csv", ".txt", ".tsv", ".zip", NULL};
    const struct chooser c = {
        .title = _("People from which file?"), .suffixes = suffixes, .takes_folders = TRUE};
    chooser_ask(v->ui, &c, chose_file, v, NULL);
}

static void run_next(struct view *v)
{
    struct import_view *s = v->state;
    const char *why_not;
    switch (s->step) {
    case STEP_FILE:
        if (form_check(s->file) == 0)
            import_look_now(s, TRUE);
        break;
    case STEP_COLUMNS:
        if (s->problem) {
            ui_fail_text(v->ui, "%s", s->problem);
            break;
        }
        s->step = STEP_CHECK;
        import_check_begin(s);
        break;
    case STEP_CHECK:
        why_not = import_check_why_not(s);
        if (why_not)
            ui_fail_text(v->ui, "%s", why_not);
        else
            import_check_run(s);
        break;
    default:
        break;
    }
    ui_redraw(v->ui);
}

static void made_list(struct ui *ui, const char *name, void *data)
{
    struct view *v = data;
    struct import_view *s = v->state;
    form_set_text(s->check, "list", name);
    import_check_begin(s);
    ui_redraw(ui);
}

static void run_new_list(struct view *v)
{
    people_new_list(v->ui, made_list, v);
}

static void run_bad(struct view *v)
{
    import_check_show_bad(v->state);
}

static void run_save_bad(struct view *v)
{
    import_check_save_bad(v->state);
}

static const struct {
    const char *key;
    void (*run)(struct view *v);
} presses[] = {
    {"file", ask_file},         {"unsubscribed", ask_file}, {"look", run_next},
    {"import", run_next},       {"bad", run_bad},           {"save-bad", run_save_bad},
    {"new-list", run_new_list},
};

static void press(struct view *v, const char *pressed)
{
    for (gsize i = 0; i < G_N_ELEMENTS(presses); i++) {
        if (strcmp(presses[i].key, pressed) == 0) {
            presses[i].run(v);
            return;
        }
    }
}

/* Esc: what runs is stopped first, then a step back. */
static gboolean may_close(struct view *v)
{
    struct import_view *s = v->state;
    if (s->task) {
        task_stop(s->task);
        return FALSE;
    }
    if (s->step == STEP_FILE || (s->step == STEP_IMPORT && s->import_id > 0))
        return TRUE;
    if (s->step == STEP_CHECK || s->step == STEP_IMPORT)
        import_check_forget(s);
    s->step--;
    if (s->step == STEP_CHECK)
        import_check_begin(s);
    ui_redraw(v->ui);
    return FALSE;
}

/* ---- keys ---- */

static gboolean key_form(struct view *v, struct form *f, const struct term_event *e)
{
    struct import_view *s = v->state;
    g_autofree char *list = g_strdup(form_text(f, "list"));
    g_autofree char *update = g_strdup(form_text(f, "update"));
    enum form_did did = form_event(f, e);
    if (did == FORM_PRESSED)
        press(v, form_pressed(f)->key);
    else if (f == s->check && (strcmp(list, form_text(f, "list")) != 0 ||
                               strcmp(update, form_text(f, "update")) != 0))
        import_check_count(s);
    return did != FORM_IGNORED;
}

static gboolean key_columns(struct view *v, const struct term_event *e)
{
    struct import_view *s = v->state;
    enum table_result did = table_event(&s->table, e);
    if (did == TABLE_OPEN)
        import_columns_ask(s);
    return did != TABLE_IGNORED;
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct import_view *s = v->state;
    switch (s->step) {
    case STEP_FILE:
        return key_form(v, s->file, e);
    case STEP_COLUMNS:
        return key_columns(v, e);
    case STEP_CHECK:
        return key_form(v, s->check, e);
    default:
        if (e->kind != EVENT_KEY || e->key != TK_ENTER || s->task)
            return FALSE;
        if (s->failure)
            may_close(v);
        else
            ui_close(v);
        return TRUE;
    }
}

/* ---- drawing ---- */

static int draw_steps(const struct import_view *s, struct rect r)
{
    int x = 1;
    for (int i = 0; i < STEP_COUNT; i++) {
        gboolean is_current = i == (int)s->step;
        x += draw_format(r, x, 0, is_current ? ROLE_TAB_CURRENT : ROLE_TAB,
                         is_current ? "[%s]" : " %s ", _(step_names[i]));
    }
    return 1;
}

static void draw_file(struct import_view *s, struct rect r)
{
    int room =
        s->failure ? draw_folded(rect_part(r, 0, 0, r.w - 2, 0), ROLE_ERROR, s->failure) : 0;
    room = MIN(room, r.h / 2);
    if (s->failure)
        draw_folded(rect_part(r, 1, r.h - room, r.w - 2, room), ROLE_ERROR, s->failure);
    form_draw(s->file, rect_part(r, 0, 0, r.w, r.h - room), TRUE);
}

static void draw_columns(struct import_view *s, struct rect r)
{
    g_autofree char *base = g_path_get_basename(form_text(s->file, "file"));
    g_autofree char *n = text_grouped(s->seen);
    int y = 0;
    draw_format(r, 1, y++, ROLE_NORMAL,
                s->has_more ? _("%s   %s   %s lines and more")
                            : ngettext("%s   %s   %s line", "%s   %s   %s lines", (gulong)s->seen),
                base, s->read_as, n);
    if (s->problem)
        y += draw_folded(rect_part(r, 1, y, r.w - 2, 3), ROLE_ERROR, s->problem);
    y++;
    table_draw(&s->table, rect_part(r, 0, y, r.w, r.h - y), TRUE);
}

static void draw(struct view *v, struct rect r)
{
    struct import_view *s = v->state;
    int y = draw_steps(s, r);
    struct rect inside = rect_part(r, 0, y, r.w, r.h - y);
    switch (s->step) {
    case STEP_FILE:
        draw_file(s, inside);
        break;
    case STEP_COLUMNS:
        draw_columns(s, inside);
        break;
    default:
        import_check_draw(s, inside);
        break;
    }
}

static const char *hint(struct view *v)
{
    struct import_view *s = v->state;
    switch (s->step) {
    case STEP_FILE:
        return s->task ? _("looking into it.. Esc stops") : form_hint(s->file);
    case STEP_COLUMNS:
        return _("Enter says where a column goes, ^S goes on, Esc back to the file");
    case STEP_CHECK:
        return form_hint(s->check);
    default:
        return NULL;
    }
}

/* ---- actions ---- */

static gboolean is_at(struct view *v, enum import_step step)
{
    return ((struct import_view *)v->state)->step == step;
}

static const char *not_next(struct view *v)
{
    return is_at(v, STEP_IMPORT) ? _("This is the last step.") : NULL;
}

static const char *not_columns(struct view *v)
{
    return is_at(v, STEP_COLUMNS) ? NULL : _("This is about the columns, step 2.");
}

static const char *not_check(struct view *v)
{
    return is_at(v, STEP_CHECK) ? NULL : _("The bad lines are known in step 3.");
}

static void run_column(struct view *v)
{
    import_columns_ask(v->state);
}

static void run_undo(struct view *v)
{
    struct import_view *s = v->state;
    people_import_undo(v->ui, s->import_id, 'u');
}

static const char *not_undo(struct view *v)
{
    const struct import_view *s = v->state;
    return s->step == STEP_IMPORT && s->import_id > 0 && !s->task
               ? NULL
               : _("Nothing is stored yet: there is nothing to take back.");
}

static void run_help(struct view *v)
{
    struct import_view *s = v->state;
    struct form *f = s->step == STEP_FILE ? s->file : s->check;
    g_autofree char *text = form_help(f);
    dialog_tell(v->ui, _("About this field"), text);
}

static const char *not_help(struct view *v)
{
    return is_at(v, STEP_FILE) || is_at(v, STEP_CHECK) ? NULL : _("There is no field here.");
}

static const struct action actions[] = {
    {"column", TK_ENTER, 0, N_("goes to.."), N_("say where this column goes"), N_("IMPORT"),
     NULL, not_columns, run_column},
    {"next", TK_CTRL('S'), TK_F2, N_("next step"), N_("go on; the last step imports"), NULL,
     "people import", not_next, run_next},
    /* Not in the key bar: in a field of text it is a letter. There is a button, too. */
    {"save-bad", 'w', 0, NULL,
     N_("write the lines that cannot be used to a file"), NULL, NULL, not_check, run_save_bad},
    {"undo", 'u', 0, N_("undo.."), N_("take the import back; shows first what would go"), NULL,
     "people undo", not_undo, run_undo},
    {"help", TK_F1, 0, NULL, N_("what this field is for"), NULL, NULL, not_help, run_help},
    {NULL},
};

const struct view_ops *people_import_view(void)
{
    static const struct view_ops ops = {.name = "import",
                                        .state_size = sizeof(struct import_view),
                                        .open = open_import,
                                        .close = close_import,
                                        .title = title,
                                        .note = note,
                                        .draw = draw,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions,
                                        .may_close = may_close,
                                        .letters_are_text = TRUE};
    return &ops;
}
