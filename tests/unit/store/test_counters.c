/*
 * What the screens ask once a second: kept in the transactions that move deliveries, and read
 * without a look at the deliveries.
 */
#include "config.h"

#include "place.h"

#include "base/clock.h"
#include "model/reply.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/schema.h"
#include "store/server_live.h"
#include "store/servers.h"
#include "store/settle.h"

#define MINUTE 29000000

static void add_campaign(struct db *db, gint64 id, const char *name, int state)
{
    g_assert_true(sql_do(db, NULL,
                         "INSERT INTO campaign (id, name, state, created_us, server, subject,"
                         " give_up_s, finished_us) VALUES (?1, ?2, ?3, 1, 'main', 'Hi', 100,"
                         " ?1)",
                         "isi", id, name, (gint64)state));
    g_assert_true(
        sql_do(db, NULL,
               "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted,"
               " refused, deferred, uncertain, suppressed, cancelled)"
               " VALUES (?1, 1000000, 0, 1000000, 0, 0, 0, 0, 0, 0)",
               "i", id));
}

static void begin(struct place *p, gconstpointer data)
{
    place_begin(p, data);
    run(p->db, "INSERT INTO server (id, name, host, security, connections, per_second,"
               " messages_per_connection) VALUES (1, 'main', 'localhost', 2, 1, 0, 0)");
    add_campaign(p->db, 1, "one", CAMPAIGN_SENDING);
    add_campaign(p->db, 2, "two", CAMPAIGN_FINISHED);
    add_campaign(p->db, 3, "three", CAMPAIGN_DRAFT);
}

#define LIVE_TEST(path, function)                                                              \
    g_test_add((path), struct place, NULL, begin, function, place_end)

struct outcome {
    gint64 campaign_id;
    enum delivery_state to;
    int code;
    const char *enhanced, *reply;
    gint64 minute;
};

/* One transaction. Each outcome is of a person of their own. */
static void settle_some(struct db *db, struct settle_tally *t, const struct outcome *o, int n)
{
    static gint64 person;
    GError *error = NULL;
    g_assert_true(db_begin(db, NULL));
    settle_tally_reset(t);
    for (int i = 0; i < n; i++) {
        g_assert_true(sql_do(db, &error,
                             "INSERT INTO delivery (campaign_id, person_id, version, state,"
                             " address) VALUES (?1, ?2, 7, 1, 'p@example.org')",
                             "ii", o[i].campaign_id, ++person));
        struct settle s = {.delivery_id = number_of(db, "SELECT max(id) FROM delivery"),
                           .campaign_id = o[i].campaign_id,
                           .server_id = 1,
                           .address = "p@example.org",
                           .attempt = 1,
                           .counts = TRUE,
                           .from = DELIVERY_LEASED,
                           .to = o[i].to,
                           .phase = REPLY_DOT,
                           .code = o[i].code,
                           .at_us = (MINUTE + o[i].minute) * COUNTERS_MINUTE_US,
                           .enhanced = o[i].enhanced,
                           .reply = o[i].reply};
        g_assert_true(settle_write(db, t, &s, &error));
        g_assert_no_error(error);
    }
    g_assert_true(settle_tally_write(db, t, &error));
    g_assert_no_error(error);
    g_assert_true(db_commit(db, NULL));
}

static void settle_few(struct db *db)
{
    static const struct outcome some[] = {
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok: queued as 1", 0},
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok: queued as 2", 0},
        {1, DELIVERY_REFUSED, 550, "5.1.1", "unknown", 1},
        {2, DELIVERY_DEFERRED, 451, NULL, "later", 1},
        {2, DELIVERY_UNCERTAIN, 0, NULL, NULL, 3},
    };
    struct settle_tally *t = settle_tally_new();
    settle_some(db, t, some, G_N_ELEMENTS(some));
    settle_tally_free(t);
}

/* Commits of two campaigns by turns, with one tally, as a worker's are. */
static void tally_goes_from_commit_to_commit(struct place *p, gconstpointer data)
{
    static const struct outcome some[] = {
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok", 0},
        {2, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok", 0},
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok", 1},
        {2, DELIVERY_REFUSED, 550, "5.1.1", "unknown", 1},
    };
    static const struct {
        const char *sql;
        gint64 of_a_commit;
    } sums[] = {
        {"SELECT accepted FROM campaign_counter WHERE campaign_id = 1", 2},
        {"SELECT accepted FROM campaign_counter WHERE campaign_id = 2", 1},
        {"SELECT refused FROM campaign_counter WHERE campaign_id = 2", 1},
        {"SELECT n FROM reply_counter WHERE campaign_id = 1 AND code = 250", 2},
        {"SELECT n FROM reply_counter WHERE campaign_id = 2 AND code = 250", 1},
        {"SELECT n FROM reply_counter WHERE campaign_id = 2 AND code = 550", 1},
        {"SELECT accepted FROM domain_counter WHERE campaign_id = 1", 2},
        {"SELECT refused FROM domain_counter WHERE campaign_id = 2", 1},
        {"SELECT sum(accepted) FROM minute_counter WHERE campaign_id = 1", 2},
        {"SELECT sum(accepted) FROM minute_counter WHERE campaign_id = 0", 3},
    };
    struct settle_tally *t = settle_tally_new();
    for (int k = 1; k <= 3; k++) {
        settle_some(p->db, t, some, G_N_ELEMENTS(some));
        for (guint i = 0; i < G_N_ELEMENTS(sums); i++)
            g_assert_cmpint(number_of(p->db, sums[i].sql), ==, k * sums[i].of_a_commit);
    }
    settle_tally_free(t);
}

static void minutes_of_one_and_of_all(struct place *p, gconstpointer data)
{
    struct minute_count one[4], all[4];
    settle_few(p->db);
    g_assert_true(counters_minutes(p->db, 1, MINUTE, 4, one, NULL));
    g_assert_true(counters_minutes(p->db, 0, MINUTE, 4, all, NULL));
    g_assert_cmpint(one[0].accepted, ==, 2);
    g_assert_cmpint(one[1].refused, ==, 1);
    g_assert_cmpint(one[1].deferrals, ==, 0);
    g_assert_cmpint(all[1].deferrals, ==, 1);
    g_assert_cmpint(all[2].minute, ==, MINUTE + 2);
    g_assert_cmpint(all[2].accepted + all[2].uncertain, ==, 0);
    g_assert_cmpint(all[3].uncertain, ==, 1);
}

static void sums_since(struct place *p, gconstpointer data)
{
    struct counters_sums sums;
    settle_few(p->db);
    run(p->db, "INSERT INTO suppression (address_key, address, reason, actor, created_us)"
               " VALUES ('a', 'a', 'unsubscribed', 'x', 1740000060000000),"
               " ('b', 'b', 'unsubscribed', 'x', 1), ('c', 'c', 'manual', 'x',"
               " 1740000060000000), ('d', 'd', 'bounced', 'x', 1740000060000001)");
    g_assert_true(counters_since(p->db, (MINUTE + 1) * COUNTERS_MINUTE_US, &sums, NULL));
    g_assert_cmpint(sums.accepted, ==, 0);
    g_assert_cmpint(sums.refused, ==, 1);
    g_assert_cmpint(sums.deferrals, ==, 1);
    g_assert_cmpint(sums.uncertain, ==, 1);
    g_assert_cmpint(sums.sent, ==, 2);
    g_assert_cmpint(sums.unsubscribed, ==, 1);
    g_assert_cmpint(sums.bounced, ==, 1);
    g_assert_cmpint(sums.complained, ==, 0);
}

static void replies_by_class(struct place *p, gconstpointer data)
{
    settle_few(p->db);
    settle_few(p->db);
    g_autoptr(GPtrArray) replies = counters_replies(p->db, 1, 10, NULL);
    g_assert_cmpint(replies->len, ==, 2);
    const struct reply_count *most = replies->pdata[0];
    g_assert_cmpint(most->count, ==, 4);
    g_assert_cmpint(most->code, ==, 250);
    g_assert_cmpint(most->state, ==, DELIVERY_ACCEPTED);
    g_assert_cmpstr(most->enhanced, ==, "2.0.0");
    g_assert_cmpstr(most->reply, ==, "Ok: queued as 1");
    g_autoptr(GPtrArray) of_two = counters_replies(p->db, 2, 10, NULL);
    g_assert_cmpint(of_two->len, ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT sum(n) FROM reply_counter"), ==,
                    number_of(p->db, "SELECT count(*) FROM attempt"));
}

/* A server that makes up codes fills no table. */
static void classes_are_bounded(struct place *p, gconstpointer data)
{
    struct settle_tally *t = settle_tally_new();
    g_autofree char *longest = g_strnfill(3 * SETTLE_SAMPLE_BYTES, 'x');
    for (int i = 0; i < SETTLE_REPLY_CLASSES + 20; i++) {
        g_autofree char *enhanced = g_strdup_printf("5.%d.%d", i / 100, i % 100);
        struct outcome o = {1, DELIVERY_REFUSED, 550, enhanced, longest, 0};
        settle_some(p->db, t, &o, 1);
    }
    settle_tally_free(t);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM reply_counter"), ==,
                    SETTLE_REPLY_CLASSES + 1);
    g_assert_cmpint(number_of(p->db, "SELECT n FROM reply_counter WHERE enhanced = ''"), ==,
                    20);
    g_assert_cmpint(number_of(p->db, "SELECT sum(n) FROM reply_counter"), ==,
                    SETTLE_REPLY_CLASSES + 20);
    g_assert_cmpint(number_of(p->db, "SELECT max(length(reply)) FROM reply_counter"), ==,
                    SETTLE_SAMPLE_BYTES);
}

static void domains_and_the_others(struct place *p, gconstpointer data)
{
    struct domain_others others;
    run(p->db, "INSERT INTO domain_counter (campaign_id, domain, total, accepted, refused)"
               " VALUES (1, 'a', 5, 1, 1), (1, 'b', 900000, 600, 0), (1, 'c', 99995, 10, 3),"
               " (2, 'd', 4, 0, 0)");
    run(p->db, "UPDATE campaign_counter SET leased = 999385, accepted = 611, refused = 4"
               " WHERE campaign_id = 1");
    g_autoptr(GPtrArray) top = counters_domains(p->db, 1, 2, &others, NULL);
    g_assert_cmpint(top->len, ==, 2);
    g_assert_cmpstr(((const struct domain_count *)top->pdata[0])->domain, ==, "b");
    g_assert_cmpint(others.domains, ==, 1);
    g_assert_cmpint(others.total, ==, 5);
    g_assert_cmpint(others.accepted, ==, 1);
    g_assert_cmpint(others.refused, ==, 1);
    g_assert_cmpint(others.uncertain, ==, 0);
}

/* ---- events ---- */

static void newest_events_first(struct place *p, gconstpointer data)
{
    settle_few(p->db);
    g_autoptr(GPtrArray) all = events_page(p->db, 0, 0, 10, NULL);
    g_assert_cmpint(all->len, ==, 5);
    const struct event *newest = all->pdata[0], *third = all->pdata[2];
    g_assert_cmpint(newest->state, ==, DELIVERY_UNCERTAIN);
    g_assert_cmpstr(newest->campaign, ==, "two");
    g_assert_cmpint(newest->id, ==, events_newest(p->db, 0));
    g_assert_cmpstr(third->address, ==, "p@example.org");
    g_assert_cmpstr(third->server, ==, "main");
    g_assert_cmpstr(third->enhanced, ==, "5.1.1");
    g_assert_cmpstr(third->reply, ==, "unknown");
    g_assert_cmpint(third->code, ==, 550);
    g_assert_cmpint(third->version, ==, 7);
    g_assert_cmpint(third->at_us, ==, (MINUTE + 1) * COUNTERS_MINUTE_US);
    g_autoptr(GPtrArray) older = events_page(p->db, 0, third->id, 10, NULL);
    g_assert_cmpint(older->len, ==, 2);
    g_autoptr(GPtrArray) of_two = events_page(p->db, 2, 0, 1, NULL);
    g_assert_cmpint(of_two->len, ==, 1);
    g_assert_cmpint(((const struct event *)of_two->pdata[0])->id, ==, newest->id);
    g_assert_cmpint(events_newest(p->db, 1), <, newest->id);
    g_assert_cmpint(events_newest(p->db, 3), ==, 0);
}

/* A commit's rows are written in their order, which is not that of the time. */
static void events_of_a_commit_by_time(struct place *p, gconstpointer data)
{
    static const struct outcome some[] = {
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "third", 2},
        {1, DELIVERY_REFUSED, 550, "5.1.1", "first", 0},
        {1, DELIVERY_ACCEPTED, 250, "2.0.0", "second", 1},
    };
    static const char *const newest_first[] = {"third", "second", "first"};
    struct settle_tally *t = settle_tally_new();
    settle_some(p->db, t, some, G_N_ELEMENTS(some));
    settle_tally_free(t);
    g_autoptr(GPtrArray) all = events_page(p->db, 1, 0, 10, NULL);
    g_assert_cmpint(all->len, ==, G_N_ELEMENTS(newest_first));
    for (guint i = 0; i < all->len; i++)
        g_assert_cmpstr(((const struct event *)all->pdata[i])->reply, ==, newest_first[i]);
}

/* Many a commit, of two campaigns, over several processes' lives. */
static void rings_are_bounded_and_merged(struct place *p, gconstpointer data)
{
    struct outcome o[EVENTS_COMMIT_MAX + 50];
    for (guint i = 0; i < G_N_ELEMENTS(o); i++)
        o[i] = (struct outcome){1 + (i % 50 == 0), DELIVERY_ACCEPTED, 250, "2.0.0", "Ok", 0};
    for (int life = 0; life < 4; life++) {
        struct settle_tally *t = settle_tally_new();
        for (int k = 0; k < 30; k++) {
            for (guint i = 0; i < G_N_ELEMENTS(o); i++)
                o[i].minute = life * 30 + k;
            settle_some(p->db, t, o, G_N_ELEMENTS(o));
        }
        settle_tally_free(t);
    }
    gint64 kept = number_of(p->db, "SELECT count(*) FROM event WHERE campaign_id = 1");
    g_assert_cmpint(kept, >=, EVENTS_KEPT);
    g_assert_cmpint(kept, <, EVENTS_KEPT + 2 * EVENTS_PRUNE_EVERY);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM event WHERE campaign_id = 2"), ==,
                    120 * (G_N_ELEMENTS(o) / 50 + 1));
    g_autoptr(GPtrArray) all = events_page(p->db, 0, 0, EVENTS_PAGE_MAX, NULL);
    g_assert_cmpint(all->len, ==, EVENTS_PAGE_MAX);
    g_assert_cmpint(((const struct event *)all->pdata[0])->id, ==,
                    number_of(p->db, "SELECT max(id) FROM event"));
    g_assert_cmpint(
        ((const struct event *)all->pdata[EVENTS_PAGE_MAX - 1])->id, ==,
        number_of(p->db, "SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET 199"));
    for (guint i = 1; i < all->len; i++)
        g_assert_cmpint(((const struct event *)all->pdata[i])->id, <,
                        ((const struct event *)all->pdata[i - 1])->id);
}

/* More than are kept, and not in the order of their times: the newest are. */
static void newest_of_a_commit_are_kept(struct place *p, gconstpointer data)
{
    struct outcome o[3 * EVENTS_COMMIT_MAX];
    struct settle_tally *t = settle_tally_new();
    const int n = G_N_ELEMENTS(o);
    for (int i = 0; i < n; i++)
        o[i] = (struct outcome){1, DELIVERY_ACCEPTED, 250, "", "Ok", i * 7 % n};
    settle_some(p->db, t, o, n);
    settle_tally_free(t);
    g_autoptr(GPtrArray) all = events_page(p->db, 1, 0, EVENTS_PAGE_MAX, NULL);
    g_assert_cmpint(all->len, ==, EVENTS_COMMIT_MAX);
    for (int i = 0; i < EVENTS_COMMIT_MAX; i++)
        g_assert_cmpint(((const struct event *)all->pdata[i])->at_us, ==,
                        (MINUTE + n - 1 - i) * COUNTERS_MINUTE_US);
}

/* Commits that follow each other at once: fewer of those accepted, but all of the others. */
static void quick_commits_keep_fewer(struct place *p, gconstpointer data)
{
    struct outcome o[3 * EVENTS_COMMIT_MAX];
    struct settle_tally *t = settle_tally_new();
    for (guint i = 0; i < G_N_ELEMENTS(o); i++)
        o[i] =
            (struct outcome){1, i % 6 ? DELIVERY_ACCEPTED : DELIVERY_REFUSED, 250, "", "Ok", 0};
    for (int k = 0; k < 3; k++)
        settle_some(p->db, t, o, G_N_ELEMENTS(o));
    g_assert_cmpint(number_of(p->db,
                              "SELECT count(*) FROM event JOIN attempt USING (delivery_id)"
                              " WHERE state = 2"),
                    ==, EVENTS_COMMIT_MAX + 2 * EVENTS_COMMIT_MIN);
    g_assert_cmpint(number_of(p->db,
                              "SELECT count(*) FROM event JOIN attempt USING (delivery_id)"
                              " WHERE state = 3"),
                    ==, 3 * G_N_ELEMENTS(o) / 6);
    for (guint i = 0; i < G_N_ELEMENTS(o); i++)
        o[i].minute = 1;
    settle_some(p->db, t, o, G_N_ELEMENTS(o));
    g_assert_cmpint(number_of(p->db,
                              "SELECT count(*) FROM event JOIN attempt USING (delivery_id)"
                              " WHERE state = 2"),
                    ==, 2 * EVENTS_COMMIT_MAX + 2 * EVENTS_COMMIT_MIN);
    settle_tally_free(t);
}

/* A refusal among thousands of accepted ones is there. */
static void accepted_hide_nobody(struct place *p, gconstpointer data)
{
    struct outcome o[4 * EVENTS_COMMIT_MAX];
    struct settle_tally *t = settle_tally_new();
    for (guint i = 0; i < G_N_ELEMENTS(o); i++)
        o[i] = (struct outcome){1, i ? DELIVERY_ACCEPTED : DELIVERY_REFUSED, 250, "", "Ok", 0};
    settle_some(p->db, t, o, G_N_ELEMENTS(o));
    settle_tally_free(t);
    g_autoptr(GPtrArray) all = events_page(p->db, 1, 0, EVENTS_PAGE_MAX, NULL);
    g_assert_cmpint(all->len, ==, EVENTS_COMMIT_MAX + 1);
    g_assert_cmpint(((const struct event *)all->pdata[EVENTS_COMMIT_MAX])->state, ==,
                    DELIVERY_REFUSED);
}

static void a_rollback_leaves_nothing(struct place *p, gconstpointer data)
{
    struct settle_tally *t = settle_tally_new();
    struct outcome o = {1, DELIVERY_ACCEPTED, 250, "2.0.0", "Ok", 0};
    settle_some(p->db, t, &o, 1);
    g_assert_true(db_begin(p->db, NULL));
    settle_tally_reset(t);
    g_assert_true(sql_do(p->db, NULL,
                         "INSERT INTO delivery (id, campaign_id, person_id, version, state,"
                         " address) VALUES (77777, 1, 77777, 1, 1, 'q@example.org')",
                         ""));
    struct settle s = {.delivery_id = 77777,
                       .campaign_id = 1,
                       .address = "q@example.org",
                       .attempt = 1,
                       .counts = TRUE,
                       .from = DELIVERY_LEASED,
                       .to = DELIVERY_REFUSED,
                       .code = 550};
    g_assert_true(settle_write(p->db, t, &s, NULL));
    g_assert_true(settle_tally_write(p->db, t, NULL));
    db_rollback(p->db);
    settle_some(p->db, t, &o, 1);
    settle_tally_free(t);
    g_autoptr(GPtrArray) all = events_page(p->db, 1, 0, 10, NULL);
    g_assert_cmpint(all->len, ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT sum(n) FROM reply_counter"), ==, 2);
}

/* ---- campaigns ---- */

static void briefs_by_state(struct place *p, gconstpointer data)
{
    gint64 n[CAMPAIGN_STATE_COUNT];
    settle_few(p->db);
    add_campaign(p->db, 4, "four", CAMPAIGN_CANCELLED);
    g_autoptr(GPtrArray) all = counters_campaigns(p->db, COUNTERS_ALL_STATES, NULL);
    g_autoptr(GPtrArray) sending =
        counters_campaigns(p->db, COUNTERS_STATE(CAMPAIGN_SENDING), NULL);
    g_autoptr(GPtrArray) ended = counters_ended(p->db, 1, NULL);
    g_assert_cmpint(all->len, ==, 4);
    g_assert_cmpint(sending->len, ==, 1);
    const struct campaign_brief *one = sending->pdata[0];
    g_assert_cmpstr(one->name, ==, "one");
    g_assert_cmpstr(one->title, ==, "");
    g_assert_cmpstr(one->subject, ==, "Hi");
    g_assert_cmpstr(one->server, ==, "main");
    g_assert_null(one->held_reason);
    g_assert_cmpint(one->counts.total, ==, 1000000);
    g_assert_cmpint(one->counts.state[DELIVERY_ACCEPTED], ==, 2);
    g_assert_cmpint(ended->len, ==, 1);
    g_assert_cmpstr(((const struct campaign_brief *)ended->pdata[0])->name, ==, "four");
    g_assert_true(counters_states(p->db, n, NULL));
    g_assert_cmpint(n[CAMPAIGN_DRAFT], ==, 1);
    g_assert_cmpint(n[CAMPAIGN_PAUSED], ==, 0);
}

/* ---- servers ---- */

static void live_servers(struct place *p, gconstpointer data)
{
    gint64 now = 1000 * CLOCK_SECOND_US;
    struct server_live l = {.server_id = 1,
                            .connections = 3,
                            .in_flight = 2,
                            .waiting = 9,
                            .rate_per_s = 12.5,
                            .code = 250,
                            .reply = (char *)"2.0.0 Ok",
                            .reply_us = now - 1};
    g_assert_true(server_live_beat(p->db, &l, now, NULL));
    g_assert_true(servers_set_problem(p->db, 1, "login refused", NULL));
    g_autoptr(GPtrArray) all = servers_live(p->db, now + CLOCK_SECOND_US, NULL);
    g_assert_cmpint(all->len, ==, 1);
    const struct server_live *got = all->pdata[0];
    g_assert_true(got->is_live);
    g_assert_cmpint(got->connections, ==, 3);
    g_assert_cmpint(got->waiting, ==, 9);
    g_assert_cmpfloat(got->rate_per_s, ==, 12.5);
    g_assert_cmpstr(got->problem, ==, "login refused");
    g_assert_cmpint(got->problem_us, >, 0);
    g_assert_cmpint(got->campaigns, ==, 1);
    g_assert_cmpint(got->queued, ==, 1000000);
}

/* A dead worker's row says nothing of now, but what it heard last stands. */
static void a_silent_server_is_not_live(struct place *p, gconstpointer data)
{
    gint64 now = 1000 * CLOCK_SECOND_US;
    struct server_live l = {.server_id = 1,
                            .connections = 3,
                            .rate_per_s = 1,
                            .code = 421,
                            .reply = (char *)"bye",
                            .reply_us = now};
    struct server_live mute = {.server_id = 1, .connections = 1};
    g_assert_true(server_live_beat(p->db, &l, now, NULL));
    g_autoptr(GPtrArray) later = servers_live(p->db, now + 60 * CLOCK_SECOND_US, NULL);
    const struct server_live *got = later->pdata[0];
    g_assert_false(got->is_live);
    g_assert_cmpint(got->connections, ==, 0);
    g_assert_cmpint(got->code, ==, 421);
    g_assert_true(server_live_beat(p->db, &mute, now + 1, NULL));
    g_autoptr(GPtrArray) again = servers_live(p->db, now + 2, NULL);
    got = again->pdata[0];
    g_assert_true(got->is_live);
    g_assert_cmpint(got->connections, ==, 1);
    g_assert_cmpstr(got->reply, ==, "bye");
    g_assert_true(server_live_gone(p->db, NULL));
    g_autoptr(GPtrArray) gone = servers_live(p->db, now + 2, NULL);
    g_assert_false(((const struct server_live *)gone->pdata[0])->is_live);
}

static void a_problem_keeps_its_beginning(struct place *p, gconstpointer data)
{
    g_assert_true(servers_set_problem(p->db, 1, "no route", NULL));
    run(p->db, "UPDATE server SET problem_us = 5");
    g_assert_true(servers_set_problem(p->db, 1, "no route to host", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT problem_us FROM server"), ==, 5);
    g_assert_true(servers_set_problem(p->db, 1, "", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT problem_us IS NULL FROM server"), ==, 1);
}

/* ---- from before ---- */

/* A database as it was before, with a campaign that has been sent. */
static void make_old(const char *path)
{
    static const char rows[] =
        "INSERT INTO campaign (id, name, created_us, give_up_s) VALUES (1, 'a', 1, 1),"
        " (2, 'b', 1, 1);"
        "INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts, address)"
        " VALUES (1, 1, 1, 1, 2, 1, 'a@x'), (2, 1, 2, 1, 2, 1, 'b@x'), (3, 2, 1, 1, 3, 1, "
        "'a@x');"
        "INSERT INTO attempt (delivery_id, n, at_us, phase, state, code, enhanced, reply) "
        "VALUES"
        " (1, 1, 1, 5, 2, 250, '2.0.0', 'Ok 1'), (2, 1, 1, 5, 2, 250, '2.0.0', 'Ok 2'),"
        " (3, 1, 1, 5, 3, 550, NULL, NULL);"
        "INSERT INTO minute_counter (campaign_id, minute, accepted, refused) VALUES (1, 7, 2, "
        "0),"
        " (2, 7, 0, 1);";
    sqlite3 *handle = NULL;
    g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
    for (const struct schema_migration *m = schema_migrations; m->version < 4; m++)
        g_assert_cmpint(sqlite3_exec(handle, m->sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(handle, rows, NULL, NULL, NULL), ==, SQLITE_OK);
    g_autofree char *numbers = g_strdup_printf(
        "PRAGMA application_id=%d; PRAGMA user_version=3", SCHEMA_APPLICATION_ID);
    g_assert_cmpint(sqlite3_exec(handle, numbers, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(handle), ==, SQLITE_OK);
}

static void what_was_sent_before_is_counted(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct minute_count m;
    g_autofree char *path = g_build_filename(p->dir, "old.db", NULL);
    make_old(path);
    struct db *old = db_open(path, DB_USE_VERB, &error);
    g_assert_no_error(error);
    g_assert_true(counters_minutes(old, 0, 7, 1, &m, NULL));
    g_assert_cmpint(m.accepted, ==, 2);
    g_assert_cmpint(m.refused, ==, 1);
    g_autoptr(GPtrArray) replies = counters_replies(old, 1, 5, NULL);
    g_assert_cmpint(replies->len, ==, 1);
    g_assert_cmpint(((const struct reply_count *)replies->pdata[0])->count, ==, 2);
    g_assert_cmpint(number_of(old, "SELECT sum(n) FROM reply_counter"), ==, 3);
    db_close(old);
}

static void check_refused_by(struct place *p, const char *wanted)
{
    g_autofree char *got = server_live_refused_by(p->db, 1);
    g_assert_cmpstr(got, ==, wanted);
}

/* Whoever rests because of us stands at the servers whose mail it refuses. */
static void test_refused_by(struct place *p, gconstpointer data)
{
    run(p->db, "INSERT INTO server (id, name, host, security, connections, per_second,"
               " messages_per_connection) VALUES (2, 'second', 'localhost', 2, 1, 0, 0)");
    check_refused_by(p, NULL);
    run(p->db, "INSERT INTO hold (id, receiver, label, cause, reply, since_us) VALUES"
               " (1, 'example.net', 'example.net', 4, '550 5.7.1 blocked', 1),"
               " (2, 'example.org', 'Example', 3, '421 slower', 1)");
    run(p->db, "INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (1, 1, 7), (2, 1, 3),"
               " (1, 2, 5)");
    check_refused_by(p, "example.net (550 5.7.1 blocked)"); /* once, and not who is slow */
    g_autofree char *second = server_live_refused_by(p->db, 2);
    g_assert_null(second);

    /* Nobody waits there yet: whose mail came back? */
    run(p->db, "UPDATE hold_waiting SET n = 0");
    check_refused_by(p, NULL);
    run(p->db, "UPDATE hold SET until_us = 9000000000000000 WHERE id = 1");
    check_refused_by(p, NULL);
    run(p->db, "INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id, address,"
               " address_key, provider, kind, class, reason, fault, status, text, found_by)"
               " VALUES (1, 1, 5, 1, 'a@example.net', 'a@example.net', 'example.net', 'bounce',"
               " 'soft', 'blocked', 'us', '5.7.1', '', 1)");
    run(p->db, "INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code,"
               " version) VALUES (5, 1, 1, 1, 5, 2, 250, 1)");
    check_refused_by(p, "example.net (550 5.7.1 blocked)");

    /* By a pool, all of its servers. */
    run(p->db, "UPDATE hold_waiting SET n = 1 WHERE hold_id = 1");
    run(p->db, "UPDATE campaign SET server = 'both'");
    run(p->db, "INSERT INTO pool (name, servers) VALUES ('both', 'main:3, second:1')");
    g_autofree char *member = server_live_refused_by(p->db, 2);
    g_assert_cmpstr(member, ==, "example.net (550 5.7.1 blocked)");
    check_refused_by(p, "example.net (550 5.7.1 blocked)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    LIVE_TEST("/counters/from-commit-to-commit", tally_goes_from_commit_to_commit);
    LIVE_TEST("/counters/minutes/one-and-all", minutes_of_one_and_of_all);
    LIVE_TEST("/counters/sums/since", sums_since);
    LIVE_TEST("/counters/replies/by-class", replies_by_class);
    LIVE_TEST("/counters/replies/bounded", classes_are_bounded);
    LIVE_TEST("/counters/domains/others", domains_and_the_others);
    LIVE_TEST("/counters/campaigns/by-state", briefs_by_state);
    LIVE_TEST("/events/newest-first", newest_events_first);
    LIVE_TEST("/events/newest-of-a-commit", newest_of_a_commit_are_kept);
    LIVE_TEST("/events/quick-commits-keep-fewer", quick_commits_keep_fewer);
    LIVE_TEST("/events/of-a-commit-by-time", events_of_a_commit_by_time);
    LIVE_TEST("/events/bounded-and-merged", rings_are_bounded_and_merged);
    LIVE_TEST("/events/accepted-hide-nobody", accepted_hide_nobody);
    LIVE_TEST("/events/rollback", a_rollback_leaves_nothing);
    LIVE_TEST("/server-live/rows", live_servers);
    LIVE_TEST("/server-live/silent", a_silent_server_is_not_live);
    LIVE_TEST("/server-live/problem-since", a_problem_keeps_its_beginning);
    LIVE_TEST("/counters/migration", what_was_sent_before_is_counted);
    LIVE_TEST("/servers/refused-by", test_refused_by);
    return g_test_run();
}
