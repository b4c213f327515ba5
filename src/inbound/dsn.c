/*
 * The fields of a delivery notice (RFC 3464), also those that broke on the way: groups without
 * a blank line between them, with several, fields in any order, empty addresses. What the
 * fields mean is kind.c's and model/bounce's.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

#define MAX_GROUPS INBOUND_MAX_ITEMS

enum dsn_field {
    FIELD_ORIGINAL,
    FIELD_FINAL,
    FIELD_ACTUAL,
    FIELD_ACTION,
    FIELD_STATUS,
    FIELD_DIAGNOSTIC,
    FIELD_REMOTE,
    FIELD_ENVELOPE,
    FIELD_REPORTING,
    FIELD_COUNT
};

static const char *const names[FIELD_COUNT] = {
    [FIELD_ORIGINAL] = "original-recipient",
    [FIELD_FINAL] = "final-recipient",
    [FIELD_ACTUAL] = "x-actual-recipient",
    [FIELD_ACTION] = "action",
    [FIELD_STATUS] = "status",
    [FIELD_DIAGNOSTIC] = "diagnostic-code",
    [FIELD_REMOTE] = "remote-mta",
    [FIELD_ENVELOPE] = "original-envelope-id",
    [FIELD_REPORTING] = "reporting-mta",
};

void dsn_group_free(struct dsn_group *g)
{
    if (!g)
        return;
    g_free(g->original);
    g_free(g->final);
    g_free(g->action);
    g_free(g->status);
    g_free(g->diagnostic);
    g_free(g->remote_mta);
    g_free(g);
}

/* "+40" is "@" (RFC 3461 section 4, xtext); only where the address could not be read otherwise
 * or was coded as the RFC says. Changes `text`. */
static void undo_xtext(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        int hi, lo;
        if (*p == '+' && (hi = g_ascii_xdigit_value(p[1])) >= 2 && hi < 8 &&
            (lo = g_ascii_xdigit_value(p[2])) >= 0 && !g_ascii_islower(p[1]) &&
            !g_ascii_islower(p[2])) {
            *to++ = (char)(hi * 16 + lo);
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
}

/* The address of "rfc822;local@domain", in any of its forms; NULL: none. */
static char *recipient(const char *value)
{
    g_autofree char *text = g_strdup(value);
    if (!strchr(text, '@'))
        undo_xtext(text);
    const char *semicolon = strchr(text, ';');
    const char *begin = semicolon ? semicolon + 1 : text;
    char *address = address_of(begin, -1);
    return address ? address : address_of(text, -1);
}

/* Behind "smtp;" or "dns;". */
static char *behind_type(const char *value)
{
    const char *p = value;
    while (g_ascii_isalnum(*p) || *p == '-' || *p == '_')
        p++;
    const char *type_end = p;
    while (*p == ' ')
        p++;
    const char *text = *p == ';' && type_end > value ? p + 1 : value;
    return g_strstrip(g_strdup(text));
}

static char *first_word(const char *value)
{
    return g_strndup(value, strcspn(value, " \t(;,"));
}

static void take(char **slot, char *value)
{
    if (*slot || !value || !*value) {
        g_free(value);
        return;
    }
    *slot = value;
}

static void set_field(struct mail *m, struct dsn_group *g, enum dsn_field field,
                      const char *value)
{
    switch (field) {
    case FIELD_ORIGINAL:
        take(&g->original, recipient(value));
        break;
    case FIELD_FINAL:
        take(&g->final, recipient(value));
        break;
    case FIELD_ACTUAL:
        if (!g->final)
            take(&g->final, recipient(value));
        break;
    case FIELD_ACTION:
        take(&g->action, g_ascii_strdown(value, (gssize)strcspn(value, " \t(;,")));
        break;
    case FIELD_STATUS:
        take(&g->status, first_word(value));
        break;
    case FIELD_DIAGNOSTIC:
        take(&g->diagnostic, behind_type(value));
        break;
    case FIELD_REMOTE:
        take(&g->remote_mta, behind_type(value));
        break;
    case FIELD_ENVELOPE:
        take(&m->envelope_id, g_strdup(value));
        break;
    case FIELD_REPORTING:
        take(&m->reporting_mta, behind_type(value));
        break;
    case FIELD_COUNT:
        break;
    }
}

static gboolean is_recipient(enum dsn_field f)
{
    return f == FIELD_ORIGINAL || f == FIELD_FINAL;
}

/* Whether a field begins the next recipient. */
static gboolean begins_group(guint seen, enum dsn_field f, gboolean has_gap)
{
    guint bit = 1u << f;
    guint whole = (1u << FIELD_FINAL) | (1u << FIELD_ORIGINAL);
    if (f > FIELD_REMOTE || !seen)
        return FALSE;
    if (is_recipient(f))
        return (seen & bit) || (has_gap && (seen & whole));
    if (f == FIELD_ACTION)
        return (seen & bit) && has_gap;
    return FALSE;
}

static int field_of(const struct mailscan_field *f)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strlen(names[i]) == f->name_len &&
            g_ascii_strncasecmp(names[i], f->name, f->name_len) == 0)
            return i;
    return -1;
}

static void end_group(struct mail *m, struct dsn_group **g, guint *seen)
{
    if (*seen && m->groups->len < MAX_GROUPS) {
        g_ptr_array_add(m->groups, *g);
        *g = g_new0(struct dsn_group, 1);
    } else {
        dsn_group_free(*g);
        *g = g_new0(struct dsn_group, 1);
    }
    *seen = 0;
}

void dsn_read(struct mail *m, const char *text)
{
    struct dsn_group *g = g_new0(struct dsn_group, 1);
    guint seen = 0;
    const char *p = text, *end = text + strlen(text);
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(struct mailscan_field));
    while (p < end && m->groups->len < MAX_GROUPS) {
        g_array_set_size(fields, 0);
        const char *next = mailscan_fields(p, (gsize)(end - p), fields);
        gboolean has_gap = TRUE;
        for (guint i = 0; i < fields->len; i++) {
            const struct mailscan_field *f = &g_array_index(fields, struct mailscan_field, i);
            int field = field_of(f);
            if (field < 0)
                continue;
            g_autofree char *value = mailscan_value(f);
            if (begins_group(seen, field, has_gap))
                end_group(m, &g, &seen);
            has_gap = FALSE;
            if (field <= FIELD_REMOTE)
                seen |= 1u << field;
            set_field(m, g, field, value);
        }
        /* A line that is no field: on with the next. */
        if (next <= p || fields->len == 0) {
            const char *lf = memchr(p, '\n', (gsize)(end - p));
            next = MAX(next, lf ? lf + 1 : end);
        }
        p = next;
    }
    end_group(m, &g, &seen);
    dsn_group_free(g);
}

/* Filters that refuse a mail behind the SMTP dialogue have nothing else to say it with (RFC
 * 5429 section 2.1): an automatic action, and the mail is gone. A person's mail program that
 * deletes it unread says "manual-action". */
void receipt_read(struct mail *m, const char *text)
{
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(struct mailscan_field));
    mailscan_fields(text, strlen(text), fields);
    struct mailscan_header h = {.fields = (const struct mailscan_field *)(void *)fields->data,
                                .n = fields->len};
    g_autofree char *value = mailscan_value(mailscan_find(h, "Disposition"));
    g_autofree char *disposition = fold_text(value ? value : "", 200);
    const char *type = strchr(disposition, ';');
    m->has_receipt = TRUE;
    m->is_refusal = type && g_str_has_prefix(disposition, "automatic-action") &&
                    (strstr(type, "deleted") || strstr(type, "denied"));
    if (m->is_refusal)
        dsn_read(m, text);
}
