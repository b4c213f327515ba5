/*
 * Complaints: reports of feedback loops (RFC 5965) and the kind of Hotmail's, which is a plain
 * mail with the complained-of one in it. An auth-failure report (RFC 6591) is about our
 * signatures and no complaint of a person.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

static const char *const complaints[] = {"abuse", "fraud",          "opt-out", "opt-out-list",
                                         "virus", "miscategorized", "other",   NULL};

/* Recipients of a report's fields, the surest first. */
static const char *const report_fields[] = {"Original-Rcpt-To", "Removal-Recipient",
                                            "Original-Recipient", "Final-Recipient", NULL};
/* Of the returned mail: the receiver's own words on who got it come before ours. */
static const char *const returned_fields[] = {"X-HmXmrOriginalRecipient",
                                              "X-Original-Recipient", NULL};

void arf_read(struct mail *m, const char *text)
{
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(struct mailscan_field));
    const char *end = text + strlen(text);
    for (const char *p = text; p < end && fields->len < MAILSCAN_MAX_FIELDS;) {
        const char *next = mailscan_fields(p, (gsize)(end - p), fields);
        if (next <= p)
            break;
        p = next;
    }
    struct mailscan_header h = {.fields = (const struct mailscan_field *)(void *)fields->data,
                                .n = fields->len};
    g_autofree char *type = mailscan_value(mailscan_find(h, "Feedback-Type"));
    if (type && !m->feedback.type)
        m->feedback.type = g_ascii_strdown(g_strstrip(type), -1);
    for (int i = 0; report_fields[i]; i++)
        addresses_of(h, report_fields[i], m->feedback.recipients);
}

/* Hotmail's: from its staff, with the mail inside, and no report. */
static gboolean is_plain_complaint(const struct mail *m)
{
    if (mailscan_find(mail_returned(m), "X-HmXmrOriginalRecipient") && !m->has_report)
        return TRUE;
    return g_str_has_prefix(m->folded_subject, "complaint about message from") &&
           m->returned->len > 0;
}

gboolean arf_is_complaint(const struct mail *m)
{
    if (!m->has_feedback)
        return is_plain_complaint(m);
    /* A report that does not say of what kind is one of abuse. */
    return !m->feedback.type || g_strv_contains(complaints, m->feedback.type);
}

void arf_items(const struct mail *m, struct inbound *in)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    struct mailscan_header returned = mail_returned(m);
    for (guint i = 0; i < m->feedback.recipients->len; i++)
        inbound_add(in, g_strdup(m->feedback.recipients->pdata[i]));
    for (int i = 0; returned_fields[i] && in->items->len == 0 && all->len == 0; i++)
        addresses_of(returned, returned_fields[i], all);
    if (in->items->len == 0 && all->len == 0)
        addresses_of(returned, "To", all);
    /* The mail that came back went to one person; several in To tell nothing. */
    if (in->items->len == 0 && all->len == 1)
        inbound_add(in, g_strdup(all->pdata[0]));
}
