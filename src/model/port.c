/*
 * The record of a port that we listen on, and what about it cannot work or is unwise. What this
 * machine lets us bind is not known here.
 */
#include "config.h"

#include "model/port.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/ipkind.h"
#include "base/mailaddr.h"
#include "base/text.h"

#define MAX_URL_OCTETS 500
#define SHOWN_CHARS 80

static const char *const role_names[PORT_ROLE_COUNT + 1] = {
    [PORT_TRACKING] = "tracking",
    [PORT_ADMIN] = "admin",
};

static const char *const role_words[PORT_ROLE_COUNT] = {
    [PORT_TRACKING] = N_("clicks, opens and requests to leave"),
    [PORT_ADMIN] = N_("administration"),
};

static const char *const usual_listen[PORT_ROLE_COUNT] = {
    [PORT_TRACKING] = "*:81",
    [PORT_ADMIN] = "127.0.0.1:82",
};

#define AT(member) offsetof(struct port, member)

static const struct field fields[] = {
    {.key = "role",
     .type = FIELD_CHOICE,
     .offset = AT(role),
     .fallback = "tracking",
     .choices = role_names,
     .help = N_("what comes in there: tracking (clicks, opens, requests to leave) or admin")},
    {.key = "listen",
     .type = FIELD_LISTENER,
     .offset = AT(listen),
     .max = 300,
     .flags = FIELD_REQUIRED,
     .help = N_("address and port that we listen on, * for any address; without it *:81 for "
                "tracking, 127.0.0.1:82 for admin")},
    {.key = "public_url",
     .type = FIELD_LINE,
     .offset = AT(public_url),
     .max = MAX_URL_OCTETS,
     .help = N_("the URL that stands in mails, where a router or proxy makes it another one, as "
                "in https://news.example.org")},
    {.key = "enabled",
     .type = FIELD_BOOL,
     .offset = AT(enabled),
     .fallback = "yes",
     .flags = FIELD_NOT_FILE,
     .help = N_("whether we listen there")},
    {.key = NULL},
};

FIELD_RECORD(port, fields)

static gboolean is_set(const char *text)
{
    return text && *text;
}

const char *port_role_name(enum port_role role)
{
    return (unsigned)role < PORT_ROLE_COUNT ? role_names[role] : "?";
}

const char *port_role_words(enum port_role role)
{
    return (unsigned)role < PORT_ROLE_COUNT ? role_words[role] : "?";
}

const char *port_usual_listen(enum port_role role)
{
    return usual_listen[(unsigned)role < PORT_ROLE_COUNT ? role : PORT_TRACKING];
}

void port_fill_in(struct port *p)
{
    if (is_set(p->listen))
        return;
    g_free(p->listen);
    p->listen = g_strdup(port_usual_listen((enum port_role)p->role));
}

/* ---- where we listen ---- */

gboolean port_endpoint(const struct port *p, struct hostport *ret, GError **error)
{
    struct hostport h;
    const char *fault = NULL;
    if (!hostport_parse(p->listen, HOSTPORT_LISTENER, &h, error))
        return FALSE;
    if (h.port == 0)
        fault = _("the port is missing. Write it behind a colon, as in *:81");
    else if (!h.is_literal && strcmp(h.host, "*") != 0)
        fault = _("a name can mean several addresses. Write the address itself, as in "
                  "127.0.0.1:82, or * for all of them");
    if (!fault) {
        *ret = h;
        return TRUE;
    }
    g_autofree char *shown = text_safe(p->listen, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("listen '%s': %s"), shown, fault);
    hostport_clear(&h);
    return FALSE;
}

static gboolean covers(const char *any, const char *host)
{
    gboolean is_v6 = strchr(host, ':') != NULL;
    return strcmp(any, "*") == 0 || strcmp(any, host) == 0 ||
           (strcmp(any, "0.0.0.0") == 0 && !is_v6) || (strcmp(any, "::") == 0 && is_v6);
}

gboolean port_endpoints_clash(const struct hostport *a, const struct hostport *b)
{
    if (a->port != b->port)
        return FALSE;
    return strcmp(a->host, "*") == 0 || strcmp(b->host, "*") == 0 || covers(a->host, b->host) ||
           covers(b->host, a->host);
}

/* ---- what others write ---- */

static gboolean refuse_url(const char *text, const char *why, GError **error)
{
    g_autofree char *shown = text_safe(text, -1, SHOWN_CHARS);
    g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID, _("public_url '%s': %s"), shown, why);
    return FALSE;
}

static const char *url_fault(GUri *uri)
{
    const char *scheme = uri ? g_uri_get_scheme(uri) : NULL;
    if (!uri || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return _("it is no web address. Write it with http:// or https://, as in "
                 "https://news.example.org");
    if (!is_set(g_uri_get_host(uri)))
        return _("the host is missing");
    if (g_uri_get_userinfo(uri))
        return _("a name or password has no place in mails. Leave out everything up to the @");
    if (g_uri_get_query(uri) || g_uri_get_fragment(uri))
        return _("our own parameters follow behind it. Leave out everything from ? or # on");
    if (g_uri_get_port(uri) == 0)
        return _("port 0 does not exist; a port is 1 to 65535");
    return NULL;
}

/* As it stands in a link: address text, or a name in A-labels. */
static char *url_host(const char *host, GError **error)
{
    struct in6_addr in6;
    char *ascii = NULL;
    if (inet_pton(AF_INET6, host, &in6) == 1)
        return g_strdup(host);
    if (strspn(host, "0123456789.") == strlen(host)) {
        struct in_addr in4;
        if (inet_pton(AF_INET, host, &in4) == 1)
            return g_strdup(host);
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_INVALID,
                    _("it looks like an IPv4 address and is none"));
        return NULL;
    }
    return domain_to_ascii(host, &ascii, error) ? ascii : NULL;
}

/* What needs no escape anywhere: in a link, in a proxy's configuration. */
static gboolean is_plain_path(const char *path)
{
    for (; *path; path++)
        if (!g_ascii_isalnum(*path) && !strchr("-._~/", *path))
            return FALSE;
    return TRUE;
}

gboolean port_url_parse(const char *text, struct port_url *ret, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GUri) uri = g_uri_parse(
        text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY,
        NULL);
    const char *fault = url_fault(uri);
    if (!fault && !is_plain_path(g_uri_get_path(uri)))
        fault = _("its path has other characters than letters, digits, '-', '.', '_', '~' and "
                  "'/', which proxies and mail programs take differently. Choose another path");
    if (fault)
        return refuse_url(text, fault, error);
    g_autofree char *host = url_host(g_uri_get_host(uri), &why);
    if (!host)
        return refuse_url(text, why->message, error);
    const char *path = g_uri_get_path(uri);
    gsize len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    gboolean is_https = strcmp(g_uri_get_scheme(uri), "https") == 0;
    int port = g_uri_get_port(uri);
    *ret = (struct port_url){
        .is_https = is_https,
        .host = g_steal_pointer(&host),
        .port = port > 0   ? (guint16)port
                : is_https ? 443
                           : 80,
        .path = g_strndup(path, len),
    };
    return TRUE;
}

void port_url_clear(struct port_url *u)
{
    g_free(u->host);
    g_free(u->path);
    *u = (struct port_url){0};
}

char *port_url_format(const struct port_url *u)
{
    gboolean is_usual = u->port == (u->is_https ? 443 : 80);
    struct hostport h = {.host = u->host, .port = is_usual ? 0 : u->port};
    g_autofree char *where = hostport_format(&h);
    return g_strdup_printf("%s://%s%s", u->is_https ? "https" : "http", where, u->path);
}

/* ---- what is unwise ---- */

static void warn(GPtrArray *to, char *take)
{
    g_ptr_array_add(to, take);
}

/* An address that nobody on the Internet has a way to. */
static gboolean is_inside(const char *host)
{
    static const gboolean inside[IPKIND_COUNT] = {
        [IPKIND_PRIVATE] = TRUE,    [IPKIND_CARRIER] = TRUE,     [IPKIND_LOOPBACK] = TRUE,
        [IPKIND_LINK_LOCAL] = TRUE, [IPKIND_UNSPECIFIED] = TRUE,
    };
    enum ipkind kind;
    return ipkind_of(host, &kind, NULL) && inside[kind];
}

static void warn_of_tracking(const struct port *p, const struct hostport *h,
                             const struct port_url *u, GPtrArray *to)
{
    if (!u && hostport_is_loopback(h->host))
        warn(to, g_strdup_printf(
                     _("only this machine reaches %s, so no reader's click arrives. Listen on "
                       "*:%u, or name the proxy's address with --public-url"),
                     p->listen, h->port));
    else if (!u)
        warn(to, g_strdup(_("there is no public URL yet, so links in mails cannot lead here. Give "
                            "the one that readers reach with --public-url")));
    else if (hostport_is_loopback(u->host) || is_inside(u->host))
        warn(to, g_strdup_printf(_("readers outside have no way to %s. Give a public name or "
                                   "address with --public-url"),
                                 u->host));
}

static void warn_of_admin(const struct port *p, const struct hostport *h,
                          const struct port_url *u, GPtrArray *to)
{
    if (hostport_is_loopback(h->host))
        return;
    warn(to, g_strdup_printf(_("whoever reaches %s may try to log in, and what is typed there "
                               "travels readable. Listen on 127.0.0.1:%u and come by SSH: crier "
                               "firewall --format ssh shows how"),
                             p->listen, h->port));
}

typedef void (*warn_fn)(const struct port *p, const struct hostport *h,
                        const struct port_url *u, GPtrArray *to);
static const warn_fn warn_of_role[PORT_ROLE_COUNT] = {
    [PORT_TRACKING] = warn_of_tracking,
    [PORT_ADMIN] = warn_of_admin,
};

/* What browsers connect to is what the URL says. */
static void warn_of_browsers(const struct hostport *h, const struct port_url *u, GPtrArray *to)
{
    guint16 port = u ? u->port : h->port;
    if (port_number_is_blocked(port))
        warn(to, g_strdup_printf(_("browsers refuse links to port %u, because it belongs to "
                                   "another service. Choose another port"),
                                 port));
}

static char **warnings_of(const struct port *p, const struct hostport *h,
                          const struct port_url *u)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    if (h->warning)
        warn(all, g_strdup(h->warning));
    warn_of_browsers(h, u, all);
    if ((unsigned)p->role < PORT_ROLE_COUNT)
        warn_of_role[p->role](p, h, u, all);
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

gboolean port_check(const struct port *p, char ***ret_warnings, GError **error)
{
    struct hostport h = {0};
    struct port_url u = {0};
    gboolean has_url = is_set(p->public_url);
    gboolean ok = field_check_required(fields, p, error) && port_endpoint(p, &h, error) &&
                  (!has_url || port_url_parse(p->public_url, &u, error));
    if (ok && ret_warnings)
        *ret_warnings = warnings_of(p, &h, has_url ? &u : NULL);
    hostport_clear(&h);
    port_url_clear(&u);
    return ok;
}
