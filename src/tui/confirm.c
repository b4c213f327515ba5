/*
 * Questions before something is done: the rules which key confirms at which level, the dialog
 * and the field for the number. What is done then is the asking view's.
 */
#include "config.h"

#include "tui/confirm.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "tui/dialog.h"

/* ---- rules ---- */

enum press { /* what a key means to a question */
             PRESS_ESC,
             PRESS_NO,
             PRESS_YES,
             PRESS_FOCUS,  /* Enter or Space on the button that does it */
             PRESS_SAFE,   /* Enter or Space elsewhere */
             PRESS_REPEAT, /* the key that asked, once more */
             PRESS_OTHER,
             PRESS_COUNT
};

/* A row a level. Enter is PRESS_SAFE but at level 1, so it confirms nothing above it. */
static const enum confirm_answer rules[CONFIRM_LEVEL_COUNT][PRESS_COUNT] = {
    [CONFIRM_NONE] =
        {
            [PRESS_ESC] = CONFIRM_DO,
            [PRESS_NO] = CONFIRM_DO,
            [PRESS_YES] = CONFIRM_DO,
            [PRESS_FOCUS] = CONFIRM_DO,
            [PRESS_SAFE] = CONFIRM_DO,
            [PRESS_REPEAT] = CONFIRM_DO,
            [PRESS_OTHER] = CONFIRM_DO,
        },
    [CONFIRM_BUTTON] =
        {
            [PRESS_ESC] = CONFIRM_NO,
            [PRESS_NO] = CONFIRM_NO,
            [PRESS_YES] = CONFIRM_DO,
            [PRESS_FOCUS] = CONFIRM_DO,
            [PRESS_SAFE] = CONFIRM_NO,
            [PRESS_REPEAT] = CONFIRM_REFUSED,
            [PRESS_OTHER] = CONFIRM_WAIT,
        },
    [CONFIRM_YES] =
        {
            [PRESS_ESC] = CONFIRM_NO,
            [PRESS_NO] = CONFIRM_NO,
            [PRESS_YES] = CONFIRM_DO,
            [PRESS_FOCUS] = CONFIRM_NO,
            [PRESS_SAFE] = CONFIRM_NO,
            [PRESS_REPEAT] = CONFIRM_REFUSED,
            [PRESS_OTHER] = CONFIRM_WAIT,
        },
    [CONFIRM_NUMBER] =
        {
            [PRESS_ESC] = CONFIRM_NO,
            [PRESS_NO] = CONFIRM_NO,
            [PRESS_YES] = CONFIRM_REFUSED, /* until the number is right */
            [PRESS_FOCUS] = CONFIRM_REFUSED,
            [PRESS_SAFE] = CONFIRM_REFUSED,
            [PRESS_REPEAT] = CONFIRM_REFUSED,
            [PRESS_OTHER] = CONFIRM_WAIT,
        },
};

guint32 confirm_yes_key(guint32 asked_by)
{
    return asked_by == 'y' || asked_by == 'Y' ? 'c' : 'y';
}

static enum press press_of(const struct confirm_state *s, guint32 key)
{
    if (key == TK_ESC || key == TK_CTRL('c'))
        return PRESS_ESC;
    if (key == TK_ENTER || key == ' ')
        return s->level == CONFIRM_BUTTON && s->is_action_focus ? PRESS_FOCUS : PRESS_SAFE;
    if (key == s->asked_by)
        return PRESS_REPEAT;
    if (key == confirm_yes_key(s->asked_by))
        return PRESS_YES;
    return key == 'n' || key == 'N' ? PRESS_NO : PRESS_OTHER;
}

enum confirm_answer confirm_judge(const struct confirm_state *s, guint32 key)
{
    if (s->level != CONFIRM_NONE && !s->is_armed)
        return CONFIRM_WAIT;
    enum press press = press_of(s, key);
    if (s->level == CONFIRM_NUMBER && press == PRESS_YES && s->is_number_right)
        return CONFIRM_DO;
    return rules[s->level][press];
}

const char *confirm_refusal(const struct confirm_state *s, guint32 key)
{
    switch (press_of(s, key)) {
    case PRESS_REPEAT:
        return _("The key that asked does not answer: press another one.");
    case PRESS_YES:
        return _("That is not the number yet.");
    default:
        return _("Enter does not confirm this: type the number, then the letter.");
    }
}

gint64 confirm_number(gint64 count, gint64 id)
{
    if (count >= 10)
        return count;
    /* Any number of four digits that two neighbours do not share. */
    guint64 mixed = (guint64)id * 7919 + (guint64)MAX(count, 0) * 271;
    return 1000 + (gint64)(mixed % 9000);
}

/* ---- the number field ---- */

void confirm_field_init(struct confirm_field *f, gint64 number)
{
    *f = (struct confirm_field){.number = number};
}

gboolean confirm_field_key(struct confirm_field *f, struct ui *ui, const struct term_event *e)
{
    gsize len = strlen(f->digits);
    if (e->kind == EVENT_PASTE) {
        ui_say(ui, _("Nothing was taken: this number is typed, not pasted."));
        return TRUE;
    }
    if (e->kind != EVENT_KEY)
        return FALSE;
    if (e->key == TK_BACKSPACE || e->key == TK_CTRL('u')) {
        f->digits[len > 0 && e->key == TK_BACKSPACE ? len - 1 : 0] = '\0';
        return TRUE;
    }
    if (len > 0 && (e->key == ' ' || e->key == ',' || e->key == '.'))
        return TRUE;
    if (e->key < '0' || e->key > '9')
        return FALSE;
    if (len < CONFIRM_DIGITS_MAX) {
        f->digits[len] = (char)e->key;
        f->digits[len + 1] = '\0';
    }
    return TRUE;
}

gboolean confirm_field_is_right(const struct confirm_field *f)
{
    return f->digits[0] != '\0' && g_ascii_strtoll(f->digits, NULL, 10) == f->number;
}

#define FIELD_COLUMNS 12

void confirm_field_draw(const struct confirm_field *f, struct rect r, int y, const char *action,
                        gboolean has_focus)
{
    g_autofree char *number = text_grouped(f->number);
    /* TRANSLATORS: the first is a number, the second a button's word: Type 1,204 to send */
    g_autofree char *label = g_strdup_printf(_("Type  %s  for \"%s\":"), number, action);
    g_autofree char *short_label = g_strdup_printf(_("Type  %s:"), number);
    gboolean has_room = (int)text_cells(label) + FIELD_COLUMNS + 6 <= r.w;
    int x = draw_text(r, 0, y, ROLE_NORMAL, has_room ? label : short_label) + 2;
    draw_text(r, x, y, ROLE_NORMAL, "[ ");
    g_autofree char *field = g_strdup_printf("%-*s", FIELD_COLUMNS, f->digits);
    g_strdelimit(field, " ", '_');
    enum term_role role = confirm_field_is_right(f) ? ROLE_OK : ROLE_INPUT;
    draw_cell(r, x + 2, y, FIELD_COLUMNS, role, field);
    draw_text(r, x + 2 + FIELD_COLUMNS, y, ROLE_NORMAL, " ]");
    if (has_focus)
        draw_cursor(r, x + 2 + MIN((int)strlen(f->digits), FIELD_COLUMNS - 1), y);
}

/* ---- the dialog ---- */

struct asked_arg {
    const struct confirm *c;
    void (*yes)(struct ui *ui, void *data);
    void *data;
    GDestroyNotify free_data;
};

struct asked {
    char *title, *action; /* owned */
    struct folded text;
    int text_rows; /* of the last draw */
    struct confirm_state rule;
    struct confirm_field field;
    const char *labels[3]; /* level 1; the first is `action` */
    struct buttons buttons;
    void (*yes)(struct ui *ui, void *data);
    void *data; /* owned by free_data */
    GDestroyNotify free_data;
};

static gboolean asked_open(struct view *v, const void *arg, GError **error)
{
    const struct asked_arg *a = arg;
    struct asked *s = v->state;
    (void)error;
    s->title = g_strdup(a->c->title);
    s->action = g_strdup(a->c->action);
    folded_init(&s->text, a->c->text);
    s->rule = (struct confirm_state){.level = a->c->level, .asked_by = a->c->asked_by};
    confirm_field_init(&s->field, a->c->number);
    s->labels[0] = s->action;
    s->labels[1] = _("Cancel");
    buttons_init(&s->buttons, s->labels, 1);
    s->yes = a->yes;
    s->data = a->data;
    s->free_data = a->free_data;
    return TRUE;
}

static void asked_close(struct view *v)
{
    struct asked *s = v->state;
    if (s->free_data)
        s->free_data(s->data);
    folded_clear(&s->text);
    g_free(s->title);
    g_free(s->action);
}

static char *asked_title(struct view *v)
{
    struct asked *s = v->state;
    return g_strdup(s->title);
}

/* "y  Stop for good      n, Esc  no": caller frees. */
static char *answers_line(const struct asked *s)
{
    g_autofree char *yes = term_key_name(confirm_yes_key(s->rule.asked_by));
    /* TRANSLATORS: a key, then what it does: y Resume   n, Esc no */
    return g_strdup_printf(_("%s  %s    n, Esc  no"), yes, s->action);
}

/* Rows under the text: the way to answer. */
static int answer_rows(struct asked *s, int columns)
{
    if (s->rule.level == CONFIRM_BUTTON)
        return buttons_rows(&s->buttons, columns);
    return s->rule.level == CONFIRM_NUMBER ? 3 : 1;
}

static int answer_columns(const struct asked *s)
{
    g_autofree char *line = answers_line(s);
    int field = s->rule.level == CONFIRM_NUMBER ? FIELD_COLUMNS + 32 : 0;
    return MAX(field + (int)text_cells(s->action), (int)text_cells(line));
}

static struct rect asked_place(struct view *v, struct rect screen)
{
    struct asked *s = v->state;
    int wanted = MAX(folded_columns(&s->text), answer_columns(s));
    int w = dialog_columns(screen, MAX(wanted, (int)text_cells(s->title) + 4));
    return dialog_place(v->ui, screen, w, folded_rows(&s->text, w) + 1 + answer_rows(s, w));
}

static void asked_draw_answers(struct asked *s, struct rect r, int y)
{
    if (s->rule.level == CONFIRM_BUTTON) {
        buttons_draw(&s->buttons, r, y, TRUE);
        return;
    }
    g_autofree char *line = answers_line(s);
    gboolean is_ready = s->rule.level != CONFIRM_NUMBER || s->rule.is_number_right;
    int at = s->rule.level == CONFIRM_NUMBER ? y + 2 : y;
    if (s->rule.level == CONFIRM_NUMBER)
        confirm_field_draw(&s->field, r, y, s->action, TRUE);
    else
        draw_cursor(r, 0, at);
    draw_text(r, 0, at, is_ready ? ROLE_KEY : ROLE_MUTED, line);
}

static void asked_draw(struct view *v, struct rect r)
{
    struct asked *s = v->state;
    struct rect in = dialog_frame(r, s->title);
    int answers = answer_rows(s, in.w);
    s->text_rows = MIN(MAX(1, in.h - answers - 1), folded_rows(&s->text, in.w));
    folded_draw(&s->text, rect_rows(in, 0, s->text_rows), ROLE_NORMAL);
    asked_draw_answers(s, in, MIN(s->text_rows + 1, MAX(0, in.h - answers)));
}

static void asked_end(struct view *v, gboolean is_yes)
{
    struct asked *s = v->state;
    struct ui *ui = v->ui;
    void (*yes)(struct ui *, void *) = is_yes ? s->yes : NULL;
    void *data = s->data;
    GDestroyNotify free_data = s->free_data;
    s->free_data = NULL;
    ui_close(v);
    if (yes)
        yes(ui, data);
    if (free_data)
        free_data(data);
}

static gboolean asked_take(struct view *v, guint32 key)
{
    struct asked *s = v->state;
    enum confirm_answer answer = confirm_judge(&s->rule, key);
    if (answer == CONFIRM_DO || answer == CONFIRM_NO)
        asked_end(v, answer == CONFIRM_DO);
    else if (answer == CONFIRM_REFUSED)
        ui_say(v->ui, "%s", confirm_refusal(&s->rule, key));
    return answer != CONFIRM_WAIT;
}

static gboolean asked_key(struct view *v, const struct term_event *e)
{
    struct asked *s = v->state;
    if (s->rule.level == CONFIRM_NUMBER && s->rule.is_armed &&
        confirm_field_key(&s->field, v->ui, e)) {
        s->rule.is_number_right = confirm_field_is_right(&s->field);
        return TRUE;
    }
    if (e->kind != EVENT_KEY || !s->rule.is_armed)
        return e->kind == EVENT_KEY;
    if (asked_take(v, e->key) || folded_key(&s->text, e->key, s->text_rows))
        return TRUE;
    if (s->rule.level == CONFIRM_BUTTON) {
        int was = s->buttons.focus;
        /* Only the keys that move: what presses was judged above. */
        if (e->key == TK_LEFT || e->key == TK_RIGHT || e->key == TK_TAB ||
            e->key == TK_BACKTAB || e->key == TK_UP || e->key == TK_DOWN)
            buttons_key(&s->buttons, e->key, FALSE);
        s->rule.is_action_focus = s->buttons.focus == 0;
        return s->buttons.focus != was;
    }
    return TRUE;
}

static void asked_no(struct view *v)
{
    asked_end(v, FALSE);
}

/* What confirms is no row: nobody can put it on Enter. */
static const struct action asked_actions[] = {
    {"cancel", TK_ESC, 'n', N_("no"), N_("do nothing"), N_("Question"), NULL, NULL, asked_no},
    {.name = NULL},
};

const struct view_ops *confirm_view(void)
{
    static const struct view_ops ops = {
        .name = "confirm",
        .state_size = sizeof(struct asked),
        .open = asked_open,
        .close = asked_close,
        .title = asked_title,
        .draw = asked_draw,
        .place = asked_place,
        .key = asked_key,
        .actions = asked_actions,
    };
    return &ops;
}

static void asked_arm(struct view *v)
{
    struct asked *s = v->state;
    s->rule.is_armed = TRUE;
}

void confirm_ask(struct ui *ui, const struct confirm *c, void (*yes)(struct ui *ui, void *data),
                 void *data, GDestroyNotify free_data)
{
    if (c->level == CONFIRM_NONE) {
        yes(ui, data);
        if (free_data)
            free_data(data);
        return;
    }
    struct asked_arg arg = {c, yes, data, free_data};
    struct view *v = ui_push(ui, confirm_view(), &arg);
    if (v)
        ui_when_shown(ui, v, asked_arm);
}
