/*
 * The dialog around a small form. What the fields mean is its opener's.
 */
#include "config.h"

#include "tui/people_dialog.h"

#include <string.h>

#include "base/i18n.h"
#include "tui/dialog.h"

#define COLUMNS 64

struct state {
    struct people_dialog d;
    char *title;
    struct form *form;
};

static char **options(const struct form *f, const struct form_row *row, void *data,
                      GError **error)
{
    struct state *s = data;
    return s->d.options(f, row, s->d.data, error);
}

static void check(struct form *f, void *data)
{
    struct state *s = data;
    if (s->d.check)
        s->d.check(f, s->d.data);
}

static gboolean open_dialog(struct view *v, const void *arg, GError **error)
{
    struct state *s = v->state;
    s->d = *(const struct people_dialog *)arg;
    s->title = g_strdup(s->d.title);
    s->form = form_new(&(struct form_setup){.rows = s->d.rows,
                                            .is_plain = ui_is_accessible(v->ui),
                                            .options = s->d.options ? options : NULL,
                                            .check = check,
                                            .data = s},
                       NULL);
    if (s->d.fill)
        s->d.fill(s->form, s->d.data);
    form_set_saved(s->form);
    return TRUE;
}

static void close_dialog(struct view *v)
{
    struct state *s = v->state;
    form_free(s->form);
    g_free(s->title);
    if (s->d.free_data)
        s->d.free_data(s->d.data);
}

static void save(struct view *v)
{
    struct state *s = v->state;
    g_autoptr(GError) error = NULL;
    if (form_check(s->form) > 0)
        return;
    if (!s->d.save(v->ui, s->form, s->d.data, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    ui_close(v);
}

static gboolean key_dialog(struct view *v, const struct term_event *e)
{
    struct state *s = v->state;
    if (e->kind == EVENT_KEY && (e->key == TK_CTRL('S') || e->key == TK_F2)) {
        save(v);
        return TRUE;
    }
    if (e->kind == EVENT_KEY && e->key == TK_F1) {
        g_autofree char *text = form_help(s->form);
        dialog_tell(v->ui, _("About this field"), text);
        return TRUE;
    }
    enum form_did did = form_event(s->form, e);
    if (did == FORM_PRESSED) {
        if (strcmp(form_pressed(s->form)->key, "save") == 0)
            save(v);
        else
            ui_close(v);
    }
    return did != FORM_IGNORED;
}

static char *title(struct view *v)
{
    return g_strdup(((struct state *)v->state)->title);
}

static struct rect place(struct view *v, struct rect screen)
{
    struct state *s = v->state;
    int columns = dialog_columns(screen, COLUMNS);
    return dialog_place(v->ui, screen, columns, form_height(s->form, columns));
}

static void draw(struct view *v, struct rect r)
{
    struct state *s = v->state;
    form_draw(s->form, dialog_frame(r, s->title), TRUE);
}

static const char *hint(struct view *v)
{
    struct state *s = v->state;
    return form_hint(s->form);
}

void people_dialog_open(struct ui *ui, const struct people_dialog *d)
{
    if (!ui_push(ui, people_dialog_view(), d) && d->free_data)
        d->free_data(d->data);
}

const struct view_ops *people_dialog_view(void)
{
    static const struct view_ops ops = {.name = "people-dialog",
                                        .state_size = sizeof(struct state),
                                        .open = open_dialog,
                                        .close = close_dialog,
                                        .title = title,
                                        .place = place,
                                        .draw = draw,
                                        .hint = hint,
                                        .key = key_dialog};
    return &ops;
}
