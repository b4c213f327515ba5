/*
 * Reading a mailbox by IMAP: what has no key in the database yet is fetched, one message at a
 * time, and kept batch by batch; then it is moved or deleted, if the mailbox says so. After
 * that it waits by IDLE, or until it is asked to look again.
 */
#include "config.h"

#include "worker/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"
#include "net/imap.h"
#include "store/inbound.h"

#define FOLDER "INBOX"
#define PUT_AWAY_MOST 500 /* messages in one command */
#define UID_BYTES 12
#define SHORT_IDLE_US CLOCK_SECOND_US
#define SHORT_IDLES_MOST 3 /* then it is left alone with it */

struct session {
    struct imap_session *imap; /* owned */
    struct session_setup setup;
    struct session_handler handler;
    void *data;
    struct intake_batch *batch; /* owned */
    char *folder;               /* owned */
    gint64 validity;
    GHashTable *known; /* owned; while searching: keys as text */
    GArray *wanted;    /* owned; of guint32, to be fetched; */
    guint at;          /* the next of them */
    GArray *away;      /* owned; of gint64: kept, to be moved or deleted */
    guint n_moving;    /* of these in the command in hand */
    guint32 next_uid;  /* those below were looked at */
    guint32 n_exists;  /* when it last changed */
    GString *body;     /* owned; of the message that is being fetched */
    gboolean is_fetching;
    gint64 idle_us;    /* monotonic; since when IDLE is in hand */
    int n_short;       /* IDLEs in a row that the server ended at once */
    gboolean has_news, is_leaving, may_put_away, was_created, cannot_idle;
    gboolean is_whole; /* the search in hand is of the whole folder */
    char *complaint; /* owned; the first */
    GError *why;     /* owned; the first trouble that ends it */
};

static void step(struct session *s);

static void end(struct session *s, GError *why)
{
    if (!s->why)
        s->why = why;
    else
        g_clear_error(&why);
    s->is_leaving = TRUE;
    if (imap_is_idle(s->imap))
        imap_logout(s->imap);
}

static void complain(struct session *s, char *take_words)
{
    if (s->complaint)
        g_free(take_words);
    else
        s->complaint = take_words;
}

static void end_with_words(struct session *s, char *take_words)
{
    end(s, g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, take_words));
    g_free(take_words);
}

static void note_refusal(struct session *s, const struct imap_result *r)
{
    g_autofree char *folder = text_safe(s->folder, -1, 100);
    end_with_words(
        s, r->command == IMAP_SELECT
               ? g_strdup_printf(_("the folder %s cannot be opened: “%s”. Make it there, or "
                                   "name another with crier mailbox set --folder"),
                                 folder, r->text)
               : g_strdup_printf(_("the server refuses %s: “%s”"),
                                 imap_command_name(r->command), r->text));
}

/* ---- keeping ---- */

static gboolean keep(struct session *s)
{
    GError *error = NULL;
    if (intake_batch_commit(s->batch, s->validity, s->away, s->setup.counts, &error))
        return TRUE;
    end(s, error);
    return FALSE;
}

/* ---- what is there ---- */

static void search(struct session *s)
{
    GError *error = NULL;
    s->has_news = FALSE;
    g_clear_pointer(&s->known, g_hash_table_unref);
    s->known = inbound_keys(s->setup.db, s->setup.mailbox->id, s->validity, &error);
    s->is_whole = s->next_uid <= 1;
    if (s->known)
        imap_search(s->imap, s->next_uid);
    else
        end(s, error);
}

/* What a search of the whole folder did not find is gone from it. */
static void forget_gone(struct session *s)
{
    if (s->is_whole && s->known)
        intake_batch_forget(s->batch, s->validity, s->known);
    s->is_whole = FALSE;
}

static void on_message(struct imap_session *imap, guint32 uid, gint64 size, void *data)
{
    struct session *s = data;
    char text[UID_BYTES];
    gint64 tag = uid;
    g_snprintf(text, sizeof text, "%u", uid);
    s->next_uid = uid == G_MAXUINT32 ? uid : uid + 1;
    if (!g_hash_table_remove(s->known, text)) {
        g_array_append_val(s->wanted, uid);
        (*s->setup.n_found)++;
    } else {
        /* Kept before somebody was killed, or before it was to be put away. */
        g_array_append_val(s->away, tag);
    }
}

static void on_selected(struct session *s)
{
    const struct imap_folder *f = imap_get_folder(s->imap);
    const struct mailbox *m = s->setup.mailbox;
    GError *error = NULL;
    if (f->uid_validity == 0) {
        end_with_words(s, g_strdup(_("the server gives messages no lasting numbers (no "
                                     "UIDVALIDITY), so that nobody could tell which were read "
                                     "already. Read this mailbox by POP3")));
        return;
    }
    s->validity = f->uid_validity;
    s->n_exists = f->exists;
    s->may_put_away = m->after_read != MAILBOX_LEAVE && !f->is_read_only;
    if (m->after_read != MAILBOX_LEAVE && f->is_read_only)
        complain(s, g_strdup(_("mail can only be read there, not moved away or deleted: whoever "
                               "runs the server can give the user that right")));
    if (inbound_mailbox_looked(s->setup.db, m->id, s->validity, clock_wall_us(), &error))
        search(s);
    else
        end(s, error);
}

static void look_again(struct session *s)
{
    GError *error = NULL;
    if (inbound_mailbox_looked(s->setup.db, s->setup.mailbox->id, s->validity, clock_wall_us(),
                               &error))
        search(s);
    else
        end(s, error);
}

/* ---- fetching ---- */

static gboolean is_broken(const struct session *s, guint32 uid)
{
    char text[UID_BYTES];
    g_snprintf(text, sizeof text, "%u", uid);
    return g_hash_table_contains(s->setup.broken, text);
}

static void put_broken_last(struct session *s)
{
    g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint n = 0;
    for (guint i = 0; i < s->wanted->len; i++) {
        guint32 uid = g_array_index(s->wanted, guint32, i);
        if (is_broken(s, uid))
            g_array_append_val(last, uid);
        else
            g_array_index(s->wanted, guint32, n++) = uid;
    }
    g_array_set_size(s->wanted, n);
    g_array_append_vals(s->wanted, last->data, last->len);
}

static void note_broken(struct session *s)
{
    guint32 uid = g_array_index(s->wanted, guint32, s->at);
    g_hash_table_add(s->setup.broken, g_strdup_printf("%u", uid));
}

static void fetch_next(struct session *s)
{
    guint32 uid = g_array_index(s->wanted, guint32, s->at);
    g_string_truncate(s->body, 0);
    s->is_fetching = TRUE;
    imap_fetch(s->imap, uid, INTAKE_MAIL_MAX_BYTES);
}

static void on_body(struct imap_session *imap, const char *octets, gsize len, void *data)
{
    struct session *s = data;
    g_string_append_len(s->body, octets, (gssize)len);
}

static void on_fetched(struct session *s, const struct imap_result *r)
{
    guint32 uid = g_array_index(s->wanted, guint32, s->at);
    char text[UID_BYTES];
    g_snprintf(text, sizeof text, "%u", uid);
    s->is_fetching = FALSE;
    s->at++;
    g_hash_table_remove(s->setup.broken, text);
    if (r->status == IMAP_OK) {
        intake_batch_add(s->batch, text, uid, g_steal_pointer(&s->body), r->size);
        s->body = g_string_new(NULL);
    } else if (r->status != IMAP_GONE) {
        /* It is asked for again with the next connection. */
        log_warning("mailbox %s: message %u: %s", s->setup.mailbox->name, uid, r->text);
        complain(s, g_strdup_printf(_("the server does not give all messages: “%s”"), r->text));
    }
    step(s);
}

/* ---- putting away ---- */

static void put_away(struct session *s)
{
    const struct mailbox *m = s->setup.mailbox;
    guint32 uids[PUT_AWAY_MOST];
    GError *error = NULL;
    s->n_moving = MIN(s->away->len, PUT_AWAY_MOST);
    for (guint i = 0; i < s->n_moving; i++)
        uids[i] = (guint32)g_array_index(s->away, gint64, i);
    if (m->after_read == MAILBOX_DELETE)
        imap_delete(s->imap, uids, s->n_moving);
    else if (!imap_move(s->imap, uids, s->n_moving, m->move_to, &error))
        end(s, error);
}

/* What is kept is safe here; that it stays there as well is only to be told. */
static void give_up_putting(struct session *s, const char *said)
{
    s->may_put_away = FALSE;
    complain(s, g_strdup_printf(_("what was read could not be moved away or deleted there: “%s”. "
                                  "It stays in the folder"),
                                said));
}

static void on_put_away(struct session *s, const struct imap_result *r)
{
    if (r->status == IMAP_OK) {
        g_array_remove_range(s->away, 0, s->n_moving);
        step(s);
        return;
    }
    GError *error = NULL;
    gboolean lacks_folder =
        s->setup.mailbox->after_read == MAILBOX_MOVE && !s->was_created &&
        (strcmp(r->code, "TRYCREATE") == 0 || strcmp(r->code, "NONEXISTENT") == 0);
    s->was_created = TRUE;
    if (lacks_folder && imap_create(s->imap, s->setup.mailbox->move_to, &error))
        return;
    g_clear_error(&error);
    give_up_putting(s, r->text);
    step(s);
}

/* ---- one thing after the other ---- */

static gboolean session_is_watching(const void *session)
{
    const struct session *s = session;
    return imap_get_features(s->imap)->idle && !s->cannot_idle;
}

/* Nothing is left to do: wait for news, or go. */
static void on_caught_up(struct session *s)
{
    if (s->is_leaving) {
        imap_logout(s->imap);
        return;
    }
    if (s->has_news) {
        look_again(s);
        return;
    }
    s->handler.caught_up(s->complaint, s->data);
    /* It may have been told to leave from within. */
    if (!imap_is_idle(s->imap) || !session_is_watching(s))
        return;
    s->idle_us = clock_mono_us();
    imap_idle(s->imap);
}

static void step(struct session *s)
{
    gboolean is_done = s->is_leaving || s->at >= s->wanted->len;
    if ((is_done || intake_batch_is_due(s->batch, clock_mono_us())) && !keep(s))
        return;
    if (!s->may_put_away)
        g_array_set_size(s->away, 0);
    if (s->away->len > 0 && (is_done || s->away->len >= PUT_AWAY_MOST)) {
        put_away(s);
        return;
    }
    if (!is_done) {
        fetch_next(s);
        return;
    }
    g_array_set_size(s->wanted, 0);
    s->at = 0;
    on_caught_up(s);
}

/* A server that says it can and cannot must not be asked without end: polling does it. */
static void on_refused(struct session *s, const struct imap_result *r)
{
    if (r->command == IMAP_IDLE)
        s->cannot_idle = TRUE;
    if (r->command == IMAP_IDLE || r->command == IMAP_NOOP)
        step(s);
    else
        note_refusal(s, r);
}

static void on_idle_end(struct session *s)
{
    gboolean is_short =
        !s->has_news && !s->is_leaving && clock_mono_us() - s->idle_us < SHORT_IDLE_US;
    s->n_short = is_short ? s->n_short + 1 : 0;
    s->cannot_idle = s->n_short > SHORT_IDLES_MOST;
}

static void on_searched(struct session *s)
{
    if (g_hash_table_size(s->setup.broken) > 0)
        put_broken_last(s);
    step(s);
}

static void on_done(struct imap_session *imap, const struct imap_result *r, void *data)
{
    struct session *s = data;
    if (r->status == IMAP_BROKEN) /* `closed` says why */
        return;
    switch (r->command) {
    case IMAP_FETCH:
        on_fetched(s, r);
        return;
    case IMAP_MOVE:
    case IMAP_DELETE:
        on_put_away(s, r);
        return;
    case IMAP_CREATE: /* whether it worked, moving tells */
        step(s);
        return;
    default:
        break;
    }
    if (r->status != IMAP_OK) {
        on_refused(s, r);
        return;
    }
    GError *error = NULL;
    if (r->command == IMAP_IDLE)
        on_idle_end(s);
    if (r->command == IMAP_SEARCH)
        forget_gone(s);
    g_clear_pointer(&s->known, g_hash_table_unref);
    if (s->is_leaving)
        step(s);
    else if (r->command == IMAP_CAPABILITY && !imap_select(imap, s->folder, &error))
        end(s, error);
    else if (r->command == IMAP_SELECT)
        on_selected(s);
    else if (r->command == IMAP_IDLE || r->command == IMAP_NOOP)
        look_again(s);
    else if (r->command == IMAP_SEARCH)
        on_searched(s);
}

static void on_changed(struct imap_session *imap, void *data)
{
    struct session *s = data;
    guint32 n = imap_get_folder(imap)->exists;
    gboolean is_more = n > s->n_exists;
    s->n_exists = n;
    if (!is_more)
        return;
    s->has_news = TRUE;
    imap_idle_end(imap);
}

static void on_closed(struct imap_session *imap, const GError *why, void *data)
{
    struct session *s = data;
    if (s->is_fetching)
        note_broken(s);
    /* Whatever was fetched is not fetched again. */
    g_autoptr(GError) error = NULL;
    if (!s->why &&
        !intake_batch_commit(s->batch, s->validity, s->away, s->setup.counts, &error))
        why = error;
    s->handler.closed(s->why ? s->why : why, s->data);
}

/* ---- life ---- */

static void *session_begin(struct stream *stream, const struct session_setup *setup,
                           const struct session_handler *h, void *data)
{
    static const struct imap_handler handler = {
        .done = on_done,
        .message = on_message,
        .body = on_body,
        .changed = on_changed,
        .closed = on_closed,
    };
    struct session *s = g_new0(struct session, 1);
    const struct mailbox *m = setup->mailbox;
    s->setup = *setup;
    s->handler = *h;
    s->data = data;
    s->batch = intake_batch_new(setup->intake, m);
    s->folder = g_strdup(m->folder && *m->folder ? m->folder : FOLDER);
    s->wanted = g_array_new(FALSE, FALSE, sizeof(guint32));
    s->away = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->body = g_string_new(NULL);
    s->next_uid = 1;
    s->imap = imap_new(stream, &handler, s);
    imap_capability(s->imap);
    return s;
}

static void session_ready(void *session, unsigned loop_events)
{
    struct session *s = session;
    imap_ready(s->imap, loop_events);
}

static void session_tick(void *session, gint64 now_us)
{
    struct session *s = session;
    /* A slow message must not hold back those before it. */
    if (intake_batch_is_due(s->batch, now_us))
        keep(s);
    imap_tick(s->imap, now_us);
}

static void session_look(void *session)
{
    struct session *s = session;
    if (imap_is_idle(s->imap))
        imap_noop(s->imap);
    else
        imap_idle_end(s->imap);
}

static void session_leave(void *session)
{
    struct session *s = session;
    s->is_leaving = TRUE;
    if (imap_is_idle(s->imap))
        imap_logout(s->imap);
    else
        imap_idle_end(s->imap);
}

static void session_free(void *session)
{
    struct session *s = session;
    imap_free(s->imap);
    intake_batch_free(s->batch);
    g_clear_pointer(&s->known, g_hash_table_unref);
    g_array_unref(s->wanted);
    g_array_unref(s->away);
    g_string_free(s->body, TRUE);
    g_clear_error(&s->why);
    g_free(s->complaint);
    g_free(s->folder);
    g_free(s);
}

const struct session_ops *session_imap(void)
{
    static const struct session_ops ops = {session_begin, session_ready, session_tick,
                                           session_look,  session_is_watching, session_leave,
                                           session_free};
    return &ops;
}
