/*
 * The editor of a server. A password that is typed goes into a private file of the workspace;
 * the record only says where it is.
 */
#include "config.h"

#include "tui/server_edit.h"

#include <string.h>

#include "base/i18n.h"
#include "model/preset.h"
#include "store/servers.h"
#include "tui/dialog.h"
#include "tui/editing.h"
#include "tui/login_rows.h"
#include "tui/server_edit_private.h"
#include "tui/ui.h"

/* As the form has them. */
static const char *const security_names[SERVER_SECURITY_COUNT] = {
    [SERVER_TLS] = "tls", [SERVER_STARTTLS] = "starttls", [SERVER_NONE] = "none"};

/* ---- life ---- */

static void close_edit(struct view *v)
{
    struct server_edit *s = v->state;
    if (s->form)
        form_free(s->form);
    server_talk_clear(&s->talk);
    server_clear(&s->server);
    editing_clear(&s->editing);
}

static void put_source(struct view *v)
{
    struct server_edit *s = v->state;
    form_set_text(s->form, "source", login_source(LOGIN_OF(&s->server)));
    form_set_saved(s->form);
}

static gboolean save(struct view *v);

static gboolean get(struct db *db, gint64 id, void *ret, GError **error)
{
    return servers_get_id(db, id, ret, error);
}

static void clear(void *record)
{
    server_clear(record);
}

static const struct editing_ops editing_ops = {.noun = "server",
                                               .fields = server_fields,
                                               EDITING_OF(struct server),
                                               .get = get,
                                               .clear = clear,
                                               .save = save,
                                               .loaded = put_source};

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    struct server_edit *s = v->state;
    s->view = v;
    if (arg && !servers_get(ui_db(v->ui), arg, &s->server, error))
        return FALSE;
    if (!arg)
        server_init(&s->server);
    server_talk_init(&s->talk, v->ui);
    s->form = form_new(&(struct form_setup){.rows = server_edit_rows(),
                                            .table = server_fields(),
                                            .pages = server_edit_pages(),
                                            .is_plain = ui_is_accessible(v->ui),
                                            .is_shown = server_edit_is_shown,
                                            .options = server_edit_options,
                                            .check = server_edit_check,
                                            .note = server_edit_note,
                                            .data = s},
                       &s->server);
    put_source(v);
    editing_init(&s->editing, v, s->form, &s->server, &editing_ops);
    return TRUE;
}

static char *title_edit(struct view *v)
{
    const struct server_edit *s = v->state;
    return g_strdup_printf(_("Servers > %s > Edit"), s->server.id ? s->server.name : _("new"));
}

gboolean server_edit_restore(struct view *v, gint64 id, GError **error)
{
    struct server_edit *s = v->state;
    return editing_restore(&s->editing, id, error);
}


void server_edit_propose(struct view *v, const char *host)
{
    struct server_edit *s = v->state;
    form_set_text(s->form, "host", host);
    form_set_text(s->form, "security", security_names[server_security_for(host)]);
}

void server_edit_focus(struct view *v, const char *row)
{
    struct server_edit *s = v->state;
    form_focus(s->form, row);
}

/* ---- saving ---- */

static gboolean take_form(struct view *v, struct server *x, GError **error)
{
    struct server_edit *s = v->state;
    server_init(x);
    field_copy_all(server_fields(), x, &s->server);
    x->id = s->server.id;
    x->row_version = s->server.row_version;
    if (!form_store(s->form, x, error))
        return FALSE;
    g_free(x->name);
    x->name = g_strdup(x->id ? s->server.name : form_text(s->form, "name"));
    x->auth = login_auth(s->form, x->auth);
    return login_keep_password(s->form, ui_workspace(v->ui), NULL, x->name,
                               s->server.password_file, &x->password_file, error);
}

static gboolean put(struct view *v, struct server *x, GError **error)
{
    struct server_edit *s = v->state;
    struct server stored = {0};
    g_autofree char *warning = NULL;
    if (!server_check(x, &warning, error) || !servers_put(ui_db(v->ui), x, error) ||
        !servers_get(ui_db(v->ui), x->name, &stored, error))
        return FALSE;
    editing_saved(&s->editing);
    editing_take(&s->editing, &stored);
    if (warning)
        ui_say(v->ui, "%s", warning);
    else
        ui_say(v->ui, _("Saved: %s."), s->server.name);
    return TRUE;
}

static gboolean save(struct view *v)
{
    struct server_edit *s = v->state;
    struct server x = {0};
    GError *error = NULL;
    gboolean ok = take_form(v, &x, &error) && put(v, &x, &error);
    if (!ok)
        editing_failed(&s->editing, error);
    server_clear(&x);
    ui_redraw(v->ui);
    return ok;
}

static gboolean may_close(struct view *v)
{
    struct server_edit *s = v->state;
    return !server_talk_stop(&s->talk) && editing_may_close(v);
}

/* ---- keys ---- */

static void run_test(struct view *v)
{
    struct server_edit *s = v->state;
    if ((s->server.id && !editing_is_changed(&s->editing)) || save(v))
        server_talk_start(&s->talk, s->server.name, NULL);
}

static void press(struct view *v)
{
    struct server_edit *s = v->state;
    const char *key = form_pressed(s->form)->key;
    if (strcmp(key, "save") == 0)
        save(v);
    else if (strcmp(key, "test") == 0)
        run_test(v);
    else
        editing_run_cancel(v);
}

/* A provider was chosen: what is known of it fills the form. */
static void apply_preset(struct view *v)
{
    static const char *const filled[] = {"host",        "security",   "auth",    "envelope",
                                         "connections", "per_second", "per_day", "user"};
    struct server_edit *s = v->state;
    const char *name = form_text(s->form, "preset");
    const struct preset *p = *name ? preset_find(name, NULL) : NULL;
    struct server x = {0};
    if (!p || !form_focused(s->form) || strcmp(form_focused(s->form)->key, "preset") != 0)
        return;
    server_init(&x);
    preset_apply(p, &x);
    for (gsize i = 0; i < G_N_ELEMENTS(filled); i++) {
        const struct field *f = field_find(server_fields(), filled[i]);
        g_autofree char *value = field_get(f, &x);
        if (*value)
            form_set_text(s->form, filled[i], value);
    }
    if (!*form_text(s->form, "name"))
        form_set_text(s->form, "name", p->name);
    server_clear(&x);
}

/* The encryption that fits a port that was typed. */
static void follow_port(struct view *v)
{
    struct server_edit *s = v->state;
    const char *host = form_text(s->form, "host");
    if (s->server.id == 0 && *host && !form_row_is_changed(s->form, "security"))
        form_set_text(s->form, "security", security_names[server_security_for(host)]);
}

static gboolean key_edit(struct view *v, const struct term_event *e)
{
    struct server_edit *s = v->state;
    switch (form_event(s->form, e)) {
    case FORM_PRESSED:
        press(v);
        return TRUE;
    case FORM_CHANGED:
        apply_preset(v);
        return TRUE;
    case FORM_LEFT_ROW:
        follow_port(v);
        editing_save_draft(v);
        return TRUE;
    case FORM_IGNORED:
        return FALSE;
    default:
        return TRUE;
    }
}

static void draw_edit(struct view *v, struct rect r)
{
    struct server_edit *s = v->state;
    form_draw(s->form, server_talk_beside(&s->talk, r), TRUE);
}

static const struct action actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("save what is typed"), N_("SERVER"),
     "server set", NULL, editing_run_save},
    /* Shown as F5: in the field of the password ^T shows it. */
    {"test", TK_F5, TK_CTRL('T'), N_("test"), N_("save, and talk to it; no mail is sent"), NULL,
     "server test", NULL, run_test},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL,
     editing_run_help},
    {"leave", TK_ESC, 0, N_("leave"), N_("stop a test, or back"), NULL, NULL, NULL,
     editing_run_cancel},
    {NULL},
};

const struct view_ops *server_edit_view(void)
{
    static const struct view_ops ops = {.name = "server",
                                        .state_size = sizeof(struct server_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title_edit,
                                        .note = editing_note,
                                        .draw = draw_edit,
                                        .hint = editing_hint,
                                        .letters_are_text = TRUE,
                                        .key = key_edit,
                                        .actions = actions,
                                        .may_close = may_close,
                                        .save_draft = editing_save_draft};
    return &ops;
}
