/*
 * Words that may be signed tokens of ours (base/token): wherever a mail that came back can have
 * carried one. Whether a word is one only its signature tells, and that is not asked here.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

#define TOKEN_MIN 20 /* of the shortest id and the longest: base/token.c */
#define TOKEN_MAX 32

static const char *const own_fields[] = {"To",
                                         "Delivered-To",
                                         "X-Original-To",
                                         "Envelope-To",
                                         "X-Envelope-To",
                                         "X-Delivered-To",
                                         "X-Forwarded-To",
                                         "Apparently-To",
                                         "Subject",
                                         "In-Reply-To",
                                         "References",
                                         "Received",
                                         NULL};
static const char *const returned_fields[] = {
    "Return-Path", "Message-ID", "List-Unsubscribe", "X-Campaign", "Errors-To",      "Sender",
    "From",        "Reply-To",   "Feedback-ID",      "Received",   "DKIM-Signature", "Subject",
    NULL};

/* Of base32 (RFC 4648) in either case. A table, as every octet of a mail is asked. */
static const guint8 is_base32[256] = {['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['2' ... '7'] = 1};

static void add_word(const char *p, gsize n, struct inbound *in)
{
    if (in->tokens->len >= INBOUND_MAX_TOKENS)
        return;
    char *word = g_ascii_strdown(p, (gssize)n);
    for (guint i = 0; i < in->tokens->len; i++)
        if (strcmp(in->tokens->pdata[i], word) == 0) {
            g_free(word);
            return;
        }
    g_ptr_array_add(in->tokens, word);
}

/* The first octet of a token is its kind, a small number: so it begins with "a". Most words are
 * short, so the place where the shortest token would end is looked at first. */
static void scan(const char *p, gsize len, struct inbound *in)
{
    const char *end = p + len;
    while (end - p >= TOKEN_MIN) {
        const char *last = p + TOKEN_MIN - 1;
        while (last >= p && is_base32[(guint8)*last])
            last--;
        if (last >= p) {
            p = last + 1;
            continue;
        }
        const char *stop = p + TOKEN_MIN;
        while (stop < end && is_base32[(guint8)*stop])
            stop++;
        if (stop - p <= TOKEN_MAX && (*p | 0x20) == 'a')
            add_word(p, (gsize)(stop - p), in);
        p = stop;
    }
}

static void scan_fields(struct mailscan_header h, const char *const *names, struct inbound *in)
{
    for (int i = 0; names[i]; i++) {
        gsize n = strlen(names[i]);
        for (gsize k = 0; k < h.n; k++)
            if (h.fields[k].name_len == n &&
                g_ascii_strncasecmp(h.fields[k].name, names[i], n) == 0)
                scan(h.fields[k].value, h.fields[k].value_len, in);
    }
}

void tokens_find(const struct mail *m, struct inbound *in)
{
    if (m->envelope_id)
        scan(m->envelope_id, strlen(m->envelope_id), in);
    scan_fields(m->header, own_fields, in);
    scan_fields(mail_returned(m), returned_fields, in);
    scan(m->text->str, m->text->len, in);
    /* What stands behind the notice's words, and in parts that nobody decoded. */
    gboolean is_returned = in->kind == MAIL_BOUNCE || in->kind == MAIL_DELAYED ||
                           in->kind == MAIL_COMPLAINT || in->kind == MAIL_SUCCESS;
    if (in->tokens->len == 0 && is_returned)
        for (guint i = 0; i < m->scan.parts->len; i++) {
            const struct mailscan_part *part = mailscan_part(&m->scan, i);
            if (!g_str_has_prefix(part->type, "multipart/") &&
                strcmp(part->encoding, "base64") != 0)
                scan(part->body, MIN(part->len, PART_MAX_BYTES), in);
        }
}
