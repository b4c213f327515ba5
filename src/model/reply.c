/*
 * SMTP replies: reading them line by line from bytes in any cut, and the one table that says
 * what each code means in each phase. What a refusal means for a person's record is decided
 * elsewhere; here a reply only gets its class. No I/O.
 */
#include "config.h"

#include "model/reply.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define SHOWN_LINE_BYTES 200

static const char *const phase_names[REPLY_PHASE_COUNT] = {
    [REPLY_CONNECT] = "connect", [REPLY_AUTH] = "AUTH", [REPLY_MAIL] = "MAIL FROM",
    [REPLY_RCPT] = "RCPT TO",    [REPLY_DATA] = "DATA", [REPLY_DOT] = "end of data",
    [REPLY_RSET] = "RSET",
};

static const char *const class_names[REPLY_CLASS_COUNT] = {
    [REPLY_PROCEED] = "proceed",           [REPLY_ACCEPTED] = "accepted",
    [REPLY_REFUSED] = "refused",           [REPLY_LATER] = "later",
    [REPLY_SERVER_LATER] = "server-later", [REPLY_SERVER_REFUSED] = "server-refused",
    [REPLY_RECONNECT] = "reconnect",       [REPLY_UNCERTAIN] = "uncertain",
    [REPLY_PROTOCOL] = "protocol",
};

/* The first row that fits decides. */
static const struct reply_rule rules[] = {
    /* Before a transaction. 421 here is a busy server: connecting again at once would press it.
     */
    {REPLY_CONNECT, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_CONNECT, "2xx", NULL, NULL, REPLY_PROCEED, N_("the server is ready")},
    {REPLY_CONNECT, "4xx", NULL, NULL, REPLY_SERVER_LATER, N_("the server takes no mail now")},
    {REPLY_CONNECT, "5xx", NULL, NULL, REPLY_SERVER_REFUSED,
     N_("the server takes no mail from this machine")},
    {REPLY_AUTH, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_AUTH, "2xx", NULL, NULL, REPLY_PROCEED, N_("logged in")},
    {REPLY_AUTH, "334", NULL, NULL, REPLY_PROCEED, N_("the server asks for the next word")},
    {REPLY_AUTH, "4xx", NULL, NULL, REPLY_SERVER_LATER,
     N_("the server cannot check logins now")},
    {REPLY_AUTH, "5xx", NULL, NULL, REPLY_SERVER_REFUSED,
     N_("user name or password is refused")},

    /* MAIL FROM speaks about us; only the size and the need for SMTPUTF8 are the message's. */
    {REPLY_MAIL, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_MAIL, "2xx", NULL, NULL, REPLY_PROCEED, N_("the sender is taken")},
    {REPLY_MAIL, "421", NULL, NULL, REPLY_RECONNECT, N_("the server closes the connection")},
    {REPLY_MAIL, "4xx", NULL, NULL, REPLY_SERVER_LATER, N_("the server takes no mail now")},
    {REPLY_MAIL, "552", NULL, NULL, REPLY_REFUSED, N_("the message is larger than allowed")},
    {REPLY_MAIL, "5xx", "5.3.4", NULL, REPLY_REFUSED, N_("the message is larger than allowed")},
    {REPLY_MAIL, "5xx", "5.2.3", NULL, REPLY_REFUSED, N_("the message is larger than allowed")},
    {REPLY_MAIL, "5xx", "5.6.?", NULL, REPLY_REFUSED,
     N_("the server cannot carry this message")},
    {REPLY_MAIL, "5xx", NULL, NULL, REPLY_SERVER_REFUSED,
     N_("the server does not take mail from this sender")},

    /* RCPT TO speaks about the person, but many servers answer only here what they hold against
     * us (sender, machine, relaying): which replies those are is fault.c's table. */
    {REPLY_RCPT, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_RCPT, "2xx", NULL, NULL, REPLY_PROCEED, N_("the recipient is taken")},
    {REPLY_RCPT, "421", NULL, NULL, REPLY_RECONNECT, N_("the server closes the connection")},
    {REPLY_RCPT, "4xx", "4.3.1", NULL, REPLY_SERVER_LATER, N_("the server's disk is full")},
    {REPLY_RCPT, "4xx", "4.3.2", NULL, REPLY_SERVER_LATER, N_("the server takes no mail now")},
    {REPLY_RCPT, "4xx", NULL, NULL, REPLY_LATER, N_("not now: try this recipient later")},
    {REPLY_RCPT, "500", NULL, NULL, REPLY_SERVER_REFUSED, N_("the server knows no RCPT")},
    {REPLY_RCPT, "502", NULL, NULL, REPLY_SERVER_REFUSED, N_("the server knows no RCPT")},
    {REPLY_RCPT, "503", NULL, NULL, REPLY_SERVER_REFUSED,
     N_("the server wants something else first, often a login")},
    {REPLY_RCPT, "504", NULL, NULL, REPLY_SERVER_REFUSED, N_("a parameter is not known")},
    {REPLY_RCPT, "53x", NULL, NULL, REPLY_SERVER_REFUSED, N_("the server wants a login")},
    {REPLY_RCPT, "555", NULL, NULL, REPLY_SERVER_REFUSED, N_("a parameter is not known")},
    {REPLY_RCPT, "5xx", NULL, NULL, REPLY_REFUSED, N_("the recipient is refused")},

    {REPLY_DATA, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_DATA, "354", NULL, NULL, REPLY_PROCEED, N_("the server waits for the message")},
    {REPLY_DATA, "421", NULL, NULL, REPLY_RECONNECT, N_("the server closes the connection")},
    {REPLY_DATA, "4xx", "4.3.1", NULL, REPLY_SERVER_LATER, N_("the server's disk is full")},
    {REPLY_DATA, "4xx", "4.3.2", NULL, REPLY_SERVER_LATER, N_("the server takes no mail now")},
    {REPLY_DATA, "4xx", NULL, NULL, REPLY_LATER, N_("not now: try this message later")},
    {REPLY_DATA, "500", NULL, NULL, REPLY_PROTOCOL, N_("the server knows no DATA")},
    {REPLY_DATA, "502", NULL, NULL, REPLY_PROTOCOL, N_("the server knows no DATA")},
    {REPLY_DATA, "503", NULL, NULL, REPLY_PROTOCOL,
     N_("the server lost count of the commands")},
    {REPLY_DATA, "5xx", NULL, NULL, REPLY_REFUSED, N_("the message is refused")},

    /* The final reply. A complete 421 still says that this message was not taken. */
    {REPLY_DOT, "2xx", NULL, NULL, REPLY_ACCEPTED, N_("the server has taken the message")},
    {REPLY_DOT, "4xx", NULL, NULL, REPLY_LATER, N_("not now: try this message later")},
    {REPLY_DOT, "5xx", NULL, NULL, REPLY_REFUSED, N_("the message is refused")},
    {REPLY_DOT, "*", NULL, NULL, REPLY_UNCERTAIN,
     N_("no final reply: whether the message was taken is not known")},

    {REPLY_RSET, "0", NULL, NULL, REPLY_RECONNECT, N_("the connection was lost")},
    {REPLY_RSET, "2xx", NULL, NULL, REPLY_PROCEED, N_("the transaction is reset")},
    {REPLY_RSET, "421", NULL, NULL, REPLY_RECONNECT, N_("the server closes the connection")},

    {REPLY_PHASE_COUNT, "*", NULL, NULL, REPLY_PROTOCOL, N_("not a reply that fits here")},
};

const struct reply_rule *reply_rules(gsize *ret_n)
{
    *ret_n = G_N_ELEMENTS(rules);
    return rules;
}

static gboolean code_fits(const char *pattern, int code)
{
    if (pattern[0] == '*')
        return TRUE;
    if (pattern[0] == '0')
        return code == 0;
    int divisor = 100;
    for (int i = 0; i < 3; i++, divisor /= 10) {
        if (pattern[i] != 'x' && pattern[i] != '0' + code / divisor % 10)
            return FALSE;
    }
    return code >= 100 && code <= 999;
}

/* "5.7.2?": each '?' stands for one or more digits. */
static gboolean enhanced_fits(const char *pattern, const char *enhanced)
{
    for (; *pattern; pattern++, enhanced++) {
        if (*pattern == '?' ? !g_ascii_isdigit(*enhanced) : *pattern != *enhanced)
            return FALSE;
    }
    return *enhanced == '\0' || (pattern[-1] == '?' && g_ascii_isdigit(*enhanced));
}

gboolean reply_rule_fits(const struct reply_rule *rule, enum reply_phase phase,
                         const struct reply *r)
{
    return (rule->phase == phase || rule->phase == REPLY_PHASE_COUNT) &&
           code_fits(rule->code, r->code) &&
           (!rule->enhanced || enhanced_fits(rule->enhanced, r->enhanced)) &&
           (!rule->text || (r->text && strcasestr(r->text, rule->text)));
}

/* Where the rows of a phase begin; they lie together, the last row is everybody's. */
static gsize first_of(enum reply_phase phase)
{
    static gsize firsts[REPLY_PHASE_COUNT]; /* behind it; 0: not known yet */
    gsize first = (gsize)g_atomic_pointer_get(&firsts[phase]);
    if (first > 0)
        return first - 1;
    while (rules[first].phase != phase && rules[first].phase != REPLY_PHASE_COUNT)
        first++;
    g_atomic_pointer_set(&firsts[phase], first + 1);
    return first;
}

const struct reply_rule *reply_find_rule(enum reply_phase phase, const struct reply *r)
{
    /* Most rows are another phase's, and it is asked for each reply. */
    for (gsize i = first_of(phase); i < G_N_ELEMENTS(rules); i++)
        if ((rules[i].phase == phase || rules[i].phase == REPLY_PHASE_COUNT) &&
            reply_rule_fits(&rules[i], phase, r))
            return &rules[i];
    g_assert_not_reached(); /* the last row fits everything */
}

enum reply_class reply_classify(enum reply_phase phase, const struct reply *r)
{
    return reply_find_rule(phase, r)->class;
}

const char *reply_phase_name(enum reply_phase p)
{
    g_assert((unsigned)p < REPLY_PHASE_COUNT);
    return phase_names[p];
}

const char *reply_class_name(enum reply_class c)
{
    g_assert((unsigned)c < REPLY_CLASS_COUNT);
    return class_names[c];
}

void reply_clear(struct reply *r)
{
    r->code = 0;
    r->enhanced[0] = '\0';
    g_clear_pointer(&r->text, g_free);
}

void reply_copy(struct reply *to, const struct reply *from)
{
    if (to == from)
        return;
    reply_clear(to);
    *to = *from;
    to->text = g_strdup(from->text);
}

void reply_reader_init(struct reply_reader *r)
{
    memset(r, 0, sizeof *r);
    r->line = g_string_new(NULL);
    r->text = g_string_new(NULL);
}

void reply_reader_clear(struct reply_reader *r)
{
    if (r->line)
        g_string_free(r->line, TRUE);
    if (r->text)
        g_string_free(r->text, TRUE);
    memset(r, 0, sizeof *r);
}

/* Length of "d.ddd.ddd" at the beginning of a line's text when its class is the reply code's
 * (RFC 2034, section 4) and a blank or the line's end follows; otherwise 0. */
static gsize enhanced_length(const char *s, gsize len, int code)
{
    if (len < 5 || s[0] != '0' + code / 100 || s[1] != '.')
        return 0;
    gsize i = 2;
    for (int part = 0; part < 2; part++) {
        gsize from = i;
        while (i < len && i - from < 3 && g_ascii_isdigit(s[i]))
            i++;
        if (i == from || (part == 0 && (i == len || s[i++] != '.')))
            return 0;
    }
    return i == len || s[i] == ' ' ? i : 0;
}

static void add_text(struct reply_reader *r, const char *s, gsize len, int code)
{
    gsize n = enhanced_length(s, len, code);
    if (n > 0 && r->n_lines == 1) {
        memcpy(r->reply.enhanced, s, n);
        r->reply.enhanced[n] = '\0';
    }
    /* A later line with another enhanced code keeps it in its text: nothing is lost. */
    if (n > 0 && strlen(r->reply.enhanced) == n && memcmp(r->reply.enhanced, s, n) == 0) {
        n += n < len;
        s += n;
        len -= n;
    }
    if (r->n_lines > 1)
        g_string_append_c(r->text, '\n');
    text_append(r->text, s, len);
}

static gboolean refuse(GError **error, const char *why)
{
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED, _("the server does not speak SMTP: %s"),
                why);
    return FALSE;
}

static gboolean refuse_line(GError **error, const char *s, gsize len)
{
    g_autofree char *safe = text_safe(s, (gssize)MIN(len, SHOWN_LINE_BYTES), 0);
    g_autofree char *why = g_strdup_printf(_("a line has no reply code: “%s”"), safe);
    return refuse(error, why);
}

/* One line without its end. */
static gboolean take_line(struct reply_reader *r, const char *s, gsize len, gboolean *ret_done,
                          GError **error)
{
    if (len > 0 && s[len - 1] == '\r')
        len--;
    if (len < 3 || s[0] < '2' || s[0] > '5' || !g_ascii_isdigit(s[1]) ||
        !g_ascii_isdigit(s[2]) || (len > 3 && s[3] != ' ' && s[3] != '-'))
        return refuse_line(error, s, len);
    if (memchr(s, '\0', len) || memchr(s, '\r', len))
        return refuse(error, _("a reply has NUL or a bare CR in it"));
    int code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
    if (r->n_lines == 0) {
        r->reply = (struct reply){.code = code};
        g_string_truncate(r->text, 0);
    } else if (code != r->reply.code) {
        return refuse(error, _("the code changes within one reply"));
    }
    if (++r->n_lines > REPLY_MAX_LINES)
        return refuse(error, _("a reply has too many lines"));
    gsize skip = MIN(len, 4);
    add_text(r, s + skip, len - skip, code);
    *ret_done = len < 4 || s[3] == ' ';
    return TRUE;
}

gssize reply_reader_feed(struct reply_reader *r, const char *data, gsize len,
                         gboolean *ret_done, GError **error)
{
    gsize used = 0;
    gboolean done = FALSE;
    while (used < len && !done) {
        const char *from = data + used;
        const char *end = memchr(from, '\n', len - used);
        gsize n = end ? (gsize)(end - from) : len - used;
        if (r->line->len + n > REPLY_MAX_LINE_BYTES) {
            refuse(error, _("a reply line is too long"));
            return -1;
        }
        used += end ? n + 1 : n;
        if (!end || r->line->len > 0) {
            text_append(r->line, from, n);
            from = r->line->str;
            n = r->line->len;
        }
        if (!end)
            break;
        if (!take_line(r, from, n, &done, error))
            return -1;
        g_string_truncate(r->line, 0);
    }
    if (done) {
        r->reply.text = r->text->str;
        r->n_lines = 0;
    }
    *ret_done = done;
    return (gssize)used;
}
