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

gboolean bounce_rules_add(struct bounce_rules *rules, const char *id, const char *pattern,
                          enum bounce_reason reason, enum bounce_class class, GError **error)
{
    if (!check_pattern(rules, id, pattern, error))
        return FALSE;
    g_autofree char *limited = g_strconcat(MATCH_LIMITS, pattern, NULL);
    GError *why = NULL;
    GRegex *regex = g_regex_new(limited, G_REGEX_CASELESS | G_REGEX_DOTALL, 0, &why);
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
