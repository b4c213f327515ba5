/*
 * Macro strings: one walk over the text checks it or expands it, so that both agree on where a
 * macro ends.
 */
#include "config.h"

#include "doctor/spf_macro.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define LETTERS "slodiphcrtv"
#define LETTERS_OF_TEXT "crt" /* only in an explanation */
#define DELIMITERS ".-+,/_="
#define PARTS_MAX 128 /* labels of a name, and more than any local part has */

/* ---- addresses ---- */

gboolean spf_address_parse(const char *text, struct spf_address *ret)
{
    static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct spf_address a = {.is_ipv6 = FALSE};
    if (inet_pton(AF_INET, text, a.octets) != 1) {
        if (inet_pton(AF_INET6, text, a.octets) != 1)
            return FALSE;
        a.is_ipv6 = memcmp(a.octets, mapped, sizeof mapped) != 0;
        if (!a.is_ipv6)
            memmove(a.octets, a.octets + 12, 4);
    }
    *ret = a;
    return TRUE;
}

gboolean spf_address_within(const struct spf_address *a, const struct spf_address *net,
                            int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (a->is_ipv6 != net->is_ipv6 || memcmp(a->octets, net->octets, (gsize)whole) != 0)
        return FALSE;
    return rest == 0 || (a->octets[whole] ^ net->octets[whole]) >> (8 - rest) == 0;
}

char *spf_address_text(const struct spf_address *a)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(a->is_ipv6 ? AF_INET6 : AF_INET, a->octets, text, sizeof text))
        g_assert_not_reached();
    return g_strdup(text);
}

/* %{i}: an IPv6 address digit by digit. */
static char *dotted(const struct spf_address *a)
{
    if (!a->is_ipv6)
        return spf_address_text(a);
    g_autoptr(GString) s = g_string_new(NULL);
    for (gsize i = 0; i < sizeof a->octets; i++)
        g_string_append_printf(s, "%s%X.%X", i > 0 ? "." : "", a->octets[i] >> 4,
                               a->octets[i] & 15);
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* ---- one macro ---- */

struct macro {
    char letter;         /* lower case; '%', '_' or '-' of the short ones */
    gboolean is_escaped; /* it was upper case: for a URL */
    guint keep;          /* parts from the right; 0: all */
    gboolean is_reversed;
    char delimiters[8];
};

/* "%{…}" without its frame. */
static gboolean read_body(const char *text, gsize len, struct macro *m)
{
    gsize at = 1, n = 0;
    if (len == 0 || !strchr(LETTERS, g_ascii_tolower(text[0])) || text[0] == '\0')
        return FALSE;
    m->letter = g_ascii_tolower(text[0]);
    m->is_escaped = g_ascii_isupper(text[0]);
    gboolean has_digits = at < len && g_ascii_isdigit(text[at]);
    for (; at < len && g_ascii_isdigit(text[at]); at++)
        m->keep = MIN(m->keep * 10 + (guint)(text[at] - '0'), PARTS_MAX);
    if (has_digits && m->keep == 0)
        return FALSE;
    m->is_reversed = at < len && g_ascii_tolower(text[at]) == 'r';
    at += m->is_reversed;
    for (; at < len && text[at] && strchr(DELIMITERS, text[at]); at++)
        if (!memchr(m->delimiters, text[at], n))
            m->delimiters[n++] = text[at];
    if (n == 0)
        m->delimiters[0] = '.';
    return at == len;
}

/* The macro at `text`, which begins with '%'; 0: it is none. Else its length. */
static gsize read_macro(const char *text, gsize len, struct macro *m)
{
    *m = (struct macro){.letter = '\0'};
    if (len >= 2 && text[1] && strchr("%_-", text[1])) {
        m->letter = text[1];
        return 2;
    }
    const char *end = len >= 2 && text[1] == '{' ? memchr(text, '}', len) : NULL;
    if (!end || !read_body(text + 2, (gsize)(end - text) - 2, m))
        return 0;
    return (gsize)(end - text) + 1;
}

/* ---- checking ---- */

/* toplabel of section 7.1: letters and digits, not only digits; or with dashes inside. */
static gboolean is_top_label(const char *s, gsize len)
{
    gboolean has_alpha = FALSE, has_dash = FALSE;
    if (len == 0 || !g_ascii_isalnum(s[0]) || !g_ascii_isalnum(s[len - 1]))
        return FALSE;
    for (gsize i = 0; i < len; i++) {
        has_alpha |= g_ascii_isalpha(s[i]);
        has_dash |= s[i] == '-';
        if (s[i] != '-' && !g_ascii_isalnum(s[i]))
            return FALSE;
    }
    return has_alpha || has_dash;
}

/* `after`: where the last macro ended, 0: there is none. */
static gboolean ends_as_domain(const char *text, gsize len, gsize after)
{
    if (after == len && len > 0)
        return TRUE;
    if (len > after && text[len - 1] == '.')
        len--;
    gsize dot = len;
    while (dot > after && text[dot - 1] != '.')
        dot--;
    return dot > after && is_top_label(text + dot, len - dot);
}

static gboolean is_literal(char c, enum spf_macro_use use)
{
    return (c > ' ' && c <= '~') || (c == ' ' && use == SPF_MACRO_TEXT);
}

/* What is wrong at `text`, whose macro or letter is `*ret_n` long; NULL: nothing. */
static const char *fault_at(const char *text, gsize len, enum spf_macro_use use, gsize *ret_n)
{
    struct macro m;
    *ret_n = 1;
    if (*text != '%')
        return is_literal(*text, use) ? NULL
                                      : _("it has a character that is not allowed there");
    *ret_n = read_macro(text, len, &m);
    if (*ret_n == 0)
        return _("'%' begins no macro that there is");
    if (use != SPF_MACRO_TEXT && strchr(LETTERS_OF_TEXT, m.letter))
        return _("the macros c, r and t are for the text of an explanation alone");
    return NULL;
}

gboolean spf_macro_check(const char *text, gsize len, enum spf_macro_use use, GError **error)
{
    const char *why = NULL;
    gsize after = 0, n = 0;
    for (gsize at = 0; at < len && !why; at += n) {
        why = fault_at(text + at, len - at, use, &n);
        if (text[at] == '%')
            after = at + n;
    }
    if (!why && use == SPF_MACRO_DOMAIN && !ends_as_domain(text, len, after))
        why = _("there must be a domain name with a top-level domain at its end");
    if (why)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_INVALID, why);
    return !why;
}

/* ---- expanding ---- */

/* The value of a letter, caller frees; NULL: none that could be used. */
static char *value_of(char letter, const struct spf_macro_values *v)
{
    switch (letter) {
    case 's':
        return g_str_is_ascii(v->local) ? g_strdup_printf("%s@%s", v->local, v->sender_domain)
                                        : NULL;
    case 'l':
        return g_str_is_ascii(v->local) ? g_strdup(v->local) : NULL;
    case 'o':
        return g_strdup(v->sender_domain);
    case 'd':
        return g_strdup(v->domain);
    case 'i':
        return dotted(v->ip);
    case 'p':
        return g_strdup(v->validated(v->data));
    case 'v':
        return g_strdup(v->ip->is_ipv6 ? "ip6" : "in-addr");
    case 'h':
        return g_strdup(v->hello);
    case 'c':
        return spf_address_text(v->ip);
    case 'r':
        return g_strdup(v->receiver);
    default:
        return g_strdup_printf("%" G_GINT64_FORMAT, v->now_s);
    }
}

/* Cut at the delimiters, turned, the rightmost kept, and joined by dots. */
static char *transform(const struct macro *m, char *value)
{
    g_auto(GStrv) parts = g_strsplit_set(value, m->delimiters, -1);
    guint n = g_strv_length(parts);
    guint keep = m->keep > 0 && m->keep < n ? m->keep : n;
    g_autoptr(GString) s = g_string_new(NULL);
    for (guint i = n - keep; i < n; i++) {
        if (i > n - keep)
            g_string_append_c(s, '.');
        g_string_append(s, parts[m->is_reversed ? n - 1 - i : i]);
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

static gboolean append_macro(GString *out, const struct macro *m,
                             const struct spf_macro_values *v)
{
    static const struct {
        char letter;
        const char *text;
    } fixed[] = {{'%', "%"}, {'_', " "}, {'-', "%20"}};
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        if (m->letter == fixed[i].letter) {
            g_string_append(out, fixed[i].text);
            return TRUE;
        }
    g_autofree char *value = value_of(m->letter, v);
    if (!value)
        return FALSE;
    g_autofree char *changed = transform(m, value);
    if (m->is_escaped)
        g_string_append_uri_escaped(out, changed, NULL, FALSE);
    else
        g_string_append(out, changed);
    return TRUE;
}

/* Without a dot at the end, and as many labels from the right as fit. */
static char *fit_name(GString *name)
{
    if (name->len > 0 && name->str[name->len - 1] == '.')
        g_string_truncate(name, name->len - 1);
    const char *from = name->str;
    while (strlen(from) > SPF_NAME_MAX) {
        const char *dot = strchr(from, '.');
        if (!dot)
            break;
        from = dot + 1;
    }
    return g_strdup(from);
}

char *spf_macro_expand(const char *text, enum spf_macro_use use,
                       const struct spf_macro_values *v)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gsize len = strlen(text);
    for (gsize at = 0; at < len;) {
        struct macro m;
        gsize n = 1;
        if (text[at] != '%') {
            g_string_append_c(out, text[at]);
        } else {
            n = read_macro(text + at, len - at, &m);
            g_assert(n > 0);
            if (!append_macro(out, &m, v))
                return NULL;
        }
        if (out->len > SPF_EXPANDED_MAX)
            return NULL;
        at += n;
    }
    return use == SPF_MACRO_DOMAIN ? fit_name(out)
                                   : g_string_free(g_steal_pointer(&out), FALSE);
}
