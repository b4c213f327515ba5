/*
 * What the send role lets the screens see each second: that it lives, and what each server
 * does. Nothing of it is read back to decide anything.
 */
#include "config.h"

#include "worker/sender.h"

#include <string.h>

#include "base/text.h"
#include "worker/receivers.h"

#define REPLY_KEPT_BYTES 1000
#define REPLY_SHOWN_CHARS 300

void beat_note_reply(struct server_live *l, const struct reply *r, gint64 now_us)
{
    if (r->code == 0)
        return;
    l->code = r->code;
    l->reply_us = now_us;
    /* For each message: put together by hand, in memory that stays. */
    gsize head = strlen(r->enhanced);
    gsize len = r->text ? strnlen(r->text, REPLY_KEPT_BYTES) : 0;
    if (!l->reply)
        l->reply = g_malloc(sizeof r->enhanced + 1 + REPLY_KEPT_BYTES + 1);
    char *to = l->reply;
    memcpy(to, r->enhanced, head);
    to += head;
    if (head > 0)
        *to++ = ' ';
    if (len > 0)
        memcpy(to, r->text, len);
    to[len] = '\0';
}

static gboolean write_server(struct db *db, const struct server_live *l, gint64 now_us,
                             GError **error)
{
    struct server_live shown = *l;
    g_autofree char *reply = text_safe(l->reply, -1, REPLY_SHOWN_CHARS);
    shown.reply = reply;
    return server_live_beat(db, &shown, now_us, error);
}

static gboolean write_rows(struct sender *s, const struct role_row *row, GError **error)
{
    GHashTableIter i;
    gpointer g;
    if (!role_beat(s->db, row, error))
        return FALSE;
    g_hash_table_iter_init(&i, s->outgoings);
    while (g_hash_table_iter_next(&i, NULL, &g))
        if (!write_server(s->db, outgoing_describe(g), row->beat_us, error))
            return FALSE;
    return !s->receivers || receivers_write(s->receivers, s->db, error);
}

gboolean beat_write(struct sender *s, const struct role_row *row, GError **error)
{
    if (!db_begin(s->db, error))
        return FALSE;
    gboolean ok = write_rows(s, row, error) && db_commit(s->db, error);
    if (!ok)
        db_rollback(s->db);
    if (s->receivers)
        receivers_written(s->receivers, ok);
    return ok;
}

void beat_gone(struct db *db)
{
    role_gone(db, "send", NULL);
    server_live_gone(db, NULL);
}
