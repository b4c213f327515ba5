/*
 * Subjects of the doctor, made of records or of what somebody typed. Nothing here touches the
 * network; a record that contradicts itself is a subject, too, and says so.
 */
#include "config.h"

#include "doctor/subject.h"

#include <string.h>

#include "app/envelopes.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/audit.h"
#include "store/mailboxes.h"
#include "store/servers.h"

#define SMTP_PORT 25

const char *doctor_kind_name(enum doctor_kind k)
{
    switch (k) {
    case DOCTOR_OF_SERVER:
        return "server";
    case DOCTOR_OF_MAILBOX:
        return "mailbox";
    case DOCTOR_OF_HOST:
        return "host";
    default:
        return "machine";
    }
}

static void sender_free(gpointer data)
{
    struct doctor_sender *s = data;
    g_free(s->from);
    g_free(s->sender);
    g_free(s->campaigns);
    g_free(s);
}

static struct doctor_subject *subject_new(enum doctor_kind kind, struct db *db,
                                          const struct workspace *ws)
{
    struct doctor_subject *s = g_new0(struct doctor_subject, 1);
    s->kind = kind;
    s->db = db;
    s->ws = ws;
    s->senders = g_ptr_array_new_with_free_func(sender_free);
    return s;
}

void doctor_subject_free(struct doctor_subject *s)
{
    if (!s)
        return;
    g_free(s->name);
    g_free(s->host);
    g_free(s->hello);
    g_free(s->user);
    secret_clear(&s->secret);
    g_free(s->secret_problem);
    g_free(s->ca_file);
    g_free(s->problem);
    g_free(s->warning);
    g_ptr_array_unref(s->senders);
    if (s->kind == DOCTOR_OF_SERVER)
        server_clear(&s->server);
    if (s->kind == DOCTOR_OF_MAILBOX)
        mailbox_clear(&s->mailbox);
    g_free(s->letter);
    g_free(s);
}

gboolean doctor_subject_is_smtp(const struct doctor_subject *s)
{
    return s->kind != DOCTOR_OF_MACHINE && s->protocol == STREAM_SMTP;
}

char *doctor_subject_words(const struct doctor_subject *s)
{
    const struct hostport at = {.host = s->host, .port = s->port};
    g_autofree char *where = s->host ? hostport_format(&at) : g_strdup("?");
    switch (s->kind) {
    case DOCTOR_OF_SERVER:
        return g_strdup_printf(_("server %s (%s)"), s->name, where);
    case DOCTOR_OF_MAILBOX:
        return g_strdup_printf(_("mailbox %s (%s)"), s->name, where);
    case DOCTOR_OF_HOST:
        return g_steal_pointer(&where);
    default:
        return g_strdup(_("this machine"));
    }
}

/* ---- from records ---- */

/* Of enum server_security. */
static enum stream_security security_of(int security)
{
    static const enum stream_security table[SERVER_SECURITY_COUNT] = {
        [SERVER_TLS] = STREAM_TLS,
        [SERVER_STARTTLS] = STREAM_STARTTLS,
        [SERVER_NONE] = STREAM_PLAIN,
    };
    return table[security];
}

static char *copy_set(const char *text)
{
    return text && *text ? g_strdup(text) : NULL;
}

static void take_endpoint(struct doctor_subject *s, struct hostport *at)
{
    s->host = g_steal_pointer(&at->host);
    s->port = at->port;
    if (!s->warning)
        s->warning = g_steal_pointer(&at->warning);
    hostport_clear(at);
}

/* `is_whole`: the record agrees with itself. */
static void note_problem(struct doctor_subject *s, gboolean is_whole, GError *why)
{
    if (!is_whole)
        s->problem = text_safe(why->message, -1, 0);
    g_clear_error(&why);
}

static void note_secret(struct doctor_subject *s, gboolean has_one, GError *why)
{
    if (!has_one)
        s->secret_problem = text_safe(why->message, -1, 0);
    g_clear_error(&why);
}

/* Whose mail goes out by it. Campaigns that contradict themselves are for `crier check`: the
 * senders found before stay. */
static void take_senders(struct doctor_subject *s, struct db *db)
{
    g_autoptr(GPtrArray) all = envelopes_new();
    (void)envelopes_add_by_server(all, db, &s->server, NULL);
    for (guint i = 0; i < all->len; i++) {
        const struct envelope *e = all->pdata[i];
        struct doctor_sender *sender = g_new0(struct doctor_sender, 1);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint n = 0; n < e->campaigns->len; n++)
            g_ptr_array_add(names, e->campaigns->pdata[n]);
        g_ptr_array_add(names, NULL);
        sender->from = g_strdup(e->from);
        sender->sender = g_strdup(e->sender);
        sender->campaigns = g_strjoinv(", ", (char **)names->pdata);
        g_ptr_array_add(s->senders, sender);
    }
}

struct doctor_subject *doctor_subject_server(struct db *db, const struct workspace *ws,
                                             const char *name, GError **error)
{
    struct doctor_subject *s = subject_new(DOCTOR_OF_SERVER, db, ws);
    struct hostport at = {0};
    GError *why = NULL;
    server_init(&s->server);
    if (!servers_get(db, name, &s->server, error)) {
        doctor_subject_free(s);
        return NULL;
    }
    s->name = g_strdup(s->server.name);
    s->protocol = STREAM_SMTP;
    s->security = security_of(s->server.security);
    s->hello = settings_hello(db, s->server.hello);
    s->user = copy_set(s->server.user);
    s->auth = (enum stream_auth)s->server.auth;
    s->ca_file = copy_set(s->server.ca_file);
    note_problem(s, server_check(&s->server, &s->warning, &why), why);
    if (server_endpoint(&s->server, &at, NULL))
        take_endpoint(s, &at);
    why = NULL;
    if (s->user)
        note_secret(s, secret_of_server(&s->server, &s->secret, &why), why);
    take_senders(s, db);
    return s;
}

struct doctor_subject *doctor_subject_mailbox(struct db *db, const struct workspace *ws,
                                              const char *name, GError **error)
{
    struct doctor_subject *s = subject_new(DOCTOR_OF_MAILBOX, db, ws);
    struct hostport at = {0};
    GError *why = NULL;
    mailbox_init(&s->mailbox);
    if (!mailboxes_get(db, name, &s->mailbox, error)) {
        doctor_subject_free(s);
        return NULL;
    }
    s->name = g_strdup(s->mailbox.name);
    s->protocol = s->mailbox.protocol == MAILBOX_POP3 ? STREAM_POP3 : STREAM_IMAP;
    s->security = security_of(s->mailbox.security);
    s->user = copy_set(s->mailbox.user);
    s->auth = (enum stream_auth)s->mailbox.auth;
    s->ca_file = copy_set(s->mailbox.ca_file);
    note_problem(s, mailbox_check(&s->mailbox, &why), why);
    s->warning = mailbox_warning(&s->mailbox);
    if (mailbox_endpoint(&s->mailbox, &at, NULL))
        take_endpoint(s, &at);
    why = NULL;
    if (s->user)
        note_secret(s, secret_of_mailbox(&s->mailbox, &s->secret, &why), why);
    return s;
}

/* ---- from what was typed ---- */

/* What is spoken at a port; the first row: at any other. */
static const struct {
    guint16 port;
    enum stream_protocol protocol;
    enum stream_security security;
} by_port[] = {
    {SMTP_PORT, STREAM_SMTP, STREAM_STARTTLS},
    {465, STREAM_SMTP, STREAM_TLS},
    {993, STREAM_IMAP, STREAM_TLS},
    {143, STREAM_IMAP, STREAM_STARTTLS},
    {995, STREAM_POP3, STREAM_TLS},
    {110, STREAM_POP3, STREAM_STARTTLS},
};

/* "imaps://": protocol, security and the usual port. */
static const struct {
    const char *scheme;
    guint16 port;
} by_scheme[] = {
    {"smtp://", SMTP_PORT}, {"submission://", 587}, {"submissions://", 465}, {"smtps://", 465},
    {"imap://", 143},       {"imaps://", 993},      {"pop3://", 110},        {"pop3s://", 995},
    {"pop://", 110},        {"pops://", 995},
};

static void take_port(struct doctor_subject *s, guint16 port)
{
    gsize row = 0;
    for (gsize i = 1; i < G_N_ELEMENTS(by_port); i++)
        if (by_port[i].port == port)
            row = i;
    s->protocol = by_port[row].protocol;
    s->security = by_port[row].security;
}

struct doctor_subject *doctor_subject_host(const char *text, const char *from, GError **error)
{
    struct hostport at = {0};
    guint16 usual = SMTP_PORT;
    const char *rest = text;
    for (gsize i = 0; i < G_N_ELEMENTS(by_scheme); i++) {
        gsize len = strlen(by_scheme[i].scheme);
        if (g_ascii_strncasecmp(text, by_scheme[i].scheme, len) == 0) {
            usual = by_scheme[i].port;
            rest = text + len;
        }
    }
    if (!hostport_parse(rest, HOSTPORT_PEER, &at, error))
        return NULL;
    struct doctor_subject *s = subject_new(DOCTOR_OF_HOST, NULL, NULL);
    s->name = text_safe(text, -1, 0);
    take_port(s, rest != text || at.port == 0 ? usual : at.port);
    if (at.port == 0)
        at.port = usual;
    take_endpoint(s, &at);
    s->hello = g_strdup(g_get_host_name());
    if (from) {
        struct doctor_sender *sender = g_new0(struct doctor_sender, 1);
        sender->from = g_strdup(from);
        sender->sender = g_strdup(from);
        g_ptr_array_add(s->senders, sender);
    }
    return s;
}

struct doctor_subject *doctor_subject_machine(struct db *db, const struct workspace *ws)
{
    return subject_new(DOCTOR_OF_MACHINE, db, ws);
}
