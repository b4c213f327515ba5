/*
 * Tags, attributes, comments and raw text told apart, closely enough to see where a template
 * tag stands. Not for what the elements mean (html.c).
 */
#include "config.h"

#include "message/htmlscan.h"

#include <string.h>

#define MAX_NAME 16

enum token_kind { TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_OTHER, TOKEN_END };

struct token {
    enum token_kind kind;
    const char *begin, *end;
    char name[MAX_NAME]; /* lower case, cut */
};

static const char *const raw_elements[] = {"script", "style",   "title",    "textarea", "xmp",
                                           "iframe", "noembed", "noframes", NULL};

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

/* Behind the name of a tag: to behind its ">". */
static const char *read_attributes(const char *s, const char *end)
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
        if (g_ascii_isspace(*s) || *s == '/')
            in_name = in_name && s + 1 < end && (s[1] == '=' || g_ascii_isspace(s[1]));
        else
            in_name = TRUE;
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
        return read_attributes(read_name(after, end, token->name), end);
    }
    if (end - s > 2 && s[1] == '/' && g_ascii_isalpha(s[2])) {
        token->kind = TOKEN_CLOSE;
        return read_attributes(read_name(after + 1, end, token->name), end);
    }
    if (end - s > 1 && strchr("!?/", s[1])) {
        token->kind = TOKEN_OTHER;
        read_name(after, end, token->name);
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

gboolean htmlscan_find(const char *html, const char *name, gboolean is_end, gsize *ret_begin,
                       gsize *ret_end)
{
    const char *end = html + strlen(html);
    enum token_kind kind = is_end ? TOKEN_CLOSE : name[0] == '!' ? TOKEN_OTHER : TOKEN_OPEN;
    struct token token = {.end = html};

    do {
        next_token(&token, token.end, end);
        if (token.kind == kind && strcmp(token.name, name) == 0) {
            *ret_begin = token.begin - html;
            *ret_end = token.end - html;
            return TRUE;
        }
        if (token.kind == TOKEN_OPEN && is_one_of(token.name, raw_elements))
            token.end = raw_end(token.end, end, token.name);
    } while (token.kind != TOKEN_END);
    return FALSE;
}
