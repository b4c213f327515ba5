/*
 * The commands of SMTP as the sink speaks them, one table row each. Strict where a client of
 * ours could be wrong (line ends, order, unknown parameters), for its users are tests. No AUTH,
 * no STARTTLS. DATA, BDAT and what comes in by them are content.c's.
 */
#include "config.h"

#include "sink/smtpd.h"

#include <string.h>

#include "base/clock.h"
#include "sink/content.h"

#define TEXT_OK "250 2.0.0 Ok"

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

static struct sink_verdict decide(struct session *s, enum sink_phase phase, const char *key)
{
    return script_decide(s->sink->script, phase, &key, 1, clock_mono_us());
}

static struct sink_verdict decide_by_number(struct session *s, enum sink_phase phase)
{
    char number[24];
    g_snprintf(number, sizeof number, "%" G_GINT64_FORMAT, s->number);
    return decide(s, phase, number);
}

void smtpd_greet(struct session *s)
{
    g_autofree char *line = g_strdup_printf("220 %s ESMTP crier sink", s->sink->hostname);
    struct sink_verdict v = decide_by_number(s, SINK_CONNECT);
    session_answer(s, &v, line);
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
        g_ascii_strcasecmp(param, "RET=FULL") == 0 ||
        g_ascii_strcasecmp(param, "RET=HDRS") == 0)
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
    const char *fault =
        path ? take_params(s, params, take_mail_param) : "501 5.1.7 Use MAIL FROM:<address>";
    if (!fault && !s->is_utf8 && !is_ascii(path))
        fault = "553 5.6.7 A non-ASCII address needs SMTPUTF8";
    if (fault) {
        smtpd_reset(s);
        session_reply(s, fault);
        return;
    }
    struct sink_verdict v = decide(s, SINK_MAIL, path);
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
    struct sink_verdict v = decide(s, SINK_RCPT, path);
    if (!content_log_refusal(s, SINK_RCPT, &key, 1, &v)) {
        session_reply(s, "451 4.3.0 The log cannot be written");
        return;
    }
    if (session_answer(s, &v, "250 2.1.5 Ok"))
        g_ptr_array_add(s->to, g_strdup(path));
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
    {"MAIL", on_mail}, {"RCPT", on_rcpt}, {"DATA", content_data}, {"BDAT", content_bdat},
    {"EHLO", on_ehlo}, {"HELO", on_helo}, {"RSET", on_rset},      {"NOOP", on_noop},
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
