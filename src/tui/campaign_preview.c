/*
 * The preview: app/preview makes what is sent, here it is shown. < and > step through the
 * people of the campaign's lists.
 */
#include "config.h"

#include "tui/campaign_preview.h"

#include <inttypes.h>
#include <string.h>

#include "app/preview.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "message/bodyscan.h"
#include "message/htmltext.h"
#include "store/campaigns.h"
#include "store/people.h"
#include "tui/campaign_test.h"
#include "tui/dialog.h"
#include "tui/pager.h"
#include "tui/ui.h"

enum look { LOOK_TEXT, LOOK_HTML, LOOK_HEADERS, LOOK_SOURCE, LOOK_LINKS, LOOK_COUNT };

static const char *const look_names[LOOK_COUNT] = {
    [LOOK_TEXT] = N_("Text"),     [LOOK_HTML] = N_("HTML"),   [LOOK_HEADERS] = N_("Headers"),
    [LOOK_SOURCE] = NC_("preview", "Source"), [LOOK_LINKS] = N_("Links"),
};

/* "Source" is where people came from, too. */
static const char *look_name(enum look look)
{
    const char *text = look_names[look], *own = g_dpgettext2(NULL, "preview", text);
    return own == text ? _(text) : own;
}

struct step { /* a person who was shown: the way back */
    guint list;
    gint64 id;
};

struct campaign_preview {
    struct campaign campaign; /* owned */
    char *as;                 /* owned; NULL: the first person, or made-up values */
    struct preview preview;
    gboolean is_open;
    enum look look;
    struct pager pager;
    GArray *steps; /* of struct step; the last is the present one */
    gsize bytes;   /* of the whole message */
    char *missing; /* owned; fields without a value */
    char *hint;    /* owned */
};

/* ---- people ---- */

static gboolean person_after(struct db *db, const struct campaign *c, struct step *at,
                             char **ret_address, GError **error)
{
    for (; c->lists && at->list < g_strv_length(c->lists); at->list++, at->id = 0) {
        struct list list = {0};
        if (!list_get(db, c->lists[at->list], &list, NULL))
            continue;
        g_autoptr(GPtrArray) page = people_page(db, list.id, at->id, 1, error);
        list_clear(&list);
        if (!page)
            return FALSE;
        if (page->len == 0)
            continue;
        const struct person *p = page->pdata[0];
        at->id = p->id;
        *ret_address = g_strdup(p->address);
        return TRUE;
    }
    return TRUE;
}

static gboolean address_of(struct db *db, gint64 id, char **ret, GError **error)
{
    struct person p = {0};
    gboolean ok = people_get_id(db, id, &p, error);
    if (ok)
        *ret = g_strdup(p.address);
    person_clear(&p);
    return ok;
}

/* ---- what is shown ---- */

static void find_missing(struct campaign_preview *s)
{
    g_auto(GStrv) names = letter_names(s->preview.letter);
    g_autoptr(GString) all = g_string_new(NULL);
    struct json *fields =
        json_parse(s->preview.fields_json, strlen(s->preview.fields_json), NULL);
    for (char **name = names; fields && *name; name++) {
        const struct json *value = json_member(fields, *name);
        const char *text = value ? json_get_string(value) : NULL;
        if (strchr(*name, '.') || strstr(*name, "_url") || strcmp(*name, "address") == 0 ||
            (text && *text))
            continue;
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", *name);
    }
    json_unref(fields);
    g_free(s->missing);
    s->missing = s->preview.is_made_up || all->len == 0 ? NULL : g_strdup(all->str);
}

static gboolean add_html(struct campaign_preview *s, GString *out, GError **error)
{
    g_autoptr(GString) html = g_string_new(NULL);
    if (!preview_write(&s->preview, NULL, PREVIEW_HTML, html, error))
        return FALSE;
    g_autofree char *text = htmltext_make(html->str, error);
    if (text)
        g_string_append(out, text);
    return text != NULL;
}

static void add_links_of(const struct bodyscan *scan, GString *out)
{
    for (guint i = 0; i < scan->links->len; i++) {
        const struct bodyscan_link *l = scan->links->pdata[i];
        static const char *const faults[BODYSCAN_FAULT_COUNT] = {
            [BODYSCAN_FAULT_EMPTY] = N_("! leads nowhere"),
            [BODYSCAN_FAULT_SYNTAX] = N_("! is no whole address"),
            [BODYSCAN_FAULT_SCRIPT] = N_("! runs a script: mail programs drop it"),
            [BODYSCAN_FAULT_PLACEHOLDER] = N_("! looks like a placeholder"),
            [BODYSCAN_FAULT_HTTP] = N_("! is not encrypted: use https"),
        };
        const char *fault = faults[bodyscan_check_link(l->url)];
        g_string_append_printf(out, "%3u  %s\n     %s\n", i + 1, l->text ? l->text : "",
                               l->url);
        if (fault)
            g_string_append_printf(out, "     %s\n", _(fault));
    }
}

static gboolean add_links(struct campaign_preview *s, GString *out, GError **error)
{
    g_autoptr(GString) body = g_string_new(NULL);
    struct bodyscan scan = {0};
    if (preview_write(&s->preview, NULL, PREVIEW_HTML, body, NULL)) {
        if (!bodyscan_html(body->str, body->len, &scan, error))
            return FALSE;
    } else {
        g_string_truncate(body, 0);
        if (!preview_write(&s->preview, NULL, PREVIEW_TEXT, body, error))
            return FALSE;
        bodyscan_text(body->str, &scan);
    }
    add_links_of(&scan, out);
    if (scan.links->len == 0)
        g_string_append(out, _("There are no links."));
    bodyscan_clear(&scan);
    return TRUE;
}

static gboolean add_look(struct campaign_preview *s, GString *out, GError **error)
{
    static const enum preview_part parts[LOOK_COUNT] = {[LOOK_TEXT] = PREVIEW_TEXT,
                                                        [LOOK_HEADERS] = PREVIEW_HEADERS,
                                                        [LOOK_SOURCE] = PREVIEW_SOURCE};
    switch (s->look) {
    case LOOK_HTML:
        return add_html(s, out, error);
    case LOOK_LINKS:
        return add_links(s, out, error);
    default:
        return preview_write(&s->preview, NULL, parts[s->look], out, error);
    }
}

/* A message's lines end in CR LF, which are not to be read here. */
static void drop_returns(GString *text)
{
    gsize n = 0;
    for (gsize i = 0; i < text->len; i++)
        if (text->str[i] != '\r' || text->str[i + 1] != '\n')
            text->str[n++] = text->str[i];
    g_string_truncate(text, n);
}

static void show(struct view *v)
{
    struct campaign_preview *s = v->state;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (s->look == LOOK_TEXT || s->look == LOOK_HTML) {
        g_autoptr(GString) summary = g_string_new(NULL);
        if (preview_write(&s->preview, NULL, PREVIEW_SUMMARY, summary, NULL)) {
            char *end = strstr(summary->str, "\n\n");
            g_string_append_len(out, summary->str, end ? end - summary->str + 2 : 0);
        }
    }
    if (!add_look(s, out, &error)) {
        g_string_append(out, error->message);
        g_clear_error(&error);
    }
    drop_returns(out);
    pager_set_text(&s->pager, out->str);
    pager_go_to(&s->pager, 0);
    ui_redraw(v->ui);
}

static gboolean make(struct view *v, GError **error)
{
    struct campaign_preview *s = v->state;
    struct preview fresh;
    g_autoptr(GString) whole = g_string_new(NULL);
    if (!preview_open(ui_db(v->ui), ui_workspace(v->ui), s->campaign.name, s->as, FALSE, &fresh,
                      error))
        return FALSE;
    if (s->is_open)
        preview_clear(&s->preview);
    s->preview = fresh;
    s->is_open = TRUE;
    s->bytes = preview_write(&fresh, NULL, PREVIEW_SOURCE, whole, NULL) ? whole->len : 0;
    find_missing(s);
    return TRUE;
}

/* ---- life ---- */

static void close_preview(struct view *v)
{
    struct campaign_preview *s = v->state;
    if (s->is_open)
        preview_clear(&s->preview);
    campaign_clear(&s->campaign);
    pager_clear(&s->pager);
    g_array_unref(s->steps);
    g_free(s->as);
    g_free(s->missing);
    g_free(s->hint);
}

static gboolean open_preview(struct view *v, const void *arg, GError **error)
{
    struct campaign_preview *s = v->state;
    struct step first = {0};
    pager_init(&s->pager);
    s->pager.is_folded = TRUE;
    s->steps = g_array_new(FALSE, FALSE, sizeof(struct step));
    if (!campaigns_get(ui_db(v->ui), arg, &s->campaign, error) ||
        !person_after(ui_db(v->ui), &s->campaign, &first, &s->as, error) || !make(v, error)) {
        close_preview(v);
        return FALSE;
    }
    if (s->as)
        g_array_append_val(s->steps, first);
    show(v);
    return TRUE;
}

static void load_preview(struct view *v)
{
    struct campaign_preview *s = v->state;
    struct campaign fresh = {0};
    g_autoptr(GError) error = NULL;
    if (!campaigns_get(ui_db(v->ui), s->campaign.name, &fresh, &error)) {
        ui_fail(v->ui, g_steal_pointer(&error));
        return;
    }
    gboolean is_new = fresh.row_version != s->campaign.row_version;
    campaign_clear(&s->campaign);
    s->campaign = fresh;
    if (is_new && !make(v, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    else if (is_new)
        show(v);
}

static char *title_preview(struct view *v)
{
    const struct campaign_preview *s = v->state;
    const struct campaign *c = &s->campaign;
    return g_strdup_printf(_("%s > Preview"), *c->title ? c->title : c->name);
}

static char *note_preview(struct view *v)
{
    const struct campaign_preview *s = v->state;
    return g_strdup_printf(_("%.1f kB"), (double)s->bytes / 1000.0);
}

static const char *hint_preview(struct view *v)
{
    struct campaign_preview *s = v->state;
    g_free(s->hint);
    s->hint = NULL;
    if (pager_is_asking(&s->pager) || s->pager.needle)
        return pager_hint(&s->pager);
    if (s->preview.is_made_up)
        s->hint = g_strdup(_("Nobody is on its lists yet: the values are made up."));
    else if (s->missing)
        s->hint = g_strdup_printf(_("No value for this person: %s. Defaults are shown."),
                                  s->missing);
    return s->hint ? s->hint : pager_hint(&s->pager);
}

/* ---- drawing ---- */

static int draw_head(const struct campaign_preview *s, struct rect r)
{
    int x = 0;
    draw_format(r, 1, 0, ROLE_NORMAL, _("As: %s"), s->preview.address);
    for (int i = 0; i < LOOK_COUNT; i++) {
        gboolean is_current = i == (int)s->look;
        g_autofree char *tab =
            g_strdup_printf(is_current ? "[%s]" : " %s ", look_name((enum look)i));
        x += draw_text(r, x, 1, is_current ? ROLE_TAB_CURRENT : ROLE_TAB, tab);
    }
    return 2;
}

static void draw_preview(struct view *v, struct rect r)
{
    struct campaign_preview *s = v->state;
    int y = draw_head(s, r);
    draw_hline(rect_part(r, 1, 0, r.w - 2, r.h), y, ROLE_MUTED);
    pager_draw(&s->pager, rect_part(r, 1, y + 1, r.w - 2, r.h - y - 1), TRUE);
}

static void draw_preview_plain(struct view *v, struct rect r)
{
    struct campaign_preview *s = v->state;
    draw_format(r, 0, 0, ROLE_NORMAL, _("%s, as: %s"), look_name(s->look),
                s->preview.address);
    pager_draw(&s->pager, rect_part(r, 0, 1, r.w, r.h - 1), TRUE);
}

/* ---- what can be done ---- */

static gboolean key_preview(struct view *v, const struct term_event *e)
{
    struct campaign_preview *s = v->state;
    return pager_event(&s->pager, e);
}

static void look_at(struct view *v, const char *address)
{
    struct campaign_preview *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = s->as;
    s->as = g_strdup(address);
    if (make(v, &error)) {
        show(v);
        return;
    }
    ui_fail(v->ui, g_steal_pointer(&error));
    g_free(s->as);
    s->as = g_steal_pointer(&before);
}

static void run_next(struct view *v)
{
    struct campaign_preview *s = v->state;
    struct step at = s->steps->len
                         ? g_array_index(s->steps, struct step, s->steps->len - 1)
                         : (struct step){0};
    g_autoptr(GError) error = NULL;
    g_autofree char *address = NULL;
    if (!person_after(ui_db(v->ui), &s->campaign, &at, &address, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    else if (!address)
        ui_say(v->ui, "%s", _("That was the last one on its lists."));
    else {
        g_array_append_val(s->steps, at);
        look_at(v, address);
    }
}

static void run_before(struct view *v)
{
    struct campaign_preview *s = v->state;
    g_autoptr(GError) error = NULL;
    g_autofree char *address = NULL;
    if (s->steps->len < 2) {
        ui_say(v->ui, "%s", _("This is the first one."));
        return;
    }
    g_array_set_size(s->steps, s->steps->len - 1);
    gint64 id = g_array_index(s->steps, struct step, s->steps->len - 1).id;
    if (address_of(ui_db(v->ui), id, &address, &error))
        look_at(v, address);
    else
        ui_fail(v->ui, g_steal_pointer(&error));
}

static void turn(struct view *v, int by)
{
    struct campaign_preview *s = v->state;
    s->look = (enum look)(((int)s->look + by + LOOK_COUNT) % LOOK_COUNT);
    show(v);
}

static void run_look(struct view *v)
{
    turn(v, 1);
}

static void run_look_back(struct view *v)
{
    turn(v, -1);
}

static void take_address(struct ui *ui, const char *value, void *data)
{
    look_at(data, value);
}

static void run_as(struct view *v)
{
    const struct dialog_line q = {.title = _("Preview as"),
                                  .text = _("The address of somebody you know of:"),
                                  .label = _("Address")};
    dialog_line(v->ui, &q, take_address, v, NULL);
}

static void run_test(struct view *v)
{
    const struct campaign_preview *s = v->state;
    campaign_test_open(v->ui, s->campaign.name);
}

static void run_copy(struct view *v)
{
    const struct campaign_preview *s = v->state;
    g_autofree char *text = pager_text(&s->pager);
    ui_copy(v->ui, text);
}

static const struct action actions[] = {
    {"next", '>', TK_RIGHT, N_("next person"), N_("as the next person of its lists"),
     N_("WHOSE"), NULL, NULL, run_next},
    {"before", '<', TK_LEFT, NULL, N_("as the person before"), NULL, NULL, NULL, run_before},
    {"as", 'a', 0, N_("as.."), N_("as somebody whose address you type"), NULL,
     "campaign preview", NULL, run_as},
    {"look", 'v', ']', N_("view"), N_("text, HTML, headers, source, links"), N_("WHAT"), NULL,
     NULL, run_look},
    {"look-back", '[', 0, NULL, N_("the view before"), NULL, NULL, NULL, run_look_back},
    {"test", 't', 0, N_("test send"), N_("send a marked copy to yourself"), NULL,
     "campaign test", NULL, run_test},
    {"copy", 'y', 0, N_("copy"), N_("copy what is shown"), NULL, NULL, NULL, run_copy},
    {NULL},
};

const struct view_ops *campaign_preview_view(void)
{
    static const struct view_ops ops = {.name = "preview",
                                        .state_size = sizeof(struct campaign_preview),
                                        .open = open_preview,
                                        .close = close_preview,
                                        .load = load_preview,
                                        .title = title_preview,
                                        .note = note_preview,
                                        .draw = draw_preview,
                                        .draw_plain = draw_preview_plain,
                                        .hint = hint_preview,
                                        .key = key_preview,
                                        .actions = actions};
    return &ops;
}
