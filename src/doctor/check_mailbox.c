/*
 * Check 23: can mail be read there, and taken away? The folder is opened and counted; no
 * message is fetched, marked or moved.
 */
#include "config.h"

#include "doctor/checks_private.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "doctor/talk_private.h"
#include "doctor/wire_private.h"
#include "net/mailbox_look.h"

#define KIB 1024
#define NEARLY_FULL_PERCENT 90

struct looking {
    struct wire *wire;
    const struct mailbox *mailbox; /* borrowed */
    const struct mailbox_look_ops *ops;
    void *look;
    struct mailbox_found found;
    char *why; /* owned; NULL: all was answered */
    gboolean is_through;
};

static void on_done(const struct mailbox_found *found, const GError *why, void *data)
{
    struct looking *l = data;
    l->found = *found;
    l->is_through = why == NULL;
    l->why = why ? g_strdup(why->message) : NULL;
    wire_done(l->wire);
}

static void on_line(char direction, const char *text, void *data)
{
    const struct looking *l = data;
    wire_line(l->wire, direction, text);
}

static void look_begin(struct wire *w, struct stream *s, void *data)
{
    static const struct mailbox_look_handler handler = {on_done, on_line};
    struct looking *l = data;
    l->wire = w;
    l->look = l->ops->begin(s, l->mailbox, &handler, l);
}

static void look_ready(unsigned events, void *data)
{
    const struct looking *l = data;
    l->ops->ready(l->look, events);
}

static void look_tick(gint64 now_us, void *data)
{
    const struct looking *l = data;
    l->ops->tick(l->look, now_us);
}

static void look_over(void *data)
{
    const struct looking *l = data;
    l->ops->free(l->look);
}

/* ---- what to say ---- */

static char *say_count(const struct doctor_subject *s, const struct mailbox_found *f)
{
    if (s->protocol == STREAM_POP3) {
        g_autofree char *size = g_format_size((guint64)MAX(f->n_bytes, 0));
        return g_strdup_printf(ngettext("%" PRId64 " message is in the mailbox (%s)",
                                        "%" PRId64 " messages are in the mailbox (%s)",
                                        (gulong)f->n_messages),
                               f->n_messages, size);
    }
    const char *folder = s->mailbox.folder && *s->mailbox.folder ? s->mailbox.folder : "INBOX";
    return g_strdup_printf(ngettext("%" PRId64 " message is in the folder %s",
                                    "%" PRId64 " messages are in the folder %s",
                                    (gulong)f->n_messages),
                           f->n_messages, folder);
}

static void put_evidence(const struct doctor_subject *s, struct doctor_finding *f,
                         const struct mailbox_found *found)
{
    if (found->quota_kib > 0) {
        g_autofree char *used = g_format_size((guint64)found->used_kib * KIB);
        g_autofree char *most = g_format_size((guint64)found->quota_kib * KIB);
        doctor_evidence(f, _("room: %s of %s are used"), used, most);
    }
    if (found->lacks_move_to)
        doctor_evidence(f,
                        _("the folder %s, where read mail goes, is not there yet: it is made "
                          "when it is needed"),
                        s->mailbox.move_to);
    else if (s->mailbox.after_read == MAILBOX_MOVE && s->protocol == STREAM_IMAP)
        doctor_evidence(f, _("the folder %s, where read mail goes, is there"),
                        s->mailbox.move_to);
}

static gint64 percent_used(const struct mailbox_found *f)
{
    return f->quota_kib > 0 ? (gint64)(100.0 * (double)f->used_kib / (double)f->quota_kib) : 0;
}

static void judge(const struct doctor_subject *s, struct doctor_finding *f,
                  const struct mailbox_found *found)
{
    g_autofree char *count = say_count(s, found);
    gint64 percent = percent_used(found);
    put_evidence(s, f, found);
    if (percent >= 100)
        doctor_say(
            f, DOCTOR_FAIL, DOCTOR_YOU, "full",
            g_strdup_printf(_("the mailbox is full: bounces are refused there (%s)"), count),
            doctor_talk_remedy(s, "--after-read delete"));
    else if (percent >= NEARLY_FULL_PERCENT)
        doctor_say(f, DOCTOR_WARN, DOCTOR_YOU, "nearly-full",
                   g_strdup_printf(_("the mailbox is %d %% full (%s)"), (int)percent, count),
                   g_strdup(_("Delete old mail there before it is full: bounces would be "
                              "refused.")));
    else if (found->is_read_only && s->mailbox.after_read != MAILBOX_LEAVE)
        doctor_say(f, DOCTOR_WARN, DOCTOR_SERVER, "read-only",
                   g_strdup_printf(_("mail can only be read there, not moved away or deleted "
                                     "(%s)"),
                                   count),
                   g_strdup(_("Ask who runs the server to give the user that right.")));
    else if (found->n_twice + found->n_unnamed > 0)
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_SERVER, "unnamed",
            g_strdup_printf(_("%" PRId64 " messages have no name of their own (UIDL), so "
                              "that they are not told apart"),
                            found->n_twice + found->n_unnamed),
            g_strdup(_("Read this mailbox by IMAP.")));
    else
        doctor_ok(f, g_steal_pointer(&count));
}

void doctor_check_mailbox(struct doctor *d, struct doctor_finding *f)
{
    static const struct wire_talk talk = {look_begin, look_ready, look_tick, look_over};
    const struct doctor_subject *s = d->subject;
    struct wire w;
    struct looking l = {.mailbox = &s->mailbox,
                        .ops = s->protocol == STREAM_POP3 ? mailbox_look_pop3()
                                                          : mailbox_look_imap()};
    if (!d->facts.is_logged_in) {
        doctor_pass(f, g_strdup(_("not looked into without the login")));
        return;
    }
    wire_init(&w, s, f);
    w.talk = &talk;
    w.data = &l;
    wire_run(&w);
    if (l.is_through)
        judge(s, f, &l.found);
    else
        doctor_say(f, DOCTOR_FAIL, l.why ? DOCTOR_YOU : DOCTOR_SERVER, "mailbox",
                   g_strdup(l.why           ? l.why
                            : w.outcome.why ? w.outcome.why
                                            : _("the connection was lost")),
                   NULL);
    g_free(l.why);
    wire_clear(&w);
}
