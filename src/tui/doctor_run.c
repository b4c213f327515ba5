/*
 * The view of one subject of the doctor: `crier doctor` in a child, its steps as they come, the
 * report that is stored, and what is done with it. How it looks is doctor_run_draw.c's.
 */
#include "config.h"

#include "tui/doctor_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "store/doctor_verdicts.h"
#include "store/mailboxes.h"
#include "store/servers.h"
#include "tui/confirm.h"
#include "tui/dialog.h"
#include "tui/doctor_fix.h"
#include "tui/doctor_run_private.h"
#include "tui/doctor_words.h"
#include "tui/pager_dialog.h"
#include "tui/prefs.h"
#include "tui/saving.h"
#include "tui/ui.h"

#define SCREEN_DOCTOR 7
#define REPORT_MODE 0600
#define NARROW 80

static const struct diagnosis_step *step_of(const GPtrArray *steps, gint64 number)
{
    for (guint i = 0; steps && i < steps->len; i++) {
        const struct diagnosis_step *x = steps->pdata[i];
        if (x->number == number)
            return x;
    }
    return NULL;
}

const GPtrArray *doctor_run_steps(const struct doctor_run *s)
{
    return s->coming ? s->coming : s->shown ? s->shown->steps : NULL;
}

const struct diagnosis_step *doctor_run_step(const struct doctor_run *s)
{
    return step_of(doctor_run_steps(s), table_current_id(&s->table));
}

static gboolean is_kind(const struct doctor_run *s, const char *kind)
{
    return strcmp(s->kind, kind) == 0;
}

/* ---- what is stored ---- */

/* 0: there is none (any more): then only what is on screen is left. */
static gint64 find_record(struct ui *ui, const char *kind, const char *name)
{
    struct server server;
    struct mailbox mailbox;
    gint64 id = 0;
    if (strcmp(kind, "server") == 0 && servers_get(ui_db(ui), name, &server, NULL)) {
        id = server.id;
        server_clear(&server);
    } else if (strcmp(kind, "mailbox") == 0 && mailboxes_get(ui_db(ui), name, &mailbox, NULL)) {
        id = mailbox.id;
        mailbox_clear(&mailbox);
    }
    return id;
}

static void show(struct doctor_run *s, struct diagnosis *take)
{
    const struct diagnosis_step *cause = diagnosis_cause(take);
    gint64 before = table_current_id(&s->table);
    g_clear_pointer(&s->coming, g_ptr_array_unref);
    g_clear_pointer(&s->problem, g_free);
    diagnosis_free(s->shown);
    s->shown = take;
    doctor_run_fill(s);
    /* Where somebody looks already, the cursor stays. */
    if (before != 0 && before != DOCTOR_ROW_NOW && table_go_to(&s->table, before))
        return;
    if (!cause || !table_go_to(&s->table, cause->number))
        table_go_first(&s->table);
}

static void take_stored(struct doctor_run *s, const struct doctor_verdict *x)
{
    struct diagnosis *d =
        x->report ? diagnosis_parse(x->report, strlen(x->report), NULL) : NULL;
    s->stored_us = x->begun_us;
    if (!d)
        return;
    g_free(s->cause);
    s->cause = x->cause ? text_safe(x->cause, -1, 0) : NULL;
    show(s, d);
}

static void load(struct view *v)
{
    struct doctor_run *s = v->state;
    struct doctor_verdict *x = NULL;
    g_autoptr(GError) error = NULL;
    if (s->task)
        return;
    s->record_id = find_record(v->ui, s->kind, s->name);
    if (!doctor_verdicts_latest(ui_db(v->ui), s->kind, s->record_id, s->name, &x, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    if (x && x->begun_us > s->stored_us)
        take_stored(s, x);
    doctor_verdict_free(x);
}

/* ---- a run ---- */

static void drop_coming(struct doctor_run *s)
{
    g_clear_pointer(&s->coming, g_ptr_array_unref);
    g_clear_pointer(&s->doing, g_free);
    g_clear_pointer(&s->problem, g_free);
    s->done = s->total = 0;
}

static void take_progress(gint64 done, gint64 total, void *data)
{
    struct doctor_run *s = ((struct view *)data)->state;
    s->done = done;
    s->total = total;
}

static void take_line(const char *kind, const char *text, void *data)
{
    struct doctor_run *s = ((struct view *)data)->state;
    if (strcmp(kind, "doing") == 0) {
        g_free(s->doing);
        s->doing = text_safe(text, -1, 0);
    } else if (strcmp(kind, "line") == 0) {
        struct json *finding = json_parse(text, strlen(text), NULL);
        if (finding && s->coming->len < DIAGNOSIS_STEPS_MAX)
            g_ptr_array_add(s->coming, diagnosis_step_parse(finding));
        json_unref(finding);
    }
    doctor_run_fill(s);
}

static void take_end(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct doctor_run *s = v->state;
    struct diagnosis *d = r->out_len > 0 ? diagnosis_parse(r->out, r->out_len, NULL) : NULL;
    s->task = NULL;
    if (d) {
        g_clear_pointer(&s->cause, g_free);
        show(s, d);
    } else {
        if (!r->was_stopped)
            s->problem = g_strdup(*r->error ? r->error : _("The doctor gave no report."));
        doctor_run_fill(s);
    }
    ui_reload(v->ui);
}

/* What `crier doctor` takes to mean this subject. */
static void add_subject(const struct doctor_run *s, GPtrArray *args)
{
    if (is_kind(s, "machine")) {
        g_ptr_array_add(args, (gpointer) "--machine");
        return;
    }
    if (is_kind(s, "mailbox"))
        g_ptr_array_add(args, (gpointer) "--mailbox");
    g_ptr_array_add(args, s->name);
}

static void start(struct view *v)
{
    static const struct task_calls calls = {take_progress, take_line, take_end};
    struct doctor_run *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    g_ptr_array_add(args, (gpointer) "doctor");
    add_subject(s, args);
    g_ptr_array_add(args, (gpointer) "--json");
    if (s->letter) {
        g_ptr_array_add(args, (gpointer) "--letter");
        g_ptr_array_add(args, s->letter);
    }
    g_ptr_array_add(args, NULL);
    drop_coming(s);
    s->task = task_start(v->ui, (const char *const *)args->pdata, NULL, &calls, v, &error);
    if (s->task)
        s->coming = g_ptr_array_new_with_free_func((GDestroyNotify)diagnosis_step_free);
    else
        ui_fail(v->ui, g_steal_pointer(&error));
    doctor_run_fill(s);
    table_go_to(&s->table, DOCTOR_ROW_NOW);
    ui_redraw(v->ui);
}

/* ---- life ---- */

static gboolean open_run(struct view *v, const void *arg, GError **error)
{
    const struct doctor_run_arg *a = arg;
    struct doctor_run *s = v->state;
    s->kind = g_strdup(a->kind);
    s->name = g_strdup(a->name ? a->name : "");
    table_memory_init(&s->rows, doctor_run_spec());
    table_init(&s->table, doctor_run_spec(), &s->rows, v->ui);
    load(v);
    if (a->is_now || !s->shown)
        start(v);
    return TRUE;
}

static void close_run(struct view *v)
{
    struct doctor_run *s = v->state;
    task_drop(s->task);
    table_clear(&s->table);
    table_memory_clear(&s->rows);
    drop_coming(s);
    diagnosis_free(s->shown);
    g_free(s->cause);
    g_free(s->letter);
    g_free(s->kind);
    g_free(s->name);
    g_free(s->hint);
}

void doctor_run_show(struct ui *ui, const char *kind, const char *name, gboolean is_now)
{
    const struct doctor_run_arg arg = {.kind = kind, .name = name, .is_now = is_now};
    ui_go_to(ui, SCREEN_DOCTOR, doctor_run_view(), &arg);
}

gboolean doctor_run_show_named(struct ui *ui, const char *name, gboolean is_now)
{
    static const char *const kinds[] = {"server", "mailbox"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (find_record(ui, kinds[i], name) != 0) {
            doctor_run_show(ui, kinds[i], name, is_now);
            return TRUE;
        }
    return FALSE;
}

/* ---- the frame ---- */

static char *title(struct view *v)
{
    const struct doctor_run *s = v->state;
    return g_strdup_printf("%s > %s", _("Doctor"), *s->name ? s->name : _("this machine"));
}

static char *note(struct view *v)
{
    const struct doctor_run *s = v->state;
    const GPtrArray *steps = doctor_run_steps(s);
    int columns, rows;
    term_size(&columns, &rows);
    if (s->task || s->coming || !steps)
        return NULL;
    return doctor_words_count(steps, columns < NARROW);
}

/* Where the explanation has no place, the sentence that the row cuts. */
static const char *hint(struct view *v)
{
    struct doctor_run *s = v->state;
    const struct diagnosis_step *x = doctor_run_step(s);
    int columns, rows;
    term_size(&columns, &rows);
    if (!x || (columns >= NARROW && rows >= 20))
        return NULL;
    g_free(s->hint);
    s->hint = g_strdup(x->next ? x->next : x->text);
    return s->hint;
}

/* ---- what can be done ---- */

static const char *not_run(struct view *v)
{
    const struct doctor_run *s = v->state;
    return s->task ? _("It is looking already: Esc stops it.") : NULL;
}

static void run_again(struct view *v)
{
    struct doctor_run *s = v->state;
    g_clear_pointer(&s->letter, g_free);
    start(v);
}

static void run_back(struct view *v)
{
    struct doctor_run *s = v->state;
    if (s->task)
        task_stop(s->task);
    else
        ui_close(v);
}

static const char *no_step(struct view *v)
{
    return doctor_run_step(v->state) ? NULL : _("There is no step under the cursor.");
}

static void run_log(struct view *v)
{
    const struct diagnosis_step *x = doctor_run_step(v->state);
    g_autofree char *title = g_strdup_printf("%d  %s", x->number, x->title);
    g_autofree char *text = diagnosis_step_text(x);
    pager_dialog_show(v->ui, title, text);
}

/* To the form that mends it, else all that is known of the step. */
static void run_open(struct view *v)
{
    const struct doctor_run *s = v->state;
    const struct diagnosis_step *x = doctor_run_step(s);
    g_autofree char *fix = doctor_fix_words(s, x);
    if (fix)
        doctor_fix_open(v->ui, s, x);
    else
        run_log(v);
}

static const char *no_report(struct view *v)
{
    const struct doctor_run *s = v->state;
    return s->shown && !s->coming ? NULL : _("There is no report of a whole run yet.");
}

static void run_copy(struct view *v)
{
    const struct doctor_run *s = v->state;
    g_autofree char *text = diagnosis_text(s->shown);
    ui_copy(v->ui, text);
}

static void write_report(struct ui *ui, const char *path, gboolean may_overwrite, void *data)
{
    const struct doctor_run *s = ((struct view *)data)->state;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = s->shown ? diagnosis_text(s->shown) : g_strdup("");
    if (!may_overwrite && g_file_test(path, G_FILE_TEST_EXISTS))
        ui_fail_text(ui, _("%s is there already. Choose another name."), path);
    else if (file_write_atomic(path, text, strlen(text), REPORT_MODE, &error))
        ui_say(ui, _("The report is in %s. Passwords do not stand in it."), path);
    else
        ui_fail(ui, g_steal_pointer(&error));
}

static void run_save(struct view *v)
{
    const struct doctor_run *s = v->state;
    g_autofree char *subject = g_strdup(*s->name ? s->name : "machine");
    g_strcanon(subject, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '-');
    g_autofree char *file = g_strdup_printf("doctor-%s.txt", subject);
    g_autofree char *value = g_build_filename(g_get_home_dir(), file, NULL);
    const struct dialog_line q = {.title = _("Save the report"),
                                  .text = _("All steps as plain text, for who must act. "
                                            "Passwords do not stand in it. The file:"),
                                  .label = _("File"),
                                  .value = value};
    saving_ask(v->ui, &q, NULL, write_report, v, NULL);
}

static void run_other(struct view *v)
{
    ui_close(v);
}

static gboolean is_bad(const struct diagnosis_step *x)
{
    return x->result == DIAGNOSIS_FAIL || x->result == DIAGNOSIS_WARN;
}

/* To the next that failed or warns, behind the last the first again. */
static void run_next(struct view *v)
{
    struct doctor_run *s = v->state;
    const GPtrArray *steps = doctor_run_steps(s);
    const struct diagnosis_step *at = doctor_run_step(s), *first = NULL, *next = NULL;
    for (guint i = 0; i < steps->len; i++) {
        const struct diagnosis_step *x = steps->pdata[i];
        if (!is_bad(x))
            continue;
        first = first ? first : x;
        if (!next && at && x->number > at->number)
            next = x;
    }
    next = next ? next : first;
    if (next)
        table_go_to(&s->table, next->number);
    else
        ui_say(v->ui, "%s", _("Nothing failed, and nothing warns."));
    ui_redraw(v->ui);
}

/* ---- a letter ---- */

static const char *not_letter(struct view *v)
{
    const struct doctor_run *s = v->state;
    return !is_kind(s, "server") ? _("A letter goes by a server of the workspace.")
                                 : not_run(v);
}

static gboolean check_address(const char *value, void *data, GError **error)
{
    struct mailaddr a;
    if (!mailaddr_parse(value, &a, error))
        return FALSE;
    mailaddr_clear(&a);
    return TRUE;
}

static void send_letter(struct ui *ui, void *data)
{
    start(data);
}

static void take_address(struct ui *ui, const char *value, void *data)
{
    struct view *v = data;
    struct doctor_run *s = v->state;
    g_autofree char *text = g_strdup_printf(
        _("One letter goes to %s by %s, now, after the other steps. Nobody else "
          "gets anything."),
        value, s->name);
    const struct confirm c = {.level = CONFIRM_BUTTON,
                              .title = _("Test letter"),
                              .text = text,
                              .action = _("Send"),
                              .asked_by = 't'};
    g_free(s->letter);
    s->letter = g_strdup(value);
    confirm_ask(ui, &c, send_letter, v, NULL);
}

static void run_letter(struct view *v)
{
    g_autofree char *mine = prefs_get("test", "to");
    if (mine)
        mine[strcspn(mine, ", ;")] = '\0';
    const struct dialog_line q = {.title = _("Test letter"),
                                  .text = _("Whom does it go to? Use an address of your own."),
                                  .label = _("Address"),
                                  .value = mine,
                                  .check = check_address};
    dialog_line(v->ui, &q, take_address, v, NULL);
}

/* ---- keys ---- */

static gboolean key(struct view *v, const struct term_event *e)
{
    struct doctor_run *s = v->state;
    switch (table_event(&s->table, e)) {
    case TABLE_MOVED:
        ui_moved(v->ui);
        return TRUE;
    case TABLE_TAKEN:
        return TRUE;
    case TABLE_OPEN:
        if (doctor_run_step(s))
            run_open(v);
        return TRUE;
    default:
        return FALSE;
    }
}

static const struct action actions[] = {
    {"run", 'r', TK_F5, N_("run again"), N_("look again, step by step; changes nothing"),
     N_("THIS RUN"), "doctor", not_run, run_again},
    {"others", 's', 0, N_("others"), N_("to the other servers and mailboxes"), NULL, NULL, NULL,
     run_other},
    {"open", TK_ENTER, 0, N_("open"),
     N_("open the settings that mend it, or all that is known of the step"), NULL, NULL,
     no_step, run_open},
    {"log", 'l', 0, N_("log"), N_("all that was seen and said in this step"), NULL, NULL,
     no_step, run_log},
    {"next-problem", 'n', TK_CTRL('N'), N_("next problem"),
     N_("to the next step that failed or warns"), NULL, NULL, no_step, run_next},
    {"save", 'w', 0, N_("save report"), N_("write the report to a file, for who must act"),
     NULL, "doctor", no_report, run_save},
    {"copy", 'y', 0, N_("copy"), N_("copy the whole report"), NULL, NULL, no_report, run_copy},
    {"letter", 't', 0, N_("letter"),
     N_("the same, and one letter to an address of your own at the end"), NULL, "doctor",
     not_letter, run_letter},
    {"back", TK_ESC, 0, NULL, N_("stop it while it looks, else back"), NULL, NULL, NULL,
     run_back},
    {NULL},
};

const struct view_ops *doctor_run_view(void)
{
    static const struct view_ops ops = {.name = "doctor-run",
                                        .state_size = sizeof(struct doctor_run),
                                        .open = open_run,
                                        .close = close_run,
                                        .load = load,
                                        .title = title,
                                        .note = note,
                                        .draw = doctor_run_draw,
                                        .draw_plain = doctor_run_draw_plain,
                                        .hint = hint,
                                        .key = key,
                                        .actions = actions};
    return &ops;
}
