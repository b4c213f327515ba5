/*
 * Erasing: nothing that names the person stays anywhere in the file, and the sums still hold.
 */
#include "config.h"

#include "model/delivery.h"
#include "place.h"
#include "store/deliveries.h"
#include "store/people.h"

/* Ann is on a list and has a delivery in each state; Bob has one, too. */
static void fill(struct db *db)
{
    gint64 list = 0;
    g_assert_true(list_new(db, "news", NULL, &list, NULL));
    const char *const names[] = {"Ann@example.org", "bob@example.org"};
    for (gsize i = 0; i < 2; i++) {
        g_autofree char *key = g_ascii_strdown(names[i], -1);
        g_autofree char *text = g_strdup_printf("from 192.0.2.%d", (int)i);
        struct person p = {.address = (char *)names[i],
                           .address_key = key,
                           .domain = (char *)"example.org",
                           .fields_json = (char *)"{\"secret\":\"Zanzibar\"}"};
        const struct consent c = {.text = text, .source = "form", .at_us = 7};
        g_assert_true(people_put(db, &p, NULL));
        g_assert_true(membership_add(db, list, p.id, &c, NULL));
    }
    g_assert_true(suppression_add(db, "Ann@example.org", "ann@example.org", list, "manual",
                                  "Ann@example.org rang up", NULL, NULL));
}

static void add_deliveries(struct db *db, int from, int to)
{
    for (int state = from; state < to; state++) {
        g_autofree char *sql = g_strdup_printf(
            "INSERT INTO campaign (name, give_up_s, created_us) VALUES ('c%d', 1, 1)", state);
        g_assert_cmpint(sqlite3_exec(db_handle(db), sql, NULL, NULL, NULL), ==, SQLITE_OK);
        g_autofree char *more = g_strdup_printf(
            "INSERT INTO delivery (campaign_id, person_id, version, state, address, attempts)"
            " SELECT (SELECT max(id) FROM campaign), id, 1, %d, address, 1 FROM person;"
            "INSERT INTO attempt (delivery_id, n, at_us, phase, state, code, reply)"
            " SELECT id, 1, 7, 1, %d, 250, '2.1.5 <' || upper(address) || '> ok' FROM delivery"
            " WHERE campaign_id = (SELECT max(id) FROM campaign);"
            "INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, "
            "refused,"
            " deferred, uncertain, suppressed, cancelled, undecided, last_id) SELECT"
            " (SELECT max(id) FROM campaign), 2, %d, %d, %d, %d, %d, %d, %d, %d, %d,"
            " (SELECT max(id) FROM delivery)",
            state, state, 2 * (state == 0), 2 * (state == 1), 2 * (state == 2),
            2 * (state == 3), 2 * (state == 4), 2 * (state == 5), 2 * (state == 6),
            2 * (state == 7), 2 * (state == 5));
        g_assert_cmpint(sqlite3_exec(db_handle(db), more, NULL, NULL, NULL), ==, SQLITE_OK);
    }
}

static gboolean holds(const char *path, const char *text)
{
    g_autofree char *data = NULL;
    gsize len;
    if (!g_file_get_contents(path, &data, &len, NULL))
        return FALSE;
    for (gsize i = 0; i < len; i++)
        data[i] = g_ascii_tolower(data[i]);
    return memmem(data, len, text, strlen(text)) != NULL;
}

static void erase(struct db *db, const char *key, struct erase_counts *n)
{
    GError *error = NULL;
    g_assert_true(people_erase(db, key, n, &error));
    g_assert_no_error(error);
}

static void nothing_is_left(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    add_deliveries(p->db, 2, 8);
    erase(p->db, "ann@example.org", &n);
    g_assert_cmpint(n.memberships, ==, 1);
    g_assert_cmpint(n.suppressions, ==, 1);
    g_assert_cmpint(n.deliveries, ==, 6);
    g_assert_cmpint(n.stopped, ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM consent"), ==, 1);
    g_assert_cmpint(
        number_of(p->db, "SELECT count(*) FROM delivery WHERE address = '(erased)'"), ==, 6);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM attempt WHERE"
                                     " reply = '2.1.5 <(erased)> ok'"),
                    ==, 6);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE action = 'erase' AND"
                                     " name = '#1'"),
                    ==, 1);
    close_into_file(p);
    g_assert_false(holds(p->ws->db_path, "ann@example"));
    g_assert_false(holds(p->ws->db_path, "192.0.2.0"));
    g_assert_true(holds(p->ws->db_path, "bob@example"));
    g_assert_true(holds(p->ws->db_path, "192.0.2.1"));
}

static void hear(gboolean ok, const char *sentence, void *data)
{
    if (!ok && strstr(sentence, "ounter"))
        g_error("%s", sentence);
}

static void samples_go_too(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    add_deliveries(p->db, 2, 3);
    run(p->db, "INSERT INTO reply_counter VALUES (1, 2, 250, '', 1, '<ANN@example.org> ok'),"
               " (1, 3, 550, '', 1, '<bob@example.org> no')");
    run(p->db, "INSERT INTO server_live (server_id, at_us, connections, in_flight, waiting, rate,"
               " rest_until_us, code, reply, reply_us) VALUES (1, 1, 0, 0, 0, 0, 0, 250, 'Ann@example.org', 1)");
    erase(p->db, "ann@example.org", &n);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM reply_counter WHERE reply = ''"), ==,
                    1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM server_live WHERE reply = ''"), ==, 1);
    close_into_file(p);
    g_assert_false(holds(p->ws->db_path, "ANN@example"));
    g_assert_true(holds(p->ws->db_path, "bob@example"));
}

static void edits_go_too(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    run(p->db, "INSERT INTO recovery (session, actor, noun, name, row_version, fields, saved_us)"
               " VALUES ('a', 'x', 'person', '#1', 1, '{\"f.city\":\"Bern\"}', 1),"
               " ('b', 'x', 'person', '', 0, '{\"address\":\"Ann@example.org\"}', 1),"
               " ('c', 'x', 'person', '#2', 1, '{\"address\":\"bob@example.org\"}', 1),"
               " ('d', 'x', 'campaign', '#1', 1, '{}', 1)");
    erase(p->db, "ann@example.org", &n);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM recovery"), ==, 2);
    g_assert_cmpint(
        number_of(p->db, "SELECT count(*) FROM recovery WHERE session IN ('c', 'd')"), ==, 2);
}

static void the_sums_hold(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    add_deliveries(p->db, 0, 1);
    add_deliveries(p->db, 2, 8);
    erase(p->db, "ann@example.org", &n);
    g_assert_cmpint(n.stopped, ==, 2);
    g_assert_cmpint(number_of(p->db, "SELECT sum(suppressed) FROM campaign_counter"), ==, 4);
    g_assert_cmpint(number_of(p->db, "SELECT sum(queued) FROM campaign_counter"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT sum(deferred) FROM campaign_counter"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT sum(undecided) FROM campaign_counter"), ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM delivery d JOIN campaign_counter c"
                                     " USING (campaign_id) WHERE d.state = 6"),
                    ==, 4);
    db_check(p->db, FALSE, hear, NULL, NULL);
}

static void never_mailed_again(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    erase(p->db, "ann@example.org", &n);
    struct person again = {.address = (char *)"ann@example.org",
                           .address_key = (char *)"ann@example.org",
                           .domain = (char *)"example.org"};
    g_assert_true(people_put(p->db, &again, NULL));
    g_assert_cmpint(again.id, ==, 3);
    g_autoptr(GPtrArray) all = suppression_of(p->db, "ann@example.org", NULL);
    g_assert_cmpint(all->len, >=, 1);
}

/* Removed before, but the ledger and the suppressions still name them. */
static void somebody_who_was_removed(struct place *p, gconstpointer data)
{
    struct erase_counts n;
    fill(p->db);
    add_deliveries(p->db, 2, 3);
    g_assert_true(people_remove(p->db, "ann@example.org", NULL));
    erase(p->db, "ann@example.org", &n);
    g_assert_cmpint(n.deliveries, ==, 1);
    g_assert_cmpint(n.suppressions, ==, 1);
    close_into_file(p);
    g_assert_false(holds(p->ws->db_path, "ann@example"));
}

static void refusals(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct erase_counts n;
    g_assert_false(people_erase(p->db, "nobody@example.org", &n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "nothing is held");
    fill(p->db);
    add_deliveries(p->db, 1, 2);
    g_assert_false(people_erase(p->db, "ann@example.org", &n, &error));
    assert_fails(error, CRIER_ERROR_TRY_AGAIN, "on its way");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM person"), ==, 2);
    run(p->db, "UPDATE delivery SET state = 2");
    run(p->db, "UPDATE campaign_counter SET accepted = leased, leased = 0");
    erase(p->db, "ann@example.org", &n);
    g_assert_false(people_erase(p->db, "ann@example.org", &n, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "erased already");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/people-erase/nothing-is-left", nothing_is_left);
    TEST("/people-erase/sums", the_sums_hold);
    TEST("/people-erase/samples", samples_go_too);
    TEST("/people-erase/edits-go-too", edits_go_too);
    TEST("/people-erase/never-mailed-again", never_mailed_again);
    TEST("/people-erase/removed-before", somebody_who_was_removed);
    TEST("/people-erase/refusals", refusals);
    return g_test_run();
}
