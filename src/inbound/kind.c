/*
 * What a mail is: a bounce, a warning of a delay, a complaint, a vacation notice, a request to
 * be left alone, a person's reply. Machine-readable parts decide first, then headers, then
 * phrases. Whom it is about is recipients.c's; hard or soft is model/bounce's.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

enum sign {
    SIGN_FAILED,  /* says that a delivery failed */
    SIGN_FAINT,   /* says so when a daemon says it */
    SIGN_DELAYED, /* still trying */
    SIGN_FINAL,   /* gave up: outranks what sounds like a delay */
    SIGN_STILL,   /* goes on trying, whatever else it says of giving up later */
    SIGN_AUTO,    /* an automatic answer */
    SIGN_CHALLENGE,
    SIGN_UNSUBSCRIBE,
    SIGN_SUCCESS,
    SIGN_REFUSED, /* a filter's words for a mail that it did not keep */
};
#define HAS(signs, s) (((signs) >> (s)) & 1)

static const struct phrase subject_rows[] = {
    {"undeliver", SIGN_FAILED},
    {"undelivered mail", SIGN_FAILED},
    {"non-deliver", SIGN_FAILED},
    {"nondeliver", SIGN_FAILED},
    {"returned mail", SIGN_FAILED},
    {"mail returned", SIGN_FAILED},
    {"returned to sender", SIGN_FAILED},
    {"returning to sender", SIGN_FAILED},
    {"returning message to sender", SIGN_FAILED},
    {"mail delivery fail", SIGN_FAILED},
    {"message delivery fail", SIGN_FAILED},
    {"delivery fail", SIGN_FAILED},
    {"delivery has failed", SIGN_FAILED},
    {"delivery error", SIGN_FAILED},
    {"delivery problem", SIGN_FAILED},
    {"delivery unsuccessful", SIGN_FAILED},
    {"delivery status notification", SIGN_FAILED},
    {"delivery notification", SIGN_FAILED},
    {"delivery report", SIGN_FAINT},
    {"failed delivery", SIGN_FAILED},
    {"failure delivery", SIGN_FAILED},
    {"failure notice", SIGN_FAILED},
    {"mail failure", SIGN_FAILED},
    {"mail failed", SIGN_FAILED},
    {"message failed", SIGN_FAILED},
    {"could not be delivered", SIGN_FAILED},
    {"cannot be delivered", SIGN_FAILED},
    {"not be delivered", SIGN_FAILED},
    {"was not delivered", SIGN_FAILED},
    {"not delivered", SIGN_FAILED},
    {"unable to deliver", SIGN_FAILED},
    {"cannot send message", SIGN_FAILED},
    {"cannot send mail", SIGN_FAILED},
    {"could not send", SIGN_FAILED},
    {"message status - undeliver", SIGN_FAILED},
    {"mail system error", SIGN_FAILED},
    {"mail error", SIGN_FAILED},
    {"mail rejected", SIGN_FAILED},
    {"message rejected", SIGN_FAILED},
    {"rejected mail", SIGN_FAILED},
    {"processing error", SIGN_FAINT},
    {"user unknown", SIGN_FAILED},
    {"unknown user", SIGN_FAILED},
    {"invalid address", SIGN_FAINT},
    {"permanent error", SIGN_FAINT},
    {"bounce", SIGN_FAINT},
    {"mail delivery", SIGN_FAINT},
    {"nicht zugestellt", SIGN_FAILED},
    {"nicht zustellbar", SIGN_FAILED},
    {"unzustellbar", SIGN_FAILED},
    {"zustellung fehlgeschlagen", SIGN_FAILED},
    {"non remis", SIGN_FAILED},
    {"non distribu", SIGN_FAILED},
    {"échec de la remise", SIGN_FAILED},
    {"mancato recapito", SIGN_FAILED},
    {"non recapitabil", SIGN_FAILED},
    {"no se ha podido entregar", SIGN_FAILED},
    {"no entregado", SIGN_FAILED},
    {"não entregue", SIGN_FAILED},
    {"не доставлен", SIGN_FAILED},
    {"недоставлен", SIGN_FAILED},
    {"送信できません", SIGN_FAILED},
    {"配信不能", SIGN_FAILED},
    {"配信エラー", SIGN_FAILED},
    {"配送エラー", SIGN_FAILED},
    {"エラーメール", SIGN_FAINT},
    {"退信", SIGN_FAILED},
    {"you are not member", SIGN_FAILED},
    {"you are not a member", SIGN_FAILED},
    {"are not member (", SIGN_FAILED},
    {"delayed", SIGN_DELAYED},
    {"(delay)", SIGN_DELAYED},
    {"delivery delayed", SIGN_DELAYED},
    {"still being retried", SIGN_DELAYED},
    {"warning: could not send message", SIGN_DELAYED},
    {"warning--could not send mail", SIGN_DELAYED},
    {"verzögert", SIGN_DELAYED},
    {"auto:", SIGN_AUTO},
    {"autoreply", SIGN_AUTO},
    {"auto-reply", SIGN_AUTO},
    {"auto reply", SIGN_AUTO},
    {"autorespon", SIGN_AUTO},
    {"auto-respon", SIGN_AUTO},
    {"auto respon", SIGN_AUTO},
    {"automatic reply", SIGN_AUTO},
    {"automatic response", SIGN_AUTO},
    {"automated reply", SIGN_AUTO},
    {"automatische antwort", SIGN_AUTO},
    {"abwesenheit", SIGN_AUTO},
    {"réponse automatique", SIGN_AUTO},
    {"absence du bureau", SIGN_AUTO},
    {"respuesta automática", SIGN_AUTO},
    {"resposta automática", SIGN_AUTO},
    {"risposta automatica", SIGN_AUTO},
    {"fuori sede", SIGN_AUTO},
    {"afwezig", SIGN_AUTO},
    {"automatisch antwoord", SIGN_AUTO},
    {"autosvar", SIGN_AUTO},
    {"automatiskt svar", SIGN_AUTO},
    {"автоответ", SIGN_AUTO},
    {"automatyczna odpowied", SIGN_AUTO},
    {"otomatik yan", SIGN_AUTO},
    {"automatick", SIGN_AUTO},
    {"automaattinen vastaus", SIGN_AUTO},
    {"自動返信", SIGN_AUTO},
    {"自動応答", SIGN_AUTO},
    {"自动回复", SIGN_AUTO},
    {"out of office", SIGN_AUTO},
    {"out of the office", SIGN_AUTO},
    {"out-of-office", SIGN_AUTO},
    {"away from my mail", SIGN_AUTO},
    {"away from the office", SIGN_AUTO},
    {"vacation", SIGN_AUTO},
    {"on holiday", SIGN_AUTO},
    {"urlaub", SIGN_AUTO},
    {"please confirm your message", SIGN_CHALLENGE},
    {"verify your email", SIGN_CHALLENGE},
    {"verification required", SIGN_CHALLENGE},
    {"please verify", SIGN_CHALLENGE},
    {"confirm your email to", SIGN_CHALLENGE},
    {NULL, 0},
};
static struct phrase_set subject_set = {.rows = subject_rows};

static const struct phrase body_rows[] = {
    {"could not be delivered", SIGN_FAILED},
    {"couldn't be delivered", SIGN_FAILED},
    {"could not deliver", SIGN_FAILED},
    {"cannot be delivered", SIGN_FAILED},
    {"can not be delivered", SIGN_FAILED},
    {"was not delivered", SIGN_FAILED},
    {"not delivered to", SIGN_FAILED},
    {"has not been delivered", SIGN_FAILED},
    {"was undeliverable", SIGN_FAILED},
    {"undeliverable", SIGN_FAILED},
    {"undelivered", SIGN_FAILED},
    {"unable to deliver", SIGN_FAILED},
    {"wasn't able to deliver", SIGN_FAILED},
    {"was unable to deliver", SIGN_FAILED},
    {"unable to be delivered", SIGN_FAILED},
    {"failed to deliver", SIGN_FAILED},
    {"failed to be delivered", SIGN_FAILED},
    {"delivery failed", SIGN_FAILED},
    {"delivery failure", SIGN_FAILED},
    {"delivery has failed", SIGN_FAILED},
    {"delivery to the following recipient", SIGN_FAILED},
    {"delivery status notification", SIGN_FAINT},
    {"did not reach the following", SIGN_FAILED},
    {"had permanent fatal errors", SIGN_FAILED},
    {"had transient non-fatal errors", SIGN_DELAYED},
    {"permanent error", SIGN_FAILED},
    {"permanent fatal error", SIGN_FAILED},
    {"fatal errors", SIGN_FAILED},
    {"failed recipient", SIGN_FAILED},
    {"following address(es) failed", SIGN_FAILED},
    {"following addresses failed", SIGN_FAILED},
    {"following address failed", SIGN_FAILED},
    {"returned to sender", SIGN_FAILED},
    {"returned to you", SIGN_FAINT},
    {"mail could not be", SIGN_FAILED},
    {"could not be reached", SIGN_FAINT},
    {"did not reach some or all", SIGN_FAILED},
    {"encountered delivery problems", SIGN_FAILED},
    {"has been returned because", SIGN_FAILED},
    {"had delivery problems", SIGN_FAILED},
    {"had delivery errors", SIGN_FAILED},
    {"was not relayed", SIGN_FAILED},
    {"user unknown", SIGN_FAINT},
    {"unknown user", SIGN_FAINT},
    {"no such user", SIGN_FAINT},
    {"no such address", SIGN_FAINT},
    {"recipient unknown", SIGN_FAINT},
    {"mailbox unavailable", SIGN_FAINT},
    {"mailbox full", SIGN_FAINT},
    {"mailbox is full", SIGN_FAINT},
    {"over quota", SIGN_FAINT},
    {"quota exceeded", SIGN_FAINT},
    {"exceeded the quota", SIGN_FAINT},
    {"does not exist", SIGN_FAINT},
    {"doesn't exist", SIGN_FAINT},
    {"has been disabled", SIGN_FAINT},
    {"not listed in", SIGN_FAINT},
    {"host unknown", SIGN_FAINT},
    {"unknown host", SIGN_FAINT},
    {"was rejected", SIGN_FAINT},
    {"has been rejected", SIGN_FAINT},
    {"message rejected", SIGN_FAINT},
    {"automatically rejected", SIGN_REFUSED},
    {"was rejected", SIGN_REFUSED},
    {"has been rejected", SIGN_REFUSED},
    {"was refused", SIGN_REFUSED},
    {"has been blocked", SIGN_FAINT},
    {"remote host said", SIGN_FAILED},
    {"transcript of session", SIGN_FAILED},
    {"reporting-mta", SIGN_FAILED},
    {"in reply to rcpt to", SIGN_FAILED},
    {"rcpt to:", SIGN_FAINT},
    {"550 ", SIGN_FAINT},
    {"554 ", SIGN_FAINT},
    {"552 ", SIGN_FAINT},
    {"553 ", SIGN_FAINT},
    {"5.1.1", SIGN_FAINT},
    {"5.7.1", SIGN_FAINT},
    {"you are not a member of this mailing list", SIGN_FAILED},
    {"nicht zugestellt", SIGN_FAILED},
    {"nicht ausgeliefert", SIGN_FAILED},
    {"konnte nicht", SIGN_FAINT},
    {"n'a pas pu être", SIGN_FAILED},
    {"no se ha podido entregar", SIGN_FAILED},
    {"не может быть доставлено", SIGN_FAILED},
    {"не доставлен", SIGN_FAILED},
    {"не удалось доставить", SIGN_FAILED},
    {"送信できません", SIGN_FAILED},
    {"配信できません", SIGN_FAILED},
    {"お届けできません", SIGN_FAILED},
    {"delayed", SIGN_DELAYED},
    {"still being retried", SIGN_DELAYED},
    {"will be retried", SIGN_DELAYED},
    {"will retry", SIGN_DELAYED},
    {"will continue to", SIGN_DELAYED},
    {"will keep trying", SIGN_DELAYED},
    {"keep trying", SIGN_DELAYED},
    {"not yet been delivered", SIGN_STILL},
    {"not been delivered yet", SIGN_STILL},
    {"this is a warning message only", SIGN_STILL},
    {"this is just a warning", SIGN_STILL},
    {"delivery attempts will continue", SIGN_STILL},
    {"wurde noch nicht zugestellt", SIGN_STILL},
    {"temporary problem delivering", SIGN_DELAYED},
    {"you do not need to resend", SIGN_STILL},
    {"no action is required on your part", SIGN_STILL},
    {"still trying", SIGN_DELAYED},
    {"giving up", SIGN_FINAL},
    {"given up", SIGN_FINAL},
    {"i'm not going to try again", SIGN_FINAL},
    {"permanent error", SIGN_FINAL},
    {"permanent fatal", SIGN_FINAL},
    {"failed permanently", SIGN_FINAL},
    {"permanent failure", SIGN_FINAL},
    {"retry timeout exceeded", SIGN_FINAL},
    {"message will be deleted from queue", SIGN_FINAL},
    {"has been returned", SIGN_FINAL},
    {"being returned", SIGN_FINAL},
    {"cannot send message for", SIGN_FINAL},
    {"could not be delivered for", SIGN_FINAL},
    {"in queue too long", SIGN_FINAL},
    {"been in the queue too long", SIGN_FINAL},
    {"out of office", SIGN_AUTO},
    {"out of the office", SIGN_AUTO},
    {"i am on vacation", SIGN_AUTO},
    {"i'm on vacation", SIGN_AUTO},
    {"i am currently away", SIGN_AUTO},
    {"this is an automatic reply", SIGN_AUTO},
    {"this is an automated reply", SIGN_AUTO},
    {"this is an automated response", SIGN_AUTO},
    {"this is an autoreply", SIGN_AUTO},
    {"automatische antwort", SIGN_AUTO},
    {"prove you are human", SIGN_CHALLENGE},
    {"verify that you are", SIGN_CHALLENGE},
    {"to confirm that you are", SIGN_CHALLENGE},
    {"boxbe", SIGN_CHALLENGE},
    {"challenge/response", SIGN_CHALLENGE},
    {"challenge-response", SIGN_CHALLENGE},
    {"guest list", SIGN_CHALLENGE},
    {"approved senders list", SIGN_CHALLENGE},
    {"tmda", SIGN_CHALLENGE},
    {"spamarrest", SIGN_CHALLENGE},
    {"you only need to do this once", SIGN_CHALLENGE},
    {"will be delivered once you", SIGN_CHALLENGE},
    {"automatically generated by gmail", SIGN_UNSUBSCRIBE},
    {"please unsubscribe me", SIGN_UNSUBSCRIBE},
    {"remove me from", SIGN_UNSUBSCRIBE},
    {"take me off your", SIGN_UNSUBSCRIBE},
    {NULL, 0},
};
static struct phrase_set body_set = {.rows = body_rows};

static const char *const daemons[] = {"mailer-daemon",
                                      "mailerdaemon",
                                      "mailer_daemon",
                                      "maildaemon",
                                      "mail-daemon",
                                      "mdaemon",
                                      "postmaster",
                                      "post_master",
                                      "post-master",
                                      "mail.delivery.system",
                                      "mail_delivery_system",
                                      "mail-delivery-system",
                                      "system administrator",
                                      "mailadministrator",
                                      "mail-administrator",
                                      "mta",
                                      "daemon",
                                      "bounce",
                                      "bounces",
                                      "microsoftexchange",
                                      "symantec_antivirus_for_smtp_gateways",
                                      NULL};

gboolean kind_is_daemon(const char *address)
{
    if (*address == '"')
        address++;
    gsize n = strcspn(address, "@\"+");
    for (int i = 0; daemons[i]; i++)
        if (strlen(daemons[i]) == n && g_ascii_strncasecmp(daemons[i], address, n) == 0)
            return TRUE;
    return g_ascii_strncasecmp(address, "microsoftexchange", 17) == 0;
}

/* ---- delivery notices ---- */

static enum mail_kind kind_of_action(const struct dsn_group *g)
{
    static const struct {
        const char *action;
        enum mail_kind kind;
    } actions[] = {{"failed", MAIL_BOUNCE},      {"failure", MAIL_BOUNCE},
                   {"delayed", MAIL_DELAYED},    {"delivered", MAIL_SUCCESS},
                   {"relayed", MAIL_SUCCESS},    {"expanded", MAIL_SUCCESS},
                   {"deliverable", MAIL_SUCCESS}};
    for (gsize i = 0; g->action && i < G_N_ELEMENTS(actions); i++)
        if (g_str_has_prefix(g->action, actions[i].action))
            return actions[i].kind;
    if (g->status && (g->status[0] == '5' || g->status[0] == '4' || g->status[0] == '2'))
        return g->status[0] == '2' ? MAIL_SUCCESS : MAIL_BOUNCE;
    return MAIL_OTHER;
}

/* The worst that any recipient met; MAIL_OTHER: the report names nothing. */
static enum mail_kind kind_of_report(const struct mail *m)
{
    enum mail_kind worst = MAIL_OTHER;
    for (guint i = 0; i < m->groups->len; i++) {
        enum mail_kind k = kind_of_action(m->groups->pdata[i]);
        if (k == MAIL_BOUNCE || (k == MAIL_DELAYED && worst != MAIL_BOUNCE) ||
            (k == MAIL_SUCCESS && worst == MAIL_OTHER))
            worst = k;
    }
    return worst;
}

/* ---- the rest ---- */

static gboolean field_has(struct mailscan_header h, const char *name, const char *word)
{
    g_autofree char *value = mailscan_value(mailscan_find(h, name));
    if (!value)
        return FALSE;
    g_autofree char *folded = fold_text(value, 200);
    return strstr(folded, word) != NULL;
}

static gboolean is_automatic(const struct mail *m)
{
    static const char *const fields[] = {
        "X-Autoreply",      "X-Autorespond",    "X-Autoresponder", "X-Auto-Reply",
        "X-Mail-Autoreply", "X-AutoReply-From", "X-Vacation",      NULL};
    for (int i = 0; fields[i]; i++)
        if (mailscan_find(m->header, fields[i]) && !field_has(m->header, fields[i], "no"))
            return TRUE;
    return field_has(m->header, "Auto-Submitted", "auto-replied") ||
           field_has(m->header, "Auto-Submitted", "auto-generated") ||
           field_has(m->header, "Precedence", "auto_reply") ||
           field_has(m->header, "Precedence", "auto-reply");
}

static gboolean begins_with_word(const char *folded, const char *const *words)
{
    while (*folded == ' ')
        folded++;
    for (int i = 0; words[i]; i++) {
        gsize n = strlen(words[i]);
        if (strncmp(folded, words[i], n) == 0 && !g_ascii_isalpha(folded[n]))
            return TRUE;
    }
    return FALSE;
}

/* A whole subject, or a whole first line, that asks for it in one word. */
static const char *const requests[] = {"stop",
                                       "remove",
                                       "remove me",
                                       "unsubscribe",
                                       "unsubscribe me",
                                       "abmelden",
                                       "abmeldung",
                                       "abbestellen",
                                       "austragen",
                                       "désinscription",
                                       "désabonnement",
                                       "désabonner",
                                       "me désabonner",
                                       "se désabonner",
                                       "me désinscrire",
                                       "baja",
                                       "dar de baja",
                                       "darme de baja",
                                       "cancelar suscripción",
                                       "cancelar assinatura",
                                       "cancelar inscrição",
                                       "descadastrar",
                                       "cancellami",
                                       "cancellazione",
                                       "disiscrizione",
                                       "disiscrivimi",
                                       "uitschrijven",
                                       "afmelden",
                                       "avregistrera",
                                       "avmeld",
                                       "afmeld",
                                       "wypisz",
                                       "wypisz mnie",
                                       "odhlásit",
                                       "leiratkozás",
                                       "отписаться",
                                       "отписка",
                                       "配信停止",
                                       "配信解除",
                                       "登録解除",
                                       "購読解除",
                                       "退会",
                                       "退订",
                                       "取消订阅",
                                       "수신거부",
                                       NULL};
#define REQUEST_MAX_BYTES 80

static gboolean is_request_alone(const char *line, gsize n)
{
    static const char *const polite[] = {"re:", "aw:", "fwd:", "please ", "bitte ", NULL};
    if (n > REQUEST_MAX_BYTES || !g_utf8_validate(line, (gssize)n, NULL))
        return FALSE;
    g_autofree char *text = g_utf8_strdown(line, (gssize)n);
    const char *p = g_strstrip(text);
    for (int i = 0; polite[i]; i++)
        if (g_str_has_prefix(p, polite[i]))
            p += strlen(polite[i]) + strspn(p + strlen(polite[i]), " ");
    gsize len = strlen(p);
    while (len > 0 && strchr(" .!", p[len - 1]))
        len--;
    for (int i = 0; requests[i]; i++)
        if (strlen(requests[i]) == len && memcmp(requests[i], p, len) == 0)
            return TRUE;
    return FALSE;
}

/* Nothing but the word, or the word and a little more on its line. */
static gboolean is_unsubscribe(const struct mail *m, guint64 body)
{
    static const char *const subjects[] = {
        "unsubscribe",    "re: unsubscribe", "abmelden", "abbestellen", "désabonnement",
        "desinscription", "unsubscribe-",    "opt-out",  "optout",      NULL};
    static const char *const words[] = {"unsubscribe", "abmelden", "abbestellen", "désabonner",
                                        "optout",      "opt-out",  "signoff",     NULL};
    if (mailscan_find(m->header, "X-Apple-Unsubscribe"))
        return TRUE;
    /* A list's talk about unsubscribing is no request to us. */
    if (mailscan_find(m->header, "List-Id") || mailscan_find(m->header, "List-Post"))
        return FALSE;
    if (begins_with_word(m->folded_subject, subjects) && strlen(m->folded_subject) < 120)
        return TRUE;
    const char *own = m->text->str + strspn(m->text->str, " \t\r\n");
    if (is_request_alone(m->subject, strlen(m->subject)) ||
        is_request_alone(own, strcspn(own, "\r\n")))
        return TRUE;
    gsize n = strlen(m->folded);
    if (HAS(body, SIGN_UNSUBSCRIBE) && n < 600)
        return TRUE;
    return begins_with_word(m->folded, words) && n < 60;
}

static gboolean is_reply(const struct mail *m)
{
    return mailscan_find(m->header, "In-Reply-To") || mailscan_find(m->header, "References") ||
           g_str_has_prefix(m->folded_subject, "re:") ||
           g_str_has_prefix(m->folded_subject, "aw:");
}

/* A mail without a report in it: whether it says that another one came to nothing. */
static gboolean is_text_bounce(const struct mail *m, guint64 subject, guint64 body,
                               gboolean is_daemon, gboolean is_null)
{
    gboolean is_failed = HAS(subject, SIGN_FAILED) || HAS(subject, SIGN_DELAYED);
    gboolean says_so =
        HAS(body, SIGN_FAILED) || HAS(body, SIGN_DELAYED) || HAS(body, SIGN_STILL);
    gboolean hints = says_so || HAS(body, SIGN_FAINT);
    if (mailscan_find(m->header, "X-Failed-Recipients"))
        return TRUE;
    if (is_daemon)
        return is_failed || hints || HAS(subject, SIGN_FAINT) ||
               (*m->from && !HAS(body, SIGN_AUTO) &&
                bounce_text_fails(m->text->str, m->text->len));
    if (is_null && !HAS(subject, SIGN_AUTO))
        return is_failed ? hints || m->returned->len > 0 : says_so && m->returned->len > 0;
    return is_failed && hints && !mailscan_find(m->header, "In-Reply-To");
}

static enum mail_kind kind_of_text(guint64 subject, guint64 body)
{
    if (HAS(body, SIGN_STILL))
        return MAIL_DELAYED;
    if (HAS(body, SIGN_FINAL))
        return MAIL_BOUNCE;
    return HAS(subject, SIGN_DELAYED) || HAS(body, SIGN_DELAYED) ? MAIL_DELAYED : MAIL_BOUNCE;
}

enum mail_kind kind_of(const struct mail *m)
{
    const char *report_type = mailscan_part(&m->scan, 0)->report_type;
    guint64 subject = phrase_values(&subject_set, m->folded_subject);
    guint64 body = phrase_values(&body_set, m->folded);
    /* "From: <>" is a daemon's; a mail without the field may have lost it on the way. */
    gboolean has_from = mailscan_find(m->header, "From") != NULL;
    gboolean is_nobodys = !*m->from && !is_reply(m);
    gboolean is_null = (m->return_path && !*m->return_path) || (is_nobodys && !has_from);
    gboolean is_daemon = kind_is_daemon(m->from) || (is_nobodys && has_from) ||
                         (m->return_path && kind_is_daemon(m->return_path));
    if (m->has_feedback || arf_is_complaint(m))
        return arf_is_complaint(m) ? MAIL_COMPLAINT : MAIL_OTHER;
    if (m->is_refusal && HAS(body, SIGN_REFUSED))
        return MAIL_BOUNCE;
    if (m->has_receipt || strcmp(report_type, "disposition-notification") == 0)
        return MAIL_RECEIPT;
    gboolean is_believed = m->has_report || (m->has_loose_report && (is_daemon || is_null));
    enum mail_kind report = is_believed ? kind_of_report(m) : MAIL_OTHER;
    if (HAS(body, SIGN_CHALLENGE) && (m->has_report || !is_daemon))
        return MAIL_CHALLENGE;
    if (report != MAIL_OTHER)
        return report;
    if (is_unsubscribe(m, body) && !m->has_report && !is_daemon)
        return MAIL_UNSUBSCRIBE;
    if (m->has_report || is_text_bounce(m, subject, body, is_daemon, is_null))
        return kind_of_text(subject, body);
    if (HAS(subject, SIGN_CHALLENGE))
        return MAIL_CHALLENGE;
    if (is_automatic(m) || HAS(subject, SIGN_AUTO) || (is_null && HAS(body, SIGN_AUTO)))
        return MAIL_AUTOREPLY;
    return is_reply(m) ? MAIL_REPLY : MAIL_OTHER;
}
