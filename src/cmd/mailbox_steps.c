/*
 * The steps of a trial of a mailbox. Nothing is decided by them: what is known comes from the
 * lines that are shown anyway.
 */
#include "config.h"

#include "cmd/mailbox_steps.h"

#include "base/i18n.h"
#include "model/server.h"
#include "net/stream.h"

static const struct {
    const char *name, *words;
} step_names[MAILBOX_STEP_COUNT] = {
    [MAILBOX_STEP_CONNECT] = {"connect", N_("Connect")},
    [MAILBOX_STEP_GREETING] = {"greeting", N_("Greeting")},
    [MAILBOX_STEP_TLS] = {"tls", N_("TLS")},
    [MAILBOX_STEP_LOGIN] = {"login", N_("Login")},
    [MAILBOX_STEP_FOLDER] = {"folder", N_("Messages")},
};
static const struct {
    const char *name, *words;
} state_names[] = {
    [MAILBOX_STEP_SKIPPED] = {"skipped", N_("not tried")},
    [MAILBOX_STEP_OK] = {"ok", N_("OK")},
    [MAILBOX_STEP_FAILED] = {"failed", N_("FAIL")},
    [MAILBOX_STEP_OFF] = {"off", N_("off")},
};

/* In the order of the network. */
static const enum mailbox_step orders[2][MAILBOX_STEP_COUNT] = {
    {MAILBOX_STEP_CONNECT, MAILBOX_STEP_GREETING, MAILBOX_STEP_TLS, MAILBOX_STEP_LOGIN,
     MAILBOX_STEP_FOLDER},
    {MAILBOX_STEP_CONNECT, MAILBOX_STEP_TLS, MAILBOX_STEP_GREETING, MAILBOX_STEP_LOGIN,
     MAILBOX_STEP_FOLDER},
};

void mailbox_steps_begin(struct mailbox_steps *s, const struct mailbox *m)
{
    *s = (struct mailbox_steps){.is_tls_first = m->security == SERVER_TLS};
    if (m->security == SERVER_NONE)
        s->state[MAILBOX_STEP_TLS] = MAILBOX_STEP_OFF;
}

static void set_step(struct mailbox_steps *s, enum mailbox_step step,
                     enum mailbox_step_state state)
{
    if (s->state[step] == MAILBOX_STEP_SKIPPED)
        s->state[step] = state;
}

/* All before `step`, in the order of the network. */
static void pass_until(struct mailbox_steps *s, enum mailbox_step step)
{
    for (int i = 0; i < MAILBOX_STEP_COUNT && orders[s->is_tls_first][i] != step; i++)
        set_step(s, orders[s->is_tls_first][i], MAILBOX_STEP_OK);
}

void mailbox_steps_line(struct mailbox_steps *s, char direction, const char *text)
{
    static const char *const greetings[] = {"* OK", "* PREAUTH", "+OK"};
    if (s->is_up)
        return;
    if (direction == '*' && g_str_has_prefix(text, "Connected to "))
        set_step(s, MAILBOX_STEP_CONNECT, MAILBOX_STEP_OK);
    else if (direction == '*' && g_str_has_prefix(text, "SSL connection using "))
        set_step(s, MAILBOX_STEP_TLS, MAILBOX_STEP_OK);
    for (gsize i = 0; direction == '<' && i < G_N_ELEMENTS(greetings); i++)
        if (g_str_has_prefix(text, greetings[i]))
            set_step(s, MAILBOX_STEP_GREETING, MAILBOX_STEP_OK);
}

void mailbox_steps_up(struct mailbox_steps *s)
{
    s->is_up = TRUE;
    pass_until(s, MAILBOX_STEP_FOLDER);
}

void mailbox_steps_done(struct mailbox_steps *s)
{
    pass_until(s, MAILBOX_STEP_COUNT);
}

/* The step that some faults are about; others are about the first that was not passed. */
static enum mailbox_step step_of(const struct mailbox_steps *s, const char *fault)
{
    static const struct {
        enum stream_fault fault;
        enum mailbox_step step;
    } known[] = {
        {STREAM_FAULT_TLS, MAILBOX_STEP_TLS},
        {STREAM_FAULT_NO_STARTTLS, MAILBOX_STEP_TLS},
        {STREAM_FAULT_LOGIN, MAILBOX_STEP_LOGIN},
        {STREAM_FAULT_LOGIN_LATER, MAILBOX_STEP_LOGIN},
        {STREAM_FAULT_NO_AUTH, MAILBOX_STEP_LOGIN},
        {STREAM_FAULT_GREETING, MAILBOX_STEP_GREETING},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_strcmp0(fault, stream_fault_name(known[i].fault)) == 0)
            return known[i].step;
    for (int i = 0; i < MAILBOX_STEP_COUNT; i++)
        if (s->state[orders[s->is_tls_first][i]] == MAILBOX_STEP_SKIPPED)
            return orders[s->is_tls_first][i];
    return MAILBOX_STEP_FOLDER;
}

void mailbox_steps_fail(struct mailbox_steps *s, const char *fault)
{
    enum mailbox_step failed = step_of(s, fault);
    pass_until(s, failed);
    set_step(s, failed, MAILBOX_STEP_FAILED);
}

char *mailbox_steps_text(const struct mailbox_steps *s)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < MAILBOX_STEP_COUNT; i++) {
        enum mailbox_step step = orders[s->is_tls_first][i];
        g_string_append_printf(text, "%s%s: %s", i > 0 ? "\n" : "", _(step_names[step].words),
                               _(state_names[s->state[step]].words));
    }
    return g_string_free(text, FALSE);
}

void mailbox_steps_json(struct json_writer *w, const struct mailbox_steps *s)
{
    json_key(w, "steps");
    json_begin_array(w);
    for (int i = 0; i < MAILBOX_STEP_COUNT; i++) {
        enum mailbox_step step = orders[s->is_tls_first][i];
        json_begin_object(w);
        json_kv_string(w, "step", step_names[step].name);
        json_kv_string(w, "state", state_names[s->state[step]].name);
        json_end_object(w);
    }
    json_end_array(w);
}
