/*
 * Asks an IMAP server what a reader of bounces needs: what it offers, whether the folder opens,
 * how many messages are in it and whether they can be told apart and taken away. Fetches, marks
 * and moves nothing.
 */
#include "config.h"

#include "net/mailbox_look.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "net/imap.h"

#define FOLDER "INBOX"

struct look {
    struct imap_session *session; /* owned */
    struct mailbox_look_handler handler;
    void *data;
    char *folder;       /* owned */
    char *move_to;      /* owned; NULL: nothing is moved */
    gboolean is_second; /* move_to is being looked at */
    struct mailbox_found found;
    GError *why; /* owned; the first trouble */
};

static void note_trouble(struct look *l, char *take_words)
{
    if (!l->why)
        l->why = g_error_new_literal(CRIER_ERROR, CRIER_ERROR_FAILED, take_words);
    g_free(take_words);
}

static void note_refusal(struct look *l, const struct imap_result *r)
{
    g_autofree char *folder = text_safe(l->folder, -1, 100);
    note_trouble(
        l, r->command == IMAP_SELECT
               ? g_strdup_printf(_("the folder %s cannot be opened: “%s”. Make it there, or "
                                   "name another with crier mailbox set --folder"),
                                 folder, r->text)
               : g_strdup_printf(_("the server refuses %s: “%s”"),
                                 imap_command_name(r->command), r->text));
}

static void take_folder(struct look *l)
{
    const struct imap_folder *f = imap_get_folder(l->session);
    const struct imap_features *offers = imap_get_features(l->session);
    l->found.n_messages = f->exists;
    l->found.is_read_only = f->is_read_only;
    l->found.has_offers = TRUE;
    l->found.idle = offers->idle;
    l->found.move = offers->move;
    l->found.uidplus = offers->uidplus;
    if (f->uid_validity == 0)
        note_trouble(l, g_strdup(_("the server gives messages no lasting numbers (no "
                                   "UIDVALIDITY), so that nobody could tell which were read "
                                   "already. Read this mailbox by POP3")));
}

static void select_folder(struct look *l)
{
    g_autoptr(GError) error = NULL;
    if (imap_select(l->session, l->folder, &error))
        return;
    note_trouble(l, g_strdup(error->message));
    imap_logout(l->session);
}

/* Whether the folder is there is known by looking into it. The reader makes one that is not. */
static void look_at_move_to(struct look *l)
{
    l->is_second = TRUE;
    if (!l->move_to || !imap_select(l->session, l->move_to, NULL))
        imap_logout(l->session);
}

static void on_folder(struct look *l)
{
    take_folder(l);
    if (!imap_get_features(l->session)->quota || !imap_quota(l->session, l->folder, NULL))
        look_at_move_to(l);
}

static void on_quota(struct look *l)
{
    const struct imap_folder *f = imap_get_folder(l->session);
    l->found.quota_kib = f->quota_kib;
    l->found.used_kib = f->used_kib;
    look_at_move_to(l);
}

static void on_done(struct imap_session *s, const struct imap_result *r, void *data)
{
    struct look *l = data;
    gboolean is_ok = r->status == IMAP_OK;
    if (r->status == IMAP_BROKEN) /* `closed` says why */
        return;
    if (l->is_second) {
        l->found.lacks_move_to = !is_ok;
        imap_logout(s);
    } else if (r->command == IMAP_QUOTA) {
        on_quota(l);
    } else if (is_ok && r->command == IMAP_CAPABILITY) {
        select_folder(l);
    } else if (is_ok && r->command == IMAP_SELECT) {
        on_folder(l);
    } else {
        note_refusal(l, r);
        imap_logout(s);
    }
}

/* Nothing that concerns a single message is asked for. */
static void on_message(struct imap_session *s, guint32 uid, gint64 size, void *data)
{
}

static void on_body(struct imap_session *s, const char *octets, gsize len, void *data)
{
}

static void on_closed(struct imap_session *s, const GError *why, void *data)
{
    struct look *l = data;
    l->handler.done(&l->found, l->why ? l->why : why, l->data);
}

static void on_line(struct imap_session *s, char direction, const char *text, void *data)
{
    const struct look *l = data;
    l->handler.line(direction, text, l->data);
}

static void *look_begin(struct stream *stream, const struct mailbox *m,
                        const struct mailbox_look_handler *h, void *data)
{
    static const struct imap_handler handler = {
        .done = on_done,
        .message = on_message,
        .body = on_body,
        .closed = on_closed,
        .line = on_line,
    };
    struct look *l = g_new0(struct look, 1);
    l->handler = *h;
    l->data = data;
    l->folder = g_strdup(m->folder && *m->folder ? m->folder : FOLDER);
    l->move_to = m->after_read == MAILBOX_MOVE && m->move_to && *m->move_to
                     ? g_strdup(m->move_to)
                     : NULL;
    l->found.n_bytes = -1;
    l->session = imap_new(stream, &handler, l);
    imap_capability(l->session);
    return l;
}

static void look_ready(void *look, unsigned loop_events)
{
    struct look *l = look;
    imap_ready(l->session, loop_events);
}

static void look_tick(void *look, gint64 now_mono_us)
{
    struct look *l = look;
    imap_tick(l->session, now_mono_us);
}

static void look_free(void *look)
{
    struct look *l = look;
    imap_free(l->session);
    g_free(l->folder);
    g_free(l->move_to);
    g_clear_error(&l->why);
    g_free(l);
}

const struct mailbox_look_ops *mailbox_look_imap(void)
{
    static const struct mailbox_look_ops ops = {look_begin, look_ready, look_tick, look_free};
    return &ops;
}
