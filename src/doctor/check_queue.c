/*
 * Check 25: a mail server on this machine takes everything at once and delivers later, so that
 * "accepted" is not yet out. What still waits in its queue, and why, is asked of Postfix, the
 * one whose queue everybody may see.
 */
#include "config.h"

#include "doctor/check_queue.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/text.h"
#include "doctor/checks_private.h"

#define QUEUE_MAX_BYTES (16 * 1024 * 1024)
#define QUEUE_WAIT_S 10
#define REASONS_MAX 1000 /* different ones that are told apart */
#define REASON_CHARS 160
#define REASONS_TOLD 5
#define MANY_DEFERRED 5 /* a few are always late somewhere */
#define LISTEN_WAIT_MS 1000
#define PORT_SMTP 25

/* ---- reading ---- */

static void reason_free(gpointer data)
{
    struct queue_reason *r = data;
    g_free(r->text);
    g_free(r);
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    g_ptr_array_unref(q->reasons);
    g_free(q);
}

/* Those that were not even tried, because others met the same. */
static const char suspended[] = "delivery temporarily suspended: ";

static void count_reason(struct queue *q, GHashTable *seen, const char *reason)
{
    if (g_str_has_prefix(reason, suspended))
        reason += sizeof suspended - 1;
    g_autofree char *text = text_safe(reason, -1, REASON_CHARS);
    struct queue_reason *r = g_hash_table_lookup(seen, text);
    if (!r && q->reasons->len < REASONS_MAX) {
        r = g_new0(struct queue_reason, 1);
        r->text = g_strdup(text);
        g_ptr_array_add(q->reasons, r);
        g_hash_table_insert(seen, r->text, r);
    }
    if (r)
        r->n++;
}

static void take_mail(struct queue *q, GHashTable *seen, const struct json *mail)
{
    const struct json *to = json_member(mail, "recipients");
    gint64 came_us = json_member_int(mail, "arrival_time", 0) * CLOCK_SECOND_US;
    gboolean is_deferred = g_strcmp0(json_member_string(mail, "queue_name"), "deferred") == 0;
    if (!json_member_string(mail, "queue_id"))
        return;
    q->n++;
    q->n_deferred += is_deferred;
    if (came_us > 0 && (q->oldest_us == 0 || came_us < q->oldest_us))
        q->oldest_us = came_us;
    for (gsize i = 0; i < json_size(to); i++) {
        const char *reason = json_member_string(json_at(to, i), "delay_reason");
        q->n_recipients++;
        if (reason && *reason)
            count_reason(q, seen, reason);
    }
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const struct queue_reason *one = *(const struct queue_reason *const *)a;
    const struct queue_reason *other = *(const struct queue_reason *const *)b;
    return one->n != other->n ? other->n - one->n : strcmp(one->text, other->text);
}

struct queue *queue_parse(const char *text, gsize len)
{
    struct queue *q = g_new0(struct queue, 1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const char *end = text + len;
    q->reasons = g_ptr_array_new_with_free_func(reason_free);
    while (text < end) {
        const char *line_end = memchr(text, '\n', (gsize)(end - text));
        gsize line_len = (gsize)((line_end ? line_end : end) - text);
        struct json *mail = line_len > 0 ? json_parse(text, line_len, NULL) : NULL;
        if (mail)
            take_mail(q, seen, mail);
        json_unref(mail);
        text += line_len + 1;
    }
    g_ptr_array_sort(q->reasons, by_number);
    return q;
}

/* ---- the judgement ---- */

static char *say_number(const struct queue *q, gint64 now_us)
{
    g_autofree char *span = clock_format_span(MAX(now_us - q->oldest_us, 0) / CLOCK_SECOND_US);
    g_autofree char *n = text_grouped(q->n);
    return g_strdup_printf(ngettext("%s mail waits in the queue of this machine's own mail "
                                    "server, the oldest for %s",
                                    "%s mails wait in the queue of this machine's own mail "
                                    "server, the oldest for %s",
                                    (gulong)q->n),
                           n, span);
}

void queue_judge(const struct queue *q, gint64 now_us, struct doctor_finding *f)
{
    for (guint i = 0; i < q->reasons->len && i < REASONS_TOLD; i++) {
        const struct queue_reason *r = q->reasons->pdata[i];
        doctor_evidence(f, "%d x %s", r->n, r->text);
    }
    if (q->is_cut)
        doctor_evidence(f, "%s", _("the queue is longer than what was read of it"));
    if (q->n == 0) {
        doctor_ok(f, g_strdup(_("the queue of this machine's own mail server is empty: what it "
                                "accepted went out or came back")));
        return;
    }
    g_autofree char *number = say_number(q, now_us);
    const struct queue_reason *first = q->reasons->len > 0 ? q->reasons->pdata[0] : NULL;
    if (q->n_deferred >= MANY_DEFERRED && first)
        doctor_say(
            f, DOCTOR_WARN, DOCTOR_ADMIN, "queue",
            g_strdup_printf(_("%s; the commonest reason is: %s"), number, first->text),
            g_strdup(_("Look at its queue and log: what it accepted from crier is not yet "
                       "out.")));
    else
        doctor_ok(f, g_strdup_printf(_("%s; what it accepted is not yet out"), number));
}

/* ---- the check ---- */

/* Whether somebody listens on our port 25; 0: nobody, or it cannot be known. */
static gboolean has_listener(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(PORT_SMTP),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return FALSE;
    int problem = 0;
    socklen_t len = sizeof problem;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    gboolean is_there = connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 ||
                        (poll(&p, 1, LISTEN_WAIT_MS) == 1 &&
                         getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len) == 0 &&
                         problem == 0 && (p.revents & POLLHUP) == 0);
    close(fd);
    return is_there;
}

static char *find_postqueue(void)
{
    static const char *const places[] = {"/usr/sbin/postqueue", "/usr/local/sbin/postqueue"};
    char *path = g_find_program_in_path("postqueue");
    for (gsize i = 0; !path && i < G_N_ELEMENTS(places); i++)
        if (g_file_test(places[i], G_FILE_TEST_IS_EXECUTABLE))
            path = g_strdup(places[i]);
    return path;
}

/*
 * Where Postfix does not run, postqueue says so at once; for root it then reads the queue's
 * files itself, and that takes a second to fail. The words begin with a capital for root only.
 */
static const char down[] = "ail system is down";

static void look_at_queue(const char *program, struct doctor_finding *f)
{
    g_autoptr(GError) error = NULL;
    const char *const argv[] = {program, "-j", NULL};
    g_autofree char *text = process_filter_until(argv, "", 0, QUEUE_MAX_BYTES, QUEUE_WAIT_S,
                                                 down, &error);
    if (!text && strstr(error->message, down)) {
        doctor_pass(f,
                    g_strdup(_("Postfix is installed here, but does not run: the mail server "
                               "on this machine is another one, whose queue cannot be seen")));
        return;
    }
    if (!text) {
        g_autofree char *why = text_safe(error->message, -1, 300);
        doctor_pass(f,
                    g_strdup_printf(_("the queue of this machine's own mail server cannot be "
                                      "seen: %s"),
                                    why));
        return;
    }
    gsize len = strlen(text);
    struct queue *q = queue_parse(text, len);
    q->is_cut = len >= QUEUE_MAX_BYTES;
    queue_judge(q, clock_wall_us(), f);
    queue_free(q);
}

/* A server that we speak to on this machine, or this machine itself. */
gboolean doctor_asks_queue(const struct doctor *d)
{
    return d->subject->kind == DOCTOR_OF_MACHINE ||
           (doctor_subject_is_smtp(d->subject) && d->facts.is_loopback);
}

void doctor_check_queue(struct doctor *d, struct doctor_finding *f)
{
    g_autofree char *program = find_postqueue();
    gboolean is_here = d->subject->kind != DOCTOR_OF_MACHINE;
    if (!is_here && !has_listener())
        doctor_pass(f, g_strdup(_("no mail server of this machine listens on port 25")));
    else if (!program)
        doctor_pass(f,
                    g_strdup(_("there is a mail server on this machine, but no Postfix, whose "
                               "queue could be seen")));
    else
        look_at_queue(program, f);
}
