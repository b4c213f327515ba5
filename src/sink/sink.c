/*
 * `crier sink`: options, the listening socket, the loop, the totals at the end. What a
 * connection says is in session.c and smtpd.c. For dry runs on one machine: it knows no login
 * and no TLS, and keeps what it is given without asking.
 */
#include "config.h"

#include "sink/sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/loop.h"
#include "sink/session.h"

#define MAX_CONNECTIONS 1000
#define DEFAULT_MAX_SIZE (64 * 1024 * 1024)
#define BACKLOG 1024
#define ACCEPT_AT_ONCE 64
#define ACCEPT_REST_US 100000 /* after accept(2) failed for want of descriptors */

struct options {
    int port;
    char *bind;
    char *maildir;
    char *log;
    char *script;
    gint64 max_size;
    gboolean is_count_only;
    gboolean is_json;
};

struct listener {
    struct sink *sink; /* borrowed */
    int fd;
    struct loop_watch *watch;
    struct loop_timer *rest; /* NULL: accepting */
};

/* ---- options ---- */

static gboolean check_options(const struct options *o, int argc, GError **error)
{
    const char *fault = NULL;
    if (argc > 1)
        fault = _("crier sink takes options only. See crier sink --help");
    else if (o->port < 0 || o->port > 65535)
        fault = _(
            "--port is missing or not in 0–65535 (0 takes a free one): crier sink --port 2525");
    else if (o->max_size < 1)
        fault = _("--max-size is too small: it is a number of bytes, at least 1");
    else if (o->is_count_only && o->maildir)
        fault = _("--count-only and --maildir exclude each other. Give one of them");
    if (fault)
        g_set_error_literal(error, CRIER_ERROR, CRIER_ERROR_USAGE, fault);
    return !fault;
}

static gboolean parse_options(struct options *o, int argc, char **argv, GError **error)
{
    GOptionEntry entries[] = {
        {"port", 'p', 0, G_OPTION_ARG_INT, &o->port, N_("Listen on port N; 0 takes a free one"),
         "N"},
        {"bind", 'b', 0, G_OPTION_ARG_STRING, &o->bind,
         N_("Listen on this address (default 127.0.0.1)"), "ADDRESS"},
        {"maildir", 'm', 0, G_OPTION_ARG_FILENAME, &o->maildir,
         N_("Keep the messages, octet by octet, in DIR/new"), "DIR"},
        {"count-only", 0, 0, G_OPTION_ARG_NONE, &o->is_count_only,
         N_("Keep nothing (the default without --maildir)"), NULL},
        {"log", 'l', 0, G_OPTION_ARG_FILENAME, &o->log,
         N_("Append one JSON object a recipient to FILE, before the reply is sent"), "FILE"},
        {"script", 's', 0, G_OPTION_ARG_FILENAME, &o->script, N_("What goes wrong, see below"),
         "FILE"},
        {"max-size", 0, 0, G_OPTION_ARG_INT64, &o->max_size,
         N_("Refuse messages over N bytes (default 64 MiB)"), "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->is_json, N_("Print the totals as JSON"), NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree char *about =
        g_strconcat(script_help(), "\n", _("Example:"),
                    "\n  crier sink --port 2525 --log sink.log --script faults.txt", NULL);
    GError *why = NULL;
    g_option_context_add_main_entries(context, entries, PACKAGE);
    g_option_context_set_summary(
        context,
        _("A local SMTP server for dry runs. Prints \"listening on ADDRESS:PORT\", serves\n"
          "until SIGTERM or Ctrl-C, then prints what came: messages taken, and recipients\n"
          "by what happened to them."));
    g_option_context_set_description(context, about);
    if (!g_option_context_parse(context, &argc, &argv, &why)) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE, _("%s. See crier sink --help"),
                    why->message);
        g_error_free(why);
        return FALSE;
    }
    return check_options(o, argc, error);
}

static void options_clear(struct options *o)
{
    g_free(o->bind);
    g_free(o->maildir);
    g_free(o->log);
    g_free(o->script);
}

/* ---- listening ---- */

/* A thousand connections and as many files need more than the usual soft limit. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void accept_again(void *data)
{
    struct listener *l = data;
    l->rest = NULL;
    loop_watch_set(l->watch, LOOP_IN);
}

static void accept_ready(int fd, unsigned events, void *data)
{
    struct listener *l = data;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
            loop_watch_set(l->watch, 0);
            l->rest = loop_timer_add(l->sink->loop, clock_mono_us() + ACCEPT_REST_US,
                                     accept_again, l);
            return;
        }
        if (peer < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (peer < 0)
            return;
        if (g_hash_table_size(l->sink->sessions) >= MAX_CONNECTIONS) {
            static const char busy[] = "421 4.3.2 Too many connections\r\n";
            (void)!send(peer, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            close(peer);
            continue;
        }
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        session_new(l->sink, peer);
    }
}

static int listen_on(const char *address, int port, GError **error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    char service[16];
    g_snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(address, service, &hints, &found) != 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_USAGE,
                    _("--bind %s: this is no IP address. Use 127.0.0.1 or ::1"), address);
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        g_set_error(error, CRIER_ERROR, CRIER_ERROR_FAILED,
                    _("cannot listen on %s port %d: %s"), address, port, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* Whoever started us waits for this line to know the port. */
static void print_listening(int fd)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    char host[INET6_ADDRSTRLEN + 20] = "", port[16] = "";
    getsockname(fd, (struct sockaddr *)&addr, &len);
    getnameinfo((struct sockaddr *)&addr, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf(addr.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n", host,
           port);
    fflush(stdout);
}

/* ---- running ---- */

static void stop(int signum, void *data)
{
    struct sink *sink = data;
    loop_quit(sink->loop);
}

static gboolean load_script(struct sink *sink, const char *path, GError **error)
{
    gsize len = 0;
    if (!path) {
        sink->script = script_new();
        return TRUE;
    }
    g_autofree char *text = file_read(path, SCRIPT_MAX_BYTES, &len, error);
    if (text)
        sink->script = script_parse(text, len, path, error);
    return sink->script != NULL;
}

static gboolean prepare(struct sink *sink, const struct options *o, GError **error)
{
    sink->hostname = "sink.example.org";
    sink->max_message_bytes = o->max_size;
    if (!tally_open(&sink->tally, o->log, error) || !load_script(sink, o->script, error))
        return FALSE;
    if (o->maildir && !(sink->maildir = maildir_open(o->maildir, error)))
        return FALSE;
    sink->sessions = g_hash_table_new(NULL, NULL);
    sink->loop = loop_new();
    return TRUE;
}

static gboolean serve(struct sink *sink, const struct options *o, GError **error)
{
    struct listener l = {.sink = sink};
    l.fd = listen_on(o->bind ? o->bind : "127.0.0.1", o->port, error);
    if (l.fd < 0)
        return FALSE;
    l.watch = loop_watch_add(sink->loop, l.fd, LOOP_IN, accept_ready, &l);
    loop_signal_add(sink->loop, SIGTERM, stop, sink);
    loop_signal_add(sink->loop, SIGINT, stop, sink);
    print_listening(l.fd);
    loop_run(sink->loop);
    session_free_all(sink);
    if (l.rest)
        loop_timer_remove(l.rest);
    loop_watch_remove(l.watch);
    close(l.fd);
    tally_print(&sink->tally, o->is_json, stdout);
    fflush(stdout);
    return TRUE;
}

static void sink_clear(struct sink *sink)
{
    if (sink->loop)
        loop_free(sink->loop);
    if (sink->sessions)
        g_hash_table_destroy(sink->sessions);
    maildir_free(sink->maildir);
    script_free(sink->script);
    tally_close(&sink->tally);
}

int sink_main(int argc, char **argv)
{
    struct options o = {.port = -1, .max_size = DEFAULT_MAX_SIZE};
    struct sink sink = {.tally = {.fd = -1}};
    GError *error = NULL;
    signal(SIGPIPE, SIG_IGN);
    g_set_prgname("crier sink"); /* for --help */
    raise_descriptor_limit();
    if (parse_options(&o, argc, argv, &error) && prepare(&sink, &o, &error))
        serve(&sink, &o, &error);
    sink_clear(&sink);
    options_clear(&o);
    if (!error)
        return 0;
    int code = error_exit_code(error);
    fprintf(stderr, "crier: %s\n", error->message);
    g_error_free(error);
    return code;
}
