/*
 * "host:port" as people type it, with a reason for each refusal, because the person who reads
 * it is looking for a slip in a settings page. Not for looking names up: net/dns.c.
 */
#include "config.h"

#include "base/hostport.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/mailaddr.h"
#include "base/text.h"

#define MAX_TYPED 1024
#define MAX_PORT 65535
#define MAX_ZONE 15 /* IFNAMSIZ less the NUL */
#define MAX_SERVICE 32
#define SHOWN_CHARS 80

/* The mail services, so that they mean the same where /etc/services is missing or old. */
static const struct {
    const char *name;
    guint16 port;
} services[] = {
    {"smtp", 25},   {"submission", 587}, {"submissions", 465}, {"smtps", 465}, {"pop3", 110},
    {"pop3s", 995}, {"imap", 143},       {"imaps", 993},       {"http", 80},   {"https", 443},
};

/* What is being parsed: `text` is what the person typed, for the messages. */
struct scan {
    const char *text; /* borrowed */
    enum hostport_use use;
};

static gboolean refuse(const struct scan *scan, GError **error, const char *why)
{
    g_autofree char *shown = text_safe(scan->text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("'%s' is not a host and port: %s"),
                shown, why);
    return FALSE;
}

/* Copies `len` bytes of `s` without the blanks around. Caller frees. */
static char *trimmed(const char *s, gsize len)
{
    while (len && (*s == ' ' || *s == '\t')) {
        s++;
        len--;
    }
    while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
        len--;
    return g_strndup(s, len);
}

/* "2001:DB8::1", "fe80::1%eth0" -> canonical text with its zone; NULL when it is none. */
static char *ipv6_text(const char *s)
{
    const char *zone = strchr(s, '%');
    g_autofree char *address = zone ? g_strndup(s, (gsize)(zone - s)) : g_strdup(s);
    struct in6_addr in6;
    char canonical[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, address, &in6) != 1)
        return NULL;
    inet_ntop(AF_INET6, &in6, canonical, sizeof canonical);
    if (!zone)
        return g_strdup(canonical);
    gsize len = strlen(zone + 1);
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(zone[1 + i]) && !strchr("-_.", zone[1 + i]))
            return NULL;
    }
    return len && len <= MAX_ZONE ? g_strconcat(canonical, zone, NULL) : NULL;
}

/* Four decimal numbers; leading zeros are decimal, where inet_aton(3) would read octal. */
static char *ipv4_text(const char *s)
{
    int part[4];
    for (int i = 0; i < 4; i++) {
        gsize n = strspn(s, "0123456789");
        if (n == 0 || n > 3)
            return NULL;
        part[i] = 0;
        for (; n; n--)
            part[i] = part[i] * 10 + (*s++ - '0');
        if (part[i] > 255 || *s != (i < 3 ? '.' : '\0'))
            return NULL;
        s++;
    }
    return g_strdup_printf("%d.%d.%d.%d", part[0], part[1], part[2], part[3]);
}

static guint16 service_port(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(services); i++) {
        if (g_ascii_strcasecmp(name, services[i].name) == 0)
            return services[i].port;
    }
    struct servent entry, *found = NULL;
    char buffer[4096];
    if (getservbyname_r(name, "tcp", &entry, buffer, sizeof buffer, &found) != 0 || !found)
        return 0;
    return ntohs((guint16)found->s_port);
}

static gboolean parse_number_port(const struct scan *scan, const char *text, guint16 *ret_port,
                                  GError **error)
{
    int port = 0;
    const char *p = text;
    for (; g_ascii_isdigit(*p); p++)
        port = MIN(port * 10 + (*p - '0'), MAX_PORT + 1);
    if (*p)
        return refuse(scan, error, _("something stands behind the port"));
    if (port == 0)
        return refuse(scan, error, _("port 0 does not exist; a port is 1 to 65535"));
    if (port > MAX_PORT)
        return refuse(scan, error, _("the port is above 65535"));
    *ret_port = (guint16)port;
    return TRUE;
}

static gboolean parse_port(const struct scan *scan, const char *text, guint16 *ret_port,
                           GError **error)
{
    g_autofree char *port = trimmed(text, strlen(text));
    if (!*port)
        return refuse(scan, error,
                      _("the port behind the colon is missing; leave out the colon or write a "
                        "number, in quotes where a blank is between them"));
    if (*port == '-')
        return refuse(scan, error, _("the port is negative; a port is 1 to 65535"));
    if (g_ascii_isdigit(*port))
        return parse_number_port(scan, port, ret_port, error);
    gsize len = strlen(port);
    gboolean is_name = len <= MAX_SERVICE && g_ascii_isalpha(*port);
    for (gsize i = 0; i < len && is_name; i++)
        is_name = g_ascii_isalnum(port[i]) || strchr("-_+.", port[i]);
    guint16 number = is_name ? service_port(port) : 0;
    if (!number)
        return refuse(scan, error,
                      _("the port is neither a number nor the name of a known service"));
    *ret_port = number;
    return TRUE;
}

/* A name or an IPv4 address, without its port. */
static gboolean parse_name(const struct scan *scan, const char *host, struct hostport *h,
                           GError **error)
{
    if (!*host || g_str_equal(host, "*")) {
        if (scan->use == HOSTPORT_PEER)
            return refuse(scan, error,
                          *host ? _("'*' means any address and is only for listening; name the "
                                    "server")
                                : _("the host before the colon is missing"));
        h->host = g_strdup("*");
        return TRUE;
    }
    if (strpbrk(host, " \t"))
        return refuse(scan, error, _("there is a blank inside the host"));
    gsize len = strlen(host);
    if (strspn(host, "0123456789") == len)
        return refuse(
            scan, error,
            scan->use == HOSTPORT_LISTENER
                ? _("a number alone is no address; write *: before it to listen on all of them")
                : _("a number alone is not a host; write the host, a colon and the port"));
    if (strspn(host, "0123456789.") == len) {
        h->host = ipv4_text(host);
        h->is_literal = TRUE;
        return h->host || refuse(scan, error, _("it looks like an IPv4 address and is none"));
    }
    /* A dot at the end only says that the name is complete. */
    g_autofree char *name = g_strndup(host, host[len - 1] == '.' ? len - 1 : len);
    g_autoptr(GError) why = NULL;
    if (!domain_to_ascii(name, &h->host, &why))
        return refuse(scan, error, why->message);
    return TRUE;
}

/* "[2001:db8::1]" and what follows the bracket. */
static gboolean parse_bracketed(const struct scan *scan, const char *text, struct hostport *h,
                                GError **error)
{
    const char *end = strchr(text, ']');
    if (!end)
        return refuse(scan, error, _("the ']' is missing"));
    g_autofree char *inner = trimmed(text + 1, (gsize)(end - text - 1));
    h->host = ipv6_text(inner);
    h->is_literal = TRUE;
    if (!h->host)
        return refuse(scan, error, _("the brackets hold no IPv6 address"));
    const char *rest = end + 1 + strspn(end + 1, " \t");
    if (!*rest)
        return TRUE;
    if (*rest != ':')
        return refuse(scan, error, _("something stands between ']' and the port"));
    return parse_port(scan, rest + 1, &h->port, error);
}

/* "2001:db8::1:25" is an address whose last group is 25; its writer may have meant port 25. */
static char *ambiguous_port_warning(const char *text)
{
    const char *colon = strrchr(text, ':');
    gsize digits = strspn(colon + 1, "0123456789");
    if (digits == 0 || colon[1 + digits] || g_str_equal(colon + 1, "0"))
        return NULL;
    g_autofree char *before = g_strndup(text, (gsize)(colon - text));
    g_autofree char *address = ipv6_text(before);
    if (!address)
        return NULL;
    return g_strdup_printf(_("'%s' is one IPv6 address without a port; did you mean [%s]:%s?"),
                           text, address, colon + 1);
}

/* More than one colon: an IPv6 address, or a slip. */
static gboolean parse_many_colons(const struct scan *scan, const char *text, struct hostport *h,
                                  GError **error)
{
    h->host = ipv6_text(text);
    h->is_literal = TRUE;
    if (!h->host)
        return refuse(
            scan, error,
            _("it has more than one colon and is no IPv6 address; an IPv6 address with "
              "a port is written [2001:db8::1]:25"));
    h->warning = ambiguous_port_warning(text);
    return TRUE;
}

static gboolean parse_trimmed(const struct scan *scan, const char *text, struct hostport *h,
                              GError **error)
{
    if (strstr(text, "://"))
        return refuse(scan, error, _("it is a URL; leave out everything up to ://"));
    if (strchr(text, '@'))
        return refuse(scan, error,
                      _("it has a user name before an @; only host and port go here"));
    if (*text == '[')
        return parse_bracketed(scan, text, h, error);
    const char *colon = strchr(text, ':');
    if (colon && strchr(colon + 1, ':'))
        return parse_many_colons(scan, text, h, error);
    g_autofree char *host = trimmed(text, colon ? (gsize)(colon - text) : strlen(text));
    return parse_name(scan, host, h, error) &&
           (!colon || parse_port(scan, colon + 1, &h->port, error));
}

gboolean hostport_parse(const char *text, enum hostport_use use, struct hostport *ret,
                        GError **error)
{
    const struct scan scan = {.text = text ? text : "", .use = use};
    gsize len = strnlen(scan.text, MAX_TYPED + 1);
    if (len > MAX_TYPED)
        return refuse(&scan, error, _("it is too long"));
    g_autofree char *trim = trimmed(scan.text, len);
    if (!*trim) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("the host is empty"));
        return FALSE;
    }
    g_autoptr(GError) why = NULL;
    g_autofree char *untabbed = g_strdelimit(g_strdup(trim), "\t", ' ');
    if (!text_check_line(_("the text"), untabbed, strlen(untabbed), MAX_TYPED, &why))
        return refuse(&scan, error, why->message);

    struct hostport h = {0};
    if (!parse_trimmed(&scan, trim, &h, error)) {
        hostport_clear(&h);
        return FALSE;
    }
    *ret = h;
    return TRUE;
}

void hostport_clear(struct hostport *h)
{
    g_free(h->host);
    g_free(h->warning);
    *h = (struct hostport){0};
}

char *hostport_format(const struct hostport *h)
{
    gboolean needs_brackets = strchr(h->host, ':') != NULL;
    const char *open = needs_brackets ? "[" : "", *close = needs_brackets ? "]" : "";
    if (h->port == 0)
        return g_strdup_printf("%s%s%s", open, h->host, close);
    return g_strdup_printf("%s%s%s:%u", open, h->host, close, h->port);
}

gboolean hostport_is_loopback(const char *host)
{
    if (!host)
        return FALSE;
    if (g_ascii_strcasecmp(host, "localhost") == 0 ||
        g_ascii_strcasecmp(host, "localhost.") == 0)
        return TRUE;
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    const char *zone = strchr(host, '%');
    g_autofree char *address = zone ? g_strndup(host, (gsize)(zone - host)) : g_strdup(host);
    struct in6_addr v6;
    if (inet_pton(AF_INET6, address, &v6) != 1)
        return FALSE;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}
