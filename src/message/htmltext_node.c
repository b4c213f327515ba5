/*
 * What an element means for its text, whether it is seen at all, and which tables are tables to
 * their readers. Not for writing any of it.
 */
#include "config.h"

#include "message/htmltext_private.h"

#include <string.h>

#include "base/text.h"

#define CELL_MAX 40 /* cells of text: more is no data */

static const guint8 roles[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_HEAD] = ROLE_SKIP,        [GUMBO_TAG_STYLE] = ROLE_SKIP,
    [GUMBO_TAG_SCRIPT] = ROLE_SKIP,      [GUMBO_TAG_TITLE] = ROLE_SKIP,
    [GUMBO_TAG_TEMPLATE] = ROLE_SKIP,    [GUMBO_TAG_SVG] = ROLE_SKIP,
    [GUMBO_TAG_MATH] = ROLE_SKIP,        [GUMBO_TAG_OBJECT] = ROLE_SKIP,
    [GUMBO_TAG_IFRAME] = ROLE_SKIP,      [GUMBO_TAG_AUDIO] = ROLE_SKIP,
    [GUMBO_TAG_VIDEO] = ROLE_SKIP,       [GUMBO_TAG_CANVAS] = ROLE_SKIP,
    [GUMBO_TAG_SELECT] = ROLE_SKIP,      [GUMBO_TAG_TEXTAREA] = ROLE_SKIP,
    [GUMBO_TAG_INPUT] = ROLE_SKIP,       [GUMBO_TAG_NOFRAMES] = ROLE_SKIP,
    [GUMBO_TAG_MAP] = ROLE_SKIP,         [GUMBO_TAG_COLGROUP] = ROLE_SKIP,
    [GUMBO_TAG_HTML] = ROLE_BLOCK,       [GUMBO_TAG_BODY] = ROLE_BLOCK,
    [GUMBO_TAG_DIV] = ROLE_BLOCK,        [GUMBO_TAG_CENTER] = ROLE_BLOCK,
    [GUMBO_TAG_SECTION] = ROLE_BLOCK,    [GUMBO_TAG_ARTICLE] = ROLE_BLOCK,
    [GUMBO_TAG_ASIDE] = ROLE_BLOCK,      [GUMBO_TAG_HEADER] = ROLE_BLOCK,
    [GUMBO_TAG_FOOTER] = ROLE_BLOCK,     [GUMBO_TAG_MAIN] = ROLE_BLOCK,
    [GUMBO_TAG_NAV] = ROLE_BLOCK,        [GUMBO_TAG_ADDRESS] = ROLE_BLOCK,
    [GUMBO_TAG_FIGURE] = ROLE_BLOCK,     [GUMBO_TAG_FIGCAPTION] = ROLE_BLOCK,
    [GUMBO_TAG_FORM] = ROLE_BLOCK,       [GUMBO_TAG_FIELDSET] = ROLE_BLOCK,
    [GUMBO_TAG_DETAILS] = ROLE_BLOCK,    [GUMBO_TAG_SUMMARY] = ROLE_BLOCK,
    [GUMBO_TAG_DT] = ROLE_BLOCK,         [GUMBO_TAG_CAPTION] = ROLE_BLOCK,
    [GUMBO_TAG_TBODY] = ROLE_BLOCK,      [GUMBO_TAG_THEAD] = ROLE_BLOCK,
    [GUMBO_TAG_TFOOT] = ROLE_BLOCK,      [GUMBO_TAG_TR] = ROLE_BLOCK,
    [GUMBO_TAG_TD] = ROLE_BLOCK,         [GUMBO_TAG_TH] = ROLE_BLOCK,
    [GUMBO_TAG_P] = ROLE_PARAGRAPH,      [GUMBO_TAG_DL] = ROLE_PARAGRAPH,
    [GUMBO_TAG_H1] = ROLE_HEADING,       [GUMBO_TAG_H2] = ROLE_HEADING,
    [GUMBO_TAG_H3] = ROLE_HEADING,       [GUMBO_TAG_H4] = ROLE_HEADING,
    [GUMBO_TAG_H5] = ROLE_HEADING,       [GUMBO_TAG_H6] = ROLE_HEADING,
    [GUMBO_TAG_UL] = ROLE_LIST,          [GUMBO_TAG_OL] = ROLE_LIST,
    [GUMBO_TAG_MENU] = ROLE_LIST,        [GUMBO_TAG_DIR] = ROLE_LIST,
    [GUMBO_TAG_LI] = ROLE_ITEM,          [GUMBO_TAG_DD] = ROLE_DEFINITION,
    [GUMBO_TAG_BLOCKQUOTE] = ROLE_QUOTE, [GUMBO_TAG_PRE] = ROLE_PRE,
    [GUMBO_TAG_LISTING] = ROLE_PRE,      [GUMBO_TAG_HR] = ROLE_RULE,
    [GUMBO_TAG_BR] = ROLE_BREAK,         [GUMBO_TAG_TABLE] = ROLE_TABLE,
    [GUMBO_TAG_IMG] = ROLE_IMAGE,        [GUMBO_TAG_A] = ROLE_LINK,
    [GUMBO_TAG_Q] = ROLE_QUOTED,
};

gboolean node_is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT;
}

enum role node_role(const GumboNode *node)
{
    if (node->type == GUMBO_NODE_TEMPLATE)
        return ROLE_SKIP;
    return node_is_element(node) && node->v.element.tag < GUMBO_TAG_LAST
               ? (enum role)roles[node->v.element.tag]
               : ROLE_INLINE;
}

const char *node_attribute(const GumboNode *node, const char *name)
{
    const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes, name);

    return a ? a->value : NULL;
}

gboolean node_is_inline(const GumboNode *node)
{
    enum role role = node_role(node);

    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA)
        return TRUE;
    return node_is_element(node) &&
           (role == ROLE_INLINE || role == ROLE_IMAGE || role == ROLE_LINK ||
            role == ROLE_QUOTED || role == ROLE_BREAK);
}

static gboolean style_has(const char *style, const char *property, const char *value)
{
    const char *at = style;

    for (gsize len = strlen(property); (at = strstr(at, property)); at += len) {
        const char *v = at + len;

        if (at > style && !strchr("; \t\r\n", at[-1]))
            continue;
        v += strspn(v, " \t\r\n");
        if (*v++ != ':')
            continue;
        v += strspn(v, " \t\r\n");
        if (g_str_has_prefix(v, value) && !g_ascii_isalnum(v[strlen(value)]) &&
            v[strlen(value)] != '.')
            return TRUE;
    }
    return FALSE;
}

gboolean node_is_hidden(const GumboNode *node)
{
    const char *given = node_attribute(node, "style");
    g_autofree char *style = g_ascii_strdown(given ? given : "", -1);

    return node_attribute(node, "hidden") || style_has(style, "display", "none") ||
           style_has(style, "visibility", "hidden") || style_has(style, "mso-hide", "all") ||
           style_has(style, "max-height", "0") || style_has(style, "max-height", "0px") ||
           style_has(style, "font-size", "0") || style_has(style, "font-size", "0px");
}

void node_text(const GumboNode *node, GString *out, guint depth)
{
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA ||
        node->type == GUMBO_NODE_WHITESPACE)
        g_string_append(out, node->v.text.text);
    if (!node_is_element(node) || node_role(node) == ROLE_SKIP || depth > HTMLTEXT_MAX_DEPTH)
        return;
    for (guint i = 0; i < node->v.element.children.length; i++)
        node_text(node->v.element.children.data[i], out, depth + 1);
}

/* What a look over a table finds. */
struct survey {
    guint n_rows, n_heads, widest;
    gboolean has_blocks, has_long, has_media;
};

static void survey_cell(struct survey *s, const GumboNode *node, guint depth)
{
    if (!node_is_element(node) || depth > HTMLTEXT_MAX_DEPTH)
        return;
    for (guint i = 0; i < node->v.element.children.length; i++) {
        const GumboNode *child = node->v.element.children.data[i];
        enum role role = node_role(child);

        if (node_is_element(child) && !node_is_inline(child) && role != ROLE_SKIP &&
            role != ROLE_PARAGRAPH)
            s->has_blocks = TRUE;
        s->has_media = s->has_media || role == ROLE_IMAGE || role == ROLE_LINK;
        survey_cell(s, child, depth + 1);
    }
}

static void survey_row(struct survey *s, const GumboNode *row)
{
    guint n = 0;

    for (guint i = 0; i < row->v.element.children.length; i++) {
        const GumboNode *cell = row->v.element.children.data[i];
        g_autoptr(GString) text = NULL;

        if (!node_is_element(cell) || node_is_hidden(cell))
            continue;
        n++;
        s->n_heads += cell->v.element.tag == GUMBO_TAG_TH;
        text = g_string_new(NULL);
        node_text(cell, text, 0);
        s->has_long = s->has_long || text_cells(g_strstrip(text->str)) > CELL_MAX;
        survey_cell(s, cell, 0);
    }
    s->n_rows++;
    s->widest = MAX(s->widest, n);
}

static void survey_rows(struct survey *s, const GumboNode *node, guint depth)
{
    for (guint i = 0; i < node->v.element.children.length; i++) {
        const GumboNode *child = node->v.element.children.data[i];

        if (!node_is_element(child))
            continue;
        if (child->v.element.tag == GUMBO_TAG_TR)
            survey_row(s, child);
        else if (depth == 0 && node_role(child) == ROLE_BLOCK)
            survey_rows(s, child, 1);
    }
}

gboolean node_is_data_table(const GumboNode *table)
{
    const char *role = node_attribute(table, "role");
    struct survey s = {0};

    if (role && (g_ascii_strcasecmp(role, "presentation") == 0 ||
                 g_ascii_strcasecmp(role, "none") == 0))
        return FALSE;
    survey_rows(&s, table, 0);
    if (s.has_blocks || s.widest < 2 || s.widest > TABLE_MAX_COLUMNS)
        return FALSE;
    if (s.n_heads > 0)
        return TRUE;
    return s.n_rows > 1 && !s.has_long && !s.has_media;
}
