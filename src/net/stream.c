/*
 * The door to libcurl: bringing connections up (names, happy eyeballs, TLS, STARTTLS, EHLO,
 * AUTH, and the like of IMAP and POP3) in one multi handle driven by our own loop, and why that
 * failed in words. Once up, a connection is only used for sending and receiving bytes; what is
 * said over it is smtp.c's, imap.c's and pop3.c's.
 *
 * Rules that were learnt from libcurl 7.88: the easy handle stays in its multi as long as the
 * connection lives (curl #9244); the connection cache must never be full, or it closes
 * connections in use (curl #3983); it also closes those that it takes for dead or too old
 * whenever another one is opened, and one on which bytes wait counts as dead, so every stream
 * has a cache of its own; without QUICK_EXIT removing a handle waits for a name server
 * that does not answer (curl #8515).
 */
#include "config.h"

#include "net/stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "net/stream_chain.h"
#include "net/stream_private.h"
#include "net/stream_talk.h"
#include "net/stream_words.h"

#define DEFAULT_DEADLINE_S 60
#define CACHE_MAX 100000L /* more than descriptors, so that nothing is pushed out */
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_PROBES 3
#define USER_TIMEOUT_MS 60000
/* A host that drops packets is given up after about a minute (1 + 2 + 4 + 8 + 16 + 32 s): the
 * deadline of the bring-up is for one that answers, and may be long. */
#define SYN_RETRIES 5
#define SHOWN_CHARS 300

struct stream_pool {
    struct loop *loop; /* borrowed */
    CURLM *multi;
    struct loop_timer *timer;
    GHashTable *watches; /* descriptor -> struct loop_watch, of libcurl's wishes only */
    guint n_streams;
};

/* What a stream over libcurl has beyond the common part. */
struct carrier {
    struct stream_pool *pool; /* borrowed */
    CURL *easy;
    CURLSH *share; /* the cache with this connection alone */
    struct stream_talk talk;
    char error[CURL_ERROR_SIZE];
    int open_errno; /* of socket() */
    enum stream_protocol protocol;
    char *host; /* owned */
    guint16 port;
    enum stream_security security;
    gboolean has_login;
    enum stream_auth auth;
    gboolean is_resolved; /* known when it has failed */
    gboolean wants_chain;
    int deadline_s;
    char *ca_file; /* owned, for words */
    char *tls;     /* owned; protocol and cipher, or NULL */
};

/* --- faults and their words --------------------------------------------------------------- */

static enum stream_fault connect_fault(int os_errno)
{
    static const struct {
        int os_errno;
        enum stream_fault fault;
    } rows[] = {
        {ECONNREFUSED, STREAM_FAULT_REFUSED}, {EADDRNOTAVAIL, STREAM_FAULT_LOCAL},
        {EACCES, STREAM_FAULT_LOCAL},         {EPERM, STREAM_FAULT_LOCAL},
        {EMFILE, STREAM_FAULT_LOCAL},         {ENFILE, STREAM_FAULT_LOCAL},
        {ENOBUFS, STREAM_FAULT_LOCAL},        {EAFNOSUPPORT, STREAM_FAULT_LOCAL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].os_errno == os_errno)
            return rows[i].fault;
    }
    return STREAM_FAULT_UNREACHABLE;
}

static enum stream_fault reply_fault(const struct stream_talk *t, enum stream_fault later,
                                     enum stream_fault refused)
{
    return t->code / 100 == 4 ? later : t->code / 100 == 5 ? refused : STREAM_FAULT_NO_AUTH;
}

static gboolean is_token_refusal(const struct carrier *c)
{
    return c->auth != STREAM_AUTH_PASSWORD && c->talk.code == 334;
}

static enum stream_fault curl_fault(const struct carrier *c, CURLcode code, int os_errno)
{
    static const struct {
        CURLcode code;
        enum stream_fault fault;
    } rows[] = {
        {CURLE_COULDNT_RESOLVE_HOST, STREAM_FAULT_UNRESOLVED},
        {CURLE_OPERATION_TIMEDOUT, STREAM_FAULT_TIMEOUT},
        {CURLE_SSL_CONNECT_ERROR, STREAM_FAULT_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, STREAM_FAULT_TLS},
        {CURLE_SSL_CERTPROBLEM, STREAM_FAULT_TLS},
        {CURLE_SSL_CIPHER, STREAM_FAULT_TLS},
        {CURLE_SSL_CACERT_BADFILE, STREAM_FAULT_TLS},
        {CURLE_SSL_ISSUER_ERROR, STREAM_FAULT_TLS},
        {CURLE_USE_SSL_FAILED, STREAM_FAULT_NO_STARTTLS},
        {CURLE_INTERFACE_FAILED, STREAM_FAULT_LOCAL},
        {CURLE_OUT_OF_MEMORY, STREAM_FAULT_LOCAL},
        {CURLE_FAILED_INIT, STREAM_FAULT_LOCAL},
        {CURLE_UNSUPPORTED_PROTOCOL, STREAM_FAULT_LOCAL},
        {CURLE_URL_MALFORMAT, STREAM_FAULT_LOCAL},
        {CURLE_BAD_FUNCTION_ARGUMENT, STREAM_FAULT_LOCAL},
    };
    if (c->talk.speech > STREAM_SPEECH_OURS)
        return STREAM_FAULT_GREETING;
    if (code == CURLE_OPERATION_TIMEDOUT && !c->is_resolved)
        return STREAM_FAULT_UNRESOLVED;
    if (code == CURLE_COULDNT_CONNECT)
        return connect_fault(c->open_errno ? c->open_errno : os_errno);
    /* libcurl answers Google's challenge, which tells why, by giving up: no 535 follows. */
    if (code == CURLE_LOGIN_DENIED && is_token_refusal(c))
        return STREAM_FAULT_LOGIN;
    if (code == CURLE_LOGIN_DENIED)
        return reply_fault(&c->talk, STREAM_FAULT_LOGIN_LATER, STREAM_FAULT_LOGIN);
    if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_REMOTE_ACCESS_DENIED ||
        code == CURLE_WRITE_ERROR)
        return c->talk.code / 100 == 4 ? STREAM_FAULT_BUSY : STREAM_FAULT_GREETING;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].code == code)
            return rows[i].fault;
    }
    /* BYE, and nothing more. */
    return c->talk.code == 421 ? STREAM_FAULT_BUSY : STREAM_FAULT_LOST;
}

/* One sentence on what happened and what to look at. `said` is the server's own words or
 * libcurl's, made safe. */
static char *fault_words(const struct carrier *c, enum stream_fault fault, const char *said)
{
    switch (fault) {
    case STREAM_FAULT_UNRESOLVED:
        return g_strdup_printf(_("%s: no such host, or the name server does not answer. Check "
                                 "the server's name"),
                               c->host);
    case STREAM_FAULT_REFUSED:
        return g_strdup_printf(_("%s port %d: connection refused. Nothing listens there, or a "
                                 "firewall rejects it"),
                               c->host, c->port);
    case STREAM_FAULT_UNREACHABLE:
        return g_strdup_printf(_("%s port %d: not reachable: %s. Check the network and the "
                                 "firewall"),
                               c->host, c->port, said);
    case STREAM_FAULT_TIMEOUT:
        if (c->talk.speech == STREAM_SPEECH_NONE && c->security != STREAM_TLS)
            return g_strdup_printf(_("%s port %d: no greeting within %d seconds. The port is "
                                     "blocked, or it speaks TLS first: then use security tls"),
                                   c->host, c->port, c->deadline_s);
        return g_strdup_printf(_("%s port %d: not ready within %d seconds"), c->host, c->port,
                               c->deadline_s);
    case STREAM_FAULT_TLS:
        return g_strdup_printf(_("%s port %d: no safe connection: %s. Nothing was sent"),
                               c->host, c->port, said);
    case STREAM_FAULT_NO_STARTTLS:
        return g_strdup_printf(_("%s port %d: the server gives no STARTTLS (“%s”). Nothing was "
                                 "sent in clear; try security tls on port %d"),
                               c->host, c->port, said, stream_dialect(c->protocol)->tls_port);
    case STREAM_FAULT_LOGIN:
    case STREAM_FAULT_NO_AUTH:
        return stream_words_login(c->host, c->protocol, c->auth, fault, said);
    case STREAM_FAULT_LOGIN_LATER:
        if (c->protocol == STREAM_POP3 && strstr(said, "[IN-USE]"))
            return g_strdup_printf(_("%s: somebody else reads this mailbox now, maybe the "
                                     "worker, and by POP3 only one can at a time: “%s”. Look "
                                     "again in a minute"),
                                   c->host, said);
        return g_strdup_printf(_("%s: the server cannot check logins now: “%s”"), c->host,
                               said);
    case STREAM_FAULT_BUSY:
        return g_strdup_printf(_("%s: the server takes no connection now: “%s”"), c->host,
                               said);
    case STREAM_FAULT_GREETING:
        if (c->talk.speech == STREAM_SPEECH_HTTP)
            return g_strdup_printf(
                _("%s port %d: this is a web server, not a mail server: “%s”"), c->host,
                c->port, said);
        if (c->talk.speech == STREAM_SPEECH_OTHER)
            return g_strdup_printf(_("%s port %d: this is no %s server: “%s”"), c->host,
                                   c->port, stream_dialect(c->protocol)->name, said);
        return g_strdup_printf(_("%s: the server does not want us: “%s”"), c->host, said);
    case STREAM_FAULT_LOCAL:
        return g_strdup_printf(_("%s port %d: this machine cannot open the connection: %s"),
                               c->host, c->port, said);
    default:
        return g_strdup_printf(_("%s port %d: the connection broke before it was ready: %s"),
                               c->host, c->port, said);
    }
}

/* The server's words where they are the reason, the system's for connect, else libcurl's. */
static char *fault_said(const struct carrier *c, enum stream_fault fault, CURLcode code,
                        int os_errno)
{
    gboolean is_reply = fault == STREAM_FAULT_LOGIN || fault == STREAM_FAULT_LOGIN_LATER ||
                        fault == STREAM_FAULT_BUSY || fault == STREAM_FAULT_GREETING;
    if (fault == STREAM_FAULT_NO_STARTTLS)
        is_reply = c->talk.code >= 400;
    if (fault == STREAM_FAULT_LOGIN && is_token_refusal(c))
        return stream_words_challenge(c->talk.text->str);
    if (is_reply && c->talk.verbatim->len > 0)
        return text_safe(c->talk.verbatim->str, (gssize)c->talk.verbatim->len, SHOWN_CHARS);
    if (code == CURLE_COULDNT_CONNECT && (c->open_errno || os_errno))
        return text_safe(g_strerror(c->open_errno ? c->open_errno : os_errno), -1, SHOWN_CHARS);
    if (code == CURLE_SSL_CACERT_BADFILE && c->ca_file) {
        g_autofree char *text = g_strdup_printf(_("the CA file %s cannot be read"), c->ca_file);
        return text_safe(text, -1, SHOWN_CHARS);
    }
    const char *words = fault == STREAM_FAULT_TLS ? stream_words_tls(c->error) : NULL;
    if (words)
        return g_strdup(words);
    return text_safe(c->error[0] ? c->error : curl_easy_strerror(code), -1, SHOWN_CHARS);
}

/* --- libcurl's callbacks ------------------------------------------------------------------ */

static void show(struct stream *s, char direction, char *text)
{
    s->handler.line(s, direction, text, s->data);
    g_free(text);
}

static size_t on_header(char *line, size_t size, size_t n, void *data)
{
    struct stream *s = data;
    struct carrier *c = s->carrier;
    gboolean is_good = stream_talk_received(&c->talk, line, size * n);
    if (s->handler.line)
        show(s, '<', stream_talk_show_received(&c->talk, line, size * n));
    return is_good ? size * n : 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    return size * n; /* there is none; libcurl's default would print it */
}

static void note_tls(struct carrier *c, const char *text, gsize len)
{
    static const char prefix[] = "SSL connection using ";
    gsize skip = sizeof prefix - 1;
    if (len <= skip || memcmp(text, prefix, skip) != 0)
        return;
    g_autofree char *safe = text_safe(text + skip, (gssize)(len - skip), 100);
    g_auto(GStrv) parts = g_strsplit(safe, " / ", 2);
    g_free(c->tls);
    c->tls = g_strjoinv(" ", parts);
}

static int on_debug(CURL *easy, curl_infotype type, char *text, size_t len, void *data)
{
    struct stream *s = data;
    struct carrier *c = s->carrier;
    if (type == CURLINFO_TEXT) {
        while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
            len--;
        note_tls(c, text, len);
        if (s->handler.line && len > 0)
            show(s, '*', text_safe(text, (gssize)len, 0));
    } else if (type == CURLINFO_HEADER_OUT) {
        stream_talk_sent(&c->talk, text, len);
        if (s->handler.line)
            show(s, '>', stream_talk_show_sent(&c->talk, text, len));
    }
    return 0;
}

static curl_socket_t on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct carrier *c = data;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    if (fd < 0) {
        c->open_errno = errno;
        return CURL_SOCKET_BAD;
    }
    const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS},
        {IPPROTO_TCP, TCP_SYNCNT, SYN_RETRIES},
    };
    /* A kernel without one of them still makes connections. */
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                         sizeof options[i].value);
    return fd;
}

/* --- streams over libcurl ----------------------------------------------------------------- */

static gssize send_curl(struct stream *s, const char *data, gsize len, GError **error)
{
    struct carrier *c = s->carrier;
    size_t n = 0;
    CURLcode code = curl_easy_send(c->easy, data, len, &n);
    if (code == CURLE_OK)
        return (gssize)n;
    if (code == CURLE_AGAIN)
        return 0;
    stream_core_lost(error, c->error[0] ? c->error : curl_easy_strerror(code));
    return -1;
}

static gssize recv_curl(struct stream *s, char *ret, gsize len, GError **error)
{
    struct carrier *c = s->carrier;
    size_t n = 0;
    CURLcode code = curl_easy_recv(c->easy, ret, len, &n);
    if (code == CURLE_OK)
        return n > 0 ? (gssize)n : -2;
    if (code == CURLE_AGAIN)
        return 0;
    stream_core_lost(error, c->error[0] ? c->error : curl_easy_strerror(code));
    return -1;
}

static void close_curl(struct stream *s)
{
    struct carrier *c = s->carrier;
    if (c->easy) {
        curl_multi_remove_handle(c->pool->multi, c->easy);
        curl_easy_cleanup(c->easy);
    }
    if (c->share)
        curl_share_cleanup(c->share);
    c->pool->n_streams--;
    stream_talk_clear(&c->talk);
    g_free(c->host);
    g_free(c->ca_file);
    g_free(c->tls);
    g_free(c);
}

static const struct stream_ops tls_ops = {send_curl, recv_curl, close_curl};
/* Without TLS libcurl would only pass the bytes on, after searching all its connections for the
 * right one: the socket itself is the same and cheaper. */
static const struct stream_ops plain_ops = {stream_core_send_fd, stream_core_recv_fd,
                                            close_curl};

static void report_fault(struct stream *s, enum stream_fault fault, const char *said)
{
    struct carrier *c = s->carrier;
    g_autofree char *words = fault_words(c, fault, said);
    g_autoptr(GError) error = g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, words);
    stream_core_enter(s);
    s->handler.failed(s, fault, error, s->data);
    stream_core_leave(s);
}

static void report_failure(struct stream *s, CURLcode code)
{
    struct carrier *c = s->carrier;
    long os_errno = 0;
    curl_off_t resolved_us = 0;
    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(c->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
    c->is_resolved = resolved_us > 0;
    enum stream_fault fault = curl_fault(c, code, (int)os_errno);
    g_autofree char *said = fault_said(c, fault, code, (int)os_errno);
    report_fault(s, fault, said);
}

static char *peer_text(const struct carrier *c)
{
    char *ip = NULL;
    long port = 0;
    curl_easy_getinfo(c->easy, CURLINFO_PRIMARY_IP, &ip);
    curl_easy_getinfo(c->easy, CURLINFO_PRIMARY_PORT, &port);
    gboolean is_ipv6 = ip && strchr(ip, ':');
    return g_strdup_printf("%s%s%s:%ld%s%s", is_ipv6 ? "[" : "", ip ? ip : "?",
                           is_ipv6 ? "]" : "", port, c->tls ? " " : "", c->tls ? c->tls : "");
}

static void take_chain(struct stream *s)
{
    struct carrier *c = s->carrier;
    struct curl_certinfo *all = NULL;
    if (!c->wants_chain ||
        curl_easy_getinfo(c->easy, CURLINFO_CERTINFO, &all) != CURLE_OK || !all)
        return;
    s->chain = g_ptr_array_new_with_free_func(stream_certificate_free);
    for (int i = 0; i < all->num_of_certs; i++) {
        struct stream_certificate *certificate = stream_certificate_new();
        for (const struct curl_slist *l = all->certinfo[i]; l; l = l->next)
            stream_certificate_note(certificate, l->data);
        g_ptr_array_add(s->chain, certificate);
    }
}

static void report_up(struct stream *s)
{
    struct carrier *c = s->carrier;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (c->has_login && !c->talk.is_logged_in) {
        /* libcurl skips a login that the server does not offer, silently. */
        report_fault(s, STREAM_FAULT_NO_AUTH, "");
        return;
    }
    if (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD) {
        report_fault(s, STREAM_FAULT_LOST, _("the server closed the connection"));
        return;
    }
    g_hash_table_remove(c->pool->watches, GINT_TO_POINTER(fd));
    /* Debugging would cost a call for every TLS record from here on. */
    curl_easy_setopt(c->easy, CURLOPT_VERBOSE, 0L);
    curl_easy_setopt(c->easy, CURLOPT_DEBUGFUNCTION, NULL);
    c->error[0] = '\0';
    s->peer = peer_text(c);
    take_chain(s);
    s->capabilities = g_strdup(c->talk.capabilities->str);
    s->may_buffer = c->security != STREAM_PLAIN;
    s->ops = s->may_buffer ? &tls_ops : &plain_ops;
    stream_core_live(s, fd);
    stream_core_up(s);
}

/* --- the pool: libcurl's wishes in our loop ----------------------------------------------- */

static void look_at_messages(struct stream_pool *p)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(p->multi, &left))) {
        struct stream *s = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        if (code == CURLE_OK)
            report_up(s);
        else
            report_failure(s, code);
    }
}

static void on_timer(void *data);

static int on_timer_wish(CURLM *multi, long timeout_ms, void *data)
{
    struct stream_pool *p = data;
    g_clear_pointer(&p->timer, loop_timer_remove);
    if (timeout_ms >= 0)
        p->timer = loop_timer_add(p->loop, clock_mono_us() + timeout_ms * 1000, on_timer, p);
    return 0;
}

static void on_timer(void *data)
{
    struct stream_pool *p = data;
    int running = 0;
    long next_ms = -1;
    p->timer = NULL;
    curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    look_at_messages(p);
    /* A timer that came a moment too early is not asked for again by libcurl. */
    if (!p->timer && curl_multi_timeout(p->multi, &next_ms) == CURLM_OK)
        on_timer_wish(p->multi, next_ms == 0 ? 1 : next_ms, p);
}

static void on_socket(int fd, unsigned events, void *data)
{
    struct stream_pool *p = data;
    int running = 0;
    int mask = (events & LOOP_IN ? CURL_CSELECT_IN : 0) |
               (events & LOOP_OUT ? CURL_CSELECT_OUT : 0) |
               (events & LOOP_HUP ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(p->multi, fd, mask, &running);
    look_at_messages(p);
}

static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *data, void *unused)
{
    struct stream_pool *p = data;
    struct loop_watch *w = g_hash_table_lookup(p->watches, GINT_TO_POINTER(fd));
    unsigned events =
        (what & CURL_POLL_IN ? LOOP_IN : 0) | (what & CURL_POLL_OUT ? LOOP_OUT : 0);
    if (what == CURL_POLL_REMOVE)
        g_hash_table_remove(p->watches, GINT_TO_POINTER(fd));
    else if (w)
        loop_watch_set(w, events);
    else
        g_hash_table_insert(p->watches, GINT_TO_POINTER(fd),
                            loop_watch_add(p->loop, fd, events, on_socket, p));
    return 0;
}

static void remove_watch(void *data)
{
    loop_watch_remove(data);
}

struct stream_pool *stream_pool_new(struct loop *loop)
{
    static gsize is_ready;
    if (g_once_init_enter(&is_ready)) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        /* NOSIGNAL below leaves SIGPIPE to us. */
        signal(SIGPIPE, SIG_IGN);
        g_once_init_leave(&is_ready, 1);
    }
    struct stream_pool *p = g_new0(struct stream_pool, 1);
    p->loop = loop;
    p->watches = g_hash_table_new_full(NULL, NULL, NULL, remove_watch);
    p->multi = curl_multi_init();
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, CACHE_MAX);
    return p;
}

void stream_pool_free(struct stream_pool *p)
{
    if (!p)
        return;
    g_assert(p->n_streams == 0);
    curl_multi_cleanup(p->multi);
    g_clear_pointer(&p->timer, loop_timer_remove);
    g_hash_table_destroy(p->watches);
    g_free(p);
}

/* --- opening ------------------------------------------------------------------------------ */

/* "smtp://[::1]:25/our.name", "imap://host:143/"; NULL when the host has characters that no host has. */
static char *make_url(const struct stream_target *t)
{
    if (t->host[strspn(t->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                ".-_:%")] ||
        t->host[0] == '\0')
        return NULL;
    gboolean is_ipv6 = strchr(t->host, ':') != NULL;
    g_autoptr(GString) host = g_string_new(t->host);
    g_string_replace(host, "%", "%25", 0); /* the zone of a link-local address */
    gboolean has_hello = t->protocol == STREAM_SMTP && t->hello;
    g_autofree char *hello = g_uri_escape_string(has_hello ? t->hello : "", NULL, FALSE);
    return g_strdup_printf("%s%s://%s%s%s:%d/%s", stream_dialect(t->protocol)->scheme,
                           t->security == STREAM_TLS ? "s" : "",
                           is_ipv6 ? "[" : "", host->str, is_ipv6 ? "]" : "", t->port, hello);
}

static gboolean set_security(CURL *easy, const struct stream_target *t)
{
    gboolean is_verified = !t->is_unverified;
    g_assert(is_verified || !t->user);
    gboolean ok =
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, is_verified ? 1L : 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, is_verified ? 2L : 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CERTINFO, t->wants_chain ? 1L : 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    if (t->security == STREAM_STARTTLS)
        ok = ok && curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK;
    if (t->ca_file) {
        /* Who names a CA trusts that one, not all the others as well. */
        ok = ok && curl_easy_setopt(easy, CURLOPT_CAINFO, t->ca_file) == CURLE_OK;
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return ok;
}

static gboolean set_login(CURL *easy, const struct stream_target *t)
{
    if (!t->user)
        return TRUE;
    const char *secret = t->secret ? t->secret : "";
    if (curl_easy_setopt(easy, CURLOPT_USERNAME, t->user) != CURLE_OK)
        return FALSE;
    if (t->auth == STREAM_AUTH_PASSWORD)
        return curl_easy_setopt(easy, CURLOPT_PASSWORD, secret) == CURLE_OK;
    /* Named, or a server that offers PLAIN only would get the user with an empty password. */
    g_autofree char *option = g_strconcat("AUTH=", stream_mechanism(t->auth), NULL);
    return curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, secret) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, option) == CURLE_OK;
}

static void set_callbacks(CURL *easy, struct stream *s)
{
    struct carrier *c = s->carrier;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, s);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
}

/* NULL or why not. */
static const char *set_up(struct stream *s, const struct stream_target *t)
{
    struct carrier *c = s->carrier;
    g_autofree char *url = make_url(t);
    CURL *easy = c->easy = curl_easy_init();
    c->share = curl_share_init();
    if (!url)
        return _("the server's name has characters that no host name has");
    if (!easy || !c->share)
        return _("out of memory");
    set_callbacks(easy, s);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)c->deadline_s);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)c->deadline_s);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                         stream_dialect(t->protocol)->schemes) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK || /* none from the environment */
        curl_share_setopt(c->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK ||
        curl_easy_setopt(easy, CURLOPT_SHARE, c->share) != CURLE_OK || !set_login(easy, t) ||
        !set_security(easy, t) ||
        curl_multi_add_handle(c->pool->multi, easy) != CURLM_OK)
        return _("libcurl lacks what it needs for this");
    return NULL;
}

static void on_cannot_begin(void *data)
{
    struct stream *s = data;
    struct carrier *c = s->carrier;
    g_autofree char *why = g_strdup(c->error);
    s->again = NULL;
    report_fault(s, STREAM_FAULT_LOCAL, why);
}

const char *stream_library(unsigned *ret_number)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    if (ret_number)
        *ret_number = v->version_num;
    return v->version;
}

struct stream *stream_open(struct stream_pool *p, const struct stream_target *t,
                           const struct stream_handler *h, void *data)
{
    struct stream *s = g_new0(struct stream, 1);
    struct carrier *c = g_new0(struct carrier, 1);
    stream_core_init(s, p->loop, h, data);
    s->carrier = c;
    s->ops = &tls_ops;
    c->pool = p;
    c->protocol = t->protocol;
    c->host = text_safe(t->host, -1, 255);
    c->port = t->port;
    c->security = t->security;
    c->has_login = t->user != NULL;
    c->auth = t->auth;
    c->deadline_s = t->connect_timeout_s > 0 ? t->connect_timeout_s : DEFAULT_DEADLINE_S;
    c->ca_file = g_strdup(t->ca_file);
    c->wants_chain = t->wants_chain;
    stream_talk_init(&c->talk, t->protocol);
    p->n_streams++;
    const char *why_not = set_up(s, t);
    if (why_not) {
        g_strlcpy(c->error, why_not, sizeof c->error);
        s->again = loop_timer_add(p->loop, clock_mono_us(), on_cannot_begin, s);
    }
    return s;
}
