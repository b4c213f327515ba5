/*
 * The door: one mail in, what it says out. The work is in the files beside it.
 */
#include "config.h"

#include "inbound/inbound.h"

#include <string.h>

#include "inbound/inbound_private.h"
#include "message/mimeread.h"

#define PATTERN_SUBJECT_CHARS 80
#define PATTERN_TEXT_CHARS 120

static void item_free(gpointer data)
{
    struct inbound_item *item = data;
    g_free(item->address);
    g_free(item->final_address);
    g_free(item->status);
    g_free(item->diagnostic);
    g_free(item->remote_host);
    g_free(item);
}

struct inbound_item *inbound_add(struct inbound *in, char *address)
{
    gboolean is_known = in->items->len >= INBOUND_MAX_ITEMS;
    for (guint i = 0; i < in->items->len && !is_known; i++) {
        const struct inbound_item *item = in->items->pdata[i];
        is_known = g_ascii_strcasecmp(item->address, address) == 0;
    }
    if (is_known) {
        g_free(address);
        return NULL;
    }
    struct inbound_item *item = g_new0(struct inbound_item, 1);
    g_autofree char *raw = address;
    item->address = g_utf8_make_valid(raw, -1);
    item->status = g_strdup("");
    item->diagnostic = g_strdup("");
    item->remote_host = g_strdup("");
    item->kind = in->kind;
    g_ptr_array_add(in->items, item);
    return item;
}

/* What is between < and >, or all of it. NULL for NULL and for nothing. */
static char *take_id(struct mailscan_header h)
{
    g_autofree char *value = mailscan_value(mailscan_find(h, "Message-ID"));
    if (!value)
        return NULL;
    const char *begin = strchr(value, '<');
    begin = begin ? begin + 1 : value;
    gsize n = MIN(strcspn(begin, "> \t"), 998);
    return n > 0 ? g_utf8_make_valid(begin, (gssize)n) : NULL;
}

/* Appends `text` without what differs from mail to mail: addresses, words with digits. */
static void append_pattern(GString *out, const char *folded, gsize max)
{
    gsize begin = out->len;
    for (const char *p = folded; *p && out->len - begin < max;) {
        gsize n = strcspn(p, " ");
        gboolean is_varying = memchr(p, '@', n) != NULL;
        for (gsize i = 0; i < n; i++)
            is_varying = is_varying || g_ascii_isdigit(p[i]);
        if (is_varying)
            g_string_append_c(out, '*');
        else
            g_string_append_len(out, p, (gssize)n);
        p += n;
        if (*p == ' ') {
            g_string_append_c(out, ' ');
            p++;
        }
    }
}

static char *make_pattern(const struct mail *m)
{
    g_autoptr(GString) out = g_string_new(NULL);
    append_pattern(out, m->folded_subject, PATTERN_SUBJECT_CHARS);
    g_string_append(out, " | ");
    append_pattern(out, m->folded, PATTERN_TEXT_CHARS);
    return g_utf8_make_valid(out->str, (gssize)out->len);
}

/* Whom it is about may be known by a token alone. */
static void judge_nobody(const struct mail *m, const struct bounce_rules *rules,
                         struct inbound *in)
{
    const struct bounce_facts facts = {.text = m->text->str, .phase = -1};
    struct bounce_verdict v;
    if (in->kind != MAIL_BOUNCE || in->items->len > 0 ||
        !bounce_rules_fit(rules, m->text->str, m->text->len))
        return;
    bounce_judge(&facts, rules, &v);
    in->rule = v.rule;
    in->class = v.class;
    in->reason = v.reason;
    in->fault = v.fault;
}

struct inbound *inbound_read(const char *raw, gsize len, const struct bounce_rules *rules)
{
    struct inbound *in = g_new0(struct inbound, 1);
    struct mail m;
    in->is_cut = len > INBOUND_MAX_BYTES;
    mail_read(raw, MIN(len, INBOUND_MAX_BYTES), &m);
    in->items = g_ptr_array_new_with_free_func(item_free);
    in->tokens = g_ptr_array_new_with_free_func(g_free);
    in->kind = kind_of(&m);
    if (in->kind == MAIL_OTHER && bounce_rules_fit(rules, m.text->str, m.text->len))
        in->kind = MAIL_BOUNCE;
    recipients_find(&m, in->kind, rules, in);
    judge_nobody(&m, rules, in);
    tokens_find(&m, in);
    in->sender = g_utf8_make_valid(m.from, -1);
    in->subject = g_steal_pointer(&m.subject);
    in->message_id = take_id(m.header);
    if (!in->message_id)
        in->message_id = g_strdup("");
    in->returned_message_id = take_id(mail_returned(&m));
    in->pattern = make_pattern(&m);
    g_autofree char *date = mailscan_value(mailscan_find(m.header, "Date"));
    in->date_us = mimeread_date_us(date);
    mail_clear(&m);
    return in;
}

void inbound_free(struct inbound *in)
{
    if (!in)
        return;
    g_ptr_array_unref(in->items);
    g_ptr_array_unref(in->tokens);
    g_free(in->sender);
    g_free(in->subject);
    g_free(in->message_id);
    g_free(in->returned_message_id);
    g_free(in->pattern);
    g_free(in);
}

char *inbound_text(const char *raw, gsize len)
{
    struct mail m;
    mail_read(raw, MIN(len, INBOUND_MAX_BYTES), &m);
    char *text = g_utf8_make_valid(m.text->str, (gssize)m.text->len);
    mail_clear(&m);
    return text;
}

enum mail_kind inbound_plain_kind(enum mail_kind kind)
{
    switch (kind) {
    case MAIL_BOUNCE:
    case MAIL_DELAYED:
    case MAIL_COMPLAINT:
    case MAIL_AUTOREPLY:
    case MAIL_UNSUBSCRIBE:
        return kind;
    case MAIL_CHALLENGE:
        return MAIL_AUTOREPLY;
    default:
        return MAIL_OTHER;
    }
}
