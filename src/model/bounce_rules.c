/*
 * Rules of the user's own: regular expressions that are asked before the tables. They come from
 * a person and meet text from strangers, so a match may only take so many steps. Keeping them
 * is the store's.
 */
#include "config.h"

#include "model/bounce_private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

/* PCRE's own bounds, set at a pattern's beginning: steps of a match, and memory for going back.
 * A usual phrase needs a few dozens a place in the text. */
#define MATCH_LIMITS "(*LIMIT_MATCH=100000)(*LIMIT_DEPTH=2000)"
#define TRIAL_BYTES 500 /* repeats that multiply pass the limits long before */

struct bounce_rule {
    char *id;      /* owned */
    GRegex *regex; /* owned */
    enum bounce_reason reason;
    enum bounce_class class;
};

struct bounce_rules {
    GPtrArray *rows; /* owned; of struct bounce_rule * */
};

static void rule_free(gpointer data)
{
    struct bounce_rule *r = data;
    g_free(r->id);
    g_regex_unref(r->regex);
    g_free(r);
}

struct bounce_rules *bounce_rules_new(void)
{
    struct bounce_rules *rules = g_new0(struct bounce_rules, 1);
    rules->rows = g_ptr_array_new_with_free_func(rule_free);
    return rules;
}

void bounce_rules_free(struct bounce_rules *rules)
{
    if (rules == NULL)
        return;
    g_ptr_array_unref(rules->rows);
    g_free(rules);
}

gsize bounce_rules_count(const struct bounce_rules *rules)
{
    return rules != NULL ? rules->rows->len : 0;
}

static gboolean check_pattern(const struct bounce_rules *rules, const char *id,
                              const char *pattern, GError **error)
{
    if (rules->rows->len >= BOUNCE_RULES_MAX) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("rule '%s': there may be %d rules at most. Delete one first"), id,
                    BOUNCE_RULES_MAX);
        return FALSE;
    }
    if (pattern == NULL || *pattern == '\0' || strlen(pattern) > BOUNCE_PATTERN_MAX_BYTES ||
        !g_utf8_validate(pattern, -1, NULL)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("rule '%s': the pattern must be text of 1 to %d bytes. Write it shorter"),
                    id, BOUNCE_PATTERN_MAX_BYTES);
        return FALSE;
    }
    if (g_str_has_prefix(pattern, "(*")) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("rule '%s': a pattern cannot begin with (*. Leave that out"), id);
        return FALSE;
    }
    return TRUE;
}

/* As it was written first: the words about a mistake quote it, and count its characters. */
static GRegex *compile(const char *pattern, GError **error)
{
    const GRegexCompileFlags flags = G_REGEX_CASELESS | G_REGEX_DOTALL;
    g_autofree char *limited = g_strconcat(MATCH_LIMITS, pattern, NULL);
    g_autoptr(GRegex) bare = g_regex_new(pattern, flags, 0, error);
    return bare ? g_regex_new(limited, flags, 0, error) : NULL;
}

gboolean bounce_rules_add(struct bounce_rules *rules, const char *id, const char *pattern,
                          enum bounce_reason reason, enum bounce_class class, GError **error)
{
    if (!check_pattern(rules, id, pattern, error))
        return FALSE;
    GError *why = NULL;
    GRegex *regex = compile(pattern, &why);
    if (regex == NULL) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("rule '%s': not a regular expression: %s. Correct the pattern"), id,
                    why->message);
        g_error_free(why);
        return FALSE;
    }
    struct bounce_rule *r = g_new0(struct bounce_rule, 1);
    *r = (struct bounce_rule){g_strdup(id), regex, reason, class};
    if (class >= BOUNCE_CLASS_COUNT)
        r->class = bounce_reason_row(reason)->class;
    g_ptr_array_add(rules->rows, r);
    return TRUE;
}

/* One line of valid UTF-8, blanks folded, so that a pattern need not think of line breaks. */
static char *one_line(const char *text, gsize len)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(len, BOUNCE_TEXT_MAX_BYTES));
    GString *out = g_string_sized_new(strlen(valid) + 1);
    for (const char *p = valid; *p != '\0'; p++) {
        gboolean is_blank = g_ascii_isspace(*p);
        if (!is_blank)
            g_string_append_c(out, *p);
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    return g_string_free(out, FALSE);
}

gboolean bounce_rules_match(const struct bounce_rules *rules, const char *text, gsize len,
                            struct bounce_verdict *ret)
{
    if (bounce_rules_count(rules) == 0 || text == NULL || len == 0)
        return FALSE;
    g_autofree char *line = one_line(text, len);
    for (guint i = 0; i < rules->rows->len; i++) {
        const struct bounce_rule *r = g_ptr_array_index(rules->rows, i);
        if (!g_regex_match_full(r->regex, line, -1, 0, 0, NULL, NULL))
            continue;
        ret->reason = r->reason;
        ret->class = r->class;
        ret->fault = bounce_reason_row(r->reason)->fault;
        ret->rule = r->id;
        return TRUE;
    }
    return FALSE;
}

gboolean bounce_rules_fit(const struct bounce_rules *rules, const char *text, gsize len)
{
    struct bounce_verdict v;
    return bounce_rules_match(rules, text, len, &v);
}

/* ---- before a person keeps one ---- */

/* Of a letter of the pattern's own many in a row, and then one that fits nothing: there,
 * repeats within repeats go back and forth without end. The pattern's letters behind it keep PCRE
 * from seeing at once that one is missing. */
static gboolean is_slow_on(const GRegex *regex, char letter, const char *letters)
{
    g_autofree char *run = g_strnfill(TRIAL_BYTES, letter);
    g_autofree char *text = g_strconcat(run, "\x01", letters, NULL);
    GError *why = NULL;
    g_regex_match_full(regex, text, -1, 0, 0, NULL, &why);
    gboolean is_slow = why != NULL;
    g_clear_error(&why);
    return is_slow;
}

static gboolean is_slow(const GRegex *regex, const char *pattern)
{
    gboolean asked[128] = {FALSE};
    g_autofree char *all = g_strconcat(pattern, "a0 x.", NULL);
    for (const char *p = all; *p != '\0'; p++) {
        if ((guchar)*p >= 128 || asked[(guchar)*p])
            continue;
        asked[(guchar)*p] = TRUE;
        if (is_slow_on(regex, *p, all))
            return TRUE;
    }
    return FALSE;
}

gboolean bounce_rules_check(const char *pattern, GError **error)
{
    g_autoptr(GRegex) regex = compile(pattern, error);
    if (regex == NULL)
        return FALSE;
    if (g_regex_match_full(regex, "", -1, 0, 0, NULL, NULL)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the pattern fits every text, an empty one too. Name words that "
                              "stand in those messages alone"));
        return FALSE;
    }
    if (is_slow(regex, pattern)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the pattern takes too long on some texts: a repeat within a "
                              "repeat, as in (a+)+, does that. Write it without"));
        return FALSE;
    }
    return TRUE;
}
