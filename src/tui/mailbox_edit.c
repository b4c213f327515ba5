/*
 * The editor of a mailbox. A password that is typed goes into a private file of the workspace;
 * the record only says where it is. Reading the mailbox is not for here.
 */
#include "config.h"

#include "tui/mailbox_edit.h"

#include <string.h>

#include "base/hostport.h"
#include "base/i18n.h"
#include "model/mailbox.h"
#include "store/mailboxes.h"
#include "tui/editing.h"
#include "tui/form.h"
#include "tui/login_rows.h"
#include "tui/server_talk.h"
#include "tui/ui.h"

struct mailbox_edit {
    struct editing editing;
    struct mailbox mailbox; /* owned; as it was read or last saved; id 0: new */
    struct form *form;      /* owned */
    struct server_talk talk;
};

/* ---- the form ---- */

static const struct field name_field = {
    .key = "name",
    .type = FIELD_SLUG,
    .offset = G_STRUCT_OFFSET(struct mailbox, name),
    .flags = FIELD_REQUIRED,
    .help = N_("short name: letters a-z, digits, - and _; campaigns name it"),
};

static const char *const protocol_words[] = {"IMAP", "POP3", NULL};

static const struct form_row rows[] = {
    {FORM_LINE, "name", N_("Name"), .field = &name_field, .cells = 40},
    {FORM_LINE, "address", N_("Its address")},
    {FORM_NOTE, "tagged"},
    {FORM_CHOICE, "protocol", N_("Read by"), .shown = protocol_words},
    {FORM_LINE, "host", N_("Host"), N_("imap.example.org, or imap.example.org:993"),
     .beside = N_("usual: 993 (IMAP), 995 (POP3)")},
    {FORM_CHOICE, "security", N_("Encryption")},
    {FORM_LINE, "plain_host", N_("Host again"),
     N_("type the host once more: without encryption everybody on the way can read the mail"),
     .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "user", N_("User"), N_("login name; often the whole address")},
    LOGIN_ROWS,
    {FORM_LINE, "folder", N_("Folder")},
    {FORM_CHOICE, "after_read", N_("Once read")},
    {FORM_LINE, "move_to", N_("Move to")},
    {FORM_LINE, "poll", N_("Look every"), .cells = 10},
    {FORM_LINE, "ca_file", N_("Certificates")},
    {FORM_BOOL, "forward_replies", N_("Answers"),
     .beside = N_("pass them on to the campaign's Reply-To")},
    {FORM_BOOL, "enabled", N_("In use"), .beside = N_("campaigns may use it")},
    {FORM_BUTTON, "save", N_("Save"), N_("save what is typed")},
    {FORM_BUTTON, "test", N_("Test"), N_("save, and talk to it; no mail is read")},
    {FORM_BUTTON, "cancel", N_("Cancel"), N_("back")},
    {FORM_END},
};

static gboolean is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct mailbox_edit *s = data;
    if (row->key && strcmp(row->key, "name") == 0)
        return s->mailbox.id == 0;
    if (row->key && strcmp(row->key, "folder") == 0)
        return strcmp(form_text(f, "protocol"), "imap") == 0;
    if (row->key && strcmp(row->key, "move_to") == 0)
        return strcmp(form_text(f, "after_read"), "move") == 0;
    return login_is_shown(f, row);
}

/* Where each source of a password is typed, and what is said while it is not. */
static const struct {
    const char *source, *row, *lack; /* the latter N_() */
} sources[] = {
    {"stored", "password", N_("A mailbox is not read without a password: type it.")},
    {"file", "password_file", N_("Name the file that the password is in.")},
    {"command", "password_command", N_("Name the command that prints the password.")},
    {"token", "token_command", N_("Name the command that prints the token.")},
};

static gboolean is_kept(const struct mailbox_edit *s, const char *source)
{
    return strcmp(source, "stored") == 0 && s->mailbox.password_file &&
           *s->mailbox.password_file &&
           strcmp(login_source(LOGIN_OF(&s->mailbox)), "stored") == 0;
}

static void check_password(struct mailbox_edit *s, struct form *f)
{
    const char *source = form_text(f, "source");
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        if (strcmp(source, sources[i].source) == 0 && *form_text(f, "user") &&
            !*form_text(f, sources[i].row) && !is_kept(s, source))
            form_set_problem(f, sources[i].row, _(sources[i].lack));
}

static void check(struct form *f, void *data)
{
    struct mailbox_edit *s = data;
    const char *name = form_text(f, "name"), *address = form_text(f, "address");
    g_autoptr(GError) error = NULL;
    struct mailbox there = {0};
    if (s->mailbox.id == 0 && *name &&
        mailboxes_get(ui_db(s->editing.view->ui), name, &there, NULL)) {
        form_set_problem(f, "name", _("There is a mailbox of this name already."));
        mailbox_clear(&there);
    }
    if (*address && !mailbox_check_address(address, &error))
        form_set_problem(f, "address", error->message);
    login_check_plain(f);
    check_password(s, f);
}

static char *note(const struct form *f, const struct form_row *row, void *data)
{
    const char *address = form_text(f, "address");
    g_autofree char *tagged =
        mailbox_check_address(address, NULL) ? mailbox_tagged(address, "TOKEN") : NULL;
    return tagged ? g_strdup_printf(_("Bounces come to %s: look that mail with any such + part "
                                      "comes into it."),
                                    tagged)
                  : g_strdup("");
}

/* What a port says of the protocol and the encryption. */
static const struct {
    guint16 port;
    const char *protocol, *security;
} usual_ports[] = {
    {993, "imap", "tls"},
    {143, "imap", "starttls"},
    {995, "pop3", "tls"},
    {110, "pop3", "starttls"},
};

/* ---- life ---- */

static void close_edit(struct view *v)
{
    struct mailbox_edit *s = v->state;
    if (s->form)
        form_free(s->form);
    server_talk_clear(&s->talk);
    mailbox_clear(&s->mailbox);
    editing_clear(&s->editing);
}

static void put_source(struct view *v)
{
    struct mailbox_edit *s = v->state;
    form_set_text(s->form, "source", login_source(LOGIN_OF(&s->mailbox)));
    form_set_saved(s->form);
}

static gboolean save(struct view *v);

static gboolean get(struct db *db, gint64 id, void *ret, GError **error)
{
    return mailboxes_get_id(db, id, ret, error);
}

static void clear(void *record)
{
    mailbox_clear(record);
}

static const struct editing_ops editing_ops = {.noun = "mailbox",
                                               .fields = mailbox_fields,
                                               EDITING_OF(struct mailbox),
                                               .get = get,
                                               .clear = clear,
                                               .save = save,
                                               .loaded = put_source};

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    struct mailbox_edit *s = v->state;
    if (arg && !mailboxes_get(ui_db(v->ui), arg, &s->mailbox, error))
        return FALSE;
    if (!arg)
        mailbox_init(&s->mailbox);
    server_talk_init(&s->talk, v->ui);
    s->form = form_new(&(struct form_setup){.rows = rows,
                                            .table = mailbox_fields(),
                                            .is_plain = ui_is_accessible(v->ui),
                                            .is_shown = is_shown,
                                            .check = check,
                                            .note = note,
                                            .data = s},
                       &s->mailbox);
    editing_init(&s->editing, v, s->form, &s->mailbox, &editing_ops);
    put_source(v);
    return TRUE;
}

static char *title(struct view *v)
{
    const struct mailbox_edit *s = v->state;
    return g_strdup_printf(_("Mailboxes > %s > Edit"),
                           s->mailbox.id ? s->mailbox.name : _("new"));
}

gboolean mailbox_edit_restore(struct view *v, gint64 id, GError **error)
{
    struct mailbox_edit *s = v->state;
    return editing_restore(&s->editing, id, error);
}

void mailbox_edit_propose(struct view *v, const char *host)
{
    struct mailbox_edit *s = v->state;
    struct hostport h;
    form_set_text(s->form, "host", host);
    if (!hostport_parse(host, HOSTPORT_PEER, &h, NULL))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(usual_ports); i++)
        if (h.port == usual_ports[i].port)
            form_set_text(s->form, "security", usual_ports[i].security);
    hostport_clear(&h);
}

void mailbox_edit_focus(struct view *v, const char *row)
{
    struct mailbox_edit *s = v->state;
    form_focus(s->form, row);
}

/* ---- saving ---- */

static gboolean take_form(struct view *v, struct mailbox *x, GError **error)
{
    struct mailbox_edit *s = v->state;
    mailbox_init(x);
    field_copy_all(mailbox_fields(), x, &s->mailbox);
    x->id = s->mailbox.id;
    x->row_version = s->mailbox.row_version;
    if (!form_store(s->form, x, error))
        return FALSE;
    g_free(x->name);
    x->name = g_strdup(x->id ? s->mailbox.name : form_text(s->form, "name"));
    x->auth = login_auth(s->form, x->auth);
    return login_keep_password(s->form, ui_workspace(v->ui), "mailbox", x->name,
                               s->mailbox.password_file, &x->password_file, error);
}

static gboolean put(struct view *v, struct mailbox *x, GError **error)
{
    struct mailbox_edit *s = v->state;
    struct mailbox stored = {0};
    if (!mailbox_check(x, error) || !mailboxes_put(ui_db(v->ui), x, error) ||
        !mailboxes_get(ui_db(v->ui), x->name, &stored, error))
        return FALSE;
    editing_saved(&s->editing);
    editing_take(&s->editing, &stored);
    ui_say(v->ui, _("Saved: %s."), s->mailbox.name);
    return TRUE;
}

static gboolean save(struct view *v)
{
    struct mailbox_edit *s = v->state;
    struct mailbox x = {0};
    GError *error = NULL;
    gboolean ok = take_form(v, &x, &error) && put(v, &x, &error);
    if (!ok)
        editing_failed(&s->editing, error);
    mailbox_clear(&x);
    ui_redraw(v->ui);
    return ok;
}

static gboolean may_close(struct view *v)
{
    struct mailbox_edit *s = v->state;
    return !server_talk_stop(&s->talk) && editing_may_close(v);
}

/* ---- keys ---- */

static void run_test(struct view *v)
{
    struct mailbox_edit *s = v->state;
    if ((s->mailbox.id && !editing_is_changed(&s->editing)) || save(v))
        server_talk_start_mailbox(&s->talk, s->mailbox.name);
}

static void press(struct view *v)
{
    struct mailbox_edit *s = v->state;
    const char *key = form_pressed(s->form)->key;
    if (strcmp(key, "save") == 0)
        save(v);
    else if (strcmp(key, "test") == 0)
        run_test(v);
    else
        editing_run_cancel(v);
}

/* Sets what was not chosen by hand. */
static void suggest(struct form *f, const char *key, const char *value)
{
    if (!form_row_is_changed(f, key))
        form_set_text(f, key, value);
}

/* What was typed lets guess other rows of a new mailbox; they are seen before it is saved. */
static void follow(struct view *v)
{
    struct mailbox_edit *s = v->state;
    const char *host = form_text(s->form, "host"), *address = form_text(s->form, "address");
    struct hostport h;
    if (s->mailbox.id != 0)
        return;
    if (*address && !form_problem(s->form, "address"))
        suggest(s->form, "user", address);
    if (!*host || !hostport_parse(host, HOSTPORT_PEER, &h, NULL))
        return;
    if (h.port == 0 && g_str_has_prefix(h.host, "pop"))
        suggest(s->form, "protocol", "pop3");
    for (gsize i = 0; i < G_N_ELEMENTS(usual_ports); i++)
        if (h.port == usual_ports[i].port) {
            suggest(s->form, "protocol", usual_ports[i].protocol);
            suggest(s->form, "security", usual_ports[i].security);
        }
    hostport_clear(&h);
}

static gboolean key(struct view *v, const struct term_event *e)
{
    struct mailbox_edit *s = v->state;
    switch (form_event(s->form, e)) {
    case FORM_PRESSED:
        press(v);
        return TRUE;
    case FORM_LEFT_ROW:
        follow(v);
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
    struct mailbox_edit *s = v->state;
    form_draw(s->form, server_talk_beside(&s->talk, r), TRUE);
}

static const struct action actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("save what is typed"), N_("MAILBOX"),
     "mailbox set", NULL, editing_run_save},
    /* Shown as F5: in the field of the password ^T shows it. */
    {"test", TK_F5, TK_CTRL('T'), N_("test"), N_("save, and talk to it; no mail is read"), NULL,
     "mailbox test", NULL, run_test},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL,
     editing_run_help},
    {"leave", TK_ESC, 0, N_("leave"), N_("stop a test, or back"), NULL, NULL, NULL,
     editing_run_cancel},
    {NULL},
};

const struct view_ops *mailbox_edit_view(void)
{
    static const struct view_ops ops = {.name = "mailbox",
                                        .state_size = sizeof(struct mailbox_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title,
                                        .note = editing_note,
                                        .draw = draw,
                                        .hint = editing_hint,
                                        .letters_are_text = TRUE,
                                        .key = key,
                                        .actions = actions,
                                        .may_close = may_close,
                                        .save_draft = editing_save_draft};
    return &ops;
}
