/*
 * Transactions of the ledger that run beside the loop: what is recorded, changed by others, or
 * cut short meanwhile.
 */
#include "config.h"

#include <sched.h>
#include <string.h>

#include "store/journal.h"
#include "store/ledger_private.h"
#include "world.h"

#define SHORT_MS 50

struct beside { /* as one, with a handle for the loop; and somebody who holds the database */
    struct one one;
    struct db *reader, *other;
};

static struct db *open_db(const struct world *w)
{
    GError *error = NULL;
    struct db *db = db_open(w->ws->db_path, DB_USE_VERB, &error);
    must(db != NULL, error);
    return db;
}

static void beside_init(struct beside *b)
{
    GError *error = NULL;
    one_init(&b->one);
    b->reader = open_db(&b->one.w);
    b->other = open_db(&b->one.w);
    must(ledger_go_beside(b->one.l, b->reader, &error), error);
    g_assert_cmpint(ledger_recheck(b->one.l, &error), ==, 0);
}

static void beside_close_handles(struct beside *b)
{
    db_close(b->reader);
    db_close(b->other);
}

static void beside_clear(struct beside *b)
{
    ledger_wait(b->one.l);
    beside_close_handles(b);
    one_clear(&b->one);
}

/* Nobody else can write until let_go(). */
static void hold_database(struct beside *b)
{
    GError *error = NULL;
    must(db_begin(b->other, &error), error);
}

static void let_go(struct beside *b)
{
    GError *error = NULL;
    must(db_commit(b->other, &error), error);
}

static void lease_beside(struct beside *b, int n)
{
    struct ledger_want want = {.campaign_id = 1, .max = n};
    ledger_lease_beside(b->one.l, &want, 1, clock_wall_us());
    g_assert_true(ledger_is_beside(b->one.l));
}

/* The leases that came, in place of those of before. */
static void fetch(struct beside *b, guint expect)
{
    ledger_wait(b->one.l);
    struct ledger_leased *got = ledger_next_leased(b->one.l);
    g_assert_nonnull(got);
    g_assert_true(got->ok);
    g_assert_cmpint(got->campaign_id, ==, 1);
    g_assert_cmpuint(got->leases->len, ==, expect);
    g_ptr_array_set_size(b->one.leases, 0);
    for (guint i = 0; i < got->leases->len; i++)
        g_ptr_array_add(b->one.leases, got->leases->pdata[i]);
    ledger_leased_free(got);
    g_assert_null(ledger_next_leased(b->one.l));
}

static gint64 accepted(struct beside *b)
{
    return number(b->reader, "SELECT accepted FROM campaign_counter");
}

static void test_goes_on_meanwhile(void)
{
    struct beside b;
    GError *error = NULL;
    beside_init(&b);
    authorise(&b.one, TRUE);
    record(&b.one, 0, DELIVERY_ACCEPTED, 0);
    hold_database(&b);
    lease_beside(&b, 3);
    g_assert_cmpint(ledger_commit_due_us(b.one.l), ==, -1);
    record(&b.one, 1, DELIVERY_ACCEPTED, 0); /* after it was given away */
    record(&b.one, 2, DELIVERY_ACCEPTED, 0);
    must(ledger_commit(b.one.l, FALSE, G_MAXINT64, &error), error); /* not now */
    let_go(&b);
    fetch(&b, 3);
    g_assert_cmpint(accepted(&b), ==, 1);
    g_assert_true(ledger_has_waiting(b.one.l));
    g_assert_cmpstr(lease_at(&b.one, 0)->address, ==, "p4@example.org");
    must(ledger_commit(b.one.l, FALSE, G_MAXINT64, &error), error); /* beside, too */
    ledger_wait(b.one.l);
    g_assert_cmpint(accepted(&b), ==, 3);
    g_assert_false(ledger_has_waiting(b.one.l));
    authorise(&b.one, TRUE);
    for (guint i = 0; i < 3; i++)
        record(&b.one, i, DELIVERY_ACCEPTED, 0);
    commit(&b.one);
    beside_clear(&b);
}

/* What the ledger itself commits would cost a look at every lease each time. */
/* The policy of the thread of that name; -1: there is none. */
static int policy_of(const char *thread)
{
    g_autoptr(GDir) all = g_dir_open("/proc/self/task", 0, NULL);
    for (const char *id; (id = g_dir_read_name(all));) {
        g_autofree char *path = g_build_filename("/proc/self/task", id, "comm", NULL);
        g_autofree char *name = NULL;
        if (g_file_get_contents(path, &name, NULL, NULL) && strcmp(g_strstrip(name), thread) == 0)
            return sched_getscheduler(atoi(id));
    }
    return -1;
}

/* Where there are few processors it does not keep the loop from sending. */
static void test_comes_second(void)
{
    struct beside b;
    beside_init(&b);
    lease_beside(&b, 2);
    fetch(&b, 2);
    g_assert_cmpint(policy_of("ledger"), ==, SCHED_BATCH);
    g_assert_cmpint(sched_getscheduler(0), ==, SCHED_OTHER);
    beside_clear(&b);
}

static void test_own_commits_are_no_changes(void)
{
    struct beside b;
    GError *error = NULL;
    beside_init(&b);
    guint64 before = ledger_changes(b.one.l);
    for (int i = 0; i < 3; i++) {
        lease_beside(&b, 1);
        fetch(&b, 1);
        g_assert_cmpint(ledger_recheck(b.one.l, &error), ==, 0);
    }
    g_assert_cmpuint(ledger_changes(b.one.l), ==, before);
    run_sql(b.other, "UPDATE campaign SET give_up_s = 101");
    g_assert_cmpint(ledger_recheck(b.one.l, &error), ==, 0);
    g_assert_cmpuint(ledger_changes(b.one.l), ==, before + 1);
    beside_clear(&b);
}

/* Somebody pauses the campaign while a transaction waits for the database. */
static void test_paused_before_it_begins(void)
{
    struct beside b;
    GError *error = NULL;
    beside_init(&b);
    hold_database(&b);
    lease_beside(&b, 3);
    run_sql(b.other, "UPDATE campaign SET state = 4");
    let_go(&b);
    /* Whether it has begun by now or not: nothing of this may go. */
    must(ledger_authorise(b.one.l, (struct lease **)b.one.leases->pdata, 3, &error), error);
    for (guint i = 0; i < 3; i++) {
        g_assert_true(lease_at(&b.one, i)->is_stopped);
        g_assert_false(lease_at(&b.one, i)->is_authorised);
        record(&b.one, i, DELIVERY_QUEUED, 0);
    }
    fetch(&b, 0);
    commit(&b.one);
    g_assert_cmpint(number(b.reader, "SELECT queued FROM campaign_counter"), ==, PEOPLE);
    beside_clear(&b);
}

static void suppress(struct beside *b, const char *address)
{
    GError *error = NULL;
    must(sql_do(b->other, &error,
                "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
                " VALUES (?1, ?1, 'unsubscribed', 't', 1)",
                "s", address),
         error);
}

/* Of those that are leased only this one may not go. */
static void check_one_is_stopped(struct beside *b, guint which)
{
    GError *error = NULL;
    g_assert_cmpint(ledger_recheck(b->one.l, &error), ==, 1);
    for (guint i = 0; i < b->one.leases->len; i++)
        g_assert_true(lease_at(&b->one, i)->is_stopped == (i == which));
    g_assert_true(lease_at(&b->one, which)->stop_to == DELIVERY_SUPPRESSED);
    must(ledger_authorise(b->one.l, (struct lease **)b->one.leases->pdata, 3, &error), error);
    for (guint i = 0; i < b->one.leases->len; i++)
        g_assert_true(lease_at(&b->one, i)->is_authorised == (i != which));
}

struct hold { /* a body that stays inside its transaction until it may go on */
    GMutex lock;
    GCond changed;
    gboolean is_inside, may_go;
};

static gboolean stay_inside(struct ledger *l, void *data, GError **error)
{
    struct hold *h = data;
    (void)l;
    (void)error;
    g_mutex_lock(&h->lock);
    h->is_inside = TRUE;
    g_cond_broadcast(&h->changed);
    while (!h->may_go)
        g_cond_wait(&h->changed, &h->lock);
    g_mutex_unlock(&h->lock);
    return TRUE;
}

static void hold_inside(struct beside *b, struct hold *h)
{
    *h = (struct hold){.is_inside = FALSE};
    g_mutex_init(&h->lock);
    g_cond_init(&h->changed);
    ledger_transact_beside(b->one.l, stay_inside, NULL, h);
    g_mutex_lock(&h->lock);
    while (!h->is_inside)
        g_cond_wait(&h->changed, &h->lock);
    g_mutex_unlock(&h->lock);
    g_assert_cmpint(ledger_stage(b->one.l), ==, LEDGER_INSIDE);
}

static void hold_end(struct beside *b, struct hold *h)
{
    g_mutex_lock(&h->lock);
    h->may_go = TRUE;
    g_cond_broadcast(&h->changed);
    g_mutex_unlock(&h->lock);
    ledger_wait(b->one.l);
    g_mutex_clear(&h->lock);
    g_cond_clear(&h->changed);
}

static void record_but(struct beside *b, guint which)
{
    for (guint i = 0; i < 3; i++)
        record(&b->one, i, i == which ? DELIVERY_SUPPRESSED : DELIVERY_ACCEPTED, 0);
    commit(&b->one);
    g_assert_cmpint(accepted(b), ==, 2);
}

/* Somebody unsubscribed just before it began; it keeps the database while the loop looks. */
static void test_suppressed_before_it_is_inside(void)
{
    struct beside b;
    struct hold h;
    GError *error = NULL;
    beside_init(&b);
    guint64 before = ledger_changes(b.one.l);
    suppress(&b, "p2@example.org");
    hold_inside(&b, &h);
    check_one_is_stopped(&b, 1);
    g_assert_cmpint(ledger_recheck(b.one.l, &error), ==, 0); /* once */
    g_assert_cmpuint(ledger_changes(b.one.l), ==, before + 1);
    hold_end(&b, &h);
    g_assert_cmpint(ledger_recheck(b.one.l, &error), ==, 0);
    g_assert_cmpuint(ledger_changes(b.one.l), ==, before + 1); /* nor afterwards */
    record_but(&b, 1);
    beside_clear(&b);
}

/* The same, and it cannot begin, as somebody else writes. */
static void test_suppressed_before_it_begins(void)
{
    struct beside b;
    beside_init(&b);
    suppress(&b, "p2@example.org");
    hold_database(&b);
    ledger_transact_beside(b.one.l, NULL, NULL, NULL);
    g_assert_cmpint(ledger_stage(b.one.l), ==, LEDGER_BEGINNING);
    check_one_is_stopped(&b, 1);
    let_go(&b);
    ledger_wait(b.one.l);
    record_but(&b, 1);
    beside_clear(&b);
}

/* Between its commit and the look at what it brought. */
static void test_suppressed_after_it_ended(void)
{
    struct beside b;
    GError *error = NULL;
    beside_init(&b);
    lease_beside(&b, 3);
    /* Two writers, one after the other: the transaction has ended before this begins, or ... */
    hold_database(&b);
    run_sql(b.other, "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
                     " VALUES ('p5@example.org', 'p5@example.org', 'unsubscribed', 't', 1)");
    let_go(&b);
    ledger_wait(b.one.l);
    struct ledger_leased *got = ledger_next_leased(b.one.l);
    g_assert_nonnull(got);
    must(ledger_recheck(b.one.l, &error) >= 0, error);
    for (guint i = 0; i < got->leases->len; i++) {
        struct lease *lease = got->leases->pdata[i];
        /* ... it never leased them. */
        g_assert_true(!g_str_equal(lease->address, "p5@example.org") || lease->is_stopped);
    }
    ledger_leased_free(got);
    beside_clear(&b);
}

/* The outcomes wait on, in their order, in front of those that came later. */
static void test_fails(void)
{
    struct beside b;
    GError *error = NULL;
    beside_init(&b);
    db_set_timeout(b.one.w.db, SHORT_MS);
    authorise(&b.one, TRUE);
    record(&b.one, 0, DELIVERY_ACCEPTED, 0);
    hold_database(&b);
    lease_beside(&b, 3);
    record(&b.one, 1, DELIVERY_ACCEPTED, 0);
    ledger_wait(b.one.l);
    g_assert_true(ledger_is_blocked(b.one.l));
    struct ledger_leased *got = ledger_next_leased(b.one.l);
    g_assert_false(got->ok);
    g_assert_true(got->has_more);
    g_assert_cmpuint(got->leases->len, ==, 0);
    ledger_leased_free(got);
    g_assert_false(ledger_look(b.one.l, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    must(ledger_look(b.one.l, &error), error); /* told once */
    record(&b.one, 2, DELIVERY_ACCEPTED, 0);
    g_assert_cmpint(ledger_room(b.one.l), ==, LEDGER_MAX_LEASED);
    let_go(&b);
    commit(&b.one);
    g_assert_false(ledger_is_blocked(b.one.l));
    g_assert_cmpint(accepted(&b), ==, 3);
    g_assert_cmpint(number(b.reader, "SELECT count(*) FROM attempt"), ==, 3);
    beside_clear(&b);
}

static void defer_with(struct beside *b, const char *reply)
{
    struct ledger_outcome out = {.to = DELIVERY_DEFERRED,
                                 .phase = REPLY_DOT,
                                 .code = 450,
                                 .reply = reply,
                                 .counts = TRUE,
                                 .server_id = 1};
    ledger_record(b->one.l, g_ptr_array_steal_index(b->one.leases, 0), &out);
}

/* The first of the three is put off and leased again until little is missing. */
static void fill_journal(struct beside *b, const char *reply)
{
    GError *error = NULL;
    while (journal_bytes(&b->one) < JOURNAL_ROTATE_BYTES - (goffset)strlen(reply)) {
        g_autoptr(GPtrArray) others = g_ptr_array_new();
        defer_with(b, reply);
        g_ptr_array_extend(others, b->one.leases, NULL, NULL);
        lease_beside(b, 1);
        fetch(b, 1);
        must(ledger_authorise(b->one.l, (struct lease **)b->one.leases->pdata, 1, &error),
             error);
        g_ptr_array_extend(b->one.leases, others, NULL, NULL);
    }
}

/* The journal is begun anew after a transaction: what was recorded during it must be in the new
 * one, as the database does not have it. */
static void test_rotates(void)
{
    struct beside b;
    g_autofree char *reply = g_strnfill(50000, 'x');
    beside_init(&b);
    authorise(&b.one, TRUE);
    fill_journal(&b, reply);
    defer_with(&b, reply);
    hold_database(&b);
    lease_beside(&b, 1);
    record(&b.one, 0, DELIVERY_ACCEPTED, 0);
    ledger_write_down(b.one.l);
    g_assert_cmpint(journal_bytes(&b.one), >, JOURNAL_ROTATE_BYTES);
    let_go(&b);
    ledger_wait(b.one.l);
    g_assert_cmpint(journal_bytes(&b.one), <, 1000);
    struct ledger_recovered found = die_and_recover(&b.one);
    g_assert_cmpint(found.replayed, ==, 1);
    g_assert_cmpint(found.uncertain, ==, 1);
    g_assert_cmpint(found.requeued, ==, 1); /* leased last, never authorised */
    beside_close_handles(&b);
    one_clear_dead(&b.one);
}

/* ---- every step, and the thread is wherever it is then ---- */

static void record_all(struct world *w, struct ledger *l, GPtrArray *leases, struct steps *s)
{
    struct ledger_outcome o = {.to = DELIVERY_ACCEPTED,
                               .phase = REPLY_DOT,
                               .code = 250,
                               .server_id = 1,
                               .at_us = 1000000,
                               .counts = TRUE};
    for (guint i = 0; i < leases->len; i++) {
        struct lease *lease = leases->pdata[i];
        g_assert_true(lease->is_authorised);
        w->dots[lease->delivery_id]++;
        step(s);
        ledger_record(l, lease, &o);
        step(s);
    }
}

static void send_all(struct world *w, struct steps *s)
{
    GError *error = NULL;
    struct ledger_recovered found;
    const struct ledger_want want = {.campaign_id = w->campaign_id, .max = 3};
    gboolean has_more = TRUE;
    world_open_db(w);
    struct db *reader = open_db(w);
    must(ledger_recover(w->db, w->ws, &found, &error), error);
    struct ledger *l = ledger_open(w->db, w->ws, &error);
    must(l != NULL && ledger_go_beside(l, reader, &error), error);
    g_autoptr(GPtrArray) leases = g_ptr_array_new();
    while (has_more || leases->len > 0) {
        /* The next are leased while these are sent. */
        ledger_lease_beside(l, &want, 1, clock_wall_us());
        step(s);
        must(ledger_authorise(l, (struct lease **)leases->pdata, (int)leases->len, &error),
             error);
        step(s);
        record_all(w, l, leases, s);
        ledger_wait(l);
        step(s);
        struct ledger_leased *got = ledger_next_leased(l);
        must(ledger_look(l, &error), error);
        has_more = got->has_more;
        g_ptr_array_set_size(leases, 0);
        for (guint i = 0; i < got->leases->len; i++)
            g_ptr_array_add(leases, got->leases->pdata[i]);
        ledger_leased_free(got);
    }
    ledger_close(l);
    db_close(reader);
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
        g_assert_true(run_child(&w, 0, send_all));
        check_conservation(&w);
        check_nobody_lost_or_doubled(&w, 3);
        world_clear(&w);
    }
    g_assert_cmpint(n, >, 2 * PEOPLE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ledger_transact/goes-on-meanwhile", test_goes_on_meanwhile);
    g_test_add_func("/ledger_transact/comes-second", test_comes_second);
    g_test_add_func("/ledger_transact/own-commits-are-no-changes",
                    test_own_commits_are_no_changes);
    g_test_add_func("/ledger_transact/paused-before-it-begins", test_paused_before_it_begins);
    g_test_add_func("/ledger_transact/suppressed-before-it-is-inside",
                    test_suppressed_before_it_is_inside);
    g_test_add_func("/ledger_transact/suppressed-before-it-begins",
                    test_suppressed_before_it_begins);
    g_test_add_func("/ledger_transact/suppressed-after-it-ended",
                    test_suppressed_after_it_ended);
    g_test_add_func("/ledger_transact/fails", test_fails);
    g_test_add_func("/ledger_transact/rotates", test_rotates);
    g_test_add_func("/ledger_transact/death/every-step", test_every_step);
    return g_test_run();
}
