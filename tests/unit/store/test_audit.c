/*
 * The audit, settings, the worker's rows.
 */
#include "config.h"

#include "place.h"

#include "base/field.h"
#include "base/log.h"
#include "store/audit.h"

static void only_grows(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(audit_write(p->db, "did", "thing", "name", "detail", NULL));
    g_assert_false(sql_do(p->db, &error, "UPDATE audit SET actor = 'nobody'", ""));
    assert_fails(error, CRIER_ERROR_FAILED, "append-only");
    g_assert_false(sql_do(p->db, &error, "DELETE FROM audit", ""));
    assert_fails(error, CRIER_ERROR_FAILED, "append-only");
}

static void pages(struct place *p, gconstpointer data)
{
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i);
        g_assert_true(audit_write(p->db, "did", "thing", name, NULL, NULL));
    }
    g_autoptr(GPtrArray) page = audit_page(p->db, 2, 2, NULL);
    g_assert_cmpint(page->len, ==, 2);
    const struct audit_row *r = g_ptr_array_index(page, 0);
    g_assert_cmpstr(r->name, ==, "n2");
    g_assert_cmpstr(r->actor, ==, "tester");
    g_assert_cmpstr(r->detail, ==, "");
    g_assert_cmpint(r->at_us, >, 0);
}

static void pages_backwards(struct place *p, gconstpointer data)
{
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i);
        g_assert_true(audit_write(p->db, "did", "thing", name, NULL, NULL));
    }
    g_autoptr(GPtrArray) newest = audit_page_before(p->db, G_MAXINT64, 2, NULL);
    g_assert_cmpint(newest->len, ==, 2);
    const struct audit_row *r = g_ptr_array_index(newest, 1);
    g_assert_cmpstr(r->name, ==, "n3");
    g_autoptr(GPtrArray) rest = audit_page_before(p->db, r->id, 100, NULL);
    g_assert_cmpint(rest->len, ==, 3);
    g_assert_cmpstr(((const struct audit_row *)g_ptr_array_index(rest, 0))->name, ==, "n2");
    g_autoptr(GPtrArray) none = audit_page_before(p->db, 1, 100, NULL);
    g_assert_cmpint(none->len, ==, 0);
}

static void login_name_by_default(struct place *p, gconstpointer data)
{
    struct db *db = db_open(p->ws->db_path, DB_USE_VERB, NULL);
    g_assert_cmpstr(db_actor(db), !=, "");
    g_assert_cmpstr(db_actor(db), !=, "tester");
    db_close(db);
}

static void settings_have_defaults(struct place *p, gconstpointer data)
{
    struct settings s = {0};
    g_assert_true(settings_load(p->db, &s, NULL));
    g_assert_cmpint(s.give_up_s, ==, 2 * 24 * 3600);
    g_assert_cmpint(s.log_level, ==, LOG_LEVEL_INFO);
    settings_clear(&s);
    g_assert_null(settings_origin(p->db, "give_up"));
}

static void settings_are_set_and_unset(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    struct settings s = {0};
    g_assert_true(settings_set(p->db, "organisation", "Example Association", NULL));
    g_assert_true(settings_set(p->db, "give-up", "4h", NULL));
    g_assert_true(settings_set(p->db, "log_level", "debug", NULL));
    g_assert_true(settings_load(p->db, &s, NULL));
    g_assert_cmpstr(s.organisation, ==, "Example Association");
    g_assert_cmpint(s.give_up_s, ==, 4 * 3600);
    g_assert_cmpint(s.log_level, ==, LOG_LEVEL_DEBUG);
    settings_clear(&s);
    g_autofree char *origin = settings_origin(p->db, "organisation");
    g_assert_true(g_str_has_prefix(origin, "tester, "));
    g_assert_true(settings_set(p->db, "organisation", "", NULL));
    g_assert_null(settings_origin(p->db, "organisation"));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE noun = 'setting'"), ==,
                    4);
    g_assert_false(settings_set(p->db, "organization", "x", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "organisation");
    g_assert_false(settings_set(p->db, "log_level", "loud", &error));
    assert_fails(error, CRIER_ERROR_INVALID, "log_level");
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM audit WHERE noun = 'setting'"), ==,
                    4);
}

static void unknown_rows_do_no_harm(struct place *p, gconstpointer data)
{
    struct settings s = {0};
    run(p->db, "INSERT INTO setting VALUES ('of_the_future', 'x', 'a', 1),"
               " ('log_level', 'screaming', 'a', 1)");
    g_assert_true(settings_load(p->db, &s, NULL));
    g_assert_cmpint(s.log_level, ==, LOG_LEVEL_INFO);
    settings_clear(&s);
}

static void roles_beat_and_go(struct place *p, gconstpointer data)
{
    struct role_row r = {.role = (char *)"send",
                         .pid = 7,
                         .since_us = 1,
                         .beat_us = 2,
                         .boot_id = (char *)"boot",
                         .note = (char *)"sending 2 campaigns",
                         .in_flight = 3,
                         .rate = 4.5,
                         .hardened = 5};
    g_assert_true(role_beat(p->db, &r, NULL));
    r.beat_us = 9;
    r.note = NULL;
    g_assert_true(role_beat(p->db, &r, NULL));
    g_autoptr(GPtrArray) all = role_all(p->db, NULL);
    g_assert_cmpint(all->len, ==, 1);
    const struct role_row *back = g_ptr_array_index(all, 0);
    g_assert_cmpint(back->pid, ==, 7);
    g_assert_cmpint(back->beat_us, ==, 9);
    g_assert_cmpstr(back->note, ==, "");
    g_assert_cmpfloat(back->rate, ==, 4.5);
    g_assert_cmpint(back->hardened, ==, 5);
    g_assert_true(role_gone(p->db, "send", NULL));
    g_assert_cmpint(number_of(p->db, "SELECT count(*) FROM role"), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/audit/only-grows", only_grows);
    TEST("/audit/pages", pages);
    TEST("/audit/pages-backwards", pages_backwards);
    TEST("/audit/login-name", login_name_by_default);
    TEST("/settings/defaults", settings_have_defaults);
    TEST("/settings/set-and-unset", settings_are_set_and_unset);
    TEST("/settings/unknown-rows", unknown_rows_do_no_harm);
    TEST("/roles/beat-and-go", roles_beat_and_go);
    return g_test_run();
}
