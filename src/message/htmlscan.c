/*
 * Tags, attributes, comments and raw text told apart, and open elements counted the way HTML
 * parsers do: closely enough that neither memory nor recursion behind this check can grow
 * without bound. Not for what the elements mean.
 */
#include "config.h"

#include "message/htmlscan.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define MAX_NAME 16

enum token_kind { TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_OTHER, TOKEN_END };

struct token {
    enum token_kind kind;
    const char *begin, *end;
    char name[MAX_NAME]; /* lower case, cut */
    guint n_attributes;
};

static const char *const raw_elements[] = {"script", "style", "title", "textarea", "xmp",
                                           "iframe", "noembed", "noframes", NULL};
static const char *const void_elements[] = {"area", "base", "br", "col", "embed", "hr", "img",
                                            "input", "link", "meta", "param", "source", "track",
                                            "wbr", "frame", "basefont", "bgsound", "keygen", NULL};
static const char *const formatting[] = {"a", "b", "big", "code", "em", "font", "i", "nobr",
                                         "s", "small", "strike", "strong", "tt", "u", NULL};
/* What an end tag does not reach over. */
static const char *const barriers[] = {"table", "td", "th", "caption", "object", "marquee",
                                       "applet", "template", "svg", "math", "button", NULL};
static const char *const table_inside[] = {"td", "th", "tr", "tbody", "thead", "tfoot",
                                           "caption", "colgroup", NULL};

/* Elements that end by another's beginning; the search stops at `stop`. */
static const struct {
    const char *name;
    const char *ends[4];
    const char *stop[3];
} implied[] = {
    {"li", {"li"}, {"ul", "ol"}},
    {"dt", {"dt", "dd"}, {"dl"}},
    {"dd", {"dt", "dd"}, {"dl"}},
    {"p", {"p"}, {NULL}},
    {"option", {"option"}, {"select"}},
    {"td", {"td", "th"}, {"tr", "table"}},
    {"th", {"td", "th"}, {"tr", "table"}},
    {"tr", {"tr"}, {"table"}},
    {"tbody", {"tbody", "thead", "tfoot"}, {"table"}},
    {"tfoot", {"tbody", "thead", "tfoot"}, {"table"}},
    {"thead", {"tbody", "thead", "tfoot"}, {"table"}},
};

static gboolean is_one_of(const char *name, const char *const *names)
{
    return g_strv_contains(names, name);
}

/* ---- tokens ---- */

static const char *skip_past(const char *s, const char *end, const char *what)
{
    const char *at = memmem(s, end - s, what, strlen(what));

    return at ? at + strlen(what) : end;
}

static const char *read_name(const char *s, const char *end, char name[MAX_NAME])
{
    gsize n = 0;

    for (; s < end && !g_ascii_isspace(*s) && *s != '>' && *s != '/'; s++) {
        if (n < MAX_NAME - 1)
            name[n++] = g_ascii_tolower(*s);
    }
    name[n] = '\0';
    return s;
}

/* Behind the name of a tag: to behind its ">", attributes counted. */
static const char *read_attributes(const char *s, const char *end, guint *ret_n)
{
    gboolean in_name = FALSE;

    while (s < end && *s != '>') {
        if (*s == '=' && in_name) {
            s++;
            while (s < end && g_ascii_isspace(*s))
                s++;
            if (s < end && (*s == '"' || *s == '\''))
                s = skip_past(s + 1, end, *s == '"' ? "\"" : "'");
            else
                while (s < end && !g_ascii_isspace(*s) && *s != '>')
                    s++;
            in_name = FALSE;
            continue;
        }
        if (g_ascii_isspace(*s) || *s == '/') {
            in_name = in_name && s + 1 < end && (s[1] == '=' || g_ascii_isspace(s[1]));
        } else if (!in_name) {
            in_name = TRUE;
            ++*ret_n;
        }
        s++;
    }
    return s < end ? s + 1 : end;
}

static const char *read_comment(const char *s, const char *end)
{
    if (s < end && *s == '>')
        return s + 1;
    if (end - s > 1 && s[0] == '-' && s[1] == '>')
        return s + 2;
    return skip_past(s, end, "-->");
}

/* From "<" on: to behind the tag, comment or declaration; NULL: it is text. */
static const char *read_markup(struct token *token, const char *s, const char *end)
{
    const char *after = s + 1;

    if (end - s > 1 && g_ascii_isalpha(s[1])) {
        token->kind = TOKEN_OPEN;
        return read_attributes(read_name(after, end, token->name), end, &token->n_attributes);
    }
    if (end - s > 2 && s[1] == '/' && g_ascii_isalpha(s[2])) {
        token->kind = TOKEN_CLOSE;
        return read_attributes(read_name(after + 1, end, token->name), end,
                               &token->n_attributes);
    }
    if (end - s > 1 && strchr("!?/", s[1])) {
        token->kind = TOKEN_OTHER;
        return end - s > 3 && memcmp(s, "<!--", 4) == 0 ? read_comment(s + 4, end)
                                                        : skip_past(s, end, ">");
    }
    return NULL;
}

/* The end of an element whose content is no markup: at its "</name". */
static const char *raw_end(const char *s, const char *end, const char *name)
{
    gsize len = strlen(name);

    for (; end - s > (gssize)len + 1; s++) {
        if (s[0] == '<' && s[1] == '/' && g_ascii_strncasecmp(s + 2, name, len) == 0)
            return s;
    }
    return end;
}

/* The next token at `s`. What follows an opening raw element is skipped by the caller. */
static void next_token(struct token *token, const char *s, const char *end)
{
    memset(token, 0, sizeof *token);
    token->begin = s;
    if (s == end) {
        token->kind = TOKEN_END;
        token->end = s;
        return;
    }
    token->end = *s == '<' ? read_markup(token, s, end) : NULL;
    if (token->end)
        return;
    token->kind = TOKEN_TEXT;
    token->end = memchr(s + 1, '<', end - s - 1);
    if (!token->end)
        token->end = end;
}

/* ---- nesting ---- */

struct element {
    char name[MAX_NAME];
    guint n_formatting; /* open before it */
};

struct nesting {
    struct element open[HTMLSCAN_MAX_DEPTH];
    guint depth;
    guint n_formatting; /* begun and not ended, in all blocks since the last table cell */
    guint64 n_repeats;
};

static void pop_to(struct nesting *n, guint i)
{
    while (n->depth > i) {
        n->depth--;
        /* A cell's unclosed formatting ends with it; elsewhere it goes on. */
        if (is_one_of(n->open[n->depth].name, barriers))
            n->n_formatting = n->open[n->depth].n_formatting;
    }
}

static void remove_at(struct nesting *n, guint i)
{
    memmove(&n->open[i], &n->open[i + 1], (n->depth - i - 1) * sizeof n->open[0]);
    n->depth--;
}

static void close_element(struct nesting *n, const char *name)
{
    gboolean in_table = is_one_of(name, table_inside), is_table = strcmp(name, "table") == 0;
    gboolean is_formatting = is_one_of(name, formatting);

    if (is_formatting && n->n_formatting > 0)
        n->n_formatting--;
    for (guint i = n->depth; i-- > 0;) {
        const char *open = n->open[i].name;

        if (strcmp(open, name) == 0) {
            if (is_formatting)
                remove_at(n, i);
            else
                pop_to(n, i);
            return;
        }
        if (is_table)
            continue;
        if (in_table ? strcmp(open, "table") == 0 : is_one_of(open, barriers))
            return;
    }
}

static void close_implied(struct nesting *n, const char *name)
{
    for (gsize k = 0; k < G_N_ELEMENTS(implied); k++) {
        if (strcmp(implied[k].name, name) != 0)
            continue;
        for (guint i = n->depth; i-- > 0;) {
            const char *open = n->open[i].name;

            if (is_one_of(open, implied[k].ends)) {
                pop_to(n, i);
                return;
            }
            if (is_one_of(open, implied[k].stop) ||
                (!is_one_of(name, table_inside) && is_one_of(open, barriers)))
                return;
        }
    }
}

/* False: too deep. */
static gboolean open_element(struct nesting *n, const char *name)
{
    struct element *e;

    close_implied(n, name);
    n->n_repeats += n->n_formatting;
    if (is_one_of(name, void_elements))
        return TRUE;
    if (n->depth == HTMLSCAN_MAX_DEPTH)
        return FALSE;
    e = &n->open[n->depth++];
    g_strlcpy(e->name, name, sizeof e->name);
    e->n_formatting = n->n_formatting;
    n->n_formatting += is_one_of(name, formatting);
    return TRUE;
}

static gboolean refuse(GError **error, const char *html, const char *at, const char *why)
{
    guint line = 1;

    for (const char *s = html; s < at; s++)
        line += *s == '\n';
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("HTML, line %u: %s"), line, why);
    return FALSE;
}

static gboolean check_token(struct nesting *n, const struct token *token, const char *html,
                            GError **error)
{
    if (token->n_attributes > HTMLSCAN_MAX_ATTRIBUTES)
        return refuse(error, html, token->begin,
                      _("a tag has more than 500 attributes. Is a quote missing?"));
    if (token->kind == TOKEN_CLOSE)
        close_element(n, token->name);
    if (token->kind == TOKEN_OPEN && !open_element(n, token->name))
        return refuse(error, html, token->begin,
                      _("more than 500 elements are open here. Are they ever closed?"));
    if (n->n_repeats > HTMLSCAN_MAX_REPEATS)
        return refuse(error, html, token->begin,
                      _("too many tags like <b> and <font> are never closed. Close them"));
    return TRUE;
}

gboolean htmlscan_check(const char *html, gsize len, GError **error)
{
    g_autofree struct nesting *n = g_new0(struct nesting, 1);
    const char *end = html + len;
    struct token token = {.end = html};

    if (len > HTMLSCAN_MAX_BYTES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the HTML is longer than %d bytes, too long for a mail. Shorten it; "
                      "images belong into files"),
                    HTMLSCAN_MAX_BYTES);
        return FALSE;
    }
    do {
        next_token(&token, token.end, end);
        if (!check_token(n, &token, html, error))
            return FALSE;
        if (token.kind == TOKEN_OPEN && is_one_of(token.name, raw_elements))
            token.end = raw_end(token.end, end, token.name);
    } while (token.kind != TOKEN_END);
    return TRUE;
}

/* ---- template tags ---- */

static char *all_words(const char *html, const struct tags *t)
{
    GString *out = g_string_sized_new(strlen(html) + 64);
    const char *at = html;

    for (guint i = 0; i < tags_count(t); i++) {
        const struct tag *tag = tags_get(t, i);

        g_string_append_len(out, at, html + tag->begin - at);
        tags_append_word(t, i, out);
        at = html + tag->end;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

static void append_text(GString *out, const struct tags *t, const char *s, const char *end)
{
    while (s < end) {
        guint i;
        gsize len = tags_match(t, s, &i);

        if (len == 0) {
            g_string_append_c(out, *s++);
            continue;
        }
        if (tag_is_section(tags_get(t, i)))
            g_string_append_printf(out, "<!--%.*s-->", (int)len, s);
        else
            g_string_append_len(out, s, len);
        s += len;
    }
}

char *htmlscan_words(const char *html, const struct tags *t)
{
    g_autofree char *words = all_words(html, t);
    const char *end = words + strlen(words);
    GString *out = g_string_sized_new(end - words + 64);
    struct token token = {.end = words};

    do {
        next_token(&token, token.end, end);
        if (token.kind == TOKEN_TEXT) {
            append_text(out, t, token.begin, token.end);
            continue;
        }
        if (token.kind == TOKEN_OPEN && is_one_of(token.name, raw_elements))
            token.end = raw_end(token.end, end, token.name);
        g_string_append_len(out, token.begin, token.end - token.begin);
    } while (token.kind != TOKEN_END);
    return g_string_free(out, FALSE);
}
