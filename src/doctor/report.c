/*
 * A run of the doctor as JSON; as a text it is app/diagnosis's. What it found is its checks'.
 */
#include "config.h"

#include "doctor/doctor.h"

#include "app/diagnosis.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "doctor/subject.h"

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
    json_kv_int(w, "use_port", f->use_port);
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

/* Through its JSON, so that a run that was stored reads as one that was just made. */
char *doctor_run_text(const struct doctor_run *r)
{
    g_autoptr(GString) json = g_string_new(NULL);
    struct json_writer *w = json_writer_new_string(json, FALSE);
    doctor_run_json(w, r);
    json_writer_free(w);
    struct diagnosis *d = diagnosis_parse(json->str, json->len, NULL);
    g_assert(d);
    char *text = diagnosis_text(d);
    diagnosis_free(d);
    return text;
}
