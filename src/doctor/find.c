/*
 * Looks for a letter by its Message-ID among the newest of a mailbox, again and again until it
 * is there. By IMAP over one connection, folder by folder, as a worker may have moved it; by
 * POP3 over a new one each time, as that one sees only what was there when it began.
 */
#include "config.h"

#include "doctor/find_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "net/imap.h"
#include "net/pop3.h"

#define NEWEST 30       /* messages that are looked at */
#define FOLDERS_MAX 2   /* where mail comes in, and where the worker puts it */
#define BETWEEN_S 2     /* between two connections */
#define CONNECTION_S 15 /* POP3: each */
#define FOLDER "INBOX"

struct search {
    struct wire *wire;
    char *mark;      /* owned; "<ID@" */
    GString *letter; /* owned; what is being read, and in the end what was found */
    gboolean is_found;
    struct imap_session *imap;
    struct pop3_session *pop3;
    /* --- IMAP --- */
    const char *folders[FOLDERS_MAX];
    guint32 next_uid[FOLDERS_MAX];
    int n_folders, at;
    GArray *uids; /* owned; of this folder */
    guint next;   /* of uids */
    gboolean is_resting;
    /* --- POP3 --- */
    gint64 number, last; /* being read; the last that is looked at */
};

/* In the header: a letter that quotes it is another one. */
static gboolean is_it(const struct search *q)
{
    const char *end = g_strstr_len(q->letter->str, (gssize)q->letter->len, "\r\n\r\n");
    gssize len = end ? end - q->letter->str : (gssize)q->letter->len;
    return g_strstr_len(q->letter->str, len, q->mark) != NULL;
}

static void append(struct search *q, const char *octets, gsize len)
{
    gsize room = FIND_MAX_BYTES - MIN(q->letter->len, FIND_MAX_BYTES);
    g_string_append_len(q->letter, octets, (gssize)MIN(len, room));
}

/* ---- IMAP ---- */

static void rest(struct search *q)
{
    q->is_resting = TRUE; /* until the next tick */
    q->at = (q->at + 1) % q->n_folders;
}

static void open_folder(struct search *q)
{
    q->is_resting = FALSE;
    if (!imap_select(q->imap, q->folders[q->at], NULL))
        rest(q);
}

static void look_for_new(struct search *q)
{
    const struct imap_folder *f = imap_get_folder(q->imap);
    guint32 *next = &q->next_uid[q->at];
    if (*next == 0)
        *next = f->uid_next > NEWEST ? f->uid_next - NEWEST : 1;
    g_array_set_size(q->uids, 0);
    q->next = 0;
    imap_search(q->imap, *next);
}

static void read_next(struct search *q)
{
    if (q->next >= q->uids->len) {
        rest(q);
        return;
    }
    guint32 uid = g_array_index(q->uids, guint32, q->next++);
    g_string_truncate(q->letter, 0);
    imap_fetch(q->imap, uid, FIND_MAX_BYTES);
}

static void on_fetched(struct search *q)
{
    if (is_it(q)) {
        q->is_found = TRUE;
        imap_logout(q->imap);
        return;
    }
    q->next_uid[q->at] = g_array_index(q->uids, guint32, q->next - 1) + 1;
    read_next(q);
}

static void on_imap_done(struct imap_session *s, const struct imap_result *r, void *data)
{
    struct search *q = data;
    if (r->status == IMAP_BROKEN || r->command == IMAP_LOGOUT)
        return;
    if (r->command == IMAP_FETCH)
        on_fetched(q);
    else if (r->status != IMAP_OK)
        rest(q);
    else if (r->command == IMAP_SELECT)
        look_for_new(q);
    else
        read_next(q);
}

static void on_imap_message(struct imap_session *s, guint32 uid, gint64 size, void *data)
{
    struct search *q = data;
    if (q->uids->len < NEWEST)
        g_array_append_val(q->uids, uid);
}

static void on_imap_body(struct imap_session *s, const char *octets, gsize len, void *data)
{
    append(data, octets, len);
}

static void on_imap_closed(struct imap_session *s, const GError *why, void *data)
{
    struct search *q = data;
    wire_done(q->wire);
}

static void on_imap_line(struct imap_session *s, char direction, const char *text, void *data)
{
    const struct search *q = data;
    wire_line(q->wire, direction, text);
}

static void imap_begin(struct wire *w, struct stream *s, void *data)
{
    static const struct imap_handler handler = {.done = on_imap_done,
                                                .message = on_imap_message,
                                                .body = on_imap_body,
                                                .closed = on_imap_closed,
                                                .line = on_imap_line};
    struct search *q = data;
    q->wire = w;
    q->imap = imap_new(s, &handler, q);
    open_folder(q);
}

static void imap_go_on(unsigned events, void *data)
{
    const struct search *q = data;
    imap_ready(q->imap, events);
}

static void imap_second(gint64 now_us, void *data)
{
    struct search *q = data;
    imap_tick(q->imap, now_us);
    if (q->is_resting && imap_is_idle(q->imap))
        open_folder(q);
}

static void imap_over(void *data)
{
    struct search *q = data;
    imap_free(q->imap);
    q->imap = NULL;
}

/* ---- POP3 ---- */

static void ask_pop3(struct search *q, enum pop3_command command)
{
    const struct pop3_ask ask = {
        .command = command, .number = q->number, .max_bytes = FIND_MAX_BYTES};
    (void)pop3_ask(q->pop3, &ask, NULL); /* it is idle */
}

/* The newest first. */
static void ask_next(struct search *q)
{
    ask_pop3(q, q->is_found || q->number < q->last ? POP3_QUIT : POP3_RETR);
}

static void on_pop3_result(struct pop3_session *s, const struct pop3_result *r, void *data)
{
    struct search *q = data;
    if (r->outcome == POP3_OK && r->command == POP3_STAT) {
        q->number = r->n_messages;
        q->last = MAX(r->n_messages - NEWEST + 1, 1);
    }
    if (r->command == POP3_RETR) {
        g_string_truncate(q->letter, 0);
        if (r->outcome == POP3_OK)
            append(q, r->message, r->message_len);
        q->is_found = is_it(q);
        q->number--;
    }
    if (r->command != POP3_QUIT && pop3_is_idle(s))
        ask_next(q);
}

static void on_pop3_closed(struct pop3_session *s, const GError *why, void *data)
{
    struct search *q = data;
    wire_done(q->wire);
}

static void on_pop3_line(struct pop3_session *s, char direction, const char *text, void *data)
{
    const struct search *q = data;
    wire_line(q->wire, direction, text);
}

static void pop3_begin(struct wire *w, struct stream *s, void *data)
{
    static const struct pop3_handler handler = {on_pop3_result, on_pop3_closed, on_pop3_line};
    struct search *q = data;
    q->wire = w;
    q->number = 0;
    q->last = 1;
    q->pop3 = pop3_new(s, &handler, q);
    ask_pop3(q, POP3_STAT);
}

static void pop3_go_on(unsigned events, void *data)
{
    const struct search *q = data;
    pop3_ready(q->pop3, events);
}

static void pop3_second(gint64 now_us, void *data)
{
    const struct search *q = data;
    pop3_tick(q->pop3, now_us);
}

static void pop3_over(void *data)
{
    struct search *q = data;
    pop3_free(q->pop3);
    q->pop3 = NULL;
}

/* ---- again and again ---- */

static void on_time(void *data)
{
    loop_quit(data);
}

static void pause_for(int seconds)
{
    struct loop *loop = loop_new();
    loop_timer_add(loop, clock_mono_us() + seconds * (gint64)CLOCK_SECOND_US, on_time, loop);
    loop_run(loop);
    loop_free(loop);
}

/* One connection. False: it could not be had, and `*ret_why` says why. */
static gboolean look_once(struct search *q, const struct doctor_subject *s,
                          struct doctor_finding *f, const struct wire_talk *talk, int seconds,
                          char **ret_why)
{
    struct wire w;
    wire_init(&w, s, f);
    w.talk = talk;
    w.data = q;
    w.timeout_s = seconds;
    wire_run(&w);
    gboolean is_up = w.outcome.is_up;
    if (!is_up)
        *ret_why = g_strdup(w.outcome.why);
    wire_clear(&w);
    return is_up;
}

/* A connection that ends early is made anew. Whoever reads the mailbox now, by POP3 maybe the
 * worker, lets go of it; another trouble does not pass by itself. */
static void look_until(struct search *q, const struct doctor_subject *s,
                       struct doctor_finding *f, gint64 until_us, char **ret_why)
{
    static const struct wire_talk pop3 = {pop3_begin, pop3_go_on, pop3_second, pop3_over};
    static const struct wire_talk imap = {imap_begin, imap_go_on, imap_second, imap_over};
    gboolean is_pop3 = s->protocol == STREAM_POP3, goes_on = TRUE;
    for (gint64 left_us; goes_on && !q->is_found;) {
        left_us = until_us - clock_mono_us();
        if (left_us <= 0)
            break;
        g_clear_pointer(ret_why, g_free);
        int seconds = (int)(left_us / CLOCK_SECOND_US) + 1;
        goes_on = look_once(q, s, f, is_pop3 ? &pop3 : &imap,
                            is_pop3 ? MIN(seconds, CONNECTION_S) : seconds, ret_why) ||
                  strstr(*ret_why, "IN-USE");
        if (goes_on && !q->is_found && clock_mono_us() < until_us)
            pause_for(BETWEEN_S);
    }
}

static void choose_folders(struct search *q, const struct mailbox *m)
{
    q->folders[q->n_folders++] = m->folder && *m->folder ? m->folder : FOLDER;
    if (m->after_read == MAILBOX_MOVE && m->move_to && *m->move_to)
        q->folders[q->n_folders++] = m->move_to;
}

GString *find_letter(const struct doctor_subject *mailbox, struct doctor_finding *f,
                     const char *id, int wait_s, char **ret_why)
{
    struct search q = {.mark = g_strdup_printf("<%s@", id),
                       .letter = g_string_new(NULL),
                       .uids = g_array_new(FALSE, FALSE, sizeof(guint32))};
    gint64 until_us = clock_mono_us() + wait_s * (gint64)CLOCK_SECOND_US;
    *ret_why = NULL;
    choose_folders(&q, &mailbox->mailbox);
    look_until(&q, mailbox, f, until_us, ret_why);
    g_free(q.mark);
    g_array_unref(q.uids);
    if (q.is_found) {
        g_clear_pointer(ret_why, g_free);
        return q.letter;
    }
    g_string_free(q.letter, TRUE);
    return NULL;
}
