/*
 * The door to cmark. Tags are words while cmark reads (it percent-encodes braces in link
 * targets and takes a section tag for the last line of a list item); section tags alone on a
 * line are comments, which cmark keeps between blocks. Not for what stands around the body
 * (body.c).
 */
#include "config.h"

#include "message/markdown.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "message/tags.h"
#include "message/template.h"

#define MARK_BEGIN "<!--"
#define MARK_END "-->"
#define MAX_DEPTH 100 /* of lists and quotes in each other that are looked into */
#define MAX_CUTS 16   /* marks behind a list that are tried as its end */

static gboolean check(const char *markdown, GError **error)
{
    struct template *t;

    if (strlen(markdown) > MARKDOWN_MAX_BYTES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("Markdown: the text is longer than %d bytes. Shorten it"),
                    MARKDOWN_MAX_BYTES);
        return FALSE;
    }
    t = template_new(markdown, -1, TEMPLATE_ESCAPE_NONE, NULL, error);
    if (!t)
        g_prefix_error(error, "Markdown: ");
    template_free(t);
    return t != NULL;
}

/* ---- tags to words ---- */

/* Blanks and quote signs: what may stand before a tag that is alone on its line. */
static const char *line_head(const char *begin, const char *at)
{
    const char *from = at;

    while (from > begin && from[-1] != '\n') {
        from--;
        if (!strchr(" \t>", *from))
            return NULL;
    }
    return from;
}

/*
 * How many tags from `i` fill the rest of a line with nothing but blanks between them; 0 when
 * anything else stands in it. `*ret_next` is the next line.
 */
static guint tags_alone(const struct tags *t, guint i, const char *text, const char **ret_next)
{
    guint n = 0;

    for (; i + n < tags_count(t); n++) {
        const struct tag *tag = tags_get(t, i + n);
        const char *after = text + tag->end;

        if (!tag_is_section(tag) && tag->sigil != '!')
            return 0;
        after += strspn(after, " \t\r");
        if (*after == '\n' || *after == '\0') {
            *ret_next = *after ? after + 1 : after;
            return n + 1;
        }
        if (i + n + 1 < tags_count(t) && after != text + tags_get(t, i + n + 1)->begin)
            return 0;
    }
    return 0;
}

/* A comment begins a block of its own in cmark even in the middle of a paragraph or list. */
static void append_mark(GString *out, const struct tags *t, guint i, guint n)
{
    gsize start = out->len, empty;

    g_string_append(out, MARK_BEGIN);
    empty = out->len;
    for (guint k = 0; k < n; k++)
        tags_append_word(t, i + k, out);
    if (out->len == empty)
        g_string_truncate(out, start);
    else
        g_string_append(out, MARK_END "\n");
}

/* "<{{url}}>" is a link to whoever writes it, and an unknown HTML tag to cmark. */
static gboolean is_link(const char *text, const struct tag *tag)
{
    return (tag->sigil == '\0' || tag->sigil == '&') && tag->begin > 0 &&
           text[tag->begin - 1] == '<' && text[tag->end] == '>';
}

static void append_link(GString *out, const struct tags *t, guint i)
{
    g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '[');
    tags_append_word(t, i, out);
    g_string_append(out, "](");
    tags_append_word(t, i, out);
    g_string_append_c(out, ')');
}

static char *with_words(const char *text, const struct tags *t)
{
    GString *out = g_string_sized_new(strlen(text) + 64);
    const char *at = text;

    for (guint i = 0; i < tags_count(t);) {
        const struct tag *tag = tags_get(t, i);
        const char *begin = text + tag->begin, *next = NULL;
        guint n = line_head(text, begin) ? tags_alone(t, i, text, &next) : 0;

        if (begin > at)
            g_string_append_len(out, at, begin - at);
        if (n > 0) {
            append_mark(out, t, i, n);
            at = next;
            i += n;
            continue;
        }
        at = text + tag->end;
        if (is_link(text, tag)) {
            append_link(out, t, i);
            at++;
        } else {
            tags_append_word(t, i, out);
        }
        i++;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

/* ---- lists that sections cut into pieces ---- */

/* True for a block that is nothing but marks. */
static gboolean is_mark(const struct tags *t, cmark_node *node)
{
    const char *s;
    guint i;

    if (cmark_node_get_type(node) != CMARK_NODE_HTML_BLOCK)
        return FALSE;
    s = cmark_node_get_literal(node);
    s += strspn(s, " ");
    if (!g_str_has_prefix(s, MARK_BEGIN) || tags_match(t, s + strlen(MARK_BEGIN), &i) == 0)
        return FALSE;
    while (g_str_has_prefix(s, MARK_BEGIN)) {
        gsize len;

        s += strlen(MARK_BEGIN);
        while ((len = tags_match(t, s, &i)) > 0)
            s += len;
        if (!g_str_has_prefix(s, MARK_END))
            return FALSE;
        s += strlen(MARK_END);
        s += strspn(s, " \n");
    }
    return *s == '\0';
}

static gboolean is_list(cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_LIST;
}

/* Each section that ends among `nodes` begins there, and the other way round. */
static gboolean is_balanced(const struct tags *t, cmark_node *first, cmark_node *last)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new();

    for (cmark_node *node = first;; node = cmark_node_next(node)) {
        const char *s = is_list(node) ? "" : cmark_node_get_literal(node);
        guint i;

        for (; *s; s++) {
            const struct tag *tag;

            if (tags_match(t, s, &i) == 0)
                continue;
            tag = tags_get(t, i);
            if (tag->sigil != '/')
                g_ptr_array_add(open, tag->name);
            else if (open->len == 0 || strcmp(open->pdata[open->len - 1], tag->name) != 0)
                return FALSE;
            else
                g_ptr_array_set_size(open, open->len - 1);
        }
        if (node == last)
            return open->len == 0;
    }
}

/* A mark becomes an item of its own, which put_back() knows by its shape. */
static void take_mark(cmark_node *list, cmark_node *mark)
{
    cmark_node *item = cmark_node_new(CMARK_NODE_ITEM);
    g_autofree char *literal = g_strstrip(g_strdup(cmark_node_get_literal(mark)));

    cmark_node_set_literal(mark, literal);
    cmark_node_unlink(mark);
    cmark_node_append_child(item, mark);
    cmark_node_append_child(list, item);
}

static void take_items(cmark_node *list, cmark_node *other)
{
    cmark_node *item;

    if (!cmark_node_get_list_tight(other))
        cmark_node_set_list_tight(list, 0);
    while ((item = cmark_node_first_child(other))) {
        cmark_node_unlink(item);
        cmark_node_append_child(list, item);
    }
    cmark_node_unlink(other);
    cmark_node_free(other);
}

/* One list of all from `first` to `last`. Returns it. */
static cmark_node *merge(cmark_node *first, cmark_node *last)
{
    cmark_node *list = cmark_node_new(CMARK_NODE_LIST), *model = first, *node = first;
    gboolean is_last;

    while (!is_list(model))
        model = cmark_node_next(model);
    cmark_node_set_list_type(list, cmark_node_get_list_type(model));
    cmark_node_set_list_delim(list, cmark_node_get_list_delim(model));
    cmark_node_set_list_start(list, cmark_node_get_list_start(model));
    cmark_node_set_list_tight(list, 1);
    cmark_node_insert_before(first, list);
    do {
        cmark_node *next = cmark_node_next(node);

        is_last = node == last;
        if (is_list(node))
            take_items(list, node);
        else
            take_mark(list, node);
        node = next;
    } while (!is_last);
    return list;
}

/* The end of the run of marks and like lists that begins at `first`; two lists side by side
 * without a mark are two on purpose. */
static cmark_node *run_end(const struct tags *t, cmark_node *first, cmark_node **ret_list,
                           cmark_node **ret_last_list)
{
    cmark_node *last = NULL;

    *ret_list = *ret_last_list = NULL;
    for (cmark_node *node = first; node; node = cmark_node_next(node)) {
        if (is_list(node)) {
            if (last && is_list(last))
                break;
            if (*ret_list &&
                cmark_node_get_list_type(node) != cmark_node_get_list_type(*ret_list))
                break;
            *ret_list = *ret_list ? *ret_list : node;
            *ret_last_list = node;
        } else if (!is_mark(t, node)) {
            break;
        }
        last = node;
    }
    return last;
}

/* A run and where it may be cut: the first and last list in it. */
struct run {
    cmark_node *first, *last, *list, *last_list;
};

/* Joins the longest piece that begins at `from` and in which sections are whole. Returns the
 * list, NULL where there is no such piece. */
static cmark_node *join_from(const struct tags *t, const struct run *r, cmark_node *from)
{
    cmark_node *to = r->last;

    for (int n = 0; n < MAX_CUTS && to != r->last_list; n++, to = cmark_node_previous(to))
        if (is_balanced(t, from, to))
            return merge(from, to);
    to = r->last_list;
    return from != to && is_balanced(t, from, to) ? merge(from, to) : NULL;
}

/* Sections around items belong into the list: else each turn of a section would be a list of
 * its own, numbered from 1. */
static void join_lists(const struct tags *t, cmark_node *parent, guint depth)
{
    cmark_node *node = cmark_node_first_child(parent);

    while (node) {
        struct run r = {.first = node};
        cmark_node *joined;

        r.last = run_end(t, node, &r.list, &r.last_list);
        if (!r.list) {
            node = cmark_node_next(r.last ? r.last : node);
            continue;
        }
        joined = join_from(t, &r, r.first);
        if (!joined && r.list != r.first)
            joined = join_from(t, &r, r.list);
        node = cmark_node_next(joined ? joined : r.last_list);
    }
    node = depth < MAX_DEPTH ? cmark_node_first_child(parent) : NULL;
    for (; node; node = cmark_node_next(node))
        join_lists(t, node, depth + 1);
}

/* ---- words to tags ---- */

/* The length of a mark at `s` written with `begin` and `end`; its words go to `out`. */
static gsize read_mark(const struct tags *t, const char *s, const char *begin, const char *end,
                       GString *out)
{
    gsize at = strlen(begin), len, start = out->len;
    guint i;

    if (strncmp(s, begin, at) != 0)
        return 0;
    while ((len = tags_match(t, s + at, &i)) > 0) {
        g_string_append_len(out, s + at, len);
        at += len;
    }
    if (out->len > start && g_str_has_prefix(s + at, end))
        return at + strlen(end);
    g_string_truncate(out, start);
    return 0;
}

/* Marks become words again: in a list, in HTML, and in code, where cmark escaped them. */
static char *without_marks(const struct tags *t, const char *html)
{
    GString *out = g_string_sized_new(strlen(html));

    while (*html) {
        gsize len = read_mark(t, html, "<li>\n" MARK_BEGIN, MARK_END "\n</li>", out);

        if (len == 0)
            len = read_mark(t, html, MARK_BEGIN, MARK_END, out);
        if (len == 0)
            len = read_mark(t, html, "&lt;!--", "--&gt;", out);
        if (len == 0)
            g_string_append_c(out, html[len++]);
        html += len;
    }
    return g_string_free(out, FALSE);
}

static char *render(const char *words, const struct tags *t)
{
    cmark_node *doc = cmark_parse_document(words, strlen(words), CMARK_OPT_UNSAFE);
    char *html, *clean;

    join_lists(t, doc, 0);
    html = cmark_render_html(doc, CMARK_OPT_UNSAFE);
    cmark_node_free(doc);
    clean = without_marks(t, html);
    free(html);
    return clean;
}

char *markdown_to_html(const char *markdown, GError **error)
{
    g_autofree char *words = NULL, *html = NULL;
    struct tags *t;
    char *result;

    if (!check(markdown, error))
        return NULL;
    t = tags_find(markdown);
    words = with_words(markdown, t);
    html = render(words, t);
    result = tags_restore(t, html, TAGS_BRACE_HTML);
    tags_free(t);
    /* Markdown drops some words: what follows the first ``` of a code block, an unused link's
     * address. A tag of a section that is lost there takes the other's sense. */
    struct template *whole = template_new(result, -1, TEMPLATE_ESCAPE_NONE, NULL, NULL);
    template_free(whole);
    if (!whole) {
        g_set_error_literal(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("a section's tag stands where Markdown leaves words out, as behind"
              " ``` or in a link's definition. Put it on a line of its own"));
        g_clear_pointer(&result, g_free);
    }
    return result;
}
