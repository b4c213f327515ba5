/*
 * Amazon SES's notices of bounces and complaints, which SNS mails as JSON: bare, or as a text
 * in another object, in lines that a relay may have broken with "!". They become what a
 * delivery notice or a feedback report would have said.
 */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "inbound/inbound_private.h"

/* Relays break a line of over 998 octets with "!" and begin the next with a blank. Changes
 * `text`. */
static void join_lines(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        if (p[0] == '!' && p[1] == '\n' && p[2] == ' ')
            p += 2;
        else
            *to++ = *p;
    }
    *to = '\0';
}

/* The length of the object that the text begins with; 0: it has no end. */
static gsize object_length(const char *text)
{
    int depth = 0;
    gboolean is_quoted = FALSE;
    for (const char *p = text; *p; p++) {
        if (is_quoted && *p == '\\' && p[1])
            p++;
        else if (*p == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && *p == '{')
            depth++;
        else if (!is_quoted && *p == '}' && --depth == 0)
            return (gsize)(p - text) + 1;
    }
    return 0;
}

static char *copy_string(const struct json *v, const char *key)
{
    const char *s = json_member_string(v, key);
    return s && *s ? g_strdup(s) : NULL;
}

static void add_bounce(struct mail *m, const struct json *bounce, const struct json *recipient)
{
    struct dsn_group *g = g_new0(struct dsn_group, 1);
    const char *diagnostic = json_member_string(recipient, "diagnosticCode");
    const char *semicolon = diagnostic ? strchr(diagnostic, ';') : NULL;
    g->final = address_of(json_member_string(recipient, "emailAddress"), -1);
    g->action = copy_string(recipient, "action");
    g->status = copy_string(recipient, "status");
    if (!g->action)
        g->action = g_strdup("failed");
    if (diagnostic)
        g->diagnostic = g_strdup(semicolon && semicolon - diagnostic < 10
                                     ? semicolon + 1 + (semicolon[1] == ' ')
                                     : diagnostic);
    const char *mta = json_member_string(bounce, "reportingMTA");
    const char *host = mta ? strrchr(mta, ' ') : NULL;
    g->remote_mta = mta ? g_strdup(host ? host + 1 : mta) : NULL;
    g_ptr_array_add(m->groups, g);
}

static void add_complaint(struct mail *m, const struct json *recipient)
{
    char *address = address_of(json_member_string(recipient, "emailAddress"), -1);
    if (address)
        g_ptr_array_add(m->feedback.recipients, address);
}

static void take_notice(struct mail *m, const struct json *notice)
{
    const struct json *bounce = json_member(notice, "bounce");
    const struct json *complaint = json_member(notice, "complaint");
    const struct json *bounced = bounce ? json_member(bounce, "bouncedRecipients") : NULL;
    const struct json *complained =
        complaint ? json_member(complaint, "complainedRecipients") : NULL;
    gsize n = bounced ? json_size(bounced) : 0;
    for (gsize i = 0; i < MIN(n, INBOUND_MAX_ITEMS); i++)
        add_bounce(m, bounce, json_at(bounced, i));
    m->has_report = m->has_report || n > 0;
    n = complained ? json_size(complained) : 0;
    for (gsize i = 0; i < MIN(n, INBOUND_MAX_ITEMS); i++)
        add_complaint(m, json_at(complained, i));
    m->has_feedback = m->has_feedback || n > 0;
    if (complaint && !m->feedback.type)
        m->feedback.type = copy_string(complaint, "complaintFeedbackType");
}

/* Caller json_unref()s. */
static struct json *parse(const char *text)
{
    gsize n = object_length(text);
    struct json *v = n > 0 ? json_parse(text, n, NULL) : NULL;
    if (v && json_get_kind(v) != JSON_KIND_OBJECT)
        g_clear_pointer(&v, json_unref);
    return v;
}

void notice_read(struct mail *m)
{
    const char *begin = m->text->str + strspn(m->text->str, " \t\r\n");
    if (*begin != '{')
        return;
    g_autofree char *text = g_strdup(begin);
    join_lines(text);
    if (!strstr(text, "Recipients"))
        return;
    struct json *outer = parse(text);
    if (!outer)
        return;
    const char *inner = json_member_string(outer, "Message");
    struct json *notice = inner ? parse(inner) : NULL;
    take_notice(m, notice ? notice : outer);
    json_unref(notice);
    json_unref(outer);
}
