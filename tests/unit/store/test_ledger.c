/*
 * The ledger: a process that ends after any step whatever loses nobody and mails nobody twice.
 */
#include "config.h"

#include "store/ledger.h"

#include "store/deliveries.h"
#include "world.h"

/* ---- every step ---- */

static void send_batch(struct world *w, struct ledger *l, GPtrArray *leases, struct steps *s)
{
    GError *error = NULL;
    must(ledger_authorise(l, (struct lease **)leases->pdata, (int)leases->len, &error), error);
    step(s);
    for (guint i = 0; i < leases->len; i++) {
        struct lease *lease = leases->pdata[i];
        struct ledger_outcome o = {.to = DELIVERY_ACCEPTED,
                                   .phase = REPLY_DOT,
                                   .code = 250,
                                   .enhanced = "2.0.0",
                                   .reply = "Ok",
                                   .server_id = 1,
                                   .at_us = 1000000,
                                   .counts = TRUE};
        g_assert_true(lease->is_authorised);
        w->dots[lease->delivery_id]++;
        step(s);
        ledger_record(l, lease, &o);
        step(s);
    }
}

/* Recovers and sends all there is, in batches of three, committing every second batch. */
static void send_all(struct world *w, struct steps *s)
{
    GError *error = NULL;
    struct ledger_recovered found;
    world_open_db(w);
    must(ledger_recover(w->db, w->ws, &found, &error), error);
    step(s);
    struct ledger *l = ledger_open(w->db, w->ws, &error);
    must(l != NULL, error);
    step(s);
    for (int batch = 0;; batch++) {
        g_autoptr(GPtrArray) leases = g_ptr_array_new();
        must(ledger_lease(l, w->campaign_id, 3, clock_wall_us(), leases, NULL, &error), error);
        step(s);
        if (leases->len == 0)
            break;
        send_batch(w, l, leases, s);
        if (batch % 2)
            must(ledger_commit(l, TRUE, 0, &error), error);
        step(s);
    }
    ledger_close(l);
    db_close(w->db);
}

static void test_every_step(void)
{
    gboolean is_through = FALSE;
    int n = 1;
    for (; !is_through; n++) {
        struct world w = {0};
        world_init(&w, PEOPLE);
        is_through = run_child(&w, n, send_all);
        g_assert_true(run_child(&w, 0, send_all)); /* the next worker */
        check_conservation(&w);
        check_nobody_lost_or_doubled(&w, 3); /* what was in flight */
        g_assert_cmpint(number(w.db, "SELECT accepted + uncertain FROM campaign_counter"), ==,
                        PEOPLE);
        world_clear(&w);
    }
    g_assert_cmpint(n, >, 3 * PEOPLE);
}

/* Twice in a row, at steps far apart: recovery itself is cut short too. */
static void test_two_deaths(void)
{
    for (int first = 2; first < 40; first += 3)
        for (int second = 1; second < 12; second += 2) {
            struct world w = {0};
            world_init(&w, PEOPLE);
            run_child(&w, first, send_all);
            run_child(&w, second, send_all);
            g_assert_true(run_child(&w, 0, send_all));
            check_conservation(&w);
            check_nobody_lost_or_doubled(&w, 6);
            world_clear(&w);
        }
}

/* ---- single behaviours ---- */

static void test_suppressed_before_authorise(void)
{
    struct one o;
    one_init(&o);
    other_does(&o, "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
                   " VALUES ('p2@example.org', 'p2@example.org', 'unsubscribed', 't', 1)");
    authorise(&o, FALSE);
    g_assert_true(lease_at(&o, 0)->is_authorised);
    g_assert_true(lease_at(&o, 1)->is_stopped);
    g_assert_cmpint(lease_at(&o, 1)->stop_to, ==, DELIVERY_SUPPRESSED);
    for (guint i = 0; i < 3; i++)
        record(&o, i, i == 1 ? DELIVERY_SUPPRESSED : DELIVERY_ACCEPTED, 0);
    commit(&o);
    g_assert_cmpint(number(o.w.db, "SELECT state FROM delivery WHERE person_id = 2"), ==,
                    DELIVERY_SUPPRESSED);
    one_clear(&o);
}

static void test_suppressed_before_lease(void)
{
    struct one o;
    one_init(&o);
    other_does(&o, "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
                   " VALUES ('p4@example.org', 'p4@example.org', 'unsubscribed', 't', 1)");
    GError *error = NULL;
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 3, clock_wall_us(), o.leases, NULL, &error), error);
    g_assert_cmpint(o.leases->len, ==, 2);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p5@example.org");
    g_assert_cmpint(number(o.w.db, "SELECT state FROM delivery WHERE person_id = 4"), ==,
                    DELIVERY_SUPPRESSED);
    one_clear(&o);
}

static void test_paused(void)
{
    struct one o;
    one_init(&o);
    other_does(&o, "UPDATE campaign SET state = 4");
    authorise(&o, FALSE);
    g_assert_cmpint(lease_at(&o, 1)->stop_to, ==, DELIVERY_QUEUED);
    for (guint i = 0; i < 3; i++)
        record(&o, i, DELIVERY_QUEUED, 0);
    commit(&o);
    g_assert_cmpint(number(o.w.db, "SELECT queued FROM campaign_counter"), ==, PEOPLE);
    other_does(&o, "UPDATE campaign SET state = 3");
    GError *error = NULL;
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 3, clock_wall_us(), o.leases, NULL, &error), error);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p1@example.org"); /* from the front again */
    one_clear(&o);
}

/* Version 2 comes while three are leased, one of them with its last byte out. */
static void test_newest_version(void)
{
    struct one o;
    GError *error = NULL;
    one_init(&o);
    must(ledger_authorise(o.l, (struct lease **)o.leases->pdata, 1, &error), error);
    other_does(&o, "UPDATE campaign SET content_version = 2");
    must(ledger_authorise(o.l, (struct lease **)o.leases->pdata + 1, 2, &error), error);
    g_assert_true(lease_at(&o, 0)->is_authorised);
    for (guint i = 1; i < 3; i++) {
        g_assert_true(lease_at(&o, i)->is_stopped && !lease_at(&o, i)->is_authorised);
        g_assert_cmpint(lease_at(&o, i)->stop_to, ==, DELIVERY_QUEUED);
    }
    record(&o, 0, DELIVERY_UNCERTAIN, 0);
    record(&o, 1, DELIVERY_DEFERRED, 1);
    record(&o, 2, DELIVERY_QUEUED, 0);
    commit(&o);
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 3, clock_wall_us(), o.leases, NULL, &error), error);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p2@example.org"); /* the deferred one */
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(lease_at(&o, i)->version, ==, 2);
    g_assert_cmpint(number(o.w.db, "SELECT count(*) FROM delivery WHERE version = 2"), ==, 3);
    for (guint i = 0; i < 3; i++)
        record(&o, i, DELIVERY_ACCEPTED, 0);
    commit(&o);
    g_assert_cmpint(number(o.w.db, "SELECT version FROM delivery WHERE person_id = 1"), ==, 1);
    /* Each try says which one it was. */
    g_autoptr(GPtrArray) tries = deliveries_attempts(o.w.db, 2, &error);
    must(tries != NULL, error);
    g_assert_cmpint(tries->len, ==, 2);
    g_assert_cmpint(((struct attempt *)tries->pdata[0])->version, ==, 1);
    g_assert_cmpint(((struct attempt *)tries->pdata[1])->version, ==, 2);
    one_clear(&o);
}

static void test_cancelled(void)
{
    struct one o;
    one_init(&o);
    other_does(&o, "UPDATE campaign SET state = 7");
    for (guint i = 0; i < 3; i++)
        record(&o, i, DELIVERY_QUEUED, 0);
    commit(&o);
    g_assert_cmpint(number(o.w.db, "SELECT cancelled FROM campaign_counter"), ==, 3);
    gboolean more = TRUE;
    while (more)
        must(deliveries_cancel_some(o.w.db, 1, &more, NULL), NULL);
    g_assert_cmpint(number(o.w.db, "SELECT cancelled FROM campaign_counter"), ==, PEOPLE);
    one_clear(&o);
}

static void test_deferred_comes_back(void)
{
    struct one o;
    GError *error = NULL;
    one_init(&o);
    authorise(&o, TRUE);
    record(&o, 0, DELIVERY_DEFERRED, 5000000);
    record(&o, 1, DELIVERY_ACCEPTED, 0);
    record(&o, 2, DELIVERY_REFUSED, 0);
    commit(&o);
    g_assert_cmpint(ledger_next_due_us(o.w.db, NULL), ==, 5000000);
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 1, 4999999, o.leases, NULL, &error), error);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p4@example.org"); /* not due yet */
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 1, 5000000, o.leases, NULL, &error), error);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p1@example.org");
    g_assert_cmpint(lease_at(&o, 0)->attempt, ==, 2);
    g_assert_cmpint(lease_at(&o, 0)->first_us, ==, 1000000);
    one_clear(&o);
}

/* A day back: one is deferred, one is leased for the second time, one was never tried. */
static void test_clock_jumps(void)
{
    struct one o;
    GError *error = NULL;
    const gint64 day_us = 86400 * CLOCK_SECOND_US, due_us = 3 * day_us;
    one_init(&o);
    authorise(&o, TRUE);
    record(&o, 0, DELIVERY_DEFERRED, due_us);
    record(&o, 1, DELIVERY_DEFERRED, 1);
    commit(&o);
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 1, 1, o.leases, NULL, &error), error);
    g_assert_cmpint(lease_at(&o, 0)->first_us, ==, 1000000);
    must(ledger_clock_jumped(o.l, -day_us, -day_us, &error), error);
    g_assert_cmpint(ledger_next_due_us(o.w.db, NULL), ==, due_us - day_us);
    g_assert_cmpint(lease_at(&o, 0)->first_us, ==, 1000000 - day_us);
    g_assert_cmpint(number(o.w.db, "SELECT count(*) FROM delivery WHERE first_us IS NOT NULL"), ==,
                    2);
    g_assert_cmpint(number(o.w.db, "SELECT count(*) FROM delivery WHERE due_us IS NOT NULL"), ==, 1);
    record(&o, 0, DELIVERY_ACCEPTED, 0);
    commit(&o);
    one_clear(&o);
}

/* ---- a jump while no role was there ---- */

static gint64 begin_clock(struct one *o, gint64 offset_us)
{
    GError *error = NULL;
    gint64 jump_us = -1;
    must(ledger_clock_begin(o->l, offset_us, 60 * CLOCK_SECOND_US, &jump_us, &error), error);
    return jump_us;
}

static void set_mark(struct one *o, const char *boot_id, gint64 offset_us, gint64 jump_us,
                     gint64 after)
{
    GError *error = NULL;
    g_autofree char *text =
        g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                        boot_id, offset_us, jump_us, after);
    must(sql_do(o->w.db, &error, "UPDATE meta SET value = ?1 WHERE key = 'clock'", "s", text),
         error);
    g_assert_cmpint(sql_changes(o->w.db), ==, 1);
}

static void test_clock_jumps_between_lives(void)
{
    struct one o;
    const gint64 s = CLOCK_SECOND_US, day_us = 86400 * s, due_us = 3 * day_us;
    one_init(&o);
    if (strcmp(clock_boot_id(), "unknown") == 0) {
        g_test_skip("this kernel does not say which boot it is");
        one_clear(&o);
        return;
    }
    authorise(&o, TRUE);
    record(&o, 0, DELIVERY_DEFERRED, due_us);
    commit(&o);
    run_sql(o.w.db, "INSERT INTO hold (id, receiver, label, cause, since_us, until_us, next_us)"
                    " VALUES (1, 'a', 'A', 4, 1, 1000, 0), (2, 'b', 'B', 4, 1,"
                    " 9223372036854775807, 5)");
    g_assert_cmpint(begin_clock(&o, 100 * day_us), ==, 0); /* the first life of this boot */
    g_assert_cmpint(begin_clock(&o, 100 * day_us + 59 * s), ==, 0);
    g_assert_cmpint(ledger_next_due_us(o.w.db, NULL), ==, due_us);
    g_assert_cmpint(begin_clock(&o, 101 * day_us), ==, day_us);
    g_assert_cmpint(ledger_next_due_us(o.w.db, NULL), ==, due_us + day_us);
    g_assert_cmpint(number(o.w.db, "SELECT max(first_us) FROM delivery"), ==, 1000000 + day_us);
    g_assert_cmpint(number(o.w.db, "SELECT until_us FROM hold WHERE id = 1"), ==,
                    1000 + day_us);
    g_assert_cmpint(number(o.w.db, "SELECT next_us FROM hold WHERE id = 1"), ==, 0);
    g_assert_cmpint(number(o.w.db, "SELECT until_us FROM hold WHERE id = 2"), ==, G_MAXINT64);
    g_assert_cmpint(begin_clock(&o, 101 * day_us), ==, 0); /* it was taken along */
    /* What the role itself saw is not seen again. */
    must(ledger_clock_jumped(o.l, -day_us, 100 * day_us, NULL), NULL);
    g_assert_cmpint(begin_clock(&o, 100 * day_us), ==, 0);
    g_assert_cmpint(ledger_next_due_us(o.w.db, NULL), ==, due_us);
    /* After a reboot there is nothing to compare it with; nor with what nobody understands. */
    set_mark(&o, "00000000-0000-0000-0000-000000000000", 50 * day_us, 0, 0);
    g_assert_cmpint(begin_clock(&o, 100 * day_us), ==, 0);
    run_sql(o.w.db, "UPDATE meta SET value = 'what?' WHERE key = 'clock'");
    g_assert_cmpint(begin_clock(&o, 100 * day_us), ==, 0);
    g_assert_cmpint(begin_clock(&o, 102 * day_us), ==, 2 * day_us);
    one_clear(&o);
}

/* Killed in between: those before the mark are moved, those behind it not, then all are, once. */
static void test_clock_walk_goes_on(void)
{
    struct one o;
    const gint64 hour_us = 3600 * CLOCK_SECOND_US;
    one_init(&o);
    if (strcmp(clock_boot_id(), "unknown") == 0) {
        g_test_skip("this kernel does not say which boot it is");
        one_clear(&o);
        return;
    }
    authorise(&o, TRUE);
    record(&o, 0, DELIVERY_DEFERRED, 5 * hour_us);
    record(&o, 1, DELIVERY_DEFERRED, 5 * hour_us);
    commit(&o);
    begin_clock(&o, 0);
    set_mark(&o, clock_boot_id(), hour_us, hour_us, 1);
    g_assert_cmpint(begin_clock(&o, hour_us), ==, 0);
    g_assert_cmpint(number(o.w.db, "SELECT due_us FROM delivery WHERE id = 1"), ==, 5 * hour_us);
    g_assert_cmpint(number(o.w.db, "SELECT due_us FROM delivery WHERE id = 2"), ==, 6 * hour_us);
    g_assert_cmpint(begin_clock(&o, hour_us), ==, 0);
    g_assert_cmpint(number(o.w.db, "SELECT due_us FROM delivery WHERE id = 2"), ==, 6 * hour_us);
    one_clear(&o);
}

/* What the worker of `o` leaves behind when it dies now; then what recovery finds. */
static void test_recover_plain(void)
{
    struct one o;
    one_init(&o);
    authorise(&o, TRUE);
    record(&o, 0, DELIVERY_ACCEPTED, 0); /* in the journal, not committed */
    ledger_write_down(o.l);
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.replayed, ==, 1);
    g_assert_cmpint(found.uncertain, ==, 2);
    g_assert_cmpint(found.requeued, ==, 0);
    g_assert_cmpint(number(o.w.db, "SELECT undecided FROM campaign_counter"), ==, 2);
    struct ledger_recovered again = die_and_recover(&o);
    g_assert_cmpint(again.replayed + again.uncertain + again.requeued, ==, 0);
    one_clear_dead(&o);
}

/* A recipient's refusal waits to be judged, and nothing else does. */
static void test_refused(void)
{
    struct one o;
    one_init(&o);
    authorise(&o, TRUE);
    struct ledger_outcome at_mail = {.to = DELIVERY_REFUSED,
                                     .phase = REPLY_MAIL,
                                     .code = 550,
                                     .server_id = 1,
                                     .counts = TRUE};
    record(&o, 0, DELIVERY_ACCEPTED, 0);
    record(&o, 1, DELIVERY_REFUSED, 0); /* at RCPT */
    ledger_record(o.l, lease_at(&o, 2), &at_mail);
    commit(&o);
    g_assert_cmpint(number(o.w.db, "SELECT count(*) FROM refusal"), ==, 1);
    g_assert_cmpint(number(o.w.db, "SELECT n FROM refusal WHERE delivery_id = 2"), ==, 1);
    one_clear(&o);
}

/* Outcomes leave with the authorisations that follow from them, in front of these. */
static void test_one_write(void)
{
    struct one o;
    one_init(&o);
    struct lease **leases = (struct lease **)o.leases->pdata;
    GError *error = NULL;
    must(ledger_authorise(o.l, leases, 2, &error), error);
    goffset before = journal_bytes(&o);
    record(&o, 0, DELIVERY_ACCEPTED, 0);
    g_assert_cmpint(journal_bytes(&o), ==, before);
    must(ledger_authorise(o.l, leases + 2, 1, &error), error);
    g_assert_cmpint(journal_bytes(&o), >, before);
    before = journal_bytes(&o);
    record(&o, 1, DELIVERY_ACCEPTED, 0); /* its reply was read, and then the worker was killed */
    g_assert_cmpint(journal_bytes(&o), ==, before);
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.replayed, ==, 1);
    g_assert_cmpint(found.uncertain, ==, 2);
    one_clear_dead(&o);
}

/* Quick disks need not let outcomes wait for long, slow ones never let them wait longer. */
static void test_leases_follow_pace(void)
{
    /* Up to 16,000 a second: as many as ever, however short or long a transaction is. */
    g_assert_cmpint(ledger_leases_at_pace(0, 0, 0), ==, LEDGER_MAX_LEASED);
    g_assert_cmpint(ledger_leases_at_pace(1, 50000, 1000), ==, LEDGER_MAX_LEASED);
    g_assert_cmpint(ledger_leases_at_pace(160, 10000, 1000), ==, LEDGER_MAX_LEASED);
    /* Faster: those of 30 ms. */
    g_assert_cmpint(ledger_leases_at_pace(400, 10000, 1000), ==, 1200);
    g_assert_cmpint(ledger_leases_at_pace(800, 10000, 1000), ==, LEDGER_MAX_LEASED_FAST);
    /* Slow transactions: those of three of them. */
    g_assert_cmpint(ledger_leases_at_pace(300, 15000, 15000), ==, 900);
    g_assert_cmpint(ledger_leases_at_pace(300, 1, 30000), ==, 900); /* took longer than that */
    g_assert_cmpint(ledger_leases_at_pace(G_MAXUINT, 1, 1), ==, LEDGER_MAX_LEASED_FAST);
}

static void test_burst_follows_commits(void)
{
    g_assert_cmpint(ledger_burst_us(0), ==, LEDGER_BURST_US); /* nothing measured yet */
    g_assert_cmpint(ledger_burst_us(1), ==, LEDGER_BURST_MIN_US);
    g_assert_cmpint(ledger_burst_us(1000), ==, 25000);
    g_assert_cmpint(ledger_burst_us(1999), <, LEDGER_BURST_US);
    g_assert_cmpint(ledger_burst_us(5000), ==, LEDGER_BURST_US);
    g_assert_cmpint(ledger_burst_us(G_MAXINT64), ==, LEDGER_BURST_US);
}

static void test_recover_unauthorised(void)
{
    struct one o;
    one_init(&o);
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.requeued, ==, 3);
    g_assert_cmpint(number(o.w.db, "SELECT queued FROM campaign_counter"), ==, PEOPLE);
    one_clear_dead(&o);
}

static void edit_journal(struct one *o, void (*edit)(char *data, gsize *len))
{
    g_autofree char *data = NULL;
    gsize len = 0;
    GError *error = NULL;
    must(g_file_get_contents(o->w.ws->journal_path, &data, &len, &error), error);
    edit(data, &len);
    must(g_file_set_contents(o->w.ws->journal_path, data, (gssize)len, &error), error);
}

static void cut_tail(char *data, gsize *len)
{
    *len -= 5;
}

static void flip_middle(char *data, gsize *len)
{
    data[*len - 40] ^= 0x10;
}

static void other_boot(char *data, gsize *len)
{
    data[10] ^= 0x01; /* the header's checksum fails: as good as no journal */
}

static void test_recover_torn_tail(void)
{
    struct one o;
    one_init(&o);
    authorise(&o, TRUE);
    edit_journal(&o, cut_tail); /* the third "authorised" was never whole: its dot never left */
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.uncertain, ==, 2);
    g_assert_cmpint(found.requeued, ==, 1);
    one_clear_dead(&o);
}

static void test_recover_damaged(void)
{
    struct one o;
    one_init(&o);
    authorise(&o, TRUE);
    edit_journal(&o, flip_middle);
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.uncertain, ==, 3);
    one_clear_dead(&o);
}

static void test_recover_without_journal(void)
{
    struct one o;
    one_init(&o);
    edit_journal(&o, other_boot);
    struct ledger_recovered found = die_and_recover(&o);
    g_assert_cmpint(found.uncertain, ==, 3); /* as after a power loss: all that was leased */
    one_clear_dead(&o);
}

static void test_rotation(void)
{
    struct one o;
    GError *error = NULL;
    world_init(&o.w, MAX_PEOPLE);
    o.l = ledger_open(o.w.db, o.w.ws, &error);
    must(o.l != NULL, error);
    o.leases = g_ptr_array_new();
    g_autofree char *long_reply = g_strnfill(3000, 'x');
    gint64 largest = 0;
    for (;;) {
        g_ptr_array_set_size(o.leases, 0);
        must(ledger_lease(o.l, 1, 400, clock_wall_us(), o.leases, NULL, &error), error);
        if (o.leases->len == 0)
            break;
        must(
            ledger_authorise(o.l, (struct lease **)o.leases->pdata, (int)o.leases->len, &error),
            error);
        for (guint i = 0; i < o.leases->len; i++) {
            struct ledger_outcome out = {.to = DELIVERY_ACCEPTED,
                                         .code = 250,
                                         .reply = long_reply,
                                         .counts = TRUE,
                                         .server_id = 1};
            ledger_record(o.l, lease_at(&o, i), &out);
        }
        GStatBuf st;
        g_assert_cmpint(g_stat(o.w.ws->journal_path, &st), ==, 0);
        largest = MAX(largest, (gint64)st.st_size);
    }
    g_assert_cmpint(largest, <, 7 * 1024 * 1024); /* 18 MB went through it */
    g_assert_cmpint(number(o.w.db, "SELECT accepted FROM campaign_counter"), ==, MAX_PEOPLE);
    one_clear(&o);
}

static void test_resolve(void)
{
    struct one o;
    gint64 n = 0;
    one_init(&o);
    for (guint i = 0; i < 3; i++)
        record(&o, i, DELIVERY_UNCERTAIN, 0);
    commit(&o);
    must(deliveries_resolve(o.w.db, 1, FALSE, "p2@example.org", &n, NULL), NULL);
    g_assert_cmpint(n, ==, 1);
    g_assert_cmpint(number(o.w.db, "SELECT undecided FROM campaign_counter"), ==, 2);
    must(deliveries_resolve(o.w.db, 1, TRUE, NULL, &n, NULL), NULL);
    g_assert_cmpint(n, ==, 2); /* not the one that was decided */
    g_assert_cmpint(number(o.w.db, "SELECT uncertain FROM campaign_counter"), ==, 1);
    GError *error = NULL;
    g_ptr_array_set_size(o.leases, 0);
    must(ledger_lease(o.l, 1, 3, clock_wall_us(), o.leases, NULL, &error), error);
    g_assert_cmpstr(lease_at(&o, 0)->address, ==, "p1@example.org");
    g_assert_cmpint(lease_at(&o, 0)->attempt, ==, 2);
    one_clear(&o);
}

static void test_batches(void)
{
    struct world w = {0};
    world_init(&w, MAX_PEOPLE); /* more than one batch */
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM delivery"), ==, MAX_PEOPLE);
    g_assert_cmpint(number(w.db, "SELECT queued FROM campaign_counter"), ==, MAX_PEOPLE);
    g_assert_cmpint(number(w.db, "SELECT total FROM domain_counter"), ==, MAX_PEOPLE);
    check_conservation(&w);
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ledger/death/every-step", test_every_step);
    g_test_add_func("/ledger/death/two-in-a-row", test_two_deaths);
    g_test_add_func("/ledger/authorise/stops-the-suppressed", test_suppressed_before_authorise);
    g_test_add_func("/ledger/authorise/stops-the-paused", test_paused);
    g_test_add_func("/ledger/lease/newest-version", test_newest_version);
    g_test_add_func("/ledger/lease/skips-the-suppressed", test_suppressed_before_lease);
    g_test_add_func("/ledger/lease/takes-deferred-when-due", test_deferred_comes_back);
    g_test_add_func("/ledger/clock/who-waits-goes-with-a-jump", test_clock_jumps);
    g_test_add_func("/ledger/clock/between-two-lives", test_clock_jumps_between_lives);
    g_test_add_func("/ledger/clock/a-walk-goes-on", test_clock_walk_goes_on);
    g_test_add_func("/ledger/record/cancelled-is-final", test_cancelled);
    g_test_add_func("/ledger/record/refused-waits-to-be-judged", test_refused);
    g_test_add_func("/ledger/recover/journal-and-database", test_recover_plain);
    g_test_add_func("/ledger/recover/unauthorised-is-queued", test_recover_unauthorised);
    g_test_add_func("/ledger/recover/torn-tail", test_recover_torn_tail);
    g_test_add_func("/ledger/journal/one-write", test_one_write);
    g_test_add_func("/ledger/commit/burst-follows-commits", test_burst_follows_commits);
    g_test_add_func("/ledger/lease/follow-pace", test_leases_follow_pace);
    g_test_add_func("/ledger/recover/damaged-journal", test_recover_damaged);
    g_test_add_func("/ledger/recover/no-journal", test_recover_without_journal);
    g_test_add_func("/ledger/journal/rotates", test_rotation);
    g_test_add_func("/ledger/resolve/resend-and-skip", test_resolve);
    g_test_add_func("/ledger/build/batches", test_batches);
    return g_test_run();
}
