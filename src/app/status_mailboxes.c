/*
 * What status knows of mailboxes: when each was read, what keeps it from being read, and what
 * came in that nobody understood. The rest is status.c's.
 */
#include "config.h"

#include "app/mailbox_now.h"
#include "app/shapes.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/inbound.h"

static void add_mailbox(struct status *s, const struct mailbox_now *m, char *take_what,
                        char *take_next, char *take_verb)
{
    status_add_problem(s->problems, "mailbox", "mailboxes", m->mailbox.name, take_what,
                       take_next, take_verb)
        ->cause = "mailbox";
}

/* Its reader says nothing, and has not looked for a long time although a worker runs. */
static void find_unread(struct status *s, const struct mailbox_now *m, gint64 now_us)
{
    gint64 since_us = MAX(m->read.read_us, s->worker_since_us);
    gint64 most_s = MAX(STATUS_UNREAD_S, 3 * m->mailbox.poll_s);
    if (!s->is_worker_running || now_us - since_us <= most_s * CLOCK_SECOND_US)
        return;
    g_autofree char *when = clock_format_local(m->read.read_us, now_us);
    add_mailbox(s, m,
                m->read.read_us > 0
                    ? g_strdup_printf(_("mailbox %s was last read at %s"), m->mailbox.name, when)
                    : g_strdup_printf(_("mailbox %s has never been read"), m->mailbox.name),
                g_strdup(_("What reads it stands still: end the worker and start it again")),
                g_strdup("worker stop"));
}

static void find_of_one(struct status *s, const struct mailbox_now *m)
{
    if (mailbox_now_health(m) == MAILBOX_HAS_PROBLEM)
        add_mailbox(s, m, g_strdup_printf(_("mailbox %s: %s"), m->mailbox.name, m->problem),
                    g_strdup(_("Mend it, then test the mailbox: it goes on by itself")),
                    g_strdup_printf("mailbox test %s", m->mailbox.name));
    else if (m->mailbox.enabled)
        find_unread(s, m, clock_wall_us());
}

/* What nobody understood waits for a person. */
void status_find_unknown(struct status *s, struct db *db)
{
    gint64 n = 0;
    if (!inbound_count_unknown(db, &n, NULL) || n == 0)
        return;
    g_autofree char *shown = text_grouped(n);
    char *what =
        n < INBOUND_UNKNOWN_MAX
            ? g_strdup_printf(ngettext("%s message that came in was not understood",
                                       "%s messages that came in were not understood",
                                       (gulong)n),
                              shown)
            : g_strdup_printf(_("%s messages or more that came in were not understood"), shown);
    status_add_problem(s->problems, "mailbox", "reports", NULL, what,
                       g_strdup(_("Say what they are; nobody is marked by them meanwhile")),
                       g_strdup("bounce unknown"));
}

/* Something was sent, and nobody looks what comes back of it. */
static void note_mailboxes(struct status *s)
{
    gint64 sent = s->n_in_state[CAMPAIGN_PAUSED] + s->n_in_state[CAMPAIGN_FINISHED] +
                  s->n_in_state[CAMPAIGN_CANCELLED];
    guint n = 0;
    for (guint i = 0; i < s->mailboxes->len; i++)
        n += ((const struct mailbox_now *)s->mailboxes->pdata[i])->mailbox.enabled;
    if (s->is_worker_running || n == 0 || sent == 0 || s->n_in_state[CAMPAIGN_SENDING] > 0)
        return;
    status_add_problem(s->notes, "mailbox", "home", NULL,
                       g_strdup(_("no worker runs, so nobody reads what comes back")),
                       g_strdup(_("Start the worker")), g_strdup("worker"));
}

void status_find_mailboxes(struct status *s)
{
    for (guint i = 0; i < s->mailboxes->len; i++)
        find_of_one(s, s->mailboxes->pdata[i]);
    note_mailboxes(s);
}

void status_mailboxes_json(struct json_writer *w, const struct status *s)
{
    json_key(w, "mailboxes");
    json_begin_array(w);
    for (guint i = 0; i < s->mailboxes->len; i++) {
        const struct mailbox_now *m = s->mailboxes->pdata[i];
        json_begin_object(w);
        json_kv_string(w, "name", m->mailbox.name);
        json_kv_string(w, "address", m->mailbox.address);
        json_kv_bool(w, "enabled", m->mailbox.enabled);
        json_kv_string(w, "state", mailbox_health_name(mailbox_now_health(m)));
        shape_time(w, "last_read", m->read.read_us);
        json_kv_int(w, "n_read", m->read.n_read);
        json_kv_string(w, "problem", m->problem);
        json_end_object(w);
    }
    json_end_array(w);
}
