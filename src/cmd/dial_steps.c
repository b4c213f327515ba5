/*
 * The steps of a conversation. Nothing is decided by them: what is known comes from the lines
 * that are shown anyway.
 */
#include "config.h"

#include "cmd/dial_steps.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const char *const step_names[DIAL_STEP_COUNT] = {
    [DIAL_CONNECT] = "connect", [DIAL_GREETING] = "greeting", [DIAL_TLS] = "tls",
    [DIAL_LOGIN] = "login",     [DIAL_SENDER] = "sender",     [DIAL_RECIPIENT] = "recipient",
};
static const char *const state_names[] = {
    [DIAL_SKIPPED] = "skipped", [DIAL_OK] = "ok", [DIAL_FAILED] = "failed", [DIAL_OFF] = "off"};

/* In the order of the network. */
static const enum dial_step orders[2][DIAL_STEP_COUNT] = {
    {DIAL_CONNECT, DIAL_GREETING, DIAL_TLS, DIAL_LOGIN, DIAL_SENDER, DIAL_RECIPIENT},
    {DIAL_CONNECT, DIAL_TLS, DIAL_GREETING, DIAL_LOGIN, DIAL_SENDER, DIAL_RECIPIENT},
};

void dial_steps_begin(struct dial_steps *s, const struct server *server, gint64 now_us)
{
    *s =
        (struct dial_steps){.begun_us = now_us, .is_tls_first = server->security == SERVER_TLS};
    if (server->security == SERVER_NONE)
        s->step[DIAL_TLS].state = DIAL_OFF;
    if (!server->user || !*server->user)
        s->step[DIAL_LOGIN].state = DIAL_OFF;
}

void dial_steps_clear(struct dial_steps *s)
{
    for (int i = 0; i < DIAL_STEP_COUNT; i++)
        g_free(s->step[i].text);
    g_free(s->subject);
    g_free(s->issuer);
    smtp_extensions_clear(&s->extensions);
    *s = (struct dial_steps){0};
}

static void set_step(struct dial_steps *s, enum dial_step step, enum dial_state state,
                     const char *text, gint64 now_us)
{
    if (s->step[step].state != DIAL_SKIPPED)
        return;
    s->step[step].state = state;
    s->step[step].at_us = now_us;
    s->step[step].text = g_strdup(text);
}

/* "Dec 21 21:16:07 2026 GMT" -> wall time, 0: something else. */
static gint64 parse_end(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    int day, hour, minute, second, year;
    if (sscanf(text, "%3s %d %d:%d:%d %d", month, &day, &hour, &minute, &second, &year) != 6)
        return 0;
    const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
    g_autoptr(GDateTime) end =
        at ? g_date_time_new_utc(year, (int)(at - months) / 3 + 1, day, hour, minute, second)
           : NULL;
    return end ? g_date_time_to_unix(end) * CLOCK_SECOND_US : 0;
}

static void note(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

/* A word of libcurl's about the connection. */
static void take_word(struct dial_steps *s, const char *text, gint64 now_us)
{
    static const char connected[] = "Connected to ", tls[] = "SSL connection using ",
                      subject[] = "subject: ", issuer[] = "issuer: ", end[] = "expire date: ";
    text += strspn(text, " ");
    if (g_str_has_prefix(text, connected))
        set_step(s, DIAL_CONNECT, DIAL_OK, NULL, now_us);
    else if (g_str_has_prefix(text, tls))
        set_step(s, DIAL_TLS, DIAL_OK, text + sizeof tls - 1, now_us);
    else if (g_str_has_prefix(text, subject))
        note(&s->subject, text + sizeof subject - 1);
    else if (g_str_has_prefix(text, issuer))
        note(&s->issuer, text + sizeof issuer - 1);
    else if (g_str_has_prefix(text, end))
        s->certificate_end_us = parse_end(text + sizeof end - 1);
}

void dial_steps_line(struct dial_steps *s, char direction, const char *text, gint64 now_us)
{
    if (s->is_up)
        return;
    if (direction == '*') {
        take_word(s, text, now_us);
    } else if (direction == '<' && g_str_has_prefix(text, "220") &&
               s->step[DIAL_GREETING].state == DIAL_SKIPPED) {
        set_step(s, DIAL_CONNECT, DIAL_OK, NULL, now_us);
        set_step(s, DIAL_GREETING, DIAL_OK, text, now_us);
    } else if (direction == '<' && g_str_has_prefix(text, "235")) {
        set_step(s, DIAL_LOGIN, DIAL_OK, text, now_us);
    }
}

void dial_steps_up(struct dial_steps *s, const char *peer, const char *capabilities,
                   gint64 now_us)
{
    s->is_up = TRUE;
    smtp_extensions_parse(capabilities ? capabilities : "", &s->extensions);
    for (int i = 0; orders[s->is_tls_first][i] != DIAL_SENDER; i++)
        set_step(s, orders[s->is_tls_first][i], DIAL_OK, NULL, now_us);
    if (!s->step[DIAL_CONNECT].text)
        s->step[DIAL_CONNECT].text = g_strdup(peer);
}

void dial_steps_result(struct dial_steps *s, const struct smtp_result *r, const char *sentence,
                       gint64 now_us)
{
    if (r->class == REPLY_PROCEED || r->class == REPLY_ACCEPTED) {
        set_step(s, DIAL_SENDER, DIAL_OK, NULL, now_us);
        set_step(s, DIAL_RECIPIENT, DIAL_OK, NULL, now_us);
    } else if (r->phase == REPLY_MAIL) {
        set_step(s, DIAL_SENDER, DIAL_FAILED, sentence, now_us);
    } else if (r->phase == REPLY_RCPT) {
        set_step(s, DIAL_SENDER, DIAL_OK, NULL, now_us);
        set_step(s, DIAL_RECIPIENT, DIAL_FAILED, sentence, now_us);
    }
}

/* The step that some faults are about; others are about the first that was not passed. */
static enum dial_step step_of(const struct dial_steps *s, const char *fault)
{
    static const struct {
        enum stream_fault fault;
        enum dial_step step;
    } known[] = {
        {STREAM_FAULT_TLS, DIAL_TLS},           {STREAM_FAULT_NO_STARTTLS, DIAL_TLS},
        {STREAM_FAULT_LOGIN, DIAL_LOGIN},       {STREAM_FAULT_LOGIN_LATER, DIAL_LOGIN},
        {STREAM_FAULT_NO_AUTH, DIAL_LOGIN},     {STREAM_FAULT_BUSY, DIAL_GREETING},
        {STREAM_FAULT_GREETING, DIAL_GREETING},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_strcmp0(fault, stream_fault_name(known[i].fault)) == 0)
            return known[i].step;
    for (int i = 0; i < DIAL_STEP_COUNT; i++)
        if (s->step[orders[s->is_tls_first][i]].state == DIAL_SKIPPED)
            return orders[s->is_tls_first][i];
    return DIAL_STEP_COUNT;
}

void dial_steps_fail(struct dial_steps *s, const char *fault, const char *why, gint64 now_us)
{
    enum dial_step failed = step_of(s, fault);
    if (failed == DIAL_STEP_COUNT)
        return;
    for (int i = 0; orders[s->is_tls_first][i] != failed; i++)
        set_step(s, orders[s->is_tls_first][i], DIAL_OK, NULL, now_us);
    set_step(s, failed, DIAL_FAILED, why, now_us);
}

/* ---- JSON ---- */

static void put_seconds(struct json_writer *w, const char *key, gint64 span_us)
{
    json_key(w, key);
    json_put_real(w, (double)MAX(span_us, 0) / (double)CLOCK_SECOND_US);
}

static void put_step(struct json_writer *w, const struct dial_steps *s, enum dial_step step)
{
    json_begin_object(w);
    json_kv_string(w, "step", step_names[step]);
    json_kv_string(w, "state", state_names[s->step[step].state]);
    if (s->step[step].at_us > 0)
        put_seconds(w, "seconds", s->step[step].at_us - s->begun_us);
    json_kv_string(w, "text", s->step[step].text);
    json_end_object(w);
}

static void put_extensions(struct json_writer *w, const struct smtp_extensions *e)
{
    json_key(w, "extensions");
    json_begin_object(w);
    json_kv_bool(w, "pipelining", e->pipelining);
    json_kv_bool(w, "smtputf8", e->smtputf8);
    json_kv_bool(w, "8bitmime", e->eightbitmime);
    json_kv_bool(w, "dsn", e->dsn);
    json_kv_bool(w, "chunking", e->chunking);
    json_kv_int(w, "size_max", e->size_max);
    json_kv_string(w, "auth", e->auth);
    json_end_object(w);
}

void dial_steps_json(struct json_writer *w, const struct dial_steps *s)
{
    json_key(w, "steps");
    json_begin_array(w);
    for (int i = 0; i < DIAL_STEP_COUNT; i++)
        put_step(w, s, orders[s->is_tls_first][i]);
    json_end_array(w);
    if (s->subject || s->certificate_end_us > 0) {
        g_autofree char *ends =
            s->certificate_end_us > 0 ? clock_format_utc(s->certificate_end_us) : NULL;
        json_key(w, "certificate");
        json_begin_object(w);
        json_kv_string(w, "subject", s->subject);
        json_kv_string(w, "issuer", s->issuer);
        json_kv_string(w, "ends", ends);
        json_end_object(w);
    }
    if (s->is_up)
        put_extensions(w, &s->extensions);
    put_seconds(w, "seconds", s->took_us);
}
