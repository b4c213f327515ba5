/*
 * The commands of SMTP as the sink speaks them, one table row each, and the end of a message:
 * kept, logged, then answered, in this order. Strict where a client of ours could be wrong
 * (line ends, order, unknown parameters), for its users are tests. No AUTH, no STARTTLS.
 */
#include "config.h"

#include "sink/smtpd.h"

#include <string.h>

#include "base/clock.h"

#define TEXT_OK "250 2.0.0 Ok"
#define TEXT_LOG "451 4.3.0 The log cannot be written"

/* What the receiver has done with a message, by what the script did to its reply. */
static const enum tally_verdict dot_verdicts[SINK_ACTION_COUNT] = {
    [SINK_PASS] = TALLY_ACCEPTED,
    [SINK_REFUSE] = TALLY_REFUSED,
    [SINK_DEFER] = TALLY_DEFERRED,
    [SINK_DROP_BEFORE_DOT] = TALLY_DROPPED_BEFORE,
    [SINK_DROP] = TALLY_DROPPED_AFTER,
    [SINK_HALF_REPLY] = TALLY_HALF_REPLY,
    [SINK_SWALLOW] = TALLY_SWALLOWED,
    [SINK_JUNK] = TALLY_JUNK,
    [SINK_CODE421] = TALLY_DEFERRED,
    [SINK_CLOSE] = TALLY_ACCEPTED,
};

void smtpd_reset(struct session *s)
{
    g_clear_pointer(&s->from, g_free);
    g_clear_pointer(&s->envid, g_free);
    g_ptr_array_set_size(s->to, 0);
    intake_clear(&s->intake);
    s->has_begun = s->is_utf8 = s->is_discarding = s->is_last = FALSE;
    s->bdat_left = 0;
    s->seq = 0;
}

static struct sink_verdict decide(struct session *s, enum sink_phase phase,
                                  const char *const *keys, gsize n_keys)
{
    return script_decide(s->sink->script, phase, keys, n_keys, clock_mono_us());
}

static struct sink_verdict decide_by_number(struct session *s, enum sink_phase phase)
{
    char number[24];
    g_snprintf(number, sizeof number, "%" G_GINT64_FORMAT, s->number);
    const char *key = number;
    return decide(s, phase, &key, 1);
}

static const char *const *recipients(const struct session *s)
{
    return (const char *const *)s->to->pdata;
}

void smtpd_greet(struct session *s)
{
    g_autofree char *line = g_strdup_printf("220 %s ESMTP crier sink", s->sink->hostname);
    struct sink_verdict v = decide_by_number(s, SINK_CONNECT);
    session_answer(s, &v, line);
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

/* A recipient that was not taken: in the log too, so that totals can be compared. */
static gboolean log_turned_away(struct session *s, enum sink_phase phase, const char *const *to,
                                gsize n_to, enum tally_verdict verdict, int code)
{
    struct tally_event e = {
        .seq = s->seq,
        .phase = script_phase_name(phase),
        .from = s->from,
        .to = to,
        .n_to = n_to,
        .bytes = -1,
        .envid = s->envid,
        .verdict = verdict,
        .code = code,
    };
    return tally_add(&s->sink->tally, &e, NULL);
}

/* ---- EHLO, MAIL, RCPT ---- */

static void on_ehlo(struct session *s, char *arg)
{
    g_autofree char *text = g_strdup_printf(
        "250-%s\r\n250-PIPELINING\r\n250-SIZE %" G_GINT64_FORMAT
        "\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-SMTPUTF8\r\n"
        "250 CHUNKING",
        s->sink->hostname, s->sink->max_message_bytes);
    if (!*arg) {
        session_reply(s, "501 5.5.4 EHLO needs a host name");
        return;
    }
    struct sink_verdict v = decide_by_number(s, SINK_EHLO);
    smtpd_reset(s);
    if (session_answer(s, &v, text))
        s->is_greeted = TRUE;
}

static void on_helo(struct session *s, char *arg)
{
    g_autofree char *text = g_strdup_printf("250 %s", s->sink->hostname);
    if (!*arg) {
        session_reply(s, "501 5.5.4 HELO needs a host name");
        return;
    }
    struct sink_verdict v = decide_by_number(s, SINK_EHLO);
    smtpd_reset(s);
    if (session_answer(s, &v, text))
        s->is_greeted = TRUE;
}

/*
 * "FROM:<a@b> SIZE=1" -> "a@b", and what follows. NULL when it is not a path (RFC 5321 4.1.2;
 * a '>' inside a quoted local part does not end it). Changes `arg`.
 */
static char *cut_path(char *arg, const char *keyword, char **ret_params)
{
    gsize n = strlen(keyword);
    gboolean is_quoted = FALSE;
    if (g_ascii_strncasecmp(arg, keyword, n) != 0 || arg[n] != '<')
        return NULL;
    char *path = arg + n + 1;
    char *p = path;
    for (; *p && (is_quoted || *p != '>'); p++) {
        if ((guint8)*p < 0x20 || *p == 0x7f || (*p == ' ' && !is_quoted))
            return NULL;
        if (*p == '\\' && is_quoted && p[1])
            p++;
        else if (*p == '"')
            is_quoted = !is_quoted;
    }
    if (*p != '>' || (p[1] && p[1] != ' '))
        return NULL;
    *p = '\0';
    *ret_params = p + 1;
    return path;
}

static gboolean is_ascii(const char *s)
{
    for (; *s; s++)
        if ((guint8)*s > 0x7f)
            return FALSE;
    return TRUE;
}

/* NULL when `param` is fine for MAIL, else the reply that refuses it. */
static const char *take_mail_param(struct session *s, const char *param)
{
    guint64 size = 0;
    if (g_ascii_strncasecmp(param, "SIZE=", 5) == 0) {
        if (!g_ascii_string_to_unsigned(param + 5, 10, 0, G_MAXINT64, &size, NULL))
            return "501 5.5.4 SIZE needs a number";
        if (size > (guint64)s->sink->max_message_bytes)
            return "552 5.3.4 Message too big";
        return NULL;
    }
    if (g_ascii_strcasecmp(param, "SMTPUTF8") == 0) {
        s->is_utf8 = TRUE;
        return NULL;
    }
    if (g_ascii_strncasecmp(param, "ENVID=", 6) == 0 && param[6]) {
        g_free(s->envid);
        s->envid = g_strdup(param + 6);
        return NULL;
    }
    if (g_ascii_strcasecmp(param, "BODY=7BIT") == 0 ||
        g_ascii_strcasecmp(param, "BODY=8BITMIME") == 0 ||
        g_ascii_strcasecmp(param, "RET=FULL") == 0 || g_ascii_strcasecmp(param, "RET=HDRS") == 0)
        return NULL;
    return "555 5.5.4 Unknown parameter";
}

static const char *take_rcpt_param(struct session *s, const char *param)
{
    if ((g_ascii_strncasecmp(param, "NOTIFY=", 7) == 0 && param[7]) ||
        (g_ascii_strncasecmp(param, "ORCPT=", 6) == 0 && strchr(param, ';')))
        return NULL;
    return "555 5.5.4 Unknown parameter";
}

static const char *take_params(struct session *s, char *params,
                               const char *(*take)(struct session *, const char *))
{
    g_auto(GStrv) words = g_strsplit(params, " ", 32);
    for (int i = 0; words[i]; i++) {
        const char *fault = *words[i] ? take(s, words[i]) : NULL;
        if (fault)
            return fault;
    }
    return NULL;
}

static void on_mail(struct session *s, char *arg)
{
    char *params = NULL;
    if (!s->is_greeted || s->from) {
        session_reply(s, s->from ? "503 5.5.1 A transaction is open" : "503 5.5.1 EHLO first");
        return;
    }
    char *path = cut_path(arg, "FROM:", &params);
    const char *fault = path ? take_params(s, params, take_mail_param)
                             : "501 5.1.7 Use MAIL FROM:<address>";
    if (!fault && !s->is_utf8 && !is_ascii(path))
        fault = "553 5.6.7 A non-ASCII address needs SMTPUTF8";
    if (fault) {
        smtpd_reset(s);
        session_reply(s, fault);
        return;
    }
    const char *key = path;
    struct sink_verdict v = decide(s, SINK_MAIL, &key, 1);
    if (session_answer(s, &v, "250 2.1.0 Ok"))
        s->from = g_strdup(path);
    else
        smtpd_reset(s);
}

static const char *rcpt_fault(struct session *s, const char *path, char *params)
{
    if (!path || !*path)
        return "501 5.1.3 Use RCPT TO:<address>";
    if (s->to->len >= SESSION_MAX_RECIPIENTS)
        return "452 4.5.3 Too many recipients";
    if (!s->is_utf8 && !is_ascii(path))
        return "553 5.6.7 A non-ASCII address needs SMTPUTF8";
    return take_params(s, params, take_rcpt_param);
}

static void on_rcpt(struct session *s, char *arg)
{
    char *params = NULL;
    if (!s->from || s->has_begun) {
        session_reply(s, "503 5.5.1 MAIL first");
        return;
    }
    char *path = cut_path(arg, "TO:", &params);
    const char *fault = rcpt_fault(s, path, params);
    if (fault) {
        session_reply(s, fault);
        return;
    }
    const char *key = path;
    struct sink_verdict v = decide(s, SINK_RCPT, &key, 1);
    if ((v.action == SINK_REFUSE || v.action == SINK_DEFER || v.action == SINK_CODE421) &&
        !log_turned_away(s, SINK_RCPT, &key, 1, dot_verdicts[v.action],
                         reply_code(&v, 250))) {
        session_reply(s, TEXT_LOG);
        return;
    }
    if (session_answer(s, &v, "250 2.1.5 Ok"))
        g_ptr_array_add(s->to, g_strdup(path));
}

/* ---- the message ---- */

/* The fate of a message is drawn when it begins: dropping it has to happen before its end. */
static void begin_message(struct session *s)
{
    s->has_begun = TRUE;
    s->seq = ++s->sink->seq;
    s->dot = decide(s, SINK_DOT, recipients(s), s->to->len);
    intake_begin(&s->intake, s->sink->maildir, s->seq, s->sink->max_message_bytes,
                 s->sink->tally.fd >= 0);
}

static void on_data(struct session *s, char *arg)
{
    if (!s->from || s->has_begun) {
        session_reply(s, "503 5.5.1 MAIL first");
        return;
    }
    if (*arg || !s->to->len) {
        session_reply(s, *arg ? "501 5.5.4 DATA takes no words" : "554 5.5.1 No valid recipients");
        return;
    }
    struct sink_verdict v = decide(s, SINK_DATA, recipients(s), s->to->len);
    if (!session_answer(s, &v, "354 End with <CR><LF>.<CR><LF>")) {
        if (v.action == SINK_REFUSE || v.action == SINK_DEFER || v.action == SINK_CODE421)
            log_turned_away(s, SINK_DATA, recipients(s), s->to->len, dot_verdicts[v.action],
                            reply_code(&v, 354));
        return;
    }
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
        session_reply(s, TEXT_OK);
    }
}

/* "BDAT 1000 LAST" (RFC 3030). The octets follow whatever we think of the command. */
static void on_bdat(struct session *s, char *arg)
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

gsize smtpd_content(struct session *s, const char *data, gsize len)
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

/* ---- the rest ---- */

static void on_rset(struct session *s, char *arg)
{
    smtpd_reset(s);
    session_reply(s, TEXT_OK);
}

static void on_noop(struct session *s, char *arg)
{
    session_reply(s, TEXT_OK);
}

static void on_vrfy(struct session *s, char *arg)
{
    session_reply(s, "252 2.0.0 Send mail and see");
}

static void on_help(struct session *s, char *arg)
{
    session_reply(s, "214 2.0.0 See crier sink --help");
}

static void on_quit(struct session *s, char *arg)
{
    session_reply(s, "221 2.0.0 Bye");
    s->is_closing = TRUE;
}

static const struct {
    const char *verb;
    void (*run)(struct session *s, char *arg);
} commands[] = {
    {"MAIL", on_mail}, {"RCPT", on_rcpt}, {"DATA", on_data}, {"BDAT", on_bdat},
    {"EHLO", on_ehlo}, {"HELO", on_helo}, {"RSET", on_rset}, {"NOOP", on_noop},
    {"QUIT", on_quit}, {"VRFY", on_vrfy}, {"HELP", on_help},
};

void smtpd_command(struct session *s, char *line, gsize len)
{
    if (strlen(line) != len) {
        session_reply(s, "500 5.5.2 A line must not contain NUL");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_ascii_strncasecmp(line, commands[i].verb, 4) == 0 &&
            (line[4] == ' ' || line[4] == '\0')) {
            commands[i].run(s, line[4] ? g_strchomp(line + 5) : line + 4);
            return;
        }
    }
    session_reply(s, "500 5.5.1 Unknown command");
}
