/*
 * Text to read in a dialog, and the output of a verb that runs in a child. Scrolling and
 * searching are pager.c's; what a verb does is the verb's.
 */
#include "config.h"

#include "tui/pager_dialog.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"
#include "tui/pager.h"
#include "tui/task.h"

struct reader {
    char *title; /* owned */
    struct pager pager;
    struct task *task; /* owned; NULL: nothing runs */
    unsigned flags;
    gint64 done, total; /* of its progress; total 0: not known */
    GString *said;      /* sentences and errors, a line each */
    char *last;         /* owned; the last of them */
    char *doing;        /* owned; what it does now, in its own words; NULL: not said */
    gboolean has_text;
};

struct reader_arg {
    const char *title, *text, *at;
    unsigned flags;
};

/* ---- columns ---- */

/* A number is right-aligned under a heading that is, too. */
static gboolean is_number(const char *text)
{
    return *text == '\0' || text[strspn(text, "0123456789.,-")] == '\0';
}

struct tsv {
    GPtrArray *lines; /* of char **; a line without a tab has one cell */
    GArray *widths;   /* of int */
    GArray *numbers;  /* of gboolean: all cells under the heading are */
};

static void tsv_measure(struct tsv *t, char **cells, gboolean is_heading)
{
    guint n = g_strv_length(cells);
    for (guint i = 0; n > 1 && i < n; i++) {
        if (i == t->widths->len) {
            g_array_set_size(t->widths, i + 1);
            g_array_index(t->widths, int, i) = 0;
            g_array_set_size(t->numbers, i + 1);
            g_array_index(t->numbers, gboolean, i) = TRUE;
        }
        int w = (int)text_cells(cells[i]);
        g_array_index(t->widths, int, i) = MAX(g_array_index(t->widths, int, i), w);
        if (!is_heading && !is_number(cells[i]))
            g_array_index(t->numbers, gboolean, i) = FALSE;
    }
}

static void tsv_put_line(const struct tsv *t, GString *out, char **cells)
{
    gboolean is_row = cells[0] && cells[1];
    gsize begin = out->len;
    for (guint i = 0; cells[i]; i++) {
        int w = is_row ? g_array_index(t->widths, int, i) : 0;
        int pad = MAX(0, w - (int)text_cells(cells[i]));
        gboolean is_right = is_row && g_array_index(t->numbers, gboolean, i);
        g_string_append_printf(out, "%*s%s%*s%s", is_right ? pad : 0, "", cells[i],
                               is_right ? 0 : pad, "", cells[i + 1] ? "  " : "");
    }
    while (out->len > begin && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

char *pager_dialog_align(const char *tsv)
{
    struct tsv t = {.lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev),
                    .widths = g_array_new(FALSE, FALSE, sizeof(int)),
                    .numbers = g_array_new(FALSE, FALSE, sizeof(gboolean))};
    GString *out = g_string_new(NULL);
    for (const char *s = tsv; *s;) {
        const char *end = strchrnul(s, '\n');
        g_autofree char *raw = g_strndup(s, (gsize)(end - s));
        g_autofree char *line = text_safe_block(raw, -1, 0);
        char **cells = g_strsplit(line, "\t", -1);
        tsv_measure(&t, cells, t.lines->len == 0);
        g_ptr_array_add(t.lines, cells);
        s = *end ? end + 1 : end;
    }
    for (guint i = 0; i < t.lines->len; i++)
        tsv_put_line(&t, out, g_ptr_array_index(t.lines, i));
    g_ptr_array_unref(t.lines);
    g_array_unref(t.widths);
    g_array_unref(t.numbers);
    return g_string_free(out, FALSE);
}

/* ---- the view ---- */

static void go_to_heading(struct pager *p, const char *at)
{
    for (guint i = 0; at && i < p->lines->len; i++) {
        const struct pager_line *line = g_ptr_array_index(p->lines, i);
        if (g_str_has_prefix(line->text, at)) {
            pager_go_to(p, (int)i);
            return;
        }
    }
}

static gboolean reader_open(struct view *v, const void *arg, GError **error)
{
    const struct reader_arg *a = arg;
    struct reader *d = v->state;
    (void)error;
    d->title = g_strdup(a->title);
    d->flags = a->flags;
    d->said = g_string_new(NULL);
    pager_init(&d->pager);
    if (a->text) {
        pager_set_text(&d->pager, a->text);
        d->has_text = TRUE;
        d->pager.is_folded = TRUE;
        go_to_heading(&d->pager, a->at);
    }
    return TRUE;
}

static void reader_close(struct view *v)
{
    struct reader *d = v->state;
    task_drop(g_steal_pointer(&d->task));
    pager_clear(&d->pager);
    g_string_free(d->said, TRUE);
    g_free(d->last);
    g_free(d->doing);
    g_free(d->title);
}

static char *reader_title(struct view *v)
{
    struct reader *d = v->state;
    return g_strdup(d->title);
}

#define RUNNING_COLUMNS 50

/* A verb that is done at once and says nothing shall not blank the screen. */
static struct rect reader_place(struct view *v, struct rect screen)
{
    struct reader *d = v->state;
    if (d->has_text)
        return screen;
    return dialog_place(v->ui, screen, dialog_columns(screen, RUNNING_COLUMNS), 1);
}

static char *running_line(const struct reader *d)
{
    const char *doing = d->doing ? d->doing : _("running");
    if (d->total > 0)
        return g_strdup_printf(_("%s, %d %%. Esc stops it."), doing,
                               (int)(CLAMP(d->done, 0, d->total) * 100 / d->total));
    return g_strdup_printf(_("%s. Esc stops it."), doing);
}

static void reader_draw(struct view *v, struct rect r)
{
    struct reader *d = v->state;
    struct rect in = dialog_frame(r, d->title);
    int rows = in.h;
    if (d->task) {
        g_autofree char *line = running_line(d);
        rows = MAX(0, in.h - 1);
        draw_text(in, 0, rows, ROLE_WARN, line);
        draw_cursor(in, 0, rows);
    }
    if (d->has_text)
        pager_draw(&d->pager, rect_rows(in, 0, rows), d->task == NULL);
}

static const char *reader_hint(struct view *v)
{
    struct reader *d = v->state;
    return d->has_text ? pager_hint(&d->pager) : NULL;
}

static gboolean reader_key(struct view *v, const struct term_event *e)
{
    struct reader *d = v->state;
    return d->has_text && pager_event(&d->pager, e);
}

static void reader_back(struct view *v)
{
    struct reader *d = v->state;
    if (d->task)
        task_stop(d->task);
    else
        ui_close(v);
}

static void reader_copy(struct view *v)
{
    struct reader *d = v->state;
    g_autofree char *text = pager_text(&d->pager);
    ui_copy(v->ui, text);
}

static void reader_search(struct view *v)
{
    struct reader *d = v->state;
    const struct term_event slash = {.kind = EVENT_KEY, .key = '/'};
    pager_event(&d->pager, &slash);
    ui_redraw(v->ui);
}

static void reader_fold(struct view *v)
{
    struct reader *d = v->state;
    const struct term_event w = {.kind = EVENT_KEY, .key = 'w'};
    pager_event(&d->pager, &w);
    ui_redraw(v->ui);
}

static const char *why_no_text(struct view *v)
{
    const struct reader *d = v->state;
    return d->has_text ? NULL : _("there is no text yet");
}

static const struct action reader_actions[] = {
    {"back", TK_ESC, 'q', N_("back"), N_("close the text; stop what runs"), N_("Text"), NULL,
     NULL, reader_back},
    {"search", '/', 0, N_("search"), N_("search; n and N go to the next and the one before"),
     NULL, NULL, why_no_text, reader_search},
    {"copy", 'y', 0, N_("copy"), N_("copy all of it"), NULL, NULL, why_no_text, reader_copy},
    {"fold", 'w', 0, N_("fold"), N_("show long lines folded to their ends, or cut"), NULL, NULL,
     why_no_text, reader_fold},
    {.name = NULL},
};

const struct view_ops *pager_dialog_view(void)
{
    static const struct view_ops ops = {
        .name = "text",
        .state_size = sizeof(struct reader),
        .open = reader_open,
        .close = reader_close,
        .title = reader_title,
        .draw = reader_draw,
        .place = reader_place,
        .hint = reader_hint,
        .key = reader_key,
        .actions = reader_actions,
    };
    return &ops;
}

void pager_dialog_show_at(struct ui *ui, const char *title, const char *text, const char *at)
{
    struct reader_arg arg = {title, text, at, 0};
    ui_push(ui, pager_dialog_view(), &arg);
}

void pager_dialog_show(struct ui *ui, const char *title, const char *text)
{
    pager_dialog_show_at(ui, title, text, NULL);
}

/* ---- running a verb ---- */

static void take_progress(gint64 done, gint64 total, void *data)
{
    struct view *v = data;
    struct reader *d = v->state;
    d->done = done;
    d->total = total;
    ui_redraw(v->ui);
}

static void take_line(const char *kind, const char *text, void *data)
{
    struct view *v = data;
    struct reader *d = v->state;
    gboolean is_error = strcmp(kind, "error") == 0;
    if (strcmp(kind, "line") == 0 && (d->flags & PAGER_RUN_NO_LINES))
        return;
    if (strcmp(kind, "doing") == 0) {
        g_free(d->doing);
        d->doing = g_strdup(text);
        d->done = d->total = 0;
        ui_redraw(v->ui);
        return;
    }
    if (strcmp(kind, "line") != 0) {
        g_string_append_printf(d->said, "%s\n", text);
        g_free(d->last);
        d->last = g_strdup(text);
    }
    if (strcmp(kind, "line") == 0 || (d->flags & PAGER_RUN_LIVE))
        d->has_text = TRUE;
    pager_add(&d->pager, is_error ? ROLE_ERROR : ROLE_NORMAL, text);
    ui_redraw(v->ui);
}

/* Rows of three columns and more are read side by side; sentences, and a record's keys with
 * their values, must be read to their ends. */
static gboolean is_wide_table(const char *tsv)
{
    for (const char *end; *tsv; tsv = *end ? end + 1 : end) {
        end = strchrnul(tsv, '\n');
        const char *tab = memchr(tsv, '\t', (gsize)(end - tsv));
        if (tab && memchr(tab + 1, '\t', (gsize)(end - tab - 1)))
            return TRUE;
    }
    return FALSE;
}

/* What it printed, then what it said: the lines that came meanwhile are in it. */
static void show_all(struct reader *d, const struct task_result *r)
{
    g_autofree char *out =
        d->flags & PAGER_RUN_TABLE ? pager_dialog_align(r->out) : g_strdup(r->out);
    if (r->out_len > 0) {
        pager_empty(&d->pager);
        pager_add(&d->pager, ROLE_NORMAL, out);
        if (d->said->len > 0)
            pager_add(&d->pager, r->exit_code == 0 ? ROLE_MUTED : ROLE_ERROR, d->said->str);
        pager_go_to(&d->pager, 0);
    }
    d->pager.is_folded = !(d->flags & PAGER_RUN_TABLE) || !is_wide_table(r->out);
    d->has_text = TRUE;
}

static void say_end(struct ui *ui, const struct reader *d, const struct task_result *r)
{
    if (r->was_stopped)
        ui_say(ui, _("%s was stopped."), d->title);
    else if (r->exit_code == 0 || r->exit_code == 4)
        ui_say(ui, "%s", d->last ? d->last : _("Done."));
    else if (r->error[0])
        ui_fail_text(ui, "%s", r->error);
    else
        ui_fail_text(ui, _("%s: it ended with %d and gave no reason"), d->title, r->exit_code);
}

static void take_end(const struct task_result *r, void *data)
{
    struct view *v = data;
    struct reader *d = v->state;
    struct ui *ui = v->ui;
    gboolean is_quiet = r->out_len == 0 && !d->has_text && r->exit_code == 0;
    d->task = NULL;
    if (!is_quiet && !r->was_stopped)
        show_all(d, r);
    say_end(ui, d, r);
    if (!d->has_text)
        ui_close(v);
    ui_reload(ui);
}

void pager_dialog_run(struct ui *ui, const char *title, const char *const *args, unsigned flags)
{
    static const struct task_calls calls = {take_progress, take_line, take_end};
    struct reader_arg arg = {title, NULL, NULL, flags};
    struct view *v = ui_push(ui, pager_dialog_view(), &arg);
    g_autoptr(GError) error = NULL;
    if (!v)
        return;
    struct reader *d = v->state;
    d->task = task_start(ui, args, NULL, &calls, v, &error);
    if (!d->task) {
        ui_close(v);
        ui_fail(ui, g_steal_pointer(&error));
    }
}
