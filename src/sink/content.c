/*
 * A message on its way in, by DATA or BDAT, and its end: kept, logged, then answered, in this
 * order, so that the log knows of every message that was taken whatever became of the reply.
 */
#include "config.h"

#include "sink/content.h"

#include <string.h>

#include "base/clock.h"
#include "sink/smtpd.h"

#define TEXT_LOG "451 4.3.0 The log cannot be written"

/* What the receiver has done with a message, by what the script did to its reply. */
static const enum tally_verdict dot_verdicts[SINK_ACTION_COUNT] = {
    [SINK_PASS] = TALLY_ACCEPTED,      [SINK_REFUSE] = TALLY_REFUSED,
    [SINK_DEFER] = TALLY_DEFERRED,     [SINK_DROP_BEFORE_DOT] = TALLY_DROPPED_BEFORE,
    [SINK_DROP] = TALLY_DROPPED_AFTER, [SINK_HALF_REPLY] = TALLY_HALF_REPLY,
    [SINK_SWALLOW] = TALLY_SWALLOWED,  [SINK_JUNK] = TALLY_JUNK,
    [SINK_CODE421] = TALLY_DEFERRED,   [SINK_CLOSE] = TALLY_ACCEPTED,
};

static const char *const *recipients(const struct session *s)
{
    return (const char *const *)s->to->pdata;
}

static struct sink_verdict decide(struct session *s, enum sink_phase phase)
{
    return script_decide(s->sink->script, phase, recipients(s), s->to->len, clock_mono_us());
}

/* The code of a reply that session_answer() makes of `v`; 0 when it makes none. */
static int reply_code(const struct sink_verdict *v, int ok_code)
{
    switch (v->action) {
    case SINK_PASS:
    case SINK_CLOSE:
        return ok_code;
    case SINK_REFUSE:
    case SINK_DEFER:
        return v->code;
    case SINK_CODE421:
        return 421;
    default:
        return 0;
    }
}

static gboolean is_refusal(const struct sink_verdict *v)
{
    return v->action == SINK_REFUSE || v->action == SINK_DEFER || v->action == SINK_CODE421;
}

gboolean content_log_refusal(struct session *s, enum sink_phase phase, const char *const *to,
                             gsize n_to, const struct sink_verdict *v)
{
    if (!is_refusal(v))
        return TRUE;
    struct tally_event e = {
        .seq = s->seq,
        .phase = script_phase_name(phase),
        .from = s->from,
        .to = to,
        .n_to = n_to,
        .bytes = -1,
        .envid = s->envid,
        .verdict = dot_verdicts[v->action],
        .code = reply_code(v, 0),
    };
    return tally_add(&s->sink->tally, &e, NULL);
}

/* The fate of a message is drawn when it begins: dropping it has to happen before its end. */
static void begin_message(struct session *s)
{
    s->has_begun = TRUE;
    s->seq = ++s->sink->seq;
    s->dot = decide(s, SINK_DOT);
    intake_begin(&s->intake, s->sink->maildir, s->seq, s->sink->max_message_bytes,
                 s->sink->tally.fd >= 0);
}

void content_data(struct session *s, char *arg)
{
    if (!s->from || s->has_begun) {
        session_reply(s, "503 5.5.1 MAIL first");
        return;
    }
    if (*arg || !s->to->len) {
        session_reply(s,
                      *arg ? "501 5.5.4 DATA takes no words" : "554 5.5.1 No valid recipients");
        return;
    }
    struct sink_verdict v = decide(s, SINK_DATA);
    if (!content_log_refusal(s, SINK_DATA, recipients(s), s->to->len, &v)) {
        session_reply(s, TEXT_LOG);
        return;
    }
    if (!session_answer(s, &v, "354 End with <CR><LF>.<CR><LF>"))
        return;
    begin_message(s);
    s->state = SESSION_DATA;
}

/* Keeps what has to be kept. NULL when all is well, else the reply. */
static const char *keep_message(struct session *s, enum tally_verdict verdict, char **ret_file)
{
    struct intake *in = &s->intake;
    if (in->is_too_big)
        return "552 5.3.4 Message too big";
    if (in->error)
        return "452 4.3.1 The message cannot be kept";
    if (!in->file || !tally_is_taken(verdict))
        return NULL;
    *ret_file = maildir_commit(g_steal_pointer(&in->file), &in->error);
    return *ret_file ? NULL : "452 4.3.1 The message cannot be kept";
}

/* Counts and logs. False when the log fails: then the message must not be taken. */
static gboolean log_message(struct session *s, enum tally_verdict verdict, int code,
                            const char *file)
{
    struct intake *in = &s->intake;
    g_autofree char *id = intake_message_id(in);
    struct tally_event e = {
        .seq = s->seq,
        .phase = script_phase_name(SINK_DOT),
        .from = s->from,
        .to = recipients(s),
        .n_to = s->to->len,
        .bytes = in->bytes,
        .sha256 = in->sum && file ? g_checksum_get_string(in->sum) : NULL,
        .message_id = id,
        .envid = s->envid,
        .file = file,
        .verdict = verdict,
        .code = code,
    };
    return tally_add(&s->sink->tally, &e, NULL);
}

/* The last octet is here. Keep, log, answer. */
static void end_message(struct session *s)
{
    struct sink_verdict v = s->dot;
    enum tally_verdict verdict = dot_verdicts[v.action];
    g_autofree char *file = NULL;
    g_autofree char *ok = g_strdup_printf("250 2.0.0 Ok: %" G_GINT64_FORMAT, s->seq);
    const char *fault = keep_message(s, verdict, &file);
    s->state = SESSION_COMMAND;
    if (fault) {
        verdict = fault[0] == '5' ? TALLY_REFUSED : TALLY_DEFERRED;
        v = (struct sink_verdict){.action = SINK_PASS};
    }
    int code = fault ? (int)g_ascii_strtoll(fault, NULL, 10) : reply_code(&v, 250);
    if (!log_message(s, verdict, code, file)) {
        if (file)
            maildir_remove(s->sink->maildir, file);
        v = (struct sink_verdict){.action = SINK_PASS};
        fault = TEXT_LOG;
    }
    session_answer(s, &v, fault ? fault : ok);
    smtpd_reset(s);
}

static gboolean drop_now(struct session *s)
{
    if (s->is_discarding || s->dot.action != SINK_DROP_BEFORE_DOT)
        return FALSE;
    log_message(s, TALLY_DROPPED_BEFORE, 0, NULL);
    session_answer(s, &s->dot, "");
    return TRUE;
}

static void end_chunk(struct session *s)
{
    s->state = SESSION_COMMAND;
    if (s->is_discarding) {
        session_reply(s, "503 5.5.1 No transaction for these octets");
        s->is_discarding = FALSE;
    } else if (s->is_last) {
        end_message(s);
    } else {
        session_reply(s, "250 2.0.0 Ok");
    }
}

/* "BDAT 1000 LAST" (RFC 3030). The octets follow whatever we think of the command. */
void content_bdat(struct session *s, char *arg)
{
    char *end = NULL;
    guint64 size = g_ascii_strtoull(arg, &end, 10);
    if (!g_ascii_isdigit(*arg) || size > G_MAXINT32 ||
        (*end && g_ascii_strcasecmp(end, " LAST") != 0)) {
        session_reply(s, "501 5.5.4 Use BDAT SIZE [LAST]");
        s->is_closing = TRUE; /* how many octets follow is not known */
        return;
    }
    s->is_last = *end != '\0';
    s->bdat_left = (gint64)size;
    s->is_discarding = !s->from || !s->to->len;
    if (!s->is_discarding && !s->has_begun)
        begin_message(s);
    s->state = SESSION_BDAT;
    if (!size && !drop_now(s))
        end_chunk(s);
}

gsize content_take(struct session *s, const char *data, gsize len)
{
    gboolean is_end = FALSE;
    if (!len)
        return 0;
    if (drop_now(s))
        return len;
    if (s->state == SESSION_DATA) {
        gsize used = intake_add_dotted(&s->intake, data, len, &is_end);
        if (is_end)
            end_message(s);
        return used;
    }
    gsize used = (gsize)MIN((gint64)len, s->bdat_left);
    if (!s->is_discarding)
        intake_add(&s->intake, data, used);
    s->bdat_left -= (gint64)used;
    if (!s->bdat_left)
        end_chunk(s);
    return used;
}
