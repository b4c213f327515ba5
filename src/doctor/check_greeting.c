/*
 * Check 13: what the port says first. A server that turns us away, says nothing or is none of
 * its kind is shown in its own words, which libraries keep to themselves. What it offers is
 * check 14.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/hear_private.h"
#include "doctor/talk_private.h"
#include "doctor/wire_private.h"
#include "net/talk.h"

#define OPEN_US (5 * (gint64)CLOCK_SECOND_US)
/* Postfix's postscreen and Sendmail hold a greeting back for 5 or 6 seconds by design. */
#define GREETING_US (13 * (gint64)CLOCK_SECOND_US / 2)
#define PLAIN_US (3 * (gint64)CLOCK_SECOND_US)      /* where TLS failed */
#define ANSWER_US (3 * (gint64)CLOCK_SECOND_US / 2) /* to our EHLO into the silence */
#define SLOW_US (4 * (gint64)CLOCK_SECOND_US)
#define TLS_TIMEOUT_S 3
#define LINES_MAX 50
#define SHOWN_CHARS 200

struct desk { /* of this check */
    struct doctor *d;
    struct doctor_finding *f;
    const struct doctor_subject *s;
    char *where;       /* owned */
    struct talk *talk; /* owned until it is a fact */
    GString *line;     /* owned; as it came */
    gint64 begun_us;
};

static gint64 in(gint64 us)
{
    return clock_mono_us() + us;
}

static char *shown(const struct desk *k)
{
    return text_safe(k->line->str, (gssize)k->line->len, SHOWN_CHARS);
}

static void take_line(struct desk *k, const char *line, gsize len)
{
    g_string_truncate(k->line, 0);
    g_string_append_len(k->line, line, (gssize)len);
}

/* ---- verdicts ---- */

static void say(struct desk *k, enum doctor_who who, const char *code, char *take_text,
                char *take_next)
{
    doctor_say(k->f, DOCTOR_FAIL, who, code, take_text, take_next);
}

static void say_wrong(struct desk *k, enum hear_speech speech)
{
    static const char *const codes[HEAR_COUNT] = {[HEAR_HTTP] = "web-server"};
    g_autofree char *said = shown(k);
    enum hear_speech ours = hear_speech_of(k->s->protocol);
    say(k, DOCTOR_YOU, codes[speech] ? codes[speech] : "wrong-protocol",
        g_strdup_printf(_("%s is %s, not %s: “%s”"), k->where, hear_speech_words(speech),
                        hear_speech_words(ours), said),
        g_strdup(k->s->protocol == STREAM_SMTP
                     ? _("Correct host and port: servers that take mail listen on 587, 465 or "
                         "25.")
                     : _("Correct host and port: IMAP is on 993 or 143, POP3 on 995 or 110.")));
}

static void say_closed(struct desk *k, gboolean is_reset)
{
    say(k, DOCTOR_SERVER, "closed",
        g_strdup_printf(is_reset ? _("%s breaks the connection off without a greeting")
                                 : _("%s closes the connection without a greeting"),
                        k->where),
        g_strdup(_("Ask who runs the server: it has too many connections, or the address that "
                   "we come from is barred there.")));
}

static void say_silent(struct desk *k)
{
    gint64 s = (clock_mono_us() - k->begun_us) / CLOCK_SECOND_US;
    say(k, DOCTOR_SERVER, "silent",
        g_strdup_printf(_("%s takes the connection and says nothing for %d seconds, neither in "
                          "plain nor by TLS"),
                        k->where, (int)s),
        g_strdup(_("Ask who runs the server: it is overloaded, makes us wait on purpose (a "
                   "tarpit), or this is no mail server's port.")));
}

static void say_tls_first(struct desk *k, gboolean is_mail)
{
    g_autofree char *said = shown(k);
    say(k, DOCTOR_YOU, "tls-first",
        is_mail ? g_strdup_printf(_("%s speaks TLS from the first byte on, not after STARTTLS; "
                                    "within TLS it says “%s”"),
                                  k->where, said)
                : g_strdup_printf(_("%s speaks TLS from the first byte on, not after STARTTLS"),
                                  k->where),
        doctor_talk_remedy(k->s, "--security tls"));
}

static void say_plain_first(struct desk *k)
{
    g_autofree char *said = shown(k);
    say(k, DOCTOR_YOU, "plain-first",
        g_strdup_printf(
            _("%s does not speak TLS from the first byte on: it says “%s” in plain"), k->where,
            said),
        doctor_talk_remedy(k->s, "--security starttls"));
}

static void say_busy(struct desk *k)
{
    g_autofree char *said = shown(k);
    say(k, DOCTOR_SERVER, "busy",
        g_strdup_printf(_("%s takes no connection of ours now: “%s”"), k->where, said),
        g_strdup(_("Try again in some minutes; when it stays like this, ask who runs the "
                   "server.")));
}

static void say_refused(struct desk *k)
{
    g_autofree char *said = shown(k);
    say(k, DOCTOR_SERVER, "refused",
        g_strdup_printf(_("%s turns us away at once: “%s”"), k->where, said),
        g_strdup(_("Ask who runs the server why it refuses the address that we come from; "
                   "where the text names a block list, look there first.")));
}

static void say_good(struct desk *k)
{
    g_autofree char *said = shown(k);
    gint64 took_us = clock_mono_us() - k->begun_us;
    doctor_fact(&k->d->facts.greeting, k->line->str);
    if (took_us < SLOW_US) {
        doctor_ok(k->f, g_strdup_printf(_("%s greets: “%s”"), k->where, said));
        return;
    }
    doctor_say(
        k->f, DOCTOR_WARN, DOCTOR_SERVER, "slow",
        g_strdup_printf(_("%s greets only after %d seconds: “%s”"), k->where,
                        (int)(took_us / CLOCK_SECOND_US), said),
        g_strdup(_("Ask who runs the server whether this machine may be spared the wait: "
                   "every new connection has it.")));
}

/* By the first line. True: it is a server of our kind that wants to talk. */
static gboolean judge(struct desk *k)
{
    enum hear_speech speech = hear_speech(k->line->str, k->line->len);
    int code = hear_code(k->s->protocol, k->line->str);
    if (speech == HEAR_TLS)
        say_tls_first(k, FALSE);
    else if (speech != hear_speech_of(k->s->protocol))
        say_wrong(k, speech);
    else if (code / 100 == 2)
        say_good(k);
    else if (code / 100 == 4)
        say_busy(k);
    else
        say_refused(k);
    return code / 100 == 2 && k->d->facts.greeting;
}

/* ---- in plain ---- */

/* Words without a line's end count once nothing follows them. */
static enum talk_heard hear(struct desk *k, gint64 wait_us)
{
    enum talk_heard heard = talk_hear(k->talk, in(wait_us), k->line);
    const GString *rest = talk_rest(k->talk);
    if (heard == TALK_SILENT && rest->len > 0) {
        heard = TALK_ENDLESS;
        take_line(k, rest->str, rest->len);
    }
    if (k->line->len > 0) {
        g_autofree char *said = shown(k);
        doctor_transcript(k->f, '<', said);
    }
    return heard;
}

static gboolean open_talk(struct desk *k)
{
    g_autoptr(GError) why = NULL;
    const char *address = k->d->facts.address ? k->d->facts.address : k->s->host;
    k->talk = talk_open(address, k->s->port, in(OPEN_US), &why);
    if (k->talk)
        return TRUE;
    say(k, DOCTOR_NETWORK, "lost", g_strdup_printf("%s: %s", k->where, why->message), NULL);
    return FALSE;
}

/* The other lines of "220-mx", so that the next one is an answer. */
static void hear_rest(struct desk *k)
{
    g_autoptr(GString) line = g_string_new(k->line->str);
    gint64 until = in(GREETING_US);
    for (int i = 0; k->s->protocol == STREAM_SMTP && line->len > 3 && line->str[3] == '-' &&
                    i < LINES_MAX && talk_hear(k->talk, until, line) == TALK_LINE;
         i++) {
        g_autofree char *said = text_safe(line->str, (gssize)line->len, SHOWN_CHARS);
        doctor_transcript(k->f, '<', said);
    }
}

static void judge_heard(struct desk *k, enum talk_heard heard)
{
    if (k->line->len == 0 && heard != TALK_LINE) {
        say_closed(k, heard == TALK_LOST);
    } else if (judge(k)) {
        hear_rest(k);
        k->d->facts.talk = g_steal_pointer(&k->talk);
    }
}

/* True: it speaks TLS, and that was said. */
static gboolean try_tls(struct desk *k)
{
    struct wire w;
    wire_init(&w, k->s, k->f);
    w.security = STREAM_TLS;
    w.with_login = FALSE;
    w.is_unverified = TRUE;
    w.timeout_s = TLS_TIMEOUT_S;
    wire_run(&w);
    gboolean has_tls = w.has_tls;
    const char *first = w.heard->len > 0 ? w.heard->pdata[0] : NULL;
    if (has_tls && first)
        take_line(k, first, strlen(first));
    if (has_tls)
        say_tls_first(k, first && hear_code(k->s->protocol, first));
    wire_clear(&w);
    return has_tls;
}

/* Some only answer: a web server waits for us to speak. To speak first is impolite among mail
 * servers, so it comes last. */
static void try_speaking(struct desk *k)
{
    enum talk_heard heard = hear(k, 0);
    if (heard == TALK_SILENT) {
        static const char line[] = "HELP";
        doctor_transcript(k->f, '>', line);
        if (talk_say(k->talk, line, in(ANSWER_US)))
            heard = hear(k, ANSWER_US);
    }
    if (heard == TALK_SILENT)
        say_silent(k);
    else
        judge_heard(k, heard);
    /* What it says next may be the answer to this. */
    g_clear_pointer(&k->d->facts.talk, talk_free);
}

static void look_in_plain(struct desk *k)
{
    if (!open_talk(k))
        return;
    enum talk_heard heard = hear(k, GREETING_US);
    if (heard != TALK_SILENT)
        judge_heard(k, heard);
    else if (!try_tls(k))
        try_speaking(k);
}

/* ---- by TLS ---- */

/* No TLS came about: what is there instead? */
static void look_behind(struct desk *k, const struct wire *w)
{
    if (!open_talk(k))
        return;
    enum talk_heard heard = hear(k, PLAIN_US);
    enum hear_speech speech = hear_speech(k->line->str, k->line->len);
    if (heard == TALK_SILENT && w->outcome.fault == STREAM_FAULT_TIMEOUT) {
        say_silent(k);
    } else if (heard == TALK_LINE && speech == hear_speech_of(k->s->protocol)) {
        say_plain_first(k);
    } else if (k->line->len > 0 && speech != HEAR_TLS) {
        say_wrong(k, speech);
    } else {
        say(k, DOCTOR_SERVER, "tls", g_strdup(w->outcome.why),
            g_strdup(_("Ask who runs the server which TLS it speaks there: crier needs 1.2 or "
                       "1.3.")));
    }
}

static gboolean may_hide_plain(enum stream_fault fault)
{
    return fault == STREAM_FAULT_TLS || fault == STREAM_FAULT_TIMEOUT ||
           fault == STREAM_FAULT_LOST;
}

static void look_by_tls(struct desk *k)
{
    struct wire w;
    wire_init(&w, k->s, k->f);
    w.with_login = FALSE;
    w.is_unverified = TRUE; /* whom it claims to be is check 15 */
    wire_run(&w);
    if (w.heard->len > 0) {
        const char *first = w.heard->pdata[0];
        take_line(k, first, strlen(first));
        if (judge(k) && w.outcome.is_up)
            k->d->facts.ehlo = g_strdup(w.capabilities);
    } else if (!w.has_tls && may_hide_plain(w.outcome.fault)) {
        look_behind(k, &w);
    } else if (w.outcome.fault == STREAM_FAULT_TIMEOUT) {
        say_silent(k);
    } else if (w.outcome.fault == STREAM_FAULT_LOST) {
        say_closed(k, FALSE);
    } else {
        say(k, DOCTOR_NETWORK, "lost",
            g_strdup(w.outcome.why ? w.outcome.why : _("the connection was lost")), NULL);
    }
    wire_clear(&w);
}

void doctor_check_greeting(struct doctor *d, struct doctor_finding *f)
{
    struct desk k = {.d = d, .f = f, .s = d->subject, .begun_us = clock_mono_us()};
    k.where = wire_where(d->subject);
    k.line = g_string_new(NULL);
    if (d->subject->security == STREAM_TLS)
        look_by_tls(&k);
    else
        look_in_plain(&k);
    talk_free(k.talk);
    g_string_free(k.line, TRUE);
    g_free(k.where);
}
