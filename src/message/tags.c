/*
 * Template tags as words. The reader here knows where tags begin and end and no more; whether
 * they are right is template_parse.c's business, which has seen the text before.
 */
#include "config.h"

#include "message/tags.h"

#include <string.h>

#include "message/template_private.h"

#define DIGITS 6 /* of a tag's number in its word: TEMPLATE_MAX_NODES has six */

G_STATIC_ASSERT(TEMPLATE_MAX_NODES <= 999999);

struct tags {
    GArray *tags; /* of struct tag */
    char *prefix; /* owned; occurs nowhere in the text */
};

struct reader {
    const char *text;
    char open[TEMPLATE_MAX_DELIMITER + 1], close[TEMPLATE_MAX_DELIMITER + 1];
    struct tags *t;
};

static void tag_clear(gpointer data)
{
    g_free(((struct tag *)data)->name);
}

gboolean tag_is_section(const struct tag *tag)
{
    return tag->sigil == '#' || tag->sigil == '^' || tag->sigil == '/';
}

/* The text between sigil and closing delimiter; `*ret_end` is behind the tag. NULL: no end. */
static char *read_body(const struct reader *r, const char *body, char sigil,
                       const char **ret_end)
{
    g_autofree char *ending = g_strconcat(sigil == '{'   ? "}"
                                          : sigil == '=' ? "="
                                                         : "",
                                          r->close, NULL);
    const char *close = strstr(body, ending);

    if (!close)
        return NULL;
    *ret_end = close + strlen(ending);
    return g_strstrip(g_strndup(body, close - body));
}

static void set_delimiters(struct reader *r, const char *body)
{
    gsize len = strcspn(body, " \t\r\n\v\f");
    const char *close = body + len;

    close += strspn(close, " \t\r\n\v\f");
    g_strlcpy(r->open, body, MIN(len + 1, sizeof r->open));
    g_strlcpy(r->close, close, sizeof r->close);
}

/* Reads the tag at `at`; returns what is behind it, NULL when it has no end. */
static const char *read_tag(struct reader *r, const char *at)
{
    const char *body = at + strlen(r->open), *end = NULL;
    struct tag tag = {.begin = at - r->text};

    body += strspn(body, " \t\r\n\v\f");
    tag.sigil = *body && strchr("{&#^/>!=", *body) ? *body++ : '\0';
    tag.name = read_body(r, body, tag.sigil, &end);
    if (!tag.name)
        return NULL;
    tag.end = end - r->text;
    if (tag.sigil == '=')
        set_delimiters(r, tag.name);
    if (tag.sigil == '=')
        tag.sigil = '!';
    if (tag.sigil == '{')
        tag.sigil = '&';
    g_array_append_val(r->t->tags, tag);
    return end;
}

struct tags *tags_find(const char *text)
{
    struct reader r = {.text = text, .open = "{{", .close = "}}"};
    const char *at = text;
    guint n = 0;

    r.t = g_new0(struct tags, 1);
    r.t->tags = g_array_new(FALSE, FALSE, sizeof(struct tag));
    g_array_set_clear_func(r.t->tags, tag_clear);
    do {
        g_free(r.t->prefix);
        r.t->prefix = g_strdup_printf("Qtag%uZ", n++);
    } while (strstr(text, r.t->prefix));
    while (at && (at = strstr(at, r.open)))
        at = read_tag(&r, at);
    return r.t;
}

void tags_free(struct tags *t)
{
    if (!t)
        return;
    g_array_unref(t->tags);
    g_free(t->prefix);
    g_free(t);
}

guint tags_count(const struct tags *t)
{
    return t->tags->len;
}

const struct tag *tags_get(const struct tags *t, guint i)
{
    return &g_array_index(t->tags, struct tag, i);
}

void tags_append_word(const struct tags *t, guint i, GString *out)
{
    if (tags_get(t, i)->sigil != '!')
        g_string_append_printf(out, "%s%0*u", t->prefix, DIGITS, i);
}

gsize tags_match(const struct tags *t, const char *s, guint *ret_i)
{
    gsize len = strlen(t->prefix);
    guint i = 0;

    if (strncmp(s, t->prefix, len) != 0)
        return 0;
    for (int n = 0; n < DIGITS; n++) {
        if (!g_ascii_isdigit(s[len + n]))
            return 0;
        i = i * 10 + (guint)(s[len + n] - '0');
    }
    if (i >= t->tags->len)
        return 0;
    *ret_i = i;
    return len + DIGITS;
}

void tags_append_tag(const struct tags *t, guint i, GString *out)
{
    const struct tag *tag = tags_get(t, i);

    if (tag->sigil == '!')
        return;
    g_string_append(out, "{{");
    if (tag->sigil)
        g_string_append_c(out, tag->sigil);
    g_string_append(out, tag->name);
    g_string_append(out, "}}");
}

char *tags_restore(const struct tags *t, const char *s, const char *brace)
{
    GString *out = g_string_sized_new(strlen(s) + 64);

    while (*s) {
        gsize plain = strcspn(s, "Q{");
        guint i;

        g_string_append_len(out, s, plain);
        s += plain;
        if (*s == '\0')
            break;
        plain = tags_match(t, s, &i);
        if (plain > 0) {
            tags_append_tag(t, i, out);
            s += plain;
        } else if (s[0] == '{' && s[1] == '{') {
            g_string_append(out, brace);
            s += 2;
        } else {
            g_string_append_c(out, *s++);
        }
    }
    return g_string_free(out, FALSE);
}
