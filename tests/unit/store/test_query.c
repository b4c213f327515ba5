/*
 * A person's own SELECT: every view can be read, nothing else can, and nothing can be changed.
 */
#include "config.h"

#include "place.h"

#include "store/query.h"

struct got {
    GString *columns, *rows;
    int n;
};

static gboolean take(const char *const *columns, const char *json, void *data)
{
    struct got *g = data;
    g_autofree char *names = g_strjoinv(",", (char **)columns);
    g_string_assign(g->columns, names);
    g->n += json != NULL;
    g_string_append(g->rows, json ? json : "");
    return TRUE;
}

static void got_clear(struct got *g)
{
    g_string_free(g->columns, TRUE);
    g_string_free(g->rows, TRUE);
}

/* On a connection of its own, as the verb does it. */
static gboolean ask(struct place *p, const char *sql, struct got *ret, GError **error)
{
    *ret = (struct got){g_string_new(NULL), g_string_new(NULL), 0};
    struct db *db = db_open(p->ws->db_path, DB_USE_READ, NULL);
    g_assert_nonnull(db);
    gboolean ok = query_run(db, sql, take, ret, error);
    db_close(db);
    return ok;
}

static void fill(struct db *db)
{
    run(db, "INSERT INTO campaign (id, name, state, created_us, give_up_s)"
            " VALUES (1, 'spring', 3, 1795282080123456, 100)");
    run(db,
        "INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts, address)"
        " VALUES (1, 1, 1, 1, 2, 1, 'a@example.org')");
    run(db, "INSERT INTO attempt (delivery_id, n, at_us, phase, state, code, reply)"
            " VALUES (1, 1, 1795282080123456, 5, 2, 250, 'Ok')");
}

static void every_view_can_be_read(struct place *p, gconstpointer data)
{
    fill(p->db);
    for (const struct query_view *v = query_views(); v->name; v++) {
        struct got got;
        GError *error = NULL;
        g_autofree char *all = g_strdup_printf("SELECT * FROM %s", v->name);
        g_autofree char *count = g_strdup_printf("SELECT count(*) FROM %s", v->name);
        g_assert_true(ask(p, all, &got, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(got.columns->str, !=, "");
        got_clear(&got);
        g_assert_true(ask(p, count, &got, &error));
        g_assert_no_error(error);
        g_assert_cmpint(got.n, ==, 1);
        got_clear(&got);
    }
}

static void states_and_times_are_words(struct place *p, gconstpointer data)
{
    struct got got;
    fill(p->db);
    g_assert_true(ask(p, "SELECT name, state, created FROM v_campaigns", &got, NULL));
    g_assert_cmpstr(got.rows->str, ==,
                    "{\"name\":\"spring\",\"state\":\"sending\","
                    "\"created\":\"2026-11-21T17:28:00Z\"}");
    got_clear(&got);
    g_assert_true(ask(p, "SELECT state, code, server FROM v_deliveries", &got, NULL));
    g_assert_cmpstr(got.rows->str, ==, "{\"state\":\"accepted\",\"code\":250,\"server\":null}");
    got_clear(&got);
}

static void nothing_else_can(struct place *p, gconstpointer data)
{
    static const char *const bad[] = {
        "",
        "SELECT value FROM meta",
        "SELECT (SELECT value FROM meta) FROM v_lists",
        "SELECT v_people.value FROM meta AS v_people",
        "SELECT sql FROM sqlite_master",
        "SELECT name FROM pragma_table_info('meta')",
        "WITH v_lists AS (SELECT key FROM meta) SELECT * FROM v_lists",
        "SELECT * FROM (SELECT value FROM meta) AS v_lists",
        "SELECT * FROM v_lists JOIN meta",
        "SELECT name FROM sqlite_temp_master",
        "SELECT 1; SELECT 2",
        "EXPLAIN SELECT 1",
        "PRAGMA user_version",
        "ATTACH 'x' AS y",
        "DELETE FROM list",
        "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v_lists AS SELECT * FROM meta",
        "DROP VIEW v_lists",
        "SELECT load_extension('x')",
        "SELECT nothing FROM v_lists",
        "SELEC 1",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct got got;
        GError *error = NULL;
        if (ask(p, bad[i], &got, &error))
            g_error("was run: %s", bad[i]);
        g_assert_error(error, CRIER_ERROR, CRIER_ERROR_USAGE);
        g_assert_cmpint(got.n, ==, 0);
        g_clear_error(&error);
        got_clear(&got);
    }
}

static void no_rows_still_have_columns(struct place *p, gconstpointer data)
{
    struct got got;
    g_assert_true(ask(p, "SELECT name, title FROM v_lists", &got, NULL));
    g_assert_cmpint(got.n, ==, 0);
    g_assert_cmpstr(got.columns->str, ==, "name,title");
    got_clear(&got);
}

static void the_bin_is_left_out(struct place *p, gconstpointer data)
{
    struct got got;
    fill(p->db);
    run(p->db, "UPDATE campaign SET deleted_us = 1");
    g_assert_true(ask(p, "SELECT name FROM v_campaigns", &got, NULL));
    g_assert_cmpint(got.n, ==, 0);
    got_clear(&got);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/query/views", every_view_can_be_read);
    TEST("/query/words", states_and_times_are_words);
    TEST("/query/refused", nothing_else_can);
    TEST("/query/no-rows", no_rows_still_have_columns);
    TEST("/query/bin", the_bin_is_left_out);
    return g_test_run();
}
