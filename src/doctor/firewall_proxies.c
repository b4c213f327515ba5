/*
 * A web server of somebody else's in front of the tracking port: it has the name, the
 * certificate and the usual ports, and passes the rest on as it comes.
 */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "doctor/firewall_private.h"

#define HTTP 80
#define HTTPS 443

typedef void (*proxy_fn)(const struct firewall_listener *l, const char *host, const char *to,
                         GString *out);

/* Where the proxy finds us, which is on the same machine unless we listen elsewhere. */
static char *own_endpoint(const struct firewall_listener *l)
{
    struct hostport to = l->at;
    if (firewall_is_any(&l->at))
        to.host = (char *)(strcmp(l->at.host, "::") == 0 ? "::1" : "127.0.0.1");
    return hostport_format(&to);
}

static void put_proxies(const struct firewall *f, const char *format, const char *how,
                        proxy_fn put, GString *out)
{
    guint n = 0;
    firewall_head(out, f, format, how);
    for (guint i = 0; i < f->listeners->len; i++) {
        const struct firewall_listener *l = f->listeners->pdata[i];
        if (l->role != PORT_TRACKING)
            continue;
        struct hostport h = {.host = l->url.host};
        g_autofree char *to = own_endpoint(l), *host = hostport_format(&h);
        g_autofree char *clash = g_strdup_printf(
            _("Both cannot have port %u of one machine. Move ours first: crier port set %s "
              "--listen 127.0.0.1:%u --public-url http://%s:%u"),
            l->at.port, l->name, port_number_choices(PORT_TRACKING)[1], host, l->url.port);
        if (l->url.port == l->at.port)
            firewall_comment(out, clash);
        put(l, host, to, out);
        n++;
    }
    if (n == 0)
        firewall_comment(out, _("No tracking port is in use. Make one with: crier port add "
                                "clicks"));
}

/* ---- nginx ---- */

static void put_nginx(const struct firewall_listener *l, const char *host, const char *to,
                      GString *out)
{
    const char *ssl = l->url.is_https ? " ssl" : "";
    g_string_append_printf(out,
                           "server {\n    listen %u%s;\n    listen [::]:%u%s;\n"
                           "    server_name %s;\n",
                           l->url.port, ssl, l->url.port, ssl, host);
    if (l->url.is_https)
        g_string_append_printf(out,
                               "    ssl_certificate /etc/letsencrypt/live/%s/fullchain.pem;\n"
                               "    ssl_certificate_key /etc/letsencrypt/live/%s/privkey.pem;\n",
                               host, host);
    g_string_append_printf(out,
                           "    location %s/ {\n        proxy_pass http://%s;\n"
                           "        proxy_set_header Host $http_host;\n"
                           "        proxy_set_header X-Forwarded-For "
                           "$proxy_add_x_forwarded_for;\n"
                           "        proxy_set_header X-Forwarded-Proto $scheme;\n    }\n}\n",
                           l->url.path, to);
}

void firewall_write_nginx(const struct firewall *f, GString *out)
{
    put_proxies(f, "nginx",
                _("As root into /etc/nginx/conf.d/crier.conf, then nginx -t, and nginx -s "
                  "reload. The paths of the certificate are those of certbot."),
                put_nginx, out);
}

/* ---- Apache ---- */

static void put_apache(const struct firewall_listener *l, const char *host, const char *to,
                       GString *out)
{
    if (l->url.port != HTTP && l->url.port != HTTPS)
        g_string_append_printf(out, "Listen %u%s\n", l->url.port,
                               l->url.is_https ? " https" : "");
    g_string_append_printf(out, "<VirtualHost *:%u>\n    ServerName %s\n", l->url.port, host);
    if (l->url.is_https)
        g_string_append_printf(out,
                               "    SSLEngine on\n"
                               "    SSLCertificateFile /etc/letsencrypt/live/%s/fullchain.pem\n"
                               "    SSLCertificateKeyFile /etc/letsencrypt/live/%s/privkey.pem\n",
                               host, host);
    g_string_append_printf(out,
                           "    ProxyRequests Off\n    ProxyPreserveHost On\n"
                           "    RequestHeader set X-Forwarded-Proto \"%s\"\n"
                           "    ProxyPass \"%s/\" \"http://%s%s/\"\n"
                           "    ProxyPassReverse \"%s/\" \"http://%s%s/\"\n</VirtualHost>\n",
                           l->url.is_https ? "https" : "http", l->url.path, to, l->url.path,
                           l->url.path, to, l->url.path);
}

void firewall_write_apache(const struct firewall *f, GString *out)
{
    put_proxies(f, "apache",
                _("As root into /etc/apache2/sites-available/crier.conf, then a2enmod proxy "
                  "proxy_http headers ssl; a2ensite crier; apachectl -t, and apachectl graceful. "
                  "The paths of the certificate are those of certbot."),
                put_apache, out);
}

/* ---- Caddy ---- */

static void put_caddy(const struct firewall_listener *l, const char *host, const char *to,
                      GString *out)
{
    g_string_append_printf(out, "%s://%s:%u {\n", l->url.is_https ? "https" : "http", host,
                           l->url.port);
    if (*l->url.path)
        g_string_append_printf(out, "    reverse_proxy %s/* %s\n}\n", l->url.path, to);
    else
        g_string_append_printf(out, "    reverse_proxy %s\n}\n", to);
}

void firewall_write_caddy(const struct firewall *f, GString *out)
{
    put_proxies(f, "caddy",
                _("Into the Caddyfile, then caddy validate, and caddy reload. With https Caddy "
                  "gets the certificate by itself."),
                put_caddy, out);
}
