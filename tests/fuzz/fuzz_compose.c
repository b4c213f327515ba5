/*
 * Whole messages from hostile contents and values. The input is six texts with a line %%
 * between them: From, Reply-To, subject, HTML, text, and the value of the field {{x}}. Whatever
 * they are, the wire gets CRLF, 7 bits, lines of at most 998 octets, no dot in front, and no
 * header field that the composer did not mean.
 */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "message/compose.h"

#define TEXTS 6
#define MAX_LINE 998 /* RFC 5322 2.1.1 */

static const char *const known_fields[] = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "X-Campaign",
    "Feedback-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
    NULL,
};

static void check_field(const char *line, gsize len)
{
    if (line[0] == ' ' || line[0] == '\t')
        return;
    const char *colon = memchr(line, ':', len);
    g_assert_nonnull(colon);
    g_autofree char *name = g_strndup(line, (gsize)(colon - line));
    if (!g_strv_contains(known_fields, name))
        g_error("a field that nobody meant: %s", name);
}

/* `is_wide`: an address is not ASCII, so header fields may be UTF-8 (RFC 6532); bodies never.
 */
static void check_message(const GString *m, gboolean is_wide)
{
    gboolean is_header = TRUE;
    const char *end = m->str + m->len;
    for (const char *line = m->str; line < end;) {
        const char *cr = memchr(line, '\r', (gsize)(end - line));
        g_assert_true(cr && cr + 1 < end && cr[1] == '\n');
        gsize len = (gsize)(cr - line);
        g_assert_cmpuint(len, <=, MAX_LINE);
        g_assert_true(len == 0 || line[0] != '.');
        is_header = is_header && len > 0;
        for (gsize i = 0; i < len; i++)
            g_assert_true(line[i] != '\0' && line[i] != '\n' &&
                          (line[i] > 0 || (is_wide && is_header)));
        if (is_header)
            check_field(line, len);
        line = cr + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *valid = g_utf8_make_valid((const char *)data, (gssize)size);
    g_auto(GStrv) texts = g_strsplit(valid, "\n%%\n", TEXTS);
    if (g_strv_length(texts) < TEXTS)
        return 0;
    struct compose_content content = {
        .from = texts[0],
        .reply_to = texts[1],
        .subject = texts[2],
        .html = texts[3],
        .text = texts[4],
        .list_id = "news.example.org",
        .list_title = texts[2],
        .campaign = "c1",
    };
    struct json *fields = json_new_object();
    json_set_string(fields, "x", texts[5]);
    struct compose_person person = {
        .address = "ann@example.org",
        .fields = fields,
        .message_id = "m1@example.org",
        .date = "Mon, 01 Mar 2027 08:00:00 +0000",
        .list_unsubscribe = "<mailto:u@example.org>",
        .unsubscribe_url = "https://example.org/u",
    };
    g_autoptr(GError) error = NULL;
    struct composed *c = compose_prepare(&content, &error);
    g_assert_true((c == NULL) == (error != NULL));
    if (c) {
        g_autoptr(GString) out = g_string_new(NULL);
        if (compose_render(c, &person, out, &error))
            check_message(out, !g_str_is_ascii(texts[0]) || !g_str_is_ascii(texts[1]));
        else
            g_assert_cmpuint(out->len, ==, 0);
        composed_unref(c);
    }
    json_unref(fields);
    return 0;
}
