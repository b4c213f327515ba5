/*
 * Check 14: what the server offers, and as whom it sees us. In plain it is asked over the
 * connection that heard the greeting; within TLS it was told already. Nothing is logged in.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/hear_private.h"
#include "doctor/wire_private.h"
#include "net/smtp.h"
#include "net/talk.h"

#define ANSWER_US (10 * (gint64)CLOCK_SECOND_US)
#define GOODBYE_US CLOCK_SECOND_US
#define LINES_MAX 100
#define SHOWN_CHARS 300

struct asking {
    struct doctor *d;
    struct doctor_finding *f;
    struct talk *talk;
    GString *text;  /* owned; of the answer, lines joined by '\n', without codes */
    char *verbatim; /* owned; its last line, safe */
    int code;       /* as hear_code(); 0: no whole answer came */
};

/* How a protocol asks what is offered, and says goodbye. */
static const struct {
    const char *ask, *bye;
} dialects[STREAM_PROTOCOL_COUNT] = {
    [STREAM_SMTP] = {NULL, "QUIT"},
    [STREAM_IMAP] = {"d1 CAPABILITY", "d2 LOGOUT"},
    [STREAM_POP3] = {"CAPA", "QUIT"},
};

static void add_line(struct asking *a, const char *text)
{
    g_autofree char *safe = text_safe(text, -1, SHOWN_CHARS);
    g_string_append_printf(a->text, "%s%s", a->text->len > 0 ? "\n" : "", safe);
}

/* What a line of the answer adds. True: it was the last one. */
static gboolean take_smtp(struct asking *a, const char *line)
{
    a->code = hear_code(STREAM_SMTP, line);
    if (a->code > 0)
        add_line(a, strlen(line) > 4 ? line + 4 : "");
    return a->code == 0 || line[3] != '-';
}

static gboolean take_imap(struct asking *a, const char *line)
{
    static const char list[] = "* CAPABILITY ";
    if (g_ascii_strncasecmp(line, list, sizeof list - 1) == 0)
        add_line(a, line + sizeof list - 1);
    if (strncmp(line, "d1 ", 3) != 0)
        return FALSE;
    a->code = g_ascii_strncasecmp(line + 3, "OK", 2) == 0 ? 250 : 502;
    return TRUE;
}

static gboolean take_pop3(struct asking *a, const char *line)
{
    if (a->code == 0) {
        a->code = line[0] == '+' ? 250 : 502;
        return a->code != 250;
    }
    if (strcmp(line, ".") == 0)
        return TRUE;
    add_line(a, line);
    return FALSE;
}

static void ask(struct asking *a, const char *line)
{
    static gboolean (*const takes[STREAM_PROTOCOL_COUNT])(struct asking *, const char *) = {
        [STREAM_SMTP] = take_smtp, [STREAM_IMAP] = take_imap, [STREAM_POP3] = take_pop3};
    enum stream_protocol protocol = a->d->subject->protocol;
    g_autoptr(GString) heard = g_string_new(NULL);
    gint64 until = clock_mono_us() + ANSWER_US;
    gboolean is_whole = FALSE;
    a->code = 0;
    g_string_truncate(a->text, 0);
    doctor_transcript(a->f, '>', line);
    if (!talk_say(a->talk, line, until))
        return;
    for (int i = 0; i < LINES_MAX && !is_whole; i++) {
        if (talk_hear(a->talk, until, heard) != TALK_LINE)
            break;
        g_free(a->verbatim);
        a->verbatim = text_safe(heard->str, (gssize)heard->len, SHOWN_CHARS);
        doctor_transcript(a->f, '<', a->verbatim);
        is_whole = takes[protocol](a, heard->str);
    }
    if (!is_whole)
        a->code = 0;
}

/* EHLO, and HELO where that is unknown. True: EHLO was understood. */
static gboolean ask_smtp(struct asking *a)
{
    const char *name = a->d->subject->hello;
    g_autofree char *ehlo = g_strconcat("EHLO ", name, NULL);
    g_autofree char *helo = g_strconcat("HELO ", name, NULL);
    ask(a, ehlo);
    if (a->code / 100 != 5)
        return TRUE;
    ask(a, helo);
    return FALSE;
}

static void say_goodbye(struct asking *a)
{
    g_autoptr(GString) line = g_string_new(NULL);
    const char *bye = dialects[a->d->subject->protocol].bye;
    gint64 until = clock_mono_us() + GOODBYE_US;
    doctor_transcript(a->f, '>', bye);
    if (talk_say(a->talk, bye, until) && talk_hear(a->talk, until, line) == TALK_LINE)
        doctor_transcript(a->f, '<', line->str);
}

/* ---- what to say ---- */

/* "NAT in between", or that it sees us as we are; NULL: it does not tell. */
static char *say_seen(const struct doctor *d, const char *where)
{
    const struct doctor_facts *k = &d->facts;
    if (!k->seen_as || !k->source)
        return NULL;
    if (strcmp(k->seen_as, k->source) == 0)
        return g_strdup_printf(_("%s sees us as %s, which is our own address"), where,
                               k->seen_as);
    return g_strdup_printf(_("the server sees %s, we are %s: NAT in between"), k->seen_as,
                           k->source);
}

static char *say_offers(const struct doctor *d, const char *where)
{
    static const char *const words[STREAM_PROTOCOL_COUNT][8] = {
        [STREAM_SMTP] = {"PIPELINING", "SIZE", "STARTTLS", "AUTH", "8BITMIME", "SMTPUTF8"},
        [STREAM_IMAP] = {"STARTTLS", "IDLE", "MOVE", "UIDPLUS", "QUOTA", "LOGINDISABLED"},
        [STREAM_POP3] = {"STLS", "UIDL", "TOP", "USER", "SASL"},
    };
    enum stream_protocol protocol = d->subject->protocol;
    g_autoptr(GString) list = g_string_new(NULL);
    for (int i = 0; words[protocol][i]; i++)
        if (hear_offers(protocol, d->facts.ehlo, words[protocol][i]))
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", words[protocol][i]);
    return list->len > 0 ? g_strdup_printf(_("%s offers %s"), where, list->str)
                         : g_strdup_printf(_("%s offers no extension"), where);
}

static void judge(struct doctor *d, struct doctor_finding *f, const char *where)
{
    g_autofree char *masked =
        d->subject->protocol == STREAM_SMTP ? hear_masked(d->facts.ehlo) : NULL;
    g_auto(GStrv) lines = g_strsplit(d->facts.ehlo, "\n", 0);
    char *seen = NULL;
    for (char **line = lines; *line; line++)
        doctor_evidence(f, "%s", *line);
    if (d->subject->protocol == STREAM_SMTP && lines[0]) {
        g_autofree char *address = hear_seen_as(lines[0], d->subject->hello);
        if (address)
            doctor_fact(&d->facts.seen_as, address);
        seen = say_seen(d, where);
    }
    if (masked)
        doctor_say(f, DOCTOR_WARN, DOCTOR_NETWORK, "masked",
                   g_strdup_printf(_("something between us and %s rewrites what it says: it "
                                     "offers “%s”"),
                                   where, masked),
                   g_strdup(_("Ask who runs the firewall in between to switch its inspection "
                              "of SMTP off.")));
    else
        doctor_ok(f, seen ? g_steal_pointer(&seen) : say_offers(d, where));
    g_free(seen);
}

static void say_unanswered(struct asking *a, const char *where)
{
    if (a->code == 0)
        doctor_say(
            a->f, DOCTOR_FAIL, DOCTOR_SERVER, "unanswered",
            g_strdup_printf(_("%s greets, but does not answer what it is asked then"), where),
            g_strdup(_("Ask who runs the server; a firewall that inspects mail may "
                       "hold the answer back, too.")));
    else
        doctor_say(a->f, DOCTOR_FAIL, DOCTOR_SERVER, "hello",
                   g_strdup_printf(_("%s does not accept our name %s: “%s”"), where,
                                   a->d->subject->hello, a->verbatim),
                   g_strdup(_("Give this machine a name that is known in the DNS: crier "
                              "settings set --hello NAME.")));
}

/* Old servers know no capabilities of IMAP and POP3: that is no fault. */
static void ask_and_judge(struct asking *a, const char *where)
{
    struct doctor *d = a->d;
    enum stream_protocol protocol = d->subject->protocol;
    gboolean is_known = TRUE;
    if (protocol == STREAM_SMTP)
        is_known = ask_smtp(a);
    else
        ask(a, dialects[protocol].ask);
    gboolean is_answered = a->code / 100 == 2 || (protocol != STREAM_SMTP && a->code > 0);
    if (is_answered)
        d->facts.ehlo = g_strdup(a->text->str);
    if (!is_answered)
        say_unanswered(a, where);
    else if (!is_known)
        doctor_say(
            a->f, DOCTOR_WARN, DOCTOR_SERVER, "no-ehlo",
            g_strdup_printf(_("%s knows no EHLO: there is neither TLS nor a login"), where),
            g_strdup(_("Ask who runs the server, or the firewall in between: some take "
                       "EHLO away.")));
    else
        judge(d, a->f, where);
}

void doctor_check_hello(struct doctor *d, struct doctor_finding *f)
{
    g_autofree char *where = wire_where(d->subject);
    if (d->facts.ehlo) {
        judge(d, f, where);
        return;
    }
    if (!d->facts.talk) {
        doctor_pass(f, g_strdup(_("not asked: the greeting took too long")));
        return;
    }
    struct asking a = {.d = d, .f = f, .talk = d->facts.talk, .text = g_string_new(NULL)};
    ask_and_judge(&a, where);
    if (a.code > 0)
        say_goodbye(&a);
    g_clear_pointer(&d->facts.talk, talk_free);
    g_string_free(a.text, TRUE);
    g_free(a.verbatim);
}
