/*
 * Reading an SPF record. A term is a modifier when a name and '=' begin it, else a mechanism
 * with what its row of the table allows.
 */
#include "config.h"

#include "doctor/spf_parse.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

#define SPF_VERSION "v=spf1"
#define TERM_SHOWN 80 /* characters */

enum domain_use { NO_DOMAIN, MAY_DOMAIN, MUST_DOMAIN, IPV4_NETWORK, IPV6_NETWORK };

static const struct {
    const char *name;
    enum domain_use domain;
    gboolean has_prefixes; /* "/24//64" */
    gboolean asks;
} mechanisms[SPF_MECHANISM_COUNT] = {
    [SPF_ALL] = {"all", NO_DOMAIN, FALSE, FALSE},
    [SPF_INCLUDE] = {"include", MUST_DOMAIN, FALSE, TRUE},
    [SPF_A] = {"a", MAY_DOMAIN, TRUE, TRUE},
    [SPF_MX] = {"mx", MAY_DOMAIN, TRUE, TRUE},
    [SPF_PTR] = {"ptr", MAY_DOMAIN, FALSE, TRUE},
    [SPF_IP4] = {"ip4", IPV4_NETWORK, FALSE, FALSE},
    [SPF_IP6] = {"ip6", IPV6_NETWORK, FALSE, FALSE},
    [SPF_EXISTS] = {"exists", MUST_DOMAIN, FALSE, TRUE},
};

gboolean spf_mechanism_asks(enum spf_mechanism m)
{
    return mechanisms[m].asks;
}

static void term_free(gpointer data)
{
    struct spf_term *t = data;
    g_free(t->text);
    g_free(t->domain);
    g_free(t);
}

void spf_record_free(struct spf_record *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->terms);
    g_free(r->redirect);
    g_free(r->exp);
    g_free(r);
}

gboolean spf_is_record(const char *text, gsize len)
{
    gsize n = strlen(SPF_VERSION);
    return len >= n && g_ascii_strncasecmp(text, SPF_VERSION, n) == 0 &&
           (len == n || text[n] == ' ');
}

static gboolean refuse(GError **error, const char *term, gsize len, const char *why)
{
    g_autofree char *shown = text_safe(term, (gssize)len, TERM_SHOWN);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, "'%s': %s", shown, why);
    return FALSE;
}

/* As spf_macro_check(), but the term is named. */
static gboolean check_macros(const char *term, gsize term_len, const char *text, gsize len,
                             enum spf_macro_use use, GError **error)
{
    g_autoptr(GError) why = NULL;
    return spf_macro_check(text, len, use, &why) || refuse(error, term, term_len, why->message);
}

/* ---- mechanisms ---- */

/* "/N" at the end of `text`: its number without leading zeros, and `*len` shorter. -1: there
 * is none; -2: there is one that is no length of a prefix. */
static int take_prefix(const char *text, gsize *len, const char *mark, int most)
{
    gsize at = *len, n = strlen(mark);
    int bits = 0;
    while (at > 0 && g_ascii_isdigit(text[at - 1]))
        at--;
    gsize digits = *len - at;
    if (digits == 0 || at < n || memcmp(text + at - n, mark, n) != 0)
        return -1;
    if (digits > 3 || (digits > 1 && text[at] == '0'))
        return -2;
    for (gsize i = at; i < *len; i++)
        bits = bits * 10 + (text[i] - '0');
    *len = at - n;
    return bits <= most ? bits : -2;
}

/* dual-cidr-length at the end of the term, which gets shorter. */
static gboolean take_prefixes(const char *term, gsize *len, struct spf_term *t, GError **error)
{
    gsize whole = *len;
    int six = take_prefix(term, len, "//", 128);
    int four = six == -2 ? -1 : take_prefix(term, len, "/", 32);
    if (six == -2 || four == -2)
        return refuse(error, term, whole, _("that is no length of a prefix"));
    t->bits6 = six >= 0 ? six : 128;
    t->bits4 = four >= 0 ? four : 32;
    return TRUE;
}

static gboolean take_network(const char *text, gsize len, gboolean is_ipv6, struct spf_term *t)
{
    gsize n = len;
    int most = is_ipv6 ? 128 : 32;
    int bits = take_prefix(text, &n, "/", most);
    g_autofree char *address = g_strndup(text, n);
    int *slot = is_ipv6 ? &t->bits6 : &t->bits4;
    if (bits == -2 || strlen(address) != n)
        return FALSE;
    *slot = bits >= 0 ? bits : most;
    t->net.is_ipv6 = is_ipv6;
    return inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, t->net.octets) == 1;
}

static int find_mechanism(const char *name, gsize len)
{
    for (int i = 0; i < SPF_MECHANISM_COUNT; i++)
        if (strlen(mechanisms[i].name) == len &&
            g_ascii_strncasecmp(mechanisms[i].name, name, len) == 0)
            return i;
    return -1;
}

static gboolean is_quad(const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isdigit(text[i]) && text[i] != '.')
            return FALSE;
    return len > 0;
}

static gboolean take_domain(const char *term, gsize term_len, const char *text, gsize len,
                            struct spf_term *t, GError **error)
{
    if (is_quad(text, len))
        return refuse(error, term, term_len, _("an address belongs behind ip4:"));
    if (!check_macros(term, term_len, text, len, SPF_MACRO_DOMAIN, error))
        return FALSE;
    t->domain = g_strndup(text, len);
    return TRUE;
}

/* What stands behind the name; `value` NULL: nothing does. */
static gboolean take_value(const char *term, gsize term_len, const char *value, gsize len,
                           struct spf_term *t, GError **error)
{
    switch (mechanisms[t->mechanism].domain) {
    case NO_DOMAIN:
        return !value || refuse(error, term, term_len, _("nothing may stand behind it"));
    case MAY_DOMAIN:
        return !value || take_domain(term, term_len, value, len, t, error);
    case MUST_DOMAIN:
        return value ? take_domain(term, term_len, value, len, t, error)
                     : refuse(error, term, term_len, _("a domain is missing behind it"));
    case IPV4_NETWORK:
        return (value && take_network(value, len, FALSE, t)) ||
               refuse(error, term, term_len, _("it needs an IPv4 address or network"));
    default:
        return (value && take_network(value, len, TRUE, t)) ||
               refuse(error, term, term_len, _("it needs an IPv6 address or network"));
    }
}

static gboolean fill_mechanism(const char *term, gsize len, struct spf_term *t, GError **error)
{
    const char *at = term;
    gsize left = len;
    t->qualifier = '+';
    if (left > 0 && *at && strchr("+-~?", *at)) {
        t->qualifier = *at++;
        left--;
    }
    const char *colon = memchr(at, ':', left);
    gsize name_len = colon ? (gsize)(colon - at) : left;
    const char *slash = memchr(at, '/', name_len);
    int m = find_mechanism(at, slash ? (gsize)(slash - at) : name_len);
    if (m < 0 || (slash && (colon || !mechanisms[m].has_prefixes)))
        return refuse(error, term, len, _("there is no such mechanism"));
    t->mechanism = m;
    if (mechanisms[m].has_prefixes && !take_prefixes(at, &left, t, error))
        return FALSE;
    if (!colon)
        return left == strlen(mechanisms[m].name)
                   ? take_value(term, len, NULL, 0, t, error)
                   : refuse(error, term, len, _("that is no length of a prefix"));
    return take_value(term, len, colon + 1, left - (gsize)(colon + 1 - at), t, error);
}

static gboolean add_mechanism(struct spf_record *r, const char *term, gsize len, GError **error)
{
    struct spf_term *t = g_new0(struct spf_term, 1);
    t->text = text_safe(term, (gssize)len, TERM_SHOWN);
    if (!fill_mechanism(term, len, t, error)) {
        term_free(t);
        return FALSE;
    }
    g_ptr_array_add(r->terms, t);
    return TRUE;
}

/* ---- modifiers ---- */

/* The length of the name before '='; 0: it is no modifier. */
static gsize modifier_len(const char *term, gsize len)
{
    gsize n = 0;
    if (len == 0 || !g_ascii_isalpha(term[0]))
        return 0;
    while (n < len && (g_ascii_isalnum(term[n]) || (term[n] && strchr("-_.", term[n]))))
        n++;
    return n < len && term[n] == '=' ? n : 0;
}

static gboolean is_named(const char *term, gsize n, const char *name)
{
    return strlen(name) == n && g_ascii_strncasecmp(term, name, n) == 0;
}

static gboolean add_modifier(struct spf_record *r, const char *term, gsize len, gsize n,
                             GError **error)
{
    const char *value = term + n + 1;
    gsize value_len = len - n - 1;
    char **slot = is_named(term, n, "redirect") ? &r->redirect
                  : is_named(term, n, "exp")    ? &r->exp
                                                : NULL;
    if (!check_macros(term, len, value, value_len, slot ? SPF_MACRO_DOMAIN : SPF_MACRO_STRING,
                      error))
        return FALSE;
    if (!slot)
        return TRUE;
    if (*slot)
        return refuse(error, term, len, _("it stands there twice"));
    *slot = g_strndup(value, value_len);
    return TRUE;
}

/* ---- the record ---- */

struct spf_record *spf_parse(const char *text, gsize len, GError **error)
{
    struct spf_record *r = g_new0(struct spf_record, 1);
    r->terms = g_ptr_array_new_with_free_func(term_free);
    gsize at = strlen(SPF_VERSION);
    while (at < len) {
        const char *end = memchr(text + at, ' ', len - at);
        gsize n = end ? (gsize)(end - text) - at : len - at;
        gsize name = modifier_len(text + at, n);
        gboolean ok = n == 0 ? TRUE
                      : name ? add_modifier(r, text + at, n, name, error)
                             : add_mechanism(r, text + at, n, error);
        if (!ok) {
            spf_record_free(r);
            return NULL;
        }
        at += n + 1;
    }
    return r;
}
