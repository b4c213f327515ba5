/* Batches of messages: stored together, or one by one where one of them cannot be. */
#include "config.h"

#include "worker/intake.h"

#include <string.h>

#include "../store/place.h"
#include "store/inbound.h"
#include "store/mailboxes.h"

struct fixture {
    struct place place;
    struct mailbox mailbox;
    struct intake *intake;
    struct intake_batch *batch;
    struct intake_counts counts;
    GArray *tags;
};

static const char bounce_of[] =
    "From: MAILER-DAEMON@example.net\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.net\r\n\r\n"
    "Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b--\r\n";

static void put_mailbox(struct fixture *f)
{
    struct mailbox m;
    GError *error = NULL;
    mailbox_init(&m);
    m.name = g_strdup("bounces");
    const char *const values[][2] = {{"address", "bounce@example.org"},
                                     {"host", "imap.example.org"},
                                     {"user", "bounce"},
                                     {"password_command", "pass"}};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_true(field_set_key(mailbox_fields(), &m, values[i][0], values[i][1], NULL));
    g_assert_true(mailboxes_put(f->place.db, &m, &error));
    mailbox_clear(&m);
    g_assert_true(mailboxes_get(f->place.db, "bounces", &f->mailbox, &error));
}

static void set_up(struct fixture *f, gconstpointer data)
{
    GError *error = NULL;
    place_begin(&f->place, NULL);
    put_mailbox(f);
    f->intake = intake_new(f->place.db, f->place.ws, NULL, &error);
    g_assert_no_error(error);
    f->batch = intake_batch_new(f->intake, &f->mailbox);
    f->tags = g_array_new(FALSE, FALSE, sizeof(gint64));
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    intake_batch_free(f->batch);
    intake_free(f->intake);
    g_array_unref(f->tags);
    mailbox_clear(&f->mailbox);
    place_end(&f->place, NULL);
}

static void add(struct fixture *f, const char *uid, gint64 tag, const char *address)
{
    GString *raw = g_string_new(NULL);
    g_string_printf(raw, bounce_of, address);
    gint64 bytes = (gint64)raw->len;
    intake_batch_add(f->batch, uid, tag, raw, bytes);
}

static gint64 count_of(struct fixture *f, const char *sql)
{
    return number_of(f->place.db, sql);
}

static void stored_together(struct fixture *f, gconstpointer data)
{
    GError *error = NULL;
    g_assert_false(intake_batch_is_due(f->batch, G_MAXINT64));
    add(f, "1", 11, "a@example.net");
    add(f, "2", 12, "b@example.net");
    g_assert_true(intake_batch_is_due(f->batch, G_MAXINT64));
    g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound"), ==, 0);
    g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, &error));
    g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound"), ==, 2);
    g_assert_cmpuint(f->tags->len, ==, 2);
    g_assert_cmpint(g_array_index(f->tags, gint64, 1), ==, 12);
    g_assert_cmpint(f->counts.n_read, ==, 2);
    g_assert_cmpint(f->counts.n_bounces, ==, 2);
    g_assert_cmpuint(intake_batch_count(f->batch), ==, 0);
    g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, &error));
    g_assert_cmpuint(f->tags->len, ==, 2);
}

static void taken_twice(struct fixture *f, gconstpointer data)
{
    for (int round = 0; round < 2; round++) {
        add(f, "1", 11, "a@example.net");
        g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, NULL));
    }
    g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound"), ==, 1);
    g_assert_cmpint(f->counts.n_read, ==, 2);
    g_assert_cmpint(f->counts.n_there, ==, 1);
    g_assert_cmpint(f->counts.n_bounces, ==, 1);
}

/* What the tables refuse to take is a fault of ours; it must not stand in the way. */
static void one_that_cannot_be_stored_as_what_it_says(struct fixture *f, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(sql_do(f->place.db, &error,
                         "CREATE TRIGGER refuses BEFORE INSERT ON said"
                         " WHEN new.address = 'b@example.net'"
                         " BEGIN SELECT raise(ABORT, 'not this one'); END",
                         ""));
    add(f, "1", 11, "a@example.net");
    add(f, "2", 12, "b@example.net");
    add(f, "3", 13, "c@example.net");
    g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(f->tags->len, ==, 3);
    g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound WHERE kind = 'bounce'"), ==, 2);
    g_assert_cmpint(
        count_of(f, "SELECT count(*) FROM inbound WHERE kind = 'other' AND state = 1"), ==, 1);
    g_assert_cmpint(f->counts.n_read, ==, 3);
}

static void nothing_while_somebody_else_writes(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct db *other = db_open(f->place.ws->db_path, DB_USE_VERB, NULL);
    add(f, "1", 11, "a@example.net");
    db_set_timeout(f->place.db, 10);
    g_assert_true(db_begin(other, NULL));
    g_assert_false(intake_batch_commit(f->batch, 7, f->tags, &f->counts, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_TRY_AGAIN);
    g_assert_cmpuint(f->tags->len, ==, 0);
    g_assert_cmpuint(intake_batch_count(f->batch), ==, 1);
    db_rollback(other);
    db_close(other);
    g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, NULL));
    g_assert_cmpuint(f->tags->len, ==, 1);
}

/* The next account may number its messages alike: none of the first one's numbers is kept, and
 * what is still in hand of it is not stored. */
static void a_mailbox_that_is_another_one_now(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    static const char *const changes[][2] = {{"folder", "Other"},
                                             {"user", "other"},
                                             {"host", "imap.example.com"},
                                             {"protocol", "pop3"}};
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.net", (int)i);
        add(f, "1", 11, address);
        g_assert_true(intake_batch_commit(f->batch, 7, f->tags, &f->counts, NULL));
        g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound_key"), ==, 1);
        intake_batch_add(f->batch, "3", 13, g_string_new("Subject: last\r\n\r\n"), 0);
        g_assert_true(field_set_key(mailbox_fields(), &f->mailbox, changes[i][0], changes[i][1],
                                    NULL));
        g_assert_true(mailboxes_put(f->place.db, &f->mailbox, NULL));
        g_assert_cmpint(count_of(f, "SELECT count(*) FROM inbound_key"), ==, 0);
        g_assert_false(intake_batch_commit(f->batch, 7, f->tags, &f->counts, &error));
        g_clear_error(&error);
        intake_batch_free(f->batch);
        mailbox_clear(&f->mailbox);
        g_assert_true(mailboxes_get(f->place.db, "bounces", &f->mailbox, NULL));
        f->batch = intake_batch_new(f->intake, &f->mailbox);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                    \
    g_test_add("/intake/" name, struct fixture, NULL, set_up, function, tear_down)
    ADD("together", stored_together);
    ADD("twice", taken_twice);
    ADD("one-that-cannot-be-stored", one_that_cannot_be_stored_as_what_it_says);
    ADD("locked", nothing_while_somebody_else_writes);
    ADD("another-mailbox", a_mailbox_that_is_another_one_now);
    return g_test_run();
}
