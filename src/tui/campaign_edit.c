/*
 * The editor of a campaign: the form over its field table, saving with a look at what others
 * changed meanwhile, recovery after a dropped line. Long texts are written in text_edit; what
 * the rows ask for is in campaign_edit_fill, files in campaign_edit_parts.
 */
#include "config.h"

#include "tui/campaign_edit.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/campaigns.h"
#include "tui/campaign_edit_private.h"
#include "tui/campaign_preview.h"
#include "tui/campaign_send.h"
#include "tui/campaign_test.h"
#include "tui/dialog.h"
#include "tui/editing.h"
#include "tui/text_edit.h"
#include "tui/ui.h"

/* ---- life ---- */

static void make_form(struct view *v)
{
    struct campaign_edit *s = v->state;
    s->form = form_new(&(struct form_setup){.rows = campaign_edit_rows(),
                                            .table = campaign_fields(),
                                            .pages = campaign_edit_pages(),
                                            .is_draft = TRUE,
                                            .is_plain = ui_is_accessible(v->ui),
                                            .is_shown = campaign_edit_is_shown,
                                            .options = campaign_edit_options,
                                            .check = campaign_edit_check,
                                            .note = campaign_edit_note,
                                            .data = s},
                       &s->campaign);
}

static void close_edit(struct view *v)
{
    struct campaign_edit *s = v->state;
    if (s->form)
        form_free(s->form);
    editing_clear(&s->editing);
    campaign_clear(&s->campaign);
}

static gboolean save(struct view *v);

static gboolean get(struct db *db, gint64 id, void *ret, GError **error)
{
    return campaigns_get_id(db, id, ret, error);
}

static void clear(void *record)
{
    campaign_clear(record);
}

static const struct editing_ops editing_ops = {.noun = "campaign",
                                               .fields = campaign_fields,
                                               EDITING_OF(struct campaign),
                                               .get = get,
                                               .clear = clear,
                                               .save = save,
                                               .has_merge = TRUE};

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    const struct campaign_edit_arg *a = arg;
    struct campaign_edit *s = v->state;
    s->view = v;
    if (a && a->name) {
        if (!campaigns_get(ui_db(v->ui), a->name, &s->campaign, error))
            return FALSE;
        if (!campaign_check_edit(&s->campaign, &s->campaign, error)) {
            close_edit(v);
            return FALSE;
        }
    } else {
        campaign_init(&s->campaign);
        campaign_edit_prefill(ui_db(v->ui), &s->campaign);
    }
    make_form(v);
    editing_init(&s->editing, v, s->form, &s->campaign, &editing_ops);
    if (a && a->recovery_id && !editing_restore(&s->editing, a->recovery_id, error)) {
        close_edit(v);
        return FALSE;
    }
    return TRUE;
}

static char *title_edit(struct view *v)
{
    const struct campaign_edit *s = v->state;
    const char *title = form_text(s->form, "title");
    const char *name = s->campaign.name ? s->campaign.name : _("new");
    return g_strdup_printf(_("Campaigns > %s > Edit"), *title ? title : name);
}

/* ---- saving ---- */

/* The record as the form has it, to be put. Its parts are shared with the present one. */
static gboolean take_form(struct view *v, struct campaign *ret, GError **error)
{
    struct campaign_edit *s = v->state;
    campaign_init(ret);
    field_copy_all(campaign_fields(), ret, &s->campaign);
    ret->id = s->campaign.id;
    ret->state = s->campaign.state;
    ret->row_version = s->campaign.row_version;
    ret->content_version = s->campaign.content_version;
    ret->parts = s->campaign.parts ? g_ptr_array_ref(s->campaign.parts) : NULL;
    if (!form_store(s->form, ret, error))
        return FALSE;
    g_autofree char *made = campaign_edit_slug(ui_db(v->ui), ret->title);
    const char *typed = form_text(s->form, "name");
    g_free(ret->name);
    ret->name = g_strdup(s->campaign.id ? s->campaign.name : *typed ? typed : made);
    return TRUE;
}

static gboolean save(struct view *v)
{
    struct campaign_edit *s = v->state;
    struct campaign c = {0}, stored = {0};
    GError *error = NULL;
    gboolean ok = take_form(v, &c, &error) && campaigns_put(ui_db(v->ui), &c, NULL, &error) &&
                  campaigns_get(ui_db(v->ui), c.name, &stored, &error);
    if (ok) {
        editing_saved(&s->editing);
        editing_take(&s->editing, &stored);
        form_set_text(s->form, "name", s->campaign.name);
        form_set_saved(s->form);
        if (s->campaign.state == CAMPAIGN_DRAFT)
            ui_say(v->ui, _("Saved: %s."), s->campaign.name);
        else
            ui_say(v->ui, "%s", _("Saved. When it goes on, those who are left get this text."));
        ui_reload(v->ui);
    } else {
        editing_failed(&s->editing, error);
    }
    campaign_clear(&c);
    ui_redraw(v->ui);
    return ok;
}

/* Preview, test and send work on what is stored. */
static gboolean save_first(struct view *v)
{
    struct campaign_edit *s = v->state;
    return (s->campaign.id && !editing_is_changed(&s->editing)) || save(v);
}

/* ---- long texts ---- */

static const struct {
    const char *key, *suffix;
    const char *title; /* N_() */
} bodies[] = {
    {"markdown", ".md", N_("Text")},
    {"html", ".html", N_("HTML")},
    {"text", ".txt", N_("Plain text")},
};

static void take_markdown(void *data, const char *text)
{
    form_set_text(((struct campaign_edit *)data)->form, "markdown", text);
}

static void take_html(void *data, const char *text)
{
    form_set_text(((struct campaign_edit *)data)->form, "html", text);
}

static void take_text(void *data, const char *text)
{
    form_set_text(((struct campaign_edit *)data)->form, "text", text);
}

static void (*const takers[])(void *data, const char *text) = {take_markdown, take_html,
                                                               take_text};
G_STATIC_ASSERT(G_N_ELEMENTS(takers) == G_N_ELEMENTS(bodies));

static void run_test_of(void *data)
{
    struct campaign_edit *s = data;
    if (save_first(s->view))
        campaign_test_open(s->view->ui, s->campaign.name);
}

static int body_of(const struct form_row *row)
{
    for (int i = 0; row && row->key && i < (int)G_N_ELEMENTS(bodies); i++)
        if (strcmp(row->key, bodies[i].key) == 0)
            return i;
    return -1;
}

static void write_body(struct view *v, int i)
{
    struct campaign_edit *s = v->state;
    const char *name = form_text(s->form, "title");
    g_autofree char *title = g_strdup_printf("%s > %s", *name ? name : _("new"),
                                             _(bodies[i].title));
    const struct text_edit_arg arg = {.title = title,
                                      .text = form_text(s->form, bodies[i].key),
                                      .suffix = bodies[i].suffix,
                                      .has_markdown = i == 0,
                                      .take = takers[i],
                                      .fields = campaign_edit_fields,
                                      .test = run_test_of,
                                      .data = s};
    ui_push(v->ui, text_edit_view(), &arg);
}

static void run_editor(struct view *v)
{
    struct campaign_edit *s = v->state;
    int i = MAX(body_of(form_focused(s->form)), 0);
    g_autofree char *text = g_strdup(form_text(s->form, bodies[i].key));
    g_autoptr(GError) error = NULL;
    gboolean is_changed = FALSE;
    if (!ui_edit(v->ui, bodies[i].suffix, &text, &is_changed, &error))
        ui_fail(v->ui, g_steal_pointer(&error));
    else if (is_changed)
        form_set_text(s->form, bodies[i].key, text);
}

/* ---- keys ---- */

static void run_preview(struct view *v)
{
    struct campaign_edit *s = v->state;
    if (save_first(v))
        ui_push(v->ui, campaign_preview_view(), s->campaign.name);
}

static void run_test(struct view *v)
{
    run_test_of(v->state);
}

static void run_send(struct view *v)
{
    struct campaign_edit *s = v->state;
    if (save_first(v))
        ui_push(v->ui, campaign_send_view(), s->campaign.name);
}

static const struct {
    const char *key;
    void (*run)(struct view *v);
} presses[] = {
    {"save", editing_run_save},
    {"preview", run_preview},
    {"test", run_test},
    {"send", run_send},
    {"cancel", editing_run_cancel},
    {"logo", campaign_edit_choose_logo},
    {"add-file", campaign_edit_add_file},
    {"remove-file", campaign_edit_remove_file},
};

static void press(struct view *v)
{
    struct campaign_edit *s = v->state;
    const struct form_row *row = form_pressed(s->form);
    int body = body_of(row);
    if (body >= 0) {
        write_body(v, body);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(presses); i++)
        if (strcmp(row->key, presses[i].key) == 0)
            presses[i].run(v);
}

static gboolean key_edit(struct view *v, const struct term_event *e)
{
    struct campaign_edit *s = v->state;
    switch (form_event(s->form, e)) {
    case FORM_PRESSED:
        press(v);
        return TRUE;
    case FORM_LEFT_ROW:
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
    struct campaign_edit *s = v->state;
    form_draw(s->form, r, TRUE);
}

static const struct action actions[] = {
    {"save", TK_CTRL('S'), TK_F2, N_("save"), N_("save what is typed"), N_("CAMPAIGN"),
     "campaign set", NULL, editing_run_save},
    {"editor", TK_CTRL('O'), TK_F4, N_("own editor"),
     N_("the long text in the program that EDITOR names"), NULL, "campaign edit", NULL,
     run_editor},
    {"test", TK_CTRL('T'), TK_F5, N_("send me this"),
     N_("save, and send a marked copy to yourself"), NULL, "campaign test", NULL, run_test},
    {"help", TK_F1, 0, N_("help"), N_("what this field is for"), NULL, NULL, NULL,
     editing_run_help},
    {"leave", TK_ESC, 0, N_("leave"), N_("back; asks when something is not saved"), NULL, NULL,
     NULL, editing_run_cancel},
    {NULL},
};

const struct view_ops *campaign_edit_view(void)
{
    static const struct view_ops ops = {.name = "edit",
                                        .state_size = sizeof(struct campaign_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title_edit,
                                        .note = editing_note,
                                        .draw = draw_edit,
                                        .hint = editing_hint,
                                        .letters_are_text = TRUE,
                                        .key = key_edit,
                                        .actions = actions,
                                        .may_close = editing_may_close,
                                        .save_draft = editing_save_draft};
    return &ops;
}
