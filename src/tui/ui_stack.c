/*
 * The stacks of views: a stack a screen, dialogs above all. A view that is closed while one of
 * its own functions runs is freed when that has returned.
 */
#include "config.h"

#include "tui/ui_private.h"

struct view *ui_front(struct ui *ui)
{
    return ui->dialog ? ui->dialog : ui->front[ui->screen];
}

gboolean ui_is_in_front(const struct view *v)
{
    return ui_front(v->ui) == v;
}

static void forget_waiting(struct ui *ui, const struct view *v)
{
    for (guint i = ui->waiting->len; i-- > 0;)
        if (g_array_index(ui->waiting, struct ui_waiting, i).view == v)
            g_array_remove_index(ui->waiting, i);
}

static void view_end(struct view *v)
{
    forget_waiting(v->ui, v);
    if (v->ops->close)
        v->ops->close(v);
    g_ptr_array_add(v->ui->closed, v);
}

void ui_free_closed(struct ui *ui)
{
    for (guint i = 0; i < ui->closed->len; i++) {
        struct view *v = ui->closed->pdata[i];
        g_free(v->state);
        g_free(v);
    }
    g_ptr_array_set_size(ui->closed, 0);
}

static struct view **stack_of(struct ui *ui, const struct view *v)
{
    for (const struct view *d = ui->dialog; d; d = d->below)
        if (d == v)
            return &ui->dialog;
    for (int i = 1; i <= SCREENS_COUNT; i++)
        for (const struct view *f = ui->front[i]; f; f = f->below)
            if (f == v)
                return &ui->front[i];
    return NULL;
}

static void load(struct view *v)
{
    if (v && v->ops->load)
        v->ops->load(v);
}

struct view *ui_push(struct ui *ui, const struct view_ops *ops, const void *arg)
{
    struct view **stack = ops->place ? &ui->dialog : &ui->front[ui->screen];
    struct view *v = g_new0(struct view, 1);
    g_autoptr(GError) error = NULL;
    v->ops = ops;
    v->ui = ui;
    v->state = g_malloc0(MAX(ops->state_size, 1));
    if (ops->open && !ops->open(v, arg, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        g_free(v->state);
        g_free(v);
        return NULL;
    }
    v->below = *stack;
    *stack = v;
    load(v);
    ui_redraw(ui);
    return v;
}

void ui_close(struct view *v)
{
    struct ui *ui = v->ui;
    struct view **stack = stack_of(ui, v);
    if (!stack)
        return;
    for (gboolean is_last = FALSE; *stack && !is_last;) {
        struct view *top = *stack;
        is_last = top == v;
        *stack = top->below;
        view_end(top);
    }
    load(ui_front(ui));
    ui_redraw(ui);
}

void ui_close_all(struct ui *ui)
{
    while (ui->dialog) {
        struct view *v = ui->dialog;
        ui->dialog = v->below;
        view_end(v);
    }
    for (int i = 1; i <= SCREENS_COUNT; i++)
        while (ui->front[i]) {
            struct view *v = ui->front[i];
            ui->front[i] = v->below;
            view_end(v);
        }
    ui_free_closed(ui);
}

gboolean ui_may_close(struct view *v)
{
    return !v->ops->may_close || v->ops->may_close(v);
}

void ui_go(struct ui *ui, int number)
{
    const struct screen *s = screens_find(number);
    if (!s || !s->view || ui->is_ending)
        return;
    if (number != ui->screen)
        ui->screen_before = ui->screen;
    ui->screen = number;
    if (!ui->front[number])
        ui_push(ui, s->view(), NULL);
    else
        load(ui->front[number]);
    ui_redraw(ui);
}

struct view *ui_go_to(struct ui *ui, int number, const struct view_ops *ops, const void *arg)
{
    const struct screen *s = screens_find(number);
    if (!s || !s->view)
        return NULL;
    ui_go(ui, number);
    while (ui->front[number] && ui->front[number]->below) {
        struct view *top = ui->front[number];
        if (!ui_may_close(top))
            return NULL;
        ui->front[number] = top->below;
        view_end(top);
    }
    return ops ? ui_push(ui, ops, arg) : ui->front[number];
}

void ui_back(struct ui *ui, gboolean may_quit)
{
    struct view *v = ui_front(ui);
    if (v && (v->below || v == ui->dialog)) {
        if (ui_may_close(v))
            ui_close(v);
    } else if (may_quit) {
        ui_quit(ui, FALSE);
    }
}

void ui_each_view(struct ui *ui, void (*call)(struct view *v))
{
    for (struct view *d = ui->dialog; d; d = d->below)
        call(d);
    for (int i = 1; i <= SCREENS_COUNT; i++)
        for (struct view *f = ui->front[i]; f; f = f->below)
            call(f);
}

void ui_reload(struct ui *ui)
{
    ui_load_status(ui);
    for (struct view *d = ui->dialog; d; d = d->below)
        load(d);
    load(ui->front[ui->screen]);
    ui_redraw(ui);
}

void ui_quit(struct ui *ui, gboolean force)
{
    for (int i = 1; !force && i <= SCREENS_COUNT; i++)
        for (struct view *v = ui->front[i]; v; v = v->below)
            if (!ui_may_close(v)) {
                ui_go(ui, i);
                return;
            }
    ui->is_ending = TRUE;
}
