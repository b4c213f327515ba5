/*
 * Moves of many rows at once: what is written of their attempts, one by one or together, and
 * that nothing of it stays when one of them cannot be written.
 */
#include "config.h"

#include "world.h"

#include "base/error.h"
#include "model/reply.h"
#include "store/attempt_rows.h"
#include "store/settle.h"

static struct settle one(int id)
{
    return (struct settle){.delivery_id = id,
                           .campaign_id = 1,
                           .server_id = 1,
                           .address = "p@example.org",
                           .version = 3,
                           .attempt = 1,
                           .counts = TRUE,
                           .from = DELIVERY_LEASED,
                           .to = DELIVERY_ACCEPTED,
                           .phase = REPLY_DOT,
                           .code = 250,
                           .at_us = 1000 + id,
                           .enhanced = "2.0.0",
                           .reply = "Ok"};
}

static char *written(struct db *db)
{
    GString *all = g_string_new(NULL);
    GError *error = NULL;
    sqlite3_stmt *s = sql_prepare(
        db,
        "SELECT text FROM (SELECT delivery_id || ' ' || n || ' ' || at_us || ' ' ||"
        " server_id || ' ' || phase || ' ' || state || ' ' || code || ' ' ||"
        " ifnull(enhanced, 'NULL') || ' ' || ifnull(reply, 'NULL') || ' ' || version AS"
        " text, delivery_id FROM attempt) ORDER BY delivery_id",
        &error);
    must(s != NULL, error);
    while (sql_step(db, s, &error) > 0)
        g_string_append_printf(all, "%s\n", sql_peek(s, 0));
    must(error == NULL, error);
    return g_string_free(all, FALSE);
}

static gboolean write_all(struct db *db, const struct settle *s, guint n, guint together,
                          GError **error)
{
    struct settle_tally *t = settle_tally_new();
    gboolean ok = db_begin(db, error);
    for (guint i = 0; ok && i < n; i += together)
        ok = settle_write_all(db, t, s + i, MIN(together, n - i), error);
    ok = ok && settle_tally_write(db, t, error) && db_commit(db, error);
    if (!ok)
        db_rollback(db);
    settle_tally_free(t);
    return ok;
}

static void lease_everybody(struct world *w)
{
    run_sql(w->db, "UPDATE delivery SET state = 1");
    run_sql(w->db, "UPDATE campaign_counter SET leased = queued, queued = 0");
}

/* However many are written together, the rows are the same. */
static void test_rows(void)
{
    static const char want[] = "1 1 1001 1 5 2 250 2.0.0 Ok 3\n"
                               "2 1 1002 1 5 2 250 NULL Ok 3\n"
                               "3 1 1003 1 5 2 250 NULL NULL 3\n"
                               "4 1 1004 1 3 3 550 5.1.1 no such user 3\n"
                               "5 1 1005 1 5 2 250 2.0.0 J\xc3\xbcrgen 1\n"
                               "7 2 1007 1 5 4 451 2.0.0 Ok 3\n"
                               "8 1 1008 1 5 2 250 2.0.0 Ok 3\n";
    for (guint together = 1; together <= 8; together++) {
        struct world w;
        GError *error = NULL;
        struct settle s[8];
        world_init(&w, PEOPLE);
        lease_everybody(&w);
        for (int i = 0; i < 8; i++)
            s[i] = one(i + 1);
        s[1].enhanced = "";
        s[2].enhanced = s[2].reply = NULL;
        s[3].to = DELIVERY_REFUSED;
        s[3].phase = REPLY_RCPT;
        s[3].code = 550;
        s[3].enhanced = "5.1.1";
        s[3].reply = "no such user";
        s[4].version = 0; /* as the row has it */
        s[4].reply = "J\xc3\xbcrgen";
        s[5].counts = FALSE; /* no attempt */
        s[5].to = DELIVERY_QUEUED;
        s[6].to = DELIVERY_DEFERRED;
        s[6].code = 451;
        s[6].attempt = 2;
        s[6].due_us = 99;
        must(write_all(w.db, s, G_N_ELEMENTS(s), together, &error), error);
        g_autofree char *got = written(w.db);
        g_assert_cmpstr(got, ==, want);
        g_assert_cmpint(number(w.db, "SELECT count(*) FROM refusal WHERE delivery_id = 4"), ==,
                        1);
        g_assert_cmpint(number(w.db, "SELECT count(*) FROM refusal"), ==, 1);
        world_clear(&w);
    }
}

/* An attempt that is there already, among others. */
static void test_conflict(void)
{
    struct world w;
    g_autoptr(GError) error = NULL;
    struct settle s[6];
    world_init(&w, PEOPLE);
    lease_everybody(&w);
    run_sql(w.db, "INSERT INTO attempt (delivery_id, n, at_us, phase, state, code)"
                  " VALUES (4, 1, 5, 5, 2, 250)");
    for (int i = 0; i < 6; i++)
        s[i] = one(i + 1);
    g_assert_false(write_all(w.db, s, G_N_ELEMENTS(s), G_N_ELEMENTS(s), &error));
    g_assert_error(error, CRIER_ERROR, CRIER_ERROR_EXISTS);
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM attempt"), ==, 1);
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM delivery WHERE state = 1"), ==, PEOPLE);
    world_clear(&w);
}

/* The table is nothing without what it is to show, and takes no number for a pointer. */
static void test_no_rows(void)
{
    struct world w;
    GError *error = NULL;
    gint64 n = 0;
    world_init(&w, PEOPLE);
    g_assert_false(sql_int(w.db, &error, 0, &n, "SELECT count(*) FROM attempt_rows", ""));
    g_clear_error(&error);
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM attempt_rows(1234567)"), ==, 0);
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM attempt_rows(NULL)"), ==, 0);
    g_assert_cmpint(number(w.db, "SELECT count(*) FROM attempt_rows('x')"), ==, 0);
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settle/rows", test_rows);
    g_test_add_func("/settle/conflict", test_conflict);
    g_test_add_func("/settle/no-rows", test_no_rows);
    return g_test_run();
}
