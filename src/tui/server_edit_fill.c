/*
 * What the server's form asks for: its rows, which of them are there, the presets.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "model/preset.h"
#include "store/servers.h"
#include "tui/server_edit_private.h"
#include "tui/ui.h"

enum { PAGE_SERVER, PAGE_LIMITS, PAGE_MORE };

static const struct field name_field = {
    .key = "name",
    .type = FIELD_SLUG,
    .offset = G_STRUCT_OFFSET(struct server, name),
    .flags = FIELD_REQUIRED,
    .help = N_("short name: letters a-z, digits, - and _; campaigns name it"),
};

static const char *const sources[] = {"stored", "file", "command", "token", NULL};
static const char *const source_words[] = {N_("typed here"), N_("a file"), N_("a command"),
                                           N_("a token command"), NULL};

static const struct form_row rows[] = {
    {FORM_LINE, "name", N_("Name"), .field = &name_field, .cells = 40},
    {FORM_PICK, "preset", N_("Provider"),
     N_("fills in what is known of a provider; Enter shows the list")},
    {FORM_LINE, "host", N_("Host"), N_("smtp.example.org, or smtp.example.org:587"),
     .beside = N_("usual: 587, 465, 25")},
    {FORM_CHOICE, "security", N_("Encryption")},
    {FORM_LINE, "plain_host", N_("Host again"),
     N_("type the host once more: without encryption everybody on the way can read the mail"),
     .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "user", N_("User"), N_("login name; empty for no login")},
    {FORM_CHOICE, "source", N_("Password from"),
     N_("typed here: kept in a file that only you can read"), .words = sources,
     .shown = source_words},
    {FORM_SECRET, "password", N_("Password"), N_("^T shows it; empty keeps the one there is")},
    {FORM_LINE, "password_file", N_("Its file"), .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "password_command", N_("Its command"), .flags = FORM_EMPTY_HIDDEN},
    {FORM_LINE, "token_command", N_("Its command"), .flags = FORM_EMPTY_HIDDEN},
    {FORM_CHOICE, "auth", N_("Kind of token")},
    {FORM_NOTE, "quirk"},

    {FORM_LINE, "connections", N_("Connections"), .cells = 10, .page = PAGE_LIMITS},
    {FORM_LINE, "per_second", N_("A second"), .cells = 10, .page = PAGE_LIMITS},
    {FORM_LINE, "per_hour", N_("An hour"), .cells = 10, .page = PAGE_LIMITS},
    {FORM_LINE, "per_day", N_("A day"), .cells = 10, .page = PAGE_LIMITS},
    {FORM_LINE, "warm_up", N_("Warm-up"),
     N_("first day, then each day's most: 2026-12-01 50 100 200"), .page = PAGE_LIMITS},
    {FORM_LINE, "messages_per_connection", N_("A connection"), .cells = 10,
     .page = PAGE_LIMITS},
    {FORM_LINE, "window", N_("In flight"), .cells = 10, .page = PAGE_LIMITS},
    {FORM_LINE, "reply_timeout", N_("Wait for reply"), .cells = 10, .page = PAGE_LIMITS},

    {FORM_BOOL, "enabled", N_("In use"), .beside = N_("campaigns may use it"),
     .page = PAGE_MORE},
    {FORM_LINE, "hello", N_("EHLO name"), .page = PAGE_MORE},
    {FORM_LINE, "ca_file", N_("Certificates"), .page = PAGE_MORE},
    {FORM_CHOICE, "envelope", N_("Envelope sender"), .page = PAGE_MORE},

    {FORM_BUTTON, "save", N_("Save"), N_("save what is typed"), .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "test", N_("Test"), N_("save, and talk to it; no mail is sent"),
     .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "cancel", N_("Cancel"), N_("back"), .page = FORM_ALL_PAGES},
    {FORM_END},
};

const struct form_row *server_edit_rows(void)
{
    return rows;
}

const char *const *server_edit_pages(void)
{
    static const char *const pages[] = {N_("Server"), N_("Limits"), N_("More"), NULL};
    return pages;
}

static gboolean is_set(const char *text)
{
    return text && *text;
}

const char *server_edit_source(const struct server *s)
{
    return is_set(s->token_command)      ? "token"
           : is_set(s->password_command) ? "command"
           : is_set(s->password_file) && !strstr(s->password_file, "/secrets/") ? "file"
                                                                                : "stored";
}

/* What is asked for only where another row says so. */
static const struct {
    const char *key, *of, *is;
} shown_when[] = {
    {"password", "source", "stored"},
    {"password_file", "source", "file"},
    {"password_command", "source", "command"},
    {"token_command", "source", "token"},
    {"auth", "source", "token"},
    {"plain_host", "security", "none"},
};

gboolean server_edit_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct server_edit *s = data;
    if (!row->key)
        return TRUE;
    if (strcmp(row->key, "name") == 0 || strcmp(row->key, "preset") == 0)
        return s->server.id == 0;
    if (strcmp(row->key, "source") == 0)
        return *form_text(f, "user") != '\0';
    for (gsize i = 0; i < G_N_ELEMENTS(shown_when); i++)
        if (strcmp(row->key, shown_when[i].key) == 0)
            return strcmp(form_text(f, shown_when[i].of), shown_when[i].is) == 0 &&
                   (strcmp(shown_when[i].of, "source") != 0 || *form_text(f, "user") != '\0');
    return TRUE;
}

char **server_edit_options(const struct form *f, const struct form_row *row, void *data,
                           GError **error)
{
    GPtrArray *out = g_ptr_array_new();
    for (const struct preset *p = presets_all(); p->name; p++)
        g_ptr_array_add(out, g_strdup(p->name));
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}

void server_edit_check(struct form *f, void *data)
{
    const struct server_edit *s = data;
    const char *name = form_text(f, "name");
    struct server there = {0};
    if (s->server.id == 0 && *name && servers_get(ui_db(s->view->ui), name, &there, NULL)) {
        form_set_problem(f, "name", _("There is a server of this name already."));
        server_clear(&there);
    }
}

char *server_edit_note(const struct form *f, const struct form_row *row, void *data)
{
    const char *preset = form_text(f, "preset");
    const struct preset *p = *preset ? preset_find(preset, NULL) : NULL;
    return p && p->quirk ? g_strdup_printf("%s: %s", p->title, _(p->quirk)) : g_strdup("");
}
