/*
 * Follows the conversation of a bring-up that libcurl leads, so that capabilities, login and
 * the server's own words are known afterwards, and shows it without its secrets. It decides
 * nothing about the connection; transactions are smtp.c's.
 */
#include "config.h"

#include "net/stream_talk.h"

#include <string.h>

#include "base/text.h"
#include "model/reply.h"

#define LINES_MAX (2 * REPLY_MAX_LINES)
#define MASK "***"

void stream_talk_init(struct stream_talk *t)
{
    memset(t, 0, sizeof *t);
    t->verbatim = g_string_new(NULL);
    t->text = g_string_new(NULL);
    t->capabilities = g_string_new(NULL);
    t->is_complete = TRUE;
}

void stream_talk_clear(struct stream_talk *t)
{
    if (!t->verbatim)
        return;
    g_string_free(t->verbatim, TRUE);
    g_string_free(t->text, TRUE);
    g_string_free(t->capabilities, TRUE);
    memset(t, 0, sizeof *t);
}

static gsize chomped(const char *line, gsize len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len;
}

/* 0 when the line is not one of SMTP. */
static int line_code(const char *line, gsize len)
{
    if (len < 3 || line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) ||
        !g_ascii_isdigit(line[2]) || (len > 3 && line[3] != ' ' && line[3] != '-'))
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void add_line(GString *to, const char *line, gsize len)
{
    if (to->len > 0)
        g_string_append_c(to, '\n');
    g_string_append_len(to, line, (gssize)len);
}

static void end_reply(struct stream_talk *t)
{
    if (t->code == 235)
        t->is_logged_in = TRUE;
    if (t->code == 250 && !t->is_in_auth)
        g_string_assign(t->capabilities, t->text->str);
    if (t->code != 334)
        t->is_in_auth = FALSE;
}

gboolean stream_talk_received(struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    int code = line_code(line, len);
    if (t->is_complete) {
        g_string_truncate(t->verbatim, 0);
        g_string_truncate(t->text, 0);
    }
    if (++t->n_lines > LINES_MAX || len > REPLY_MAX_LINE_BYTES)
        return FALSE;
    add_line(t->verbatim, line, len);
    if (t->speech == STREAM_SPEECH_NONE) {
        t->speech = code                                        ? STREAM_SPEECH_SMTP
                    : len >= 5 && memcmp(line, "HTTP/", 5) == 0 ? STREAM_SPEECH_HTTP
                                                                : STREAM_SPEECH_OTHER;
    }
    if (!code)
        return FALSE;
    t->code = code;
    t->is_complete = len == 3 || line[3] == ' ';
    gsize skip = MIN(len, 4);
    add_line(t->text, line + skip, len - skip);
    if (t->is_complete)
        end_reply(t);
    return TRUE;
}

void stream_talk_sent(struct stream_talk *t, const char *line, gsize len)
{
    if (len >= 5 && g_ascii_strncasecmp(line, "AUTH ", 5) == 0)
        t->is_in_auth = t->has_tried_auth = TRUE;
}

char *stream_talk_show_received(const struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    /* The challenge of a login is half of an offline guess. */
    if (len > 4 && memcmp(line, "334", 3) == 0)
        return g_strdup("334 " MASK);
    return text_safe(line, (gssize)len, 0);
}

char *stream_talk_show_sent(const struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    if (!t->is_in_auth)
        return text_safe(line, (gssize)len, 0);
    if (len < 5 || g_ascii_strncasecmp(line, "AUTH ", 5) != 0)
        return g_strdup(MASK);
    const char *end = memchr(line + 5, ' ', len - 5);
    g_autofree char *mechanism = text_safe(line, end ? end - line : (gssize)len, 0);
    return end ? g_strconcat(mechanism, " " MASK, NULL) : g_steal_pointer(&mechanism);
}
