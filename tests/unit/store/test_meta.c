/*
 * The key, the identity of the file (a copy never sends by itself), and the check after a
 * crash.
 */
#include "config.h"

#include "place.h"

#include <unistd.h>

#include "model/campaign.h"
#include "store/audit.h"
#include "store/campaigns.h"
#include "store/db_private.h"

static void key_is_made_once(struct place *p, gconstpointer data)
{
    guint8 first[32], second[32], zero[32] = {0};
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM meta WHERE key = 'hmac_key'"), ==,
                    0);
    g_assert_true(db_hmac_key(p->db, first, NULL));
    g_assert_cmpint(memcmp(first, zero, 32), !=, 0);
    reopen(p, DB_USE_VERB);
    g_assert_true(db_hmac_key(p->db, second, NULL));
    g_assert_cmpint(memcmp(first, second, 32), ==, 0);
}

static void add_campaigns(struct db *db)
{
    for (int state = 0; state < CAMPAIGN_STATE_COUNT; state++) {
        g_autofree char *name = g_strdup_printf("in-%s", campaign_state_name(state));
        g_assert_true(sql_do(db, NULL,
                             "INSERT INTO campaign (name, state, created_us, give_up_s)"
                             " VALUES (?, ?, 1, 1)",
                             "si", name, (gint64)state));
    }
}

static int in_state(struct db *db, enum campaign_state state)
{
    gint64 n;
    g_assert_true(sql_int(db, NULL, 0, &n, "SELECT count(*) FROM campaign WHERE state = ?", "i",
                          (gint64)state));
    return (int)n;
}

static void own_file_sends(struct place *p, gconstpointer data)
{
    add_campaigns(p->db);
    g_assert_cmpint(db_claim_identity(p->db, NULL), ==, 0);
    reopen(p, DB_USE_WORKER);
    g_assert_cmpint(db_claim_identity(p->db, NULL), ==, 0);
    g_assert_cmpint(in_state(p->db, CAMPAIGN_SENDING), ==, 1);
}

static void copy_is_held(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    add_campaigns(p->db);
    close_into_file(p);
    g_autofree char *copy = g_build_filename(p->dir, "copy.db", NULL);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(p->ws->db_path, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(copy, bytes, (gssize)len, NULL));
    struct db *db = db_open(copy, DB_USE_WORKER, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_claim_identity(db, &error), ==, 3);
    g_assert_no_error(error);
    g_assert_cmpint(in_state(db, CAMPAIGN_SENDING), ==, 0);
    g_assert_cmpint(in_state(db, CAMPAIGN_SCHEDULED), ==, 0);
    g_assert_cmpint(in_state(db, CAMPAIGN_PREPARING), ==, 0);
    g_assert_cmpint(in_state(db, CAMPAIGN_PAUSED), ==, 1);
    g_assert_cmpint(in_state(db, CAMPAIGN_HELD), ==, 4);
    struct campaign c = {0};
    g_assert_true(campaigns_get(db, "in-sending", &c, NULL));
    g_assert_cmpstr(c.held_reason, ==, "copied database");
    campaign_clear(&c);
    g_assert_cmpint(number_of(db, "SELECT count(*) FROM audit WHERE action = 'hold'"), ==, 3);
    /* The copy is its own now. */
    g_assert_cmpint(db_claim_identity(db, NULL), ==, 0);
    db_close(db);
}

static void clean_close_needs_no_check(struct place *p, gconstpointer data)
{
    reopen(p, DB_USE_WORKER);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM meta WHERE key = 'worker_open'"), ==,
                    1);
    /* A mark that a new check would overwrite. */
    g_autofree char *mark = g_strdup_printf("%" G_GINT64_FORMAT, g_get_real_time() - 5);
    g_assert_true(meta_set(p->db, "checked_us", mark, NULL));
    reopen(p, DB_USE_WORKER);
    g_autofree char *now = meta_get(p->db, "checked_us");
    g_assert_cmpstr(now, ==, mark);
    reopen(p, DB_USE_VERB);
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM meta WHERE key = 'worker_open'"), ==,
                    0);
}

/* What was written a moment ago need not be read again before the first message. */
static void new_one_needs_no_check(struct place *p, gconstpointer data)
{
    g_autofree char *made = meta_get(p->db, "checked_us");
    g_assert_nonnull(made);
    reopen(p, DB_USE_WORKER);
    g_autofree char *now = meta_get(p->db, "checked_us");
    g_assert_cmpstr(now, ==, made);
}

static void check_runs_after_a_crash(struct place *p, gconstpointer data)
{
    g_autofree char *mark = g_strdup_printf("%" G_GINT64_FORMAT, g_get_real_time() - 5);
    g_assert_true(meta_set(p->db, "checked_us", mark, NULL));
    g_assert_true(meta_set(p->db, "worker_open", "1", NULL));
    reopen(p, DB_USE_WORKER);
    g_autofree char *now = meta_get(p->db, "checked_us");
    g_assert_cmpstr(now, !=, mark);
}

static void check_runs_once_a_day(struct place *p, gconstpointer data)
{
    g_autofree char *mark = g_strdup_printf(
        "%" G_GINT64_FORMAT, g_get_real_time() - 25 * G_GINT64_CONSTANT(3600000000));
    g_assert_true(meta_set(p->db, "checked_us", mark, NULL));
    reopen(p, DB_USE_WORKER);
    g_autofree char *now = meta_get(p->db, "checked_us");
    g_assert_cmpstr(now, !=, mark);
}

/* A page of the table is overwritten: the worker does not start on it, and the file stays. */
static void damage_stops_the_worker(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    for (int i = 0; i < 2000; i++)
        g_assert_true(sql_do(p->db, NULL,
                             "INSERT INTO audit (at_us, actor, action, noun, name, detail)"
                             " VALUES (1, 'somebody', 'did', 'something', 'to', 'this')",
                             ""));
    gint64 page = number_of(p->db, "SELECT rootpage FROM sqlite_master WHERE name = 'audit'");
    g_assert_true(meta_set(p->db, "worker_open", "1", NULL));
    close_into_file(p);
    g_autofree char *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(p->ws->db_path, &bytes, &len, NULL));
    memset(bytes + (page - 1) * DB_PAGE_BYTES + 8, 0xa5, 200);
    g_assert_true(g_file_set_contents(p->ws->db_path, bytes, (gssize)len, NULL));
    g_assert_null(db_open(p->ws->db_path, DB_USE_WORKER, &error));
    assert_fails(error, CRIER_ERROR_FAILED, "damaged");
    g_assert_true(g_file_test(p->ws->db_path, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/meta/key/is-made-once", key_is_made_once);
    TEST("/meta/identity/own-file-sends", own_file_sends);
    TEST("/meta/identity/copy-is-held", copy_is_held);
    TEST("/meta/check/clean-close-needs-none", clean_close_needs_no_check);
    TEST("/meta/check/new-one-needs-none", new_one_needs_no_check);
    TEST("/meta/check/after-a-crash", check_runs_after_a_crash);
    TEST("/meta/check/once-a-day", check_runs_once_a_day);
    TEST("/meta/check/damage-stops-the-worker", damage_stops_the_worker);
    return g_test_run();
}
