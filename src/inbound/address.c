/*
 * Addresses in running text and in fields: where they begin and end. Not whose they are, and
 * not the grammar of RFC 5321: what is found here is read as daemons write it.
 */
#include "config.h"

#include <string.h>

#include "inbound/inbound_private.h"

#define MAX_LOCAL_BYTES 64
#define MAX_DOMAIN_BYTES 253

/* RFC 5322 atext and the dot: all that is printed but these. */
static const guint8 is_local[256] = {['!'] = 1,         ['#' ... '\''] = 1, ['*'] = 1,
                                     ['+'] = 1,         ['-'] = 1,          ['.'] = 1,
                                     ['/' ... '9'] = 1, ['='] = 1,          ['?'] = 1,
                                     ['A' ... 'Z'] = 1, ['^' ... '~'] = 1,  [128 ... 255] = 1};

static const guint8 is_domain[256] = {
    ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['.'] = 1, ['-'] = 1, ['_'] = 1};

/* Brackets, colons and blanks of Chinese and Japanese, and typographic quotation marks: they
 * part words, as blanks do elsewhere. The length of the one at `p`; 0: none. */
static gsize mark_length(const char *p, const char *end)
{
    const guint8 *s = (const guint8 *)p;
    if (end - p >= 2 && s[0] == 0xc2 && (s[1] == 0xa0 || s[1] == 0xab || s[1] == 0xbb))
        return 2;
    if (end - p < 3)
        return 0;
    gboolean is_punctuation = s[0] == 0xe2 && s[1] == 0x80;  /* U+2000 … */
    gboolean is_cjk = s[0] == 0xe3 && s[1] == 0x80;          /* U+3000 … */
    gboolean is_full_width = s[0] == 0xef && s[1] == 0xbc && /* U+FF00 … */
                             (s[2] < 0x90 || s[2] > 0x99) && (s[2] < 0xa1 || s[2] > 0xba);
    gboolean is_half_width = s[0] == 0xef && s[1] == 0xbd && s[2] >= 0x9b && s[2] <= 0xa5;
    return is_punctuation || is_cjk || is_full_width || is_half_width ? 3 : 0;
}

/* In scripts without blanks an address follows a word, or a bracket of theirs, at once. */
static const char *behind_marks(const char *begin, const char *at)
{
    const char *p = begin;
    for (const char *s = begin; s < at;) {
        guint8 c = (guint8)*s;
        gsize mark = c >= 0xc2 ? mark_length(s, at) : 0;
        gboolean is_wide = c >= 0xe3 && c <= 0xed && at - s > 3;
        s += mark > 0 ? mark : is_wide ? 3 : 1;
        if (mark > 0 || (is_wide && s + 1 < at && (guint8)s[0] < 0x80 && (guint8)s[1] < 0x80))
            p = s;
    }
    return p;
}

/* Where the local part before `at` begins; `at` itself when there is none. */
static const char *local_begin(const char *at, const char *begin)
{
    const char *p = at;
    if (p > begin && p[-1] == '"') {
        for (p -= 2; p >= begin && at - p <= MAX_LOCAL_BYTES && *p != '\n'; p--)
            if (*p == '"')
                return p;
        return at;
    }
    while (p > begin && at - p <= MAX_LOCAL_BYTES && is_local[(guint8)p[-1]])
        p--;
    p = behind_marks(p, at);
    if (at - p > MAX_LOCAL_BYTES)
        return at;
    /* X.400 addresses as Exchange writes them. */
    if (at - p > 5 && g_ascii_strncasecmp(p, "SMTP=", 5) == 0)
        p += 5;
    /* Marks around an address that an address seldom begins with; no half characters. */
    while (p < at && strchr("'*`./=|!~", *p))
        p++;
    return (guint8)*p >= 0x80 && ((guint8)*p & 0xc0) == 0x80 ? at : p;
}

static const char *domain_end(const char *p, const char *end)
{
    const char *s = p;
    if (s < end && *s == '[') {
        while (s < end && s - p < 60 && (g_ascii_isxdigit(*s) || strchr("[.:IPv", *s)))
            s++;
        return s < end && *s == ']' && s - p > 4 ? s + 1 : p;
    }
    while (s < end && s - p <= MAX_DOMAIN_BYTES && is_domain[(guint8)*s])
        s++;
    while (s > p && !g_ascii_isalnum(s[-1]))
        s--;
    return s > p && g_ascii_isalnum(*p) && s - p <= MAX_DOMAIN_BYTES ? s : p;
}

/* A domain without a dot is one only within angle brackets. */
static gboolean is_whole(const struct address_found *f, const char *domain, const char *begin,
                         const char *end)
{
    if (*domain == '[' || memchr(domain, '.', (gsize)(f->end - domain)))
        return g_ascii_isalpha(f->end[-1]) || f->end[-1] == ']' ||
               (f->end < end && *f->end == '>') || g_ascii_isdigit(f->end[-1]);
    return f->begin > begin && f->begin[-1] == '<' && f->end < end && *f->end == '>';
}

const char *address_next(const char *p, const char *begin, const char *end,
                         struct address_found *ret)
{
    while (p < end && (p = memchr(p, '@', (gsize)(end - p)))) {
        ret->begin = local_begin(p, begin);
        ret->end = domain_end(p + 1, end);
        if (ret->begin < p && ret->end > p + 1 && is_whole(ret, p + 1, begin, end))
            return ret->end;
        p++;
    }
    return NULL;
}

char *address_of(const char *text, gssize len)
{
    if (!text)
        return NULL;
    const char *end = text + (len < 0 ? strlen(text) : (gsize)len);
    struct address_found f, first = {0};
    for (const char *p = text; (p = address_next(p, text, end, &f));) {
        /* The name before it may be an address too. */
        if (f.begin > text && f.begin[-1] == '<')
            return g_utf8_make_valid(f.begin, f.end - f.begin);
        if (!first.begin)
            first = f;
    }
    return first.begin ? g_utf8_make_valid(first.begin, first.end - first.begin) : NULL;
}

gboolean addresses_have(const GPtrArray *all, const char *address)
{
    for (guint i = 0; i < all->len; i++)
        if (g_ascii_strcasecmp(all->pdata[i], address) == 0)
            return TRUE;
    return FALSE;
}

static void add_all(const char *text, gsize len, GPtrArray *out)
{
    struct address_found f;
    const char *end = text + len;
    for (const char *p = text;
         out->len < MAX_ADDRESSES && (p = address_next(p, text, end, &f));) {
        char *address = g_utf8_make_valid(f.begin, f.end - f.begin);
        if (addresses_have(out, address))
            g_free(address);
        else
            g_ptr_array_add(out, address);
    }
}

void addresses_of(struct mailscan_header h, const char *name, GPtrArray *out)
{
    gsize n = strlen(name);
    for (gsize i = 0; i < h.n; i++)
        if (h.fields[i].name_len == n && g_ascii_strncasecmp(h.fields[i].name, name, n) == 0)
            add_all(h.fields[i].value, h.fields[i].value_len, out);
}
