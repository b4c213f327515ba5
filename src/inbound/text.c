/*
 * A mail taken apart for the rest: the notice's own words decoded and cut off where the mail
 * that came back begins, the reports, and that mail's header. What the words mean is not asked
 * here.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"
#include "message/mimeread.h"

/* Where daemons that know no MIME begin to quote the mail that came back; folded. */
static const struct phrase mark_rows[] = {
    {"original message", 0},
    {"the original message", 0},
    {"your original message", 0},
    {"original mail", 0},
    {"below this line is a copy of the", 0},
    {"below is a copy of", 0},
    {"message header follows", 0},
    {"message headers follow", 0},
    {"message text follows", 0},
    {"message header", 0},
    {"unsent message below", 0},
    {"unsent message follows", 0},
    {"this is a copy of the message", 0},
    {"this is a copy of your message", 0},
    {"included is a copy of the message", 0},
    {"copy of the original message", 0},
    {"a copy of the original message", 0},
    {"a copy of your message", 0},
    {"a copy of the message", 0},
    {"returned message", 0},
    {"returned mail", 0},
    {"start of returned message", 0},
    {"undelivered message", 0},
    {"header of the original message", 0},
    {"the header of the original message", 0},
    {"headers of the original message", 0},
    {"original header", 0},
    {"the header and top", 0},
    {"the following text was in the original", 0},
    {"the body of the message is", 0},
    {"the text of the message", 0},
    {"message contents", 0},
    {"message follows", 0},
    {"received message", 0},
    {"the message that caused this notification", 0},
    {"rejected message", 0},
    {"first 100 lines", 0},
    {"----- message", 0},
    {"forwarded message", 0},
    {"kopie der nachricht", 0},
    {"ursprüngliche nachricht", 0},
    {"es folgt der kopf", 0},
    {NULL, 0},
};
static struct phrase_set marks = {.rows = mark_rows};

/* Fields that stand in every header and begin no sentence of a notice. */
static const char *const header_names[] = {"received",
                                           "return-path",
                                           "message-id",
                                           "mime-version",
                                           "delivered-to",
                                           "content-type",
                                           "dkim-signature",
                                           "x-mailer",
                                           "x-originating-ip",
                                           "errors-to",
                                           "content-transfer-encoding",
                                           "references",
                                           "in-reply-to",
                                           "x-received",
                                           "list-id",
                                           "domainkey-signature",
                                           "from",
                                           "date",
                                           "to",
                                           "subject",
                                           "sender",
                                           "reply-to",
                                           NULL};
#define MARK_MAX_BYTES 60 /* of a line are compared with the marks */
#define SURE_NAMES 16     /* the first so many never stand in a notice's own words */

/* Writes at most `max` octets of what is in [p, end), and a NUL. Returns how many. */
static gsize fold(const char *p, const char *end, char *out, gsize max)
{
    gsize n = 0;
    for (; p < end && *p && n < max; p++) {
        char c = *p;
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            if (n > 0 && out[n - 1] != ' ')
                out[n++] = ' ';
        } else {
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
    }
    out[n] = '\0';
    return n;
}

char *fold_text(const char *text, gsize max)
{
    gsize len = strlen(text);
    char *out = g_malloc(MIN(max, len) + 1);
    fold(text, text + len, out, MIN(max, len));
    return out;
}

/* ---- where the returned mail begins ---- */

/* The place in header_names of the field that the line is; -1: none. */
static int header_name(const char *line, const char *end)
{
    while (line < end && (*line == ' ' || *line == '>' || *line == '|' || *line == '\t'))
        line++;
    gsize n = 0;
    while (line + n < end && (g_ascii_isalnum(line[n]) || line[n] == '-'))
        n++;
    if (n == 0 || line + n == end || line[n] != ':')
        return -1;
    for (int i = 0; header_names[i]; i++)
        if (strlen(header_names[i]) == n && g_ascii_strncasecmp(header_names[i], line, n) == 0)
            return i;
    return -1;
}

/* A quoted header: two of its fields one behind the other, folds left out, one of them sure. */
static gboolean is_header_block(const char *line, const char *end)
{
    int found = 0, sure = 0;
    /* Notices set off a few fields of the mail in their own words by blanks. */
    if (line < end && g_ascii_isspace(*line))
        return FALSE;
    for (int i = 0; i < 12 && line < end && found < 2; i++) {
        const char *lf = memchr(line, '\n', (gsize)(end - line));
        const char *stop = lf ? lf : end;
        gboolean is_fold = i > 0 && line < stop && (*line == ' ' || *line == '\t');
        int name = is_fold ? -1 : header_name(line, stop);
        if (name >= 0) {
            found++;
            sure += name < SURE_NAMES;
        } else if (i == 0 || stop == line || (*line != ' ' && *line != '\t')) {
            return FALSE;
        }
        line = lf ? lf + 1 : end;
    }
    return found == 2 && sure > 0;
}

static gboolean is_mark(const char *line, const char *stop)
{
    const char *p = line;
    while (p < stop && !g_ascii_isalnum(*p) && (guint8)*p < 0x80)
        p++;
    gsize rest = (gsize)(stop - p);
    gboolean is_ruled = p - line >= 2 && (*line == '-' || *line == '=' || *line == '*' ||
                                          *line == '#' || *line == '_');
    if (rest < 8 || rest > (is_ruled ? 120 : 72))
        return FALSE;
    /* Without a rule only a line that ends as a heading does. */
    char last = stop[-1] == '\r' ? stop[-2] : stop[-1];
    if (!is_ruled && last != ':' && last != '.' && last != '-')
        return FALSE;
    char folded[MARK_MAX_BYTES + 1];
    fold(p, stop, folded, MARK_MAX_BYTES);
    return is_ruled ? phrase_values(&marks, folded) != 0 : phrase_at(&marks, folded) >= 0;
}

/* A line that could be a mark at all: cheap, since every line is asked. */
static gboolean may_be_mark(const char *line, const char *stop)
{
    return stop - line >= 8 && stop - line < 200;
}

/* Cuts `text` off there; gives the rest, or NULL. Caller frees. */
static char *cut_returned(GString *text)
{
    const char *begin = text->str, *end = begin + text->len;
    for (const char *p = begin; p < end;) {
        const char *lf = memchr(p, '\n', (gsize)(end - p));
        const char *stop = lf ? lf : end, *next = lf ? lf + 1 : end;
        gboolean is_cut = may_be_mark(p, stop) && p > begin && is_mark(p, stop);
        if (is_cut || (p > begin && is_header_block(p, end))) {
            char *rest = g_strdup(is_cut ? next : p);
            g_string_truncate(text, (gsize)(p - begin));
            return rest;
        }
        p = next;
    }
    return NULL;
}

/* Reads the header in `rest`, which may have other lines before it, or a mark of quoting. */
static void read_returned(struct mail *m, const char *rest)
{
    for (const char *p = rest; *p;) {
        gsize n = strcspn(p, "\n");
        if (header_name(p, p + n) >= 0) {
            mailscan_fields(p, strlen(p), m->returned);
            return;
        }
        p += n + (p[n] != '\0');
    }
}

/* ---- HTML ---- */

static const struct {
    const char *name, *text;
} entities[] = {{"lt;", "<"},    {"gt;", ">"},  {"amp;", "&"}, {"nbsp;", " "},
                {"quot;", "\""}, {"#39;", "'"}, {"#64;", "@"}, {"apos;", "'"}};

static const char *skip_tag(const char *p, GString *out)
{
    static const char *const breaking[] = {"br",  "p",  "/p", "div", "/div",   "tr",
                                           "/tr", "li", "h1", "h2",  "/table", NULL};
    static const char *const dropped[] = {"style", "script", "head", NULL};
    gsize n = strspn(p + 1, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    g_autofree char *name = g_ascii_strdown(p + 1, (gssize)MIN(n, 12));
    const char *close = strchr(p, '>');
    if (!close)
        return p + strlen(p);
    if (g_strv_contains(dropped, name)) {
        g_autofree char *ending = g_strconcat("</", name, NULL);
        const char *stop = strstr(close, ending);
        close = stop && strchr(stop, '>') ? strchr(stop, '>') : close;
    }
    if (g_strv_contains(breaking, name))
        g_string_append_c(out, '\n');
    return close + 1;
}

/* The words of HTML, enough to look for phrases in. */
static void append_html(GString *out, const char *html)
{
    for (const char *p = html; *p && out->len < TEXT_MAX_BYTES;) {
        /* "<ann@example.org>" that nobody escaped is no tag. */
        if (*p == '<' && (g_ascii_isalpha(p[1]) || p[1] == '/' || p[1] == '!') &&
            p[1 + strcspn(p + 1, "@ >")] != '@') {
            p = skip_tag(p, out);
            continue;
        }
        gsize i = G_N_ELEMENTS(entities);
        if (*p == '&')
            for (i = 0; i < G_N_ELEMENTS(entities); i++)
                if (g_str_has_prefix(p + 1, entities[i].name))
                    break;
        if (i < G_N_ELEMENTS(entities)) {
            g_string_append(out, entities[i].text);
            p += 1 + strlen(entities[i].name);
        } else {
            g_string_append_c(out, *p++);
        }
    }
}

/* ---- parts ---- */

enum part_use {
    USE_NONE,
    USE_TEXT,
    USE_HTML,
    USE_STATUS,
    USE_RECEIPT,
    USE_FEEDBACK,
    USE_RETURNED
};

static const struct {
    const char *type;
    enum part_use use;
} uses[] = {
    {"text/plain", USE_TEXT},
    {"text", USE_TEXT},
    {"text/html", USE_HTML},
    {"message/delivery-status", USE_STATUS},
    {"message/global-delivery-status", USE_STATUS},
    {"message/xdelivery-status", USE_STATUS},
    {"message/disposition-notification", USE_RECEIPT},
    {"message/global-disposition-notification", USE_RECEIPT},
    {"message/feedback-report", USE_FEEDBACK},
    {"message/rfc822", USE_RETURNED},
    {"message/global", USE_RETURNED},
    {"message/partial", USE_RETURNED},
    {"text/rfc822-headers", USE_RETURNED},
    {"text/rfc822-header", USE_RETURNED},
    {"text/rfc822", USE_RETURNED},
    {"message/rfc822-headers", USE_RETURNED},
    {"message/global-headers", USE_RETURNED},
};

static enum part_use use_of(const struct mailscan_part *part)
{
    for (gsize i = 0; i < G_N_ELEMENTS(uses); i++)
        if (strcmp(part->type, uses[i].type) == 0)
            return uses[i].use;
    return USE_NONE;
}

static char *decode(const struct mailscan_part *part, gsize max)
{
    return mimeread_decode_text(part->body, MIN(part->len, max), part->encoding,
                                part->charset[0] ? part->charset : NULL);
}

static gboolean is_coded(const struct mailscan_part *part)
{
    return strcmp(part->encoding, "base64") == 0 ||
           strcmp(part->encoding, "quoted-printable") == 0;
}

/* Takes `text`. One before it held no header, or it would not be asked for another. */
static void keep_returned(struct mail *m, char *text)
{
    g_free(m->returned_text);
    m->returned_text = text;
}

static void take_returned(struct mail *m, const struct mailscan_part *part)
{
    const char *data = part->body;
    gsize len = MIN(part->len, RETURNED_MAX_BYTES);
    if (is_coded(part)) {
        keep_returned(m, decode(part, RETURNED_MAX_BYTES));
        data = m->returned_text;
        len = strlen(data);
    }
    mailscan_fields(data, len, m->returned);
}

/* Some daemons give the returned mail the type of a text, and say in words what it is. */
static gboolean is_described_as_returned(const struct mail *m, guint i)
{
    g_autofree char *words =
        mailscan_value(mailscan_find(mailscan_header(&m->scan, i), "Content-Description"));
    if (!words)
        return FALSE;
    g_autofree char *folded = fold_text(words, 60);
    return phrase_values(&marks, folded) != 0;
}

static void take_part(struct mail *m, guint i, GString *html)
{
    const struct mailscan_part *part = mailscan_part(&m->scan, i);
    enum part_use use = use_of(part);
    gboolean is_after = m->returned->len > 0 || m->has_report;
    g_autofree char *text = NULL;
    switch (use) {
    case USE_TEXT:
        if (is_after || m->text->len >= TEXT_MAX_BYTES)
            break;
        text = decode(part, TEXT_MAX_BYTES);
        if (m->text->len > 0 && is_described_as_returned(m, i)) {
            keep_returned(m, g_steal_pointer(&text));
            mailscan_fields(m->returned_text, strlen(m->returned_text), m->returned);
            break;
        }
        g_string_append(m->text, text);
        g_string_append_c(m->text, '\n');
        break;
    case USE_HTML:
        if (is_after || m->text->len > 0)
            break;
        text = decode(part, PART_MAX_BYTES);
        append_html(html, text);
        break;
    case USE_STATUS:
        text = decode(part, PART_MAX_BYTES);
        m->has_report = TRUE;
        dsn_read(m, text);
        break;
    case USE_FEEDBACK:
        text = decode(part, PART_MAX_BYTES);
        m->has_feedback = TRUE;
        arf_read(m, text);
        break;
    case USE_RECEIPT:
        text = decode(part, PART_MAX_BYTES);
        receipt_read(m, text);
        break;
    case USE_RETURNED:
        if (m->returned->len == 0)
            take_returned(m, part);
        break;
    case USE_NONE:
        break;
    }
}

/* A report whose boundaries were lost on the way, or that somebody pasted. */
static gboolean has_report_fields(const char *text)
{
    for (const char *p = text; (p = strpbrk(p, "\n")); p++)
        if (g_ascii_strncasecmp(p + 1, "Final-Recipient:", 16) == 0)
            return TRUE;
    return FALSE;
}

static void take_parts(struct mail *m)
{
    g_autoptr(GString) html = g_string_new(NULL);
    for (guint i = 0; i < m->scan.parts->len; i++)
        take_part(m, i, html);
    if (m->text->len == 0)
        g_string_append_len(m->text, html->str, (gssize)html->len);
    if (m->text->len > TEXT_MAX_BYTES) {
        g_string_truncate(m->text, TEXT_MAX_BYTES);
        g_autofree char *valid = g_utf8_make_valid(m->text->str, -1);
        g_string_assign(m->text, valid);
    }
    notice_read(m);
    if (!m->has_report && has_report_fields(m->text->str)) {
        m->has_loose_report = TRUE;
        dsn_read(m, m->text->str);
    }
    char *rest = cut_returned(m->text);
    if (rest && m->returned->len == 0 && !m->returned_text) {
        m->returned_text = g_steal_pointer(&rest);
        read_returned(m, m->returned_text);
    }
    g_free(rest);
}

/* Of "Mail Delivery Subsystem <MAILER-DAEMON>", which has no domain: what is in the brackets,
 * or the first word. */
static char *bare_name(const char *from)
{
    const char *bracket = strchr(from, '<');
    const char *begin = bracket && bracket[1] != '>' ? bracket + 1 : from;
    return g_strndup(begin, strcspn(begin, " <>\t"));
}

static void take_header(struct mail *m)
{
    const struct mailscan_field *path = mailscan_find(m->header, "Return-Path");
    g_autofree char *from = mailscan_value(mailscan_find(m->header, "From"));
    g_autofree char *subject = mailscan_value(mailscan_find(m->header, "Subject"));
    m->from = address_of(from, -1);
    if (!m->from)
        m->from = bare_name(from ? from : "");
    if (path) {
        m->return_path = address_of(path->value, (gssize)path->value_len);
        if (!m->return_path)
            m->return_path = g_strdup("");
    }
    m->subject = mimeread_decode_words(subject ? subject : "");
    m->folded_subject = fold_text(m->subject, 300);
}

void mail_read(const char *raw, gsize len, struct mail *ret)
{
    *ret = (struct mail){
        .text = g_string_new(NULL),
        .groups = g_ptr_array_new_with_free_func((GDestroyNotify)dsn_group_free),
        .feedback.recipients = g_ptr_array_new_with_free_func(g_free),
        .returned = g_array_new(FALSE, FALSE, sizeof(struct mailscan_field)),
    };
    mailscan_read(raw, len, &ret->scan);
    ret->header = mailscan_header(&ret->scan, 0);
    take_header(ret);
    take_parts(ret);
    ret->folded = fold_text(ret->text->str, FOLDED_MAX_BYTES);
}

void mail_clear(struct mail *m)
{
    mailscan_clear(&m->scan);
    g_free(m->from);
    g_free(m->return_path);
    g_free(m->subject);
    g_free(m->folded_subject);
    g_string_free(m->text, TRUE);
    g_free(m->folded);
    g_ptr_array_unref(m->groups);
    g_free(m->envelope_id);
    g_free(m->reporting_mta);
    g_free(m->feedback.type);
    g_ptr_array_unref(m->feedback.recipients);
    g_free(m->returned_text);
    g_array_unref(m->returned);
    memset(m, 0, sizeof *m);
}

struct mailscan_header mail_returned(const struct mail *m)
{
    return (struct mailscan_header){
        .fields = (const struct mailscan_field *)(void *)m->returned->data,
        .n = m->returned->len};
}
