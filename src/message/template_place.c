/*
 * Where a value stands in an HTML text or a header, and how it is escaped there. The HTML
 * reader knows tags, attributes and quotes and nothing else: it must only tell text from an
 * attribute and a URL from other values. Comments are read like text on purpose, because
 * Outlook reads the markup inside its conditional comments. Not a sanitizer: the author's own
 * markup is trusted.
 */
#include "config.h"

#include "message/template_private.h"

#include <string.h>

#include "base/text.h"

enum html_state {
    HTML_TEXT,
    HTML_OPEN, /* after "<" or "</" */
    HTML_TAG_NAME,
    HTML_IN_TAG,
    HTML_NAME,
    HTML_AFTER_NAME,
    HTML_BEFORE_VALUE,
    HTML_DOUBLE,
    HTML_SINGLE,
    HTML_BARE,
};

static const char *const url_attributes[] = {
    "href",       "src",    "action", "background", "cite", "data",
    "formaction", "poster", "ping",   "xlink:href", NULL,
};

static const char *const safe_schemes[] = {"mailto:", "https:", "http:", "tel:", NULL};

static void html_begin_name(struct template_html *h)
{
    h->state = HTML_NAME;
    h->name_len = 0;
}

/* A name too long for the buffer is none of ours: it fills up and matches nothing. */
static void html_add_name(struct template_html *h, char c)
{
    if (h->name_len < sizeof h->name)
        h->name[h->name_len++] = g_ascii_tolower(c);
}

static void html_begin_value(struct template_html *h)
{
    h->state = HTML_BEFORE_VALUE;
    h->is_url = FALSE;
    h->has_started = FALSE;
    h->head_len = 0;
    for (int i = 0; url_attributes[i]; i++) {
        if (strlen(url_attributes[i]) == h->name_len &&
            memcmp(url_attributes[i], h->name, h->name_len) == 0)
            h->is_url = TRUE;
    }
}

/* Readers drop blanks before a URL, so they do not count as its beginning. */
static void html_add_value(struct template_html *h, char c)
{
    if ((unsigned char)c <= ' ' && !h->has_started)
        return;
    h->has_started = TRUE;
    if (c == '?')
        h->head_len = sizeof h->head; /* what follows a "?" is no address */
    else if (h->head_len < sizeof h->head - 1)
        h->head[h->head_len++] = g_ascii_tolower(c);
}

static void html_in_tag(struct template_html *h, char c)
{
    if (c == '>')
        h->state = HTML_TEXT;
    else if (c == '=' && (h->state == HTML_NAME || h->state == HTML_AFTER_NAME))
        html_begin_value(h);
    else if (c == '/')
        h->state = HTML_IN_TAG;
    else if (g_ascii_isspace(c))
        h->state = h->state == HTML_NAME || h->state == HTML_AFTER_NAME ? HTML_AFTER_NAME
                                                                        : HTML_IN_TAG;
    else if (h->state != HTML_TAG_NAME) {
        if (h->state != HTML_NAME)
            html_begin_name(h);
        html_add_name(h, c);
    }
}

static void html_before_value(struct template_html *h, char c)
{
    if (g_ascii_isspace(c))
        return;
    if (c == '"')
        h->state = HTML_DOUBLE;
    else if (c == '\'')
        h->state = HTML_SINGLE;
    else if (c == '>')
        h->state = HTML_TEXT;
    else {
        h->state = HTML_BARE;
        html_add_value(h, c);
    }
}

static void html_in_value(struct template_html *h, char c)
{
    if ((h->state == HTML_DOUBLE && c == '"') || (h->state == HTML_SINGLE && c == '\'') ||
        (h->state == HTML_BARE && g_ascii_isspace(c)))
        h->state = HTML_IN_TAG;
    else if (h->state == HTML_BARE && c == '>')
        h->state = HTML_TEXT;
    else
        html_add_value(h, c);
}

void template_html_text(struct template_html *h, const char *s, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        char c = s[i];

        switch (h->state) {
        case HTML_TEXT:
            if (c == '<')
                h->state = HTML_OPEN;
            break;
        case HTML_OPEN:
            if (g_ascii_isalpha(c))
                h->state = HTML_TAG_NAME;
            else if (c != '/' && c != '<')
                h->state = HTML_TEXT;
            break;
        case HTML_BEFORE_VALUE:
            html_before_value(h, c);
            break;
        case HTML_DOUBLE:
        case HTML_SINGLE:
        case HTML_BARE:
            html_in_value(h, c);
            break;
        default:
            html_in_tag(h, c);
        }
    }
}

static enum template_place html_value_place(const struct template_html *h)
{
    static const char mailto[] = "mailto:";

    if (!h->is_url)
        return h->state == HTML_BARE ? TEMPLATE_PLACE_BARE : TEMPLATE_PLACE_HTML;
    if (!h->has_started)
        return TEMPLATE_PLACE_URL_START;
    if (h->head_len == sizeof mailto - 1 && memcmp(h->head, mailto, h->head_len) == 0)
        return TEMPLATE_PLACE_URL_MAILTO;
    return TEMPLATE_PLACE_URL_PART;
}

enum template_place template_html_value(struct template_html *h)
{
    enum template_place place = TEMPLATE_PLACE_BARE;

    switch (h->state) {
    case HTML_TEXT:
        return TEMPLATE_PLACE_HTML;
    case HTML_OPEN:
    case HTML_TAG_NAME:
        h->state = HTML_TAG_NAME;
        return place;
    case HTML_BEFORE_VALUE:
        h->state = HTML_BARE;
        /* fall through */
    case HTML_DOUBLE:
    case HTML_SINGLE:
    case HTML_BARE:
        place = html_value_place(h);
        /* What the value was is unknown here: a URL has begun, its scheme is not known. */
        if (!h->has_started)
            h->head_len = sizeof h->head;
        h->has_started = TRUE;
        return place;
    default:
        if (h->state != HTML_NAME)
            html_begin_name(h);
        html_add_name(h, '?');
        return place;
    }
}

/* In plain text `head` holds the last characters of a word that is no URL yet. */
static void plain_add(struct template_html *h, char c)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:", NULL};

    if (h->head_len == sizeof h->head) {
        memmove(h->head, h->head + 1, sizeof h->head - 1);
        h->head_len--;
    }
    h->head[h->head_len++] = g_ascii_tolower(c);
    for (int i = 0; schemes[i]; i++) {
        gsize len = strlen(schemes[i]);

        if (h->head_len >= len && memcmp(h->head + h->head_len - len, schemes[i], len) == 0)
            h->is_url = i == 2 ? TEMPLATE_PLACE_URL_MAILTO : TEMPLATE_PLACE_URL_PART;
    }
}

void template_plain_text(struct template_html *h, const char *s, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if ((unsigned char)s[i] <= ' ' || strchr("<>\"", s[i])) {
            h->is_url = FALSE;
            h->head_len = 0;
        } else if (!h->is_url) {
            plain_add(h, s[i]);
        } else if (s[i] == '?') {
            h->is_url = TEMPLATE_PLACE_URL_PART; /* what follows a "?" is no address */
        }
    }
}

enum template_place template_plain_value(struct template_html *h)
{
    if (h->is_url)
        return (enum template_place)h->is_url;
    h->head_len = 0;
    return TEMPLATE_PLACE_RAW;
}

void template_html_settle(struct template_html *h)
{
    if (h->state == HTML_TEXT)
        memset(h, 0, sizeof *h);
}

/* Where an octet cannot stand as it is; beyond ASCII all may, but in a part of a URL. */
enum place_mark {
    NOT_IN_HTML = 1,
    NOT_IN_BARE = 2, /* beside those of HTML */
    NOT_IN_URL_PART = 4,
    NOT_IN_HEADER = 8,
    NOT_IN_URL = 16, /* blanks and controls */
};

#define BARE (NOT_IN_BARE | NOT_IN_URL_PART)
#define HTML (NOT_IN_HTML | NOT_IN_BARE | NOT_IN_URL_PART)
#define CONTROL (NOT_IN_URL_PART | NOT_IN_HEADER | NOT_IN_URL)

static const guint8 place_marks[256] = {
    [0 ... 8] = CONTROL,
    ['\t' ... '\n'] = CONTROL | NOT_IN_BARE,
    [11] = CONTROL,
    ['\f' ... '\r'] = CONTROL | NOT_IN_BARE,
    [14 ... 31] = CONTROL,
    [' '] = BARE | NOT_IN_URL,
    ['!'] = NOT_IN_URL_PART,
    ['"'] = HTML,
    ['#' ... '%'] = NOT_IN_URL_PART,
    ['&' ... '\''] = HTML,
    ['(' ... ','] = NOT_IN_URL_PART,
    ['/'] = BARE,
    [':' ... ';'] = NOT_IN_URL_PART,
    ['<'] = HTML,
    ['='] = BARE,
    ['>'] = HTML,
    ['?' ... '@'] = NOT_IN_URL_PART,
    ['[' ... '^'] = NOT_IN_URL_PART,
    ['`'] = BARE,
    ['{' ... '}'] = NOT_IN_URL_PART,
    [127] = CONTROL,
    [128 ... 255] = NOT_IN_URL_PART | NOT_IN_HEADER,
};

#undef BARE
#undef HTML
#undef CONTROL

/* How many octets of the beginning have none of `marks`. */
static gsize unmarked(const char *s, gsize len, guint8 marks)
{
    gsize n = 0;

    while (n < len && !(place_marks[(guint8)s[n]] & marks))
        n++;
    return n;
}

static void append_percent(GString *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    const char code[3] = {'%', hex[c >> 4], hex[c & 15]};

    text_append(out, code, sizeof code);
}

static const char *html_entity(char c, gboolean is_bare)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    if (!is_bare)
        return NULL;
    switch (c) {
    case ' ':
        return "&#32;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\f':
        return "&#12;";
    case '\r':
        return "&#13;";
    case '=':
        return "&#61;";
    case '`':
        return "&#96;";
    case '/':
        return "&#47;";
    }
    return NULL;
}

static void append_html(GString *out, const char *s, gsize len, gboolean is_bare)
{
    for (;;) {
        gsize n = unmarked(s, len, is_bare ? NOT_IN_HTML | NOT_IN_BARE : NOT_IN_HTML);

        text_append(out, s, n);
        if (n == len)
            return;
        g_string_append(out, html_entity(s[n], is_bare));
        s += n + 1;
        len -= n + 1;
    }
}

static gboolean has_safe_scheme(const char *s, gsize len)
{
    for (int i = 0; safe_schemes[i]; i++) {
        gsize n = strlen(safe_schemes[i]);

        if (len >= n && (memcmp(s, safe_schemes[i], n) == 0 ||
                         g_ascii_strncasecmp(s, safe_schemes[i], n) == 0))
            return TRUE;
    }
    return FALSE;
}

/* An empty value stays empty: there is nothing in it to be afraid of. */
static void append_url_start(GString *out, const char *s, gsize len)
{
    while (len > 0 && (unsigned char)s[0] <= ' ') {
        s++;
        len--;
    }
    while (len > 0 && (unsigned char)s[len - 1] <= ' ')
        len--;
    if (len > 0 && !has_safe_scheme(s, len)) {
        g_string_append_c(out, '#');
        return;
    }
    for (;;) {
        gsize n = unmarked(s, len, NOT_IN_URL);

        append_html(out, s, n, FALSE);
        if (n == len)
            return;
        append_percent(out, s[n]);
        s += n + 1;
        len -= n + 1;
    }
}

static void append_url_part(GString *out, const char *s, gsize len, gboolean keep_at)
{
    for (;;) {
        gsize n = unmarked(s, len, NOT_IN_URL_PART);

        text_append(out, s, n);
        if (n == len)
            return;
        if (keep_at && s[n] == '@')
            text_append(out, "@", 1);
        else
            append_percent(out, s[n]);
        s += n + 1;
        len -= n + 1;
    }
}

static gboolean is_header_break(gunichar c)
{
    return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Line ends of any kind become one blank, so that two words do not run into one. */
static void append_header(GString *out, const char *s, gsize len)
{
    const char *end = s + len, *run = s;
    gboolean was_break = FALSE;

    while (s < end) {
        const char *next = g_utf8_next_char(s);
        gunichar c = *s >= ' ' && *s < 0x7f ? (gunichar)*s : g_utf8_get_char(s);
        gboolean is_break = is_header_break(c);

        if (is_break || c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
            text_append(out, run, s - run);
            if (is_break && !was_break)
                g_string_append_c(out, ' ');
            run = next;
        }
        was_break = is_break;
        s = next;
    }
    text_append(out, run, end - run);
}

/* What must not be in a text that stands there as it is. */
static const guint8 marks_of_place[] = {
    [TEMPLATE_PLACE_RAW] = 0,
    [TEMPLATE_PLACE_HTML] = NOT_IN_HTML,
    [TEMPLATE_PLACE_BARE] = NOT_IN_HTML | NOT_IN_BARE,
    [TEMPLATE_PLACE_URL_START] = NOT_IN_HTML | NOT_IN_URL,
    [TEMPLATE_PLACE_URL_PART] = NOT_IN_URL_PART,
    [TEMPLATE_PLACE_URL_MAILTO] = NOT_IN_URL_PART,
    [TEMPLATE_PLACE_HEADER] = NOT_IN_HEADER,
};

guint8 template_place_marks(const char *s, gsize len)
{
    guint8 marks = 0;

    for (gsize i = 0; i < len; i++)
        marks |= place_marks[(guint8)s[i]];
    return marks;
}

gboolean template_place_fits_marked(enum template_place place, guint8 marks, const char *s,
                                    gsize len)
{
    return !(marks & marks_of_place[place]) &&
           (place != TEMPLATE_PLACE_URL_START || len == 0 || has_safe_scheme(s, len));
}

gboolean template_place_fits(enum template_place place, const char *s, gsize len)
{
    guint8 marks = marks_of_place[place];
    gboolean is_clean = marks == 0 || unmarked(s, len, marks) == len;

    return template_place_fits_marked(place, is_clean ? 0 : marks, s, len);
}

void template_place_append(GString *out, enum template_place place, const char *s, gsize len)
{
    switch (place) {
    case TEMPLATE_PLACE_RAW:
        text_append(out, s, len);
        break;
    case TEMPLATE_PLACE_HTML:
    case TEMPLATE_PLACE_BARE:
        append_html(out, s, len, place == TEMPLATE_PLACE_BARE);
        break;
    case TEMPLATE_PLACE_URL_START:
        append_url_start(out, s, len);
        break;
    case TEMPLATE_PLACE_URL_PART:
    case TEMPLATE_PLACE_URL_MAILTO:
        append_url_part(out, s, len, place == TEMPLATE_PLACE_URL_MAILTO);
        break;
    case TEMPLATE_PLACE_HEADER:
        append_header(out, s, len);
        break;
    }
}
