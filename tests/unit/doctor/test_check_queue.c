/* The queue of Postfix as JSON lines, and what is said of it. */
#include "config.h"

#include "doctor/check_queue.h"

#include <string.h>

#define NOW (G_GINT64_CONSTANT(1795340412) * G_USEC_PER_SEC)
#define AGO(s) (1795340412 - (s))
#define REFUSED "connect to mx.example.net[192.0.2.9]:25: Connection refused"

static struct doctor_finding *finding(void)
{
    struct doctor_finding *f = g_new0(struct doctor_finding, 1);
    f->evidence = g_ptr_array_new_with_free_func(g_free);
    f->transcript = g_ptr_array_new_with_free_func(g_free);
    return f;
}

static void finding_end(struct doctor_finding *f)
{
    g_free(f->text);
    g_free(f->next);
    g_ptr_array_unref(f->evidence);
    g_ptr_array_unref(f->transcript);
    g_free(f);
}

static void add_mail(GString *text, int id, const char *queue, gint64 at, const char *reason)
{
    g_string_append_printf(text,
                           "{\"queue_name\": \"%s\", \"queue_id\": \"%X\", \"arrival_time\": "
                           "%" G_GINT64_FORMAT ", \"message_size\": 300, \"sender\": \"a@b\", "
                           "\"recipients\": [{\"address\": \"c@d\"%s%s%s}]}\n",
                           queue, id, at, reason ? ", \"delay_reason\": \"" : "",
                           reason ? reason : "", reason ? "\"" : "");
}

static struct queue *parsed(const GString *text)
{
    return queue_parse(text->str, text->len);
}

static void test_reads(void)
{
    g_autoptr(GString) text = g_string_new("postqueue: warning: something else\n\n");
    add_mail(text, 1, "active", AGO(5), NULL);
    add_mail(text, 2, "deferred", AGO(7200), "host said: 450 4.2.0 greylisted");
    add_mail(text, 3, "deferred", AGO(60), REFUSED);
    add_mail(text, 4, "deferred", AGO(60), "delivery temporarily suspended: " REFUSED);
    g_string_append(text, "{\"queue_name\": \"deferred\", \"queue_i");
    struct queue *q = parsed(text);
    g_assert_cmpint(q->n, ==, 4);
    g_assert_cmpint(q->n_deferred, ==, 3);
    g_assert_cmpint(q->n_recipients, ==, 4);
    g_assert_cmpint(q->oldest_us, ==, NOW - G_GINT64_CONSTANT(7200) * G_USEC_PER_SEC);
    g_assert_cmpuint(q->reasons->len, ==, 2);
    const struct queue_reason *first = q->reasons->pdata[0];
    g_assert_cmpstr(first->text, ==, REFUSED);
    g_assert_cmpint(first->n, ==, 2);
    queue_free(q);
}

static void check(const GString *text, enum doctor_result result, const char *part)
{
    struct doctor_finding *f = finding();
    struct queue *q = parsed(text);
    queue_judge(q, NOW, f);
    g_test_message("%s", f->text);
    g_assert_cmpint(f->result, ==, result);
    g_assert_nonnull(strstr(f->text, part));
    queue_free(q);
    finding_end(f);
}

static void test_judges(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    check(text, DOCTOR_OK, "is empty");
    add_mail(text, 1, "active", AGO(5), NULL);
    check(text, DOCTOR_OK, "1 mail waits");
    for (int i = 2; i < 6; i++)
        add_mail(text, i, "deferred", AGO(300), REFUSED);
    check(text, DOCTOR_OK, "5 mails wait");
    add_mail(text, 6, "deferred", AGO(3600), "other");
    check(text, DOCTOR_WARN,
          "6 mails wait in the queue of this machine's own mail server, the oldest for 1 h 00 "
          "min; "
          "the commonest reason is: " REFUSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doctor/queue/reads", test_reads);
    g_test_add_func("/doctor/queue/judges", test_judges);
    return g_test_run();
}
