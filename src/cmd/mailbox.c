/*
 * crier mailbox: the records of mailboxes for bounces and unsubscribe requests. Reading one is
 * not for here.
 */
#include "config.h"

#include "cmd/handlers.h"

#include "app/shapes.h"
#include "base/error.h"
#include "base/i18n.h"
#include "cmd/password.h"
#include "store/mailboxes.h"

static const struct output_column columns[] = {
    {"name", N_("Name")},
    {"address", N_("Address")},
    {"protocol", N_("Protocol")},
    {"host", N_("Host")},
    {"security", N_("Security")},
    {"user", N_("User")},
    {"enabled", N_("Enabled")},
    {"problem", N_("Problem")},
    {"bounces_to", N_("Bounces go to"), OUTPUT_TEXT, TRUE},
    {"unsubscribe_to", N_("Unsubscribe requests go to"), OUTPUT_TEXT, TRUE},
    {"plain_host", N_("Plain host"), OUTPUT_TEXT, TRUE},
    {"password_command", N_("Password command"), OUTPUT_TEXT, TRUE},
    {"password_file", N_("Password file"), OUTPUT_TEXT, TRUE},
    {"auth", N_("Login by"), OUTPUT_TEXT, TRUE},
    {"token_command", N_("Token command"), OUTPUT_TEXT, TRUE},
    {"ca_file", N_("CA file"), OUTPUT_TEXT, TRUE},
    {"folder", N_("Folder"), OUTPUT_TEXT, TRUE},
    {"forward_replies", N_("Passes answers on"), OUTPUT_TEXT, TRUE},
    {"after_read", N_("Once read"), OUTPUT_TEXT, TRUE},
    {"move_to", N_("Moved to"), OUTPUT_TEXT, TRUE},
    {"poll", N_("Looked into every"), OUTPUT_TEXT, TRUE},
    {NULL},
};

static void put_mailbox(struct json_writer *w, const void *record, void *db)
{
    const struct mailbox *m = record;
    g_autofree char *problem = mailboxes_get_problem(db, m->id);
    shape_mailbox(w, m, problem);
}

int cmd_mailbox_list(struct cmd_context *c)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) all = mailboxes_all(c->db, &error);
    return cmd_put_list(c, columns, all, put_mailbox, c->db, error);
}

int cmd_mailbox_show(struct cmd_context *c)
{
    GError *error = NULL;
    struct mailbox m;
    if (!mailboxes_get(c->db, cmd_word(c, 0), &m, &error))
        return cmd_fail(error);
    cmd_put_record(c, columns, &m, put_mailbox, c->db);
    mailbox_clear(&m);
    return 0;
}

static gboolean check_told(const struct cmd_context *c, const struct mailbox *m, guint n,
                           GError **error)
{
    if (n > 0 || cmd_has(c, "ask-password"))
        return TRUE;
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                m->id == 0
                    ? _("mailbox %s: a new mailbox needs its address, host and user, as in "
                        "--address bounce@bounce.example.org --host imap.example.org --user "
                        "bounce")
                    : _("mailbox %s: nothing to set: name what it is to have, as in --host "
                        "imap.example.org"),
                m->name);
    return FALSE;
}

/* Sets what the command line says, checks the whole and stores it. */
static gboolean change_and_put(struct cmd_context *c, struct mailbox *m, GError **error)
{
    guint n = 0;
    if (!cmd_set_fields(c, m, &n, error) || !check_told(c, m, n, error))
        return FALSE;
    if (m->token_command && *m->token_command && m->auth == SERVER_AUTH_PASSWORD &&
        !cmd_has(c, "auth"))
        m->auth = SERVER_AUTH_XOAUTH2;
    cmd_make_absolute(&m->password_file);
    cmd_make_absolute(&m->ca_file);
    struct password_place place = {.kind = "mailbox",
                                   .name = m->name,
                                   .user = m->user,
                                   .host = m->host,
                                   .file = &m->password_file,
                                   .command = &m->password_command,
                                   .token_command = m->token_command,
                                   .auth = m->auth};
    if (!field_check_required(mailbox_fields(), m, error) || !password_take(c, &place, error) ||
        !mailbox_check(m, error)) {
        g_prefix_error(error, _("mailbox %s: "), m->name);
        return cmd_wrong_usage(error);
    }
    if (!mailboxes_put(c->db, m, error)) {
        g_prefix_error(error, _("mailbox %s: "), m->name);
        return FALSE;
    }
    g_autofree char *warning = mailbox_warning(m);
    if (warning)
        cmd_warn(_("mailbox %s: %s"), m->name, warning);
    return TRUE;
}

int cmd_mailbox_add(struct cmd_context *c)
{
    GError *error = NULL;
    const char *name = cmd_word(c, 0);
    struct mailbox m;
    if (!cmd_check_new_name(name, &error))
        return cmd_fail(error);
    if (mailboxes_get(c->db, name, &m, NULL)) {
        mailbox_clear(&m);
        return cmd_fail(g_error_new(CRIER_ERROR, CRIER_ERROR_EXISTS,
                                    _("mailbox %s: it is there already. crier mailbox set %s "
                                      "changes it"),
                                    name, name));
    }
    mailbox_init(&m);
    m.name = g_strdup(name);
    gboolean ok = change_and_put(c, &m, &error);
    g_autofree char *bounces = ok ? mailbox_tagged(m.address, "TOKEN") : NULL;
    mailbox_clear(&m);
    if (!ok)
        return cmd_fail(error);
    cmd_say(
        _("Mailbox %s is there. Bounces go to %s: look that mail with any such + part comes "
          "into it. A campaign uses it by its key: mailbox = \"%s\"."),
        name, bounces, name);
    return 0;
}

int cmd_mailbox_set(struct cmd_context *c)
{
    GError *error = NULL;
    struct mailbox m;
    if (!mailboxes_get(c->db, cmd_word(c, 0), &m, &error))
        return cmd_fail(error);
    gboolean ok = change_and_put(c, &m, &error);
    mailbox_clear(&m);
    return ok ? 0 : cmd_fail(error);
}

int cmd_mailbox_delete(struct cmd_context *c)
{
    GError *error = NULL;
    if (!mailboxes_delete(c->db, cmd_word(c, 0), &error))
        return cmd_fail(error);
    cmd_say(
        _("Mailbox %s is deleted. For 30 days crier undo or crier bin restore brings it back."),
        cmd_word(c, 0));
    return 0;
}
