/*
 * The scripted server of the stream tests: says what its script says, over TCP or TLS.
 */
#include "config.h"

#include "server.h"
#include "tests/unit/patience.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
    GThread *thread;
    int listener, fd, stop[2];
    guint16 port;
    char *script, *complaint;
    GString *heard;
    SSL_CTX *context;
    SSL *ssl;
};

static gboolean wait_readable(struct server *s, int fd)
{
    struct pollfd p[2] = {{fd, POLLIN, 0}, {s->stop[0], POLLIN, 0}};
    if (s->ssl && fd == s->fd && SSL_pending(s->ssl) > 0)
        return TRUE;
    return poll(p, 2, PATIENCE_MS) > 0 && p[0].revents;
}

static int read_byte(struct server *s, char *ret)
{
    if (!wait_readable(s, s->fd))
        return 0;
    int n = s->ssl ? SSL_read(s->ssl, ret, 1) : (int)read(s->fd, ret, 1);
    if (n > 0)
        g_string_append_c(s->heard, *ret);
    return n;
}

static gboolean say(struct server *s, const char *text)
{
    int len = (int)strlen(text);
    return (s->ssl ? SSL_write(s->ssl, text, len)
                   : (int)send(s->fd, text, (size_t)len, MSG_NOSIGNAL)) == len;
}

static gboolean hear(struct server *s, const char *begin)
{
    g_autoptr(GString) line = g_string_new(NULL);
    char c = 0;
    while (c != '\n') {
        if (read_byte(s, &c) <= 0)
            return FALSE;
        g_string_append_c(line, c);
    }
    if (g_str_has_prefix(line->str, begin))
        return TRUE;
    if (!s->complaint)
        s->complaint = g_strdup_printf("heard '%s' instead of '%s'", line->str, begin);
    return FALSE;
}

static gboolean start_tls(struct server *s)
{
    s->ssl = SSL_new(s->context);
    SSL_set_fd(s->ssl, s->fd);
    return SSL_accept(s->ssl) == 1;
}

static gboolean run_step(struct server *s, const char *step)
{
    const char *argument = step[0] && step[1] == ' ' ? step + 2 : step + strlen(step);
    g_autofree char *line = g_strconcat(argument, "\r\n", NULL);
    switch (step[0]) {
    case 'S':
        return say(s, line);
    case 'R':
        return say(s, argument);
    case 'C':
        return hear(s, argument);
    case 'T':
        return start_tls(s);
    case 'X':
        return FALSE;
    default:
        return TRUE;
    }
}

static void serve_one(struct server *s)
{
    g_auto(GStrv) steps = g_strsplit(s->script, "|", -1);
    gboolean is_good = TRUE;
    char c;
    for (int i = 0; is_good && steps[i]; i++)
        is_good = run_step(s, steps[i]);
    while (is_good && read_byte(s, &c) > 0)
        ;
    SSL_free(s->ssl);
    s->ssl = NULL;
    close(s->fd);
}

static gpointer serve(gpointer data)
{
    struct server *s = data;
    while (wait_readable(s, s->listener)) {
        s->fd = accept(s->listener, NULL, NULL);
        if (s->fd < 0)
            break;
        serve_one(s);
    }
    return NULL;
}

struct server *server_new(const char *script, const char *pem_file)
{
    struct server *s = g_new0(struct server, 1);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->script = g_strdup(script);
    s->heard = g_string_new(NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(s->listener, (struct sockaddr *)&a, sizeof a), ==, 0);
    g_assert_cmpint(listen(s->listener, 8), ==, 0);
    g_assert_cmpint(getsockname(s->listener, (struct sockaddr *)&a, &len), ==, 0);
    g_assert_cmpint(pipe(s->stop), ==, 0);
    s->port = ntohs(a.sin_port);
    if (pem_file) {
        s->context = SSL_CTX_new(TLS_server_method());
        g_assert_cmpint(SSL_CTX_use_certificate_chain_file(s->context, pem_file), ==, 1);
        g_assert_cmpint(SSL_CTX_use_PrivateKey_file(s->context, pem_file, SSL_FILETYPE_PEM), ==,
                        1);
    }
    s->thread = g_thread_new("server", serve, s);
    return s;
}

guint16 server_port(const struct server *s)
{
    return s->port;
}

char *server_free(struct server *s, char **ret_complaint)
{
    close(s->stop[1]);
    g_thread_join(s->thread);
    close(s->stop[0]);
    close(s->listener);
    SSL_CTX_free(s->context);
    g_free(s->script);
    *ret_complaint = s->complaint;
    char *heard = g_string_free(s->heard, FALSE);
    g_free(s);
    return heard;
}

void server_make_certificate(const char *path, const char *name, long from_s, long to_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    g_autofree char *alt =
        name ? g_strdup_printf("DNS:%s", name) : g_strdup("IP:127.0.0.1,DNS:localhost");
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), from_s);
    X509_gmtime_adj(X509_getm_notAfter(x), to_s);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt);
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    g_assert_cmpint(X509_sign(x, key, EVP_sha256()), >, 0);
    FILE *f = fopen(path, "w");
    g_assert_nonnull(f);
    g_assert_cmpint(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), ==, 1);
    g_assert_cmpint(PEM_write_X509(f, x), ==, 1);
    g_assert_cmpint(fclose(f), ==, 0);
    X509_free(x);
    EVP_PKEY_free(key);
}
