/*
 * Port records: two never get into each other's way, whichever way they come.
 */
#include "config.h"

#include "place.h"

#include "store/bin.h"
#include "store/ports.h"
#include "store/undolog.h"

static gboolean put(struct db *db, const char *name, int role, const char *listen,
                    gboolean enabled, GError **error)
{
    struct port p;
    if (!ports_get(db, name, &p, NULL)) {
        port_init(&p);
        p.name = g_strdup(name);
    }
    p.role = role;
    p.enabled = enabled;
    gboolean ok =
        field_set_key(port_fields(), &p, "listen", listen, error) && ports_put(db, &p, error);
    port_clear(&p);
    return ok;
}

static void check_taken(gboolean ok, GError **error, const char *other)
{
    g_assert_false(ok);
    g_assert_error(*error, CRIER_ERROR, CRIER_ERROR_EXISTS);
    g_assert_nonnull(strstr((*error)->message, other));
    g_clear_error(error);
}

static void two_do_not_clash(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    g_assert_true(put(p->db, "clicks", PORT_TRACKING, "*:81", TRUE, &error));
    check_taken(put(p->db, "more", PORT_TRACKING, "*:81", TRUE, &error), &error, "'clicks'");
    check_taken(put(p->db, "desk", PORT_ADMIN, "127.0.0.1:81", TRUE, &error), &error, "'clicks'");
    /* Switched off it is in nobody's way, unless it would be the same one again. */
    check_taken(put(p->db, "more", PORT_TRACKING, "*:81", FALSE, &error), &error, "'clicks'");
    g_assert_true(put(p->db, "desk", PORT_ADMIN, "127.0.0.1:81", FALSE, &error));
    check_taken(put(p->db, "desk", PORT_ADMIN, "127.0.0.1:81", TRUE, &error), &error, "'clicks'");
    g_assert_true(put(p->db, "desk", PORT_ADMIN, "127.0.0.1:82", TRUE, &error));
    check_taken(put(p->db, "desk", PORT_ADMIN, "[::1]:81", TRUE, &error), &error, "'clicks'");
    g_assert_true(put(p->db, "clicks", PORT_TRACKING, "0.0.0.0:81", TRUE, &error));
    g_assert_true(put(p->db, "clicks6", PORT_TRACKING, "[::]:81", TRUE, &error));
    g_assert_no_error(error);
    g_autoptr(GPtrArray) all = ports_all(p->db, NULL);
    g_assert_cmpuint(all->len, ==, 3);
    g_assert_cmpstr(((const struct port *)all->pdata[0])->name, ==, "clicks");
}

/* What was deleted meanwhile, or changed, does not come back into another's way. */
static void neither_bin_nor_undo_make_a_clash(struct place *p, gconstpointer data)
{
    GError *error = NULL;
    gint64 id = 0;
    struct bin_restored r = {0};
    struct undolog_done done = {0};
    g_assert_true(put(p->db, "clicks", PORT_TRACKING, "*:81", TRUE, &error));
    g_assert_true(ports_delete(p->db, "clicks", &error));
    g_assert_true(put(p->db, "new", PORT_TRACKING, "*:81", TRUE, &error));
    g_autoptr(GPtrArray) bin = bin_page(p->db, 0, 10, NULL);
    gint64 bin_id = ((const struct bin_entry *)bin->pdata[0])->id;
    check_taken(bin_restore(p->db, bin_id, &r, &error), &error, "'new'");
    g_assert_true(put(p->db, "new", PORT_TRACKING, "*:8081", TRUE, &error));
    g_assert_true(bin_restore(p->db, bin_id, &r, &error));
    g_assert_cmpstr(r.name, ==, "clicks");
    bin_restored_clear(&r);

    g_assert_true(undolog_last(p->db, &id, NULL));
    check_taken(undolog_do(p->db, id, &done, &error), &error, "'clicks'");
    g_assert_true(ports_delete(p->db, "clicks", &error));
    g_assert_true(undolog_do(p->db, id, &done, &error));
    g_assert_no_error(error);
    undolog_done_clear(&done);
    struct port back;
    g_assert_true(ports_get(p->db, "new", &back, NULL));
    g_assert_cmpstr(back.listen, ==, "*:81");
    port_clear(&back);
}

static void a_change_clears_the_problem(struct place *p, gconstpointer data)
{
    struct port port;
    g_assert_true(put(p->db, "clicks", PORT_TRACKING, "*:81", TRUE, NULL));
    g_assert_true(ports_get(p->db, "clicks", &port, NULL));
    g_assert_null(ports_get_problem(p->db, port.id));
    g_assert_true(ports_set_problem(p->db, port.id, "81 is held by nginx", NULL));
    g_autofree char *problem = ports_get_problem(p->db, port.id);
    g_assert_cmpstr(problem, ==, "81 is held by nginx");
    /* It is no change of the record. */
    g_assert_cmpint(port.row_version, ==, 1);
    g_assert_true(put(p->db, "clicks", PORT_TRACKING, "*:8081", TRUE, NULL));
    g_assert_null(ports_get_problem(p->db, port.id));
    port_clear(&port);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ports/two-do-not-clash", two_do_not_clash);
    TEST("/ports/neither-bin-nor-undo-make-a-clash", neither_bin_nor_undo_make_a_clash);
    TEST("/ports/a-change-clears-the-problem", a_change_clears_the_problem);
    return g_test_run();
}
