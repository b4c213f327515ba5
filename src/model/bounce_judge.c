/*
 * Judges what is known about one failed recipient. The order: the user's own rules; a plain
 * phrase of the reply; a code that says something; a hint of the reply; then the same for the
 * notice's other words; the three digits with the command they answered; and at last "it
 * failed, nobody said why", which is soft. The phrases are in bounce_phrases*.c.
 */
#include "config.h"

#include "model/bounce_private.h"

#include <string.h>

/* The three digits alone, when nothing else is known. */
static const struct {
    int phase; /* enum reply_phase; -1: any or not known */
    int code;
    enum bounce_reason reason;
    const char *rule;
} code_rows[] = {
    {REPLY_RCPT, 550, BOUNCE_USER_UNKNOWN, "code 550 after RCPT TO"},
    {REPLY_RCPT, 551, BOUNCE_USER_UNKNOWN, "code 551 after RCPT TO"},
    {REPLY_RCPT, 553, BOUNCE_USER_UNKNOWN, "code 553 after RCPT TO"},
    {REPLY_MAIL, 550, BOUNCE_SENDER_REFUSED, "code 550 after MAIL FROM"},
    {REPLY_MAIL, 553, BOUNCE_SENDER_REFUSED, "code 553 after MAIL FROM"},
    {-1, 521, BOUNCE_NO_MAIL, "code 521"}, /* RFC 7504 */
    {-1, 556, BOUNCE_NO_MAIL, "code 556"},
    {-1, 552, BOUNCE_MAILBOX_FULL, "code 552"},
    {-1, 452, BOUNCE_MAILBOX_FULL, "code 452"},
    {-1, 421, BOUNCE_SYSTEM, "code 421"},
    {-1, 451, BOUNCE_SYSTEM, "code 451"},
    {-1, 450, BOUNCE_GREYLISTED, "code 450"},
    {-1, 500, BOUNCE_SYNTAX, "code 500"},
    {-1, 501, BOUNCE_SYNTAX, "code 501"},
    {-1, 502, BOUNCE_SYNTAX, "code 502"},
    {-1, 503, BOUNCE_SYNTAX, "code 503"},
    {-1, 504, BOUNCE_SYNTAX, "code 504"},
    {-1, 530, BOUNCE_AUTH, "code 530"},
    {-1, 535, BOUNCE_AUTH, "code 535"},
};

/* The subject of a code whose detail says nothing ("5.7.1" is said for everything): not the
 * address. A 550 after RCPT TO that comes with one of these does not mean the person. */
static const struct {
    char subject; /* "5.7.1": '7' */
    enum bounce_reason reason;
} subject_rows[] = {
    {'3', BOUNCE_SYSTEM},
    {'4', BOUNCE_NETWORK},
    {'6', BOUNCE_CONTENT},
    {'7', BOUNCE_POLICY},
};

/* One text with what was found in it. */
struct read_text {
    struct bounce_words words;
    gboolean is_searched;
    const struct bounce_phrase *phrase; /* NULL: none; ask phrase_in() */
};

static gsize length_of(const char *text, gsize len)
{
    if (text == NULL)
        return 0;
    return len > 0 ? len : strnlen(text, BOUNCE_TEXT_MAX_BYTES);
}

static void read_text(struct read_text *t, const char *text, gsize len)
{
    bounce_words_read(&t->words, text, length_of(text, len));
    t->is_searched = FALSE;
}

/* Searched only when it is asked: mostly the reply decides, and the notice need not be. */
static const struct bounce_phrase *phrase_in(struct read_text *t)
{
    if (!t->is_searched)
        t->phrase = bounce_phrase_find(t->words.words->str, t->words.words->len);
    t->is_searched = TRUE;
    return t->phrase;
}

/* "5.0.0", "4.7.0": says no more than its first digit or subject. */
static gboolean is_vague(const char *status)
{
    return strlen(status) < 5 || strcmp(status + 2, "0.0") == 0;
}

static gboolean is_subject_only(const char *status)
{
    gsize n = strlen(status);
    return n >= 5 && strcmp(status + n - 2, ".0") == 0;
}

/* How much a status says: the more, the better. */
static int weight(const char *status)
{
    if (*status == '\0')
        return 0;
    if (is_vague(status))
        return 1;
    return is_subject_only(status) ? 2 : 3;
}

static void offer_status(char *best, const char *status)
{
    if (weight(status) > weight(best))
        g_strlcpy(best, status, BOUNCE_STATUS_BYTES);
}

static void offer_all(char *best, const struct bounce_words *w)
{
    for (int i = 0; i < w->n_status; i++)
        offer_status(best, w->status[i]);
}

/* The DSN's field: "5.1.1 (bad destination mailbox address)". */
static void field_status(char *to, const char *field)
{
    while (field != NULL && g_ascii_isspace(*field))
        field++;
    gsize n = field != NULL ? bounce_status_length(field, strnlen(field, 64)) : 0;
    *to = '\0';
    if (n > 0 && n < BOUNCE_STATUS_BYTES)
        g_strlcpy(to, field, n + 1);
}

static void decide(struct bounce_verdict *v, enum bounce_reason reason, const char *rule)
{
    const struct bounce_reason_row *row = bounce_reason_row(reason);
    v->reason = reason;
    v->class = row->class;
    v->fault = row->fault;
    v->rule = rule;
}

static gboolean by_phrase(struct bounce_verdict *v, const struct bounce_phrase *p,
                          enum bounce_rank from, enum bounce_rank to)
{
    if (p == NULL || p->rank < from || p->rank > to)
        return FALSE;
    decide(v, p->reason, p->phrase);
    return TRUE;
}

/*
 * The same words elsewhere: what is said of an address or domain after MAIL FROM is about ours;
 * NTT Docomo has taken the recipient and says "Unknown user" after the data when the person's
 * own filter turns the mail away; a domain that cannot be found for the time being (4.x.x) may
 * be found tomorrow, and so may a mailbox that nobody calls unknown in plain words.
 */
static void turn(struct bounce_verdict *v, int phase, gboolean is_hint)
{
    if (v->class != BOUNCE_HARD)
        return;
    if (phase == REPLY_MAIL)
        decide(v, BOUNCE_SENDER_REFUSED, v->rule);
    else if (phase == REPLY_DOT && strcmp(v->rule, "unknown user") == 0)
        decide(v, BOUNCE_FILTERED, v->rule);
    else if (v->status[0] == '4' &&
             (v->reason == BOUNCE_HOST_UNKNOWN || v->reason == BOUNCE_NO_MAIL))
        decide(v, BOUNCE_NETWORK, v->rule);
    else if (v->status[0] == '4' && is_hint)
        decide(v, BOUNCE_GREYLISTED, v->rule);
}

static gboolean by_status(struct bounce_verdict *v, const char *status)
{
    enum bounce_reason reason = bounce_status_reason(status);
    if (reason == BOUNCE_UNKNOWN)
        return FALSE;
    decide(v, reason, "status");
    return TRUE;
}

static gboolean by_subject(struct bounce_verdict *v, const char *status)
{
    for (gsize i = 0; i < G_N_ELEMENTS(subject_rows); i++) {
        if (strlen(status) > 2 && status[2] == subject_rows[i].subject) {
            decide(v, subject_rows[i].reason, "status");
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean by_code(struct bounce_verdict *v, int code, int phase)
{
    for (gsize i = 0; i < G_N_ELEMENTS(code_rows); i++) {
        if (code_rows[i].code == code &&
            (code_rows[i].phase < 0 || code_rows[i].phase == phase)) {
            decide(v, code_rows[i].reason, code_rows[i].rule);
            return TRUE;
        }
    }
    return FALSE;
}

static void judge_tables(const struct bounce_facts *f, struct read_text *t,
                         struct read_text *around, struct bounce_verdict *v)
{
    int code = f->code != 0 ? f->code : t->words.code;
    int phase = f->phase >= 0 ? f->phase : t->words.phase;
    if (code == 0)
        code = around->words.code;
    if (phase < 0)
        phase = around->words.phase;
    gboolean is_plain = by_phrase(v, phrase_in(t), RANK_GUARD, RANK_LATER);
    gboolean is_known = is_plain || by_status(v, v->status) ||
                        by_phrase(v, phrase_in(t), RANK_WEAK, RANK_WEAK) ||
                        by_phrase(v, phrase_in(around), RANK_GUARD, RANK_WEAK) ||
                        by_subject(v, v->status) || by_code(v, code, phase) ||
                        by_phrase(v, phrase_in(t), RANK_VAGUE, RANK_VAGUE) ||
                        by_phrase(v, phrase_in(around), RANK_VAGUE, RANK_VAGUE);
    if (is_known)
        turn(v, phase, !is_plain);
    else
        decide(v, BOUNCE_UNKNOWN, "nothing known");
}

/* A notice that the mail is still being tried, or that it arrived, says nothing final. */
static void soften(struct bounce_verdict *v, const char *action)
{
    if (action == NULL)
        return;
    static const char *const good[] = {"delivered", "relayed", "expanded"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        if (g_ascii_strncasecmp(action, good[i], strlen(good[i])) == 0)
            v->class = BOUNCE_NONE;
    }
    if (g_ascii_strncasecmp(action, "delayed", strlen("delayed")) == 0 &&
        v->class == BOUNCE_HARD)
        v->class = BOUNCE_SOFT;
}

/* Servers that say no enhanced code: the one that the reason has (RFC 3463). */
static const struct {
    enum bounce_reason reason;
    const char *subject;
    char digit; /* of servers that say no code at all */
} own_codes[] = {
    {BOUNCE_USER_UNKNOWN, ".1.1", '5'}, {BOUNCE_HOST_UNKNOWN, ".1.2", '5'},
    {BOUNCE_BAD_ADDRESS, ".1.3", '5'},  {BOUNCE_MOVED, ".1.6", '5'},
    {BOUNCE_NO_MAIL, ".1.10", '5'},     {BOUNCE_DISABLED, ".2.1", '5'},
    {BOUNCE_MAILBOX_FULL, ".2.2", '4'}, {BOUNCE_EXPIRED, ".4.7", '4'},
};

static void say_status(struct bounce_verdict *v, int code)
{
    const char *subject = ".0.0";
    char digit = '\0';
    for (gsize i = 0; i < G_N_ELEMENTS(own_codes); i++) {
        if (own_codes[i].reason == v->reason) {
            subject = own_codes[i].subject;
            digit = own_codes[i].digit;
        }
    }
    if (code >= 400 && code < 600)
        digit = (char)('0' + code / 100);
    if (digit != '\0')
        g_snprintf(v->status, sizeof v->status, "%c%s", digit, subject);
}

void bounce_judge(const struct bounce_facts *f, const struct bounce_rules *rules,
                  struct bounce_verdict *ret)
{
    *ret = (struct bounce_verdict){.class = BOUNCE_SOFT};
    struct read_text text;
    struct read_text around;
    read_text(&text, f->text, f->text_len);
    read_text(&around, f->around, f->around_len);
    char field[BOUNCE_STATUS_BYTES];
    field_status(field, f->status);
    offer_all(ret->status, &text.words);
    offer_status(ret->status, field);
    if (ret->status[0] == '\0')
        offer_all(ret->status, &around.words);
    if (!bounce_rules_match(rules, f->text, length_of(f->text, f->text_len), ret) &&
        !bounce_rules_match(rules, f->around, length_of(f->around, f->around_len), ret)) {
        judge_tables(f, &text, &around, ret);
        soften(ret, f->action);
    }
    /* What the report itself calls it stays what it is called, however little that says: who
     * compares our word with the notice finds it there. The better one has been judged by. */
    if (field[0] == '4' || field[0] == '5')
        g_strlcpy(ret->status, field, sizeof ret->status);
    if (ret->status[0] == '\0')
        say_status(ret, text.words.code != 0 ? text.words.code : around.words.code);
    bounce_words_clear(&text.words);
    bounce_words_clear(&around.words);
}

gboolean bounce_text_fails(const char *text, gsize len)
{
    struct read_text t;
    read_text(&t, text, len);
    const struct bounce_phrase *p = phrase_in(&t);
    gboolean fails = p != NULL && p->rank <= RANK_LATER;
    bounce_words_clear(&t.words);
    return fails;
}
