/*
 * What a campaign's bodies become before they are frozen: its Markdown, layout, logo, preheader
 * and missing text part, with the organisation from the settings. What is made of them is
 * message/body.c's.
 */
#include "config.h"

#include "app/letter.h"

#include <string.h>

#include "base/datafile.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"
#include "message/body.h"
#include "model/part.h"
#include "store/audit.h"

#define MAX_LAYOUT_BYTES (256 * 1024)

/* NULL without an error: the campaign has none. */
static char *read_layout(const struct campaign *c, GError **error)
{
    g_autofree char *name = NULL, *path = NULL, *text = NULL;
    gsize len;

    if (c->layout == CAMPAIGN_LAYOUT_NONE)
        return NULL;
    name = g_strdup_printf("layouts/%s.html", campaign_layout_name(c->layout));
    path = datafile_find(name, error);
    text = path ? file_read(path, MAX_LAYOUT_BYTES, &len, error) : NULL;
    return text && text_check_utf8(name, text, len, MAX_LAYOUT_BYTES, error)
               ? g_steal_pointer(&text)
               : NULL;
}

/* The Content-ID of the logo's image; NULL without an error: there is no logo. */
static const char *logo_of(const struct campaign *c, GError **error)
{
    g_autofree char *shown = NULL;

    if (!c->logo || !*c->logo || c->layout == CAMPAIGN_LAYOUT_NONE)
        return NULL;
    for (guint i = 0; c->parts && i < c->parts->len; i++) {
        const struct part *p = c->parts->pdata[i];
        if (p->kind == PART_INLINE && p->content_id && g_strcmp0(p->file, c->logo) == 0)
            return p->content_id;
    }
    shown = text_safe(c->logo, -1, 80);
    g_set_error(
        error, CRIER_ERROR, CRIER_ERROR_INVALID,
        _("logo: there is no image '%s' in the campaign. Put it into the campaign's folder "
          "and `crier apply` that"),
        shown);
    return NULL;
}

/* "de_AT.UTF-8" -> "de-AT": the language in which words are put around what was written. NULL
 * where there is none to speak of. */
static char *language(void)
{
    const char *name = g_get_language_names()[0];
    gsize len = strcspn(name, ".@");
    char *tag;

    if (len == 0 || strcmp(name, "C") == 0 || g_str_has_prefix(name, "C.") ||
        strcmp(name, "POSIX") == 0)
        return NULL;
    tag = g_strndup(name, len);
    return g_strdelimit(tag, "_", '-');
}

static gboolean make(const struct campaign *c, const char *organisation, struct campaign *ret,
                     GError **error)
{
    GError *why = NULL;
    g_autofree char *layout = read_layout(c, &why);
    const char *logo = why ? NULL : logo_of(c, &why);
    g_autofree char *lang = language();
    struct body_source source = {.html = c->html,
                                 .markdown = c->markdown,
                                 .text = c->text,
                                 .subject = c->subject,
                                 .preheader = c->preheader,
                                 .layout = layout,
                                 .logo = logo,
                                 .organisation = organisation,
                                 .postal_address = c->postal_address,
                                 .language = lang};

    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    return body_make(&source, &ret->html, &ret->text, error);
}

gboolean letter_expand(struct db *db, const struct campaign *c, struct campaign *ret,
                       GError **error)
{
    struct settings settings = {0};
    gboolean ok;

    if (!settings_load(db, &settings, error))
        return FALSE;
    *ret = *c;
    ret->html = ret->text = ret->markdown = ret->preheader = NULL;
    ret->layout = CAMPAIGN_LAYOUT_NONE;
    ok = make(c, settings.organisation, ret, error);
    settings_clear(&settings);
    return ok;
}

void letter_expanded_clear(struct campaign *c)
{
    g_free(c->html);
    g_free(c->text);
    memset(c, 0, sizeof *c);
}
