/*
 * The text area as a view. The widget edits (textarea.c); here are its keys to the outside.
 */
#include "config.h"

#include "tui/text_edit.h"

#include "base/i18n.h"
#include "message/htmltext.h"
#include "message/markdown.h"
#include "tui/menu.h"
#include "tui/pager.h"
#include "tui/textarea.h"
#include "tui/ui.h"

#define WIDE 160 /* columns from which it is shown as it reads, too */

struct text_edit {
    struct text_edit_arg arg;
    char *title; /* owned */
    struct textarea area;
    struct pager pager; /* the text as it reads */
    guint64 looked;
    gboolean has_look;
    guint64 given; /* the serial of the text that was handed over last */
    char *hint;    /* owned */
};

static gboolean open_edit(struct view *v, const void *arg, GError **error)
{
    struct text_edit *s = v->state;
    s->arg = *(const struct text_edit_arg *)arg;
    s->title = g_strdup(s->arg.title);
    textarea_init(&s->area);
    pager_init(&s->pager);
    s->pager.is_folded = TRUE;
    s->area.has_markdown = s->arg.has_markdown;
    if (textarea_set(&s->area, s->arg.text ? s->arg.text : "", error)) {
        s->given = s->area.serial;
        return TRUE;
    }
    textarea_clear(&s->area);
    pager_clear(&s->pager);
    g_free(s->title);
    return FALSE;
}

static void give(struct view *v)
{
    struct text_edit *s = v->state;
    if (s->given == s->area.serial)
        return;
    g_autofree char *text = textarea_text(&s->area);
    s->given = s->area.serial;
    s->arg.take(s->arg.data, text);
}

static void close_edit(struct view *v)
{
    struct text_edit *s = v->state;
    give(v);
    textarea_clear(&s->area);
    pager_clear(&s->pager);
    g_free(s->title);
    g_free(s->hint);
}

static char *title_edit(struct view *v)
{
    const struct text_edit *s = v->state;
    return g_strdup(s->title);
}

static const char *hint_edit(struct view *v)
{
    struct text_edit *s = v->state;
    g_free(s->hint);
    s->hint = textarea_status(&s->area);
    return s->hint;
}

/* What a mail program without pictures shows of it, beside it where there is room. */
static void look(struct text_edit *s)
{
    g_autofree char *text = textarea_text(&s->area);
    g_autoptr(GError) error = NULL;
    g_autofree char *html =
        s->arg.has_markdown ? markdown_to_html(text, &error) : g_strdup(text);
    g_autofree char *shown = html ? htmltext_make(html, &error) : NULL;
    pager_set_text(&s->pager, shown ? shown : error->message);
    s->looked = s->area.serial;
    s->has_look = TRUE;
}

static void draw_edit(struct view *v, struct rect r)
{
    struct text_edit *s = v->state;
    gboolean is_html = s->arg.has_markdown || g_str_has_suffix(s->arg.suffix, "html");
    int width = r.w >= WIDE && is_html ? r.w / 2 : r.w;
    if (width < r.w) {
        if (!s->has_look || s->looked != s->area.serial)
            look(s);
        draw_vline(r, width, ROLE_MUTED);
        pager_draw(&s->pager, rect_part(r, width + 2, 0, r.w - width - 2, r.h), FALSE);
    }
    textarea_draw(&s->area, rect_part(r, 1, 0, width - 1, r.h), TRUE);
}

static gboolean key_edit(struct view *v, const struct term_event *e)
{
    struct text_edit *s = v->state;
    return textarea_event(&s->area, e) != INPUT_IGNORED;
}

/* ---- what can be done ---- */

static void run_done(struct view *v)
{
    ui_close(v); /* hands the text over */
}

static void run_editor(struct view *v)
{
    struct text_edit *s = v->state;
    g_autofree char *text = textarea_text(&s->area);
    g_autoptr(GError) error = NULL;
    gboolean is_changed = FALSE;
    if (!ui_edit(v->ui, s->arg.suffix, &text, &is_changed, &error) ||
        (is_changed && !textarea_replace(&s->area, text, &error)))
        ui_fail(v->ui, g_steal_pointer(&error));
    give(v);
}

/* `data` is the view: a dialog never outlives it. */
static void insert_field(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    struct text_edit *s = v->state;
    g_auto(GStrv) names = s->arg.fields(s->arg.data);
    if (n < 1 || ids[0] >= (gint64)g_strv_length(names))
        return;
    g_autofree char *tag = g_strdup_printf("{{%s}}", names[ids[0]]);
    if (!textarea_insert(&s->area, tag))
        ui_say(ui, "%s", _("There is no room left in this text."));
}

static void run_field(struct view *v)
{
    struct text_edit *s = v->state;
    g_auto(GStrv) names = s->arg.fields(s->arg.data);
    int n = (int)g_strv_length(names);
    g_autofree struct menu_item *items = g_new0(struct menu_item, (gsize)MAX(n, 1));
    for (int i = 0; i < n; i++)
        items[i] = (struct menu_item){.label = names[i], .id = i};
    const struct menu m = {
        .title = _("Merge field"),
        .text = _("It is replaced by what is known of each person. {{first_name|friend}} says "
                  "\"friend\" where nothing is known."),
        .empty = _("No list has people with fields yet."),
        .items = items,
        .n = n};
    menu_ask(v->ui, &m, insert_field, v, NULL);
}

static const char *not_field(struct view *v)
{
    const struct text_edit *s = v->state;
    return s->arg.fields ? NULL : _("This text has no merge fields.");
}

static void run_test(struct view *v)
{
    struct text_edit *s = v->state;
    give(v);
    s->arg.test(s->arg.data);
}

static const char *not_test(struct view *v)
{
    const struct text_edit *s = v->state;
    return s->arg.test ? NULL : _("This text cannot be sent by itself.");
}

static const struct action actions[] = {
    {"done", TK_ESC, TK_CTRL('S'), N_("done"), N_("back to the form, with this text"),
     N_("TEXT"), NULL, NULL, run_done},
    {"editor", TK_CTRL('O'), TK_F4, N_("own editor"), N_("in the program that EDITOR names"),
     NULL, NULL, NULL, run_editor},
    {"field", TK_CTRL('G'), TK_F3, N_("merge field"), N_("put in a field of each person"), NULL,
     NULL, not_field, run_field},
    {"test", TK_CTRL('T'), TK_F5, N_("send me this"), N_("send a marked copy to yourself"),
     NULL, "campaign test", not_test, run_test},
    {NULL},
};

const struct view_ops *text_edit_view(void)
{
    static const struct view_ops ops = {.name = "body",
                                        .state_size = sizeof(struct text_edit),
                                        .open = open_edit,
                                        .close = close_edit,
                                        .title = title_edit,
                                        .draw = draw_edit,
                                        .hint = hint_edit,
                                        .letters_are_text = TRUE,
                                        .key = key_edit,
                                        .actions = actions,
                                        .save_draft = give};
    return &ops;
}
