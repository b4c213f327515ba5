/* Whom the doctor looks at by itself, and for how long what he found stands. */
#include "config.h"

#include "app/doctor_due.h"

#include "base/clock.h"
#include "store/server_live.h"
#include "store/servers.h"
#include "../store/place.h"

#define MINUTE (60 * CLOCK_SECOND_US)

static gint64 add_server(struct place *p, const char *name)
{
    GError *error = NULL;
    struct server s;
    server_init(&s);
    s.name = g_strdup(name);
    g_free(s.host);
    s.host = g_strdup("smtp.example.org");
    servers_put(p->db, &s, &error);
    g_assert_no_error(error);
    gint64 id = s.id;
    server_clear(&s);
    return id;
}

static void trouble(struct place *p, gint64 id, const char *problem)
{
    GError *error = NULL;
    servers_set_problem(p->db, id, problem, &error);
    g_assert_no_error(error);
}

/* It rests, and will be tried again by itself. */
static void rests(struct place *p, gint64 id)
{
    GError *error = NULL;
    struct server_live l = {.server_id = id, .rest_until_us = clock_wall_us() + MINUTE};
    server_live_beat(p->db, &l, clock_wall_us(), &error);
    g_assert_no_error(error);
}

static void visit(struct place *p, gint64 id, const char *result, gint64 ago_us)
{
    GError *error = NULL;
    const struct doctor_verdict v = {.kind = (char *)"server",
                                     .name = (char *)"main",
                                     .record_id = id,
                                     .begun_us = clock_wall_us() - ago_us,
                                     .result = (char *)result,
                                     .text = (char *)"it is dropped",
                                     .report = (char *)"{}"};
    doctor_verdicts_put(p->db, &v, &error);
    g_assert_no_error(error);
}

static gboolean is_due_in(struct place *p, gint64 in_us)
{
    struct doctor_due due = {0};
    gboolean is_due = doctor_due_next(p->db, clock_wall_us() + in_us, &due);
    doctor_due_clear(&due);
    return is_due;
}

static void test_once(struct place *p, gconstpointer data)
{
    struct doctor_due due = {0};
    gint64 id = add_server(p, "main");
    g_assert_false(is_due_in(p, 0));
    trouble(p, id, "connection refused");
    rests(p, id);
    g_assert_true(doctor_due_next(p->db, clock_wall_us(), &due));
    g_assert_cmpstr(due.kind, ==, "server");
    g_assert_cmpstr(due.name, ==, "main");
    g_assert_cmpstr(due.cause, ==, "connection refused");
    g_assert_false(due.leaves_login);
    doctor_due_clear(&due);
    visit(p, id, "fail", 0);
    g_assert_false(is_due_in(p, 0));
    g_assert_false(is_due_in(p, 3 * MINUTE));
}

/* The next trouble has its own visit, but a line that flaps not one a second. */
static void test_again(struct place *p, gconstpointer data)
{
    gint64 id = add_server(p, "main");
    visit(p, id, "ok", MINUTE);
    trouble(p, id, "connection refused");
    g_assert_false(is_due_in(p, 0));
    g_assert_true(is_due_in(p, 2 * MINUTE));
}

static void test_hourly(struct place *p, gconstpointer data)
{
    gint64 id = add_server(p, "main");
    trouble(p, id, "connection refused");
    rests(p, id);
    visit(p, id, "fail", -MINUTE);
    struct server_live l = {.server_id = id, .rest_until_us = clock_wall_us() + 70 * MINUTE};
    server_live_beat(p->db, &l, clock_wall_us() + 62 * MINUTE, NULL);
    g_assert_true(is_due_in(p, 62 * MINUTE));
}

/* A wrong password: one look without a login, and none after it. */
static void test_needs_person(struct place *p, gconstpointer data)
{
    struct doctor_due due = {0};
    gint64 id = add_server(p, "main");
    trouble(p, id, "535 wrong password");
    g_assert_true(doctor_due_next(p->db, clock_wall_us(), &due));
    g_assert_true(due.leaves_login);
    doctor_due_clear(&due);
    visit(p, id, "fail", -MINUTE);
    g_assert_false(is_due_in(p, 240 * MINUTE));
}

static struct doctor_verdict *told(struct place *p)
{
    g_autoptr(GPtrArray) all = servers_live(p->db, clock_wall_us(), NULL);
    struct server_live *l = all->pdata[0];
    return g_steal_pointer(&l->doctor);
}

/* A verdict explains the trouble that it was made for, and goes with it. */
static void test_stands(struct place *p, gconstpointer data)
{
    gint64 id = add_server(p, "main");
    visit(p, id, "fail", MINUTE);
    g_assert_null(told(p));
    trouble(p, id, "connection refused");
    g_assert_null(told(p)); /* made before it */
    visit(p, id, "warn", -MINUTE);
    g_assert_null(told(p)); /* a warning stops no mail */
    visit(p, id, "fail", -MINUTE);
    struct doctor_verdict *v = told(p);
    g_assert_nonnull(v);
    g_assert_cmpstr(v->text, ==, "it is dropped");
    doctor_verdict_free(v);
    trouble(p, id, "");
    g_assert_null(told(p));
}

static void test_kept(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = add_server(p, "main"), n = 0;
    for (int i = 0; i < DOCTOR_VERDICTS_KEPT + 5; i++)
        visit(p, id, i == DOCTOR_VERDICTS_KEPT + 4 ? "warn" : "fail", 0);
    sql_int(p->db, &error, 0, &n, "SELECT count(*) FROM doctor_verdict", "");
    g_assert_cmpint(n, ==, DOCTOR_VERDICTS_KEPT);
    struct doctor_verdict *v = NULL;
    g_assert_true(doctor_verdicts_latest(p->db, "server", id, "", &v, &error));
    g_assert_cmpstr(v->result, ==, "warn");
    g_assert_cmpstr(v->report, ==, "{}");
    doctor_verdict_free(v);
    g_assert_true(doctor_verdicts_latest(p->db, "server", id + 1, "", &v, &error));
    g_assert_null(v);
    servers_delete(p->db, "main", &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) all = doctor_verdicts_all(p->db, &error);
    g_assert_cmpuint(all->len, ==, 0);
}

#define ADD(name, test) g_test_add(name, struct place, NULL, place_begin, test, place_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/doctor-due/once-for-a-trouble", test_once);
    ADD("/doctor-due/again-for-the-next", test_again);
    ADD("/doctor-due/hourly-while-it-lasts", test_hourly);
    ADD("/doctor-due/leaves-a-login-that-fails", test_needs_person);
    ADD("/doctor-verdicts/stand-while-the-trouble-does", test_stands);
    ADD("/doctor-verdicts/only-the-newest-are-kept", test_kept);
    return g_test_run();
}
