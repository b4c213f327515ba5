/*
 * What the setup asks for, step by step, and how each answer is stored. Walking through it is
 * wizard.c's.
 */
#include "config.h"

#include <string.h>

#include "app/secret.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/mailaddr.h"
#include "model/preset.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/servers.h"
#include "tui/campaign_edit_private.h"
#include "tui/prefs.h"
#include "tui/wizard_private.h"

#define PREFS "setup"
#define TEST_PREFS "test" /* where a test send keeps its addresses */
#define SERVER_NAME "main"
#define MAILBOX_NAME "bounces"
#define LIST_NAME "myself"

/* ---- the person ---- */

#define AT(member) offsetof(struct wizard_you, member)
static const struct field you_table[] = {
    {.key = "organisation",
     .type = FIELD_LINE,
     .offset = AT(organisation),
     .max = 200,
     .help = N_("who sends: an association, a firm, yourself")},
    {.key = "name",
     .type = FIELD_LINE,
     .offset = AT(name),
     .max = 200,
     .help = N_("the name that people see as the sender; empty: the organisation")},
    {.key = "address",
     .type = FIELD_MAILBOX,
     .offset = AT(address),
     .flags = FIELD_REQUIRED,
     .help = N_("your own mail address: mail is sent from it, and a first one to it")},
    {.key = NULL},
};

static const struct field *you_fields(void)
{
    return you_table;
}

static void *you_record(struct wizard *s)
{
    return &s->you;
}

static gboolean you_store(struct wizard *s, struct form *f, GError **error)
{
    struct settings all = {0};
    struct db *db = ui_db(s->view->ui);
    if (!form_store(f, &s->you, error) || !settings_load(db, &all, error))
        return FALSE;
    g_free(all.organisation);
    all.organisation = g_strdup(s->you.organisation);
    gboolean ok = settings_put(db, &all, error) &&
                  prefs_set(PREFS, "name", s->you.name, error) &&
                  prefs_set(PREFS, "address", s->you.address, error);
    settings_clear(&all);
    g_autofree char *before = prefs_get(TEST_PREFS, "to");
    return ok && (before || prefs_set(TEST_PREFS, "to", s->you.address, error));
}

char *wizard_from(const struct wizard *s)
{
    const struct wizard_you *y = &s->you;
    const char *name = y->name && *y->name ? y->name : y->organisation;
    if (!y->address || !*y->address)
        return NULL;
    if (!name || !*name)
        return g_strdup(y->address);
    return strpbrk(name, "\"\\") ? g_strdup(y->address)
           : strpbrk(name, "()<>[]:;@,.") ? g_strdup_printf("\"%s\" <%s>", name, y->address)
                                          : g_strdup_printf("%s <%s>", name, y->address);
}

/* ---- the server ---- */

/* Domains whose name is not the provider's. */
static const struct {
    const char *domain, *preset;
} domains[] = {
    {"googlemail.com", "gmail"}, {"hotmail.com", "outlook"}, {"live.com", "outlook"},
    {"msn.com", "outlook"},      {"me.com", "icloud"},       {"mac.com", "icloud"},
    {"ymail.com", "yahoo"},
};

static const char *preset_of_address(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    if (!at)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(domains); i++)
        if (g_ascii_strcasecmp(at + 1, domains[i].domain) == 0)
            return domains[i].preset;
    g_autofree char *label = g_strndup(at + 1, strcspn(at + 1, "."));
    for (const struct preset *p = presets_all(); p->name; p++)
        if (g_ascii_strcasecmp(p->name, label) == 0)
            return p->name;
    return NULL;
}

void wizard_apply_preset(struct form *f, const char *name)
{
    static const char *const filled[] = {"host", "security"};
    const struct preset *p = name && *name ? preset_find(name, NULL) : NULL;
    struct server x = {0};
    if (!p)
        return;
    server_init(&x);
    preset_apply(p, &x);
    for (gsize i = 0; i < G_N_ELEMENTS(filled); i++) {
        const struct field *field = field_find(server_fields(), filled[i]);
        g_autofree char *value = field_get(field, &x);
        if (*value)
            form_set_text(f, filled[i], value);
    }
    if (p->user)
        form_set_text(f, "user", p->user);
    server_clear(&x);
}

static void *server_record(struct wizard *s)
{
    return &s->server;
}

static void server_fill(struct wizard *s, struct form *f)
{
    const char *preset = preset_of_address(s->you.address);
    if (s->server.id != 0)
        return;
    if (s->you.address)
        form_set_text(f, "user", s->you.address);
    if (preset) {
        form_set_text(f, "preset", preset);
        wizard_apply_preset(f, preset);
    }
}

/* Without encryption, beyond this machine. */
static gboolean does_go_plain(const struct form *f)
{
    struct hostport at = {0};
    gboolean is_here = hostport_parse(form_text(f, "host"), HOSTPORT_PEER, &at, NULL) &&
                       hostport_is_loopback(at.host);
    hostport_clear(&at);
    return !is_here && strcmp(form_text(f, "security"), "none") == 0;
}

static gboolean server_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct wizard *s = data;
    if (!row->key)
        return TRUE;
    if (strcmp(row->key, "plain_host") == 0)
        return does_go_plain(f);
    if (strcmp(row->key, "password") == 0)
        return *form_text(f, "user") != '\0';
    if (strcmp(row->key, "preset") == 0)
        return s->server.id == 0;
    return TRUE;
}

/* What a preset knows beside what is on the screen. */
static void server_complete(struct server *x, const char *preset)
{
    const struct preset *p = *preset ? preset_find(preset, NULL) : NULL;
    struct server known = {0};
    if (!p)
        return;
    server_init(&known);
    preset_apply(p, &known);
    x->connections = known.connections;
    x->per_second = known.per_second;
    x->per_day = known.per_day;
    x->envelope = known.envelope;
    server_clear(&known);
}

/* The password goes into a file that only its owner can read; the record names it. */
static gboolean keep_password(struct wizard *s, struct form *f, const char *kind,
                              const char *name, char **path, GError **error)
{
    const char *password = form_text(f, "password");
    if (!*form_text(f, "user")) {
        g_free(*path);
        *path = g_strdup("");
        return TRUE;
    }
    if (*password) {
        char *stored = secret_store(ui_workspace(s->view->ui), kind, name, password, error);
        if (!stored)
            return FALSE;
        g_free(*path);
        *path = stored;
        return TRUE;
    }
    if (*path && **path)
        return TRUE;
    form_set_problem(f, "password", _("Type the password, or empty the user."));
    form_focus(f, "password");
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("A user needs a password: type it, or empty the user."));
    return FALSE;
}

static gboolean server_store(struct wizard *s, struct form *f, GError **error)
{
    struct db *db = ui_db(s->view->ui);
    struct server x = {0}, stored = {0};
    g_autofree char *warning = NULL;
    server_init(&x);
    field_copy_all(server_fields(), &x, &s->server);
    x.id = s->server.id;
    x.row_version = s->server.row_version;
    g_free(x.name);
    x.name = g_strdup(s->server.id ? s->server.name : SERVER_NAME);
    if (s->server.id == 0)
        server_complete(&x, form_text(f, "preset"));
    gboolean ok = form_store(f, &x, error) &&
                  keep_password(s, f, NULL, x.name, &x.password_file, error) &&
                  server_check(&x, &warning, error) && servers_put(db, &x, error) &&
                  servers_get(db, x.name, &stored, error);
    if (ok) {
        server_clear(&s->server);
        s->server = stored;
        form_set_saved(f);
    }
    if (ok && warning)
        ui_say(s->view->ui, "%s", warning);
    server_clear(&x);
    return ok;
}

/* ---- the mailbox ---- */

static void *mailbox_record(struct wizard *s)
{
    return &s->mailbox;
}

static gboolean mailbox_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    return !row->key || strcmp(row->key, "plain_host") != 0 || does_go_plain(f);
}

static gboolean mailbox_store(struct wizard *s, struct form *f, GError **error)
{
    struct db *db = ui_db(s->view->ui);
    struct mailbox m = {0}, stored = {0};
    mailbox_init(&m);
    field_copy_all(mailbox_fields(), &m, &s->mailbox);
    m.id = s->mailbox.id;
    m.row_version = s->mailbox.row_version;
    g_free(m.name);
    m.name = g_strdup(s->mailbox.id ? s->mailbox.name : MAILBOX_NAME);
    gboolean ok = form_store(f, &m, error) &&
                  keep_password(s, f, "mailbox", m.name, &m.password_file, error) &&
                  mailbox_check(&m, error) && mailboxes_put(db, &m, error) &&
                  mailboxes_get(db, m.name, &stored, error);
    if (ok) {
        mailbox_clear(&s->mailbox);
        s->mailbox = stored;
        form_set_saved(f);
    }
    mailbox_clear(&m);
    return ok;
}

/* ---- the first mail ---- */

static void *campaign_record(struct wizard *s)
{
    return &s->campaign;
}

static void mail_fill(struct wizard *s, struct form *f)
{
    if (s->campaign.id != 0)
        return;
    form_set_text(f, "subject", _("It works, {{first_name|friend}}"));
    form_set_text(f, "markdown",
                  _("Dear {{first_name|friend}},\n\nthis is the first mail from here. Names "
                    "between **double braces** are filled in for each person.\n\nKind regards\n"));
}

/* A list with the person's own address on it, to try things with. */
static gboolean make_list(struct wizard *s, GError **error)
{
    struct db *db = ui_db(s->view->ui);
    struct list list = {0};
    struct person p = {0}, there = {0};
    struct mailaddr a;
    const struct consent consent = {.text = _("my own address"),
                                    .source = "crier setup",
                                    .at_us = clock_wall_us()};
    gint64 list_id = 0;
    if (!mailaddr_parse(s->you.address, &a, error))
        return FALSE;
    p.address = mailaddr_format(&a);
    p.address_key = mailaddr_key(&a);
    p.domain = g_strdup(a.domain);
    mailaddr_clear(&a);
    g_autofree char *first = g_strndup(s->you.name, strcspn(s->you.name, " "));
    struct json *fields = json_new_object();
    if (*first)
        json_set_string(fields, "first_name", first);
    p.fields_json = json_dump(fields);
    json_unref(fields);
    gboolean ok = TRUE;
    if (list_get(db, LIST_NAME, &list, NULL))
        list_id = list.id;
    else
        ok = list_new(db, LIST_NAME, _("Myself"), &list_id, error);
    if (ok && people_get(db, p.address_key, &there, NULL))
        p.id = there.id;
    else
        ok = ok && people_put(db, &p, error);
    ok = ok && membership_add(db, list_id, p.id, &consent, error);
    list_clear(&list);
    person_clear(&p);
    person_clear(&there);
    return ok;
}

static gboolean mail_store(struct wizard *s, struct form *f, GError **error)
{
    struct db *db = ui_db(s->view->ui);
    struct campaign c = {0}, stored = {0};
    g_autofree char *from = wizard_from(s);
    if (!from) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("Your own address is missing: step 2 asks for it."));
        return FALSE;
    }
    campaign_init(&c);
    field_copy_all(campaign_fields(), &c, &s->campaign);
    c.id = s->campaign.id;
    c.row_version = s->campaign.row_version;
    c.name = s->campaign.id ? g_strdup(s->campaign.name) : campaign_edit_slug(db, _("First mail"));
    gboolean ok = form_store(f, &c, error);
    g_free(c.from);
    c.from = g_steal_pointer(&from);
    const struct {
        const char *key, *value;
    } set[] = {{"title", s->campaign.id ? c.title : _("First mail")},
               {"lists", LIST_NAME},
               {"server", s->server.id ? s->server.name : ""},
               {"mailbox", s->mailbox.id ? s->mailbox.name : ""}};
    for (gsize i = 0; ok && i < G_N_ELEMENTS(set); i++) {
        g_autofree char *value = g_strdup(set[i].value);
        ok = field_set_key(campaign_fields(), &c, set[i].key, value, error);
    }
    ok = ok && make_list(s, error) && campaigns_put(db, &c, NULL, error) &&
         campaigns_get(db, c.name, &stored, error);
    if (ok) {
        campaign_clear(&s->campaign);
        s->campaign = stored;
        form_set_saved(f);
    }
    campaign_clear(&c);
    return ok;
}

/* ---- rows ---- */

#define NAVIGATION                                                                             \
    {FORM_BUTTON, "back", N_("Back"), N_("the step before")},                                  \
        {FORM_BUTTON, "skip", N_("Skip"), N_("go on without this step; :setup comes back to it")}, \
        {FORM_BUTTON, "next", N_("Next"), N_("keep what is typed and go on")}

static const struct form_row welcome_rows[] = {
    {FORM_NOTE, "welcome", NULL,
     .beside = N_("crier writes one message to many people, each with their own name in it, and "
                  "keeps count of what became of every single one.\n\n"
                  "Setting it up takes a few minutes. It asks who you are and which server takes "
                  "your mail, tries the server at once, and ends with a mail to yourself. "
                  "Every step can be skipped, and nothing goes to anybody but you.\n\n"
                  "Only want to look? Leave by Esc and type :demo - made-up people and a server "
                  "that delivers nothing.")},
    {FORM_BUTTON, "next", N_("Begin"), N_("to the first question")},
    {FORM_BUTTON, "leave", N_("Not now"), N_("leave; :setup comes back")},
    {FORM_END},
};

static const struct form_row you_rows[] = {
    {FORM_LINE, "organisation", N_("Organisation")},
    {FORM_LINE, "name", N_("Sender's name")},
    {FORM_LINE, "address", N_("Your address")},
    NAVIGATION,
    {FORM_END},
};

static const struct form_row server_rows[] = {
    {FORM_PICK, "preset", N_("Provider"),
     N_("fills in what is known of a provider; Enter shows the list")},
    {FORM_LINE, "host", N_("Host"), N_("smtp.example.org, or smtp.example.org:587"),
     .beside = N_("usual: 587, 465, 25")},
    {FORM_CHOICE, "security", N_("Encryption")},
    {FORM_LINE, "plain_host", N_("Host again"),
     N_("only beyond this machine: type the host once more, as everybody on the way can read "
        "the mail"),
     .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "user", N_("User"), N_("login name; empty for no login")},
    {FORM_SECRET, "password", N_("Password"),
     N_("kept in a file that only you can read; ^T shows it")},
    {FORM_NOTE, "quirk"},
    {FORM_BUTTON, "test", N_("Test"), N_("keep it, and talk to the server; no mail is sent")},
    NAVIGATION,
    {FORM_END},
};

static const struct form_row mailbox_rows[] = {
    {FORM_NOTE, "bounces", NULL,
     .beside = N_("A mailbox of its own catches what comes back: bounces and requests to leave. "
                  "The worker reads it: whose address is dead, who complains or wants no more, is "
                  "not mailed again. No web server is needed. Skip it if you have none.")},
    {FORM_LINE, "address", N_("Its address"), .flags = 0},
    {FORM_CHOICE, "protocol", N_("Read by")},
    {FORM_LINE, "host", N_("Host"), N_("imap.example.org, or imap.example.org:993")},
    {FORM_CHOICE, "security", N_("Encryption")},
    {FORM_LINE, "plain_host", N_("Host again"),
     N_("only beyond this machine: type the host once more"), .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "user", N_("User")},
    {FORM_SECRET, "password", N_("Password"),
     N_("kept in a file that only you can read; ^T shows it")},
    NAVIGATION,
    {FORM_END},
};

static const struct form_row mail_rows[] = {
    {FORM_LINE, "subject", N_("Subject")},
    {FORM_TEXT, "markdown", N_("Text"), N_("the message: Enter to write it")},
    {FORM_NOTE, "mail"},
    {FORM_BUTTON, "send", N_("Send it to me"), N_("keep it as a draft and send you a copy")},
    NAVIGATION,
    {FORM_END},
};

static const struct form_row done_rows[] = {
    {FORM_NOTE, "done"},
    {FORM_BUTTON, "back", N_("Back"), N_("the step before")},
    {FORM_BUTTON, "finish", N_("Finish"), N_("to the first screen")},
    {FORM_END},
};

static const struct wizard_page pages[WIZARD_STEP_COUNT] = {
    [WIZARD_WELCOME] = {N_("Welcome"), N_("Welcome."), welcome_rows},
    [WIZARD_YOU] = {N_("You"), N_("Who sends?"), you_rows, you_fields, you_record,
                    .key = "address", .store = you_store},
    [WIZARD_SERVER] = {N_("Outgoing mail"), N_("Which server takes your mail?"), server_rows,
                       server_fields, server_record, server_fill, "host", server_store,
                       server_is_shown},
    [WIZARD_BOUNCES] = {N_("Bounces"), N_("Where does undeliverable mail come back to?"),
                        mailbox_rows, mailbox_fields, mailbox_record, NULL, "address",
                        mailbox_store, mailbox_is_shown},
    [WIZARD_MAIL] = {N_("First mail"), N_("A first mail, to yourself."), mail_rows,
                     campaign_fields, campaign_record, mail_fill, "subject", mail_store},
    [WIZARD_DONE] = {N_("Done"), N_("That is all."), done_rows},
};

const struct wizard_page *wizard_page(enum wizard_step step)
{
    return &pages[step];
}

/* ---- what the rows say ---- */

char **wizard_options(const struct form *f, const struct form_row *row, void *data,
                      GError **error)
{
    GPtrArray *out = g_ptr_array_new();
    for (const struct preset *p = presets_all(); p->name; p++)
        g_ptr_array_add(out, g_strdup(p->name));
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}

static char *quirk_note(const struct form *f)
{
    const char *preset = form_text(f, "preset");
    const struct preset *p = *preset ? preset_find(preset, NULL) : NULL;
    if (p && p->auth != SERVER_AUTH_PASSWORD)
        return g_strdup_printf(_("%s: %s. Skip this step then, and add it on the screen Servers, "
                                 "which knows tokens."),
                               p->title, _(p->quirk));
    if (p && p->quirk)
        return g_strdup_printf("%s: %s", p->title, _(p->quirk));
    return g_strdup(_("Not sure? Your provider calls this \"outgoing mail\", \"SMTP\" or "
                      "\"submission\". Port 587 is right for most; port 25 is often blocked."));
}

static char *mail_note(const struct wizard *s)
{
    g_autofree char *from = wizard_from(s);
    if (!from)
        return g_strdup(_("Your own address is missing: step 2 asks for it."));
    if (s->server.id == 0)
        return g_strdup_printf(_("From %s. It becomes a draft; sending it waits for a server: "
                                 "step 3."),
                               from);
    return g_strdup_printf(_("From %s, to yourself only, by %s. It becomes a draft with a list "
                             "\"%s\" that has only you on it."),
                           from, s->server.name, LIST_NAME);
}

static void line(GString *text, const char *label, const char *value)
{
    g_string_append_printf(text, "%s: %s\n", label, value);
}

static char *done_note(const struct wizard *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *from = wizard_from(s);
    line(text, _("Sender"), from ? from : _("not set; every campaign asks for it"));
    line(text, _("Outgoing mail server"),
         s->server.id == 0 ? _("none yet; n on the screen Servers adds one")
         : s->was_tested   ? _("tested, it works")
                           : _("stored, but not seen to work; t on the screen Servers tests it"));
    line(text, _("Mailbox for bounces"),
         s->mailbox.id == 0 ? _("none yet; bounces come to the sender's address")
                            : _("stored; the worker reads it, t on the screen Mailboxes tests it"));
    line(text, _("First mail"),
         s->campaign.id == 0 ? _("none") : _("a draft on the screen Campaigns"));
    g_string_append(text, _("\nNext: on the screen People, i reads your addresses from a file. "
                            "On Campaigns, n writes a message and S sends it. ? on every screen "
                            "says what can be done there. :setup comes back here."));
    return g_strdup(text->str);
}

char *wizard_note(const struct form *f, const struct form_row *row, void *data)
{
    const struct wizard *s = data;
    if (strcmp(row->key, "quirk") == 0)
        return quirk_note(f);
    if (strcmp(row->key, "mail") == 0)
        return mail_note(s);
    if (strcmp(row->key, "done") == 0)
        return done_note(s);
    return NULL;
}

/* ---- records ---- */

void wizard_load(struct wizard *s)
{
    struct db *db = ui_db(s->view->ui);
    struct settings all = {0};
    field_init_all(you_table, &s->you);
    if (settings_load(db, &all, NULL)) {
        g_free(s->you.organisation);
        s->you.organisation = g_strdup(all.organisation);
    }
    settings_clear(&all);
    g_autofree char *name = prefs_get(PREFS, "name"), *address = prefs_get(PREFS, "address");
    if (name)
        field_set_key(you_table, &s->you, "name", name, NULL);
    if (address)
        field_set_key(you_table, &s->you, "address", address, NULL);
    if (!servers_get(db, SERVER_NAME, &s->server, NULL))
        server_init(&s->server);
    if (!mailboxes_get(db, MAILBOX_NAME, &s->mailbox, NULL))
        mailbox_init(&s->mailbox);
    campaign_init(&s->campaign);
}

void wizard_clear(struct wizard *s)
{
    for (int i = 0; i < WIZARD_STEP_COUNT; i++)
        if (s->forms[i])
            form_free(s->forms[i]);
    field_clear_all(you_table, &s->you);
    server_clear(&s->server);
    mailbox_clear(&s->mailbox);
    campaign_clear(&s->campaign);
    server_talk_clear(&s->talk);
}
