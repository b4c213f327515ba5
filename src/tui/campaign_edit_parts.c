/*
 * Files of a campaign: attachments, and the logo that a layout shows. They are read into the
 * record at once, so that the file may be gone later.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "model/part.h"
#include "store/parts.h"
#include "tui/campaign_edit_private.h"
#include "tui/chooser.h"
#include "tui/menu.h"
#include "tui/ui.h"

#define FILE_MAX_BYTES (25 * 1000 * 1000) /* no server takes more */

static GPtrArray *parts_of(struct view *v)
{
    struct campaign_edit *s = v->state;
    if (!s->campaign.parts)
        s->campaign.parts = part_array_new();
    return s->campaign.parts;
}

static struct part *read_part(struct ui *ui, const char *path, enum part_kind kind)
{
    g_autoptr(GError) error = NULL;
    char *bytes = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &bytes, &len, &error)) {
        ui_fail(ui, g_steal_pointer(&error));
        return NULL;
    }
    if (len > FILE_MAX_BYTES) {
        ui_fail_text(ui, _("%s is larger than 25 MB: no mail server takes that. Put it on the "
                           "web and link to it."),
                     path);
        g_free(bytes);
        return NULL;
    }
    struct part *p = g_new0(struct part, 1);
    p->kind = kind;
    p->file = g_path_get_basename(path);
    p->name = g_strdup(p->file);
    p->type = g_strdup(part_type_of(p->file));
    p->content_id = kind == PART_INLINE ? g_strdup(p->file) : NULL;
    p->data = g_bytes_new_take(bytes, len);
    return p;
}

static void drop_file(GPtrArray *parts, const char *file)
{
    for (guint i = parts->len; i-- > 0;)
        if (strcmp(((const struct part *)parts->pdata[i])->file, file) == 0)
            g_ptr_array_remove_index(parts, i);
}

static void add(struct view *v, const char *path, enum part_kind kind)
{
    struct campaign_edit *s = v->state;
    struct part *p = read_part(v->ui, path, kind);
    if (!p)
        return;
    drop_file(parts_of(v), p->file);
    if (kind == PART_INLINE)
        form_set_text(s->form, "logo", p->file);
    g_ptr_array_add(parts_of(v), p);
    s->editing.is_changed = TRUE;
    ui_redraw(v->ui);
}

/* `data` is the view: a dialog never outlives it. */
static void take_file(struct ui *ui, const char *path, void *data)
{
    add(data, path, PART_ATTACHMENT);
}

static void take_logo(struct ui *ui, const char *path, void *data)
{
    add(data, path, PART_INLINE);
}

void campaign_edit_add_file(struct view *v)
{
    const struct chooser c = {.title = _("Attach a file")};
    chooser_ask(v->ui, &c, take_file, v, NULL);
}

void campaign_edit_choose_logo(struct view *v)
{
    static const char *const images[] = {".png", ".jpg", ".jpeg", ".gif", NULL};
    const struct chooser c = {.title = _("The logo"), .suffixes = images};
    chooser_ask(v->ui, &c, take_logo, v, NULL);
}

static void remove_file(struct ui *ui, const gint64 *ids, int n, void *data)
{
    struct view *v = data;
    struct campaign_edit *s = v->state;
    GPtrArray *parts = parts_of(v);
    if (n < 1 || ids[0] >= (gint64)parts->len)
        return;
    const struct part *p = parts->pdata[ids[0]];
    if (strcmp(form_text(s->form, "logo"), p->file) == 0)
        form_set_text(s->form, "logo", "");
    g_ptr_array_remove_index(parts, (guint)ids[0]);
    s->editing.is_changed = TRUE;
    ui_redraw(ui);
}

void campaign_edit_remove_file(struct view *v)
{
    const GPtrArray *parts = parts_of(v);
    g_autofree struct menu_item *items = g_new0(struct menu_item, MAX(parts->len, 1));
    for (guint i = 0; i < parts->len; i++)
        items[i] = (struct menu_item){.label = ((const struct part *)parts->pdata[i])->file,
                                      .id = i};
    const struct menu m = {
        .title = _("Take which file away?"), .items = items, .n = (int)parts->len};
    menu_ask(v->ui, &m, remove_file, v, NULL);
}
