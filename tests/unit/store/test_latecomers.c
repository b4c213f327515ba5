/*
 * Late joiners: who they are, that nobody gets it twice, and the way back.
 */
#include "config.h"

#include "store/latecomers.h"

#include "place.h"

#include "store/undolog.h"

static void add_person(struct db *db, gint64 id, const char *name)
{
    GError *error = NULL;
    g_autofree char *address = g_strdup_printf("%s@example.org", name);
    sql_do(db, &error,
           "INSERT INTO person (id, address, address_key, domain, created_us, updated_us)"
           " VALUES (?1, ?2, ?2, 'example.org', 1, 1)",
           "is", id, address);
    g_assert_no_error(error);
    sql_do(db, &error, "INSERT INTO membership (list_id, person_id, joined_us) VALUES (1, ?, 1)",
           "i", id);
    g_assert_no_error(error);
}

/* Campaign 1 is being sent to a and b. */
static void publish(struct place *p)
{
    GError *error = NULL;
    gboolean more = TRUE;
    gint64 built = 0;
    run(p->db, "INSERT INTO list (id, name, created_us) VALUES (1, 'all', 1), (2, 'out', 1)");
    add_person(p->db, 1, "a");
    add_person(p->db, 2, "b");
    run(p->db, "INSERT INTO campaign (id, name, state, created_us, server, lists, give_up_s,"
               " content_version) VALUES (1, 'c', 1, 1, 'main', 'all', 100, 1)");
    run(p->db, "INSERT INTO campaign_list VALUES (1, 1, 0), (1, 2, 1)");
    deliveries_build(p->db, 1, 1, &more, &built, &error);
    g_assert_no_error(error);
    g_assert_true(deliveries_publish(p->db, 1, 2, NULL, &error));
}

/* The letters of their addresses, capitals where they are never to be mailed. */
static void assert_late(struct place *p, const char *expected, gint64 known)
{
    GError *error = NULL;
    struct latecomers *l = latecomers_open(p->db, 1);
    g_autoptr(GPtrArray) page = latecomers_next(l, &error);
    g_assert_no_error(error);
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < page->len; i++) {
        const struct addressee *a = page->pdata[i];
        g_string_append_c(found, a->suppressed ? g_ascii_toupper(*a->address) : *a->address);
    }
    g_assert_cmpstr(found->str, ==, expected);
    g_assert_cmpint(latecomers_known(l), ==, known);
    g_autoptr(GPtrArray) rest = latecomers_next(l, &error);
    g_assert_cmpint(rest->len, ==, 0);
    latecomers_free(l);
}

static void join(struct place *p, gint64 people, gint64 suppressed)
{
    GError *error = NULL;
    gint64 n = 0, never = 0;
    struct latecomers *l = latecomers_open(p->db, 1);
    g_autoptr(GPtrArray) page = latecomers_next(l, &error);
    latecomers_join(p->db, 1, page, &n, &never, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, people);
    g_assert_cmpint(never, ==, suppressed);
    latecomers_free(l);
}

static gint64 counter(struct place *p, const char *sql)
{
    return number_of(p->db, sql);
}

static void assert_counted(struct place *p, gint64 total, gint64 queued, gint64 suppressed)
{
    g_assert_cmpint(counter(p, "SELECT total FROM campaign_counter"), ==, total);
    g_assert_cmpint(counter(p, "SELECT queued FROM campaign_counter"), ==, queued);
    g_assert_cmpint(counter(p, "SELECT suppressed FROM campaign_counter"), ==, suppressed);
    g_assert_cmpint(counter(p, "SELECT count(*) FROM delivery"), ==, total);
    g_assert_cmpint(counter(p, "SELECT count(*) FROM delivery WHERE state = 0"), ==, queued);
    g_assert_cmpint(counter(p, "SELECT total FROM domain_counter"), ==, total);
}

static void test_who_is_late(struct place *p, gconstpointer data)
{
    publish(p);
    assert_late(p, "", 0);
    add_person(p->db, 3, "c");
    add_person(p->db, 4, "d");
    add_person(p->db, 5, "e");
    run(p->db, "INSERT INTO membership (list_id, person_id, joined_us) VALUES (2, 4, 1)");
    run(p->db,
        "INSERT INTO suppression (address_key, list_id, address, reason, actor, created_us)"
        " VALUES ('e@example.org', 0, 'e', 'bounced', 'x', 1)");
    /* d is on the excluded list. */
    assert_late(p, "cE", 0);
    join(p, 1, 1);
    assert_counted(p, 4, 3, 1);
    assert_late(p, "", 0);
    join(p, 0, 0);
}

static void test_joins_the_finished(struct place *p, gconstpointer data)
{
    publish(p);
    run(p->db, "UPDATE delivery SET state = 2");
    run(p->db, "UPDATE campaign_counter SET queued = 0, accepted = 2, cursor = last_id");
    run(p->db, "UPDATE campaign SET state = 6");
    add_person(p->db, 3, "c");
    /* Rows of another campaign in between: its queue goes on behind them. */
    run(p->db, "INSERT INTO campaign (id, name, state, created_us, give_up_s) VALUES"
               " (2, 'd', 0, 1, 100)");
    run(p->db, "INSERT INTO delivery (id, campaign_id, person_id, version, address) VALUES"
               " (900, 2, 1, 1, 'a@example.org')");
    join(p, 1, 0);
    g_assert_cmpint(counter(p, "SELECT state FROM campaign WHERE id = 1"), ==, CAMPAIGN_SENDING);
    g_assert_cmpint(counter(p, "SELECT cursor FROM campaign_counter"), ==, 900);
    g_assert_cmpint(counter(p, "SELECT last_id FROM campaign_counter"), ==, 901);
}

static void test_only_never_mailed_ones_reopen_nothing(struct place *p, gconstpointer data)
{
    publish(p);
    run(p->db, "UPDATE campaign SET state = 6");
    add_person(p->db, 3, "c");
    run(p->db,
        "INSERT INTO suppression (address_key, list_id, address, reason, actor, created_us)"
        " VALUES ('c@example.org', 0, 'c', 'bounced', 'x', 1)");
    join(p, 0, 1);
    g_assert_cmpint(counter(p, "SELECT state FROM campaign"), ==, CAMPAIGN_FINISHED);
}

/* Removed after the start, and there again under another number: they have it. */
static void test_who_came_back_has_it(struct place *p, gconstpointer data)
{
    publish(p);
    run(p->db, "UPDATE delivery SET state = 2 WHERE person_id = 2");
    run(p->db, "DELETE FROM membership WHERE person_id = 2");
    run(p->db, "DELETE FROM person WHERE id = 2");
    add_person(p->db, 3, "b");
    add_person(p->db, 4, "c");
    assert_late(p, "c", 1);
    /* The address of somebody who has another one by now went out, too. */
    run(p->db, "UPDATE person SET address = 'z@example.org', address_key = 'z@example.org'"
               " WHERE id = 1");
    add_person(p->db, 5, "a");
    assert_late(p, "c", 2);
}

static void test_nobody_joins_a_cancelled_one(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n = 0, never = 0;
    publish(p);
    add_person(p->db, 3, "c");
    run(p->db, "UPDATE campaign SET state = 7");
    struct latecomers *l = latecomers_open(p->db, 1);
    g_autoptr(GPtrArray) page = latecomers_next(l, &error);
    g_assert_false(latecomers_join(p->db, 1, page, &n, &never, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "cancelled");
    g_assert_cmpint(counter(p, "SELECT count(*) FROM delivery"), ==, 2);
    latecomers_free(l);
}

/* Who was tried meanwhile stays. */
static void test_undo(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct undolog_done u;
    gint64 id = 0;
    publish(p);
    for (int i = 3; i < 6; i++) {
        g_autofree char *name = g_strdup_printf("p%d", i);
        add_person(p->db, i, name);
    }
    join(p, 3, 0);
    assert_counted(p, 5, 5, 0);
    run(p->db, "UPDATE delivery SET state = 2, attempts = 1 WHERE person_id = 4");
    /* One waits for its receiver, and was not tried. */
    run(p->db, "UPDATE delivery SET state = 4 WHERE person_id = 5");
    run(p->db, "INSERT INTO held SELECT 7, 1, id FROM delivery WHERE person_id = 5");
    run(p->db, "INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (1, 7, 1)");
    run(p->db, "UPDATE campaign_counter SET queued = queued - 2, accepted = 1, deferred = 1");
    g_assert_true(undolog_last(p->db, &id, &error));
    g_assert_true(undolog_do(p->db, id, &u, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(u.said->pdata[0], "2 of 3 late joiners"));
    undolog_done_clear(&u);
    assert_counted(p, 3, 2, 0);
    g_assert_cmpint(counter(p, "SELECT deferred FROM campaign_counter"), ==, 0);
    g_assert_cmpint(counter(p, "SELECT count(*) FROM held"), ==, 0);
    g_assert_cmpint(counter(p, "SELECT n FROM hold_waiting"), ==, 0);
    assert_late(p, "pp", 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/latecomers/who", test_who_is_late);
    TEST("/latecomers/finished-goes-on", test_joins_the_finished);
    TEST("/latecomers/only-never-mailed", test_only_never_mailed_ones_reopen_nothing);
    TEST("/latecomers/who-came-back-has-it", test_who_came_back_has_it);
    TEST("/latecomers/not-the-cancelled", test_nobody_joins_a_cancelled_one);
    TEST("/latecomers/undo", test_undo);
    return g_test_run();
}
