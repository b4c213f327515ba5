/*
 * Reads what IMAP and POP3 servers say before and during a login (RFC 3501, 5530; RFC 1939,
 * 2449, 3206). What comes after is imap.c's and pop3.c's.
 */
#include "config.h"

#include "net/stream_listen.h"

#include <string.h>

/* Words in brackets that say "not now": asking again later may help, a new password does not.
 */
static const char *const later_words[] = {
    "[UNAVAILABLE]", "[INUSE]",  "[LIMIT]",       "[SERVERBUG]",
    "[SYS/TEMP]",    "[IN-USE]", "[LOGIN-DELAY]",
};

static gboolean begins(const char *line, gsize len, const char *word)
{
    gsize n = strlen(word);
    return len >= n && g_ascii_strncasecmp(line, word, n) == 0 && (len == n || line[n] == ' ');
}

static gboolean says_later(const char *line, gsize len)
{
    for (gsize i = 0; i < G_N_ELEMENTS(later_words); i++) {
        gsize n = strlen(later_words[i]);
        for (gsize at = 0; at + n <= len; at++) {
            if (g_ascii_strncasecmp(line + at, later_words[i], n) == 0)
                return TRUE;
            if (line[at] == ']')
                break;
        }
    }
    return FALSE;
}

static void keep(GString *to, const char *text, gsize len)
{
    g_string_truncate(to, 0);
    g_string_append_len(to, text, (gssize)len);
}

static int verdict(struct stream_talk *t, gboolean is_ok, const char *line, gsize len)
{
    gboolean was_auth = t->is_in_auth;
    t->is_in_auth = FALSE;
    if (was_auth && is_ok)
        t->is_logged_in = TRUE;
    if (is_ok)
        return was_auth ? 235 : 250;
    if (was_auth)
        return says_later(line, len) ? 454 : 535;
    return says_later(line, len) ? 454 : 502;
}

/* The list in "OK [CAPABILITY IMAP4rev1 IDLE] hello": what a server says with its greeting, and
 * anew once one is logged in. */
static void take_capability_code(struct stream_talk *t, const char *text, gsize len)
{
    static const char word[] = "[CAPABILITY ";
    const char *at = g_strstr_len(text, (gssize)len, word);
    const char *end = at ? memchr(at, ']', len - (gsize)(at - text)) : NULL;
    if (!end)
        return;
    at += sizeof word - 1;
    if (at < end)
        keep(t->capabilities, at, (gsize)(end - at));
}

static int imap_greeting(struct stream_talk *t, const char *text, gsize len)
{
    t->speech = STREAM_SPEECH_OURS;
    if (begins(text, len, "BYE"))
        return says_later(text, len) ? 421 : 554;
    /* The server knows us by other means, such as the network. */
    if (begins(text, len, "PREAUTH"))
        t->is_logged_in = TRUE;
    take_capability_code(t, text, len);
    return 220;
}

static int imap_untagged(struct stream_talk *t, const char *text, gsize len)
{
    if (t->speech == STREAM_SPEECH_NONE &&
        (begins(text, len, "OK") || begins(text, len, "PREAUTH") || begins(text, len, "BYE"))) {
        keep(t->verbatim, text, len);
        return imap_greeting(t, text, len);
    }
    if (begins(text, len, "BYE")) {
        keep(t->verbatim, text, len);
        return 421;
    }
    if (begins(text, len, "CAPABILITY") && len > 11)
        keep(t->capabilities, text + 11, len - 11);
    return 0;
}

/* Our tags are libcurl's: letters and digits. */
static const char *after_tag(const char *line, gsize len)
{
    gsize n = 0;
    while (n < len && g_ascii_isalnum(line[n]))
        n++;
    return n > 0 && n < len && line[n] == ' ' ? line + n + 1 : NULL;
}

int stream_listen_imap(struct stream_talk *t, const char *line, gsize len)
{
    if (len >= 2 && line[0] == '*' && line[1] == ' ')
        return imap_untagged(t, line + 2, len - 2);
    if (t->speech == STREAM_SPEECH_NONE)
        return 0;
    if (len >= 1 && line[0] == '+') {
        gsize skip = MIN(len, 2);
        keep(t->text, line + skip, len - skip);
        return t->is_in_auth ? 334 : 0;
    }
    const char *text = after_tag(line, len);
    gsize rest = text ? len - (gsize)(text - line) : 0;
    if (!text)
        return 0;
    if (begins(text, rest, "OK")) {
        take_capability_code(t, text, rest);
        return verdict(t, TRUE, text, rest);
    }
    if (!begins(text, rest, "NO") && !begins(text, rest, "BAD"))
        return 0;
    keep(t->verbatim, text, rest);
    return verdict(t, FALSE, text, rest);
}

/* A line of the answer to CAPA, which ends with a dot. */
static int pop3_listed(struct stream_talk *t, const char *line, gsize len)
{
    if (len == 1 && line[0] == '.') {
        t->is_in_list = FALSE;
        return 250;
    }
    if (t->capabilities->len > 0)
        g_string_append_c(t->capabilities, '\n');
    g_string_append_len(t->capabilities, line, (gssize)len);
    return 0;
}

static int pop3_done(struct stream_talk *t, const char *line, gsize len)
{
    if (t->speech == STREAM_SPEECH_NONE) {
        t->speech = STREAM_SPEECH_OURS;
        return 220;
    }
    if (t->is_asked_list) {
        t->is_asked_list = FALSE;
        t->is_in_list = TRUE;
        g_string_truncate(t->capabilities, 0);
        return 0;
    }
    if (t->is_named_only) { /* USER is taken, PASS decides */
        t->is_named_only = FALSE;
        return 334;
    }
    return verdict(t, TRUE, line, len);
}

int stream_listen_pop3(struct stream_talk *t, const char *line, gsize len)
{
    if (t->is_in_list)
        return pop3_listed(t, line, len);
    if (begins(line, len, "+OK"))
        return pop3_done(t, line, len);
    if (begins(line, len, "-ERR")) {
        keep(t->verbatim, line, len);
        t->is_asked_list = t->is_named_only = FALSE;
        if (t->speech != STREAM_SPEECH_NONE)
            return verdict(t, FALSE, line, len);
        t->speech = STREAM_SPEECH_OURS;
        return says_later(line, len) ? 421 : 554;
    }
    if (t->speech != STREAM_SPEECH_NONE && len >= 1 && line[0] == '+') {
        gsize skip = MIN(len, 2);
        keep(t->text, line + skip, len - skip);
        return t->is_in_auth ? 334 : 0;
    }
    return 0;
}
