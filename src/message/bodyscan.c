/*
 * Collects what a body refers to, and judges single link targets. Reading HTML is html.c's;
 * sentences and counting are app/check*.c's.
 */
#include "config.h"

#include "message/bodyscan.h"

#include <string.h>

#include "message/html.h"

static void link_free(gpointer data)
{
    struct bodyscan_link *l = data;
    g_free(l->url);
    g_free(l->text);
    g_free(l);
}

static void image_free(gpointer data)
{
    struct bodyscan_image *i = data;
    g_free(i->src);
    g_free(i);
}

static void scan_init(struct bodyscan *s)
{
    s->links = g_ptr_array_new_with_free_func(link_free);
    s->images = g_ptr_array_new_with_free_func(image_free);
    s->text = g_string_new(NULL);
    s->has_active = FALSE;
}

void bodyscan_clear(struct bodyscan *s)
{
    g_clear_pointer(&s->links, g_ptr_array_unref);
    g_clear_pointer(&s->images, g_ptr_array_unref);
    if (s->text)
        g_string_free(g_steal_pointer(&s->text), TRUE);
}

/* ---- HTML ---- */

struct scanner {
    struct bodyscan *found;
    struct bodyscan_link *link; /* the open one; borrowed */
    GString *link_text;         /* owned */
    guint hidden;               /* open elements inside and including the first hidden one */
    guint unseen;               /* the same for head and title */
};

/* Elements that have no inside and so are never left. */
static gboolean is_void(const char *name)
{
    static const char *const names[] = {"area",  "base",   "br",    "col",  "embed",
                                        "hr",    "img",    "input", "link", "meta",
                                        "param", "source", "track", "wbr",  NULL};
    return g_strv_contains(names, name);
}

static gboolean hides(const struct html_element *e)
{
    const char *style = html_attribute(e, "style");
    if (html_attribute(e, "hidden"))
        return TRUE;
    if (!style)
        return FALSE;
    g_autofree char *flat = g_ascii_strdown(style, -1);
    char *to = flat;
    for (const char *from = flat; *from; from++)
        if (!g_ascii_isspace(*from))
            *to++ = *from;
    *to = '\0';
    return strstr(flat, "display:none") || strstr(flat, "visibility:hidden") ||
           strstr(flat, "mso-hide:all");
}

/* Blanks become one, none at the beginning. */
static void append_folded(GString *to, const char *s)
{
    for (; *s; s++) {
        if (!g_ascii_isspace(*s))
            g_string_append_c(to, *s);
        else if (to->len > 0 && to->str[to->len - 1] != ' ')
            g_string_append_c(to, ' ');
    }
}

static void end_link(struct scanner *s)
{
    if (!s->link)
        return;
    g_free(s->link->text);
    s->link->text = g_strdup(g_strstrip(s->link_text->str));
    s->link = NULL;
}

static void begin_link(struct scanner *s, const struct html_element *e)
{
    const char *href = html_attribute(e, "href");
    end_link(s);
    if (!href || s->found->links->len >= BODYSCAN_MAX_FINDS)
        return;
    s->link = g_new0(struct bodyscan_link, 1);
    s->link->url = g_strstrip(g_strdup(href));
    s->link->is_hidden = s->hidden > 0;
    g_string_truncate(s->link_text, 0);
    g_ptr_array_add(s->found->links, s->link);
}

static void add_image(struct scanner *s, const struct html_element *e)
{
    const char *src = html_attribute(e, "src"), *alt = html_attribute(e, "alt");
    if (s->found->images->len >= BODYSCAN_MAX_FINDS)
        return;
    struct bodyscan_image *image = g_new0(struct bodyscan_image, 1);
    image->src = g_strstrip(g_strdup(src ? src : ""));
    image->has_alt = alt != NULL;
    g_ptr_array_add(s->found->images, image);
    if (s->link && alt)
        append_folded(s->link_text, alt);
}

static void on_open(const struct html_element *e, void *data)
{
    static const char *const active[] = {"script", "form", "iframe", "object", "embed", NULL};
    struct scanner *s = data;
    const char *name = html_name(e);
    if (!is_void(name)) {
        s->hidden += s->hidden > 0 || hides(e);
        s->unseen += s->unseen > 0 || strcmp(name, "head") == 0;
    }
    if (strcmp(name, "a") == 0 || strcmp(name, "area") == 0)
        begin_link(s, e);
    else if (strcmp(name, "img") == 0)
        add_image(s, e);
    else if (g_strv_contains(active, name))
        s->found->has_active = TRUE;
    if (!s->unseen && !s->hidden)
        append_folded(s->found->text, " ");
}

static void on_text(const char *text, void *data)
{
    struct scanner *s = data;
    if (s->unseen || s->hidden)
        return;
    append_folded(s->found->text, text);
    if (s->link)
        append_folded(s->link_text, text);
}

static void on_close(const struct html_element *e, void *data)
{
    struct scanner *s = data;
    const char *name = html_name(e);
    if (strcmp(name, "a") == 0 || strcmp(name, "area") == 0)
        end_link(s);
    if (is_void(name))
        return;
    s->hidden -= s->hidden > 0;
    s->unseen -= s->unseen > 0;
}

gboolean bodyscan_html(const char *html, gsize len, struct bodyscan *ret, GError **error)
{
    static const struct html_handler handler = {on_open, on_text, on_close};
    struct bodyscan found;
    struct scanner s = {.found = &found};
    scan_init(&found);
    s.link_text = g_string_new(NULL);
    gboolean ok = html_walk(html, len, &handler, &s, error);
    end_link(&s);
    g_string_free(s.link_text, TRUE);
    if (ok)
        *ret = found;
    else
        bodyscan_clear(&found);
    return ok;
}

/* ---- plain text ---- */

/* The end of the URL that begins at `s`: blanks and brackets end it, closing marks are not its.
 * A merge tag is part of it with all that stands inside. */
static gsize url_length(const char *s)
{
    gsize n = 0;
    while (s[n] && !g_ascii_isspace(s[n]) && !strchr("<>\"", s[n])) {
        const char *tag_end = s[n] == '{' && s[n + 1] == '{' ? strstr(s + n, "}}") : NULL;
        n = tag_end ? (gsize)(tag_end - s) + 2 : n + 1;
    }
    while (n > 0 && strchr(".,;:!?)]'", s[n - 1]))
        n--;
    return n;
}

void bodyscan_text(const char *text, struct bodyscan *ret)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", NULL};
    scan_init(ret);
    append_folded(ret->text, text);
    for (const char *s = text; *s && ret->links->len < BODYSCAN_MAX_FINDS;) {
        gsize n = 0;
        for (int i = 0; schemes[i] && n == 0; i++)
            if (g_ascii_strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
                n = url_length(s);
        if (n == 0 && g_str_has_prefix(s, "{{unsubscribe_url}}"))
            n = strlen("{{unsubscribe_url}}");
        if (n == 0) {
            s++;
            continue;
        }
        struct bodyscan_link *link = g_new0(struct bodyscan_link, 1);
        link->url = g_strndup(s, n);
        link->text = g_strdup("");
        g_ptr_array_add(ret->links, link);
        s += n;
    }
}

/* ---- one link ---- */

static gboolean has_scheme(const char *url, const char *scheme)
{
    return g_ascii_strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* Every merge tag as "x"; caller frees. */
static char *without_tags(const char *url)
{
    GString *out = g_string_new(NULL);
    for (const char *s = url; *s;) {
        const char *end = s[0] == '{' && s[1] == '{' ? strstr(s, "}}") : NULL;
        if (!end) {
            g_string_append_c(out, *s++);
            continue;
        }
        g_string_append_c(out, 'x');
        s = end + (end[2] == '}' ? 3 : 2);
    }
    return g_string_free(out, FALSE);
}

static gboolean is_placeholder_host(const char *host)
{
    static const char *const hosts[] = {
        "example.com",    "example.net",     "example.org", "localhost",
        "yourdomain.com", "your-domain.com", "domain.com",  NULL};
    static const char *const ends[] = {".example", ".invalid", ".test", ".localhost", NULL};
    for (int i = 0; hosts[i]; i++) {
        const char *tail =
            g_str_has_suffix(host, hosts[i]) ? host + strlen(host) - strlen(hosts[i]) : NULL;
        if (tail && (tail == host || tail[-1] == '.'))
            return TRUE;
    }
    for (int i = 0; ends[i]; i++)
        if (g_str_has_suffix(host, ends[i]))
            return TRUE;
    return FALSE;
}

static enum bodyscan_fault check_web(const char *url)
{
    g_autoptr(GUri) uri =
        g_uri_parse(url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
    const char *host = uri ? g_uri_get_host(uri) : NULL;
    if (strpbrk(url, " \t\r\n<>\"\\^`") || !host || !*host ||
        (!strchr(host, '.') && !strchr(host, ':') && strcmp(host, "x") != 0 &&
         g_ascii_strcasecmp(host, "localhost") != 0))
        return BODYSCAN_FAULT_SYNTAX;
    g_autofree char *lower = g_ascii_strdown(host, -1);
    if (is_placeholder_host(lower) || strstr(url, "TODO") || strstr(url, "XXX"))
        return BODYSCAN_FAULT_PLACEHOLDER;
    return has_scheme(url, "http://") ? BODYSCAN_FAULT_HTTP : BODYSCAN_FAULT_NONE;
}

enum bodyscan_fault bodyscan_check_link(const char *url)
{
    static const char *const active[] = {"javascript:", "vbscript:", "data:", "file:", NULL};
    static const char *const fine[] = {
        "tel:", "sms:", "geo:", "xmpp:", "whatsapp:", "webcal:", NULL};
    g_autofree char *plain = without_tags(url);
    if (*plain == '\0' || strcmp(plain, "#") == 0)
        return BODYSCAN_FAULT_EMPTY;
    /* "#there" leads inside the message, "{{url}}" anywhere. */
    if (*plain == '#' || (g_str_has_prefix(url, "{{") && *plain == 'x'))
        return BODYSCAN_FAULT_NONE;
    for (int i = 0; active[i]; i++)
        if (has_scheme(plain, active[i]))
            return BODYSCAN_FAULT_SCRIPT;
    if (has_scheme(plain, "http://") || has_scheme(plain, "https://"))
        return check_web(plain);
    if (has_scheme(plain, "mailto:"))
        return strchr(plain, ' ') ||
                       (!strchr(plain, '@') && !strstr(plain, "?to=") && plain[7] != 'x')
                   ? BODYSCAN_FAULT_SYNTAX
                   : BODYSCAN_FAULT_NONE;
    for (int i = 0; fine[i]; i++)
        if (has_scheme(plain, fine[i]) && plain[strlen(fine[i])])
            return BODYSCAN_FAULT_NONE;
    return BODYSCAN_FAULT_SYNTAX;
}
