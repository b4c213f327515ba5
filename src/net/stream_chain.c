/*
 * Reads what is told of certificates. libcurl prints them as OpenSSL does: "Name:value".
 */
#include "config.h"

#include "net/stream_chain.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define VALUE_CHARS 300
#define NAMES_MAX 100

struct stream_certificate *stream_certificate_new(void)
{
    struct stream_certificate *c = g_new0(struct stream_certificate, 1);
    c->names = g_ptr_array_new_with_free_func(g_free);
    return c;
}

void stream_certificate_free(gpointer certificate)
{
    struct stream_certificate *c = certificate;
    if (!c)
        return;
    g_free(c->subject);
    g_free(c->issuer);
    g_ptr_array_unref(c->names);
    g_free(c);
}

/* "Nov 22 09:00:00 2026 GMT", whatever the locale; 0: it is none. */
static gint64 read_date(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    int day, hour, minute, second, year;
    if (sscanf(text, " %3s %d %d:%d:%d %d", month, &day, &hour, &minute, &second, &year) != 6)
        return 0;
    const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (!at || (at - months) % 3 != 0)
        return 0;
    g_autoptr(GDateTime) when = g_date_time_new_utc(year, (int)(at - months) / 3 + 1, day, hour,
                                                    minute, MIN(second, 59));
    return when ? g_date_time_to_unix(when) * CLOCK_SECOND_US : 0;
}

/* "DNS:localhost, IP Address:127.0.0.1" */
static void read_names(GPtrArray *to, const char *text)
{
    static const char *const kinds[] = {"DNS:", "IP Address:"};
    g_auto(GStrv) parts = g_strsplit(text, ",", NAMES_MAX);
    for (char **p = parts; *p && to->len < NAMES_MAX; p++) {
        const char *name = g_strstrip(*p);
        for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
            if (g_str_has_prefix(name, kinds[i]))
                g_ptr_array_add(to, text_safe(name + strlen(kinds[i]), -1, VALUE_CHARS));
    }
}

static void read_text(char **slot, const char *value)
{
    g_free(*slot);
    *slot = text_safe(value, -1, VALUE_CHARS);
}

void stream_certificate_note(struct stream_certificate *c, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon)
        return;
    g_autofree char *name = g_strndup(line, (gsize)(colon - line));
    const char *value = colon + 1;
    if (g_str_equal(name, "Subject"))
        read_text(&c->subject, value);
    else if (g_str_equal(name, "Issuer"))
        read_text(&c->issuer, value);
    else if (g_str_equal(name, "Start date"))
        c->begin_us = read_date(value);
    else if (g_str_equal(name, "Expire date"))
        c->end_us = read_date(value);
    else if (g_str_equal(name, "X509v3 Subject Alternative Name"))
        read_names(c->names, value);
}

/* ---- for whom it is ---- */

static gboolean is_same_address(const char *a, const char *b)
{
    guint8 x[sizeof(struct in6_addr)], y[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, a, x) == 1 && inet_pton(AF_INET, b, y) == 1)
        return memcmp(x, y, sizeof(struct in_addr)) == 0;
    return inet_pton(AF_INET6, a, x) == 1 && inet_pton(AF_INET6, b, y) == 1 &&
           memcmp(x, y, sizeof x) == 0;
}

static gboolean fits(const char *name, const char *host)
{
    if (g_ascii_strcasecmp(name, host) == 0 || is_same_address(name, host))
        return TRUE;
    const char *rest = strchr(host, '.');
    return g_str_has_prefix(name, "*.") && rest && rest > host &&
           strspn(host, "0123456789.:") < strlen(host) &&
           g_ascii_strcasecmp(name + 1, rest) == 0;
}

gboolean stream_certificate_is_for(const struct stream_certificate *c, const char *host)
{
    for (guint i = 0; i < c->names->len; i++)
        if (fits(c->names->pdata[i], host))
            return TRUE;
    if (c->names->len > 0 || !c->subject)
        return FALSE;
    g_autofree char *name = stream_certificate_common_name(c->subject);
    return fits(name, host);
}

char *stream_certificate_common_name(const char *subject)
{
    const char *at = strstr(subject, "CN");
    while (at && at > subject && at[-1] != ' ' && at[-1] != ',' && at[-1] != '/')
        at = strstr(at + 1, "CN");
    const char *value = at ? at + 2 : NULL;
    while (value && *value == ' ')
        value++;
    if (!value || *value != '=')
        return g_strdup(subject);
    char *name = g_strndup(value + 1, strcspn(value + 1, ",/"));
    return g_strstrip(name);
}
