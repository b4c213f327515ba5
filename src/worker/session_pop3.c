/*
 * Reading a mailbox by POP3: what has no key in the database yet is fetched and kept batch by
 * batch; what is kept is deleted there, if the mailbox says so, by the QUIT that ends the
 * session. New mail is seen by the next session.
 */
#include "config.h"

#include "worker/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"
#include "net/pop3.h"
#include "store/inbound.h"

#define MADE_NAME "sha256:"
#define SAID_MAX 300 /* characters of the server's words */

struct item {
    gint64 number;
    const char *uid; /* borrowed from the session's texts; NULL: it has no name of its own */
};

struct session {
    struct pop3_session *pop3; /* owned */
    struct session_setup setup;
    struct session_handler handler;
    void *data;
    struct intake_batch *batch; /* owned */
    GStringChunk *texts;        /* owned */
    GArray *wanted;             /* owned; of struct item, to be fetched */
    guint at;                   /* the next of them */
    GArray *away;               /* owned; of gint64: kept, to be deleted */
    guint away_at;              /* the next of them */
    GHashTable *names;          /* owned; gint64 number -> UID in texts, where it has one */
    GHashTable *marked;         /* owned; of such UIDs: QUIT deletes their messages */
    gboolean is_leaving, is_fetching;
    char *complaint; /* owned; the first */
    GError *why;     /* owned; the first trouble that ends it */
};

static void ask(struct session *s, const struct pop3_ask *a)
{
    gboolean is_asked = pop3_ask(s->pop3, a, NULL);
    g_assert(is_asked); /* it was idle */
}

/* What is deleted is forgotten before: from then on another message may have its name. Should it
 * not be deleted after all, it is fetched once more, and its octets are known. */
static void quit(struct session *s)
{
    intake_batch_forget_names(s->batch, s->marked);
    g_hash_table_remove_all(s->marked);
    ask(s, &(struct pop3_ask){.command = POP3_QUIT});
}

/* What was marked before is kept here, and may go. */
static void end(struct session *s, GError *why)
{
    if (!s->why)
        s->why = why;
    else
        g_clear_error(&why);
    s->is_leaving = TRUE;
    if (pop3_is_idle(s->pop3))
        quit(s);
}

static gboolean keep(struct session *s)
{
    GError *error = NULL;
    if (intake_batch_commit(s->batch, 0, s->away, s->setup.counts, &error))
        return TRUE;
    end(s, error);
    return FALSE;
}

/* ---- what is there ---- */

static gboolean is_good_uid(const char *uid)
{
    gsize n = strnlen(uid, INBOUND_UID_MAX_BYTES + 1);
    return n > 0 && n <= INBOUND_UID_MAX_BYTES && g_utf8_validate(uid, (gssize)n, NULL);
}

/* UIDs that a careless server gave to several messages: by these nothing is known again. */
static GHashTable *find_shared(const struct pop3_result *r)
{
    GHashTable *shared = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < r->n_items; i++)
        if (!g_hash_table_add(seen, (gpointer)r->items[i].uid))
            g_hash_table_add(shared, (gpointer)r->items[i].uid);
    return shared;
}

static void take_item(struct session *s, const struct pop3_item *i, GHashTable *known,
                      GHashTable *shared)
{
    gboolean has_name = is_good_uid(i->uid) && !g_hash_table_contains(shared, i->uid);
    char *name = has_name ? g_string_chunk_insert(s->texts, i->uid) : NULL;
    if (has_name)
        g_hash_table_insert(s->names, g_memdup2(&i->number, sizeof i->number), name);
    if (has_name && g_hash_table_contains(known, name)) {
        g_array_append_val(s->away, i->number);
        return;
    }
    struct item item = {i->number, name};
    g_array_append_val(s->wanted, item);
    (*s->setup.n_found)++;
}

static void put_broken_last(struct session *s)
{
    g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(struct item));
    guint n = 0;
    for (guint i = 0; i < s->wanted->len; i++) {
        struct item item = g_array_index(s->wanted, struct item, i);
        if (item.uid && g_hash_table_contains(s->setup.broken, item.uid))
            g_array_append_val(last, item);
        else
            g_array_index(s->wanted, struct item, n++) = item;
    }
    g_array_set_size(s->wanted, n);
    g_array_append_vals(s->wanted, last->data, last->len);
}

static void note_broken(struct session *s)
{
    const char *uid = g_array_index(s->wanted, struct item, s->at).uid;
    if (uid)
        g_hash_table_add(s->setup.broken, g_strdup(uid));
}

/* Names made of octets are those of messages that have none there. */
static void forget_gone(struct session *s, GHashTable *known, const struct pop3_result *r)
{
    GHashTableIter i;
    gpointer uid;
    for (gsize n = 0; n < r->n_items; n++)
        if (r->items[n].uid)
            g_hash_table_remove(known, r->items[n].uid);
    g_hash_table_iter_init(&i, known);
    while (g_hash_table_iter_next(&i, &uid, NULL))
        if (g_str_has_prefix(uid, MADE_NAME))
            g_hash_table_iter_remove(&i);
    intake_batch_forget_names(s->batch, known);
}

static void on_list(struct session *s, const struct pop3_result *r)
{
    GError *error = NULL;
    gint64 mailbox_id = s->setup.mailbox->id;
    g_autoptr(GHashTable) known = NULL, shared = find_shared(r);
    if (inbound_mailbox_looked(s->setup.db, mailbox_id, 0, clock_wall_us(), &error))
        known = inbound_keys(s->setup.db, mailbox_id, 0, &error);
    if (!known) {
        end(s, error);
        return;
    }
    for (gsize i = 0; i < r->n_items; i++)
        take_item(s, &r->items[i], known, shared);
    if (g_hash_table_size(s->setup.broken) > 0)
        put_broken_last(s);
    if (r->n_unread > 0 && !s->complaint)
        s->complaint = g_strdup(_("the server does not name all of its messages, so that some "
                                  "cannot be read. Read this mailbox by IMAP"));
    if (r->n_unread == 0)
        forget_gone(s, known, r);
}

/* ---- one thing after the other ---- */

static void on_fetched(struct session *s, const struct pop3_result *r)
{
    const struct item *item = &g_array_index(s->wanted, struct item, s->at++);
    s->is_fetching = FALSE;
    if (item->uid)
        g_hash_table_remove(s->setup.broken, item->uid);
    if (r->outcome == POP3_OK) {
        g_autofree char *hash =
            item->uid ? NULL : crypto_sha256_hex(r->message, r->message_len);
        g_autofree char *made = hash ? g_strconcat(MADE_NAME, hash, NULL) : NULL;
        intake_batch_add(s->batch, item->uid ? item->uid : made, item->number,
                         g_string_new_len(r->message, (gssize)r->message_len),
                         r->message_bytes);
        return;
    }
    /* It is asked for again by the next session. */
    g_autofree char *said = text_safe(r->text, -1, SAID_MAX);
    log_warning("mailbox %s: message %" G_GINT64_FORMAT ": %s", s->setup.mailbox->name,
                item->number, said);
    if (!s->complaint)
        s->complaint =
            g_strdup_printf(_("the server does not give all messages: “%s”"), said);
}

static void on_deleted(struct session *s, const struct pop3_result *r)
{
    char *name = g_hash_table_lookup(s->names, &r->number);
    if (name)
        g_hash_table_add(s->marked, name);
}

static void on_refused_deletion(struct session *s, const struct pop3_result *r)
{
    g_autofree char *said = text_safe(r->text, -1, SAID_MAX);
    if (!s->complaint)
        s->complaint = g_strdup_printf(
            _("what was read could not be deleted there: “%s”. It stays in the mailbox"), said);
}

static void step(struct session *s)
{
    gboolean is_done = s->is_leaving || s->at >= s->wanted->len;
    gboolean deletes = s->setup.mailbox->after_read == MAILBOX_DELETE;
    if ((is_done || intake_batch_is_due(s->batch, clock_mono_us())) && !keep(s))
        return;
    if (deletes && s->away_at < s->away->len) {
        ask(s, &(struct pop3_ask){.command = POP3_DELE,
                                  .number = g_array_index(s->away, gint64, s->away_at++)});
        return;
    }
    if (is_done) {
        quit(s);
        return;
    }
    s->is_fetching = TRUE;
    ask(s, &(struct pop3_ask){.command = POP3_RETR,
                              .number = g_array_index(s->wanted, struct item, s->at).number,
                              .max_bytes = INTAKE_MAIL_MAX_BYTES});
}

static void on_unlisted(struct session *s, const struct pop3_result *r)
{
    g_autofree char *said = text_safe(r->text, -1, SAID_MAX);
    end(s, g_error_new(CRIER_ERROR, CRIER_ERROR_FAILED,
                       _("the server gives messages no names of their own (UIDL: “%s”), so that "
                         "nobody could tell which were read already. Read this mailbox by IMAP"),
                       said));
}

static void on_quit(struct session *s, const struct pop3_result *r)
{
    if (r->outcome == POP3_REFUSED)
        on_refused_deletion(s, r);
    if (!s->why)
        s->handler.caught_up(s->complaint, s->data);
}

static void on_result(struct pop3_session *pop3, const struct pop3_result *r, void *data)
{
    struct session *s = data;
    if (r->outcome == POP3_LOST)
        return; /* `closed` says why */
    if (r->command == POP3_QUIT) {
        on_quit(s, r);
        return;
    }
    if (r->command == POP3_UIDL && r->outcome == POP3_REFUSED)
        on_unlisted(s, r);
    else if (r->command == POP3_UIDL)
        on_list(s, r);
    else if (r->command == POP3_RETR)
        on_fetched(s, r);
    else if (r->command == POP3_DELE)
        (r->outcome == POP3_OK ? on_deleted : on_refused_deletion)(s, r);
    if (pop3_is_idle(pop3))
        step(s);
}

static void on_closed(struct pop3_session *pop3, const GError *why, void *data)
{
    struct session *s = data;
    g_autoptr(GError) error = NULL;
    if (s->is_fetching)
        note_broken(s);
    if (!s->why && !intake_batch_commit(s->batch, 0, s->away, s->setup.counts, &error))
        why = error;
    s->handler.closed(s->why ? s->why : why, s->data);
}

/* ---- life ---- */

static void *session_begin(struct stream *stream, const struct session_setup *setup,
                           const struct session_handler *h, void *data)
{
    static const struct pop3_handler handler = {.result = on_result, .closed = on_closed};
    struct session *s = g_new0(struct session, 1);
    s->setup = *setup;
    s->handler = *h;
    s->data = data;
    s->batch = intake_batch_new(setup->intake, setup->mailbox);
    s->texts = g_string_chunk_new(4096);
    s->wanted = g_array_new(FALSE, FALSE, sizeof(struct item));
    s->away = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    s->marked = g_hash_table_new(g_str_hash, g_str_equal);
    s->pop3 = pop3_new(stream, &handler, s);
    ask(s, &(struct pop3_ask){.command = POP3_UIDL});
    return s;
}

static void session_ready(void *session, unsigned loop_events)
{
    struct session *s = session;
    pop3_ready(s->pop3, loop_events);
}

static void session_tick(void *session, gint64 now_us)
{
    struct session *s = session;
    /* A slow message must not hold back those before it. */
    if (intake_batch_is_due(s->batch, now_us))
        keep(s);
    pop3_tick(s->pop3, now_us);
}

/* It is over as soon as it has caught up. */
static gboolean session_is_watching(const void *session)
{
    return FALSE;
}

static void session_leave(void *session)
{
    struct session *s = session;
    s->is_leaving = TRUE;
    if (pop3_is_idle(s->pop3))
        quit(s);
}

static void session_free(void *session)
{
    struct session *s = session;
    pop3_free(s->pop3);
    intake_batch_free(s->batch);
    g_string_chunk_free(s->texts);
    g_array_unref(s->wanted);
    g_array_unref(s->away);
    g_hash_table_unref(s->names);
    g_hash_table_unref(s->marked);
    g_clear_error(&s->why);
    g_free(s->complaint);
    g_free(s);
}

const struct session_ops *session_pop3(void)
{
    static const struct session_ops ops = {.begin = session_begin,
                                           .ready = session_ready,
                                           .tick = session_tick,
                                           .is_watching = session_is_watching,
                                           .leave = session_leave,
                                           .free = session_free};
    return &ops;
}
