/*
 * Asks a POP3 server what a reader of bounces needs: how many messages there are, and whether
 * each has a name of its own by which it is known again. Fetches and deletes nothing.
 */
#include "config.h"

#include "net/mailbox_look.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"
#include "net/pop3.h"

#define SAID_MAX 300 /* characters of the server's words */

static const enum pop3_command steps[] = {POP3_CAPA, POP3_STAT, POP3_UIDL, POP3_QUIT};

struct look {
    struct pop3_session *session; /* owned */
    struct mailbox_look_handler handler;
    void *data;
    gsize at; /* of steps */
    struct mailbox_found found;
    GError *why; /* owned; the first trouble */
};

static void ask_next(struct look *l)
{
    struct pop3_ask ask = {.command = steps[l->at++]};
    gboolean is_asked = pop3_ask(l->session, &ask, NULL);
    g_assert(is_asked); /* it was idle */
}

static gint64 count_twice(const struct pop3_result *r)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < r->n_items; i++)
        g_hash_table_add(seen, (gpointer)r->items[i].uid);
    return (gint64)r->n_items - g_hash_table_size(seen);
}

static void note_refusal(struct look *l, const struct pop3_result *r)
{
    g_autofree char *said = text_safe(r->text, -1, SAID_MAX);
    if (l->why || r->command == POP3_CAPA) /* old servers do not know it */
        return;
    l->why = g_error_new(
        CRIER_ERROR, CRIER_ERROR_FAILED,
        r->command == POP3_UIDL
            ? _("the server gives messages no names of their own (UIDL: “%s”), so that nobody "
                "could tell which were read already. Read this mailbox by IMAP")
            : _("the server refuses %2$s: “%1$s”"),
        said, pop3_command_name(r->command));
}

static void on_result(struct pop3_session *s, const struct pop3_result *r, void *data)
{
    struct look *l = data;
    if (r->outcome == POP3_REFUSED)
        note_refusal(l, r);
    if (r->outcome == POP3_OK && r->command == POP3_STAT) {
        l->found.n_messages = r->n_messages;
        l->found.n_bytes = r->n_bytes;
    }
    if (r->outcome == POP3_OK && r->command == POP3_UIDL) {
        l->found.n_twice = count_twice(r);
        l->found.n_unnamed = (gint64)r->n_unread;
    }
    if (pop3_is_idle(s))
        ask_next(l);
}

static void on_closed(struct pop3_session *s, const GError *why, void *data)
{
    struct look *l = data;
    l->handler.done(&l->found, l->why ? l->why : why, l->data);
}

static void on_line(struct pop3_session *s, char direction, const char *text, void *data)
{
    const struct look *l = data;
    l->handler.line(direction, text, l->data);
}

static void *look_begin(struct stream *stream, const struct mailbox *m,
                        const struct mailbox_look_handler *h, void *data)
{
    static const struct pop3_handler handler = {on_result, on_closed, on_line};
    struct look *l = g_new0(struct look, 1);
    l->handler = *h;
    l->data = data;
    l->session = pop3_new(stream, &handler, l);
    ask_next(l);
    return l;
}

static void look_ready(void *look, unsigned loop_events)
{
    struct look *l = look;
    pop3_ready(l->session, loop_events);
}

static void look_tick(void *look, gint64 now_mono_us)
{
    struct look *l = look;
    pop3_tick(l->session, now_mono_us);
}

static void look_free(void *look)
{
    struct look *l = look;
    pop3_free(l->session);
    g_clear_error(&l->why);
    g_free(l);
}

const struct mailbox_look_ops *mailbox_look_pop3(void)
{
    static const struct mailbox_look_ops ops = {look_begin, look_ready, look_tick, look_free};
    return &ops;
}
