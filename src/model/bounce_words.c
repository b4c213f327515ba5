/*
 * A text from a mail server reduced to what phrases are compared with: small letters, one blank
 * between words, every address as "@", no quotation marks; reply codes and enhanced codes are
 * taken out and remembered. It knows no meaning.
 */
#include "config.h"

#include "model/bounce_private.h"

#include <string.h>

#define CODE_DIGITS 3

struct reader {
    struct bounce_words *w; /* borrowed */
    const char *at;
    const char *end;
    gboolean line_begins; /* nothing but signs since the line's beginning */
};

/* Before a bare "550" these words tell that it is a reply code and not a number of something.
 */
static const char *const code_heralds[] = {
    "said",   "smtp",     "error",  "reply",   "response", "status", "code",
    "reason", "returned", "server", "replied", "answered", "with",   NULL,
};

gsize bounce_status_length(const char *s, gsize len)
{
    if (len < 5 || (s[0] != '2' && s[0] != '4' && s[0] != '5') || s[1] != '.')
        return 0;
    gsize at = 2;
    for (int part = 0; part < 2; part++) {
        gsize digits = 0;
        while (at + digits < len && digits < 4 && g_ascii_isdigit(s[at + digits]))
            digits++;
        if (digits == 0 || digits > CODE_DIGITS)
            return 0;
        at += digits;
        if (part == 0 && (at >= len || s[at++] != '.'))
            return 0;
    }
    if (at < len && (g_ascii_isalnum(s[at]) || s[at] == '_' || s[at] == '@'))
        return 0;
    /* An address of four numbers is none; a full stop at a sentence's end may follow. */
    if (at + 1 < len && s[at] == '.' && g_ascii_isalnum(s[at + 1]))
        return 0;
    return at;
}

static gboolean is_reply_code(const char *s, gsize len)
{
    return len >= CODE_DIGITS && (s[0] == '4' || s[0] == '5') && s[1] >= '0' && s[1] <= '7' &&
           g_ascii_isdigit(s[2]) && (len == CODE_DIGITS || !g_ascii_isalnum(s[CODE_DIGITS]));
}

static gboolean in_run(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80 ||
           (c != '\0' && strchr("._-@+=%/#$&!~?{}|^'", c) != NULL);
}

static gboolean in_word(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80;
}

static void add_blank(GString *words)
{
    if (words->len > 0 && words->str[words->len - 1] != ' ')
        g_string_append_c(words, ' ');
}

static gboolean last_word_heralds(const GString *words)
{
    gsize end = words->len;
    while (end > 0 && words->str[end - 1] == ' ')
        end--;
    gsize begin = end;
    while (begin > 0 && words->str[begin - 1] != ' ')
        begin--;
    for (int i = 0; code_heralds[i] != NULL; i++) {
        if (strlen(code_heralds[i]) == end - begin &&
            memcmp(code_heralds[i], words->str + begin, end - begin) == 0)
            return TRUE;
    }
    return FALSE;
}

static void keep_status(struct bounce_words *w, const char *s, gsize len)
{
    if (s[0] == '2' || w->n_status == BOUNCE_CODES_MAX || len >= BOUNCE_STATUS_BYTES)
        return;
    memcpy(w->status[w->n_status], s, len);
    w->status[w->n_status++][len] = '\0';
}

/* Takes a reply code that stands at `s`, with the enhanced one that is tied to it by '-';
 * returns how much was taken, 0: it is none. */
static gsize take_code(struct reader *r, const char *s, gsize len)
{
    if (!is_reply_code(s, len))
        return 0;
    const char *next = s + CODE_DIGITS;
    gboolean is_tied = next < r->end && *next == '-' && len > CODE_DIGITS;
    const char *behind = next;
    while (behind < r->end && (*behind == ' ' || *behind == '-' || *behind == '#'))
        behind++;
    gboolean has_status =
        behind > next && bounce_status_length(behind, (gsize)(r->end - behind)) > 0;
    if (len > CODE_DIGITS && !is_tied)
        return 0;
    if (!is_tied && !has_status && !r->line_begins && !last_word_heralds(r->w->words))
        return 0;
    if (r->w->code == 0)
        r->w->code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
    return CODE_DIGITS + (is_tied ? 1 : 0);
}

/* Where the address in a run ends: "a@b.example...User unknown" is old Sendmail's way. */
static gsize address_length(const char *s, gsize len)
{
    const char *at = memchr(s, '@', len);
    if (at == NULL || at == s || (gsize)(at - s) + 1 >= len || !in_word(at[1]))
        return 0;
    gsize n = (gsize)(at - s) + 1;
    while (n < len && !(s[n] == '.' && n + 1 < len && s[n + 1] == '.'))
        n++;
    return n;
}

/* The words of a run; signs part them, only a full stop inside (a host's name) stays. */
static void add_words(GString *words, const char *s, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        char c = s[i];
        gboolean is_inner_stop =
            c == '.' && i > 0 && in_word(s[i - 1]) && i + 1 < len && in_word(s[i + 1]);
        if (in_word(c) || is_inner_stop)
            g_string_append_c(words, g_ascii_tolower(c));
        else if (c == '\'' && i > 0 && in_word(s[i - 1]))
            continue;
        else
            add_blank(words);
    }
    add_blank(words);
}

static void read_run(struct reader *r, gsize len)
{
    const char *s = r->at;
    r->at += len;
    while (len > 0 && !in_word(*s)) {
        s++;
        len--;
    }
    gsize taken;
    while ((taken = take_code(r, s, len)) > 0) {
        s += taken;
        len -= taken;
    }
    gsize status = len > 0 ? bounce_status_length(s, len) : 0;
    if (status > 0) {
        keep_status(r->w, s, status);
        s += status;
        len -= status;
    }
    gsize address = address_length(s, len);
    if (address > 0) {
        add_blank(r->w->words);
        g_string_append_c(r->w->words, '@');
        add_blank(r->w->words);
        s += address;
        len -= address;
    }
    if (len > 0)
        add_words(r->w->words, s, len);
    if (r->w->words->len > 0)
        r->line_begins = FALSE;
}

/* The first byte of a Japanese, Chinese or Korean character, which takes three. */
static gboolean begins_wide(char c)
{
    return (guchar)c >= 0xe3 && (guchar)c <= 0xed;
}

/* Their words are broken at any place, and a line's end parts nothing. */
static gboolean is_inside_wide(const struct reader *r)
{
    const GString *words = r->w->words;
    const char *next = r->at;
    while (next < r->end && (*next == '\r' || *next == '\n'))
        next++;
    return next < r->end && begins_wide(*next) && words->len > 3 &&
           words->str[words->len - 1] == ' ' && begins_wide(words->str[words->len - 4]);
}

/* Apostrophes vanish ("doesn't", "doesn’t"), every other sign parts words. */
static void read_sign(struct reader *r)
{
    char c = *r->at++;
    if (c == '\'' || c == '`')
        return;
    if ((c == '\r' || c == '\n') && is_inside_wide(r)) {
        g_string_truncate(r->w->words, r->w->words->len - 1);
        while (r->at < r->end && (*r->at == '\r' || *r->at == '\n'))
            r->at++;
        return;
    }
    add_blank(r->w->words);
    if (c == '\n' || c == '>') /* ">": a quoted or transcribed line, "<<< 550" */
        r->line_begins = TRUE;
    if (c == '<' && r->at < r->end && *r->at == '<')
        r->line_begins = TRUE;
}

/* Signs of other alphabets' typography, as bytes of UTF-8. */
static const struct {
    const char *sign;
    const char *instead;
} typography[] = {
    {"\xe2\x80\x98", "'"}, {"\xe2\x80\x99", "'"}, {"\xe2\x80\x9c", " "}, {"\xe2\x80\x9d", " "},
    {"\xe2\x80\x9e", " "}, {"\xc2\xa0", " "},     {"\xc2\xab", " "},     {"\xc2\xbb", " "},
    {"\xe3\x80\x80", " "}, {"\xef\xbf\xbd", " "},
};

/* Domino and others put ISO-2022-JP into fields that cannot say so; its escapes tell. */
static char *from_japanese(const char *text, gsize len)
{
    if (memmem(text, len, "\x1b$", 2) == NULL)
        return NULL;
    return g_convert(text, (gssize)len, "UTF-8", "ISO-2022-JP", NULL, NULL, NULL);
}

static char *plain_letters(const char *text, gsize len)
{
    g_autofree char *japanese = from_japanese(text, len);
    g_autofree char *valid = japanese != NULL ? g_utf8_make_valid(japanese, -1)
                                              : g_utf8_make_valid(text, (gssize)len);
    g_autofree char *small = g_utf8_strdown(valid, -1);
    GString *out = g_string_new(small);
    for (gsize i = 0; i < G_N_ELEMENTS(typography); i++)
        g_string_replace(out, typography[i].sign, typography[i].instead, 0);
    return g_string_free(out, FALSE);
}

static gboolean is_plain(const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if ((guchar)text[i] >= 0x80 || text[i] == '\0' || text[i] == '\x1b')
            return FALSE;
    }
    return TRUE;
}

static const struct {
    const char *words;
    enum reply_phase phase;
} phase_words[] = {
    {"end of data", REPLY_DOT},      {"sending message body", REPLY_DOT},
    {"rcpt to", REPLY_RCPT},         {"mail from command", REPLY_MAIL},
    {"after mail from", REPLY_MAIL}, {"data command", REPLY_DATA},
    {"after data", REPLY_DATA},
};

void bounce_words_read(struct bounce_words *w, const char *text, gsize len)
{
    *w = (struct bounce_words){.phase = -1};
    w->words = g_string_sized_new(len < 512 ? len + 1 : 512);
    if (text == NULL)
        return;
    len = MIN(len, BOUNCE_TEXT_MAX_BYTES);
    g_autofree char *plain = is_plain(text, len) ? NULL : plain_letters(text, len);
    const char *from = plain != NULL ? plain : text;
    struct reader r = {w, from, from + (plain != NULL ? strlen(plain) : len), TRUE};
    while (r.at < r.end) {
        gsize run = 0;
        while (r.at + run < r.end && in_run(r.at[run]))
            run++;
        if (run > 0)
            read_run(&r, run);
        else
            read_sign(&r);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(phase_words) && w->phase < 0; i++) {
        if (strstr(w->words->str, phase_words[i].words) != NULL)
            w->phase = (int)phase_words[i].phase;
    }
}

void bounce_words_clear(struct bounce_words *w)
{
    if (w->words != NULL)
        g_string_free(w->words, TRUE);
    w->words = NULL;
}
