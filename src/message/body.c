/*
 * The bodies of a campaign, put together once. What Markdown, HTML and text mean is in
 * markdown.c, htmltext.c and texthtml.c; how they are encoded is compose.c's. Not for finding
 * layouts in the file system (app/letter).
 */
#include "config.h"

#include "message/body.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "message/htmlscan.h"
#include "message/htmltext.h"
#include "message/markdown.h"
#include "message/tags.h"
#include "message/template.h"
#include "message/texthtml.h"

/* Around Markdown where no layout was chosen: what makes a document of it and no more. */
static const char bare_layout[] =
    "<!DOCTYPE html>\n"
    "<html[[#language]] lang=\"[[language]]\"[[/language]]>\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>[[&title]]</title>\n"
    "</head>\n"
    "<body style=\"margin:0 auto;padding:16px;max-width:600px;"
    "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5\">\n"
    "[[&preheader]]\n"
    "<div dir=\"auto\">\n"
    "[[&body]]\n"
    "</div>\n"
    "</body>\n"
    "</html>\n";

/* Seen in a list of messages, behind the subject, and nowhere else. The blanks behind it keep
 * the beginning of the body out of that line. */
static const char preheader_begin[] =
    "<div style=\"display:none;max-height:0;max-width:0;overflow:hidden;mso-hide:all;"
    "font-size:1px;line-height:1px;opacity:0\">";
static const char preheader_end[] = "&#8199;&#847; &#8199;&#847; &#8199;&#847; &#8199;&#847; "
                                    "&#8199;&#847; &#8199;&#847; &#8199;&#847; &#8199;&#847; "
                                    "</div>";

static gboolean is_given(const char *s)
{
    return s && *s;
}

/* ---- templates as HTML ---- */

static gboolean check(const char *what, const char *text, enum template_escape escape,
                      GError **error)
{
    struct template *t = template_new(text, -1, escape, NULL, error);

    if (!t)
        g_prefix_error(error, "%s: ", what);
    template_free(t);
    return t != NULL;
}

static void append_escaped(GString *out, const char *s, gssize len)
{
    g_autofree char *plain = len < 0 ? g_strdup(s) : g_strndup(s, (gsize)len);
    g_autofree char *escaped = g_markup_escape_text(plain, -1);
    g_auto(GStrv) pieces = g_strsplit(escaped, "{{", -1);

    for (int i = 0; pieces[i]; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? TAGS_BRACE_HTML : "", pieces[i]);
}

/* A template of plain text as one of HTML: every value escaped, whatever its braces. */
static char *as_html(const char *template)
{
    struct tags *t = tags_find(template);
    GString *out = g_string_new(NULL);
    const char *at = template;

    for (guint i = 0; i < tags_count(t); i++) {
        const struct tag *tag = tags_get(t, i);

        append_escaped(out, at, template + tag->begin - at);
        at = template + tag->end;
        if (tag->sigil == '&')
            g_string_append_printf(out, "{{%s}}", tag->name);
        else
            tags_append_tag(t, i, out);
    }
    append_escaped(out, at, -1);
    tags_free(t);
    return g_string_free(out, FALSE);
}

static char *preheader_html(const struct body_source *s, GError **error)
{
    g_autofree char *text = NULL;

    if (!is_given(s->preheader))
        return g_strdup("");
    if (!check(_("preheader"), s->preheader, TEMPLATE_ESCAPE_HEADER, error))
        return NULL;
    text = as_html(s->preheader);
    return g_strconcat(preheader_begin, text, preheader_end, NULL);
}

/* ---- documents ---- */

/* Behind the opening tag of `name`; NULL when there is none. */
static const char *behind(const char *html, const char *name, gboolean is_end)
{
    gsize begin, end;

    return htmlscan_find(html, name, is_end, &begin, &end) ? html + end : NULL;
}

/* Right behind <body>, or where it would begin. */
static char *insert_preheader(const char *html, const char *preheader)
{
    const char *at = behind(html, "body", FALSE);

    at = at ? at : behind(html, "head", TRUE);
    at = at ? at : behind(html, "html", FALSE);
    at = at ? at : behind(html, "!doctype", FALSE);
    at = at ? at : html;
    return g_strdup_printf("%.*s%s\n%s", (int)(at - html), html, preheader, at);
}

/* What a layout goes around: the inside of a document's body, or all of a fragment. */
static char *inside_body(const char *html)
{
    const char *from = behind(html, "body", FALSE);
    gsize begin = strlen(html), end;

    from = from ? from : behind(html, "head", TRUE);
    from = from ? from : behind(html, "html", FALSE);
    from = from ? from : behind(html, "!doctype", FALSE);
    from = from ? from : html;
    if (!htmlscan_find(html, "body", TRUE, &begin, &end) &&
        !htmlscan_find(html, "html", TRUE, &begin, &end))
        begin = strlen(html);
    return from < html + begin ? g_strndup(from, html + begin - from) : g_strdup("");
}

/* The style sheets of a document's head, which its body may need. Caller frees. */
static char *styles_of(const char *html)
{
    g_autofree char *head = NULL;
    GString *out = g_string_new(NULL);
    gsize begin, end, from = 0;

    if (!htmlscan_find(html, "head", FALSE, &begin, &end) ||
        !htmlscan_find(html, "head", TRUE, &from, &begin) || from < end)
        return g_string_free(out, FALSE);
    head = g_strndup(html + end, from - end);
    for (const char *at = head; htmlscan_find(at, "style", FALSE, &begin, &end);) {
        gsize close, after;

        if (!htmlscan_find(at + end, "style", TRUE, &close, &after))
            break;
        g_string_append_len(out, at + begin, end + after - begin);
        g_string_append_c(out, '\n');
        at += end + after;
    }
    return g_string_free(out, FALSE);
}

/* ---- layouts ---- */

static char *cid_of(const char *id)
{
    g_autofree char *escaped = g_uri_escape_string(id, "/@", FALSE);

    return g_strconcat("cid:", escaped, NULL);
}

/* Text that the layout shows as it is: no template, whatever braces it has. */
static void set_plain(struct json *data, const char *key, const char *value)
{
    g_autoptr(GString) escaped = g_string_new(NULL);

    append_escaped(escaped, value ? value : "", -1);
    json_set_string(data, key, escaped->str);
}

static struct json *layout_data(const struct body_source *s, const char *body,
                                const char *styles, const char *preheader)
{
    struct json *data = json_new_object();
    g_autofree char *title = as_html(s->subject ? s->subject : "");
    g_autofree char *logo = is_given(s->logo) ? cid_of(s->logo) : g_strdup("");

    json_set_string(data, "body", body);
    json_set_string(data, "styles", styles);
    json_set_string(data, "preheader", preheader);
    json_set_string(data, "title", title);
    set_plain(data, "logo", logo);
    set_plain(data, "language", s->language);
    set_plain(data, "organisation", s->organisation);
    set_plain(data, "postal_address", s->postal_address);
    /* TRANSLATORS: the link at the foot of a mail */
    set_plain(data, "unsubscribe", _("Unsubscribe"));
    set_plain(data, "reason", _("You get this mail because you are on our mailing list."));
    return data;
}

static char *lay_out(const char *layout, const struct json *data, GError **error)
{
    g_autofree char *source = g_strconcat("{{=[[ ]]=}}\n", layout, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    /* Values are HTML already. */
    struct template *t = template_new(source, -1, TEMPLATE_ESCAPE_NONE, NULL, error);
    gboolean ok = t && template_render(t, NULL, data, out, error);

    template_free(t);
    if (ok)
        return g_strdup(out->str);
    g_prefix_error(error, "%s: ", _("layout"));
    return NULL;
}

/* ---- the bodies ---- */

static char *written_html(const struct body_source *s, GError **error)
{
    if (is_given(s->html))
        return check("HTML", s->html, TEMPLATE_ESCAPE_HTML, error) ? g_strdup(s->html) : NULL;
    if (is_given(s->markdown))
        return markdown_to_html(s->markdown, error);
    return texthtml_make(s->text, error);
}

static char *make_html(const struct body_source *s, GError **error)
{
    gboolean is_whole = is_given(s->html) && !is_given(s->layout);
    g_autofree char *html = written_html(s, error), *body = NULL, *styles = NULL;
    g_autofree char *preheader = html ? preheader_html(s, error) : NULL;
    struct json *data;
    char *result;

    if (!preheader || (is_given(s->subject) &&
                       !check(_("subject"), s->subject, TEMPLATE_ESCAPE_HEADER, error)))
        return NULL;
    if (is_whole)
        return *preheader ? insert_preheader(html, preheader) : g_steal_pointer(&html);
    body = is_given(s->html) ? inside_body(html) : g_strdup(html);
    styles = is_given(s->html) ? styles_of(html) : g_strdup("");
    data = layout_data(s, body, styles, preheader);
    result = lay_out(is_given(s->layout) ? s->layout : bare_layout, data, error);
    json_unref(data);
    return result;
}

gboolean body_make(const struct body_source *s, char **ret_html, char **ret_text,
                   GError **error)
{
    g_autofree char *html = NULL, *text = NULL;
    gboolean has_html = is_given(s->html) || is_given(s->markdown) ||
                        (is_given(s->text) && is_given(s->layout));

    if (!has_html && !is_given(s->text)) {
        g_set_error_literal(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("the message has no body. Write an HTML, a Markdown or a text body"));
        return FALSE;
    }
    if (is_given(s->text) && !check(_("text"), s->text, TEMPLATE_ESCAPE_NONE, error))
        return FALSE;
    if (has_html && !(html = make_html(s, error)))
        return FALSE;
    text = is_given(s->text) ? g_strdup(s->text) : htmltext_make(html, error);
    if (!text)
        return FALSE;
    *ret_html = g_steal_pointer(&html);
    *ret_text = g_steal_pointer(&text);
    return TRUE;
}
