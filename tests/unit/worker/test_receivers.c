/* Receivers in the send role: the gate at the lease, what is undone, what another life knows.
 */
#include "config.h"

#include "worker/receivers.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "model/fault.h"
#include "store/rest_wish.h"
#include "transfer/providerfile.h"

#define S CLOCK_SECOND_US

struct world {
    char *dir, *path;
    struct db *db;
    struct providers *table;
    struct receivers *all;
    gint64 now_us;
};

static void must(gboolean ok, const GError *error)
{
    g_assert_no_error(error);
    g_assert_true(ok);
}

static struct providers *table_of(const char *text)
{
    GError *error = NULL;
    struct providers *t = providers_new();
    g_autofree char *whole = g_strconcat("format = 1;\n", text, NULL);
    must(providerfile_parse(whole, strlen(whole), "p", 0, t, &error), error);
    return t;
}

static void wake_up(struct world *w)
{
    GError *error = NULL;
    w->all = receivers_new(w->db, NULL, w->table, w->now_us, &error);
    must(w->all != NULL, error);
}

static void world_init(struct world *w, const char *text)
{
    GError *error = NULL;
    *w = (struct world){.now_us = 1000 * S};
    w->dir = g_dir_make_tmp("crier-receivers-XXXXXX", &error);
    must(w->dir != NULL, error);
    w->path = g_build_filename(w->dir, "crier.db", NULL);
    w->db = db_open(w->path, DB_USE_WORKER, &error);
    must(w->db != NULL, error);
    w->table = table_of(text);
    wake_up(w);
}

static void world_clear(struct world *w)
{
    const char *name;
    receivers_free(w->all);
    providers_free(w->table);
    db_close(w->db);
    GDir *d = g_dir_open(w->dir, 0, NULL);
    while ((name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(w->dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(d);
    g_rmdir(w->dir);
    g_free(w->path);
    g_free(w->dir);
}

static const struct lease_gate *gate(struct world *w)
{
    const struct lease_gate *g = receivers_gate(w->all, w->now_us);
    g_assert_nonnull(g);
    return g;
}

/* 0: it may go; `lease` then carries its receiver. */
static gint64 ask(struct world *w, struct lease *lease, const char *address, gboolean is_held)
{
    const struct lease_gate *g = gate(w);
    *lease = (struct lease){.address = (char *)address};
    return g->ask(g->data, 1, address, is_held, &lease->receiver);
}

static void settled(struct world *w, gboolean ok)
{
    GError *error = NULL;
    must(db_begin(w->db, &error), error);
    must(gate(w)->write(w->all, w->db, &error), error);
    if (ok)
        must(db_commit(w->db, &error), error);
    else
        db_rollback(w->db);
    gate(w)->settled(w->all, ok);
}

static void outcome(struct world *w, struct lease *lease, enum delivery_state to, int code,
                    const char *enhanced)
{
    struct ledger_outcome o = {
        .to = to, .phase = REPLY_RCPT, .code = code, .enhanced = enhanced, .reply = "words"};
    if (receivers_wants_outcome(lease, &o))
        receivers_outcome(w->all, lease, &o, 100, w->now_us);
    g_assert_null(lease->receiver);
}

static const char limited[] =
    "slow_down = ( { enhanced = \"4.7.28\"; } ); pace = { quiet_s = 30; climb_s = 600; };"
    "providers = ( { name = \"slow\"; label = \"Slow\"; domains = [ \"slow.example\" ];"
    " per_second = 1; }, { name = \"tight\"; domains = [ \"tight.example\" ];"
    " connections = 1; } );";
static const char unlimited[] = "slow_down = ( { enhanced = \"4.7.28\"; } );";

static void test_without_limits_there_is_no_gate(void)
{
    struct world w;
    world_init(&w, unlimited);
    g_assert_null(receivers_gate(w.all, w.now_us));
    struct lease lease = {.address = (char *)"a@x.example"};
    struct ledger_outcome o = {.to = DELIVERY_ACCEPTED, .code = 250};
    g_assert_false(receivers_wants_outcome(&lease, &o));
    world_clear(&w);
}

static void test_rate_and_undo(void)
{
    struct world w;
    struct lease a, b;
    world_init(&w, limited);
    g_assert_cmpint(ask(&w, &a, "a@free.example", FALSE), ==, 0);
    g_assert_null(a.receiver);
    g_assert_cmpint(ask(&w, &a, "a@slow.example", FALSE), ==, 0);
    gint64 hold = ask(&w, &b, "b@slow.example", FALSE);
    g_assert_cmpint(hold, >, 0);
    settled(&w, FALSE); /* the disk was full: nobody went */
    g_assert_cmpint(ask(&w, &a, "a@slow.example", FALSE), ==, 0);
    g_assert_cmpint(ask(&w, &b, "b@slow.example", FALSE), ==, hold);
    settled(&w, TRUE);
    w.now_us += S;
    g_assert_cmpint(ask(&w, &b, "b@slow.example", TRUE), ==, 0);
    settled(&w, TRUE);
    /* What was not sent gives its turn back. */
    outcome(&w, &b, DELIVERY_QUEUED, 0, NULL);
    g_assert_cmpint(ask(&w, &b, "b@slow.example", TRUE), ==, 0);
    world_clear(&w);
}

static void test_in_flight(void)
{
    struct world w;
    struct lease a, b;
    world_init(&w, limited);
    g_assert_cmpint(ask(&w, &a, "a@tight.example", FALSE), ==, 0);
    g_assert_cmpint(ask(&w, &b, "b@tight.example", FALSE), >, 0);
    settled(&w, TRUE);
    outcome(&w, &a, DELIVERY_ACCEPTED, 250, "2.0.0");
    g_assert_cmpint(ask(&w, &b, "b@tight.example", FALSE), ==, 0);
    world_clear(&w);
}

static void test_who_came_first_goes_first(void)
{
    struct world w;
    struct lease a;
    guint at = 0;
    gint64 hold = 0;
    int most = 0;
    world_init(&w, limited);
    ask(&w, &a, "a@slow.example", FALSE);
    gint64 id = ask(&w, &a, "b@slow.example", FALSE);
    gate(&w)->moved(w.all, id, 1, 1);
    settled(&w, TRUE);
    g_assert_false(gate(&w)->next(w.all, 1, &at, &hold, &most));
    g_assert_cmpint(receivers_due_us(w.all, 1, w.now_us), ==, w.now_us + S);
    g_assert_cmpint(receivers_due_us(w.all, 2, w.now_us), ==, 0);
    w.now_us += S;
    g_assert_cmpint(ask(&w, &a, "c@slow.example", FALSE), ==, id); /* behind b */
    at = 0;
    g_assert_true(gate(&w)->next(w.all, 1, &at, &hold, &most));
    g_assert_cmpint(hold, ==, id);
    g_assert_cmpint(most, ==, 1);
    g_assert_cmpint(gate(&w)->waiting(w.all, id, 1), ==, 1);
    gate(&w)->moved(w.all, id, 1, -1);
    settled(&w, FALSE); /* taken back */
    g_assert_cmpint(gate(&w)->waiting(w.all, id, 1), ==, 1);
    world_clear(&w);
}

/* One that is paused never asks: it must not keep the other from its turn. */
static void test_two_campaigns_take_turns(void)
{
    struct world w;
    struct lease a;
    int served[3] = {0};
    world_init(&w, limited);
    ask(&w, &a, "a@slow.example", FALSE);
    gint64 id = ask(&w, &a, "b@slow.example", FALSE);
    for (int c = 1; c <= 2; c++)
        gate(&w)->moved(w.all, id, c, 100);
    settled(&w, TRUE);
    for (int i = 0; i < 40; i++) {
        int c = 1 + i % 2;
        guint at = 0;
        int most = 0;
        w.now_us += S / 2;
        if (!gate(&w)->next(w.all, c, &at, &id, &most))
            continue;
        served[c]++;
        g_assert_cmpint(ask(&w, &a, "b@slow.example", TRUE), ==, 0);
        settled(&w, TRUE);
    }
    g_assert_cmpint(served[1], >=, 5);
    g_assert_cmpint(served[2], >=, 5);
    for (int i = 0; i < 10; i++) { /* the other one is paused */
        guint at = 0;
        int most = 0;
        w.now_us += S;
        if (!gate(&w)->next(w.all, 1, &at, &id, &most)) {
            at = 0;
            g_assert_true(gate(&w)->next(w.all, 1, &at, &id, &most));
        }
        g_assert_cmpint(ask(&w, &a, "b@slow.example", TRUE), ==, 0);
        settled(&w, TRUE);
    }
    world_clear(&w);
}

/* Another process cancels one of two campaigns that wait here, and takes people of the other
 * back. Its share is the other's from then on. */
static void test_cancelled_waits_no_more(void)
{
    struct world w;
    struct lease a;
    GError *error = NULL;
    gint64 n = 0;
    world_init(&w, limited);
    ask(&w, &a, "a@slow.example", FALSE);
    gint64 id = ask(&w, &a, "b@slow.example", FALSE), met = 0;
    for (int c = 1; c <= 2; c++) {
        gate(&w)->moved(w.all, id, c, 100);
        must(holds_count(w.db, id, c, 100, &error), error);
    }
    settled(&w, TRUE);
    receivers_look(w.all, w.now_us);
    g_assert_cmpint(gate(&w)->waiting(w.all, id, 1), ==, 100);
    must(holds_forget_some(w.db, 1, 100, &n, &error), error);
    must(holds_count(w.db, id, 2, -60, &error), error);
    receivers_look(w.all, w.now_us);
    g_assert_cmpint(gate(&w)->waiting(w.all, id, 1), ==, 0);
    g_assert_cmpint(gate(&w)->waiting(w.all, id, 2), ==, 40);
    for (int i = 0; i < 10; i++) {
        guint at = 0;
        int most = 0;
        w.now_us += S;
        g_assert_true(gate(&w)->next(w.all, 2, &at, &met, &most));
        g_assert_cmpint(met, ==, id);
        g_assert_cmpint(ask(&w, &a, "b@slow.example", TRUE), ==, 0);
        settled(&w, TRUE);
    }
    /* Nobody is left: it is not looked at any more. */
    must(holds_forget_some(w.db, 2, 100, &n, &error), error);
    receivers_look(w.all, w.now_us);
    g_assert_cmpint(receivers_due_us(w.all, 2, w.now_us), ==, 0);
    world_clear(&w);
}

static void test_rest(void)
{
    struct world w;
    struct lease a;
    world_init(&w, unlimited);
    struct receiver *r = receivers_of(w.all, "a@x.example");
    g_assert_cmpstr(receiver_label(r), ==, "x.example");
    receiver_rest(w.all, r, HOLD_OURS, "550 5.7.1 blocked", 60 * S, w.now_us);
    g_assert_true(receivers_must_sweep(w.all));
    g_assert_false(receivers_must_sweep(w.all));
    g_assert_cmpint(ask(&w, &a, "b@x.example", FALSE), >, 0);
    g_assert_cmpint(ask(&w, &a, "b@y.example", FALSE), ==, 0);
    settled(&w, TRUE);
    w.now_us += 61 * S;
    receivers_tick(w.all, w.now_us);
    g_assert_nonnull(receivers_gate(w.all, w.now_us)); /* it is still to be written */
    g_assert_cmpint(ask(&w, &a, "b@x.example", FALSE), ==, 0);
    settled(&w, TRUE);
    g_assert_null(receivers_gate(w.all, w.now_us));
    world_clear(&w);
}

static void test_faults_in_a_row(void)
{
    struct world w;
    struct lease a;
    world_init(&w, unlimited);
    struct receiver *r = receivers_of(w.all, "a@x.example");
    for (int i = 1; i <= 4; i++)
        g_assert_cmpint(receiver_fault(w.all, r, "550 5.7.26 SPF"), ==, i);
    g_assert_cmpint(ask(&w, &a, "b@x.example", FALSE), ==, 0);
    settled(&w, TRUE);
    g_assert_true(a.receiver == r);
    outcome(&w, &a, DELIVERY_ACCEPTED, 250, "2.0.0");
    g_assert_cmpint(receiver_fault(w.all, r, "550 5.7.26 SPF"), ==, 1);
    world_clear(&w);
}

static void test_another_life(void)
{
    struct world w;
    struct lease a;
    GError *error = NULL;
    world_init(&w, limited);
    struct receiver *r = receivers_of(w.all, "a@x.example");
    receiver_fault(w.all, r, "no");
    receiver_rest(w.all, r, HOLD_OURS, "550 5.7.1 blocked", HOLD_FOR_EVER, w.now_us);
    ask(&w, &a, "a@slow.example", FALSE);
    settled(&w, TRUE);
    receivers_free(w.all);
    w.now_us += S / 1000;
    wake_up(&w);
    r = receivers_of(w.all, "x.example");
    g_assert_true(receiver_rests(r));
    g_assert_cmpint(r->n_ours, ==, 1);
    g_assert_cmpstr(r->row.reply, ==, "550 5.7.1 blocked");
    g_assert_cmpint(ask(&w, &a, "b@slow.example", FALSE), >, 0); /* its second is not over */
    settled(&w, TRUE);
    /* Somebody wakes it from another process. */
    must(holds_wake(w.db, "x.example", &error), error);
    receivers_look(w.all, w.now_us);
    g_assert_false(receiver_rests(r));
    g_assert_cmpint(r->n_ours, ==, 0);
    g_assert_cmpint(ask(&w, &a, "b@x.example", FALSE), ==, 0);
    world_clear(&w);
}

/* Bounces say that it refuses us: the rest is kept, and the wish is over. */
static void test_wish_to_rest(void)
{
    struct world w;
    GError *error = NULL;
    world_init(&w, limited);
    must(rest_wish_put(w.db, "x.example", 1, "550 5.7.1 blocked", 1, &error), error);
    receivers_look(w.all, w.now_us);
    g_assert_true(receiver_rests(receivers_of(w.all, "a@x.example")));
    g_autoptr(GPtrArray) wishes = rest_wish_all(w.db, &error);
    g_assert_cmpint(wishes->len, ==, 0);
    receivers_free(w.all);
    wake_up(&w);
    struct receiver *r = receivers_of(w.all, "a@x.example");
    g_assert_true(receiver_rests(r));
    g_assert_cmpint(r->n_ours, ==, FAULT_ROW_LENGTH);
    g_assert_cmpstr(r->row.reply, ==, "550 5.7.1 blocked");
    world_clear(&w);
}

static void test_asks_for_less(void)
{
    struct world w;
    struct lease a = {.address = (char *)"a@x.example"};
    world_init(&w, unlimited);
    outcome(&w, &a, DELIVERY_DEFERRED, 450, "4.2.0");
    g_assert_null(receivers_gate(w.all, w.now_us));
    outcome(&w, &a, DELIVERY_DEFERRED, 450, "4.7.28");
    struct receiver *r = receivers_of(w.all, "x.example");
    g_assert_cmpfloat(r->throttle.bucket.rate, ==, 50); /* half of what went out */
    g_assert_true(throttle_is_slow(&r->throttle));
    w.now_us += 10000 * S;
    receivers_tick(w.all, w.now_us);
    g_assert_false(throttle_is_on(&r->throttle));
    world_clear(&w);
}

static void test_another_table(void)
{
    struct world w;
    struct lease a;
    world_init(&w, limited);
    ask(&w, &a, "a@slow.example", FALSE);
    gint64 id = ask(&w, &a, "b@slow.example", FALSE);
    gate(&w)->moved(w.all, id, 1, 1);
    settled(&w, TRUE);
    struct providers *other = table_of(
        "providers = ( { name = \"big\"; domains = [ \"slow.example\" ]; per_second = 1; } );");
    receivers_take_table(w.all, other, w.now_us);
    providers_free(w.table);
    w.table = other;
    guint at = 0;
    int most = 0;
    gint64 from = 0;
    /* Its receiver is gone: who waits there is asked about anew, and goes by the new one. */
    g_assert_true(gate(&w)->next(w.all, 1, &at, &from, &most));
    g_assert_cmpint(from, ==, id);
    g_assert_cmpint(ask(&w, &a, "b@slow.example", TRUE), ==, 0);
    g_assert_cmpstr(((struct receiver *)a.receiver)->name, ==, "big");
    world_clear(&w);
}

/* With a limit for each domain there are many receivers; who is idle is forgotten, but what was
 * written of it stays, and it may be met again. */
static void test_forgotten_and_met_again(void)
{
    struct world w;
    struct lease a;
    world_init(&w, "default = { per_second = 1; };");
    ask(&w, &a, "a@again.example", FALSE);
    outcome(&w, &a, DELIVERY_ACCEPTED, 250, "2.0.0");
    for (int i = 0; i < 5000; i++) {
        g_autofree char *address = g_strdup_printf("a@d%d.example", i);
        ask(&w, &a, address, FALSE);
        outcome(&w, &a, DELIVERY_ACCEPTED, 250, "2.0.0");
    }
    settled(&w, TRUE);
    w.now_us += 10 * S;
    receivers_tick(w.all, w.now_us);
    ask(&w, &a, "b@again.example", FALSE);
    g_assert_cmpint(ask(&w, &a, "c@again.example", FALSE), >, 0);
    settled(&w, TRUE);
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/receivers/no-gate-without-limits", test_without_limits_there_is_no_gate);
    g_test_add_func("/receivers/rate-and-undo", test_rate_and_undo);
    g_test_add_func("/receivers/in-flight", test_in_flight);
    g_test_add_func("/receivers/first-come-first-served", test_who_came_first_goes_first);
    g_test_add_func("/receivers/two-campaigns", test_two_campaigns_take_turns);
    g_test_add_func("/receivers/cancelled-waits-no-more", test_cancelled_waits_no_more);
    g_test_add_func("/receivers/rest", test_rest);
    g_test_add_func("/receivers/faults-in-a-row", test_faults_in_a_row);
    g_test_add_func("/receivers/another-life", test_another_life);
    g_test_add_func("/receivers/wish-to-rest", test_wish_to_rest);
    g_test_add_func("/receivers/asks-for-less", test_asks_for_less);
    g_test_add_func("/receivers/another-table", test_another_table);
    g_test_add_func("/receivers/forgotten-and-met-again", test_forgotten_and_met_again);
    return g_test_run();
}
