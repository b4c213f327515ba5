/*
 * What the campaign's form asks for: its rows, the choices, the notes; and what a new campaign
 * begins with.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "base/when.h"
#include "model/part.h"
#include "store/campaigns.h"
#include "store/mailboxes.h"
#include "store/people.h"
#include "store/pools.h"
#include "store/servers.h"
#include "tui/campaign_edit_private.h"
#include "tui/ui.h"

#define FIELD_PEOPLE 200 /* looked at for the names of fields */
#define SLUG_MAX 40
#define SLUG_TRIES 100

enum { PAGE_BASICS, PAGE_CONTENT, PAGE_PEOPLE, PAGE_DELIVERY, PAGE_SCHEDULE };

/* The short name is not in the record's table: it is its key. */
static const struct field name_field = {
    .key = "name",
    .type = FIELD_SLUG,
    .offset = G_STRUCT_OFFSET(struct campaign, name),
    .help = N_("short name for the command line; made of the title when empty"),
};

static const char *const layout_words[] = {
    N_("none"), N_("plain letter"), N_("newsletter"), N_("announcement"), NULL,
};
static const char *const late_words[] = {N_("hold it"), N_("send it all the same"), NULL};

static const struct form_row rows[] = {
    {FORM_LINE, "title", N_("Title")},
    {FORM_LINE, "name", N_("Short name"), .field = &name_field, .cells = 40},
    {FORM_LINE, "from", N_("From")},
    {FORM_LINE, "reply_to", N_("Reply-to")},
    {FORM_LINE, "subject", N_("Subject"), .flags = FORM_COUNT},
    {FORM_LINE, "preheader", N_("Preview text")},
    {FORM_TEXT, "markdown", N_("Text"), N_("the message: Enter to write it"), .page = PAGE_BASICS},
    {FORM_NOTE, "state", NULL, .page = PAGE_BASICS},

    {FORM_CHOICE, "layout", N_("Layout"), N_("what is put around your text"),
     .shown = layout_words, .page = PAGE_CONTENT},
    {FORM_FILE, "logo", N_("Logo"), N_("an image on top of the layout: Enter to choose a file"),
     .page = PAGE_CONTENT},
    {FORM_LINE, "postal_address", N_("Postal address"), .page = PAGE_CONTENT},
    {FORM_TEXT, "html", N_("HTML"), N_("instead of the text: HTML of your own"),
     .page = PAGE_CONTENT},
    {FORM_TEXT, "text", N_("Plain text"),
     N_("for programs without HTML; made of the text when it is empty"), .page = PAGE_CONTENT},
    {FORM_NOTE, "files", NULL, .page = PAGE_CONTENT},
    {FORM_BUTTON, "add-file", N_("Add file"), N_("attach a file"), .page = PAGE_CONTENT},
    {FORM_BUTTON, "remove-file", N_("Remove file"), N_("take an attachment away"),
     .page = PAGE_CONTENT},

    {FORM_PICK, "lists", N_("Lists"), N_("who gets it; Enter shows the lists"),
     .page = PAGE_PEOPLE},
    {FORM_PICK, "exclude", N_("But not"), N_("people on these lists do not get it"),
     .page = PAGE_PEOPLE},
    {FORM_PICK, "only_campaign", N_("Only those of"),
     N_("a correction: only people who got this campaign"), .page = PAGE_PEOPLE},
    {FORM_LINE, "only_version", N_("its version"), .cells = 8, .page = PAGE_PEOPLE},
    {FORM_NOTE, "people", NULL, .page = PAGE_PEOPLE},

    {FORM_PICK, "server", N_("Mail server"), N_("which server takes the mail, or which pool of servers"),
     .page = PAGE_DELIVERY},
    {FORM_PICK, "mailbox", N_("Mailbox"), N_("where bounces and requests to leave come to"),
     .page = PAGE_DELIVERY},
    {FORM_LINE, "give_up", N_("Give up after"), .cells = 8, .page = PAGE_DELIVERY},
    {FORM_LINE, "max_failed", N_("Hold above"), .cells = 8,
     .beside = N_("% refused; 0: never"), .page = PAGE_DELIVERY},
    {FORM_LINE, "list_id", N_("List-Id"), .page = PAGE_DELIVERY},

    {FORM_CHOICE, "late", N_("When it is late"),
     N_("when its time has passed because no worker ran"), .shown = late_words,
     .page = PAGE_SCHEDULE},
    {FORM_LINE, "hours", N_("Hours"), N_("it goes out within these only: 08:00-18:00"),
     .cells = 14, .page = PAGE_SCHEDULE},
    {FORM_LINE, "days", N_("Days"), N_("and on these only: mon-fri"), .cells = 24,
     .page = PAGE_SCHEDULE},
    {FORM_LINE, "not_on", N_("Not on"), N_("dates: 2026-12-24..2026-12-26, 2027-01-01"),
     .page = PAGE_SCHEDULE},
    {FORM_LINE, "spread", N_("Spread over"), N_("a span like 8h; 0: as fast as it goes"),
     .cells = 8, .page = PAGE_SCHEDULE},
    {FORM_NOTE, "schedule", NULL, .page = PAGE_SCHEDULE},

    {FORM_BUTTON, "save", N_("Save"), N_("save what is typed"), .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "preview", N_("Preview"), N_("save, and see it as one of the people gets it"),
     .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "test", N_("Test send"), N_("save, and send a copy to yourself"),
     .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "send", N_("Send.."), N_("save, and go to the check list"),
     .page = FORM_ALL_PAGES},
    {FORM_BUTTON, "cancel", N_("Cancel"), N_("back"), .page = FORM_ALL_PAGES},
    {FORM_END},
};

const struct form_row *campaign_edit_rows(void)
{
    return rows;
}

const char *const *campaign_edit_pages(void)
{
    static const char *const pages[] = {N_("Basics"),   N_("Content"),  N_("People"),
                                        N_("Delivery"), N_("Schedule"), NULL};
    return pages;
}

/* ---- which rows ---- */

gboolean campaign_edit_is_shown(const struct form *f, const struct form_row *row, void *data)
{
    const struct campaign_edit *s = data;
    gboolean is_draft = s->campaign.state == CAMPAIGN_DRAFT;
    if (!row->key)
        return TRUE;
    if (strcmp(row->key, "state") == 0)
        return !is_draft;
    if (strcmp(row->key, "name") == 0)
        return s->campaign.id == 0;
    if (strcmp(row->key, "only_version") == 0)
        return is_draft && *form_text(f, "only_campaign");
    if (strcmp(row->key, "only_campaign") == 0)
        return is_draft && *form_text(f, "only_campaign");
    if (strcmp(row->key, "remove-file") == 0)
        return s->campaign.parts && s->campaign.parts->len > 0;
    if (strcmp(row->key, "logo") == 0 || strcmp(row->key, "postal_address") == 0)
        return strcmp(form_text(f, "layout"), "none") != 0;
    if (strcmp(row->key, "send") == 0 || strcmp(row->key, "lists") == 0 ||
        strcmp(row->key, "exclude") == 0 || strcmp(row->key, "list_id") == 0)
        return is_draft;
    return TRUE;
}

/* ---- choices ---- */

static void add(GPtrArray *out, const char *name)
{
    g_ptr_array_add(out, g_strdup(name));
}

static gboolean add_lists(struct db *db, GPtrArray *out, GError **error)
{
    g_autoptr(GPtrArray) all = list_all(db, error);
    for (guint i = 0; all && i < all->len; i++)
        add(out, ((const struct list *)all->pdata[i])->name);
    return all != NULL;
}

static gboolean add_servers(struct db *db, GPtrArray *out, GError **error)
{
    g_autoptr(GPtrArray) all = servers_all(db, error);
    for (guint i = 0; all && i < all->len; i++)
        add(out, ((const struct server *)all->pdata[i])->name);
    g_autoptr(GPtrArray) pools = all ? pools_all(db, error) : NULL;
    for (guint i = 0; pools && i < pools->len; i++)
        add(out, ((const struct pool *)pools->pdata[i])->name);
    return pools != NULL;
}

static gboolean add_mailboxes(struct db *db, GPtrArray *out, GError **error)
{
    g_autoptr(GPtrArray) all = mailboxes_all(db, error);
    for (guint i = 0; all && i < all->len; i++)
        add(out, ((const struct mailbox *)all->pdata[i])->name);
    return all != NULL;
}

static gboolean add_campaigns(struct db *db, GPtrArray *out, GError **error)
{
    g_autoptr(GPtrArray) all = campaigns_all(db, error);
    for (guint i = 0; all && i < all->len; i++)
        add(out, ((const struct campaign *)all->pdata[i])->name);
    return all != NULL;
}

char **campaign_edit_options(const struct form *f, const struct form_row *row, void *data,
                             GError **error)
{
    static const struct {
        const char *key;
        gboolean (*fill)(struct db *db, GPtrArray *out, GError **error);
    } sources[] = {
        {"lists", add_lists},         {"exclude", add_lists},           {"server", add_servers},
        {"mailbox", add_mailboxes}, {"only_campaign", add_campaigns},
    };
    const struct campaign_edit *s = data;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        if (strcmp(row->key, sources[i].key) == 0 &&
            !sources[i].fill(ui_db(s->view->ui), out, error))
            return NULL;
    g_ptr_array_set_free_func(out, NULL);
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&out), FALSE);
}

void campaign_edit_check(struct form *f, void *data)
{
    const struct campaign_edit *s = data;
    const char *name = form_text(f, "name");
    struct campaign there = {0};
    if (s->campaign.id == 0 && *name &&
        campaigns_get(ui_db(s->view->ui), name, &there, NULL)) {
        form_set_problem(f, "name", _("There is a campaign of this short name already."));
        campaign_clear(&there);
    }
}

/* ---- notes ---- */

static char *files_note(const struct campaign_edit *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const GPtrArray *parts = s->campaign.parts;
    for (guint i = 0; parts && i < parts->len; i++) {
        const struct part *p = parts->pdata[i];
        g_string_append_printf(text, "%s%s  %.1f kB%s", i > 0 ? "\n" : "",
                               *p->name ? p->name : p->file,
                               (double)g_bytes_get_size(p->data) / 1000.0,
                               p->kind == PART_INLINE ? _("  (image in the text)") : "");
    }
    return text->len > 0 ? g_strdup_printf(_("Attachments:\n%s"), text->str)
                         : g_strdup(_("Attachments: none"));
}

/* Members of the lists that are chosen: whom it could go to. The check says the exact number. */
static char *people_note(const struct form *f, const struct campaign_edit *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) names = g_strsplit_set(form_text(f, "lists"), ", ", -1);
    for (char **name = names; *name; name++) {
        struct list list = {0};
        if (!**name || !list_get(ui_db(s->view->ui), *name, &list, NULL))
            continue;
        g_autofree char *n = text_grouped(list.members);
        g_string_append_printf(
            text, ngettext("%s: %s person\n", "%s: %s people\n", (gulong)list.members),
            *list.title ? list.title : list.name, n);
        list_clear(&list);
    }
    g_string_append(text, _("Who is on several lists gets it once. Never-mail people are left "
                            "out. The check before sending says the exact number."));
    return g_strdup(text->str);
}

static char *state_note(const struct campaign_edit *s)
{
    struct campaign_counts n = {0};
    if (!campaigns_counts(ui_db(s->view->ui), s->campaign.id, &n, NULL))
        return NULL;
    g_autofree char *left = text_grouped(
        n.state[DELIVERY_QUEUED] + n.state[DELIVERY_LEASED] + n.state[DELIVERY_DEFERRED]);
    g_autofree char *done = text_grouped(n.state[DELIVERY_ACCEPTED]);
    return g_strdup_printf(_("It is paused. What you save here goes to the %s people who are "
                             "left, once it goes on; the %s who have it keep what they got. K "
                             "on its line sends those a correction."),
                           left, done);
}

char *campaign_edit_note(const struct form *f, const struct form_row *row, void *data)
{
    const struct campaign_edit *s = data;
    if (!row->key)
        return NULL;
    if (strcmp(row->key, "files") == 0)
        return files_note(s);
    if (strcmp(row->key, "people") == 0)
        return people_note(f, s);
    if (strcmp(row->key, "state") == 0)
        return state_note(s);
    if (strcmp(row->key, "schedule") == 0)
        return g_strdup(_("Send.. asks when it is to begin: now, or at a time."));
    return NULL;
}

/* ---- a new one ---- */

void campaign_edit_prefill(struct db *db, struct campaign *c)
{
    static const char *const kept[] = {"from",   "reply_to", "server", "mailbox",
                                       "layout", "postal_address"};
    g_autoptr(GPtrArray) all = campaigns_all(db, NULL);
    const struct campaign *last = NULL;
    for (guint i = 0; all && i < all->len; i++) {
        const struct campaign *x = all->pdata[i];
        if (!last || x->created_us > last->created_us)
            last = x;
    }
    if (last) {
        for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
            const struct field *f = field_find(campaign_fields(), kept[i]);
            g_autofree char *value = field_get(f, last);
            field_set(f, c, value, NULL);
        }
        return;
    }
    g_autoptr(GPtrArray) servers = servers_all(db, NULL);
    if (servers && servers->len == 1)
        field_set_key(campaign_fields(), c, "server",
                      ((const struct server *)servers->pdata[0])->name, NULL);
}

static char *slug_of(const char *title)
{
    g_autofree char *ascii = g_str_to_ascii(title, "C");
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = ascii; *p && out->len < SLUG_MAX; p++)
        if (g_ascii_isalnum(*p))
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    while (out->len > 0 && out->str[out->len - 1] == '-')
        g_string_truncate(out, out->len - 1);
    return g_strdup(text_is_slug(out->str) ? out->str : "campaign");
}

char *campaign_edit_slug(struct db *db, const char *title)
{
    g_autofree char *base = slug_of(title ? title : "");
    for (int i = 1; i < SLUG_TRIES; i++) {
        struct campaign there = {0};
        g_autofree char *name = i == 1 ? g_strdup(base) : g_strdup_printf("%s-%d", base, i);
        if (!campaigns_get(db, name, &there, NULL))
            return g_steal_pointer(&name);
        campaign_clear(&there);
    }
    return g_steal_pointer(&base);
}

/* ---- merge fields ---- */

static void add_name(const char *key, struct json *value, void *data)
{
    GPtrArray *out = data;
    for (guint i = 0; i < out->len; i++)
        if (strcmp(out->pdata[i], key) == 0)
            return;
    g_ptr_array_add(out, g_strdup(key));
}

static void add_names_of(struct db *db, gint64 list_id, GPtrArray *out)
{
    g_autoptr(GPtrArray) page = people_page(db, list_id, 0, FIELD_PEOPLE, NULL);
    for (guint i = 0; page && i < page->len; i++) {
        const struct person *p = page->pdata[i];
        struct json *fields = json_parse(p->fields_json, strlen(p->fields_json), NULL);
        if (fields)
            json_foreach(fields, add_name, out);
        json_unref(fields);
    }
}

char **campaign_edit_fields(void *data)
{
    const struct campaign_edit *s = data;
    GPtrArray *out = g_ptr_array_new();
    g_auto(GStrv) names = g_strsplit_set(form_text(s->form, "lists"), ", ", -1);
    for (char **name = names; *name; name++) {
        struct list list = {0};
        if (**name && list_get(ui_db(s->view->ui), *name, &list, NULL))
            add_names_of(ui_db(s->view->ui), list.id, out);
        list_clear(&list);
    }
    if (out->len == 0)
        add_names_of(ui_db(s->view->ui), 0, out);
    g_ptr_array_add(out, g_strdup("address"));
    g_ptr_array_add(out, g_strdup("unsubscribe_url"));
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}
