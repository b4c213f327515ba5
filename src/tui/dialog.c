/*
 * Messages, questions with buttons and one line to type. Their parts are dialog_parts.c's; what
 * cannot be taken back is asked by confirm.c.
 */
#include "config.h"

#include "tui/dialog.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tui/input.h"
#include "tui/pager_dialog.h"
#include "tui/views.h"

/* ---- a question with buttons ---- */

struct question_arg {
    const char *title, *text;
    const char *const *buttons;
    int safe;
    void (*done)(struct ui *ui, int button, void *data);
    void *data;
    GDestroyNotify free_data;
};

struct question {
    char *title;   /* owned */
    char **labels; /* owned */
    struct folded text;
    int text_rows; /* of the last draw */
    struct buttons buttons;
    int safe;
    gboolean is_armed;
    void (*done)(struct ui *ui, int button, void *data);
    void *data; /* owned by free_data */
    GDestroyNotify free_data;
};

static gboolean question_open(struct view *v, const void *arg, GError **error)
{
    const struct question_arg *a = arg;
    struct question *q = v->state;
    (void)error;
    q->title = g_strdup(a->title);
    q->labels = g_strdupv((char **)a->buttons);
    folded_init(&q->text, a->text);
    buttons_init(&q->buttons, (const char *const *)q->labels, a->safe);
    q->safe = q->buttons.focus;
    q->done = a->done;
    q->data = a->data;
    q->free_data = a->free_data;
    return TRUE;
}

static void question_close(struct view *v)
{
    struct question *q = v->state;
    if (q->free_data)
        q->free_data(q->data);
    folded_clear(&q->text);
    g_strfreev(q->labels);
    g_free(q->title);
}

/* Closes the view, then answers: `v` is gone behind ui_close(). */
static void question_answer(struct view *v, int button)
{
    struct question *q = v->state;
    struct ui *ui = v->ui;
    void (*done)(struct ui *, int, void *) = q->done;
    void *data = q->data;
    GDestroyNotify free_data = q->free_data;
    q->free_data = NULL;
    ui_close(v);
    if (done)
        done(ui, button, data);
    if (free_data)
        free_data(data);
}

static char *question_title(struct view *v)
{
    struct question *q = v->state;
    return g_strdup(q->title);
}

static struct rect question_place(struct view *v, struct rect screen)
{
    struct question *q = v->state;
    int wanted = MAX(folded_columns(&q->text), buttons_columns(&q->buttons));
    int w = dialog_columns(screen, MAX(wanted, (int)text_cells(q->title) + 4));
    int rows = folded_rows(&q->text, w) + 1 + buttons_rows(&q->buttons, w);
    return dialog_place(v->ui, screen, w, rows);
}

static void question_draw(struct view *v, struct rect r)
{
    struct question *q = v->state;
    struct rect in = dialog_frame(r, q->title);
    int buttons = buttons_rows(&q->buttons, in.w);
    int room = MAX(1, in.h - buttons - 1);
    q->text_rows = MIN(room, folded_rows(&q->text, in.w));
    folded_draw(&q->text, rect_rows(in, 0, q->text_rows), ROLE_NORMAL);
    buttons_draw(&q->buttons, in, MIN(q->text_rows + 1, MAX(0, in.h - buttons)), TRUE);
}

static void question_press(struct view *v)
{
    struct question *q = v->state;
    question_answer(v, q->buttons.focus);
}

static void question_cancel(struct view *v)
{
    struct question *q = v->state;
    question_answer(v, q->safe);
}

static gboolean question_key(struct view *v, const struct term_event *e)
{
    struct question *q = v->state;
    if (e->kind != EVENT_KEY)
        return FALSE;
    if (!q->is_armed)
        return TRUE;
    if (e->key == TK_ESC || e->key == TK_CTRL('c')) {
        question_cancel(v);
        return TRUE;
    }
    if (folded_key(&q->text, e->key, q->text_rows))
        return TRUE;
    int button = buttons_key(&q->buttons, e->key, FALSE);
    if (button >= 0)
        question_answer(v, button);
    return button != BUTTON_PASS;
}

static const struct action question_actions[] = {
    {"press", TK_ENTER, ' ', N_("press"), N_("press the button with the focus"), N_("Question"),
     NULL, NULL, question_press},
    {"cancel", TK_ESC, TK_CTRL('C'), N_("cancel"), N_("close the question: nothing is done"),
     NULL, NULL, NULL, question_cancel},
    {.name = NULL},
};

const struct view_ops *dialog_question_view(void)
{
    static const struct view_ops ops = {
        .name = "question",
        .state_size = sizeof(struct question),
        .open = question_open,
        .close = question_close,
        .title = question_title,
        .draw = question_draw,
        .place = question_place,
        .key = question_key,
        .actions = question_actions,
    };
    return &ops;
}

static void question_arm(struct view *v)
{
    struct question *q = v->state;
    q->is_armed = TRUE;
}

void dialog_choose(struct ui *ui, const char *title, const char *text,
                   const char *const *buttons, int safe,
                   void (*done)(struct ui *ui, int button, void *data), void *data,
                   GDestroyNotify free_data)
{
    struct question_arg arg = {title, text, buttons, safe, done, data, free_data};
    struct view *v = ui_push(ui, dialog_question_view(), &arg);
    if (v)
        ui_when_shown(ui, v, question_arm);
}

void dialog_tell(struct ui *ui, const char *title, const char *text)
{
    const char *buttons[] = {_("Close"), NULL};
    dialog_choose(ui, title, text, buttons, 0, NULL, NULL, NULL);
}

/* ---- one line to type ---- */

struct line_arg {
    const struct dialog_line *q;
    void (*done)(struct ui *ui, const char *value, void *data);
    void *data;
    GDestroyNotify free_data;
};

struct line {
    char *title, *label; /* owned; the label may be NULL */
    struct folded text;
    struct folded problem; /* why the value cannot be taken */
    struct input input;
    gboolean (*check)(const char *value, void *data, GError **error);
    void (*done)(struct ui *ui, const char *value, void *data);
    void *data; /* owned by free_data */
    GDestroyNotify free_data;
};

#define LINE_FIELD_COLUMNS 40

static gboolean line_open(struct view *v, const void *arg, GError **error)
{
    const struct line_arg *a = arg;
    struct line *l = v->state;
    (void)error;
    l->title = g_strdup(a->q->title);
    l->label = g_strdup(a->q->label);
    folded_init(&l->text, a->q->text);
    folded_init(&l->problem, NULL);
    input_init(&l->input, 0);
    input_set(&l->input, a->q->value ? a->q->value : "");
    l->input.is_secret = a->q->is_secret;
    l->check = a->q->check;
    l->done = a->done;
    l->data = a->data;
    l->free_data = a->free_data;
    return TRUE;
}

static void line_close(struct view *v)
{
    struct line *l = v->state;
    if (l->free_data)
        l->free_data(l->data);
    folded_clear(&l->text);
    folded_clear(&l->problem);
    input_clear(&l->input);
    g_free(l->title);
    g_free(l->label);
}

static char *line_title(struct view *v)
{
    struct line *l = v->state;
    return g_strdup(l->title);
}

static struct rect line_place(struct view *v, struct rect screen)
{
    struct line *l = v->state;
    int label = l->label ? (int)text_cells(l->label) + 2 : 0;
    int w = dialog_columns(screen, MAX(folded_columns(&l->text), label + LINE_FIELD_COLUMNS));
    int rows = folded_rows(&l->text, w) + folded_rows(&l->problem, w) + 1;
    return dialog_place(v->ui, screen, w, rows);
}

static void line_draw(struct view *v, struct rect r)
{
    struct line *l = v->state;
    struct rect in = dialog_frame(r, l->title);
    int text = MIN(folded_rows(&l->text, in.w), MAX(0, in.h - 2));
    folded_draw(&l->text, rect_rows(in, 0, text), ROLE_NORMAL);
    int x = l->label ? draw_text(in, 0, text, ROLE_NORMAL, l->label) + 2 : 0;
    gboolean is_wrong = l->problem.text[0] != '\0';
    input_draw(&l->input, in, x, text, MAX(1, in.w - x),
               is_wrong ? ROLE_INPUT_ERROR : ROLE_INPUT, TRUE);
    folded_draw(&l->problem, rect_rows(in, text + 1, in.h - text - 1), ROLE_ERROR);
}

static void line_take(struct view *v)
{
    struct line *l = v->state;
    g_autoptr(GError) error = NULL;
    if (l->check && !l->check(input_text(&l->input), l->data, &error)) {
        g_autofree char *sentence = g_strdup_printf("! %s", error ? error->message : "");
        folded_clear(&l->problem);
        folded_init(&l->problem, sentence);
        ui_redraw(v->ui);
        return;
    }
    struct ui *ui = v->ui;
    g_autofree char *value = g_strdup(input_text(&l->input));
    void (*done)(struct ui *, const char *, void *) = l->done;
    void *data = l->data;
    GDestroyNotify free_data = l->free_data;
    l->free_data = NULL;
    ui_close(v);
    done(ui, value, data);
    if (free_data)
        free_data(data);
}

static gboolean line_key(struct view *v, const struct term_event *e)
{
    struct line *l = v->state;
    if (e->kind == EVENT_KEY && (e->key == TK_ENTER || e->key == TK_ESC))
        return FALSE;
    enum input_did did = input_event(&l->input, e);
    if (did == INPUT_CHANGED) {
        folded_clear(&l->problem);
        folded_init(&l->problem, NULL);
    }
    return did != INPUT_IGNORED;
}

static void close_view(struct view *v)
{
    ui_close(v);
}

static const struct action line_actions[] = {
    {"take", TK_ENTER, 0, N_("take it"), N_("take what was typed"), N_("Question"), NULL, NULL,
     line_take},
    {"cancel", TK_ESC, TK_CTRL('C'), N_("cancel"), N_("close the question: nothing is done"),
     NULL, NULL, NULL, close_view},
    {.name = NULL},
};

const struct view_ops *dialog_line_view(void)
{
    static const struct view_ops ops = {
        .name = "line",
        .state_size = sizeof(struct line),
        .open = line_open,
        .close = line_close,
        .title = line_title,
        .draw = line_draw,
        .place = line_place,
        .key = line_key,
        .actions = line_actions,
    };
    return &ops;
}

gboolean dialog_check_path(const char *value, void *data, GError **error)
{
    if (*value)
        return TRUE;
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("no name is typed. Type where it is to be written"));
    return FALSE;
}

void dialog_line(struct ui *ui, const struct dialog_line *q,
                 void (*done)(struct ui *ui, const char *value, void *data), void *data,
                 GDestroyNotify free_data)
{
    struct line_arg arg = {q, done, data, free_data};
    ui_push(ui, dialog_line_view(), &arg);
}
