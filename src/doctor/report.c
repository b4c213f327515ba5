/*
 * A run of the doctor as JSON and as a text for an administrator. What it found is its checks'.
 */
#include "config.h"

#include "doctor/doctor.h"

#include <string.h>

#include "base/clock.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/subject.h"

#define TEXT_WIDTH 78

static void put_lines(struct json_writer *w, const char *key, const GPtrArray *lines)
{
    json_key(w, key);
    json_begin_array(w);
    for (guint i = 0; i < lines->len; i++)
        json_put_string(w, lines->pdata[i]);
    json_end_array(w);
}

static void put_seconds(struct json_writer *w, gint64 took_us)
{
    json_key(w, "seconds");
    json_put_real(w, (double)(took_us / 1000) / 1000);
}

/* What is told of a finding alone and of the run that it explains. */
static void put_cause(struct json_writer *w, const struct doctor_finding *f)
{
    json_kv_string(w, "code", f ? f->code : NULL);
    json_kv_string(w, "who", f && f->who != DOCTOR_NOBODY ? doctor_who_name(f->who) : NULL);
    json_kv_string(w, "next", f ? f->next : NULL);
}

void doctor_finding_json(struct json_writer *w, const struct doctor_finding *f)
{
    json_begin_object(w);
    json_kv_int(w, "number", f->number);
    json_kv_string(w, "check", f->check);
    json_kv_string(w, "title", _(f->title));
    json_kv_string(w, "result", doctor_result_name(f->result));
    json_kv_string(w, "text", f->text);
    put_cause(w, f);
    put_lines(w, "evidence", f->evidence);
    put_lines(w, "transcript", f->transcript);
    put_seconds(w, f->took_us);
    json_end_object(w);
}

static void put_peer(struct json_writer *w, const struct doctor_subject *s)
{
    static const char *const protocols[] = {
        [STREAM_SMTP] = "smtp", [STREAM_IMAP] = "imap", [STREAM_POP3] = "pop3"};
    static const char *const securities[] = {
        [STREAM_TLS] = "tls", [STREAM_STARTTLS] = "starttls", [STREAM_PLAIN] = "none"};
    json_kv_string(w, "protocol", protocols[s->protocol]);
    json_kv_string(w, "host", s->host);
    json_kv_int(w, "port", s->port);
    json_kv_string(w, "security", securities[s->security]);
}

void doctor_run_json(struct json_writer *w, const struct doctor_run *r)
{
    g_autofree char *begun = clock_format_utc(r->begun_us), *verdict = doctor_run_verdict(r);
    json_begin_object(w);
    json_kv_string(w, "kind", doctor_kind_name(r->subject->kind));
    json_kv_string(w, "name", r->subject->name);
    if (r->subject->kind != DOCTOR_OF_MACHINE)
        put_peer(w, r->subject);
    json_kv_string(w, "begun", begun);
    put_seconds(w, r->took_us);
    json_kv_string(w, "result", doctor_result_name(doctor_run_result(r)));
    json_kv_string(w, "verdict", verdict);
    put_cause(w, doctor_run_cause(r));
    json_key(w, "checks");
    json_begin_array(w);
    for (guint i = 0; i < r->findings->len; i++)
        doctor_finding_json(w, r->findings->pdata[i]);
    json_end_array(w);
    json_end_object(w);
}

/* ---- as text ---- */

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

static void put_finding(GString *out, const struct doctor_finding *f)
{
    g_autofree char *head = g_strdup_printf("[%s]", doctor_result_name(f->result));
    g_autofree char *first = g_strdup_printf("%-6s %2d  ", head, f->number);
    g_autofree char *text = g_strdup_printf("%s: %s", _(f->title), f->text);
    put_folded(out, first, text);
    if (f->next)
        put_folded(out, "           -> ", f->next);
    for (guint i = 0; i < f->evidence->len; i++)
        g_string_append_printf(out, "           %s\n", (const char *)f->evidence->pdata[i]);
    for (guint i = 0; i < f->transcript->len; i++)
        g_string_append_printf(out, "           | %s\n", (const char *)f->transcript->pdata[i]);
}

static void put_verdict(GString *out, const struct doctor_run *r)
{
    const struct doctor_finding *cause = doctor_run_cause(r);
    g_autofree char *verdict = doctor_run_verdict(r);
    put_folded(out, _("Verdict:  "), verdict);
    if (cause && cause->who != DOCTOR_NOBODY)
        put_folded(out, _("To act:   "), doctor_who_words(cause->who));
    if (cause && cause->next)
        put_folded(out, _("Next:     "), cause->next);
}

char *doctor_run_text(const struct doctor_run *r)
{
    GString *out = g_string_new(NULL);
    g_autofree char *subject = doctor_subject_words(r->subject);
    g_autofree char *begun = clock_format_utc(r->begun_us);
    g_string_append_printf(out, _("Doctor of crier %s: %s, %s, from %s\n\n"), PACKAGE_VERSION,
                           subject, begun, g_get_host_name());
    put_verdict(out, r);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < r->findings->len; i++)
        put_finding(out, r->findings->pdata[i]);
    return g_string_free(out, FALSE);
}
