/*
 * A mail that was taken apart becomes a campaign: each part gets a file name that is unique and
 * harmless, and the HTML's references lead to these files. Taking it apart is
 * message/mimeread's.
 */
#include "config.h"

#include "app/import_eml.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "message/cidref.h"
#include "message/mimeread.h"
#include "model/part.h"
#include "store/campaigns.h"
#include "transfer/campaignfile.h"

#define ENDING ".eml"
#define MAX_SLUG 64
#define MAX_FILE_BYTES 100
#define SHOWN_CHARS 80

gboolean import_eml_is(const char *path)
{
    gsize len = strlen(path);
    return len > strlen(ENDING) && g_ascii_strcasecmp(path + len - strlen(ENDING), ENDING) == 0;
}

void import_eml_free(struct eml_draft *d)
{
    if (!d)
        return;
    campaign_clear(&d->campaign);
    g_clear_pointer(&d->left_out, g_ptr_array_unref);
    g_free(d);
}

/* "mail/Spring News (1).eml" -> "spring-news-1". Caller frees. */
static char *slug_of(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    g_autoptr(GString) slug = g_string_new(NULL);
    base[strlen(base) - strlen(ENDING)] = '\0';
    for (const char *p = base; *p && slug->len < MAX_SLUG; p++) {
        char c = g_ascii_tolower(*p);
        if (g_ascii_isalnum(c) || (slug->len > 0 && strchr("._", c)))
            g_string_append_c(slug, c);
        else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
            g_string_append_c(slug, '-');
    }
    while (slug->len > 0 && strchr("-.", slug->str[slug->len - 1]))
        g_string_truncate(slug, slug->len - 1);
    return g_string_free(g_steal_pointer(&slug), FALSE);
}

/* ---- files ---- */

static const char *ending_of(const char *type)
{
    static const struct {
        const char *type, *ending;
    } rows[] = {
        {"image/png", "png"},  {"image/jpeg", "jpg"},      {"image/jpg", "jpg"},
        {"image/gif", "gif"},  {"image/webp", "webp"},     {"image/svg+xml", "svg"},
        {"text/plain", "txt"}, {"application/pdf", "pdf"}, {"text/calendar", "ics"},
        {"text/html", "html"}, {"message/rfc822", "eml"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].type, type) == 0)
            return rows[i].ending;
    return NULL;
}

/* A file name that any system can hold, that cid: can name, and whose ending tells the type. */
static char *harmless(const char *name, const char *type, guint n)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = name; *p && out->len < MAX_FILE_BYTES; p++) {
        if (g_ascii_isalnum(*p) || (out->len > 0 && strchr("._-", *p)))
            g_string_append_c(out, *p);
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    }
    const char *ending = ending_of(type);
    if (out->len == 0)
        g_string_printf(out, "part-%u", n + 1);
    if (ending && strcmp(part_type_of(out->str), type) != 0)
        g_string_append_printf(out, ".%s", ending);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "a.png", "a-2.png" … Taken names compare without case: some disks do, too. */
static char *unique(GHashTable *taken, const char *file)
{
    const char *dot = strrchr(file, '.');
    gsize stem = dot ? (gsize)(dot - file) : strlen(file);
    g_autofree char *candidate = g_strdup(file);
    for (guint n = 2;; n++) {
        if (g_hash_table_add(taken, g_ascii_strdown(candidate, -1)))
            return g_steal_pointer(&candidate);
        g_free(candidate);
        candidate = g_strdup_printf("%.*s-%u%s", (int)stem, file, n, dot ? dot : "");
    }
}

static void name_files(GPtrArray *parts)
{
    static const char *const reserved[] = {CAMPAIGNFILE_NAME, "body.html", "body.txt"};
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(reserved); i++)
        g_hash_table_add(taken, g_strdup(reserved[i]));
    for (guint i = 0; i < parts->len; i++) {
        struct part *p = parts->pdata[i];
        g_autofree char *file = harmless(p->name, p->type, i);
        p->file = unique(taken, file);
        if (!*p->name) {
            g_free(p->name);
            p->name = g_strdup(p->file);
        }
    }
}

/* ---- images ---- */

static void note_missing(const GPtrArray *missing, GPtrArray *left_out)
{
    for (guint i = 0; i < missing->len && i < MIMEREAD_MAX_NOTES; i++) {
        g_autofree char *safe = text_safe(missing->pdata[i], -1, SHOWN_CHARS);
        g_ptr_array_add(left_out,
                        g_strdup_printf(_("image %s, which is not in the mail"), safe));
    }
}

/* What the HTML shows is inline and named like its file, as campaignfile_read() has it. Takes
 * what it was from the mail; the rest stays an attachment. */
static void place_images(struct mimeread *m)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    int line;
    for (guint i = 0; i < m->parts->len; i++) {
        struct part *p = m->parts->pdata[i];
        if (p->content_id && *p->content_id && !g_hash_table_contains(names, p->content_id))
            g_hash_table_insert(names, p->content_id, p->file);
    }
    if (m->html) {
        char *renamed = cidref_rename(m->html, names, missing);
        g_free(m->html);
        m->html = renamed;
        note_missing(missing, m->left_out);
        g_autoptr(GPtrArray) refs = cidref_find(m->html, CIDREF_HTML, &line, NULL);
        for (guint i = 0; refs && i < refs->len; i++)
            g_hash_table_add(shown, g_strdup(((const struct cidref *)refs->pdata[i])->name));
    }
    for (guint i = 0; i < m->parts->len; i++) {
        struct part *p = m->parts->pdata[i];
        gboolean is_shown = g_hash_table_contains(shown, p->file);
        g_clear_pointer(&p->content_id, g_free);
        if (!is_shown)
            continue;
        p->kind = PART_INLINE;
        p->content_id = g_strdup(p->file);
        g_free(p->name);
        p->name = g_strdup(p->file);
        g_free(p->type);
        p->type = g_strdup(part_type_of(p->file));
    }
}

/* In the order that a folder gives: images as the HTML shows them, then attachments. */
static GPtrArray *in_order(struct mimeread *m)
{
    GPtrArray *ordered = part_array_new();
    int line;
    g_autoptr(GPtrArray) refs = m->html ? cidref_find(m->html, CIDREF_HTML, &line, NULL) : NULL;
    g_ptr_array_set_free_func(m->parts, NULL);
    for (guint i = 0; refs && i < refs->len; i++) {
        const struct cidref *r = refs->pdata[i];
        for (guint k = 0; k < m->parts->len; k++) {
            struct part *p = m->parts->pdata[k];
            if (p->kind == PART_INLINE && strcmp(p->file, r->name) == 0)
                g_ptr_array_add(ordered, p);
        }
    }
    for (guint k = 0; k < m->parts->len; k++) {
        struct part *p = m->parts->pdata[k];
        if (p->kind == PART_ATTACHMENT)
            g_ptr_array_add(ordered, p);
    }
    return ordered;
}

/* ---- the draft ---- */

/* What the field table refuses is left out, with its reason. */
static void set(struct eml_draft *d, const char *key, const char *value)
{
    g_autoptr(GError) why = NULL;
    if (value && !field_set_key(campaign_fields(), &d->campaign, key, value, &why))
        g_ptr_array_add(d->left_out, g_strdup(why->message));
}

static void fill(struct eml_draft *d, struct mimeread *m)
{
    set(d, "from", m->from);
    set(d, "reply_to", m->reply_to);
    set(d, "subject", m->subject);
    if (m->subject) /* a subject may be longer than a title */
        field_set_key(campaign_fields(), &d->campaign, "title", m->subject, NULL);
    set(d, "html", m->html);
    set(d, "text", m->text);
    if (m->html)
        set(d, "html_file", "body.html");
    if (m->text)
        set(d, "text_file", "body.txt");
    if (!m->html && !m->text)
        g_ptr_array_add(d->left_out, g_strdup(_("a body, of which there is none")));
    d->campaign.parts = in_order(m);
}

struct eml_draft *import_eml_parse(const char *data, gsize len, const char *name,
                                   GError **error)
{
    struct mimeread m;
    if (!mimeread_parse(data, len, &m, error))
        return NULL;
    struct eml_draft *d = g_new0(struct eml_draft, 1);
    campaign_init(&d->campaign);
    d->campaign.name = g_strdup(name);
    name_files(m.parts);
    place_images(&m);
    d->left_out = g_ptr_array_ref(m.left_out);
    fill(d, &m);
    mimeread_clear(&m);
    return d;
}

static gboolean check_free(struct db *db, const char *name, GError **error)
{
    struct campaign have;
    GError *why = NULL;
    if (campaigns_get(db, name, &have, &why)) {
        campaign_clear(&have);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS,
                    _("campaign %s: it is there already. Name the new one with --name"), name);
        return FALSE;
    }
    if (!g_error_matches(why, CRIER_ERROR, CRIER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, why);
        return FALSE;
    }
    g_error_free(why);
    return TRUE;
}

struct eml_draft *import_eml_prepare(struct db *db, const char *path, const char *name,
                                     GError **error)
{
    gsize len = 0;
    g_autofree char *safe = text_safe(path, -1, 0);
    g_autofree char *slug = name ? g_strdup(name) : slug_of(path);
    if (!text_is_slug(slug)) {
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("%s: the file's name gives no name for the campaign. Name it with --name"), safe);
        return NULL;
    }
    if (!check_free(db, slug, error))
        return NULL;
    g_autofree char *data = file_read(path, MIMEREAD_MAX_BYTES, &len, error);
    if (!data)
        return NULL;
    struct eml_draft *d = import_eml_parse(data, len, slug, error);
    if (!d)
        g_prefix_error(error, "%s: ", safe);
    return d;
}

gboolean import_eml_commit(struct db *db, struct eml_draft *d, GError **error)
{
    return campaigns_put(db, &d->campaign, NULL, error);
}
