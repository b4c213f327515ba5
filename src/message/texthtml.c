/*
 * Text as HTML, a line at a time, with template tags as words. Not for Markdown.
 */
#include "config.h"

#include "message/texthtml.h"

#include <string.h>

#include "message/tags.h"
#include "message/template.h"

static const char *const url_names[] = {"unsubscribe_url", "view_url", NULL};

struct writer {
    GString *out;
    const struct tags *t; /* borrowed */
    gboolean in_paragraph;
};

static char *with_words(const char *text, const struct tags *t)
{
    GString *out = g_string_new(NULL);
    const char *at = text;

    for (guint i = 0; i < tags_count(t); i++) {
        const struct tag *tag = tags_get(t, i);

        g_string_append_len(out, at, text + tag->begin - at);
        tags_append_word(t, i, out);
        at = text + tag->end;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

/* Nothing but section tags and blanks, at least one tag. */
static gboolean is_sections(const struct writer *w, const char *s)
{
    gboolean found = FALSE;

    for (;;) {
        guint i;
        gsize len;

        s += strspn(s, " \t\r");
        if (*s == '\0')
            return found;
        len = tags_match(w->t, s, &i);
        if (len == 0 || !tag_is_section(tags_get(w->t, i)))
            return FALSE;
        found = TRUE;
        s += len;
    }
}

static void end_paragraph(struct writer *w)
{
    if (w->in_paragraph)
        g_string_append(w->out, "</p>\n");
    w->in_paragraph = FALSE;
}

/* The length of an address at `s`, without the sign that ends its sentence; 0: none. */
static gsize url_len(const struct writer *w, const char *s)
{
    gsize len = 0;
    guint i;

    if (g_str_has_prefix(s, "http://") || g_str_has_prefix(s, "https://")) {
        len = strcspn(s, " \t\r\n<>\"");
        while (len > 0 && strchr(".,;:!?)'", s[len - 1]))
            len--;
        return len;
    }
    len = tags_match(w->t, s, &i);
    return len > 0 && g_strv_contains(url_names, tags_get(w->t, i)->name) ? len : 0;
}

static void put_line(struct writer *w, const char *s)
{
    g_string_append(w->out, w->in_paragraph ? "<br>\n" : "<p>");
    w->in_paragraph = TRUE;
    while (*s) {
        gsize len = url_len(w, s);
        g_autofree char *escaped = NULL;

        if (len > 0) {
            escaped = g_markup_escape_text(s, (gssize)len);
            g_string_append_printf(w->out, "<a href=\"%s\">%s</a>", escaped, escaped);
            s += len;
            continue;
        }
        for (len = 1; s[len] && s[len] != 'h' && url_len(w, s + len) == 0; len++)
            ;
        escaped = g_markup_escape_text(s, (gssize)len);
        g_string_append(w->out, escaped);
        s += len;
    }
}

char *texthtml_make(const char *text, GError **error)
{
    struct template *valid = template_new(text, -1, TEMPLATE_ESCAPE_NONE, NULL, error);
    struct tags *t;
    struct writer w = {.out = NULL};
    g_autofree char *words = NULL;
    g_auto(GStrv) lines = NULL;
    char *result;

    if (!valid)
        return NULL;
    template_free(valid);
    w.t = t = tags_find(text);
    w.out = g_string_new(NULL);
    words = with_words(text, t);
    lines = g_strsplit(words, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_strchomp(lines[i]);
        if (is_sections(&w, lines[i])) {
            end_paragraph(&w);
            g_string_append_printf(w.out, "%s\n", lines[i]);
        } else if (*lines[i] == '\0') {
            end_paragraph(&w);
        } else {
            put_line(&w, lines[i]);
        }
    }
    end_paragraph(&w);
    result = tags_restore(t, w.out->str, TAGS_BRACE_HTML);
    g_string_free(w.out, TRUE);
    tags_free(t);
    return result;
}
