/*
 * What SpamAssassin, where it is installed, thinks of the first person's message. Only its
 * local rules; nothing is asked over the network.
 */
#include "config.h"

#include "app/check_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/process.h"

#define PROGRAM "spamassassin"
#define TIMEOUT_S 60
#define OUTPUT_MAX 65536
#define SCORE_WARN 3.0
#define SCORE_FAIL 5.0

/* The unfolded value of a header field; caller frees. */
static char *field_of(const char *message, const char *name)
{
    const char *end = strstr(message, "\n\n");
    const char *at = strstr(message, name);
    if (!at || (end && at > end))
        return NULL;
    GString *value = g_string_new(NULL);
    for (at += strlen(name); *at; at++) {
        if (*at == '\n' && at[1] != ' ' && at[1] != '\t')
            break;
        if (*at != '\n' && *at != '\r' && *at != '\t')
            g_string_append_c(value, *at);
    }
    return g_string_free(value, FALSE);
}

gboolean check_spam_score(const char *output, double *ret_score, char **ret_rules)
{
    g_autofree char *status = field_of(output, "X-Spam-Status:");
    const char *score = status ? strstr(status, "score=") : NULL;
    char *end = NULL;
    if (!score)
        return FALSE;
    double value = g_ascii_strtod(score + strlen("score="), &end);
    if (end == score + strlen("score="))
        return FALSE;
    *ret_score = value > -0.05 && value < 0 ? 0 : value; /* no "-0.0" */
    if (ret_rules) {
        const char *rules = strstr(status, "tests=");
        const char *stop = rules ? strstr(rules, "autolearn=") : NULL;
        rules = rules ? rules + strlen("tests=") : "";
        *ret_rules = stop ? g_strndup(rules, (gsize)(stop - rules)) : g_strdup(rules);
        for (char *to = *ret_rules, *from = *ret_rules;; from++)
            if (*from != ' ' && (*to++ = *from) == '\0')
                break;
    }
    return TRUE;
}

static void judge(struct check *c, const char *output)
{
    double score;
    g_autofree char *rules = NULL;
    if (!check_spam_score(output, &score, &rules)) {
        check_add(c, CHECK_WARN, "spam", _("SpamAssassin gave no score."));
        return;
    }
    enum check_level level = score >= SCORE_FAIL   ? CHECK_FAIL
                             : score >= SCORE_WARN ? CHECK_WARN
                                                   : CHECK_OK;
    struct check_finding *f =
        level == CHECK_OK
            ? check_add(c, level, "spam", _("SpamAssassin gives it %.1f points (spam from 5)."),
                        score)
            : check_add(c, level, "spam",
                        _("SpamAssassin gives it %.1f points, where spam begins at 5."), score);
    g_auto(GStrv) names = g_strsplit(rules, ",", -1);
    for (char **name = names; level != CHECK_OK && *name; name++)
        check_example(f, *name);
}

void check_spam(struct check *c)
{
    static const char *const argv[] = {PROGRAM, "-L", "-t", NULL};
    g_autofree char *path = g_find_program_in_path(PROGRAM);
    g_autoptr(GError) why = NULL;
    g_autoptr(GString) message = g_string_new(NULL);
    if (c->q->no_spamassassin || !path || !c->letter || !c->first_address)
        return;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    const struct letter_person who = {
        .address = c->first_address, .fields_json = c->first_fields, .date = date};
    if (!letter_write(c->letter, c->key, &who, message, NULL))
        return; /* said by "render" */
    g_autofree char *output =
        process_filter(argv, message->str, message->len, OUTPUT_MAX, TIMEOUT_S, &why);
    if (output)
        judge(c, output);
    else
        check_add(c, CHECK_WARN, "spam", _("SpamAssassin could not be asked: %s"),
                  why->message);
}
