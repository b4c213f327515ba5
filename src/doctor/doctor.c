/*
 * The run: one check after the other, those whose prerequisite failed left out, and the
 * verdict. What is looked at is in the files of the checks.
 */
#include "config.h"

#include "doctor/doctor.h"

#include <string.h>

#include "app/diagnosis.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/check_private.h"
#include "doctor/lookup.h"
#include "doctor/way.h"
#include "net/talk.h"

/* A skipped check that blocks those behind it: `code` of its finding. */
#define BLOCKED "blocked"

const char *doctor_result_name(enum doctor_result r)
{
    static const char *const names[DOCTOR_RESULT_COUNT] = {[DOCTOR_OK] = "ok",
                                                           [DOCTOR_WARN] = "warn",
                                                           [DOCTOR_FAIL] = "fail",
                                                           [DOCTOR_SKIP] = "skip"};
    return names[r];
}

static const char *const who_names[DOCTOR_WHO_COUNT] = {
    [DOCTOR_NOBODY] = "nobody",   [DOCTOR_YOU] = "you",       [DOCTOR_ADMIN] = "admin",
    [DOCTOR_NETWORK] = "network", [DOCTOR_SERVER] = "server", [DOCTOR_DOMAIN] = "domain",
};

const char *doctor_who_name(enum doctor_who w)
{
    return who_names[w];
}

const char *doctor_who_words(enum doctor_who w)
{
    const char *words = diagnosis_who(who_names[w]);
    return words ? words : _("nobody");
}

/* ---- what a check says ---- */

static void finding_free(gpointer data)
{
    struct doctor_finding *f = data;
    g_free(f->text);
    g_free(f->next);
    g_ptr_array_unref(f->evidence);
    g_ptr_array_unref(f->transcript);
    g_free(f);
}

void doctor_say(struct doctor_finding *f, enum doctor_result result, enum doctor_who who,
                const char *code, char *take_text, char *take_next)
{
    g_assert(!f->text && take_text);
    f->result = result;
    f->who = who;
    f->code = code;
    f->text = take_text;
    f->next = take_next;
}

void doctor_ok(struct doctor_finding *f, char *take_text)
{
    doctor_say(f, DOCTOR_OK, DOCTOR_NOBODY, NULL, take_text, NULL);
}

void doctor_pass(struct doctor_finding *f, char *take_text)
{
    doctor_say(f, DOCTOR_SKIP, DOCTOR_NOBODY, NULL, take_text, NULL);
}

static void add_line(GPtrArray *lines, char *take_line)
{
    if (lines->len < DOCTOR_MAX_LINES)
        g_ptr_array_add(lines, take_line);
    else
        g_free(take_line);
}

void doctor_evidence(struct doctor_finding *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    add_line(f->evidence, text_safe(line, -1, 0));
}

void doctor_transcript(struct doctor_finding *f, char direction, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, 0);
    add_line(f->transcript, g_strdup_printf("%c %s", direction, safe));
}

void doctor_fact(char **slot, const char *text)
{
    g_free(*slot);
    *slot = text ? text_safe(text, -1, 0) : NULL;
}

const struct doctor_finding *doctor_found(const struct doctor *d, const char *name)
{
    for (guint i = 0; i < d->findings->len; i++) {
        const struct doctor_finding *f = d->findings->pdata[i];
        if (strcmp(f->check, name) == 0)
            return f;
    }
    return NULL;
}

/* ---- the run ---- */

static void facts_clear(struct doctor_facts *facts)
{
    lookup_free(facts->lookup);
    g_clear_pointer(&facts->spf_failed, g_ptr_array_unref);
    g_clear_pointer(&facts->dkim_failed, g_ptr_array_unref);
    g_clear_pointer(&facts->addresses, g_ptr_array_unref);
    g_free(facts->source);
    g_free(facts->device);
    g_free(facts->gateway);
    way_free(facts->way);
    g_free(facts->greeting);
    talk_free(facts->talk);
    g_free(facts->ehlo);
    g_free(facts->seen_as);
}

static struct doctor_finding *finding_new(const struct doctor_check *c)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->number = c->number;
    f->check = c->name;
    f->title = c->title;
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    f->transcript = g_ptr_array_new_with_free_func(g_free);
    return f;
}

gboolean doctor_is_left_out(const struct doctor_finding *f)
{
    return f->result == DOCTOR_SKIP && g_strcmp0(f->code, BLOCKED) == 0;
}

/* What `c` needs and does not have; NULL: it has all. */
static const struct doctor_finding *find_obstacle(const struct doctor *d,
                                                  const struct doctor_check *c)
{
    for (int i = 0; i < DOCTOR_NEEDS_MAX && c->needs[i]; i++) {
        const struct doctor_finding *f = doctor_found(d, c->needs[i]);
        if (f && (f->result == DOCTOR_FAIL || doctor_is_left_out(f)))
            return f;
    }
    return NULL;
}

static gboolean is_for(const struct doctor *d, const struct doctor_check *c)
{
    return (c->of & d->subject->kind) && (!c->is_asked || c->is_asked(d));
}

static void run_check(struct doctor *d, const struct doctor_check *c, struct doctor_finding *f)
{
    gint64 begun = clock_mono_us();
    const struct doctor_finding *obstacle = find_obstacle(d, c);
    if (obstacle)
        doctor_say(f, DOCTOR_SKIP, DOCTOR_NOBODY, BLOCKED,
                   g_strdup_printf(_("not looked at: it needs %d, %s"), obstacle->number,
                                   _(obstacle->title)),
                   NULL);
    else
        c->run(d, f);
    g_assert(f->text);
    f->took_us = clock_mono_us() - begun;
}

static int count_checks(const struct doctor *d, const struct doctor_check *list)
{
    int n = 0;
    for (const struct doctor_check *c = list; c->number > 0; c++)
        n += is_for(d, c);
    return n;
}

struct doctor_run *doctor_run_list(const struct doctor_check *list,
                                   struct doctor_subject *take_subject,
                                   const struct doctor_calls *calls)
{
    static const struct doctor_calls no_calls;
    struct doctor_run *r = g_new0(struct doctor_run, 1);
    gint64 begun = clock_mono_us();
    r->subject = take_subject;
    r->begun_us = clock_wall_us();
    r->findings = g_ptr_array_new_with_free_func(finding_free);
    struct doctor d = {.subject = take_subject, .findings = r->findings};
    int done = 0;
    if (!calls)
        calls = &no_calls;
    for (const struct doctor_check *c = list; c->number > 0; c++) {
        if (!is_for(&d, c))
            continue;
        if (calls->begun)
            calls->begun(done, count_checks(&d, list), _(c->title), calls->data);
        struct doctor_finding *f = finding_new(c);
        run_check(&d, c, f);
        g_ptr_array_add(r->findings, f);
        done++;
        if (calls->found)
            calls->found(f, calls->data);
    }
    facts_clear(&d.facts);
    r->took_us = clock_mono_us() - begun;
    return r;
}

struct doctor_run *doctor_run(struct doctor_subject *take_subject,
                              const struct doctor_calls *calls)
{
    return doctor_run_list(doctor_checks(), take_subject, calls);
}

void doctor_run_free(struct doctor_run *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->findings);
    doctor_subject_free(r->subject);
    g_free(r);
}

/* ---- the verdict ---- */

static const struct doctor_finding *first_with(const struct doctor_run *r,
                                               enum doctor_result result)
{
    for (guint i = 0; i < r->findings->len; i++) {
        const struct doctor_finding *f = r->findings->pdata[i];
        if (f->result == result)
            return f;
    }
    return NULL;
}

const struct doctor_finding *doctor_run_cause(const struct doctor_run *r)
{
    const struct doctor_finding *f = first_with(r, DOCTOR_FAIL);
    return f ? f : first_with(r, DOCTOR_WARN);
}

enum doctor_result doctor_run_result(const struct doctor_run *r)
{
    const struct doctor_finding *cause = doctor_run_cause(r);
    return cause ? cause->result : DOCTOR_OK;
}

char *doctor_run_verdict(const struct doctor_run *r)
{
    const struct doctor_finding *cause = doctor_run_cause(r);
    g_autofree char *subject = doctor_subject_words(r->subject);
    if (cause)
        return g_strdup(cause->text);
    if (r->subject->user && r->subject->leaves_login)
        return g_strdup_printf(
            _("nothing is wrong with %s up to the login, which was left alone"), subject);
    if (r->subject->kind == DOCTOR_OF_MACHINE)
        return g_strdup(_("this machine is ready to send"));
    return g_strdup_printf(doctor_subject_is_smtp(r->subject) ? _("mail can go out by %s")
                                                              : _("mail can be read from %s"),
                           subject);
}
