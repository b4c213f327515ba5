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
#include "net/stream_listen.h"

#define LINES_MAX (2 * REPLY_MAX_LINES)
#define MASK "***"

void stream_talk_init(struct stream_talk *t, enum stream_protocol protocol)
{
    memset(t, 0, sizeof *t);
    t->protocol = protocol;
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

static gboolean smtp_received(struct stream_talk *t, const char *line, gsize len)
{
    int code = line_code(line, len);
    if (t->is_complete) {
        g_string_truncate(t->verbatim, 0);
        g_string_truncate(t->text, 0);
    }
    add_line(t->verbatim, line, len);
    if (!code)
        return FALSE;
    if (t->speech == STREAM_SPEECH_NONE)
        t->speech = STREAM_SPEECH_OURS;
    t->code = code;
    t->is_complete = len == 3 || line[3] == ' ';
    gsize skip = MIN(len, 4);
    add_line(t->text, line + skip, len - skip);
    if (t->is_complete)
        end_reply(t);
    return TRUE;
}

static gboolean inbox_received(struct stream_talk *t, const char *line, gsize len)
{
    int code = t->protocol == STREAM_IMAP ? stream_listen_imap(t, line, len)
                                          : stream_listen_pop3(t, line, len);
    if (code)
        t->code = code;
    if (t->speech == STREAM_SPEECH_NONE)
        add_line(t->verbatim, line, len);
    return t->speech != STREAM_SPEECH_NONE;
}

gboolean stream_talk_received(struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    if (++t->n_lines > LINES_MAX || len > REPLY_MAX_LINE_BYTES)
        return FALSE;
    gboolean is_good =
        t->protocol == STREAM_SMTP ? smtp_received(t, line, len) : inbox_received(t, line, len);
    if (t->speech == STREAM_SPEECH_NONE)
        t->speech = len >= 5 && memcmp(line, "HTTP/", 5) == 0 ? STREAM_SPEECH_HTTP
                                                              : STREAM_SPEECH_OTHER;
    return is_good;
}

/* What we say: whether it is about logging in, and how much of it may be shown. */
static const struct sent_word {
    const char *word;
    guint protocols;   /* bits of 1 << enum stream_protocol */
    int n_shown;       /* words after it that are no secret */
    gboolean is_login; /* a verdict follows */
} sent_words[] = {
    {"AUTH", 1 << STREAM_SMTP | 1 << STREAM_POP3, 1, TRUE},
    {"AUTHENTICATE", 1 << STREAM_IMAP, 1, TRUE},
    {"LOGIN", 1 << STREAM_IMAP, 0, TRUE},
    {"APOP", 1 << STREAM_POP3, 1, TRUE},
    {"USER", 1 << STREAM_POP3, 1, TRUE},
    {"PASS", 1 << STREAM_POP3, 0, TRUE},
    {"CAPA", 1 << STREAM_POP3, 0, FALSE},
    {"STARTTLS", 1 << STREAM_IMAP, 0, FALSE},
    {"STLS", 1 << STREAM_POP3, 0, FALSE},
};

/* Where the command begins: behind the tag in IMAP. */
static gsize command_at(const struct stream_talk *t, const char *line, gsize len)
{
    const char *blank = t->protocol == STREAM_IMAP ? memchr(line, ' ', len) : NULL;
    return blank ? (gsize)(blank - line) + 1 : 0;
}

static const struct sent_word *find_sent(const struct stream_talk *t, const char *line,
                                         gsize len)
{
    gsize at = command_at(t, line, len);
    for (gsize i = 0; i < G_N_ELEMENTS(sent_words); i++) {
        gsize n = strlen(sent_words[i].word);
        if ((sent_words[i].protocols & 1u << t->protocol) && len - at >= n &&
            g_ascii_strncasecmp(line + at, sent_words[i].word, n) == 0 &&
            (len - at == n || line[at + n] == ' '))
            return &sent_words[i];
    }
    return NULL;
}

void stream_talk_sent(struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    const struct sent_word *w = find_sent(t, line, len);
    if (!w)
        return;
    if (w->is_login)
        t->is_in_auth = t->has_tried_auth = TRUE;
    t->is_named_only = g_str_equal(w->word, "USER");
    t->is_asked_list = g_str_equal(w->word, "CAPA");
    /* What was offered in clear may be anybody's words (RFC 3501, 6.2.1). */
    if (g_str_has_suffix(w->word, "TLS"))
        g_string_truncate(t->capabilities, 0);
}

char *stream_talk_show_received(const struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    /* The challenge of a login is half of an offline guess. */
    if (t->protocol == STREAM_SMTP && len > 4 && memcmp(line, "334", 3) == 0)
        return g_strdup("334 " MASK);
    if (t->protocol != STREAM_SMTP && len > 2 && memcmp(line, "+ ", 2) == 0)
        return g_strdup("+ " MASK);
    return text_safe(line, (gssize)len, 0);
}

char *stream_talk_show_sent(const struct stream_talk *t, const char *line, gsize len)
{
    len = chomped(line, len);
    if (!t->is_in_auth)
        return text_safe(line, (gssize)len, 0);
    const struct sent_word *w = find_sent(t, line, len);
    if (!w)
        return g_strdup(MASK);
    gsize end = command_at(t, line, len) + strlen(w->word);
    for (int i = 0; i < w->n_shown && end < len; i++) {
        const char *blank = memchr(line + end + 1, ' ', len - end - 1);
        end = blank ? (gsize)(blank - line) : len;
    }
    g_autofree char *shown = text_safe(line, (gssize)end, 0);
    return end < len ? g_strconcat(shown, " " MASK, NULL) : g_steal_pointer(&shown);
}
