/*
 * The editor of a port that we listen on. Whether it is free is not known here: the screen
 * Ports looks when it is saved.
 */
#include "config.h"

#include "tui/port_edit.h"

#include <string.h>

#include "base/i18n.h"
#include "model/port.h"
#include "store/ports.h"
#include "tui/editing.h"
#include "tui/form.h"
#include "tui/ui.h"

struct port_edit {
    struct editing editing;
    struct port port;  /* owned; as it was read or last saved; id 0: new */
    struct form *form; /* owned */
};

/* ---- the form ---- */

static const struct field name_field = {
    .key = "name",
    .type = FIELD_SLUG,
    .offset = G_STRUCT_OFFSET(struct port, name),
    .flags = FIELD_REQUIRED,
    .help = N_("short name: letters a-z, digits, - and _"),
};

static const struct form_row rows[] = {
    {FORM_LINE, "name", N_("Name"), .field = &name_field, .cells = 40},
    {FORM_CHOICE, "role", N_("For")},
    {FORM_LINE, "listen", N_("Listens on"),
     N_("*:81 any address, 0.0.0.0:81 any of IPv4, [::]:81 any of IPv6, 127.0.0.1:82 this "
        "machine alone"),
     .beside = N_("usual: *:81, 127.0.0.1:82")},
    {FORM_LINE, "public_url", N_("Public URL")},
    {FORM_NOTE, "unwise"},
    {FORM_BOOL, "enabled", N_("In use"), .beside = N_("we listen there")},
    {FORM_BUTTON, "save", N_("Save"), N_("save what is typed")},
    {FORM_BUTTON, "cancel", N_("Cancel"), N_("back")},
    {FORM_END},
};

static gboolean is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct port_edit *s = data;
    return !row->key || strcmp(row->key, "name") != 0 || s->port.id == 0;
}

/* What the rows say, where they can be read; FALSE: they cannot. `ret` is cleared by the caller
 * in any case. */
static gboolean read_rows(const struct form *f, struct port *ret)
{
    static const char *const keys[] = {"role", "listen", "public_url", "enabled"};
    port_init(ret);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (!field_set(field_find(port_fields(), keys[i]), ret, form_text(f, keys[i]), NULL))
            return FALSE;
    return TRUE;
}

static void check(struct form *f, void *data)
{
    struct port_edit *s = data;
    const char *name = form_text(f, "name");
    g_autoptr(GError) error = NULL;
    struct port there = {0}, x = {0};
    if (s->port.id == 0 && *name && ports_get(ui_db(s->editing.view->ui), name, &there, NULL)) {
        form_set_problem(f, "name", _("There is a port of this name already."));
        port_clear(&there);
    }
    struct hostport at = {0};
    if (read_rows(f, &x) && *x.listen) {
        if (!port_endpoint(&x, &at, &error))
            form_set_problem(f, "listen", error->message);
        else if (!port_check(&x, NULL, &error))
            form_set_problem(f, "public_url", error->message);
    }
    hostport_clear(&at);
    port_clear(&x);
}

/* What is allowed and hurts. */
static char *note(const struct form *f, const struct form_row *row, void *data)
{
    g_auto(GStrv) warnings = NULL;
    struct port x = {0};
    gboolean is_read = read_rows(f, &x) && port_check(&x, &warnings, NULL);
    char *text = is_read && warnings ? g_strjoinv(". ", warnings) : g_strdup("");
    port_clear(&x);
    return text;
}

/* ---- life ---- */

static void close_edit(struct view *v)
{
    struct port_edit *s = v->state;
    if (s->form)
        form_free(s->form);
    port_clear(&s->port);
    editing_clear(&s->editing);
}

static gboolean save(struct view *v);

static gboolean get(struct db *db, gint64 id, void *ret, GError **error)
{
    return ports_get_id(db, id, ret, error);
}

static void clear(void *record)
{
    port_clear(record);
}

static const struct editing_ops editing_ops = {.noun = "port",
                                               .fields = port_fields,
                                               EDITING_OF(struct port),
                                               .get = get,
                                               .clear = clear,
                                               .save = save};

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    static const struct port_edit_arg nothing;
    const struct port_edit_arg *a = arg ? arg : &nothing;
    struct port_edit *s = v->state;
    if (a->name && !ports_get(ui_db(v->ui), a->name, &s->port, error))
        return FALSE;
    if (!a->name)
        port_init(&s->port);
    s->form = form_new(&(struct form_setup){.rows = rows,
                                            .table = port_fields(),
                                            .is_plain = ui_is_accessible(v->ui),
                                            .is_shown = is_shown,
                                            .check = check,
                                            .note = note,
                                            .data = s},
                       &s->port);
    if (!a->name && a->role)
        form_set_text(s->form, "role", a->role);
    if (!a->name && a->listen)
        form_set_text(s->form, "listen", a->listen);
    form_set_saved(s->form);
    editing_init(&s->editing, v, s->form, &s->port, &editing_ops);
    return TRUE;
}

static char *title(struct view *v)
{
    const struct port_edit *s = v->state;
    return g_strdup_printf(_("Ports > %s > Edit"), s->port.id ? s->port.name : _("new"));
}

gboolean port_edit_restore(struct view *v, gint64 id, GError **error)
{
    struct port_edit *s = v->state;
    return editing_restore(&s->editing, id, error);
}

/* ---- saving ---- */

static gboolean take_form(struct port_edit *s, struct port *x, GError **error)
{
    port_init(x);
    field_copy_all(port_fields(), x, &s->port);
    x->id = s->port.id;
    x->row_version = s->port.row_version;
    if (!form_store(s->form, x, error))
        return FALSE;
    g_free(x->name);
    x->name = g_strdup(x->id ? s->port.name : form_text(s->form, "name"));
    port_fill_in(x);
    return TRUE;
}

static gboolean put(struct view *v, struct port *x, GError **error)
{
    struct port_edit *s = v->state;
    struct port stored = {0};
    g_auto(GStrv) warnings = NULL;
    if (!port_check(x, &warnings, error) || !ports_put(ui_db(v->ui), x, error) ||
        !ports_get(ui_db(v->ui), x->name, &stored, error))
        return FALSE;
    editing_saved(&s->editing);
    editing_take(&s->editing, &stored);
    if (warnings && warnings[0])
        ui_say(v->ui, _("Saved, but: %s."), warnings[0]);
    else
        ui_say(v->ui, _("Saved: %s."), s->port.name);
    return TRUE;
}

static gboolean save(struct view *v)
{
    struct port_edit *s = v->state;
    struct port x = {0};
    GError *error = NULL;
    gboolean ok = take_form(s, &x, &error) && put(v, &x, &error);
    if (!ok)
        editing_failed(&s->editing, error);
    port_clear(&x);
    ui_redraw(v->ui);
    return ok;
}

/* ---- keys ---- */

static void press(struct view *v)
{
    struct port_edit *s = v->state;
    if (strcmp(form_pressed(s->form)->key, "save") == 0)
        save(v);
    else
        editing_run_cancel(v);
}

/* The usual address of a role, as long as none was typed. */
static void follow(struct port_edit *s)
{
    struct port x = {0};
    if (s->port.id == 0 && !form_row_is_changed(s->form, "listen") &&
        !*form_text(s->form, "listen") && read_rows(s->form, &x)) {
        port_fill_in(&x);
        form_set_text(s->form, "listen", x.listen);
    }
    port_clear(&x);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct port_edit *s = v->state;
    switch (form_event(s->form, e)) {
    case FORM_PRESSED:
        press(v);
        return TRUE;
    case FORM_LEFT_ROW:
        follow(s);
        editing_save_draft(v);
        return TRUE;
    case FORM_IGNORED:
        return FALSE;
    default:
        return TRUE;
    }
}

static void draw(struct view *v, struct rect r)
{
    struct port_edit *s = v->state;
    form_draw(s->form, r, TRUE);
}

static const struct action actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("save what is typed"), N_("PORT"), "port set",
     NULL, editing_run_save},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL,
     editing_run_help},
    {"leave", TK_ESC, 0, N_("leave"), N_("back"), NULL, NULL, NULL, editing_run_cancel},
    {NULL},
};

const struct view_ops *port_edit_view(void)
{
    static const struct view_ops ops = {.name = "port",
                                        .state_size = sizeof(struct port_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title,
                                        .note = editing_note,
                                        .draw = draw,
                                        .hint = editing_hint,
                                        .letters_are_text = TRUE,
                                        .key = key,
                                        .actions = actions,
                                        .may_close = editing_may_close,
                                        .save_draft = editing_save_draft};
    return &ops;
}
