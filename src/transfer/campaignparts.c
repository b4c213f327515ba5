/*
 * Parts of a campaign between folder and record. Which types there are is model/part's, how
 * they are encoded message/compose's.
 */
#include "config.h"

#include "transfer/campaignparts.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "message/cidref.h"
#include "model/part.h"
#include "transfer/cfgrecord.h"

#define SHOWN_CHARS 100

struct reader {
    const char *folder, *label; /* borrowed */
    GPtrArray *parts;           /* owned */
    GHashTable *shown;          /* owned; files of images, borrowed from `parts` */
    gsize total;
};

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, message);
    return FALSE;
}

/* ---- reading ---- */

/* Takes `p`; its file is read into it. */
static gboolean add(struct reader *r, struct part *p, GError **error)
{
    gsize len = 0;
    char *data = NULL;
    if (r->parts->len == PART_MAX_PARTS)
        refuse(error,
               _("there are more than %d images and attachments. Leave some out, or put them "
                 "into one ZIP file"),
               PART_MAX_PARTS);
    else
        data = file_read_beneath(r->folder, p->file, PART_MAX_BYTES, &len, error);
    if (data && r->total + len > PART_MAX_BYTES) {
        g_autofree char *safe = text_safe(p->file, -1, SHOWN_CHARS);
        refuse(error,
               _("%s: with it, images and attachments are larger than %d MiB. Put large files "
                 "on a web page and link to them"),
               safe, PART_MAX_BYTES / (1024 * 1024));
        g_clear_pointer(&data, g_free);
    }
    if (!data) {
        part_free(p);
        return FALSE;
    }
    r->total += len;
    p->data = g_bytes_new_take(data, len);
    g_ptr_array_add(r->parts, p);
    return TRUE;
}

static gboolean add_image(struct reader *r, const char *file, GError **error)
{
    if (g_hash_table_contains(r->shown, file))
        return TRUE;
    if (!text_check_line(_("the image's name"), file, strlen(file), CAMPAIGNPARTS_MAX_NAME,
                         error))
        return FALSE;
    struct part *p = g_new0(struct part, 1);
    p->kind = PART_INLINE;
    p->file = g_strdup(file);
    p->name = g_path_get_basename(file);
    p->type = g_strdup(part_type_of(file));
    p->content_id = g_strdup(file);
    if (!add(r, p, error))
        return FALSE;
    g_hash_table_add(r->shown, p->file);
    return TRUE;
}

/* "spring/campaign.cfg" and "body.html" -> "spring/body.html". */
static char *label_of(const struct reader *r, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(r->label);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    return text_safe(path, -1, 0);
}

static gboolean add_images(struct reader *r, const char *body, const char *file,
                           enum cidref_syntax syntax, GError **error)
{
    if (!body)
        return TRUE;
    int line = 0;
    g_autofree char *label = label_of(r, file);
    g_autoptr(GPtrArray) refs = cidref_find(body, syntax, &line, error);
    if (!refs)
        return cfgrecord_at(label, line, error);
    for (guint i = 0; i < refs->len; i++) {
        const struct cidref *ref = refs->pdata[i];
        if (!add_image(r, ref->name, error))
            return cfgrecord_at(label, ref->line, error);
    }
    return TRUE;
}

static gboolean check_attachment(const struct part *p, GError **error)
{
    if (!p->file || !*p->file)
        return refuse(error,
                      _("attachments: one has no file. Write ( { file = \"flyer.pdf\"; } )"));
    if (p->name && (!*p->name || strpbrk(p->name, "/\\")))
        return refuse(error, _("name: it must be a file name, without '/' and '\\'"));
    if (p->type && !part_type_is_valid(p->type)) {
        g_autofree char *safe = text_safe(p->type, -1, SHOWN_CHARS);
        return refuse(error,
                      _("type: \"%s\" is no media type. Write one like \"application/pdf\""),
                      safe);
    }
    return TRUE;
}

static gboolean take_key(struct part *p, const struct cfg_node *n, GError **error)
{
    static const char *const known[] = {"file", "name", "type", NULL};
    if (strcmp(n->name, "file") == 0)
        return cfgrecord_take_line(n, CAMPAIGNPARTS_MAX_NAME, &p->file, error);
    if (strcmp(n->name, "name") == 0)
        return cfgrecord_take_line(n, CAMPAIGNPARTS_MAX_NAME, &p->name, error);
    if (strcmp(n->name, "type") == 0)
        return cfgrecord_take_line(n, PART_MAX_TYPE, &p->type, error);
    return cfgrecord_unknown(n->name, known, error);
}

static gboolean add_attachment(struct reader *r, const struct cfg_node *group, GError **error)
{
    if (group->type != CFG_GROUP) {
        cfgrecord_wrong_type("attachments", group, "( { file = \"flyer.pdf\"; } )", error);
        return cfgrecord_at(r->label, group->line, error);
    }
    struct part *p = g_new0(struct part, 1);
    p->kind = PART_ATTACHMENT;
    for (guint i = 0; i < group->children->len; i++) {
        const struct cfg_node *n = group->children->pdata[i];
        if (!take_key(p, n, error)) {
            part_free(p);
            return cfgrecord_at(r->label, n->line, error);
        }
    }
    if (!check_attachment(p, error)) {
        part_free(p);
        return cfgrecord_at(r->label, group->line, error);
    }
    if (!p->name)
        p->name = g_path_get_basename(p->file);
    if (!p->type)
        p->type = g_strdup(part_type_of(p->file));
    return add(r, p, error) || cfgrecord_at(r->label, group->line, error);
}

static gboolean add_attachments(struct reader *r, const struct cfg_node *list, GError **error)
{
    if (!list)
        return TRUE;
    if (list->type != CFG_LIST) {
        cfgrecord_wrong_type("attachments", list, "( { file = \"flyer.pdf\"; } )", error);
        return cfgrecord_at(r->label, list->line, error);
    }
    for (guint i = 0; i < list->children->len; i++)
        if (!add_attachment(r, list->children->pdata[i], error))
            return FALSE;
    return TRUE;
}

gboolean campaignparts_read(const char *folder, const char *label,
                            const struct cfg_node *attachments, int logo_line,
                            struct campaign *c, GError **error)
{
    struct reader r = {.folder = folder, .label = label, .parts = part_array_new()};
    r.shown = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean ok = add_images(&r, c->html, c->html_file, CIDREF_HTML, error) &&
                  add_images(&r, c->markdown, c->markdown_file, CIDREF_MARKDOWN, error);
    if (ok && c->logo && *c->logo && !add_image(&r, c->logo, error)) {
        g_prefix_error(error, "logo: ");
        ok = cfgrecord_at(label, logo_line, error);
    }
    ok = ok && add_attachments(&r, attachments, error);
    g_hash_table_unref(r.shown);
    if (!ok) {
        g_ptr_array_unref(r.parts);
        return FALSE;
    }
    g_clear_pointer(&c->parts, g_ptr_array_unref);
    c->parts = r.parts;
    return TRUE;
}

/* ---- writing ---- */

static void name_images(GHashTable *named, const char *body, enum cidref_syntax syntax)
{
    int line;
    g_autoptr(GPtrArray) refs = body ? cidref_find(body, syntax, &line, NULL) : NULL;
    for (guint i = 0; refs && i < refs->len; i++) {
        const struct cidref *ref = refs->pdata[i];
        g_hash_table_add(named, g_strdup(ref->name));
    }
}

GHashTable *campaignparts_named(const struct campaign *c)
{
    GHashTable *named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    name_images(named, c->html, CIDREF_HTML);
    name_images(named, c->markdown, CIDREF_MARKDOWN);
    if (c->logo && *c->logo)
        g_hash_table_add(named, g_strdup(c->logo));
    return named;
}

static void put_attachment(GString *out, const char *indent, const struct part *p)
{
    g_autofree char *deeper = g_strconcat(indent, "    ", NULL);
    g_autofree char *usual = g_path_get_basename(p->file);
    g_string_append_printf(out, "%s  {\n", indent);
    cfgrecord_put_text(out, deeper, "file", p->file);
    if (g_strcmp0(p->name, usual) != 0)
        cfgrecord_put_text(out, deeper, "name", p->name);
    if (g_strcmp0(p->type, part_type_of(p->file)) != 0)
        cfgrecord_put_text(out, deeper, "type", p->type);
    g_string_append_printf(out, "%s  }", indent);
}

void campaignparts_put(GString *out, const char *indent, const struct campaign *c)
{
    gboolean is_first = TRUE;
    for (guint i = 0; c->parts && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        if (p->kind != PART_ATTACHMENT)
            continue;
        if (is_first)
            g_string_append_printf(out, "%sattachments = (\n", indent);
        else
            g_string_append(out, ",\n");
        put_attachment(out, indent, p);
        is_first = FALSE;
    }
    if (!is_first)
        g_string_append_printf(out, "\n%s);\n", indent);
}
