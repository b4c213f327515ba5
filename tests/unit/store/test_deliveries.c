/*
 * Building, calling off, resolving: what a second process may be doing to the same campaign.
 */
#include "config.h"

#include "store/deliveries.h"

#include "place.h"

#define PEOPLE 3

static void prepare(struct place *p)
{
    run(p->db, "INSERT INTO list (id, name, created_us) VALUES (1, 'all', 1)");
    run(p->db, "INSERT INTO person (id, address, address_key, domain, created_us, updated_us)"
               " VALUES (1, 'a@example.org', 'a@example.org', 'example.org', 1, 1),"
               " (2, 'b@example.org', 'b@example.org', 'example.org', 1, 1),"
               " (3, 'c@example.org', 'c@example.org', 'example.org', 1, 1)");
    run(p->db,
        "INSERT INTO membership (list_id, person_id, joined_us) SELECT 1, id, 1 FROM person");
    run(p->db, "INSERT INTO campaign (id, name, state, created_us, server, lists, give_up_s,"
               " content_version) VALUES (1, 'c', 1, 1, 'main', 'all', 100, 1)");
    run(p->db, "INSERT INTO campaign_list VALUES (1, 1, 0)");
    GError *error = NULL;
    gint64 built = 0;
    for (gboolean more = TRUE; more;) {
        deliveries_build(p->db, 1, 1, &more, &built, &error);
        g_assert_no_error(error);
    }
}

static void publish(struct place *p)
{
    GError *error = NULL;
    prepare(p);
    g_assert_true(deliveries_publish(p->db, 1, PEOPLE, NULL, &error));
    g_assert_no_error(error);
}

/* All rows uncertain, the campaign in `state`. */
static void make_uncertain(struct place *p, const char *set_state)
{
    publish(p);
    run(p->db, "UPDATE delivery SET state = 5");
    run(p->db, "UPDATE campaign_counter SET queued = 0, uncertain = 3, undecided = 3,"
               " cursor = last_id");
    run(p->db, set_state);
}

/* Campaign 2 corrects campaign 1, which a got as version 1, b maybe as version 1, c as 2. */
static void prepare_correction(struct place *p, const char *version)
{
    publish(p);
    run(p->db, "UPDATE delivery SET state = 2");
    run(p->db, "UPDATE delivery SET state = 5 WHERE person_id = 2");
    run(p->db, "UPDATE delivery SET version = 2 WHERE person_id = 3");
    run(p->db, "UPDATE campaign SET content_version = 2");
    run(p->db, "INSERT INTO list (id, name, created_us) VALUES (2, 'some', 1)");
    run(p->db, "INSERT INTO membership (list_id, person_id, joined_us) VALUES (2, 1, 1)");
    run(p->db, "INSERT INTO campaign (id, name, state, created_us, server, lists, give_up_s,"
               " content_version, only_campaign) VALUES (2, 'd', 1, 1, 'main', 'all', 100, 1,"
               " 'c')");
    struct campaign c = {0};
    GError *error = NULL;
    g_assert_true(campaigns_get(p->db, "d", &c, NULL));
    g_assert_true(field_set_key(campaign_fields(), &c, "only_version", version, NULL));
    run(p->db, strcmp(version, "0") == 0   ? "UPDATE campaign SET only_version = 0"
               : strcmp(version, "1") == 0 ? "UPDATE campaign SET only_version = 1"
                                           : "UPDATE campaign SET only_version = 2");
    g_assert_true(deliveries_set_lists(p->db, &c, &error));
    g_assert_no_error(error);
    campaign_clear(&c);
}

/* `overlap`: with those on excluded lists. */
static void check_correction(struct place *p, const char *people, gint64 overlap)
{
    GError *error = NULL;
    gint64 total = 0, suppressed = 0, memberships = 0, n = 0;
    g_assert_true(deliveries_forecast(p->db, 2, &total, &suppressed, &error));
    g_assert_cmpint(total, ==, strlen(people));
    g_autoptr(GPtrArray) page = deliveries_who(p->db, 2, 0, 10, &error);
    g_assert_cmpint(page->len, ==, strlen(people));
    for (guint i = 0; i < page->len; i++)
        g_assert_cmpint(((struct addressee *)page->pdata[i])->address[0], ==, people[i]);
    g_assert_true(deliveries_overlap(p->db, 2, &memberships, &n, &error));
    g_assert_cmpint(n, ==, overlap);
    gboolean more = TRUE;
    gint64 built = 0;
    g_assert_true(deliveries_build(p->db, 2, 1, &more, &built, &error));
    g_assert_cmpint(built, ==, strlen(people));
    g_assert_true(deliveries_publish(p->db, 2, (gint64)strlen(people), NULL, &error));
}

static void test_correction_of_older(struct place *p, gconstpointer data)
{
    prepare_correction(p, "0");
    check_correction(p, "ab", 2);
}

static void test_correction_of_one(struct place *p, gconstpointer data)
{
    prepare_correction(p, "2");
    check_correction(p, "c", 1);
}

static void test_correction_by_two_lists(struct place *p, gconstpointer data)
{
    prepare_correction(p, "1");
    run(p->db, "INSERT INTO campaign_list VALUES (2, 2, 0)");
    check_correction(p, "ab", 2);
}

static void test_correction_less_the_excluded(struct place *p, gconstpointer data)
{
    prepare_correction(p, "1");
    run(p->db, "INSERT INTO campaign_list VALUES (2, 2, 1)");
    check_correction(p, "b", 2);
}

static void test_unbuild_spares_what_was_published(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gboolean more = FALSE;
    publish(p);
    g_assert_false(deliveries_unbuild(p->db, 1, &more, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "sending");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM delivery"), ==, PEOPLE);
}

static void test_unbuild(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gboolean more = TRUE;
    prepare(p);
    g_assert_true(deliveries_unbuild(p->db, 1, &more, &error));
    g_assert_no_error(error);
    g_assert_false(more);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM delivery"), ==, 0);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM campaign_counter"), ==, 0);
}

static void test_resend_reopens_the_finished(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n = 0;
    make_uncertain(p, "UPDATE campaign SET state = 6");
    g_assert_true(deliveries_resolve(p->db, 1, TRUE, "b@example.org", &n, &error));
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM campaign"), ==, CAMPAIGN_SENDING);
    g_assert_cmpint(number_of(p->db, "SELECT queued FROM campaign_counter"), ==, 1);
}

static void test_skip_leaves_the_finished(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n = 0;
    make_uncertain(p, "UPDATE campaign SET state = 6");
    g_assert_true(deliveries_resolve(p->db, 1, FALSE, NULL, &n, &error));
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, PEOPLE);
    g_assert_cmpint(number_of(p->db, "SELECT state FROM campaign"), ==, CAMPAIGN_FINISHED);
}

static void test_nothing_goes_out_of_a_cancelled_one(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n = 0;
    make_uncertain(p, "UPDATE campaign SET state = 7");
    g_assert_false(deliveries_resolve(p->db, 1, TRUE, NULL, &n, &error));
    assert_fails(error, CRIER_ERROR_INVALID, "cancelled");
    g_assert_cmpint(number_of(p->db, "SELECT uncertain FROM campaign_counter"), ==, PEOPLE);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM delivery WHERE state = 5"), ==,
                    PEOPLE);
}

/* Who, in order, with why not; by one list and by several. */
static char *who(struct place *p, gint64 after, int max)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) page = deliveries_who(p->db, 1, after, max, &error);
    g_assert_no_error(error);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < page->len; i++) {
        const struct addressee *a = g_ptr_array_index(page, i);
        g_string_append_printf(all, "%d%.1s%s%s ", (int)a->person_id, a->address,
                               a->suppressed ? ":" : "", a->suppressed ? a->suppressed : "");
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void assert_who(struct place *p, gint64 after, int max, const char *expected)
{
    g_autofree char *found = who(p, after, max);
    g_assert_cmpstr(found, ==, expected);
}

static void test_who(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 memberships = 0, people = 0;
    prepare(p);
    assert_who(p, 0, 10, "1a 2b 3c ");
    assert_who(p, 1, 1, "2b ");
    assert_who(p, 3, 10, "");
    run(p->db,
        "INSERT INTO suppression (address_key, list_id, address, reason, actor, created_us)"
        " VALUES ('b@example.org', 0, 'b', 'bounced', 'x', 1),"
        " ('c@example.org', 1, 'c', 'unsubscribed', 'x', 1)");
    assert_who(p, 0, 10, "1a 2b:bounced 3c:unsubscribed ");
    run(p->db, "INSERT INTO list (id, name, created_us) VALUES (2, 'some', 1), (3, 'out', 1)");
    run(p->db,
        "INSERT INTO membership (list_id, person_id, joined_us) VALUES (2, 2, 1), (2, 3, 1),"
        " (3, 1, 1)");
    run(p->db, "INSERT INTO campaign_list VALUES (1, 2, 0), (1, 3, 1)");
    /* On another of its lists c has not left. */
    assert_who(p, 0, 10, "2b:bounced 3c ");
    g_assert_true(deliveries_overlap(p->db, 1, &memberships, &people, &error));
    g_assert_cmpint(memberships, ==, 5);
    g_assert_cmpint(people, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/deliveries/who/pages-with-reasons", test_who);
    TEST("/deliveries/correction/older", test_correction_of_older);
    TEST("/deliveries/correction/one", test_correction_of_one);
    TEST("/deliveries/correction/two-lists", test_correction_by_two_lists);
    TEST("/deliveries/correction/excluded", test_correction_less_the_excluded);
    TEST("/deliveries/unbuild/removes-what-was-built", test_unbuild);
    TEST("/deliveries/unbuild/spares-what-was-published",
         test_unbuild_spares_what_was_published);
    TEST("/deliveries/resolve/resend-reopens-the-finished", test_resend_reopens_the_finished);
    TEST("/deliveries/resolve/skip-leaves-the-finished", test_skip_leaves_the_finished);
    TEST("/deliveries/resolve/nothing-out-of-the-cancelled",
         test_nothing_goes_out_of_a_cancelled_one);
    return g_test_run();
}
