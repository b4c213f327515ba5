/*
 * A person's answer to a campaign's mail, passed on to who reads the campaign's answers: its
 * text to read at once, the whole mail as a file.
 */
#include "config.h"

#include <string.h>

#include "app/hook_news.h"
#include "base/crypto.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"
#include "message/htmltext.h"
#include "message/mailscan.h"
#include "message/mimeread.h"
#include "store/inbound.h"
#include "store/mailboxes.h"

#define TEXT_MAX_CHARS 50000
#define ID_BYTES 15

static const struct mailscan_part *first_part(const struct mailscan *m, const char *type)
{
    for (guint i = 0; i < m->parts->len; i++) {
        const struct mailscan_part *part = mailscan_part(m, i);
        if (strcmp(part->type, type) == 0 && !part->is_attachment)
            return part;
    }
    return NULL;
}

/* What the person wrote, to be read; NULL: nothing that is text. Caller frees. */
static char *words_of(const char *raw, gsize len)
{
    struct mailscan m = {0};
    char *words = NULL;
    mailscan_read(raw, len, &m);
    const struct mailscan_part *plain = first_part(&m, "text/plain");
    const struct mailscan_part *html = plain ? NULL : first_part(&m, "text/html");
    if (plain)
        words = mimeread_decode_text(plain->body, plain->len, plain->encoding, plain->charset);
    if (html) {
        g_autofree char *source =
            mimeread_decode_text(html->body, html->len, html->encoding, html->charset);
        words = htmltext_make(source, NULL);
    }
    mailscan_clear(&m);
    return words;
}

static void write_text(const struct hook *h, const struct inbound_row *r, const char *raw,
                       gsize len, GString *out)
{
    g_autofree char *sender = text_safe(r->sender, -1, 320);
    g_autofree char *words = words_of(raw, len);
    g_autofree char *shown = words ? text_safe_block(words, -1, TEXT_MAX_CHARS) : NULL;
    g_string_append_printf(out,
                           _("%s answered the campaign %s. An answer to this mail goes to them;"
                             " theirs is attached as it came.\n"),
                           sender, h->campaign);
    if (r->bytes > (gint64)len)
        g_string_append_printf(out,
                               _("It was longer than %d KiB: only its beginning was kept.\n"),
                               INBOUND_RAW_MAX_BYTES / 1024);
    g_string_append_c(out, '\n');
    g_string_append(out, shown ? shown : _("(There is no text in it.)"));
    g_string_append_c(out, '\n');
}

/* Who reads the answers. False: `*ret_note` says why nobody does. */
static gboolean find_reader(struct db *db, const struct inbound_row *r, const char *to,
                            char **ret_note)
{
    struct mailbox m = {0};
    struct mailaddr reader = {0}, own = {0};
    g_autofree char *name = NULL;
    gboolean is_own = FALSE;
    if (mailboxes_get_id(db, r->mailbox_id, &m, NULL) &&
        mailbox_parse(to, &name, &reader, NULL) && mailaddr_parse(m.address, &own, NULL)) {
        g_autofree char *a = mailaddr_key(&reader), *b = mailaddr_key(&own);
        is_own = strcmp(a, b) == 0;
    }
    if (is_own)
        *ret_note = g_strdup_printf(
            _("nobody: answers go to %s, which is this mailbox itself. Set the campaign's"
              " reply_to to an address that a person reads"),
            m.address);
    mailaddr_clear(&reader);
    mailaddr_clear(&own);
    mailbox_clear(&m);
    return !is_own;
}

static char *subject_of(const struct hook *h, const struct inbound_row *r)
{
    g_autofree char *subject = text_safe(r->subject, -1, 200);
    return *subject ? g_strdup(subject) : g_strdup_printf(_("Answer to %s"), h->campaign);
}

/* The address as on the wire; NULL: it is none that every server could carry. Caller frees. */
static char *wire_address(const char *sender)
{
    struct mailaddr a;
    if (!mailaddr_parse(sender, &a, NULL))
        return NULL;
    char *wire = mailaddr_format(&a);
    mailaddr_clear(&a);
    if (!g_str_is_ascii(wire))
        g_clear_pointer(&wire, g_free);
    return wire;
}

/* The same at each try, so that mail programs show one; of this mail alone. Caller frees. */
static char *id_of(const char *raw, gsize len)
{
    guint8 hash[CRYPTO_SHA256_BYTES];
    crypto_sha256(raw, len, hash);
    g_autofree char *word = crypto_base32(hash, ID_BYTES);
    return g_strconcat("answer-", word, NULL);
}

gboolean hook_reply_mail(struct db *db, const struct workspace *ws, const struct hook *h,
                         const struct campaign *c, struct hook_mail *ret, char **ret_note,
                         GError **error)
{
    struct inbound_row r = {0};
    const char *to = c->reply_to && *c->reply_to ? c->reply_to : c->from;
    g_autoptr(GBytes) raw = NULL;
    *ret = (struct hook_mail){0};
    *ret_note = NULL;
    if (!inbound_get(db, h->inbound_id, &r, error))
        return FALSE;
    gboolean ok = TRUE;
    if (find_reader(db, &r, to, ret_note)) {
        gsize len = 0;
        raw = inbound_raw(db, h->inbound_id, error);
        const char *data = raw ? g_bytes_get_data(raw, &len) : NULL;
        if (raw && len == 0)
            *ret_note = g_strdup(_("nobody: the mail is not kept any more"));
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *subject = subject_of(h, &r), *reply_to = wire_address(r.sender);
        g_autofree char *id = raw ? id_of(data ? data : "", len) : NULL;
        if (data)
            write_text(h, &r, data, len, text);
        const struct hook_words words = {.from = c->from,
                                         .to = to,
                                         .reply_to = reply_to,
                                         .subject = subject,
                                         .text = text,
                                         .id = id,
                                         .file = "answer.eml",
                                         .attached = raw};
        ok = raw && (*ret_note || hook_mail_write(db, ws, &words, ret, error));
    }
    inbound_row_clear(&r);
    return ok;
}
