/*
 * What the server's form asks for: its rows, which of them are there, the presets.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "model/preset.h"
#include "store/servers.h"
#include "tui/login_rows.h"
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
    LOGIN_ROWS,
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

gboolean server_edit_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct server_edit *s = data;
    if (!row->key)
        return TRUE;
    if (strcmp(row->key, "name") == 0 || strcmp(row->key, "preset") == 0)
        return s->server.id == 0;
    return login_is_shown(f, row);
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
    login_check_plain(f);
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
