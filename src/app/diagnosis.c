/*
 * The doctor's JSON as records, and those as text. It believes nothing: what is missing or of
 * another kind is empty, and all text is made safe, as a report may come from another version.
 */
#include "config.h"

#include "app/diagnosis.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"

#define TEXT_WIDTH 78
#define LINES_MAX 1000 /* of evidence or transcript of one step */

static const char *const result_words[DIAGNOSIS_RESULT_COUNT] = {
    [DIAGNOSIS_OK] = "ok",
    [DIAGNOSIS_WARN] = "warn",
    [DIAGNOSIS_FAIL] = "fail",
    [DIAGNOSIS_SKIP] = "skip",
};

enum diagnosis_result diagnosis_result_of(const char *word)
{
    for (int r = 0; word && r < DIAGNOSIS_RESULT_COUNT; r++)
        if (strcmp(word, result_words[r]) == 0)
            return (enum diagnosis_result)r;
    return DIAGNOSIS_FAIL;
}

static const struct {
    const char *word, *shown; /* the latter N_() */
} who_table[] = {
    {"you", N_("you, in crier's settings")},
    {"admin", N_("the administrator of this machine")},
    {"network", N_("who runs the network in between: router, firewall or provider")},
    {"server", N_("who runs the mail server")},
    {"domain", N_("who keeps the DNS of the sender's domain")},
};

const char *diagnosis_who(const char *word)
{
    for (gsize i = 0; word && i < G_N_ELEMENTS(who_table); i++)
        if (strcmp(word, who_table[i].word) == 0)
            return _(who_table[i].shown);
    return NULL;
}

/* ---- reading ---- */

/* NULL where there is none. Caller frees. */
static char *safe_member(const struct json *v, const char *key)
{
    const char *text = json_member_string(v, key);
    return text ? text_safe(text, -1, 0) : NULL;
}

static char *safe_or_empty(const struct json *v, const char *key)
{
    char *text = safe_member(v, key);
    return text ? text : g_strdup("");
}

static GPtrArray *read_lines(const struct json *v, const char *key)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const struct json *all = json_member(v, key);
    gsize n = all && json_get_kind(all) == JSON_KIND_ARRAY ? json_size(all) : 0;
    for (gsize i = 0; i < MIN(n, LINES_MAX); i++) {
        const char *line = json_get_string(json_at(all, i));
        if (line)
            g_ptr_array_add(lines, text_safe(line, -1, 0));
    }
    return lines;
}

static double read_seconds(const struct json *v)
{
    const struct json *seconds = json_member(v, "seconds");
    return seconds ? json_get_real(seconds) : 0;
}

void diagnosis_step_free(struct diagnosis_step *s)
{
    if (!s)
        return;
    g_free(s->check);
    g_free(s->title);
    g_free(s->text);
    g_free(s->code);
    g_free(s->who);
    g_free(s->next);
    g_ptr_array_unref(s->evidence);
    g_ptr_array_unref(s->transcript);
    g_free(s);
}

static void free_step(gpointer s)
{
    diagnosis_step_free(s);
}

struct diagnosis_step *diagnosis_step_parse(const struct json *finding)
{
    struct diagnosis_step *s = g_new0(struct diagnosis_step, 1);
    s->number = (int)CLAMP(json_member_int(finding, "number", 0), 0, 999);
    s->result = diagnosis_result_of(json_member_string(finding, "result"));
    s->check = safe_or_empty(finding, "check");
    s->title = safe_or_empty(finding, "title");
    s->text = safe_or_empty(finding, "text");
    s->code = safe_member(finding, "code");
    s->who = safe_member(finding, "who");
    s->next = safe_member(finding, "next");
    s->evidence = read_lines(finding, "evidence");
    s->transcript = read_lines(finding, "transcript");
    s->use_port = (int)CLAMP(json_member_int(finding, "use_port", 0), 0, 65535);
    s->seconds = read_seconds(finding);
    return s;
}

void diagnosis_free(struct diagnosis *d)
{
    if (!d)
        return;
    g_free(d->kind);
    g_free(d->name);
    g_free(d->protocol);
    g_free(d->host);
    g_free(d->security);
    g_free(d->verdict);
    g_free(d->code);
    g_free(d->who);
    g_free(d->next);
    g_ptr_array_unref(d->steps);
    g_free(d);
}

static struct diagnosis *read_run(const struct json *run)
{
    struct diagnosis *d = g_new0(struct diagnosis, 1);
    const char *begun = json_member_string(run, "begun");
    d->kind = safe_or_empty(run, "kind");
    d->name = safe_member(run, "name");
    d->protocol = safe_member(run, "protocol");
    d->host = safe_member(run, "host");
    d->security = safe_member(run, "security");
    d->port = (int)CLAMP(json_member_int(run, "port", 0), 0, 65535);
    if (begun)
        clock_parse_utc(begun, &d->begun_us, NULL);
    d->seconds = read_seconds(run);
    d->result = diagnosis_result_of(json_member_string(run, "result"));
    d->verdict = safe_or_empty(run, "verdict");
    d->code = safe_member(run, "code");
    d->who = safe_member(run, "who");
    d->next = safe_member(run, "next");
    d->steps = g_ptr_array_new_with_free_func(free_step);
    const struct json *checks = json_member(run, "checks");
    for (gsize i = 0; checks && i < MIN(json_size(checks), DIAGNOSIS_STEPS_MAX); i++)
        g_ptr_array_add(d->steps, diagnosis_step_parse(json_at(checks, i)));
    return d;
}

struct diagnosis *diagnosis_parse(const char *text, gsize len, GError **error)
{
    struct json *root = json_parse(text, len, error);
    if (!root)
        return NULL;
    const struct json *runs = json_member(root, "runs");
    const struct json *run = !runs ? root : json_size(runs) > 0 ? json_at(runs, 0) : NULL;
    struct diagnosis *d = NULL;
    if (run && json_member(run, "checks"))
        d = read_run(run);
    else
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                            _("this is no report of the doctor"));
    json_unref(root);
    return d;
}

/* ---- judging ---- */

static const struct diagnosis_step *first_with(const struct diagnosis *d,
                                               enum diagnosis_result result)
{
    for (guint i = 0; i < d->steps->len; i++) {
        const struct diagnosis_step *s = d->steps->pdata[i];
        if (s->result == result)
            return s;
    }
    return NULL;
}

const struct diagnosis_step *diagnosis_cause(const struct diagnosis *d)
{
    const struct diagnosis_step *s = first_with(d, DIAGNOSIS_FAIL);
    return s ? s : first_with(d, DIAGNOSIS_WARN);
}

/* ---- as text ---- */

char *diagnosis_subject(const struct diagnosis *d)
{
    const struct hostport at = {.host = d->host, .port = (guint16)d->port};
    g_autofree char *where = d->host ? hostport_format(&at) : g_strdup("?");
    if (strcmp(d->kind, "server") == 0)
        return g_strdup_printf(_("server %s (%s)"), d->name ? d->name : "?", where);
    if (strcmp(d->kind, "mailbox") == 0)
        return g_strdup_printf(_("mailbox %s (%s)"), d->name ? d->name : "?", where);
    if (strcmp(d->kind, "host") == 0)
        return g_steal_pointer(&where);
    return g_strdup(_("this machine"));
}

/* `text` in lines, the first behind `first`, the others as far in. */
static void put_folded(GString *out, const char *first, const char *text)
{
    gsize indent = text_cells(first);
    const char *lead = first;
    g_autofree char *blanks = g_strnfill(indent, ' ');
    do {
        gsize len;
        const char *next = text_wrap(text, TEXT_WIDTH - indent, &len);
        g_string_append_printf(out, "%s%.*s\n", lead, (int)len, text);
        lead = blanks;
        text = next;
    } while (*text);
}

static void put_lines(GString *out, const char *lead, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s%s\n", lead, (const char *)lines->pdata[i]);
}

static void put_step(GString *out, const struct diagnosis_step *s)
{
    g_autofree char *head = g_strdup_printf("[%s]", result_words[s->result]);
    g_autofree char *first = g_strdup_printf("%-6s %2d  ", head, s->number);
    g_autofree char *text = g_strdup_printf("%s: %s", s->title, s->text);
    put_folded(out, first, text);
    if (s->next)
        put_folded(out, "           -> ", s->next);
    put_lines(out, "           ", s->evidence);
    put_lines(out, "           | ", s->transcript);
}

static void put_verdict(GString *out, const struct diagnosis *d)
{
    const char *who = diagnosis_who(d->who);
    put_folded(out, _("Verdict:  "), d->verdict);
    if (who)
        put_folded(out, _("To act:   "), who);
    if (d->next)
        put_folded(out, _("Next:     "), d->next);
}

char *diagnosis_text(const struct diagnosis *d)
{
    GString *out = g_string_new(NULL);
    g_autofree char *subject = diagnosis_subject(d);
    g_autofree char *begun = clock_format_utc(d->begun_us);
    g_string_append_printf(out, _("Doctor of crier %s: %s, %s, from %s\n\n"), PACKAGE_VERSION,
                           subject, begun, g_get_host_name());
    put_verdict(out, d);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < d->steps->len; i++)
        put_step(out, d->steps->pdata[i]);
    return g_string_free(out, FALSE);
}

char *diagnosis_step_text(const struct diagnosis_step *s)
{
    GString *out = g_string_new(NULL);
    const char *who = diagnosis_who(s->who);
    g_string_append_printf(out, "[%s] %d  %s\n\n%s\n", result_words[s->result], s->number,
                           s->title, s->text);
    if (who)
        g_string_append_printf(out, "\n%s\n  %s\n", _("Who must act"), who);
    if (s->next)
        g_string_append_printf(out, "\n%s\n  %s\n", _("What to do"), s->next);
    if (s->evidence->len > 0)
        g_string_append_printf(out, "\n%s\n", _("What was seen"));
    put_lines(out, "  ", s->evidence);
    if (s->transcript->len > 0)
        g_string_append_printf(out, "\n%s\n", _("What was said"));
    put_lines(out, "  ", s->transcript);
    g_string_append_printf(out, "\n%s %.1f s\n", _("It took"), s->seconds);
    return g_string_free(out, FALSE);
}
