/*
 * Check 18, only where somebody asked for it: one small letter by this server, and what became
 * of it. Where a mailbox of the workspace has the address it is waited for there, and what the
 * receiver wrote into its header is told.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <string.h>

#include "app/hook_mail.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "doctor/find_private.h"
#include "doctor/hear_private.h"
#include "doctor/wire_private.h"
#include "message/mailscan.h"
#include "store/mailboxes.h"

#define WAIT_S 60
#define MAX_WAIT_S 3600
#define SEND_TIMEOUT_S 60
#define ID_BYTES 12
#define SHOWN_CHARS 300
#define RECEIVED_SHOWN 5

struct desk {
    struct doctor *d;
    struct doctor_finding *f;
    const struct doctor_subject *s;
    const char *from, *sender; /* borrowed */
    char *where;               /* owned */
    char *id;                  /* owned; of the Message-ID, without its domain */
    char *accepted;            /* owned; the server's last word */
};

/* Greylisting may hold a letter back for minutes. */
static int wait_seconds(void)
{
    const char *text = g_getenv("CRIER_LETTER_WAIT");
    gint64 s = WAIT_S;
    return text && g_ascii_string_to_signed(text, 10, 1, MAX_WAIT_S, &s, NULL) ? (int)s
                                                                               : WAIT_S;
}

gboolean doctor_letter_is_asked(const struct doctor *d)
{
    return d->subject->letter != NULL;
}

/* ---- sending it ---- */

static void write_letter(const struct desk *k, struct hook_mail *mail, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text,
                           _("This is a test letter of crier doctor. It was sent by the server "
                             "%s to see whether mail arrives. Nothing needs to be done.\n"),
                           k->s->name);
    const struct hook_words words = {.from = k->from,
                                     .to = k->s->letter,
                                     .subject = _("Test letter of crier doctor"),
                                     .text = text,
                                     .id = k->id};
    hook_mail_write(k->s->db, k->s->ws, &words, mail, error);
}

static char *new_id(void)
{
    guint8 bytes[ID_BYTES];
    crypto_random(bytes, sizeof bytes);
    GString *id = g_string_new("doctor-");
    for (gsize i = 0; i < sizeof bytes; i++)
        g_string_append_printf(id, "%02x", bytes[i]);
    return g_string_free(id, FALSE);
}

static void say_not_sent(struct desk *k, const struct wire *w, const struct wire_mail *m)
{
    const struct wire_reply *r = &m->replies[0];
    if (r->class == REPLY_UNCERTAIN)
        doctor_say(
            k->f, DOCTOR_WARN, DOCTOR_SERVER, "uncertain",
            g_strdup_printf(_("%s gave no answer behind the letter: it may have gone out"),
                            k->where),
            g_strdup(_("Look whether it arrived.")));
    else
        doctor_say(k->f, DOCTOR_FAIL, DOCTOR_SERVER, "refused",
                   g_strdup_printf(_("%s did not take the letter to %s: “%s”"), k->where,
                                   k->s->letter,
                                   r->text          ? r->text
                                   : m->trouble     ? m->trouble
                                   : w->outcome.why ? w->outcome.why
                                                    : ""),
                   NULL);
}

/* True: it was accepted. */
static gboolean send_letter(struct desk *k, const struct hook_mail *mail)
{
    struct wire w;
    struct wire_reply reply = {0};
    const struct smtp_chunk chunk = {mail->message->str, mail->message->len};
    const struct smtp_message message = {.sender = k->sender,
                                         .recipient = mail->recipient,
                                         .needs_smtputf8 = mail->needs_smtputf8,
                                         .chunks = &chunk,
                                         .n_chunks = 1,
                                         .size = mail->message->len};
    struct wire_mail m = {.messages = &message, .n = 1, .replies = &reply};
    wire_init(&w, k->s, k->f);
    w.talk = wire_mail_talk();
    w.data = &m;
    w.timeout_s = SEND_TIMEOUT_S;
    wire_run(&w);
    gboolean is_accepted = reply.is_known && reply.class == REPLY_ACCEPTED;
    if (is_accepted)
        k->accepted = g_strdup(reply.text);
    else
        say_not_sent(k, &w, &m);
    wire_reply_clear(&reply);
    wire_mail_clear(&m);
    wire_clear(&w);
    return is_accepted;
}

/* ---- finding it again ---- */

/* In lower case and without a tag: bounce+x@example.org arrives where bounce@example.org does.
 */
static char *plain_address(const char *text)
{
    struct mailaddr a;
    if (!mailaddr_parse(text, &a, NULL))
        return NULL;
    g_autofree char *whole = mailaddr_format(&a);
    mailaddr_clear(&a);
    char *low = g_utf8_strdown(whole, -1), *at = strrchr(low, '@'), *plus = strchr(low, '+');
    if (at && plus && plus < at)
        memmove(plus, at, strlen(at) + 1);
    return low;
}

/* The mailbox of the workspace that the letter goes to; NULL: it has none. */
static char *find_mailbox(const struct desk *k)
{
    g_autoptr(GPtrArray) all = k->s->db ? mailboxes_all(k->s->db, NULL) : NULL;
    g_autofree char *wanted = plain_address(k->s->letter);
    for (guint i = 0; all && i < all->len; i++) {
        const struct mailbox *m = all->pdata[i];
        g_autofree char *address = m->address ? plain_address(m->address) : NULL;
        if (address && g_strcmp0(address, wanted) == 0)
            return g_strdup(m->name);
    }
    return NULL;
}

/* What the header tells. The field of the receiver stands above those of others. */
static void read_header(const struct desk *k, const GString *letter, struct hear_verdicts *ret)
{
    gboolean is_known = FALSE;
    guint n_received = 0;
    g_autofree char *first = NULL;
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(struct mailscan_field));
    mailscan_fields(letter->str, letter->len, fields);
    for (guint i = 0; i < fields->len; i++) {
        const struct mailscan_field *field = &g_array_index(fields, struct mailscan_field, i);
        g_autofree char *name = g_strndup(field->name, field->name_len);
        g_autofree char *value = mailscan_value(field);
        g_autofree char *shown = text_safe(value, -1, SHOWN_CHARS);
        if (g_ascii_strcasecmp(name, "Authentication-Results") == 0 && !is_known) {
            is_known = hear_verdicts(value, ret);
            doctor_evidence(k->f, "Authentication-Results: %s", shown);
        } else if (g_ascii_strcasecmp(name, "Received") == 0) {
            g_free(first);
            first = hear_received_from(value);
            if (n_received++ < RECEIVED_SHOWN)
                doctor_evidence(k->f, "Received: %s", shown);
        }
    }
    /* The last one was written by whom we spoke to. */
    if (first && !k->d->facts.seen_as)
        doctor_fact(&k->d->facts.seen_as, first);
}

static gboolean is_bad(const char *result)
{
    return *result && strcmp(result, "pass") != 0 && strcmp(result, "none") != 0;
}

static char *say_arrival(const struct hear_verdicts *v, int seconds)
{
    const struct {
        const char *name, *result;
    } rows[] = {{"SPF", v->spf}, {"DKIM", v->dkim}, {"DMARC", v->dmarc}};
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, _("arrived after %d s"), seconds);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (*rows[i].result)
            g_string_append_printf(text, ", %s %s", rows[i].name, rows[i].result);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void say_found(const struct desk *k, const GString *letter, int seconds)
{
    struct hear_verdicts v = {"", "", ""};
    read_header(k, letter, &v);
    char *text = say_arrival(&v, seconds);
    if (is_bad(v.spf) || is_bad(v.dkim) || is_bad(v.dmarc))
        doctor_say(k->f, DOCTOR_WARN, DOCTOR_DOMAIN, "unauthentic", text,
                   g_strdup(_("The checks of SPF, DKIM and DMARC below say what is missing in "
                              "the DNS.")));
    else
        doctor_ok(k->f, text);
}

static void say_not_found(const struct desk *k, const char *mailbox, const char *why)
{
    if (why)
        doctor_say(
            k->f, DOCTOR_WARN, DOCTOR_YOU, "unread",
            g_strdup_printf(_("accepted (“%s”), but whether it arrived is not known: %s"),
                            k->accepted, why),
            g_strdup_printf(_("See crier doctor %s."), mailbox));
    else
        doctor_say(k->f, DOCTOR_WARN, DOCTOR_SERVER, "not-seen",
                   g_strdup_printf(_("accepted (“%s”), but not in mailbox %s within %d s"),
                                   k->accepted, mailbox, wait_seconds()),
                   g_strdup(_("Look among spam there and later again; where a worker runs, it "
                              "may have taken the letter away.")));
}

static void follow(struct desk *k)
{
    g_autofree char *name = find_mailbox(k), *why = NULL;
    struct doctor_subject *box =
        name ? doctor_subject_mailbox(k->s->db, k->s->ws, name, NULL) : NULL;
    if (!box) {
        doctor_ok(k->f, g_strdup_printf(_("accepted (“%s”): look whether it arrived at %s"),
                                        k->accepted, k->s->letter));
        return;
    }
    gint64 begun = clock_mono_us();
    GString *letter = find_letter(box, k->f, k->id, wait_seconds(), &why);
    if (letter)
        say_found(k, letter, (int)((clock_mono_us() - begun) / CLOCK_SECOND_US));
    else
        say_not_found(k, name, why);
    if (letter)
        g_string_free(letter, TRUE);
    doctor_subject_free(box);
}

/* ---- all of it ---- */

static void choose_sender(struct desk *k)
{
    const struct doctor_sender *who = k->s->senders->len > 0 ? k->s->senders->pdata[0] : NULL;
    k->from = who ? who->from : k->s->letter;
    k->sender = who ? who->sender : k->s->letter;
}

void doctor_check_letter(struct doctor *d, struct doctor_finding *f)
{
    struct desk k = {.d = d, .f = f, .s = d->subject};
    struct hook_mail mail = {0};
    g_autoptr(GError) error = NULL;
    if (!d->subject->db || !d->subject->ws) {
        doctor_pass(f, g_strdup(_("only a server of the workspace sends a letter")));
        return;
    }
    if (d->subject->user && !d->facts.is_logged_in) {
        doctor_pass(f, g_strdup(_("not sent without the login")));
        return;
    }
    choose_sender(&k);
    k.where = wire_where(d->subject);
    k.id = new_id();
    write_letter(&k, &mail, &error);
    if (!mail.message)
        doctor_say(f, DOCTOR_FAIL, DOCTOR_YOU, "letter", text_safe(error->message, -1, 0),
                   NULL);
    else if (send_letter(&k, &mail))
        follow(&k);
    hook_mail_clear(&mail);
    g_free(k.where);
    g_free(k.id);
    g_free(k.accepted);
}
