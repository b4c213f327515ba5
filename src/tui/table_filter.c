/*
 * The filter line of tables: read into terms, and held against the cells of a row. It knows no
 * table and no database; a source that asks the database reads the terms itself.
 */
#include "config.h"

#include "tui/table_filter.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

/* Keeps a pattern that goes astray from holding up the keys; past it nothing matches. */
#define MATCH_LIMIT "(*LIMIT_MATCH=100000)"

static void clear_term(struct filter_term *t)
{
    g_free(t->field);
    g_strfreev(t->values);
    if (t->regex != NULL)
        g_regex_unref(t->regex);
    memset(t, 0, sizeof *t);
}

void filter_clear(struct filter *f)
{
    for (int i = 0; i < f->n; i++)
        clear_term(&f->terms[i]);
    g_free(f->terms);
    g_free(f->text);
    memset(f, 0, sizeof *f);
}

static gboolean is_plain_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!g_ascii_isprint(*text))
            return FALSE;
    }
    return TRUE;
}

/* How texts are compared: without case, and composed characters like decomposed ones. Most
 * cells are ASCII: with thousands of rows the short way is what keeps up with typing. */
static char *fold(const char *text)
{
    if (is_plain_ascii(text))
        return g_ascii_strdown(text, -1);
    g_autofree char *safe = text_safe(text, -1, FILTER_TEXT_MAX);
    g_autofree char *normal = g_utf8_normalize(safe, -1, G_NORMALIZE_NFKC);
    return g_utf8_casefold(normal != NULL ? normal : safe, -1);
}

/* "1,204" and "5.5%" -> 1204 and 5: as numbers stand in cells. */
static gboolean read_number(const char *text, gint64 *ret)
{
    gint64 n = 0;
    const char *p = text;
    if (!g_ascii_isdigit(*p))
        return FALSE;
    for (; g_ascii_isdigit(*p) || (*p == ',' && g_ascii_isdigit(p[1])); p++) {
        if (*p == ',')
            continue;
        if (n > (G_MAXINT64 - 9) / 10)
            return FALSE;
        n = n * 10 + (*p - '0');
    }
    *ret = n;
    return TRUE;
}

/* ---- reading ---- */

struct reader {
    const char *at;
    const char *const *fields;
    GArray *terms; /* of struct filter_term */
};

static const char *known_field(const char *const *fields, const char *name, gsize len)
{
    for (gsize i = 0; fields != NULL && fields[i] != NULL; i++) {
        if (strlen(fields[i]) == len && g_ascii_strncasecmp(fields[i], name, len) == 0)
            return fields[i];
    }
    return NULL;
}

static gsize name_length(const char *s)
{
    gsize n = 0;
    while (g_ascii_isalnum(s[n]) || s[n] == '_' || s[n] == '-')
        n++;
    return s[n] == ':' ? n : 0;
}

static void read_field(struct reader *r, struct filter_term *t)
{
    gsize len = name_length(r->at);
    const char *field = len > 0 ? known_field(r->fields, r->at, len) : NULL;
    if (field == NULL)
        return;
    t->field = g_strdup(field);
    r->at += len + 1;
}

/* Up to a slash with a blank or nothing behind it, or to the end: a pattern may be half typed,
 * and paths have slashes inside. */
static char *take_pattern(struct reader *r)
{
    const char *start = ++r->at;
    for (const char *p = start; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
        } else if (*p == '/' && (p[1] == '\0' || p[1] == ' ')) {
            r->at = p + 1;
            return g_strndup(start, (gsize)(p - start));
        }
    }
    r->at = start + strlen(start);
    return g_strdup(start);
}

static char *take_word(struct reader *r)
{
    gboolean is_quoted = *r->at == '"';
    if (is_quoted)
        r->at++;
    const char *start = r->at;
    r->at += strcspn(start, is_quoted ? "\"" : " \t");
    char *word = g_strndup(start, (gsize)(r->at - start));
    if (is_quoted && *r->at == '"')
        r->at++;
    return word;
}

static gboolean read_regex(struct reader *r, struct filter_term *t, GError **error)
{
    g_autofree char *pattern = take_pattern(r);
    if (*pattern == '\0')
        return TRUE;
    g_autofree char *limited = g_strconcat(MATCH_LIMIT, pattern, NULL);
    g_autoptr(GError) why = NULL;
    t->kind = FILTER_REGEX;
    t->regex = g_regex_new(limited, G_REGEX_CASELESS, 0, &why);
    if (t->regex == NULL) {
        g_autofree char *safe = text_safe(pattern, -1, 60);
        g_set_error(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("/%s/ is no regular expression yet. Go on typing, or put a \\ before a sign "
              "that is meant as it stands"),
            safe);
        return FALSE;
    }
    t->values = g_new0(char *, 2);
    t->values[0] = g_steal_pointer(&pattern);
    return TRUE;
}

static void read_values(struct filter_term *t, const char *word)
{
    gboolean is_compared = t->field != NULL && (*word == '<' || *word == '>');
    if (is_compared && read_number(word + 1, &t->number)) {
        t->kind = *word == '<' ? FILTER_LESS : FILTER_MORE;
        t->values = g_new0(char *, 2);
        t->values[0] = g_strdup(word + 1);
        return;
    }
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    g_auto(GStrv) parts = g_strsplit(word, "|", FILTER_TERMS_MAX);
    for (gsize i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0')
            g_ptr_array_add(values, fold(parts[i]));
    }
    if (values->len == 0)
        return;
    t->kind = FILTER_WORD;
    g_ptr_array_add(values, NULL);
    t->values = (char **)g_ptr_array_steal(values, NULL);
}

/* What is not finished ("state:", a lone "-") is no term. */
static gboolean read_term(struct reader *r, GError **error)
{
    struct filter_term t = {0};
    if ((*r->at == '-' || *r->at == '!') && r->at[1] != '\0' && r->at[1] != ' ') {
        t.is_not = TRUE;
        r->at++;
    }
    read_field(r, &t);
    if (*r->at == '/') {
        if (!read_regex(r, &t, error)) {
            clear_term(&t);
            return FALSE;
        }
    } else {
        g_autofree char *word = take_word(r);
        read_values(&t, word);
    }
    if (t.values == NULL)
        clear_term(&t);
    else
        g_array_append_val(r->terms, t);
    return TRUE;
}

static void clear_terms(GArray *terms)
{
    for (guint i = 0; i < terms->len; i++)
        clear_term(&g_array_index(terms, struct filter_term, i));
    g_array_unref(terms);
}

gboolean filter_parse(struct filter *ret, const char *text, const char *const *fields,
                      GError **error)
{
    if (!text_check_line(_("the filter"), text, strlen(text), FILTER_TEXT_MAX, error))
        return FALSE;
    struct reader r = {
        .at = text,
        .fields = fields,
        .terms = g_array_new(FALSE, FALSE, sizeof(struct filter_term)),
    };
    for (;;) {
        r.at += strspn(r.at, " \t");
        if (*r.at == '\0')
            break;
        if (!read_term(&r, error)) {
            clear_terms(r.terms);
            return FALSE;
        }
        if (r.terms->len > FILTER_TERMS_MAX) {
            clear_terms(r.terms);
            g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                        _("the filter has more than %d words. Leave some out"),
                        FILTER_TERMS_MAX);
            return FALSE;
        }
    }
    char *copy = g_strdup(text); /* `text` may be the old filter's own */
    filter_clear(ret);
    ret->text = copy;
    ret->n = (int)r.terms->len;
    ret->terms = (struct filter_term *)g_array_free(r.terms, FALSE);
    return TRUE;
}

char *filter_unknown(const char *text, const char *const *fields, const char **ret_near)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", FILTER_TERMS_MAX);
    for (gsize i = 0; words[i] != NULL; i++) {
        const char *word = words[i] + strspn(words[i], "-!");
        gsize len = name_length(word);
        if (len == 0 || known_field(fields, word, len) != NULL)
            continue;
        g_autofree char *name = g_ascii_strdown(word, (gssize)len);
        const char *near = text_nearest(name, fields);
        if (near != NULL) {
            *ret_near = near;
            return g_steal_pointer(&name);
        }
    }
    return NULL;
}

/* ---- matching ---- */

static gboolean has_word(const struct filter_term *t, const char *text)
{
    g_autofree char *folded = fold(text);
    for (gsize i = 0; t->values[i] != NULL; i++) {
        if (strstr(folded, t->values[i]) != NULL)
            return TRUE;
    }
    return FALSE;
}

static gboolean has_pattern(const struct filter_term *t, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, FILTER_TEXT_MAX);
    return g_regex_match(t->regex, safe, 0, NULL);
}

static gboolean compares(const struct filter_term *t, gint64 number)
{
    return t->kind == FILTER_LESS ? number < t->number : number > t->number;
}

/* Without `is_not`. */
static gboolean term_holds(const struct filter_term *t, const char *text, gint64 number)
{
    switch (t->kind) {
    case FILTER_WORD:
        return has_word(t, text);
    case FILTER_REGEX:
        return has_pattern(t, text);
    case FILTER_LESS:
    case FILTER_MORE:
        break;
    }
    return (number != G_MININT64 || read_number(text, &number)) && compares(t, number);
}

gboolean filter_term_matches(const struct filter_term *t, const char *text)
{
    return term_holds(t, text != NULL ? text : "", G_MININT64) != t->is_not;
}

static gboolean row_holds(const struct filter_term *t, const char *const *fields,
                          const char *const *texts, const gint64 *numbers)
{
    for (gsize i = 0; fields[i] != NULL; i++) {
        if (t->field != NULL && strcmp(t->field, fields[i]) != 0)
            continue;
        gint64 number = numbers != NULL ? numbers[i] : G_MININT64;
        if (term_holds(t, texts[i] != NULL ? texts[i] : "", number))
            return TRUE;
    }
    return FALSE;
}

gboolean filter_matches(const struct filter *f, const char *const *fields,
                        const char *const *texts, const gint64 *numbers)
{
    for (int i = 0; i < f->n; i++) {
        if (row_holds(&f->terms[i], fields, texts, numbers) == f->terms[i].is_not)
            return FALSE;
    }
    return TRUE;
}
