/*
 * A walk over gumbo's tree that says to textflow.c what is a paragraph, a list, a quote, a
 * heading. What each element means is a table. Not for parsing within bounds (html.c), for
 * folding lines, or for deciding whether a message needs a text part (body.c).
 */
#include "config.h"

#include "message/htmltext.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "message/html_private.h"
#include "message/htmlscan.h"
#include "message/htmltext_private.h"
#include "message/tags.h"
#include "message/template.h"
#include "message/textflow.h"

#define VALUE_CELLS 5 /* of a value under which a line is drawn: no tag is shorter */

struct walk {
    struct textflow *f;   /* owned by the caller */
    const struct tags *t; /* borrowed */
    guint depth;
    gboolean in_pre;
};

static void walk_children(struct walk *w, const GumboNode *node);
static void walk_node(struct walk *w, const GumboNode *node);

/* ---- sections ---- */

static gboolean is_void_node(const GumboNode *node)
{
    return node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_COMMENT;
}

/* The next sibling on one side that is neither blank nor comment. */
static const GumboNode *neighbour(const GumboNode *node, int step)
{
    const GumboVector *all = &node->parent->v.element.children;
    gssize i = (gssize)node->index_within_parent + step;

    while (i >= 0 && i < (gssize)all->length) {
        const GumboNode *other = all->data[i];

        if (!is_void_node(other))
            return other;
        i += step;
    }
    return NULL;
}

/* A section tag is part of the running text when text or an inline element is beside it. */
static void put_comment(struct walk *w, const GumboNode *node)
{
    const char *word = node->v.text.text;
    const GumboNode *before, *after;
    gsize len;
    guint i;

    len = tags_match(w->t, word, &i);
    if (len == 0 || word[len] != '\0' || !node->parent || !node_is_element(node->parent))
        return;
    before = neighbour(node, -1);
    after = neighbour(node, 1);
    if (w->in_pre || (before && node_is_inline(before)) || (after && node_is_inline(after)) ||
        (!before && !after && node_is_inline(node->parent)))
        textflow_text(w->f, word, len);
    else
        textflow_section(w->f, word, len);
}

/* ---- links ---- */

/* What two ways to write one address have in common. Tags are compared by what they say. */
static char *bare_url(const struct walk *w, const char *s)
{
    static const char *const heads[] = {"https://", "http://", "mailto:", "tel:", "www.", NULL};
    g_autofree char *tagged = tags_restore(w->t, s, "{{");
    g_autofree char *text = g_strstrip(g_ascii_strdown(tagged, -1));
    const char *at = text;
    gsize len;

    for (int i = 0; heads[i]; i++) {
        if (g_str_has_prefix(at, heads[i]))
            at += strlen(heads[i]);
    }
    len = strlen(at);
    if (len > 0 && at[len - 1] == '/')
        len--;
    return g_strndup(at, len);
}

static gboolean is_number_of(const char *href, const char *text)
{
    g_autoptr(GString) digits = g_string_new("tel:");

    for (; *text; text++) {
        if (g_ascii_isdigit(*text) || (*text == '+' && digits->len == 4))
            g_string_append_c(digits, *text);
    }
    return digits->len > 6 && strcmp(digits->str, href) == 0;
}

/* NULL: nothing that a reader of text could follow. */
static const char *link_target(const GumboNode *node)
{
    static const char *const useless[] = {"#", "javascript:", "cid:", "data:", NULL};
    const char *href = node_attribute(node, "href");

    if (!href)
        return NULL;
    href += strspn(href, " \t\r\n");
    for (int i = 0; useless[i]; i++) {
        if (g_ascii_strncasecmp(href, useless[i], strlen(useless[i])) == 0)
            return NULL;
    }
    return *href ? href : NULL;
}

static gboolean has_image(const GumboNode *node, guint depth)
{
    if (!node_is_element(node) || depth > HTMLTEXT_MAX_DEPTH)
        return FALSE;
    if (node_role(node) == ROLE_IMAGE)
        return TRUE;
    for (guint i = 0; i < node->v.element.children.length; i++) {
        if (has_image(node->v.element.children.data[i], depth + 1))
            return TRUE;
    }
    return FALSE;
}

/* Behind its text; below it where that was a block of its own, a button say. */
static void put_target(struct walk *w, const char *shown)
{
    gboolean is_below = textflow_is_empty(w->f) && textflow_stay(w->f);

    textflow_text(w->f, " ", 1);
    textflow_solid(w->f, shown);
    if (is_below)
        textflow_gap(w->f);
}

static void put_link(struct walk *w, const GumboNode *node)
{
    const char *href = link_target(node);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *bare_text = NULL, *bare_href = NULL, *shown = NULL;

    node_text(node, text, 0);
    bare_text = bare_url(w, text->str);
    bare_href = bare_url(w, href ? href : "");
    if (href && (strcmp(bare_text, bare_href) == 0 || is_number_of(href, text->str))) {
        gboolean is_plain = g_ascii_strncasecmp(href, "mailto:", 7) == 0 ||
                            g_ascii_strncasecmp(href, "tel:", 4) == 0;

        textflow_solid(w->f, is_plain ? g_strstrip(text->str) : href);
        return;
    }
    walk_children(w, node);
    if (!href || (bare_text[0] == '\0' && !has_image(node, 0)))
        return;
    shown = g_strdup_printf("<%s>", href);
    put_target(w, shown);
}

static void put_image(struct walk *w, const GumboNode *node)
{
    const char *alt = node_attribute(node, "alt");

    if (alt && *alt)
        textflow_text(w->f, alt, strlen(alt));
}

/* ---- blocks ---- */

/* How long a heading will be, about: a value is rather as long as a name than as its tag. */
static gsize heading_cells(const struct walk *w, const char *s, gsize len)
{
    gsize cells = textflow_cells(w->t, s, len);
    guint i;

    for (gsize at = 0; at < len; at++) {
        if (tags_match(w->t, s + at, &i) > 0 && !tag_is_section(tags_get(w->t, i)))
            cells -= text_cells(tags_get(w->t, i)->name) + strlen("{{}}") - VALUE_CELLS;
    }
    return cells;
}

static void put_heading(struct walk *w, const GumboNode *node)
{
    char sign = node->v.element.tag == GUMBO_TAG_H1 ? '=' : '-';
    struct textflow *inner;
    g_autofree char *text = NULL;
    struct walk head = *w;
    gsize widest = 0;

    textflow_gap(w->f);
    inner = head.f = textflow_new(w->t, textflow_room(w->f));
    walk_children(&head, node);
    text = textflow_finish(inner);
    textflow_free(inner);
    for (const char *s = text; *s;) {
        gsize len = strcspn(s, "\n");

        textflow_line(w->f, s, len);
        widest = MAX(widest, heading_cells(w, s, len));
        s += len + (s[len] == '\n');
    }
    if (widest > 0 && node->v.element.tag <= GUMBO_TAG_H2) {
        g_autofree char *rule = g_strnfill(MIN(widest, textflow_room(w->f)), sign);

        textflow_line(w->f, rule, strlen(rule));
    }
    textflow_gap(w->f);
}

static gboolean is_numbered(const GumboNode *list)
{
    return list->v.element.tag == GUMBO_TAG_OL;
}

/* Items that a section may repeat or leave out have no number that is known here. */
static gboolean has_sections(const struct walk *w, const GumboNode *list)
{
    guint k;

    for (guint i = 0; i < list->v.element.children.length; i++) {
        const GumboNode *child = list->v.element.children.data[i];

        if (child->type == GUMBO_NODE_COMMENT && tags_match(w->t, child->v.text.text, &k) > 0)
            return TRUE;
    }
    return FALSE;
}

static gint64 number_of(const GumboNode *node, const char *name, gint64 fallback)
{
    const char *s = node_attribute(node, name);

    return s && *s ? CLAMP(g_ascii_strtoll(s, NULL, 10), 0, 999999) : fallback;
}

static void put_item(struct walk *w, const GumboNode *node, const char *bullet)
{
    g_autofree char *rest = g_strnfill(strlen(bullet), ' ');

    textflow_push(w->f, bullet, rest);
    walk_children(w, node);
    textflow_pop(w->f);
}

static gboolean is_nested_list(const GumboNode *node)
{
    for (const GumboNode *up = node->parent; up && node_is_element(up); up = up->parent) {
        if (node_role(up) == ROLE_ITEM)
            return TRUE;
        if (node_role(up) == ROLE_TABLE)
            return FALSE;
    }
    return FALSE;
}

static void put_list(struct walk *w, const GumboNode *node)
{
    gboolean numbered = is_numbered(node) && !has_sections(w, node);
    gboolean is_nested = is_nested_list(node);
    gint64 number = number_of(node, "start", 1);

    if (is_nested)
        textflow_block(w->f);
    else
        textflow_gap(w->f);
    for (guint i = 0; i < node->v.element.children.length; i++) {
        const GumboNode *child = node->v.element.children.data[i];
        g_autofree char *bullet = NULL;

        if (node_role(child) != ROLE_ITEM || node_is_hidden(child)) {
            walk_node(w, child);
            continue;
        }
        number = number_of(child, "value", number);
        bullet = numbered ? g_strdup_printf("%d. ", (int)number++) : g_strdup("* ");
        put_item(w, child, bullet);
    }
    if (is_nested)
        textflow_block(w->f);
    else
        textflow_gap(w->f);
}

static void put_quote(struct walk *w, const GumboNode *node)
{
    textflow_gap(w->f);
    textflow_push(w->f, "> ", "> ");
    walk_children(w, node);
    textflow_pop(w->f);
    textflow_gap(w->f);
}

static void put_rule(struct walk *w)
{
    g_autofree char *rule =
        g_strnfill(textflow_room(w->f) == TEXTFLOW_ENDLESS ? 3 : textflow_room(w->f), '-');

    textflow_gap(w->f);
    textflow_line(w->f, rule, strlen(rule));
    textflow_gap(w->f);
}

/* Lines as they are written. Sections in it are words in its text. */
static void collect_pre(const struct walk *w, const GumboNode *node, GString *out, guint depth)
{
    guint i;

    if (node->type == GUMBO_NODE_COMMENT && tags_match(w->t, node->v.text.text, &i) > 0)
        g_string_append(out, node->v.text.text);
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE)
        g_string_append(out, node->v.text.text);
    if (node_role(node) == ROLE_BREAK)
        g_string_append_c(out, '\n');
    if (!node_is_element(node) || depth > HTMLTEXT_MAX_DEPTH)
        return;
    for (i = 0; i < node->v.element.children.length; i++)
        collect_pre(w, node->v.element.children.data[i], out, depth + 1);
}

/* A section tag alone on its line must stay so, whatever the prefix is. */
static void put_pre_line(struct walk *w, const char *s, gsize len)
{
    g_autofree char *line = g_strndup(s, len);
    guint i;
    gsize n;

    g_strdelimit(line, "\r", ' ');
    g_strchomp(line);
    s = line + strspn(line, " \t");
    n = tags_match(w->t, s, &i);
    if (n > 0 && s[n] == '\0' && tag_is_section(tags_get(w->t, i)))
        textflow_section(w->f, s, n);
    else
        textflow_line(w->f, line, strlen(line));
}

static void put_pre(struct walk *w, const GumboNode *node)
{
    g_autoptr(GString) text = g_string_new(NULL);

    collect_pre(w, node, text, 0);
    while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
    textflow_gap(w->f);
    for (const char *s = text->str; *s;) {
        gsize len = strcspn(s, "\n");

        put_pre_line(w, s, len);
        s += len + (s[len] == '\n');
    }
    textflow_gap(w->f);
}

/* ---- tables ---- */

/* A cell's content as one line. */
static char *cell_text(struct walk *w, const GumboNode *cell)
{
    struct walk inner = *w;
    char *text;

    inner.f = textflow_new(w->t, TEXTFLOW_ENDLESS);
    walk_children(&inner, cell);
    text = textflow_finish(inner.f);
    textflow_free(inner.f);
    return g_strstrip(g_strdelimit(text, "\n", ' '));
}

static void read_row(struct walk *w, const GumboNode *row, GPtrArray *table)
{
    struct table_row *r = table_add_row(table);

    r->is_head = TRUE;
    for (guint i = 0; i < row->v.element.children.length; i++) {
        const GumboNode *cell = row->v.element.children.data[i];
        gint64 span;

        if (!node_is_element(cell) || node_is_hidden(cell))
            continue;
        r->is_head = r->is_head && cell->v.element.tag == GUMBO_TAG_TH;
        g_ptr_array_add(r->cells, cell_text(w, cell));
        span = number_of(cell, "colspan", 1);
        while (span-- > 1 && r->cells->len < TABLE_MAX_COLUMNS)
            g_ptr_array_add(r->cells, g_strdup(""));
    }
    r->is_head = r->is_head && r->cells->len > 0;
}

static void read_rows(struct walk *w, const GumboNode *node, GPtrArray *table, guint depth)
{
    for (guint i = 0; i < node->v.element.children.length; i++) {
        const GumboNode *child = node->v.element.children.data[i];
        guint k;

        if (child->type == GUMBO_NODE_COMMENT && tags_match(w->t, child->v.text.text, &k) > 0)
            table_add_row(table)->section = g_strdup(child->v.text.text);
        else if (!node_is_element(child) || node_is_hidden(child))
            continue;
        else if (child->v.element.tag == GUMBO_TAG_TR)
            read_row(w, child, table);
        else if (child->v.element.tag == GUMBO_TAG_CAPTION)
            walk_node(w, child);
        else if (depth == 0 && node_role(child) == ROLE_BLOCK)
            read_rows(w, child, table, 1);
    }
}

static void put_table(struct walk *w, const GumboNode *node)
{
    g_autoptr(GPtrArray) table = NULL;

    textflow_gap(w->f);
    if (node_is_data_table(node)) {
        table = table_new();
        read_rows(w, node, table, 0);
        table_write(table, w->t, w->f);
    } else {
        walk_children(w, node);
    }
    textflow_gap(w->f);
}

/* ---- the walk ---- */

static void put_block(struct walk *w, const GumboNode *node)
{
    textflow_block(w->f);
    walk_children(w, node);
    textflow_block(w->f);
}

static void put_paragraph(struct walk *w, const GumboNode *node)
{
    textflow_gap(w->f);
    walk_children(w, node);
    textflow_gap(w->f);
}

static void put_definition(struct walk *w, const GumboNode *node)
{
    textflow_push(w->f, "    ", "    ");
    walk_children(w, node);
    textflow_pop(w->f);
}

static void put_quoted(struct walk *w, const GumboNode *node)
{
    textflow_text(w->f, "\"", 1);
    walk_children(w, node);
    textflow_text(w->f, "\"", 1);
}

static void put_loose_item(struct walk *w, const GumboNode *node)
{
    put_item(w, node, "* ");
}

static void put_break(struct walk *w, const GumboNode *node)
{
    textflow_break(w->f);
}

static void put_nothing(struct walk *w, const GumboNode *node)
{
}

static void put_rule_node(struct walk *w, const GumboNode *node)
{
    put_rule(w);
}

static void (*const writers[ROLE_COUNT])(struct walk *, const GumboNode *) = {
    [ROLE_INLINE] = walk_children, [ROLE_SKIP] = put_nothing,
    [ROLE_BLOCK] = put_block,      [ROLE_PARAGRAPH] = put_paragraph,
    [ROLE_HEADING] = put_heading,  [ROLE_LIST] = put_list,
    [ROLE_ITEM] = put_loose_item,  [ROLE_DEFINITION] = put_definition,
    [ROLE_QUOTE] = put_quote,      [ROLE_PRE] = put_pre,
    [ROLE_RULE] = put_rule_node,   [ROLE_BREAK] = put_break,
    [ROLE_TABLE] = put_table,      [ROLE_IMAGE] = put_image,
    [ROLE_LINK] = put_link,        [ROLE_QUOTED] = put_quoted,
};

static void walk_node(struct walk *w, const GumboNode *node)
{
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_CDATA:
    case GUMBO_NODE_WHITESPACE:
        textflow_text(w->f, node->v.text.text, strlen(node->v.text.text));
        return;
    case GUMBO_NODE_COMMENT:
        put_comment(w, node);
        return;
    case GUMBO_NODE_ELEMENT:
        if (w->depth > HTMLTEXT_MAX_DEPTH || node_is_hidden(node))
            return;
        w->depth++;
        writers[node_role(node)](w, node);
        w->depth--;
        return;
    default:
        return;
    }
}

static void walk_children(struct walk *w, const GumboNode *node)
{
    for (guint i = 0; i < node->v.element.children.length; i++)
        walk_node(w, node->v.element.children.data[i]);
}

/* ---- the whole ---- */

static gboolean check_template(const char *text, enum template_escape escape, GError **error)
{
    struct template *t = template_new(text, -1, escape, NULL, error);

    template_free(t);
    return t != NULL;
}

static char *walk_tree(const char *words, const struct tags *t, GError **error)
{
    struct walk w = {.t = t};
    struct html_tree *tree = html_tree_parse(words, strlen(words), error);
    char *text;

    if (!tree)
        return NULL;
    w.f = textflow_new(t, TEXTFLOW_WIDTH);
    walk_node(&w, html_tree_get(tree)->root);
    text = textflow_finish(w.f);
    textflow_free(w.f);
    html_tree_free(tree);
    return text;
}

char *htmltext_make(const char *html, GError **error)
{
    g_autofree char *words = NULL, *text = NULL, *result = NULL;
    struct tags *t;

    if (!check_template(html, TEMPLATE_ESCAPE_HTML, error)) {
        g_prefix_error(error, "HTML: ");
        return NULL;
    }
    t = tags_find(html);
    words = htmlscan_words(html, t);
    text = walk_tree(words, t, error);
    result = text ? tags_restore(t, text, TAGS_BRACE_TEXT) : NULL;
    tags_free(t);
    if (!result)
        return NULL;
    if (check_template(result, TEMPLATE_ESCAPE_NONE, error))
        return g_steal_pointer(&result);
    g_prefix_error(error, "%s: ",
                   _("no text part can be made of the HTML, because its sections do not "
                     "follow its elements. Write a text part"));
    return NULL;
}
