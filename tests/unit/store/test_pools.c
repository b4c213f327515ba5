/*
 * Pool records, the namespace that they share with servers, and what a name stands for.
 */
#include "config.h"

#include "place.h"

#include "store/campaigns.h"
#include "store/pools.h"
#include "store/server_live.h"
#include "store/servers.h"
#include "store/undolog.h"

static void put_server(struct db *db, const char *name)
{
    GError *error = NULL;
    struct server s;
    server_init(&s);
    s.name = g_strdup(name);
    g_assert_true(field_set_key(server_fields(), &s, "host", "smtp.example.org:587", NULL));
    servers_put(db, &s, &error);
    g_assert_no_error(error);
    server_clear(&s);
}

static gboolean put(struct db *db, const char *name, const char *servers, GError **error)
{
    struct pool p;
    pool_init(&p);
    p.name = g_strdup(name);
    g_free(p.servers);
    p.servers = g_strdup(servers);
    gboolean ok = pools_put(db, &p, error);
    pool_clear(&p);
    return ok;
}

static void put_both(struct place *p)
{
    GError *error = NULL;
    put_server(p->db, "main");
    put_server(p->db, "second");
    put(p->db, "both", "main:3 second", &error);
    g_assert_no_error(error);
}

static void comes_back_and_changes(struct place *p, gconstpointer data)
{
    struct pool v, stale;
    put_both(p);
    g_assert_true(pools_get(p->db, "both", &v, NULL));
    g_assert_true(pools_get(p->db, "both", &stale, NULL));
    g_assert_cmpstr(v.servers, ==, "main:3, second:1");
    g_assert_true(field_set_key(pool_fields(), &v, "servers", "second,main:0", NULL));
    g_assert_true(pools_put(p->db, &v, NULL));
    g_assert_cmpstr(v.servers, ==, "second:1, main:0");
    g_autoptr(GError) error = NULL;
    g_assert_false(pools_put(p->db, &stale, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_PRECONDITION);
    pool_clear(&v);
    pool_clear(&stale);
    struct undolog_done done;
    gint64 id = 0;
    g_assert_true(undolog_last(p->db, &id, NULL));
    g_assert_true(undolog_do(p->db, id, &done, NULL));
    undolog_done_clear(&done);
    g_assert_true(pools_get(p->db, "both", &v, NULL));
    g_assert_cmpstr(v.servers, ==, "main:3, second:1");
    pool_clear(&v);
}

static void servers_must_be_there(struct place *p, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    put_server(p->db, "main");
    g_assert_false(put(p->db, "both", "main second", &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_autoptr(GPtrArray) all = pools_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 0);
}

static void one_namespace(struct place *p, gconstpointer data)
{
    g_autoptr(GError) pool = NULL, server = NULL;
    put_both(p);
    g_assert_false(put(p->db, "main", "second", &pool));
    g_assert_error(pool, CRIER_ERROR, CRIER_ERROR_EXISTS);
    struct server s;
    server_init(&s);
    s.name = g_strdup("both");
    g_assert_true(field_set_key(server_fields(), &s, "host", "smtp.example.org", NULL));
    g_assert_false(servers_put(p->db, &s, &server));
    g_assert_error(server, CRIER_ERROR, CRIER_ERROR_EXISTS);
    /* Out of the bin neither gets the other's name. */
    g_assert_true(pools_delete(p->db, "both", NULL));
    g_assert_true(servers_put(p->db, &s, NULL));
    server_clear(&s);
    g_autoptr(GPtrArray) page = bin_page(p->db, 0, 1, NULL);
    struct bin_restored r = {0};
    g_assert_true(bin_restore(p->db, ((struct bin_entry *)page->pdata[0])->id, &r, NULL));
    g_assert_cmpstr(r.name, ==, "both-2");
    bin_restored_clear(&r);
}

static void what_is_used_stays(struct place *p, gconstpointer data)
{
    g_autoptr(GError) server = NULL, pool = NULL;
    put_both(p);
    g_assert_false(servers_delete(p->db, "second", &server));
    g_assert_nonnull(strstr(server->message, "'both'"));
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup("spring");
    g_assert_true(field_set_key(campaign_fields(), &c, "server", "both", NULL));
    g_assert_true(campaigns_put(p->db, &c, NULL, NULL));
    g_assert_false(pools_delete(p->db, "both", &pool));
    g_assert_nonnull(strstr(pool->message, "'spring'"));
    campaign_clear(&c);
}

static void what_a_name_stands_for(struct place *p, gconstpointer data)
{
    struct pool_servers found;
    put_both(p);
    g_assert_true(pools_find(p->db, "both", &found, NULL));
    g_assert_true(found.is_pool);
    g_assert_cmpuint(found.all->len, ==, 2);
    const struct pool_server *first = found.all->pdata[0];
    g_assert_cmpstr(first->record.name, ==, "main");
    g_assert_cmpint(first->weight, ==, 3);
    pool_servers_clear(&found);
    g_assert_true(pools_find(p->db, "second", &found, NULL));
    g_assert_false(found.is_pool);
    g_assert_cmpuint(found.all->len, ==, 1);
    pool_servers_clear(&found);
    g_autoptr(GError) error = NULL;
    g_assert_false(pools_find(p->db, "third", &found, &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_NOT_FOUND);
    g_assert_true(pools_lead_to(p->db, "both", "second"));
    g_assert_true(pools_lead_to(p->db, "main", "main"));
    g_assert_false(pools_lead_to(p->db, "both", "third"));
    g_assert_false(pools_lead_to(p->db, NULL, "main"));
}

/* One that is known to be in trouble is not asked to take a single mail. */
static void one_of_them(struct place *p, gconstpointer data)
{
    struct server s;
    put_both(p);
    for (int i = 0; i < 3; i++) {
        g_assert_true(pools_find_one(p->db, "both", &s, NULL));
        g_assert_cmpstr(s.name, ==, i == 1 ? "second" : "main");
        g_assert_cmpstr(s.host, ==, "smtp.example.org:587");
        /* First that one has trouble, then both. */
        g_assert_true(servers_set_problem(p->db, s.id, "no", NULL));
        server_clear(&s);
    }
}

static void their_queues(struct place *p, gconstpointer data)
{
    put_both(p);
    struct campaign c;
    campaign_init(&c);
    c.name = g_strdup("spring");
    g_assert_true(field_set_key(campaign_fields(), &c, "server", "both", NULL));
    g_assert_true(campaigns_put(p->db, &c, NULL, NULL));
    g_assert_true(sql_do(p->db, NULL, "UPDATE campaign SET state = 3 WHERE id = ?", "i", c.id));
    g_assert_true(sql_do(p->db, NULL,
                         "INSERT INTO campaign_counter (campaign_id, total, queued, leased,"
                         " accepted, refused, deferred, uncertain, suppressed, cancelled)"
                         " VALUES (?, 120, 90, 10, 0, 0, 20, 0, 0, 0)",
                         "i", c.id));
    campaign_clear(&c);
    g_autoptr(GPtrArray) live = servers_live(p->db, 1, NULL);
    const struct server_live *a = live->pdata[0], *b = live->pdata[1];
    g_assert_cmpint(a->campaigns + b->campaigns, ==, 2);
    g_assert_cmpint(a->queued, ==, 75);
    g_assert_cmpint(b->queued, ==, 25);
    g_assert_cmpint(a->deferred, ==, 15);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pools/comes-back-and-changes", comes_back_and_changes);
    TEST("/pools/servers-must-be-there", servers_must_be_there);
    TEST("/pools/one-namespace", one_namespace);
    TEST("/pools/what-is-used-stays", what_is_used_stays);
    TEST("/pools/what-a-name-stands-for", what_a_name_stands_for);
    TEST("/pools/one-of-them", one_of_them);
    TEST("/pools/queues", their_queues);
    return g_test_run();
}
