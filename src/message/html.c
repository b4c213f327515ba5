/*
 * The door to gumbo. Its memory comes from an arena with a limit, so that no input makes a tree
 * of gigabytes and none is freed by recursion; what would cost time beyond measure (depth, tags
 * of thousands of attributes) is refused before it is parsed. Not for judging what is found.
 */
#include "config.h"

#include "message/html.h"

#include <setjmp.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "message/html_private.h"

#define ARENA_BLOCK (256 * 1024)
#define ARENA_ALIGN 16

/* ---- memory ---- */

struct arena {
    GPtrArray *blocks; /* owned */
    char *at;
    gsize left, taken;
    jmp_buf full;
};

/* Called by gumbo, which cannot be told that there is no memory: it is left by longjmp(), and
 * all it had lies in the arena. */
static void *arena_take(void *data, size_t size)
{
    struct arena *a = data;
    size = (size + ARENA_ALIGN - 1) & ~(gsize)(ARENA_ALIGN - 1);
    if (size > a->left) {
        gsize block = MAX(size, (gsize)ARENA_BLOCK);
        if (block > HTML_MAX_MEMORY - a->taken)
            longjmp(a->full, 1);
        a->at = g_malloc(block);
        g_ptr_array_add(a->blocks, a->at);
        a->left = block;
        a->taken += block;
    }
    void *p = a->at;
    a->at += size;
    a->left -= size;
    return p;
}

static void arena_give(void *data, void *p)
{
}

/* NULL when the arena is full. No local here needs to be freed, none is changed after setjmp().
 */
static GumboOutput *parse(struct arena *a, const char *html, gsize len)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = arena_take;
    options.deallocator = arena_give;
    options.userdata = a;
    options.max_errors = 0; /* each would copy the stack of open elements */
    if (setjmp(a->full) != 0)
        return NULL;
    return gumbo_parse_with_options(&options, html, len);
}

/* ---- what is refused beforehand ---- */

/* Elements that are not opened inside themselves by writing them twice. */
static gboolean nests(const char *name)
{
    static const char *const flat[] = {"area",   "base",     "br",       "col",   "embed",
                                       "hr",     "img",      "input",    "link",  "meta",
                                       "param",  "source",   "track",    "wbr", /* void */
                                       "p",      "li",       "dt",       "dd",    "tr",
                                       "td",     "th",       "tbody",    "thead", "tfoot",
                                       "option", "optgroup", "colgroup", "body",  "head",
                                       "html",   NULL}; /* with an optional end tag */
    return !g_strv_contains(flat, name);
}

/* The tag's name, cut and in lower case; "" when `s` is none. */
static gsize read_name(const char *s, const char *end, char *name, gsize size)
{
    gsize n = 0, kept = 0;
    if (s >= end || !g_ascii_isalpha(*s)) {
        name[0] = '\0';
        return 0;
    }
    for (; s + n < end && !strchr(" \t\r\n\f/>", s[n]); n++)
        if (kept + 1 < size)
            name[kept++] = g_ascii_tolower(s[n]);
    name[kept] = '\0';
    return n;
}

struct depth {
    guint open[HTML_MAX_DEPTH]; /* hashes of names */
    guint n;
};

static gboolean descend(struct depth *d, const char *name)
{
    if (!nests(name))
        return TRUE;
    if (d->n == HTML_MAX_DEPTH)
        return FALSE;
    d->open[d->n++] = g_str_hash(name);
    return TRUE;
}

/* "</b>" ends no <div> that was opened since: it stays open, as often as one likes. */
static gboolean ends_alone(const char *name)
{
    static const char *const formatting[] = {"a",      "b",      "big",  "code", "em",
                                             "font",   "i",      "nobr", "s",    "small",
                                             "strike", "strong", "tt",   "u",    NULL};
    return g_strv_contains(formatting, name);
}

static void ascend(struct depth *d, const char *name)
{
    guint hash = g_str_hash(name);
    for (guint i = d->n; i > 0; i--) {
        if (d->open[i - 1] != hash)
            continue;
        if (ends_alone(name))
            memmove(&d->open[i - 1], &d->open[i], (--d->n - (i - 1)) * sizeof d->open[0]);
        else
            d->n = i - 1;
        return;
    }
}

static gboolean fail(GError **error, const char *why)
{
    g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, why);
    return FALSE;
}

/* Words of a tag, about: attributes are compared with one another. */
static const char *skip_tag(const char *s, const char *end, guint *ret_words)
{
    *ret_words = 0;
    for (; s < end && *s != '>'; s++)
        *ret_words += g_ascii_isspace(*s) || *s == '/';
    return s;
}

static gboolean is_bearable(const char *html, gsize len, GError **error)
{
    const char *end = html + len;
    struct depth d;
    char name[32];
    d.n = 0;
    for (const char *s = memchr(html, '<', len); s; s = memchr(s, '<', (gsize)(end - s))) {
        gboolean is_end = ++s < end && *s == '/';
        gsize n = read_name(s + is_end, end, name, sizeof name);
        guint words = 0;
        if (n == 0)
            continue;
        s = skip_tag(s + is_end + n, end, &words);
        if (words > HTML_MAX_WORDS_IN_TAG)
            return fail(error, _("the HTML has a tag of more than 10,000 words. Is a quotation "
                                 "mark or a > missing?"));
        if (is_end)
            ascend(&d, name);
        else if (!descend(&d, name))
            return fail(
                error,
                _("the HTML has more than 256 elements in one another. Are end tags missing?"));
    }
    return TRUE;
}

/* ---- the walk ---- */

struct html_element {
    const GumboElement *element;
    const char *source;
};

static gboolean is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

static gboolean is_hidden_text(const GumboNode *parent)
{
    return is_element(parent) && (parent->v.element.tag == GUMBO_TAG_SCRIPT ||
                                  parent->v.element.tag == GUMBO_TAG_STYLE);
}

static const GumboVector *children_of(const GumboNode *node)
{
    return node->type == GUMBO_NODE_DOCUMENT ? &node->v.document.children
                                             : &node->v.element.children;
}

static void enter(const GumboNode *node, const char *source, const struct html_handler *h,
                  void *data)
{
    struct html_element e = {&node->v.element, source};
    if (is_element(node) && h->open)
        h->open(&e, data);
    else if ((node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
              node->type == GUMBO_NODE_CDATA) &&
             h->text && !is_hidden_text(node->parent))
        h->text(node->v.text.text, data);
}

static void leave(const GumboNode *node, const char *source, const struct html_handler *h,
                  void *data)
{
    struct html_element e = {&node->v.element, source};
    if (is_element(node) && h->close)
        h->close(&e, data);
}

/* Without recursion: whatever depth the parser made of it. */
static void walk(const GumboNode *document, const char *source, const struct html_handler *h,
                 void *data)
{
    const GumboNode *node = document;
    guint child = 0;
    for (;;) {
        gboolean has_children = is_element(node) || node == document;
        if (has_children && child < children_of(node)->length) {
            node = children_of(node)->data[child];
            child = 0;
            enter(node, source, h, data);
            continue;
        }
        if (node == document)
            return;
        leave(node, source, h, data);
        child = (guint)node->index_within_parent + 1;
        node = node->parent;
    }
}

/* ---- the tree ---- */

struct html_tree {
    struct arena arena;
    const GumboOutput *output; /* in the arena */
};

struct html_tree *html_tree_parse(const char *html, gsize len, GError **error)
{
    if (len > HTML_MAX_BYTES) {
        fail(error, _("the HTML is larger than 1 MB"));
        return NULL;
    }
    if (!is_bearable(html, len, error))
        return NULL;
    struct html_tree *t = g_new0(struct html_tree, 1);
    t->arena.blocks = g_ptr_array_new_with_free_func(g_free);
    t->output = parse(&t->arena, html, len);
    if (t->output)
        return t;
    html_tree_free(t);
    fail(error, _("the HTML is too complicated to be read"));
    return NULL;
}

const GumboOutput *html_tree_get(const struct html_tree *t)
{
    return t->output;
}

void html_tree_free(struct html_tree *t)
{
    if (!t)
        return;
    g_ptr_array_unref(t->arena.blocks);
    g_free(t);
}

gboolean html_walk(const char *html, gsize len, const struct html_handler *h, void *data,
                   GError **error)
{
    struct html_tree *t = html_tree_parse(html, len, error);
    if (t)
        walk(t->output->document, html, h, data);
    html_tree_free(t);
    return t != NULL;
}

const char *html_name(const struct html_element *e)
{
    return gumbo_normalized_tagname(e->element->tag);
}

static const GumboAttribute *find(const struct html_element *e, const char *name)
{
    return gumbo_get_attribute(&e->element->attributes, name);
}

const char *html_attribute(const struct html_element *e, const char *name)
{
    const GumboAttribute *a = find(e, name);
    return a ? a->value : NULL;
}

gboolean html_attribute_span(const struct html_element *e, const char *name, gsize *ret_start,
                             gsize *ret_len)
{
    const GumboAttribute *a = find(e, name);
    /* One without value has its name there. */
    if (!a || !a->original_value.data || a->original_value.data == a->original_name.data)
        return FALSE;
    const char *s = a->original_value.data;
    gsize len = a->original_value.length;
    if (len >= 2 && (*s == '"' || *s == '\'') && s[len - 1] == *s) {
        s++;
        len -= 2;
    }
    *ret_start = (gsize)(s - e->source);
    *ret_len = len;
    return TRUE;
}
