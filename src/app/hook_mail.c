/*
 * Mail to somebody who works with a campaign. What it says is hook_news.c's and hook_reply.c's;
 * sending it is the verb's.
 */
#include "config.h"

#include "app/hook_mail.h"

#include <string.h>

#include "app/dkim.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mailaddr.h"
#include "message/encode.h"
#include "message/header.h"

#define ID_BYTES 12

static char *new_id(void)
{
    static const char digits[] = "0123456789abcdef";
    guint8 bytes[ID_BYTES];
    char *id = g_malloc0(2 * sizeof bytes + 1);
    crypto_random(bytes, sizeof bytes);
    for (gsize i = 0; i < sizeof bytes; i++) {
        id[2 * i] = digits[bytes[i] >> 4];
        id[2 * i + 1] = digits[bytes[i] & 15];
    }
    return id;
}

struct parties {
    char *from_name, *to_name; /* owned; may be NULL */
    struct mailaddr from, to;
};

static void parties_clear(struct parties *p)
{
    g_free(p->from_name);
    g_free(p->to_name);
    mailaddr_clear(&p->from);
    mailaddr_clear(&p->to);
}

static void add_text(GString *out, const GString *text)
{
    g_string_append(out, "Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    encode_qp(out, text->str, text->len, TRUE);
}

/* A mail within the mail may be neither base64 nor quoted-printable (RFC 2046 5.2.1), and this
 * one may hold any octets: it goes as a file. */
static void add_file(GString *out, const struct hook_words *w, const char *boundary)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(w->attached, &len);
    g_string_append_printf(out,
                           "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n",
                           boundary, boundary);
    add_text(out, w->text);
    g_string_append_printf(out, "\r\n--%s\r\n", boundary);
    g_string_append(out, "Content-Type: application/octet-stream");
    header_append_param(out, "name", w->file);
    g_string_append(out, "\r\nContent-Disposition: attachment");
    header_append_param(out, "filename", w->file);
    g_string_append(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    encode_base64(out, data, len);
    g_string_append_printf(out, "--%s--\r\n", boundary);
}

/* Auto-Submitted (RFC 3834): no answering machine answers it, and no hook comes of a reply. */
static gboolean write_message(const struct parties *p, const struct hook_words *w,
                              struct hook_mail *m, GError **error)
{
    GString *out = m->message;
    g_autofree char *date = clock_format_rfc5322(clock_wall_us());
    g_autofree char *made_up = new_id();
    header_append_mailbox(out, "From", p->from_name, m->sender, FALSE);
    if (!header_append_to(out, m->recipient, error))
        return FALSE;
    if (w->reply_to)
        header_append_mailbox(out, "Reply-To", NULL, w->reply_to, FALSE);
    header_append_text(out, "Subject", w->subject, strlen(w->subject));
    g_string_append_printf(out, "Date: %s\r\nMessage-ID: <%s@%s>\r\n", date,
                           w->id ? w->id : made_up, p->from.domain);
    g_string_append(out, "Auto-Submitted: auto-generated\r\n"
                         "X-Auto-Response-Suppress: All\r\n"
                         "MIME-Version: 1.0\r\n");
    if (w->file)
        add_file(out, w, made_up);
    else
        add_text(out, w->text);
    return TRUE;
}

static gboolean sign(struct db *db, const struct workspace *ws, const char *domain,
                     GString *message, GError **error)
{
    const struct compose_chunk chunk = {message->str, message->len};
    const GPtrArray *signers = NULL;
    g_autoptr(GString) signatures = g_string_new(NULL);
    struct dkim_ring *ring = dkim_ring_load(db, ws, error);
    gboolean ok = ring && dkim_ring_signers(ring, domain, &signers, error) &&
                  (!signers ||
                   dkim_sign((struct dkim_signer *const *)signers->pdata, signers->len, &chunk,
                             1, clock_wall_us() / CLOCK_SECOND_US, signatures, error));
    g_string_prepend_len(message, signatures->str, (gssize)signatures->len);
    dkim_ring_free(ring);
    return ok;
}

gboolean hook_mail_write(struct db *db, const struct workspace *ws, const struct hook_words *w,
                         struct hook_mail *ret, GError **error)
{
    struct parties p = {0};
    struct hook_mail m = {.message = g_string_new(NULL)};
    gboolean ok = mailbox_parse(w->from, &p.from_name, &p.from, error);
    if (!ok)
        g_prefix_error(error, "From: ");
    ok = ok && mailbox_parse(w->to, &p.to_name, &p.to, error);
    if (ok) {
        m.sender = mailaddr_format(&p.from);
        m.recipient = mailaddr_format(&p.to);
        m.needs_smtputf8 = mailaddr_needs_smtputf8(&p.from) || mailaddr_needs_smtputf8(&p.to);
        ok = write_message(&p, w, &m, error) && sign(db, ws, p.from.domain, m.message, error);
    }
    parties_clear(&p);
    if (ok)
        *ret = m;
    else
        hook_mail_clear(&m);
    return ok;
}

void hook_mail_clear(struct hook_mail *m)
{
    g_free(m->sender);
    g_free(m->recipient);
    if (m->message)
        g_string_free(m->message, TRUE);
    *m = (struct hook_mail){0};
}
