/*
 * Whatever adds people to a campaign in several transactions says so to other processes, from
 * before the first of them to behind the last.
 */
#include "config.h"

#include "../store/place.h"

#include "app/control.h"
#include "app/join.h"
#include "app/start.h"
#include "model/server.h"
#include "store/adding.h"
#include "store/campaigns.h"
#include "store/deliveries.h"
#include "store/latecomers.h"
#include "store/people.h"
#include "store/servers.h"

#define MANY (2 * MAX(LATECOMERS_BATCH, DELIVERIES_BATCH) + 1)

static void add_people(struct place *p, gint64 first, gint64 n)
{
    GError *error = NULL;
    sql_do(p->db, &error,
           "WITH RECURSIVE k (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM k WHERE"
           " id + 1 < ?1 + ?2) INSERT INTO person (id, address, address_key, domain, created_us,"
           " updated_us) SELECT id, 'p' || id || '@example.org', 'p' || id || '@example.org',"
           " 'example.org', 1, 1 FROM k",
           "ii", first, n);
    g_assert_no_error(error);
    sql_do(p->db, &error,
           "INSERT INTO membership (list_id, person_id, joined_us) SELECT 1, id, 1 FROM person"
           " WHERE id >= ?1",
           "i", first);
    g_assert_no_error(error);
}

static void add_server(struct place *p)
{
    GError *error = NULL;
    struct server s;
    server_init(&s);
    s.name = g_strdup("main");
    g_assert_true(field_set_key(server_fields(), &s, "host", "smtp.example.org", NULL));
    servers_put(p->db, &s, &error);
    g_assert_no_error(error);
    server_clear(&s);
}

static void add_campaign(struct place *p)
{
    static const char *const fields[][2] = {{"from", "news@example.org"},
                                            {"subject", "News"},
                                            {"text", "Hello"},
                                            {"server", "main"},
                                            {"lists", "all"}};
    GError *error = NULL;
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup("spring");
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        field_set_key(campaign_fields(), &c, fields[i][0], fields[i][1], &error);
        g_assert_no_error(error);
    }
    campaigns_put(p->db, &c, NULL, &error);
    g_assert_no_error(error);
    campaign_clear(&c);
}

/* It goes to `n` people, whose rows all are in `state`. */
static void begin(struct place *p, gint64 n, enum delivery_state state)
{
    GError *error = NULL;
    gint64 list = 0;
    guint8 key[32]; /* made when it is asked for: not a commit that anybody looks at */
    const struct start_request q = {.name = "spring", .people_min = n, .people_max = n};
    list_new(p->db, "all", "", &list, &error);
    g_assert_no_error(error);
    g_assert_cmpint(list, ==, 1);
    g_assert_true(db_hmac_key(p->db, key, NULL));
    add_people(p, 1, n);
    add_server(p);
    add_campaign(p);
    start_campaign(p->db, &q, NULL, &error);
    g_assert_no_error(error);
    sql_do(p->db, &error, "UPDATE delivery SET state = ?", "i", (gint64)state);
    g_assert_no_error(error);
}

/* ---- who looks at each commit ---- */

struct looker {
    struct db *db;
    int n_commits, n_unsaid;
};

static int look(void *data)
{
    struct looker *l = data;
    l->n_commits++;
    l->n_unsaid += !adding_is_under_way(l->db, 1);
    return 0;
}

static struct looker watch(struct place *p)
{
    g_assert_false(adding_is_under_way(p->db, 1));
    return (struct looker){.db = p->db};
}

static void assert_said(struct looker *l, int least)
{
    sqlite3_commit_hook(db_handle(l->db), NULL, NULL);
    g_assert_cmpint(l->n_commits, >=, least);
    g_assert_cmpint(l->n_unsaid, ==, 0);
    g_assert_false(adding_is_under_way(l->db, 1));
}

static void late_joiners(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct joined n = {0};
    const struct join_request q = {.name = "spring", .expect = MANY};
    begin(p, 1, DELIVERY_QUEUED);
    add_people(p, 2, MANY);
    struct looker l = watch(p);
    sqlite3_commit_hook(db_handle(p->db), look, &l);
    join_campaign(p->db, &q, &n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n.people, ==, MANY);
    assert_said(&l, 3);
}

static void the_refused(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 n = 0;
    begin(p, MANY, DELIVERY_REFUSED);
    run(p->db, "UPDATE campaign_counter SET queued = 0, refused = total");
    struct looker l = watch(p);
    sqlite3_commit_hook(db_handle(p->db), look, &l);
    control_resend_failed(p->db, "spring", &n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, MANY);
    assert_said(&l, 3);
}

static void the_maybe_sent(struct place *p, gconstpointer data)
{
    static const char *const some[] = {"p1@example.org", "p2@example.org", NULL};
    GError *error = NULL;
    gint64 n = 0;
    begin(p, MANY, DELIVERY_UNCERTAIN);
    run(p->db, "UPDATE campaign_counter SET queued = 0, uncertain = total, undecided = total");
    struct looker l = watch(p);
    sqlite3_commit_hook(db_handle(p->db), look, &l);
    control_resolve(p->db, "spring", TRUE, some, &n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, 2);
    control_resolve(p->db, "spring", TRUE, NULL, &n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, MANY - 2);
    assert_said(&l, 4);
}

/* ---- the lock ---- */

static void several_at_once(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(p->ws->dir, "adding.lock", NULL);
    g_assert_false(adding_is_under_way(p->db, 1));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS)); /* asking makes no file */
    int one = adding_begin(p->db, 1, &error), other = adding_begin(p->db, 1, &error);
    g_assert_no_error(error);
    g_assert_true(adding_is_under_way(p->db, 1));
    g_assert_false(adding_is_under_way(p->db, 2));
    adding_end(one);
    g_assert_true(adding_is_under_way(p->db, 1));
    adding_end(other);
    g_assert_false(adding_is_under_way(p->db, 1));
}

static void who_cannot_say_so_adds_nobody(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(p->ws->dir, "adding.lock", NULL);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    g_assert_cmpint(adding_begin(p->db, 1, &error), ==, -1);
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "adding.lock"));
    g_clear_error(&error);
    g_assert_false(adding_is_under_way(p->db, 1));
}

#define ADD(path, func) g_test_add(path, struct place, NULL, place_begin, func, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/adding/late-joiners", late_joiners);
    ADD("/adding/the-refused", the_refused);
    ADD("/adding/the-maybe-sent", the_maybe_sent);
    ADD("/adding/several-at-once", several_at_once);
    ADD("/adding/who-cannot-say-so-adds-nobody", who_cannot_say_so_adds_nobody);
    return g_test_run();
}
