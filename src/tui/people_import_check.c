/*
 * Steps 3 and 4 of an import: counting what it would do, the bad lines, and doing it. Both run
 * as children with progress; nothing is stored before step 4.
 */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/people.h"
#include "store/people_browse.h"
#include "tui/chart.h"
#include "tui/dialog.h"
#include "tui/pager_dialog.h"
#include "tui/people_import_private.h"
#include "tui/saving.h"

#define REJECTS_MAX ((gsize)32 * 1024 * 1024)
#define SENTENCE_ROWS 3 /* of the counts where they are a sentence */

static const struct {
    const char *key;
    const char *label; /* N_() */
    const char *what;  /* N_(): what becomes of them; may be NULL */
    gboolean is_always;
} rows[N_COUNT] = {
    [N_ROWS] = {"rows", N_("lines"), NULL, TRUE},
    [N_NEW] = {"new", N_("new"), NULL, TRUE},
    [N_UPDATED] = {"updated", N_("already there, changed"), N_("join the list"), TRUE},
    [N_SAME] = {"same", N_("already there, same"), N_("nothing to do"), TRUE},
    [N_SUPPRESSED] = {"suppressed", N_("never mail"), N_("stay never mail"), TRUE},
    [N_INVALID] = {"invalid", N_("cannot be used"), N_("left out"), TRUE},
    [N_DUPLICATE] = {"duplicate", N_("twice in the file"), N_("the first counts"), TRUE},
    [N_NEVER_MAIL] = {"never_mail", N_("unsubscribed there"), N_("become never mail"), FALSE},
    [N_LEFT_OUT] = {"left_out", N_("not confirmed there"), N_("left out"), FALSE},
};

/* ---- the form ---- */

static const struct field list_field = {.key = "list", .type = FIELD_SLUG};

static const struct form_row form_rows[] = {
    {FORM_PICK, "list", N_("Into list"), N_("the list that they join"), .flags = FORM_REQUIRED,
     .field = &list_field},
    {FORM_BOOL, "update", N_("Known people"),
     N_("whose fields the file says differently: overwrite them, or keep what is there"),
     .beside = N_("overwrite their fields by the file's")},
    {FORM_LINE, "consent", N_("Agreed to"),
     N_("what these people agreed to and how, as proof: \"form on paper, event of 1 "
        "February\""),
     .flags = FORM_REQUIRED},
    {FORM_BUTTON, "import", N_("Import"), N_("read them in; it can be taken back")},
    {FORM_BUTTON, "bad", N_("Bad lines"), N_("show the lines that cannot be used, and why")},
    {FORM_BUTTON, "save-bad", N_("Save bad lines"), N_("write them to a file, to be mended")},
    {FORM_BUTTON, "new-list", N_("New list"), N_("make a list for them now")},
    {FORM_END},
};

static char **options(const struct form *f, const struct form_row *row, void *data,
                      GError **error)
{
    const struct import_view *s = data;
    return lists_names(ui_db(s->view->ui), error);
}

struct form *import_check_form(struct import_view *s, const char *list)
{
    struct form *f = form_new(&(struct form_setup){.rows = form_rows,
                                                   .is_plain = ui_is_accessible(s->view->ui),
                                                   .options = options,
                                                   .data = s},
                              NULL);
    if (list)
        form_set_text(f, "list", list);
    form_set_text(f, "update", "no");
    form_set_saved(f);
    return f;
}

/* ---- the verb ---- */

static void add(GPtrArray *args, const char *word)
{
    g_ptr_array_add(args, g_strdup(word));
}

static gboolean make_rejects(struct import_view *s, GError **error)
{
    if (s->rejects)
        return TRUE;
    const char *dir = g_get_user_runtime_dir();
    char *path = g_build_filename(g_file_test(dir, G_FILE_TEST_IS_DIR) ? dir : g_get_tmp_dir(),
                                  "crier-bad-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        g_free(path);
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                            _("no file can be made for the bad lines: is the disk full?"));
        return FALSE;
    }
    close(fd);
    s->rejects = path;
    return TRUE;
}

void import_check_forget(struct import_view *s)
{
    if (s->rejects)
        g_unlink(s->rejects);
    g_clear_pointer(&s->rejects, g_free);
    g_clear_pointer(&s->failure, g_free);
    s->is_counted = FALSE;
}

static void progress(gint64 done, gint64 total, void *data)
{
    struct import_view *s = data;
    s->done = done;
    s->total = total;
    ui_redraw(s->view->ui);
}

/* The counts of the one file; FALSE: it failed, and why stands in `failure`. */
static gboolean take_counts(struct import_view *s, const struct task_result *r)
{
    struct json *all = json_parse(r->out, r->out_len, NULL);
    const struct json *c = all && json_size(all) == 1 ? json_at(all, 0) : NULL;
    g_clear_pointer(&s->failure, g_free);
    for (int i = 0; c && i < N_COUNT; i++)
        s->n[i] = json_member_int(c, rows[i].key, 0);
    if (c)
        s->import_id = json_member_int(c, "import", 0);
    if (!c)
        s->failure = g_strdup(r->was_stopped ? _("Stopped.")
                              : *r->error    ? r->error
                                             : _("It failed without a word."));
    json_unref(all);
    return c != NULL;
}

static void counted(const struct task_result *r, void *data)
{
    struct import_view *s = data;
    s->task = NULL;
    s->is_counted = take_counts(s, r);
    if (s->is_counted && !form_problem(s->check, "consent") && *form_text(s->check, "consent"))
        form_focus(s->check, "import");
    ui_redraw(s->view->ui);
}

static void start(struct import_view *s, GPtrArray *args, const struct task_calls *calls)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&s->failure, g_free);
    s->done = s->total = 0;
    s->task = task_start(s->view->ui, (const char *const *)args->pdata, NULL, calls, s, &error);
    if (!s->task)
        s->failure = g_strdup(error->message);
    ui_redraw(s->view->ui);
}

static GPtrArray *import_words(struct import_view *s)
{
    GPtrArray *args = import_args(s, "import");
    add(args, "--json");
    add(args, "--list");
    add(args, form_text(s->check, "list"));
    if (strcmp(form_text(s->check, "update"), "yes") == 0)
        add(args, "--update");
    return args;
}

void import_check_count(struct import_view *s)
{
    static const struct task_calls calls = {.progress = progress, .done = counted};
    g_autoptr(GError) error = NULL;
    s->is_counted = FALSE;
    if (s->task)
        task_drop(s->task);
    s->task = NULL;
    if (!*form_text(s->check, "list"))
        return;
    if (!make_rejects(s, &error)) {
        s->failure = g_strdup(error->message);
        return;
    }
    g_autoptr(GPtrArray) args = import_words(s);
    add(args, "--dry-run");
    add(args, "--rejects");
    add(args, s->rejects);
    g_ptr_array_add(args, NULL);
    start(s, args, &calls);
}

void import_check_begin(struct import_view *s)
{
    form_focus(s->check, *form_text(s->check, "list") ? "consent" : "list");
    import_check_count(s);
}

const char *import_check_why_not(struct import_view *s)
{
    if (s->task)
        return _("It is still counting.");
    if (!*form_text(s->check, "list"))
        return _("Choose the list that they join.");
    if (!s->is_counted)
        return _("It could not be counted: look at the reason above.");
    if (!*form_text(s->check, "consent"))
        return _("How is it known that these people agreed? Say it under \"Agreed to\".");
    return NULL;
}

/* ---- step 4 ---- */

static void imported(const struct task_result *r, void *data)
{
    struct import_view *s = data;
    s->task = NULL;
    take_counts(s, r);
    ui_reload(s->view->ui);
    ui_redraw(s->view->ui);
}

void import_check_run(struct import_view *s)
{
    static const struct task_calls calls = {.progress = progress, .done = imported};
    g_autoptr(GPtrArray) args = import_words(s);
    add(args, "--consent");
    add(args, form_text(s->check, "consent"));
    g_ptr_array_add(args, NULL);
    s->step = STEP_IMPORT;
    s->import_id = 0;
    start(s, args, &calls);
}

/* ---- bad lines ---- */

static char *read_bad(struct import_view *s, gsize *ret_len)
{
    g_autoptr(GError) error = NULL;
    if (!s->is_counted || s->n[N_INVALID] == 0) {
        ui_say(s->view->ui, "%s",
               s->is_counted ? _("All lines can be used.") : _("It is not counted yet."));
        return NULL;
    }
    char *text = file_read(s->rejects, REJECTS_MAX, ret_len, &error);
    if (!text)
        ui_fail(s->view->ui, g_steal_pointer(&error));
    return text;
}

void import_check_show_bad(struct import_view *s)
{
    gsize len;
    g_autofree char *text = read_bad(s, &len);
    if (text)
        pager_dialog_show(s->view->ui, _("Lines that cannot be used"), text);
}

static void write_bad(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    struct import_view *s = data;
    gsize len;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_bad(s, &len);
    if (text && !may_overwrite && g_file_test(path, G_FILE_TEST_EXISTS))
        ui_fail_text(ui, _("%s: it is there already."), path); /* since the question */
    else if (text && file_write_atomic(path, text, len, 0600, &error))
        ui_say(ui, _("The bad lines are in %s: mend them there and import it."), path);
    else if (error)
        ui_fail(ui, g_steal_pointer(&error));
}

void import_check_save_bad(struct import_view *s)
{
    gsize len;
    g_autofree char *text = read_bad(s, &len);
    if (!text)
        return;
    g_autofree char *base = g_path_get_basename(form_text(s->file, "file"));
    g_autofree char *name = g_strconcat("bad-", base, NULL);
    g_autofree char *value = g_build_filename(g_get_home_dir(), name, NULL);
    const struct dialog_line q = {.title = _("Save bad lines"),
                                  .text = _("Each line with the reason in front. The file:"),
                                  .label = _("File"),
                                  .value = value};
    saving_ask(s->view->ui, &q, NULL, write_bad, s, NULL);
}

/* ---- drawing ---- */

static int draw_counts(const struct import_view *s, struct rect r, int y)
{
    for (int i = 0; i < N_COUNT && y < r.h; i++) {
        if (!rows[i].is_always && s->n[i] == 0)
            continue;
        g_autofree char *n = text_grouped(s->n[i]);
        gboolean is_bad = i == N_INVALID && s->n[i] > 0;
        draw_right(r, 1, y, 11, is_bad ? ROLE_WARN : ROLE_NORMAL, n);
        draw_cell(r, 14, y, 24, is_bad ? ROLE_WARN : ROLE_NORMAL, _(rows[i].label));
        if (rows[i].what && s->n[i] > 0 && r.w >= 60)
            draw_text(r, 39, y, ROLE_MUTED, _(rows[i].what));
        y++;
    }
    return y;
}

/* "4 lines: 2 new; 1 cannot be used": where there is no room for a table, and read aloud.
 * Caller frees. */
static char *counts_text(const struct import_view *s)
{
    GString *text = g_string_new(NULL);
    const char *between = "";
    for (int i = 0; i < N_COUNT; i++) {
        g_autofree char *n = text_grouped(s->n[i]);
        if (s->n[i] == 0 && i != N_ROWS)
            continue;
        g_string_append_printf(text, "%s%s %s", between, n, _(rows[i].label));
        between = i == N_ROWS ? ": " : "; ";
    }
    return g_string_free(text, FALSE);
}

static int draw_progress(const struct import_view *s, struct rect r, int y, const char *what)
{
    double part = s->total > 0 ? (double)s->done / (double)s->total : 0;
    draw_text(r, 1, y++, ROLE_NORMAL, what);
    if (ui_is_accessible(s->view->ui))
        draw_format(r, 1, y, ROLE_NORMAL, "%.0f%%", 100 * part);
    else
        chart_bar(r, 1, y, MIN(r.w - 2, 60), part);
    draw_cursor(r, 1, y);
    return y + 1;
}

static void draw_done(const struct import_view *s, struct rect r)
{
    int y = r.h > N_COUNT + 1 ? 1 : 0;
    if (s->task) {
        draw_progress(s, r, y, _("importing.. Esc stops; what is stored then is whole"));
        return;
    }
    draw_cursor(r, 1, y);
    if (s->failure) {
        draw_folded(rect_part(r, 1, y, r.w - 2, r.h - y), ROLE_ERROR, s->failure);
        return;
    }
    y += draw_folded(rect_part(r, 1, y, r.w - 2, r.h - y),
                     s->import_id > 0 ? ROLE_OK : ROLE_NORMAL,
                     s->import_id > 0 ? _("They are in. u takes it back, Enter shows the list.")
                                      : _("There was nothing to store. Enter shows the list."));
    draw_counts(s, r, r.h - y > N_COUNT ? y + 1 : y);
}

/* Above the form: counts as a table, or in a sentence. */
static void draw_what_would_be(struct import_view *s, struct rect r, gboolean is_table)
{
    int y = 0;
    if (is_table)
        draw_text(r, 1, y++, ROLE_HEADING, _("WHAT WOULD BE DONE; nothing is stored yet"));
    struct rect rest = rect_part(r, 1, y, r.w - 2, r.h - y);
    if (s->task) {
        draw_progress(s, r, y, _("counting.."));
    } else if (s->failure) {
        draw_folded(rest, ROLE_ERROR, s->failure);
    } else if (!s->is_counted) {
        draw_folded(rest, ROLE_MUTED, _("Choose the list that they join."));
    } else if (is_table) {
        draw_counts(s, r, y);
    } else {
        g_autofree char *text = counts_text(s);
        draw_folded(rest, ROLE_NORMAL, text);
    }
}

void import_check_draw(struct import_view *s, struct rect r)
{
    if (s->step == STEP_IMPORT) {
        draw_done(s, r);
        return;
    }
    gboolean is_plain = ui_is_accessible(s->view->ui);
    int form_h = form_height(s->check, r.w);
    gboolean is_table = !is_plain && r.h - form_h > N_COUNT;
    int top = is_table ? r.h - form_h : MIN(SENTENCE_ROWS, r.h / 2);
    draw_what_would_be(s, rect_rows(r, 0, top), is_table);
    form_draw(s->check, rect_part(r, 0, top, r.w, r.h - top), TRUE);
}
