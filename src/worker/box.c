/*
 * Mailboxes and their connections: one each, with a longer and longer wait after failures; a
 * refused password waits for a person. Each tells its own trouble, none waits for another.
 */
#include "config.h"

#include "worker/box.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hostport.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/process.h"
#include "model/retry.h"
#include "model/server.h"
#include "store/mailboxes.h"
#include "worker/link.h"
#include "worker/session.h"

#define CONNECT_TIMEOUT_S 60
#define SECRET_WAIT_US (30 * CLOCK_SECOND_US) /* a command may take 20 s; then it is asked again */
#define SKIP_MOST 3      /* messages; then it is the server's trouble, not theirs */
#define WATCH_LOOK_S 300 /* even where the server tells: it may have lost us */

enum box_state {
    BOX_WAITING, /* until next_us */
    BOX_ASKING,  /* for its secret, until next_us */
    BOX_CONNECTING,
    BOX_READING,
    BOX_WATCHING, /* connected, all was read */
    BOX_PAUSED,   /* until a person changes something */
    BOX_OVER,
    BOX_STATE_COUNT
};
static const char *const state_names[BOX_STATE_COUNT] = {
    [BOX_WAITING] = "waiting", [BOX_ASKING] = "asking",     [BOX_CONNECTING] = "connecting",
    [BOX_READING] = "reading", [BOX_WATCHING] = "watching", [BOX_PAUSED] = "paused",
    [BOX_OVER] = "over",
};

static const struct {
    enum stream_protocol protocol;
    const struct session_ops *(*ops)(void);
} by_protocol[MAILBOX_PROTOCOL_COUNT] = {
    [MAILBOX_IMAP] = {STREAM_IMAP, session_imap},
    [MAILBOX_POP3] = {STREAM_POP3, session_pop3},
};

static const enum stream_security by_security[SERVER_SECURITY_COUNT] = {
    [SERVER_TLS] = STREAM_TLS,
    [SERVER_STARTTLS] = STREAM_STARTTLS,
    [SERVER_NONE] = STREAM_PLAIN,
};

struct box {
    const struct box_env *env; /* borrowed */
    struct mailbox record;     /* owned */
    enum box_state state;
    gint64 next_us;         /* monotonic */
    int failures;           /* in a row */
    struct stream *stream;  /* until the session takes it */
    const struct session_ops *ops;
    void *session; /* NULL before the connection is up */
    gboolean is_leaving, has_caught_up, must_be_fresh, was_fresh;
    char *problem;    /* owned; NULL: none */
    gboolean is_told; /* its record has it */
    struct intake_counts counts, counts_told;
    gint64 n_found;
    GHashTable *broken; /* owned; of char *, see session.h */
    guint n_broken;     /* of these when the last connection began */
};

static void move(struct box *b, enum box_state to)
{
    if (b->state == to)
        return;
    log_debug("mailbox %s: %s -> %s", b->record.name, state_names[b->state], state_names[to]);
    b->state = to;
    if (to == BOX_OVER && b->env->over)
        b->env->over(b, b->env->data);
}

static void hang_up(struct box *b)
{
    if (b->session)
        b->ops->free(b->session);
    b->session = NULL;
    stream_free(b->stream);
    b->stream = NULL;
}

/* ---- what is told ---- */

/* NULL: nothing is wrong any more. On a full disk the record cannot say it, the log may. */
static void set_problem(struct box *b, const char *problem)
{
    g_autoptr(GError) error = NULL;
    gboolean is_new = g_strcmp0(b->problem, problem) != 0;
    if (is_new && problem)
        log_warning("mailbox %s: %s", b->record.name, problem);
    else if (is_new)
        log_notice("mailbox %s: it is read again", b->record.name);
    else if (b->is_told)
        return;
    char *words = g_strdup(problem);
    g_free(b->problem);
    b->problem = words;
    b->is_told =
        mailboxes_set_problem(b->env->db, b->record.id, problem ? problem : "", &error);
    if (!b->is_told)
        log_debug("mailbox %s: %s", b->record.name, error->message);
}

static void tell_counts(struct box *b)
{
    const struct intake_counts *now = &b->counts, *was = &b->counts_told;
    if (now->n_read == was->n_read)
        return;
    log_info("mailbox %s: %" G_GINT64_FORMAT " messages read, %" G_GINT64_FORMAT
             " bounces, %" G_GINT64_FORMAT " complaints, %" G_GINT64_FORMAT
             " unsubscribe requests, %" G_GINT64_FORMAT " unknown; %" G_GINT64_FORMAT
             " people marked",
             b->record.name, now->n_read - was->n_read, now->n_bounces - was->n_bounces,
             now->n_complaints - was->n_complaints, now->n_unsubscribes - was->n_unsubscribes,
             now->n_unknown - was->n_unknown, now->n_marked - was->n_marked);
    b->counts_told = b->counts;
}

/* ---- failing ---- */

static void wait_until(struct box *b, gint64 next_us)
{
    b->next_us = next_us;
    move(b, b->env->is_once || b->is_leaving ? BOX_OVER : BOX_WAITING);
}

static void fail(struct box *b, const char *why)
{
    hang_up(b);
    set_problem(b, why);
    wait_until(b, clock_mono_us() + retry_restart_s(b->failures++) * CLOCK_SECOND_US);
}

/* A person must act; asking again and again would get the account locked. */
static void pause_box(struct box *b, const char *why)
{
    hang_up(b);
    set_problem(b, why);
    move(b, b->env->is_once || b->is_leaving ? BOX_OVER : BOX_PAUSED);
}

/* ---- the session ---- */

static void on_caught_up(const char *complaint, void *data)
{
    struct box *b = data;
    b->has_caught_up = TRUE;
    b->failures = 0;
    b->was_fresh = FALSE;
    set_problem(b, complaint);
    tell_counts(b);
    if (b->state == BOX_READING)
        move(b, BOX_WATCHING);
    gint64 wait_s = b->record.poll_s;
    if (b->ops->is_watching(b->session))
        wait_s = MAX(wait_s, WATCH_LOOK_S);
    b->next_us = clock_mono_us() + wait_s * CLOCK_SECOND_US;
    if (b->env->is_once || b->is_leaving)
        b->ops->leave(b->session);
}

/* The connection ended in the middle of one message, and there may be others: then at once. */
static gboolean is_one_to_skip(const struct box *b)
{
    guint n = g_hash_table_size(b->broken);
    return n > b->n_broken && n <= SKIP_MOST && !b->is_leaving;
}

static void on_closed(const GError *why, void *data)
{
    struct box *b = data;
    g_autofree char *words = why ? g_strdup(why->message) : NULL;
    gboolean was_up = b->has_caught_up;
    tell_counts(b);
    if (is_one_to_skip(b)) {
        log_warning("mailbox %s: %s. What lies behind that message is read first",
                    b->record.name, words ? words : "");
        hang_up(b);
        b->next_us = 0;
        move(b, BOX_WAITING);
    } else if (!why || (was_up && b->env->is_once)) {
        hang_up(b);
        wait_until(b, clock_mono_us() + b->record.poll_s * CLOCK_SECOND_US);
    } else if (was_up && b->failures == 0) {
        /* Servers hang up now and then; whether something is wrong the next connection tells. */
        log_info("mailbox %s: %s", b->record.name, words);
        hang_up(b);
        wait_until(b, clock_mono_us() + retry_restart_s(b->failures++) * CLOCK_SECOND_US);
    } else {
        fail(b, words);
    }
}

/* ---- connecting ---- */

static void on_up(struct stream *s, void *data)
{
    static const struct session_handler handler = {on_caught_up, on_closed};
    struct box *b = data;
    struct session_setup setup = {.mailbox = &b->record,
                                  .db = b->env->db,
                                  .intake = b->env->intake,
                                  .counts = &b->counts,
                                  .n_found = &b->n_found,
                                  .broken = b->broken};
    b->n_broken = g_hash_table_size(b->broken);
    b->stream = NULL;
    b->has_caught_up = FALSE;
    b->session = b->ops->begin(s, &setup, &handler, b);
    move(b, BOX_READING);
    if (b->is_leaving)
        b->ops->leave(b->session);
}

static gboolean has_token(const struct box *b)
{
    return b->record.auth != SERVER_AUTH_PASSWORD;
}

static void on_failed(struct stream *s, enum stream_fault fault, const GError *why, void *data)
{
    struct box *b = data;
    if (fault == STREAM_FAULT_LOGIN && has_token(b) && !b->was_fresh) {
        /* A token may have ended before its time. */
        hang_up(b);
        b->must_be_fresh = TRUE;
        move(b, BOX_WAITING);
        b->next_us = 0;
    } else if (fault == STREAM_FAULT_LOGIN || fault == STREAM_FAULT_NO_AUTH) {
        pause_box(b, why->message);
    } else {
        fail(b, why->message);
    }
}

static void on_ready(struct stream *s, unsigned events, void *data)
{
    struct box *b = data;
    if (b->session)
        b->ops->ready(b->session, events);
}

static void connect_box(struct box *b, const struct hostport *at, const char *secret)
{
    static const struct stream_handler handler = {
        .up = on_up, .failed = on_failed, .ready = on_ready};
    const struct mailbox *m = &b->record;
    struct stream_target target = {
        .protocol = by_protocol[m->protocol].protocol,
        .host = at->host,
        .port = at->port,
        .security = by_security[m->security],
        .user = m->user,
        .secret = secret,
        .auth = (enum stream_auth)m->auth,
        .ca_file = m->ca_file && *m->ca_file ? m->ca_file : NULL,
        .connect_timeout_s = CONNECT_TIMEOUT_S,
    };
    b->ops = by_protocol[m->protocol].ops();
    move(b, BOX_CONNECTING);
    b->stream = stream_open(b->env->pool, &target, &handler, b);
}

void box_secret(struct box *b, const struct link_answer *answer)
{
    struct hostport at = {0};
    g_autoptr(GError) error = NULL;
    if (b->state != BOX_ASKING)
        return;
    if (!answer->secret)
        fail(b, answer->why);
    else if (!mailbox_endpoint(&b->record, &at, &error))
        pause_box(b, error->message);
    else
        connect_box(b, &at, answer->secret);
    hostport_clear(&at);
}

static void begin(struct box *b, gint64 now_us)
{
    struct hostport at = {0};
    g_autoptr(GError) error = NULL;
    if (!mailbox_check(&b->record, &error) || !mailbox_endpoint(&b->record, &at, &error)) {
        pause_box(b, error->message);
        return;
    }
    gboolean may = !b->env->may_connect ||
                   b->env->may_connect(&b->record, at.port, b->env->data);
    hostport_clear(&at);
    if (!may) {
        b->next_us = now_us + CLOCK_SECOND_US;
        return;
    }
    b->next_us = now_us + SECRET_WAIT_US;
    b->was_fresh = b->must_be_fresh;
    b->must_be_fresh = FALSE;
    move(b, BOX_ASKING);
    b->env->ask_secret(b->record.id, b->was_fresh, b->env->data);
}

/* ---- life ---- */

static void take_record(struct box *b, const struct mailbox *m)
{
    field_copy_all(mailbox_fields(), &b->record, m);
    g_free(b->record.name);
    b->record.name = g_strdup(m->name);
    b->record.row_version = m->row_version;
}

struct box *box_new(const struct box_env *env, const struct mailbox *m)
{
    struct box *b = g_new0(struct box, 1);
    b->env = env;
    b->broken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mailbox_init(&b->record);
    b->record.id = m->id;
    take_record(b, m);
    b->problem = mailboxes_get_problem(env->db, m->id);
    b->is_told = TRUE;
    return b;
}

void box_free(struct box *b)
{
    if (!b)
        return;
    hang_up(b);
    mailbox_clear(&b->record);
    g_hash_table_unref(b->broken);
    g_free(b->problem);
    g_free(b);
}

void box_update(struct box *b, const struct mailbox *m)
{
    if (b->record.row_version == m->row_version) {
        g_autofree char *problem =
            b->state == BOX_PAUSED ? mailboxes_get_problem(b->env->db, m->id) : NULL;
        if (b->state != BOX_PAUSED || problem || !b->is_told)
            return;
        g_clear_pointer(&b->problem, g_free); /* a test that went well took it away */
    } else {
        hang_up(b);
        take_record(b, m);
        g_free(b->problem);
        b->problem = mailboxes_get_problem(b->env->db, m->id);
        b->is_told = TRUE;
    }
    b->failures = 0;
    b->next_us = 0;
    b->must_be_fresh = b->was_fresh = FALSE;
    if (b->state != BOX_OVER)
        move(b, BOX_WAITING);
}

const struct mailbox *box_mailbox(const struct box *b)
{
    return &b->record;
}

void box_tick(struct box *b, gint64 now_us)
{
    if (b->session)
        b->ops->tick(b->session, now_us);
    if (now_us < b->next_us)
        return;
    if (b->state == BOX_WAITING || b->state == BOX_ASKING) {
        begin(b, now_us);
    } else if (b->state == BOX_WATCHING && b->ops->look) {
        b->next_us = now_us + b->record.poll_s * CLOCK_SECOND_US;
        b->ops->look(b->session);
    }
}

void box_leave(struct box *b)
{
    b->is_leaving = TRUE;
    if (b->session) {
        b->ops->leave(b->session);
        return;
    }
    hang_up(b);
    move(b, BOX_OVER);
}

gboolean box_is_over(const struct box *b)
{
    return b->state == BOX_OVER;
}

gboolean box_is_busy(const struct box *b)
{
    return b->state == BOX_CONNECTING || b->state == BOX_READING;
}

const struct intake_counts *box_counts(const struct box *b)
{
    return &b->counts;
}

gint64 box_found(const struct box *b)
{
    return b->n_found;
}

const char *box_problem(const struct box *b)
{
    return b->problem;
}

gboolean box_has_failed(const struct box *b)
{
    return !b->has_caught_up;
}
