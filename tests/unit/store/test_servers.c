/*
 * Server records.
 */
#include "config.h"

#include "place.h"

#include "store/servers.h"

static struct server sample(const char *name)
{
    struct server v = {0};
    server_init(&v);
    g_free(v.name);
    v.name = g_strdup(name);
    static const char *const values[][2] = {
        {"host", "mail.example.org:2525"},
        {"security", "none"},
        {"plain_host", "mail.example.org"},
        {"user", "sender"},
        {"password_command", "pass show mail"},
        {"password_file", "/run/secret"},
        {"ca_file", "/etc/ca.pem"},
        {"hello", "client.example.org"},
        {"connections", "7"},
        {"per_second", "9"},
        {"messages_per_connection", "11"},
        {"reply_timeout", "120s"},
        {"enabled", "no"},
        {"auth", "xoauth2"},
        {"token_command", "print-token"},
        {"envelope", "plain"},
        {"per_day", "2000"},
        {"per_hour", "300"},
        {"warm_up", "2026-12-01 50 100"},
        {"window", "4"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        GError *error = NULL;
        field_set_key(server_fields(), &v, values[i][0], values[i][1], &error);
        g_assert_no_error(error);
    }
    return v;
}

static void put(struct db *db, const char *name)
{
    GError *error = NULL;
    struct server v = sample(name);
    g_assert_true(servers_put(db, &v, &error));
    g_assert_no_error(error);
    server_clear(&v);
}

static void every_field_comes_back(struct place *p, gconstpointer data)
{
    struct server v = sample("main"), back = {0}, plain = {0};
    server_init(&plain);
    g_assert_true(servers_put(p->db, &v, NULL));
    for (int round = 0; round < 2; round++) {
        g_assert_true(servers_get(p->db, "main", &back, NULL));
        for (const struct field *f = server_fields(); f->key != NULL; f++) {
            if (field_equal(f, &v, &plain))
                g_error("the sample has no value for %s", f->key);
            if (!field_equal(f, &v, &back))
                g_error("%s did not come back", f->key);
        }
        /* Round two looks at what an UPDATE writes. */
        g_assert_true(servers_put(p->db, &back, NULL));
        server_clear(&back);
    }
    g_assert_true(servers_get_id(p->db, v.id, &back, NULL));
    g_assert_cmpint(back.row_version, ==, 3);
    server_clear(&back);
    server_clear(&v);
    server_clear(&plain);
}

static void changes_are_audited(struct place *p, gconstpointer data)
{
    struct server v = {0};
    put(p->db, "main");
    g_assert_true(servers_get(p->db, "main", &v, NULL));
    g_assert_true(field_set_key(server_fields(), &v, "connections", "8", NULL));
    g_assert_true(servers_put(p->db, &v, NULL));
    server_clear(&v);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE noun = 'server' AND"
                                     " action = 'new' AND name = 'main'"),
                    ==, 1);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE noun = 'server' AND"
                                     " action = 'change' AND detail = 'connections'"),
                    ==, 1);
}

static void refusals(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct server v = sample("main"), old = {0};
    g_assert_false(servers_get(p->db, "main", &old, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "crier server add main");
    put(p->db, "main");
    g_assert_false(servers_get(p->db, "mian", &old, &error));
    assert_fails(error, CRIER_ERROR_NOT_FOUND, "Did you mean 'main'?");
    g_assert_false(servers_put(p->db, &v, &error));
    assert_fails(error, CRIER_ERROR_EXISTS, "already");
    server_clear(&v);
    g_assert_true(servers_get(p->db, "main", &old, NULL));
    g_assert_true(servers_get(p->db, "main", &v, NULL));
    g_assert_true(servers_put(p->db, &v, NULL));
    g_assert_false(servers_put(p->db, &old, &error));
    assert_fails(error, CRIER_ERROR_PRECONDITION, "somebody else");
    server_clear(&v);
    server_clear(&old);
}

static void used_one_is_not_deleted(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    put(p->db, "main");
    run(p->db, "INSERT INTO campaign (name, state, created_us, give_up_s, server)"
               " VALUES ('spring', 4, 1, 1, 'main')");
    g_assert_false(servers_delete(p->db, "main", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "used by campaign 'spring' (paused)");
    run(p->db, "UPDATE campaign SET state = 6");
    g_assert_true(servers_delete(p->db, "main", &error));
    g_assert_no_error(error);
    empty_bin(p->db);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM server"), ==, 0);
    put(p->db, "main");
    g_assert_cmpint(number_of(p->db, "SELECT id FROM server"), ==, 2);
}

static void problem_goes_with_a_change(struct place *p, gconstpointer data)
{
    struct server v = {0};
    put(p->db, "main");
    g_assert_null(servers_get_problem(p->db, 1));
    g_assert_true(servers_set_problem(p->db, 1, "login refused", NULL));
    g_autofree char *problem = servers_get_problem(p->db, 1);
    g_assert_cmpstr(problem, ==, "login refused");
    g_assert_true(servers_get(p->db, "main", &v, NULL));
    g_assert_true(servers_put(p->db, &v, NULL));
    g_assert_null(servers_get_problem(p->db, 1));
    g_assert_true(servers_set_problem(p->db, 1, "again", NULL));
    g_assert_true(servers_set_problem(p->db, 1, "", NULL));
    g_assert_null(servers_get_problem(p->db, 1));
    server_clear(&v);
}

static void all_by_name(struct place *p, gconstpointer data)
{
    put(p->db, "zeta");
    put(p->db, "alpha");
    g_autoptr(GPtrArray) all = servers_all(p->db, NULL);
    g_assert_cmpint(all->len, ==, 2);
    g_assert_cmpstr(((struct server *)g_ptr_array_index(all, 0))->name, ==, "alpha");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/servers/put/every-field-comes-back", every_field_comes_back);
    TEST("/servers/put/audited", changes_are_audited);
    TEST("/servers/put/refusals", refusals);
    TEST("/servers/delete/used-one", used_one_is_not_deleted);
    TEST("/servers/problem/goes-with-a-change", problem_goes_with_a_change);
    TEST("/servers/all/by-name", all_by_name);
    return g_test_run();
}
