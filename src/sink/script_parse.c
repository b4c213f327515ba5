/*
 * The grammar of a sink's script: a plain line format (not libconfig, whose door is transfer/),
 * read into rules. What a rule decides is in script.c.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "sink/script.h"
#include "sink/script_rules.h"

#define PHASES_WITH_RECIPIENT ((1u << SINK_RCPT) | (1u << SINK_DATA) | (1u << SINK_DOT))
#define ANY_PHASE ((1u << SINK_PHASE_COUNT) - 1)

static const struct action_row {
    const char *name;
    enum sink_action action;
    unsigned phases;      /* where it may stand */
    gboolean is_for_rcpt; /* a rcpt rule without `at` means the RCPT reply, not the final one */
    int code_min, code_max;
    const char *text; /* when the rule has none */
} action_rows[] = {
    {"refuse", SINK_REFUSE, ANY_PHASE, TRUE, 500, 599, "5.0.0 Refused by the script"},
    {"defer", SINK_DEFER, ANY_PHASE, TRUE, 400, 499, "4.0.0 Deferred by the script"},
    {"delay", SINK_DELAY, ANY_PHASE, TRUE, 0, 0, NULL},
    {"drop-before-dot", SINK_DROP_BEFORE_DOT, 1u << SINK_DOT, FALSE, 0, 0, NULL},
    {"drop-after-dot", SINK_DROP, 1u << SINK_DOT, FALSE, 0, 0, NULL},
    {"drop", SINK_DROP, ANY_PHASE, FALSE, 0, 0, NULL},
    {"half-reply", SINK_HALF_REPLY, ANY_PHASE, FALSE, 0, 0, NULL},
    {"swallow", SINK_SWALLOW, ANY_PHASE, FALSE, 0, 0, NULL},
    {"junk", SINK_JUNK, ANY_PHASE, FALSE, 0, 0, NULL},
    {"code421", SINK_CODE421, ANY_PHASE, TRUE, 0, 0, NULL},
    {"close", SINK_CLOSE, ANY_PHASE, FALSE, 0, 0, NULL},
};

static const char help_text[] =
    N_("The script: one rule a line, # begins a comment. The first rule that fits decides.\n"
       "\n"
       "  [at PHASE] [once] rcpt PATTERN ACTION   recipients; * and ? stand for any letters\n"
       "  [at PHASE] nth N ACTION                 the Nth event of that phase, counted from 1\n"
       "  [at PHASE] every N ACTION               each Nth event\n"
       "  [at PHASE] [once] share PERCENT ACTION  always the same recipients, by their hash\n"
       "  greylist SECONDS|once PATTERN           450 until SECONDS have gone by, or once\n"
       "  seed NUMBER                             chooses other recipients for share\n"
       "\n"
       "  PHASE   connect, ehlo, mail, rcpt, data or dot (the final reply, the default;\n"
       "          for `rcpt PATTERN refuse|defer|delay|code421` it is rcpt)\n"
       "  once    only the first time that a recipient comes\n"
       "  ACTION  refuse CODE [TEXT]   a 5xx reply      defer CODE [TEXT]   a 4xx reply\n"
       "          delay MS             answer later; rules below still count\n"
       "          drop-before-dot      close while the message is coming in: not taken\n"
       "          drop-after-dot       take the message, close without a reply\n"
       "          half-reply           take it, send \"25\" and close\n"
       "          swallow              take it and never answer\n"
       "          junk                 take it and answer what is no SMTP\n"
       "          code421              421 and close\n"
       "          close                answer as usual, then close\n"
       "          drop                 close without a reply, at any phase\n");

const char *script_help(void)
{
    return _(help_text);
}

/* Cuts the next word off `*rest`; "" at the end of the line. */
static char *next_word(char **rest)
{
    char *p = *rest + strspn(*rest, " \t");
    char *word = p;
    p += strcspn(p, " \t");
    if (*p)
        *p++ = '\0';
    *rest = p;
    return word;
}

static gboolean parse_number(const char *what, const char *word, gint64 min, gint64 max,
                             gint64 *ret, GError **error)
{
    g_autofree char *safe = text_safe(word, -1, 40);
    if (!*word) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("%s is missing. Give a number"),
                    what);
        return FALSE;
    }
    if (!g_ascii_string_to_signed(word, 10, min, max, ret, NULL)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s is not a number from %" PRId64 " to %" PRId64 ": \"%s\""), what, min,
                    max, safe);
        return FALSE;
    }
    return TRUE;
}

/* "2.5" -> 25000 parts of a million. */
static gboolean parse_percent(const char *word, gint64 *ret, GError **error)
{
    char *end = NULL;
    double percent = g_ascii_strtod(word, &end);
    if (!*word || *end || !(percent >= 0 && percent <= 100)) {
        g_autofree char *safe = text_safe(word, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("the share is not a number from 0 to 100: \"%s\""), safe);
        return FALSE;
    }
    *ret = (gint64)(percent * 10000 + 0.5);
    return TRUE;
}

static const struct action_row *find_action(const char *word, GError **error)
{
    const char *known[G_N_ELEMENTS(action_rows) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(action_rows); i++) {
        known[i] = action_rows[i].name;
        if (strcmp(word, action_rows[i].name) == 0)
            return &action_rows[i];
    }
    g_autofree char *safe = text_safe(word, -1, 40);
    const char *near = text_nearest(word, known);
    if (!*word)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("the action is missing. See crier sink --help"));
    else if (near)
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("unknown action \"%s\". Did you mean \"%s\"?"), safe, near);
    else
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("unknown action \"%s\". See crier sink --help"), safe);
    return NULL;
}

static gboolean parse_action(struct script_rule *r, gboolean has_phase, char *rest,
                             GError **error)
{
    const struct action_row *row = find_action(next_word(&rest), error);
    if (!row)
        return FALSE;
    r->action = row->action;
    if (!has_phase)
        r->phase = row->is_for_rcpt && r->selector == SELECT_RCPT ? SINK_RCPT : SINK_DOT;
    if (!(row->phases & (1u << r->phase))) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("%s cannot happen at %s. Write \"drop\" to close there"), row->name,
                    script_phase_name(r->phase));
        return FALSE;
    }
    if (row->code_max) {
        gint64 code = 0;
        if (!parse_number(_("the code"), next_word(&rest), row->code_min, row->code_max, &code,
                          error))
            return FALSE;
        r->code = (int)code;
        rest = g_strstrip(rest);
        if (!text_check_line(_("the reply's text"), rest, strlen(rest), 400, error))
            return FALSE;
        r->text = g_strdup(*rest ? rest : row->text);
        return TRUE;
    }
    if (row->action == SINK_DELAY && !parse_number(_("the delay"), next_word(&rest), 0,
                                                   SCRIPT_MAX_DELAY_MS, &r->delay_ms, error))
        return FALSE;
    if (*g_strstrip(rest)) {
        g_autofree char *safe = text_safe(rest, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("nothing may follow %s: \"%s\""),
                    row->name, safe);
        return FALSE;
    }
    return TRUE;
}

static gboolean parse_greylist(struct script_rule *r, gboolean has_phase, char *rest,
                               GError **error)
{
    char *word = next_word(&rest);
    gint64 seconds = 0;
    if (has_phase || r->is_once) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("greylist takes neither \"at\" nor \"once\" before it"));
        return FALSE;
    }
    if (strcmp(word, "once") != 0 &&
        !parse_number(_("the time"), word, 1, 7 * 24 * 3600, &seconds, error))
        return FALSE;
    r->number = seconds * G_USEC_PER_SEC;
    r->phase = SINK_RCPT;
    r->action = SINK_DEFER;
    r->code = 450;
    r->text = seconds
                  ? g_strdup_printf("4.7.1 Greylisted, try again in %d seconds", (int)seconds)
                  : g_strdup("4.7.1 Greylisted, try again later");
    r->pattern = g_strdup(next_word(&rest));
    if (!*r->pattern || *g_strstrip(rest)) {
        g_set_error_literal(
            error, CRIER_ERROR, CRIER_ERROR_INVALID,
            _("greylist takes a time and one pattern: greylist 60 *@example.org"));
        return FALSE;
    }
    return TRUE;
}

/* Everything behind `at PHASE` and `once`. */
static gboolean parse_selector(struct script_rule *r, const char *word, gboolean has_phase,
                               char *rest, GError **error)
{
    if (strcmp(word, "greylist") == 0) {
        r->selector = SELECT_GREYLIST;
        return parse_greylist(r, has_phase, rest, error);
    }
    gboolean ok = TRUE;
    if (strcmp(word, "rcpt") == 0) {
        r->selector = SELECT_RCPT;
        r->pattern = g_strdup(next_word(&rest));
    } else if (strcmp(word, "nth") == 0 || strcmp(word, "every") == 0) {
        r->selector = word[0] == 'n' ? SELECT_NTH : SELECT_EVERY;
        ok = parse_number("N", next_word(&rest), 1, G_MAXINT32, &r->number, error);
    } else if (strcmp(word, "share") == 0) {
        r->selector = SELECT_SHARE;
        ok = parse_percent(next_word(&rest), &r->number, error);
    } else {
        g_autofree char *safe = text_safe(word, -1, 40);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("unknown rule \"%s\". A rule begins with at, once, rcpt, nth, every, "
                      "share, greylist or seed"),
                    safe);
        return FALSE;
    }
    if (!ok || !parse_action(r, has_phase, rest, error))
        return FALSE;
    gboolean has_recipient = (PHASES_WITH_RECIPIENT >> r->phase) & 1;
    if ((r->selector == SELECT_RCPT || r->is_once) && !has_recipient) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("there is no recipient yet at %s. Use rcpt, data or dot"),
                    script_phase_name(r->phase));
        return FALSE;
    }
    if (r->is_once && (r->selector == SELECT_NTH || r->selector == SELECT_EVERY)) {
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("once is for rcpt and share rules"));
        return FALSE;
    }
    return TRUE;
}

static gboolean parse_phase(const char *word, enum sink_phase *ret, GError **error)
{
    for (int i = 0; i < SINK_PHASE_COUNT; i++)
        if (strcmp(word, script_phase_name((enum sink_phase)i)) == 0) {
            *ret = (enum sink_phase)i;
            return TRUE;
        }
    g_autofree char *safe = text_safe(word, -1, 40);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                _("unknown phase \"%s\". Use connect, ehlo, mail, rcpt, data or dot"), safe);
    return FALSE;
}

static gboolean parse_line(struct script *s, char *line, GError **error)
{
    char *rest = g_strstrip(line);
    if (!*rest || *rest == '#')
        return TRUE;
    char *word = next_word(&rest);
    if (strcmp(word, "seed") == 0) {
        gint64 seed = 0;
        if (!parse_number(_("the seed"), g_strstrip(rest), 0, G_MAXINT64, &seed, error))
            return FALSE;
        s->seed = (guint64)seed;
        return TRUE;
    }
    if (s->rules->len >= SCRIPT_MAX_RULES) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("more than %d rules"),
                    SCRIPT_MAX_RULES);
        return FALSE;
    }
    struct script_rule *r = g_new0(struct script_rule, 1);
    g_ptr_array_add(s->rules, r);
    gboolean has_phase = strcmp(word, "at") == 0;
    if (has_phase) {
        if (!parse_phase(next_word(&rest), &r->phase, error))
            return FALSE;
        word = next_word(&rest);
    }
    r->is_once = strcmp(word, "once") == 0;
    if (r->is_once)
        word = next_word(&rest);
    return parse_selector(r, word, has_phase, rest, error);
}

struct script *script_parse(const char *text, gsize len, const char *name, GError **error)
{
    if (!text_check_utf8(name, text, len, SCRIPT_MAX_BYTES, error))
        return NULL;
    struct script *s = script_new();
    g_autofree char *copy = g_strndup(text, len);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (!parse_line(s, lines[i], error)) {
            g_prefix_error(error, "%s:%d: ", name, i + 1);
            script_free(s);
            return NULL;
        }
    return s;
}
